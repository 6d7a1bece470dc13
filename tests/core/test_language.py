"""The query language: what is understood, what is refused and how, and that it prints back."""

from __future__ import annotations

import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import data
from bot.core.language import LONGEST, OPTIONS, parse, parse_query
from bot.core.patterns import Pattern, Patterns
from bot.core.query import (
    BillAsked,
    Command,
    DigestAdd,
    DigestList,
    DigestNow,
    DigestRemove,
    Group,
    Plain,
    Query,
    Sort,
    Topic,
)
from bot.core.schedule import Weekly
from bot.core.storage import STORAGE_CLASSES
from bot.core.units import Unit
from bot.core.usage import Source
from bot.errors import QueryError


def some(*texts: str) -> Patterns:
    """A filter of globs, `-` excluding."""
    return Patterns(tuple(Pattern(t.removeprefix("-"), exclude=t.startswith("-")) for t in texts))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("report", Query()),
        ("", Query()),
        ("report region=us-east-1 unit=TB", Query(regions=some("us-east-1"), unit=Unit.TB)),
        ("UNIT:tb REGION:US-East-1", Query(regions=some("us-east-1"), unit=Unit.TB)),
        ("region = eu-* report", Query(regions=some("eu-*"))),
        (
            "region=us-east-1,eu-*,-eu-west-3",
            Query(regions=some("us-east-1", "eu-*", "-eu-west-3")),
        ),
        ("class=glacier,standard-ia", Query(classes=some("GLACIER", "STANDARD_IA"))),
        ("bucket=logs-*,!logs-old", Query(buckets=some("logs-*", "-logs-old"))),
        ("bucket=/^a{1,2}$/", Query(buckets=Patterns((Pattern("^a{1,2}$", regex=True),)))),
        (
            "group=region sort=-size top=10",
            Query(group=Group.REGION, sort=Sort.SIZE, reverse=True, top=10),
        ),
        ("source=list fresh private", Query(source=Source.LIST, fresh=True, private=True)),
        ("unit=GiB", Query(unit=Unit.GB)),
        ("bucket fresh", Query(bucket="fresh")),
        ("bucket report unit=kb", Query(bucket="report", unit=Unit.KB)),
        ("bucket=top", Query(buckets=some("top"))),
        ("show me only glacier in GB, please", Query(classes=some("GLACIER"), unit=Unit.GB)),
        ("by region", Query(group=Group.REGION)),
        ("by size", Query(sort=Sort.SIZE)),
        ("sort by -name top 5", Query(sort=Sort.NAME, reverse=True, top=5)),
        (
            "eu-* without glacier and deep_archive",
            Query(regions=some("eu-*"), classes=some("-GLACIER", "-DEEP_ARCHIVE")),
        ),
        ("only logs-prod", Query(buckets=some("logs-prod"))),
        ("logs-*", Query(buckets=some("logs-*"))),
        ("cost", Query(topic=Topic.COST)),
        ("cost my-bucket", Query(topic=Topic.COST, buckets=some("my-bucket"))),
        (
            "cost eu-* only logs-*",
            Query(topic=Topic.COST, regions=some("eu-*"), buckets=some("logs-*")),
        ),
        ("report by cost", Query()),
        ("bill", BillAsked()),
        ("bill 2026-10", BillAsked(date(2026, 10, 1))),
        ("help me please", Plain.HELP),
        ("Version", Plain.VERSION),
        ("status", Plain.STATUS),
        ("digest list", DigestList()),
        ("digest remove #3", DigestRemove(3)),
        ("digest now 12", DigestNow(12)),
        ("digest weekly mon 09:00", DigestAdd(Weekly(0, 9))),
        (
            "digest weekly 7:30 on Sundays tz=europe/paris region=eu-*",
            DigestAdd(Weekly(6, 7, 30, "Europe/Paris"), Query(regions=some("eu-*")), zoned=True),
        ),
    ],
)
def test_words_in_any_order_and_case_are_understood(text: str, expected: Command) -> None:
    """Options, flags and plain words mean what a person means by them."""
    assert expected == parse(text)


@pytest.mark.parametrize(
    ("over", "text", "expected"),
    [
        (
            "report region=us-east-1 unit=TB",
            "only glacier",
            "report region=us-east-1 class=GLACIER unit=TB",
        ),
        ("report region=eu-* unit=TB", "unit=GB", "report region=eu-* unit=GB"),
        ("report class=GLACIER fresh", "in MB", "report class=GLACIER unit=MB"),
        ("report class=GLACIER region=eu-* top=5", "all classes", "report region=eu-*"),
        ("report class=GLACIER unit=TB", "report", "report"),
        ("report unit=TB", "bucket logs", "bucket logs"),
        ("bucket logs unit=TB", "in GB", "bucket logs unit=GB"),
    ],
)
def test_a_reply_changes_the_last_question(over: str, text: str, expected: str) -> None:
    """What a reply leaves unsaid stays; a command word starts anew; `fresh` is for once."""
    assert expected == str(parse(text, over=parse_query(over)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "report regoin=eu-*",
            "Unknown option `regoin`. Did you mean `region`? Try `report region=us-east-1,eu-*`.",
        ),
        ("report unit=TBB", "Unknown unit `TBB`. Did you mean `TB`? Try `report unit=TB`."),
        (
            "report region=us-east1",
            "Unknown region `us-east1`. Did you mean `us-east-1`? Try `report region=us-east-1`.",
        ),
        (
            "report us-east1",
            "Unknown word `us-east1`. Did you mean `us-east-1`? Try `report us-east-1`.",
        ),
        (
            "class=GLACIR",
            "Unknown storage class `GLACIR`. Did you mean `GLACIER`? Try `report class=GLACIER`.",
        ),
        ("only glaceir", "Unknown word `glaceir`. Did you mean `glacier`? Try `report glacier`."),
        (
            "reprot",
            "Unknown word `reprot`. Did you mean `report`? Try `report region=us-east-1 unit=TB`.",
        ),
        ("unit=GB unit=TB", "`unit` is given twice. Give it once: `unit=TB`."),
        (
            "region=eu-* region=us-*",
            "`region` is given twice. Give it once, with commas: `region=us-east-1,eu-*`.",
        ),
        ("region=", "`region=` lacks its value. Try `report region=us-east-1,eu-*`."),
        ("top=0", "`top` is a number from 1 to 1,000, not `0`. Try `report top=10`."),
        ("top=٣", "`top` is a number from 1 to 1,000, not `٣`. Try `report top=10`."),
        ("bucket", "`bucket` needs a bucket's name. Try `bucket my-bucket`."),
        (
            "bucket logs-*",
            "`logs-*` is not one bucket's name. For several, try `report bucket=logs-*`.",
        ),
        ("report bucket a", None),
        ("without", "`without` lacks its value. Try `only glacier`."),
        ("group=team", "Unknown group `team`. Use one of `bucket`, `region`, `class`."),
        (
            "digest",
            "A digest needs a day. Try `digest weekly mon 09:00 tz=Europe/Paris`, `digest list` or `digest remove 1`.",
        ),
        (
            "digest weekly 09:00",
            "A weekly digest needs a day. Try `digest weekly mon 09:00 tz=Europe/Paris`.",
        ),
        (
            "digest weekly mon 25:00",
            "A weekly digest needs a time of day, such as 09:00. Try `digest weekly mon 09:00 tz=Europe/Paris`.",
        ),
        (
            "digest weekly mon 9:00 tz=Europe/Pariss",
            "`Europe/Pariss` is no time zone. Did you mean `tz=Europe/Paris`? Try `digest weekly mon 09:00 tz=Europe/Paris`.",
        ),
        (
            "digest remove",
            "`digest remove` needs the number of a digest. See the numbers with `digest list`, then `digest remove 1`.",
        ),
        ("'; DROP TABLE snapshots; --", None),
        ("<!channel> <@U123>", None),
        ("🔥", None),
        (
            "x" * (LONGEST + 1),
            "That question is 2,001 characters long; at most 2,000 are read. Try `report region=us-east-1 unit=TB`.",
        ),
        ("bucket=/(/", None),
        (
            "bucket=a,,b",
            "`a,,b` is not a list of names, globs and /regular expressions/. Try `report bucket=logs-*`.",
        ),
    ],
)
def test_bad_input_gets_one_sentence_and_an_example(text: str, expected: str | None) -> None:
    """Unknown words, values and duplicates name the nearest valid word and something to type."""
    with pytest.raises(QueryError) as told:
        parse(text)
    if expected is not None:
        assert expected == str(told.value)
    assert told.value.problem.endswith(".")
    assert "`" in told.value.advice
    assert "\n" not in str(told.value)


GLOB = st.from_regex(r"[a-z0-9*?][a-z0-9.*?-]{0,20}", fullmatch=True)
REGEX = st.from_regex(r"\^?[a-z0-9,=:]{1,8}(\.\*|[0-9]\+)?\$?", fullmatch=True)
SIGNS = st.booleans()
BUCKETS = st.lists(
    st.builds(Pattern, GLOB, exclude=SIGNS)
    | st.builds(Pattern, REGEX, regex=st.just(True), exclude=SIGNS),
    max_size=4,
    unique=True,
).map(lambda patterns: Patterns(tuple(patterns)))


def names(known: list[str]) -> st.SearchStrategy[Patterns]:
    """Filters over a closed set of names."""
    return st.lists(
        st.builds(Pattern, st.sampled_from([*known, "*", f"{known[0][:2]}*"]), exclude=SIGNS),
        max_size=4,
        unique=True,
    ).map(lambda patterns: Patterns(tuple(patterns)))


QUERIES = st.builds(
    Query,
    bucket=st.none() | st.from_regex(r"[a-z0-9][a-z0-9.-]{1,20}", fullmatch=True),
    regions=names(list(data.regions())),
    classes=names(list(STORAGE_CLASSES)),
    buckets=BUCKETS,
    group=st.sampled_from(Group),
    sort=st.sampled_from(Sort),
    reverse=st.booleans(),
    top=st.none() | st.integers(1, 1000),
    unit=st.sampled_from(Unit),
    source=st.sampled_from(Source),
    fresh=st.booleans(),
    private=st.booleans(),
) | st.builds(
    Query, topic=st.just(Topic.COST), regions=names(list(data.regions())), buckets=BUCKETS
)


@given(QUERIES)
def test_every_query_prints_as_what_parses_to_it(query: Query) -> None:
    """`parse(str(query)) == query`, alone and over any other question."""
    assert query == parse(str(query))
    assert query == parse(str(query), over=Query(unit=Unit.PB, top=3))


DIGESTS = st.builds(
    DigestAdd,
    st.builds(
        Weekly,
        st.integers(0, 6),
        st.integers(0, 23),
        st.integers(0, 59),
        st.sampled_from(["Europe/Paris", "America/New_York"]),
    ),
    QUERIES.map(lambda q: Query(regions=q.regions, sort=q.sort, reverse=q.reverse, top=q.top)),
    st.just(True),
) | st.builds(
    DigestAdd, st.builds(Weekly, st.integers(0, 6), st.integers(0, 23), st.integers(0, 59))
)


@given(
    DIGESTS
    | st.builds(DigestRemove, st.integers(0, 99999))
    | st.builds(DigestNow, st.integers(0, 9))
    | st.sampled_from([*Plain, DigestList()])
)
def test_every_command_prints_as_what_parses_to_it(command: Command) -> None:
    """The rule holds for digests and plain commands too."""
    assert command == parse(str(command))


@given(
    st.text(st.characters(codec="utf-8"), max_size=80)
    | st.text(string.punctuation + "aegr =", max_size=40)
)
def test_any_text_is_a_command_or_a_told_error(text: str) -> None:
    """No text at all raises anything but QueryError."""
    try:
        command = parse(text)
    except QueryError:
        return
    assert command == parse(str(command))


def test_every_option_can_stand_alone() -> None:
    """Each option is taken with `=` and with `:`."""
    samples = {
        "region": "eu-*",
        "class": "GLACIER",
        "bucket": "a",
        "group": "class",
        "sort": "size",
        "top": "3",
        "unit": "GB",
        "source": "list",
    }
    assert set(samples) == set(OPTIONS)
    for option, value in samples.items():
        assert parse(f"{option}={value}") == parse(f"{option}:{value}") != Query()


def test_a_question_grown_long_by_follow_ups_is_still_read() -> None:
    """The limit is on what people type, not on what the bot has printed itself."""
    buckets = ",".join(f"logs-{number:04}" for number in range(300))
    assert len(buckets) > LONGEST
    query = Query(buckets=some(*buckets.split(",")))
    assert query == parse_query(str(query))
