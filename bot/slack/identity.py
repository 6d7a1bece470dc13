"""Who the bot is in Slack, checked before it says that it is ready."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SetupError
from bot.slack.manifest import SCOPES


@dataclass(frozen=True, slots=True)
class Identity:
    """user, bot: the bot's own ids; name: what it is mentioned by; team: the workspace's name."""

    user: str
    bot: str
    name: str
    team: str
    team_id: str
    token: str

    @property
    def authorization(self) -> AuthorizeResult:
        """What Bolt asks for with each request: known already, so no ack waits for Slack."""
        return AuthorizeResult(
            enterprise_id=None,
            team_id=self.team_id,
            bot_token=self.token,
            bot_id=self.bot,
            bot_user_id=self.user,
        )


async def identify(client: AsyncWebClient) -> Identity:
    """Ask Slack who this token is. Raises SetupError for a bad token or a missing scope."""
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        raise SetupError(
            f"Slack refused SLACK_BOT_TOKEN: {error.response.get('error')}.",
            "Copy the Bot User OAuth Token (xoxb-…) from the app's page OAuth & Permissions.",
        ) from error
    except (TimeoutError, SlackClientError, aiohttp.ClientError) as error:
        raise SetupError(
            f"Slack cannot be reached: {type(error).__name__}.",
            "Check that this machine may open https connections to slack.com.",
        ) from error
    granted = {scope for scope in _header(answer.headers).split(",") if scope}
    missing = sorted(SCOPES.keys() - granted)
    if granted and missing:
        raise SetupError(
            f"The Slack app lacks {', '.join(missing)}.",
            "Update the app from `s3monitor manifest` and reinstall it to the workspace.",
        )
    return Identity(
        user=str(answer["user_id"]),
        bot=str(answer.get("bot_id") or ""),
        name=str(answer.get("user") or "s3monitor"),
        team=str(answer.get("team") or ""),
        team_id=str(answer["team_id"]),
        token=client.token or "",
    )


def _header(headers: object) -> str:
    """`x-oauth-scopes`, whatever the case that Slack or a proxy sends it in."""
    found = {str(name).lower(): value for name, value in dict(headers).items()}  # type: ignore[call-overload]  # slack_sdk types headers loosely
    return str(found.get("x-oauth-scopes", "")).replace(" ", "")
