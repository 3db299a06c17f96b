"""A case's level before and after its options: values as a draft, stated when complete, always computed from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import access, calendars, cases, indicator_systems, levels
from audits.models import Assessment, Case, Enterprise, IndicatorSystem
from audits.rounding import number
from workflows.access import Actor
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Person

STAGES: Final[dict[str, tuple[str, str]]] = {
    "before": ("审核前", "Before the options"),
    "after": ("审核后", "After the options"),
}
MOST_PRODUCTS: Final = 10


@dataclass(frozen=True, slots=True)
class View:
    """An assessment as its page shows it.

    ``system`` is None where no system is in force for the industry: the level does not apply. ``content`` are the
    draft for who may edit, else what was stated; ``verdict`` is computed from it, None where there is nothing.
    """

    case: Case
    stage: str
    systems: tuple[IndicatorSystem, ...]
    system: IndicatorSystem | None
    row: Assessment | None
    content: Mapping[str, Any]
    verdict: levels.Verdict | None
    may_edit: bool

    @property
    def version(self) -> int:
        """Give the version that a save must name; 0 before the first."""
        return self.row.version if self.row else 0


def view(session: Session, actor: Actor, case_id: str, stage: str) -> View:
    """Give an assessment of a case that the actor sees; raises NotFound."""
    case = access.case(session, actor, case_id)
    _known(stage)
    works = access.works_on(session, actor, case_id)
    row = session.scalar(select(Assessment).where(Assessment.case_id == case_id, Assessment.stage == stage))
    day = calendars.local_day(actor.at)
    offered = tuple(indicator_systems.in_force(session, day, case.region_path))
    enterprise = session.get_one(Enterprise, case.enterprise_id)
    kept = session.get(IndicatorSystem, row.system_id) if row else _other_stage(session, case_id)
    system = kept or indicator_systems.for_industry(offered, enterprise.industry)
    content: Mapping[str, Any] = {}
    if row is not None:
        content = row.draft if works else row.stated
    verdict = judged(system, content) if system is not None and content else None
    return View(case, stage, offered, system, row, content, verdict, works and not case.outcome)


def _known(stage: str) -> None:
    if stage not in STAGES:
        raise NotFound("level_not_found", stage=stage)


def _other_stage(session: Session, case_id: str) -> IndicatorSystem | None:
    """Give the system that the case is judged by already: before and after are compared by one version."""
    query = select(IndicatorSystem).join(Assessment, Assessment.system_id == IndicatorSystem.id)
    return session.scalar(query.where(Assessment.case_id == case_id).limit(1))


def judged(system: IndicatorSystem, content: Mapping[str, Any]) -> levels.Verdict:
    """Compute the level of some values."""
    products = [
        levels.Product(
            name=one["name"],
            share=Decimal(str(one["share"])),
            values=one["values"],
            inapplicable=frozenset(one["inapplicable"]),
        )
        for one in content["products"]
    ]
    return levels.evaluate(system.content, products, new_project=bool(content.get("new_project")))


def save(
    session: Session, actor: Actor, case_id: str, stage: str, fields: Mapping[str, Any], *, now: datetime
) -> Assessment:
    """Keep values as the draft; missing ones may follow. ``fields``: ``system_id``, ``version``, ``products``, ``new_project``.

    Raises NotFound, NotAllowed, Conflict ``case_is_closed``, ``level_changed``, Invalid by field: ``name.0``,
    ``share.0``, ``value.0.<indicator>``.
    """
    case, row = _to_change(session, actor, case_id, stage)
    if (row.version if row else 0) != int(fields.get("version") or 0):
        raise Conflict("level_changed", **_who(session, row))
    system = _system(session, actor, case, row, str(fields.get("system_id") or ""))
    draft = _content(system.content, fields)
    if row is None:
        row = Assessment(case_id=case_id, stage=stage, system_id=system.id, version=0, draft={}, stated={})
        session.add(row)
    row.draft, row.version = draft, (row.version or 0) + 1
    row.saved_by, row.saved_at = actor.person_id, now
    session.flush()
    payload = {"stage": stage, "system": system.key, "system_version": system.version, "version": row.version}
    cases.record(session, actor, case_id, "level.saved", payload, now)
    return row


def state(session: Session, actor: Actor, case_id: str, stage: str, *, version: int, now: datetime) -> Assessment:
    """Let the draft be the level that the case states: forms propose it and officers see it.

    Raises NotFound, NotAllowed, Conflict ``case_is_closed``, ``level_changed``, Invalid ``level_incomplete``.
    """
    _case, row = _to_change(session, actor, case_id, stage)
    if row is None or row.version != version:
        raise Conflict("level_changed", **_who(session, row))
    system = session.get_one(IndicatorSystem, row.system_id)
    verdict = judged(system, row.draft)
    if verdict.level is None:
        missing = {f"value.{_place(row.draft, name)}.{key}": ["required"] for name, key in verdict.missing}
        raise Invalid("level_incomplete", missing)
    row.stated, row.stated_at = dict(row.draft), now
    session.flush()
    indices = {level: str(levels.shown(value)) for level, value in verdict.indices.items()}
    payload = {"stage": stage, "level": verdict.level, "indices": indices, "system": system.key}
    cases.record(session, actor, case_id, "level.stated", {**payload, "system_version": system.version}, now)
    return row


def stated(session: Session, case_id: str, stage: str) -> tuple[IndicatorSystem, levels.Verdict] | None:
    """Give what a case states of its level, for forms; None where it states nothing."""
    row = session.scalar(select(Assessment).where(Assessment.case_id == case_id, Assessment.stage == stage))
    if row is None or not row.stated:
        return None
    system = session.get_one(IndicatorSystem, row.system_id)
    return system, judged(system, row.stated)


def _to_change(session: Session, actor: Actor, case_id: str, stage: str) -> tuple[Case, Assessment | None]:
    case = access.case(session, actor, case_id)
    _known(stage)
    if not access.works_on(session, actor, case_id):
        raise NotAllowed("not_your_audit")
    if case.outcome:
        raise Conflict("case_is_closed", outcome=case.outcome)
    query = select(Assessment).where(Assessment.case_id == case_id, Assessment.stage == stage)
    return case, session.scalar(query.with_for_update().execution_options(populate_existing=True))


def _who(session: Session, row: Assessment | None) -> dict[str, Any]:
    person = session.get(Person, row.saved_by) if row and row.saved_by else None
    return {"by": person.name if person else "", "at": row.saved_at if row else None}


def _system(session: Session, actor: Actor, case: Case, row: Assessment | None, system_id: str) -> IndicatorSystem:
    """Give the version that counts: the one that the case keeps, else a chosen one that is in force."""
    kept = session.get(IndicatorSystem, row.system_id) if row else _other_stage(session, case.id)
    if kept is not None:
        return kept
    offered = indicator_systems.in_force(session, calendars.local_day(actor.at), case.region_path)
    found = next((one for one in offered if one.id == system_id), None)
    if found is None:
        raise Invalid(fields={"system_id": ["unknown"]})
    return found


def _place(content: Mapping[str, Any], name: str) -> int:
    return next(place for place, one in enumerate(content["products"]) if one["name"] == name)


def _content(system: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Clean what was typed; raises Invalid with every fault by its place."""
    errors: dict[str, list[str]] = {}
    given = list(fields.get("products") or [])[:MOST_PRODUCTS]
    products = [_product(system, place, one, errors) for place, one in enumerate(given)]
    names = [one["name"] for one in products]
    for place, name in enumerate(names):
        if len(products) > 1 and (not name or name in names[:place]):
            errors[f"name.{place}"] = ["unknown" if name else "required"]
    if not products:
        errors["products"] = ["required"]
    if errors:
        raise Invalid(fields=errors)
    return {"products": products, "new_project": bool(fields.get("new_project"))}


def _product(
    system: Mapping[str, Any], place: int, given: Mapping[str, Any], errors: dict[str, list[str]]
) -> dict[str, Any]:
    share = number(given.get("share") if given.get("share") not in {None, ""} else 1)
    if share is None or not 0 < share <= 10**9:
        errors[f"share.{place}"] = ["bad_number"]
    typed = given.get("values") or {}
    values = {}
    for one in indicators(system):
        text = typed.get(one["key"])
        if text is None or text == "":
            continue
        if levels.met_level(one, text) is None:
            errors[f"value.{place}.{one['key']}"] = ["unknown" if one["kind"] == "choice" else "bad_number"]
            continue
        values[one["key"]] = text if one["kind"] == "choice" else str(number(text))
    known = {one["key"] for one in indicators(system)}
    return {
        "name": storable(str(given.get("name") or "")).strip()[:100],
        "share": str(share),
        "values": values,
        "inapplicable": sorted(known & set(given.get("inapplicable") or [])),
    }


def indicators(system: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """Give the indicators of a system in their order."""
    return [one for group in system["groups"] for one in group["indicators"]]
