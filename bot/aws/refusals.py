"""AWS's refusals in few words: why a bucket has no numbers, and what would have helped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from botocore import exceptions as botocore_errors
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from bot.aws.policy import permission_for
from bot.errors import EstateError

#: Everything botocore raises when a call fails. `ClientError` is no `BotoCoreError`, and an
#: answer that is not AWS's raises a third kind.
AWS_ERRORS = (ClientError, BotoCoreError, ResponseParserError)


class Kind(Enum):
    """What sort of refusal it is."""

    DENIED = auto()
    GONE = auto()
    ELSEWHERE = auto()
    TIMED_OUT = auto()
    THROTTLED = auto()
    BROKEN = auto()
    UNREACHABLE = auto()
    NOT_OFFERED = auto()
    NO_CREDENTIALS = auto()
    EXPIRED = auto()
    BAD_CREDENTIALS = auto()
    CLOCK = auto()
    MISCONFIGURED = auto()
    UNREADABLE = auto()
    OTHER = auto()


#: Read after a bucket's name: "vault: access denied".
_REASONS = {
    Kind.DENIED: "access denied",
    Kind.GONE: "bucket is gone",
    Kind.ELSEWHERE: "is in another region",
    Kind.TIMED_OUT: "timed out",
    Kind.THROTTLED: "throttled",
    Kind.BROKEN: "AWS had an internal error",
    Kind.UNREACHABLE: "could not be reached",
    Kind.NOT_OFFERED: "not offered by this endpoint",
    Kind.NO_CREDENTIALS: "no AWS credentials",
    Kind.EXPIRED: "the AWS credentials have expired",
    Kind.BAD_CREDENTIALS: "the AWS credentials were not accepted",
    Kind.CLOCK: "this machine's clock is wrong",
    Kind.MISCONFIGURED: "the AWS configuration is not usable",
    Kind.UNREADABLE: "the answer could not be read",
    Kind.OTHER: "could not be read",
}

#: Error codes of S3, CloudWatch and STS, and of the servers that imitate them.
#: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html
_CODES = {
    code: kind
    for kind, codes in {
        Kind.DENIED: "AccessDenied AccessDeniedException AllAccessDisabled AccountProblem "
        "Forbidden UnauthorizedAccess UnauthorizedOperation NotAuthorized AuthorizationError",
        Kind.GONE: "NoSuchBucket",
        Kind.ELSEWHERE: "PermanentRedirect TemporaryRedirect Redirect MovedPermanently "
        "AuthorizationHeaderMalformed IllegalLocationConstraintException",
        Kind.TIMED_OUT: "RequestTimeout RequestTimeoutException RequestTimedOut Timeout",
        Kind.THROTTLED: "SlowDown Throttling ThrottlingException ThrottledException "
        "RequestThrottled RequestThrottledException RequestLimitExceeded TooManyRequests "
        "TooManyRequestsException BandwidthLimitExceeded LimitExceededException "
        "ProvisionedThroughputExceededException TransactionInProgressException "
        "EC2ThrottledException PriorRequestNotComplete LimitExceeded",
        Kind.BROKEN: "InternalError InternalFailure InternalServiceError InternalServiceFault "
        "InternalServerError ServiceUnavailable ServiceUnavailableException",
        Kind.NOT_OFFERED: "UnknownOperation UnknownOperationException NotImplemented "
        "MethodNotAllowed InvalidAction UnsupportedOperation NoSuchVersion",
        # Not S3's but the listing engine's own: it had no answer to take a code from.
        Kind.UNREACHABLE: "ConnectionError",
        Kind.UNREADABLE: "MalformedPage",
        Kind.NO_CREDENTIALS: "NoCredentials",
        Kind.EXPIRED: "ExpiredToken ExpiredTokenException TokenRefreshRequired RequestExpired",
        Kind.BAD_CREDENTIALS: "InvalidAccessKeyId SignatureDoesNotMatch InvalidClientTokenId "
        "UnrecognizedClientException InvalidToken InvalidSignatureException "
        "IncompleteSignature IncompleteSignatureException MissingAuthenticationToken "
        "MissingAuthenticationTokenException AuthFailure NotSignedUp OptInRequired",
        Kind.CLOCK: "RequestTimeTooSkewed",
    }.items()
    for code in codes.split()
}

_STATUSES = {
    301: Kind.ELSEWHERE,
    307: Kind.ELSEWHERE,
    401: Kind.BAD_CREDENTIALS,
    403: Kind.DENIED,
    405: Kind.NOT_OFFERED,
    408: Kind.TIMED_OUT,
    429: Kind.THROTTLED,
    500: Kind.BROKEN,
    501: Kind.NOT_OFFERED,
    502: Kind.BROKEN,
    503: Kind.THROTTLED,
    504: Kind.TIMED_OUT,
}

#: What a 404 without a telling code means depends on whether a bucket was asked for.
_ABOUT_A_BUCKET = {"GetBucketLocation", "HeadBucket", "ListObjectsV2"}

#: botocore's own errors, the special ones before the general ones they descend from.
_CLASSES: tuple[tuple[type[Exception], Kind], ...] = (
    (botocore_errors.UnauthorizedSSOTokenError, Kind.EXPIRED),
    (botocore_errors.SSOTokenLoadError, Kind.EXPIRED),
    (botocore_errors.SSOError, Kind.EXPIRED),
    (botocore_errors.LoginRefreshRequired, Kind.EXPIRED),
    (botocore_errors.LoginError, Kind.EXPIRED),
    (botocore_errors.TokenRetrievalError, Kind.EXPIRED),
    (botocore_errors.NoCredentialsError, Kind.NO_CREDENTIALS),
    (botocore_errors.NoAuthTokenError, Kind.NO_CREDENTIALS),
    (botocore_errors.PartialCredentialsError, Kind.NO_CREDENTIALS),
    (botocore_errors.CredentialRetrievalError, Kind.NO_CREDENTIALS),
    (botocore_errors.MetadataRetrievalError, Kind.NO_CREDENTIALS),
    (botocore_errors.RefreshWithMFAUnsupportedError, Kind.EXPIRED),
    (botocore_errors.UnknownTokenProviderError, Kind.MISCONFIGURED),
    (botocore_errors.UnknownCredentialError, Kind.MISCONFIGURED),
    (botocore_errors.ReadTimeoutError, Kind.TIMED_OUT),
    (botocore_errors.ConnectTimeoutError, Kind.TIMED_OUT),
    (botocore_errors.CapacityNotAvailableError, Kind.THROTTLED),
    (botocore_errors.ResponseStreamingError, Kind.UNREADABLE),
    (botocore_errors.IncompleteReadError, Kind.UNREADABLE),
    (botocore_errors.ChecksumError, Kind.UNREADABLE),
    (botocore_errors.FlexibleChecksumError, Kind.UNREADABLE),
    (botocore_errors.PaginationError, Kind.UNREADABLE),
    (ResponseParserError, Kind.UNREADABLE),
    (botocore_errors.ConnectionError, Kind.UNREACHABLE),
    (botocore_errors.HTTPClientError, Kind.UNREACHABLE),
    (botocore_errors.BaseEndpointResolverError, Kind.MISCONFIGURED),
    (botocore_errors.EndpointProviderError, Kind.MISCONFIGURED),
    (botocore_errors.InvalidEndpointConfigurationError, Kind.MISCONFIGURED),
    (botocore_errors.InvalidRegionError, Kind.MISCONFIGURED),
    (botocore_errors.UnknownRegionError, Kind.MISCONFIGURED),
    (botocore_errors.ProfileNotFound, Kind.MISCONFIGURED),
    (botocore_errors.ConfigParseError, Kind.MISCONFIGURED),
    (botocore_errors.ConfigNotFound, Kind.MISCONFIGURED),
    (botocore_errors.InvalidConfigError, Kind.MISCONFIGURED),
    (botocore_errors.InvalidProxiesConfigError, Kind.MISCONFIGURED),
    (botocore_errors.InvalidDefaultsMode, Kind.MISCONFIGURED),
    (botocore_errors.InvalidRetryConfigurationError, Kind.MISCONFIGURED),
    (botocore_errors.InvalidS3AddressingStyleError, Kind.MISCONFIGURED),
    (botocore_errors.InvalidS3UsEast1RegionalEndpointConfigError, Kind.MISCONFIGURED),
    (botocore_errors.InvalidSTSRegionalEndpointsConfigError, Kind.MISCONFIGURED),
    (botocore_errors.InvalidIMDSEndpointError, Kind.MISCONFIGURED),
    (botocore_errors.InvalidIMDSEndpointModeError, Kind.MISCONFIGURED),
    (botocore_errors.InvalidChecksumConfigError, Kind.MISCONFIGURED),
    (botocore_errors.MissingDependencyException, Kind.MISCONFIGURED),
)

_ADVICE = {
    Kind.NO_CREDENTIALS: "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run "
    "where a role is attached. `s3monitor demo` needs none.",
    Kind.EXPIRED: "Sign in again (`aws sso login`), or export fresh ones.",
    Kind.BAD_CREDENTIALS: "Check AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and "
    "that they belong to the endpoint in AWS_ENDPOINT_URL, if one is set.",
    Kind.CLOCK: "Set the clock by NTP and ask again.",
    Kind.DENIED: "Attach the policy that `s3monitor policy` prints.",
    Kind.UNREACHABLE: "Check the network, the proxy, and AWS_ENDPOINT_URL if it is set.",
    Kind.TIMED_OUT: "Check the network, the proxy, and AWS_ENDPOINT_URL if it is set.",
    Kind.NOT_OFFERED: "Check that AWS_ENDPOINT_URL points to an S3 server.",
    Kind.UNREADABLE: "Check that AWS_ENDPOINT_URL points to an S3 server.",
    Kind.MISCONFIGURED: "Check AWS_PROFILE, AWS_DEFAULT_REGION and ~/.aws/config.",
    Kind.GONE: "Check the bucket's name.",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why AWS did not answer.

    reason: a few human words that can follow a bucket's name.
    permission: the IAM action that was missing; None when no permission would have helped.
    """

    kind: Kind
    reason: str
    permission: str | None = None


def refused(kind: Kind, operation: str | None = None, detail: str = "") -> Refusal:
    """A refusal of this kind by this operation; `detail` is told where no kind says more."""
    reason = _REASONS[kind]
    if kind is Kind.OTHER and detail:
        reason = f"{reason} ({detail})"
    permission = permission_for(operation) if operation and kind is Kind.DENIED else None
    if operation == "AssumeRole":
        reason = f"the role could not be assumed: {reason}"
    return Refusal(kind, reason, permission)


def refusal(error: Exception) -> Refusal:
    """What one of `AWS_ERRORS` means."""
    if isinstance(error, ClientError):
        answer = error.response
        return by_code(
            str(answer.get("Error", {}).get("Code", "")),
            answer.get("ResponseMetadata", {}).get("HTTPStatusCode"),
            error.operation_name,
        )
    for known, kind in _CLASSES:
        if isinstance(error, known):
            return refused(kind)
    if isinstance(error, botocore_errors.ParamValidationError):
        return refused(Kind.OTHER, detail="not a name that AWS allows")
    return refused(Kind.OTHER, detail=type(error).__name__)


def by_code(code: str, status: int | None, operation: str) -> Refusal:
    """What an error answer means: S3's error code, the HTTP status, and the operation asked."""
    known = _CODES.get(code)
    if known is None and status is None and code.isdecimal():
        status = int(code)
    if known is None and status == 404:
        known = Kind.GONE if operation in _ABOUT_A_BUCKET else Kind.NOT_OFFERED
    if known is None and status is not None:
        known = _STATUSES.get(status)
    # A code comes from whatever server answered: only what looks like one is repeated.
    named = code if re.fullmatch(r"[A-Za-z][A-Za-z0-9.]{0,63}", code) else ""
    detail = named or (f"HTTP {status}" if status else "")
    return refused(known or Kind.OTHER, operation, detail)


def estate_error(refusal: Refusal, asked: str) -> EstateError:
    """Tell that something as a whole could not be read, and what to do next.

    asked: what was wanted, as in "The buckets could not be listed".
    """
    advice = _ADVICE.get(refusal.kind, "Try again in a minute.")
    if refusal.permission:
        advice = f"Allow {refusal.permission}: `s3monitor policy` prints the whole policy."
    return EstateError(f"{asked}: {refusal.reason}.", advice)
