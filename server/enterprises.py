"""Enterprises: the register, the profile, and the company's own users."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, url_for
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import cases, company_users, enterprise_history, enterprises, industries
from server.filters import ZONE
from server.house import acting, application, looking, now
from server.labels import LABELS, role_name
from server.language import language, say
from server.pages import argument, back_to, given, page
from server.regions import choices as region_choices
from server.regions import names as region_names
from server.regions import province_of, within
from server.sentences import trouble
from server.stages import stage_name
from workflows.access import Actor, may, require
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Region

blueprint = Blueprint("enterprises", __name__, url_prefix="/enterprises")
FLAGS = ("key_discharger", "yellow_river_basin")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show the enterprises that the person sees."""
    filters = {key: value for key in ("text", "region") if (value := argument(key))}
    with looking() as (session, actor):
        found = enterprises.list_(session, actor, **filters, cursor=argument("cursor"), limit=50)
        return page(
            "enterprises/index.html",
            session,
            actor,
            rows=found.items,
            next_cursor=found.next_cursor,
            filters=filters,
            regions=region_choices(session, actor),
            region_names=region_names(session, {row.region_code for row in found.items}),
        )


@blueprint.get("/mine")
@login_required
def mine() -> BaseResponse:
    """Go to one's own enterprise."""
    with looking() as (_session, actor):
        for fact in actor.memberships:
            if fact.role in {"enterprise", "enterprise_administrator"}:
                return redirect(url_for("enterprises.one", enterprise_id=fact.organisation_id))
    raise NotFound


@blueprint.get("/new")
@login_required
def new() -> BaseResponse:
    """Show the form for a new enterprise."""
    with looking() as (session, actor):
        require(actor, "enterprises.edit")
        return form_page(session, actor, None, {})


@blueprint.post("")
@login_required
def register() -> BaseResponse:
    """Add an enterprise."""
    values = fields()
    try:
        with acting() as (session, actor):
            require(actor, "enterprises.edit")
            row = enterprises.register(session, actor, values, now=now())
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            known = enterprises.by_code(session, actor, values.get("uscc", "")) if isinstance(error, Conflict) else None
            code = 422 if isinstance(error, Invalid) else 409
            return form_page(session, actor, None, values, code, errors=trouble(error), known=known)
    return back_to("enterprises.one", say("The enterprise is registered."), enterprise_id=row.id)


@blueprint.get("/<enterprise_id>")
@login_required
def one(enterprise_id: str) -> BaseResponse:
    """Show an enterprise with its plants and cases."""
    with looking() as (session, actor):
        row = enterprises.get(session, actor, enterprise_id)
        path = session.get_one(Region, row.region_code).path
        found = cases.list_(session, actor, enterprise_id=enterprise_id, limit=50)
        return page(
            "enterprises/one.html",
            session,
            actor,
            row=row,
            plants=enterprises.plants(session, actor, enterprise_id),
            region=region_names(session, {row.region_code})[row.region_code],
            lines=found.items,
            links=enterprise_history.links(session, actor, enterprise_id),
            credit=enterprise_history.credit(session, actor, enterprise_id, now().astimezone(ZONE).date()),
            stage_name=stage_name,
            regions=province_of(session, path),
            may_edit=may(actor, "enterprises.edit", path) or enterprise_id in actor.organisations,
            may_invite=is_administrator(actor, enterprise_id),
        )


@blueprint.get("/<enterprise_id>/edit")
@login_required
def edit(enterprise_id: str) -> BaseResponse:
    """Show the profile as a form."""
    with looking() as (session, actor):
        row = enterprises.get(session, actor, enterprise_id)
        path = session.get_one(Region, row.region_code).path
        if not may(actor, "enterprises.edit", path) and enterprise_id not in actor.organisations:
            raise NotAllowed("not_your_enterprise")
        values = {column.key: getattr(row, column.key) for column in row.__table__.columns}
        return form_page(session, actor, enterprise_id, values)


@blueprint.post("/<enterprise_id>")
@login_required
def update(enterprise_id: str) -> BaseResponse:
    """Change a profile."""
    values = fields()
    try:
        with acting() as (session, actor):
            enterprises.update(session, actor, enterprise_id, values, now())
    except Invalid as error:
        with looking() as (session, actor):
            return form_page(session, actor, enterprise_id, values, 422, errors=trouble(error))
    return back_to("enterprises.one", say("The profile is saved."), enterprise_id=enterprise_id)


@blueprint.post("/<enterprise_id>/plants")
@login_required
def add_plant(enterprise_id: str) -> BaseResponse:
    """Add a production site."""
    values = given()
    with acting() as (session, actor):
        enterprises.add_plant(
            session,
            actor,
            enterprise_id,
            name=values.get("name", ""),
            address=values.get("address", ""),
            region_code=values.get("region_code", ""),
            now=now(),
        )
    return back_to("enterprises.one", say("The site is added."), enterprise_id=enterprise_id)


@blueprint.get("/<enterprise_id>/users")
@login_required
def users(enterprise_id: str) -> BaseResponse:
    """Show the company's own users to its administrator."""
    with looking() as (session, actor):
        return users_page(session, actor, enterprise_id)


def users_page(session: Session, actor: Actor, enterprise_id: str, status: int = 200, **more: Any) -> BaseResponse:
    """Render the company's users."""
    rows = company_users.list_(session, actor, enterprise_id, now=now())
    roles = application().roles
    return page(
        "enterprises/users.html",
        session,
        actor,
        status,
        row=enterprises.get(session, actor, enterprise_id),
        users=[(membership, person, role_name(roles, membership.role)) for membership, person in rows],
        roles=[(key, role_name(roles, key)) for key in ("enterprise", "enterprise_administrator")],
        **more,
    )


@blueprint.post("/<enterprise_id>/users")
@login_required
def invite(enterprise_id: str) -> BaseResponse:
    """Add a colleague."""
    values = given()
    try:
        with acting() as (session, actor):
            company_users.invite(
                session,
                actor,
                enterprise_id,
                username=values.get("username", ""),
                name=values.get("name", ""),
                role=values.get("role", "enterprise"),
                password=values.get("password", ""),
                now=now(),
            )
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            return users_page(session, actor, enterprise_id, 422, errors=trouble(error), values=values)
    return back_to("enterprises.users", say("The colleague can sign in now."), enterprise_id=enterprise_id)


@blueprint.post("/<enterprise_id>/users/<membership_id>/leave")
@login_required
def leave(enterprise_id: str, membership_id: str) -> BaseResponse:
    """Let a colleague go: access ends at once."""
    with acting() as (session, actor):
        company_users.leave(session, actor, membership_id, now=now())
    return back_to("enterprises.users", say("The colleague has no access any more."), enterprise_id=enterprise_id)


def fields() -> dict[str, Any]:
    """Read the form of a profile; an unticked box says no."""
    values = given()
    return values | {flag: flag in values for flag in FLAGS}


def form_page(
    session: Session, actor: Actor, enterprise_id: str | None, values: dict[str, Any], status: int = 200, **more: Any
) -> BaseResponse:
    """Render the form of a profile."""
    return page(
        "enterprises/form.html",
        session,
        actor,
        status,
        enterprise_id=enterprise_id,
        row=values,
        regions=places(session, actor, values),
        industries=industries.options(language()),
        scales=list(LABELS["scale"].items()),
        is_bureau=may(actor, "enterprises.edit"),
        **more,
    )


def places(session: Session, actor: Actor, values: dict[str, Any]) -> list[tuple[str, str]]:
    """Give the regions that a bureau may put an enterprise in; its own people are shown the one it lies in."""
    mine = within(session, actor, "enterprises.edit")
    return mine or list(region_names(session, {str(values.get("region_code", ""))}).items())


def is_administrator(actor: Actor, enterprise_id: str) -> bool:
    """Say whether somebody manages the users of a company."""
    return any(
        fact.organisation_id == enterprise_id and fact.role == "enterprise_administrator" for fact in actor.memberships
    )
