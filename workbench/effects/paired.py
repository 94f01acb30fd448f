"""Effects from the same people twice: one group before and after, the two periods of a crossover trial, matched pairs.

Means: columns m1i m2i sd1i sd2i ni ri, `ri` the correlation within people; always first minus second. Counts of pairs:
ai both times, bi the first time only, ci the second time only, di neither time.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from workbench.effects.means import Correction, hedges_factor
from workbench.effects.measures import Floats, refuse
from workbench.effects.tables import Tables, ZeroCells, pairs, where_defined, with_zero_cells

Columns = Mapping[str, Floats]
STANDARDISED = ("SMCC", "SMCR", "SMCRH", "SMCRP", "SMCRPH")


def from_pairs(
    measure: str,
    c: Columns,
    *,
    correction: Correction = "exact",
    since_4_6: bool = False,
    since_5: bool = False,
) -> tuple[Floats, Floats]:
    """Arrays of paired means: MC, ROMC and the standardised STANDARDISED.

    MC the difference; SMCC over the SD of the change; SMCR and SMCRH over the first SD; SMCRP and SMCRPH over the root
    mean square of both SDs; ROMC the log ratio. H: a variance for unequal spread. since_4_6: the variance of SMCRH not
    multiplied by the square of Hedges' factor, as in metafor since 4.6. since_5: ROMC with metafor 5's bias correction.
    Becker 1988; Gibbons et al. 1993; Morris & DeShon 2002; Bonett 2008; Lajeunesse 2011.
    """
    m1, m2, s1, s2, n, r = (c[name] for name in ("m1i", "m2i", "sd1i", "sd2i", "ni", "ri"))
    refuse((s1 <= 0) | (s2 <= 0), "sd1i and sd2i must be above 0")
    refuse(np.abs(r) > 1, "ri must lie between -1 and 1")
    refuse(n < 2, "ni must be at least 2")
    variance = s1**2 + s2**2 - 2 * r * s1 * s2
    if measure == "MC":
        return m1 - m2, variance / n
    if measure == "ROMC":
        refuse(m1 / m2 <= 0, "a ratio of means needs two means of one sign, neither of them 0")
        first, second = s1**2 / (n * m1**2), s2**2 / (n * m2**2)
        yi = np.log(m1 / m2)
        vi = first + second - 2 * r * s1 * s2 / (m1 * m2 * n)
        return yi + (first - second) / 2 if since_5 else yi, vi
    refuse(n <= 2, "a standardised change needs ni above 2")
    if measure == "SMCC":
        refuse(variance <= 0, "the SDs and the correlation leave no variance in the differences")
        g = hedges_factor(n - 1, correction) * (m1 - m2) / np.sqrt(variance)
        return g, 1 / n + g**2 / (2 * n)
    if measure in ("SMCR", "SMCRH"):
        j = hedges_factor(n - 1, correction)
        g = j * (m1 - m2) / s1
        if measure == "SMCR":
            return g, 2 * (1 - r) / n + g**2 / (2 * n)
        vi = (variance / s1**2 + g**2 / 2) / (n - 1)
        return g, vi if since_4_6 else j**2 * vi
    mean_variance = (s1**2 + s2**2) / 2
    g = hedges_factor(2 * (n - 1) / (1 + r**2), correction) * (m1 - m2) / np.sqrt(mean_variance)
    if measure == "SMCRP":
        return g, 2 * (1 - r) / n + g**2 * (1 + r**2) / (4 * n)
    spread = (s1**4 + s2**4 + 2 * (r * s1 * s2) ** 2) / (8 * mean_variance**2)
    return g, (variance / mean_variance + g**2 * spread) / (n - 1)


def from_pair_counts(measure: str, c: Columns, policy: ZeroCells) -> tuple[Floats, Floats]:
    """Arrays of matched pairs with an event: MPRD, MPRR, MPOR (marginal), MPORC, MPPETO (conditional on the people).

    Columns ai bi ci di are numbers of pairs. The first time (or treatment) has ai + bi events, the second ai + ci.
    MPORC is McNemar's ln(b/c); MPPETO Peto's (b - c)/2 over (b + c)/4. An empty cell takes the correction of 2x2
    tables; `drop00` does not concern pairs. May et al. 1997, Stat Med 16:2489; Elbourne et al. 2002; Zou 2007.
    """
    t = with_zero_cells(pairs(c), ZeroCells(add=policy.add, to=policy.to))
    with np.errstate(divide="ignore", invalid="ignore"):
        return where_defined(*_pair_effect(measure, t))


def _pair_effect(measure: str, t: Tables) -> tuple[Floats, Floats]:
    n = t.n1 + t.n2
    b, c = t.b / n, t.c / n
    first, second = (t.a + t.b) / n, (t.a + t.c) / n
    discordant = b * (1 - b) + 2 * b * c + c * (1 - c)
    if measure == "MPRD":
        return first - second, discordant / n
    if measure == "MPRR":
        return np.log(first / second), (b + c) / (n * first * second)
    if measure == "MPOR":
        yi = np.log(first / (1 - first)) - np.log(second / (1 - second))
        return yi, discordant / (n * first * (1 - first) * second * (1 - second))
    if measure == "MPORC":
        return np.log(t.b / t.c), 1 / t.b + 1 / t.c
    return 2 * (t.b - t.c) / (t.b + t.c), 4 / (t.b + t.c)
