"""Models from files and folders of the disk, for the commands that check and deploy them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from forms import shipped
from server.diagrams import processes
from workflows import definitions
from workflows.errors import Finding
from workflows.shipped import shipped_families

MODELS = (".bpmn", ".dmn")


@dataclass
class Model:
    """Diagrams and tables by file name, forms by key, the process to start, and the family they say they are."""

    files: dict[str, bytes] = field(default_factory=dict)
    forms: dict[str, dict[str, Any]] = field(default_factory=dict)
    root: str = ""
    family: str = ""
    base_hash: str = ""

    def shipped_forms(self) -> Mapping[str, dict[str, Any]]:
        """Give the shipped forms that the diagrams name, so that a folder need not repeat them."""
        text = b"".join(self.files.values())
        return {key: form for key, form in shipped().items() if f'key="{key}"'.encode() in text}


def read_model(paths: Iterable[str], *, base: str = "", root: str = "") -> Model:
    """Read files and folders; ``base`` names a shipped family whose other files are used besides.

    Raises OSError for what cannot be read, ValueError for a form that is not JSON.
    """
    model = Model(root=root)
    if base:
        family = next((one for one in shipped_families() if one.key == base), None)
        if family is None:
            raise ValueError(f"No family {base} ships.")
        model.files.update(family.files)
        model.root = root or family.root
        model.family = family.key
        model.base_hash = definitions.content_hash(family.files, family.forms)
    for path in map(Path, paths):
        _read(path, model)
    if not model.files and not model.forms:
        raise ValueError("There is no .bpmn, .dmn or form .json file among these.")
    model.root = model.root or _first_process(model.files)
    return model


def _read(path: Path, model: Model) -> None:
    if path.is_dir():
        about = path / "family.toml"
        if about.is_file():
            told = tomllib.loads(about.read_text(encoding="utf-8"))
            model.family = str(told.get("key", path.resolve().name))
            model.root = model.root or str(told.get("root", model.family))
        for inner in sorted(path.iterdir()):
            if inner.suffix in MODELS or (inner.suffix == ".json" and inner.is_file()):
                _read(inner, model)
    elif path.suffix == ".json":
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError(f"{path}: not a form")
        model.forms[path.stem] = found
    else:
        model.files[path.name] = path.read_bytes()


def _first_process(files: Mapping[str, bytes]) -> str:
    """Give the process that no other calls; "" where the files cannot even be read, which the check then says."""
    try:
        found = processes(files)
    except etree.XMLSyntaxError:
        return ""
    called = {target for one in found.values() for target in one.calls.values()}
    return next((key for key in found if key not in called), next(iter(found), ""))


def print_findings(say: Callable[[str], None], findings: Sequence[Finding]) -> None:
    """Write each finding as ``file:line: severity rule (element): sentence``."""
    for one in findings:
        say(f"{one.file or '-'}:{one.line}: {one.severity} {one.rule} ({one.element}): {one.text}")
