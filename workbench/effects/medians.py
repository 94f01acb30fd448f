"""Mean and SD from a median with quartiles, extremes or both, where the data are about normal, or log-normal.

Three sets of numbers suffice: extremes (minimum, median, maximum), quartiles (q1, median, q3), or all five. What comes
out is an estimate: a converted result is to be marked, and left out once in a sensitivity analysis. Where the numbers
are skewed (`skewness`) use `workbench.effects.skewed`, or the log-normal variant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from scipy import special

from workbench.effects.checks import finite, people
from workbench.effects.measures import EffectError

Given = Literal["extremes", "quartiles", "all five"]
Method = Literal["luo/wan/shi", "wan"]
Distribution = Literal["norm", "lnorm"]
SMALLEST = 5  # below, quartiles and extremes are single people


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanSD:
    """A mean and SD, how they were worked out, and what to be careful about."""

    mean: float
    sd: float
    how: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A median of n people with what is printed beside it, checked: in ascending order, and one of the three sets."""

    median: float
    n: float
    minimum: float | None = None
    q1: float | None = None
    q3: float | None = None
    maximum: float | None = None

    def __post_init__(self) -> None:
        people(self.n, at_least=SMALLEST)
        for name, pair in (("quartiles", (self.q1, self.q3)), ("extremes", (self.minimum, self.maximum))):
            if (pair[0] is None) != (pair[1] is None):
                raise EffectError(f"a median is converted with both {name} or none")
        if self.q1 is None and self.minimum is None:
            raise EffectError("a median alone gives no SD: quartiles or extremes are needed")
        values = self.values
        for value in values:
            finite(value, "each number of the summary")
        if list(values) != sorted(values):
            shown = ", ".join(f"{value:g}" for value in values)
            raise EffectError(f"minimum, quartiles, median and maximum must ascend, not {shown}")
        if self.q1 is not None and self.q1 == self.q3:
            raise EffectError("two equal quartiles leave no spread")
        if self.minimum is not None and self.minimum == self.maximum:
            raise EffectError("equal extremes leave no spread")

    @property
    def given(self) -> Given:
        """Which of the three sets this is."""
        if self.q1 is None:
            return "extremes"
        return "quartiles" if self.minimum is None else "all five"

    @property
    def values(self) -> tuple[float, ...]:
        """Three or five numbers, ascending."""
        every = (self.minimum, self.q1, self.median, self.q3, self.maximum)
        return tuple(value for value in every if value is not None)

    def mapped(self, values: tuple[float, ...]) -> Summary:
        """The same summary of other values, for a transformation that keeps their order."""
        extremes, quartiles = self.minimum is not None, self.q1 is not None
        middle = values[len(values) // 2]
        low, high = (values[0], values[-1]) if extremes else (None, None)
        q1, q3 = (values[1 if extremes else 0], values[-2 if extremes else -1]) if quartiles else (None, None)
        return Summary(median=middle, n=self.n, minimum=low, q1=q1, q3=q3, maximum=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skewness:
    """Shi's test: skewed when the statistic reaches the critical value (5 percent level)."""

    statistic: float
    critical: float

    @property
    def skewed(self) -> bool:
        """Whether normality is rejected."""
        return self.statistic >= self.critical


def mean_sd_from_median(
    median: float,
    n: float,
    *,
    minimum: float | None = None,
    q1: float | None = None,
    q3: float | None = None,
    maximum: float | None = None,
    method: Method = "luo/wan/shi",
    dist: Distribution = "norm",
) -> MeanSD:
    """Mean and SD of n people (5 or more) from their median and quartiles, extremes or both.

    method "luo/wan/shi" (default, as metafor's): mean of Luo et al. 2018 (10.1177/0962280216669183), SD of Wan et al.
    2014 (10.1186/1471-2288-14-135), of Shi et al. 2020 (10.1002/jrsm.1429) from all five. method "wan": mean and SD of
    Wan et al. dist "lnorm": the logs are taken to be normal and the moments turned back by Shi et al. 2020b (Stat
    Interface 13:519), with method luo/wan/shi only. A flag says when the numbers are skewed for a normal distribution.
    """
    summary = Summary(median=median, n=n, minimum=minimum, q1=q1, q3=q3, maximum=maximum)
    if dist == "lnorm":
        if method != "luo/wan/shi":
            raise EffectError("the log-normal conversion goes with the method luo/wan/shi")
        return _log_normal(summary)
    if dist != "norm":
        raise EffectError(f"the distribution {dist!r} is not known; known are norm, lnorm")
    if method not in get_args(Method):
        raise EffectError(f"the method {method!r} is not known; known are {', '.join(get_args(Method))}")
    wan = method == "wan"
    mean = wan_mean(summary) if wan else luo_mean(summary)
    sd = wan_sd(summary) if wan else shi_sd(summary)
    source = {"extremes": "Wan 2014", "quartiles": "Wan 2014", "all five": "Wan 2014" if wan else "Shi 2020"}
    how = f"from the median with {_beside(summary)}: mean by {'Wan 2014' if wan else 'Luo 2018'}, "
    flags: tuple[str, ...] = ()
    if skewness(summary).skewed:
        flags = ("The numbers are too skewed for a normal distribution (Shi 2023): use a method for skewed data.",)
    return MeanSD(mean=mean, sd=sd, how=how + f"SD by {source[summary.given]}", flags=flags)


def luo_mean(summary: Summary) -> float:
    """Mean of normal data, weights by sample size. Luo et al. 2018, equations 7, 11 and 15."""
    n, s = summary.n, summary
    if s.given == "extremes":
        return _weighted(s, 4 / (4 + n**0.75), 0.0)
    if s.given == "quartiles":
        return _weighted(s, 0.0, 0.7 + 0.39 / n)
    return _weighted(s, 2.2 / (2.2 + n**0.75), 0.7 - 0.72 / n**0.55)


def wan_mean(summary: Summary) -> float:
    """Mean of normal data, fixed weights. Wan et al. 2014, equations 2, 10 and 14; Hozo, Bland."""
    return _weighted(
        summary, *{"extremes": (0.5, 0.0), "quartiles": (0.0, 2 / 3), "all five": (0.25, 0.5)}[summary.given]
    )


def wan_sd(summary: Summary) -> float:
    """SD of normal data. Wan et al. 2014, equations 9, 13 and 16: range, interquartile range, or the mean of both."""
    return _spread(summary, 0.5)


def shi_sd(summary: Summary) -> float:
    """SD of normal data; as Wan's, but with all five numbers the best weighting by n. Shi et al. 2020, equation 10."""
    return _spread(summary, 1 / (1 + 0.07 * summary.n**0.6))


def skewness(summary: Summary) -> Skewness:
    """Are these numbers too skewed to come from a normal distribution? Shi et al. 2023 (10.1177/09622802231172043).

    Level 5 percent. Before a log-normal conversion, give it the logarithms. A small sample rarely shows skewness.
    """
    n, s = summary.n, summary
    extremes = quartiles = 0.0
    if s.minimum is not None and s.maximum is not None:
        extremes = abs(s.minimum + s.maximum - 2 * s.median) / (s.maximum - s.minimum)
    if s.q1 is not None and s.q3 is not None:
        quartiles = abs(s.q1 + s.q3 - 2 * s.median) / (s.q3 - s.q1)
    if s.given == "extremes":
        return Skewness(statistic=extremes, critical=1 / math.log(n + 9) + 2.5 / (n + 1))
    if s.given == "quartiles":
        return Skewness(statistic=quartiles, critical=2.65 / math.sqrt(n) - 6 / n**2)
    both = max(2.65 * math.log(0.6 * n) / math.sqrt(n) * extremes, quartiles)
    return Skewness(statistic=both, critical=3 / math.sqrt(n) - 40 / n**3)


def _weighted(s: Summary, of_range: float, of_quartiles: float) -> float:
    total = (1 - of_range - of_quartiles) * s.median
    if s.minimum is not None and s.maximum is not None:
        total += of_range * (s.minimum + s.maximum) / 2
    if s.q1 is not None and s.q3 is not None:
        total += of_quartiles * (s.q1 + s.q3) / 2
    return total


def _spread(s: Summary, of_range: float) -> float:
    """`of_range` weighs the SD from the range against that from the quartiles, where there are both."""
    found = {}
    if s.minimum is not None and s.maximum is not None:
        found["range"] = (s.maximum - s.minimum) / (2 * float(special.ndtri((s.n - 0.375) / (s.n + 0.25))))
    if s.q1 is not None and s.q3 is not None:
        found["quartiles"] = (s.q3 - s.q1) / (2 * float(special.ndtri((0.75 * s.n - 0.125) / (s.n + 0.25))))
    if len(found) == 1:
        return next(iter(found.values()))
    return of_range * found["range"] + (1 - of_range) * found["quartiles"]


def _beside(summary: Summary) -> str:
    return {"extremes": "the range", "quartiles": "quartiles", "all five": "quartiles and range"}[summary.given]


# Shi et al. 2020b: what divides the squared spread of the logs so that it is without bias, that of its square, and the
# factors of s2/n and s4/n in the corrections of the mean, and of the two terms of the variance.
def _log_normal(summary: Summary) -> MeanSD:
    if min(summary.values) <= 0:
        raise EffectError("a log-normal distribution has no values of 0 or below: use another method")
    logs = summary.mapped(tuple(math.log(value) for value in summary.values))
    n = summary.n
    mu, spread = luo_mean(logs), shi_sd(logs)
    over2, over4, factors = {
        "extremes": (1.01 + 0.25 / math.log(n) ** 2, 1 + 2.23 / math.log(n) ** 2, (0.565, 0.37)),
        "quartiles": (1 + 1.58 / n, 1 + 19.2 / n**1.2, (0.57, 0.75)),
        "all five": (1 + 0.28 / math.log(n) ** 2, 1 + 3.93 / n, (0.405, 0.315)),
    }[summary.given]
    s2, s4 = spread**2 / over2, spread**4 / over4
    c2, c4 = factors
    mean = math.exp(mu + s2 / 2) / (1 + (c2 * s2 + c4 * s4) / n)
    second = math.exp(2 * mu + 2 * s2) / (1 + (4 * c2 * s2 + 16 * c4 * s4) / n)
    square = math.exp(2 * mu + s2) / (1 + (4 * c2 * s2 + 4 * c4 * s4) / n)
    if not second > square:
        raise EffectError("these numbers give no SD by the log-normal conversion: use another method")
    flags: tuple[str, ...] = ()
    if skewness(logs).skewed:
        flags = ("Even the logarithms are skewed (Shi 2023): use another method for skewed data.",)
    how = f"from the median with {_beside(summary)}, as log-normal (Luo 2018, Wan 2014, Shi 2020b)"
    return MeanSD(mean=mean, sd=math.sqrt(second - square), how=how, flags=flags)
