"""A report as a Slack message, and the sentences that the terminal shares with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot.core.charges import Unpriced
from bot.core.patterns import Pattern, Patterns
from bot.core.query import Group, Query, Topic
from bot.core.report import Report, Row
from bot.core.usage import Skipped, Source
from bot.views import bucket
from bot.views.columns import CLASS_CHARACTERS, NAME_CHARACTERS, cells, columns, newest
from bot.views.format import age, clean, count, day, dollars, listed, size, why
from bot.views.message import (
    BUTTON_VALUE_CHARACTERS,
    TEXT_CHARACTERS,
    Block,
    Message,
    actions,
    button,
    context,
    cut,
    escape,
    fields,
    fitting,
    header,
    section,
    table,
)

#: Rows drawn when the question names no number.
USUAL_ROWS = 20
#: Prices older than this are remarked upon.
OLD_PRICES = timedelta(days=90)

#: The action_id of every button whose value is a question to ask in the message's thread.
ASK = "ask"

_SPOKEN_ROWS = 10
_NAMES = 5
_REASONS = 3
_LINE = 300


def report(data: Report, now: datetime) -> Message:
    """The whole answer, inside Slack's limits whatever the report holds."""
    if data.query.bucket and not data.rows:
        return bucket.missing(data)
    row = bucket.detailed(data)
    if row is not None:
        return _bucket(data, row, now)
    titles = [column.title for column in columns(data)]
    right = {at for at, column in enumerate(columns(data)) if column.right}
    rows = cells(data, USUAL_ROWS)
    rows = rows[: fitting(titles, rows)]
    drawn = [table(titles, rows, right)] if rows else []
    spoken = [
        f"{cells_[0]}: {cells_[1]} a month, {cells_[2]}, {count(line.objects, 'object')}"
        for cells_, line in zip(rows[:_SPOKEN_ROWS], data.lines, strict=False)
    ]
    left = len(data.lines) - len(spoken)
    if left > 0:
        spoken.append(f"and {left:,} more.")
    return _answer(data, now, drawn, spoken, len(rows))


def _bucket(data: Report, row: Row, now: datetime) -> Message:
    """One bucket: every fact, then its storage classes."""
    drawn = [fields(bucket.facts(row, data.query.unit, 200))]
    rows = bucket.class_cells(data, row)
    rows = rows[: fitting(bucket.CLASS_TITLES, rows)]
    if rows:
        drawn.append(table(bucket.CLASS_TITLES, rows, bucket.CLASS_RIGHT))
    spoken = [f"{cells_[0]}: {cells_[2]}, {cells_[1]} a month" for cells_ in rows[:_SPOKEN_ROWS]]
    spoken += [f"Newest object: {newest(row)}", f"In {clean(row.region, NAME_CHARACTERS)}"]
    return _answer(data, now, drawn, spoken, 1)


def _answer(
    data: Report, now: datetime, drawn: list[Block], spoken: list[str], rows: int
) -> Message:
    """What every answer has in common, around what is drawn of it and said of it."""
    small = [line for line in (shown(data, rows), *remarks(data, now)) if line]
    command = f"`{clean(str(data.query), BUTTON_VALUE_CHARACTERS)}`"
    blocks = [
        header(title(data.query)),
        section(f"*{escape(headline(data))}*"),
        *drawn,
        context(*(escape(line) for line in (*small, command))),
        _buttons(data),
    ]
    # the command before what may be cut off: replies to the message build upon it
    lines = [f"{title(data.query)}: {headline(data)}.", *spoken, command, *small]
    return Message(cut(escape("\n".join(lines)), TEXT_CHARACTERS), blocks)


def title(query: Query) -> str:
    """`S3 report`, with what narrows it."""
    if query.bucket:
        return f"S3 bucket {clean(query.bucket, NAME_CHARACTERS)}"
    parts = [str(part) for part in (query.regions, query.classes, query.buckets) if part]
    return clean(" · ".join(["S3 report", *parts]), _LINE)


def headline(data: Report) -> str:
    """The answer in one line: `At least $1,215.00 a month · 51.66 TB · 12 buckets · 3 objects`."""
    sums = data.totals
    if not sums.buckets:
        return _nothing(data)
    # "At least", said once in front, is said of everything
    least = sums.at_least and sums.usd is not None
    cost, held = f"{dollars(sums.usd)} a month", size(sums.bytes, data.query.unit)
    if sums.usd is None:
        cost, held = "Cost not known", held if data.complete else f"at least {held}"
    buckets = [] if bucket.detailed(data) else [count(sums.buckets, "bucket")]
    objects = count(sums.objects, "object")
    if sums.objects and not sums.counted and not least:
        objects = f"at least {objects}"
    line = " · ".join([cost, held, *buckets, objects])
    return f"At least {line}" if least else line


def _nothing(data: Report) -> str:
    query = data.query
    if data.elsewhere:
        where = clean(str(query.classes), _LINE)
        return (
            f"Nothing in {where}: {count(len(data.elsewhere), 'bucket')} measured, none holds any"
        )
    if data.skipped:
        return "Nothing could be measured"
    if query.regions or query.buckets:
        return "No bucket matches. `report` alone lists every bucket"
    return "These credentials see no buckets"


def shown(data: Report, rows: int) -> str:
    """`12 of 431 buckets shown, $3.00 of $70.66`; empty when all are."""
    lines = data.lines
    if rows >= len(lines):
        return ""
    noun = "buckets" if lines is data.rows else "groups"
    known = [line.usd for line in lines[:rows] if line.usd is not None]
    part = (
        f"{dollars(sum(known, Decimal(0)))} of {dollars(data.totals.usd)}"
        if known
        else "cost not known"
    )
    more = f"; `top={min(len(lines), 99)}` shows more" if data.query.top is None else ""
    return f"{rows:,} of {len(lines):,} {noun} shown, {part}{more}"


def remarks(data: Report, now: datetime) -> list[str]:
    """What the numbers leave out, then where they come from and how old they are."""
    lines = _skips(data.skipped)
    lines += _in_part(data)
    lines += _not_seen(data)
    lines += _not_priced(data.unpriced)
    if data.rows:
        lines.append(_sources(data, now))
    return lines


def _in_part(data: Report) -> list[str]:
    """`Counted in part (≥), access denied (needs s3:ListBucket): a; `fresh` goes on, …`."""
    reasons: dict[tuple[str | None, str | None], list[str]] = {}
    for row in data.rows:
        if not row.complete:
            names = reasons.setdefault((row.reason, row.permission), [])
            names.append(clean(row.bucket, NAME_CHARACTERS))
    advice = "`fresh`" if data.query.source is Source.LIST else "`source=list`"
    return [
        f"Counted in part (≥){why(reason, permission)}: {listed(names, _NAMES)}; "
        f"{advice} goes on, to the end"
        for (reason, permission), names in reasons.items()
    ]


def _not_seen(data: Report) -> list[str]:
    """Why the dollars of a bucket that was listed to the end are a lower bound."""
    names = [
        clean(row.bucket, NAME_CHARACTERS)
        for row in data.rows
        if row.source is Source.LIST and row.complete and not row.priced
        # what has no price is told of by itself
        if all(use.usd is not None for use in row.classes.values())
    ]
    if not names:
        return []
    which = f": {listed(names, _NAMES)}" if len(names) < len(data.rows) else ""
    return [f"Listed (≥) without noncurrent versions, unfinished uploads and access tiers{which}"]


def _not_priced(items: Iterable[Unpriced]) -> list[str]:
    kinds = {
        f"{clean(item.kind, CLASS_CHARACTERS) or item.component.value} "
        f"in {clean(item.region, NAME_CHARACTERS)}"
        for item in items
    }
    if not kinds:
        return []
    return [f"Not priced, and not in the dollars: {listed(sorted(kinds), _NAMES)}"]


def _sources(data: Report, now: datetime) -> str:
    """`From CloudWatch's daily metrics (17 h ago) and listings (just now); list prices of …`."""
    names = {Source.METRICS: "CloudWatch's daily metrics", Source.LIST: "listings"}
    used = []
    for source, name in names.items():
        moments = [row.as_of for row in data.rows if row.source is source]
        if moments:
            old = now - min(moments)
            when = day(min(moments)) if old > timedelta(days=1) else age(old)
            used.append(f"{name} ({when})")
    less = " less your discount" if data.discounted else ""
    priced = f"list prices of {data.prices_as_of.isoformat()}{less}"
    if now.date() - data.prices_as_of > OLD_PRICES:
        priced += " (more than 90 days old)"
    return f"From {' and '.join(used)}; {priced}, storage only"


def _skips(skipped: tuple[Skipped, ...]) -> list[str]:
    """A line a reason, those of most buckets first.

    `2 buckets skipped, access denied (needs s3:ListBucket): a and b`.
    """
    reasons: dict[tuple[str, str | None, bool], list[str]] = {}
    for skip in skipped:
        told = skip.account or "one account" if skip.whole_account else skip.bucket
        key = (skip.reason, skip.permission, skip.whole_account)
        reasons.setdefault(key, []).append(clean(told, NAME_CHARACTERS))
    # an account may hold any number of buckets
    most = sorted(reasons.items(), key=lambda each: (not each[0][2], -len(each[1])))
    lines = [
        f"{count(len(names), 'account' if account else 'bucket')} skipped"
        f"{why(reason, permission)}: {listed(names, _NAMES)}"
        for (reason, permission, account), names in most[:_REASONS]
    ]
    rest = sum(len(names) for _, names in most[_REASONS:])
    if rest:
        lines.append(f"{rest:,} more skipped, for {count(len(most) - _REASONS, 'other reason')}")
    return lines


def _buttons(data: Report) -> Block:
    """Follow-up questions, one click each: a button carries the whole question."""
    query = replace(data.query, fresh=False)
    choices: list[tuple[str, Query]] = []
    if bucket.detailed(data) is not None and query.source is not Source.LIST:
        choices.append(("List it now", replace(query, source=Source.LIST, fresh=True)))
    if bucket.detailed(data) is None and data.rows:
        choices = [
            (text, replace(query, group=group))
            for text, group in (
                ("By region", Group.REGION),
                ("By storage class", Group.CLASS),
                ("By bucket", Group.BUCKET),
            )
            if group is not query.group
        ]
    if data.rows:
        costs = replace(
            query, topic=Topic.COST, group=Group.BUCKET, bucket=None, buckets=_named(query)
        )
        choices.append(("What it is made of", costs))
    choices.append(("Measure again", replace(query, fresh=True)))
    return asking(choices)


def asking(choices: list[tuple[str, Query]]) -> Block:
    """Buttons that ask in the message's thread. An action_id occurs once a message."""
    made = [
        button(text, f"{ASK}:{at}", str(query))
        for at, (text, query) in enumerate(choices)
        # half a question would be another one
        if len(str(query)) <= BUTTON_VALUE_CHARACTERS
    ]
    return actions(*made) if made else actions(button("Report", f"{ASK}:0", "report"))


def _named(query: Query) -> Patterns:
    """The buckets asked about, as a filter."""
    return Patterns((Pattern(query.bucket),)) if query.bucket else query.buckets
