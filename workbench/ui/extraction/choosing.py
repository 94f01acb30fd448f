"""Which study and which result are on the page, also after a reload."""

from __future__ import annotations

from collections.abc import Container

import streamlit as st

from workbench.ui import context, faults

CHOSEN_STUDY, CHOSEN_RESULT, VIEW = "studies:study", "studies:result", "studies:view"
STUDIES = "Studies"


def choose(reviewer: str, study: str | None, result: str | None) -> None:
    """Show this study and result."""
    store = context.store()
    for preference, value in ((CHOSEN_STUDY, study), (CHOSEN_RESULT, result)):
        if store.preference(reviewer, preference) != value:
            store.set_preference(reviewer, preference, value)
        st.session_state[f"{preference}:{reviewer}"] = value
    st.session_state[VIEW] = STUDIES


@faults.callback
def keep(reviewer: str, preference: str) -> None:
    """Remember what was just chosen in a menu."""
    context.store().set_preference(reviewer, preference, st.session_state.get(f"{preference}:{reviewer}"))


def chosen(reviewer: str, preference: str, known: Container[object], otherwise: str | None) -> str:
    """Put what was chosen before into the menu, if it is still there; gives the menu's key."""
    widget = f"{preference}:{reviewer}"
    before = st.session_state.get(widget)
    if before not in known:
        kept = context.store().preference(reviewer, preference)
        before = kept if kept in known else otherwise
    st.session_state[widget] = before  # each time: the browser's menu then shows the option's words of now
    return widget
