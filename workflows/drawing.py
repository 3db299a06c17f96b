"""Draw one page of a PDF, or a picture, as a PNG: run as a program of its own, whose memory and time are limited.

What somebody has uploaded is read here and nowhere else. It imports nothing of the product, so that it starts at once.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

import typst

SECONDS = 20
MEMORY = 2 * 1024**3
NOT_THERE = 3
"""The exit code for a page that a file does not have."""
_SOURCE = """
#set page(width: auto, height: auto, margin: 0pt)
#context {
  let page = int(sys.inputs.page)
  let drawn = image("file", format: sys.inputs.format, page: page)
  let size = measure(drawn)
  let part = calc.min(1, 842pt / size.width, 842pt / size.height)
  let sheet = image("file", format: sys.inputs.format, page: page, width: size.width * part)
  if sys.inputs.mark == "" { sheet } else {
    let shade = rgb(90, 90, 90, 70)
    let line = rotate(-30deg, text(size: 16pt, fill: shade, sys.inputs.mark))
    box(sheet)
    place(top + left, block(width: size.width * part, height: size.height * part, clip: true,
      for row in range(6) { for column in range(3) {
        place(top + left, dx: column * 240pt + calc.rem(row, 2) * 110pt - 60pt, dy: row * 150pt + 40pt, line)
      } }))
  }
}
"""


def main(kind: str, page: str, *finely: str) -> int:
    """Draw a page of what comes in, no longer than A4; coarsely, it says whether the page is there."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "file").write_bytes(sys.stdin.buffer.read())
        source = Path(folder, "page.typ")
        source.write_text(_SOURCE, "ascii")
        inputs = {"page": page, "format": kind, "mark": "".join(finely[1:])}
        compiler = typst.Compiler(source, root=folder, ignore_system_fonts=True, sys_inputs=inputs)
        try:
            drawn = compiler.compile(format="png", ppi=120.0 if finely else 1.0)
        except typst.TypstError as error:
            return NOT_THERE if "does not exist" in str(error) else 1
    sys.stdout.buffer.write(drawn if isinstance(drawn, bytes) else b"")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
