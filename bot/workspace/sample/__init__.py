"""A sample AWS account: one company's S3 estate, described purely, served by moto on loopback."""

from __future__ import annotations

from bot.workspace.sample.account import SampleAccount
from bot.workspace.sample.estate import Estate, SampleBucket
from bot.workspace.sample.faults import Faults, Request

__all__ = ["Estate", "Faults", "Request", "SampleAccount", "SampleBucket"]
