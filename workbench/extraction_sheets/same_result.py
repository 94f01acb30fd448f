"""Whether two results are the same one: of one study, the same arms, outcome, instrument and time.

By this a corrected sheet finds the results of its first reading, and two rows that say the same are seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from workbench.extraction_sheets.cell_text import folded
from workbench.extraction_sheets.imported import CellProblem, ImportedResult

Identity = tuple[str, ...]
ABOUT = ("outcome", "instrument", "time_label", "days_after_treatment", "active_label", "comparator_label", "statistic")
TWICE = "Another row gives the same arms, outcome, instrument and time of this study"


def identity(form: str, indication: str | None, answers: Mapping[str, Any]) -> Identity | None:
    """What names a result within its study; None where too little is said to tell it from others."""
    parts = tuple(_plain(answers.get(key)) for key in ABOUT)
    named = dict(zip(ABOUT, parts, strict=True))
    if not named["outcome"] or not (named["time_label"] or named["days_after_treatment"]):
        return None
    return (form, indication or "", *parts)


def _plain(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return f"{float(value):g}"
    return folded(value) if isinstance(value, str) else ""


def mark_repeated(
    results: Iterable[ImportedResult], sheet: str, study_of: Any
) -> tuple[list[ImportedResult], list[CellProblem]]:
    """The results, those that say the same as another kept drafts, with an error at each of their rows.

    study_of: gives a result's study in a plain spelling.
    """
    found = list(results)
    groups: dict[tuple[str, Identity], list[ImportedResult]] = {}
    for result in found:
        name = identity(result.form, result.indication, result.answers)
        if name is not None:
            groups.setdefault((study_of(result), name), []).append(result)
    repeated = {item.key: group for group in groups.values() if len(group) > 1 for item in group}
    problems = []
    for number, result in enumerate(found):
        group = repeated.get(result.key)
        if group is None:
            continue
        rows = ", ".join(str(row) for item in group if item is not result for row in item.rows[:1])
        said = f"{TWICE} (row {rows})"
        found[number] = replace(result, faults=(*result.faults, said))
        problems.append(
            CellProblem(
                sheet=sheet,
                cell=f"A{result.rows[0]}" if result.rows else "",
                value=result.label[:200],
                message=said,
                mend="take one of them out, or say in the sheet what tells them apart (arm, time, instrument)",
                result=result.key,
            )
        )
    return found, problems
