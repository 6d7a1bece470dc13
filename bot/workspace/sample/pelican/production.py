"""What the lorries and the people in the office write: logs, photos, invoices, state."""

from __future__ import annotations

from datetime import datetime

from bot.core.usage import GB, KB, MB
from bot.workspace.sample.estate import DeleteMarker, Object, SampleBucket
from bot.workspace.sample.pelican.lives import DAY, DEPOTS
from bot.workspace.sample.pelican.shelf import (
    FRANKFURT,
    IRELAND,
    OREGON,
    PRODUCTION,
    SYDNEY,
    VIRGINIA,
    Shelf,
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


def production(now: datetime, seed: int) -> tuple[SampleBucket, ...]:
    """The buckets of the production account."""
    shelf = Shelf(PRODUCTION, now, seed)
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
            "AWSLogs/{when:%Y/%m/%d}/{hex}.log.gz", since=150, per_day=12, size=600 * MB, expire=60
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
    assets = t.stream("assets/{hex}-{n}.js", since=600, per_day=1.5, size=180 * KB, spread=0.9)
    hostile = (Object(key, 1_000 + n, t.ago(40 + n)) for n, key in enumerate(HOSTILE_KEYS))
    add("pelican-web-assets", VIRGINIA, 1_400, (*assets, *hostile), team="web")

    t = times("pelican-web-assets-eu")
    add(
        "pelican-web-assets-eu",
        IRELAND,
        1_100,
        t.stream("assets/{hex}-{n}.js", since=600, per_day=1, size=180 * KB, spread=0.9),
        team="web",
    )

    t = times("pelican-customer-exports")
    add(
        "pelican-customer-exports",
        IRELAND,
        620,
        t.stream(
            "tenant-{name}/{when:%Y-%m-%d}/export-{n:04d}.parquet",
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
            storage_class="STANDARD_IA",
        ),
        team="finance",
    )

    t = times("pelican-hr-records")
    add(
        "pelican-hr-records",
        FRANKFURT,
        1_020,
        t.stream("people/{hex}.pdf", since=900, per_day=0.5, size=14 * MB),
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
        DeleteMarker(f"retired/{name}.tfstate", t.ago(200 + n)) for n, name in enumerate(DEPOTS)
    )
    buried = (
        Object(marker.key, 2 * MB, marker.born - 90 * DAY, noncurrent=marker.born)
        for marker in removed
    )
    add(
        "pelican-terraform-state",
        VIRGINIA,
        1_300,
        (*t.rewritten(states, since=600, every=15, size=3 * MB), *buried),
        team="platform",
        versioned=True,
        delete_markers=removed,
    )

    t = times("pelican-config-snapshots")
    hosts = tuple(f"{name}/cluster-{n}.img" for name in DEPOTS for n in range(4))
    add(
        "pelican-config-snapshots",
        IRELAND,
        500,
        t.rewritten(hosts, since=420, every=7, size=7 * GB),
        team="platform",
        versioned=True,
    )

    t = times("pelican-mobile-uploads")
    add(
        "pelican-mobile-uploads",
        SYDNEY,
        410,
        t.stream("incoming/{name}/{hex}.mov", since=60, per_day=8, size=900 * MB, expire=30),
        uploads=t.uploads(
            "incoming/stalled-{n:03d}.mov", count=60, since=200, parts=60, part=512 * MB
        ),
        team="driver-app",
    )

    add("pelican-landing-zone", FRANKFURT, 75, team="integrations")

    t = times("pelican-cost-reports")
    add(
        "pelican-cost-reports",
        VIRGINIA,
        800,
        t.stream("cur/{when:%Y%m}/{when:%d}-{n}.parquet", since=400, per_day=1, size=60 * MB),
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
