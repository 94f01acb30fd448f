"""Full texts: getting them, judging them, settling what the votes differ on, and the studies that reports tell of."""

from __future__ import annotations

import streamlit as st

from workbench.ui import context, parts
from workbench.ui.full_texts import linking, retrieving

RETRIEVE, STUDIES = "Retrieve", "Studies"
VIEWS = (RETRIEVE, STUDIES)


def page() -> None:
    """One of the views."""
    parts.heading("Full texts")
    store, review, reviewer = context.store(), context.review(), context.known_reviewer_name()
    view = st.segmented_control(
        "Show", VIEWS, default=RETRIEVE, required=True, key="full-texts:view", label_visibility="collapsed"
    )
    if view == STUDIES:
        linking.show(reviewer)
    else:
        order = [reason.key for reason in review.screening.exclusion_reasons]
        sought = store.sought(reviewers_needed=review.screening.reviewers_needed, reason_order=order)
        retrieving.show(sought, reviewer)
