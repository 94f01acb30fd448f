"""Effects as a report prints them: an estimate with its standard error, interval, test statistic or p.

A printed estimate is on the natural scale (a ratio is not logged); what comes back is on the analysis scale.
"""

from __future__ import annotations

import math
from typing import Literal

from workbench.effects.checks import LARGEST, degrees, finite, level_of, p_value, positive
from workbench.effects.measures import Effect, EffectError, measure_named
from workbench.effects.quantiles import quantile_of_p, two_sided_p, two_sided_quantile


def estimate_as_printed(
    measure: str,
    estimate: float,
    *,
    se: float | None = None,
    low: float | None = None,
    high: float | None = None,
    level: float = 95,
    statistic: float | None = None,
    p: float | None = None,
    df: float | None = None,
    se_scale: Literal["log", "natural"] = "log",
) -> Effect:
    """yi and vi from a printed estimate with its SE, confidence interval, z or t, or two-sided p (used in that order).

    SE from the interval: (U - L) / (2 q); from the test statistic: |yi / statistic|; from p: |yi| / q with q the
    quantile of p. q is normal, or Student's with `df`. Ratio measures are logged first; their printed SE is taken to be
    that of the log, unless se_scale is "natural" (then divided by the estimate). The other numbers given serve as a
    check and raise flags, as does an interval that is lopsided on the analysis scale: a sign or a digit lost in print
    shows there.
    Cochrane Handbook 6.3.
    """
    known = measure_named(measure)
    yi = _analysis(known.ratio, estimate, "estimate")
    flags: list[str] = []
    interval = _interval(known.ratio, yi, low, high)
    level_of(level)
    degrees(df)
    if p is not None:
        p_value(p)
    of = f"t({df:g})" if df is not None else "z"

    if se is not None:
        positive(se, "the standard error")
        error, how = se, "estimate and SE as printed"
        if known.ratio and se_scale == "natural":
            error, how = se / estimate, "estimate as printed; SE of the ratio divided by the ratio"
        elif known.ratio:
            flags.append("The printed standard error was taken to be that of the logarithm of the ratio.")
    elif interval is not None:
        error = (interval[1] - interval[0]) / (2 * two_sided_quantile(level, df))
        how = f"SE from the printed {level:g}% interval and {of}"
    elif statistic is not None:
        if finite(statistic, "the test statistic") == 0 or yi == 0:
            raise EffectError("a test statistic or an estimate of no difference gives no standard error")
        error, how = abs(yi / statistic), "SE from the printed test statistic"
        if (statistic < 0) != (yi < 0):
            flags.append("The printed test statistic has another sign than the estimate.")
    elif p is not None:
        if yi == 0:
            raise EffectError("an estimate of no difference gives no standard error from p")
        error = abs(yi) / quantile_of_p(p, df)
        how = f"SE from the printed two-sided p and {of}"
    else:
        raise EffectError(
            "a printed estimate needs a standard error, a confidence interval, a test statistic or a p value"
        )
    if not 1 / LARGEST < error < LARGEST:
        raise EffectError("the numbers as printed imply no usable standard error")

    flags.extend(_contradictions(yi, error, interval, level, p, df, by_interval=se is None and interval is not None))
    return Effect(measure=known.name, yi=yi, vi=error**2, how=how, flags=tuple(flags))


def _analysis(ratio: bool, value: float, name: str) -> float:
    value = finite(value, f"the {name}")
    if not ratio:
        return value
    if value <= 0:
        raise EffectError(f"the {name} of a ratio must be above 0, not {value:g}: is it already a logarithm?")
    return math.log(value)


def _interval(ratio: bool, yi: float, low: float | None, high: float | None) -> tuple[float, float] | None:
    if low is None and high is None:
        return None
    if low is None or high is None:
        raise EffectError("a confidence interval needs both its ends")
    ends = _analysis(ratio, low, "lower end"), _analysis(ratio, high, "upper end")
    if not ends[0] < ends[1]:
        raise EffectError(f"the interval's lower end {low:g} is not below its upper end {high:g}")
    if not ends[0] <= yi <= ends[1]:
        raise EffectError(f"the estimate lies outside its interval {low:g} to {high:g}: was a sign lost in print?")
    return ends


def _contradictions(
    yi: float,
    error: float,
    interval: tuple[float, float] | None,
    level: float,
    p: float | None,
    df: float | None,
    *,
    by_interval: bool,
) -> list[str]:
    """What the numbers printed beside the one used say against it; a tenth allows for rounding in print."""
    found = []
    if interval is not None:
        below, above = yi - interval[0], interval[1] - yi
        if abs(above - below) > 0.1 * (above + below) / 2:
            found.append("The printed interval is not symmetric about the estimate on the analysis scale.")
        implied = (above + below) / (2 * two_sided_quantile(level, df))
        if not by_interval and not 0.9 < implied / error < 1.1:
            found.append("The printed interval implies another standard error than the one used.")
    if p is not None and yi != 0:
        expected = two_sided_p(yi / error, df)
        # p is printed with few digits: only a disagreement in kind is worth a reviewer's time.
        if abs(math.log(max(expected, 1e-12) / max(p, 1e-12))) > math.log(2) and abs(expected - p) > 0.005:
            found.append(f"The printed p = {p:g} does not fit the estimate and its spread (p = {expected:.2g}).")
    return found
