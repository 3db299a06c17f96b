"""Effects that end a case: closed, deferred to the next list, removed, wrongly listed."""

from __future__ import annotations

from typing import Final

from audits import cases, corrections, terminations
from audits.effects.decided import Decided
from audits.models import Enterprise, ListEntry
from workflows import instances
from workflows.errors import Invalid

STATUS_OF: Final = {"closed": "closed", "bankrupt": "closed", "deregistered": "deregistered"}


def close(decided: Decided) -> None:
    """Terminate the case of an enterprise that is no more; it leaves the denominator of the completion rate."""
    if decided.day("on") > decided.today:
        raise Invalid(fields={"on": ["in_future"]})
    _status(decided, STATUS_OF[decided.values["cause"]])
    terminations.end(
        decided.session,
        decided.app,
        decided.actor,
        decided.case,
        reason=decided.matter.decision_reason,
        now=decided.now,
    )


def defer(decided: Decided) -> None:
    """Defer the case: it ends, and the enterprise belongs on the next list."""
    _status(decided, "suspended")
    _end(decided, "deferred")
    year = decided.today.year + 1
    cases.record(decided.session, decided.actor, decided.case.id, "case.rolled_over", {"year": year}, decided.now)


def remove(decided: Decided) -> None:
    """Remove the case from its list; the published list is corrected by who published it."""
    _end(decided, "removed")


def correct_listing(decided: Decided) -> None:
    """Take a wrongly listed enterprise off, and publish the list anew in the place of the one with the mistake."""
    entry = decided.session.get_one(ListEntry, decided.case.entry_id)
    _end(decided, "removed")
    entry.outcome = "removed"
    decided.session.flush()
    published = corrections.current(decided.session, entry.list_id)
    if published is not None:
        corrections.correct_list(
            decided.session,
            decided.actor,
            published.id,
            reason=decided.matter.decision_reason,
            published_on=decided.today,
            now=decided.now,
        )


def _end(decided: Decided, outcome: str) -> None:
    """Let the diagram end the case: it issues the decision's letter and writes the outcome."""
    payload = {"decision": outcome, "reason": decided.matter.decision_reason}
    told = (decided.session, decided.actor, decided.case.id, "case.removal_decided", payload, decided.now)
    cases.record(*told)
    instances.deliver_message(
        decided.session, decided.app, decided.actor, decided.case.id, "list_removal", payload, decided.now
    )


def _status(decided: Decided, status: str) -> None:
    enterprise = decided.session.get_one(Enterprise, decided.case.enterprise_id)
    enterprise.status = status
