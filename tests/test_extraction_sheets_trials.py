"""What a sheet says of its trials goes into the trial's form, once for each study; rows that disagree are listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.shared_data import shared
from workbench.extraction_sheets import (
    BadSheetMapping,
    Grid,
    Imported,
    ImportedTrial,
    SheetMapping,
    Use,
    apply_mapping,
    propose_mapping,
    read_grid,
)
from workbench.forms import Form, at, load_forms, rows, shipped_forms
from workbench.review import ReviewDefinition, init_review, load_review
from workbench.synthesis import completed


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> ReviewDefinition:
    folder = tmp_path_factory.mktemp("sheets") / "review"
    init_review(folder)
    return load_review(folder)


@pytest.fixture(scope="module")
def forms(review: ReviewDefinition) -> dict[str, Form]:
    return {name: form.resolve(review) for name, form in load_forms(shipped_forms()).items()}


HEAD = (
    "study,year,country,design,intervention,control,target,frequency_hz,intensity,sessions,"
    "n randomised active,n randomised sham,age,outcome,time,nEXP,meanEXP,sdEXP,nCON,meanCON,sdCON"
)
WEEK1 = "Lind,2020,Norway,parallel,rTMS M1,sham coil,M1,10,80,10,21,20,48.2,pain NRS,week 1,20,4.0,1.5,19,5.5,1.6"
WEEK4 = "Lind,2020,Norway,parallel,rTMS M1,sham coil,M1,10,80,10,21,20,48.2,pain NRS,week 4,20,4.4,1.4,19,5.6,1.5"


def grid_of(*lines: str) -> Grid:
    return read_grid("\n".join(lines).encode(), "ours.csv")


def read(lines: Sequence[str], forms: dict[str, Form], review: ReviewDefinition) -> Imported:
    grid = grid_of(*lines)
    imported = apply_mapping(grid, propose_mapping(grid, forms, review), forms)
    assert sum(imported.counts.values()) == len(grid.sheet(imported.sheet).cells)
    return imported


def the_trial(imported: Imported, study: str = "Lind 2020") -> ImportedTrial:
    return next(trial for trial in imported.trials if trial.study == study)


def warnings(imported: Imported, about: str) -> dict[str, str]:
    return {problem.cell: problem.message for problem in imported.problems if about in problem.message}


def arms(trial: ImportedTrial, table: str = "stimulation") -> dict[str, dict[str, Any]]:
    """Each arm's row of a table of the trial's form, by the arm's name."""
    names = {row["_row"]: row.get("label", "") for row in rows(trial.answers, "arms")}
    return {
        names[row["_row"]]: {key: value for key, value in row.items() if not key.startswith("_")}
        for row in rows(trial.answers, table)
    }


# -------------------------------------------------------------------------------------------------- one row, one result


def test_a_row_gives_a_result_and_what_it_says_of_its_trial(forms: dict[str, Form], review: ReviewDefinition) -> None:
    imported = read([HEAD, WEEK1, WEEK4], forms, review)
    assert len(imported.results) == 2
    assert len(imported.trials) == 1
    trial = the_trial(imported)
    assert (trial.form, trial.rows) == ("trial", (2, 3))
    assert trial.answers["country"] == "Norway"
    assert trial.answers["age_mean"] == 48.2
    assert trial.answers["sham_type"] == "sham coil"
    assert arms(trial, "arms") == {
        "rTMS M1": {"label": "rTMS M1", "role": "active", "randomised": 21},
        "sham coil": {"label": "sham coil", "role": "sham", "randomised": 20},
    }
    assert arms(trial) == {
        "rTMS M1": {
            "stim_target": "M1",
            "stim_target_detail": "M1",
            "stim_frequency_hz": 10,
            "stim_intensity_percent": 80,
            "stim_sessions": 10,
        }
    }
    assert not trial.disagreements
    assert imported.results[0].answers["n_active"] == 20  # analysed, not randomised


def test_each_answer_of_a_trial_names_its_cells(forms: dict[str, Form], review: ReviewDefinition) -> None:
    trial = the_trial(read([HEAD, WEEK1, WEEK4], forms, review))
    path = "stimulation[r1].stim_frequency_hz"
    assert trial.cells[path] == "H2, H3"
    assert trial.answers["_quotes"][path] == {
        "quote": "10",
        "page": "ours.csv, H2, H3",
        "full_text": "",
        "found": "unchecked",
    }


def test_rows_that_disagree_are_listed_by_cell_and_nothing_is_chosen(
    forms: dict[str, Form], review: ReviewDefinition
) -> None:
    other = WEEK4.replace("Norway", "Sweden").replace(",10,80,10,21", ",20,80,10,22")
    imported = read([HEAD, WEEK1, other], forms, review)
    trial = the_trial(imported)
    assert "country" not in trial.answers
    assert "stim_frequency_hz" not in arms(trial)["rTMS M1"]
    assert arms(trial)["rTMS M1"]["stim_intensity_percent"] == 80
    assert set(warnings(imported, "rows disagree")) == {"C2", "C3", "H2", "H3", "K2", "K3"}
    assert "Here “Sweden”, “Norway” in C2" in warnings(imported, "“Country”")["C3"]
    assert trial.disagreements == ("Country", "Randomised (rTMS M1)", "Frequency (rTMS M1)")
    assert not trial.can_be_final
    assert imported.results[1].answers["stim_frequency_hz"] == 20  # its own answer is what its row says
    assert imported.counts["refused"] == 2  # the randomised of both rows: nothing else took them


def test_what_differs_only_in_spelling_is_no_disagreement(forms: dict[str, Form], review: ReviewDefinition) -> None:
    imported = read([HEAD, WEEK1, WEEK4.replace("Norway", " norway").replace("sham coil", "Sham  coil")], forms, review)
    trial = the_trial(imported)
    assert trial.answers["country"] == "Norway"
    assert len(rows(trial.answers, "arms")) == 2
    assert not warnings(imported, "rows disagree")


def test_each_active_arm_keeps_its_own_stimulation(forms: dict[str, Form], review: ReviewDefinition) -> None:
    left = WEEK1.replace("rTMS M1", "rTMS DLPFC").replace(",M1,10,80", ",left DLPFC,20,110")
    imported = read([HEAD, WEEK1, left], forms, review)
    trial = the_trial(imported)
    assert [row["role"] for row in rows(trial.answers, "arms")] == ["active", "active", "sham"]
    assert arms(trial)["rTMS M1"]["stim_frequency_hz"] == 10
    assert arms(trial)["rTMS DLPFC"] == {
        "stim_target": "left DLPFC",
        "stim_target_detail": "left DLPFC",
        "stim_frequency_hz": 20,
        "stim_intensity_percent": 110,
        "stim_sessions": 10,
    }
    assert not trial.disagreements


def test_two_names_of_the_comparator_are_two_arms_and_that_is_said(
    forms: dict[str, Form], review: ReviewDefinition
) -> None:
    imported = read([HEAD, WEEK1, WEEK4.replace("sham coil", "sham")], forms, review)
    assert len(rows(the_trial(imported).answers, "arms")) == 3
    assert warnings(imported, "call the comparator arm “sham coil” and “sham”")


def test_what_the_mapping_says_of_every_trial_fills_only_what_no_cell_says(
    forms: dict[str, Form], review: ReviewDefinition
) -> None:
    grid = grid_of(HEAD, WEEK1, WEEK1.replace("Lind", "Roe").replace("Norway", ""))
    mapping = propose_mapping(grid, forms, review).with_constant("trial.country", "Denmark")
    mapping = mapping.with_constant("trial.conditions", ["fibromyalgia"])
    imported = apply_mapping(grid, mapping, forms)
    assert the_trial(imported).answers["country"] == "Norway"
    assert the_trial(imported, "Roe 2020").answers["country"] == "Denmark"
    assert the_trial(imported).answers["conditions"] == ["fibromyalgia"]
    assert "conditions" not in the_trial(imported).missing


def test_several_conditions_of_one_trial_are_joined_and_its_main_one_is_asked(
    forms: dict[str, Form], review: ReviewDefinition
) -> None:
    head, one = f"{HEAD},indication", f"{WEEK1},post-stroke pain"
    trial = the_trial(read([head, one, f"{WEEK1},trigeminal neuralgia"], forms, review))
    assert trial.answers["conditions"] == ["central post-stroke", "neuropathic peripheral"]
    assert "main_condition" not in trial.answers
    assert "Main condition" in trial.disagreements


def test_an_arm_can_be_named_in_the_mapping(forms: dict[str, Form], review: ReviewDefinition) -> None:
    grid = grid_of(f"{HEAD},sham clicks", f"{WEEK1},12")
    mapping = propose_mapping(grid, forms, review)
    use = Use(column="sham clicks", field="trial.stimulation[Sham coil].stim_trains")
    imported = apply_mapping(grid, replace(mapping, uses=(*mapping.uses, use)), forms)
    assert arms(the_trial(imported))["sham coil"] == {"stim_trains": 12}


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("trial.shoe_size", "no form of this mapping has a field 'trial.shoe_size'"),
        ("trial.arms", "no form of this mapping has a field 'trial.arms'"),
        ("trial.arms[active].shoe_size", "no form of this mapping"),
        ("trial.country[active].label", "no form of this mapping"),
        ("events.outcome", "no form of this mapping has a field 'events.outcome'"),
        ("trial.arms[arm].randomised", "one result a row"),
    ],
)
def test_a_place_that_the_trials_form_does_not_have_is_refused(
    target: str, message: str, forms: dict[str, Form], review: ReviewDefinition
) -> None:
    grid = grid_of(HEAD, WEEK1)
    mapping = propose_mapping(grid, forms, review)
    with pytest.raises(BadSheetMapping, match=message.replace("[", r"\[")):
        apply_mapping(grid, replace(mapping, uses=(*mapping.uses, Use(column="age", field=target))), forms)


def test_a_mapping_of_before_the_trials_forms_reads_results_alone(
    forms: dict[str, Form], review: ReviewDefinition
) -> None:
    grid = grid_of(HEAD, WEEK1)
    document = propose_mapping(grid, forms, review).as_dict()
    del document["trial_forms"]
    document["uses"] = [use for use in document["uses"] if not use["field"].startswith("trial.")]
    imported = apply_mapping(grid, SheetMapping.from_dict(document), forms)
    assert len(imported.results) == 1
    assert imported.trials == ()


def test_a_mapping_with_places_in_the_trials_form_survives_json(
    forms: dict[str, Form], review: ReviewDefinition
) -> None:
    mapping = propose_mapping(grid_of(HEAD, WEEK1), forms, review).with_constant("trial.setting", "Hospital")
    assert mapping.trial_forms == ("trial",)
    assert SheetMapping.from_dict(mapping.as_dict()) == mapping


# ----------------------------------------------------------------------------------------------------- one row, one arm


def test_with_one_arm_a_row_each_row_fills_in_its_own_arm(forms: dict[str, Form], review: ReviewDefinition) -> None:
    lines = [
        "study,year,group,outcome,time,randomised,dropouts,train duration,n,mean,sd",
        "Lind,2020,10 Hz rTMS,pain NRS,week 1,22,2,10,20,4.0,1.5",
        "Lind,2020,sham coil,pain NRS,week 1,20,1,,19,5.5,1.6",
    ]
    imported = read(lines, forms, review)
    assert [result.answers["n_active"] for result in imported.results] == [20]
    assert arms(the_trial(imported), "arms") == {
        "10 Hz rTMS": {"label": "10 Hz rTMS", "role": "active", "randomised": 22, "drop_outs": 2},
        "sham coil": {"label": "sham coil", "role": "sham", "randomised": 20, "drop_outs": 1},
    }
    assert arms(the_trial(imported))["10 Hz rTMS"] == {"stim_train_seconds": 10}


# --------------------------------------------------------------------------------------------------- one row, one trial


CHARACTERISTICS = [
    "study,year,country,design,site,frequency_hz,coil,sessions,pain duration,result",
    "Lind,2020,Norway,parallel,M1,10,figure of eight,10,4.5,better",
    "Roe,2021,Peru,case report,right DLPFC (1 Hz) or left M1 (10 Hz),1 or 10,H-coil,5,,worse",
]


def test_a_sheet_that_only_describes_trials_gives_no_results(forms: dict[str, Form], review: ReviewDefinition) -> None:
    grid = grid_of(*CHARACTERISTICS)
    mapping = propose_mapping(grid, forms, review)
    assert mapping.row_is == "trial"
    imported = read(CHARACTERISTICS, forms, review)
    assert imported.results == ()
    assert imported.studies == ("Lind 2020", "Roe 2021")
    lind = the_trial(imported)
    assert arms(lind)["M1"] == {
        "stim_target": "M1",
        "stim_target_detail": "M1",
        "stim_frequency_hz": 10,
        "stim_coil": "figure-8",
        "stim_sessions": 10,
    }
    assert lind.answers["pain_years"] == 4.5
    assert lind.answers["design"] == "parallel"


def test_of_two_targets_in_one_cell_none_is_taken(forms: dict[str, Form], review: ReviewDefinition) -> None:
    imported = read(CHARACTERISTICS, forms, review)
    roe = the_trial(imported, "Roe 2021")
    (stimulation,) = rows(roe.answers, "stimulation")
    assert "stim_target" not in stimulation
    assert "stim_frequency_hz" not in stimulation
    assert {problem.cell for problem in imported.problems_of("error")} == {"D3", "E3", "F3"}
    assert "frequency_hz: 1 or 10" in roe.answers["notes"]  # nothing of the row is lost
    assert "design: case report" in roe.answers["notes"]


# ------------------------------------------------------------------------------------------------------ the real sheets


def test_the_stimulation_of_the_real_trials_lands_in_the_trials_forms(
    forms: dict[str, Form], review: ReviewDefinition
) -> None:
    file = shared("data/rtms_pain_trials/trials.csv")
    grid = read_grid(file.read_bytes(), file.name)
    imported = apply_mapping(grid, propose_mapping(grid, forms, review), forms)
    assert sum(imported.counts.values()) == len(grid.sheet(imported.sheet).cells)
    attal = the_trial(imported, "Attal 2021")
    assert {name: row["stim_target"] for name, row in arms(attal).items()} == {
        "M1": "M1",
        "DLPFC": "DLPFC, both or side not said",
    }
    for row in arms(attal).values():
        assert (row["stim_frequency_hz"], row["stim_pulses_session"], row["stim_sessions"]) == (10, 3000, 15)
    assert attal.answers["design"] == "multi-arm"
    assert attal.answers["registry_id"] == "NCT02010281"
    # every printed frequency, number of pulses and of sessions that is one number is in a trial's form, or listed
    missed = _not_landed(
        grid, imported, {"frequency_hz": "stim_frequency_hz", "pulses_per_session": "stim_pulses_session"}
    )
    missed |= _not_landed(grid, imported, {"sessions": "stim_sessions"})
    listed = {problem.cell for problem in imported.problems if "rows disagree" in problem.message}
    assert missed <= listed
    # Pei 2019 stands there twice, once without names of its arms: its two frequencies are not mixed
    assert {cell[1:] for cell in missed} == {"37", "38"}


def _not_landed(grid: Grid, imported: Imported, columns: dict[str, str]) -> set[str]:
    """Cells with one number in these columns that no trial's form names as the source of this answer."""
    sheet = grid.sheets[0]
    heads = {sheet.text(1, column): column for column in range(1, sheet.columns + 1)}
    missed = set()
    for heading, key in columns.items():
        column = heads[heading]
        for row in range(2, sheet.rows + 1):
            text = sheet.text(row, column)
            letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[column - 1]
            if not text.isdecimal():
                continue
            found = any(
                f"{letters}{row}" in cells.split(", ") and at(trial.answers, path) == int(text)
                for trial in imported.trials
                for path, cells in trial.cells.items()
                if path.endswith(f".{key}")
            )
            if not found:
                missed.add(f"{letters}{row}")
    return missed


def test_the_arms_of_the_real_sheet_land_in_the_trials_forms(forms: dict[str, Form], review: ReviewDefinition) -> None:
    file = shared("data/nibs_neuropathic_ma/Dataset.xlsx")
    grid = read_grid(file.read_bytes(), file.name)
    imported = apply_mapping(grid, propose_mapping(grid, forms, review), forms)
    assert len(imported.trials) == len(imported.studies) == 13
    pei = the_trial(imported, "Qian Pei 2019")
    assert {name: row["stim_frequency_hz"] for name, row in arms(pei).items()} == {
        "rTMS M1 10 Hz": 10,
        "rTMS M1 5 Hz": 5,
    }
    wang = the_trial(imported, "Huan Wang 2023")
    assert [row.get("role") for row in rows(wang.answers, "arms")] == ["active", "active", "sham"]
    assert wang.cells["stimulation[r1].stim_target"] == "Sheet1!B2, Sheet1!B9, Sheet1!B15, Sheet1!B22"
    # its groups PHN1 to PHN4 are no condition in detail that a trial could have four of
    assert wang.disagreements == ("Condition in more detail",)
    assert all(trial.answers["conditions"] == ["neuropathic peripheral"] for trial in (wang, pei))


def test_an_imported_trial_says_the_stimulation_of_a_result_that_does_not(
    forms: dict[str, Form], review: ReviewDefinition
) -> None:
    imported = read([HEAD, WEEK1], forms, review)
    bare = {key: value for key, value in imported.results[0].answers.items() if not key.startswith("stim_")}
    whole = completed(bare, the_trial(imported).answers)
    assert (whole["stim_frequency_hz"], whole["stim_target"]) == (10, "M1")


# ----------------------------------------------------------------------------------------------------------- hypothesis


CELL = st.sampled_from(["", "10", "20", "NR", "1 or 10", "=cmd()", "M1", "left DLPFC", "sham", "x" * 300, "Ω"])


@settings(max_examples=40, deadline=None)
@given(table=st.lists(st.lists(CELL, min_size=10, max_size=10), min_size=1, max_size=6))
def test_whatever_stands_in_a_sheet_every_cell_is_accounted_for(
    table: list[list[str]], forms: dict[str, Form], review: ReviewDefinition
) -> None:
    head = "study,country,intervention,control,target,frequency_hz,sessions,randomised active,age,meanEXP"
    body = "\n".join([head, *(",".join(row) for row in table)]).encode()
    grid = read_grid(body, "ours.csv")
    for row_is in ("result", "trial"):
        mapping = replace(propose_mapping(grid, forms, review), row_is=row_is)
        imported = apply_mapping(grid, mapping, forms)
        assert sum(imported.counts.values()) == len(grid.sheet(imported.sheet).cells)
        for trial in imported.trials:
            for path in trial.cells:
                assert trial.answers["_quotes"][path]["page"].startswith("ours.csv, ")


def test_an_arm_that_is_active_in_one_row_and_the_comparator_in_another_is_one_arm_of_a_multi_arm_trial(
    forms: dict[str, Form], review: ReviewDefinition
) -> None:
    head = "study,year,intervention,control,outcome,time,nEXP,meanEXP,sdEXP,nCON,meanCON,sdCON"
    imported = read(
        (
            head,
            "Lind,2020,10 Hz rTMS,Sham,pain NRS,week 1,20,4.0,1.5,19,5.5,1.6",
            "Lind,2020,1 Hz rTMS,Sham,pain NRS,week 1,21,4.4,1.4,19,5.5,1.6",
            "Lind,2020,10 Hz rTMS,1 Hz rTMS,pain NRS,week 1,20,4.0,1.5,21,4.4,1.4",
            "Roe,2021,10 Hz rTMS,Sham,pain NRS,week 1,12,3.0,1.1,12,4.0,1.1",
        ),
        forms,
        review,
    )
    lind, roe = the_trial(imported), the_trial(imported, "Roe 2021")
    assert [row["label"] for row in rows(lind.answers, "arms")] == ["10 Hz rTMS", "1 Hz rTMS", "Sham"]
    assert [row.get("role") for row in rows(lind.answers, "arms")][:2] == ["active", "active"]
    assert (lind.answers["design"], roe.answers["design"]) == ("multi-arm", "parallel")
