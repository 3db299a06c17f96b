"""Who sees which row of the field. Every filter is built from ``workflows.access.in_scope``: there is one policy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, or_, select, true
from sqlalchemy.orm import Session

from audits.models import (
    Assessment,
    AuditList,
    Case,
    Commitment,
    Deadline,
    Enterprise,
    ExpertApplication,
    Letter,
    LetterTemplate,
    ListEntry,
    ListingFact,
    Matter,
    Notice,
    NoticeChannel,
    Option,
    OptionEffect,
    Panel,
    PanelDraw,
    Park,
    Pause,
    ReminderRule,
    ReportSecret,
    ReportText,
    ReportVersion,
    ResultPublication,
    SpotDraw,
    VoluntaryAgreement,
    VoluntaryApplication,
)
from workflows import access
from workflows.access import Actor
from workflows.errors import NotAllowed, NotFound
from workflows.models import Instance, Party, Region

Row = TypeVar("Row")
OF_A_CASE = (Assessment, Commitment, Deadline, Option, Panel, PanelDraw, Pause, ResultPublication)
OF_A_REGION = (LetterTemplate, SpotDraw)
OF_AN_ENTERPRISE = (VoluntaryAgreement, VoluntaryApplication)
OF_A_REPORT = (ReportSecret, ReportText, ReportVersion)


def visible(actor: Actor, model: type[Any]) -> ColumnElement[bool]:
    """Give the condition under which an actor sees rows of one of the field's tables.

    Cases, and all that belongs to a case: whoever sees its instance. Reports in the making: those who write them.
    Matters: the office and who raised them; what an enterprise asks for, and what is told or decided, whoever sees the
    case.
    Enterprises: their own people, and bureaus of the region; what they ask for
    likewise, without consultancies. Annual lists: bureaus above,
    at, or below their region (a county sees its city's list).
    """
    if actor.everything:
        return true()
    if model is Case:
        return Case.id.in_(select(Instance.id).where(access.visible(actor, Instance)))
    if model in OF_A_CASE:
        return model.case_id.in_(select(Instance.id).where(access.visible(actor, Instance)))  # type: ignore[no-any-return]
    if model in OF_A_REPORT:
        return model.case_id.in_(_at_work(actor))  # type: ignore[no-any-return]
    if model is Park:
        return Park.id.in_(_in_charge(actor))
    own = _OWN.get(model)
    if own is not None:
        return own(actor)
    if model is ListingFact:
        return ListingFact.enterprise_id.in_(select(Enterprise.id).where(_enterprises(actor)).correlate(None))
    if model in OF_A_REGION:
        return access.in_scope(actor, model.region_path)
    if model in OF_AN_ENTERPRISE:
        return model.enterprise_id.in_(_in_charge(actor))  # type: ignore[no-any-return]
    if model is ListEntry:  # not correlated: what asks may well read enterprises and lists itself
        theirs = select(Enterprise.id).where(_enterprises(actor)).correlate(None)
        lists = select(AuditList.id).where(_lists(actor)).correlate(None)
        return ListEntry.enterprise_id.in_(theirs) & ListEntry.list_id.in_(lists)
    raise TypeError(f"{model.__name__} has no visibility rule")


def _applications(actor: Actor) -> ColumnElement[bool]:
    """Applications for the pool: who decides about them in the region, who handed them in, whom they are about."""
    held = [path for action, path in actor.grants if action == "experts.manage"]
    return or_(
        ExpertApplication.submitted_by == actor.person_id,
        ExpertApplication.person_id == actor.person_id,
        *(ExpertApplication.region_path.startswith(path, autoescape=True) for path in held),
    )


def _effects(actor: Actor) -> ColumnElement[bool]:
    return OptionEffect.option_id.in_(select(Option.id).where(visible(actor, Option)))


def _matters(actor: Actor) -> ColumnElement[bool]:
    seen = Matter.case_id.in_(select(Instance.id).where(access.visible(actor, Instance)))
    office = Matter.case_id.in_(select(Instance.id).where(access.in_scope(actor, Instance.region_path)))
    asked = Matter.raised_for.is_not(None) & Matter.kind.not_in(_withheld_kinds())
    told = or_(Matter.letter_id.is_not(None), Matter.status.in_(("approved", "refused")))
    own = or_(Matter.raised_for.in_(actor.organisations), Matter.raised_by == actor.person_id)
    return seen & or_(office, asked, told, own)


@cache
def _withheld_kinds() -> list[str]:
    """Name the kinds of matters that the case does not know of before they are told (``audits.withheld``)."""
    raw = json.loads(resources.files("audits").joinpath("data/matters.json").read_text(encoding="utf-8"))
    return sorted(key for key, one in raw.items() if one.get("withheld"))


def _letters(actor: Actor) -> ColumnElement[bool]:
    """Letters of a case: whoever sees it. Letters of a region: its officers, and the organisation they are addressed to."""
    cases = Letter.case_id.in_(select(Instance.id).where(access.visible(actor, Instance)))
    apart = Letter.case_id.is_(None) & access.in_scope(actor, Letter.region_path, Letter.addressee_id)
    return or_(cases, apart)


def _enterprises(actor: Actor) -> ColumnElement[bool]:
    region = select(Region.path).where(Region.code == Enterprise.region_code).correlate(Enterprise).scalar_subquery()
    parties = Enterprise.id.in_(
        select(Case.enterprise_id).where(Case.id.in_(select(Instance.id).where(access.visible(actor, Instance))))
    )
    return or_(access.in_scope(actor, region, Enterprise.id), parties)


def _in_charge(actor: Actor) -> Select[Any]:
    """Give the actor's own enterprises and those of the actor's regions."""
    region = select(Region.path).where(Region.code == Enterprise.region_code).correlate(Enterprise).scalar_subquery()
    return select(Enterprise.id).where(access.in_scope(actor, region, Enterprise.id)).correlate(None)


def _lists(actor: Actor) -> ColumnElement[bool]:
    paths = actor.regions
    above = [AuditList.region_path == path for own in paths for path in _prefixes(own)]
    return or_(access.in_scope(actor, AuditList.region_path), *above)


def _prefixes(path: str) -> list[str]:
    parts = [part for part in path.split("/") if part]
    return ["/" + "/".join(parts[:length]) + "/" for length in range(1, len(parts) + 1)]


def _notices(actor: Actor) -> ColumnElement[bool]:
    mine = or_(Notice.person_id.is_(None), Notice.person_id == actor.person_id)
    return Notice.organisation_id.in_(actor.organisations) & mine


def _channels(actor: Actor) -> ColumnElement[bool]:
    return NoticeChannel.organisation_id.in_(actor.organisations)


def _rules(actor: Actor) -> ColumnElement[bool]:
    """Rules of reminders: who writes them there, above (they bind below), or below."""
    held = sorted({path for action, path in actor.grants if action == "notices.rules"})
    above = {path for own in held for path in _prefixes(own)} | ({"/"} if held else set())
    below = [ReminderRule.region_path.startswith(path, autoescape=True) for path in held]
    return or_(ReminderRule.region_path.in_(sorted(above)), *below)


_OWN: Mapping[type[Any], Callable[[Actor], ColumnElement[bool]]] = {
    AuditList: _lists,
    Enterprise: _enterprises,
    ExpertApplication: _applications,
    Letter: _letters,
    Matter: _matters,
    Notice: _notices,
    NoticeChannel: _channels,
    OptionEffect: _effects,
    ReminderRule: _rules,
}


def fetch(session: Session, actor: Actor, model: type[Row], key: str) -> Row:
    """Give a row that the actor sees; NotFound where there is none or it may not be known."""
    column = model.id  # type: ignore[attr-defined]
    row = session.scalar(select(model).where(column == key, visible(actor, model)))
    if row is None:
        raise NotFound(f"{model.__tablename__}_not_found", id=key)  # type: ignore[attr-defined]
    return row


def case(session: Session, actor: Actor, case_id: str) -> Case:
    """Give a case that the actor sees."""
    return fetch(session, actor, Case, case_id)


def enterprise(session: Session, actor: Actor, enterprise_id: str) -> Enterprise:
    """Give an enterprise that the actor sees."""
    return fetch(session, actor, Enterprise, enterprise_id)


def audit_list(session: Session, actor: Actor, list_id: str) -> AuditList:
    """Give an annual list that the actor sees."""
    return fetch(session, actor, AuditList, list_id)


def letter(session: Session, actor: Actor, letter_id: str) -> Letter:
    """Give a letter that the actor sees."""
    return fetch(session, actor, Letter, letter_id)


def report(session: Session, actor: Actor, case_id: str) -> Case:
    """Give a case on whose reports the actor works: for its enterprise, or its consultancy while engaged.

    Raises NotFound, and NotAllowed ``not_your_report`` for others who see the case: drafts are not theirs to read.
    """
    found = case(session, actor, case_id)
    if not works_on(session, actor, case_id):
        raise NotAllowed("not_your_report")
    return found


def works_on(session: Session, actor: Actor, case_id: str) -> bool:
    """Say whether an organisation of the actor does the audit of a case."""
    return session.scalar(select(Case.id).where(Case.id == case_id, Case.id.in_(_at_work(actor)))) is not None


def _at_work(actor: Actor) -> Select[Any]:
    """Give the cases in which an organisation of the actor does the audit."""
    return select(Party.instance_id).where(
        Party.role.in_(("enterprise", "consultancy")),
        Party.organisation_id.in_(actor.organisations),
        Party.since <= actor.at,
        or_(Party.until.is_(None), Party.until > actor.at),
    )
