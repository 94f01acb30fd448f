"""A ratio as the report prints it: odds, risk, hazard or rate ratio."""

from __future__ import annotations

from dataclasses import replace

from workbench.calculation import around
from workbench.calculation.estimates import LOG, NATURAL, as_printed, beside
from workbench.calculation.recipe import Recipe
from workbench.calculation.recipes import inputs
from workbench.calculation.recipes.differences import CROSSOVER_DESIGN, DESIGN, SIZES, bound, sizes
from workbench.calculation.summaries import Printed, Summary
from workbench.calculation.trail import Trail, refused
from workbench.calculation.values import CalculationError
from workbench.calculation.wanted import Wanted
from workbench.effects import hazard_ratio_from_log_rank, hazard_ratio_from_p, log_rank_variance
from workbench.effects.quantiles import quantile_of_p

GROUP = "Two arms: a ratio as printed"
MEASURES = ("OR", "RR", "HR", "IRR")
RATIO = replace(
    inputs.ESTIMATE,
    label="Ratio (active over comparator)",
    symbol="R",
    unit="",
    low=0,
    open_low=True,
    help="Where a report prints comparator over active, take the reciprocal of it and of its interval first.",
)
RATIO_SE = replace(inputs.SE_OF_ESTIMATE, unit="")
RATIO_LOW = replace(inputs.LOW, unit="", low=0, open_low=True)
RATIO_HIGH = replace(inputs.HIGH, unit="", low=0, open_low=True)
SE_SCALE = Wanted(
    key="se_scale",
    label="The standard error is",
    group=inputs.COMPARISON,
    optional=True,
    choices=(LOG, NATURAL),
    default=LOG,
)
OPTIONS = around.OF_EVENTS
EVENTS = tuple(
    inputs.of_arm(arm, "events", "People with the event", "e", unit=inputs.PEOPLE, low=0)
    for arm in (inputs.ACTIVE, inputs.COMPARATOR)
)


def _ratio(trail: Trail) -> Summary:
    bound(trail)
    yi, vi, _ = as_printed(trail, trail.measure, trail.entered("estimate"), beside(trail))
    n1, n2 = sizes(trail)
    return Printed(measure=trail.measure, yi=yi, vi=vi, n1=n1, n2=n2, paired=trail.chosen("design") == CROSSOVER_DESIGN)


def _log_rank(trail: Trail) -> Summary:
    difference, variance = trail.entered("o_minus_e"), trail.entered("log_rank_variance")
    with refused("log_rank_variance"):
        effect = hazard_ratio_from_log_rank(difference.value, variance.value)
    reference = "Cochrane Handbook 6.8.2"
    yi = trail.step("yi = OE / V", "Log hazard ratio", (difference, variance), effect.yi, reference=reference)
    vi = trail.step("vi = 1 / V", "Its variance", (variance,), effect.vi, reference=reference)
    return Printed(measure="HR", yi=yi, vi=vi)


def _log_rank_p(trail: Trail) -> Summary:
    p, e1, e2 = (trail.entered(key) for key in ("estimate_p", "events_active", "events_comparator"))
    if e1.value + e2.value <= 0 or min(e1.value, e2.value) < 0:
        raise CalculationError("Without events there is no hazard ratio: check them.", "events_active")
    # fewer events than expected is what an arm did better means only where the event is bad: the text's words on hazard
    sign = -1 if trail.chosen("lower_hazard") == inputs.ACTIVE else 1
    with refused("events_active"):
        effect = hazard_ratio_from_p(p.value, e1.value, e2.value, sign=sign)
        value = log_rank_variance(e1.value, e2.value)
    reference = "Tierney et al. 2007, Trials 8:16"
    v = trail.step(
        "V = e1 × e2 / (e1 + e2)",
        "Variance of the log-rank test, approximately",
        (e1, e2),
        value,
        reference=reference,
        assumption="The variance of the log-rank test is that of its events (allocation about 1 to 1).",
    )
    z = trail.step("Z = z(1 − p / 2)", "Size of z behind the two-sided p", (p,), quantile_of_p(p.value))
    formula = "yi = −Z / √(V)" if sign < 0 else "yi = Z / √(V)"
    yi = trail.step(
        formula,
        f"Log hazard ratio; the {trail.chosen('lower_hazard')} arm had the lower hazard",
        (z, v),
        effect.yi,
        reference=reference,
    )
    vi = trail.step("vi = 1 / V", "Its variance", (v,), effect.vi, reference=reference)
    return Printed(measure="HR", yi=yi, vi=vi)


RATIOS: tuple[Recipe, ...] = (
    Recipe(
        key="ratio_ci",
        title="Ratio with confidence interval",
        group=GROUP,
        help="An odds, risk, hazard or rate ratio with its interval: choose which one as the measure. p, if it "
        "is entered "
        "too, is checked against it.",
        wanted=(
            *(RATIO, RATIO_LOW, RATIO_HIGH, inputs.ESTIMATE_LEVEL, inputs.optional(inputs.P), inputs.DF, DESIGN),
            *SIZES,
        ),
        measures=MEASURES,
        gather=_ratio,
        options=OPTIONS,
        as_printed=True,
        example="estimate=0.815 estimate_low=0.313 estimate_high=2.1",
    ),
    Recipe(
        key="ratio_se",
        title="Ratio with standard error",
        group=GROUP,
        help="An odds, risk, hazard or rate ratio with the standard error of its logarithm, or of itself.",
        wanted=(
            *(RATIO, RATIO_SE, SE_SCALE, inputs.optional(RATIO_LOW), inputs.optional(RATIO_HIGH)),
            *(inputs.ESTIMATE_LEVEL, inputs.optional(inputs.P), inputs.DF, DESIGN, *SIZES),
        ),
        measures=MEASURES,
        gather=_ratio,
        options=OPTIONS,
        as_printed=True,
        example="estimate=0.815 estimate_se=0.4856",
    ),
    Recipe(
        key="ratio_p",
        title="Ratio with p",
        group=GROUP,
        help="An odds, risk, hazard or rate ratio with the two-sided p of its test against 1.",
        wanted=(RATIO, inputs.P, inputs.P_IS, inputs.DF, DESIGN, *SIZES),
        measures=MEASURES,
        gather=_ratio,
        options=OPTIONS,
        as_printed=True,
        example="estimate=2.84 estimate_p=0.024",
    ),
    Recipe(
        key="log_rank",
        title="Observed minus expected events (log-rank)",
        group=GROUP,
        help="O − E of the active arm with the variance V, as a meta-analysis of individual data prints them.",
        wanted=(
            Wanted(key="o_minus_e", label="O − E of the active arm", symbol="OE", group=inputs.COMPARISON),
            Wanted(
                key="log_rank_variance", label="Variance V", symbol="V", group=inputs.COMPARISON, low=0, open_low=True
            ),
        ),
        measures=("HR",),
        gather=_log_rank,
        options=(around.EVENT, around.BENEFIT),
        example="o_minus_e=-4.2 log_rank_variance=11.5",
    ),
    Recipe(
        key="log_rank_p",
        title="p of a log-rank test with the events",
        group=GROUP,
        help="Where only the log-rank p and the events of both arms are printed, and the arms are about equally large.",
        wanted=(
            *EVENTS,
            inputs.P,
            Wanted(
                key="lower_hazard",
                label="Which arm had the lower hazard?",
                group=inputs.COMPARISON,
                choices=(inputs.ACTIVE, inputs.COMPARATOR),
                help="The text tells: the arm in which the event came later or less often.",
            ),
        ),
        measures=("HR",),
        gather=_log_rank_p,
        options=(around.EVENT, around.BENEFIT),
        example="events_active=21 events_comparator=34 estimate_p=0.03 lower_hazard=active",
    ),
)
