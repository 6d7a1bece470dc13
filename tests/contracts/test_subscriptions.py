import asyncio
import calendar
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.core.digest import Subscription
from bot.core.language import parse_query
from bot.core.query import Query
from bot.core.schedule import Weekly
from tests.contracts.conftest import Reopen, Store

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MONDAYS = Weekly(calendar.MONDAY, 9, 30, "Europe/Paris")
LOGS = parse_query("report bucket=logs-* unit=TB")


async def test_a_subscription_survives_a_restart(reopen: Reopen):
    """Schedule, time zone, question and who asked for it."""
    added = await (await reopen()).subscriptions.add("C1", MONDAYS, LOGS, "U1", NOW)
    assert added == Subscription(added.id, "C1", MONDAYS, LOGS, "U1", NOW)
    assert await (await reopen()).subscriptions.all() == (added,)


async def test_subscribing_twice_is_one_subscription(store: Store):
    """The first one's number, user and date stay."""
    first = await store.subscriptions.add("C1", MONDAYS, LOGS, "U1", NOW)
    again = await store.subscriptions.add("C1", MONDAYS, LOGS, "U2", NOW + timedelta(days=1))
    assert again == first
    assert await store.subscriptions.all() == (first,)


async def test_of_many_subscribing_at_once_there_is_one(reopen: Reopen):
    """A double click that reaches two replicas."""
    replicas = [await reopen(), await reopen()]
    added = await asyncio.gather(
        *(one.subscriptions.add("C1", MONDAYS, LOGS, "U1", NOW) for one in replicas * 5)
    )
    assert set(added) == {added[0]}


async def test_another_channel_schedule_or_question_is_another(store: Store):
    """Each of them makes a subscription of its own; the list is oldest first."""
    added = [
        await store.subscriptions.add(channel, schedule, query, "U1", NOW)
        for channel, schedule, query in (
            ("C1", MONDAYS, LOGS),
            ("C2", MONDAYS, LOGS),
            ("C1", replace(MONDAYS, weekday=calendar.SUNDAY), LOGS),
            ("C1", replace(MONDAYS, hour=10), LOGS),
            ("C1", replace(MONDAYS, minute=31), LOGS),
            ("C1", replace(MONDAYS, zone="UTC"), LOGS),
            ("C1", MONDAYS, Query()),
        )
    ]
    assert await store.subscriptions.all() == tuple(added)
    assert await store.subscriptions.of("C2") == (added[1],)
    assert await store.subscriptions.of("C1") == (added[0], *added[2:])


async def test_only_its_own_channel_removes_a_subscription(store: Store):
    """And only once."""
    added = await store.subscriptions.add("C1", MONDAYS, LOGS, "U1", NOW)
    removals = [
        await store.subscriptions.remove(channel, added.id) for channel in ("C2", "C1", "C1")
    ]
    assert removals == [False, True, False]
    assert await store.subscriptions.all() == ()


async def test_a_number_is_never_used_again(store: Store):
    """`digest remove 1` typed a day late must not hit another subscription."""
    first = await store.subscriptions.add("C1", MONDAYS, LOGS, "U1", NOW)
    await store.subscriptions.remove("C1", first.id)
    again = await store.subscriptions.add("C1", MONDAYS, LOGS, "U1", NOW)
    assert again.id > first.id


async def test_a_question_may_be_long(store: Store):
    """Longer than PostgreSQL can index; and differing at its end alone is another."""
    words = "report bucket=/" + "".join(chr(0x4E00 + number * 37 % 20000) for number in range(1900))
    first = await store.subscriptions.add("C1", MONDAYS, parse_query(words + "a/"), "U1", NOW)
    second = await store.subscriptions.add("C1", MONDAYS, parse_query(words + "b/"), "U1", NOW)
    assert await store.subscriptions.all() == (first, second)
