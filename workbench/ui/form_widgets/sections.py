"""Fields on the page: a section, one field with its "not reported" box, a table as a grid or as cards, a quote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from markupsafe import Markup

from workbench.forms import Answers, Form, FormField, Problem, QuoteField, Section, TableField
from workbench.forms.calculating import calculated as worked_out
from workbench.forms.fields import CalculatedField
from workbench.ui import text
from workbench.ui.form_widgets import calculated, problems
from workbench.ui.form_widgets.keys import page_key, silent_key, value_key
from workbench.ui.form_widgets.single import WIDE, OnChange, label_of, rows, widget
from workbench.ui.form_widgets.table_rows import Tables
from workbench.ui.form_widgets.tables import show_table


def show_section(
    prefix: str,
    section: Section,
    answers: Answers,
    found: Mapping[str, Sequence[Problem]],
    *,
    on_change: OnChange,
    disabled: bool = False,
    tables: Tables | None = None,
    form: Form | None = None,
) -> None:
    """Show the fields of one section that apply, each with its problems under it.

    form: the form it belongs to, for conditions that hang on other sections' fields and for what is worked out. Without
    it each field's own conditions are looked at and nothing is worked out.
    tables: the trial form's tables, for those that take their rows from them.
    """
    if section.help:
        st.html(str(Markup('<p class="wb-quiet">{}</p>').format(text.clean(section.help))))
    wanted = None if form is None else {field.key for field in form.asked(answers)}
    worked = {} if form is None else worked_out(form, answers)
    fields = [field for field in section.fields if (field.applies(answers) if wanted is None else field.key in wanted)]
    if form is not None:  # what stands in a hidden field fulfils no condition of a column
        hidden = {field.key for field in form.fields if not isinstance(field, TableField)} - (wanted or set())
        answers = {key: value for key, value in answers.items() if key not in hidden}
    for row in rows(fields):
        wide = len(row) == 1 and isinstance(row[0], WIDE)
        for field, column in zip(row, [st.container()] if wide else st.columns(2), strict=False):
            with column:
                show_field(
                    prefix,
                    field,
                    on_change=on_change,
                    disabled=disabled,
                    answers=answers,
                    found=found,
                    tables=tables,
                    worked=worked,
                )
                remarks(found.get(field.key, ()))


def remarks(found: Sequence[Problem]) -> None:
    """What is said about one answer."""
    if found:
        st.html(str(problems.shown(found)))


def show_field(
    prefix: str,
    field: FormField,
    *,
    on_change: OnChange,
    disabled: bool = False,
    answers: Answers | None = None,
    found: Mapping[str, Sequence[Problem]] | None = None,
    tables: Tables | None = None,
    worked: calculated.Worked | None = None,
) -> None:
    """One field: its widget, and the box that says the report does not tell."""
    if isinstance(field, CalculatedField):
        calculated.show(field, field.key, worked or {})
        return
    if isinstance(field, TableField):
        show_table(
            prefix,
            field,
            answers or {},
            found or {},
            on_change=on_change,
            disabled=disabled,
            tables=tables or {},
            worked=worked or {},
        )
        return
    silent = bool(st.session_state.get(silent_key(prefix, field)))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if isinstance(field, QuoteField):
            _quote(prefix, field, on_change=on_change, disabled=disabled or silent)
        else:
            widget(value_key(prefix, field), field, on_change=on_change, disabled=disabled or silent)
        silent_box(prefix, field, on_change=on_change, disabled=disabled)


def silent_box(prefix: str, field: FormField | str, *, on_change: OnChange, disabled: bool) -> None:
    """The box "not reported" of one answer."""
    st.checkbox("not reported", key=silent_key(prefix, field), on_change=on_change, disabled=disabled, width="content")


def _quote(prefix: str, field: QuoteField, *, on_change: OnChange, disabled: bool) -> None:
    with st.container(gap="small"):
        st.text_area(
            label_of(field),
            max_chars=field.max_length,
            height=90,
            key=value_key(prefix, field),
            help=text.literal(field.help) or None,
            on_change=on_change,
            disabled=disabled,
        )
        st.text_input(
            f"Page, table or figure of “{text.literal(field.label)}”",
            max_chars=200,
            key=page_key(prefix, field.key),
            on_change=on_change,
            disabled=disabled,
        )
