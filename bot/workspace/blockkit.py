"""Block Kit as Slack documents it: every block, element and object with its fields and limits.

The limits are those of https://docs.slack.dev/reference/block-kit, read 2026-11-22. One class an
object of Slack's, its docstring naming Slack's word for it; that is why this file is long. What
spans several blocks (one table a message, a doubled id) is in `blocks`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic import model_validator as whole
from pydantic_core import PydanticCustomError

#: The value of a field that may be left out, but may not be null.
OPTIONAL: Any = None


def _text(most: int, least: int = 1) -> Any:
    return Field(min_length=least, max_length=most)


class Longest:
    """A text object whose text has at most this many characters."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Check after the object itself; the flaw is told at its `text`."""
        schema = handler(source)

        def check(value: Any) -> Any:
            if len(value.text) > self.most:
                raise PydanticCustomError(
                    "slack", "must be less than {bound} characters",
                    {"bound": self.most + 1, "at": "text"},
                )  # fmt: skip
            return value

        return {"type": "function-after", "function": {"type": "no-info", "function": check},
                "schema": schema}  # fmt: skip


def _flaw(message: str, at: str = "") -> PydanticCustomError:
    return PydanticCustomError("slack", "{told}", {"told": message, "at": at})


class Object(BaseModel):
    """Anything of Block Kit: no unknown fields, no value of a wrong type."""

    model_config = ConfigDict(extra="forbid", strict=True)


Id = Annotated[str, _text(255)]
Url = Annotated[str, _text(3000)]


# --- composition objects -----------------------------------------------------------------------


class PlainText(Object):
    """`plain_text`."""

    type: Literal["plain_text"]
    text: Annotated[str, _text(3000)]
    emoji: bool = OPTIONAL


class Mrkdwn(Object):
    """`mrkdwn`."""

    type: Literal["mrkdwn"]
    text: Annotated[str, _text(3000)]
    verbatim: bool = OPTIONAL


AnyText = Annotated[PlainText | Mrkdwn, Field(discriminator="type")]
Plain24 = Annotated[PlainText, Longest(24)]
Plain75 = Annotated[PlainText, Longest(75)]
Plain150 = Annotated[PlainText, Longest(150)]
Plain2000 = Annotated[PlainText, Longest(2000)]
Text75 = Annotated[AnyText, Longest(75)]
Text150 = Annotated[AnyText, Longest(150)]
Text200 = Annotated[AnyText, Longest(200)]
Text2000 = Annotated[AnyText, Longest(2000)]


class Option(Object):
    """An option of a menu."""

    text: Text75
    value: Annotated[str, _text(150)]
    description: Annotated[AnyText, Longest(75)] = OPTIONAL
    url: Url = OPTIONAL


class OptionGroup(Object):
    """A titled group of options."""

    label: Plain75
    options: Annotated[list[Option], Field(min_length=1, max_length=100)]


class Confirm(Object):
    """A confirmation dialog."""

    title: Annotated[PlainText, Longest(100)]
    text: Annotated[AnyText, Longest(300)]
    confirm: Annotated[PlainText, Longest(30)]
    deny: Annotated[PlainText, Longest(30)]
    style: Literal["primary", "danger"] = OPTIONAL


class SlackFile(Object):
    """A file uploaded to Slack: `id` or `url`, not both."""

    id: Id = OPTIONAL
    url: Url = OPTIONAL

    @whole(mode="after")
    def _one(self) -> SlackFile:
        if len(self.model_fields_set & {"id", "url"}) != 1:
            raise _flaw("must provide exactly one of: id, url")
        return self


# --- elements ----------------------------------------------------------------------------------


class Element(Object):
    """An interactive element."""

    action_id: Id = OPTIONAL
    confirm: Confirm = OPTIONAL
    focus_on_load: bool = OPTIONAL


class Button(Element):
    """`button`."""

    type: Literal["button"]
    text: Plain75
    url: Url = OPTIONAL
    value: Annotated[str, Field(max_length=2000)] = OPTIONAL
    style: Literal["primary", "danger"] = OPTIONAL
    accessibility_label: Annotated[str, Field(max_length=75)] = OPTIONAL


class WorkflowButton(Element):
    """`workflow_button`."""

    type: Literal["workflow_button"]
    text: Plain75
    workflow: dict[str, Any]
    style: Literal["primary", "danger"] = OPTIONAL
    accessibility_label: Annotated[str, Field(max_length=75)] = OPTIONAL


class Select(Element):
    """A menu."""

    placeholder: Plain150 = OPTIONAL


class _StaticOptions(Select):
    options: Annotated[list[Option], Field(min_length=1, max_length=100)] = OPTIONAL
    option_groups: Annotated[list[OptionGroup], Field(min_length=1, max_length=100)] = OPTIONAL

    @whole(mode="after")
    def _one(self) -> _StaticOptions:
        if len(self.model_fields_set & {"options", "option_groups"}) != 1:
            raise _flaw("must provide exactly one of: options, option_groups")
        return self


class StaticSelect(_StaticOptions):
    """`static_select`."""

    type: Literal["static_select"]
    initial_option: Option = OPTIONAL


class MultiStaticSelect(_StaticOptions):
    """`multi_static_select`."""

    type: Literal["multi_static_select"]
    initial_options: Annotated[list[Option], Field(min_length=1, max_length=100)] = OPTIONAL
    max_selected_items: Annotated[int, Field(ge=1)] = OPTIONAL


class ExternalSelect(Select):
    """`external_select`."""

    type: Literal["external_select"]
    initial_option: Option = OPTIONAL
    min_query_length: int = OPTIONAL


class UsersSelect(Select):
    """`users_select`."""

    type: Literal["users_select"]
    initial_user: Id = OPTIONAL


class ConversationsSelect(Select):
    """`conversations_select`."""

    type: Literal["conversations_select"]
    initial_conversation: Id = OPTIONAL
    default_to_current_conversation: bool = OPTIONAL
    response_url_enabled: bool = OPTIONAL
    filter: dict[str, Any] = OPTIONAL


class ChannelsSelect(Select):
    """`channels_select`."""

    type: Literal["channels_select"]
    initial_channel: Id = OPTIONAL
    response_url_enabled: bool = OPTIONAL


class Overflow(Element):
    """`overflow`."""

    type: Literal["overflow"]
    options: Annotated[list[Option], Field(min_length=1, max_length=5)]


class Checkboxes(Element):
    """`checkboxes`."""

    type: Literal["checkboxes"]
    options: Annotated[list[Option], Field(min_length=1, max_length=10)]
    initial_options: Annotated[list[Option], Field(min_length=1, max_length=10)] = OPTIONAL


class RadioButtons(Element):
    """`radio_buttons`."""

    type: Literal["radio_buttons"]
    options: Annotated[list[Option], Field(min_length=1, max_length=10)]
    initial_option: Option = OPTIONAL


class DatePicker(Select):
    """`datepicker`."""

    type: Literal["datepicker"]
    initial_date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] = OPTIONAL


class TimePicker(Select):
    """`timepicker`."""

    type: Literal["timepicker"]
    initial_time: Annotated[str, Field(pattern=r"^\d{2}:\d{2}$")] = OPTIONAL
    timezone: str = OPTIONAL


class DateTimePicker(Element):
    """`datetimepicker`."""

    type: Literal["datetimepicker"]
    initial_date_time: int = OPTIONAL


class PlainTextInput(Select):
    """`plain_text_input`."""

    type: Literal["plain_text_input"]
    initial_value: str = OPTIONAL
    multiline: bool = OPTIONAL
    min_length: Annotated[int, Field(ge=0, le=3000)] = OPTIONAL
    max_length: Annotated[int, Field(ge=1, le=3000)] = OPTIONAL
    dispatch_action_config: dict[str, Any] = OPTIONAL


class NumberInput(Select):
    """`number_input`."""

    type: Literal["number_input"]
    is_decimal_allowed: bool
    initial_value: str = OPTIONAL
    min_value: str = OPTIONAL
    max_value: str = OPTIONAL
    dispatch_action_config: dict[str, Any] = OPTIONAL


class ImageElement(Object):
    """`image`, as an element or a block's accessory."""

    type: Literal["image"]
    alt_text: Annotated[str, _text(2000)]
    image_url: Url = OPTIONAL
    slack_file: SlackFile = OPTIONAL

    @whole(mode="after")
    def _one(self) -> ImageElement:
        if len(self.model_fields_set & {"image_url", "slack_file"}) != 1:
            raise _flaw("must provide exactly one of: image_url, slack_file")
        return self


class FeedbackButton(Object):
    """One of the two buttons of `feedback_buttons`."""

    text: Plain75
    value: Annotated[str, _text(2000)]
    accessibility_label: Annotated[str, Field(max_length=75)] = OPTIONAL


class FeedbackButtons(Object):
    """`feedback_buttons`."""

    type: Literal["feedback_buttons"]
    positive_button: FeedbackButton
    negative_button: FeedbackButton
    action_id: Id = OPTIONAL


class IconButton(Element):
    """`icon_button`."""

    type: Literal["icon_button"]
    icon: Literal["trash"]
    text: Plain75
    value: Annotated[str, Field(max_length=2000)] = OPTIONAL
    accessibility_label: Annotated[str, Field(max_length=75)] = OPTIONAL
    visible_to_user_ids: list[str] = OPTIONAL


ActionElement = Annotated[
    Button | WorkflowButton | StaticSelect | MultiStaticSelect | ExternalSelect | UsersSelect
    | ConversationsSelect | ChannelsSelect | Overflow | Checkboxes | RadioButtons | DatePicker
    | TimePicker | DateTimePicker,
    Field(discriminator="type"),
]  # fmt: skip
Accessory = Annotated[
    Button | WorkflowButton | StaticSelect | MultiStaticSelect | ExternalSelect | UsersSelect
    | ConversationsSelect | ChannelsSelect | Overflow | Checkboxes | RadioButtons | DatePicker
    | TimePicker | ImageElement,
    Field(discriminator="type"),
]  # fmt: skip
InputElement = Annotated[
    StaticSelect | MultiStaticSelect | ExternalSelect | UsersSelect | ConversationsSelect
    | ChannelsSelect | Checkboxes | RadioButtons | DatePicker | TimePicker | DateTimePicker
    | PlainTextInput | NumberInput,
    Field(discriminator="type"),
]  # fmt: skip


# --- rich text ---------------------------------------------------------------------------------


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


class Block(Object):
    """Anything that may stand in `blocks`."""

    block_id: Id = OPTIONAL


class RichText(Block):
    """`rich_text`."""

    type: Literal["rich_text"]
    elements: list[
        Annotated[
            RichSection | RichList | RichPreformatted | RichQuote, Field(discriminator="type")
        ]
    ]


# --- tables and charts -------------------------------------------------------------------------


class RawText(Object):
    """`raw_text`, a cell."""

    type: Literal["raw_text"]
    text: Annotated[str, Field(min_length=1)]


class RawNumber(Object):
    """`raw_number`, a cell that sorts by its value. Slack refuses it with either field alone."""

    type: Literal["raw_number"]
    value: float
    text: Annotated[str, Field(min_length=1)]


Cell = Annotated[RawText | RawNumber | RichText, Field(discriminator="type")]
HeaderCell = Annotated[RawText | RawNumber, Field(discriminator="type")]


class ColumnSetting(Object):
    """How a column of a `table` is set."""

    align: Literal["left", "center", "right"] = OPTIONAL
    is_wrapped: bool = OPTIONAL


class Table(Block):
    """`table`."""

    type: Literal["table"]
    rows: Annotated[
        list[Annotated[list[Cell], Field(min_length=1, max_length=20)]],
        Field(min_length=1, max_length=100),
    ]
    column_settings: Annotated[list[ColumnSetting | None], Field(max_length=20)] = OPTIONAL


def _even(rows: list[list[Any]]) -> list[list[Any]]:
    if len({len(row) for row in rows}) > 1:
        raise _flaw("all rows must have the same number of cells")
    return rows


class DataTable(Block):
    """`data_table`. `row_header_column_index` counts from 0."""

    type: Literal["data_table"]
    caption: Annotated[str, Field(min_length=1)]
    rows: Annotated[
        list[Annotated[list[Cell], Field(min_length=1, max_length=20)]],
        Field(min_length=2, max_length=201),
        AfterValidator(_even),
    ]
    page_size: Annotated[int, Field(ge=1, le=100)] = OPTIONAL
    row_header_column_index: Annotated[int, Field(ge=0, le=19)] = OPTIONAL

    @whole(mode="after")
    def _header(self) -> DataTable:
        if any(isinstance(cell, RichText) for cell in self.rows[0]):
            raise _flaw("header cells must not be rich_text", "rows/0")
        return self


Label = Annotated[str, _text(20)]


class Segment(Object):
    """A slice of a pie."""

    label: Label
    value: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Point(Object):
    """One value of a series."""

    label: Label
    value: Annotated[float, Field(allow_inf_nan=False)]


class Series(Object):
    """One series of a chart."""

    name: Label
    data: Annotated[list[Point], Field(min_length=1, max_length=20)]


class AxisConfig(Object):
    """The axes of a chart."""

    categories: Annotated[list[Label], Field(min_length=1, max_length=20)]
    x_label: Annotated[str, _text(50)] = OPTIONAL
    y_label: Annotated[str, _text(50)] = OPTIONAL


class PieChart(Object):
    """`pie`."""

    type: Literal["pie"]
    segments: Annotated[list[Segment], Field(min_length=1, max_length=12)]


class AxisChart(Object):
    """`bar`, `line` or `area`: every series has one point for each category."""

    type: Literal["bar", "line", "area"]
    series: Annotated[list[Series], Field(min_length=1, max_length=12)]
    axis_config: AxisConfig

    @whole(mode="after")
    def _every_category_once(self) -> AxisChart:
        if len({series.name for series in self.series}) < len(self.series):
            raise _flaw("series names must be unique", "series")
        for index, series in enumerate(self.series):
            if sorted(point.label for point in series.data) != sorted(self.axis_config.categories):
                raise _flaw(
                    "must have exactly one data point for each category", f"series/{index}/data"
                )
        return self


class DataVisualization(Block):
    """`data_visualization`."""

    type: Literal["data_visualization"]
    title: Annotated[str, _text(50)]
    chart: Annotated[PieChart | AxisChart, Field(discriminator="type")]


# --- blocks ------------------------------------------------------------------------------------


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
    alt_text: Annotated[str, _text(2000)]
    image_url: Url = OPTIONAL
    slack_file: SlackFile = OPTIONAL
    title: Plain2000 = OPTIONAL

    @whole(mode="after")
    def _one(self) -> Image:
        if len(self.model_fields_set & {"image_url", "slack_file"}) != 1:
            raise _flaw("must provide exactly one of: image_url, slack_file")
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
    text: Annotated[str, _text(12000)]


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
            raise _flaw("missing required field: text or fields")
        return self


class Video(Block):
    """`video`."""

    type: Literal["video"]
    alt_text: Annotated[str, _text(2000)]
    title: Annotated[PlainText, Longest(199)]
    thumbnail_url: Url
    video_url: Url
    author_name: Annotated[str, Field(max_length=49)] = OPTIONAL
    description: Annotated[PlainText, Longest(199)] = OPTIONAL
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
            raise _flaw("must provide exactly one of: title, rich_text_title")
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
