"""Definitions: deploy a process family's files, activate and retire versions, and find the one that applies.

A definition is immutable: the same content is the same row. A variant (a region's) holds whole files over the base's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feel import for_thread
from forms import lint_form
from workflows import access, engine, paging, runtime, trail
from workflows.access import SYSTEM, Actor
from workflows.application import Application
from workflows.engine.imports import adapt
from workflows.errors import Conflict, Finding, Invalid, NotAllowed, NotFound, Refused
from workflows.models import Definition, DefinitionFile, Event, EventPayload, Family, Form, Region
from workflows.paging import Page, Sort
from workflows.shipped import ShippedFamily, ShippedVariant, shipped_families

__all__ = [
    "Content",
    "ShippedFamily",
    "ShippedVariant",
    "activate",
    "adapted",
    "adaptions",
    "applicable",
    "check_files",
    "content",
    "content_hash",
    "decide",
    "deploy",
    "deploy_shipped",
    "list_",
    "may_change",
    "retire",
    "shipped_families",
]

Json = Any
_TOLD = 500
_NAME = re.compile(r"[A-Za-z0-9_\-]{1,100}\.(bpmn|dmn)\Z")


@dataclass(frozen=True, slots=True)
class Content:
    """A deployed definition with all its files, byte for byte, and its forms."""

    definition: Definition
    files: Mapping[str, bytes]
    forms: Mapping[str, dict[str, Json]]


def content_hash(files: Mapping[str, bytes], forms: Mapping[str, Mapping[str, Json]] | None = None) -> str:
    """Compute SHA-256 over the files in the order of their names, then the forms as canonical JSON.

    For each: the name in UTF-8, a zero byte, the length in decimal digits, a zero byte, the bytes.
    """
    digest = hashlib.sha256()
    for name in sorted(files):
        _add(digest, name, files[name])
    for key in sorted(forms or {}):
        _add(digest, key, trail.canonical((forms or {})[key]))
    return digest.hexdigest()


def _add(digest: Any, name: str, body: bytes) -> None:
    digest.update(name.encode() + b"\0" + str(len(body)).encode() + b"\0" + body)


def adapted(files: Mapping[str, bytes]) -> tuple[dict[str, bytes], list[Finding]]:
    """Rewrite what other engines' extensions say into ours; give the files, and each change with its place.

    A file without such extensions, or one that cannot be read, comes back byte for byte.
    """
    found: list[Finding] = []
    made = dict(files)
    for name in sorted(name for name in files if name.endswith(".bpmn")):
        try:
            one = adapt(files[name])
        except Refused:
            continue  # the check says why, with the place
        made[name] = one.content
        found += [
            Finding("adapted", "warning", change.element, change.line, change.text, change.text_zh, file=name)
            for change in one.changes
        ]
    return made, found


def adaptions(session: Session, definition: Definition) -> list[dict[str, Json]]:
    """Give what was rewritten when a version was deployed: file, element, line and a sentence in both languages."""
    query = (
        select(EventPayload.body)
        .join(Event, Event.id == EventPayload.event_id)
        .where(
            Event.chain == f"definition:{definition.family_key}",
            Event.action == "definition.deployed",
            Event.subject_id == definition.id,
        )
    )
    body = session.scalars(query.limit(1)).one_or_none()
    return list(orjson.loads(body).get("adapted", [])) if body else []


def check_files(
    app: Application, files: Mapping[str, bytes], forms: Mapping[str, dict[str, Json]], root: str
) -> list[Finding]:
    """Find every fault of the files and forms together, errors and warnings, each with its place.

    The files are adapted first, as ``deploy`` does it; what was rewritten is among the warnings (``adapted``).
    """
    files, findings = adapted(files)
    findings += list(engine.lint_files(files, root, runtime.catalog(app, forms)))
    for key, form in forms.items():
        findings += [
            Finding("form", "error", problem.component, 0, problem.text, problem.text_zh, file=f"{key}.json")
            for problem in lint_form(form)
        ]
    return findings


def deploy(
    session: Session,
    app: Application,
    actor: Actor,
    *,
    family: str,
    variant: str = "",
    files: Mapping[str, bytes],
    forms: Mapping[str, dict[str, Json]],
    valid_from: date,
    note: str = "",
    base_hash: str = "",
    root: str = "",
    names: tuple[str, str] | None = None,
    now: datetime,
) -> Definition:
    """Store a checked version of a family for a region ("" = everywhere); ``activate`` lets it count.

    Diagrams of other engines are adapted first.
    ``root`` is the process to start (default: the family's key). The same content gives the row there is. What counts
    everywhere is deployed by who holds the right for the whole country. Raises Refused with all findings, Invalid
    (``file_name``, ``region``), NotAllowed; nothing is changed then.
    """
    access.require(actor, "definitions.deploy", _place(session, variant))
    wrong = [name for name in files if not _NAME.match(name)]
    if wrong or not files:
        raise Invalid("file_name", {"files": sorted(wrong)})
    known = session.get(Family, family)
    root = root or (known.root if known else family)
    files, changes = adapted(files)
    digest = content_hash(files, forms)
    same = select(Definition).where(
        Definition.family_key == family, Definition.variant == variant, Definition.hash == digest
    )
    found = session.scalars(same).one_or_none()
    if found is not None:
        return found
    _refuse_faults(check_files(app, files, forms, root))
    compiled = runtime.compiled(app, files, forms, root)
    if known is None:
        _add_family(session, family, root, names, compiled)
    definition = Definition(
        family_key=family,
        variant=variant,
        version=_next_version(session, family, variant),
        hash=digest,
        root=root,
        state="deployed",
        valid_from=valid_from,
        note=note[:500],
        base_hash=base_hash,
        deployed_at=now,
        deployed_by=actor.person_id,
    )
    session.add(definition)
    session.flush()
    session.add_all(
        DefinitionFile(definition_id=definition.id, name=name, content=body) for name, body in files.items()
    )
    session.add_all(Form(definition_id=definition.id, key=key, content=dict(form)) for key, form in forms.items())
    told: dict[str, Json] = {"files": sorted(files), "note": note}
    if changes:
        told["adapted"] = [
            {"file": one.file, "element": one.element, "line": one.line, "text": one.text, "text_zh": one.text_zh}
            for one in changes[:_TOLD]
        ]
    _note(session, actor, definition, "definition.deployed", told, now)
    return definition


def _refuse_faults(findings: Sequence[Finding]) -> None:
    if any(finding.severity == "error" for finding in findings):
        raise Refused(findings)


def _add_family(session: Session, key: str, root: str, names: tuple[str, str] | None, compiled: runtime.Loaded) -> None:
    own = compiled.engine.processes[root].name or key
    name, name_en = names or (own, "")
    session.add(Family(key=key, name=name[:100], name_en=name_en[:100], root=root))
    session.flush()


def _next_version(session: Session, family: str, variant: str) -> int:
    query = select(func.max(Definition.version)).where(Definition.family_key == family, Definition.variant == variant)
    return (session.scalar(query) or 0) + 1


def _place(session: Session, variant: str) -> str:
    """Give the path in which a version counts: the whole country's for none."""
    if not variant:
        return access.NATION
    region = session.get(Region, variant)
    if region is None or region.path == access.NATION:
        raise Invalid("region", {"variant": [variant]})
    return region.path


def may_change(session: Session, actor: Actor, definition: Definition, *, activate: bool) -> bool:
    """Say whether an actor may activate, or retire, a version: within their region, and none that they deployed."""
    own = activate and actor.person_id is not None and definition.deployed_by == actor.person_id
    return not own and access.may(actor, "definitions.activate", _place(session, definition.variant))


def _note(
    session: Session, actor: Actor, definition: Definition, action: str, more: Mapping[str, Json], now: datetime
) -> None:
    trail.append(
        session,
        chain=f"definition:{definition.family_key}",
        actor=actor,
        action=action,
        subject_type="definition",
        subject_id=definition.id,
        payload={
            "variant": definition.variant,
            "version": definition.version,
            "hash": definition.hash,
            "valid_from": definition.valid_from,
            **more,
        },
        now=now,
    )


def activate(
    session: Session, actor: Actor, definition_id: str, *, valid_from: date | None = None, now: datetime
) -> Definition:
    """Let a deployed (or retired) version count from its day on. Running instances keep theirs.

    Four eyes: raises NotAllowed ``own_deployment`` to who deployed it.
    """
    return _change(session, actor, definition_id, "active", "definition.activated", valid_from, now)


def retire(session: Session, actor: Actor, definition_id: str, *, now: datetime) -> Definition:
    """Let a version count no more for new instances."""
    return _change(session, actor, definition_id, "retired", "definition.retired", None, now)


def _change(
    session: Session,
    actor: Actor,
    definition_id: str,
    state: str,
    action: str,
    valid_from: date | None,
    now: datetime,
) -> Definition:
    definition = session.get(Definition, definition_id, with_for_update=True, populate_existing=True)
    if definition is None:
        raise NotFound
    access.require(actor, "definitions.activate", _place(session, definition.variant))
    if not may_change(session, actor, definition, activate=state == "active"):
        raise NotAllowed("own_deployment")
    day = valid_from or definition.valid_from
    if (definition.state, definition.valid_from) == (state, day):
        return definition
    if state == "retired" and definition.state != "active":
        raise Conflict("not_active", state=definition.state)
    old = definition.state
    definition.state, definition.valid_from = state, day
    _note(session, actor, definition, action, {"old": old, "new": state}, now)
    return definition


def applicable(session: Session, family: str, region_code: str, on: date) -> Definition:
    """Give the version that counts in a region on a day: nearest region first, then the newest. Raises NotFound."""
    region = session.get(Region, region_code)
    if region is None:
        raise NotFound("region", region=region_code)
    nearest = [code for code in reversed(region.path.split("/")) if code] + [""]
    query = select(Definition).where(
        Definition.family_key == family,
        Definition.state == "active",
        Definition.variant.in_(nearest),
        Definition.valid_from <= on,
    )
    found = sorted(
        session.scalars(query),
        key=lambda one: (-nearest.index(one.variant), one.valid_from, one.version),
    )
    if not found:
        raise NotFound("definition", family=family, region=region_code)
    return found[-1]


def content(session: Session, definition_id: str) -> Content:
    """Give a definition with its files and forms; raises NotFound."""
    definition = session.get(Definition, definition_id)
    if definition is None:
        raise NotFound
    files = session.scalars(select(DefinitionFile).where(DefinitionFile.definition_id == definition_id))
    forms = session.scalars(select(Form).where(Form.definition_id == definition_id))
    return Content(definition, {one.name: one.content for one in files}, {one.key: one.content for one in forms})


def list_(
    session: Session, *, family: str = "", state: str = "", cursor: str | None = None, limit: int = 50
) -> Page[Definition]:
    """List the deployed versions, the latest first. Procedures are no secret: everybody who signs in may read them."""
    query = select(Definition)
    if family:
        query = query.where(Definition.family_key == family)
    if state:
        query = query.where(Definition.state == state)
    sort = Sort("deployed", Definition.deployed_at, Definition.id, descending=True)
    rows, following = paging.read(session, query, sort, cursor, limit)
    return Page(tuple(row[0] for row in rows), following)


def decide(
    session: Session, app: Application, definition_id: str, ref: str, variables: Mapping[str, Json], now: datetime
) -> Json:
    """Ask a decision table of a definition; raises NotFound, EngineError."""
    definition = runtime.load_definition(session, app, definition_id)
    return engine.evaluate_decision(definition, ref, runtime.plain(variables), now, for_thread())


# ---- what ships ------------------------------------------------------------------------------------------------


def deploy_shipped(session: Session, app: Application, now: datetime) -> list[Definition]:
    """Deploy and activate every shipped family and variant whose region exists; what is there already stays."""
    found = []
    for family in shipped_families():
        found.append(_deploy_one(session, app, family, None, now))
        known = [one for one in family.variants if session.get(Region, one.region) is not None]
        found += [_deploy_one(session, app, family, variant, now) for variant in known]
    return found


def _deploy_one(
    session: Session, app: Application, family: ShippedFamily, variant: ShippedVariant | None, now: datetime
) -> Definition:
    files = variant.files if variant else family.files
    forms = dict(family.forms)
    before = session.scalar(
        select(Definition.id).where(
            Definition.family_key == family.key,
            Definition.variant == (variant.region if variant else ""),
            Definition.hash == content_hash(files, forms),
        )
    )
    definition = deploy(
        session,
        app,
        SYSTEM,
        family=family.key,
        variant=variant.region if variant else "",
        files=files,
        forms=forms,
        valid_from=date(2016, 7, 1),
        note=variant.name if variant else family.name,
        base_hash=variant.base_hash if variant else "",
        root=family.root,
        names=(family.name, family.name_en),
        now=now,
    )
    if before is None:
        activate(session, SYSTEM, definition.id, now=now)
    return definition
