"""stdout as a verb draws on it."""

from __future__ import annotations

import os
import sys

from rich.console import Console


class Screen(Console):
    """A console that tells of a reader that has seen enough, where rich would exit with 1."""

    def on_broken_pipe(self) -> None:
        """Called by rich while it handles the error. Raises BrokenPipeError."""
        raise BrokenPipeError


def give_up_stdout() -> None:
    """Send what is left in stdout's buffer nowhere, for nobody reads it.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
