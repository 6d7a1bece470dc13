from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workspace.blocks import Flaw, Surface, characters, flaws, view_flaws
from tests.workspace.conftest import button, section

Block = dict[str, Any]


def plain(text: str) -> Block:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def raw(text: str) -> Block:
    """A text cell."""
    return {"type": "raw_text", "text": text}


def rich(text: str) -> Block:
    """A rich text block, or cell."""
    piece = {"type": "text", "text": text}
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [piece]}]}


def table(rows: int = 2, columns: int = 2, text: str = "a") -> Block:
    """A table of equal cells."""
    return {"type": "table", "rows": [[raw(text)] * columns] * rows}


def data_table(rows: int = 2, columns: int = 2, text: str = "a", **parts: Any) -> Block:
    """A data table of equal cells."""
    cells = [[raw(text)] * columns] * rows
    return {"type": "data_table", "caption": "Buckets", "rows": cells, **parts}


def actions(*elements: Block) -> Block:
    """An actions block."""
    return {"type": "actions", "elements": list(elements)}


def option(value: str = "1", text: str = "One") -> Block:
    """An option."""
    return {"text": plain(text), "value": value}


def select(options: int = 1, **parts: Any) -> Block:
    """A menu."""
    listed = [option(str(number)) for number in range(options)]
    return {"type": "static_select", "action_id": "pick", "options": listed, **parts}


def chart(*names: str, categories: int = 2, **parts: Any) -> Block:
    """A bar chart with the named series."""
    labels = [f"c{number}" for number in range(categories)]
    series = [
        {"name": name, "data": [{"label": label, "value": -1.5} for label in labels]}
        for name in names
    ]
    drawn = {"type": "bar", "series": series, "axis_config": {"categories": labels}, **parts}
    return {"type": "data_visualization", "title": "Cost", "chart": drawn}


def pie(segments: int = 2, value: float = 1) -> Block:
    """A pie chart."""
    parts = [{"label": f"s{number}", "value": value} for number in range(segments)]
    return {
        "type": "data_visualization",
        "title": "Cost",
        "chart": {"type": "pie", "segments": parts},
    }


def container(*children: Block) -> Block:
    """A container."""
    return {"type": "container", "title": plain("T"), "child_blocks": list(children)}


IMAGE = {"type": "image", "alt_text": "a chart", "image_url": "https://example.com/a.png"}
TAKEN: list[list[Block]] = [
    [section("x" * 3000)],
    [section("x", fields=[{"type": "mrkdwn", "text": "y" * 2000}] * 10)],
    [{"type": "header", "text": plain("x" * 150), "level": 4}],
    [{"type": "context", "elements": [plain("x"), IMAGE] * 5}],
    [actions(*(button(str(number)) for number in range(25)))],
    [actions(select(100), {"type": "overflow", "action_id": "o", "options": [option()] * 5})],
    [actions(button("same")), actions(button("same"))],
    [{"type": "divider"}] * 50,
    [table(100, 20)],
    [table(50, 20, "x" * 10)],
    [{"type": "table", "rows": [[rich("a")]], "column_settings": [None, {"align": "right"}]}],
    [{"type": "table", "rows": [[{"type": "raw_number", "value": 1.5, "text": "1.5"}]]}],
    [data_table(201, 20, page_size=100)],
    [data_table(2, 1, "x" * 10_000)],
    [chart("a", "b", categories=20), pie(12)],
    [container(*[section("x")] * 10)],
    [container(table())],
    [IMAGE],
    [{"type": "image", "alt_text": "a", "slack_file": {"id": "F1"}, "title": plain("t")}],
    [{"type": "markdown", "text": "x" * 12_000}],
    [rich("x")],
    [{"type": "plan", "title": "T", "tasks": [
        {"type": "task_card", "task_id": "1", "title": "t", "status": "pending"}]}],
    [{"type": "context_actions", "elements": [
        {"type": "feedback_buttons", "action_id": "f",
         "positive_button": {"text": plain("+"), "value": "1"},
         "negative_button": {"text": plain("-"), "value": "0"}}]}],
]  # fmt: skip


@pytest.mark.parametrize("blocks", TAKEN)
def test_blocks_at_their_limits_are_taken(blocks: list[Block]) -> None:
    """Slack takes blocks that just reach its limits."""
    assert flaws(blocks) == ()


REFUSED: list[tuple[list[Block], str]] = [
    ([section("x" * 3001)], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    ([section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ([{"type": "section"}], "missing required field: text or fields [json-pointer:/blocks/0]"),
    (
        [section("x", fields=[plain("y" * 2001)])],
        "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
    ),
    (
        [section("x", fields=[plain("y")] * 11)],
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    (
        [{"type": "header", "text": plain("x" * 151)}],
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    (
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
        "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
    ),
    (
        [{"type": "context", "elements": [plain("x")] * 11}],
        "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    ),
    (
        [actions(*(button(str(number)) for number in range(26)))],
        "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ),
    (
        [actions(button("same"), button("same"))],
        "`action_id` same already exists [json-pointer:/blocks/0/elements/1/action_id]",
    ),
    (
        [section("x", block_id="b"), section("y", block_id="b")],
        "`block_id` b already exists [json-pointer:/blocks/1/block_id]",
    ),
    (
        [section("x", block_id="b"), container(section("y", block_id="b"))],
        "`block_id` b already exists [json-pointer:/blocks/1/child_blocks/0/block_id]",
    ),
    (
        [actions(select(101))],
        "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    (
        [actions({**select(), "options": [option(text="x" * 76)]})],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]",
    ),
    (
        [actions({"type": "overflow", "action_id": "o", "options": [option()] * 6})],
        "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    (
        [section("x", accessory={**button(), "text": plain("x" * 76)})],
        "must be less than 76 characters [json-pointer:/blocks/0/accessory/text/text]",
    ),
    ([{"type": "divider"}] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    ([{"type": "chart"}], "unsupported type: chart [json-pointer:/blocks/0/type]"),
    ([{"text": "x"}], "missing required field: type [json-pointer:/blocks/0]"),
    (
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}}],
        "invalid additional property: emoji [json-pointer:/blocks/0/text]",
    ),
    (
        [{"type": "alert", "text": plain("x")}],
        "unsupported type: alert [json-pointer:/blocks/0/type]",
    ),
    ([table(101)], "no more than 100 items allowed [json-pointer:/blocks/0/rows]"),
    ([table(1, 21)], "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]"),
    ([table(1, 1, "")], "must be more than 0 characters [json-pointer:/blocks/0/rows/0/0/text]"),
    (
        [{"type": "table", "rows": [[rich("")]]}],
        "must be more than 0 characters"
        " [json-pointer:/blocks/0/rows/0/0/elements/0/elements/0/text]",
    ),
    ([table(), table()], "only_one_table_allowed [json-pointer:/blocks/1]"),
    (
        [table(), container(table())],
        "only_one_table_allowed [json-pointer:/blocks/1/child_blocks/0]",
    ),
    (
        [table(1, 1, "x" * 10_001)],
        "table cells must be less than 10001 characters [json-pointer:/blocks]",
    ),
    (
        [data_table(2, 1, "x" * 10_001)],
        "data_table cells must be less than 20001 characters [json-pointer:/blocks]",
    ),
    ([data_table(202)], "no more than 201 items allowed [json-pointer:/blocks/0/rows]"),
    ([data_table(1)], "must provide at least 2 items [json-pointer:/blocks/0/rows]"),
    (
        [{"type": "data_table", "caption": "c", "rows": [[raw("a")], [raw("a"), raw("b")]]}],
        "all rows must have the same number of cells [json-pointer:/blocks/0/rows]",
    ),
    (
        [{"type": "data_table", "caption": "c", "rows": [[rich("a")], [raw("b")]]}],
        "header cells must not be rich_text [json-pointer:/blocks/0/rows/0]",
    ),
    (
        [{"type": "data_table", "rows": [[raw("a")], [raw("b")]]}],
        "missing required field: caption [json-pointer:/blocks/0]",
    ),
    (
        [{"type": "table", "rows": [[{"type": "raw_number", "value": 1}]]}],
        "missing required field: text [json-pointer:/blocks/0/rows/0/0]",
    ),
    (
        [pie(13)],
        "no more than 12 items allowed [json-pointer:/blocks/0/chart/segments]",
    ),
    (
        [pie(1, value=0)],
        "input should be greater than 0 [json-pointer:/blocks/0/chart/segments/0/value]",
    ),
    ([pie(), pie(), pie()],
        "no more than 2 data_visualization blocks allowed [json-pointer:/blocks/2]"),
    ([chart("a", "a")], "series names must be unique [json-pointer:/blocks/0/chart/series]"),
    (
        [chart("a", axis_config={"categories": ["c0"]})],
        "must have exactly one data point for each category"
        " [json-pointer:/blocks/0/chart/series/0/data]",
    ),
    (
        [container(data_table())],
        "unsupported type: data_table [json-pointer:/blocks/0/child_blocks/0/type]",
    ),
    (
        [container(*[section("x")] * 11)],
        "no more than 10 items allowed [json-pointer:/blocks/0/child_blocks]",
    ),
    (
        [{"type": "image", "alt_text": "a"}],
        "must provide exactly one of: image_url, slack_file [json-pointer:/blocks/0]",
    ),
    (
        [{"type": "image", "image_url": "x"}],
        "missing required field: alt_text [json-pointer:/blocks/0]",
    ),
    (
        [{"type": "markdown", "text": "x" * 6_001}] * 2,
        "markdown must be less than 12001 characters [json-pointer:/blocks]",
    ),
    (
        [{"type": "task_card", "task_id": "1", "title": "t", "status": "pending"}],
        "pending is only allowed inside plan [json-pointer:/blocks/0/status]",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("blocks", "told"), REFUSED)
def test_blocks_past_a_limit_are_refused_in_slacks_words(blocks: list[Block], told: str) -> None:
    """What Slack refuses is told with what is wrong and a JSON pointer to where."""
    assert told in [str(flaw) for flaw in flaws(blocks)]


def test_blocks_must_be_an_array() -> None:
    """Anything but an array of blocks is refused whole."""
    assert flaws({"type": "divider"}) == (Flaw("must be an array", "/blocks", "invalid_type"),)


@pytest.mark.parametrize("kind", ["table", "container", "data_table", "data_visualization"])
def test_a_modal_takes_no_tables(kind: str) -> None:
    """Tables, charts and containers are refused in modals, taken on App Home."""
    blocks = {"table": table(), "container": container(section("x")), "data_table": data_table(),
              "data_visualization": pie()}  # fmt: skip
    told = [str(flaw) for flaw in flaws([blocks[kind]], Surface.MODAL)]
    assert told == [f"unsupported type: {kind} [json-pointer:/blocks/0/type]"]
    assert flaws([blocks[kind]], Surface.HOME) == ()


def test_a_view_is_checked_with_its_blocks() -> None:
    """A modal's title and its blocks are both checked, from the view's root."""
    view = {"type": "modal", "title": plain("x" * 25), "blocks": []}
    assert [str(flaw) for flaw in view_flaws(view)] == [
        "must be less than 25 characters [json-pointer:/view/title/text]"
    ]
    view = {"type": "home", "blocks": [section("x" * 3001)]}
    assert [str(flaw) for flaw in view_flaws(view)] == [
        "must be less than 3001 characters [json-pointer:/view/blocks/0/text/text]"
    ]


def test_characters_count_all_text_but_tables() -> None:
    """Every text counts towards a message's ceiling, except cells, which have their own."""
    assert characters([section("four"), table(2, 2, "many"), container(section("five5"))]) == 10


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "rows", "elements", "child_blocks", "chart", "x/~"]),
            inner
            | st.sampled_from(["section", "table", "text", "rich_text", "container", "actions"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_judged_without_an_exception(blocks: Any) -> None:
    """Whatever a bot sends is taken or refused, never a crash, and every flaw has a pointer."""
    for flaw in flaws(blocks):
        assert flaw.pointer.startswith("/blocks")
        assert flaw.message
