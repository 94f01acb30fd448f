"""The further measures a review may ask for: other standardisations, ratios of means, rates, hazards, Peto."""

from __future__ import annotations

import math
from typing import Any

import pytest
from scipy import stats

from tests.test_contrasts_designs import BASE, Bench, bench, one, review_folder  # noqa: F401  the same bench
from workbench.calculation import RECIPES
from workbench.effects import escalc
from workbench.review import MEASURES_OF
from workbench.synthesis import Analysis, Asked, NoEffect, SynthesisError, analyse, effect_row
from workbench.synthesis.correlation import review_correlation

MEANS = {
    "n_active": 20,
    "mean_active": 3.1,
    "spread_active": 1.8,
    "n_comparator": 18,
    "mean_comparator": 4.6,
    "spread_comparator": 2.4,
}
RATES = {
    "events_active": 32,
    "time_active": 118.5,
    "events_comparator": 51,
    "time_comparator": 121.0,
    "time_unit": "person-weeks",
    "event_is": "bad",
    "outcome": "migraine_attack_rate",
    "indications": ["migraine"],
    "primary_indication": "migraine",
}
COUNTS = {"events_active": 19, "n_active": 27, "events_comparator": 11, "n_comparator": 27, "event_is": "good"}


def asked_for(bench: Bench, measure: str, outcome: str) -> Asked:  # noqa: F811
    return Asked(outcome=bench.review.outcome(outcome), measure=measure, crossover_r=0.5)


@pytest.mark.parametrize("measure", ["SMDH", "SMD1", "ROM"])
def test_means_give_the_measure_that_metafor_defines(bench: Bench, measure: str) -> None:  # noqa: F811
    row = effect_row(one(bench, "parallel_means", **MEANS), asked_for(bench, measure, "pain_intensity"))
    names = {"m1i": 3.1, "sd1i": 1.8, "n1i": 20, "m2i": 4.6, "sd2i": 2.4, "n2i": 18}
    found = escalc(measure, {name: [value] for name, value in names.items()})
    assert (row.yi, row.vi) == (pytest.approx(found.yi[0], rel=1e-12), pytest.approx(found.vi[0], rel=1e-12))


def test_a_ratio_of_means_turned_is_the_ratio_the_other_way_round(bench: Bench) -> None:  # noqa: F811
    plain, turned = (
        effect_row(one(bench, "parallel_means", **MEANS, direction=way), asked_for(bench, "ROM", "pain_intensity"))
        for way in ("lower is better", "higher is better")
    )
    assert (turned.yi, turned.vi) == (pytest.approx(-plain.yi), pytest.approx(plain.vi))


@pytest.mark.parametrize(
    ("statistic", "said"),
    [("change from baseline", "the report gives changes"), ("percent change", "percentages of change")],
)
@pytest.mark.parametrize("form", ["parallel_means", "crossover_means"])
def test_changes_have_no_ratio_of_means(bench: Bench, form: str, statistic: str, said: str) -> None:  # noqa: F811
    contrast = one(bench, form, **MEANS, n_analysed=18, statistic=statistic)
    with pytest.raises(NoEffect, match=said):
        effect_row(contrast, asked_for(bench, "ROM", "pain_intensity"))


def test_paired_periods_have_the_paired_ratio_of_means(bench: Bench) -> None:  # noqa: F811
    answers = {key: value for key, value in MEANS.items() if not key.startswith("n_")}
    contrast = one(bench, "crossover_means", **answers, n_analysed=18, correlation=0.6, design="crossover")
    row = effect_row(contrast, asked_for(bench, "ROM", "pain_intensity"))
    columns = {"m1i": [3.1], "m2i": [4.6], "sd1i": [1.8], "sd2i": [2.4], "ni": [18], "ri": [0.6]}
    found = escalc("ROMC", columns)
    assert (row.yi, row.vi) == (pytest.approx(found.yi[0]), pytest.approx(found.vi[0]))


def test_events_over_time_give_a_rate_ratio(bench: Bench) -> None:  # noqa: F811
    row = effect_row(one(bench, "rates", **RATES), asked_for(bench, "IRR", "migraine_attack_rate"))
    assert row.yi == pytest.approx(math.log((32 / 118.5) / (51 / 121)), rel=1e-14)
    assert row.vi == pytest.approx(1 / 32 + 1 / 51, rel=1e-14)
    assert row.active.text == "32 in 118.5"


def test_a_shared_comparators_events_and_time_are_divided(bench: Bench) -> None:  # noqa: F811
    row = effect_row(one(bench, "rates", **RATES), asked_for(bench, "IRR", "migraine_attack_rate"), share=2)
    assert row.yi == pytest.approx(math.log((32 / 118.5) / (51 / 121)))
    assert row.vi == pytest.approx(1 / 32 + 2 / 51)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"events_active": 0, "events_comparator": 0}, "tells nothing about a ratio"),
        ({"event_is": "good"}, "opposite event does not follow"),
        ({"event_is": ""}, "good or bad is not recorded"),
        ({"time_active": ""}, "not filled in: time active"),
    ],
)
def test_rates_without_an_effect_say_why(bench: Bench, changes: dict[str, Any], said: str) -> None:  # noqa: F811
    contrast = one(bench, "rates", **{key: value for key, value in (RATES | changes).items() if value != ""})
    with pytest.raises(NoEffect, match=said):
        effect_row(contrast, asked_for(bench, "IRR", "migraine_attack_rate"))


def test_a_printed_rate_ratio_is_taken_as_printed_and_never_turned(bench: Bench) -> None:  # noqa: F811
    printed = {"estimate_measure": "IRR", "estimate": 0.7, "estimate_low": 0.5, "estimate_high": 0.98}
    outcome = {key: RATES[key] for key in ("outcome", "indications", "primary_indication")}
    row = effect_row(
        one(bench, "estimate", **outcome, **printed, event_is="bad"), asked_for(bench, "IRR", "migraine_attack_rate")
    )
    assert row.yi == pytest.approx(math.log(0.7))
    assert row.se == pytest.approx(math.log(0.98 / 0.5) / (2 * 1.959963984540054))
    with pytest.raises(NoEffect, match="a rate ratio of the opposite event cannot be turned"):
        effect_row(
            one(bench, "estimate", **outcome, **printed, event_is="good"),
            asked_for(bench, "IRR", "migraine_attack_rate"),
        )


def test_a_printed_hazard_ratio_gives_its_logarithm(bench: Bench) -> None:  # noqa: F811
    outcome = bench.review.outcome("migraine_attack_rate")
    survival = outcome.model_copy(update={"kind": "time_to_event", "measure": "HR"})
    printed = {"estimate_measure": "HR", "estimate": 0.8, "estimate_se": 0.2, "event_is": "bad"}
    row = effect_row(one(bench, "estimate", **printed), Asked(outcome=survival, measure="HR", crossover_r=0.5))
    assert (row.yi, row.vi) == (pytest.approx(math.log(0.8)), pytest.approx(0.04))


def test_counts_of_people_give_petos_odds_ratio(bench: Bench) -> None:  # noqa: F811
    row = effect_row(one(bench, "events", **COUNTS, outcome="responders_30"), asked_for(bench, "PETO", "responders_30"))
    found = escalc("PETO", {"ai": [19], "n1i": [27], "ci": [11], "n2i": [27]})
    assert (row.yi, row.vi) == (pytest.approx(found.yi[0]), pytest.approx(found.vi[0]))


def test_a_difference_in_points_is_standardised_by_a_printed_sd(bench: Bench) -> None:  # noqa: F811
    """With the SE that the arms' common SD gives, g and its variance are those of the arms (metafor's LS)."""
    sd, n1, n2 = 2.1, 25, 22
    answers = {"estimate_measure": "MD", "estimate": -1.2, "n_active": n1, "n_comparator": n2, "outcome_sd": sd}
    se = sd * math.sqrt(1 / n1 + 1 / n2)
    row = effect_row(one(bench, "estimate", **answers, estimate_se=se), asked_for(bench, "SMD", "pain_intensity"))
    arms = {"m1i": [-1.2], "sd1i": [sd], "n1i": [n1], "m2i": [0.0], "sd2i": [sd], "n2i": [n2]}
    found = escalc("SMD", arms)
    assert (row.yi, row.vi) == (pytest.approx(found.yi[0], rel=1e-12), pytest.approx(found.vi[0], rel=1e-12))
    assert "printed difference over the printed SD" in row.note
    sharper = effect_row(
        one(bench, "estimate", **answers, estimate_se=se / 2), asked_for(bench, "SMD", "pain_intensity")
    )
    assert sharper.yi == row.yi
    assert sharper.vi < row.vi


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"outcome_sd": None}, "cannot be turned into a standardised difference without the SD"),
        ({"n_active": None}, "participants of both arms"),
        ({"design": "crossover"}, "compares people with themselves"),
        ({"estimate_se": None}, "standard error, "),
    ],
)
def test_what_a_standardised_difference_in_points_lacks_is_said(
    bench: Bench,  # noqa: F811
    changes: dict[str, Any],
    said: str,
) -> None:
    answers = {
        "estimate_measure": "MD",
        "estimate": -1.2,
        "estimate_se": 0.6,
        "n_active": 25,
        "n_comparator": 22,
        "outcome_sd": 2.1,
        **changes,
    }
    contrast = one(bench, "estimate", **{key: value for key, value in answers.items() if value is not None})
    with pytest.raises(NoEffect, match=said):
        effect_row(contrast, asked_for(bench, "SMD", "pain_intensity"))


def test_one_arm_alone_is_counted_and_left_out_with_its_reason(bench: Bench) -> None:  # noqa: F811
    contrast = one(bench, "one_arm", one_arm_statistic="mean", n_analysed=20, mean=3.2, spread=1.1)
    analysis = Analysis(indication="fibromyalgia", outcome="pain_intensity", window="short", measure="SMD")
    result = analyse([contrast], analysis, bench.review)
    assert [(item.contrast.id, "compared with nothing" in item.reason) for item in result.excluded] == [
        (contrast.id, True)
    ]


def test_a_clusters_printed_estimate_is_widened_or_asks_for_what_it_needs(bench: Bench) -> None:  # noqa: F811
    printed = {"estimate_measure": "MD", "estimate": -1.2, "estimate_se": 0.5, "design": "cluster"}
    ask = asked_for(bench, "MD", "pain_intensity")
    with pytest.raises(NoEffect, match="intracluster correlation"):
        effect_row(one(bench, "estimate", **printed, cluster_adjusted="no"), ask)
    wider = effect_row(one(bench, "estimate", **printed, cluster_adjusted="no", icc=0.05, cluster_mean_size=21), ask)
    assert wider.vi == pytest.approx(0.25 * 2)
    assert effect_row(one(bench, "estimate", **printed, cluster_adjusted="yes"), ask).vi == pytest.approx(0.25)


@pytest.mark.parametrize("measure", [measure for measures in MEASURES_OF.values() for measure in measures])
def test_every_measure_is_pooled_or_refused_by_name(bench: Bench, measure: str) -> None:  # noqa: F811
    analysis = Analysis(indication="migraine", outcome="migraine_attack_rate", window="short", measure=measure)
    for number in (1, 2):
        bench.add(f"Rate {number}", "r", "rates", BASE | RATES | {"events_active": 20 + number})
    if measure == "IRR":
        result = analyse(bench.contrasts(), analysis, bench.review)
        assert result.pool is not None
        assert result.ratio
    else:
        with pytest.raises(SynthesisError, match=f"{measure} does not fit"):
            analyse(bench.contrasts(), analysis, bench.review)


@pytest.mark.parametrize("measure", ["SMD", "SMDH", "SMD1"])
def test_no_standardised_pool_mixes_final_values_and_changes(bench: Bench, measure: str) -> None:  # noqa: F811
    for number, statistic in enumerate(("final value", "final value", "change from baseline", "percent change")):
        answers = BASE | MEANS | {"statistic": statistic, "study_label": f"Trial {number}"}
        bench.add(f"Trial {number}", "r", "parallel_means", answers)
    analysis = Analysis(indication="fibromyalgia", outcome="pain_intensity", window="short", measure=measure)
    result = analyse(bench.contrasts(), analysis, bench.review)
    assert [row.contrast.study_label for row in result.rows] == ["Trial 0", "Trial 1"]
    assert [item.code for item in result.excluded] == ["statistic", "statistic"]


def test_a_comparator_that_is_said_to_be_shared_is_divided_also_under_two_names(bench: Bench) -> None:  # noqa: F811
    arms = (("10 Hz", "sham", "no"), ("1 Hz", "sham coil", "yes"))
    for number, (active, comparator, shared) in enumerate(arms):
        changes = {"active_label": active, "comparator_label": comparator, "comparator_shared": shared}
        printed = {"estimate_measure": "SMD", "estimate": -0.5, "n_active": 20, "n_comparator": 20}
        bench.add("Trial 2020", f"r{number}", "estimate", BASE | printed | changes)
    analysis = Analysis(indication="fibromyalgia", outcome="pain_intensity", window="short", measure="SMD")
    result = analyse(bench.contrasts(), analysis, bench.review)
    assert [row.comparator.n for row in result.rows] == [10, 10]


def test_a_crossover_entered_as_two_groups_is_flagged_and_gives_way_to_its_paired_result(
    bench: Bench,  # noqa: F811
) -> None:
    crossover = {"design": "crossover"}
    bench.add("Trial 2020", "as two groups", "parallel_means", BASE | MEANS | crossover)
    paired = {key: value for key, value in MEANS.items() if not key.startswith("n_")}
    bench.add("Trial 2020", "paired", "crossover_means", BASE | paired | crossover | {"n_analysed": 18})
    analysis = Analysis(indication="fibromyalgia", outcome="pain_intensity", window="short", measure="SMD")
    found = bench.contrasts()
    assert "compared with themselves" in found[0].flag("crossover_as_parallel").message  # type: ignore[union-attr]
    assert [row.contrast.result for row in analyse(found, analysis, bench.review).rows] == ["paired"]


def test_the_same_numbers_in_two_trials_are_seen_without_any_baseline(bench: Bench) -> None:  # noqa: F811
    same = {
        "n_active": 23,
        "mean_active": 4.37,
        "spread_active": 1.93,
        "n_comparator": 21,
        "mean_comparator": 5.61,
        "spread_comparator": 2.07,
    }
    for name in ("Aster 2019", "Birch 2021"):
        bench.add(name, "r", "parallel_means", BASE | same | {"study_label": name})
    bench.add("Cedar 2022", "r", "parallel_means", BASE | same | {"study_label": "Cedar 2022", "mean_active": 4.36})
    flags = [contrast.flag("baseline_copied") for contrast in bench.contrasts()]
    assert [flag is not None for flag in flags] == [True, True, False]
    assert "those of Birch 2021" in flags[0].message  # type: ignore[union-attr]


PERIODS = {
    "n_analysed": 20,
    "mean_active": 4.0,
    "spread_active": 2.0,
    "mean_comparator": 5.0,
    "spread_comparator": 2.0,
    "design": "crossover",
}
SE_OF_T = 1 / 6  # |4 - 5| / 6
Q19 = 2.093024054408263  # t(19), 0.975


@pytest.mark.parametrize(
    "printed",
    [
        {"paired_t": 6.0},
        {"paired_t": 6.0, "difference_mean": -1.0},
        {"difference_spread": SE_OF_T, "difference_spread_kind": "SE"},
        {"difference_spread": SE_OF_T * Q19, "difference_spread_kind": "95% CI half-width"},
        {"difference_spread": SE_OF_T * math.sqrt(20), "difference_spread_kind": "SD", "difference_mean": -1.0},
    ],
    ids=["t", "t and difference", "SE", "half-width", "SD"],
)
@pytest.mark.parametrize("spread", ["SD", "SE"])
@pytest.mark.parametrize("measure", ["MD", "SMD"])
def test_whatever_a_crossover_prints_of_its_pairs_nothing_is_assumed(
    bench: Bench,  # noqa: F811
    printed: dict[str, Any],
    spread: str,
    measure: str,
) -> None:
    arms = {key: 2.0 / (math.sqrt(20) if spread == "SE" else 1) for key in ("spread_active", "spread_comparator")}
    contrast = one(bench, "crossover_means", **PERIODS | printed | arms | {"spread_kind": spread})
    row = effect_row(contrast, asked_for(bench, measure, "pain_intensity"))
    r = 1 - (SE_OF_T * math.sqrt(20)) ** 2 / (2 * 2.0**2)
    if measure == "MD":
        assert (row.yi, row.vi) == (pytest.approx(-1), pytest.approx(SE_OF_T**2, rel=1e-9))
    else:
        g = -1 / 2
        assert row.yi == pytest.approx(g)
        assert row.vi == pytest.approx((1 / 20 + g**2 / 40) * 2 * (1 - r), rel=1e-9)
    assert not row.approximate
    assert contrast.flag("assumed_correlation") is None
    assert "r assumed" not in row.note


@pytest.mark.parametrize(
    ("recipe", "spread"),
    [
        ("crossover_se", {"estimate_se": 20.0}),
        ("crossover_t", {"estimate_t": 2.5}),
        ("crossover_interval", {"estimate_low": 50 - 20 * 2.2621571628, "estimate_high": 50 + 20 * 2.2621571628}),
    ],
)
def test_a_difference_within_people_is_brought_to_the_pools_scale(recipe: str, spread: dict[str, float]) -> None:
    found = RECIPES[recipe].derive({"n_analysed": 10, "estimate": 50.0, "scale_factor": 0.1, **spread}, "MD")
    assert (found.yi, found.vi) == (pytest.approx(5), pytest.approx(4, rel=1e-8))


def test_petos_odds_ratio_and_risk_differences_take_empty_cells_as_they_are(bench: Bench) -> None:  # noqa: F811
    """5/30 against 0/31: rma.peto gives 2.17857 with variance .85737; the risks differ by 5/30."""
    cells = {"events_active": 5, "n_active": 30, "events_comparator": 0, "n_comparator": 31, "event_is": "good"}
    contrast = one(bench, "events", **cells, outcome="responders_30")
    peto = effect_row(contrast, asked_for(bench, "PETO", "responders_30"))
    assert (peto.yi, peto.vi) == (pytest.approx(2.17857, abs=5e-6), pytest.approx(0.85737, abs=5e-6))
    difference = effect_row(contrast, asked_for(bench, "RD", "responders_30"))
    p = 5 / 30
    assert (difference.yi, difference.vi) == (pytest.approx(p), pytest.approx(p * (1 - p) / 30))
    nobody = one(bench, "events", **cells | {"events_active": 0}, outcome="responders_30")
    assert "1/2 added" in effect_row(nobody, asked_for(bench, "RD", "responders_30")).note


def test_clusters_widen_a_crossover_as_well(bench: Bench) -> None:  # noqa: F811
    answers = PERIODS | {"correlation": 0.5, "design": "cluster"}
    alone = effect_row(
        one(bench, "crossover_means", **answers, cluster_adjusted="yes"), asked_for(bench, "MD", "pain_intensity")
    )
    wider = effect_row(
        one(bench, "crossover_means", **answers, cluster_adjusted="no", icc=0.05, cluster_mean_size=21),
        asked_for(bench, "MD", "pain_intensity"),
    )
    assert wider.vi == pytest.approx(2 * alone.vi)


@pytest.mark.parametrize(("beside", "df"), [({"estimate_p": 0.03}, 18), ({"estimate_t": 2.3}, None)])
def test_a_difference_with_p_or_t_is_one_of_the_two_sample_t_test(
    bench: Bench,  # noqa: F811
    beside: dict[str, float],
    df: int | None,
) -> None:
    sizes = {"n_active": 10, "n_comparator": 10}
    contrast = one(bench, "estimate", estimate_measure="MD", estimate=-2.0, **sizes, **beside)
    row = effect_row(contrast, asked_for(bench, "MD", "pain_intensity"))
    t = 2.3 if df is None else float(stats.t.isf(0.015, df))
    assert row.se == pytest.approx(2 / t)


def test_an_adjusted_test_gives_no_effect_and_a_test_alone_counts_as_worked_out(bench: Bench) -> None:  # noqa: F811
    test = {
        "estimate_measure": "SMD",
        "estimate_t": 2.5,
        "estimate_favours": "active",
        "n_active": 20,
        "n_comparator": 20,
    }
    plain = one(bench, "estimate", **test)
    assert plain.certainty == "approximate"
    assert effect_row(plain, asked_for(bench, "SMD", "pain_intensity")).approximate
    with pytest.raises(NoEffect, match="adjusted comparison"):
        effect_row(one(bench, "estimate", **test, estimate_adjusted="yes"), asked_for(bench, "SMD", "pain_intensity"))


def test_standardised_adjusted_means_are_marked_where_only_their_precision_is_printed(bench: Bench) -> None:  # noqa: F811
    answers = MEANS | {
        "means_adjusted": "adjusted",
        "spread_kind": "SE",
        "spread_active": 0.4,
        "spread_comparator": 0.5,
    }
    contrast = one(bench, "parallel_means", **answers)
    row = effect_row(contrast, asked_for(bench, "SMD", "pain_intensity"))
    assert row.approximate
    assert "the SMD may be too large" in row.note
    assert not effect_row(contrast, asked_for(bench, "MD", "pain_intensity")).approximate


def test_a_change_is_standardised_by_the_sd_before_it() -> None:
    """Becker 1988; metafor's SMCR with sd1i = the SD before: -1.91982, .14214."""
    values = {"n": 20, "mean_after": 3, "sd_after": 2, "mean_before": 5, "sd_before": 1, "correlation": 0.5}
    found = RECIPES["one_change"].derive(values, "SMCR")
    assert (found.yi, found.vi) == (pytest.approx(-1.91982, abs=5e-6), pytest.approx(0.14214, abs=5e-6))


def test_the_reviews_own_correlation_comes_from_the_trials_that_tell_it(bench: Bench) -> None:  # noqa: F811
    told = ({"correlation": 0.8}, {"paired_t": 6.0}, {})
    for number, beside in enumerate(told):
        answers = {key: value for key, value in (BASE | PERIODS | beside).items() if key != "estimate"}
        bench.add(f"Trial {number}", "r", "crossover_means", answers | {"study_label": f"Trial {number}"})
    found = review_correlation(bench.contrasts())
    assert found is not None
    r = 1 - 20 * SE_OF_T**2 / (2 * 2.0**2)
    assert found.trials == ("Trial 0", "Trial 1")
    assert found.r == pytest.approx(math.tanh((math.atanh(0.8) + math.atanh(r)) / 2))
    analysis = Analysis(indication="fibromyalgia", outcome="pain_intensity", window="short", measure="SMD")
    runs = [run.name for run in analyse(bench.contrasts(), analysis, bench.review).sensitivity]
    assert f"Crossover correlation {found.r:.2f}, as in 2 trials of the review" in runs
