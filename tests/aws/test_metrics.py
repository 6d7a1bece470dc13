import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.wrappers import Request, Response

from bot.aws.metrics import Measured, StorageMetrics
from bot.aws.refusals import Kind, Refusal
from bot.core.storage import storage_types
from bot.core.usage import Bucket, Cell, Source, Tally, Usage
from tests.aws.stand_in import Call, Estate

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = NOON.replace(hour=0)
DAY = timedelta(days=1)
LOGS = Bucket("logs", "us-east-1", datetime(2024, 1, 1, tzinfo=UTC))


async def measured(estate: Estate, *buckets: Bucket, at: datetime = NOON) -> Measured:
    """What the metrics say of these buckets."""
    return await StorageMetrics(estate.accounts()).usages(buckets, at)


async def usage(estate: Estate, at: datetime = NOON) -> Usage | None:
    """What they say of one."""
    return (await measured(estate, LOGS, at=at)).usages[LOGS]


class Canned:
    """GetMetricData answered by hand, page by page; keeps what was asked."""

    def __init__(self, *pages: Sequence[dict[str, Any]]) -> None:
        self.pages = pages
        self.asked: list[dict[str, Any]] = []

    def __call__(self, call: Call, request: Request) -> Response | None:
        """The page that the token asks for; each result names a storage type as its Id."""
        if call.operation != "GetMetricData":
            return None
        asked = json.loads(request.get_data())
        self.asked.append(asked)
        ids = {
            query["MetricStat"]["Metric"]["Dimensions"][1]["Value"]: query["Id"]
            for query in asked["MetricDataQueries"]
        }
        page = int(asked.get("NextToken", 0))
        answer: dict[str, Any] = {
            "MetricDataResults": [
                {**result, "Id": ids[result["Id"]]} for result in self.pages[page]
            ]
        }
        if page + 1 < len(self.pages):
            answer["NextToken"] = str(page + 1)
        return Response(json.dumps(answer), mimetype="application/x-amz-json-1.0")


def series(name: str, *points: tuple[datetime, float], status: str = "Complete") -> dict[str, Any]:
    """One series of an answer."""
    return {
        "Id": name,
        "Timestamps": [moment.timestamp() for moment, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": status,
    }


async def test_a_bucket_with_metrics(estate: Estate) -> None:
    """Bytes by storage type, objects in all: CloudWatch has no count for each class."""
    estate.aws.metric("logs", 3e12, TODAY - DAY)
    estate.aws.metric("logs", 32768, TODAY - DAY, storage_type="GlacierObjectOverhead")
    estate.aws.metric("logs", 1234, TODAY - DAY, storage_type="AllStorageTypes")
    expected = Usage(
        bucket="logs",
        region="us-east-1",
        created=LOGS.created,
        source=Source.METRICS,
        as_of=TODAY - DAY,
        objects=1234,
        cells=(
            Cell("StandardStorage", Tally(None, 3_000_000_000_000)),
            Cell("GlacierObjectOverhead", Tally(None, 32768)),
        ),
    )
    assert expected == await usage(estate)


async def test_every_storage_type_is_asked_for(estate: Estate) -> None:
    """All 27, the older name of one of them, and the number of objects; by the day."""
    canned = Canned([series(name, (TODAY, 1)) for name in storage_types()])
    estate.aws.answers.append(canned)
    told = await usage(estate)
    assert told is not None
    assert {cell.kind for cell in told.cells} == set(storage_types())
    queries = [query["MetricStat"] for query in canned.asked[0]["MetricDataQueries"]]
    names = {query["Metric"]["Dimensions"][1]["Value"] for query in queries}
    more = {"GlacierInstantRetrievalSizeOverhead", "AllStorageTypes"}
    assert names == {*storage_types(), *more}
    assert {(query["Period"], query["Stat"]) for query in queries} == {(86400, "Average")}


async def test_a_missing_series_is_unknown(estate: Estate) -> None:
    """Without a size there is no usage at all, and without a count no number of objects."""
    counted, sized = Bucket("counted", "us-east-1", None), Bucket("sized", "us-east-1", None)
    estate.aws.metric("counted", 5, TODAY, storage_type="AllStorageTypes")
    estate.aws.metric("sized", 5, TODAY)
    told = await measured(estate, LOGS, counted, sized)
    sizes = {
        bucket.name: None if usage is None else (usage.objects, usage.bytes)
        for bucket, usage in told.usages.items()
    }
    assert sizes == {"logs": None, "counted": None, "sized": (None, 5)}
    assert told.refused == {}


async def test_a_measured_zero_is_zero(estate: Estate) -> None:
    """An empty bucket that CloudWatch has counted is known to be empty."""
    estate.aws.metric("logs", 0, TODAY)
    told = await usage(estate)
    assert told is not None
    assert told.cells == (Cell("StandardStorage", Tally(None, 0)),)


@pytest.mark.parametrize("points", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
async def test_the_newest_point_counts_in_whatever_order(
    estate: Estate, points: tuple[int, ...]
) -> None:
    """The timestamps say which is newest, not the place in the answer."""
    values = [(TODAY - (3 - day) * DAY, day * 100) for day in points]
    estate.aws.answers.append(Canned([series("StandardStorage", *values)]))
    told = await usage(estate)
    assert told is not None
    assert (told.bytes, told.as_of) == (300, TODAY)


async def test_a_point_three_days_old_counts_and_one_of_four_does_not(estate: Estate) -> None:
    """Delivery is a best effort: one missed day hides nothing."""
    estate.aws.metric("logs", 7, TODAY - 4 * DAY)
    assert await usage(estate) is None
    estate.aws.metric("logs", 8, TODAY - 3 * DAY)
    told = await usage(estate)
    assert told is not None
    assert (told.bytes, told.as_of) == (8, TODAY - 3 * DAY)


async def test_a_past_time_has_its_own_numbers(estate: Estate) -> None:
    """CloudWatch remembers; what came later does not count."""
    estate.aws.metric("logs", 7, TODAY - 10 * DAY)
    estate.aws.metric("logs", 9, TODAY)
    told = await usage(estate, at=NOON - 9 * DAY)
    assert told is not None
    assert (told.bytes, told.as_of) == (7, TODAY - 10 * DAY)


async def test_all_sizes_are_of_one_day(estate: Estate) -> None:
    """A storage type without a point on the newest day was emptied: its bytes moved elsewhere."""
    estate.aws.metric("logs", 7, TODAY - 2 * DAY, storage_type="GlacierStorage")
    estate.aws.metric("logs", 1, TODAY - DAY)
    told = await usage(estate)
    assert told is not None
    assert (told.bytes, told.as_of) == (1, TODAY - DAY)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("GlacierIRSizeOverhead",), 100),
        (("GlacierInstantRetrievalSizeOverhead",), 100),
        (("GlacierIRSizeOverhead", "GlacierInstantRetrievalSizeOverhead"), 100),
    ],
)
async def test_a_storage_type_of_two_names_is_counted_once(
    estate: Estate, names: tuple[str, ...], expected: int
) -> None:
    """AWS's pages disagree about the name; the bytes go by the one that has a price."""
    for name in names:
        estate.aws.metric("logs", 100, TODAY, storage_type=name)
    told = await usage(estate)
    assert told is not None
    assert told.cells == (Cell("GlacierIRSizeOverhead", Tally(None, expected)),)


async def test_pages_are_followed(estate: Estate) -> None:
    """A series may go on from page to page."""
    canned = Canned(
        [series("StandardStorage", (TODAY - DAY, 1), status="PartialData")],
        [series("StandardStorage", (TODAY, 2)), series("GlacierStorage", (TODAY, 40))],
        [series("AllStorageTypes", (TODAY, 3))],
    )
    estate.aws.answers.append(canned)
    told = await usage(estate)
    assert told is not None
    assert (told.bytes, told.objects) == (42, 3)
    assert len(canned.asked) == 3


async def test_no_call_asks_for_more_than_aws_allows(estate: Estate) -> None:
    """A bucket's series are never torn apart: 17 buckets to a call."""
    canned = Canned([])
    estate.aws.answers.append(canned)
    buckets = [Bucket(f"logs-{number}", "us-east-1", None) for number in range(40)]
    told = await measured(estate, *buckets)
    assert sorted(len(asked["MetricDataQueries"]) for asked in canned.asked) == [
        6 * 29,
        17 * 29,
        17 * 29,
    ]
    assert set(told.usages) == set(buckets)


async def test_regions_are_asked_at_once_and_under_one_bound(estate: Estate) -> None:
    """A large estate leaves threads to others."""
    together = threading.Barrier(2)
    met = []

    def wait_for_another(call: Call, request: Request) -> Response:
        try:
            met.append(together.wait(1))
        except threading.BrokenBarrierError:
            together.reset()
        return Response(json.dumps({"MetricDataResults": []}))

    estate.aws.answers.append(wait_for_another)
    buckets = [Bucket("logs", region, None) for region in ("us-east-1", "eu-west-3")]
    accounts = estate.accounts()
    await StorageMetrics(accounts, at_once=1).usages(buckets, NOON)
    assert met == []
    await StorageMetrics(accounts, at_once=2).usages(buckets, NOON)
    assert sorted(met) == [0, 1]


async def test_each_bucket_is_asked_about_in_its_region(estate: Estate) -> None:
    """The metrics of a bucket are where the bucket is."""
    paris = Bucket("paris", "eu-west-3", None)
    estate.aws.metric("logs", 1, TODAY)
    estate.aws.metric("paris", 2, TODAY, region="eu-west-3")
    estate.aws.metric("paris", 99, TODAY)
    told = await measured(estate, LOGS, paris)
    sizes = {bucket.name: usage.bytes for bucket, usage in told.usages.items() if usage}
    assert sizes == {"logs": 1, "paris": 2}


async def test_a_region_that_refuses_is_asked_once_and_the_others_stand(estate: Estate) -> None:
    """Where the permission is missing, asking for each batch would only take time."""
    paris = [Bucket(f"paris-{number}", "eu-west-3", None) for number in range(40)]
    estate.aws.metric("logs", 1, TODAY)
    estate.aws.refuse("GetMetricData", 403, "AccessDenied", region="eu-west-3")
    estate.aws.calls.clear()
    told = await measured(estate, LOGS, *paris)
    why = Refusal(Kind.DENIED, "access denied", "cloudwatch:GetMetricData")
    assert told.refused == dict.fromkeys(paris, why)
    assert set(told.usages) == {LOGS}
    assert [call.region for call in estate.aws.calls].count("eu-west-3") == 1


async def test_one_call_that_fails_leaves_the_other_calls_standing(estate: Estate) -> None:
    """Only the buckets of that call are without numbers."""
    buckets = [Bucket(f"logs-{number:02}", "us-east-1", None) for number in range(20)]

    def throttle(call: Call, request: Request) -> Response | None:
        asked = call.operation == "GetMetricData" and b"logs-19" in request.get_data()
        return Response("", 429) if asked else None

    estate.aws.answers.append(throttle)
    told = await measured(estate, *buckets)
    assert set(told.refused) == set(buckets[17:])
    assert {why.reason for why in told.refused.values()} == {"throttled"}


async def test_a_series_that_cloudwatch_could_not_read_leaves_its_bucket_without_numbers(
    estate: Estate,
) -> None:
    """A sum without it would look like the whole."""
    estate.aws.answers.append(
        Canned(
            [
                series("StandardStorage", (TODAY, 5)),
                series("GlacierStorage", status="InternalError"),
            ]
        )
    )
    told = await measured(estate, LOGS)
    assert (told.usages, told.refused[LOGS].kind) == ({}, Kind.BROKEN)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "<html>Hello</html>"),
        (404, ""),
        (405, "<Error><Code>MethodNotAllowed</Code></Error>"),
        (501, ""),
        (400, '{"__type": "UnknownOperationException"}'),
    ],
)
async def test_an_endpoint_without_cloudwatch_is_not_an_estate_without_metrics(
    estate: Estate, status: int, body: str
) -> None:
    """S3-compatible servers answer a call to CloudWatch in many ways."""
    estate.aws.answers.append(lambda call, _: Response(body, status))
    told = await measured(estate, LOGS)
    assert (told.usages, told.refused[LOGS].kind) == ({}, Kind.NOT_OFFERED)


async def test_an_unreachable_cloudwatch(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens on the discard port."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH", "http://127.0.0.1:9")
    told = await measured(estate, LOGS)
    assert told.refused[LOGS].kind is Kind.UNREACHABLE


# The estate's fixture is not made anew for each example: every example has its own answer.
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    points=st.dictionaries(
        st.sampled_from([*storage_types(), "AllStorageTypes"]),
        st.lists(
            st.tuples(st.integers(0, 3), st.integers(0, 2**53)),
            unique_by=lambda point: point[0],
            max_size=4,
        ),
    )
)
async def test_any_points_add_up_to_the_sizes_of_the_newest_day(
    estate: Estate, points: dict[str, list[tuple[int, int]]]
) -> None:
    """Whatever series there are, in whatever order: nothing is lost, nothing counted twice."""
    estate.aws.answers[:] = [
        Canned(
            [
                series(name, *((TODAY - ago * DAY, value) for ago, value in each))
                for name, each in points.items()
            ]
        )
    ]
    told = await usage(estate)
    newest = {name: min(each) for name, each in points.items() if each}
    objects = newest.pop("AllStorageTypes", (0, None))[1]
    if not newest:
        assert told is None
        return
    assert told is not None
    ago = min(day for day, _ in newest.values())
    total = sum(value for day, value in newest.values() if day == ago)
    assert (told.bytes, told.objects, told.as_of) == (total, objects, TODAY - ago * DAY)
