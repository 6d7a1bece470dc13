"""`s3monitor demo`: a process of its own with a sample account of its own."""

from __future__ import annotations

import signal

from tests.cli.conftest import Run
from tests.cli.terminal import Terminal


def test_one_question_is_answered(process: Run) -> None:
    """And that is all: 0, for no bucket of that region refuses. The asker's own AWS is forgotten."""
    own = {
        "AWS_PROFILE": "nobody",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_SESSION_TOKEN": "stale",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }
    ran = process("demo", "report", "region=ap-southeast-2", "unit=GB", **own)
    assert (ran.status, ran.err) == (0, "")
    assert "3 buckets" in ran.out
    assert " GB" in ran.out


def test_without_a_terminal_three_questions_are_answered(process: Run) -> None:
    """Each is shown with its prompt; 0, although the sample has a bucket that refuses."""
    ran = process("demo")
    assert ran.status == 0
    asked = [line for line in ran.out.splitlines() if line.startswith("s3> ")]
    assert len(asked) == 3
    assert "skipped" in ran.out
    assert "Traceback" not in ran.err


def test_the_prompt_at_a_terminal(sample_environment: None) -> None:
    """A question, a follow-up, a bad question, help, and Ctrl-D ends it with 0."""
    with Terminal("demo") as terminal:
        assert "Open http://127.0.0.1:" in terminal.read("s3> ")
        terminal.type("report region=ap-southeast-2 unit=GB\n")
        assert "3 buckets" in terminal.read("s3> ")
        terminal.type("by class\n")
        followed = terminal.read("s3> ")
        assert "region=ap-southeast-2" in followed
        assert "group=class" in followed
        terminal.type("only glaceir\n")
        assert "glaceir" in terminal.read("s3> ")
        terminal.type("/s3 help\n")
        assert "report region=us-east-1" in terminal.read("s3> ")
        terminal.type("\x04")
        assert terminal.end() == 0


def test_a_dear_listing_asks_at_the_prompt(sample_environment: None) -> None:
    """It shows what to type, and a no is answered, too."""
    with Terminal("demo", S3MONITOR_SCAN_CONFIRM_USD="0.000001") as terminal:
        terminal.read("s3> ")
        terminal.type("bucket pelican-web-assets source=list\n")
        assert "Listing 1 bucket" in terminal.read("Go ahead? [y/N] ")
        terminal.type("n\n")
        assert "Nothing was listed." in terminal.read("s3> ")
        terminal.type("bucket pelican-web-assets source=list\n")
        terminal.read("[y/N] ")
        terminal.type("y\n")
        assert "S3 bucket pelican-web-assets" in terminal.read("s3> ")


def test_one_ctrl_c_ends_the_prompt(sample_environment: None) -> None:
    """Without a further key pressed."""
    with Terminal("demo") as terminal:
        terminal.read("s3> ")
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.end() == 130
