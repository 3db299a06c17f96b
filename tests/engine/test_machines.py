"""Whatever is done in whatever order: no token is lost or doubled, and the rows are what the state holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from feel import for_thread
from tests.engine.generated import Generator
from tests.engine.run import NOW, Run, compiled
from tests.engine.test_state import fingerprint
from tests.engine.test_walks import rows_of
from workflows.engine import plan, returnable
from workflows.engine.expressions import Context
from workflows.engine.saved import load
from workflows.engine.specs.compensation import Entry, registered
from workflows.engine.step import (
    AddSigner,
    Change,
    Command,
    Complete,
    Deliver,
    Fire,
    JobDone,
    Migrate,
    Move,
    RemoveSigner,
    Resume,
    Retry,
    Return,
    Skip,
    Suspend,
    Withdraw,
)
from workflows.errors import Conflict


def moments(entry: Entry) -> Iterator[int]:
    """Give when an entry was made, and all within it."""
    yield entry["at"]
    for inner in entry["inner"]:
        yield from moments(inner)


class Machine(RuleBasedStateMachine):
    """An instance of a generated diagram under random commands."""

    run: Run

    @initialize(seed=st.integers(0, 10_000))
    def begin(self, seed: int) -> None:
        generator = Generator(seed)
        one, other = generator.diagrams()
        self.handlers = generator.handlers
        self.run = Run(one, xs=[1, 2], v=1, again=False)
        self.run.recompile = False
        self.versions = [self.run.definition, compiled(other)]
        self.prints = [fingerprint(version) for version in self.versions]
        self.done: list[str] = []
        self.completed: Counter[str] = Counter()

    # ---- what is there

    def pick(self, data: st.DataObject, rows: Any) -> Any:
        return data.draw(st.sampled_from(sorted(rows)))

    def send(self, command: Command) -> bool:
        """Send; a Conflict changes nothing."""
        before = self.run.state
        try:
            self.run.send(command)
        except Conflict:
            assert self.run.state == before
            return False
        self.completed.update(closed.element for closed in self.run.step.closed if closed.why == "completed")
        return True

    def has(self, name: str) -> bool:
        return bool(getattr(self.run, name)) and self.run.status == "running"

    # ---- what people do

    @precondition(lambda self: self.has("tasks"))
    @rule(data=st.data(), again=st.booleans())
    def complete(self, data: st.DataObject, again: bool) -> None:
        key = self.pick(data, self.run.tasks)
        assert self.send(Complete(key, {"again": again}))
        self.done.append(key)
        with pytest.raises(Conflict):
            self.run.send(Complete(key, {}))

    @precondition(lambda self: self.has("tasks"))
    @rule(
        data=st.data(),
        others=st.sampled_from(["keep", "redo"]),
        then=st.sampled_from(["follow", "straight"]),
        compensate=st.booleans(),
    )
    def go_back(self, data: st.DataObject, others: Any, then: Any, compensate: bool) -> None:
        key = self.pick(data, self.run.tasks)
        assert self.run.state is not None
        found = {one.element for one in returnable(self.run.definition, self.run.state, key) if one.legal}
        if found:
            sent = self.send(Return(key, self.pick(data, found), others, then, compensate=compensate))
            # straight needs more than the target to be clear, and redo that of the split before it
            assert sent or then == "straight" or others == "redo"
            assert not sent or key not in self.run.tasks

    @precondition(lambda self: self.has("tasks") and self.done)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        self.send(Withdraw(self.pick(data, set(self.done))))

    @precondition(lambda self: self.has("tasks"))
    @rule(data=st.data(), before=st.booleans(), number=st.integers(1, 2))
    def sign(self, data: st.DataObject, before: bool, number: int) -> None:
        self.send(AddSigner(self.pick(data, self.run.tasks), tuple(range(number)), before))

    @precondition(lambda self: self.has("tasks"))
    @rule(data=st.data(), item=st.none() | st.integers(-1, 5))
    def unsign(self, data: st.DataObject, item: int | None) -> None:
        self.send(RemoveSigner(self.pick(data, self.run.tasks), item))

    @precondition(lambda self: self.has("tasks"))
    @rule(data=st.data())
    def skip(self, data: st.DataObject) -> None:
        assert self.send(Skip(self.pick(data, {*self.run.tasks, *self.run.jobs})))

    # ---- what comes from elsewhere

    @precondition(lambda self: self.has("jobs"))
    @rule(data=st.data(), again=st.booleans())
    def job(self, data: st.DataObject, again: bool) -> None:
        key = self.pick(data, self.run.jobs)
        if again:
            assert self.send(Retry(key))
        else:
            del self.run.jobs[key]
            assert self.send(JobDone(key))

    @precondition(lambda self: self.has("timers"))
    @rule(data=st.data())
    def time(self, data: st.DataObject) -> None:
        assert self.send(Fire(self.pick(data, self.run.timers)))

    @precondition(lambda self: self.has("subscriptions"))
    @rule(data=st.data())
    def message(self, data: st.DataObject) -> None:
        assert self.send(Deliver(self.pick(data, self.run.subscriptions), {"v": 1}))

    @rule()
    def stale(self) -> None:
        if self.run.status == "running":
            for command in (Complete("x"), Return("x", "u1"), Withdraw("x"), Skip("x"), Retry("x"), Move(("x",), "u1")):
                assert not self.send(command)
            self.send(Fire("x"))
            self.send(JobDone("x"))
            self.send(Change({"other": 1}))

    @precondition(lambda self: self.run.status == "running")
    @rule()
    def migrate_to_the_other_version_or_back(self) -> None:
        rows, old = rows_of(self.run), self.run.definition
        self.run.definition = next(version for version in self.versions if version is not old)
        if self.send(Migrate(old)):
            assert rows_of(self.run) == rows
        else:
            assert self.run.state is not None
            refused = plan(old, self.run.definition, self.run.state).refusals
            self.run.definition = old
            reasons = {one.reason for one in refused}
            assert reasons <= {"removed", "straight", "scope", "compensation"}
            assert reasons & {"removed", "straight"}  # the errand leads back to what is gone, and the rest is within it

    @precondition(lambda self: self.run.status == "running")
    @rule()
    def suspended_means_that_nothing_advances(self) -> None:
        assert self.send(Suspend())
        rows = rows_of(self.run)
        for key in self.run.tasks:
            assert not self.send(Complete(key))
            assert not self.send(Return(key, "u1"))
            assert not self.send(Skip(key))
        for key in self.run.subscriptions:
            assert not self.send(Deliver(key))
        assert rows_of(self.run) == rows
        assert self.send(Resume())
        assert rows_of(self.run) == rows

    # ---- what always holds

    @invariant()
    def rows_are_the_state(self) -> None:
        run = self.run
        assert rows_of(run) == {
            "tasks": set(run.tasks),
            "timers": set(run.timers),
            "subscriptions": set(run.subscriptions),
            "jobs": set(run.jobs),
        }

    @invariant()
    def no_element_holds_two_tokens(self) -> None:
        assert self.run.state is not None
        instance = load(self.run.definition, self.run.state, Context(for_thread(), NOW, "Asia/Shanghai"))
        for scope in instance.scopes():
            # who is on an errand is a guest there, and the house may be entered meanwhile
            errands = {token.number for token in scope.live.values() if "straight" in token.internal_data}
            found = Counter(
                (
                    token.element.name,
                    token.internal_data.get("index"),
                    token.internal_data.get("flow") if token.element.joins else "",
                )
                for token in scope.live.values()
                if not token.element.name.startswith(("n", " "))
                and "back" not in token.internal_data
                and not errands & {token.number, token.internal_data.get("host"), token.internal_data.get("of")}
            )
            assert not found or max(found.values()) == 1, found

    @invariant()
    def nothing_is_stuck(self) -> None:
        assert not any(event.kind == "instance.stuck" for event in self.run.events)

    @invariant()
    def nothing_is_undone_more_often_than_it_was_done(self) -> None:
        counted = Counter((event.element, event.kind) for event in self.run.events)
        for handler, activity in self.handlers.items():
            undone = counted[handler, "element.entered"] - counted[handler, "element.cancelled"]
            assert undone <= self.completed[activity]

    @invariant()
    def nothing_is_remembered_twice(self) -> None:
        assert self.run.state is not None
        instance = load(self.run.definition, self.run.state, Context(for_thread(), NOW, "Asia/Shanghai"))
        found = [at for scope in instance.scopes() for _, entry in registered(scope) for at in moments(entry)]
        assert len(found) == len(set(found))

    def teardown(self) -> None:
        """Do what is open, until the end comes."""
        if not hasattr(self, "run"):
            return
        for _ in range(400):
            run = self.run
            if run.status == "completed":
                break
            if run.jobs:
                run.send(JobDone(run.jobs.pop(next(iter(run.jobs))).id))
            else:
                run.send(Complete(next(iter(run.tasks)), {"again": False}))
        assert self.run.status == "completed"
        assert [fingerprint(version) for version in self.versions] == self.prints
        sequence = [event.seq for event in self.run.events]
        assert sequence == sorted(set(sequence))


def play(examples: int, steps: int, *, same: bool) -> None:
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=same,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_token_is_lost_or_doubled() -> None:
    play(40, 25, same=True)


@pytest.mark.night
@pytest.mark.timeout(3000)
def test_no_token_is_lost_or_doubled_all_night() -> None:
    play(3000, 60, same=False)
