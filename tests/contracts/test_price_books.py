from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.core.prices import shipped_prices
from tests.contracts.conftest import Reopen, Store

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WEEK = timedelta(days=7)

OLD = replace(shipped_prices(), as_of=date(2026, 3, 2))
NEW = replace(shipped_prices(), as_of=date(2026, 3, 9), free_buckets=2_001)


async def test_without_a_book_there_is_none(store: Store):
    """A new installation has the prices it came with, and no others."""
    assert await store.price_books.newest() is None
    assert await store.price_books.at(NOW) is None


async def test_books_survive_restarts_whole(reopen: Reopen):
    """Every price, source, rule and prefix comes back as it was."""
    await (await reopen()).price_books.keep(OLD, NOW)
    assert await (await reopen()).price_books.newest() == OLD


async def test_the_newest_is_the_one_fetched_last(store: Store):
    """In whatever order they are kept; of two fetched at once the one kept last."""
    await store.price_books.keep(NEW, NOW + WEEK)
    await store.price_books.keep(OLD, NOW)
    assert await store.price_books.newest() == NEW
    await store.price_books.keep(OLD, NOW + WEEK)
    assert await store.price_books.newest() == OLD


async def test_a_moment_has_the_book_that_was_in_use_then(store: Store):
    """Old reports reprice as they were."""
    await store.price_books.keep(OLD, NOW)
    await store.price_books.keep(NEW, NOW + WEEK)
    moments = (NOW - WEEK, NOW, NOW + WEEK / 2, NOW + WEEK, NOW + 9 * WEEK)
    found = [await store.price_books.at(moment) for moment in moments]
    assert found == [None, OLD, OLD, NEW, NEW]
