"""What operators and officers do to a running instance, and who signs besides; after each step rows and state agree."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from tests.workflows.permit import Office, office
from tests.workflows.test_upgrades import RENAMED, examined
from workflows import consistency, interventions, outlooks, returns, runtime, signers, tasks, upgrades, worker
from workflows.access import SYSTEM
from workflows.engine.step import Fire
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Event, FinishedJob, Incident, Task, Timer
from workflows.settings import Settings

database = pytest.mark.database


@pytest.fixture(name="permits")
def _permits(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> Office:
    return office(sessions, settings, now)


def consistent(permits: Office, case: str) -> None:
    with permits.sessions.begin() as session:
        assert consistency.differences(session, permits.app, runtime.lock(session, case)) == []


def operate(permits: Office, verb: Callable[..., Any], case: str, *args: Any, who: str = "admin", **more: Any) -> Any:
    with permits.acting(who) as (session, actor):
        return verb(session, permits.app, actor, case, *args, now=permits.now, **more)


def allow(permits: Office, case: str, **actions: str) -> None:
    with permits.sessions.begin() as session:
        for task in session.scalars(select(Task).where(Task.instance_id == case, Task.status == "open")):
            task.actions = {**task.actions, **actions}


def to_scores(permits: Office, *panel: str, number: str = "1") -> str:
    case = permits.to_check(number, panel=panel)
    permits.do("li", permits.task(case, "check").id)
    permits.do("he", permits.task(case, "visit").id)
    return case


def said(permits: Office, case: str) -> list[str]:
    with permits.sessions() as session:
        return list(session.scalars(select(Event.action).where(Event.chain == case).order_by(Event.seq)))


# ---- operators -------------------------------------------------------------------------------------------------


@database
def test_an_operator_moves_what_waits_to_another_element(permits: Office) -> None:
    case = permits.to_check(panel=["sun"])
    check, visit = permits.task(case, "check"), permits.task(case, "visit")
    operate(permits, interventions.move, case, [check.id, visit.id], "apply", "the wrong enterprise")
    assert permits.open_elements(case) == ["apply"]
    consistent(permits, case)
    assert said(permits, case)[-4:] == ["token.moved", "task.opened", "task.cancelled", "task.cancelled"]
    with pytest.raises(Conflict, match="task_closed"):
        permits.do("li", check.id)
    with pytest.raises(Conflict, match="not_waiting"):
        operate(permits, interventions.move, case, [check.id], "apply", "again")
    for element in ("join", "s", "nowhere"):
        with pytest.raises(Conflict, match="not_movable"):
            operate(permits, interventions.move, case, [permits.task(case, "apply").id], element, "x")


@database
def test_an_operator_skips_what_waits(permits: Office) -> None:
    case = permits.to_check()
    check = permits.task(case, "check")
    operate(permits, interventions.skip, case, check.id, "nobody is left to do it")
    with permits.sessions() as session:
        row = session.get_one(Task, check.id)
        assert (row.status, row.closed_by, row.opinion) == ("skipped", "admin", "nobody is left to do it")
    assert permits.open_elements(case) == ["visit"]
    consistent(permits, case)
    assert said(permits, case)[-1] == "token.skipped"


def test_what_waits_is_listed_with_where_it_can_go(permits: Office) -> None:
    case = permits.to_check()
    with permits.acting("admin") as (session, actor):
        found = {one.element: one for one in interventions.waiting(session, permits.app, actor, case)}
    assert set(found) == {"check", "visit"}
    assert (found["check"].kind, found["check"].name) == ("task", "审查")
    to = {place.element for place in found["check"].places}
    assert {"apply", "check", "visit", "score", "archive", "call_permit"} <= to
    assert not {"s", "join", "split", "late", "stop"} & to
    with permits.acting("li") as (session, actor), pytest.raises(NotAllowed):
        interventions.waiting(session, permits.app, actor, case)
    with permits.acting("wang") as (session, actor), pytest.raises(NotFound):
        interventions.waiting(session, permits.app, actor, case)


def test_interventions_need_a_reason_the_right_and_the_region(permits: Office) -> None:
    case = permits.to_check()
    check = permits.task(case, "check").id
    elsewhere = permits.open("2", region="370102")
    calls: tuple[tuple[Callable[..., Any], tuple[Any, ...]], ...] = (
        (interventions.move, ([check], "apply", "r")),
        (interventions.skip, (check, "r")),
        (interventions.suspend, ("r",)),
        (interventions.cancel, ("r",)),
    )
    for verb, args in calls:
        for who, where, refusal in (("li", case, NotAllowed), ("wang", case, NotFound), ("admin", elsewhere, NotFound)):
            with pytest.raises(refusal):
                operate(permits, verb, where, *args, who=who)
        with pytest.raises(Invalid):
            operate(permits, verb, case, *args[:-1], "  ")
    assert permits.open_elements(case) == ["check", "visit"]


@database
def test_a_failed_job_is_asked_for_again_with_its_inputs_as_they_are_now(
    sessions: sessionmaker[Session], settings: Settings, now: datetime
) -> None:
    broken, calls = [True], []

    def archive(_session: Session, job: Any, _now: datetime) -> dict[str, Any]:
        calls.append(job.key)
        if broken[0]:
            raise RuntimeError("the archive is closed")
        return {}

    permits = office(sessions, settings, now, handlers={"permits.archive": archive})
    case = to_scores(permits)
    for _ in range(5):
        worker.run_pending(sessions, permits.app, now)
    with permits.acting("admin") as (session, actor):
        (waiting,) = interventions.waiting(session, permits.app, actor, case)
        assert (waiting.kind, waiting.element) == ("job", "archive")
        assert session.scalar(select(func.count()).select_from(Incident).where(Incident.resolved_at.is_(None))) == 1
    for _ in range(2):
        operate(permits, interventions.retry, case, waiting.id, "the archive is open again")
    broken[0] = False
    tried = len(calls)
    worker.run_pending(sessions, permits.app, now)
    assert calls[tried:] == [f"job:{waiting.id}:2"]
    assert permits.instance(case).status == "completed"
    with permits.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Incident).where(Incident.resolved_at.is_(None))) == 0
        keys = session.scalars(select(FinishedJob.key).order_by(FinishedJob.key)).all()
        assert keys == [f"job:{waiting.id}", f"job:{waiting.id}:1", f"job:{waiting.id}:2"]


# ---- signers ---------------------------------------------------------------------------------------------------


@database
def test_a_colleague_is_asked_to_sign_too_and_taken_off_until_they_begin(permits: Office, now: datetime) -> None:
    case = to_scores(permits, "sun")
    mine = permits.task(case, "score")
    with pytest.raises(NotAllowed, match="no_signers_here"):
        operate(permits, signers.add, mine.id, ["qian"], who="sun", reason="a second pair of eyes")
    allow(permits, case, signers="yes")
    with permits.acting("sun") as (session, actor):
        assert {one.id for one in signers.signing(session, actor, mine.id).colleagues} == {"qian", "zhou"}
    with pytest.raises(NotAllowed, match="not_a_colleague"):
        operate(permits, signers.add, mine.id, ["chen"], who="sun", reason="x")
    with pytest.raises(Invalid):
        operate(permits, signers.add, mine.id, [], who="sun", reason="x")
    operate(permits, signers.add, mine.id, ["qian", "zhou"], who="sun", reason="a second pair of eyes")
    allow(permits, case, signers="yes")
    consistent(permits, case)
    with pytest.raises(Conflict, match="signs_already"):
        operate(permits, signers.add, mine.id, ["qian"], who="sun", reason="x")
    with permits.acting("sun") as (session, actor):
        others = {one.person_id: one for one in signers.signing(session, actor, mine.id).signers}
    assert {key: one.removable for key, one in others.items()} == {"qian": True, "zhou": True}
    with permits.acting("zhou") as (session, actor):
        tasks.save_draft(session, actor, others["zhou"].task_id, {"points": 1}, "", None, now)
    with pytest.raises(Conflict, match="signer_has_begun"):
        operate(permits, signers.remove, mine.id, others["zhou"].task_id, who="sun", reason="x")
    with pytest.raises(Invalid):
        operate(permits, signers.remove, mine.id, "no such task", who="sun", reason="x")
    operate(permits, signers.remove, mine.id, others["qian"].task_id, who="sun", reason="not needed")
    consistent(permits, case)
    assert permits.open_elements(case) == ["score", "score"]
    with pytest.raises(Conflict, match="task_closed"):
        permits.do("qian", others["qian"].task_id, {"points": 5})
    assert {"signer.added", "signer.removed"} <= set(said(permits, case))


def test_a_task_waits_until_those_put_before_it_have_signed_and_cannot_be_closed_over_them(permits: Office) -> None:
    case = to_scores(permits, "sun")
    mine = permits.task(case, "score")
    allow(permits, case, signers="yes")
    with permits.acting("sun") as (session, actor):
        tasks.save_draft(session, actor, mine.id, {"points": 7}, "", None, permits.now)
    operate(permits, signers.add, mine.id, ["qian"], who="sun", reason="first", before=True)
    with pytest.raises(Conflict, match="task_closed"):
        permits.do("sun", mine.id, {"points": 7})
    (theirs,) = [permits.task(case, "score")]
    assert theirs.assignee_id == "qian"
    permits.do("qian", theirs.id, {"points": 8})
    again = permits.task(case, "score")
    assert (again.assignee_id, again.id == mine.id) == ("sun", False)
    with permits.acting("sun") as (session, actor):
        view = tasks.view(session, permits.app, actor, again.id, now=permits.now)
        assert view.data == {"points": 7}
    permits.do("sun", again.id, {"points": 9})
    worker.run_pending(permits.sessions, permits.app, permits.now)
    assert permits.instance(case).status == "completed"


# ---- the checker -----------------------------------------------------------------------------------------------


def test_the_checker_finds_what_only_one_side_knows(permits: Office) -> None:
    case = permits.to_check()
    check = permits.task(case, "check")
    with permits.sessions.begin() as session:
        session.execute(update(Task).where(Task.id == check.id).values(status="cancelled"))
        session.execute(update(Timer).values(due_at=permits.now))
    with permits.sessions() as session:
        found = {(one.kind, one.id, bool(one.in_rows)) for one in consistency.check(session, permits.app)}
        timer = session.scalars(select(Timer.id)).one()
    assert found == {("task", check.id, False), ("timer", timer, True)}


@dataclass
class Walk:
    """A walk of random commands by everybody on one instance."""

    permits: Office
    case: str
    other: str
    rng: random.Random
    now: datetime

    def step(self) -> None:
        self.now += timedelta(hours=self.rng.randint(1, 30))
        commands = (self.complete,) * 4 + (
            self.go_back,
            self.go_back,
            self.take_back,
            self.move,
            self.skip,
            self.claim,
            self.type,
            self.stop,
            self.sign,
            self.fire,
            self.upgrade,
            self.work,
            self.worker,
        )
        try:
            self.rng.choice(commands)()
        except (Conflict, NotAllowed):
            return

    def _some(self, status: str = "open") -> tuple[Task, str] | None:
        with self.permits.sessions() as session:
            found = session.scalars(
                select(Task).where(Task.instance_id == self.case, Task.status == status).order_by(Task.id)
            ).all()
        if not found:
            return None
        task = self.rng.choice(found)
        people = {"apply": "chen", "check": "li", "examine": "li", "visit": "he", "follow_up": "ma"}
        return task, people.get(task.element, str(task.item.get("value", "admin")))

    def _as(self, who: str, verb: Callable[..., Any], *args: Any, **more: Any) -> Any:
        with self.permits.acting(who, self.now) as (session, actor):
            return verb(session, self.permits.app, actor, *args, now=self.now, **more)

    def complete(self) -> None:
        if found := self._some():
            answers: Mapping[str, Any] = {"apply": {"note": "x"}, "score": {"points": 5}}.get(found[0].element, {})
            self._as(found[1], tasks.complete, found[0].id, answers)

    def go_back(self) -> None:
        if found := self._some():
            allow(self.permits, self.case, **{"return": "yes"})
            with self.permits.acting(found[1], self.now) as (session, actor):
                offered = returns.targets(session, self.permits.app, actor, found[0].id)
            legal = [one.element for one in offered if one.legal]
            if not legal:
                return
            ways = {
                "others": self.rng.choice(["keep", "redo"]),
                "then": self.rng.choice(["follow", "follow", "straight"]),
                "timers": self.rng.choice(["resume", "afresh"]),
            }
            self._as(found[1], returns.return_, found[0].id, self.rng.choice(legal), reason="r", **ways)

    def take_back(self) -> None:
        if found := self._some("completed"):
            self._as(found[1], returns.withdraw, found[0].id)

    def _token(self) -> Any:
        with self.permits.acting("admin", self.now) as (session, actor):
            found = interventions.waiting(session, self.permits.app, actor, self.case)
        return self.rng.choice(found) if found else None

    def move(self) -> None:
        if token := self._token():
            place = self.rng.choice(token.places)
            self._as("admin", interventions.move, self.case, [token.id], place.element, "r")

    def skip(self) -> None:
        if token := self._token():
            self._as("admin", interventions.skip, self.case, token.id, "r")

    def claim(self) -> None:
        if found := self._some():
            with self.permits.acting(found[1], self.now) as (session, actor):
                tasks.claim(session, actor, found[0].id, now=self.now)

    def type(self) -> None:
        if found := self._some():
            with self.permits.acting(found[1], self.now) as (session, actor):
                tasks.save_draft(session, actor, found[0].id, {"note": "typed"}, "", None, self.now)

    def stop(self) -> None:
        self._as("admin", interventions.suspend, self.case, "r")
        self.fire()
        self._as("admin", interventions.resume, self.case)

    def sign(self) -> None:
        found = self._some()
        if found and found[0].element == "score":
            allow(self.permits, self.case, signers="yes")
            with self.permits.acting(found[1], self.now) as (session, actor):
                beside = signers.signing(session, actor, found[0].id)
            if beside.colleagues and self.rng.random() < 0.5:
                who = self.rng.choice(beside.colleagues).id
                self._as(found[1], signers.add, found[0].id, [who], reason="r", before=self.rng.random() < 0.5)
            elif beside.signers:
                other = self.rng.choice(beside.signers)
                self._as(found[1], signers.remove, found[0].id, other.task_id, reason="r")

    def upgrade(self) -> None:
        """Bring the instance under the other version, where the check is an examination, or back."""
        here = self.permits.instance(self.case).definition_id
        there, mapping = self.other, RENAMED
        if here == self.other:
            there, mapping = self.permits.definition_id, {new: old for old, new in RENAMED.items()}
        self._as("admin", upgrades.migrate, self.case, outlooks.Wish(here, there, mapping), "a plan", "r")

    def fire(self) -> None:
        with self.permits.sessions.begin() as session:
            worker.enqueue_due(session, self.permits.app, self.now)
        worker.run_pending(self.permits.sessions, self.permits.app, self.now)

    def work(self) -> None:
        """Fire a timer that is gone, or not there: it must do nothing."""
        with self.permits.sessions.begin() as session:
            gone = session.scalars(
                select(Timer.id).where(Timer.instance_id == self.case, Timer.status != "armed").limit(1)
            ).first()
            instance = runtime.lock(session, self.case)
            if gone is not None and instance.status == "running":
                runtime.advance(session, self.permits.app, instance, Fire(gone), SYSTEM, self.now)

    def worker(self) -> None:
        worker.run_pending(self.permits.sessions, self.permits.app, self.now)


def walk(permits: Office, seed: int, length: int) -> None:
    rng = random.Random(seed)
    panel = rng.sample(["sun", "qian", "zhou"], rng.randint(1, 3))
    case = permits.open(str(seed + 1), panel=panel)
    one = Walk(permits, case, examined(permits), rng, permits.now)
    for _ in range(length):
        one.step()
        consistent(permits, case)
        if permits.instance(case).status == "completed":
            return
    with permits.sessions() as session:
        open_ = session.scalars(select(Task).where(Task.instance_id == case, Task.status == "open")).all()
        assert all(task.closed_at is None and task.closed_by is None for task in open_)


@pytest.mark.parametrize("seed", range(6))
def test_rows_and_state_agree_after_any_commands(permits: Office, seed: int) -> None:
    walk(permits, seed, 40)


@pytest.mark.night
@pytest.mark.parametrize("seed", range(6, 200))
def test_rows_and_state_agree_after_many_commands(permits: Office, seed: int) -> None:
    walk(permits, seed, 120)
