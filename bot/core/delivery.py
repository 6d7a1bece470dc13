"""The sending of one digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One digest of one slot. `id` marks the posted message, so that it can be found again.

    attempt: how many times the slot has been claimed, this claim included.
    """

    id: str
    subscription: int
    slot: datetime
    attempt: int = 1

    @property
    def retried(self) -> bool:
        """Whether an earlier claim of the same slot ended without a message known."""
        return self.attempt > 1
