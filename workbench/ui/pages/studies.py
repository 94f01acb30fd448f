"""Studies and extraction: from included reports to studies, from studies to results, from two extractions to one."""

from __future__ import annotations

from functools import partial

import streamlit as st

from workbench.review import ReviewDefinition
from workbench.store import Store
from workbench.ui import context, parts, worklists
from workbench.ui.extraction import agreeing, choosing, listing, results_of_study, study_head, taken_out
from workbench.ui.full_texts import linking

VIEWS = (choosing.STUDIES, "Indications", "Reports", "Agreement", "Taken out")


def page() -> None:
    """Choose a study, then a form or result, then fill in, compare or read it."""
    parts.heading("Studies and extraction")
    store, review, reviewer = context.store(), context.review(), context.known_reviewer_name()
    waiting = worklists.reports_without_study(store, review)
    out = taken_out.how_many(store)
    names = {
        "Indications": "By indication",
        "Reports": f"Reports without a study ({len(waiting)})",
        "Taken out": f"Taken out ({out})",
    }
    parts.hold(choosing.VIEW, VIEWS, choosing.STUDIES)
    view = st.segmented_control(
        "Show",
        VIEWS,
        format_func=lambda name: names.get(name, name),
        required=True,
        key=choosing.VIEW,
        label_visibility="collapsed",
    )
    if view == "Reports":
        reports_to_place(reviewer, waiting)
    elif view == "Indications":
        forms = context.forms()
        listing.by_indication(store, review, frozenset(name for name in forms if forms[name].scope == "trial"))
    elif view == "Agreement":
        agreeing.show(store, context.forms())
    elif view == "Taken out":
        taken_out.show(store, reviewer)
    else:
        studies(store, review, reviewer, waiting)


def reports_to_place(reviewer: str, waiting: tuple[str, ...]) -> None:
    """Included reports that no study names: make a study of each, or add it to one."""
    if not waiting:
        parts.empty("Every included report belongs to a study.", then="New ones appear here as screening goes on.")
        return
    linking.reports_to_place(waiting, reviewer, then=partial(_show_study, reviewer))


def _show_study(reviewer: str, study: str) -> None:
    choosing.choose(reviewer, study, None)


def studies(store: Store, review: ReviewDefinition, reviewer: str, waiting: tuple[str, ...]) -> None:
    """All studies with what is to be done, and the one that was chosen."""
    known = {study.id: study for study in store.studies()}
    if not known:
        if waiting:
            parts.empty(
                "There are no studies yet.",
                then=f"{len(waiting)} included reports wait above, under “Reports without a study”.",
            )
        else:
            parts.empty("There are no studies yet.", then="They are made from reports that screening has included.")
        return
    lines = worklists.result_lines(store, review, current=context.current_forms())
    marks = {study: listing.mark(lines, study, reviewer, review) for study in known}
    chosen = st.selectbox(
        "Study",
        list(known),
        index=None,
        format_func=lambda item: f"{known[item].label} – {marks[item]}",
        placeholder="Choose a study",
        key=choosing.chosen(reviewer, choosing.CHOSEN_STUDY, known, None),
        on_change=choosing.keep,
        args=(reviewer, choosing.CHOSEN_STUDY),
    )
    if chosen is None:
        listing.overview(known, lines)
        return
    study_head.show(store, known[chosen])
    mine = [line for line in lines if line.slot.study == chosen]
    results_of_study.show(store, review, reviewer, known[chosen], mine)
