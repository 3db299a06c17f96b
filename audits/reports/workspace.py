"""Work on a report: what it shows now, what it lacks, the texts people write, and what is a trade secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import access, cases
from audits.models import Case, ReportSecret, ReportText
from audits.reports import assemble, redact
from audits.reports.material import Material, gather
from audits.reports.outline import Outline, outlines
from workflows import runtime
from workflows.access import Actor, name_of
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound

Json = Any
LENGTH: Final = 20_000
REASON_LENGTH: Final = 500
AFTERWARDS: Final = frozenset({"option_implementation", "continuous_plan"})
"""The forms that are handed in after the evaluation: with them the report has its last chapters."""


@dataclass(frozen=True, slots=True)
class Written:
    """The text of a place as it was written last; number 0 where nobody has written yet."""

    key: str
    number: int
    content: str
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Workspace:
    """A report in the making."""

    case: Case
    outline: Outline
    document: Mapping[str, Json]
    missing: tuple[assemble.Missing, ...]
    texts: Mapping[str, Written]
    secrets: tuple[ReportSecret, ...]
    places: Mapping[str, str]
    after: bool
    may_mark: bool


def outline_of(kind: str) -> Outline:
    """Give the outline of a kind of report; NotFound for another."""
    if kind not in outlines():
        raise NotFound("report_unknown", kind=kind)
    return outlines()[kind]


def look(session: Session, actor: Actor, case_id: str, kind: str) -> Workspace:
    """Show a report as it would be made now. Raises NotFound, NotAllowed."""
    case, outline = access.report(session, actor, case_id), outline_of(kind)
    material = gather(session, case, outline)
    after = has_last_chapters(material)
    return Workspace(
        case=case,
        outline=outline,
        document=assemble.assemble(material, outline, after=after),
        missing=tuple(assemble.missing(material, outline, after=after)),
        texts={one.key: one for one in _written(session, case_id, outline)},
        secrets=tuple(secrets(session, case_id)),
        places=redact.places(material),
        after=after,
        may_mark=case.enterprise_id in actor.organisations,
    )


def has_last_chapters(material: Material) -> bool:
    """Say whether the chapters after the evaluation belong into the report already."""
    return bool(AFTERWARDS & material.answers.keys())


def _written(session: Session, case_id: str, outline: Outline) -> list[Written]:
    query = select(ReportText).where(ReportText.case_id == case_id).order_by(ReportText.number)
    last = {row.key: row for row in session.scalars(query)}
    found = []
    for _chapter, _section, block in outline.texts():
        row = last.get(block.of)
        if row is None:
            found.append(Written(block.of, 0, "", "", None))
        else:
            by = name_of(session, row.written_by)
            found.append(Written(row.key, row.number, row.content, by, row.written_at))
    return found


def write(
    session: Session, actor: Actor, case_id: str, key: str, *, content: str, number: int, now: datetime
) -> ReportText | None:
    """Write a new version of a text. ``number`` is the version the writer began from; the same words make no version.

    Raises NotFound, NotAllowed, Invalid ``content``, Conflict ``report_text_changed`` (by, at) and ``case_is_closed``.
    """
    case = access.report(session, actor, case_id)
    if key not in {block.of for outline in outlines().values() for _c, _s, block in outline.texts()}:
        raise NotFound("report_unknown", key=key)
    runtime.lock(session, case_id)
    _still_open(case)
    content = storable(content).replace("\r\n", "\n").strip()
    if len(content) > LENGTH:
        raise Invalid(fields={"content": ["too_long"]})
    query = select(ReportText).where(ReportText.case_id == case_id, ReportText.key == key)
    last = session.scalars(query.order_by(ReportText.number.desc()).limit(1)).one_or_none()
    if last is not None and last.content == content:
        return last
    if (last.number if last else 0) != number:
        by, at = (name_of(session, last.written_by), last.written_at) if last else ("", None)
        raise Conflict("report_text_changed", by=by, at=at)
    row = ReportText(
        case_id=case_id, key=key, number=number + 1, content=content, written_by=actor.person_id, written_at=now
    )
    session.add(row)
    cases.record(session, actor, case_id, "report.written", {"key": key, "number": row.number}, now)
    return row


def history(session: Session, actor: Actor, case_id: str, key: str) -> list[Written]:
    """Give the versions of a text, the newest first. Raises NotFound, NotAllowed."""
    access.report(session, actor, case_id)
    query = select(ReportText).where(ReportText.case_id == case_id, ReportText.key == key)
    return [
        Written(row.key, row.number, row.content, name_of(session, row.written_by), row.written_at)
        for row in session.scalars(query.order_by(ReportText.number.desc()))
    ]


def secrets(session: Session, case_id: str) -> list[ReportSecret]:
    """Give what is marked as a trade secret. The caller has fetched the case through access."""
    return list(
        session.scalars(select(ReportSecret).where(ReportSecret.case_id == case_id).order_by(ReportSecret.place))
    )


def mark(session: Session, actor: Actor, case_id: str, place: str, *, reason: str, now: datetime) -> ReportSecret:
    """Keep a place out of the public versions made from now on. Only the enterprise does.

    Raises NotFound, NotAllowed, Invalid by field; a place that is marked already keeps its mark.
    """
    case = _own(session, actor, case_id)
    reason = storable(reason).strip()
    errors = {} if reason else {"reason": ["required"]}
    if len(reason) > REASON_LENGTH:
        errors = {"reason": ["too_long"]}
    known = {place for outline in outlines().values() for place in redact.places(gather(session, case, outline))}
    if place not in known:
        errors["place"] = ["unknown"]
    if errors:
        raise Invalid(fields=errors)
    old = session.get(ReportSecret, (case_id, place))
    if old is not None:
        return old
    row = ReportSecret(case_id=case_id, place=place, reason=reason, marked_by=actor.person_id, marked_at=now)
    session.add(row)
    cases.record(session, actor, case_id, "report.secret_marked", {"place": place, "reason": reason}, now)
    return row


def unmark(session: Session, actor: Actor, case_id: str, place: str, *, now: datetime) -> None:
    """Take a mark away; versions made meanwhile stay redacted. A place without one stays. Raises NotFound, NotAllowed."""
    _own(session, actor, case_id)
    row = session.get(ReportSecret, (case_id, place))
    if row is not None:
        session.delete(row)
        cases.record(session, actor, case_id, "report.secret_unmarked", {"place": place}, now)


def _own(session: Session, actor: Actor, case_id: str) -> Case:
    case = access.report(session, actor, case_id)
    if case.enterprise_id not in actor.organisations:
        raise NotAllowed("not_your_enterprise")
    runtime.lock(session, case_id)
    _still_open(case)
    return case


def _still_open(case: Case) -> None:
    if case.outcome:
        raise Conflict("case_is_closed", outcome=case.outcome)
