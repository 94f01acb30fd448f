"""Hazard ratios from a log-rank test: observed minus expected events and their variance, or p and the events.

A hazard ratio printed with its interval, standard error or p goes through `printed.estimate_as_printed("HR", ...)`.
Tierney et al. 2007 (10.1186/1745-6215-8-16) gives these ways of Parmar et al. 1998 (Stat Med 17:2815).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from workbench.effects.checks import direction, finite, p_value, people, positive
from workbench.effects.measures import Effect, EffectError, Floats, refuse
from workbench.effects.quantiles import quantile_of_p


def from_log_rank(c: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Log hazard ratios of k trials from O - E (`oe`) and V (`v`)."""
    refuse(c["v"] <= 0, "v, the log-rank variance, must be above 0")
    return c["oe"] / c["v"], 1 / c["v"]


def hazard_ratio_from_log_rank(observed_minus_expected: float, variance: float) -> Effect:
    """Log hazard ratio (O - E)/V with variance 1/V; O - E of the first arm. Cochrane Handbook 6.8.2, 10.3.3."""
    v = positive(variance, "the log-rank variance V")
    yi = finite(observed_minus_expected, "O - E") / v
    return Effect(measure="HR", yi=yi, vi=1 / v, how="(O - E)/V of the log-rank test")


def log_rank_variance(events1: float, events2: float, *, n1: float | None = None, n2: float | None = None) -> float:
    """V of the log-rank test, approximately: E1 E2/E from the events of both arms, or E n1 n2/(n1 + n2)^2.

    The first where no arm sizes are given; the second counts on randomisation in the ratio n1:n2 and all events E.
    """
    e1, e2 = people(events1, "the first arm's events", at_least=0), people(events2, "the second arm's", at_least=0)
    if (n1 is None) != (n2 is None):
        raise EffectError("give the sizes of both arms or of none")
    if n1 is not None and n2 is not None:
        n1, n2 = people(n1, "n1"), people(n2, "n2")
        v = (e1 + e2) * n1 * n2 / (n1 + n2) ** 2
    else:
        v = e1 * e2 / (e1 + e2) if e1 + e2 > 0 else 0.0
    if v <= 0:
        raise EffectError("without events there is no hazard ratio")
    return v


def hazard_ratio_from_p(
    p: float, events1: float, events2: float, *, sign: int, n1: float | None = None, n2: float | None = None
) -> Effect:
    """Log hazard ratio from the two-sided p of a log-rank test and the events: q(p) / sqrt(V).

    sign: -1 when the first arm had the lower hazard, as the text tells, else 1. V as in `log_rank_variance`.
    """
    v = log_rank_variance(events1, events2, n1=n1, n2=n2)
    yi = direction(sign) * quantile_of_p(p_value(p)) / math.sqrt(v)
    return Effect(
        measure="HR", yi=yi, vi=1 / v, how="from the log-rank test's p and the events; direction from the text"
    )
