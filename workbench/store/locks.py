"""One job at a time: a lock in the database, which a dead process does not keep.

A lock is taken over once it has expired, or at once if it was taken on this machine by a process that is gone.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workbench.store.base import Part, utc_now
from workbench.store.errors import Busy
from workbench.store.tables import job_lock
from workbench.store.values import JobLock

ONE_HOUR = timedelta(hours=1)


class Locks(Part):
    """Locks are no facts: they say who is at work now."""

    def try_lock(
        self, name: str, holder: str, ttl: timedelta = ONE_HOUR, *, now: datetime | None = None
    ) -> JobLock | None:
        """Take the lock for `ttl`; None if somebody else, or another part of this process, holds it."""
        at = now or utc_now()
        mine = JobLock(
            name=name,
            holder=holder,
            host=socket.gethostname(),
            pid=os.getpid(),
            process=_process(os.getpid()) or "",
            token=str(uuid.uuid4()),
            taken_at=at,
            expires_at=at + ttl,
        )
        with self._database.writing() as connection:
            held = _held(connection, name)
            if held is not None:
                if held.expires_at > at and not _is_gone(held):
                    return None
                connection.execute(sa.delete(job_lock).where(job_lock.c.name == name))
            connection.execute(
                sa.insert(job_lock).values({field: getattr(mine, field) for field in job_lock.c.keys()})  # noqa: SIM118
            )
        return mine

    def renew_lock(
        self, lock: JobLock, ttl: timedelta = ONE_HOUR, *, doing: str = "", now: datetime | None = None
    ) -> bool:
        """Hold the lock for `ttl` from now; False if it was lost to somebody else meanwhile.

        doing: how far the job is, in words, for those who look at `lock_holder`.
        """
        with self._database.writing() as connection:
            renewed = connection.execute(
                sa.update(job_lock)
                .where(job_lock.c.name == lock.name, job_lock.c.token == lock.token)
                .values(expires_at=(now or utc_now()) + ttl, doing=doing)
            )
            return renewed.rowcount == 1

    def release_lock(self, lock: JobLock) -> bool:
        """Give the lock back; False if it was lost to somebody else meanwhile (whose lock stays)."""
        with self._database.writing() as connection:
            released = connection.execute(
                sa.delete(job_lock).where(job_lock.c.name == lock.name, job_lock.c.token == lock.token)
            )
            return released.rowcount == 1

    def lock_holder(self, name: str) -> JobLock | None:
        """Who holds a lock, be it expired or not; None if nobody does."""
        with self._database.reading() as connection:
            return _held(connection, name)

    @contextmanager
    def locked(self, name: str, holder: str, ttl: timedelta = ONE_HOUR) -> Iterator[JobLock]:
        """Hold a lock for a block; `Busy`, naming the holder, if it is taken."""
        lock = self.try_lock(name, holder, ttl)
        if lock is None:
            held = self.lock_holder(name)
            who = f" by {held.holder} on {held.host} since {held.taken_at:%Y-%m-%d %H:%M} UTC" if held else ""
            raise Busy(f"{name} is being done already{who}; only one can run at a time")
        try:
            yield lock
        finally:
            self.release_lock(lock)


def _held(connection: Connection, name: str) -> JobLock | None:
    row = connection.execute(sa.select(job_lock).where(job_lock.c.name == name)).first()
    return None if row is None else JobLock(**row._mapping)


def _is_gone(lock: JobLock) -> bool:
    """Whether the process that took the lock is certainly dead; False where that cannot be known."""
    if lock.host != socket.gethostname() or os.name != "posix":
        return False
    try:
        os.kill(lock.pid, 0)
    except ProcessLookupError:
        return True
    except OSError:  # it lives, and belongs to somebody else
        return False
    running = _process(lock.pid)
    return bool(lock.process) and running is not None and running != lock.process


def _process(pid: int) -> str | None:
    """The start time of a process, which tells it from a later one with the same pid (Linux; None elsewhere)."""
    try:
        # The name, in parentheses, may hold anything; field 22 counts from the closing one.
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None
