"""Mean and SD from a median with quartiles or extremes where the data are skewed: quantile estimation and Box-Cox.

Both assume a family of distributions instead of the normal one (McGrath et al. 2020, 10.1177/0962280219889080), and are
known from the R package estmeansd. What it draws at random is integrated here, so the same numbers always give the same
result. Its third method (MLN, Cai et al. 2021) is left out: the power it chooses there depends on the unit of the
outcome, and above 1 it is nearly always the logarithm.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import optimize, special

from workbench.effects.measures import EffectError, Floats
from workbench.effects.medians import MeanSD, Summary, luo_mean, wan_sd

SkewedMethod = Literal["qe", "bc"]
SMALL = 1e-8  # powers below are the logarithm
NODES, WEIGHTS = np.polynomial.legendre.leggauss(400)


def mean_sd_skewed(
    median: float,
    n: float,
    *,
    minimum: float | None = None,
    q1: float | None = None,
    q3: float | None = None,
    maximum: float | None = None,
    method: SkewedMethod = "qe",
) -> MeanSD:
    """Mean and SD of n people (5 or more) from their median and quartiles, extremes or both, without normality.

    qe: quantile estimation, bc: the Box-Cox method. bc needs numbers above 0 that all differ; with a number below 0 qe
    can only fit a normal distribution, and says so.
    """
    summary = Summary(median=median, n=n, minimum=minimum, q1=q1, q3=q3, maximum=maximum)
    if method == "qe":
        return quantile_estimation(summary)
    if method == "bc":
        return box_cox(summary)
    raise EffectError(f"the method {method!r} is not known; known are qe, bc")


@dataclass(frozen=True, slots=True)
class _Fit:
    """A distribution fitted to the quantiles: what is left over, and its moments."""

    name: str
    loss: float
    mean: float
    sd: float


def quantile_estimation(summary: Summary) -> MeanSD:
    """QE: of the normal, log-normal, gamma and Weibull distributions, the one whose quantiles lie nearest.

    Least squares between printed and fitted quantiles; the extremes are taken as the quantiles 1/n and 1 - 1/n. The
    beta distribution, for data between 0 and 1, is left out. The fits have no bounds that depend on the unit.
    """
    p = _probabilities(summary)
    q = np.array(summary.values)
    fits = [_normal_fit(p, q)]
    flags: tuple[str, ...] = ()
    if q[0] < 0:
        flags = ("With a number below 0 only the normal distribution was fitted.",)
    else:
        fits += [_scale_fit(name, p, q) for name in FAMILIES]
    best = min(fits, key=lambda fit: fit.loss)
    how = f"quantile estimation (McGrath 2020), {best.name} distribution"
    return MeanSD(mean=best.mean, sd=best.sd, how=how, flags=flags)


def box_cox(summary: Summary) -> MeanSD:
    """BC: the power transformation that makes the numbers symmetric, Luo's mean and Wan's SD there, turned back.

    The power lies between 0 (the logarithm) and 3. The normal distribution on the transformed scale is cut where the
    transformation ends, on both sides alike.
    """
    if min(summary.values) <= 0 or len(set(summary.values)) < len(summary.values):
        raise EffectError("the Box-Cox method needs numbers above 0 that all differ: use qe")

    def asymmetry(power: float) -> float:
        t = _transformed(np.array(summary.values), power)
        middle = len(t) // 2
        pairs = [(t[i], t[-1 - i]) for i in range(middle)]
        return sum(float(((high - t[middle]) / (t[middle] - low) - 1) ** 2) for low, high in pairs)

    power = max(0.0, _minimum(asymmetry, -2, 3))
    symmetric = summary.mapped(tuple(float(t) for t in _transformed(np.array(summary.values), power)))
    mean, sd = _moments(luo_mean(symmetric), wan_sd(symmetric), power)
    return MeanSD(mean=mean, sd=sd, how=f"Box-Cox method (McGrath 2020), power {power if power > SMALL else 0:.3g}")


# The quantiles of each family with scale 1, and mean and SD over the scale, given its shape.
FAMILIES: dict[str, tuple[Callable[[Floats, float], Floats], Callable[[float], tuple[float, float]]]] = {
    "log-normal": (
        lambda p, s: np.exp(s * special.ndtri(p)),
        lambda s: (math.exp(s**2 / 2), math.sqrt(math.expm1(s**2)) * math.exp(s**2 / 2)),
    ),
    "gamma": (lambda p, s: special.gammaincinv(s, p), lambda s: (s, math.sqrt(s))),
    "Weibull": (
        lambda p, s: (-np.log1p(-p)) ** (1 / s),
        lambda s: (
            math.gamma(1 + 1 / s),
            math.sqrt(max(0.0, math.gamma(1 + 2 / s) - math.gamma(1 + 1 / s) ** 2)),
        ),
    ),
}
# Shapes searched: from hardly any spread to as skewed as outcomes get.
SHAPES = {"log-normal": (1e-3, 3.0), "gamma": (0.05, 1e4), "Weibull": (0.2, 100.0)}


def _probabilities(summary: Summary) -> Floats:
    return np.array(
        {
            "extremes": [1 / summary.n, 0.5, 1 - 1 / summary.n],
            "quartiles": [0.25, 0.5, 0.75],
            "all five": [1 / summary.n, 0.25, 0.5, 0.75, 1 - 1 / summary.n],
        }[summary.given]
    )


def _normal_fit(p: Floats, q: Floats) -> _Fit:
    z = special.ndtri(p)
    sd = float(np.sum(z * q) / np.sum(z**2))  # the z are symmetric about 0
    mean = float(np.mean(q))
    return _Fit("normal", float(np.sum((q - mean - sd * z) ** 2)), mean, sd)


def _scale_fit(name: str, p: Floats, q: Floats) -> _Fit:
    """For each shape the best scale is a ratio of sums, so one number is searched for."""
    quantiles, moments = FAMILIES[name]

    def scale(shape: float) -> tuple[Floats, float]:
        unit = quantiles(p, shape)
        unit = unit / unit.max()
        return unit, float(np.sum(unit * q) / np.sum(unit**2))

    def loss(log_shape: float) -> float:
        unit, b = scale(math.exp(log_shape))
        return float(np.sum((q - b * unit) ** 2))

    low, high = SHAPES[name]
    log_shape = _minimum(loss, math.log(low), math.log(high))
    shape = math.exp(log_shape)
    mean, sd = moments(shape)
    factor = scale(shape)[1] / float(quantiles(p, shape).max())
    return _Fit(name, loss(log_shape), factor * mean, factor * sd)


def _transformed(x: Floats, power: float) -> Floats:
    return np.log(x) if abs(power) < SMALL else np.expm1(power * np.log(x)) / power


def _moments(mu: float, sigma: float, power: float) -> tuple[float, float]:
    """Mean and SD of what is normal (mu, sigma) after the transformation, cut alike on both sides at its end."""
    if power < SMALL:
        mean = math.exp(mu + sigma**2 / 2)
        return mean, mean * math.sqrt(math.expm1(sigma**2))
    # mu lies between transformed numbers, which all lie above -1/power, so there is something on both sides
    reach = min(mu + 1 / power, 12 * sigma)
    at = mu + reach * NODES
    weights = WEIGHTS * np.exp(-(((at - mu) / sigma) ** 2) / 2)
    values = np.maximum(power * at + 1, 0.0) ** (1 / power)
    mean = float(np.sum(weights * values) / np.sum(weights))
    return mean, math.sqrt(float(np.sum(weights * (values - mean) ** 2) / np.sum(weights)))


def _minimum(function: Callable[[float], float], low: float, high: float) -> float:
    """Where the function is least between low and high: the best of a grid, then refined."""
    grid = np.linspace(low, high, 201)
    values = np.array([function(float(at)) for at in grid])
    if not np.isfinite(values).any():
        raise EffectError("no distribution can be fitted to these numbers")
    best = int(np.nanargmin(np.where(np.isfinite(values), values, np.inf)))
    around = (float(grid[max(0, best - 1)]), float(grid[min(200, best + 1)]))
    found = optimize.minimize_scalar(function, bounds=around, method="bounded", options={"xatol": 1e-10})
    return float(found.x) if found.fun < values[best] else float(grid[best])
