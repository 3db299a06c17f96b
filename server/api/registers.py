"""The registers beside the enterprises: consultancies, experts, the calendar, and a company's own users."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from audits import calendars, clocks, company_users, consultancies, discipline, experts
from audits.models import CalendarDay, Expert
from server.api import schemas, shapes
from server.dates import day_of
from server.filters import day as written
from server.house import application, looking, now
from server.idempotency import Answer, command
from workflows.access import Actor, require
from workflows.models import Membership, Person

blueprint = Blueprint("api-registers", __name__, description="Consultancies, experts, the calendar, company users")


class ConsultancyIn(schemas.Asked):
    """A new consultancy."""

    name = fields.String(required=True)
    name_en = fields.String()
    code = fields.String(required=True, metadata={"description": "Unified social credit code"})
    region_code = fields.String(required=True)
    contact = fields.String()


class Consultancy(Schema):
    """A consultancy."""

    id = fields.String()
    kind = fields.String()
    name = fields.String()
    name_en = fields.String()
    code = fields.String(allow_none=True)
    region = fields.String()
    contact = fields.String()
    cases = fields.Integer()


class ExpertOut(Schema):
    """An expert."""

    id = fields.String()
    name = fields.String()
    employer = fields.String()
    title = fields.String()
    region = fields.String()
    fields_ = fields.List(fields.String(), data_key="fields", attribute="fields")
    valid_until = fields.String(metadata=schemas.DAY)
    status = fields.String()


class RegisterQuery(schemas.Query):
    """A list that can be searched."""

    text = fields.String(load_default="")


class DayIn(schemas.Asked):
    """A day that is not an ordinary one."""

    day = fields.Date(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["holiday", "workday"]))
    name = fields.String(load_default="")


class Day(Schema):
    """A day of the calendar."""

    day = fields.String(metadata=schemas.DAY)
    kind = fields.String()
    name = fields.String()
    source = fields.String()


class Year(Schema):
    """A year of the calendar."""

    year = fields.Integer()
    published = fields.Boolean()
    days = fields.List(fields.Nested(Day))


class Moved(Schema):
    """What the publication of a year moved."""

    moved = fields.Integer()


class UserIn(schemas.Asked):
    """A colleague to invite."""

    username = fields.String(required=True)
    name = fields.String(required=True)
    password = fields.String(required=True, load_only=True)
    role = fields.String(load_default="enterprise")


class User(Schema):
    """A colleague."""

    membership_id = fields.String()
    person_id = fields.String()
    username = fields.String()
    name = fields.String()
    role = fields.String()


class Users(Schema):
    """The users of a company."""

    items = fields.List(fields.Nested(User))


@blueprint.route("/consultancies", methods=["GET"])
@blueprint.arguments(RegisterQuery, location="query")
@blueprint.response(200, schemas.page_of(Consultancy))
@login_required
def list_consultancies(query: dict[str, Any]) -> dict[str, Any]:
    """List the consultancies with the number of their cases."""
    with looking() as (session, actor):
        found = consultancies.list_(session, actor, **query)
        return shapes.paged(
            found.items, found.next_cursor, lambda row: {**shapes.organisation(row[0]), "cases": row[1]}
        )


@blueprint.route("/consultancies", methods=["POST"])
@blueprint.arguments(ConsultancyIn)
@blueprint.response(201, Consultancy)
@command
def register_consultancy(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Register a consultancy."""
    require(actor, "consultancies.manage")
    return {**shapes.organisation(consultancies.register(session, actor, body, now=now())), "cases": 0}, 201


class RestrictionIn(schemas.Asked):
    """Whether a consultancy may be chosen, and why."""

    restricted = fields.Boolean(required=True)
    reason = fields.String(required=True)
    until = fields.Date(load_default=None, allow_none=True)


@blueprint.route("/consultancies/<consultancy_id>/restriction", methods=["PUT"])
@blueprint.arguments(RestrictionIn)
@blueprint.response(204)
@command
def restrict_consultancy(session: Session, actor: Actor, body: dict[str, Any], consultancy_id: str) -> Answer:
    """Let a consultancy be chosen no more, publicly, or again; another reason or day corrects the decision."""
    discipline.restrict(session, application(), actor, consultancy_id, **body, now=now())
    return {}, 204


@blueprint.route("/experts", methods=["GET"])
@blueprint.arguments(RegisterQuery, location="query")
@blueprint.response(200, schemas.page_of(ExpertOut))
@login_required
def list_experts(query: dict[str, Any]) -> dict[str, Any]:
    """List the pool of experts."""
    with looking() as (session, actor):
        found = experts.list_(session, actor, **query)
        return shapes.paged(found.items, found.next_cursor, lambda row: expert(row[0], row[1]))


@blueprint.route("/calendar/<int:year>", methods=["GET"])
@blueprint.response(200, Year)
@login_required
def calendar(year: int) -> dict[str, Any]:
    """Get the special days of a year."""
    with looking() as (session, _actor):
        rows = [row for row in calendars.year_days(session, year) if row.kind != "published"]
        return {
            "year": year,
            "published": year in calendars.published_years(session),
            "days": [special_day(row) for row in rows],
        }


@blueprint.route("/calendar/days", methods=["PUT"])
@blueprint.arguments(DayIn)
@blueprint.response(200, Day)
@command
def set_day(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Make a day a holiday or a working day."""
    return special_day(calendars.set_day(session, actor, body["day"], body["kind"], body["name"], now())), 200


@blueprint.route("/calendar/days/<day>", methods=["DELETE"])
@blueprint.response(204)
@command
def remove_day(session: Session, actor: Actor, day: str) -> Answer:
    """Let a day follow its weekday again."""
    calendars.remove_day(session, actor, day_of(day, "day"), now())
    return {}, 204


@blueprint.route("/calendar/<int:year>/publish", methods=["POST"])
@blueprint.response(200, Moved)
@command
def publish_year(session: Session, actor: Actor, year: int) -> Answer:
    """Declare a year's calendar complete; provisional deadlines are counted anew."""
    return {"moved": clocks.publish_year(session, application(), actor, year, now())}, 200


@blueprint.route("/enterprises/<enterprise_id>/users", methods=["GET"])
@blueprint.response(200, Users)
@login_required
def users(enterprise_id: str) -> dict[str, Any]:
    """List the users of one's company."""
    with looking() as (session, actor):
        rows = company_users.list_(session, actor, enterprise_id, now=now())
        return {"items": [user(membership, person) for membership, person in rows]}


@blueprint.route("/enterprises/<enterprise_id>/users", methods=["POST"])
@blueprint.arguments(UserIn)
@blueprint.response(201, Schema.from_dict({"id": fields.String()}, name="Invited"))
@command
def invite(session: Session, actor: Actor, body: dict[str, Any], enterprise_id: str) -> Answer:
    """Invite a colleague."""
    return {"id": company_users.invite(session, actor, enterprise_id, **body, now=now()).id}, 201


@blueprint.route("/enterprises/<enterprise_id>/users/<membership_id>", methods=["DELETE"])
@blueprint.response(204)
@command
def let_go(session: Session, actor: Actor, enterprise_id: str, membership_id: str) -> Answer:
    """Let a colleague go; access ends at once."""
    company_users.list_(session, actor, enterprise_id, now=now())
    company_users.leave(session, actor, membership_id, now=now())
    return {}, 204


def expert(row: Expert, person: Person) -> dict[str, Any]:
    """Write an expert."""
    return {
        "id": row.id,
        "name": person.name,
        "employer": row.employer,
        "title": row.title,
        "region": row.region_code,
        "fields": list(row.fields),
        "valid_until": written(row.valid_until),
        "status": row.status,
    }


def special_day(row: CalendarDay) -> dict[str, Any]:
    """Write a day of the calendar."""
    return {"day": written(row.day), "kind": row.kind, "name": row.name, "source": row.source}


def user(membership: Membership, person: Person) -> dict[str, Any]:
    """Write a colleague."""
    return {
        "membership_id": membership.id,
        "person_id": person.id,
        "username": person.username,
        "name": person.name,
        "role": membership.role,
    }
