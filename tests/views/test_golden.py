"""Whole answers, as people get them.

After a change that is meant, `python -m tests.views.examples` writes all files of golden/answers/ anew;
the difference is what to review. `python -m bot.workspace.gallery OUT tests/views/golden/answers/*.json`
draws the messages to pictures.
"""

from __future__ import annotations

import json
import re

import pytest

from bot.workspace.blocks import MESSAGE_CHARACTERS, characters, flaws
from tests.views.examples import FOLDER, GOLDEN

MESSAGES = sorted(name for name in GOLDEN if name.endswith(".json") and "/" not in name)


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_the_answer_is_the_one_reviewed(name: str) -> None:
    """Every message, terminal text and document is drawn exactly as its golden file has it."""
    path = FOLDER / name
    expected = path.read_bytes().decode() if path.exists() else "(no such file)"
    assert expected == GOLDEN[name]()


def test_no_golden_file_is_left_over() -> None:
    """Each file is some case's."""
    assert {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.*")} == set(GOLDEN)


@pytest.mark.parametrize("name", MESSAGES)
def test_slack_takes_the_message(name: str) -> None:
    """Blocks are valid, and neither they nor the text are too long."""
    message = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    assert flaws(message["blocks"]) == ()
    assert characters(message["blocks"]) <= MESSAGE_CHARACTERS
    assert 0 < len(message["text"]) <= 4_000


@pytest.mark.parametrize("name", sorted(name for name in GOLDEN if name.endswith(".txt")))
def test_no_line_is_wider_than_the_terminal(name: str) -> None:
    """Nor has it blanks at its end."""
    told = re.search(r"_(\d{2,3})\.txt", name)
    width = int(told[1]) if told else 100
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        assert len(line) <= width
        assert line == line.rstrip()
