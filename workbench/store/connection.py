"""One engine, two kinds of transaction, and errors a reviewer can act on.

One writer works at a time, on both engines: SQLite by `BEGIN IMMEDIATE`, PostgreSQL by an advisory lock held to the end
of the transaction. So a check made inside a write still holds when it commits, no two writers can block each other for
good, and rows become visible in the order of their `seq`. Readers see one snapshot and are never held up.

A committed fact is on the disk: SQLite runs in WAL mode with synchronous=FULL.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import ArgumentError, InvalidatePoolError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from workbench.store.errors import DiskFull, StoreError

WAIT_SECONDS = 30  # for another writer, before giving up
POOL = 20  # connections that stay open once they were needed: opening one costs more than most questions
RESTED = 1.0  # seconds after which a connection is asked whether it still lives, before it is used again
WRITER = 0x7254_4D53  # PostgreSQL's advisory lock of the one writer
_WRITES = "workbench_writes"
_SINCE = "workbench_since"


def database_url(text: str) -> URL:
    """Read a database address: `sqlite:///FILE`, `postgresql://USER:PASSWORD@HOST/NAME` or `postgres://...`.

    The address is never part of an error's message: it may hold a password.
    """
    try:
        url = sa.make_url(text)
    except (ArgumentError, ValueError):
        raise StoreError(
            "the database address cannot be read; it should look like postgresql://USER:PASSWORD@HOST:PORT/NAME"
        ) from None
    backend = url.drivername.split("+")[0]
    if backend in ("postgresql", "postgres"):
        if "@" in (url.host or ""):  # the rest of a password, which would be looked up and printed as a host
            raise StoreError("the database address holds more than one @: write an @ of the password as %40")
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        if not url.database or url.database == ":memory:":
            raise StoreError("a review needs a database file: one that lives in memory would be lost with the program")
        return url.set(drivername="sqlite+pysqlite")
    raise StoreError(f"the database address begins with {backend!r}; the workbench works with sqlite and postgresql")


def file_url(path: Path) -> URL:
    """The address of an SQLite file."""
    return URL.create("sqlite+pysqlite", database=str(path))


class Database:
    """An engine that opens transactions for reading and for writing."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.engine = _engine(url)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is an SQLite file."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def name(self) -> str:
        """What to call it in a message: never with credentials."""
        if self.is_sqlite:
            return f"the database file {self.url.database}"
        return f"the PostgreSQL database {self.url.database or ''} on {self.url.host or 'this machine'}"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one snapshot and changes nothing."""
        with self._explained(), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open the one writing transaction; it is on the disk once this ends, or never happened."""
        with self._explained(), self.engine.connect() as connection:
            connection = connection.execution_options(**{_WRITES: True})
            with connection.begin():
                if not self.is_sqlite:
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITER)))
                yield connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            secret = str(self.url.password or "")
            leaks = bool(secret) and secret in f"{error}{error.__cause__}"
            raise explain(error, self.name, secret=secret) from (None if leaks else error)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def explain(error: SQLAlchemyError, name: str, *, secret: str = "") -> StoreError:
    """Turn a database error into one that says what happened to the work and what to do."""
    cause = error.orig if isinstance(error, StatementError) else None
    if isinstance(cause, StoreError):  # a column's type refused the value, and said why
        return cause
    if isinstance(cause, sqlite3.Error):
        return _explain_sqlite(cause, name)
    if isinstance(error, PoolTimeout):
        return StoreError(f"{name} has too many users at once; try again in a moment")
    said = str(cause or "").strip().partition("\n")[0]
    return _explain_postgresql(error, name, said.replace(secret, "***") if secret else said)


def _explain_sqlite(cause: sqlite3.Error, name: str) -> StoreError:
    code = (getattr(cause, "sqlite_errorcode", None) or 0) & 0xFF  # the primary code
    nothing_saved = "This step was not saved; everything saved before is intact."
    match code:
        case sqlite3.SQLITE_FULL:
            return DiskFull(f"{name} cannot grow: the disk or quota is full. {nothing_saved} Make room and try again.")
        case sqlite3.SQLITE_IOERR:
            return DiskFull(
                f"{name} could not be read or written ({cause}): the disk may be full or failing. {nothing_saved}"
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreError(
                f"{name} was kept busy by another program for {WAIT_SECONDS} seconds. {nothing_saved} Try again."
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return StoreError(f"{name} may not be written by this user. {nothing_saved}")
        case sqlite3.SQLITE_CANTOPEN:
            return StoreError(f"{name} cannot be opened: check that its folder exists and may be written")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return StoreError(f"{name} is damaged or no database ({cause}); go back to a copy of it")
    return StoreError(f"{name} refused: {cause}. {nothing_saved}")


def _explain_postgresql(error: SQLAlchemyError, name: str, said: str) -> StoreError:
    cause = error.orig if isinstance(error, StatementError) else None
    state = str(getattr(cause, "sqlstate", None) or "")
    nothing_saved = "This step was not saved; everything saved before is intact."
    if state in ("53100", "53200", "54000"):
        return DiskFull(f"{name} has no room left. {nothing_saved} Make room on the server and try again.")
    if state == "55P03":
        return StoreError(
            f"{name} was kept busy by another writer for {WAIT_SECONDS} seconds. {nothing_saved} Try again."
        )
    if state.startswith(("08", "57P")) or (not state and isinstance(error, sa.exc.OperationalError)):
        # Only the server's words tell a wrong password or a missing database from a server that is not there.
        return StoreError(f"{name} cannot be reached or does not let us in. {nothing_saved} It said: {said}")
    return StoreError(f"{name} refused ({type(cause or error).__name__} {state}). {nothing_saved}")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        # hide_parameters: what reviewers wrote does not belong in a log
        engine = sa.create_engine(
            url,
            hide_parameters=True,
            pool_size=POOL,
            max_overflow=15,
            connect_args={"check_same_thread": False, "timeout": WAIT_SECONDS},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = sa.create_engine(url, hide_parameters=True, pool_size=POOL, max_overflow=15)
    event.listen(engine, "connect", _prepare_postgresql)
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", partial(_look_whether_it_lives, engine.dialect))
    return engine


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    """Say once for a connection, and not in each transaction, how long it waits for another writer."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{WAIT_SECONDS}s'")
    connection.commit()


def _note_rest(_connection: Any, record: Any) -> None:
    record.info[_SINCE] = time.monotonic()


def _look_whether_it_lives(dialect: Any, connection: Any, record: Any, _proxy: Any) -> None:
    """Ask a connection that lay idle; asking one that worked a moment ago (`pool_pre_ping`) costs a fifth of the time.

    A server that was started anew has ended them all: then all are opened anew, and nobody notices.
    """
    since = record.info.get(_SINCE)
    if since is None or time.monotonic() - since < RESTED:
        return
    try:
        dialect.do_ping(connection)
    except dialect.dbapi.Error:
        raise InvalidatePoolError from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: `_begin_sqlite` does
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA synchronous = FULL")
        _use_wal(cursor)
    finally:
        cursor.close()


def _use_wal(cursor: sqlite3.Cursor) -> None:
    """Switch the file to write-ahead logging; SQLite does not wait by itself when two programs do so at once."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
