"""Refreshing the prices: kept when they can be believed, reported when not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.prices import shipped_prices
from bot.errors import PriceError
from bot.flows.refresh_prices import AGAIN, EVERY, Prices, RefreshPrices
from tests.core.offer_files import offer_files
from tests.fakes.store import MemoryPriceBooks

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


class Stopped(Exception):
    """The test has seen enough."""


@dataclass
class StoppedClock:
    """Always the same moment; sleeping moves it, and ends after a few times."""

    moment: datetime = NOW
    slept: list[timedelta] = field(default_factory=list)
    most: int = 3

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.slept.append(timedelta(seconds=seconds))
        self.moment += self.slept[-1]
        if len(self.slept) == self.most:
            raise Stopped


@dataclass
class MemoryOffers:
    """The port `Offers`, from these documents; `faults` of the first readings."""

    files: list[dict[str, Any]]
    faults: int = 0

    async def documents(
        self, regions: Collection[str] | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        if self.faults:
            self.faults -= 1
            raise PriceError("No network.", "Try again later.")
        for each in self.files:
            yield each


@dataclass
class Bench:
    """A refresh and what it stands on."""

    offers: MemoryOffers
    books: MemoryPriceBooks = field(default_factory=MemoryPriceBooks)
    clock: StoppedClock = field(default_factory=StoppedClock)

    def __post_init__(self) -> None:
        self.prices = Prices(self.books, shipped_prices())
        self.refresh = RefreshPrices(self.offers, self.books, self.prices, self.clock)


def halved() -> list[dict[str, Any]]:
    """Offer files in which every price of us-east-1 is far too low."""
    files = offer_files(shipped_prices())
    for each in files:
        for terms in each["terms"]["OnDemand"].values():
            for term in terms.values():
                for dimension in term["priceDimensions"].values():
                    dimension["pricePerUnit"]["USD"] = "0.0001"
    return files


async def test_believable_prices_are_in_use_at_once() -> None:
    """With the day they were read."""
    bench = Bench(MemoryOffers(offer_files(shipped_prices())))
    done = await bench.refresh()
    assert (done.kept, done.changes, done.doubtful) == (True, (), ())
    assert bench.prices() == done.after
    assert bench.prices().as_of == NOW.date()
    assert await bench.prices.at(NOW) == done.after
    assert await bench.prices.at(NOW - timedelta(seconds=1)) == shipped_prices()


async def test_doubtful_prices_wait_for_a_person() -> None:
    """They are reported; the ones in use stay."""
    bench = Bench(MemoryOffers(halved()))
    done = await bench.refresh()
    assert not done.kept
    assert len(done.doubtful) == len(shipped_prices().storage)
    assert bench.prices() == shipped_prices()
    assert bench.books.kept == []


async def test_a_person_can_accept_them() -> None:
    """`s3monitor prices refresh --accept`."""
    bench = Bench(MemoryOffers(halved()))
    done = await bench.refresh(accept=True)
    assert done.kept
    assert bench.prices() == done.after


async def test_a_newer_release_has_newer_prices_than_an_old_refresh() -> None:
    """What was kept before does not hide what an update brings."""
    bench = Bench(MemoryOffers([]))
    older = shipped_prices().as_of - timedelta(days=1)
    document = {**shipped_prices().to_document(), "as_of": older.isoformat()}
    old = type(shipped_prices()).from_document(document)
    await bench.books.keep(old, NOW - timedelta(days=90))
    assert await bench.prices.load() == shipped_prices()


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ([], "no S3 prices"),
        ([{"offerCode": "AmazonS3"}], "cannot be understood"),
    ],
)
async def test_what_cannot_be_read_changes_nothing(files: list[dict[str, Any]], says: str) -> None:
    """A person is told why."""
    bench = Bench(MemoryOffers(files))
    with pytest.raises(PriceError, match=says):
        await bench.refresh()
    assert bench.prices() == shipped_prices()


async def test_the_bot_refreshes_weekly_and_tries_again_what_failed() -> None:
    """A failure waits hours, not a week."""
    bench = Bench(MemoryOffers(offer_files(shipped_prices()), faults=1))
    with pytest.raises(Stopped):
        await bench.refresh.run()
    assert bench.clock.slept == [AGAIN, EVERY, EVERY]
    assert [fetched for fetched, _ in bench.books.kept] == [NOW + AGAIN, NOW + AGAIN + EVERY]
