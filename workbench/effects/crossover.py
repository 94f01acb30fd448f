"""Effects from two periods of the same people: crossover trials, and one group before and after.

The two periods are correlated; `r` (or `ri`) is the correlation within people. Where a report gives the SD of the
differences it follows from `correlation_from_sd`; else it is assumed, and the result belongs in a sensitivity range.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from workbench.effects.means import Correction, hedges_factor
from workbench.effects.measures import Effect, EffectError, Floats, refuse

Columns = Mapping[str, Floats]


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
    and the SMD are large (10.1002/sim.8669); vtype "SMCRP" is metafor's variance for the same standardiser,
    2(1 - r)/n + SMD^2 (1 + r^2)/(4n), for a sensitivity analysis. correction: Hedges' factor with the degrees of
    freedom 2(n - 1)/(1 + r^2); the Handbook's formula takes none.
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
    elif vtype == "SMCRP":
        vi = 2 * (1 - r) / n + smd**2 * (1 + r**2) / (4 * n)
    else:
        raise EffectError(f"the crossover variance {vtype!r} is not known; known are Handbook, SMCRP")
    return Effect(measure="SMD", yi=smd, vi=vi, how=f"crossover, paired ({vtype} variance); within-person r = {r:g}")


def from_pairs(measure: str, c: Columns) -> tuple[Floats, Floats]:
    """Arrays of paired results as in metafor 3.8: MC, SMCC, SMCR, ROMC; always first minus second."""
    m1, m2, s1, s2, n, r = (c[name] for name in ("m1i", "m2i", "sd1i", "sd2i", "ni", "ri"))
    refuse((s1 <= 0) | (s2 <= 0), "sd1i and sd2i must be above 0")
    refuse(np.abs(r) > 1, "ri must lie between -1 and 1")
    refuse(n < 2, "ni must be at least 2")
    variance = s1**2 + s2**2 - 2 * r * s1 * s2
    if measure == "MC":
        return m1 - m2, variance / n
    if measure == "SMCC":
        refuse(variance <= 0, "the SDs and the correlation leave no variance in the differences")
        refuse(n <= 2, "a standardised change needs ni above 2")
        g = hedges_factor(n - 1) * (m1 - m2) / np.sqrt(variance)
        return g, 1 / n + g**2 / (2 * n)
    if measure == "SMCR":
        refuse(n <= 2, "a standardised change needs ni above 2")
        g = hedges_factor(n - 1) * (m1 - m2) / s1
        return g, 2 * (1 - r) / n + g**2 / (2 * n)
    refuse(m1 / m2 <= 0, "a ratio of means needs two means of one sign, neither of them 0")
    vi = s1**2 / (n * m1**2) + s2**2 / (n * m2**2) - 2 * r * s1 * s2 / (m1 * m2 * n)
    return np.log(m1 / m2), vi


def _check(m1: float, sd1: float, m2: float, sd2: float, n: float, r: float) -> None:
    if not np.isfinite([m1, sd1, m2, sd2, n, r]).all():
        raise EffectError("means, SDs, the number of people and the correlation must all be numbers")
    if sd1 <= 0 or sd2 <= 0:
        raise EffectError("the SDs must be above 0")
    if n < 2:
        raise EffectError("at least 2 people with both periods are needed")
    if not -1 <= r <= 1:
        raise EffectError("the correlation must lie between -1 and 1")
