"""Versions, delete markers and unfinished uploads, against moto's S3."""

from __future__ import annotations

from random import Random

import pytest
from mypy_boto3_s3 import S3Client

from bot.aws.listing import S3Lister
from bot.aws.listing_pages import Malformed
from bot.aws.listing_versions import parse_versions
from bot.core.usage import Bucket, Cell, Tally, total


async def test_every_version_is_counted_once(
    s3: S3Client, lister: S3Lister, bucket: Bucket
) -> None:
    """Current ones as objects, older ones as noncurrent, deletions as markers."""
    s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    random = Random(1)
    current: dict[str, int] = {}
    old: list[int] = []
    for _ in range(300):
        key = f"logs/{random.randrange(60):03}"
        if random.random() < 0.2:
            s3.delete_object(Bucket=bucket.name, Key=key)
            if key in current:
                old.append(current.pop(key))
            continue
        size = random.randrange(2000)
        s3.put_object(Bucket=bucket.name, Key=key, Body=b"x" * size)
        if key in current:
            old.append(current[key])
        current[key] = size
    # moto, unlike AWS, makes no marker for a key that it does not have: count what it made
    markers = sum(
        len(page.get("DeleteMarkers", ()))
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket.name)
    )
    usage = (await lister.usage(bucket, versions=True)).usage
    assert usage.complete
    assert total(cell.tally for cell in usage.cells) == Tally(len(current), sum(current.values()))
    assert usage.noncurrent == Tally(len(old), sum(old))
    assert total(cell.tally for cell in usage.noncurrent_cells) == usage.noncurrent
    assert usage.delete_markers == markers
    assert usage.unfinished == Tally(0, 0)
    plain = (await lister.usage(bucket)).usage
    assert plain.cells == usage.cells
    assert (plain.noncurrent, plain.delete_markers, plain.unfinished) == (None, None, None)


async def test_parts_of_unfinished_uploads_are_counted(
    s3: S3Client, lister: S3Lister, bucket: Bucket
) -> None:
    """Of every upload under the prefix, and not of one that was completed."""
    for key, parts in (("a/one", 2), ("a/two & <more>", 1), ("b/three", 1), ("a/none", 0)):
        upload = s3.create_multipart_upload(Bucket=bucket.name, Key=key)["UploadId"]
        for number in range(parts):
            s3.upload_part(
                Bucket=bucket.name,
                Key=key,
                UploadId=upload,
                PartNumber=number + 1,
                Body=b"x" * 1000,
            )
    s3.put_object(Bucket=bucket.name, Key="a/object", Body=b"12345")
    whole = (await lister.usage(bucket, versions=True)).usage
    under = (await lister.usage(bucket, "a/", versions=True)).usage
    assert whole.unfinished == Tally(4, 4000)
    assert whole.unfinished_cells == (Cell("STANDARD", Tally(4, 4000)),)
    assert under.unfinished == Tally(3, 3000)
    assert whole.objects == 1


PAGE = """<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<EncodingType>url</EncodingType>
<IsTruncated>true</IsTruncated><NextKeyMarker>b%2Fc</NextKeyMarker>
<NextVersionIdMarker>v1</NextVersionIdMarker>
<Version><Key>b%2Fc</Key><VersionId>v2</VersionId><IsLatest>false</IsLatest>
<LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>7</Size></Version>
<Version><Key>b%2Fc</Key><VersionId>v1</VersionId><IsLatest>false</IsLatest>
<LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>5</Size></Version>
<DeleteMarker><Key>a</Key><VersionId>v9</VersionId><IsLatest>true</IsLatest>
<LastModified>2026-01-02T00:00:00.000Z</LastModified></DeleteMarker>
</ListVersionsResult>"""


def test_a_page_may_end_within_a_key() -> None:
    """Then it says after which version to go on; markers written last are sorted in."""
    page = parse_versions(PAGE.encode())
    assert [version.key for version in page.versions] == ["a", "b/c", "b/c"]
    assert page.mark == "v1"
    assert list(page.objects(3, latest=False).sizes) == [7, 5]
    assert list(page.objects(2, latest=False).sizes) == [7]
    assert not page.objects(3, latest=True)
    assert page.markers(3) == 1
    assert page.up_to("a") == 1


@pytest.mark.parametrize(
    "body",
    [
        PAGE[:-30],
        PAGE.replace("<Size>5</Size>", ""),
        PAGE.replace("<IsTruncated>true</IsTruncated>", ""),
        "<Error/>",
    ],
)
def test_a_page_that_is_not_whole_is_malformed(body: str) -> None:
    """It is asked for again rather than counted."""
    with pytest.raises(Malformed):
        parse_versions(body.encode())
