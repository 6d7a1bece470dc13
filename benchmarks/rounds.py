"""Simulates the plan of a listing, every page taking one round: `python -m benchmarks.rounds`.

No network and no time: how many rounds and requests a bucket takes that was never listed before,
and how many when its last listing left landmarks.
"""

from __future__ import annotations

import argparse
from bisect import bisect_right

from benchmarks.shapes import SHAPES
from bot.core.keyspace import Plan
from bot.core.scan import PAGE


def rounds(keys: list[str], plan: Plan) -> tuple[int, int]:
    """Requests and rounds; requests in flight double with each round, from 8 on, as Pace's do."""
    requests = taken = 0
    window = 8
    while not plan.done:
        flying = []
        while len(flying) < window and (span := plan.take()) is not None:
            flying.append((span, span.after))
        requests += len(flying)
        taken += 1
        window = min(plan.workers, 2 * window)
        for span, after in flying:
            begin = bisect_right(keys, after)
            page = keys[begin : begin + PAGE]
            kept = len(page) if span.until is None else bisect_right(page, span.until)
            more = kept == len(page) and begin + PAGE < len(keys)
            plan.land(span, page[:kept:125] + page[kept - 1 : kept], kept, more)
    return requests, taken


def main() -> None:
    """Read the arguments, print a line a shape."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rounds", description=__doc__)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=[*SHAPES])
    parser.add_argument("--keys", type=int, default=2_000_000)
    chosen = parser.parse_args()
    least = -(-chosen.keys // PAGE)
    print(f"{chosen.keys:,} keys, {least:,} pages; rounds and requests beyond the minimum")
    for shape in chosen.shapes:
        keys = SHAPES[shape](chosen.keys)
        first = Plan()
        told = [rounds(keys, first), rounds(keys, Plan(landmarks=first.survey.landmarks()))]
        (one, first_rounds), (two, then) = told
        print(
            f"{shape:8} first listing {first_rounds:4} {one / least - 1:6.1%}, "
            f"the next {then:4} {two / least - 1:6.1%}"
        )


if __name__ == "__main__":
    main()
