"""Whether Slack would take these blocks, in Slack's own words and with its JSON pointers.

One bad block makes Slack refuse the whole message, and no packaged stand-in checks them; so the
shape is checked against `blockkit`, and here what spans blocks. Wordings as met in the wild, such
as `no more than 25 items allowed [json-pointer:/blocks/1/elements]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from bot.workspace import blockkit

_BLOCKS: TypeAdapter[Any] = TypeAdapter(list[blockkit.KnownBlock])
_VIEW: TypeAdapter[Any] = TypeAdapter(blockkit.View)

#: Characters over all cells of all `table` blocks of one message.
TABLE_CHARACTERS = 10_000
#: Characters over all cells of one `data_table`, and of all of one message.
DATA_TABLE_CHARACTERS = 20_000
#: Characters over all `markdown` blocks of one message.
MARKDOWN_CHARACTERS = 12_000
#: Characters of all blocks of one message; Slack's real ceiling, bolt-js#2509.
MESSAGE_CHARACTERS = 13_200
CHARTS_PER_MESSAGE = 2
TABLES_PER_MESSAGE = 1

_MESSAGES_ONLY = {"context_actions", "file", "markdown", "plan", "task_card"}
_NOT_IN_MODALS = {"carousel", "container", "data_table", "data_visualization", "table"}


class Surface(Enum):
    """Where blocks are shown. Each takes other blocks, and another number of them."""

    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"

    @property
    def most(self) -> int:
        """The number of blocks it takes."""
        return 50 if self is Surface.MESSAGE else 100

    def takes(self, kind: str) -> bool:
        """Whether a block of this type may stand on it."""
        if kind == "alert":
            return self is Surface.MODAL
        if kind in _MESSAGES_ONLY:
            return self is Surface.MESSAGE
        if kind in _NOT_IN_MODALS:
            return self is not Surface.MODAL
        return True


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing Slack would refuse.

    pointer: a JSON pointer into what was checked, such as `/blocks/0/text/text`.
    expected: what `blocks.validate` tells as `constraint`.
    """

    message: str
    pointer: str
    code: str = "failed_constraint"
    expected: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.message} [json-pointer:{self.pointer}]"

    def error(self) -> dict[str, Any]:
        """It, as an entry of `errors` in the answer of `blocks.validate`."""
        entry: dict[str, Any] = {
            "code": self.code, "message": self.message, "pointer": self.pointer,
        }  # fmt: skip
        if self.expected:
            entry["constraint"] = {"type": "enum", "expected": list(self.expected)}
        return entry


def flaws(
    blocks: object, surface: Surface = Surface.MESSAGE, root: str = "/blocks"
) -> tuple[Flaw, ...]:
    """Everything Slack would refuse in `blocks`, in document order; empty when it takes them."""
    if not isinstance(blocks, list):
        return (Flaw("must be an array", root, "invalid_type"),)
    found: list[Flaw] = []
    if len(blocks) > surface.most:
        found.append(Flaw(f"no more than {surface.most} items allowed", root))
    try:
        _BLOCKS.validate_python(blocks)
    except ValidationError as error:
        found.extend(_told(each, blocks, root) for each in error.errors(include_url=False))
    found.extend(
        Flaw(f"unsupported type: {block['type']}", f"{root}/{index}/type")
        for index, block in enumerate(blocks)
        if isinstance(block, Mapping)
        and isinstance(block.get("type"), str)
        and not surface.takes(block["type"])
    )
    if not found:
        found.extend(_across(blocks, root))
    return tuple(found)


def view_flaws(view: object) -> tuple[Flaw, ...]:
    """Everything Slack would refuse in a modal or App Home, its blocks included."""
    try:
        _VIEW.validate_python(view)
    except ValidationError as error:
        return tuple(_told(each, view, "/view") for each in error.errors(include_url=False))
    assert isinstance(view, Mapping)  # noqa: S101 - the view was just checked
    surface = Surface.MODAL if view["type"] == "modal" else Surface.HOME
    return flaws(view["blocks"], surface, "/view/blocks")


def _told(error: ErrorDetails, document: object, root: str) -> Flaw:
    """Pydantic's error in Slack's words."""
    kind, bounds = error["type"], error.get("ctx", {})
    pointer, last = _pointer(error["loc"], document, root)
    match kind:
        case "missing":
            return Flaw(f"missing required field: {last}", pointer.rpartition("/")[0])
        case "extra_forbidden":
            return Flaw(f"invalid additional property: {last}", pointer.rpartition("/")[0])
        case "union_tag_not_found":
            return Flaw("missing required field: type", pointer)
        case "union_tag_invalid":
            expected = str(bounds["expected_tags"]).replace("'", "").split(", ")
            return Flaw(
                f"unsupported type: {bounds['tag']}", f"{pointer}/type", expected=tuple(expected)
            )
        case "literal_error":
            expected = str(bounds["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
            message = f"must be one of: {', '.join(expected)}"
            if last == "type":
                message = f"unsupported type: {error['input']}"
            return Flaw(message, pointer, expected=tuple(expected))
        case "string_too_short":
            message = f"must be more than {bounds['min_length'] - 1} characters"
        case "string_too_long":
            message = f"must be less than {bounds['max_length'] + 1} characters"
        case "too_long":
            message = f"no more than {bounds['max_length']} items allowed"
        case "too_short":
            message = f"must provide at least {bounds['min_length']} items"
        case "slack":
            message = error["msg"]
            if bounds.get("at"):
                pointer = f"{pointer}/{bounds['at']}"
        case _:
            message = error["msg"][:1].lower() + error["msg"][1:]
    return Flaw(message, pointer)


def _pointer(location: Sequence[int | str], document: object, root: str) -> tuple[str, int | str]:
    """The location as a JSON pointer, without the union tags Pydantic puts in, and its last step.

    A tag is the `type` of the object just entered, and comes before any of its fields.
    """
    here, steps, entered = document, [root], True
    for step in location:
        if entered and isinstance(here, Mapping) and here.get("type") == step:
            entered = False
            continue
        steps.append(str(step).replace("~", "~0").replace("/", "~1"))
        if isinstance(here, Mapping):
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            here = None
        entered = True
    return "/".join(steps), location[-1] if location else ""


def _across(blocks: list[dict[str, Any]], root: str) -> Iterator[Flaw]:
    """What no block alone does wrong."""
    placed = list(_walk(blocks, root))
    yield from _doubled_ids(placed)
    tables = [(where, block) for where, block in placed if block["type"] == "table"]
    for where, _ in tables[TABLES_PER_MESSAGE:]:
        yield Flaw("only_one_table_allowed", where)
    if sum(_cell_characters(block) for _, block in tables) > TABLE_CHARACTERS:
        yield Flaw(f"table cells must be less than {TABLE_CHARACTERS + 1} characters", root)
    data = [block for _, block in placed if block["type"] == "data_table"]
    if sum(map(_cell_characters, data)) > DATA_TABLE_CHARACTERS:
        yield Flaw(
            f"data_table cells must be less than {DATA_TABLE_CHARACTERS + 1} characters", root
        )
    charts = [where for where, block in placed if block["type"] == "data_visualization"]
    for where in charts[CHARTS_PER_MESSAGE:]:
        yield Flaw(f"no more than {CHARTS_PER_MESSAGE} data_visualization blocks allowed", where)
    markdown = sum(len(block["text"]) for _, block in placed if block["type"] == "markdown")
    if markdown > MARKDOWN_CHARACTERS:
        yield Flaw(f"markdown must be less than {MARKDOWN_CHARACTERS + 1} characters", root)
    for where, block in placed:
        if block["type"] == "task_card" and block.get("status") == "pending":
            yield Flaw("pending is only allowed inside plan", f"{where}/status")


def _walk(blocks: list[dict[str, Any]], root: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every block with its pointer, those in containers included."""
    for index, block in enumerate(blocks):
        yield f"{root}/{index}", block
        yield from _walk(block.get("child_blocks", []), f"{root}/{index}/child_blocks")


def _doubled_ids(placed: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[Flaw]:
    seen: set[str] = set()
    for where, block in placed:
        block_id = block.get("block_id")
        if block_id in seen:
            yield Flaw(f"`block_id` {block_id} already exists", f"{where}/block_id")
        elif block_id is not None:
            seen.add(block_id)
        actions: set[str] = set()
        for at, element in elements(block):
            action_id = element.get("action_id")
            if action_id in actions:
                yield Flaw(f"`action_id` {action_id} already exists", f"{where}{at}/action_id")
            elif action_id is not None:
                actions.add(action_id)


def elements(block: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A block's own elements, each with its pointer within the block; a container's are not."""
    if block["type"] in {"actions", "context_actions"}:
        for index, element in enumerate(block["elements"]):
            yield f"/elements/{index}", element
    elif block["type"] == "card":
        for index, element in enumerate(block.get("actions", [])):
            yield f"/actions/{index}", element
    elif block["type"] == "carousel":
        for index, card in enumerate(block["elements"]):
            for at, element in elements(card):
                yield f"/elements/{index}{at}", element
    elif block["type"] == "input":
        yield "/element", block["element"]
    elif block["type"] == "section" and "accessory" in block:
        yield "/accessory", block["accessory"]


def _cell_characters(table: Mapping[str, Any]) -> int:
    return sum(len(words) for row in table["rows"] for cell in row for words in _words(cell))


def _words(part: object) -> Iterator[str]:
    """All the text of a cell."""
    if isinstance(part, Mapping):
        if isinstance(part.get("text"), str):
            yield part["text"]
        for child in part.get("elements", []):
            yield from _words(child)


def characters(blocks: Sequence[Mapping[str, Any]]) -> int:
    """The text characters in blocks other than tables, which have a limit of their own."""
    return sum(
        len(words)
        for block in blocks
        if block.get("type") not in {"table", "data_table"}
        for words in _every_text(block)
    )


def _every_text(part: object) -> Iterator[str]:
    if isinstance(part, Mapping):
        for key, value in part.items():
            if key == "text" and isinstance(value, str):
                yield value
            else:
                yield from _every_text(value)
    elif isinstance(part, list):
        for child in part:
            yield from _every_text(child)
