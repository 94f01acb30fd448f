"""Two arms with changes from baseline, printed or made from baseline and final values."""

from __future__ import annotations

from dataclasses import replace

from workbench.calculation import spreads
from workbench.calculation.measures.of_means import MEASURES
from workbench.calculation.recipe import MEAN_OPTIONS, Recipe
from workbench.calculation.recipes import inputs
from workbench.calculation.recipes.means import GROUP, sds, two_means
from workbench.calculation.summaries import Means, Summary
from workbench.calculation.trail import Trail
from workbench.calculation.values import Term
from workbench.calculation.wanted import Wanted

LOOKS_LIKE_CHANGE = (
    "These are changes from baseline: their mean difference may be pooled with that of final values, their "
    "standardised difference may not, as the SDs differ."
)


def _changes(trail: Trail) -> Summary:
    if trail.measure == "SMD":
        trail.note(LOOKS_LIKE_CHANGE)
    return two_means(trail, *sds(trail, "sd", trail.chosen("spread_kind", spreads.SD)))


def _baseline_and_final(trail: Trail) -> Summary:
    r = trail.entered("correlation")
    assumed = trail.chosen("correlation_is", ASSUMED) == ASSUMED
    assumption = f"The correlation between baseline and final values is {r.value:g}." if assumed else ""
    if trail.measure == "SMD":
        trail.note(LOOKS_LIKE_CHANGE)
    arms: list[Term] = []
    for arm, index in inputs.INDEX.items():
        final, baseline = trail.entered(f"mean_{arm}"), trail.entered(f"baseline_mean_{arm}")
        arms.append(
            trail.step(
                f"C{index} = {final.symbol} − {baseline.symbol}",
                f"Mean change of the {arm} arm",
                (final, baseline),
                final.value - baseline.value,
                unit=final.unit,
            )
        )
        arms.append(
            spreads.sd_of_change(
                trail, arm, trail.entered(f"baseline_sd_{arm}"), trail.entered(f"sd_{arm}"), r, assumption
            )
        )
    m1, s1, m2, s2 = arms
    return Means(n1=trail.entered("n_active"), mean1=m1, sd1=s1, n2=trail.entered("n_comparator"), mean2=m2, sd2=s2)


PRINTED, ASSUMED = "printed", "assumed"
CORRELATION_IS = Wanted(
    key="correlation_is",
    label="The correlation is",
    optional=True,
    choices=(ASSUMED, PRINTED),
    default=ASSUMED,
    help="An assumed one belongs in a range of sensitivity analyses.",
)
NOT_ROM = tuple(measure for measure in MEASURES if measure != "ROM")


def _baseline_mean(arm: str) -> Wanted:
    return inputs.of_arm(arm, "baseline_mean", "Baseline mean", "B", unit=inputs.POINTS)


def _baseline_sd(arm: str) -> Wanted:
    return inputs.of_arm(arm, "baseline_sd", "Baseline SD", "SDb", unit=inputs.POINTS, low=0, open_low=True)


def _final_mean(arm: str) -> Wanted:
    return inputs.mean(arm, "Final mean")


def _final_sd(arm: str) -> Wanted:
    return replace(inputs.sd(arm, "Final SD"), symbol=f"SDf{inputs.INDEX[arm]}")


def _change(arm: str) -> Wanted:
    return inputs.mean(arm, "Mean change")


def _change_sd(arm: str) -> Wanted:
    return replace(inputs.sd(arm, "SD, SE or half-width of the change"), symbol=f"S{inputs.INDEX[arm]}")


CHANGES: tuple[Recipe, ...] = (
    Recipe(
        key="change_sd",
        title="Changes from baseline",
        group=GROUP,
        help="Each arm's mean change with its SD (or SE, or half of its 95% interval). A fall is negative.",
        wanted=(*inputs.both(inputs.people, _change, _change_sd), inputs.SPREAD_KIND),
        measures=NOT_ROM,
        gather=_changes,
        options=MEAN_OPTIONS,
        example=(
            "n_active=27 mean_active=-53.38 sd_active=53.12 n_comparator=27 mean_comparator=-22.93 sd_comparator=57.16"
        ),
    ),
    Recipe(
        key="baseline_final",
        title="Baseline and final means, changes by a correlation",
        group=GROUP,
        help="Changes where only baseline and final values are printed. Final values alone (Means with SDs) need no "
        "correlation; with r below 0.5 they are also more precise.",
        wanted=(
            *inputs.both(inputs.people, _baseline_mean, _baseline_sd, _final_mean, _final_sd),
            inputs.CORRELATION,
            CORRELATION_IS,
        ),
        measures=NOT_ROM,
        gather=_baseline_and_final,
        options=MEAN_OPTIONS,
        example=(
            "n_active=129 baseline_mean_active=15.2 baseline_sd_active=6.4 mean_active=16.2 "
            "sd_active=7.1 n_comparator=135 baseline_mean_comparator=15.7 baseline_sd_comparator=7 "
            "mean_comparator=17.2 sd_comparator=6.9 correlation=0.8"
        ),
    ),
)
