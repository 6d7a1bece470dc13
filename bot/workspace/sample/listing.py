"""ListObjectsV2 and ListMultipartUploads over what moto holds, at a demo's speed.

moto sorts the whole bucket for every page and takes a fifth of a second to write one; of
uploads it knows neither when they began nor their class.
"""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey, FakeMultipart

XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"

_PAGE = 1_000
_AFTER_ALL = "\U0010ffff"


class DatedUpload(FakeMultipart):
    """A multipart upload that knows when it began."""

    def __init__(self, began: datetime, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.began = began


class Listing:
    """The current objects of a bucket in S3's order, that of UTF-8 bytes, as of its making."""

    def __init__(self, bucket: FakeBucket) -> None:
        keys: dict[str, FakeKey] = {
            name: versions[-1]
            for name, versions in dict.items(bucket.keys)
            if not isinstance(versions[-1], FakeDeleteMarker)
        }
        # Python orders text by code point, which is the order of its UTF-8 bytes.
        self._names = sorted(keys)
        self._keys = [keys[name] for name in self._names]
        self._bucket = bucket.name

    def page(self, query: Mapping[str, str]) -> str:
        """One page of ListObjectsV2. Raises ValueError for a token that no page gave.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
        """
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        limit = min(int(query.get("max-keys") or _PAGE), _PAGE)
        token = query.get("continuation-token")
        after = query.get("start-after", "") if token is None else _untoken(token)
        written = quote if query.get("encoding-type") == "url" else escape

        names, last = self._names, ""
        rows: list[str] = []
        groups: list[str] = []
        here = max(bisect_left(names, prefix), bisect_right(names, after) if after else 0)
        while (
            len(rows) + len(groups) < limit and here < len(names) and names[here].startswith(prefix)
        ):
            name = names[here]
            cut = name.find(delimiter, len(prefix)) if delimiter else -1
            if cut < 0:
                rows.append(_contents(self._keys[here], written(name)))
                last, here = name, here + 1
                continue
            group = name[: cut + len(delimiter)]
            here = bisect_left(names, group + _AFTER_ALL, here)
            if group > after:
                groups.append(f"<Prefix>{written(group)}</Prefix>")
                last = group
        more = limit > 0 and here < len(names) and names[here].startswith(prefix)
        said = {
            "Name": self._bucket,
            "Prefix": written(prefix),
            "Delimiter": written(delimiter) if delimiter else None,
            "MaxKeys": limit,
            "EncodingType": query.get("encoding-type"),
            "KeyCount": len(rows) + len(groups),
            "IsTruncated": "true" if more else "false",
            "ContinuationToken": token,
            "NextContinuationToken": _token(last) if more else None,
            "StartAfter": written(query["start-after"]) if "start-after" in query else None,
        }
        common = "".join(f"<CommonPrefixes>{group}</CommonPrefixes>" for group in groups)
        return (
            f'<ListBucketResult xmlns="{XMLNS}">{_elements(said)}{"".join(rows)}{common}'
            "</ListBucketResult>"
        )


def uploads_page(bucket: FakeBucket, query: Mapping[str, str], now: datetime) -> str:
    """One page of ListMultipartUploads, by key and then by age; no delimiter.

    An upload begun over HTTP is as old as its first part, or without one begun `now`.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
    """
    limit = min(int(query.get("max-uploads") or _PAGE), _PAGE)
    written = quote if query.get("encoding-type") == "url" else escape
    naive = now.replace(tzinfo=None)

    def began(upload: FakeMultipart) -> datetime:
        if isinstance(upload, DatedUpload):
            return upload.began.replace(tzinfo=None)
        return min((part.last_modified for part in upload.parts.values()), default=naive)

    every = sorted(
        (upload.key_name, began(upload), upload.id, upload.storage or "STANDARD")
        for upload in bucket.multiparts.values()
        if upload.key_name.startswith(query.get("prefix", ""))
    )
    key, marker = query.get("key-marker", ""), query.get("upload-id-marker", "")
    start = 0
    if key:
        start = sum(name <= key for name, *_ in every)
        place = [n for n, row in enumerate(every) if (row[0], row[2]) == (key, marker)]
        start = place[0] + 1 if place else start
    page = every[start : start + limit]
    more = len(page) > 0 and start + len(page) < len(every)
    said = {
        "Bucket": bucket.name,
        "KeyMarker": written(key),
        "UploadIdMarker": marker,
        "NextKeyMarker": written(page[-1][0]) if more else None,
        "NextUploadIdMarker": page[-1][2] if more else None,
        "Prefix": written(query.get("prefix", "")),
        "EncodingType": query.get("encoding-type"),
        "MaxUploads": limit,
        "IsTruncated": "true" if more else "false",
    }
    rows = "".join(
        f"<Upload><Key>{written(name)}</Key><UploadId>{upload_id}</UploadId>"
        f"<StorageClass>{storage_class}</StorageClass>"
        f"<Initiated>{moment:%Y-%m-%dT%H:%M:%S}.000Z</Initiated></Upload>"
        for name, moment, upload_id, storage_class in page
    )
    return (
        f'<ListMultipartUploadsResult xmlns="{XMLNS}">{_elements(said)}{rows}'
        "</ListMultipartUploadsResult>"
    )


def _contents(key: FakeKey, written: str) -> str:
    return (
        f"<Contents><Key>{written}</Key>"
        f"<LastModified>{key.last_modified:%Y-%m-%dT%H:%M:%S}.000Z</LastModified>"
        f"<ETag>{escape(key.etag)}</ETag><Size>{key.size}</Size>"
        f"<StorageClass>{key.storage_class}</StorageClass></Contents>"
    )


def _elements(said: Mapping[str, str | int | None]) -> str:
    return "".join(f"<{tag}>{text}</{tag}>" for tag, text in said.items() if text is not None)


def _token(name: str) -> str:
    return urlsafe_b64encode(name.encode("utf-8")).decode("ascii")


def _untoken(token: str) -> str:
    # Both a bad alphabet and bad UTF-8 are ValueErrors.
    return b64decode(token.encode("ascii"), altchars=b"-_", validate=True).decode("utf-8")
