"""Two extractions side by side: only what differs, each difference settled by one of the two values or a new one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st
from markupsafe import Markup

from workbench.extraction import (
    FORM,
    Chosen,
    Extraction,
    all_differences,
    answers_of,
    combined,
    common_path,
    flat,
    latest_revisions,
)
from workbench.forms import NOT_REPORTED, QUOTES, Answers, Form, FormField, TableField, is_empty, is_not_reported
from workbench.store import Store
from workbench.ui import context, form_widgets, parts, text
from workbench.ui.extraction import effect_preview, saving, value_history
from workbench.ui.extraction.saving import Desk
from workbench.ui.faults import callback
from workbench.ui.form_widgets.shown import as_answer, as_shown
from workbench.ui.form_widgets.single import widget
from workbench.ui.worklists import ResultLine

OTHER = "another value"
Finals = tuple[Extraction, ...]


def show(store: Store, line: ResultLine, form: Form, reviewer: str, trial: Answers) -> None:
    """The differences of the final extractions, and the consensus that is being made of them."""
    settled = line.settled
    if settled is None:
        return
    finals = finals_of(store, line)
    if FORM in settled.differences or len(finals) < 2:
        st.error("The extractors used different forms. Agree on one; whoever used the other changes their own answers.")
        return
    names = {item.id: context.display_name(item.extractor) for item in finals}
    desk = Desk(slot=line.slot, form=form, reviewer=reviewer, role="consensus")
    saved = desk.saved(store)
    held = dict(saved.answers) if saved is not None and saved.state == "draft" else {}
    note_key = f"{desk.prefix}#why"
    st.session_state.setdefault(note_key, saved.note if saved is not None else "")
    st.session_state[desk.revision_key] = saved.revision if saved is not None else 0
    paths = all_differences(finals)
    same = len(flat(finals[0].answers).keys() - set(paths))
    st.subheader(f"Differences: {len(paths)}", anchor=False)
    parts.quiet(
        f"Only what differs is shown; {same} answers are the same. "
        "Choose one extractor's answer, or give another value and say why."
    )
    for path in paths:
        _difference(desk, finals, names, path, held)
    st.text_area(
        "Why (needed where neither extractor's value is taken)",
        key=note_key,
        max_chars=5000,
        on_change=_keep,
        args=(desk, finals),
    )
    choices = _choices(desk, finals, paths)
    answers = combined(finals, choices)
    if form.scope == "result":
        effect_preview.show(form, answers, line.slot, line.study, trial)
    errors = form_widgets.errors_of(form, answers)
    unexplained = any(not choice.extraction for choice in choices.values()) and not st.session_state[note_key].strip()
    if len(choices) < len(paths):
        parts.quiet(f"{len(paths) - len(choices)} of {len(paths)} differences are open.")
    elif unexplained:
        parts.quiet("Say why another value is taken.")
    elif errors:
        parts.show(text.join(Markup('<div class="wb-problem error">Error: {}</div>').format(error) for error in errors))
    st.button(
        "Record the consensus",
        type="primary",
        key=f"consensus:{desk.prefix}",
        disabled=len(choices) < len(paths) or unexplained or bool(errors),
        on_click=_record,
        args=(desk, finals),
    )


def finals_of(store: Store, line: ResultLine) -> Finals:
    """The extractors' final answers, in order of recording."""
    standing = latest_revisions(map(context.current_forms().bring, store.extractions(result=line.slot.id)))
    return tuple(item for item in standing if item.role == "extractor" and item.state == "final")


def _choice_key(desk: Desk, path: str) -> str:
    return f"{desk.prefix}:{path}#choice"


def _other_key(desk: Desk, path: str) -> str:
    return f"{desk.prefix}:{path}#other"


def _silent_key(desk: Desk, path: str) -> str:
    return f"{desk.prefix}:{path}#other:not_reported"


def _difference(desk: Desk, finals: Finals, names: Mapping[str, str], path: str, held: Mapping[str, Any]) -> None:
    """One value on which the extractors differ."""
    field, label = value_history.field_of(desk.form, path), value_history.called(desk.form, path)
    with st.container(border=True):
        parts.show(
            text.table(
                ("Extractor", "Answer", "Where it stands"),
                (
                    (
                        names[item.id],
                        form_widgets.shown_answer(field, answers_of(item, path, finals[0])),
                        _place(item, path, finals[0]),
                    )
                    for item in finals
                ),
                caption=label,
            )
        )
        _preset(desk, finals, path, held)
        st.radio(
            f"Take for “{text.literal(label)}”",
            [*names, OTHER],
            index=None,
            format_func=lambda item: text.literal(names.get(item, item)),
            horizontal=True,
            key=_choice_key(desk, path),
            on_change=_keep,
            args=(desk, finals),
        )
        if _can_be_typed(field) and st.session_state.get(_choice_key(desk, path)) == OTHER:
            _other(desk, finals, path, field)


def _can_be_typed(field: FormField | None) -> bool:
    return field is not None and not isinstance(field, TableField)


def _place(item: Extraction, path: str, first: Extraction) -> str:
    """The quote of this value, or else that of the whole result."""
    quotes = item.answers.get(QUOTES)
    for own, quote in quotes.items() if isinstance(quotes, dict) else ():
        if isinstance(quote, dict) and common_path(item.answers, own, first.answers) == path:
            return " – ".join(part for part in (quote.get("page") or "", quote.get("quote") or "") if part)
    whole = (item.answers.get("page"), item.answers.get("quote"))
    return " – ".join(part for part in whole if isinstance(part, str) and part)


def _other(desk: Desk, finals: Finals, path: str, field: FormField) -> None:
    """Another value than the extractors'."""
    silent = bool(st.session_state.get(_silent_key(desk, path)))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        widget(_other_key(desk, path), field, on_change=partial(_keep, desk, finals), disabled=silent)
        st.checkbox(
            "not reported",
            key=_silent_key(desk, path),
            on_change=_keep,
            args=(desk, finals),
            width="content",
        )


def _preset(desk: Desk, finals: Finals, path: str, held: Mapping[str, Any]) -> None:
    """After a reload: the choice that the saved draft of the consensus shows."""
    field, key = value_history.field_of(desk.form, path), _choice_key(desk, path)
    kept = held.get(CHOICES, {}).get(path) if isinstance(held.get(CHOICES), dict) else None
    if not isinstance(kept, dict):
        return
    if key not in st.session_state:
        known = {item.id for item in finals}
        st.session_state[key] = kept.get("extraction") if kept.get("extraction") in known else OTHER
    if field is not None and _can_be_typed(field):
        if _silent_key(desk, path) not in st.session_state:
            st.session_state[_silent_key(desk, path)] = is_not_reported(kept.get("value"))
        if _other_key(desk, path) not in st.session_state:
            st.session_state[_other_key(desk, path)] = as_shown(field, kept.get("value"))


CHOICES = "_choices"
"""Reserved in the drafts of a consensus: common path -> what was chosen, so that a reload shows the same."""


def _choices(desk: Desk, finals: Finals, paths: tuple[str, ...]) -> dict[str, Chosen]:
    """The choices on screen. Another value that is still empty is a choice, too: nothing is to stand there."""
    known = {item.id for item in finals}
    found: dict[str, Chosen] = {}
    for path in paths:
        choice = st.session_state.get(_choice_key(desk, path))
        if choice in known:
            found[path] = Chosen(extraction=choice)
        elif choice == OTHER:
            found[path] = Chosen(value=_typed(desk, path))
    return found


def _typed(desk: Desk, path: str) -> Any:
    if st.session_state.get(_silent_key(desk, path)):
        return dict(NOT_REPORTED)
    field = value_history.field_of(desk.form, path)
    shown = st.session_state.get(_other_key(desk, path))
    answer = as_answer(field, shown) if field is not None else None
    return None if is_empty(answer) else answer


@callback
def _keep(desk: Desk, finals: Finals) -> None:
    choices = _choices(desk, finals, all_differences(finals))
    kept = {path: {"extraction": choice.extraction, "value": choice.value} for path, choice in choices.items()}
    answers = combined(finals, choices) | {CHOICES: kept}
    saving.save(desk, answers, "draft", note=st.session_state.get(f"{desk.prefix}#why", ""))


@callback
def _record(desk: Desk, finals: Finals) -> None:
    choices = _choices(desk, finals, all_differences(finals))
    answers = saving.final_answers(desk.form, combined(finals, choices))
    saving.save(desk, answers, "final", note=st.session_state.get(f"{desk.prefix}#why", "").strip())
