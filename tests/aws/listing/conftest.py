"""moto's server as S3, on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import boto3
import pytest
import pytest_asyncio
from botocore.config import Config
from moto.server import ThreadedMotoServer
from mypy_boto3_s3 import S3Client

from bot.aws.listing import S3Lister
from bot.clock import Clock
from bot.core.usage import Bucket


def client(endpoint: str, region: str = "us-east-1") -> S3Client:
    """A client as the engine wants it."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """The address of moto's server."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(endpoint: str) -> S3Client:
    """A client of moto's server."""
    return client(endpoint)


@pytest.fixture
def bucket(s3: S3Client, request: pytest.FixtureRequest) -> Bucket:
    """A fresh, empty bucket."""
    name = f"b{abs(hash(request.node.nodeid))}"
    s3.create_bucket(Bucket=name)
    return Bucket(name, "us-east-1", None)


@pytest_asyncio.fixture
async def lister(endpoint: str) -> AsyncIterator[S3Lister]:
    """The engine, pointed at moto's server."""
    made: Callable[[Bucket], S3Client] = lambda bucket: client(endpoint, bucket.region)  # noqa: E731
    engine = S3Lister(made, Clock())
    yield engine
    await engine.close()
