"""A consensus on risk of bias that is opened again, with a reason: by who settled it, or by a lead."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from workbench.risk_of_bias import last_word
from workbench.store import Store, StoreError
from workbench.ui import context, faults, parts, text
from workbench.ui.extraction.opening_again import may_open
from workbench.ui.risk_of_bias.saving import Desk


def show(store: Store, result: str, reviewer: str) -> None:
    """The reason and the button, or who can do it; nothing where no consensus stands."""
    known = store.appraisals(result=result)
    word = last_word(known)
    if word is None or word.state != "final":
        return
    with st.expander("Open the consensus again"):
        if not may_open(reviewer, word.appraiser):
            leads = [context.display(person) for person in store.reviewers() if person.role == "lead"]
            who = ", ".join(dict.fromkeys([context.display_name(word.appraiser), *leads]))
            parts.quiet(f"If something in it is wrong: {who} can open it again.")
            return
        parts.quiet("What was chosen is shown again, to be corrected; until it is recorded again nothing is settled.")
        reason = st.text_input("Why it is opened again", key=f"rob:reopen:{result}", max_chars=500)
        st.button(
            "Open it again",
            key=f"rob:reopen-now:{result}",
            disabled=not (reason or "").strip(),
            on_click=_open,
            args=(result, reviewer, (reason or "").strip(), word.id),
        )


@faults.callback
def _open(result: str, reviewer: str, reason: str, shown: str) -> None:
    store = context.store()
    known = store.appraisals(result=result)
    word = last_word(known)
    if word is None or word.state != "final":
        raise StoreError("this consensus was opened again already")
    if word.id != shown:
        raise StoreError("another consensus was recorded meanwhile: look at it first")
    if not may_open(reviewer, word.appraiser):
        raise StoreError("only a lead, or who settled it, can open a consensus again")
    opened = replace(
        word,
        id=str(uuid.uuid4()),
        appraiser=reviewer,
        state="withdrawn",
        note=reason,
        recorded_at=datetime.now(UTC),
    )
    counted = max(one.revision for one in known if one.role == "consensus")
    store.add_appraisal(opened, expected_revision=counted)


def say_not_recorded(desk: Desk) -> None:
    """What this reviewer wanted to settle and did not, where the result is no longer in conflict."""
    said = st.session_state.pop(desk.stale_key, None)
    if said:
        st.warning(text.literal(f"{said} What you chose is kept: it is there again if the consensus is opened again."))
