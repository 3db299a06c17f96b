"""Describe a form and its answers in words, for read-only views, print and documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from forms.components import CONTAINERS, MULTIPLE_CHOICES, SINGLE_CHOICES, Component, Path, fetch
from forms.options import normalise
from forms.rules import plain
from forms.values import decimal

Line = tuple[str, str, str]
_WORDS = {"zh": {"yes": "是", "no": "否", "row": "第 {row} 行"}, "en": {"yes": "Yes", "no": "No", "row": "row {row}"}}


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A field of a form as lists and documents need it; `lists` are the paths of the lists it repeats in."""

    id: str
    path: Path
    label: str
    label_en: str
    type: str
    section: str
    section_en: str
    required: bool
    lists: tuple[Path, ...] = ()


def describe(root: Component) -> tuple[FieldInfo, ...]:
    """Give every field that holds an answer, in the order of the page."""
    return tuple(_describe(root, (), ("", ""), ()))


def _describe(
    component: Component, base: Path, section: tuple[str, str], lists: tuple[Path, ...]
) -> Iterator[FieldInfo]:
    path = (*base, *component.path)
    if component.keyed:
        names = label(component, "zh"), label(component, "en")
        required = bool(component.validate.get("required"))
        yield FieldInfo(component.id, path, *names, component.type, *section, required, lists)
        return
    if component.type in {"group", "dynamiclist"} and label(component, "zh"):
        section = label(component, "zh"), label(component, "en")
    if component.repeats:
        lists = (*lists, path)
    for child in component.children:
        yield from _describe(child, path, section, lists)


def lines(root: Component, answers: Mapping[str, Any], language: str, context: Mapping[str, Any]) -> list[Line]:
    """Give section, label and text of every answer that is there."""
    short = "zh" if language.lower().startswith("zh") else "en"
    return list(_lines(root, answers, "", short, context))


def _lines(component: Component, data: Any, section: str, language: str, context: Mapping[str, Any]) -> Iterator[Line]:
    if component.keyed:
        value = fetch(data, component.path)
        if _answered(data, component.path):
            yield section, label(component, language), in_words(component, value, language, context)
        return
    if component.type not in CONTAINERS:
        return
    if component.type != "default":
        section = label(component, language) or section
    inner = fetch(data, component.path)
    if not component.repeats:
        for child in component.children:
            yield from _lines(child, inner, section, language, context)
        return
    for number, row in enumerate(inner if isinstance(inner, list) else [], 1):
        title = f"{section} {_WORDS[language]['row'].format(row=number)}".strip()
        for child in component.children:
            yield from _lines(child, row, title, language, context)


def _answered(data: Any, path: Path) -> bool:
    parent = fetch(data, path[:-1])
    return isinstance(parent, Mapping) and path[-1] in parent


def label(component: Component, language: str) -> str:
    """Give the label of a component in a language, Chinese where it has no other."""
    properties = component.properties
    own = properties.get("label") or properties.get("dateLabel") or properties.get("timeLabel")
    own = own if isinstance(own, str) else ""
    if component.keyed and not own:
        own = component.path[-1]
    translated = component.extra.get("label_en")
    return translated if language == "en" and isinstance(translated, str) and translated else own


def in_words(component: Component, value: Any, language: str, context: Mapping[str, Any]) -> str:
    """Write one answer as text; an empty one is empty text."""
    if value is None or value in ("", []):
        return ""
    words = _WORDS[language]
    if component.type in SINGLE_CHOICES:
        return _label_of(component, value, language, context)
    if component.type in MULTIPLE_CHOICES and isinstance(value, list):
        return "、".join(_label_of(component, item, language, context) for item in value)
    if component.type == "attachment" and isinstance(value, list):
        return "、".join(str(entry.get("name", "")) for entry in value if isinstance(entry, Mapping))
    if isinstance(value, bool):
        return words["yes"] if value else words["no"]
    if component.type == "number":
        return _number(component, value)
    if component.type == "datetime":
        return str(value).replace("T", " ")
    if isinstance(value, list):
        return "、".join(in_words(component, item, language, context) for item in value)
    return plain(value) if isinstance(value, Decimal) else str(value)


def _number(component: Component, value: Any) -> str:
    number = decimal(value)
    written = plain(number) if number is not None else str(value)
    appearance = component.properties.get("appearance")
    suffix = appearance.get("suffixAdorner") if isinstance(appearance, Mapping) else None
    return f"{written} {suffix}" if isinstance(suffix, str) and suffix else written


def _label_of(component: Component, value: Any, language: str, context: Mapping[str, Any]) -> str:
    translated = component.extra.get("values_en")
    if language == "en" and isinstance(translated, Mapping) and isinstance(translated.get(str(value)), str):
        return str(translated[str(value)])
    key = component.properties.get("valuesKey")
    source = context.get(key) if isinstance(key, str) else component.properties.get("values")
    return next((name for option, name in normalise(source) if option == value), str(value))
