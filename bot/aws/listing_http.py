"""One page of a bucket over HTTP: signed by botocore, fetched by aiohttp, errors named."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from bot.aws import refusals
from bot.aws.listing_pages import Malformed, refusal
from bot.aws.listing_sign import Request, Signer
from bot.aws.refusals import AWS_ERRORS, Refusal
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


_UNASKED = "unasked"

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

    @property
    def why(self) -> Refusal:
        """What it means to a person."""
        # What kept a listing from being signed says more than that it was not.
        if isinstance(self.__cause__, AWS_ERRORS):
            return refusals.refusal(self.__cause__)
        return refusals.by_code(self.code, self.status, self.operation)


class Slower(Exception):
    """Worth trying again, more slowly: `refused` says how it would be reported in the end."""

    def __init__(self, refused: ListingRefused) -> None:
        super().__init__(str(refused))
        self.refused = refused


class Again(Slower):
    """Worth trying again, and no sign that S3 has too much to do."""


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
        self._signer: Signer | None = None
        self._signed_in_thread = float("-inf")
        self._redirected = False
        self._proxy: str | None = _UNASKED

    async def ask(self, request: Request, read: Callable[[bytes], T]) -> T:
        """Send one request and read the answer.

        Raises ListingRefused, or Slower and Again for what may pass.
        """
        bucket = self.bucket
        url = URL(await self._sign(request), encoded=True)
        if self._proxy is _UNASKED:
            # Once: reading the environment for every page costs as much as signing it.
            self._proxy = _proxy(url)
        try:
            async with self._session.get(url, allow_redirects=False, proxy=self._proxy) as answer:
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
        self._proxy = _UNASKED
        self.bucket = replace(asked, region=region)
        self._signer = None
        return True

    async def _sign(self, request: Request) -> str:
        now = asyncio.get_running_loop().time()
        if self._signer is not None and now - self._signed_in_thread < _SIGN_IN_THREAD:
            return self._signer.quickly(request)
        self._signed_in_thread = now
        try:
            if self._signer is None:
                self._signer = Signer(await asyncio.to_thread(self._client_for, self.bucket))
            return await asyncio.to_thread(self._signer.fully, request)
        except AWS_ERRORS as error:
            raise ListingRefused("NoCredentials", None, str(error)) from error


def _proxy(url: URL) -> str | None:
    """The proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name for this address."""
    if url.host is None or proxy_bypass(url.host):
        return None
    return getproxies().get(url.scheme)
