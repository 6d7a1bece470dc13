"""One page of a bucket over HTTP: signed by botocore, fetched by aiohttp, errors named."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
from botocore.exceptions import BotoCoreError
from yarl import URL

from bot.aws.listing_pages import Malformed, refusal
from bot.core.usage import Bucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: S3's ways of saying "slower", and of saying "try again".
#: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_SLOWER = {
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "RequestLimitExceeded",
    "TooManyRequests",
}
_AGAIN = {"InternalError", "RequestTimeout", "ServiceUnavailable", "OperationAborted"}

#: How often credentials are given the chance to refresh themselves in a thread, in seconds.
#: botocore begins to refresh 15 minutes before they expire, so signing on the event loop, which
#: takes 0.1 ms, never has to wait for that.
_SIGN_IN_THREAD = 60.0


T = TypeVar("T")


class ListingRefused(Exception):
    """S3 would not list this bucket.

    code: S3's error code (`AccessDenied`, `NoSuchBucket`), or `Timeout`, `ConnectionError`,
    `MalformedPage`, `NoCredentials`. status: of the HTTP answer, None without one.
    operation: what was asked, as AWS names it.
    """

    def __init__(
        self, code: str, status: int | None, message: str, operation: str = "ListObjectsV2"
    ) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.operation = operation
        self.code = code
        self.status = status
        self.message = message


class Slower(Exception):
    """Worth trying again, more slowly: `refused` says how it would be reported in the end."""

    def __init__(self, refused: ListingRefused) -> None:
        super().__init__(str(refused))
        self.refused = refused


class Again(Slower):
    """Worth trying again, and no sign that S3 has too much to do."""


@dataclass(frozen=True, slots=True)
class Request:
    """One page to ask for: a method of the S3 client and its parameters."""

    method: str
    parameters: dict[str, Any]

    @property
    def operation(self) -> str:
        """The operation as AWS names it: `ListObjectsV2`."""
        return "".join(word.capitalize() for word in self.method.split("_"))


class Wire:
    """Fetches pages of one bucket, in the region where the bucket turns out to be."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        client_for: Callable[[Bucket], S3Client],
        bucket: Bucket,
    ) -> None:
        self.bucket = bucket
        self._session = session
        self._client_for = client_for
        self._client: S3Client | None = None
        self._signed_in_thread = float("-inf")
        self._redirected = False

    async def ask(self, request: Request, read: Callable[[bytes], T]) -> T:
        """Send one request and read the answer.

        Raises ListingRefused, or Slower and Again for what may pass.
        """
        bucket = self.bucket
        url = await self._sign(request)
        try:
            async with self._session.get(URL(url, encoded=True), allow_redirects=False) as answer:
                body = await answer.read()
                status, header = answer.status, answer.headers.get("x-amz-bucket-region")
        except TimeoutError as error:
            raise Slower(ListingRefused("Timeout", None, "S3 did not answer in time")) from error
        except (aiohttp.ClientError, OSError) as error:
            kind = type(error).__name__
            raise Again(ListingRefused("ConnectionError", None, kind)) from error
        if status == 200:
            try:
                return read(body)
            except Malformed as error:
                raise Again(ListingRefused("MalformedPage", status, str(error))) from error
        said = refusal(status, body, header)
        refused = ListingRefused(said.code, status, said.message, request.operation)
        if status == 429 or said.code in _SLOWER or status == 503:
            raise Slower(refused)
        if status in (500, 502, 504) or said.code in _AGAIN:
            raise Again(refused)
        if said.region and self._elsewhere(said.region, bucket):
            raise Again(refused)
        raise refused

    def _elsewhere(self, region: str, asked: Bucket) -> bool:
        """Whether the bucket is in another region than was asked, and that is worth a try."""
        if self._redirected:
            return asked.region != self.bucket.region  # sent before the redirect was known
        if region == asked.region:
            return False
        self._redirected = True
        self.bucket = replace(asked, region=region)
        self._client = None
        return True

    async def _sign(self, request: Request) -> str:
        now = asyncio.get_running_loop().time()
        if self._client is not None and now - self._signed_in_thread < _SIGN_IN_THREAD:
            return self._signed(self._client, request)
        self._signed_in_thread = now
        try:
            if self._client is None:
                self._client = await asyncio.to_thread(self._client_for, self.bucket)
            return await asyncio.to_thread(self._signed, self._client, request)
        except BotoCoreError as error:
            raise ListingRefused("NoCredentials", None, str(error)) from error

    @staticmethod
    def _signed(client: S3Client, request: Request) -> str:
        return client.generate_presigned_url(
            request.method,
            Params=request.parameters,
            ExpiresIn=300,
        )
