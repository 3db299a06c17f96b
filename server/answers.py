"""Submitted answers as people read them: each field's label with its value, choices in words, files as links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from server.language import say

GROUPS = {"group"}
SILENT = {"text", "html", "separator", "spacer", "button", "image", "table"}


@dataclass(frozen=True, slots=True)
class Fact:
    """A field with its answer. ``files`` for attachments, ``table`` (heads and rows) for repeated groups."""

    label: str
    text: str = ""
    files: list[dict[str, Any]] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


def facts(schema: Mapping[str, Any], answers: Mapping[str, Any], names: Mapping[str, str] | None = None) -> list[Fact]:
    """List the answered fields in the order of the form; ``names`` puts ids (experts, consultancies) into words."""
    return list(_walk(schema.get("components", []), answers, names or {}))


def _walk(components: list[dict[str, Any]], answers: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Fact]:
    for component in components:
        kind = component.get("type", "")
        if kind in SILENT:
            continue
        if kind in GROUPS:
            inner = answers.get(component["path"], {}) if component.get("path") else answers
            yield from _walk(component.get("components", []), inner if isinstance(inner, Mapping) else {}, names)
            continue
        key = component.get("path") if kind == "dynamiclist" else component.get("key")
        value = answers.get(key) if key else None
        if value in (None, "", []):
            continue
        yield _fact(component, kind, value, names)


def _fact(component: dict[str, Any], kind: str, value: Any, names: Mapping[str, str]) -> Fact:
    label = str(component.get("label") or component.get("key") or component.get("path") or "")
    if kind == "attachment":
        return Fact(label, files=[item for item in value if isinstance(item, dict)])
    if kind == "dynamiclist":
        columns = [inner for inner in _flat(component.get("components", [])) if inner.get("key")]
        rows = [
            [_words(inner, row.get(inner["key"]), names) for inner in columns] for row in value if isinstance(row, dict)
        ]
        return Fact(label, heads=[str(inner.get("label") or inner["key"]) for inner in columns], rows=rows)
    return Fact(label, _words(component, value, names))


def _flat(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for component in components:
        if component.get("type") in GROUPS:
            yield from _flat(component.get("components", []))
        elif component.get("type") not in SILENT:
            yield component


def _words(component: dict[str, Any], value: Any, names: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, list):
        return "；".join(_words(component, item, names) for item in value)
    if isinstance(value, dict):
        return str(value.get("name") or value.get("label") or "")
    choices = {str(option.get("value")): str(option.get("label")) for option in component.get("values", [])}
    text = "" if value is None else str(value)
    unit = (component.get("appearance") or {}).get("suffixAdorner", "")
    return (choices.get(text) or names.get(text) or text) + (f" {unit}" if unit and text else "")
