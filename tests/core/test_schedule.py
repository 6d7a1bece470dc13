import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.schedule import Weekly

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)

# Whole hours, half hours, two hours, at midnight, over the date line, twice a year, never
ZONES = (
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Pyongyang",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Europe/Paris",
    "Pacific/Apia",
    "UTC",
)


def utc(*parts: int) -> datetime:
    """A moment."""
    return datetime(*parts, tzinfo=UTC)


@cache
def changes(zone: str) -> list[datetime]:
    """When the zone's clocks were moved, to the minute, 2005 to 2030."""
    tz = ZoneInfo(zone)
    found = []
    low = utc(2005, 1, 1)
    while low < utc(2030, 1, 1):
        high = low + DAY
        if low.astimezone(tz).utcoffset() != high.astimezone(tz).utcoffset():
            before, after = low, high
            while after - before > MINUTE:
                middle = before + (after - before) // MINUTE // 2 * MINUTE
                if middle.astimezone(tz).utcoffset() == low.astimezone(tz).utcoffset():
                    before = middle
                else:
                    after = middle
            found.append(after)
        low = high
    return found


def slot_on(day: date, weekly: Weekly) -> datetime:
    """The slot of a day by definition: when a clock on the wall first shows that time or later."""
    tz = ZoneInfo(weekly.zone)
    wanted = datetime.combine(day, time(weekly.hour, weekly.minute))
    slot = wanted.replace(tzinfo=tz).astimezone(UTC)
    if slot.astimezone(tz).replace(tzinfo=None) == wanted:
        return slot
    slot -= 26 * HOUR
    while slot.astimezone(tz).replace(tzinfo=None) < wanted:
        slot += MINUTE
    return slot


def slots_around(now: datetime, weekly: Weekly) -> list[datetime]:
    """Every slot of the three weeks around `now`, from the definition."""
    today = now.astimezone(ZoneInfo(weekly.zone)).date()
    days = [today + timedelta(days=number) for number in range(-11, 12)]
    return [slot_on(day, weekly) for day in days if day.weekday() == weekly.weekday]


@st.composite
def moments(draw: st.DrawFn) -> tuple[Weekly, datetime]:
    """A schedule and a moment; mostly both close to a change of clocks."""
    zone = draw(st.sampled_from(ZONES))
    anywhere = st.timedeltas(timedelta(0), 9000 * DAY).map(utc(2005, 1, 1).__add__)
    change = draw(st.sampled_from(changes(zone)) if changes(zone) else anywhere)
    near = st.integers(-200, 200).map(lambda minutes: minutes * MINUTE)
    far = st.timedeltas(-9 * DAY, 9 * DAY)
    before = (change - 5 * MINUTE).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    wall = before + draw(near)
    weekly = Weekly(wall.weekday(), wall.hour, wall.minute, zone)
    return weekly, change + draw(near | far)


@given(moments())
def test_due_and_next_are_the_slots_around_now(case: tuple[Weekly, datetime]):
    """By the wall clock, whatever was done to it meanwhile."""
    weekly, now = case
    slots = slots_around(now, weekly)
    assert weekly.due(now, 3 * WEEK) == max(slot for slot in slots if slot <= now)
    assert weekly.next(now) == min(slot for slot in slots if slot > now)


@given(moments())
def test_the_next_slot_is_due_when_it_comes(case: tuple[Weekly, datetime]):
    """Not a microsecond before; and the one after it is the next one's next."""
    weekly, now = case
    slot = weekly.next(now)
    moment_before = slot - timedelta(microseconds=1)
    assert weekly.due(slot, WEEK) == slot
    assert weekly.due(moment_before, 3 * WEEK) == weekly.due(now, 3 * WEEK)
    assert weekly.next(moment_before) == slot
    assert weekly.next(slot) > slot


@given(moments(), st.timedeltas(timedelta(0), 2 * WEEK))
@example((Weekly(calendar.MONDAY, 9), utc(2026, 3, 2, 9)), timedelta(0))
def test_a_slot_is_due_until_its_grace_is_over(case: tuple[Weekly, datetime], grace: timedelta):
    """Younger than `grace` it is due; that old or older it is missed."""
    weekly, now = case
    slot = weekly.due(now, 3 * WEEK)
    assert slot is not None
    assert weekly.due(now, grace) == (slot if now - slot < grace else None)


@given(st.sampled_from(ZONES), st.integers(0, 6), st.integers(0, 23), st.integers(0, 59))
def test_every_week_has_one_slot(zone: str, weekday: int, hour: int, minute: int):
    """Walking a year from slot to slot takes 52 or 53 steps, changes of clocks or not."""
    weekly = Weekly(weekday, hour, minute, zone)
    now, end = utc(2011, 6, 1), utc(2012, 6, 1)
    slots = []
    while (now := weekly.next(now)) < end:
        slots.append(now)
    assert len(slots) in (52, 53)


@pytest.mark.parametrize(
    ("weekly", "now", "due", "following"),
    [
        pytest.param(
            Weekly(calendar.MONDAY, 9),
            utc(2026, 3, 2, 9, 0, 0, 1),
            utc(2026, 3, 2, 9),
            utc(2026, 3, 9, 9),
            id="in UTC",
        ),
        pytest.param(
            Weekly(calendar.SUNDAY, 9, 0, "Europe/Paris"),
            utc(2026, 3, 25),
            utc(2026, 3, 22, 8),
            utc(2026, 3, 29, 7),
            id="nine o'clock is an hour earlier in summer",
        ),
        pytest.param(
            Weekly(calendar.SUNDAY, 2, 30, "Europe/Paris"),
            utc(2026, 3, 29, 1, 10),
            utc(2026, 3, 29, 1),
            utc(2026, 4, 5, 0, 30),
            id="the skipped half past two falls to three",
        ),
        pytest.param(
            Weekly(calendar.SUNDAY, 2, 30, "Europe/Paris"),
            utc(2026, 3, 29, 0, 59, 59),
            utc(2026, 3, 22, 1, 30),
            utc(2026, 3, 29, 1),
            id="and is not due before",
        ),
        pytest.param(
            Weekly(calendar.SUNDAY, 2, 30, "Europe/Paris"),
            utc(2026, 10, 25, 1, 10),
            utc(2026, 10, 25, 0, 30),
            utc(2026, 11, 1, 1, 30),
            id="of the doubled half past two the first, though clocks show ten past two again",
        ),
        pytest.param(
            Weekly(calendar.SUNDAY, 2, 30, "Europe/Paris"),
            utc(2026, 10, 25, 1, 40),
            utc(2026, 10, 25, 0, 30),
            utc(2026, 11, 1, 1, 30),
            id="and not the second",
        ),
        pytest.param(
            Weekly(calendar.FRIDAY, 9, 0, "Pacific/Apia"),
            utc(2011, 12, 30, 11),
            utc(2011, 12, 30, 10),
            utc(2012, 1, 5, 19),
            id="Samoa had no Friday, 30 December 2011",
        ),
    ],
)
def test_worked_examples(weekly: Weekly, now: datetime, due: datetime, following: datetime):
    """Times a reader can check against a calendar."""
    assert (weekly.due(now, 2 * WEEK), weekly.next(now)) == (due, following)


def test_slots_are_in_utc():
    """Whatever the schedule's zone, so that a slot is the same value everywhere."""
    weekly = Weekly(calendar.MONDAY, 9, 0, "Asia/Kathmandu")
    now = datetime(2026, 3, 4, 12, tzinfo=ZoneInfo("America/New_York"))
    due = weekly.due(now, WEEK)
    assert due
    assert (due.tzinfo, weekly.next(now).tzinfo) == (UTC, UTC)


def test_words():
    """As the question's language writes it; UTC goes without saying."""
    assert str(Weekly(calendar.SUNDAY, 7, 5)) == "weekly sun 07:05"
    assert str(Weekly(0, 19, 0, "Europe/Paris")) == "weekly mon 19:00 tz=Europe/Paris"
    assert Weekly(calendar.SUNDAY, 7).day == "Sunday"
