"""All studies at a glance, and what is extracted for each indication."""

from __future__ import annotations

import streamlit as st

from workbench.extraction import ResultState, Study
from workbench.results.coverage import Coverage, coverage
from workbench.review import ReviewDefinition
from workbench.store import Store
from workbench.ui import context, parts, text, worklists
from workbench.ui.worklists import ResultLine


def mark(lines: tuple[ResultLine, ...], study: str, reviewer: str, review: ReviewDefinition) -> str:
    """A study's line in the menu: what waits, in few words."""
    mine = [line for line in lines if line.slot.study == study]
    if not mine:
        return "no results yet"
    todo = sum(line.waits_for(reviewer, needed=review.extraction.extractors_needed) for line in mine)
    conflicts = sum(line.state is ResultState.CONFLICT for line in mine)
    said = [f"{len(mine)} result{'s' if len(mine) > 1 else ''}"]
    said += [f"{todo} waiting for you"] if todo else []
    said += [f"{conflicts} in conflict"] if conflicts else []
    return ", ".join(said)


def overview(known: dict[str, Study], lines: tuple[ResultLine, ...]) -> None:
    """One line a study."""
    rows = []
    for study in known.values():
        states = worklists.counted([line for line in lines if line.slot.study == study.id])
        rows.append(
            (
                study.label,
                len(study.reports),
                sum(states.values()),
                states[ResultState.EMPTY] + states[ResultState.DRAFT] + states[ResultState.WAITING],
                states[ResultState.CONFLICT],
                states[ResultState.AGREED] + states[ResultState.SETTLED],
            )
        )
    parts.show(
        text.table(
            ("Study", "Reports", "Results", "In work", "In conflict", "Settled"),
            rows,
            caption=f"All {len(rows)} studies",
            numbers=range(1, 6),
        )
    )


def by_indication(store: Store, review: ReviewDefinition, trial_forms: frozenset[str]) -> None:
    """For each indication the outcomes with their studies: settled, in conflict, missing."""
    labels = {study.id: study.label for study in store.studies()}
    if not labels:
        parts.empty("There are no studies yet.", then="They are made from reports that screening has included.")
        return
    for one in coverage(store, review, current=context.current_forms(), trial_forms=trial_forms):
        st.subheader(text.literal(one.label), anchor=False)
        if not one.studies:
            parts.quiet("No study belongs to it yet.")
            continue
        _indication(one, labels)


def _indication(one: Coverage, labels: dict[str, str]) -> None:
    parts.show(
        text.table(
            ("Outcome", "Settled", "In conflict", "No settled result"),
            ((item.label, len(item.settled), len(item.conflict), len(item.missing)) for item in one.outcomes),
            caption=f"{len(one.studies)} studies; {len(one.in_work)} with results in work",
            numbers=range(1, 4),
        )
    )
    lists = (
        ("Without any result", one.nothing),
        ("With results in work", one.in_work),
        ("In conflict on what the outcome is", one.disputed),
        *((f"In conflict on {item.label}", item.conflict) for item in one.outcomes),
        (f"Without {one.primary.label}", tuple(study for study in one.primary.missing if study not in one.nothing)),
    )
    shown = [(name, ", ".join(labels.get(study, study) for study in studies)) for name, studies in lists if studies]
    if shown:
        with st.expander("Which studies"):
            parts.show(text.facts(shown))
