"""Code of any language, put wherever an expression may stand, is refused or ends with a located error; it never runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from feel import for_thread
from tests.engine.escapes import MARK, PLACES, TEXTS
from tests.engine.run import CATALOG, INSTANCE, NOW
from workflows.engine import advance, compile_definition
from workflows.engine.step import Complete, Fire, JobDone, Start, Step
from workflows.errors import EngineError, Refused

ALSO_FEEL = {
    "__builtins__",
    "task.workflow.script_engine.environment",
    "import os",
    "a != 1 or 1",
    "globalThis.x = 1",
    "process.exit(1)",
    "Object.prototype.polluted = 1",
    "Reflect.ownKeys(this)",
    'get value({}, "constructor")("return 1")',
}
"""Names of no variable, comparisons and calls of nothing: they are FEEL too, and give null or a truth value."""


def test_there_are_at_least_sixty_texts_and_each_is_told_apart() -> None:
    assert len(set(TEXTS)) == len(TEXTS) >= 60


@pytest.mark.parametrize("place", PLACES)
def test_no_text_escapes(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(MARK, raising=False)
    places = {text: _place_of_the_fault(PLACES[place](text)) for text in TEXTS}
    assert MARK not in os.environ
    assert list(tmp_path.iterdir()) == []
    assert {text for text, found in places.items() if found is None} <= ALSO_FEEL
    assert all(found for found in places.values() if found is not None)
    assert for_thread().evaluate("sum([1, 2])", {}, NOW) == 3
    assert for_thread().evaluate("polluted", {}, NOW) is None


def _place_of_the_fault(model: dict[str, bytes]) -> str | None:
    """Deploy and run; give where it was refused (``element:line`` or the element), None where it ran."""
    try:
        definition = compile_definition(model, "P", CATALOG)
    except Refused as error:
        return ", ".join(f"{finding.element}:{finding.line}" for finding in error.findings if finding.line > 0)
    try:
        _play(definition)
    except EngineError as error:
        return error.element
    return None


def _play(definition: object) -> None:
    """Start, and answer whatever waits, a few times; what comes of an expression is null or a truth value."""
    step: Step | None = None
    state: bytes | None = None
    command: object = Start(INSTANCE, {"a": 1, "b": 2, "x": {}, "task": {}}, None)
    for _ in range(6):
        step = advance(definition, state, command, NOW, for_thread())  # type: ignore[arg-type]
        state = step.state
        if step.opened:
            command = Complete(step.opened[0].id, {"a": 1})
        elif step.timers.added:
            command = Fire(step.timers.added[0].id)
        elif step.jobs.added:
            command = JobDone(step.jobs.added[0].id, {})
        else:
            break
    assert step is not None
    assert step.variables.get("r") in {None, True, False}, step.variables
