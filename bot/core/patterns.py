"""Globs and regular expressions over names, as a query writes them: `logs-*,-*-test,/^tmp/`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

# RE2 matches in linear time: a question like `bucket=/(a+)+$/` must not stall the bot.
import re2


@dataclass(frozen=True, slots=True)
class Pattern:
    """One word of a filter. Upper and lower case are the same.

    text: a glob of the whole name (`*`, `?`), or the inside of `/a regular expression/`,
        which may match anywhere in the name.
    exclude: True for `-logs-*` and `!logs-*`.
    Raises ValueError for a regular expression that RE2 refuses.
    """

    text: str
    regex: bool = False
    exclude: bool = False

    def __post_init__(self) -> None:
        _compiled(self)

    def matches(self, name: str) -> bool:
        """Whether `name` is named, `exclude` apart."""
        return _compiled(self).search(name) is not None

    def __str__(self) -> str:
        body = f"/{self.text}/" if self.regex else self.text
        return f"-{body}" if self.exclude else body


@lru_cache(maxsize=1024)
def _compiled(pattern: Pattern) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    source = pattern.text
    if not pattern.regex:
        glob = re.escape(source).replace(r"\*", ".*").replace(r"\?", ".")
        source = rf"\A(?s:{glob})\z"
    try:
        return re2.compile(source, options)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        said = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(said) from error


@dataclass(frozen=True, slots=True)
class Patterns:
    """A whole filter: a name passes if a pattern names it and no excluding one does.

    With excluding patterns only, everything else passes; without patterns, everything does.
    """

    patterns: tuple[Pattern, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.patterns)

    def __str__(self) -> str:
        return ",".join(str(pattern) for pattern in self.patterns)

    def match(self, name: str) -> bool:
        """Whether `name` passes."""
        wanted = [pattern for pattern in self.patterns if not pattern.exclude]
        if any(pattern.exclude and pattern.matches(name) for pattern in self.patterns):
            return False
        return not wanted or any(pattern.matches(name) for pattern in wanted)

    def select(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of `names` that pass, in their order."""
        return tuple(name for name in names if self.match(name))


EVERYTHING = Patterns()
