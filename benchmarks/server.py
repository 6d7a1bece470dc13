"""A synthetic S3 endpoint in its own process: ListObjectsV2 over one bucket, rendered in advance.

python -m benchmarks.server --shape logs --keys 2000000 --latency 0.08 --throttle 300
prints the port it listens on. `/_truth` says what is in the bucket, `/_stats` what was asked
since `/_reset`. Objects are rendered once; a page is a slice of bytes, so that the endpoint
takes much less of a CPU than any client.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from bisect import bisect_left, bisect_right
from random import Random
from typing import cast
from urllib.parse import parse_qs, quote, urlsplit

import uvloop

from benchmarks.shapes import SHAPES

_CLASSES = ["STANDARD"] * 8 + ["STANDARD_IA", "GLACIER"]
_PAGE = 1000
_SLOW_DOWN = (
    b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
)


class Bucket:
    """The keys, their XML, and what a listing must find."""

    def __init__(self, shape: str, count: int) -> None:
        self.keys = SHAPES[shape](count)
        random = Random(9)
        offsets, parts, at = [0], [], 0
        classes: dict[str, list[int]] = {}
        newest = ("", "")
        for index, key in enumerate(self.keys):
            size = int(10 ** random.uniform(0, 9))
            # Most buckets age by class in long runs; a few objects in between are different.
            kind = _CLASSES[index * 10 // count] if index % 50 else "GLACIER_IR"
            day = index * 700 // count
            date = (
                f"20{23 + day // 350}-{1 + day % 350 // 30:02}-{1 + day % 28:02}"
                f"T{random.randrange(24):02}:{random.randrange(60):02}:{index % 60:02}.000Z"
            )
            if date > newest[0]:
                newest = (date, key)
            tally = classes.setdefault(kind, [0, 0])
            tally[0] += 1
            tally[1] += size
            part = (
                f"<Contents><Key>{quote(key, safe='/')}</Key><LastModified>{date}</LastModified>"
                f"<ETag>&quot;{index:032x}&quot;</ETag><Size>{size}</Size>"
                f"<StorageClass>{kind}</StorageClass></Contents>"
            ).encode()
            parts.append(part)
            at += len(part)
            offsets.append(at)
        self.offsets = offsets
        self.blob = b"".join(parts)
        self.truth = {
            "objects": len(self.keys),
            "classes": dict(sorted(classes.items())),
            "newest": newest[1],
        }

    def page(self, query: dict[str, list[str]]) -> bytes:
        """One ListObjectsV2 answer."""
        prefix = query.get("prefix", [""])[0]
        begin = bisect_left(self.keys, prefix)
        end = bisect_right(self.keys, prefix + "\U0010ffff") if prefix else len(self.keys)
        if "continuation-token" in query:
            begin = int(query["continuation-token"][0])
        elif "start-after" in query:
            begin = max(begin, bisect_right(self.keys, query["start-after"][0]))
        upto = min(end, begin + min(_PAGE, int(query.get("max-keys", ["1000"])[0])))
        more = upto < end
        token = f"<NextContinuationToken>{upto}</NextContinuationToken>" if more else ""
        head = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bench</Name>'
            f"<Prefix>{quote(prefix)}</Prefix>{token}<KeyCount>{upto - begin}</KeyCount>"
            "<MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType>"
            f"<IsTruncated>{'true' if more else 'false'}</IsTruncated>"
        ).encode()
        body = self.blob[self.offsets[begin] : self.offsets[upto]]
        return b"".join((head, body, b"</ListBucketResult>"))


class Throttle:
    """A bucket of tokens: `rate` requests a second, a tenth of that in one burst."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._most = max(1.0, rate / 10)
        self._tokens = self._most
        self._then = 0.0

    def allows(self, now: float) -> bool:
        """Whether one more request is served."""
        self._tokens = min(self._most, self._tokens + (now - self._then) * self.rate)
        self._then = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Endpoint(asyncio.Protocol):
    """As much of HTTP/1.1 as S3 clients need."""

    def __init__(
        self, bucket: Bucket, latency: float, throttle: Throttle | None, stats: dict[str, int]
    ) -> None:
        self._bucket = bucket
        self._latency = latency
        self._throttle = throttle
        self._stats = stats
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            self._answer(head.split(b" ", 2)[1].decode())

    def _answer(self, target: str) -> None:
        url = urlsplit(target)
        loop = asyncio.get_running_loop()
        if url.path.startswith("/_"):
            if url.path == "/_reset":
                self._stats.update(requests=0, refused=0)
            told = self._bucket.truth if url.path == "/_truth" else self._stats
            self._send(200, json.dumps(told).encode())
            return
        query = parse_qs(url.query, keep_blank_values=True)
        if "list-type" not in query:
            self._send(200, b'<?xml version="1.0"?><LocationConstraint/>')
            return
        self._stats["requests"] += 1
        if self._throttle is not None and not self._throttle.allows(loop.time()):
            self._stats["refused"] += 1
            loop.call_later(self._latency / 4, self._send, 503, _SLOW_DOWN)
            return
        loop.call_later(self._latency, self._send_page, query)

    def _send_page(self, query: dict[str, list[str]]) -> None:
        self._send(200, self._bucket.page(query))

    def _send(self, status: int, body: bytes) -> None:
        if self._transport.is_closing():
            return  # whoever asked has gone
        head = (
            f"HTTP/1.1 {status} Status\r\nContent-Type: application/xml\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._transport.writelines((head.encode(), body))


async def serve(shape: str, keys: int, latency: float, rate: float, port: int) -> None:
    """Serve until killed."""
    bucket = Bucket(shape, keys)
    throttle = Throttle(rate) if rate else None
    stats = {"requests": 0, "refused": 0}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Endpoint(bucket, latency, throttle, stats), "127.0.0.1", port
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=SHAPES, default="flat")
    parser.add_argument("--keys", type=int, default=2_000_000)
    parser.add_argument("--latency", type=float, default=0.08, help="seconds per page")
    parser.add_argument("--throttle", type=float, default=0, help="requests per second; 0: none")
    parser.add_argument("--port", type=int, default=0)
    chosen = parser.parse_args()
    uvloop.run(serve(chosen.shape, chosen.keys, chosen.latency, chosen.throttle, chosen.port))


if __name__ == "__main__":
    main()
