"""People and organisations as an administrator manages them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import administration, grants
from server.filters import local_name
from server.house import acting, application, looking, now
from server.labels import label, role_name
from server.language import pick, say
from server.pages import argument, back_to, given, page
from server.regions import choices as region_choices
from server.regions import names as region_names
from server.sentences import trouble
from workflows import substitutions
from workflows.access import Actor
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("people", __name__, url_prefix="/people")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show the people of the administrator's region."""
    with looking() as (session, actor):
        return index_page(session, actor)


def index_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the people."""
    found = administration.list_people(session, actor, text=argument("text") or "", cursor=argument("cursor"), limit=50)
    roles = application().roles
    rows = [
        (
            line.person,
            [
                f"{local_name(organisation)} · {role_name(roles, membership.role)}"
                for membership, organisation in line.memberships
                if membership.until is None or membership.until > now()
            ],
        )
        for line in found.items
    ]
    return page(
        "people/index.html",
        session,
        actor,
        status,
        rows=rows,
        next_cursor=found.next_cursor,
        text=argument("text"),
        organisations=organisation_choices(session, actor),
        roles=role_choices(actor),
        **more,
    )


@blueprint.post("")
@login_required
def create() -> BaseResponse:
    """Add a person with a first membership."""
    values = given()
    try:
        with acting() as (session, actor):
            row = administration.create_person(session, actor, values, now=now())
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            return index_page(session, actor, 422, errors=trouble(error), values=values)
    return back_to("people.one", say("The person can sign in now."), person_id=row.id)


@blueprint.get("/<person_id>")
@login_required
def one(person_id: str) -> BaseResponse:
    """Show a person with all memberships, past ones too."""
    with looking() as (session, actor):
        return person_page(session, actor, person_id)


def person_page(session: Session, actor: Actor, person_id: str, status: int = 200, **more: Any) -> BaseResponse:
    """Render a person."""
    line = administration.get_person(session, actor, person_id)
    roles = application().roles
    return page(
        "people/one.html",
        session,
        actor,
        status,
        person=line.person,
        memberships=[
            (
                membership,
                local_name(organisation),
                role_name(roles, membership.role),
                is_over(membership.until),
                grants.may_give(session, actor, organisation, membership.role),
            )
            for membership, organisation in line.memberships
        ],
        may_join=person_id != actor.person_id,
        may_open=grants.may_act_for(session, actor, person_id),
        may_substitute=substitutions.may_appoint_for(session, actor, person_id),
        organisations=organisation_choices(session, actor),
        roles=role_choices(actor),
        **more,
    )


@blueprint.post("/<person_id>/memberships")
@login_required
def join(person_id: str) -> BaseResponse:
    """Let a person join an organisation."""
    values = given()
    try:
        with acting() as (session, actor):
            administration.add_membership(
                session,
                actor,
                person_id,
                organisation_id=values.get("organisation_id", ""),
                role=values.get("role", ""),
                now=now(),
            )
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            return person_page(session, actor, person_id, 422, errors=trouble(error))
    return back_to("people.one", say("The membership counts from now on."), person_id=person_id)


@blueprint.post("/<person_id>/memberships/<membership_id>/end")
@login_required
def leave(person_id: str, membership_id: str) -> BaseResponse:
    """Let a person leave an organisation: access ends at once."""
    with acting() as (session, actor):
        administration.end_membership(session, actor, membership_id, now=now())
    return back_to("people.one", say("The membership has ended."), person_id=person_id)


@blueprint.post("/<person_id>/password")
@login_required
def set_password(person_id: str) -> BaseResponse:
    """Give a person a new password; their open sessions end."""
    values = given()
    try:
        with acting() as (session, actor):
            administration.set_password(session, actor, person_id, values.get("password", ""), now=now())
    except Invalid as error:
        with looking() as (session, actor):
            return person_page(session, actor, person_id, 422, errors=trouble(error))
    return back_to("people.one", say("The password is set; the person has to sign in again."), person_id=person_id)


@blueprint.post("/<person_id>/deactivate")
@login_required
def deactivate(person_id: str) -> BaseResponse:
    """Let a person sign in no more."""
    with acting() as (session, actor):
        administration.deactivate(session, actor, person_id, now=now())
    return back_to("people.one", say("The account is closed."), person_id=person_id)


@blueprint.get("/organisations")
@login_required
def organisations() -> BaseResponse:
    """Show the organisations of the administrator's region."""
    with looking() as (session, actor):
        return organisations_page(session, actor)


def organisations_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the organisations."""
    found = administration.list_organisations(
        session,
        actor,
        kind=argument("kind"),
        text=argument("text") or "",
        cursor=argument("cursor"),
        limit=50,
    )
    kinds = [(key, pick(*names)) for key, names in administration.KINDS.items()]
    return page(
        "people/organisations.html",
        session,
        actor,
        status,
        rows=found.items,
        next_cursor=found.next_cursor,
        filters={"kind": argument("kind"), "text": argument("text")},
        kinds=kinds,
        kind_names=dict(kinds),
        new_kinds=[(key, label(key, "organisation")) for key in ("bureau", "consultancy", "institute")],
        regions=region_choices(session, actor),
        region_names=region_names(session, {row.region_code for row in found.items}),
        **more,
    )


@blueprint.post("/organisations")
@login_required
def create_organisation() -> BaseResponse:
    """Add a bureau, a consultancy or an institute."""
    values = given()
    try:
        with acting() as (session, actor):
            administration.create_organisation(session, actor, values, now=now())
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            return organisations_page(session, actor, 422, errors=trouble(error), values=values)
    return back_to("people.organisations", say("The organisation is added."))


def organisation_choices(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Give the organisations in charge as choices of a form."""
    found = administration.list_organisations(session, actor, limit=200)
    return [(row.id, local_name(row)) for row in found.items]


def role_choices(actor: Actor) -> list[tuple[str, str]]:
    """Give the roles that one may give as choices of a form."""
    return [(key, role_name(application().roles, key)) for key in grants.offered(actor)]


def is_over(until: Any) -> bool:
    """Say whether a membership has ended."""
    return until is not None and until <= now()
