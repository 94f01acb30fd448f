"""The arithmetic of the dose, wherever a form asks for one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workbench.forms.answers import Answers, number, path_of, row_id, rows, text
from workbench.forms.plausible.lines import Found
from workbench.plausibility import Dose, Finding, dose_findings

_DOSE = {
    "hertz": "frequency_hz",
    "train_seconds": "train_seconds",
    "trains": "trains",
    "pause_seconds": "iti_seconds",
    "burst_pulses": "burst_pulses",
    "pulses": "pulses_session",
    "sessions": "sessions",
    "sessions_a_week": "sessions_week",
    "weeks": "weeks",
    "total_pulses": "total_pulses",
    "minutes": "session_minutes",
    "intensity": "intensity_percent",
}


def stimulation(answers: Answers) -> Found:
    """The arithmetic of the dose, of the result's active arm and of every row of a table that holds one."""
    yield from _dose(answers, {part: f"stim_{key}" for part, key in _DOSE.items()}, "stim_", "", "")
    for key, value in answers.items():
        if isinstance(value, list | tuple) and not key.startswith("_"):
            for row in rows(answers, key):
                prefix = "stim_" if any(column.startswith("stim_") for column in row) else ""
                names = {part: f"{prefix}{column}" for part, column in _DOSE.items()}
                yield from _dose(row, names, prefix, key, row_id(row))


def _dose(answers: Answers, names: Mapping[str, str], prefix: str, table: str, row: str) -> Iterator[Finding]:
    numbers = {part: number(answers, key) for part, key in names.items()}
    if all(value is None for value in numbers.values()):
        return
    dose = Dose(
        **numbers,
        of_threshold=text(answers, f"{prefix}threshold_type") in ("", "RMT", "AMT"),
        pattern=text(answers, f"{prefix}pattern"),
        maintenance=text(answers, f"{prefix}maintenance") == "yes",
    )
    shown = {**names, "pattern": f"{prefix}pattern"}
    if table:
        shown = {part: path_of(table, row, key) for part, key in shown.items()}
    yield from dose_findings(dose, shown)
