"""The events that a workspace's doings give rise to, and who hears them.

An app hears what it subscribed to, has the scope for, and is a member of the channel for.
"""

from __future__ import annotations

from typing import Any

from bot.workspace.delivery import Delivery
from bot.workspace.state import Channel, Json, Workspace

#: The scope that each subscription needs.
NEEDS = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "member_joined_channel": "channels:read",
    "reaction_added": "reactions:read",
}
_MESSAGE = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}


class Events:
    """Turns what happens into `event_callback`s and hands them to the delivery."""

    def __init__(
        self,
        workspace: Workspace,
        delivery: Delivery,
        subscribed: frozenset[str],
        scopes: frozenset[str],
    ) -> None:
        self._workspace = workspace
        self._delivery = delivery
        self._subscribed = subscribed
        self._scopes = scopes

    def callback(self, event: Json) -> Json:
        """The outer object, with an `event_id` of its own."""
        workspace = self._workspace
        return {
            "token": "local-verification-token", "team_id": workspace.team,
            "context_team_id": workspace.team, "context_enterprise_id": None,
            "api_app_id": workspace.app, "event": event, "type": "event_callback",
            "event_id": workspace.new_id("Ev"),
            "event_time": int(workspace.clock.now().timestamp()),
            "authorizations": [{
                "enterprise_id": None, "team_id": workspace.team, "user_id": workspace.bot.id,
                "is_bot": True, "is_enterprise_install": False,
            }],
            "is_ext_shared_channel": False,
            "event_context": workspace.new_id("EC"),
        }  # fmt: skip

    def heard(self, subscription: str) -> bool:
        """Whether the app hears events of this subscription."""
        needed = NEEDS.get(subscription)
        return subscription in self._subscribed and (needed is None or needed in self._scopes)

    def of_post(self, channel: Channel, message: Json) -> list[Json]:
        """The events of a message that was just posted."""
        bot = self._workspace.bot.id
        if bot not in channel.members:
            return []
        base = {key: value for key, value in message.items() if key != "reply_count"}
        base |= {"channel": channel.id, "event_ts": message["ts"]}
        found = []
        mentioned = message["user"] != bot and f"<@{bot}>" in message["text"]
        if mentioned and channel.kind != "im" and self.heard("app_mention"):
            found.append(base | {"type": "app_mention"})
        if self.heard(_MESSAGE[channel.kind]):
            found.append(base | {"type": "message", "channel_type": channel.kind})
        return [self.callback(event) for event in found]

    async def send(self, callbacks: list[Json], echo: bool = False) -> None:
        """Deliver, one after the other; returns after each had its first attempt."""
        for callback in callbacks:
            await self._delivery.event(callback, echo)

    async def tell(self, subscription: str, event: Json) -> None:
        """Deliver an event of another kind, if the app hears it."""
        if self.heard(subscription):
            await self.send([self.callback(event)])

    def posted(self, channel: Channel, message: Json) -> None:
        """The bot posted: it hears its own message too, a little later."""
        self._later(self.of_post(channel, message))

    def changed(self, channel: Channel, message: Json) -> None:
        """The bot changed a message, and hears of it a little later."""
        self._later(self.of_change(channel, message))

    def deleted(self, channel: Channel, message: Json) -> None:
        """The bot deleted a message, and hears of it a little later."""
        self._later(self.of_deletion(channel, message))

    def of_change(self, channel: Channel, message: Json) -> list[Json]:
        """The events of a message that was just changed."""
        return self._hidden(channel, {"subtype": "message_changed", "message": message})

    def of_deletion(self, channel: Channel, message: Json) -> list[Json]:
        """The events of a message that was just deleted."""
        parts = {"subtype": "message_deleted", "previous_message": message}
        return self._hidden(channel, parts | {"deleted_ts": message["ts"]})

    def _hidden(self, channel: Channel, parts: dict[str, Any]) -> list[Json]:
        heard = self._workspace.bot.id in channel.members and self.heard(_MESSAGE[channel.kind])
        if not heard:
            return []
        ts = self._workspace.new_ts()
        event = {"type": "message", "hidden": True, "channel": channel.id, "ts": ts,
                 "event_ts": ts, "channel_type": channel.kind, **parts}  # fmt: skip
        return [self.callback(event)]

    def _later(self, callbacks: list[Json]) -> None:
        if callbacks:
            self._delivery.start(self.send(callbacks, echo=True))
