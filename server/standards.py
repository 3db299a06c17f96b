"""Standards that figures go by: factors of energy and carbon, and indicator systems of levels."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import orjson
from flask import Blueprint, request, send_file
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import energy, indicator_systems, indicator_workbook
from audits.units import unit_name
from server.house import acting, looking, now
from server.indicator_faults import INDICATOR_FAULTS, SECTORS
from server.language import language, pick, say
from server.lists import SHEET
from server.pages import back_to, given, page
from server.regions import choices as region_choices
from server.sentences import trouble
from workflows.access import Actor
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("standards", __name__)


@blueprint.get("/factors")
@login_required
def factors() -> BaseResponse:
    """Show the factors that count in the region of whoever looks."""
    with looking() as (session, actor):
        return factors_page(session, actor)


def factors_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the factors, with the form for a new one where the person may add."""
    return page(
        "standards/factors.html",
        session,
        actor,
        status,
        rows=energy.load(session, actor.memberships[0].region_path if actor.memberships else ""),
        energies=[(key, pick(*names)) for key, names in energy.ENERGIES.items()],
        kinds=[(key, pick(*names)) for key, names in energy.KINDS.items()],
        regions=region_choices(session, actor),
        unit=lambda text: unit_name(text, language()),
        **more,
    )


@blueprint.post("/factors")
@login_required
def add_factor() -> BaseResponse:
    """Add a factor for one year."""
    values = given()
    try:
        with acting() as (session, actor):
            energy.add(session, actor, values, now=now())
    except Invalid as error:
        with looking() as (session, actor):
            return factors_page(session, actor, 422, errors=trouble(error), values=values)
    return back_to("standards.factors", say("The factor is added; it alters the figures of its year only."))


@blueprint.get("/indicator-systems")
@login_required
def systems() -> BaseResponse:
    """Show the versions of indicator systems."""
    with looking() as (session, actor):
        return systems_page(session, actor)


def systems_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the indicator systems, with the form to import one where the person may."""
    return page(
        "standards/systems.html",
        session,
        actor,
        status,
        rows=indicator_systems.list_(session),
        sectors=SECTORS,
        regions=region_choices(session, actor),
        **more,
    )


@blueprint.post("/indicator-systems")
@login_required
def import_system() -> BaseResponse:
    """Import a version of an indicator system from a file; every fault is told with its place."""
    file = request.files.get("file")
    content = file.read() if file else b""
    try:
        with acting() as (session, actor):
            row = indicator_systems.add(session, actor, content, region_code=given().get("region_code", ""), now=now())
            system_id = row.id
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            found = indicator_systems.check(content) if isinstance(error, Invalid) else ()
            faults = [(one.place, str(INDICATOR_FAULTS[one.code])) for one in found]
            return systems_page(session, actor, 422, errors=trouble(error), faults=faults)
    return back_to("standards.system", say("The indicator system is imported."), system_id=system_id)


@blueprint.get("/indicator-systems/<system_id>")
@login_required
def system(system_id: str) -> BaseResponse:
    """Show a version with its groups, indicators, weights and limits."""
    with looking() as (session, actor):
        row = indicator_systems.get(session, system_id)
        return page("standards/system.html", session, actor, row=row, made=row.content)


@blueprint.get("/indicator-systems/<system_id>/definition")
@login_required
def definition(system_id: str) -> BaseResponse:
    """Give the definition of a version as a file."""
    with looking() as (session, _actor):
        row = indicator_systems.get(session, system_id)
        content, name = orjson.dumps(row.content, option=orjson.OPT_INDENT_2), f"{row.key}-{row.version}.json"
    return send_file(BytesIO(content), "application/json", as_attachment=True, download_name=name)


@blueprint.get("/indicator-systems/<system_id>/workbook")
@login_required
def workbook(system_id: str) -> BaseResponse:
    """Give a version as a workbook, to be changed and imported as another one."""
    with looking() as (session, _actor):
        row = indicator_systems.get(session, system_id)
        content, name = indicator_workbook.write(row.content, language=language()), f"{row.key}-{row.version}.xlsx"
    return send_file(BytesIO(content), SHEET, as_attachment=True, download_name=name)
