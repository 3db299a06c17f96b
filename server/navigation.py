"""The menu: which pages a person is offered. An offer only; each page asks ``access`` again."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for
from flask_babel import lazy_gettext as _

from workflows.access import Actor

BUREAUS = frozenset({"county_bureau", "city_bureau", "province_bureau"})
OFFICERS = BUREAUS | {"coordinating_department", "inspector"}
WORKERS = OFFICERS | {"enterprise", "consultancy", "expert", "panel_leader", "enterprise_administrator"}


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the menu: shown to holders of one of the roles or of the action; with neither, to everybody."""

    endpoint: str
    text: object
    group: str
    roles: frozenset[str] = frozenset()
    action: str = ""


PLACES = (
    Place("workbench.page", _("Workbench"), "work"),
    Place("inbox.todo", _("Inbox"), "work"),
    Place("invitations.index", _("Invitations"), "work", frozenset({"expert"})),
    Place("duties.index", _("My duties"), "work", frozenset({"enterprise", "enterprise_administrator", "consultancy"})),
    Place("cases.index", _("Cases"), "work"),
    Place("deadlines.board", _("Deadlines"), "work", OFFICERS),
    Place("disclosures.board", _("Disclosures"), "work", OFFICERS),
    Place("matters.index", _("Matters"), "work", OFFICERS | {"enterprise", "enterprise_administrator"}),
    Place("letters.index", _("Letters"), "work", action="letters.read"),
    Place("name_list.index", _("Name list"), "audits", BUREAUS | {"coordinating_department"}),
    Place("lists.index", _("Annual lists"), "audits", OFFICERS),
    Place("commitments.index", _("Self-commitments"), "audits", action="commitments.draw"),
    Place(
        "voluntary.index",
        _("Voluntary audits"),
        "audits",
        frozenset({"enterprise", "enterprise_administrator"}),
        action="voluntary.decide",
    ),
    Place("results.index", _("Results"), "audits", action="results.publish"),
    Place("statistics.page", _("Statistics"), "audits", action="statistics.read"),
    Place("enterprises.index", _("Enterprises"), "records", OFFICERS),
    Place("parks.index", _("Parks and clusters"), "records", BUREAUS),
    Place("enterprises.mine", _("My enterprise"), "records", frozenset({"enterprise", "enterprise_administrator"})),
    Place("joining.board", _("Joining"), "records", BUREAUS | {"enterprise_administrator"}),
    Place("consultancies.index", _("Consultancies"), "records", action="statistics.read"),
    Place("standards.factors", _("Factors"), "records", WORKERS),
    Place("standards.systems", _("Indicator systems"), "records", WORKERS),
    Place("experts.index", _("Experts"), "records", action="experts.manage"),
    Place("conflicts.index", _("Conflicts of interest"), "records", action="panels.read"),
    Place("definitions.index", _("Processes"), "system", action="definitions.read"),
    Place("score_sheets.index", _("Score sheets"), "system", action="definitions.read"),
    Place("people.index", _("People"), "system", action="people.manage"),
    Place("people.organisations", _("Organisations"), "system", action="people.manage"),
    Place("substitutes.index", _("Substitutes"), "system", WORKERS),
    Place("phrases.index", _("Ready sentences"), "system"),
    Place("calendar.page", _("Calendar"), "system"),
    Place("notice_channels.index", _("Notice channels"), "system", action="notices.channels"),
    Place("reminders.index", _("Reminder rules"), "system", action="notices.rules"),
    Place("incidents.index", _("Incidents"), "system", action="incidents.manage"),
    Place("trail.page", _("Audit trail"), "system", action="trail.read"),
)

GROUPS = {
    "work": _("Work"),
    "audits": _("Audits"),
    "records": _("Records"),
    "system": _("System"),
}


def offered(place: Place, actor: Actor) -> bool:
    """Say whether a line of the menu is for this person."""
    if not place.roles and not place.action:
        return True
    return bool(place.roles & actor.roles) or (bool(place.action) and place.action in actor.actions)


def menu(actor: Actor) -> list[tuple[object, list[tuple[str, object, bool]]]]:
    """Give the menu as groups of (address, text, is this page)."""
    blueprint = (request.endpoint or "").split(".")[0]
    groups: list[tuple[object, list[tuple[str, object, bool]]]] = []
    for key, title in GROUPS.items():
        lines = [
            (url_for(place.endpoint), place.text, is_here(place, blueprint))
            for place in PLACES
            if place.group == key and offered(place, actor)
        ]
        if lines:
            groups.append((title, lines))
    return groups


def is_here(place: Place, blueprint: str) -> bool:
    """Say whether the current page belongs to a line of the menu."""
    own, _dot, view = place.endpoint.partition(".")
    siblings = [other for other in PLACES if other.endpoint.startswith(own + ".")]
    if len(siblings) > 1:
        here = (request.endpoint or "").partition(".")[2]
        marks = {"organisations": "organisation", "mine": "mine", "systems": "system", "factors": "factor"}
        mark = marks.get(view)
        is_marked = any(text in here for text in marks.values())
        return own == blueprint and (mark in here if mark else not is_marked)
    return own == blueprint or (own == "inbox" and blueprint in {"tasks", "copies", "handovers", "views", "teams"})
