"""What one command may spend on expressions, all together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from feel import FeelError, Model
from workflows.engine.expressions import Evaluator

#: Seconds of the thread's own time; an expression alone has less.
SECONDS = 1.0


class Budget:
    """An evaluator that stops when a command has spent too much.

    The evaluator measures (``spent``, in seconds); one that does not is not bounded here.
    """

    def __init__(self, feel: Evaluator, seconds: float = SECONDS) -> None:
        self._feel = feel
        self._end = getattr(feel, "spent", 0.0) + seconds

    def _check(self) -> None:
        if getattr(self._feel, "spent", 0.0) > self._end:
            raise FeelError("limit", "the expressions of one command take too long together")

    def evaluate(self, text: str, variables: Mapping[str, Any], now: datetime, zone: str = "Asia/Shanghai") -> Any:
        """Give the value of an expression."""
        self._check()
        return self._feel.evaluate(text, variables, now, zone)

    def unary(
        self, text: str, value: Any, variables: Mapping[str, Any], now: datetime, zone: str = "Asia/Shanghai"
    ) -> bool:
        """Ask whether a value passes a unary test."""
        self._check()
        return self._feel.unary(text, value, variables, now, zone)

    def decide(
        self, model: Model, ref: str, variables: Mapping[str, Any], now: datetime, zone: str = "Asia/Shanghai"
    ) -> dict[str, Any]:
        """Evaluate a decision of a model."""
        self._check()
        return self._feel.decide(model, ref, variables, now, zone)
