"""Handing a task to a colleague (transfer, delegate and get back), and urging whoever has it."""

from __future__ import annotations

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from server.filters import local_name
from server.house import acting, application, looking, now
from server.language import say
from server.pages import back_to, given, page
from server.sentences import trouble
from workflows import delegations, transfers, urges
from workflows.access import Actor
from workflows.errors import Invalid
from workflows.models import Task

blueprint = Blueprint("handovers", __name__, url_prefix="/tasks")


@blueprint.get("/<task_id>/transfer")
@login_required
def choose_receiver(task_id: str) -> BaseResponse:
    """Show to whom a task can be transferred."""
    with looking() as (session, actor):
        return choice(session, actor, task_id, "transfer")


@blueprint.get("/<task_id>/delegation")
@login_required
def choose_delegate(task_id: str) -> BaseResponse:
    """Show to whom a task can be delegated."""
    with looking() as (session, actor):
        return choice(session, actor, task_id, "delegate")


def choice(
    session: Session, actor: Actor, task_id: str, way: str, status: int = 200, error: Invalid | None = None
) -> BaseResponse:
    """Show the people that a task can be handed to, and what was typed about it."""
    read = transfers.receivers if way == "transfer" else delegations.delegates
    people = read(session, actor, task_id, now=now())
    task = session.get_one(Task, task_id)
    return page(
        "tasks/hand_on.html",
        session,
        actor,
        status,
        task=task,
        name=local_name(task),
        way=way,
        people=people,
        typed=given() if error else {},
        errors=trouble(error) if error else None,
    )


@blueprint.post("/<task_id>/transfer")
@login_required
def transfer(task_id: str) -> BaseResponse:
    """Transfer a task."""
    values = given()
    try:
        with acting() as (session, actor):
            transfers.transfer(
                session,
                application(),
                actor,
                task_id,
                values.get("receiver", ""),
                reason=values.get("reason", ""),
                draft=values.get("draft") == "yes",
                now=now(),
            )
    except Invalid as error:
        with looking() as (session, actor):
            return choice(session, actor, task_id, "transfer", 422, error)
    return back_to("inbox.todo", say("The task was transferred."))


@blueprint.post("/<task_id>/delegation")
@login_required
def delegate(task_id: str) -> BaseResponse:
    """Delegate a task."""
    values = given()
    try:
        with acting() as (session, actor):
            request = values.get("request", "")
            delegations.delegate(session, actor, task_id, values.get("receiver", ""), request=request, now=now())
    except Invalid as error:
        with looking() as (session, actor):
            return choice(session, actor, task_id, "delegate", 422, error)
    return back_to("tasks.one", say("The task was delegated; it comes back to you."), task_id=task_id)


@blueprint.post("/<task_id>/words")
@login_required
def answer(task_id: str) -> BaseResponse:
    """Give one's words on a delegated task."""
    with acting() as (session, actor):
        delegations.answer(session, actor, task_id, given().get("words", ""), now=now())
    return back_to("inbox.todo", say("Your words were kept; the task went back."))


@blueprint.post("/<task_id>/recall")
@login_required
def recall(task_id: str) -> BaseResponse:
    """Take a delegated task back."""
    with acting() as (session, actor):
        delegations.recall(session, actor, task_id, now=now())
    return back_to("tasks.one", say("The task is yours again."), task_id=task_id)


@blueprint.post("/<task_id>/urges")
@login_required
def urge(task_id: str) -> BaseResponse:
    """Urge whoever has a task."""
    with acting() as (session, actor):
        urges.urge(session, application(), actor, task_id, note=given().get("note", ""), now=now())
    return back_to("tasks.one", say("They were urged."), task_id=task_id)


@blueprint.post("/<task_id>/urges/seen")
@login_required
def see(task_id: str) -> BaseResponse:
    """Note that an urge was seen."""
    with acting() as (session, actor):
        urges.see(session, actor, task_id, now=now())
    return back_to("tasks.one", task_id=task_id)
