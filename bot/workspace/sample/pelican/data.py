"""The data platform: the lake, telemetry, backups, archives."""

from __future__ import annotations

from datetime import datetime

from bot.core.usage import GB, KB, MB
from bot.workspace.sample.estate import SampleBucket
from bot.workspace.sample.pelican.shelf import DATA, FRANKFURT, IRELAND, OREGON, VIRGINIA, Shelf


def data(now: datetime, seed: int) -> tuple[SampleBucket, ...]:
    """The buckets of the data account."""
    shelf = Shelf(DATA, now, seed)
    add, times = shelf.add, shelf.times

    t = times("pelican-lake-raw")
    add(
        "pelican-lake-raw",
        VIRGINIA,
        760,
        t.stream(
            "source={name}/dt={when:%Y-%m-%d}/part-{n:05d}.parquet",
            since=500,
            per_day=6,
            size=14 * GB,
            names=("orders", "positions", "scans", "tolls"),
        ),
        team="data-platform",
    )

    t = times("pelican-lake-curated")
    add(
        "pelican-lake-curated",
        VIRGINIA,
        740,
        t.stream(
            "table={name}/dt={when:%Y-%m-%d}/{n:05d}.parquet",
            since=400,
            per_day=3,
            size=15 * GB,
            lifecycle=((60, "INTELLIGENT_TIERING"),),
            names=("trips", "stops", "fuel"),
            read=True,
        ),
        team="data-platform",
    )

    t = times("pelican-lake-reporting")
    add(
        "pelican-lake-reporting",
        IRELAND,
        420,
        t.stream(
            "{name}/dt={when:%Y-%m-%d}/{n}.parquet",
            since=365,
            per_day=2,
            size=6 * GB,
            names=("sla", "revenue"),
        ),
        team="analytics",
    )

    t = times("pelican-telemetry-archive")
    add(
        "pelican-telemetry-archive",
        OREGON,
        880,
        t.migrated(
            t.stream(
                "{when:%Y/%m}/truck-telemetry-{n:05d}.avro.zst",
                since=800,
                until=95,
                per_day=2,
                size=44 * GB,
                spread=0.3,
            ),
            "GLACIER",
            since=10,
            until=1.5,
        ),
        team="fleet",
    )

    t = times("pelican-telemetry-hot")
    add(
        "pelican-telemetry-hot",
        OREGON,
        600,
        t.stream("{when:%Y/%m/%d}/{hex}.avro", since=200, per_day=10, size=5 * GB, expire=95),
        team="fleet",
    )

    t = times("pelican-athena-results")
    add(
        "pelican-athena-results",
        VIRGINIA,
        640,
        t.stream("{hex}-{n}.csv", since=100, per_day=40, size=700 * MB, expire=7, spread=0.95),
        team="analytics",
    )

    t = times("pelican-db-backups")
    add(
        "pelican-db-backups",
        VIRGINIA,
        1_150,
        t.stream(
            "postgres/{name}/{when:%Y-%m-%d}-{n:04d}.dump.zst",
            since=720,
            per_day=2,
            size=22 * GB,
            spread=0.2,
            names=("orders", "billing", "fleet"),
            lifecycle=((30, "STANDARD_IA"), (90, "GLACIER"), (365, "DEEP_ARCHIVE")),
        ),
        team="platform",
    )

    t = times("pelican-db-backups-dr")
    add(
        "pelican-db-backups-dr",
        OREGON,
        1_100,
        t.stream(
            "postgres/{name}/{when:%Y-%m-%d}-{n:04d}.dump.zst",
            since=1_000,
            per_day=1,
            size=44 * GB,
            spread=0.2,
            names=("all",),
            storage_class="DEEP_ARCHIVE",
        ),
        team="platform",
    )

    t = times("pelican-warehouse-dumps")
    add(
        "pelican-warehouse-dumps",
        FRANKFURT,
        560,
        t.stream(
            "{when:%Y-%m-%d}/dump-{n:04d}.bak",
            since=520,
            per_day=0.5,
            size=90 * GB,
            storage_class="GLACIER",
        ),
        uploads=(
            *t.uploads("staging/dump-{n}.bak", count=4, since=120, parts=80, part=GB, to="GLACIER"),
            *t.uploads(
                "staging/deep-{n}.bak", count=2, since=90, parts=80, part=GB, to="DEEP_ARCHIVE"
            ),
        ),
        team="finance",
    )

    # Files far smaller than what archiving one costs: 32 KB + 8 KB of overhead for every 6 KB.
    t = times("pelican-sensor-archive")
    add(
        "pelican-sensor-archive",
        FRANKFURT,
        700,
        t.stream(
            "{when:%Y/%m/%d}/sensor-{hex}.json",
            since=650,
            per_day=10,
            size=6 * KB,
            storage_class="DEEP_ARCHIVE",
            spread=0.9,
        ),
        team="fleet",
    )

    t = times("pelican-map-tiles")
    add(
        "pelican-map-tiles",
        IRELAND,
        510,
        t.stream(
            "z{n}/{hex}.pbf",
            since=480,
            per_day=6,
            size=22 * KB,
            storage_class="GLACIER_IR",
            spread=0.9,
        ),
        team="routing",
    )

    t = times("pelican-search-prototype")
    add(
        "pelican-search-prototype",
        FRANKFURT,
        330,
        t.stream("index/segment-{n:04d}.lucene", since=320, until=100, per_day=1, size=28 * GB),
        team="search",
        deleted=4.4,
    )

    t = times("pelican-etl-2023")
    add(
        "pelican-etl-2023",
        VIRGINIA,
        1_090,
        t.stream(
            "out/{when:%Y-%m-%d}/{n:04d}.orc", since=1_000, until=700, per_day=1, size=13 * GB
        ),
        team="data-platform",
        deleted=43.5,
    )
    return tuple(shelf.buckets)
