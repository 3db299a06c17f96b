"""The pool of experts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, url_for
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import expert_appeals, expert_record, experts, relations
from server.casefile import person_names
from server.filters import ZONE
from server.house import acting, looking, now
from server.labels import LABELS
from server.language import pick, say
from server.pages import argument, back_to, given, page
from server.regions import names as region_names
from server.sentences import trouble
from workflows.access import Actor
from workflows.errors import Invalid

blueprint = Blueprint("experts", __name__, url_prefix="/experts")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show the pool."""
    with looking() as (session, actor):
        found = experts.list_(session, actor, text=argument("text") or "", cursor=argument("cursor"), limit=50)
        return page(
            "experts/index.html",
            session,
            actor,
            rows=found.items,
            next_cursor=found.next_cursor,
            text=argument("text"),
            region_names=region_names(session, {expert.region_code for expert, _person in found.items}),
            appeals=_appeals(session, actor),
            today=now().astimezone(ZONE).date(),
        )


def _appeals(session: Session, actor: Actor) -> list[tuple[str, str, datetime | None]]:
    """Give the appeals that wait for the actor: whose, their name, since when."""
    rows = expert_appeals.open_appeals(session, actor)
    names = person_names(session, {row.expert_id for row in rows})
    return [(row.expert_id, names.get(row.expert_id, ""), row.appealed_at) for row in rows]


@blueprint.get("/me")
@login_required
def mine() -> BaseResponse:
    """Go to one's own record."""
    with looking() as (session, actor):
        row, _person = experts.get(session, actor, actor.person_id or "")
        return redirect(url_for("experts.one", expert_id=row.id))


@blueprint.get("/<expert_id>")
@login_required
def one(expert_id: str) -> BaseResponse:
    """Show an expert with their relations and the days on which they are away."""
    with looking() as (session, actor):
        return one_page(session, actor, expert_id)


def one_page(session: Session, actor: Actor, expert_id: str, status: int = 200, **more: Any) -> BaseResponse:
    """Render an expert."""
    expert, person = experts.get(session, actor, expert_id)
    return page(
        "experts/one.html",
        session,
        actor,
        status,
        expert=expert,
        person=person,
        region=region_names(session, {expert.region_code}).get(expert.region_code, ""),
        relations=relations.of_expert(session, actor, expert_id),
        absences=relations.absences(session, actor, expert_id),
        kinds=list(LABELS["relation"].items()),
        record=expert_record.of_expert(session, actor, expert_id, now=now()),
        record_kinds=list(LABELS["record_kind"].items()),
        pick=pick,
        **more,
    )


@blueprint.post("/<expert_id>/relations")
@login_required
def record_relation(expert_id: str) -> BaseResponse:
    """Record a relation."""
    values = given()
    try:
        with acting() as (session, actor):
            relations.record(session, actor, expert_id, values, now=now())
    except Invalid as error:
        with looking() as (session, actor):
            return one_page(session, actor, expert_id, 422, errors=trouble(error), values=values)
    return back_to("experts.one", say("The relation is recorded."), expert_id=expert_id)


@blueprint.post("/<expert_id>/relations/<relation_id>/strike")
@login_required
def strike_relation(expert_id: str, relation_id: str) -> BaseResponse:
    """Strike out a relation that was wrong."""
    reason = given().get("reason", "")
    try:
        with acting() as (session, actor):
            relations.strike(session, actor, expert_id, relation_id, reason=reason, now=now())
    except Invalid as error:
        with looking() as (session, actor):
            return one_page(session, actor, expert_id, 422, errors=trouble(error))
    return back_to("experts.one", say("The relation is struck out."), expert_id=expert_id)


@blueprint.post("/<expert_id>/absences")
@login_required
def be_away(expert_id: str) -> BaseResponse:
    """Record days on which an expert is away."""
    values = given()
    try:
        with acting() as (session, actor):
            relations.be_away(session, actor, expert_id, values, now=now())
    except Invalid as error:
        with looking() as (session, actor):
            return one_page(session, actor, expert_id, 422, errors=trouble(error), away=values)
    return back_to("experts.one", say("The days are recorded; the draw leaves them out."), expert_id=expert_id)


@blueprint.post("/<expert_id>/absences/<absence_id>/end")
@login_required
def be_back(expert_id: str, absence_id: str) -> BaseResponse:
    """Take an absence back."""
    with acting() as (session, actor):
        relations.be_back(session, actor, expert_id, absence_id, now=now())
    return back_to("experts.one", say("The days are free again."), expert_id=expert_id)
