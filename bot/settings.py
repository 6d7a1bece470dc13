"""Every environment variable, read here and nowhere else."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, TypeVar
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import SetupError


class SlackSettings(BaseSettings):
    """How to reach Slack. Socket Mode when there is an app token, else signed HTTP."""

    model_config = SettingsConfigDict(env_prefix="SLACK_", extra="ignore")

    bot_token: SecretStr | None = Field(None, description="Bot token, `xoxb-…`")
    app_token: SecretStr | None = Field(
        None, description="App-level token, `xapp-…`, for Socket Mode"
    )
    signing_secret: SecretStr | None = Field(
        None, description="Signing secret, for HTTP instead of Socket Mode"
    )
    api_url: str = Field("https://slack.com/api/", description="Slack's Web API")


class Settings(BaseSettings):
    """What the bot itself can be told. AWS's own variables (AWS_PROFILE, …) are boto3's to read."""

    model_config = SettingsConfigDict(env_prefix="S3MONITOR_", extra="ignore")

    database_url: str = Field(
        "sqlite+aiosqlite:///s3monitor.db", description="Where history and subscriptions are kept"
    )
    max_age: timedelta = Field(
        timedelta(hours=1), description="How old a snapshot may be to answer; seconds, or `PT1H`"
    )
    auto_list_limit: int = Field(
        100_000, ge=0, description="Objects up to which `source=auto` also lists a bucket"
    )
    concurrency: int = Field(64, ge=1, le=1_000, description="Listing requests in flight at most")
    scan_confirm_usd: Decimal = Field(
        Decimal("0.50"), ge=0, description="Dollars above which a listing needs somebody's yes"
    )
    scan_budget_usd: Decimal | None = Field(
        None, ge=0, description="Dollars that all listings of a UTC day may cost; else no bound"
    )
    roles: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Role ARNs of further accounts to measure, with commas"
    )
    discount_percent: str = Field(
        "", description="Discount off list prices, per account too: `10,111111111111=12.5`"
    )
    payers: str = Field(
        "", description="Accounts that another account pays for: `222222222222=333333333333`"
    )
    bill: bool = Field(False, description="Allow `bill`: each reading costs $0.01")
    price_list: str = Field(
        "https://pricing.us-east-1.amazonaws.com",
        description="AWS's price list, read weekly; `query` for the Price List Query API where "
        "that address cannot be reached, empty for the prices of this release",
    )
    command: str = Field("/s3", pattern=r"^/[a-z0-9_-]{1,31}$", description="The slash command")
    timezone: str | None = Field(
        None, description="Zone of digests that name none; else that of who asks"
    )
    log_format: str = Field("text", pattern="^(text|json)$", description="`text` or `json`")

    @field_validator("roles", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """`a,b` as the environment has it."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        """A zone that zoneinfo knows."""
        if value and value not in available_timezones():
            raise ValueError(f"{value} is no IANA time zone, such as Europe/Paris")
        return value or None

    @field_validator("max_age", mode="before")
    @classmethod
    def _seconds(cls, value: object) -> object:
        """A bare number is seconds."""
        return float(value) if isinstance(value, str) and value.isdigit() else value


class Server(BaseSettings):
    """Where the bot itself listens: Slack's requests in HTTP mode, and `/healthz` always."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True)

    host: str = Field("0.0.0.0", validation_alias="S3MONITOR_HOST", description="Address to bind")  # noqa: S104  # a container's port is published by name
    port: int = Field(3000, validation_alias="PORT", ge=0, le=65_535, description="Port to bind")


Kind = TypeVar("Kind", bound=BaseSettings)


def read(kind: type[Kind]) -> Kind:
    """The settings of that kind. Raises SetupError naming the variable that is wrong."""
    try:
        return kind()
    except ValidationError as error:
        first = error.errors()[0]
        name = variable(kind, str(first["loc"][0]))
        raise SetupError(
            f"{name} is wrong: {first['msg']}.", f"Change or unset {name}, then start again."
        ) from error


def variable(kind: type[BaseSettings], field: str) -> str:
    """The environment variable of a field."""
    info = kind.model_fields.get(field)
    alias = info.validation_alias if info else field
    return str(alias) if alias else f"{kind.model_config['env_prefix']}{field}".upper()
