"""Under which answers a field, a section or a column is asked: shown, added, taken away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from markupsafe import Markup

from workbench.forms import (
    ChoiceField,
    Column,
    Form,
    FormField,
    MultiChoiceField,
    Section,
    TableField,
    YesNoUnclearField,
)
from workbench.review import ReviewDefinition
from workbench.ui import faults, parts, text

WAYS = {"show_if": "is asked only if", "hide_if": "is not asked if"}
Choosable = ChoiceField | MultiChoiceField | YesNoUnclearField


def show(
    prefix: str,
    part: FormField | Column | Section,
    form: Form,
    review: ReviewDefinition | None,
    change: Callable[[Mapping[str, Any]], None],
    *,
    table: TableField | None = None,
    disabled: bool,
) -> None:
    """change: takes the part's new settings. table: the one whose column this is; its own columns are asked first."""
    asked = _answers(part, form, review, table)
    for way, said in WAYS.items():
        for other, wanted in getattr(part, way).items():
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                field = asked.get(other)
                name = field.label if field is not None else other
                labels = [_label(field, value) for value in wanted]
                parts.show(
                    Markup("<span>It {} “{}” is {}</span>").format(
                        said, text.clean(name), text.clean(" or ".join(labels))
                    )
                )
                st.button(
                    "Take away",
                    key=f"{prefix}:{way}:{other}:away",
                    type="tertiary",
                    disabled=disabled,
                    on_click=_change,
                    args=(change, {way: {key: list(v) for key, v in getattr(part, way).items() if key != other}}),
                )
    if not any(getattr(part, way) for way in WAYS):
        parts.quiet("It is always asked.")
    if disabled or not asked:
        return
    with st.expander("Add a condition"):
        way = st.selectbox("It", list(WAYS), format_func=lambda name: WAYS.get(name, name), key=f"{prefix}:way")
        other = st.selectbox(
            "the answer to",
            list(asked),
            index=None,
            format_func=lambda key: text.literal(asked[key].label) if key in asked else key,
            placeholder="Choose a question",
            key=f"{prefix}:other",
        )
        field = asked.get(other or "")
        wanted = st.multiselect(
            "is one of",
            _values(field, review, form),
            format_func=lambda value: text.literal(_label(field, value)),
            key=f"{prefix}:wanted:{other}",
            disabled=field is None,
        )
        held = {key: list(values) for key, values in getattr(part, way).items()}
        st.button(
            "Add the condition",
            key=f"{prefix}:add-condition",
            disabled=not wanted,
            on_click=_change,
            args=(change, {way: held | {other: list(wanted)}}),
        )


@faults.callback
def _change(change: Callable[[Mapping[str, Any]], None], settings: Mapping[str, Any]) -> None:
    change(settings)


def _answers(
    part: FormField | Column | Section, form: Form, review: ReviewDefinition | None, table: TableField | None
) -> dict[str, Choosable]:
    """The questions with answers to choose from, that a condition can look at."""
    inside = {field.key for field in part.fields} if isinstance(part, Section) else {part.key}
    own = () if table is None else table.columns
    found: dict[str, Choosable] = {}
    for field in (*own, *form.fields):
        if isinstance(field, Choosable) and field.key not in inside and _values(field, review, form):
            found.setdefault(field.key, field)
    return found


def _values(field: Choosable | None, review: ReviewDefinition | None, form: Form) -> list[str]:
    if field is None:
        return []
    if isinstance(field, YesNoUnclearField) or field.options_from is None:
        return list(field.values)
    return [] if review is None else [value for value, _ in review.choices(field.options_from, form_kind=form.kind)]


def _label(field: Choosable | None, value: str) -> str:
    options = () if field is None or isinstance(field, YesNoUnclearField) else field.options
    return next((option.label for option in options if option.value == value), value)
