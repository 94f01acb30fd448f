"""What is extracted for each indication: which of its studies have which outcome, what is in conflict, what is missing.

A study belongs to an indication if a result was opened for it or names it, if the reviewers tagged one of its reports
with it, or, where nobody tagged a report and no result says anything, if the indication's strategies found the report.
A study can belong to several; within one indication it counts once for each outcome, by the furthest of its results.
What one extractor alone has answered is not told: such a result counts as in work, on no outcome.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from workbench.extraction import CurrentForms, ResultState, SettledResult, Study
from workbench.review import ReviewDefinition
from workbench.store import Store

_TOLD = (ResultState.SETTLED, ResultState.AGREED, ResultState.CONFLICT)
"""States in which the outcome of a result is everybody's to see, the furthest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCoverage:
    """One outcome of an indication: ids of studies by where they stand on it; each in one list at most."""

    outcome: str
    label: str
    settled: tuple[str, ...] = ()  # agreed or settled: can be pooled
    conflict: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()  # studies of the indication without a result on it


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """One indication with its outcomes in their order."""

    indication: str
    label: str
    studies: tuple[str, ...]
    outcomes: tuple[OutcomeCoverage, ...]
    in_work: tuple[str, ...] = ()  # studies with a result for it that is begun, or waits for the second extractor
    nothing: tuple[str, ...] = ()  # studies without any result for it
    disputed: tuple[str, ...] = ()  # studies with a result in conflict about the outcome itself

    @property
    def primary(self) -> OutcomeCoverage:
        """The indication's first outcome."""
        return self.outcomes[0]


def coverage(
    store: Store, review: ReviewDefinition, *, current: CurrentForms, trial_forms: Collection[str] = ()
) -> tuple[Coverage, ...]:
    """For each indication of the review, in its order. Nothing of anybody's unfinished answers shows, only states.

    current: the forms as they ask today. trial_forms: names of the forms that are filled in once for a trial; what they
    say is no result.
    """
    settled = store.settled_results(extractors_needed=review.extraction.extractors_needed, current=current)
    opened = {slot.id: slot for slot in store.results()}
    studies = store.studies()
    named = {item.result: _named(item, opened[item.result].indication) for item in settled if item.result in opened}
    belongs = _belonging(store, review, studies, settled, named)
    results = [item for item in settled if item.form not in trial_forms]
    return tuple(
        _of_indication(review, indication.key, [study.id for study in studies], belongs, results, named)
        for indication in review.indications
    )


def _named(item: SettledResult, slot_indication: str | None) -> frozenset[str]:
    """What a result is about: the indications of its answers once it can be used, and the one it was opened for."""
    found = {slot_indication} if slot_indication else set()
    if item.usable:
        primary, several = item.answers.get("primary_indication"), item.answers.get("indications")
        found |= {primary} if isinstance(primary, str) else set()
        found |= {one for one in several if isinstance(one, str)} if isinstance(several, list | tuple) else set()
    return frozenset(found)


def _belonging(
    store: Store,
    review: ReviewDefinition,
    studies: Iterable[Study],
    settled: Iterable[SettledResult],
    named: dict[str, frozenset[str]],
) -> dict[str, set[str]]:
    """Study -> its indications."""
    facts = {
        key: fact
        for fact in store.report_facts(reviewers_needed=review.screening.reviewers_needed)
        for key in fact.records
    }
    by_results: dict[str, set[str]] = {}
    for item in settled:
        by_results.setdefault(item.study, set()).update(named.get(item.result, ()))
    found: dict[str, set[str]] = {}
    for study in studies:
        reports = [facts[key] for key in study.reports if key in facts]
        tagged = {one for fact in reports for one in fact.tagged}
        of_study = by_results.get(study.id, set()) | tagged
        if not of_study:
            of_study = {one for fact in reports for one in fact.found_for}
        found[study.id] = of_study
    return found


def _of_indication(
    review: ReviewDefinition,
    key: str,
    order: list[str],
    belongs: dict[str, set[str]],
    settled: Iterable[SettledResult],
    named: dict[str, frozenset[str]],
) -> Coverage:
    indication = review.indication(key)
    studies = tuple(study for study in order if key in belongs[study])
    mine = [item for item in settled if key in named.get(item.result, ()) and item.study in set(studies)]
    by_outcome: dict[str, dict[str, ResultState]] = {}
    disputed: set[str] = set()
    for item in mine:
        outcome = item.answers.get("outcome")
        if item.state in _TOLD and isinstance(outcome, str):
            held = by_outcome.setdefault(outcome, {})
            before = held.get(item.study, item.state)
            held[item.study] = min(before, item.state, key=_TOLD.index)
        elif item.state is ResultState.CONFLICT:
            disputed.add(item.study)
    return Coverage(
        indication=key,
        label=indication.label,
        studies=studies,
        outcomes=tuple(
            _of_outcome(outcome, review.outcome(outcome).label, studies, by_outcome.get(outcome, {}))
            for outcome in indication.outcomes
        ),
        in_work=tuple(study for study in studies if any(i.study == study and i.state not in _TOLD for i in mine)),
        nothing=tuple(study for study in studies if study not in {item.study for item in mine}),
        disputed=tuple(study for study in studies if study in disputed),
    )


def _of_outcome(outcome: str, label: str, studies: Iterable[str], held: dict[str, ResultState]) -> OutcomeCoverage:
    def those(*states: ResultState) -> tuple[str, ...]:
        return tuple(study for study in studies if held.get(study) in states)

    return OutcomeCoverage(
        outcome=outcome,
        label=label,
        settled=those(ResultState.AGREED, ResultState.SETTLED),
        conflict=those(ResultState.CONFLICT),
        missing=tuple(study for study in studies if study not in held),
    )
