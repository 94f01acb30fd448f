"""The number after ±: an SD, a standard error, or half of an interval? And spreads that repeat where they should not.

In n people SE = SD / sqrt(n) (Cochrane Handbook 6.5.2.2), so an SE is a third of the SD or less from 10 people on. Half
of a mean's 95 % interval is about twice the SE; from 40 people on it is under a third of the SD too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.effects import EffectError, sd_from_ci_half_width
from workbench.plausibility.finding import Finding
from workbench.plausibility.rounding import unrounded

SMALL_SPREAD = 1 / 3
"""An SD below this share of what is usual looks like a standard error."""
LARGE_SPREAD = 3.0  # an SD that comes out this much larger than usual was no standard error
FINE_ENOUGH = 0.02  # a spread printed this finely (half a unit over the value) hardly repeats by chance
LOOK = "Look under the table and in the methods whether ± is a standard error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """An SD to compare with, and where it is from: "the trial's own SD before treatment is {:.2g}"."""

    sd: float
    words: str

    @property
    def said(self) -> str:
        """The words with the number."""
        return self.words.format(self.sd)


def looks_like_se(spread: float, n: float, usual: Sequence[Usual], fields: Sequence[str] = ()) -> Finding | None:
    """A spread typed as an SD that is under a third of each SD given; which of SE or half interval fits better."""
    small = [item for item in usual if spread < SMALL_SPREAD * item.sd]
    if not small or not (spread > 0 and n >= 2):
        return None
    as_se = spread * math.sqrt(n)
    try:
        as_half = sd_from_ci_half_width(spread, n)
    except EffectError:
        as_half = as_se
    expected = small[0].sd
    half_fits = abs(math.log(as_half / expected)) < abs(math.log(as_se / expected)) - math.log(1.5)
    kind = "half of a 95 % interval" if half_fits else "a standard error"
    return Finding(
        code="spread_looks_like_half_width" if half_fits else "spread_looks_like_se",
        level="warning",
        message=(
            f"The SD of about {spread:.2g} looks like {kind}: {'; '.join(item.said for item in small)}. "
            f"As a standard error in arms of about {n:.0f} it would mean an SD of {as_se:.2g}, "
            f"as half of a 95 % interval one of {as_half:.2g}. {LOOK}."
        ),
        fields=tuple(fields),
        numbers={"spread": spread, "n": n, "usual": expected, "sd_if_se": as_se, "sd_if_half_width": as_half},
    )


def hardly_a_standard_error(
    spread: float, sd: float, kind: str, usual: Sequence[Usual], fields: Sequence[str] = ()
) -> Finding | None:
    """A spread typed as SE (or half width) whose SD comes out at three times of what is usual: was it an SD?"""
    large = [item for item in usual if sd > LARGE_SPREAD * item.sd]
    if not large or spread <= 0:
        return None
    return Finding(
        code="spread_hardly_se",
        level="warning",
        message=(
            f"as {kind} {spread:g} would mean an SD of {sd:.2g}: {'; '.join(item.said for item in large)}. "
            "Look under the table whether ± is an SD after all"
        ),
        fields=tuple(fields),
        numbers={"spread": spread, "sd": sd, "usual": large[0].sd},
    )


def same_in_all_cells(spreads: Mapping[str, float]) -> Finding | None:
    """One and the same SD in three or more cells of a table that are not one group: copied, or one pooled SD.

    spreads: field -> SD as printed. Three cells count only if the SD is printed finely; four in any case.
    """
    values = [value for value in spreads.values() if value > 0]
    if len(values) < 3 or len(set(values)) > 1 or len(values) < len(spreads):
        return None
    around = unrounded(values[0])
    if len(values) == 3 and (around.high - around.low) / 2 > FINE_ENOUGH * values[0]:
        return None
    return Finding(
        code="same_spread_everywhere",
        level="warning",
        message=(
            f"the SD {values[0]:g} stands in all {len(values)} cells. Look whether it was copied, or is a pooled SD or "
            "that of a model"
        ),
        fields=tuple(spreads),
        numbers={"sd": values[0], "cells": float(len(values))},
    )
