"""Effects that move a case: to another region, another level, another enterprise. Rights follow in the same act."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import cases, enterprises, jurisdiction, terminations
from audits.effects.decided import Decided
from audits.matter_kinds import Kind
from audits.models import Case, Enterprise, Succession
from workflows import instances, runtime
from workflows.errors import Invalid
from workflows.models import Organisation, Task


def relocate(decided: Decided) -> None:
    """Follow an enterprise to its new region: its case goes along, or ends and the new region lists it anew."""
    enterprise = decided.session.get_one(Enterprise, decided.case.enterprise_id)
    if decided.values["handling"] == "close":
        context = decided.session, decided.app, decided.actor, decided.case
        terminations.end(*context, reason=decided.matter.decision_reason, now=decided.now)
    _settle(decided, enterprise)
    if decided.values["handling"] == "transfer":
        region = enterprise.region_code
        level = jurisdiction.level_of(decided.session, decided.app, decided.case, region, decided.now)
        jurisdiction.move(
            decided.session, decided.app, decided.actor, decided.case, region=region, level=level, now=decided.now
        )


def _settle(decided: Decided, enterprise: Enterprise) -> None:
    old = {"region": enterprise.region_code, "address": enterprise.production_address}
    enterprise.region_code, enterprise.production_address = decided.values["region"], decided.values["address"]
    enterprise.status = "relocated" if decided.values["handling"] == "close" else "normal"
    decided.session.get_one(Organisation, enterprise.id).region_code = enterprise.region_code
    told = {"old": old, "region": enterprise.region_code, "address": enterprise.production_address}
    cases.record(decided.session, decided.actor, decided.case.id, "enterprise.relocated", told, decided.now)
    decided.session.flush()


def transfer(decided: Decided) -> None:
    """Put another level in charge of the case."""
    jurisdiction.move(
        decided.session, decided.app, decided.actor, decided.case, region=decided.case.region_code,
        level=decided.values["level"], now=decided.now,
    )  # fmt: skip


def check_successor(session: Session, _kind: Kind, case: Case, values: Mapping[str, Any], _now: datetime) -> None:
    """Refuse a code of another enterprise for a new name, and a successor that nobody registered. Raises Invalid."""
    _check(session, case, values)


def _check(session: Session, case: Case, values: Mapping[str, Any]) -> None:
    known = session.scalar(select(Enterprise).where(Enterprise.uscc == values["uscc"]))
    if values["change"] == "renamed":
        if known is not None and known.id != case.enterprise_id:
            raise Invalid(fields={"uscc": ["code_taken"]})
    elif known is None or known.id == case.enterprise_id:
        raise Invalid(fields={"uscc": ["not_registered"]})


def succeed(decided: Decided) -> None:
    """Give the enterprise its new name and code, or the case to its successor; the link between both is kept."""
    _check(decided.session, decided.case, decided.values)
    old = decided.session.get_one(Enterprise, decided.case.enterprise_id)
    new = decided.session.scalars(select(Enterprise).where(Enterprise.uscc == decided.values["uscc"])).one_or_none()
    successor = old if decided.values["change"] == "renamed" or new is None else new
    decided.session.add(
        Succession(
            enterprise_id=old.id, successor_id=successor.id, change=decided.values["change"],
            old_name=old.name, old_uscc=old.uscc, new_name=decided.values["name"], new_uscc=decided.values["uscc"],
            on=decided.day("on"), matter_id=decided.matter.id,
        )
    )  # fmt: skip
    if successor is old:
        given = {"name": decided.values["name"], "uscc": decided.values["uscc"]}
        enterprises.update(decided.session, decided.actor, old.id, given, decided.now)
    else:
        _hand_over(decided, old, successor)
    _name(decided, successor.name)


def _hand_over(decided: Decided, old: Enterprise, successor: Enterprise) -> None:
    case, context = decided.case, (decided.session, decided.app, decided.actor, decided.case.id)
    old.status = "merged" if decided.values["change"] == "merged" else old.status
    case.enterprise_id = successor.id
    instances.add_party(*context, "enterprise", organisation_id=successor.id, now=decided.now)
    instances.end_party(*context, "enterprise", organisation_id=old.id, now=decided.now)
    told = {"old": old.name, "name": successor.name, "uscc": successor.uscc}
    cases.record(decided.session, decided.actor, case.id, "case.succeeded", told, decided.now)


def _name(decided: Decided, name: str) -> None:
    """Let the case and its open tasks bear the name from now on; what was done before keeps the old one."""
    runtime.lock(decided.session, decided.case.id).subject = name
    for task in decided.session.scalars(select(Task).where(Task.instance_id == decided.case.id, Task.status == "open")):
        task.subject = name
    decided.session.flush()
