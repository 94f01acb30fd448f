"""Checks of one field at a time: whether an answer is of its field's type and within its limits; tables by cells."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from workbench.forms.answers import (
    NAME,
    QUOTES,
    ROW,
    Answers,
    is_empty,
    is_not_reported,
    path_of,
    row_id,
    split_path,
    with_value,
)
from workbench.forms.fields import (
    CalculatedField,
    ChoiceField,
    Column,
    CountField,
    DateField,
    FormField,
    LongTextField,
    MultiChoiceField,
    NumberField,
    QuoteField,
    TableField,
    TextField,
    YesNoUnclearField,
)
from workbench.forms.model import Form
from workbench.forms.problems import Problem, error, warn
from workbench.forms.tables import row_names

MAX_ROW_ID = 80
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def check_fields(form: Form, answers: Answers) -> Iterator[Problem]:
    """What is to be said about each field by itself: needed and not answered, not of its type, outside its limits."""
    asked = {field.key for field in form.asked(answers)}
    for field in form.fields:
        value = answers.get(field.key)
        if isinstance(field, CalculatedField):
            if not is_empty(value):
                yield error(field.key, f"{field.label}: is worked out and cannot be answered; take the answer away")
        elif field.key not in asked:
            if not is_empty(value):
                yield warn(field.key, "is answered, but does not apply to the other answers")
        elif is_empty(value):
            if field.required:
                yield error(field.key, f"{field.label}: needs an answer, or “not reported”")
        elif isinstance(field, TableField):
            if not is_not_reported(value):
                yield from _of_table(form, field, answers)
        elif not is_not_reported(value):
            yield from of_type(field, value)
    yield from _of_quotes(form, answers)


def without_broken(answers: Answers, form: Form, problems: list[Problem]) -> dict[str, Any]:
    """The answers that checks over several fields can rely on: to fields that are asked, without errors."""
    asked = {field.key for field in form.asked(answers)}
    sound = {key: value for key, value in answers.items() if key in asked}
    for problem in problems:
        place = split_path(problem.field)
        if problem.level != "error" or place.field not in sound:
            continue
        if place.row and place.column:
            sound = with_value(sound, problem.field, None)
        elif not place.row:
            del sound[place.field]
    return sound


def of_type(field: FormField | Column, value: object, at: str = "", named: str = "") -> Iterator[Problem]:
    """Whether the value is of the field's type and within its limits. at: the path, named: the label to say."""
    at, named = at or field.key, named or field.label
    match field:
        case TextField() | LongTextField():
            if not isinstance(value, str):
                yield error(at, f"{named}: must be a text")
            elif len(value) > field.max_length:
                yield error(at, f"{named}: is longer than {field.max_length:,} characters")
        case CountField() | NumberField():
            yield from _of_number(field, value, at, named)
        case ChoiceField() | YesNoUnclearField():
            if not isinstance(value, str) or (field.values and value not in field.values):
                yield error(at, f"{named}: {value!r} is not one of its options")
        case MultiChoiceField():
            given = value if isinstance(value, list | tuple) else None
            if (
                given is None
                or any(not isinstance(item, str) for item in given)
                or (field.values and any(item not in field.values for item in given))
            ):
                yield error(at, f"{named}: {value!r} holds something that is not one of its options")
            elif len(set(given)) < len(given):
                yield error(at, f"{named}: an option is chosen twice")
        case DateField():
            if not _is_day(value):
                yield error(at, f"{named}: must be a date as YYYY-MM-DD")
        case QuoteField():
            yield from _of_quote(value, at, named, field.max_length)
        case CalculatedField():
            yield error(at, f"{named}: is worked out and cannot be answered; take the answer away")
        case TableField():
            if _table_rows(value) is None:
                yield error(at, f"{named}: must be a table: a list of rows")


def _is_day(value: object) -> bool:
    """Whether it is a day as YYYY-MM-DD: nothing else that ISO 8601 knows (20240105, 2024-W01-5), and no number."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number of more than 300 digits
        return False


def _of_number(field: CountField | NumberField, value: object, at: str, named: str) -> Iterator[Problem]:
    unit = f" {field.unit}" if field.unit else ""
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        typed = f"“{value[:40]}” is no number. " if isinstance(value, str) else ""
        yield error(at, f"{named}: {typed}must be a number, with a decimal point where it needs one")
        return
    if isinstance(field, CountField):
        if value != int(value) or value < 0:
            yield error(at, f"{named}: must be a whole number, zero or more (it says {value:g})")
            return
    elif field.at_least is not None and value < field.at_least:
        yield error(at, f"{named}: cannot be below {field.at_least:g}{unit} (it says {value:g})")
        return
    elif field.at_most is not None and value > field.at_most:
        yield error(at, f"{named}: cannot be above {field.at_most:g}{unit} (it says {value:g})")
        return
    if field.minimum is not None and value < field.minimum:
        yield warn(at, f"{named}: {value:g}{unit} is unusually low (usual: {field.minimum:g} or more)")
    if field.maximum is not None and value > field.maximum:
        yield warn(at, f"{named}: {value:g}{unit} is unusually high (usual: {field.maximum:g} or less)")


# --- quotes --------------------------------------------------------------------------------------------------------


def _of_quote(value: object, at: str, named: str, max_length: int = 20_000) -> Iterator[Problem]:
    parts = ("quote", "page", "full_text", "found")
    if not isinstance(value, Mapping) or set(value) - set(parts) or "quote" not in value:
        yield error(at, f"{named}: must be a quote with its page")
    elif any(not isinstance(value.get(part, ""), str) for part in parts):
        yield error(at, f"{named}: the quote, its page and its full text must be texts")
    elif len(value["quote"]) > max_length or len(value.get("page", "")) > 500:
        yield error(at, f"{named}: is longer than {max_length:,} characters (the page: 500)")
    elif not value["quote"].strip():
        yield warn(at, f"{named}: a page is given, but no words of it")
    elif value.get("found") == "no":
        yield warn(at, f"{named}: this quote is not found in the text of the report: a slip in copying it?")
    elif not value.get("page", "").strip():
        yield warn(at, f"{named}: the quote's page is missing")


def _of_quotes(form: Form, answers: Answers) -> Iterator[Problem]:
    """The sources of single answers."""
    quotes = answers.get(QUOTES)
    if is_empty(quotes) or quotes == {}:
        return
    if not isinstance(quotes, Mapping):
        yield error(QUOTES, "the quotes must be a list of paths with their quotes")
        return
    keys = set(form.keys)
    for path, quote in quotes.items():
        field = split_path(str(path)).field
        if str(path) and field not in keys:
            yield warn(QUOTES, f"a quote belongs to {path!r}, which is not a field of this form")
        elif not is_empty(quote):
            named = "the result's quote" if not path else "its quote"
            yield from _of_quote(quote, str(path) or QUOTES, named)


# --- tables --------------------------------------------------------------------------------------------------------


def _table_rows(value: object) -> list[Mapping[str, Any]] | None:
    if not isinstance(value, list | tuple) or any(not isinstance(row, Mapping) for row in value):
        return None
    return list(value)


def _of_table(form: Form, field: TableField, answers: Answers) -> Iterator[Problem]:
    """A table's shape, then each cell by its column. Every row that is asked for needs its required columns."""
    held = _table_rows(answers.get(field.key))
    if held is None:
        yield error(field.key, f"{field.label}: must be a table: a list of rows")
        return
    ids = [row_id(row) for row in held]
    if any(not identity or len(identity) > MAX_ROW_ID or set(identity) & set("[].") for identity in ids):
        yield error(field.key, f"{field.label}: a row has no name of its own that could be used ({ROW!r})")
        return
    if len(set(ids)) < len(ids):
        yield error(field.key, f"{field.label}: two rows have the same id")
        return
    yield from _of_rows(form, field, answers, held)
    for row in _wanted(form, field, answers, held):
        yield from _of_row(form, field, answers, row)


def _of_rows(form: Form, field: TableField, answers: Answers, held: list[Mapping[str, Any]]) -> Iterator[Problem]:
    """How many rows there are, and what they are called."""
    if field.adds_rows:
        some = "rows" if field.min_rows != 1 else "row"
        if len(held) < field.min_rows:
            yield error(field.key, f"{field.label}: needs {field.min_rows} {some} or more (there: {len(held)})")
        if len(held) > field.max_rows:
            yield error(field.key, f"{field.label}: has more than {field.max_rows} rows ({len(held)})")
    if field.naming is not None:
        seen: dict[str, str] = {}
        for row in held:
            said = row.get(field.naming)
            plain = "".join(said.split()).casefold() if isinstance(said, str) else ""
            if plain and plain in seen:
                message = f"{field.label}: two rows are called {said!r}; which is which cannot be told"
                yield error(path_of(field.key, row_id(row), field.naming), message)
            seen.setdefault(plain, row_id(row))
    if not field.adds_rows:
        known = {row.id for row in row_names(form, field, answers)}
        for row in held:
            cells = {key: value for key, value in row.items() if key not in (ROW, NAME)}
            if row_id(row) not in known and not all(is_empty(value) for value in cells.values()):
                where = "the table it takes its rows from" if field.rows_from else "this form"
                message = f"{field.label}: {row.get(NAME) or row_id(row)!r} is answered, but is no row of {where}"
                yield warn(path_of(field.key, row_id(row)), message)


def _wanted(form: Form, field: TableField, answers: Answers, held: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows held, and those that are asked for and not begun."""
    ids = {row_id(row) for row in held}
    return [*held, *({ROW: row.id} for row in row_names(form, field, answers) if row.id not in ids)]


def _of_row(form: Form, field: TableField, answers: Answers, row: Mapping[str, Any]) -> Iterator[Problem]:
    identity = row_id(row)
    name = next((item.name for item in row_names(form, field, answers) if item.id == identity), identity)
    asked = {column.key for column in form.asked_columns(field, answers, row)}
    for column in field.columns:
        value, at = row.get(column.key), path_of(field.key, identity, column.key)
        named = f"{field.label}, {name}: {column.label}"
        if isinstance(column, CalculatedField):
            if not is_empty(value):
                yield from of_type(column, value, at, named)
        elif column.key not in asked:
            if not is_empty(value):
                yield warn(at, f"{named}: is answered, but does not apply to the other answers")
        elif is_empty(value):
            if column.required:
                yield error(at, f"{named}: needs an answer, or “not reported”")
        elif not is_not_reported(value):
            yield from of_type(column, value, at, named)
    for key in row.keys() - {column.key for column in field.columns} - {ROW, NAME}:
        yield error(
            path_of(field.key, identity, str(key)), f"{field.label}, {name}: {key!r} is not a column of this table"
        )
