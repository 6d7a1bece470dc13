"""Pelican Freight, a haulage company that exists only here: its three accounts and their buckets.

Its last twelve weeks have a story: checkout's debug logging was left on and its log bucket ran
away; the telemetry archive moved to Glacier; a search prototype and an old ETL bucket were
deleted; labs' robot footage began to pile up. Everything else goes on as every week.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from bot.core.usage import GB, KB, MB
from bot.workspace.sample.estate import (
    Account,
    DeleteMarker,
    Estate,
    Object,
    SampleBucket,
    Upload,
)

COMPANY = "Pelican Freight"
HISTORY_DAYS = 84
TB = 1024 * GB

# AWS's own documentation writes these account numbers for accounts that are nobody's.
PRODUCTION = "111122223333"
DATA = "444455556666"
LABS = "777788889999"

ACCOUNTS = (
    Account(PRODUCTION, "pelican-production", None),
    Account(DATA, "pelican-data", f"arn:aws:iam::{DATA}:role/s3monitor"),
    Account(LABS, "pelican-labs", f"arn:aws:iam::{LABS}:role/s3monitor"),
)

VIRGINIA, OREGON, IRELAND, FRANKFURT, SYDNEY = (
    "us-east-1",
    "us-west-2",
    "eu-west-1",
    "eu-central-1",
    "ap-southeast-2",
)

#: Names that would ping, format, link or break a careless reader of keys.
HOSTILE_KEYS = (
    "<!channel>",
    "uploads/*bold* _and_ `code` <https://evil.example|click here>.html",
    '=HYPERLINK("https://evil.example","invoice").csv',
    'assets/50% off + tax & <b>"quotes"</b> \'n more.png',
    "assets/überraschung-日本語-🚚.svg",
    "assets/two\nlines.txt",
    "../../etc/passwd",
    "assets//double//slash.js",
)

_DEPOTS = ("antwerp", "dayton", "galway", "leipzig", "perth", "tacoma")
_DAY = timedelta(days=1)


class _Times:
    """Writes lives of objects around `now`; one per bucket, so that buckets do not sway others."""

    def __init__(self, name: str, now: datetime, seed: int) -> None:
        self.random = Random(f"{seed}/{name}")  # noqa: S311 - a sample, not a secret
        self.now = now
        self.start = now - (HISTORY_DAYS + 1) * _DAY

    def ago(self, days: float) -> datetime:
        """The moment `days` before now, to the second."""
        return (self.now - days * _DAY).replace(microsecond=0)

    def stream(
        self,
        key: str,
        *,
        since: float,
        per_day: float,
        size: float | Callable[[float], float],
        until: float = 0,
        storage_class: str = "STANDARD",
        lifecycle: Sequence[tuple[float, str]] = (),
        expire: float | None = None,
        spread: float = 0.5,
        names: Sequence[str] = _DEPOTS,
        read: bool = False,
    ) -> Iterator[Object]:
        """Objects written at a steady rate from `since` to `until` days ago.

        key: a format of `when`, `n` (running number), `name` (one of `names`) and `hex`.
        size: the mean in bytes, or a function of the age in days; each varies by `spread`.
        lifecycle: (age in days, class moved to); expire: age in days at which it is deleted.
        """
        for n in range(round((since - until) * per_day)):
            age = since - (n + self.random.random()) / per_day
            mean = size(age) if callable(size) else size
            # Every draw happens for every object, so that `now` sways no later one.
            own = round(mean * self.random.uniform(1 - spread, 1 + spread))
            name, token = self.random.choice(names), self.random.getrandbits(32)
            born = self.ago(age)
            died = born + expire * _DAY if expire is not None and age > expire else None
            if died is not None and died <= self.start:
                continue
            yield Object(
                key=key.format(when=born, n=n, name=name, hex=f"{token:08x}"),
                size=own,
                born=born,
                storage_class=storage_class,
                moves=tuple((born + d * _DAY, to) for d, to in lifecycle if age > d),
                died=died,
                read=read,
            )

    def migrated(
        self, objects: Iterator[Object], to: str, since: float, until: float
    ) -> Iterator[Object]:
        """The same objects, moved to another class one by one from `since` to `until` days ago."""
        still = list(objects)
        step = (since - until) / max(1, len(still))
        for n, thing in enumerate(still):
            yield Object(
                thing.key, thing.size, thing.born, moves=((self.ago(since - n * step), to),)
            )

    def rewritten(
        self, keys: Sequence[str], *, since: float, every: float, size: float
    ) -> Iterator[Object]:
        """Keys overwritten every `every` days in a versioned bucket that never cleans up."""
        for key in keys:
            at = [since - n * every for n in range(int(since / every) + 1)]
            moments = [self.ago(max(0.01, age - self.random.random() * every / 2)) for age in at]
            for n, born in enumerate(moments):
                own = round(size * self.random.uniform(0.8, 1.2))
                gone = moments[n + 1] if n + 1 < len(moments) else None
                yield Object(key, own, born, noncurrent=gone)

    def uploads(
        self, key: str, *, count: int, since: float, parts: int, part: int, to: str = "STANDARD"
    ) -> Iterator[Upload]:
        """Multipart uploads begun from `since` days ago until yesterday and never completed."""
        for n in range(count):
            age = 1 + (since - 1) * (1 - n / count)
            sizes = (part,) * self.random.randint(max(1, parts // 2), parts)
            yield Upload(key.format(n=n), self.ago(age), sizes, to)


def pelican_freight(now: datetime, seed: int = 1) -> Estate:
    """The estate as of `now` (aware, UTC). The same moment and seed give the same estate."""
    buckets = (*_production(now, seed), *_data(now, seed), *_labs(now, seed))
    return Estate(COMPANY, now.replace(microsecond=0), seed, HISTORY_DAYS, ACCOUNTS, buckets)


class _Shelf:
    """Collects the buckets of one account."""

    def __init__(self, account: str, now: datetime, seed: int) -> None:
        self.account = account
        self.now = now
        self.seed = seed
        self.buckets: list[SampleBucket] = []

    def times(self, name: str) -> _Times:
        """What writes the lives of the objects of the bucket `name`."""
        return _Times(name, self.now, self.seed)

    def add(
        self,
        name: str,
        region: str,
        age: float,
        objects: Iterator[Object] | Sequence[Object] = (),
        *,
        team: str | None = None,
        uploads: Iterator[Upload] | Sequence[Upload] = (),
        delete_markers: Sequence[DeleteMarker] = (),
        versioned: bool = False,
        denied: bool = False,
        metrics: bool = True,
        late: int = 0,
        archives: bool = False,
        deleted: float | None = None,
    ) -> None:
        """Put up a bucket `age` days old, deleted `deleted` days ago; untagged without team."""
        clock = self.times(name)
        tags = {} if team is None else {"team": team, "env": self.account_name}
        self.buckets.append(
            SampleBucket(
                name=name,
                account=self.account,
                region=region,
                created=clock.ago(age),
                tags=tags,
                objects=tuple(objects),
                delete_markers=tuple(delete_markers),
                uploads=tuple(uploads),
                versioned=versioned,
                denied=denied,
                metrics=metrics,
                late=late,
                archives=archives,
                deleted=None if deleted is None else clock.ago(deleted),
            )
        )

    @property
    def account_name(self) -> str:
        """What its `env` tag says."""
        return next(a.name for a in ACCOUNTS if a.id == self.account).removeprefix("pelican-")


def _production(now: datetime, seed: int) -> tuple[SampleBucket, ...]:
    shelf = _Shelf(PRODUCTION, now, seed)
    add, times = shelf.add, shelf.times

    t = times("pelican-app-logs")
    services = ("billing", "dispatch", "driver-app", "gateway", "tracking")
    everyday = t.stream(
        "{name}/{when:%Y/%m/%d/%H}-{hex}.log.gz",
        since=120,
        per_day=20,
        size=1.5 * GB,
        expire=30,
        names=services,
    )
    # Nineteen days ago someone left debug logging on: 40 GB on the first day, a TB today.
    runaway = t.stream(
        "checkout/debug/{when:%Y/%m/%d/%H}-{hex}.log",
        since=19,
        per_day=24,
        size=lambda age: (2 + 40 * ((19 - age) / 19) ** 2) * GB,
        spread=0.2,
    )
    add("pelican-app-logs", VIRGINIA, 1_260, (*everyday, *runaway), team="platform")

    t = times("pelican-cdn-logs")
    add(
        "pelican-cdn-logs",
        VIRGINIA,
        1_200,
        t.stream(
            "E2PELICAN/{when:%Y-%m-%d-%H}.{hex}.gz",
            since=180,
            per_day=16,
            size=420 * MB,
            lifecycle=((30, "STANDARD_IA"),),
            expire=90,
        ),
        team="web",
    )

    t = times("pelican-elb-logs-eu")
    add(
        "pelican-elb-logs-eu",
        IRELAND,
        900,
        t.stream(
            "AWSLogs/{when:%Y/%m/%d}/{hex}.log.gz",
            since=150,
            per_day=12,
            size=600 * MB,
            expire=60,
        ),
        team="platform",
    )

    t = times("pelican-cloudtrail")
    add(
        "pelican-cloudtrail",
        VIRGINIA,
        1_500,
        t.stream(
            "AWSLogs/CloudTrail/{when:%Y/%m/%d}/{hex}.json.gz",
            since=420,
            per_day=6,
            size=38 * MB,
            lifecycle=((90, "GLACIER_IR"),),
        ),
        team="security",
    )

    t = times("pelican-proof-of-delivery")
    add(
        "pelican-proof-of-delivery",
        IRELAND,
        430,
        t.stream(
            "{name}/{when:%Y/%m/%d}/parcel-{n:06d}.jpg",
            since=425,
            per_day=50,
            size=3.4 * MB,
            lifecycle=((120, "STANDARD_IA"),),
        ),
        team="deliveries",
    )

    t = times("pelican-proof-of-delivery-ap")
    add(
        "pelican-proof-of-delivery-ap",
        SYDNEY,
        300,
        t.stream(
            "{name}/{when:%Y/%m/%d}/parcel-{n:06d}.jpg",
            since=290,
            per_day=5,
            size=3.4 * MB,
            names=("perth",),
        ),
        team="deliveries",
    )

    t = times("pelican-dashcam-video")
    add(
        "pelican-dashcam-video",
        OREGON,
        700,
        t.stream(
            "{name}/{when:%Y-%m}/truck-{n:05d}.mp4",
            since=540,
            per_day=3,
            size=26 * GB,
            storage_class="INTELLIGENT_TIERING",
        ),
        team="fleet-safety",
    )

    t = times("pelican-web-assets")
    assets = t.stream(
        "assets/{hex}-{n}.js",
        since=600,
        per_day=1.5,
        size=180 * KB,
        spread=0.9,
    )
    hostile = (Object(key, 1_000 + n, t.ago(40 + n)) for n, key in enumerate(HOSTILE_KEYS))
    add("pelican-web-assets", VIRGINIA, 1_400, (*assets, *hostile), team="web")

    t = times("pelican-web-assets-eu")
    add(
        "pelican-web-assets-eu",
        IRELAND,
        1_100,
        t.stream(
            "assets/{hex}-{n}.js",
            since=600,
            per_day=1,
            size=180 * KB,
            spread=0.9,
        ),
        team="web",
    )

    t = times("pelican-customer-exports")
    add(
        "pelican-customer-exports",
        IRELAND,
        620,
        t.stream(
            "tenant-{name}/{when:%Y-%m-%d}/export.parquet",
            since=200,
            per_day=2,
            size=5 * GB,
            storage_class="ONEZONE_IA",
            names=("acme", "globex", "initech", "umbrella"),
        ),
        team="integrations",
    )

    t = times("pelican-invoices")
    add(
        "pelican-invoices",
        FRANKFURT,
        980,
        t.stream(
            "{when:%Y/%m}/invoice-{n:07d}.pdf",
            since=365,
            per_day=6,
            size=46 * KB,
            lifecycle=((30, "STANDARD_IA"),),
        ),
        team="finance",
    )

    t = times("pelican-hr-records")
    add(
        "pelican-hr-records",
        FRANKFURT,
        1_020,
        t.stream(
            "people/{hex}.pdf",
            since=900,
            per_day=0.5,
            size=14 * MB,
        ),
        team="people",
        denied=True,
    )

    add(
        "pelican-litigation-hold",
        VIRGINIA,
        0.3,
        (Object("matter-4711/disclosure.zip", 80 * GB, times("pelican-litigation-hold").ago(0.2)),),
        team="legal",
        denied=True,
        metrics=False,
    )

    t = times("pelican-terraform-state")
    states = tuple(f"{name}/{env}.tfstate" for name in services for env in ("prod", "stage"))
    removed = tuple(
        DeleteMarker(f"retired/{name}.tfstate", t.ago(200 + n)) for n, name in enumerate(_DEPOTS)
    )
    buried = (
        Object(marker.key, 2 * MB, marker.born - 90 * _DAY, noncurrent=marker.born)
        for marker in removed
    )
    add(
        "pelican-terraform-state",
        VIRGINIA,
        1_300,
        (
            *t.rewritten(states, since=600, every=15, size=3 * MB),
            *buried,
        ),
        team="platform",
        versioned=True,
        delete_markers=removed,
    )

    t = times("pelican-config-snapshots")
    hosts = tuple(f"{name}/cluster-{n}.img" for name in _DEPOTS for n in range(4))
    add(
        "pelican-config-snapshots",
        IRELAND,
        500,
        t.rewritten(
            hosts,
            since=420,
            every=7,
            size=7 * GB,
        ),
        team="platform",
        versioned=True,
    )

    t = times("pelican-mobile-uploads")
    add(
        "pelican-mobile-uploads",
        SYDNEY,
        410,
        t.stream(
            "incoming/{name}/{hex}.mov",
            since=60,
            per_day=8,
            size=900 * MB,
            expire=30,
        ),
        uploads=t.uploads(
            "incoming/stalled-{n:03d}.mov",
            count=60,
            since=200,
            parts=60,
            part=512 * MB,
        ),
        team="driver-app",
    )

    add("pelican-landing-zone", FRANKFURT, 75, team="integrations")

    t = times("pelican-cost-reports")
    add(
        "pelican-cost-reports",
        VIRGINIA,
        800,
        t.stream(
            "cur/{when:%Y%m}/{when:%d}-{n}.parquet",
            since=400,
            per_day=1,
            size=60 * MB,
        ),
        team="finance",
    )

    t = times("pelican-thumbnails-legacy")
    add(
        "pelican-thumbnails-legacy",
        VIRGINIA,
        3_900,
        t.stream(
            "t/{hex}.png",
            since=3_800,
            until=2_600,
            per_day=0.8,
            size=700 * MB,
            storage_class="REDUCED_REDUNDANCY",
        ),
    )
    return tuple(shelf.buckets)


def _data(now: datetime, seed: int) -> tuple[SampleBucket, ...]:
    shelf = _Shelf(DATA, now, seed)
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
        t.stream(
            "{when:%Y/%m/%d}/{hex}.avro",
            since=200,
            per_day=10,
            size=5 * GB,
            expire=95,
        ),
        team="fleet",
    )

    t = times("pelican-athena-results")
    add(
        "pelican-athena-results",
        VIRGINIA,
        640,
        t.stream(
            "{hex}-{n}.csv",
            since=100,
            per_day=40,
            size=700 * MB,
            expire=7,
            spread=0.95,
        ),
        team="analytics",
    )

    t = times("pelican-db-backups")
    add(
        "pelican-db-backups",
        VIRGINIA,
        1_150,
        t.stream(
            "postgres/{name}/{when:%Y-%m-%d}.dump.zst",
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
            "postgres/{name}/{when:%Y-%m-%d}.dump.zst",
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
            lifecycle=((14, "DEEP_ARCHIVE"),),
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
        t.stream(
            "index/segment-{n:04d}.lucene",
            since=320,
            until=100,
            per_day=1,
            size=28 * GB,
        ),
        team="search",
        deleted=4.4,
    )

    t = times("pelican-etl-2023")
    add(
        "pelican-etl-2023",
        VIRGINIA,
        1_090,
        t.stream(
            "out/{when:%Y-%m-%d}.orc",
            since=1_000,
            until=700,
            per_day=1,
            size=13 * GB,
        ),
        team="data-platform",
        deleted=43.5,
    )
    return tuple(shelf.buckets)


def _labs(now: datetime, seed: int) -> tuple[SampleBucket, ...]:
    shelf = _Shelf(LABS, now, seed)
    add, times = shelf.add, shelf.times

    # Nobody has written to it for seven months, and nobody's name is on it.
    t = times("pelican-eta-experiment")
    add(
        "pelican-eta-experiment",
        OREGON,
        400,
        t.stream(
            "run-{n:04d}/checkpoint-{hex}.pt",
            since=390,
            until=215,
            per_day=6,
            size=12 * GB,
        ),
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
        t.rewritten(
            models,
            since=400,
            every=4,
            size=6 * GB,
        ),
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
        t.stream(
            "tmp/{hex}",
            since=380,
            per_day=1,
            size=3 * GB,
            spread=0.95,
        ),
    )

    t = times("pelican-hackweek")
    add(
        "pelican-hackweek",
        VIRGINIA,
        0.25,
        t.stream(
            "team-{name}/{hex}.bin",
            since=0.2,
            per_day=200,
            size=1.2 * GB,
        ),
        team="everyone",
        metrics=False,
    )
    return tuple(shelf.buckets)
