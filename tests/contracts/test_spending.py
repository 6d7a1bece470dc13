"""What listings cost is added up by day, held while they run, and never above the budget."""

import asyncio
from datetime import date
from decimal import Decimal

from tests.contracts.conftest import Reopen, Store

TODAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 23)
A_CENT, A_DIME, A_DOLLAR = Decimal("0.01"), Decimal("0.10"), Decimal(1)


async def test_nothing_was_spent_at_first(store: Store):
    """Exactly nothing."""
    assert await store.spending.spent(TODAY) == 0


async def test_what_is_held_counts_until_it_is_settled(reopen: Reopen):
    """Exactly, by day, and for a bot that was restarted, too."""
    before = await reopen()
    assert await before.spending.hold("a", TODAY, Decimal("0.000005"), None)
    assert await before.spending.hold("b", TODAY, A_DIME, A_DOLLAR)
    assert await before.spending.hold("c", TOMORROW, A_DIME, A_DIME)
    after = await reopen()
    assert await after.spending.spent(TODAY) == Decimal("0.100005")
    await after.spending.settle("b", TODAY, A_CENT)
    assert await after.spending.spent(TODAY) == Decimal("0.010005")
    assert await after.spending.spent(TOMORROW) == A_DIME


async def test_the_budget_is_not_exceeded_and_may_be_used_up(store: Store):
    """To the last dollar; what is refused holds nothing."""
    assert await store.spending.hold("a", TODAY, A_DOLLAR - A_CENT, A_DOLLAR)
    assert not await store.spending.hold("b", TODAY, A_DIME, A_DOLLAR)
    assert await store.spending.hold("b", TODAY, A_CENT, A_DOLLAR)
    assert await store.spending.spent(TODAY) == A_DOLLAR


async def test_a_listing_may_hold_more(store: Store):
    """As it turns out dearer."""
    assert await store.spending.hold("a", TODAY, A_CENT, A_DIME)
    assert await store.spending.hold("a", TODAY, A_CENT, A_DIME)
    assert not await store.spending.hold("a", TODAY, A_DIME, A_DIME)
    assert await store.spending.spent(TODAY) == 2 * A_CENT


async def test_of_many_at_once_no_more_get_in_than_fit(reopen: Reopen):
    """Two replicas, ten listings each."""
    stores = [await reopen(), await reopen()]
    held = await asyncio.gather(
        *(
            each.spending.hold(f"{at}-{number}", TODAY, A_DIME, A_DOLLAR)
            for number in range(10)
            for at, each in enumerate(stores)
        )
    )
    assert sum(held) == 10
    assert await stores[0].spending.spent(TODAY) == A_DOLLAR


async def test_what_was_never_held_costs_what_it_cost(store: Store):
    """A listing that had no price, say."""
    await store.spending.settle("unpriced", TODAY, A_DOLLAR)
    assert await store.spending.spent(TODAY) == A_DOLLAR
