"""A computed figure of a case: its formula, what went into it and where that comes from, its result.

``audits.calculations`` gives them for a case; the modules beside it make them, one for each phase.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from workflows.models import Submission, Task

Names = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Input:
    """What went into a figure; ``source`` says where a factor or a rule comes from, "" for what the form says."""

    name: Names
    value: Decimal
    unit: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A computed figure; ``stored`` is what the form stored, None where it stores none. ``flag``: "" or a code."""

    name: Names
    formula: Names
    inputs: tuple[Input, ...]
    result: Decimal | None
    unit: str = ""
    stored: Decimal | None = None
    flag: str = ""

    @property
    def agrees(self) -> bool:
        """Say whether what is stored is what comes out."""
        return self.stored is None or self.stored == self.result


@dataclass(frozen=True, slots=True)
class Sheet:
    """The figures of one row of a submission; ``row`` counts from 1."""

    kind: str  # energy, balance, economics, performance, effects ...
    title: Names
    task_id: str
    form: str
    task_name: Names
    row: int
    figures: tuple[Figure, ...] = field(default_factory=tuple)


def sheet(kind: str, title: Names, one: Submission, task: Task, row: int, figures: Iterable[Figure]) -> Sheet:
    """Put the figures of a row of a submission together."""
    names = (task.name, task.name_en or task.name)
    return Sheet(kind, title, one.task_id, one.form, names, row, tuple(figures))
