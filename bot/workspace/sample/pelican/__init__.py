"""Pelican Freight, a haulage company that exists only here: its three accounts and their buckets.

Its last twelve weeks have a story: checkout's debug logging was left on and its log bucket ran
away; the telemetry archive moved to Glacier; a search prototype and an old ETL bucket were
deleted; labs' robot footage began to pile up. Everything else goes on as every week.
"""

from __future__ import annotations

from datetime import datetime

from bot.workspace.sample.estate import Estate
from bot.workspace.sample.pelican.data import data
from bot.workspace.sample.pelican.labs import labs
from bot.workspace.sample.pelican.lives import HISTORY_DAYS
from bot.workspace.sample.pelican.production import HOSTILE_KEYS, production
from bot.workspace.sample.pelican.shelf import ACCOUNTS

__all__ = ["COMPANY", "HOSTILE_KEYS", "pelican_freight"]

COMPANY = "Pelican Freight"


def pelican_freight(now: datetime, seed: int = 1) -> Estate:
    """The estate as of `now` (aware, UTC). The same moment and seed give the same estate."""
    buckets = (*production(now, seed), *data(now, seed), *labs(now, seed))
    return Estate(COMPANY, now.replace(microsecond=0), seed, HISTORY_DAYS, ACCOUNTS, buckets)
