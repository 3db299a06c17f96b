"""The four proofs of a consultancy (domain: section 1.2) and its staff: without all four in force it is not chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from audits import calendars
from audits.models import ConsultancyProof, ConsultancyStaff
from workflows import trail
from workflows.access import Actor, may
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Attachment, Organisation, Region

ITEMS: Final[dict[str, tuple[str, str]]] = {
    "legal_person": ("独立法人资格和服务质量管理制度", "Independent legal person with a quality system"),
    "instruments": ("物料、能量、水平衡测试的仪器或者手段", "Instruments for material, energy and water balances"),
    "technicians": ("熟悉行业工艺、节能节水和污染防治的技术人员", "Technicians who know the industry"),
    "auditors": ("掌握审核方法、有经验的审核人员", "Auditors who master the method"),
}
WARN: Final = timedelta(days=60)
MANAGE: Final = "consultancies.manage"


@dataclass(frozen=True, slots=True)
class Item:
    """One of the four conditions. ``proof`` is the latest, ``state``: missing, expired, soon (within 60 days), ok."""

    key: str
    proof: ConsultancyProof | None
    state: str


def complete(today: date) -> ColumnElement[bool]:
    """Give the condition for organisations whose latest proof of every item is in force on a day."""
    number = (
        select(func.count(func.distinct(ConsultancyProof.item)))
        .where(
            ConsultancyProof.consultancy_id == Organisation.id,
            ConsultancyProof.item.in_(ITEMS),
            or_(ConsultancyProof.valid_until.is_(None), ConsultancyProof.valid_until >= today),
            newest(),
        )
        .correlate(Organisation)
        .scalar_subquery()
    )
    return number == len(ITEMS)


def newest() -> ColumnElement[bool]:
    """Give the condition for proofs that no later one of the same item has taken the place of."""
    later = aliased(ConsultancyProof)
    return ~exists().where(
        later.consultancy_id == ConsultancyProof.consultancy_id,
        later.item == ConsultancyProof.item,
        or_(
            later.recorded_at > ConsultancyProof.recorded_at,
            and_(later.recorded_at == ConsultancyProof.recorded_at, later.id > ConsultancyProof.id),
        ),
    ).correlate(ConsultancyProof)


def items(session: Session, consultancy_id: str, today: date) -> list[Item]:
    """Give the four items with their latest proofs. The caller has judged whether the actor may know."""
    rows = session.scalars(
        select(ConsultancyProof)
        .where(ConsultancyProof.consultancy_id == consultancy_id)
        .order_by(ConsultancyProof.recorded_at, ConsultancyProof.id)
    )
    latest = {row.item: row for row in rows}
    return [Item(key, latest.get(key), _state(latest.get(key), today)) for key in ITEMS]


def _state(proof: ConsultancyProof | None, today: date) -> str:
    if proof is None:
        return "missing"
    if proof.valid_until is None or proof.valid_until > today + WARN:
        return "ok"
    return "soon" if proof.valid_until >= today else "expired"


def consultancy(session: Session, actor: Actor, consultancy_id: str) -> Organisation:
    """Give a consultancy for its page: its own people, and who reads statistics. Raises NotFound."""
    row = session.get(Organisation, consultancy_id)
    if row is None or row.kind != "consultancy":
        raise NotFound("organisation_not_found")
    if consultancy_id not in actor.organisations and not may(actor, "statistics.read"):
        raise NotFound("organisation_not_found")
    return row


def may_manage(session: Session, actor: Actor, row: Organisation) -> bool:
    """Say whether the actor is of a bureau that manages the consultancies of the region."""
    return may(actor, MANAGE, session.get_one(Region, row.region_code).path)


def prove(
    session: Session,
    actor: Actor,
    consultancy_id: str,
    *,
    item: str,
    document: str,
    valid_until: date | None = None,
    evidence: Iterable[str] = (),
    now: datetime,
) -> ConsultancyProof:
    """Record a proof; it takes the place of the item's earlier one, which stays. Raises NotFound, NotAllowed, Invalid."""
    row = consultancy(session, actor, consultancy_id)
    if not may_manage(session, actor, row):
        raise NotAllowed("not_allowed", action=MANAGE)
    errors = {}
    if item not in ITEMS:
        errors["item"] = ["unknown"]
    document = storable(document).strip()
    if not document:
        errors["document"] = ["required"]
    if valid_until is not None and valid_until < calendars.local_day(now):
        errors["valid_until"] = ["bad_date"]
    if errors:
        raise Invalid(fields=errors)
    proof = ConsultancyProof(
        consultancy_id=row.id, item=item, document=document[:300], valid_until=valid_until,
        evidence=_files(session, actor, evidence), recorded_at=now, recorded_by=actor.person_id,
    )  # fmt: skip
    session.add(proof)
    session.flush()
    until = valid_until.isoformat() if valid_until else None
    _record(session, actor, row, "consultancy.proved", {"item": item, "document": document, "until": until}, now)
    return proof


def _files(session: Session, actor: Actor, ids: Iterable[str]) -> list[dict[str, Any]]:
    rows = [session.get(Attachment, key) for key in dict.fromkeys(ids)]
    if any(row is None or row.uploaded_by != actor.person_id for row in rows):
        raise Invalid(fields={"evidence": ["unknown"]})
    return [{"id": row.id, "name": row.name, "sha256": row.sha256} for row in rows if row is not None]


def prove_all(
    session: Session, actor: Actor, consultancy_id: str, *, document: str, until: date, now: datetime
) -> None:
    """Record all four at once, as one file of proofs brings them. Raises as ``prove``."""
    for item in ITEMS:
        prove(session, actor, consultancy_id, item=item, document=document, valid_until=until, now=now)


# ---- staff -----------------------------------------------------------------------------------------------------


def staff(session: Session, consultancy_id: str) -> list[ConsultancyStaff]:
    """Give who works and worked for a consultancy, those of today first."""
    query = select(ConsultancyStaff).where(ConsultancyStaff.consultancy_id == consultancy_id)
    return list(session.scalars(query.order_by(ConsultancyStaff.until.is_not(None), ConsultancyStaff.name)))


def add_staff(
    session: Session, actor: Actor, consultancy_id: str, fields: Mapping[str, Any], *, now: datetime
) -> ConsultancyStaff:
    """Add somebody from a day on: name, certificate, specialty, since, trained_until.

    Raises NotFound, NotAllowed, Invalid by field, Conflict ``staff_elsewhere`` where the certificate is in use on that
    day, by another agency or by this one.
    """
    row = consultancy(session, actor, consultancy_id)
    if row.id not in actor.organisations and not may_manage(session, actor, row):
        raise NotAllowed("not_allowed", action=MANAGE)
    texts = {key: storable(str(fields.get(key) or "")).strip() for key in ("name", "certificate", "specialty")}
    since, trained = fields.get("since"), fields.get("trained_until")
    errors = {key: ["required"] for key in ("name", "certificate") if not texts[key]}
    if not isinstance(since, date):
        errors["since"] = ["bad_date"]
    if errors or not isinstance(since, date):
        raise Invalid(fields=errors)
    certificate = texts["certificate"].upper().replace(" ", "")[:60]
    taken = session.scalar(
        select(Organisation.name)
        .join(ConsultancyStaff, ConsultancyStaff.consultancy_id == Organisation.id)
        .where(
            ConsultancyStaff.certificate == certificate,
            or_(ConsultancyStaff.until.is_(None), ConsultancyStaff.until >= since),
        )
        .limit(1)
    )
    if taken is not None:
        raise Conflict("staff_elsewhere", name=taken)
    person = ConsultancyStaff(
        consultancy_id=row.id, name=texts["name"][:100], certificate=certificate, specialty=texts["specialty"][:200],
        trained_until=trained if isinstance(trained, date) else None, since=since, recorded_at=now,
        recorded_by=actor.person_id,
    )  # fmt: skip
    session.add(person)
    session.flush()
    told = {"person": person.name, "certificate": certificate, "since": since.isoformat()}
    _record(session, actor, row, "consultancy.staff_joined", told, now)
    return person


def end_staff(session: Session, actor: Actor, staff_id: str, *, until: date, now: datetime) -> ConsultancyStaff:
    """Say until which day somebody works for a consultancy. Raises NotFound, NotAllowed, Invalid ``until``."""
    person = session.get(ConsultancyStaff, staff_id)
    if person is None:
        raise NotFound("staff_not_found")
    row = consultancy(session, actor, person.consultancy_id)
    if row.id not in actor.organisations and not may_manage(session, actor, row):
        raise NotAllowed("not_allowed", action=MANAGE)
    if until < person.since:
        raise Invalid(fields={"until": ["before_since"]})
    person.until = until
    _record(session, actor, row, "consultancy.staff_left", {"person": person.name, "until": until.isoformat()}, now)
    return person


def _record(
    session: Session, actor: Actor, row: Organisation, action: str, payload: dict[str, Any], now: datetime
) -> None:
    trail.append(
        session,
        chain=f"org:{row.id}",
        actor=actor,
        action=action,
        subject_type="consultancy",
        subject_id=row.id,
        payload={"name": row.name, **payload},
        now=now,
    )
