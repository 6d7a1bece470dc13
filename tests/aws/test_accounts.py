import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.aws.accounts import Account, Accounts
from bot.core.usage import Bucket
from bot.errors import EstateError, SetupError
from tests.aws.stand_in import HASTY, Estate

ROLE = "arn:aws:iam::222222222222:role/s3monitor"
OWN = "123456789012"  # moto's


async def test_the_default_account_and_one_for_each_role(estate: Estate) -> None:
    """A role named twice is one account."""
    accounts = await estate.accounts(roles=[ROLE, ROLE]).all()
    assert (Account(OWN), Account("222222222222", ROLE)) == accounts


async def test_a_role_in_the_default_account_replaces_its_credentials(estate: Estate) -> None:
    """No account is counted twice."""
    role = f"arn:aws:iam::{OWN}:role/s3monitor"
    assert (Account(OWN, role),) == await estate.accounts(roles=[role]).all()


async def test_a_role_is_assumed_once_and_its_credentials_are_used(estate: Estate) -> None:
    """Clients of several regions share the credentials that botocore fetched."""
    accounts = estate.accounts(roles=[ROLE])
    account = (await accounts.all())[1]
    for region in ("us-east-1", "eu-west-1"):
        client = await accounts.s3(account, region)
        await accounts.call(client.list_buckets)
    operations = [call.operation for call in estate.aws.calls]
    keys = {call.key_id for call in estate.aws.calls if call.operation == "ListBuckets"}
    assert operations == ["GetCallerIdentity", "AssumeRole", "ListBuckets", "ListBuckets"]
    assert len(keys) == 1
    assert "test" not in keys


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "AccessDenied"), (404, ""), (501, "NotImplemented"), (200, "x"), (403, "InvalidAction")],
)
async def test_an_endpoint_without_sts_has_an_account_without_a_number(
    estate: Estate, status: int, code: str
) -> None:
    """S3-compatible servers answer STS with all sorts of things; none of them is fatal."""
    estate.aws.refuse("GetCallerIdentity", status, code)
    assert (Account(None),) == await estate.accounts().all()


async def test_an_unreachable_sts_has_an_account_without_a_number(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but S3 is needed."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
    assert (Account(None),) == await estate.accounts().all()


async def test_no_credentials_are_told_with_what_to_do(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first thing a new operator meets says what to set."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(EstateError, match=r"no AWS credentials\. Set AWS_PROFILE"):
        await estate.accounts(roles=[ROLE]).all()


async def test_a_profile_that_does_not_exist_is_told(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt AWS_PROFILE is the operator's to mend."""
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(EstateError, match="Check AWS_PROFILE"):
        await estate.accounts().all()


async def test_expired_credentials_are_told(estate: Estate) -> None:
    """They would fail everything that follows."""
    estate.aws.refuse("GetCallerIdentity", 403, "ExpiredToken")
    with pytest.raises(EstateError, match="have expired"):
        await estate.accounts().all()


@pytest.mark.parametrize(
    "role", ["", "s3monitor", "arn:aws:iam::1:role/x", "arn:aws:iam::222222222222:user/x"]
)
def test_what_is_no_role_is_refused_at_once(estate: Estate, role: str) -> None:
    """A setting that cannot work stops the bot from starting."""
    with pytest.raises(SetupError, match="no role's ARN"):
        estate.accounts(roles=[role])


async def test_the_region_is_configured_or_the_first_one(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3 needs no region to list buckets, so none needs to be configured."""
    assert await estate.accounts(region="eu-central-1").home() == "eu-central-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    assert await estate.accounts().home() == "eu-west-3"
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert await estate.accounts().home() == "us-east-1"


async def test_clients_are_created_once_by_however_many_threads(estate: Estate) -> None:
    """Boto's sessions cannot be shared while they create clients."""
    accounts = estate.accounts()
    clients = await asyncio.gather(
        *(accounts.s3(Account(None), "us-east-1") for _ in range(20)),
    )
    bucket = Bucket("logs", "us-east-1", None)
    clients.append(await accounts.call(accounts.client_for, bucket))
    assert len({id(client) for client in clients}) == 1


async def test_calls_run_in_the_pool_that_was_handed_in(aws_environment: None) -> None:
    """Its size bounds them, and the event loop is never blocked."""
    with ThreadPoolExecutor(2, thread_name_prefix="aws") as threads:
        accounts = Accounts(threads, limits=HASTY)
        names = await asyncio.gather(
            *(accounts.call(lambda: threading.current_thread().name) for _ in range(20))
        )
    assert {"aws_0", "aws_1"} >= set(names)


@pytest.mark.parametrize(
    ("endpoint", "config", "path_style", "expected"),
    [
        ("http://minio.internal:9000", "", None, "http://minio.internal:9000/logs"),
        ("http://minio.internal:9000", "", False, "http://logs.minio.internal:9000/"),
        (
            "http://minio.internal:9000",
            "[default]\ns3 =\n  addressing_style = virtual\n",
            None,
            "http://logs.minio.internal:9000/",
        ),
        (None, "", None, "https://logs.s3.eu-west-1.amazonaws.com/"),
        (None, "", True, "https://s3.eu-west-1.amazonaws.com/logs"),
        (
            None,
            "[default]\ns3 =\n  addressing_style = path\n",
            None,
            "https://s3.eu-west-1.amazonaws.com/logs",
        ),
    ],
)
async def test_buckets_are_addressed_as_their_server_understands(
    aws_environment: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    endpoint: str | None,
    config: str,
    path_style: bool | None,
    expected: str,
) -> None:
    """By path at an endpoint that is not AWS's, unless told otherwise; signed with version 4."""
    if endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    (tmp_path / "config").write_text(config)
    with ThreadPoolExecutor(1) as threads:
        accounts = Accounts(threads, path_style=path_style)
        client = accounts.client_for(Bucket("logs", "eu-west-1", None))
    url, _, query = client.generate_presigned_url(
        "list_objects_v2", Params={"Bucket": "logs"}
    ).partition("?")
    assert expected == url
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in query


async def test_the_bot_says_who_it_is(estate: Estate) -> None:
    """CloudTrail shows which calls were the bot's."""
    agents = []
    estate.aws.answers.append(lambda call, request: agents.append(request.headers["User-Agent"]))
    await estate.accounts().all()
    assert "s3monitor/" in agents[0]
