"""Dated facts about AWS, each file with its date and sources. Constants: any room may read them."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _document(name: str) -> Any:
    return json.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))


def storage_types() -> list[dict[str, Any]]:
    """CloudWatch's storage types: `storage_type`, `storage_class`, `price_key`, `meaning`."""
    types: list[dict[str, Any]] = _document("storage_types.json")["types"]
    return types


def regions() -> dict[str, str]:
    """Every region that has S3, by code, with AWS's name for it."""
    names: dict[str, str] = _document("regions.json")["regions"]
    return names


def prices() -> dict[str, Any]:
    """The S3 price table, as `core/prices.py` reads it."""
    table: dict[str, Any] = _document("prices.json")
    return table
