"""What a relative effect means for people with an assumed risk: risk, risk difference, number needed to treat.

Cochrane Handbook 15.4. Ratios on their natural scale here, not logged; risks between 0 and 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from workbench.effects.checks import finite, positive, risk
from workbench.effects.measures import EffectError

Ratio = Literal["OR", "RR", "RD"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """How many people are treated for one more with the event (or one fewer)."""

    number: float  # above 0; infinite when nothing changes
    more_events: bool  # whether treatment adds events (a benefit where the event is good)
    risk: float  # with treatment
    difference: float  # risk with treatment minus assumed risk

    @property
    def whole(self) -> float:
        """Rounded up, as it is reported."""
        return self.number if math.isinf(self.number) else float(math.ceil(self.number - 1e-9))


def risk_with(measure: Ratio, value: float, assumed_risk: float) -> float:
    """The risk with treatment: OR p/(1 - p + OR p), RR p, or RD + p."""
    p = risk(assumed_risk, "the assumed risk")
    if measure == "OR":
        ratio = positive(value, "the odds ratio")
        return ratio * p / (1 - p + ratio * p)
    if measure == "RR":
        found = positive(value, "the risk ratio") * p
    elif measure == "RD":
        found = finite(value, "the risk difference") + p
    else:
        raise EffectError(f"the measure {measure!r} gives no risk; known are OR, RR, RD")
    if not 0 <= found <= 1:
        raise EffectError(
            f"{measure} {value:g} with an assumed risk of {p:g} gives a risk of {found:.3g}: choose another"
        )
    return found


def number_needed(measure: Ratio, value: float, assumed_risk: float) -> Needed:
    """Number needed to treat from OR, RR or RD with an assumed risk: 1 / |difference of risks|. Handbook 15.4.4.

    Give it the ends of a confidence interval too; when they lie on both sides of no difference, the interval of the
    number runs through infinity (Altman 1998, BMJ 317:1309).
    """
    treated = risk_with(measure, value, assumed_risk)
    difference = treated - assumed_risk
    number = math.inf if difference == 0 else 1 / abs(difference)
    return Needed(number=number, more_events=difference > 0, risk=treated, difference=difference)


def or_from_rr(risk_ratio: float, assumed_risk: float) -> float:
    """Odds ratio that goes with a risk ratio at an assumed risk."""
    treated = risk_with("RR", risk_ratio, assumed_risk)
    if treated == 1:
        raise EffectError("a risk of 1 with treatment has no odds")
    return treated / (1 - treated) * (1 - assumed_risk) / assumed_risk


def rr_from_or(odds_ratio: float, assumed_risk: float) -> float:
    """Risk ratio that goes with an odds ratio at an assumed risk. Handbook 15.4.4.4."""
    return risk_with("OR", odds_ratio, assumed_risk) / assumed_risk
