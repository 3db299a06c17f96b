"""Units as English pages write them; Chinese ones are those of the forms."""

from __future__ import annotations

from typing import Final

_ENGLISH: Final = {"万元": "10k CNY", "万kWh": "10 MWh", "万m³": "10k m³"}


def unit_name(unit: str, language: str) -> str:
    """Write a unit in a language."""
    if language == "en":
        for chinese, english in _ENGLISH.items():
            unit = unit.replace(chinese, english)
    return unit
