"""The team's page: who has read how much, how far they agree, calibration, the evidence for stopping, settings."""

from __future__ import annotations

import streamlit as st

from workbench.ui import parts
from workbench.ui.teamwork import agreement_view, calibration_view, settings_view, stopping_view, workload_view

VIEWS = {
    "Progress": workload_view.show,
    "Agreement": agreement_view.show,
    "Calibration": calibration_view.show,
    "Stopping": stopping_view.show,
    "Settings": settings_view.show,
}


def page() -> None:
    """One of the views."""
    parts.heading("Screening team")
    view = st.segmented_control(
        "Show", list(VIEWS), default="Progress", required=True, key="teamwork:view", label_visibility="collapsed"
    )
    VIEWS[view]()
