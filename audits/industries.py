"""Industries: classes of GB/T 4754-2017 and the audit industries (tags) that decision tables speak of.

The classes are data (``data/industries.csv``): every division, and the classes that audits meet most. A class that
the file does not name is valid when its division is, and takes its name and tags from the nearest class above it.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Final

PATTERN: Final = re.compile(r"^[A-T]?(\d{2,4})$")

TAGS: Final[dict[str, tuple[str, str]]] = {
    "thermal_power": ("火电", "Thermal power"),
    "energy": ("能源", "Energy"),
    "steel": ("钢铁", "Iron and steel"),
    "nonferrous": ("有色金属采选及冶炼", "Non-ferrous mining and smelting"),
    "petroleum": ("石油", "Petroleum"),
    "coking": ("焦化", "Coking"),
    "chemical": ("化工", "Chemicals"),
    "hazardous_waste": ("危险废物处置及综合利用", "Hazardous waste treatment"),
    "building_materials": ("建材", "Building materials"),
    "dyeing": ("印染", "Dyeing"),
    "paper": ("造纸", "Paper"),
    "api_drugs": ("原料药", "Active pharmaceutical ingredients"),
    "electroplating": ("电镀", "Electroplating"),
    "agro_food": ("农副食品加工", "Agro-food processing"),
    "food": ("食品", "Food"),
    "industrial_coating": ("工业涂装", "Industrial coating"),
    "packaging_printing": ("包装印刷", "Packaging printing"),
    "leather": ("制革", "Leather"),
    "battery": ("电池", "Batteries"),
    "coal": ("煤炭", "Coal"),
}


@dataclass(frozen=True, slots=True)
class Industry:
    """A class: its code without the section letter, its names, its tags."""

    code: str
    name: str
    name_en: str
    tags: tuple[str, ...]


@cache
def classes() -> dict[str, Industry]:
    """Read the shipped classes by code."""
    with resources.files("audits").joinpath("data/industries.csv").open(encoding="utf-8") as file:
        return {
            line["code"]: Industry(line["code"], line["name"], line["name_en"], tuple(line["tags"].split()))
            for line in csv.DictReader(file)
        }


def normalise(text: str) -> str:
    """Give the code without spaces and section letter: "D4411" becomes "4411"."""
    found = PATTERN.match(text.strip().upper())
    return found.group(1) if found else text.strip()


def valid(text: str) -> bool:
    """Say whether a text is a class of GB/T 4754 whose division exists."""
    found = PATTERN.match(text.strip().upper())
    return bool(found) and found.group(1)[:2] in classes()  # type: ignore[union-attr]


def nearest(code: str) -> Industry | None:
    """Give the class itself or the nearest one above it that the file names."""
    code = normalise(code)
    while len(code) >= 2:
        if code in classes():
            return classes()[code]
        code = code[:-1]
    return None


@lru_cache(maxsize=4096)
def name(code: str, language: str = "zh") -> str:
    """Write a class for people; an unknown one stays as its code."""
    found = nearest(code)
    if found is None:
        return code
    return found.name_en if language == "en" else found.name


def tags_of(code: str) -> list[str]:
    """Give the audit industries of a class."""
    found = nearest(code)
    return list(found.tags) if found else []


def options(language: str = "zh") -> list[tuple[str, str]]:
    """Give (code, name) of every class that the file names, in order."""
    return [
        (item.code, f"{item.code} {item.name_en if language == 'en' else item.name}") for item in classes().values()
    ]
