"""Two real sheets go in through a mapping and give the effects that R computed from them.

The corrections a person had to make to what was proposed stand here, one by one: they are the measure of the proposal.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.shared_data import shared
from workbench.extraction_sheets import (
    ChangeScores,
    Grid,
    Imported,
    SheetMapping,
    apply_mapping,
    propose_mapping,
    read_grid,
)
from workbench.extraction_sheets.effects import effect_of
from workbench.forms import Form, load_forms, shipped_forms
from workbench.review import ReviewDefinition, init_review, load_review
from workbench.synthesis import EffectRow

MEASURES = {"MD": "MD", "SMD": "SMD", "log OR": "OR", "log RR": "RR", "RD": "RD"}


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> ReviewDefinition:
    folder = tmp_path_factory.mktemp("sheets") / "review"
    init_review(folder)
    return load_review(folder)


@pytest.fixture(scope="module")
def forms(review: ReviewDefinition) -> dict[str, Form]:
    return {name: form.resolve(review) for name, form in load_forms(shipped_forms()).items()}


def grid_of(path: str) -> Grid:
    file = shared(path)
    return read_grid(file.read_bytes(), file.name)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def every_cell_is_accounted_for(grid: Grid, imported: Imported) -> bool:
    return sum(imported.counts.values()) == len(grid.sheet(imported.sheet).cells)


# ------------------------------------------------------------------------------------------- Dataset.xlsx, untouched


@pytest.fixture(scope="module")
def nibs() -> Grid:
    return grid_of("data/nibs_neuropathic_ma/Dataset.xlsx")


def nibs_mapping(nibs: Grid, forms: dict[str, Form], review: ReviewDefinition) -> SheetMapping:
    """The proposal, with the only correction it needs: what four comparators without sham are."""
    proposed = propose_mapping(nibs, forms, review)
    return proposed.with_words("CONTROL", "sham_type", {"Nerve block + pregabalin": "no sham: another treatment"})


def test_every_number_of_the_real_sheet_is_proposed_as_what_it_is(
    nibs: Grid, forms: dict[str, Form], review: ReviewDefinition
) -> None:
    proposed = propose_mapping(nibs, forms, review)
    assert {use.column: use.field for use in proposed.uses if use.confidence > 0.9} == {
        "nEXP": "n_active",
        "meanEXPPRE": "baseline_mean_active",
        "sdEXPPRE": "baseline_sd_active",
        "meanEXPPOST": "mean_active",
        "sdEXPOST": "spread_active",  # as it is misspelt there
        "nCON": "n_comparator",
        "meanCONPRE": "baseline_mean_comparator",
        "sdCONPRE": "baseline_sd_comparator",
        "meanCONPOST": "mean_comparator",
        "sdCONPOST": "spread_comparator",
    }
    assert proposed.constants["outcome"] == "pain_intensity"
    assert proposed.constants["spread_kind"] == "SD"
    assert proposed.shared_comparator == "already divided"  # its authors halved shared arms


def test_the_real_sheet_reproduces_its_expected_effects(
    nibs: Grid, forms: dict[str, Form], review: ReviewDefinition
) -> None:
    mapping = nibs_mapping(nibs, forms, review)
    final = apply_mapping(nibs, mapping, forms)
    change = apply_mapping(nibs, replace(mapping, change_scores=ChangeScores(correlation=0.5)), forms)
    expected = rows_of(shared("data/nibs_neuropathic_ma/expected_effects.csv"))
    assert len(final.results) == len(change.results) == len(expected) == 33
    for row, result, changed in zip(expected, final.results, change.results, strict=True):
        assert result.rows == (int(row["excel_row"]),)
        g = effect_of(result, forms[result.form], review, measure="SMD")
        md = effect_of(changed, forms[changed.form], review, measure="MD")
        assert isinstance(g, EffectRow)
        assert isinstance(md, EffectRow)
        # printed with ten digits: no number of theirs is off by more than 5e-10
        assert (g.yi, g.vi) == pytest.approx((float(row["g_post"]), float(row["g_post_var"])), abs=1e-8)
        assert (md.yi, md.vi) == pytest.approx((float(row["md_change_r05"]), float(row["md_change_r05_var"])), abs=1e-8)
        assert changed.answers["certainty"] == "approximate"
        assert "assumed correlation of 0.5" in changed.answers["certainty_note"]
    assert not final.problems_of("error")
    assert all(result.can_be_final for result in final.results)


def test_nothing_of_the_real_sheet_is_dropped_uncounted(
    nibs: Grid, forms: dict[str, Form], review: ReviewDefinition
) -> None:
    imported = apply_mapping(nibs, nibs_mapping(nibs, forms, review), forms)
    assert every_cell_is_accounted_for(nibs, imported)
    left = {column.column: (column.label, column.cells) for column in imported.left_out_columns}
    assert left["N"] == ("RoB", 32)
    assert left["Q"] == ("column Q", 2)  # stray signs beyond the last heading
    assert imported.counts["column left out"] == sum(cells for _, cells in left.values())
    as_text = [problem for problem in imported.problems if "stored as text" in problem.message]
    assert {problem.cell for problem in as_text} == {f"{letter}34" for letter in "DEFGJKLM"}  # the last row


def test_each_answer_of_the_real_sheet_names_its_cell(
    nibs: Grid, forms: dict[str, Form], review: ReviewDefinition
) -> None:
    first = apply_mapping(nibs, nibs_mapping(nibs, forms, review), forms).results[0]
    assert first.study == "Huan Wang 2023"
    assert first.answers["active_label"] == "rTMS M1"
    assert first.cells["mean_active"] == "Sheet1!F2"
    assert first.answers["_quotes"]["mean_active"] == {
        "quote": "4.3",
        "page": "Dataset.xlsx, Sheet1!F2",
        "full_text": "",
        "found": "unchecked",
    }
    assert first.answers["comparator_shared"] == "yes"


# ------------------------------------------------------------------------------------------------------ trials.csv


CORRECTIONS: dict[tuple[str, str], dict[str, Any]] = {
    ("outcome", "outcome"): {
        "responder, VAS severity reduced >50%": "headache_intensity_responders",
        "pain free at 2 h, first attack": "pain_free_2h",
        "(not extracted)": None,
    },
    ("direction", "direction"): {"favours rTMS": "lower is better"},  # these d are negative where rTMS did better
    **{
        ("indication", field): {
            "central post-stroke pain, acute": answer,
            "post-stroke pain": answer,
            "burning mouth syndrome": None,
            "chronic tension-type headache": None,
            "chronic pain, mixed": None,
        }
        for field, answer in (("indications", ["central_pain"]), ("primary_indication", "central_pain"))
    },
    ("comparator", "sham_type"): {
        "Nerve block + pregabalin": "no sham: another treatment",
        "(open label comparator, botulinum toxin per other reviews)": "no sham: another treatment",
    },
    ("design", "design"): {"RCT, double-blind": None, "RCT, open label": None},
    ("target", "stim_target"): {
        "hot spot of right abductor digiti minimi": "M1",
        "left frontal cortex": "other",
        "(not in excerpt)": None,
    },
}
"""What the words of the sheet stand for where nothing was proposed; not one proposal had to be taken back."""


@pytest.fixture(scope="module")
def trials() -> Grid:
    return grid_of("data/rtms_pain_trials/trials.csv")


@pytest.fixture(scope="module")
def trials_in(trials: Grid, forms: dict[str, Form], review: ReviewDefinition) -> Imported:
    mapping = propose_mapping(trials, forms, review)
    for (column, field), words in CORRECTIONS.items():
        mapping = mapping.with_words(column, field, words)
    return apply_mapping(trials, mapping, forms)


def test_the_74_trial_rows_go_in_and_reproduce_their_expected_effects(
    trials_in: Imported, forms: dict[str, Form], review: ReviewDefinition
) -> None:
    by_name = {result.row_name: result for result in trials_in.results}
    assert sorted(by_name) == [f"T{number:03}" for number in range(1, 75)]
    expected = rows_of(shared("data/rtms_pain_trials/expected_effects.csv"))
    for row in expected:
        result = by_name[row["row_id"]]
        effect = effect_of(result, forms[result.form], review, measure=MEASURES[row["measure"]])
        assert isinstance(effect, EffectRow), f"{row['row_id']} {row['measure']}: {effect}"
        # printed with ten significant digits
        assert (effect.yi, effect.vi) == pytest.approx((float(row["yi"]), float(row["vi"])), rel=1e-9), row["row_id"]


def test_rows_that_carry_no_effect_are_in_with_the_reason(
    trials_in: Imported, forms: dict[str, Form], review: ReviewDefinition
) -> None:
    reasons: dict[str, str] = {}
    for result in trials_in.results:
        found = [
            effect_of(result, forms[result.form], review, measure=measure)
            for measure in ("SMD", "MD", "RR", "OR", "RD")
        ]
        if not any(isinstance(effect, EffectRow) for effect in found):
            own = effect_of(result, forms[result.form], review)
            assert isinstance(own, str)
            reasons[result.row_name] = own
    with_effect = {row["row_id"] for row in rows_of(shared("data/rtms_pain_trials/expected_effects.csv"))}
    # beside those of the list, four printed d and one printed difference give an effect
    assert len(trials_in.results) - len(reasons) == len(with_effect) + 5
    assert with_effect.isdisjoint(reasons)
    assert reasons["T005"].startswith("not filled in: n analysed, mean active")
    assert reasons["T003"].startswith("not filled in: n active")
    assert reasons["T023"] == "no outcome of the review is named"
    assert "which arm did better" in reasons["T014"]
    assert all(reasons.values())


def test_all_74_rows_and_all_their_cells_are_accounted_for(trials: Grid, trials_in: Imported) -> None:
    assert trials_in.rows == len(trials_in.results) == 74
    assert not [*trials_in.rows_without_result, *trials_in.left_out_rows, *trials_in.left_out_columns]
    assert every_cell_is_accounted_for(trials, trials_in)
    refused = {problem.cell: problem.value for problem in trials_in.problems_of("error")}
    assert refused["AI11"] == "<0.001"  # a bound is no p value, and stays in the notes
    by_name = {result.row_name: result for result in trials_in.results}
    assert "p_value: <0.001" in by_name["T010"].answers["notes"]
    assert "ci_low: 0.3" in by_name["T001"].answers["notes"]  # its form has no place for a printed interval
    undated = [result for result in trials_in.results if "days_after_treatment" not in result.answers]
    assert len(undated) == 70  # the words do not tell, and "not reported" is only what somebody said
    assert not any(result.can_be_final for result in undated)
    kinds = Counter(result.form for result in trials_in.results)
    assert kinds["events"] == 8
    assert kinds["crossover_means"] == 4


def test_two_names_of_one_trial_come_together_and_its_arms_keep_theirs(trials_in: Imported) -> None:
    by_name = {result.row_name: result for result in trials_in.results}
    assert by_name["T035"].study == by_name["T050"].study == "Ma 2015"
    assert by_name["T051"].answers["active_label"] == "rTMS M1 10 Hz"
    assert by_name["T001"].pmid == "27260638"
    assert by_name["T048"].answers["comparator_shared"] == "yes"
