"""Effects from means and standard deviations of two arms, and standardised differences from d, t or p.

Arrays have length k. `m1i sd1i n1i` belong to the first (active) arm, `m2i sd2i n2i` to the second; the difference is
always first minus second.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
from scipy import special

from workbench.effects.checks import MOST_PEOPLE, direction, finite, not_negative, p_value
from workbench.effects.measures import Effect, EffectError, Floats, refuse
from workbench.effects.quantiles import quantile_of_p

Correction = Literal["exact", "approximate", "none"]
Columns = Mapping[str, Floats]


def hedges_factor(df: Floats | float, correction: Correction = "exact") -> Floats:
    """Hedges' factor J that turns d into g, for `df` degrees of freedom (n1 + n2 - 2 for two arms).

    exact: gamma(m/2) / (sqrt(m/2) gamma((m-1)/2)); approximate: 1 - 3/(4m - 1), as RevMan; none: 1 (Cohen's d).
    Hedges 1981, J Educ Stat 6:107. Needs df > 1.
    """
    if correction not in get_args(Correction):
        raise EffectError(f"the correction {correction!r} is not known; known are {', '.join(get_args(Correction))}")
    m = np.asarray(df, dtype=np.float64)
    if correction == "none":
        return np.ones_like(m)
    if correction == "approximate":
        return 1 - 3 / (4 * m - 1)
    exact: Floats = np.exp(special.gammaln(m / 2) - special.gammaln((m - 1) / 2)) / np.sqrt(m / 2)
    # The difference of two large log-gammas loses digits; from 1000 degrees of freedom on, the series is exact to
    # the last one.
    z = (m - 1) / 2
    series = 1 - 1 / (8 * z) + 1 / (128 * z**2) + 5 / (1024 * z**3) - 21 / (32768 * z**4)
    return np.where(m > 1000, np.sqrt(1 - 1 / m) * series, exact)


def check_means(c: Columns) -> None:
    """Refuse arms without people or without spread: such rows are typing errors, not data."""
    for arm in ("1", "2"):
        refuse(c[f"n{arm}i"] < 1, f"n{arm}i must be at least 1")
        refuse(c[f"sd{arm}i"] <= 0, f"sd{arm}i must be above 0")


def md(c: Columns, vtype: str = "LS") -> tuple[Floats, Floats]:
    """Mean difference. vtype LS: each arm has its own variance; HO: one pooled variance."""
    check_means(c)
    yi = c["m1i"] - c["m2i"]
    if vtype == "HO":
        refuse(c["n1i"] + c["n2i"] <= 2, "a pooled SD needs n1i + n2i above 2")
        return yi, _pooled_variance(c) * (1 / c["n1i"] + 1 / c["n2i"])
    return yi, c["sd1i"] ** 2 / c["n1i"] + c["sd2i"] ** 2 / c["n2i"]


def smd(c: Columns, vtype: str = "LS", correction: Correction = "exact") -> tuple[Floats, Floats]:
    """Standardised mean difference over the pooled SD; Hedges' g unless correction is "none".

    vtype names the variance: LS (metafor's default) 1/n1 + 1/n2 + g^2/(2N); LS2 and UB as in metafor; AV the same with
    the mean of all k effects, weighted by N, in place of each g; RevMan N/(n1 n2) + g^2/(2(N - 3.94)).
    """
    check_means(c)
    n1, n2 = c["n1i"], c["n2i"]
    refuse(n1 + n2 <= 3, "a standardised difference needs n1i + n2i above 3")
    d = (c["m1i"] - c["m2i"]) / np.sqrt(_pooled_variance(c))
    return smd_from_d(d, n1, n2, vtype, correction)


def smd_from_d(d: Floats, n1: Floats, n2: Floats, vtype: str, correction: Correction) -> tuple[Floats, Floats]:
    """g and its variance from Cohen's d and the arm sizes; see `smd` for vtype."""
    n = n1 + n2
    m = n - 2
    j = hedges_factor(m, correction)
    g = j * d
    vi = 1 / n1 + 1 / n2
    if vtype == "LS":
        vi = vi + g**2 / (2 * n)
    elif vtype == "LS2":
        vi = j**2 * (vi + d**2 / (2 * n))
    elif vtype == "AV":
        known = np.isfinite(g * n)
        average = np.sum((n * g)[known]) / np.sum(n[known]) if known.any() else np.nan
        vi = vi + average**2 / (2 * n)
    elif vtype == "UB":
        vi = vi + (1 - (m - 2) / (m * j**2)) * g**2
    elif vtype == "RevMan":
        refuse(n <= 3.94, "RevMan's variance needs n1i + n2i above 3.94")
        vi = vi + g**2 / (2 * (n - 3.94))
    else:
        raise EffectError(f"the variance {vtype!r} is not known for SMD; known are LS, LS2, UB, AV, RevMan")
    return g, vi


def rom(c: Columns, vtype: str = "LS", *, corrected: bool = False) -> tuple[Floats, Floats]:
    """Log ratio of means (Hedges, Gurevitch & Curtis 1999, Ecology 80:1150).

    corrected: with the bias correction (sd1^2/(n1 m1^2) - sd2^2/(n2 m2^2))/2 that metafor has had since 5.0 (Lajeunesse
    2015, Ecology 96:2056).
    """
    check_means(c)
    refuse(c["m1i"] / c["m2i"] <= 0, "a ratio of means needs two means of one sign, neither of them 0")
    yi = np.log(c["m1i"] / c["m2i"])
    if vtype == "HO":
        refuse(c["n1i"] + c["n2i"] <= 2, "a pooled SD needs n1i + n2i above 2")
        v1 = v2 = _pooled_variance(c)
    else:
        v1, v2 = c["sd1i"] ** 2, c["sd2i"] ** 2
    first, second = v1 / (c["n1i"] * c["m1i"] ** 2), v2 / (c["n2i"] * c["m2i"] ** 2)
    return yi + (first - second) / 2 if corrected else yi, first + second


def smd_as_odds_ratio(c: Columns, *, factor: float) -> tuple[Floats, Floats]:
    """Log odds ratio from Cohen's d, without Hedges' factor as in metafor: d and its standard error times `factor`."""
    d, vi = smd(c, correction="none")
    return factor * d, factor**2 * vi


def _pooled_variance(c: Columns) -> Floats:
    n1, n2 = c["n1i"], c["n2i"]
    return ((n1 - 1) * c["sd1i"] ** 2 + (n2 - 1) * c["sd2i"] ** 2) / (n1 + n2 - 2)


def hedges_from_d(d: float, n1: float, n2: float, *, correction: Correction = "exact", vtype: str = "LS") -> Effect:
    """Hedges' g and its variance from a printed Cohen's d (pooled SD) and the arm sizes."""
    _two_arms(n1, n2)
    finite(d, "d")
    yi, vi = smd_from_d(np.array([d]), np.array([n1]), np.array([n2]), vtype, correction)
    return Effect(measure="SMD", yi=float(yi[0]), vi=float(vi[0]), how="Hedges g from d and the arm sizes")


def smd_from_t(t: float, n1: float, n2: float, *, correction: Correction = "exact", vtype: str = "LS") -> Effect:
    """Hedges' g from the t of a two-sample test with n1 + n2 - 2 degrees of freedom; the sign is t's.

    See `smd_from_f` for an F with one numerator degree of freedom.
    """
    _two_arms(n1, n2)
    effect = hedges_from_d(finite(t, "t") * float(np.sqrt(1 / n1 + 1 / n2)), n1, n2, correction=correction, vtype=vtype)
    return Effect(measure="SMD", yi=effect.yi, vi=effect.vi, how="Hedges g from t and the arm sizes")


def smd_from_p(
    p: float, n1: float, n2: float, *, sign: int, correction: Correction = "exact", vtype: str = "LS"
) -> Effect:
    """Hedges' g from the two-sided p of a two-sample t test; `sign` (-1 or 1) is the direction the text tells."""
    _two_arms(n1, n2)
    p_value(p)
    direction(sign)
    t = quantile_of_p(p, n1 + n2 - 2)
    effect = smd_from_t(sign * t, n1, n2, correction=correction, vtype=vtype)
    how = "Hedges g from the two-sided p by way of t with n1 + n2 - 2 df; direction from the text"
    return Effect(measure="SMD", yi=effect.yi, vi=effect.vi, how=how)


def smd_from_f(
    f: float, n1: float, n2: float, *, sign: int, correction: Correction = "exact", vtype: str = "LS"
) -> Effect:
    """Hedges' g from an F with one numerator degree of freedom (two arms), which is t squared; `sign` as for p."""
    not_negative(f, "F")
    direction(sign)
    effect = smd_from_t(sign * float(np.sqrt(f)), n1, n2, correction=correction, vtype=vtype)
    how = "Hedges g from F (the square of t) and the arm sizes; direction from the text"
    return Effect(measure="SMD", yi=effect.yi, vi=effect.vi, how=how)


def _two_arms(n1: float, n2: float) -> None:
    if not (n1 >= 1 and n2 >= 1 and 3 < n1 + n2 <= MOST_PEOPLE):
        raise EffectError(f"arm sizes {n1!r} and {n2!r} do not allow a standardised difference")
