"""The real bot, on the sample AWS account, used in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from playwright.async_api import expect

from bot.errors import SetupError
from bot.slack.manifest import manifest
from bot.slack.watching import PATIENCE
from bot.workspace.browser import chromium, find_chromium
from bot.workspace.sample import SampleAccount
from bot.workspace.server import SlackServer
from tests.conftest import StartBot
from tests.fakes.clock import StillClock
from tests.slack.test_listings import LISTED, half_way, pass_time


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    """A workspace in which the bot's own app is installed."""
    async with SlackServer.of_manifest(manifest()) as server:
        yield server


@pytest.mark.parametrize("socket", [True, False], ids=["socket", "http"])
async def test_the_bot_is_used_in_a_browser(
    start_bot: StartBot, slack: SlackServer, socket: bool
) -> None:
    """Type the command, read the table, click a button, reply in the thread, open App Home."""
    try:
        find_chromium()
    except SetupError as error:
        pytest.skip(f"THE BOT WAS NOT TRIED IN A BROWSER: {error}")
    async with start_bot(socket=socket), chromium() as browser:
        page = await browser.new_page()
        await page.goto(slack.url)
        log = page.get_by_role("log", name="#s3-costs")
        await page.get_by_label("Message #s3-costs").fill("/s3 report region=us-east-1 unit=TB")
        await page.keyboard.press("Enter")
        await expect(log.get_by_text("Only visible to you")).to_be_visible()
        root = await slack.next_message("#s3-costs", timeout_s=20)
        await expect(log.get_by_role("columnheader").first).to_have_text("Bucket")
        await expect(log.get_by_role("cell", name="TB").first).to_be_visible()
        await log.get_by_role("button", name="By region").click()
        await slack.next_message("#s3-costs", root["ts"], timeout_s=20)
        await log.get_by_role("link", name="1 reply").click()
        thread = page.get_by_label("Thread", exact=True)
        await thread.get_by_label("Reply…").fill("only standard")
        await page.keyboard.press("Enter")
        answer = await slack.next_message("#s3-costs", root["ts"], timeout_s=20)
        last = thread.locator(f'[data-ts="{answer["ts"]}"]')
        await expect(last.get_by_text("class=STANDARD")).to_be_visible()
        await page.get_by_role("link", name="s3monitor").click()
        await expect(page.get_by_test_id("home").get_by_role("heading")).to_be_visible()
        assert await page.locator(".unknown").count() == 0


async def test_a_listing_is_agreed_to_watched_and_stopped_in_a_browser(
    start_bot: StartBot, slack: SlackServer, sample: SampleAccount, clock: StillClock
) -> None:
    """One message all along: the offer, how far it is, the answer with what is known."""
    try:
        find_chromium()
    except SetupError as error:
        pytest.skip(f"THE BOT WAS NOT TRIED IN A BROWSER: {error}")
    async with (
        start_bot(scan_confirm_usd=Decimal(0)),
        half_way(sample),
        chromium() as browser,
    ):
        page = await browser.new_page()
        await page.goto(slack.url)
        log = page.get_by_role("log", name="#s3-costs")
        await page.get_by_label("Message #s3-costs").fill(f"/s3 {LISTED}")
        await page.keyboard.press("Enter")
        offer = await slack.next_message("#s3-costs", timeout_s=20)
        message = log.locator(f'[data-ts="{offer["ts"]}"]')
        await expect(message.get_by_role("button", name="Use metrics instead")).to_be_visible()
        await message.get_by_role("button", name="List for <$0.01").click()
        await expect(message.get_by_text("Listing, as")).to_be_visible()
        await pass_time(clock, PATIENCE)
        await message.get_by_role("button", name="Stop").click()
        await expect(message.get_by_text("every number is at least that")).to_be_visible()
        await expect(message.get_by_text("At least", exact=False).first).to_be_visible()
        assert await page.locator(".unknown").count() == 0
