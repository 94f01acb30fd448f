"""Effect sizes: arm data or printed estimates in, effects on the analysis scale out.

Pure functions on numpy arrays or numbers; column and measure names are those of R metafor's `escalc`, as are the
defaults. Ratios are natural logarithms. Everything raises `EffectError` with a message for a reviewer.
"""

from __future__ import annotations

from workbench.effects.absolute import Needed, number_needed, or_from_rr, risk_with, rr_from_or
from workbench.effects.adjusted import (
    md_adjusted_from_means,
    raw_sd,
    smd_adjusted,
    smd_from_ancova_t,
    smd_from_difference,
)
from workbench.effects.arms import (
    ArmEvents,
    ArmMeans,
    combine_events,
    combine_means,
    split_events,
    split_means,
)
from workbench.effects.clusters import clustered, design_effect, effective_n, inflated_se
from workbench.effects.columns import VTYPES, Definitions, escalc, numeric_columns
from workbench.effects.counts import Cells, Counted, events_from_percent, two_by_two
from workbench.effects.crossover import crossover_md, crossover_smd, first_period
from workbench.effects.means import (
    Correction,
    hedges_factor,
    hedges_from_d,
    smd_from_f,
    smd_from_p,
    smd_from_t,
)
from workbench.effects.measures import (
    MEASURES,
    Effect,
    EffectError,
    Effects,
    Measure,
    measure_named,
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
from workbench.effects.skewed import mean_sd_skewed
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
    typical_correlation,
)
from workbench.effects.survival import hazard_ratio_from_log_rank, hazard_ratio_from_p, log_rank_variance

__all__ = [
    "MEASURES",
    "VTYPES",
    "ArmEvents",
    "ArmMeans",
    "Cells",
    "Correction",
    "Counted",
    "Definitions",
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
    "first_period",
    "hazard_ratio_from_log_rank",
    "hazard_ratio_from_p",
    "hedges_factor",
    "hedges_from_d",
    "inflated_se",
    "log_rank_variance",
    "md_adjusted_from_means",
    "mean_sd_from_median",
    "mean_sd_skewed",
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
    "smd_from_difference",
    "smd_from_f",
    "smd_from_p",
    "smd_from_t",
    "smd_to_or",
    "smd_to_points",
    "split_events",
    "split_means",
    "two_by_two",
    "typical_correlation",
]
