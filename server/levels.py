"""The level of a case before and after its options: values are entered, and every step to the verdict is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import assessments, levels
from server.house import acting, looking, now
from server.indicator_faults import LEVELS
from server.language import pick, say
from server.pages import back_to, page
from server.sentences import trouble
from workflows.access import Actor
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("levels", __name__, url_prefix="/cases/<case_id>/level/<stage>")


@blueprint.get("", endpoint="page")
@login_required
def show(case_id: str, stage: str) -> BaseResponse:
    """Show a case's level with all that led to it."""
    with looking() as (session, actor):
        return level_page(session, actor, case_id, stage)


@blueprint.post("")
@login_required
def save(case_id: str, stage: str) -> BaseResponse:
    """Keep the values as a draft, or state them; nothing typed is lost where one is wrong."""
    typed = typed_values()
    is_stated = request.form.get("act") == "state"
    try:
        with acting() as (session, actor):
            row = assessments.save(session, actor, case_id, stage, typed, now=now())
            if is_stated:
                assessments.state(session, actor, case_id, stage, version=row.version, now=now())
    except (Invalid, Conflict) as error:
        status = 409 if isinstance(error, Conflict) else 422
        with looking() as (session, actor):
            return level_page(session, actor, case_id, stage, status, typed=typed, errors=trouble(error))
    message = say("The level is stated.") if is_stated else say("The values are kept as a draft.")
    return back_to("levels.page", message, case_id=case_id, stage=stage)


def typed_values() -> dict[str, Any]:
    """Read the posted form: ``name.0``, ``share.0``, ``value.0.<indicator>``, ``na.0.<indicator>`` by product."""
    form = request.form
    places = [parts[1] for key in form if len(parts := key.split(".")) > 1]
    count = max((int(place) for place in places if place.isdecimal() and len(place) < 4), default=-1)
    products: list[dict[str, Any]] = []
    for place in range(min(count + 1, assessments.MOST_PRODUCTS)):
        start = f"value.{place}."
        products.append(
            {
                "name": form.get(f"name.{place}", "").strip(),
                "share": form.get(f"share.{place}", "").strip(),
                "values": {key.removeprefix(start): form[key].strip() for key in form if key.startswith(start)},
                "inapplicable": [key.split(".", 2)[2] for key in form if key.startswith(f"na.{place}.")],
            }
        )
    if form.get("act") == "add" and len(products) < assessments.MOST_PRODUCTS:
        known = {one["name"] for one in products}
        name = next(text for n in range(1, 99) if (text := say("Product %(number)s", number=n)) not in known)
        products = [{**one, "name": one["name"] or say("Product %(number)s", number=0)} for one in products]
        products.append({"name": name, "share": "1", "values": {}, "inapplicable": []})
    if form.get("act", "").startswith("remove.") and len(products) > 1:
        products = [one for place, one in enumerate(products) if f"remove.{place}" != form["act"]]
    return {
        "system_id": form.get("system_id", ""),
        "version": int(version) if (version := form.get("version", "0")).isdecimal() and len(version) < 10 else 0,
        "new_project": "new_project" in form,
        "products": products,
    }


def level_page(
    session: Session,
    actor: Actor,
    case_id: str,
    stage: str,
    status: int = 200,
    typed: Mapping[str, Any] | None = None,
    **more: Any,
) -> BaseResponse:
    """Render the level of a case; ``typed`` are values that were not taken."""
    view = assessments.view(session, actor, case_id, stage)
    wanted = (typed or {}).get("system_id") or request.args.get("system")
    system = view.system if view.row else next((one for one in view.systems if one.id == wanted), view.system)
    empty = [{"name": "", "share": "1", "values": {}, "inapplicable": []}]
    content = typed or view.content or {"products": empty, "new_project": False}
    lines = {(line.product, line.key): line for line in view.verdict.lines} if view.verdict else {}
    return page(
        "levels/page.html",
        session,
        actor,
        status,
        view=view,
        case=view.case,
        stage=stage,
        stages=[(key, pick(*names)) for key, names in assessments.STAGES.items()],
        system=system,
        content=content,
        lines=lines,
        titles=titles(system.content) if system is not None else {},
        level_name=lambda level: level_name(system, level),
        shown=levels.shown,
        levels=levels.LEVELS,
        **more,
    )


def titles(system: Mapping[str, Any]) -> dict[str, str]:
    """Give the title of each indicator in the language of the request."""
    return {one["key"]: pick(one["title"]["zh"], one["title"]["en"]) for one in assessments.indicators(system)}


def level_name(system: Any, level: str | None) -> str:
    """Name a level as its system does, the three levels behind their numeral."""
    if level is None:
        return say("Values are missing")
    names = system.content["level_names"].get(level) if system is not None else None
    if names is None:
        return str(LEVELS.get(level, level))
    return f"{level} {pick(names['zh'], names['en'])}" if level in levels.LEVELS else pick(names["zh"], names["en"])
