"""A printed estimate, its interval and its p: whether they can belong together.

Ratios are looked at on the log scale, where their intervals are centred. Cochrane Handbook 6.3.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.plausibility.finding import Finding
from workbench.plausibility.p_values import contradicts, p_of_interval, quantiles, read_p
from workbench.plausibility.rounding import Range, ratio, unrounded, unrounded_together

USUAL_LEVELS = (80.0, 90.0, 95.0, 97.5, 98.0, 98.3, 99.0, 99.9)
LOPSIDED = 0.85  # the shorter side of an interval as a share of the longer one
SE_OFF = 1.2  # printed and implied standard error differ by more, beyond rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedEstimate:
    """An estimate and what is printed beside it; a ratio on its natural scale, its standard error that of the log."""

    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = 95.0
    se: float | None = None
    p: object = None
    ratio: bool = False
    df: float | None = None

    @property
    def null(self) -> float:
        """No difference, on the scale it is printed on."""
        return 1.0 if self.ratio else 0.0

    def ranges(self) -> tuple[Range, Range, Range] | None:
        """Estimate and ends on the analysis scale with what rounding leaves open; None where one is missing."""
        if self.estimate is None or self.low is None or self.high is None:
            return None
        if self.ratio:  # some print three significant digits: each its own decimals
            found = [unrounded(value) for value in (self.estimate, self.low, self.high)]
            if any(value <= 0 for value in (self.estimate, self.low, self.high)):
                return None
            tiny = 1e-6
            logs = [Range(math.log(max(item.low, tiny)), math.log(item.high)) for item in found]
            return logs[0], logs[1], logs[2]
        together = unrounded_together(self.estimate, self.low, self.high)
        return together[0], together[1], together[2]


def findings(printed: PrintedEstimate, names: Sequence[str] = ("", "", "", "", "", "")) -> Iterator[Finding]:
    """Everything odd about one printed estimate. names: fields of estimate, low, high, level, se and p."""
    estimate, low, high, level, _, _ = (*names, "", "", "", "", "", "")[:6]
    numbers = (printed.estimate, printed.low, printed.high, printed.se)
    if any(number is not None and not math.isfinite(number) for number in numbers):
        return
    if printed.ratio:
        for name, value in ((estimate, printed.estimate), (low, printed.low), (high, printed.high)):
            if value is not None and value <= 0:
                message = "a ratio is above zero: enter it as printed, not its logarithm"
                yield Finding(code="ratio_not_positive", level="error", message=message, fields=(name,))
                return
    yield from _level(printed, level)
    if printed.low is None or printed.high is None:
        return
    if printed.low >= printed.high:
        yield Finding(
            code="interval_reversed",
            level="error",
            message=f"the interval's ends are in the wrong order ({printed.low:g} to {printed.high:g})",
            fields=(high, low),
            numbers={"low": printed.low, "high": printed.high},
        )
        return
    if printed.estimate is not None and not printed.low <= printed.estimate <= printed.high:
        yield _outside(printed, (estimate, low, high))
        return
    yield from _verdict(printed, names)
    if not 50 <= printed.level < 100:
        return
    yield from _lopsided(printed, (estimate, low, high))
    yield from _p(printed, names)
    yield from _se(printed, names)


def _outside(printed: PrintedEstimate, names: tuple[str, ...]) -> Finding:
    low, high, estimate = printed.low or 0.0, printed.high or 0.0, printed.estimate or 0.0
    mirrored = not printed.ratio and -high <= estimate <= -low
    if mirrored:
        code, why = "interval_lost_its_sign", f"the interval of the opposite sign, {-high:g} to {-low:g}, holds it: "
    else:
        code, why = "estimate_outside_interval", ""
    return Finding(
        code=code,
        level="warning",
        message=f"{estimate:g} lies outside its own interval, {low:g} to {high:g}: {why}a sign or a digit lost?",
        fields=names,
        numbers={"estimate": estimate, "low": low, "high": high},
    )


def _level(printed: PrintedEstimate, name: str) -> Iterator[Finding]:
    level = printed.level
    if level in USUAL_LEVELS or not 50 <= level < 100:
        return
    hint = "Look whether another figure (I², a percentage) slipped into its place"
    ranges, p = printed.ranges(), read_p(printed.p)
    if ranges is not None and p is not None and ranges[1].high < ranges[2].low:
        fits = [
            usual
            for usual in (95.0, 90.0, 99.0)
            if not contradicts(p, p_of_interval(*ranges, usual, printed.df), tolerated=1.0)
        ]
        if fits and contradicts(p, p_of_interval(*ranges, level, printed.df), tolerated=1.0):
            hint = f"The printed p fits a {fits[0]:g} % interval"
    yield Finding(
        code="unusual_level",
        level="warning",
        message=f"an interval of {level:g} % is unusual. {hint}",
        fields=(name,),
        numbers={"level": level},
    )


def _lopsided(printed: PrintedEstimate, names: tuple[str, ...]) -> Iterator[Finding]:
    ranges = printed.ranges()
    if ranges is None:
        return
    estimate, low, high = ranges
    up = Range(high.low - estimate.high, high.high - estimate.low)
    down = Range(estimate.low - low.high, estimate.high - low.low)
    # rounding moves the estimate towards one end and away from the other: compare the sides at one estimate
    shortest = _best_balance(estimate, low, high)
    if shortest >= LOPSIDED:
        return
    where = " on the log scale" if printed.ratio else ""
    yield Finding(
        code="interval_not_centred",
        level="warning",
        message=(
            f"the interval {printed.low:g} to {printed.high:g} is not centred on {printed.estimate:g}{where}: a slip? "
            "Only intervals by bootstrap, exact or Bayesian methods are lopsided"
        ),
        fields=names,
        numbers={"up": (up.low + up.high) / 2, "down": (down.low + down.high) / 2},
    )


def _best_balance(estimate: Range, low: Range, high: Range) -> float:
    """The most even the two sides can be, as shorter over longer, within rounding."""
    middle = Range((low.low + high.low) / 2, (low.high + high.high) / 2)
    if middle.meets(estimate):
        return 1.0
    if estimate.high < middle.low:
        up, down = high.low - estimate.high, estimate.high - low.low
    else:
        up, down = high.high - estimate.low, estimate.low - low.high
    longer = max(up, down)
    return min(up, down) / longer if longer > 0 else 1.0


def _verdict(printed: PrintedEstimate, names: Sequence[str]) -> Iterator[Finding]:
    """p on one side of the interval's level, the interval on the other."""
    p, null = read_p(printed.p), printed.null
    if p is None or printed.low is None or printed.high is None or not 50 <= printed.level < 100:
        return
    ends = (unrounded(printed.low), unrounded(printed.high))
    alpha = 1 - printed.level / 100
    outside = null < ends[0].low or ends[1].high < null
    inside = ends[0].high < null < ends[1].low
    margin = 1.25  # another test than the interval's may stand just across
    if outside and p.low > alpha * margin:
        crosses = "does not hold"
    elif inside and p.high < alpha / margin:
        crosses = "holds"
    else:
        return
    yield Finding(
        code="p_contradicts_interval",
        level="warning",
        message=(
            f"{_say(printed.p)}, but the {printed.level:g} % interval {printed.low:g} to {printed.high:g} "
            f"{crosses} {null:g}: look whether both belong to this comparison"
        ),
        fields=_p_first(names),
        numbers={"low": printed.low, "high": printed.high},
    )


def _p(printed: PrintedEstimate, names: Sequence[str]) -> Iterator[Finding]:
    p, ranges = read_p(printed.p), printed.ranges()
    if p is None or ranges is None or any(_verdict(printed, names)):
        return
    possible = p_of_interval(*ranges, printed.level, printed.df)
    if contradicts(p, possible):
        yield Finding(
            code="p_contradicts_interval",
            level="warning",
            message=(
                f"{_say(printed.p)} is printed, but estimate and interval give about {possible.text}: look whether "
                "they belong to one analysis"
            ),
            fields=_p_first(names),
            numbers={"recomputed": possible.middle, "low": possible.low, "high": possible.high},
        )


def _se(printed: PrintedEstimate, names: Sequence[str]) -> Iterator[Finding]:
    ranges = printed.ranges()
    if ranges is None or printed.se is None or printed.se <= 0:
        return
    _, low, high = ranges
    half = Range(max((high.low - low.high) / 2, 0.0), (high.high - low.low) / 2)
    multiples = quantiles(printed.level, printed.df)
    implied = Range(half.low / multiples.high, half.high / multiples.low)
    se = unrounded(printed.se)
    if ratio(implied.low, se.high) <= SE_OFF and ratio(max(se.low, 0.0), implied.high) <= SE_OFF:
        return
    scale = " of the logarithm" if printed.ratio else ""
    yield Finding(
        code="se_contradicts_interval",
        level="warning",
        message=(
            f"a standard error of {printed.se:g} is typed, but the interval implies one{scale} of "
            f"{implied.low:.3g} to {implied.high:.3g}: look which of them belongs to the estimate"
        ),
        fields=(names[4] if len(names) > 4 else "", *names[:3]),
        numbers={"se": printed.se, "low": implied.low, "high": implied.high},
    )


def _p_first(names: Sequence[str]) -> tuple[str, ...]:
    return (names[5] if len(names) > 5 else "", *names[:3])


def _say(p: object) -> str:
    return f"p = {p:g}" if isinstance(p, int | float) else f"p {str(p).strip().removeprefix('p').strip()}"
