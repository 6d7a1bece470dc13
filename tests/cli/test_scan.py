"""`s3monitor scan` against the sample account."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest

from bot.workspace.sample import SampleAccount
from tests.cli.conftest import Run
from tests.cli.s3_alone import S3Alone
from tests.cli.terminal import PATIENCE_S, Terminal

BUCKET = "pelican-web-assets"
BIG = "pelican-proof-of-delivery"

HOSTILE = {
    "a b+c%20d&e<f>\"g'h.txt": 1,
    "<!channel>/日本/é": 2,
    "--help": 4,
    "\x1b]0;owned\x07": 8,
    "DROP TABLE/; --": 16,
    "/lead": 32,
    "//": 64,
    "[red]rich[/red]": 128,
    "=cmd|' /C calc'!A0": 256,
    "a" * 1_024: 512,
}


@pytest.fixture
def hostile(sample_environment: None) -> Iterator[str]:
    """A bucket of keys that mean something to someone; each size tells which was counted."""
    name = "hostile-keys"
    # A session of its own: the default one keeps the credentials of an earlier test
    s3 = boto3.session.Session().client("s3")
    s3.create_bucket(Bucket=name)
    put: list[str] = []
    try:
        for key, size in HOSTILE.items():
            s3.put_object(Bucket=name, Key=key, Body=b"x" * size)
            put.append(key)
        yield name
    finally:
        for key in put:
            s3.delete_object(Bucket=name, Key=key)
        s3.delete_bucket(Bucket=name)
        s3.close()


def test_a_bucket_is_counted(s3monitor: Run, sample: SampleAccount) -> None:
    """The document of docs/json.md, exact, and nothing on stderr."""
    ran = s3monitor("scan", f"s3://{BUCKET}", "--format", "json")
    held = sample.estate.by_name[BUCKET].counted_by_hand(sample.estate.now)
    document = json.loads(ran.out)
    took = document.pop("scan")
    assert held.newest is not None
    assert document == {
        "bucket": BUCKET,
        "prefix": "",
        "objects": held.objects,
        "bytes": held.bytes,
        "classes": {
            name: {"objects": tally.objects, "bytes": tally.bytes}
            for name, tally in held.classes.items()
        },
        "newest": {
            "key": held.newest.key,
            "modified": held.newest.modified.isoformat().replace("+00:00", "Z"),
        },
        "complete": True,
        "reason": None,
        "permission": None,
        "noncurrent": None,
        "delete_markers": None,
        "unfinished": None,
    }
    assert (took["requests"], took["retries"]) == (1, 0)
    assert (ran.status, ran.err) == (0, "")


def test_a_prefix_is_counted(s3monitor: Run, sample: SampleAccount) -> None:
    """In text, with the address as asked."""
    prefix = "leipzig/2025/1"
    now = sample.estate.now
    things = [
        thing
        for thing in sample.estate.by_name[BIG].objects
        if thing.current(now) and thing.key.startswith(prefix)
    ]
    ran = s3monitor("scan", f"s3://{BIG}/{prefix}")
    assert (ran.status, ran.err) == (0, "")
    title, sums, *_ = ran.out.splitlines()
    assert title == f"s3://{BIG}/{prefix}"
    assert sums.endswith(f" · {len(things):,} objects")


def test_the_region_is_found(s3monitor: Run, sample: SampleAccount) -> None:
    """A bucket in Frankfurt is asked for there, although the terminal is in us-east-1."""
    sample.faults.redirects = True
    ran = s3monitor("scan", "s3://pelican-invoices", "--format", "json")
    held = sample.estate.by_name["pelican-invoices"].counted_by_hand(sample.estate.now)
    assert (ran.status, json.loads(ran.out)["objects"]) == (0, held.objects)
    listed = {each.region for each in sample.requests if each.operation == "ListObjectsV2"}
    assert listed == {"eu-central-1"}


def test_a_bucket_of_another_account_is_counted(s3monitor: Run, sample: SampleAccount) -> None:
    """By the role of S3MONITOR_ROLES that may read it."""
    own = next(each.id for each in sample.estate.accounts if each.role is None)
    denied = {"pelican-hr-records"}
    name, held = next(
        (name, bucket.counted_by_hand(sample.estate.now))
        for name, bucket in sorted(sample.estate.by_name.items())
        if bucket.account != own and name not in denied
    )
    ran = s3monitor("scan", f"s3://{name}", "--format", "json")
    assert (ran.status, ran.err) == (0, "")
    assert json.loads(ran.out)["objects"] == held.objects


def test_versions_and_unfinished_uploads_are_counted(s3monitor: Run, sample: SampleAccount) -> None:
    """What no plain listing sees."""
    for name in ("pelican-terraform-state", "pelican-mobile-uploads"):
        ran = s3monitor("scan", f"s3://{name}", "--versions", "--format", "json")
        held = sample.estate.by_name[name].counted_by_hand(sample.estate.now)
        document = json.loads(ran.out)
        told = [document[key] for key in ("objects", "bytes", "delete_markers")]
        assert told == [held.objects, held.bytes, held.delete_markers]
        for key, tally in (("noncurrent", held.noncurrent), ("unfinished", held.unfinished)):
            assert document[key] == {"objects": tally.objects, "bytes": tally.bytes}
    shown = s3monitor("scan", "s3://pelican-terraform-state", "--versions").out
    assert "406 noncurrent versions" in shown
    assert "6 delete markers" in shown


def test_hostile_keys_are_counted_and_named_harmlessly(s3monitor: Run, hostile: str) -> None:
    """Each counts once; what a terminal would obey does not reach it."""
    ran = s3monitor("scan", hostile, "--format", "json")
    document = json.loads(ran.out)
    assert (document["objects"], document["bytes"]) == (len(HOSTILE), sum(HOSTILE.values()))
    for key, size in HOSTILE.items():
        one = s3monitor("scan", f"s3://{hostile}/{key}", "--format", "json", "--no-confirm")
        found = json.loads(one.out)
        assert (found["prefix"], found["objects"], found["bytes"]) == (key, 1, size)
        assert found["newest"]["key"] == key
    text = s3monitor("scan", f"s3://{hostile}/\x1b]0;owned\x07").out
    assert not {"\x1b", "\x07"} & set(text)


@pytest.mark.parametrize(
    "address", ["s3://", "", "s3://-x", "https://example.com/x", "--", "s3://a"]
)
def test_what_is_no_address_exits_with_2(s3monitor: Run, address: str) -> None:
    """And says what is one."""
    ran = s3monitor("scan", address)
    assert (ran.status, ran.out) == (2, "")
    assert "s3://" in ran.err


@pytest.mark.parametrize(
    ("bucket", "expected"),
    [
        ("no-such-bucket-anywhere", "bucket is gone"),
        ("pelican-hr-records", "Allow s3:ListBucket"),
    ],
)
def test_a_bucket_that_cannot_be_listed_is_told(s3monitor: Run, bucket: str, expected: str) -> None:
    """Why, and what would help; exit status 1."""
    ran = s3monitor("scan", f"s3://{bucket}")
    assert (ran.status, ran.out) == (1, "")
    assert expected in ran.err
    assert bucket in ran.err
    assert "Traceback" not in ran.err


def test_the_missing_permission_is_that_of_versions(s3monitor: Run, sample: SampleAccount) -> None:
    """A policy may allow listing objects, and not their versions."""
    sample.faults.refused.add((BUCKET, "ListObjectVersions"))
    ran = s3monitor("scan", f"s3://{BUCKET}", "--versions")
    assert ran.status == 1
    assert "Allow s3:ListBucketVersions" in ran.err


def test_nothing_but_s3_is_needed(
    s3monitor: Run, sample: SampleAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endpoint without CloudWatch and STS: no estimate, and the same numbers."""
    with S3Alone(sample.endpoint) as alone:
        monkeypatch.setenv("AWS_ENDPOINT_URL", alone.url)
        ran = s3monitor("scan", f"s3://{BIG}", "--format", "json")
    held = sample.estate.by_name[BIG].counted_by_hand(sample.estate.now)
    document = json.loads(ran.out)
    assert (ran.status, ran.err) == (0, "")
    assert (document["objects"], document["bytes"]) == (held.objects, held.bytes)
    assert not [path for path in alone.refused if "GetCallerIdentity" in path]


def test_no_more_requests_are_in_flight_than_allowed(s3monitor: Run, sample: SampleAccount) -> None:
    """`--concurrency` bounds them."""
    sample.faults.delay = 0.01
    ran = s3monitor("scan", f"s3://{BIG}", "--concurrency", "3", "--format", "json")
    assert json.loads(ran.out)["scan"]["peak_concurrency"] == 3
    for wrong in ("0", "1001", "x", "-1"):
        assert s3monitor("scan", f"s3://{BIG}", "--concurrency", wrong).status == 2


def test_a_dear_scan_is_refused_where_nobody_can_be_asked(
    s3monitor: Run, sample: SampleAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence has the price, and names --no-confirm; nothing is listed."""
    monkeypatch.setenv("S3MONITOR_SCAN_CONFIRM_USD", "0.0001")
    ran = s3monitor("scan", f"s3://{BIG}")
    assert (ran.status, ran.out) == (1, "")
    assert "objects for <$0.01 in less than a minute?" in ran.err
    assert "--no-confirm" in ran.err
    assert "ListObjectsV2" not in {each.operation for each in sample.requests}
    sample.forget_requests()
    assert s3monitor("scan", f"s3://{BIG}", "--no-confirm").status == 0
    assert "GetMetricData" not in {each.operation for each in sample.requests}


@pytest.mark.parametrize(("answer", "status"), [("n\n", 1), ("\n", 1), ("y\n", 0)])
def test_a_dear_scan_asks_at_a_terminal(sample_environment: None, answer: str, status: int) -> None:
    """The question is on the terminal, and stdout holds the document alone."""
    arguments = ("scan", f"s3://{BIG}", "--format", "json")
    with Terminal(*arguments, piped=True, S3MONITOR_SCAN_CONFIRM_USD="0.0001") as terminal:
        asked = terminal.read("[y/N] ")
        assert asked.startswith("List about 21,2")
        terminal.type(answer)
        assert terminal.end() == status
        assert terminal.process.stdout is not None
        out = terminal.process.stdout.read().decode()
    if status:
        assert out == ""
    else:
        assert json.loads(out)["complete"] is True


def after_four_pages(sample: SampleAccount, terminal: Terminal) -> None:
    """Wait until the sample has answered four pages."""
    deadline = time.monotonic() + PATIENCE_S
    while pages(sample) < 4:
        assert time.monotonic() < deadline
        terminal.read("")
        time.sleep(0.01)


def told(terminal: Terminal) -> dict[str, Any]:
    """The document that it wrote to its stdout."""
    assert terminal.process.stdout is not None
    document: dict[str, Any] = json.loads(terminal.process.stdout.read())
    return document


def test_ctrl_c_keeps_what_was_counted(sample: SampleAccount, sample_environment: None) -> None:
    """Exit status 3, and every number is "at least"; it is said what would keep them."""
    sample.faults.delay = 0.2
    arguments = ("scan", f"s3://{BIG}", "--concurrency", "2", "--format", "json")
    with Terminal(*arguments, piped=True) as terminal:
        after_four_pages(sample, terminal)
        terminal.process.send_signal(signal.SIGINT)
        terminal.read("Stopped. With S3MONITOR_DATABASE_URL set")
        assert terminal.end() == 3
        document = told(terminal)
    assert (document["complete"], document["reason"]) == (False, None)
    assert 1_000 <= document["objects"] < 21_000


def test_the_same_scan_goes_on_where_ctrl_c_left_it(
    s3monitor: Run,
    sample: SampleAccount,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: object,
) -> None:
    """With a database: the sums are exact, and no page is listed twice."""
    monkeypatch.setenv("S3MONITOR_DATABASE_URL", f"sqlite:///{tmp_path}/kept.db")
    sample.faults.delay = 0.2
    arguments = ("scan", f"s3://{BIG}", "--concurrency", "2", "--format", "json")
    with Terminal(*arguments, piped=True) as terminal:
        after_four_pages(sample, terminal)
        terminal.process.send_signal(signal.SIGINT)
        terminal.read("Stopped. For a day the same command goes on from here.")
        assert terminal.end() == 3
        some = told(terminal)
    sample.faults.delay = 0
    sample.forget_requests()
    ran = s3monitor(*arguments)
    held = sample.estate.by_name[BIG].counted_by_hand(sample.estate.now)
    document = json.loads(ran.out)
    assert ran.status == 0
    assert ran.err.startswith("Going on with the listing of ")
    assert ran.err.endswith(f" UTC: {some['objects']:,} objects so far.\n")
    assert (document["objects"], document["bytes"]) == (held.objects, held.bytes)
    assert pages(sample) + some["scan"]["requests"] == document["scan"]["requests"]


def test_access_revoked_half_way_is_told_beside_the_sums(
    sample: SampleAccount, sample_environment: None
) -> None:
    """Exit status 3; the document has the reason, and stderr says it."""
    sample.faults.delay = 0.2
    arguments = ("scan", f"s3://{BIG}", "--concurrency", "2", "--format", "json")
    with Terminal(*arguments, piped=True) as terminal:
        after_four_pages(sample, terminal)
        sample.faults.refused.add((BIG, "ListObjectsV2"))
        terminal.read(f"{BIG} was counted in part, access denied (needs s3:ListBucket).")
        assert terminal.end() == 3
        document = told(terminal)
    assert (document["complete"], document["reason"]) == (False, "access denied")
    assert document["permission"] == "s3:ListBucket"
    assert 1_000 <= document["objects"] < 21_000


def pages(sample: SampleAccount) -> int:
    """How many pages the sample has answered so far."""
    return sum(each.operation == "ListObjectsV2" for each in sample.requests)


def test_the_bar_goes_to_the_terminal_and_the_document_to_the_pipe(
    sample: SampleAccount, sample_environment: None
) -> None:
    """How many objects it will be is said first; then how far it is, live."""
    sample.faults.delay = 0.3
    arguments = ("scan", f"s3://{BIG}", "--concurrency", "4", "--format", "json")
    with Terminal(*arguments, piped=True, TERM="xterm") as terminal:
        said = terminal.read("Listing")
        assert "objects: " in said
        assert "requests, <$0.01, less than a minute." in said
        assert "% · " in terminal.read(" left")
        terminal.process.send_signal(signal.SIGINT)
        terminal.process.send_signal(signal.SIGINT)
        terminal.end()


def test_a_scan_after_a_scan_is_a_new_one(
    s3monitor: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    """With a database a finished scan leaves nothing behind to go on from."""
    monkeypatch.setenv("S3MONITOR_DATABASE_URL", f"sqlite:///{tmp_path}/kept.db")
    first, second = (
        json.loads(s3monitor("scan", f"s3://{BUCKET}", "--format", "json").out) for _ in range(2)
    )
    assert (first["scan"]["requests"], second["scan"]["requests"]) == (1, 1)
    assert first["objects"] == second["objects"]


def test_a_scan_counts_for_the_days_budget(
    s3monitor: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    """With a database named; a question that lists is then refused, and says what is left."""
    monkeypatch.setenv("S3MONITOR_DATABASE_URL", f"sqlite:///{tmp_path}/kept.db")
    monkeypatch.setenv("S3MONITOR_SCAN_BUDGET_USD", "0.000005")
    assert s3monitor("scan", f"s3://{BUCKET}").status == 0
    ran = s3monitor("ask", f"bucket {BUCKET} source=list")
    assert (ran.status, ran.out) == (1, "")
    assert "of today's budget" in ran.err
    assert "source=metrics" in ran.err


def test_a_scan_that_cannot_be_counted_for_the_budget_is_answered(
    s3monitor: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It was paid for: the database that fails then is told beside it."""
    kept = tmp_path / "kept.db"
    monkeypatch.setenv("S3MONITOR_DATABASE_URL", f"sqlite:///{kept}")
    assert s3monitor("scan", f"s3://{BUCKET}").status == 0
    with closing(sqlite3.connect(kept)) as database:
        database.execute("DROP TABLE spending")
    ran = s3monitor("scan", f"s3://{BUCKET}", "--format", "json")
    assert (ran.status, json.loads(ran.out)["complete"]) == (0, True)
    assert "What it cost is not counted" in ran.err
