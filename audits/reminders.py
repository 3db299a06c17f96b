"""Reminders before and after a statutory day or a task's day, by rules that a bureau or a designer writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from audits import access, calendars, deadlines, notices, procedures
from audits.models import Case, Deadline, Enterprise, Notice, ReminderRule
from workflows import trail
from workflows.access import Actor, require
from workflows.application import Application
from workflows.errors import Invalid
from workflows.models import Membership, Region, Task, TaskCandidate
from workflows.models.base import new_id

MANAGE: Final = "notices.rules"
TELLS: Final = ("enterprise", "bureau", "both")
FURTHEST: Final = 365
AT: Final = time(9, 0)
REMEMBERED: Final = timedelta(days=40)
"""Longer than a reminder can still be due, over the longest holidays."""
LATE: Final = 3
"""A reminder that was missed (the worker stood still) is still given within so many days."""


def of_actor(session: Session, actor: Actor) -> Sequence[ReminderRule]:
    """Give the rules of the actor's regions. Raises NotAllowed."""
    require(actor, MANAGE)
    query = select(ReminderRule).where(access.visible(actor, ReminderRule))
    return session.scalars(query.order_by(ReminderRule.region_path, ReminderRule.days.desc(), ReminderRule.id)).all()


def add(
    session: Session,
    actor: Actor,
    *,
    region_code: str,
    procedure: str,
    deadline: str,
    element: str,
    days: int,
    working: bool,
    tells: str,
    now: datetime,
) -> ReminderRule:
    """Write a rule for a region. Raises NotAllowed, Invalid by field."""
    region = session.get(Region, region_code)
    if region is None:
        raise Invalid(fields={"region_code": ["bad_region"]})
    require(actor, MANAGE, region.path)
    wrong = {}
    if not -FURTHEST <= days <= FURTHEST:
        wrong["days"] = ["bad_number"]
    if tells not in TELLS:
        wrong["tells"] = ["unknown"]
    if deadline and (element or deadline not in deadlines.KINDS):
        wrong["deadline"] = ["unknown"]
    if procedure and procedure not in procedures.NAMES:
        wrong["procedure"] = ["unknown"]
    if len(element) > 64:
        wrong["element"] = ["too_long"]
    if wrong:
        raise Invalid(fields=wrong)
    row = ReminderRule(
        id=new_id(), region_code=region.code, region_path=region.path, procedure=procedure, deadline=deadline,
        element=element, days=days, working=working, tells=tells, created_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    told = {"deadline": deadline, "element": element, "procedure": procedure, "days": days, "tells": tells}
    _note(session, actor, row, "reminder_rule.added", told, now)
    return row


def switch(session: Session, actor: Actor, rule_id: str, *, active: bool, now: datetime) -> ReminderRule:
    """Let a rule count, or not any more. Raises NotFound, NotAllowed."""
    row = access.fetch(session, actor, ReminderRule, rule_id)
    require(actor, MANAGE, row.region_path)
    if row.active is not active:
        row.active = active
        _note(session, actor, row, "reminder_rule.switched", {"days": row.days, "active": active}, now)
    return row


def _note(session: Session, actor: Actor, row: ReminderRule, action: str, told: dict[str, Any], now: datetime) -> None:
    trail.append(
        session, chain=f"region:{row.region_code}", actor=actor, action=action, subject_type="reminder_rule",
        subject_id=row.id, payload=told, now=now,
    )  # fmt: skip


# ---- giving them -----------------------------------------------------------------------------------------------


def remind(session: Session, _app: Application, now: datetime) -> None:
    """Leave the notices that rules ask for today, each once (a chore of every minute)."""
    local = now.astimezone(calendars.ZONE)
    if local.time() < AT:
        return
    today = local.date()
    rules = session.scalars(select(ReminderRule).where(ReminderRule.active)).all()
    for rule in rules:
        calendar = calendars.load(session, today.year - 1, today.year + 1, rule.region_code)
        found = _tasks(session, rule, today) if rule.element else _deadlines(session, rule, today)
        wanted = {}
        for key, day, case, what in found:
            left = calendar.working_days(today, day) if rule.working else (day - today).days
            if rule.days - LATE < left <= rule.days:
                wanted[f"reminder:{rule.id}:{key}:{day}"] = (day, case, what)
        told = _told(session, rule, now) if wanted else set()
        for key, (day, case, what) in wanted.items():
            if key not in told:
                _tell(session, rule, key, day, case, what, today, now)


def _told(session: Session, rule: ReminderRule, now: datetime) -> set[str]:
    """Give the keys of what a rule has said lately, without the receiver."""
    said = select(Notice.key).where(
        Notice.key.startswith(f"reminder:{rule.id}:", autoescape=True), Notice.at > now - REMEMBERED
    )
    return {key.rpartition(":")[0] for key in session.scalars(said)}


Found = tuple[str, date, str, Any]
"""Its key, its day, its case (or instance), and the row."""


def _span(rule: ReminderRule, today: date) -> tuple[date, date]:
    """Give the days between which what the rule asks for today can lie: holidays stretch working days."""
    stretch = abs(rule.days) + 14 if rule.working else 0
    return today + timedelta(days=rule.days - LATE - stretch), today + timedelta(days=rule.days + stretch)


def _of_procedure(query: Select[Any], rule: ReminderRule) -> Select[Any]:
    return query.where(Case.procedure == rule.procedure) if rule.procedure else query


def _deadlines(session: Session, rule: ReminderRule, today: date) -> Iterator[Found]:
    query = (
        select(Deadline)
        .join(Case, Case.id == Deadline.case_id)
        .where(
            Deadline.met_on.is_(None),
            Deadline.paused_since.is_(None),
            Deadline.runs_to.between(*_span(rule, today)),
            Case.outcome == "",
            Case.hold == "",
            Case.region_path.startswith(rule.region_path, autoescape=True),
        )
    )
    if rule.deadline:
        query = query.where(Deadline.kind == rule.deadline)
    for row in session.scalars(_of_procedure(query, rule)):
        yield row.id, row.runs_to, row.case_id, row


def _tasks(session: Session, rule: ReminderRule, today: date) -> Iterator[Found]:
    first, last = (datetime.combine(day, time(0), calendars.ZONE) for day in _span(rule, today))
    query = select(Task).where(
        Task.status == "open",
        Task.element == rule.element,
        Task.due_at.between(first, last + timedelta(days=1)),
        Task.region_path.startswith(rule.region_path, autoescape=True),
    )
    if rule.procedure:
        query = _of_procedure(query.join(Case, Case.id == Task.instance_id), rule)
    for row in session.scalars(query):
        if row.due_at is not None:
            yield row.id, calendars.local_day(row.due_at), row.instance_id, row


def _tell(
    session: Session, rule: ReminderRule, key: str, day: date, case_id: str, what: Any, today: date, now: datetime
) -> None:
    left = (day - today).days
    values: dict[str, Any] = {"due_on": day.isoformat(), "days": _distance(left)}
    if isinstance(what, Task):
        values |= {"subject": what.subject, "what": [what.name, what.name_en or what.name]}
        receivers = _offered(session, what, now)
    else:
        case = session.get_one(Case, case_id)
        names = deadlines.KINDS.get(what.kind, (what.kind, what.kind))
        values |= {"subject": session.get_one(Enterprise, case.enterprise_id).name, "what": list(names)}
        both = {"enterprise": [case.enterprise_id], "bureau": [case.competent_id]}
        receivers = [(one, None) for kind, own in both.items() if rule.tells in {kind, "both"} for one in own]
    for organisation, person in receivers:
        notices.send(
            session, key=f"{key}:{person or organisation}", organisation_id=organisation, person_id=person,
            instance_id=case_id, kind="reminder", values=values, now=now,
        )  # fmt: skip


def _distance(left: int) -> list[str]:
    """Say how far a day is, in both languages."""
    if left < 0:
        return [f"已过 {-left} 天", f"was due {-left} days ago"]
    return [f"还有 {left} 天到期", f"is due in {left} days"] if left else ["今天到期", "is due today"]


def _offered(session: Session, task: Task, now: datetime) -> list[tuple[str, str | None]]:
    """Give whom an open task is offered to: its holder alone, or people and the organisations of roles."""
    if task.assignee_id is not None:
        return _at_work(session, [task.assignee_id], now)
    principals = session.scalars(select(TaskCandidate.principal).where(TaskCandidate.task_id == task.id)).all()
    people = [one.removeprefix("person:") for one in principals if one.startswith("person:")]
    found: dict[tuple[str, str | None], None] = dict.fromkeys(_at_work(session, people, now))
    for role, _at, place in (one.partition("@") for one in principals if "@" in one):
        if place.startswith("org:"):
            found[place.removeprefix("org:"), None] = None
        else:
            query = select(Membership.organisation_id).where(
                Membership.role == role, Membership.region_code == place.removeprefix("region:"), *_in_force(now)
            )
            found |= dict.fromkeys((organisation, None) for organisation in session.scalars(query))
    return list(found)


def _at_work(session: Session, people: Sequence[str], now: datetime) -> list[tuple[str, str | None]]:
    query = select(Membership.person_id, Membership.organisation_id).where(
        Membership.person_id.in_(people), *_in_force(now)
    )
    places = dict(row for row in session.execute(query.order_by(Membership.since.desc())))
    return [(organisation, person) for person, organisation in sorted(places.items())]


def _in_force(now: datetime) -> tuple[Any, ...]:
    return Membership.since <= now, or_(Membership.until.is_(None), Membership.until > now)
