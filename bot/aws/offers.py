"""AWS's price list over the network: its public offer files, or its Query API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

import aiohttp
import stamina

from bot.aws.refusals import AWS_ERRORS
from bot.core.offers import OFFERS
from bot.errors import PriceError

if TYPE_CHECKING:
    from mypy_boto3_pricing import PricingClient

#: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api.html
BASE_URL = "https://pricing.us-east-1.amazonaws.com"

#: A regional file has half a megabyte; two at a time are polite, and done in a few seconds.
_AT_ONCE = 2
_ATTEMPTS = 4

_ADVICE = "Try again later; the prices in use stay as they are."


class _Busy(Exception):
    """The server said to come back later."""


class OfferFiles:
    """The public per-region offer files. Nobody has to sign in to read them.

    base_url: where `/offers/v1.0/aws/` is.
    """

    def __init__(self, session: aiohttp.ClientSession, base_url: str = BASE_URL) -> None:
        self._session = session
        self._base = base_url.rstrip("/")

    async def documents(
        self, regions: Collection[str] | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """The offer files of `regions` (None: of every region), as they arrive.

        Raises PriceError when one cannot be read.
        """
        places = [
            place["currentVersionUrl"]
            for offer in OFFERS
            for region, place in (await self._index(offer)).items()
            if regions is None or region in regions
        ]
        for first in range(0, len(places), _AT_ONCE):
            batch = places[first : first + _AT_ONCE]
            for document in await asyncio.gather(*map(self._get, batch)):
                yield document

    async def _index(self, offer: str) -> dict[str, dict[str, str]]:
        path = f"/offers/v1.0/aws/{offer}/current/region_index.json"
        document = await self._get(path)
        try:
            regions: dict[str, dict[str, str]] = document["regions"]
            return {place["regionCode"]: place for place in regions.values()}
        except (KeyError, TypeError, AttributeError) as error:
            raise PriceError(f"{self._base}{path} is not a price list.", _ADVICE) from error

    async def _get(self, path: str) -> dict[str, Any]:
        url = f"{self._base}{path}"
        try:
            async for attempt in stamina.retry_context(
                on=(_Busy, aiohttp.ClientConnectionError, TimeoutError), attempts=_ATTEMPTS
            ):
                with attempt:
                    return await self._once(url)
        except (_Busy, aiohttp.ClientError, TimeoutError, ValueError) as error:
            said = str(error) or type(error).__name__
            raise PriceError(f"The price list at {url} cannot be read: {said}.", _ADVICE) from error
        raise AssertionError("a retry ends by returning or raising")

    async def _once(self, url: str) -> dict[str, Any]:
        async with self._session.get(url) as response:
            if response.status == 429 or response.status >= 500:
                raise _Busy(f"HTTP {response.status}")
            response.raise_for_status()
            # half a megabyte and more: parsed in a thread, for the bot has others to answer
            document = await asyncio.to_thread(json.loads, await response.read())
        if not isinstance(document, dict):
            raise ValueError("it is not a JSON object")
        return document


class QueriedOffers:
    """The Price List Query API: for where only AWS's own endpoints are reached, with credentials.

    It takes `pricing:GetProducts`. client: made for us-east-1, eu-central-1 or ap-south-1,
    the regions that have it; called in a thread.
    """

    def __init__(self, client: Callable[[], PricingClient]) -> None:
        self._client = client

    async def documents(
        self, regions: Collection[str] | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """One document an offer (and region), in the shape of offer files. Raises PriceError."""
        for offer in OFFERS:
            for region in [None] if regions is None else regions:
                try:
                    yield await asyncio.to_thread(self._query, offer, region)
                except AWS_ERRORS as error:
                    raise PriceError(
                        f"The Price List Query API gave no prices of {offer}: {error}",
                        "Allow `pricing:GetProducts`, or let the bot reach "
                        f"{BASE_URL}. The prices in use stay as they are.",
                    ) from error

    def _query(self, offer: str, region: str | None) -> dict[str, Any]:
        document: dict[str, Any] = {
            "offerCode": offer,
            "version": "",
            "products": {},
            "terms": {"OnDemand": {}},
        }
        for item in self._items(offer, region):
            sku = item["product"]["sku"]
            document["version"] = max(document["version"], item["version"])
            document["products"][sku] = item["product"]
            # here the terms are one level less deep than in a file
            document["terms"]["OnDemand"][sku] = item["terms"].get("OnDemand", {})
        return document

    def _items(self, offer: str, region: str | None) -> Iterator[dict[str, Any]]:
        filters: list[Any] = []
        if region is not None:
            filters.append({"Type": "TERM_MATCH", "Field": "regionCode", "Value": region})
        pages = (
            self._client()
            .get_paginator("get_products")
            .paginate(ServiceCode=offer, FormatVersion="aws_v1", Filters=filters)
        )
        for page in pages:
            for text in page["PriceList"]:
                yield json.loads(text)
