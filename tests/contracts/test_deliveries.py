import asyncio
import calendar
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.query import Query
from bot.core.schedule import Weekly
from tests.contracts.conftest import Reopen, Store

SLOT = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOW = SLOT + timedelta(seconds=1)
LEASE = timedelta(minutes=10)
WEEK = timedelta(weeks=1)


@pytest.fixture
async def subscription(store: Store) -> int:
    """The number of a subscription that is there."""
    added = await store.subscriptions.add("C1", Weekly(calendar.MONDAY, 9), Query(), "U1", SLOT)
    return added.id


async def test_a_slot_is_claimed_once(store: Store, subscription: int):
    """While its lease runs nobody else may have it."""
    first = await store.deliveries.claim(subscription, SLOT, NOW, LEASE)
    assert first
    assert (first.subscription, first.slot, first.retried) == (subscription, SLOT, False)
    later = NOW + LEASE - timedelta(microseconds=1)
    assert await store.deliveries.claim(subscription, SLOT, later, LEASE) is None


async def test_of_two_replicas_one_wins(reopen: Reopen, store: Store, subscription: int):
    """Many claims of the same slot at once, over two connections: one is let through."""
    replicas = [store, await reopen()]
    claims = await asyncio.gather(
        *(one.deliveries.claim(subscription, SLOT, NOW, LEASE) for one in replicas * 5)
    )
    assert len([claim for claim in claims if claim]) == 1


async def test_an_expired_lease_is_taken_over_once(reopen: Reopen, store: Store, subscription: int):
    """After a crash the slot has the same id, so that the message can be looked for."""
    crashed = await store.deliveries.claim(subscription, SLOT, NOW, LEASE)
    replicas = [store, await reopen()]
    claims = await asyncio.gather(
        *(one.deliveries.claim(subscription, SLOT, NOW + LEASE, LEASE) for one in replicas * 5)
    )
    (taken,) = [claim for claim in claims if claim]
    assert crashed
    assert (taken.id, taken.retried) == (crashed.id, True)


async def test_a_delivered_slot_is_never_claimed_again(
    reopen: Reopen, store: Store, subscription: int
):
    """However late, and by whomever."""
    delivery = await store.deliveries.claim(subscription, SLOT, NOW, LEASE)
    assert delivery
    await store.deliveries.delivered(delivery, "1.000100", NOW)
    await store.deliveries.release(delivery)
    for one in (store, await reopen()):
        assert await one.deliveries.claim(subscription, SLOT, NOW + 10 * WEEK, LEASE) is None


async def test_a_released_slot_is_claimable_at_once(store: Store, subscription: int):
    """Slack refused it: the next attempt need not wait for the lease, and looks before it posts."""
    first = await store.deliveries.claim(subscription, SLOT, NOW, LEASE)
    assert first
    await store.deliveries.release(first)
    again = await store.deliveries.claim(subscription, SLOT, NOW, LEASE)
    assert again
    assert (again.id, again.retried) == (first.id, True)
    assert await store.deliveries.claim(subscription, SLOT, NOW, LEASE) is None


async def test_a_claim_that_was_taken_over_releases_nothing(store: Store, subscription: int):
    """Who was slower than his lease cannot give away the claim of who came after him."""
    slow = await store.deliveries.claim(subscription, SLOT, NOW, LEASE)
    assert slow
    await store.deliveries.claim(subscription, SLOT, NOW + LEASE, LEASE)
    await store.deliveries.release(slow)
    assert await store.deliveries.claim(subscription, SLOT, NOW + LEASE, LEASE) is None


async def test_a_claim_that_was_taken_over_may_still_deliver(store: Store, subscription: int):
    """Its message is there, whoever holds the claim by then."""
    slow = await store.deliveries.claim(subscription, SLOT, NOW, LEASE)
    assert slow
    taken = await store.deliveries.claim(subscription, SLOT, NOW + LEASE, LEASE)
    assert taken
    await store.deliveries.delivered(slow, "1.000100", NOW + LEASE)
    await store.deliveries.release(taken)
    assert await store.deliveries.claim(subscription, SLOT, NOW + 2 * LEASE, LEASE) is None


async def test_slots_and_subscriptions_are_claimed_apart(store: Store, subscription: int):
    """Each has its own delivery, with an id of its own."""
    other = await store.subscriptions.add("C2", Weekly(calendar.MONDAY, 9), Query(), "U1", SLOT)
    claims = [
        await store.deliveries.claim(subscription, SLOT, NOW, LEASE),
        await store.deliveries.claim(subscription, SLOT + WEEK, NOW + WEEK, LEASE),
        await store.deliveries.claim(other.id, SLOT, NOW, LEASE),
    ]
    assert len({claim.id for claim in claims if claim}) == 3


async def test_what_nobody_subscribed_to_is_not_claimed(store: Store, subscription: int):
    """Unsubscribed while the digest was in the making; marking it then does no harm."""
    delivery = await store.deliveries.claim(subscription, SLOT, NOW, LEASE)
    assert delivery
    await store.subscriptions.remove("C1", subscription)
    await store.deliveries.delivered(delivery, "1.000100", NOW)
    await store.deliveries.release(delivery)
    assert await store.deliveries.claim(subscription, SLOT + WEEK, NOW + WEEK, LEASE) is None
