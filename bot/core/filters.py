"""The values of filters: names, globs and regular expressions, with commas between them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot import data
from bot.core.advice import SAMPLES, quote, try_this, unknown
from bot.core.patterns import Pattern, Patterns
from bot.core.storage import STORAGE_CLASSES, UNPRICED_CLASSES
from bot.errors import QueryError

#: Storage classes by what people type of them.
CLASSES = {name.lower(): name for name in (*STORAGE_CLASSES, *UNPRICED_CLASSES)}
#: S3's bucket names, upper case and underscores of old us-east-1 names included, and * and ?
NAME = re.compile(r"[A-Za-z0-9*?][A-Za-z0-9._*?-]{0,254}")
_ITEM = re.compile(r"([-!]?)(?:/([^/\s]+)/|([^,/\s]+))(?:,|$)")


def is_pattern(word: str) -> bool:
    """Whether a bare word can only be names, globs or regular expressions."""
    return all(regex or NAME.fullmatch(glob) for _, regex, glob in _items(word)) and bool(
        list(_items(word))
    )


def _items(value: str) -> Iterator[tuple[str, str, str]]:
    """(sign, regular expression, glob) of each comma-separated item; nothing if malformed."""
    at, found = 0, []
    while at < len(value):
        match = _ITEM.match(value, at)
        if match is None:
            return
        found.append((match[1], match[2] or "", match[3] or ""))
        at = match.end()
    yield from found


def patterns(option: str, value: str) -> Patterns:
    """The value of a filter. Raises QueryError."""
    items = list(_items(value))
    if not items:
        raise QueryError(
            f"{quote(value)} is not a list of names, globs and /regular expressions/.",
            try_this(f"report {SAMPLES[option]}"),
        )
    return Patterns(tuple(dict.fromkeys(_pattern(option, *item) for item in items)))


def _pattern(option: str, sign: str, regex: str, glob: str) -> Pattern:
    if option == "class":
        glob, known = glob.upper().replace("-", "_"), list(CLASSES.values())
    elif option == "region":
        glob, known = glob.lower(), list(data.regions())
    else:
        known = []
    if glob and not NAME.fullmatch(glob):
        raise QueryError(
            f"{quote(glob)} cannot be part of a {option}'s name.",
            try_this(f"report {SAMPLES[option]}"),
        )
    try:
        pattern = Pattern(regex or glob, regex=bool(regex), exclude=bool(sign))
    except ValueError as error:
        raise QueryError(
            f"{quote(f'/{regex}/')} is not a regular expression: {error}.",
            try_this("report bucket=/^logs-[0-9]+$/"),
        ) from error
    if known and not any(pattern.matches(name) for name in known):
        noun = "storage class" if option == "class" else "region"
        raise unknown(
            noun, (regex and f"/{regex}/") or glob, known, lambda near: f"report {option}={near}"
        )
    return pattern


def names_region(word: str) -> bool:
    """Whether a bare word is a region, or a glob of regions."""
    if word in data.regions():
        return True
    starts = {region.split("-")[0] for region in data.regions()}
    shaped = re.fullmatch(r"([a-z]+)-[a-z0-9*?-]*[*?][a-z0-9*?-]*", word)
    return bool(shaped and shaped[1] in starts) and any(
        Pattern(word).matches(region) for region in data.regions()
    )
