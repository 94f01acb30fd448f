"""How much the arms vary: ratios of SDs and of coefficients of variation, of two arms or of one, all as logarithms.

Nakagawa et al. 2015, Methods Ecol Evol 6:143. SDs carry the correction 1/(2(n - 1)) for small samples.
"""

from __future__ import annotations

import numpy as np

from workbench.effects.means import Columns, check_means
from workbench.effects.measures import Floats, refuse


def variability_ratio(c: Columns) -> tuple[Floats, Floats]:
    """VR: ln(sd1/sd2) + 1/(2(n1 - 1)) - 1/(2(n2 - 1)); 1/(2(n1 - 1)) + 1/(2(n2 - 1))."""
    for arm in ("1", "2"):
        refuse(c[f"n{arm}i"] < 2, f"n{arm}i must be at least 2")
        refuse(c[f"sd{arm}i"] <= 0, f"sd{arm}i must be above 0")
    first, second = 1 / (2 * (c["n1i"] - 1)), 1 / (2 * (c["n2i"] - 1))
    return np.log(c["sd1i"] / c["sd2i"]) + first - second, first + second


def variation_ratio(c: Columns, *, since_5: bool = False) -> tuple[Floats, Floats]:
    """CVR: the same of the coefficients of variation sd/mean.

    since_5: with metafor 5's further correction, minus (sd1^2/(n1 m1^2) - sd2^2/(n2 m2^2))/2.
    """
    check_means(c)
    refuse((c["m1i"] <= 0) | (c["m2i"] <= 0), "a coefficient of variation needs means above 0")
    yi, vi = variability_ratio(c)
    first = (c["sd1i"] / c["m1i"]) ** 2 / c["n1i"]
    second = (c["sd2i"] / c["m2i"]) ** 2 / c["n2i"]
    yi = yi - np.log(c["m1i"] / c["m2i"])
    return yi - (first - second) / 2 if since_5 else yi, vi + first + second


def log_sd(c: Columns) -> tuple[Floats, Floats]:
    """SDLN: one arm's ln(sd) + 1/(2(n - 1)); 1/(2(n - 1))."""
    _one(c)
    vi = 1 / (2 * (c["ni"] - 1))
    return np.log(c["sdi"]) + vi, vi


def log_variation(c: Columns) -> tuple[Floats, Floats]:
    """CVLN: one arm's ln(sd/mean) + 1/(2(n - 1)); 1/(2(n - 1)) + sd^2/(n mean^2)."""
    _one(c)
    refuse(c["mi"] <= 0, "a coefficient of variation needs a mean above 0")
    half = 1 / (2 * (c["ni"] - 1))
    return np.log(c["sdi"] / c["mi"]) + half, half + (c["sdi"] / c["mi"]) ** 2 / c["ni"]


def _one(c: Columns) -> None:
    refuse(c["sdi"] <= 0, "sdi must be above 0")
    refuse(c["ni"] < 2, "ni must be at least 2")
