"""Where a model holds FEEL: an expression knows its text and the variables it reads.

Where only an expression fits, a leading ``=`` is optional (``required``); elsewhere it marks FEEL (``attribute``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from feel import FeelError, Model, names_read
from workflows.errors import EngineError


class Evaluator(Protocol):
    """What the engine needs of package ``feel``."""

    def evaluate(self, text: str, variables: Mapping[str, Any], now: datetime, zone: str = ...) -> Any:
        """Give the value of an expression."""

    def unary(self, text: str, value: Any, variables: Mapping[str, Any], now: datetime, zone: str = ...) -> bool:
        """Ask whether a value passes a unary test."""

    def decide(
        self, model: Model, ref: str, variables: Mapping[str, Any], now: datetime, zone: str = ...
    ) -> dict[str, Any]:
        """Evaluate a decision of a model: ``{"value": ..., "rules": [ids]}``."""


@dataclass(frozen=True, slots=True)
class Expression:
    """FEEL without its leading ``=``, with the names of the variables that it reads."""

    text: str
    names: frozenset[str]

    def __call__(self, context: Context, data: Mapping[str, Any], element: str = "") -> Any:
        """Evaluate over the variables it reads; a FEEL error is an EngineError at the element."""
        return context.evaluate(self, data, element)


@dataclass(frozen=True, slots=True)
class Context:
    """All that an evaluation needs besides variables."""

    feel: Evaluator
    now: datetime
    zone: str

    def evaluate(self, expression: Expression, data: Mapping[str, Any], element: str) -> Any:
        """Evaluate one expression; raises EngineError naming the element."""
        known = {name: data[name] for name in expression.names if name in data}
        return self.guarded(
            lambda: self.feel.evaluate(expression.text, known, self.now, self.zone), expression, element
        )

    def unary(self, test: Expression, value: Any, data: Mapping[str, Any], element: str) -> bool:
        """Ask one decision cell; raises EngineError naming the element."""
        known = {name: data[name] for name in test.names if name in data}
        call = lambda: self.feel.unary(test.text, value, known, self.now, self.zone)  # noqa: E731
        return bool(self.guarded(call, test, element))

    def guarded(self, call: Callable[[], Any], expression: Expression, element: str) -> Any:
        """Call, and turn FEEL's own error into ours."""
        try:
            return call()
        except FeelError as error:
            raise EngineError("expression", element, f"{expression.text}: {error}") from error

    def condition(self, expression: Expression, data: Mapping[str, Any], element: str) -> bool:
        """Evaluate a condition; anything but true and false is an EngineError."""
        value = self.evaluate(expression, data, element)
        if not isinstance(value, bool):
            raise EngineError("condition", element, f"{expression.text} gave {value!r}, neither true nor false")
        return value


@dataclass(frozen=True, slots=True)
class Fixed:
    """A literal where an expression could stand."""

    value: Any
    names: frozenset[str] = frozenset()

    def __call__(self, context: Context, data: Mapping[str, Any], element: str = "") -> Any:
        """Give the literal."""
        return self.value


Value = Expression | Fixed


@lru_cache(maxsize=8192)
def required(text: str) -> Expression:
    """Read a text that can only be FEEL."""
    stripped = text.strip()
    stripped = stripped[1:].strip() if stripped.startswith("=") else stripped
    return Expression(stripped, names_read(stripped))


def attribute(text: str) -> Value:
    """Read a text that is FEEL when it begins with ``=``, else itself."""
    return required(text) if text.lstrip().startswith("=") else Fixed(text)


@lru_cache(maxsize=8192)
def unary(text: str) -> Expression:
    """Read a decision cell's unary tests."""
    return Expression(text.strip(), names_read(text.strip(), unary=True))
