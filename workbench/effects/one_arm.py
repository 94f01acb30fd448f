"""Effects of one arm alone: a mean, a proportion, an event rate, a correlation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from workbench.effects.measures import Floats, refuse
from workbench.effects.tables import UNCORRECTED, ZeroCells, amount_added, where_defined

Columns = Mapping[str, Floats]


def from_means(measure: str, c: Columns) -> tuple[Floats, Floats]:
    """MN the mean, MNLN its logarithm: sd^2/n, and sd^2/(n mean^2) by the delta method."""
    mean, sd, n = c["mi"], c["sdi"], c["ni"]
    refuse(sd <= 0, "sdi must be above 0")
    refuse(n < 1, "ni must be at least 1")
    if measure == "MN":
        return mean, sd**2 / n
    refuse(mean <= 0, "the logarithm of a mean needs a mean above 0")
    return np.log(mean), sd**2 / (n * mean**2)


def from_proportions(measure: str, c: Columns, policy: ZeroCells) -> tuple[Floats, Floats]:
    """One arm's events `xi` of `ni` (or `xi` and non-events `mi`).

    PR, PLN, PLO: raw, log, logit; PAS arcsine; PFT Freeman & Tukey's double arcsine (1950, Ann Math Stat 21:607).
    """
    x = c["xi"]
    rest = c["mi"] if "mi" in c else c["ni"] - x
    refuse(x < 0, "xi must not be negative")
    refuse(rest < 0, "more events (xi) than people (ni)")
    add = amount_added((x == 0) | (rest == 0), policy.none if measure in UNCORRECTED else policy)
    x, n = x + add, x + rest + 2 * add
    refuse(n <= 0, "nobody in the arm")
    p = x / n
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "PR":
            yi, vi = p, p * (1 - p) / n
        elif measure == "PLN":
            yi, vi = np.log(p), 1 / x - 1 / n
        elif measure == "PLO":
            yi, vi = np.log(p / (1 - p)), 1 / x + 1 / (n - x)
        elif measure == "PAS":
            yi, vi = np.arcsin(np.sqrt(p)), 1 / (4 * n)
        else:
            yi = (np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1)))) / 2
            vi = 1 / (4 * n + 2)
    return where_defined(yi, vi)


def from_rate(measure: str, c: Columns, policy: ZeroCells) -> tuple[Floats, Floats]:
    """One arm's events `xi` in person-time `ti`: IR the rate (x/t^2), IRLN its logarithm (1/x)."""
    refuse(c["xi"] < 0, "xi must not be negative")
    refuse(c["ti"] <= 0, "ti must be above 0")
    x, t = c["xi"] + amount_added(c["xi"] == 0, policy), c["ti"]
    if measure == "IR":
        return x / t, x / t**2
    with np.errstate(divide="ignore", invalid="ignore"):
        return where_defined(np.log(x / t), 1 / x)


def from_correlations(measure: str, c: Columns, vtype: str = "LS") -> tuple[Floats, Floats]:
    """A correlation `ri` of `ni` people: COR raw (large-sample variance), or ZCOR as Fisher's z.

    vtype AV: the variance with the mean of all k correlations, weighted by `ni`.
    """
    r, n = c["ri"], c["ni"]
    refuse(np.abs(r) > 1, "ri must lie between -1 and 1")
    if measure == "COR":
        refuse(n <= 1, "ni must be above 1")
        known = np.isfinite(r * n)
        average = np.sum((n * r)[known]) / np.sum(n[known]) if vtype == "AV" and known.any() else r
        return r, (1 - average**2) ** 2 / (n - 1)
    refuse(np.abs(r) == 1, "Fisher's z is not defined for a correlation of 1 or -1")
    refuse(n <= 3, "Fisher's z needs ni above 3")
    return np.arctanh(r), 1 / (n - 3)
