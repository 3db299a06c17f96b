"""What the audit trail says of a step: the command, each task it opened or took away, the end of the instance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from workflows import engine
from workflows.engine import step as steps
from workflows.models import Instance
from workflows.offers import Offer

Json = Any
Act = tuple[str, str, str, Mapping[str, Json]]

_ACTIONS: Mapping[type[Any], str] = {
    steps.Start: "instance.started",
    steps.Complete: "task.completed",
    steps.Deliver: "instance.message_delivered",
    steps.Signal: "instance.signal_delivered",
    steps.Fire: "timer.fired",
    steps.JobDone: "job.completed",
    steps.JobFailed: "job.failed",
    steps.Change: "instance.variables_changed",
    steps.Suspend: "instance.suspended",
    steps.Resume: "instance.resumed",
    steps.Cancel: "instance.cancelled",
    steps.Return: "task.returned",
    steps.Withdraw: "task.withdrawn",
    steps.Move: "token.moved",
    steps.Skip: "token.skipped",
    steps.AddSigner: "signer.added",
    steps.RemoveSigner: "signer.removed",
    steps.Retry: "job.retried",
    steps.Migrate: "instance.migrated",
}
#: The line of the engine that names the element a command was about; ``element.left`` for the others.
_LINES: Mapping[type[Any], str] = {
    steps.Return: "token.returned",
    steps.Withdraw: "task.withdrawn",
    steps.Move: "token.moved",
    steps.Skip: "token.skipped",
    steps.AddSigner: "signer.added",
    steps.RemoveSigner: "signer.removed",
    steps.Retry: "job.retried",
    steps.Migrate: "instance.migrated",
}


def own_task(command: steps.Command) -> str | None:
    """Give the task that a command was about and that it alone may have closed."""
    if isinstance(command, steps.Complete | steps.Return | steps.Withdraw):
        return command.task
    return command.token if isinstance(command, steps.Skip) else None


def acts(
    definition: engine.Definition,
    instance: Instance,
    step: steps.Step,
    command: steps.Command,
    offers: Mapping[str, Offer],
    payload: Mapping[str, Json],
) -> list[Act]:
    """Give action, kind and id of the subject, and payload of every act of a step; ``payload`` is the command's."""
    return list(_acts(definition, instance, step, command, offers, payload))


def _acts(
    definition: engine.Definition,
    instance: Instance,
    step: steps.Step,
    command: steps.Command,
    offers: Mapping[str, Offer],
    payload: Mapping[str, Json],
) -> Iterator[Act]:
    own = own_task(command)
    closed = {one.id for one in step.closed}
    about = own if own is not None and (own in closed or isinstance(command, steps.Withdraw)) else None
    told = {**_told(definition, instance, step, command), **payload}
    yield _ACTIONS[type(command)], "task" if about else "instance", about or instance.id, told
    for line in step.events:
        if line.kind == "element.migrated":
            moved = {**_element(definition, line.element), "from": line.data["from"], "task": line.data["task"]}
            yield line.kind, "instance", instance.id, moved
    for one in step.opened:
        opened: dict[str, Json] = {"task": one.id, "element": one.element, "process": one.process, "name": one.name}
        offer = offers[one.id]
        opened |= {"name_en": one.labels.get("en", ""), "roles": offer.roles, "for": offer.names}
        yield "task.opened", "task", one.id, {**opened, "due": one.due}
    for gone in step.closed:
        if gone.id != own:
            named = {"task": gone.id, **_element(definition, gone.element), "why": gone.why}
            yield "task.completed" if gone.why == "completed" else "task.cancelled", "task", gone.id, named
    if step.status == "completed":
        yield "instance.completed", "instance", instance.id, {"stage": instance.stage}


def _told(
    definition: engine.Definition, instance: Instance, step: steps.Step, command: steps.Command
) -> dict[str, Json]:
    """Say what the command held, which element it met, and what was decided."""
    told: dict[str, Json] = {"stage": instance.stage, "status": step.status}
    for name in ("timer", "job", "code", "text", "reason"):
        value = getattr(command, name, "")
        if value:
            told[name] = value
    if isinstance(command, steps.Signal):
        told["signal"] = command.name
    if isinstance(command, steps.Change):
        told["variables"] = plain(command.variables)
    decided = [{"element": one.element, **one.data} for one in step.events if one.kind == "decision.evaluated"]
    if decided:
        told["decisions"] = decided
    line = _LINES.get(type(command), "element.left")
    met = next((one for one in step.events if one.kind == line), None)
    if met is None:
        return told
    if line != "element.left":
        told |= {key: value for key, value in met.data.items() if key not in {"task", "calls"}}
        told |= _way(definition, command)
    return {**told, **_element(definition, met.element)}


def _way(definition: engine.Definition, command: steps.Command) -> dict[str, Json]:
    """Name where a command leads."""
    if not isinstance(command, steps.Return | steps.Move):
        return {}
    to = _element(definition, command.element)
    return {"to": command.element, "to_name": to.get("name", ""), "to_name_en": to.get("name_en", "")}


def _element(definition: engine.Definition, element: str) -> dict[str, Json]:
    """Name an element of a definition, in both languages."""
    for process in definition.processes.values():
        info = process.elements.get(element)
        if info is not None:
            name_en = info.labels.get("en", "")
            return {"element": element, "process": process.id, "name": info.name, "name_en": name_en}
    return {"element": element}


def plain(value: Json) -> Json:
    """Give a value as the engine and the store take it: decimals as JSON numbers, days and times as ISO text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value
