"""S3's list pages: what is asked, and the raw bytes of the answer taken apart without a parser.

A page of 1,000 objects is some 300 kB of XML. Building an object per key costs 59 ms (botocore)
or 8.5 ms (ElementTree); one regular expression over the bytes costs 0.6 ms. It is safe because
`EncodingType=url` leaves no `<` in a key, and the count is checked: whatever does not add up, or
was not encoded, is read again by a real XML parser, and whatever that refuses is malformed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote_plus
from xml.etree import ElementTree as ET

#: An object as S3, MinIO and moto write it; what lies between date and size is skipped.
_OBJECTS = re.compile(
    rb"<Key>([^<]*)</Key><LastModified>([^<]*)</LastModified>"
    rb"(?:<ETag>[^<]*</ETag>)?(?:<Checksum[^<]*<[^<]*)*"
    rb"<Size>([0-9]+)</Size><StorageClass>([^<]*)</StorageClass>"
)
_TRUNCATED = re.compile(rb"<IsTruncated>\s*(true|false)\s*</IsTruncated>")
_ENCODED = re.compile(rb"<EncodingType>\s*url\s*</EncodingType>")
_TOKEN = re.compile(rb"<NextContinuationToken>([^<]*)</NextContinuationToken>")
DATE = re.compile(rb"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?Z")

#: How long a date is when it is written as S3 writes dates, to the millisecond.
_DATE_LENGTH = len("2026-11-22T09:00:00.000Z")


class Malformed(Exception):
    """A page that is cut off, is no list of objects, or contradicts itself."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of current objects, column by column, in the order of the keys.

    raw_keys: still percent-encoded. dates: ISO 8601 in UTC, as S3 writes them, all of one length.
    sizes: bytes. classes: S3's storage classes. truncated: whether there is more. token: what
    asks for more, where S3 gives it.
    """

    raw_keys: Sequence[bytes]
    dates: Sequence[bytes]
    sizes: Sequence[int]
    classes: Sequence[bytes]
    truncated: bool
    token: str | None = None

    def __len__(self) -> int:
        return len(self.raw_keys)

    def key(self, index: int) -> str:
        """The key of one object. Raises Malformed when it is not UTF-8."""
        return decode(self.raw_keys[index])

    def up_to(self, until: str | None) -> int:
        """How many of the keys are not beyond `until`."""
        size = len(self)
        if until is None or size == 0 or self.key(size - 1) <= until:
            return size
        low, high = 0, size - 1
        while low < high:
            middle = (low + high) // 2
            if self.key(middle) <= until:
                low = middle + 1
            else:
                high = middle
        return low


def decode(raw: bytes) -> str:
    """A key as S3 wrote it under `EncodingType=url`. Raises Malformed when it is not UTF-8."""
    try:
        return unquote_plus(raw.decode("utf-8"), errors="strict")
    except UnicodeDecodeError as error:
        raise Malformed("a key is not UTF-8") from error


def parse(body: bytes) -> Page:
    """Take a ListObjectsV2 answer apart. Raises Malformed."""
    if not body.rstrip().endswith(b"</ListBucketResult>"):
        raise Malformed("the page is cut off or is no list of objects")
    truncated = _TRUNCATED.search(body)
    if truncated is None:
        raise Malformed("the page does not say whether there is more")
    token = _TOKEN.search(body)
    more = truncated[1] == b"true"
    # A flat list makes no work for the garbage collector, as a tuple per object would.
    pieces = _OBJECTS.split(body)
    keys, dates, sizes, classes = pieces[1::5], pieces[2::5], pieces[3::5], pieces[4::5]
    odd = any(b"<Key>" in between for between in {*pieces[0::5]})
    if odd or (keys and not _ENCODED.search(body)):
        rows = _slowly(body)
        keys, dates, sizes, classes = map(list, zip(*rows, strict=True))
    if not keys and more:
        raise Malformed("the page is empty and says that there is more")
    # Dates of one length compare as bytes as they do in time.
    if {*map(len, dates)} - {_DATE_LENGTH}:
        dates = [to_the_millisecond(date) for date in dates]
    elif not all(map(DATE.fullmatch, {*dates[:1], *dates[-1:]})):
        raise Malformed("a date is not written as S3 writes dates")
    return Page(
        raw_keys=keys,
        dates=dates,
        sizes=tuple(map(int, sizes)),
        classes=classes,
        truncated=more,
        token=token[1].decode() if token else None,
    )


def percent_encoded(page: ET.Element, key: str) -> bytes:
    """A key of a page, percent-encoded if the page itself does not say that it is.

    Keys are asked for under `EncodingType=url`; a server that has never heard of it (s3rver)
    writes them as they are.
    """
    encoded = (page.findtext("{*}EncodingType") or "").strip() == "url"
    return key.encode() if encoded else quote(key, safe="/").encode()


def to_the_millisecond(date: bytes) -> bytes:
    """A date as S3 writes it. Raises Malformed.

    Servers written in Go leave zeros at the end out (`09:00:00.12Z`), or count nanoseconds.
    """
    match = DATE.fullmatch(date)
    if match is None:
        raise Malformed("a date is not written as S3 writes dates")
    return b"%s.%sZ" % (match[1], (match[2] or b"").ljust(3, b"0")[:3])


_Row = tuple[bytes, bytes, bytes, bytes]


def _slowly(body: bytes) -> list[_Row]:
    """The same columns by a real parser, for servers that write them in other ways."""
    try:
        root = ET.fromstring(body)  # noqa: S314 - expat bounds entity expansion itself
    except ET.ParseError as error:
        raise Malformed("the page is not XML") from error
    rows = []
    for entry in root.iterfind("{*}Contents"):
        key = entry.findtext("{*}Key")
        date = (entry.findtext("{*}LastModified") or "").strip().encode()
        size = (entry.findtext("{*}Size") or "").strip()
        if key is None or not DATE.fullmatch(date) or not size.isascii() or not size.isdigit():
            raise Malformed("an object lacks its key, date or size")
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html: STANDARD unless said
        kind = (entry.findtext("{*}StorageClass") or "STANDARD").strip()
        rows.append((percent_encoded(root, key), date, size.encode(), kind.encode()))
    return rows


@dataclass(frozen=True, slots=True)
class Refusal:
    """What S3 said instead of a page: its error code, its sentence, and the region it names."""

    code: str
    message: str
    region: str | None


def refusal(status: int, body: bytes, region_header: str | None) -> Refusal:
    """Read an error answer; a body that is no S3 error gives the status as the code."""
    code, message, region = f"HTTP{status}", "", region_header
    try:
        root = ET.fromstring(body)  # noqa: S314 - expat bounds entity expansion itself
    except ET.ParseError:
        return Refusal(code, message, region)
    code = root.findtext("{*}Code") or code
    message = root.findtext("{*}Message") or message
    return Refusal(code, message, region or root.findtext("{*}Region"))
