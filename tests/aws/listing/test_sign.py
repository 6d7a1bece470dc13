"""URLs that are presigned for less are those that botocore presigns."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config

from bot.aws.listing_sign import Request, Signer

PLACES: list[dict[str, Any]] = [
    {"region_name": "us-east-1"},
    {"region_name": "eu-central-1", "config": Config(s3={"addressing_style": "virtual"})},
    {"region_name": "us-east-1", "endpoint_url": "http://127.0.0.1:9000"},
    {"region_name": "us-east-1", "aws_session_token": "to/ken+=="},
    {"region_name": "us-east-1", "config": Config(signature_version="s3")},
]


def parts(url: str) -> tuple[str, dict[str, list[str]]]:
    """Address and query, without what depends on the second."""
    split = urlsplit(url)
    query = parse_qs(split.query, keep_blank_values=True, strict_parsing=True)
    return split._replace(query="").geturl(), query


@pytest.mark.parametrize("place", range(len(PLACES)))
@pytest.mark.parametrize("after", [None, "a b+c%&=?/\n\x01日本😀~"])
@pytest.mark.parametrize("bucket", ["bucket", "dotted.bucket"])
def test_both_ways_give_the_same_url(place: int, after: str | None, bucket: str) -> None:
    """Signature included, when both are made in the same second."""
    options = {"config": Config()} | PLACES[place]
    config = Config(signature_version="s3v4").merge(options.pop("config"))
    client = boto3.client(
        "s3", aws_access_key_id="id", aws_secret_access_key="secret", config=config, **options
    )
    base = {"Bucket": bucket, "EncodingType": "url", "MaxKeys": 1000, "Prefix": "a/ü &"}
    request = Request("list_objects_v2", base | ({"StartAfter": after} if after else {}))
    signer = Signer(client)
    signer.fully(Request("list_objects_v2", base | {"StartAfter": "before"}))
    while True:
        before = client.generate_presigned_url(
            request.method, Params=request.parameters, ExpiresIn=300
        )
        quick = signer.quickly(request)
        again = client.generate_presigned_url(
            request.method, Params=request.parameters, ExpiresIn=300
        )
        if before == again:
            break
    assert parts(quick) == parts(before)
