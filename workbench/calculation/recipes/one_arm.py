"""One arm alone: a mean, a proportion, a change from before to after."""

from __future__ import annotations

from workbench.calculation.measures.of_one_arm import MEANS, PROPORTIONS, ZERO_ADD
from workbench.calculation.measures.of_pairs import ONE_GROUP
from workbench.calculation.recipe import ONE_GROUP_OPTIONS, Recipe
from workbench.calculation.recipes import inputs
from workbench.calculation.recipes.changes import CORRELATION_IS
from workbench.calculation.summaries import OneCount, OneMean, Pairs, Summary
from workbench.calculation.trail import Trail
from workbench.calculation.wanted import Wanted

GROUP = "One arm alone"
PEOPLE = Wanted(key="n", label="Participants analysed", symbol="n", unit=inputs.PEOPLE, low=1)
AFTER, BEFORE = "After", "Before"


def _mean(trail: Trail) -> Summary:
    return OneMean(n=trail.entered("n"), mean=trail.entered("mean"), sd=trail.entered("sd"))


def _proportion(trail: Trail) -> Summary:
    return OneCount(events=trail.entered("events"), n=trail.entered("n"))


def _change(trail: Trail) -> Summary:
    trail.note(
        "A change in one arm is no effect of the treatment: it holds the course of the illness and regression "
        "to the mean."
    )
    return Pairs(
        n=trail.entered("n"),
        mean1=trail.entered("mean_after"),
        sd1=trail.entered("sd_after"),
        mean2=trail.entered("mean_before"),
        sd2=trail.entered("sd_before"),
        r=trail.entered("correlation"),
        one_group=True,
    )


ONE_ARM: tuple[Recipe, ...] = (
    Recipe(
        key="one_mean",
        title="Mean of one arm",
        group=GROUP,
        help="A mean with its SD, for pooling single arms.",
        wanted=(
            PEOPLE,
            Wanted(key="mean", label="Mean", symbol="M", unit=inputs.POINTS),
            Wanted(key="sd", label="SD", symbol="SD", unit=inputs.POINTS, low=0, open_low=True),
        ),
        measures=MEANS,
        gather=_mean,
        example="n=20 mean=5.1 sd=1.3",
    ),
    Recipe(
        key="one_proportion",
        title="Proportion of one arm",
        group=GROUP,
        help="People with an event of all people, for pooling single arms.",
        wanted=(Wanted(key="events", label="People with the event", symbol="e", unit=inputs.PEOPLE, low=0), PEOPLE),
        measures=PROPORTIONS,
        gather=_proportion,
        options=(ZERO_ADD,),
        example="events=7 n=40",
    ),
    Recipe(
        key="one_change",
        title="One arm before and after",
        group=GROUP,
        help="Means and SDs before and after in the same people, with their correlation.",
        wanted=(
            PEOPLE,
            Wanted(key="mean_after", label="Mean", symbol="M1", unit=inputs.POINTS, group=AFTER),
            Wanted(key="sd_after", label="SD", symbol="SD1", unit=inputs.POINTS, low=0, open_low=True, group=AFTER),
            Wanted(key="mean_before", label="Mean", symbol="M2", unit=inputs.POINTS, group=BEFORE),
            Wanted(key="sd_before", label="SD", symbol="SD2", unit=inputs.POINTS, low=0, open_low=True, group=BEFORE),
            inputs.CORRELATION,
            CORRELATION_IS,
        ),
        measures=ONE_GROUP,
        gather=_change,
        options=ONE_GROUP_OPTIONS,
        example="n=20 mean_after=3.1 sd_after=1.2 mean_before=5.1 sd_before=1.3 correlation=0.5",
    ),
)
