"""Matters (事项) of a case: raised with evidence, examined, decided; the decision has a letter and an effect.

One pattern for what the procedure does not draw: a kind is data (``audits/data/matters.json``), what an approval does is
a function in ``audits.effects``. Nobody decides what they raised themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from audits import access, calendars, effects, letters, matter_kinds, notices, regions, withheld
from audits.effects import Decided
from audits.matter_kinds import Kind
from audits.models import AuditList, Case, Enterprise, ListEntry, Matter
from workflows import runtime
from workflows.access import SYSTEM, Actor, may, name_of, require
from workflows.application import Application
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.models import Attachment, Organisation, Region
from workflows.paging import Page, keyset

LENGTH: Final = 2000
RAISE, DECIDE = "matters.raise", "matters.decide"


# ---- raising ---------------------------------------------------------------------------------------------------


def offered(session: Session, actor: Actor, case: Case) -> list[Kind]:
    """Give the kinds that the actor may raise about a case now."""
    sides = _sides(actor, case)
    taken = set(session.scalars(select(Matter.kind).where(Matter.case_id == case.id, Matter.status == "open")))
    return [
        kind
        for kind in matter_kinds.kinds().values()
        if sides & set(kind.raised_by) and _fits(kind, case) and kind.key not in taken
    ]


def _sides(actor: Actor, case: Case) -> set[str]:
    own = {"enterprise"} if case.enterprise_id in actor.organisations else set()
    return own | ({"bureau"} if may(actor, RAISE, case.region_path) else set())


def _fits(kind: Kind, case: Case) -> bool:
    return kind.when == "any" or case.outcome == ("" if kind.when == "running" else kind.when)


def raise_(
    session: Session,
    app: Application,
    actor: Actor,
    case_id: str,
    *,
    kind: str,
    reason: str,
    facts: Mapping[str, Any],
    evidence: Iterable[str] = (),
    now: datetime,
) -> Matter:
    """Ask for a decision about a case, with reason, facts and the ids of files that the actor uploaded.

    Who decides is told. Raises NotFound, NotAllowed, Invalid by field, Conflict ``matter_open``, ``matter_not_now``.
    """
    case = access.case(session, actor, case_id)
    wanted = matter_kinds.get(kind)
    side = next((one for one in wanted.raised_by if one in _sides(actor, case)), None)
    if side is None:
        raise NotAllowed("not_allowed", action=RAISE)
    runtime.lock(session, case_id)
    session.refresh(case)
    if not _fits(wanted, case):
        raise Conflict("matter_not_now", outcome=case.outcome)
    key = f"{case_id}:{kind}"
    if session.scalar(select(Matter.id).where(Matter.open_key == key)):
        raise Conflict("matter_open")
    values = _clean(session, case, wanted, reason, facts, now)
    effects.check(session, app, wanted, case, values, now)
    row = Matter(
        case_id=case_id, kind=kind, open_key=key, reason=storable(reason).strip(), facts=values, steps=[], decision={},
        evidence=_evidence(session, actor, case_id, wanted, evidence), raised_at=now, raised_by=actor.person_id,
        raised_for=case.enterprise_id if side == "enterprise" else None,
        decider_id=_decider(session, wanted, case).id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    withheld.keep(session, row)
    told = {"kind": kind, "reason": row.reason, "facts": values, "files": [one["name"] for one in row.evidence]}
    withheld.record(session, actor, row, "matter.raised", told, now)
    _tell(session, row, case, row.decider_id, "matter_raised", now)
    return row


def hand_over(session: Session, app: Application, case: Case, failures: int, now: datetime) -> None:
    """Raise the hand-over to enforcement of who has failed as often as the region bears (domain: 11, no endless loop)."""
    kind = matter_kinds.get("enforcement")
    limit = matter_kinds.limit(kind, case.region_path, calendars.local_day(now))
    if limit is not None and failures >= limit.most:
        facts = {"failures": str(failures)}
        raise_(session, app, SYSTEM, case.id, kind=kind.key, reason="多次验收不合格", facts=facts, now=now)


def _clean(
    session: Session, case: Case, kind: Kind, reason: str, facts: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    errors: dict[str, Any] = _wrong(reason)
    try:
        values = matter_kinds.clean(session, case, kind.facts, facts, calendars.local_day(now))
    except Invalid as error:
        raise Invalid(fields={**errors, **error.fields}) from None
    if errors:
        raise Invalid(fields=errors)
    return values


def _wrong(text: str, key: str = "reason") -> dict[str, Any]:
    text = storable(text).strip()
    if not text:
        return {key: ["required"]}
    return {key: ["too_long"]} if len(text) > LENGTH else {}


def _evidence(session: Session, actor: Actor, case_id: str, kind: Kind, ids: Iterable[str]) -> list[dict[str, Any]]:
    """Take files that the actor uploaded, or sees in the case already; own loose ones belong to the case from now on."""
    found = []
    for key in dict.fromkeys(ids):
        row = session.get(Attachment, key)
        own = row is not None and row.uploaded_by == actor.person_id and row.task_id is None
        if row is None or row.removed_at or not own or row.instance_id not in {None, case_id}:
            raise Invalid(fields={"evidence": ["unknown"]})
        row.instance_id = case_id
        found.append({"id": row.id, "name": row.name, "size": row.size, "type": row.media_type})
    if kind.evidence and not found:
        raise Invalid(fields={"evidence": ["required"]})
    return found


def _decider(session: Session, kind: Kind, case: Case) -> Organisation:
    """Give who decides: the competent bureau, the province's, or who approved the list (its issuer where nobody did)."""
    if kind.decider == "province":
        return regions.bureau_over(session, case.region_code, "province")
    if kind.decider == "list":
        entry = session.get_one(ListEntry, case.entry_id)
        audit_list = session.get_one(AuditList, entry.list_id)
        return session.get_one(Organisation, audit_list.approver_id or audit_list.issuer_id)
    return session.get_one(Organisation, case.competent_id)


# ---- looking ---------------------------------------------------------------------------------------------------


def get(session: Session, actor: Actor, matter_id: str) -> tuple[Matter, Case]:
    """Give a matter with its case; NotFound where the actor may not know of it."""
    row = access.fetch(session, actor, Matter, matter_id)
    return row, session.get_one(Case, row.case_id)


def for_case(session: Session, actor: Actor, case_id: str) -> list[Matter]:
    """Give the matters of a case that the actor may know of, the newest first."""
    query = select(Matter).where(Matter.case_id == case_id, access.visible(actor, Matter))
    return list(session.scalars(query.order_by(Matter.raised_at.desc(), Matter.id)))


def list_(
    session: Session,
    actor: Actor,
    *,
    status: str = "open",
    kind: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[tuple[Matter, Case, Enterprise]]:
    """Give the matters that the actor may know of, the newest first; ``status`` "" gives all."""
    wanted: list[ColumnElement[bool]] = [access.visible(actor, Matter)]
    wanted += [Matter.status == status] if status else []
    wanted += [Matter.kind == kind] if kind else []
    query = (
        select(Matter, Case, Enterprise)
        .join(Case, Case.id == Matter.case_id)
        .join(Enterprise, Enterprise.id == Case.enterprise_id)
        .where(*wanted)
    )
    page = keyset(session, query, [Matter.raised_at, Matter.id], cursor, limit, descending=True)
    return page.map(lambda row: (row[0], row[1], row[2]))


def may_decide(session: Session, actor: Actor, row: Matter) -> bool:
    """Say whether the actor is of who decides, or of a bureau above; never about what they raised themselves."""
    decider = session.get_one(Organisation, row.decider_id)
    path = session.get_one(Region, decider.region_code).path
    return row.status == "open" and row.raised_by != actor.person_id and may(actor, DECIDE, path)


def may_examine(actor: Actor, row: Matter, case: Case) -> bool:
    """Say whether the actor takes the next step before the decision: a bureau of the case's region."""
    return row.status == "open" and next_step(row) is not None and may(actor, DECIDE, case.region_path)


def next_step(row: Matter) -> str | None:
    """Give the step that comes before the decision, None where nothing is missing."""
    done = {one["step"] for one in row.steps}
    return next((step for step in matter_kinds.get(row.kind).steps if step not in done), None)


# ---- examining and deciding ------------------------------------------------------------------------------------


def record_step(
    session: Session, app: Application, actor: Actor, matter_id: str, *, step: str, note: str, now: datetime
) -> Matter:
    """Write down what was done before the decision: a verification, a hearing. Some steps issue a letter.

    Raises NotFound, NotAllowed, Invalid ``note``, Conflict ``matter_decided``, ``matter_step``.
    """
    row, case = _hold(session, actor, matter_id)
    require(actor, DECIDE, case.region_path)
    kept = withheld.is_withheld(row)
    if step != next_step(row):
        raise Conflict("matter_step")
    errors = _wrong(note, "note")
    if errors:
        raise Invalid(fields=errors)
    row.steps = [
        *row.steps,
        {"step": step, "note": storable(note).strip(), "by": actor.name, "at": now.isoformat()},
    ]
    _letter(session, app, row, case, step, note=storable(note).strip(), now=now)
    withheld.tell(session, actor, row, now, withheld=kept)
    told = {"kind": row.kind, "step": step, "note": note.strip()}
    withheld.record(session, actor, row, "matter.step_recorded", told, now)
    return row


def decide(
    session: Session,
    app: Application,
    actor: Actor,
    matter_id: str,
    *,
    decision: str,
    reason: str,
    values: Mapping[str, Any],
    now: datetime,
) -> Matter:
    """Approve or refuse a matter, with a reason: its effect happens and its letter is issued in the same act.

    Raises NotFound, NotAllowed (also ``own_matter``), Invalid by field, Conflict ``matter_decided``,
    ``matter_step_missing``, ``matter_not_now``.
    """
    row, case = _hold(session, actor, matter_id)
    decider = session.get_one(Organisation, row.decider_id)
    require(actor, DECIDE, session.get_one(Region, decider.region_code).path)
    if row.raised_by == actor.person_id:
        raise NotAllowed("own_matter")
    kind = matter_kinds.get(row.kind)
    if next_step(row) is not None:
        raise Conflict("matter_step_missing")
    if decision == "approved" and not _fits(kind, case):  # refusing is how one that came too late is done with
        raise Conflict("matter_not_now", outcome=case.outcome)
    row.decision = _decided(session, case, kind, decision, reason, values, now)
    kept = withheld.is_withheld(row)
    row.status, row.open_key, row.decision_reason = decision, None, storable(reason).strip()
    row.decided_at, row.decided_by = now, actor.person_id
    withheld.tell(session, actor, row, now, withheld=kept)
    told = {"kind": row.kind, "reason": row.decision_reason, "values": row.decision}
    withheld.record(session, actor, row, f"matter.{decision}", told, now)
    effects.apply(Decided(session, app, actor, case, row, {**row.facts, **row.decision}, decision == "approved", now))
    _letter(session, app, row, case, decision, note="", now=now)
    if row.raised_for:
        _tell(session, row, case, row.raised_for, "matter_decided", now)
    return row


def _decided(
    session: Session, case: Case, kind: Kind, decision: str, reason: str, values: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    errors: dict[str, Any] = _wrong(reason)
    if decision not in {"approved", "refused"}:
        errors["decision"] = ["unknown"]
    found: dict[str, Any] = {}
    try:
        found = matter_kinds.clean(
            session, case, effects.decided_fields(kind, decision), values, calendars.local_day(now)
        )
    except Invalid as error:
        errors |= error.fields
    if errors:
        raise Invalid(fields=errors)
    return found


def withdraw(session: Session, actor: Actor, matter_id: str, *, now: datetime) -> Matter:
    """Take back an open matter of one's own. Raises NotFound, NotAllowed, Conflict ``matter_decided``."""
    row, _case = _hold(session, actor, matter_id)
    if row.raised_by != actor.person_id and row.raised_for not in actor.organisations:
        raise NotAllowed("not_your_matter")
    row.status, row.open_key = "withdrawn", None
    row.decided_at, row.decided_by = now, actor.person_id
    withheld.record(session, actor, row, "matter.withdrawn", {"kind": row.kind}, now)
    return row


def _hold(session: Session, actor: Actor, matter_id: str) -> tuple[Matter, Case]:
    """Give an open matter and its case, both held until the transaction ends."""
    row, case = get(session, actor, matter_id)
    runtime.lock(session, case.id)
    session.refresh(row)
    session.refresh(case)
    if row.status != "open":
        raise Conflict("matter_decided", by=name_of(session, row.decided_by), at=row.decided_at, status=row.status)
    return row, case


def _letter(
    session: Session, app: Application, row: Matter, case: Case, occasion: str, *, note: str, now: datetime
) -> None:
    kind = matter_kinds.get(row.kind)
    wanted = kind.letters.get(occasion)
    if wanted is None:
        return
    data = {
        "subject": kind.names[0],
        "facts": _sentence(matter_kinds.in_words(session, kind.facts, row.facts)),
        "requirements": _sentence(matter_kinds.in_words(session, kind.decision, row.decision)),
        "reason": row.decision_reason or row.reason,
        "note": note,
    }
    key = f"matter:{row.id}:{occasion}"
    letter = letters.issue(session, app, case, kind=wanted, data=data, key=key, issuer_id=row.decider_id, now=now)
    row.letter_id = letter.id


def _sentence(words: list[tuple[str, str]]) -> str:
    return "；".join(f"{name}：{'、'.join(value.split(chr(10)))}" for name, value in words)


def _tell(session: Session, row: Matter, case: Case, organisation: str, kind: str, now: datetime) -> None:
    enterprise = session.get_one(Enterprise, case.enterprise_id)
    names = matter_kinds.get(row.kind).names
    status = effects.STATUSES[row.status]
    notices.send(
        session, key=f"{kind}:{row.id}:{organisation}", organisation_id=organisation, instance_id=case.id, kind=kind,
        values={"subject": enterprise.name, "matter": list(names), "status": list(status)}, now=now,
    )  # fmt: skip
