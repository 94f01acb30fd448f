"""Filling in a form for one result: each change is saved as a draft; a newer draft elsewhere is never overwritten."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import streamlit as st

from workbench.extraction import Extraction, last_word, of_answers
from workbench.forms import RESERVED, Form, check_answers, is_empty
from workbench.store import ResultSlot, StaleRevision, Store, StoreError
from workbench.ui import context, faults, form_widgets
from workbench.ui.form_widgets.table_rows import Tables

Role = Literal["extractor", "consensus"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One reviewer at one result in one role: names the widgets and the revision on screen."""

    slot: ResultSlot
    form: Form
    reviewer: str
    role: Role = "extractor"

    @property
    def prefix(self) -> str:
        """Begins the key of every widget of this desk."""
        return f"{self.role}:{self.slot.id}:{self.reviewer}"

    @property
    def revision_key(self) -> str:
        """The session's entry for the revision that the answers on screen began from."""
        return f"{self.prefix}#revision"

    @property
    def stale_key(self) -> str:
        """The session's entry for the message that another window saved meanwhile."""
        return f"{self.prefix}#stale"

    @property
    def unsaved_key(self) -> str:
        """The session's entry for answers that another window's kept from being saved."""
        return f"{self.prefix}#unsaved"

    def saved(self, store: Store) -> Extraction | None:
        """The latest revision of this reviewer in this role, as the form asks today."""
        current = context.current_forms()
        mine = [
            item
            for item in store.extractions(result=self.slot.id)
            if item.extractor == self.reviewer and item.role == self.role
        ]
        return current.bring(mine[-1]) if mine else None


def open_desk(desk: Desk, store: Store, first: Mapping[str, Any], tables: Tables | None = None) -> dict[str, Any]:
    """Put what is saved, or `first` where nothing is, on screen; gives the answers as they stand on screen.

    tables: the trial form's tables, for those that take their rows from them.
    """
    saved = desk.saved(store)
    base = dict(saved.answers) if saved is not None else dict(first)
    on_screen = any(form_widgets.value_key(desk.prefix, field) in st.session_state for field in desk.form.fields)
    unsaved = st.session_state.get(desk.unsaved_key)
    if unsaved is None and (not on_screen or desk.revision_key not in st.session_state):
        st.session_state[desk.revision_key] = saved.revision if saved is not None else 0
        st.session_state.pop(desk.stale_key, None)
    form_widgets.seed(desk.prefix, desk.form, base if unsaved is None else unsaved, tables=tables)
    return form_widgets.collect(desk.prefix, desk.form, base, tables=tables)


def load_newer(desk: Desk) -> None:
    """Put the newest saved answers on screen in place of those there."""
    saved = desk.saved(context.store())
    if saved is not None and saved.state == "draft":
        form_widgets.seed(desk.prefix, desk.form, saved.answers, anew=True)
        st.session_state[desk.revision_key] = saved.revision
    else:  # the form may not be on screen; it begins anew with what is saved
        for key in [key for key in st.session_state if isinstance(key, str) and key.startswith(f"{desk.prefix}:")]:
            del st.session_state[key]
        st.session_state.pop(desk.revision_key, None)
    _nothing_unsaved(desk)


def _nothing_unsaved(desk: Desk) -> None:
    """All that was typed is saved, or was left."""
    st.session_state.pop(desk.stale_key, None)
    st.session_state.pop(desk.unsaved_key, None)
    for key in [key for key in st.session_state if isinstance(key, str) and key.startswith(f"{desk.prefix}#bring:")]:
        del st.session_state[key]


def final_answers(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to the fields that apply, with their quotes; what is no longer asked is left behind."""
    asked = {field.key for field in form.asked(answers)} | RESERVED
    kept = {key: answer for key, answer in answers.items() if key in asked and not is_empty(answer)}
    return of_answers(kept, own_quote="quote" in form.keys)


def save(desk: Desk, answers: Mapping[str, Any], state: Literal["draft", "final", "withdrawn"], note: str = "") -> None:
    """Append a revision; if another window saved one meanwhile, keep what is on screen and say so."""
    store = context.store()
    store.add_form(desk.form.form, desk.form.version, context.form_text(desk.form.form), by=desk.reviewer)
    extraction = Extraction(
        id=str(uuid.uuid4()),
        study=desk.slot.study,
        result=desk.slot.id,
        form=desk.form.form,
        form_version=desk.form.version,
        extractor=desk.reviewer,
        answers=dict(answers),
        state=state,
        role=desk.role,
        recorded_at=datetime.now(UTC),
        note=note,
    )
    try:
        kept = store.add_extraction(extraction, expected_revision=st.session_state.get(desk.revision_key, 0))
    except StaleRevision as stale:
        st.session_state[desk.stale_key] = str(stale)
        st.session_state[desk.unsaved_key] = dict(answers)
        return
    st.session_state[desk.revision_key] = kept.revision
    _nothing_unsaved(desk)


@faults.callback
def save_draft(desk: Desk, base: Mapping[str, Any], tables: Tables | None = None) -> None:
    """Called when any field changed. base: answers of fields that are not on screen."""
    answers = form_widgets.collect(desk.prefix, desk.form, base, tables=tables)
    saved = desk.saved(context.store())
    if saved is None or saved.state != "draft" or dict(saved.answers) != answers:
        save(desk, answers, "draft")


@faults.callback
def finish(desk: Desk, base: Mapping[str, Any], tables: Tables | None = None) -> None:
    """Make the answers final, unless something in them cannot be."""
    answers = final_answers(desk.form, form_widgets.collect(desk.prefix, desk.form, base, tables=tables))
    if any(problem.level == "error" for problem in check_answers(desk.form, answers)):
        st.session_state[faults.PENDING] = "The extraction is not final yet: some answers are missing or cannot be."
        return
    save(desk, answers, "final")


@faults.callback
def reopen(desk: Desk) -> None:
    """Make one's final answers a draft again, to change them; not where a consensus was recorded meanwhile."""
    store = context.store()
    word = last_word(store.extractions(result=desk.slot.id))
    if word is not None and word.state == "final":
        raise StoreError(
            f"{context.display_name(word.extractor)} recorded a consensus on this result. Your answers stay as they "
            "are: if they are wrong, let the consensus be opened again first."
        )
    take_up(desk)


def take_up(desk: Desk) -> None:
    """Go on with what is saved as a draft."""
    saved = desk.saved(context.store())
    if saved is not None:
        st.session_state[desk.revision_key] = saved.revision
        save(desk, saved.answers, "draft")
