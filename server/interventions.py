"""What officers and operators do to a case from outside its diagram: suspend, resume, terminate; move, skip, retry."""

from __future__ import annotations

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import cases, terminations
from server.house import acting, application, looking, now
from server.language import pick, say
from server.pages import back_to, given, page
from server.stages import stage_name
from workflows import interventions
from workflows.access import Actor, may
from workflows.errors import NotAllowed

blueprint = Blueprint("interventions", __name__, url_prefix="/cases")


@blueprint.get("/<case_id>/interventions")
@login_required
def panel(case_id: str) -> BaseResponse:
    """Show what can be done to a case from outside."""
    with looking() as (session, actor):
        return panel_page(session, actor, case_id)


def panel_page(session: Session, actor: Actor, case_id: str) -> BaseResponse:
    """Render the panel of who may stop the case, or operate on what waits in it."""
    view = cases.get(session, actor, case_id)
    path = view.instance.region_path
    may_stop, may_operate = may(actor, interventions.STOP, path), may(actor, interventions.OPERATE, path)
    if not (may_stop or may_operate):
        raise NotAllowed("not_allowed", action=interventions.STOP)
    found = interventions.waiting(session, application(), actor, case_id) if may_operate else ()
    return page(
        "cases/interventions.html",
        session,
        actor,
        case=view.case,
        view=view,
        may_stop=may_stop,
        may_operate=may_operate,
        waits=[
            (
                one,
                pick(one.name, one.labels.get("en", "")),
                [(place.element, place_name(place)) for place in one.places],
            )
            for one in found
        ],
    )


def place_name(place: interventions.Place) -> str:
    """Name an element with the part of the process that it stands in."""
    return f"{stage_name(place.process)} · {pick(place.name or place.element, place.labels.get('en', ''))}"


@blueprint.post("/<case_id>/suspension")
@login_required
def suspend(case_id: str) -> BaseResponse:
    """Let nothing in a case go on until it is resumed."""
    with acting() as (session, actor):
        interventions.suspend(session, application(), actor, case_id, given().get("reason", ""), now=now())
    return back_to("cases.one", say("The case is suspended."), case_id=case_id)


@blueprint.post("/<case_id>/resumption")
@login_required
def resume(case_id: str) -> BaseResponse:
    """Let a suspended case go on."""
    with acting() as (session, actor):
        interventions.resume(session, application(), actor, case_id, given().get("reason", ""), now=now())
    return back_to("cases.one", say("The case goes on."), case_id=case_id)


@blueprint.post("/<case_id>/termination")
@login_required
def terminate(case_id: str) -> BaseResponse:
    """End a case where it stands."""
    with acting() as (session, actor):
        terminations.terminate(session, application(), actor, case_id, reason=given().get("reason", ""), now=now())
    return back_to("cases.one", say("The case is terminated."), case_id=case_id)


@blueprint.post("/<case_id>/move")
@login_required
def move(case_id: str) -> BaseResponse:
    """Put what waits on another element."""
    values = given()
    with acting() as (session, actor):
        interventions.move(
            session,
            application(),
            actor,
            case_id,
            values.get("tokens", []),
            values.get("element", ""),
            values.get("reason", ""),
            now=now(),
        )
    return back_to("interventions.panel", say("It was moved."), case_id=case_id)


@blueprint.post("/<case_id>/skip")
@login_required
def skip(case_id: str) -> BaseResponse:
    """Go on without what waits."""
    values = given()
    with acting() as (session, actor):
        interventions.skip(
            session, application(), actor, case_id, values.get("token", ""), values.get("reason", ""), now=now()
        )
    return back_to("cases.one", say("It was skipped."), case_id=case_id)


@blueprint.post("/<case_id>/retry")
@login_required
def retry(case_id: str) -> BaseResponse:
    """Let the system try again what failed."""
    values = given()
    with acting() as (session, actor):
        interventions.retry(
            session, application(), actor, case_id, values.get("job", ""), values.get("reason", ""), now=now()
        )
    return back_to("interventions.panel", say("It is being tried again."), case_id=case_id)
