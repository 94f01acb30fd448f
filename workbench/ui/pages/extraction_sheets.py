"""Extraction sheets: take in what was extracted elsewhere, give out what was extracted here."""

from __future__ import annotations

import streamlit as st

from workbench.ui import parts
from workbench.ui.extraction_sheets import earlier, exports, importing

VIEWS = ("Import", "Export", "Earlier imports")


def page() -> None:
    """One of three views."""
    parts.heading("Extraction sheets")
    view = st.segmented_control("Show", VIEWS, default=VIEWS[0], required=True, key="sheets:view", bind="query-params")
    if view == "Export":
        exports.view()
    elif view == "Earlier imports":
        earlier.view()
    else:
        importing.view()
