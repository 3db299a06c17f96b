"""The table of the API as its description has it: ``python -m tests.docs.overview`` writes it into the page."""

from __future__ import annotations

import re
import tempfile
from typing import Any

from audits.application import build_application
from server.app import create_app
from tests.architecture.files import ROOT
from workflows.db import make_engine, make_sessions
from workflows.jobs import InlineJobs
from workflows.settings import Settings

PAGE = ROOT / "docs" / "reference" / "api.md"
PREFIX = "/api/v1"
METHODS = ("get", "post", "put", "patch", "delete")


def rows(described: dict[str, Any]) -> list[str]:
    """Give a line for each path: methods, and what they do in the same order."""
    found = []
    for path, item in sorted(described["paths"].items()):
        held = [method for method in METHODS if method in item]
        told = "; ".join(item[method]["summary"].rstrip(".") for method in held)
        found.append(f"| `{path.removeprefix(PREFIX)}` | {', '.join(held).upper()} | {told} |")
    return found


def main() -> None:
    """Write the table anew."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database_url=f"sqlite:///{folder}/empty.db",
            files_url=f"{folder}/files",
            signing_key_file=f"{folder}/trail.pem",
            secret_key="x" * 32,
            mode="test",
        )
        application = build_application(settings, jobs=InlineJobs())
        client = create_app(settings, application, make_sessions(make_engine(settings))).test_client()
        lines = rows(client.get(f"{PREFIX}/openapi.json").get_json())
    head = "| path | methods | what |\n|---|---|---|\n"
    text = PAGE.read_text(encoding="utf-8")
    table = re.compile(re.escape(head) + r"(?:\|.*\n)+")
    PAGE.write_text(table.sub(lambda _: head + "\n".join(lines) + "\n", text), encoding="utf-8")


if __name__ == "__main__":
    main()
