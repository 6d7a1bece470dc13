"""The WSGI edge in front of moto: what AWS does and moto does not, faults, and a request log."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from io import BytesIO
from threading import Event, Lock
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from moto.iam.models import get_account_id_from
from moto.s3.models import FakeBucket, s3_backends

from bot.workspace.sample.faults import Faults, Request
from bot.workspace.sample.listing import XMLNS, Listing, uploads_page

#: How many requests the log keeps; a demo may run for days.
LOG_LENGTH = 20_000
#: A page that is held looks this often, in seconds, whether the sample ends.
_LOOK_S = 0.1

_STS_XMLNS = "https://sts.amazonaws.com/doc/2011-06-15/"

# The sub-resource in a bucket's query string names the operation.
_BUCKET_READS = {
    "versions": "ListObjectVersions",
    "uploads": "ListMultipartUploads",
    "location": "GetBucketLocation",
    "tagging": "GetBucketTagging",
    "versioning": "GetBucketVersioning",
    "lifecycle": "GetBucketLifecycleConfiguration",
    "inventory": "ListBucketInventoryConfigurations",
    "encryption": "GetBucketEncryption",
    "policy": "GetBucketPolicy",
    "intelligent-tiering": "ListBucketIntelligentTieringConfigurations",
}

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class _Asked:
    """A request, read as far as answering or refusing it needs."""

    def __init__(
        self, environ: Environ, access_keys: Mapping[str, str], accounts: frozenset[str]
    ) -> None:
        self.method: str = environ["REQUEST_METHOD"]
        self.query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        access_key, self.region, self.service = self._scope(environ)
        self.account: str | None = None
        if access_key is not None:
            known = access_keys.get(access_key) or get_account_id_from(access_key)
            # moto gives a key that nobody handed out to an account of its own.
            self.account = known if known in accounts else None
        self.bucket: str | None = None
        self.key: str | None = None
        self.form: dict[str, str] = {}
        path: str = environ.get("PATH_INFO", "/")
        if self.service == "s3":
            bucket, _, key = path.lstrip("/").partition("/")
            self.bucket, self.key = bucket or None, key or None
            self.operation = self._s3_operation()
        else:
            self._read_form(environ)
            target = environ.get("HTTP_X_AMZ_TARGET", path)
            # The Query protocol says Action, JSON a target header, CBOR its path.
            self.operation = self.form.get("Action") or target.rpartition(".")[2].rpartition("/")[2]

    def _scope(self, environ: Environ) -> tuple[str | None, str | None, str]:
        """Access key, region and service that the request was signed with, wherever it says so."""
        header: str = environ.get("HTTP_AUTHORIZATION", "")
        credential = self.query.get("X-Amz-Credential", "")
        if "Credential=" in header:
            credential = header.split("Credential=", 1)[1].split(",", 1)[0]
        parts = credential.split("/")
        if len(parts) != 5:
            # botocore presigns for us-east-1 with signature version 2, which says no region.
            return self.query.get("AWSAccessKeyId"), None, "s3"
        return parts[0], parts[2], parts[3]

    def _s3_operation(self) -> str:
        if self.bucket is None:
            return "ListBuckets"
        if self.key is not None:
            part = "ListParts" if "uploadId" in self.query else "GetObject"
            return {"GET": part, "HEAD": "HeadObject"}.get(self.method, f"{self.method} object")
        if self.method == "HEAD":
            return "HeadBucket"
        named = next((name for sub, name in _BUCKET_READS.items() if sub in self.query), None)
        if self.method != "GET":
            return f"{self.method} bucket"
        return named or ("ListObjectsV2" if self.query.get("list-type") == "2" else "ListObjects")

    def _read_form(self, environ: Environ) -> None:
        """Read the Query protocol's body, and put it back for moto."""
        if not environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
            return
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        self.form = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True))


class Edge:
    """Answers, refuses or passes on to moto.

    application: moto's own WSGI application.
    access_keys: the account of each access key that was handed out; those of assumed roles
        are found through moto. accounts: the ids of the estate's accounts.
    denied: buckets that refuse everything. roles: the ARNs that may be assumed.
    now: the moment the estate is as of. stopping: ends every delay at once.
    """

    def __init__(
        self,
        application: Application,
        access_keys: Mapping[str, str],
        accounts: frozenset[str],
        denied: frozenset[str],
        roles: frozenset[str],
        now: datetime,
        stopping: Event,
    ) -> None:
        self.faults = Faults()
        self.log: deque[Request] = deque(maxlen=LOG_LENGTH)
        self._application = application
        self._access_keys = access_keys
        self._accounts = accounts
        self._denied = denied
        self._roles = roles
        self._now = now
        self._stopping = stopping
        self._lock = Lock()
        self._asked_of_buckets = 0
        self._listings: dict[str, Listing] = {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """The WSGI entry."""
        asked = _Asked(environ, self._access_keys, self._accounts)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            query = environ.get("QUERY_STRING", "")
            self.log.append(
                Request(
                    service=asked.service,
                    operation=asked.operation,
                    region=asked.region,
                    account=asked.account,
                    bucket=asked.bucket,
                    path=environ.get("PATH_INFO", "/") + (f"?{query}" if query else ""),
                    status=int(status.split(" ", 1)[0]),
                )
            )
            return start_response(status, headers, *rest)

        own = self._own_answer(asked)
        if own is not None:
            status, body, headers = own
            content = b"" if asked.method == "HEAD" else body.encode("utf-8")
            start(
                status,
                [
                    ("Content-Type", "application/xml"),
                    ("Content-Length", str(len(content))),
                    *headers,
                ],
            )
            return [content]
        if asked.account is not None:
            # moto does not read the access key of a presigned URL; it does believe this header.
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = asked.account
        answer = self._application(environ, start)
        if asked.bucket is not None and asked.method not in ("GET", "HEAD"):
            self._listings.pop(asked.bucket, None)
        return answer

    def _own_answer(self, asked: _Asked) -> _Answer | None:
        """What is answered here; None for what moto answers."""
        if asked.service == "sts" and asked.operation == "AssumeRole":
            return self._assume_role(asked)
        if asked.service != "s3":
            return None
        if asked.account is None:
            return _s3_error(
                "403 Forbidden",
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
            )
        if asked.operation == "ListBuckets":
            return self._list_buckets(asked.account, asked.query)
        return self._about_a_bucket(asked, asked.account)

    def _about_a_bucket(self, asked: _Asked, account: str) -> _Answer | None:
        """Faults and refusals of a request about a bucket or an object."""
        faults, name = self.faults, asked.bucket or ""
        with self._lock:
            self._asked_of_buckets += 1
            every = faults.slow_down_every
            slow_down = every > 0 and self._asked_of_buckets % every == 0
        if faults.delay > 0:
            self._stopping.wait(faults.delay)
        if slow_down:
            return _s3_error("503 Slow Down", "SlowDown", "Please reduce your request rate.")
        owner = s3_backends.bucket_accounts.get(name, (None, None))[1]
        if (owner is None and asked.method != "PUT") or name in faults.vanished:
            return _s3_error("404 Not Found", "NoSuchBucket", "The specified bucket does not exist")
        if owner is not None:
            region = _buckets(owner)[name].region_name
            where = [("x-amz-bucket-region", region)]
            if faults.redirects and asked.region != region:
                return _s3_error(
                    "301 Moved Permanently",
                    "PermanentRedirect",
                    "The bucket you are attempting to access must be addressed using the "
                    "specified endpoint. Please send all future requests to this endpoint.",
                    where,
                )
            if (
                owner != account
                or name in self._denied
                or {(name, None), (name, asked.operation)} & faults.refused
            ):
                return _s3_error("403 Forbidden", "AccessDenied", "Access Denied", where)
            return self._list(asked, _buckets(owner)[name])
        return None

    def _list(self, asked: _Asked, bucket: FakeBucket) -> _Answer | None:
        """What `listing.py` answers in moto's place."""
        if asked.operation == "ListMultipartUploads":
            return "200 OK", uploads_page(bucket, asked.query, self._now), []
        if asked.operation != "ListObjectsV2":
            return None
        self._wait(asked, bucket.name)
        listing = self._listings.get(bucket.name)
        if listing is None:
            listing = self._listings[bucket.name] = Listing(bucket)
        try:
            return "200 OK", listing.page(asked.query), []
        except ValueError:
            message = "A number or the continuation token provided is incorrect"
            return _s3_error("400 Bad Request", "InvalidArgument", message)

    def _wait(self, asked: _Asked, bucket: str) -> None:
        """Have a page of keys wait as long as the faults say; the end of the sample ends it."""
        if slow := self.faults.slow_pages.get(bucket):
            self._stopping.wait(slow)
        held = self.faults.held_pages.get(bucket)
        later = {"start-after", "continuation-token"} & asked.query.keys()
        while held and later and not held.wait(_LOOK_S) and not self._stopping.is_set():
            pass

    def _list_buckets(self, account: str, query: Mapping[str, str]) -> _Answer:
        """ListBuckets as AWS answers it: in pages, with regions when asked with any parameter.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
        """
        prefix, region = query.get("prefix", ""), query.get("bucket-region")
        after, limit = query.get("continuation-token", ""), int(query.get("max-buckets", "10000"))
        named = {"prefix", "bucket-region", "continuation-token", "max-buckets"} & query.keys()
        regions = bool(named) and not self.faults.without_bucket_region
        buckets = [
            bucket
            for name, bucket in sorted(_buckets(account).items())
            if name > after
            and name.startswith(prefix)
            and (region is None or bucket.region_name == region)
        ]
        page = buckets[:limit]
        rows = "".join(
            f"<Bucket><Name>{escape(bucket.name)}</Name>"
            f"<CreationDate>{bucket.creation_date_ISO8601}</CreationDate>"
            + (f"<BucketRegion>{bucket.region_name}</BucketRegion>" if regions else "")
            + "</Bucket>"
            for bucket in page
        )
        token = page[-1].name if len(buckets) > len(page) > 0 else None
        more = f"<ContinuationToken>{escape(token)}</ContinuationToken>" if token else ""
        body = (
            f'<ListAllMyBucketsResult xmlns="{XMLNS}"><Owner><ID>{account}</ID></Owner>'
            f"<Buckets>{rows}</Buckets>{more}</ListAllMyBucketsResult>"
        )
        return "200 OK", body, []

    def _assume_role(self, asked: _Asked) -> _Answer | None:
        """Refuse what moto would not: roles that nobody created."""
        role = asked.form.get("RoleArn", "")
        if asked.account and role in self._roles and role not in self.faults.refused_roles:
            return None
        body = (
            f'<ErrorResponse xmlns="{_STS_XMLNS}"><Error><Type>Sender</Type>'
            "<Code>AccessDenied</Code><Message>User is not authorized to perform: sts:AssumeRole "
            f"on resource: {escape(role)}</Message></Error></ErrorResponse>"
        )
        return "403 Forbidden", body, []


_Answer = tuple[str, str, list[tuple[str, str]]]


def _buckets(account: str) -> dict[str, FakeBucket]:
    return s3_backends[account]["aws"].buckets


def _s3_error(
    status: str, code: str, message: str, headers: Iterable[tuple[str, str]] = ()
) -> _Answer:
    body = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return status, body, list(headers)
