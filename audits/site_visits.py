"""Visits of panels to the site (现场核查): planned by the bureau, reported by each expert, from a telephone without a network too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import access, calendars, cases, options, panel_notices
from audits.models import Case, Panel, PanelMember, SiteReport, SiteVisit
from workflows import runtime
from workflows.access import Actor, may
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Attachment, Person

RESULTS: Final = ("yes", "no", "none")
LENGTHS: Final = {"place": 200, "plan": 2000, "findings": 4000, "note": 500, "key": 64}
MOST_PHOTOS: Final = 30
AHEAD: Final = timedelta(minutes=10)
"""How far the clock of a device may be before ours."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit as somebody sees it: reports with the names of their experts; ``own`` is the actor's place on the panel."""

    row: SiteVisit
    case: Case
    panel: Panel
    reports: tuple[tuple[SiteReport, str], ...]
    own: bool
    reported: bool


@cache
def checklists() -> tuple[Mapping[str, Any], ...]:
    """Read the checklists, a region's own before the national ones."""
    text = resources.files("audits").joinpath("data/site_visit.json").read_text(encoding="utf-8")
    return tuple(json.loads(text)["rules"])


def checklist(region_path: str, day: date) -> list[dict[str, str]]:
    """Give the items to check in a region on a day: key, zh, en. Raises NotFound ``no_checklist``."""
    for rule in checklists():
        holds = rule["from"] <= day.isoformat() and (rule["until"] is None or day.isoformat() <= rule["until"])
        if holds and any(region_path.startswith(path) for path in rule["regions"]):
            return list(rule["items"])
    raise NotFound("no_checklist", day=day.isoformat())


# ---- the bureau ------------------------------------------------------------------------------------------------


def plan(session: Session, actor: Actor, panel_id: str, fields: Mapping[str, Any], *, now: datetime) -> SiteVisit:
    """Plan the visit of a panel at work, or change the plan while nobody has reported; its members are told.

    ``fields``: planned_on, place, plan. Raises NotFound, NotAllowed, Invalid by field, Conflict ``panel_closed``,
    ``visit_reported``.
    """
    panel = access.fetch(session, actor, Panel, panel_id)
    case = session.get_one(Case, panel.case_id)
    if not options.competent(actor, case):
        raise NotAllowed("not_your_panel")
    runtime.lock(session, case.id)
    session.refresh(panel)
    if panel.closed_at is not None:
        raise Conflict("panel_closed")
    day, texts = _planned(fields, now)
    row = session.scalar(select(SiteVisit).where(SiteVisit.panel_id == panel.id))
    if row is None:
        row = SiteVisit(panel_id=panel.id, case_id=case.id, items=checklist(case.region_path, day))
        session.add(row)
    elif session.scalar(select(SiteReport.id).where(SiteReport.visit_id == row.id).limit(1)):
        raise Conflict("visit_reported")
    row.planned_on, row.place, row.plan = day, texts["place"], texts["plan"]
    row.planned_by, row.planned_at = actor.person_id, now
    session.flush()
    cases.record(session, actor, case.id, "visit.planned", {"on": day.isoformat(), "place": row.place}, now)
    members = select(PanelMember.expert_id).where(PanelMember.panel_id == panel.id, PanelMember.left_as == "")
    for expert_id in sorted(session.scalars(members)):
        panel_notices.visit(session, case, row, expert_id, now)
    return row


def _planned(fields: Mapping[str, Any], now: datetime) -> tuple[date, dict[str, str]]:
    texts = {key: storable(str(fields.get(key) or "")).strip() for key in ("place", "plan")}
    errors = {key: ["too_long"] for key, text in texts.items() if len(text) > LENGTHS[key]}
    if not texts["place"]:
        errors["place"] = ["required"]
    value = fields.get("planned_on")
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value or ""))
    except ValueError:
        day = date.min
        errors["planned_on"] = ["bad_date" if value else "required"]
    if "planned_on" not in errors and day < calendars.local_day(now):
        errors["planned_on"] = ["past"]
    if errors:
        raise Invalid(fields=errors)
    return day, texts


# ---- reading ---------------------------------------------------------------------------------------------------


def of_panel(session: Session, panel_id: str) -> SiteVisit | None:
    """Give the visit of a panel that the caller has fetched."""
    return session.scalar(select(SiteVisit).where(SiteVisit.panel_id == panel_id))


def get(session: Session, actor: Actor, visit_id: str) -> Visit:
    """Give a visit to the members of its panel, and to whoever works with panels in the region. Raises NotFound.

    Members read their own report only, as they do of scores.
    """
    row = session.get(SiteVisit, visit_id)
    case = session.get(Case, row.case_id) if row else None
    if row is None or case is None:
        raise NotFound("visit_not_found")
    member = session.get(PanelMember, (row.panel_id, actor.person_id or ""))
    own = member is not None and not member.left_as
    panel = session.get_one(Panel, row.panel_id)
    reads = may(actor, "panels.read", case.region_path)
    if not (own or reads):
        raise NotFound("visit_not_found")
    query = (
        select(SiteReport, Person.name)
        .join(Person, Person.id == SiteReport.expert_id)
        .where(SiteReport.visit_id == row.id)
        .order_by(SiteReport.received_at, SiteReport.id)
    )
    found = [(report, name) for report, name in session.execute(query)]
    mine = [pair for pair in found if pair[0].expert_id == actor.person_id]
    return Visit(row, case, panel, tuple(found if reads else mine), own, bool(mine))


def mine(session: Session, actor: Actor) -> list[SiteVisit]:
    """Give the visits of the panels at work on which the actor sits, the next first."""
    query = (
        select(SiteVisit)
        .join(Panel, Panel.id == SiteVisit.panel_id)
        .join(PanelMember, PanelMember.panel_id == Panel.id)
        .where(PanelMember.expert_id == actor.person_id, PanelMember.left_as == "", Panel.closed_at.is_(None))
        .order_by(SiteVisit.planned_on, SiteVisit.id)
        .limit(100)
    )
    return list(session.scalars(query))


# ---- the expert ------------------------------------------------------------------------------------------------


def report(session: Session, actor: Actor, visit_id: str, fields: Mapping[str, Any], *, now: datetime) -> SiteReport:
    """Hand in what one found; the same ``key`` again gives the report that arrived, and changes nothing.

    ``fields``: key, signed_in_at (ISO, with its zone), answers (by item: result, note), findings, photos (ids of files that
    the actor has uploaded). Raises NotFound, NotAllowed, Invalid by field, Conflict ``visit_reported``, ``panel_closed``.
    """
    visit = get(session, actor, visit_id)
    if not visit.own:
        raise NotAllowed("not_your_panel")
    runtime.lock(session, visit.case.id)
    key = str(fields.get("key") or "")[: LENGTHS["key"]]
    query = select(SiteReport).where(SiteReport.visit_id == visit_id, SiteReport.expert_id == actor.person_id)
    found = session.scalar(query)
    if found is not None:
        if key and found.key == key:
            return found
        raise Conflict("visit_reported")
    if session.get_one(Panel, visit.panel.id, populate_existing=True).closed_at is not None:
        raise Conflict("panel_closed")
    values = _reported(session, actor, visit, fields, now)
    row = SiteReport(visit_id=visit_id, expert_id=actor.person_id, key=key, received_at=now, **values)
    session.add(row)
    session.flush()
    told = {"photos": len(row.photos), "signed_in_at": row.signed_in_at.isoformat()}
    cases.record(session, actor, visit.case.id, "visit.reported", told, now)
    return row


def _reported(session: Session, actor: Actor, visit: Visit, fields: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    errors: dict[str, list[str]] = {}
    if not str(fields.get("key") or ""):
        errors["key"] = ["required"]
    at = _signed_in(fields.get("signed_in_at"), now, errors)
    given: Mapping[str, Any] = fields.get("answers") or {}
    answers = []
    for item in visit.row.items:
        one = given.get(item["key"]) or {}
        result, note = str(one.get("result") or ""), storable(str(one.get("note") or "")).strip()
        if result not in RESULTS:
            errors[item["key"]] = ["required"]
        elif result == "no" and not note:
            errors[item["key"]] = ["note_needed"]
        elif len(note) > LENGTHS["note"]:
            errors[item["key"]] = ["too_long"]
        answers.append({"item": item["key"], "result": result, "note": note})
    findings = storable(str(fields.get("findings") or "")).strip()
    if len(findings) > LENGTHS["findings"]:
        errors["findings"] = ["too_long"]
    photos = _photos(session, actor, visit, list(fields.get("photos") or ()), errors)
    if errors:
        raise Invalid(fields=errors)
    return {"signed_in_at": at, "answers": answers, "findings": findings, "photos": photos}


def _signed_in(value: Any, now: datetime, errors: dict[str, list[str]]) -> datetime:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value or ""))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        errors["signed_in_at"] = ["required"]
    elif at > now + AHEAD:
        errors["signed_in_at"] = ["in_future"]
    else:
        return at
    return now


def _photos(
    session: Session, actor: Actor, visit: Visit, ids: list[Any], errors: dict[str, list[str]]
) -> list[dict[str, Any]]:
    """Bind the photographs to the case, where its parties see them."""
    wanted = list(dict.fromkeys(str(one) for one in ids))
    query = select(Attachment).where(
        Attachment.id.in_(wanted[:MOST_PHOTOS]), Attachment.uploaded_by == actor.person_id,
        Attachment.removed_at.is_(None), Attachment.task_id.is_(None), Attachment.instance_id.is_(None),
    )  # fmt: skip
    rows = list(session.scalars(query.order_by(Attachment.uploaded_at, Attachment.id)))
    if len(rows) != len(wanted) or not all(row.media_type.startswith("image/") for row in rows):
        errors["photos"] = ["unknown"]
        return []
    for row in rows:
        row.instance_id, row.record_class = visit.case.id, "restricted"
    return [{"id": row.id, "name": row.name, "sha256": row.sha256} for row in rows]
