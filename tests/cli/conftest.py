from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.__main__ import main

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Ran:
    """What a run of the command line left: its exit status, stdout and stderr."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def logs_kept() -> Iterator[None]:
    """The command line sets logging up for a whole process; here that is undone."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def s3monitor(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    logs_kept: None,
    sample_environment: None,
) -> Run:
    """The command line in this process, on the sample's credentials."""
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        try:
            status = main(arguments)
        except SystemExit as stopped:
            status = int(stopped.code or 0)
        said = capsys.readouterr()
        return Ran(int(status), said.out, said.err)

    return run


@pytest.fixture
def process(sample_environment: None) -> Run:
    """The command line as a process of its own, without a terminal."""

    def run(*arguments: str, input: str = "", **environment: str) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=ROOT,
            env={**os.environ, "COLUMNS": "120", **environment},
            input=input,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run
