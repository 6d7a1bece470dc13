from datetime import UTC, datetime, timedelta

import pytest

from bot.core.patterns import Pattern, Patterns
from bot.core.snapshot import Scope
from bot.core.usage import Source
from tests.contracts.conftest import Reopen, Store
from tests.contracts.estate import NOW, snapshot

HOUR = timedelta(hours=1)
EU = Scope(regions=Patterns((Pattern("eu-*"),)))
NOT_LOGS = Scope(buckets=Patterns((Pattern("^logs", regex=True, exclude=True),)))
LISTED = Scope(source=Source.LIST)


async def test_a_snapshot_comes_back_as_it_was_kept(reopen: Reopen):
    """Every field survives, in another process too."""
    kept = snapshot()
    await (await reopen()).snapshots.keep(kept)
    assert await (await reopen()).snapshots.latest(Scope(), NOW) == kept


async def test_nothing_kept_is_nothing_found(store: Store):
    """A new database has no snapshot, near or latest."""
    assert await store.snapshots.latest(Scope(), NOW - HOUR) is None
    assert await store.snapshots.near(Scope(), NOW, HOUR) is None


async def test_the_newest_is_the_latest(store: Store):
    """By when it was taken, not by when it was kept."""
    newer, older = snapshot(NOW), snapshot(NOW - HOUR)
    await store.snapshots.keep(newer)
    await store.snapshots.keep(older)
    assert await store.snapshots.latest(Scope(), NOW - 2 * HOUR) == newer


async def test_of_two_taken_at_once_the_one_kept_last_is_the_latest(store: Store):
    """As when a snapshot is taken again within the clock's resolution."""
    await store.snapshots.keep(snapshot(objects=3))
    await store.snapshots.keep(snapshot(objects=4))
    assert await store.snapshots.latest(Scope(), NOW) == snapshot(objects=4)
    assert await store.snapshots.near(Scope(), NOW, HOUR) == snapshot(objects=4)


async def test_since_includes_its_moment(store: Store):
    """Taken at `since` is young enough, a microsecond earlier is not."""
    await store.snapshots.keep(snapshot(NOW))
    assert await store.snapshots.latest(Scope(), NOW) == snapshot(NOW)
    assert await store.snapshots.latest(Scope(), NOW + timedelta(microseconds=1)) is None


@pytest.mark.parametrize("taken_of", [Scope(), EU, NOT_LOGS, LISTED])
@pytest.mark.parametrize("asked_for", [Scope(), EU, NOT_LOGS, LISTED])
async def test_scope_covers_decides(taken_of: Scope, asked_for: Scope, store: Store):
    """A snapshot answers exactly the scopes that its own covers."""
    await store.snapshots.keep(snapshot(scope=taken_of))
    found = await store.snapshots.latest(asked_for, NOW)
    assert (found is not None) == taken_of.covers(asked_for)
    assert await store.snapshots.near(asked_for, NOW, HOUR) == found


async def test_a_younger_one_that_does_not_cover_is_passed_over(store: Store):
    """Yesterday's of everything answers what today's of some buckets cannot."""
    await store.snapshots.keep(snapshot(NOW - HOUR))
    await store.snapshots.keep(snapshot(NOW, EU))
    assert await store.snapshots.latest(Scope(), NOW - HOUR) == snapshot(NOW - HOUR)
    assert await store.snapshots.latest(EU, NOW - HOUR) == snapshot(NOW, EU)


@pytest.mark.parametrize(
    ("taken", "nearest"),
    [
        ([-3, -1, 2], -1),
        ([-3, -2, 1], 1),
        ([-1, 1], 1),
        ([0, 1], 0),
        ([-4], -4),
        ([4], 4),
        ([-5, 5], None),
    ],
)
async def test_near_is_nearest_on_either_side(taken: list[int], nearest: int | None, store: Store):
    """Within four hours, the bounds included; of two equally near, the newer."""
    for hours in taken:
        await store.snapshots.keep(snapshot(NOW + hours * HOUR))
    found = await store.snapshots.near(Scope(), NOW, 4 * HOUR)
    assert (found and found.taken_at) == (None if nearest is None else NOW + nearest * HOUR)


async def test_the_latest_of_all_times(store: Store):
    """Asked for with the earliest time there is."""
    await store.snapshots.keep(snapshot())
    assert await store.snapshots.latest(Scope(), datetime.min.replace(tzinfo=UTC)) == snapshot()


async def test_many_are_kept(store: Store):
    """More than any cache holds, each found again by its time."""
    for hours in range(6):
        await store.snapshots.keep(snapshot(NOW + hours * HOUR, objects=hours + 2))
    found = [await store.snapshots.near(Scope(), NOW + n * HOUR, HOUR / 2) for n in range(6)]
    assert found == [snapshot(NOW + n * HOUR, objects=n + 2) for n in range(6)]
