"""What is told to someone whose words were not understood: short, and something to type."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

from bot.errors import QueryError

EXAMPLE = "report region=us-east-1 unit=TB"
DIGEST_EXAMPLE = "digest weekly mon 09:00 tz=Europe/Paris"
BILL_EXAMPLE = "bill 2026-10"

#: Options and commands, each in use.
SAMPLES = {
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


def unknown(noun: str, word: str, known: list[str], example: Callable[[str], str]) -> QueryError:
    """An error that names the nearest known word, and an example with it."""
    by_lower = {name.lower(): name for name in known}
    near = get_close_matches(word.lower().strip("-!*"), by_lower, 1, 0.5)
    problem = f"Unknown {noun} {quote(word)}."
    if near:
        likely = by_lower[near[0]]
        return QueryError(problem, f"Did you mean `{likely}`? {try_this(example(likely))}")
    if len(known) <= 12:
        return QueryError(problem, f"Use one of {', '.join(f'`{name}`' for name in known)}.")
    return QueryError(problem, f"{try_this(EXAMPLE)} `help` lists every word.")


def quote(word: str) -> str:
    """Somebody's word, short and on one line, as a part of a sentence."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in word)
    shown = shown.replace("`", "'")
    return f"`{shown if len(shown) <= 40 else shown[:39] + '…'}`"


def code(text: str) -> str:
    """Something to type, as Slack shows it."""
    return f"`{text}`"


def try_this(example: str) -> str:
    """The sentence that names something to type."""
    return f"Try {code(example)}."
