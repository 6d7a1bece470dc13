"""The chat page: its guard by plain HTTP, its looks and its use by a real browser."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from importlib import resources
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SetupError
from bot.workspace.browser import chromium
from bot.workspace.gallery import draw, gallery, main
from bot.workspace.methods.chat import as_bot
from bot.workspace.server import SlackServer
from bot.workspace.state import File
from tests.workspace.conftest import Connect, button, connecting, echo_app, section
from tests.workspace.test_blocks import TAKEN, option, plain, raw, select

WORKSPACE = Path(str(resources.files("bot.workspace")))
COMMANDS = [
    {"command": "/report", "description": "Ask what S3 holds", "usage_hint": "unit=TB"},
    {"command": "/echo", "description": "Say it again", "usage_hint": "words"},
]
TABLE = {
    "type": "table",
    "rows": [[raw("Bucket"), raw("Size")], [raw("logs-<b>prod</b>"), raw("412.8 TB")]],
    "column_settings": [None, {"align": "right"}],
}


def report_app(slack: SlackServer) -> AsyncApp:
    """The echo app, which also answers /report with a table, buttons and menus."""
    app = echo_app(slack)

    @app.command("/report")
    async def report(ack: Any, command: Any, client: AsyncWebClient) -> None:
        await ack("Measuring…")
        overflow = {"type": "overflow", "action_id": "more", "options": [option("csv", "As CSV")]}
        await client.chat_postMessage(
            channel=command["channel_id"],
            text="A report",
            blocks=[
                section(f"*Report* {command['text']}"),
                TABLE,
                {"type": "actions", "elements": [button(), select(3), overflow]},
            ],
        )

    @app.action("pick")
    async def pick(ack: Any, respond: Any, action: Any) -> None:
        await ack()
        await respond(f"picked {action['selected_option']['value']}", replace_original=False)

    @app.action("more")
    async def more(ack: Any, respond: Any, action: Any) -> None:
        await ack()
        await respond(f"more {action['selected_option']['value']}", replace_original=False)

    return app


#: The browser is started once, so all that touches it shares its event loop.
visit = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def slack() -> AsyncIterator[SlackServer]:
    """A server whose page offers commands."""
    async with SlackServer(commands=COMMANDS, suggestions=["/report unit=TB"]) as server:
        yield server


@pytest_asyncio.fixture(params=["socket", "http"], loop_scope="module")
async def connect(request: pytest.FixtureRequest, slack: SlackServer) -> AsyncIterator[Connect]:
    """Connect an app to the server, once by Socket Mode and once by HTTP."""
    async with connecting(slack, request.param) as connect:
        yield connect


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium."""
    async with AsyncExitStack() as stack:
        try:
            running = await stack.enter_async_context(chromium())
        except SetupError as error:
            pytest.skip(f"THE PAGE WAS NOT TRIED IN A BROWSER: {error}")
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, slack: SlackServer) -> AsyncIterator[Page]:
    """The page in the browser. Whatever the test does, nothing may leave or fail."""
    opened = await browser.new_page(viewport={"width": 1280, "height": 860})
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    opened.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((slack.url, "data:", "blob:"))
            else complaints.append(f"left the machine: {request.url}")
        ),
    )
    await opened.goto(slack.url)
    yield opened
    await opened.close()
    assert complaints == []


async def show(slack: SlackServer, blocks: list[dict[str, Any]]) -> dict[str, Any]:
    """Have the bot post blocks, unchecked."""
    channel = slack.workspace.channels["C0S3COSTS01"]
    message = {**as_bot(slack.workspace), "text": "", "blocks": blocks}
    return slack.workspace.post(channel, message)


@visit
async def test_a_whole_visit(slack: SlackServer, page: Page, connect: Connect) -> None:
    """Type a command, read the table, press a button, reply in the thread, open App Home."""
    await connect(report_app(slack))
    log = page.get_by_role("log", name="#s3-costs")
    await page.get_by_label("Message #s3-costs").fill("/report unit=TB")
    await page.keyboard.press("Enter")
    await expect(log.get_by_text("Only visible to you")).to_be_visible()
    await expect(log.get_by_role("row").nth(1)).to_have_text("logs-<b>prod</b>412.8 TB")
    await log.get_by_role("button", name="Go").click()
    await expect(log.get_by_text("pressed v")).to_be_visible()
    await log.get_by_role("combobox").select_option("2")
    await expect(log.get_by_text("picked 2")).to_be_visible()
    await log.get_by_role("article").filter(has=page.get_by_role("table")).hover()
    await log.get_by_label("Reply in thread").first.click()
    thread = page.get_by_label("Thread", exact=True)
    await thread.get_by_label("Reply…").fill("only glacier")
    await page.keyboard.press("Enter")
    await expect(thread.get_by_text("heard only glacier")).to_be_visible()
    await expect(log.get_by_role("link", name="2 replies")).to_be_visible()
    await page.get_by_role("link", name="S3 Monitor").click()
    await expect(page.get_by_test_id("home")).to_have_text("At home")
    await page.get_by_role("tab", name="Messages").click()
    await page.get_by_label("Message S3 Monitor").fill("hello")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="1 reply").click()
    await expect(thread.get_by_text("heard hello")).to_be_visible()


@visit
async def test_it_is_used_by_keyboard_alone(
    slack: SlackServer, page: Page, connect: Connect
) -> None:
    """Commands complete on Tab, menus open, move and choose by keys, Escape closes a thread."""
    await connect(report_app(slack))
    await page.get_by_label("Message #s3-costs").focus()
    await page.keyboard.type("/re")
    await expect(page.get_by_role("option", name="/report")).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.type("unit=TB")
    await page.keyboard.press("Enter")
    await page.get_by_label("More options").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="As CSV")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("more csv")).to_be_visible()
    message = await slack.next_message("#s3-costs")
    await page.goto(f"{slack.url}#/C0S3COSTS01/{message['ts']}")
    await page.get_by_label("Reply…").focus()
    await page.keyboard.press("Escape")
    await expect(page.get_by_label("Thread", exact=True)).to_have_count(0)


@visit
async def test_ephemeral_messages_are_for_one(slack: SlackServer, page: Page) -> None:
    """Another user does not see them; their own reader can dismiss them."""
    channel, dana = slack.workspace.channels["C0S3COSTS01"], slack.workspace.dana
    slack.workspace.whisper(channel, dana.id, {**as_bot(slack.workspace), "text": "Psst"})
    log = page.get_by_role("log", name="#s3-costs")
    await expect(log.get_by_text("Psst")).to_be_visible()
    await page.get_by_label("You are").select_option("Kofi Mensah")
    await expect(log.get_by_text("Psst")).to_have_count(0)
    await page.get_by_label("You are").select_option("Dana Reyes")
    await log.get_by_role("button", name="Dismiss message").click()
    await expect(log.get_by_text("Psst")).to_have_count(0)


@visit
async def test_what_it_cannot_draw_is_said_aloud(slack: SlackServer, page: Page) -> None:
    """An unknown block or element is shown as its JSON in a warning, never as nothing."""
    lamp = {"type": "lamp", "action_id": "l"}
    await show(slack, [{"type": "hologram"}, section("x", accessory=lamp)])
    await expect(page.get_by_role("alert").first).to_contain_text("block “hologram”")
    await expect(page.get_by_role("alert").last).to_contain_text("element “lamp”")


@visit
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_block_is_drawn(slack: SlackServer, page: Page, theme: str) -> None:
    """Every kind of block that Slack takes shows something, in light and in dark."""
    slack.workspace.files["F1"] = File("F1", "a.png", 3, "U1", content=b"png", completed=True)
    messages = [await show(slack, json.loads(json.dumps(blocks))[:3]) for blocks in TAKEN]
    await page.goto("about:blank")
    await page.goto(f"{slack.url}?theme={theme}")
    for message in messages:
        article = page.locator(f'[data-ts="{message["ts"]}"]')
        drawn = article.locator(".block").first
        await expect(drawn).to_be_visible()
        box = await drawn.bounding_box()
        assert box is not None, message["blocks"][0]["type"]
        assert box["height"] > 0, message["blocks"][0]["type"]
    assert await page.locator(".unknown").count() == 0
    ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(26, 29, 33)"}[theme]


@visit
async def test_a_data_table_sorts_filters_and_turns_pages(slack: SlackServer, page: Page) -> None:
    """Numbers sort as numbers; the filter and the page buttons show what they should."""
    sizes = [9, 100, 20]
    rows = [
        [raw(f"b{size}"), {"type": "raw_number", "value": size, "text": f"{size} GB"}]
        for size in sizes
    ]
    table = {"type": "data_table", "caption": "Buckets", "page_size": 2,
             "rows": [[raw("Bucket"), raw("Size")], *rows]}  # fmt: skip
    await show(slack, [table])
    drawn = page.locator(".data-table")
    await drawn.get_by_role("button", name="Size").click()
    await expect(drawn.get_by_role("row")).to_have_text(["BucketSize", "b99 GB", "b2020 GB"])
    await drawn.get_by_label("Next page").click()
    await expect(drawn.get_by_role("row")).to_have_text(["BucketSize", "b100100 GB"])
    await drawn.get_by_label("Filter Buckets").fill("b2")
    await expect(drawn.get_by_role("row")).to_have_text(["BucketSize", "b2020 GB"])


@visit
async def test_hostile_text_stays_text(slack: SlackServer, page: Page) -> None:
    """Markup in names is shown, not obeyed, in mrkdwn, plain text, cells and Markdown."""
    hostile = "<img src=x onerror=alert(1)>"
    escaped = "&lt;img src=x onerror=alert(1)&gt; &lt;!channel&gt;"
    await show(
        slack,
        [
            section(escaped),
            {"type": "header", "text": plain(hostile)},
            {"type": "table", "rows": [[raw(hostile)]]},
            {"type": "markdown", "text": hostile},
        ],
    )
    article = page.get_by_role("article").last
    await expect(article.locator(".block").first).to_contain_text("onerror=alert(1)> <!channel>")
    await expect(article.locator("th").first).to_have_text(hostile)
    assert await article.locator(".block img").count() == 0


MRKDWN = [
    ("`/s3 status`: see “*well*” and/or _so_; `a`/`b`",
     "<code>/s3 status</code>: see “<strong>well</strong>” and/or <em>so</em>; "
     "<code>a</code>/<code>b</code>"),
    ("a*b*c 2*3*4 logs_prod_us arn:aws:s3:::b 10:30:45",
     "a*b*c 2*3*4 logs_prod_us arn:aws:s3:::b 10:30:45"),
    ("`logs-*,-*`: *$1.00*: _*both*_ (*+3*) *see `x`*",
     "<code>logs-*,-*</code>: <strong>$1.00</strong>: <em><strong>both</strong></em> "
     "(<strong>+3</strong>) <strong>see <code>x</code></strong>"),
    ("~old~ :tada: &amp;lt; &lt;!here&gt;", "<s>old</s> 🎉 &amp;lt; &lt;!here&gt;"),
    ("&gt; quoted\nafter", "<blockquote>quoted</blockquote>after"),
    ("```a *b*\nc```: d", "<pre>a *b*\nc</pre>: d"),
    ("<@U0DANA00001> in <#C0GENERAL01>",
     '<span class="mention ">@dana</span> in <span class="mention ">#general</span>'),
    ("<!date^0^{date_num}|fb>", "<time>1970-01-01</time>"),
]  # fmt: skip


@visit
async def test_mrkdwn_is_drawn_as_slack_draws_it(slack: SlackServer, page: Page) -> None:
    """Marks count only between spaces and punctuation, and what is escaped is shown."""
    await show(slack, [section(text) for text, _ in MRKDWN])
    blocks = page.get_by_role("article").last.locator(".block .mrkdwn")
    await expect(blocks).to_have_count(len(MRKDWN))
    drawn = [await blocks.nth(number).inner_html() for number in range(len(MRKDWN))]
    assert drawn == [expected for _, expected in MRKDWN]


@visit
async def test_it_fits_a_phone(slack: SlackServer, browser: Browser) -> None:
    """At 360 pixels nothing sticks out, tables scroll by themselves, channels are in a drawer."""
    wide = {"type": "table", "rows": [[raw("a long cell indeed")] * 12] * 2}
    message = await show(slack, [section("x" * 300), wide, *TAKEN[15]])
    page = await browser.new_page(viewport={"width": 360, "height": 740})
    await page.goto(slack.url)
    await expect(page.get_by_role("table").first).to_be_visible()
    widths = (
        "[document.documentElement.scrollWidth, document.querySelector('.messages').scrollWidth]"
    )
    assert await page.evaluate(widths) == [360, 360]
    await page.get_by_label("Show channels").click()
    await page.get_by_role("link", name="general").click()
    await expect(page.get_by_role("heading", name="#general")).to_be_visible()
    await expect(page.get_by_role("link", name="random")).not_to_be_visible()
    await page.goto(f"{slack.url}#/C0S3COSTS01/{message['ts']}")
    await expect(page.get_by_label("Reply…")).to_be_in_viewport()


@visit
async def test_a_modal_is_filled_in_and_refused_and_taken(
    slack: SlackServer, page: Page, connect: Connect
) -> None:
    """A modal's inputs are submitted; the app's errors show at their field; then it closes."""
    app = echo_app(slack)
    view = {
        "type": "modal", "callback_id": "ask", "title": plain("Subscribe"),
        "submit": plain("Save"),
        "blocks": [{"type": "input", "block_id": "day", "label": plain("Day"),
                    "element": {"type": "plain_text_input", "action_id": "text"}}],
    }  # fmt: skip

    @app.command("/report")
    async def ask(ack: Any, command: Any, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=view)

    @app.view("ask")
    async def take(ack: Any, view: Any, client: AsyncWebClient) -> None:
        text = view["state"]["values"]["day"]["text"]["value"]
        if text == "someday":
            await ack(response_action="errors", errors={"day": "Name a weekday"})
            return
        await ack()
        await client.chat_postMessage(channel="#s3-costs", text=f"Every {text}")

    await connect(app)
    await page.get_by_label("Message #s3-costs").fill("/report subscribe")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Subscribe")
    await dialog.get_by_role("textbox").fill("someday")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("alert")).to_have_text("Name a weekday")
    await dialog.get_by_role("textbox").fill("Monday")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Every Monday")).to_be_visible()
    await expect(dialog).to_have_count(0)


@visit
async def test_the_gallery_draws_messages_and_views(browser: Browser, tmp_path: Path) -> None:
    """Each message becomes a picture in light and in dark."""
    view = {"type": "home", "blocks": TAKEN[1]}
    drawn = await draw(
        browser, [("a report", {"text": "x", "blocks": [TABLE]}), ("home", view)], tmp_path
    )
    assert [path.name for path in drawn] == [
        "a-report-light.png", "a-report-dark.png", "home-light.png", "home-dark.png",
    ]  # fmt: skip
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in drawn)


async def test_the_gallery_refuses_what_slack_would(tmp_path: Path) -> None:
    """A message that Slack would refuse is named, not drawn."""
    with pytest.raises(ValueError, match=r"bad: unsupported type: chart"):
        await gallery([("bad", {"blocks": [{"type": "chart"}]})], tmp_path)


def test_the_gallery_command_reads_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bare list of blocks is a message too; a refused one is told with its file's name."""
    (tmp_path / "bad.json").write_text(json.dumps([{"type": "chart"}]))
    assert main([str(tmp_path / "out"), str(tmp_path / "bad.json")]) == 1
    assert "bad: unsupported type: chart" in capsys.readouterr().err
    assert main([]) == 2
    assert "usage:" in capsys.readouterr().err


@visit
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
async def test_orders_are_taken_from_the_page_alone(
    slack: SlackServer, headers: dict[str, str], expected: int
) -> None:
    """Another site, a rebound name or a plain form cannot speak as the user."""
    order = json.dumps({"do": "send", "channel": "C0GENERAL01", "text": "hi"})
    async with (
        aiohttp.ClientSession(headers={"Content-Type": "application/json"}) as http,
        http.post(f"{slack.url}page/act", data=order, headers=headers) as response,
    ):
        assert response.status == expected
    assert len(slack.messages("#general")) == (1 if expected == 200 else 0)


@visit
async def test_the_page_may_fetch_nothing_from_elsewhere(slack: SlackServer) -> None:
    """Its policy names no origin but its own, and its files no other address to load from."""
    async with aiohttp.ClientSession() as http, http.get(slack.url) as response:
        policy = response.headers["Content-Security-Policy"]
        markup = await response.text()
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy
    assert "unsafe" not in policy
    assert "://" not in markup


@visit
@pytest.mark.parametrize("name", ["..%2fserver.py", ".hidden", "nothing.js"])
async def test_only_the_pages_own_files_are_served(slack: SlackServer, name: str) -> None:
    """No path leads out of the page's folder."""
    url = f"{slack.url}static/{name}"
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        assert response.status == 404


@visit
async def test_an_uploaded_page_is_never_shown(slack: SlackServer) -> None:
    """An uploaded HTML file is downloaded as bytes, an image is shown."""
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    kinds = {}
    for name in ("evil.html", "chart.png"):
        shared = await client.files_upload_v2(channel="C0GENERAL01", filename=name, content=b"x")
        url = f"{slack.url}page/files/{shared['files'][0]['id']}"
        async with aiohttp.ClientSession() as http, http.get(url) as response:
            kinds[name] = (response.content_type, response.headers.get("Content-Disposition"))
    assert kinds == {
        "evil.html": ("application/octet-stream", "attachment"),
        "chart.png": ("image/png", None),
    }


def test_the_built_page_is_of_this_source() -> None:
    """After a change in page/src, `npm run build` in page/ makes static/ anew."""
    source = WORKSPACE / "page"
    digest = hashlib.sha256()
    for path in [source / "package-lock.json", *sorted((source / "src").iterdir())]:
        name = path.relative_to(source).as_posix()
        digest.update(f"{name}\n".encode() + path.read_bytes())
    assert (WORKSPACE / "static" / "source.sha256").read_text().strip() == digest.hexdigest()


@pytest.mark.parametrize("folder", [WORKSPACE / "page", Path(__file__).parent / "node"])
def test_the_lock_file_names_no_registry(folder: Path) -> None:
    """The packages are locked by version and hash, wherever they are fetched from."""
    assert "://registry" not in (folder / "package-lock.json").read_text()
