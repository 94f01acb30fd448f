"""Two arms of a parallel trial with means or medians, final values or changes."""

from __future__ import annotations

from workbench.calculation import spreads
from workbench.calculation.measures.of_means import MEASURES
from workbench.calculation.recipe import MEAN_OPTIONS, Recipe
from workbench.calculation.recipes import inputs
from workbench.calculation.recipes.inputs import ACTIVE, COMPARATOR
from workbench.calculation.summaries import Means, Printed, Summary
from workbench.calculation.trail import Trail
from workbench.calculation.values import CalculationError, Term
from workbench.calculation.wanted import Wanted

GROUP = "Two arms: means or medians"


def two_means(trail: Trail, sd1: Term, sd2: Term) -> Means:
    """The arms as entered, with these SDs."""
    return Means(
        n1=trail.entered("n_active"),
        mean1=trail.entered("mean_active"),
        sd1=sd1,
        n2=trail.entered("n_comparator"),
        mean2=trail.entered("mean_comparator"),
        sd2=sd2,
    )


def sds(trail: Trail, key: str, kind: str) -> tuple[Term, Term]:
    found = [
        spreads.sd_of_arm(trail, arm, trail.entered(f"{key}_{arm}"), trail.entered(f"n_{arm}"), kind, f"{key}_{arm}")
        for arm in (ACTIVE, COMPARATOR)
    ]
    return found[0], found[1]


def _with_sd(trail: Trail) -> Summary:
    return two_means(trail, *sds(trail, "sd", spreads.SD))


def _with_se(trail: Trail) -> Summary:
    return two_means(trail, *sds(trail, "se", spreads.SE))


def _with_half_width(trail: Trail) -> Summary:
    return two_means(trail, *sds(trail, "half_width", spreads.HALF_WIDTH))


def _with_interval(trail: Trail) -> Summary:
    level = spreads.level_of(trail)
    for arm in (ACTIVE, COMPARATOR):
        m, low, high = (trail.entered(f"{key}_{arm}").value for key in ("mean", "low", "high"))
        spreads.remark_on_place(trail, f"The mean of the {arm} arm", m, low, high)
    if not (trail.has("n_active") and trail.has("n_comparator")):
        if trail.measure != "MD":
            field = "n_comparator" if trail.has("n_active") else "n_active"
            raise CalculationError(
                f"{trail.measure} needs the participants of both arms; without them the intervals give a mean "
                f"difference only.",
                field,
            )
        return _without_sizes(trail, level)
    sds = [
        spreads.sd_from_interval(
            trail,
            arm,
            trail.entered(f"low_{arm}"),
            trail.entered(f"high_{arm}"),
            trail.entered(f"n_{arm}"),
            level,
            f"low_{arm}",
        )
        for arm in (ACTIVE, COMPARATOR)
    ]
    return two_means(trail, sds[0], sds[1])


def _without_sizes(trail: Trail, level: Term) -> Printed:
    """A mean difference from two means with intervals, where nobody says how many people there were."""
    m1, m2 = trail.entered("mean_active"), trail.entered("mean_comparator")
    ses = [
        spreads.se_from_interval(
            trail,
            trail.entered(f"low_{arm}"),
            trail.entered(f"high_{arm}"),
            level,
            None,
            symbol=f"SE{index}",
            of=f"the {arm} arm's mean",
            field=f"low_{arm}",
        )
        for arm, index in inputs.INDEX.items()
    ]
    yi = trail.step(
        "yi = M1 − M2", "Mean difference, active minus comparator", (m1, m2), m1.value - m2.value, unit=m1.unit
    )
    vi = trail.step(
        "vi = SE1² + SE2²",
        "Its variance",
        ses,
        ses[0].value ** 2 + ses[1].value ** 2,
        assumption="The arms' sizes are not known: their intervals are taken to be normal ones.",
    )
    return Printed(measure="MD", yi=yi, vi=vi)


def _half_width(arm: str) -> Wanted:
    return inputs.of_arm(
        arm, "half_width", "Half the width of its 95% interval", "HW", unit=inputs.POINTS, low=0, open_low=True
    )


def _low(arm: str) -> Wanted:
    return inputs.of_arm(arm, "low", "Lower end of its interval", "L", unit=inputs.POINTS)


def _high(arm: str) -> Wanted:
    return inputs.of_arm(arm, "high", "Upper end of its interval", "U", unit=inputs.POINTS)


def _optional_people(arm: str) -> Wanted:
    return inputs.people(arm, optional=True)


MEANS: tuple[Recipe, ...] = (
    Recipe(
        key="means_sd",
        title="Means with SDs",
        group=GROUP,
        help="Each arm's mean with its standard deviation, at the end or as a change. The best of all: nothing "
        "is converted.",
        wanted=inputs.both(inputs.people, inputs.mean, inputs.sd),
        measures=MEASURES,
        gather=_with_sd,
        options=MEAN_OPTIONS,
        example=("n_active=20 mean_active=3.1 n_comparator=20 mean_comparator=4.7 sd_active=1.2 sd_comparator=1"),
    ),
    Recipe(
        key="means_se",
        title="Means with standard errors",
        group=GROUP,
        help="Each arm's mean ± SE (or SEM). A standard error is smaller than the SD by the root of the participants.",
        wanted=inputs.both(inputs.people, inputs.mean, inputs.se),
        measures=MEASURES,
        gather=_with_se,
        options=MEAN_OPTIONS,
        example=("n_active=20 mean_active=3.1 n_comparator=20 mean_comparator=4.7 se_active=0.27 se_comparator=0.22"),
    ),
    Recipe(
        key="means_ci",
        title="Means with confidence intervals",
        group=GROUP,
        help="Each arm's mean with the interval of that mean. Without the participants only a mean difference follows.",
        wanted=(*inputs.both(_optional_people, inputs.mean, _low, _high), inputs.LEVEL),
        measures=MEASURES,
        gather=_with_interval,
        options=MEAN_OPTIONS,
        example=(
            "n_active=20 mean_active=3.1 n_comparator=20 mean_comparator=4.7 low_active=2.54 "
            "high_active=3.66 low_comparator=4.23 high_comparator=5.17"
        ),
    ),
    Recipe(
        key="means_half_width",
        title="Means ± half of a 95% confidence interval",
        group=GROUP,
        help="Where what stands after ± is half the width of each mean's 95% interval.",
        wanted=inputs.both(inputs.people, inputs.mean, _half_width),
        measures=MEASURES,
        gather=_with_half_width,
        options=MEAN_OPTIONS,
        example=(
            "n_active=20 mean_active=3.1 n_comparator=20 mean_comparator=4.7 half_width_active=0.56 "
            "half_width_comparator=0.47"
        ),
    ),
)
