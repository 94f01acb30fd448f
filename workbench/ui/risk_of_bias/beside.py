"""The notes beside the tool: size, follow-up, sham and blinding of the trial; never part of a judgement."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.risk_of_bias import notes
from workbench.store import Store
from workbench.ui import context, parts, text

LEVELS = {"low": "low risk", "unclear": "unclear", "high": "high risk", "told": "for your judgement"}


def show(store: Store, study: str, reviewer: str) -> None:
    """What the trial's form and the times of its results say."""
    trial, days = _known(store, study, reviewer)
    with st.expander("Notes beside RoB 2: size, follow-up, sham, blinding"):
        parts.quiet("From the extraction that is agreed, or else your own. They never change a proposal.")
        rows = [(note.title, LEVELS[note.level], note.text, note.source) for note in notes(trial, follow_up_days=days)]
        parts.show(text.table(("Note", "Level", "What", "Source"), rows, caption="Notes on this trial"))


def _known(store: Store, study: str, reviewer: str) -> tuple[dict[str, Any], float | None]:
    """The trial's answers and the latest time: as they stand, or else as this reviewer typed them; nobody else's."""
    current = context.current_forms()
    forms = current.forms
    needed = context.review().extraction.extractors_needed
    standing = {
        one.result: dict(one.answers)
        for one in store.settled_results(extractors_needed=needed, current=current)
        if one.study == study and one.usable
    }
    mine: dict[str, dict[str, Any]] = {}
    for extraction in map(current.bring, store.extractions(study=study)):
        if extraction.extractor == reviewer and extraction.role == "extractor" and extraction.state != "withdrawn":
            mine[extraction.result] = dict(extraction.answers)
    trial: dict[str, Any] = {}
    days: list[float] = []
    for slot in store.results(study):
        answers = standing.get(slot.id) or mine.get(slot.id) or {}
        form = forms.get(slot.form)
        if form is not None and form.scope == "trial":
            trial |= answers
        else:
            after = answers.get("days_after_treatment")
            if isinstance(after, int | float) and not isinstance(after, bool):
                days.append(float(after))
            for key in ("sham_type", "sham_sensation_matched", "blinding_assessed"):
                if key in answers:
                    trial.setdefault(key, answers[key])
    return trial, max(days, default=None)
