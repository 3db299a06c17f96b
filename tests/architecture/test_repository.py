"""What may stand in the repository."""

from __future__ import annotations

import json
import re
from dataclasses import fields

from tests.architecture.files import ROOT, modules, texts
from workflows.settings import Settings

# written in pieces, so that this file does not find itself
MACHINE = re.compile("|".join(["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/[a-z]", "/Us" + "ers/"]))
HOSTS = re.compile("|".join(["py" + r"pi\.org", "python" + r"hosted\.org", "registry" + r"\.npm", "npm" + "mirror"]))
LONGEST = 400


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert [(name, found[0]) for name, text in texts() if (found := MACHINE.search(text))] == []


def test_no_file_names_a_package_registry() -> None:
    assert [(name, found[0]) for name, text in texts() if (found := HOSTS.search(text))] == []


def test_the_npm_lock_holds_hashes_and_no_addresses() -> None:
    lock = json.loads((ROOT / "server/ui/package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if not entry.get("integrity")] == []


def test_the_python_locks_hold_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        lines = (ROOT / name).read_text("utf-8").splitlines()
        assert [line for line in lines if "://" in line or line.startswith("-")] == []
        pinned = [number for number, line in enumerate(lines) if not line.startswith(" ")]
        assert [lines[number] for number in pinned if "--hash=sha256:" not in lines[number + 1]] == []


def test_the_runtime_lock_is_part_of_the_test_lock() -> None:
    runtime, test = (
        set(re.findall(r"^(\S+==\S+)", (ROOT / name).read_text("utf-8"), flags=re.MULTILINE))
        for name in ("requirements.lock", "requirements-test.lock")
    )
    assert runtime - test == set()


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines()) for path in modules()}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text("utf-8")
    documented = set(re.findall(r"^\|\s*`(QINGSHEN_[A-Z_]+)`", page, flags=re.MULTILINE))
    assert documented == {f"QINGSHEN_{field.name.upper()}" for field in fields(Settings)}
