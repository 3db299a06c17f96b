"""Read a PDF's text back by a reader that is not ours."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path


def words_of(data: bytes) -> str:
    """Give the text layer without the breaks of its lines and without spaces."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "read.pdf"
        path.write_bytes(data)
        done = subprocess.run(["pdftotext", "-raw", path, "-"], check=True, capture_output=True)
    return "".join(done.stdout.decode().replace("\u200b", "").split())
