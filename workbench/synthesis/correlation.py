"""The correlation within people, estimated from the crossover trials of the review that tell it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.effects import EffectError, correlation_from_sd, sd_from_se, typical_correlation
from workbench.effects.quantiles import quantile_of_p
from workbench.synthesis.effect_row import NoEffect, spread_as_sd
from workbench.synthesis.values import Contrast


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCorrelation:
    """r: by Fisher's z, weighted by people less 3 (Cochrane Handbook 23.2.7.2). trials: labels, where it comes from."""

    r: float
    trials: tuple[str, ...]


def review_correlation(contrasts: Iterable[Contrast]) -> ReviewCorrelation | None:
    """From each trial its first result that tells the correlation or the paired comparison; None without any."""
    found: dict[str, tuple[str, float, float]] = {}
    for contrast in contrasts:
        if contrast.kind != "crossover_means" or contrast.study in found or contrast.waits_for:
            continue
        n = contrast.numbers.get("n_analysed")
        r = _told(contrast)
        if n is not None and n >= 4 and r is not None and -1 < r < 1:
            found[contrast.study] = (contrast.study_label, r, n)
    if not found:
        return None
    return ReviewCorrelation(
        r=typical_correlation([r for _, r, _ in found.values()], [n for _, _, n in found.values()]),
        trials=tuple(label for label, _, _ in found.values()),
    )


def _told(contrast: Contrast) -> float | None:
    numbers = contrast.numbers
    if "correlation" in numbers:
        return numbers["correlation"]
    try:
        n = numbers["n_analysed"]
        sds = [spread_as_sd(contrast, numbers[f"spread_{arm}"], n) for arm in ("active", "comparator")]
        sd = _of_differences(contrast, n)
        return None if sd is None else correlation_from_sd(sds[0], sds[1], sd)
    except (KeyError, EffectError, NoEffect, ZeroDivisionError):
        return None


def _of_differences(contrast: Contrast, n: float) -> float | None:
    """SD of the differences within people, from whatever is printed of them."""
    numbers = contrast.numbers
    spread = numbers.get("difference_spread")
    if spread is not None:
        match contrast.difference_spread_kind:
            case "SD":
                return spread
            case "SE":
                return sd_from_se(spread, n)
            case "95% CI half-width":
                return sd_from_se(spread / quantile_of_p(0.05, n - 1), n)
    difference = numbers.get("difference_mean", numbers["mean_active"] - numbers["mean_comparator"])
    if "paired_t" in numbers:
        return sd_from_se(abs(difference / numbers["paired_t"]), n)
    if "paired_p" in numbers:
        return sd_from_se(abs(difference) / quantile_of_p(numbers["paired_p"], n - 1), n)
    return None
