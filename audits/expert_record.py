"""The record of experts (记分考核、动态管理): what is noted by itself or by an officer, measures, effect on draws."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import calendars, experts, notices, record_rules
from audits.models import Case, Enterprise, Expert, ExpertMark, Panel, PanelMember
from audits.record_rules import BARRING, MEASURES, Rule, Sum
from workflows import trail
from workflows.access import SYSTEM, Actor, require
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.models import Membership, Region, Submission
from workflows.models.base import new_id

KINDS: Final[dict[str, tuple[str, str]]] = {
    "absence": ("缺席", "absence"),
    "late": ("评分逾期", "a late sheet"),
    "outlier": ("评分严重偏离", "an outlying score"),
    "overturned": ("评审结论被撤销", "a result that was overturned"),
    "conduct": ("违反评审纪律", "a breach of conduct"),
    "warning": ("警告", "warning"),
    "suspension": ("暂停抽取", "suspension"),
    "dismissal": ("解聘", "dismissal"),
}
MANAGE: Final = "experts.manage"
REASON_LENGTH: Final = 500
LEAST_SHEETS: Final = 3
"""With fewer sheets nobody is an outlier."""


@dataclass(frozen=True, slots=True)
class Record:
    """The record of an expert: entries, the latest first, with the numbers of their cases, and the sum of today."""

    expert: Expert
    rule: Rule
    sum: Sum
    marks: tuple[ExpertMark, ...]
    cases: Mapping[str, str]
    appealable: frozenset[str]


# ---- reading ---------------------------------------------------------------------------------------------------


def of_expert(session: Session, actor: Actor, expert_id: str, *, now: datetime) -> Record:
    """Give the record of an expert, to officers who work with panels and to the expert. Raises NotFound, NotAllowed."""
    expert, _person = experts.get(session, actor, expert_id)
    today = calendars.local_day(now)
    rule = rule_of(session, expert, today)
    marks = _marks(session, [expert.id])[expert.id]
    query = select(Case).where(Case.id.in_([one.case_id for one in marks if one.case_id]))
    numbers = {case.id: case.number for case in session.scalars(query)}
    mine = expert_id == actor.person_id
    return Record(
        expert=expert,
        rule=rule,
        sum=record_rules.add_up(rule, marks, today),
        marks=tuple(marks),
        cases=numbers,
        appealable=frozenset(one.id for one in marks if mine and may_appeal(rule, one, today)),
    )


def barred(session: Session, rows: Iterable[tuple[Expert, str]], today: date) -> set[str]:
    """Give which of some experts (with the path of their region) their record keeps out of draws on a day."""
    pairs = list(rows)
    marks = _marks(session, [expert.id for expert, _path in pairs])
    found = set()
    for expert, path in pairs:
        own = marks[expert.id]
        suspended = any(
            one.kind == "suspension"
            and not one.struck
            and one.on <= today
            and (one.until is None or today <= one.until)
            for one in own
        )
        if suspended or (
            own and record_rules.add_up(record_rules.applicable(path, today), own, today).level in BARRING
        ):
            found.add(expert.id)
    return found


def _marks(session: Session, ids: list[str]) -> dict[str, list[ExpertMark]]:
    found: dict[str, list[ExpertMark]] = defaultdict(list)
    query = select(ExpertMark).where(ExpertMark.expert_id.in_(ids))
    for row in session.scalars(query.order_by(ExpertMark.recorded_at.desc(), ExpertMark.id)):
        found[row.expert_id].append(row)
    return found


def rule_of(session: Session, expert: Expert, today: date) -> Rule:
    """Give the rule of an expert's region on a day."""
    return record_rules.applicable(session.get_one(Region, expert.region_code).path, today)


# ---- noted by itself -------------------------------------------------------------------------------------------


def note(
    session: Session,
    expert_id: str,
    kind: str,
    *,
    key: str,
    case_id: str | None,
    reason: str,
    actor: Actor = SYSTEM,
    now: datetime,
) -> None:
    """Note what costs points and tell the expert; the same key again changes nothing."""
    if session.scalar(select(ExpertMark.id).where(ExpertMark.key == key)) is not None:
        return
    expert, today = session.get_one(Expert, expert_id), calendars.local_day(now)
    rule = rule_of(session, expert, today)
    _enter(session, actor, expert, rule, kind, key, rule.points[kind], case_id, reason, today, None, now)


def judge_panel(session: Session, panel: Panel, now: datetime) -> None:
    """Note the late and the outlying sheets of a panel that closes."""
    members = select(PanelMember.expert_id).where(PanelMember.panel_id == panel.id, PanelMember.left_as == "")
    query = select(Submission).where(
        Submission.instance_id == panel.case_id, Submission.record_class == "score",
        Submission.submitted_at >= panel.appointed_at, Submission.submitted_by.in_(members),
    )  # fmt: skip
    sheets = {str(row.submitted_by): row for row in session.scalars(query.order_by(Submission.submitted_at))}
    totals = {
        key: Decimal(str(row.answers["total"])) for key, row in sheets.items() if row.answers.get("total") is not None
    }
    for expert_id, row in sorted(sheets.items()):
        rule = rule_of(session, session.get_one(Expert, expert_id), calendars.local_day(now))
        day = calendars.local_day(row.submitted_at)
        if panel.meeting_on and day > panel.meeting_on + timedelta(days=rule.late_after_days):
            text = f"评审日 {panel.meeting_on}，评分表于 {day} 提交"
            note(
                session,
                expert_id,
                "late",
                key=f"late:{panel.id}:{expert_id}",
                case_id=panel.case_id,
                reason=text,
                now=now,
            )
        if expert_id not in totals or len(totals) < LEAST_SHEETS:
            continue
        away = abs(totals[expert_id] - median(totals.values()))
        if away >= rule.outlier_from:
            text = f"本人评分与专家组评分中位数相差 {away:.1f} 分"
            note(
                session, expert_id, "outlier", key=f"outlier:{panel.id}:{expert_id}", case_id=panel.case_id,
                reason=text, now=now,
            )  # fmt: skip


def overturned(session: Session, case: Case, reason: str, now: datetime) -> None:
    """Note with every member of the panel whose result was taken back that it was."""
    query = select(Panel).where(
        Panel.case_id == case.id, Panel.purpose.in_(("acceptance", "merged")), Panel.closed_at.is_not(None),
        Panel.score != "",
    )  # fmt: skip
    panel = session.scalar(query.order_by(Panel.appointed_at.desc()).limit(1))
    if panel is None:
        return
    members = select(PanelMember.expert_id).where(PanelMember.panel_id == panel.id, PanelMember.left_as == "")
    for expert_id in sorted(session.scalars(members)):
        key = f"overturned:{panel.id}:{expert_id}"
        note(session, expert_id, "overturned", key=key, case_id=case.id, reason=reason[:500], now=now)


# ---- by officers -----------------------------------------------------------------------------------------------


def enter(session: Session, actor: Actor, expert_id: str, fields: Mapping[str, Any], *, now: datetime) -> ExpertMark:
    """Enter points (``kind`` of the rule) or a measure (warning, suspension with ``until``, dismissal) with its reason.

    Raises NotFound, NotAllowed, Invalid by field, Conflict ``expert_dismissed``.
    """
    expert = managed(session, actor, expert_id)
    today = calendars.local_day(now)
    rule = rule_of(session, expert, today)
    kind, reason = str(fields.get("kind") or ""), storable(str(fields.get("reason") or "")).strip()
    errors: dict[str, list[str]] = {}
    if kind not in rule.points and kind not in MEASURES:
        errors["kind"] = ["unknown"]
    if not reason or len(reason) > REASON_LENGTH:
        errors["reason"] = ["too_long" if reason else "required"]
    until = _until(fields, kind, today, errors)
    if errors:
        raise Invalid(fields=errors)
    if expert.status == "dismissed":
        raise Conflict("expert_dismissed")
    points = rule.points.get(kind, 0)
    row = _enter(session, actor, expert, rule, kind, new_id(), points, None, reason, today, until, now)
    if kind == "dismissal":
        expert.status, expert.dismissed_on = "dismissed", today
    return row


def managed(session: Session, actor: Actor, expert_id: str) -> Expert:
    """Give an expert whose record an officer keeps: of the own region, and not the own. Raises NotFound, NotAllowed."""
    expert, _person = experts.get(session, actor, expert_id)
    require(actor, MANAGE, session.get_one(Region, expert.region_code).path)
    if expert_id == actor.person_id:
        raise NotAllowed("own_record")
    return expert


def _until(fields: Mapping[str, Any], kind: str, today: date, errors: dict[str, list[str]]) -> date | None:
    value = fields.get("until")
    if kind != "suspension":
        return None
    try:
        until = value if isinstance(value, date) else date.fromisoformat(str(value or ""))
    except ValueError:
        errors["until"] = ["bad_date" if value else "required"]
        return None
    if until < today:
        errors["until"] = ["past"]
    return until


def _enter(
    session: Session,
    actor: Actor,
    expert: Expert,
    rule: Rule,
    kind: str,
    key: str,
    points: int,
    case_id: str | None,
    reason: str,
    on: date,
    until: date | None,
    now: datetime,
) -> ExpertMark:
    before = record_rules.add_up(rule, _marks(session, [expert.id])[expert.id], on)
    row = ExpertMark(
        expert_id=expert.id, kind=kind, key=key, points=points, case_id=case_id, reason=reason, on=on, until=until,
        rule=rule.key, recorded_by=actor.person_id, recorded_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    after = record_rules.add_up(rule, _marks(session, [expert.id])[expert.id], on)
    told = {"kind": kind, "points": points, "sum": after.points, "level": after.level, "expert": expert.id}
    record(session, actor, row, "expert.marked", told, now)
    tell(
        session, row, "expert_marked", {"what": list(KINDS[kind]), "points": str(points), "sum": str(after.points)}, now
    )
    if after.level != before.level and after.level in BARRING:
        tell(session, row, "expert_barred", {"sum": str(after.points)}, now)
    return row


def may_appeal(rule: Rule, row: ExpertMark, today: date) -> bool:
    """Say whether an entry may still be appealed against."""
    return not row.struck and not row.appeal_status and today <= row.on + timedelta(days=rule.appeal_days)


def tell(session: Session, row: ExpertMark, kind: str, values: dict[str, Any], now: datetime) -> None:
    """Leave the expert a notice about an entry."""
    pool = select(Membership.organisation_id).where(
        Membership.person_id == row.expert_id, Membership.role == "expert", Membership.until.is_(None)
    )
    organisation = session.scalar(pool.order_by(Membership.since.desc()).limit(1))
    case = session.get(Case, row.case_id) if row.case_id else None
    subject = session.get_one(Enterprise, case.enterprise_id).name if case else ""
    if organisation is not None:
        notices.send(
            session, key=f"{kind}:{row.id}", organisation_id=organisation, person_id=row.expert_id, instance_id=None,
            kind=kind, values={"subject": [f"（{subject}）", f" ({subject})"] if subject else ""} | values, now=now,
        )  # fmt: skip


def record(
    session: Session, actor: Actor, row: ExpertMark, action: str, payload: Mapping[str, Any], now: datetime
) -> None:
    """Append an event about an entry."""
    trail.append(
        session, chain="experts", actor=actor, action=action, subject_type="expert_mark", subject_id=row.id,
        payload=payload, now=now,
    )  # fmt: skip
