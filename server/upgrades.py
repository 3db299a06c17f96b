"""Migration of running cases to a version: what would become of each, the run that does it, the way back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from server.house import acting, application, looking, now
from server.language import say
from server.pages import argument, back_to, given, page
from server.sentences import trouble
from workflows import outlooks, upgrades
from workflows.access import Actor
from workflows.errors import Conflict, Invalid
from workflows.models import Definition, Family
from workflows.outlooks import Wish

blueprint = Blueprint("upgrades", __name__)
TIMERS = ("keep", "afresh")
BRANCHES = ("start", "done")


@blueprint.get("/definitions/<definition_id>/migration")
@login_required
def choose(definition_id: str) -> BaseResponse:
    """Show the versions with running cases, and what would become of those of the chosen one."""
    with looking() as (session, actor):
        return choose_page(session, actor, definition_id, request.args.to_dict())


def choose_page(
    session: Session, actor: Actor, definition_id: str, values: dict[str, Any], status: int = 200, **more: Any
) -> BaseResponse:
    """Render the dry run of what was chosen."""
    found = outlooks.sources(session, actor, definition_id)
    target = session.get_one(Definition, definition_id)
    dry = None
    if values.get("source"):
        try:
            dry = outlooks.dry_run(session, application(), actor, wish(values, definition_id), now=now())
        except (Invalid, Conflict) as error:
            more["errors"], status = trouble(error), 422
    return page(
        "definitions/migration.html",
        session,
        actor,
        status,
        row=target,
        family=session.get(Family, target.family_key),
        sources=found,
        values=values,
        dry=dry,
        **more,
    )


def wish(values: dict[str, Any], target_id: str) -> Wish:
    """Read what is asked for; raises Invalid naming the field."""
    timers = str(values.get("timers") or TIMERS[0])
    if timers not in TIMERS:
        raise Invalid(fields={"timers": ["unknown"]})
    branches = pairs(values.get("branches"), "branches")
    if not set(branches.values()) <= set(BRANCHES):
        raise Invalid(fields={"branches": ["unknown"]})
    mapping = pairs(values.get("mapping"), "mapping")
    return Wish(str(values.get("source", "")), target_id, mapping, branches, "afresh" if timers == "afresh" else "keep")


def pairs(text: Any, name: str) -> dict[str, str]:
    """Read lines of the form ``old = new``."""
    found: dict[str, str] = {}
    for line in str(text or "").splitlines():
        if not line.strip():
            continue
        old, mark, new = (part.strip() for part in line.partition("="))
        if not (old and mark and new):
            raise Invalid(fields={name: ["pair"]})
        found[old] = new
    return found


@blueprint.post("/definitions/<definition_id>/migration")
@login_required
def begin(definition_id: str) -> BaseResponse:
    """Let the worker migrate what was shown."""
    values = given()
    with acting() as (session, actor):
        run = upgrades.begin(
            session,
            application(),
            actor,
            wish(values, definition_id),
            reason=values.get("reason", ""),
            now=now(),
        )
        run_id = run.id
    return back_to("upgrades.one", say("The migration has begun."), run_id=run_id)


@blueprint.get("/migrations/<run_id>")
@login_required
def one(run_id: str) -> BaseResponse:
    """Show how far a migration is, and what became of each case."""
    with looking() as (session, actor):
        view = upgrades.run_of(session, actor, run_id)
        return page("definitions/migrated.html", session, actor, view=view, only=argument("only"))


@blueprint.post("/migrations/<run_id>/undo")
@login_required
def undo_all(run_id: str) -> BaseResponse:
    """Take every case back that has not moved on."""
    with acting() as (session, actor):
        upgrades.begin_undo(session, application(), actor, run_id, now=now())
    return back_to("upgrades.one", say("The cases are being taken back."), run_id=run_id)


@blueprint.post("/migrations/<run_id>/cases/<case_id>/undo")
@login_required
def undo(run_id: str, case_id: str) -> BaseResponse:
    """Take a case back under the version it had."""
    with acting() as (session, actor):
        upgrades.undo(session, application(), actor, run_id, case_id, now=now())
    return back_to("upgrades.one", say("The case stands as it did before."), run_id=run_id)
