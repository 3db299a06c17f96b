"""Boards over many cases: the notices of a list, and what must be disclosed."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from audits import disclosure_board, list_notices
from audits.letters import METHODS
from server.api import schemas
from server.filters import ZONE, day, iso
from server.house import application, looking, now
from server.idempotency import Answer, command
from server.language import language
from workflows.access import Actor

blueprint = Blueprint("api-boards", __name__, description="Boards over many cases")


class NoticeQuery(schemas.Query):
    """The filters of a list's notices."""

    state = fields.String(load_default=None, validate=validate.OneOf(tuple(list_notices.STATES)))
    method = fields.String(load_default=None, validate=validate.OneOf(tuple(METHODS)))


class NoticeOfLine(Schema):
    """A line of a list with its notice; what does not exist yet is null."""

    entry_id = fields.String()
    number = fields.Integer()
    enterprise = fields.String()
    uscc = fields.String()
    case_id = fields.String(allow_none=True)
    letter_id = fields.String(allow_none=True)
    letter_number = fields.String(allow_none=True)
    issued_on = fields.String(allow_none=True, metadata=schemas.DAY)
    state = fields.String()
    method = fields.String(allow_none=True)
    served_on = fields.String(allow_none=True, metadata=schemas.DAY)


class Tally(Schema):
    """The notices of a list in numbers."""

    lines = fields.Integer()
    issued = fields.Integer()
    made = fields.Integer()
    served = fields.Integer()
    unserved = fields.Integer()
    missing = fields.Integer()
    by_method = fields.Dict()


class Failure(Schema):
    """Something that failed in a case of a list and waits for an operator."""

    incident_id = fields.String()
    kind = fields.String()
    opened_at = fields.String()
    case_id = fields.String()
    enterprise = fields.String()


class Notices(Schema):
    """A page of a list's notices with the numbers of all and with what failed."""

    items = fields.List(fields.Nested(NoticeOfLine))
    next = fields.String(allow_none=True)
    tally = fields.Nested(Tally)
    failures = fields.List(fields.Nested(Failure))


class BoardQuery(schemas.Query):
    """The filters of the board of disclosures."""

    state = fields.String(load_default=None, validate=validate.OneOf(tuple(disclosure_board.STATES)))
    list_id = fields.String(load_default=None)
    place = fields.String(load_default=None)


class Duty(Schema):
    """A disclosure that the law asks for; ``follow_up`` is the bureau's open task about one that is overdue."""

    case_id = fields.String()
    case_number = fields.String()
    enterprise = fields.String()
    region = fields.String()
    due_on = fields.String(metadata=schemas.DAY)
    met_on = fields.String(allow_none=True, metadata=schemas.DAY)
    state = fields.String()
    follow_up = fields.String(allow_none=True)


class OrderIn(schemas.Asked):
    """Which cases' enterprises are ordered to disclose, and by when."""

    case_ids = fields.List(fields.String(), required=True)
    correct_by = fields.Date(required=True)
    note = fields.String(load_default="")


class Ordered(Schema):
    """How many orders are being issued."""

    orders = fields.Integer()


class CountQuery(schemas.Query):
    """What disclosures are counted by."""

    by = fields.String(load_default="list", validate=validate.OneOf(("list", "place")))


class Count(Schema):
    """The disclosures of a list or region by state."""

    key = fields.String()
    name = fields.String()
    total = fields.Integer()
    counts = fields.Dict()


class Counts(Schema):
    """The disclosures that the caller sees, counted."""

    items = fields.List(fields.Nested(Count))


@blueprint.route("/lists/<list_id>/notices", methods=["GET"])
@blueprint.arguments(NoticeQuery, location="query")
@blueprint.response(200, Notices)
@login_required
def notices(query: dict[str, Any], list_id: str) -> dict[str, Any]:
    """List the notices of a list: issued, made, served and how, with the numbers and what failed."""
    with looking() as (session, actor):
        found = list_notices.lines(session, actor, list_id, **query)
        failures = list_notices.failures(session, actor, list_id)
        return {
            "items": [_notice(line) for line in found.items],
            "next": found.next_cursor,
            "tally": list_notices.tally(session, actor, list_id),
            "failures": [
                {
                    "incident_id": incident.id,
                    "kind": incident.kind,
                    "opened_at": iso(incident.opened_at),
                    "case_id": line.case.id if line.case else "",
                    "enterprise": line.enterprise.name,
                }
                for incident, line in failures
            ],
        }


def _notice(line: list_notices.NoticeLine) -> dict[str, Any]:
    letter = line.letter
    return {
        "entry_id": line.entry.id,
        "number": line.entry.number,
        "enterprise": line.enterprise.name,
        "uscc": line.enterprise.uscc,
        "case_id": line.case.id if line.case else None,
        "letter_id": letter.id if letter else None,
        "letter_number": letter.number if letter else None,
        "issued_on": day(letter.issued_on) if letter else None,
        "state": line.state,
        "method": (letter.served_by or None) if letter else None,
        "served_on": (day(letter.served_on) or None) if letter else None,
    }


@blueprint.route("/disclosures", methods=["GET"])
@blueprint.arguments(BoardQuery, location="query")
@blueprint.response(200, schemas.page_of(Duty))
@login_required
def disclosures(query: dict[str, Any]) -> dict[str, Any]:
    """List what must be disclosed, with its state: due, in time, late, overdue, sent back, ended."""
    with looking() as (session, actor):
        found = disclosure_board.board(session, actor, today=now().astimezone(ZONE).date(), **query)
        return {
            "items": [
                {
                    "case_id": line.case.id,
                    "case_number": line.case.number,
                    "enterprise": line.enterprise.name,
                    "region": line.case.region_code,
                    "due_on": day(line.deadline.runs_to),
                    "met_on": day(line.deadline.met_on) or None,
                    "state": line.state,
                    "follow_up": line.follow_up,
                }
                for line in found.items
            ],
            "next": found.next_cursor,
        }


@blueprint.route("/disclosures/orders", methods=["POST"])
@blueprint.arguments(OrderIn)
@blueprint.response(200, Ordered)
@command
def order(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Order the enterprises of overdue disclosures to publish by a day."""
    number = disclosure_board.order(session, application(), actor, **body, language=language(), now=now())
    return {"orders": number}, 200


@blueprint.route("/disclosures/counts", methods=["GET"])
@blueprint.arguments(CountQuery, location="query")
@blueprint.response(200, Counts)
@login_required
def counts(query: dict[str, Any]) -> dict[str, Any]:
    """Count what must be disclosed by list or by region; each is in exactly one state."""
    with looking() as (session, actor):
        found = disclosure_board.groups(session, actor, today=now().astimezone(ZONE).date(), by=query["by"])
        return {
            "items": [{"key": one.key, "name": one.name[0], "total": one.total, "counts": one.counts} for one in found]
        }
