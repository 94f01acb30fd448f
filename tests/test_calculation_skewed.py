"""Medians of skewed values: McGrath's quantile estimation and Box-Cox method, as recipes with their trail."""

from __future__ import annotations

import pytest

from workbench.calculation import RECIPES, CalculationError
from workbench.calculation.recipes.medians import BC, QE
from workbench.effects import mean_sd_skewed

SKEWED = {
    "n_active": 40,
    "q1_active": 2,
    "median_active": 3,
    "q3_active": 9,
    "n_comparator": 38,
    "q1_comparator": 4,
    "median_comparator": 6,
    "q3_comparator": 14,
}


@pytest.mark.parametrize(("shape", "method"), [(QE, "qe"), (BC, "bc")])
def test_the_steps_end_in_the_means_and_sds_of_the_method(shape: str, method: str) -> None:
    found = RECIPES["medians_iqr"].derive(SKEWED | {"distribution": shape}, "MD")
    arms = [
        mean_sd_skewed(SKEWED[f"median_{arm}"], n, q1=SKEWED[f"q1_{arm}"], q3=SKEWED[f"q3_{arm}"], method=method)  # type: ignore[arg-type]
        for arm, n in (("active", 40), ("comparator", 38))
    ]
    assert found.yi == pytest.approx(arms[0].mean - arms[1].mean, rel=1e-12)
    assert found.vi == pytest.approx(arms[0].sd ** 2 / 40 + arms[1].sd ** 2 / 38, rel=1e-12)
    assert found.approximate
    assert any("McGrath 2020" in assumption for assumption in found.assumptions)
    assert [step.value for step in found.steps][:2] == [arms[0].mean, arms[0].sd]


def test_box_cox_refuses_what_it_cannot_transform() -> None:
    with pytest.raises(CalculationError, match="above 0"):
        RECIPES["medians_iqr"].derive(SKEWED | {"q1_active": 0, "distribution": BC}, "MD")


def test_the_note_on_skewed_numbers_names_a_way_that_is_offered() -> None:
    found = RECIPES["medians_iqr"].derive(SKEWED, "MD")
    assert any("use a method for skewed data" in note for note in found.notes)
    assert QE in next(item for item in RECIPES["medians_iqr"].wanted if item.key == "distribution").choices
