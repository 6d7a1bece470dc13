import asyncio
from datetime import UTC, datetime, timedelta

from tests.contracts.conftest import Reopen, Store

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


async def test_a_key_is_first_once(store: Store):
    """Slack's retries of the same event are told apart from the event."""
    answers = [await store.receipts.first(key, NOW) for key in ("Ev1", "Ev1", "Ev2", "Ev1")]
    assert answers == [True, False, True, False]


async def test_a_key_is_first_once_over_restarts(reopen: Reopen):
    """A retry that reaches the restarted bot is a retry still."""
    assert await (await reopen()).receipts.first("Ev1", NOW)
    assert not await (await reopen()).receipts.first("Ev1", NOW + timedelta(minutes=5))


async def test_of_many_at_once_one_is_first(reopen: Reopen):
    """Two replicas that receive the same event ten times each take it up once."""
    replicas = [await reopen(), await reopen()]
    answers = await asyncio.gather(
        *(replica.receipts.first("Ev1", NOW) for replica in replicas for _ in range(10))
    )
    assert sorted(answers) == [False] * 19 + [True]


async def test_keys_are_kept_for_a_day(store: Store):
    """Slack stops retrying long before."""
    day = timedelta(days=1)
    await store.receipts.first("Ev1", NOW)
    assert not await store.receipts.first("Ev1", NOW + day)
    assert await store.receipts.first("Ev1", NOW + day + timedelta(seconds=1))
