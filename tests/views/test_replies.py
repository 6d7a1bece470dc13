"""What the bot says besides answers."""

from __future__ import annotations

import pytest

from bot.core.language import COMMANDS, parse
from bot.views.message import Message
from bot.views.replies import EXAMPLES, OPTIONS, usage, with_hint


@pytest.mark.parametrize("words", [words for words, _ in EXAMPLES])
def test_every_example_of_help_is_understood(words: str) -> None:
    """Whoever copies it gets an answer."""
    assert str(parse(words))


def test_help_names_every_command_but_itself_and_version() -> None:
    """What is not there is not found."""
    named = {words.split()[0] for words, _ in EXAMPLES}
    assert set(COMMANDS) - {"help", "version"} == named


def test_every_option_of_help_is_understood() -> None:
    """Each of the values between its bars."""
    for words, _ in OPTIONS:
        for option in words.split():
            name, sign, values = option.partition("=")
            for value in values.split("|") if values else [""]:
                question = f"{name}{sign}{value}" if value or not sign else f"{name}=*"
                assert str(parse(f"report {question}")), question


def test_a_terminal_needs_no_command_in_front() -> None:
    """Examples are what is typed there."""
    assert "`report region=us-east-1 unit=TB`" in usage("").text


def test_a_hint_survives_a_long_answer() -> None:
    """The answer is cut for it."""
    hinted = with_hint(Message("x" * 4_000), "Type `/invite @bot`.")
    assert hinted.text.endswith("…\nType `/invite @bot`.")
    assert len(hinted.text) == 4_000
