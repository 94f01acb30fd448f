"""Whether blinding held: James' and Bang's indices from what participants guessed.

James 1996 (Stat Med 15:1421-1434): one index for both arms; 1: everyone wrong or unsure, .5: guesses as by chance,
0: everyone right. Bang 2004 (Control Clin Trials 25:143-156): one for each arm; 1: all right, 0: as by chance, -1: all
wrong. Weights and standard errors are those of the papers (right 0, wrong .5, "do not know" 1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.risk_of_bias.values import RiskOfBiasError

Z = 1.959963984540054  # the normal quantile of a two-sided 95 % interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Guesses:
    """Participants of one arm by what they guessed."""

    active: int
    sham: int
    unknown: int = 0

    def __post_init__(self) -> None:
        if min(self.active, self.sham, self.unknown) < 0:
            raise RiskOfBiasError("numbers of guesses cannot be below zero")

    @property
    def all(self) -> int:
        """All who were asked."""
        return self.active + self.sham + self.unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A blinding index with its 95 % interval; the interval is not cut at the ends of the scale."""

    estimate: float
    se: float

    @property
    def low(self) -> float:
        """Lower limit."""
        return self.estimate - Z * self.se

    @property
    def high(self) -> float:
        """Upper limit."""
        return self.estimate + Z * self.se

    def __str__(self) -> str:
        return f"{self.estimate:.2f} (95 % CI {self.low:.2f} to {self.high:.2f})"


def bang(right: int, wrong: int, unknown: int) -> Index | None:
    """Bang's index of one arm; None if nobody was asked."""
    n = right + wrong + unknown
    if n == 0:
        return None
    p, q = right / n, wrong / n
    return Index(estimate=p - q, se=math.sqrt((p * (1 - p) + q * (1 - q) + 2 * p * q) / n))


def james(active: Guesses, sham: Guesses) -> Index | None:
    """James' index of both arms together; None where it is not defined.

    That is: nobody was asked, or all who made a guess sat in one arm and were right. If nobody guessed at all, it is 1.
    """
    n = active.all + sham.all
    if n == 0:
        return None
    unsure = (active.unknown + sham.unknown) / n
    guessed = 1 - unsure
    if active.unknown + sham.unknown == n:
        return Index(estimate=1.0, se=0.0)
    cells = ((active.active / n, sham.active / n), (active.sham / n, sham.sham / n))  # [guess][arm]
    weights = ((0.0, 0.5), (0.5, 0.0))
    by_guess = [sum(row) for row in cells]
    by_arm = [cells[0][arm] + cells[1][arm] for arm in (0, 1)]
    observed = sum(weights[g][a] * cells[g][a] for g in (0, 1) for a in (0, 1)) / guessed
    chance = sum(weights[g][a] * by_guess[g] * by_arm[a] for g in (0, 1) for a in (0, 1))
    expected = chance / guessed**2
    if expected == 0:
        return None
    kappa = (observed - expected) / expected
    spread = sum(
        cells[g][a]
        * guessed**2
        * (guessed * weights[g][a] - (1 + kappa) * _margin(weights, by_guess, by_arm, g, a)) ** 2
        for g in (0, 1)
        for a in (0, 1)
    ) / (4 * chance**2)
    spread += unsure * guessed - guessed * (1 + kappa) * (unsure + guessed * (1 + kappa) / 4)
    return Index(estimate=(1 + unsure + guessed * kappa) / 2, se=math.sqrt(max(spread, 0.0) / n))


def _margin(
    weights: Sequence[Sequence[float]], by_guess: Sequence[float], by_arm: Sequence[float], guess: int, arm: int
) -> float:
    return sum(weights[r][arm] * by_guess[r] + weights[guess][r] * by_arm[r] for r in (0, 1))
