"""`rich_text` and its pieces."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bot.workspace.blockkit.objects import OPTIONAL, Block, Id, Object, Url


class RichStyle(Object):
    """How a piece of rich text looks."""

    bold: bool = OPTIONAL
    italic: bool = OPTIONAL
    strike: bool = OPTIONAL
    code: bool = OPTIONAL
    underline: bool = OPTIONAL
    highlight: bool = OPTIONAL
    client_highlight: bool = OPTIONAL
    unlink: bool = OPTIONAL


class RichPiece(Object):
    """A piece of rich text."""

    style: RichStyle = OPTIONAL


class RichWords(RichPiece):
    """`text`."""

    type: Literal["text"]
    text: Annotated[str, Field(min_length=1)]


class RichLink(RichPiece):
    """`link`."""

    type: Literal["link"]
    url: Url
    text: str = OPTIONAL
    unsafe: bool = OPTIONAL


class RichEmoji(RichPiece):
    """`emoji`."""

    type: Literal["emoji"]
    name: Annotated[str, Field(min_length=1)]
    unicode: str = OPTIONAL
    skin_tone: int = OPTIONAL


class RichUser(RichPiece):
    """`user`."""

    type: Literal["user"]
    user_id: Id


class RichUserGroup(RichPiece):
    """`usergroup`."""

    type: Literal["usergroup"]
    usergroup_id: Id


class RichChannel(RichPiece):
    """`channel`."""

    type: Literal["channel"]
    channel_id: Id


class RichTeam(RichPiece):
    """`team`."""

    type: Literal["team"]
    team_id: Id


class RichBroadcast(RichPiece):
    """`broadcast`."""

    type: Literal["broadcast"]
    range: Literal["here", "channel", "everyone"]


class RichDate(RichPiece):
    """`date`."""

    type: Literal["date"]
    timestamp: int
    format: Annotated[str, Field(min_length=1)]
    url: Url = OPTIONAL
    fallback: str = OPTIONAL


class RichColor(RichPiece):
    """`color`."""

    type: Literal["color"]
    value: str


Piece = Annotated[
    RichWords | RichLink | RichEmoji | RichUser | RichUserGroup | RichChannel | RichTeam
    | RichBroadcast | RichDate | RichColor,
    Field(discriminator="type"),
]  # fmt: skip


class RichSection(Object):
    """`rich_text_section`."""

    type: Literal["rich_text_section"]
    elements: list[Piece]


class RichList(Object):
    """`rich_text_list`."""

    type: Literal["rich_text_list"]
    style: Literal["bullet", "ordered"]
    elements: list[RichSection]
    indent: Annotated[int, Field(ge=0, le=8)] = OPTIONAL
    offset: Annotated[int, Field(ge=0)] = OPTIONAL
    border: Annotated[int, Field(ge=0, le=1)] = OPTIONAL


class RichPreformatted(Object):
    """`rich_text_preformatted`."""

    type: Literal["rich_text_preformatted"]
    elements: list[Piece]
    border: Annotated[int, Field(ge=0, le=1)] = OPTIONAL
    language: str = OPTIONAL


class RichQuote(Object):
    """`rich_text_quote`."""

    type: Literal["rich_text_quote"]
    elements: list[Piece]
    border: Annotated[int, Field(ge=0, le=1)] = OPTIONAL


class RichText(Block):
    """`rich_text`."""

    type: Literal["rich_text"]
    elements: list[
        Annotated[
            RichSection | RichList | RichPreformatted | RichQuote, Field(discriminator="type")
        ]
    ]
