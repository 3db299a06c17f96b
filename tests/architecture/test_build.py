"""What the build makes, and when it makes it anew."""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from tests.architecture.files import ROOT

DIST = ROOT / "server/static/dist"


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def sources(hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a small front end, just built."""
    monkeypatch.delenv("QINGSHEN_SKIP_FRONTEND", raising=False)
    parts = {part: (tmp_path / part, tmp_path / "out" / part) for part in ("feel", "pages")}
    for name in hook.COMMON:
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(hook, "UI", tmp_path)
    monkeypatch.setattr(hook, "PARTS", parts)
    for part, (source, output) in parts.items():
        source.mkdir()
        output.mkdir(parents=True)
        (source / "index.js").write_text("1")
        (output / ".stamp").write_text(hook._digest(part))
    return tmp_path


def test_nothing_is_built_when_nothing_changed(hook: ModuleType, sources: Path) -> None:
    assert hook.stale() == []
    hook.build()  # would need Node otherwise


def test_a_changed_source_makes_its_own_part_stale(hook: ModuleType, sources: Path) -> None:
    (sources / "pages" / "index.js").write_text("2")
    assert hook.stale() == ["pages"]


def test_a_changed_lock_makes_both_parts_stale(hook: ModuleType, sources: Path) -> None:
    (sources / "package-lock.json").write_text("other")
    assert hook.stale() == ["feel", "pages"]


def test_skipping_the_front_end_never_skips_the_feel_bundle(
    hook: ModuleType, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QINGSHEN_SKIP_FRONTEND", "1")
    (sources / "package-lock.json").write_text("other")
    assert hook.stale() == ["feel"]


def test_node_is_asked_for_only_when_something_is_stale(hook: ModuleType, sources: Path) -> None:
    hooked = hook.FrontendHook.__new__(hook.FrontendHook)
    assert hooked.dependencies() == []
    (sources / "feel" / "more.js").write_text("1")
    assert hooked.dependencies() == [hook.NODE]


def test_the_manifest_names_files_that_are_there_with_their_compressed_copies() -> None:
    manifest = json.loads((DIST / "manifest.json").read_text("utf-8"))
    assert manifest
    files = {name for entry in manifest.values() for name in (entry["js"], entry["css"], *entry["imports"]) if name}
    for name in files:
        assert gzip.decompress((DIST / f"{name}.gz").read_bytes()) == (DIST / name).read_bytes()


def test_every_page_folder_is_an_entry() -> None:
    folders = {path.parent.name for path in (ROOT / "server/ui/src").glob("*/index.js*")}
    assert set(json.loads((DIST / "manifest.json").read_text("utf-8"))) == folders


def test_no_bundle_holds_a_second_feel() -> None:
    bundled = json.loads((DIST / "packages.json").read_text("utf-8"))
    assert "@bpmn-io/feelin" not in bundled
    assert "feelin" in json.loads((ROOT / "feel/dist/packages.json").read_text("utf-8"))


def test_no_style_of_tabler_reaches_the_widgets_of_bpmn_io() -> None:
    sheets = [path.read_text("utf-8") for path in DIST.glob("*.css")]
    assert any(".tb-icon" in sheet for sheet in sheets)
    assert [
        found[0] for sheet in sheets for found in [re.search(r"[},]\.(icon|empty)\{[^}]*--tblr", sheet)] if found
    ] == []


def test_every_third_party_package_is_listed_with_its_licence() -> None:
    listing = (ROOT / "THIRD_PARTY_LICENSES.md").read_text("utf-8")
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    python = re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", lock, flags=re.MULTILINE)
    assert [pair for pair in python if f"| {pair[0]} | {pair[1]} | " not in listing] == []
    bundled = {
        name for folder in (DIST, ROOT / "feel/dist") for name in json.loads((folder / "packages.json").read_text())
    }
    names = {folder.rsplit("node_modules/", 1)[-1] for folder in bundled}
    assert [name for name in sorted(names) if f"\n### {name} " not in listing] == []
    assert "unknown" not in listing.split("## npm", 1)[0]
