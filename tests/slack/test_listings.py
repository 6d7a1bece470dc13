"""Listings in Slack: priced before, watched while they run, stopped by whoever has seen enough."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from threading import Event
from typing import Any

import pytest

from bot.slack.watching import EVERY, PATIENCE
from bot.workspace.sample import SampleAccount
from bot.workspace.server import SlackServer
from tests.conftest import StartBot, World
from tests.fakes.clock import StillClock
from tests.slack.test_commands import cells

CHANNEL = "#s3-costs"
BIG = "pelican-proof-of-delivery"
LISTED = f"bucket {BIG} source=list"
#: Has no metrics yet.
YOUNG = "pelican-hackweek"
#: What every listing is above.
ASKING = {"scan_confirm_usd": Decimal(0)}


def listings(sample: SampleAccount) -> list[str]:
    """The pages of keys that were asked for, of the buckets of these tests."""
    return [
        each.path
        for each in sample.requests
        if each.operation == "ListObjectsV2" and each.bucket in (BIG, YOUNG)
    ]


def buttons(message: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The buttons of a message by what is written on them."""
    return {
        each["text"]["text"]: each
        for block in message["blocks"]
        if block["type"] == "actions"
        for each in block["elements"]
    }


def said_by_the_bot(slack: SlackServer, channel: str = CHANNEL) -> list[str]:
    """The texts of the bot's messages in a channel."""
    bot = slack.workspace.bot.id
    return [each["text"] for each in slack.messages(channel) if each["user"] == bot]


async def becomes(slack: SlackServer, ts: str, text: str, channel: str = CHANNEL) -> dict[str, Any]:
    """The message once it says so."""
    while text not in (message := await slack.next_update(channel, ts))["text"]:
        pass
    return message


@asynccontextmanager
async def half_way(sample: SampleAccount, bucket: str = BIG) -> AsyncIterator[Event]:
    """Listings of the bucket get no further than their first page until the event is set."""
    go = sample.faults.held_pages[bucket] = Event()
    try:
        yield go
    finally:
        go.set()


async def pass_time(clock: StillClock, seconds: float) -> None:
    """Let those who wait so long have waited."""
    await clock.asleep(seconds)
    clock.advance(timedelta(seconds=seconds))


async def offered(slack: SlackServer, question: str = LISTED) -> dict[str, Any]:
    """The offer that a question is answered with."""
    await slack.command("/s3", question)
    return await slack.next_message(CHANNEL)


async def test_a_dear_listing_is_offered_and_not_made(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount
) -> None:
    """Buckets, objects, dollars and minutes; a button for each way on."""
    async with start_bot(**ASKING):
        offer = await offered(slack)
    assert offer["text"].startswith("Listing 1 bucket, about 21,")
    assert "costs <$0.01 and takes less than a minute." in offer["blocks"][0]["text"]["text"]
    assert list(buttons(offer)) == ["List for <$0.01", "Use metrics instead"]
    assert buttons(offer)["List for <$0.01"]["style"] == "primary"
    assert listings(sample) == []


async def test_who_agrees_gets_the_answer_in_the_place_of_the_offer(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount
) -> None:
    """Anyone may agree; the channel holds one message, and its thread goes on with the question."""
    async with start_bot(**ASKING):
        offer = await offered(slack)
        agree = buttons(offer)["List for <$0.01"]["action_id"]
        ack = await slack.click(offer, agree, user="kofi")
        assert ack.status == 200
        kofi = slack.workspace.user("kofi")
        assert kofi
        agreed = await becomes(slack, offer["ts"], f"as <@{kofi.id}> agreed")
        assert buttons(agreed) == {}
        answer = await becomes(slack, offer["ts"], f"`{LISTED}`\nListed (≥) without")
        held = sample.estate.by_name[BIG].counted_by_hand(sample.estate.now)
        assert f"{held.objects:,} objects" in answer["text"]
        assert len(said_by_the_bot(slack)) == 1
        await slack.say(CHANNEL, "in MB", thread_ts=offer["ts"])
        reply = await slack.next_message(CHANNEL, offer["ts"])
    assert f"`bucket {BIG} unit=MB source=list`" in reply["text"]


async def test_metrics_are_one_click_away(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount
) -> None:
    """The same question of CloudWatch, in the offer's thread."""
    async with start_bot(**ASKING):
        offer = await offered(slack)
        await slack.click(offer, "ask:0")
        answer = await slack.next_message(CHANNEL, offer["ts"])
    assert f"`bucket {BIG} source=metrics`" in answer["text"]
    assert listings(sample) == []


async def test_an_unknown_number_of_objects_is_never_cheap(world: World) -> None:
    """A bucket that CloudWatch does not know yet is asked for first, whatever the price allowed."""
    offer = await offered(world.slack, f"bucket {YOUNG} source=list")
    assert "nobody knows how many objects" in offer["text"]
    assert listings(world.sample) == []
    await world.slack.click(offer, buttons(offer)["List anyway"]["action_id"])
    await becomes(world.slack, offer["ts"], "40 objects")


async def test_the_last_snapshot_counts_what_cloudwatch_does_not(world: World) -> None:
    """What was listed before is listed again without asking."""
    await world.slack.command("/s3", f"report bucket={YOUNG}")
    await world.slack.next_message(CHANNEL)
    answer = await offered(world.slack, f"bucket {YOUNG} source=list")
    assert "40 objects" in answer["text"]


async def test_an_offer_is_taken_once(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount
) -> None:
    """Two people click at once, and one of them twice: one listing, one answer."""
    async with start_bot(**ASKING):
        offer = await offered(slack, f"bucket {YOUNG} source=list fresh")
        agree = buttons(offer)["List anyway"]["action_id"]
        await asyncio.gather(
            *(slack.click(offer, agree, user=user) for user in ("dana", "kofi", "dana"))
        )
        await becomes(slack, offer["ts"], "40 objects")
        for _ in range(2):
            await slack.next_ephemeral(CHANNEL, where=lambda m: "took that offer" in m["text"])
        assert len(listings(sample)) == 1
        assert len(said_by_the_bot(slack)) == 1


async def test_auto_never_asks(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount
) -> None:
    """Where nothing may be spent it lists nothing; CloudWatch's numbers stand, and it says so."""
    async with start_bot(**ASKING):
        answer = await offered(slack, f"report bucket={YOUNG},pelican-robot-footage")
        assert [row[0] for row in cells(answer)[1:]] == ["pelican-robot-footage"]
    assert (
        "1 bucket skipped, no storage metrics, and listing would cost more than may be "
        f"spent unasked: {YOUNG}" in answer["text"]
    )
    assert listings(sample) == []


async def test_a_digest_asks_nobody(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount
) -> None:
    """Whoever subscribed has agreed."""
    async with start_bot(**ASKING):
        await slack.command("/s3", f"digest weekly mon 09:00 bucket={BIG} source=list")
        await slack.next_message(CHANNEL)
        await slack.command("/s3", "digest now 1")
        digest = await slack.next_message(CHANNEL)
    assert digest["text"].startswith("S3 digest")
    assert len(listings(sample)) > 20


async def test_a_budget_outlives_a_restart(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount
) -> None:
    """One listing fits into it and two do not; what is left is told, and what to type."""
    budget = {"scan_budget_usd": Decimal("0.0002")}
    async with start_bot(**budget):
        await slack.command("/s3", LISTED)
        await slack.next_message(CHANNEL)
    sample.forget_requests()
    async with start_bot(**budget):
        await slack.command("/s3", f"{LISTED} fresh")
        told = await slack.next_ephemeral(CHANNEL, where=lambda m: "budget" in m["text"])
    assert "of today's budget of &lt;$0.01 for listings $0.00 is left" in told["text"]
    assert "Ask with `source=metrics`, or again tomorrow" in told["text"]
    assert listings(sample) == []


async def test_a_listing_under_way_is_watched_and_its_message_becomes_the_answer(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount, clock: StillClock
) -> None:
    """One message a question, changed every three seconds while it takes long."""
    async with start_bot(), half_way(sample) as go:
        await slack.command("/s3", LISTED)
        await pass_time(clock, PATIENCE)
        shown = await slack.next_message(CHANNEL)
        assert shown["text"].startswith("Listing 1 bucket: ")
        assert list(buttons(shown)) == ["Stop"]
        slack.limits.enforced = False
        while "5% · 1,000 objects · " not in shown["text"]:
            await pass_time(clock, EVERY)
            shown = await slack.next_update(CHANNEL, shown["ts"])
        assert "<$0.01 so far" in shown["text"].replace("&lt;", "<")
        go.set()
        answer = await becomes(slack, shown["ts"], "From listings")
        assert list(buttons(answer)) == ["What it is made of", "Measure again"]
        assert len(said_by_the_bot(slack)) == 1
        await slack.say(CHANNEL, "in MB", thread_ts=shown["ts"])
        assert "unit=MB" in (await slack.next_message(CHANNEL, shown["ts"]))["text"]
    mark = slack.workspace.channels["C0S3COSTS01"].messages[shown["ts"]]["metadata"]
    assert mark["event_payload"] == {"question": LISTED}


async def test_an_answer_in_a_thread_is_watched_there(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount, clock: StillClock
) -> None:
    """And remembered for the thread."""
    async with start_bot(), half_way(sample) as go:
        bot = slack.workspace.bot.id
        asked = await slack.say(CHANNEL, f"<@{bot}> {LISTED}")
        await pass_time(clock, PATIENCE)
        shown = await slack.next_message(CHANNEL, asked["ts"])
        go.set()
        await becomes(slack, shown["ts"], "From listings")
        await slack.say(CHANNEL, "in MB", thread_ts=asked["ts"])
        await slack.next_message(CHANNEL, asked["ts"], where=lambda m: "unit=MB" in m["text"])


@pytest.mark.parametrize("private", [False, True])
async def test_a_stop_answers_at_once_with_what_is_known(
    start_bot: StartBot,
    slack: SlackServer,
    sample: SampleAccount,
    clock: StillClock,
    private: bool,
) -> None:
    """At least that many, and who stopped it; nothing of it is kept for the next to ask."""
    question = f"{LISTED} private" if private else LISTED
    async with start_bot(), half_way(sample) as go:
        await slack.command("/s3", question)
        await pass_time(clock, PATIENCE)
        if private:
            shown = await slack.next_ephemeral(CHANNEL, where=lambda m: "Listing 1" in m["text"])
        else:
            shown = await slack.next_message(CHANNEL)
        await slack.click(shown, "stop", user="kofi")
        kofi = slack.workspace.user("kofi")
        assert kofi
        said = f"Stopped by <@{kofi.id}>: every number is at least that."
        if private:
            answer = await slack.next_ephemeral(CHANNEL, where=lambda m: said in m["text"])
        else:
            answer = await becomes(slack, shown["ts"], said)
        assert f"Counted in part (≥): {BIG}" in answer["text"]
        go.set()
        sample.forget_requests()
        again = await offered(slack, LISTED)
        held = sample.estate.by_name[BIG].counted_by_hand(sample.estate.now)
        assert f"{held.objects:,} objects" in again["text"]
        assert len(listings(sample)) > 1


async def test_an_old_stop_button_says_that_there_is_nothing_to_stop(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount, clock: StillClock
) -> None:
    """The listing is over, and a new process knows nothing of it."""
    async with start_bot(), half_way(sample) as go:
        await slack.command("/s3", LISTED)
        await pass_time(clock, PATIENCE)
        shown = await slack.next_message(CHANNEL)
        go.set()
        await becomes(slack, shown["ts"], "From listings")
        await slack.click(shown, "stop")
        await slack.next_ephemeral(CHANNEL, where=lambda m: "nothing to stop" in m["text"])
    async with start_bot():
        ack = await slack.click(shown, "stop")
        assert ack.status == 200
        await slack.next_ephemeral(CHANNEL, where=lambda m: "nothing to stop" in m["text"])


async def test_what_slack_has_no_time_for_is_skipped(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount, clock: StillClock
) -> None:
    """After a 429 nothing is sent for as long as Slack says, and nothing is made up for."""
    async with start_bot(), half_way(sample) as go:
        await slack.command("/s3", LISTED)
        await pass_time(clock, PATIENCE)
        shown = await slack.next_message(CHANNEL)
        slack.faults.rate_limit("chat.update", retry_after_s=7)
        await pass_time(clock, EVERY)
        refused = await slack.next_request("chat.update")
        assert refused["status"] == 429
        for _ in range(2):
            await pass_time(clock, EVERY)
            await clock.asleep(EVERY)
        await pass_time(clock, EVERY)
        await slack.next_update(CHANNEL, shown["ts"])
        updates = [each for each in slack.requests if each["method"] == "chat.update"]
        assert [each["status"] for each in updates] == [429, 200]
        go.set()
        await becomes(slack, shown["ts"], "From listings")


async def test_where_the_bot_may_not_post_the_listing_is_announced_once(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount, clock: StillClock
) -> None:
    """By response_url, with its Stop; the answer follows in a message of its own."""
    slack.kick("#finops")
    async with start_bot(), half_way(sample) as go:
        await slack.command("/s3", LISTED, channel="#finops")
        await pass_time(clock, PATIENCE)
        told = await slack.next_message("#finops")
        assert "The answer follows." in told["text"]
        assert list(buttons(told)) == ["Stop"]
        go.set()
        answer = await slack.next_message("#finops")
        assert "From listings" in answer["text"]


async def test_an_offer_can_be_taken_where_the_bot_may_not_post(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount
) -> None:
    """The answer comes by the click's own response_url."""
    slack.kick("#finops")
    async with start_bot(**ASKING):
        await slack.command("/s3", LISTED, channel="#finops")
        offer = await slack.next_message("#finops")
        await slack.click(offer, buttons(offer)["List for <$0.01"]["action_id"])
        answer = await slack.next_message("#finops")
    assert "From listings" in answer["text"]


async def test_a_private_question_is_offered_and_answered_in_private(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount
) -> None:
    """Nobody else sees either."""
    async with start_bot(**ASKING):
        await slack.command("/s3", f"{LISTED} private")
        offer = await slack.next_ephemeral(CHANNEL, where=lambda m: "costs <$0.01" in m["text"])
        await slack.click(offer, buttons(offer)["List for <$0.01"]["action_id"])
        await slack.next_ephemeral(CHANNEL, where=lambda m: "From listings" in m["text"])
    assert slack.messages(CHANNEL) == []


async def test_a_deleted_message_is_answered_in_a_new_one(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount, clock: StillClock
) -> None:
    """Whoever tidied up did not mean the answer."""
    async with start_bot(), half_way(sample) as go:
        await slack.command("/s3", LISTED)
        await pass_time(clock, PATIENCE)
        shown = await slack.next_message(CHANNEL)
        await slack.delete(CHANNEL, shown["ts"])
        go.set()
        answer = await slack.next_message(CHANNEL)
    assert "From listings" in answer["text"]


async def test_a_bot_that_is_stopped_leaves_no_listing_that_seems_to_go_on(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount, clock: StillClock
) -> None:
    """The message says so, with a button that asks again."""
    async with start_bot() as bot, half_way(sample):
        await slack.command("/s3", LISTED)
        await pass_time(clock, PATIENCE)
        shown = await slack.next_message(CHANNEL)
        await bot.stop(0)
        left = await becomes(slack, shown["ts"], "The bot was restarted")
    assert buttons(left)["Ask again"]["value"] == LISTED


async def test_a_failure_is_told_in_the_place_of_what_was_promised(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount
) -> None:
    """An offer that was taken does not say "listing" for ever."""
    async with start_bot(scan_budget_usd=Decimal(0), **ASKING):
        offer = await offered(slack)
        await slack.click(offer, buttons(offer)["List for <$0.01"]["action_id"])
        told = await becomes(slack, offer["ts"], "today's budget")
    assert buttons(told) == {}


async def test_an_offer_whose_price_has_changed_can_be_taken_again(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount
) -> None:
    """It takes the place of the first, and is another one."""
    async with start_bot(**ASKING):
        offer = await offered(slack, f"bucket {YOUNG} source=list")
        # As if the bucket had been counted when it was offered, and could not be any more
        buttons(offer)["List anyway"]["action_id"] = "list:0.000005"
        await slack.click(offer, "list:0.000005")
        anew = await becomes(slack, offer["ts"], "nobody knows how many objects")
        await slack.click(anew, buttons(anew)["List anyway"]["action_id"])
        await becomes(slack, offer["ts"], "40 objects")


async def test_what_was_announced_and_is_not_answered_is_told(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount, clock: StillClock
) -> None:
    """A bot that is stopped does not leave "the answer follows" behind."""
    async with start_bot() as bot, half_way(sample):
        await slack.command("/s3", f"{LISTED} private")
        await pass_time(clock, PATIENCE)
        await slack.next_ephemeral(CHANNEL, where=lambda m: "The answer follows." in m["text"])
        await bot.stop(0)
        left = await slack.next_ephemeral(CHANNEL, where=lambda m: "restarted" in m["text"])
    assert buttons(left)["Ask again"]["value"] == f"{LISTED} private"


async def test_a_private_answer_outlives_its_response_url(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount, clock: StillClock
) -> None:
    """A listing may take longer than the half hour that Slack takes answers by it for."""
    async with start_bot(), half_way(sample) as go:
        await slack.command("/s3", f"{LISTED} private")
        await pass_time(clock, PATIENCE)
        await slack.next_ephemeral(CHANNEL, where=lambda m: "The answer follows." in m["text"])
        slack.workspace.clock = StillClock(slack.workspace.clock.now() + timedelta(minutes=31))
        go.set()
        await slack.next_ephemeral(CHANNEL, where=lambda m: "From listings" in m["text"])
