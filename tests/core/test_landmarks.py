"""What one listing tells the next: where to split, and no harm where that is not true any more."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.shapes import SHAPES
from bot.core.keyspace import Plan
from bot.core.landmarks import CLOSEST, MOST, Landmarks, Survey
from bot.core.scan import PAGE
from tests.core.test_keyspace import KEYS, listed, simulated

HINTS = st.lists(st.text(max_size=12), max_size=60)


@given(KEYS, HINTS, st.data(), st.integers(1, 20), st.integers(1, 16), st.integers(0, 2**16))
def test_every_key_is_listed_exactly_once_whatever_the_landmarks(
    keys: list[str], hints: list[str], data: st.DataObject, page: int, workers: int, seed: int
) -> None:
    """Keys that were there, keys that never were, in any order, and twice."""
    old = data.draw(st.lists(st.sampled_from(keys), max_size=60)) if keys else []
    known = Landmarks((*hints, *old), data.draw(st.floats(0, 1e9)))
    plan = Plan(workers=workers, landmarks=known)
    found = listed(keys, plan, page, workers, Random(seed))
    assert Counter(found) == Counter(keys)


@given(KEYS, HINTS, st.integers(1, 20), st.integers(1, 16))
def test_landmarks_that_are_not_true_waste_no_more_than_other_guesses(
    keys: list[str], hints: list[str], page: int, workers: int
) -> None:
    """One request a worker, and five in a hundred useful ones."""
    plan = Plan(workers=workers, landmarks=Landmarks(tuple(hints), 8.0))
    missed = 0
    while (span := plan.take()) is not None:
        begin = bisect_right(keys, span.after)
        fetched = keys[begin : begin + page]
        kept = len(fetched) if span.until is None else bisect_right(fetched, span.until)
        missed += span.probe and not kept
        more = kept == len(fetched) and begin + page < len(keys)
        plan.land(span, fetched[:kept], kept, more)
    assert plan.done
    assert missed <= workers + 0.05 * plan.useful + 1


@pytest.mark.parametrize("held", [0, 1, 100, 1000])
def test_a_bucket_that_was_emptied_takes_one_request(held: int) -> None:
    """However many landmarks there were."""
    known = Landmarks(tuple(f"key-{number:05}" for number in range(256)), 8.0)
    keys = [f"key-{number:05}" for number in range(held)]
    assert simulated(keys, Plan(landmarks=known)) == (1, 1)


@pytest.mark.parametrize("shape", ["words", "logs"])
def test_what_one_listing_learned_saves_the_next_one_rounds(shape: str) -> None:
    """And requests; of keys that are hard to split the most."""
    keys = SHAPES[shape](300_000)
    first = Plan()
    requests, rounds = simulated(keys, first)
    again, fewer = simulated(keys, Plan(landmarks=first.survey.landmarks()))
    assert fewer <= 0.75 * rounds
    assert again < requests


@pytest.mark.parametrize("shape", ["flat", "md5", "logs", "deep", "words"])
@pytest.mark.parametrize("change", ["renamed", "moved", "middle", "right", "thinned", "other"])
def test_a_bucket_that_changed_costs_few_requests_more(shape: str, change: str) -> None:
    """Whatever became of its keys."""
    keys = SHAPES[shape](50_000)
    first = Plan()
    simulated(keys, first)
    now = {
        "renamed": [f"a/{key}" for key in keys],
        "moved": [f"~/{key}" for key in keys],
        "middle": keys[:10_000] + keys[40_000:],
        "right": keys[:5_000],
        "thinned": keys[::10],
        "other": SHAPES["unicode"](50_000),
    }[change]
    unknown, _ = simulated(now, Plan())
    known, _ = simulated(now, Plan(landmarks=first.survey.landmarks()))
    assert known <= unknown + 8


PAGES = st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, PAGE)), max_size=3000)


@given(PAGES, st.integers(0, 2**16))
def test_landmarks_are_few_and_evenly_spaced(pages: list[tuple[int, int]], seed: int) -> None:
    """Whatever the order of arrival; and a survey goes on from what it had counted."""
    survey = Survey()
    for at, (number, count) in enumerate(pages):
        survey.add(f"{number:07}", count)
        if at == seed % 3000:
            survey = Survey(survey.counted)
    counted = survey.counted
    assert sum(count for _, count in counted) == sum(count for _, count in pages)
    assert len(counted) <= 1024
    found = survey.landmarks()
    assert len(found.keys) <= MOST
    assert list(found.keys) == sorted({*found.keys})
    assert {*found.keys} <= {f"{number:07}" for number, _ in pages}
    if sum(count for _, count in pages) <= CLOSEST * PAGE:
        assert not found.keys
    most = max((count for _, count in counted), default=0)
    bounds = [bisect_right([key for key, _ in counted], key) for key in found.keys]
    for begin, end in zip([0, *bounds], bounds, strict=False):
        between = sum(count for _, count in counted[begin:end])
        assert found.pages * PAGE - most < between
        assert between <= max(found.pages * PAGE, most)


def test_landmarks_in_what_was_deleted_are_given_up() -> None:
    """After a handful of them met nothing, the others are not tried."""
    keys = [f"{letter}/{number:06}" for letter in "az" for number in range(50_000)]
    known = Landmarks(tuple(f"m/{number:03}" for number in range(256)), 8.0)
    unknown, plan = Plan(), Plan(landmarks=known)
    simulated(keys, unknown)
    simulated(keys, plan)
    assert plan.wasted <= unknown.wasted + 8
