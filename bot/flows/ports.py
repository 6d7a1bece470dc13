"""What the flows need of the world, in their own words. `aws/`, `store/` and `slack/` fit these."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Mapping,
    Sequence,
)
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from bot.core.bill import Bill
from bot.core.delivery import Delivery
from bot.core.digest import Digest, Subscription
from bot.core.listings import Candidate, Headway
from bot.core.prices import PriceBook
from bot.core.query import Query
from bot.core.schedule import Weekly
from bot.core.snapshot import Scope, Snapshot


class Clock(Protocol):
    """Time, passed in."""

    def now(self) -> datetime:
        """The current moment, aware, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        ...


#: Told as a measurement goes on.
Progress = Callable[[Headway], None]

#: Asked before buckets are listed: those that may be, with what is known of their size. It may
#: raise one of `Told`, and then nothing is listed.
Approve = Callable[[Sequence[Candidate]], Awaitable[Sequence[Candidate]]]


class Collector(Protocol):
    """Measures an estate."""

    async def measure(
        self,
        scope: Scope,
        progress: Progress | None = None,
        *,
        approve: Approve | None = None,
        stop: asyncio.Event | None = None,
    ) -> Snapshot:
        """Measure now. A bucket that cannot be read is skipped; raises EstateError for all.

        approve: what is not approved of is not listed; None approves of all. stop: set it to end
        all listings at once, with what is known by then.
        """
        ...

    async def recollect(self, scope: Scope, at: datetime) -> Snapshot | None:
        """The estate as it was at a past time, from what AWS itself remembers; None if nothing."""
        ...


class Snapshots(Protocol):
    """The snapshots kept so far."""

    async def keep(self, snapshot: Snapshot) -> None:
        """Keep this one, forever."""
        ...

    async def latest(self, scope: Scope, since: datetime) -> Snapshot | None:
        """The newest snapshot that covers `scope` and was taken at or after `since`."""
        ...

    async def near(self, scope: Scope, moment: datetime, within: timedelta) -> Snapshot | None:
        """The snapshot covering `scope` taken nearest to `moment`, at most `within` from it."""
        ...


class Spending(Protocol):
    """What listings cost, by UTC day, over all replicas and restarts."""

    async def spent(self, day: date) -> Decimal:
        """US dollars of that day, those held for listings under way included."""
        ...

    async def hold(self, id: str, day: date, usd: Decimal, budget: Decimal | None) -> bool:
        """Hold so many dollars more for listing `id`; False where the day's budget forbids it."""
        ...

    async def settle(self, id: str, day: date, usd: Decimal) -> None:
        """The listing has ended, and this is what it cost, whatever it held."""
        ...


class Threads(Protocol):
    """Which question each of the bot's answers answered. Survives restarts."""

    async def remember(self, channel: str, ts: str, query: Query, now: datetime) -> None:
        """The thread rooted at message `ts` now has this question; replaces an earlier one."""
        ...

    async def recall(self, channel: str, ts: str) -> Query | None:
        """The thread's last question; None for a thread that is not the bot's."""
        ...


class Receipts(Protocol):
    """Which of Slack's deliveries were taken up already, so that its retries are not."""

    async def first(self, key: str, now: datetime) -> bool:
        """True once per key, over all replicas and restarts."""
        ...


class Subscriptions(Protocol):
    """The channels that want a digest."""

    async def add(
        self, channel: str, schedule: Weekly, query: Query, user: str, now: datetime
    ) -> Subscription:
        """Subscribe; the same schedule and question in the same channel is one subscription."""
        ...

    async def of(self, channel: str) -> tuple[Subscription, ...]:
        """The channel's subscriptions, oldest first."""
        ...

    async def all(self) -> tuple[Subscription, ...]:
        """Every subscription, oldest first."""
        ...

    async def remove(self, channel: str, id: int) -> bool:
        """Unsubscribe; False when the channel has no subscription of that number."""
        ...


class Deliveries(Protocol):
    """Which digests were sent. A slot is delivered once, whatever crashes."""

    async def claim(
        self, subscription: int, slot: datetime, now: datetime, lease: timedelta
    ) -> Delivery | None:
        """Claim a slot; None when it is delivered, or claimed by someone less than `lease` ago.

        None too when the subscription is gone. Every claim of a slot has the same id.
        """
        ...

    async def delivered(self, delivery: Delivery, ts: str, now: datetime) -> None:
        """Its message was posted as `ts`."""
        ...

    async def release(self, delivery: Delivery) -> None:
        """It could not be posted; the next claim may try again at once."""
        ...


class DigestPost(Protocol):
    """Where digests are posted."""

    async def post(self, channel: str, digest: Digest, delivery_id: str) -> str:
        """Post it, marked with the delivery's id; the message's ts. Raises SlackError."""
        ...

    async def find(self, channel: str, delivery_id: str, since: datetime) -> str | None:
        """The ts of the message with that mark posted at or after `since`, if there is one."""
        ...


class Offers(Protocol):
    """AWS's price list."""

    def documents(self, regions: Collection[str] | None = None) -> AsyncIterator[Mapping[str, Any]]:
        """Its offer files for `regions` (None: for all), one by one. Raises PriceError."""
        ...


class PriceBooks(Protocol):
    """The price books kept so far. Old ones stay, so that old reports reprice as they were."""

    async def keep(self, book: PriceBook, fetched_at: datetime) -> None:
        """Keep this one, forever."""
        ...

    async def newest(self) -> PriceBook | None:
        """The one fetched last; None before the first."""
        ...

    async def at(self, moment: datetime) -> PriceBook | None:
        """The one that was in use at `moment`: the last one fetched by then, if any was."""
        ...


class Billing(Protocol):
    """What AWS billed. Every reading costs money."""

    async def read(self, month: date, accounts: Collection[str] = ()) -> Bill:
        """The S3 lines of the month that begins on `month`. Raises PriceError.

        accounts: those to bill for; none for all that the credentials may see.
        """
        ...


class Bills(Protocol):
    """The bills read so far."""

    async def keep(self, bill: Bill) -> None:
        """Keep this one, in place of an earlier reading of the same month and accounts."""
        ...

    async def of(self, month: date, accounts: Collection[str] = ()) -> Bill | None:
        """The last reading for exactly these accounts, if there is one."""
        ...
