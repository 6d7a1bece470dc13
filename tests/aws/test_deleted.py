import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.wrappers import Request, Response

from bot.aws.deleted import DeletedBuckets
from bot.aws.discovery import Discovery
from bot.core.patterns import EVERYTHING, Pattern, Patterns
from bot.core.usage import Bucket
from tests.aws.stand_in import Call, Estate

OWN, OTHER = "123456789012", "222222222222"
ROLE = f"arn:aws:iam::{OTHER}:role/s3monitor"
LAST_WEEK = datetime.now(UTC) - timedelta(days=7)


async def deleted(estate: Estate, regions: Patterns = EVERYTHING) -> tuple[Bucket, ...]:
    """What CloudWatch names and discovery does not."""
    accounts = estate.accounts(roles=[ROLE])
    found = await Discovery(accounts).buckets()
    estate.aws.calls.clear()
    return await DeletedBuckets(accounts).beside(found, regions)


def asked(estate: Estate) -> list[str]:
    """The regions in which CloudWatch was asked for names, of all accounts."""
    return sorted(call.region for call in estate.aws.calls if call.operation == "ListMetrics")


async def test_buckets_that_cloudwatch_names_and_s3_does_not(estate: Estate) -> None:
    """Each once, whatever number of storage types it had; those that exist are not among them."""
    estate.aws.bucket("logs")
    for name in ("logs", "gone", "also-gone"):
        estate.aws.metric(name, 7, LAST_WEEK)
    estate.aws.metric("gone", 7, LAST_WEEK, storage_type="GlacierStorage")
    expected = (Bucket("also-gone", "us-east-1", None, OWN), Bucket("gone", "us-east-1", None, OWN))
    assert expected == await deleted(estate)


async def test_where_an_account_has_buckets_and_at_home(estate: Estate) -> None:
    """Other regions are not asked: there are thirty, and most hold nothing."""
    estate.aws.bucket("paris", "eu-west-3")
    estate.aws.metric("gone-paris", 7, LAST_WEEK, region="eu-west-3")
    estate.aws.metric("gone-oregon", 7, LAST_WEEK, region="us-west-2")
    estate.aws.metric("gone-other", 7, LAST_WEEK, account=OTHER)
    expected = (
        Bucket("gone-paris", "eu-west-3", None, OWN),
        Bucket("gone-other", "us-east-1", None, OTHER),
    )
    assert expected == await deleted(estate)
    assert asked(estate) == ["eu-west-3", "us-east-1", "us-east-1"]


async def test_regions_that_were_not_asked_for_are_left_out(estate: Estate) -> None:
    """Home, too."""
    estate.aws.bucket("paris", "eu-west-3")
    estate.aws.metric("gone-paris", 7, LAST_WEEK, region="eu-west-3")
    estate.aws.metric("gone", 7, LAST_WEEK)
    found = await deleted(estate, Patterns((Pattern("eu-*"),)))
    assert [each.name for each in found] == ["gone-paris"]
    assert asked(estate) == ["eu-west-3"]


async def test_a_bucket_that_exists_elsewhere_is_not_deleted(estate: Estate) -> None:
    """It was made anew in another region, or its region could not be learnt."""
    estate.aws.bucket("moved", "eu-west-3")
    estate.aws.bucket("vault")
    for name in ("moved", "vault"):
        estate.aws.metric(name, 7, LAST_WEEK)
    estate.aws.refuse("GetBucketLocation", 403, "AccessDenied", bucket="vault")
    estate.aws.refuse("HeadBucket", 403)
    assert await deleted(estate) == ()


@pytest.mark.parametrize("name", ["fast--use1-az4--x-s3", "orders--table-s3"])
async def test_buckets_that_s3_never_lists_are_not_deleted(estate: Estate, name: str) -> None:
    """Directory buckets have these metrics, and a list of their own."""
    estate.aws.metric(name, 7, LAST_WEEK)
    assert await deleted(estate) == ()


async def test_an_account_that_could_not_be_listed_has_none(estate: Estate) -> None:
    """All of its buckets would seem deleted."""
    estate.aws.bucket("logs")
    estate.aws.metric("theirs", 7, LAST_WEEK, account=OTHER)

    def refuse(call: Call, request: Request) -> Response | None:
        theirs = call.operation == "ListBuckets" and call.key_id != "test"
        return Response("<Error><Code>AccessDenied</Code></Error>", 403) if theirs else None

    estate.aws.answers.append(refuse)
    assert await deleted(estate) == ()
    assert asked(estate) == ["us-east-1"]


async def test_pages_are_followed(estate: Estate) -> None:
    """AWS names 500 series at a time; dimensions may come in any order, or be others."""
    first = [{"Name": "StorageType", "Value": "gold"}, {"Name": "BucketName", "Value": "one"}]
    second = [{"Name": "BucketName", "Value": "two"}, {"Name": "FilterId", "Value": "EntireBucket"}]
    pages = [
        {"Metrics": [{"Dimensions": first}, {}], "NextToken": "1"},
        {"Metrics": [{"Dimensions": second}]},
    ]

    def canned(call: Call, request: Request) -> Response | None:
        if call.operation != "ListMetrics" or call.key_id != "test":
            return None
        said = json.loads(request.get_data())
        assert (said["Namespace"], said["MetricName"]) == ("AWS/S3", "BucketSizeBytes")
        page = pages[int(said.get("NextToken", 0))]
        return Response(json.dumps(page), mimetype="application/x-amz-json-1.0")

    estate.aws.answers.append(canned)
    assert [each.name for each in await deleted(estate)] == ["one", "two"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Response('{"__type": "AccessDenied"}', 403), "access denied"),
        (Response("{}"), "not offered by this endpoint"),
    ],
)
async def test_a_region_that_refuses_is_logged_and_the_others_stand(
    estate: Estate, caplog: pytest.LogCaptureFixture, answer: Response, reason: str
) -> None:
    """Some S3 servers answer anything with "200 OK"."""
    estate.aws.bucket("paris", "eu-west-3")
    estate.aws.metric("gone", 7, LAST_WEEK)
    estate.aws.answers.append(
        lambda call, _: (
            answer if (call.operation, call.region) == ("ListMetrics", "eu-west-3") else None
        )
    )
    assert [each.name for each in await deleted(estate)] == ["gone"]
    assert (
        "bot.aws.deleted",
        logging.WARNING,
        f"Buckets deleted in eu-west-3 are not known: {reason}",
    ) in caplog.record_tuples
