"""Drafts of appraisals that nobody goes on with: left to the others, or set aside by a lead; and the way back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from workbench.extraction import ResultState
from workbench.risk_of_bias import Appraisal, set_aside, standing
from workbench.store import Store, StoreError
from workbench.ui import context, faults, parts, text
from workbench.ui.risk_of_bias import saving
from workbench.ui.risk_of_bias.saving import Desk

DONE = (ResultState.CONFLICT, ResultState.AGREED, ResultState.SETTLED)


def of_others(known: Sequence[Appraisal], result: str, reviewer: str) -> None:
    """For a lead: whose drafts wait, and a way to set one aside. Nothing of what stands in them is shown.

    known: all revisions on this result.
    """
    drafts = [one for one in standing(known) if one.role == "appraiser" and one.state == "draft"]
    waiting = [one for one in drafts if one.appraiser != reviewer]
    if not waiting or not _leads(reviewer):
        return
    with st.expander(f"Drafts of others ({len(waiting)})"):
        parts.quiet("A draft that nobody goes on with can be set aside; somebody else can then appraise the result.")
        for one in waiting:
            key = f"rob:abandoned:{result}:{one.appraiser}"
            st.markdown(
                f"**{text.literal(context.display_name(one.appraiser))}**, "
                f"saved {text.literal(text.when(one.recorded_at))}"
            )
            reason = st.text_input("Why it is set aside", key=f"{key}:why", max_chars=500)
            st.button(
                "Set this draft aside",
                key=f"{key}:now",
                disabled=not (reason or "").strip(),
                help="Nothing of it is lost: its author can take it up again",
                on_click=_set_aside,
                args=(result, one.appraiser, (reason or "").strip(), reviewer),
            )


def _leads(reviewer: str) -> bool:
    person = context.known_reviewer()
    return person is not None and person.name == reviewer and person.role == "lead"


@faults.callback
def _set_aside(result: str, author: str, reason: str, reviewer: str) -> None:
    if not _leads(reviewer):
        raise StoreError("only a lead can set another's draft aside")
    context.store().set_appraisal_aside(result, author, reason=reason, by=reviewer)


def own(store: Store, desk: Desk, state: ResultState) -> None:
    """To its author: a draft that was set aside, and a draft of a result that others have finished meanwhile."""
    saved = desk.saved(store)
    if saved is None:
        return
    aside = set_aside(saved)
    if aside is not None and state not in DONE:
        who = "You" if aside.by == desk.reviewer else context.display_name(aside.by)
        said = f"{who} set your draft aside, {text.when(saved.recorded_at)}: {aside.reason}. Nothing is lost."
        st.info(text.literal(said))
        st.button("Take my draft up again", key=desk.key("take-up"), on_click=_take_up, args=(desk,))
    elif saved.state == "draft" and state in DONE:
        _not_needed(store, desk, state)


def _not_needed(store: Store, desk: Desk, state: ResultState) -> None:
    said = "A consensus stands." if state is ResultState.SETTLED else "Others have finished this result."
    if _last_final(store, desk) is None:
        st.info(f"{said} While you hold a draft of your own, theirs is not shown to you.")
        st.button("Leave it to the others", key=desk.key("leave"), on_click=_leave, args=(desk,))
    else:
        st.info(f"{said} You opened your own appraisal again and did not finish it.")
        st.button("Put my final appraisal back", key=desk.key("put-back"), on_click=_put_back, args=(desk,))


def _last_final(store: Store, desk: Desk) -> Appraisal | None:
    mine = [one for one in store.appraisals(result=desk.result) if one.appraiser == desk.reviewer]
    return next((one for one in reversed(mine) if (one.role, one.state) == ("appraiser", "final")), None)


@faults.callback
def _leave(desk: Desk) -> None:
    context.store().set_appraisal_aside(
        desk.result, desk.reviewer, reason="left to the others, who have finished", by=desk.reviewer
    )


@faults.callback
def _take_up(desk: Desk) -> None:
    saving.take_up(desk)


@faults.callback
def _put_back(desk: Desk) -> None:
    store = context.store()
    before, saved = _last_final(store, desk), desk.saved(store)
    if before is None or saved is None:
        return
    again = replace(before, id=str(uuid.uuid4()), recorded_at=datetime.now(UTC), note="Put back as it was")
    store.add_appraisal(again, expected_revision=saved.revision)
    st.session_state.pop(desk.revision_key, None)
