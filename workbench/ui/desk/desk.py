"""The desk on the page: the record, the criteria beside it, the keys below. A decision reruns this alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st
from markupsafe import Markup

from ingest.merging import Merged
from workbench.screening import Stage
from workbench.store import Seat
from workbench.ui import faults, parts, text
from workbench.ui.desk import (
    bar,
    criteria,
    deciding,
    keys,
    labels,
    marking,
    panel,
    progress,
    reasons,
    session,
    tagging,
    why,
)
from workbench.ui.desk.preferences import switch
from workbench.ui.desk.session import Desk
from workbench.ui.desk.words import ASIDE, HELD_FOR

Panel = Callable[[Desk, Seat], Merged | None]
"""Shows the report on the desk and gives what its records say together."""


def show(desk: Desk, record: Panel = panel.show) -> None:
    """The whole desk. record: what shows the report."""
    keys.listen()
    _draw(desk, record)


@st.fragment
def _draw(desk: Desk, record: Panel) -> None:
    if session.is_outdated(desk):
        st.rerun()
    faults.guarded(partial(_desk, desk, record))()


def _desk(desk: Desk, record: Panel) -> None:
    seat = deciding.seat(desk)
    progress.show(desk, seat, desk.order())
    if seat.report is None:
        deciding.has_shown(desk, seat, "")
        _nothing(desk, seat)
        bar.show(desk, seat)
        return
    draft = tagging.draft(desk, seat)
    with st.container(key="desk"):
        left, right = st.columns([3, 2], gap="large")
        with left:
            _standing(desk, seat)
            merged = record(desk, seat)
        # Its time begins before any button of it can reach the browser.
        deciding.has_shown(desk, seat, merged.record.title if merged is not None else "")
        with right, st.container(key="aside"):
            tagging.tags(desk, seat)
            tagging.note(desk, seat)
            reasons.show(desk, seat)
            criteria.show(desk.review, draft.indications)
            why.show(desk, seat)
            _labels(desk, seat.report.key)
    bar.show(desk, seat)


def _standing(desk: Desk, seat: Seat) -> None:
    """What the reviewer said of the report, and where that leaves it."""
    told: list[object] = []
    latest = seat.words[-1] if seat.words else None
    if latest is not None and latest.verdict is not None:
        told += [
            text.badge(f"You decided: {deciding.in_words(desk.review, latest)}", "good"),
            f"{text.when(latest.decided_at)}.",
        ]
        if seat.state is not None:
            told.append(f"Now {seat.state.value if seat.state.value != 'conflict' else 'in conflict'}.")
        told.append("A new decision replaces it.")
    elif not seat.waiting:
        told.append(_not_asked(desk, seat))
    if seat.sample is not None and seat.sample.purpose == "audit":
        told.append("Random sample.")
    if told:
        parts.show(Markup('<p class="wb-quiet wb-standing">{}</p>').format(text.join(told, " ")))


def _labels(desk: Desk, report: str) -> None:
    """The reviewer's own labels, asked for only where somebody looks at them."""
    with st.expander("My labels", key=desk.slot("labels"), on_change="rerun") as box:
        if box.open:
            labels.widget(report)


def _not_asked(desk: Desk, seat: Seat) -> str:
    """Why no vote on this record is asked for."""
    mine = {seat.report.key, *seat.report.record_keys} if seat.report is not None else set()
    for stop in desk.store.stops():
        if stop.stands and stop.stage is desk.stage and mine & set(stop.reports):
            signed = f"{stop.signed} on {text.day(stop.at)}"
            return f"Screening was stopped (signed by {signed}): a vote takes this record out of the stop."
    return "Nobody asks you for a vote on this record; you may give one."


def _nothing(desk: Desk, seat: Seat) -> None:
    """Why nothing lies on the desk, and what to do now."""
    if not seat.progress.total:
        if desk.stage is Stage.FULL_TEXT:
            parts.empty(
                "No full text is here to be assessed.",
                then="Records come here once title and abstract let them through.",
            )
        else:
            parts.empty("There are no records to screen.", then="Run the searches first.", command="workbench refresh")
        return
    if seat.round is not None:
        st.success("Your part of the calibration round is done.")
        parts.quiet(
            "The queue goes on when the lead ends the round. Until then you can look at your decisions with Previous."
        )
        return
    if desk.only is not None and not seat.filtered.remaining and seat.progress.remaining:
        st.success("You have screened everything that fits your filters.")
        parts.quiet(f"Without them, {seat.progress.remaining} more wait for you: take the filters away to go on.")
        return
    if seat.elsewhere:
        st.success("You have screened everything that can be given to you now.")
        parts.quiet(
            f"{seat.elsewhere} more lie before others, and come to you if those leave them for {HELD_FOR[desk.stage]}. "
            "Reload the page to look."
        )
        return
    st.success("You have screened everything that is waiting for you here.")
    left = seat.progress
    conflicts = "the conflict" if left.conflicts == 1 else f"the {left.conflicts} conflicts"
    then = [f"settle {conflicts}"] if left.conflicts else []
    if left.included and desk.stage is Stage.TITLE_ABSTRACT:
        then.append("go on with full texts, studies and extraction")
    elif left.included:
        then.append("go on with studies and extraction")
    elif desk.stage is Stage.TITLE_ABSTRACT:
        then.append("wait for the next search")
    if then:
        parts.quiet(f"What comes next: {', or '.join(then)}.")
    if left.aside:
        parts.quiet(f"{parts.spaced_number(left.aside)} are {ASIDE[desk.stage]}.")
    if left.pending:
        parts.quiet(f"{left.pending} records still wait for the votes of others.")


def own_settings(desk: Desk) -> None:
    """The reviewer's own switches, for the sidebar: a narrow screen shows the record first."""
    with st.sidebar:
        on = switch(
            desk.store,
            desk.reviewer,
            "single_keys",
            "Single-key shortcuts",
            explanation="Letters and digits decide at once. Turn it off if you use speech input.",
        )
        switch(
            desk.store,
            desk.reviewer,
            "marks",
            "Mark words",
            explanation="Words that speak for or against a record are underlined in titles and abstracts.",
        )
        if desk.plan.ranking and desk.stage is Stage.TITLE_ABSTRACT:
            switch(
                desk.store,
                desk.reviewer,
                "ranked",
                "Likeliest first",
                explanation="Orders the records by what was decided so far; nothing is left out. Off: as they came in.",
            )
        if st.button("Edit the marked words", key="desk:edit-words", type="tertiary"):
            marking.edit(desk)
        keys.legend(desk.stage, on=on)
