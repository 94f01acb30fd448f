"""A standardised difference in points of a scale people know, and back; one scale's points in another's."""

from __future__ import annotations

from workbench.effects.checks import finite, positive
from workbench.effects.measures import Effect, EffectError


def smd_to_points(effect: Effect, sd: float, scale: str) -> Effect:
    """Points on a named scale: SMD and its SE times the scale's SD.

    sd: the SD that a representative trial, or the median of the comparator arms, shows on that scale. Cochrane Handbook
    15.5.3.2. The direction is the SMD's.
    """
    _standardised(effect, "SMD")
    sd = positive(sd, "the scale's SD")
    how = f"standardised difference times an SD of {sd:g} points on {_named(scale)}"
    return Effect(measure="MD", yi=effect.yi * sd, vi=effect.vi * sd**2, how=how, flags=effect.flags)


def points_to_smd(effect: Effect, sd: float, scale: str) -> Effect:
    """A difference in points over an SD that is taken as known (its own uncertainty is left out)."""
    _standardised(effect, "MD")
    sd = positive(sd, "the scale's SD")
    how = f"difference on {_named(scale)} over an SD of {sd:g} points"
    return Effect(measure="SMD", yi=effect.yi / sd, vi=effect.vi / sd**2, how=how, flags=effect.flags)


def percent_of_comparator(effect: Effect, comparator_mean: float) -> float:
    """A difference in points as percent of the comparator arm's mean after treatment (10.1002/14651858.CD008208)."""
    _standardised(effect, "MD")
    return 100 * effect.yi / positive(comparator_mean, "the comparator's mean")


def rescaled(effect: Effect, length: float, to_length: float) -> Effect:
    """A mean difference on a scale of `length` points, on one of `to_length`: 0-100 to 0-10 is 100 to 10."""
    _standardised(effect, "MD")
    factor = positive(to_length, "the length of a scale") / positive(length, "the length of a scale")
    how = "; ".join(part for part in (effect.how, f"from a scale of {length:g} to one of {to_length:g} points") if part)
    return Effect(measure="MD", yi=effect.yi * factor, vi=effect.vi * factor**2, how=how, flags=effect.flags)


def position_on_scale(value: float, low: float, high: float, *, to_low: float, to_high: float) -> float:
    """A mean on a scale from low to high, placed on one from to_low to to_high; a reversed scale turns it."""
    low, high = finite(low, "the scale's end"), finite(high, "the scale's end")
    if low == high:
        raise EffectError("a scale needs two different ends")
    to_low, to_high = finite(to_low, "the scale's end"), finite(to_high, "the scale's end")
    return to_low + (finite(value, "the value") - low) * (to_high - to_low) / (high - low)


def _standardised(effect: Effect, measure: str) -> None:
    if effect.measure != measure:
        raise EffectError(f"a {measure} is needed here, not {effect.measure}")


def _named(scale: str) -> str:
    if not scale.strip():
        raise EffectError("say which scale the points are of")
    return scale.strip()
