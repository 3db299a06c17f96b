"""How a page is made: the template with what every page shows around it."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import invitations, notices
from server.house import application, now
from server.labels import role_name
from server.language import pick
from server.navigation import menu
from workflows import tasks
from workflows.access import Actor
from workflows.models import Organisation


def page(template: str, session: Session, actor: Actor, status: int = 200, **context: Any) -> Response:
    """Render a page of somebody who is signed in."""
    html = render_template(
        template,
        actor=actor,
        menu=menu(actor),
        posts=posts(session, actor),
        waiting=tasks.todo_count(session, actor, now=now()),
        invited=invitations.waiting(session, actor) if "expert" in actor.roles else 0,
        unread=notices.unread_count(session, actor),
        may=lambda action: action in actor.actions,
        now=now(),
        **context,
    )
    return make_response(html, status)


def public_page(template: str, status: int = 200, **context: Any) -> Response:
    """Render a page that asks nobody to sign in."""
    return make_response(render_template(template, now=now(), **context), status)


def posts(session: Session, actor: Actor) -> list[str]:
    """Say in which organisation and role somebody works: "Lanzhou bureau · City bureau"."""
    ids = {membership.organisation_id for membership in actor.memberships}
    if not ids:
        return []
    rows = session.execute(
        select(Organisation.id, Organisation.name, Organisation.name_en).where(Organisation.id.in_(ids))
    )
    names = {row.id: pick(row.name, row.name_en) for row in rows}
    roles = application().roles
    lines = (
        f"{names.get(membership.organisation_id, '')} · {role_name(roles, membership.role)}"
        for membership in actor.memberships
    )
    return list(dict.fromkeys(lines))


def back_to(endpoint: str, message: object = "", kind: str = "success", **values: Any) -> BaseResponse:
    """Send the browser on after a change, with a word about it."""
    if message:
        flash(str(message), kind)
    return redirect(url_for(endpoint, **values), code=303)


def argument(name: str) -> str | None:
    """Read a filter of the address; blank counts as absent."""
    return request.args.get(name, "").strip() or None


def given() -> dict[str, Any]:
    """Read a posted form: single values as text, repeated ones (``name[]``) as lists, without the CSRF token."""
    values: dict[str, Any] = {}
    for key in request.form:
        if key == "csrf_token":
            continue
        if key.endswith("[]"):
            values[key.removesuffix("[]")] = request.form.getlist(key)
        else:
            values[key] = request.form[key].strip()
    return values
