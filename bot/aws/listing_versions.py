"""What a plain listing cannot see: noncurrent versions, delete markers, unfinished uploads."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from bot.aws.listing_http import ListingRefused
from bot.aws.listing_pages import (
    Malformed,
    Page,
    decode,
    percent_encoded,
    to_the_millisecond,
    written,
)
from bot.aws.listing_sign import Request
from bot.core.usage import NOTHING, Tally

#: Uploads whose parts are listed at once.
_UPLOADS_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object, or a delete marker, which has no size.

    key: decoded; raw: percent-encoded. date, kind: as S3 writes them. latest: whether it is the
    current one.
    """

    key: str
    raw: bytes
    date: bytes
    size: int | None
    kind: bytes
    latest: bool


@dataclass(frozen=True, slots=True)
class VersionPage:
    """One page of versions and delete markers, by key.

    mark: the version after which S3 goes on within the last key; empty where it does not say.
    """

    versions: Sequence[Version]
    truncated: bool
    mark: str = ""

    def __len__(self) -> int:
        return len(self.versions)

    def key(self, index: int) -> str:
        """The key of one version."""
        return self.versions[index].key

    def up_to(self, until: str | None) -> int:
        """How many of the versions are of keys not beyond `until`."""
        if until is None:
            return len(self.versions)
        return bisect_right(self.versions, until, key=lambda version: version.key)

    def objects(self, count: int, *, latest: bool) -> Page:
        """The current objects among the first `count`, or else the noncurrent ones."""
        chosen = [v for v in self.versions[:count] if v.latest == latest and v.size is not None]
        return written(((v.raw, v.date, v.size or 0, v.kind) for v in chosen), self.truncated)

    def markers(self, count: int) -> int:
        """How many of the first `count` are delete markers."""
        return sum(1 for v in self.versions[:count] if v.size is None)


def parse_versions(body: bytes) -> VersionPage:
    """Take a ListObjectVersions answer apart. Raises Malformed."""
    root = _root(body, "ListVersionsResult")
    more = _more(root)
    # Some servers write all versions before all delete markers; a stable sort keeps their order.
    versions = sorted(_versions(root), key=lambda version: version.key)
    mark = root.findtext("{*}NextVersionIdMarker") or ""
    following = root.findtext("{*}NextKeyMarker")
    if more and not versions:
        raise Malformed("the page is empty and says that there is more")
    if following is not None and versions and _key(root, following) != versions[-1].key:
        mark = ""
    return VersionPage(versions, more, mark if more else "")


def _versions(root: ET.Element) -> Iterator[Version]:
    for entry in root:
        tag = entry.tag.rpartition("}")[2]
        if tag not in ("Version", "DeleteMarker"):
            continue
        key = entry.findtext("{*}Key") or ""
        date = (entry.findtext("{*}LastModified") or "").strip().encode()
        size = (entry.findtext("{*}Size") or "").strip()
        if not key or (tag == "Version" and not _digits(size)):
            raise Malformed("a version lacks its key or size")
        raw = percent_encoded(root, key)
        yield Version(
            key=decode(raw),
            raw=raw,
            date=to_the_millisecond(date),
            size=int(size) if tag == "Version" else None,
            kind=(entry.findtext("{*}StorageClass") or "STANDARD").strip().encode(),
            latest=(entry.findtext("{*}IsLatest") or "").strip() == "true",
        )


@dataclass(frozen=True, slots=True)
class _Uploads:
    """A page of unfinished uploads as (key, id, class), and the parameters of the next page."""

    uploads: Sequence[tuple[str, str, str]]
    following: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Parts:
    """A page of an upload's parts: their tally, and the parameters of the next page."""

    tally: Tally
    following: dict[str, Any] | None


def _parse_uploads(body: bytes) -> _Uploads:
    root = _root(body, "ListMultipartUploadsResult")
    uploads = []
    for entry in root.iterfind("{*}Upload"):
        key, upload = entry.findtext("{*}Key"), entry.findtext("{*}UploadId")
        if not key or not upload:
            raise Malformed("an upload lacks its key or id")
        kind = (entry.findtext("{*}StorageClass") or "STANDARD").strip()
        uploads.append((_key(root, key), upload, kind))
    following = None
    if _more(root):
        key = root.findtext("{*}NextKeyMarker")
        if not key:
            raise Malformed("the page does not say where to go on")
        following = {"KeyMarker": _key(root, key)}
        if mark := root.findtext("{*}NextUploadIdMarker"):
            following["UploadIdMarker"] = mark
    return _Uploads(uploads, following)


def _parse_parts(body: bytes) -> _Parts:
    root = _root(body, None)  # servers differ in its name
    sizes = [(entry.findtext("{*}Size") or "").strip() for entry in root.iterfind("{*}Part")]
    if not all(map(_digits, sizes)):
        raise Malformed("a part lacks its size")
    following = None
    if _more(root):
        mark = (root.findtext("{*}NextPartNumberMarker") or "").strip()
        if not _digits(mark):
            raise Malformed("the page does not say where to go on")
        following = {"PartNumberMarker": int(mark)}
    return _Parts(Tally(len(sizes), sum(map(int, sizes))), following)


Ask = Callable[[Request, Callable[[bytes], Any]], Awaitable[Any]]


async def unfinished(ask: Ask, bucket: str, prefix: str) -> dict[str, Tally]:
    """The parts of all unfinished uploads under a prefix, by storage class.

    ask: sends a request and reads the answer, as often as it takes. An upload that is completed
    or aborted meanwhile counts as nothing. Raises ListingRefused.
    """
    gate = asyncio.Semaphore(_UPLOADS_AT_ONCE)
    found: dict[str, Tally] = {}
    base: dict[str, Any] = {"Bucket": bucket, "EncodingType": "url"}
    if prefix:
        base["Prefix"] = prefix
    following: dict[str, Any] | None = {}
    while following is not None:
        page = await ask(Request("list_multipart_uploads", base | following), _parse_uploads)
        tasks = [
            asyncio.create_task(_parts(ask, gate, bucket, key, upload))
            for key, upload, _ in page.uploads
        ]
        try:
            tallies = await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        for (_, _, kind), tally in zip(page.uploads, tallies, strict=True):
            found[kind] = found.get(kind, NOTHING) + tally
        following = page.following
    return found


async def _parts(ask: Ask, gate: asyncio.Semaphore, bucket: str, key: str, upload: str) -> Tally:
    found = NOTHING
    base: dict[str, Any] = {"Bucket": bucket, "Key": key, "UploadId": upload}
    following: dict[str, Any] | None = {}
    async with gate:
        while following is not None:
            try:
                page = await ask(Request("list_parts", base | following), _parse_parts)
            except ListingRefused as refused:
                if refused.code == "NoSuchUpload":
                    return NOTHING
                raise
            found += page.tally
            following = page.following
    return found


def _root(body: bytes, name: str | None) -> ET.Element:
    try:
        root = ET.fromstring(body)  # noqa: S314 - expat bounds entity expansion itself
    except ET.ParseError as error:
        raise Malformed("the page is cut off or is no XML") from error
    if name is not None and root.tag.rpartition("}")[2] != name:
        raise Malformed(f"the page is no {name}")
    return root


def _key(page: ET.Element, key: str) -> str:
    return decode(percent_encoded(page, key))


def _more(root: ET.Element) -> bool:
    said = (root.findtext("{*}IsTruncated") or "").strip()
    if said not in ("true", "false"):
        raise Malformed("the page does not say whether there is more")
    return said == "true"


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
