"""Read what a person wrote into a cell of a table, as a spreadsheet or a clipboard gives it.

The page reads the same texts the same way (server/ui/src/task/cells.js): thousands separators, full-width signs, the
usual ways of writing a date, labels of choices. What does not fit stays as the text it is, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from forms.components import MULTIPLE_CHOICES, SINGLE_CHOICES, Component, mapping
from forms.messages import text as message
from forms.values import real_date

MOST_DIGITS: Final = 15  # what a number of JSON keeps
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\Z", re.ASCII)
_GROUPED: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?\Z", re.ASCII)
_DAY: Final = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})[日号]"
    r"|(\d{2})(\d{2}))(?:[T ]00:00(?::00(?:\.0+)?)?)?\Z",
    re.ASCII,
)
_SPACES: Final = re.compile("[\u3000\u00a0\u2000-\u200b\ufeff]")
_WIDE: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x2212: ord("-")}
_YES: Final = frozenset({"是", "√", "✓", "✔", "y", "yes", "true", "1", "有"})
_NO: Final = frozenset({"否", "×", "✗", "✘", "x", "n", "no", "false", "0", "无"})
_EMPTY: Final[dict[str, Any]] = {"textfield": "", "textarea": "", "checkbox": False}
Options = Sequence[tuple[Any, str]]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell holds; with a ``problem`` the value is the text as it was written."""

    value: Any
    problem: str = ""


def plain_text(text: str) -> str:
    """Give a text with full-width signs as their plain counterparts, without space around."""
    return _SPACES.sub(" ", text.translate(_WIDE)).strip()


def unit_of(component: Component) -> str:
    """Give the unit that stands behind a field's value."""
    unit = mapping(component.properties.get("appearance")).get("suffixAdorner")
    return unit if isinstance(unit, str) else ""


def read_cell(component: Component, text: str, options: Options, language: str) -> Cell:
    """Read the text of a cell; an empty one is the empty value of its type, which is not 0."""
    if plain_text(text) == "":
        return Cell([] if component.type in MULTIPLE_CHOICES else _EMPTY.get(component.type))
    kind = component.type
    if kind == "number":
        return _number(component, text, language)
    if kind == "datetime":
        return _day(text, language) if component.properties.get("subtype") == "date" else Cell(plain_text(text))
    if kind == "checkbox":
        return _flag(text, language)
    if kind in MULTIPLE_CHOICES:
        return _choices(component, text, options, language)
    if kind in SINGLE_CHOICES:
        found = _choice(component, text, options)
        return Cell(found[0]) if found else Cell(text, message("option", language))
    if kind == "textfield":
        return Cell(re.sub(r"[\r\n\t]+", " ", text).strip())
    return Cell(text.strip())


def _number(component: Component, text: str, language: str) -> Cell:
    written, unit = plain_text(text), plain_text(unit_of(component))
    if unit and written.endswith(unit):
        written = written[: -len(unit)].strip()
    bracketed = re.fullmatch(r"\((.+)\)", written)
    written = (f"-{bracketed[1]}" if bracketed else written).replace(" ", "")
    if _GROUPED.match(written):
        written = written.replace(",", "")
    if not _NUMBER.match(written):
        return Cell(text, message("not_a_number", language))
    digits = re.sub(r"[^0-9]", "", re.split("[eE]", written)[0]).strip("0")
    if len(digits) > MOST_DIGITS:
        return Cell(text, message("digits", language, value=MOST_DIGITS))
    number = float(written)
    return Cell(int(number) if number.is_integer() and abs(number) < 10**MOST_DIGITS else number)


def _day(text: str, language: str) -> Cell:
    found = _DAY.match(re.sub(r"\s+", " ", plain_text(text)))
    if found:
        year, month, day = (part for part in found.groups() if part is not None)
        written = f"{year}-{int(month):02}-{int(day):02}"
        if real_date(written):
            return Cell(written)
    return Cell(text, message("date", language))


def _flag(text: str, language: str) -> Cell:
    wanted = _folded(text)
    if wanted in _YES | _NO:
        return Cell(wanted in _YES)
    return Cell(text, message("boolean", language))


def _folded(text: Any) -> str:
    return re.sub(r"\s+", "", plain_text(str(text))).lower()


def _choice(component: Component, text: str, options: Options) -> tuple[Any, str] | None:
    wanted = _folded(text)
    english = mapping(component.extra.get("values_en"))
    for value, name in options:
        if wanted in {_folded(known) for known in (value, name, english.get(str(value))) if known is not None}:
            return value, name
    return None


def _choices(component: Component, text: str, options: Options, language: str) -> Cell:
    found = [_choice(component, part, options) for part in re.split("[、，,;；\n]", text) if part.strip()]
    if all(found):
        return Cell([one[0] for one in found if one])
    return Cell(text, message("option", language))
