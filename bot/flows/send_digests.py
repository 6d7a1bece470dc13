"""Send the digests that are due: each slot once, whatever crashes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from bot.core.delivery import Delivery
from bot.core.digest import Subscription
from bot.errors import Told
from bot.flows.compose_digest import ComposeDigest
from bot.flows.ports import (
    Clock,
    Deliveries,
    DigestPost,
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


class SendDigests:
    """The scheduler and what it does. Several replicas may run it on one database."""

    def __init__(
        self,
        compose: ComposeDigest,
        subscriptions: Subscriptions,
        deliveries: Deliveries,
        threads: Threads,
        post: DigestPost,
        clock: Clock,
    ) -> None:
        self._compose = compose
        self._subscriptions = subscriptions
        self._deliveries = deliveries
        self._threads = threads
        self._post = post
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
            digest = await self._compose(subscription)
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
