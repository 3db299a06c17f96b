"""The expert pool (专家库) and the panels that judge a gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from audits import calendars, cases
from audits.models import Case, Enterprise, Expert, Panel, PanelMember
from workflows import instances, people, trail
from workflows.access import SYSTEM, Actor, may, require
from workflows.application import Application
from workflows.errors import Invalid, NotFound
from workflows.models import Organisation, Party, Person, Region
from workflows.paging import Page, keyset

FIELDS: Final[dict[str, tuple[str, str]]] = {
    "process": ("行业工艺", "Industry process"),
    "cleaner_production": ("清洁生产", "Cleaner production"),
    "environment": ("环境保护", "Environment"),
    "energy": ("节能", "Energy"),
}
LEAST: Final = 3


def add(session: Session, actor: Actor, fields: Mapping[str, Any], *, now: datetime) -> Expert:
    """Add an expert and the person behind. Raises NotAllowed, Invalid by field, Conflict (user name taken)."""
    region = session.get(Region, str(fields.get("region_code") or ""))
    errors: dict[str, list[str]] = {}
    if region is None:
        errors["region_code"] = ["bad_region"]
    for key in ("username", "name", "employer", "title"):
        if not str(fields.get(key) or "").strip():
            errors[key] = ["required"]
    chosen = list(fields.get("fields") or [])
    if not chosen or not set(chosen) <= set(FIELDS):
        errors["fields"] = ["unknown"]
    valid_until = _day(fields.get("valid_until"))
    if valid_until is None:
        errors["valid_until"] = ["bad_date"]
    if errors or region is None or valid_until is None:
        raise Invalid(fields=errors)
    require(actor, "experts.manage", region.path)
    person = people.create_person(
        session, actor, username=str(fields["username"]).strip(), name=str(fields["name"]).strip(),
        password=str(fields.get("password") or ""), title=str(fields["title"]).strip(), now=now,
    )  # fmt: skip
    pool = _pool(session, region)
    people.add_membership(
        session, actor, person_id=person.id, organisation_id=pool.id, role="expert", region_code=region.code, now=now
    )
    expert = Expert(
        id=person.id,
        employer=str(fields["employer"]).strip(),
        title=str(fields["title"]).strip(),
        fields=chosen,
        region_code=region.code,
        valid_until=valid_until,
    )
    session.add(expert)
    session.flush()
    _record(session, actor, expert, {"name": person.name, "employer": expert.employer, "fields": chosen}, now)
    return expert


def _day(value: Any) -> date | None:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        return None


def _pool(session: Session, region: Region) -> Organisation:
    """Give the organisation that stands for the pool of a region, making it when it is missing."""
    found = session.scalar(
        select(Organisation).where(Organisation.kind == "expert_pool", Organisation.region_code == region.code)
    )
    if found is None:
        found = Organisation(
            kind="expert_pool",
            name=f"{region.name}清洁生产专家库",
            name_en=f"Expert pool of {region.name_en}",
            code=region.code,
            region_code=region.code,
            staff_role="expert",
        )
        session.add(found)
        session.flush()
    return found


def list_(
    session: Session, actor: Actor, *, text: str = "", cursor: str | None = None, limit: int = 50
) -> Page[tuple[Expert, Person]]:
    """Give the pool by name. Raises NotAllowed for whoever does not work with panels."""
    if not may(actor, "experts.manage") and not may(actor, "people.manage"):
        require(actor, "experts.manage")
    query = select(Expert, Person).join(Person, Person.id == Expert.id)
    if text:
        query = query.where(
            or_(Person.name.contains(text, autoescape=True), Expert.employer.contains(text, autoescape=True))
        )
    page = keyset(session, query, [Person.name, Person.id], cursor, limit, key=lambda row: (row[1].name, row[1].id))
    return page.map(lambda row: (row[0], row[1]))


def available(session: Session, case: Case, today: date) -> list[dict[str, str]]:
    """Give the experts who may judge a case: active, valid, and of no company that has a part in it (回避).

    That is the enterprise, under whatever name, and every consultancy that was ever engaged in the case.
    """
    barred = _names_of_parties(session, case)
    rows = session.execute(
        select(Expert, Person)
        .join(Person, Person.id == Expert.id)
        .where(Expert.status == "active", Expert.valid_until >= today, Person.active)
        .order_by(Person.name)
    )
    return [
        {"value": expert.id, "label": f"{person.name}（{expert.employer}，{expert.title}）"}
        for expert, person in rows
        if _plain(expert.employer) not in barred
    ]


def _names_of_parties(session: Session, case: Case) -> set[str]:
    enterprise = session.get_one(Enterprise, case.enterprise_id)
    engaged = select(Party.organisation_id).where(Party.instance_id == case.id, Party.role == "consultancy")
    names = session.scalars(select(Organisation.name).where(Organisation.id.in_(engaged)))
    return {_plain(name) for name in (enterprise.name, *enterprise.former_names, *names)}


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()


def appoint(
    session: Session,
    app: Application,
    case: Case,
    *,
    purpose: str,
    expert_ids: Sequence[str],
    detail: Mapping[str, Any],
    now: datetime,
) -> Panel:
    """Form a panel: its experts become dated parties of the case, and what waits is offered anew. The first one leads.

    One that is still at work for the same purpose, since the step was returned, gives way to it.

    Raises Invalid when there are fewer than three, or one of them may not judge this case.
    """
    allowed = {row["value"] for row in available(session, case, calendars.local_day(now))}
    chosen = list(dict.fromkeys(expert_ids))
    if len(chosen) < LEAST:
        raise Invalid("panel_too_small", least=LEAST)
    if not set(chosen) <= allowed:
        raise Invalid("expert_not_available")
    _replace(session, app, case, purpose, chosen, now)
    panel = Panel(
        case_id=case.id,
        purpose=purpose,
        round=case.round,
        meeting_on=_day(detail.get("meeting_on")),
        place=str(detail.get("place") or "")[:200],
        appointed_at=now,
        detail={},
    )
    session.add(panel)
    session.flush()
    for place, expert_id in enumerate(chosen):
        session.add(PanelMember(panel_id=panel.id, expert_id=expert_id, leader=place == 0))
        instances.add_party(session, app, SYSTEM, case.id, "expert", person_id=expert_id, now=now)
    cases.record(session, SYSTEM, case.id, "panel.appointed", {"purpose": purpose, "experts": chosen}, now)
    return panel


def _replace(
    session: Session, app: Application, case: Case, purpose: str, chosen: Sequence[str], now: datetime
) -> None:
    """End the panel that a new one takes the place of; who is not in the new one sees the case no longer."""
    standing = select(Panel).where(Panel.case_id == case.id, Panel.purpose == purpose, Panel.closed_at.is_(None))
    for old in session.scalars(standing).all():
        old.closed_at = now
        members = session.scalars(select(PanelMember.expert_id).where(PanelMember.panel_id == old.id)).all()
        for expert_id in sorted(set(members) - set(chosen)):
            instances.end_party(session, app, SYSTEM, case.id, "expert", person_id=expert_id, now=now)
        cases.record(session, SYSTEM, case.id, "panel.replaced", {"purpose": purpose}, now)


def close(session: Session, app: Application, case: Case, *, purpose: str, score: str, now: datetime) -> None:
    """End a panel: its experts see the case no longer, their sheets open to the bureau. A repeat does nothing."""
    panel = session.scalar(
        select(Panel)
        .where(Panel.case_id == case.id, Panel.purpose == purpose, Panel.closed_at.is_(None))
        .order_by(Panel.appointed_at.desc())
    )
    if panel is None:
        return
    panel.closed_at, panel.score = now, score
    instances.end_party(session, app, SYSTEM, case.id, "expert", now=now)
    cases.record(session, SYSTEM, case.id, "panel.closed", {"purpose": purpose, "score": score}, now)


def panels_of(session: Session, case_id: str) -> list[tuple[Panel, list[Person]]]:
    """Give a case's panels with their members, the leader first. The caller has fetched the case through access."""
    found = []
    for panel in session.scalars(select(Panel).where(Panel.case_id == case_id).order_by(Panel.appointed_at)):
        members = session.scalars(
            select(Person)
            .join(PanelMember, PanelMember.expert_id == Person.id)
            .where(PanelMember.panel_id == panel.id)
            .order_by(PanelMember.leader.desc(), Person.name)
        )
        found.append((panel, list(members)))
    return found


def get(session: Session, actor: Actor, expert_id: str) -> tuple[Expert, Person]:
    """Give one expert. Raises NotFound, NotAllowed."""
    require(actor, "experts.manage")
    expert = session.get(Expert, expert_id)
    if expert is None:
        raise NotFound("expert_not_found")
    return expert, session.get_one(Person, expert_id)


def _record(session: Session, actor: Actor, expert: Expert, payload: Mapping[str, Any], now: datetime) -> None:
    trail.append(
        session,
        chain="experts",
        actor=actor,
        action="expert.added",
        subject_type="expert",
        subject_id=expert.id,
        payload=payload,
        now=now,
    )
