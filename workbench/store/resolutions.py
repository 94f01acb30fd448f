"""What became of conflicts: settling one by discussion or as a third person, and taking that back."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from workbench.screening import Decision, Stage, after, standing_resolution
from workbench.store import tables
from workbench.store.base import Part
from workbench.store.decisions import add_once, held_decision
from workbench.store.errors import StoreError
from workbench.store.rounds import is_due


class Resolutions(Part):
    """A resolution is a decision that settles a report; the latest that its author has not taken back stands."""

    def settle(
        self, resolution: Decision, *, words_before: int, now: datetime | None = None
    ) -> Literal["recorded", "known", "stale"]:
        """Record a resolution, or its withdrawal.

        words_before: how many decisions on the report, of everybody, were on screen. "stale": there are others now (a
        changed vote, another resolution, a record that was taken out of the report), and nothing was recorded. "known":
        this very one was recorded already.
        """
        if not resolution.resolution:
            raise StoreError("a conflict is settled by a resolution, not by one more vote")
        with self._database.writing() as connection:
            self._need_records(connection, (resolution.report,))
            if held_decision(connection, resolution) is not None:
                return "known"
            with self._current(connection) as standing:
                said = standing.decisions(resolution.stage, resolution.report)
            if len(said) != words_before:
                return "stale"
            add_once(connection, after(resolution, (word for word in said if word.resolution)), now=now)
        return "recorded"

    def resolutions(self, stage: Stage, *, reviewers_needed: int = 2, reviewer: str) -> dict[str, Decision]:
        """The resolutions that stand at one stage, report -> resolution, the latest first.

        Left out: those of reports on which a vote of `reviewer` is still asked for.
        """
        table = tables.decision
        query = sa.select(table.c.record).distinct().where(table.c.resolution, table.c.stage == stage.value)
        found: dict[str, Decision] = {}
        with self._database.reading() as connection, self._current(connection) as standing:
            board = standing.board(stage, reviewers_needed)
            for report in {standing.report_key(key) for key in connection.scalars(query)}:
                resolution = standing_resolution(standing.decisions(stage, report))
                if (
                    resolution is not None
                    and report in board.states
                    and not is_due(standing, board, reviewer, report, {})
                ):
                    found[report] = resolution
        latest = sorted(found, key=lambda report: (found[report].decided_at, report), reverse=True)
        return {report: found[report] for report in latest}
