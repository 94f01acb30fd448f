"""What a trial's own form says for all of its results: design, sham, and the stimulation of each arm.

A result's own answer always counts first: the trial's form only fills what the result leaves empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workbench.extraction import SettledResult
from workbench.forms import Answers, Form, is_empty, is_not_reported, row_id, rows, text
from workbench.synthesis.flags import plain

ARMS, STIMULATION_TABLE = "arms", "stimulation"
ABOUT_THE_TRIAL = (
    *("study_label", "design", "registry_id", "country", "funding", "n_randomised", "washout_days"),
    *("indications", "primary_indication", "indication_detail"),
    *("clusters", "cluster_mean_size", "icc"),
)
"""Answers of a trial's form that hold for each of its results; those that begin with sham_ and blinding_ do as well."""
_PREFIXES = ("sham_", "blinding_")


def is_about_a_trial(item: SettledResult, forms: Mapping[str, Form]) -> bool:
    """Whether this was filled in once for the trial: no result, and never a contrast."""
    form = forms.get(item.form)
    return form is not None and form.scope == "trial"


def trial_answers(settled: Iterable[SettledResult], forms: Mapping[str, Form]) -> dict[str, Answers]:
    """Study -> the agreed or settled answers of its trial forms, together."""
    found: dict[str, dict[str, Any]] = {}
    for item in settled:
        if item.usable and is_about_a_trial(item, forms):
            held = found.setdefault(item.study, {})
            held |= {key: value for key, value in item.answers.items() if is_empty(held.get(key))}
    return dict(found)


def completed(answers: Answers, trial: Answers) -> dict[str, Any]:
    """A result's answers with what the trial's form adds, the stimulation by the active arm's name."""
    found = dict(answers)
    for key, value in trial.items():
        if (key in ABOUT_THE_TRIAL or key.startswith(_PREFIXES)) and is_empty(found.get(key)):
            found[key] = value
    for key, value in stimulation_of(trial, text(answers, "active_label")).items():
        if is_empty(found.get(key)):
            found[key] = value
    return found


def stimulation_of(trial: Answers, arm: str) -> dict[str, Any]:
    """The stimulation of the arm of this name; of the only active arm, if the name is no arm's."""
    arms = rows(trial, ARMS)
    named = [row for row in arms if arm and plain(text(row, "label")) == plain(arm)]
    active = [row for row in arms if text(row, "role") == "active"]
    chosen = named if len(named) == 1 else active if len(active) == 1 and not named else []
    if not chosen:
        return {}
    table = {row_id(row): row for row in rows(trial, STIMULATION_TABLE)}
    return {
        key: value
        for key, value in table.get(row_id(chosen[0]), {}).items()
        if not key.startswith("_") and not is_not_reported(value)
    }
