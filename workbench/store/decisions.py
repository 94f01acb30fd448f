"""Screening: recording decisions, and asking what is to be done next and what stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from workbench.prisma import ReportFact
from workbench.screening import Decision, Stage, State, exclusion_reason, in_order, indications_of
from workbench.store import tables
from workbench.store.base import Part, chunks, utc_now
from workbench.store.errors import StoreError
from workbench.store.rounds import is_due
from workbench.store.screening_rows import DECISION_COLUMNS, decision_value
from workbench.store.tables import storable
from workbench.store.values import Progress, Report


class Decisions(Part):
    """A decision names a record; it counts for the report the record belongs to, also after a later merge."""

    def add_decision(self, decision: Decision, *, now: datetime | None = None) -> bool:
        """Record a decision; False if it was recorded already. Another decision under the same id is refused."""
        with self._database.writing() as connection:
            self._need_records(connection, (decision.report,))
            held = held_decision(connection, decision)
            if held is not None:
                if held != _as_kept(decision):
                    raise StoreError(f"the id {decision.id} belongs to another decision")
                return False
            add_once(connection, decision, now=now)
        return True

    def decisions(self, stage: Stage | None = None, report: str | None = None) -> tuple[Decision, ...]:
        """Decisions in the order of recording: of one stage or all, on one report (any of its records) or all."""
        table = tables.decision
        query = sa.select(*DECISION_COLUMNS).order_by(table.c.seq)
        if stage is not None:
            query = query.where(table.c.stage == stage.value)
        with self._database.reading() as connection:
            if report is not None:
                with self._current(connection) as standing:
                    members = standing.members(report)
                query = query.where(table.c.record.in_(members))
            return tuple(decision_value(row) for row in connection.execute(query))

    def decisions_by_report(self, stage: Stage) -> dict[str, tuple[Decision, ...]]:
        """The decisions of one stage for every report that has any, reports in the order they were seen."""
        with self._view() as standing:
            by_report = {key: standing.decisions(stage, key) for key in standing.report_keys()}
        return {key: decisions for key, decisions in by_report.items() if decisions}

    def next_to_screen(
        self,
        reviewer: str,
        stage: Stage = Stage.TITLE_ABSTRACT,
        indication: str | None = None,
        after: str | None = None,
        *,
        skip: Collection[str] = (),
        reviewers_needed: int = 2,
    ) -> Report | None:
        """The first report that needs this reviewer's vote; None if there is none.

        In the order the reports were seen. A report is offered while votes are missing and this reviewer has none
        on it; whether and how others voted is not told. after: only reports behind this one. skip: reports to leave
        out. indication: only reports found for it.
        """
        with self._view() as standing:
            for key in standing.queue(reviewer, stage, indication, reviewers_needed):
                if key in skip or (after is not None and not _behind(standing.place, key, after)):
                    continue
                return standing.report(key)
        return None

    def screening_queue(
        self,
        reviewer: str,
        stage: Stage = Stage.TITLE_ABSTRACT,
        indication: str | None = None,
        *,
        reviewers_needed: int = 2,
    ) -> tuple[str, ...]:
        """The keys of all reports that need this reviewer's vote, in the order `next_to_screen` offers them."""
        with self._view() as standing:
            return tuple(standing.queue(reviewer, stage, indication, reviewers_needed))

    def screening_progress(
        self,
        reviewer: str,
        stage: Stage = Stage.TITLE_ABSTRACT,
        indication: str | None = None,
        *,
        reviewers_needed: int = 2,
    ) -> Progress:
        """How far this reviewer, and the review, are at one stage."""
        with self._view() as standing:
            return standing.progress(reviewer, stage, indication, reviewers_needed)

    def last_decision(self, reviewer: str, stage: Stage) -> Decision | None:
        """This reviewer's latest standing word at one stage: what an undo would withdraw; None without one."""
        table = tables.decision
        query = (
            sa.select(*DECISION_COLUMNS)
            .where(table.c.reviewer == reviewer, table.c.stage == stage.value)
            .order_by(table.c.seq)
        )
        with self._database.reading() as connection:
            mine = in_order(decision_value(row) for row in connection.execute(query))
        latest = {(decision.report, decision.resolution): decision for decision in mine}
        standing = in_order(decision for decision in latest.values() if decision.verdict is not None)
        return standing[-1] if standing else None

    def states(self, stage: Stage, *, reviewers_needed: int = 2) -> dict[str, State]:
        """Whether each report at one stage is included, excluded, pending or in conflict."""
        with self._view() as standing:
            return {
                key: standing.state(stage, key, reviewers_needed) for key in standing.at_stage(stage, reviewers_needed)
            }

    def conflicts(self, stage: Stage, *, reviewers_needed: int = 2, reviewer: str | None = None) -> tuple[Report, ...]:
        """The reports at one stage that need a resolution, in the order they were seen.

        reviewer: leave out those on which a vote of theirs is still asked for (in a calibration round).
        """
        with self._view() as standing:
            board = standing.board(stage, reviewers_needed)
            keys = sorted(board.by_state[State.CONFLICT], key=standing.place.__getitem__)
            return tuple(
                standing.report(key)
                for key in keys
                if reviewer is None or not is_due(standing, board, reviewer, key, {})
            )

    def included(self, *, reviewers_needed: int = 2) -> tuple[Report, ...]:
        """The reports that were included at full text."""
        with self._view() as standing:
            return tuple(
                standing.report(key)
                for key in standing.at_stage(Stage.FULL_TEXT, reviewers_needed)
                if standing.state(Stage.FULL_TEXT, key, reviewers_needed) is State.INCLUDED
            )

    def report_indications(self) -> dict[str, frozenset[str]]:
        """For each report the indications whose strategies found it."""
        with self._view() as standing:
            return {key: standing.report_indications(key) for key in standing.report_keys()}

    def report_facts(self, *, reviewers_needed: int = 2, reason_order: Sequence[str] = ()) -> tuple[ReportFact, ...]:
        """What `workbench.prisma` counts, one value a report. reason_order: the review's exclusion reasons in order."""
        with self._view() as standing:
            board = standing.board(Stage.TITLE_ABSTRACT, reviewers_needed)
            sought = standing.board(Stage.FULL_TEXT, reviewers_needed)
            not_retrieved = standing.not_retrieved()
            facts = []
            for key in standing.report_keys():
                screened = standing.decisions(Stage.TITLE_ABSTRACT, key)
                full_text = standing.decisions(Stage.FULL_TEXT, key)
                members = standing.members(key)
                tagged = indications_of(screened) if screened else ()
                facts.append(
                    ReportFact(
                        key=key,
                        records=members,
                        sources=tuple(standing.sources[member] for member in members),
                        title_abstract=board.states[key],
                        full_text=sought.states.get(key, State.PENDING),
                        full_text_reason=exclusion_reason(full_text, order=reason_order) if full_text else None,
                        not_screened=key in board.aside,
                        not_retrieved=key in sought.aside and key in not_retrieved,
                        found_for=standing.report_indications(key),
                        tagged=(full_text and indications_of(full_text)) or tagged,
                        tagged_at_screening=tagged,
                        first_seen=tuple(standing.first_seen[member] for member in members),
                    )
                )
        return tuple(facts)


def held_decision(connection: sa.Connection, decision: Decision) -> Decision | None:
    """The decision that is recorded under this one's id; None if there is none."""
    table = tables.decision
    row = connection.execute(sa.select(*DECISION_COLUMNS).where(table.c.id == decision.id)).first()
    return None if row is None else decision_value(row)


def add_once(connection: sa.Connection, *decisions: Decision, now: datetime | None = None) -> int:
    """Record decisions in their order, but for those whose id is recorded already; gives how many that were not."""
    table = tables.decision
    recorded: set[str] = set()
    for part in chunks(decision.id for decision in decisions):
        recorded.update(connection.scalars(sa.select(table.c.id).where(table.c.id.in_(part))))
    return add_new(connection, *(decision for decision in decisions if decision.id not in recorded), now=now)


def add_new(connection: sa.Connection, *decisions: Decision, now: datetime | None = None) -> int:
    """Record decisions whose ids are known to be new; gives how many."""
    rows = [_row(decision, now or utc_now()) for decision in decisions]
    if rows:
        connection.execute(sa.insert(tables.decision), rows)
    return len(rows)


def _row(decision: Decision, moment: datetime) -> dict[str, Any]:
    return {
        "id": decision.id,
        "record": decision.report,
        "stage": decision.stage.value,
        "reviewer": decision.reviewer,
        "verdict": None if decision.verdict is None else decision.verdict.value,
        "reason": decision.reason,
        "indications": list(decision.indications),
        "note": decision.note,
        "decided_at": decision.decided_at,
        "resolution": decision.resolution,
        "recorded_at": moment,
        "batch": decision.batch,
    }


def _behind(place: Mapping[str, int], key: str, after: str) -> bool:
    return place[key] > place.get(after, -1)


def _as_kept(decision: Decision) -> Decision:
    """The decision as a round trip through the database gives it back."""
    return replace(decision, decided_at=decision.decided_at.astimezone(UTC), note=storable(decision.note))
