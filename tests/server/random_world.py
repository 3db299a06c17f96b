"""A random world, and a second model of who sees what: loops over plain records, written from the rules alone.

Nothing here is shared with the product but the tables that the records are written to.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from audits.models import AuditList, Case, Deadline, Enterprise, Letter, ListEntry
from workflows.models import (
    Attachment,
    Blob,
    Definition,
    DefinitionFile,
    Draft,
    Family,
    Instance,
    Membership,
    Organisation,
    Party,
    Person,
    Region,
    Submission,
    Task,
    TaskCandidate,
)

BPMN = (
    b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="x"><process id="family">'
    b'<startEvent id="s"/><endEvent id="e"/><sequenceFlow id="f" sourceRef="s" targetRef="e"/></process></definitions>'
)
REGIONAL = {
    "county_bureau", "city_bureau", "province_bureau", "coordinating_department", "administrator",
    "security_administrator", "audit_administrator", "inspector",
}  # fmt: skip
APART = {"designer", "administrator", "audit_administrator", "inspector"}  # no part in what their house decides
CONFIDED = {"enterprise", "competent_bureau"}
BUREAU = {"county": "county_bureau", "city": "city_bureau", "province": "province_bureau"}
READS_STATISTICS = {"county_bureau", "city_bureau", "province_bureau", "coordinating_department"}


@dataclass
class World:
    """The records, each a plain dictionary."""

    now: datetime
    parents: dict[str, str | None] = field(default_factory=dict)
    people: list[str] = field(default_factory=list)
    memberships: list[dict[str, Any]] = field(default_factory=list)
    enterprises: list[dict[str, Any]] = field(default_factory=list)
    cases: list[dict[str, Any]] = field(default_factory=list)
    parties: list[dict[str, Any]] = field(default_factory=list)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    submissions: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    letters: list[dict[str, Any]] = field(default_factory=list)
    lists: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    deadlines: list[dict[str, Any]] = field(default_factory=list)
    consultancies: list[str] = field(default_factory=list)


# ---- the naive model -----------------------------------------------------------------------------------------------


def below(world: World, region: str | None, top: str) -> bool:
    """Say whether a region is another or lies somewhere below it."""
    while region is not None:
        if region == top:
            return True
        region = world.parents[region]
    return False


def held(world: World, person: str) -> list[dict[str, Any]]:
    """Give the memberships that count today."""
    mine = [one for one in world.memberships if one["person"] == person and one["since"] <= world.now]
    return [one for one in mine if one["until"] is None or one["until"] > world.now]


def in_region(world: World, person: str, region: str) -> bool:
    """Say whether an officer is in charge of a region."""
    return any(one["role"] in REGIONAL and below(world, region, one["region"]) for one in held(world, person))


def is_party(world: World, person: str, case: str) -> bool:
    """Say whether somebody, or a house they work for, is a party today."""
    houses = [one["organisation"] for one in held(world, person) if one["role"] not in APART]
    for one in world.parties:
        if one["case"] != case or one["since"] > world.now or (one["until"] is not None and one["until"] <= world.now):
            continue
        if one["person"] == person or (one["organisation"] is not None and one["organisation"] in houses):
            return True
    return False


def is_confided(world: World, person: str, case: dict[str, Any]) -> bool:
    """Say whether somebody is of the enterprise or the bureau, or an officer for whom a task of the case waits."""
    alone = replace(world, parties=[one for one in world.parties if one["role"] in CONFIDED])
    if is_party(alone, person, case["id"]):
        return True
    tasks = [one for one in world.tasks if one["case"] == case["id"] and one["status"] == "open"]
    bureaus = [one["region"] for one in held(world, person) if one["role"] in BUREAU.values()]
    return any(below(world, case["region"], region) for region in bureaus) and any(
        is_offered(world, person, one) for one in tasks
    )


def sees_case(world: World, person: str, case: dict[str, Any]) -> bool:
    """Region subtree, or party."""
    return in_region(world, person, case["region"]) or is_party(world, person, case["id"])


def by_id(rows: list[dict[str, Any]], key: str) -> dict[str, Any]:
    """Find a record."""
    return next(row for row in rows if row["id"] == key)


def is_offered(world: World, person: str, task: dict[str, Any]) -> bool:
    """Say whether a task is offered: to the person by name, or to the role they hold in a house or a region."""
    for principal in task["candidates"]:
        if principal == f"person:{person}":
            return True
        for one in held(world, person):
            if principal in (f"{one['role']}@org:{one['organisation']}", f"{one['role']}@region:{one['region']}"):
                return True
    return False


def sees_task(world: World, person: str, task: dict[str, Any]) -> bool:
    """Whoever sees the case, may do the task, or has done it."""
    case = by_id(world.cases, task["case"])
    return sees_case(world, person, case) or is_offered(world, person, task) or task["closed_by"] == person


def reads(world: World, person: str, secrecy: str, case_id: str | None, author: str, made: datetime) -> bool:
    """Judge by record class: a score before its panel closes is the author's own; a trade secret the parties'.

    What is confidential is the enterprise's and the bureau's, and that of an officer above them who has a task there.
    """
    if author == person:
        return True
    if case_id is None:
        return False
    case = by_id(world.cases, case_id)
    if secrecy == "restricted":
        return is_party(world, person, case_id)
    if secrecy == "confidential":
        return is_confided(world, person, case)
    if secrecy == "score":
        seats = [
            one for one in world.parties if one["case"] == case_id and one["person"] == author and one["since"] <= made
        ]
        sat = [one for one in seats if one["until"] is not None and made <= one["until"] <= world.now]
        sits = [one for one in seats if one["until"] is None or one["until"] > world.now]
        return bool(sat) and not sits and in_region(world, person, case["region"])
    return sees_case(world, person, case)


def reads_submission(world: World, person: str, one: dict[str, Any]) -> bool:
    """Judge answers."""
    return reads(world, person, one["secrecy"], one["case"], one["by"], one["at"])


def reads_file(world: World, person: str, one: dict[str, Any]) -> bool:
    """Judge a file: nobody's once removed; its uploader's until its task is submitted; then like it and the answers."""
    if one["removed"]:
        return False
    if one["by"] == person:
        return True
    secrets = {one["secrecy"]}
    if one["task"] is not None:
        given = [submission for submission in world.submissions if submission["task"] == one["task"]]
        if not given:
            return False
        secrets.add(given[0]["secrecy"])
    return all(reads(world, person, secrecy, one["case"], one["by"], one["at"]) for secrecy in secrets)


def sees_enterprise(world: World, person: str, one: dict[str, Any]) -> bool:
    """One's own, those of one's region, and those of the cases one sees."""
    if in_region(world, person, one["region"]) or any(
        m["organisation"] == one["id"] and m["role"] not in APART for m in held(world, person)
    ):
        return True
    return any(case["enterprise"] == one["id"] and sees_case(world, person, case) for case in world.cases)


def sees_list(world: World, person: str, one: dict[str, Any]) -> bool:
    """Bureaus above, at and below its region."""
    if in_region(world, person, one["region"]):
        return True
    return any(m["role"] in REGIONAL and below(world, m["region"], one["region"]) for m in held(world, person))


# ---- the random world ----------------------------------------------------------------------------------------------


def build(
    session: Session,
    rng: random.Random,
    now: datetime,
    sha256: str,
    *,
    cases: int = 40,
    crowd: int = 36,
    firms: int = 20,
) -> World:
    """Write a world of two provinces with a crowd of people and some firms and give it as records."""
    world = World(now)
    _regions(session, world)
    _people(session, world, rng, crowd, firms)
    _lists(session, world, rng)
    session.add(Family(key="family", name="f", name_en="f", root="family"))
    session.add(Blob(sha256=sha256, size=5, media_type="text/plain", stored_at=now))
    session.flush()
    session.add(
        Definition(
            id="definition", family_key="family", version=1, hash="h", root="family", state="active",
            valid_from=date(2025, 1, 1), deployed_at=now, deployed_by=None,
        )
    )  # fmt: skip
    session.flush()
    session.add(DefinitionFile(definition_id="definition", name="family.bpmn", content=BPMN))
    for number in range(cases):
        _case(session, world, rng, number, sha256)
    session.flush()
    return world


def _regions(session: Session, world: World) -> None:
    for province in ("51", "52"):
        code = province + "0000"
        world.parents[code] = None
        session.add(Region(code=code, name=code, name_en=code, level="province", path=f"/{code}/"))
        for city in ("01", "02"):
            inner = f"{province}{city}00"
            world.parents[inner] = code
            session.add(
                Region(code=inner, name=inner, name_en=inner, level="city", parent_code=code, path=f"/{code}/{inner}/")
            )
            for county in ("02", "03"):
                leaf = f"{province}{city}{county}"
                world.parents[leaf] = inner
                path = f"/{code}/{inner}/{leaf}/"
                session.add(Region(code=leaf, name=leaf, name_en=leaf, level="county", parent_code=inner, path=path))
    session.flush()


def path_of(world: World, region: str) -> str:
    """Write the way down to a region."""
    parent = world.parents[region]
    return (path_of(world, parent) if parent else "/") + region + "/"


def level_of(world: World, region: str) -> str:
    """Name the level of a region."""
    return ("province", "city", "county")[path_of(world, region).count("/") - 2]


def _people(session: Session, world: World, rng: random.Random, crowd: int, firms: int) -> None:
    houses = [(f"bureau-{region}", region, BUREAU[level_of(world, region)]) for region in world.parents]
    counties = [region for region in world.parents if level_of(world, region) == "county"]
    for number in range(firms):
        region = rng.choice(counties)
        key = f"enterprise-{number:02}"
        houses.append((key, region, "enterprise"))
        world.enterprises.append({"id": key, "region": region, "name": f"厂{number:02}", "uscc": f"9{number:017}"})
    for number in range(3):
        key = f"consultancy-{number}"
        houses.append((key, rng.choice(list(world.parents)), "consultancy"))
        world.consultancies.append(key)
    houses.append(("house-of-experts", "510000", "expert"))
    for key, region, role in houses:
        session.add(
            Organisation(id=key, kind=key.split("-")[0], name=key, name_en="", region_code=region, staff_role=role)
        )
    session.flush()
    for one in world.enterprises:
        session.add(
            Enterprise(
                id=one["id"],
                uscc=one["uscc"],
                name=one["name"],
                region_code=one["region"],
                former_names=[],
                industry_tags=[],
            )
        )
    extra = [
        "administrator",
        "inspector",
        "coordinating_department",
        "enterprise_administrator",
        "designer",
        "audit_administrator",
    ]
    for number in range(crowd):
        person = f"p{number:02}"
        world.people.append(person)
        session.add(Person(id=person, username=person, name=person, created_at=world.now - timedelta(days=900)))
        session.flush()
        for turn in range(rng.choice((0, 1, 1, 1, 2))):
            key, region, role = rng.choice(houses)
            if rng.random() < 0.25:
                role = rng.choice(extra)
            since, until = _span(rng, world.now)
            if rng.random() < 0.1 and level_of(world, region) != "county":  # seconded to a part of the region
                region = rng.choice([inner for inner in world.parents if below(world, inner, region)])
            row = {
                "person": person,
                "organisation": key,
                "role": role,
                "region": region,
                "since": since,
                "until": until,
            }
            world.memberships.append(row)
            session.add(
                Membership(
                    id=f"m-{person}-{turn}", person_id=person, organisation_id=key, role=role, region_code=region,
                    since=since, until=until,
                )
            )  # fmt: skip
    session.flush()


def _span(rng: random.Random, now: datetime) -> tuple[datetime, datetime | None]:
    """Draw a span of time: mostly in force, sometimes over, not begun, or ending in this very moment."""
    kind = rng.random()
    if kind < 0.65:
        return now - timedelta(days=rng.randint(1, 500)), None
    if kind < 0.75:
        return now - timedelta(days=100), now + timedelta(days=rng.randint(1, 50))
    if kind < 0.87:
        return now - timedelta(days=100), now - timedelta(days=rng.randint(1, 50))
    if kind < 0.93:
        return now + timedelta(days=rng.randint(1, 50)), None
    return (now, None) if kind < 0.97 else (now - timedelta(days=5), now)


def _lists(session: Session, world: World, rng: random.Random) -> None:
    for number, region in enumerate(world.parents):
        status = rng.choice(("draft", "published"))
        key = f"list-{region}"
        session.add(
            AuditList(
                id=key, region_code=region, region_path=path_of(world, region), year=2025, batch=number + 1, title=key,
                issuer_id=f"bureau-{region}", status=status, published_on=date(2025, 9, 1), created_at=world.now,
            )
        )  # fmt: skip
        world.lists.append({"id": key, "region": region, "status": status})
    session.flush()


def _case(session: Session, world: World, rng: random.Random, number: int, sha256: str) -> None:
    taken = {(one["enterprise"], one["list"]) for one in world.entries}
    key = f"case-{number:03}"
    enterprise, where = rng.choice(
        [
            (one, where)
            for one in world.enterprises
            for where in world.lists
            if below(world, one["region"], where["region"]) and (one["id"], where["id"]) not in taken
        ]
    )
    region, starter = enterprise["region"], rng.choice([None, *world.people])
    opened = world.now - timedelta(days=rng.randint(1, 300))
    outcome = rng.choice(("", "", "", "qualified", "unqualified", "removed", "deferred"))
    consultancy = rng.choice([None, *world.consultancies])
    listed = {"id": f"entry-{number:03}", "list": where["id"], "enterprise": enterprise["id"], "outcome": outcome}
    world.entries.append(listed)
    session.add(
        ListEntry(
            id=listed["id"], list_id=where["id"], enterprise_id=enterprise["id"], number=number, types=["SHUANGYOU"],
            outcome=outcome,
        )
    )  # fmt: skip
    session.add(
        Instance(
            id=key, family_key="family", definition_id="definition", status="running", stage="audit",
            business_key=f"QS-{number:03}", subject=enterprise["name"], region_code=region,
            region_path=path_of(world, region), state=b"", variables={}, started_at=opened,
            started_by=starter,
        )
    )  # fmt: skip
    session.flush()
    session.add(
        Case(
            id=key, number=f"QS-{number:03}", entry_id=listed["id"], enterprise_id=enterprise["id"], region_code=region,
            region_path=path_of(world, region), types=["SHUANGYOU"], competent_id=f"bureau-{region}",
            consultancy_id=consultancy, legal_basis="2016-38", publication_date=date(2025, 9, 1), outcome=outcome,
            opened_at=opened,
        )
    )  # fmt: skip
    session.flush()
    case = {
        "id": key, "number": f"QS-{number:03}", "enterprise": enterprise["id"], "region": region, "outcome": outcome,
        "consultancy": consultancy, "entry": listed["id"], "starter": starter,
    }  # fmt: skip
    world.cases.append(case)
    _parties(session, world, rng, case)
    for place in range(rng.randint(1, 4)):
        _task(session, world, rng, case, place, sha256)
    _papers(session, world, rng, case, sha256)


def _parties(session: Session, world: World, rng: random.Random, case: dict[str, Any]) -> None:
    drawn: list[tuple[str, str | None, str | None]] = [("enterprise", case["enterprise"], None)]
    drawn += [("competent_bureau", f"bureau-{rng.choice(list(world.parents))}", None)] * (rng.random() < 0.6)
    drawn += [("consultancy", rng.choice(world.consultancies), None)] * (rng.random() < 0.6)
    drawn += [("expert", None, rng.choice(world.people)) for _ in range(rng.choice((0, 0, 2, 3)))]
    for role, organisation, person in drawn:
        since, until = (world.now - timedelta(days=300), None) if role == "enterprise" else _span(rng, world.now)
        if role == "expert" and rng.random() < 0.4:  # the panel closed after all had scored
            since, until = world.now - timedelta(days=100), world.now - timedelta(days=rng.randint(0, 1))
        row = {"case": case["id"], "role": role, "organisation": organisation, "person": person}
        row |= {"since": since, "until": until}
        world.parties.append(row)
        session.add(
            Party(
                instance_id=case["id"],
                role=role,
                organisation_id=organisation,
                person_id=person,
                since=since,
                until=until,
            )
        )


def _task(session: Session, world: World, rng: random.Random, case: dict[str, Any], place: int, sha256: str) -> None:
    key = f"{case['id']}-t{place}"
    status = rng.choice(("open", "open", "completed", "completed", "cancelled"))
    somebody = rng.choice(world.people)
    kinds = [
        f"enterprise@org:{case['enterprise']}",
        f"city_bureau@region:{world.parents[case['region']]}",
        f"county_bureau@org:bureau-{case['region']}",
        f"person:{somebody}",
        f"consultancy@org:{rng.choice(world.consultancies)}",
    ]
    candidates = rng.sample(kinds, rng.choice((1, 1, 2)))
    seated = [one["person"] for one in world.parties if one["case"] == case["id"] and one["person"] is not None]
    closer = rng.choice(seated if seated and rng.random() < 0.6 else world.people) if status == "completed" else None
    assignee = closer or (rng.choice([None, None, somebody]) if status == "open" else None)
    due = rng.choice(
        (None, world.now - timedelta(days=3), world.now + timedelta(days=3), world.now + timedelta(days=60))
    )
    closed = world.now - timedelta(days=rng.randint(0, 80)) if status != "open" else None
    row = {
        "id": key, "case": case["id"], "status": status, "candidates": candidates, "assignee": assignee,
        "closed_by": closer, "due": due, "number": case["number"], "subject": by_id(world.enterprises, case["enterprise"])["name"],
        "process": rng.choice(("audit", "evaluation")), "region": case["region"], "drafts": [],
    }  # fmt: skip
    world.tasks.append(row)
    session.add(
        Task(
            id=key, instance_id=case["id"], element=f"e{place}", process=row["process"], name=key, role="enterprise", form="",
            actions={}, item={}, business_key=case["number"], subject=row["subject"], region_path=path_of(world, case["region"]),
            status=status, assignee_id=assignee, opened_at=world.now - timedelta(days=90), due_at=due, closed_at=closed,
            closed_by=closer,
        )
    )  # fmt: skip
    session.flush()
    for principal in candidates:
        session.add(TaskCandidate(task_id=key, principal=principal))
    if status == "open" and rng.random() < 0.4:
        row["drafts"] = [somebody]
        session.add(Draft(task_id=key, person_id=somebody, answers={}, opinion="", version=1, saved_at=world.now))
    if closer and closed:
        secrecy = rng.choice(("internal", "internal", "score", "score", "restricted", "confidential"))
        submission = {"task": key, "case": case["id"], "by": closer, "at": closed, "secrecy": secrecy}
        world.submissions.append(submission)
        session.add(
            Submission(
                task_id=key, instance_id=case["id"], element=f"e{place}", form="", answers={"a": key}, shown={},
                record_class=secrecy, submitted_at=closed, submitted_by=closer,
            )
        )  # fmt: skip
    if rng.random() < 0.5:
        _file(session, world, rng, f"{key}-f", case["id"], key, closer or somebody, sha256)


def _file(
    session: Session,
    world: World,
    rng: random.Random,
    key: str,
    case: str | None,
    task: str | None,
    by: str,
    sha256: str,
) -> None:
    secrecy = rng.choice(("internal", "internal", "restricted", "confidential", "score"))
    at, removed = world.now - timedelta(days=rng.randint(1, 80)), rng.random() < 0.1
    world.files.append(
        {"id": key, "case": case, "task": task, "by": by, "secrecy": secrecy, "at": at, "removed": removed}
    )
    session.add(
        Attachment(
            id=key, sha256=sha256, name=f"{key}.txt", size=5, media_type="text/plain", instance_id=case, task_id=task,
            record_class=secrecy, uploaded_at=at, uploaded_by=by, removed_at=world.now if removed else None,
        )
    )  # fmt: skip


def _papers(session: Session, world: World, rng: random.Random, case: dict[str, Any], sha256: str) -> None:
    if rng.random() < 0.6:
        _file(session, world, rng, f"{case['id']}-x", case["id"], None, rng.choice(world.people), sha256)
    if rng.random() < 0.3:
        _file(session, world, rng, f"{case['id']}-loose", None, None, rng.choice(world.people), sha256)
    if rng.random() < 0.6:
        key = f"{case['id']}-l"
        world.letters.append({"id": key, "case": case["id"]})
        session.add(
            Letter(
                id=key, case_id=case["id"], kind="notice", number=key, issuer_id=f"bureau-{case['region']}",
                issued_on=date(2025, 9, 1), legal_basis="2016-38", data={}, code=key, created_at=world.now,
                region_path=path_of(world, case["region"]),
            )
        )  # fmt: skip
    due = world.now.date() + timedelta(days=rng.randint(-20, 60))
    world.deadlines.append({"case": case["id"], "due": due})
    session.add(
        Deadline(
            case_id=case["id"], kind="disclosure", trigger="publication", trigger_on=date(2025, 9, 1), period="P1M",
            nominal_on=due, due_on=due,
        )
    )  # fmt: skip
