"""Effects on what was judged: a revoked acceptance, an appeal that holds, the law that applies."""

from __future__ import annotations

from datetime import date
from typing import Final

from audits import calendars, cases, clocks, expert_record, legal_basis, publications
from audits.effects.decided import Decided
from audits.models import Case, CreditEntry, ListEntry
from workflows.access import SYSTEM
from workflows.errors import Invalid

REVOKED: Final = "revoked"


def revoke(decided: Decided) -> None:
    """Take a qualification back: case, list line, published results, statistics, credit and re-audit in one act."""
    session, case = decided.session, decided.case
    case.outcome, case.outcome_on = REVOKED, decided.today
    entry = session.get_one(ListEntry, case.entry_id)
    if case.parent_id is None or entry.outcome == "qualified":
        entry.outcome = REVOKED
    told = {"finding": decided.values["finding"], "reason": decided.matter.decision_reason}
    cases.record(session, decided.actor, case.id, "case.revoked", told, decided.now)
    session.flush()
    expert_record.overturned(session, case, decided.matter.decision_reason, decided.now)
    told_on, why = decided.today, decided.matter.decision_reason
    publications.restate(session, decided.actor, case.id, published_on=told_on, reason=why, now=decided.now)
    _enter_credit(decided, "acceptance_revoked", decided.day("conduct_on"))
    if decided.values["consequence"] == "reaudit":
        child = cases.open_case(session, decided.app, SYSTEM, entry, decided.now, parent=case)
        opened = {"number": child.number}
        cases.record(session, decided.actor, case.id, "case.reaudit_opened", opened, decided.now)


def enforce(decided: Decided) -> None:
    """Enter who failed again and again for the credit platform; the enforcement office takes over with the letter."""
    _enter_credit(decided, "repeated_failure", decided.today)


def _enter_credit(decided: Decided, kind: str, conduct_on: date) -> None:
    until = decided.day("credit_until")
    if until <= decided.today:
        raise Invalid(fields={"credit_until": ["not_later"]})
    basis = legal_basis.on(conduct_on).cite("penalty")
    decided.session.add(
        CreditEntry(
            enterprise_id=decided.case.enterprise_id, case_id=decided.case.id, kind=kind,
            basis=basis[:300], matter_id=decided.matter.id, reason=decided.matter.decision_reason,
            since=decided.today, until=until,
        )
    )  # fmt: skip
    told = {"until": until.isoformat(), "basis": basis}
    cases.record(decided.session, decided.actor, decided.case.id, "case.credit_entered", told, decided.now)


def hold(decided: Decided) -> None:
    """Hold what would be enforced while the appeal is decided: a mark on the case, and clocks that stand still."""
    decided.case.hold = f"{decided.values['body']} {decided.values['number']}"[:200]
    clocks.stop(
        decided.session, decided.app, decided.actor, decided.case, reason="hold", since=decided.today,
        matter_id=decided.matter.id, now=decided.now,
    )  # fmt: skip
    _note(decided.case, decided, "case.held", decided.case.hold)


def end_hold(decided: Decided) -> None:
    """End the hold: the appeal is decided, and the clocks run again."""
    held = decided.case.hold
    decided.case.hold = ""
    clocks.start(
        decided.session, decided.app, decided.actor, decided.case, reason="hold",
        on=max(decided.day("on"), calendars.local_day(decided.matter.raised_at)), now=decided.now,
    )  # fmt: skip
    _note(decided.case, decided, "case.hold_ended", f"{decided.values['result']} {decided.values['number']} {held}")


def apply_basis(decided: Decided) -> None:
    """Put the case under another version of the law; what was issued before keeps its own."""
    old, decided.case.legal_basis = decided.case.legal_basis, decided.values["basis"]
    _note(decided.case, decided, "case.basis_decided", f"{old} → {decided.case.legal_basis}")


def _note(case: Case, decided: Decided, action: str, text: str) -> None:
    cases.record(decided.session, decided.actor, case.id, action, {"text": text}, decided.now)
