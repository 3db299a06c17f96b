"""A file is looked at by the scanner before anybody can open it; a scanner that is away refuses."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from tests import world
from workflows import files
from workflows.access import load_actor
from workflows.errors import Invalid
from workflows.models import Attachment, Blob
from workflows.scanner import clamd
from workflows.settings import Settings

# The harmless test text that every scanner knows, in two halves so that this file is not taken for one.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def _upload(sessions: sessionmaker[Session], settings: Settings, scanner: object, content: bytes, now: datetime) -> str:
    app = world.application(settings, scanner=scanner)
    with sessions.begin() as session:
        actor = load_actor(session, app.roles, "chen", now)
        return files.upload(session, app, actor, name="说明.txt", content=content, now=now).name


def test_an_infected_file_is_refused_and_nothing_is_kept(
    sessions: sessionmaker[Session], settings: Settings, now: datetime
) -> None:
    def scanner(content: bytes) -> str | None:
        return "Eicar-Test" if EICAR in content else None

    with pytest.raises(Invalid) as refused:
        _upload(sessions, settings, scanner, EICAR, now)
    assert refused.value.fields == {"file": ["infected"]}
    assert refused.value.values["found"] == "Eicar-Test"
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Attachment)) == 0
        assert session.scalar(select(func.count()).select_from(Blob)) == 0
    assert _upload(sessions, settings, scanner, "无毒".encode(), now) == "说明.txt"


@pytest.fixture(name="daemon")
def _daemon() -> Iterator[str]:
    """Answer as ClamAV's daemon does, on loopback."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                content = b""
                while size := struct.unpack("!I", stream.read(4))[0]:
                    content += stream.read(size)
                connection.sendall(b"stream: Eicar-Test FOUND\0" if EICAR in content else b"stream: OK\0")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    host, port = server.getsockname()
    yield f"{host}:{port}"
    server.close()
    thread.join(timeout=5)


def test_the_daemon_is_asked_piece_by_piece(daemon: str) -> None:
    scan = clamd(daemon)
    assert scan(b"x" * 200_000) is None
    assert scan(b"x" * 100_000 + EICAR) == "Eicar-Test"


def test_a_daemon_that_is_away_refuses_the_file() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
    with pytest.raises(Invalid) as refused:
        clamd(f"{host}:{port}")(b"x")
    assert refused.value.fields == {"file": ["scanner_away"]}


@pytest.mark.parametrize("active", [b"/JavaScript", b"/JS(x)", b"/J#61vaScript", b"/Launch", b"/RichMedia"])
def test_a_pdf_that_would_act_is_refused(
    active: bytes, sessions: sessionmaker[Session], settings: Settings, now: datetime
) -> None:
    app = world.application(settings)
    content = b"%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S" + active + b">>>>endobj\n%%EOF\n"
    with sessions.begin() as session:
        actor = load_actor(session, app.roles, "chen", now)
        with pytest.raises(Invalid) as refused:
            files.upload(session, app, actor, name="报告.pdf", content=content, now=now)
    assert refused.value.fields == {"file": ["active_content"]}


def test_a_name_that_chance_spells_inside_a_packed_stream_harms_nobody(
    sessions: sessionmaker[Session], settings: Settings, now: datetime
) -> None:
    app = world.application(settings)
    content = b"%PDF-1.4\n1 0 obj<</Length 9>>stream\n\x00/JS \x01/JS\nendstream endobj\n%%EOF\n"
    with sessions.begin() as session:
        actor = load_actor(session, app.roles, "chen", now)
        assert files.upload(session, app, actor, name="报告.pdf", content=content, now=now).size == len(content)
