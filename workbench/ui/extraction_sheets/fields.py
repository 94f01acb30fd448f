"""The field that a column, or an answer for every row, goes to: of a result's form or of the trial's."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.extraction_sheets import TARGETS, SheetMapping
from workbench.extraction_sheets.trial_places import (
    carried,
    field_at,
    is_trial_target,
    lists_arms,
    trial_place,
    trial_targets,
    words_for,
)
from workbench.forms import CalculatedField, Column, Form, FormField, QuoteField, TableField

_NAMED = ("label", "role")
"""Columns of the arms that follow from the names of the two arms of a result."""


def field_of(target: str, mapping: SheetMapping, forms: Mapping[str, Form]) -> FormField | Column | None:
    """The field that a target names: in the first of the mapping's forms that has it, or in the trial's form."""
    if is_trial_target(target):
        return field_at(trial_place(target), forms)
    for name in mapping.forms:
        for field in forms[name].fields:
            if field.key == target:
                return field
    return None


def targets(mapping: SheetMapping, forms: Mapping[str, Form]) -> dict[str, str]:
    """Everything a column can mean: field or target -> words. What a result and its trial share stands there once."""
    found: dict[str, str] = {}
    for name in mapping.forms:
        for field in forms[name].fields:
            if not isinstance(field, TableField | QuoteField | CalculatedField):
                found.setdefault(field.key, field.label)
    special = {key: words for key, words in TARGETS.items() if mapping.row_is == "arm" or not key.startswith("_arm")}
    shared = {str(place) for places in _carried(mapping, forms).values() for place in places}
    of_trial: dict[str, str] = {}
    for name in mapping.trial_forms:
        if name in forms:
            for target, words in trial_targets(forms[name], by_arm=mapping.row_is == "arm"):
                if target not in shared and not _follows(target, forms):
                    of_trial[target] = words
    used = {use.field: words_for(use.field, forms) for use in mapping.uses if is_trial_target(use.field)}
    return found | special | of_trial | used


def for_the_trial(mapping: SheetMapping, forms: Mapping[str, Form]) -> frozenset[str]:
    """Fields of a result's form whose answers fill in the trial's form as well."""
    return frozenset(_carried(mapping, forms))


def _carried(mapping: SheetMapping, forms: Mapping[str, Form]) -> dict[str, list[object]]:
    keys = frozenset(key for name in mapping.forms for key in forms[name].keys)
    found: dict[str, list[object]] = {}
    for name in mapping.trial_forms:
        if name in forms:
            for key, place in carried(forms[name], keys).items():
                found.setdefault(key, []).append(place)
    return found


def _follows(target: str, forms: Mapping[str, Form]) -> bool:
    """Whether the cell is told by the name of the arm already."""
    place = trial_place(target)
    if place is None or place.column not in _NAMED:
        return False
    table = forms[place.form].field(place.field)
    return isinstance(table, TableField) and table.adds_rows and lists_arms(table)
