from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.storage import STORAGE_CLASSES, is_overhead, storage_types
from bot.core.usage import GB, KB, Newest, Tally
from bot.workspace.sample.estate import (
    DeleteMarker,
    Object,
    SampleBucket,
    Upload,
)
from bot.workspace.sample.history import ALL, metrics
from bot.workspace.sample.pelican import HOSTILE_KEYS, pelican_freight

NOW = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
DAY = timedelta(days=1)
ESTATE = pelican_freight(NOW)


def bucket(*objects: Object, **other: object) -> SampleBucket:
    """A bucket of these objects, and whatever else is told."""
    plain = SampleBucket("b", "111122223333", "us-east-1", NOW - 500 * DAY, {}, objects)
    return replace(plain, **other)  # type: ignore[arg-type]  # fields by name


def today(thing: SampleBucket, at: int = -1) -> dict[str, int]:
    """The points of one day, counted from the newest, by storage type."""
    moment = MIDNIGHT + (at + 1) * DAY
    return {
        kind: value
        for kind, points in metrics(thing, NOW, 84).items()
        for when, value in points
        if when == moment
    }


class TestPelicanFreight:
    def test_the_same_seed_gives_the_same_estate(self) -> None:
        """Same moment and seed, same estate, to the last key; another seed differs."""
        assert pelican_freight(NOW, 1) == ESTATE
        assert pelican_freight(NOW, 2) != ESTATE

    def test_it_is_as_large_as_promised(self) -> None:
        """Three accounts, five regions, about forty buckets, every class but Express."""
        living = list(ESTATE.living)
        assert len(ESTATE.accounts) == 3
        assert len({b.region for b in living}) == 5
        assert 36 <= len(living) <= 44
        classes = {name for b in living for name in b.counted_by_hand(NOW).classes}
        assert classes == set(STORAGE_CLASSES) - {"EXPRESS_ONEZONE"}

    def test_it_has_the_cases_that_a_report_must_survive(self) -> None:
        """Denied, empty, without metrics, untagged, versioned, unfinished, 20,000 objects."""
        living = list(ESTATE.living)
        counts = {b.name: b.counted_by_hand(NOW) for b in living}
        assert {b.name for b in living if b.denied and not b.metrics}
        assert {b.name for b in living if b.denied and b.metrics}
        assert {b.name for b in living if not b.metrics and not b.denied}
        assert {b.name for b in living if not b.tags}
        assert {name for name, count in counts.items() if count.objects == 0}
        assert {name for name, count in counts.items() if count.objects > 20_000}
        assert {name for name, count in counts.items() if count.noncurrent.bytes > count.bytes}
        assert {name for name, count in counts.items() if count.unfinished.bytes > count.bytes}
        assert sum(count.delete_markers for count in counts.values()) > 0
        keys = {thing.key for b in living for thing in b.objects}
        assert set(HOSTILE_KEYS) <= keys

    @pytest.mark.parametrize("seed", [1, 2])
    def test_lives_make_sense(self, seed: int) -> None:
        """Nothing is written in the future or before its bucket, and current keys are unique."""
        for b in pelican_freight(NOW, seed).buckets:
            current = [thing.key for thing in b.objects if thing.noncurrent is None]
            assert len(set(current)) == len(current), b.name
            assert all(b.created <= thing.born <= NOW for thing in b.objects), b.name
            assert all(thing.size > 0 for thing in b.objects), b.name

    def test_its_history_tells_the_story(self) -> None:
        """The runaway log bucket, the migration to Glacier, the deleted buckets."""
        by_name = ESTATE.by_name

        def week(name: str, kind: str) -> tuple[int, int]:
            return today(by_name[name], -8).get(kind, 0), today(by_name[name]).get(kind, 0)

        before, after = week("pelican-app-logs", "StandardStorage")
        assert after > 2 * before
        before, after = week("pelican-telemetry-archive", "GlacierStorage")
        assert after - before > 30 * 1024 * GB
        before, after = week("pelican-telemetry-archive", "StandardStorage")
        assert before > 30 * 1024 * GB
        assert after == 0
        before, after = week("pelican-search-prototype", "StandardStorage")
        assert before > 5 * 1024 * GB
        assert after == 0
        assert "pelican-search-prototype" not in {b.name for b in ESTATE.living}

    def test_metrics_agree_with_the_objects(self) -> None:
        """On every day of history: bytes without overheads are those of the lives replayed."""
        for b in ESTATE.buckets:
            if not b.metrics:
                continue
            series = metrics(b, NOW, 84)
            for back in (0, 7, 40, 84):
                moment = MIDNIGHT - back * DAY
                if not b.exists(moment) or back < b.late:
                    continue
                held = b.counted_by_hand(moment)
                bytes_ = sum(
                    value
                    for kind, points in series.items()
                    for when, value in points
                    if when == moment and kind != ALL and not is_overhead(kind)
                )
                assert bytes_ == held.bytes + held.noncurrent.bytes + held.unfinished.bytes, b.name
                objects = sum(value for when, value in series.get(ALL, ()) if when == moment)
                assert objects == held.objects + (
                    held.noncurrent.objects or 0
                ) + held.delete_markers + (held.unfinished.objects or 0), b.name

    def test_metrics_use_only_storage_types_that_exist(self) -> None:
        """Every series is one of CloudWatch's 27 storage types, or the count of objects."""
        kinds = {kind for b in ESTATE.buckets for kind in metrics(b, NOW, 84)}
        assert kinds <= storage_types().keys() | {ALL}
        assert len(kinds) > 20

    def test_every_series_ends_at_midnight_today_or_as_late_as_told(self) -> None:
        """The newest point is today's midnight; of a late bucket that of days before."""
        for b in ESTATE.living:
            for points in metrics(b, NOW, 84).values():
                assert all(moment.time() == MIDNIGHT.time() for moment, _ in points)
                assert points[-1][0] <= MIDNIGHT - b.late * DAY
        late = ESTATE.by_name["pelican-labs-notebooks"]
        assert metrics(late, NOW, 84)[ALL][-1][0] == MIDNIGHT - DAY


class TestMetrics:
    @pytest.mark.parametrize(
        ("storage_class", "size", "expected"),
        [
            ("STANDARD", 7, {"StandardStorage": 7}),
            ("REDUCED_REDUNDANCY", 7, {"ReducedRedundancyStorage": 7}),
            (
                "STANDARD_IA",
                100 * KB,
                {"StandardIAStorage": 100 * KB, "StandardIASizeOverhead": 28 * KB},
            ),
            ("STANDARD_IA", 128 * KB, {"StandardIAStorage": 128 * KB}),
            ("ONEZONE_IA", KB, {"OneZoneIAStorage": KB, "OneZoneIASizeOverhead": 127 * KB}),
            (
                "GLACIER_IR",
                KB,
                {"GlacierInstantRetrievalStorage": KB, "GlacierIRSizeOverhead": 127 * KB},
            ),
            (
                "GLACIER",
                GB,
                {
                    "GlacierStorage": GB,
                    "GlacierObjectOverhead": 32 * KB,
                    "GlacierS3ObjectOverhead": 8 * KB,
                },
            ),
            (
                "DEEP_ARCHIVE",
                1,
                {
                    "DeepArchiveStorage": 1,
                    "DeepArchiveObjectOverhead": 32 * KB,
                    "DeepArchiveS3ObjectOverhead": 8 * KB,
                },
            ),
        ],
    )
    def test_a_class_counts_into_its_storage_types(
        self, storage_class: str, size: int, expected: dict[str, int]
    ) -> None:
        """Objects count under their class, with the minimum sizes and indexes AWS adds."""
        held = bucket(Object("k", size, NOW - 5 * DAY, storage_class))
        assert {**expected, ALL: 1} == today(held)

    @pytest.mark.parametrize(
        ("age", "archives", "expected"),
        [
            (10, False, {"IntelligentTieringFAStorage": GB}),
            (45, False, {"IntelligentTieringIAStorage": GB}),
            (400, False, {"IntelligentTieringAIAStorage": GB}),
            (
                120,
                True,
                {
                    "IntelligentTieringAAStorage": GB,
                    "IntAAObjectOverhead": 32 * KB,
                    "IntAAS3ObjectOverhead": 8 * KB,
                },
            ),
            (
                400,
                True,
                {
                    "IntelligentTieringDAAStorage": GB,
                    "IntDAAObjectOverhead": 32 * KB,
                    "IntDAAS3ObjectOverhead": 8 * KB,
                },
            ),
        ],
    )
    def test_intelligent_tiering_falls_through_its_tiers(
        self, age: int, archives: bool, expected: dict[str, int]
    ) -> None:
        """By days without access; into the archive tiers only where they were opted into."""
        thing = Object("k", GB, NOW - age * DAY, "INTELLIGENT_TIERING")
        assert {**expected, ALL: 1} == today(bucket(thing, archives=archives))

    def test_small_or_read_objects_stay_in_the_frequent_tier(self) -> None:
        """An object below 128 KB is never tiered down, nor is one that is read."""
        small = Object("s", 128 * KB - 1, NOW - 400 * DAY, "INTELLIGENT_TIERING")
        read = Object("r", GB, NOW - 400 * DAY, "INTELLIGENT_TIERING", read=True)
        expected = {"IntelligentTieringFAStorage": GB + 128 * KB - 1, ALL: 2}
        assert expected == today(bucket(small, read))

    def test_a_move_counts_from_the_next_midnight(self) -> None:
        """A lifecycle transition shows in the first point after it."""
        thing = Object("k", GB, NOW - 9 * DAY, moves=((NOW - 2 * DAY, "STANDARD_IA"),))
        assert today(bucket(thing), -3) == {"StandardStorage": GB, ALL: 1}
        assert today(bucket(thing), -2) == {"StandardIAStorage": GB, ALL: 1}

    def test_noncurrent_versions_markers_and_parts_count(self) -> None:
        """CloudWatch counts what a listing does not see; archive uploads count as staging."""
        old = Object("k", 5, NOW - 9 * DAY, noncurrent=NOW - 5 * DAY)
        held = bucket(
            old,
            delete_markers=(DeleteMarker("k", NOW - 5 * DAY),),
            uploads=(
                Upload("u", NOW - 4 * DAY, (3, 3)),
                Upload("v", NOW - 4 * DAY, (7,), "GLACIER"),
            ),
        )
        expected = {"StandardStorage": 11, "GlacierStagingStorage": 7, ALL: 5}
        assert expected == today(held)

    def test_what_is_gone_has_no_points(self) -> None:
        """Neither an expired object, nor a deleted bucket, nor one without metrics is reported."""
        thing = Object("k", GB, NOW - 9 * DAY, died=NOW - 3 * DAY)
        assert today(bucket(thing)) == {}
        assert today(bucket(thing), -4) == {"StandardStorage": GB, ALL: 1}
        alive = Object("k", GB, NOW - 9 * DAY)
        assert today(bucket(alive, deleted=NOW - 2 * DAY)) == {}
        assert dict(metrics(bucket(alive, metrics=False), NOW, 84)) == {}

    @given(
        st.lists(
            st.tuples(
                st.integers(1, 10**12),
                st.floats(0.1, 300),
                st.one_of(st.none(), st.floats(0.01, 0.99)),
                st.sampled_from(sorted(set(STORAGE_CLASSES) - {"EXPRESS_ONEZONE"})),
                st.sampled_from(["STANDARD_IA", "GLACIER", "INTELLIGENT_TIERING"]),
            ),
            max_size=8,
        ),
        st.integers(0, 84),
        st.booleans(),
    )
    def test_replaying_lives_equals_looking_at_them(
        self,
        drawn: list[tuple[int, float, float | None, str, str]],
        back: int,
        archives: bool,
    ) -> None:
        """On any day the bytes, overheads aside, are those of the objects alive that midnight."""
        things = [
            Object(
                f"k{n}",
                size,
                NOW - age * DAY,
                storage_class,
                moves=((NOW - age * DAY / 2, to),),
                died=None if dies is None else NOW - age * DAY * dies,
            )
            for n, (size, age, dies, storage_class, to) in enumerate(drawn)
        ]
        moment = MIDNIGHT - back * DAY
        points = today(bucket(*things, archives=archives), -1 - back)
        expected = sum(thing.size for thing in things if thing.lives(moment))
        assert expected == sum(
            value for kind, value in points.items() if kind != ALL and not is_overhead(kind)
        )


class TestCountedByHand:
    def test_it_counts_current_versions_as_they_were(self) -> None:
        """Classes, newest object and what a listing cannot see, at a moment of one's choice."""
        then = NOW - 3 * DAY
        held = bucket(
            Object("a", 1, NOW - 9 * DAY, moves=((NOW - 2 * DAY, "GLACIER"),)),
            Object("b", 2, NOW - 5 * DAY, noncurrent=NOW - 4 * DAY),
            Object("b", 4, NOW - 4 * DAY),
            Object("A", 8, NOW - 4 * DAY),
            Object("c", 16, NOW - DAY),
            uploads=(Upload("u", NOW - 8 * DAY, (32, 64)),),
        )
        counted = held.counted_by_hand(then)
        assert counted.classes == {"STANDARD": Tally(3, 13)}
        assert counted.newest == Newest("A", NOW - 4 * DAY)
        assert counted.noncurrent == Tally(1, 2)
        assert counted.unfinished == Tally(2, 96)
        assert held.counted_by_hand(NOW).classes == {
            "GLACIER": Tally(1, 1),
            "STANDARD": Tally(3, 28),
        }
