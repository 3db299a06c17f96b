"""Find the options of a choice: written in the form, given by the case, or computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms.components import Component
from forms.conditions import Evaluator, Scope


def options(
    component: Component, context: Mapping[str, Any], view: Mapping[str, Any], scope: Scope, evaluator: Evaluator
) -> list[tuple[Any, str]]:
    """Give value and label of each option, what is not an option left out as in the browser."""
    properties = component.properties
    if properties.get("valuesKey") is not None:
        source = context.get(str(properties["valuesKey"]))
    elif properties.get("values") is not None:
        source = properties["values"]
    else:
        source = evaluator.value(properties.get("valuesExpression"), view, scope)
    return normalise(source)


def normalise(source: Any) -> list[tuple[Any, str]]:
    """Give value and label of each usable entry of a list of options."""
    found = [_option(entry) for entry in source] if isinstance(source, list) else []
    return [option for option in found if option is not None]


def _option(entry: Any) -> tuple[Any, str] | None:
    if _plain(entry):
        return entry, str(entry)
    if not isinstance(entry, Mapping):
        return None
    value, label = entry.get("value"), entry.get("label")
    if isinstance(label, str) and label:
        return (value, label) if _plain(value) or (isinstance(value, Mapping) and value) else None
    return (value, str(value)) if _plain(value) else None


def _plain(value: Any) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and value != "")
