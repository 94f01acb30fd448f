"""How far a review's reviewers agree, from the votes its store holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from workbench.results.files import csv_bytes
from workbench.review import ReviewDefinition
from workbench.screening import Decision, Stage, Verdict, first_votes, standing_resolution, standing_votes
from workbench.screening.agreement import Agreement, Coefficient, agreement, independent_votes
from workbench.store import Sample, Store

CATEGORIES = (Verdict.INCLUDE.value, Verdict.MAYBE.value, Verdict.EXCLUDE.value)


def review_agreement(
    store: Store,
    review: ReviewDefinition,
    stage: Stage,
    *,
    sample: Sample | None = None,
    maybe_is_include: bool | None = None,
) -> Agreement:
    """Agreement of the first independent votes at a stage, over all reports or over those of one sample.

    maybe_is_include: count a maybe as include; so it is unless said otherwise at title and abstract, where it lets
    the report through as well. At full text a maybe is a conflict and always a category of its own. Intervals are at
    the level of the review's model. Over all reports, those of a calibration round that somebody still screens are left
    out (`still_screened`), and so are single votes on reports that wait.
    """
    if maybe_is_include is None or stage is Stage.FULL_TEXT:
        maybe_is_include = stage is Stage.TITLE_ABSTRACT
    by_report = votes_at(store, stage, sample)
    if sample is None:
        hidden = still_screened(store, review, stage)
        by_report = {key: decisions for key, decisions in by_report.items() if key not in hidden}
    pending = store.pending(stage, reviewers_needed=review.screening.reviewers_needed)
    votes = {  # one vote tells nothing of agreement, and on a report that waits for another it is not to be told
        key: given
        for key, given in independent_votes(by_report, maybe_is_include=maybe_is_include).items()
        if len(given) > 1 or key not in pending
    }
    categories = CATEGORIES if not maybe_is_include else (CATEGORIES[0], CATEGORIES[2])
    return agreement(votes, categories=categories, level=review.model.level)


def votes_at(store: Store, stage: Stage, sample: Sample | None = None) -> dict[str, tuple[Decision, ...]]:
    """The decisions on every report at a stage, or on the reports of a sample."""
    by_report = store.decisions_by_report(stage)
    if sample is None:
        return by_report
    wanted = {store.report_of(key).key for key in sample.reports}
    return {key: decisions for key, decisions in by_report.items() if key in wanted}


def still_screened(store: Store, review: ReviewDefinition, stage: Stage) -> frozenset[str]:
    """The reports of calibration rounds that are open and not screened by everybody yet.

    Figures on them would tell whoever has not voted yet how the others did: where two agree on all of a small round,
    their table is their votes.
    """
    return frozenset(
        key
        for item in store.rounds(stage, reviewers_needed=review.screening.reviewers_needed)
        if item.sample.open and not item.finished
        for key in store.report_keys(item.sample.reports).values()
    )


def disagreements(by_report: Mapping[str, tuple[Decision, ...]]) -> dict[str, dict[str, Decision]]:
    """The reports whose first independent votes differ: report -> reviewer -> vote.

    A maybe counts as include at title and abstract; at full text it differs from both.
    """
    found = {}
    for report, decisions in by_report.items():
        votes = first_votes(decision for decision in decisions if decision.batch is None)
        if len({_side(vote) for vote in votes.values()}) > 1:
            found[report] = votes
    return found


def settled_how(decisions: tuple[Decision, ...]) -> str:
    """In a few words, what became of a difference."""
    resolution = standing_resolution(decisions)
    if resolution is not None and resolution.verdict is not None:
        return f"settled: {resolution.verdict.value}"
    sides = {_side(vote) for vote in standing_votes(decisions).values()}
    return "open" if len(sides) > 1 else "minds were changed"


def _side(vote: Decision) -> Verdict | None:
    """What a vote counts as where two are compared."""
    lets_through = vote.verdict is Verdict.MAYBE and vote.stage is Stage.TITLE_ABSTRACT
    return Verdict.INCLUDE if lets_through else vote.verdict


def agreement_as_dict(found: Agreement) -> dict[str, Any]:
    """Plain data, for JSON."""
    return asdict(found)


COLUMNS = ("reviewers", "what", "value", "low", "high", "records", "note")


def agreement_csv(found: Agreement) -> bytes:
    """One line a coefficient, and one a cell of each pair's table."""
    return csv_bytes(COLUMNS, _lines(found))


def _lines(found: Agreement) -> Iterator[dict[str, Any]]:
    for coefficient in (found.raw, found.ac1, found.alpha):
        yield _line("all", coefficient)
    for pair in found.pairs:
        who = f"{pair.first} / {pair.second}"
        for coefficient in (pair.raw, pair.kappa, pair.ac1):
            yield _line(who, coefficient)
        for row, first in enumerate(pair.categories):
            for column, second in enumerate(pair.categories):
                yield {"reviewers": who, "what": f"{first} / {second}", "value": pair.table[row][column]}


def _line(who: str, coefficient: Coefficient) -> dict[str, Any]:
    return {
        "reviewers": who,
        "what": coefficient.name,
        "value": coefficient.value,
        "low": coefficient.low,
        "high": coefficient.high,
        "records": coefficient.records,
        "note": coefficient.note,
    }
