"""The forms the product ships, and their texts in another language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from functools import lru_cache
from importlib import resources
from typing import Any

# The free property with a translation, and the property of the component that it replaces.
_TRANSLATED = {
    "label_en": ("label", "dateLabel", "timeLabel"),
    "description_en": ("description",),
    "text_en": ("text",),
}


@lru_cache(maxsize=1)
def _files() -> dict[str, str]:
    folder = resources.files("forms") / "definitions"
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda file: file.name)
    return {file.name.removesuffix(".json"): file.read_text(encoding="utf-8") for file in found}


def shipped() -> dict[str, dict[str, Any]]:
    """Give every shipped definition by its key; each call gives fresh copies."""
    return {key: json.loads(content) for key, content in _files().items()}


def localise(definition: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Give a copy of a definition with its texts in a language; Chinese is what definitions are written in."""
    copy = deepcopy(dict(definition))
    if not language.lower().startswith("zh"):
        _translate(copy)
    return copy


def _translate(component: dict[str, Any]) -> None:
    extra = component.get("properties")
    if isinstance(extra, dict):
        for source, targets in _TRANSLATED.items():
            if isinstance(extra.get(source), str):
                for target in targets:
                    if target in component:
                        component[target] = extra[source]
        _translate_rest(component, extra)
    inner = component.get("components")
    for child in inner if isinstance(inner, list) else []:
        if isinstance(child, dict):
            _translate(child)


def _translate_rest(component: dict[str, Any], extra: dict[str, Any]) -> None:
    names = extra.get("values_en")
    values = component.get("values")
    if isinstance(names, dict) and isinstance(values, list):
        for option in values:
            if isinstance(option, dict) and isinstance(names.get(str(option.get("value"))), str):
                option["label"] = names[str(option["value"])]
    rules, message = component.get("validate"), extra.get("patternErrorMessage_en")
    if isinstance(rules, dict) and isinstance(message, str):
        rules["patternErrorMessage"] = message
    appearance = component.get("appearance")
    for name in ("prefixAdorner", "suffixAdorner"):
        if isinstance(appearance, dict) and isinstance(extra.get(f"{name}_en"), str):
            appearance[name] = extra[f"{name}_en"]
    for name in ("unit", "fill_label"):
        if isinstance(extra.get(f"{name}_en"), str):
            extra[name] = extra[f"{name}_en"]
    titles, columns = extra.get("columns_en"), component.get("columns")
    if isinstance(titles, dict) and isinstance(columns, list):
        for column in columns:
            if isinstance(column, dict) and isinstance(titles.get(column.get("key")), str):
                column["label"] = titles[column["key"]]
