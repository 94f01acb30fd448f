"""Odds ratios and standardised differences turned into each other; responders as a standardised difference.

Both rest on an outcome that is continuous underneath, and a cut that makes responders of it.
"""

from __future__ import annotations

import math
from typing import Literal, get_args

from scipy import special

from workbench.effects.checks import finite, not_negative, people, risk
from workbench.effects.measures import Effect, EffectError
from workbench.effects.tables import COX, LOGISTIC

Way = Literal["logistic", "cox"]
Response = Literal["logistic", "cox", "probit"]
# SMD per log odds ratio: the logistic distribution has SD pi/sqrt(3) (Hasselblad & Hedges 1995, Psychol Bull 117:167;
# Chinn 2000, Stat Med 19:3127); Cox & Snell 1989 fit the normal one, whose logits are 1.65 times as far apart.
FACTORS: dict[str, float] = {"logistic": float(LOGISTIC), "cox": COX}


def or_to_smd(effect: Effect, *, way: Way = "logistic") -> Effect:
    """SMD from a log odds ratio: ln(OR) sqrt(3)/pi (or /1.65), the same factor on its SE. Cochrane Handbook 10.6.

    The sign: the OR of a good event above 1 gives a positive SMD of a score in which higher is better.
    """
    if effect.measure not in ("OR", "PETO"):
        raise EffectError(f"an odds ratio is needed here, not {effect.measure}")
    k = _factor(way)
    how = f"from the odds ratio ({_source(way)})"
    return Effect(measure="SMD", yi=k * effect.yi, vi=k**2 * effect.vi, how=how, flags=effect.flags)


def smd_to_or(effect: Effect, *, way: Way = "logistic") -> Effect:
    """Log odds ratio from a standardised difference; see `or_to_smd`."""
    if effect.measure != "SMD":
        raise EffectError(f"a standardised difference is needed here, not {effect.measure}")
    k = _factor(way)
    how = f"from the standardised difference ({_source(way)})"
    return Effect(measure="OR", yi=effect.yi / k, vi=effect.vi / k**2, how=how, flags=effect.flags)


def responders_to_smd(
    events1: float, n1: float, events2: float, n2: float, *, way: Response = "logistic", add: float = 0.5
) -> Effect:
    """SMD from responders and people of two arms; positive when the first arm has more responders.

    logistic, cox: through the odds ratio. probit: difference of the normal quantiles of the two risks, variance by the
    delta method (metafor's PBIT; Sanchez-Meca et al. 2003, Psychol Methods 8:448). `add` goes to all four cells when
    one is empty, as for odds ratios.
    """
    a, c = not_negative(events1, "the first arm's responders"), not_negative(events2, "the second arm's responders")
    n1, n2 = people(n1, "the first arm"), people(n2, "the second arm")
    if a > n1 or c > n2:
        raise EffectError("more responders than people")
    if way not in get_args(Response):
        raise EffectError(f"the way {way!r} is not known; known are {', '.join(get_args(Response))}")
    b, d = n1 - a, n2 - c
    flags: tuple[str, ...] = ()
    if min(a, b, c, d) == 0:
        if add <= 0:
            raise EffectError("an arm in which everybody or nobody responds gives no SMD without a correction")
        a, b, c, d = a + add, b + add, c + add, d + add
        flags = (f"{add:g} was added to every cell because one is empty.",)
    if way != "probit":
        ratio = Effect(measure="OR", yi=math.log(a * d / (b * c)), vi=1 / a + 1 / b + 1 / c + 1 / d, flags=flags)
        found = or_to_smd(ratio, way=way)
        return Effect(measure="SMD", yi=found.yi, vi=found.vi, how=f"responders, {found.how}", flags=flags)
    z1, z2 = float(special.ndtri(a / (a + b))), float(special.ndtri(c / (c + d)))
    vi = sum(
        2 * math.pi * p * (1 - p) * math.exp(z**2) / n
        for p, z, n in ((a / (a + b), z1, a + b), (c / (c + d), z2, c + d))
    )
    return Effect(measure="SMD", yi=z1 - z2, vi=vi, how="responders, difference of probits", flags=flags)


def responders_from_smd(smd: float, comparator_risk: float) -> float:
    """Share of responders in the first arm that goes with an SMD (higher is better) and the comparator's share.

    Phi(Phi^-1(comparator) + SMD); Furukawa & Leucht 2011, PLoS One 6:e19070; Cochrane Handbook 15.5.3.3.
    """
    base = float(special.ndtri(risk(comparator_risk, "the comparator's share of responders")))
    return float(special.ndtr(base + finite(smd, "the SMD")))


def _factor(way: str) -> float:
    if way not in FACTORS:
        raise EffectError(f"the way {way!r} is not known; known are {', '.join(FACTORS)}")
    return FACTORS[way]


def _source(way: str) -> str:
    return {"logistic": "sqrt(3)/pi, Hasselblad and Hedges 1995", "cox": "1/1.65, Cox and Snell 1989"}[way]
