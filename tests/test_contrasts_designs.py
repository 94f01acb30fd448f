"""Medians, crossovers with their paired comparison, first periods, clusters and percentages, from form to effect."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from tests.shared_data import shared
from tests.trial_answers import Bench
from workbench.synthesis import Asked, Contrast, NoEffect, effect_row


@pytest.fixture(scope="module")
def review_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tmp_path_factory.mktemp("designs") / "review"


@pytest.fixture
def bench(review_folder: Any) -> Bench:
    return Bench(review_folder)


BASE: dict[str, Any] = {
    "study_label": "Trial 2020",
    "design": "parallel",
    "indications": ["fibromyalgia"],
    "primary_indication": "fibromyalgia",
    "active_label": "rTMS",
    "comparator_label": "sham",
    "sham_type": "sham coil",
    "outcome": "pain_intensity",
    "direction": "lower is better",
    "statistic": "final value",
    "time_label": "end",
    "days_after_treatment": 0,
    "certainty": "arm data",
    "quote": "words",
    "page": "p. 4",
    "spread_kind": "SD",
}


def one(bench: Bench, form: str, **answers: Any) -> Contrast:
    bench.add("Trial 2020", f"r{len(bench.settled)}", form, BASE | answers)
    return bench.contrasts()[-1]


def asked(bench: Bench, measure: str, outcome: str = "pain_intensity") -> Asked:
    return Asked(outcome=bench.review.outcome(outcome), measure=measure, crossover_r=0.5)


MEDIANS = {
    "centre_kind": "median",
    "n_active": 177,
    "min_active": 15.4,
    "q1_active": 29.8,
    "median_active": 38.3,
    "q3_active": 49.8,
    "n_comparator": 118,
    "min_comparator": 14.6,
    "q1_comparator": 28.35,
    "median_comparator": 36.5,
    "q3_comparator": 45,
    "max_active": 79.3,
    "max_comparator": 102.1,
}


@pytest.mark.parametrize(
    ("without", "summary"),
    [((), "all_five"), (("min", "max"), "q1_median_q3"), (("q1", "q3"), "min_median_max")],
)
def test_medians_give_the_means_and_sds_of_metafors_conv_fivenum(
    bench: Bench, without: tuple[str, ...], summary: str
) -> None:
    given = {key: value for key, value in MEDIANS.items() if not key.startswith(without)} if without else MEDIANS
    contrast = one(bench, "parallel_means", **given)
    row = effect_row(contrast, asked(bench, "MD"))
    reference = json.loads(shared("reference/metafor/conversions.json").read_text())["five_number"]["norm"][summary]
    (m1, m2), (s1, s2) = reference["mean"][:2], reference["sd"][:2]
    assert row.yi == pytest.approx(m1 - m2, rel=1e-10)
    assert row.vi == pytest.approx(s1**2 / 177 + s2**2 / 118, rel=1e-10)
    assert (contrast.certainty, row.approximate) == ("approximate", True)
    assert "medians" in contrast.certainty_note
    assert row.columns is None


def test_a_median_without_quartiles_or_range_says_what_is_missing(bench: Bench) -> None:
    given = {key: value for key, value in MEDIANS.items() if key.startswith(("n_", "median", "centre", "q1"))}
    with pytest.raises(NoEffect, match="its lowest and highest value, in both arms"):
        effect_row(one(bench, "parallel_means", **given), asked(bench, "MD"))


# Cochrane Handbook 5.1, 16.4.6.4: 7.0 (2.38) and 6.5 (2.21), N 10
CROSSOVER = {
    "design": "crossover",
    "n_analysed": 10,
    "mean_active": 7.0,
    "spread_active": 2.38,
    "mean_comparator": 6.5,
    "spread_comparator": 2.21,
}


def test_the_sd_of_the_differences_makes_an_assumed_correlation_needless(bench: Bench) -> None:
    contrast = one(bench, "crossover_means", **CROSSOVER, difference_spread=2, difference_spread_kind="SD")
    row = effect_row(contrast, asked(bench, "MD"))
    assert (row.yi, round(row.se, 3)) == (pytest.approx(0.5), 0.632)  # as the Handbook prints it
    assert contrast.certainty == "arm data"
    assert "SD of the differences" in row.note
    assert "assumed" not in row.note


def test_a_paired_t_gives_the_same_as_the_sd_it_comes_from(bench: Bench) -> None:
    t = 0.5 / (2 / math.sqrt(10))
    contrast = one(bench, "crossover_means", **CROSSOVER, difference_mean=0.5, paired_t=t)
    assert effect_row(contrast, asked(bench, "MD")).se == pytest.approx(2 / math.sqrt(10), rel=1e-12)


def test_without_anything_of_the_pairs_the_correlation_is_assumed_and_said(bench: Bench) -> None:
    contrast = one(bench, "crossover_means", **CROSSOVER)
    row = effect_row(contrast, asked(bench, "MD"))
    assert contrast.certainty == "approximate"
    assert "r assumed" in row.note
    assert row.vi == pytest.approx((2.38**2 + 2.21**2 - 2 * 0.5 * 2.38 * 2.21) / 10)


def test_the_first_period_alone_is_a_parallel_trial(bench: Bench) -> None:
    contrast = one(
        bench, "crossover_means", **(CROSSOVER | {"n_analysed": 20}), periods="first", n_active=9, n_comparator=11
    )
    row = effect_row(contrast, asked(bench, "MD"))
    assert row.vi == pytest.approx(2.38**2 / 9 + 2.21**2 / 11, rel=1e-12)
    assert row.note.startswith("first period alone")


MEANS = {
    "n_active": 60,
    "mean_active": 4.0,
    "spread_active": 2.0,
    "n_comparator": 54,
    "mean_comparator": 5.0,
    "spread_comparator": 1.8,
}


def test_a_trial_of_clusters_weighs_less_by_its_design_effect(bench: Bench) -> None:
    given = MEANS | {"design": "cluster", "cluster_adjusted": "no", "icc": 0.05, "cluster_mean_size": 11}
    row = effect_row(one(bench, "parallel_means", **given), asked(bench, "MD"))
    effect = 1 + 10 * 0.05  # Cochrane Handbook 23.1.4
    assert row.vi == pytest.approx(effect * (4 / 60 + 1.8**2 / 54), rel=1e-12)
    assert row.columns is None
    assert "design effect" in row.note


def test_a_trial_of_clusters_that_allowed_for_them_is_taken_as_it_is(bench: Bench) -> None:
    row = effect_row(
        one(bench, "parallel_means", **(MEANS | {"design": "cluster", "cluster_adjusted": "yes"})),
        asked(bench, "MD"),
    )
    assert row.vi == pytest.approx(4 / 60 + 1.8**2 / 54, rel=1e-12)


def test_a_trial_of_clusters_without_an_icc_stays_out_with_the_reason(bench: Bench) -> None:
    contrast = one(bench, "parallel_means", **(MEANS | {"design": "cluster", "cluster_adjusted": "no"}))
    with pytest.raises(NoEffect, match="the intracluster correlation and the mean size of a cluster are needed"):
        effect_row(contrast, asked(bench, "SMD"))


def test_percentages_give_counts_and_say_so(bench: Bench) -> None:
    contrast = one(
        bench,
        "events",
        outcome="responders_30",
        percent_active=70.4,
        n_active=27,
        percent_comparator=40.7,
        n_comparator=27,
        event_is="good",
    )
    row = effect_row(contrast, asked(bench, "RR", "responders_30"))
    assert row.yi == pytest.approx(math.log(19 / 11), rel=1e-12)
    assert "percentages" in row.note
    assert contrast.certainty == "approximate"


def test_percentages_of_which_no_whole_count_fits_are_refused(bench: Bench) -> None:
    contrast = one(
        bench,
        "events",
        outcome="responders_30",
        percent_active=70.9,
        n_active=27,
        percent_comparator=40.7,
        n_comparator=27,
        event_is="good",
    )
    with pytest.raises(NoEffect, match="no whole number of 27 people is 70"):
        effect_row(contrast, asked(bench, "RR", "responders_30"))


def test_every_row_carries_the_steps_that_end_in_its_numbers(bench: Bench) -> None:
    row = effect_row(one(bench, "parallel_means", **(MEANS | {"spread_kind": "SE"})), asked(bench, "SMD"))
    assert row.derivation is not None
    assert (row.derivation.yi, row.derivation.vi) == (row.yi, row.vi)
    assert row.derivation.steps[-1].value == pytest.approx(row.vi)
    assert any(term.source == "p. 4" for step in row.derivation.steps for term in step.inputs)
