"""The built files of the pages: names with a content hash, from the manifest that the bundler writes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from flask import url_for
from markupsafe import Markup

DIST = Path(__file__).parent / "static" / "dist"


@cache
def manifest(stamp: float) -> dict[str, Any]:
    """Read the manifest; ``stamp`` is its time of change, so that a rebuild is noticed."""
    del stamp
    content: dict[str, Any] = json.loads((DIST / "manifest.json").read_text("utf-8"))
    return content


def entry(name: str) -> dict[str, Any]:
    """Give the files of an entry: ``js``, ``css``, ``imports``. Empty where nothing is built."""
    path = DIST / "manifest.json"
    if not path.exists():
        return {}
    found: dict[str, Any] = manifest(path.stat().st_mtime).get(name, {})
    return found


def styles(*names: str) -> Markup:
    """Write the style sheets of some entries, each once."""
    seen: dict[str, None] = {}
    for name in names:
        sheets = entry(name).get("css") or []
        seen.update(dict.fromkeys([sheets] if isinstance(sheets, str) else sheets))
    return Markup("\n").join(Markup('<link rel="stylesheet" href="{}">').format(address(sheet)) for sheet in seen)


def scripts(*names: str) -> Markup:
    """Write the module scripts of some entries."""
    files = [entry(name).get("js") for name in names]
    tag = Markup('<script type="module" src="{}"></script>')
    return Markup("\n").join(tag.format(address(file)) for file in files if file)


def address(file: str) -> str:
    """Give the address of a built file."""
    return url_for("static", filename=f"dist/{file.removeprefix('/').removeprefix('static/dist/')}")
