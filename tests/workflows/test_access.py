"""Who sees what: the one filter, against a second judgement written from the rules by hand, row by row."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from tests.workflows.permit import ROLES, Office, office
from tests.world import PEOPLE
from workflows import access, tasks
from workflows.access import SYSTEM, Actor, load_actor, may, require, visible
from workflows.errors import NotAllowed, NotFound
from workflows.models import (
    Attachment,
    Blob,
    Draft,
    Event,
    Incident,
    Instance,
    Membership,
    Organisation,
    Party,
    Person,
    Region,
    Submission,
    Task,
    TaskCandidate,
    Timer,
)
from workflows.settings import Settings

database = pytest.mark.database


@pytest.fixture(name="permits")
def _permits(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> Office:
    return office(sessions, settings, now)


# ---- the actor -------------------------------------------------------------------------------------------------


@database
def test_an_actor_is_a_person_with_the_memberships_in_force(session: Session, now: datetime) -> None:
    since, until = now + timedelta(days=1), now + timedelta(days=2)
    session.add(
        Membership(
            person_id="li",
            organisation_id="gansu_bureau",
            role="province_bureau",
            region_code="620000",
            since=since,
            until=until,
        )
    )
    session.flush()
    seen = [load_actor(session, ROLES, "li", now + timedelta(days=days)).regions for days in (0, 1, 2)]
    assert seen == [("/620000/620100/",), ("/620000/", "/620000/620100/"), ("/620000/620100/",)]


def test_principals_name_the_person_the_organisations_and_the_regions(session: Session, now: datetime) -> None:
    assert load_actor(session, ROLES, "li", now).principals == {
        "person:li",
        "city_bureau@org:lanzhou_bureau",
        "city_bureau@region:620100",
    }


def test_an_unknown_person_is_not_found_and_a_closed_account_not_allowed(session: Session, now: datetime) -> None:
    with pytest.raises(NotFound):
        load_actor(session, ROLES, "nobody", now)
    session.execute(update(Person).where(Person.id == "li").values(active=False))
    with pytest.raises(NotAllowed, match="inactive"):
        load_actor(session, ROLES, "li", now)


def test_an_action_is_permitted_in_the_region_of_the_role_and_below(session: Session, now: datetime) -> None:
    li = load_actor(session, ROLES, "li", now)
    assert may(li, "cases.remove")
    assert may(li, "cases.remove", "/620000/620100/620102/")
    assert not may(li, "cases.remove", "/620000/620200/")
    assert not may(li, "cases.remove", "/620000/")
    assert not may(li, "people.manage")
    with pytest.raises(NotAllowed):
        require(li, "people.manage")
    assert may(SYSTEM, "anything", "/370000/")


# ---- the filter against a judgement by hand --------------------------------------------------------------------


class ByHand:
    """The rules again, as loops over all rows."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.now = now
        self.rows: dict[type[Any], list[Any]] = {
            model: list(session.scalars(select(model)))
            for model in (Attachment, Draft, Event, Incident, Instance, Membership, Party, Region, Submission, Task)
        }
        self.rows[TaskCandidate] = list(session.scalars(select(TaskCandidate)))
        self.instances = {one.id: one for one in self.rows[Instance]}
        self.paths = {region.code: region.path for region in self.rows[Region]}

    def _in_force(self, row: Any) -> bool:
        return bool(row.since <= self.now and (row.until is None or row.until > self.now))

    def _memberships(self, who: str) -> list[Any]:
        return [one for one in self.rows[Membership] if one.person_id == who and self._in_force(one)]

    def _in_region(self, who: str, path: str) -> bool:
        return any(
            ROLES[one.role].sees_region and path.startswith(self.paths[one.region_code])
            for one in self._memberships(who)
        )

    def _is_party(self, who: str, instance_id: str) -> bool:
        firms = {one.organisation_id for one in self._memberships(who)}
        return any(
            one.instance_id == instance_id
            and self._in_force(one)
            and (one.organisation_id in firms or one.person_id == who)
            for one in self.rows[Party]
        )

    def _is_confided(self, who: str, instance_id: str) -> bool:
        """The enterprise and the bureau of the case; an officer above or below while a task waits for them there."""
        firms = {one.organisation_id for one in self._memberships(who)}
        if any(
            one.instance_id == instance_id
            and one.role in {"enterprise", "competent_bureau"}
            and self._in_force(one)
            and (one.organisation_id in firms or one.person_id == who)
            for one in self.rows[Party]
        ):
            return True
        officer = any(
            one.role.endswith("_bureau")
            and ROLES[one.role].sees_region
            and self.instances[instance_id].region_path.startswith(self.paths[one.region_code])
            for one in self._memberships(who)
        )
        return officer and any(
            one.instance_id == instance_id and one.status == "open" and self._is_offered(who, one)
            for one in self.rows[Task]
        )

    def instance(self, who: str, row: Any) -> bool:
        return self._in_region(who, row.region_path) or self._is_party(who, row.id)

    def _is_offered(self, who: str, row: Any) -> bool:
        own = {f"person:{who}"}
        for one in self._memberships(who):
            own |= {f"{one.role}@org:{one.organisation_id}", f"{one.role}@region:{one.region_code}"}
        return any(one.task_id == row.id and one.principal in own for one in self.rows[TaskCandidate])

    def task(self, who: str, row: Any) -> bool:
        return self._is_offered(who, row) or row.closed_by == who or self.instance(who, self.instances[row.instance_id])

    def _recorded(self, who: str, kind: str, instance_id: str, author: str | None, made: datetime) -> bool:
        instance = self.instances[instance_id]
        if author == who:
            return True
        if kind == "restricted":
            return self._is_party(who, instance_id)
        if kind == "office":
            return self._in_region(who, instance.region_path)
        if kind == "confidential":
            return self._is_confided(who, instance_id)
        if kind == "score":
            seats = [
                one
                for one in self.rows[Party]
                if one.instance_id == instance_id and one.person_id == author and one.since <= made
            ]
            left = [one.until for one in seats if one.until is not None and one.until <= self.now]
            closed = len(left) == len(seats) and any(until >= made for until in left)
            return closed and self._in_region(who, instance.region_path)
        return self.instance(who, instance)

    def submission(self, who: str, row: Any) -> bool:
        return self._recorded(who, row.record_class, row.instance_id, row.submitted_by, row.submitted_at)

    def attachment(self, who: str, row: Any) -> bool:
        if row.removed_at is not None:
            return False
        if row.uploaded_by == who:
            return True
        submitted = {one.task_id: one.record_class for one in self.rows[Submission]}
        if row.instance_id is None or (row.task_id is not None and row.task_id not in submitted):
            return False
        kinds = {row.record_class, submitted.get(row.task_id, row.record_class)}
        return all(self._recorded(who, kind, row.instance_id, row.uploaded_by, row.uploaded_at) for kind in kinds)

    def event(self, who: str, row: Any) -> bool:
        if row.actor_id == who or row.chain in {f"org:{one.organisation_id}" for one in self._memberships(who)}:
            return True
        if row.chain in self.instances:
            return self.instance(who, self.instances[row.chain])
        return any("trail.verify" in ROLES[one.role].actions for one in self._memberships(who))

    def incident(self, who: str, row: Any) -> bool:
        if not any("incidents.manage" in ROLES[one.role].actions for one in self._memberships(who)):
            return False
        return row.instance_id is None or self._in_region(who, self.instances[row.instance_id].region_path)

    def draft(self, who: str, row: Any) -> bool:
        return bool(row.person_id == who)


def _random_world(permits: Office, rng: random.Random, now: datetime) -> None:
    """Fill the world with cases in several regions and stages, dated parties, records of every class, memberships."""
    firms = ["steelworks", "bakery", "jinan_paper"]
    regions = ["620102", "620104", "620200", "370102", "620100"]
    for number in range(10):
        firm, region = rng.choice(firms), rng.choice(regions)
        bureau = rng.choice(["lanzhou_bureau", "gansu_bureau", "jinan_bureau"])
        case = permits.open(
            str(number + 1), parties=[("enterprise", firm, None), ("competent_bureau", bureau, None)], region=region
        )
        if rng.random() < 0.7:
            who = {"steelworks": "chen", "bakery": "wang"}.get(firm)
            if who:
                permits.do(who, permits.task(case, "apply").id, {"note": "x"})
    with permits.sessions.begin() as session:
        days = (None, now - timedelta(hours=30), now - timedelta(days=1), now, now + timedelta(days=1))
        cases = list(session.scalars(select(Instance)))
        for case_row in cases:
            for _ in range(5):
                person = rng.choice([None, "sun", "qian", "zhou"])
                firm = None if person else rng.choice(["consultancy", "other_consultancy", "bakery"])  # type: ignore[assignment]
                session.add(
                    Party(
                        instance_id=case_row.id,
                        role="expert" if person else "consultancy",
                        organisation_id=firm,
                        person_id=person,
                        since=now - timedelta(days=rng.choice([2, 0, -1])),
                        until=rng.choice(days),
                    )
                )
        for task in list(session.scalars(select(Task).where(Task.status == "open"))):
            if rng.random() < 0.5:
                author = rng.choice(["sun", "qian", "zhao", "li"])
                kind = rng.choice(["internal", "score", "restricted", "confidential", "office"])
                task.status, task.closed_by, task.closed_at = "completed", author, now
                session.flush()
                session.add(
                    Submission(
                        task_id=task.id,
                        instance_id=task.instance_id,
                        element=task.element,
                        form="",
                        answers={},
                        record_class=kind,
                        shown={},
                        submitted_at=now - timedelta(hours=rng.choice([36, 12, 0])),
                        submitted_by=author,
                    )
                )
        _random_files(session, rng, now)
        for number, who in enumerate(rng.sample(sorted(PEOPLE), 6)):
            session.add(
                Membership(
                    id=f"extra-{number}",
                    person_id=who,
                    organisation_id=rng.choice(["bakery", "gansu_bureau", "consultancy"]),
                    role=rng.choice(sorted(ROLES)),
                    region_code=rng.choice([*regions, "620000"]),
                    since=now - timedelta(days=rng.choice([1, 0, -1])),
                    until=rng.choice(days),
                )
            )
        for instance in (None, *rng.sample(cases, 4)):
            session.add(
                Incident(
                    instance_id=instance.id if instance else None, kind="job", message="x", detail={}, opened_at=now
                )
            )


def _random_files(session: Session, rng: random.Random, now: datetime) -> None:
    session.add(Blob(sha256="0" * 64, size=1, media_type="text/plain", stored_at=now))
    session.flush()
    tasks_ = list(session.scalars(select(Task)))
    for number in range(40):
        task = rng.choice(tasks_)
        session.add(
            Attachment(
                id=f"file-{number}",
                sha256="0" * 64,
                name="x",
                size=1,
                media_type="text/plain",
                uploaded_at=now - timedelta(hours=rng.choice([36, 12, 0])),
                uploaded_by=rng.choice([None, "chen", "sun", "li"]),
                instance_id=rng.choice([None, task.instance_id, task.instance_id]),
                task_id=rng.choice([None, task.id]),
                record_class=rng.choice(["internal", "score", "restricted", "confidential", "office"]),
                removed_at=rng.choice([None, None, now]),
            )
        )


@database
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_filter_agrees_with_a_judgement_by_hand_on_random_worlds(permits: Office, now: datetime, seed: int) -> None:
    rng = random.Random(seed)
    _random_world(permits, rng, now)
    with permits.sessions() as session:
        hand = ByHand(session, now)
        judges = {
            Instance: hand.instance,
            Task: hand.task,
            Submission: hand.submission,
            Attachment: hand.attachment,
            Event: hand.event,
            Incident: hand.incident,
            Draft: hand.draft,
        }
        seen = 0
        for who in PEOPLE:
            actor = load_actor(session, ROLES, who, now)
            for model, judge in judges.items():
                given = {_key(row) for row in session.scalars(select(model).where(visible(actor, model)))}
                right = {_key(row) for row in hand.rows[model] if judge(who, row)}
                assert given == right, (who, model.__name__, given ^ right)
                seen += len(given)
        assert seen > 500


def _key(row: Any) -> Any:
    return (row.task_id, row.person_id) if isinstance(row, Draft) else getattr(row, "id", None) or row.task_id


def test_the_system_sees_everything_and_a_table_without_a_rule_is_a_mistake(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    with permits.sessions() as session:
        assert len(session.scalars(select(Task).where(visible(SYSTEM, Task))).all()) == 3
        li = load_actor(session, ROLES, "li", now)
        assert session.scalars(select(Timer).where(visible(li, Timer))).one().instance_id == case
        with pytest.raises(KeyError):
            visible(li, Region)


@database
def test_organisations_are_seen_in_ones_region_and_in_ones_cases(permits: Office, now: datetime) -> None:
    permits.open()
    expected = {
        "chen": {"steelworks", "lanzhou_bureau"},
        "wang": {"bakery"},
        "he": {"chengguan_bureau", "steelworks", "bakery", "lanzhou_bureau"},
    }
    for who, names in expected.items():
        with permits.acting(who) as (session, actor):
            found = session.scalars(select(Organisation.id).where(visible(actor, Organisation)))
            assert set(found) == names


def test_a_fetcher_tells_the_invisible_from_the_forbidden(permits: Office, now: datetime) -> None:
    case = permits.open()
    task = permits.task(case, "apply")
    with permits.acting("wang") as (session, actor):
        for fetch in (lambda: access.instance(session, actor, case), lambda: access.task(session, actor, task.id)):
            with pytest.raises(NotFound):
                fetch()
    with permits.acting("li") as (session, actor):
        assert access.instance(session, actor, case).id == case
        with pytest.raises(NotAllowed):
            tasks.claim(session, actor, task.id, now=now)


def test_who_belongs_to_nothing_sees_nothing(permits: Office, now: datetime) -> None:
    permits.to_check()
    nobody = Actor(person_id="nobody", name="", username="", at=now)
    with permits.sessions() as session:
        for model in (Instance, Task, Submission, Attachment, Event, Incident, Organisation, Draft, Party, Timer):
            assert session.scalars(select(model).where(visible(nobody, model))).all() == []


@pytest.mark.parametrize(
    ("since", "until", "open_to_the_bureau"),
    [(-2, -1, True), (-2, None, False), (-2, 1, False), (-4, -3.5, False), (1, None, False), (None, None, False)],
)
def test_a_score_opens_when_the_seat_it_was_given_from_has_ended(
    permits: Office, now: datetime, since: float | None, until: float | None, open_to_the_bureau: bool
) -> None:
    case = permits.open()
    with permits.sessions.begin() as session:
        task = session.scalars(select(Task)).one()
        task.status, task.closed_by = "completed", "sun"
        session.add(
            Submission(
                task_id=task.id,
                instance_id=case,
                element="score",
                form="",
                answers={},
                record_class="score",
                shown={},
                submitted_at=now - timedelta(days=1.5),
                submitted_by="sun",
            )
        )
        if since is not None:
            ending = None if until is None else now + timedelta(days=until)
            session.add(
                Party(instance_id=case, role="expert", person_id="sun", since=now + timedelta(days=since), until=ending)
            )
    for who, sees in (("sun", True), ("li", open_to_the_bureau), ("chen", False), ("gao", False)):
        with permits.acting(who) as (session, actor):
            found = session.scalars(select(Submission).where(visible(actor, Submission))).all()
            assert bool(found) is sees, who
