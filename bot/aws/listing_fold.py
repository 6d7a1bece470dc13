"""Pages folded into sums as they arrive: memory does not grow with the number of objects."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from bot.aws.listing_pages import Malformed, Page
from bot.aws.listing_versions import VersionPage
from bot.core.usage import NOTHING, SIZE_BANDS, Cell, Newest, Tally

#: Prefixes counted at once, and kept when there are more; the rest is counted as one.
_PREFIXES = 4096
_KEPT_PREFIXES = 2048
_BANDS = np.array(SIZE_BANDS)

#: Objects and bytes by class, month and lower bound of the size band.
_Cube = dict[tuple[str, str, int], list[int]]


class Fold:
    """The sums of a listing: cells by class, month and size band, newest object, prefixes.

    prefix: what was listed. depth: how many further parts, ended by `/`, a prefix is told by.
    Where there are thousands of prefixes, the small ones are given up into the rest as the
    listing goes on, so that the tally of one of those is "at least".
    """

    def __init__(self, prefix: str = "", depth: int = 1) -> None:
        self.objects = 0
        self._prefix = prefix
        self._depth = depth
        self._cube: _Cube = {}
        self._old: _Cube = {}
        self._newest: tuple[str, str] | None = None
        self._prefixes: dict[str, list[int]] = {}
        self._rest = [0, 0]
        self.delete_markers = 0

    def add(self, page: Page | VersionPage, count: int) -> None:
        """Add the first `count` objects of a page. Raises Malformed, and then adds nothing."""
        if isinstance(page, VersionPage):
            versions, among = page, count
            old, page = versions.objects(among, latest=False), versions.objects(among, latest=True)
            count = len(page)
            self._add_current(page, count)
            _sum_up(self._old, old, len(old))
            self.delete_markers += versions.markers(among)
        else:
            self._add_current(page, count)

    def _add_current(self, page: Page, count: int) -> None:
        if not count:
            return
        runs = self._runs(page, count)
        latest = page.latest(count)
        newest = (page.date(latest), page.key(latest))
        moment(newest[0])
        self.objects += count
        _sum_up(self._cube, page, count)
        if (
            self._newest is None
            or newest[0] > self._newest[0]
            or (newest[0] == self._newest[0] and newest[1] < self._newest[1])
        ):
            self._newest = newest
        for name, objects, total in runs:
            entry = self._rest if name is None else self._prefixes.setdefault(name, [0, 0])
            entry[0] += objects
            entry[1] += total
        if len(self._prefixes) > _PREFIXES:
            self._give_up_small_prefixes()

    def _runs(self, page: Page, count: int) -> list[tuple[str | None, int, int]]:
        """Runs of neighbouring keys under one prefix: its name, objects, bytes."""
        sums = [0, *np.cumsum(page.sizes[:count]).tolist()]
        runs = []
        begin = 0
        while begin < count:
            name = self._name(page.key(begin))
            end = begin + 1
            if name is not None:
                # The keys of a prefix are neighbours: look far first, then halve.
                low, high = begin, count
                if self._name(page.key(count - 1)) == name:
                    low = count - 1
                while high - low > 1:
                    middle = (low + high) // 2
                    if self._name(page.key(middle)) == name:
                        low = middle
                    else:
                        high = middle
                end = high
            elif self._all_bare(page):
                end = count
            else:
                while end < count and self._name(page.key(end)) is None:
                    end += 1
            runs.append((name, end - begin, sums[end] - sums[begin]))
            begin = end
        return runs

    def _all_bare(self, page: Page) -> bool:
        """Whether no key has a `/` beyond what was listed, looked up without decoding them."""
        if b"%" in page.body:
            return False  # perhaps a `/` in disguise
        return page.slashes == len(page) * self._prefix.count("/")

    def _name(self, key: str) -> str | None:
        end = len(self._prefix)
        for _ in range(self._depth):
            following = key.find("/", end)
            if following < 0:
                break
            end = following + 1
        return key[:end] if end > len(self._prefix) else None

    def _give_up_small_prefixes(self) -> None:
        ordered = sorted(self._prefixes.items(), key=lambda item: item[1][1], reverse=True)
        for _, (objects, total) in ordered[_KEPT_PREFIXES:]:
            self._rest[0] += objects
            self._rest[1] += total
        self._prefixes = dict(ordered[:_KEPT_PREFIXES])

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cube, in the order of class, month and size."""
        return _cells(self._cube)

    @property
    def noncurrent_cells(self) -> tuple[Cell, ...]:
        """The same of versions that are not current."""
        return _cells(self._old)

    @property
    def newest(self) -> Newest | None:
        """The object modified last; of several, the one whose key sorts first."""
        if self._newest is None:
            return None
        return Newest(self._newest[1], moment(self._newest[0]))

    def prefixes(self, top: int) -> tuple[tuple[str | None, Tally], ...]:
        """The `top` prefixes with most bytes, and the rest as None; together they are all."""
        ordered = sorted(self._prefixes.items(), key=lambda item: (-item[1][1], item[0]))
        rest = Tally(*self._rest)
        for _, counts in ordered[top:]:
            rest += Tally(*counts)
        named: list[tuple[str | None, Tally]] = [(name, Tally(*c)) for name, c in ordered[:top]]
        return (*named, (None, rest)) if rest != NOTHING else tuple(named)

    def document(self) -> dict[str, Any]:
        """Everything summed so far, as JSON can carry it."""
        return {
            "objects": self.objects,
            "prefix": self._prefix,
            "depth": self._depth,
            "cells": [[*cell, *counts] for cell, counts in self._cube.items()],
            "noncurrent": [[*cell, *counts] for cell, counts in self._old.items()],
            "newest": list(self._newest) if self._newest else None,
            "prefixes": [[name, *counts] for name, counts in self._prefixes.items()],
            "rest": list(self._rest),
            "delete_markers": self.delete_markers,
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Fold:
        """Go on from what `document` gave."""
        fold = cls(document["prefix"], document["depth"])
        fold.objects = document["objects"]
        fold._cube = {(k, m, b): [n, size] for k, m, b, n, size in document["cells"]}
        fold._old = {(k, m, b): [n, size] for k, m, b, n, size in document["noncurrent"]}
        fold._newest = tuple(document["newest"]) if document["newest"] else None
        fold._prefixes = {name: [n, size] for name, n, size in document["prefixes"]}
        fold._rest = list(document["rest"])
        fold.delete_markers = document["delete_markers"]
        return fold


def _sum_up(cube: _Cube, page: Page, count: int) -> None:
    """Add the first `count` objects of a page to a cube."""
    sizes = page.sizes[:count]
    # The first seven letters of a date are its month.
    months, month = np.unique(page.dates[0][:count] >> np.uint64(8), return_inverse=True)
    band = np.searchsorted(_BANDS, sizes, side="right") - 1
    cell = (page.kinds[:count] * len(months) + month) * len(_BANDS) + band
    objects = np.bincount(cell)
    held = np.zeros(len(objects), np.int64)
    np.add.at(held, cell, sizes)
    for index in np.flatnonzero(objects).tolist():
        rest, place = divmod(index, len(_BANDS))
        kind, place_of_month = divmod(rest, len(months))
        name = int(months[place_of_month]).to_bytes(7, "big").decode()
        counts = cube.setdefault((page.classes[kind], name, SIZE_BANDS[place]), [0, 0])
        counts[0] += int(objects[index])
        counts[1] += int(held[index])


def _cells(cube: _Cube) -> tuple[Cell, ...]:
    return tuple(
        Cell(kind, Tally(objects, total), month, band)
        for (kind, month, band), (objects, total) in sorted(cube.items())
    )


def moment(date: str) -> datetime:
    """S3's date as an aware datetime. Raises Malformed for a day that does not exist."""
    try:
        return datetime.fromisoformat(date).astimezone(UTC)
    except ValueError as error:
        raise Malformed("a date is on no calendar") from error
