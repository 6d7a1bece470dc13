"""Every AWS operation the bot uses, and the read-only IAM policy that allows exactly those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of AWS and what it takes to be allowed it.

    action: the IAM action; None for what AWS allows everyone.
    on: what the action is granted on: `*`, `bucket` or `role`.
    sid: the policy statement it belongs to.
    """

    name: str
    action: str | None
    on: str = "*"
    sid: str = ""


#: The whole list. A test measures a sample account and compares what was really called.
#: Names: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
OPERATIONS = (
    Operation("ListBuckets", "s3:ListAllMyBuckets", sid="DiscoverBuckets"),
    Operation("GetBucketLocation", "s3:GetBucketLocation", on="bucket", sid="ReadBuckets"),
    # HEAD of a bucket is allowed by the action that lists it.
    Operation("HeadBucket", "s3:ListBucket", on="bucket", sid="ReadBuckets"),
    Operation("ListObjectsV2", "s3:ListBucket", on="bucket", sid="ReadBuckets"),
    # Noncurrent versions and unfinished uploads, where a listing is asked for them.
    Operation("ListObjectVersions", "s3:ListBucketVersions", on="bucket", sid="ReadBuckets"),
    Operation(
        "ListMultipartUploads", "s3:ListBucketMultipartUploads", on="bucket", sid="ReadBuckets"
    ),
    # Granted on objects; `arn:aws:s3:::*` names those, too.
    Operation("ListParts", "s3:ListMultipartUploadParts", on="bucket", sid="ReadBuckets"),
    Operation("GetMetricData", "cloudwatch:GetMetricData", sid="ReadStorageMetrics"),
    Operation("ListMetrics", "cloudwatch:ListMetrics", sid="ReadStorageMetrics"),
    Operation("GetCallerIdentity", None),
    Operation("AssumeRole", "sts:AssumeRole", on="role", sid="ReadOtherAccounts"),
)

_ACTIONS = {operation.name: operation.action for operation in OPERATIONS}


def permission_for(operation: str) -> str | None:
    """The IAM action that allows an operation; None for one that needs none, or is not used."""
    return _ACTIONS.get(operation)


#: What only settings make the bot use: `S3MONITOR_BILL`, `S3MONITOR_PRICE_LIST=query`.
BILL = Operation("GetCostAndUsage", "ce:GetCostAndUsage", sid="ReadBills")
PRICE_LIST = Operation("GetProducts", "pricing:GetProducts", sid="ReadPriceList")


def policy(
    roles: Sequence[str] = (), partition: str = "aws", optional: Sequence[Operation] = ()
) -> dict[str, Any]:
    """The least-privilege identity policy as IAM's JSON document.

    roles: the ARNs of roles to assume; without any, sts:AssumeRole is not asked for. Each of
        those roles needs this same policy, without roles.
    partition: `aws`, `aws-cn` or `aws-us-gov`. optional: what settings have switched on.
    """
    resources: dict[str, str | list[str]] = {
        "*": "*",
        "bucket": f"arn:{partition}:s3:::*",
        "role": list(roles),
    }
    statements: dict[str, dict[str, Any]] = {}
    for operation in (*OPERATIONS, *optional):
        if operation.action is None or not resources[operation.on]:
            continue
        statement = statements.setdefault(
            operation.sid,
            {
                "Sid": operation.sid,
                "Effect": "Allow",
                "Action": [],
                "Resource": resources[operation.on],
            },
        )
        if operation.action not in statement["Action"]:
            statement["Action"].append(operation.action)
    return {"Version": "2012-10-17", "Statement": list(statements.values())}
