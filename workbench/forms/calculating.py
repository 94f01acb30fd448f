"""What calculated fields show: a number with its unit, or what is missing for it.

Only answers that are asked for are computed with. Each calculated field is worked out once, those it needs before it,
so that a chain of them costs no more than its length.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.forms.answers import Answers, is_not_reported, path_of, row_id, rows
from workbench.forms.expression import NoValue, names, parse, work_out
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
    work = _Work(form=form, answers=answers)
    found: dict[str, Calculated] = {}
    for item in form.fields:
        if item.key not in work.asked:
            continue
        if isinstance(item, CalculatedField):
            found[item.key] = work.shown(work.field_cell(item))
        elif isinstance(item, TableField):
            for row in work.rows(item):
                for column in work.asked_columns(item, row):
                    if isinstance(column, CalculatedField):
                        cell = work.column_cell(item, row, column)
                        found[cell.path] = work.shown(cell)
    return found


def calculate(
    form: Form,
    what: CalculatedField,
    answers: Answers,
    *,
    table: TableField | None = None,
    row: Mapping[str, Any] | None = None,
) -> Calculated:
    """Work one calculated field out. table, row: where it stands, for a column; its own row's cells then come first.

    It is worked out whether it is asked itself or not; what it needs must be asked.
    """
    work = _Work(form=form, answers=answers)
    if table is None or row is None:
        return work.shown(_Cell(item=what, path=what.key, label=what.label))
    return work.shown(
        _Cell(item=what, path=path_of(table.key, row_id(row), what.key), label=what.label, table=table, row=row)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """An answer or a calculated field, at its place."""

    item: FormField | Column
    path: str
    label: str
    value: Any = None  # what was answered
    asked: bool = True
    table: TableField | None = None
    row: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    value: float | None = None
    missing: Mapping[str, str] = field(default_factory=dict)  # path -> label
    reason: str = ""  # why it cannot be worked out at all


class _Work:
    """The answers to one form as expressions ask for them, and what was worked out so far."""

    def __init__(self, *, form: Form, answers: Answers) -> None:
        self.form, self.answers = form, answers
        self.fields = {item.key: item for item in form.fields}
        self.given = form.counting(answers)
        self.asked = {item.key for item in form.asked(answers)}
        self.done: dict[str, _Outcome] = {}
        self._rows: dict[str, tuple[dict[str, Any], ...]] = {}
        self._asked_columns: dict[tuple[str, str], tuple[Column, ...]] = {}

    # --- places ----------------------------------------------------------------------------------------------------

    def rows(self, table: TableField) -> tuple[dict[str, Any], ...]:
        """The rows that a table asks for, with what is answered in them."""
        if table.key not in self._rows:
            held = {row_id(row): row for row in rows(self.answers, table.key)}
            wanted = row_names(self.form, table, self.answers)
            self._rows[table.key] = tuple({**held.get(name.id, {}), "_row": name.id} for name in wanted)
        return self._rows[table.key]

    def asked_columns(self, table: TableField, row: Mapping[str, Any]) -> tuple[Column, ...]:
        place = (table.key, row_id(row))
        if place not in self._asked_columns:
            self._asked_columns[place] = table.asked(self.given, row)
        return self._asked_columns[place]

    def field_cell(self, item: FormField) -> _Cell:
        value = self.given.get(item.key)
        return _Cell(item=item, path=item.key, label=item.label, value=value, asked=item.key in self.asked)

    def column_cell(self, table: TableField, row: Mapping[str, Any], column: Column) -> _Cell:
        return _Cell(
            item=column,
            path=path_of(table.key, row_id(row), column.key),
            label=column.label,
            value=row.get(column.key),
            asked=any(item is column for item in self.asked_columns(table, row)),
            table=table,
            row=row,
        )

    def named(self, key: str, at: _Cell) -> _Cell | None:
        """What a name means in the expression at a place: a cell of its own row first, then a field of the form."""
        if at.table is not None and at.row is not None:
            column = next((item for item in at.table.columns if item.key == key), None)
            if column is not None:
                return self.column_cell(at.table, at.row, column)
        item = self.fields.get(key)
        return None if item is None else self.field_cell(item)

    def column(self, table: str, column: str) -> tuple[TableField, Column, tuple[_Cell, ...]] | None:
        """The cells of a column that are asked, of a table that is asked; None where the form has no such column."""
        item = self.fields.get(table)
        wanted = next((c for c in item.columns if c.key == column), None) if isinstance(item, TableField) else None
        if not isinstance(item, TableField) or wanted is None:
            return None
        cells = (self.column_cell(item, row, wanted) for row in self.rows(item)) if table in self.asked else ()
        return item, wanted, tuple(cell for cell in cells if cell.asked)

    # --- working out -----------------------------------------------------------------------------------------------

    def shown(self, cell: _Cell) -> Calculated:
        assert isinstance(cell.item, CalculatedField)
        outcome = self.outcome(cell)
        if outcome.reason:
            return Calculated(value=None, shown="", message=f"cannot be worked out: {outcome.reason}")
        if outcome.value is None:
            labels = ", ".join(dict.fromkeys(outcome.missing.values()))
            return Calculated(value=None, shown="", message=f"needs {labels}", missing=tuple(outcome.missing))
        return Calculated(value=outcome.value, shown=_shown(outcome.value, cell.item))

    def outcome(self, cell: _Cell) -> _Outcome:
        """Worked out after everything that it needs; without recursion, however long the chain is.

        Calculated fields that need themselves have no value (such a form is refused when it is read, but one that was
        kept before that check is read again).
        """
        waiting, begun = [cell], set[str]()
        while waiting:
            now = waiting[-1]
            if now.path in self.done:
                waiting.pop()
                continue
            first = now.path not in begun
            begun.add(now.path)
            needs = [need for need in self._calculated_needs(now) if need.path not in begun] if first else []
            if needs:
                waiting.extend(needs)
            else:
                self.done[now.path] = self._worked_out(now)
                waiting.pop()
        return self.done[cell.path]

    def _calculated_needs(self, cell: _Cell) -> Iterable[_Cell]:
        assert isinstance(cell.item, CalculatedField)
        for name in names(parse(cell.item.expression)):
            table, _, column = name.partition(".")
            if column:
                found = self.column(table, column)
                needs = found[2] if found is not None else ()
            else:
                one = self.named(name, cell)
                needs = (one,) if one is not None else ()
            for need in needs:
                if need.asked and isinstance(need.item, CalculatedField) and need.path not in self.done:
                    yield need

    def _worked_out(self, cell: _Cell) -> _Outcome:
        assert isinstance(cell.item, CalculatedField)
        inputs = _Inputs(work=self, at=cell)
        try:
            value = work_out(parse(cell.item.expression), inputs)
        except NoValue as reason:
            return _Outcome(reason=str(reason))
        return _Outcome(value=value, missing=inputs.missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inputs:
    """What one expression asks for; what is missing is remembered by path and label."""

    work: _Work
    at: _Cell
    missing: dict[str, str] = field(default_factory=dict)

    def value(self, key: str) -> float | None:
        cell = self.work.named(key, self.at)
        if cell is None:
            self.missing[key] = f"a field {key!r}"
            return None
        return self._number(cell, cell.label)

    def column(self, table: str, column: str) -> list[float] | None:
        found = self.work.column(table, column)
        if found is None:
            self.missing[f"{table}.{column}"] = f"a column {table}.{column}"
            return None
        item, wanted, cells = found
        if not cells:  # nothing is taken for zero: a sum of no cells is no number
            if item.key not in self.work.asked:
                self.missing[table] = f"{item.label} (not asked)"
            elif not self.work.rows(item):
                self.missing[table] = f"the rows of {item.label}"
            else:
                self.missing[f"{table}.{column}"] = f"{wanted.label} (asked in no row of {item.label})"
            return None
        numbers = [self._number(cell, f"{wanted.label} ({self._row_name(item, cell)})") for cell in cells]
        known = [number for number in numbers if number is not None]
        return known if len(known) == len(numbers) else None

    def _row_name(self, table: TableField, cell: _Cell) -> str:
        return name_of_row(self.work.form, table, self.work.answers, row_id(cell.row or {}))

    def _number(self, cell: _Cell, label: str) -> float | None:
        if not cell.asked:
            self.missing[cell.path] = f"{label} (not asked)"
            return None
        if isinstance(cell.item, CalculatedField):
            outcome = self.work.done.get(cell.path)
            if outcome is None:
                raise NoValue(f"{label} needs itself")
            if outcome.reason:
                raise NoValue(outcome.reason)
            self.missing.update(outcome.missing)
            return outcome.value
        value = cell.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                return float(value)
            except OverflowError:
                raise NoValue("the number is too large") from None
        self.missing[cell.path] = f"{label} (not reported)" if is_not_reported(value) else label
        return None


def _shown(value: float, what: CalculatedField) -> str:
    number = f"{value:.{what.decimals}f}"
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    number = "0" if number == "-0" else number
    return f"{number} {what.unit}".strip()
