"""The horizontal axis of a forest plot: where it ends, and which numbers stand under it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .lettering import text_width
from .numbers import plain

# Beyond these no axis could show a value beside the others: such a bound counts as infinite and gets an arrow.
LINEAR_BOUND = 1e9
LOG_BOUND = 30.0


@dataclass(frozen=True, slots=True)
class Span:
    """An estimate with its interval on the analysis scale; None where there is none."""

    estimate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Tick:
    value: float  # on the analysis scale
    label: str  # on the printed scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """low..high on the analysis scale (log for ratios) lie at left..right in mm."""

    low: float
    high: float
    left: float
    right: float
    ratio: bool
    ticks: tuple[Tick, ...]

    def x(self, value: float) -> float:
        """Where a value stands, in mm; a value beyond the axis stands at its end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.left + share * (self.right - self.left)

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


def axis_limits(
    studies: Sequence[Span], summaries: Sequence[Span], predictions: Sequence[Span], *, null: float, ratio: bool
) -> tuple[float, float]:
    """The ends of the axis on the analysis scale, so that most studies can be read.

    Always inside: the null value, every pooled estimate, and every study estimate that is not far out (more than three
    interquartile ranges from the middle half; ten with fewer than ten studies). Interval ends are inside as far as
    they do not stretch the axis beyond reason; the rest are drawn with arrows.
    """
    bound = LOG_BOUND if ratio else LINEAR_BOUND
    halves = [
        abs(end - estimate)
        for study in studies
        for estimate in _usable((study.estimate,), bound)
        for end in _usable((study.low, study.high), bound)
    ]
    typical = statistics.median(halves) if halves else 0.0
    estimates = _without_far_out(sorted(_usable((s.estimate for s in studies), bound)), typical)
    core = [null, *estimates, *_usable((s.estimate for s in summaries), bound)]
    span = max(max(core) - min(core), 2 * typical)
    smallest = 1e-3 if ratio else 1e-6 * max(1.0, *(abs(value) for value in core))
    if span < smallest:
        span = math.log(4) if ratio else 1.0
    low, high = min(core), max(core)
    for spans, reach in (
        (studies, max(0.8 * span, 2.5 * typical)),
        (summaries, 4.0 * span),
        (predictions, 2.0 * span),
    ):
        ends = list(_usable((end for s in spans for end in (s.low, s.high)), bound))
        low = min([low, *(end for end in ends if end >= min(core) - reach)])
        high = max([high, *(end for end in ends if end <= max(core) + reach)])
    if high - low < smallest:
        low, high = low - span / 2, high + span / 2
    margin = 0.05 * (high - low)
    low, high = low - margin, high + margin
    side = 0.12 * (high - low)  # the null line keeps some room on both sides
    return min(low, null - side), max(high, null + side)


def _usable(values: Iterable[float | None], bound: float) -> list[float]:
    return [value for value in values if value is not None and math.isfinite(value) and abs(value) < bound]


def _without_far_out(values: list[float], typical: float) -> list[float]:
    """Sorted estimates without those beyond Tukey's outer fence; typical: the studies' median half-width."""
    if len(values) < 4:
        return values
    lower, _, upper = statistics.quantiles(values, n=4, method="inclusive")
    reach = max((3 if len(values) >= 10 else 10) * (upper - lower), 4 * typical)
    if reach == 0:
        return values
    return [value for value in values if lower - reach <= value <= upper + reach]


def axis_ticks(low: float, high: float, *, null: float, ratio: bool, width: float, size: float) -> tuple[Tick, ...]:
    """Round numbers inside the axis whose labels (size in mm) stand clear of each other over width mm.

    Ratio axes are logarithmic: 0.1 0.2 0.5 1 2 5 10, fewer when the range is wide, evenly spaced ratios when it is
    narrow. The null value is always among them.
    """
    choices = _ratio_choices(low, high) if ratio else _linear_choices(low, high)
    scale = width / (high - low)
    for values in choices:
        inside = [value for value in values if low <= value <= high]
        if not any(math.isclose(value, null, abs_tol=1e-9 * (high - low)) for value in inside):
            inside = sorted([*inside, null])
        ticks = tuple(Tick(value, _label(value, ratio=ratio)) for value in inside)
        if 2 <= len(ticks) <= 9 and _clear(ticks, scale, size):
            return ticks
    return (Tick(null, _label(null, ratio=ratio)),)


def _label(value: float, *, ratio: bool) -> str:
    if not ratio:
        return plain(value)
    shown = math.exp(value)
    return plain(float(f"{shown:.4g}"))


def _clear(ticks: Sequence[Tick], scale: float, size: float) -> bool:
    gap = 0.5 * size
    for left, right in pairwise(ticks):
        needed = (text_width(left.label, size) + text_width(right.label, size)) / 2 + gap
        if (right.value - left.value) * scale < needed:
            return False
    return True


def _steps(span: float) -> Iterable[float]:
    """Round steps, from about nine ticks on a span down to one."""
    power = math.floor(math.log10(span / 8))
    for exponent in range(power, power + 3):
        for factor in (1, 2, 5):
            if span / (factor * 10.0**exponent) <= 8:
                yield factor * 10.0**exponent


def _multiples(step: float, low: float, high: float) -> list[float]:
    digits = max(0, 2 - math.floor(math.log10(step)))
    return [round(count * step, digits) for count in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _linear_choices(low: float, high: float) -> Iterable[list[float]]:
    for step in _steps(high - low):
        yield _multiples(step, low, high)


def _ratio_choices(low: float, high: float) -> Iterable[list[float]]:
    if high - low < math.log(5):
        natural = math.exp(low), math.exp(high)
        for step in _steps(natural[1] - natural[0]):
            yield [math.log(value) for value in _multiples(step, *natural) if value > 0]
    first, last = math.floor(low / math.log(10)), math.ceil(high / math.log(10))
    dense = (((1, 1.5, 2, 3, 5, 7), 1),) if high - low < math.log(12) else ()
    for factors, stride in (*dense, ((1, 2, 5), 1), ((1,), 1), ((1,), 2), ((1,), 3), ((1,), 5), ((1,), 10)):
        start = first - first % stride  # powers are multiples of the stride, so that 1 is always there
        yield sorted(
            math.log(factor) + power * math.log(10) for power in range(start, last + 1, stride) for factor in factors
        )
