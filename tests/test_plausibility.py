"""Each rule of plausibility by itself: what it finds, what it leaves alone, and that planted slips are found."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.plausibility_rows import FORMS, codes, found
from workbench.forms import NOT_REPORTED, check_answers
from workbench.plausibility import (
    Dose,
    Finding,
    Group,
    Percent,
    PrintedEstimate,
    PrintedTest,
    Sample,
    Usual,
    arms_do_not_add_up,
    change_is_not_final_minus_baseline,
    change_sd_impossible,
    comparator_looks_divided,
    df_do_not_fit,
    difference_is_not_of_means,
    dose_findings,
    estimate_findings,
    favours_comparator,
    grows,
    hardly_a_standard_error,
    implied_correlation,
    interval_contradicts_means,
    largest_sd,
    looks_like_se,
    many_lost,
    may_overlap,
    mean_off_grid,
    named_tests,
    p_contradicts_counts,
    p_contradicts_means,
    percents_in,
    ratio_contradicts_counts,
    read_p,
    same_in_all_cells,
    sd_impossible_for_scale,
)
from workbench.plausibility.p_values import fisher, p_of_counts, p_of_means, p_paired
from workbench.plausibility.rounding import Range


def said(finding: Finding | None) -> str:
    return finding.message if finding is not None else ""


# --- p values --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "low", "high"),
    [
        (0.03, 0.025, 0.035),
        ("0.030", 0.0295, 0.0305),
        (".03", 0.025, 0.035),
        ("0,03", 0.025, 0.035),
        ("p = 0.2", 0.15, 0.25),
        ("<0.001", 0, 0.001),
        ("P < .05", 0, 0.05),
        ("> 0.05", 0.05, 1),
        ("n.s.", 0.05, 1),
        ("not significant", 0.05, 1),
        (0.001, 0, 0.0015),  # often typed for a bound
        ("0.000", 0, 0.0005),
        (0, 0, 0.005),
        (1, 0.95, 1),
    ],
)
def test_a_printed_p_is_read_with_what_rounding_leaves_open(printed, low, high):
    assert read_p(printed) == pytest.approx((low, high), abs=1e-8)


@pytest.mark.parametrize("printed", ["", "see text", "2", -0.1, True, None, NOT_REPORTED, "p50.001", float("nan")])
def test_what_is_no_p_is_not_read_as_one(printed):
    assert read_p(printed) is None


def test_p_values_agree_with_known_tests():
    # Fisher's tea: 3 of 4 and 1 of 4
    assert fisher(3, 1, 1, 3) == pytest.approx(0.4857, abs=1e-4)
    # Amin's 9 of 13 and 4 of 16: chi-square .017, Fisher .027 (as the shared data say)
    possible = p_of_counts(9, 13, 4, 16)
    assert possible.low == pytest.approx(0.017, abs=5e-4)
    assert possible.high >= 0.027
    # 10 people an arm, means 1 SD apart: Student's t(18) = 2.236
    alike = Group(n=10, mean=1.0, sd=1.0), Group(n=10, mean=0.0, sd=1.0)
    assert p_of_means(*alike).middle == pytest.approx(0.0382, abs=1e-4)


def test_the_range_of_a_paired_p_is_that_of_its_correlations():
    exact = [Range(value, value) for value in (26.8, 11.06, 37.0, 15.0)]
    # t(35) = 10.2 / ((11.06 + 15) / 6) at a correlation of -1
    assert p_paired(*exact, 36).high == pytest.approx(0.0246, abs=1e-4)


def test_a_p_that_only_standard_errors_give_says_so():
    a, b = Group(n=20, mean=4.3, sd=0.45), Group(n=20, mean=5.1, sd=0.47)
    assert "It fits if the spreads are standard errors" in said(p_contradicts_means(a, b, "0.23"))
    assert p_contradicts_means(a, b, "<0.001") is None
    assert "a test on ranks" in said(p_contradicts_means(a, b, "0.01"))


def test_a_p_of_counts_may_come_from_any_usual_test():
    for p in ("0.017", "0.027", "0.04"):
        assert p_contradicts_counts(9, 13, 4, 16, p) is None
    assert p_contradicts_counts(9, 13, 4, 16, "0.2") is not None
    assert p_contradicts_counts(9, 13, 4.5, 16, "0.9") is None  # no counts


def test_a_ratio_may_be_petos_or_the_other_way_round():
    assert ratio_contradicts_counts("OR", 6.75, 9, 13, 4, 16) is None
    assert ratio_contradicts_counts("OR", 0.148, 9, 13, 4, 16) is None
    assert ratio_contradicts_counts("OR", 5.62, 9, 13, 4, 16) is None  # Peto
    assert ratio_contradicts_counts("RR", 2.77, 9, 13, 4, 16) is None
    assert ratio_contradicts_counts("RD", 44.2, 9, 13, 4, 16) is None
    assert "6.75" in said(ratio_contradicts_counts("OR", 3.2, 9, 13, 4, 16))


# --- intervals -------------------------------------------------------------------------------------------------------


def estimate_codes(**printed: Any) -> list[str]:
    return [finding.code for finding in estimate_findings(PrintedEstimate(**printed))]


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        # printed by published reviews; ../shared/data/rtms_pain_trials/published_pooled_results.csv names those amiss
        ({"estimate": -1.01, "low": -2.39, "high": -1.48}, ["estimate_outside_interval"]),
        ({"estimate": -1.41, "low": -2.44, "high": -0.59}, ["interval_not_centred"]),
        ({"estimate": -1.2, "low": -1.7, "high": -0.8}, []),  # lopsided by no more than rounding
        ({"estimate": -0.607, "low": -1.29, "high": 0.075}, []),
        ({"estimate": 2.93, "low": 0.71, "high": 12.15, "ratio": True}, []),
        ({"estimate": 3.04, "low": 1.26, "high": 8.06, "ratio": True}, []),
        ({"estimate": 2.93, "low": 0.71, "high": 5.15, "ratio": True}, ["interval_not_centred"]),
        ({"estimate": 2.93, "low": -0.34, "high": 2.5, "ratio": True}, ["ratio_not_positive"]),
        ({"estimate": -1.0, "low": 1.0, "high": -3.0}, ["interval_reversed"]),
        ({"estimate": 19.0, "low": -25.0, "high": -14.0}, ["interval_lost_its_sign"]),
        ({"estimate": -1.2, "low": -2.0, "high": -0.4, "se": 0.41}, []),
        ({"estimate": -1.2, "low": -2.0, "high": -0.4, "se": 0.8}, ["se_contradicts_interval"]),
        ({"estimate": -1.2, "low": -2.0, "high": -0.4, "p": 0.3}, ["p_contradicts_interval"]),
        ({"estimate": -1.2, "low": -2.0, "high": -0.4, "p": "0.003"}, []),
        ({"estimate": -1.0, "low": -2.0, "high": 0.0, "p": 0.05}, []),  # on the edge
        ({"estimate": -1.2, "low": -2.0, "high": -0.4, "level": 65}, ["unusual_level"]),
        ({"estimate": -1.2, "low": -2.0, "high": -0.4, "level": 90}, []),
        ({"level": 83}, ["unusual_level"]),
        ({"estimate": math.nan, "low": 0, "high": 1}, []),
        ({}, []),
    ],
)
def test_an_estimate_and_what_stands_beside_it(printed, expected):
    assert estimate_codes(**printed) == expected


def test_an_interval_of_the_difference_tells_what_the_spreads_are():
    # two arms of 30 with SDs of 2: half width 1.03; typed as SEs (0.37) it is seen
    sd = Group(n=30, mean=4.0, sd=2.0), Group(n=30, mean=5.0, sd=2.0)
    assert interval_contradicts_means(-2.03, 0.03, *sd) is None
    typo = Group(n=30, mean=4.0, sd=0.365), Group(n=30, mean=5.0, sd=0.365)
    assert "It fits if the spreads are standard errors" in said(interval_contradicts_means(-2.03, 0.03, *typo))
    # adjusted for a baseline that correlates by 0.7, the interval is 0.71 as wide: no finding
    assert interval_contradicts_means(-1.74, -0.26, *sd) is None
    assert "narrower" in said(interval_contradicts_means(-1.2, -0.8, *sd))


def test_a_difference_is_one_of_the_means_either_way_round():
    # Malavera prints 30.44 for -53.38 and -22.93, sham minus active
    turned = difference_is_not_of_means(30.44, -53.38, -22.93)
    assert (turned.code, turned.level) == ("difference_turned", "info")  # type: ignore[union-attr]
    assert difference_is_not_of_means(-30.45, -53.38, -22.93) is None
    assert "30.45 apart" in said(difference_is_not_of_means(34.4, -22.93, -53.38))


# --- spreads and scales ----------------------------------------------------------------------------------------------


def test_a_small_spread_is_called_what_fits_better():
    usual = [Usual(sd=2.0, words="usual is {:.2g}")]
    assert looks_like_se(0.45, 20, usual).code == "spread_looks_like_se"  # type: ignore[union-attr]
    assert looks_like_se(0.3, 180, usual).code == "spread_looks_like_half_width"  # type: ignore[union-attr]
    assert looks_like_se(0.7, 20, usual) is None
    assert looks_like_se(0.45, 20, []) is None


def test_a_standard_error_that_is_far_too_large_may_be_an_sd():
    usual = [Usual(sd=2.0, words="before treatment the arm's SD is {:.2g}")]
    assert "±" in said(hardly_a_standard_error(1.8, 8.05, "a standard error", usual))
    assert hardly_a_standard_error(0.4, 1.8, "a standard error", usual) is None
    answers = {"n_active": 20, "mean_active": 4, "spread_active": 1.8, "baseline_sd_active": 2.0, "spread_kind": "SE"}
    assert "spread_hardly_se" in codes({**answers, "statistic": "final value"})


def test_the_largest_sd_is_that_of_people_at_the_two_ends():
    values = np.array([0, 0, 10, 10])
    assert largest_sd(Range(5, 5), 4, 0, 10) == pytest.approx(np.std(values, ddof=1))
    one = np.array([0, 0, 0, 12])
    assert largest_sd(Range(3, 3), 4, 0, None) == pytest.approx(np.std(one, ddof=1))
    assert largest_sd(Range(11, 12), 4, 0, 10) is None


@given(values=st.lists(st.integers(0, 10), min_size=3, max_size=40))
def test_no_sample_on_a_scale_has_an_impossible_sd(values):
    sd = float(np.std(values, ddof=1))
    if sd > 0:
        group = Group(n=len(values), mean=round(float(np.mean(values)), 2), sd=round(sd, 2) or 0.01)
        assert sd_impossible_for_scale(group, 0, 10) is None


def test_one_sd_in_every_cell_is_seen():
    cells = {"a": 1.23, "b": 1.23, "c": 1.23}
    assert same_in_all_cells(cells) is not None
    assert same_in_all_cells({"a": 1, "b": 1, "c": 1}) is None  # too coarse to say
    assert same_in_all_cells({"a": 1, "b": 1, "c": 1, "d": 1}) is not None
    assert same_in_all_cells({**cells, "d": 1.24}) is None


def test_the_published_example_of_grim_is_reproduced():
    # Brown and Heathers 2017: a mean of 5.19 of 28 people; 145 and 146 of 28 are 5.18 and 5.21
    assert "5.1786 and 5.2143" in said(mean_off_grid(5.19, 28))
    assert mean_off_grid(5.18, 28) is None
    assert mean_off_grid(5.21, 28) is None
    assert mean_off_grid(5.19, 28, items=10) is None
    assert mean_off_grid(5.19, 280) is None  # the grid is finer than the rounding
    answers = {"scale_step": 1, "mean_active": 5.19, "n_active": 28}
    assert codes(answers) == {"mean_off_grid"}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("19 subjects (70.3%) vs 11 (40.7%)", [70.3, 40.7]),
        ("50 randomised to each arm; 78.7 vs 33.3%", [78.7, 33.3]),
        ("40.4% vs 18.4%; OR 3.04 (95% CrI 1.26-8.06)", [40.4, 18.4]),
        ("responders (>50% relief): 45 % and 20 %, at 80% RMT", [45, 20]),
        ("31 (79.4%) and 24 (64.8%)", [79.4, 64.8]),
        ("pain fell by 35%", []),
        ("no percentages, n = 20", []),
    ],
)
def test_percentages_of_people_are_found_in_a_sentence(text, values):
    assert [percent.value for percent in percents_in(text)] == values


def test_a_percentage_may_be_cut_off_instead_of_rounded():
    # 19 of 27 are 70.37 %: 70.4 rounded, 70.3 cut off
    assert Percent(70.3, 1).around.holds(100 * 19 / 27)
    assert not Percent(70.2, 1).around.holds(100 * 19 / 27)


# --- changes, people, dose -------------------------------------------------------------------------------------------


def test_an_sd_of_the_change_must_leave_a_correlation():
    assert implied_correlation(2.0, 2.0, 2.0).holds(0.5)
    assert change_sd_impossible(2.0, 2.0, 3.9) is None
    assert "between 0 and 4" in said(change_sd_impossible(2.02, 2.02, 4.4)).replace("0 and 4.04", "0 and 4")
    assert change_sd_impossible(3.11, 1.21, 0.42) is not None
    assert change_is_not_final_minus_baseline(2.1, 6.5, 4.4, 2.0) is None  # a decrease without its sign
    assert change_is_not_final_minus_baseline(-1.2, 6.5, 4.4, 2.0) is not None


def test_people_neither_grow_nor_exceed_the_trial():
    assert grows([("week 1", 20), ("week 4", 18), ("week 8", 18)]) is None
    assert "more than the 18 at week 4" in said(grows([("week 4", 18), ("week 8", 20)]))
    assert arms_do_not_add_up({"a": 20, "b": 20}, 40) is None
    assert "a crossover trial" in said(arms_do_not_add_up({"a": 20, "b": 20}, 20))
    assert many_lost(14, 26) is not None
    assert many_lost(24, 26) is None


@pytest.mark.parametrize(
    ("comparator", "active", "said_to_be", "doubted"),
    [
        (10, 20, "", True),
        (15, 31, "whole", True),
        (15, 31, "already divided", False),
        (18, 20, "", False),
        (15.5, 31, "", True),
    ],
)
def test_a_comparator_of_half_the_size_looks_divided(comparator, active, said_to_be, doubted):
    assert (comparator_looks_divided(comparator, [active, active], said=said_to_be) is not None) == doubted


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ("F(3,3) = 0.4", PrintedTest("F", 3, 3)),
        ("F[1, 36]=4.2", PrintedTest("F", 1, 36)),
        ("t(28) = 2.1", PrintedTest("t", 1, 28)),
        ("treatment x time t[134] = -2.18", PrintedTest("t", 1, 134)),
    ],
)
def test_tests_are_read_from_a_sentence(text, test):
    assert named_tests(text) == (test,)


def test_degrees_of_freedom_leave_room_for_welch_and_missing_people():
    assert df_do_not_fit(PrintedTest("t", 1, 38), 40) is None
    assert df_do_not_fit(PrintedTest("t", 1, 19.4), 40) is None  # Welch, arms alike
    assert df_do_not_fit(PrintedTest("t", 1, 5), 40) is not None
    assert df_do_not_fit(PrintedTest("t", 1, 5), 40, smallest_arm=6) is None  # Welch, 6 and 34
    assert df_do_not_fit(PrintedTest("F", 2, 57), 60) is None
    assert "a mixed model" in said(df_do_not_fit(PrintedTest("t", 1, 134), 17))


@pytest.mark.parametrize(
    ("dose", "expected"),
    [
        (Dose(hertz=10, train_seconds=10, trains=20, pulses=2000), []),
        (Dose(hertz=10, train_seconds=3.5, trains=29, pulses=1000), []),  # 3.45 s, printed rounded
        (Dose(hertz=10, train_seconds=8, trains=25, pulses=200), ["pulses_do_not_multiply"]),
        (Dose(pattern="iTBS", train_seconds=2, trains=20, pulses=600), []),
        (Dose(pattern="iTBS", train_seconds=2, trains=30, pulses=600), ["pulses_do_not_multiply"]),
        (Dose(pattern="iTBS", pulses=1200), ["theta_burst_pulses"]),
        (Dose(pulses=1500, sessions=14, total_pulses=1500), ["total_pulses_do_not_multiply"]),
        # 75 trains of 4 s, 26 s apart, take 37 minutes; from start to start or from end to start
        (Dose(trains=75, train_seconds=4, pause_seconds=26, minutes=37), []),
        (Dose(trains=75, train_seconds=4, pause_seconds=30, minutes=37), []),
        (Dose(trains=75, train_seconds=4, pause_seconds=26, minutes=20), ["minutes_do_not_add_up"]),
        (Dose(trains=75, train_seconds=4, pause_seconds=260), ["session_too_long"]),
        (Dose(trains=40, train_seconds=5), []),
        (Dose(sessions=10, sessions_a_week=5, weeks=4), ["sessions_do_not_multiply"]),
        (Dose(intensity=45), ["intensity_unusual"]),
        (Dose(intensity=45, of_threshold=False), []),
    ],
)
def test_the_dose_adds_up_or_is_questioned(dose, expected):
    assert [finding.code for finding in dose_findings(dose)] == expected


def test_signs_of_one_sample_under_two_names():
    one = Sample(label="A 2019", registrations=frozenset({"NCT01234567"}))
    assert may_overlap(one, Sample(label="B 2020", registrations=one.registrations)).level == "warning"  # type: ignore[union-attr]
    baseline = ((6.3, 1.7), (6.8, 1.6))
    alike = may_overlap(Sample(label="A", baseline=baseline), Sample(label="B", baseline=baseline[::-1]))
    assert "same means and SDs before treatment" in said(alike)
    many = {"arms": (20.0, 20.0), "condition": "stroke pain", "year": 2019, "stimulation": ("M1", "10")}
    assert may_overlap(Sample(label="A", **many), Sample(label="B", **many)) is not None  # type: ignore[arg-type]
    other = {**many, "stimulation": ("M1", "5")}
    assert may_overlap(Sample(label="A", **many), Sample(label="B", **other)) is None  # type: ignore[arg-type]


def test_a_result_for_the_comparator_is_an_info_and_only_where_it_is_clear():
    worse, better = Group(n=20, mean=6.0, sd=1.0), Group(n=20, mean=4.0, sd=1.0)
    assert favours_comparator(worse, better, "lower is better").level == "info"  # type: ignore[union-attr]
    assert favours_comparator(worse, better, "higher is better") is None
    assert favours_comparator(worse, Group(n=20, mean=5.8, sd=1.0), "lower is better") is None
    assert favours_comparator(worse, better, "") is None


# --- answers ---------------------------------------------------------------------------------------------------------

ROWS = [
    {"_row": "r1", "arm": "10 Hz", "role": "active", "n": 20, "mean": 4.1, "spread": 0.3, "baseline_sd": 1.7},
    {"_row": "r2", "arm": "sham", "role": "comparator", "n": 20, "mean": 14.0, "spread": 1.6, "baseline_sd": 1.8},
]


def test_a_table_of_arms_is_checked_cell_by_cell():
    answers = {
        "arms_results": ROWS,
        "spread_kind": "SD",
        "statistic": "final value",
        "scale_low": 0,
        "scale_high": 10,
        "n_randomised": 30,
    }
    problems = {(item.field, item.level) for item in check_answers(FORMS["arm_means"], answers)}
    assert ("arms_results[r1].spread", "warning") in problems
    assert ("arms_results[r2].mean", "warning") in problems
    assert ("arms_results[r1].n", "error") in problems  # 40 of 30


def test_a_trials_own_form_is_checked():
    answers = {
        "design": "parallel",
        "n_randomised": 50,
        "n_women": 51,
        "arms": [
            {"_row": "a", "label": "10 Hz", "role": "active", "randomised": 20, "analysed": 21},
            {"_row": "b", "label": "sham", "role": "sham", "randomised": 20},
        ],
        "stimulation": [{"_row": "a", "stim_frequency_hz": 5, "stim_trains": 500, "stim_train_seconds": 10}],
        "safety": [{"_row": "a", "exposed": 20, "headache": 31}],
    }
    answers["stimulation"][0]["stim_pulses_session"] = 500  # type: ignore[index]
    at = {
        item.field: item.message
        for item in check_answers(FORMS["trial"], answers)
        if item.level in ("warning", "error")
    }
    assert "21 analysed are more than the 20 randomised" in at["arms[a].analysed"]
    assert "20 + 20 = 40 people, but 50" in " ".join(item.message for item in check_answers(FORMS["trial"], answers))
    assert "51 women" in at["n_women"]
    assert "10 trains" in at["stimulation[a].stim_pulses_session"]
    assert "are events counted" in at["safety[a].headache"]


def test_bursts_of_another_number_of_pulses_are_counted_so():
    theta = {"stim_pattern": "cTBS", "stim_train_seconds": 40, "stim_trains": 1, "stim_pulses_session": 600}
    usual = [
        item
        for item in check_answers(FORMS["trial"], {"stimulation": [{"_row": "a", **theta}]})
        if "bursts of" in item.message
    ]
    assert usual == []
    four = {"stimulation": [{"_row": "a", **theta, "stim_burst_pulses": 4}]}
    [said] = [item.message for item in check_answers(FORMS["trial"], four) if "bursts of" in item.message]
    assert "bursts of 4 pulses" in said


def test_guesses_serious_events_years_and_conditions_of_a_trial_must_fit_together():
    answers = {
        "design": "parallel",
        "year_begun": 2015,
        "year_ended": 2012,
        "conditions": ["fibromyalgia"],
        "main_condition": "CRPS",
        "arms": [
            {"_row": "a", "label": "10 Hz", "role": "active", "randomised": 20},
            {"_row": "b", "label": "sham", "role": "sham", "randomised": 20},
        ],
        "guesses": [{"_row": "a", "guessed_active": 15, "guessed_sham": 4, "guessed_unknown": 2}],
        "safety": [{"_row": "a", "exposed": 20, "any_event": 3, "serious_event": 4, "headache": 3}],
        "blinding_assessed": "yes",
    }
    said = {item.field: (item.level, item.message) for item in check_answers(FORMS["trial"], answers)}
    assert said["year_ended"][0] == "error"
    assert "(2012) before it begins (2015)" in said["year_ended"][1]
    assert said["main_condition"][0] == "error"
    assert "21 guesses are more than the 20 randomised" in said["guesses[a].guessed_active"][1]
    assert "more than the 3 with any" in said["safety[a].serious_event"][1]
    assert "safety[a].headache" not in said
    answers |= {"year_ended": 2015, "main_condition": "fibromyalgia"}
    answers["guesses"][0]["guessed_unknown"] = 1  # type: ignore[index]
    answers["safety"][0]["serious_event"] = 3  # type: ignore[index]
    said = {item.field: (item.level, item.message) for item in check_answers(FORMS["trial"], answers)}
    assert not said.keys() & {"year_ended", "main_condition", "guesses[a].guessed_active", "safety[a].serious_event"}


def test_medians_in_the_wrong_order_are_refused():
    typed = {"centre_kind": "median", "median_active": 4, "q1_active": 5, "q3_active": 6, "statistic": "final value"}
    said_of = [item for item in check_answers(FORMS["parallel_means"], typed) if "must ascend" in item.message]
    assert [(item.field, item.level) for item in said_of] == [("median_active", "error")]


def test_decreases_typed_without_a_sign_are_questioned():
    # Hosomi: decreases of 8.0 and 9.2; as changes with "lower is better" both arms would have got worse
    typed = {"statistic": "change from baseline", "mean_active": 8.0, "mean_comparator": 9.2}
    assert codes({**typed, "direction": "lower is better"}) == {"direction_doubtful"}
    assert codes({**typed, "direction": "higher is better"}) == set()


@pytest.mark.parametrize("size", [1e-300, 1e100, 1e200, 1.7e308, -1e200, 0.0])
def test_numbers_beyond_all_measure_are_checked_without_an_exception(size):
    means = dict.fromkeys(("mean_active", "spread_active", "spread_comparator", "mean_comparator"), size)
    means |= dict.fromkeys(("baseline_mean_active", "baseline_sd_active", "check_difference", "check_low"), size)
    extra = {"check_high": 2 * abs(size) if size < 1e308 else size, "check_p": "0.03", "within_p_active": ">0.05"}
    for n in (0, 1, 2, 3, 10**9):
        for kind in ("SD", "SE", "95% CI half-width"):
            fixed = {"spread_kind": kind, "statistic": "final value", "scale_low": 0, "scale_high": size}
            answers = {**means, **extra, **fixed, "n_active": n, "n_comparator": n, "check_measure": "SMD"}
            check_answers(FORMS["parallel_means"], answers)
            check_answers(FORMS["parallel_means"], {**answers, "check_measure": "MD"})
            estimate = {"estimate": size, "estimate_low": -abs(size), "estimate_high": 2.0, "estimate_p": 0.5}
            for measure in ("SMD", "MD", "OR"):
                check_answers(FORMS["estimate"], {**estimate, "estimate_measure": measure, "n_active": n})
            dose = {"stim_frequency_hz": size, "stim_trains": n, "stim_train_seconds": size, "stim_pulses_session": n}
            check_answers(FORMS["events"], {**dose, "stim_iti_seconds": size, "events_active": n, "n_active": n})


_WORDS = ("SD", "SE", "95% CI half-width", "yes", "final value", "change from baseline", "crossover", "iTBS")
_CELLS = ("_row", "n", "mean", "spread", "arm", "role", "randomised", "stim_trains", "stim_train_seconds")
_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["SD", "SE", "95% CI half-width", "yes", "final value", "change from baseline", "crossover", "iTBS"]
    ),
    st.lists(st.text(max_size=5), max_size=2),
    st.just(NOT_REPORTED),
    st.lists(st.dictionaries(st.sampled_from(_CELLS), st.integers(-5, 99) | st.text(max_size=3)), max_size=3),
)


@settings(max_examples=150)
@given(form=st.sampled_from(sorted(FORMS)), data=st.data())
def test_any_answers_to_any_form_are_checked_without_an_exception(form, data):
    keys = FORMS[form].keys
    answers = data.draw(st.dictionaries(st.sampled_from(keys), _values, max_size=25))
    check_answers(FORMS[form], answers)
    for finding in found(answers):
        assert finding.message
        assert finding.fields  # or no field could show it
        assert finding.level in ("error", "warning", "info")


# --- planted slips ---------------------------------------------------------------------------------------------------


def test_planted_slips_are_found():
    """Trials that raise nothing, then with one slip each; the share found is a floor, not a claim about real trials."""
    random = np.random.default_rng(7)
    hits = dict.fromkeys(("se typed as sd", "a digit lost in p", "sign of the interval", "n doubled"), 0)
    trials = 400
    for _ in range(trials):
        n = int(random.integers(12, 40))
        arms = [random.normal(6 - 1.5 * arm, 2.0, n) for arm in range(2)]
        mean = [round(float(np.mean(arm)), 2) for arm in arms]
        sd = [round(float(np.std(arm, ddof=1)), 2) for arm in arms]
        groups = [Group(n=n, mean=m, sd=s) for m, s in zip(mean, sd, strict=True)]
        p = f"{p_of_means(*groups).middle:.4f}"
        half = 1.97 * math.sqrt((sd[0] ** 2 + sd[1] ** 2) / n)
        difference = mean[0] - mean[1]
        assert p_contradicts_means(*groups, p) is None
        ses = [Group(n=n, mean=m, sd=round(s / math.sqrt(n), 2)) for m, s in zip(mean, sd, strict=True)]
        hits["se typed as sd"] += p_contradicts_means(*ses, p) is not None
        hits["a digit lost in p"] += p_contradicts_means(*groups, f"0.{p.partition('.')[2][1:]}0") is not None
        lost = PrintedEstimate(
            estimate=round(difference, 2), low=round(half - difference, 2), high=round(half + difference, 2)
        )
        hits["sign of the interval"] += bool(list(estimate_findings(lost)))
        doubled = [Group(n=2 * n, mean=m, sd=s) for m, s in zip(mean, sd, strict=True)]
        hits["n doubled"] += p_contradicts_means(*doubled, p) is not None
    shares = {slip: count / trials for slip, count in hits.items()}
    assert shares["se typed as sd"] > 0.8  # the rest have p below 0.001, printed as a bound
    assert shares["n doubled"] > 0.5
    assert shares["sign of the interval"] > 0.9
    assert shares["a digit lost in p"] > 0.3
