import inspect

import pytest
from botocore import exceptions as botocore_errors
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from bot.aws.refusals import Kind, Refusal, by_code, estate_error, refusal

CLASSES = [
    each
    for _, each in inspect.getmembers(botocore_errors, inspect.isclass)
    if issubclass(each, BotoCoreError)
]

#: botocore's complaints about the code that calls it: nothing that AWS or an operator could do.
ABOUT_THE_CALLER = {
    "ApiVersionNotFoundError",
    "AliasConflictParameterError",
    "AwsChunkedWrapperError",
    "BotoCoreError",
    "DataNotFoundError",
    "InvalidDNSNameError",
    "InvalidEndpointDiscoveryConfigurationError",
    "InvalidExpressionError",
    "InvalidHostLabelError",
    "MD5UnavailableError",
    "MissingParametersError",
    "OperationNotPageableError",
    "ParamValidationError",
    "RangeError",
    "ServiceNotInRegionError",
    "StubAssertionError",
    "StubResponseError",
    "UnStubbedResponseError",
    "UnknownClientMethodError",
    "UnknownKeyError",
    "UnknownParameterError",
    "UnknownServiceError",
    "UnknownServiceStyle",
    "UnknownSignatureVersionError",
    "UnseekableStreamError",
    "UnsupportedOutpostResourceError",
    "UnsupportedS3AccesspointConfigurationError",
    "UnsupportedS3ArnError",
    "UnsupportedS3ConfigurationError",
    "UnsupportedS3ControlArnError",
    "UnsupportedS3ControlConfigurationError",
    "UnsupportedServiceProtocolsError",
    "UnsupportedSignatureVersionError",
    "ValidationError",
    "WaiterConfigError",
    "WaiterError",
}


def made(known: type[Exception]) -> Exception:
    """One of that class, without the arguments that each wants."""
    return known.__new__(known)


def client_error(code: str, status: int, operation: str) -> ClientError:
    """What boto3 raises for an error answer."""
    return ClientError(
        {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, operation
    )


@pytest.mark.parametrize("known", CLASSES, ids=lambda known: known.__name__)
def test_every_error_of_botocore_is_told_as_what_it_is(known: type[Exception]) -> None:
    """Only what is wrong with the caller itself is told by its class's name."""
    told = refusal(made(known))
    assert (known.__name__ in ABOUT_THE_CALLER) == (told.kind is Kind.OTHER)
    assert told.reason


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (botocore_errors.NoCredentialsError, "no AWS credentials"),
        (botocore_errors.UnauthorizedSSOTokenError, "the AWS credentials have expired"),
        (botocore_errors.ReadTimeoutError, "timed out"),
        (botocore_errors.ConnectTimeoutError, "timed out"),
        (botocore_errors.EndpointConnectionError, "could not be reached"),
        (botocore_errors.SSLError, "could not be reached"),
        (botocore_errors.ConnectionClosedError, "could not be reached"),
        (botocore_errors.ProfileNotFound, "the AWS configuration is not usable"),
        (botocore_errors.ParamValidationError, "could not be read (not a name that AWS allows)"),
        (botocore_errors.WaiterError, "could not be read (WaiterError)"),
        (ResponseParserError, "the answer could not be read"),
    ],
)
def test_errors_without_an_answer(known: type[Exception], expected: str) -> None:
    """A special error is told before the general one it descends from."""
    assert expected == refusal(made(known)).reason


@pytest.mark.parametrize(
    ("code", "status", "operation", "reason", "permission"),
    [
        ("AccessDenied", 403, "ListObjectsV2", "access denied", "s3:ListBucket"),
        ("403", 403, "HeadBucket", "access denied", "s3:ListBucket"),
        ("AccessDenied", 403, "ListBuckets", "access denied", "s3:ListAllMyBuckets"),
        ("AccessDenied", 403, "GetBucketLocation", "access denied", "s3:GetBucketLocation"),
        (
            "AccessDeniedException",
            400,
            "GetMetricData",
            "access denied",
            "cloudwatch:GetMetricData",
        ),
        (
            "AccessDenied",
            403,
            "AssumeRole",
            "the role could not be assumed: access denied",
            "sts:AssumeRole",
        ),
        ("NoSuchBucket", 404, "ListObjectsV2", "bucket is gone", None),
        ("404", 404, "HeadBucket", "bucket is gone", None),
        ("404", 404, "GetMetricData", "not offered by this endpoint", None),
        ("PermanentRedirect", 301, "ListObjectsV2", "is in another region", None),
        ("AuthorizationHeaderMalformed", 400, "ListObjectsV2", "is in another region", None),
        ("SlowDown", 503, "ListObjectsV2", "throttled", None),
        ("", 503, "ListObjectsV2", "throttled", None),
        ("", 429, "ListObjectsV2", "throttled", None),
        ("RequestTimeout", 400, "ListObjectsV2", "timed out", None),
        ("InternalError", 500, "ListObjectsV2", "AWS had an internal error", None),
        ("ExpiredToken", 400, "ListBuckets", "the AWS credentials have expired", None),
        ("InvalidAccessKeyId", 403, "X", "the AWS credentials were not accepted", None),
        ("RequestTimeTooSkewed", 403, "ListBuckets", "this machine's clock is wrong", None),
        ("UnknownOperation", 400, "GetMetricData", "not offered by this endpoint", None),
        ("Odd", 418, "ListObjectsV2", "could not be read (Odd)", None),
        ("", 418, "ListObjectsV2", "could not be read (HTTP 418)", None),
        ("<!channel> hi", 418, "ListObjectsV2", "could not be read (HTTP 418)", None),
        ("", None, "ListObjectsV2", "could not be read", None),
    ],
)
def test_answers_of_aws(
    code: str, status: int | None, operation: str, reason: str, permission: str | None
) -> None:
    """The code says most, else the status does; a permission is named only where it would help."""
    told = by_code(code, status, operation)
    assert (reason, permission) == (told.reason, told.permission)


def test_a_client_error_is_no_botocore_error_and_is_told_all_the_same() -> None:
    """boto3's two trees of errors have no common root of their own."""
    told = refusal(client_error("AccessDenied", 403, "ListObjectsV2"))
    assert Refusal(Kind.DENIED, "access denied", "s3:ListBucket") == told


def test_an_estate_that_cannot_be_read_comes_with_what_to_do_next() -> None:
    """The permission that is missing is named, and where to find all of them."""
    told = estate_error(refusal(client_error("AccessDenied", 403, "ListBuckets")), "No buckets")
    expected = (
        "No buckets: access denied. Allow s3:ListAllMyBuckets: "
        "`s3monitor policy` prints the whole policy."
    )
    assert expected == str(told)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_advice(kind: Kind) -> None:
    """Nobody is told that something went wrong without what to do next."""
    assert estate_error(Refusal(kind, "reason"), "Asked").advice
