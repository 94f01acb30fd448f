"""Whether a printed p, difference or interval is that of the means, spreads and numbers of people beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from workbench.plausibility.finding import Finding
from workbench.plausibility.groups import Group
from workbench.plausibility.p_values import PossibleP, contradicts, p_of_d, p_of_means, p_paired, quantiles, read_p
from workbench.plausibility.rounding import Range, ratio, unrounded, unrounded_together

WIDER = 1.5  # an interval this much wider than the spreads allow
NARROWER = 2.0  # or narrower: an analysis adjusted for baseline (r = 0.85) halves it at most

RANKS = "a test on ranks, or one adjusted for baseline, would explain it"


def p_contradicts_means(a: Group, b: Group, p: object, fields: Sequence[str] = ()) -> Finding | None:
    """A p that neither Student's, Welch's nor the normal test gives from any numbers printed like these."""
    printed = read_p(p)
    if printed is None or not (a.usable and b.usable):
        return None
    possible = p_of_means(a, b)
    if not contradicts(printed, possible):
        return None
    as_se = p_of_means(a.read_as_se(), b.read_as_se())
    fits_se = a.factor == b.factor == 1.0 and not contradicts(printed, as_se)
    hint = (
        f"It fits if the spreads are standard errors ({_p(as_se)}): look under the table what ± is"
        if fits_se
        else f"Look whether ± is an SD, at the numbers of people and at the test: {RANKS}"
    )
    return Finding(
        code="p_contradicts_means",
        level="warning",
        message=f"{_printed(p)} is printed, but these means, spreads and numbers of people give {_p(possible)}. {hint}",
        fields=tuple(fields),
        numbers={"printed": printed.high, "recomputed": possible.middle, "low": possible.low, "high": possible.high},
    )


def p_contradicts_d(d: float, n1: float, n2: float, p: object, fields: Sequence[str] = ()) -> Finding | None:
    """A p that a standardised difference between groups of these sizes does not give."""
    printed = read_p(p)
    if printed is None or not math.isfinite(d) or min(n1, n2) < 2:
        return None
    possible = p_of_d(d, n1, n2)
    if not contradicts(printed, possible, tolerated=1.25):
        return None
    return Finding(
        code="p_contradicts_d",
        level="warning",
        message=(
            f"{_printed(p)} is printed, but {d:g} between groups of {n1:g} and {n2:g} gives {_p(possible)}. "
            "Look whether both are of the same comparison (change within an arm, a model, fewer people)"
        ),
        fields=tuple(fields),
        numbers={"printed": printed.high, "recomputed": possible.middle, "low": possible.low, "high": possible.high},
    )


def p_too_large_for_paired(
    before: Group, after: Group, p: object, *, who: str = "these people", fields: Sequence[str] = ()
) -> Finding | None:
    """A change, or a difference of two periods, called less significant than any correlation allows.

    Two means of the same n people; the SD of their differences is at most the sum of both SDs (correlation -1).
    """
    printed = read_p(p)
    if printed is None or not (before.usable and after.usable) or before.n != after.n:
        return None
    possible = p_paired(before.means, before.sds, after.means, after.sds, before.n)
    if printed.low <= possible.high:
        return None
    move = "rise" if after.mean > before.mean else "fall"
    return Finding(
        code="change_no_correlation_allows",
        level="warning",
        message=(
            f"{_printed(p)} is printed for the {move} from {before.mean:g} to {after.mean:g} in {who}, which no "
            f"correlation allows: with {before.n:g} people and these spreads a paired test gives "
            f"p = {possible.high:.2g} at most. Look how many people were measured at both times, and "
            "whether the spreads are SDs"
        ),
        fields=tuple(fields),
        numbers={"printed_at_least": printed.low, "largest_possible": possible.high},
    )


def difference_is_not_of_means(
    difference: float, mean1: float, mean2: float, fields: Sequence[str] = ()
) -> Finding | None:
    """A printed difference that is neither mean1 - mean2 nor mean2 - mean1; a note where only the latter fits."""
    if not all(math.isfinite(value) for value in (difference, mean1, mean2)):
        return None
    possible = unrounded(mean1).minus(unrounded(mean2))
    printed = unrounded(difference)
    if printed.meets(possible):
        return None
    if printed.meets(Range(-possible.high, -possible.low)):
        return Finding(
            code="difference_turned",
            level="info",
            message=(
                f"a difference of {difference:g} is printed, and {mean1:g} less {mean2:g} is {mean1 - mean2:.6g}: look "
                "whether the report takes the arms in the other order, or the arms are exchanged here"
            ),
            fields=tuple(fields),
            numbers={"printed": difference, "recomputed": mean1 - mean2},
        )
    return Finding(
        code="difference_is_not_of_means",
        level="warning",
        message=(
            f"a difference of {difference:g} is printed, but {mean1:g} and {mean2:g} are {mean1 - mean2:.6g} apart. "
            "Look whether it is adjusted or comes from other people, and for a slip in one of the means"
        ),
        fields=tuple(fields),
        numbers={"printed": difference, "recomputed": mean1 - mean2},
    )


def interval_contradicts_means(
    low: float, high: float, a: Group, b: Group, *, level: float = 95, fields: Sequence[str] = ()
) -> Finding | None:
    """An interval of the difference of means much wider or narrower than the spreads and numbers of people allow."""
    if not (a.usable and b.usable and math.isfinite(low) and math.isfinite(high) and low < high and 50 <= level < 100):
        return None
    ends = unrounded_together(low, high)
    half = Range((ends[1].low - ends[0].high) / 2, (ends[1].high - ends[0].low) / 2)
    possible = half_width_of_difference(a, b, level)
    wider, narrower = ratio(half.low, possible.high), ratio(possible.low, half.high)
    if wider <= WIDER and narrower <= NARROWER:
        return None
    as_se = half_width_of_difference(a.read_as_se(), b.read_as_se(), level)
    fits_se = a.factor == b.factor == 1.0 and as_se.meets(half)
    hint = (
        "It fits if the spreads are standard errors: look under the table what ± is"
        if fits_se
        else "Look whether the spreads are SDs, at the numbers of people, and whether the analysis was adjusted"
    )
    which = "wider" if wider > WIDER else "narrower"
    return Finding(
        code="interval_contradicts_means",
        level="warning",
        message=(
            f"the {level:g} % interval {low:g} to {high:g} reaches {(high - low) / 2:.3g} to each side, {which} than "
            f"these spreads and numbers of people give ({possible.low:.3g} to {possible.high:.3g}). {hint}"
        ),
        fields=tuple(fields),
        numbers={"half_width": (high - low) / 2, "low": possible.low, "high": possible.high},
    )


def half_width_of_difference(a: Group, b: Group, level: float = 95) -> Range:
    """Half the width of the interval of the difference of means: Student's, Welch's or normal."""
    found = []
    for end in ("low", "high"):
        sd1, sd2 = getattr(a.sds, end), getattr(b.sds, end)
        pooled = ((a.n - 1) * sd1**2 + (b.n - 1) * sd2**2) / (a.n + b.n - 2)
        found.append(math.sqrt(pooled * (1 / a.n + 1 / b.n)))
        found.append(math.sqrt(sd1**2 / a.n + sd2**2 / b.n))
    multiples = quantiles(level, max(min(a.n, b.n) - 1, 1))
    return Range(min(found) * multiples.low, max(found) * multiples.high)


def _p(possible: PossibleP) -> str:
    return f"p = {possible.text}"


def _printed(p: object) -> str:
    if isinstance(p, int | float):
        return f"p = {p:g}"
    words = str(p).strip()
    return words if words.casefold().startswith(("p", "n")) else f"p {words}"
