"""The documentation says what the code does: every page, read beside the code itself."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import _parser
from bot.aws.policy import OPERATIONS
from bot.cli import Exit
from bot.core.bill import Bill, BillLine, compare, split_usage_type
from bot.core.breakdown import breakdown
from bot.core.cost import estimate
from bot.core.language import COMMANDS, FLAGS, LONGEST, MOST_ROWS, OPTIONS, parse
from bot.core.prices import shipped_prices
from bot.core.query import DigestAdd, Group, Plain, Query, Sort
from bot.core.report import report
from bot.core.scan import Listing, ScanStats
from bot.core.snapshot import Snapshot
from bot.core.storage import STORAGE_CLASSES, UNPRICED_CLASSES
from bot.core.units import UNIT_WORDS, Unit
from bot.core.usage import GB, Cell, Newest, Skipped, Source, Tally, Usage
from bot.errors import QueryError
from bot.settings import Server, Settings, SlackSettings, variable
from bot.slack.manifest import EVENTS, SCOPES
from bot.views.bill import document as bill_document
from bot.views.cost import document as cost_document
from bot.views.document import document, to_csv
from bot.views.scan import scan_document

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))
)
SETTINGS = (SlackSettings, Settings, Server)
VARIABLES = {
    variable(kind, field): (kind, field) for kind in SETTINGS for field in kind.model_fields
}
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@cache
def page(name: str) -> str:
    """A page's Markdown."""
    return (ROOT / name).read_text(encoding="utf-8")


def docs(name: str) -> str:
    """A page of docs/."""
    return page(f"docs/{name}.md")


def fences(name: str, language: str) -> list[str]:
    """The code blocks of one language, a shell's continued lines joined."""
    found = re.findall(rf"^```{language}\n(.*?)^```", page(name), re.MULTILINE | re.DOTALL)
    return [block.replace("\\\n", " ") for block in found]


def spans(text: str) -> list[str]:
    """The code spans of a text outside its code blocks, however many backticks enclose them."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", prose, re.DOTALL)
    return [" ".join(span.split()) for _, span in found]


def section(text: str, title: str) -> str:
    """What stands below a heading, up to the next of its rank or a higher one."""
    heading = re.search(rf"^(#+) {re.escape(title)}$", text, re.MULTILINE)
    assert heading, title
    rest = text[heading.end() :]
    following = re.search(rf"^#{{1,{len(heading[1])}}} ", rest, re.MULTILINE)
    return rest[: following.start()] if following else rest


def rows(text: str) -> list[list[str]]:
    """The cells of the first table in a text, without its two head lines."""
    table = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert table, text[:80]
    lines = table[0].splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


# --- links and paths ---------------------------------------------------------------------------


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    """Relative links name files that exist, and headings that are in them."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page(name)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / name).parent / path if path else ROOT / name
        headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE) if anchor else []
        if not file.exists() or (anchor and anchor not in map(slug, headings)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("name", PAGES)
def test_every_file_that_is_named_exists(name: str) -> None:
    """Paths into the project, in code spans."""
    rooms = r"(?:bot|tests|docs|scripts|benchmarks|locks|\.github)/[\w./-]*"
    named = [span for span in spans(page(name)) if re.fullmatch(rooms, span)]
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_make_target_exists(name: str) -> None:
    """`make demo` and the like are in the Makefile."""
    lines = [line for block in fences(name, "sh") for line in block.splitlines()]
    commands = [
        text.split()[1] for text in (*lines, *spans(page(name))) if text.startswith("make ")
    ]
    known = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(commands) <= set(known)


# --- the command line --------------------------------------------------------------------------


def command_lines(name: str) -> Iterator[list[str]]:
    """The arguments of every `s3monitor …` on a page; a verb that is only named is left out."""
    lines = [line.split("  #")[0] for block in fences(name, "sh") for line in block.splitlines()]
    for text in (*lines, *spans(page(name))):
        match = re.fullmatch(r"(?:export )?(?:[A-Z0-9_]+=\S+ )*s3monitor (.+)", text.strip())
        if match and "…" not in match[1]:
            words = shlex.split(re.split(r" [|>] ", match[1])[0])
            if words not in (["ask"], ["scan"], ["prices"]) and words[-1] != "--url":
                yield words


@pytest.mark.parametrize("name", PAGES)
def test_every_command_line_is_understood(name: str) -> None:
    """By the argument parser, and the question in it by the language."""
    for words in command_lines(name):
        if words[-1] in ("--version", "--help"):
            continue  # argparse's own, which end the process
        given = _parser().parse_args(words)
        if given.verb in ("ask", "demo") and given.question:
            parse(" ".join(given.question))


def test_every_verb_and_its_options_are_in_the_operations_page() -> None:
    """Nothing that can be typed in a terminal is left out."""
    (verbs,) = [each for each in _parser()._actions if isinstance(each.choices, dict)]
    told = section(docs("operations"), "Commands")
    assert isinstance(verbs.choices, dict)
    for verb, parser in verbs.choices.items():
        assert f"`s3monitor {verb}" in told
        for action in parser._actions:
            for option in action.option_strings[-1:]:
                assert option == "--help" or f"`{option}" in told, (verb, option)


def test_every_exit_status_is_told() -> None:
    """docs/json.md has exactly those that there are."""
    told = [int(row[0]) for row in rows(section(docs("json"), "Exit statuses"))]
    assert told == sorted(Exit)


# --- settings ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VARIABLES)
def test_every_variable_is_told_with_its_default(name: str) -> None:
    """As the table of docs/operations.md has it."""
    kind, field = VARIABLES[name]
    default = kind.model_fields[field].default
    if isinstance(default, timedelta):
        default = int(default.total_seconds())
    elif isinstance(default, bool):
        default = str(default).lower()
    told = {row[0]: row[1] for row in rows(section(docs("operations"), "Environment variables"))}
    assert told[f"`{name}`"] == ("none" if default in (None, (), "") else f"`{default}`")


def test_the_table_of_variables_has_no_others() -> None:
    """What is gone from the settings is gone from the table."""
    told = [row[0].strip("`") for row in rows(section(docs("operations"), "Environment variables"))]
    assert sorted(told) == sorted(VARIABLES)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_names_a_variable_that_is_not_read(name: str) -> None:
    """Our own variables; AWS's are boto3's."""
    named = re.findall(r"\b(?:S3MONITOR|SLACK)_[A-Z_]+[A-Z]\b", page(name))
    assert set(named) <= set(VARIABLES)


# --- permissions -------------------------------------------------------------------------------


def test_every_scope_is_told_and_no_other() -> None:
    """docs/permissions.md has the manifest's scopes."""
    told = [row[0].strip("`") for row in rows(section(docs("permissions"), "Slack"))]
    assert sorted(told) == sorted(SCOPES)


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_is_told(event: str) -> None:
    """docs/permissions.md says what the bot listens to."""
    assert f"`{event}`" in section(docs("permissions"), "Slack")


def test_every_iam_action_is_told_and_no_other() -> None:
    """docs/permissions.md has the actions of `s3monitor policy`."""
    told = [row[0].strip("`") for row in rows(section(docs("permissions"), "AWS"))]
    assert sorted(told) == sorted({each.action for each in OPERATIONS if each.action})


# --- the query language ------------------------------------------------------------------------


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_is_told_with_its_synonyms(option: str) -> None:
    """The table of docs/query-language.md has them all, and no more."""
    told = {
        row[0]: row[1] for row in rows(section(docs("query-language"), "Options of a question"))
    }
    assert sorted(spans(told[f"`{option}=`"])) == sorted(OPTIONS[option])


def test_the_table_of_options_has_no_others() -> None:
    """Options and flags."""
    told = [row[0] for row in rows(section(docs("query-language"), "Options of a question"))]
    assert sorted(told) == sorted([f"`{name}=`" for name in OPTIONS] + [f"`{x}`" for x in FLAGS])


@pytest.mark.parametrize(
    ("option", "values"), [("group", Group), ("sort", Sort), ("unit", Unit), ("source", Source)]
)
def test_every_value_of_an_option_is_told(option: str, values: type[Group]) -> None:
    """Closed lists are given whole."""
    told = {
        row[0]: row[2] for row in rows(section(docs("query-language"), "Options of a question"))
    }
    assert set(map(str, values)) <= set(spans(told[f"`{option}=`"]))


@pytest.mark.parametrize("name", [*STORAGE_CLASSES, *UNPRICED_CLASSES])
def test_every_storage_class_is_told(name: str) -> None:
    """With and without a price."""
    assert f"`{name}`" in docs("query-language")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_told(command: str) -> None:
    """The table of docs/query-language.md begins with each."""
    told = [
        row[0].strip("`").split()[0] for row in rows(section(docs("query-language"), "Commands"))
    ]
    assert command in told


def test_every_digest_verb_is_told() -> None:
    """`digest weekly`, `list`, `now` and `remove`."""
    told = [row[0].strip("`").split() for row in rows(section(docs("query-language"), "Commands"))]
    verbs = [words[1] for words in told if words[0] == "digest"]
    assert verbs == ["weekly", "list", "now", "remove"]


def test_every_word_of_a_unit_is_understood() -> None:
    """Those that the page calls synonyms mean the same."""
    for word in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        assert f"`{word}`" in docs("query-language")
        assert UNIT_WORDS[word.lower()] is UNIT_WORDS[word.lower().replace("i", "")]


@pytest.mark.parametrize("row", rows(section(docs("query-language"), "Follow-ups")))
def test_every_follow_up_asks_what_is_said(row: list[str]) -> None:
    """The reply, over the question that the page names."""
    over = parse("report region=us-east-1 unit=TB")
    assert isinstance(over, Query)
    assert "After `report region=us-east-1 unit=TB`:" in docs("query-language")
    assert str(parse(row[0].strip("`"), over)) == row[1].strip("`")


@pytest.mark.parametrize(
    "row",
    rows(section(docs("query-language"), "When it is not understood")),
    ids=lambda row: row[0],
)
def test_every_refusal_is_quoted(row: list[str]) -> None:
    """Word for word."""
    (typed,), (answered,) = spans(row[0]), spans(row[1])
    with pytest.raises(QueryError) as told:
        parse(typed)
    assert str(told.value) == answered


def questions(name: str) -> list[str]:
    """What a page shows being typed in Slack, placeholders filled in."""
    text = page(name)
    if name == "docs/query-language.md":
        text = text[: text.index("## When it is not understood")]
    lines = [line for block in fences(name, "text") for line in block.splitlines()]
    typed = [line for line in (*lines, *spans(text)) if "…" not in line or "HH:MM" in line]
    asked = [line.removeprefix("/s3 ") for line in typed if line.startswith("/s3 ")]
    asked = [question for question in asked if question not in ("bucket", "digest")]  # named alone
    asked += [
        line
        for line in typed
        if re.match(r"(report|bucket|cost|bill|digest|only|top|sort by) \S", line)
    ]
    filled = {"NAME": "my-bucket", "DAY HH:MM …": "mon 09:00"}
    for placeholder, value in filled.items():
        asked = [question.replace(placeholder, value) for question in asked]
    return [re.sub(r" N$", " 1", question) for question in asked]


@pytest.mark.parametrize("name", PAGES)
def test_every_question_shown_is_understood(name: str) -> None:
    """In every page, the README's too."""
    for question in questions(name):
        parse(question)


@pytest.mark.parametrize("line", fences("docs/query-language.md", "text")[0].splitlines())
def test_every_digest_shown_is_one(line: str) -> None:
    """The examples subscribe."""
    assert isinstance(parse(line), DigestAdd)


@pytest.mark.parametrize(
    "word",
    [
        word
        for line in section(docs("query-language"), "Bare words").splitlines()
        if line.startswith(("- `a`", "  mean", "- `not`"))
        for word in spans(line)
    ],
)
def test_every_small_word_is_understood(word: str) -> None:
    """Words that mean nothing, and words that exclude."""
    query = parse(f"report {word} glacier")
    excluded = {"not", "no", "without", "except", "exclude", "excluding", "without glacier"}
    if " " not in word:
        assert str(query) == f"report class={'-' * (word in excluded)}GLACIER"


def test_the_limits_of_a_question_are_told() -> None:
    """Its length, and its number of rows."""
    assert f"at most {LONGEST:,} characters" in docs("query-language")
    assert f"1 to {MOST_ROWS:,} rows" in docs("query-language")


# --- documents ---------------------------------------------------------------------------------


def usage(name: str, *cells: Cell, **more: Any) -> Usage:
    """A bucket of moderate size."""
    return Usage(name, "us-east-1", NOW, Source.LIST, NOW, 1, cells, **more)


SNAPSHOT = Snapshot(
    NOW,
    (
        usage("a", Cell("STANDARD", Tally(1, GB)), newest=Newest("k", NOW), account="1"),
        usage("b", Cell("OUTPOSTS", Tally(1, GB))),
    ),
    (Skipped("c", "us-east-1", "access denied", "s3:ListBucket"),),
)


def answer(**asked: Any) -> dict[str, Any]:
    """The document of a question about an estate with a bit of everything."""
    return document(report(SNAPSHOT, Query(**asked), shipped_prices()))


def scanned() -> dict[str, Any]:
    """The document of a scan."""
    stats = ScanStats(1, 0, 0, 0.1, 10.0, 1, Decimal("0.000005"))
    return scan_document(Listing(SNAPSHOT.usages[0], stats))


def costs() -> dict[str, Any]:
    """The document of `cost`, with something unpriced and something in doubt."""
    found = breakdown(estimate(SNAPSHOT.usages, shipped_prices()))
    assert found.unpriced
    assert found.doubts
    return {**cost_document(found, "cost"), "doubts": {}}  # whose keys are buckets


def billed() -> dict[str, Any]:
    """The document of `bill`."""
    region, suffix = split_usage_type("TimedStorage-ByteHrs", shipped_prices().prefixes)
    line = BillLine("TimedStorage-ByteHrs", "Usage", region, suffix, Decimal(1), "", Decimal(1))
    bill = Bill(NOW.date(), frozenset(), (line,), NOW, final=False, requests=1)
    return bill_document(compare(bill, estimate(SNAPSHOT.usages, shipped_prices())), "bill")


def keys(value: object) -> Iterator[str]:
    """All keys of a document; those of `classes` that are classes' names left out."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in STORAGE_CLASSES and key not in UNPRICED_CLASSES:
                yield key
            yield from keys(inner)
    elif isinstance(value, list):
        for item in value:
            yield from keys(item)


@pytest.mark.parametrize(
    ("title", "produced"),
    [
        ("`ask --format json`", answer()),
        ("`ask --format json`", answer(group=Group.CLASS)),
        ("`ask --format json`", answer(group=Group.REGION)),
        ("`scan --format json`", scanned()),
        ("`cost`, as JSON", costs()),
        ("`bill`, as JSON", billed()),
    ],
    ids=["ask", "ask-class", "ask-region", "scan", "cost", "bill"],
)
def test_every_key_that_is_produced_is_told(title: str, produced: dict[str, Any]) -> None:
    """In its own section of docs/json.md, as a key or as the end of a path."""
    told = section(docs("json"), title)
    words = {
        part for word in spans(told) for part in (word.rpartition(".")[2], word.partition(".")[0])
    }
    assert set(keys(produced)) <= words


@pytest.mark.parametrize(
    ("title", "produced"),
    [
        ("`ask --format json`", answer()),
        ("`scan --format json`", scanned()),
        ("`cost`, as JSON", costs()),
        ("`bill`, as JSON", billed()),
    ],
    ids=["ask", "scan", "cost", "bill"],
)
def test_every_key_that_is_told_is_produced(title: str, produced: dict[str, Any]) -> None:
    """The tables of docs/json.md hold no key that there is not."""
    tables = "\n".join(
        line for line in section(docs("json"), title).splitlines() if re.match(r"\| `", line)
    )
    told = {
        word.rpartition(".")[2]
        for line in tables.splitlines()
        for word in spans(line.split("|")[1])
    }
    assert told <= set(keys(produced))


def shape(value: object) -> object:
    """A document's keys in their order, its lists by their first item."""
    if isinstance(value, dict):
        plain = {key for key in value if key not in STORAGE_CLASSES}
        return {key: shape(inner) for key, inner in value.items() if key in plain} or "object"
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "value"


@pytest.mark.parametrize(("at", "produced"), [(0, answer()), (1, scanned())], ids=["ask", "scan"])
def test_the_example_documents_have_the_real_shape(at: int, produced: dict[str, Any]) -> None:
    """Same keys, same order; what may be empty is."""
    example = json.loads(fences("docs/json.md", "json")[at])
    if "rows" in produced:
        produced = {**produced, "rows": produced["rows"][:1], "skipped": [], "unpriced": []}
    assert json.dumps(shape(produced)) == json.dumps(shape(example))


@pytest.mark.parametrize("group", Group)
def test_every_column_of_csv_is_told(group: Group) -> None:
    """In docs/json.md, storage classes by example."""
    told = spans(section(docs("json"), "`ask --format csv`"))
    data = report(SNAPSHOT, Query(group=group), shipped_prices())
    header = to_csv(data).splitlines()[0].split(",")
    plain = [name for name in header if not name.startswith(("OUTPOSTS_", "STANDARD_"))]
    assert set(plain) <= set(told)
    assert {"STANDARD_objects", "STANDARD_bytes", "STANDARD_usd_month"} <= set(told)


# --- what the code says ------------------------------------------------------------------------


@cache
def sources() -> dict[str, ast.Module]:
    """The modules of bot/, parsed."""
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "bot").rglob("*.py"))
    }


def actions() -> set[tuple[str, str]]:
    """(action, level) of everything the bot logs; the workspace logs for itself."""
    found = set()
    for path, module in sources().items():
        if path.startswith("bot/workspace/"):
            continue
        for call in ast.walk(module):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            if not (isinstance(call.func.value, ast.Name) and call.func.value.id == "logger"):
                continue
            given = {word.arg: word.value for word in call.keywords}
            if isinstance(extra := given.get("extra"), ast.Dict):
                given |= {
                    str(key.value): value
                    for key, value in zip(extra.keys, extra.values, strict=True)
                    if isinstance(key, ast.Constant)
                }
            action = given.get("action")
            assert isinstance(action, ast.Constant), f"{path}:{call.lineno} logs without an action"
            found.add((str(action.value), call.func.attr))
    return found


def test_every_action_that_is_logged_is_told_with_its_level() -> None:
    """docs/operations.md has them all, and no others."""
    told = set()
    for names, levels, *_ in rows(section(docs("operations"), "Logs")):
        several = levels.split(", ")
        for at, action in enumerate(spans(names)):
            told.add((action, several[at] if len(several) > 1 else levels))
    assert told == actions()


def sentences() -> list[re.Pattern[str]]:
    """Every text in the code as a pattern, whatever is filled in standing for anything."""
    found = []
    for module in sources().values():
        for node in ast.walk(module):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+"
                    for part in node.values
                ]
                found.append(re.compile("".join(parts), re.DOTALL))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(re.compile(re.escape(node.value)))
    # A text of nothing but blanks to fill in would match anything.
    return [text for text in found if len(text.pattern.replace(".+", "")) > 12]


@pytest.mark.parametrize(
    "message",
    [
        spans(row[0])[0]
        for row in rows(section(docs("install"), "What a message at the start means"))
    ],
)
def test_every_message_at_the_start_is_one_that_is_said(message: str) -> None:
    """The guide quotes the code."""
    whole = f"{message}." if message.endswith("…") else message
    assert any(text.fullmatch(whole) for text in sentences())


@cache
def names() -> set[str]:
    """Classes, functions and methods of bot/, the latter as `Class.method` too."""
    found = set()
    for module in sources().values():
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef):
                found.add(node.name)
                inner = (each for each in node.body if not isinstance(each, ast.Pass))
                found |= {f"{node.name}.{each.name}" for each in inner if hasattr(each, "name")}
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.add(node.name)
            elif isinstance(node, ast.Assign):
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def test_the_architecture_names_what_is_there() -> None:
    """Every class, and every function of a class, that the page speaks of."""
    foreign = {"Protocol", "Decimal", "None", "Makefile"}
    capital = r"[A-Z][A-Za-z]+(?:\.[a-z_]+)?"
    spoken = {word for word in spans(docs("architecture")) if re.fullmatch(capital, word)}
    assert spoken - foreign <= names()
    walks = section(docs("architecture"), "Three walks")
    called = {word for word in spans(walks) if re.fullmatch(r"[a-z_]{4,}", word)}
    assert called - {"response_url"} <= names()


def test_the_plain_commands_are_private_or_public_as_told() -> None:
    """The page names those that only the asker sees."""
    told = section(docs("query-language"), "Commands")
    assert all(f"`{plain}`" in told for plain in Plain)
