"""Walk an instance with the real engine: answer its tasks and operations, move its clock, remember its way."""

from __future__ import annotations

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from feel import for_thread
from workflows.engine import Definition, advance, evaluate_decision
from workflows.engine.step import Command, Complete, Deliver, Fire, Job, JobDone, OpenedTask, Start, Step, Subscription

ZONE = ZoneInfo("Asia/Shanghai")
PUBLISHED = "2026-01-31"
STARTED = datetime(2026, 1, 31, 2, 0, tzinfo=UTC)
PANEL = ["sun", "qian", "zhou", "wu", "zheng"]
Answers = Mapping[str, Any]
Script = Mapping[str, list[Answers]]

#: What each form is answered with unless a walk says otherwise.
USUAL: dict[str, Answers] = {
    "disclosure_check": {"decision": "accept"},
    "start_filing": {"audit_mode": "self"},
    "filing_check": {"decision": "accept"},
    "receipt_check": {"decision": "accept"},
    "panel_appointment": {"experts": PANEL},
    "park_plan": {"participants": ["a", "b"]},
    "park_plan_check": {"decision": "accept"},
    "commitment_check": {"decision": "accept"},
    "spot_check": {"commitment_true": "yes", "findings": "属实", "requirements": ""},
    "pre_evaluation_sheet": {"focus_ok": "yes", "goals_ok": "yes", "comments": ""},
    "pre_evaluation_opinion": {"decision": "accept", "opinion": "同意"},
    "evaluation_score_sheet": {"total": 95, "comments": ""},
    "evaluation_opinion": {"opinion": "同意", "required_supplements": []},
    "supplement_review": {"decision": "accept"},
    "acceptance_score_sheet": {"total": 80, "vetoes": [], "comments": ""},
    "merged_score_sheet": {"total": 80, "vetoes": [], "comments": ""},
    "acceptance_opinion": {"opinion": "同意"},
    "merged_opinion": {"opinion": "同意"},
    "rectification_check": {"decision": "accept"},
    "overdue_follow_up": {"action": "call", "note": ""},
}


def case(**changes: Any) -> dict[str, Any]:
    """Give the case of Steelworks in Lanzhou, with changes."""
    usual = {
        "no": "甘清审〔2026〕1号",
        "types": ["SHUANGYOU"],
        "industry": "3120",
        "industry_tags": ["steel"],
        "scale": "large",
        "key_discharger": True,
        "basin": True,
        "region": "620100",
        "round": 1,
        "previous_failures": 0,
        "parent": None,
    }
    return usual | changes


def after(day: date, period: str) -> date:
    """Add P…D, P…M or P…Y to a day; a day the month lacks becomes its last."""
    found = re.fullmatch(r"P(\d+)([DMY])", period)
    assert found is not None, period
    count, unit = int(found[1]), found[2]
    if unit == "D":
        return day + timedelta(days=count)
    month = day.month - 1 + count * (12 if unit == "Y" else 1)
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


class Walk:
    """One instance under way.

    ``script`` answers forms: for each key the answers of the first visit, the second, ...; after them the usual ones.
    """

    def __init__(
        self,
        definition: Definition,
        script: Script | None = None,
        *,
        scores: Iterable[float] = (),
        **changes: Any,
    ) -> None:
        self.definition = definition
        self.script = {key: list(answers) for key, answers in (script or {}).items()}
        self.scores = list(scores)
        self.now = STARTED
        self.state: bytes | None = None
        self.status = "running"
        self.variables: Mapping[str, Any] = {}
        self.tasks: dict[str, OpenedTask] = {}
        self.jobs: dict[str, Job] = {}
        self.timers: dict[str, Any] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.taken: Counter[tuple[str, str]] = Counter()
        self.answered: list[str] = []
        self.roles: dict[str, str] = {}
        self.done: list[tuple[str, Mapping[str, Any]]] = []
        self.deadlines: dict[str, dict[str, str]] = {}
        self.met: set[str] = set()
        self.case = case(**changes)
        start = {"case": self.case, "publication_date": PUBLISHED, "decision_date": "2026-01-20"}
        self.send(Start("11111111-2222-4333-8444-555555555555", start))

    # ---- commands

    def send(self, command: Command) -> Step:
        """Advance by a command and note what it changed."""
        step = advance(self.definition, self.state, command, self.now, for_thread())
        self.state, self.status, self.variables = step.state, step.status, step.variables
        for closed in step.closed:
            self.tasks.pop(closed.id, None)
        self.tasks |= {task.id: task for task in step.opened if task.id not in {one.id for one in step.closed}}
        for store, changes in (
            (self.jobs, step.jobs),
            (self.timers, step.timers),
            (self.subscriptions, step.subscriptions),
        ):
            for key in changes.removed:
                store.pop(key, None)
            store |= {item.id: item for item in changes.added if item.id not in changes.removed}
        self.roles |= {task.element: task.role for task in step.opened}
        for event in step.events:
            if event.kind == "flow.taken":
                self.taken[event.process, event.element] += 1
        return step

    def fire(self, element: str) -> None:
        """Let the clock reach the timer of an element, and do the work that follows at once."""
        timer = next(item for item in self.timers.values() if item.element == element)
        self.now = max(self.now, timer.due)
        self.timers.pop(timer.id)
        self.send(Fire(timer.id))
        self.work()

    def remove(self, decision: str) -> None:
        """Take the enterprise off the list, or defer it."""
        waiting = next(item for item in self.subscriptions.values() if item.name == "list_removal")
        self.send(Deliver(waiting.id, {"decision": decision, "reason": "企业关闭"}))
        self.work()

    def inspect(self) -> None:
        """Be drawn for a spot check."""
        waiting = next(item for item in self.subscriptions.values() if item.name == "spot_check")
        self.send(Deliver(waiting.id, {}))
        self.work()

    def work(self) -> None:
        """Do every job that waits."""
        while self.jobs:
            job = self.jobs.pop(next(iter(self.jobs)))
            self.done.append((job.operation, dict(job.inputs)))
            self.send(JobDone(job.id, self._operate(job)))

    def answer(self, task: OpenedTask) -> None:
        """Complete a task with the walk's answers."""
        key = task.form or ""
        planned = self.script.get(key)
        answers = dict(planned.pop(0) if planned else USUAL.get(key, {}))
        if key in ("evaluation_score_sheet", "merged_score_sheet") and self.scores:
            assert task.assignment["person"] in PANEL
            answers["total"] = self.scores[0]
            if sum(other.form == key for other in self.tasks.values()) == 1:
                self.scores.pop(0)
        self.answered.append(task.element)
        self.send(Complete(task.id, answers))
        self.work()

    def until(self, stop: Callable[[OpenedTask], bool] = lambda _: False) -> Walk:
        """Answer tasks in their order until one fits ``stop``, or the instance has ended."""
        self.work()
        for _ in range(600):
            if self.status != "running":
                return self
            task = next(iter(self.tasks.values()), None)
            if task is None and any(item.name == "spot_check" for item in self.subscriptions.values()):
                return self
            assert task is not None, f"nothing to do: {self.done[-3:]}"
            found = next((item for item in self.tasks.values() if stop(item)), None)
            if found is not None:
                return self
            self.answer(task)
        raise AssertionError("the walk does not end")

    def to(self, element: str) -> Walk:
        """Answer tasks until an element waits."""
        self.until(lambda task: task.element == element)
        assert any(task.element == element for task in self.tasks.values()), f"{element} never came"
        return self

    # ---- what the operations give

    def _operate(self, job: Job) -> Mapping[str, Any]:
        inputs = job.inputs
        match job.operation:
            case "deadlines.compute":
                return {"deadlines": self._compute(inputs)}
            case "deadlines.meet":
                self.met.add(inputs["deadline"])
            case "deadlines.reopen":
                self.met.discard(inputs["deadline"])
            case "deadlines.escalate":
                return {"overdue": inputs["deadline"] not in self.met}
            case "letters.issue":
                return {"letter": {"id": f"letter {len(self.done)}", "number": f"{len(self.done)}号"}}
            case "panels.appoint":
                return {"panel": list(inputs["experts"])}
            case "cases.enter_round":
                self.case = self.case | {"round": self.case["round"] + 1}
                return {"case": self.case}
            case "commitments.accept":
                return {"commitment": {"status": "open", "over_at": "2027-09-01T00:00:00+08:00"}}
            case "commitments.keep":
                return {"commitment": {"status": inputs["status"]}}
            case "commitments.revoke":
                asked = {"case": self.case, "publication_date": PUBLISHED, "commitment_wanted": "no"}
                rule = evaluate_decision(self.definition, "procedure", asked, self.now, for_thread())
                return {"commitment": {"status": "revoked"}, "procedure": rule, "commitment_wanted": "no"}
            case "cases.open_reaudit":
                return {"reaudit": {"case_no": "甘清审〔2027〕1号"}}
        return {}

    def _compute(self, inputs: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        today = self.now.astimezone(ZONE).date()
        days = {"publication": date.fromisoformat(PUBLISHED), "decision": date(2026, 1, 20)}
        for kind in inputs["kinds"]:
            key = (self.variables.get("procedure") or {}).get("key", "standard")
            question = {"kind": kind, "round": self.case["round"], "procedure_key": key}
            rule = evaluate_decision(self.definition, "deadlines", question, self.now, for_thread())
            trigger = inputs.get("trigger") or rule["trigger"]
            assert trigger == rule["trigger"]
            due = after(days.get(trigger, today), rule["period"])
            remind = due - timedelta(days=int(rule["remind_days"]))
            self.deadlines[kind] = {
                "due": due.isoformat(),
                "remind_at": f"{remind.isoformat()}T09:00:00+08:00",
                "overdue_at": f"{(due + timedelta(days=1)).isoformat()}T00:00:00+08:00",
            }
        return dict(self.deadlines)

    # ---- questions

    def operations(self, name: str) -> list[Mapping[str, Any]]:
        """Give the inputs of each call of an operation, in order."""
        return [inputs for operation, inputs in self.done if operation == name]

    def outcomes(self) -> list[str]:
        """Give the outcomes that were recorded."""
        return [inputs["outcome"] for inputs in self.operations("cases.record_outcome")]

    def letters(self) -> list[str]:
        """Give the kinds of letters that were issued."""
        return [inputs["kind"] for inputs in self.operations("letters.issue")]
