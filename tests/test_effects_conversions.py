"""Conversions of what trials print, beyond the Handbook's examples: metafor, simulations, round trips, refusals."""

from __future__ import annotations

import inspect
import math
import random
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.metafor_reference import close, reference
from workbench.effects import (
    Cells,
    Effect,
    EffectError,
    by_row,
    correlation_from_sd,
    crossover_md,
    crossover_smd,
    design_effect,
    effective_n,
    escalc,
    estimate_as_printed,
    events_from_percent,
    first_period,
    hazard_ratio_from_log_rank,
    hazard_ratio_from_p,
    hedges_factor,
    hedges_from_d,
    inflated_se,
    log_rank_variance,
    md_adjusted_from_means,
    mean_sd_from_median,
    mean_sd_skewed,
    number_needed,
    or_from_rr,
    or_to_smd,
    percent_of_comparator,
    points_to_smd,
    position_on_scale,
    raw_sd,
    rescaled,
    responders_from_smd,
    responders_to_smd,
    risk_with,
    rr_from_or,
    sd_from_ci,
    sd_from_ci_half_width,
    sd_from_cv,
    sd_from_difference,
    sd_from_se,
    sd_of_change,
    sd_of_change_from_p,
    sd_of_change_from_t,
    se_from_ci,
    se_from_f,
    se_from_p,
    se_from_t,
    smd_adjusted,
    smd_from_ancova_t,
    smd_from_f,
    smd_from_p,
    smd_from_t,
    smd_to_or,
    smd_to_points,
    two_by_two,
    typical_correlation,
)
from workbench.effects.quantiles import two_sided_p

sds = st.floats(0.1, 50)
sizes = st.integers(3, 500)


def test_ratios_with_their_z_are_metafors() -> None:
    block = reference("conversions")["wald"]
    for i, ratio in enumerate(block["input"]["or"]):
        ours = estimate_as_printed("OR", ratio, statistic=block["input"]["z"][i])
        assert close(ours.yi, block["from_z"]["yi"][i], rel=1e-12)
        assert close(ours.vi, block["from_z"]["vi"][i], rel=1e-10)


def test_tables_from_an_odds_ratio_and_its_margins_are_metafors() -> None:
    block = reference("conversions")["two_by_two"]
    given_ = block["input"]
    rows = zip(block["or_rounded"], given_["ni"], given_["n1i"], given_["out1"], strict=True)
    for i, (ratio, n, n1, events) in enumerate(rows):
        cells = {name: block["cells"][name][i] for name in ("ai", "bi", "ci", "di")}
        assert two_by_two(ratio, n, n1, events) == Cells(**cells)


counts = st.integers(1, 400)


@settings(deadline=None)
@given(a=counts, b=counts, c=counts, d=counts)
def test_a_table_comes_back_from_its_odds_ratio_and_margins(a: int, b: int, c: int, d: int) -> None:
    assert two_by_two(a * d / (b * c), a + b + c + d, a + b, a + c) == Cells(ai=a, bi=b, ci=c, di=d)


@settings(deadline=None)
@given(events=st.integers(0, 300), more=st.integers(0, 300), decimals=st.integers(0, 3))
def test_a_percentage_of_people_gives_the_events_back(events: int, more: int, decimals: int) -> None:
    n = events + more
    if n == 0:
        return
    found = events_from_percent(float(f"{100 * events / n:.{decimals}f}"), n, decimals=decimals)
    assert found.fewest <= events <= found.most
    assert found.fewest <= found.events <= found.most
    assert bool(found.flags) == (found.fewest < found.most)


class TestPercentages:
    def test_one_count_fits(self) -> None:
        assert events_from_percent(33.3, 24).events == 8
        assert events_from_percent(0, 24).events == 0
        assert events_from_percent(100, 24).events == 24

    def test_several_counts_fit_in_a_large_arm(self) -> None:
        found = events_from_percent(40, 350)
        assert (found.events, found.fewest, found.most) == (140, 139, 141)
        assert "139 to 141" in found.flags[0]
        assert events_from_percent(40.0, 350, decimals=1).flags == ()

    def test_digits_that_were_cut_off_are_taken_so_and_said(self) -> None:
        found = events_from_percent(66.6, 30)  # 20 of 30 are 66.67%
        assert (found.events, found.fewest, found.most) == (20, 20, 20)
        assert found.flags == ("20/30 is 66.67%, printed as 66.6%: cut off, not rounded.",)
        assert events_from_percent(66.7, 30).flags == ()
        with pytest.raises(EffectError, match="no whole number"):
            events_from_percent(66.5, 30)

    def test_a_percentage_that_no_count_gives_is_refused(self) -> None:
        with pytest.raises(EffectError, match=r"no whole number of 24 people is 35\.0%.*8/24 is 33\.33%"):
            events_from_percent(35.0, 24, decimals=1)

    @pytest.mark.parametrize(("percent", "n"), [(-1, 20), (101, 20), (50, 0), (50, 20.5), (math.nan, 20)])
    def test_impossible_ones_are_refused(self, percent: float, n: float) -> None:
        with pytest.raises(EffectError):
            events_from_percent(percent, n)


class TestSpreadsComeBack:
    @settings(deadline=None)
    @given(sd=sds, n=st.integers(2, 400), level=st.sampled_from([90, 95, 99]))
    def test_from_the_interval_of_a_mean(self, sd: float, n: int, level: float) -> None:
        for quantile in ("auto", "z", "t"):
            half = sd / sd_from_ci_half_width(1, n, level=level, quantile=quantile)  # type: ignore[arg-type]
            found = sd_from_ci(-half, half, n, level=level, quantile=quantile)  # type: ignore[arg-type]
            assert found == pytest.approx(sd, rel=1e-9)
        assert sd_from_se(sd / math.sqrt(n), n) == pytest.approx(sd, rel=1e-12)

    @settings(deadline=None)
    @given(sd=sds, n1=sizes, n2=sizes, difference=st.floats(0.1, 20), sign=st.sampled_from([-1, 1]))
    def test_from_whatever_is_printed_of_a_difference(
        self, sd: float, n1: int, n2: int, difference: float, sign: int
    ) -> None:
        se = sd * math.sqrt(1 / n1 + 1 / n2)
        t = difference / se
        df = n1 + n2 - 2
        p = two_sided_p(t, df)
        assert sd_from_difference(se_from_t(sign * difference, sign * t), n1, n2) == pytest.approx(sd, rel=1e-9)
        assert sd_from_difference(se_from_f(sign * difference, t**2), n1, n2) == pytest.approx(sd, rel=1e-9)
        if 1e-200 < p < 0.999:
            assert sd_from_difference(se_from_p(sign * difference, p, df=df), n1, n2) == pytest.approx(sd, rel=1e-6)

    @settings(deadline=None)
    @given(before=sds, after=sds, r=st.floats(-0.99, 0.99))
    def test_the_correlation_from_the_spread_of_change(self, before: float, after: float, r: float) -> None:
        assert correlation_from_sd(before, after, sd_of_change(before, after, r)) == pytest.approx(r, abs=1e-6)

    def test_paired_tests_of_a_change(self) -> None:
        # SD 4 in 16 people: SE 1, change 2.5, t 2.5 with 15 degrees of freedom
        assert sd_of_change_from_t(2.5, 2.5, 16) == pytest.approx(4)
        assert sd_of_change_from_p(-2.5, two_sided_p(2.5, 15), 16) == pytest.approx(4, rel=1e-9)

    def test_a_coefficient_of_variation(self) -> None:
        assert sd_from_cv(-8, 25) == pytest.approx(2)

    def test_a_typical_correlation_weighs_large_trials_more(self) -> None:
        assert typical_correlation([0.6], [20]) == pytest.approx(0.6)
        # z = (7 artanh .2 + 27 artanh .8) / 34
        expected = math.tanh((7 * math.atanh(0.2) + 27 * math.atanh(0.8)) / 34)
        assert typical_correlation([0.2, 0.8], [10, 30]) == pytest.approx(expected, rel=1e-12)


class TestAdjusted:
    def test_an_adjusted_sd_gives_what_the_raw_one_gives(self) -> None:
        raw = smd_adjusted(-1.2, 30, 28, 0.6, sd=2.5)
        assert raw_sd(2.0, 0.6) == pytest.approx(2.5)
        assert smd_adjusted(-1.2, 30, 28, 0.6, sd_adjusted=2.0) == raw
        # t of ANCOVA = difference / (sd_adjusted sqrt(1/n1 + 1/n2))
        t = -1.2 / (2.0 * math.sqrt(1 / 30 + 1 / 28))
        from_t = smd_from_ancova_t(t, 30, 28, 0.6)
        assert (from_t.yi, from_t.vi) == (pytest.approx(raw.yi, rel=1e-12), pytest.approx(raw.vi, rel=1e-12))

    def test_the_formula_by_hand(self) -> None:
        # Borenstein 2009, table 12.3: d = -0.48, df = 55
        j = math.exp(math.lgamma(27.5) - math.lgamma(27)) / math.sqrt(27.5)
        effect = smd_adjusted(-1.2, 30, 28, 0.6, sd=2.5)
        assert effect.yi == pytest.approx(-0.48 * j, rel=1e-12)
        assert effect.vi == pytest.approx(j**2 * ((1 / 30 + 1 / 28) * 0.64 + 0.48**2 / 116), rel=1e-12)

    def test_the_variance_holds_in_simulated_trials(self) -> None:
        rng = np.random.default_rng(3)
        n, r, shift, runs = 40, 0.7, 0.5, 4000
        x = rng.normal(size=(runs, 2, n))
        y = r * x + math.sqrt(1 - r**2) * rng.normal(size=(runs, 2, n)) + np.array([shift, 0])[:, None]
        xc, yc = x - x.mean(2, keepdims=True), y - y.mean(2, keepdims=True)
        slope = (xc * yc).sum((1, 2)) / (xc**2).sum((1, 2))
        difference = np.diff(y.mean(2)[:, ::-1])[:, 0] - slope * np.diff(x.mean(2)[:, ::-1])[:, 0]
        sd = np.sqrt((yc**2).sum((1, 2)) / (2 * n - 2))
        g = float(hedges_factor(2 * n - 3)) * difference / sd
        assert g.mean() == pytest.approx(shift, abs=0.01)
        printed = np.mean([smd_adjusted(d, n, n, r, sd=s).vi for d, s in zip(difference, sd, strict=True)])
        # the variance of 4,000 variances has a relative error of 2 percent; the formula is a large-sample one
        assert g.var() == pytest.approx(printed, rel=0.08)

    def test_the_difference_that_ancova_would_have_given(self) -> None:
        effect = md_adjusted_from_means((4.0, 5.5), (6.0, 6.4), 2.0, 1.6, 0.5, 20, 20)
        # slope .5 2/1.6 = .625; -1.5 - .625 (-.4) = -1.25; 4 (1 - .25) (1/10) = .3
        assert effect.yi == pytest.approx(-1.25)
        assert effect.vi == pytest.approx(0.3)

    @pytest.mark.parametrize(
        ("call", "said"),
        [
            (lambda: smd_adjusted(1, 20, 20, 0.5), "one SD"),
            (lambda: smd_adjusted(1, 20, 20, 0.5, sd=1, sd_adjusted=1), "one SD"),
            (lambda: smd_adjusted(1, 20, 20, 1.0, sd=1), "explains everything"),
            (lambda: smd_adjusted(1, 20, 20, 0.5, sd=-1), "above 0"),
            (lambda: smd_adjusted(1, 2, 2, 0.5, sd=1), "do not allow"),
            (lambda: smd_adjusted(1, 20, 20, 0.5, sd=1, covariates=0), "at least one covariate"),
            (lambda: smd_from_ancova_t(math.nan, 20, 20, 0.5), "t must be a number"),
        ],
    )
    def test_impossible_ones_are_refused(self, call: Callable[[], Any], said: str) -> None:
        with pytest.raises(EffectError, match=said):
            call()


class TestPoints:
    @settings(deadline=None)
    @given(smd=st.floats(-3, 3), vi=st.floats(1e-4, 2), sd=sds)
    def test_points_and_back(self, smd: float, vi: float, sd: float) -> None:
        effect = Effect(measure="SMD", yi=smd, vi=vi)
        points = smd_to_points(effect, sd, "0-10 scale")
        back = points_to_smd(points, sd, "0-10 scale")
        assert back.yi == pytest.approx(smd, rel=1e-12, abs=1e-300)
        assert back.vi == pytest.approx(vi, rel=1e-12)
        assert points.measure == "MD"
        assert points.yi / points.se == pytest.approx(smd / math.sqrt(vi), rel=1e-9)

    def test_another_length_of_scale(self) -> None:
        effect = rescaled(Effect(measure="MD", yi=-12, vi=16), 100, 10)
        assert (effect.yi, effect.se) == (pytest.approx(-1.2), pytest.approx(0.4))
        assert position_on_scale(3, 1, 5, to_low=0, to_high=100) == pytest.approx(50)
        assert position_on_scale(1, 1, 5, to_low=100, to_high=0) == pytest.approx(100)

    def test_percent_of_the_comparator(self) -> None:
        assert percent_of_comparator(Effect(measure="MD", yi=-1.2, vi=1), 6) == pytest.approx(-20)

    def test_the_scale_must_be_named_and_the_measure_fit(self) -> None:
        with pytest.raises(EffectError, match="which scale"):
            smd_to_points(Effect(measure="SMD", yi=1, vi=1), 2, "  ")
        with pytest.raises(EffectError, match="a MD is needed"):
            rescaled(Effect(measure="SMD", yi=1, vi=1), 100, 10)


class TestOdds:
    @settings(deadline=None)
    @given(yi=st.floats(-4, 4), vi=st.floats(1e-3, 4), way=st.sampled_from(["logistic", "cox"]))
    def test_odds_ratios_and_back(self, yi: float, vi: float, way: Any) -> None:
        back = smd_to_or(or_to_smd(Effect(measure="OR", yi=yi, vi=vi), way=way), way=way)
        assert back.yi == pytest.approx(yi, rel=1e-12, abs=1e-300)
        assert back.vi == pytest.approx(vi, rel=1e-12)

    def test_responders_are_metafors_conversions_of_counts(self) -> None:
        columns = {"ai": [12], "n1i": [30], "ci": [5], "n2i": [28]}
        for way, measure in (("logistic", "OR2DL"), ("cox", "OR2DN"), ("probit", "PBIT")):
            ours = responders_to_smd(12, 30, 5, 28, way=way)  # type: ignore[arg-type]
            theirs = escalc(measure, columns)
            assert ours.yi == pytest.approx(theirs.yi[0], rel=1e-12)
            assert ours.vi == pytest.approx(theirs.vi[0], rel=1e-12)

    def test_a_cut_normal_outcome_gives_its_smd_back(self) -> None:
        # shares above a cut of two normal distributions half an SD apart, in very many people
        n = 10**8
        first, second = round(0.6914624612740131 * n), n // 2
        found = responders_to_smd(first, n, second, n, way="probit")
        assert found.yi == pytest.approx(0.5, abs=1e-6)
        assert responders_from_smd(0.5, 0.5) == pytest.approx(0.6914624612740131, rel=1e-12)

    def test_an_arm_without_responders_takes_a_correction_that_is_told(self) -> None:
        assert responders_to_smd(0, 20, 5, 20).flags
        with pytest.raises(EffectError, match="without a correction"):
            responders_to_smd(0, 20, 5, 20, add=0)
        with pytest.raises(EffectError, match="more responders than people"):
            responders_to_smd(21, 20, 5, 20)

    def test_only_an_odds_ratio_turns_into_an_smd(self) -> None:
        with pytest.raises(EffectError, match="odds ratio is needed"):
            or_to_smd(Effect(measure="RR", yi=1, vi=1))


class TestAbsolute:
    @settings(deadline=None)
    @given(ratio=st.floats(0.05, 20), base=st.floats(0.01, 0.99))
    def test_odds_and_risk_ratios_and_back(self, ratio: float, base: float) -> None:
        assert or_from_rr(rr_from_or(ratio, base), base) == pytest.approx(ratio, rel=1e-7)

    @settings(deadline=None)
    @given(ratio=st.floats(0.05, 20), base=st.floats(0.01, 0.99))
    def test_the_number_needed_is_the_same_for_harm_and_its_absence(self, ratio: float, base: float) -> None:
        one, other = number_needed("OR", ratio, base), number_needed("OR", 1 / ratio, 1 - base)
        assert one.number == pytest.approx(other.number, rel=1e-6) or one.number > 1e9
        if one.number < 1e9:
            assert one.more_events != other.more_events

    def test_no_difference_needs_everybody(self) -> None:
        needed = number_needed("RR", 1, 0.3)
        assert math.isinf(needed.number)
        assert math.isinf(needed.whole)

    @pytest.mark.parametrize(
        ("measure", "value", "base", "said"),
        [
            ("OR", -1, 0.3, "above 0"),
            ("RD", 0.8, 0.3, "gives a risk of 1"),
            ("RR", 0.5, 30, "0.25 for 25 percent"),
            ("HR", 0.5, 0.3, "known are OR, RR, RD"),
        ],
    )
    def test_impossible_ones_are_refused(self, measure: Any, value: float, base: float, said: str) -> None:
        with pytest.raises(EffectError, match=said):
            risk_with(measure, value, base)


class TestHazards:
    def test_a_log_rank_test(self) -> None:
        effect = hazard_ratio_from_log_rank(-6.2, 15.5)
        assert (effect.yi, effect.vi) == (pytest.approx(-0.4), pytest.approx(1 / 15.5))

    def test_p_and_events(self) -> None:
        # Tierney et al. 2007: p = 0.075 has z = 1.78
        effect = hazard_ratio_from_p(0.075, 30, 34, sign=-1)
        v = 30 * 34 / 64
        assert log_rank_variance(30, 34) == pytest.approx(v)
        assert effect.yi * math.sqrt(v) == pytest.approx(-1.78, abs=5e-3)
        assert effect.vi == pytest.approx(1 / v)

    def test_arms_of_unequal_size(self) -> None:
        assert log_rank_variance(20, 10, n1=200, n2=100) == pytest.approx(30 * 2 / 9)

    def test_a_printed_hazard_ratio(self) -> None:
        effect = estimate_as_printed("HR", 0.7, low=0.5, high=0.98)
        assert effect.measure == "HR"
        assert effect.yi == pytest.approx(math.log(0.7))

    def test_impossible_ones_are_refused(self) -> None:
        for call in (
            lambda: hazard_ratio_from_log_rank(1, 0),
            lambda: hazard_ratio_from_p(1.2, 10, 10, sign=1),
            lambda: hazard_ratio_from_p(0.2, 10, 10, sign=0),
            lambda: log_rank_variance(0, 0),
            lambda: log_rank_variance(5, 5, n1=20),
        ):
            with pytest.raises(EffectError):
                call()


class TestCrossover:
    def test_the_variance_from_t_by_hand(self) -> None:
        effect = crossover_smd(7, 2, 6, 2, 12, 0.8, vtype="Kitchenham")
        assert effect.vi == pytest.approx(2 * 0.2 / 12 + 0.25 / 20, rel=1e-12)

    def test_the_handbooks_variance_is_too_small_for_large_effects_and_correlations(self) -> None:
        # 10.1002/sim.8669; in simulated trials of two equal sequences without a period effect
        rng = np.random.default_rng(5)
        n, r, delta, runs = 40, 0.9, 1.5, 4000
        between = rng.normal(size=(runs, n)) * math.sqrt(r)
        first = between + rng.normal(size=(runs, n)) * math.sqrt(1 - r) + delta
        second = between + rng.normal(size=(runs, n)) * math.sqrt(1 - r)
        d = (first.mean(1) - second.mean(1)) / np.sqrt((first.var(1, ddof=1) + second.var(1, ddof=1)) / 2)
        variances = {v: crossover_smd(delta, 1, 0, 1, n, r, vtype=v).vi for v in ("Handbook", "Kitchenham", "SMCRP")}
        assert variances["Handbook"] < 0.5 * d.var()
        # the standardiser rests on both periods of the same people, as SMCRP has it; the one from t is on the safe side
        assert variances["SMCRP"] == pytest.approx(d.var(), rel=0.1)
        assert variances["SMCRP"] < variances["Kitchenham"] < 1.3 * d.var()

    def test_the_first_period_is_a_parallel_trial(self) -> None:
        effect = first_period("SMD", 4, 2, 20, 5, 2.5, 22)
        row = {"m1i": [4], "sd1i": [2], "n1i": [20], "m2i": [5], "sd2i": [2.5], "n2i": [22]}
        assert effect.yi == escalc("SMD", row).yi[0]
        with pytest.raises(EffectError, match="MD or SMD"):
            first_period("OR", 4, 2, 20, 5, 2.5, 22)  # type: ignore[arg-type]
        with pytest.raises(EffectError, match="each mean must be a number"):
            first_period("MD", math.nan, 2, 20, 5, 2.5, 22)

    @settings(deadline=None)
    @given(
        sd1=sds, sd2=sds, n=st.integers(3, 300), r=st.floats(-0.95, 0.95), vtype=st.sampled_from(["Handbook", "SMCRP"])
    )
    def test_swapping_the_periods_turns_the_sign(self, sd1: float, sd2: float, n: int, r: float, vtype: str) -> None:
        one, other = crossover_smd(5, sd1, 3, sd2, n, r, vtype=vtype), crossover_smd(3, sd2, 5, sd1, n, r, vtype=vtype)
        assert (one.yi, one.vi) == (pytest.approx(-other.yi, rel=1e-12), pytest.approx(other.vi, rel=1e-12))
        parallel = escalc("MD", {"m1i": [5], "sd1i": [sd1], "n1i": [n], "m2i": [3], "sd2i": [sd2], "n2i": [n]})
        assert crossover_md(5, sd1, 3, sd2, n, 0).vi == pytest.approx(parallel.vi[0], rel=1e-12)


class TestRows:
    def test_columns_of_numbers(self) -> None:
        found = by_row(sd_from_se, {"se": [1.0, math.nan, 0.5], "n": [16, 4, 4]})
        np.testing.assert_array_equal(found["value"], [4, np.nan, 1])

    def test_one_number_serves_all_rows_and_results_have_their_names(self) -> None:
        found = by_row(hazard_ratio_from_log_rank, {"observed_minus_expected": [1.0, -2.0], "variance": 4.0})
        np.testing.assert_array_equal(found["yi"], [0.25, -0.5])
        np.testing.assert_array_equal(found["vi"], [0.25, 0.25])

    def test_refused_rows_are_named_together(self) -> None:
        with pytest.raises(
            EffectError, match="rows 1, 3: the standard error must be above 0; row 2: the number"
        ) as caught:
            by_row(sd_from_se, {"se": [0.0, 1.0, -1.0], "n": [4, 0, 4]})
        assert caught.value.rows == (0, 1, 2)

    def test_what_is_no_column_is_refused(self) -> None:
        with pytest.raises(EffectError, match="no columns"):
            by_row(sd_from_se, {})
        with pytest.raises(EffectError, match="one-dimensional"):
            by_row(sd_from_se, {"se": [[1.0]], "n": [[4]]})
        with pytest.raises(EffectError, match="numbers only"):
            by_row(sd_from_se, {"se": ["a"], "n": [4]})
        with pytest.raises(EffectError, match="differ in length"):
            by_row(sd_from_se, {"se": [1.0, 2.0], "n": [4, 5, 6]})


def test_f_with_one_degree_of_freedom_is_t_squared() -> None:
    one, other = smd_from_f(4.84, 20, 22, sign=-1), smd_from_t(-2.2, 20, 22)
    assert (one.yi, one.vi) == (pytest.approx(other.yi, rel=1e-12), pytest.approx(other.vi, rel=1e-12))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: sd_from_ci(3, 1, 20), "not below"),
        (lambda: sd_from_ci(1, 3, 1), "at least 2"),
        (lambda: sd_from_se(1, 1), "at least 2"),
        (lambda: hedges_from_d(0.5, 20, 20, vtype="x"), "known are LS, LS2"),
        (lambda: sd_from_ci(1, 3, 20, level=0.95), "percent"),
        (lambda: sd_from_ci(1, 3, 20, quantile="f"), "known are auto, z, t"),  # type: ignore[arg-type]
        (lambda: se_from_ci(1, 3, df=0), "df must be above 0"),
        (lambda: se_from_ci(math.nan, 3), "the lower end must be a number"),
        (lambda: se_from_t(0, 2), "of 0 gives no standard error"),
        (lambda: se_from_t(1, 0), "of 0 gives no standard error"),
        (lambda: se_from_f(1, -4), "F must be above 0"),
        (lambda: se_from_p(1, 1), "p must lie between"),
        (lambda: se_from_p(0, 0.5), "no difference"),
        (lambda: sd_from_difference(-1, 20, 20), "above 0"),
        (lambda: sd_from_difference(1, 0, 20), "n1 must be at least 1"),
        (lambda: sd_of_change(1, 2, 1.5), "between -1 and 1"),
        (lambda: sd_of_change(2, 2, 1), "no variance"),
        (lambda: sd_of_change_from_t(1, 2, 1), "at least 2"),
        (lambda: sd_from_cv(0, 20), "above 0"),
        (lambda: correlation_from_sd(1, 1, math.nan), "above 0"),
        (lambda: typical_correlation([], []), "at least one"),
        (lambda: typical_correlation([1.0], [20]), "check it"),
        (lambda: typical_correlation([0.5], [3]), "at least 4"),
        (lambda: two_by_two(-1, 50, 20, 10), "above 0"),
        (lambda: two_by_two(2, 50, 50, 10), "fewer than all"),
        (lambda: two_by_two(2, 50, 20.5, 10), "whole numbers"),
        (lambda: smd_from_f(-1, 20, 20, sign=1), "F must not be negative"),
        (lambda: smd_from_f(4, 20, 20, sign=0), "-1 or 1"),
        (lambda: crossover_smd(7, 2, 6, 2, 2, 0.8, vtype="Kitchenham"), "at least 3"),
        (lambda: crossover_smd(7, 2, 6, 2, 9, 0.8, vtype="x"), "known are Handbook, Kitchenham, SMCRP"),
        (lambda: estimate_as_printed("MD", 1, statistic=0), "gives no standard error"),
    ],
)
def test_impossible_numbers_are_refused(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(EffectError, match=said):
        call()


def test_a_test_statistic_of_the_other_sign_is_flagged() -> None:
    assert estimate_as_printed("MD", 1.5, statistic=-2.0).flags
    assert not estimate_as_printed("MD", -1.5, statistic=-2.0).flags


# arguments that choose a way; the others are numbers
CHOICES = {
    "correction",
    "vtype",
    "way",
    "quantile",
    "method",
    "dist",
    "se_scale",
    "decimals",
    "covariates",
    "add",
    "scale",
}
FUNCTIONS = (
    *(sd_from_se, sd_from_ci, sd_from_ci_half_width, sd_from_cv, se_from_ci, se_from_t, se_from_f, se_from_p),
    *(sd_from_difference, sd_of_change, correlation_from_sd, sd_of_change_from_t, sd_of_change_from_p, two_by_two),
    *(events_from_percent, raw_sd, smd_adjusted, smd_from_ancova_t, hazard_ratio_from_log_rank, log_rank_variance),
    *(hazard_ratio_from_p, crossover_md, crossover_smd, first_period, mean_sd_from_median, mean_sd_skewed),
    *(responders_to_smd, responders_from_smd, or_from_rr, rr_from_or, risk_with, hedges_from_d, smd_from_t, smd_from_p),
    *(smd_from_f, estimate_as_printed, position_on_scale, design_effect, effective_n, inflated_se),
)
ODD = (0, 1, 2, -1, 0.5, 5, 30, 95, 100, 1e-12, 1e12, 1e308, 1e-308, math.nan, math.inf, -math.inf)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_any_numbers_give_a_finite_result_or_a_refusal(function: Callable[..., Any]) -> None:
    chance = random.Random(function.__name__)
    for _ in range(400):
        numbers: dict[str, Any] = {}
        for parameter in inspect.signature(function).parameters.values():
            if parameter.name in CHOICES or (
                parameter.default is not inspect.Parameter.empty and chance.random() < 0.4
            ):
                continue
            if parameter.name == "measure":
                numbers["measure"] = chance.choice(["MD", "SMD", "OR", "RR", "RD"])
            elif parameter.name == "sign":
                numbers["sign"] = chance.choice([-1, 1])
            else:
                numbers[parameter.name] = chance.choice(ODD) if chance.random() < 0.5 else chance.uniform(0, 20)
        try:
            result = function(**numbers)
        except EffectError:
            continue
        values = [result] if isinstance(result, float) else [getattr(result, f.name) for f in fields(result)]
        assert all(math.isfinite(value) for value in values if isinstance(value, int | float)), (numbers, result)
