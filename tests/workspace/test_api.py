from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.workspace.api import METHODS
from bot.workspace.server import SCOPES, SlackServer
from tests.workspace.conftest import button, section


class SetClock(Clock):
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


async def refused(call: Any) -> dict[str, Any]:
    """The answer of a call that Slack refuses."""
    with pytest.raises(SlackApiError) as error:
        await call
    data: dict[str, Any] = error.value.response.data
    return data


async def test_an_unknown_method_says_so(client: AsyncWebClient, slack: SlackServer) -> None:
    """What is not implemented answers unknown_method, and is seen in the log of requests."""
    answer = await refused(client.api_call("chat.scheduleMessage"))
    assert answer["error"] == "unknown_method"
    assert slack.requests[-1]["method"] == "chat.scheduleMessage"


@pytest.mark.parametrize(("body", "expected"), [("{", "invalid_json"), ("[]", "json_not_object")])
async def test_bad_json_is_refused(slack: SlackServer, body: str, expected: str) -> None:
    """A body that is no JSON object is told so."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {slack.bot_token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{slack.api_url}auth.test", data=body) as response,
    ):
        assert await response.json() == {"ok": False, "error": expected}


async def test_tokens_are_checked(slack: SlackServer) -> None:
    """No token, a wrong one, and one of the wrong kind are told apart."""
    for token, expected in (
        (None, "not_authed"),
        ("xoxb-other", "invalid_auth"),
        (slack.app_token, "not_allowed_token_type"),
    ):
        other = AsyncWebClient(token=token, base_url=slack.api_url)
        assert (await refused(other.auth_test()))["error"] == expected
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    answer = await refused(client.apps_connections_open(app_token=slack.bot_token))
    assert answer["error"] == "not_allowed_token_type"


async def test_a_missing_scope_is_named() -> None:
    """A call beyond the granted scopes says what it needs and what there is."""
    async with SlackServer(scopes={"commands", "users:read"}) as slack:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
        answer = await refused(client.chat_postMessage(channel="#general", text="hi"))
        assert answer["error"] == "missing_scope"
        assert answer["needed"] == "chat:write"
        assert answer["provided"] == "commands,users:read"


async def test_the_answer_tells_the_granted_scopes(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    """Every answer carries the token's scopes in a header, as Slack's does."""
    answer = await client.auth_test()
    assert set(answer.headers["X-OAuth-Scopes"].split(",")) == SCOPES
    assert answer["user_id"] == slack.workspace.bot.id


async def test_a_post_is_stored_with_blocks_named(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    """A posted message is kept with a ts and made-up ids for its blocks and elements."""
    element = button()
    del element["action_id"]
    answer = await client.chat_postMessage(
        channel="#general", text="hi", blocks=[section("hi", accessory=element)]
    )
    stored = slack.messages("#general")[0]
    assert stored["ts"] == answer["ts"]
    assert stored["blocks"][0]["block_id"]
    assert stored["blocks"][0]["accessory"]["action_id"]


async def test_bad_blocks_refuse_the_whole_message(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    """One bad block and nothing is posted; the answer points at it."""
    answer = await refused(
        client.chat_postMessage(
            channel="#general", text="hi", blocks=[section("ok"), section("x" * 3001)]
        )
    )
    told = "must be less than 3001 characters [json-pointer:/blocks/1/text/text]"
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == [told]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {told}"]
    assert slack.messages("#general") == []


async def test_blocks_validate_tells_code_and_pointer(client: AsyncWebClient) -> None:
    """blocks.validate needs no token and answers Slack's documented example."""
    blocks = [{"type": "section", "text": {"type": "invalid", "text": "Hello"}}]
    answer = await refused(client.api_call("blocks.validate", json={"blocks": blocks}))
    assert answer["errors"] == [
        {
            "code": "failed_constraint",
            "message": "unsupported type: invalid",
            "pointer": "/0/text/type",
            "constraint": {"type": "enum", "expected": ["plain_text", "mrkdwn"]},
        }
    ]
    answer = await refused(client.api_call("blocks.validate", json={}))
    assert answer["error"] == "invalid_arguments"
    assert (await client.api_call("blocks.validate", json={"blocks": [section("ok")]}))["ok"]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, "no_text"),
        ({"text": "x", "channel": "C0NOWHERE"}, "channel_not_found"),
        ({"text": "x", "thread_ts": "1.000001"}, "cannot_reply_to_message"),
        ({"text": "x", "metadata": {"event_type": "a"}}, "invalid_metadata_format"),
        ({"text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"markdown_text": "y" * 12_001}, "msg_too_long"),
        ({"blocks": [section("x" * 2900)] * 5}, "msg_blocks_too_long"),
        ({"blocks": "[{"}, "invalid_blocks_format"),
    ],
)
async def test_posts_are_refused_by_slacks_codes(
    client: AsyncWebClient, parts: dict[str, Any], expected: str
) -> None:
    """Each reason to refuse a post has Slack's own code."""
    answer = await refused(
        client.api_call("chat.postMessage", json={"channel": "#general", **parts})
    )
    assert answer["error"] == expected


async def test_membership_is_required_and_can_be_had(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    """Without membership history is closed, a public channel can be joined, a private one not."""
    answer = await refused(client.conversations_history(channel="C0RANDOM001"))
    assert answer["error"] == "not_in_channel"
    await client.conversations_join(channel="C0RANDOM001")
    assert (await client.conversations_history(channel="C0RANDOM001"))["messages"] == []
    slack.kick("#finops")
    answer = await refused(client.conversations_info(channel="C0FINOPS001"))
    assert answer["error"] == "channel_not_found"


async def test_posting_to_an_unjoined_channel_needs_a_scope() -> None:
    """chat:write alone posts only where the bot is; chat:write.public opens public channels."""
    for scopes, expected in ((SCOPES, True), (SCOPES - {"chat:write.public"}, False)):
        async with SlackServer(scopes=scopes) as slack:
            client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
            post = client.chat_postMessage(channel="#random", text="hi")
            if expected:
                assert (await post)["ok"]
            else:
                assert (await refused(post))["error"] == "not_in_channel"


async def test_metadata_comes_back_only_when_asked(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    """History and replies show metadata with include_all_metadata alone."""
    metadata = {"event_type": "digest", "event_payload": {"delivery": "42"}}
    ts = (await client.chat_postMessage(channel="C0GENERAL01", text="hi", metadata=metadata))["ts"]
    plain = await client.conversations_history(channel="C0GENERAL01")
    full = await client.conversations_history(channel="C0GENERAL01", include_all_metadata=True)
    thread = await client.conversations_replies(
        channel="C0GENERAL01", ts=ts, include_all_metadata=True
    )
    assert "metadata" not in plain["messages"][0]
    assert full["messages"][0]["metadata"] == metadata
    assert thread["messages"][0]["metadata"] == metadata


async def test_history_is_newest_first_without_replies_and_paged(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    """History leaves out replies, counts them on the root, and pages by cursor."""
    roots = [await slack.say("#general", text) for text in ("one", "two", "three")]
    await slack.say("#general", "reply", thread_ts=roots[0]["ts"])
    texts: list[str] = []
    cursor = ""
    while True:
        page = await client.conversations_history(channel="C0GENERAL01", limit=2, cursor=cursor)
        texts += [message["text"] for message in page["messages"]]
        cursor = page["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert texts == ["three", "two", "one"]
    replies = await client.conversations_replies(channel="C0GENERAL01", ts=roots[0]["ts"])
    assert [message["text"] for message in replies["messages"]] == ["one", "reply"]
    assert replies["messages"][0]["reply_count"] == 1
    since = await client.conversations_history(channel="C0GENERAL01", oldest=roots[1]["ts"])
    assert [message["text"] for message in since["messages"]] == ["three"]


async def test_an_update_replaces_and_without_blocks_takes_them_away(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    """chat.update with blocks shows no edit; with text alone the blocks go."""
    posted = await client.chat_postMessage(channel="#general", text="a", blocks=[section("a")])
    await client.chat_update(
        channel="C0GENERAL01", ts=posted["ts"], text="b", blocks=[section("b")]
    )
    assert "edited" not in slack.message("#general", posted["ts"])
    await client.chat_update(channel="C0GENERAL01", ts=posted["ts"], text="c")
    message = slack.message("#general", posted["ts"])
    assert (message["text"], "blocks" in message, "edited" in message) == ("c", False, True)
    answer = await refused(
        client.chat_update(channel="C0GENERAL01", ts=posted["ts"], text="x" * 4001)
    )
    assert answer["error"] == "msg_too_long"


async def test_only_own_messages_are_changed(client: AsyncWebClient, slack: SlackServer) -> None:
    """A person's message can be neither updated nor deleted, an own one can."""
    theirs = await slack.say("#general", "mine")
    update = client.chat_update(channel="C0GENERAL01", ts=theirs["ts"], text="x")
    delete = client.chat_delete(channel="C0GENERAL01", ts=theirs["ts"])
    assert (await refused(update))["error"] == "cant_update_message"
    assert (await refused(delete))["error"] == "cant_delete_message"
    own = await client.chat_postMessage(channel="#general", text="own")
    await client.chat_delete(channel="C0GENERAL01", ts=own["ts"])
    assert [message["text"] for message in slack.messages("#general")] == ["mine"]


async def test_a_status_shows_until_the_reply(client: AsyncWebClient, slack: SlackServer) -> None:
    """assistant.threads.setStatus shows under the thread and goes when the bot replies."""
    root = await slack.say("#general", "hi")
    await client.api_call(
        "assistant.threads.setStatus",
        json={"channel_id": "C0GENERAL01", "thread_ts": root["ts"], "status": "is counting…"},
    )
    assert slack.status("#general", root["ts"]) == "is counting…"
    await client.chat_postMessage(channel="#general", text="done", thread_ts=root["ts"])
    assert slack.status("#general", root["ts"]) == ""


async def test_a_file_is_uploaded_in_three_steps(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    """files_upload_v2 shares a file; its type shows once it was scanned, and then in an image."""
    answer = await client.files_upload_v2(
        channel="C0GENERAL01", filename="report.png", content=b"png", title="Report"
    )
    file = answer["files"][0]["id"]
    image = {"type": "image", "alt_text": "Report", "slack_file": {"id": file}}
    early = await refused(client.chat_postMessage(channel="#general", text="x", blocks=[image]))
    first = await client.files_info(file=file)
    second = await client.files_info(file=file)
    assert slack.messages("#general")[0]["files"][0]["title"] == "Report"
    assert early["errors"] == ["invalid slack file [json-pointer:/blocks]"]
    assert (first["file"]["mimetype"], second["file"]["mimetype"]) == ("", "image/png")
    assert (await client.chat_postMessage(channel="#general", text="x", blocks=[image]))["ok"]


async def test_a_user_has_a_time_zone(client: AsyncWebClient, slack: SlackServer) -> None:
    """users.info tells the zone and its offset, in winter time in November."""
    user = (await client.users_info(user=slack.workspace.dana.id))["user"]
    assert user["tz"] == "America/New_York"
    assert (await refused(client.users_info(user="U0NOBODY")))["error"] == "user_not_found"


async def test_a_stale_home_is_not_overwritten(client: AsyncWebClient, slack: SlackServer) -> None:
    """views.publish with an old hash is a conflict."""
    view = {"type": "home", "blocks": [section("x")]}
    user = slack.workspace.dana.id
    first = await client.views_publish(user_id=user, view=view)
    await client.views_publish(user_id=user, view=view)
    stale = client.views_publish(user_id=user, view=view, hash=first["view"]["hash"])
    assert (await refused(stale))["error"] == "hash_conflict"


async def test_a_trigger_is_good_once_and_for_three_seconds() -> None:
    """views.open takes a fresh trigger id once."""
    clock = SetClock()
    view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}
    async with SlackServer(clock=clock) as slack:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
        fresh, stale = slack.triggers.issue("U1"), slack.triggers.issue("U1")
        await client.views_open(trigger_id=fresh, view=view)
        assert (await slack.next_view())["type"] == "modal"
        again = await refused(client.views_open(trigger_id=fresh, view=view))
        clock.moment += timedelta(seconds=3.1)
        late = await refused(client.views_open(trigger_id=stale, view=view))
        never = await refused(client.views_open(trigger_id="1.2", view=view))
    assert [each["error"] for each in (again, late, never)] == [
        "exchanged_trigger_id",
        "expired_trigger_id",
        "invalid_trigger_id",
    ]


async def test_rate_limits_answer_429_until_the_minute_is_over() -> None:
    """Past a method's calls a minute comes 429 with Retry-After, and later it goes again."""
    clock = SetClock()
    async with SlackServer(clock=clock) as slack:
        slack.limits.per_minute["users.info"] = 2
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])
        for _ in range(2):
            await client.users_info(user=slack.workspace.dana.id)
        with pytest.raises(SlackApiError) as error:
            await client.users_info(user=slack.workspace.dana.id)
        assert error.value.response.status_code == 429
        wait_s = int(error.value.response.headers["Retry-After"])
        clock.moment += timedelta(seconds=wait_s)
        assert (await client.users_info(user=slack.workspace.dana.id))["ok"]


async def test_a_response_url_is_good_five_times_for_thirty_minutes() -> None:
    """The sixth use and a late use are refused."""
    clock = SetClock()
    async with SlackServer(clock=clock) as slack, aiohttp.ClientSession() as http:
        await slack.command("/s3", "report")
        urls = [slack.deliveries[-1]["payload"]["response_url"]]
        await slack.command("/s3", "report")
        urls.append(slack.deliveries[-1]["payload"]["response_url"])

        async def use(url: str, **body: Any) -> tuple[int, str]:
            async with http.post(url, json={"text": "hi", **body}) as response:
                return response.status, await response.text()

        assert [await use(urls[0]) for _ in range(5)] == [(200, "ok")] * 5
        status, text = await use(urls[0])
        assert (status, "used_url" in text) == (404, True)
        clock.moment += timedelta(minutes=30, seconds=1)
        status, text = await use(urls[1])
        assert (status, "expired_url" in text) == (404, True)


async def test_a_response_url_speaks_to_one_or_to_all(slack: SlackServer) -> None:
    """A response is ephemeral by default; in_channel shows the typed command; it can replace."""
    await slack.command("/s3", "report", channel="#general")
    url = slack.deliveries[-1]["payload"]["response_url"]
    async with aiohttp.ClientSession() as http:
        await http.post(url, json={"text": "one"})
        await http.post(url, json={"text": "two", "replace_original": True})
        await http.post(url, json={"text": "all", "response_type": "in_channel"})
    assert [each["text"] for each in slack.ephemerals("#general")][1:] == ["two"]
    assert [each["text"] for each in slack.messages("#general")] == ["all"]


async def test_a_dropped_answer_leaves_the_message_posted(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    """The fault that matters: stored, and the caller never hears of it."""
    slack.faults.drop("chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="#general", text="once")
    assert [each["text"] for each in slack.messages("#general")] == ["once"]
    assert (await client.chat_postMessage(channel="#general", text="twice"))["ok"]


async def test_a_refused_connection_posts_nothing(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    """The other half: the connection breaks before anything was done."""
    slack.faults.refuse("chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="#general", text="never")
    assert slack.messages("#general") == []


async def test_faults_strike_as_often_as_armed(client: AsyncWebClient, slack: SlackServer) -> None:
    """429 with Retry-After, 500 and error codes come as often as asked, then the call works."""
    slack.faults.rate_limit("auth.test", retry_after_s=7)
    slack.faults.status("auth.test", 500)
    slack.faults.error("auth.test", "internal_error", times=2)
    with pytest.raises(SlackApiError) as limited:
        await client.auth_test()
    with pytest.raises(SlackApiError) as failed:
        await client.auth_test()
    for _ in range(2):
        assert (await refused(client.auth_test()))["error"] == "internal_error"
    assert limited.value.response.headers["Retry-After"] == "7"
    assert failed.value.response.status_code == 500
    assert (await client.auth_test())["ok"]


async def test_a_held_call_waits_for_its_release(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    """A held call has done nothing when it is reached, and everything when it is released."""
    held = slack.faults.hold("chat.postMessage")
    post = asyncio.create_task(client.chat_postMessage(channel="#general", text="late"))
    await held.reached.wait()
    before = slack.messages("#general")
    held.release()
    await post
    assert (before, len(slack.messages("#general"))) == ([], 1)


def test_every_method_that_writes_needs_a_scope() -> None:
    """Only views, tests and whoami go without a scope."""
    free = {name for name, entry in METHODS.items() if not entry.scopes}
    assert free == {
        "api.test", "auth.test", "blocks.validate", "chat.getPermalink", "views.open",
        "views.publish", "views.push", "views.update",
    }  # fmt: skip
