"""A trial's own form adds to its results; a table of several arms gives one contrast for each active arm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.trial_answers import Bench
from workbench.effects import escalc
from workbench.extraction import ResultState
from workbench.forms import NOT_REPORTED
from workbench.review import ANY_TIME
from workbench.synthesis import Analysis, analyse, not_ready


@pytest.fixture(scope="module")
def review_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tmp_path_factory.mktemp("arms") / "review"


@pytest.fixture
def bench(review_folder: Any) -> Bench:
    return Bench(review_folder)


RESULT: dict[str, Any] = {
    "study_label": "Trial 2020",
    "indications": ["fibromyalgia"],
    "primary_indication": "fibromyalgia",
    "outcome": "pain_intensity",
    "direction": "lower is better",
    "statistic": "final value",
    "time_label": "end of treatment",
    "days_after_treatment": 0,
    "certainty": "arm data",
    "quote": "words",
    "page": "p. 4",
    "spread_kind": "SD",
}
ARMS = [
    {"_row": "r1", "arm": "10 Hz M1", "role": "active", "n": 20, "mean": 4.0, "spread": 2.0, "baseline_mean": 6.5},
    {"_row": "r2", "arm": "Sham", "role": "comparator", "n": 18, "mean": 5.0, "spread": 1.8},
    {"_row": "r3", "arm": "1 Hz DLPFC", "role": "active", "n": 19, "mean": 4.5, "spread": 2.2},
]
TRIAL: dict[str, Any] = {
    "study_label": "Trial 2020",
    "design": "multi-arm",
    "registry_id": "NCT01234567",
    "n_randomised": 60,
    "sham_type": "sham coil",
    "arms": [
        {"_row": "a", "label": "10 Hz, M1", "role": "active", "randomised": 20},
        {"_row": "b", "label": "1 Hz DLPFC", "role": "active", "randomised": 20},
        {"_row": "c", "label": "Sham", "role": "sham", "randomised": 20},
    ],
    "stimulation": [
        {"_row": "a", "stim_target": "M1", "stim_frequency_hz": 10.0, "stim_coil": dict(NOT_REPORTED)},
        {"_row": "b", "stim_target": "right DLPFC", "stim_frequency_hz": 1.0},
    ],
}
TWO: dict[str, Any] = RESULT | {
    "active_label": "10 Hz M1",
    "comparator_label": "Sham",
    "n_active": 20,
    "mean_active": 4.0,
    "spread_active": 2.0,
    "n_comparator": 18,
    "mean_comparator": 5.0,
    "spread_comparator": 1.8,
}


def test_each_active_arm_is_a_contrast_with_the_comparator(bench: Bench) -> None:
    bench.add("Trial 2020", "pain", "arm_means", RESULT | {"arms_results": ARMS, "sham_type": "sham coil"})
    first, second = bench.contrasts()
    assert (first.id, second.id) == ("trial-2020/pain#r1", "trial-2020/pain#r3")
    assert (first.active_label, second.active_label) == ("10 Hz M1", "1 Hz DLPFC")
    assert first.comparator_label == second.comparator_label == "Sham"
    assert first.kind == "parallel_means"
    assert (first.numbers["mean_active"], first.numbers["baseline_mean_active"]) == (4.0, 6.5)
    assert (second.numbers["n_active"], second.numbers["n_comparator"]) == (19.0, 18.0)
    assert first.shared_comparator
    assert first.extraction_ids == second.extraction_ids == ("pain-a", "pain-b")


def test_the_comparator_of_several_arms_is_counted_once_in_a_pool(bench: Bench) -> None:
    bench.add("Trial 2020", "pain", "arm_means", RESULT | {"arms_results": ARMS, "sham_type": "sham coil"})
    analysis = Analysis(indication="fibromyalgia", outcome="pain_intensity", window=ANY_TIME, measure="SMD")
    result = analyse(bench.contrasts(), analysis, bench.review)
    assert [row.comparator.n for row in result.rows] == [9.0, 9.0]
    expected = escalc(
        "SMD",
        {
            "m1i": [4.0, 4.5],
            "sd1i": [2.0, 2.2],
            "n1i": [20, 19],
            "m2i": [5.0, 5.0],
            "sd2i": [1.8, 1.8],
            "n2i": [9, 9],
        },
    )
    assert [row.yi for row in result.rows] == pytest.approx(list(expected.yi), rel=1e-12)
    assert [row.vi for row in result.rows] == pytest.approx(list(expected.vi), rel=1e-12)
    assert result.participants == 20 + 19 + 18


def test_a_table_without_a_comparator_is_counted_and_left_out(bench: Bench) -> None:
    arms = [row for row in ARMS if row["role"] == "active"]
    bench.add("Trial 2020", "pain", "arm_means", RESULT | {"arms_results": arms})
    analysis = Analysis(indication="fibromyalgia", outcome="pain_intensity", window=ANY_TIME, measure="SMD")
    result = analyse(bench.contrasts(), analysis, bench.review)
    assert (result.considered, len(result.rows)) == (1, 0)
    assert result.excluded[0].reason.startswith("not filled in: n active")


def test_the_trials_form_adds_design_sham_and_the_arms_stimulation(bench: Bench) -> None:
    bench.add("Trial 2020", "about", "trial", TRIAL)
    bench.add("Trial 2020", "pain", "arm_means", RESULT | {"arms_results": ARMS})
    first, second = bench.contrasts()
    assert (first.design, first.registry_id, first.sham_type) == ("multi-arm", "NCT01234567", "sham coil")
    assert dict(first.stimulation) == {"target": "M1", "frequency_hz": 10.0}
    assert dict(second.stimulation) == {"target": "right DLPFC", "frequency_hz": 1.0}


def test_what_the_result_says_itself_counts_first(bench: Bench) -> None:
    bench.add("Trial 2020", "about", "trial", TRIAL)
    bench.add("Trial 2020", "pain", "parallel_means", TWO | {"design": "parallel", "stim_frequency_hz": 5.0})
    (contrast,) = bench.contrasts()
    assert contrast.design == "parallel"
    assert dict(contrast.stimulation) == {"target": "M1", "frequency_hz": 5.0}


def test_an_arm_of_another_name_takes_the_stimulation_of_no_arm_unless_there_is_only_one(bench: Bench) -> None:
    bench.add("Trial 2020", "about", "trial", TRIAL)
    bench.add("Trial 2020", "pain", "parallel_means", TWO | {"active_label": "rTMS"})
    (contrast,) = bench.contrasts()
    assert dict(contrast.stimulation) == {}
    one = {**TRIAL, "arms": [row for row in TRIAL["arms"] if row["_row"] != "b"]}
    bench.add("Other 2021", "about", "trial", one)
    bench.add("Other 2021", "pain", "parallel_means", TWO | {"active_label": "rTMS"})
    assert bench.contrasts()[-1].stimulation["target"] == "M1"


def test_an_unsettled_trial_form_adds_nothing_and_waits_for_no_pool(bench: Bench) -> None:
    bench.add("Trial 2020", "about", "trial", TRIAL, state=ResultState.CONFLICT)
    bench.add("Trial 2020", "pain", "parallel_means", TWO)
    (contrast,) = bench.contrasts()
    assert contrast.registry_id == ""
    assert [item.result for item in not_ready(bench.settled, forms=bench.forms)] == []
    assert np.isfinite(contrast.numbers["mean_active"])
