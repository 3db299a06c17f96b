"""Read what ships in ``bpmn``: the base family, its variants, and the words a diagram may use."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from audits.roles import ROLES
from audits.service_tasks import HANDLERS
from workflows.engine import Catalog, Definition, compile_definition

ROOT = Path(__file__).resolve().parents[2]
FAMILY = ROOT / "bpmn" / "cleaner_production_audit"
VARIANTS = ROOT / "bpmn" / "variants"
FORMS = ROOT / "forms" / "definitions"
LIFE_CYCLE = "cleaner_production_audit"
BASE, GANSU, SHANDONG = "base", "gansu", "shandong"
GUANGDONG, SHANGHAI = "guangdong", "shanghai"
VARIANTS_OF_REGIONS = (GANSU, SHANDONG, GUANGDONG, SHANGHAI)
KINDS = (".bpmn", ".dmn")


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


@cache
def forms() -> dict[str, dict[str, Any]]:
    """Give the shipped forms by key."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FORMS.glob("*.json"))}


def fields(form: Mapping[str, Any]) -> dict[str, set[str]]:
    """Give the keys of a form's fields with the values they offer."""
    found: dict[str, set[str]] = {}
    for component in form.get("components", []):
        name = component.get("key", component.get("path"))  # a dynamic list has a path
        if name:
            found[name] = {value["value"] for value in component.get("values", [])}
        found |= fields(component)
    return found


def catalog() -> Catalog:
    """Give the words that a shipped diagram may use."""
    return Catalog(operations=frozenset(HANDLERS), forms=frozenset(forms()), roles=frozenset(ROLES))


@cache
def definition(name: str, decisions: str = "") -> Definition:
    """Compile the base or a variant; ``decisions`` takes fail_policy.dmn from another variant."""
    files = files_of(name)
    if decisions:
        files["fail_policy.dmn"] = files_of(decisions)["fail_policy.dmn"]
    return compile_definition(files, LIFE_CYCLE, catalog())
