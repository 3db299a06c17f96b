"""Going back from the page of a task: return it, take one's own completion back; and who signs besides."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from server.filters import local_name
from server.house import acting, application, looking, now
from server.language import pick, say
from server.pages import back_to, given, page
from server.sentences import SENTENCES
from server.stages import stage_name
from workflows import returns, signers
from workflows.errors import Invalid
from workflows.models import Task

blueprint = Blueprint("returns", __name__, url_prefix="/tasks")
WAYS = {"others": ("keep", "redo"), "then": ("follow", "straight"), "timers": ("resume", "afresh")}


@blueprint.get("/<task_id>/return")
@login_required
def choose(task_id: str) -> BaseResponse:
    """Show the finished steps that a task can be returned to, the others with the reason."""
    with looking() as (session, actor):
        found = returns.targets(session, application(), actor, task_id)
        task = session.get_one(Task, task_id)
        return page(
            "tasks/return.html",
            session,
            actor,
            task=task,
            name=local_name(task),
            targets=[(one, target_name(one), stage_name(one.process), why_not(one)) for one in found],
            joined=any(one.joined and one.legal for one in found),
            undoes=any(one.undoes for one in found),
        )


def target_name(target: returns.Target) -> str:
    """Name a step in the language of the request."""
    return pick(target.name, target.labels.get("en", ""))


def why_not(target: returns.Target) -> str:
    """Say why a task cannot be returned to a step; nothing when it can."""
    return str(SENTENCES.get(f"not_returnable.{target.reason}", "")) if target.reason else ""


@blueprint.post("/<task_id>/return")
@login_required
def send(task_id: str) -> BaseResponse:
    """Return a task."""
    values = given()
    ways: dict[str, Any] = {name: way(values, name) for name in WAYS}
    with acting() as (session, actor):
        done = returns.return_(
            session,
            application(),
            actor,
            task_id,
            values.get("element", ""),
            reason=values.get("reason", ""),
            compensate=values.get("compensate") == "yes",
            now=now(),
            **ways,
        )
        case_id = done.instance.id
    return back_to("cases.one", say("The task was returned."), case_id=case_id)


def way(values: dict[str, Any], name: str) -> str:
    """Read one of the ways to return; the first is the usual one."""
    found = str(values.get(name) or WAYS[name][0])
    if found not in WAYS[name]:
        raise Invalid(fields={name: ["unknown"]})
    return found


@blueprint.post("/<task_id>/withdraw")
@login_required
def withdraw(task_id: str) -> BaseResponse:
    """Take one's own completion back."""
    with acting() as (session, actor):
        done = returns.withdraw(session, application(), actor, task_id, reason=given().get("reason", ""), now=now())
        following = done.next_tasks[0].id if done.next_tasks else task_id
    return back_to("tasks.one", say("You can work on it again; your answers are kept."), task_id=following)


# ---- signers ---------------------------------------------------------------------------------------------------


@blueprint.get("/<task_id>/signers")
@login_required
def show_signers(task_id: str) -> BaseResponse:
    """Show who signs besides, and the colleagues that can be asked."""
    with looking() as (session, actor):
        found = signers.signing(session, actor, task_id)
        task = session.get_one(Task, task_id)
        return page("tasks/signers.html", session, actor, task=task, name=local_name(task), signing=found)


@blueprint.post("/<task_id>/signers")
@login_required
def add_signers(task_id: str) -> BaseResponse:
    """Ask colleagues to sign, too."""
    values = given()
    with acting() as (session, actor):
        done = signers.add(
            session,
            application(),
            actor,
            task_id,
            values.get("persons", []),
            before=values.get("before") == "yes",
            reason=values.get("reason", ""),
            now=now(),
        )
        still_open = done.task.status == "open"
        case_id = done.instance.id
    if still_open:
        return back_to("returns.show_signers", say("They were asked to sign."), task_id=task_id)
    return back_to("cases.one", say("They sign first; the task comes back to you then."), case_id=case_id)


@blueprint.post("/<task_id>/signers/<signer_id>/removal")
@login_required
def remove_signer(task_id: str, signer_id: str) -> BaseResponse:
    """Let somebody who has not begun sign no more."""
    with acting() as (session, actor):
        signers.remove(session, application(), actor, task_id, signer_id, reason=given().get("reason", ""), now=now())
    return back_to("returns.show_signers", say("They need not sign any more."), task_id=task_id)
