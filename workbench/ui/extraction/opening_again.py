"""A consensus that is opened again, with a reason: by who settled it, or by a lead."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from workbench.extraction import last_word
from workbench.store import Store, StoreError
from workbench.ui import context, faults, parts, text
from workbench.ui.worklists import ResultLine


def may_open(reviewer: str, settler: str) -> bool:
    """Whether this reviewer can open that person's consensus again."""
    person = context.known_reviewer()
    return reviewer == settler or (person is not None and person.name == reviewer and person.role == "lead")


def show(store: Store, line: ResultLine, reviewer: str) -> None:
    """The reason and the button, or who can do it."""
    known = store.extractions(result=line.slot.id)
    word = last_word(known)
    if word is None or word.state != "final":
        return
    with st.expander("Open the consensus again"):
        if not may_open(reviewer, word.extractor):
            leads = [context.display(person) for person in store.reviewers() if person.role == "lead"]
            who = ", ".join(dict.fromkeys([context.display_name(word.extractor), *leads]))
            parts.quiet(f"If something in it is wrong: {who} can open it again.")
            return
        parts.quiet("What was chosen is shown again, to be corrected; until it is recorded again nothing is settled.")
        reason = st.text_input("Why it is opened again", key=f"consensus:reopen:{line.slot.id}", max_chars=500)
        counted = max(item.revision for item in known if item.role == "consensus")
        st.button(
            "Open it again",
            key=f"consensus:reopen-now:{line.slot.id}",
            disabled=not (reason or "").strip(),
            on_click=_open,
            args=(line.slot.id, reviewer, (reason or "").strip(), counted),
        )


@faults.callback
def _open(result: str, reviewer: str, reason: str, counted: int) -> None:
    store = context.store()
    word = last_word(store.extractions(result=result))
    if word is None or word.state != "final":
        raise StoreError("this consensus was opened again already")
    if not may_open(reviewer, word.extractor):
        raise StoreError("only a lead, or who settled it, can open a consensus again")
    opened = replace(
        word,
        id=str(uuid.uuid4()),
        extractor=reviewer,
        state="withdrawn",
        note=reason,
        recorded_at=datetime.now(UTC),
    )
    store.add_extraction(opened, expected_revision=counted)


def say_not_recorded(line: ResultLine, reviewer: str) -> None:
    """What this reviewer wanted to settle and did not, where the result is no longer in conflict."""
    said = st.session_state.pop(f"consensus:{line.slot.id}:{reviewer}#stale", None)
    if said:
        st.warning(text.literal(f"{said} What you chose is kept: it is there again if the consensus is opened again."))
