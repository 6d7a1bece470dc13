"""Presigned URLs of list pages: botocore's own, and the same for less CPU from page to page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from uuid import uuid4

from botocore.awsrequest import AWSRequest
from botocore.utils import percent_encode_sequence

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: Seconds for which a URL is good: a page is asked for at once.
_EXPIRES = 300


@dataclass(frozen=True, slots=True)
class Request:
    """One page to ask for: a method of the S3 client and its parameters."""

    method: str
    parameters: dict[str, Any]

    @property
    def operation(self) -> str:
        """The operation as AWS names it: `ListObjectsV2`."""
        return "".join(word.capitalize() for word in self.method.split("_"))


@dataclass(frozen=True, slots=True)
class _Template:
    """A request of ListObjectsV2 as botocore was about to sign it."""

    url: str
    query: dict[str, str]
    auth: Callable[[], Any]


class Signer:
    """Presigns requests of one client, whose credentials may be refreshed at any time.

    Endpoint, addressing style and rules cost botocore three times what signing does, and are the
    same for every page of a bucket: taken once, in `fully`, then only the signature is made anew.
    """

    def __init__(self, client: S3Client) -> None:
        self._client = client
        self._template: _Template | None = None

    def fully(self, request: Request) -> str:
        """The URL. May wait for credentials: to be called in a thread. Raises BotoCoreError."""
        noticed: list[_Template] = []

        def notice(
            request: AWSRequest,
            signing_name: str,
            region_name: str,
            signature_version: Any,
            request_signer: Any,
            **others: Any,
        ) -> None:
            context = request.context.get("signing", {})
            plain = not {"request_credentials", "identity_cache"} & context.keys()
            if signature_version != "s3v4-query" or not plain:
                return
            name = context.get("signing_name") or signing_name
            region = context.get("region") or region_name

            def auth() -> Any:
                return request_signer.get_auth_instance(
                    name, region, signature_version, expires=_EXPIRES
                )

            address, _, fixed = str(request.url).partition("?")
            pairs = parse_qsl(fixed, keep_blank_values=True)
            noticed.append(_Template(address, dict(pairs), auth))

        # Clients are shared: a name of its own keeps this call's handler apart from others'.
        events, handler = self._client.meta.events, f"listing-{uuid4()}"
        events.register_last("before-sign.s3", notice, unique_id=handler)
        try:
            url = self._client.generate_presigned_url(
                request.method, Params=request.parameters, ExpiresIn=_EXPIRES
            )
        finally:
            events.unregister("before-sign.s3", notice, unique_id=handler)
        if request.method == "list_objects_v2" and noticed:
            self._template = noticed[0]
        return url

    def quickly(self, request: Request) -> str:
        """The same URL for the same bucket and prefix, once `fully` has made one."""
        template = self._template
        if template is None or request.method != "list_objects_v2":
            return self._client.generate_presigned_url(
                request.method, Params=request.parameters, ExpiresIn=_EXPIRES
            )
        query = {name: value for name, value in template.query.items() if name != "start-after"}
        if "StartAfter" in request.parameters:
            query["start-after"] = request.parameters["StartAfter"]
        signed = AWSRequest("GET", url=f"{template.url}?{percent_encode_sequence(query)}")
        template.auth().add_auth(signed)
        return str(signed.url)
