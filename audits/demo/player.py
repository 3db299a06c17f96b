"""Play cases by moving the clock: whoever a task waits for completes it some days later, through the same verbs."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from audits import calendars, cases, commitments, list_approval, lists
from audits.demo.answers import answers_for
from audits.demo.plans import REAUDITS, Plan
from audits.models import AuditList, Case
from workflows import files, tasks, trail, worker
from workflows.access import Actor, load_actor
from workflows.application import Application
from workflows.db import reading, transaction
from workflows.models import Instance, Organisation, Task, TaskCandidate

DAYS: Final[dict[str, tuple[int, int]]] = {
    "notice_receipt": (1, 6),
    "service_record": (2, 6),
    "disclosure": (8, 22),
    "disclosure_check": (2, 8),
    "overdue_follow_up": (2, 10),
    "start_filing": (20, 40),
    "filing_check": (2, 7),
    "audit_preparation": (10, 20),
    "pre_audit_survey": (25, 40),
    "audit_measurement": (30, 50),
    "option_generation": (15, 30),
    "option_feasibility": (15, 30),
    "audit_report": (10, 20),
    "receipt_check": (2, 6),
    "evaluation_application": (3, 10),
    "panel_appointment": (3, 8),
    "evaluation_score_sheet": (1, 5),
    "evaluation_opinion": (2, 6),
    "supplement": (10, 22),
    "supplement_review": (2, 6),
    "option_implementation": (60, 110),
    "continuous_plan": (7, 15),
    "acceptance_application": (3, 10),
    "acceptance_score_sheet": (1, 4),
    "acceptance_opinion": (2, 6),
    "rectification": (15, 40),
    "rectification_check": (2, 6),
    "re_audit_order": (2, 8),
    "park_plan": (10, 20),
    "park_plan_check": (3, 8),
    "self_commitment": (3, 8),
    "commitment_check": (2, 6),
    "spot_check": (5, 15),
    "pre_evaluation_application": (5, 12),
    "pre_evaluation_sheet": (1, 4),
    "pre_evaluation_opinion": (2, 6),
    "short_report": (5, 12),
    "merged_score_sheet": (1, 4),
    "merged_opinion": (2, 6),
}
LATE_DAYS: Final = 60
PDF: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
FILES: Final = (("附件.pdf", PDF),)
_SPREAD: Final = (0.0, 1.0, -1.0, 0.5, -0.5)


@dataclass(order=True)
class Event:
    """Something that happens at a time; ``order`` keeps runs repeatable."""

    at: datetime
    order: int
    act: Callable[[datetime], None] = field(compare=False)


class Uploads:
    """The files to attach, taken in when the first form asks for one: most forms attach nothing."""

    def __init__(self, upload: Callable[[], list[dict[str, Any]]]) -> None:
        self._upload = upload
        self._found: list[dict[str, Any]] | None = None

    def __iter__(self) -> Iterator[dict[str, Any]]:
        if self._found is None:
            self._found = self._upload()
        return iter(self._found)


class Player:
    """Drives a database through simulated time. One process, one thread, no waiting."""

    def __init__(self, sessions: sessionmaker[Session], app: Application, seed: int) -> None:
        self.sessions, self.app = sessions, app
        self.rng = random.Random(seed)  # noqa: S311  nothing secret is drawn
        self.people: dict[str, str] = {}  # principal -> person id
        self.plans: dict[str, Plan] = {}  # entry id -> plan
        self.reaudits = list(REAUDITS)
        self.firms: dict[str, str] = {}  # organisation id -> consultancy id
        self.queue: list[Event] = []
        self.seen: set[str] = set()
        self.evaluations: dict[str, int] = {}
        self.sent_back: set[tuple[str, str]] = set()
        self.completed = 0
        self._order = 0

    def at(self, when: datetime, act: Callable[[datetime], None]) -> None:
        """Plan an act."""
        self._order += 1
        heapq.heappush(self.queue, Event(when, self._order, act))

    def run(self, until: datetime) -> None:
        """Let time pass until a moment: acts, timers and jobs in their order."""
        while True:
            with reading(self.sessions) as session:
                due = worker.next_due(session)
            event = self.queue[0].at if self.queue else None
            moment = min((one for one in (due, event) if one is not None), default=None)
            if moment is None or moment > until:
                return
            if event is not None and event <= moment:
                heapq.heappop(self.queue).act(moment)
            else:
                with transaction(self.sessions) as session:
                    worker.enqueue_due(session, self.app, moment)
            worker.run_pending(self.sessions, self.app, moment)
            self._notice(moment)

    def _notice(self, now: datetime) -> None:
        """Plan what will be done about each task that is open and new."""
        with reading(self.sessions) as session:
            rows = session.execute(
                select(Task.id, Task.instance_id, Task.element, Task.form).where(
                    Task.status == "open", Task.opened_at >= now
                )
            ).all()
            for task_id, instance_id, element, form in rows:
                if task_id in self.seen:
                    continue
                self.seen.add(task_id)
                plan = self._plan(session, instance_id)
                if element not in plan.hold:
                    self.at(self._when(form, plan, now), partial(self._complete, task_id))

    def _plan(self, session: Session, instance_id: str) -> Plan:
        case = session.get_one(Case, instance_id)
        key = case.entry_id if case.parent_id is None else case.id
        if key not in self.plans:
            self.plans[key] = self.reaudits.pop(0) if self.reaudits else Plan()
        return self.plans[key]

    def _when(self, form: str, plan: Plan, now: datetime) -> datetime:
        low, high = DAYS[form]
        days = self.rng.uniform(low, high) * plan.pace + (LATE_DAYS if form in plan.late else 0)
        hours = 1 + self.rng.random() * 8  # office hours in China are 1 to 9 in UTC
        day = (now + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
        return max(day + timedelta(hours=hours), now + timedelta(minutes=5))

    def _complete(self, task_id: str, now: datetime) -> None:
        with transaction(self.sessions) as session:
            task = session.get_one(Task, task_id)
            if task.status != "open" or session.get_one(Instance, task.instance_id).status != "running":
                return
            actor = load_actor(session, self.app.roles, self.person_for(session, task), now)
            plan = self._plan(session, task.instance_id)
            facts = tasks.view(session, self.app, actor, task_id, now=now).context
            facts["today"] = calendars.local_day(now)
            facts["files"] = Uploads(partial(self._upload, session, actor, task, now))
            wanted = self._wanted(session, plan, task, facts)
            answers = answers_for(task.form, facts, self.rng, **wanted)
            opinion = "材料属实，同意。" if task.role.endswith("bureau") else ""
            tasks.complete(session, self.app, actor, task_id, answers, opinion=opinion, now=now)
        self.completed += 1

    def person_for(self, session: Session, task: Task) -> str:
        """Give the person whom a task waits for. Raises LookupError."""
        if task.assignee_id:
            return task.assignee_id
        principals = session.scalars(select(TaskCandidate.principal).where(TaskCandidate.task_id == task.id))
        for principal in sorted(principals, key=lambda text: "consultancy" not in text):
            if principal in self.people:
                return self.people[principal]
        raise LookupError(f"nobody in the demo world may do {task.element} of {task.business_key}")

    def _upload(self, session: Session, actor: Actor, task: Task, now: datetime) -> list[dict[str, Any]]:
        found = []
        for name, content in FILES:
            row = files.upload(
                session, self.app, actor, name=f"{task.name}{name}", content=content, task_id=task.id, now=now
            )
            found.append({"id": row.id, "name": row.name, "size": row.size, "type": row.media_type})
        return found

    def _wanted(self, session: Session, plan: Plan, task: Task, facts: Mapping[str, Any]) -> dict[str, Any]:
        key = (task.instance_id, task.element)
        if task.element in plan.returns and key not in self.sent_back:
            self.sent_back.add(key)
            return {"decision": "supplement" if task.form == "receipt_check" else "return"}
        if task.form in {
            "disclosure_check",
            "filing_check",
            "receipt_check",
            "supplement_review",
            "rectification_check",
        }:
            return {"decision": "accept"}
        if task.form == "start_filing":
            wish = {"commitment_wanted": "yes"} if plan.commitment else {}
            return self._consultancy(session, plan, task, facts) | wish
        if task.form == "panel_appointment":
            return {"experts": self._experts(session, task, facts)}
        if task.form.endswith("score_sheet"):
            return self._score(session, plan, task)
        return {}

    def _consultancy(self, session: Session, plan: Plan, task: Task, facts: Mapping[str, Any]) -> dict[str, Any]:
        if plan.self_audit:
            return {"mode": "self"}
        case = session.get_one(Case, task.instance_id)
        own = self.firms.get(case.region_code[:2])
        return {"mode": "consultancy", "consultancy": own or facts["consultancies"][0]["value"]}

    def _experts(self, session: Session, task: Task, facts: Mapping[str, Any]) -> list[str]:
        return [row["value"] for row in self.rng.sample(facts["experts"], 3)]

    def _score(self, session: Session, plan: Plan, task: Task) -> dict[str, Any]:
        gate = "evaluation" if task.form == "evaluation_score_sheet" else "acceptance"
        rounds = plan.scores if gate == "evaluation" else plan.acceptance
        case = session.get_one(Case, task.instance_id)
        visit = case.round - 1 if gate == "evaluation" else task.visit - 1
        target = rounds[min(max(visit, 0), len(rounds) - 1)]
        index = int(task.item.get("index") or 0)
        score = min(100.0, max(0.0, target + _SPREAD[index % 3]))
        vetoes = list(plan.vetoes) if gate == "acceptance" and index == 0 else []
        return {"score": score, "vetoes": vetoes} if gate == "acceptance" else {"score": score}

    # ---- acts that are not tasks ------------------------------------------------------------------------------

    def publish(self, list_id: str, publisher: str, now: datetime) -> None:
        """Publish a list and open its cases; before that a superior approves it, where the region asks for that."""
        self._approve(list_id, publisher, now)
        with transaction(self.sessions) as session:
            actor = load_actor(session, self.app.roles, publisher, now)
            today = calendars.local_day(now)
            decided = today - timedelta(days=14)
            lists.publish(session, self.app, actor, list_id, published_on=today, decided_on=decided, now=now)

    def _approve(self, list_id: str, publisher: str, now: datetime) -> None:
        with transaction(self.sessions) as session:
            row = session.get_one(AuditList, list_id)
            if row.approver_id is None:
                return
            list_approval.propose(session, load_actor(session, self.app.roles, publisher, now), list_id, now)
            role = session.get_one(Organisation, row.approver_id).staff_role
            superior = load_actor(session, self.app.roles, self.people[f"{role}@org:{row.approver_id}"], now)
            list_approval.decide(session, superior, list_id, decision="approved", reason="", now=now)

    def remove(self, entry_id: str, officer: str, decision: str, now: datetime) -> None:
        """Remove or defer the case of a line."""
        reason = "已停产搬迁，不再具备审核条件" if decision == "removed" else "因市场原因停产，申请暂缓"
        with transaction(self.sessions) as session:
            case = session.scalar(select(Case).where(Case.entry_id == entry_id, Case.parent_id.is_(None)))
            if case is None or case.outcome:
                return
            actor = load_actor(session, self.app.roles, officer, now)
            cases.decide_removal(session, self.app, actor, case.id, decision=decision, reason=reason, now=now)

    def draw_check(self, region: str, officer: str, seed: str, now: datetime) -> None:
        """Draw one accepted commitment of a region for a spot check."""
        with transaction(self.sessions) as session:
            actor = load_actor(session, self.app.roles, officer, now)
            commitments.draw(session, self.app, actor, region_code=region, count=1, seed=seed, now=now)

    def checkpoint(self, now: datetime) -> None:
        """Sign the trail."""
        if self.app.signer is not None:
            with transaction(self.sessions) as session:
                trail.checkpoint(session, self.app.signer, now)
