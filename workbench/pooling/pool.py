"""Pooling k effects by inverse variance, common effect or random effects."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from workbench.effects.quantiles import chi2_upper_p, two_sided_p, two_sided_quantile
from workbench.pooling.model import Floats, Model, Pool, PoolingError
from workbench.pooling.tau2 import TAU2_ESTIMATORS, cochran_q, q_profile, typical_variance, weighted_mean

ONE_STUDY = "One study: there is nothing to pool and heterogeneity is not defined."
NO_HARTUNG_KNAPP = "The Hartung-Knapp interval needs at least two studies; choose the Wald interval for one."
ALL_EQUAL = (
    "The effects are identical, so the Hartung-Knapp standard error is zero and its interval has no width: "
    "use the Wald interval."
)


def pool(yi: npt.ArrayLike, vi: npt.ArrayLike, model: Model | None = None) -> Pool:
    """Pool k effects; pure and thread-safe.

    yi, vi: length k >= 1, on the analysis scale (logs for ratios), vi > 0 the sampling variances. The default model is
    REML with the Hartung-Knapp interval. Values are those of metafor's `rma` when that has converged; tau2 comes from
    `tau2.TAU2_ESTIMATORS`, Hartung-Knapp from Hartung & Knapp 2001 (Stat Med 20:3875) and Sidik & Jonkman 2002.
    Raises PoolingError naming the effects that cannot be used.
    """
    chosen = model or Model()
    effects, variances = checked(yi, vi)
    # Everything is computed about one of the effects and in units of about the sampling errors, so that neither
    # convergence nor overflow depends on the scale of the outcome. The unit is a power of two: dividing by it is exact.
    size = np.log2(variances)
    unit = 2.0 ** round(float(size.mean()) / 2)
    origin = float(effects[np.argmin(variances)])
    with np.errstate(over="ignore"):
        y = (effects - origin) / unit
    # Far past anything measured, but products of such numbers would leave the range of doubles unnoticed.
    if np.ptp(size) > 300 or not (np.abs(y) < 1e60).all():
        raise PoolingError("the effects and their variances are of too different a size to be pooled: check the units")
    v = variances / unit / unit
    if y.size == 1:
        return _one_study(float(effects[0]), float(variances[0]), chosen)

    k = int(y.size)
    wi = 1 / v
    q = cochran_q(y, wi)
    tau2 = TAU2_ESTIMATORS[chosen.tau2](y, v)
    if not (math.isfinite(tau2) and tau2 >= 0):
        raise PoolingError("the iteration for tau2 did not settle")
    random = chosen.tau2 != "CE"
    weights = 1 / (v + tau2)
    mean = weighted_mean(y, weights)
    df = None if chosen.interval == "wald" else k - 1
    se = _standard_error(y, weights, mean, chosen.interval)
    reach = two_sided_quantile(chosen.level, df)
    estimate = origin + unit * mean
    statistic = (estimate / unit) / se if se > 0 else None
    half = unit * reach * se
    prediction = _prediction(se, tau2, k, chosen, reach) if random else None
    low, high = q_profile(y, v, chosen.level) if random else (None, None)
    i2, h2 = _heterogeneity(q, k, tau2 if random else None, v)
    share = 100 * weights / weights.sum()
    share.setflags(write=False)
    return Pool(
        k=k,
        estimate=estimate,
        se=unit * se,
        ci_low=estimate - half,
        ci_high=estimate + half,
        statistic=statistic,
        df=df,
        p=None if statistic is None else two_sided_p(statistic, df),
        pi_low=None if prediction is None else estimate - unit * prediction,
        pi_high=None if prediction is None else estimate + unit * prediction,
        tau2=tau2 * unit * unit,
        tau2_low=None if low is None else low * unit * unit,
        tau2_high=None if high is None else high * unit * unit,
        i2=i2,
        h2=h2,
        q=q,
        q_df=k - 1,
        q_p=chi2_upper_p(q, k - 1),
        method=chosen.tau2,
        ci=chosen.interval,
        level=chosen.level,
        weights=share,
        notes=_notes(chosen, k, estimate, half, unit * float(weights.sum() ** -0.5), tau2),
    )


def _notes(chosen: Model, k: int, estimate: float, half: float, wald: float, tau2: float) -> tuple[str, ...]:
    """What a reader must know beside the numbers. half: of the shown interval; wald: Wald's standard error."""
    if not half > 0:
        return (ALL_EQUAL,)
    notes = []
    reach = two_sided_quantile(chosen.level) * wald
    if half < reach and chosen.interval == "hksj":
        notes.append(
            f"The Hartung-Knapp interval is narrower than Wald's, because the {k} effects agree more closely than "
            f"their own uncertainty explains. Wald's is {estimate - reach:.4g} to {estimate + reach:.4g} on the "
            'analysis scale; take the wider one, or the interval "adhoc".'
        )
    if chosen.tau2 == "CE":
        return tuple(notes)
    if k == 2 and chosen.prediction == "hts":
        notes.append("A prediction interval with k-2 degrees of freedom needs at least three studies.")
    elif k == 2:
        notes.append("A prediction interval from two studies says next to nothing about how effects differ.")
    if tau2 == 0 and chosen.prediction == "metafor":
        notes.append("The prediction interval equals the confidence interval because tau2 was estimated as 0.")
    elif tau2 == 0 and k > 2:
        notes.append("The prediction interval holds no differences between studies because tau2 was estimated as 0.")
    return tuple(notes)


def checked(yi: npt.ArrayLike, vi: npt.ArrayLike) -> tuple[Floats, Floats]:
    """The effects and variances as float arrays of one length; PoolingError names what cannot be used."""
    try:
        effects, variances = np.asarray(yi, dtype=np.float64), np.asarray(vi, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise PoolingError("effects and variances must be numbers") from error
    if effects.ndim != 1 or effects.shape != variances.shape:
        raise PoolingError(f"yi and vi must be two lists of one length, not {effects.shape} and {variances.shape}")
    if effects.size == 0:
        raise PoolingError("there are no effects to pool")
    bad = np.flatnonzero(~(np.isfinite(effects) & np.isfinite(variances) & (variances > 0)))
    if bad.size:
        raise PoolingError(f"effects {', '.join(str(i + 1) for i in bad)} need a finite yi and a positive, finite vi")
    return effects, variances


def leave_one_out(yi: npt.ArrayLike, vi: npt.ArrayLike, model: Model | None = None) -> tuple[Pool, ...]:
    """The pool without the first study, without the second, and so on; needs k >= 2."""
    effects, variances = checked(yi, vi)
    if effects.size < 2:
        raise PoolingError("leaving one study out needs at least two")
    return tuple(pool(np.delete(effects, i), np.delete(variances, i), model) for i in range(effects.size))


def _standard_error(y: Floats, weights: Floats, mean: float, interval: str) -> float:
    variance = 1 / float(weights.sum())
    if interval in ("hksj", "adhoc"):
        scale = float(weights @ (y - mean) ** 2) / (y.size - 1)
        variance *= max(1.0, scale) if interval == "adhoc" else scale
    return math.sqrt(variance)


def _prediction(se: float, tau2: float, k: int, model: Model, reach: float) -> float | None:
    """Half the width of the prediction interval; None where the t has no degrees of freedom left."""
    if model.prediction == "hts":
        if k < 3:
            return None
        reach = two_sided_quantile(model.level, k - 2)
    return reach * math.hypot(se, math.sqrt(tau2))


def _heterogeneity(q: float, k: int, tau2: float | None, v: Floats) -> tuple[float, float]:
    """I2 (percent) and H2: from tau2, or from Q under the common-effect model (tau2 None)."""
    if tau2 is None:
        return (max(0.0, 100 * (q - (k - 1)) / q) if q else 0.0), q / (k - 1)
    typical = typical_variance(v)
    return 100 * tau2 / (tau2 + typical), tau2 / typical + 1


def _one_study(yi: float, vi: float, model: Model) -> Pool:
    se = math.sqrt(vi)
    wald = model.interval == "wald"
    half = two_sided_quantile(model.level) * se
    return Pool(
        k=1,
        estimate=yi,
        se=se,
        ci_low=yi - half if wald else None,
        ci_high=yi + half if wald else None,
        statistic=yi / se if wald else None,
        df=None,
        p=two_sided_p(yi / se) if wald else None,
        pi_low=None,
        pi_high=None,
        tau2=None,
        tau2_low=None,
        tau2_high=None,
        i2=None,
        h2=None,
        q=None,
        q_df=0,
        q_p=None,
        method=model.tau2,
        ci=model.interval,
        level=model.level,
        weights=np.array([100.0]),
        notes=(ONE_STUDY,) if wald else (ONE_STUDY, NO_HARTUNG_KNAPP),
    )
