"""Asking at a terminal whether something may cost what it costs."""

from __future__ import annotations

import signal
import sys
from decimal import Decimal

from rich.console import Console
from rich.text import Text

from bot.errors import ConsentError
from bot.views.format import dollars

#: Said after a no.
NO = "Nothing was listed."


def agree(question: str, most: Decimal) -> None:
    """Return when somebody at the terminal says yes.

    most: dollars that need no yes, for the error. Raises ConsentError for a no, and where no
    terminal is there to ask at.
    """
    if not (sys.stdin.isatty() and Console(stderr=True).is_terminal):
        raise ConsentError(
            f"{question} Somebody must agree above {dollars(most)}, "
            "and no terminal is here to ask at.",
            "Add --no-confirm, or raise S3MONITOR_SCAN_CONFIRM_USD.",
        )
    Console(stderr=True).print(Text(f"{question} [y/N] "), end="")
    if _answered().strip().lower() not in ("y", "yes"):
        raise ConsentError(NO)


def _answered() -> str:
    # asyncio's own handler would wait for the line to end before it minds a Ctrl-C
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return sys.stdin.readline()
    finally:
        signal.signal(signal.SIGINT, before)
