"""Which records describe one report: links that a program or a person made, and pairs a person must judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from ingest.merging import Merged, merge
from ingest.record import Record
from workbench.store import tables
from workbench.store.base import chunks, utc_now
from workbench.store.errors import NotThere, StoreError
from workbench.store.links import LinkedReport, Pair, Word
from workbench.store.records import LATEST
from workbench.store.standing import Standing
from workbench.store.undoing import Acts, insert_links
from workbench.store.values import SYSTEM, Linked, Report, UnsurePair

Reasons = Sequence[str] | Callable[[str, str], Sequence[str]]
"""Why records are one report: the same reasons for all links, or a function of the two keys that a link names."""


class Duplicates(Acts):
    """Reports are derived: records that standing links connect are one report, named after the one seen first.

    What a person said of a pair is kept: no program brings two records together that somebody took apart.
    """

    def link_duplicates(
        self,
        groups: Iterable[Sequence[str]],
        by: str = SYSTEM,
        reasons: Reasons = (),
        *,
        now: datetime | None = None,
    ) -> Linked:
        """Record that the records of each group (keys) are one report. Repeating it adds nothing.

        A record is left out of its group, and the pair named in `refused`, where that would bring together two records
        that were said not to be one report.
        """
        wanted = [tuple(dict.fromkeys(group)) for group in groups]
        with self._database.writing() as connection:
            self._need_records(connection, (key for group in wanted for key in group))
            with self._current(connection) as standing:
                plan = _Plan(standing)
                for group in wanted:
                    for position in range(1, len(group)):
                        plan.link(group[:position], group[position])
            why = {pair: reasons(*pair) if callable(reasons) else reasons for pair in plan.links}
            insert_links(connection, dict.fromkeys(plan.links, True), reasons=why, by=by, at=now or utc_now())
        return Linked(links=len(plan.links), known=plan.known, refused=tuple(plan.refused))

    def unlink_duplicate(
        self, key: str, by: str, reasons: Sequence[str] = (), *, now: datetime | None = None
    ) -> tuple[str, ...]:
        """Take one record out of its report; gives the records it was taken apart from.

        From now on it is known not to be one report with any of them; those stay together.
        """
        with self._database.writing() as connection:
            self._need_records(connection, (key,))
            with self._current(connection) as standing:
                others = [member for member in standing.members(key) if member != key]
                apart = [standing.pair(key, other) for other in others]
                # The others may have hung together by this record alone.
                kept = [standing.pair(others[0], other) for other in others[1:]]
                bonds = [pair for pair in kept if standing.word(pair) is not True]
            why = dict.fromkeys(apart, tuple(reasons)) | dict.fromkeys(
                bonds, (f"kept together when {key} was taken out",)
            )
            words = dict.fromkeys(apart, False) | dict.fromkeys(bonds, True)
            insert_links(connection, words, reasons=why, by=by, at=now or utc_now())
        return tuple(others)

    def add_unsure_pairs(
        self,
        pairs: Iterable[tuple[str, str, Sequence[str]]],
        by: str = SYSTEM,
        *,
        now: datetime | None = None,
    ) -> int:
        """Record pairs (key, key, reasons) that a person must judge; gives how many were not on record before."""
        wanted = [(first, second, list(reasons)) for first, second, reasons in pairs]
        table = tables.unsure_pair
        at = now or utc_now()
        with self._database.writing() as connection:
            self._need_records(connection, (key for first, second, _ in wanted for key in (first, second)))
            with self._current(connection) as standing:
                held = {(row.first, row.second) for row in connection.execute(sa.select(table.c.first, table.c.second))}
                rows = []
                for one, other, reasons in wanted:
                    pair = standing.pair(one, other)
                    if one == other or pair in held or not standing.is_open(*pair):
                        continue
                    held.add(pair)
                    rows.append({"first": pair[0], "second": pair[1], "reasons": reasons, "by": by, "at": at})
            if rows:
                connection.execute(sa.insert(table), rows)
        return len(rows)

    def unsure_pairs(self) -> tuple[UnsurePair, ...]:
        """The pairs that still wait for a person's word, oldest first."""
        table = tables.unsure_pair
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.seq)).all()
            with self._current(connection) as standing:
                return tuple(
                    UnsurePair(first=row.first, second=row.second, reasons=tuple(row.reasons), by=row.by, at=row.at)
                    for row in rows
                    if standing.is_open(row.first, row.second)
                )

    def settle_unsure(
        self,
        first: str,
        second: str,
        *,
        same: bool,
        by: str,
        reasons: Sequence[str] = (),
        now: datetime | None = None,
    ) -> None:
        """Record a person's word on two records: one report or not. Their later word replaces their earlier one.

        Refused where it contradicts what stands about other records of the two reports.
        """
        if first == second:
            raise StoreError(f"{first} is one record: there is nothing to compare")
        with self._database.writing() as connection:
            self._need_records(connection, (first, second))
            with self._current(connection) as standing:
                pair = standing.pair(first, second)
                if standing.word(pair) is same:
                    return
                _check_word(standing, pair, same=same)
            insert_links(connection, {pair: same}, reasons=reasons, by=by, at=now or utc_now())

    def reports(self) -> tuple[Report, ...]:
        """Every report, in the order of its first record."""
        with self._view() as standing:
            return tuple(standing.report(key) for key in standing.report_keys())

    def report_of(self, key: str) -> Report:
        """The report a record belongs to."""
        with self._database.reading() as connection:
            self._need_records(connection, (key,))
            with self._current(connection) as standing:
                return standing.report(key)

    def linked_reports(self) -> tuple[LinkedReport, ...]:
        """The reports of several records with the links that hold them together, the one linked last first."""
        with self._view() as standing:
            return standing.linked_reports()

    def words_of_people(self) -> tuple[Word, ...]:
        """What people said of pairs of records, as far as it stands; the latest first."""
        with self._view() as standing:
            return tuple(sorted((w for w in standing.words.values() if w.by_person), key=lambda word: -word.seq))

    def word_on(self, first: str, second: str) -> Word | None:
        """The word that stands on two records; None if nobody said."""
        with self._view() as standing:
            if missing := [key for key in (first, second) if key not in standing.place]:
                raise NotThere(f"the review holds no record {missing[0]}")
            return standing.words.get(standing.pair(first, second))

    def kept_apart_within(self, groups: Iterable[Sequence[str]]) -> list[frozenset[frozenset[str]]]:
        """For each group of records, which two reports (their keys) that have records in it are kept apart."""
        with self._view() as standing:
            apart: dict[str, set[str]] = {}
            for (one, other), word in standing.words.items():
                if not word.linked:
                    first, second = standing.report_key(one), standing.report_key(other)
                    apart.setdefault(first, set()).add(second)
                    apart.setdefault(second, set()).add(first)
            found = []
            for group in groups:
                keys = {standing.report_key(key) for key in group}
                found.append(
                    frozenset(frozenset((key, other)) for key in keys for other in apart.get(key, set()) & keys)
                )
        return found

    def last_word_on_unsure(self, by: str) -> Word | None:
        """This person's latest standing word on a pair that was listed as unsure: what an undo takes back."""
        with self._database.reading() as connection:
            with self._current(connection) as standing:
                mine = sorted((w for w in standing.words.values() if w.by == by), key=lambda word: -word.seq)
            table = tables.unsure_pair
            for word in mine:
                asked = sa.select(table.c.seq).where(table.c.first == word.pair[0], table.c.second == word.pair[1])
                if connection.execute(asked).first() is not None:
                    return word
        return None

    def count_unsure(self) -> int:
        """How many pairs were ever listed for a person, settled ones included."""
        with self._database.reading() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(tables.unsure_pair)) or 0

    def merged(self, key: str) -> Merged:
        """The report that a record belongs to, as all its records together describe it."""
        with self._database.reading() as connection:
            with self._current(connection) as standing:
                if key not in standing.place:
                    raise NotThere(f"the review holds no record {key}")
                members = standing.members(key)
            version = tables.record_version
            found: list[Record] = []
            for part in chunks(members):
                query = sa.select(version.c.content).where(version.c.record.in_(part), LATEST)
                found += [Record.from_dict(content) for content in connection.scalars(query)]
        return merge(found)

    def count_versions_since(self, seq: int) -> int:
        """How many records `versions_since` would name."""
        version = tables.record_version
        query = sa.select(sa.func.count(sa.distinct(version.c.record))).where(version.c.seq > seq)
        with self._database.reading() as connection:
            return connection.scalar(query) or 0

    def versions_since(self, seq: int) -> tuple[int, tuple[str, ...]]:
        """The number of the newest version of any record, and the keys of records that are new or changed since `seq`.

        What an earlier call gave as the newest is what a later one asks from.
        """
        version = tables.record_version
        with self._database.reading() as connection:
            rows = connection.execute(
                sa.select(version.c.seq, version.c.record).where(version.c.seq > seq).order_by(version.c.seq)
            ).all()
        return (rows[-1].seq if rows else seq), tuple(dict.fromkeys(row.record for row in rows))


class _Plan:
    """The links that are to be made, and the reports as they will be with them."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self.links: list[Pair] = []
        self.known = 0
        self.refused: list[Pair] = []
        self._members: dict[str, tuple[str, ...]] = {}

    def members(self, key: str) -> tuple[str, ...]:
        return self._members.get(key) or self.standing.members(key)

    def link(self, anchors: Sequence[str], other: str) -> None:
        """Bring a record into the report of the first anchor from which nobody keeps it apart."""
        there = self.members(other)
        if any(anchor in there for anchor in anchors):
            self.known += 1
            return
        refused = None
        for anchor in anchors:
            here = self.members(anchor)
            apart = self.standing.kept_apart(here, there)
            if apart is None:
                self.links.append(self.standing.pair(anchor, other))
                for key in here + there:
                    self._members[key] = here + there
                return
            refused = refused or apart
        if refused is not None:
            self.refused.append(refused)


def _check_word(standing: Standing, pair: Pair, *, same: bool) -> None:
    here, there = standing.members(pair[0]), standing.members(pair[1])
    if not same:
        if pair[1] in here and standing.word(pair) is not True:
            raise StoreError(
                f"{pair[0]} and {pair[1]} are one report by way of other records; take one of them out of its report"
            )
        if len(here) > 2 and pair[1] in here:
            raise StoreError(
                f"{pair[0]} and {pair[1]} are in one report with others; take one of them out of its report"
            )
        return
    others = [(one, other) for one in here for other in there if standing.pair(one, other) != pair]
    for one, other in others:
        if standing.kept_apart((one,), (other,)) is not None:
            raise StoreError(
                f"{pair[0]} and {pair[1]} cannot become one report: {one} and {other}, which would come together with "
                "them, were said not to be. Settle that pair first."
            )
