"""Rows that compare several active arms with one comparator arm, told by its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workbench.extraction_sheets.cell_text import folded
from workbench.extraction_sheets.imported import ImportedResult

_SAME = (
    "outcome",
    "instrument",
    "time_label",
    "n_comparator",
    "mean_comparator",
    "spread_comparator",
    "events_comparator",
)


def mark_shared_comparators(results: Sequence[ImportedResult], split: str) -> list[ImportedResult]:
    """Answer "is this comparator arm used in another result?" where the sheet does not: the same study, outcome, time
    and comparator numbers in another row, and another active arm. split: what is entered for the comparator's size.
    """
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, result in enumerate(results):
        answers = result.answers
        if not any(answers.get(key) is not None for key in ("mean_comparator", "events_comparator")):
            continue
        key = (folded(result.study), result.form, *(str(answers.get(name)) for name in _SAME))
        groups.setdefault(key, []).append(place)
    changed = list(results)
    for places in groups.values():
        arms = {folded(str(results[place].answers.get("active_label", ""))) for place in places}
        if len(places) < 2 or len(arms) < 2:
            continue
        for place in places:
            answers = dict(results[place].answers)
            if "comparator_shared" in answers:
                continue
            answers |= {"comparator_shared": "yes", "comparator_split": split}
            changed[place] = replace(results[place], answers=answers)
    return changed
