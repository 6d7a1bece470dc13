"""What a sample account can be told to do wrong, and its record of what it was asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event


@dataclass(frozen=True, slots=True)
class Request:
    """One request that reached the sample account.

    service, operation: as AWS names them: `s3`, `ListObjectsV2`.
    region: the region it was signed for; None for an unsigned request.
    account: the account its access key belongs to; None for an unknown key.
    path: the path and query as sent.
    status: what was answered.
    """

    service: str
    operation: str
    region: str | None
    account: str | None
    bucket: str | None
    path: str
    status: int


@dataclass(slots=True)
class Faults:
    """Faults on demand; set a field at any time, and the next request meets it.

    slow_down_every: every so many-th request about a bucket is answered 503 SlowDown; 0 never.
    delay: seconds that every answer to a request about a bucket waits.
    slow_pages: seconds that every page of keys of these buckets waits.
    held_pages: pages of these buckets but their first wait until the event is set.
    redirects: a bucket asked for in another region than its own answers as AWS does,
        301 PermanentRedirect with `x-amz-bucket-region`.
    refused: (bucket, operation) pairs answered 403 AccessDenied; operation None refuses all.
    refused_roles: ARNs of roles that may not be assumed.
    vanished: buckets that ListBuckets names and that then answer 404 NoSuchBucket.
    without_bucket_region: ListBuckets leaves BucketRegion out, as older endpoints do.
    """

    slow_down_every: int = 0
    delay: float = 0.0
    slow_pages: dict[str, float] = field(default_factory=dict)
    held_pages: dict[str, Event] = field(default_factory=dict)
    redirects: bool = False
    refused: set[tuple[str, str | None]] = field(default_factory=set)
    refused_roles: set[str] = field(default_factory=set)
    vanished: set[str] = field(default_factory=set)
    without_bucket_region: bool = False
