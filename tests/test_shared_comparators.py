"""Several arms against one comparator, kept whole: one effect of the trial with the right variance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.test_contrasts_arms import RESULT, TWO
from tests.trial_answers import Bench
from workbench.effects import escalc
from workbench.review import ANY_TIME
from workbench.synthesis import Analysis, AnalysisResult, EffectRow, analyse
from workbench.synthesis.selection import Selection, select
from workbench.synthesis.shared_comparators import sharing, taken_together

NAME = "Shared comparators kept whole, their arms taken together with the covariance"
SIZES, MEANS, SHAM = (20, 30, 10), (4.0, 4.6, 3.9), 24
SCALE = {"instrument": "NRS 0-10", "scale_low": 0, "scale_high": 10, "sham_type": "sham coil"}
RESPONDERS = {**RESULT, "outcome": "responders_30", "event_is": "good", "active_label": "a"}


@pytest.fixture(scope="module")
def review_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tmp_path_factory.mktemp("shared") / "review"


@pytest.fixture
def bench(review_folder: Any) -> Bench:
    return Bench(review_folder)


def arms(spreads: tuple[float, ...] = (2.0, 2.0, 2.0), sham_sd: float = 2.0) -> dict[str, Any]:
    rows: list[dict[str, Any]] = [{"_row": "s", "arm": "Sham", "role": "comparator", "n": SHAM, "mean": 5.0}]
    rows[0]["spread"] = sham_sd
    for number, (n, mean, sd) in enumerate(zip(SIZES, MEANS, spreads, strict=True)):
        rows.append(
            {"_row": f"r{number}", "arm": f"Arm {number}", "role": "active", "n": n, "mean": mean, "spread": sd}
        )
    return {"arms_results": rows, **SCALE}


def two_arms(bench: Bench, study: str, **changes: Any) -> None:
    bench.add(study, "pain", "parallel_means", {**TWO, **SCALE, "study_label": study, **changes})


def asking(measure: str, outcome: str = "pain_intensity") -> Analysis:
    return Analysis(indication="fibromyalgia", outcome=outcome, window=ANY_TIME, measure=measure)


def selected(bench: Bench, measure: str, outcome: str = "pain_intensity") -> Selection:
    return select(bench.contrasts(), asking(measure, outcome), bench.review)


def together(found: Selection) -> EffectRow:
    [row], made, left = taken_together(found.rows, found.asked)
    assert (made, left) == (1, 0)
    return row


def made(bench: Bench, measure: str) -> AnalysisResult:
    return analyse(bench.contrasts(), asking(measure), bench.review)


def test_mean_differences_of_equal_spreads_come_to_the_arms_combined(bench: Bench) -> None:
    bench.add("Trial 2020", "pain", "arm_means", RESULT | arms())
    row = together(selected(bench, "MD"))
    # with one SD the best weights are the arms' sizes: the arms combined against the whole comparator
    assert row.yi == pytest.approx(np.average(MEANS, weights=SIZES) - 5.0, abs=1e-12)
    assert row.vi == pytest.approx(4.0 * (1 / sum(SIZES) + 1 / SHAM), rel=1e-12)


def test_standardised_differences_have_the_covariance_of_gleser_and_olkin(bench: Bench) -> None:
    spreads = (2.0, 2.4, 1.7)
    bench.add("Trial 2020", "pain", "arm_means", RESULT | arms(spreads, 1.9))
    found = escalc(
        "SMD",
        {"m1i": MEANS, "sd1i": spreads, "n1i": SIZES, "m2i": [5.0] * 3, "sd2i": [1.9] * 3, "n2i": [SHAM] * 3},
    )
    v = np.diag(found.vi)
    for i in range(3):
        for j in range(3):
            if i != j:
                v[i, j] = 1 / SHAM + found.yi[i] * found.yi[j] / (2 * (SIZES[i] + SIZES[j] + SHAM))
    inverse = np.linalg.inv(v)
    row = together(selected(bench, "SMD"))
    assert row.vi == pytest.approx(1 / inverse.sum(), rel=1e-10)
    assert row.yi == pytest.approx((inverse @ found.yi).sum() / inverse.sum(), rel=1e-10)


@pytest.mark.parametrize(
    ("measure", "part"), [("OR", 1 / 6 + 1 / 18), ("RR", 1 / 6 - 1 / 24), ("RD", 0.25 * 0.75 / 24)]
)
def test_counts_share_the_comparators_part_of_the_variance(bench: Bench, measure: str, part: float) -> None:
    for number, (events, n) in enumerate([(9, 20), (12, 22)]):
        counts = {"events_active": events, "n_active": n, "events_comparator": 6, "n_comparator": 24}
        marks = {"comparator_shared": "yes", "comparator_split": "whole", "active_label": f"Arm {number}"}
        bench.add("Trial 2020", f"responders {number}", "events", RESPONDERS | counts | marks)
    found = escalc(measure, {"ai": [9, 12], "n1i": [20, 22], "ci": [6, 6], "n2i": [24, 24]})
    inverse = np.linalg.inv(np.array([[found.vi[0], part], [part, found.vi[1]]]))
    row = together(selected(bench, measure, "responders_30"))
    assert row.vi == pytest.approx(1 / inverse.sum(), rel=1e-10)
    assert row.yi == pytest.approx((inverse @ found.yi).sum() / inverse.sum(), rel=1e-10)


def test_the_pool_with_whole_comparators_stands_beside_the_pool_that_divides_them(bench: Bench) -> None:
    bench.add("Trial 2020", "pain", "arm_means", RESULT | arms())
    two_arms(bench, "Doe 2021")
    two_arms(bench, "Roe 2022", mean_active=4.4)
    result = made(bench, "MD")
    [run] = [run for run in result.sensitivity if run.name == NAME]
    assert result.pool is not None
    assert run.pool is not None
    assert (result.pool.k, run.pool.k) == (5, 3)
    assert [len(group) for group in sharing(result.rows)] == [3, 1, 1]


def test_without_a_shared_comparator_nothing_is_said_of_one(bench: Bench) -> None:
    two_arms(bench, "Doe 2021")
    two_arms(bench, "Roe 2022", mean_active=4.4)
    assert not [run for run in made(bench, "MD").sensitivity if run.name.startswith("Shared")]


def test_what_cannot_be_taken_together_stays_divided_and_is_counted(bench: Bench) -> None:
    for number, events in enumerate([0, 12]):  # an empty cell, to which 1/2 is added
        counts = {"events_active": events, "n_active": 20, "events_comparator": 6, "n_comparator": 24}
        marks = {"comparator_shared": "yes", "comparator_split": "whole", "active_label": f"Arm {number}"}
        bench.add("Trial 2020", f"responders {number}", "events", RESPONDERS | counts | marks)
    found = selected(bench, "OR", "responders_30")
    rows, joined, left = taken_together(found.rows, found.asked)
    assert (rows, joined, left) == (found.rows, 0, 1)
    two_arms(bench, "Pei 2019", active_label="10 Hz", comparator_shared="yes", comparator_split="already divided")
    two_arms(bench, "Doe 2021")
    assert not [run for run in made(bench, "MD").sensitivity if run.name.startswith("Shared")]


def test_an_smd_over_the_comparators_sd_stays_divided(bench: Bench) -> None:
    bench.add("Trial 2020", "pain", "arm_means", RESULT | arms())
    found = selected(bench, "SMD1")
    assert taken_together(found.rows, found.asked)[1:] == (0, 1)
