"""A study's forms and results: what is filled in once for the trial, and one result for each outcome and time."""

from __future__ import annotations

import uuid

import streamlit as st
from markupsafe import Markup

from workbench.extraction import ResultState, Study
from workbench.forms import Form
from workbench.review import ReviewDefinition
from workbench.store import Store
from workbench.ui import context, faults, parts, text
from workbench.ui.extraction import (
    abandoned,
    choosing,
    comparing,
    filling,
    older_version,
    opening_again,
    quoting,
    reading_answers,
    saving,
    study_head,
    trial_form,
    two_windows,
    value_history,
)
from workbench.ui.extraction.saving import Desk
from workbench.ui.extraction.words import TONES, WORDS
from workbench.ui.worklists import ResultLine

_FACTS = uuid.UUID("c0a6a6e2-0a39-4c36-9d9b-2e0b6a0d7f11")  # names ids below; never change it


def show(store: Store, review: ReviewDefinition, reviewer: str, study: Study, lines: list[ResultLine]) -> None:
    """What can be added, the menu of what is there, and the one that was chosen."""
    forms = context.forms()
    by_id = {line.slot.id: line for line in lines}
    left, right = st.columns([3, 2])
    results = [line for line in lines if not _of_trial(line, forms)]
    with left, st.expander("Add a result (a comparison, an outcome, a time point)", expanded=not lines):
        _add_result(review, reviewer, study, forms, opened=len(lines) + len(store.results(study.id, ended=True)))
    with right, st.expander("Correct the study"):
        study_head.correct(store, study, reviewer)
    _begin_trial_forms(study, lines, forms, reviewer)
    if not lines:
        return
    first = next((line for line in (*results, *lines)), lines[0])
    widget = choosing.chosen(reviewer, choosing.CHOSEN_RESULT, by_id, first.slot.id)
    order = [line.slot.id for line in sorted(lines, key=lambda line: not _of_trial(line, forms))]
    chosen = st.selectbox(
        "Form or result",
        order,
        format_func=lambda item: f"{label_of(review, by_id[item], forms)} – {WORDS[by_id[item].state]}",
        key=widget,
        on_change=choosing.keep,
        args=(reviewer, choosing.CHOSEN_RESULT),
    )
    line = by_id[chosen]
    form = forms.get(line.slot.form)
    if form is None:
        st.error(
            text.literal(f"This result was opened with the form {line.slot.form}, which the review no longer has.")
        )
        return
    one_result(store, review, reviewer, study, line, form, lines)


def _of_trial(line: ResultLine, forms: dict[str, Form]) -> bool:
    form = forms.get(line.slot.form)
    return form is not None and form.scope == "trial"


def label_of(review: ReviewDefinition, line: ResultLine, forms: dict[str, Form]) -> str:
    """What a result is called in a menu: its own label, or its indication; a trial's form by its title."""
    if _of_trial(line, forms):
        return f"The trial: {forms[line.slot.form].title}"
    labels = {item.key: item.short for item in review.indications}
    return line.slot.label or labels.get(line.slot.indication or "", "Result") or "Result"


def _begin_trial_forms(study: Study, lines: list[ResultLine], forms: dict[str, Form], reviewer: str) -> None:
    opened = {line.slot.form for line in lines}
    waiting = [form for form in forms.values() if form.scope == "trial" and form.form not in opened]
    if not waiting:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        parts.quiet("Filled in once for the trial:")
        for form in waiting:
            st.button(
                text.literal(form.title),
                key=f"studies:trial-form:{study.id}:{form.form}",
                icon=":material/add:",
                help=text.literal(form.help) or None,
                on_click=_open_trial_form,
                args=(study.id, form.form, form.title, reviewer),
            )


@faults.callback
def _open_trial_form(study: str, form: str, title: str, reviewer: str) -> None:
    store = context.store()
    identity = str(uuid.uuid5(_FACTS, f"trial form {form} of {study}"))
    if any(slot.id == identity for slot in store.results(study, ended=True)):
        store.restore_result(identity, by=reviewer)
    slot = store.add_result(study, form, None, label=title, by=reviewer, id=identity)
    choosing.choose(reviewer, study, slot.id)


def _add_result(review: ReviewDefinition, reviewer: str, study: Study, forms: dict[str, Form], *, opened: int) -> None:
    labels = {item.key: item.label for item in review.indications}
    indication = st.selectbox(
        "Main indication", list(labels), index=None, format_func=lambda item: labels.get(item, item),
        placeholder="Choose an indication", key=f"add:indication:{study.id}:{opened}",
    )  # fmt: skip
    offered = review.indication(indication).forms if indication else ()
    fitting = [name for name in offered if name in forms and forms[name].scope == "result"]
    form = st.selectbox(
        "Form",
        fitting,
        index=None,
        format_func=lambda name: forms[name].title if name in forms else name,
        placeholder="Choose how the numbers are printed" if indication else "Choose the indication first",
        key=f"add:form:{study.id}:{opened}:{indication}",
    )
    if form is not None and forms[form].help:
        parts.quiet(forms[form].help)
    label = st.text_input(
        "Name of the result",
        key=f"add:label:{study.id}:{opened}",
        max_chars=120,
        help="For the menus, such as “Pain, 10 Hz M1 against sham, week 4”",
    )
    st.button(
        "Add the result",
        type="primary",
        key=f"add:now:{study.id}:{opened}",
        disabled=indication is None or form is None,
        on_click=_open_result,
        args=(study.id, form, indication, (label or "").strip(), reviewer, opened),
    )


@faults.callback
def _open_result(study: str, form: str, indication: str, label: str, reviewer: str, opened: int) -> None:
    identity = str(uuid.uuid5(_FACTS, f"result {opened} of {study}: {form}, {indication}, {label}, {reviewer}"))
    slot = context.store().add_result(study, form, indication, label=label, by=reviewer, id=identity)
    choosing.choose(reviewer, study, slot.id)


def one_result(
    store: Store,
    review: ReviewDefinition,
    reviewer: str,
    study: Study,
    line: ResultLine,
    form: Form,
    lines: list[ResultLine],
) -> None:
    """The chosen one: filled in, compared, or read; then its history."""
    parts.show(Markup("<p>{} {}</p>").format(text.badge(WORDS[line.state], TONES[line.state]), text.badge(form.title)))
    older_version.show(store, line, form, reviewer)
    desk = Desk(slot=line.slot, form=form, reviewer=reviewer)
    needed = review.extraction.extractors_needed
    mine = line.extractors.get(reviewer)
    trial = trial_form.answers_seen(store, lines, context.forms(), reviewer)
    abandoned.own(store, line, desk)
    # who holds a draft goes on with it unseeing, whatever the others have finished; a consensus takes no more answers
    at_work = mine == "draft" and line.state is not ResultState.SETTLED
    if at_work or (line.state is not ResultState.CONFLICT and line.waits_for(reviewer, needed=needed)):
        filling.show(store, study, desk, trial)
    elif mine != "draft":
        two_windows.show(store, desk, {})
        with quoting.beside(store, study, reviewer):
            if line.state is ResultState.CONFLICT:
                comparing.show(store, line, form, reviewer, trial)
            else:
                opening_again.say_not_recorded(line, reviewer)
                reading_answers.show(store, line, form, reviewer, trial)
            if mine == "final" and line.state is not ResultState.SETTLED and desk.stale_key not in st.session_state:
                st.button("Change my own answers", key=f"reopen:{line.slot.id}", on_click=saving.reopen, args=(desk,))
        opening_again.show(store, line, reviewer)
    abandoned.of_others(store, line, reviewer)
    value_history.show(store, line, form, reviewer)
    _end_result(line, reviewer)


def _end_result(line: ResultLine, reviewer: str) -> None:
    with st.expander("This was opened in error"):
        reason = st.text_input("Why", key=f"studies:end-result:{line.slot.id}", max_chars=500)
        st.button(
            "Take it out of the review",
            key=f"studies:end-result-now:{line.slot.id}",
            disabled=not (reason or "").strip(),
            help="It leaves every list and analysis; “Taken out” brings it back with everything in it",
            on_click=_end,
            args=(line.slot.id, (reason or "").strip(), reviewer),
        )


@faults.callback
def _end(result: str, reason: str, reviewer: str) -> None:
    context.store().end_result(result, reason=reason, by=reviewer)
