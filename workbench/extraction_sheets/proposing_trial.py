"""What a sheet's columns probably say of the trials: beside its results, or in a sheet that describes trials only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rapidfuzz import fuzz, process

from workbench.extraction_sheets.cell_text import folded, part_of
from workbench.extraction_sheets.guessing_words import guess_words
from workbench.extraction_sheets.heading_words import ARMS as ARM_WORDS
from workbench.extraction_sheets.heading_words import plain, tokens
from workbench.extraction_sheets.mapping import SheetMapping, Use
from workbench.extraction_sheets.table_finding import Column, Table
from workbench.extraction_sheets.trial_places import ACTIVE, THIS_ARM, TrialPlace, field_at, trial_place
from workbench.extraction_sheets.usual_headings import OF_ONE_ARM, RISK_OF_BIAS, TRIAL_BY_NAME
from workbench.forms import (
    CalculatedField,
    ChoiceField,
    CountField,
    Form,
    LongTextField,
    MultiChoiceField,
    NumberField,
    QuoteField,
    TableField,
    YesNoUnclearField,
)
from workbench.forms.tables import ARMS, table
from workbench.review import ReviewDefinition

_OF_A_RESULT = re.compile(r"_?(mean|spread|events|percent|median|low|high|estimate)(_|$)")
"""Fields and targets that only a result has."""
_PLAIN_NUMBER = frozenset({"n_randomised"})
"""Fields whose usual headings ("n") could mean another number as well."""
_CONDITIONS = ("main_condition", "conditions")


def with_trial(
    mapping: SheetMapping, found: Table, forms: Mapping[str, Form], review: ReviewDefinition
) -> SheetMapping:
    """The mapping with the trial's form filled in too; with one trial a row where no column has a result's number."""
    form = next((form for form in forms.values() if form.scope == "trial" and ARMS in form.keys), None)
    if form is None:
        return mapping
    uses = list(mapping.uses)
    for column in found.columns:
        uses = _with_arm_number(uses, column, form, by_arm=mapping.row_is == "arm")
    _frequency_in_names(uses, found, mapping)
    mapped = {use.column for use in uses}
    for column in found.columns:
        if column.named and column.label not in mapped:
            uses += _named(column, form, by_arm=mapping.row_is == "arm")
    uses += _conditions(uses, found, form, review)
    uses = [words_of_trial(use, found, forms, review) for use in uses]
    mapping = replace(mapping, uses=tuple(uses), trial_forms=(form.form,))
    if mapping.row_is == "result" and not any(_OF_A_RESULT.match(use.field) for use in uses):
        kept = {"indications", "primary_indication"} & mapping.constants.keys()
        mapping = replace(
            mapping,
            row_is="trial",
            constants={key: mapping.constants[key] for key in kept},
            reasons={key: mapping.reasons[key] for key in kept if key in mapping.reasons},
        )
    return mapping


def words_of_trial(use: Use, found: Table, forms: Mapping[str, Form], review: ReviewDefinition) -> Use:
    """The use with what the column's words stand for, where its place in the trial's form has options."""
    place = trial_place(use.field)
    field = field_at(place, forms)
    column = found.column(use.column)
    if place is None or use.words or column is None:
        return use
    if not isinstance(field, ChoiceField | MultiChoiceField | YesNoUnclearField):
        return use
    texts = dict.fromkeys(part_of(text, use.part) for text in found.texts(column))
    key = place.column or place.field
    words = guess_words(key, field, [text for text in texts if text], review)
    if isinstance(field, MultiChoiceField):
        words = {text: answer if isinstance(answer, list) else [answer] for text, answer in words.items()}
    if key in _CONDITIONS:  # a condition that the form does not list is told in words beside it
        words |= {text: None for text in texts if text and text not in words}
    return replace(use, words=words)


def _with_arm_number(uses: Sequence[Use], column: Column, form: Form, *, by_arm: bool) -> list[Use]:
    """The randomised and the lost of an arm: "n randomised active", "dropouts sham"."""
    arms = table(form, ARMS)
    if arms is None or not column.named or (column.words and not column.numbers):
        return list(uses)
    words = [word for word in tokens(column.label) if len(word) > 1]
    named = [arm for arm, known in ARM_WORDS.items() if any(word in known for word in words)]
    which = next((key for key, names in OF_ONE_ARM.items() if re.search(names, " ".join(words))), None)
    if which is None or which == "analysed" or which not in {each.key for each in arms.columns}:
        return list(uses)
    if by_arm and not named:
        named = [THIS_ARM]
    if len(named) != 1:
        return list(uses)
    place = TrialPlace(form=form.form, field=ARMS, row=named[0], column=which)
    use = Use(
        column=column.label, field=str(place), confidence=0.85, reason=f"the heading reads as: {which}, {named[0]}"
    )
    return [*(each for each in uses if each.column != column.label), use]


def _named(column: Column, form: Form, *, by_arm: bool) -> list[Use]:
    """A column that no result's form asks for."""
    short = plain(column.label)
    if short in {plain(name) for name in RISK_OF_BIAS}:
        return []
    places = _places(form, by_arm=by_arm)
    target = trial_place(column.label)
    if target is not None and field_at(target, {form.form: form}) is not None:
        return [Use(column=column.label, field=column.label, confidence=0.95, reason="the name of the form's field")]
    key, sure, reason = TRIAL_BY_NAME.get(short, ""), 0.85, "a usual heading for it"
    if not key:
        labels = {each: label for each, (_, label) in places.items()}
        close = process.extractOne(
            folded(column.label),
            {each: folded(label) for each, label in labels.items()} | {each: each.replace("_", " ") for each in labels},
            scorer=fuzz.token_sort_ratio,
            score_cutoff=88,
        )
        key, sure, reason = (str(close[2]), 0.6, "close to the name of the form's field") if close else ("", 0.0, "")
    if key not in places:
        return []
    place, _ = places[key]
    field = field_at(place, {form.form: form})
    if isinstance(field, CountField | NumberField) and column.words and not column.numbers:
        return []
    sure = min(sure, 0.4) if key in _PLAIN_NUMBER and short in ("n", "participants", "sample") else sure
    return [Use(column=column.label, field=str(place), confidence=sure if column.filled else sure / 2, reason=reason)]


def _places(form: Form, *, by_arm: bool) -> dict[str, tuple[TrialPlace, str]]:
    """Key of a field, or of a column of the arms' stimulation -> its place and label."""
    found: dict[str, tuple[TrialPlace, str]] = {}
    for field in form.fields:
        if isinstance(field, TableField):
            if field.rows_from == ARMS:
                for column in field.columns:
                    if not isinstance(column, CalculatedField):
                        row = THIS_ARM if by_arm else ACTIVE
                        place = TrialPlace(form=form.form, field=field.key, row=row, column=column.key)
                        found.setdefault(column.key, (place, column.label))
        elif not isinstance(field, QuoteField | CalculatedField | LongTextField) or field.key == "inclusion":
            found[field.key] = (TrialPlace(form=form.form, field=field.key), field.label)
    return found


def _frequency_in_names(uses: list[Use], found: Table, mapping: SheetMapping) -> None:
    """The frequency that the arm's name tells ("rTMS M1 10 Hz") where no column has it."""
    if any("stim_frequency_hz" in use.field for use in uses):
        return
    active = next((use for use in uses if use.field == "active_label"), None)
    column = found.column(active.column) if active is not None else None
    if active is None or column is None or mapping.row_is == "arm":
        return
    named = [text for text in found.texts(column) if part_of(part_of(text, active.part), "frequency")]
    if named:
        reason = f"{len(named)} names tell a frequency in Hz"
        use = Use(column=active.column, field="stim_frequency_hz", part="frequency", confidence=0.7, reason=reason)
        uses.append(use)


def _conditions(uses: Sequence[Use], found: Table, form: Form, review: ReviewDefinition) -> list[Use]:
    """The condition in the form's own words, from the column that tells it in the sheet's."""
    told = next((use for use in uses if use.field == "indication_detail"), None)
    column = found.column(told.column) if told is not None else None
    if told is None or column is None:
        return []
    made = []
    for key in _CONDITIONS:
        if key in form.keys and guess_words(key, form.field(key), found.texts(column), review):
            reason = f"from the same words: {told.reason}"
            sure = min(told.confidence, 0.6)
            made.append(Use(column=told.column, field=f"{form.form}.{key}", confidence=sure, reason=reason))
    return made
