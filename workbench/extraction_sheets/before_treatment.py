"""Rows that a sheet has for the measurement before treatment: they are no outcome, and never final."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from workbench.extraction_sheets.cell_text import squeezed
from workbench.extraction_sheets.imported import CellProblem, ImportedResult
from workbench.forms import text as answer_text

_BEFORE = re.compile(
    r"(?:at )?(?:base ?-?line|pre|pre[- ]?(?:treatment|intervention|stimulation|rtms|test)|before (?:the )?"
    r"(?:treatment|intervention|stimulation|rtms)|day 0|week 0|t0)",
    re.IGNORECASE,
)
SAID = "It is a measurement before treatment, which is no outcome"


def mark_before_treatment(
    results: Iterable[ImportedResult], sheet: str
) -> tuple[list[ImportedResult], list[CellProblem]]:
    """The results, those whose time is before treatment kept drafts, with an error at each."""
    found: list[ImportedResult] = []
    problems: list[CellProblem] = []
    for result in results:
        time = squeezed(answer_text(result.answers, "time_label"))
        if not _BEFORE.fullmatch(time):
            found.append(result)
            continue
        found.append(replace(result, faults=(*result.faults, SAID)))
        where = result.cells.get("time_label", "").rpartition("!")[2]
        problems.append(
            CellProblem(
                sheet=sheet,
                cell=where or f"A{result.rows[0]}",
                value=time[:200],
                message=SAID,
                mend="leave the row out, or put its numbers into columns of their own for the baseline",
                field="time_label",
                result=result.key,
            )
        )
    return found, problems
