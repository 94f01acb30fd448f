"""The ledger of searches, and the raw answers that came back."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa

from workbench.store import tables
from workbench.store.base import Part, utc_now
from workbench.store.errors import NotThere, StoreError
from workbench.store.values import SYSTEM, NewAnswer, RawAnswer, SearchKind, SearchRun


class Searches(Part):
    """A search is two facts: that it started, and how it ended. One without an end is running, or its process died."""

    def begin_search(
        self,
        strategy: str,
        query: str,
        now: datetime | None = None,
        *,
        indication: str | None = None,
        source: str = "PubMed",
        kind: SearchKind = "database",
        by: str = SYSTEM,
    ) -> int:
        """Record that a strategy is being run; gives the run's id. kind: its box in PRISMA 2020's flow."""
        if kind not in get_args(SearchKind):
            raise StoreError(f"a search is of the kind {', '.join(get_args(SearchKind))}, not {kind!r}")
        with self._database.writing() as connection:
            inserted = connection.execute(
                sa.insert(tables.search)
                .values(
                    strategy=strategy,
                    indication=indication,
                    source=source,
                    query=query,
                    kind=kind,
                    by=by,
                    at=now or utc_now(),
                )
                .returning(tables.search.c.seq)
            )
            return int(inserted.scalar_one())

    def finish_search(
        self,
        run: int,
        *,
        status: Literal["complete", "failed"] = "complete",
        count: int | None = None,
        translation: str = "",
        new: int | None = None,
        changed: int | None = None,
        withdrawn: int | None = None,
        retracted: int | None = None,
        requests: int = 0,
        error: str = "",
        remarks: str = "",
        by: str = SYSTEM,
        now: datetime | None = None,
    ) -> SearchRun:
        """Record how a run ended; once. new, changed, withdrawn and retracted are counted from its facts unless given.

        error: why it failed. remarks: what is worth knowing otherwise; a complete run has no other.
        """
        if status not in ("complete", "failed"):
            raise StoreError(f"a search ends complete or failed, not {status!r}")
        with self._database.writing() as connection:
            if connection.scalar(sa.select(tables.search.c.seq).where(tables.search.c.seq == run)) is None:
                raise NotThere(f"there is no search {run}")
            ended = connection.scalar(sa.select(tables.search_end.c.status).where(tables.search_end.c.search == run))
            if ended is not None:
                raise StoreError(f"search {run} has ended already ({ended})")
            connection.execute(
                sa.insert(tables.search_end).values(
                    search=run,
                    status=status,
                    translation=translation,
                    count=count,
                    new=_brought(connection, run, first=True) if new is None else new,
                    changed=_brought(connection, run, first=False) if changed is None else changed,
                    withdrawn=_withdrawn(connection, run) if withdrawn is None else withdrawn,
                    retracted=_retracted(connection, run) if retracted is None else retracted,
                    requests=requests,
                    error=error,
                    remarks=remarks,
                    by=by,
                    at=now or utc_now(),
                )
            )
            return _runs(connection, run=run)[0]

    def fail_running(
        self, error: str = "interrupted", *, strategy: str | None = None, by: str = SYSTEM, now: datetime | None = None
    ) -> tuple[SearchRun, ...]:
        """Record that every run without an end has failed; gives them.

        For a program that holds the lock under which searches run, and so knows that nobody is running one.
        """
        running = [run for run in self.searches(strategy) if run.status == "running"]
        return tuple(self.finish_search(run.id, status="failed", error=error, by=by, now=now) for run in running)

    def searches(self, strategy: str | None = None) -> tuple[SearchRun, ...]:
        """The ledger: every run, oldest first."""
        with self._database.reading() as connection:
            return _runs(connection, strategy=strategy)

    def current_to(self, now: datetime | None = None) -> dict[str, datetime]:
        """For each strategy, the time up to which the review knows the source.

        That is when its last complete run *started*: what the source added during the run may not have been listed.
        A run that a fast clock dated after `now` tells nothing, and is left out.
        """
        limit = now or utc_now()
        return {
            run.strategy: run.started for run in self.searches() if run.status == "complete" and run.started <= limit
        }

    def add_raw_answer(
        self,
        run: int,
        kind: str,
        sha256: str,
        body: bytes,
        requested: tuple[str, ...] = (),
        *,
        by: str = SYSTEM,
        now: datetime | None = None,
    ) -> None:
        """Keep an answer as it arrived (compressed; the same bytes once). A hash that is not the body's is refused."""
        packed = pack(NewAnswer(kind=kind, body=body, requested=requested))
        if sha256 != packed.sha256:
            raise StoreError(f"the answer's SHA-256 is {packed.sha256}, not {sha256}: it was changed on the way")
        at = now or utc_now()
        with self._database.writing() as connection:
            keep(connection, run, packed, by=by, at=at)

    def raw_answers(self, run: int) -> tuple[RawAnswer, ...]:
        """What a run received, in order, without the bytes (`raw_body` gives them)."""
        answer, body = tables.raw_answer, tables.raw_body
        with self._database.reading() as connection:
            rows = connection.execute(
                sa.select(answer, body.c.size)
                .join(body, body.c.sha256 == answer.c.sha256)
                .where(answer.c.search == run)
                .order_by(answer.c.seq)
            ).all()
        return tuple(
            RawAnswer(
                run=row.search,
                kind=row.kind,
                sha256=row.sha256,
                size=row.size,
                requested=tuple(row.requested),
                at=row.at,
            )
            for row in rows
        )

    def raw_body(self, sha256: str) -> bytes:
        """The bytes of a kept answer, checked against their hash."""
        table = tables.raw_body
        with self._database.reading() as connection:
            compressed = connection.scalar(sa.select(table.c.compressed).where(table.c.sha256 == sha256))
        if compressed is None:
            raise NotThere(f"no answer with the SHA-256 {sha256} was kept")
        body = zlib.decompress(compressed)
        if hashlib.sha256(body).hexdigest() != sha256:
            raise StoreError(f"the kept answer {sha256} is damaged")
        return body


@dataclass(frozen=True, slots=True)
class Packed:
    """An answer ready to be kept."""

    answer: NewAnswer
    sha256: str
    compressed: bytes


def pack(answer: NewAnswer) -> Packed:
    """Hash and compress an answer: before the transaction, so that others need not wait for it."""
    return Packed(answer, hashlib.sha256(answer.body).hexdigest(), zlib.compress(answer.body, 6))


def keep(connection: sa.Connection, run: int, packed: Packed, *, by: str, at: datetime) -> None:
    """Keep an answer of a run inside a transaction."""
    held = sa.select(tables.raw_body.c.seq).where(tables.raw_body.c.sha256 == packed.sha256)
    if connection.scalar(held) is None:
        size = len(packed.answer.body)
        connection.execute(
            sa.insert(tables.raw_body).values(
                sha256=packed.sha256, size=size, compressed=packed.compressed, by=by, at=at
            )
        )
    connection.execute(
        sa.insert(tables.raw_answer).values(
            search=run,
            kind=packed.answer.kind,
            sha256=packed.sha256,
            requested=list(packed.answer.requested),
            by=by,
            at=at,
        )
    )


def _brought(connection: sa.Connection, run: int, *, first: bool) -> int:
    """Count the records that a run brought (first) or brought a new version of."""
    table = tables.record_version
    numbers = table.c.number == 1 if first else table.c.number > 1
    return connection.scalar(sa.select(sa.func.count()).where(table.c.search == run, numbers)) or 0


def _withdrawn(connection: sa.Connection, run: int) -> int:
    table = tables.presence
    return connection.scalar(sa.select(sa.func.count()).where(table.c.search == run, ~table.c.present)) or 0


def _retracted(connection: sa.Connection, run: int) -> int:
    """Count the records that a run brought as retracted, and that were not before."""
    table = tables.record_version
    before = table.alias("before")
    was = sa.exists().where(
        before.c.record == table.c.record, before.c.number == table.c.number - 1, before.c.retracted
    )
    query = sa.select(sa.func.count(table.c.record.distinct())).where(table.c.search == run, table.c.retracted, ~was)
    return connection.scalar(query) or 0


def _runs(connection: sa.Connection, *, run: int | None = None, strategy: str | None = None) -> tuple[SearchRun, ...]:
    """The ledger, or one strategy's part of it, or one run; each compared with the complete run before it."""
    start, end = tables.search, tables.search_end
    names = ("status", "translation", "count", "new", "changed", "withdrawn", "retracted", "requests")
    query = (
        sa.select(
            start,
            end.c.at.label("finished"),
            *(end.c[name].label(f"end_{name}") for name in (*names, "error", "remarks")),
        )
        .outerjoin(end, end.c.search == start.c.seq)
        .order_by(start.c.seq)
    )
    if run is not None:
        strategy = connection.scalar(sa.select(start.c.strategy).where(start.c.seq == run))
    if strategy is not None:
        query = query.where(start.c.strategy == strategy)
    runs, before = [], dict[str, SearchRun]()
    for row in connection.execute(query):
        found = _run(row, before.get(row.strategy))
        if found.status == "complete":
            before[row.strategy] = found
        runs.append(found)
    return tuple(found for found in runs if run is None or found.id == run)


def _run(row: sa.Row[Any], before: SearchRun | None) -> SearchRun:
    error, remarks = row.end_error or "", row.end_remarks or ""
    if row.end_status == "complete":  # before there were remarks, a complete run's stood under "error"
        error, remarks = "", "; ".join(part for part in (remarks, error) if part)
    translation = row.end_translation or ""
    same_query = before is None or before.query == row.query
    comparable = before is not None and same_query and before.translation and translation
    return SearchRun(
        id=row.seq,
        strategy=row.strategy,
        indication=row.indication,
        source=row.source,
        query=row.query,
        translation=translation,
        count=row.end_count,
        new=row.end_new or 0,
        changed=row.end_changed or 0,
        withdrawn=row.end_withdrawn or 0,
        retracted=row.end_retracted or 0,
        requests=row.end_requests or 0,
        status=row.end_status or "running",
        error=error,
        started=row.at,
        finished=row.finished,
        by=row.by,
        kind=row.kind,
        remarks=remarks,
        query_changed=not same_query,
        translation_changed=bool(comparable and before is not None and before.translation != translation),
    )
