"""A case of a process test: its diagrams, made ready and compiled once for all its scripts, or why they are refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from workflows import engine
from workflows.engine import rehearsal
from workflows.errors import EngineError, Finding, Refused

Json = Any

CLOCK = datetime(2026, 1, 1, 1, tzinfo=UTC)
ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it was read. ``operations`` answers service tasks, ``errors`` lets them end with an error code."""

    files: Mapping[str, bytes]
    process: str
    variants: Sequence[Sequence[Sequence[Json]]]
    operations: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    clock: datetime = CLOCK
    zone: str = ZONE


class Departed(Exception):
    """The instance is not as the script says."""


def fault(error: Exception) -> str:
    """Tell an error with its place."""
    if isinstance(error, Refused):
        return "; ".join(_finding(one) for one in error.findings if one.severity == "error")
    if isinstance(error, EngineError):
        return f"{error.rule} at {error.element or '?'}: {error.text}"
    if isinstance(error, Departed | TimeoutError):
        return str(error)
    return f"{type(error).__name__}: {error}"


def _finding(one: Finding) -> str:
    return f"{one.file}:{one.line}: {one.rule} ({one.element}): {one.text}"


class Stage:
    """What all variants of a case share: its diagrams, compiled, or the refusal."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.answered = {*case.operations, *case.errors}
        self.prepared = rehearsal.prepare(case.files, case.process, self.answered)
        self.refused: Refused | None = None
        try:
            self.definition()
        except Refused as refused:
            self.refused = refused

    def definition(self) -> engine.Definition:
        """Give the compiled definition; raises Refused."""
        known = rehearsal.rehearsal_catalog(self.answered, self.case.zone)
        return engine.compile_definition(self.prepared.files, self.case.process, known)
