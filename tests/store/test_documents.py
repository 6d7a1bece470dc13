import gc
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.patterns import Pattern, Patterns
from bot.core.snapshot import Scope, Snapshot
from bot.core.usage import SIZE_BANDS, Cell, Source, Tally, Usage
from bot.errors import StoreError
from bot.store import documents
from tests.contracts.estate import snapshot

FIRST = Path(__file__).parent / "golden" / "document-1.jsonl"
SCOPE = Scope(
    Source.LIST,
    Patterns((Pattern("eu-*"), Pattern("-north-", regex=True, exclude=True))),
    Patterns((Pattern("logs-*"),)),
)

# JSON carries every character but half of a pair
texts = st.text(st.characters(exclude_categories=["Cs"]))
moments = st.datetimes(timezones=st.just(UTC))
tallies = st.builds(Tally, st.none() | st.integers(0), st.integers(0))


def test_documents_of_the_first_version_are_read():
    """The golden file is never written again: whatever is added, it must stay readable."""
    assert documents.unpack(gzip.compress(FIRST.read_bytes())) == snapshot(scope=SCOPE)


def test_what_is_not_known_is_passed_over():
    """A replica not yet upgraded reads what an upgraded one wrote."""
    lines = [json.loads(line) for line in FIRST.read_text().splitlines()]
    for line in lines:
        line["colour"] = "blue"
    lines[1]["cells"][0]["colour"] = "blue"
    newer = "\n".join(json.dumps(line) for line in lines)
    assert documents.unpack(gzip.compress(newer.encode())) == snapshot(scope=SCOPE)


def test_what_was_not_there_yet_has_its_default():
    """Only fields without a default need be in a document."""
    old = (
        '{"taken_at": "2026-03-02T09:00:00Z", "usages": []}\n'
        '{"bucket": "b", "region": "r", "created": null, "source": "list",'
        ' "as_of": "2026-03-02T09:00:00Z", "objects": 0, "cells": []}\n'
    )
    moment = datetime(2026, 3, 2, 9, tzinfo=UTC)
    usage = Usage("b", "r", None, Source.LIST, moment, 0, ())
    assert documents.unpack(gzip.compress(old.encode())) == Snapshot(moment, (usage,))


@given(
    st.builds(
        Snapshot,
        moments,
        st.lists(
            st.builds(
                Usage,
                bucket=texts,
                region=texts,
                created=st.none() | moments,
                source=st.sampled_from(Source),
                as_of=moments,
                objects=st.none() | st.integers(0),
                cells=st.lists(
                    st.builds(Cell, texts, tallies, st.none() | texts, st.sampled_from(SIZE_BANDS)),
                    max_size=3,
                ).map(tuple),
                prefixes=st.lists(st.tuples(st.none() | texts, tallies), max_size=3).map(tuple),
            ),
            max_size=3,
        ).map(tuple),
    )
)
def test_a_document_says_all_of_its_snapshot(taken: Snapshot):
    """Any text, any size, any time."""
    assert documents.unpack(documents.pack(taken)) == taken


def test_the_same_snapshot_gives_the_same_document():
    """No time of writing, no name of a file in it."""
    assert documents.pack(snapshot()) == documents.pack(snapshot())


def test_documents_are_compact():
    """A cell of a large estate takes less than 20 bytes."""
    moment = datetime(2026, 3, 2, 9, tzinfo=UTC)
    usages = [
        Usage(
            bucket=f"bucket-{number}",
            region="us-east-1",
            created=moment,
            source=Source.LIST,
            as_of=moment,
            objects=10**6,
            cells=tuple(
                Cell(kind, Tally(number * 7919 % 9973, number * 104729), f"2026-{month:02}", band)
                for kind in ("STANDARD", "GLACIER_IR")
                for month in range(1, 13)
                for band in SIZE_BANDS
            ),
        )
        for number in range(50)
    ]
    cells = sum(len(usage.cells) for usage in usages)
    assert len(documents.pack(Snapshot(moment, tuple(usages)))) < 20 * cells


@pytest.mark.parametrize("damage", [b"", b"no gzip", "cut", "flipped", "other"])
def test_a_damaged_document_is_told(damage: bytes | str):
    """Not a traceback, and never a snapshot with less in it."""
    document = documents.pack(snapshot())
    damaged = {
        "cut": document[:-20],
        "flipped": document[:60] + bytes([document[60] ^ 1]) + document[61:],
        "other": gzip.compress(b'{"taken_at": 3, "usages": 4}'),
    }.get(str(damage), damage)
    with pytest.raises(StoreError, match=r"cannot be read\. Restore"):
        documents.unpack(bytes(damaged))
    assert gc.isenabled()


def test_a_scope_comes_back():
    """And the same scope is the same text, which is how it is found again."""
    assert documents.scope_of(documents.scope_text(SCOPE)) == SCOPE
    with pytest.raises(StoreError):
        documents.scope_of("[]")
