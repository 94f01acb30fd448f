"""What a printed number can have been before it was rounded: interval arithmetic, so that rounding is never a finding.

A number typed as 4.3 stands for anything from 4.25 to 4.35. A trailing zero is lost when 2.0 is typed (it becomes 2),
so a number counts as rounded more coarsely than it was, never more finely. Numbers that reports print as one group, an
estimate and the ends of its interval, share their decimals: there one lost zero is given back.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import NamedTuple

MOST_DECIMALS = 6  # beyond, a number is computed and not read off a page
SLACK = 1e-9  # relative; for sums of decimal fractions in binary


class Range(NamedTuple):
    """Every value from low to high, both included."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether the value lies in it."""
        return self.low <= value <= self.high

    def meets(self, other: Range) -> bool:
        """Whether both have a value in common."""
        return self.low <= other.high and other.low <= self.high

    def minus(self, other: Range) -> Range:
        """Every difference of a value in this and one in the other."""
        return Range(self.low - other.high, self.high - other.low)

    @property
    def size(self) -> Range:
        """Every absolute value in it."""
        if self.low <= 0 <= self.high:
            return Range(0.0, max(-self.low, self.high))
        return Range(min(abs(self.low), abs(self.high)), max(abs(self.low), abs(self.high)))

    def scaled(self, factor: float) -> Range:
        """Every value times a factor above 0."""
        return Range(self.low * factor, self.high * factor)


def decimals_of(value: float) -> int:
    """The decimals a number was typed with, as far as it still tells: 4.30 has one, 12 none."""
    exponent = Decimal(repr(float(value))).normalize().as_tuple().exponent
    return min(max(0, -exponent), MOST_DECIMALS) if isinstance(exponent, int) else 0


def unrounded(value: float, decimals: int | None = None) -> Range:
    """What the printed number can have been: half a unit of its last decimal to either side."""
    places = decimals_of(value) if decimals is None else decimals
    half = 0.5 * 10.0**-places + SLACK * max(1.0, abs(value))
    return Range(value - half, value + half)


def unrounded_together(*values: float) -> tuple[Range, ...]:
    """The same for numbers that are printed as one group: each has the decimals of the finest, one more at most."""
    finest = max((decimals_of(value) for value in values), default=0)
    return tuple(unrounded(value, min(finest, decimals_of(value) + 1)) for value in values)


def above_zero(spread: Range) -> Range:
    """The part of a spread's range that a spread can have."""
    return Range(max(spread.low, 0.0), max(spread.high, 0.0))


def ratio(upper: float, lower: float) -> float:
    """upper / lower for sizes; infinite where lower is 0."""
    return upper / lower if lower > 0 else math.inf
