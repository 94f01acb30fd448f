"""Where in a trial's form a column can go: "trial.country", or a table's cell, "trial.stimulation[active].stim_coil".

What stands before the dot is a form that is filled in once for a trial. In the brackets of a table that lists the
trial's arms stands `active` or `comparator` (the two arms that a row compares), `arm` (where one row is one arm), or
the name of an arm; of any other table the id of its row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workbench.extraction import FREE_TEXT
from workbench.forms import (
    CalculatedField,
    Column,
    Form,
    FormField,
    QuoteField,
    TableField,
    split_path,
)
from workbench.forms.tables import ARMS

ACTIVE, COMPARATOR, THIS_ARM = "active", "comparator", "arm"
ROLE = "role"
_WHO = {ACTIVE: "active arm", COMPARATOR: "comparator arm", THIS_ARM: "the row's arm"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPlace:
    """A field of a trial's form, or a cell of one of its tables."""

    form: str
    field: str
    row: str = ""  # active, comparator, arm, or a name
    column: str = ""

    def __str__(self) -> str:
        cell = f"[{self.row}].{self.column}" if self.column else ""
        return f"{self.form}.{self.field}{cell}"


def is_trial_target(target: str) -> bool:
    """Whether a column's target is a place in a trial's form (keys of fields have no dot)."""
    return "." in target


def trial_place(target: str) -> TrialPlace | None:
    """The place that a target names; None for what is no place in a trial's form."""
    form, dot, path = target.partition(".")
    if not (form and dot and path):
        return None
    place = split_path(path)
    if bool(place.row) != bool(place.column):
        return None
    return TrialPlace(form=form, field=place.field, row=place.row, column=place.column)


def field_at(place: TrialPlace | None, forms: Mapping[str, Form]) -> FormField | Column | None:
    """The field, or the table's column, at a place; None where there is none that a sheet could fill."""
    form = forms.get(place.form) if place is not None else None
    if place is None or form is None or form.scope != "trial" or place.field not in form.keys:
        return None
    field: FormField | Column = form.field(place.field)
    if isinstance(field, TableField):
        known = [column for column in field.columns if column.key == place.column]
        if not known or (field.rows and place.row not in {row.key for row in field.rows}):
            return None
        field = known[0]
    elif place.column:
        return None
    return None if isinstance(field, TableField | QuoteField | CalculatedField) else field


def lists_arms(field: TableField) -> bool:
    """Whether a table's rows are the trial's arms."""
    return (field.key == ARMS and field.adds_rows) or field.rows_from == ARMS


def trial_targets(form: Form, *, by_arm: bool) -> Iterator[tuple[str, str]]:
    """Every place of a trial's form that a column can go to, with words for it. by_arm: one row is one arm."""
    rows = (THIS_ARM,) if by_arm else (ACTIVE, COMPARATOR)
    for field in form.fields:
        if isinstance(field, QuoteField | CalculatedField):
            continue
        if not isinstance(field, TableField):
            yield f"{form.form}.{field.key}", f"{form.title}: {field.label}"
            continue
        named = (
            [(row, _WHO[row]) for row in rows] if lists_arms(field) else [(row.key, row.label) for row in field.rows]
        )
        for column in field.columns:
            if not isinstance(column, CalculatedField):
                for row, words in named:
                    place = TrialPlace(form=form.form, field=field.key, row=row, column=column.key)
                    yield str(place), f"{form.title}, {words}: {column.label}"


def words_for(target: str, forms: Mapping[str, Form]) -> str:
    """What a target is called, also where an arm is named in it; the target itself if nothing is known of it."""
    place = trial_place(target)
    field = field_at(place, forms)
    if place is None or field is None:
        return target
    row = f", {_WHO.get(place.row, place.row)}" if place.column else ""
    return f"{forms[place.form].title}{row}: {field.label}"


def carried(form: Form, keys: frozenset[str]) -> dict[str, TrialPlace]:
    """Fields of a result's form that say something of its trial: key -> the place of the same name in the trial's form.

    Of a table that follows the arms, the row of the active arm: a result's form asks for its stimulation only.
    """
    found: dict[str, TrialPlace] = {}
    for field in form.fields:
        if isinstance(field, TableField):
            if field.rows_from == ARMS:
                for column in field.columns:
                    if column.key in keys and not isinstance(column, CalculatedField):
                        place = TrialPlace(form=form.form, field=field.key, row=ACTIVE, column=column.key)
                        found.setdefault(column.key, place)
        elif field.key in keys and field.key not in FREE_TEXT and not isinstance(field, QuoteField | CalculatedField):
            found[field.key] = TrialPlace(form=form.form, field=field.key)
    return found
