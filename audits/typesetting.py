"""Set PDF files, and pictures of drawings, with Typst: the layout is a shipped file, the words are JSON, nothing in them runs."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import pylopdf_fonts_zh_cn
import typst

_LOCK: Final = threading.Lock()


@cache
def _compiler(layout: str) -> typst.Compiler:
    path = Path(str(resources.files("audits").joinpath(layout)))
    fonts = Path(pylopdf_fonts_zh_cn.__file__).parent
    return typst.Compiler(
        input=str(path),
        root=str(path.parent),
        font_paths=[str(folder) for folder in {font.parent for font in fonts.rglob("*.?tf")}],
        ignore_system_fonts=True,
    )


def pdf(layout: str, data: Mapping[str, Any], **inputs: str) -> bytes:
    """Set a document by a layout of this package ("letters/letter.typ"). One at a time: a compiler serves the process."""
    written = json.dumps(data, ensure_ascii=False)
    with _LOCK:
        made = _compiler(layout).compile(format="pdf", sys_inputs={"data": written, **inputs})
    if not isinstance(made, bytes):
        raise TypeError("a document is one PDF file")
    return made


def png(svg: str) -> bytes:
    """Draw an SVG as a PNG, for programs that take no SVG; 150 dots an inch."""
    with _LOCK:
        made = _compiler("reports/drawing.typ").compile(format="png", ppi=150.0, sys_inputs={"svg": svg})
    if not isinstance(made, bytes):
        raise TypeError("a drawing is one picture")
    return made
