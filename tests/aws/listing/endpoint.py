"""A small S3 on loopback that lists what it is told, and fails as it is told."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote_plus

from aiohttp import web

#: What an endpoint does instead of answering; it may change the endpoint.
Fault = Callable[["Endpoint", web.Request, str], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Thing:
    key: str
    date: str = "2026-01-01T00:00:00.000Z"
    size: int = 1
    kind: str | None = "STANDARD"


@dataclass
class Endpoint:
    """things: in S3's order. page: keys on one. faults: taken one a request, None for an answer."""

    things: list[Thing]
    page: int = 1000
    faults: list[Fault | None] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)
    in_flight: int = 0
    peak: int = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(dict(request.query))
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            fault = self.faults.pop(0) if self.faults else None
            body = self.body(request)
            if fault is not None:
                return await fault(self, request, body)
            return web.Response(text=body, content_type="application/xml")
        finally:
            self.in_flight -= 1

    def body(self, request: web.Request) -> str:
        query = request.query
        return self.render(query.get("prefix", ""), query.get("start-after"))

    def render(self, prefix: str, after: str | None) -> str:
        keys = [thing.key for thing in self.things]
        begin = bisect_right(keys, after) if after is not None else 0
        there = [thing for thing in self.things[begin:] if thing.key.startswith(prefix)]
        shown = there[: self.page]
        rows = "".join(
            f"<Contents><Key>{quote_plus(thing.key, safe='/')}</Key>"
            f"<LastModified>{thing.date}</LastModified><ETag>&quot;x&quot;</ETag>"
            f"<Size>{thing.size}</Size>"
            + (f"<StorageClass>{thing.kind}</StorageClass>" if thing.kind else "")
            + "</Contents>"
            for thing in shown
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<EncodingType>url</EncodingType><IsTruncated>{str(len(there) > len(shown)).lower()}</IsTruncated>{rows}"
            "</ListBucketResult>"
        )


@dataclass(frozen=True)
class Version:
    """size: None for a delete marker. id: unique, and of the order of versions of one key."""

    key: str
    id: str
    latest: bool
    size: int | None = 1
    date: str = "2026-01-01T00:00:00.000Z"


@dataclass
class VersionedEndpoint(Endpoint):
    """versions: in S3's order, the current one of each key first. uploads: bytes of each part."""

    versions: list[Version] = field(default_factory=list)
    uploads: dict[str, list[int]] = field(default_factory=dict)

    def body(self, request: web.Request) -> str:
        query = request.query
        if "uploadId" in query:
            return _parts(self.uploads[request.path.removeprefix("/bucket/")])
        if "uploads" in query:
            return _uploads(
                [key for key in self.uploads if key.startswith(query.get("prefix", ""))]
            )
        return self.render_versions(
            query.get("prefix", ""), query.get("key-marker", ""), query.get("version-id-marker")
        )

    def render_versions(self, prefix: str, key: str, mark: str | None) -> str:
        begin = bisect_right(self.versions, key, key=lambda version: version.key)
        if mark is not None:
            ids = [(version.key, version.id) for version in self.versions]
            begin = ids.index((key, mark)) + 1
        there = [each for each in self.versions[begin:] if each.key.startswith(prefix)]
        shown = there[: self.page]
        more = len(there) > len(shown)
        rows = "".join(
            f"<{'DeleteMarker' if each.size is None else 'Version'}>"
            f"<Key>{quote_plus(each.key, safe='/')}</Key><VersionId>{each.id}</VersionId>"
            f"<IsLatest>{str(each.latest).lower()}</IsLatest>"
            f"<LastModified>{each.date}</LastModified>"
            + ("" if each.size is None else f"<Size>{each.size}</Size>")
            + f"</{'DeleteMarker' if each.size is None else 'Version'}>"
            for each in shown
        )
        following = (
            f"<NextKeyMarker>{quote_plus(shown[-1].key, safe='/')}</NextKeyMarker>"
            f"<NextVersionIdMarker>{shown[-1].id}</NextVersionIdMarker>"
            if more
            else ""
        )
        return (
            '<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<EncodingType>url</EncodingType><IsTruncated>{str(more).lower()}</IsTruncated>"
            f"{following}{rows}</ListVersionsResult>"
        )


def _uploads(keys: list[str]) -> str:
    rows = "".join(
        f"<Upload><Key>{quote_plus(key, safe='/')}</Key><UploadId>u</UploadId></Upload>"
        for key in keys
    )
    return (
        "<ListMultipartUploadsResult><EncodingType>url</EncodingType>"
        f"<IsTruncated>false</IsTruncated>{rows}</ListMultipartUploadsResult>"
    )


def _parts(sizes: list[int]) -> str:
    rows = "".join(f"<Part><Size>{size}</Size></Part>" for size in sizes)
    return f"<ListPartsResult><IsTruncated>false</IsTruncated>{rows}</ListPartsResult>"


def versions(count: int, seed: int = 0) -> list[Version]:
    """Random versions and delete markers: most keys have a few, one has a fifth of them all."""
    random = Random(seed)
    keys = [thing.key for thing in things(max(1, count // 3), seed)]
    found = []
    for key in keys:
        held = random.choice([1, 1, 2, 5]) if key != keys[len(keys) // 2] else count // 5
        for number in range(held):
            size = None if random.random() < 0.2 else int(10 ** random.uniform(0, 6))
            found.append(
                Version(
                    key, f"v{number}", not number, size, f"2026-0{1 + number % 6}-11T00:00:00.000Z"
                )
            )
    return found


def refuse(status: int, code: str, region: str | None = None) -> Fault:
    """An error answer of S3's."""

    async def fault(endpoint: Endpoint, request: web.Request, body: str) -> web.Response:
        headers = {"x-amz-bucket-region": region} if region else {}
        text = f"<Error><Code>{code}</Code><Message>As told.</Message></Error>"
        return web.Response(status=status, text=text, headers=headers)

    return fault


async def cut_off(endpoint: Endpoint, request: web.Request, body: str) -> web.Response:
    """A page that ends in the middle, with a length that says it is whole."""
    return web.Response(text=body[: len(body) // 2])


async def hang_up(endpoint: Endpoint, request: web.Request, body: str) -> web.StreamResponse:
    """A connection that ends in the middle of a page."""
    answer = web.StreamResponse(headers={"Content-Length": str(len(body))})
    await answer.prepare(request)
    await answer.write(body[: len(body) // 2].encode())
    assert request.transport is not None
    request.transport.abort()
    return answer


async def not_xml(endpoint: Endpoint, request: web.Request, body: str) -> web.Response:
    """A proxy's page of its own."""
    return web.Response(text="<html>Please sign in to the network</html>")


async def backwards(endpoint: Endpoint, request: web.Request, body: str) -> web.Response:
    """A page of keys that were asked for not to come."""
    return web.Response(text=endpoint.render("", None))


async def silence(endpoint: Endpoint, request: web.Request, body: str) -> web.StreamResponse:
    """No answer before the client gives up."""
    import asyncio

    await asyncio.Event().wait()
    raise AssertionError("never")


@asynccontextmanager
async def serving(endpoint: Endpoint) -> AsyncIterator[str]:
    """The endpoint's address while it serves."""
    app = web.Application()
    app.router.add_get("/{tail:.*}", endpoint.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def things(count: int, seed: int = 0) -> list[Thing]:
    """Random objects of several shapes, classes, months and sizes."""
    random = Random(seed)
    keys = {
        random.choice(
            [
                f"logs/{random.randrange(2022, 2025)}/{random.randrange(1, 13):02}/{number}",
                f"part-{number:07}",
                f"{random.getrandbits(64):016x}",
                f"ключ/{random.choice('абвгдж漢字😀')}{number}",
                f"a b+c%&<{number}>",
            ]
        )
        for number in range(count)
    }
    return [
        Thing(
            key,
            f"202{random.randrange(4, 7)}-0{random.randrange(1, 7)}-1{random.randrange(10)}"
            f"T00:00:{random.randrange(60):02}.000Z",
            int(10 ** random.uniform(0, 10)),
            random.choice(["STANDARD", "STANDARD", "GLACIER_IR", "DEEP_ARCHIVE"]),
        )
        for key in sorted(keys)
    ]
