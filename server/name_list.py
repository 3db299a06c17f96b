"""The database of names: why enterprises belong on a list, whose interval ends, and putting them onto a draft."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import enterprises, intervals, lists, name_list
from server.dates import day_of
from server.filters import ZONE
from server.house import acting, looking, now
from server.labels import LABELS
from server.language import pick, say
from server.pages import argument, back_to, given, page
from server.regions import choices as region_choices
from server.regions import names as region_names
from server.sentences import trouble
from workflows.access import Actor, may, require
from workflows.errors import Conflict, Invalid, NotFound

blueprint = Blueprint("name_list", __name__, url_prefix="/name-list")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show the findings that wait, and the enterprises whose interval ends."""
    with looking() as (session, actor):
        return index_page(session, actor)


def index_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the database of names."""
    shown = argument("status") or "open"
    found = name_list.list_(
        session, actor, status=shown, source=argument("source"), region=argument("region"), cursor=argument("cursor")
    )
    near = intervals.near(session, actor, today=now().astimezone(ZONE).date(), cursor=argument("after"), limit=20)
    drafts = [row for row in lists.list_(session, actor, limit=50).items if row.status == "draft"]
    return page(
        "name_list/index.html",
        session,
        actor,
        status,
        lines=[(line, pick(*name_list.sources()[line.fact.source])) for line in found.items],
        next_cursor=found.next_cursor,
        near=near.items,
        after=near.next_cursor,
        shown=shown,
        source=argument("source"),
        region=argument("region"),
        sources=[(key, pick(*names)) for key, names in name_list.sources().items()],
        recorded=[(key, pick(*name_list.sources()[key])) for key in name_list.recorded_sources()],
        types=list(LABELS["type"].items()),
        drafts=[(row.id, row.title) for row in drafts],
        regions=region_choices(session, actor),
        region_names=region_names(session, {line.enterprise.region_code for line in found.items}),
        may_record=may(actor, name_list.EDIT),
        **more,
    )


@blueprint.post("")
@login_required
def record() -> BaseResponse:
    """Record a finding about the enterprise of a credit code."""
    values = given()
    try:
        with looking() as (session, actor):
            require(actor, name_list.EDIT)
            key = enterprise_of(session, actor, values.get("uscc", ""))
        found = {**values, "enterprise_id": key, "found_on": day_of(values.get("found_on"), "found_on")}
        with acting() as (session, actor):
            name_list.record(session, actor, found, now=now())
    except (Invalid, Conflict) as error:
        return again(error, values)
    return back_to("name_list.index", say("The finding is recorded."))


def enterprise_of(session: Session, actor: Actor, uscc: str) -> str:
    """Give the id of the enterprise of a code. Raises Invalid where nobody has it, NotFound where the actor sees it not."""
    if not enterprises.registered(session, uscc):
        raise Invalid(fields={"uscc": ["not_registered"]})
    enterprise = enterprises.by_code(session, actor, uscc)
    if enterprise is None:
        raise NotFound
    return enterprise.id


@blueprint.post("/proposal")
@login_required
def propose() -> BaseResponse:
    """Put the chosen findings onto a draft list."""
    values = given()
    if not values.get("list_id"):
        raise NotFound
    try:
        with acting() as (session, actor):
            name_list.propose(session, actor, values["list_id"], values.get("fact_ids", []), now())
    except (Invalid, Conflict) as error:
        return again(error, values)
    return back_to("lists.one", say("The enterprises are on the draft."), list_id=values["list_id"])


@blueprint.post("/<fact_id>/dismissal")
@login_required
def dismiss(fact_id: str) -> BaseResponse:
    """Say that a finding no longer counts, and why."""
    values = given()
    try:
        with acting() as (session, actor):
            name_list.dismiss(session, actor, fact_id, reason=values.get("reason", ""), now=now())
    except (Invalid, Conflict) as error:
        return again(error, values)
    return back_to("name_list.index", say("The finding is dismissed."))


def again(error: Invalid | Conflict, values: dict[str, Any]) -> BaseResponse:
    """Show the page again with what was wrong and what was typed."""
    with looking() as (session, actor):
        code = 409 if isinstance(error, Conflict) else 422
        return index_page(session, actor, code, errors=trouble(error), values=values)
