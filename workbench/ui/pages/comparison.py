"""Two extractions side by side: only what differs, each difference settled by one of the two values or a new one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st
from markupsafe import Markup

from workbench.extraction import FORM, Extraction, differences, latest_revisions
from workbench.forms import Form, FormField, is_empty
from workbench.store import Store
from workbench.ui import context, effect_preview, extracting, faults, form_widgets, parts, text
from workbench.ui.extracting import Desk
from workbench.ui.worklists import ResultLine

OTHER = "another value"


def show(store: Store, line: ResultLine, form: Form, reviewer: str) -> None:
    """The differences of the final extractions, and the consensus that is being made of them."""
    settled = line.settled
    if settled is None:
        return
    finals = finals_of(store, line)
    names = {item.id: context.display_name(item.extractor) for item in finals}
    if FORM in settled.differences:
        st.error("The extractors used different forms. Agree on one; whoever used the other changes their own answers.")
        return
    desk = Desk(slot=line.slot, form=form, reviewer=reviewer, role="consensus")
    saved = desk.saved(store)
    held = dict(saved.answers) if saved is not None and saved.state == "draft" else dict(settled.answers)
    note_key = f"{desk.prefix}#why"
    st.session_state.setdefault(note_key, saved.note if saved is not None else "")
    st.session_state[desk.revision_key] = saved.revision if saved is not None else 0
    form_widgets.seed(desk.prefix, form, held)
    st.subheader(f"Differences: {len(settled.differences)}", anchor=False)
    parts.quiet("Only what differs is shown. Choose one extractor's answer, or give another value and say why.")
    for key in settled.differences:
        _difference(desk, finals, names, key, held, settled.answers)
    st.text_area(
        "Why (needed where neither extractor's value is taken)",
        key=note_key,
        max_chars=5000,
        on_change=_keep,
        args=(desk, finals, settled.answers, settled.differences),
    )
    answers = chosen_answers(desk, finals, settled.answers, settled.differences)
    effect_preview.show(form, answers, line.slot, line.study)
    open_keys = [key for key in settled.differences if key not in _choices(desk, finals, settled.differences)]
    errors = [
        item.message
        for found in form_widgets.problems_by_field(form, answers).values()
        for item in found
        if item.level == "error"
    ]
    unexplained = _needs_reason(desk, finals, settled.differences) and not st.session_state[note_key].strip()
    if open_keys:
        parts.quiet(f"{len(open_keys)} of {len(settled.differences)} differences are open.")
    elif unexplained:
        parts.quiet("Say why another value is taken.")
    elif errors:
        parts.show(text.join(Markup('<div class="wb-problem error">Error: {}</div>').format(error) for error in errors))
    st.button(
        "Record the consensus",
        type="primary",
        key=f"consensus:{desk.prefix}",
        disabled=bool(open_keys or unexplained or errors),
        on_click=_record,
        args=(desk, finals, settled.answers, settled.differences),
    )


def finals_of(store: Store, line: ResultLine) -> tuple[Extraction, ...]:
    """The extractors' final answers, in order of recording; empty while anybody is still at work."""
    standing = latest_revisions(store.extractions(result=line.slot.id))
    return tuple(item for item in standing if item.role == "extractor" and item.state == "final")


def _choice_key(desk: Desk, key: str) -> str:
    return f"{desk.prefix}:{key}#choice"


def _difference(
    desk: Desk,
    finals: tuple[Extraction, ...],
    names: Mapping[str, str],
    key: str,
    held: Mapping[str, Any],
    common: Mapping[str, Any],
) -> None:
    """One field on which the extractors differ."""
    field = _field(desk.form, key)
    label = field.label if field is not None else key
    with st.container(border=True):
        parts.show(
            text.table(
                ("Extractor", "Answer", "Where it stands"),
                (
                    (
                        names[item.id],
                        form_widgets.shown_answer(field, item.answers.get(key)),
                        text.join((item.answers.get("page") or "", item.answers.get("quote") or ""), " – ")
                        if isinstance(item.answers.get("quote"), str)
                        else "",
                    )
                    for item in finals
                ),
                caption=label,
            )
        )
        _preset(desk, finals, key, held)
        st.radio(
            f"Take for “{text.literal(label)}”",
            [*names, OTHER],
            index=None,
            format_func=lambda item: text.literal(names.get(item, item)),
            horizontal=True,
            key=_choice_key(desk, key),
            on_change=_keep,
            args=(desk, finals, common, desk_differences(finals)),
        )
        if field is not None and st.session_state.get(_choice_key(desk, key)) == OTHER:
            form_widgets.show_field(
                desk.prefix, field, on_change=partial(_keep, desk, finals, common, desk_differences(finals))
            )


def _field(form: Form, key: str) -> FormField | None:
    return next((field for field in form.fields if field.key == key), None)


def desk_differences(finals: tuple[Extraction, ...]) -> tuple[str, ...]:
    """The fields on which any of the final extractions differs from the first."""
    found = {key for other in finals[1:] for key in differences(finals[0].answers, other.answers)}
    return tuple(sorted(found))


def _preset(desk: Desk, finals: tuple[Extraction, ...], key: str, held: Mapping[str, Any]) -> None:
    """After a reload: the choice that the saved draft of the consensus shows."""
    choice = _choice_key(desk, key)
    if choice in st.session_state or is_empty(held.get(key)):
        return
    taken = [item.id for item in finals if not differences({key: item.answers.get(key)}, {key: held[key]})]
    st.session_state[choice] = taken[0] if taken else OTHER


def _choices(desk: Desk, finals: tuple[Extraction, ...], keys: tuple[str, ...]) -> dict[str, str]:
    known = {item.id for item in finals} | {OTHER}
    chosen = {key: st.session_state.get(_choice_key(desk, key)) for key in keys}
    return {key: choice for key, choice in chosen.items() if choice in known}


def chosen_answers(
    desk: Desk, finals: tuple[Extraction, ...], common: Mapping[str, Any], keys: tuple[str, ...]
) -> dict[str, Any]:
    """What both agree on, with the choices made so far."""
    answers = dict(common)
    by_id = {item.id: item for item in finals}
    for item in finals:  # where the numbers stand is never in conflict: keep what anybody noted
        for key, answer in item.answers.items():
            if key not in keys and key not in answers and not is_empty(answer):
                answers[key] = answer
    on_screen = form_widgets.collect(desk.prefix, desk.form, {})
    for key, choice in _choices(desk, finals, keys).items():
        answer = on_screen.get(key) if choice == OTHER else by_id[choice].answers.get(key)
        if is_empty(answer):
            answers.pop(key, None)
        else:
            answers[key] = answer
    return answers


def _needs_reason(desk: Desk, finals: tuple[Extraction, ...], keys: tuple[str, ...]) -> bool:
    return OTHER in _choices(desk, finals, keys).values()


@faults.callback
def _keep(desk: Desk, finals: tuple[Extraction, ...], common: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    answers = chosen_answers(desk, finals, common, keys)
    extracting.save(desk, answers, "draft", note=st.session_state.get(f"{desk.prefix}#why", ""))


@faults.callback
def _record(desk: Desk, finals: tuple[Extraction, ...], common: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    answers = extracting.final_answers(desk.form, chosen_answers(desk, finals, common, keys))
    extracting.save(desk, answers, "final", note=st.session_state.get(f"{desk.prefix}#why", "").strip())
