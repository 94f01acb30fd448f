"""One table of arms as contrasts: each active arm against the comparator, whose participants they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.forms import Answers, is_empty, rows, text

TABLE = "arms_results"
PER_ARM = ("n", "mean", "spread", "median", "q1", "q3", "min", "max", "baseline_mean", "baseline_sd")
"""Columns of the table; with _active or _comparator they are the answers of a result with two groups."""


def as_two_groups(answers: Answers) -> dict[str, dict[str, Any]]:
    """Row id of each active arm -> answers as a result with two groups has them.

    With several comparators the first one in the table counts. Without one there is no contrast.
    """
    table = rows(answers, TABLE)
    active = [row for row in table if text(row, "role") == "active"]
    comparators = [row for row in table if text(row, "role") == "comparator"]
    if not comparators:
        return {}
    shared = {"comparator_shared": "yes", "comparator_split": "whole"} if len(active) > 1 else {}
    common = {key: value for key, value in answers.items() if key != TABLE}
    return {
        str(row.get("_row") or place): common
        | _arm(row, "active")
        | _arm(comparators[0], "comparator")
        | {"active_label": text(row, "arm"), "comparator_label": text(comparators[0], "arm")}
        | shared
        for place, row in enumerate(active)
    }


def _arm(row: Mapping[str, Any], arm: str) -> dict[str, Any]:
    return {f"{column}_{arm}": row[column] for column in PER_ARM if not is_empty(row.get(column))}
