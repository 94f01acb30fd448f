"""What to pool with, what comes out, and the one error of the package."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

Interval = Literal["wald", "hksj", "t", "adhoc"]

# Other names of the same thing, in lower case; metafor, meta and RevMan each have their own.
_TAU2_ALIASES = {"ee": "CE", "fe": "CE", "ce": "CE", "common": "CE", "fixed": "CE", "hsk": "HSk"}
_INTERVAL_ALIASES = {"z": "wald", "wald": "wald", "hksj": "hksj", "knha": "hksj", "hk": "hksj", "t": "t"} | {
    "adhoc": "adhoc",
    "hksj-adhoc": "adhoc",
}
INTERVALS: dict[str, str] = {
    "wald": "Wald (normal)",
    "hksj": "Hartung-Knapp-Sidik-Jonkman, t with k-1 degrees of freedom",
    "t": "Wald standard error, t with k-1 degrees of freedom",
    "adhoc": "Hartung-Knapp-Sidik-Jonkman, never narrower than Wald's standard error",
}
PREDICTIONS: dict[str, str] = {
    "metafor": "normal with a Wald interval, else t with k-1 degrees of freedom (metafor 3.8)",
    "hts": "t with k-2 degrees of freedom (Higgins, Thompson & Spiegelhalter 2009)",
}
# The estimators by name; the functions stand in workbench.pooling.tau2, in a table with these keys.
METHODS: dict[str, str] = {
    "CE": "common effect (inverse variance)",
    "DL": "random effects, DerSimonian-Laird",
    "PM": "random effects, Paule-Mandel",
    "REML": "random effects, restricted maximum likelihood",
    "ML": "random effects, maximum likelihood",
    "EB": "random effects, empirical Bayes",
    "HE": "random effects, Hedges",
    "HS": "random effects, Hunter-Schmidt",
    "HSk": "random effects, Hunter-Schmidt with the small-sample factor",
    "SJ": "random effects, Sidik-Jonkman",
    "PMM": "random effects, Paule-Mandel median-unbiased",
}


class PoolingError(ValueError):
    """Effects that cannot be pooled as asked; the message says which studies, or what to choose instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """How to pool.

    tau2: "CE" (also "EE", "FE": common effect) or an estimator of METHODS. interval: "wald" (also "z"), "hksj" (also
    "knha"), "t" or "adhoc". level: percent, for every interval. prediction: see PREDICTIONS. Names are accepted in
    any case and kept in the form given here.
    """

    tau2: str = "REML"
    interval: str = "hksj"
    level: float = 95
    prediction: str = "metafor"

    def __post_init__(self) -> None:
        tau2 = _TAU2_ALIASES.get(self.tau2.lower(), self.tau2.upper())
        interval = _INTERVAL_ALIASES.get(self.interval.lower(), "")
        if tau2 not in METHODS:
            raise PoolingError(f"the method {self.tau2!r} is not known; known are EE, FE, {', '.join(METHODS)}")
        if not interval:
            raise PoolingError(
                f"the interval {self.interval!r} is not known; known are z, knha, {', '.join(INTERVALS)}"
            )
        if not 50 <= self.level < 100:
            raise PoolingError(f"the level must be at least 50 and below 100 percent, not {self.level:g}")
        if self.prediction.lower() not in PREDICTIONS:
            raise PoolingError(f"the prediction interval {self.prediction!r} is not known; known are metafor, hts")
        object.__setattr__(self, "tau2", tau2)
        object.__setattr__(self, "interval", interval)
        object.__setattr__(self, "level", float(self.level))
        object.__setattr__(self, "prediction", self.prediction.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A pooled result, on the scale of the effects (logs for ratios); None where a value does not exist.

    Heterogeneity follows metafor: i2 (percent) and h2 come from tau2 and the typical sampling variance, under the
    common-effect model from Q. tau2_low and tau2_high are the Q-profile interval at the same level. With one study
    there is no heterogeneity to speak of and no Hartung-Knapp interval: those are None and `notes` says so.
    """

    k: int
    estimate: float
    se: float
    ci_low: float | None
    ci_high: float | None
    statistic: float | None  # z, or t with `df` degrees of freedom
    df: int | None  # of the statistic; None: normal
    p: float | None  # two-sided, of no effect
    pi_low: float | None  # where the effect of a new study lies, in `level` percent of such statements
    pi_high: float | None
    tau2: float | None
    tau2_low: float | None
    tau2_high: float | None
    i2: float | None
    h2: float | None
    q: float | None
    q_df: int
    q_p: float | None
    method: str  # as in METHODS, or "MH", "Peto"
    ci: str  # as in INTERVALS
    level: float
    weights: Floats = field(compare=False)  # percent, in the order of the effects; they add up to 100
    notes: tuple[str, ...] = ()  # sentences for the reader of the result
