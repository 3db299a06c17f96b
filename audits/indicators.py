"""What an option saves, indicator by indicator: the ten of the province and what goes with them, each with one unit.

Heavy metals stand by element and in kilograms: a sum over elements would say nothing (domain: section 6). The list is
data, ``audits/data/indicators.json``; the forms offer the same keys, and a test keeps both alike.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

GROUPS: Final[dict[str, tuple[str, str]]] = {
    "air": ("大气污染物", "To air"),
    "water": ("水污染物", "To water"),
    "metal": ("重金属", "Heavy metals"),
    "resource": ("资源能源", "Resources"),
    "waste": ("废物", "Waste"),
}


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator: its names, the one unit its figures have, its group."""

    key: str
    zh: str
    en: str
    unit: str
    unit_en: str
    group: str
    source: str

    def name(self, language: str) -> str:
        """Name it in a language."""
        return self.en if language == "en" else self.zh

    def named_unit(self, language: str) -> str:
        """Write its unit in a language."""
        return self.unit_en if language == "en" else self.unit


@lru_cache(maxsize=1)
def known() -> dict[str, Indicator]:
    """Give every indicator by its key, in the order in which tables show them."""
    text = (resources.files("audits") / "data" / "indicators.json").read_text(encoding="utf-8")
    return {row["key"]: Indicator(**row) for row in json.loads(text)["indicators"]}
