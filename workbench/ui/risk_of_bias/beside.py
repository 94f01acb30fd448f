"""The notes beside the tool: size, follow-up, sham and blinding of the trial; never part of a judgement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from workbench.risk_of_bias import notes
from workbench.store import Store
from workbench.ui import context, parts, text

LEVELS = {"low": "low risk", "unclear": "unclear", "high": "high risk", "told": "for your judgement"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the extraction of a trial says, as far as one reviewer may see it."""

    trial: Mapping[str, Any]  # answers to the trial's form
    days: float | None  # of the latest outcome, after the end of treatment
    design: str  # only where it is agreed; "" otherwise


def show(known: Known) -> None:
    """What the trial's form and the times of its results say."""
    with st.expander("Notes beside RoB 2: size, follow-up, sham, blinding"):
        parts.quiet("From the extraction that is agreed, or else your own. They never change a proposal.")
        found = notes(known.trial, follow_up_days=known.days)
        rows = [(note.title, LEVELS[note.level], note.text, note.source) for note in found]
        parts.show(text.table(("Note", "Level", "What", "Source"), rows, caption="Notes on this trial"))


def known(store: Store, study: str, result: str, reviewer: str) -> Known:
    """The trial's answers and the latest time: as they stand, or else as this reviewer typed them; nobody else's.

    What this reviewer holds a draft of is theirs alone, whatever the others agreed on meanwhile.

    result: the one that is appraised; its own agreed design counts where the trial's form has none.
    """
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
            if extraction.state == "draft":
                standing.pop(extraction.result, None)
    trial: dict[str, Any] = {}
    days: list[float] = []
    design: object = None
    for slot in store.results(study):
        answers = standing.get(slot.id) or mine.get(slot.id) or {}
        form = forms.get(slot.form)
        if form is not None and form.scope == "trial":
            trial |= answers
            design = standing.get(slot.id, {}).get("design") or design
        else:
            after = answers.get("days_after_treatment")
            if isinstance(after, int | float) and not isinstance(after, bool):
                days.append(float(after))
            for key in ("sham_type", "sham_sensation_matched", "blinding_assessed"):
                if key in answers:
                    trial.setdefault(key, answers[key])
    design = design or standing.get(result, {}).get("design")
    return Known(trial=trial, days=max(days, default=None), design=design if isinstance(design, str) else "")
