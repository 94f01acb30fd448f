"""The arms of one result as they were typed, whichever form holds them, with the field of each number."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.effects import EffectError, sd_from_ci_half_width
from workbench.forms.answers import Answers, number, path_of, row_id, rows, text
from workbench.plausibility import Finding, Group

Found = Iterator[Finding | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One arm (or period) of a result as it was typed, with the fields its numbers stand in."""

    label: str
    role: str  # "active", "comparator", ""
    n: float | None = None
    mean: float | None = None
    spread: float | None = None
    baseline_mean: float | None = None
    baseline_sd: float | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, *parts: str) -> tuple[str, ...]:
        """The fields of these numbers."""
        return tuple(self.names[part] for part in parts if part in self.names)

    def group(self, spread_kind: str) -> Group | None:
        """The arm for computing; None where a number is missing or what the spread is."""
        if self.n is None or self.mean is None or self.spread is None or self.n < 2 or self.spread <= 0:
            return None
        factor = sd_factor(spread_kind, self.n)
        return None if factor is None else Group(n=self.n, mean=self.mean, sd=self.spread, factor=factor)

    def baseline(self) -> Group | None:
        """The arm before treatment."""
        if self.n is None or self.baseline_mean is None or self.baseline_sd is None or self.n < 2:
            return None
        return Group(n=self.n, mean=self.baseline_mean, sd=self.baseline_sd) if self.baseline_sd > 0 else None


def sd_factor(spread_kind: str, n: float) -> float | None:
    """What a printed spread is multiplied with to be an SD; None where the kind is not known."""
    if spread_kind == "SE":
        return math.sqrt(n)
    if spread_kind == "95% CI half-width":
        try:
            return sd_from_ci_half_width(1.0, n)
        except EffectError:
            return None
    return 1.0 if spread_kind == "SD" else None


def lines_of(answers: Answers) -> tuple[Line, ...]:
    """The arms of a result: those of a table of arms, or the two of the other forms, or the one of a single arm."""
    table = rows(answers, "arms_results")
    if table:
        return tuple(_line_of_row("arms_results", row) for row in table)
    if "one_arm_statistic" in answers:
        names = {"n": "n_analysed", "mean": "mean", "spread": "spread"}
        names |= {key: key for key in ("baseline_mean", "baseline_sd")}
        return (Line(label="the arm", role="active", names=names, **_numbers(answers, names)),)
    found = []
    for arm in ("active", "comparator"):
        n = f"n_{arm}" if number(answers, f"n_{arm}") is not None else "n_analysed"
        names = {"n": n, "mean": f"mean_{arm}", "spread": f"spread_{arm}"}
        names |= {"baseline_mean": f"baseline_mean_{arm}", "baseline_sd": f"baseline_sd_{arm}"}
        found.append(Line(label=f"the {arm} arm", role=arm, names=names, **_numbers(answers, names)))
    return tuple(found)


def _line_of_row(table: str, row: Mapping[str, Any]) -> Line:
    parts = ("n", "mean", "spread", "baseline_mean", "baseline_sd")
    label, role = text(row, "arm"), text(row, "role")
    names = {part: path_of(table, row_id(row), part) for part in parts}
    numbers = {part: number(row, part) for part in parts}
    return Line(label=f"the arm {label}" if label else "an arm", role=role, names=names, **numbers)


def _numbers(answers: Answers, names: Mapping[str, str]) -> dict[str, float | None]:
    return {part: number(answers, key) for part, key in names.items()}
