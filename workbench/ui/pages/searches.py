"""Searches: how current the review is, the refresh at work, the digests, and the ledger behind everything."""

from __future__ import annotations

import streamlit as st

from workbench.refresh import background
from workbench.ui import context, digest_view, parts, refreshing, search_runs


def view() -> None:
    """From what matters now to what stands behind it."""
    refreshing.section()
    store = context.store()
    runs = store.searches()
    now = background.activity(store, context.folder())
    if not runs:
        if now.busy:
            return
        parts.empty(
            "No search was run yet.", then="Run the review's strategies on PubMed.", command="workbench refresh"
        )
        return
    at_work = now.lock is not None
    st.header("Each search", anchor=False)
    search_runs.latest(runs, at_work=at_work)
    st.header("Digests", anchor=False)
    digest_view.section()
    st.header("Ledger", anchor=False)
    search_runs.ledger(runs, at_work=at_work)
