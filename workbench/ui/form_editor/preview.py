"""The form as an extractor will see it: the same widgets, of which nothing is stored."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.forms import Form
from workbench.forms.tables import ARMS
from workbench.review import ReviewDefinition
from workbench.ui import form_widgets, parts, text

SAMPLE_ARMS = (
    {"_row": "sample_1", "label": "First arm", "role": "active"},
    {"_row": "sample_2", "label": "Second arm", "role": "sham"},
)


def show(form: Form, review: ReviewDefinition | None, prefix: str) -> None:
    """Usable: conditions, calculated fields and checks answer to what is typed."""
    resolved = form if review is None else form.resolve(review)
    parts.quiet("Try it: nothing that you type here is stored.")
    if form.help:
        parts.quiet(form.help)
    tables: dict[str, Any] = {} if ARMS in form.keys else {ARMS: SAMPLE_ARMS}
    form_widgets.seed(prefix, resolved, {}, tables=tables)
    answers = form_widgets.collect(prefix, resolved, {}, tables=tables)
    problems = form_widgets.problems_by_field(resolved, answers)
    sections = resolved.sections_asked(answers)
    tabs = st.tabs([text.literal(item.title) for item in sections], key=f"{prefix}:tabs")
    for section, tab in zip(sections, tabs, strict=True):
        with tab:
            form_widgets.show_section(
                prefix,
                section,
                answers,
                form_widgets.shown_problems(section, answers, problems),
                on_change=_nothing,
                tables=tables,
                form=resolved,
            )


def _nothing() -> None:
    """Widgets tell of every change; here nobody keeps it."""
