"""From one kind of effect to another: responders as a standardised difference, an SMD in points people know."""

from __future__ import annotations

from dataclasses import replace

from workbench.calculation import around
from workbench.calculation.estimates import as_printed, beside
from workbench.calculation.measures.of_printed import smd_of_odds
from workbench.calculation.recipe import COUNT_OPTIONS, Recipe
from workbench.calculation.recipes import inputs
from workbench.calculation.recipes.counts import events
from workbench.calculation.recipes.ratios import RATIO, RATIO_HIGH, RATIO_LOW
from workbench.calculation.summaries import Counts, Printed, Summary
from workbench.calculation.trail import Trail, refused
from workbench.calculation.values import CalculationError, Term
from workbench.calculation.wanted import Wanted
from workbench.effects import Effect, smd_to_points

GROUP = "From one scale to another"
SMD = Wanted(key="estimate", label="Standardised mean difference", symbol="g", group=inputs.COMPARISON)
SCALE_NAME = Wanted(
    key="scale_name",
    label="Name of the scale",
    group=inputs.COMPARISON,
    words=80,
    help="With its range, such as NRS 0–10.",
)
SCALE_SD = Wanted(
    key="scale_sd",
    label="SD on the named scale",
    symbol="SDscale",
    unit=inputs.POINTS,
    group=inputs.COMPARISON,
    low=0,
    open_low=True,
    help="Of a representative trial, or the median of the comparator arms: it makes the result large or small.",
)


def _counts(trail: Trail) -> Summary:
    return Counts(
        events1=trail.entered("events_active"),
        n1=trail.entered("n_active"),
        events2=trail.entered("events_comparator"),
        n2=trail.entered("n_comparator"),
    )


def _odds_to_smd(trail: Trail) -> Summary:
    yi, vi, _ = as_printed(trail, "OR", trail.entered("estimate"), beside(trail))
    smd, variance = smd_of_odds(trail, yi, vi)
    return Printed(measure="SMD", yi=smd, vi=variance)


def _points(trail: Trail) -> Summary:
    if not (trail.has("estimate_se") or trail.has("estimate_low", "estimate_high")):
        raise CalculationError(
            "Fill in the standard error of the standardised difference, or both ends of its interval.", "estimate_se"
        )
    yi, vi, _ = as_printed(trail, "SMD", trail.entered("estimate"), beside(trail))
    sd = trail.entered("scale_sd")
    scale = trail.chosen("scale_name")
    with refused("scale_sd"):
        effect = smd_to_points(Effect(measure="SMD", yi=yi.value, vi=vi.value), sd.value, scale)
    g, v = Term("g", yi.value, "", yi.source), Term("v", vi.value, "", vi.source)
    reference = "Cochrane Handbook 15.5.3.2"
    points = trail.step(
        "yi = g × SDscale",
        f"Difference in points of {scale}",
        (g, sd),
        effect.yi,
        key="yi_points",
        unit=inputs.POINTS,
        reference=reference,
        assumption=f"On {scale} people differ by an SD of {sd.value:g} points, taken as known.",
    )
    variance = trail.step("vi = v × SDscale²", "Its variance", (v, sd), effect.vi, key="vi_points", reference=reference)
    return Printed(measure="MD", yi=points, vi=variance)


SE_OF_SMD = replace(inputs.optional(inputs.SE_OF_ESTIMATE), unit="")
LOW_OF_SMD, HIGH_OF_SMD = (replace(inputs.optional(item), unit="") for item in (inputs.LOW, inputs.HIGH))

SCALES: tuple[Recipe, ...] = (
    Recipe(
        key="responders_to_smd",
        title="Responders as a standardised difference",
        group=GROUP,
        help="Where a trial prints responders only and the others print means: the odds ratio as an SMD. Say "
        "below that a "
        "response is good and that lower is better, so that the sign fits pain scores.",
        wanted=inputs.both(events, inputs.people),
        measures=("SMD",),
        gather=_counts,
        options=COUNT_OPTIONS,
        example=("events_active=19 n_active=27 events_comparator=11 n_comparator=27 event_is=good benefit=lower"),
    ),
    Recipe(
        key="odds_ratio_to_smd",
        title="Odds ratio as a standardised difference",
        group=GROUP,
        help="An odds ratio with its interval as an SMD. Positive where the active arm had more events.",
        wanted=(RATIO, RATIO_LOW, RATIO_HIGH, inputs.ESTIMATE_LEVEL),
        measures=("SMD",),
        gather=_odds_to_smd,
        options=(around.DIRECTION, around.BENEFIT, around.ICC, around.CLUSTER_SIZE),
        example="estimate=3.04 estimate_low=1.26 estimate_high=8.06",
    ),
    Recipe(
        key="smd_to_points",
        title="Standardised difference in points of a named scale",
        group=GROUP,
        help="An SMD (of one trial or pooled) times the SD that people have on a scale that readers know, such "
        "as NRS 0–10.",
        wanted=(SMD, SE_OF_SMD, LOW_OF_SMD, HIGH_OF_SMD, inputs.ESTIMATE_LEVEL, SCALE_NAME, SCALE_SD),
        measures=("MD",),
        gather=_points,
        options=(around.DIRECTION, around.BENEFIT),
        example="estimate=-0.52 estimate_low=-0.78 estimate_high=-0.26 scale_name='NRS 0–10' scale_sd=2.1",
    ),
)
