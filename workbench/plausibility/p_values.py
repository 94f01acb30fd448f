"""p values recomputed from what is printed beside them, with all that rounding and the choice of test leave open.

A p value is questioned only if none of the usual tests gives it from any numbers that are printed like these. Not
known here, and named in the messages: tests on ranks, tests adjusted for baseline, and p values of models.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from scipy import special

from workbench.effects import EffectError
from workbench.plausibility.groups import Group
from workbench.plausibility.rounding import Range, decimals_of, unrounded

SIGNIFICANT = 0.05
BOUNDS = (0.001, 0.0001, 0.00001)  # often typed where the report prints "less than"
FEWEST_DF = 10.0  # of a test of which nothing else is known
CLEAR = 1.25  # a gap beyond rounding that counts, if it changes the verdict at 0.05 or if nothing explains a gap
WIDE = 2.0  # a gap beyond rounding that counts in any case

_PRINTED = re.compile(r"^p?\s*(?P<sign>[<>=≤≥]{0,2})\s*(?P<value>\d*[.,]?\d+(?:e-?\d+)?)$", re.IGNORECASE)
_NOT_SIGNIFICANT = ("ns", "n.s.", "n.s", "not significant", "nonsignificant", "non-significant")


class PossibleP(NamedTuple):
    """p values that the numbers allow, and the one they give as they stand."""

    low: float
    high: float
    middle: float

    @property
    def text(self) -> str:
        """The value, with the range where rounding or the choice of test leaves one."""
        if self.high > 1.2 * self.low + 1e-12:
            return f"{self.middle:.2g} ({self.low:.2g} to {self.high:.2g} with rounding and the choice of test)"
        return f"{self.middle:.2g}"


def read_p(printed: object) -> Range | None:
    """What p can be, from a number or from words: 0.03, "< 0.001", "> .05", "ns"; None where nothing can be read.

    0.001, 0.0001 and 0.00001 are taken as bounds.
    """
    if isinstance(printed, bool):
        return None
    if isinstance(printed, int | float):
        return _read_number(float(printed), decimals_of(float(printed))) if math.isfinite(printed) else None
    if not isinstance(printed, str):
        return None
    words = " ".join(printed.casefold().split())
    if words.removeprefix("p").strip(" =:") in _NOT_SIGNIFICANT:
        return Range(SIGNIFICANT, 1.0)
    match = _PRINTED.match(words)
    if match is None:
        return None
    digits = match["value"].replace(",", ".")
    value = float(digits)
    if not 0 <= value <= 1:
        return None
    if match["sign"].startswith(("<", "≤")):
        return Range(0.0, value)
    if match["sign"].startswith((">", "≥")):
        return Range(value, 1.0)
    return _read_number(value, len(digits.partition(".")[2]) if "e" not in digits else decimals_of(value))


def _read_number(value: float, decimals: int) -> Range | None:
    if not 0 <= value <= 1:
        return None
    around = unrounded(value, max(decimals, 2 if value == 0 else 1))
    return Range(0.0 if value in BOUNDS else max(0.0, around.low), min(1.0, around.high))


def contradicts(printed: Range, possible: PossibleP, *, tolerated: float = WIDE) -> bool:
    """Whether the printed p is none of the possible ones, by a factor of more than `tolerated`.

    Where the verdict at 0.05 differs, a quarter is enough.
    """
    if printed.low > possible.high:
        gap = printed.low / max(possible.high, 1e-300)
        other_verdict = possible.high < SIGNIFICANT <= printed.low
    elif possible.low > printed.high:
        gap = possible.low / max(printed.high, 1e-300)
        other_verdict = printed.high <= SIGNIFICANT < possible.low
    else:
        return False
    return gap > tolerated or (other_verdict and gap > CLEAR)


# --- from means ------------------------------------------------------------------------------------------------


def p_of_means(a: Group, b: Group) -> PossibleP:
    """Two-sided p of the difference of two independent means: Student's, Welch's or the normal test."""
    apart = a.means.minus(b.means).size
    first, second = a.sds, b.sds
    middle = _student(abs(a.mean - b.mean), a.middle_sd, a.n, b.middle_sd, b.n)
    smallest, largest = (first.low, second.low), (first.high, second.high)
    df = _welch_df(first, a.n, second, b.n)
    low = min(
        _student(apart.high, smallest[0], a.n, smallest[1], b.n),
        _welch(apart.high, smallest[0], a.n, smallest[1], b.n, df.high),
        _welch(apart.high, smallest[0], a.n, smallest[1], b.n, None),
    )
    high = max(
        _student(apart.low, largest[0], a.n, largest[1], b.n),
        _welch(apart.low, largest[0], a.n, largest[1], b.n, df.low),
    )
    return PossibleP(low, high, middle)


def p_of_d(d: float, n1: float, n2: float) -> PossibleP:
    """p of a t test between groups of n1 and n2 people that differ by d pooled SDs; d may be Hedges' corrected one."""
    df = n1 + n2 - 2
    if df < 1 or min(n1, n2) < 1:
        raise EffectError(f"groups of {n1:g} and {n2:g} allow no t test")
    size, per_d = unrounded(d).size, 1 / math.sqrt(1 / n1 + 1 / n2)
    correction = 1 - 3 / (4 * df - 1)
    return PossibleP(
        two_sided(size.high * per_d / correction, df), two_sided(size.low * per_d, df), two_sided(abs(d) * per_d, df)
    )


def p_paired(mean1: Range, sd1: Range, mean2: Range, sd2: Range, n: float) -> PossibleP:
    """p of a paired t test on n people at any correlation from -1 to 1; `middle` is its largest value.

    The SD of the differences lies between |sd1 - sd2| and sd1 + sd2 (Cochrane Handbook 6.5.2.8).
    """
    apart, df = mean1.minus(mean2).size, n - 1
    largest_se = (sd1.high + sd2.high) / math.sqrt(n)
    smallest_se = sd1.minus(sd2).size.low / math.sqrt(n)
    high = two_sided(_over(apart.low, largest_se), df)
    return PossibleP(two_sided(_over(apart.high, smallest_se), df), high, high)


def two_sided(statistic: float, df: float | None) -> float:
    """Two-sided p of t (or z without df)."""
    if df is None:
        return math.erfc(abs(statistic) / math.sqrt(2))
    if math.isinf(statistic):
        return 0.0
    return float(special.betainc(df / 2, 0.5, df / (df + statistic * statistic)))


def _student(apart: float, sd1: float, n1: float, sd2: float, n2: float) -> float:
    df = n1 + n2 - 2
    pooled = math.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / df)
    return two_sided(_over(apart, pooled * math.sqrt(1 / n1 + 1 / n2)), df)


def _welch(apart: float, sd1: float, n1: float, sd2: float, n2: float, df: float | None) -> float:
    return two_sided(_over(apart, math.sqrt(sd1**2 / n1 + sd2**2 / n2)), df)


def _welch_df(sds1: Range, n1: float, sds2: Range, n2: float) -> Range:
    """Welch-Satterthwaite degrees of freedom over the ranges of both SDs: largest, n1 + n2 - 2, at one share."""

    def at(share: float) -> float:
        return 1 / (share**2 / (n1 - 1) + (1 - share) ** 2 / (n2 - 1))

    def share(sd1: float, sd2: float) -> float:
        first, second = sd1**2 / n1, sd2**2 / n2
        return first / (first + second) if first + second > 0 else 0.5

    ends = share(sds1.low, sds2.high), share(sds1.high, sds2.low)
    best = (n1 - 1) / (n1 + n2 - 2)
    found = [at(end) for end in ends]
    return Range(min(found), n1 + n2 - 2 if ends[0] <= best <= ends[1] else max(found))


def _over(size: float, se: float) -> float:
    if se > 0:
        return size / se
    return math.inf if size > 0 else 0.0


# --- from an interval ------------------------------------------------------------------------------------------


def p_of_interval(estimate: Range, low: Range, high: Range, level: float, df: float | None = None) -> PossibleP:
    """p of an estimate against zero by its interval's width; all on the analysis scale (logs for ratios).

    df: the fewest degrees of freedom the interval can rest on; it may as well rest on the normal distribution.
    """
    size = estimate.size
    width = Range(max(high.low - low.high, 0.0), high.high - low.low)
    middle_width = (high.low + high.high - low.low - low.high) / 2
    found = []
    for freedom in (df if df is not None else FEWEST_DF, None):
        per_width = 2 * _quantile(level, freedom)
        found.append(two_sided(_over(size.high * per_width, width.low), freedom))
        found.append(two_sided(_over(size.low * per_width, width.high), freedom))
    middle = two_sided(_over(abs(estimate.low + estimate.high) / 2 * 2 * _quantile(level, None), middle_width), None)
    return PossibleP(min(found), max(found), middle)


def _quantile(level: float, df: float | None) -> float:
    tail = (1 - level / 100) / 2
    return -float(special.ndtri(tail) if df is None else special.stdtrit(df, tail))


def quantiles(level: float, df: float | None) -> Range:
    """How many standard errors an interval reaches to each side: normal, or t with at least `df`."""
    return Range(_quantile(level, None), _quantile(level, df if df is not None else FEWEST_DF))


# --- from counts -----------------------------------------------------------------------------------------------


def p_of_counts(events1: float, n1: float, events2: float, n2: float) -> PossibleP:
    """p of a 2x2 table: chi-square with and without Yates' correction, and Fisher's exact test."""
    a, b, c, d = events1, n1 - events1, events2, n2 - events2
    total = n1 + n2
    product = (a + b) * (c + d) * (a + c) * (b + d)
    if min(a, b, c, d) < 0 or product <= 0:
        return PossibleP(1.0, 1.0, 1.0)  # one column is empty: nothing to test
    cross = abs(a * d - b * c)
    plain = math.sqrt(total * cross**2 / product)
    corrected = math.sqrt(total * max(cross - total / 2, 0.0) ** 2 / product)
    found = [two_sided(plain, None), two_sided(corrected, None), fisher(int(a), int(b), int(c), int(d))]
    return PossibleP(min(found), min(1.0, max(found)), found[0])


def fisher(a: int, b: int, c: int, d: int) -> float:
    """Two-sided p of Fisher's exact test: every table as probable as this one or less."""
    n1, n2, events = a + b, c + d, a + c
    from_, to = max(0, events - n2), min(events, n1)

    def log_chance(k: int) -> float:
        ways = _log_choose(n1, k) + _log_choose(n2, events - k)
        return ways - _log_choose(n1 + n2, events)

    here = log_chance(a)
    chances = (log_chance(k) for k in range(from_, to + 1))
    return min(1.0, sum(math.exp(chance) for chance in chances if chance <= here + 1e-7))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
