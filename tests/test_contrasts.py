"""Contrasts keep their trail, effects agree with metafor row by row, and doubtful numbers are marked by rule."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from tests.trial_answers import Bench, expected, row_range, typed
from workbench.extraction import ResultState
from workbench.forms import NOT_REPORTED
from workbench.synthesis import FLAGS, Asked, Contrast, NoEffect, effect_row, not_ready

# the references print ten significant digits
DIGITS = 1e-9


@pytest.fixture(scope="session")
def review_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("contrasts") / "review"


@pytest.fixture
def bench(review_folder) -> Bench:
    return Bench(review_folder)


def asked(bench: Bench, outcome: str, measure: str, **changes: Any) -> Asked:
    return Asked(outcome=bench.review.outcome(outcome), measure=measure, crossover_r=0.5, **changes)


def one(bench: Bench, form: str, **answers: Any) -> Contrast:
    base = {
        "study_label": "Trial 2020",
        "indications": ["central_pain", "pain_depression"],
        "primary_indication": "pain_depression",
        "active_label": "rTMS",
        "comparator_label": "sham",
        "sham_type": "sham coil",
        "outcome": "pain_intensity",
        "direction": "lower is better",
        "statistic": "final value",
        "time_label": "week 5",
        "days_after_treatment": 7,
        "certainty": "arm data",
        "quote": "words",
        "page": "p. 4",
    }
    bench.add("Trial 2020", f"r{len(bench.settled)}", form, {**base, **answers})
    return bench.contrasts()[-1]


MEANS = {
    "n_active": 20,
    "mean_active": 4.0,
    "spread_active": 2.0,
    "n_comparator": 18,
    "mean_comparator": 5.0,
    "spread_comparator": 1.8,
    "spread_kind": "SD",
}
CROSSOVER_P = {
    "design": "crossover",
    "estimate_measure": "SMD",
    "estimate_favours": "active",
    "n_active": 20,
    "n_comparator": 20,
}
COUNTS = {"n_active": 27, "events_active": 19, "n_comparator": 27, "events_comparator": 11, "event_is": "good"}


# --- trail -----------------------------------------------------------------------------------------------------------


def test_a_contrast_leads_back_to_extractions_report_quote_and_page(bench):
    form, answers = typed("T018", days_after_treatment=30)
    bench.add("Misra 2013", "T018", form, answers, reports=("pubmed:23963471",))
    (contrast,) = bench.contrasts()
    assert contrast.id == "misra-2013/T018"
    assert contrast.extraction_ids == ("T018-a", "T018-b")
    assert contrast.reports == ("pubmed:23963471",)
    assert contrast.quote == "50 randomised to each arm; 78.7 vs 33.3%"
    assert contrast.page == "abstract; table 1 row Usha et al."
    assert (contrast.form, contrast.form_version, contrast.window) == ("events", 1, "medium")


def test_the_primary_indication_comes_first_and_stimulation_loses_its_prefix(bench):
    contrast = one(bench, "parallel_means", **MEANS, stim_target="M1", stim_frequency_hz=10, stim_coil=NOT_REPORTED)
    assert contrast.indications == ("pain_depression", "central_pain")
    assert dict(contrast.stimulation) == {"target": "M1", "frequency_hz": 10.0}


def test_only_agreed_and_settled_results_become_contrasts_and_the_others_say_why(bench):
    for state in ResultState:
        bench.add("Trial 2020", state.value, "events", {**COUNTS, "outcome": "responders_30"}, state=state)
    assert {item.result for item in bench.contrasts()} == {"agreed", "settled"}
    waiting = {item.result: item.reason for item in not_ready(bench.settled)}
    assert waiting["conflict"] == "the extractors differ"
    assert set(waiting) == {"empty", "draft", "waiting", "conflict"}


def test_what_stands_in_a_field_that_no_longer_applies_is_not_part_of_the_result(bench):
    contrast = one(bench, "parallel_means", **MEANS, comparator_shared="no", comparator_split="already divided")
    assert contrast.comparator_split == ""


def test_a_result_of_a_form_that_is_gone_is_kept_and_says_so(bench):
    contrast = one(bench, "old_form", **MEANS)
    assert contrast.kind == ""
    with pytest.raises(NoEffect, match="the form 'old_form' it was extracted with is not among the review's forms"):
        effect_row(contrast, asked(bench, "pain_intensity", "SMD"))


# --- effects, against metafor -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["MD", "SMD"])
def test_every_row_with_means_reproduces_metafors_effect(bench, name):
    wanted = {row["row_id"]: row for row in expected("expected_effects.csv") if row["measure"] == name}
    bench.rows(wanted)
    assert len(wanted) == 30
    for contrast in bench.contrasts():
        row = effect_row(contrast, asked(bench, "pain_intensity", name))
        assert row.yi == pytest.approx(float(wanted[contrast.result]["yi"]), rel=DIGITS)
        assert row.vi == pytest.approx(float(wanted[contrast.result]["vi"]), rel=DIGITS)


@pytest.mark.parametrize("name", ["OR", "RR", "RD"])
def test_every_two_by_two_table_reproduces_metafors_effect(bench, name):
    label = name if name == "RD" else f"log {name}"
    rows = [*expected("expected_effects.csv"), *expected("expected_effects_by_indication.csv")]
    tables = [row for row in rows if row["measure"] == label and "posterior" not in row.get("method", "")]
    wanted = {row["row_id"]: row for row in tables}
    assert len(wanted) == 8
    bench.rows(wanted)
    for contrast in bench.contrasts():
        row = effect_row(contrast, asked(bench, "responders_30", name))
        assert row.yi == pytest.approx(float(wanted[contrast.result]["yi"]), rel=DIGITS)
        assert row.vi == pytest.approx(float(wanted[contrast.result]["vi"]), rel=DIGITS)


def by_indication(row_id: str, measure: str, method: str = "") -> tuple[float, float]:
    found = [
        row
        for row in expected("expected_effects_by_indication.csv")
        if row["row_id"] == row_id and row["measure"] == measure and method in row["method"]
    ]
    assert len(found) == 1
    return float(found[0]["yi"]), float(found[0]["vi"])


def approximately(pair: tuple[float, float]) -> Any:
    return pytest.approx(pair, rel=DIGITS)


def test_a_whole_sham_shared_by_two_arms_is_halved(bench):
    bench.rows(["U039", "U040"], outcome="migraine_attacks", comparator_shared="yes", comparator_split="whole")
    for contrast in bench.contrasts():
        for name in ("MD", "SMD"):
            row = effect_row(contrast, asked(bench, "migraine_attacks", name), share=2)
            assert (row.yi, row.vi) == approximately(by_indication(contrast.result, name, "halved"))
            assert row.comparator.n == 18
            assert "divided by 2" in row.note


def test_a_sham_already_divided_in_the_source_is_not_divided_again(bench):
    bench.rows(["T046"])
    (contrast,) = bench.contrasts()
    assert effect_row(contrast, asked(bench, "pain_intensity", "SMD"), share=2).comparator.n == 10


@pytest.mark.parametrize("row_id", ["T010", "T011", "T012", "T013"])
def test_a_printed_d_becomes_hedges_g(bench, row_id):
    size = {"T010": 1.302, "T011": 0.86, "T012": 0.771, "T013": 0.55}[row_id]
    # printed without its sign, in favour of rTMS: a higher value is better
    contrast = one(
        bench,
        "estimate",
        estimate_measure="SMD",
        estimate=size,
        direction="higher is better",
        n_active=20,
        n_comparator=20,
    )
    row = effect_row(contrast, asked(bench, "pain_intensity", "SMD"))
    assert (row.yi, row.vi) == approximately(by_indication(row_id, "SMD"))


def test_a_p_value_or_a_root_of_f_with_arm_sizes_gives_g(bench):
    test = {"estimate_measure": "SMD", "estimate": NOT_REPORTED, "estimate_favours": "active"}
    boyer = one(bench, "estimate", **test, estimate_p=0.032, n_active=19, n_comparator=19)
    row = effect_row(boyer, asked(bench, "pain_intensity", "SMD"))
    assert (row.yi, row.vi) == approximately(by_indication("U001", "SMD"))
    # F(1) = 23.573 of the group effect, 20 and 19 people
    zhang = one(bench, "estimate", **test, estimate_t=math.sqrt(23.573), n_active=20, n_comparator=19)
    row = effect_row(zhang, asked(bench, "pain_intensity", "SMD"))
    assert (row.yi, row.vi) == approximately(by_indication("U087", "SMD"))
    # quality of life is better when higher: the sign follows the outcome, not the wording
    row = effect_row(replace(boyer, outcome="quality_of_life"), asked(bench, "quality_of_life", "SMD"))
    assert row.yi > 0


def test_a_printed_difference_of_decreases_is_turned_once(bench):
    # Mori 2024: fall with rTMS minus fall with sham .26 (-.60 to 1.13), so the pain difference is -.26
    mori = one(
        bench,
        "estimate",
        estimate_measure="MD",
        estimate=0.26,
        estimate_low=-0.60,
        estimate_high=1.13,
        direction="higher is better",
        statistic="change from baseline",
        scale_low=0,
        scale_high=10,
    )
    row = effect_row(mori, asked(bench, "pain_intensity", "MD"))
    assert (row.yi, row.vi) == approximately(by_indication("T041", "MD"))
    assert "sign turned" in row.note


def test_a_crossover_trial_is_paired(bench):
    form, answers = typed("U065")
    for key in ("n_active", "n_comparator"):
        del answers[key]
    bench.add("Kang 2009", "U065", "crossover_means", {**answers, "n_analysed": 11})
    (kang,) = bench.contrasts()
    assert form == "parallel_means"
    assert kang.certainty == "approximate"  # the correlation is not reported
    for r in (0.0, 0.5):
        wanted = replace(asked(bench, "pain_intensity", "MD"), crossover_r=r)
        row = effect_row(kang, wanted)
        assert (row.yi, row.vi) == approximately(by_indication("U065", f"MD (crossover, r={r:.1f})"))
    assert kang.flag("assumed_correlation")


def test_the_handbooks_crossover_example_is_reproduced(bench):
    # Cochrane Handbook 5.1, 16.4.6.4: 7.0 (2.38) and 6.5 (2.21), 10 people, r .68: SMD .218 with SE .256
    contrast = one(
        bench,
        "crossover_means",
        n_analysed=10,
        mean_active=7.0,
        spread_active=2.38,
        mean_comparator=6.5,
        spread_comparator=2.21,
        spread_kind="SD",
        correlation=0.68,
    )
    row = effect_row(contrast, asked(bench, "pain_intensity", "SMD"))
    assert (row.yi, row.se) == (pytest.approx(0.218, abs=5e-4), pytest.approx(0.256, abs=5e-4))
    assert contrast.certainty == "arm data"


@pytest.mark.parametrize(("kind", "spread"), [("SE", 2.0 / math.sqrt(20)), ("95% CI half-width", None)])
def test_a_standard_error_or_an_interval_gives_the_same_effect_as_its_sd(bench, kind, spread):
    plain = effect_row(one(bench, "parallel_means", **MEANS), asked(bench, "pain_intensity", "SMD"))
    if spread is None:  # t(19) and t(17), 97.5 %
        spreads = 2.0930240544 * 2 / math.sqrt(20), 2.1098155778 * 1.8 / math.sqrt(18)
    else:
        spreads = spread, 1.8 / math.sqrt(18)
    changed = {**MEANS, "spread_kind": kind, "spread_active": spreads[0], "spread_comparator": spreads[1]}
    row = effect_row(one(bench, "parallel_means", **changed), asked(bench, "pain_intensity", "SMD"))
    assert (row.yi, row.vi) == pytest.approx((plain.yi, plain.vi), rel=1e-9)
    assert "SD from the" in row.note
    assert row.active.sd == pytest.approx(2.0, rel=1e-9)


def test_a_scale_that_runs_the_other_way_is_turned_for_the_effect_only(bench):
    usual = effect_row(one(bench, "parallel_means", **MEANS), asked(bench, "pain_intensity", "SMD"))
    relief = one(bench, "parallel_means", **MEANS, direction="higher is better")
    row = effect_row(relief, asked(bench, "pain_intensity", "SMD"))
    assert (row.yi, row.vi) == pytest.approx((-usual.yi, usual.vi))
    assert row.active.mean == 4.0  # as printed
    better_when_higher = effect_row(replace(relief, outcome="quality_of_life"), asked(bench, "quality_of_life", "SMD"))
    assert better_when_higher.yi == pytest.approx(usual.yi)  # not turned: the outcome wants higher


def test_counts_of_the_opposite_event_are_exchanged(bench):
    responders = one(bench, "events", **COUNTS, outcome="responders_50")
    rest = {**COUNTS, "events_active": 8, "events_comparator": 16, "event_is": "bad"}
    non_responders = one(bench, "events", **rest, outcome="responders_50")
    for name in ("RR", "OR", "RD"):
        wanted = asked(bench, "responders_50", name)
        a, b = effect_row(responders, wanted), effect_row(non_responders, wanted)
        assert (a.yi, a.vi) == pytest.approx((b.yi, b.vi))
    assert "exchanged" in b.note


def test_a_scale_of_100_is_brought_to_10_for_a_mean_difference_and_another_scale_refused(bench):
    on_ten = one(bench, "parallel_means", **MEANS, scale_low=0, scale_high=10)
    hundred = {
        key: value * 10 if key.startswith(("mean", "spread_a", "spread_c")) else value for key, value in MEANS.items()
    }
    on_hundred = one(bench, "parallel_means", **hundred, scale_low=0, scale_high=100)
    wanted = asked(bench, "pain_intensity", "MD", common_length=10.0)
    a, b = effect_row(on_ten, wanted), effect_row(on_hundred, wanted)
    assert (a.yi, a.vi) == pytest.approx((b.yi, b.vi))
    assert "brought from a scale of 100" in b.note
    with pytest.raises(NoEffect, match="its scale is 63 points long and the others 10"):
        effect_row(one(bench, "parallel_means", **MEANS, scale_low=0, scale_high=63), wanted)


@pytest.mark.parametrize(
    ("form", "answers", "outcome", "measure", "said"),
    [
        (
            "parallel_means",
            {**MEANS, "spread_active": NOT_REPORTED},
            "pain_intensity",
            "SMD",
            "not reported: spread active",
        ),
        ("parallel_means", {**MEANS, "direction": NOT_REPORTED}, "pain_intensity", "SMD", "which direction is better"),
        ("parallel_means", {**MEANS, "spread_kind": NOT_REPORTED}, "pain_intensity", "SMD", "SD or a standard error"),
        ("parallel_means", MEANS, "pain_intensity", "RR", "RR does not fit a continuous outcome"),
        ("parallel_means", MEANS, "responders_30", "RR", "means give no RR"),
        ("events", COUNTS, "pain_intensity", "SMD", "counts of people give no SMD"),
        (
            "events",
            {**COUNTS, "events_active": 0, "events_comparator": 0},
            "responders_30",
            "RR",
            "nobody in both arms",
        ),
        (
            "events",
            {**COUNTS, "event_is": NOT_REPORTED},
            "responders_30",
            "RR",
            "whether the event counted is good or bad",
        ),
        (
            "estimate",
            {"estimate_measure": "OR", "estimate": 2.0, "estimate_low": 1.1, "estimate_high": 3.6},
            "responders_30",
            "OR",
            "whether the event counted is good or bad",
        ),
        (
            "estimate",
            {**CROSSOVER_P, "estimate_p": 0.03},
            "pain_intensity",
            "SMD",
            "crossover trial: its test",
        ),
        (
            "estimate",
            {**CROSSOVER_P, "estimate": -0.5},
            "pain_intensity",
            "SMD",
            "crossover trial: its test",
        ),
        (
            "events",
            {**COUNTS, "events_active": 27, "events_comparator": 27},
            "responders_30",
            "OR",
            "everybody in both",
        ),
        ("events", {**COUNTS, "events_active": 28}, "responders_30", "RR", "more people with the event"),
        (
            "estimate",
            {"estimate_measure": "MD", "estimate": -1},
            "pain_intensity",
            "SMD",
            "a mean difference that cannot",
        ),
        ("estimate", {"estimate_measure": "SMD", "estimate": -1}, "pain_intensity", "SMD", "its own standard error"),
        (
            "estimate",
            {"estimate_measure": "MD", "estimate": -19.34, "estimate_low": 14.31, "estimate_high": 25.27},
            "pain_intensity",
            "MD",
            "outside its interval",
        ),
        (
            "estimate",
            {"estimate_measure": "SMD", "estimate": NOT_REPORTED, "estimate_p": 0.03, "n_active": 9, "n_comparator": 9},
            "pain_intensity",
            "SMD",
            "which arm did better is not recorded",
        ),
    ],
)
def test_a_contrast_without_an_effect_says_what_is_missing(bench, form, answers, outcome, measure, said):
    contrast = one(bench, form, **{**answers, "outcome": outcome})
    with pytest.raises(NoEffect, match=said):
        effect_row(contrast, asked(bench, outcome, measure))


def test_a_crossover_trials_printed_estimate_with_an_interval_is_taken_as_printed(bench):
    printed = {"estimate": -0.5, "estimate_low": -0.9, "estimate_high": -0.1}
    row = effect_row(one(bench, "estimate", **CROSSOVER_P, **printed), asked(bench, "pain_intensity", "SMD"))
    assert (row.yi, row.se) == (-0.5, pytest.approx(0.8 / (2 * 1.959963984540054)))


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
def test_an_empty_cell_is_told_for_every_measure(bench, measure):
    empty = one(bench, "events", **{**COUNTS, "events_comparator": 0}, outcome="responders_30")
    said = "an empty cell, to which nothing is added" if measure == "RD" else "1/2 added to every cell"
    assert said in effect_row(empty, asked(bench, "responders_30", measure)).note
    full = one(bench, "events", **COUNTS, outcome="responders_30")
    assert "1/2" not in effect_row(full, asked(bench, "responders_30", measure)).note


# --- flags, by rule ---------------------------------------------------------------------------------------------------


def flagged(contrasts: tuple[Contrast, ...], code: str) -> set[str]:
    assert code in FLAGS
    return {contrast.result for contrast in contrasts if contrast.flag(code)}


def anonymous(bench: Bench, row_ids: list[str]) -> tuple[Contrast, ...]:
    """The rows under names that no rule could know, in an order of their own."""
    names: dict[str, str] = {}
    for row_id in sorted(row_ids, key=lambda key: key[::-1]):
        form, answers = typed(row_id)
        name = names.setdefault(answers["study_label"], f"Trial {len(names)}")
        bench.add(name, row_id, form, {**answers, "study_label": name})
    return bench.contrasts()


PEI = {"T051", "T052", "T062", "T063"}
MA = {"T050", "T061", "T068"}


def test_standard_errors_typed_as_sds_are_found_and_no_other_row_is_marked(bench):
    contrasts = anonymous(bench, row_range(46, 74))
    assert flagged(contrasts, "spread_looks_like_se") == PEI
    message = next(c.flag("spread_looks_like_se") for c in contrasts if c.result == "T051").message  # type: ignore[union-attr]
    assert "the trial's own SD before treatment is 1.7" in message
    assert "an SD of about 2 is usual on this scale" in message


def test_the_usual_sd_finds_a_standard_error_without_peers_or_baseline(bench):
    # Mori 2024 prints 0.84 +/- 0.31 and 0.58 +/- 0.29 on 0-10, and says SE; 30 randomised
    typo = {
        "n_active": 15,
        "mean_active": 0.84,
        "spread_active": 0.31,
        "n_comparator": 15,
        "mean_comparator": 0.58,
        "spread_comparator": 0.29,
        "statistic": "change from baseline",
        "direction": "higher is better",
        "instrument": "NRS 0-10",
    }
    assert one(bench, "parallel_means", **typo, spread_kind="SD").flag("spread_looks_like_se")
    assert not one(bench, "parallel_means", **typo, spread_kind="SE").flag("spread_looks_like_se")


def test_the_usual_sd_is_brought_to_the_length_of_the_scale(bench):
    hundred = {**MEANS, "mean_active": 40, "mean_comparator": 50, "spread_active": 4.0, "spread_comparator": 4.0}
    assert one(bench, "parallel_means", **hundred, scale_low=0, scale_high=100).flag("spread_looks_like_se")
    wide = {**hundred, "spread_active": 18.0, "spread_comparator": 18.0}
    assert not one(bench, "parallel_means", **wide, scale_low=0, scale_high=100).flag("spread_looks_like_se")


def test_other_trials_spreads_find_a_standard_error_where_nothing_else_is_known(bench):
    # fatigue has no instruments with a usual SD in the review
    for number, sd in enumerate((10.0, 12.0, 9.0)):
        peer = {
            **MEANS,
            "outcome": "fatigue",
            "scale_low": 0,
            "scale_high": 100,
            "spread_active": sd,
            "spread_comparator": sd,
        }
        bench.add(
            f"Peer {number}",
            f"p{number}",
            "parallel_means",
            {**peer, "direction": "lower is better", "statistic": "final value"},
        )
    suspect = {**MEANS, "outcome": "fatigue", "scale_low": 0, "scale_high": 100}
    small = one(bench, "parallel_means", **{**suspect, "spread_active": 3.0, "spread_comparator": 3.0})
    assert "the other trials' median SD is 10" in small.flag("spread_looks_like_se").message  # type: ignore[union-attr]
    fair = one(bench, "parallel_means", **{**suspect, "spread_active": 6.0, "spread_comparator": 6.0})
    assert not fair.flag("spread_looks_like_se")


def test_baselines_copied_from_another_trial_are_found_in_both_trials(bench):
    contrasts = anonymous(bench, row_range(46, 74))
    assert flagged(contrasts, "baseline_copied") == PEI | MA


def test_implausibly_large_effects_are_marked(bench):
    contrasts = anonymous(bench, row_range(46, 74))
    # d above 3 by the rows' own numbers: both Pei arms twice, Wu's add-on arm twice and Ma's first time point
    assert flagged(contrasts, "implausibly_large") == PEI | {"T048", "T050", "T055"}


def test_shared_shams_are_marked_whether_or_not_the_form_says_so(bench):
    contrasts = anonymous(bench, row_range(46, 74))
    three_arms = {c.result for c in contrasts if c.shared_comparator}
    assert len(three_arms) == 22  # the rows whose sham the data set's authors halved
    assert flagged(contrasts, "shared_comparator") == three_arms
    silent = Bench.__new__(Bench)
    silent.__dict__.update(bench.__dict__, _settled=[], _studies={})
    silent.rows(["U039", "U040"], outcome="migraine_attacks", active_label=None)
    for row_id, arm in (("U041", "HF"), ("U042", "LF")):
        form, answers = typed(row_id, outcome="headache_duration", active_label=arm)
        silent.add("Shah 2022", row_id, form, answers)
    assert flagged(silent.contrasts(), "shared_comparator") == {"U041", "U042"}


def test_an_arm_against_two_different_comparators_is_not_a_shared_comparator(bench):
    one(bench, "parallel_means", **MEANS, comparator_label="sham")
    second = one(bench, "parallel_means", **{**MEANS, "mean_comparator": 6.0}, comparator_label="usual care")
    assert not second.flag("shared_comparator")


def test_two_shams_of_one_name_with_different_results_are_two_arms(bench):
    one(bench, "parallel_means", **MEANS, active_label="M1")
    second = one(bench, "parallel_means", **{**MEANS, "mean_comparator": 6.0}, active_label="DLPFC")
    assert not second.flag("shared_comparator")
    third = one(bench, "parallel_means", **MEANS, active_label="S2")
    assert third.flag("shared_comparator")


def test_a_printed_p_that_does_not_fit_is_marked(bench):
    d = {"estimate_measure": "SMD", "n_active": 20, "n_comparator": 20, "direction": "higher is better"}
    assert one(bench, "estimate", **d, estimate=0.86, estimate_p=0.001).flag("estimate_contradicts_itself")
    assert not one(bench, "estimate", **d, estimate=0.86, estimate_p=0.0098).flag("estimate_contradicts_itself")


def test_comparators_that_are_no_sham_unknown_directions_and_missing_days_are_marked(bench):
    contrast = one(
        bench,
        "parallel_means",
        **MEANS,
        sham_type="no sham: usual care or waiting list",
        direction=NOT_REPORTED,
        days_after_treatment=NOT_REPORTED,
        statistic="percent change",
        certainty="approximate",
        certainty_note="From a figure.",
    )
    codes = [flag.code for flag in contrast.flags]
    assert codes == ["approximate", "not_sham_controlled", "direction_unclear", "percent_change", "time_not_reported"]
    assert "usual care" in contrast.flag("not_sham_controlled").message  # type: ignore[union-attr]
    assert contrast.flag("approximate").message.endswith("From a figure.")  # type: ignore[union-attr]


def test_two_trials_with_one_registration_or_one_report_may_be_the_same_people(bench):
    for name, registry in (("A 2019", "NCT 0187-2481"), ("B 2020", "nct01872481; other"), ("C 2021", "not registered")):
        bench.add(name, name, "events", {**COUNTS, "outcome": "responders_30", "registry_id": registry})
    bench.add("D 2022", "D", "events", {**COUNTS, "outcome": "responders_30"}, reports=("pubmed:1", "pubmed:2"))
    bench.add("E 2023", "E", "events", {**COUNTS, "outcome": "responders_30"}, reports=("pubmed:2",))
    assert flagged(bench.contrasts(), "overlapping_participants") == {"A 2019", "B 2020", "D", "E"}
