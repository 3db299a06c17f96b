"""Letters that an officer issues by hand, of a case or of a region; and a letter that takes the place of a wrong one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import access, calendars, lists
from audits.letters import issue, service, templates, wording
from audits.models import AuditList, Case, Letter, Publication, PublicationEntry
from audits.rounding import number
from workflows.access import Actor, in_scope, require
from workflows.application import Application
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Membership, Organisation, Region

ACTION: Final = "letters.issue"
LENGTH: Final = 5000
_YEAR: Final = re.compile(r"[0-9]{4}\Z")
_BUREAUS: Final = ("county_bureau", "city_bureau", "province_bureau")


def kinds(scope: str) -> dict[str, wording.Wording]:
    """Give the kinds that are issued by hand: of a ``case`` or of a ``region``."""
    return {kind: one for kind, one in wording.wordings().items() if one.by == "office" and one.scope == scope}


def choices(session: Session, actor: Actor, kind: str) -> dict[str, list[tuple[str, str]]]:
    """Give what may be chosen in the fields of a kind: published lists, results, consultancies of the actor's region."""
    found: dict[str, list[tuple[str, str]]] = {}
    for field in wording.wordings()[kind].fields:
        if field.type == "list":
            query = select(AuditList).where(AuditList.status == "published", access.visible(actor, AuditList))
            found[field.key] = [(row.id, row.title) for row in session.scalars(query.order_by(AuditList.year.desc()))]
        elif field.type == "publication":
            published = select(Publication).where(
                Publication.kind == "results", in_scope(actor, Publication.region_path)
            )
            ordered = published.order_by(Publication.published_on.desc())
            found[field.key] = [(row.id, row.title) for row in session.scalars(ordered)]
        elif field.type == "consultancy":
            firms = select(Organisation).where(Organisation.kind == "consultancy").order_by(Organisation.name)
            found[field.key] = [(row.id, row.name) for row in session.scalars(firms)]
    return found


def issue_of_case(
    session: Session,
    app: Application,
    actor: Actor,
    case_id: str,
    *,
    kind: str,
    values: Mapping[str, Any],
    key: str,
    now: datetime,
) -> Letter:
    """Issue a letter of a case by hand. ``key`` names the occasion: the same one gives the same letter.

    Raises NotFound, NotAllowed, Invalid by field, Conflict ``letter_too_early`` (kind) where another has to come first.
    """
    case = access.case(session, actor, case_id)
    one = _known(kind, "case")
    require(actor, ACTION, case.region_path)
    given = _clean(one, values, calendars.local_day(now))
    _came_before(session, one, Letter.case_id == case_id)
    occasion = f"hand:{actor.person_id}:{case_id}:{kind}:{key}"
    return issue.issue(session, app, case, kind=kind, data=given, key=occasion, actor=actor, now=now)


def issue_of_region(
    session: Session, app: Application, actor: Actor, *, kind: str, values: Mapping[str, Any], key: str, now: datetime
) -> Letter:
    """Issue a letter of the actor's own bureau that concerns no case. Raises NotAllowed, Invalid by field, Conflict."""
    one = _known(kind, "region")
    issuer, region = _bureau(session, actor)
    require(actor, ACTION, region.path)
    given = _clean(one, values, calendars.local_day(now))
    _came_before(session, one, Letter.case_id.is_(None) & (Letter.issuer_id == issuer.id))
    code = issue.code_of(app, f"hand:{actor.person_id}:{kind}:{key}")
    old = session.scalar(select(Letter).where(Letter.code == code))
    if old is not None:
        return old
    given = given | _facts(session, actor, one, given) | {"region_path": region.path}
    today = calendars.local_day(now)
    content = wording.compose_for_region(session, issuer, kind, given, today)
    content["template"] = templates.in_force(session, kind, issuer, today)
    return issue.keep(
        session, app, actor, kind=kind, content=content, issuer=issuer, code=code, region_path=region.path, case_id=None,
        addressee_id=str(given.get("consultancy_id") or "") or None, now=now,
    )  # fmt: skip


def replace(
    session: Session,
    app: Application,
    actor: Actor,
    letter_id: str,
    *,
    reason: str,
    values: Mapping[str, Any],
    now: datetime,
) -> Letter:
    """Issue a letter anew in the place of a wrong one: with its facts as they are now, and other words where given.

    The old one stays and says which took its place. Raises NotFound, NotAllowed, Invalid, Conflict ``letter_is_revoked``.
    """
    old = access.letter(session, actor, letter_id)
    require(actor, ACTION, old.region_path)
    service.hold(session, old)
    if old.status != "valid":
        raise Conflict("letter_is_revoked", number=old.number)
    reason = storable(reason).strip()
    errors = service.wrong_reason(reason)
    if errors:
        raise Invalid(fields=errors)
    one = wording.wordings()[old.kind]
    given = dict(old.data.get("given") or {})
    if one.by == "office":
        given |= _clean(one, {**given, **values}, calendars.local_day(now))
    issuer = session.get_one(Organisation, old.issuer_id)
    today = calendars.local_day(now)
    if old.case_id is not None:
        told = old.data.get("submission")
        case = session.get_one(Case, old.case_id)
        content = wording.compose(
            session, case, issuer, old.kind, given | ({"submission": told} if told else {}), today
        )
    else:
        content = wording.compose_for_region(session, issuer, old.kind, given, today)
    content |= {"template": templates.in_force(session, old.kind, issuer, today), "replaces": old.number}
    new = issue.keep(
        session, app, actor, kind=old.kind, content=content, issuer=issuer, code=issue.code_of(app, f"replace:{old.id}"),
        region_path=old.region_path, case_id=old.case_id, addressee_id=old.addressee_id, now=now,
    )  # fmt: skip
    old.status = "replaced"
    old.data = {
        **old.data,
        "replaced": {"on": today.isoformat(), "reason": reason, "number": new.number, "letter": new.id},
    }
    payload = {"number": old.number, "by": new.number, "old": "valid", "new": "replaced", "reason": reason}
    service.record(session, actor, old, "letter.replaced", payload, now)
    return new


def _known(kind: str, scope: str) -> wording.Wording:
    if kind not in kinds(scope):
        raise NotFound("unknown_letter", kind=kind)
    return kinds(scope)[kind]


def _bureau(session: Session, actor: Actor) -> tuple[Organisation, Region]:
    query = (
        select(Organisation, Region)
        .join(Region, Region.code == Organisation.region_code)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == actor.person_id, Membership.role.in_(_BUREAUS), Organisation.kind == "bureau")
        .where(Membership.since <= actor.at, Membership.until.is_(None) | (Membership.until > actor.at))
        .order_by(Region.path)
    )
    found = session.execute(query.limit(1)).one_or_none()
    if found is None:
        raise NotAllowed("not_allowed", action=ACTION)
    return found[0], found[1]


def _clean(one: wording.Wording, values: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Judge what was filled in, field by field."""
    found, errors = {}, {}
    for field in one.fields:
        text = storable(str(values.get(field.key) or "")).strip()
        if not text and field.required:
            errors[field.key] = ["required"]
        elif len(text) > LENGTH:
            errors[field.key] = ["too_long"]
        elif text and (code := _wrong(field, text, today)):
            errors[field.key] = [code]
        found[field.key] = text
    if errors:
        raise Invalid(fields=errors)
    return found


def _wrong(field: wording.Field, text: str, today: date) -> str:
    if field.type == "date":
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return "bad_date"
        return "in_future" if field.key.endswith("conduct_on") and day > today else ""
    if field.type in {"number", "year"}:
        value = number(text)
        fits = value is not None and value >= 0 and (field.type == "number" or _YEAR.match(text))
        return "" if fits else "bad_number"
    return ""


def _facts(session: Session, actor: Actor, one: wording.Wording, given: Mapping[str, Any]) -> dict[str, str]:
    """Say what stands behind the choices: title and day of a list, counts of results, name of a consultancy."""
    found: dict[str, str] = {}
    offered = {field.key: {key for key, _name in pairs} for field, pairs in _offered(session, actor, one, given)}
    wrong = {key: ["unknown"] for key, known in offered.items() if given.get(key) and given[key] not in known}
    if wrong:
        raise Invalid(fields=wrong)
    if given.get("list_id"):
        row = session.get_one(AuditList, given["list_id"])
        found["lines"] = str(lists.count(session, actor, row.id))
        found |= {"list_title": f"《{row.title}》", "published_on": wording.chinese_day(row.published_on or date.min)}
    if given.get("publication_id"):
        published = session.get_one(Publication, given["publication_id"])
        lines = select(PublicationEntry.content).where(PublicationEntry.publication_id == published.id)
        outcomes = [content.get("outcome") for content in session.scalars(lines)]
        found |= {"title": published.title} | {name: str(outcomes.count(name)) for name in ("qualified", "unqualified")}
    if given.get("consultancy_id"):
        found["addressee"] = session.get_one(Organisation, given["consultancy_id"]).name
    return found


def _offered(
    session: Session, actor: Actor, one: wording.Wording, given: Mapping[str, Any]
) -> list[tuple[wording.Field, list[tuple[str, str]]]]:
    kind = next(key for key, known in wording.wordings().items() if known is one)
    offered = choices(session, actor, kind)
    return [(field, offered[field.key]) for field in one.fields if field.key in offered and field.key in given]


def _came_before(session: Session, one: wording.Wording, where: Any) -> None:
    """Demand one of the letters that have to come first, still valid and served."""
    if not one.requires:
        return
    query = select(Letter.id).where(where, Letter.kind.in_(one.requires), Letter.status == "valid")
    if session.scalar(query.where(Letter.served_on.is_not(None)).limit(1)) is None:
        raise Conflict("letter_too_early", kind=one.requires[0])
