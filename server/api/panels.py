"""Panels: the draw, invitations, the dossier, and the report on conflicts of interest."""

from __future__ import annotations

import json
from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from audits import conflict_report, dossiers, draws, invitations, supplements
from audits.conflict_report import Line
from audits.invitations import Invitation
from audits.models import PanelDraw, PanelSeat
from server.api import schemas, shapes
from server.draws import fresh_seed
from server.filters import day, iso
from server.house import looking, now
from server.idempotency import Answer, command
from workflows.access import Actor

blueprint = Blueprint("api-panels", __name__, description="Panels: draws, invitations, conflicts of interest")


class MeetingIn(schemas.Asked):
    """When and where the panel meets."""

    meeting_on = fields.String(required=True, metadata=schemas.DAY)
    place = fields.String()


class NewMeetingIn(MeetingIn):
    """Another day, and why."""

    reason = fields.String(required=True)


class SeatReasonIn(schemas.Asked):
    """Why."""

    reason = fields.String(required=True)


class SeatOut(Schema):
    """An expert who was drawn."""

    id = fields.String()
    expert_id = fields.String()
    status = fields.String(metadata={"description": "invited, accepted, declined, recused, absent"})
    reason = fields.String()
    replaces = fields.String(allow_none=True)


class DrawOut(Schema):
    """The draw of a panel."""

    id = fields.String()
    status = fields.String(metadata={"description": "waiting, complete, short"})
    meeting_on = fields.String(metadata=schemas.DAY)
    place = fields.String()
    leader = fields.String(allow_none=True)
    seats = fields.List(fields.Nested(SeatOut))


class PoolLine(Schema):
    """An expert before a case."""

    id = fields.String()
    name = fields.String()
    fields_ = fields.List(fields.String(), data_key="fields", attribute="fields")
    reasons = fields.List(fields.String(), metadata={"description": "Why they are left out; empty: may be drawn"})


class Before(Schema):
    """The pool before the case of a task, and the draw if it was made."""

    rule = fields.Dict()
    pool = fields.List(fields.Nested(PoolLine))
    draw = fields.Nested(DrawOut, allow_none=True)


class AnswerIn(schemas.Asked):
    """An answer to an invitation; a reason unless one accepts."""

    answer = fields.String(required=True, validate=validate.OneOf(["accepted", "declined", "recused"]))
    reason = fields.String(load_default="")


class InvitationOut(Schema):
    """An invitation."""

    id = fields.String()
    enterprise = fields.String()
    gate = fields.String()
    meeting_on = fields.String(metadata=schemas.DAY)
    place = fields.String()
    leader = fields.Boolean()
    status = fields.String()
    open = fields.Boolean()


class ConflictLine(Schema):
    """A member of a panel with what was looked at."""

    case = fields.String()
    enterprise = fields.String()
    purpose = fields.String()
    round = fields.Integer()
    expert = fields.String()
    leader = fields.Boolean()
    drawn = fields.Boolean()
    companies = fields.List(fields.String())
    people = fields.Integer()
    reasons = fields.List(fields.String())
    appointed_at = fields.String(metadata=schemas.TIME)
    signed_at = fields.String(metadata=schemas.TIME, allow_none=True)


class DocumentOut(Schema):
    """A submission that a panel judges."""

    task_id = fields.String()
    form = fields.String()
    submitted_at = fields.String(metadata=schemas.TIME)
    sha256 = fields.String()
    files = fields.List(fields.Dict())
    holds = fields.Boolean(metadata={"description": "What is stored has this hash"})
    newer = fields.Boolean(metadata={"description": "Submitted anew since; the panel does not judge that"})


class DossierOut(Schema):
    """What a panel judges."""

    panel = fields.String()
    sha256 = fields.String()
    documents = fields.List(fields.Nested(DocumentOut))


class SupplementOut(Schema):
    """A requirement of an evaluation, to its closure."""

    number = fields.String()
    requirement = fields.String()
    due_on = fields.String(metadata=schemas.DAY, allow_none=True)
    answer = fields.String()
    place = fields.String()
    files = fields.List(fields.Nested(schemas.File))
    closed_at = fields.String(metadata=schemas.TIME, allow_none=True)
    checked_by = fields.String()


class Supplements(Schema):
    """The requirements of a case."""

    items = fields.List(fields.Nested(SupplementOut))


class ReportQuery(schemas.Query):
    """The report, of one case where ``text`` is its number."""

    text = fields.String(load_default="")


@blueprint.route("/tasks/<task_id>/draw", methods=["GET"])
@blueprint.response(200, Before)
@login_required
def look(task_id: str) -> dict[str, Any]:
    """Get the pool before the case of a task that appoints a panel, and the draw."""
    with looking() as (session, actor):
        view = draws.look(session, actor, task_id, now=now())
        pool = [
            {"id": one.expert.id, "name": one.person.name, "fields": one.expert.fields, "reasons": one.reasons}
            for one in view.pool.experts
        ]
        made = draw(view.draw, [one.seat for one in view.seats]) if view.draw else None
        return {"rule": view.pool.rule.facts(), "pool": pool, "draw": made}


@blueprint.route("/tasks/<task_id>/draw", methods=["POST"])
@blueprint.arguments(MeetingIn)
@blueprint.response(200, DrawOut)
@command
def make(session: Session, actor: Actor, body: dict[str, Any], task_id: str) -> Answer:
    """Draw the panel, once; asked again, the same panel."""
    made = draws.make(session, actor, task_id, body, seed=fresh_seed(), now=now())
    return draw(made, draws.seats(session, made)), 200


@blueprint.route("/tasks/<task_id>/draw/meeting", methods=["PUT"])
@blueprint.arguments(NewMeetingIn)
@blueprint.response(200, DrawOut)
@command
def reschedule(session: Session, actor: Actor, body: dict[str, Any], task_id: str) -> Answer:
    """Set a new day; everybody is asked again, and empty seats are drawn anew."""
    made = draws.reschedule(session, actor, task_id, body, seed=fresh_seed(), now=now())
    return draw(made, draws.seats(session, made)), 200


@blueprint.route("/tasks/<task_id>/draw/seats/<seat_id>/absence", methods=["POST"])
@blueprint.arguments(SeatReasonIn)
@blueprint.response(200, SeatOut)
@command
def mark_absent(session: Session, actor: Actor, body: dict[str, Any], task_id: str, seat_id: str) -> Answer:
    """Note that an invited expert did not answer or appear; a substitute is drawn."""
    found = invitations.mark_absent(
        session, actor, task_id, seat_id, reason=body["reason"], seed=fresh_seed(), now=now()
    )
    return seat(found), 200


@blueprint.route("/panels/<panel_id>/dossier", methods=["GET"])
@blueprint.response(200, DossierOut)
@login_required
def dossier(panel_id: str) -> dict[str, Any]:
    """Get the fixed versions that a panel judges, with their hashes."""
    with looking() as (session, actor):
        found = dossiers.of_panel(session, actor, panel_id)
        documents = [
            {
                "task_id": one.task.id,
                "form": one.task.form,
                "submitted_at": iso(one.submitted_at),
                "sha256": one.sha256,
                "files": list(one.files),
                "holds": one.holds,
                "newer": one.newer,
            }
            for one in found.documents
        ]
        return {"panel": found.panel.id, "sha256": found.sha256, "documents": documents}


@blueprint.route("/cases/<case_id>/supplements", methods=["GET"])
@blueprint.response(200, Supplements)
@login_required
def required(case_id: str) -> dict[str, Any]:
    """List what the evaluations required: due, answered, checked and closed."""
    with looking() as (session, actor):
        lines = supplements.of_case(session, actor, case_id)
        return {"items": [supplement(one) for one in lines]}


@blueprint.route("/draws/<draw_id>/records", methods=["GET"])
@blueprint.response(200, Schema.from_dict({"records": fields.List(fields.Dict())}, name="DrawRecords"))
@login_required
def records(draw_id: str) -> dict[str, Any]:
    """Get the records of a draw, each of which anybody can repeat."""
    with looking() as (session, actor):
        return {"records": json.loads(draws.record_of(session, actor, draw_id))}


@blueprint.route("/invitations", methods=["GET"])
@blueprint.arguments(schemas.Query, location="query")
@blueprint.response(200, schemas.page_of(InvitationOut))
@login_required
def list_invitations(query: dict[str, Any]) -> dict[str, Any]:
    """List one's own invitations to panels."""
    with looking() as (session, actor):
        found = invitations.mine(session, actor, **query)
        return shapes.paged(found.items, found.next_cursor, invitation)


@blueprint.route("/invitations/<seat_id>/answer", methods=["PUT"])
@blueprint.arguments(AnswerIn)
@blueprint.response(200, SeatOut)
@command
def answer(session: Session, actor: Actor, body: dict[str, Any], seat_id: str) -> Answer:
    """Accept, decline, or declare an interest; a substitute is drawn for who leaves."""
    return seat(invitations.answer(session, actor, seat_id, **body, seed=fresh_seed(), now=now())), 200


@blueprint.route("/conflicts", methods=["GET"])
@blueprint.arguments(ReportQuery, location="query")
@blueprint.response(200, schemas.page_of(ConflictLine))
@login_required
def report(query: dict[str, Any]) -> dict[str, Any]:
    """List every member of every panel with the relations that were looked at; no scores."""
    with looking() as (session, actor):
        found = conflict_report.lines(session, actor, **query)
        return shapes.paged(found.items, found.next_cursor, line)


def draw(row: PanelDraw, seats: list[PanelSeat]) -> dict[str, Any]:
    """Write a draw."""
    return {
        "id": row.id,
        "status": row.status,
        "meeting_on": day(row.meeting_on),
        "place": row.place,
        "leader": row.leader_id,
        "seats": [seat(one) for one in seats],
    }


def supplement(one: supplements.Supplement) -> dict[str, Any]:
    """Write a requirement."""
    return {
        "number": one.number,
        "requirement": one.requirement,
        "due_on": day(one.due_on) or None,
        "answer": one.answer,
        "place": one.place,
        "files": [shapes.file(row) for row in one.files],
        "closed_at": iso(one.closed_at) or None,
        "checked_by": one.checked_by,
    }


def seat(row: PanelSeat) -> dict[str, Any]:
    """Write a seat."""
    return {
        "id": row.id,
        "expert_id": row.expert_id,
        "status": row.status,
        "reason": row.reason,
        "replaces": row.replaces_id,
    }


def invitation(one: Invitation) -> dict[str, Any]:
    """Write an invitation."""
    return {
        "id": one.seat.id,
        "enterprise": one.enterprise,
        "gate": one.draw.gate,
        "meeting_on": day(one.draw.meeting_on),
        "place": one.draw.place,
        "leader": one.leads,
        "status": one.seat.status,
        "open": one.open,
    }


def line(one: Line) -> dict[str, Any]:
    """Write a line of the report."""
    return {
        "case": one.case.number,
        "enterprise": one.enterprise,
        "purpose": one.panel.purpose,
        "round": one.panel.round,
        "expert": one.expert,
        "leader": one.leader,
        "drawn": one.drawn,
        "companies": one.companies,
        "people": one.people,
        "reasons": list(one.check.get("reasons") or ()),
        "appointed_at": iso(one.panel.appointed_at),
        "signed_at": iso(one.signed_at) or None,
    }
