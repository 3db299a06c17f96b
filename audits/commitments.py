"""Self-commitments (告知承诺): accepted on paper, drawn by lot for a spot check, kept, lapsed or revoked.

A draw is ``random.Random(seed).sample(pool, count)`` over the case numbers in their order, so anybody can repeat it.
"""

from __future__ import annotations

import json
import random
from datetime import datetime, time, timedelta
from functools import cache
from importlib import resources
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import access, calendars, cases, legal_basis, publications, voluntary_rules
from audits.models import Case, Commitment, CreditEntry, Enterprise, ListEntry, SpotDraw
from workflows import instances, trail
from workflows.access import SYSTEM, Actor, require
from workflows.application import Application
from workflows.errors import Conflict, Invalid
from workflows.models import Instance, Region
from workflows.paging import Page, keyset

DRAW: Final = "commitments.draw"
MESSAGE: Final = "spot_check"
Line = tuple[Commitment, Case, Enterprise]


@cache
def rule() -> dict[str, Any]:
    """Read how long an accepted commitment may be checked, and how long a false one stays recorded, in months."""
    found: dict[str, Any] = json.loads(
        resources.files("audits").joinpath("data/commitments.json").read_text(encoding="utf-8")
    )
    return found


def of_case(session: Session, case_id: str) -> Commitment | None:
    """Give the latest commitment of a case."""
    query = select(Commitment).where(Commitment.case_id == case_id).order_by(Commitment.round.desc())
    return session.scalars(query.limit(1)).one_or_none()


def accept(session: Session, case: Case, now: datetime) -> Commitment:
    """Record a commitment that the bureau has accepted on paper. A repeat changes nothing."""
    found = of_case(session, case.id)
    if found is not None and found.round == case.round:
        return found
    today = calendars.local_day(now)
    until = voluntary_rules.months_after(today, rule()["months"])
    row = Commitment(case_id=case.id, round=case.round, accepted_on=today, until=until, status="open")
    session.add(row)
    session.flush()
    cases.record(session, SYSTEM, case.id, "commitment.accepted", {"until": until.isoformat()}, now)
    return row


def variables(row: Commitment) -> dict[str, Any]:
    """Give a commitment as its diagram reads it; ``over_at`` is the first moment after its period, in China."""
    over = datetime.combine(row.until + timedelta(days=1), time(0, 0), calendars.ZONE)
    return {"status": row.status, "until": row.until.isoformat(), "over_at": over.isoformat()}


def end(session: Session, case: Case, status: str, now: datetime, findings: str = "") -> Commitment:
    """End a commitment as kept, lapsed or revoked. A repeat changes nothing."""
    row = of_case(session, case.id)
    if row is None:
        raise Invalid("no_commitment")
    if row.ended_on is None:
        row.status, row.ended_on, row.findings = status, calendars.local_day(now), findings[:2000]
        cases.record(session, SYSTEM, case.id, f"commitment.{status}", {"findings": row.findings}, now)
    return row


def revoke(session: Session, case: Case, findings: str, now: datetime) -> Commitment:
    """Revoke a false commitment: case, line and published results have it no more, and the credit record says why."""
    row = end(session, case, "revoked", now, findings)
    if case.outcome:
        today = calendars.local_day(now)
        case.outcome, case.outcome_on = "", None
        if case.parent_id is None:
            session.get_one(ListEntry, case.entry_id).outcome = ""
        session.add(
            CreditEntry(
                enterprise_id=case.enterprise_id,
                case_id=case.id,
                kind="false_commitment",
                basis=legal_basis.on(today).cite("penalty")[:300],
                matter_id=None,
                reason=row.findings,
                since=today,
                until=voluntary_rules.months_after(today, rule()["credit_months"]),
            )
        )
        session.flush()
        cases.record(session, SYSTEM, case.id, "case.credit_entered", {"findings": row.findings}, now)
        why = row.findings or "告知承诺不实"
        publications.restate(session, SYSTEM, case.id, published_on=today, reason=why, now=now)
    return row


def draw(
    session: Session, app: Application, actor: Actor, *, region_code: str, count: int, seed: str, now: datetime
) -> SpotDraw:
    """Draw accepted commitments of a region for spot checks; each drawn case gets its inspection.

    Raises NotAllowed, Invalid by field, Conflict ``nothing_to_draw``.
    """
    region = session.get(Region, region_code)
    if region is None:
        raise Invalid(fields={"region_code": ["bad_region"]})
    require(actor, DRAW, region.path)
    rows = _pool(session, region.path)
    if not rows:
        raise Conflict("nothing_to_draw")
    if not 1 <= count <= len(rows):
        raise Invalid(fields={"count": ["bad_number"]})
    pool = [case.number for _, case in rows]
    drawn = repeat(seed, pool, count)
    made = SpotDraw(
        region_code=region.code, region_path=region.path, seed=seed, pool=pool, drawn=drawn, at=now, by=actor.person_id
    )
    session.add(made)
    session.flush()
    told = {"seed": seed, "pool": pool, "drawn": drawn}
    trail.append(
        session, chain=f"region:{region.code}", actor=actor, action="commitment.draw_made", subject_type="spot_draw",
        subject_id=made.id, payload=told, now=now,
    )  # fmt: skip
    for row, case in rows:
        if case.number in drawn:
            row.status, row.draw_id = "drawn", made.id
            cases.record(session, actor, case.id, "commitment.drawn", {"seed": seed}, now)
            instances.deliver_message(session, app, SYSTEM, case.id, MESSAGE, {}, now)
    return made


def repeat(seed: str, pool: list[str], count: int) -> list[str]:
    """Do a draw again from its record."""
    return sorted(random.Random(seed).sample(pool, count))  # noqa: S311  a draw that anybody can repeat


def _pool(session: Session, path: str) -> list[tuple[Commitment, Case]]:
    """Give what may be drawn, held: two who draw at once draw one after the other. A suspended case waits for its end."""
    query = (
        select(Commitment, Case)
        .join(Case, Case.id == Commitment.case_id)
        .join(Instance, Instance.id == Case.id)
        .where(
            Commitment.status == "open",
            Instance.status == "running",
            Case.region_path.startswith(path, autoescape=True),
        )
        .order_by(Case.number)
        .with_for_update(of=Commitment)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def list_(
    session: Session, actor: Actor, *, status: str = "", cursor: str | None = None, limit: int = 50
) -> Page[Line]:
    """Give the commitments that the actor sees, the latest first."""
    query = (
        select(Commitment, Case, Enterprise)
        .join(Case, Case.id == Commitment.case_id)
        .join(Enterprise, Enterprise.id == Case.enterprise_id)
        .where(access.visible(actor, Commitment))
    )
    if status:
        query = query.where(Commitment.status == status)
    page = keyset(session, query, [Commitment.accepted_on, Commitment.id], cursor, limit, descending=True)
    return page.map(lambda row: (row[0], row[1], row[2]))


def draws(session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 20) -> Page[SpotDraw]:
    """Give the draws that the actor sees, the latest first."""
    query = select(SpotDraw).where(access.visible(actor, SpotDraw))
    return keyset(session, query, [SpotDraw.at, SpotDraw.id], cursor, limit, descending=True)
