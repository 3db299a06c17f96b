"""The option register (方案): its options, their effects and sums, and who may judge them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from audits import access, indicators
from audits.models import Case, Enterprise, Option, OptionEffect, Panel, PanelMember
from workflows import access as rows
from workflows import timeline
from workflows.access import Actor
from workflows.errors import NotFound
from workflows.models import Attachment, Instance
from workflows.paging import Page, keyset

CLASSES: Final[dict[str, tuple[str, str]]] = {
    "none": ("无费", "No cost"),
    "low": ("低费", "Low cost"),
    "medium": ("中费", "Medium cost"),
    "high": ("高费", "High cost"),
}
ASPECTS: Final[dict[str, tuple[str, str]]] = {
    "materials": ("原辅材料和能源", "Raw materials and energy"),
    "technology": ("技术工艺", "Technology"),
    "equipment": ("设备", "Equipment"),
    "control": ("过程控制", "Process control"),
    "management": ("管理", "Management"),
    "staff": ("员工", "Staff"),
    "product": ("产品", "Product"),
    "waste": ("废弃物", "Waste"),
}
STATUSES: Final[dict[str, tuple[str, str]]] = {
    "proposed": ("提出", "Proposed"),
    "rejected": ("筛除", "Rejected"),
    "study": ("待研究", "Under study"),
    "feasible": ("可行", "Feasible"),
    "planned": ("拟实施", "Planned"),
    "running": ("实施中", "In progress"),
    "done": ("完成", "Done"),
    "dropped": ("未实施", "Not implemented"),
    "replaced": ("替换", "Replaced"),
}
OPEN: Final = ("feasible", "planned", "running")
"""What is still to be done: only these can be late."""
AT_ACCEPTANCE: Final = frozenset({"acceptance", "merged_review"})
"""The stages of a case in which the bureau or its panel may write verified values."""
ACTS: Final = ("options.recorded", "option.verified", "option.reviewed", "option.warned")
GATES: Final = ("acceptance", "merged")


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of a register. ``classes``: count, planned and actual investment, planned and actual benefit by class.

    Planned figures are of all that count; actual, reported and verified of the done.
    An effect that nobody said is None, which is not 0.
    """

    classes: Mapping[str, tuple[int, int, Decimal, Decimal, Decimal, Decimal]]
    effects: Mapping[str, tuple[Decimal | None, Decimal | None, Decimal | None]]


@dataclass(frozen=True, slots=True)
class OptionView:
    """An option with its effects, the options it is linked to, and what may be done."""

    option: Option
    case: Case
    effects: Mapping[str, OptionEffect]
    replaced_by: Option | None
    replaces: Sequence[Option]
    same_as: Option | None
    history: Sequence[timeline.TimelineEntry]
    evidence: Sequence[Attachment]
    may_verify: bool
    may_review: bool


def of_case(session: Session, case_id: str) -> list[Option]:
    """Give a case's options by code. The caller has fetched the case through access."""
    return list(session.scalars(select(Option).where(Option.case_id == case_id).order_by(Option.code)))


def late(option: Option, today: date) -> bool:
    """Say whether an option should be finished and is not."""
    return option.status in OPEN and option.planned_end is not None and option.planned_end < today


def list_(
    session: Session,
    actor: Actor,
    case_id: str,
    *,
    status: str | None = None,
    cost_class: str | None = None,
    aspect: str | None = None,
    overdue: bool = False,
    today: date,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[Option]:
    """Give the options of a case that the actor sees, by code. Raises NotFound, Invalid for a foreign cursor."""
    access.case(session, actor, case_id)
    where: list[ColumnElement[bool]] = [Option.case_id == case_id, access.visible(actor, Option)]
    for column, value in ((Option.status, status), (Option.cost_class, cost_class), (Option.aspect, aspect)):
        if value:
            where.append(column == value)
    if overdue:
        where += [Option.status.in_(OPEN), Option.planned_end < today]
    return keyset(session, select(Option).where(*where), [Option.code, Option.id], cursor, limit)


def to_review(session: Session, actor: Actor, *, limit: int = 20) -> list[tuple[Option, Case, Enterprise]]:
    """Give what stands in for replaced options and waits for a review by the actor's bureau, by case and code."""
    if "options.verify" not in actor.actions:
        return []
    query = (
        select(Option, Case, Enterprise)
        .join(Case, Case.id == Option.case_id)
        .join(Enterprise, Enterprise.id == Case.enterprise_id)
        .where(
            Option.review == "due",
            Case.outcome == "",
            Case.competent_id.in_(actor.organisations),
            access.visible(actor, Case),
        )
        .order_by(Case.number, Option.code)
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def effects_of(session: Session, ids: Iterable[str]) -> dict[str, dict[str, OptionEffect]]:
    """Give the effects of some options by option and indicator."""
    found: dict[str, dict[str, OptionEffect]] = {}
    for row in session.scalars(select(OptionEffect).where(OptionEffect.option_id.in_(list(ids)))):
        found.setdefault(row.option_id, {})[row.indicator] = row
    return found


def one(session: Session, actor: Actor, case_id: str, code: str) -> OptionView:
    """Give an option of a case by its code, with its history. Raises NotFound."""
    case = access.case(session, actor, case_id)
    row = row_of(session, case_id, code)
    told = timeline.for_instance(session, actor, case_id, limit=200, actions=ACTS)
    own = [entry for entry in told.items if _concerns(entry.values, code)]
    return OptionView(
        option=row,
        case=case,
        effects=effects_of(session, [row.id]).get(row.id, {}),
        replaced_by=session.get(Option, row.replaced_by_id) if row.replaced_by_id else None,
        replaces=list(session.scalars(select(Option).where(Option.replaced_by_id == row.id).order_by(Option.code))),
        same_as=session.scalar(select(Option).where(Option.id == row.same_as_id, access.visible(actor, Option))),
        history=own,
        evidence=_evidence(session, actor, row),
        may_verify=at_gate(session, case) and row.status == "done" and judges(session, actor, case),
        may_review=row.review == "due" and competent(actor, case),
    )


def row_of(session: Session, case_id: str, code: str) -> Option:
    """Give an option of a case by its code; NotFound. The caller has fetched the case through access."""
    row = session.scalar(select(Option).where(Option.case_id == case_id, Option.code == code))
    if row is None:
        raise NotFound("option_not_found", option=code)
    return row


def _evidence(session: Session, actor: Actor, row: Option) -> list[Attachment]:
    """Give the files that prove an option, as far as the actor may see them, by the time of their upload."""
    ids = [str(one.get("id")) for one in row.detail.get("evidence") or [] if isinstance(one, Mapping)]
    query = select(Attachment).where(Attachment.id.in_(ids), rows.visible(actor, Attachment))
    return list(session.scalars(query.order_by(Attachment.uploaded_at, Attachment.id)))


def _concerns(payload: Mapping[str, Any], code: str) -> bool:
    return payload.get("code") == code or code in (payload.get("changes") or {})


def counts(option: Option) -> bool:
    """Say whether an option counts: not rejected, dropped or replaced; what replaces another once it is accepted."""
    return option.status not in {"rejected", "dropped", "replaced"} and option.review in {"", "accepted"}


def totals(session: Session, case_id: str) -> Totals:
    """Add up the register of a case. The caller has fetched the case through access."""
    found = of_case(session, case_id)
    effects = effects_of(session, [row.id for row in found])
    classes, sums = {}, {}
    for key in CLASSES:
        kept = [row for row in found if row.cost_class == key and counts(row)]
        done = [row for row in kept if row.status == "done"]
        classes[key] = (
            len(kept),
            len(done),
            _sum(row.planned_investment for row in kept),
            _sum(row.actual_investment for row in done),
            _sum(row.planned_benefit for row in kept),
            _sum(row.actual_benefit for row in done),
        )
    for key in indicators.known():
        kept = [row for row in found if counts(row)]
        pairs = [(row, effects.get(row.id, {}).get(key)) for row in kept]
        sums[key] = (
            _said(effect.planned for _, effect in pairs if effect),
            _said(effect.reported for row, effect in pairs if effect and row.status == "done"),
            _said(effect.verified for row, effect in pairs if effect and row.status == "done"),
        )
    return Totals(classes, sums)


def application(session: Session, case_id: str) -> dict[str, Any]:
    """Give what an application for acceptance says of a register: its options, money, and effects by indicator.

    ``count_total`` leaves out what was never to be implemented; ``{}`` for a case without a register.
    """
    found = [row for row in of_case(session, case_id) if row.status not in {"proposed", "rejected", "study"}]
    if not found:
        return {}
    effects = totals(session, case_id).effects
    return {
        "count_total": len(found),
        "count_done": sum(row.status == "done" for row in found),
        "investment_total": float(_sum(row.actual_investment for row in found)),
        "benefit_total": float(_sum(row.actual_benefit for row in found)),
        "effects": [
            {"indicator": key}
            | {
                name: None if value is None else float(value)
                for name, value in zip(("planned", "reported", "verified"), sums, strict=True)
            }
            for key, sums in effects.items()
            if any(value is not None for value in sums)
        ],
    }


def _said(values: Iterable[Any]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return _sum(known) if known else None


def _sum(values: Iterable[Any]) -> Decimal:
    return sum((value for value in values if value is not None), Decimal(0))


# ---- who may judge --------------------------------------------------------------------------------------------


def competent(actor: Actor, case: Case) -> bool:
    """Say whether an actor is an officer of the bureau that decides a case."""
    return "options.verify" in actor.actions and case.competent_id in actor.organisations


def judges(session: Session, actor: Actor, case: Case) -> bool:
    """Say whether an actor is the competent bureau or sits on a panel that judges the case now."""
    if competent(actor, case):
        return True
    seat = select(PanelMember.expert_id).join(Panel, Panel.id == PanelMember.panel_id)
    open_ = seat.where(Panel.case_id == case.id, Panel.purpose.in_(GATES), Panel.closed_at.is_(None))
    return session.scalar(open_.where(PanelMember.expert_id == actor.person_id)) is not None


def at_gate(session: Session, case: Case) -> bool:
    """Say whether a case stands before its acceptance now."""
    return not case.outcome and session.get_one(Instance, case.id).stage in AT_ACCEPTANCE
