"""S3's list pages: the raw bytes of an answer taken apart without a parser, column by column.

A page of 1,000 objects is some 300 kB of XML. Building an object per key costs 59 ms (botocore)
or 8.5 ms (ElementTree); looking at all its `<` at once, with numpy, costs 0.4 ms. It is safe
because no `<` stands in a value, and whatever is not of the form that S3 writes is first
rewritten to it by a real XML parser; whatever that refuses is malformed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote_plus
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

_END = b"</ListBucketResult>"
_TRUNCATED = re.compile(rb"<IsTruncated>\s*(true|false)\s*</IsTruncated>")
_ENCODED = re.compile(rb"<EncodingType>\s*url\s*</EncodingType>")
DATE = re.compile(rb"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?Z")

#: A date as S3 writes it, to the millisecond; zeros stand for digits.
_DATE_FORM = b"0000-00-00T00:00:00.000Z"
#: Tags of an object, in the order in which S3 writes them.
_TAGS = _KEY, _DATE, _SIZE, _CLASS = b"<Key>", b"<LastModified>", b"<Size>", b"<StorageClass>"
#: The longest of S3's own is `INTELLIGENT_TIERING`. Ceph lets people name classes.
_CLASS_FORM = re.compile(rb"[!-%'-;=?-~]{1,23}")
#: 50 TB, S3's largest object, has 14 digits; a thousand numbers of 15 add up within 64 bits.
_LONGEST_SIZE = 15

Numbers = NDArray[np.int64]
#: Eight letters as one number, so that numbers compare as the letters do.
Words = NDArray[np.uint64]


class Malformed(Exception):
    """A page that is cut off, is no list of objects, or contradicts itself."""


class _Unusual(Exception):
    """A page that is not of the form in which S3 writes it, but may say the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One page of current objects, column by column, in the order of the keys.

    body: the XML that the columns are of. begins, ends: where in it the keys are. dates: three
    columns of eight letters each, as S3 writes dates, in UTC. sizes: bytes. kinds: which of
    `classes` each object is in. truncated: whether there is more. slashes: how many `/` there are
    in all values from the first key to the last one.
    """

    body: bytes
    begins: Numbers
    ends: Numbers
    dates: tuple[Words, Words, Words]
    sizes: Numbers
    kinds: Numbers
    classes: tuple[str, ...]
    truncated: bool
    slashes: int

    def __len__(self) -> int:
        return len(self.sizes)

    def key(self, index: int) -> str:
        """The key of one object. Raises Malformed when it is not UTF-8."""
        return decode(self.body[self.begins[index] : self.ends[index]])

    def date(self, index: int) -> str:
        """When one object was last modified, as S3 writes dates."""
        return b"".join(int(word[index]).to_bytes(8, "big") for word in self.dates).decode()

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

    def latest(self, count: int) -> int:
        """Which of the first `count` objects was modified last; of several, the first."""
        among = np.arange(count)
        for column in self.dates:
            words = column[among]
            among = among[words == words.max()]
        return int(among[0])


def decode(raw: bytes) -> str:
    """A key as S3 wrote it under `EncodingType=url`. Raises Malformed when it is not UTF-8."""
    try:
        return unquote_plus(raw.decode("utf-8"), errors="strict")
    except UnicodeDecodeError as error:
        raise Malformed("a key is not UTF-8") from error


def parse(body: bytes) -> Page:
    """Take a ListObjectsV2 answer apart. Raises Malformed."""
    if not body.rstrip().endswith(_END):
        raise Malformed("the page is cut off or is no list of objects")
    said = _TRUNCATED.search(body)
    if said is None:
        raise Malformed("the page does not say whether there is more")
    more = said[1] == b"true"
    try:
        if _KEY in body and not _ENCODED.search(body):
            raise _Unusual
        page = _columns(body, more)
    except _Unusual:
        page = written(_rows(body), more)
    if more and not len(page):
        raise Malformed("the page is empty and says that there is more")
    return page


#: An object's key, percent-encoded; its date as S3 writes dates; its size and its class.
Row = tuple[bytes, bytes, int, bytes]


def written(rows: Iterable[Row], truncated: bool) -> Page:
    """The page that S3 would have written of these objects. Raises Malformed."""
    objects = b"".join(
        b"%s%s</Key>%s%s</LastModified>%s%d</Size>%s%s</StorageClass>"
        % (_KEY, key, _DATE, date, _SIZE, size, _CLASS, kind)
        for key, date, size, kind in rows
    )
    try:
        return _columns(objects + _END, truncated)
    except _Unusual as error:
        raise Malformed("a date, size or class is not written as S3 writes them") from error


def _columns(body: bytes, truncated: bool) -> Page:
    """The columns of a page of the form that S3 writes. Raises _Unusual."""
    letters = np.frombuffer(body, np.uint8)
    words = np.ndarray((len(body) - 7,), ">u8", body, strides=(1,))
    tags = np.flatnonzero(letters == ord("<"))
    tags = tags[: np.searchsorted(tags, len(words))]
    names = words[tags].astype(np.uint64)
    found = [_named(names, tag) for tag in _TAGS]
    if len({len(column) for column in found}) != 1:
        raise _Unusual
    order = np.stack(found, axis=1).ravel()
    if (order[1:] <= order[:-1]).any():
        raise _Unusual
    # What follows the tag of a value is its end: nothing else stands in it.
    closing = names >> np.uint64(48) == _word(b"</")
    if not closing[order + 1].all():
        raise _Unusual
    begins = [tags[column] + len(tag) for column, tag in zip(found, _TAGS, strict=True)]
    ends = [tags[column + 1] for column in found]
    if any((letters[column - 1] != ord(">")).any() for column in begins):
        raise _Unusual
    kinds, classes = _classes(body, words, begins[3], ends[3])
    return Page(
        body=body,
        begins=begins[0],
        ends=ends[0],
        dates=_dates(words, begins[1], ends[1]),
        sizes=_sizes(letters, begins[2], ends[2]),
        kinds=kinds,
        classes=classes,
        truncated=truncated,
        slashes=_slashes(letters, closing, found[0], begins[0], ends[0]),
    )


def _slashes(
    letters: NDArray[np.uint8],
    closing: NDArray[np.bool_],
    keys: Numbers,
    begins: Numbers,
    ends: Numbers,
) -> int:
    """How many `/` there are from the first key to the last one, besides those of tags."""
    if not len(keys):
        return 0
    everywhere = np.count_nonzero(letters[begins[0] : ends[-1]] == ord("/"))
    return int(everywhere - np.count_nonzero(closing[keys[0] : keys[-1] + 1]))


def _word(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text, "big"))


_SIXES = _word(b"\x06" * 8)


def _named(names: Words, tag: bytes) -> Numbers:
    """Which of these tags begin like `tag`, as far as a word goes."""
    beginning = tag[:8]
    rest = np.uint64(8 * (8 - len(beginning)))
    return np.flatnonzero(names >> rest == _word(beginning))


def _dates(words: NDArray[Any], begins: Numbers, ends: Numbers) -> tuple[Words, Words, Words]:
    """Dates to the millisecond. Raises _Unusual for any other."""
    if (ends - begins != len(_DATE_FORM)).any():
        raise _Unusual
    columns = []
    for at in (0, 8, 16):
        column = words[begins + at].astype(np.uint64)
        form = _DATE_FORM[at : at + 8]
        # Digits are 0x30 to 0x39: the upper half of a letter tells them, and that 6 more than
        # the lower half stays within it.
        fixed = _word(bytes(0xF0 if letter == ord("0") else 0xFF for letter in form))
        lower = _word(bytes(0x0F if letter == ord("0") else 0 for letter in form))
        if ((column ^ _word(form)) & fixed).any():
            raise _Unusual
        if (((column & lower) + (lower & _SIXES)) & ~lower).any():
            raise _Unusual
        columns.append(column)
    return columns[0], columns[1], columns[2]


def _sizes(letters: NDArray[np.uint8], begins: Numbers, ends: Numbers) -> Numbers:
    """Decimal numbers. Raises _Unusual for what is none."""
    if not len(begins):
        return begins
    longest = int((ends - begins).max())
    if longest > _LONGEST_SIZE or (ends <= begins).any():
        raise _Unusual
    # A row a number, the last digit first; before its first digit it goes on with zeros.
    places = ends[:, np.newaxis] - np.arange(1, longest + 1)
    digits = letters[places] - np.uint8(ord("0"))
    digits[places < begins[:, np.newaxis]] = 0
    if (digits > 9).any():
        raise _Unusual
    numbers: Numbers = digits @ 10 ** np.arange(longest, dtype=np.int64)
    return numbers


def _classes(
    body: bytes, words: NDArray[Any], begins: Numbers, ends: Numbers
) -> tuple[Numbers, tuple[str, ...]]:
    """Which class each object is in, and the classes. Raises _Unusual for a name unlike S3's."""
    kinds = np.full(len(begins), -1)
    # With the `<` behind it, a name this short is told from all others by its first 24 letters.
    columns = [words[begins + at] for at in (0, 8, 16)]
    found: list[str] = []
    while (unknown := np.flatnonzero(kinds < 0)).size:
        first = unknown[0]
        same = columns[0] == columns[0][first]
        for column in columns[1:]:
            same &= column == column[first]
        name = body[begins[first] : ends[first]]
        if not _CLASS_FORM.fullmatch(name):
            raise _Unusual
        kinds[same] = len(found)
        found.append(name.decode())
    return kinds, tuple(found)


def percent_encoded(page: ET.Element, key: str) -> bytes:
    """A key of a page, percent-encoded if the page itself does not say that it is.

    Keys are asked for under `EncodingType=url`; a server that has never heard of it (s3rver)
    writes them as they are.
    """
    encoded = (page.findtext("{*}EncodingType") or "").strip() == "url"
    return (quote(key, safe="/%+") if encoded else quote(key, safe="/")).encode()


def to_the_millisecond(date: bytes) -> bytes:
    """A date as S3 writes it. Raises Malformed.

    Servers written in Go leave zeros at the end out (`09:00:00.12Z`), or count nanoseconds.
    """
    match = DATE.fullmatch(date)
    if match is None:
        raise Malformed("a date is not written as S3 writes dates")
    return b"%s.%sZ" % (match[1], (match[2] or b"").ljust(3, b"0")[:3])


def _rows(body: bytes) -> list[Row]:
    """The objects of a page by a real parser, for servers that write them in other ways."""
    try:
        root = ET.fromstring(body)  # noqa: S314 - expat bounds entity expansion itself
    except ET.ParseError as error:
        raise Malformed("the page is not XML") from error
    rows = []
    for entry in root.iterfind("{*}Contents"):
        key = entry.findtext("{*}Key")
        date = (entry.findtext("{*}LastModified") or "").strip().encode()
        size = (entry.findtext("{*}Size") or "").strip()
        if key is None or not size.isascii() or not size.isdigit():
            raise Malformed("an object lacks its key or size")
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html: STANDARD unless said
        kind = (entry.findtext("{*}StorageClass") or "STANDARD").strip()
        raw, moment = percent_encoded(root, key), to_the_millisecond(date)
        rows.append((raw, moment, int(size), kind.encode()))
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
