"""What the field that runs on us hands in at start-up: one plain value, passed to whoever needs it. Nothing global."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from workflows.errors import OperationFailed
from workflows.jobs import Jobs, Progress
from workflows.models import Task
from workflows.scanner import Scanner
from workflows.settings import Settings
from workflows.store import FileStore
from workflows.trail import Signer

__all__ = ["Application", "BulkJob", "Handler", "OperationFailed", "OperationJob", "Role"]

Json = Any


@dataclass(frozen=True, slots=True)
class Role:
    """A role of the field: ``actions`` is what its holders may do.

    ``sees_region``: they see what lies in their region; ``sees_organisation``: they see what their organisation is a
    party in. ``joins``: an organisation in this role may have nobody in the system yet; what waits for it waits until
    somebody joins, and the field shows it, where otherwise an incident is opened. ``confided``: a party in this role
    reads the confidential records of its case, and so do officers of it who see the region and have an open task there.
    """

    key: str
    zh: str
    en: str
    sees_region: bool = False
    actions: frozenset[str] = frozenset()
    sees_organisation: bool = True
    joins: bool = False
    confided: bool = False


@dataclass(frozen=True, slots=True)
class OperationJob:
    """A service task's work. The instance is locked and every change of the handler commits together with the answer.

    ``variables`` are those of the instance's root scope; ``key`` is the same at every repeat of this job.
    """

    app: Application
    id: str
    instance_id: str
    definition_id: str
    element: str
    operation: str
    inputs: Mapping[str, Json]
    key: str
    variables: Mapping[str, Json]


Handler = Callable[[Session, OperationJob, datetime], Mapping[str, Json]]
"""``handler(session, job, now)`` gives the outputs; may raise OperationFailed. Never commits."""

BulkJob = Callable[[sessionmaker[Session], "Application", Mapping[str, Json], Progress, datetime], Mapping[str, Json]]
"""``bulk(sessions, app, args, progress, now)`` gives the result. Commits piece by piece; a repeat goes on."""

Chore = Callable[[Session, "Application", datetime], None]
"""``chore(session, app, now)`` is done by the worker every minute; where nothing is due it changes nothing."""


def _no_context(_session: Session, _task: Task, _language: str, _now: datetime) -> dict[str, Json]:
    return {}


def _as_stored(_session: Session, _task: Task, stored: Mapping[str, Json]) -> dict[str, Json]:
    return dict(stored)


@dataclass(frozen=True, slots=True)
class Application:
    """The running product, as one value.

    ``form_context(session, task, language, now)`` gives what the forms of a task read (case, deadlines, experts ...);
    ``form_data(session, task, stored)`` what a task's form begins with, given the last answers to the same form;
    ``task_forms[key](session, task, form)`` the form itself, given the one of the definition, for keys that have one.
    """

    settings: Settings
    roles: Mapping[str, Role]
    handlers: Mapping[str, Handler]
    jobs: Jobs
    store: FileStore
    signer: Signer | None = None
    scanner: Scanner | None = None
    form_context: Callable[[Session, Task, str, datetime], dict[str, Json]] = _no_context
    form_data: Callable[[Session, Task, Mapping[str, Json]], dict[str, Json]] = _as_stored
    task_forms: Mapping[str, Callable[[Session, Task, dict[str, Json]], dict[str, Json]]] = field(default_factory=dict)
    bulk: Mapping[str, BulkJob] = field(default_factory=dict)
    chores: tuple[Chore, ...] = ()
