"""Calibration rounds: while one is open, those who take part screen all of it, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.store.board import Board
from workbench.store.screening_values import Round, Sample
from workbench.store.standing import Standing


def reports_of(standing: Standing, sample: Sample) -> tuple[str, ...]:
    """The reports of a sample under their present keys, in the order drawn."""
    return tuple(dict.fromkeys(standing.report_key(key) for key in sample.reports if key in standing.place))


def open_round(standing: Standing, board: Board, reviewer: str) -> Round | None:
    """The calibration round at the board's stage that a reviewer takes part in, and how far everybody is."""
    for sample in standing.open_samples(board.stage):
        if sample.purpose == "calibration" and reviewer in sample.reviewers:
            return how_far(standing, board, sample)
    return None


def how_far(standing: Standing, board: Board, sample: Sample) -> Round:
    """A calibration round, and on how much of it each of its reviewers has voted."""
    reports = [key for key in reports_of(standing, sample) if key in board.states]  # others left the stage
    done = {name: sum(key in board.mine.get(name, ()) for key in reports) for name in sample.reviewers}
    return Round(sample=sample, total=len(reports), done=done)


def is_due(standing: Standing, board: Board, reviewer: str, report: str, shares: Mapping[str, float]) -> bool:
    """Whether a vote of this reviewer on a report is still asked for: in the queue, or in a calibration round."""
    if board.waits_for(report, reviewer, shares):
        return True
    current = open_round(standing, board, reviewer)
    return (
        current is not None
        and report in reports_of(standing, current.sample)
        and report not in board.mine.get(reviewer, ())
    )
