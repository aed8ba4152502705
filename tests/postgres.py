"""A PostgreSQL of our own for a few tests: a new cluster in a folder of its own, on a socket, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_LIMIT_S = 90


def _programs() -> Path | None:
    """Where Debian keeps what it does not put on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    there = shutil.which("initdb")
    return found[-1].parent if found else Path(there).parent if there else None


def _owner() -> str | None:
    """Whose the server is; PostgreSQL refuses to be root's. None: our own."""
    if os.geteuid() != 0:
        return None
    import pwd

    names = {one.pw_name for one in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), "nobody")


@contextmanager
def cluster() -> Iterator[str]:
    """A running server, as the folder of its socket (see `new_database`)."""
    programs = _programs()
    if programs is None:
        pytest.skip("needs PostgreSQL (Debian: postgresql)")
    pytest.importorskip("psycopg", reason="needs psycopg (extra postgres)")
    # Not pytest's own folder: its path may be too long for a socket, and another user may not enter it.
    folder, owner = Path(tempfile.mkdtemp(prefix="callsim-pg-")), _owner()
    if owner:
        shutil.chown(folder, owner)
    try:
        settings = ["-U", "callsim", "-A", "trust", "-E", "UTF8", "--no-sync"]
        _run(owner, programs / "initdb", "-D", folder / "data", *settings)
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        server = [programs / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log"]
        _run(owner, *server, "-o", options, "start")
        try:
            yield str(folder)
        finally:
            _run(owner, *server, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(folder: str, name: str) -> str:
    """An empty database on that server; its URL."""
    import psycopg

    with psycopg.connect(host=folder, user="callsim", dbname="postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return f"postgresql://callsim@/{name}?host={folder}"


def emptied(folder: str, name: str) -> str:
    """The URL of a database that is empty again, whoever used it before: far sooner made and removed than a new one."""
    import psycopg

    with psycopg.connect(host=folder, user="callsim", dbname=name, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return f"postgresql://callsim@/{name}?host={folder}"


def _run(owner: str | None, *command: object) -> None:
    """As that user. The server's own output goes to its log, so that nobody waits for its pipe."""
    done = subprocess.run(
        [str(part) for part in command],
        user=owner,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=_LIMIT_S,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    if done.returncode:
        pytest.skip(f"no PostgreSQL could be started here ({Path(str(command[0])).name} ended with {done.returncode})")
