"""Correctly computed and correctly rounded trials raise no finding: 20,000 simulated ones, and none may be flagged."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from workbench.plausibility import (
    Finding,
    Group,
    Percent,
    PrintedEstimate,
    change_is_not_final_minus_baseline,
    change_sd_impossible,
    difference_is_not_of_means,
    estimate_findings,
    interval_contradicts_means,
    mean_off_grid,
    mean_outside_scale,
    p_contradicts_counts,
    p_contradicts_d,
    p_contradicts_means,
    p_too_large_for_paired,
    percent_is_not_of_count,
    percent_without_count,
    quote_disagrees_with_counts,
    sd_impossible_for_scale,
)
from workbench.plausibility.p_values import fisher
from workbench.plausibility.rounding import decimals_of, unrounded, unrounded_together

TRIALS = 20_000


class Simulated:
    """One trial of two arms, analysed as reports do, and printed with few decimals."""

    def __init__(self, random: np.random.Generator) -> None:
        self.random = random
        self.n = [int(n) for n in random.integers(5, 60, 2)]
        self.top = float(random.choice([10, 100]))
        r, effect = random.uniform(0, 0.9), random.uniform(0, 0.15)
        self.before, self.after = [], []
        for arm, n in enumerate(self.n):
            pair = random.standard_normal((n, 2))
            pair[:, 1] = r * pair[:, 0] + math.sqrt(1 - r**2) * pair[:, 1]
            values = np.clip(0.17 * pair + (0.6, 0.55 - arm * effect), 0, 1) * self.top
            values = np.round(values) if random.random() < 0.5 else np.round(values, 1)
            self.before.append(values[:, 0])
            self.after.append(values[:, 1])
        self.mean_decimals, self.sd_decimals = (int(d) for d in random.integers(1, 4, 2))
        self.p_decimals = int(random.integers(2, 5))  # nobody prints p with one decimal

    @property
    def usable(self) -> bool:
        return all(np.std(values, ddof=1) > 0.02 * self.top for values in (*self.before, *self.after))

    def mean(self, values: Any) -> float:
        return round(float(np.mean(values)), self.mean_decimals)

    def sd(self, values: Any) -> float:
        return round(float(np.std(values, ddof=1)), self.sd_decimals)

    def p(self, value: float) -> object:
        """As printed: a number, or a bound where it is very small."""
        if value < 0.001:
            return "<0.001"
        return f"{value:.{self.p_decimals}f}" if self.random.random() < 0.5 else round(value, self.p_decimals)

    def findings(self) -> Iterator[Finding | None]:
        random = self.random
        a, b = self.after
        n1, n2 = self.n
        groups = [Group(n=len(x), mean=self.mean(x), sd=self.sd(x)) for x in self.after]
        v1, v2 = np.var(a, ddof=1), np.var(b, ddof=1)
        difference = float(np.mean(a) - np.mean(b))
        pooled = math.sqrt(((n1 - 1) * v1 + (n2 - 1) * v2) / (n1 + n2 - 2))
        if random.random() < 0.5:  # Student
            se, df = pooled * math.sqrt(1 / n1 + 1 / n2), n1 + n2 - 2.0
        else:  # Welch
            se = math.sqrt(v1 / n1 + v2 / n2)
            df = (v1 / n1 + v2 / n2) ** 2 / ((v1 / n1) ** 2 / (n1 - 1) + (v2 / n2) ** 2 / (n2 - 1))
        p = 2 * float(special.stdtr(df, -abs(difference) / se))
        level = float(random.choice([90, 95, 95, 95, 99]))
        half = float(special.stdtrit(df, 0.5 + level / 200)) * se
        printed = [round(value, self.mean_decimals) for value in (difference, difference - half, difference + half)]
        yield p_contradicts_means(*groups, self.p(p))
        yield difference_is_not_of_means(printed[0], groups[0].mean, groups[1].mean)
        if printed[1] < printed[2]:
            yield interval_contradicts_means(printed[1], printed[2], *groups, level=level)
            # nothing is known of the people behind it, or the smaller arm is
            fewest = float(min(n1, n2) - 1) if min(n1, n2) - 1 < 10 or random.random() < 0.5 else None
            estimate = PrintedEstimate(
                estimate=printed[0],
                low=printed[1],
                high=printed[2],
                level=level,
                p=self.p(p),
                se=round(se, self.sd_decimals),
                df=fewest,
            )
            yield from estimate_findings(estimate)
        d = difference / pooled * (1 if random.random() < 0.5 else 1 - 3 / (4 * (n1 + n2 - 2) - 1))
        student = 2 * float(special.stdtr(n1 + n2 - 2, -abs(difference) / (pooled * math.sqrt(1 / n1 + 1 / n2))))
        yield p_contradicts_d(round(d, self.p_decimals), n1, n2, self.p(student))
        yield from self._within()
        yield from self._scale(groups)
        yield from self._counts()

    def _within(self) -> Iterator[Finding | None]:
        for first, last in zip(self.before, self.after, strict=True):
            n, change = len(first), last - first
            pair = [Group(n=n, mean=self.mean(x), sd=self.sd(x)) for x in (first, last)]
            spread = float(np.std(change, ddof=1))
            if spread > 0:
                p = 2 * float(special.stdtr(n - 1, -abs(float(np.mean(change))) / (spread / math.sqrt(n))))
                yield p_too_large_for_paired(*pair, self.p(p))
                if self.sd(change) > 0:
                    yield change_sd_impossible(pair[0].sd, pair[1].sd, self.sd(change))
            yield change_is_not_final_minus_baseline(self.mean(change), pair[0].mean, pair[1].mean, 0.0)

    def _scale(self, groups: list[Group]) -> Iterator[Finding | None]:
        for group, values in zip(groups, self.after, strict=True):
            yield mean_outside_scale(group.mean, 0, self.top)
            yield sd_impossible_for_scale(group, 0, self.top)
            yield sd_impossible_for_scale(group, 0, None)
            step = 1.0 if np.all(values == np.round(values)) else 0.1
            yield mean_off_grid(group.mean, group.n, step=step)

    def _counts(self) -> Iterator[Finding | None]:
        n1, n2 = self.n
        a, c = int(np.sum(self.after[0] < 0.5 * self.top)), int(np.sum(self.after[1] < 0.5 * self.top))
        shares = 100 * a / n1, 100 * c / n2
        decimals = int(self.random.integers(0, 3))
        texts = [f"{share:.{decimals}f}" for share in shares]
        for share, events, n in zip(texts, (a, c), (n1, n2), strict=True):
            percent = Percent(float(share), decimals)
            yield percent_without_count(percent, n)
            yield percent_without_count(Percent(float(share)), n)
            yield percent_is_not_of_count(percent, events, n)
        yield quote_disagrees_with_counts(f"{texts[0]}% vs {texts[1]}%, p=0.2 (95% CI 1.2-3.4)", a, n1, c, n2)
        b, d = n1 - a, n2 - c
        if min(a + c, b + d) == 0:
            return
        cross, product = abs(a * d - b * c), n1 * n2 * (a + c) * (b + d)
        kind = self.random.integers(3)
        if kind == 0:
            p = fisher(a, b, c, d)
        else:
            cut = max(cross - (n1 + n2) / 2, 0.0) if kind == 1 else cross
            p = math.erfc(math.sqrt((n1 + n2) * cut**2 / product / 2))
        yield p_contradicts_counts(a, n1, c, n2, self.p(p))
        if min(a, b, c, d) > 0:
            log = math.log(a * d / (b * c))
            half = 1.959964 * math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
            wald = math.erfc(abs(log) / half * 1.959964 / math.sqrt(2))
            ends = [float(f"{math.exp(x):.3g}") for x in (log, log - half, log + half)]  # three significant digits
            if ends[1] < ends[2]:
                yield from estimate_findings(
                    PrintedEstimate(estimate=ends[0], low=ends[1], high=ends[2], p=self.p(wald), ratio=True)
                )


def test_twenty_thousand_trials_printed_correctly_raise_no_finding_at_all():
    random = np.random.default_rng(20260101)
    raised: Counter[str] = Counter()
    shown: list[str] = []
    trials = 0
    while trials < TRIALS:
        trial = Simulated(random)
        if not trial.usable:
            continue
        trials += 1
        for finding in trial.findings():
            if finding is not None:
                raised[finding.code] += 1
                shown.append(finding.message)
    assert not raised, (raised, "\n".join(shown[:8]))


@pytest.mark.parametrize(
    ("value", "decimals"), [(4.3, 1), (12, 0), (12.0, 0), (0.001, 3), (1e-9, 6), (-2.25, 2), (100.0, 0)]
)
def test_the_decimals_of_a_number_are_those_it_was_typed_with(value, decimals):
    assert decimals_of(value) == decimals


@given(value=st.floats(-1000, 1000), decimals=st.integers(0, 4))
def test_what_a_number_was_before_rounding_is_always_held_possible(value, decimals):
    assert unrounded(round(value, decimals)).holds(value)
    alone, (together, _) = unrounded(round(value, decimals)), unrounded_together(round(value, decimals), 0.1234)
    assert together.high - together.low <= alone.high - alone.low
