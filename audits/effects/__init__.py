"""What a decision about a matter does: one function a kind, found in one table. A kind without one has no effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from audits.effects import clocking, ending, judging, moving, working
from audits.effects.decided import Decided
from audits.matter_kinds import Field, Kind
from audits.models import Case
from workflows.application import Application

__all__ = ["STATUSES", "Decided", "apply", "check", "decided_fields"]

STATUSES: Final[dict[str, tuple[str, str]]] = {
    "open": ("待决定", "waits for a decision"),
    "approved": ("予以批准", "approved"),
    "refused": ("不予批准", "refused"),
    "withdrawn": ("已撤回", "taken back"),
}
Effect = Callable[[Decided], None]
Check = Callable[[Session, Kind, Case, Mapping[str, Any], datetime], None]

APPROVED: Final[dict[str, Effect]] = {
    "extension": clocking.extend,
    "production_stop": clocking.stop,
    "production_resumed": clocking.resume,
    "deferral": ending.defer,
    "closure": ending.close,
    "objection": ending.correct_listing,
    "removal": ending.remove,
    "relocation": moving.relocate,
    "transfer": moving.transfer,
    "succession": moving.succeed,
    "consultancy_change": working.change_consultancy,
    "consultancy_restricted": working.handle_restricted,
    "partial_implementation": working.leave_options,
    "revocation": judging.revoke,
    "enforcement": judging.enforce,
    "appeal": judging.hold,
    "appeal_result": judging.end_hold,
    "legal_basis": judging.apply_basis,
}
REFUSED: Final[dict[str, Effect]] = {"objection": clocking.spare_objection}
CHECKS: Final[dict[str, Check]] = {
    "extension": clocking.check_extension,
    "succession": moving.check_successor,
    "production_resumed": clocking.check_stopped,
    "partial_implementation": working.check_options,
}
DECIDED_WHEN_REFUSED: Final = frozenset({"objection"})


def check(session: Session, app: Application, kind: Kind, case: Case, values: Mapping[str, Any], now: datetime) -> None:
    """Refuse what could not be approved anyway. Raises Invalid by field, Conflict."""
    if kind.key in CHECKS:
        CHECKS[kind.key](session, kind, case, values, now)


def decided_fields(kind: Kind, decision: str) -> tuple[Field, ...]:
    """Give what has to be decided beside yes or no; a refusal decides nothing more, but of the kinds that say so."""
    return kind.decision if decision == "approved" or kind.key in DECIDED_WHEN_REFUSED else ()


def apply(decided: Decided) -> None:
    """Let a decision take effect. Raises Invalid by field, Conflict, where it cannot."""
    effect = (APPROVED if decided.approved else REFUSED).get(decided.matter.kind)
    if effect is not None:
        effect(decided)
