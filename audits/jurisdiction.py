"""Who is in charge of a running case, and moving it to somebody else: rights and open tasks follow at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from audits import calendars, cases, regions
from audits.models import Case
from workflows import definitions, instances, runtime
from workflows.access import Actor
from workflows.application import Application
from workflows.errors import Conflict
from workflows.models import Organisation, Party, Region, Task


def level_of(session: Session, app: Application, case: Case, region: str, now: datetime) -> str:
    """Give the level that the decision table of a region puts in charge of a case."""
    definition = definitions.applicable(session, cases.FAMILY, region, on=calendars.local_day(now))
    facts = {**runtime.lock(session, case.id).variables.get("case", {}), "region": region}
    level: str = definitions.decide(session, app, definition.id, "jurisdiction", {"case": facts}, now)
    return level


def move(
    session: Session, app: Application, actor: Actor, case: Case, *, region: str, level: str, now: datetime
) -> Organisation:
    """Move a running case to the bureau of a level over a region. The caller has judged whether the actor may.

    The case is seen in its new region and no longer in the old one; the second lead department changes with it.
    Raises Invalid ``no_bureau``, Conflict ``same_jurisdiction``.
    """
    competent = regions.bureau_over(session, region, level)
    if competent.id == case.competent_id and region == case.region_code:
        raise Conflict("same_jurisdiction", name=competent.name)
    place = session.get_one(Region, region)
    old = session.get_one(Organisation, case.competent_id)
    instance = runtime.lock(session, case.id)
    case.competent_id, case.region_code, case.region_path = competent.id, place.code, place.path
    instance.region_code, instance.region_path = place.code, place.path
    session.execute(update(Task).where(Task.instance_id == case.id).values(region_path=place.path))
    session.flush()
    _put(session, app, actor, case, "competent_bureau", competent, now)
    if cases.ENERGY in case.types:
        _put(session, app, actor, case, "coordinating_department", regions.department_over(session, region), now)
    facts = {**instance.variables.get("case", {}), "region": region}
    instances.change_variables(session, app, actor, case.id, {"case": facts}, now)
    told = {"old": old.name, "name": competent.name, "region": region}
    cases.record(session, actor, case.id, "case.transferred", told, now)
    return competent


def _put(
    session: Session, app: Application, actor: Actor, case: Case, role: str, body: Organisation | None, now: datetime
) -> None:
    """Let an organisation, if any, have a role in the case in the place of who had it.

    It comes before the others leave, so that no task waits for nobody in between and calls for an operator.
    """
    standing = select(Party.organisation_id).where(
        Party.instance_id == case.id, Party.role == role, Party.until.is_(None)
    )
    leaving = set(session.scalars(standing)) - {body.id if body else None}
    if body is not None:
        instances.add_party(session, app, actor, case.id, role, organisation_id=body.id, now=now)
    for key in sorted(filter(None, leaving)):
        instances.end_party(session, app, actor, case.id, role, organisation_id=key, now=now)
