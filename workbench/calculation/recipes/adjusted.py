"""A difference adjusted for a covariate, mostly the baseline: pooled as it stands, or standardised by the raw SD."""

from __future__ import annotations

from dataclasses import replace

from workbench.calculation.measures.of_means import factor
from workbench.calculation.recipe import Recipe
from workbench.calculation.recipes import inputs
from workbench.calculation.recipes.differences import (
    OPTIONAL_INTERVAL,
    OPTIONAL_P,
    OPTIONAL_SE,
    SIZES,
    difference,
    recipe_of,
    sizes,
)
from workbench.calculation.summaries import Printed, Summary
from workbench.calculation.trail import Trail, refused
from workbench.calculation.values import CalculationError, Term
from workbench.calculation.wanted import Wanted
from workbench.effects import raw_sd, smd_adjusted


def _adjusted(trail: Trail) -> Summary:
    if trail.measure == "MD":
        return difference(trail)
    estimate = trail.entered("estimate")
    n1, n2 = sizes(trail)
    sd_key = next((key for key in ("sd_raw", "sd_residual") if trail.has(key)), "")
    if n1 is None or n2 is None or not sd_key or not trail.has("correlation"):
        missing = "n_active" if n1 is None else "n_comparator" if n2 is None else "correlation" if sd_key else "sd_raw"
        raise CalculationError(
            "An adjusted difference is standardised by the SD of the raw values: fill in the participants, an "
            "SD and the "
            "correlation of the baseline with the outcome.",
            missing,
        )
    r, sd = trail.entered("correlation"), trail.entered(sd_key)
    with refused(sd_key):
        effect = smd_adjusted(
            estimate.value,
            n1.value,
            n2.value,
            r.value,
            sd=sd.value if sd_key == "sd_raw" else None,
            sd_adjusted=sd.value if sd_key == "sd_residual" else None,
        )
    return _adjusted_steps(trail, (estimate, sd, r, n1, n2), sd_key, effect.yi, effect.vi)


def _adjusted_steps(
    trail: Trail, terms: tuple[Term, Term, Term, Term, Term], sd_key: str, yi: float, vi: float
) -> Printed:
    estimate, sd, r, n1, n2 = terms
    reference = "Borenstein 2009, in Cooper, Hedges & Valentine, table 12.3"
    if sd_key == "sd_residual":
        sd = trail.step(
            f"SD = {sd.symbol} / √(1 − r²)",
            "SD of the raw values, from ANCOVA's residual SD",
            (sd, r),
            raw_sd(sd.value, r.value),
            unit=sd.unit,
            reference=reference,
        )
    d = trail.step(
        f"d = {estimate.symbol} / {sd.symbol}",
        "Cohen's d of the adjusted difference",
        (estimate, sd),
        estimate.value / sd.value,
    )
    m = trail.step(
        f"m = {n1.symbol} + {n2.symbol} − 3", "Degrees of freedom (one covariate)", (n1, n2), n1.value + n2.value - 3
    )
    j = factor(trail, m)
    effect = trail.step("yi = J × d", "Hedges' g", (j, d), yi, reference=reference)
    variance = trail.step(
        f"vi = J² × ((1 / {n1.symbol} + 1 / {n2.symbol}) × (1 − r²) + d² / (2 × ({n1.symbol} + {n2.symbol})))",
        "Its variance",
        (j, n1, n2, r, d),
        vi,
        reference=reference,
        assumption=f"The baseline correlates with the outcome at r = {r.value:g}.",
    )
    return Printed(measure="SMD", yi=effect, vi=variance, n1=n1, n2=n2)


SD_RAW = Wanted(
    key="sd_raw",
    label="SD of the values at the end (pooled)",
    symbol="SD",
    unit=inputs.POINTS,
    group=inputs.COMPARISON,
    optional=True,
    low=0,
    open_low=True,
    help="For a standardised difference: not the SD that ANCOVA leaves.",
)
SD_RESIDUAL = Wanted(
    key="sd_residual",
    label="or the residual SD of ANCOVA",
    symbol="SDres",
    unit=inputs.POINTS,
    group=inputs.COMPARISON,
    optional=True,
    low=0,
    open_low=True,
)
R_BASELINE = replace(
    inputs.CORRELATION,
    optional=True,
    group=inputs.COMPARISON,
    label="Correlation of baseline and final values",
    help="Within the arms; needed for a standardised difference only.",
)


ADJUSTED: tuple[Recipe, ...] = (
    recipe_of(
        "ancova",
        "Adjusted mean difference (ANCOVA)",
        "A difference adjusted for the baseline, with its standard error, interval, t or p. It is pooled as it "
        "stands; a "
        "standardised one needs the SD of the raw values.",
        (
            inputs.ESTIMATE,
            OPTIONAL_SE,
            *OPTIONAL_INTERVAL,
            inputs.optional(inputs.T),
            OPTIONAL_P,
            inputs.DF,
            *SIZES,
            SD_RAW,
            SD_RESIDUAL,
            R_BASELINE,
        ),
        "estimate=-1.2 estimate_low=-2.1 estimate_high=-0.3 n_active=25 n_comparator=22 sd_raw=2.1 correlation=0.6",
        gather=_adjusted,
    ),
)
