"""The analyses of a review, made from what its store holds at this moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from workbench.extraction import ResultState, current_forms
from workbench.forms import Form, load_forms
from workbench.results.coverage import coverage
from workbench.results.notices import study_notices
from workbench.review import ReviewDefinition
from workbench.store import Store
from workbench.synthesis import (
    AnalysisResult,
    Contrast,
    SynthesisError,
    analyse_many,
    contrasts,
    default_analyses,
    result_json,
)

Engine = Literal["workbench", "pythonmeta"]


def review_forms(folder: Path, review: ReviewDefinition) -> dict[str, Form]:
    """The review's forms by name, with its own indications and outcomes as choices."""
    return {name: form.resolve(review) for name, form in load_forms(folder / "extraction_forms").items()}


def review_contrasts(folder: Path, store: Store, review: ReviewDefinition) -> tuple[Contrast, ...]:
    """The contrasts of all results that two people have read; those in conflict are counted and never pooled.

    A result that waits for its second extractor is not among them: even what it is about would be one person's answer,
    which the other has yet to give unseen. `in_work` counts those. Of a conflict nothing is told but what it is about.
    """
    forms = review_forms(folder, review)
    current = current_forms(forms, store.forms_kept(), folder=folder / "extraction_forms")
    settled = store.settled_results(extractors_needed=review.extraction.extractors_needed, current=current)
    found = contrasts(
        [item for item in settled if item.state is not ResultState.WAITING],
        store.studies(),
        review,
        forms,
        unsettled=True,
        notices=study_notices(store),
    )
    return tuple(_blinded(contrast) if contrast.waits_for else contrast for contrast in found)


def in_work(folder: Path, store: Store, review: ReviewDefinition) -> dict[str, tuple[str, ...]]:
    """For each indication the labels of studies with results that are begun, or wait for their second extractor.

    They stand in no analysis yet.
    """
    forms = review_forms(folder, review)
    labels = {study.id: study.label for study in store.studies()}
    found = coverage(
        store,
        review,
        current=current_forms(forms, store.forms_kept(), folder=folder / "extraction_forms"),
        trial_forms=frozenset(name for name, form in forms.items() if form.scope == "trial"),
    )
    return {one.indication: tuple(labels.get(study, study) for study in one.in_work) for one in found if one.in_work}


def _blinded(contrast: Contrast) -> Contrast:
    return replace(
        contrast,
        numbers={},
        quote="",
        page="",
        full_text="",
        answer_quotes=(),
        source_address="",
        certainty_note="",
        contradictions=(),
    )


def outside_settings(folder: Path, store: Store, review: ReviewDefinition) -> tuple[str, ...]:
    """Say which extracted results no analysis can take, because the settings no longer have what they are about."""
    places = {(item.key, outcome) for item in review.indications for outcome in item.outcomes}
    lost: dict[tuple[str, str], int] = {}
    for contrast in review_contrasts(folder, store, review):
        if not any((indication, contrast.outcome) in places for indication in contrast.indications):
            about = (", ".join(contrast.indications) or "no indication", contrast.outcome or "no outcome")
            lost[about] = lost.get(about, 0) + 1
    return tuple(
        f"{count} extracted {'result is' if count == 1 else 'results are'} in no analysis: the settings have no "
        f"outcome {outcome!r} for {indication}"
        for (indication, outcome), count in lost.items()
    )


def analyse_review(
    folder: Path,
    store: Store,
    review: ReviewDefinition,
    *,
    indication: str | None = None,
    engine: Engine = "workbench",
    subgroup: str | None = None,
) -> tuple[AnalysisResult, ...]:
    """Every default analysis of the review: one at least for each indication, if only to say what is missing.

    subgroup: a key of `synthesis.MODERATORS`. Raises SynthesisError for an unknown indication or moderator.
    """
    if indication is not None and indication not in {item.key for item in review.indications}:
        known = ", ".join(item.key for item in review.indications)
        raise SynthesisError(f"the review has no indication {indication!r}; it has {known}")
    given = review_contrasts(folder, store, review)
    wanted = [
        replace(analysis, engine=engine, subgroup=subgroup)
        for analysis in default_analyses(review, given)
        if indication in (None, analysis.indication)
    ]
    return analyse_many(given, wanted, review)


def results_json(results: Sequence[AnalysisResult]) -> list[dict[str, Any]]:
    """Each result in the shape of `workbench pool --json`, with what it is about."""
    return [result_json(result) for result in results]
