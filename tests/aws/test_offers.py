"""The price list over HTTP, from servers on loopback that answer as AWS's do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import aiohttp
import boto3
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.aws.offers import OfferFiles, QueriedOffers
from bot.core.offers import Offered
from bot.core.prices import PriceBook, shipped_prices
from bot.errors import PriceError
from tests.core.offer_files import offer_files

TODAY = date(2026, 11, 22)


@dataclass
class PriceList:
    """AWS's bulk files, as a server."""

    documents: list[dict[str, Any]]
    faults: list[int] = field(default_factory=list)
    served: list[str] = field(default_factory=list)

    def app(self) -> web.Application:
        """An index for each offer, and the files it names."""
        app = web.Application()
        app.router.add_get("/offers/v1.0/aws/{offer}/current/region_index.json", self._index)
        app.router.add_get("/offers/v1.0/aws/{offer}/20261101000000/{region}/index.json", self._one)
        return app

    def _of(self, offer: str) -> dict[str, dict[str, Any]]:
        return {
            next(iter(each["products"].values()))["attributes"]["regionCode"]: each
            for each in self.documents
            if each["offerCode"] == offer
        }

    async def _index(self, request: web.Request) -> web.Response:
        offer = request.match_info["offer"]
        regions = {
            region: {
                "regionCode": region,
                "currentVersionUrl": f"/offers/v1.0/aws/{offer}/20261101000000/{region}/index.json",
            }
            for region in self._of(offer)
        }
        return web.json_response({"formatVersion": "v1.0", "regions": regions})

    async def _one(self, request: web.Request) -> web.Response:
        self.served.append(request.path)
        if self.faults:
            return web.Response(status=self.faults.pop(0))
        document = self._of(request.match_info["offer"])[request.match_info["region"]]
        return web.json_response(document)


Serve = Callable[[web.Application], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serves an application on loopback; its URL."""
    servers: list[TestServer] = []

    async def start(app: web.Application) -> str:
        servers.append(TestServer(app, host="127.0.0.1"))
        await servers[-1].start_server()
        return str(servers[-1].make_url("")).rstrip("/")

    yield start
    for server in servers:
        await server.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A client."""
    async with aiohttp.ClientSession() as client:
        yield client


def some() -> PriceBook:
    """The shipped prices of two regions."""
    book = shipped_prices()
    regions = ("us-east-1", "eu-west-1")
    storage = {key: tiers for key, tiers in book.storage.items() if key[0] in regions}
    return PriceBook(book.as_of, storage, prefixes=book.prefixes)


def priced(found: Offered) -> dict[Any, Any]:
    """Steps and prices alone."""
    return {
        key: [(tier.up_to_gb, tier.usd) for tier in tiers] for key, tiers in found.storage.items()
    }


def expected(*regions: str) -> dict[Any, Any]:
    """Those of `some`, of these regions."""
    return {
        key: [(tier.up_to_gb, tier.usd) for tier in tiers]
        for key, tiers in some().storage.items()
        if key[0] in regions
    }


async def test_every_region_of_both_offers_is_read(
    serve: Serve, session: aiohttp.ClientSession
) -> None:
    """From the index to each region's file."""
    url = await serve(PriceList(offer_files(some())).app())
    found = Offered()
    async for document in OfferFiles(session, url).documents():
        found.add(document, TODAY)
    assert priced(found) == expected("us-east-1", "eu-west-1")


async def test_only_the_regions_asked_for_are_read(
    serve: Serve, session: aiohttp.ClientSession
) -> None:
    """One region's prices take two files."""
    prices = PriceList(offer_files(some()))
    url = await serve(prices.app())
    found = Offered()
    async for document in OfferFiles(session, url).documents(["eu-west-1"]):
        found.add(document, TODAY)
    assert priced(found) == expected("eu-west-1")
    assert len(prices.served) == 2


async def test_a_busy_server_is_asked_again(serve: Serve, session: aiohttp.ClientSession) -> None:
    """503 and 429 are no answers."""
    prices = PriceList(offer_files(some()), faults=[503, 429])
    url = await serve(prices.app())
    documents = [each async for each in OfferFiles(session, url).documents(["eu-west-1"])]
    assert len(documents) == 2
    assert len(prices.served) == 4


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (404, "", "404"),
        (200, "<html>", "Expecting value"),
        (200, "[]", "not a JSON object"),
        (200, "{}", "is not a price list"),
        (200, '{"regions": 3}', "is not a price list"),
    ],
)
async def test_what_is_no_price_list_is_told(
    serve: Serve, session: aiohttp.ClientSession, status: int, body: str, says: str
) -> None:
    """A proxy's page, for example; and that nothing changes."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, text=body)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    with pytest.raises(PriceError) as caught:
        _ = [each async for each in OfferFiles(session, await serve(app)).documents()]
    assert says in caught.value.problem
    assert "stay as they are" in caught.value.advice


async def test_a_server_that_is_not_there_is_told(
    unused_tcp_port_factory: Callable[[], int], session: aiohttp.ClientSession
) -> None:
    """With the address that was tried."""
    url = f"http://127.0.0.1:{unused_tcp_port_factory()}"
    with pytest.raises(PriceError, match="Cannot connect"):
        _ = [each async for each in OfferFiles(session, url).documents()]


def query_api(documents: list[dict[str, Any]]) -> web.Application:
    """The Price List Query API: a page holds two products, each as a JSON string."""

    async def answer(request: web.Request) -> web.Response:
        assert request.headers["X-Amz-Target"] == "AWSPriceListService.GetProducts"
        asked = await request.json()
        wanted = {each["Value"] for each in asked["Filters"]}
        items = [
            {
                "product": product,
                "serviceCode": document["offerCode"],
                "terms": {"OnDemand": document["terms"]["OnDemand"][sku]},
                "version": document["version"],
                "publicationDate": document["publicationDate"],
            }
            for document in documents
            if document["offerCode"] == asked["ServiceCode"]
            for sku, product in document["products"].items()
            if not wanted or product["attributes"]["regionCode"] in wanted
        ]
        start = int(asked.get("NextToken", "0"))
        page = {
            "FormatVersion": "aws_v1",
            "PriceList": [json.dumps(item) for item in items[start : start + 2]],
        }
        if start + 2 < len(items):
            page["NextToken"] = str(start + 2)
        return web.json_response(page, content_type="application/x-amz-json-1.1")

    app = web.Application()
    app.router.add_post("/", answer)
    return app


async def test_the_query_api_says_the_same(serve: Serve, aws_environment: None) -> None:
    """For where only AWS's own endpoints are reached; page by page."""
    url = await serve(query_api(offer_files(some())))
    client = boto3.client("pricing", region_name="us-east-1", endpoint_url=url)
    found = Offered()
    async for document in QueriedOffers(lambda: client).documents(["us-east-1", "eu-west-1"]):
        found.add(document, TODAY)
    assert priced(found) == expected("us-east-1", "eu-west-1")


async def test_a_refusal_of_the_query_api_is_told(serve: Serve, aws_environment: None) -> None:
    """With the permission that is missing."""

    async def refuse(request: web.Request) -> web.Response:
        body = {"__type": "AccessDeniedException", "Message": "not authorized"}
        return web.json_response(body, status=400)

    app = web.Application()
    app.router.add_post("/", refuse)
    url = await serve(app)
    client = boto3.client("pricing", region_name="us-east-1", endpoint_url=url)
    with pytest.raises(PriceError, match="not authorized") as caught:
        _ = [each async for each in QueriedOffers(lambda: client).documents(["us-east-1"])]
    assert "pricing:GetProducts" in caught.value.advice
