"""The slash command, end to end: Slack-shaped HTTP on one side, AWS-shaped HTTP on the other."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.conftest import World

REPORT = "report region=ap-southeast-2 unit=GB"


def cells(message: dict[str, Any]) -> list[list[str]]:
    """The texts of a message's table, its titles first."""
    table = next(block for block in message["blocks"] if block["type"] == "table")
    return [[cell["text"] for cell in row] for row in table["rows"]]


async def test_a_report_is_acked_then_posted_with_a_row_a_bucket(world: World) -> None:
    """The ack says what is being done; the answer has every column of every bucket."""
    ack = await world.slack.command("/s3", REPORT)
    assert ack.status == 200
    assert ack.json()["text"] == f"Measuring for `{REPORT}` …"
    answer = await world.slack.next_message("#s3-costs")
    titles, *rows = cells(answer)
    assert titles == [
        "Bucket",
        "$ / month",
        "Size",
        "Objects",
        "Storage classes",
        "Newest object",
        "Created",
        "Region",
    ]
    held = {b.name for b in world.sample.estate.living if b.region == "ap-southeast-2"}
    assert {row[0] for row in rows} == held
    assert "3 buckets" in answer["text"]
    assert f"`{REPORT}`" in answer["text"]


async def test_help_answers_an_empty_command_at_once(world: World) -> None:
    """An empty `/s3` shows what can be asked, to the asker alone, without asking AWS."""
    ack = await world.slack.command("/s3", "")
    assert ack.status == 200
    shown = await world.slack.next_ephemeral("#s3-costs")
    assert "report region=us-east-1 unit=TB" in shown["text"]
    assert world.sample.requests == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("report regoin=eu", "Unknown option `regoin`. Did you mean `region`?"),
        ("🔥🔥🔥", "Unknown word `🔥🔥🔥`."),
        ("'; DROP TABLE snapshots; --", "Unknown word"),
        ("<!channel> <@U123> *bold*", "Unknown word `&lt;!channel&gt;`."),
        ("x" * 10_000, "That question is 10,000 characters long"),
        ("bucket fresh unit=GBB", "Unknown unit `GBB`. Did you mean `GB`?"),
    ],
)
async def test_a_bad_question_is_answered_by_the_ack_itself(
    world: World, text: str, expected: str
) -> None:
    """One sentence and an example, escaped, to the asker alone; nothing is measured."""
    ack = await world.slack.command("/s3", text)
    assert ack.status == 200
    assert expected in ack.json()["text"]
    assert world.sample.requests == ()


async def test_a_private_answer_is_seen_by_its_asker_alone(world: World) -> None:
    """`private` answers by response_url, ephemerally."""
    await world.slack.command("/s3", f"{REPORT} private")
    await world.slack.next_ephemeral("#s3-costs", where=lambda m: "Measuring" in m["text"])
    shown = await world.slack.next_ephemeral("#s3-costs", where=lambda m: "3 buckets" in m["text"])
    assert len(cells(shown)) == 4
    assert world.slack.messages("#s3-costs") == []


async def test_where_the_bot_may_not_post_the_answer_says_how_to_invite_it(world: World) -> None:
    """The answer comes by response_url, for all, with the hint."""
    world.slack.kick("#finops")
    await world.slack.command("/s3", REPORT, channel="#finops")
    answer = await world.slack.next_message("#finops")
    assert "3 buckets" in answer["text"]
    assert "/invite @" in answer["text"]


async def test_a_denied_bucket_is_named_and_the_rest_stands(world: World) -> None:
    """The headline says at least; the small print names bucket, reason and permission."""
    await world.slack.command("/s3", "report source=list bucket=pelican-hr-*,pelican-map-tiles")
    answer = await world.slack.next_message("#s3-costs")
    assert "At least" in answer["text"]
    assert (
        "1 bucket skipped, access denied (needs s3:ListBucket): pelican-hr-records"
        in answer["text"]
    )
    assert [row[0] for row in cells(answer)[1:]] == ["pelican-map-tiles"]


async def test_the_same_question_again_asks_aws_nothing(world: World) -> None:
    """A young snapshot answers; `fresh` measures again."""
    await world.slack.command("/s3", REPORT)
    first = await world.slack.next_message("#s3-costs")
    world.sample.forget_requests()
    await world.slack.command("/s3", REPORT)
    again = await world.slack.next_message("#s3-costs")
    assert cells(first) == cells(again)
    assert world.sample.requests == ()
    await world.slack.command("/s3", f"{REPORT} fresh")
    await world.slack.next_message("#s3-costs")
    assert world.sample.requests


async def test_no_forged_request_gets_in(world: World) -> None:
    """A wrong signature, an old one and a broken timestamp are refused with 401."""
    url = f"{world.bot.http.url}/slack/events"
    for stamp in ("1", "abc", ""):
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": "v0=00"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data="command=/s3", headers=headers) as answer,
        ):
            assert answer.status == 401


async def test_an_estate_that_cannot_be_read_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When not even the buckets can be listed, the asker reads why and what to do."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    await world.slack.command("/s3", REPORT)
    told = await world.slack.next_ephemeral("#s3-costs", where=lambda m: "could not" in m["text"])
    assert "AWS_ENDPOINT_URL" in told["text"]
    assert "Traceback" not in told["text"]


async def test_a_cost_is_taken_apart_and_its_thread_goes_on(world: World) -> None:
    """The breakdown adds up to the headline; `cost` of what the thread asks is one click away."""
    await world.slack.command("/s3", "cost ap-southeast-2")
    answer = await world.slack.next_message("#s3-costs")
    assert answer["text"].startswith("S3 cost · region=ap-southeast-2")
    assert cells(answer)[0][:3] == ["Storage class", "For", "$ / month"]
    await world.slack.say("#s3-costs", "only standard", thread_ts=answer["ts"])
    narrowed = await world.slack.next_message("#s3-costs", answer["ts"])
    assert {row[0] for row in cells(narrowed)[1:]} == {"STANDARD"}


async def test_a_bill_is_not_read_unless_allowed(world: World) -> None:
    """Each reading costs a cent, so someone has to switch it on."""
    await world.slack.command("/s3", "bill 2026-10")
    told = await world.slack.next_ephemeral("#s3-costs")
    assert "S3MONITOR_BILL=true" in told["text"]
    assert world.sample.requests == ()
