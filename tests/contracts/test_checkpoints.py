"""Listings under way are kept, replaced and forgotten."""

from tests.contracts.conftest import Reopen, Store

FIRST = {"left": [["a", None, ""]], "fold": {"objects": 3}, "text": "<!channel> \x00 \U0001f600"}
SECOND = {"left": [], "fold": {"objects": 4}}


async def test_nothing_is_kept_of_an_unknown_scan(store: Store):
    """It begins anew."""
    assert await store.checkpoints.load("scan") is None


async def test_the_last_document_is_kept(reopen: Reopen):
    """A restarted bot finds it, and no other scan's."""
    before = await reopen()
    await before.checkpoints.save("scan", FIRST)
    await before.checkpoints.save("other", SECOND)
    after = await reopen()
    assert await after.checkpoints.load("scan") == FIRST
    await after.checkpoints.save("scan", SECOND)
    assert await after.checkpoints.load("scan") == SECOND


async def test_a_dropped_scan_is_forgotten(store: Store):
    """And dropping it again does nothing."""
    await store.checkpoints.save("scan", FIRST)
    await store.checkpoints.drop("scan")
    await store.checkpoints.drop("scan")
    assert await store.checkpoints.load("scan") is None


async def test_what_a_scan_learned_is_kept_apart(reopen: Reopen):
    """A scan that ends forgets how far it was, not what it found out."""
    before = await reopen()
    await before.checkpoints.save("scan", FIRST)
    await before.landmarks.save("scan", SECOND)
    await before.checkpoints.drop("scan")
    after = await reopen()
    assert await after.checkpoints.load("scan") is None
    assert await after.landmarks.load("scan") == SECOND
