"""Import every diagram of a checkout of the BPMN MIWG suite: ``python -m benchmarks.miwg FOLDER``.

Each file is read, adapted, judged and, where nothing is wrong, compiled and started. Whatever a diagram names of its
house (operations, forms, roles) counts as known. Prints the share that can be deployed and a table of the reasons;
``--files`` tells of each file, ``--floor 0.4`` makes the exit code 1 below that share. Any other exception than
a refusal is a failure.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from feel import for_thread
from workflows.engine import Catalog, advance, compile_definition
from workflows.engine.imports import adapt
from workflows.engine.reader import read_processes
from workflows.engine.step import Start
from workflows.engine.xml import read
from workflows.errors import EngineError, Finding, Refused

NOW = datetime(2026, 1, 31, 1, 0, tzinfo=UTC)
INSTANCE = "11111111-2222-3333-4444-555555555555"


@dataclass(slots=True)
class Outcome:
    """What became of one file: how many processes it holds, may be deployed, and start."""

    file: str
    changes: int = 0
    processes: int = 0
    deployable: int = 0
    started: int = 0
    findings: list[Finding] = field(default_factory=list)
    failure: str = ""
    seconds: float = 0.0


def outcomes(folder: Path) -> Iterator[Outcome]:
    """Import every diagram below a folder."""
    for path in sorted(folder.rglob("*.bpmn")):
        found, begun = Outcome(str(path.relative_to(folder))), time.process_time()
        try:
            _import(found, path.name, path.read_bytes())
        except Refused as refused:
            found.findings += refused.findings
        except Exception as error:  # noqa: BLE001
            found.failure = f"{type(error).__name__}: {error}"
        found.seconds = time.process_time() - begun
        yield found


def _import(found: Outcome, name: str, data: bytes) -> None:
    adapted = adapt(data)
    found.changes = len(adapted.changes)
    again = adapt(adapted.content)
    if again.changes:
        found.failure = "adapting twice changes again"
    processes = [item for item in read_processes(read(adapted.content, name), name) if item.scope.nodes]
    found.processes = len(processes)
    nodes = [node for process in processes for _, node in process.scope.walk()]
    parts = {
        kind: [part for node in nodes if (part := node.part(kind))] for kind in ("operation", "form", "assignment")
    }
    roles = {lane.role for process in processes for lane in process.lanes.values()}
    for part in parts["assignment"]:
        roles |= {role.strip() for key in ("role", "roles") for role in part.attributes.get(key, "").split(",")}
    catalog = Catalog(
        frozenset(part.attributes.get("name", "") for part in parts["operation"]),
        frozenset(part.attributes.get("key", "") for part in parts["form"]),
        frozenset(roles),
    )
    seen: set[tuple[str, str, int]] = set()
    for process in processes:
        try:
            definition = compile_definition({name: adapted.content}, process.id, catalog)
        except Refused as refused:
            fresh = [item for item in refused.findings if (item.rule, item.element, item.line) not in seen]
            seen |= {(item.rule, item.element, item.line) for item in fresh}
            found.findings += [item for item in fresh if item.severity == "error"]
            continue
        found.deployable += 1
        try:
            advance(definition, None, Start(INSTANCE, {}), NOW, for_thread())
            found.started += 1
        except EngineError as error:
            found.findings.append(Finding("start", "warning", error.element, 0, error.text, error.text, name, {}))


def report(found: list[Outcome], *, files: bool) -> float:
    """Print the shares and the reasons, and give the share of files that can be deployed."""
    if files:
        for item in found:
            state = item.failure or ("deployable" if _good(item) else f"{len(item.findings)} findings")
            print(f"  {item.file:<40} {item.processes:>2} processes {item.changes:>3} changes  {state}")
            for one in [one for one in item.findings if one.severity == "error"][:3]:
                print(f"      {one.line}: {one.element}: {one.text[:120]}")
    print("\nreasons (findings, files)")
    reasons = Counter(one.rule for item in found for one in item.findings if one.severity == "error")
    touched = Counter(rule for item in found for rule in {one.rule for one in item.findings if one.severity == "error"})
    for rule, number in reasons.most_common():
        print(f"  {rule:<28} {number:>5} {touched[rule]:>5}")
    good, processes = sum(map(_good, found)), sum(item.processes for item in found)
    deployable, started = sum(item.deployable for item in found), sum(item.started for item in found)
    print(f"\nfiles deployable as a whole: {good} / {len(found)} {good / len(found):.1%}")
    print(
        f"processes: {processes}; deployable {deployable}, started {started}; changes {sum(i.changes for i in found)}"
    )
    print(f"slowest file: {max(item.seconds for item in found):.2f} s of CPU")
    for item in found:
        if item.failure:
            print(f"failed: {item.file}: {item.failure}")
    return good / len(found)


def _good(item: Outcome) -> bool:
    return not item.failure and item.processes > 0 and item.deployable == item.processes


def main(arguments: list[str] | None = None) -> int:
    """Run the suite of a folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.miwg", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", action="store_true", help="tell of each file, with its first findings")
    parser.add_argument("--floor", type=float, default=0.0, help="the least share that can be deployed, from 0 to 1")
    chosen = parser.parse_args(arguments)
    found = list(outcomes(chosen.folder))
    if not found:
        print(f"no diagrams below {chosen.folder}", file=sys.stderr)
        return 2
    share = report(found, files=chosen.files)
    return int(share < chosen.floor or any(item.failure for item in found))


if __name__ == "__main__":
    sys.exit(main())
