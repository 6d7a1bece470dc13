"""A terminal for a process: what it writes is read here, what is typed here it reads."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from typing import Self

from tests.cli.conftest import ROOT

#: Long enough for a slow machine; nothing waits so long when all is well.
PATIENCE_S = 60.0


class Terminal:
    """Runs the command line at a pseudo-terminal.

    piped: stdout is a pipe instead, as in `s3monitor scan … > file`.
    """

    def __init__(self, *arguments: str, piped: bool = False, **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        unwanted = {"DISPLAY", "WAYLAND_DISPLAY"}
        inherited = {name: value for name, value in os.environ.items() if name not in unwanted}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            cwd=ROOT,
            env={**inherited, "TERM": "dumb", "COLUMNS": "120", **environment},
            stdin=theirs,
            stdout=subprocess.PIPE if piped else theirs,
            stderr=theirs,
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        os.close(self._ours)

    def type(self, text: str) -> None:
        """Type; a line feed is the Enter key, and the byte 4 is Ctrl-D."""
        os.write(self._ours, text.encode())

    def read(self, until: str) -> str:
        """What was shown up to and with `until`. Fails when it does not come."""
        shown = b""
        deadline = time.monotonic() + PATIENCE_S
        while until.encode() not in shown:
            left = deadline - time.monotonic()
            assert left > 0, f"{until!r} did not come: {shown.decode(errors='replace')}"
            if select.select([self._ours], [], [], left)[0]:
                try:
                    shown += os.read(self._ours, 65_536)
                except OSError as closed:
                    raise AssertionError(f"it ended at: {shown.decode()}") from closed
        return shown.decode(errors="replace").replace("\r\n", "\n")

    def end(self) -> int:
        """Its exit status, once it has ended; what it shows meanwhile is read and dropped."""
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and time.monotonic() < deadline:
            if select.select([self._ours], [], [], 0.02)[0]:
                try:
                    os.read(self._ours, 65_536)
                except OSError:
                    break
        return self.process.wait(timeout=PATIENCE_S)
