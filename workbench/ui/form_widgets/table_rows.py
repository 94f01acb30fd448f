"""Which rows a table has on screen: fixed ones, those of another table, or those that the extractor added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from workbench.forms import Answers
from workbench.forms.answers import NAME, new_row_id, row_id, rows
from workbench.forms.fields import TableField
from workbench.ui.form_widgets.keys import cell_key, removed_key, rows_key

Tables = Mapping[str, Sequence[Mapping[str, Any]]]
"""Tables of the trial's own form by their keys ("arms"), for tables that take their rows from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOnScreen:
    """One row: its id, and what it is called where the extractor does not name it."""

    id: str
    name: str = ""


def rows_on_screen(prefix: str, field: TableField, answers: Answers, tables: Tables) -> tuple[RowOnScreen, ...]:
    """The rows in their order. answers: as they are on screen or saved."""
    if field.rows:
        return tuple(RowOnScreen(id=row.key, name=row.label) for row in field.rows)
    if field.rows_from is not None:
        source = rows(answers, field.rows_from) or tuple(tables.get(field.rows_from, ()))
        given = {row_id(row): RowOnScreen(id=row_id(row), name=called(row)) for row in source}
        # a row that its source no longer has keeps its answers, and says so
        for row in rows(answers, field.key):
            if row_id(row) not in given:
                given[row_id(row)] = RowOnScreen(id=row_id(row), name=f"{called(row) or row_id(row)} (no longer there)")
        return tuple(given.values())
    return tuple(RowOnScreen(id=name) for name in st.session_state.get(rows_key(prefix, field.key), ()))


def called(row: Mapping[str, Any]) -> str:
    """What a row is called, for people."""
    for key in (NAME, "label"):
        if isinstance(row.get(key), str) and row[key].strip():
            return str(row[key]).strip()
    return ""


def seed_rows(prefix: str, field: TableField, answers: Answers, *, anew: bool) -> None:
    """Put the saved rows on screen; an empty table begins with as many as it must have, one at least."""
    key = rows_key(prefix, field.key)
    if not field.adds_rows or (key in st.session_state and not anew):
        return
    ids = [row_id(row) for row in rows(answers, field.key) if row_id(row)]
    while len(ids) < max(1, field.min_rows):
        ids.append(new_row_id(ids))
    st.session_state[key] = ids
    st.session_state.pop(removed_key(prefix, field.key), None)


def add_row(prefix: str, field: TableField) -> None:
    """One more row, at the end."""
    ids = list(st.session_state.get(rows_key(prefix, field.key), ()))
    taken = [*ids, *(row[1] for row in [st.session_state.get(removed_key(prefix, field.key))] if row)]
    if len(ids) < field.max_rows:
        st.session_state[rows_key(prefix, field.key)] = [*ids, new_row_id(taken)]


def remove_row(prefix: str, field: TableField, row: str) -> None:
    """Take a row off the screen; its widgets' values are kept until another row is removed."""
    ids = list(st.session_state.get(rows_key(prefix, field.key), ()))
    if row in ids:
        held = {
            key: st.session_state[key]
            for column in field.columns
            for key in (
                cell_key(prefix, field.key, row, column.key),
                f"{cell_key(prefix, field.key, row, column.key)}:not_reported",
            )
            if key in st.session_state
        }
        st.session_state[removed_key(prefix, field.key)] = (ids.index(row), row, held)
        st.session_state[rows_key(prefix, field.key)] = [item for item in ids if item != row]


def put_back_row(prefix: str, field: TableField) -> None:
    """Undo the latest removal."""
    removed = st.session_state.pop(removed_key(prefix, field.key), None)
    if removed is None:
        return
    place, row, held = removed
    ids = list(st.session_state.get(rows_key(prefix, field.key), ()))
    if row not in ids:
        ids.insert(min(place, len(ids)), row)
        st.session_state[rows_key(prefix, field.key)] = ids
        st.session_state.update(held)
