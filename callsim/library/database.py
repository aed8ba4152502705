"""The database behind a library: opened, brought forward to this version, and its troubles told in one sentence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from callsim.errors import InputError, MachineError

# The newest step in migrations/versions; asked for here so that Alembic is loaded only when there is a step to take.
NEWEST = "0005"
_MIGRATIONS = Path(__file__).parent / "migrations"
_WAIT_S = 30
# Any number will do, as long as all of callsim takes the same.
_LOCK = 0x63616C6C73696D


def opened(url: URL) -> Engine:
    """The database at a URL, of this version afterwards.

    Raises InputError where it is not for us or was made by a newer callsim, MachineError where it cannot be had.
    """
    with speaking_of(url):
        engine = _engine(url)
        try:
            _bring_forward(engine, url)
        except BaseException:
            engine.dispose()
            raise
        return engine


def file_url(path: Path) -> URL:
    """The URL of a SQLite file."""
    return URL.create("sqlite", database=str(path))


def url_of(given: str) -> URL:
    """A URL as somebody gave it; PostgreSQL is spoken to through psycopg. Raises InputError."""
    try:
        url = make_url(given)
    except ArgumentError:
        raise InputError(
            "CALLSIM_LIBRARY is no database URL: write postgresql+psycopg://USER@HOST/NAME, or leave it unset"
        ) from None
    if url.get_backend_name() in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}:
        return url.set(drivername="sqlite")
    raise InputError(f"CALLSIM_LIBRARY names {shown(url)}: give a PostgreSQL database, or a file of SQLite")


def shown(url: URL) -> str:
    """A database as messages call it: a file's path, or a URL without its password."""
    return str(url.database) if url.drivername == "sqlite" else url.render_as_string(hide_password=True)


@contextmanager
def speaking_of(url: URL) -> Iterator[None]:
    """Tell what a database complains about in one sentence; never with what was to be written."""
    try:
        yield
    except DBAPIError as wrong:
        lines = str(wrong.orig).strip().splitlines() or [type(wrong.orig).__name__]
        raise MachineError(
            f"The library {shown(url)} cannot be used ({lines[0].strip().rstrip('.')}): {_remedy(url)}"
        ) from None


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that no other writer of ours runs beside."""
    with engine.connect().execution_options(callsim_writes=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        yield connection


def _remedy(url: URL) -> str:
    if url.drivername == "sqlite":
        return "check that disk, or move the file away and a new one is made (all that people wrote would be gone)"
    return "check that the server runs and lets you in"


def _engine(url: URL) -> Engine:
    # Not a word of what is written may reach a message or a log.
    try:
        engine = create_engine(url, hide_parameters=True)
    except (ModuleNotFoundError, NoSuchModuleError):
        raise MachineError(
            f"The library {shown(url)} needs psycopg, which is not installed: pip install 'callsim[postgres]'"
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Transactions are begun by us; what is deleted is overwritten, for it may be what somebody said."""
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None
    cursor = connection.cursor()
    for setting in ("foreign_keys=ON", f"busy_timeout={_WAIT_S * 1000}", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """A writer asks for its turn at once: one that asks in mid-transaction may be turned away."""
    writes = connection.get_execution_options().get("callsim_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _bring_forward(engine: Engine, url: URL) -> None:
    with engine.connect() as connection:
        if _version(connection) == NEWEST:
            return
    with writing(engine) as connection:
        version = _version(connection)
        if version != NEWEST:
            _migrate(connection, version, url)


def _version(connection: Connection) -> str | None:
    """Which step the database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _migrate(connection: Connection, version: str | None, url: URL) -> None:
    from alembic.config import Config  # noqa: PLC0415 - rarely needed, and a third of a second to load
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    scripts = ScriptDirectory(str(_MIGRATIONS), version_locations=[str(_MIGRATIONS / "versions")])
    if version is not None and version not in {script.revision for script in scripts.walk_revisions()}:
        raise InputError(f"The library {shown(url)} was made by a newer callsim (step {version}): update callsim")
    steps = EnvironmentContext(Config(), scripts, fn=lambda current, _: scripts._upgrade_revs("head", current))
    with steps:
        steps.configure(connection=connection)
        steps.run_migrations()
