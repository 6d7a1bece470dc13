"""What all of Block Kit is made of: objects, texts, options, confirmations, files."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic import model_validator as whole
from pydantic_core import PydanticCustomError

#: The value of a field that may be left out, but may not be null.
OPTIONAL: Any = None


def text_of(most: int, least: int = 1) -> Any:
    """A string of `least` to `most` characters."""
    return Field(min_length=least, max_length=most)


def flaw(message: str, at: str = "") -> PydanticCustomError:
    """A flaw in Slack's words, at the JSON pointer `at` within what is checked."""
    return PydanticCustomError("slack", "{told}", {"told": message, "at": at})


def longest(most: int) -> AfterValidator:
    """Of a text object: its text has at most `most` characters."""

    def check(value: Any) -> Any:
        if len(value.text) > most:
            raise flaw(f"must be less than {most + 1} characters", "text")
        return value

    return AfterValidator(check)


class Object(BaseModel):
    """Anything of Block Kit: no unknown fields, no value of a wrong type."""

    model_config = ConfigDict(extra="forbid", strict=True)


Id = Annotated[str, text_of(255)]
Url = Annotated[str, text_of(3000)]


class PlainText(Object):
    """`plain_text`."""

    type: Literal["plain_text"]
    text: Annotated[str, text_of(3000)]
    emoji: bool = OPTIONAL


class Mrkdwn(Object):
    """`mrkdwn`."""

    type: Literal["mrkdwn"]
    text: Annotated[str, text_of(3000)]
    verbatim: bool = OPTIONAL


AnyText = Annotated[PlainText | Mrkdwn, Field(discriminator="type")]
Plain24 = Annotated[PlainText, longest(24)]
Plain75 = Annotated[PlainText, longest(75)]
Plain150 = Annotated[PlainText, longest(150)]
Plain2000 = Annotated[PlainText, longest(2000)]
Text75 = Annotated[AnyText, longest(75)]
Text150 = Annotated[AnyText, longest(150)]
Text200 = Annotated[AnyText, longest(200)]
Text2000 = Annotated[AnyText, longest(2000)]


class Option(Object):
    """An option of a menu."""

    text: Text75
    value: Annotated[str, text_of(150)]
    description: Annotated[AnyText, longest(75)] = OPTIONAL
    url: Url = OPTIONAL


class OptionGroup(Object):
    """A titled group of options."""

    label: Plain75
    options: Annotated[list[Option], Field(min_length=1, max_length=100)]


class Confirm(Object):
    """A confirmation dialog."""

    title: Annotated[PlainText, longest(100)]
    text: Annotated[AnyText, longest(300)]
    confirm: Annotated[PlainText, longest(30)]
    deny: Annotated[PlainText, longest(30)]
    style: Literal["primary", "danger"] = OPTIONAL


class SlackFile(Object):
    """A file uploaded to Slack: `id` or `url`, not both."""

    id: Id = OPTIONAL
    url: Url = OPTIONAL

    @whole(mode="after")
    def _one(self) -> SlackFile:
        if len(self.model_fields_set & {"id", "url"}) != 1:
            raise flaw("must provide exactly one of: id, url")
        return self


class Block(Object):
    """Anything that may stand in `blocks`."""

    block_id: Id = OPTIONAL
