"""Studies and extraction: from included reports to studies, from studies to results, from two extractions to one."""

from __future__ import annotations

import uuid
from functools import partial

import streamlit as st
from markupsafe import Markup

from workbench.extraction import Extraction, ResultState, Study
from workbench.forms import Form
from workbench.review import ReviewDefinition
from workbench.store import Store
from workbench.ui import (
    alerting,
    context,
    effect_preview,
    extracting,
    faults,
    form_widgets,
    parts,
    prefill,
    text,
    worklists,
)
from workbench.ui.extracting import Desk
from workbench.ui.full_texts import linking
from workbench.ui.pages import comparison
from workbench.ui.worklists import ResultLine

CHOSEN_STUDY, CHOSEN_RESULT = "studies:study", "studies:result"
_FACTS = uuid.UUID("c0a6a6e2-0a39-4c36-9d9b-2e0b6a0d7f11")  # names ids below; never change it
TONES: dict[ResultState, text.Tone] = {
    ResultState.EMPTY: "plain",
    ResultState.DRAFT: "plain",
    ResultState.WAITING: "warning",
    ResultState.CONFLICT: "error",
    ResultState.AGREED: "good",
    ResultState.SETTLED: "good",
}
WORDS = {
    ResultState.EMPTY: "not begun",
    ResultState.DRAFT: "draft",
    ResultState.WAITING: "waiting for the second extractor",
    ResultState.CONFLICT: "in conflict",
    ResultState.AGREED: "agreed",
    ResultState.SETTLED: "settled by consensus",
}


def page() -> None:
    """Choose a study, then a result, then fill in, compare or read it."""
    parts.heading("Studies and extraction")
    store, review, reviewer = context.store(), context.review(), context.known_reviewer_name()
    waiting = worklists.reports_without_study(store, review)
    st.session_state.setdefault("studies:view", "Studies")
    view = st.segmented_control(
        "Show",
        ["Studies", "Reports"],
        format_func=lambda name: f"Reports without a study ({len(waiting)})" if name == "Reports" else name,
        required=True,
        key="studies:view",
        label_visibility="collapsed",
    )
    if view == "Reports":
        reports_to_place(reviewer, waiting)
    else:
        studies(store, review, reviewer, waiting)


# --- reports become studies -------------------------------------------------------------------------------------------


def reports_to_place(reviewer: str, waiting: tuple[str, ...]) -> None:
    """Included reports that no study names: make a study of each, or add it to one."""
    if not waiting:
        parts.empty("Every included report belongs to a study.", then="New ones appear here as screening goes on.")
        return
    linking.reports_to_place(waiting, reviewer, then=partial(_show_study, reviewer))


def _show_study(reviewer: str, study: str) -> None:
    _choose(reviewer, study, None)


def _choose(reviewer: str, study: str | None, result: str | None) -> None:
    """Show this study and result, also after a reload."""
    store = context.store()
    for preference, value in ((CHOSEN_STUDY, study), (CHOSEN_RESULT, result)):
        if store.preference(reviewer, preference) != value:
            store.set_preference(reviewer, preference, value)
        st.session_state[f"{preference}:{reviewer}"] = value
    st.session_state["studies:view"] = "Studies"


# --- studies and their results ----------------------------------------------------------------------------------------


def studies(store: Store, review: ReviewDefinition, reviewer: str, waiting: tuple[str, ...]) -> None:
    """All studies with what is to be done, and the one that was chosen."""
    known = {study.id: study for study in store.studies()}
    if not known:
        if waiting:
            parts.empty(
                "There are no studies yet.",
                then=f"{len(waiting)} included reports wait above, under “Reports without a study”.",
            )
        else:
            parts.empty("There are no studies yet.", then="They are made from reports that screening has included.")
        return
    lines = worklists.result_lines(store, review)
    marks = {study: _mark(lines, study, reviewer, review) for study in known}
    widget = f"{CHOSEN_STUDY}:{reviewer}"
    if st.session_state.get(widget) not in known:
        kept = store.preference(reviewer, CHOSEN_STUDY)
        st.session_state[widget] = kept if kept in known else None
    chosen = st.selectbox(
        "Study",
        list(known),
        index=None,
        format_func=lambda item: f"{known[item].label} – {marks[item]}",
        placeholder="Choose a study",
        key=widget,
        on_change=_keep,
        args=(reviewer, CHOSEN_STUDY),
    )
    if chosen is None:
        _overview(known, lines)
        return
    _study_head(store, known[chosen])
    mine = [line for line in lines if line.slot.study == chosen]
    _results_of(store, review, reviewer, known[chosen], mine)


@faults.callback
def _keep(reviewer: str, preference: str) -> None:
    context.store().set_preference(reviewer, preference, st.session_state.get(f"{preference}:{reviewer}"))


def _mark(lines: tuple[ResultLine, ...], study: str, reviewer: str, review: ReviewDefinition) -> str:
    """A study's line in the menu: what waits, in few words."""
    mine = [line for line in lines if line.slot.study == study]
    if not mine:
        return "no results yet"
    todo = sum(line.waits_for(reviewer, needed=review.extraction.extractors_needed) for line in mine)
    conflicts = sum(line.state is ResultState.CONFLICT for line in mine)
    said = [f"{len(mine)} result{'s' if len(mine) > 1 else ''}"]
    said += [f"{todo} waiting for you"] if todo else []
    said += [f"{conflicts} in conflict"] if conflicts else []
    return ", ".join(said)


def _overview(known: dict[str, Study], lines: tuple[ResultLine, ...]) -> None:
    rows = []
    for study in known.values():
        states = worklists.counted([line for line in lines if line.slot.study == study.id])
        rows.append(
            (
                study.label,
                len(study.reports),
                sum(states.values()),
                states[ResultState.EMPTY] + states[ResultState.DRAFT] + states[ResultState.WAITING],
                states[ResultState.CONFLICT],
                states[ResultState.AGREED] + states[ResultState.SETTLED],
            )
        )
    parts.show(
        text.table(
            ("Study", "Reports", "Results", "In work", "In conflict", "Settled"),
            rows,
            caption=f"All {len(rows)} studies",
            numbers=range(1, 6),
        )
    )


def _study_head(store: Store, study: Study) -> None:
    records = store.records_of(study.reports)
    st.header(text.literal(study.label), anchor=False)
    parts.show(
        text.join(
            Markup('<div>{} <span class="wb-quiet">{}</span> {}</div>').format(
                text.clean(record.title), text.citation(record), text.record_links(record)
            )
            for record in records
        )
    )
    alerting.about_study(alerting.current(), study.id)


def _correct(study: Study, titles: dict[str, str]) -> None:
    """Another label, or a report that does not belong here; what stood before stays in the history."""
    reviewer = context.known_reviewer_name()
    label = st.text_input("Label", value=study.label, max_chars=120, key=f"studies:rename:{study.id}")
    st.button(
        "Change the label",
        key=f"studies:rename-now:{study.id}",
        disabled=not (label or "").strip() or label == study.label,
        on_click=_rename,
        args=(study.id, (label or "").strip(), reviewer),
    )
    wrong = st.selectbox(
        "A report that does not belong to this study",
        list(titles),
        index=None,
        format_func=lambda key: titles.get(key, key),
        placeholder="Choose a report",
        key=f"studies:unlink:{study.id}",
    )
    st.button(
        "Take it out of the study",
        key=f"studies:unlink-now:{study.id}",
        disabled=wrong is None,
        on_click=_take_out,
        args=(study.id, wrong, reviewer),
    )


@faults.callback
def _rename(study: str, label: str, reviewer: str) -> None:
    context.store().rename_study(study, label, by=reviewer)


@faults.callback
def _take_out(study: str, report: str, reviewer: str) -> None:
    context.store().unlink_report(study, report, by=reviewer)


def _results_of(store: Store, review: ReviewDefinition, reviewer: str, study: Study, lines: list[ResultLine]) -> None:
    forms = context.forms()
    by_id = {line.slot.id: line for line in lines}
    left, right = st.columns([3, 2])
    with left, st.expander("Add a result (a comparison, an outcome, a time point)", expanded=not lines):
        _add_result(review, reviewer, study, forms, opened=len(lines))
    with right, st.expander("Correct the study"):
        _correct(study, {record.key: text.one_line(record.title) for record in store.records_of(study.reports)})
    if not lines:
        return
    widget = f"{CHOSEN_RESULT}:{reviewer}"
    if st.session_state.get(widget) not in by_id:
        kept = store.preference(reviewer, CHOSEN_RESULT)
        st.session_state[widget] = kept if kept in by_id else lines[0].slot.id
    chosen = st.selectbox(
        "Result",
        list(by_id),
        format_func=lambda item: f"{result_label(review, by_id[item])} – {WORDS[by_id[item].state]}",
        key=widget,
        on_change=_keep,
        args=(reviewer, CHOSEN_RESULT),
    )
    line = by_id[chosen]
    form = forms.get(line.slot.form)
    if form is None:
        st.error(
            text.literal(f"This result was opened with the form {line.slot.form}, which the review no longer has.")
        )
        return
    _one_result(store, review, reviewer, study, line, form)


def result_label(review: ReviewDefinition, line: ResultLine) -> str:
    """What a result is called in a menu: its own label, or its indication."""
    labels = {item.key: item.short for item in review.indications}
    return line.slot.label or labels.get(line.slot.indication or "", "Result") or "Result"


def _add_result(review: ReviewDefinition, reviewer: str, study: Study, forms: dict[str, Form], *, opened: int) -> None:
    labels = {item.key: item.label for item in review.indications}
    indication = st.selectbox(
        "Main indication", list(labels), index=None, format_func=lambda item: labels.get(item, item),
        placeholder="Choose an indication", key=f"add:indication:{study.id}:{opened}",
    )  # fmt: skip
    fitting = [name for name in (review.indication(indication).forms if indication else ()) if name in forms]
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
    _choose(reviewer, study, slot.id)


# --- one result -------------------------------------------------------------------------------------------------------


def _one_result(
    store: Store, review: ReviewDefinition, reviewer: str, study: Study, line: ResultLine, form: Form
) -> None:
    parts.show(Markup("<p>{} {}</p>").format(text.badge(WORDS[line.state], TONES[line.state]), text.badge(form.title)))
    desk = Desk(slot=line.slot, form=form, reviewer=reviewer)
    needed = review.extraction.extractors_needed
    mine = line.extractors.get(reviewer)
    if line.state is ResultState.CONFLICT:
        comparison.show(store, line, form, reviewer)
        if mine == "final":
            st.button("Change my own answers", key=f"reopen:{line.slot.id}", on_click=extracting.reopen, args=(desk,))
    elif line.waits_for(reviewer, needed=needed):
        fill_in(store, study, desk)
    else:
        read(store, line, form, reviewer)
        if mine == "final" and line.state is not ResultState.SETTLED:
            st.button("Change my own answers", key=f"reopen:{line.slot.id}", on_click=extracting.reopen, args=(desk,))
    history(store, line)


def fill_in(store: Store, study: Study, desk: Desk) -> None:
    """The form, a draft of which is saved with every change."""
    earlier = store.extractions(study=study.id)
    first, source = prefill.first_answers(desk.form, study, desk.slot, earlier, desk.reviewer)
    answers = extracting.open_desk(desk, store, first)
    saved = desk.saved(store)
    if desk.stale_key in st.session_state:
        st.warning(text.literal(st.session_state[desk.stale_key]))
        st.button(
            "Show the newer answers here", key=f"newer:{desk.prefix}", on_click=extracting.load_newer, args=(desk,)
        )
    parts.quiet(
        " ".join(
            (
                _saved_so_far(saved, source),
                "Each field is saved as you leave it. Fields with * need an answer, or “not reported”.",
                desk.form.help,
            )
        )
    )
    problems = form_widgets.problems_by_field(desk.form, answers)
    tabs = st.tabs([text.literal(item.title) for item in desk.form.sections], key=f"tabs:{desk.prefix}")
    for section, tab in zip(desk.form.sections, tabs, strict=True):
        with tab:
            form_widgets.show_section(
                desk.prefix,
                section,
                answers,
                form_widgets.shown_problems(section, answers, problems),
                on_change=_saver(desk, answers),
            )
    effect_preview.show(desk.form, answers, desk.slot, study)
    _finish(desk, answers, problems)


def _saved_so_far(saved: Extraction | None, source: Extraction | None) -> str:
    if saved is not None:
        return f"Saved as {saved.state}, revision {saved.revision}, {text.when(saved.recorded_at)}."
    if source is not None:
        return "The trial, the stimulation and the sham come from your earlier result of this study: check them."
    return "Nothing is saved yet: the first change saves a draft."


def _saver(desk: Desk, answers: dict[str, object]) -> form_widgets.OnChange:
    def save() -> None:
        extracting.save_draft(desk, answers)

    return save


def _finish(desk: Desk, answers: dict[str, object], problems: form_widgets.Problems) -> None:
    errors = [item for found in problems.values() for item in found if item.level == "error"]
    warnings = [item for found in problems.values() for item in found if item.level == "warning"]
    st.subheader("Finish", anchor=False)
    if errors or warnings:
        titles = {field.key: section.title for section in desk.form.sections for field in section.fields}
        with st.expander(f"{len(errors)} missing or to mend, {len(warnings)} to check", key=f"problems:{desk.prefix}"):
            parts.show(
                text.table(
                    ("Where", "What", ""),
                    ((titles.get(item.field, ""), item.message, item.level) for item in (*errors, *warnings)),
                    caption="What keeps the extraction from being final, and what deserves a second look",
                )
            )
    st.button(
        "Finish this extraction",
        type="primary",
        key=f"finish:{desk.prefix}",
        disabled=bool(errors) or desk.stale_key in st.session_state,
        help="Your answers then count; you can change them later, which is recorded",
        on_click=extracting.finish,
        args=(desk, answers),
    )


def read(store: Store, line: ResultLine, form: Form, reviewer: str) -> None:
    """Answers for reading: one's own while the other extractor is at work, what stands once both are done."""
    settled = line.settled
    if settled is None:
        parts.empty("This result is with other extractors.", then="You will see it when they have finished.")
        return
    if line.state in (ResultState.AGREED, ResultState.SETTLED):
        who = ", ".join(context.display_name(name) for name in settled.extractors)
        parts.quiet(f"What stands, by {who}.")
        if settled.changed_after_consensus:
            st.warning("An extractor changed their answers after the consensus: look at the history.")
        answers = dict(settled.answers)
    else:
        own = Desk(slot=line.slot, form=form, reviewer=reviewer).saved(store)
        if own is None:
            parts.empty("This result is with other extractors.", then="You will see it when they have finished.")
            return
        parts.quiet("Your answers are final. The other extractor has not finished; until then nobody sees the other's.")
        answers = dict(own.answers)
    effect_preview.show(form, answers, line.slot, line.study)
    for section in form.sections:
        shown = [(field.label, form_widgets.shown_answer(field, answers.get(field.key))) for field in section.fields
                 if field.applies(answers)]  # fmt: skip
        with st.expander(text.literal(section.title)):
            parts.show(text.facts(shown))


def history(store: Store, line: ResultLine) -> None:
    """Who did what with this result, and when."""
    with st.expander("History"):
        parts.show(
            text.table(
                ("When", "Who", "What", "Detail"),
                (
                    (text.when(event.at), context.display_name(event.by), event.action, event.detail)
                    for event in reversed(store.history(line.slot.id))
                ),
                caption="What was recorded about this result, newest first",
            )
        )
