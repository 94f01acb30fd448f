"""Arms of a trial put together, or shared among several comparisons.

Cochrane Handbook 23.3.4: a comparator that serves several active arms is counted once in a pool. Combine the active
arms, divide the comparator, or keep the whole and model the covariance (`workbench.effects.shared`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.effects.checks import finite, not_negative, people, positive
from workbench.effects.measures import EffectError


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmMeans:
    """An arm with a mean; n may be a share of people after division."""

    n: float
    mean: float
    sd: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.n) and self.n > 0):
            raise EffectError("the number of people must be above 0")
        finite(self.mean, "the mean")
        positive(self.sd, "the SD")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmEvents:
    """An arm with events; both may be shares after division."""

    events: float
    n: float

    def __post_init__(self) -> None:
        not_negative(self.events, "the number of events")
        if not (math.isfinite(self.n) and self.n > 0):
            raise EffectError("the number of people must be above 0")
        if self.events > self.n:
            raise EffectError("more events than people")


def combine_means(arms: Sequence[ArmMeans]) -> ArmMeans:
    """One arm of two or more: as if its people's values had been one sample (exact).

    n = sum n; mean = sum n mean / n; SD^2 = (sum (n_i - 1) sd_i^2 + sum n_i (mean_i - mean)^2) / (n - 1).
    Cochrane Handbook table 6.5.2.1, which does it two arms at a time with the same result.
    """
    _several(arms)
    n = sum(people(arm.n, "each arm") for arm in arms)
    if n <= 1:
        raise EffectError("one person has no SD")
    mean = sum(arm.n * arm.mean for arm in arms) / n
    squares = sum((arm.n - 1) * arm.sd**2 + arm.n * (arm.mean - mean) ** 2 for arm in arms)
    if squares <= 0:
        raise EffectError("the arms together have no spread")
    return ArmMeans(n=n, mean=mean, sd=math.sqrt(squares / (n - 1)))


def combine_events(arms: Sequence[ArmEvents]) -> ArmEvents:
    """One arm of two or more: sums of events and people. Cochrane Handbook 23.3.4."""
    _several(arms)
    return ArmEvents(events=sum(arm.events for arm in arms), n=sum(arm.n for arm in arms))


def split_means(arm: ArmMeans, among: int) -> ArmMeans:
    """The share of a comparator in each of `among` comparisons: people divided, mean and SD kept. Handbook 23.3.4."""
    return ArmMeans(n=arm.n / _shares(among), mean=arm.mean, sd=arm.sd)


def split_events(arm: ArmEvents, among: int) -> ArmEvents:
    """The share of a comparator in each of `among` comparisons: events and people divided. Handbook 23.3.4."""
    return ArmEvents(events=arm.events / _shares(among), n=arm.n / _shares(among))


def _several(arms: Sequence[object]) -> None:
    if len(arms) < 2:
        raise EffectError("combining needs at least two arms")


def _shares(among: int) -> int:
    if among < 1:
        raise EffectError("an arm is divided among at least one comparison")
    return among
