"""What a reviewer's order is learned from: their own votes and what is settled, never another's single vote.

An order tells something of what it was learned from. If it were learned from a colleague's vote that the reviewer may
not see yet, the report's place would give that vote away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from workbench.review import ReviewDefinition
from workbench.review.definition import Highlights
from workbench.screening import Decision, Stage, State, Verdict, consensus, standing_votes
from workbench.store import Sample


def labels_for(
    reviewer: str | None,
    decisions_by_report: Mapping[str, Sequence[Decision]],
    needed: int,
    *,
    due: Collection[str] = (),
) -> dict[str, bool]:
    """Which reports count as relevant (True) or not (False) for one reviewer, at title and abstract.

    A settled report counts as it was settled (by enough votes or by a resolution). Else the reviewer's own standing
    vote counts, and nobody else's; MAYBE is relevant, as it is for the consensus. decisions_by_report: all decisions at
    that stage by report, in the order of recording. needed: votes that settle a report. due: reports on which a vote of
    this reviewer is still asked for although others settled them (a calibration round): they tell nothing yet.
    reviewer: None learns from settled reports alone.
    """
    labels: dict[str, bool] = {}
    for report, decisions in decisions_by_report.items():
        label = label_of(reviewer, decisions, needed, due=report in due)
        if label is not None:
            labels[report] = label
    return labels


def label_of(reviewer: str | None, decisions: Sequence[Decision], needed: int, *, due: bool = False) -> bool | None:
    """What one report counts as for one reviewer (see `labels_for`); None: it tells nothing."""
    own = standing_votes(decisions).get(reviewer) if reviewer is not None else None
    if due and own is None:
        return None
    state = consensus(decisions, reviewers=needed)
    if state in (State.INCLUDED, State.EXCLUDED):
        return state is State.INCLUDED
    return None if own is None else own.verdict is not Verdict.EXCLUDE


class Labels:
    """`labels_for`, told again and again: only reports with other decisions than last time are looked at."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[Decision, ...], bool, int, bool | None]] = {}

    def of(
        self,
        reviewer: str,
        decisions_by_report: Mapping[str, tuple[Decision, ...]],
        needed: int,
        *,
        due: Collection[str] = (),
    ) -> dict[str, bool]:
        """As `labels_for`; ask one object about one reviewer only."""
        labels: dict[str, bool] = {}
        looked: dict[str, tuple[tuple[Decision, ...], bool, int, bool | None]] = {}
        for report, decisions in decisions_by_report.items():
            asked, known = report in due, self._known.get(report)
            if known is None or known[:3] != (decisions, asked, needed):
                known = (decisions, asked, needed, label_of(reviewer, decisions, needed, due=asked))
            looked[report] = known
            if known[3] is not None:
                labels[report] = known[3]
        self._known = looked
        return labels


def due_in_rounds(reviewer: str, samples: Iterable[Sample]) -> frozenset[str]:
    """Keys of records of the reports that a reviewer is to judge in an open calibration round, whoever else did."""
    return frozenset(
        report
        for sample in samples
        if sample.open
        and sample.purpose == "calibration"
        and sample.stage is Stage.TITLE_ABSTRACT
        and reviewer in sample.reviewers
        for report in sample.reports
    )


def is_due(then: Mapping[str, bool], now: Mapping[str, bool]) -> bool:
    """Whether enough was said since for learning again: one vote at first, one in a hundred later."""
    changed = sum(now.get(report) is not label for report, label in then.items())
    changed += sum(report not in then for report in now)
    return changed > 0 and changed >= len(then) // 100


def question_of(review: ReviewDefinition, highlights: Highlights | None = None) -> str:
    """The review's question, its criteria for inclusion and the words it marks, as one text.

    highlights: those that hold now, where the team made them anew in the browser. What a review excludes is left out:
    such texts mostly name its own subject once more ("reviews of rTMS").
    """
    marked = review.screening.highlight if highlights is None else highlights
    question = review.question
    return "\n".join(
        _said(
            question.population,
            question.intervention,
            question.comparator,
            question.outcomes,
            question.designs,
            *(criterion.include for criterion in review.eligibility),
            *(indication.label for indication in review.indications),
            *(term.rstrip("*") for term in marked.include),
        )
    )


def _said(*texts: str) -> Iterable[str]:
    return (text.strip() for text in texts if text.strip())
