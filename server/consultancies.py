"""Consultancies: the register."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import consultancies, discipline, proofs
from server.dates import day_of, optional_day
from server.filters import ZONE
from server.house import acting, application, looking, now
from server.language import pick, say
from server.pages import argument, back_to, given, page
from server.regions import choices as region_choices
from server.regions import names as region_names
from server.sentences import trouble
from workflows import files
from workflows.access import Actor, require
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("consultancies", __name__, url_prefix="/consultancies")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show the consultancies with the number of their cases."""
    with looking() as (session, actor):
        return index_page(session, actor)


def index_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the consultancies."""
    found = consultancies.list_(session, actor, text=argument("text") or "", cursor=argument("cursor"), limit=50)
    return page(
        "consultancies/index.html",
        session,
        actor,
        status,
        rows=found.items,
        next_cursor=found.next_cursor,
        text=argument("text"),
        regions=region_choices(session, actor),
        region_names=region_names(session, {row.region_code for row, _count in found.items}),
        **more,
    )


@blueprint.post("/<consultancy_id>/restriction")
@login_required
def restrict(consultancy_id: str) -> BaseResponse:
    """Let a consultancy be chosen no more, or again, with a reason."""
    values = given()
    try:
        with acting() as (session, actor):
            restricted = values.get("restricted") == "yes"
            discipline.restrict(
                session,
                application(),
                actor,
                consultancy_id,
                restricted=restricted,
                reason=values.get("reason", ""),
                until=optional_day(values.get("until"), "until"),
                now=now(),
            )
    except Invalid as error:
        with looking() as (session, actor):
            return index_page(session, actor, 422, errors=trouble(error))
    return back_to("consultancies.index", say("The decision was recorded."))


@blueprint.post("")
@login_required
def register() -> BaseResponse:
    """Add a consultancy."""
    values = given()
    try:
        with acting() as (session, actor):
            require(actor, "consultancies.manage")
            consultancies.register(session, actor, values, now=now())
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            return index_page(session, actor, 422, errors=trouble(error), values=values)
    return back_to("consultancies.index", say("The consultancy is registered."))


@blueprint.get("/<consultancy_id>")
@login_required
def one(consultancy_id: str) -> BaseResponse:
    """Show a consultancy: its proofs, its staff, the measures against it, its open cases."""
    with looking() as (session, actor):
        return one_page(session, actor, consultancy_id)


def one_page(session: Session, actor: Actor, consultancy_id: str, status: int = 200, **more: Any) -> BaseResponse:
    """Render a consultancy."""
    row = proofs.consultancy(session, actor, consultancy_id)
    today = now().astimezone(ZONE).date()
    return page(
        "consultancies/one.html",
        session,
        actor,
        status,
        row=row,
        region=region_names(session, {row.region_code}).get(row.region_code, ""),
        items=[(one, pick(*proofs.ITEMS[one.key])) for one in proofs.items(session, row.id, today)],
        staff=proofs.staff(session, row.id),
        today=today,
        measure=discipline.in_force(session, row.id),
        measures=discipline.history(session, row.id),
        cases=discipline.open_cases(session, actor, row.id),
        steps=[(key, pick(*names)) for key, names in discipline.STEPS.items()],
        proof_items=[(key, pick(*names)) for key, names in proofs.ITEMS.items()],
        may_manage=proofs.may_manage(session, actor, row),
        is_own=row.id in actor.organisations,
        **more,
    )


def again(consultancy_id: str, error: Invalid | Conflict, values: dict[str, Any]) -> BaseResponse:
    """Show a consultancy again with what was wrong and what was typed."""
    with looking() as (session, actor):
        code = 409 if isinstance(error, Conflict) else 422
        return one_page(session, actor, consultancy_id, code, errors=trouble(error), values=values)


@blueprint.post("/<consultancy_id>/proofs")
@login_required
def prove(consultancy_id: str) -> BaseResponse:
    """Record a proof of one of the four conditions."""
    values = given()
    try:
        with acting() as (session, actor):
            proofs.prove(
                session,
                actor,
                consultancy_id,
                item=values.get("item", ""),
                document=values.get("document", ""),
                valid_until=optional_day(values.get("valid_until"), "valid_until"),
                now=now(),
            )
    except Invalid as error:
        return again(consultancy_id, error, values)
    return back_to("consultancies.one", say("The proof is recorded."), consultancy_id=consultancy_id)


@blueprint.post("/<consultancy_id>/staff")
@login_required
def add_staff(consultancy_id: str) -> BaseResponse:
    """Add somebody to the staff."""
    values = given()
    try:
        with acting() as (session, actor):
            told = {
                **values,
                "since": optional_day(values.get("since"), "since"),
                "trained_until": optional_day(values.get("trained_until"), "trained_until"),
            }
            proofs.add_staff(session, actor, consultancy_id, told, now=now())
    except (Invalid, Conflict) as error:
        return again(consultancy_id, error, values)
    return back_to("consultancies.one", say("The person is on the staff."), consultancy_id=consultancy_id)


@blueprint.post("/<consultancy_id>/staff/<staff_id>/end")
@login_required
def end_staff(consultancy_id: str, staff_id: str) -> BaseResponse:
    """Say until when somebody works there."""
    values = given()
    try:
        with acting() as (session, actor):
            proofs.end_staff(session, actor, staff_id, until=day_of(values.get("until"), "until"), now=now())
    except Invalid as error:
        return again(consultancy_id, error, values)
    return back_to("consultancies.one", say("The person left the staff."), consultancy_id=consultancy_id)


@blueprint.post("/<consultancy_id>/measures")
@login_required
def impose(consultancy_id: str) -> BaseResponse:
    """Take a step of the ladder."""
    values = given()
    try:
        with acting() as (session, actor):
            discipline.impose(
                session,
                application(),
                actor,
                consultancy_id,
                step=values.get("step", ""),
                reason=values.get("reason", ""),
                since=optional_day(values.get("since"), "since"),
                due_on=optional_day(values.get("due_on"), "due_on"),
                now=now(),
            )
    except (Invalid, Conflict) as error:
        return again(consultancy_id, error, values)
    return back_to("consultancies.one", say("The decision was recorded."), consultancy_id=consultancy_id)


@blueprint.post("/<consultancy_id>/exit")
@login_required
def ask_exit(consultancy_id: str) -> BaseResponse:
    """Ask, as the consultancy, that the measure in force be lifted."""
    values = given()
    found = [one for one in request.files.getlist("files") if one.filename]
    try:
        with acting() as (session, actor):
            kept = [
                files.upload(session, application(), actor, name=one.filename or "", content=one.read(), now=now()).id
                for one in found
            ]
            discipline.ask_exit(session, actor, consultancy_id, note=values.get("note", ""), evidence=kept, now=now())
    except (Invalid, Conflict) as error:
        return again(consultancy_id, error, values)
    return back_to("consultancies.one", say("It was raised. Who decides has been told."), consultancy_id=consultancy_id)


@blueprint.post("/<consultancy_id>/lifting")
@login_required
def lift(consultancy_id: str) -> BaseResponse:
    """End the measure in force."""
    values = given()
    try:
        with acting() as (session, actor):
            discipline.lift(session, actor, consultancy_id, reason=values.get("reason", ""), now=now())
    except (Invalid, Conflict) as error:
        return again(consultancy_id, error, values)
    return back_to("consultancies.one", say("The measure is lifted."), consultancy_id=consultancy_id)
