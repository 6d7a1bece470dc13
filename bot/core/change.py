"""What moved between two reports of the same question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.core.cost import CENT
from bot.core.report import Report, Row


@dataclass(frozen=True, slots=True)
class Move:
    """One bucket's change. A bucket that is new was nothing before; one that is gone is now.

    usd_before, usd_after: dollars a month; None where not priced.
    """

    bucket: str
    region: str
    bytes_before: int
    bytes_after: int
    usd_before: Decimal | None
    usd_after: Decimal | None
    new: bool = False
    gone: bool = False

    @property
    def usd(self) -> Decimal:
        """The change in dollars a month; what is not priced counts as nothing."""
        return (self.usd_after or Decimal(0)) - (self.usd_before or Decimal(0))

    @property
    def bytes(self) -> int:
        """The change in bytes."""
        return self.bytes_after - self.bytes_before


@dataclass(frozen=True, slots=True)
class Change:
    """Every bucket that could be compared, the biggest movers first: in dollars, then in bytes.

    Every sum is over the comparable buckets, both times the same ones. A bucket's dollars are its
    share of its region's, so that they may move without a byte of it; the sums are exact.

    since: when the earlier numbers were true. incomparable: buckets measured only once of the
    two times because of a refusal, not because they are new or gone; they count in no sum.
    """

    since: datetime
    moves: tuple[Move, ...]
    incomparable: tuple[str, ...]

    @property
    def usd_before(self) -> Decimal:
        """Dollars a month of the comparable buckets, then."""
        return sum((move.usd_before or Decimal(0) for move in self.moves), Decimal(0))

    @property
    def usd_after(self) -> Decimal:
        """Dollars a month of the comparable buckets, now."""
        return sum((move.usd_after or Decimal(0) for move in self.moves), Decimal(0))

    @property
    def usd(self) -> Decimal:
        """The change in dollars a month."""
        return self.usd_after - self.usd_before

    @property
    def bytes(self) -> int:
        """The change in bytes."""
        return sum(move.bytes for move in self.moves)

    @property
    def movers(self) -> tuple[Move, ...]:
        """Those that moved: of a bucket that holds as many bytes as before, by a cent at least.

        Its share of the region's cost changes a little whenever another bucket does.
        """
        return tuple(
            move
            for move in self.moves
            if move.bytes or move.new or move.gone or abs(move.usd) >= CENT
        )


def change(before: Report, after: Report) -> Change:
    """Compare two reports of one query, `before` the earlier.

    A bucket skipped at either time, alone or with its whole account, measured in part, or from
    another source than before, is incomparable; so is one that was there before but is not in
    the earlier report.
    """
    then = {row.bucket: row for row in before.rows}
    now = {row.bucket: row for row in after.rows}
    unclear = {skip.bucket for report in (before, after) for skip in report.skipped}
    unclear |= {row.bucket for report in (before, after) for row in report.rows if not row.complete}
    unclear |= _of_skipped_accounts(then, after) | _of_skipped_accounts(now, before)
    unclear |= {name for name in then.keys() & now.keys() if then[name].source != now[name].source}
    unclear |= {
        row.bucket
        for name, row in now.items()
        if name not in then and row.created and row.created <= before.as_of
        if name not in before.elsewhere
    }
    names = then.keys() | now.keys()
    # A bucket that holds nothing of the classes asked for is neither new nor gone.
    there_then = then.keys() | set(before.elsewhere)
    there_now = now.keys() | set(after.elsewhere)
    moves = [
        _move(
            name,
            then.get(name),
            now.get(name),
            new=name not in there_then,
            gone=name not in there_now,
        )
        for name in names - unclear
    ]
    moves.sort(key=lambda move: (-abs(move.usd), -abs(move.bytes), move.bucket))
    return Change(before.as_of, tuple(moves), tuple(sorted(names & unclear)))


def _of_skipped_accounts(rows: Mapping[str, Row], other: Report) -> set[str]:
    """The buckets of accounts of which the other report has not seen a thing."""
    accounts = {skip.account for skip in other.skipped if skip.whole_account}
    return {name for name, row in rows.items() if row.account in accounts}


def _move(name: str, then: Row | None, now: Row | None, *, new: bool, gone: bool) -> Move:
    row = now or then
    return Move(
        bucket=name,
        region=row.region if row else "",
        bytes_before=then.bytes if then else 0,
        bytes_after=now.bytes if now else 0,
        usd_before=then.usd if then else Decimal(0),
        usd_after=now.usd if now else Decimal(0),
        new=new,
        gone=gone,
    )
