from datetime import UTC, datetime, timedelta

from bot.core.language import parse_query
from tests.contracts.conftest import Reopen, Store

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
GLACIER = parse_query("report class=GLACIER bucket=logs-*,-/tmp$/ top=3 unit=GB private")
REGIONS = parse_query("report group=region")


async def test_a_thread_knows_its_question_after_a_restart(reopen: Reopen):
    """What was remembered by one process is recalled by the next."""
    await (await reopen()).threads.remember("C1", "1.000100", GLACIER, NOW)
    assert await (await reopen()).threads.recall("C1", "1.000100") == GLACIER


async def test_a_later_question_replaces_the_earlier_one(store: Store):
    """A follow-up becomes the thread's question."""
    await store.threads.remember("C1", "1.000100", GLACIER, NOW)
    await store.threads.remember("C1", "1.000100", REGIONS, NOW + timedelta(minutes=1))
    assert await store.threads.recall("C1", "1.000100") == REGIONS


async def test_other_threads_are_not_the_bots(store: Store):
    """Neither another message of the channel, nor that message of another channel."""
    await store.threads.remember("C1", "1.000100", GLACIER, NOW)
    assert await store.threads.recall("C1", "1.000200") is None
    assert await store.threads.recall("C2", "1.000100") is None
