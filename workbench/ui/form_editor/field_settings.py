"""The settings of one field, or of one column of a table, as widgets; what they say, as settings of the YAML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from workbench.forms import (
    CalculatedField,
    ChoiceField,
    Column,
    CountField,
    Form,
    FormField,
    LongTextField,
    MultiChoiceField,
    NumberField,
    Option,
    QuoteField,
    TableField,
    TableRow,
    TextField,
)
from workbench.ui import text
from workbench.ui.form_editor import lines

OWN = "its own, listed below"
SOURCES = {"": OWN, "indications": "the review's indications", "outcomes": "the review's outcomes"}
ADDED, FIXED = "", "\0fixed"


def source(prefix: str, field: FormField | Column, form: Form, *, disabled: bool) -> str:
    """Where a choice's answers or a table's rows come from: drawn above the settings, which hang on it."""
    if isinstance(field, ChoiceField | MultiChoiceField):
        return str(
            st.selectbox(
                "The answers are",
                list(SOURCES),
                index=list(SOURCES).index(field.options_from or ""),
                format_func=lambda name: SOURCES.get(name, name),
                key=f"{prefix}:options_from",
                disabled=disabled,
            )
        )
    if isinstance(field, TableField):
        sources = _rows_sources(field, form)
        return str(
            st.selectbox(
                "The rows are",
                list(sources),
                index=list(sources).index(_rows_held(field)),
                format_func=lambda name: text.literal(sources.get(name, name)),
                key=f"{prefix}:rows_are",
                disabled=disabled,
            )
        )
    return ""


def show(
    prefix: str, field: FormField | Column, *, where: str, table: TableField | None, disabled: bool
) -> dict[str, Any]:
    """Draw the settings and give them as they stand on screen.

    where: what `source` gave. table: the one whose column this is.
    """
    found: dict[str, Any] = {
        "label": _text(f"{prefix}:label", "Question", field.label, 300, disabled, "What an extractor reads").strip(),
        "key": _text(
            f"{prefix}:key",
            "Key",
            field.key,
            60,
            disabled,
            "Its name in exports: small letters, digits and _. A new key keeps the answers of the old one",
        ).strip(),
        "help": st.text_area(
            "Help",
            value=field.help,
            key=f"{prefix}:help",
            height=90,
            max_chars=2000,
            disabled=disabled,
            help="What somebody needs to know who extracts for the first time",
        ).strip(),
    }
    if not isinstance(field, CalculatedField):
        found["required"] = st.checkbox(
            "An answer is needed (“not reported” is one)",
            value=field.required,
            key=f"{prefix}:required",
            disabled=disabled,
        )
    if table is not None and table.adds_rows and isinstance(field, TextField | ChoiceField):
        found["names_row"] = st.checkbox(
            "Names the row: two extractors' rows are the same where this says the same",
            value=field.names_row,
            key=f"{prefix}:names_row",
            disabled=disabled,
        )
    return found | _of_type(prefix, field, where, disabled=disabled)


def _of_type(prefix: str, field: FormField | Column, where: str, *, disabled: bool) -> dict[str, Any]:
    match field:
        case TextField() | LongTextField() | QuoteField():
            most = _whole(f"{prefix}:max_length", "Characters at most", field.max_length, disabled)
            return {"max_length": most}
        case NumberField():
            return _number(prefix, field, disabled)
        case CountField():
            return _count(prefix, field, disabled)
        case ChoiceField() | MultiChoiceField():
            return _options(prefix, field, where, disabled)
        case CalculatedField():
            return _calculated(prefix, field, disabled)
        case TableField():
            return _table(prefix, field, where, disabled)
    return {}


def _number(prefix: str, field: NumberField, disabled: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"unit": _text(f"{prefix}:unit", "Unit", field.unit, 60, disabled).strip()}
    one, two, three, four = st.columns(4)
    for column, name, label, help_ in (
        (one, "minimum", "Plausible from", "Outside it the number is questioned"),
        (two, "maximum", "Plausible to", "Outside it the number is questioned"),
        (three, "at_least", "Possible from", "Outside it the number is refused"),
        (four, "at_most", "Possible to", "Outside it the number is refused"),
    ):
        with column:
            held = getattr(field, name)
            found[name] = st.number_input(
                label,
                value=None if held is None else float(held),
                format="%g",
                key=f"{prefix}:{name}",
                disabled=disabled,
                help=help_,
            )
    return found


def _count(prefix: str, field: CountField, disabled: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"unit": _text(f"{prefix}:unit", "Unit", field.unit, 60, disabled).strip()}
    one, two = st.columns(2)
    with one:
        found["minimum"] = _whole(f"{prefix}:minimum", "Plausible from", field.minimum, disabled)
    with two:
        found["maximum"] = _whole(f"{prefix}:maximum", "Plausible to", field.maximum, disabled)
    return found


def _options(prefix: str, field: ChoiceField | MultiChoiceField, where: str, disabled: bool) -> dict[str, Any]:
    if where:
        return {"options_from": where, "options": None}
    own = _lines(
        f"{prefix}:options",
        "Answers, one a line",
        () if field.options_from is not None else field.options,
        disabled,
        "value | what is shown | earlier values. One word alone is both value and label. Values are what exports hold",
    )
    return {"options_from": None} | ({} if own is None else {"options": lines.read_options(own)})


def _calculated(prefix: str, field: CalculatedField, disabled: bool) -> dict[str, Any]:
    return {
        "expression": _text(
            f"{prefix}:expression",
            "Expression",
            field.expression,
            500,
            disabled,
            "Numbers, keys of number fields, + - * / and brackets; min, max, round(x, digits), sum(table.column)",
        ).strip(),
        "unit": _text(f"{prefix}:unit", "Unit", field.unit, 60, disabled).strip(),
        "decimals": _whole(f"{prefix}:decimals", "Decimals shown", field.decimals, disabled),
    }


def _rows_held(field: TableField) -> str:
    return FIXED if field.rows else field.rows_from or ADDED


def _rows_sources(field: TableField, form: Form) -> dict[str, str]:
    others = [table.key for table in form.tables if table.key != field.key]
    sources = {ADDED: "added by the extractor", FIXED: "fixed, listed below"}
    sources |= {name: f"those of “{form.field(name).label}”" for name in others}
    if form.scope == "result" and "arms" not in sources:
        sources["arms"] = "the arms of the trial's form"
    held = _rows_held(field)
    return sources if held in sources else {**sources, held: f"those of {held}"}


def _table(prefix: str, field: TableField, where: str, disabled: bool) -> dict[str, Any]:
    """Only what fits where the rows come from; the other settings go back to their defaults."""
    found: dict[str, Any] = {"rows": None, "rows_from": None, "row_label": None, "min_rows": None, "max_rows": None}
    if where == FIXED:
        fixed = _lines(
            f"{prefix}:rows", "Fixed rows, one a line", field.rows, disabled, "key | what is shown | earlier keys"
        )
        if fixed is None:
            found.pop("rows")
        else:
            found["rows"] = lines.read_rows(fixed)
    elif where == ADDED:
        one, two, three = st.columns(3)
        with one:
            called = _text(f"{prefix}:row_label", "One row is called", field.row_label, 40, disabled).strip()
            found["row_label"] = called or None
        with two:
            found["min_rows"] = _whole(f"{prefix}:min_rows", "Rows at least", field.min_rows, disabled)
        with three:
            found["max_rows"] = _whole(f"{prefix}:max_rows", "Rows at most", field.max_rows, disabled)
    else:
        found["rows_from"] = where
    found["layout"] = st.selectbox(
        "Layout",
        ("grid", "cards"),
        index=("grid", "cards").index(field.layout),
        format_func=lambda name: {"grid": "a grid", "cards": "a card for each row (for many columns)"}.get(name, name),
        key=f"{prefix}:layout",
        disabled=disabled,
    )
    return found


def _text(key: str, label: str, value: str, most: int, disabled: bool, help_: str | None = None) -> str:
    return st.text_input(label, value=value, max_chars=most, key=key, disabled=disabled, help=help_) or ""


def _whole(key: str, label: str, value: int | None, disabled: bool) -> int | None:
    return st.number_input(label, value=value, min_value=0, step=1, key=key, disabled=disabled)


def _lines(
    key: str, label: str, items: Sequence[Option] | Sequence[TableRow], disabled: bool, help_: str
) -> str | None:
    """A text of lines; None where an item holds a bar and so cannot stand as a line."""
    spelled = [part for item in items for part in item.model_dump().values() if isinstance(part, str)]
    if any("|" in part or "\n" in part for part in spelled):
        st.html('<p class="wb-quiet">An answer here holds a bar (|): change these answers in the text (YAML).</p>')
        return None
    held = lines.of(items)
    return st.text_area(label, value=held, height=160, max_chars=20_000, key=key, disabled=disabled, help=help_)
