"""The rows of a form's tables: what they are called, which are to be filled in, which of two extractors' are the same.

Rows keep their ids whatever they are called. Two extractors add their rows each on their own, so the same arm can be
"r1" for one and "r2" for the other: rows are matched by what they are called, and one set of answers is then written
with the row ids of the other (`aligned`), after which paths of both mean the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.forms.answers import (
    EARLIER,
    NAME,
    QUOTES,
    ROW,
    Answers,
    is_empty,
    is_empty_row,
    new_row_id,
    path_of,
    row_id,
    rows,
    split_path,
)
from workbench.forms.fields import ChoiceField, FormField, TableField
from workbench.forms.model import Form

ARMS = "arms"
"""The table of a trial's arms in the trial's form; tables of results' forms can take their rows from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowName:
    """One row of a table: its id, and what it is called."""

    id: str
    name: str


def table(form: Form, key: str) -> TableField | None:
    """The form's table of this key."""
    return next((field for field in form.tables if field.key == key), None)


def row_names(
    form: Form, field: TableField, answers: Answers, arms: Sequence[RowName] | None = None
) -> tuple[RowName, ...]:
    """The rows that this table asks for, or that were added to it, in order.

    arms: the rows of the trial form's table "arms" (from its own `row_names`), for a result's form that takes rows from
    it; without them the rows' own copies of their names are used.
    """
    if field.rows:
        return tuple(RowName(id=row.key, name=row.label) for row in field.rows)
    if field.rows_from is not None:
        source = table(form, field.rows_from)
        if source is not None and source is not field and source.rows_from is None:
            return row_names(form, source, answers)
        if arms is not None:
            return tuple(arms)
    held = rows(answers, field.key)
    return tuple(RowName(id=row_id(row), name=_name(field, row, at)) for at, row in enumerate(held, start=1))


def _name(field: TableField, row: Mapping[str, Any], at: int) -> str:
    said = row.get(field.naming or NAME)
    if isinstance(said, str) and said.strip():
        column = field.column(field.naming) if field.naming else None
        if isinstance(column, ChoiceField):
            return next((option.label for option in column.options if option.value == said), said)
        return " ".join(said.split())
    return f"{field.row_label} {at}"


def filled_rows(
    form: Form, field: TableField, answers: Answers, arms: Sequence[RowName] | None = None
) -> list[dict[str, Any]]:
    """The table as it is to be shown: a row for each that is asked for, with what is answered so far.

    A row that is answered and no longer asked for (its arm was taken out) stays at the end, so that nothing typed is
    lost. Rows that the extractor adds are given back as they are.
    """
    held = rows(answers, field.key)
    if field.adds_rows:
        return [dict(row) for row in held]
    by_id = {row_id(row): row for row in held}
    shown: list[dict[str, Any]] = []
    wanted = row_names(form, field, answers, arms)
    for row in wanted:
        cells = {key: value for key, value in by_id.pop(row.id, {}).items() if key not in (ROW, NAME)}
        shown.append({ROW: row.id, **({NAME: row.name} if field.rows_from is not None else {}), **cells})
    shown.extend(dict(row) for row in by_id.values() if not is_empty_row(row))
    return shown


def add_row(field: TableField, answers: Answers) -> list[dict[str, Any]]:
    """The table's rows with an empty one at the end."""
    held = [dict(row) for row in rows(answers, field.key)]
    return [*held, {ROW: new_row_id(row_id(row) for row in held)}]


# --- two extractors ------------------------------------------------------------------------------------------------


def matched_rows(form: Form, field: TableField, a: Answers, b: Answers) -> dict[str, str]:
    """Row ids of `b` -> row ids of `a` for the rows that are the same.

    Added rows are matched by what they are called (without regard to case and spacing; the first with the first where a
    name stands twice), or by their ids in a table without a naming column. Rows that are fixed have the same ids;
    those taken from another table of the form are matched as the rows of that table are.
    """
    if field.rows:
        return {row.key: row.key for row in field.rows}
    source = table(form, field.rows_from) if field.rows_from is not None else None
    if source is not None and source is not field and source.rows_from is None:
        return matched_rows(form, source, a, b)
    naming = field.naming if field.rows_from is None else NAME
    ids_a = [row_id(row) for row in rows(a, field.key)]
    if naming is None:
        return {identity: identity for row in rows(b, field.key) if (identity := row_id(row)) in ids_a}
    free = [(row_id(row), _plain(row.get(naming))) for row in rows(a, field.key)]
    found: dict[str, str] = {}
    for row in rows(b, field.key):
        name = _plain(row.get(naming))
        match = next((item for item in free if name and item[1] == name), None)
        if match is None and not name:  # neither has a name yet
            match = next((item for item in free if item == (row_id(row), "")), None)
        if match is not None:
            free.remove(match)
            found[row_id(row)] = match[0]
    return found


def aligned(form: Form, a: Answers, b: Answers) -> dict[str, Any]:
    """`b` with the row ids of `a` in all tables, and in the paths of its quotes, in the order of `a`'s rows.

    A row that only `b` has gets an id that `a` does not use. Nothing else changes.
    """
    found = dict(b)
    renamed: dict[str, dict[str, str]] = {}
    for field in form.tables:
        held = rows(b, field.key)
        if not held and field.rows_from is None:
            continue
        renamed[field.key] = names = _new_ids(form, field, a, b)
        if not held:
            continue
        order = {row_id(row): position for position, row in enumerate(rows(a, field.key))}
        moved = [{**row, ROW: names.get(row_id(row), row_id(row))} for row in held]
        found[field.key] = sorted(moved, key=lambda row: order.get(row_id(row), len(order)))
    quotes = b.get(QUOTES)
    if isinstance(quotes, Mapping):
        found[QUOTES] = {_with_row(path, renamed): quote for path, quote in quotes.items()}
    return found


def _new_ids(form: Form, field: TableField, a: Answers, b: Answers) -> dict[str, str]:
    source = table(form, field.rows_from) if field.rows_from is not None else None
    home = source if source is not None and source is not field and source.rows_from is None else field
    names = dict(matched_rows(form, home, a, b))
    taken = {row_id(row) for row in rows(a, home.key)} | set(names.values())
    for row in rows(b, home.key):
        identity = row_id(row)
        if identity not in names:
            names[identity] = identity if identity not in taken else new_row_id(taken | set(names))
            taken.add(names[identity])
    return names


def _with_row(path: str, renamed: Mapping[str, Mapping[str, str]]) -> str:
    place = split_path(path)
    row = renamed.get(place.field, {}).get(place.row, place.row)
    return path_of(place.field, row, place.column) if place.row else path


def _plain(name: object) -> str:
    return "".join(name.split()).casefold() if isinstance(name, str) else ""


# --- for people ----------------------------------------------------------------------------------------------------


def spelled(form: Form, answers: Answers, path: str) -> str:
    """A path as a person reads it: `arms[active rTMS].n` instead of `arms[r1].n`."""
    place = split_path(path)
    field = table(form, place.field)
    if field is None or not place.row:
        return path
    return path_of(place.field, name_of_row(form, field, answers, place.row), place.column)


def name_of_row(form: Form, field: TableField, answers: Answers, identity: str) -> str:
    """What a row is called; its id where the table no longer has it."""
    found = next((row.name for row in row_names(form, field, answers) if row.id == identity), "")
    if found:
        return found
    held = next((row for row in rows(answers, field.key) if row_id(row) == identity), {})
    name = held.get(NAME)
    return name if isinstance(name, str) and name.strip() else identity


def label_at(form: Form, answers: Answers, path: str) -> str:
    """The labels along a path: "Arms, active rTMS: Participants randomised"; the path for no field."""
    place = split_path(path)
    field: FormField | None = next((item for item in form.fields if item.key == place.field), None)
    if field is None:
        return spelled(form, answers, path)
    if not isinstance(field, TableField) or not place.row:
        return field.label
    row = f"{field.label}, {name_of_row(form, field, answers, place.row)}"
    column = next((item for item in field.columns if item.key == place.column), None)
    return f"{row}: {column.label}" if column is not None else row


def without_empty_rows(answers: Answers) -> dict[str, Any]:
    """The answers without the rows of tables in which nothing is answered, and without what is empty."""
    kept: dict[str, Any] = {}
    for key, value in answers.items():
        if key in (QUOTES, EARLIER):
            if value:
                kept[key] = value
        elif not is_empty(value):
            table_rows = rows(answers, key)
            kept[key] = [dict(row) for row in table_rows if not is_empty_row(row)] if table_rows else value
    return kept
