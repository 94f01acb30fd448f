"""Estimates adjusted for a covariate (ANCOVA), standardised so that they go with unadjusted ones.

The adjusted difference of means is pooled as it stands (`printed.estimate_as_printed`). To standardise it, divide by
the SD of the raw values: the SD that ANCOVA leaves is smaller by sqrt(1 - r^2), and an SMD over it is too large.
r is the correlation of the covariate (mostly the baseline) with the outcome within the arms; with several covariates
the multiple correlation.
"""

from __future__ import annotations

import math

from workbench.effects.checks import correlation, finite, people, positive
from workbench.effects.means import Correction, hedges_factor
from workbench.effects.measures import Effect, EffectError


def raw_sd(sd_adjusted: float, r: float) -> float:
    """SD of the raw values from the residual SD of ANCOVA: sd / sqrt(1 - r^2). Borenstein 2009, 12.26."""
    return positive(sd_adjusted, "the adjusted SD") / _unexplained(r)


def smd_adjusted(
    difference: float,
    n1: float,
    n2: float,
    r: float,
    *,
    sd: float | None = None,
    sd_adjusted: float | None = None,
    covariates: int = 1,
    correction: Correction = "exact",
) -> Effect:
    """Hedges' g from an adjusted difference and an SD: of the raw values (sd), or ANCOVA's residual (sd_adjusted).

    d = difference / sd; its variance (1/n1 + 1/n2)(1 - r^2) + d^2/(2 (n1 + n2)), both with Hedges' factor J for
    n1 + n2 - 2 - covariates degrees of freedom (J squared for the variance). Borenstein 2009, in Cooper, Hedges &
    Valentine, The handbook of research synthesis, 2nd ed., table 12.3.
    """
    if (sd is None) == (sd_adjusted is None):
        raise EffectError("give one SD: that of the raw values, or the adjusted one")
    raw = positive(sd, "the SD") if sd is not None else raw_sd(sd_adjusted or math.nan, r)
    return _standardised(finite(difference, "the difference") / raw, n1, n2, r, covariates, correction)


def smd_from_difference(
    difference: float, se: float, sd: float, n1: float, n2: float, *, correction: Correction = "exact"
) -> Effect:
    """Hedges' g from a difference with its own standard error and an SD of people, printed apart.

    g = J difference / sd; variance se^2 / sd^2 + g^2 / (2 (n1 + n2)): the part of the difference as precisely as the
    report knows it (an adjusted one is more precise than its arms), the part of the SD as in `smd_from_d` ("LS"), with
    which it agrees where se^2 = sd^2 (1/n1 + 1/n2). J for n1 + n2 - 2 degrees of freedom. Cochrane Handbook 6.5.2.3 and
    15.5.3.1 (dividing by an SD); Borenstein 2009, in Cooper, Hedges & Valentine, 12.2 (the two parts of the variance).
    """
    n1, n2 = people(n1, "n1"), people(n2, "n2")
    if n1 + n2 < 4:
        raise EffectError("a standardised difference needs at least four participants")
    spread, error = positive(sd, "the SD"), positive(se, "the standard error")
    yi = float(hedges_factor(n1 + n2 - 2, correction)) * finite(difference, "the difference") / spread
    vi = (error / spread) ** 2 + yi**2 / (2 * (n1 + n2))
    return Effect(measure="SMD", yi=yi, vi=vi, how="Hedges g from the printed difference over the printed SD")


def smd_from_ancova_t(
    t: float, n1: float, n2: float, r: float, *, covariates: int = 1, correction: Correction = "exact"
) -> Effect:
    """Hedges' g from the t of the arms in ANCOVA (or the root of its F with 1 df, with the sign the text tells).

    d = t sqrt(1/n1 + 1/n2) sqrt(1 - r^2); variance as in `smd_adjusted`. Borenstein 2009, table 12.3.
    """
    n1, n2 = people(n1, "n1"), people(n2, "n2")
    d = finite(t, "t") * math.sqrt(1 / n1 + 1 / n2) * _unexplained(r)
    return _standardised(d, n1, n2, r, covariates, correction)


def md_adjusted_from_means(
    final: tuple[float, float],
    baseline: tuple[float, float],
    sd_final: float,
    sd_baseline: float,
    r: float,
    n1: float,
    n2: float,
) -> Effect:
    """The difference that ANCOVA would have given, from final and baseline means (first arm, second arm).

    sd_final, sd_baseline: SDs within arms, pooled. Slope b = r sd_final / sd_baseline; difference = (final1 - final2) -
    b (baseline1 - baseline2), variance sd_final^2 (1 - r^2)(1/n1 + 1/n2). Senn 2006, Stat Med 25:4334; McKenzie,
    Herbison & Deeks 2016, Res Synth Methods 7:371. The baseline difference is taken as chance.
    """
    spread = positive(sd_final, "the final SD")
    slope = correlation(r) * spread / positive(sd_baseline, "the baseline SD")
    values = [finite(value, "each mean") for value in (*final, *baseline)]
    yi = values[0] - values[1] - slope * (values[2] - values[3])
    vi = (spread * _unexplained(r)) ** 2 * (1 / people(n1, "n1") + 1 / people(n2, "n2"))
    return Effect(measure="MD", yi=yi, vi=vi, how=f"adjusted for the baseline with r = {r:g}")


def _standardised(d: float, n1: float, n2: float, r: float, covariates: int, correction: Correction) -> Effect:
    n1, n2 = people(n1, "n1"), people(n2, "n2")
    if covariates < 1:
        raise EffectError("an adjusted estimate has at least one covariate")
    df = n1 + n2 - 2 - covariates
    if df <= 1:
        raise EffectError(
            f"arm sizes {n1:g} and {n2:g} do not allow a standardised difference with {covariates} covariates"
        )
    j = float(hedges_factor(df, correction))
    vi = (1 / n1 + 1 / n2) * _unexplained(r) ** 2 + d**2 / (2 * (n1 + n2))
    how = f"adjusted difference over the raw SD; covariate correlation r = {r:g}"
    return Effect(measure="SMD", yi=j * d, vi=j**2 * vi, how=how)


def _unexplained(r: float) -> float:
    if abs(correlation(r, "the covariate's correlation")) == 1:
        raise EffectError("a covariate that explains everything leaves no variance")
    return math.sqrt(1 - r**2)
