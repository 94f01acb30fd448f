"""The columns of a table in the editor: chosen, changed, moved, added and taken out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from workbench.forms import ChangeField, Column, TableField
from workbench.review import ReviewDefinition
from workbench.ui import faults, text
from workbench.ui.form_editor import adding, conditions, field_settings, lines, words
from workbench.ui.form_editor.work import Work


def show(work: Work, table: TableField, review: ReviewDefinition | None, prefix: str, *, disabled: bool) -> None:
    """The columns of one table."""
    st.markdown("**Columns**")
    keys = [column.key for column in table.columns]
    chosen_key = f"form-editor:{work.name}:column:{table.key}"
    if f"{chosen_key}:next" in st.session_state:
        st.session_state[chosen_key] = st.session_state.pop(f"{chosen_key}:next")
    if st.session_state.get(chosen_key) not in keys:
        st.session_state[chosen_key] = keys[0]
    chosen = st.selectbox(
        "Column",
        keys,
        format_func=lambda key: text.literal(table.column(key).label) if key in keys else key,
        key=chosen_key,
    )
    column = table.column(chosen)
    here = f"{prefix}:column:{chosen}"
    if not disabled:
        _buttons(work, table, keys.index(chosen), here, chosen_key)
    where = field_settings.source(here, column, work.form, disabled=disabled)
    with st.form(f"{here}:settings", border=True):
        wanted = st.selectbox(
            "Type of answer",
            words.COLUMN_TYPES,
            index=words.COLUMN_TYPES.index(column.type),
            format_func=lambda name: words.TYPES.get(name, name),
            key=f"{here}:type",
            disabled=disabled,
        )
        found = field_settings.show(here, column, where=where, table=table, disabled=disabled)
        if st.form_submit_button("Keep this column", disabled=disabled):
            faults.act(_keep)(work, table, column, wanted, found, chosen_key)
    change = partial(_change_conditions, work, table, column)
    conditions.show(here, column, work.form, review, change, table=table, disabled=disabled)
    if not disabled:
        _add(work, table, here, chosen_key)


def _settings(columns: Sequence[Column]) -> list[dict[str, Any]]:
    return [column.model_dump(exclude_unset=True) for column in columns]


def _buttons(work: Work, table: TableField, at: int, prefix: str, chosen_key: str) -> None:
    found = list(table.columns)
    with st.container(horizontal=True, gap="small"):
        for label, to in (("Move left", at - 1), ("Move right", at + 1)):
            fits = 0 <= to < len(found)
            order = list(found)
            if fits:
                order[at], order[to] = order[to], order[at]
            st.button(
                label,
                key=f"{prefix}:{label}",
                disabled=not fits,
                on_click=_put,
                args=(work, table.key, _settings(order), found[at].key, chosen_key),
            )
        left = [column for column in found if column is not found[at]]
        st.button(
            "Take out the column",
            key=f"{prefix}:remove",
            disabled=not left,
            on_click=_put,
            args=(work, table.key, _settings(left), left[max(at - 1, 0)].key if left else "", chosen_key),
        )


@faults.callback
def _put(work: Work, key: str, columns: list[dict[str, Any]], chosen: str, chosen_key: str) -> None:
    work.edit(ChangeField(key=key, settings={"columns": columns}))
    st.session_state[chosen_key] = chosen


def _keep(
    work: Work, table: TableField, column: Column, wanted: str, found: Mapping[str, Any], chosen_key: str
) -> None:
    settings = column.model_dump(exclude_unset=True)
    if wanted != column.type:
        known = ("key", "label", "help", "required", "show_if", "hide_if", "formerly")
        settings = {name: value for name, value in settings.items() if name in known} | {"type": wanted}
        found = {name: value for name, value in found.items() if name in (*known, "names_row")}
        if wanted == "choice":
            settings["options"] = ["first answer"]
        if wanted == "calculated":
            settings["expression"] = "0"
            found = {name: value for name, value in found.items() if name != "required"}
            settings.pop("required", None)
        if wanted not in ("text", "choice"):
            found = {name: value for name, value in found.items() if name != "names_row"}
    settings |= {name: value for name, value in found.items() if value is not None}
    for name, value in found.items():
        if value is None:
            settings.pop(name, None)
    if settings["key"] != column.key:
        former = [name for name in settings.get("formerly", ()) if name != settings["key"]]
        settings["formerly"] = list(dict.fromkeys((*former, column.key)))
    before = work.drawn
    made = [
        settings if item is column else given
        for item, given in zip(table.columns, _settings(table.columns), strict=True)
    ]
    work.edit(ChangeField(key=table.key, settings={"columns": made}))
    if work.drawn == before:
        st.info("Nothing is otherwise than before.")
        return
    st.session_state[f"{chosen_key}:next"] = settings["key"]
    st.rerun()


def _change_conditions(work: Work, table: TableField, column: Column, settings: Mapping[str, Any]) -> None:
    made = [
        {**given, **settings} if item is column else given
        for item, given in zip(table.columns, _settings(table.columns), strict=True)
    ]
    work.edit(ChangeField(key=table.key, settings={"columns": made}))


def _add(work: Work, table: TableField, prefix: str, chosen_key: str) -> None:
    with st.expander("Add a column"):
        kind = st.selectbox(
            "Type of the column",
            words.COLUMN_TYPES,
            format_func=lambda name: words.TYPES.get(name, name),
            key=f"{prefix}:add-column:type",
        )
        label = st.text_input("Heading of the column", max_chars=300, key=f"{prefix}:add-column:label").strip()
        settings: dict[str, Any] = {"type": kind, "label": label}
        if kind == "choice":
            options = st.text_area(
                "Answers, one a line", key=f"{prefix}:add-column:options", help="value | what is shown"
            )
            settings["options"] = lines.read_options(options or "")
        if kind == "calculated":
            settings["expression"] = st.text_input("Expression", max_chars=500, key=f"{prefix}:add-column:expression")
        key = adding.key_from(label, tuple(column.key for column in table.columns))
        st.button(
            "Add the column",
            key=f"{prefix}:add-column:now",
            disabled=not label,
            on_click=_put,
            args=(work, table.key, [*_settings(table.columns), settings | {"key": key}], key, chosen_key),
        )
