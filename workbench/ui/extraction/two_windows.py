"""What was typed in a window that came too late: brought together with what was saved since, nothing lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from workbench.extraction import Clash, Extraction, Kept, brought_together, clashes, common_path, last_word
from workbench.forms import Answers
from workbench.store import Store, StoreError
from workbench.ui import context, faults, form_widgets, parts, text
from workbench.ui.extraction import saving, value_history
from workbench.ui.extraction.saving import Desk

WORDS: dict[Kept, str] = {"newer": "keep the newer", "mine": "keep mine", "both": "keep both rows"}


def show(store: Store, desk: Desk, first: Answers) -> None:
    """The message, each value in which the two windows differ, and the two ways on; nothing where nothing is stale.

    first: what the form began with, where this window began from no revision.
    """
    if desk.stale_key not in st.session_state:
        return
    st.warning(text.literal(st.session_state[desk.stale_key]))
    newest, unsaved = desk.saved(store), st.session_state.get(desk.unsaved_key)
    if newest is None or unsaved is None:
        return
    base = _base(store, desk, first)
    found = clashes(base, newest.answers, unsaved)
    with st.expander(f"What differs from what was typed here ({len(found)})", expanded=True):
        for clash in found:
            _one(desk, clash, newest.answers, unsaved)
        made = _kept(desk, found)
        with st.container(horizontal=True, gap="small"):
            st.button(
                "Bring them together",
                type="primary",
                key=f"bring:{desk.prefix}",
                disabled=len(made) < len(found),
                help="Saves the newer answers with those of this window that you keep",
                on_click=_bring,
                args=(desk, base, newest, made),
            )
            st.button(
                "Show the newer answers here",
                key=f"newer:{desk.prefix}",
                help="What was typed here is left",
                on_click=saving.load_newer,
                args=(desk,),
            )


def _base(store: Store, desk: Desk, first: Answers) -> Mapping[str, Any]:
    began = st.session_state.get(desk.revision_key, 0)
    for item in store.extractions(result=desk.slot.id):
        if (item.extractor, item.role, item.revision) == (desk.reviewer, desk.role, began):
            return context.current_forms().bring(item).answers
    return first


def _key(desk: Desk, clash: Clash) -> str:
    return f"{desk.prefix}#bring:{clash.path}"


def _one(desk: Desk, clash: Clash, newer: Answers, mine: Answers) -> None:
    there = newer if clash.newer is not None else mine
    label = value_history.called(desk.form, common_path(there, clash.path))
    field = value_history.field_of(desk.form, clash.path)
    parts.show(
        text.table(
            ("Saved since", "Typed here"),
            (tuple(form_widgets.shown_answer(field, _shown(value)) for value in (clash.newer, clash.mine)),),
            caption=label,
        )
    )
    values, seen = repr((clash.newer, clash.mine)), f"{_key(desk, clash)}#of"
    if st.session_state.get(seen) != values or _key(desk, clash) not in st.session_state:
        st.session_state[_key(desk, clash)], st.session_state[seen] = clash.proposed, values
    options: list[Kept] = ["newer", "mine", "both"] if clash.can_keep_both else ["newer", "mine"]
    st.radio(
        f"Of “{text.literal(label)}”",
        options,
        index=None,
        format_func=lambda item: WORDS[item],
        horizontal=True,
        key=_key(desk, clash),
    )


def _shown(value: Any) -> Any:
    """A row is shown as a table of one."""
    return [value] if isinstance(value, Mapping) and "_row" in value else value


def _kept(desk: Desk, found: tuple[Clash, ...]) -> dict[str, Kept]:
    chosen = {clash.path: st.session_state.get(_key(desk, clash)) for clash in found}
    return {path: item for path, item in chosen.items() if item is not None}


@faults.callback
def _bring(desk: Desk, base: Mapping[str, Any], newest: Extraction, kept: Mapping[str, Kept]) -> None:
    unsaved = st.session_state.get(desk.unsaved_key)
    if unsaved is None:
        return
    word = last_word(context.store().extractions(result=desk.slot.id))
    if word is not None and word.state == "final":
        raise StoreError("a consensus was recorded on this result: let it be opened again before you change answers")
    answers = brought_together(base, newest.answers, unsaved, kept)
    began = st.session_state.get(desk.revision_key, 0)
    st.session_state[desk.revision_key] = newest.revision
    saving.save(desk, answers, "draft")
    if desk.stale_key in st.session_state:  # a third window was quicker
        st.session_state[desk.revision_key] = began
        st.session_state[desk.unsaved_key] = unsaved
        return
    saving.load_newer(desk)
