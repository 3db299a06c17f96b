"""How one wants to hear of what: mails by kind, at once or in a digest, and quiet hours."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import notice_choices
from audits.notices import CHOICES
from server.house import acting, house, looking, now
from server.labels import label
from server.language import say
from server.pages import back_to, given, page
from server.sentences import trouble
from workflows.access import Actor
from workflows.errors import Invalid
from workflows.models import Person

blueprint = Blueprint("notice_choices", __name__, url_prefix="/profile/notices")


@blueprint.get("")
@login_required
def show() -> BaseResponse:
    """Show one's own choices."""
    with looking() as (session, actor):
        return choices_page(session, actor)


def choices_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the choices; what was typed and refused stands over what is kept."""
    kept = notice_choices.mine(session, actor)
    values = {f"way_{kind}": way for kind, way in kept.ways.items()} | {
        "quiet_from": notice_choices.clock(kept.quiet_from),
        "quiet_until": notice_choices.clock(kept.quiet_until),
        "digest_at": notice_choices.clock(kept.digest_at),
    }
    return page(
        "profile/notices.html",
        session,
        actor,
        status,
        values=values | more.pop("values", {}),
        kinds=[(kind, label(kind, "notice_kind")) for kind in CHOICES],
        ways=[(way, label(way, "notice_way")) for way in notice_choices.WAYS],
        email=session.get_one(Person, actor.person_id).email,
        mails=bool(house().settings.smtp_address),
        **more,
    )


@blueprint.post("")
@login_required
def choose() -> BaseResponse:
    """Keep one's own choices."""
    values = given()
    ways = {kind: values[f"way_{kind}"] for kind in CHOICES if values.get(f"way_{kind}")}
    try:
        with acting() as (session, actor):
            notice_choices.choose(
                session,
                actor,
                ways=ways,
                quiet_from=values.get("quiet_from", ""),
                quiet_until=values.get("quiet_until", ""),
                digest_at=values.get("digest_at", ""),
                now=now(),
            )
    except Invalid as error:
        with looking() as (session, actor):
            return choices_page(session, actor, 422, errors=trouble(error), values=values)
    return back_to("notice_choices.show", say("Your choice is kept."))
