"""The wide table: one row for each comparison that stands, as it is analysed, with its effect and how it came about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from workbench.review import ReviewDefinition
from workbench.synthesis import Asked, Contrast, EffectRow, SynthesisError, effect_row
from workbench.synthesis.contrast import NUMBERS

_ABOUT = (
    *("study_id", "study", "result_id", "indications", "indication_detail", "outcome", "instrument", "time_label"),
    *("days_after_treatment", "window", "design", "active_label", "comparator_label", "sham_type", "form", "statistic"),
    *("spread_kind", "direction", "measure_printed", "event_is", "comparator_shared", "comparator_split"),
)
_EFFECT = (
    *("measure", "scale", "yi", "vi", "how_computed", "why_not", "approximate", "certainty", "certainty_note", "flags"),
    *("waits_for", "quote", "page", "source_address", "reports", "extraction_ids"),
)
COLUMNS = (*_ABOUT, *NUMBERS, *_EFFECT)
DICTIONARY = {
    "study_id": "the study's id in the review",
    "result_id": "the result's id",
    "indications": "all it counts for, the main one first",
    "window": "the review's time window that holds the day",
    "measure": "the outcome's measure in this review",
    "scale": "log where yi is the logarithm of a ratio, else natural",
    "yi": "the effect, turned so that below zero favours the active arm where lower is better (above zero otherwise)",
    "vi": "its variance; a comparator arm shared by several active ones is whole here and divided in the pools",
    "how_computed": "the steps from the numbers to yi and vi",
    "why_not": "why there is no effect",
    "approximate": "yes where the numbers were worked out",
    "flags": "what the plausibility rules say",
    "waits_for": "why the result is not settled; it is then never pooled",
    "comparator_split": "whether n_comparator is the whole arm, or was divided before it was entered",
}


def wide_rows(contrasts: Iterable[Contrast], review: ReviewDefinition) -> Iterator[dict[str, Any]]:
    """Every contrast under COLUMNS; the numbers as printed, the effect in the outcome's own measure."""
    for contrast in contrasts:
        yield {
            "study_id": contrast.study,
            "study": contrast.study_label,
            "result_id": contrast.result,
            "indications": "; ".join(contrast.indications),
            "indication_detail": contrast.indication_detail,
            "outcome": contrast.outcome,
            "instrument": contrast.instrument,
            "time_label": contrast.time_label,
            "days_after_treatment": contrast.days_after_treatment,
            "window": contrast.window or "",
            "design": contrast.design,
            "active_label": contrast.active_label,
            "comparator_label": contrast.comparator_label,
            "sham_type": contrast.sham_type,
            "form": f"{contrast.form} {contrast.form_version}",
            "statistic": contrast.statistic,
            "spread_kind": contrast.spread_kind,
            "direction": contrast.direction,
            "measure_printed": contrast.measure_printed,
            "event_is": contrast.event_is,
            "comparator_shared": "yes" if contrast.shared_comparator else "no",
            "comparator_split": contrast.comparator_split,
            **{key: contrast.numbers.get(key) for key in NUMBERS},
            **_effect(contrast, review),
            "certainty": contrast.certainty,
            "certainty_note": contrast.certainty_note,
            "flags": "; ".join(flag.message for flag in contrast.flags),
            "waits_for": contrast.waits_for,
            "quote": contrast.quote,
            "page": contrast.page,
            "source_address": contrast.source_address,
            "reports": "; ".join(contrast.reports),
            "extraction_ids": "; ".join(contrast.extraction_ids),
        }


def own_effect(contrast: Contrast, review: ReviewDefinition, measure: str | None = None) -> EffectRow | str:
    """The contrast's effect in its outcome's measure, or in the one asked for; or why there is none."""
    if contrast.waits_for:
        return f"not settled: {contrast.waits_for}"
    if contrast.outcome not in {item.key for item in review.outcomes}:
        return f"the review has no outcome {contrast.outcome!r}"
    outcome = review.outcome(contrast.outcome)
    asked = Asked(outcome=outcome, measure=measure or outcome.measure, crossover_r=review.extraction.crossover_r)
    try:
        return effect_row(contrast, asked)
    except SynthesisError as error:
        return str(error)


def _effect(contrast: Contrast, review: ReviewDefinition) -> Mapping[str, Any]:
    row = own_effect(contrast, review)
    known = {item.key: item.measure for item in review.outcomes}
    measure = known.get(contrast.outcome, "")
    found = {"measure": measure, "scale": "log" if measure in ("OR", "RR") else "natural"}
    if isinstance(row, str):
        return {**found, "yi": None, "vi": None, "how_computed": "", "why_not": row, "approximate": ""}
    approximate = "yes" if row.approximate else "no"
    return {**found, "yi": row.yi, "vi": row.vi, "how_computed": row.note, "why_not": "", "approximate": approximate}
