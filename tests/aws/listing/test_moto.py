"""The engine against moto's S3: what is counted is what is there."""

from __future__ import annotations

import pytest
from moto.s3.models import s3_backends
from mypy_boto3_s3 import S3Client

from bot.aws.listing import ListingRefused, S3Lister
from bot.clock import Clock
from bot.core.usage import Bucket, Newest, Tally, total
from tests.aws.listing.conftest import client

HOSTILE = [
    "plain",
    "with space",
    "plus+plus",
    "per%20cent",
    "<Size>5</Size>",
    "&amp;&lt;",
    "\x01control",
    "emoji/😀",
    "\uffff",
    "日本語/ключ",
    "a//b",
    "/leading",
    "trailing/",
    "quote\"'",
    "<!channel>",
    "k" * 1024,
]


async def test_an_empty_bucket_has_no_objects(lister: S3Lister, bucket: Bucket) -> None:
    """Zero, known: not unknown, and no newest object."""
    listing = await lister.usage(bucket)
    assert (
        listing.usage.objects,
        listing.usage.cells,
        listing.usage.newest,
        listing.usage.complete,
    ) == (0, (), None, True)
    assert listing.stats.requests == 1


async def test_hostile_keys_are_counted(s3: S3Client, lister: S3Lister, bucket: Bucket) -> None:
    """Any key that S3 accepts is one object, and prefixes add up to the whole."""
    for key in HOSTILE:
        s3.put_object(Bucket=bucket.name, Key=key, Body=b"12345")
    usage = (await lister.usage(bucket)).usage
    assert Tally(len(HOSTILE), 5 * len(HOSTILE)) == total(cell.tally for cell in usage.cells)
    assert Tally(len(HOSTILE), 5 * len(HOSTILE)) == total(tally for _, tally in usage.prefixes)
    assert {"emoji/", "日本語/", "a/", "/", "trailing/"} <= {name for name, _ in usage.prefixes}


async def test_many_pages_classes_and_the_newest(
    s3: S3Client, lister: S3Lister, bucket: Bucket
) -> None:
    """Three pages in two classes give the sums that counting by hand gives."""
    inside = s3_backends["123456789012"]["aws"]  # a request an object would take seconds
    for index in range(2100):
        inside.put_object(
            bucket.name,
            f"logs/{index:05}",
            b"x" * (index % 7),
            storage="STANDARD" if index % 3 else "GLACIER",
        )
    s3.put_object(Bucket=bucket.name, Key="aaa", Body=b"newest")
    head = s3.head_object(Bucket=bucket.name, Key="aaa")
    listing = await lister.usage(bucket)
    usage = listing.usage
    by_class = {
        kind: total(cell.tally for cell in usage.cells if cell.kind == kind)
        for kind in ("STANDARD", "GLACIER")
    }
    assert Tally(700, sum(i % 7 for i in range(0, 2100, 3))) == by_class["GLACIER"]
    assert Tally(1401, 6 + sum(i % 7 for i in range(2100) if i % 3)) == by_class["STANDARD"]
    assert usage.newest is not None
    assert Newest("aaa", head["LastModified"]) == Newest(
        usage.newest.key, usage.newest.modified.replace(microsecond=0)
    )
    assert (await lister.usage(bucket, "")).usage.objects == 2101
    assert (await lister.usage(bucket, "logs/01")).usage.objects == 1000
    some = await lister.usage(bucket, limit=1000)
    assert not some.usage.complete
    assert (some.usage.objects or 0) >= 1000


async def test_a_bucket_that_is_not_there_is_refused(lister: S3Lister) -> None:
    """The reason is S3's own code."""
    with pytest.raises(ListingRefused) as refused:
        await lister.usage(Bucket("no-such-bucket-here", "us-east-1", None))
    assert (refused.value.code, refused.value.status) == ("NoSuchBucket", 404)


async def test_nobody_there_is_refused(lister: S3Lister) -> None:
    """An endpoint that does not answer ends in a refusal that says so."""
    dead = S3Lister(lambda bucket: client("http://127.0.0.1:9"), Clock(), attempts=2)
    with pytest.raises(ListingRefused) as refused:
        await dead.usage(Bucket("any", "us-east-1", None))
    await dead.close()
    assert refused.value.code == "ConnectionError"
