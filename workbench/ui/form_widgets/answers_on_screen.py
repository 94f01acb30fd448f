"""From saved answers to what is on screen, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import streamlit as st

from workbench.extraction import kept_up
from workbench.forms import NOT_REPORTED, Answers, FormField, is_empty, is_not_reported
from workbench.forms.answers import NAME, ROW, at, path_of
from workbench.forms.fields import CalculatedField, QuoteField, TableField
from workbench.ui.form_widgets.keys import page_key, silent_key, value_key
from workbench.ui.form_widgets.shown import as_answer, as_cell, as_shown, cell_answer
from workbench.ui.form_widgets.table_rows import Tables, rows_on_screen, seed_rows


class HasFields(Protocol):
    """A form, or a part of one."""

    @property
    def fields(self) -> Iterable[FormField]:
        """Its fields in their order."""
        ...


def seed(prefix: str, form: HasFields, answers: Answers, *, anew: bool = False, tables: Tables | None = None) -> None:
    """Put saved answers into the widgets that are not on screen yet; `anew` replaces what is on screen."""
    for field in form.fields:
        if isinstance(field, CalculatedField):
            continue
        answer = answers.get(field.key)
        if anew or silent_key(prefix, field) not in st.session_state:
            st.session_state[silent_key(prefix, field)] = is_not_reported(answer)
        if isinstance(field, TableField):
            _seed_table(prefix, field, answers, anew=anew, tables=tables or {})
        elif isinstance(field, QuoteField):
            held = answer if isinstance(answer, dict) and not is_not_reported(answer) else {}
            for key, part in ((value_key(prefix, field), "quote"), (page_key(prefix, field.key), "page")):
                if anew or key not in st.session_state:
                    st.session_state[key] = str(held.get(part) or "")
        elif anew or value_key(prefix, field) not in st.session_state:
            st.session_state[value_key(prefix, field)] = as_shown(field, answer)


def _seed_table(prefix: str, field: TableField, answers: Answers, *, anew: bool, tables: Tables) -> None:
    seed_rows(prefix, field, answers, anew=anew)
    for row in rows_on_screen(prefix, field, answers, tables):
        for column in field.columns:
            if isinstance(column, CalculatedField):
                continue
            path = path_of(field.key, row.id, column.key)
            answer = at(answers, path)
            if in_grid(field):
                if anew or value_key(prefix, path) not in st.session_state:
                    st.session_state[value_key(prefix, path)] = as_cell(column, answer)
                continue
            if anew or silent_key(prefix, path) not in st.session_state:
                st.session_state[silent_key(prefix, path)] = is_not_reported(answer)
            if anew or value_key(prefix, path) not in st.session_state:
                st.session_state[value_key(prefix, path)] = as_shown(column, answer)


def in_grid(field: TableField) -> bool:
    """Whether a table is shown as a grid: as its form wishes, unless it has more columns than fit side by side."""
    return field.layout == "grid" and len(field.columns) <= WIDEST


WIDEST = 8


def collect(prefix: str, form: HasFields, saved: Answers, *, tables: Tables | None = None) -> dict[str, Any]:
    """The answers as they stand on screen; a field that is not on screen keeps its saved answer.

    The quotes of single answers keep up with what is on screen.
    """
    answers = {key: answer for key, answer in saved.items() if not is_empty(answer)}
    for field in form.fields:
        if isinstance(field, CalculatedField) or silent_key(prefix, field) not in st.session_state:
            continue
        silent = bool(st.session_state.get(silent_key(prefix, field)))
        if silent:
            answer: Any = dict(NOT_REPORTED)
        elif isinstance(field, TableField):
            answer = table_on_screen(prefix, field, answers, saved, tables or {})
        elif value_key(prefix, field) not in st.session_state:
            continue
        elif isinstance(field, QuoteField):
            answer = _quote(prefix, field, saved.get(field.key))
        else:
            answer = as_answer(field, st.session_state[value_key(prefix, field)])
        if is_empty(answer):
            answers.pop(field.key, None)
        else:
            answers[field.key] = answer
    return kept_up(answers, saved, own_quote=any(field.key == "quote" for field in form.fields))


def _quote(prefix: str, field: QuoteField, saved: Any) -> dict[str, str]:
    held = saved if isinstance(saved, dict) else {}
    quote = str(st.session_state[value_key(prefix, field)] or "").strip()
    page = str(st.session_state.get(page_key(prefix, field.key)) or "").strip()
    same = quote == held.get("quote")
    return {
        "quote": quote,
        "page": page,
        "full_text": str(held.get("full_text") or "") if same else "",
        "found": str(held.get("found") or "unchecked") if same else "unchecked",
    }


def table_on_screen(
    prefix: str, field: TableField, answers: Answers, saved: Answers, tables: Tables
) -> list[dict[str, Any]]:
    """The rows of one table as they stand on screen, whether or not it is said to be not reported."""
    found: list[dict[str, Any]] = []
    for row in rows_on_screen(prefix, field, {**answers, field.key: saved.get(field.key)}, tables):
        cells: dict[str, Any] = {ROW: row.id}
        for column in field.columns:
            if isinstance(column, CalculatedField):
                continue
            path = path_of(field.key, row.id, column.key)
            if value_key(prefix, path) not in st.session_state:
                answer = at(saved, path)
            elif in_grid(field):
                answer = cell_answer(column, st.session_state[value_key(prefix, path)])
            elif st.session_state.get(silent_key(prefix, path)):
                answer = dict(NOT_REPORTED)
            else:
                answer = as_answer(column, st.session_state[value_key(prefix, path)])
            if not is_empty(answer):
                cells[column.key] = answer
        name = cells.get(field.naming) if field.naming is not None else None
        if field.rows_from is not None and row.name:
            name = row.name.removesuffix(" (no longer there)")
        if isinstance(name, str):
            cells[NAME] = name
        found.append(cells)
    return found
