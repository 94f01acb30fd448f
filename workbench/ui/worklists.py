"""What waits for whom: lists that pages show, put together from what the store holds.

No page decides what is waiting; it asks here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.extraction import CurrentForms, Extraction, ResultState, SettledResult, Study, latest_revisions, settle
from workbench.review import ReviewDefinition
from workbench.screening import Stage, State
from workbench.store import ResultSlot, Store


def included_reports(store: Store, review: ReviewDefinition) -> tuple[str, ...]:
    """Reports that titles and abstracts let through and that the full text, if it was judged, did not exclude.

    One whose full text could not be had is none of them.
    """
    needed = review.screening.reviewers_needed
    full_text = store.states(Stage.FULL_TEXT, reviewers_needed=needed)
    lacking = {report for report, word in store.retrievals().items() if word.status == "not_retrieved"}
    lacking -= {text.report for text in store.full_texts()}  # of two records one was sought in vain
    return tuple(
        key
        for key, state in store.states(Stage.TITLE_ABSTRACT, reviewers_needed=needed).items()
        if state is State.INCLUDED
        and full_text.get(key) is not State.EXCLUDED
        and not (key in lacking and full_text.get(key) is State.PENDING)
    )


def reports_without_study(store: Store, review: ReviewDefinition) -> tuple[str, ...]:
    """Included reports that no study names yet."""
    return without_study(store, included_reports(store, review))


def without_study(store: Store, reports: Sequence[str]) -> tuple[str, ...]:
    """Those of these reports that no study names yet."""
    first_record = {key: report.key for report in store.reports() for key in report.record_keys}
    named = {first_record.get(key, key) for study in store.studies() for key in study.reports}
    return tuple(key for key in reports if key not in named)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultLine:
    """One result of a study and where it stands."""

    slot: ResultSlot
    study: Study
    settled: SettledResult | None  # None: nobody has begun
    extractors: Mapping[str, str]  # extractor -> state of their latest revision

    @property
    def state(self) -> ResultState:
        """Where it stands."""
        return self.settled.state if self.settled is not None else ResultState.EMPTY

    def open_to(self, reviewer: str) -> bool:
        """Whether this reviewer may see what everybody typed: not before it is done, nor with a draft of their own."""
        done = self.state in (ResultState.CONFLICT, ResultState.AGREED, ResultState.SETTLED)
        return done and self.extractors.get(reviewer) != "draft"

    def waits_for(self, reviewer: str, *, needed: int) -> bool:
        """Whether this reviewer can still extract it: not final, and extractors are missing."""
        if self.extractors.get(reviewer) == "final" or self.state in (ResultState.AGREED, ResultState.SETTLED):
            return False
        return reviewer in self.extractors or len(self.extractors) < needed


def result_lines(
    store: Store, review: ReviewDefinition, study: str | None = None, *, current: CurrentForms | None = None
) -> tuple[ResultLine, ...]:
    """Every result, or those of one study, in the order they were opened.

    current: answers given under older versions of these forms are read as the forms ask today.
    """
    bring = (current or CurrentForms()).bring
    studies = {item.id: item for item in store.studies()}
    by_result: dict[str, list[Extraction]] = {}
    for extraction in store.extractions(study=study):
        by_result.setdefault(extraction.result, []).append(bring(extraction))
    needed = review.extraction.extractors_needed
    return tuple(
        ResultLine(
            slot=slot,
            study=studies[slot.study],
            settled=settle(by_result[slot.id], extractors=needed) if slot.id in by_result else None,
            extractors={
                item.extractor: item.state
                for item in latest_revisions(by_result.get(slot.id, ()))
                if item.role == "extractor"
            },
        )
        for slot in store.results(study)
    )


def counted(lines: Sequence[ResultLine]) -> dict[ResultState, int]:
    """How many results are in each state."""
    return {state: sum(line.state is state for line in lines) for state in ResultState}


def indication_of(line: ResultLine) -> str | None:
    """The indication a result was opened for, or the main one its answers name."""
    if line.slot.indication is not None:
        return line.slot.indication
    named = line.settled.answers.get("primary_indication") if line.settled is not None else None
    return named if isinstance(named, str) else None
