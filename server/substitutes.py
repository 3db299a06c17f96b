"""Substitutes: who acts for whom, when, and for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from server.dates import day_of
from server.filters import ZONE, local_name
from server.house import acting, application, looking, now
from server.labels import role_name
from server.language import say
from server.pages import argument, back_to, given, page
from server.sentences import trouble
from workflows import access, substitutions
from workflows.access import Actor
from workflows.errors import Conflict, Invalid
from workflows.models import Family

blueprint = Blueprint("substitutes", __name__, url_prefix="/substitutes")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show one's own substitutes and those for whom one acts; an administrator sees those of ``absent``."""
    with looking() as (session, actor):
        return show(session, actor, argument("absent"))


def show(
    session: Session, actor: Actor, absent: str | None, status: int = 200, error: Invalid | Conflict | None = None
) -> BaseResponse:
    """Render the substitutes of somebody, with what was typed and what is wrong with it."""
    families = substitutions.processes(session)
    rows = substitutions.of_actor(session, actor, absent_id=absent)
    other = absent if absent != actor.person_id else None
    return page(
        "substitutes/index.html",
        session,
        actor,
        status,
        own=[line(one, one.substitute, families) for one in rows if other or one.row.absent_id == actor.person_id],
        acting=[line(one, one.absent, families) for one in rows if not other and one.row.absent_id != actor.person_id],
        absent=other,
        absent_name=access.name_of(session, other) if other else "",
        people=[(one.id, one.name) for one in substitutions.colleagues(session, actor, absent_id=other)],
        roles=[(key, named(key)) for key in substitutions.roles_of(session, actor, absent_id=other)],
        families=[(row.key, local_name(row)) for row in families],
        typed=given() if error else {},
        errors=trouble(error) if error else None,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A substitution as its table shows it: the other one, the days, the scope in words."""

    id: str
    name: str
    since: date
    until: date
    roles: list[str]
    families: list[str]
    reason: str


def line(one: substitutions.Standing, name: str, families: Sequence[Family]) -> Line:
    """Make a line of the table."""
    row, names = one.row, {family.key: local_name(family) for family in families}
    return Line(
        row.id,
        name,
        row.since.astimezone(ZONE).date(),
        (row.until.astimezone(ZONE) - timedelta(seconds=1)).date(),
        [named(key) for key in row.roles],
        [names.get(key, key) for key in row.families],
        row.reason,
    )


def named(role: str) -> str:
    """Name a role."""
    return role_name(application().roles, role)


@blueprint.post("")
@login_required
def appoint() -> BaseResponse:
    """Let a colleague act for somebody absent."""
    values = given()
    absent = values.get("absent") or None
    try:
        with acting() as (session, actor):
            substitutions.appoint(
                session,
                actor,
                values.get("substitute_id", ""),
                since=beginning(values, "since"),
                until=beginning(values, "until") + timedelta(days=1),
                roles=values.get("roles", []),
                families=values.get("families", []),
                reason=values.get("reason", ""),
                absent_id=absent,
                now=now(),
            )
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            return show(session, actor, absent, 422, error)
    return back_to("substitutes.index", say("The substitute is appointed."), absent=absent)


@blueprint.post("/<substitution_id>/end")
@login_required
def end(substitution_id: str) -> BaseResponse:
    """End a substitution now."""
    with acting() as (session, actor):
        row = substitutions.end(session, actor, substitution_id, now=now())
        absent = None if actor.person_id in {row.absent_id, row.substitute_id} else row.absent_id
    return back_to("substitutes.index", say("The substitution has ended."), absent=absent)


def beginning(values: dict[str, Any], name: str) -> datetime:
    """Give the first moment of a day that a form names, in China's zone."""
    return datetime.combine(day_of(values.get(name), name), time.min, ZONE)
