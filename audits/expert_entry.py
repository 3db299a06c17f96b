"""Entry into the expert pool: applied for or nominated, held against the rule, approved by two people; and renewal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import access, calendars, entry_rules, experts, notices
from audits.entry_rules import Finding, Rule
from audits.models import Expert, ExpertApplication
from workflows import trail
from workflows.access import Actor, may, require
from workflows.application import Application
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.models import Membership, Person, Region
from workflows.paging import Page, keyset

LENGTHS: Final = {"name": 100, "username": 100, "phone": 30, "employer": 200, "title": 100, "note": 1000}
OPEN: Final = ("waiting", "agreed")
EXAMS: Final = ("exam", "assessment")
MANAGE: Final = "experts.manage"
REASON_LENGTH: Final = 500
MOST_WARNED: Final = 100


@dataclass(frozen=True, slots=True)
class Checked:
    """An application with the rule that it is held against, and what that gives. ``names``: people by id."""

    row: ExpertApplication
    rule: Rule
    findings: tuple[Finding, ...]
    names: Mapping[str, str]

    @property
    def meets(self) -> bool:
        """Say whether every demand is met."""
        return all(one.met for one in self.findings)


# ---- reading ---------------------------------------------------------------------------------------------------


def list_(
    session: Session, actor: Actor, *, status: str = "", cursor: str | None = None, limit: int = 50
) -> Page[ExpertApplication]:
    """Give the applications that the actor sees, the newest first: of the own regions, and the own ones."""
    query = select(ExpertApplication).where(access.visible(actor, ExpertApplication))
    if status:
        query = query.where(ExpertApplication.status == status)
    order = [ExpertApplication.submitted_at, ExpertApplication.id]
    return keyset(session, query, order, cursor, limit, descending=True)


def get(session: Session, actor: Actor, application_id: str, *, now: datetime) -> Checked:
    """Give an application as it stands before the rule of today. Raises NotFound."""
    return _checked(session, access.fetch(session, actor, ExpertApplication, application_id), now)


def _checked(session: Session, row: ExpertApplication, now: datetime) -> Checked:
    today = calendars.local_day(now)
    rule = entry_rules.applicable(row.region_path, today)
    expert = session.get(Expert, row.person_id) if row.person_id else None
    ids = {one for one in (row.submitted_by, row.agreed_by, row.decided_by) if one}
    names = {one.id: one.name for one in session.scalars(select(Person).where(Person.id.in_(ids)))}
    return Checked(row, rule, entry_rules.check(rule, row, expert, today), names)


def may_decide(actor: Actor, row: ExpertApplication) -> bool:
    """Say whether an actor may approve an application as it stands: an officer who has had no part in it."""
    return may(actor, MANAGE, row.region_path) and actor.person_id not in {
        row.submitted_by, row.person_id, row.agreed_by,
    }  # fmt: skip


# ---- asking ----------------------------------------------------------------------------------------------------


def apply(session: Session, actor: Actor, fields: Mapping[str, Any], *, now: datetime) -> ExpertApplication:
    """Apply for oneself: to enter the pool, or to stay in it.

    Raises Invalid by field, Conflict ``applied_already``, ``renewal_too_early`` (day).
    """
    person = session.get_one(Person, actor.person_id)
    values = _read(session, {**fields, "name": person.name})
    if session.scalar(_open_of(person.id)) is not None:
        raise Conflict("applied_already")
    expert = session.get(Expert, person.id)
    renews = expert is not None and expert.status != "dismissed"
    if expert is not None and renews:
        today = calendars.local_day(now)
        rule = entry_rules.applicable(values["region_path"], today)
        first = expert.valid_until - timedelta(days=rule.renew_before_days)
        if today < first:
            raise Conflict("renewal_too_early", day=first.isoformat())
    kind = "renewal" if renews else "application"
    return _submit(session, actor, values | {"kind": kind, "person_id": person.id, "username": person.username}, now)


def nominate(session: Session, actor: Actor, fields: Mapping[str, Any], *, now: datetime) -> ExpertApplication:
    """Nominate somebody, as an officer of the region. Raises NotAllowed, Invalid by field, Conflict."""
    require(actor, MANAGE)
    values = _read(session, fields)
    require(actor, MANAGE, values["region_path"])
    username = storable(str(fields.get("username") or "")).strip().lower()
    if not username:
        raise Invalid(fields={"username": ["required"]})
    person = session.scalar(select(Person).where(Person.username == username))
    if person is not None and person.name != values["name"]:
        raise Conflict("username_taken", username=username)
    if session.scalar(_open_of(person.id if person else "", username)) is not None:
        raise Conflict("applied_already")
    more = {"kind": "nomination", "person_id": person.id if person else None, "username": username}
    return _submit(session, actor, values | more, now)


def withdraw(session: Session, actor: Actor, application_id: str, *, now: datetime) -> ExpertApplication:
    """Take back what one has handed in. Raises NotFound, NotAllowed, Conflict ``application_decided``."""
    row = _open(session, actor, application_id)
    if row.submitted_by != actor.person_id:
        raise NotAllowed("not_your_application")
    row.status, row.decided_by, row.decided_at = "withdrawn", actor.person_id, now
    _record(session, actor, row, "expert.application_withdrawn", now)
    return row


def _open_of(person_id: str, username: str = "") -> Any:
    whose = ExpertApplication.person_id == person_id if person_id else ExpertApplication.username == username
    return select(ExpertApplication.id).where(whose, ExpertApplication.status.in_(OPEN)).limit(1)


def _submit(session: Session, actor: Actor, values: Mapping[str, Any], now: datetime) -> ExpertApplication:
    row = ExpertApplication(**values, submitted_by=actor.person_id, submitted_at=now, status="waiting")
    session.add(row)
    session.flush()
    _record(session, actor, row, "expert.applied", now)
    return row


# ---- deciding --------------------------------------------------------------------------------------------------


def approve(
    session: Session, actor: Actor, application_id: str, *, password: str = "", now: datetime
) -> ExpertApplication:
    """Agree as the first, admit as the second of two officers; neither is who handed it in or whom it is about.

    ``password``: the first one of an account that is made by the second approval. Raises NotFound, NotAllowed
    (``second_person_needed``), Invalid ``entry_not_met`` with each demand that is not met, Conflict
    ``application_decided``.
    """
    row = _open(session, actor, application_id)
    require(actor, MANAGE, row.region_path)
    if not may_decide(actor, row):
        raise NotAllowed("second_person_needed")
    checked = _checked(session, row, now)
    if not checked.meets:
        raise Invalid(
            "entry_not_met", fields={one.demand: [f"entry_{one.demand}"] for one in checked.findings if not one.met}
        )
    row.rule = checked.rule.key
    if row.status == "waiting":
        row.status, row.agreed_by, row.agreed_at = "agreed", actor.person_id, now
        _record(session, actor, row, "expert.application_agreed", now)
        return row
    expert = _admit(session, actor, row, checked.rule, password, now)
    row.status, row.decided_by, row.decided_at, row.valid_until = "admitted", actor.person_id, now, expert.valid_until
    _record(session, actor, row, "expert.admitted", now)
    return row


def refuse(session: Session, actor: Actor, application_id: str, *, reason: str, now: datetime) -> ExpertApplication:
    """Refuse with a reason, which the applicant reads. Raises NotFound, NotAllowed, Invalid ``reason``, Conflict."""
    row = _open(session, actor, application_id)
    require(actor, MANAGE, row.region_path)
    if actor.person_id == row.person_id:
        raise NotAllowed("second_person_needed")
    text = storable(reason).strip()
    if not text or len(text) > REASON_LENGTH:
        raise Invalid(fields={"reason": ["too_long" if text else "required"]})
    row.status, row.decided_by, row.decided_at, row.reason = "refused", actor.person_id, now, text
    _record(session, actor, row, "expert.application_refused", now)
    return row


def _open(session: Session, actor: Actor, application_id: str) -> ExpertApplication:
    row = access.fetch(session, actor, ExpertApplication, application_id)
    session.refresh(row, with_for_update=True)
    if row.status not in OPEN:
        raise Conflict("application_decided")
    return row


def _admit(session: Session, actor: Actor, row: ExpertApplication, rule: Rule, password: str, now: datetime) -> Expert:
    """Let somebody into the pool, or stay in it: from the end of the present term where that is still to come."""
    expert = session.get(Expert, row.person_id) if row.person_id else None
    today = calendars.local_day(now)
    begins = max(today, expert.valid_until) if expert is not None and row.kind == "renewal" else today
    until = entry_rules.years_after(begins, rule.valid_years)
    told = {"employer": row.employer, "title": row.title, "fields": list(row.fields), "region_code": row.region_code}
    if expert is None:
        if row.person_id is None and not password:
            raise Invalid(fields={"password": ["required"]})
        whole = told | {"username": row.username, "name": row.name, "valid_until": until, "password": password}
        expert = experts.add(session, actor, whole, person_id=row.person_id, now=now)
        row.person_id = expert.id
        return expert
    for key, value in told.items():
        setattr(expert, key, value)
    expert.valid_until, expert.status, expert.dismissed_on = until, "active", None
    session.flush()
    return expert


# ---- the end of a term -----------------------------------------------------------------------------------------


def warn(session: Session, _app: Application, now: datetime) -> None:
    """Tell each expert once that the term is about to end, from the day on which it may be renewed."""
    today = calendars.local_day(now)
    longest = max(rule.renew_before_days for rule in entry_rules.rules())
    query = (
        select(Expert, Region.path, Membership.organisation_id)
        .join(Region, Region.code == Expert.region_code)
        .join(Membership, Membership.person_id == Expert.id)
        .where(
            Membership.role == "expert", Membership.until.is_(None), Expert.status == "active",
            Expert.valid_until >= today, Expert.valid_until <= today + timedelta(days=longest),
            Expert.warned_until.is_distinct_from(Expert.valid_until),
        )
        .order_by(Expert.valid_until, Expert.id)
        .limit(MOST_WARNED)
    )  # fmt: skip
    for expert, path, organisation in session.execute(query).all():
        rule = entry_rules.applicable(path, today)
        if today < expert.valid_until - timedelta(days=rule.renew_before_days):
            continue
        expert.warned_until = expert.valid_until
        notices.send(
            session, key=f"expert_expiring:{expert.id}:{expert.valid_until}", organisation_id=organisation,
            person_id=expert.id, instance_id=None, kind="expert_expiring",
            values={"valid_until": expert.valid_until.isoformat()}, now=now,
        )  # fmt: skip


# ---- what was typed --------------------------------------------------------------------------------------------


def _read(session: Session, fields: Mapping[str, Any]) -> dict[str, Any]:
    texts = {key: storable(str(fields.get(key) or "")).strip() for key in LENGTHS if key != "username"}
    errors = {key: ["too_long"] for key, text in texts.items() if len(text) > LENGTHS[key]}
    errors |= {key: ["required"] for key in ("name", "employer", "title") if not texts[key]}
    chosen = list(dict.fromkeys(fields.get("fields") or []))
    if not chosen or not set(chosen) <= set(experts.FIELDS):
        errors["fields"] = ["unknown"]
    exam = str(fields.get("exam") or "")
    if exam not in EXAMS:
        errors["exam"] = ["unknown"]
    region = session.get(Region, str(fields.get("region_code") or ""))
    if region is None:
        errors["region_code"] = ["bad_region"]
    born, exam_on = _day(fields, "born_on", errors), _day(fields, "exam_on", errors)
    if born is None:
        errors.setdefault("born_on", ["required"])
    years, score = _whole(fields, errors), _score(fields, errors)
    if errors or region is None:
        raise Invalid(fields=errors)
    return texts | {
        "fields": chosen, "exam": exam, "exam_on": exam_on, "exam_score": score, "born_on": born, "years": years,
        "region_code": region.code, "region_path": region.path,
    }  # fmt: skip


def _day(fields: Mapping[str, Any], key: str, errors: dict[str, list[str]]) -> date | None:
    value = fields.get(key)
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value)) if value else None
    except ValueError:
        errors[key] = ["bad_date"]
        return None


def _whole(fields: Mapping[str, Any], errors: dict[str, list[str]]) -> int:
    text = str(fields.get("years") if fields.get("years") is not None else "").strip()
    if text.isascii() and text.isdigit() and int(text) <= 80:
        return int(text)
    errors["years"] = ["bad_number"]
    return 0


def _score(fields: Mapping[str, Any], errors: dict[str, list[str]]) -> Decimal | None:
    text = str(fields.get("exam_score") if fields.get("exam_score") is not None else "").strip()
    if not text:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or not 0 <= found <= 100 or found != round(found, 1):
        errors["exam_score"] = ["bad_number"]
        return None
    return found


def _record(session: Session, actor: Actor, row: ExpertApplication, action: str, now: datetime) -> None:
    payload = {"name": row.name, "kind": row.kind, "region": row.region_code, "reason": row.reason, "rule": row.rule}
    trail.append(
        session, chain="experts", actor=actor, action=action, subject_type="expert_application", subject_id=row.id,
        payload=payload, now=now,
    )  # fmt: skip
