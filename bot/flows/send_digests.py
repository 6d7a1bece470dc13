"""Send the digests that are due: each slot once, whatever crashes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog

from bot.core.change import Change, change
from bot.core.digest import Digest, Subscription
from bot.core.prices import PriceBook
from bot.core.report import Report, report
from bot.core.snapshot import Snapshot
from bot.errors import Told
from bot.flows.latest import LatestSnapshot
from bot.flows.ports import (
    Clock,
    Collector,
    Deliveries,
    Delivery,
    DigestPost,
    Snapshots,
    Subscriptions,
    Threads,
)

logger = structlog.get_logger()

#: A slot missed while the bot was down is still sent this long after it.
GRACE = timedelta(days=1)
#: Who claimed a slot and then fell silent has lost it after this long.
LEASE = timedelta(minutes=10)
#: Between two looks at the subscriptions.
TICK = timedelta(seconds=30)
WEEK = timedelta(days=7)
#: A snapshot this far from a week ago still counts as a week ago.
NEAR = timedelta(hours=36)


class SendDigests:
    """The scheduler and what it does. Several replicas may run it on one database."""

    def __init__(
        self,
        latest: LatestSnapshot,
        collector: Collector,
        snapshots: Snapshots,
        subscriptions: Subscriptions,
        deliveries: Deliveries,
        threads: Threads,
        post: DigestPost,
        prices: Callable[[], PriceBook],
        clock: Clock,
    ) -> None:
        self._latest = latest
        self._collector = collector
        self._snapshots = snapshots
        self._subscriptions = subscriptions
        self._deliveries = deliveries
        self._threads = threads
        self._post = post
        self._prices = prices
        self._clock = clock

    async def run(self) -> None:
        """Send what is due, for ever."""
        while True:
            await self.send_due()
            await self._clock.sleep(TICK.total_seconds())

    async def send_due(self) -> int:
        """Send every digest that is due now; how many messages were posted.

        What fails is logged and tried again after `LEASE`, for as long as `GRACE` lasts.
        """
        try:
            subscriptions = await self._subscriptions.all()
        except Told as told:
            logger.error(f"Digests are not read: {told}", action="digests_unread")
            return 0
        sent = 0
        for subscription in subscriptions:
            try:
                sent += await self._send(subscription)
            except Told as told:
                logger.warning(
                    f"Digest {subscription.id} is not sent: {told}",
                    action="digest_failed",
                    channel=subscription.channel,
                )
        return sent

    async def _send(self, subscription: Subscription) -> bool:
        now = self._clock.now()
        slot = subscription.schedule.due(now, GRACE)
        if slot is None or slot <= subscription.created:
            return False
        delivery = await self._deliveries.claim(subscription.id, slot, now, LEASE)
        if delivery is None:
            return False
        if delivery.retried and (ts := await self._posted_before(subscription, delivery)):
            await self._delivered(subscription, delivery, ts)
            return False
        try:
            digest = await self.compose(subscription)
        except asyncio.CancelledError:
            # Stopped before anything was posted: whoever comes next need not wait.
            await self._deliveries.release(delivery)
            raise
        ts = await self._post.post(subscription.channel, digest, delivery.id)
        await self._delivered(subscription, delivery, ts)
        logger.info(
            f"Digest {subscription.id} sent to {subscription.channel}",
            action="digest_sent",
            slot=slot.isoformat(),
        )
        return True

    async def _delivered(self, subscription: Subscription, delivery: Delivery, ts: str) -> None:
        now = self._clock.now()
        await self._deliveries.delivered(delivery, ts, now)
        await self._threads.remember(subscription.channel, ts, subscription.query, now)

    async def _posted_before(self, subscription: Subscription, delivery: Delivery) -> str | None:
        return await self._post.find(subscription.channel, delivery.id, delivery.slot)

    async def compose(self, subscription: Subscription) -> Digest:
        """The digest as of now. Raises EstateError."""
        query = subscription.query
        snapshot = await self._latest.get(query.scope)
        earlier = await self._week_before(snapshot, subscription)
        book = self._prices()
        current = await asyncio.to_thread(report, snapshot, query, book)
        return Digest(
            subscription,
            current,
            await asyncio.to_thread(self._change, earlier, current, book),
            subscription.schedule.next(self._clock.now()),
        )

    async def _week_before(self, snapshot: Snapshot, subscription: Subscription) -> Snapshot | None:
        """From the bot's own history, else from what AWS itself remembers."""
        scope = subscription.query.scope
        moment = snapshot.taken_at - WEEK
        kept = await self._snapshots.near(scope, moment, NEAR)
        return kept or await self._collector.recollect(scope, moment)

    @staticmethod
    def _change(earlier: Snapshot | None, current: Report, book: PriceBook) -> Change | None:
        """Both at today's prices: a change of price is no change of the estate."""
        return earlier and change(report(earlier, current.query, book), current)
