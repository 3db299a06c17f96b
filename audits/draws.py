"""The draw of a panel for a case, from the pool to the day on which everybody has said yes.

It belongs to the task that appoints the panel: whoever may complete that task draws, once. Each drawing is kept as a
record that anybody can repeat (``audits.lottery``); who declines, recuses themselves or stays away is substituted by
another drawing from those of the same fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import calendars, cases, lottery, panel_notices, pool
from audits.lottery import Candidate
from audits.models import Case, Expert, Panel, PanelDraw, PanelSeat
from audits.pool import Pool, Standing
from workflows import access, runtime
from workflows.access import Actor
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotFound
from workflows.models import Draft, Person, Task
from workflows.trail import canonical

FORM: Final = "panel_appointment"
STANDING: Final = frozenset({"invited", "accepted"})
REASON_LENGTH: Final = 500
COVERED: Final = {
    "process": "process",
    "cleaner_production": "cleaner",
    "environment": "environment",
    "energy": "energy",
}
"""The fields of the pool, as the form that appoints a panel calls them."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat with the expert's name."""

    seat: PanelSeat
    name: str


@dataclass(frozen=True, slots=True)
class DrawView:
    """What the page of a draw shows: the pool as it is now, and what was drawn, if anything was."""

    task: Task
    case: Case
    pool: Pool
    draw: PanelDraw | None
    seats: tuple[Seat, ...]


# ---- reading ---------------------------------------------------------------------------------------------------


def of_task(session: Session, task_id: str) -> PanelDraw | None:
    """Give the draw of a task, if there is one. The caller has fetched the task through access."""
    return session.scalar(select(PanelDraw).where(PanelDraw.task_id == task_id))


def seats(session: Session, draw: PanelDraw) -> list[PanelSeat]:
    """Give the seats of a draw in their order."""
    return list(session.scalars(select(PanelSeat).where(PanelSeat.draw_id == draw.id).order_by(PanelSeat.place)))


def look(session: Session, actor: Actor, task_id: str, *, now: datetime) -> DrawView:
    """Give the draw of a task to who may make it. Raises as ``access.task_to_complete``, NotFound for another form."""
    task = access.task_to_complete(session, actor, task_id, lock=False).task
    case = _case(session, task)
    draw = of_task(session, task_id)
    today = calendars.local_day(now)
    seen = pool.look(session, case, task.process, today, draw.meeting_on if draw else None)
    return DrawView(task, case, seen, draw, _named(session, draw) if draw else ())


def facts(session: Session, task: Task, case: Case, today: date) -> dict[str, Any]:
    """Write what the form that appoints a panel reads: who was drawn and has accepted, and whether naming is allowed."""
    draw = of_task(session, task.id)
    rule = pool.rule_of(session, case, task.process, today)
    if draw is None:
        return {"complete": False, "members": [], "manual": rule.manual, "least": rule.least, "review": rule.review}
    accepted = [seat.expert_id for seat in seats(session, draw) if seat.status == "accepted"]
    members = sorted(accepted, key=lambda one: one != draw.leader_id)
    return {
        "complete": draw.status == "complete",
        "members": members if draw.status == "complete" else [],
        "manual": rule.manual,
        "least": rule.least,
        "review": rule.review,
        "meeting_on": draw.meeting_on.isoformat(),
        "place": draw.place,
    }


def one(session: Session, actor: Actor, draw_id: str) -> PanelDraw:
    """Give a draw to whoever reads the panels of the case. Raises NotFound, NotAllowed."""
    draw = session.get(PanelDraw, draw_id)
    if draw is None:
        raise NotFound("draw_not_found")
    instance = access.instance(session, actor, draw.case_id)
    access.require(actor, "panels.read", instance.region_path)
    return draw


def record_of(session: Session, actor: Actor, draw_id: str) -> bytes:
    """Write all records of a draw as canonical JSON. Raises as ``one``."""
    return canonical(one(session, actor, draw_id).records)


def _named(session: Session, draw: PanelDraw) -> tuple[Seat, ...]:
    query = select(PanelSeat, Person.name).join(Person, Person.id == PanelSeat.expert_id)
    rows = session.execute(query.where(PanelSeat.draw_id == draw.id).order_by(PanelSeat.place))
    return tuple(Seat(seat, name) for seat, name in rows)


# ---- drawing ---------------------------------------------------------------------------------------------------


def make(
    session: Session, actor: Actor, task_id: str, fields: Mapping[str, Any], *, seed: str, now: datetime
) -> PanelDraw:
    """Draw the panel for a task, once: asked again, it gives the same draw and changes nothing.

    A draw of the same gate that no panel has judged by yet goes on where its step was returned: it is not drawn again.
    ``fields``: ``meeting_on``, a day that is not past, and ``place``. Raises as ``access.task_to_complete``, Invalid
    by field, and as ``lottery.draw`` where the pool is too small.
    """
    task = access.task_to_complete(session, actor, task_id).task
    case = _case(session, task)
    found = of_task(session, task_id)
    if found is not None:
        return found
    found = _unspent(session, case, task.process)
    if found is not None:
        return _go_on(session, actor, found, task, now)
    meeting_on, place = _meeting(fields, now)
    seen = pool.look(session, case, task.process, calendars.local_day(now), meeting_on)
    record = _record(seen, case, task, seen.eligible, (), seen.rule.size, 1, seed, now)
    draw = PanelDraw(
        case_id=case.id,
        task_id=task_id,
        gate=task.process,
        meeting_on=meeting_on,
        place=place,
        leader_id=record["result"]["leader"],
        records=[record],
        drawn_by=actor.person_id,
        drawn_at=now,
    )
    session.add(draw)
    session.flush()
    for number, expert_id in enumerate(record["result"]["experts"], 1):
        session.add(PanelSeat(draw_id=draw.id, expert_id=expert_id, place=number, invited_at=now))
    session.flush()
    for seat in seats(session, draw):
        panel_notices.invite(session, draw, seat, now)
    told = {"gate": task.process, "experts": record["result"]["experts"], "pool": record["pool_sha256"], "seed": seed}
    cases.record(session, actor, case.id, "panel.drawn", told, now)
    return draw


def _unspent(session: Session, case: Case, gate: str) -> PanelDraw | None:
    """Give the last draw of a gate, unless a panel has judged since to the end."""
    query = select(PanelDraw).join(Task, Task.id == PanelDraw.task_id)
    query = query.where(PanelDraw.case_id == case.id, PanelDraw.gate == gate)
    last = session.scalars(query.order_by(Task.opened_at.desc(), Task.id).limit(1)).one_or_none()
    if last is None:
        return None
    closed = select(Panel).where(
        Panel.case_id == case.id,
        Panel.purpose == gate,
        Panel.closed_at.is_not(None),
        Panel.appointed_at >= last.drawn_at,
    )
    return None if any(not panel.detail.get("broken") for panel in session.scalars(closed)) else last


def _go_on(session: Session, actor: Actor, draw: PanelDraw, task: Task, now: datetime) -> PanelDraw:
    """Let a draw belong to the task that was opened anew for its step."""
    draw.task_id = task.id
    session.flush()
    cases.record(session, actor, draw.case_id, "panel.draw_goes_on", {"gate": draw.gate, "draw": draw.id}, now)
    if draw.status == "complete":
        _into_drafts(session, draw)
    return draw


def reschedule(
    session: Session, actor: Actor, task_id: str, fields: Mapping[str, Any], *, seed: str, now: datetime
) -> PanelDraw:
    """Set a new day for the meeting with a reason: all who stand are asked again, empty seats are drawn anew.

    Raises as ``access.task_to_complete``, NotFound ``draw_not_found``, Invalid by field.
    """
    task = access.task_to_complete(session, actor, task_id).task
    draw = of_task(session, task_id)
    if draw is None:
        raise NotFound("draw_not_found")
    reason = storable(str(fields.get("reason") or "")).strip()
    if not reason or len(reason) > REASON_LENGTH:
        raise Invalid(fields={"reason": ["too_long" if reason else "required"]})
    old = draw.meeting_on
    draw.meeting_on, draw.place = _meeting({"place": draw.place, **fields}, now)
    for seat in seats(session, draw):
        if seat.status in STANDING:
            seat.status, seat.answered_at, seat.reminded_on, seat.invited_at = "invited", None, None, now
            panel_notices.move(session, draw, seat, now)
    told = {"old": old.isoformat(), "new": draw.meeting_on.isoformat(), "reason": reason}
    cases.record(session, actor, draw.case_id, "panel.rescheduled", told, now)
    fill(session, actor, draw, _case(session, task), task, seed=seed, now=now)
    return draw


def leave(
    session: Session, actor: Actor, seat: PanelSeat, status: str, reason: str, *, seed: str, now: datetime
) -> None:
    """Empty a seat (declined, recused, absent) with its reason, and draw a substitute of the same fields at once.

    The caller has judged whether the actor may, and holds the case.
    """
    draw = session.get_one(PanelDraw, seat.draw_id)
    seat.status, seat.reason, seat.answered_at = status, reason, now
    told = {"expert": seat.expert_id, "status": status, "reason": reason if status != "recused" else ""}
    cases.record(session, actor, draw.case_id, "panel.seat_left", told, now)
    if status == "absent":
        panel_notices.replaced(session, draw, seat, now)
    task = session.get_one(Task, draw.task_id)
    fill(session, actor, draw, session.get_one(Case, draw.case_id), task, seed=seed, now=now)


def fill(session: Session, actor: Actor, draw: PanelDraw, case: Case, task: Task, *, seed: str, now: datetime) -> None:
    """Draw a substitute for every empty seat, one after the other, and say how the draw stands."""
    rows = seats(session, draw)
    replaced = {seat.replaces_id for seat in rows}
    for seat in [one for one in rows if one.status not in STANDING and one.id not in replaced]:
        if not _substitute(session, actor, draw, case, task, seat, f"{seed}-{seat.place}", now):
            draw.status = "short"
            told = {"standing": sum(one.status in STANDING for one in rows)}
            cases.record(session, actor, case.id, "panel.quorum_lost", told, now)
            return
    settle(session, draw)


def settle(session: Session, draw: PanelDraw) -> None:
    """Say how a draw stands: complete once all who stand have accepted."""
    standing = [seat.status for seat in seats(session, draw) if seat.status in STANDING]
    draw.status = "complete" if all(status == "accepted" for status in standing) else "waiting"
    if draw.status == "complete":
        _into_drafts(session, draw)


def settled(session: Session, draw: PanelDraw | None) -> dict[str, Any]:
    """Give the answers that a complete draw has settled of the form that appoints the panel; {} of any other."""
    if draw is None or draw.status != "complete":
        return {}
    members = [seat.expert_id for seat in seats(session, draw) if seat.status == "accepted"]
    fields = {key for one in session.scalars(select(Expert).where(Expert.id.in_(members))) for key in one.fields}
    return {
        "draw_method": "random",
        "panel_members": members,
        "panel_leader": draw.leader_id,
        "meeting_on": draw.meeting_on.isoformat(),
        "place": draw.place,
        "fields_covered": [COVERED[key] for key in COVERED if key in fields],
    }


def _into_drafts(session: Session, draw: PanelDraw) -> None:
    """Set what was drawn over what somebody had typed meanwhile: the form shows it and lets nobody change it."""
    answers = settled(session, draw)
    for draft in session.scalars(select(Draft).where(Draft.task_id == draw.task_id)):
        draft.answers = {**draft.answers, **answers}
        draft.version += 1


def _substitute(
    session: Session, actor: Actor, draw: PanelDraw, case: Case, task: Task, seat: PanelSeat, seed: str, now: datetime
) -> bool:
    """Draw one expert in the place of another. False where the pool has nobody left."""
    seen = pool.look(session, case, task.process, calendars.local_day(now), draw.meeting_on)
    rows = seats(session, draw)
    used = {one.expert_id for one in rows}
    standing = {one.expert_id for one in rows if one.status in STANDING}
    gone = next((one for one in seen.experts if one.expert.id == seat.expert_id), None)
    fields = set(gone.expert.fields) if gone else set()
    kept = tuple(one for one in seen.experts if one.expert.id in standing)
    others = [one for one in seen.eligible if one.expert.id not in used and fields.intersection(one.expert.fields)]
    try:
        record = _record(seen, case, task, others, kept, 1, len(draw.records) + 1, seed, now)
    except Invalid:
        return False
    (expert_id,) = record["result"]["experts"]
    draw.records = [*draw.records, record | {"replaces": seat.expert_id}]
    if draw.leader_id == seat.expert_id:
        draw.leader_id = record["result"]["leader"] or next(one.expert.id for one in kept if one.leads)
    new = PanelSeat(
        draw_id=draw.id, expert_id=expert_id, place=len(rows) + 1, replaces_id=seat.id, invited_at=now
    )  # fmt: skip
    session.add(new)
    session.flush()
    panel_notices.invite(session, draw, new, now)
    told = {"expert": expert_id, "replaces": seat.expert_id, "pool": record["pool_sha256"], "seed": seed}
    cases.record(session, actor, case.id, "panel.substitute_drawn", told, now)
    return True


def _record(
    seen: Pool,
    case: Case,
    task: Task,
    among: Sequence[Standing],
    kept: Sequence[Standing],
    size: int,
    number: int,
    seed: str,
    now: datetime,
) -> dict[str, Any]:
    """Draw, and write down all that it takes to draw again."""
    written = sorted((one.facts() for one in among), key=lambda one: str(one["id"]))
    needs = seen.rule.needs(case.types)
    sha256 = lottery.pool_hash(written)
    candidates: list[Candidate] = [one.candidate for one in among]
    drawn = lottery.draw(
        seed, sha256, candidates, size=size, needs=needs, kept=[one.candidate for one in kept]
    )  # fmt: skip
    return {
        "format": lottery.FORMAT,
        "case": case.number,
        "gate": task.process,
        "number": number,
        "drawn_at": now.isoformat(),
        "rule": seen.rule.facts(),
        "needs": needs,
        "size": size,
        "kept": [one.facts() for one in kept],
        "pool": written,
        "pool_sha256": sha256,
        "looked_at": seen.parties.facts(),
        "excluded": [one.excluded() for one in seen.excluded],
        "seed": seed,
        "result": {"experts": list(drawn.experts), "leader": drawn.leader, "attempt": drawn.attempt},
    }


def _case(session: Session, task: Task) -> Case:
    case = session.get(Case, task.instance_id)
    if case is None or task.form != FORM:
        raise NotFound("draw_not_found")
    return case


def _meeting(fields: Mapping[str, Any], now: datetime) -> tuple[date, str]:
    errors: dict[str, list[str]] = {}
    value = fields.get("meeting_on")
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value or ""))
    except ValueError:
        day = date.min
        errors["meeting_on"] = ["bad_date" if value else "required"]
    if not errors and day < calendars.local_day(now):
        errors["meeting_on"] = ["past"]
    place = storable(str(fields.get("place") or "")).strip()
    if len(place) > 150:
        errors["place"] = ["too_long"]
    if errors:
        raise Invalid(fields=errors)
    return day, place


def hold(session: Session, draw: PanelDraw) -> None:
    """Hold the case of a draw, so that answers come one after the other. Raises Conflict ``draw_over``, ``suspended``."""
    instance = runtime.lock(session, draw.case_id)
    task = session.get_one(Task, draw.task_id, populate_existing=True)
    if task.status != "open":
        raise Conflict("draw_over")
    if instance.status == "suspended":
        raise Conflict("suspended")
