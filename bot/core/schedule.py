"""When a digest is due: weekly slots in a time zone, right across changes of daylight time."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim

#: The most that a country has ever moved its clocks at once: over the date line.
_LONGEST_CHANGE = timedelta(days=1)
_LONGEST_WEEK = timedelta(weeks=1) + 2 * _LONGEST_CHANGE

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Weekly:
    """Every week on `weekday` (calendar.MONDAY is 0) at a local time of day.

    zone: an IANA name that zoneinfo knows. A local time that a change of daylight time skips
    falls to the moment after the gap, as cron does; one that occurs twice is used once.
    """

    weekday: int
    hour: int
    minute: int = 0
    zone: str = "UTC"

    def due(self, now: datetime, grace: timedelta) -> datetime | None:
        """The latest slot not after `now`, in UTC; None when it is `grace` old or older."""
        passed = takewhile(lambda slot: slot <= now, self._slots(now - _LONGEST_WEEK))
        slot = max(passed)
        return slot if now - slot < grace else None

    def next(self, now: datetime) -> datetime:
        """The first slot after `now`, in UTC."""
        return next(slot for slot in self._slots(now - _LONGEST_CHANGE) if slot > now)

    def _slots(self, since: datetime) -> Iterator[datetime]:
        """Slots in UTC, in order. The first may be earlier than `since`, by a change of clocks.

        Forward alone, and from well before what is looked for: in the hour that occurs twice
        cronsim knows only the wall clock, so that it takes a slot of the first for one to come
        and, backwards, for one that has not been.
        """
        return (slot.astimezone(UTC) for slot in CronSim(self._cron, self._local(since)))

    @property
    def _cron(self) -> str:
        # cron's Sunday is 0, calendar's is 6
        return f"{self.minute} {self.hour} * * {(self.weekday + 1) % 7}"

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.zone))

    @property
    def day(self) -> str:
        """The day's full English name."""
        return calendar.day_name[self.weekday]

    def __str__(self) -> str:
        words = f"weekly {DAYS[self.weekday]} {self.hour:02}:{self.minute:02}"
        return words if self.zone == "UTC" else f"{words} tz={self.zone}"
