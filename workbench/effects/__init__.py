"""Effect sizes: arm data or printed estimates in, effects on the analysis scale out.

Pure functions on numpy arrays or numbers; column and measure names are those of R metafor's `escalc`, as are the
defaults. Ratios are natural logarithms. Everything raises `EffectError` with a message for a reviewer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.effects.absolute import Needed, number_needed, or_from_rr, risk_with, rr_from_or
from workbench.effects.adjusted import md_adjusted_from_means, raw_sd, smd_adjusted, smd_from_ancova_t
from workbench.effects.arms import (
    ArmEvents,
    ArmMeans,
    combine_events,
    combine_means,
    split_events,
    split_means,
)
from workbench.effects.clusters import clustered, design_effect, effective_n, inflated_se
from workbench.effects.counts import Cells, Counted, events_from_percent, two_by_two
from workbench.effects.crossover import crossover_md, crossover_smd, from_pairs
from workbench.effects.means import (
    Correction,
    hedges_factor,
    hedges_from_d,
    md,
    rom,
    smd,
    smd_from_f,
    smd_from_p,
    smd_from_t,
)
from workbench.effects.measures import (
    MEASURES,
    Effect,
    EffectError,
    Effects,
    Floats,
    Measure,
    measure_named,
    refuse,
)
from workbench.effects.medians import MeanSD, Skewness, Summary, mean_sd_from_median, skewness
from workbench.effects.odds import or_to_smd, responders_from_smd, responders_to_smd, smd_to_or
from workbench.effects.points import (
    percent_of_comparator,
    points_to_smd,
    position_on_scale,
    rescaled,
    smd_to_points,
)
from workbench.effects.printed import estimate_as_printed
from workbench.effects.rows import by_row
from workbench.effects.shared import (
    shared_covariance_events,
    shared_covariance_means,
    shared_covariance_rates,
    shared_matrix,
)
from workbench.effects.spreads import (
    correlation_from_sd,
    sd_from_ci,
    sd_from_ci_half_width,
    sd_from_cv,
    sd_from_difference,
    sd_from_se,
    sd_of_change,
    sd_of_change_from_p,
    sd_of_change_from_t,
    se_from_ci,
    se_from_f,
    se_from_p,
    se_from_t,
)
from workbench.effects.survival import from_log_rank, hazard_ratio_from_log_rank, hazard_ratio_from_p, log_rank_variance
from workbench.effects.tables import (
    To,
    ZeroCells,
    from_correlations,
    from_proportions,
    from_rates,
    from_tables,
)

VTYPES: dict[str, tuple[str, ...]] = {
    "SMD": ("LS", "LS2", "UB", "RevMan"),
    "MD": ("LS", "HO"),
    "ROM": ("LS", "HO"),
}

__all__ = [
    "MEASURES",
    "VTYPES",
    "ArmEvents",
    "ArmMeans",
    "Cells",
    "Correction",
    "Counted",
    "Effect",
    "EffectError",
    "Effects",
    "MeanSD",
    "Measure",
    "Needed",
    "Skewness",
    "Summary",
    "by_row",
    "clustered",
    "combine_events",
    "combine_means",
    "correlation_from_sd",
    "crossover_md",
    "crossover_smd",
    "design_effect",
    "effective_n",
    "escalc",
    "estimate_as_printed",
    "events_from_percent",
    "hazard_ratio_from_log_rank",
    "hazard_ratio_from_p",
    "hedges_factor",
    "hedges_from_d",
    "inflated_se",
    "log_rank_variance",
    "md_adjusted_from_means",
    "mean_sd_from_median",
    "measure_named",
    "number_needed",
    "numeric_columns",
    "or_from_rr",
    "or_to_smd",
    "percent_of_comparator",
    "points_to_smd",
    "position_on_scale",
    "raw_sd",
    "rescaled",
    "responders_from_smd",
    "responders_to_smd",
    "risk_with",
    "rr_from_or",
    "sd_from_ci",
    "sd_from_ci_half_width",
    "sd_from_cv",
    "sd_from_difference",
    "sd_from_se",
    "sd_of_change",
    "sd_of_change_from_p",
    "sd_of_change_from_t",
    "se_from_ci",
    "se_from_f",
    "se_from_p",
    "se_from_t",
    "shared_covariance_events",
    "shared_covariance_means",
    "shared_covariance_rates",
    "shared_matrix",
    "skewness",
    "smd_adjusted",
    "smd_from_ancova_t",
    "smd_from_f",
    "smd_from_p",
    "smd_from_t",
    "smd_to_or",
    "smd_to_points",
    "split_events",
    "split_means",
    "two_by_two",
]


def escalc(
    measure: str,
    columns: Mapping[str, npt.ArrayLike],
    *,
    correction: Correction | None = None,
    vtype: str = "LS",
    add: float = 0.5,
    to: To = "only0",
    drop00: bool = False,
) -> Effects:
    """Effects of k rows, as metafor's `escalc(measure, ...)`.

    columns: arrays of length k under metafor's names (`Measure.columns` lists what each measure needs; others are
    ignored). A row with a missing number (NaN) has no effect: NaN in yi and vi. Impossible numbers raise EffectError.
    correction, vtype: Hedges' factor and the variance of SMD (see `means.smd`); RevMan's variance comes with the
    approximate factor, the others with the exact one, unless said otherwise. add, to, drop00: see `ZeroCells`.
    """
    known = measure_named(measure)
    if vtype != "LS" and vtype not in VTYPES.get(known.name, ()):
        allowed = ", ".join(VTYPES.get(known.name, ("LS",)))
        raise EffectError(f"the variance {vtype!r} is not known for {known.name}; known are {allowed}")
    c = numeric_columns(known, columns)
    policy = ZeroCells(add=add, to=to, drop00=drop00)
    if known.name == "SMD":
        yi, vi = smd(c, vtype, correction or ("approximate" if vtype == "RevMan" else "exact"))
    elif known.name == "MD":
        yi, vi = md(c, vtype)
    elif known.name == "ROM":
        yi, vi = rom(c, vtype)
    elif known.kind == "events":
        yi, vi = from_tables(known.name, c, policy)
    elif known.kind == "rates":
        yi, vi = from_rates(known.name, c, policy)
    elif known.kind == "survival":
        yi, vi = from_log_rank(c)
    elif known.kind == "paired":
        yi, vi = from_pairs(known.name, c)
    elif known.kind == "correlation":
        yi, vi = from_correlations(known.name, c)
    elif known.name in ("MN", "MNLN"):
        yi, vi = _one_mean(known.name, c)
    else:
        yi, vi = from_proportions(known.name, c, policy)
    missing = np.isnan(yi) | np.isnan(vi)
    return Effects(measure=known.name, yi=np.where(missing, np.nan, yi), vi=np.where(missing, np.nan, vi))


def numeric_columns(measure: Measure, columns: Mapping[str, Any]) -> dict[str, Floats]:
    """The columns that the measure uses, as float arrays of one length; EffectError names what is missing."""
    names = next((names for names in measure.columns if all(name in columns for name in names)), None)
    if names is None:
        raise EffectError(f"{measure.name} needs the columns {measure.needs}; there are {', '.join(columns) or 'none'}")
    found: dict[str, Floats] = {}
    for name in names:
        try:
            column = np.asarray(columns[name], dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise EffectError(f"column {name} must hold numbers only") from error
        if column.ndim != 1:
            raise EffectError(f"column {name} must be one-dimensional")
        found[name] = column
    if len({column.size for column in found.values()}) > 1:
        raise EffectError(f"the columns {' '.join(names)} differ in length")
    for name, column in found.items():
        refuse(np.isinf(column), f"{name} must be a finite number")
    return found


def _one_mean(measure: str, c: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    mean, sd, n = c["mi"], c["sdi"], c["ni"]
    refuse(sd <= 0, "sdi must be above 0")
    refuse(n < 1, "ni must be at least 1")
    if measure == "MN":
        return mean, sd**2 / n
    refuse(mean <= 0, "the logarithm of a mean needs a mean above 0")
    return np.log(mean), sd**2 / (n * mean**2)
