"""A table of a form: a grid of cells where its columns fit side by side, else one card for each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st
from markupsafe import Markup

from workbench.forms import Answers, ChoiceField, FormField, Problem, TableField, YesNoUnclearField, rows
from workbench.forms.answers import path_of, row_id
from workbench.forms.fields import CalculatedField
from workbench.ui import text
from workbench.ui.form_widgets import calculated, problems
from workbench.ui.form_widgets.answers_on_screen import in_grid, table_on_screen
from workbench.ui.form_widgets.keys import removed_key, silent_key, value_key
from workbench.ui.form_widgets.shown import SILENT
from workbench.ui.form_widgets.single import OnChange, label_of, options_of, widget
from workbench.ui.form_widgets.single import rows as two_by_two
from workbench.ui.form_widgets.table_rows import (
    RowOnScreen,
    Tables,
    add_row,
    put_back_row,
    remove_row,
    rows_on_screen,
)

Found = Mapping[str, Sequence[Problem]]


def show_table(
    prefix: str,
    field: TableField,
    answers: Answers,
    found: Found,
    *,
    on_change: OnChange,
    disabled: bool,
    tables: Tables,
    worked: calculated.Worked,
) -> None:
    """The rows with their cells, and what adds, removes and brings back a row."""
    silent = bool(st.session_state.get(silent_key(prefix, field)))
    with st.container(border=True, key=f"table:{prefix}:{field.key}"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"**{text.literal(field.label)}**{' *' if field.required else ''}", width="content")
            st.checkbox(
                "not reported",
                key=silent_key(prefix, field),
                on_change=on_change,
                disabled=disabled,
                width="content",
            )
        if field.help:
            st.html(str(Markup('<p class="wb-quiet">{}</p>').format(text.clean(field.help))))
        if silent:  # what was typed stays in sight until the page is left
            disabled = True
            answers = {**answers, field.key: table_on_screen(prefix, field, answers, {}, tables)}
        lines = rows_on_screen(prefix, field, answers, tables)
        if not lines and field.rows_from is not None:
            st.html(
                str(
                    Markup('<p class="wb-quiet">Its rows are those of “{}”, which has none yet.</p>').format(
                        text.clean(field.rows_from.replace("_", " "))
                    )
                )
            )
        if lines and in_grid(field):
            st.html('<p class="wb-quiet">A cell left empty is unanswered; “nr” says that the report does not tell.</p>')
        show = _grid if in_grid(field) else _cards
        show(prefix, field, lines, answers, found, on_change=on_change, disabled=disabled, worked=worked)
        if field.adds_rows:
            _adding(prefix, field, lines, on_change=on_change, disabled=disabled)


def _grid(
    prefix: str,
    field: TableField,
    lines: Sequence[RowOnScreen],
    answers: Answers,
    found: Found,
    *,
    on_change: OnChange,
    disabled: bool,
    worked: calculated.Worked,
) -> None:
    named = not field.adds_rows
    for number, line in enumerate(lines):
        held = _row(answers, field, line)
        asked = {column.key for column in field.asked(answers, held)}
        shown = [column for column in field.columns if column.key in asked]
        with st.container(key=f"grid-{'later' if number else 'first'}:{prefix}:{field.key}:{line.id}"):
            weights = ([1.3] if named else []) + [1.0] * len(shown) + ([0.5] if field.adds_rows else [])
            cells = iter(st.columns(weights, gap="small", vertical_alignment="bottom"))
            if named:
                with next(cells):
                    st.html(str(Markup('<div class="wb-row-name">{}</div>').format(text.clean(line.name))))
            for column in shown:
                with next(cells):
                    if isinstance(column, CalculatedField):
                        calculated.show(column, path_of(field.key, line.id, column.key), worked)
                    else:
                        _cell(prefix, field, line, column, on_change=on_change, disabled=disabled)
            if field.adds_rows:
                with next(cells):
                    _remove(prefix, field, line, on_change=on_change, disabled=disabled or len(lines) <= field.min_rows)
        _remarks(field, line, shown, found)


def _cell(
    prefix: str, field: TableField, line: RowOnScreen, column: FormField, *, on_change: OnChange, disabled: bool
) -> None:
    key = value_key(prefix, path_of(field.key, line.id, column.key))
    about = text.literal(column.help) or None
    if isinstance(column, ChoiceField | YesNoUnclearField):
        options = options_of(column, [st.session_state.get(key)] if st.session_state.get(key) != SILENT else [])
        options |= {SILENT: SILENT}
        st.selectbox(
            label_of(column),
            list(options),
            index=None,
            format_func=lambda value: options.get(value, str(value)),
            placeholder="Choose",
            key=key,
            help=about,
            on_change=on_change,
            disabled=disabled,
        )
    else:
        st.text_input(label_of(column), key=key, help=about, max_chars=2000, on_change=on_change, disabled=disabled)


def _cards(
    prefix: str,
    field: TableField,
    lines: Sequence[RowOnScreen],
    answers: Answers,
    found: Found,
    *,
    on_change: OnChange,
    disabled: bool,
    worked: calculated.Worked,
) -> None:
    for number, line in enumerate(lines, start=1):
        held = _row(answers, field, line)
        title = (
            line.name or (str(held.get(field.naming) or "") if field.naming else "") or f"{field.row_label} {number}"
        )
        with st.container(border=True):
            with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                st.markdown(f"**{text.literal(title)}**", width="content")
                if field.adds_rows:
                    _remove(prefix, field, line, on_change=on_change, disabled=disabled or len(lines) <= field.min_rows)
            shown = field.asked(answers, held)
            for pair in two_by_two(shown):
                for column, place in zip(pair, st.columns(2), strict=False):
                    with place:
                        _card_field(prefix, field, line, column, worked, on_change=on_change, disabled=disabled)
                        path = path_of(field.key, line.id, column.key)
                        if found.get(path):
                            st.html(str(problems.shown(found[path])))


def _card_field(
    prefix: str,
    field: TableField,
    line: RowOnScreen,
    column: FormField,
    worked: calculated.Worked,
    *,
    on_change: OnChange,
    disabled: bool,
) -> None:
    if isinstance(column, CalculatedField):
        calculated.show(column, path_of(field.key, line.id, column.key), worked)
        return
    path = path_of(field.key, line.id, column.key)
    silent = bool(st.session_state.get(silent_key(prefix, path)))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        widget(value_key(prefix, path), column, on_change=on_change, disabled=disabled or silent)
        st.checkbox(
            "not reported",
            key=silent_key(prefix, path),
            on_change=on_change,
            disabled=disabled,
            width="content",
        )


def _remarks(field: TableField, line: RowOnScreen, shown: Sequence[FormField], found: Found) -> None:
    about = [
        Problem(field=item.field, level=item.level, message=f"{column.label}: {item.message}")
        if not item.message.startswith(column.label)
        else item
        for column in shown
        for item in found.get(path_of(field.key, line.id, column.key), ())
    ]
    if about:
        st.html(str(problems.shown(about)))


def _row(answers: Answers, field: TableField, line: RowOnScreen) -> Mapping[str, object]:
    return next((row for row in rows(answers, field.key) if row_id(row) == line.id), {})


def _adding(
    prefix: str, field: TableField, lines: Sequence[RowOnScreen], *, on_change: OnChange, disabled: bool
) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            f"Add {_a(field.row_label)}",
            key=f"{value_key(prefix, field)}#add",
            icon=":material/add:",
            disabled=disabled or len(lines) >= field.max_rows,
            on_click=_then(lambda: add_row(prefix, field), on_change),
        )
        removed = st.session_state.get(removed_key(prefix, field.key))
        if removed is not None:
            st.button(
                f"Put the {text.literal(field.row_label)} back",
                key=f"{value_key(prefix, field)}#back",
                type="tertiary",
                disabled=disabled,
                on_click=_then(lambda: put_back_row(prefix, field), on_change),
            )


def _remove(prefix: str, field: TableField, line: RowOnScreen, *, on_change: OnChange, disabled: bool) -> None:
    st.button(
        "Remove",
        key=f"{value_key(prefix, path_of(field.key, line.id))}#remove",
        type="tertiary",
        disabled=disabled,
        help=f"Takes this {field.row_label} off the table; it can be put back",
        on_click=_then(lambda: remove_row(prefix, field, line.id), on_change),
    )


def _then(first: Callable[[], None], after: OnChange) -> OnChange:
    def both() -> None:
        first()
        after()

    return both


def _a(word: str) -> str:
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {text.literal(word)}"
