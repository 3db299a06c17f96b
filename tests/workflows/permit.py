"""A small procedure to test the verbs on: a permit, applied for, checked by two offices at once, scored, archived.

``procedure`` calls ``permit``. In ``permit``: apply (enterprise; a form) -> check (competent_bureau) and visit
(county_bureau) at once -> score (each of the persons in ``panel``) -> archive (an operation) -> end. A timer opens
follow_up (province_bureau) 10 days after check was opened. The message ``withdrawal`` ends the procedure; a ``note``
of "break" meets a fault of the diagram.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tests import world
from tests.engine.diagrams import EACH, NAMESPACES, el, ext, flows, timer
from workflows import definitions, instances, tasks
from workflows.access import SYSTEM, Actor, load_actor
from workflows.application import Application, Role
from workflows.models import Definition, Instance, Task
from workflows.settings import Settings


def _task(key: str, role: str, inside: str = "", more: str = "", name: str = "") -> str:
    label = f'<qs:label lang="en" text="{key.title()}"/>'
    return el("userTask", key, ext(f"<qs:assignment {role}/>{label}{inside}") + more, name=name or key)


_PANEL = (
    EACH.format("", "").replace('collection="xs"', "").replace(">xs<", ">panel<").replace('name="x"', 'name="expert"')
)

PERMIT = (
    f"<definitions {NAMESPACES}>"
    '<process id="permit" name="许可">'
    + ext('<qs:label lang="en" text="Permit"/>')
    + '<startEvent id="s"/><endEvent id="e"/><parallelGateway id="split"/><parallelGateway id="join"/>'
    + _task("apply", 'role="enterprise"', '<qs:form key="application"/><qs:deadline due="P5D"/>', name="申请")
    + _task("check", 'role="competent_bureau"', '<qs:form key="check"/>', name="审查")
    + _task("visit", 'role="county_bureau"', name="现场核查")
    + _task(
        "score",
        'person="=expert"',
        '<qs:form key="score_sheet"/><qs:output source="=points" target="sheet"/>',
        _PANEL,
        name="评分",
    )
    + _task("follow_up", 'role="province_bureau"', name="督办")
    + el("serviceTask", "archive", ext('<qs:operation name="permits.archive"/>'))
    + '<exclusiveGateway id="fault"/>'
    + '<exclusiveGateway id="how" default="how_split"/>'
    + el("boundaryEvent", "late", timer("timeDuration", "P10D"), attachedToRef="check", cancelActivity="false")
    + el("endEvent", "followed faulted")
    + flows(
        's>apply apply>how how>split how>fault?note="break" fault>faulted?note="mended" split>check split>visit check>join visit>join '
        "join>score score>archive archive>e late>follow_up follow_up>followed"
    )
    + "</process></definitions>"
).encode()

PROCEDURE = (
    f"<definitions {NAMESPACES}>"
    '<message id="w" name="withdrawal"/>'
    '<process id="procedure" name="许可程序"><startEvent id="s"/><endEvent id="e"/>'
    '<callActivity id="call_permit" calledElement="permit"/>'
    '<subProcess id="stop" triggeredByEvent="true"><startEvent id="ws"><messageEventDefinition messageRef="w"/>'
    "</startEvent>"
    '<endEvent id="we"><terminateEventDefinition/></endEvent>'
    + flows("ws>we")
    + "</subProcess>"
    + flows("s>call_permit call_permit>e")
    + "</process></definitions>"
).encode()

FILES = {"procedure.bpmn": PROCEDURE, "permit.bpmn": PERMIT}


def form(*components: Mapping[str, Any]) -> dict[str, Any]:
    """Make a form definition."""
    return {"type": "default", "id": "f", "schemaVersion": 19, "components": list(components)}


def _field(kind: str, key: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "id": f"field_{key}", "key": key, "label": key, **more}


FORMS = {
    "application": form(
        _field("textfield", "note", validate={"required": True}, properties={"label_en": "Note"}),
        _field("number", "amount", decimalDigits=2),
        _field("attachment", "papers"),
    ),
    "check": form(_field("textfield", "remark")),
    "score_sheet": form(_field("number", "points", validate={"required": True, "max": 100})),
}

ROLES: Mapping[str, Role] = {
    **world.ROLES,
    "administrator": replace(
        world.ROLES["administrator"],
        actions=world.ROLES["administrator"].actions
        | {"definitions.activate", "trail.verify", "instances.stop", "instances.operate", "instances.migrate"},
    ),
}
PARTIES = (("enterprise", "steelworks", None), ("competent_bureau", "lanzhou_bureau", None))


@dataclass(frozen=True)
class Office:
    """The procedure, deployed in a test's world, with a hand for each thing a test does."""

    app: Application
    sessions: sessionmaker[Session]
    now: datetime
    definition_id: str

    @contextmanager
    def acting(self, username: str, at: datetime | None = None) -> Iterator[tuple[Session, Actor]]:
        """Open a transaction as somebody; it commits at the end."""
        with self.sessions.begin() as session:
            yield session, load_actor(session, ROLES, username, at or self.now)

    def open(
        self,
        number: str = "1",
        *,
        parties: Sequence[tuple[str, str | None, str | None]] = PARTIES,
        region: str = "620102",
        panel: Sequence[str] = (),
        actor: str | None = None,
        at: datetime | None = None,
    ) -> str:
        """Start an instance and give its id."""
        with self.sessions.begin() as session:
            instance = instances.start(
                session,
                self.app,
                load_actor(session, ROLES, actor, self.now) if actor else SYSTEM,
                definition=session.get_one(Definition, self.definition_id),
                instance_id=f"00000000-0000-4000-8000-{number.zfill(12)}",
                business_key=f"P-{number}",
                subject="兰州钢铁有限公司",
                region_code=region,
                variables={"panel": list(panel)},
                parties=parties,
                now=at or self.now,
            )
            return instance.id

    def task(self, instance_id: str, element: str, index: int = 0) -> Task:
        """Give an open task of an instance."""
        with self.sessions() as session:
            query = select(Task).where(Task.instance_id == instance_id, Task.element == element, Task.status == "open")
            return session.scalars(query.order_by(Task.opened_at, Task.id)).all()[index]

    def open_elements(self, instance_id: str) -> list[str]:
        """Give the elements at which an instance waits for people."""
        with self.sessions() as session:
            query = select(Task.element).where(Task.instance_id == instance_id, Task.status == "open")
            return sorted(session.scalars(query))

    def instance(self, instance_id: str) -> Instance:
        """Give the instance's row as it is now."""
        with self.sessions() as session:
            return session.get_one(Instance, instance_id)

    def do(
        self,
        username: str,
        task_id: str,
        answers: Mapping[str, Any] | None = None,
        at: datetime | None = None,
        **more: Any,
    ) -> tasks.Completed:
        """Complete a task as somebody."""
        with self.acting(username, at) as (session, actor):
            return tasks.complete(session, self.app, actor, task_id, answers or {}, now=at or self.now, **more)

    def to_check(self, number: str = "1", **more: Any) -> str:
        """Start an instance and bring it to its check."""
        instance_id = self.open(number, **more)
        self.do("chen", self.task(instance_id, "apply").id, {"note": "please"})
        return instance_id


def office(sessions: sessionmaker[Session], settings: Settings, now: datetime, **changes: object) -> Office:
    """Deploy the procedure for everywhere and open the office."""
    forms, files = changes.pop("forms", FORMS), changes.pop("files", FILES)
    values: dict[str, object] = {"roles": ROLES, "handlers": {"permits.archive": lambda _session, _job, _now: {}}}
    app = world.application(settings, **{**values, **changes})
    with sessions.begin() as session:
        definition = definitions.deploy(
            session,
            app,
            SYSTEM,
            family="permits",
            files=files,  # type: ignore[arg-type]
            forms=forms,  # type: ignore[arg-type]
            valid_from=date(2020, 1, 1),
            root="procedure",
            names=("许可", "Permits"),
            now=now - timedelta(days=30),
        )
        definitions.activate(session, SYSTEM, definition.id, now=now - timedelta(days=30))
    return Office(app, sessions, now, definition.id)
