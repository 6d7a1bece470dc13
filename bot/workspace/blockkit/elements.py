"""Interactive elements, and the picture that may stand among them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic import model_validator as whole

from bot.workspace.blockkit.objects import (
    OPTIONAL,
    Confirm,
    Id,
    Object,
    Option,
    OptionGroup,
    Plain75,
    Plain150,
    SlackFile,
    Url,
    flaw,
    text_of,
)


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
            raise flaw("must provide exactly one of: options, option_groups")
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
    alt_text: Annotated[str, text_of(2000)]
    image_url: Url = OPTIONAL
    slack_file: SlackFile = OPTIONAL

    @whole(mode="after")
    def _one(self) -> ImageElement:
        if len(self.model_fields_set & {"image_url", "slack_file"}) != 1:
            raise flaw("must provide exactly one of: image_url, slack_file")
        return self


class FeedbackButton(Object):
    """One of the two buttons of `feedback_buttons`."""

    text: Plain75
    value: Annotated[str, text_of(2000)]
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
