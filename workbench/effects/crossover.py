"""Effects from the two periods of a crossover trial.

The two periods are correlated; `r` is the correlation within people. Where a report gives the SD of the differences it
follows from `spreads.correlation_from_sd`; else it comes from other trials of the review
(`spreads.typical_correlation`) or is assumed, and the result belongs in a sensitivity range.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from workbench.effects.checks import correlation, finite, people, positive
from workbench.effects.columns import escalc
from workbench.effects.means import Correction, hedges_factor
from workbench.effects.measures import Effect, EffectError


def crossover_md(m1: float, sd1: float, m2: float, sd2: float, n: float, r: float) -> Effect:
    """Mean difference of two periods in n people: SE = sqrt(sd1^2 + sd2^2 - 2 r sd1 sd2) / sqrt(n).

    Cochrane Handbook 5.1, 16.4.6.1.
    """
    _check(m1, sd1, m2, sd2, n, r)
    variance = sd1**2 + sd2**2 - 2 * r * sd1 * sd2
    if variance <= 0:
        raise EffectError(f"SDs {sd1:g} and {sd2:g} with correlation {r:g} leave no variance in the differences")
    return Effect(measure="MD", yi=m1 - m2, vi=variance / n, how=f"crossover, paired; within-person r = {r:g}")


def crossover_smd(
    m1: float,
    sd1: float,
    m2: float,
    sd2: float,
    n: float,
    r: float,
    *,
    correction: Correction = "none",
    vtype: str = "Handbook",
) -> Effect:
    """Standardised mean difference of two periods in n people, over sqrt((sd1^2 + sd2^2) / 2).

    vtype Handbook: SE = sqrt(1/n + SMD^2/(2n)) sqrt(2(1 - r)) (Cochrane Handbook 5.1, 16.4.6.2). It is too small when r
    and the SMD are large (Kitchenham, Madeyski & Brereton 2020, 10.1002/sim.8669). Others for a sensitivity analysis:
    "Kitchenham" 2(1 - r)/n + SMD^2/(2(n - 2)), from the t of two sequences of one size (Madeyski & Kitchenham 2018,
    10.1007/s10664-017-9574-5, equation 50); "SMCRP" 2(1 - r)/n + SMD^2 (1 + r^2)/(4n), metafor's. correction: Hedges'
    factor with the degrees of freedom 2(n - 1)/(1 + r^2); the Handbook's formula takes none.
    """
    _check(m1, sd1, m2, sd2, n, r)
    if r >= 1:
        raise EffectError("a correlation of 1 leaves no variance in the differences")
    df = 2 * (n - 1) / (1 + r**2)
    if df <= 1:
        raise EffectError("a standardised difference needs more people with both periods")
    smd = (m1 - m2) / float(np.sqrt((sd1**2 + sd2**2) / 2)) * float(hedges_factor(df, correction))
    if vtype == "Handbook":
        vi = (1 / n + smd**2 / (2 * n)) * 2 * (1 - r)
    elif vtype == "Kitchenham":
        people(n, at_least=3)
        vi = 2 * (1 - r) / n + smd**2 / (2 * (n - 2))
    elif vtype == "SMCRP":
        vi = 2 * (1 - r) / n + smd**2 * (1 + r**2) / (4 * n)
    else:
        raise EffectError(f"the crossover variance {vtype!r} is not known; known are Handbook, Kitchenham, SMCRP")
    return Effect(measure="SMD", yi=smd, vi=vi, how=f"crossover, paired ({vtype} variance); within-person r = {r:g}")


def first_period(
    measure: Literal["MD", "SMD"], m1: float, sd1: float, n1: float, m2: float, sd2: float, n2: float
) -> Effect:
    """The first period alone, as a parallel trial: n1 and n2 people had each treatment first.

    For carry-over, or where the second period is unusable; it wastes half the data. Cochrane Handbook 23.2.4.
    """
    if measure not in ("MD", "SMD"):
        raise EffectError(f"the first period gives MD or SMD here, not {measure!r}")
    for value in (m1, m2):
        finite(value, "each mean")
    for value in (sd1, sd2):
        positive(value, "each SD")
    for value in (n1, n2):
        people(value, "each arm", at_least=2)
    row = {"m1i": [m1], "sd1i": [sd1], "n1i": [n1], "m2i": [m2], "sd2i": [sd2], "n2i": [n2]}
    effects = escalc(measure, row)
    how = "first period of a crossover trial, as parallel arms"
    return Effect(measure=measure, yi=float(effects.yi[0]), vi=float(effects.vi[0]), how=how)


def _check(m1: float, sd1: float, m2: float, sd2: float, n: float, r: float) -> None:
    if not np.isfinite([m1, sd1, m2, sd2, n, r]).all():
        raise EffectError("means, SDs, the number of people and the correlation must all be numbers")
    for value, name in ((m1, "each mean"), (m2, "each mean")):
        finite(value, name)
    for value in (sd1, sd2):
        positive(value, "each SD")
    people(n, "the number of people with both periods", at_least=2)
    correlation(r)
