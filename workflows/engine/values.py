"""What may enter the engine: JSON, bounded in depth and size of numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from workflows.errors import Invalid

MAX_DEPTH = 64
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1


def clean(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Give the variables as JSON values that nobody else holds.

    Decimals become numbers, dates ISO text. Raises Invalid for NaN, integers beyond 64 bits, keys that are no text,
    depth beyond 64, and anything that is not JSON.
    """
    if not isinstance(variables, Mapping):
        raise Invalid("variables", {"": ["not an object"]})
    return {_key(key): _value(value, 1, str(key)) for key, value in variables.items()}


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise Invalid("variables", {str(key): ["a key must be text"]})
    return key


def _value(value: Any, depth: int, where: str) -> Any:
    if depth > MAX_DEPTH:
        raise Invalid("variables", {where: [f"deeper than {MAX_DEPTH}"]})
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Decimal):
        value = int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
    if isinstance(value, int):
        if not _LOWEST <= value <= _HIGHEST:
            raise Invalid("variables", {where: ["an integer beyond 64 bits"]})
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Invalid("variables", {where: ["not a finite number"]})
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {_key(key): _value(item, depth + 1, where) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_value(item, depth + 1, where) for item in value]
    raise Invalid("variables", {where: [f"{type(value).__name__} is not JSON"]})
