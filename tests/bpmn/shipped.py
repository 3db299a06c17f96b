"""Read what ships in ``bpmn``: the base family, its variants, and the words a diagram may use."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from workflows.engine import Catalog, Definition, compile_definition

ROOT = Path(__file__).resolve().parents[2]
FAMILY = ROOT / "bpmn" / "cleaner_production_audit"
VARIANTS = ROOT / "bpmn" / "variants"
FORMS = ROOT / "forms" / "definitions"
LIFE_CYCLE = "cleaner_production_audit"
BASE, GANSU, SHANDONG = "base", "gansu", "shandong"
KINDS = (".bpmn", ".dmn")

ROLES = frozenset(
    [
        "enterprise",
        "consultancy",
        "county_bureau",
        "city_bureau",
        "province_bureau",
        "competent_bureau",
        "coordinating_department",
        "expert",
        "panel_leader",
    ]
)
OPERATIONS = frozenset(
    [
        "deadlines.compute",
        "deadlines.remind",
        "deadlines.escalate",
        "deadlines.meet",
        "letters.issue",
        "disclosures.record",
        "consultancies.engage",
        "panels.appoint",
        "panels.close",
        "cases.enter_round",
        "cases.record_outcome",
        "cases.open_reaudit",
        "cases.roll_over",
        "options.record",
        "results.queue",
    ]
)


def read(folder: Path) -> dict[str, bytes]:
    """Give the diagrams and decisions of a folder by file name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in KINDS}


def own_files(name: str) -> dict[str, bytes]:
    """Give the files that stand in the folder of the base or of a variant."""
    return read(FAMILY if name == BASE else VARIANTS / name)


def files_of(name: str) -> dict[str, bytes]:
    """Give all files that run: the base's, with those of the variant in their place."""
    return read(FAMILY) | (own_files(name) if name != BASE else {})


def manifest(name: str) -> dict[str, Any]:
    """Give family.toml of the base or variant.toml of a variant."""
    path = FAMILY / "family.toml" if name == BASE else VARIANTS / name / "variant.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def base_hash(files: Mapping[str, bytes]) -> str:
    """Hash files by name, length and bytes in the order of their names (the docstring of ``bpmn`` says how)."""
    found = hashlib.sha256()
    for name in sorted(files):
        found.update(name.encode() + b"\0" + str(len(files[name])).encode() + b"\0" + files[name])
    return found.hexdigest()


def catalog() -> Catalog:
    """Give the words that a shipped diagram may use."""
    forms = frozenset(path.stem for path in FORMS.glob("*.json"))
    return Catalog(operations=OPERATIONS, forms=forms, roles=ROLES)


@cache
def definition(name: str, decisions: str = "") -> Definition:
    """Compile the base or a variant; ``decisions`` takes fail_policy.dmn from another variant."""
    files = files_of(name)
    if decisions:
        files["fail_policy.dmn"] = files_of(decisions)["fail_policy.dmn"]
    return compile_definition(files, LIFE_CYCLE, catalog())
