"""The widget of one answer, and how fields stand beside each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import streamlit as st

from workbench.forms import (
    ChoiceField,
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
from workbench.ui import text

OnChange = Callable[[], None]

WIDE = (LongTextField, MultiChoiceField, TableField, QuoteField)
LONGEST_NUMBER = 60  # characters
PAIRED = ("_active", "_comparator")


def rows(fields: Sequence[FormField]) -> Iterable[tuple[FormField, ...]]:
    """Arrange fields two by two in the form's order: an active arm's number stands beside the comparator's."""
    by_key = {field.key: field for field in fields}
    waiting: list[FormField] = []
    done: set[str] = set()
    for field in fields:
        if field.key in done:
            continue
        partner = by_key.get(field.key.removesuffix(PAIRED[0]) + PAIRED[1]) if field.key.endswith(PAIRED[0]) else None
        if isinstance(field, WIDE) or partner is not None:
            if waiting:
                yield tuple(waiting)
                waiting = []
            yield (field, partner) if partner is not None else (field,)
            done.update(f.key for f in (field, partner) if f is not None)
            continue
        waiting.append(field)
        if len(waiting) == 2:
            yield tuple(waiting)
            waiting = []
    if waiting:
        yield tuple(waiting)


def label_of(field: FormField) -> str:
    """The field's label with its unit, and a mark where an answer is asked for."""
    unit = f" ({field.unit})" if isinstance(field, CountField | NumberField) and field.unit else ""
    return text.literal(f"{field.label}{unit}") + (" *" if field.required else "")


def widget(key: str, field: FormField, *, on_change: OnChange, disabled: bool) -> None:
    """The widget of a field or of a cell on a card; tables, quotes and calculated fields have modules of their own."""
    label, about = label_of(field), text.literal(field.help) or None
    if isinstance(field, CountField | NumberField):  # text: see `shown.typed_number`
        st.text_input(label, max_chars=LONGEST_NUMBER, key=key, help=about, on_change=on_change, disabled=disabled)
    elif isinstance(field, YesNoUnclearField | ChoiceField):
        options = options_of(field, [st.session_state.get(key)])
        st.selectbox(
            label,
            list(options),
            index=None,
            format_func=lambda value: options.get(value, str(value)),
            placeholder="Choose",
            key=key,
            help=about,
            on_change=on_change,
            disabled=disabled,
        )
    elif isinstance(field, MultiChoiceField):
        options = options_of(field, st.session_state.get(key) or [])
        st.multiselect(
            label,
            list(options),
            format_func=lambda value: options.get(value, str(value)),
            placeholder="Choose one or more",
            filter_mode="contains",
            select_all=False,  # typing and Enter takes one answer, never all that match
            key=key,
            help=about,
            on_change=on_change,
            disabled=disabled,
        )
    elif isinstance(field, DateField):
        st.date_input(
            label,
            value=None,
            min_value=date(1900, 1, 1),
            format="YYYY-MM-DD",
            key=key,
            help=about,
            on_change=on_change,
            disabled=disabled,
        )
    elif isinstance(field, LongTextField):
        st.text_area(
            label, max_chars=field.max_length, height=110, key=key, help=about, on_change=on_change, disabled=disabled
        )
    elif isinstance(field, TextField):
        st.text_input(label, max_chars=field.max_length, key=key, help=about, on_change=on_change, disabled=disabled)


def options_of(field: FormField, held: Iterable[Any]) -> dict[str, str]:
    """The answers to choose from, with one that an older form offered kept visible."""
    if isinstance(field, YesNoUnclearField):
        options = {value: value for value in field.values}
    elif isinstance(field, ChoiceField | MultiChoiceField):
        options = {option.value: option.label for option in field.options}
    else:
        options = {}
    for value in held:
        if value and value not in options:
            options[value] = f"{value} (not an answer of this form)"
    return options
