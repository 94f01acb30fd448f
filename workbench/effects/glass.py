"""Standardised mean differences that do not pool the two SDs: over their root mean square, or over the comparator's.

For arms whose spreads differ. Columns as in `workbench.effects.means`.
"""

from __future__ import annotations

import numpy as np

from workbench.effects.means import Columns, Correction, check_means, hedges_factor
from workbench.effects.measures import Floats, refuse


def smdh(c: Columns, correction: Correction = "exact", *, since_4_6: bool = False) -> tuple[Floats, Floats]:
    """SMDH: (m1 - m2) / sqrt((sd1^2 + sd2^2)/2), Hedges' factor J for n1 + n2 - 2 degrees of freedom.

    Variance of Bonett 2008 (Psychol Methods 13:99), with the corrected effect put in:
    g^2 (sd1^4/(n1-1) + sd2^4/(n2-1)) / (2 (sd1^2 + sd2^2)^2) + 2 (sd1^2/(n1-1) + sd2^2/(n2-1)) / (sd1^2 + sd2^2);
    metafor before 4.6 (the default here) multiplies it by J^2, metafor since 4.6 does not.
    """
    check_means(c)
    n1, n2, v1, v2 = c["n1i"], c["n2i"], c["sd1i"] ** 2, c["sd2i"] ** 2
    refuse((n1 < 2) | (n2 < 2), "n1i and n2i must be at least 2")
    refuse(n1 + n2 <= 3, "a standardised difference needs n1i + n2i above 3")
    j = hedges_factor(n1 + n2 - 2, correction)
    yi = j * (c["m1i"] - c["m2i"]) / np.sqrt((v1 + v2) / 2)
    vi = yi**2 * (v1**2 / (n1 - 1) + v2**2 / (n2 - 1)) / (2 * (v1 + v2) ** 2)
    vi = vi + 2 * (v1 / (n1 - 1) + v2 / (n2 - 1)) / (v1 + v2)
    return yi, vi if since_4_6 else j**2 * vi


def glass_delta(c: Columns, correction: Correction = "exact") -> tuple[Floats, Floats]:
    """SMD1: (m1 - m2) / sd2, the second arm's SD; J for n2 - 1 degrees of freedom; 1/n1 + 1/n2 + g^2/(2 n2).

    Glass 1976; variance as in metafor. The first arm's SD is not needed.
    """
    yi = _delta(c, correction)
    return yi, 1 / c["n1i"] + 1 / c["n2i"] + yi**2 / (2 * c["n2i"])


def glass_delta_unequal(
    c: Columns, correction: Correction = "exact", *, since_4_6: bool = False
) -> tuple[Floats, Floats]:
    """SMD1H: as SMD1, with a variance for arms of unequal spread (Bonett 2009, J Educ Behav Stat 34:118, adapted).

    sd1^2/(sd2^2 m1) + 1/m2 + g^2/(2 m2); m1 and m2 are the people of an arm (metafor before 4.6, the default here), or
    one less (metafor since 4.6).
    """
    refuse(c["sd1i"] <= 0, "sd1i must be above 0")
    less = 1 if since_4_6 else 0
    refuse(c["n1i"] <= less, "n1i must be at least 2")
    yi = _delta(c, correction)
    n1, n2 = c["n1i"] - less, c["n2i"] - less
    return yi, (c["sd1i"] / c["sd2i"]) ** 2 / n1 + 1 / n2 + yi**2 / (2 * n2)


def _delta(c: Columns, correction: Correction) -> Floats:
    refuse(c["n1i"] < 1, "n1i must be at least 1")
    refuse(c["n2i"] <= 2, "n2i must be above 2")
    refuse(c["sd2i"] <= 0, "sd2i must be above 0")
    return hedges_factor(c["n2i"] - 1, correction) * (c["m1i"] - c["m2i"]) / c["sd2i"]
