"""Saving an appraisal: each change becomes a draft at once; a newer draft from elsewhere is never overwritten."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

import streamlit as st

from workbench.risk_of_bias import (
    LATEST,
    Appraisal,
    Assessment,
    Override,
    Quote,
    Risk,
    as_json,
    assessment_of,
    last_word,
    missing,
    relevant,
    variant,
)
from workbench.risk_of_bias.carrying import carried
from workbench.store import StaleRevision, Store, StoreError
from workbench.ui import context, faults

Role = Literal["appraiser", "consensus"]
PROPOSED = "as proposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One person at one result in one role: names the widgets and the revision on screen."""

    study: str
    result: str
    reviewer: str
    role: Role = "appraiser"

    @property
    def prefix(self) -> str:
        """Begins the key of every widget of this desk."""
        return f"rob:{self.role}:{self.result}:{self.reviewer}"

    def key(self, *parts: str) -> str:
        """The key of one widget."""
        return ":".join((self.prefix, *parts))

    @property
    def revision_key(self) -> str:
        """The session's entry for the revision that is on screen."""
        return f"{self.prefix}#revision"

    @property
    def stale_key(self) -> str:
        """The session's entry for the message that another window saved meanwhile."""
        return f"{self.prefix}#stale"

    @property
    def focus_key(self) -> str:
        """The session's entry for the question that the next quote is for."""
        return f"{self.prefix}#quote-for"

    def saved(self, store: Store) -> Appraisal | None:
        """The latest revision of this person in this role; a withdrawn one counts as none to begin from."""
        mine = [
            one
            for one in store.appraisals(result=self.result)
            if one.appraiser == self.reviewer and one.role == self.role
        ]
        return mine[-1] if mine else None


def opened(desk: Desk, store: Store) -> Assessment | None:
    """What is saved, and remember from which revision the screen is drawn."""
    saved = desk.saved(store)
    held = saved.revision if saved is not None else 0
    if desk.stale_key not in st.session_state:
        if st.session_state.get(desk.revision_key, held) != held:  # saved elsewhere: show that, not what was here
            _forget(desk)
        st.session_state[desk.revision_key] = held
    return assessment_of(saved) if saved is not None and saved.state != "withdrawn" else None


@faults.callback
def load_newer(desk: Desk) -> None:
    """Show what was saved elsewhere in place of what is on screen."""
    _forget(desk)
    st.session_state.pop(desk.stale_key, None)


def _forget(desk: Desk) -> None:
    for key in [key for key in st.session_state if str(key).startswith(f"{desk.prefix}:")]:
        del st.session_state[key]


def save(desk: Desk, data: Mapping[str, Any], state: Literal["draft", "final", "withdrawn"], note: str = "") -> bool:
    """Append a revision; False, with a message, if another window saved one meanwhile."""
    appraisal = Appraisal(
        id=str(uuid.uuid4()),
        study=desk.study,
        result=desk.result,
        tool_version=LATEST,
        appraiser=desk.reviewer,
        answers=data,
        state=state,
        role=desk.role,
        recorded_at=datetime.now(UTC),
        note=note,
    )
    try:
        kept = context.store().add_appraisal(appraisal, expected_revision=st.session_state.get(desk.revision_key, 0))
    except StaleRevision as stale:
        st.session_state[desk.stale_key] = str(stale)
        return False
    st.session_state[desk.revision_key] = kept.revision
    st.session_state.pop(desk.stale_key, None)
    return True


def _current(desk: Desk) -> Assessment | None:
    saved = desk.saved(context.store())
    return assessment_of(saved) if saved is not None and saved.state != "withdrawn" else None


def _draft(desk: Desk, assessment: Assessment) -> None:
    data = as_json(assessment)
    saved = desk.saved(context.store())
    if saved is None or saved.state != "draft" or dict(saved.answers) != data:
        save(desk, data, "draft")


@faults.callback
def choose_variant(desk: Desk) -> None:
    """Begin with a variant, or change to it; answers to the same questions go along."""
    chosen = st.session_state.get(desk.key("variant"))
    if chosen:
        now = _current(desk)
        _draft(desk, Assessment(variant=chosen) if now is None else carried(now, chosen))


@faults.callback
def copy_from(desk: Desk, appraisal: Appraisal) -> None:
    """Begin with one's own answers about another result of the study."""
    _forget(desk)
    _draft(desk, assessment_of(appraisal))


@faults.callback
def answer(desk: Desk, question: str, widget: str) -> None:
    """Keep the answer that was just chosen."""
    now = _current(desk)
    if now is None:
        return
    answers = {key: value for key, value in now.answers.items() if key != question}
    if chosen := st.session_state.get(widget):
        answers[question] = chosen
    st.session_state[desk.focus_key] = question
    _draft(desk, replace(now, answers=answers))


@faults.callback
def source(desk: Desk, question: str, page_widget: str, quote_widget: str) -> None:
    """Keep the quote and the page of an answer as they were typed; the document stays that of the same words."""
    now = _current(desk)
    if now is None:
        return
    st.session_state[desk.focus_key] = question
    held = now.quotes.get(question) or Quote()
    words = st.session_state.get(quote_widget) or ""
    full_text = held.full_text if _same_words(held.quote, words) else ""
    set_quote(desk, question, Quote(quote=words, page=st.session_state.get(page_widget) or "", full_text=full_text))


def _same_words(old: str, new: str) -> bool:
    """Whether a quote was left as it is, shortened or lengthened; other words may be from another document."""
    before, after = (" ".join(words.casefold().split()) for words in (old, new))
    return before in after or after in before


def set_quote(desk: Desk, question: str, quote: Quote) -> None:
    """Keep the source of an answer; an empty one takes it away."""
    now = _current(desk)
    if now is None:
        return
    quotes = {key: value for key, value in now.quotes.items() if key != question}
    if quote:
        quotes[question] = quote
    _draft(desk, replace(now, quotes=quotes))


@faults.callback
def judgement(desk: Desk, code: str, risk_widget: str, reason_widget: str) -> None:
    """Keep one's own judgement and its reason, or go back to the proposal."""
    now = _current(desk)
    if now is None:
        return
    overrides = {key: value for key, value in now.overrides.items() if key != code}
    chosen = st.session_state.get(risk_widget)
    if chosen and chosen != PROPOSED:
        overrides[code] = Override(risk=Risk(chosen), reason=st.session_state.get(reason_widget) or "")
    _draft(desk, replace(now, overrides=overrides))


@faults.callback
def direction(desk: Desk, code: str, widget: str) -> None:
    """Keep the direction that was just chosen."""
    now = _current(desk)
    if now is None:
        return
    directions = {key: value for key, value in now.directions.items() if key != code}
    if chosen := st.session_state.get(widget):
        directions[code] = chosen
    _draft(desk, replace(now, directions=directions))


@faults.callback
def finish(desk: Desk) -> None:
    """Make the appraisal final, without what is no longer asked."""
    now = _current(desk)
    if now is None or missing(now):
        st.session_state[faults.PENDING] = "The appraisal is not final yet: something is still to be answered."
        return
    kept = relevant(variant(now.variant), now.answers)
    quotes = {key: quote for key, quote in now.quotes.items() if key in kept}
    save(desk, as_json(replace(now, answers=kept, quotes=quotes)), "final")


@faults.callback
def reopen(desk: Desk) -> None:
    """Take one's final appraisal back to draft; not where a consensus was recorded meanwhile."""
    word = last_word(context.store().appraisals(result=desk.result))
    if word is not None and word.state == "final":
        raise StoreError(
            f"{context.display_name(word.appraiser)} recorded a consensus on this result. Your appraisal stays as it "
            "is: if it is wrong, let the consensus be opened again first."
        )
    take_up(desk)


def take_up(desk: Desk) -> None:
    """Go on with what is saved as a draft."""
    saved = desk.saved(context.store())
    if saved is not None:
        st.session_state[desk.revision_key] = saved.revision
        save(desk, saved.answers, "draft")
