"""From extractions to pooled results: pinned to metafor end to end, nothing lost, nobody counted twice."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.shared_data import shared
from tests.trial_answers import Bench, row_range, trial_rows, typed
from workbench.extraction import ResultState
from workbench.forms import NOT_REPORTED
from workbench.pooling import Model
from workbench.review import ANY_TIME
from workbench.synthesis import (
    MODERATORS,
    Analysis,
    AnalysisResult,
    Contrast,
    SynthesisError,
    analyse,
    analyse_many,
    contrasts,
    default_analyses,
    effect_range,
    not_ready,
    result_json,
)
from workbench.synthesis.flags import plain

PHN = {"PHN1": row_range(46, 52), "PHN2": row_range(53, 58), "PHN3": row_range(59, 65), "PHN4": row_range(66, 70)}
CANCER = ["T071", "T072"]
# the references print ten significant digits; metafor ends REML's iteration when tau2 moves by less than 1e-5, and
# Paule-Mandel's root search at 1.2e-4 (for two studies both have one closed form, which ours agrees with to 1e-10)
TOLERANCE = {"EE": 1e-8, "DL": 1e-8, "REML": 2e-6, "PM": 2e-4}


@pytest.fixture(scope="session")
def review_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("synthesis") / "review"


@pytest.fixture
def bench(review_folder) -> Bench:
    return Bench(review_folder)


def pain(window: str = "short", **changes: Any) -> Analysis:
    base = Analysis(indication="neuropathic_pain", outcome="pain_intensity", window=window, measure="SMD")
    return replace(base, **changes)


def made(bench: Bench, analysis: Analysis | None = None) -> AnalysisResult:
    return analyse(bench.contrasts(), analysis or pain(), bench.review)


def pooled_reference(block: str, measure: str, method: str, test: str) -> dict[str, str]:
    with shared("data/nibs_neuropathic_ma/expected_pooled.csv").open(encoding="utf-8", newline="") as file:
        found = [
            row
            for row in csv.DictReader(file)
            if row["comparison"] == block
            and row["measure"].startswith(measure)
            and (row["tau2_method"], row["test"]) == (method, test)
        ]
    assert len(found) == 1
    return found[0]


# --- pinned to metafor -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("block", "rows"), [*PHN.items(), ("CANCER", CANCER)])
@pytest.mark.parametrize(
    ("method", "test"), [("EE", "z"), ("DL", "z"), ("REML", "z"), ("REML", "knha"), ("PM", "knha")]
)
def test_a_pool_from_typed_answers_is_metafors_pool_of_the_same_trials(bench, block, rows, method, test):
    reference = pooled_reference(block, "SMD post", method, test)
    bench.rows(rows, days_after_treatment=0)
    result = made(bench, pain(model=Model(tau2=method, interval=test)))
    assert result.pool is not None
    assert result.pool.k == int(reference["k"]) == len(rows)
    values = {
        "estimate": result.pool.estimate,
        "se": result.pool.se,
        "ci_lb": result.pool.ci_low,
        "ci_ub": result.pool.ci_high,
        "tau2": result.pool.tau2,
        "Q": result.pool.q,
        "pi_lb": result.pool.pi_low,
        "pi_ub": result.pool.pi_high,
    }
    for name, value in values.items():
        wanted = float(reference[name]) if reference[name] else None
        assert value == (None if wanted is None else pytest.approx(wanted, rel=TOLERANCE[method]))


def test_the_cross_check_agrees_and_says_what_it_covers(bench):
    bench.rows(PHN["PHN1"], days_after_treatment=0)
    (arm_data,) = analyse_many(bench.contrasts(), [pain()], bench.review)
    printed = {key: value for key, value in typed("T010")[1].items() if not key.startswith(("mean", "spread"))}
    d = {"estimate_measure": "SMD", "estimate": 1.302, "direction": "higher is better", "days_after_treatment": 0}
    bench.add("Zhao 2021", "T010", "estimate", {**printed, **d})
    (with_printed,) = analyse_many(bench.contrasts(), [pain()], bench.review)
    for result in (arm_data, with_printed):
        assert result.cross_check is not None
        assert result.cross_check.agrees
    assert not any("Checked on" in note for note in arm_data.cross_check.notes)
    assert "Checked on the 7 of 8 results that are arm data." in with_printed.cross_check.notes
    assert made(bench).cross_check is None  # one result alone starts no second engine


def test_pythonmeta_as_the_engine_gives_our_pool_by_its_own_rules(bench):
    bench.rows(
        ["T018", "T021", "U044"], days_after_treatment=30, outcome="migraine_responders", indications=["migraine"]
    )
    asked = Analysis(
        indication="migraine",
        outcome="migraine_responders",
        window="medium",
        measure="RR",
        model=Model(tau2="DL", interval="wald"),
    )
    contrasts = [replace(item, indications=("migraine",)) for item in bench.contrasts()]
    ours = analyse(contrasts, asked, bench.review)
    theirs = analyse(contrasts, replace(asked, engine="pythonmeta"), bench.review)
    assert ours.pool is not None
    assert theirs.pool is not None
    assert theirs.pool.estimate == pytest.approx(ours.pool.estimate, rel=1e-9)
    assert theirs.pool.se == pytest.approx(ours.pool.se, rel=1e-9)
    with pytest.raises(SynthesisError, match="Wald intervals only"):
        analyse(contrasts, replace(asked, engine="pythonmeta", model=Model()), bench.review)


# --- the doubtful trials ---------------------------------------------------------------------------------------------


def test_flagged_trials_stay_in_the_pool_and_the_pool_without_them_stands_beside_it(bench):
    bench.rows(row_range(46, 52), days_after_treatment=0)
    bench.rows(row_range(71, 74), days_after_treatment=0)
    result = made(bench)
    runs = {run.name: run for run in result.sensitivity}
    pei = ("Pei 2019 [rTMS M1 10 Hz]", "Pei 2019 [rTMS M1 5 Hz]")
    assert set(pei) <= {row.label for row in result.rows}
    assert runs["Without results whose SD looks like a standard error"].dropped == pei
    assert set(runs["Without results with another trial's numbers"].dropped) == {"Ma 2015", *pei}
    without = runs["Without any result flagged so"].pool
    assert without is not None
    assert result.pool is not None
    assert without.estimate > result.pool.estimate  # nearer to no difference
    bench_without = replace(pain(), exclude_flags=("spread_looks_like_se", "implausibly_large", "baseline_copied"))
    again = made(bench, bench_without).pool
    assert again == without
    assert any(text.startswith("Flagged results carry") and "Pei 2019" in text for text in result.warnings)
    shares = [run.name for run in result.leave_one_out]
    assert len(shares) == len(result.studies)  # a trial's arms leave together
    low, high = effect_range(result)  # type: ignore[misc]
    assert low < result.pool.estimate < high


def test_a_flagged_result_is_not_replaced_by_another_of_its_trial_in_a_sensitivity_run(bench):
    bench.rows(["T050", "T061", "T071", "T072"])  # Ma's first two time points: only the first is above 3 SD
    result = made(bench, pain(ANY_TIME))
    run = next(run for run in result.sensitivity if run.name == "Without results implausibly large")
    assert (run.dropped, run.added) == (("Ma 2015",), ())


def test_results_that_the_review_leaves_out_are_listed_and_tried(bench):
    bench.rows(["T046", "T047", "T050"], days_after_treatment=0)
    bench.rows(["T048", "T049"], days_after_treatment=0, sham_type="no sham: usual care or waiting list")
    result = made(bench, pain(exclude_flags=("not_sham_controlled",)))
    assert {item.contrast.result for item in result.excluded} == {"T048", "T049"}
    assert all(item.code == "flag" and item.reason.startswith("Not sham controlled") for item in result.excluded)
    run = next(run for run in result.sensitivity if run.name == "With results not sham controlled")
    assert len(run.added) == 2
    assert run.pool is not None
    assert run.pool.k == 5


# --- nobody twice ----------------------------------------------------------------------------------------------------


def shah(bench: Bench, **changes: Any) -> AnalysisResult:
    bench.rows(
        ["U039", "U040"], outcome="migraine_attacks", indications=["migraine"], days_after_treatment=10, **changes
    )
    form, answers = typed("U039", outcome="migraine_attacks", indications=["migraine"], days_after_treatment=10)
    bench.add("Other 2020", "other", form, {**answers, "study_label": "Other 2020"})
    contrasts = [replace(item, indications=("migraine",)) for item in bench.contrasts()]
    asked = Analysis(indication="migraine", outcome="migraine_attacks", window="medium", measure="MD")
    return analyse(contrasts, asked, bench.review)


def test_a_sham_arm_of_two_active_arms_is_counted_once(bench):
    result = shah(bench)  # the form's question on sharing was not even answered
    assert [row.label for row in result.rows] == ["Shah 2022 [HF-rTMS]", "Shah 2022 [LF-rTMS]", "Other 2020"]
    assert [row.comparator.n for row in result.rows] == [18, 18, 36]
    assert result.participants == 36 + 36 + 36 + 72
    assert any("3 results come from 2 trials" in text for text in result.warnings)


def test_when_one_of_the_two_arms_leaves_the_other_gets_the_whole_sham_back(bench):
    result = shah(bench)
    lone = [row.contrast for row in result.rows if "LF" not in row.label]
    again = analyse(lone, result.analysis, bench.review)
    assert [row.comparator.n for row in again.rows] == [36, 36]


def test_a_printed_estimate_that_shares_its_sham_needs_arm_sizes(bench):
    base = {
        "estimate_measure": "SMD",
        "estimate": -0.5,
        "estimate_low": -1.0,
        "estimate_high": 0.0,
        "direction": "lower is better",
        "outcome": "pain_intensity",
        "indications": ["neuropathic_pain"],
        "comparator_label": "sham",
        "days_after_treatment": 0,
    }
    for arm in ("M1", "DLPFC"):
        bench.add("Trial 2021", arm, "estimate", {**base, "active_label": arm})
    result = made(bench)
    # without sizes the sham cannot be divided: one arm stays, whole, and the other says why it does not
    assert [row.contrast.result for row in result.rows] == ["M1"]
    assert [(item.contrast.result, item.code) for item in result.excluded] == [("DLPFC", "shared")]
    for arm in ("M1", "DLPFC"):
        bench.add("Trial 2022", arm, "estimate", {**base, "active_label": arm, "n_active": 20, "n_comparator": 20})
    rows = [row for row in made(bench).rows if row.contrast.study == "trial-2022"]
    whole = (1.0 / (2 * 1.959963984540054)) ** 2
    # 1/20 + 2/20 against 1/20 + 1/20
    assert [row.vi for row in rows] == pytest.approx([1.5 * whole, 1.5 * whole])


# --- one result for a trial's arm ------------------------------------------------------------------------------------


def result_of(number: int, **answers: Any) -> tuple[str, dict[str, Any]]:
    base = {
        "active_label": "rTMS",
        "comparator_label": "sham",
        "indications": ["neuropathic_pain"],
        "outcome": "pain_intensity",
        "instrument": "NRS 0-10",
        "direction": "lower is better",
        "statistic": "final value",
        "spread_kind": "SD",
        "days_after_treatment": 2,
        "analysis_set": "ITT",
        "sham_type": "sham coil",
        "n_active": 20,
        "mean_active": 4.0 + number / 10,
        "spread_active": 2.0,
        "n_comparator": 20,
        "mean_comparator": 5.0,
        "spread_comparator": 2.0,
    }
    return f"r{number}", {**base, **answers}


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ({}, {"sham_type": "no sham: usual care", "comparator_label": "usual care"}, "sham controlled"),
        ({}, {"instrument": "VAS 0-10", "days_after_treatment": 0}, "its instrument comes first"),
        ({}, {"instrument": "a scale of our own"}, "its instrument comes first"),
        ({"days_after_treatment": 1}, {"days_after_treatment": 3}, "nearer to the start of the time window"),
        ({}, {"certainty": "approximate"}, "arm data, not worked out or doubtful"),
        ({}, {"analysis_set": "per protocol"}, "its analysis set comes first"),
        ({"analysis_set": "unclear"}, {"analysis_set": "completers"}, "its analysis set comes first"),
        ({}, {}, "it was recorded first"),
    ],
)
def test_the_first_of_a_trials_results_is_chosen_by_the_written_priority(bench, first, second, why):
    for swap in (False, True):
        fresh = Bench.__new__(Bench)
        fresh.__dict__.update(bench.__dict__, _settled=[], _studies={})
        pair = [result_of(1, **first), result_of(2, **second)]
        for key, answers in pair if not swap or why == "it was recorded first" else pair[::-1]:
            fresh.add("Trial 2020", key, "parallel_means", answers)
        result = made(fresh)
        assert [row.contrast.result for row in result.rows] == ["r1"]
        (left_out,) = result.excluded
        assert left_out.code == "another result"
        assert why in left_out.reason


def test_results_outside_the_window_or_without_a_day_are_left_out_and_any_time_takes_them(bench):
    for number, days in enumerate((0, 6.5, 7, NOT_REPORTED)):
        key, answers = result_of(number, days_after_treatment=days)
        bench.add(f"Trial {number}", key, "parallel_means", answers)
    result = made(bench)
    assert [row.contrast.result for row in result.rows] == ["r0", "r1"]
    reasons = {item.contrast.result: item.reason for item in result.excluded}
    assert reasons["r2"].startswith("measured 7 days after treatment: not in")
    assert reasons["r3"] == "time after treatment not reported"
    assert len(made(bench, pain(ANY_TIME)).rows) == 4
    key, answers = result_of(5, days_after_treatment=100)
    bench.add("Trial 3", key, "parallel_means", answers)
    rows = made(bench, pain(ANY_TIME)).rows
    assert [row.contrast.result for row in rows if row.contrast.study == "trial-3"] == ["r5"]  # a known day goes first


def test_final_values_changes_and_percentages_are_never_mixed_in_a_standardised_difference(bench):
    kinds = ("final value", "final value", "change from baseline", "percent change", "")
    for number, statistic in enumerate(kinds):
        key, answers = result_of(number, statistic=statistic or NOT_REPORTED)
        bench.add(f"Trial {number}", key, "parallel_means", answers)
    result = made(bench)
    assert [row.contrast.result for row in result.rows] == ["r0", "r1"]
    assert {item.contrast.result: item.code for item in result.excluded} == dict.fromkeys(
        ("r2", "r3", "r4"), "statistic"
    )
    assert result.excluded[-1].reason == "does not say whether these are final values or changes"
    points = made(bench, pain(measure="MD"))
    assert [row.contrast.result for row in points.rows] == ["r0", "r1", "r2", "r4"]  # points of a scale may be mixed
    for number in (6, 7, 8):
        key, answers = result_of(number, statistic="change from baseline")
        bench.add(f"Trial {number}", key, "parallel_means", answers)
    assert [row.contrast.result for row in made(bench).rows] == [
        "r2",
        "r6",
        "r7",
        "r8",
    ]  # now most report changes


def test_means_of_unknown_kind_are_pooled_with_their_like_only_and_that_is_said(bench):
    for number in (1, 2):
        key, answers = result_of(number, statistic=NOT_REPORTED)
        bench.add(f"Trial {number}", key, "parallel_means", answers)
    result = made(bench)
    assert len(result.rows) == 2
    assert "Whether these are final values or changes from baseline is not recorded: Trial 1, Trial 2." in (
        result.warnings
    )


def test_one_active_arm_spelled_two_ways_is_one_arm(bench):
    for number, (arm, tool) in enumerate(
        (("rTMS (10Hz)", "VAS 0-10"), ("rTMS 10 Hz", "NRS 0-10"), ("M1+", "NRS 0-10"))
    ):
        key, answers = result_of(number, active_label=arm, instrument=tool)
        bench.add("Trial 1", key, "parallel_means", answers)
    bench.add("Trial 2", *_means(7))
    result = made(bench)
    assert [row.contrast.result for row in result.rows] == ["r1", "r2", "r7"]
    assert [item.code for item in result.excluded] == ["another result"]
    assert plain("1.0 Hz") != plain("10 Hz")
    assert plain("M1+") != plain("M1")
    assert plain("–") != plain("+")


def test_the_same_people_on_two_instruments_are_named(bench):
    for number, (arm, tool) in enumerate((("rTMS", "VAS 0-10"), ("active stimulation", "NRS 0-10"))):
        key, answers = result_of(number, active_label=arm, instrument=tool)
        bench.add("Trial 1", key, "parallel_means", answers)
    bench.add("Trial 2", *_means(7))
    said = [text for text in made(bench).warnings if "probably the same people twice" in text]
    assert len(said) == 1
    assert said[0].startswith("Trial 1 is in this pool 2 times")
    assert "Trial 1 [rTMS]: VAS 0-10" in said[0]


def _means(number: int) -> tuple[str, str, dict[str, Any]]:
    key, answers = result_of(number)
    return key, "parallel_means", answers


def test_unsettled_results_are_counted_and_left_out_when_asked_for(bench):
    for number in (1, 2):
        bench.add(f"Trial {number}", *_means(number))
    before = made(bench)
    bench.add("Trial 3", *_means(3), state=ResultState.WAITING)
    bench.add("Trial 4", *_means(4), state=ResultState.CONFLICT)
    assert made(bench) == before
    shown = contrasts(bench.settled, (), bench.review, bench.forms, unsettled=True)
    result = analyse(shown, pain(), bench.review)
    assert [(item.contrast.result, item.code) for item in result.excluded] == [
        ("r3", "not settled"),
        ("r4", "not settled"),
    ]
    assert result.excluded[1].reason == "not settled yet: the extractors differ"
    assert result.pool == before.pool
    assert "2 not settled between the extractors yet" in result.statement
    assert [(item.outcome, item.indications) for item in not_ready(bench.settled)] == [
        ("pain_intensity", ("neuropathic_pain",)),
    ] * 2


# --- what is said ----------------------------------------------------------------------------------------------------


def test_without_any_result_the_statement_says_so(bench):
    result = made(bench)
    assert result.statement == "No result on pain intensity in neuropathic pain has been extracted yet."
    assert (result.pool, result.considered, result.rows) == (None, 0, ())


def test_with_nothing_to_pool_the_statement_counts_and_gives_reasons(bench):
    bench.rows(["T046", "T050"])  # no day
    bench.rows(["T071"], certainty="sensitivity only", days_after_treatment=0)
    bench.rows(["T072"], spread_active=NOT_REPORTED, days_after_treatment=0)
    assert made(bench).statement == (
        "No trial gives numbers that can be pooled on pain intensity in neuropathic pain: 4 results were considered; "
        "1 resting on assumptions or left out as worked out or doubtful; 2 outside the time window or without a time; "
        "1 without the numbers needed."
    )


def test_one_trial_is_shown_and_not_called_a_pool(bench):
    bench.rows(["T071"], days_after_treatment=0)
    result = made(bench)
    assert result.pool is None
    assert len(result.rows) == 1
    # g -2.026 with variance .178
    assert (
        result.statement == "One study, Kataria 2024; nothing to pool. Its result is SMD −2.03 (95% CI −2.85 to −1.20)."
    )
    bench.rows(["T046", "T047"], days_after_treatment=60)
    arms = made(bench, pain("long"))
    assert arms.pool is None
    assert arms.statement.startswith(
        "One trial, Wang 2023, with 2 active arms; there is nothing to pool across trials."
    )


def test_a_pool_is_told_in_its_numbers(bench):
    bench.rows(PHN["PHN1"], days_after_treatment=0)
    result = made(bench)
    # metafor: -3.5847 (-6.4878 to -0.6817), prediction -11.5035 to 4.3341, I2 97.28, tau2 9.0657, Q 117.84
    assert result.statement == (
        "Pooled over 7 results of 4 trials, 252 participants: SMD −3.58 (95% CI −6.49 to −0.68), which favours rTMS. "
        "The true effect in a new trial is expected between −11.50 and 4.33 (95% prediction interval). "
        "Heterogeneity: I² 97%, tau² 9.07, Q 117.8 with 6 degrees of freedom (p < 0.001). "
        "4 flagged results (Wu 2023 [rTMS M1+ acupunture + control treatment], Ma 2015, Pei 2019 [rTMS M1 10 Hz], "
        "Pei 2019 [rTMS M1 5 Hz]) carry 56% of the weight; without them SMD −0.90 (95% CI −3.19 to 1.39)."
    )
    assert result.settings == (
        "Random effects, REML, Hartung-Knapp 95% CI, prediction interval by t(k−1); SMD = Hedges g, exact correction, "
        "variance 1/n₁ + 1/n₂ + g²/2N; time window: Short term (less than 1 week after treatment)."
    )
    text = " ".join(result.warnings)
    assert "Only 4 trials" in text
    assert "The prediction interval includes no difference" in text
    assert "I² of 97%" in text
    assert "No arm has 50 participants" in text


def alike(bench: Bench, means: tuple[float, ...], **changes: Any) -> None:
    """Trials of 25 and 25 people that differ in the active arm's mean only; the comparator's is 5, the SDs 2."""
    for number, mean in enumerate(means):
        key, answers = result_of(number, n_active=25, n_comparator=25, mean_active=mean, **changes)
        bench.add(f"Alike {number}", key, "parallel_means", answers)


def test_an_interval_narrow_by_accident_is_not_called_in_favour(bench):
    alike(bench, (4.48, 4.5, 4.52))  # g about -.25 three times
    result = made(bench)
    wald = made(bench, pain(model=Model(interval="wald"))).pool
    assert result.pool is not None
    assert wald is not None
    assert (result.pool.ci_high or 0) < 0 < (wald.ci_high or 0)
    assert "favours" not in result.statement
    assert "narrower than Wald's (−0.57 to 0.08), which includes no difference" in result.statement
    assert "the 3 effects happen to agree closely" in result.statement
    assert any("Wald" in text for text in result.warnings)


def test_the_prediction_interval_needs_three_trials_and_a_tau2(bench):
    alike(bench, (3.0, 4.5))
    two = made(bench)
    assert "prediction interval" not in two.statement + two.settings
    key, answers = result_of(9, mean_active=4.4)
    bench.add("Alike 9", key, "parallel_means", answers)
    assert "The true effect in a new trial is expected between" in made(bench).statement


def test_a_prediction_interval_without_heterogeneity_is_said_to_be_the_confidence_interval(bench):
    alike(bench, (4.4, 4.5, 4.45))
    result = made(bench)
    assert result.pool is not None
    assert result.pool.tau2 == 0
    assert "interval equals the confidence interval, because tau² was estimated as 0." in result.statement


def test_a_common_effect_prints_no_tau2(bench):
    alike(bench, (3.0, 4.5, 5.0))
    result = made(bench, pain(model=Model(tau2="CE", interval="wald")))
    assert "tau²" not in result.statement
    assert result.settings.startswith("Common effect (inverse variance), Wald 95% CI; SMD")


def test_one_study_has_settings_of_its_own(bench):
    alike(bench, (4.0,))
    line = made(bench).settings
    assert line.startswith("One study, normal 95% CI; SMD = Hedges g")
    assert not any(word in line for word in ("REML", "Hartung", "prediction"))


def test_settings_tell_which_rows_were_computed_otherwise(bench):
    alike(bench, (4.0, 4.5))
    key, answers = result_of(7, n_analysed=12, correlation=0.6)
    del answers["n_active"], answers["n_comparator"]
    bench.add("Paired", key, "crossover_means", answers)
    printed = {"estimate_measure": "SMD", "estimate": -0.4, "estimate_low": -0.9, "estimate_high": 0.1}
    base = {key: value for key, value in result_of(8)[1].items() if "mean_" not in key and "spread" not in key}
    bench.add("Printed", "printed", "estimate", {**base, **printed})
    line = made(bench).settings
    assert "crossover trials paired, SMD without a small-sample factor (1 row)" in line
    assert "SMD as printed, with its SE, interval or p (1 row)" in line


def test_ratios_are_told_as_ratios_and_favour_the_right_side(bench):
    bench.rows(["T018", "T021", "T002"], days_after_treatment=30)
    result = analyse(bench.contrasts(), pain("medium", outcome="responders_30", measure="RR"), bench.review)
    assert (result.favours_low, result.favours_high) == ("sham", "rTMS")  # more responders is better
    assert result.ratio
    assert result.pool is not None
    assert f"RR {math.exp(result.pool.estimate):.2f}" in result.statement
    assert made(bench).favours_low == "rTMS"  # less pain is better


def test_heavy_weights_and_dependence_on_one_trial_are_said(bench):
    for number, (n, mean) in enumerate(((400, 4.0), (8, 5.2), (8, 5.0))):
        key, answers = result_of(number, n_active=n, n_comparator=n, mean_active=mean)
        bench.add(f"Trial {number}", key, "parallel_means", answers)
    result = made(bench, pain(model=Model(tau2="CE", interval="wald")))
    text = " ".join(result.warnings)
    assert "Trial 0 alone has 9" in text
    assert "without Trial 0, the interval then includes no difference" in text


def test_assumed_correlations_are_varied(bench):
    for number, r in enumerate((NOT_REPORTED, 0.6)):
        key, answers = result_of(number, n_analysed=12, correlation=r)
        del answers["n_active"], answers["n_comparator"]
        bench.add(f"Trial {number}", key, "crossover_means", answers)
    result = made(bench)
    tried = [run for run in result.sensitivity if run.name.startswith("Crossover correlation")]
    # 0.5 is the setting; the last is estimated from the trial that tells its own
    assert [run.name.split()[2].rstrip(",") for run in tried] == ["0.3", "0.7", "0.9", "0.60"]
    assert len({run.pool.se for run in tried if run.pool}) == 4
    assert result.participants == 24
    assert "crossover trials paired" in result.settings


def test_a_pool_of_worked_out_numbers_says_so_and_arm_data_is_tried_alone(bench):
    bench.rows(["T071", "T072"], days_after_treatment=0, certainty="approximate")
    bench.rows(["T073", "T074"], days_after_treatment=0)
    result = made(bench)
    assert "2 results are worked out or doubtful." in result.statement
    run = next(run for run in result.sensitivity if run.name == "Without approximate results")
    assert run.dropped == ("Kataria 2024", "Khedr 2014")
    strict = made(bench, pain(include_certainty=("arm data",)))
    assert len(strict.rows) == 2
    assert {item.code for item in strict.excluded} == {"certainty"}


# --- subgroups -------------------------------------------------------------------------------------------------------


def test_subgroups_follow_stimulation_and_partition_the_rows(bench):
    stimulation = (
        {"stim_target": "M1", "stim_frequency_hz": 10, "stim_coil": "figure-8"},
        {"stim_target": "left DLPFC", "stim_frequency_hz": 1, "stim_coil": "H-coil"},
        {"stim_target": "DLPFC, both or side not said", "stim_frequency_hz": 3},
        {"stim_target": "vertex", "stim_frequency_hz": 5, "stim_pattern": "iTBS"},
        {"stim_target": NOT_REPORTED, "stim_frequency_hz": NOT_REPORTED},
        {"stim_target": "M1", "stim_frequency_hz": 20},
    )
    for number, answers in enumerate(stimulation):
        key, typed_answers = result_of(number, **answers)
        bench.add(f"Trial {number}", key, "parallel_means", typed_answers)
    groups = {
        moderator: {group.name: group.rows for group in made(bench, pain(subgroup=moderator)).subgroups}
        for moderator in MODERATORS
    }
    assert groups["target"] == {"M1": (0, 5), "DLPFC": (1, 2), "vertex": (3,), "not reported": (4,)}
    assert groups["frequency"] == {
        "5 Hz or more": (0, 5),
        "1 Hz or less": (1,),
        "between 1 and 5 Hz": (2,),
        "iTBS": (3,),
        "not reported": (4,),
    }
    for found in groups.values():
        assert sorted(row for rows in found.values() for row in rows) == list(range(6))
    test = made(bench, pain(subgroup="target")).subgroup_test
    assert test is not None
    assert test.df == 3


# --- analyses --------------------------------------------------------------------------------------------------------


def test_default_analyses_cover_every_indication_and_say_so_where_there_is_nothing(bench):
    analyses = default_analyses(bench.review, ())
    assert [(item.indication, item.outcome) for item in analyses] == [
        (item.key, item.primary_outcome) for item in bench.review.indications
    ]
    results = analyse_many((), analyses, bench.review)
    assert all(result.statement.startswith("No result on") for result in results)
    assert all(item.exclude_flags == ("not_sham_controlled", "retracted") for item in analyses)


def test_default_analyses_start_with_the_main_window_whatever_was_found(bench):
    bench.rows(["T046"], days_after_treatment=100)
    bench.rows(["T050"])
    windows = [
        item.window
        for item in default_analyses(bench.review, bench.contrasts())
        if item.indication == "neuropathic_pain"
    ]
    assert windows == ["short", "long", ANY_TIME]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"indication": "gout"}, "no indication 'gout'"),
        ({"outcome": "grip"}, "no outcome 'grip'"),
        ({"window": "later"}, "no time window 'later'"),
        ({"measure": "RR"}, "RR does not fit"),
        ({"exclude_flags": ("nice",)}, "no flag 'nice'"),
        ({"subgroup": "weather"}, "no moderator 'weather'"),
    ],
)
def test_an_analysis_that_the_review_does_not_know_is_refused(bench, changes, said):
    with pytest.raises(SynthesisError, match=said):
        made(bench, pain(**changes))


def test_a_contrast_given_twice_is_refused(bench):
    bench.rows(["T071"])
    (contrast,) = bench.contrasts()
    with pytest.raises(SynthesisError, match="is there twice"):
        analyse((contrast, contrast), pain(), bench.review)


# --- as JSON ---------------------------------------------------------------------------------------------------------


def test_the_json_has_the_shape_of_a_pool_and_leads_back_to_the_source(bench):
    bench.rows([*PHN["PHN1"], "T053"], days_after_treatment=0)
    (result,) = analyse_many(bench.contrasts(), [pain()], bench.review)
    document = json.loads(json.dumps(result_json(result), allow_nan=False))
    names = "k estimate se ci_low ci_high statistic p pi_low pi_high tau2 tau2_low tau2_high i2 h2 q q_df q_p method ci"
    assert {*names.split(), "measure"} <= set(document)
    assert document["k"] == len(document["studies"]) == 7
    assert sum(study["weight"] for study in document["studies"]) == pytest.approx(100)
    assert {"label", "yi", "vi", "weight"} <= set(document["studies"][0])
    first = document["studies"][0]
    assert first["extraction_ids"] == ["T046-a", "T046-b"]
    assert (first["page"], first["quote"]) == ("sheet 1, row 2", "row 2, block PHN1")
    assert [item["contrast"] for item in document["excluded"]] == ["wang-2023/T053"]
    assert document["cross_check"]["agrees"] is True
    assert (document["indication"], document["outcome"], document["scale"]) == (
        "neuropathic_pain",
        "pain_intensity",
        "natural",
    )
    empty = json.loads(json.dumps(result_json(made(bench, pain("long"))), allow_nan=False))
    assert (empty["k"], empty["estimate"], empty["method"]) == (0, None, None)


# --- nothing lost ----------------------------------------------------------------------------------------------------

_number = st.one_of(st.none(), st.floats(0.1, 9.9))
_count = st.one_of(st.none(), st.integers(0, 60))


@st.composite
def some_contrasts(draw: st.DrawFn) -> list[Contrast]:
    found = []
    for number in range(draw(st.integers(0, 12))):
        kind = draw(st.sampled_from(["parallel_means", "crossover_means", "events", "estimate", ""]))
        keys = ("mean_active", "spread_active", "mean_comparator", "spread_comparator", "estimate", "estimate_se")
        counts = ("n_active", "n_comparator", "n_analysed", "events_active", "events_comparator")
        numbers = {key: draw(_number) for key in keys} | {key: draw(_count) for key in counts}
        study = draw(st.sampled_from("abcd"))
        found.append(
            Contrast(
                id=f"{study}/{number}",
                study=study,
                study_label=f"Trial {study}",
                result=str(number),
                indications=tuple(draw(st.sets(st.sampled_from(["neuropathic_pain", "migraine"])))),
                primary_indication="",
                outcome=draw(st.sampled_from(["pain_intensity", "pain_intensity", "responders_30", "gone"])),
                kind=kind,
                numbers={key: float(value) for key, value in numbers.items() if value is not None},
                measure_printed=draw(st.sampled_from(["SMD", "MD", "OR", ""])),
                direction=draw(st.sampled_from(["lower is better", "higher is better", ""])),
                statistic=draw(st.sampled_from(["final value", "change from baseline", "percent change", ""])),
                spread_kind=draw(st.sampled_from(["SD", "SE", ""])),
                active_label=draw(st.sampled_from(["M1", "DLPFC", ""])),
                comparator_label=draw(st.sampled_from(["sham", "usual care"])),
                comparator_split=draw(st.sampled_from(["whole", "already divided", ""])),
                days_after_treatment=draw(st.sampled_from([None, 0.0, 3.0, 30.0])),
                certainty=draw(st.sampled_from(["arm data", "approximate", "sensitivity only"])),
            )
        )
    return found


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(contrasts=some_contrasts(), window=st.sampled_from(["short", ANY_TIME]), measure=st.sampled_from(["SMD", "MD"]))
def test_every_contrast_is_a_row_or_is_excluded_with_a_reason_and_nobody_is_counted_twice(
    bench, contrasts, window, measure
):
    result = analyse(contrasts, pain(window, measure=measure), bench.review)
    about = {c.id for c in contrasts if c.outcome == "pain_intensity" and "neuropathic_pain" in c.indications}
    rows = [row.contrast.id for row in result.rows]
    left_out = [item.contrast.id for item in result.excluded]
    assert sorted([*rows, *left_out]) == sorted(about)
    assert result.considered == len(about)
    assert all(item.reason and item.code for item in result.excluded)
    # one row for a trial's active arm
    arms = [(row.contrast.study, row.contrast.active_label) for row in result.rows]
    assert len(set(arms)) == len(arms)
    for row in result.rows:
        assert math.isfinite(row.yi)
        assert row.vi > 0
        assert row.contrast.certainty != "sensitivity only"
    kinds = {row.contrast.statistic for row in result.rows if row.contrast.statistic}
    assert not ("percent change" in kinds and len(kinds) > 1)
    if measure == "SMD":
        assert len(kinds) <= 1
    json.dumps(result_json(result), allow_nan=False)


def test_every_row_of_the_trial_facts_is_accounted_for(bench):
    bench.rows([row_id for row_id, row in trial_rows().items() if row["n_treat"] or row["mean_treat"]])
    contrasts = bench.contrasts()
    assert len(contrasts) > 100
    results = analyse_many(contrasts, default_analyses(bench.review, contrasts), bench.review, cross_check=False)
    for result in results:
        assert len(result.rows) + len(result.excluded) == result.considered
    counted = {item.id for item in contrasts}
    met = {row.contrast.id for r in results for row in r.rows} | {e.contrast.id for r in results for e in r.excluded}
    assert met == counted
