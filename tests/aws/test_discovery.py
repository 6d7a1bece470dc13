from datetime import UTC, datetime

import pytest
from moto.iam.models import get_account_id_from
from werkzeug.wrappers import Request, Response

from bot.aws.discovery import Discovery
from bot.core.usage import Bucket, Skipped
from bot.errors import EstateError
from tests.aws.stand_in import Call, Estate

ROLE = "arn:aws:iam::222222222222:role/s3monitor"
OWN = "123456789012"


def placed(buckets: tuple[Bucket, ...]) -> dict[str, str]:
    """Regions by name."""
    return {bucket.name: bucket.region for bucket in buckets}


def location(constraint: str) -> Response:
    """An answer to GetBucketLocation."""
    space = "http://s3.amazonaws.com/doc/2006-03-01/"
    body = f'<LocationConstraint xmlns="{space}">{constraint}</LocationConstraint>'
    return Response(body, mimetype="application/xml")


class Pages:
    """ListBuckets as AWS answers it: in pages, each bucket with its region."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def __call__(self, call: Call, request: Request) -> Response | None:
        """The page asked for."""
        if call.operation != "ListBuckets":
            return None
        most = int(request.args["max-buckets"])
        start = int(request.args.get("continuation-token", 0))
        entries = "".join(
            f"<Bucket><Name>{name}</Name><CreationDate>2024-02-03T04:05:06.000Z</CreationDate>"
            "<BucketRegion>eu-north-1</BucketRegion></Bucket>"
            for name in self.names[start : start + most]
        )
        more = start + most < len(self.names)
        token = f"<ContinuationToken>{start + most}</ContinuationToken>" if more else ""
        return Response(
            "<ListAllMyBucketsResult><Owner><ID>1</ID></Owner>"
            f"<Buckets>{entries}</Buckets>{token}</ListAllMyBucketsResult>",
            mimetype="application/xml",
        )


async def test_pages_are_followed_and_name_the_regions(estate: Estate) -> None:
    """A page that names regions saves one call for each bucket."""
    estate.aws.answers.append(Pages(*(f"logs-{number}" for number in range(5))))
    found = await Discovery(estate.accounts(), page=2).buckets()
    created = datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)
    expected = tuple(Bucket(f"logs-{n}", "eu-north-1", created, OWN) for n in range(5))
    assert (expected, ()) == (found.buckets, found.skipped)
    operations = [call.operation for call in estate.aws.calls]
    assert operations == ["GetCallerIdentity", "ListBuckets", "ListBuckets", "ListBuckets"]


@pytest.mark.parametrize(
    ("constraint", "region"),
    [
        ("", "us-east-1"),
        ("EU", "eu-west-1"),
        ("eu-west-1", "eu-west-1"),
        ("ap-southeast-2", "ap-southeast-2"),
    ],
)
async def test_endpoints_that_name_no_regions_are_asked_for_each(
    estate: Estate, constraint: str, region: str
) -> None:
    """Nothing at all means us-east-1, and EU means Ireland."""
    estate.aws.bucket("logs")
    estate.aws.answers.append(
        lambda call, _: location(constraint) if call.operation == "GetBucketLocation" else None
    )
    found = await Discovery(estate.accounts()).buckets()
    assert {"logs": region} == placed(found.buckets)


async def test_the_region_of_a_denied_bucket_is_in_its_refusal(estate: Estate) -> None:
    """S3 names the region in a header, even of a 403."""
    estate.aws.bucket("logs")
    estate.aws.bucket("vault")
    estate.aws.refuse("GetBucketLocation", 403, "AccessDenied", bucket="vault")
    estate.aws.refuse(
        "HeadBucket", 403, bucket="vault", headers={"x-amz-bucket-region": "sa-east-1"}
    )
    found = await Discovery(estate.accounts()).buckets()
    assert placed(found.buckets) == {"logs": "us-east-1", "vault": "sa-east-1"}


async def test_a_refusal_without_a_body_is_one(estate: Estate) -> None:
    """Some servers give none, which botocore cannot read here."""
    estate.aws.bucket("vault")
    estate.aws.refuse("GetBucketLocation", 403)
    estate.aws.refuse("HeadBucket", 403, headers={"x-amz-bucket-region": "sa-east-1"})
    found = await Discovery(estate.accounts()).buckets()
    assert placed(found.buckets) == {"vault": "sa-east-1"}


async def test_listing_rights_alone_tell_the_region(estate: Estate) -> None:
    """HEAD of a bucket is allowed to whoever may list it, and answers with its region."""
    estate.aws.bucket("paris", "eu-west-3")
    estate.aws.refuse("GetBucketLocation", 403, "AccessDenied")
    found = await Discovery(estate.accounts()).buckets()
    assert placed(found.buckets) == {"paris": "eu-west-3"}


@pytest.mark.parametrize(
    ("status", "code", "reason", "permission"),
    [
        (403, "AccessDenied", "access denied", "s3:GetBucketLocation"),
        (404, "NoSuchBucket", "bucket is gone", None),
        (503, "SlowDown", "throttled", None),
    ],
)
async def test_a_bucket_of_unknown_region_is_skipped(
    estate: Estate, status: int, code: str, reason: str, permission: str | None
) -> None:
    """The rest of the estate stands."""
    estate.aws.bucket("logs")
    estate.aws.bucket("vault")
    estate.aws.refuse("GetBucketLocation", status, code, bucket="vault")
    estate.aws.refuse("HeadBucket", status, bucket="vault")
    found = await Discovery(estate.accounts()).buckets()
    assert placed(found.buckets) == {"logs": "us-east-1"}
    assert (Skipped("vault", None, reason, permission, OWN),) == found.skipped


async def test_an_endpoint_without_locations_has_one_region(estate: Estate) -> None:
    """Some S3 servers know no regions at all."""
    estate.aws.bucket("logs")
    estate.aws.refuse("GetBucketLocation", 501, "NotImplemented")
    found = await Discovery(estate.accounts(region="eu-west-2")).buckets()
    assert placed(found.buckets) == {"logs": "eu-west-2"}


async def test_buckets_of_all_accounts(estate: Estate) -> None:
    """Sorted by account and name."""
    estate.aws.bucket("own-logs")
    estate.aws.bucket("logs", account="222222222222")
    found = await Discovery(estate.accounts(roles=[ROLE])).buckets()
    accounts = [(each.account, each.name) for each in found.buckets]
    assert accounts == [(OWN, "own-logs"), ("222222222222", "logs")]


async def test_an_account_that_cannot_be_read_does_not_hide_the_others(estate: Estate) -> None:
    """It is skipped as a whole, and its number is known from the role."""
    estate.aws.bucket("logs")
    estate.aws.refuse("AssumeRole", 403, "AccessDenied")
    found = await Discovery(estate.accounts(roles=[ROLE])).buckets()
    reason = "the role could not be assumed: access denied"
    assert placed(found.buckets) == {"logs": "us-east-1"}
    assert (Skipped("*", None, reason, "sts:AssumeRole", "222222222222"),) == found.skipped


async def test_an_estate_that_cannot_be_listed_at_all(estate: Estate) -> None:
    """The answer is the missing permission."""
    estate.aws.refuse("ListBuckets", 403, "AccessDenied")
    with pytest.raises(EstateError, match=r"access denied\. Allow s3:ListAllMyBuckets"):
        await Discovery(estate.accounts()).buckets()


async def test_an_endpoint_that_is_not_there(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing listens on the discard port."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(EstateError, match=r"could not be reached\. Check the network"):
        await Discovery(estate.accounts()).buckets()


async def test_a_server_that_is_not_s3_is_no_empty_estate(estate: Estate) -> None:
    """A web server's "200 OK" parses as an answer without buckets."""
    estate.aws.answers.append(lambda call, _: Response("<html>Hello</html>", mimetype="text/html"))
    with pytest.raises(EstateError, match="points to an S3 server"):
        await Discovery(estate.accounts()).buckets()


async def test_an_account_without_buckets(estate: Estate) -> None:
    """An empty estate is an answer."""
    found = await Discovery(estate.accounts()).buckets()
    assert (found.buckets, found.skipped) == ((), ())


async def test_one_bucket_is_found_without_listing_any(estate: Estate) -> None:
    """A person with rights on one bucket can scan it."""
    estate.aws.bucket("logs", "eu-west-1")
    estate.aws.calls.clear()
    assert Bucket("logs", "eu-west-1", None) == await Discovery(estate.accounts()).find("logs")
    assert {"GetBucketLocation"} == estate.aws.operations()


async def test_a_bucket_that_does_not_exist_is_not_found(estate: Estate) -> None:
    """It says so, and what to check."""
    with pytest.raises(EstateError, match="nowhere could not be found: bucket is gone"):
        await Discovery(estate.accounts()).find("nowhere")


async def test_what_cannot_be_a_bucket_is_not_found(estate: Estate) -> None:
    """Botocore refuses the name before it asks AWS."""
    with pytest.raises(EstateError, match="not a name that AWS allows"):
        await Discovery(estate.accounts()).find("no such/bucket!")


THIRD = "arn:aws:iam::333333333333:role/s3monitor"


def of_others(estate: Estate, *readers: str) -> None:
    """Only these accounts may look into a bucket; S3 tells others that it is there."""
    keys: dict[str, str] = {}

    def note(call: Call, request: Request) -> Response | None:
        if call.service == "sts" or call.operation not in ("GetBucketLocation", "HeadBucket"):
            return None
        account = keys.setdefault(call.key_id, get_account_id_from(call.key_id))
        if account in readers:
            return None
        body = "" if request.method == "HEAD" else "<Error><Code>AccessDenied</Code></Error>"
        return Response(body, 403, {"x-amz-bucket-region": "eu-west-1"})

    estate.aws.answers.append(note)


async def test_a_bucket_of_a_roles_account_is_found_there(estate: Estate) -> None:
    """Its listing is signed by that role."""
    estate.aws.bucket("logs", "eu-west-1", account="222222222222")
    of_others(estate, "222222222222")
    accounts = estate.accounts(roles=[ROLE, THIRD])
    found = await Discovery(accounts).find("logs")
    assert found == Bucket("logs", "eu-west-1", None, "222222222222")
    assert accounts.of(found).role == ROLE


async def test_a_bucket_that_several_accounts_may_read_is_its_owners(estate: Estate) -> None:
    """A bucket policy may let others in."""
    estate.aws.bucket("logs", "eu-west-1", account="333333333333")
    of_others(estate, "222222222222", "333333333333")
    found = await Discovery(estate.accounts(roles=[ROLE, THIRD])).find("logs")
    assert found.account == "333333333333"


async def test_buckets_of_one_name_are_not_guessed_at(estate: Estate) -> None:
    """On a server where names are unique to an account; it is said what to do."""
    estate.aws.bucket("logs", "eu-west-1", account="222222222222")
    of_others(estate, "222222222222", "333333333333")
    estate.aws.answers.append(Pages("logs"))
    with pytest.raises(
        EstateError, match=r"logs in the accounts 222222222222 and 333333333333\. Leave one"
    ):
        await Discovery(estate.accounts(roles=[ROLE, THIRD])).find("logs")


async def test_a_bucket_that_nobody_may_look_into_is_where_its_refusal_says(
    estate: Estate,
) -> None:
    """To list it may be allowed all the same."""
    estate.aws.bucket("logs", "eu-west-1")
    of_others(estate)
    found = await Discovery(estate.accounts(roles=[ROLE])).find("logs")
    assert found == Bucket("logs", "eu-west-1", None)


async def test_an_account_that_could_not_be_searched_is_told(estate: Estate) -> None:
    """The bucket may be in it."""
    estate.aws.refuse("AssumeRole", 403, "AccessDenied")
    with pytest.raises(EstateError) as told:
        await Discovery(estate.accounts(roles=[ROLE])).find("nowhere")
    assert str(told.value) == (
        "Bucket nowhere is in no other account, and 222222222222 did not answer: the role could "
        "not be assumed: access denied. Allow sts:AssumeRole: `s3monitor policy` prints the "
        "whole policy."
    )


async def test_a_bucket_that_is_in_no_account_is_not_found(estate: Estate) -> None:
    """It says so of all of them."""
    with pytest.raises(EstateError, match="nowhere could not be found in any account: bucket is"):
        await Discovery(estate.accounts(roles=[ROLE])).find("nowhere")
