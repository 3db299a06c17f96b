"""Drive an instance as the house does: every command starts from bytes, on a definition compiled anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from feel import for_thread
from workflows.engine import Catalog, Definition, advance, compile_definition
from workflows.engine.definition import clear_cache
from workflows.engine.step import (
    Command,
    Complete,
    Deliver,
    Event,
    Fire,
    Job,
    JobDone,
    JobFailed,
    OpenedTask,
    Start,
    Step,
    Subscription,
    Timer,
)

NOW = datetime(2026, 1, 31, 1, 0, tzinfo=UTC)
CATALOG = Catalog(frozenset({"work"}), frozenset({"sheet"}), frozenset({"clerk", "expert"}))
INSTANCE = "11111111-2222-3333-4444-555555555555"


def compiled(files: Mapping[str, bytes] | bytes, root: str = "P", catalog: Catalog = CATALOG) -> Definition:
    """Compile without the cache: another worker's definition."""
    clear_cache()
    return compile_definition({"p.bpmn": files} if isinstance(files, bytes) else files, root, catalog)


class Run:
    """An instance with what is open, kept only from Steps, as the tables keep it."""

    def __init__(
        self, files: Mapping[str, bytes] | bytes, root: str = "P", element: str | None = None, **data: Any
    ) -> None:
        self.files, self.root = files, root
        self.now = NOW
        self.state: bytes | None = None
        self.tasks: dict[str, OpenedTask] = {}
        self.jobs: dict[str, Job] = {}
        self.timers: dict[str, Timer] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.events: list[Event] = []
        self.recompile = True
        self.definition = compiled(files, root)
        self.step = self.send(Start(INSTANCE, data, element))

    def send(self, command: Command) -> Step:
        if self.recompile:
            self.definition = compiled(self.files, self.root)
        step = advance(self.definition, self.state, command, self.now, for_thread())
        self.state, self.step = step.state, step
        for task in step.opened:
            assert task.id not in self.tasks
            self.tasks[task.id] = task
        for closed in step.closed:
            del self.tasks[closed.id]
        for rows, changes in (
            (self.timers, step.timers),
            (self.subscriptions, step.subscriptions),
            (self.jobs, step.jobs),
        ):
            for key in changes.removed:
                del rows[key]  # type: ignore[attr-defined]
            for item in changes.added:
                assert item.id not in rows
                rows[item.id] = item  # type: ignore[index]
        self.events += step.events
        return step

    @property
    def open(self) -> list[str]:
        return sorted(task.element for task in self.tasks.values())

    def task(self, element: str, number: int = 0) -> OpenedTask:
        return [task for task in self.tasks.values() if task.element == element][number]

    def do(self, *elements: str, **answers: Any) -> Run:
        """Complete the oldest open task of each element."""
        for element in elements:
            self.send(Complete(self.task(element).id, answers))
        return self

    def deliver(self, element: str, **payload: Any) -> Step:
        found = next(row for row in self.subscriptions.values() if row.element == element)
        return self.send(Deliver(found.id, payload))

    def timer(self, element: str) -> Timer:
        return next(row for row in self.timers.values() if row.element == element)

    def fire(self, element: str) -> Step:
        """Let the clock reach the timer and fire it."""
        found = self.timer(element)
        self.now = max(self.now, found.due)
        return self.send(Fire(found.id))

    def done(self, element: str, **outputs: Any) -> Step:
        job = next(row for row in self.jobs.values() if row.element == element)
        del self.jobs[job.id]
        return self.send(JobDone(job.id, outputs))

    def failed(self, element: str, code: str) -> Step:
        job = next(row for row in self.jobs.values() if row.element == element)
        del self.jobs[job.id]
        return self.send(JobFailed(job.id, code))

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    @property
    def variables(self) -> Mapping[str, Any]:
        return self.step.variables

    @property
    def status(self) -> str:
        return self.step.status

    def trail(self, kind: str) -> list[str]:
        return [event.element for event in self.events if event.kind == kind]
