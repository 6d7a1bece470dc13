"""Which digests were sent: each slot is claimed, posted and marked, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Update, literal, or_, select, update

from bot.core.delivery import Delivery
from bot.store.database import Database
from bot.store.schema import Moment, deliveries, subscriptions


class SqlDeliveries:
    """The port `Deliveries` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(
        self, subscription: int, slot: datetime, now: datetime, lease: timedelta
    ) -> Delivery | None:
        """Claim a slot; None when it is delivered, or claimed by someone less than `lease` ago.

        None too when there is no such subscription any more. Every claim of a slot has the
        same id, so that the message of an earlier one can be found.
        """
        # One statement, so that of two replicas one wins. The subscription is locked, so that
        # nobody removes it between being found here and being referred to.
        found = (
            select(
                subscriptions.c.id,
                literal(slot, Moment),
                literal(uuid4().hex),
                literal(1),
                literal(now, Moment),
            )
            .where(subscriptions.c.id == subscription)
            .with_for_update(read=True, key_share=True)
        )
        columns = ["subscription_id", "slot", "id", "attempt", "claimed_at"]
        row = self._database.insert(deliveries).from_select(columns, found)
        claimed = row.on_conflict_do_update(
            index_elements=[deliveries.c.subscription_id, deliveries.c.slot],
            set_={"attempt": deliveries.c.attempt + 1, "claimed_at": row.excluded.claimed_at},
            where=deliveries.c.ts.is_(None)
            & or_(deliveries.c.claimed_at.is_(None), deliveries.c.claimed_at <= now - lease),
        ).returning(deliveries.c.id, deliveries.c.attempt)
        async with self._database.write() as connection:
            won = (await connection.execute(claimed)).first()
        return Delivery(won.id, subscription, slot, won.attempt) if won else None

    async def delivered(self, delivery: Delivery, ts: str, now: datetime) -> None:
        """Its message was posted as `ts`."""
        await self._change(
            update(deliveries)
            .where(deliveries.c.id == delivery.id, deliveries.c.ts.is_(None))
            .values(ts=ts, delivered_at=now)
        )

    async def release(self, delivery: Delivery) -> None:
        """It could not be posted; the next claim may try again at once.

        Changes nothing when someone else has claimed it since.
        """
        await self._change(
            update(deliveries)
            .where(deliveries.c.id == delivery.id, deliveries.c.attempt == delivery.attempt)
            .values(claimed_at=None)
        )

    async def _change(self, change: Update) -> None:
        async with self._database.write() as connection:
            await connection.execute(change)
