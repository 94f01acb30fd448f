"""What stands at the moment: reports, votes and states, folded from the facts and kept in memory.

A review's facts only grow, so this view is brought up to date by reading the rows that were added since. It holds keys
and votes, no titles and no abstracts: a hundred thousand records fit easily. Several threads may use it, under its
lock; another process has its own.
"""

from __future__ import annotations

import sys
import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workbench.screening import Decision, Stage, State, Verdict, consensus, standing_votes
from workbench.store import tables
from workbench.store.links import LinkedReport, Pair, Word
from workbench.store.values import Progress, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What stood on a pair after one fact about it."""

    seq: int
    word: Word | None
    back: int | None = None  # the fact undid others: the place of what stands again (-1: nothing had been said)


class Standing:
    """Reports and their decisions as far as the facts read so far tell. Call `update`, and hold `lock` meanwhile."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._forget()

    def _forget(self) -> None:
        """Begin anew: the next update reads every fact."""
        self.sources: dict[str, str] = {}  # record key -> source, in the order the records were seen
        self.place: dict[str, int] = {}  # record key -> its place in that order
        self.indications: dict[str, set[str]] = defaultdict(set)  # record key -> indications it was found for
        self.words: dict[Pair, Word] = {}  # the word that stands on each pair
        self._said: dict[Pair, list[_Said]] = {}  # all that was ever said of a pair, in order
        self._reasons: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._votes: dict[Stage, dict[str, list[tuple[int, Decision]]]] = {stage: {} for stage in Stage}
        self._seen: dict[sa.Table, int] = {}
        self._members: dict[str, tuple[str, ...]] = {}  # record key -> all records of its report, if more than itself
        self._order: list[str] = []  # report keys
        self._states: dict[str, dict[tuple[Stage, int], State]] = defaultdict(dict)

    def update(self, connection: Connection) -> None:
        """Read the facts that were added since the last call, as far as the connection's snapshot shows them."""
        try:
            added = self._add_records(connection)
            self._add_found(connection)
            relinked = self._add_links(connection)
            if added or relinked:
                self._regroup()
            self._add_decisions(connection)
        except BaseException:  # a lost connection, an interrupt: half a step must not pass for a whole one
            self._forget()
            raise

    def _new_rows(
        self, connection: Connection, table: sa.Table, *columns: sa.Column[object]
    ) -> Sequence[sa.Row[tuple[object, ...]]]:
        rows = connection.execute(
            sa.select(table.c.seq, *columns).where(table.c.seq > self._seen.get(table, 0)).order_by(table.c.seq)
        ).all()
        if rows:
            self._seen[table] = rows[-1].seq
        return rows

    def _add_records(self, connection: Connection) -> bool:
        table = tables.record
        rows = self._new_rows(connection, table, table.c.key, table.c.source)
        for row in rows:
            self.place[row.key] = len(self.sources)
            self.sources[row.key] = row.source
        return bool(rows)

    def _add_found(self, connection: Connection) -> None:
        table = tables.found
        for row in self._new_rows(connection, table, table.c.record, table.c.indication):
            if row.indication is not None:
                self.indications[row.record].add(row.indication)

    def _add_links(self, connection: Connection) -> bool:
        table = tables.duplicate_link
        columns = (table.c.first, table.c.second, table.c.linked, table.c.withdrawn, table.c.undoes)
        rows = self._new_rows(connection, table, *columns, table.c.reasons, table.c.by, table.c.at)
        for row in rows:
            pair = self.pair(row.first, row.second)
            reasons = tuple(row.reasons)
            word: Word | None = None
            if not row.withdrawn:
                word = Word(
                    seq=row.seq,
                    pair=pair,
                    linked=row.linked,
                    reasons=self._reasons.setdefault(reasons, reasons),  # one tuple for the thousands of a run
                    by=sys.intern(row.by),
                    at=row.at,
                )
            said = self._said.setdefault(pair, [])
            back = None
            if row.undoes is not None:  # brings back an earlier word, with who said it, or says something new
                place = bisect_left(said, row.undoes, key=lambda each: each.seq) - 1
                earlier = said[place].word if place >= 0 else None
                if (earlier and earlier.linked) == (word and word.linked):
                    word, back = earlier, place
            said.append(_Said(seq=row.seq, word=word, back=back))
            if word is None:
                self.words.pop(pair, None)
            else:
                self.words[pair] = word
        return bool(rows)

    def before(self, pair: Pair, seq: int) -> bool | None:
        """What stood on a pair before the fact numbered `seq`: one report, not one report, or nothing."""
        said = self._said.get(self.pair(*pair), [])
        place = bisect_left(said, seq, key=lambda each: each.seq) - 1
        word = said[place].word if place >= 0 else None
        return None if word is None else word.linked

    def in_force(self, pair: Pair, seq: int) -> bool:
        """Whether the fact numbered `seq` still tells what stands on a pair: all that was said after it was undone."""
        said = self._said.get(self.pair(*pair), [])
        place: int | None = len(said) - 1
        while place is not None and place >= 0:
            if said[place].seq == seq:
                return True
            place = said[place].back
        return False

    def _add_decisions(self, connection: Connection) -> None:
        table = tables.decision
        for row in self._new_rows(connection, table, *DECISION_COLUMNS):
            decision = decision_value(row)
            self._votes[decision.stage].setdefault(decision.report, []).append((row.seq, decision))
            self._states.pop(self.report_key(decision.report), None)

    def _regroup(self) -> None:
        """Derive the reports from the standing links, each named after the record that was seen first."""
        groups = connected(pair for pair, word in self.words.items() if word.linked)
        ordered = (tuple(sorted(group, key=self.place.__getitem__)) for group in groups)
        self._members = {key: group for group in ordered for key in group}
        self._order = [key for key in self.sources if self.report_key(key) == key]
        self._states.clear()

    def pair(self, one: str, other: str) -> Pair:
        """Name two records in the order they were seen."""
        return (one, other) if self.place[one] < self.place[other] else (other, one)

    def word(self, pair: Pair) -> bool | None:
        """Whether two records are said to be one report (True) or not (False); None where nobody said."""
        word = self.words.get(pair)
        return None if word is None else word.linked

    def linked_reports(self) -> tuple[LinkedReport, ...]:
        """The reports of several records, the one that was linked last first."""
        links: dict[str, list[Word]] = defaultdict(list)
        for word in self.words.values():
            if word.linked:
                links[self.report_key(word.pair[0])].append(word)
        found = [
            LinkedReport(key=key, record_keys=self.members(key), links=tuple(sorted(words, key=lambda word: word.seq)))
            for key, words in links.items()
        ]
        return tuple(sorted(found, key=lambda report: -report.links[-1].seq))

    def report_key(self, key: str) -> str:
        """The key of the report that a record belongs to."""
        members = self._members.get(key)
        return members[0] if members else key

    def members(self, key: str) -> tuple[str, ...]:
        """All records of the report that a record belongs to, in the order they were seen."""
        return self._members.get(key, (key,))

    def report(self, key: str) -> Report:
        """The report that a record belongs to."""
        members = self.members(key)
        return Report(key=members[0], record_keys=members)

    def report_keys(self) -> Sequence[str]:
        """Every report, in the order of its first record."""
        return self._order

    def report_indications(self, key: str) -> frozenset[str]:
        """The indications whose strategies found any record of the report."""
        found: set[str] = set()
        for member in self.members(key):
            found |= self.indications.get(member, set())
        return frozenset(found)

    def kept_apart(self, one: Iterable[str], other: Iterable[str]) -> Pair | None:
        """A pair across two sets of records that somebody said is not one report; None if there is none."""
        others = tuple(other)
        for first in one:
            for second in others:
                pair = self.pair(first, second)
                if self.word(pair) is False:
                    return pair
        return None

    def is_open(self, one: str, other: str) -> bool:
        """Whether two records still wait for a word: they are not one report, and their reports are not kept apart."""
        here, there = self.members(one), self.members(other)
        return other not in here and self.kept_apart(here, there) is None

    def decisions(self, stage: Stage, key: str) -> tuple[Decision, ...]:
        """All decisions on any record of a report at one stage, in the order of recording."""
        members = self.members(key)
        if len(members) == 1:
            return tuple(decision for _, decision in self._votes[stage].get(key, ()))
        found = [vote for member in members for vote in self._votes[stage].get(member, ())]
        return tuple(decision for _, decision in sorted(found, key=lambda vote: vote[0]))

    def state(self, stage: Stage, report: str, needed: int) -> State:
        """Whether a report is included, excluded, pending or in conflict at one stage."""
        states = self._states[report]
        if (stage, needed) not in states:
            states[stage, needed] = consensus(self.decisions(stage, report), reviewers=needed)
        return states[stage, needed]

    def at_stage(self, stage: Stage, needed: int) -> Iterator[str]:
        """The reports that are to be judged at one stage: full texts only of what titles and abstracts let through."""
        for report in self._order:
            if stage is Stage.TITLE_ABSTRACT or self.state(Stage.TITLE_ABSTRACT, report, needed) is State.INCLUDED:
                yield report

    def queue(self, reviewer: str, stage: Stage, indication: str | None, needed: int) -> Iterator[str]:
        """The reports for which this reviewer is asked for a vote, in the order they were seen.

        Asked for: votes are missing, and this reviewer's is one of them.
        """
        for report in self.at_stage(stage, needed):
            if indication is not None and indication not in self.report_indications(report):
                continue
            if self.state(stage, report, needed) is not State.PENDING:
                continue
            if reviewer not in standing_votes(self.decisions(stage, report)):
                yield report

    def progress(self, reviewer: str, stage: Stage, indication: str | None, needed: int) -> Progress:
        """Count what is done and what remains at one stage."""
        total = decided = remaining = 0
        states = dict.fromkeys(State, 0)
        for report in self.at_stage(stage, needed):
            if indication is not None and indication not in self.report_indications(report):
                continue
            total += 1
            state = self.state(stage, report, needed)
            states[state] += 1
            voted = reviewer in standing_votes(self.decisions(stage, report))
            decided += voted
            remaining += state is State.PENDING and not voted
        return Progress(
            total=total,
            decided=decided,
            remaining=remaining,
            pending=states[State.PENDING],
            included=states[State.INCLUDED],
            excluded=states[State.EXCLUDED],
            conflicts=states[State.CONFLICT],
        )


def connected(pairs: Iterable[Pair]) -> list[list[str]]:
    """The groups of records that pairs hold together (union-find); in no particular order."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while (above := parent.get(key, key)) != key:
            parent[key] = parent.get(above, above)
            key = above
        return key

    for first, second in pairs:
        parent.setdefault(first, first)
        parent.setdefault(second, second)
        parent[root(second)] = root(first)
    groups: dict[str, list[str]] = defaultdict(list)
    for key in parent:
        groups[root(key)].append(key)
    return list(groups.values())


DECISION_COLUMNS = tuple(column for column in tables.decision.c if column.name != "seq")


def decision_value(row: sa.Row[tuple[object, ...]] | Mapping[str, object]) -> Decision:
    """Turn a row of `decision` into its value."""
    data = row if isinstance(row, Mapping) else row._mapping
    verdict = data["verdict"]
    return Decision(
        id=str(data["id"]),
        report=str(data["record"]),
        stage=Stage(str(data["stage"])),
        reviewer=str(data["reviewer"]),
        verdict=None if verdict is None else Verdict(str(verdict)),
        reason=data["reason"],  # type: ignore[arg-type]
        indications=tuple(data["indications"]),  # type: ignore[arg-type]
        note=str(data["note"]),
        decided_at=data["decided_at"],  # type: ignore[arg-type]
        resolution=bool(data["resolution"]),
        batch=data["batch"],  # type: ignore[arg-type]
    )
