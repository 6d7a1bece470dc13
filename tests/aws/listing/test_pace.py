"""Window and rate, against a simulated S3 in simulated time."""

from __future__ import annotations

import heapq

import pytest

from bot.aws.listing_pace import FASTEST, Pace


def simulate(limit: float, burst: float, pages: int) -> tuple[float, float]:
    """Pages served a second, and the part of requests refused."""
    now, tokens, last = 0.0, burst, 0.0
    pace = Pace(64, lambda: now)
    flying: list[tuple[float, int, bool]] = []
    sent = served = 0
    while served < pages:
        while len(flying) < int(pace.window) and pace.wait() <= 0:
            pace.sent()
            sent += 1
            tokens, last = min(burst, tokens + (now - last) * limit), now
            allowed = tokens >= 1
            tokens -= allowed
            heapq.heappush(flying, (now + (0.08 if allowed else 0.02), sent, allowed))
        wait = pace.wait()
        if len(flying) < int(pace.window) and (not flying or now + wait < flying[0][0]):
            now += max(wait, 0.001)
            continue
        then, _, allowed = heapq.heappop(flying)
        now = max(now, then)
        served += allowed
        if allowed:
            pace.served()
        else:
            pace.refused()
    return served / now, 1 - served / (sent - len(flying))


@pytest.mark.parametrize("limit", [50, 300, 700])
def test_a_throttling_server_is_used_up_and_not_annoyed(limit: float) -> None:
    """At least nine tenths of what it allows, and at most one request in twenty refused."""
    rate, refused = simulate(limit, limit / 10, pages=2000)
    assert rate >= 0.9 * limit
    assert refused <= 0.05


def test_nothing_is_held_back_without_need() -> None:
    """A server that allows everything sees the whole window, after three doublings."""
    rate, refused = simulate(100_000, 100_000, pages=2000)
    assert rate >= 0.85 * 64 / 0.08
    assert refused == 0


def test_the_window_is_halved_at_once() -> None:
    """And refusals of one burst are one piece of news."""
    now = 0.0
    pace = Pace(64, lambda: now)
    for _ in range(100):
        pace.served()
    pace.refused()
    pace.refused()
    assert pace.window == 32
    assert pace.rate < FASTEST


def test_a_server_that_serves_nothing_is_given_time() -> None:
    """Each pause is about twice as long as the one before."""
    now = 0.0
    pace = Pace(64, lambda: now)
    pauses = []
    for _ in range(6):
        pace.refused()
        pauses.append(pace.wait())
        now += pace.wait() + 1.0
    assert pace.strikes == 6
    assert pauses[-1] > 3.0 > pauses[1]
