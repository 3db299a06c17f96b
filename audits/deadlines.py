"""The statutory days of a case: computed from data, written down, met or missed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import calendar_alarm, calendars
from audits.models import Case, Deadline
from workflows import definitions, trail
from workflows.access import SYSTEM, Actor
from workflows.application import Application
from workflows.errors import Invalid, NotFound

SOON: Final = 3  # working days
ONCE: Final = frozenset({"publication", "decision"})  # triggers of which a case has one
KINDS: Final[dict[str, tuple[str, str]]] = {
    "disclosure": ("信息公示", "Disclosure"),
    "start": ("启动审核", "Start of the audit"),
    "report": ("提交审核报告", "Audit report"),
    "supplement": ("补充完善", "Supplement"),
    "implementation": ("方案实施", "Implementation"),
    "rectification": ("限期整改", "Rectification"),
}
REMIND_AT: Final = time(9, 0)
_FAR: Final = date(2999, 12, 31)


@dataclass(frozen=True, slots=True)
class Countdown:
    """How far a day is: ``days`` calendar and ``working_days`` working days; negative when past."""

    days: int
    working_days: int
    state: Literal["ok", "soon", "overdue"]


def countdown(calendar: calendars.Calendar, due_on: date, today: date) -> Countdown:
    """Measure the way to a day: overdue once it has passed, soon within three working days."""
    working = calendar.working_days(today, due_on)
    if today > due_on:
        state: Literal["ok", "soon", "overdue"] = "overdue"
    else:
        state = "soon" if working <= SOON else "ok"
    return Countdown((due_on - today).days, working, state)


def compute(
    session: Session,
    app: Application,
    case: Case,
    *,
    definition_id: str,
    kinds: Iterable[str],
    on: date | None,
    now: datetime,
) -> dict[str, Any]:
    """Write the deadlines of some kinds for the case's round and give all of the case as variables.

    The period, its trigger, the reminder and the legal source come from the decision table ``deadlines``; a trigger
    whose day is not known to the case begins ``on`` that day, or today. A repeat changes nothing.
    """
    today = calendars.local_day(now)
    calendar = calendars.load(session, case.publication_date.year - 1, today.year + 3, case.region_code)
    for kind in kinds:
        if not _stands(session, case, kind):
            _write(session, app, case, kind, definition_id, calendar, on or today, now)
    session.flush()
    return variables(session, case)


def _write(
    session: Session,
    app: Application,
    case: Case,
    kind: str,
    definition_id: str,
    calendar: calendars.Calendar,
    on: date,
    now: datetime,
) -> None:
    facts = {"kind": kind, "round": case.round, "types": list(case.types), "procedure_key": case.procedure}
    rule = definitions.decide(session, app, definition_id, "deadlines", facts, now)
    if not rule:
        raise Invalid("no_deadline_rule", kind=kind)
    known = {"publication": case.publication_date, "decision": case.decision_date or case.publication_date}
    start = known.get(rule["trigger"], on)
    day = calendars.legal_day(start, rule["period"], calendar)
    calendar_alarm.sound(session, calendar.missing(day.nominal, day.due), now)
    row = Deadline(
        case_id=case.id,
        kind=kind,
        round=case.round,
        trigger=rule["trigger"],
        trigger_on=start,
        period=rule["period"],
        nominal_on=day.nominal,
        due_on=day.due,
        provisional=day.provisional,
        basis=rule.get("basis") or "",
        remind_days=int(rule.get("remind_days") or 0),
    )
    session.add(row)
    record(session, SYSTEM, case.id, "deadline.set", row, {"trigger": rule["trigger"], "trigger_on": start}, now)


def variables(session: Session, case: Case) -> dict[str, Any]:
    """Give the deadlines of the case's latest rounds, as the diagrams' timers read them."""
    return {kind: facts(row) for kind, row in by_kind(session, case.id).items()}


def by_kind(session: Session, case_id: str) -> dict[str, Deadline]:
    """Give the deadline of the latest round of each kind."""
    query = select(Deadline).where(Deadline.case_id == case_id).order_by(Deadline.round, Deadline.trigger_on)
    return {row.kind: row for row in session.scalars(query)}


def facts(row: Deadline) -> dict[str, Any]:
    """Give one deadline as variables: days as ISO dates, times with the offset of China.

    Once it is met, or while the clock stands still for nobody knows how long, its times lie far away: it may be
    reopened, and a timer that has fired would ring no more.
    """
    stands = row.met_on is not None or row.paused_since is not None
    due = _FAR if stands else row.runs_to
    remind = datetime.combine(due - timedelta(days=row.remind_days), REMIND_AT, calendars.ZONE)
    overdue = datetime.combine(due + timedelta(days=1), time(0, 0), calendars.ZONE)
    return {
        "due": row.runs_to.isoformat(),
        "statutory": row.due_on.isoformat(),
        "remind_at": remind.isoformat(),
        "overdue_at": overdue.isoformat(),
        "provisional": row.provisional,
    }


def _stands(session: Session, case: Case, kind: str) -> bool:
    """Say whether the round has this deadline: an open one, or one that runs from a day that comes only once."""
    rows = session.scalars(
        select(Deadline).where(Deadline.case_id == case.id, Deadline.kind == kind, Deadline.round == case.round)
    )
    return any(row.met_on is None or row.trigger in ONCE for row in rows)


def latest(session: Session, case_id: str, kind: str) -> Deadline:
    """Give the deadline of a kind in the latest round; NotFound where it was never set."""
    row = session.scalar(
        select(Deadline)
        .where(Deadline.case_id == case_id, Deadline.kind == kind)
        .order_by(Deadline.round.desc(), Deadline.trigger_on.desc(), Deadline.met_on.is_(None).desc())
        .limit(1)
    )
    if row is None:
        raise NotFound("deadline_not_found", kind=kind)
    return row


def meet(session: Session, case_id: str, kind: str, now: datetime) -> None:
    """Note that what the law asked for was done today. A repeat keeps the first day."""
    row = latest(session, case_id, kind)
    if row.met_on is None:
        row.met_on = calendars.local_day(now)
        record(session, SYSTEM, case_id, "deadline.met", row, {"met_on": row.met_on}, now)


def reopen(session: Session, case_id: str, kind: str, now: datetime) -> Deadline:
    """Note that what was handed in was sent back: the day stands, unmet. An unmet one stays as it is."""
    row = latest(session, case_id, kind)
    if row.met_on is not None:
        was, row.met_on = row.met_on, None
        record(session, SYSTEM, case_id, "deadline.reopened", row, {"met_on": was}, now)
    return row


def for_case(session: Session, case_id: str) -> list[Deadline]:
    """Give a case's deadlines, the next first. The caller has fetched the case through access."""
    return list(session.scalars(select(Deadline).where(Deadline.case_id == case_id).order_by(Deadline.runs_to)))


def next_of(session: Session, case_ids: Iterable[str]) -> dict[str, Deadline]:
    """Give the next open deadline of each case."""
    rows = session.scalars(
        select(Deadline)
        .where(Deadline.case_id.in_(list(case_ids)), Deadline.met_on.is_(None))
        .order_by(Deadline.runs_to.desc())
    )
    return {row.case_id: row for row in rows}


def record(
    session: Session, actor: Actor, case_id: str, action: str, row: Deadline, more: Mapping[str, Any], now: datetime
) -> None:
    """Append an act about a deadline to the case's chain: the statutory day, and the day that counts where it differs."""
    payload = {"kind": row.kind, "round": row.round, "due_on": row.due_on.isoformat(), "provisional": row.provisional}
    if row.runs_to not in (None, row.due_on):
        payload["runs_to"] = row.runs_to.isoformat()
    payload |= {key: value.isoformat() if isinstance(value, date) else value for key, value in more.items()}
    trail.append(
        session,
        chain=case_id,
        actor=actor,
        action=action,
        subject_type="deadline",
        subject_id=row.kind,
        payload=payload,
        now=now,
    )
