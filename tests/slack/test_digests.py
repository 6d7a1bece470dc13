"""Digests end to end: subscribed by command, sent once at their slot, whatever crashes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.workspace.server import SlackServer
from tests.conftest import StartBot, World
from tests.fakes.clock import StillClock
from tests.slack.test_commands import cells

CHANNEL = "#s3-costs"
#: The tests' now is Sunday, 2026-11-22 16:30 UTC.
WEEKLY = "digest weekly sun 17:00 tz=UTC region=us-*"
HALF_AN_HOUR = timedelta(minutes=30)
LOST = timedelta(minutes=11)  # longer than a claim's lease


async def subscribe(slack: SlackServer, text: str = WEEKLY) -> None:
    """Subscribe and take the confirmation."""
    await slack.command("/s3", text)
    said = await slack.next_message(CHANNEL)
    assert said["text"].startswith("Digest 1: every Sunday at 17:00 (UTC), first on 2026-11-22.")


async def test_a_digest_is_sent_at_its_slot_and_says_what_moved(world: World) -> None:
    """The runaway log bucket and the migration of the sample are in it."""
    await subscribe(world.slack)
    world.clock.advance(HALF_AN_HOUR)
    digest = await world.slack.next_message(CHANNEL)
    titles, *rows = cells(digest)
    assert titles[:2] == ["Bucket", "Change / month"]
    moved = {row[0]: row[1] for row in rows}
    assert moved["pelican-app-logs"].startswith("+$")
    assert moved["pelican-telemetry-archive"].startswith("\N{MINUS SIGN}$")
    assert "since 2026-11-1" in digest["text"]


async def test_a_digest_names_the_deleted_bucket(world: World) -> None:
    """First of its region, with all that it cost; the others only grew, and none is new."""
    await subscribe(world.slack, "digest weekly sun 17:00 tz=UTC region=eu-central-1")
    world.clock.advance(HALF_AN_HOUR)
    digest = await world.slack.next_message(CHANNEL)
    _, *rows = cells(digest)
    assert rows[0][0] == "pelican-search-prototype (gone)"
    assert rows[0][1].startswith("\N{MINUS SIGN}$1")
    assert rows[0][2] == "$0.00"
    gone = world.sample.estate.by_name["pelican-search-prototype"]
    held = sum(thing.size for thing in gone.objects) / 2**40
    assert rows[0][3:] == [f"\N{MINUS SIGN}{held:.2f} TB", "0 bytes"]
    assert "pelican-search-prototype is gone" in digest["text"]
    assert not any("(" in row[0] for row in rows[1:])


async def test_a_digest_names_the_new_bucket(world: World) -> None:
    """Made today. What refused both times, or had no metrics then, is neither new nor gone."""
    await subscribe(world.slack, "digest weekly sun 17:00 tz=UTC bucket=*hack*,*zone*,*hold*")
    world.clock.advance(HALF_AN_HOUR)
    digest = await world.slack.next_message(CHANNEL)
    _, *rows = cells(digest)
    assert [row[0] for row in rows] == ["pelican-hackweek (new)"]
    assert "pelican-landing-zone" in digest["text"]
    assert "1 bucket skipped" in digest["text"]


async def test_a_digest_can_be_replied_to(world: World) -> None:
    """Its thread goes on with the subscription's question."""
    await subscribe(world.slack)
    world.clock.advance(HALF_AN_HOUR)
    digest = await world.slack.next_message(CHANNEL)
    await world.slack.say(CHANNEL, "only glacier", thread_ts=digest["ts"])
    answer = await world.slack.next_message(CHANNEL, digest["ts"])
    assert "`report region=us-* class=GLACIER`" in answer["text"]


async def test_a_missed_slot_is_sent_once_on_return(
    start_bot: StartBot, slack: SlackServer, clock: StillClock
) -> None:
    """The bot was down at five; it is sent when it comes back, and not by the next start."""
    async with start_bot():
        await subscribe(slack)
    clock.advance(timedelta(hours=20))
    async with start_bot():
        assert "S3 digest" in (await slack.next_message(CHANNEL))["text"]
    async with start_bot():
        clock.advance(LOST)
        await slack.command("/s3", "digest list")
        await slack.next_ephemeral(CHANNEL)
    assert sum("S3 digest" in m["text"] for m in slack.messages(CHANNEL)) == 1


async def test_a_slot_missed_by_more_than_a_day_is_let_go(
    start_bot: StartBot, slack: SlackServer, clock: StillClock
) -> None:
    """A digest of the day before yesterday helps nobody."""
    async with start_bot():
        await subscribe(slack)
    clock.advance(timedelta(hours=25))
    async with start_bot() as bot:
        assert await bot.digests.send_due() == 0
    assert not any("S3 digest" in m["text"] for m in slack.messages(CHANNEL))


async def test_a_digest_whose_confirmation_was_lost_is_not_sent_twice(world: World) -> None:
    """Slack stored it and the answer never came: the next try finds it by its mark."""
    await subscribe(world.slack)
    world.slack.faults.drop("chat.postMessage")
    world.clock.advance(HALF_AN_HOUR)
    await world.slack.next_message(CHANNEL)
    for _ in range(2):
        world.clock.advance(LOST)
        assert await world.bot.digests.send_due() == 0
    await world.slack.next_request("conversations.history")
    assert sum("S3 digest" in m["text"] for m in world.slack.messages(CHANNEL)) == 1


async def test_a_digest_that_slack_refused_is_tried_again(world: World) -> None:
    """An error of the moment delays a digest; it does not lose it."""
    await subscribe(world.slack)
    world.slack.faults.error("chat.postMessage", "internal_error")
    world.clock.advance(HALF_AN_HOUR)
    for _ in ("the confirmation", "the refusal"):
        await world.slack.next_request("chat.postMessage")
    world.clock.advance(LOST)
    await world.bot.digests.send_due()
    assert "S3 digest" in (await world.slack.next_message(CHANNEL))["text"]


async def test_two_replicas_send_one_digest(
    start_bot: StartBot, slack: SlackServer, clock: StillClock
) -> None:
    """Both wake at the slot; the database lets one of them have it."""
    async with start_bot() as one, start_bot() as other:
        await subscribe(slack)
        clock.advance(HALF_AN_HOUR)
        await slack.next_message(CHANNEL)
        await one.digests.send_due()
        await other.digests.send_due()
    assert sum("S3 digest" in m["text"] for m in slack.messages(CHANNEL)) == 1


@pytest.mark.parametrize("text", ["digest now 7", "digest remove 7"])
async def test_a_digest_that_is_not_there_is_said_so(world: World, text: str) -> None:
    """With what to type to see those there are."""
    await world.slack.command("/s3", text)
    told = await world.slack.next_ephemeral(CHANNEL)
    assert "This channel has no digest 7. `digest list` shows those that it has." in told["text"]


async def test_a_digest_without_a_zone_has_that_of_who_asks(world: World) -> None:
    """Nine on a Monday is nine where the asker is, and survives in `digest list`."""
    await world.slack.command("/s3", "digest weekly mon 09:00")
    zone = world.slack.workspace.dana.tz
    assert f"every Monday at 09:00 ({zone})" in (await world.slack.next_message(CHANNEL))["text"]
    await world.slack.command("/s3", "digest list")
    listed = await world.slack.next_ephemeral(CHANNEL)
    assert listed["text"] == f"1. every Monday at 09:00 ({zone}): `report`"
    await world.slack.command("/s3", "digest remove 1")
    assert (await world.slack.next_message(CHANNEL))["text"] == "Digest 1 is removed."


async def test_a_digest_now_is_posted_at_once(world: World) -> None:
    """Apart from its schedule, which goes on."""
    await subscribe(world.slack)
    await world.slack.command("/s3", "digest now 1")
    assert "S3 digest" in (await world.slack.next_message(CHANNEL))["text"]
