"""The query language: the words people type, parsed into a `Command`.

Slash commands, mentions, replies in a thread, digests and the terminal all speak it. A reply
is the same language over the thread's last question: `parse("only glacier", over=query)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from bot import data
from bot.core.patterns import Pattern, Patterns
from bot.core.query import (
    BillAsked,
    Command,
    DigestAdd,
    DigestList,
    DigestNow,
    DigestRemove,
    Group,
    Plain,
    Query,
    Sort,
    Topic,
)
from bot.core.schedule import DAYS, Weekly
from bot.core.storage import STORAGE_CLASSES, UNPRICED_CLASSES
from bot.core.units import UNIT_WORDS
from bot.core.usage import Source
from bot.errors import QueryError

EXAMPLE = "report region=us-east-1 unit=TB"
DIGEST_EXAMPLE = "digest weekly mon 09:00 tz=Europe/Paris"
BILL_EXAMPLE = "bill 2026-10"
LONGEST = 2_000  # characters; Slack's own limit is higher, a real question is far shorter
MOST_ROWS = 1_000

#: Every option and what it is also called.
OPTIONS: dict[str, tuple[str, ...]] = {
    "region": ("regions",),
    "class": ("classes", "storage_class", "storageclass"),
    "bucket": ("buckets",),
    "group": ("by",),
    "sort": ("order",),
    "top": ("limit",),
    "unit": ("units",),
    "source": (),
}
FLAGS = ("fresh", "private")
COMMANDS = ("report", "bucket", "cost", "bill", "digest", *Plain)

_CANONICAL = {alias: option for option, also in OPTIONS.items() for alias in (option, *also)}
#: Words that carry no meaning of their own: "show only glacier in GB, please".
_FILLERS = frozenset(
    [
        "a",
        "an",
        "but",
        "for",
        "from",
        "in",
        "just",
        "me",
        "of",
        "please",
        "s3",
        "show",
        "the",
        "to",
        "with",
    ]
)
_JOINS = frozenset(("and", "or", "&", "+"))
_NEGATIONS = frozenset(["except", "exclude", "excluding", "no", "not", "without"])
_CLASSES = {name.lower(): name for name in (*STORAGE_CLASSES, *UNPRICED_CLASSES)}
_QUESTIONS = frozenset(("report", "bucket", "cost"))
_ALL = frozenset(("all", "everything"))
_SPACED = frozenset(["by", "group", "limit", "order", "sort", "source", "top", "unit"])
_FILTERS = {"region": "regions", "class": "classes", "bucket": "buckets"}

# S3's bucket names, upper case and underscores of old us-east-1 names included, and * and ?
_NAME = re.compile(r"[A-Za-z0-9*?][A-Za-z0-9._*?-]{0,254}")
_ITEM = re.compile(r"([-!]?)(?:/([^/\s]+)/|([^,/\s]+))(?:,|$)")
_KEYED = re.compile(r"([A-Za-z_]+)[=:](.*)", re.DOTALL)


def parse(text: str, over: Query | None = None, *, longest: int | None = LONGEST) -> Command:
    """What `text` asks; words left unsaid are those of `over`, the thread's last question.

    A command word (`report`, `bucket NAME`) starts from nothing again. `longest` bounds what
    people type; what `str(query)` printed is read whatever its length. Raises QueryError,
    whose advice is something that can be typed.
    """
    if longest is not None and len(text) > longest:
        raise QueryError(
            f"That question is {len(text):,} characters long; at most {LONGEST:,} are read.",
            _try(EXAMPLE),
        )
    # `region = eu-*` is one word however it is spaced; str.split knows every kind of space
    words = re.sub(r"\s*=\s*", "=", text).split()
    first = words[0].lower() if words else ""
    if first == "digest":
        return _digest(words[1:])
    if first == "bill":
        return _bill(words[1:])
    plain = [word.lower() for word in words if word.lower() not in _FILLERS]
    if plain and plain[0] in set(Plain):
        if len(plain) > 1:
            raise QueryError(f"`{plain[0]}` takes no more words.", _try(plain[0]))
        return Plain(plain[0])
    return _Question(over).read(words)


def parse_query(text: str, over: Query | None = None) -> Query:
    """What a question kept as text asks, however long follow-ups have made it.

    Raises QueryError for another command, or one that the language no longer has.
    """
    command = parse(text, over, longest=None)
    if not isinstance(command, Query):
        raise QueryError(f"{_quote(text)} is not a question about buckets.", _try(EXAMPLE))
    return command


class _Question:
    """Reads words one by one into the fields of a `Query`."""

    def __init__(self, over: Query | None) -> None:
        self._base = replace(over, fresh=False) if over else Query()
        self._given: dict[str, Any] = {}
        self._bare: dict[str, list[Pattern]] = {}
        self._words: Iterator[str] = iter(())
        self._command = ""
        self._mode = ""  # "only" or "not" while the values after it are read

    def read(self, words: list[str]) -> Query:
        self._words = iter(words)
        for word in self._words:
            self._word(word)
        if self._mode.endswith("?"):
            raise QueryError(f"{_quote(words[-1])} lacks its value.", _try("only glacier"))
        for option, patterns in self._bare.items():
            self._put(_FILTERS[option], Patterns(tuple(dict.fromkeys(patterns))), option)
        return replace(self._base, **self._given)

    def _word(self, word: str) -> None:
        keyed = _KEYED.fullmatch(word)
        if keyed:
            self._mode = ""
            self._option(*keyed.groups())
            return
        bare = word.strip(",;").lower()
        if not bare or bare in _JOINS:
            return
        if bare in _NEGATIONS or bare == "only":
            self._mode = "only?" if bare == "only" else "not?"
        elif bare in _FILLERS:
            self._mode = self._mode if self._mode.endswith("?") else ""
        elif bare in _QUESTIONS:
            self._start(bare)
        elif bare in _SPACED:
            self._mode = ""
            self._spaced(bare)
        elif bare in FLAGS:
            self._put(bare, True, bare)
        elif bare in _ALL:
            self._everything()
        else:
            self._mode = self._mode.rstrip("?")
            self._value(word.strip(",;"))

    def _start(self, command: str) -> None:
        if self._command:
            raise QueryError(f"`{command}` is a second command.", f"Ask one: {_code(EXAMPLE)}.")
        self._command = command
        self._base = Query()
        if command == "bucket":
            self._given["bucket"] = _bucket_name(next(self._words, ""))
        elif command == "cost":
            self._given["topic"] = Topic.COST

    def _everything(self) -> None:
        """`all`, `all regions`: takes filters away."""
        following = next(self._words, "").lower()
        fields = [field for field in _FILTERS.values() if following in (field, field[:-1])]
        for field in fields or _FILTERS.values():
            self._put(field, Patterns(), field)
        self._put("top", None, "top")
        if following and not fields:
            self._word(following)

    def _spaced(self, word: str) -> None:
        """`top 5`, `sort by cost`, `group by region`, `by region`, `by size`."""
        value = next(self._words, "")
        if value.lower() == "by":
            value = next(self._words, "")
        if word == "by" and value.lower().lstrip("-") in set(Sort):
            word = "sort"
        self._option(word, value.strip(",;"))

    def _option(self, key: str, value: str) -> None:
        option = _CANONICAL.get(key.lower())
        if option is None:
            raise _unknown("option", key, list(OPTIONS), lambda near: f"report {_sample(near)}")
        if not value:
            raise QueryError(f"`{option}=` lacks its value.", _try(f"report {_sample(option)}"))
        if option in _FILTERS:
            self._put(_FILTERS[option], _patterns(option, value), option)
        elif option == "sort":
            order = value.lower()
            self._put("sort", Sort(_choice("sort", order.removeprefix("-"), list(Sort))), "sort")
            self._given["reverse"] = order.startswith("-")
        elif option == "group":
            self._put("group", Group(_choice("group", value, list(Group))), option)
        elif option == "source":
            self._put("source", Source(_choice("source", value, list(Source))), option)
        elif option == "unit":
            self._put("unit", UNIT_WORDS[_choice("unit", value, list(UNIT_WORDS))], option)
        else:
            self._put("top", _top(value), option)

    def _value(self, word: str) -> None:
        """A value without its option, told by what it is: `glacier`, `eu-*`, `GB`, `logs-*`."""
        bare = word.lower()
        lean = bare.lstrip("-!")
        # `*` and `/…/` can only be meant as names of buckets; a plain word must be asked for
        named = bool(self._mode) or self._command == "cost" or any(sign in word for sign in "*?/")
        known = [*data.regions(), *_CLASSES] if "-" in lean else _vocabulary()
        near = get_close_matches(lean, known, 1, 0.8)
        if bare in UNIT_WORDS and len(bare) > 1 and self._mode != "not":
            self._put("unit", UNIT_WORDS[bare], "unit")
        elif lean.replace("-", "_") in _CLASSES:
            self._filter("class", bare)
        elif _names_region(lean):
            self._filter("region", bare)
        elif named and not near and _is_pattern(word):
            self._filter("bucket", word)
        else:
            raise _unknown("word", word, _vocabulary(), _sample)

    def _filter(self, option: str, word: str) -> None:
        for pattern in _patterns(option, word).patterns:
            found = replace(pattern, exclude=pattern.exclude or self._mode == "not")
            self._bare.setdefault(option, []).append(found)

    def _put(self, field: str, value: object, option: str) -> None:
        if field in self._given:
            commas = ", with commas" if option in _FILTERS else ""
            raise QueryError(
                f"`{option}` is given twice.",
                f"Give it once{commas}: {_code(_sample(option))}.",
            )
        self._given[field] = value


def _bill(words: list[str]) -> BillAsked:
    if not words:
        return BillAsked()
    month = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", words[0]) if len(words) == 1 else None
    if month is None:
        raise QueryError(
            f"{_quote(' '.join(words))} is no month.", f"Try `bill` or {_code(BILL_EXAMPLE)}."
        )
    return BillAsked(date(int(month[1]), int(month[2]), 1))


def _digest(words: list[str]) -> Command:
    verb = words[0].lower() if words else ""
    if verb == "list" and len(words) == 1:
        return DigestList()
    if verb in ("remove", "now"):
        number = words[1].lstrip("#") if len(words) == 2 else ""
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            raise QueryError(
                f"`digest {verb}` needs the number of a digest.",
                f"See the numbers with {_code('digest list')}, then {_code(f'digest {verb} 1')}.",
            )
        return DigestRemove(int(number)) if verb == "remove" else DigestNow(int(number))
    if verb != "weekly":
        problem = f"{_quote(verb)} is nothing a digest can do." if verb else "A digest needs a day."
        raise QueryError(
            problem,
            f"Try {_code(DIGEST_EXAMPLE)}, {_code('digest list')} or {_code('digest remove 1')}.",
        )
    return _weekly(words[1:])


def _weekly(words: list[str]) -> DigestAdd:
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
        raise QueryError(f"A weekly digest needs {lacks}.", _try(DIGEST_EXAMPLE))
    query = parse_query(" ".join(rest)) if rest else Query()
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
            f"{_quote(word)} is no time zone.",
            f"Did you mean `tz={likely}`? " + _try(DIGEST_EXAMPLE),
        )
    return known


def _bucket_name(word: str) -> str:
    if not word:
        raise QueryError("`bucket` needs a bucket's name.", _try("bucket my-bucket"))
    if not _NAME.fullmatch(word) or "*" in word or "?" in word:
        raise QueryError(
            f"{_quote(word)} is not one bucket's name.",
            f"For several, try {_code('report bucket=logs-*')}.",
        )
    return word


def _is_pattern(word: str) -> bool:
    return all(regex or _NAME.fullmatch(glob) for _, regex, glob in _items(word)) and bool(
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


def _patterns(option: str, value: str) -> Patterns:
    items = list(_items(value))
    if not items:
        raise QueryError(
            f"{_quote(value)} is not a list of names, globs and /regular expressions/.",
            _try(f"report {_sample(option)}"),
        )
    return Patterns(tuple(dict.fromkeys(_pattern(option, *item) for item in items)))


def _pattern(option: str, sign: str, regex: str, glob: str) -> Pattern:
    if option == "class":
        glob, known = glob.upper().replace("-", "_"), list(_CLASSES.values())
    elif option == "region":
        glob, known = glob.lower(), list(data.regions())
    else:
        known = []
    if glob and not _NAME.fullmatch(glob):
        raise QueryError(
            f"{_quote(glob)} cannot be part of a {option}'s name.",
            _try(f"report {_sample(option)}"),
        )
    try:
        pattern = Pattern(regex or glob, regex=bool(regex), exclude=bool(sign))
    except ValueError as error:
        raise QueryError(
            f"{_quote(f'/{regex}/')} is not a regular expression: {error}.",
            _try("report bucket=/^logs-[0-9]+$/"),
        ) from error
    if known and not any(pattern.matches(name) for name in known):
        noun = "storage class" if option == "class" else "region"
        raise _unknown(
            noun, (regex and f"/{regex}/") or glob, known, lambda near: f"report {option}={near}"
        )
    return pattern


def _names_region(word: str) -> bool:
    if word in data.regions():
        return True
    starts = {region.split("-")[0] for region in data.regions()}
    shaped = re.fullmatch(r"([a-z]+)-[a-z0-9*?-]*[*?][a-z0-9*?-]*", word)
    return bool(shaped and shaped[1] in starts) and any(
        Pattern(word).matches(region) for region in data.regions()
    )


def _choice(option: str, word: str, known: list[str]) -> str:
    lower = word.lower()
    if lower in known:
        return lower
    shown = list(dict.fromkeys(UNIT_WORDS.values())) if option == "unit" else known
    raise _unknown(
        option, word, [str(value) for value in shown], lambda near: f"report {option}={near}"
    )


def _top(value: str) -> int | None:
    if value.lower() == "all":
        return None
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= MOST_ROWS):
        raise QueryError(
            f"`top` is a number from 1 to {MOST_ROWS:,}, not {_quote(value)}.",
            _try("report top=10"),
        )
    return int(value)


@cache
def _vocabulary() -> list[str]:
    return [*OPTIONS, *FLAGS, *COMMANDS, *UNIT_WORDS, *_CLASSES, *data.regions()]


def _sample(word: str) -> str:
    """An example of a word in use."""
    samples = {
        "region": "region=us-east-1,eu-*",
        "class": "class=GLACIER,STANDARD_IA",
        "bucket": "bucket=logs-*",
        "group": "group=region",
        "sort": "sort=size",
        "top": "top=10",
        "unit": "unit=TB",
        "source": "source=list",
        "digest": DIGEST_EXAMPLE,
        "bill": BILL_EXAMPLE,
    }
    if word in COMMANDS and word not in samples:
        return word if word != "report" else EXAMPLE
    return samples.get(word, f"report {word}")


def _unknown(noun: str, word: str, known: list[str], example: Callable[[str], str]) -> QueryError:
    """An error that names the nearest known word, and an example with it."""
    by_lower = {name.lower(): name for name in known}
    near = get_close_matches(word.lower().strip("-!*"), by_lower, 1, 0.5)
    problem = f"Unknown {noun} {_quote(word)}."
    if near:
        likely = by_lower[near[0]]
        return QueryError(problem, f"Did you mean `{likely}`? {_try(example(likely))}")
    if len(known) <= 12:
        return QueryError(problem, f"Use one of {', '.join(f'`{name}`' for name in known)}.")
    return QueryError(problem, f"{_try(EXAMPLE)} `help` lists every word.")


def _quote(word: str) -> str:
    """Somebody's word, short and on one line, as a part of a sentence."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in word)
    shown = shown.replace("`", "'")
    return f"`{shown if len(shown) <= 40 else shown[:39] + '…'}`"


def _code(text: str) -> str:
    return f"`{text}`"


def _try(example: str) -> str:
    return f"Try {_code(example)}."
