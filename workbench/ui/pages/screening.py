"""Title and abstract screening: the desk, the list of what is screened, and the conflicts."""

from __future__ import annotations

from functools import partial

import streamlit as st

from workbench.screening import Stage
from workbench.store import ListFilter
from workbench.ui import context, faults, parts, screening_session
from workbench.ui.desk import bulk, conflicts, deciding, desk, filters, listing
from workbench.ui.desk.session import Desk, open_desk

STAGE = Stage.TITLE_ABSTRACT
VIEW = "screening:view"
SCREEN, LIST, CONFLICTS = "Screen", "List", "Conflicts"


def page() -> None:
    """Screen one report, look through them all, or settle a conflict."""
    parts.heading("Title and abstract screening")
    reviewer, review = context.known_reviewer_name(), context.review()
    needed = review.screening.reviewers_needed
    waiting = len(context.store().conflicts(STAGE, reviewers_needed=needed, reviewer=reviewer))
    views = (SCREEN, LIST, CONFLICTS)
    parts.hold(VIEW, views, SCREEN)
    view = st.segmented_control(
        "Show",
        views,
        format_func=lambda name: f"{CONFLICTS} ({waiting})" if name == CONFLICTS else name,
        required=True,
        key=VIEW,
        label_visibility="collapsed",
    )
    if view == CONFLICTS:
        conflicts.show(STAGE)
        return
    wanted = filters.filters(STAGE, opened=view == LIST)
    at_desk = open_desk(STAGE, reviewer, screening_session.plan(), only=_only(reviewer, wanted))
    if view == LIST:
        listing.show(STAGE, wanted, order=at_desk.order().keys, on_open=partial(_open, at_desk))
        bulk.show(STAGE, wanted)
        return
    desk.own_settings(at_desk)
    desk.show(at_desk)


def _only(reviewer: str, wanted: ListFilter) -> frozenset[str] | None:
    """What the filter lets through; None if that is everything."""
    if wanted.empty:
        return None
    return frozenset(context.store().listed(reviewer, STAGE, screening_session.plan(), wanted))


@faults.callback
def _open(at_desk: Desk, report: str) -> None:
    """A report that was chosen in the list lies on the desk."""
    deciding.put_before(at_desk, report)
    st.session_state[VIEW] = SCREEN
