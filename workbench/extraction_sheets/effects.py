"""The effect that an imported result gives, before anything is stored."""

from __future__ import annotations

from datetime import UTC, datetime

from workbench.extraction import ResultState, SettledResult, Study
from workbench.extraction_sheets.imported import ImportedResult
from workbench.forms import Form, text
from workbench.review import ReviewDefinition
from workbench.synthesis import Asked, EffectRow, SynthesisError, contrasts, effect_row

_THEN = datetime(2000, 1, 1, tzinfo=UTC)  # of a study that is nowhere but in this computation


def effect_of(
    result: ImportedResult, form: Form, review: ReviewDefinition, *, measure: str | None = None
) -> EffectRow | str:
    """The result's effect in its outcome's own measure, or in the one asked for; or why it gives none, in words."""
    outcome = text(result.answers, "outcome")
    if outcome not in {item.key for item in review.outcomes}:
        return "no outcome of the review is named"
    study = Study(id=result.study, label=result.study, created_by="", created_at=_THEN)
    settled = SettledResult(
        study=study.id,
        result=result.key,
        form=form.form,
        form_version=form.version,
        answers=result.answers,
        state=ResultState.AGREED,
        extraction_ids=(),
    )
    contrast, *_ = contrasts((settled,), (study,), review, {form.form: form})
    definition = review.outcome(outcome)
    asked = Asked(outcome=definition, measure=measure or definition.measure, crossover_r=review.extraction.crossover_r)
    try:
        return effect_row(contrast, asked)
    except SynthesisError as error:
        return str(error)
