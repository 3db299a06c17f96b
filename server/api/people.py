"""People and organisations, for administrators; and who the caller is."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from audits import administration, grants
from server.api import schemas, shapes
from server.house import acting, looking, now
from server.idempotency import Answer, command
from server.profile import try_password
from workflows import people
from workflows.access import Actor
from workflows.errors import NotAllowed

blueprint = Blueprint("api-people", __name__, description="People, organisations, memberships")


class Person(Schema):
    """A person."""

    id = fields.String()
    username = fields.String()
    name = fields.String()
    title = fields.String()
    email = fields.String()
    phone = fields.String()
    active = fields.Boolean()


class PersonIn(schemas.Asked):
    """A new person with a first membership."""

    username = fields.String(required=True)
    name = fields.String(required=True)
    password = fields.String(required=True, load_only=True)
    title = fields.String()
    email = fields.String()
    phone = fields.String()
    organisation_id = fields.String(required=True)
    role = fields.String(required=True)


class MembershipIn(schemas.Asked):
    """A membership to begin."""

    organisation_id = fields.String(required=True)
    role = fields.String(required=True)


class Membership(Schema):
    """A membership."""

    id = fields.String()
    person_id = fields.String()
    organisation_id = fields.String()
    role = fields.String()
    region = fields.String()


class PasswordIn(schemas.Asked):
    """A new password."""

    password = fields.String(required=True, load_only=True)


class Organisation(Schema):
    """An organisation."""

    id = fields.String()
    kind = fields.String()
    name = fields.String()
    name_en = fields.String()
    code = fields.String(allow_none=True)
    region = fields.String()
    contact = fields.String()


class OrganisationIn(schemas.Asked):
    """A new organisation."""

    kind = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String()
    region_code = fields.String(required=True)
    code = fields.String()
    contact = fields.String()


class OrganisationQuery(schemas.Query):
    """The filters of organisations."""

    kind = fields.String(load_default=None)
    text = fields.String(load_default="")


class PeopleQuery(schemas.Query):
    """The filter of people."""

    text = fields.String(load_default="")


class LocaleIn(schemas.Asked):
    """A language."""

    locale = fields.String(required=True, validate=validate.OneOf(people.LOCALES))


class OwnPasswordIn(schemas.Asked):
    """One's own new password."""

    old = fields.String(required=True, load_only=True)
    password = fields.String(required=True, load_only=True)


class Me(Schema):
    """The caller."""

    id = fields.String()
    username = fields.String()
    name = fields.String()
    memberships = fields.List(fields.Nested(Membership))
    actions = fields.List(fields.String())
    grants = fields.List(fields.String(), metadata={"description": "The roles that the caller may give to others"})


@blueprint.route("/me", methods=["GET"])
@blueprint.response(200, Me)
@login_required
def me() -> dict[str, Any]:
    """Get who the caller is and what they may do."""
    with looking() as (_session, actor):
        return {
            "id": actor.person_id,
            "username": actor.username,
            "name": actor.name,
            "memberships": [
                {"organisation_id": fact.organisation_id, "role": fact.role, "region": fact.region_code}
                for fact in actor.memberships
            ],
            "actions": sorted(actor.actions),
            "grants": grants.offered(actor),
        }


@blueprint.route("/me/locale", methods=["PUT"])
@blueprint.arguments(LocaleIn)
@blueprint.response(200, LocaleIn)
@command
def change_locale(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Read in another language from now on."""
    return {"locale": people.change_locale(session, actor, body["locale"], now=now()).locale}, 200


@blueprint.route("/me/password", methods=["PUT"])
@blueprint.arguments(OwnPasswordIn)
@blueprint.response(200, Person)
@login_required
def change_password(body: dict[str, Any]) -> Answer:
    """Change one's own password: the old one is asked, and every browser session ends."""
    try:
        return own_password(body)
    except NotAllowed as refused:  # nothing of the refused call stays but that it was tried
        if refused.code != "rights_lost":
            with acting() as (session, actor), suppress(NotAllowed):
                try_password(session, actor, body["old"])
        raise


@command
def own_password(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Set one's own password."""
    try_password(session, actor, body["old"])
    return shapes.person(people.set_password(session, actor, str(actor.person_id), body["password"], now=now())), 200


@blueprint.route("/people", methods=["GET"])
@blueprint.arguments(PeopleQuery, location="query")
@blueprint.response(200, schemas.page_of(Person))
@login_required
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the people of the caller's region."""
    with looking() as (session, actor):
        found = administration.list_people(session, actor, **query)
        return shapes.paged((line.person for line in found.items), found.next_cursor, shapes.person)


@blueprint.route("/people", methods=["POST"])
@blueprint.arguments(PersonIn)
@blueprint.response(201, Person)
@command
def create(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Add a person with a first membership."""
    return shapes.person(administration.create_person(session, actor, body, now=now())), 201


@blueprint.route("/people/<person_id>", methods=["GET"])
@blueprint.response(200, Person)
@login_required
def one(person_id: str) -> dict[str, Any]:
    """Get a person."""
    with looking() as (session, actor):
        return shapes.person(administration.get_person(session, actor, person_id).person)


@blueprint.route("/people/<person_id>/memberships", methods=["POST"])
@blueprint.arguments(MembershipIn)
@blueprint.response(201, Membership)
@command
def join(session: Session, actor: Actor, body: dict[str, Any], person_id: str) -> Answer:
    """Let a person join an organisation."""
    row = administration.add_membership(session, actor, person_id, **body, now=now())
    return membership(row), 201


@blueprint.route("/memberships/<membership_id>", methods=["DELETE"])
@blueprint.response(200, Membership)
@command
def leave(session: Session, actor: Actor, membership_id: str) -> Answer:
    """End a membership now; access by it ends at once."""
    return membership(administration.end_membership(session, actor, membership_id, now=now())), 200


@blueprint.route("/people/<person_id>/password", methods=["PUT"])
@blueprint.arguments(PasswordIn)
@blueprint.response(200, Person)
@command
def set_password(session: Session, actor: Actor, body: dict[str, Any], person_id: str) -> Answer:
    """Give a person a new password; their sessions end."""
    return shapes.person(administration.set_password(session, actor, person_id, body["password"], now=now())), 200


@blueprint.route("/people/<person_id>/deactivate", methods=["POST"])
@blueprint.response(200, Person)
@command
def deactivate(session: Session, actor: Actor, person_id: str) -> Answer:
    """Let a person sign in no more."""
    return shapes.person(administration.deactivate(session, actor, person_id, now=now())), 200


@blueprint.route("/organisations", methods=["GET"])
@blueprint.arguments(OrganisationQuery, location="query")
@blueprint.response(200, schemas.page_of(Organisation))
@login_required
def organisations(query: dict[str, Any]) -> dict[str, Any]:
    """List the organisations of the caller's region."""
    with looking() as (session, actor):
        found = administration.list_organisations(session, actor, **query)
        return shapes.paged(found.items, found.next_cursor, shapes.organisation)


@blueprint.route("/organisations", methods=["POST"])
@blueprint.arguments(OrganisationIn)
@blueprint.response(201, Organisation)
@command
def create_organisation(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Add a bureau, a consultancy or an institute."""
    return shapes.organisation(administration.create_organisation(session, actor, body, now=now())), 201


def membership(row: Any) -> dict[str, Any]:
    """Write a membership."""
    return {
        "id": row.id,
        "person_id": row.person_id,
        "organisation_id": row.organisation_id,
        "role": row.role,
        "region": row.region_code,
    }
