"""Quantiles and tail probabilities, accurate far out in the tails.

scipy.special and not scipy.stats: the same numbers without half a second of import.
"""

from __future__ import annotations

import math

from scipy import special


def two_sided_p(statistic: float, df: float | None = None) -> float:
    """Two-sided p of a normal (df None) or t statistic."""
    if df is None:
        return math.erfc(abs(statistic) / math.sqrt(2))
    if math.isinf(statistic):
        return 0.0
    return float(special.betainc(df / 2, 0.5, df / (df + statistic**2)))


def two_sided_quantile(level: float, df: float | None = None) -> float:
    """How many standard errors a `level` percent interval reaches to each side."""
    return quantile_of_p(1 - level / 100, df)


def quantile_of_p(p: float, df: float | None = None) -> float:
    """The normal (df None) or t statistic, above 0, whose two-sided p is `p`."""
    return -float(special.ndtri(p / 2) if df is None else special.stdtrit(df, p / 2))


def chi2_upper_p(statistic: float, df: float) -> float:
    """Probability of a larger chi-square."""
    return float(special.chdtrc(df, statistic))


def chi2_with_upper_tail(tail: float, df: float) -> float:
    """The chi-square that is exceeded with probability `tail`."""
    return float(special.chdtri(df, tail))
