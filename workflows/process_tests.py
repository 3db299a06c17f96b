"""Process tests: scripted cases played against the engine alone, with neither database nor people.

A case is a folder with its diagrams, its decision tables and a ``case.json``; ``docs/reference/process-tests.md`` says
what it may hold. Every operation starts from saved bytes and ends with them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflows.engine.timers import moment
from workflows.player import OPERATIONS, Player
from workflows.stage import CLOCK, ZONE, Case, Stage, fault

Json = Any


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a case departs from its script: number of the variant and of the operation, from 1; 0: the case itself."""

    variant: int
    operation: int
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case; ``changes`` tells what was adapted in its diagrams before they ran."""

    case: str
    variants: int
    failures: tuple[Failure, ...]
    changes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Say whether every variant went as its script says."""
        return not self.failures


# ---- reading ---------------------------------------------------------------------------------------------------


def find_cases(folders: Iterable[str]) -> list[Path]:
    """Give every folder with a ``case.json``, those within others too; raises OSError where there is no such folder."""
    found: list[Path] = []
    for folder in map(Path, folders):
        if not folder.is_dir():
            raise NotADirectoryError(f"{folder} is no folder.")
        found += sorted(path.parent for path in folder.rglob("case.json"))
    return list(dict.fromkeys(found))


def read_case(folder: Path) -> Case:
    """Read a case; raises ValueError for what is wrong with it, OSError for what cannot be read."""
    about = json.loads((folder / "case.json").read_text(encoding="utf-8-sig"))
    files = {
        path.name: path.read_bytes()
        for path in sorted(folder.iterdir())
        if path.is_file() and (path.suffix in (".bpmn", ".dmn") or path.name.endswith((".bpmn20.xml", ".dmn.xml")))
    }
    return make_case(about, files)


def make_case(about: Json, files: Mapping[str, bytes]) -> Case:
    """Make a case of what its ``case.json`` says; raises ValueError."""
    if not isinstance(about, dict):
        raise ValueError("case.json holds no object.")  # noqa: TRY004 - one kind of error for what is wrong with a case
    process, variants = about.get("process"), about.get("variants")
    if not files:
        raise ValueError("There is no diagram beside case.json.")
    if not isinstance(process, str) or not process:
        raise ValueError('"process" names no process.')
    if not isinstance(variants, list) or not variants or not all(isinstance(one, list) for one in variants):
        raise ValueError('"variants" holds no lists of operations.')
    for operation in (one for variant in variants for one in variant):
        if not isinstance(operation, list) or not operation or operation[0] not in OPERATIONS:
            raise ValueError(f"{json.dumps(operation, ensure_ascii=False)} is no operation.")
    operations = about.get("operations") or {}
    if not isinstance(operations, dict) or not all(isinstance(one, dict | None) for one in operations.values()):
        raise ValueError('"operations" holds no outputs by name.')
    zone = str(about.get("zone", ZONE))
    return Case(
        files=files,
        process=process,
        variants=variants,
        operations={name: outputs or {} for name, outputs in operations.items()},
        errors=dict(about.get("errors") or {}),
        clock=moment(about["clock"], zone) if "clock" in about else CLOCK,
        zone=zone,
    )


# ---- playing ---------------------------------------------------------------------------------------------------


def play(folder: Path, name: str = "") -> Outcome:
    """Play the case of a folder; whatever goes wrong is told in the outcome."""
    try:
        case = read_case(folder)
    except (OSError, ValueError) as error:
        return Outcome(name or str(folder), 0, (Failure(0, 0, str(error)),))
    return play_case(case, name or str(folder))


def play_case(case: Case, name: str = "") -> Outcome:
    """Play a case."""
    failures: list[Failure] = []
    changes: tuple[str, ...] = ()
    try:
        stage = Stage(case)
        changes = tuple(f"{one.element}: {one.text}" for one in stage.prepared.changes)
        for number, variant in enumerate(case.variants, 1):
            failures += _variant(stage, number, variant)
    except Exception as error:  # noqa: BLE001 - one case must not end the others
        failures.append(Failure(0, 0, fault(error)))
    return Outcome(name, len(case.variants), tuple(failures), changes)


def _variant(stage: Stage, number: int, script: Sequence[Sequence[Json]]) -> list[Failure]:
    player = Player(stage, script)
    for position, operation in enumerate(script, 1):
        try:
            player.perform(position - 1)
        except TimeoutError:
            raise
        except Exception as error:  # noqa: BLE001 - what an engine never should raise is told like the rest
            told = json.dumps(operation, ensure_ascii=False)
            return [Failure(number, position, f"{told}: {fault(error)}")]
    return []
