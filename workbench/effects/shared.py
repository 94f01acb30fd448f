"""The covariance of two effects of one trial that share an arm, for analyses that keep both comparisons whole.

All on the analysis scale (logs for ratios). With them V is a matrix: variances on its diagonal, these beside it.
Gleser & Olkin 2009, in The handbook of research synthesis, 2nd ed., ch. 19; Cochrane Handbook 23.3.4.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.effects.arms import ArmEvents, ArmMeans
from workbench.effects.checks import finite, positive
from workbench.effects.measures import EffectError, Floats

MEANS = ("MD", "SMD", "ROM")
EVENTS = ("OR", "RR", "RD", "AS")


def shared_covariance_means(
    measure: str, shared: ArmMeans, *, effects: tuple[float, float] = (0.0, 0.0), people: float | None = None
) -> float:
    """Covariance of two MD, SMD or ROM that have the second arm in common.

    MD: sd^2/n of the shared arm. ROM: sd^2/(n mean^2). SMD: 1/n + d1 d2/(2 N) with the two SMDs (`effects`) and N all
    the people of the trial's arms compared (`people`), the SD pooled over them (Gleser & Olkin, 19.3).
    """
    if measure == "MD":
        return shared.sd**2 / shared.n
    if measure == "ROM":
        if shared.mean == 0:
            raise EffectError("a ratio of means needs a mean other than 0")
        return (shared.sd / shared.mean) ** 2 / shared.n
    if measure == "SMD":
        if people is None or not people > shared.n:
            raise EffectError("the covariance of SMDs needs the number of people in all their arms")
        return 1 / shared.n + finite(effects[0], "each SMD") * finite(effects[1], "each SMD") / (2 * people)
    raise EffectError(f"no covariance is known for {measure} of means; known are {', '.join(MEANS)}")


def shared_covariance_events(measure: str, shared: ArmEvents) -> float:
    """Covariance of two log OR, log RR, RD or arcsine differences that have the second arm in common.

    It is the shared arm's part of the variance: 1/c + 1/d; 1/c - 1/n; p(1 - p)/n; 1/(4 n).
    """
    c, n = shared.events, shared.n
    if measure == "RD":
        return c / n * (1 - c / n) / n
    if measure == "AS":
        return 1 / (4 * n)
    if measure == "OR":
        return 1 / positive(c, "the shared arm's events") + 1 / positive(n - c, "its people without the event")
    if measure == "RR":
        return 1 / positive(c, "the shared arm's events") - 1 / n
    raise EffectError(f"no covariance is known for {measure} of counts; known are {', '.join(EVENTS)}")


def shared_covariance_rates(events: float, person_time: float, *, measure: str = "IRR") -> float:
    """Covariance of two log rate ratios (1/x) or rate differences (x/t^2) that have the second arm in common."""
    x, t = positive(events, "the shared arm's events"), positive(person_time, "the person-time")
    if measure not in ("IRR", "IRD"):
        raise EffectError(f"no covariance is known for {measure} of rates; known are IRR, IRD")
    return 1 / x if measure == "IRR" else x / t**2


def shared_matrix(vi: Sequence[float], covariance: Floats | float) -> Floats:
    """k x k variances and covariances of k effects that all share one arm.

    covariance: one number (MD, ROM, OR, RR, RD) or a symmetric k x k array whose diagonal is ignored (SMD).
    EffectError when no sample can have such a matrix, which shows a covariance of other effects.
    """
    variances = np.asarray(vi, dtype=np.float64)
    k = variances.size
    if k < 2 or not (np.isfinite(variances) & (variances > 0)).all():
        raise EffectError("two or more variances above 0 are needed")
    found = np.broadcast_to(np.asarray(covariance, dtype=np.float64), (k, k)).copy()
    if not np.allclose(found, found.T, rtol=1e-12, atol=0):
        raise EffectError("covariances must be the same in both directions")
    np.fill_diagonal(found, variances)
    if not np.linalg.eigvalsh(found).min() > 0:
        raise EffectError("these variances and covariances do not go together: are they of the same effects?")
    return found
