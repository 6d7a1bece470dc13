"""Pages as other servers than AWS's write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.aws.listing_fold import Fold
from bot.aws.listing_pages import Malformed, parse
from bot.aws.listing_versions import parse_versions

#: As rclone and other servers written in Go do: zeros at the end of a second are left out.
GO = """\
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <IsTruncated>false</IsTruncated>
  <Contents><Key>a+%2B%26b</Key><LastModified>2026-11-22T17:43:02.9Z</LastModified>
    <Size>3</Size><StorageClass>STANDARD</StorageClass></Contents>
  <Contents><Key>b</Key><LastModified>2026-11-22T17:43:02.91Z</LastModified>
    <Size>4</Size><StorageClass>STANDARD</StorageClass></Contents>
  <Contents><Key>c</Key><LastModified>2026-11-22T17:43:02Z</LastModified>
    <Size>5</Size><StorageClass>STANDARD</StorageClass></Contents>
  <EncodingType>url</EncodingType>
</ListBucketResult>"""

#: As s3rver does: `EncodingType=url` was asked for, and is not heard of.
BARE = (
    '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    "<IsTruncated>false</IsTruncated><Contents><Key>a+b &amp; %41é/&lt;x&gt;</Key>"
    "<LastModified>2026-11-22T17:43:02.000Z</LastModified><ETag>&quot;x&quot;</ETag>"
    "<Size>3</Size><StorageClass>STANDARD</StorageClass></Contents></ListBucketResult>"
)


def test_dates_of_any_length_are_compared_as_time() -> None:
    """`.9` is later than no fraction and earlier than `.91`, whatever the letters say."""
    page = parse(GO.encode())
    assert [page.date(index) for index in range(len(page))] == [
        "2026-11-22T17:43:02.900Z",
        "2026-11-22T17:43:02.910Z",
        "2026-11-22T17:43:02.000Z",
    ]
    fold = Fold("", 1)
    fold.add(page, len(page))
    assert fold.newest is not None
    assert fold.newest.modified == datetime(2026, 11, 22, 17, 43, 2, 910_000, UTC)
    assert page.key(0) == "a +&b"


def test_keys_that_were_not_encoded_are_read_as_they_are() -> None:
    """A plus stays a plus, `%41` stays three letters, and `&amp;` is the one letter it means."""
    page = parse(BARE.encode())
    assert [page.key(index) for index in range(len(page))] == ["a+b & %41é/<x>"]


def test_versions_that_were_not_encoded_are_read_as_they_are() -> None:
    """The same for ListObjectVersions."""
    body = (
        BARE.replace("ListBucketResult", "ListVersionsResult")
        .replace("Contents>", "Version>")
        .replace("<Size>", "<VersionId>1</VersionId><IsLatest>true</IsLatest><Size>")
    )
    page = parse_versions(body.encode())
    assert page.key(0) == "a+b & %41é/<x>"
    fold = Fold("", 1)
    fold.add(page, 1)
    assert fold.newest is not None
    assert fold.newest.key == "a+b & %41é/<x>"


@pytest.mark.parametrize("date", ["yesterday", "2026-11-22 17:43:02.000Z", ""])
def test_what_is_no_date_is_malformed(date: str) -> None:
    """It is not guessed at."""
    body = BARE.replace("2026-11-22T17:43:02.000Z", date)
    with pytest.raises(Malformed):
        parse(body.encode())
