"""Whatever buckets, keys and classes are called, Slack takes the message and pings nobody."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from bot.core.change import change
from bot.core.digest import Digest, Subscription
from bot.core.outcome import Outcome, Status, Subscribers
from bot.core.patterns import Pattern, Patterns
from bot.core.query import Group, Query
from bot.core.report import Report, report
from bot.core.schedule import Weekly
from bot.core.snapshot import Snapshot
from bot.core.storage import STORAGE_CLASSES, storage_types
from bot.core.units import Unit
from bot.core.usage import WHOLE_ACCOUNT, Cell, Newest, Skipped, Source, Tally, Usage
from bot.errors import QueryError
from bot.views import replies, terminal
from bot.views.document import document, to_csv, to_json
from bot.views.message import Message, context, cut, escape, header, section
from bot.views.outcome import outcome
from bot.views.rows import Field, Rows
from bot.workspace.blocks import MESSAGE_CHARACTERS, characters, flaws
from tests.views.estates import BOOK, LOGS, NOW, ask
from tests.views.examples import text as shown

NASTY = [
    "",
    " ",
    "<!channel>",
    "<@U0123456> <!here> <!subteam^S1> <#C1|x>",
    "&lt;!channel&gt;",
    "@here #general https://example.org/",
    "invoice\N{RIGHT-TO-LEFT OVERRIDE}fdp.exe",
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b31m",
    "a\nb\r\nc\td",
    "[red]markup[/red] *b* _i_ ~s~ `c` ```",
    "=cmd|' /C calc'!A0",
    "\N{FAMILY}" * 30,
    "\N{IDEOGRAPHIC SPACE}",
    "日本語のキー" * 20,
]
WORDS = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=40),
    st.builds(lambda word, times: (word * times)[:1024], st.sampled_from(NASTY), st.just(1024)),
)
#: What no filter ever reads may even be no text: half of a surrogate pair.
ANY_WORDS = WORDS | st.text(max_size=40) | st.just("half a pair \ud83d" * 60)
KINDS = st.one_of(
    st.sampled_from(STORAGE_CLASSES),
    st.sampled_from(sorted(storage_types())),
    WORDS.map(lambda word: word[:200]),
)
NUMBERS = st.one_of(st.integers(0, 10), st.integers(0, 2**90))
UNKNOWN_NUMBERS = st.none() | NUMBERS
NEWEST = st.none() | st.builds(Newest, ANY_WORDS, st.just(NOW))
USAGES = st.builds(
    Usage,
    bucket=WORDS,
    region=st.one_of(st.sampled_from(["us-east-1", "eu-west-1"]), WORDS),
    created=st.none() | st.just(NOW),
    source=st.sampled_from([Source.METRICS, Source.LIST]),
    as_of=st.just(NOW),
    objects=UNKNOWN_NUMBERS,
    cells=st.lists(
        st.builds(Cell, KINDS, st.builds(Tally, UNKNOWN_NUMBERS, NUMBERS)), max_size=6
    ).map(tuple),
    newest=NEWEST,
    complete=st.booleans(),
    account=st.none() | WORDS,
)
SKIPPED = st.builds(
    Skipped,
    bucket=st.just(WHOLE_ACCOUNT) | WORDS,
    region=st.none() | WORDS,
    reason=ANY_WORDS,
    permission=st.none() | ANY_WORDS,
    account=st.none() | WORDS,
)
#: Filters that let everything through, however they are written.
FILTERS = st.lists(
    st.builds(
        Pattern,
        st.sampled_from(["<!channel>", "x" * 1_900, "\N{RIGHT-TO-LEFT OVERRIDE}", "`*_&"]),
        exclude=st.just(True),
    ),
    max_size=3,
).map(lambda patterns: Patterns(tuple(patterns)))
QUERIES = st.builds(
    Query,
    bucket=st.none() | st.sampled_from(["*", "<!channel>", "x" * 63]),
    regions=FILTERS,
    classes=FILTERS,
    buckets=FILTERS,
    group=st.sampled_from(Group),
    top=st.none() | st.integers(1, 1_000),
    unit=st.sampled_from(Unit),
)
SNAPSHOTS = st.builds(
    Snapshot,
    st.just(NOW),
    st.lists(USAGES, max_size=8, unique_by=lambda usage: usage.bucket).map(tuple),
    st.lists(SKIPPED, max_size=8).map(tuple),
)


def texts(part: object) -> Iterator[tuple[str, str]]:
    """Every text object inside, as its type and its text."""
    if isinstance(part, Mapping):
        if isinstance(part.get("text"), str) and "type" in part:
            yield str(part["type"]), part["text"]
        for child in part.values():
            yield from texts(child)
    elif isinstance(part, list):
        for child in part:
            yield from texts(child)


def check(message: Message) -> None:
    """Slack takes it as it is, and nothing in it acts or hides."""
    payload: dict[str, Any] = message.payload()
    assert flaws(payload["blocks"]) == ()
    assert characters(payload["blocks"]) <= MESSAGE_CHARACTERS
    assert len(payload["text"].strip()) > 0
    assert len(payload["text"]) <= 4_000
    # none of the bot's own sentences has a link either, so that no `<` is right
    markup = [payload["text"], *(words for kind, words in texts(payload) if kind == "mrkdwn")]
    assert [words for words in markup if "<" in words or ">" in words] == []
    everything = [payload["text"], *(words for _, words in texts(payload))]
    assert [words for words in everything if not words.replace("\n", "").isprintable()] == []
    json.dumps(payload, ensure_ascii=False).encode()


def check_drawn(drawn: str) -> None:
    """A terminal shows it, and obeys nothing in it."""
    assert drawn.replace("\n", "").isprintable()
    drawn.encode()


def drawn_and_checked(what: Outcome) -> None:
    """The message and the terminal's text are drawn, and are harmless."""
    check(outcome(what, NOW, command="/s3", version="1"))
    check_drawn(shown(terminal.outcome(what, NOW, version="1"), 80))


@settings(max_examples=150, deadline=None)
@given(SNAPSHOTS, QUERIES)
def test_any_report_is_one_that_slack_takes(snapshot: Snapshot, query: Query) -> None:
    """Names, keys, classes, reasons and numbers of any kind."""
    drawn_and_checked(report(snapshot, query, BOOK))


@settings(max_examples=75, deadline=None)
@given(SNAPSHOTS, SNAPSHOTS, QUERIES, st.booleans())
def test_any_digest_is_one_that_slack_takes(
    before: Snapshot, after: Snapshot, query: Query, compared: bool
) -> None:
    """Whatever moved, is new, is gone or cannot be compared."""
    query = replace(query, bucket=None)
    subscription = Subscription(1, "C1", Weekly(0, 9), query, "U1", NOW)
    now = report(after, query, BOOK)
    moved = change(report(before, query, BOOK), now) if compared else None
    drawn_and_checked(Digest(subscription, now, moved, NOW))


@settings(max_examples=75, deadline=None)
@given(SNAPSHOTS, st.sampled_from(Group))
def test_json_and_csv_keep_any_name_whole(snapshot: Snapshot, group: Group) -> None:
    """JSON reads back as it was; CSV has a line a row and no formula; both are UTF-8."""
    data = report(snapshot, Query(group=group), BOOK)
    written = to_json(document(data))
    assert json.loads(written) == document(data)
    check_drawn(written)
    table = to_csv(data)
    table.encode()
    lines = list(csv.reader(io.StringIO(table, newline="")))
    skipped = len(data.skipped) if group is Group.BUCKET else 0
    assert len(lines) == 1 + len(data.lines) + skipped
    assert {len(line) for line in lines} == {len(lines[0])}
    assert [cell for line in lines for cell in line if cell[:1] in tuple("=+-@\t\r") and cell] == []


@given(st.lists(ANY_WORDS, max_size=2).map(" ".join), ANY_WORDS)
def test_any_error_is_one_that_slack_takes(problem: str, advice: str) -> None:
    """What a person is told may quote what that person wrote."""
    told = QueryError(f"Unknown word `{problem}`.", advice)
    check(replies.problem(told))
    check_drawn(shown(terminal.problem(told)))


@pytest.mark.parametrize("word", ["x", "<", "&", "<!channel>", "\u202e", "🔥"])
def test_an_error_that_quotes_ten_thousand_characters_is_cut(word: str) -> None:
    """Slack refuses longer sections and texts."""
    check(replies.problem(QueryError(f"Unknown word `{word * 10_000}`.", "Try `report`.")))


@given(WORDS)
def test_status_and_subscriptions_are_messages_that_slack_takes(word: str) -> None:
    """Facts and queries are foreign text too."""
    drawn_and_checked(Status(tuple(("Fact", word) for _ in range(8))))
    query = Query(buckets=Patterns((Pattern("<!channel>" * 150, exclude=True),)))
    each = Subscription(1, "C1", Weekly(0, 9), query, "U1", NOW)
    drawn_and_checked(Subscribers((each,) * 200))


@pytest.mark.parametrize("question", ["report", "report top=1000 by bucket", "report by region"])
def test_ten_thousand_buckets_fit_into_a_message(question: str) -> None:
    """Those that fit are shown, and the totals are of all."""
    many = [
        replace(LOGS, bucket=f"{number:05}-{'<' * 57}", newest=Newest("&" * 1024, NOW))
        for number in range(10_000)
    ]
    data = ask(question, *many)
    message = outcome(data, NOW, command="/s3", version="1")
    check(message)
    assert data.totals.buckets == 10_000
    assert "10,000 buckets" in message.text


def test_hundreds_of_reasons_are_counted_rather_than_listed() -> None:
    """The commonest reasons are told, and how many more there are."""
    skipped = [
        Skipped(f"bucket-{number}", None, f"reason {number // 2} {'because ' * 200}")
        for number in range(600)
    ]
    data = ask("report", LOGS, *skipped)
    drawn_and_checked(data)
    assert "594 more skipped, for 297 other reasons" in shown(terminal.report(data, NOW))


def test_small_print_leaves_room_for_the_rest() -> None:
    """Ten long lines, a long section and a header together are within Slack's ceiling."""
    long = "x" * 20_000
    check(Message("x", [header(long), section(long), context(*[long] * 20)]))


@given(st.text("&<>;ab", max_size=60), st.integers(10, 40))
def test_what_is_cut_never_ends_in_half_an_entity(text: str, most: int) -> None:
    """It is a beginning of the escaped text, and every `&` in it begins a whole entity."""
    escaped = escape(text)
    shortened = cut(escaped, most)
    assert len(shortened) <= most
    assert escaped == shortened or escaped.startswith(shortened.removesuffix("…"))
    rest = shortened.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert "&" not in rest


@given(
    st.lists(st.text(max_size=70), min_size=1, max_size=4),
    st.integers(60, 160),
)
def test_a_table_fits_the_terminal_and_keeps_its_numbers(names: list[str], width: int) -> None:
    """Names give way in the middle, wide letters counted as wide; numbers never do."""
    plain = [Text(name).plain for name in names]
    plain = [name if name.isprintable() else "x" for name in plain]
    table = Rows(
        [
            Field("Bucket", plain, total="Total"),
            Field("$ / month", ["$1,234,567.89"] * len(plain), right=True, total="$9.99"),
            Field("Region", ["ap-southeast-2"] * len(plain), below=["in Sydney"] * len(plain)),
            Field("Key", [f"{name} key" for name in plain], below=plain, gives=True),
        ],
        ("Region", "Key"),
    )
    drawn = shown(table, width)
    assert [line for line in drawn.splitlines() if cell_len(line) > width] == []
    assert drawn.count("$1,234,567.89") == len(plain)


def test_the_limit_of_buttons_is_kept_by_leaving_them_out() -> None:
    """Half a question would be another question."""
    query = Query(buckets=Patterns((Pattern("x" * 1_990, exclude=True),)))
    data: Report = report(Snapshot(NOW - timedelta(hours=1), (LOGS,)), query, BOOK)
    message = outcome(data, NOW, command="/s3", version="1")
    check(message)
    values = [element["value"] for element in message.blocks[-1]["elements"]]
    assert [value for value in values if value != "report" and str(query) not in value] == []
