"""The stages of the life cycle as words and as steps."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from audits import procedures
from audits.cases import STAGES
from server.language import language, pick
from workflows.models import Instance


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the life cycle; ``state`` is done, current or future."""

    key: str
    text: str
    state: str


def stage_name(key: str) -> str:
    """Name a stage in the language of the request."""
    names = STAGES.get(key)
    return pick(*names) if names else ""


def procedure_name(key: str) -> str:
    """Name a procedure in the language of the request."""
    return procedures.name(key, language())


def gates_of(instance: Instance) -> str:
    """Give the gates of the procedure that a case follows; "" where its diagram names none."""
    procedure = (instance.variables or {}).get("procedure") or {}
    return str(procedure.get("gates") or "")


def procedure_choices(followed: Collection[str]) -> list[tuple[str, str]]:
    """Give the procedures that ship, and those that a designer named, as choices of a filter."""
    own = [(key, key) for key in sorted(set(followed) - set(procedures.NAMES))]
    return [(key, pick(*names)) for key, names in procedures.NAMES.items()] + own


def stage_choices() -> list[tuple[str, str]]:
    """Give the stages as choices of a filter."""
    return [(key, pick(*names)) for key, names in STAGES.items()]


OF_GATES = {
    "two": {"evaluation", "acceptance"},
    "three": {"pre_evaluation", "evaluation", "acceptance"},
    "one": {"merged_review"},
    "commitment": {"commitment"},
}
"""Which stages the gates of a procedure lead through; where none is told, whatever the diagram has."""
ON_THE_WAY = {"rectification", "re_audit", "voluntary_start", "park_plan"}


def steps(
    visited: Collection[str], current: str, known: Collection[str], is_over: bool, gates: str = ""
) -> list[Stage]:
    """Give the steps of a case in their order: what lies behind it, where it stands, what its procedure still has.

    A stage that only failure, or another procedure, leads to is shown once it was entered.
    """
    others = set[str]().union(*OF_GATES.values()) - OF_GATES[gates] if gates in OF_GATES else set()
    only_when_entered = ON_THE_WAY | others
    found = []
    for key, names in STAGES.items():
        if key not in known or (key in only_when_entered and key not in visited):
            continue
        is_current = key == current and not is_over
        state = "current" if is_current else "done" if key in visited else "future"
        found.append(Stage(key, pick(*names), state))
    return found
