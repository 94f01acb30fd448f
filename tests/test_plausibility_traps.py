"""The traps that the shared trial data are known for, each caught by a general rule and under a name no rule knows.

`../shared/data/rtms_pain_trials/README.md` lists them ("Known traps", "Corrections and traps"). Where a trap is a
conflict between two sources, both are entered, as two results of one trial.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.plausibility_rows import codes, entered, flags, found, review_of, warned
from tests.trial_answers import Bench, row_range, trial_rows
from workbench.plausibility import (
    Dose,
    Percent,
    PrintedEstimate,
    Sample,
    denominators,
    dose_findings,
    estimate_findings,
    may_overlap,
    no_shared_denominators,
    percent_without_count,
)


@pytest.fixture(scope="session")
def review_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("traps") / "review"


@pytest.fixture
def bench(review_folder) -> Bench:
    return Bench(review_folder)


def enter(bench: Bench, row_ids: list[str], **changes: Any) -> None:
    review_of(bench, [(row_id, *entered(row_id, **changes)) for row_id in row_ids])


PEI = ["T051", "T052", "T062", "T063"]
MA = ["T050", "T061", "T068"]
POSTHERPETIC = row_range(46, 70)


# --- known traps -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row_id", PEI)
def test_standard_errors_typed_as_sds_are_seen_while_typing_and_in_the_review(bench, row_id):
    form, answers = entered(row_id)
    assert "spread_looks_like_se" in codes(answers)
    assert "Look under the table and in the methods whether ± is a standard error" in warned(form, answers)
    enter(bench, row_range(46, 74))
    assert flags(bench, "spread_looks_like_se") == set(PEI)
    # typed as what they are, they raise nothing
    assert "spread_looks_like_se" not in codes({**answers, "spread_kind": "SE"})


def test_one_trials_baseline_in_another_is_seen(bench):
    enter(bench, row_range(46, 74))
    assert flags(bench, "baseline_copied") == {*PEI, *MA}


@pytest.mark.parametrize("rows", [["T046", "T047"], ["T051", "T052"], ["T048", "T049"], ["T057", "T058"]])
def test_a_halved_sham_that_is_not_said_to_be_halved_is_seen(bench, rows):
    """Wang, Pei, Wu (15 of 31) and Xin: nothing but the numbers tells it here."""
    enter(bench, rows, comparator_split=None, comparator_shared=None)
    assert flags(bench, "people_do_not_add_up") == set(rows)
    assert all("already divided in the source" in _message(bench, "people_do_not_add_up", row) for row in rows)


@pytest.mark.parametrize("rows", [["T046", "T047"], ["T051", "T052"], ["T048", "T049"], ["T057", "T058"]])
def test_a_halved_sham_that_is_said_to_be_halved_only_counts_as_shared(bench, rows):
    enter(bench, rows)
    assert flags(bench, "shared_comparator") == set(rows)
    assert flags(bench, "people_do_not_add_up") == set()


def test_a_form_that_calls_a_halved_sham_whole_is_questioned():
    form, answers = entered("T046", comparator_split="whole")
    assert "already divided in the source" in warned(form, answers)


def test_standard_errors_that_a_printed_interval_gives_away_are_seen(bench):
    """Mori: 0.84 ± 0.31 and 0.58 ± 0.29, difference 0.26 (-0.60 to 1.13), 30 randomised; the ± typed as SDs."""
    arms = {"n_active": 15, "n_comparator": 15, "mean_active": 0.84, "mean_comparator": 0.58}
    typo = {
        **arms,
        "spread_active": 0.31,
        "spread_comparator": 0.29,
        "statistic": "change from baseline",
        "direction": "higher is better",
    }
    printed = {"check_difference": 0.26, "check_low": -0.6, "check_high": 1.13}
    _, row = entered("T041")
    assert {key: row[key] for key in ("estimate", "estimate_low", "estimate_high")} == dict(
        zip(("estimate", "estimate_low", "estimate_high"), printed.values(), strict=True)
    )
    (finding,) = [item for item in found({**typo, **printed, "spread_kind": "SD"}) if item.level == "warning"]
    assert finding.code == "interval_contradicts_means"
    assert "It fits if the spreads are standard errors" in finding.message
    assert "interval_contradicts_means" not in codes({**typo, **printed, "spread_kind": "SE"})
    # as two results of one trial, and by the review's usual SD
    common = {"study_label": "Author 2024", "outcome": "pain_intensity", "instrument": "NRS 0-10"}
    common |= {"time_label": "week 9", "days_after_treatment": 14, "active_label": "rTMS", "certainty": "arm data"}
    common |= {"indications": ["neuropathic_pain"], "primary_indication": "neuropathic_pain"}
    bench.add("Author 2024", "arms", "parallel_means", {**common, **typo, "spread_kind": "SD"})
    estimate = {key: row[key] for key in ("estimate", "estimate_low", "estimate_high", "estimate_measure")}
    bench.add(
        "Author 2024",
        "estimate",
        "estimate",
        {**common, **estimate, "direction": "higher is better", "statistic": "change from baseline"},
    )
    assert flags(bench, "estimate_contradicts_itself") == {"arms", "estimate"}
    assert flags(bench, "spread_looks_like_se") == {"arms"}


def test_intervals_that_lost_their_sign_are_seen():
    """Quesada prints -19.34 (14.31 to 25.27) and -4.83 (1.96 to 8.18); the reliefs of the other row are sound."""
    for row_id, lost in (("T007", True), ("T006", False)):
        text = trial_rows()[row_id]["as_reported"]
        printed = re.findall(r"(-?[\d.]+)% CI ([\d.]+)-([\d.]+)", text)
        assert len(printed) == 2
        for mean, low, high in printed:
            estimate = {"estimate": float(mean), "estimate_low": float(low), "estimate_high": float(high)}
            findings = found({**estimate, "estimate_measure": "MD"})
            assert [item.code for item in findings] == (["interval_lost_its_sign"] if lost else [])
            assert not findings or "the interval of the opposite sign" in findings[0].message


@pytest.mark.parametrize(
    ("row_id", "here", "there"),
    [
        ("T034", (12, 8), (14, 12)),  # Umezaki: abstract, Cochrane table
        ("T023", (6, 5), (6, 6)),  # Brighina: Lan 2017, table
        ("T024", (12, 14), (14, 15)),  # Shehata: as Lan 2017 prints it, as the trial does
        ("U033", (7, 11), (8, 11)),  # Avery: finished, started
        ("U067", (16, 16), (18, 18)),  # Jette: abstract, Cochrane
    ],
)
def test_arms_that_differ_between_sources_are_seen(bench, row_id, here, there):
    sizes = [dict(zip(("n_active", "n_comparator"), pair, strict=True)) for pair in (here, there)]
    rows = [(f"source {n}", "parallel_means", {**entered(row_id)[1], **size}) for n, size in enumerate(sizes, 1)]
    review_of(bench, rows)
    assert flags(bench, "people_do_not_add_up") == {"source 1", "source 2"}
    assert "differ within this trial" in _message(bench, "people_do_not_add_up", "source 1")


@pytest.mark.parametrize(
    ("row_id", "here", "there"),
    [
        ("T029", 15, 22),  # Lee: abstract, Cochrane
        ("U030", 28, 26),  # Carretero
        ("U032", 25, 28),  # Yagci
        ("U083", 35, 36),  # Attal
        ("T022", 18, 14),  # Conforto: randomised, 7 + 7 analysed
    ],
)
def test_randomised_people_that_differ_between_sources_are_seen(bench, row_id, here, there):
    rows = [
        (f"source {n}", "parallel_means", {**entered(row_id)[1], "n_randomised": people})
        for n, people in enumerate((here, there), 1)
    ]
    review_of(bench, rows)
    assert flags(bench, "people_do_not_add_up") == {"source 1", "source 2"}


def test_many_missing_people_are_pointed_out(bench):
    """Granato: 26 enrolled, 14 completed."""
    form, answers = entered("U050")
    assert (answers["n_randomised"], answers["n_active"], answers["n_comparator"]) == (26, 7, 7)
    review_of(bench, [("U050", form, answers), ("T071", *entered("T071"))])
    assert flags(bench, "many_lost") == {"U050"}
    assert "46 % are missing" in _message(bench, "many_lost", "U050")


def test_percentages_of_other_people_than_typed_are_seen():
    """Misra: 78.7 and 33.3 % are of 47 and 48, not of the 50 and 50 randomised."""
    form, answers = entered("T018", n_active=50, n_comparator=50, events_active=39, events_comparator=17)
    said = warned(form, answers)
    assert "78.7 % can be of 47" in said
    assert "33.3 % can be of 48" in said
    for row_id in ("T018", "T019"):
        assert codes(entered(row_id)[1]) == set()
    typed_percent = {"n_active": 50, "events_active": 39, "percent_active": 78.7}
    assert "percent_without_count" in codes(typed_percent)
    assert codes({**typed_percent, "n_active": 47, "events_active": 37}) == set()


def test_a_target_that_sources_name_differently_is_seen(bench):
    """Misra: the hot spot of a hand muscle in the abstract, the left frontal cortex in two reviews."""
    for result, target in (("abstract", "M1"), ("review", "left DLPFC")):
        form, answers = entered("T018", stim_target=target)
        review_of(bench, [(result, form, answers)])
    assert flags(bench, "described_differently") == {"abstract", "review"}


def test_a_result_in_favour_of_sham_is_pointed_out(bench):
    """Conforto: headache days fell more with sham; the abstract has no SDs, so of such a trial with numbers."""
    base = entered("T071")[1]
    turned = {**base, "mean_active": base["mean_comparator"], "mean_comparator": base["mean_active"]}
    review_of(
        bench, [("usual", "parallel_means", base), ("against", "parallel_means", {**turned, "active_label": "x"})]
    )
    assert flags(bench, "comparator_did_better") == {"against"}


# --- corrections and traps -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row_id", "recomputed"), [("T011", 0.0098), ("T012", 0.0196), ("T013", 0.09), ("T014", 0.497), ("T015", 0.483)]
)
def test_a_p_smaller_than_the_printed_d_allows_is_seen(bench, row_id, recomputed):
    form, answers = entered(row_id, check_p=None)
    (finding,) = found(answers)
    assert finding.code == "p_contradicts_d"
    assert finding.numbers["recomputed"] == pytest.approx(recomputed, rel=0.02)
    review_of(bench, [(row_id, form, answers)])
    assert flags(bench, "estimate_contradicts_itself") == {row_id}


def test_trials_of_one_place_with_equal_arms_are_seen_as_alike(bench):
    """Sun Wei 2019, Zhao 2021: same hospital and authors, 10 Hz, 20 and 20; Zhang 2022 at the same hospital."""
    for row_id in ("U059", "T010"):
        form, answers = entered(row_id, outcome="pain_intensity", stim_target="M1", country="China")
        review_of(bench, [(row_id, form, {**answers, "study_label": f"Author{row_id} {trial_rows()[row_id]['year']}"})])
    assert flags(bench, "samples_alike") == {"U059", "T010"}
    said = [item.flag("samples_alike") for item in bench.contrasts()]
    assert all("the country (China)" in flag.message for flag in said if flag is not None)
    hospital = {"place": "one hospital", "authors": frozenset({"a", "b"})}
    sun = Sample(label="2019", arms=(20, 20), year=2019, **hospital)
    zhang = Sample(label="2022", arms=(19, 20), year=2022, country="China", **hospital)
    zhao = Sample(label="2021", arms=(20, 20), year=2021, **hospital)
    assert may_overlap(sun, zhao).code == "samples_alike"  # type: ignore[union-attr]
    assert "the place (one hospital)" in may_overlap(sun, zhao).message  # type: ignore[union-attr]
    assert may_overlap(zhao, Sample(label="other", arms=(20, 20), year=2021)) is None
    assert may_overlap(sun, zhang) is None  # three weak signs: no more than two trials of one hospital have


def test_a_crossover_entered_as_if_parallel_is_seen(bench):
    """Onesti: arms of 11 and 12 in a data set; a crossover of 23 by the same author."""
    crossover = entered("U085", design="crossover")
    review_of(bench, [("T074", *entered("T074")), ("U085", *crossover), ("T073", *entered("T073"))])
    # the crossover itself stands in the form of two groups here, which is said as well
    assert flags(bench, "crossover_as_parallel") == {"T074", "U085"}


def test_every_person_counted_in_both_arms_is_seen():
    form, answers = entered("U036", design="parallel", n_randomised=27)
    assert "a crossover trial, whose people stand in both arms" in warned(form, answers)


def test_a_sham_that_serves_two_comparisons_is_seen(bench):
    enter(bench, ["U041", "U042"])
    assert flags(bench, "shared_comparator") == {"U041", "U042"}


def test_a_rise_that_cannot_be_insignificant_is_seen():
    """Shah: 26.8 ± 11.06 to 37 ± 15 in 36, "p>0.05"; the falls in the other arms fit what is said of them."""
    form, answers = entered("U041", within_p_comparator=">0.05", within_p_active="<0.001")
    (finding,) = [item for item in found(answers) if item.level == "warning"]
    assert finding.code == "change_no_correlation_allows"
    # 0.0246 by the printed figures (the shared data say 0.025); 37 and 15 may have been 36.5 and 15.5
    assert 0.0246 < finding.numbers["largest_possible"] < 0.05
    assert "which no correlation allows" in warned(form, answers)
    assert codes(entered("U042", within_p_active=">0.05")[1]) == set()


def test_degrees_of_freedom_that_sixteen_people_cannot_have_are_seen():
    """Tzabazis: F(3,3) and F(3,5) of 16 patients in four arms; F(3,12) would be right."""
    for row_id in ("U010", "U016"):
        form, answers = entered(row_id)
        assert answers["n_randomised"] == 16
        for test, wrong in (("F(3,3)=0.45", True), ("F(3,5) = 1.2", True), ("F(3, 12) = 1.2", False)):
            quoted = {**answers, "design": "multi-arm", "quote": f"no group effect, {test}, p=0.7"}
            assert ("df_do_not_fit" in codes(quoted)) == wrong
            assert ("degrees of freedom" in warned(form, quoted)) == wrong


def test_sems_that_would_make_sds_beyond_the_scale_are_seen():
    """Tzabazis says SEM in one place and SD in another; read as SEMs of 16, the FIQ's SDs could not be."""
    form, answers = entered("U010", n_active=16, n_comparator=16, spread_kind="SE", scale_low=0, scale_high=100)
    assert "sd_impossible_for_scale" in codes(answers)
    assert "hardly possible on a scale" in warned(form, answers)
    assert "sd_impossible_for_scale" not in codes({**answers, "spread_kind": "SD"})


def test_percentages_without_shared_denominators_are_seen(bench):
    """Amin: 69.2 and 25 %, then 46.2 and 7.1 %, of 33 randomised."""
    arms = {"rTMS": [Percent(69.2, 1), Percent(46.2, 1)], "sham": [Percent(25, 0), Percent(7.1, 1)]}
    finding = no_shared_denominators(arms, 33)
    assert finding is not None
    assert "share no denominators" in finding.message
    assert denominators(arms["rTMS"], 33) == (13, 26)
    assert denominators(arms["sham"], 33) == (28,)
    assert no_shared_denominators({arm: percents[:1] for arm, percents in arms.items()}, 33) is None
    # entered with the denominators that each pair suggests, the arms differ between outcomes at one time
    form, first = entered("U044")
    second = {**first, "outcome": "responders_50", "events_active": 6, "events_comparator": 1, "n_comparator": 14}
    second["quote"] = trial_rows()["U045"]["as_reported"]
    review_of(bench, [("responders", form, first), ("severe", form, second)])
    assert flags(bench, "described_differently") == {"responders", "severe"}


def test_an_improvement_in_percent_that_is_no_count_is_seen():
    """Hussein: "improvement 94.5%" of 16 and 7.9 % of 11."""
    form, answers = entered("U055", events_active=15, events_comparator=1, event_is="good")
    form = "events"
    assert "percent_is_not_of_count" in codes(answers)
    assert "94.5 %" in warned(form, answers)
    assert percent_without_count(Percent(94.5, 1), 16) is not None


def test_trains_and_pulses_that_were_mixed_up_are_seen():
    """Defrin: "500 trains at 5 Hz for 10 s; total of 500 pulses"; 10 trains would fit."""
    form, answers = entered("U095", stim_trains=500, stim_train_seconds=10)
    assert answers["stim_pulses_session"] == 500
    said = warned(form, answers)
    assert "10 trains" in said
    assert "trains and pulses may have been mixed up" in said
    assert list(dose_findings(Dose(hertz=5, train_seconds=10, trains=10, pulses=500))) == []


def test_fields_a_millionth_of_rtms_are_no_percentage_of_a_threshold():
    """Maestu: 43 nT; whoever types a number as percent of the threshold is asked."""
    form, answers = entered("U034", stim_intensity_percent=0.0001)
    assert "is it really relative to it" in warned(form, answers)


def test_an_interval_of_83_percent_is_seen_and_the_p_tells_the_level():
    """Zakaria's pooled result: -0.90 (-2.47 to 0.67), P = .26, printed as an 83 % interval."""
    odd = PrintedEstimate(estimate=-0.9, low=-2.47, high=0.67, level=83, p=0.26)
    (finding,) = estimate_findings(odd)
    assert finding.code == "unusual_level"
    assert "The printed p fits a 95 % interval" in finding.message
    form, answers = entered("T041", estimate=-0.9, estimate_low=-2.47, estimate_high=0.67, estimate_level=83)
    assert "an interval of 83 % is unusual" in warned(form, answers)
    usual = PrintedEstimate(estimate=-0.9, low=-2.47, high=0.67, p=0.26)
    assert list(estimate_findings(usual)) == []


def test_comparators_that_are_no_sham_are_marked(bench):
    """Izquierdo-Alventosa, Rapinesi, Chen Ying, Shehata."""
    enter(bench, ["U056"], sham_type="no sham: usual care or waiting list")
    assert flags(bench, "not_sham_controlled") == {"U056"}


def _message(bench: Bench, code: str, result: str) -> str:
    contrast = next(item for item in bench.contrasts() if item.result == result)
    flag = contrast.flag(code)
    return flag.message if flag is not None else ""
