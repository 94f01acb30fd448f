"""How records came to the review: what found them, what brought their versions, what led to them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from workbench.store import tables
from workbench.store.base import Part, chunks, utc_now
from workbench.store.values import SYSTEM, Brought, Found, Lead, Origin

version, record = tables.record_version, tables.record


class Provenance(Part):
    """Facts that searches leave behind beside the records themselves."""

    def found_by(self, key: str) -> tuple[Found, ...]:
        """The strategies that found a record, and in which run each did first."""
        table = tables.found
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(table).where(table.c.record == key).order_by(table.c.seq)).all()
        return tuple(Found(strategy=row.strategy, indication=row.indication, run=row.search, at=row.at) for row in rows)

    def pmids_found(self, strategy: str) -> set[str]:
        """PubMed's identifiers of all records that a strategy ever found."""
        table = tables.found
        prefix = "pubmed:"
        with self._database.reading() as connection:
            keys = connection.scalars(
                sa.select(table.c.record).where(table.c.strategy == strategy, table.c.record.startswith(prefix))
            )
            return {key.removeprefix(prefix) for key in keys}

    def known_pmids(self) -> set[str]:
        """PubMed's identifiers of all records that came from PubMed, whatever found them."""
        prefix = "pubmed:"
        with self._database.reading() as connection:
            keys = connection.scalars(sa.select(record.c.key).where(record.c.key.startswith(prefix)))
            return {key.removeprefix(prefix) for key in keys}

    def report_keys(self, keys: Iterable[str]) -> dict[str, str]:
        """For each of the records that the review holds, the key of the report it belongs to."""
        with self._view() as standing:
            return {key: standing.report_key(key) for key in keys if key in standing.place}

    def identified(self, pmids: Iterable[str], dois: Iterable[str]) -> dict[str, str]:
        """For each PMID and each DOI (lower case) that a record of the review bears or bore, the key of its report."""
        keys: dict[str, str] = {}
        with self._database.reading() as connection:
            for column, wanted in ((version.c.pmid, pmids), (version.c.doi, dois)):
                for part in chunks(dict.fromkeys(wanted)):
                    query = sa.select(column, version.c.record).where(column.in_(part)).order_by(version.c.seq)
                    keys.update((row[0], row[1]) for row in connection.execute(query))
            with self._current(connection) as standing:
                return {said: standing.report_key(key) for said, key in keys.items()}

    def fetched_pmids(self) -> set[str]:
        """PubMed's identifiers of the records that a search of PubMed itself found (not only a file, however named)."""
        found, search, prefix = tables.found, tables.search, "pubmed:"
        query = (
            sa.select(found.c.record)
            .join(search, search.c.seq == found.c.search)
            .where(
                search.c.source == "PubMed", ~search.c.strategy.startswith("file: "), found.c.record.startswith(prefix)
            )
            .distinct()
        )
        with self._database.reading() as connection:
            return {key.removeprefix(prefix) for key in connection.scalars(query)}

    def origins(self) -> dict[str, tuple[Origin, ...]]:
        """For every record that a search found, the searches that did, each strategy once, first seen first."""
        found, search = tables.found, tables.search
        query = (
            sa.select(found.c.record, found.c.strategy, search.c.source, search.c.kind)
            .join(search, search.c.seq == found.c.search)
            .order_by(found.c.seq)
        )
        origins: dict[str, list[Origin]] = {}
        known: dict[tuple[str, str, str], Origin] = {}  # a review has few strategies and many records
        with self._database.reading() as connection:
            for row in connection.execute(query):
                name = (row.source, row.strategy, row.kind)
                if name not in known:
                    known[name] = Origin(source=row.source, strategy=row.strategy, kind=row.kind)
                origins.setdefault(row.record, []).append(known[name])
        return {key: tuple(all_of) for key, all_of in origins.items()}

    def brought(self, run: int) -> tuple[Brought, ...]:
        """The versions of records that a search brought, in their order: number 1 is a new record."""
        query = sa.select(version.c.record, version.c.number).where(version.c.search == run).order_by(version.c.seq)
        with self._database.reading() as connection:
            return tuple(Brought(record=row.record, number=row.number) for row in connection.execute(query))

    def add_leads(
        self, run: int, pairs: Iterable[tuple[str, str]], link: str, *, by: str = SYSTEM, now: datetime | None = None
    ) -> int:
        """Record that records of the review led to others: (key, key of what led to it) pairs; gives what is news."""
        wanted = list(dict.fromkeys(pairs))
        table = tables.citation_lead
        at = now or utc_now()
        with self._database.writing() as connection:
            self._need_records(connection, (key for pair in wanted for key in pair))
            held = {
                (row.record, row.seed)
                for row in connection.execute(sa.select(table.c.record, table.c.seed).where(table.c.link == link))
            }
            rows = [
                {"record": key, "seed": seed, "link": link, "search": run, "by": by, "at": at}
                for key, seed in wanted
                if (key, seed) not in held
            ]
            if rows:
                connection.execute(sa.insert(table), rows)
        return len(rows)

    def led_by(self, key: str) -> tuple[Lead, ...]:
        """The records that led to this one by citation searching, in the order this was seen."""
        table = tables.citation_lead
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(table).where(table.c.record == key).order_by(table.c.seq)).all()
        return tuple(Lead(record=row.record, seed=row.seed, link=row.link, run=row.search, at=row.at) for row in rows)
