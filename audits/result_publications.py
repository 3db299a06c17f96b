"""The audit result that the enterprise itself publishes: its clock, its evidence, what the public reads of it.

The fourth of the four publications (domain: section 3.2), kept apart from the list, the disclosure and the acceptance
results. The clock runs from the day the report was handed in; the law of that day says how.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from audits import access, calendars, cases, notices, reports
from audits.models import Case, Deadline, Enterprise, Notice, ReportSecret, ReportVersion, ResultPublication
from workflows import files, runtime
from workflows.access import SYSTEM, Actor
from workflows.application import Application
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Attachment, Region
from workflows.paging import Page, keyset

Json = Any
OWED: Final = ("", "qualified", "unqualified")
"""The outcomes with which the result is still to be published; "" is an open case."""
SUMMARY_LENGTH: Final = 5000
MOST_FILES: Final = 10
MOST_REMINDED: Final = 200
"""How many cases one turn of the worker looks at; those told already are not looked at again."""


@dataclass(frozen=True, slots=True)
class Clock:
    """By when the result has to be public. ``state``: waiting (no report yet), running, overdue, done, done_late."""

    state: str
    since: date | None
    due_on: date | None
    provisional: bool
    basis: tuple[str, str]
    manner: tuple[str, str]


@cache
def _versions() -> list[dict[str, Json]]:
    text = resources.files("audits").joinpath("data/result_publication.json").read_text(encoding="utf-8")
    found: list[dict[str, Json]] = json.loads(text)["versions"]
    return found


def clock(session: Session, case: Case, today: date) -> Clock:
    """Count the days of a case's publication. The caller has fetched the case through access."""
    since = session.scalar(
        select(Deadline.met_on)
        .where(Deadline.case_id == case.id, Deadline.kind == "report", Deadline.met_on.is_not(None))
        .order_by(Deadline.round, Deadline.met_on)
        .limit(1)
    )
    rule = _in_force(since or today)
    words = ((rule["basis"]["zh"], rule["basis"]["en"]), (rule["manner"]["zh"], rule["manner"]["en"]))
    if since is None:
        return Clock("waiting", None, None, provisional=False, basis=words[0], manner=words[1])
    last = calendars.add_period(since, rule["period"]).year + 1
    day = calendars.legal_day(since, rule["period"], calendars.load(session, since.year, last, case.region_code))
    first = session.scalar(select(func.min(ResultPublication.published_on)).where(ResultPublication.case_id == case.id))
    late = (first or today) > day.due
    states = ("running", "overdue") if first is None else ("done", "done_late")
    return Clock(states[late], since, day.due, provisional=day.provisional, basis=words[0], manner=words[1])


def _in_force(day: date) -> dict[str, Json]:
    return next(
        one
        for one in reversed(_versions())
        if one["from"] <= day.isoformat() <= (one["until"] or date.max.isoformat()) or one is _versions()[0]
    )


def follow_up(session: Session, _app: Application, now: datetime) -> None:
    """Remind an enterprise before its result has to be public; afterwards tell it and the bureau, once."""
    today = calendars.local_day(now)
    told = select(Notice.id).where(Notice.key == "result_overdue:" + Case.id)
    published = select(ResultPublication.id).where(ResultPublication.case_id == Case.id)
    handed_in = select(Deadline.id).where(
        Deadline.case_id == Case.id, Deadline.kind == "report", Deadline.met_on.is_not(None)
    )
    query = (
        select(Case)
        .where(handed_in.exists(), ~published.exists(), ~told.exists(), Case.outcome.in_(OWED))
        .order_by(Case.opened_at, Case.id)
    )
    for case in session.scalars(query.limit(MOST_REMINDED)):
        found = clock(session, case, today)
        if found.due_on is None:
            continue
        if found.state == "overdue":
            _tell(session, case, "result_overdue", case.enterprise_id, "", found.due_on, now)
            _tell(session, case, "result_overdue", case.competent_id, ":bureau", found.due_on, now)
            cases.record(session, SYSTEM, case.id, "result.escalated", {"due_on": str(found.due_on)}, now)
        elif found.due_on - today <= timedelta(days=_remind_before(found.since or today)) and _tell(
            session, case, "result_soon", case.enterprise_id, "", found.due_on, now
        ):
            cases.record(session, SYSTEM, case.id, "result.reminded", {"due_on": str(found.due_on)}, now)


def _remind_before(since: date) -> int:
    return int(_in_force(since)["remind_before_days"])


def _tell(
    session: Session, case: Case, kind: str, organisation_id: str, mark: str, due_on: date, now: datetime
) -> bool:
    """Leave a notice of a case's result; says whether it is a new one."""
    key = f"{kind}:{case.id}{mark}"
    if session.scalar(select(Notice.id).where(Notice.key == key)) is not None:
        return False
    values = {"subject": session.get_one(Enterprise, case.enterprise_id).name, "due_on": str(due_on)}
    notices.send(
        session, key=key, organisation_id=organisation_id, instance_id=case.id, kind=kind, values=values, now=now
    )
    return True


def of_case(session: Session, actor: Actor, case_id: str) -> list[ResultPublication]:
    """Give what a case's enterprise has published, the newest first. Raises NotFound."""
    access.case(session, actor, case_id)
    query = select(ResultPublication).where(ResultPublication.case_id == case_id)
    return list(session.scalars(query.order_by(ResultPublication.number.desc())))


def record(
    session: Session,
    app: Application,
    actor: Actor,
    case_id: str,
    *,
    channel: str,
    url: str,
    published_on: date,
    summary: str,
    reason: str = "",
    report_version: int = 0,
    evidence: Sequence[tuple[str, bytes]],
    now: datetime,
) -> ResultPublication:
    """Record that the enterprise has published its result, with evidence; a second record corrects the first, with a reason.

    ``evidence`` are names and contents of files; ``report_version`` names a made audit report whose public PDF anybody may
    then read, 0 for none. Raises NotFound, NotAllowed ``not_your_enterprise``, Invalid by field, Conflict
    ``report_not_submitted``.
    """
    case = access.case(session, actor, case_id)
    if case.enterprise_id not in actor.organisations:
        raise NotAllowed("not_your_enterprise")
    runtime.lock(session, case_id)
    today = calendars.local_day(now)
    running = clock(session, case, today)
    if running.since is None:
        raise Conflict("report_not_submitted")
    earlier = of_case(session, actor, case_id)
    given = {"channel": channel, "url": url, "summary": summary, "reason": reason}
    texts = {key: storable(value).strip() for key, value in given.items()}
    report = _report(session, case_id, report_version)
    marked = report is not None and report_version not in _showable(session, case_id)
    errors = _wrong(texts, published_on, running.since, today, corrects=bool(earlier))
    if not evidence or len(evidence) > MOST_FILES:
        errors["evidence"] = ["required" if not evidence else "too_many"]
    if report_version and report is None:
        errors["report_version"] = ["unknown"]
    elif marked:
        errors["report_version"] = ["before_mark"]
    if errors:
        raise Invalid(fields=errors)
    kept = [
        files.upload(session, app, actor, name=name, content=content, instance_id=case_id, now=now)
        for name, content in evidence
    ]
    row = ResultPublication(
        case_id=case_id,
        region_path=case.region_path,
        number=(earlier[0].number if earlier else 0) + 1,
        published_on=published_on,
        due_on=running.due_on,
        evidence=[{"id": file.id, "name": file.name, "sha256": file.sha256} for file in kept],
        report_file_id=report,
        recorded_by=actor.person_id,
        recorded_at=now,
        **texts,
    )
    session.add(row)
    session.flush()
    told = {"number": row.number, "published_on": published_on.isoformat(), "url": row.url}
    told["files"] = [one["sha256"] for one in row.evidence]
    cases.record(session, actor, case_id, "result.published_by_enterprise", told, now)
    return row


def _report(session: Session, case_id: str, number: int) -> str | None:
    if not number:
        return None
    query = select(ReportVersion).where(
        ReportVersion.case_id == case_id, ReportVersion.kind == "audit", ReportVersion.number == number
    )
    row = session.scalars(query).one_or_none()
    return str(row.files["public_pdf"]) if row is not None and "public_pdf" in row.files else None


def _showable(session: Session, case_id: str) -> frozenset[int]:
    """Give the made audit reports that know of every trade secret marked until now; an older one would tell it."""
    marked = select(func.max(ReportSecret.marked_at)).where(ReportSecret.case_id == case_id).scalar_subquery()
    query = select(ReportVersion.number).where(
        ReportVersion.case_id == case_id,
        ReportVersion.kind == "audit",
        ReportVersion.status == "made",
        or_(marked.is_(None), ReportVersion.asked_at >= marked),
    )
    return frozenset(session.scalars(query))


def _wrong(
    texts: Mapping[str, str], published_on: date, since: date, today: date, *, corrects: bool
) -> dict[str, list[str]]:
    errors = {}
    limits = {"channel": 100, "url": 1000, "summary": SUMMARY_LENGTH, "reason": 500}
    for key, limit in limits.items():
        if not texts[key] and (key != "reason" or corrects):
            errors[key] = ["required"]
        elif len(texts[key]) > limit:
            errors[key] = ["too_long"]
    if texts["url"] and not _is_address(texts["url"]):
        errors["url"] = ["bad_address"]
    if published_on > today:
        errors["published_on"] = ["in_future"]
    elif published_on < since:
        errors["published_on"] = ["before_report"]
    return errors


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


@dataclass(frozen=True, slots=True)
class PublicResult:
    """What anybody reads of an audit result: whose it is, where and when it was published, what it says."""

    row: ResultPublication
    enterprise: Enterprise
    case_number: str


def public_list(
    session: Session, *, text: str = "", region: str | None = None, cursor: str | None = None, limit: int = 50
) -> Page[PublicResult]:
    """Give the audit results as they were published last, the newest first. Needs no actor."""
    later = select(ResultPublication.case_id, func.max(ResultPublication.number).label("number"))
    last = later.group_by(ResultPublication.case_id).subquery()
    query = (
        select(ResultPublication, Enterprise, Case.number)
        .join(last, (last.c.case_id == ResultPublication.case_id) & (last.c.number == ResultPublication.number))
        .join(Case, Case.id == ResultPublication.case_id)
        .join(Enterprise, Enterprise.id == Case.enterprise_id)
    )
    if text:
        query = query.where(Enterprise.name.contains(text, autoescape=True) | (Enterprise.uscc == text.upper()))
    if region:
        path = session.scalar(select(Region.path).where(Region.code == region)) or "/none/"
        query = query.where(ResultPublication.region_path.startswith(path, autoescape=True))
    columns = [ResultPublication.published_on, ResultPublication.recorded_at, ResultPublication.id]
    return keyset(session, query, columns, cursor, limit, descending=True).map(lambda row: PublicResult(*row))


def public_report(session: Session, app: Application, publication_id: str) -> tuple[Attachment, bytes]:
    """Give the redacted report of a publication that counts: a correction may have taken it back. Needs no actor.

    Raises NotFound.
    """
    row = session.get(ResultPublication, publication_id)
    if row is None or row.report_file_id is None:
        raise NotFound("publication_not_found")
    last = select(func.max(ResultPublication.number)).where(ResultPublication.case_id == row.case_id)
    if row.number != session.scalar(last):
        raise NotFound("publication_not_found")
    return files.open_(session, app, SYSTEM, row.report_file_id)


def report_choices(session: Session, actor: Actor, case_id: str) -> list[reports.Made]:
    """Give the made audit reports of which the enterprise may show the public version."""
    if not access.works_on(session, actor, case_id):
        return []
    showable = _showable(session, case_id)
    return [one for one in reports.listed(session, actor, case_id, "audit") if one.number in showable]
