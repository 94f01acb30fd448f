"""Whether numbers can be: numbers in, findings out. No rule knows a trial, a form or a table of the database.

Each module holds one idea; each function looks at the numbers it is given and returns a `Finding`, several, or None.
`docs/plausibility.md` says what each rule rests on and what it cannot see.
"""

from __future__ import annotations

from workbench.plausibility.change import (
    change_is_not_final_minus_baseline,
    change_sd_impossible,
    implied_correlation,
)
from workbench.plausibility.copies import copied_from, same_line
from workbench.plausibility.counts import p_contradicts_counts, ratio_contradicts_counts
from workbench.plausibility.degrees import PrintedTest, df_do_not_fit, named_tests, unfitting_tests
from workbench.plausibility.direction import against_the_instrument, both_arms_got_worse, favours_comparator
from workbench.plausibility.dose import Dose
from workbench.plausibility.dose import findings as dose_findings
from workbench.plausibility.finding import Finding, Level
from workbench.plausibility.granularity import (
    Percent,
    denominators,
    mean_off_grid,
    no_shared_denominators,
    percent_is_not_of_count,
    percent_without_count,
    percents_in,
    quote_disagrees_with_counts,
)
from workbench.plausibility.groups import Group
from workbench.plausibility.intervals import PrintedEstimate
from workbench.plausibility.intervals import findings as estimate_findings
from workbench.plausibility.means import (
    difference_is_not_of_means,
    interval_contradicts_means,
    p_contradicts_d,
    p_contradicts_means,
    p_too_large_for_paired,
)
from workbench.plausibility.overlap import Sample, may_overlap, registrations
from workbench.plausibility.p_values import read_p
from workbench.plausibility.people import (
    arms_do_not_add_up,
    arms_sum_to_crossover,
    comparator_looks_divided,
    grows,
    many_lost,
    more_analysed_than_randomised,
    sources_differ,
)
from workbench.plausibility.scale import largest_sd, mean_outside_scale, sd_impossible_for_scale
from workbench.plausibility.spreads import (
    SMALL_SPREAD,
    Usual,
    hardly_a_standard_error,
    looks_like_se,
    same_in_all_cells,
)

__all__ = [
    "SMALL_SPREAD",
    "Dose",
    "Finding",
    "Group",
    "Level",
    "Percent",
    "PrintedEstimate",
    "PrintedTest",
    "Sample",
    "Usual",
    "against_the_instrument",
    "arms_do_not_add_up",
    "arms_sum_to_crossover",
    "both_arms_got_worse",
    "change_is_not_final_minus_baseline",
    "change_sd_impossible",
    "comparator_looks_divided",
    "copied_from",
    "denominators",
    "df_do_not_fit",
    "difference_is_not_of_means",
    "dose_findings",
    "estimate_findings",
    "favours_comparator",
    "grows",
    "hardly_a_standard_error",
    "implied_correlation",
    "interval_contradicts_means",
    "largest_sd",
    "looks_like_se",
    "many_lost",
    "may_overlap",
    "mean_off_grid",
    "mean_outside_scale",
    "more_analysed_than_randomised",
    "named_tests",
    "no_shared_denominators",
    "p_contradicts_counts",
    "p_contradicts_d",
    "p_contradicts_means",
    "p_too_large_for_paired",
    "percent_is_not_of_count",
    "percent_without_count",
    "percents_in",
    "quote_disagrees_with_counts",
    "ratio_contradicts_counts",
    "read_p",
    "registrations",
    "same_in_all_cells",
    "same_line",
    "sd_impossible_for_scale",
    "sources_differ",
    "unfitting_tests",
]
