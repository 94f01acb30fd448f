"""Whether a mean and an SD can be, given the ends of the scale.

Of n values between L and H with mean m, the sample variance is at most (m - L)(H - m) n / (n - 1): every value stands
at one of the ends (Bhatia and Davis 2000, American Mathematical Monthly 107:353-357). Without an upper end one person
has it all: the SD is at most (m - L) sqrt(n).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from workbench.plausibility.finding import Finding
from workbench.plausibility.groups import Group
from workbench.plausibility.rounding import Range, unrounded


def mean_outside_scale(
    mean: float, low: float, high: float | None, *, change: bool = False, fields: Sequence[str] = ()
) -> Finding | None:
    """A mean outside the scale; a change can be as large as the whole scale, either way."""
    if change and high is None:
        return None
    bottom = low - high if change and high is not None else low
    top = math.inf if high is None else (high - low if change else high)
    if unrounded(mean).meets(Range(bottom, top)):
        return None
    kind = "a change" if change else "a mean"
    ends = f"from {low:g} to {high:g}" if high is not None else f"that starts at {low:g}"
    return Finding(
        code="mean_outside_scale",
        level="warning",
        message=f"{mean:g} is impossible as {kind} on a scale {ends}: look at the instrument's ends and its direction",
        fields=tuple(fields),
        numbers={"mean": mean, "low": low, "high": math.inf if high is None else high},
    )


def sd_impossible_for_scale(
    group: Group, low: float, high: float | None, *, change: bool = False, fields: Sequence[str] = ()
) -> Finding | None:
    """An SD larger than any n values of this mean can have on the scale."""
    if not group.usable or (change and high is None) or (high is not None and high <= low):
        return None
    largest = largest_sd(group.means, group.n, low, high, change=change)
    if largest is None or group.sds.low <= largest:
        return None
    as_typed = "" if group.factor == 1 else f" (worked out from the {group.sd:g} entered)"
    ends = f"from {low:g} to {high:g}" if high is not None else f"that starts at {low:g}"
    return Finding(
        code="sd_impossible_for_scale",
        level="warning",
        message=(
            f"an SD of {group.middle_sd:.3g}{as_typed} is hardly possible on a scale {ends}: with a mean of "
            f"{group.mean:g} and {group.n:g} people it is {largest:.3g} at most. Look what ± is, and at the scale"
        ),
        fields=tuple(fields),
        numbers={"sd": group.middle_sd, "largest": largest, "mean": group.mean, "n": group.n},
    )


def largest_sd(mean: Range, n: float, low: float, high: float | None, *, change: bool = False) -> float | None:
    """The largest SD that n values on the scale can have with a mean in this range; None if the mean is outside."""
    if high is None:
        return max(mean.high - low, 0.0) * math.sqrt(n) if mean.high >= low else None
    bottom, top = (low - high, high - low) if change else (low, high)
    middle = (bottom + top) / 2
    # the product is largest at the middle of the scale, so the mean nearest to it counts
    nearest = min(max(middle, mean.low), mean.high)
    if not bottom <= nearest <= top:
        return None
    return math.sqrt((nearest - bottom) * (top - nearest) * n / (n - 1)) * (1 + 1e-9)
