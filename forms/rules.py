"""Check a clean value against the validation properties of its component, in the order of the browser's form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import ROUND_DOWN, Decimal, InvalidOperation, localcontext
from typing import Any, Final
from zoneinfo import ZoneInfo

from forms.components import TEXTS, Component
from forms.messages import text
from forms.patterns import PatternError, matches
from forms.phones import phone
from forms.values import decimal

ZONE: Final = ZoneInfo("Asia/Shanghai")
_JS_SPACE: Final = "\t\n\x0b\x0c\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_EMAIL: Final = re.compile(
    r"^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*\Z"
)


class Checker:
    """The checks of one submission in one language."""

    def __init__(self, language: str, now: datetime) -> None:
        self.language = language
        self.today = now.astimezone(ZONE).date().isoformat()

    def messages(self, component: Component, value: Any, limits: Mapping[str, Any]) -> list[str]:
        """Give what is wrong with a value; `limits` are the evaluated min, max, minLength and maxLength."""
        found: list[str] = []
        if component.type == "number" and isinstance(value, Decimal):
            found.extend(self._number(component, value))
        rules = component.validate
        if component.type in TEXTS:
            found.extend(self._pattern(rules, value))
        if rules.get("required") and _missing(component, value):
            found.append(self._say("required"))
        found.extend(self._limits(component, value, limits))
        if component.type in TEXTS and value:
            found.extend(self._kind(rules.get("validationType"), value))
        if component.type == "datetime" and self._passed(component, value):
            found.append(self._say("past"))
        return found

    def _say(self, code: str, **values: object) -> str:
        return text(code, self.language, **values)

    def _number(self, component: Component, value: Decimal) -> Iterator[str]:
        if not value:
            return
        digits = component.properties.get("decimalDigits")
        if isinstance(digits, int) and not isinstance(digits, bool) and 0 <= digits < decimals(value):
            code = {0: "integer", 1: "one_decimal"}.get(digits, "decimals")
            yield self._say(code, value=digits)
        step = decimal(component.properties.get("increment"))
        if not step:
            return
        with localcontext() as context:
            context.prec = 800
            try:
                offset = value % step
            except InvalidOperation:
                yield self._say("not_a_number")
                return
            if offset:
                low = value - offset
                yield self._say("step", previousValue=plain(low), nextValue=plain(low + step))

    def _pattern(self, rules: Mapping[str, Any], value: Any) -> Iterator[str]:
        pattern = rules.get("pattern")
        if not isinstance(pattern, str) or not pattern or not value:
            return
        try:
            fits = matches(pattern, value)
        except PatternError:
            fits = False
        if not fits:
            own = rules.get("patternErrorMessage")
            yield own if isinstance(own, str) and own else self._say("pattern", value=pattern)

    def _limits(self, component: Component, value: Any, limits: Mapping[str, Any]) -> Iterator[str]:
        if component.type == "number" and isinstance(value, Decimal):
            for name in ("min", "max"):
                if limits.get(name) is None:
                    continue
                limit = decimal(limits[name])
                if limit is None:
                    yield self._say(f"bad_{name}")
                elif value < limit if name == "min" else value > limit:
                    yield self._say(name, value=plain(limit))
        if component.type in TEXTS and value:
            length = utf16_length(value.strip(_JS_SPACE))
            for name, code in (("minLength", "min_length"), ("maxLength", "max_length")):
                limit = decimal(limits.get(name))
                if limit is not None and (length < limit if name == "minLength" else length > limit):
                    yield self._say(code, value=plain(limit))

    def _kind(self, kind: Any, value: str) -> Iterator[str]:
        if kind == "email" and not _EMAIL.match(value):
            yield self._say("email")
        if kind == "phone" and not phone(value):
            yield self._say("phone")

    def _passed(self, component: Component, value: Any) -> bool:
        if not component.properties.get("disallowPassedDates") or not isinstance(value, str):
            return False
        return component.properties.get("subtype") != "time" and value[:10] < self.today


def _missing(component: Component, value: Any) -> bool:
    if component.type == "checkbox":
        return value is not True
    return value is None or value == "" or (isinstance(value, list) and not value)


def decimals(value: Decimal) -> int:
    """Count the digits after the point that are not trailing zeros."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def plain(value: Decimal) -> str:
    """Write a number as JavaScript would: no trailing zeros, no exponent unless it is huge."""
    if value == value.to_integral_value(ROUND_DOWN) and abs(value.adjusted()) < 21:
        return str(int(value))
    return str(value.normalize()) if abs(value.adjusted()) >= 21 else f"{value.normalize():f}"


def utf16_length(value: str) -> int:
    """Count as a browser does: characters outside the basic plane are two."""
    return len(value) + sum(1 for char in value if char > "\uffff")
