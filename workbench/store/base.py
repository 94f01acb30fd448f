"""What the parts of the store share: the database, the standing view, the clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workbench.store import tables
from workbench.store.connection import Database
from workbench.store.errors import NotThere
from workbench.store.standing import Standing

T = TypeVar("T")
CHUNK = 400  # parameters in one statement: every SQLite allows this many


def utc_now() -> datetime:
    """The time a fact is recorded at."""
    return datetime.now(UTC)


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Cut into lists of at most `size`."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


class Part:
    """Base of the store's parts; each of their methods opens one transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._standing = Standing()

    @contextmanager
    def _view(self) -> Iterator[Standing]:
        """The standing view, up to date. First the transaction, then the lock, always: nobody waits in a ring."""
        with self._database.reading() as connection, self._current(connection) as standing:
            yield standing

    @contextmanager
    def _current(self, connection: Connection) -> Iterator[Standing]:
        """The standing view inside a transaction that is open already, and that has not added anything itself."""
        latest = self._standing.latest(connection)  # asked before the lock: others need not wait for the answer
        with self._standing.lock:
            self._standing.update(connection, latest)
            yield self._standing

    @staticmethod
    def _need_records(connection: Connection, keys: Iterable[str]) -> None:
        """Refuse keys of records that the review does not hold."""
        wanted = list(dict.fromkeys(keys))
        held: set[str] = set()
        for part in chunks(wanted):
            held.update(connection.scalars(sa.select(tables.record.c.key).where(tables.record.c.key.in_(part))))
        missing = [key for key in wanted if key not in held]
        if missing:
            raise NotThere(f"the review holds no record {', '.join(missing[:5])}{' ...' if len(missing) > 5 else ''}")
