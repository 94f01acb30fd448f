"""Trials that randomised groups of people: what is lost because people of one cluster are alike.

Cochrane Handbook 23.1.4 and 23.1.5. m: mean size of a cluster; icc: intracluster correlation.
"""

from __future__ import annotations

import math
from dataclasses import replace

from workbench.effects.checks import finite, not_negative, people
from workbench.effects.measures import Effect, EffectError


def design_effect(m: float, icc: float, *, cv: float = 0) -> float:
    """1 + (m - 1) ICC; with unequal clusters 1 + ((1 + cv^2) m - 1) ICC, cv their coefficient of variation.

    Eldridge, Ashby & Kerry 2006, Int J Epidemiol 35:1292, for unequal clusters.
    """
    m = people(m, "the mean size of a cluster")
    if not 0 <= icc <= 1:
        raise EffectError("the intracluster correlation must lie between 0 and 1")
    return 1 + ((1 + not_negative(cv, "the coefficient of variation") ** 2) * m - 1) * icc


def effective_n(n: float, effect: float) -> float:
    """People, or events, that the clustered ones are worth: n / design effect; not rounded."""
    return not_negative(n, "the number") / _at_least_one(effect)


def inflated_se(se: float, effect: float) -> float:
    """A standard error that ignored the clusters, made right: SE sqrt(design effect). Handbook 23.1.5."""
    if not (finite(se, "the standard error") > 0):
        raise EffectError("the standard error must be above 0")
    return se * math.sqrt(_at_least_one(effect))


def clustered(effect: Effect, m: float, icc: float, *, cv: float = 0) -> Effect:
    """An effect whose variance ignored the clusters, with its variance times the design effect."""
    factor = design_effect(m, icc, cv=cv)
    how = f"variance times the design effect {factor:.3f} (clusters of {m:g}, ICC {icc:g})"
    return replace(effect, vi=effect.vi * factor, how="; ".join(part for part in (effect.how, how) if part))


def _at_least_one(effect: float) -> float:
    if not (math.isfinite(effect) and effect >= 1):
        raise EffectError("a design effect is 1 or more")
    return effect
