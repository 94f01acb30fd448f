"""Worked examples of the Cochrane Handbook, to the digits printed; in brackets the section's number in version 5.1.

Examples marked (*) were written down without the page at hand; that all their printed digits come out speaks for them.
The others were read at the page.
"""

from __future__ import annotations

import math

import pytest

from workbench.effects import (
    ArmEvents,
    ArmMeans,
    combine_events,
    combine_means,
    correlation_from_sd,
    crossover_md,
    crossover_smd,
    design_effect,
    effective_n,
    escalc,
    estimate_as_printed,
    number_needed,
    risk_with,
    sd_from_ci,
    sd_from_difference,
    sd_of_change,
    se_from_ci,
    se_from_p,
    se_from_t,
    smd_to_or,
    smd_to_points,
    split_events,
    split_means,
)
from workbench.effects.measures import Effect
from workbench.effects.quantiles import quantile_of_p, two_sided_quantile


class TestDifferencesOfMeans:
    """6.5.2.3 (7.7.3.3): 25 v 22 people, difference 3.8, P = 0.008."""

    def test_t_follows_from_p(self) -> None:
        assert quantile_of_p(0.008, 45) == pytest.approx(2.78, abs=5e-3)

    def test_the_standard_error_follows_from_t_or_p(self) -> None:
        assert se_from_t(3.8, 2.78) == pytest.approx(1.37, abs=5e-3)
        assert se_from_p(3.8, 0.008, df=45) == pytest.approx(1.37, abs=5e-3)

    def test_the_standard_deviation_follows_from_the_standard_error(self) -> None:
        # the formula of the same section, with its rounded SE, by hand; (*) its result
        assert sd_from_difference(1.37, 25, 22) == pytest.approx(1.37 / math.sqrt(1 / 25 + 1 / 22), rel=1e-12)
        assert sd_from_difference(1.37, 25, 22) == pytest.approx(4.69, abs=5e-3)

    def test_divisors_of_large_samples(self) -> None:
        for level, divisor in ((90, 3.29), (95, 3.92), (99, 5.15)):
            assert 2 * two_sided_quantile(level) == pytest.approx(divisor, abs=5e-3)
            assert se_from_ci(0, divisor, level=level) == pytest.approx(1, abs=2e-3)

    def test_the_divisor_of_twenty_five_people(self) -> None:
        # 6.5.2.2 (7.7.3.2): 2 x 2.0639 = 4.128
        assert 2 * two_sided_quantile(95, 24) == pytest.approx(4.128, abs=5e-4)
        # (*) the same section's interval 30.0 to 34.2 of 25 people
        assert sd_from_ci(30.0, 34.2, 25) == pytest.approx(5.09, abs=5e-3)


class TestChanges:
    """6.5.2.8 (16.1.3.2) (*): SDs before, after and of the change in two arms; then the SD imputed with r = 0.80."""

    def test_correlations_from_three_spreads(self) -> None:
        assert correlation_from_sd(6.4, 7.1, 4.5) == pytest.approx(0.78, abs=5e-3)
        assert correlation_from_sd(7.0, 6.9, 4.2) == pytest.approx(0.82, abs=5e-3)

    def test_the_spread_of_the_change(self) -> None:
        assert sd_of_change(4.0, 4.4, 0.8) == pytest.approx(2.68, abs=5e-3)


class TestCrossover:
    """23.2.7 (16.4.6.4): 7.0 (2.38) v 6.5 (2.21), 10 people."""

    def test_mean_differences(self) -> None:
        r = correlation_from_sd(2.38, 2.21, 2)
        assert crossover_md(7.0, 2.38, 6.5, 2.21, 10, r).se == pytest.approx(0.632, abs=5e-4)
        assert crossover_md(7.0, 2.38, 6.5, 2.21, 10, 0.68).se == pytest.approx(0.583, abs=5e-4)

    def test_standardised(self) -> None:
        effect = crossover_smd(7.0, 2.38, 6.5, 2.21, 10, 0.68)
        assert (round(effect.yi, 3), round(effect.se, 3)) == (0.218, 0.256)


class TestClusters:
    """23.1.4 (16.3.5) (*): 63/295 v 84/330 in 21 clusters, ICC 0.02."""

    def test_the_design_effect_and_what_is_left(self) -> None:
        size = (295 + 330) / 21
        assert size == pytest.approx(29.8, abs=5e-2)
        effect = design_effect(29.8, 0.02)
        assert effect == pytest.approx(1.576, abs=5e-4)
        for number, left in ((63, 40.0), (295, 187.2), (84, 53.3), (330, 209.4)):
            assert effective_n(number, 1.576) == pytest.approx(left, abs=5e-2)


class TestNumbersNeeded:
    """15.4.4 (12.5.4)."""

    @pytest.mark.parametrize(("difference", "number"), [(-0.12, 9), (-0.22, 5)])
    def test_from_a_risk_difference(self, difference: float, number: int) -> None:
        assert number_needed("RD", difference, 0.5).whole == number

    def test_from_a_risk_ratio(self) -> None:
        needed = number_needed("RR", 0.92, 0.3)
        assert round(1000 * needed.difference) == -24
        assert needed.whole == 42
        assert not needed.more_events

    def test_from_an_odds_ratio(self) -> None:
        needed = number_needed("OR", 0.73, 0.3)
        assert round(1000 * needed.difference) == -62
        assert needed.whole == 17


class TestReExpressing:
    def test_an_smd_as_an_odds_ratio(self) -> None:
        # 15.5.3.3 (12.6.3): ln OR is about 1.81 times the SMD
        assert smd_to_or(Effect(measure="SMD", yi=1, vi=1)).yi == pytest.approx(1.81, abs=5e-3)

    def test_an_smd_in_points(self) -> None:
        effect = smd_to_points(Effect(measure="SMD", yi=-0.5, vi=0.04), 2, "0-10 pain scale")
        assert (effect.yi, effect.se) == (-1, pytest.approx(0.4))


class TestRatios:
    def test_the_standard_error_of_a_ratio_is_that_of_its_logarithm(self) -> None:
        # Heart 2005, worked example of the Adventist study: RR 2.15 (1.33 to 3.47); the two halves of the interval give
        # 0.244228 and 0.245045 (with 1.96 and 1.96), their mean 0.244637
        effect = estimate_as_printed("RR", 2.15, low=1.33, high=3.47)
        assert effect.yi == pytest.approx(0.765468, abs=5e-7)
        assert effect.se == pytest.approx(0.244637, rel=5e-5)  # 1.96 there, 1.959964 here

    def test_events_by_hand(self) -> None:
        # Borenstein et al. 2009, chapter 5: 5/100 v 10/100
        columns = {"ai": [5], "n1i": [100], "ci": [10], "n2i": [100]}
        risk, odds = escalc("RR", columns), escalc("OR", columns)
        assert risk.yi[0] == pytest.approx(-0.6932, abs=1e-4)  # printed from rounded steps
        assert risk.vi[0] == pytest.approx(0.28, abs=5e-5)
        assert odds.yi[0] == pytest.approx(-0.7472, abs=5e-5)
        assert odds.vi[0] == pytest.approx(0.3216, abs=5e-5)


class TestSharedArms:
    """23.3.4 and table 6.5.2.1."""

    def test_two_arms_combine_by_the_table(self) -> None:
        # the table's formula for two arms, worked here in full; data of the Stata command `combine`, which cites it
        n1, m1, s1, n2, m2, s2 = 50, 26.5, 4.5, 50, 32.9, 5.8
        both = combine_means([ArmMeans(n=n1, mean=m1, sd=s1), ArmMeans(n=n2, mean=m2, sd=s2)])
        between = n1 * n2 / (n1 + n2) * (m1**2 + m2**2 - 2 * m1 * m2)
        assert both.n == 100
        assert both.mean == pytest.approx(29.7, rel=1e-14)
        assert both.sd == pytest.approx(math.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2 + between) / (n1 + n2 - 1)))

    def test_counts_add_up_and_divide(self) -> None:
        assert combine_events([ArmEvents(events=3, n=20), ArmEvents(events=4, n=22)]) == ArmEvents(events=7, n=42)
        assert split_events(ArmEvents(events=7, n=42), 2) == ArmEvents(events=3.5, n=21)
        assert split_means(ArmMeans(n=42, mean=5, sd=2), 2) == ArmMeans(n=21, mean=5, sd=2)


def test_risks_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match=r"gives a risk of 1\.2"):
        risk_with("RR", 4, 0.3)
