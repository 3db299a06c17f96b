"""Who may import whom, and who may read the clock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.files import ROOT

CLOCK = '"""A module."""\n\nfrom datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n'


def test_the_import_contracts_are_kept() -> None:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout[-4000:] + answer.stderr


@pytest.mark.parametrize(
    ("module", "found"),
    [
        ("feel/x.py", True),
        ("forms/x.py", True),
        ("workflows/x.py", True),
        ("workflows/engine/x.py", True),
        ("audits/x.py", True),
        ("server/x.py", False),
        ("workflows/worker.py", False),
    ],
)
def test_the_clock_is_read_at_the_edges_only(module: str, found: bool) -> None:
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--no-cache",
        "--select",
        "TID251",
        "--stdin-filename",
        module,
        "-",
    ]
    answer = subprocess.run(command, cwd=ROOT, input=CLOCK, capture_output=True, text=True, check=False)
    assert ("TID251" in answer.stdout) is found, answer.stdout + answer.stderr
