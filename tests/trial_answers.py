"""The shared trial facts as settled extractions, typed into the shipped forms the way an extractor would.

Nothing here is decided by a trial's name: each row's `measure`, `direction` and remarks say what goes where.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.shared_data import shared
from workbench.extraction import ResultState, SettledResult, Study
from workbench.review import ReviewDefinition, init_review, load_review, load_review_forms
from workbench.synthesis import Contrast, contrasts

FILES = ("trials.csv", "trials_by_indication.csv")
COLUMNS = {
    "n_active": "n_treat",
    "mean_active": "mean_treat",
    "spread_active": "sd_treat",
    "n_comparator": "n_ctrl",
    "mean_comparator": "mean_ctrl",
    "spread_comparator": "sd_ctrl",
    "baseline_mean_active": "mean_treat_base",
    "baseline_sd_active": "sd_treat_base",
    "baseline_mean_comparator": "mean_ctrl_base",
    "baseline_sd_comparator": "sd_ctrl_base",
    "events_active": "events_treat",
    "events_comparator": "events_ctrl",
}


@functools.cache
def trial_rows() -> dict[str, dict[str, str]]:
    """Row by its number, from both files."""
    rows: dict[str, dict[str, str]] = {}
    for name in FILES:
        with shared(f"data/rtms_pain_trials/{name}").open(encoding="utf-8", newline="") as file:
            rows |= {row["row_id"]: row for row in csv.DictReader(file)}
    return rows


def expected(name: str) -> list[dict[str, str]]:
    """Effects that metafor computed from the same rows."""
    with shared(f"data/rtms_pain_trials/{name}").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def typed(row_id: str, **changes: Any) -> tuple[str, dict[str, Any]]:
    """(form, answers) for a row; `changes` are what only a reader of the report would know."""
    row = trial_rows()[row_id]
    study, _, arm = row["study"].partition(" [")
    answers: dict[str, Any] = {
        "study_label": f"{study} {row['year']}".strip(),
        "design": "crossover" if "crossover" in row["design"] else "parallel",
        "indications": ["neuropathic_pain"],
        "primary_indication": "neuropathic_pain",
        "active_label": arm.rstrip("]") or "rTMS",
        "comparator_label": row["comparator"] or "sham",
        "sham_type": "sham of unknown kind",
        "registry_id": row["registry"],
        "outcome": "pain_intensity",
        "instrument": "NRS 0-10",
        "scale_low": 0,
        "scale_high": 10,
        "time_label": row["timepoint"],
        "statistic": "percent change" if "percent" in row["measure"] else "final value",
        "direction": "lower is better" if row["direction"] in ("lower = better", "more negative = better") else "",
        "quote": row["as_reported"],
        "page": row["source_place"],
        "source_address": row["source"].split(" ;")[0],
        "certainty": "arm data",
        "spread_kind": "SD",
    }
    for key, column in COLUMNS.items():
        if row[column]:
            value = float(row[column])
            answers[key] = int(value) if key.startswith(("n_", "events_")) else value
    halved = "halved" in row["certainty"] or "split" in row["certainty"]
    if halved:
        answers |= {"comparator_shared": "yes", "comparator_split": "already divided"}
    form = "parallel_means"
    if row["events_treat"]:
        form = "events"
        answers |= {"outcome": "responders_30", "event_is": "good"}
    return form, {key: value for key, value in {**answers, **changes}.items() if value not in (None, "")}


@functools.cache
def _review(folder: Path) -> tuple[ReviewDefinition, dict[str, Any]]:
    init_review(folder)
    return load_review(folder), load_review_forms(folder)


class Bench:
    """A review under way: results typed in, contrasts out."""

    def __init__(self, folder: Path) -> None:
        self.review, self.forms = _review(folder)
        self._settled: list[SettledResult] = []
        self._studies: dict[str, Study] = {}

    def add(self, study: str, result: str, form: str, answers: dict[str, Any], **more: Any) -> None:
        """One settled result of a study."""
        key = study.casefold().replace(" ", "-")
        self._studies.setdefault(
            key,
            Study(
                id=key,
                label=study,
                reports=more.pop("reports", ()),
                created_by="tester",
                created_at=datetime(2025, 1, 1, tzinfo=UTC),
            ),
        )
        settled = SettledResult(
            study=key,
            result=result,
            form=form,
            form_version=1,
            answers=answers,
            state=more.pop("state", ResultState.AGREED),
            extraction_ids=(f"{result}-a", f"{result}-b"),
        )
        self._settled.append(settled)

    def rows(self, row_ids: Iterable[str], **changes: Any) -> None:
        """Rows of the trial facts, with the same changes in all of them."""
        for row_id in row_ids:
            form, answers = typed(row_id, **changes)
            self.add(answers["study_label"], row_id, form, answers)

    def contrasts(self) -> tuple[Contrast, ...]:
        """What synthesis makes of everything added so far."""
        return contrasts(self._settled, self._studies.values(), self.review, self.forms)

    @property
    def settled(self) -> tuple[SettledResult, ...]:
        """Everything added so far."""
        return tuple(self._settled)


def row_range(first: int, last: int, prefix: str = "T") -> list[str]:
    """Row numbers from first to last, both included."""
    return [f"{prefix}{number:03d}" for number in range(first, last + 1)]
