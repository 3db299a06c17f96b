"""States saved by every released format are still read and run to their end.

A sample is the diagram, the state's bytes and what remains to be done: ``replay/format-<n>.bpmn``, ``.state``, ``.json``.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feel import for_thread
from tests.engine.run import CATALOG, NOW
from workflows.engine import advance, compile_definition
from workflows.engine.saved import FORMAT
from workflows.engine.step import Complete, Deliver, Fire, JobDone

FOLDER = Path(__file__).parent / "replay"
SAMPLES = sorted(path.stem for path in FOLDER.glob("*.state"))
KINDS = {"Complete": Complete, "Deliver": Deliver, "Fire": Fire, "JobDone": JobDone}


def test_there_is_a_sample_of_the_present_format() -> None:
    assert f"format-{FORMAT}" in SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_a_state_of_a_released_format_runs_to_its_end(name: str) -> None:
    script = json.loads((FOLDER / f"{name}.json").read_text())
    model = {"sample.bpmn": (FOLDER / f"{name}.bpmn").read_bytes()}
    definition = compile_definition(model, "P", CATALOG)
    state = (FOLDER / f"{name}.state").read_bytes()
    for kind, key, values in script["commands"]:
        command = KINDS[kind](key) if kind == "Fire" else KINDS[kind](key, values)
        step = advance(definition, state, command, NOW, for_thread())
        state = step.state
    assert step.status == "completed"
    assert step.variables == script["variables"]
