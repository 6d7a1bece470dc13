"""A Slack message: its Block Kit blocks, and the text that notifications and readers use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Block = dict[str, Any]

# https://docs.slack.dev/reference/block-kit/blocks/ (limits read 2026-11-22)
MOST_BLOCKS = 50
SECTION_CHARACTERS = 3_000
HEADER_CHARACTERS = 150
TABLE_ROWS = 100
TABLE_CHARACTERS = 10_000
TEXT_CHARACTERS = 4_000
BUTTON_VALUE_CHARACTERS = 2_000
#: Slack takes 2,000 in a field, but ten of those would be too much for one message.
FIELD_CHARACTERS = 400
#: Of one line of small print. All text of a message together may have about 13,200 characters
#: (https://github.com/slackapi/bolt-js/issues/2509), and ten such lines leave room for the rest.
LINE_CHARACTERS = 900


@dataclass(frozen=True, slots=True)
class Message:
    """What is handed to `chat.postMessage` and to `response_url`."""

    text: str
    blocks: list[Block] = field(default_factory=list)

    def payload(self) -> dict[str, Any]:
        """Its arguments. Names are never linked and links never unfurled."""
        return {"text": self.text, "blocks": self.blocks}


def escape(text: str) -> str:
    """Exactly the three characters that mrkdwn has meanings for: `<!channel>` pings nobody.

    https://docs.slack.dev/messaging/formatting-message-text/#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(text: str, most: int) -> str:
    """At most `most` characters of it; never half an entity."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    tail = head.rfind("&")
    if tail > most - 8 and ";" not in head[tail:]:
        head = head[:tail]
    return f"{head}…"


def header(text: str) -> Block:
    """A header; plain text, so nothing in it is markup."""
    return {
        "type": "header",
        "text": {"type": "plain_text", "text": cut(text, HEADER_CHARACTERS), "emoji": False},
    }


def section(mrkdwn: str) -> Block:
    """A paragraph of mrkdwn whose foreign parts the caller has escaped."""
    return {"type": "section", "text": _mrkdwn(cut(mrkdwn, SECTION_CHARACTERS))}


def fields(pairs: list[tuple[str, str]]) -> Block:
    """Up to ten short facts in two columns: a name of ours and a value, which is escaped here."""
    shown = [
        _mrkdwn(f"*{name}*\n{cut(escape(value), FIELD_CHARACTERS)}") for name, value in pairs[:10]
    ]
    return {"type": "section", "fields": shown}


def context(*lines: str) -> Block:
    """Small print: up to ten lines of escaped mrkdwn."""
    return {
        "type": "context",
        "elements": [_mrkdwn(cut(line, LINE_CHARACTERS)) for line in lines[:10]],
    }


def button(text: str, action: str, value: str, style: str = "") -> Block:
    """A button; `value` comes back with the click. style: `primary`, `danger`, or as usual."""
    return {
        "type": "button",
        "text": {"type": "plain_text", "text": cut(text, 75), "emoji": False},
        "action_id": action,
        "value": cut(value, BUTTON_VALUE_CHARACTERS),
        **({"style": style} if style else {}),
    }


def actions(*buttons: Block) -> Block:
    """A line of buttons."""
    return {"type": "actions", "elements": list(buttons)}


def table(titles: list[str], rows: list[list[str]], right: set[int]) -> Block:
    """A table of plain text; the columns in `right` are aligned right.

    The caller keeps it inside TABLE_ROWS and TABLE_CHARACTERS (`fitting` tells how many rows).
    """
    return {
        "type": "table",
        "column_settings": [
            {"align": "right" if at in right else "left"} for at in range(len(titles))
        ],
        "rows": [[_cell(cell) for cell in row] for row in (titles, *rows)],
    }


def _cell(text: str) -> Block:
    # Slack refuses a message with an empty cell
    return {"type": "raw_text", "text": text if text.strip() else "\N{EN DASH}"}


def fitting(titles: list[str], rows: list[list[str]], most: int = TABLE_ROWS - 1) -> int:
    """How many of the first rows fit into one message's table."""
    room = TABLE_CHARACTERS - sum(map(len, titles)) - 100
    for number, row in enumerate(rows):
        room -= sum(map(len, row))
        if room < 0 or number >= most:
            return number
    return len(rows)


def _mrkdwn(text: str) -> Block:
    # verbatim: Slack must not turn `#name`, `@name` or an address in a key into a link
    return {"type": "mrkdwn", "text": text, "verbatim": True}
