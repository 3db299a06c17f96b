"""The options of a case: the register with its schedule and sums, one option with its history, and what is decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from flask import Blueprint, send_file
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from audits import access, calendars, indicators, option_acts, option_workbook, options
from server.gantt import gantt
from server.history import entry_of
from server.house import acting, looking, now
from server.language import language, pick, say
from server.pages import argument, back_to, given, page
from server.sentences import trouble
from workflows.errors import Conflict, Invalid
from workflows.timeline import TimelineEntry

blueprint = Blueprint("options", __name__, url_prefix="/cases/<case_id>/options")
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LIMIT = 100


def named(words: dict[str, tuple[str, str]]) -> dict[str, str]:
    """Give words in the language of the request."""
    return {key: pick(*pair) for key, pair in words.items()}


def words() -> dict[str, Any]:
    """Give what the pages say of classes, aspects, statuses and indicators."""
    return {
        "classes": named(options.CLASSES),
        "aspects": named(options.ASPECTS),
        "statuses": named(options.STATUSES),
        "indicators": indicators.known(),
        "spoken": language(),
    }


def filters() -> dict[str, Any]:
    """Read the filters of the address."""
    return {
        "status": argument("status"),
        "cost_class": argument("cost_class"),
        "aspect": argument("aspect"),
        "overdue": argument("overdue") == "yes",
    }


@dataclass(frozen=True, slots=True)
class Told:
    """A line of an option's history: when, who, what, and each field with its old and its new value."""

    at: datetime
    actor: str
    text: str
    changes: tuple[tuple[str, str, str], ...]


def told(entry: TimelineEntry, code: str) -> Told:
    """Put an event into words as far as it concerns an option."""
    changed = (entry.values.get("changes") or {}).get(code) or {}
    return Told(
        at=entry.at,
        actor=entry.actor or say("the process"),
        text=entry_of(entry).text,
        changes=tuple((field_name(name), worded(name, old), worded(name, new)) for name, (old, new) in changed.items()),
    )


def field_name(name: str) -> str:
    """Name a field of the register, or one of the three figures of an indicator."""
    figure, _, key = name.partition(":")
    for known, zh, en in (*option_workbook.COLUMNS, *option_workbook.FIGURES):
        if known == figure:
            indicator = indicators.known().get(key)
            return f"{indicator.name(language())} {pick(zh, en)}" if indicator else pick(zh, en)
    return name


def worded(name: str, value: Any) -> str:
    """Write a value as people read it."""
    pair = option_workbook.WORDS.get(name, {}).get(value)
    return pick(*pair) if pair else str(value if value is not None else "")


@blueprint.get("")
@login_required
def index(case_id: str) -> BaseResponse:
    """Show the options of a case: list, schedule, sums."""
    today = calendars.local_day(now())
    with looking() as (session, actor):
        case = access.case(session, actor, case_id)
        found = options.list_(session, actor, case_id, **filters(), today=today, cursor=argument("cursor"), limit=LIMIT)
        return page(
            "options/index.html",
            session,
            actor,
            case=case,
            rows=found.items,
            late={row.id for row in found.items if options.late(row, today)},
            next_cursor=found.next_cursor,
            filters=filters(),
            chart=gantt(found.items, today),
            totals=options.totals(session, case_id),
            **words(),
        )


@blueprint.get("/register.xlsx")
@login_required
def workbook(case_id: str) -> BaseResponse:
    """Give the register of a case as a workbook."""
    with looking() as (session, actor):
        case = access.case(session, actor, case_id)
        rows = options.of_case(session, case_id)
        effects = options.effects_of(session, [row.id for row in rows])
        content = option_workbook.write(rows, effects, language=language())
        name = f"{case.number}-" + say("options") + ".xlsx"
    return send_file(BytesIO(content), SHEET, as_attachment=True, download_name=name)


@blueprint.get("/<code>")
@login_required
def one(case_id: str, code: str) -> BaseResponse:
    """Show an option with its effects and its history."""
    return one_page(case_id, code)


def one_page(case_id: str, code: str, status: int = 200, **more: Any) -> BaseResponse:
    """Render the page of an option; ``typed`` keeps what somebody wrote and could not save."""
    with looking() as (session, actor):
        view = options.one(session, actor, case_id, code)
        return page(
            "options/one.html",
            session,
            actor,
            status,
            view=view,
            option=view.option,
            case=view.case,
            late=options.late(view.option, calendars.local_day(now())),
            history=[told(entry, code) for entry in view.history],
            **words(),
            **{"typed": {}, **more},
        )


@blueprint.post("/<code>/verified")
@login_required
def verify(case_id: str, code: str) -> BaseResponse:
    """Write what the bureau or its panel found."""
    values = given()
    try:
        with acting() as (session, actor):
            option_acts.verify(session, actor, case_id, code, values, now=now())
    except (Invalid, Conflict) as error:
        return one_page(case_id, code, 422 if isinstance(error, Invalid) else 409, errors=trouble(error), typed=values)
    return back_to("options.one", say("The verified values were recorded."), case_id=case_id, code=code)


@blueprint.post("/<code>/review")
@login_required
def review(case_id: str, code: str) -> BaseResponse:
    """Accept or refuse an option that stands in for another."""
    values = given()
    try:
        with acting() as (session, actor):
            option_acts.review(
                session,
                actor,
                case_id,
                code,
                accepted=values.get("accepted") == "yes",
                reason=values.get("reason", ""),
                now=now(),
            )
    except (Invalid, Conflict) as error:
        return one_page(case_id, code, 422 if isinstance(error, Invalid) else 409, errors=trouble(error), typed=values)
    return back_to("options.one", say("The decision was recorded."), case_id=case_id, code=code)
