"""The errors of the house, by who is to act.

A person acts on NotFound, NotAllowed, Conflict and Invalid; an operator acts on EngineError, which becomes an
incident; a designer acts on Refused. Anything else is a bug and flies. ``server.errors`` maps them to HTTP once and
puts the codes into words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal


class QingshenError(Exception):
    """The root of every error that somebody can act on.

    ``code`` is a stable key (``held_by``, ``task_done``, ...); ``values`` fill the sentence that the edge makes of it.
    """

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        """Give the code with its values."""
        inside = ", ".join(f"{key}={value!r}" for key, value in self.values.items())
        return f"{self.code}({inside})" if inside else self.code


class NotFound(QingshenError):
    """There is no such thing, or the actor may not know of it."""

    def __init__(self, code: str = "not_found", **values: Any) -> None:
        super().__init__(code, **values)


class NotAllowed(QingshenError):
    """The actor sees the thing but may not do this to it."""

    def __init__(self, code: str = "not_allowed", **values: Any) -> None:
        super().__init__(code, **values)


class Conflict(QingshenError):
    """Somebody was faster: the thing is no longer in the state that the command needs."""


class Invalid(QingshenError):
    """The input is wrong. ``fields`` names each wrong field, with its messages (keyed as form-js keys them)."""

    def __init__(self, code: str = "invalid", fields: Mapping[str, Any] | None = None, **values: Any) -> None:
        super().__init__(code, **values)
        self.fields: Mapping[str, Any] = fields or {}


class EngineError(QingshenError):
    """The diagram is wrong, or met a limit: an operator must act. Names the element."""

    def __init__(self, rule: str, element: str = "", text: str = "", **values: Any) -> None:
        super().__init__(rule, element=element, text=text, **values)
        self.rule = rule
        self.element = element
        self.text = text


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a model: where it is, which rule it breaks, one sentence in each language."""

    rule: str
    severity: Literal["error", "warning"]
    element: str
    line: int
    text: str
    text_zh: str
    file: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


class Refused(QingshenError):
    """A model cannot be deployed. ``findings`` holds every fault at once."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("refused", count=len(findings))
        self.findings = tuple(findings)


class OperationFailed(QingshenError):
    """An operation ends with a declared BPMN error: the diagram acts on ``code`` by an error boundary event."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(code, text=text)
        self.text = text
