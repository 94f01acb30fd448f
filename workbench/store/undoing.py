"""Acts on duplicates, and how each of them is undone: nothing is deleted, one more fact is added.

An act is what one call recorded about records that hang together: one merge of a run over all records, one word of a
person, one record taken out, one undo. Undoing what a person recorded brings back what stood before; a redo is the undo
of an undo. Undoing a merge that the duplicate rules made also says that its records are not one report: else the next
run would make it again. Votes and studies belong to records, so they follow their records and none is lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import combinations
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workbench.store import tables
from workbench.store.base import Part, chunks, utc_now
from workbench.store.errors import NotThere, StoreError
from workbench.store.links import Act, Pair
from workbench.store.standing import Standing, connected
from workbench.store.values import SYSTEM

Row = sa.Row[Any]


class Acts(Part):
    """What was done about duplicates, and its undoing."""

    def acts(self, key: str) -> tuple[Act, ...]:
        """Every act on any record of a report, oldest first."""
        with self._database.reading() as connection, self._current(connection) as standing:
            return tuple(_acts(connection, standing.members(key), standing))

    def undo_act(self, id: int, by: str, reasons: Sequence[str] = (), *, now: datetime | None = None) -> Act:
        """Undo an act; gives the act that this is, which can be undone in turn (a redo).

        Refused where something else was said of its records since, or where it would bring together records that
        somebody keeps apart.
        """
        link = tables.duplicate_link
        at = now or utc_now()
        with self._database.writing() as connection:
            row = connection.execute(sa.select(link).where(link.c.seq == id)).first()
            if row is None:
                raise NotThere(f"nothing was recorded about duplicates under the number {id}")
            with self._current(connection) as standing:
                about = _acts(connection, (row.first, row.second), standing)
                act = next(each for each in about if _holds(each, row))
                changes = _apart(standing, act) if act.by == SYSTEM and act.joined else _as_before(standing, act)
                _check(standing, changes)
            why = (*reasons, f"undoes what {act.by} recorded on {act.at:%Y-%m-%d %H:%M}")
            insert_links(connection, changes, reasons=why, by=by, at=at, undoes=act.id)
            return max(_acts(connection, next(iter(changes))), key=lambda each: each.id)


def insert_links(
    connection: Connection,
    words: Mapping[Pair, bool | None],
    *,
    reasons: Sequence[str] | Mapping[Pair, Sequence[str]],
    by: str,
    at: datetime,
    undoes: int | None = None,
) -> None:
    """Record a word on each pair: one report, not one report, or (None) no word any more."""
    rows: list[dict[str, Any]] = [
        {
            "first": pair[0],
            "second": pair[1],
            "linked": linked is True,
            "withdrawn": linked is None,
            "undoes": undoes,
            "reasons": list(reasons.get(pair, ()) if isinstance(reasons, Mapping) else reasons),
            "by": by,
            "at": at,
        }
        for pair, linked in words.items()
    ]
    if rows:
        connection.execute(sa.insert(tables.duplicate_link), rows)


def _about(connection: Connection, keys: Iterable[str]) -> list[Row]:
    """Every row that names one of the records."""
    link = tables.duplicate_link
    found: dict[int, Row] = {}
    for part in chunks(keys, 200):
        touches = sa.or_(link.c.first.in_(part), link.c.second.in_(part))
        found.update((row.seq, row) for row in connection.execute(sa.select(link).where(touches)))
    return list(found.values())


def _acts(connection: Connection, keys: Iterable[str], standing: Standing | None = None) -> list[Act]:
    """The acts that touch any of the records, oldest first; each of them whole. Without `standing`, all stand."""
    start = set(keys)
    wanted, known = set(start), set[str]()
    rows: dict[int, Row] = {}
    while missing := wanted - known:
        rows |= {row.seq: row for row in _about(connection, missing)}
        known |= missing
        acts = _parted_by_act(rows.values(), start)
        wanted |= {key for act in acts for row in act for key in (row.first, row.second)}
    return sorted((_act(act, standing) for act in acts), key=lambda act: act.id) if rows else []


def _parted_by_act(rows: Iterable[Row], keys: set[str]) -> list[list[Row]]:
    """Rows of one person and time that hang together, where they touch any of the records."""
    stamped: dict[tuple[str, datetime], list[Row]] = defaultdict(list)
    for row in rows:
        stamped[row.by, row.at].append(row)
    found = []
    for written in stamped.values():
        for group in connected((row.first, row.second) for row in written):
            if not keys.isdisjoint(group):
                found.append(sorted((row for row in written if row.first in group), key=lambda row: int(row.seq)))
    return found


def _act(rows: Sequence[Row], standing: Standing | None) -> Act:
    def pairs(linked: bool, withdrawn: bool) -> tuple[Pair, ...]:
        return tuple((row.first, row.second) for row in rows if (row.linked, row.withdrawn) == (linked, withdrawn))

    return Act(
        id=rows[0].seq,
        by=rows[0].by,
        at=rows[0].at,
        reasons=tuple(dict.fromkeys(reason for row in rows for reason in row.reasons)),
        records=tuple(dict.fromkeys(key for row in rows for key in (row.first, row.second))),
        joined=pairs(True, False),
        parted=pairs(False, False),
        withdrawn=pairs(False, True),
        undoes=rows[0].undoes,
        stands=standing is None or all(standing.in_force((row.first, row.second), row.seq) for row in rows),
    )


def _holds(act: Act, row: Row) -> bool:
    return (act.by, act.at) == (row.by, row.at) and (row.first, row.second) in (
        *act.joined,
        *act.parted,
        *act.withdrawn,
    )


def _apart(standing: Standing, act: Act) -> dict[Pair, bool | None]:
    """Keep apart what an automatic merge brought together, as far as its links stand."""
    words = ((pair, standing.words.get(pair)) for pair in act.joined)
    live = {pair for pair, word in words if word is not None and (word.by, word.at) == (SYSTEM, act.at)}
    if not live:
        raise StoreError("this merge does not stand any more: it was undone, or people have judged its records since")
    members = standing.members(next(iter(live))[0])
    inside = set(members)
    kept = [pair for pair, word in standing.words.items() if word.linked and pair not in live and pair[0] in inside]
    pieces = [set(group) for group in connected(kept)]
    pieces += [{key} for key in members if not any(key in piece for piece in pieces)]
    if len(pieces) == 1:
        raise StoreError("these records hang together by other links, too: undo those first")
    return {
        standing.pair(one, other): False
        for ours, theirs in combinations(pieces, 2)
        for one in sorted(ours, key=standing.place.__getitem__)
        for other in sorted(theirs, key=standing.place.__getitem__)
    }


def _as_before(standing: Standing, act: Act) -> dict[Pair, bool | None]:
    """What stood on each pair of a person's act before it."""
    if not act.stands:
        raise StoreError(f"something else was said of {', '.join(act.records[:4])} since: undo that first")
    return {pair: standing.before(pair, act.id) for pair in (*act.joined, *act.parted, *act.withdrawn)}


def _check(standing: Standing, changes: Mapping[Pair, bool | None]) -> None:
    """Refuse what would leave two records in one report that somebody keeps apart."""
    words: dict[Pair, bool | None] = {pair: word.linked for pair, word in standing.words.items()}
    words |= changes
    group_of = {
        key: number
        for number, group in enumerate(connected(pair for pair, linked in words.items() if linked))
        for key in group
    }
    for (one, other), linked in words.items():
        if linked is False and one in group_of and group_of[one] == group_of.get(other):
            raise StoreError(
                f"this cannot be undone now: it would bring {one} and {other} together, which were said not to be one "
                "report. Undo that word first."
            )
