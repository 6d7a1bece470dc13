"""What keys look like, learned from a few of them."""

from __future__ import annotations

from bot.core.alphabets import Alphabets, Ends
from bot.core.keyspace import Plan
from tests.core.test_keyspace import simulated

DAYS = sorted(f"logs/{month:02}/{day:02}" for month in range(1, 13) for day in (1, 9, 17, 28))


def test_where_two_guesses_met_nothing_no_third_is_made() -> None:
    """Day 51 is in no month that was asked: the first digit of a day ends before 5."""
    ends = Ends()
    ends.learn("logs/01/51", "logs/02/01", DAYS)
    assert ends.known == {}
    ends.learn("logs/04/5", "logs/05/01", DAYS)
    assert ends.known == {8: "5"}
    table = Alphabets(["logs/07/01"], DAYS, len("logs/07/"), ends.known)
    assert table.fraction("logs/07/4") == 0.8
    assert table.fraction("logs/07/5") == 1.0


def test_a_guess_below_what_nobody_knows_says_nothing() -> None:
    """That `x/` is empty tells nothing about how its keys would go on."""
    ends = Ends()
    ends.learn("x/5", None, DAYS)
    ends.learn("y/5", None, DAYS)
    assert 2 not in ends.known


def test_a_digit_that_was_seen_is_expected_whatever_ended_elsewhere() -> None:
    """What is learned of others does not overrule what is there."""
    table = Alphabets(["a7", "a1"], [], 1, {1: "5"})
    assert table.last == "7"


def test_evenly_spread_keys_are_cut_where_no_request_is_lost() -> None:
    """Cut at the end of a page, every cut would cost a request that brings nothing."""
    keys = [f"obj-{number:08}" for number in range(300_000)]
    requests, _ = simulated(keys, Plan())
    assert requests <= 300 + 50
