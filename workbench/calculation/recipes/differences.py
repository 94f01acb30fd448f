"""A difference between two arms as the report prints it: in points, adjusted, standardised, or of risks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from workbench.calculation import around, spreads
from workbench.calculation.estimates import Beside, as_printed, beside
from workbench.calculation.measures.of_means import HEDGES, VARIANCE, factor, hedges
from workbench.calculation.recipe import Recipe
from workbench.calculation.recipes import inputs
from workbench.calculation.summaries import Printed, Summary
from workbench.calculation.trail import Trail, refused
from workbench.calculation.values import CalculationError, Term
from workbench.calculation.wanted import Wanted
from workbench.effects import hedges_from_d, smd_from_difference

GROUP = "Two arms: a difference as printed"
CROSSOVER_DESIGN = "crossover"
DESIGN = Wanted(
    key="design",
    label="Design",
    group=inputs.COMPARISON,
    optional=True,
    choices=("parallel", CROSSOVER_DESIGN),
    default="parallel",
    help="Of a crossover only the difference with its own standard error or interval is used, and no test.",
)
OPTIONS = (*around.OF_MEANS, VARIANCE)
SIZES = tuple(inputs.people(arm, optional=True) for arm in (inputs.ACTIVE, inputs.COMPARATOR))
NEEDS_SIZES = "A standardised difference needs the participants of both arms."


def sizes(trail: Trail) -> tuple[Term | None, Term | None]:
    """The arms' participants, where they were entered."""
    return (
        trail.entered("n_active") if trail.has("n_active") else None,
        trail.entered("n_comparator") if trail.has("n_comparator") else None,
    )


def difference(trail: Trail) -> Summary:
    estimate, given = trail.entered("estimate"), beside(trail)
    paired = trail.chosen("design") == CROSSOVER_DESIGN
    bound(trail)
    n1, n2 = sizes(trail)
    if n1 is not None and n2 is not None and not paired:
        given = _of_t_test(trail, given, n1, n2)
    if trail.measure == "MD":
        yi, vi, _ = as_printed(trail, "MD", around.scaled(trail, estimate, "Mean difference"), _scaled(trail, given))
        return Printed(measure="MD", yi=yi, vi=vi, n1=n1, n2=n2, paired=paired)
    if n1 is None or n2 is None:
        raise CalculationError(f"{NEEDS_SIZES} Fill them in.", "n_active" if n1 is None else "n_comparator")
    if paired:
        raise CalculationError(
            "A crossover's difference compares people with themselves: its standard error gives no SD of the "
            "arms, and so "
            "no standardised difference. Use the recipes for crossover trials.",
            "design",
        )
    _, _, error = as_printed(trail, "MD", estimate, given)
    sd = spreads.sd_from_difference(trail, error, n1, n2)
    return standardised(trail, estimate, sd, n1, n2)


def _of_t_test(trail: Trail, given: Beside, n1: Term, n2: Term) -> Beside:
    """A p alone is that of the two-sample t test unless other degrees of freedom are printed."""
    if given.p is None or given.df is not None or given.spread or given.t is not None:
        return given
    df = trail.step(
        f"df = {n1.symbol} + {n2.symbol} − 2",
        "Degrees of freedom of the two-sample t test",
        (n1, n2),
        n1.value + n2.value - 2,
        reference="Cochrane Handbook 6.5.2.3",
    )
    return replace(given, df=df)


def _scaled(trail: Trail, given: Beside) -> Beside:
    def on_scale(term: Term | None, label: str) -> Term | None:
        return None if term is None else around.scaled(trail, term, label)

    return replace(
        given,
        se=on_scale(given.se, "Standard error"),
        low=on_scale(given.low, "Lower end of the interval"),
        high=on_scale(given.high, "Upper end of the interval"),
    )


def _over_sd(trail: Trail) -> Summary:
    """A difference with its own precision, standardised by an SD that is printed apart from it."""
    estimate, sd, given = trail.entered("estimate"), trail.entered("outcome_sd"), beside(trail)
    bound(trail)
    n1, n2 = sizes(trail)
    if n1 is None or n2 is None:
        raise CalculationError(f"{NEEDS_SIZES} Fill them in.", "n_active" if n1 is None else "n_comparator")
    _, _, error = as_printed(trail, "MD", estimate, given)
    with refused("outcome_sd"):
        effect = smd_from_difference(estimate.value, error.value, sd.value, n1.value, n2.value)
    d = trail.step(
        f"d = {estimate.symbol} / {sd.symbol}",
        "Cohen's d, active minus comparator",
        (estimate, sd),
        estimate.value / sd.value,
    )
    m = trail.step(f"m = {n1.symbol} + {n2.symbol} − 2", "Degrees of freedom", (n1, n2), n1.value + n2.value - 2)
    j = factor(trail, m)
    yi = trail.step(f"yi = J × {d.symbol}", "Hedges' g", (j, d), effect.yi, reference=HEDGES)
    g = Term("g", yi.value, "", yi.source)
    vi = trail.step(
        f"vi = ({error.symbol} / {sd.symbol})² + g² / (2 × ({n1.symbol} + {n2.symbol}))",
        "Its variance: of the difference as printed, and of the SD",
        (error, sd, g, n1, n2),
        effect.vi,
        reference="Borenstein 2009, in Cooper, Hedges & Valentine, 12.2",
    )
    return Printed(measure="SMD", yi=yi, vi=vi, n1=n1, n2=n2)


def standardised(trail: Trail, difference: Term, sd: Term, n1: Term, n2: Term) -> Printed:
    """Hedges' g of a difference over an SD of the arms."""
    d = trail.step(
        f"d = {difference.symbol} / {sd.symbol}",
        "Cohen's d, active minus comparator",
        (difference, sd),
        difference.value / sd.value,
    )
    return of_d(trail, d, n1, n2)


def of_d(trail: Trail, d: Term, n1: Term, n2: Term) -> Printed:
    """Hedges' g of a d; a shared comparator's part is taken into the arm's size."""
    if trail.has("share") and trail.entered("share").value > 1:
        k = trail.entered("share")
        n2 = trail.step(
            f"{n2.symbol}s = {n2.symbol} / k",
            "Participants of the comparator, this arm's share",
            (n2, k),
            n2.value / k.value,
            unit=n2.unit,
            reference="Cochrane Handbook 23.3.4",
        )
    vtype = trail.chosen("variance", "LS")
    with refused("n_active"):
        effect = hedges_from_d(
            d.value, n1.value, n2.value, vtype=vtype, correction="approximate" if vtype == "RevMan" else "exact"
        )
    yi, vi = hedges(trail, d, n1, n2, effect.yi, effect.vi, vtype)
    return Printed(measure="SMD", yi=yi, vi=vi, n1=n1, n2=n2, divided=True)


def bound(trail: Trail) -> None:
    """Say what follows where p is only known to be below something."""
    if trail.chosen("p_is") == "an upper bound":
        trail.note(
            "p is an upper bound: the effect is at least as large as this. Use it in a sensitivity analysis only."
        )
        trail.approximate = True


def _d(trail: Trail) -> Summary:
    estimate, given = trail.entered("estimate"), beside(trail)
    n1, n2 = sizes(trail)
    paired = trail.chosen("design") == CROSSOVER_DESIGN
    if not given.spread and not paired and n1 is not None and n2 is not None:
        return of_d(trail, estimate, n1, n2)
    if not given.spread and paired and given.p is None:
        raise CalculationError(
            "A crossover's d needs its own standard error, interval or p: by the participants alone its "
            "variance would be "
            "that of two separate groups.",
            "estimate_se",
        )
    if not given.spread and given.p is None:
        raise CalculationError(
            "A printed d needs the participants of both arms, or its own standard error, interval or p.",
            "n_active" if n1 is None else "n_comparator",
        )
    yi, vi, _ = as_printed(trail, "SMD", estimate, given)
    return Printed(measure="SMD", yi=yi, vi=vi, n1=n1, n2=n2, paired=paired)


def _risk_difference(trail: Trail) -> Summary:
    yi, vi, _ = as_printed(trail, "RD", trail.entered("estimate"), beside(trail))
    n1, n2 = sizes(trail)
    return Printed(measure="RD", yi=yi, vi=vi, n1=n1, n2=n2, paired=trail.chosen("design") == CROSSOVER_DESIGN)


OPTIONAL_SE, OPTIONAL_P = inputs.optional(inputs.SE_OF_ESTIMATE), inputs.optional(inputs.P)
INTERVAL = (inputs.LOW, inputs.HIGH, inputs.ESTIMATE_LEVEL)
OPTIONAL_INTERVAL = (inputs.optional(inputs.LOW), inputs.optional(inputs.HIGH), inputs.ESTIMATE_LEVEL)
CHECK = "; p, if it is entered too, is checked against it"
D = replace(
    inputs.ESTIMATE, label="d or g (active minus comparator)", symbol="d", unit="", help="Cohen's d over the pooled SD."
)
RD = replace(
    inputs.ESTIMATE,
    label="Risk difference (active minus comparator)",
    symbol="RD",
    unit="",
    help="As a proportion: 0.15 for 15 percentage points.",
    low=-1,
    high=1,
)


OUTCOME_SD = Wanted(
    key="outcome_sd",
    label="SD of the outcome between people, both arms",
    symbol="SD",
    unit=inputs.POINTS,
    group=inputs.COMPARISON,
    low=0,
    open_low=True,
    help="Of the raw values; neither a standard error nor the SD that an adjustment leaves.",
)


def _unitless(item: Wanted) -> Wanted:
    return replace(item, unit="")


def recipe_of(
    key: str,
    title: str,
    help_: str,
    wanted: tuple[Wanted, ...],
    example: str,
    gather: Callable[[Trail], Summary] = difference,
    measures: tuple[str, ...] = ("MD", "SMD"),
    options: tuple[Wanted, ...] = OPTIONS,
) -> Recipe:
    return Recipe(
        key=key,
        title=title,
        group=GROUP,
        help=help_,
        wanted=wanted,
        measures=measures,
        gather=gather,
        options=options,
        example=example,
    )


DIFFERENCES: tuple[Recipe, ...] = (
    recipe_of(
        "difference_se",
        "Mean difference with standard error",
        f"A difference in points with its standard error{CHECK}. With the participants a standardised "
        f"difference follows.",
        (inputs.ESTIMATE, inputs.SE_OF_ESTIMATE, *OPTIONAL_INTERVAL, OPTIONAL_P, inputs.DF, DESIGN, *SIZES),
        "estimate=3.8 estimate_se=1.37 n_active=25 n_comparator=22",
    ),
    recipe_of(
        "difference_ci",
        "Mean difference with confidence interval",
        f"A difference in points with its interval{CHECK}. Small trials print intervals by Student's t: enter "
        f"the degrees "
        "of freedom (participants less 2) to use it.",
        (inputs.ESTIMATE, *INTERVAL, OPTIONAL_P, inputs.DF, DESIGN, *SIZES),
        "estimate=3.8 estimate_low=1.04 estimate_high=6.56 estimate_df=45 n_active=25 n_comparator=22",
    ),
    recipe_of(
        "difference_t",
        "Mean difference with t",
        "A difference in points with the t (or z) of its test.",
        (inputs.ESTIMATE, inputs.T, DESIGN, *SIZES),
        "estimate=3.8 estimate_t=2.78 n_active=25 n_comparator=22",
    ),
    recipe_of(
        "difference_p",
        "Mean difference with p",
        "A difference in points with the two-sided p of its test. Enter the degrees of freedom for a t test.",
        (inputs.ESTIMATE, inputs.P, inputs.P_IS, inputs.DF, DESIGN, *SIZES),
        "estimate=3.8 estimate_p=0.008 estimate_df=45 n_active=25 n_comparator=22",
    ),
    recipe_of(
        "difference_over_sd",
        "Mean difference with its precision, and an SD of people",
        "A difference in points, adjusted or not, with its standard error, interval or p, and the SD of the outcome "
        "between people (at the start or pooled at the end), printed apart: the difference is divided by that SD.",
        (
            inputs.ESTIMATE,
            OUTCOME_SD,
            OPTIONAL_SE,
            *OPTIONAL_INTERVAL,
            OPTIONAL_P,
            inputs.DF,
            *SIZES,
        ),
        "estimate=-1.2 estimate_low=-2.1 estimate_high=-0.3 outcome_sd=2.1 n_active=25 n_comparator=22",
        gather=_over_sd,
        measures=("SMD",),
    ),
    recipe_of(
        "smd_printed",
        "Standardised difference as printed (d or g)",
        "Cohen's d with the participants becomes Hedges' g. With its own standard error, interval or p it is "
        "taken as it "
        "stands, as a g.",
        (
            D,
            *SIZES,
            _unitless(OPTIONAL_SE),
            *(_unitless(item) for item in OPTIONAL_INTERVAL),
            OPTIONAL_P,
            inputs.DF,
            DESIGN,
        ),
        "estimate=-1.302 n_active=20 n_comparator=20",
        gather=_d,
        measures=("SMD",),
    ),
    recipe_of(
        "risk_difference",
        "Risk difference as printed",
        f"A difference of risks with its standard error, interval or p{CHECK}.",
        (
            RD,
            _unitless(OPTIONAL_SE),
            *(_unitless(item) for item in OPTIONAL_INTERVAL),
            OPTIONAL_P,
            inputs.DF,
            DESIGN,
            *SIZES,
        ),
        "estimate=0.03 estimate_p=0.008",
        gather=_risk_difference,
        measures=("RD",),
        options=around.OF_EVENTS,
    ),
)
