"""The built files of the pages: names with a content hash, from the manifest that the bundler writes."""

from __future__ import annotations

import json
import mimetypes
from functools import cache
from pathlib import Path
from typing import Any

from flask import Response, request, send_from_directory, url_for
from markupsafe import Markup

STATIC = Path(__file__).parent / "static"
DIST = STATIC / "dist"
YEAR = 365 * 24 * 3600


def static_file(filename: str) -> Response:
    """Give a static file, packed where the bundler has packed it. Names with a content hash are kept for good."""
    packed = request.accept_encodings.quality("gzip") > 0 and (STATIC / f"{filename}.gz").is_file()
    hashed = filename.startswith("dist/") and not filename.endswith(".json")
    answer = send_from_directory(
        STATIC,
        f"{filename}.gz" if packed else filename,
        mimetype=mimetypes.guess_type(filename)[0] or "application/octet-stream",
        max_age=YEAR if hashed else 0,
    )
    if packed:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    if hashed:
        answer.cache_control.immutable = True
    return answer


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
