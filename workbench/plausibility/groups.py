"""A group of people as a table prints it: how many, their mean and their spread, with what rounding leaves open."""

from __future__ import annotations

import math
from dataclasses import dataclass

from workbench.plausibility.rounding import Range, above_zero, unrounded

LARGEST = 1e100  # no printed number is; its square is still a number


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """n, mean and standard deviation of one arm, all as printed (an SD; see `read_as_se` for the other reading)."""

    n: float
    mean: float
    sd: float
    factor: float = 1.0  # the printed spread times this is the SD: sqrt(n) where a standard error is printed

    @property
    def usable(self) -> bool:
        """Whether anything can be computed from it."""
        numbers = (self.n, self.mean, self.sd, self.factor)
        return all(abs(number) < LARGEST for number in numbers) and self.n >= 2 and self.sd > 0 and self.factor > 0

    @property
    def means(self) -> Range:
        """Every mean that is printed like this."""
        return unrounded(self.mean)

    @property
    def sds(self) -> Range:
        """Every SD that is printed like this."""
        return above_zero(unrounded(self.sd)).scaled(self.factor)

    @property
    def middle_sd(self) -> float:
        """The SD as printed."""
        return self.sd * self.factor

    def read_as_se(self) -> Group:
        """The same line of the table if its spread is a standard error."""
        return Group(n=self.n, mean=self.mean, sd=self.sd, factor=math.sqrt(self.n))
