"""From the spread that a report prints to a standard deviation or a standard error.

Single numbers in and out; `rows.by_row` applies any of these to columns. Cochrane Handbook 6.5.2 unless said otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from workbench.effects.checks import (
    correlation,
    degrees,
    finite,
    level_of,
    ordered,
    p_value,
    people,
    positive,
)
from workbench.effects.measures import EffectError
from workbench.effects.quantiles import quantile_of_p, two_sided_quantile

# From so many people on a mean's interval is taken to have been made with the normal quantile (Handbook 6.5.2.2).
NORMAL_FROM = 60
Quantile = Literal["auto", "z", "t"]


def sd_from_se(se: float, n: float) -> float:
    """SD of n people from the standard error of their mean: SE sqrt(n). Handbook 6.5.2.2."""
    return positive(se, "the standard error") * math.sqrt(people(n, at_least=2))


def sd_from_ci_half_width(half_width: float, n: float, *, level: float = 95, quantile: Quantile = "auto") -> float:
    """SD from half the width of a mean's confidence interval: sqrt(n) times half width / q. Handbook 6.5.2.2.

    q is normal ("z"), Student's with n - 1 degrees of freedom ("t"), or "auto": t below 60 people, else normal.
    """
    n = people(n, at_least=2)
    if quantile not in ("auto", "z", "t"):
        raise EffectError(f"the quantile {quantile!r} is not known; known are auto, z, t")
    student = quantile == "t" or (quantile == "auto" and n < NORMAL_FROM)
    q = two_sided_quantile(level_of(level), n - 1 if student else None)
    return positive(half_width, "the half width") * math.sqrt(n) / q


def sd_from_ci(low: float, high: float, n: float, *, level: float = 95, quantile: Quantile = "auto") -> float:
    """SD from the confidence interval of one arm's mean; see `sd_from_ci_half_width`."""
    low, high = ordered(low, high)
    return sd_from_ci_half_width((high - low) / 2, n, level=level, quantile=quantile)


def sd_from_cv(mean: float, cv_percent: float) -> float:
    """SD from a coefficient of variation in percent of the mean."""
    return positive(abs(finite(mean, "the mean")), "the mean") * positive(cv_percent, "the CV") / 100


def se_from_ci(low: float, high: float, *, level: float = 95, df: float | None = None) -> float:
    """SE of a difference from its confidence interval: (U - L) / (2 q); q normal, or Student's with df.

    Handbook 6.5.2.3: small trials print intervals made with t, df = n1 + n2 - 2.
    """
    low, high = ordered(low, high)
    return (high - low) / (2 * two_sided_quantile(level_of(level), degrees(df)))


def se_from_t(difference: float, t: float) -> float:
    """SE of a difference from its t (or z): difference / t, without sign. Handbook 6.5.2.3."""
    difference, t = finite(difference, "the difference"), finite(t, "the test statistic")
    if difference == 0 or t == 0:
        raise EffectError("a difference or a test statistic of 0 gives no standard error")
    return abs(difference) / positive(abs(t), "the test statistic")


def se_from_f(difference: float, f: float) -> float:
    """SE of a difference from an F with one numerator degree of freedom, which is t squared."""
    return se_from_t(difference, math.sqrt(positive(f, "F")))


def se_from_p(difference: float, p: float, *, df: float | None = None) -> float:
    """SE of a difference from its two-sided p: |difference| / q(p); q normal, or Student's with df.

    Handbook 6.5.2.3.
    """
    if finite(difference, "the difference") == 0:
        raise EffectError("an estimate of no difference gives no standard error from p")
    return abs(difference) / quantile_of_p(p_value(p), degrees(df))


def sd_from_difference(se: float, n1: float, n2: float) -> float:
    """SD of the arms (taken as equal) from the SE of their mean difference: SE / sqrt(1/n1 + 1/n2).

    Handbook 6.5.2.3. The same SD then serves both arms.
    """
    se = positive(se, "the standard error of the difference")
    return se / math.sqrt(1 / people(n1, "n1") + 1 / people(n2, "n2"))


def sd_of_change(sd_baseline: float, sd_final: float, r: float) -> float:
    """SD of the change from the SDs before and after and their correlation. Handbook 6.5.2.8."""
    r = correlation(r)
    b, f = positive(sd_baseline, "the baseline SD"), positive(sd_final, "the final SD")
    variance = b**2 + f**2 - 2 * r * b * f
    if variance <= 0:
        raise EffectError(f"SDs {b:g} and {f:g} with correlation {r:g} leave no variance in the change")
    return math.sqrt(variance)


def correlation_from_sd(sd1: float, sd2: float, sd_difference: float) -> float:
    """The within-person correlation that the SD of the differences (or of the change) implies. Handbook 6.5.2.8."""
    for sd in (sd1, sd2, sd_difference):
        positive(sd, "each SD")
    r = (sd1**2 + sd2**2 - sd_difference**2) / (2 * sd1 * sd2)
    if not -1 <= r <= 1:
        raise EffectError(f"the SDs {sd1:g}, {sd2:g} and {sd_difference:g} imply a correlation of {r:.2f}: check them")
    return r


def typical_correlation(correlations: Sequence[float], people_of: Sequence[float]) -> float:
    """One within-person correlation from those of several trials: Fisher's z, weighted by people less 3.

    For trials of the review that print no SD of differences; with it belongs a range. Cochrane Handbook 23.2.7.2.
    """
    if not correlations or len(correlations) != len(people_of):
        raise EffectError("a typical correlation needs at least one trial's correlation, each with its people")
    weights = [people(n, at_least=4) - 3 for n in people_of]
    if any(abs(correlation(r)) == 1 for r in correlations):
        raise EffectError("a correlation of 1 or -1 is none between measurements: check it")
    return math.tanh(sum(w * math.atanh(r) for w, r in zip(weights, correlations, strict=True)) / sum(weights))


def sd_of_change_from_t(change: float, t: float, n: float) -> float:
    """SD of the change in n people from its mean and the paired t."""
    return sd_from_se(se_from_t(change, t), people(n, at_least=2))


def sd_of_change_from_p(change: float, p: float, n: float) -> float:
    """SD of the change in n people from its mean and the two-sided p of a paired t test (n - 1 df)."""
    n = people(n, at_least=2)
    return sd_from_se(se_from_p(change, p, df=n - 1), n)
