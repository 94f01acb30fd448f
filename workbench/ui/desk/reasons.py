"""Reasons to exclude, one key each: it excludes, and says why. One list for all, the first that applies is the one."""

from __future__ import annotations

import streamlit as st

from workbench.prisma import NOT_RETRIEVED
from workbench.review import ReviewDefinition
from workbench.review.definition import Reason
from workbench.screening import Verdict
from workbench.store import Seat
from workbench.ui import parts, text
from workbench.ui.desk import deciding, keys
from workbench.ui.desk.session import Desk


def offered(review: ReviewDefinition) -> tuple[Reason, ...]:
    """The reasons a reviewer can choose from. That a full text could not be had is said where it was sought."""
    return tuple(reason for reason in review.screening.exclusion_reasons if reason.key != NOT_RETRIEVED)


def show(desk: Desk, seat: Seat) -> None:
    """A button a reason."""
    if seat.report is None:
        return
    report, said = seat.report.key, len(seat.words)
    parts.quiet("Exclude because (the first that applies)")
    with st.container(key="reasons"):
        for position, reason in enumerate(offered(desk.review), start=1):
            st.button(
                text.literal(reason.label),
                key=f"reason:{reason.key}:{desk.stage.value}:{report}:{said}",
                shortcut=keys.digit(position, on=desk.own.single_keys),
                type="tertiary",
                on_click=deciding.vote,
                args=(desk, report, Verdict.EXCLUDE, reason.key, said),
            )
