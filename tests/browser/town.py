"""A small town with a real server in it: bureaus, three enterprises, a consultancy, experts, and a clock that is moved.

The worker's jobs are run after every request that may have left some, so that the next page shows what they did;
``holding`` lets them wait, to see a page that waits for them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.serving import WSGIRequestHandler, make_server

import migrations
from audits import calendars, enterprises, experts, proofs, reference_data
from audits.application import build_application
from audits.models import Case, Enterprise
from server.app import create_app
from workflows import definitions, people, tasks, trail, worker
from workflows.access import SYSTEM, load_actor
from workflows.credentials import hash_password
from workflows.db import make_engine, make_sessions, reading, transaction
from workflows.jobs import InlineJobs
from workflows.models import Organisation, Person, Task
from workflows.settings import Settings, ensure_folders

PASSWORD: Final = "a-town-of-tests-2025"
FOUNDED: Final = datetime(2025, 3, 3, 1, 30, tzinfo=UTC)  # a Monday, 09:30 in Shanghai
YEARS: Final = 24 * 365 * 9

ORGANISATIONS: Final = (
    # key, kind, name, name in English, region, role of its staff, unified social credit code
    ("gansu", "bureau", "甘肃省生态环境厅", "Gansu Department of Ecology and Environment", "620000", "province_bureau", "620000"),
    ("lanzhou", "bureau", "兰州市生态环境局", "Lanzhou Bureau of Ecology and Environment", "620100", "city_bureau", "620100"),
    ("platform", "institute", "平台管理办公室", "Platform Office", "100000", "inspector", None),
    ("qingyuan", "consultancy", "甘肃清源环境咨询有限公司", "Qingyuan Consulting", "620000", "consultancy", "91620100MA1ABCD03B"),
)  # fmt: skip
STAFF: Final = (
    # user name, name, organisation, role
    ("li", "李明华", "lanzhou", "city_bureau"),
    ("ma", "马建军", "gansu", "province_bureau"),
    ("zhao", "赵文博", "qingyuan", "consultancy"),
    ("admin", "系统管理员", "platform", "administrator"),
    ("auditor", "审计管理员", "gansu", "audit_administrator"),
    ("designer", "流程设计员", "platform", "designer"),
    ("publisher", "流程发布员", "platform", "publisher"),
)
FIRMS: Final = (
    # user name, name of the person, enterprise, unified social credit code, region, industry
    ("chen", "陈志远", "兰州钢铁股份有限公司", "91620102MA1ABCD012", "620102", "3120"),
    ("wang", "王晓梅", "黄河食品有限公司", "91620102MA1ABCD025", "620102", "1411"),
    ("he", "何建军", "金城表面处理有限公司", "91620102MA1ABCD06H", "620102", "3360"),
)
EXPERTS: Final = (
    ("sun", "孙立", "兰州大学", "教授"),
    ("qian", "钱卫东", "甘肃省环境科学设计研究院", "正高级工程师"),
    ("zhou", "周敏", "兰州理工大学", "教授"),
    ("feng", "冯国强", "甘肃省节能监察中心", "高级工程师"),
)


class _Quiet(WSGIRequestHandler):
    """Answers without a line for each request."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open task as a test looks for it."""

    id: str
    name: str
    form: str
    case_id: str
    case_number: str


class Town:
    """The database, the application and the clock behind the pages."""

    def __init__(self, folder: Path) -> None:
        self.now = FOUNDED
        self.settings = Settings(
            database_url=f"sqlite:///{folder / 'town.db'}",
            files_url=str(folder / "files"),
            signing_key_file=str(folder / "keys" / "trail.pem"),
            secret_key="only-for-tests-only-for-tests-only",
            mode="test",
            fast_and_unsafe=True,
            session_idle_minutes=YEARS * 60,  # the clock jumps by weeks, and nobody is to be signed out by that
            session_hours=YEARS,
        )
        ensure_folders(self.settings)
        migrations.upgrade(self.settings)
        self.engine: Engine = make_engine(self.settings)
        self.sessions = make_sessions(self.engine)
        self.app = build_application(self.settings, jobs=InlineJobs())
        self.address = ""
        self._work = threading.Lock()
        self._is_held = False
        with transaction(self.sessions) as session:
            reference_data.load(session, self.now)
            definitions.deploy_shipped(session, self.app, self.now)
            _settle(session, self.now)

    # ---- time and work --------------------------------------------------------------------------------------

    def work(self) -> None:
        """Run every job that waits and every timer that is due."""
        with self._work:
            if not self._is_held:
                self._run(self.now)

    def _run(self, moment: datetime) -> None:
        while True:
            worker.run_pending(self.sessions, self.app, moment)
            with reading(self.sessions) as session:
                due = worker.next_due(session)
            if due is None or due > moment:
                return
            with transaction(self.sessions) as session:
                worker.enqueue_due(session, self.app, moment)

    def pass_days(self, days: int) -> None:
        """Let some days pass, each timer in its turn."""
        target = self.now + timedelta(days=days)
        with self._work:
            while True:
                with reading(self.sessions) as session:
                    due = worker.next_due(session)
                if due is None or due > target:
                    break
                self.now = max(due, self.now)
                self._run(self.now)
            self.now = target
            if self.app.signer is not None:
                with transaction(self.sessions) as session:
                    trail.checkpoint(session, self.app.signer, self.now)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Let jobs wait while the context is open."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
            self.work()

    @property
    def today(self) -> date:
        """Give the day of the clock in Shanghai."""
        return calendars.local_day(self.now)

    # ---- looking behind the pages ---------------------------------------------------------------------------

    def waiting(self, case_id: str, element: str, username: str = "") -> Waiting:
        """Give the open task at an element of a case, of one person where there are several."""
        with reading(self.sessions) as session:
            query = select(Task).where(Task.instance_id == case_id, Task.element == element, Task.status == "open")
            if username:
                query = query.where(Task.assignee_id == self.person(session, username))
            found = session.scalars(query).all()
            if len(found) != 1:
                opened = session.scalars(select(Task.element).where(Task.instance_id == case_id, Task.status == "open"))
                raise AssertionError(f"{len(found)} tasks wait at {element}; open: {sorted(opened)}")
            task = found[0]
            return Waiting(task.id, task.name, task.form, case_id, task.business_key)

    def facts(self, task: Waiting, username: str) -> dict[str, Any]:
        """Give what a task's form reads beside its answers, as its page hands it to a person."""
        with reading(self.sessions) as session:
            actor = load_actor(session, self.app.roles, self.person(session, username), self.now)
            context = tasks.view(session, self.app, actor, task.id, now=self.now).context
        return {**context, "today": self.today}

    def case_id(self, number: str) -> str:
        """Give the id of a case."""
        with reading(self.sessions) as session:
            return session.scalars(select(Case.id).where(Case.number == number)).one()

    def person_id(self, username: str) -> str:
        """Give the id of a person."""
        with reading(self.sessions) as session:
            return self.person(session, username)

    @staticmethod
    def person(session: Session, username: str) -> str:
        """Read the id of a person."""
        return session.scalars(select(Person.id).where(Person.username == username)).one()

    # ---- serving --------------------------------------------------------------------------------------------

    @contextmanager
    def open(self) -> Iterator[Town]:
        """Serve while the context is open."""
        flask = create_app(self.settings, self.app, self.sessions, clock=lambda: self.now)
        flask.wsgi_app = self._working(flask.wsgi_app)  # type: ignore[method-assign]
        server = make_server("127.0.0.1", 0, flask, threaded=True, request_handler=_Quiet)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        self.address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            self.engine.dispose()

    def _working(self, inner: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            given = inner(environ, start)
            if environ["REQUEST_METHOD"] in {"GET", "HEAD"}:
                return given
            body = list(given)
            if hasattr(given, "close"):
                given.close()
            self.work()
            return body

        return answer


def _settle(session: Session, now: datetime) -> None:
    hashed = hash_password(PASSWORD, "")
    organisations: dict[str, Organisation] = {}
    for key, kind, name, name_en, region, role, code in ORGANISATIONS:
        organisations[key] = people.create_organisation(
            session,
            SYSTEM,
            kind=kind,
            name=name,
            name_en=name_en,
            region_code=region,
            staff_role=role,
            code=code,
            now=now,
        )
        if kind == "consultancy":
            firm = organisations[key].id
            proofs.prove_all(session, SYSTEM, firm, document="能力证明", until=date(2035, 12, 31), now=now)

    def add(username: str, name: str, organisation: Organisation, role: str) -> None:
        person = people.create_person(session, SYSTEM, username=username, name=name, now=now)
        person.password_hash = hashed
        people.add_membership(session, SYSTEM, person_id=person.id, organisation_id=organisation.id, role=role, now=now)

    for username, name, key, role in STAFF:
        add(username, name, organisations[key], role)
    for username, name, firm, uscc, region, industry in FIRMS:
        row: Enterprise = enterprises.register(
            session,
            SYSTEM,
            {
                "name": firm,
                "uscc": uscc,
                "region_code": region,
                "industry": industry,
                "production_address": "工业园区1号",
            },
            now=now,
        )
        add(username, name, session.get_one(Organisation, row.id), "enterprise")
    for username, name, employer, title in EXPERTS:
        values = {
            "username": username, "name": name, "employer": employer, "title": title, "region_code": "620000",
            "fields": ["process", "cleaner_production", "environment"], "valid_until": date(now.year + 6, 12, 31),
        }  # fmt: skip
        session.get_one(Person, experts.add(session, SYSTEM, values, now=now).id).password_hash = hashed
