import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import InvalidRegionError
from werkzeug.wrappers import Request, Response

from bot.aws.collector import S3Collector
from bot.aws.listing import ListingRefused, S3Lister
from bot.clock import Clock
from bot.core.listings import Candidate, Headway
from bot.core.patterns import Pattern, Patterns
from bot.core.scan import Listing, ListingProgress, ScanStats, request_usd
from bot.core.snapshot import Scope, Snapshot
from bot.core.usage import Bucket, Cell, Newest, Skipped, Source, Tally, Usage
from bot.errors import ConsentError, EstateError
from tests.aws.stand_in import Call, Estate

OWN = "123456789012"
ALL = Scope()
DAY = timedelta(days=1)
NEWEST = Newest("key-1", datetime(2026, 11, 21, 9, tzinfo=UTC))


#: Of the real day, since that is what moto dates buckets by.
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
NOON = TODAY + timedelta(hours=12)


class Noon:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOON


@dataclass
class FakeLister:
    """Lists what it was told a bucket holds: a number of objects of 10 bytes, or an error."""

    holds: dict[str, int | Exception] = field(default_factory=dict)
    listed: list[tuple[str, int | None]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def usage(
        self,
        bucket: Bucket,
        prefix: str = "",
        *,
        limit: int | None = None,
        progress: Callable[[ListingProgress], None] | None = None,
        expected: int | None = None,
        stop: asyncio.Event | None = None,
    ) -> Listing:
        """What it holds, up to the limit."""
        self.listed.append((bucket.name, limit))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        held = self.holds.get(bucket.name, 2)
        if isinstance(held, Exception):
            raise held
        objects = held if limit is None else min(held, limit)
        if progress is not None:
            progress(ListingProgress(objects // 2, 1, 0.1, 0))
        usage = Usage(
            bucket=bucket.name,
            region=bucket.region,
            created=bucket.created,
            source=Source.LIST,
            as_of=NOON,
            objects=objects,
            cells=(Cell("STANDARD", Tally(objects, 10 * objects)),),
            newest=NEWEST,
            complete=objects == held,
            account=bucket.account,
        )
        took = ScanStats(1, 0, 0, 0.1, 10.0, 1, request_usd(bucket.region))
        return Listing(usage, took)


def only(glob: str) -> Patterns:
    """The pattern of one glob."""
    return Patterns((Pattern(glob),))


def rows(snapshot: Snapshot) -> dict[str, tuple[Source, int | None, int]]:
    """Source, objects and bytes by bucket."""
    return {each.bucket: (each.source, each.objects, each.bytes) for each in snapshot.usages}


def counted(estate: Estate, name: str, region: str = "us-east-1", objects: int = 5) -> None:
    """A bucket with metrics of today: 1,000 bytes for each object."""
    estate.aws.bucket(name, region)
    estate.aws.metric(name, 1000 * objects, TODAY, region=region)
    estate.aws.metric(name, objects, TODAY, region=region, storage_type="AllStorageTypes")


@pytest.fixture
async def real_lister(estate: Estate) -> AsyncIterator[tuple[S3Collector, S3Lister]]:
    """A collector that lists for real."""
    accounts = estate.accounts()
    lister = S3Lister(accounts.client_for, Clock(), attempts=2)
    yield S3Collector(accounts, lister, Clock()), lister
    await lister.close()


async def measure(estate: Estate, lister: FakeLister, scope: Scope = ALL) -> Snapshot:
    """Measured with a limit of 100 objects for source AUTO."""
    return await S3Collector(estate.accounts(), lister, Noon(), auto_list_limit=100).measure(scope)


async def test_metrics_alone(estate: Estate) -> None:
    """A bucket without metrics is not a bucket without objects."""
    counted(estate, "logs")
    estate.aws.bucket("young")
    lister = FakeLister()
    told = await measure(estate, lister, Scope(Source.METRICS))
    assert rows(told) == {"logs": (Source.METRICS, 5, 5000)}
    why = "no storage metrics yet"
    assert told.skipped == (Skipped("young", "us-east-1", why, None, OWN),)
    assert lister.listed == []
    assert told.taken_at == NOON


async def test_listings_alone(estate: Estate) -> None:
    """Only what is of interest is listed, whole, and nothing is asked of CloudWatch."""
    counted(estate, "logs")
    counted(estate, "media")
    lister = FakeLister({"logs": 5000})
    told = await measure(estate, lister, Scope(Source.LIST, buckets=only("logs*")))
    assert rows(told) == {"logs": (Source.LIST, 5000, 50000)}
    assert lister.listed == [("logs", None)]
    assert "GetMetricData" not in estate.aws.operations()


async def test_auto_keeps_the_numbers_that_aws_bills_and_adds_the_newest(estate: Estate) -> None:
    """CloudWatch counts noncurrent versions and unfinished uploads, a listing does not."""
    counted(estate, "logs", objects=100)
    lister = FakeLister({"logs": 60})
    told = await measure(estate, lister)
    assert rows(told) == {"logs": (Source.METRICS, 100, 100_000)}
    assert told.usages[0].newest == NEWEST
    assert told.usages[0].as_of == TODAY


async def test_auto_does_not_list_what_is_large(estate: Estate) -> None:
    """Its newest object stays unknown."""
    counted(estate, "logs", objects=101)
    lister = FakeLister()
    told = await measure(estate, lister)
    assert rows(told) == {"logs": (Source.METRICS, 101, 101_000)}
    assert told.usages[0].newest is None
    assert lister.listed == []


async def test_auto_knows_no_newest_of_a_bucket_that_grew_past_the_limit(estate: Estate) -> None:
    """The newest of the part that was listed is not the newest."""
    counted(estate, "logs", objects=100)
    told = await measure(estate, FakeLister({"logs": 500}))
    assert told.usages[0].newest is None
    assert told.usages[0].complete


async def test_auto_lists_what_has_no_metrics_up_to_the_limit(estate: Estate) -> None:
    """Beyond it, every number is "at least"."""
    estate.aws.bucket("young")
    estate.aws.bucket("young-but-large")
    lister = FakeLister({"young": 7, "young-but-large": 1000})
    told = await measure(estate, lister)
    assert rows(told) == {
        "young": (Source.LIST, 7, 70),
        "young-but-large": (Source.LIST, 100, 1000),
    }
    assert [usage.complete for usage in told.usages] == [True, False]
    assert sorted(lister.listed) == [("young", 100), ("young-but-large", 100)]


async def test_auto_loses_no_metrics_to_a_refused_listing(estate: Estate) -> None:
    """The newest object is unknown, and nothing else."""
    counted(estate, "logs")
    told = await measure(estate, FakeLister({"logs": ListingRefused("AccessDenied", 403, "")}))
    assert rows(told) == {"logs": (Source.METRICS, 5, 5000)}
    assert told.usages[0].newest is None
    assert told.skipped == ()


async def test_auto_measures_the_whole_region_and_lists_what_is_of_interest(
    estate: Estate,
) -> None:
    """AWS pools its volume tiers over all buckets of a region."""
    counted(estate, "logs")
    counted(estate, "media")
    estate.aws.bucket("young-media")
    lister = FakeLister()
    told = await measure(estate, lister, Scope(buckets=only("logs")))
    assert rows(told) == {
        "logs": (Source.METRICS, 5, 5000),
        "media": (Source.METRICS, 5, 5000),
    }
    assert lister.listed == [("logs", 100)]
    assert told.skipped == ()


@pytest.mark.parametrize("source", Source)
async def test_other_regions_are_left_out(estate: Estate, source: Source) -> None:
    """Their tiers are their own."""
    counted(estate, "logs")
    counted(estate, "paris", "eu-west-3")
    told = await measure(estate, FakeLister(), Scope(source, regions=only("eu-*")))
    assert set(rows(told)) == {"paris"}
    assert told.scope == Scope(source, regions=only("eu-*"))


async def test_auto_lists_where_cloudwatch_is_refused(estate: Estate) -> None:
    """Region by region: what CloudWatch does say elsewhere is kept."""
    counted(estate, "logs")
    counted(estate, "paris", "eu-west-3")
    estate.aws.refuse("GetMetricData", 403, "AccessDenied", region="eu-west-3")
    told = await measure(estate, FakeLister())
    assert rows(told) == {
        "logs": (Source.METRICS, 5, 5000),
        "paris": (Source.LIST, 2, 20),
    }


async def test_metrics_alone_skip_where_cloudwatch_is_refused(estate: Estate) -> None:
    """The missing permission is named for each bucket."""
    counted(estate, "logs")
    estate.aws.refuse("GetMetricData", 403, "AccessDenied")
    told = await measure(estate, FakeLister(), Scope(Source.METRICS))
    denied = Skipped("logs", "us-east-1", "access denied", "cloudwatch:GetMetricData", OWN)
    assert (told.usages, told.skipped) == ((), (denied,))


@pytest.mark.parametrize(
    ("code", "status", "reason", "permission"),
    [
        ("AccessDenied", 403, "access denied", "s3:ListBucket"),
        ("NoSuchBucket", 404, "bucket is gone", None),
        ("PermanentRedirect", 301, "is in another region", None),
        ("SlowDown", 503, "throttled", None),
        ("Timeout", None, "timed out", None),
        ("ConnectionError", None, "could not be reached", None),
        ("MalformedPage", 200, "the answer could not be read", None),
    ],
)
@pytest.mark.parametrize("source", [Source.LIST, Source.AUTO])
async def test_a_bucket_that_cannot_be_listed_is_skipped(
    estate: Estate,
    source: Source,
    code: str,
    status: int | None,
    reason: str,
    permission: str | None,
) -> None:
    """The rest of the answer stands."""
    estate.aws.bucket("logs")
    estate.aws.bucket("vault")
    lister = FakeLister({"vault": ListingRefused(code, status, "")})
    told = await measure(estate, lister, Scope(source))
    assert rows(told) == {"logs": (Source.LIST, 2, 20)}
    assert told.skipped == (Skipped("vault", "us-east-1", reason, permission, OWN),)


async def test_a_bucket_that_is_gone_has_no_numbers(estate: Estate) -> None:
    """CloudWatch's are those of the day before, and say that there is one."""
    counted(estate, "logs")
    counted(estate, "gone")
    lister = FakeLister({"gone": ListingRefused("NoSuchBucket", 404, "")})
    told = await measure(estate, lister)
    assert rows(told) == {"logs": (Source.METRICS, 5, 5000)}
    assert told.skipped == (Skipped("gone", "us-east-1", "bucket is gone", None, OWN),)


async def test_access_revoked_half_way_leaves_what_was_counted(
    estate: Estate, real_lister: tuple[S3Collector, S3Lister]
) -> None:
    """With the reason, where nothing better is known of the bucket."""
    estate.aws.bucket("logs")
    first = (
        "<ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>a</Key><Size>7</Size>"
        "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>"
    )
    pages = count()

    def revoke(call: Call, request: Request) -> Response | None:
        if call.operation != "ListObjectsV2":
            return None
        if next(pages):
            return Response("<Error><Code>AccessDenied</Code></Error>", 403)
        return Response(first, mimetype="application/xml")

    estate.aws.answers.append(revoke)
    told = await real_lister[0].measure(Scope(Source.LIST))
    assert rows(told) == {"logs": (Source.LIST, 1, 7)}
    usage = told.usages[0]
    found = (usage.complete, usage.reason, usage.permission)
    assert found == (False, "access denied", "s3:ListBucket")


async def test_buckets_of_unknown_region_are_skipped_unless_of_no_interest(
    estate: Estate,
) -> None:
    """They may be in the region asked for."""
    estate.aws.bucket("vault")
    estate.aws.refuse("GetBucketLocation", 403, "AccessDenied")
    estate.aws.refuse("HeadBucket", 403)
    unknown = Skipped("vault", None, "access denied", "s3:GetBucketLocation", OWN)
    told = await measure(estate, FakeLister(), Scope(regions=only("eu-*")))
    assert told.skipped == (unknown,)
    told = await measure(estate, FakeLister(), Scope(buckets=only("logs")))
    assert told.skipped == ()


async def test_an_account_that_cannot_be_read_is_told_whatever_was_asked(estate: Estate) -> None:
    """Nobody knows what is in it."""
    estate.aws.bucket("logs")
    estate.aws.refuse("AssumeRole", 403, "AccessDenied")
    role = "arn:aws:iam::222222222222:role/s3monitor"
    collector = S3Collector(estate.accounts(roles=[role]), FakeLister(), Noon())
    told = await collector.measure(Scope(buckets=only("logs")))
    assert [(each.bucket, each.account) for each in told.skipped] == [("*", "222222222222")]


async def test_an_estate_that_cannot_be_read_at_all(estate: Estate) -> None:
    """No snapshot is better than an empty one."""
    estate.aws.refuse("ListBuckets", 403, "AccessDenied")
    with pytest.raises(EstateError, match="s3:ListAllMyBuckets"):
        await measure(estate, FakeLister())


async def test_rows_are_sorted_by_account_and_bucket(estate: Estate) -> None:
    """Two measurements of the same estate read the same."""
    role = "arn:aws:iam::000000000002:role/s3monitor"
    for name in ("c-logs", "a-logs", "b-logs"):
        estate.aws.bucket(name)
    estate.aws.bucket("z-logs", account="000000000002")
    collector = S3Collector(estate.accounts(roles=[role]), FakeLister(), Noon())
    told = await collector.measure(Scope())
    assert [each.bucket for each in told.usages] == ["z-logs", "a-logs", "b-logs", "c-logs"]


async def test_several_buckets_are_listed_at_once_and_not_too_many(estate: Estate) -> None:
    """One bound over all of them."""
    for number in range(6):
        estate.aws.bucket(f"logs-{number}")
    lister = FakeLister()
    collector = S3Collector(estate.accounts(), lister, Noon(), buckets_at_once=3)
    await collector.measure(Scope(Source.LIST))
    assert lister.most_at_once == 3


async def test_progress_goes_on_to_the_end(estate: Estate) -> None:
    """Buckets done, buckets in all, objects listed, dollars spent: never backwards."""
    counted(estate, "large", objects=1000)
    estate.aws.bucket("logs")
    estate.aws.bucket("vault")
    told: list[tuple[int, int, int, Decimal]] = []
    lister = FakeLister({"logs": 6, "vault": ListingRefused("AccessDenied", 403, "")})
    collector = S3Collector(estate.accounts(), lister, Noon(), auto_list_limit=100)

    def tell(at: Headway) -> None:
        told.append((at.done, at.buckets, at.listing.objects if at.listing else 0, at.usd))

    await collector.measure(Scope(), tell)
    assert (told[0], told[-1]) == ((0, 3, 0, 0), (3, 3, 6, 2 * request_usd("us-east-1")))
    assert told == sorted(told)


@pytest.mark.parametrize(("objects", "expected"), [(None, None), (7, 7)])
async def test_how_far_it_is_is_told_where_that_is_known(
    estate: Estate, objects: int | None, expected: int | None
) -> None:
    """What source AUTO lists at most is no number of objects."""
    if objects is None:
        estate.aws.bucket("logs")
    else:
        counted(estate, "logs", objects=objects)
    told: list[Headway] = []
    collector = S3Collector(estate.accounts(), FakeLister(), Noon(), auto_list_limit=100)
    await collector.measure(ALL, told.append)
    assert told[-1].listing
    assert told[-1].listing.expected == expected


class Approval:
    """Keeps what it was asked, and approves of the buckets named."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.asked: list[tuple[str, int | None, int | None]] = []

    async def __call__(self, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """The port `Approve`."""
        self.asked = [(each.bucket.name, each.objects, each.limit) for each in candidates]
        return [each for each in candidates if each.bucket.name in self.names]


async def test_listings_are_approved_of_with_what_cloudwatch_counts(estate: Estate) -> None:
    """One metric a bucket, and only those of interest; what is refused is not listed."""
    counted(estate, "logs", objects=7_000_000)
    counted(estate, "media")
    estate.aws.bucket("young")
    estate.aws.calls.clear()
    lister, approval = FakeLister(), Approval("young")
    collector = S3Collector(estate.accounts(), lister, Noon())
    scope = Scope(Source.LIST, buckets=Patterns((Pattern("logs"), Pattern("young"))))
    told = await collector.measure(scope, approve=approval)
    assert sorted(approval.asked, key=str) == [("logs", 7_000_000, None), ("young", None, None)]
    assert lister.listed == [("young", None)]
    assert [each.bucket for each in told.skipped] == ["logs"]
    asked = [each for each in estate.aws.calls if each.operation == "GetMetricData"]
    assert len(asked) == 1


async def test_who_does_not_approve_ends_the_measurement(estate: Estate) -> None:
    """Nothing was listed by then."""

    async def refuse(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        raise ConsentError("Nobody agrees.")

    estate.aws.bucket("logs")
    lister = FakeLister()
    collector = S3Collector(estate.accounts(), lister, Noon())
    with pytest.raises(ConsentError):
        await collector.measure(Scope(Source.LIST), approve=refuse)
    assert lister.listed == []


async def test_auto_leaves_to_cloudwatch_what_is_not_approved_of(estate: Estate) -> None:
    """The newest object is unknown then; a bucket without metrics is skipped, with the reason."""
    counted(estate, "logs")
    counted(estate, "media")
    estate.aws.bucket("young")
    lister, approval = FakeLister(), Approval("media")
    collector = S3Collector(estate.accounts(), lister, Noon(), auto_list_limit=100)
    told = await collector.measure(ALL, approve=approval)
    assert sorted(approval.asked) == [("logs", 5, 100), ("media", 5, 100), ("young", None, 100)]
    assert {each.bucket: each.newest for each in told.usages} == {"logs": None, "media": NEWEST}
    why = "no storage metrics, and listing would cost more than may be spent unasked"
    assert told.skipped == (Skipped("young", "us-east-1", why, None, OWN),)
    assert lister.listed == [("media", 100)]


async def test_a_stop_ends_what_runs_and_begins_no_more(estate: Estate) -> None:
    """Those that were not begun are skipped; CloudWatch's numbers stand."""
    counted(estate, "a-logs")
    for name in ("b-logs", "c-logs"):
        estate.aws.bucket(name)
    stop = asyncio.Event()

    class Stopping(FakeLister):
        async def usage(self, bucket: Bucket, prefix: str = "", **how: Any) -> Listing:
            """Somebody stops it while the second is listed."""
            assert how["stop"] is stop
            if bucket.name == "b-logs":
                stop.set()
            return await super().usage(bucket, prefix, **how)

    told: list[Headway] = []
    collector = S3Collector(estate.accounts(), Stopping(), Noon(), buckets_at_once=1)
    snapshot = await collector.measure(ALL, told.append, stop=stop)
    assert [each.bucket for each in snapshot.usages] == ["a-logs", "b-logs"]
    why = "was stopped before it was listed"
    assert snapshot.skipped == (Skipped("c-logs", "us-east-1", why, None, OWN),)
    assert (told[-1].done, told[-1].buckets, told[-1].to_list) == (3, 3, 3)


async def test_a_real_listing_is_stopped_half_way(
    estate: Estate, real_lister: tuple[S3Collector, S3Lister]
) -> None:
    """What it counted by then is at least that."""
    estate.aws.bucket("logs", objects=3)
    stop = asyncio.Event()
    loop, let_go = asyncio.get_running_loop(), threading.Event()

    def think(call: Call, request: Request) -> None:
        if call.operation == "ListObjectsV2":
            loop.call_soon_threadsafe(stop.set)
            let_go.wait(4)

    estate.aws.answers.append(think)
    told = await real_lister[0].measure(Scope(Source.LIST), stop=stop)
    let_go.set()
    assert [(each.objects, each.complete) for each in told.usages] == [(0, False)]


async def test_a_past_time_is_recollected_from_metrics(estate: Estate) -> None:
    """Nothing is listed, for S3 shows no past; what came later is not missing then.

    A creation date is no proof: AWS moves it when a bucket's policy is edited.
    """
    counted(estate, "logs")
    estate.aws.metric("logs", 77, TODAY - 10 * DAY)
    counted(estate, "young")
    lister = FakeLister()
    collector = S3Collector(estate.accounts(), lister, Noon())
    told = await collector.recollect(ALL, NOON - 9 * DAY)
    assert told is not None
    assert rows(told) == {"logs": (Source.METRICS, None, 77)}
    assert (told.taken_at, told.skipped) == (NOON - 9 * DAY, ())
    assert lister.listed == []


async def test_a_bucket_that_was_there_without_metrics_is_skipped(estate: Estate) -> None:
    """A comparison with that time is "at least"."""
    counted(estate, "logs")
    estate.aws.bucket("vault")
    told = await S3Collector(estate.accounts(), FakeLister(), Noon()).recollect(ALL, TODAY + DAY)
    assert told is not None
    why = "no storage metrics of that time"
    assert told.skipped == (Skipped("vault", "us-east-1", why, None, OWN),)


async def test_a_time_that_aws_does_not_remember(estate: Estate) -> None:
    """No snapshot is better than an empty one."""
    counted(estate, "logs")
    collector = S3Collector(estate.accounts(), FakeLister(), Noon())
    assert await collector.recollect(ALL, NOON - 400 * DAY) is None


async def test_a_bucket_deleted_since_is_recollected(estate: Estate) -> None:
    """CloudWatch still names it, with or without interest, for its region's tiers counted it."""
    counted(estate, "logs")
    for name in ("logs", "gone"):
        estate.aws.metric(name, 77, TODAY - 8 * DAY)
    estate.aws.metric("gone-before", 77, TODAY - 13 * DAY)
    estate.aws.metric("came-and-went", 77, TODAY - 2 * DAY)
    scope = Scope(buckets=only("logs"))
    told = await S3Collector(estate.accounts(), FakeLister(), Noon()).recollect(
        scope, NOON - 7 * DAY
    )
    assert told is not None
    assert rows(told) == {"logs": (Source.METRICS, None, 77), "gone": (Source.METRICS, None, 77)}
    assert told.skipped == ()
    gone = next(each for each in told.usages if each.bucket == "gone")
    assert (gone.account, gone.region, gone.created) == (OWN, "us-east-1", None)


async def test_the_names_of_deleted_buckets_may_be_refused(estate: Estate) -> None:
    """The buckets that still exist are recollected all the same."""
    counted(estate, "logs")
    for name in ("logs", "gone"):
        estate.aws.metric(name, 77, TODAY - 8 * DAY)
    estate.aws.refuse("ListMetrics", 403, "AccessDenied")
    told = await S3Collector(estate.accounts(), FakeLister(), Noon()).recollect(ALL, NOON - 7 * DAY)
    assert told is not None
    assert set(rows(told)) == {"logs"}


async def test_a_deleted_bucket_whose_numbers_are_refused_is_skipped(estate: Estate) -> None:
    """It may have been there; a comparison with that time is "at least"."""
    counted(estate, "paris", "eu-west-3")
    estate.aws.metric("paris", 77, TODAY - 8 * DAY, region="eu-west-3")
    estate.aws.metric("gone", 77, TODAY - 8 * DAY)
    estate.aws.refuse("GetMetricData", 403, "AccessDenied", region="us-east-1")
    told = await S3Collector(estate.accounts(), FakeLister(), Noon()).recollect(ALL, NOON - 7 * DAY)
    assert told is not None
    assert set(rows(told)) == {"paris"}
    denied = Skipped("gone", "us-east-1", "access denied", "cloudwatch:GetMetricData", OWN)
    assert told.skipped == (denied,)


@pytest.mark.parametrize(("days", "asked"), [(14, True), (15, False)])
async def test_names_are_asked_for_as_long_as_cloudwatch_keeps_them(
    estate: Estate, days: int, asked: bool
) -> None:
    """Before that, it names nothing that is gone."""
    counted(estate, "logs")
    estate.aws.calls.clear()
    collector = S3Collector(estate.accounts(), FakeLister(), Noon())
    await collector.recollect(ALL, NOON - days * DAY)
    assert ("ListMetrics" in estate.aws.operations()) == asked


async def test_a_listing_that_could_not_be_signed_is_told_as_what_it_is(estate: Estate) -> None:
    """A region that is no region, say, as opposed to credentials that are missing."""
    estate.aws.bucket("logs")
    error = ListingRefused("NoCredentials", None, "")
    error.__cause__ = InvalidRegionError(region_name="the moon")
    told = await measure(estate, FakeLister({"logs": error}))
    assert [each.reason for each in told.skipped] == ["the AWS configuration is not usable"]


@pytest.mark.parametrize(
    "operation", ["GetCallerIdentity", "ListBuckets", "GetBucketLocation", "GetMetricData"]
)
async def test_the_event_loop_goes_on_while_aws_thinks(estate: Estate, operation: str) -> None:
    """AWS's answer here waits for the event loop: a blocked one would never give it."""
    estate.aws.bucket("logs")
    loop, asked, let_go = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    gave_up = []

    def think(call: Call, request: Request) -> None:
        if call.operation == operation:
            loop.call_soon_threadsafe(asked.set)
            gave_up.append(not let_go.wait(4))

    estate.aws.answers.append(think)
    measuring = asyncio.create_task(measure(estate, FakeLister()))
    await asked.wait()
    let_go.set()
    await measuring
    assert gave_up == [False]


async def test_a_real_listing_agrees_with_counting_by_hand(
    estate: Estate, real_lister: tuple[S3Collector, S3Lister]
) -> None:
    """Discovery, signing and listing fit each other, in several regions and at once."""
    estate.aws.bucket("logs", objects=3)
    estate.aws.bucket("paris", "eu-west-3", objects=2)
    estate.aws.bucket("empty")
    estate.aws.bucket("vault", objects=1)
    estate.aws.refuse("ListObjectsV2", 403, "AccessDenied", bucket="vault")
    told = await real_lister[0].measure(Scope(Source.LIST))
    assert rows(told) == {
        "empty": (Source.LIST, 0, 0),
        "logs": (Source.LIST, 3, 30),
        "paris": (Source.LIST, 2, 20),
    }
    denied = Skipped("vault", "us-east-1", "access denied", "s3:ListBucket", OWN)
    assert told.skipped == (denied,)
