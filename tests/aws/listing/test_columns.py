"""Pages read column by column and folded, against one object after the other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.aws.listing_fold import Fold
from bot.aws.listing_pages import Malformed, parse
from bot.core.usage import SIZE_BANDS

#: The largest object is 50 TB: https://docs.aws.amazon.com/general/latest/gr/s3.html
LARGEST = 50 * 2**40


@dataclass(frozen=True)
class Thing:
    """One object as a server may write it."""

    key: str
    modified: datetime
    size: int
    kind: str
    etag: bool
    checksum: bool
    owner: bool
    zeros: bool

    @property
    def date(self) -> str:
        """To the millisecond, or as Go writes it."""
        full = f"{self.modified:%Y-%m-%dT%H:%M:%S}.{self.modified.microsecond // 1000:03}"
        return (full if self.zeros else full.rstrip("0").rstrip(".")) + "Z"

    @property
    def xml(self) -> str:
        """A `Contents` element."""
        parts = [
            f"<Key>{quote(self.key, safe='/')}</Key><LastModified>{self.date}</LastModified>",
            "<ETag>&quot;d41d8cd9/8f00&quot;</ETag>" if self.etag else "",
            "<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT"
            "</ChecksumType>"
            if self.checksum
            else "",
            f"<Size>{self.size}</Size><StorageClass>{self.kind}</StorageClass>",
            "<Owner><ID>75aa</ID><DisplayName>a/b</DisplayName></Owner>" if self.owner else "",
        ]
        return f"<Contents>{''.join(parts)}</Contents>"


def things(*, all_dates_full: bool, letters: str = "ab/%+ é&<") -> st.SearchStrategy[list[Thing]]:
    """Objects with different keys, in the order of S3."""
    moments = st.integers(1_142_294_400_000, 1_900_000_000_000).map(
        lambda milliseconds: datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)
    )
    kinds = st.sampled_from(["STANDARD", "STANDARD_IA", "SNOW", "INTELLIGENT_TIERING", "COLD-hdd"])
    thing = st.builds(
        Thing,
        key=st.text(st.sampled_from(letters), min_size=1, max_size=6),
        modified=moments,
        size=st.one_of(st.sampled_from([0, *SIZE_BANDS, LARGEST]), st.integers(0, LARGEST)),
        kind=kinds,
        etag=st.booleans(),
        checksum=st.booleans(),
        owner=st.booleans(),
        zeros=st.just(True) if all_dates_full else st.booleans(),
    )
    return st.lists(thing, max_size=30, unique_by=lambda one: one.key).map(
        lambda found: sorted(found, key=lambda one: one.key)
    )


def page(of: list[Thing]) -> bytes:
    """The body of an answer."""
    objects = "".join(one.xml for one in of)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult '
        'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><KeyCount>1</KeyCount>'
        "<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>"
        f"{objects}</ListBucketResult>"
    ).encode()


MANY_PAGES = st.tuples(st.booleans(), st.sampled_from(["ab/%+ é&<", "ab/"])).flatmap(
    lambda drawn: things(all_dates_full=drawn[0], letters=drawn[1])
)


@given(of=MANY_PAGES, data=st.data())
def test_the_sums_are_those_of_the_objects(of: list[Thing], data: st.DataObject) -> None:
    """Whatever tags stand beside them, and whichever of a page's objects count."""
    found = parse(page(of))
    assert [found.key(index) for index in range(len(found))] == [one.key for one in of]
    count = data.draw(st.integers(0, len(of)))
    fold = Fold()
    fold.add(found, count)
    objects: Counter[tuple[str, str, int]] = Counter()
    held: Counter[tuple[str, str, int]] = Counter()
    prefixes: Counter[str | None] = Counter()
    for one in of[:count]:
        band = max(bound for bound in SIZE_BANDS if bound <= one.size)
        cell = (one.kind, f"{one.modified:%Y-%m}", band)
        objects[cell] += 1
        held[cell] += one.size
        head, slash, _ = one.key.partition("/")
        prefixes[head + slash if slash else None] += 1
    cells = {(cell.kind, cell.month, cell.band): cell.tally for cell in fold.cells}
    assert {cell: tally.objects for cell, tally in cells.items()} == objects
    assert {cell: tally.bytes for cell, tally in cells.items()} == held
    # The rest is told where there is one.
    assert {name: tally.objects for name, tally in fold.prefixes(100)} == prefixes
    if count:
        newest = min(of[:count], key=lambda one: (-one.modified.timestamp(), one.key))
        assert fold.newest is not None
        assert (fold.newest.key, fold.newest.modified) == (newest.key, newest.modified)


@given(of=things(all_dates_full=True).filter(bool), data=st.data())
def test_a_page_that_lost_letters_is_malformed_or_lost_nothing(
    of: list[Thing], data: st.DataObject
) -> None:
    """Letters cut out of the middle never become other sums without anybody noticing.

    A tag that is hurt is noticed. A value that is hurt may be another value: such a page is not
    told from a true one by anybody, so only tags are cut here.
    """
    body = page(of)
    tags = [at for at, letter in enumerate(body) if letter == ord("<")]
    at = data.draw(st.sampled_from(tags))
    hurt = body[:at] + body[at + data.draw(st.integers(1, 2)) :]
    try:
        found = parse(hurt)
    except Malformed:
        return
    assert [found.key(index) for index in range(len(found))] == [one.key for one in of]
    assert found.sizes.tolist() == [one.size for one in of]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("<Size>3</Size>", ""),
        ("<Size>3</Size>", "<Size></Size>"),
        ("<Size>3</Size>", "<Size>-3</Size>"),
        ("<Size>3</Size>", "<Size>3.5</Size>"),
        ("<Size>3</Size>", "<Size>1000000000000000</Size>"),
        ("<Key>a</Key>", ""),
        ("<Key>a</Key>", "<Key>%ff</Key>"),
        ("SNOW", "A" * 24),
        ("2026-11-22", "2026-1-22"),
        ("2026-11-22", "2026x11-22"),
        ("2026-11-22", "2o26-11-22"),
        ("2026-11-22", "2026-1:-22"),
        ("2026-11-22", "2026-11-31"),
    ],
)
def test_an_object_that_says_nothing_or_nonsense_is_malformed(right: str, wrong: str) -> None:
    """A value that is missing is not zero, and one that is nonsense is not guessed at."""
    one = Thing("a", datetime(2026, 11, 22, tzinfo=UTC), 3, "SNOW", True, False, False, True)
    body = page([one]).decode()
    assert right in body
    fold = Fold()
    with pytest.raises(Malformed):
        fold.add(parse(body.replace(right, wrong).encode()), 1)
    assert fold.objects == 0


@pytest.mark.parametrize("kind", ["", None])
def test_an_object_without_a_class_is_in_standard(kind: str | None) -> None:
    """As https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html says."""
    one = Thing("a", datetime(2026, 11, 22, tzinfo=UTC), 3, "SNOW", True, False, False, True)
    element = "" if kind is None else f"<StorageClass>{kind}</StorageClass>"
    body = page([one]).decode().replace("<StorageClass>SNOW</StorageClass>", element)
    assert parse(body.encode()).classes == ("STANDARD",)
