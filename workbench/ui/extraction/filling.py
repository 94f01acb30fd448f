"""The form, a draft of which is saved with every change."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.extraction import Extraction, Study
from workbench.forms import Answers
from workbench.store import Store
from workbench.ui import context, form_widgets, parts, text
from workbench.ui.extraction import effect_preview, prefill, quoting, saving, trial_form, two_windows
from workbench.ui.extraction.saving import Desk
from workbench.ui.extraction.trial_form import Tables


def show(store: Store, study: Study, desk: Desk, trial: Answers) -> None:
    """Sections as tabs, what the numbers give, and what is left before it can be finished.

    trial: what the trial's own forms say, as far as this reviewer may see it.
    """
    earlier = tuple(map(context.current_forms().bring, store.extractions(study=study.id)))
    tables = trial_form.tables_of(trial, context.forms())
    first, source = prefill.first_answers(desk.form, study, desk.slot, earlier, desk.reviewer, trial)
    answers = saving.open_desk(desk, store, first, tables)
    saved = desk.saved(store)
    two_windows.show(store, desk, first)
    parts.quiet(
        " ".join(
            (
                _saved_so_far(saved, source),
                "Each field is saved as you leave it. Fields with * need an answer, or “not reported”.",
                desk.form.help,
            )
        )
    )
    beside = quoting.switch(desk.reviewer)
    if beside:
        left, right = st.columns([1, 1], gap="medium")
        with right:
            quoting.pane(store, study, desk, answers, tables)
    else:
        left = st.container()
    with left, st.container(key="form-beside" if beside else None):
        _form(store, study, desk, answers, tables, trial)


def _form(store: Store, study: Study, desk: Desk, answers: dict[str, Any], tables: Tables, trial: Answers) -> None:
    problems = form_widgets.problems_by_field(desk.form, answers)
    sections = desk.form.sections_asked(answers)
    tabs = st.tabs([text.literal(item.title) for item in sections], key=f"tabs:{desk.prefix}")
    for section, tab in zip(sections, tabs, strict=True):
        with tab:
            form_widgets.show_section(
                desk.prefix,
                section,
                answers,
                form_widgets.shown_problems(section, answers, problems),
                on_change=_saver(desk, answers, tables),
                tables=tables,
                form=desk.form,
            )
    quoting.attached(store, study, desk, answers, tables)
    if desk.form.scope == "result":
        effect_preview.show(desk.form, answers, desk.slot, study, trial)
    _finish(desk, answers, problems, tables)


def _saved_so_far(saved: Extraction | None, source: str) -> str:
    if saved is not None:
        return f"Saved as {saved.state}, revision {saved.revision}, {text.when(saved.recorded_at)}."
    if source:
        return f"The trial, the stimulation and the sham come from {source}: check them."
    return "Nothing is saved yet: the first change saves a draft."


def _saver(desk: Desk, answers: dict[str, object], tables: Tables) -> form_widgets.OnChange:
    def save() -> None:
        saving.save_draft(desk, answers, tables)

    return save


def _finish(desk: Desk, answers: dict[str, object], problems: form_widgets.Problems, tables: Tables) -> None:
    errors = [item for found in problems.values() for item in found if item.level == "error"]
    warnings = [item for found in problems.values() for item in found if item.level == "warning"]
    st.subheader("Finish", anchor=False)
    if errors or warnings:
        titles = {field.key: section.title for section in desk.form.sections for field in section.fields}
        with st.expander(f"{len(errors)} missing or to mend, {len(warnings)} to check", key=f"problems:{desk.prefix}"):
            parts.show(
                text.table(
                    ("Where", "What", ""),
                    (
                        (titles.get(item.field.partition("[")[0], ""), item.message, item.level)
                        for item in (*errors, *warnings)
                    ),
                    caption="What keeps the extraction from being final, and what deserves a second look",
                )
            )
    st.button(
        "Finish this extraction",
        type="primary",
        key=f"finish:{desk.prefix}",
        disabled=bool(errors) or desk.stale_key in st.session_state,
        help="Your answers then count; you can change them later, which is recorded",
        on_click=saving.finish,
        args=(desk, answers, tables),
    )
