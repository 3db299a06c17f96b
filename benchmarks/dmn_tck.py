"""Run a checkout of the public DMN TCK through the engine's decisions: ``python -m benchmarks.dmn_tck FOLDER``.

Prints the share of cases that pass by level and by category; ``--failures`` names those that fail, ``--floor 0.9`` makes
the exit code 1 below that share. A case passes when every one of its results is the expected one. Where the suite
expects an error, refusing the decision at deployment or ending in a located error is one.
"""

from __future__ import annotations

import argparse
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import tck_values
from benchmarks.tck_values import local
from feel import for_thread
from workflows.engine.decisions import Decisions, decide, link
from workflows.engine.dmn import is_dmn, read_model
from workflows.engine.expressions import Context
from workflows.engine.xml import read
from workflows.errors import EngineError, Finding, Refused

NOW = datetime(2026, 1, 31, 1, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one test case."""

    level: str
    category: str
    case: str
    reason: str = ""
    refused: bool = False


class Model:
    """The decision models of one folder of the suite, linked."""

    def __init__(self, folder: Path, main: str) -> None:
        files = [folder / main, *sorted(path for path in folder.glob("*.dmn") if path.name != main)]
        roots = [(path.name, read(path.read_bytes(), path.name)) for path in files]
        self.decisions, faults = link([read_model(root, name) for name, root in roots if is_dmn(root)])
        self.refs: dict[str, str] = {}
        for name, _ in roots[:1]:
            for found in (self.decisions.found, self.decisions.services):
                self.refs |= {item.name: key for key, item in found.items() if item.file == name}
        self.refused: dict[str, Finding] = {fault.element: fault for fault in faults if fault.severity == "error"}

    def fault(self, ref: str) -> Finding | None:
        """Give a fault of a decision or of one it requires."""
        decision = self.decisions.found.get(ref)
        own = self.refused.get(ref)
        if own is not None or decision is None:
            return own
        return next((fault for fault in map(self.fault, decision.requires) if fault is not None), None)


def outcomes(suite: Path) -> Iterator[Outcome]:
    """Run every case below a folder, level by level."""
    for file in sorted(suite.rglob("*.xml")):
        root = ET.parse(file).getroot()
        if local(root) != "testCases":
            continue
        level = next((part for part in file.parts if "level" in part), "-").rpartition("-")[2]
        name = next((item.text or "" for item in root if local(item) == "modelName"), "")
        model: Model | None = None
        reason = ""
        try:
            model = Model(file.parent, name or f"{file.parent.name}.dmn")
        except (Refused, OSError) as error:
            reason = str(error)
        for case in (item for item in root if local(item) == "testCase"):
            place = (level, file.parent.name, f"{file.stem}:{case.get('id')}")
            yield _case(case, model, place) if model is not None else Outcome(*place, reason=reason)


def _case(case: ET.Element, model: Model, place: tuple[str, str, str]) -> Outcome:
    given = {item.get("name", ""): tck_values.read(item) for item in case if local(item) == "inputNode"}
    refused = False
    for result in (item for item in case if local(item) == "resultNode"):
        name = result.get("name", "")
        service = case.get("invocableName") if case.get("type") == "decisionService" else None
        wanted = next((tck_values.read(item) for item in result if local(item) == "expected"), None)
        reason, error = _result(model, service or name, name, given, wanted)
        if error and wanted is None and (result.get("errorResult") == "true" or "deployment" not in reason):
            refused = True
        elif reason:
            return Outcome(*place, reason=f"{name}: {reason}")
    return Outcome(*place, refused=refused)


def _result(model: Model, asked: str, name: str, given: Mapping[str, Any], wanted: Any) -> tuple[str, bool]:
    """Give why a result is not the expected one, and whether that is a located error."""
    ref = model.refs.get(asked)
    if ref is None:
        return f"there is no {asked}", False
    fault = model.fault(ref)
    if fault is not None:
        return f"refused at deployment: {fault.text}", True
    try:
        value = _value(model.decisions, ref, given)
    except EngineError as error:
        return str(error), True
    if isinstance(value, dict) and asked != name and name in value:
        value = value[name]
    same = tck_values.same(value, wanted)
    return ("" if same else f"{value!r} instead of {wanted!r}"), False


def _value(decisions: Decisions, ref: str, given: Mapping[str, Any]) -> Any:
    return decide(decisions, ref, given, Context(for_thread(), NOW, "UTC")).value


def report(found: list[Outcome], *, failures: bool) -> float:
    """Print the shares, and give the whole one."""
    for level in sorted({item.level for item in found}):
        print(f"\nlevel {level}")
        here = [item for item in found if item.level == level]
        total, good = Counter(item.category for item in here), Counter(i.category for i in here if not i.reason)
        for category in sorted(total):
            print(
                f"  {category:<48} {good[category]:>4} / {total[category]:<4} {good[category] / total[category]:>7.1%}"
            )
        print(f"  {'level ' + level:<48} {_share(here)}")
    if failures:
        print("\nfailing")
        for item in found:
            if item.reason:
                print(f"  {item.case}  {' '.join(item.reason.split())[:200]}")
    refused = sum(item.refused for item in found)
    print(f"\nall: {_share(found)} ({refused} of them end in a located error, where the suite expects none but null)")
    return sum(not item.reason for item in found) / len(found) if found else 0.0


def _share(found: list[Outcome]) -> str:
    good = sum(not item.reason for item in found)
    return f"{good:>4} / {len(found):<4} {good / max(len(found), 1):>7.1%}"


def main(arguments: list[str] | None = None) -> int:
    """Run the suite of a folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dmn_tck", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--failures", action="store_true", help="name every case that fails, and why")
    parser.add_argument("--floor", type=float, default=0.0, help="the least share that must pass, from 0 to 1")
    chosen = parser.parse_args(arguments)
    found = list(outcomes(chosen.folder))
    if not found:
        print(f"no test cases below {chosen.folder}", file=sys.stderr)
        return 2
    share = report(found, failures=chosen.failures)
    return int(share < chosen.floor)


if __name__ == "__main__":
    sys.exit(main())
