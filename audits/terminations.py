"""Terminate a case (终止): its process ends where it stands, its line keeps the outcome, its parties are told."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from audits import access, calendars, cases, notices
from audits.models import Case, ListEntry
from workflows import interventions
from workflows.access import Actor
from workflows.application import Application
from workflows.models import Instance, Party

OUTCOME: Final = "terminated"


def terminate(session: Session, app: Application, actor: Actor, case_id: str, *, reason: str, now: datetime) -> None:
    """End a case for a reason; tasks and timers are closed, and it stays where it can be found.

    Unlike a removal from the list it follows no diagram and issues no letter: it is for what the procedure does not
    provide for. Raises NotFound, NotAllowed, Invalid ``reason``, Conflict ``instance_ended``.
    """
    case = access.case(session, actor, case_id)
    end(session, app, actor, case, reason=reason, now=now)


def end(session: Session, app: Application, actor: Actor, case: Case, *, reason: str, now: datetime) -> None:
    """Terminate a case that was fetched through access. Raises as ``terminate``."""
    case_id = case.id
    instance = interventions.cancel(session, app, actor, case_id, reason, now=now)
    session.refresh(case)
    if not case.outcome:
        case.outcome, case.outcome_on = OUTCOME, calendars.local_day(now)
        if case.parent_id is None:
            session.get_one(ListEntry, case.entry_id).outcome = OUTCOME
    cases.record(session, actor, case_id, "case.terminated", {"reason": reason.strip()}, now)
    _tell(session, instance, reason.strip(), now)


def _tell(session: Session, instance: Instance, reason: str, now: datetime) -> None:
    here = select(Party.organisation_id).where(
        Party.instance_id == instance.id,
        Party.organisation_id.is_not(None),
        or_(Party.until.is_(None), Party.until > now),
    )
    for organisation in sorted({str(one) for one in session.scalars(here)}):
        notices.send(
            session,
            key=f"case_terminated:{instance.id}:{organisation}",
            organisation_id=organisation,
            instance_id=instance.id,
            kind="case_terminated",
            values={"subject": instance.subject, "reason": reason},
            now=now,
        )
