"""Refreshing the prices: read AWS's list, compare it with the book in use, keep it if it stands."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.core.offers import Offered, OfferError, PriceChange, changes, refreshed
from bot.core.prices import PriceBook
from bot.errors import PriceError, Told
from bot.flows.ports import Clock, Offers, PriceBooks

logger = structlog.get_logger()

#: How often the bot refreshes by itself, and how soon it tries again what failed.
EVERY = timedelta(days=7)
AGAIN = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a refresh found.

    changes: every price that differs. kept: whether `after` is the book in use now; it is not
    while a change is doubtful and nobody accepted it.
    """

    before: PriceBook
    after: PriceBook
    changes: tuple[PriceChange, ...]
    kept: bool

    @property
    def doubtful(self) -> tuple[PriceChange, ...]:
        """The changes that a person should look at: vanished, or moved by more than half."""
        return tuple(change for change in self.changes if change.doubtful)


class Prices:
    """The book in use: the newest one kept, or the one this release came with."""

    def __init__(self, books: PriceBooks, shipped: PriceBook) -> None:
        self._books = books
        self._shipped = shipped
        self._current = shipped

    async def load(self) -> PriceBook:
        """Look for the newest book, which another replica may have kept. Raises StoreError."""
        kept = await self._books.newest()
        newer = kept is not None and kept.as_of >= self._shipped.as_of
        self._current = kept if kept is not None and newer else self._shipped
        return self._current

    def __call__(self) -> PriceBook:
        """The book in use, as of the last `load`."""
        return self._current

    async def at(self, moment: datetime) -> PriceBook:
        """The book that was in use at `moment`, so that an old report reprices as it was."""
        return await self._books.at(moment) or self._shipped


class RefreshPrices:
    """Reads AWS's price list and keeps it."""

    def __init__(self, offers: Offers, books: PriceBooks, prices: Prices, clock: Clock) -> None:
        self._offers = offers
        self._books = books
        self._prices = prices
        self._clock = clock

    async def __call__(
        self, *, accept: bool = False, regions: Collection[str] | None = None
    ) -> Refresh:
        """Refresh now. accept: keep doubtful changes too. Raises PriceError, StoreError.

        regions: those to read; None for all.
        """
        before = await self._prices.load()
        now = self._clock.now()
        offered = Offered()
        async for document in self._offers.documents(regions):
            try:
                offered.add(document, now.date())
            except OfferError as error:
                raise PriceError(
                    f"AWS's price list cannot be understood: {error}.",
                    "The prices in use stay as they are; a newer s3monitor may know more.",
                ) from error
        if not offered.storage:
            raise PriceError(
                "AWS's price list has no S3 prices for these regions.",
                "Check the region names; the prices in use stay as they are.",
            )
        after = refreshed(before, offered, now.date())
        found = changes(before, after)
        kept = accept or not any(change.doubtful for change in found)
        if kept:
            await self._books.keep(after, now)
            await self._prices.load()
        return Refresh(before, after, found, kept)

    async def run(self) -> None:
        """Refresh weekly, for ever. What fails or is doubtful is logged, and nothing changes."""
        while True:
            wait = AGAIN
            try:
                refresh = await self()
            except Told as told:
                logger.warning(f"Prices are not refreshed: {told}", action="prices_failed")
            else:
                wait = EVERY
                if refresh.kept:
                    logger.info(
                        f"Prices refreshed, {len(refresh.changes)} changed",
                        action="prices_refreshed",
                    )
                else:
                    logger.warning(
                        f"{len(refresh.doubtful)} prices changed too much to be believed; see "
                        "`s3monitor prices refresh`",
                        action="prices_doubtful",
                    )
            await self._clock.sleep(wait.total_seconds())
