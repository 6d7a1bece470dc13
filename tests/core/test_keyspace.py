"""Splitting the key space, driven by a list of keys and no network."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.shapes import SHAPES
from bot.core.keyspace import Plan
from bot.core.spans import Span, overlaps

KEYS = st.sets(
    st.one_of(
        st.text(max_size=12),
        st.from_regex(r"(logs|data)/20[0-9]{2}/[0-9a-f]{1,4}", fullmatch=True),
        st.integers(0, 999).map(lambda number: f"part-{number}"),
        st.uuids().map(str),
    ).filter(lambda key: key and key.isprintable()),
    max_size=200,
).map(sorted)


def listed(keys: list[str], plan: Plan, page: int, workers: int, order: Random) -> list[str]:
    """Every key that the plan lists, pages arriving in any order, some of them lost."""
    found: list[str] = []
    flying: list[Span] = []
    while True:
        while len(flying) < workers and (span := plan.take()) is not None:
            flying.append(span)
        if not flying:
            assert plan.done
            return found
        span = flying.pop(order.randrange(len(flying)))
        if order.random() < 0.1:
            plan.lapse(span)
            continue
        begin = bisect_right(keys, span.after)
        fetched = keys[begin : begin + page]
        kept = len(fetched) if span.until is None else bisect_right(fetched, span.until)
        more = kept == len(fetched) and begin + page < len(keys)
        found.extend(fetched[:kept])
        plan.land(span, fetched[:kept], kept, more)
        assert not overlaps(plan.outline)


@given(KEYS, st.integers(1, 20), st.integers(1, 16), st.integers(0, 2**16))
def test_every_key_is_listed_exactly_once(
    keys: list[str], page: int, workers: int, seed: int
) -> None:
    """Whatever the keys, the page size, the order of arrival and the losses."""
    found = listed(keys, Plan(workers=workers), page, workers, Random(seed))
    assert Counter(found) == Counter(keys)


@given(KEYS, st.integers(1, 20), st.integers(0, 2**16), st.integers(0, 60))
def test_an_outline_is_enough_to_go_on(keys: list[str], page: int, seed: int, pages: int) -> None:
    """A plan begun anew from the outline of another lists exactly what the other had left."""
    first = Plan(workers=8)
    found: list[str] = []
    for _ in range(pages):
        span = first.take()
        if span is None:
            break
        begin = bisect_right(keys, span.after)
        fetched = keys[begin : begin + page]
        kept = len(fetched) if span.until is None else bisect_right(fetched, span.until)
        found.extend(fetched[:kept])
        more = kept == len(fetched) and begin + page < len(keys)
        first.land(span, fetched[:kept], kept, more)
    rest = listed(keys, Plan(spans=first.outline, workers=8), page, 8, Random(seed))
    assert Counter(found + rest) == Counter(keys)


def simulated(keys: list[str], plan: Plan, workers: int = 64) -> tuple[int, int]:
    """Requests and rounds that listing these keys takes, when every page takes one round."""
    requests, rounds = 0, 0
    while not plan.done:
        flying = []
        while len(flying) < workers and (span := plan.take()) is not None:
            flying.append((span, span.after))
        requests += len(flying)
        rounds += 1
        for span, after in flying:
            begin = bisect_right(keys, after)
            fetched = keys[begin : begin + 1000]
            kept = len(fetched) if span.until is None else bisect_right(fetched, span.until)
            more = kept == len(fetched) and begin + 1000 < len(keys)
            plan.land(span, fetched[:kept:125] + fetched[kept - 1 : kept], kept, more)
    return requests, rounds


def test_a_hundred_keys_take_one_request() -> None:
    """Nothing is spent on finding out where to split what fits on one page."""
    assert simulated([f"key-{index:03}" for index in range(100)], Plan()) == (1, 1)


@pytest.mark.parametrize("shape", ["flat", "md5", "logs", "deep", "unicode"])
def test_few_rounds_and_few_requests_find_where_to_split(shape: str) -> None:
    """A hundred pages, 64 at once: far fewer rounds than pages, and a bounded price for it."""
    requests, rounds = simulated(SHAPES[shape](100_000), Plan())
    assert requests <= 100 + 64 + 5
    assert rounds <= 30


def test_large_prefixes_among_many_small_ones_are_split() -> None:
    """What keys look like elsewhere misleads there; what the last page looked like does not."""
    requests, rounds = simulated(SHAPES["tenants"](600_000), Plan())
    assert rounds <= 100
    assert requests <= 1.3 * 600
