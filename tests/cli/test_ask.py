"""`s3monitor ask` against the sample account."""

from __future__ import annotations

import csv
import io
import json
import signal
from threading import Event

import pytest

from bot.workspace.sample import SampleAccount
from tests.cli.conftest import Run
from tests.cli.s3_alone import S3Alone
from tests.cli.terminal import Terminal

QUIET = "report region=ap-southeast-2"


def test_an_answer_as_text(s3monitor: Run, sample: SampleAccount) -> None:
    """The question, the sums, a row a bucket; nothing on stderr."""
    ran = s3monitor("ask", QUIET)
    assert (ran.status, ran.err) == (0, "")
    held = [b.name for b in sample.estate.living if b.region == "ap-southeast-2"]
    assert [name for name in held if name not in ran.out] == []
    assert "3 buckets" in ran.out


def test_an_answer_as_csv(s3monitor: Run, sample: SampleAccount) -> None:
    """A header, and a line a bucket."""
    ran = s3monitor("ask", QUIET, "--format", "csv")
    assert (ran.status, ran.err) == (0, "")
    lines = list(csv.DictReader(io.StringIO(ran.out)))
    held = {b.name for b in sample.estate.living if b.region == "ap-southeast-2"}
    assert {line["bucket"] for line in lines} == held


def test_an_answer_as_the_slack_message(s3monitor: Run) -> None:
    """Text and blocks, as `chat.postMessage` takes them."""
    ran = s3monitor("ask", QUIET, "--format", "blocks")
    assert (ran.status, ran.err) == (0, "")
    message = json.loads(ran.out)
    assert "3 buckets" in message["text"]
    assert "table" in {block["type"] for block in message["blocks"]}


def test_the_question_may_be_many_words(s3monitor: Run) -> None:
    """Without quotes around it, in a shell."""
    ran = s3monitor("ask", "report", "region=ap-southeast-2", "top=1", "--format", "json")
    document = json.loads(ran.out)
    assert document["command"] == f"{QUIET} top=1"
    assert (len(document["rows"]), document["totals"]["buckets"]) == (1, 3)


def test_the_sums_are_those_counted_by_hand(process: Run, sample: SampleAccount) -> None:
    """Every bucket of the estate, listed by a process of its own; stdout is the document alone."""
    ran = process(
        *("ask", "report source=list", "--format", "json", "--no-confirm"),
        S3MONITOR_LOG_FORMAT="json",
    )
    document = json.loads(ran.out)
    estate = sample.estate
    expected = {
        bucket.name: bucket.counted_by_hand(estate.now)
        for bucket in estate.living
        if not bucket.denied
    }
    told = {
        row["bucket"]: (
            row["objects"],
            row["bytes"],
            {name: (use["objects"], use["bytes"]) for name, use in row["classes"].items()},
            row["newest"] and row["newest"]["key"],
            row["source"],
        )
        for row in document["rows"]
    }
    assert told == {
        name: (
            held.objects,
            held.bytes,
            {kind: (tally.objects, tally.bytes) for kind, tally in held.classes.items()},
            held.newest and held.newest.key,
            "list",
        )
        for name, held in expected.items()
    }
    assert (document["totals"]["objects"], document["totals"]["bytes"]) == (
        sum(held.objects for held in expected.values()),
        sum(held.bytes for held in expected.values()),
    )
    denied = sorted(bucket.name for bucket in estate.living if bucket.denied)
    assert [skip["bucket"] for skip in document["skipped"]] == denied
    assert (ran.status, document["complete"]) == (3, False)
    assert [line for line in ran.err.splitlines() if "event" not in json.loads(line)] == []


BIG = "pelican-proof-of-delivery"
LISTED = ("ask", f"bucket {BIG} source=list", "--format", "json")


def listed(sample: SampleAccount) -> int:
    """How many pages of keys the sample has answered so far."""
    return sum(each.operation == "ListObjectsV2" for each in sample.requests)


def test_a_dear_listing_is_refused_where_nobody_can_be_asked(
    s3monitor: Run, sample: SampleAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence has the price, is all there, and names --no-confirm, which goes ahead."""
    monkeypatch.setenv("S3MONITOR_SCAN_CONFIRM_USD", "0.0001")
    ran = s3monitor(*LISTED)
    assert (ran.status, ran.out) == (1, "")
    assert "Listing 1 bucket, about 21,2" in ran.err
    assert "Somebody must agree above <$0.01, and no terminal is here to ask at.\n" in ran.err
    assert "--no-confirm" in ran.err
    assert listed(sample) == 0
    ran = s3monitor(*LISTED, "--no-confirm")
    assert (ran.status, json.loads(ran.out)["complete"]) == (0, True)


@pytest.mark.parametrize(("answer", "status"), [("n\n", 1), ("y\n", 0)])
def test_a_dear_listing_asks_at_a_terminal(
    sample_environment: None, answer: str, status: int
) -> None:
    """The question is on the terminal, and stdout holds the document alone."""
    with Terminal(*LISTED, piped=True, S3MONITOR_SCAN_CONFIRM_USD="0.0001") as terminal:
        asked = " ".join(terminal.read("[y/N] ").split())
        assert "costs <$0.01 and takes less than a minute. Go ahead?" in asked
        terminal.type(answer)
        assert terminal.end() == status
        assert terminal.process.stdout is not None
        out = terminal.process.stdout.read()
    assert (json.loads(out)["complete"] if out else None) == (None if status else True)


def test_ctrl_c_answers_with_what_was_listed(
    sample: SampleAccount, sample_environment: None
) -> None:
    """Exit status 3: "at least"; before a listing it just ends the program."""
    held = sample.faults.held_pages[BIG] = Event()
    with Terminal(*LISTED, piped=True, TERM="xterm") as terminal:
        shown = terminal.read("1,000 objects")
        assert "Listing" in shown
        assert "m0/1\x1b" in shown
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.end() == 3
        assert terminal.process.stdout is not None
        document = json.loads(terminal.process.stdout.read())
    held.set()
    assert document["complete"] is False
    assert document["totals"]["objects"] == 1_000


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("report regoin=eu", "Did you mean `region`?"),
        ("report unit=GBB", "Did you mean `GB`?"),
        ("digest list", "is for a channel in Slack"),
        ("\x1b]0;owned\x07", "Unknown word"),
    ],
)
def test_a_bad_question_exits_with_2(s3monitor: Run, question: str, expected: str) -> None:
    """A sentence and what to type on stderr; no escape sequence reaches the terminal."""
    ran = s3monitor("ask", question)
    assert (ran.status, ran.out) == (2, "")
    assert expected in ran.err
    assert "\x1b" not in ran.err
    assert "Traceback" not in ran.err


def test_no_credentials_are_told_in_a_sentence(
    s3monitor: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What to set, and the demo; exit status 1."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    for verb in (["ask", "report"], ["scan", "s3://pelican-map-tiles"]):
        ran = s3monitor(*verb)
        assert (ran.status, ran.out) == (1, "")
        assert "AWS_PROFILE" in ran.err
        assert "s3monitor demo" in ran.err
        assert "Traceback" not in ran.err


def test_an_endpoint_that_is_not_there_is_told(
    s3monitor: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With roles to assume, too; botocore's own tracebacks stay out of it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    ran = s3monitor("ask", "report")
    assert (ran.status, ran.out) == (1, "")
    assert "could not be reached" in ran.err
    assert "Traceback" not in ran.err


def test_an_endpoint_with_s3_alone_is_listed(
    s3monitor: Run, sample: SampleAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No CloudWatch and no STS: exact all the same, and the account just has no number."""
    monkeypatch.setenv("S3MONITOR_ROLES", "")
    with S3Alone(sample.endpoint) as alone:
        monkeypatch.setenv("AWS_ENDPOINT_URL", alone.url)
        ran = s3monitor(
            "ask", "report bucket=pelican-invoices,pelican-web-assets", "--format", "json"
        )
    rows = {row["bucket"]: row for row in json.loads(ran.out)["rows"]}
    assert ran.status == 0
    for name in ("pelican-invoices", "pelican-web-assets"):
        held = sample.estate.by_name[name].counted_by_hand(sample.estate.now)
        row = rows[name]
        assert (row["objects"], row["bytes"], row["account"]) == (held.objects, held.bytes, None)
    assert alone.refused
