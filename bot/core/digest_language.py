"""The words of digests: which day, at what time, in which zone, and the question to ask then."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones

from bot.core.advice import DIGEST_EXAMPLE, code, quote, try_this
from bot.core.query import Command, DigestAdd, DigestList, DigestNow, DigestRemove, Query
from bot.core.schedule import DAYS, Weekly
from bot.errors import QueryError


def digest(words: list[str], question: Callable[[str], Query]) -> Command:
    """What the words after `digest` ask; `question` parses what is left. Raises QueryError."""
    verb = words[0].lower() if words else ""
    if verb == "list" and len(words) == 1:
        return DigestList()
    if verb in ("remove", "now"):
        number = words[1].lstrip("#") if len(words) == 2 else ""
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            raise QueryError(
                f"`digest {verb}` needs the number of a digest.",
                f"See the numbers with {code('digest list')}, then {code(f'digest {verb} 1')}.",
            )
        return DigestRemove(int(number)) if verb == "remove" else DigestNow(int(number))
    if verb != "weekly":
        problem = f"{quote(verb)} is nothing a digest can do." if verb else "A digest needs a day."
        raise QueryError(
            problem,
            f"Try {code(DIGEST_EXAMPLE)}, {code('digest list')} or {code('digest remove 1')}.",
        )
    return _weekly(words[1:], question)


def _weekly(words: list[str], question: Callable[[str], Query]) -> DigestAdd:
    day: int | None = None
    time: tuple[int, int] | None = None
    zone: str | None = None
    rest: list[str] = []
    for word in words:
        lower = word.lower().rstrip(",")
        clock = re.fullmatch(r"([01]?\d|2[0-3])[:.]([0-5]\d)", lower)
        if day is None and lower.isalpha() and len(lower) >= 3 and lower[:3] in DAYS:
            day = DAYS.index(lower[:3])
        elif time is None and clock:
            time = int(clock[1]), int(clock[2])
        elif lower.startswith(("tz=", "tz:")) and zone is None:
            zone = _zone(word[3:])
        elif lower not in ("at", "on", "every"):
            rest.append(word)
    if day is None or time is None:
        lacks = "a day" if day is None else "a time of day, such as 09:00"
        raise QueryError(f"A weekly digest needs {lacks}.", try_this(DIGEST_EXAMPLE))
    query = question(" ".join(rest)) if rest else Query()
    schedule = Weekly(day, *time, zone=zone or "UTC")
    return DigestAdd(schedule, replace(query, fresh=False, private=False), zone is not None)


@cache
def _zones() -> dict[str, str]:
    return {zone.lower(): zone for zone in available_timezones()}


def _zone(word: str) -> str:
    known = _zones().get(word.lower())
    if known is None:
        near = get_close_matches(word.lower(), _zones(), 1, 0.5)
        likely = _zones()[near[0]] if near else "Europe/Paris"
        raise QueryError(
            f"{quote(word)} is no time zone.",
            f"Did you mean `tz={likely}`? " + try_this(DIGEST_EXAMPLE),
        )
    return known
