"""The query language: the words people type, parsed into a `Command`.

Slash commands, mentions, replies in a thread, digests and the terminal all speak it. A reply
is the same language over the thread's last question: `parse("only glacier", over=query)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import Any

from bot import data
from bot.core.advice import BILL_EXAMPLE, EXAMPLE, SAMPLES, code, quote, try_this, unknown
from bot.core.digest_language import digest
from bot.core.filters import CLASSES, NAME, is_pattern, names_region, patterns
from bot.core.patterns import Pattern, Patterns
from bot.core.query import (
    BillAsked,
    Command,
    Group,
    Plain,
    Query,
    Sort,
    Topic,
)
from bot.core.units import UNIT_WORDS
from bot.core.usage import Source
from bot.errors import QueryError

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
_QUESTIONS = frozenset(("report", "bucket", "cost"))
_ALL = frozenset(("all", "everything"))
_SPACED = frozenset(["by", "group", "limit", "order", "sort", "source", "top", "unit"])
_FILTERS = {"region": "regions", "class": "classes", "bucket": "buckets"}

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
            try_this(EXAMPLE),
        )
    # `region = eu-*` is one word however it is spaced; str.split knows every kind of space
    words = re.sub(r"\s*=\s*", "=", text).split()
    first = words[0].lower() if words else ""
    if first == "digest":
        return digest(words[1:], parse_query)
    if first == "bill":
        return _bill(words[1:])
    plain = [word.lower() for word in words if word.lower() not in _FILLERS]
    if plain and plain[0] in set(Plain):
        if len(plain) > 1:
            raise QueryError(f"`{plain[0]}` takes no more words.", try_this(plain[0]))
        return Plain(plain[0])
    return _Question(over).read(words)


def parse_query(text: str, over: Query | None = None) -> Query:
    """What a question kept as text asks, however long follow-ups have made it.

    Raises QueryError for another command, or one that the language no longer has.
    """
    command = parse(text, over, longest=None)
    if not isinstance(command, Query):
        raise QueryError(f"{quote(text)} is not a question about buckets.", try_this(EXAMPLE))
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
            raise QueryError(f"{quote(words[-1])} lacks its value.", try_this("only glacier"))
        for option, found in self._bare.items():
            self._put(_FILTERS[option], Patterns(tuple(dict.fromkeys(found))), option)
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
            raise QueryError(f"`{command}` is a second command.", f"Ask one: {code(EXAMPLE)}.")
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
            raise unknown("option", key, list(OPTIONS), lambda near: f"report {_sample(near)}")
        if not value:
            raise QueryError(f"`{option}=` lacks its value.", try_this(f"report {_sample(option)}"))
        if option in _FILTERS:
            self._put(_FILTERS[option], patterns(option, value), option)
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
        known = [*data.regions(), *CLASSES] if "-" in lean else _vocabulary()
        near = get_close_matches(lean, known, 1, 0.8)
        if bare in UNIT_WORDS and len(bare) > 1 and self._mode != "not":
            self._put("unit", UNIT_WORDS[bare], "unit")
        elif lean.replace("-", "_") in CLASSES:
            self._filter("class", bare)
        elif names_region(lean):
            self._filter("region", bare)
        elif named and not near and is_pattern(word):
            self._filter("bucket", word)
        else:
            raise unknown("word", word, _vocabulary(), _sample)

    def _filter(self, option: str, word: str) -> None:
        for pattern in patterns(option, word).patterns:
            found = replace(pattern, exclude=pattern.exclude or self._mode == "not")
            self._bare.setdefault(option, []).append(found)

    def _put(self, field: str, value: object, option: str) -> None:
        if field in self._given:
            commas = ", with commas" if option in _FILTERS else ""
            raise QueryError(
                f"`{option}` is given twice.",
                f"Give it once{commas}: {code(_sample(option))}.",
            )
        self._given[field] = value


def _bill(words: list[str]) -> BillAsked:
    if not words:
        return BillAsked()
    month = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", words[0]) if len(words) == 1 else None
    if month is None:
        raise QueryError(
            f"{quote(' '.join(words))} is no month.", f"Try `bill` or {code(BILL_EXAMPLE)}."
        )
    return BillAsked(date(int(month[1]), int(month[2]), 1))


def _bucket_name(word: str) -> str:
    if not word:
        raise QueryError("`bucket` needs a bucket's name.", try_this("bucket my-bucket"))
    if not NAME.fullmatch(word) or "*" in word or "?" in word:
        raise QueryError(
            f"{quote(word)} is not one bucket's name.",
            f"For several, try {code('report bucket=logs-*')}.",
        )
    return word


def _choice(option: str, word: str, known: list[str]) -> str:
    lower = word.lower()
    if lower in known:
        return lower
    shown = list(dict.fromkeys(UNIT_WORDS.values())) if option == "unit" else known
    raise unknown(
        option, word, [str(value) for value in shown], lambda near: f"report {option}={near}"
    )


def _top(value: str) -> int | None:
    if value.lower() == "all":
        return None
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= MOST_ROWS):
        raise QueryError(
            f"`top` is a number from 1 to {MOST_ROWS:,}, not {quote(value)}.",
            try_this("report top=10"),
        )
    return int(value)


@cache
def _vocabulary() -> list[str]:
    return [*OPTIONS, *FLAGS, *COMMANDS, *UNIT_WORDS, *CLASSES, *data.regions()]


def _sample(word: str) -> str:
    """An example of a word in use."""
    if word in COMMANDS and word not in SAMPLES:
        return word if word != "report" else EXAMPLE
    return SAMPLES.get(word, f"report {word}")
