"""A stand-in for AWS on 127.0.0.1: moto behind a front that keeps a log and can refuse."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote

import boto3
from botocore.session import Session
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from bot.aws.accounts import Accounts, Limits

#: Quick to give up, so that a test of a timeout takes no time.
HASTY = Limits(connect_seconds=2, read_seconds=5, attempts=1, connections=4)

LOADER = Session().get_component("data_loader")


@dataclass(frozen=True)
class Call:
    """One request as it came in."""

    service: str
    operation: str
    bucket: str
    region: str
    key_id: str


@dataclass
class StandIn:
    """An AWS of its own. `answers` come before moto's: the first that returns something counts."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    answers: list[Callable[[Call, Request], Response | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._clients: dict[tuple[str, str, str | None], Any] = {}
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _serve(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = io.BytesIO(body)
        request = Request(environ)
        if not request.path.startswith("/moto-api"):
            call = _call(request, body)
            self.calls.append(call)
            for answer in self.answers:
                response = answer(call, request)
                if response is not None:
                    return response(environ, start)
            environ["wsgi.input"] = io.BytesIO(body)
        return self._moto(environ, start)

    def refuse(
        self,
        operation: str,
        status: int,
        code: str = "",
        *,
        bucket: str | None = None,
        region: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Answer an operation with an error."""

        def answer(call: Call, request: Request) -> Response | None:
            if call.operation != operation or (bucket or call.bucket) != call.bucket:
                return None
            if (region or call.region) != call.region:
                return None
            body = f"<Error><Code>{code}</Code><Message>No.</Message></Error>" if code else ""
            if request.method == "HEAD":
                body = ""
            elif call.service == "monitoring":
                body = json.dumps({"__type": code, "message": "No."})
            elif call.service == "sts":
                body = f"<ErrorResponse>{body}</ErrorResponse>"
            return Response(body, status, headers, mimetype="application/xml")

        self.answers.append(answer)

    def operations(self) -> set[str]:
        """Every operation that was called so far."""
        return {call.operation for call in self.calls}

    def client(self, service: str, region: str = "us-east-1", account: str | None = None) -> Any:
        """A client to seed with; `account` is another one than the default's."""
        if (service, region, account) not in self._clients:
            self._clients[service, region, account] = self._client(service, region, account)
        return self._clients[service, region, account]

    def _client(self, service: str, region: str, account: str | None) -> Any:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        if account is not None:
            given = self.client("sts").assume_role(
                RoleArn=f"arn:aws:iam::{account}:role/s3monitor", RoleSessionName="seed"
            )["Credentials"]
            keys = {
                "aws_access_key_id": given["AccessKeyId"],
                "aws_secret_access_key": given["SecretAccessKey"],
                "aws_session_token": given["SessionToken"],
            }
        return boto3.client(service, region_name=region, endpoint_url=self.url, **keys)

    def bucket(
        self,
        name: str,
        region: str = "us-east-1",
        objects: int = 0,
        *,
        account: str | None = None,
    ) -> None:
        """Create a bucket of so many objects of 10 bytes, `key-0` and so on."""
        s3 = self.client("s3", region, account)
        placed = {"LocationConstraint": region} if region != "us-east-1" else None
        s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": placed} if placed else {}))
        for number in range(objects):
            s3.put_object(Bucket=name, Key=f"key-{number}", Body=b"0123456789")

    def metric(
        self,
        bucket: str,
        value: float,
        moment: datetime,
        *,
        storage_type: str = "StandardStorage",
        region: str = "us-east-1",
        account: str | None = None,
    ) -> None:
        """Put one point of a daily storage metric; of NumberOfObjects for AllStorageTypes."""
        of_all = storage_type == "AllStorageTypes"
        self.client("cloudwatch", region, account).put_metric_data(
            Namespace="AWS/S3",
            MetricData=[
                {
                    "MetricName": "NumberOfObjects" if of_all else "BucketSizeBytes",
                    "Dimensions": [
                        {"Name": "BucketName", "Value": bucket},
                        {"Name": "StorageType", "Value": storage_type},
                    ],
                    "Timestamp": moment,
                    "Value": value,
                }
            ],
        )

    def forget(self) -> None:
        """Empty every account, and the log."""
        reset = Request.from_values("/moto-api/reset", method="POST")
        Response.from_app(self._moto, reset.environ)
        self.answers.clear()
        self.calls.clear()
        # The keys of assumed roles are forgotten too.
        self._clients = {key: made for key, made in self._clients.items() if key[2] is None}

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _call(request: Request, body: bytes) -> Call:
    credential = request.args.get("X-Amz-Credential") or ""
    if not credential:
        credential = request.headers.get("Authorization", "").partition("Credential=")[2]
    key_id, _, region, service, *_ = [*credential.split(",")[0].split("/"), "", "", "", ""]
    bucket = ""
    if service == "s3":
        bucket = unquote(request.path.strip("/").partition("/")[0])
        operation = _s3_operation(request, bucket)
    elif "X-Amz-Target" in request.headers:
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
    else:
        operation = parse_qs(body.decode()).get("Action", [""])[0]
    return Call(service, operation, bucket, region, key_id)


def _s3_operation(request: Request, bucket: str) -> str:
    if not bucket:
        return "ListBuckets"
    if request.method == "HEAD":
        return "HeadBucket"
    named = {
        "location": "GetBucketLocation",
        "versions": "ListObjectVersions",
        "uploads": "ListMultipartUploads",
        "uploadId": "ListParts",
    }
    for word, operation in named.items():
        if request.method == "GET" and word in request.args:
            return operation
    if request.method == "GET" and request.args.get("list-type") == "2":
        return "ListObjectsV2"
    if request.method == "GET" and "versions" in request.args:
        return "ListObjectVersions"
    if request.method == "GET" and "uploads" in request.args:
        return "ListMultipartUploads"
    if request.method == "GET" and "uploadId" in request.args:
        return "ListParts"
    return f"{request.method} {request.path}"


@dataclass
class Estate:
    """A stand-in, and the bot's view of it."""

    aws: StandIn
    threads: ThreadPoolExecutor

    def accounts(self, **options: Any) -> Accounts:
        """The bot's accounts there."""
        session = Session()
        # Loading AWS's API models is most of what making a client takes.
        session.register_component("data_loader", LOADER)
        return Accounts(self.threads, session=session, **{"limits": HASTY, **options})
