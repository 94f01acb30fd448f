"""Estimators of the between-study variance tau2, and its Q-profile interval.

yi, vi: k >= 2 effects on the analysis scale and their sampling variances, brought to a common scale by the caller
(`pool` does); tau2 is in the same squared units. Nothing here needs more than O(k) memory at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import optimize

from workbench.effects.quantiles import chi2_with_upper_tail
from workbench.pooling.model import METHODS, Floats, PoolingError

Tau2Estimator = Callable[[Floats, Floats], float]


def weighted_mean(yi: Floats, wi: Floats) -> float:
    """Mean of yi weighted by wi."""
    return float(wi @ yi / wi.sum())


def cochran_q(yi: Floats, wi: Floats) -> float:
    """Weighted sum of squares about the weighted mean; Cochran's Q when wi = 1/vi."""
    return float(wi @ (yi - weighted_mean(yi, wi)) ** 2)


def generalised_q(yi: Floats, vi: Floats, tau2: float) -> float:
    """Q with the weights 1/(vi + tau2); falls strictly with tau2 unless all effects are equal."""
    return cochran_q(yi, 1 / (vi + tau2))


def typical_variance(vi: Floats) -> float:
    """Higgins and Thompson's (2002) typical sampling variance, the yardstick of I2 and H2; needs k >= 2."""
    wi = 1 / vi
    # (sum w)^2 - sum w^2 without the cancellation when one study carries nearly all the weight
    total = wi.sum()
    return float((wi.size - 1) * total / (wi @ (total - wi)))


def dersimonian_laird(yi: Floats, vi: Floats) -> float:
    """Method of moments, truncated at zero. DerSimonian & Laird 1986, Control Clin Trials 7:177."""
    wi = 1 / vi
    total = wi.sum()
    return max(0.0, (cochran_q(yi, wi) - (yi.size - 1)) / float(wi @ (total - wi) / total))


def paule_mandel(yi: Floats, vi: Floats) -> float:
    """The tau2 at which the generalised Q equals its degrees of freedom. Paule & Mandel 1982, J Res NBS 87:377."""
    return tau2_where_q_is(yi, vi, yi.size - 1)


def paule_mandel_median(yi: Floats, vi: Floats) -> float:
    """The tau2 at which the generalised Q equals the median of its chi-square (median unbiased)."""
    return tau2_where_q_is(yi, vi, chi2_with_upper_tail(0.5, yi.size - 1))


def hedges(yi: Floats, vi: Floats) -> float:
    """Variance of the effects less the mean sampling variance, truncated at zero (Hedges & Olkin 1985)."""
    return max(0.0, float(yi.var(ddof=1) - vi.mean()))


def hunter_schmidt(yi: Floats, vi: Floats) -> float:
    """(Q - k) / sum of weights, truncated at zero (Hunter & Schmidt); biased downwards."""
    wi = 1 / vi
    return max(0.0, (cochran_q(yi, wi) - yi.size) / float(wi.sum()))


def hunter_schmidt_small(yi: Floats, vi: Floats) -> float:
    """Hunter-Schmidt with the factor k/(k-1) on Q (Brannick et al. 2019)."""
    wi = 1 / vi
    k = yi.size
    return max(0.0, (cochran_q(yi, wi) * k / (k - 1) - k) / float(wi.sum()))


def sidik_jonkman(yi: Floats, vi: Floats) -> float:
    """Sidik and Jonkman's two-step estimator (2005), started from the variance of the effects; never exactly zero."""
    start = float(yi.var())
    if start == 0:
        return 0.0
    return start * cochran_q(yi, 1 / (vi + start)) / (yi.size - 1)


def reml(yi: Floats, vi: Floats) -> float:
    """Restricted maximum likelihood, truncated at zero. Viechtbauer 2005, J Educ Behav Stat 30:261."""
    return _highest_likelihood(yi, vi, restricted=True)


def maximum_likelihood(yi: Floats, vi: Floats) -> float:
    """Maximum likelihood, truncated at zero; biased downwards in small numbers of studies."""
    return _highest_likelihood(yi, vi, restricted=False)


def common_effect(yi: Floats, vi: Floats) -> float:  # noqa: ARG001 (one signature for the whole table)
    """No between-study variance, by assumption."""
    return 0.0


TAU2_ESTIMATORS: dict[str, Tau2Estimator] = {
    "CE": common_effect,
    "DL": dersimonian_laird,
    "PM": paule_mandel,
    "REML": reml,
    "ML": maximum_likelihood,
    # Morris's empirical Bayes iteration has the Paule-Mandel equation as its fixed point.
    "EB": paule_mandel,
    "HE": hedges,
    "HS": hunter_schmidt,
    "HSk": hunter_schmidt_small,
    "SJ": sidik_jonkman,
    "PMM": paule_mandel_median,
}
assert TAU2_ESTIMATORS.keys() == METHODS.keys()


def q_profile(yi: Floats, vi: Floats, level: float) -> tuple[float, float]:
    """Interval of tau2 in which Q lies between its chi-square quantiles. Viechtbauer 2007, Stat Med 26:37.

    Both ends are zero when even tau2 = 0 makes the effects more alike than chance would.
    """
    tail = (1 - level / 100) / 2
    df = yi.size - 1
    low = tau2_where_q_is(yi, vi, chi2_with_upper_tail(tail, df))
    return low, tau2_where_q_is(yi, vi, chi2_with_upper_tail(1 - tail, df))


def tau2_where_q_is(yi: Floats, vi: Floats, target: float) -> float:
    """The tau2 that brings the generalised Q down to `target`; 0 if it is not above that to begin with."""
    if generalised_q(yi, vi, 0.0) <= target:
        return 0.0
    # Q(tau2) is at most the sum of squares about the middle of the range, over tau2.
    upper = float(((yi - (yi.max() + yi.min()) / 2) ** 2).sum()) / target
    return _root(lambda tau2: generalised_q(yi, vi, tau2) - target, 0.0, upper * (1 + 1e-9))


def log_likelihood(yi: Floats, vi: Floats, tau2: float, *, restricted: bool) -> float:
    """The (restricted) log-likelihood at tau2 and the mean that goes with it, with metafor's constants."""
    wi = 1 / (vi + tau2)
    k = yi.size
    value = -(np.log(vi + tau2).sum() + cochran_q(yi, wi)) / 2
    if restricted:
        return float(value - (math.log(wi.sum()) - math.log(k)) / 2 - (k - 1) / 2 * math.log(2 * math.pi))
    return float(value - k / 2 * math.log(2 * math.pi))


def _score(yi: Floats, vi: Floats, tau2: Floats, *, restricted: bool) -> Floats:
    """Twice the derivative of the log-likelihood at each tau2 of a column vector."""
    wi = 1 / (vi + tau2)
    total = wi.sum(axis=1, keepdims=True)
    residual = yi - (wi * yi).sum(axis=1, keepdims=True) / total
    trace = wi * (total - wi) / total if restricted else wi
    score: Floats = ((wi * residual) ** 2 - trace).sum(axis=1)
    return score


def _highest_likelihood(yi: Floats, vi: Floats, *, restricted: bool) -> float:
    """The tau2 >= 0 with the highest likelihood.

    The likelihood can have more than one maximum (dat.gibson2002), so the score is scanned from zero to a bound past
    which it is negative, each change from + to - is solved, and the highest is taken. The scan has 12 steps a decade
    from a hundredth of the smallest sampling variance: the score is a sum of terms that each vary over about a decade.
    """
    k = yi.size
    spread = float(yi.max() - yi.min())
    # Past max(vi) no weight exceeds twice another; then squared residuals of at most spread^2/4 (about the middle of
    # the range) cannot outweigh the trace once tau2 > spread^2/4 * (k+1)/(k-1).
    upper = max(float(vi.max()), spread**2 / 4 * (k + 1) / (k - 1)) * 1.01
    lowest = float(vi.min()) / 100
    steps = 2 + math.ceil(12 * math.log10(upper / lowest))
    grid = np.concatenate(([0.0], np.geomspace(lowest, upper, steps)))
    score = np.empty_like(grid)
    block = max(1, 200_000 // k)
    for start in range(0, grid.size, block):
        part = slice(start, start + block)
        score[part] = _score(yi, vi, grid[part, None], restricted=restricted)

    def at(tau2: float) -> float:
        return float(_score(yi, vi, np.array([[tau2]]), restricted=restricted)[0])

    candidates = [0.0] if score[0] <= 0 else []
    candidates += [_root(at, float(grid[i]), float(grid[i + 1])) for i in _falls(score)]
    if not candidates:
        raise PoolingError("the iteration for tau2 did not settle: the likelihood has no maximum")
    if len(candidates) == 1:
        return candidates[0]
    return max(candidates, key=lambda tau2: log_likelihood(yi, vi, tau2, restricted=restricted))


def _falls(score: Floats) -> list[int]:
    """Where the score goes from positive to not positive: a maximum lies between that point and the next."""
    return [int(i) for i in np.flatnonzero((score[:-1] > 0) & (score[1:] <= 0))]


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """The root between low and high, to the last digits that doubles have at that size."""
    try:
        # xtol only stops at roots that are zero for all purposes; the relative tolerance decides.
        root, result = optimize.brentq(function, low, high, xtol=1e-300, rtol=8.9e-16, maxiter=1000, full_output=True)
    except (ValueError, RuntimeError) as error:
        raise PoolingError(f"the iteration for tau2 did not settle: {error}") from error
    if not result.converged or not math.isfinite(root):
        raise PoolingError("the iteration for tau2 did not settle")
    return float(root)
