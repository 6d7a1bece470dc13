"""The ports of the store in memory, for tests of flows. They pass the contract tests too."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from bot.core.bill import Bill
from bot.core.delivery import Delivery
from bot.core.digest import Subscription
from bot.core.prices import PriceBook
from bot.core.query import Query
from bot.core.schedule import Weekly
from bot.core.snapshot import Scope, Snapshot


@dataclass
class MemorySnapshots:
    kept: list[Snapshot] = field(default_factory=list)

    async def keep(self, snapshot: Snapshot) -> None:
        self.kept.append(snapshot)

    async def latest(self, scope: Scope, since: datetime) -> Snapshot | None:
        young = [one for one in self._covering(scope) if one.taken_at >= since]
        return max(young, key=lambda one: one.taken_at, default=None)

    async def near(self, scope: Scope, moment: datetime, within: timedelta) -> Snapshot | None:
        def distance(one: Snapshot) -> timedelta:
            return abs(one.taken_at - moment)

        close = [one for one in self._covering(scope) if distance(one) <= within]
        newest_first = sorted(close, key=lambda one: one.taken_at, reverse=True)
        return min(newest_first, key=distance, default=None)

    def _covering(self, scope: Scope) -> list[Snapshot]:
        """Those kept last first."""
        return [one for one in reversed(self.kept) if one.scope.covers(scope)]


@dataclass
class MemoryThreads:
    queries: dict[tuple[str, str], Query] = field(default_factory=dict)

    async def remember(self, channel: str, ts: str, query: Query, now: datetime) -> None:
        self.queries[channel, ts] = query

    async def recall(self, channel: str, ts: str) -> Query | None:
        return self.queries.get((channel, ts))


@dataclass
class MemoryReceipts:
    received: dict[str, datetime] = field(default_factory=dict)

    async def first(self, key: str, now: datetime) -> bool:
        day = timedelta(days=1)
        self.received = {key: at for key, at in self.received.items() if at >= now - day}
        if key in self.received:
            return False
        self.received[key] = now
        return True


@dataclass
class MemorySubscriptions:
    subscribed: list[Subscription] = field(default_factory=list)
    _ids: count[int] = field(default_factory=lambda: count(1))

    async def add(
        self, channel: str, schedule: Weekly, query: Query, user: str, now: datetime
    ) -> Subscription:
        for one in self.subscribed:
            if (one.channel, one.schedule, one.query) == (channel, schedule, query):
                return one
        added = Subscription(next(self._ids), channel, schedule, query, user, now)
        self.subscribed.append(added)
        return added

    async def of(self, channel: str) -> tuple[Subscription, ...]:
        return tuple(one for one in self.subscribed if one.channel == channel)

    async def all(self) -> tuple[Subscription, ...]:
        return tuple(self.subscribed)

    async def remove(self, channel: str, id: int) -> bool:
        before = len(self.subscribed)
        self.subscribed = [one for one in self.subscribed if (one.channel, one.id) != (channel, id)]
        return len(self.subscribed) < before


@dataclass
class _Claim:
    delivery: Delivery
    claimed_at: datetime | None
    ts: str | None = None


@dataclass
class MemoryDeliveries:
    """Claims slots of the subscriptions of `subscriptions`, as the database's foreign key does."""

    subscriptions: MemorySubscriptions
    claims: dict[tuple[int, datetime], _Claim] = field(default_factory=dict)
    _ids: count[int] = field(default_factory=lambda: count(1))

    async def claim(
        self, subscription: int, slot: datetime, now: datetime, lease: timedelta
    ) -> Delivery | None:
        if subscription not in {one.id for one in self.subscriptions.subscribed}:
            return None
        claim = self.claims.get((subscription, slot))
        if claim is None:
            delivery = Delivery(f"delivery-{next(self._ids)}", subscription, slot)
        elif claim.ts or (claim.claimed_at and claim.claimed_at > now - lease):
            return None
        else:
            delivery = replace(claim.delivery, attempt=claim.delivery.attempt + 1)
        self.claims[subscription, slot] = _Claim(delivery, now)
        return delivery

    async def delivered(self, delivery: Delivery, ts: str, now: datetime) -> None:
        claim = self._of(delivery)
        if claim and claim.ts is None:
            claim.ts = ts

    async def release(self, delivery: Delivery) -> None:
        claim = self._of(delivery)
        if claim and claim.delivery == delivery:
            claim.claimed_at = None

    def _of(self, delivery: Delivery) -> _Claim | None:
        return self.claims.get((delivery.subscription, delivery.slot))


@dataclass
class MemoryPriceBooks:
    kept: list[tuple[datetime, PriceBook]] = field(default_factory=list)

    async def keep(self, book: PriceBook, fetched_at: datetime) -> None:
        self.kept.append((fetched_at, book))

    async def newest(self) -> PriceBook | None:
        return _last(self.kept)

    async def at(self, moment: datetime) -> PriceBook | None:
        return _last([each for each in self.kept if each[0] <= moment])


def _last(kept: list[tuple[datetime, PriceBook]]) -> PriceBook | None:
    numbered = enumerate(kept)
    return max(numbered, key=lambda each: (each[1][0], each[0]), default=(0, (None, None)))[1][1]


@dataclass
class MemoryBills:
    kept: dict[tuple[date, frozenset[str]], Bill] = field(default_factory=dict)

    async def keep(self, bill: Bill) -> None:
        self.kept[bill.month, bill.accounts] = bill

    async def of(self, month: date, accounts: Collection[str] = ()) -> Bill | None:
        return self.kept.get((month, frozenset(accounts)))


@dataclass
class MemoryCheckpoints:
    documents: dict[str, str] = field(default_factory=dict)

    async def save(self, scan: str, document: dict[str, Any]) -> None:
        self.documents[scan] = json.dumps(document)

    async def load(self, scan: str) -> dict[str, Any] | None:
        return json.loads(self.documents[scan]) if scan in self.documents else None

    async def drop(self, scan: str) -> None:
        self.documents.pop(scan, None)


@dataclass
class MemorySpending:
    rows: dict[str, tuple[date, Decimal]] = field(default_factory=dict)

    async def spent(self, day: date) -> Decimal:
        return sum((usd for on, usd in self.rows.values() if on == day), Decimal(0))

    async def hold(self, id: str, day: date, usd: Decimal, budget: Decimal | None) -> bool:
        if budget is not None and await self.spent(day) + usd > budget:
            return False
        self.rows[id] = (day, self.rows.get(id, (day, Decimal(0)))[1] + usd)
        return True

    async def settle(self, id: str, day: date, usd: Decimal) -> None:
        self.rows[id] = (self.rows.get(id, (day, usd))[0], usd)
