"""The command line itself: versions, help, documents, and what all verbs have in common."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import bot
from bot.__main__ import _parser
from tests.cli.conftest import ROOT, Run

GOLDEN = Path(__file__).parent / "golden"
(VERBS,) = (each.choices for each in _parser()._actions if isinstance(each.choices, dict))


def shown(text: str) -> str:
    """Help without the line breaks of its usage, which Pythons put in different places."""
    usage, blank, rest = text.partition("\n\n")
    return f"{' '.join(usage.split())}{blank}{rest}".rstrip()


def test_the_version_is_the_package_s(process: Run) -> None:
    """`python -m bot --version`, for real."""
    ran = process("--version")
    assert (ran.status, ran.out, ran.err) == (0, f"s3monitor {bot.__version__}\n", "")


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help_reads_well(s3monitor: Run, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a terminal of 80 columns shows it; edit the golden files by hand."""
    monkeypatch.setenv("COLUMNS", "80")
    ran = s3monitor(*filter(None, [verb]), "--help")
    expected = (GOLDEN / f"help-{verb or 's3monitor'}.txt").read_text(encoding="utf-8").rstrip()
    assert (ran.status, ran.err) == (0, "")
    assert shown(ran.out) == expected
    assert [line for line in ran.out.splitlines() if len(line) > 80] == []


def test_no_golden_help_is_of_a_verb_that_is_gone() -> None:
    """Nor is one missing."""
    names = {path.stem.removeprefix("help-") for path in GOLDEN.glob("help-*.txt")}
    assert names == {"s3monitor", *VERBS}


@pytest.mark.parametrize(
    "arguments", [[], ["rpeort"], ["ask"], ["scan"], ["ask", "x", "--format", "xml"]]
)
def test_a_bad_command_line_exits_with_2(s3monitor: Run, arguments: list[str]) -> None:
    """The usage is on stderr; stdout stays empty."""
    ran = s3monitor(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("usage: s3monitor")


def test_a_wrong_setting_is_named(s3monitor: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence with the variable, and no traceback."""
    monkeypatch.setenv("S3MONITOR_CONCURRENCY", "many")
    ran = s3monitor("ask", "report")
    assert (ran.status, ran.out) == (1, "")
    assert "S3MONITOR_CONCURRENCY is wrong" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("line", ["manifest", "ask report region=ap-southeast-2"])
def test_a_reader_that_leaves_is_no_failure(sample_environment: None, line: str) -> None:
    """`s3monitor … | head -0` under pipefail: 0, and not a word."""
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f'"$0" -m bot {line} | true', sys.executable],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_policy_only_reads(s3monitor: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Valid JSON whose every action gets or lists; and roles only where some are named."""
    monkeypatch.setenv("S3MONITOR_ROLES", "")
    ran = s3monitor("policy")
    assert (ran.status, ran.err) == (0, "")
    document = json.loads(ran.out)
    assert document["Version"] == "2012-10-17"
    actions = [action for each in document["Statement"] for action in each["Action"]]
    assert [action for action in actions if not re.match(r"\w+:(Get|List)[A-Z]", action)] == []
    assert {each["Effect"] for each in document["Statement"]} == {"Allow"}
    role = "arn:aws:iam::222222222222:role/s3monitor"
    monkeypatch.setenv("S3MONITOR_ROLES", role)
    last = json.loads(s3monitor("policy").out)["Statement"][-1]
    assert (last["Action"], last["Resource"]) == (["sts:AssumeRole"], [role])
