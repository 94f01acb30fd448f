"""Drafts that nobody goes on with: left to the others by their author, or set aside by a lead; and the way back."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from workbench.extraction import Extraction, ResultState, set_aside
from workbench.store import Store, StoreError
from workbench.ui import context, faults, parts, text
from workbench.ui.extraction import saving
from workbench.ui.extraction.saving import Desk
from workbench.ui.worklists import ResultLine


def of_others(store: Store, line: ResultLine, reviewer: str) -> None:
    """For a lead: whose drafts wait, and a way to set one aside. Nothing of what stands in them is shown."""
    waiting = [name for name, state in line.extractors.items() if state == "draft" and name != reviewer]
    if not waiting or not _leads(reviewer):
        return
    last = {item.extractor: item.recorded_at for item in store.extractions(result=line.slot.id)}
    with st.expander(f"Drafts of others ({len(waiting)})"):
        parts.quiet("A draft that nobody goes on with can be set aside; somebody else can then extract the result.")
        for name in waiting:
            key = f"abandoned:{line.slot.id}:{name}"
            st.markdown(f"**{text.literal(context.display_name(name))}**, saved {text.literal(text.when(last[name]))}")
            reason = st.text_input("Why it is set aside", key=f"{key}:why", max_chars=500)
            st.button(
                "Set this draft aside",
                key=f"{key}:now",
                disabled=not (reason or "").strip(),
                help="Nothing of it is lost: its author can take it up again",
                on_click=_set_aside,
                args=(line.slot.id, name, (reason or "").strip(), reviewer),
            )


def _leads(reviewer: str) -> bool:
    person = context.known_reviewer()
    return person is not None and person.name == reviewer and person.role == "lead"


@faults.callback
def _set_aside(result: str, author: str, reason: str, reviewer: str) -> None:
    if not _leads(reviewer):
        raise StoreError("only a lead can set another's draft aside")
    context.store().set_draft_aside(result, author, reason=reason, by=reviewer)


def own(store: Store, line: ResultLine, desk: Desk) -> None:
    """To its author: a draft that was set aside, and a draft of a result that others have finished meanwhile."""
    saved = desk.saved(store)
    aside = set_aside(saved) if saved is not None else None
    if saved is not None and aside is not None:
        _was_set_aside(line, desk, saved)
    elif line.extractors.get(desk.reviewer) == "draft" and _done_by_others(line):
        _not_needed(store, line, desk)


def _done_by_others(line: ResultLine) -> bool:
    return line.state in (ResultState.CONFLICT, ResultState.AGREED, ResultState.SETTLED)


def _was_set_aside(line: ResultLine, desk: Desk, saved: Extraction) -> None:
    aside = set_aside(saved)
    if aside is None or _done_by_others(line):
        return
    who = "You" if aside.by == desk.reviewer else context.display_name(aside.by)
    st.info(
        text.literal(f"{who} set your draft aside, {text.when(saved.recorded_at)}: {aside.reason}. Nothing is lost.")
    )
    st.button("Take my draft up again", key=f"abandoned:again:{desk.prefix}", on_click=_take_up, args=(desk,))


def _not_needed(store: Store, line: ResultLine, desk: Desk) -> None:
    before = _last_final(store, desk)
    said = "A consensus stands." if line.state is ResultState.SETTLED else "Others have finished this result."
    if before is None:
        st.info(f"{said} While you hold a draft of your own, theirs is not shown to you.")
        st.button("Leave it to the others", key=f"abandoned:leave:{desk.prefix}", on_click=_leave, args=(desk,))
    else:
        st.info(f"{said} You opened your own answers again and did not finish them.")
        st.button("Put my final answers back", key=f"abandoned:back:{desk.prefix}", on_click=_put_back, args=(desk,))


def _last_final(store: Store, desk: Desk) -> Extraction | None:
    finals = [
        item
        for item in store.extractions(result=desk.slot.id)
        if (item.extractor, item.role, item.state) == (desk.reviewer, "extractor", "final")
    ]
    return finals[-1] if finals else None


@faults.callback
def _leave(desk: Desk) -> None:
    context.store().set_draft_aside(
        desk.slot.id, desk.reviewer, reason="left to the others, who have finished", by=desk.reviewer
    )


@faults.callback
def _take_up(desk: Desk) -> None:
    saving.take_up(desk)


@faults.callback
def _put_back(desk: Desk) -> None:
    store = context.store()
    before = _last_final(store, desk)
    saved = desk.saved(store)
    if before is None or saved is None:
        return
    again = replace(before, id=str(uuid.uuid4()), recorded_at=datetime.now(UTC), note="Put back as it was")
    store.add_extraction(again, expected_revision=saved.revision)
    st.session_state.pop(desk.revision_key, None)
