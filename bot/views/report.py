"""A report as a Slack message, and the sentences that the terminal shares with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from bot.core.query import Query
from bot.core.report import Report
from bot.core.usage import Skipped, Source
from bot.views.columns import cells, columns
from bot.views.format import age, clean, count, day, dollars, listed, size
from bot.views.message import (
    TEXT_CHARACTERS,
    Block,
    Message,
    actions,
    button,
    context,
    cut,
    escape,
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


def report(data: Report, now: datetime) -> Message:
    """The whole answer, inside Slack's limits whatever the report holds."""
    if data.query.bucket and not data.rows:
        return _missing_bucket(data)
    titles = [column.title for column in columns(data)]
    right = {at for at, column in enumerate(columns(data)) if column.right}
    rows = cells(data, USUAL_ROWS)
    rows = rows[: fitting(titles, rows)]
    blocks = [header(title(data.query)), section(f"*{escape(headline(data))}*")]
    if rows:
        blocks.append(table(titles, rows, right))
    small = [shown(data, len(rows)), *remarks(data, now), f"`{data.query}`"]
    blocks.append(context(*(escape(line) for line in small if line)))
    blocks.append(_buttons(data.query))
    return Message(cut(escape(_spoken(data, len(rows), now)), TEXT_CHARACTERS), blocks)


def title(query: Query) -> str:
    """`S3 report`, with what narrows it."""
    if query.bucket:
        return f"S3 bucket {query.bucket}"
    parts = [str(part) for part in (query.regions, query.classes, query.buckets) if part]
    return " · ".join(["S3 report", *parts])


def headline(data: Report) -> str:
    """The answer in one line: `At least $1,215.00 a month · 51.66 TB · 12 buckets · 3 objects`."""
    totals = data.totals
    if not totals.buckets:
        return _nothing(data)
    cost = "cost not known" if totals.usd is None else f"{dollars(totals.usd)} a month"
    parts = [cost, size(totals.bytes, data.query.unit), count(totals.buckets, "bucket")]
    parts.append(f"{count(totals.objects, 'object')}")
    line = " · ".join(parts)
    return f"At least {line}" if totals.at_least else line


def _nothing(data: Report) -> str:
    if data.skipped:
        return f"Nothing could be measured: {count(len(data.skipped), 'bucket')} skipped"
    if data.elsewhere:
        held = f"{count(len(data.elsewhere), 'bucket')} measured"
        return f"Nothing in {data.query.classes}: {held}, none holds any"
    return "No bucket matches"


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
    """Where the numbers come from, how old they are, and what they leave out."""
    lines = [_sources(data, now)] if data.rows else []
    partial = [row.bucket for row in data.rows if not row.complete]
    if partial:
        names = listed([clean(name, 64) for name in partial], 5)
        lines.append(f"Counted in part (≥): {names}; `source=list` counts them whole")
    lines += _skips(data.skipped)
    if data.unpriced:
        kinds = sorted({f"{clean(item.kind, 40)} in {item.region}" for item in data.unpriced})
        lines.append(f"Not priced, and not in the dollars: {listed(kinds, 5)}")
    return lines


def _sources(data: Report, now: datetime) -> str:
    names = {Source.METRICS: "CloudWatch's daily metrics", Source.LIST: "listings"}
    used = [names[source] for source in names if any(row.source is source for row in data.rows)]
    oldest = day(data.as_of) if now - data.as_of > timedelta(days=1) else age(now - data.as_of)
    priced = f"list prices of {data.prices_as_of.isoformat()}"
    if now.date() - data.prices_as_of > OLD_PRICES:
        priced += " (more than 90 days old)"
    return f"From {' and '.join(used)}, as of {oldest}; {priced}, storage only"


def _skips(skipped: tuple[Skipped, ...]) -> list[str]:
    """One line a reason: `2 buckets skipped, access denied (needs s3:ListBucket): a and b`."""
    reasons: dict[tuple[str, str | None], list[str]] = {}
    for skip in skipped:
        reasons.setdefault((skip.reason, skip.permission), []).append(clean(skip.bucket, 64))
    return [
        f"{count(len(names), 'bucket')} skipped, {reason}"
        f"{f' (needs {permission})' if permission else ''}: {listed(names, 5)}"
        for (reason, permission), names in reasons.items()
    ]


def _spoken(data: Report, rows: int, now: datetime) -> str:
    """What a notification and a screen reader say: the headline, the top rows, the remarks."""
    lines = [f"{title(data.query)}: {headline(data)}."]
    for line in data.lines[: min(rows, 10)]:
        held = f"{dollars(line.usd)} a month, {size(line.bytes, data.query.unit)}"
        lines.append(f"{clean(line.name, 64)}: {held}, {count(line.objects, 'object')}")
    left = len(data.lines) - min(rows, 10)
    if left > 0:
        lines.append(f"and {left:,} more.")
    return "\n".join([*lines, *remarks(data, now), f"`{data.query}`"])


def _missing_bucket(data: Report) -> Message:
    if data.skipped:
        text = "; ".join(_skips(data.skipped))
    else:
        text = (
            f"There is no bucket `{data.query.bucket}` that these credentials can see. "
            "`report` lists those there are."
        )
    return Message(escape(text), [section(escape(text))])


def _buttons(query: Query) -> Block:
    """Follow-up questions, one click each. An action_id occurs once a message."""
    choices = [("By region", "by region"), ("By storage class", "by class")]
    if query.bucket:
        choices = [("List it now", "source=list fresh")]
    choices.append(("Measure again", "fresh"))
    return actions(
        *(button(text, f"{ASK}:{at}", words) for at, (text, words) in enumerate(choices))
    )
