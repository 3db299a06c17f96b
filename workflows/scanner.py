"""The port to a virus scanner: a function that names what it found in a file, or gives None.

Without one, files are judged by name, size and content alone (``workflows.uploads``). ``clamd`` speaks the protocol of
ClamAV's daemon (INSTREAM); a scanner that does not answer refuses the file, since nobody may open what was not looked at.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable

from workflows.errors import Invalid

Scanner = Callable[[bytes], str | None]

PIECE = 64 * 1024
PATIENCE = 30.0


def clamd(address: str) -> Scanner:
    """Give a scanner that asks a ClamAV daemon at ``host:port`` or at the path of its socket.

    The scanner raises Invalid ``file_refused`` with ``scanner_away`` when the daemon does not answer.
    """

    def scan(content: bytes) -> str | None:
        try:
            with _connected(address) as connection:
                connection.sendall(b"zINSTREAM\0")
                for start in range(0, len(content), PIECE):
                    piece = content[start : start + PIECE]
                    connection.sendall(struct.pack("!I", len(piece)) + piece)
                connection.sendall(struct.pack("!I", 0))
                answer = _answer(connection)
        except OSError as error:
            raise Invalid("file_refused", {"file": ["scanner_away"]}) from error
        if answer.endswith(" OK"):
            return None
        if answer.endswith(" FOUND"):
            return answer.removeprefix("stream: ").removesuffix(" FOUND")
        raise Invalid("file_refused", {"file": ["scanner_away"]})

    return scan


def _connected(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    if host and port.isdigit():
        return socket.create_connection((host, int(port)), timeout=PATIENCE)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(PATIENCE)
    connection.connect(address)
    return connection


def _answer(connection: socket.socket) -> str:
    pieces = b""
    while not pieces.endswith(b"\0") and (piece := connection.recv(4096)):
        pieces += piece
    return pieces.rstrip(b"\0").decode(errors="replace").strip()
