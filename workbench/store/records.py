"""Records and their versions, what found them, and whether their source still has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from ingest.changes import canonical_hash, differences
from ingest.record import Record
from workbench.store import tables
from workbench.store.base import Part, chunks, utc_now
from workbench.store.connection import Database
from workbench.store.errors import NotThere, StoreError
from workbench.store.searches import keep, pack
from workbench.store.tables import storable
from workbench.store.values import (
    SYSTEM,
    AddedRecords,
    Counts,
    NewAnswer,
    RecordChange,
    RecordVersion,
    Withdrawal,
)

version, record = tables.record_version, tables.record

_newer = version.alias("newer")
LATEST = ~sa.exists().where(_newer.c.record == version.c.record, _newer.c.number > version.c.number)


class Records(Part):
    """A record is never edited: what its source changes is a new version."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        # For the types of links asked for: the records that ever had one or were retracted, and how far was looked.
        self._noticed: dict[tuple[str, ...], tuple[dict[str, None], int]] = {}

    def add_records(
        self,
        run: int,
        strategy: str,
        records: Iterable[tuple[Record, str | None]],
        *,
        found: bool = True,
        answers: Sequence[NewAnswer] = (),
        by: str = SYSTEM,
        now: datetime | None = None,
    ) -> AddedRecords:
        """Add what a search brought: (record, SHA-256 of the raw answer it was read from, or None) pairs.

        Adding the same again adds nothing. A version is added only where the content changed, a "found by this
        strategy" only the first time, and only with `found`: looking again at a record is not finding it. A record that
        had been withdrawn by its source is marked as back. answers: kept in the same transaction.
        """
        packed = [pack(answer) for answer in answers]
        batch = [(record_, raw) for record_, raw in records]
        keys = list(dict.fromkeys(record_.key for record_, _ in batch))
        for key in keys:
            if storable(key) != key:
                raise StoreError(
                    f"the record {key!r} cannot be added: its identifier holds characters that are no text"
                )
        stamp: dict[str, Any] = {"by": by, "at": now or utc_now()}
        with self._database.writing() as connection:
            indication = _indication(connection, run, strategy)
            for answer in packed:
                keep(connection, run, answer, **stamp)
            latest = _latest(connection, keys)
            fresh, versions, changed, retracted = [], [], [], []
            for record_, raw in batch:
                digest = _hash(record_)
                before = latest.get(record_.key)
                if before is not None and before[1] == digest:
                    continue
                if before is None:
                    fresh.append(record_.key)
                elif record_.key not in fresh and record_.key not in changed:
                    changed.append(record_.key)
                if record_.retracted and not (before and before[2]):
                    retracted.append(record_.key)
                number = before[0] + 1 if before else 1
                latest[record_.key] = (number, digest, record_.retracted)
                versions.append(_version_row(record_, number, digest, run, raw) | stamp)
            if fresh:
                sources = {record_.key: record_.source for record_, _ in batch}
                connection.execute(sa.insert(record), [{"key": key, "source": sources[key], **stamp} for key in fresh])
            if versions:
                connection.execute(sa.insert(version), versions)
            if found:
                _add_found(connection, run, strategy, indication, keys, stamp)
            withdrawn = _withdrawn(connection, keys)
            _add_presence(connection, run, [key for key in keys if key in withdrawn], stamp, present=True)
        return AddedRecords(
            new=len(fresh),
            changed=len(changed),
            known=len(batch) - len(fresh) - len(changed),
            retracted=len(retracted),
            new_keys=tuple(fresh),
            changed_keys=tuple(changed),
            retracted_keys=tuple(retracted),
        )

    def add_found(
        self, run: int, strategy: str, keys: Sequence[str], *, by: str = SYSTEM, now: datetime | None = None
    ) -> int:
        """Record that a strategy found records the review already holds; gives how many that is news for."""
        with self._database.writing() as connection:
            self._need_records(connection, keys)
            indication = _indication(connection, run, strategy)
            stamp: dict[str, Any] = {"by": by, "at": now or utc_now()}
            return _add_found(connection, run, strategy, indication, list(dict.fromkeys(keys)), stamp)

    def mark_withdrawn(
        self, run: int, keys: Sequence[str], *, by: str = SYSTEM, now: datetime | None = None
    ) -> tuple[str, ...]:
        """Record that the source no longer has these records; gives those for which that is news."""
        with self._database.writing() as connection:
            self._need_records(connection, keys)
            already = _withdrawn(connection, keys)
            gone = [key for key in dict.fromkeys(keys) if key not in already]
            _add_presence(connection, run, gone, {"by": by, "at": now or utc_now()}, present=False)
        return tuple(gone)

    def withdrawn(self) -> frozenset[str]:
        """Keys of the records that their source no longer has."""
        with self._database.reading() as connection:
            return frozenset(_withdrawn(connection, None))

    def withdrawals(self) -> tuple[Withdrawal, ...]:
        """When and in which run each record that its source no longer has was seen to be gone, oldest first."""
        table = tables.presence
        latest: dict[str, Withdrawal | None] = {}
        with self._database.reading() as connection:
            for row in connection.execute(sa.select(table).order_by(table.c.seq)):
                gone = None if row.present else Withdrawal(record=row.record, run=row.search, at=row.at)
                latest[row.record] = gone
        return tuple(withdrawal for withdrawal in latest.values() if withdrawal is not None)

    def record(self, key: str) -> Record:
        """A record as its latest version has it."""
        found = self.records_of((key,))
        if not found:
            raise NotThere(f"the review holds no record {key}")
        return found[0]

    def records_of(self, keys: Sequence[str]) -> tuple[Record, ...]:
        """The latest versions of the records named, in that order; those not held are left out."""
        found: dict[str, Record] = {}
        with self._database.reading() as connection:
            for part in chunks(dict.fromkeys(keys)):
                rows = connection.execute(
                    sa.select(version.c.record, version.c.content).where(version.c.record.in_(part), LATEST)
                )
                found.update((row.record, Record.from_dict(row.content)) for row in rows)
        return tuple(found[key] for key in keys if key in found)

    def records(
        self,
        search_text: str = "",
        indication: str | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> tuple[Record, ...]:
        """One page of records in the order they were seen: those that hold every word of `search_text`, in any case.

        Words are looked for in the title, authors, journal, year, identifiers and abstract.
        """
        query = (
            _matching(sa.select(version.c.content), search_text, indication)
            .order_by(record.c.seq)
            .offset(max(0, offset))
            .limit(max(0, limit))
        )
        with self._database.reading() as connection:
            return tuple(Record.from_dict(content) for content in connection.scalars(query))

    def count_records(self, search_text: str = "", indication: str | None = None) -> int:
        """How many records `records` would give in all."""
        query = _matching(sa.select(sa.func.count()).select_from(version), search_text, indication)
        with self._database.reading() as connection:
            return connection.scalar(query) or 0

    def all_records(self, batch: int = 500) -> Iterator[Record]:
        """Every record in the order they were seen, read in batches: never all in memory at once."""
        after = 0
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(
                    sa.select(record.c.seq, version.c.content)
                    .join(version, version.c.record == record.c.key)
                    .where(record.c.seq > after, LATEST)
                    .order_by(record.c.seq)
                    .limit(batch)
                ).all()
            if not rows:
                return
            after = rows[-1].seq
            for row in rows:
                yield Record.from_dict(row.content)

    def record_versions(self, key: str) -> tuple[RecordVersion, ...]:
        """A record as it was over time, oldest first."""
        return self.versions_of((key,)).get(key, ())

    def versions_of(self, keys: Sequence[str]) -> dict[str, tuple[RecordVersion, ...]]:
        """For each of the records that the review holds, how it was over time, oldest first."""
        found: dict[str, list[RecordVersion]] = {}
        with self._database.reading() as connection:
            for part in chunks(dict.fromkeys(keys)):
                query = sa.select(version).where(version.c.record.in_(part))
                for row in connection.execute(query.order_by(version.c.record, version.c.number)):
                    found.setdefault(row.record, []).append(_version(row))
        return {key: tuple(found[key]) for key in dict.fromkeys(keys) if key in found}

    def record_changes(self, key: str) -> tuple[RecordChange, ...]:
        """What changed in a record each time its source changed it, oldest first."""
        versions = self.record_versions(key)
        return tuple(
            RecordChange(
                number=after.number,
                at=after.at,
                run=after.run,
                fields=tuple(
                    (name, getattr(before.record, name), getattr(after.record, name))
                    for name in differences(before.record, after.record)
                ),
            )
            for before, after in pairwise(versions)
        )

    def noticed_records(self, link_types: Sequence[str]) -> tuple[Record, ...]:
        """The records that are retracted, or that have a link of one of these types, by their keys.

        The versions are looked through once in the life of a store, and then those that were added.
        """
        with self._database.reading() as connection, self._standing.lock:
            keys, after = self._noticed.setdefault(tuple(link_types), ({}, 0))
            content = sa.type_coerce(version.c.content, sa.Text)
            tells = (content.contains(f'"{kind}"', autoescape=True) for kind in link_types)
            noticed = sa.or_(version.c.retracted, *tells)
            query = sa.select(version.c.record, version.c.seq).where(version.c.seq > after).order_by(version.c.seq)
            for row in connection.execute(query.where(noticed)):
                keys[row.record] = None
            last = connection.scalar(sa.select(sa.func.max(version.c.seq)))
            self._noticed[tuple(link_types)] = (keys, last or 0)
            wanted = sorted(keys)
        kinds = set(link_types)  # a title may hold such a word, and an earlier version may have had such a link
        return tuple(
            found
            for found in self.records_of(wanted)
            if found.retracted or any(link.type in kinds for link in found.links)
        )

    def counts(self) -> Counts:
        """How much the review holds."""
        counted = (tables.decision, tables.study, tables.result, tables.extraction, tables.search)
        with self._database.reading() as connection:
            rows = {table.name: _count(connection, table) for table in counted}
            retracted = connection.scalar(
                sa.select(sa.func.count()).select_from(version).where(version.c.retracted, LATEST)
            )
            withdrawn = len(_withdrawn(connection, None))
            unsure = connection.execute(sa.select(tables.unsure_pair.c.first, tables.unsure_pair.c.second)).all()
            with self._current(connection) as standing:
                reports = standing.report_keys()
                by_indication: dict[str, int] = {}
                for key in reports:
                    for indication in standing.report_indications(key):
                        by_indication[indication] = by_indication.get(indication, 0) + 1
                by_source: dict[str, int] = {}
                for source in standing.sources.values():
                    by_source[source] = by_source.get(source, 0) + 1
                records, open_pairs = len(standing.sources), sum(standing.is_open(*pair) for pair in unsure)
                report_count = len(reports)
        return Counts(
            records=records,
            reports=report_count,
            duplicates=records - report_count,
            unsure_pairs=open_pairs,
            retracted=retracted or 0,
            withdrawn=withdrawn,
            decisions=rows["decision"],
            studies=rows["study"],
            results=rows["result"],
            extractions=rows["extraction"],
            searches=rows["search"],
            by_source=dict(sorted(by_source.items())),
            by_indication=dict(sorted(by_indication.items())),
        )


def _version(row: sa.Row[Any]) -> RecordVersion:
    return RecordVersion(
        number=row.number,
        record=Record.from_dict(row.content),
        hash=row.hash,
        run=row.search,
        raw_sha256=row.raw_sha256,
        at=row.at,
    )


def _hash(record_: Record) -> str:
    try:
        return canonical_hash(record_)
    except UnicodeError as error:
        raise StoreError(f"the record {record_.key} cannot be added: it holds characters that are no text") from error


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def _matching(query: sa.Select[Any], search_text: str, indication: str | None) -> sa.Select[Any]:
    query = query.join(record, record.c.key == version.c.record).where(LATEST)
    for word in storable(search_text).casefold().split():
        query = query.where(version.c.folded.contains(word, autoescape=True))
    if indication is not None:
        found = tables.found
        query = query.where(sa.exists().where(found.c.record == record.c.key, found.c.indication == indication))
    return query


def _version_row(record_: Record, number: int, digest: str, run: int, raw: str | None) -> dict[str, Any]:
    identifiers = [record_.pmid, record_.doi, record_.pmcid, *record_.registry_ids, record_.year]
    names = [record_.title, record_.original_title, *record_.authors, record_.journal]
    folded = "\n".join([*names, *(str(item) for item in identifiers if item), record_.abstract]).casefold()
    return {
        "record": record_.key,
        "number": number,
        "hash": digest,
        "search": run,
        "raw_sha256": raw,
        "pmid": record_.pmid,
        "doi": record_.doi,
        "year": record_.year,
        "title": record_.title,
        "retracted": record_.retracted,
        "folded": folded,
        "content": record_.as_dict(),
    }


def _indication(connection: sa.Connection, run: int, strategy: str) -> str | None:
    """The indication of a run, which must be of that strategy."""
    table = tables.search
    row = connection.execute(sa.select(table.c.strategy, table.c.indication).where(table.c.seq == run)).first()
    if row is None:
        raise NotThere(f"there is no search {run}")
    if row.strategy != strategy:
        raise StoreError(f"search {run} ran the strategy {row.strategy!r}, not {strategy!r}")
    return None if row.indication is None else str(row.indication)


def _latest(connection: sa.Connection, keys: Sequence[str]) -> dict[str, tuple[int, str, bool]]:
    """Of the records already held: number, hash and retraction of the latest version."""
    found = {}
    for part in chunks(keys):
        columns = (version.c.record, version.c.number, version.c.hash, version.c.retracted)
        for row in connection.execute(sa.select(*columns).where(version.c.record.in_(part), LATEST)):
            found[row.record] = (row.number, row.hash, row.retracted)
    return found


def _add_found(
    connection: sa.Connection,
    run: int,
    strategy: str,
    indication: str | None,
    keys: Sequence[str],
    stamp: dict[str, Any],
) -> int:
    table = tables.found
    held: set[str] = set()
    for part in chunks(keys):
        held.update(
            connection.scalars(sa.select(table.c.record).where(table.c.strategy == strategy, table.c.record.in_(part)))
        )
    rows = [
        {"record": key, "search": run, "strategy": strategy, "indication": indication, **stamp}
        for key in keys
        if key not in held
    ]
    if rows:
        connection.execute(sa.insert(table), rows)
    return len(rows)


def _add_presence(
    connection: sa.Connection, run: int, keys: Sequence[str], stamp: dict[str, Any], *, present: bool
) -> None:
    if keys:
        rows = [{"record": key, "search": run, "present": present, **stamp} for key in keys]
        connection.execute(sa.insert(tables.presence), rows)


def _withdrawn(connection: sa.Connection, keys: Sequence[str] | None) -> set[str]:
    """Records whose latest word is that their source no longer has them; among `keys`, or among all (None)."""
    table = tables.presence
    latest: dict[str, bool] = {}
    query = sa.select(table.c.record, table.c.present).order_by(table.c.seq)
    parts: Iterable[list[str] | None] = [None] if keys is None else chunks(keys)
    for part in parts:
        for row in connection.execute(query if part is None else query.where(table.c.record.in_(part))):
            latest[row.record] = row.present
    return {key for key, present in latest.items() if not present}
