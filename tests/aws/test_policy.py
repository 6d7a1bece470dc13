from datetime import UTC, datetime, timedelta

from bot.aws.collector import S3Collector
from bot.aws.discovery import Discovery
from bot.aws.listing import S3Lister
from bot.aws.policy import OPERATIONS, permission_for, policy
from bot.clock import Clock
from bot.core.snapshot import Scope
from bot.core.usage import Source
from tests.aws.stand_in import Estate

ROLE = "arn:aws:iam::222222222222:role/s3monitor"


def test_the_policy_of_one_account() -> None:
    """What an operator attaches: each action of it reads."""
    assert policy() == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "DiscoverBuckets",
                "Effect": "Allow",
                "Action": ["s3:ListAllMyBuckets"],
                "Resource": "*",
            },
            {
                "Sid": "ReadBuckets",
                "Effect": "Allow",
                "Action": [
                    "s3:GetBucketLocation",
                    "s3:ListBucket",
                    "s3:ListBucketVersions",
                    "s3:ListBucketMultipartUploads",
                    "s3:ListMultipartUploadParts",
                ],
                "Resource": "arn:aws:s3:::*",
            },
            {
                "Sid": "ReadStorageMetrics",
                "Effect": "Allow",
                "Action": ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"],
                "Resource": "*",
            },
        ],
    }


def test_roles_may_be_assumed_by_name_alone() -> None:
    """Never any role: those that are configured."""
    assert policy([ROLE])["Statement"][-1] == {
        "Sid": "ReadOtherAccounts",
        "Effect": "Allow",
        "Action": ["sts:AssumeRole"],
        "Resource": [ROLE],
    }


def test_other_partitions_have_other_names() -> None:
    """In China, `arn:aws:s3:::*` names nothing."""
    assert policy(partition="aws-cn")["Statement"][1]["Resource"] == "arn:aws-cn:s3:::*"


def test_every_action_only_reads() -> None:
    """Nothing is ever written to AWS."""
    verbs = {
        operation.action.partition(":")[2]
        for operation in OPERATIONS
        if operation.action is not None
    }
    assert {verb for verb in verbs if not verb.startswith(("Get", "List"))} == {"AssumeRole"}


def test_an_operation_that_is_not_used_has_no_permission() -> None:
    """Nobody is advised to allow what would not help."""
    assert permission_for("PutObject") is None


async def test_the_policy_allows_what_is_called_and_nothing_else(estate: Estate) -> None:
    """Measured for real, from every source: the log of requests against the table."""
    aws = estate.aws
    aws.bucket("logs", objects=2)
    aws.bucket("paris", "eu-west-3", objects=2)
    aws.bucket("vault")
    aws.bucket("other", account="222222222222")
    aws.metric("logs", 20, datetime.now(UTC) - timedelta(days=1))
    aws.refuse("GetBucketLocation", 403, "AccessDenied", bucket="vault")
    s3 = aws.client("s3")
    upload = s3.create_multipart_upload(Bucket="logs", Key="part")["UploadId"]
    s3.upload_part(Bucket="logs", Key="part", UploadId=upload, PartNumber=1, Body=b"1")
    aws.calls.clear()
    accounts = estate.accounts(roles=[ROLE])
    lister = S3Lister(accounts.client_for, Clock())
    collector = S3Collector(accounts, lister, Clock())
    try:
        for source in Source:
            await collector.measure(Scope(source))
        await collector.recollect(Scope(), datetime.now(UTC))
        await lister.usage(await Discovery(accounts).find("logs"), versions=True)
    finally:
        await lister.close()
    assert aws.operations() == {operation.name for operation in OPERATIONS}
