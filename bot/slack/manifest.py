"""The Slack app manifest, generated from what the listeners and the messenger use.

https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

from typing import Any

#: Scope: what needs it. `slack/identity.py` looks for each before the bot says it is ready.
SCOPES = {
    "app_mentions:read": "mentions",
    "channels:history": "replies in the threads of public channels",
    "chat:write": "answers and digests",
    "chat:write.public": "answers in public channels it has not joined",
    "commands": "the slash command",
    "groups:history": "replies in the threads of private channels",
    "im:history": "direct messages",
    "mpim:history": "replies in group messages",
    "users:read": "a digest's time zone is that of who asks for it",
}

EVENTS = (
    "app_home_opened",
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
)


def manifest(command: str = "/s3", url: str | None = None) -> dict[str, Any]:
    """The whole manifest: for Socket Mode, or for HTTP at `url` (`https://…/slack/events`)."""
    at = {"request_url": url} if url else {}
    return {
        "_metadata": {"major_version": 2},
        "display_information": {
            "name": "s3monitor",
            "description": "What your S3 buckets hold, what they cost, and what changed",
            "background_color": "#1f3b2d",
        },
        "features": {
            "bot_user": {"display_name": "s3monitor", "always_online": True},
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "slash_commands": [
                {
                    "command": command,
                    "description": "What S3 holds and costs",
                    "usage_hint": "report region=us-east-1 unit=TB",
                    "should_escape": False,
                    **({"url": url} if url else {}),
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS), **at},
            "interactivity": {"is_enabled": True, **at},
            "socket_mode_enabled": url is None,
            "org_deploy_enabled": False,
            "token_rotation_enabled": False,
        },
    }
