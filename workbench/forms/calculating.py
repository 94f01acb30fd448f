"""What calculated fields show: a number with its unit, or what is missing for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.forms.answers import Answers, is_not_reported, path_of, row_id, rows
from workbench.forms.expression import NoValue, parse, work_out
from workbench.forms.fields import CalculatedField, Column, FormField, TableField
from workbench.forms.model import Form
from workbench.forms.tables import name_of_row, row_names


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculated:
    """What a calculated field shows. value: in full, not rounded; None with a message that says why."""

    value: float | None
    shown: str  # "2000 pulses", rounded to the field's decimals; "" without a value
    message: str = ""  # "needs Trains in a session, Length of a train"
    missing: tuple[str, ...] = ()  # paths of the answers it waits for


def calculated(form: Form, answers: Answers) -> dict[str, Calculated]:
    """Every calculated field that applies, by path; those of tables once for each row."""
    found: dict[str, Calculated] = {}
    for item in form.asked(answers):
        if isinstance(item, CalculatedField):
            found[item.key] = calculate(form, item, answers)
        elif isinstance(item, TableField):
            held = {row_id(row): row for row in rows(answers, item.key)}
            for name in row_names(form, item, answers):
                row = held.get(name.id, {})
                for column in item.asked(answers, row):
                    if isinstance(column, CalculatedField):
                        path = path_of(item.key, name.id, column.key)
                        found[path] = calculate(form, column, answers, table=item, row={**row, "_row": name.id})
    return found


def calculate(
    form: Form,
    what: CalculatedField,
    answers: Answers,
    *,
    table: TableField | None = None,
    row: Mapping[str, Any] | None = None,
) -> Calculated:
    """Work one calculated field out. table, row: where it stands, for a column; its own row's cells then come first."""
    inputs = _Inputs(form=form, answers=answers, table=table, row=row)
    try:
        value = work_out(parse(what.expression), inputs)
    except NoValue as reason:
        return Calculated(value=None, shown="", message=f"cannot be worked out: {reason}")
    if value is None:
        labels = ", ".join(dict.fromkeys(inputs.missing.values()))
        return Calculated(value=None, shown="", message=f"needs {labels}", missing=tuple(inputs.missing))
    return Calculated(value=value, shown=_shown(value, what))


def _shown(value: float, what: CalculatedField) -> str:
    number = f"{value:.{what.decimals}f}"
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    number = "0" if number == "-0" else number
    return f"{number} {what.unit}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inputs:
    """Answers as an expression asks for them; what is missing is remembered by path and label."""

    form: Form
    answers: Answers
    table: TableField | None
    row: Mapping[str, Any] | None
    missing: dict[str, str] = field(default_factory=dict)
    underway: tuple[str, ...] = ()

    def value(self, key: str) -> float | None:
        if self.table is not None and self.row is not None:
            column = next((item for item in self.table.columns if item.key == key), None)
            if column is not None:
                return self._number(column, self.row, path_of(self.table.key, row_id(self.row), key), column.label)
        item = next((item for item in self.form.fields if item.key == key), None)
        if item is None:
            self.missing[key] = f"a field {key!r}"
            return None
        outside = replace(self, table=None, row=None)  # shares what is missing
        return outside._number(item, self.answers, key, item.label)

    def column(self, table: str, column: str) -> list[float] | None:
        item = next((item for item in self.form.tables if item.key == table), None)
        wanted = next((cell for cell in item.columns if cell.key == column), None) if item is not None else None
        if item is None or wanted is None:
            self.missing[f"{table}.{column}"] = f"a column {table}.{column}"
            return None
        held = {row_id(row): row for row in rows(self.answers, table)}
        found: list[float] = []
        complete = True
        names = row_names(self.form, item, self.answers)
        for name in names:
            row = {**held.get(name.id, {}), "_row": name.id}
            if not wanted.applies(self.answers, row):
                continue
            path = path_of(table, name.id, column)
            label = f"{wanted.label} ({name_of_row(self.form, item, self.answers, name.id)})"
            number = replace(self, table=item, row=row)._number(wanted, row, path, label)
            complete &= number is not None
            found.append(number or 0.0)
        if not names:
            self.missing[table] = f"the rows of {item.label}"
        return found if complete and names else None

    def _number(self, item: FormField | Column, held: Mapping[str, Any], path: str, label: str) -> float | None:
        if isinstance(item, CalculatedField):
            return self._nested(item, path, label)
        value = held.get(item.key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        self.missing[path] = f"{label} (not reported)" if is_not_reported(value) else label
        return None

    def _nested(self, item: CalculatedField, path: str, label: str) -> float | None:
        """A calculated field that needs another one; a form in which they go in circles is refused when it is read."""
        if path in self.underway:
            raise NoValue(f"{label} needs itself")
        return work_out(parse(item.expression), replace(self, underway=(*self.underway, path)))
