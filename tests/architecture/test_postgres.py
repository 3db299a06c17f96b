"""The helper that gives the tests their PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests import postgres
from tests.architecture.files import ROOT


def test_the_server_speaks_utf8_and_does_not_wait_for_the_disk(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW server_encoding")) == "UTF8"
        assert connection.scalar(text("SELECT '清洁生产'")) == "清洁生产"
        if not os.environ.get("QINGSHEN_TEST_POSTGRES"):
            assert connection.scalar(text("SHOW fsync")) == "off"
    engine.dispose()


def test_a_cluster_goes_with_its_process() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "QINGSHEN_TEST_POSTGRES"}
    command = [sys.executable, "-c", "from tests import postgres; print(postgres.start())"]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the server's user must reach it
        environment["TMPDIR"] = folder
        answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert answer.stdout.startswith("postgresql+psycopg://postgres@127.0.0.1:"), answer.stderr
        assert list(Path(folder).iterdir()) == []


def test_a_cluster_goes_even_when_its_process_is_killed() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "QINGSHEN_TEST_POSTGRES"}
    code = "import time; from tests import postgres; print(postgres.start(), flush=True); time.sleep(600)"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        environment["TMPDIR"] = folder
        with subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith(b"postgresql+psycopg://")
            process.kill()
        deadline = time.monotonic() + 60
        while list(Path(folder).iterdir()) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert list(Path(folder).iterdir()) == []


def test_a_folder_that_the_server_cannot_reach_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(closed))
    expected = Path("/tmp") if os.geteuid() == 0 else closed
    assert postgres._open_folder() == expected


def test_the_address_of_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QINGSHEN_TEST_POSTGRES", "postgresql://tester@db.example/postgres")
    assert postgres.start() == "postgresql+psycopg://tester@db.example/postgres"


def test_without_any_postgresql_the_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QINGSHEN_TEST_POSTGRES", raising=False)
    monkeypatch.setattr(postgres, "_candidates", list)
    assert postgres.found() is False
    with pytest.raises(postgres.NoPostgres, match="apt-get install postgresql"):
        postgres.start()
