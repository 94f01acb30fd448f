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
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workbench.screening import Decision, Stage, State
from workbench.store import tables
from workbench.store.board import Board
from workbench.store.links import LinkedReport, Pair, Word
from workbench.store.screening_rows import DECISION_COLUMNS, decision_value, sample_value, stop_value
from workbench.store.screening_values import Retrieval, Sample, Stop
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
        self._boards: dict[tuple[Stage, int], Board] = {}
        self.first_seen: dict[str, datetime] = {}  # record key -> when it came into the review
        self.samples: dict[str, Sample] = {}  # by id, in the order drawn; withdrawn ones too
        self.stops: dict[str, Stop] = {}  # by id, in the order signed; lifted ones too
        self.retrieval: dict[str, Retrieval] = {}  # report key -> the latest word
        self._retrieval_words: list[tuple[int, Retrieval]] = []
        self._files: dict[str, str] = {}  # the full texts that are there: id -> record key

    @staticmethod
    def latest(connection: Connection) -> Mapping[str, Any]:
        """The last place of each table's facts, as far as the connection's snapshot shows them."""
        return connection.execute(_LATEST).one()._asdict()

    def update(self, connection: Connection, latest: Mapping[str, Any]) -> None:
        """Read the facts that were added since the last call, up to `latest` as the same transaction saw it."""
        try:
            behind = {table for table in _FOLDED if (latest[table.name] or 0) > self._seen.get(table, 0)}
            if not behind:
                return
            added = self._add_records(connection) if tables.record in behind else []
            if tables.found in behind:
                self._add_found(connection)
            if tables.duplicate_link in behind and self._add_links(connection):
                self._regroup()
            elif added:
                self._append(added)
            if tables.decision in behind:
                self._add_decisions(connection)
            self._add_samples_and_stops(connection, behind)
            if behind & {tables.retrieval, tables.full_text, tables.full_text_removed}:
                self._add_retrievals(connection)
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

    def _add_records(self, connection: Connection) -> list[str]:
        table = tables.record
        rows = self._new_rows(connection, table, table.c.key, table.c.source, table.c.at)
        for row in rows:
            self.place[row.key] = len(self.sources)
            self.sources[row.key] = row.source
            self.first_seen[row.key] = row.at
        return [row.key for row in rows]

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
            self._look(decision.stage, self.report_key(decision.report))

    def _look(self, stage: Stage, report: str) -> None:
        """Let the boards know of a decision; what titles and abstracts let through comes to the full texts."""
        for (at, needed), board in tuple(self._boards.items()):
            if at is stage:
                board.look(report)
            if stage is Stage.TITLE_ABSTRACT and at is Stage.FULL_TEXT:
                if self.board(Stage.TITLE_ABSTRACT, needed).states.get(report) is State.INCLUDED:
                    board.add(report)
                else:
                    board.drop(report)

    def _add_samples_and_stops(self, connection: Connection, behind: set[sa.Table]) -> None:
        if tables.sample in behind:
            for row in self._new_rows(connection, tables.sample, *tables.sample.c[1:]):
                self.samples[row.id] = sample_value(row)
        if tables.sample_end in behind:
            for row in self._new_rows(connection, tables.sample_end, *tables.sample_end.c[1:]):
                self.samples[row.sample] = replace(
                    self.samples[row.sample],
                    ended=row.at,
                    ended_by=row.by,
                    withdrawn=row.withdrawn,
                    end_reason=row.reason,
                )
        if tables.stop in behind:
            for row in self._new_rows(connection, tables.stop, *tables.stop.c[1:]):
                self.stops[row.id] = stop_value(row)
        if tables.stop_lifted in behind:
            for row in self._new_rows(connection, tables.stop_lifted, *tables.stop_lifted.c[1:]):
                self.stops[row.stop] = replace(
                    self.stops[row.stop], lifted=row.at, lifted_by=row.by, lift_reason=row.reason
                )
        if behind & {tables.stop, tables.stop_lifted}:
            self._lay_aside()
        if behind & {tables.sample, tables.sample_end}:
            for stage in Stage:
                held = self._held(stage)
                boards = [board for (at, _), board in self._boards.items() if at is stage]
                for report in set[str]().union(*(board.hold(held) for board in boards)):
                    self._look(stage, report)

    def _held(self, stage: Stage) -> dict[str, frozenset[str]]:
        """The reports of open calibration rounds, and who takes part in them."""
        held: dict[str, frozenset[str]] = defaultdict(frozenset)
        for sample in self.open_samples(stage):
            if sample.purpose == "calibration":
                for key in sample.reports:
                    held[self.report_key(key)] |= frozenset(sample.reviewers)
        return dict(held)

    def _add_retrievals(self, connection: Connection) -> None:
        table = tables.retrieval
        for row in self._new_rows(connection, table, *table.c[1:]):
            word = Retrieval(report=row.record, status=row.status, note=row.note, by=row.by, at=row.at)
            self._retrieval_words.append((row.seq, word))
        texts, removed = tables.full_text, tables.full_text_removed
        for row in self._new_rows(connection, texts, texts.c.id, texts.c.record):
            self._files[row.id] = row.record
        for row in self._new_rows(connection, removed, removed.c.full_text):
            self._files.pop(row.full_text, None)
        self._fold_retrievals()
        self._lay_aside()

    def _fold_retrievals(self) -> None:
        self.retrieval = {}
        for _, word in self._retrieval_words:
            report = self.report_key(word.report)
            self.retrieval[report] = replace(word, report=report)

    def _lay_aside(self) -> None:
        for board in self._boards.values():
            board.lay_aside(self._aside(board.stage))

    def _aside(self, stage: Stage) -> frozenset[str]:
        """The reports of a stage that nobody is asked to read, votes apart."""
        stopped = {
            self.report_key(key)
            for stop in self.stops.values()
            if stop.stands and stop.stage is stage
            for key in stop.reports
        }
        if stage is Stage.FULL_TEXT:
            stopped |= self.not_retrieved()
        return frozenset(stopped)

    def not_retrieved(self) -> frozenset[str]:
        """The reports whose full text could not be had: the latest word says so, and no file is there.

        A report that has both came of two: one of them was sought in vain, the other was not.
        """
        here = {self.report_key(key) for key in self._files.values()}
        return frozenset(
            report for report, word in self.retrieval.items() if word.status == "not_retrieved" and report not in here
        )

    def stopped(self, stage: Stage) -> frozenset[str]:
        """The reports that a standing stop names, whether or not somebody voted on them since."""
        return frozenset(
            self.report_key(key)
            for stop in self.stops.values()
            if stop.stands and stop.stage is stage
            for key in stop.reports
        )

    def open_samples(self, stage: Stage) -> Iterator[Sample]:
        """The samples that are put before everything else, those for calibration first."""
        samples = [sample for sample in self.samples.values() if sample.open and sample.stage is stage]
        yield from (sample for sample in samples if sample.purpose == "calibration")
        yield from (sample for sample in samples if sample.purpose != "calibration")

    def _due_in_round(self, board: Board, reviewer: str) -> set[str]:
        """The reports on which a reviewer still has to vote in a calibration round."""
        mine = board.mine.get(reviewer, {})
        drawn = {
            self.report_key(key)
            for sample in self.open_samples(board.stage)
            if sample.purpose == "calibration" and reviewer in sample.reviewers
            for key in sample.reports
            if key in self.place
        }
        return {report for report in drawn if report in board.states and report not in mine}

    def _append(self, added: Sequence[str]) -> None:
        """Records that came and are linked to nothing: each is a report of its own, at the first stage."""
        self._order += added
        for (stage, _), board in self._boards.items():
            if stage is Stage.TITLE_ABSTRACT:
                for key in added:
                    board.add(key)

    def _regroup(self) -> None:
        """Derive the reports from the standing links, each named after the record that was seen first."""
        groups = connected(pair for pair, word in self.words.items() if word.linked)
        ordered = (tuple(sorted(group, key=self.place.__getitem__)) for group in groups)
        self._members = {key: group for group in ordered for key in group}
        self._order = [key for key in self.sources if self.report_key(key) == key]
        self._boards.clear()
        self._fold_retrievals()

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

    def votes(self, stage: Stage, key: str) -> tuple[tuple[int, Decision], ...]:
        """As `decisions`, each with its place in the order of recording."""
        members = self.members(key)
        if len(members) == 1:
            return tuple(self._votes[stage].get(key, ()))
        found = [vote for member in members for vote in self._votes[stage].get(member, ())]
        return tuple(sorted(found, key=lambda vote: vote[0]))

    def board(self, stage: Stage, needed: int) -> Board:
        """The state of every report at one stage: full texts only of what titles and abstracts let through."""
        board = self._boards.get((stage, needed))
        if board is None:
            reports: Iterable[str] = self._order
            if stage is Stage.FULL_TEXT:
                first = self.board(Stage.TITLE_ABSTRACT, needed)
                reports = [report for report, state in first.states.items() if state is State.INCLUDED]
            board = Board(stage, needed, partial(self.votes, stage))
            voted = {self.report_key(key) for key in self._votes[stage]}
            board.fill(reports, voted, self._aside(stage), self._held(stage))
            self._boards[stage, needed] = board
        return board

    def state(self, stage: Stage, report: str, needed: int) -> State:
        """Whether a report is included, excluded, pending or in conflict at one stage; pending if it is not there."""
        return self.board(stage, needed).states.get(report, State.PENDING)

    def at_stage(self, stage: Stage, needed: int) -> Iterator[str]:
        """The reports that are to be judged at one stage, in the order they were seen."""
        states = self.board(stage, needed).states
        return (report for report in self._order if report in states)

    def queue(self, reviewer: str, stage: Stage, indication: str | None, needed: int) -> Iterator[str]:
        """The reports for which this reviewer is asked for a vote, in the order they were seen.

        Asked for: votes are missing, and this reviewer's is one of them.
        """
        board = self.board(stage, needed)
        for report in self.at_stage(stage, needed):
            if board.waits_for(report, reviewer, {}) and self._found_for(report, indication):
                yield report

    def _found_for(self, report: str, indication: str | None) -> bool:
        return indication is None or any(indication in self.indications.get(key, ()) for key in self.members(report))

    def progress(
        self,
        reviewer: str,
        stage: Stage,
        indication: str | None,
        needed: int,
        *,
        shares: Mapping[str, float] | None = None,
        among: Collection[str] | None = None,
    ) -> Progress:
        """Count what is done and what remains at one stage, of all reports there or of `among`.

        A report that this reviewer still screens in a calibration round is pending, whatever others made of it.
        """
        board = self.board(stage, needed)
        if indication is not None:
            among = {report for report in board.states if self._found_for(report, indication)}
        mine = board.mine.get(reviewer, {})
        if among is None:
            counts = {state: len(reports) for state, reports in board.by_state.items()}
            total, decided, aside = len(board.states), len(mine), len(board.aside)
        else:
            among = {report for report in among if report in board.states}
            counts = dict.fromkeys(State, 0)
            for report in among:
                counts[board.states[report]] += 1
            total, decided = len(among), sum(report in mine for report in among)
            aside = sum(report in board.aside for report in among)
        remaining = board.remaining(reviewer, shares or {}, among)
        for report in self._due_in_round(board, reviewer):
            if among is None or report in among:
                counts[board.states[report]] -= 1
                counts[State.PENDING] += 1
                remaining += not board.waits_for(report, reviewer, shares or {})
        return Progress(
            total=total,
            decided=decided,
            remaining=remaining,
            pending=counts[State.PENDING] - aside,
            included=counts[State.INCLUDED],
            excluded=counts[State.EXCLUDED],
            conflicts=counts[State.CONFLICT],
            aside=aside,
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


_FOLDED = (
    tables.record,
    tables.found,
    tables.duplicate_link,
    tables.decision,
    tables.sample,
    tables.sample_end,
    tables.stop,
    tables.stop_lifted,
    tables.retrieval,
    tables.full_text,
    tables.full_text_removed,
)
_LATEST = sa.select(  # one question tells whether there is anything to read at all
    *(sa.select(sa.func.max(table.c.seq)).scalar_subquery().label(table.name) for table in _FOLDED)
)
