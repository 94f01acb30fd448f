"""The effect that the numbers on screen give, before anybody has agreed on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from workbench.effects import MEASURES
from workbench.extraction import ResultState, SettledResult, Study
from workbench.forms import Answers, Form, answered, text
from workbench.plots.numbers import effect_text
from workbench.review import ReviewDefinition
from workbench.store import ResultSlot
from workbench.synthesis import Asked, Contrast, EffectRow, SynthesisError, completed, contrasts, effect_row
from workbench.ui import analyses, context, parts
from workbench.ui import text as shown

NUMBERS = (
    *("mean_active", "median_active", "events_active", "percent_active", "estimate", "estimate_p", "estimate_t"),
    *("arms_results", "mean", "events"),
)
"""With any of these there is something to compute from."""


def preview(
    review: ReviewDefinition, form: Form, answers: Mapping[str, Any], slot: ResultSlot, study: Study, trial: Answers
) -> tuple[tuple[Contrast, EffectRow | str], ...]:
    """Each contrast with its effect in the outcome's own measure, or why there is none; () without any numbers."""
    outcome = text(answers, "outcome")
    if outcome not in {item.key for item in review.outcomes} or not any(answered(answers, key) for key in NUMBERS):
        return ()
    settled = SettledResult(
        study=study.id,
        result=slot.id,
        form=form.form,
        form_version=form.version,
        answers=completed(answers, trial),
        state=ResultState.AGREED,
        extraction_ids=(),
    )
    definition = review.outcome(outcome)
    asked = Asked(outcome=definition, measure=definition.measure, crossover_r=review.extraction.crossover_r)
    return tuple(
        (contrast, _effect(contrast, asked)) for contrast in contrasts((settled,), (study,), review, {form.form: form})
    )


def _effect(contrast: Contrast, asked: Asked) -> EffectRow | str:
    try:
        return effect_row(contrast, asked)
    except SynthesisError as error:
        return str(error)


def show(form: Form, answers: Mapping[str, Any], slot: ResultSlot, study: Study, trial: Answers) -> None:
    """The preview on the page, with the flags that the numbers raise."""
    review = context.review()
    found = preview(review, form, answers, slot, study, trial)
    if found:
        several = len(found) > 1
        lines = shown.join(_line(review, contrast, row, several=several) for contrast, row in found)
        parts.show(Markup('<div class="wb-preview"><h3>What these numbers give</h3>{}</div>').format(lines))


def _line(review: ReviewDefinition, contrast: Contrast, row: EffectRow | str, *, several: bool) -> Markup:
    measure = review.outcome(contrast.outcome).measure
    arm = f"{contrast.active_label}: " if several and contrast.active_label else ""
    if isinstance(row, str):
        line = Markup("<p>{}<strong>{}: no effect yet.</strong> {}</p>").format(
            shown.clean(arm), measure, shown.clean(row)
        )
    else:
        low, high = analyses.row_interval(row, review.model.level)
        effect = effect_text(row.yi, low, high, ratio=MEASURES[measure].ratio)
        line = Markup('<p>{}<strong>{} {}</strong> <span class="wb-quiet">({}% interval; {})</span></p>').format(
            shown.clean(arm), measure, effect, f"{review.model.level:g}", shown.clean(row.note)
        )
    flags = (
        Markup('<div class="wb-problem {}" role="note">{}: {}</div>').format(
            "" if flag.level == "warning" else "info", "Check" if flag.level == "warning" else "Note", flag.message
        )
        for flag in contrast.flags
    )
    return line + shown.join(flags)
