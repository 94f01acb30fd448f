"""Lists of reports at one stage as one reviewer may see them, and acts on many reports at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from workbench.screening import Decision, ScreeningPlan, Stage, State, Verdict, standing_votes, withdrawal
from workbench.screening.plan import HIDDEN_FIELDS
from workbench.store import tables
from workbench.store.base import chunks, utc_now
from workbench.store.board import Board
from workbench.store.decisions import Decisions, add_once
from workbench.store.errors import StoreError
from workbench.store.records import LATEST, version
from workbench.store.remarks import own_labels
from workbench.store.rounds import open_round, reports_of
from workbench.store.screening_rows import DECISION_COLUMNS, decision_value
from workbench.store.screening_values import Batch, ListFilter, Listing, ListLine
from workbench.store.standing import Standing
from workbench.store.tables import storable

Sort = Literal["queue", "seen", "year", "title"]
_STATES = {State.INCLUDED: "included", State.EXCLUDED: "excluded", State.CONFLICT: "conflict"}


class Lists(Decisions):
    """What a list tells of a report never tells how somebody else voted before this reviewer has."""

    def listed(self, reviewer: str, stage: Stage, plan: ScreeningPlan, wanted: ListFilter) -> tuple[str, ...]:
        """The keys of all reports that a filter lets through, in the order they were seen."""
        with self._database.reading() as connection, self._current(connection) as standing:
            return tuple(_matching(connection, standing, reviewer, stage, plan, wanted))

    def listing(
        self,
        reviewer: str,
        stage: Stage,
        plan: ScreeningPlan,
        wanted: ListFilter,
        *,
        order: Sequence[str] = (),
        sort: Sort = "seen",
        offset: int = 0,
        limit: int = 50,
    ) -> Listing:
        """One page of a list. order: keys in the order of the ranking, for the sort "queue"; others follow."""
        with self._database.reading() as connection, self._current(connection) as standing:
            keys = _matching(connection, standing, reviewer, stage, plan, wanted)
            keys = _sorted(connection, keys, order, sort)
            shown = keys[max(0, offset) : max(0, offset) + max(0, limit)]
            titles = _titles(connection, shown)
            labels = own_labels(connection, standing, reviewer)
            board = standing.board(stage, plan.needed)
            due = _due_in_round(standing, board, reviewer)
            lines = tuple(
                ListLine(
                    report=key,
                    title=titles[key][0],
                    year=titles[key][1],
                    journal=titles[key][2],
                    mine=_mine(standing, stage, key, reviewer),
                    standing=_standing(board, key, reviewer, plan, due),
                    labels=labels.get(key, ()),
                    found_for=standing.report_indications(key),
                )
                for key in shown
            )
        return Listing(total=len(keys), lines=lines)

    def pending(self, stage: Stage, *, reviewers_needed: int = 2) -> frozenset[str]:
        """The keys of the reports for which votes are missing, those that a stop covers among them."""
        with self._view() as standing:
            return frozenset(standing.board(stage, reviewers_needed).by_state[State.PENDING])

    def unread(self, stage: Stage, *, reviewers_needed: int = 2, indication: str | None = None) -> tuple[str, ...]:
        """The reports on which nobody voted and that wait for votes (no stop covers them), in the order seen.

        indication: only reports that its strategies found.
        """
        with self._view() as standing:
            board = standing.board(stage, reviewers_needed)
            return tuple(
                key
                for key in standing.at_stage(stage, reviewers_needed)
                if board.states[key] is State.PENDING
                and not board.voters[key]
                and key not in board.aside
                and (indication is None or indication in standing.report_indications(key))
            )

    def decide_many(
        self, decisions: Sequence[Decision], *, leave_voted: bool = True, now: datetime | None = None
    ) -> tuple[int, int]:
        """Record many votes of one reviewer as one act: all or none. Gives (recorded, left alone).

        Every decision carries the same `batch`. leave_voted: reports on which the reviewer has a standing vote are left
        alone. An act that was recorded already is not recorded again, not even for reports that were left alone then.
        """
        if not decisions:
            return 0, 0
        first = decisions[0]
        same = {(decision.reviewer, decision.stage, decision.batch) for decision in decisions}
        if len(same) != 1 or not first.batch or any(decision.resolution for decision in decisions):
            raise StoreError("many decisions at once are one reviewer's votes of one stage under one batch id")
        with self._database.writing() as connection:
            table = tables.decision
            if connection.execute(sa.select(table.c.seq).where(table.c.batch == first.batch).limit(1)).first():
                return 0, len(decisions)
            self._need_records(connection, (decision.report for decision in decisions))
            with self._current(connection) as standing:
                fresh = [
                    decision
                    for decision in decisions
                    if not (leave_voted and _mine(standing, first.stage, decision.report, first.reviewer))
                ]
            added = add_once(connection, *fresh, now=now)
        return added, len(decisions) - added

    def take_back_batch(self, batch: str, reviewer: str, *, now: datetime | None = None) -> int:
        """Undo many votes that were recorded together, as far as they still stand; gives how many those were."""
        moment = now or utc_now()
        table = tables.decision
        with self._database.writing() as connection:
            query = sa.select(*DECISION_COLUMNS).where(table.c.batch == batch, table.c.reviewer == reviewer)
            given = [decision_value(row) for row in connection.execute(query.order_by(table.c.seq))]
            with self._current(connection) as standing:
                stand = [word for word in given if _mine(standing, word.stage, word.report, reviewer) == word]
            return add_once(connection, *(withdrawal(word, now=moment) for word in stand), now=moment)

    def batches(self, reviewer: str, stage: Stage) -> tuple[Batch, ...]:
        """What this reviewer decided many at a time, the latest first."""
        table = tables.decision
        query = (
            sa.select(*DECISION_COLUMNS)
            .where(table.c.batch.is_not(None), table.c.reviewer == reviewer, table.c.stage == stage.value)
            .order_by(table.c.seq)
        )
        given: dict[str, list[Decision]] = defaultdict(list)
        with self._database.reading() as connection, self._current(connection) as standing:
            for row in connection.execute(query):
                word = decision_value(row)
                given[str(word.batch)].append(word)
            found = [
                Batch(
                    id=batch,
                    reviewer=reviewer,
                    stage=stage,
                    decided=len(words),
                    standing=sum(_mine(standing, stage, word.report, reviewer) == word for word in words),
                    note=words[0].note,
                    at=words[0].decided_at,
                )
                for batch, words in given.items()
            ]
        return tuple(reversed(found))


def _matching(
    connection: sa.Connection,
    standing: Standing,
    reviewer: str,
    stage: Stage,
    plan: ScreeningPlan,
    wanted: ListFilter,
) -> list[str]:
    board = standing.board(stage, plan.needed)
    keys: Iterable[str] = standing.at_stage(stage, plan.needed)
    if plan.hides("year", stage):  # what reviewers do not see they cannot filter by either
        wanted = replace(wanted, year_from=None, year_to=None)
    if wanted.text.strip() or wanted.year_from is not None or wanted.year_to is not None:
        hidden = any(plan.hides(name, stage) for name in HIDDEN_FIELDS)
        told = {standing.report_key(key) for key in _told(connection, wanted, hidden=hidden)}
        keys = [key for key in keys if key in told]
    if wanted.indication is not None:
        keys = [key for key in keys if wanted.indication in standing.report_indications(key)]
    if wanted.label is not None:
        labels = own_labels(connection, standing, reviewer)
        keys = [key for key in keys if wanted.label in labels.get(key, ())]
    if wanted.verdict or wanted.tag is not None:
        keys = [key for key in keys if _said(_mine(standing, stage, key, reviewer), wanted)]
    if wanted.standing == "voted":
        mine = board.mine.get(reviewer, {})
        keys = [key for key in keys if key in mine]
    elif wanted.standing:
        due = _due_in_round(standing, board, reviewer)
        alike = {wanted.standing} | ({"waiting"} if wanted.standing == "pending" else set())
        keys = [key for key in keys if _standing(board, key, reviewer, plan, due) in alike]
    return list(keys)


def _told(connection: sa.Connection, wanted: ListFilter, *, hidden: bool) -> Iterable[str]:
    """Records that the words and the years of a filter fit. hidden: words are looked for in title and abstract only."""
    words = storable(wanted.text).casefold().split()
    query = sa.select(version.c.record, version.c.content) if hidden and words else sa.select(version.c.record)
    query = query.where(LATEST)
    for word in words:
        query = query.where(version.c.folded.contains(word, autoescape=True))
    if wanted.year_from is not None:
        query = query.where(version.c.year >= wanted.year_from)
    if wanted.year_to is not None:
        query = query.where(version.c.year <= wanted.year_to)
    if not (hidden and words):
        return connection.scalars(query)
    return [row.record for row in connection.execute(query) if _says(row.content, words)]


def _says(content: Mapping[str, Any], words: Sequence[str]) -> bool:
    said = "\n".join(str(content.get(name) or "") for name in ("title", "original_title", "abstract")).casefold()
    return all(word in said for word in words)


def _said(mine: Decision | None, wanted: ListFilter) -> bool:
    if mine is None or mine.verdict is None:
        return False
    if wanted.verdict and mine.verdict is not Verdict(wanted.verdict):
        return False
    return wanted.tag is None or wanted.tag in mine.indications


def _mine(standing: Standing, stage: Stage, report: str, reviewer: str) -> Decision | None:
    """A reviewer's standing vote on a report (by the key of any of its records)."""
    words = [word for word in standing.decisions(stage, standing.report_key(report)) if word.reviewer == reviewer]
    return standing_votes(words).get(reviewer)


def _due_in_round(standing: Standing, board: Board, reviewer: str) -> frozenset[str]:
    """Reports of an open calibration round on which this reviewer has not voted yet."""
    current = open_round(standing, board, reviewer)
    mine = board.mine.get(reviewer, {})
    if current is None:
        return frozenset()
    return frozenset(key for key in reports_of(standing, current.sample) if key not in mine)


def _standing(
    board: Board, report: str, reviewer: str, plan: ScreeningPlan, due: frozenset[str]
) -> Literal["waiting", "pending", "included", "excluded", "conflict", "not screened"]:
    """How a report stands as a reviewer may see it: while a vote of theirs is due, it waits and no more is told."""
    if report in due or board.waits_for(report, reviewer, plan.shares):
        return "waiting"
    if report in board.aside:
        return "not screened"
    return _STATES.get(board.states[report], "pending")  # type: ignore[return-value]


def _sorted(connection: sa.Connection, keys: list[str], order: Sequence[str], sort: Sort) -> list[str]:
    if sort == "queue" and order:
        place = {key: position for position, key in enumerate(order)}
        return sorted(keys, key=lambda key: place.get(key, len(place)))
    if sort in ("year", "title"):
        titles = _titles(connection, keys)
        if sort == "year":
            return sorted(keys, key=lambda key: -(titles[key][1] or 0))
        return sorted(keys, key=lambda key: titles[key][0].casefold())
    return keys


def _titles(connection: sa.Connection, keys: Sequence[str]) -> dict[str, tuple[str, int | None, str]]:
    """Title, year and journal of the first record of each report."""
    journal = version.c.content
    found: dict[str, tuple[str, int | None, str]] = {}
    few = len(keys) <= 500
    for part in chunks(keys):
        columns = [version.c.record, version.c.title, version.c.year, *([journal] if few else [])]
        for row in connection.execute(sa.select(*columns).where(version.c.record.in_(part), LATEST)):
            found[row.record] = (row.title, row.year, str(row.content.get("journal") or "") if few else "")
    return {key: found.get(key, ("", None, "")) for key in keys}
