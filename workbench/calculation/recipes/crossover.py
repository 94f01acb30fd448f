"""The same people under both treatments."""

from __future__ import annotations

from dataclasses import replace

from workbench.calculation import around, spreads
from workbench.calculation.measures.of_means import MEASURES as MEASURES_OF_MEANS
from workbench.calculation.measures.of_pairs import MEASURES
from workbench.calculation.recipe import MEAN_OPTIONS, PAIR_OPTIONS, Recipe
from workbench.calculation.recipes import inputs
from workbench.calculation.recipes.changes import ASSUMED, CORRELATION_IS
from workbench.calculation.recipes.differences import bound
from workbench.calculation.recipes.means import two_means
from workbench.calculation.summaries import Pairs, Printed, Summary
from workbench.calculation.trail import Trail, refused
from workbench.calculation.values import Term
from workbench.calculation.wanted import Wanted
from workbench.effects import correlation_from_sd

GROUP = "Crossover trials"
N = Wanted(
    key="n_analysed", label="People with both periods", symbol="n", unit=inputs.PEOPLE, low=2, group="Both treatments"
)
PERIOD_ONE = "First period"
FROM_PAIRS = "Cochrane Handbook 23.2.7 (5.1: 16.4.6)"


def _mean(arm: str) -> Wanted:
    return replace(inputs.mean(arm), group=UNDER[arm])


def _spread(arm: str) -> Wanted:
    return replace(inputs.sd(arm, "SD (or SE, half-width)"), symbol=f"S{inputs.INDEX[arm]}", group=UNDER[arm])


def _sd(arm: str) -> Wanted:
    return replace(inputs.sd(arm), group=UNDER[arm])


def _low(arm: str) -> Wanted:
    return inputs.of_arm(arm, "low", "Lower end of its interval", "L", unit=inputs.POINTS, group=UNDER[arm])


def _high(arm: str) -> Wanted:
    return inputs.of_arm(arm, "high", "Upper end of its interval", "U", unit=inputs.POINTS, group=UNDER[arm])


UNDER = {inputs.ACTIVE: "Under the active treatment", inputs.COMPARATOR: "Under the comparator"}
DIFFERENCE = replace(inputs.ESTIMATE, label="Mean difference within people (active minus comparator)")


def _pairs(trail: Trail, sd1: Term, sd2: Term, r: Term) -> Pairs:
    if trail.chosen("correlation_is", ASSUMED) == ASSUMED and trail.has("correlation"):
        trail.note("The correlation is assumed: try the range 0.3, 0.5, 0.7, 0.9 beside it.")
        trail.approximate = True
    return Pairs(
        n=trail.entered("n_analysed"),
        mean1=trail.entered("mean_active"),
        sd1=sd1,
        mean2=trail.entered("mean_comparator"),
        sd2=sd2,
        r=r,
    )


def _with_r(trail: Trail) -> Summary:
    s1, s2 = _sds(trail, trail.entered("n_analysed"))
    return _pairs(trail, s1, s2, trail.entered("correlation"))


def _with_intervals(trail: Trail) -> Summary:
    n, level = trail.entered("n_analysed"), spreads.level_of(trail)
    sds = []
    for arm in (inputs.ACTIVE, inputs.COMPARATOR):
        m, low, high = (trail.entered(f"{key}_{arm}") for key in ("mean", "low", "high"))
        spreads.remark_on_place(trail, f"The mean {UNDER[arm].lower()}", m.value, low.value, high.value)
        sds.append(spreads.sd_from_interval(trail, arm, low, high, n, level, f"low_{arm}"))
    return _pairs(trail, sds[0], sds[1], trail.entered("correlation"))


def _sds(trail: Trail, n: Term) -> tuple[Term, Term]:
    """Both SDs, worked out where something else stands after the means."""
    kind = trail.chosen("spread_kind", spreads.SD)
    first, second = (
        spreads.sd_of_arm(trail, arm, trail.entered(f"sd_{arm}"), n, kind, f"sd_{arm}")
        for arm in (inputs.ACTIVE, inputs.COMPARATOR)
    )
    return first, second


def _with_sd_of_differences(trail: Trail) -> Summary:
    s1, s2 = _sds(trail, trail.entered("n_analysed"))
    sd = trail.entered("sd_difference")
    return _pairs(trail, s1, s2, _correlation(trail, s1, s2, sd, "sd_difference"))


def _correlation(trail: Trail, s1: Term, s2: Term, sd: Term, field: str) -> Term:
    with refused(field):
        value = correlation_from_sd(s1.value, s2.value, sd.value)
    return trail.step(
        f"r = ({s1.symbol}² + {s2.symbol}² − {sd.symbol}²) / (2 × {s1.symbol} × {s2.symbol})",
        "Correlation within people, from the SD of the differences",
        (s1, s2, sd),
        value,
        reference=FROM_PAIRS,
    )


def _from_test(trail: Trail) -> Summary:
    """From the paired test: the standard error of the difference, and with the SDs the correlation behind it."""
    estimate, n = trail.entered("estimate"), trail.entered("n_analysed")
    bound(trail)
    df = None
    if not trail.has("estimate_se") and not trail.has("estimate_t"):
        df = trail.step("df = n − 1", "Degrees of freedom of the paired test", (n,), n.value - 1)
    if trail.has("estimate_se"):
        se = trail.entered("estimate_se")
    elif trail.has("estimate_low"):
        ends = trail.entered("estimate_low"), trail.entered("estimate_high")
        se = spreads.se_from_interval(
            trail, *ends, spreads.level_of(trail, "estimate_level"), df, of="the mean difference within people"
        )
    elif trail.has("estimate_t"):
        se = spreads.se_from_t(trail, estimate, trail.entered("estimate_t"))
    else:
        se = spreads.se_from_p(trail, estimate, trail.entered("estimate_p"), df)
    if trail.measure == "MD":
        estimate = around.scaled(trail, estimate, "Mean difference within people")
        se = around.scaled(trail, se, "Standard error of the difference")
        yi = trail.step(
            f"yi = {estimate.symbol}", "Mean difference as printed", (estimate,), estimate.value, unit=estimate.unit
        )
        vi = trail.step(f"vi = {se.symbol}²", "Its variance", (se,), se.value**2)
        return Printed(measure="MD", yi=yi, vi=vi, paired=True)
    # the standardiser needs both SDs; entered() says which one is missing
    s1, s2 = _sds(trail, n)
    sd = trail.step(
        f"SDdiff = {se.symbol} × √(n)",
        "SD of the differences within people",
        (se, n),
        se.value * n.value**0.5,
        unit=se.unit,
        reference=FROM_PAIRS,
    )
    r = _correlation(trail, s1, s2, sd, "sd_active")
    zero = Term("0", 0.0, estimate.unit, "the difference is entered as one number")
    return Pairs(n=n, mean1=estimate, sd1=s1, mean2=zero, sd2=s2, r=r)


def _first_period(trail: Trail) -> Summary:
    trail.note("The first period only, as a parallel trial: no carry-over, but half the people in each arm.")
    return two_means(trail, trail.entered("sd_active"), trail.entered("sd_comparator"))


def _first(maker: Wanted) -> Wanted:
    return replace(maker, group=f"{PERIOD_ONE}, {'active' if maker.key.endswith('_active') else 'comparator'} first")


OPTIONAL_SDS = (
    *(inputs.optional(_spread(arm)) for arm in (inputs.ACTIVE, inputs.COMPARATOR)),
    inputs.SPREAD_KIND,
)
OF_TEST = ("MD", "SMD")
EXAMPLE = {"n_analysed": 10, "mean_active": 7.0, "sd_active": 2.38, "mean_comparator": 6.5, "sd_comparator": 2.21}

CROSSOVER: tuple[Recipe, ...] = (
    Recipe(
        key="crossover_r",
        title="Crossover: means with SDs and a correlation",
        group=GROUP,
        help="Mean and SD (or SE, or half-width) under each treatment and the correlation within people, which "
        "is rarely "
        "printed.",
        wanted=(N, *inputs.both(_mean, _spread), inputs.SPREAD_KIND, inputs.CORRELATION, CORRELATION_IS),
        measures=MEASURES,
        gather=_with_r,
        options=PAIR_OPTIONS,
        example=("n_analysed=10 mean_active=7 sd_active=2.38 mean_comparator=6.5 sd_comparator=2.21 correlation=0.68"),
    ),
    Recipe(
        key="crossover_ci",
        title="Crossover: means with confidence intervals and a correlation",
        group=GROUP,
        help="Mean with its interval under each treatment and the correlation within people.",
        wanted=(N, *inputs.both(_mean, _low, _high), inputs.LEVEL, inputs.CORRELATION, CORRELATION_IS),
        measures=MEASURES,
        gather=_with_intervals,
        options=PAIR_OPTIONS,
        example=(
            "n_analysed=36 mean_active=33.8 low_active=23.88 high_active=43.74 mean_comparator=13.02 "
            "low_comparator=6.64 high_comparator=19.76 correlation=0.5"
        ),
    ),
    Recipe(
        key="crossover_sd_difference",
        title="Crossover: means with SDs and the SD of the differences",
        group=GROUP,
        help="The SD of the differences within people gives the correlation: nothing is assumed.",
        wanted=(
            N,
            *inputs.both(_mean, _spread),
            inputs.SPREAD_KIND,
            Wanted(
                key="sd_difference",
                label="SD of the differences within people",
                symbol="SDd",
                unit=inputs.POINTS,
                group=inputs.COMPARISON,
                low=0,
                open_low=True,
            ),
        ),
        measures=MEASURES,
        gather=_with_sd_of_differences,
        options=PAIR_OPTIONS,
        example=("n_analysed=10 mean_active=7 sd_active=2.38 mean_comparator=6.5 sd_comparator=2.21 sd_difference=2"),
    ),
    Recipe(
        key="crossover_se",
        title="Crossover: difference with standard error",
        group=GROUP,
        help="The mean difference within people with its standard error. A standardised one needs both SDs too.",
        wanted=(N, DIFFERENCE, inputs.SE_OF_ESTIMATE, *OPTIONAL_SDS),
        measures=OF_TEST,
        gather=_from_test,
        options=PAIR_OPTIONS,
        example="n_analysed=10 estimate=0.5 estimate_se=0.632 sd_active=2.38 sd_comparator=2.21",
    ),
    Recipe(
        key="crossover_interval",
        title="Crossover: difference with confidence interval",
        group=GROUP,
        help="The mean difference within people with its interval, taken as that of the paired t test. A "
        "standardised one needs both SDs too.",
        wanted=(N, DIFFERENCE, inputs.LOW, inputs.HIGH, inputs.ESTIMATE_LEVEL, *OPTIONAL_SDS),
        measures=OF_TEST,
        gather=_from_test,
        options=PAIR_OPTIONS,
        example="n_analysed=10 estimate=0.5 estimate_low=-0.93 estimate_high=1.93 sd_active=2.38 sd_comparator=2.21",
    ),
    Recipe(
        key="crossover_t",
        title="Crossover: difference with paired t",
        group=GROUP,
        help="The mean difference within people with the t of the paired test. A standardised one needs both SDs too.",
        wanted=(N, DIFFERENCE, inputs.T, *OPTIONAL_SDS),
        measures=OF_TEST,
        gather=_from_test,
        options=PAIR_OPTIONS,
        example="n_analysed=10 estimate=0.5 estimate_t=0.79 sd_active=2.38 sd_comparator=2.21",
    ),
    Recipe(
        key="crossover_p",
        title="Crossover: difference with paired p",
        group=GROUP,
        help="The mean difference within people with the two-sided p of the paired t test. A standardised one "
        "needs both "
        "SDs too.",
        wanted=(N, DIFFERENCE, inputs.P, inputs.P_IS, *OPTIONAL_SDS),
        measures=OF_TEST,
        gather=_from_test,
        options=PAIR_OPTIONS,
        example="n_analysed=60 estimate=-15.1 estimate_p=0.0002",
    ),
    Recipe(
        key="crossover_first_period",
        title="Crossover: first period only",
        group=GROUP,
        help="Where carry-over is likely, or the periods are printed apart: the first period as a parallel trial.",
        wanted=tuple(_first(item) for item in inputs.both(inputs.people, inputs.mean, inputs.sd)),
        measures=MEASURES_OF_MEANS,
        gather=_first_period,
        options=MEAN_OPTIONS,
        example=("n_active=6 mean_active=5.1 sd_active=1.9 n_comparator=5 mean_comparator=6.2 sd_comparator=2"),
    ),
)
