"""What happens when the way back to whoever asked breaks."""

from __future__ import annotations

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackError
from bot.slack.messenger import Messenger
from bot.slack.replying import ToCommand
from bot.views.message import Message
from tests.conftest import NOW, World
from tests.slack.test_commands import REPORT


async def test_a_response_url_that_hangs_up_is_told_as_an_error_of_slack() -> None:
    """It is no defect of ours, and must not surface as one."""

    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    app = web.Application()
    app.router.add_post("/respond", hang_up)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/respond"
        messenger = Messenger(AsyncWebClient(), lambda: NOW)
        reply = ToCommand(messenger, "C1", "U1", AsyncRespond(response_url=url), "s3monitor")
        with pytest.raises(SlackError):
            await reply.tell(Message("hello"), private=True)
    finally:
        await runner.cleanup()


async def test_a_button_whose_question_is_not_understood_any_more_says_so(world: World) -> None:
    """A message of an older version may still be there to click; its clicker is answered."""
    await world.slack.command("/s3", REPORT)
    message = await world.slack.next_message("#s3-costs")
    buttons = next(block for block in message["blocks"] if block["type"] == "actions")
    buttons["elements"][0]["value"] = "frobnicate the estate"
    await world.slack.click(message, buttons["elements"][0]["action_id"])
    told = await world.slack.next_ephemeral(
        "#s3-costs", where=lambda each: "Unknown word" in each["text"]
    )
    assert "frobnicate" in told["text"]
