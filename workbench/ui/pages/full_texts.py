"""Full texts: getting them, judging them, settling what the votes differ on, and the studies that reports tell of."""

from __future__ import annotations

from functools import partial

import streamlit as st

from workbench.screening import Stage
from workbench.ui import context, faults, parts
from workbench.ui.desk import conflicts
from workbench.ui.full_texts import assessing, linking, retrieving

VIEW = "full-texts:view"
RETRIEVE, ASSESS, CONFLICTS, STUDIES = "Retrieve", "Assess", "Conflicts", "Studies"


def page() -> None:
    """One of the views."""
    parts.heading("Full texts")
    store, review, reviewer = context.store(), context.review(), context.known_reviewer_name()
    needed = review.screening.reviewers_needed
    differing = len(store.conflicts(Stage.FULL_TEXT, reviewers_needed=needed, reviewer=reviewer))
    views = (RETRIEVE, ASSESS, CONFLICTS, STUDIES)
    parts.hold(VIEW, views, RETRIEVE)
    view = st.segmented_control(
        "Show",
        views,
        format_func=lambda name: f"{CONFLICTS} ({differing})" if name == CONFLICTS else name,
        required=True,
        key=VIEW,
        label_visibility="collapsed",
    )
    if view == ASSESS:
        assessing.show(reviewer)
    elif view == CONFLICTS:
        conflicts.show(Stage.FULL_TEXT, beside=assessing.texts_beside)
    elif view == STUDIES:
        linking.show(reviewer)
    else:
        order = [reason.key for reason in review.screening.exclusion_reasons]
        sought = store.sought(reviewers_needed=needed, reason_order=order)
        retrieving.show(sought, reviewer, assess=partial(_assess, reviewer))


@faults.callback
def _assess(reviewer: str, report: str) -> None:
    """A report that was chosen in the list lies on the desk."""
    assessing.put_before(report, reviewer)
    st.session_state[VIEW] = ASSESS
