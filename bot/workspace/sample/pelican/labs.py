"""Experiments, models, robots: the account nobody tidies."""

from __future__ import annotations

from datetime import datetime

from bot.core.usage import GB, MB
from bot.workspace.sample.estate import SampleBucket
from bot.workspace.sample.pelican.shelf import (
    FRANKFURT,
    IRELAND,
    LABS,
    OREGON,
    SYDNEY,
    VIRGINIA,
    Shelf,
)


def labs(now: datetime, seed: int) -> tuple[SampleBucket, ...]:
    """The buckets of the labs account."""
    shelf = Shelf(LABS, now, seed)
    add, times = shelf.add, shelf.times

    # Nobody has written to it for seven months, and nobody's name is on it.
    t = times("pelican-eta-experiment")
    add(
        "pelican-eta-experiment",
        OREGON,
        400,
        t.stream("run-{n:04d}/checkpoint-{hex}.pt", since=390, until=215, per_day=6, size=12 * GB),
    )

    t = times("pelican-ml-training")
    add(
        "pelican-ml-training",
        OREGON,
        520,
        t.stream(
            "datasets/{name}/{hex}.tfrecord",
            since=500,
            per_day=2,
            size=16 * GB,
            storage_class="INTELLIGENT_TIERING",
            names=("lidar", "plates", "weather"),
        ),
        team="machine-learning",
        archives=True,
    )

    t = times("pelican-ml-models")
    models = tuple(f"{name}/model.safetensors" for name in ("eta", "pricing", "plates", "vision"))
    add(
        "pelican-ml-models",
        OREGON,
        480,
        t.rewritten(models, since=400, every=4, size=6 * GB),
        team="machine-learning",
        versioned=True,
    )

    t = times("pelican-robot-footage")
    add(
        "pelican-robot-footage",
        SYDNEY,
        44,
        t.stream(
            "yard-7/{when:%Y-%m-%d}/cam-{n:05d}.mkv",
            since=42,
            per_day=12,
            size=lambda age: (4 + (42 - age) / 3) * GB,
        ),
        team="robotics",
    )

    t = times("pelican-sim-results")
    add(
        "pelican-sim-results",
        FRANKFURT,
        350,
        t.stream(
            "sim-{n:05d}/frames.tar",
            since=340,
            per_day=2,
            size=4 * GB,
            lifecycle=((30, "ONEZONE_IA"),),
            expire=180,
        ),
        team="robotics",
    )

    t = times("pelican-labs-notebooks")
    add(
        "pelican-labs-notebooks",
        IRELAND,
        640,
        t.stream(
            "{name}/{hex}.ipynb",
            since=600,
            per_day=0.7,
            size=2.2 * MB,
            spread=0.9,
            names=("ada", "grace", "linus", "margaret"),
        ),
        team="machine-learning",
        late=1,
    )

    t = times("pelican-labs-scratch")
    add(
        "pelican-labs-scratch",
        VIRGINIA,
        700,
        t.stream("tmp/{hex}", since=380, per_day=1, size=3 * GB, spread=0.95),
    )

    t = times("pelican-hackweek")
    add(
        "pelican-hackweek",
        VIRGINIA,
        0.25,
        t.stream("team-{name}/{hex}.bin", since=0.2, per_day=200, size=1.2 * GB),
        team="everyone",
        metrics=False,
    )
    return tuple(shelf.buckets)
