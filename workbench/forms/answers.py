"""Answers to a form: empty, "not reported" and a value are three different things; a table's answer is a list of rows.

The answers of one extraction are one JSON object. Beside the fields' keys it may hold reserved ones: `QUOTES`, the
places where single answers were read; `EARLIER`, answers of an earlier version of the form that have no place in the
present one; and `CONSENSUS`, what a consensus was made from.

A *path* names one answer: `n_active`, or `arms[r1].n` for the cell of a table (row id and column). What a row is called
may change while the form is filled in; its id does not, so paths of quotes and problems keep pointing at the same cell.
`tables.spelled` says a path with the row's name instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

NOT_REPORTED: Final[dict[str, bool]] = {"not_reported": True}
"""The answer "the report does not say": asked and looked for, unlike an empty field."""

QUOTES: Final = "_quotes"
"""Reserved key: path -> `{"quote", "page", "full_text", "found"}`; the path "" is the result as a whole."""

EARLIER: Final = "_earlier"
"""Reserved key: version -> path -> answer given under that earlier version of the form, kept and shown, not used."""

CONSENSUS: Final = "_consensus"
"""Reserved key of a consensus: the final extractions it was made from, and what was chosen (`workbench.extraction`)."""

RESERVED: Final = frozenset({QUOTES, EARLIER, CONSENSUS})

ROW: Final = "_row"
"""A row's own id: the key of a fixed row, a short name made when the row was added, or the id of the source's row."""

NAME: Final = "_name"
"""What a row was called where its table takes its rows from another form's table (`rows_from`)."""

Answers = Mapping[
    str, Any
]  # field key -> str | int | float | list[str] | list of rows | quote | NOT_REPORTED; absent, None, "" or [] is empty

_PATH = re.compile(r"^(?P<field>[^\[\].]+)(?:\[(?P<row>[^\[\]]*)\])?(?:\.(?P<column>[^\[\].]+))?$")


def is_not_reported(value: object) -> bool:
    """Whether this answer is "not reported"."""
    return isinstance(value, Mapping) and dict(value) == NOT_REPORTED


def is_empty(value: object) -> bool:
    """Whether nothing was answered (zero is an answer). A table is empty while every cell of every row is."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, list | tuple):
        return all(isinstance(item, Mapping) and is_empty_row(item) for item in value)
    if isinstance(value, Mapping) and "quote" in value:
        return all(is_empty(value.get(part)) for part in ("quote", "page"))
    return False


def is_empty_row(row: Mapping[str, Any]) -> bool:
    """Whether no cell of this row of a table is answered (its id and name are not cells)."""
    return all(is_empty(value) for key, value in row.items() if not key.startswith("_"))


def answered(answers: Answers, key: str) -> bool:
    """Whether a value stands there: neither empty nor "not reported"."""
    value = answers.get(key)
    return not is_empty(value) and not is_not_reported(value)


def number(answers: Answers, key: str) -> float | None:
    """The number answered, or None where it is empty, not reported or no number."""
    value = answers.get(key)
    try:
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    except OverflowError:  # a whole number of more than 300 digits
        return None


def text(answers: Answers, key: str) -> str:
    """The text or choice answered, stripped; "" where it is empty or not reported."""
    value = answers.get(key)
    return value.strip() if isinstance(value, str) else ""


def words(answers: Answers, key: str) -> tuple[str, ...]:
    """The choices answered to a multi-choice field; () where it is empty or not reported."""
    value = answers.get(key)
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else ()


def rows(answers: Answers, key: str) -> tuple[Mapping[str, Any], ...]:
    """The rows of a table in their order; () where it is empty, not reported or no table."""
    value = answers.get(key)
    return tuple(row for row in value if isinstance(row, Mapping)) if isinstance(value, list | tuple) else ()


def row_id(row: Mapping[str, Any]) -> str:
    """A row's id; "" for one that has none (made by hand)."""
    value = row.get(ROW)
    return value if isinstance(value, str) else ""


def new_row_id(taken: Iterable[str]) -> str:
    """The next free id for a row that is added: r1, r2, ..."""
    held = set(taken)
    return next(name for number in range(1, len(held) + 2) if (name := f"r{number}") not in held)


# --- paths ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """The parts of a path; `row` and `column` are "" for a whole field, `column` for a whole row."""

    field: str
    row: str = ""
    column: str = ""

    def __str__(self) -> str:
        return self.field + (f"[{self.row}]" if self.row else "") + (f".{self.column}" if self.column else "")


def path_of(field: str, row: str = "", column: str = "") -> str:
    """The path of a field, of a table's row, or of its cell."""
    return str(Path(field=field, row=row, column=column))


def split_path(path: str) -> Path:
    """The parts of a path. What does not look like one is the name of a field (and found nowhere)."""
    match = _PATH.match(path)
    if match is None:
        return Path(field=path)
    return Path(field=match["field"], row=match["row"] or "", column=match["column"] or "")


def paths(answers: Answers) -> tuple[str, ...]:
    """The path of every answer that is not empty, cell by cell for tables, in the order they stand."""
    found: list[str] = []
    for key, value in answers.items():
        if key in RESERVED or is_empty(value):
            continue
        if not _is_table(value):
            found.append(key)
            continue
        for row in rows(answers, key):
            cells = (column for column, cell in row.items() if not column.startswith("_") and not is_empty(cell))
            found.extend(path_of(key, row_id(row), column) for column in cells)
    return tuple(found)


def at(answers: Answers, path: str) -> Any:
    """The answer at a path, a whole row for `arms[r1]`; None where there is nothing."""
    if path in answers:
        return answers[path]
    place = split_path(path)
    if not place.row:
        return None
    row = next((row for row in rows(answers, place.field) if row_id(row) == place.row), None)
    if row is None or not place.column:
        return row
    return row.get(place.column)


def with_value(answers: Answers, path: str, value: Any) -> dict[str, Any]:
    """The answers with another one at this path; an empty value takes it away. The answers given stay as they are.

    A cell of a row that is not there yet adds the row at the end. A table that was "not reported" becomes one with
    this row; any other answer that is no table is left alone and ValueError raised, since it would be lost.
    """
    place = split_path(path)
    changed = dict(answers)
    if not place.row:
        if is_empty(value):
            changed.pop(path, None)
        else:
            changed[path] = value
        return changed
    held = answers.get(place.field)
    if not (is_empty(held) or is_not_reported(held) or _is_table(held)):
        raise ValueError(f"{place.field!r} holds {held!r}, which is no table: {path!r} cannot be set in it")
    table = [dict(row) for row in rows(answers, place.field)]
    row = next((row for row in table if row_id(row) == place.row), None)
    if not place.column:
        table = [dict(value) if row_id(item) == place.row else item for item in table]
        if row is None and not is_empty(value):
            table.append(dict(value))
        table = [item for item in table if item]
    elif row is not None:
        row.pop(place.column, None)
        if not is_empty(value):
            row[place.column] = value
    elif not is_empty(value):
        table.append({ROW: place.row, place.column: value})
    if table or place.field in answers:
        changed[place.field] = table
    return changed


def _is_table(value: object) -> bool:
    return isinstance(value, Sequence) and bool(value) and all(isinstance(item, Mapping) for item in value)
