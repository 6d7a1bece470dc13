"""The blocks, and the views that hold them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic import model_validator as whole

from bot.workspace.blockkit.elements import (
    Accessory,
    ActionElement,
    Button,
    FeedbackButtons,
    IconButton,
    ImageElement,
    InputElement,
)
from bot.workspace.blockkit.objects import (
    OPTIONAL,
    AnyText,
    Block,
    Id,
    Mrkdwn,
    Object,
    Plain24,
    Plain150,
    Plain2000,
    PlainText,
    SlackFile,
    Text150,
    Text200,
    Text2000,
    Url,
    flaw,
    longest,
    text_of,
)
from bot.workspace.blockkit.rich_text import RichText
from bot.workspace.blockkit.tables import DataTable, DataVisualization, Table


class Actions(Block):
    """`actions`."""

    type: Literal["actions"]
    elements: Annotated[list[ActionElement], Field(min_length=1, max_length=25)]


class Alert(Block):
    """`alert`."""

    type: Literal["alert"]
    text: Text200
    level: Literal["default", "info", "warning", "error", "success"] = OPTIONAL


class Card(Block):
    """`card`."""

    type: Literal["card"]
    hero_image: ImageElement = OPTIONAL
    icon: ImageElement = OPTIONAL
    slack_icon: dict[str, Any] = OPTIONAL
    title: Text150 = OPTIONAL
    subtitle: Text150 = OPTIONAL
    body: Text200 = OPTIONAL
    subtext: Text200 = OPTIONAL
    actions: Annotated[list[Button], Field(min_length=1, max_length=3)] = OPTIONAL


class Carousel(Block):
    """`carousel`."""

    type: Literal["carousel"]
    elements: Annotated[list[Card], Field(min_length=1, max_length=10)]


class Context(Block):
    """`context`."""

    type: Literal["context"]
    elements: Annotated[
        list[Annotated[PlainText | Mrkdwn | ImageElement, Field(discriminator="type")]],
        Field(min_length=1, max_length=10),
    ]


class ContextActions(Block):
    """`context_actions`."""

    type: Literal["context_actions"]
    elements: Annotated[
        list[Annotated[FeedbackButtons | IconButton, Field(discriminator="type")]],
        Field(min_length=1, max_length=5),
    ]


class Divider(Block):
    """`divider`."""

    type: Literal["divider"]


class File(Block):
    """`file`."""

    type: Literal["file"]
    external_id: Id
    source: Literal["remote"]


class Header(Block):
    """`header`."""

    type: Literal["header"]
    text: Plain150
    level: Annotated[int, Field(ge=1, le=4)] = OPTIONAL


class Image(Block):
    """`image`."""

    type: Literal["image"]
    alt_text: Annotated[str, text_of(2000)]
    image_url: Url = OPTIONAL
    slack_file: SlackFile = OPTIONAL
    title: Plain2000 = OPTIONAL

    @whole(mode="after")
    def _one(self) -> Image:
        if len(self.model_fields_set & {"image_url", "slack_file"}) != 1:
            raise flaw("must provide exactly one of: image_url, slack_file")
        return self


class Input(Block):
    """`input`."""

    type: Literal["input"]
    label: Plain2000
    element: InputElement
    hint: Plain2000 = OPTIONAL
    optional: bool = OPTIONAL
    dispatch_action: bool = OPTIONAL


class Markdown(Block):
    """`markdown`."""

    type: Literal["markdown"]
    text: Annotated[str, text_of(12000)]


class TaskSource(Object):
    """A source of a task, `url`."""

    type: Literal["url"]
    url: Url
    text: Annotated[str, Field(min_length=1)]


class TaskCard(Block):
    """`task_card`."""

    type: Literal["task_card"]
    task_id: Id
    title: Annotated[str, Field(min_length=1)]
    details: RichText = OPTIONAL
    output: RichText = OPTIONAL
    sources: list[TaskSource] = OPTIONAL
    status: Literal["pending", "in_progress", "complete", "error"] = OPTIONAL


class Plan(Block):
    """`plan`."""

    type: Literal["plan"]
    title: Annotated[str, Field(min_length=1)]
    tasks: Annotated[list[TaskCard], Field(min_length=1, max_length=50)] = OPTIONAL


class Section(Block):
    """`section`."""

    type: Literal["section"]
    text: AnyText = OPTIONAL
    fields: Annotated[list[Text2000], Field(min_length=1, max_length=10)] = OPTIONAL
    accessory: Accessory = OPTIONAL
    expand: bool = OPTIONAL

    @whole(mode="after")
    def _something(self) -> Section:
        if not self.model_fields_set & {"text", "fields"}:
            raise flaw("missing required field: text or fields")
        return self


class Video(Block):
    """`video`."""

    type: Literal["video"]
    alt_text: Annotated[str, text_of(2000)]
    title: Annotated[PlainText, longest(199)]
    thumbnail_url: Url
    video_url: Url
    author_name: Annotated[str, Field(max_length=49)] = OPTIONAL
    description: Annotated[PlainText, longest(199)] = OPTIONAL
    provider_icon_url: Url = OPTIONAL
    provider_name: str = OPTIONAL
    title_url: Url = OPTIONAL


class Container(Block):
    """`container`."""

    type: Literal["container"]
    title: Text150 = OPTIONAL
    rich_text_title: RichText = OPTIONAL
    subtitle: Text150 = OPTIONAL
    child_blocks: Annotated[
        list[
            Annotated[
                Actions | Context | Divider | File | Header | Image | Input | RichText | Section
                | Table | Video,
                Field(discriminator="type"),
            ]
        ],
        Field(min_length=1, max_length=10),
    ]  # fmt: skip
    width: Literal["narrow", "standard", "wide", "full"] = OPTIONAL
    icon: ImageElement = OPTIONAL
    is_collapsible: bool = OPTIONAL
    default_collapsed: bool = OPTIONAL
    has_header_divider: bool = OPTIONAL

    @whole(mode="after")
    def _titled(self) -> Container:
        if len(self.model_fields_set & {"title", "rich_text_title"}) != 1:
            raise flaw("must provide exactly one of: title, rich_text_title")
        return self


KnownBlock = Annotated[
    Actions | Alert | Card | Carousel | Container | Context | ContextActions | DataTable
    | DataVisualization | Divider | File | Header | Image | Input | Markdown | Plan | RichText
    | Section | Table | TaskCard | Video,
    Field(discriminator="type"),
]  # fmt: skip


class Modal(Object):
    """A view of type `modal`, without its blocks."""

    type: Literal["modal"]
    title: Plain24
    submit: Plain24 = OPTIONAL
    close: Plain24 = OPTIONAL
    blocks: list[Any]
    private_metadata: Annotated[str, Field(max_length=3000)] = OPTIONAL
    callback_id: Annotated[str, Field(max_length=255)] = OPTIONAL
    external_id: Annotated[str, Field(max_length=255)] = OPTIONAL
    clear_on_close: bool = OPTIONAL
    notify_on_close: bool = OPTIONAL
    submit_disabled: bool = OPTIONAL


class Home(Object):
    """A view of type `home`, without its blocks."""

    type: Literal["home"]
    blocks: list[Any]
    private_metadata: Annotated[str, Field(max_length=3000)] = OPTIONAL
    callback_id: Annotated[str, Field(max_length=255)] = OPTIONAL
    external_id: Annotated[str, Field(max_length=255)] = OPTIONAL


View = Annotated[Modal | Home, Field(discriminator="type")]
