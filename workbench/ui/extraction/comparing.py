"""Two extractions side by side: only what differs, each difference settled by one of the two values or a new one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st
from markupsafe import Markup

from workbench.extraction import (
    FORM,
    PLACE,
    Extraction,
    all_differences,
    answers_of,
    combined,
    common_path,
    differing_places,
    flat,
    is_row,
    last_word,
    latest_revisions,
    taken_from,
    with_basis,
)
from workbench.forms import QUOTES, Answers, Form, FormField, TableField
from workbench.store import Store
from workbench.ui import context, form_widgets, parts, text
from workbench.ui.extraction import choices, effect_preview, saving, value_history
from workbench.ui.extraction.choices import AS_NUMBERS, OTHER, Finals
from workbench.ui.extraction.saving import Desk
from workbench.ui.extraction.words import after_seeing
from workbench.ui.faults import callback
from workbench.ui.form_widgets.single import widget
from workbench.ui.worklists import ResultLine


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
    paths = all_differences(finals)
    shown = (*paths, PLACE) if PLACE in form.keys and differing_places(finals) else paths
    _begin(store, desk, finals, shown)
    _stale(store, desk)
    same = len(flat(finals[0].answers).keys() - set(paths))
    st.subheader(f"Differences: {len(paths)}", anchor=False)
    parts.quiet(
        f"Only what differs is shown; {same} answers are the same. "
        "Choose one extractor's answer, or give another value and say why."
    )
    if late := after_seeing(settled.changed_after_seeing):
        st.info(text.literal(late))
    for path in shown:
        _difference(desk, finals, names, path, shown)
    st.text_area(
        "Why (needed where neither extractor's value is taken)",
        key=choices.note_key(desk),
        max_chars=5000,
        on_change=_keep,
        args=(desk, finals, shown),
    )
    made = choices.on_screen(desk, finals, shown)
    answers = combined(finals, made)
    if form.scope == "result":
        effect_preview.show(form, answers, line.slot, line.study, trial)
    errors = form_widgets.errors_of(form, answers)
    open_still = len(paths) - len(made.keys() & set(paths))
    own_values = any(not choice.extraction for path, choice in made.items() if path != PLACE)
    unexplained = own_values and not st.session_state[choices.note_key(desk)].strip()
    if open_still:
        parts.quiet(f"{open_still} of {len(paths)} differences are open.")
    elif unexplained:
        parts.quiet("Say why another value is taken.")
    elif errors:
        parts.show(text.join(Markup('<div class="wb-problem error">Error: {}</div>').format(error) for error in errors))
    st.button(
        "Record the consensus",
        type="primary",
        key=f"consensus:{desk.prefix}",
        disabled=bool(open_still) or unexplained or bool(errors),
        on_click=_record,
        args=(desk, finals, shown),
    )


def finals_of(store: Store, line: ResultLine) -> Finals:
    """The extractors' final answers, in order of recording."""
    standing = latest_revisions(map(context.current_forms().bring, store.extractions(result=line.slot.id)))
    return tuple(item for item in standing if item.role == "extractor" and item.state == "final")


def _begin(store: Store, desk: Desk, finals: Finals, paths: tuple[str, ...]) -> None:
    """Put on screen what was chosen so far: by this reviewer, or in the consensus that was opened again."""
    known = tuple(map(context.current_forms().bring, store.extractions(result=desk.slot.id)))
    counted = max((item.revision for item in known if item.role == "consensus"), default=0)
    own = desk.saved(store)
    before = own if own is not None else last_word(known)
    there = any(choices.choice_key(desk, path) in st.session_state for path in paths)
    if not there or desk.revision_key not in st.session_state:
        st.session_state[desk.revision_key] = counted
        st.session_state.pop(desk.stale_key, None)
    note = before.note if before is not None and before.state != "withdrawn" else ""
    st.session_state.setdefault(choices.note_key(desk), note)
    by_id = {item.id: item for item in known}
    for path in paths:
        choices.preset(desk, finals, by_id, path, before.answers if before is not None else {})


def _stale(store: Store, desk: Desk) -> None:
    """What was not recorded, and why; and the ways on."""
    if desk.stale_key not in st.session_state:
        return
    st.warning(text.literal(st.session_state[desk.stale_key]))
    known = [item.revision for item in store.extractions(result=desk.slot.id) if item.role == "consensus"]
    newest = max(known, default=0)
    if newest <= st.session_state.get(desk.revision_key, 0):
        return
    with st.container(horizontal=True, gap="small"):
        for label, ways in (("Go on with what is on screen", _go_on), ("Show what was saved last", _show_saved)):
            st.button(label, key=f"{label}:{desk.prefix}", on_click=ways, args=(desk, newest))


@callback
def _go_on(desk: Desk, newest: int) -> None:
    st.session_state[desk.revision_key] = newest
    st.session_state.pop(desk.stale_key, None)


@callback
def _show_saved(desk: Desk, newest: int) -> None:  # noqa: ARG001 - one of two ways
    for key in [key for key in st.session_state if isinstance(key, str) and key.startswith(desk.prefix)]:
        del st.session_state[key]


def _difference(desk: Desk, finals: Finals, names: Mapping[str, str], path: str, paths: tuple[str, ...]) -> None:
    """One value on which the extractors differ, or the words and the page that they quote."""
    field = value_history.field_of(desk.form, path)
    label = value_history.called(desk.form, path) if path != PLACE else "Where the numbers stand"
    with st.container(border=True):
        if path == PLACE:
            head: tuple[str, ...] = ("Extractor", "Quote and page")
            rows: list[tuple[object, ...]] = [(names[item.id], _own_place(item)) for item in finals]
        else:
            head = ("Extractor", "Answer", "Where it stands")
            rows = [
                (names[item.id], _answer(item, path, finals, field), _place(item, path, finals[0])) for item in finals
            ]
        parts.show(text.table(head, rows, caption=label))
        again = st.session_state.get(choices.asked_again_key(desk, path))
        if again and st.session_state.get(choices.choice_key(desk, path)) is None:
            st.info(
                f"{text.literal(context.display_name(again))} changed this answer after it was chosen: choose again."
            )
        st.radio(
            f"Take for “{text.literal(label)}”",
            choices.offered(desk, finals, path),
            index=None,
            format_func=lambda item: text.literal(names.get(item, item)),
            horizontal=True,
            key=choices.choice_key(desk, path),
            on_change=_keep,
            args=(desk, finals, paths),
        )
        if path == PLACE and st.session_state.get(choices.choice_key(desk, path)) == AS_NUMBERS:
            whose = taken_from(finals, choices.on_screen(desk, finals, paths))
            parts.quiet(f"As the choices stand: those of {names[whose.id]}.")
        if st.session_state.get(choices.choice_key(desk, path)) == OTHER:
            _other(desk, finals, path, field, paths)


def _answer(item: Extraction, path: str, finals: Finals, field: FormField | None) -> Markup:
    answer = answers_of(item, path, finals[0])
    if is_row(path):
        if answer is None:
            return Markup('<span class="wb-quiet">no such row</span>')
        return form_widgets.shown_answer(field, [answer])
    return form_widgets.shown_answer(field, answer)


def _place(item: Extraction, path: str, first: Extraction) -> str:
    """The quote of this value, or else that of the whole result."""
    quotes = item.answers.get(QUOTES)
    for own, quote in quotes.items() if isinstance(quotes, dict) else ():
        if isinstance(quote, dict) and own and common_path(item.answers, own, first.answers) == path:
            return " – ".join(part for part in (quote.get("page") or "", quote.get("quote") or "") if part)
    return _own_place(item)


def _own_place(item: Extraction) -> str:
    whole = (item.answers.get("page"), item.answers.get("quote"))
    return " – ".join(part for part in whole if isinstance(part, str) and part)


def _other(desk: Desk, finals: Finals, path: str, field: FormField | None, paths: tuple[str, ...]) -> None:
    """Another value than the extractors', with the words and the page where it stands."""
    keep = partial(_keep, desk, finals, paths)
    if path != PLACE and field is not None and not isinstance(field, TableField):
        silent = bool(st.session_state.get(choices.silent_key(desk, path)))
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            widget(choices.other_key(desk, path), field, on_change=keep, disabled=silent)
            st.checkbox("not reported", key=choices.silent_key(desk, path), on_change=keep, width="content")
    with st.container(horizontal=True, gap="small"):
        st.text_input("Its quote", key=choices.quote_key(desk, path), max_chars=5000, on_change=keep)
        st.text_input("Its page, table or figure", key=choices.page_key(desk, path), max_chars=200, on_change=keep)


@callback
def _keep(desk: Desk, finals: Finals, paths: tuple[str, ...]) -> None:
    saving.save(desk, _made(desk, finals, paths), "draft", note=st.session_state.get(choices.note_key(desk), ""))


@callback
def _record(desk: Desk, finals: Finals, paths: tuple[str, ...]) -> None:
    answers = saving.final_answers(desk.form, _made(desk, finals, paths))
    saving.save(desk, answers, "final", note=st.session_state.get(choices.note_key(desk), "").strip())


def _made(desk: Desk, finals: Finals, paths: tuple[str, ...]) -> dict[str, Any]:
    made = choices.on_screen(desk, finals, paths)
    return with_basis(combined(finals, made), finals, made)
