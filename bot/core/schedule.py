"""When a digest is due: weekly slots in a time zone, right across changes of daylight time."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

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
        slot = next(CronSim(self._cron, self._local(now + timedelta(minutes=1)), reverse=True))
        moment = slot.astimezone(UTC)
        while moment > now:
            moment = next(CronSim(self._cron, self._local(moment), reverse=True)).astimezone(UTC)
        return moment if now - moment < grace else None

    def next(self, now: datetime) -> datetime:
        """The first slot after `now`, in UTC."""
        return next(CronSim(self._cron, self._local(now))).astimezone(UTC)

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
