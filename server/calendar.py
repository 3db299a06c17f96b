"""The working-day calendar."""

from __future__ import annotations

from flask import Blueprint
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from audits import calendars, clocks
from server.dates import day_of, whole_number
from server.house import acting, application, looking, now
from server.language import say
from server.pages import argument, back_to, given, page
from workflows.access import NATION, may
from workflows.errors import Invalid

blueprint = Blueprint("calendar", __name__, url_prefix="/calendar")


@blueprint.get("", endpoint="page")
@login_required
def show() -> BaseResponse:
    """Show a year: holidays and make-up working days."""
    chosen = argument("year") or ""
    year = int(chosen) if chosen.isdecimal() and len(chosen) == 4 else now().year
    with looking() as (session, actor):
        published = calendars.published_years(session)
        return page(
            "calendar/page.html",
            session,
            actor,
            year=year,
            days=[row for row in calendars.year_days(session, year) if row.kind != "published"],
            published=published,
            is_published=year in published,
            may_edit=may(actor, "calendars.edit", NATION),
        )


@blueprint.post("/days")
@login_required
def set_day() -> BaseResponse:
    """Make a day a holiday or a working day."""
    values = given()
    day = day_of(values.get("day"), "day")
    with acting() as (session, actor):
        if values.get("kind") not in {"holiday", "workday"}:
            raise Invalid(fields={"kind": ["unknown"]})
        calendars.set_day(session, actor, day, values["kind"], values.get("name", ""), now())
    return back_to("calendar.page", say("The day is saved."), year=day.year)


@blueprint.post("/days/remove")
@login_required
def remove_day() -> BaseResponse:
    """Let a day be an ordinary one again."""
    day = day_of(given().get("day"), "day")
    with acting() as (session, actor):
        calendars.remove_day(session, actor, day, now())
    return back_to("calendar.page", say("The day is an ordinary one again."), year=day.year)


@blueprint.post("/publish")
@login_required
def publish() -> BaseResponse:
    """Declare a year's calendar complete; provisional deadlines are counted anew."""
    year = whole_number(given().get("year"), "year")
    with acting() as (session, actor):
        moved = clocks.publish_year(session, application(), actor, year, now())
    return back_to("calendar.page", say("The year is published. %(count)s deadlines moved.", count=moved), year=year)
