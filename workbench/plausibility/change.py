"""Baseline, final value and change of the same people: three lines of a table that must fit together.

The SD of a change follows from both SDs and their correlation: sd_change^2 = sb^2 + sf^2 - 2 r sb sf (Cochrane Handbook
6.5.2.8). A correlation outside -1..1 cannot be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from workbench.plausibility.finding import Finding
from workbench.plausibility.groups import LARGEST
from workbench.plausibility.rounding import Range, above_zero, unrounded

LOST = 0.1  # means of somewhat different people (drop-outs) may miss each other by this share of an SD


def implied_correlation(sd_before: float, sd_after: float, sd_change: float) -> Range:
    """The correlations that SDs printed like these allow; beyond -1 or 1 they contradict each other."""
    b, f, c = (above_zero(unrounded(sd)) for sd in (sd_before, sd_after, sd_change))
    found = []
    for before in (b.low, b.high, sd_before):
        for after in (f.low, f.high, sd_after):
            if before <= 0 or after <= 0:
                return Range(-math.inf, math.inf)
            found += [(before**2 + after**2 - change**2) / (2 * before * after) for change in (c.low, c.high)]
    return Range(min(found), max(found))


def change_sd_impossible(
    sd_before: float, sd_after: float, sd_change: float, *, who: str = "", fields: Sequence[str] = ()
) -> Finding | None:
    """An SD of the change that no correlation between before and after gives."""
    if not all(0 < sd < LARGEST for sd in (sd_before, sd_after, sd_change)):
        return None
    r = implied_correlation(sd_before, sd_after, sd_change)
    if r.meets(Range(-1.0, 1.0)):
        return None
    near = r.low if r.low > 1 else r.high
    whose = f" {who}" if who else ""
    bounds = f"{abs(sd_before - sd_after):.3g} and {sd_before + sd_after:.3g}"
    return Finding(
        code="change_no_correlation_allows",
        level="warning",
        message=(
            f"the SD of the change{whose}, {sd_change:g}, would need a correlation of {near:.2f}: from SDs of "
            f"{sd_before:g} before and {sd_after:g} after it lies between {bounds}. "
            "Look whether one of the three is a standard error, or of other people"
        ),
        fields=tuple(fields),
        numbers={"before": sd_before, "after": sd_after, "change": sd_change, "correlation": near},
    )


def change_is_not_final_minus_baseline(
    change: float, before: float, after: float, sd: float, *, who: str = "", fields: Sequence[str] = ()
) -> Finding | None:
    """A mean change that is not the final mean less the one before, in either direction, by over a tenth of an SD."""
    possible = unrounded(after).minus(unrounded(before))
    slack = LOST * abs(sd)
    either = (Range(possible.low - slack, possible.high + slack), Range(-possible.high - slack, -possible.low + slack))
    printed = unrounded(change)
    if any(printed.meets(item) for item in either):
        return None
    whose = f" {who}" if who else ""
    return Finding(
        code="change_is_not_final_minus_baseline",
        level="warning",
        message=(
            f"a mean change{whose} of {change:g} is printed, but the means go from {before:g} to {after:g} "
            f"({after - before:+.4g}). Look whether all three are of the same people, and for a slip"
        ),
        fields=tuple(fields),
        numbers={"printed": change, "recomputed": after - before},
    )
