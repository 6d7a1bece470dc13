"""Replies, mentions and buttons: follow-ups over a thread's last question."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.workspace.server import SlackServer
from tests.conftest import StartBot, World
from tests.slack.test_commands import REPORT, cells

CHANNEL = "#s3-costs"


async def ask(slack: SlackServer, text: str = REPORT) -> str:
    """Ask by command; the ts of the answer, which is its thread's root."""
    await slack.command("/s3", text)
    return str((await slack.next_message(CHANNEL))["ts"])


async def replies(slack: SlackServer, thread: str) -> list[dict[str, Any]]:
    """The bot's messages in a thread."""
    return [m for m in slack.messages(CHANNEL, thread)[1:] if m["user"] == slack.workspace.bot.id]


async def test_a_reply_narrows_the_last_answer(world: World) -> None:
    """`only standard` in the thread keeps region and unit; the reply repeats the command."""
    thread = await ask(world.slack)
    await world.slack.say(CHANNEL, "only standard", thread_ts=thread)
    answer = await world.slack.next_message(CHANNEL, thread)
    assert "`report region=ap-southeast-2 class=STANDARD unit=GB`" in answer["text"]
    await world.slack.say(CHANNEL, "in TB, top 1", thread_ts=thread)
    second = await world.slack.next_message(CHANNEL, thread)
    assert "`report region=ap-southeast-2 class=STANDARD top=1 unit=TB`" in second["text"]
    assert len(cells(second)) == 2
    assert "1 of 3 buckets shown" in second["blocks"][3]["elements"][0]["text"]


async def test_a_mention_anywhere_is_a_question_answered_in_its_thread(world: World) -> None:
    """A mention in the channel starts a thread; a mention in that thread goes on with it."""
    bot = world.slack.workspace.bot.id
    asked = await world.slack.say(CHANNEL, f"<@{bot}> {REPORT}")
    answer = await world.slack.next_message(CHANNEL, asked["ts"])
    assert "3 buckets" in answer["text"]
    await world.slack.say(CHANNEL, f"<@{bot}> by region", thread_ts=asked["ts"])
    second = await world.slack.next_message(CHANNEL, asked["ts"])
    assert cells(second)[1][0] == "ap-southeast-2"
    assert len(await replies(world.slack, asked["ts"])) == 2


async def test_a_direct_message_needs_no_mention(world: World) -> None:
    """In a direct message every message is a question; the answer has a thread."""
    asked = await world.slack.say("dana", REPORT)
    answer = await world.slack.next_message("dana", asked["ts"])
    assert "3 buckets" in answer["text"]


async def test_threads_survive_a_restart(start_bot: StartBot, slack: SlackServer) -> None:
    """A reply after a restart goes on with the question asked before it."""
    async with start_bot():
        thread = await ask(slack)
    async with start_bot():
        await slack.say(CHANNEL, "in MB", thread_ts=thread)
        answer = await slack.next_message(CHANNEL, thread)
    assert "`report region=ap-southeast-2 unit=MB`" in answer["text"]


async def test_what_is_not_understood_is_told_to_its_writer_alone(world: World) -> None:
    """People also chat in the bot's threads: a reply that is no question bothers nobody else."""
    thread = await ask(world.slack)
    await world.slack.say(CHANNEL, "thanks everyone!", thread_ts=thread)
    told = await world.slack.next_ephemeral(CHANNEL, where=lambda m: "Unknown word" in m["text"])
    assert told["thread_ts"] == thread
    assert await replies(world.slack, thread) == []


async def test_a_mention_that_is_not_understood_is_answered_in_the_thread(world: World) -> None:
    """Who calls the bot gets its answer where it was called."""
    bot = world.slack.workspace.bot.id
    asked = await world.slack.say(CHANNEL, f"<@{bot}> frobnicate")
    told = await world.slack.next_message(CHANNEL, asked["ts"])
    assert "Unknown word `frobnicate`" in told["text"]


async def test_an_event_that_slack_sends_twice_is_answered_once(world: World) -> None:
    """Slack's retries, and a mention that comes as two events, cause one answer."""
    world.slack.faults.twice(events=6)
    thread = await ask(world.slack)
    bot = world.slack.workspace.bot.id
    await world.slack.say(CHANNEL, f"<@{bot}> in MB", thread_ts=thread)
    await world.slack.next_message(CHANNEL, thread)
    await world.slack.say(CHANNEL, "in TB", thread_ts=thread)
    await world.slack.next_message(CHANNEL, thread, where=lambda m: "unit=TB" in m["text"])
    assert len(await replies(world.slack, thread)) == 2


@pytest.mark.parametrize(
    "event",
    [
        {"bot_id": "B0OTHER", "text": "in GB"},
        {"subtype": "bot_message", "text": "in GB"},
        {"subtype": "message_changed", "message": {"text": "in GB"}},
        {"user": "U0NOBODY", "text": "<@U0OTHER99> in GB?"},
    ],
)
async def test_other_bots_edits_and_talk_to_others_cause_no_answer(
    world: World, event: dict[str, Any]
) -> None:
    """Only what a person says to the bot is a question."""
    thread = await ask(world.slack)
    channel = world.slack.message(CHANNEL, thread).get("channel", "C0S3COSTS01")
    await world.slack.events.tell(
        "message.channels",
        {"type": "message", "channel": channel, "channel_type": "channel", "ts": "1.000001",
         "thread_ts": thread, "event_ts": "1.000001", **event},
    )  # fmt: skip
    # A question asked after it is answered first and alone.
    await world.slack.say(CHANNEL, "in PB", thread_ts=thread)
    await world.slack.next_message(CHANNEL, thread)
    assert len(await replies(world.slack, thread)) == 1


async def test_a_button_asks_its_question_in_the_thread(world: World) -> None:
    """`By region` below an answer answers in that answer's thread."""
    thread = await ask(world.slack)
    message = world.slack.message(CHANNEL, thread)
    await world.slack.click(message, "ask:0")
    answer = await world.slack.next_message(CHANNEL, thread)
    assert "group=region" in answer["text"]


async def test_app_home_shows_what_can_be_asked(world: World) -> None:
    """Opening App Home publishes the examples."""
    await world.slack.open_home()
    home = await world.slack.next_home()
    assert "report region=us-east-1 unit=TB" in str(home)


async def test_socket_mode_answers_the_same(start_bot: StartBot, slack: SlackServer) -> None:
    """One set of listeners, whichever way Slack's requests come in."""
    async with start_bot(socket=True):
        thread = await ask(slack)
        await slack.say(CHANNEL, "in MB", thread_ts=thread)
        answer = await slack.next_message(CHANNEL, thread)
    assert "unit=MB" in answer["text"]


async def test_a_stop_lets_running_answers_finish(start_bot: StartBot, slack: SlackServer) -> None:
    """What was acked before the stop is still answered."""
    async with start_bot():
        await slack.command("/s3", f"{REPORT} fresh")
    assert "3 buckets" in (await slack.next_message(CHANNEL))["text"]


async def test_an_answer_is_posted_once_when_slack_drops_its_response(world: World) -> None:
    """slack_sdk's own retry would post it twice."""
    world.slack.faults.drop("chat.postMessage")
    await world.slack.command("/s3", REPORT)
    await world.slack.next_message(CHANNEL)
    await world.slack.next_ephemeral(CHANNEL, where=lambda m: "did not answer" in m["text"])
    assert len(world.slack.messages(CHANNEL)) == 1


async def test_twenty_people_asking_at_once_cause_one_measurement(world: World) -> None:
    """All are answered, and AWS is asked once."""
    await asyncio.gather(*(world.slack.command("/s3", REPORT) for _ in range(20)))
    for _ in range(20):
        await world.slack.next_message(CHANNEL)
    assert sum(r.operation == "ListBuckets" for r in world.sample.requests) == 3  # accounts
