"""A sheet that was corrected, copied, or says a thing twice; numbers that can be read in two ways; taking back."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from openpyxl import Workbook

from tests.test_extraction_sheets_store import (  # noqa: F401  the same fixtures
    NOW,
    SHEET,
    Case,
    case,
    definition,
    written,
)
from tests.ui_review import add_people
from workbench.extraction import Extraction
from workbench.extraction_sheets import Use, apply_mapping, propose_mapping, read_grid
from workbench.extraction_sheets.cell_text import as_number
from workbench.store import LooksCopied, StoreError

OWN = SHEET.replace(b",20,4.0,", b",21,4.0,").replace(b",18,4.9,", b",17,4.9,").replace(b",12,3.0,", b",11,3.0,")
"""As a second person read the reports: no result has the very same numbers."""


def other(case: Case, body: bytes, name: str = "corrected.csv", by: str = "ada", **options: object):  # type: ignore[no-untyped-def]  # noqa: F811
    """Another file with the same columns, imported with the same mapping."""
    imported = apply_mapping(read_grid(body, name), case.mapping, case.forms)
    sheet = case.store.keep_sheet(name, body, by=by, now=NOW)
    return case.store.record_sheet_import(sheet, case.mapping, imported, case.written, by=by, now=NOW, **options)  # type: ignore[arg-type]


def test_a_corrected_sheet_revises_what_its_first_reading_gave(case: Case) -> None:  # noqa: F811
    case.record(state="final")
    done = other(case, SHEET.replace(b",20,4.0,1.5,", b",21,4.1,1.5,", 1), state="final")
    assert (done.new_studies, done.new_results, done.known_results) == (0, 0, 3)
    assert len(case.store.results()) == 3
    (changed,) = [item for item in case.store.extractions() if item.answers.get("n_active") == 21]
    assert (changed.revision, changed.answers["mean_active"]) == (2, 4.1)


def test_what_another_sheet_says_otherwise_or_no_more_is_named(case: Case) -> None:  # noqa: F811
    case.record(state="final")
    at = [line.split(b",") for line in SHEET.splitlines()]
    column = at[0].index(b"sdEXP")
    shorter = b"\n".join(b",".join(line[:column] + line[column + 1 :]) for line in at) + b"\n"
    grid = read_grid(shorter.replace(b",20,4.0,", b",20,4.7,", 1), "shorter.csv")
    mapping = replace(case.mapping, uses=tuple(use for use in case.mapping.uses if use.column != "sdEXP"))
    sheet = case.store.keep_sheet("shorter.csv", shorter, by="ada", now=NOW)
    done = case.store.record_sheet_import(
        sheet, mapping, apply_mapping(grid, mapping, case.forms), case.written, by="ada", now=NOW
    )
    assert len(done.otherwise) == 2  # the third had no SD before
    assert done.otherwise[0].startswith(
        "Lind 2020, 10 Hz rTMS, pain NRS, end of treatment: old sheet.csv says otherwise"
    )
    assert "“Active arm: mean”" in done.otherwise[0]
    assert "says alone: “Active arm: spread" in done.otherwise[0]
    back = case.store.undo_sheet_import(done.id, reason="it says less", by="ada")
    assert back.restored == 3
    assert {slot: item.answers.get("spread_active") for slot, item in latest(case).items()} == {
        slot.id: answer for slot, answer in zip(case.store.results(), (1.5, 1.4, None), strict=True)
    }


def latest(case: Case) -> dict[str, Extraction]:  # noqa: F811
    return {item.result: item for item in case.store.extractions()}


def test_a_newer_file_of_the_same_name_is_no_other_sheet(case: Case) -> None:  # noqa: F811
    case.record(state="final")
    done = other(case, SHEET.replace(b",20,4.0,", b",21,4.0,", 1), name="old sheet.csv", state="final")
    assert (done.known_results, done.otherwise) == (3, ())


def test_what_was_changed_by_hand_is_left_alone_and_named(case: Case) -> None:  # noqa: F811
    case.record(state="final")
    first = case.store.extractions()[0]
    typed = replace(first, id="typed", answers={**first.answers, "n_active": 22}, note="", revision=1)
    case.store.add_extraction(typed, expected_revision=1)
    done = other(case, SHEET.replace(b",20,4.0,", b",21,4.0,", 1), state="final")
    assert len(done.left_alone) == 1
    assert "changed the answers after the import" in done.left_alone[0]
    assert case.store.extractions(result=first.result)[-1].answers["n_active"] == 22


def test_a_second_persons_sheet_extracts_the_same_results_and_a_copy_is_refused(case: Case) -> None:  # noqa: F811
    case.record(state="final")
    with pytest.raises(LooksCopied, match="the very answers of another person in at least one result or trial"):
        other(case, SHEET + b"\n", name="copy.csv", by="ben", state="final")
    assert {item.extractor for item in case.store.extractions()} == {"ada"}
    done = other(case, OWN, by="ben", state="final")
    assert (done.new_results, done.known_results) == (0, 3)
    assert {item.extractor for item in case.store.extractions(result=case.store.results()[0].id)} == {"ada", "ben"}


@pytest.mark.parametrize("kept", ["one row", "one more row", "one number changed"])
def test_a_copy_of_one_row_or_with_a_row_added_or_a_number_changed_is_refused_unless_its_importer_vouches_for_it(
    case: Case,  # noqa: F811
    kept: str,
) -> None:
    case.record(state="final")
    lines = SHEET.splitlines(keepends=True)
    copy = {
        "one row": b"".join(lines[:2]),
        "one more row": SHEET + lines[-1].replace(b"2021", b"2023"),
        "one number changed": SHEET.replace(b",20,4.0,1.5,", b",20,4.0,1.4,", 1),
    }[kept]
    with pytest.raises(LooksCopied, match="import it only if ben extracted it alone"):
        other(case, copy, name="copy.csv", by="ben", state="final")
    other(case, copy, name="copy.csv", by="ben", state="final", independent=True)
    assert "ben" in {item.extractor for item in case.store.extractions()}
    other(case, copy + b"\n", name="copy again.csv", by="ben", state="final")  # of these answers it was said


def test_taking_a_corrected_sheet_back_lets_the_first_reading_stand_again(case: Case) -> None:  # noqa: F811
    case.record(state="final")
    first = {item.result: (item.state, dict(item.answers)) for item in case.store.extractions()}
    done = other(case, SHEET.replace(b",20,4.0,", b",21,4.0,", 1), state="final")
    back = case.store.undo_sheet_import(done.id, reason="it was right before", by="ada")
    assert (back.withdrawn, back.restored, back.left_alone) == (0, 3, ())
    assert len(case.store.results()) == 3
    for slot in case.store.results():
        latest = case.store.extractions(result=slot.id)[-1]
        assert (latest.state, dict(latest.answers)) == first[slot.id]
    [again, corrected] = case.store.sheet_imports()
    assert (again.undone_at, corrected.undone_at is None) == (None, False)
    case.store.undo_sheet_import(again.id, reason="all of it", by="ada")
    assert case.store.results() == ()


def test_an_import_into_anothers_results_is_taken_back_and_leaves_theirs(case: Case) -> None:  # noqa: F811
    case.record(state="final")
    hers = {item.result: item.state for item in case.store.extractions()}
    done = other(case, OWN, by="ben", state="final")
    back = case.store.undo_sheet_import(done.id, reason="the wrong sheet", by="ben")
    assert (back.withdrawn, back.left_alone) == (3, ())
    assert len(case.store.results()) == 3
    for slot in case.store.results():
        known = case.store.extractions(result=slot.id)
        assert {item.extractor: item.state for item in known} == {"ada": hers[slot.id], "ben": "withdrawn"}


def test_two_rows_that_say_the_same_are_both_drafts_with_an_error_at_each(case: Case) -> None:  # noqa: F811
    again = SHEET.split(b"\n")[1].replace(b",20,4.0,", b",21,4.0,")
    imported = apply_mapping(read_grid(SHEET + again + b"\n", "twice.csv"), case.mapping, case.forms)
    told = [problem for problem in imported.problems if "Another row gives the same" in problem.message]
    assert [problem.cell for problem in told] == ["A2", "A5"]
    assert {problem.level for problem in told} == {"error"}
    assert [result.can_be_final for result in imported.results if result.key in {item.result for item in told}] == [
        False,
        False,
    ]


def test_two_columns_that_mean_one_number_and_differ_are_both_refused_and_listed(case: Case) -> None:  # noqa: F811
    lines = SHEET.decode().splitlines()
    column = lines[0].split(",").index("meanEXP")
    first = lines[1].split(",")[column]
    body = "\n".join(
        [f"{lines[0]},mean active", *(f"{line},{6.6 if at == 0 else ''}" for at, line in enumerate(lines[1:]))]
    )
    grid = read_grid(body.encode(), "two.csv")
    mapping = propose_mapping(grid, case.forms, case.definition)
    assert [use.column for use in mapping.uses if use.field == "mean_active"] == ["meanEXP", "mean active"]
    imported = apply_mapping(grid, mapping, case.forms)
    assert "mean_active" not in imported.results[0].answers
    assert not imported.results[0].can_be_final
    assert imported.results[1].answers["mean_active"] is not None
    said = {item.cell: item.message for item in imported.problems_of("error") if "means the same" in item.message}
    assert len(said) == 2
    assert any("“6.6” in" in message for message in said.values())
    assert any(f"“{first}” in" in message for message in said.values())
    assert imported.counts["refused"] == 2


def test_two_columns_that_answer_one_question_with_yes_and_no_are_both_refused(case: Case) -> None:  # noqa: F811
    lines = SHEET.decode().splitlines()
    body = "\n".join([f"{lines[0]},first,second", *(f"{line},yes,no" for line in lines[1:])])
    grid = read_grid(body.encode(), "two.csv")
    mapping = propose_mapping(grid, case.forms, case.definition)
    for column in ("first", "second"):
        mapping = mapping.with_uses(column, (Use(column=column, field="outcome_primary"),))
    imported = apply_mapping(grid, mapping, case.forms)
    assert not any("outcome_primary" in result.answers for result in imported.results)
    assert len([item for item in imported.problems_of("error") if "means the same" in item.message]) == 6


def test_what_a_column_says_of_one_field_alone_counts_before_what_another_implies(case: Case) -> None:  # noqa: F811
    grid = read_grid(SHEET, "one.csv")
    mapping = propose_mapping(grid, case.forms, case.definition)
    [label] = [use for use in mapping.uses if use.field == "comparator_label"]
    assert [use.field for use in mapping.uses_of(label.column)] == ["comparator_label", "sham_type"]
    body = "\n".join(
        [SHEET.decode().splitlines()[0] + ",kind", *(f"{x},tilted coil" for x in SHEET.decode().splitlines()[1:])]
    )
    grid = read_grid(body.encode(), "two.csv")
    mapping = propose_mapping(grid, case.forms, case.definition)
    mapping = mapping.with_uses("kind", [Use(column="kind", field="sham_type", words={"tilted coil": "tilted coil"})])
    imported = apply_mapping(grid, mapping, case.forms)
    assert {item.answers["sham_type"] for item in imported.results} == {"tilted coil"}
    assert not [item for item in imported.problems_of("error") if "means the same" in item.message]


def test_a_measurement_before_treatment_is_never_final(case: Case) -> None:  # noqa: F811
    grid = read_grid(SHEET.replace(b"end of treatment", b"Baseline", 1), "x.csv")
    imported = apply_mapping(grid, propose_mapping(grid, case.forms, case.definition), case.forms)
    assert not imported.results[0].can_be_final
    [problem] = [item for item in imported.problems_of("error") if "before treatment" in item.message]
    assert problem.value == "Baseline"


def test_what_no_words_tell_of_the_days_is_left_open_until_somebody_says_it(case: Case) -> None:  # noqa: F811
    grid = read_grid(SHEET.replace(b"end of treatment", b"week 4", 1), "x.csv")
    mapping = propose_mapping(grid, case.forms, case.definition)
    for key in ("indications", "primary_indication", "direction"):
        mapping = mapping.with_constant(key, case.mapping.constants[key])
    assert "days_after_treatment" not in mapping.constants
    imported = apply_mapping(grid, mapping, case.forms)
    assert [item.answers.get("days_after_treatment") for item in imported.results] == [None, 0, 0]
    assert [item.can_be_final for item in imported.results] == [False, True, False]  # of the third the SD is missing
    [problem] = [item for item in imported.problems if item.field == "days_after_treatment"]
    assert (problem.cell, problem.value) == ("H2", "week 4")
    assert "what these words stand for" in problem.mend
    for answer in (28, {"not_reported": True}):
        told = apply_mapping(grid, mapping.with_words("time", "days_after_treatment", {"Week 4": answer}), case.forms)
        assert told.results[0].answers["days_after_treatment"] == answer
        assert told.results[0].cells["days_after_treatment"] == "H2"
        assert told.results[0].can_be_final


def test_only_the_importer_and_a_lead_take_an_import_back_and_only_once(case: Case) -> None:  # noqa: F811
    add_people(case.store)  # ada leads
    sheet = case.store.keep_sheet("bens.csv", SHEET, by="ben", now=NOW)
    done = case.store.record_sheet_import(sheet, case.mapping, case.imported, case.written, by="ben", now=NOW)
    with pytest.raises(StoreError, match="only ben, who imported"):
        case.store.undo_sheet_import(done.id, reason="no", by="cleo")
    assert case.store.undo_sheet_import(done.id, reason="a slip", by="ada").withdrawn == 3
    with pytest.raises(StoreError, match="was taken back already by ada"):
        case.store.undo_sheet_import(done.id, reason="again", by="ben")


def test_percentages_of_a_spreadsheet_are_read_as_they_are_shown() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row, (value, style) in enumerate(
        ((0.45, "0%"), (0.456, "0.0%"), (0.45, "General"), (0.29, '0.00" %"'), ("45%", "@"), (2, "0%")), start=1
    ):
        cell = sheet.cell(row=row, column=1, value=value)
        cell.number_format = style
    body = io.BytesIO()
    book.save(body)
    cells = read_grid(body.getvalue(), "percent.xlsx").sheets[0].cells
    shown = [(cells[row, 1].text, cells[row, 1].percent) for row in range(1, 7)]
    assert shown == [
        ("45%", True),
        ("45.6%", True),
        ("0.45", False),
        ("0.29", False),
        ("45%", False),
        ("200%", True),
    ]


@pytest.mark.parametrize(
    ("other_cell", "refused"),
    [
        (b"4,4", "in a sheet that writes decimals with a comma"),
        (b"4.4", "in a column whose other numbers have decimal points"),
        (b"2,345.5", ""),  # here commas part thousands
    ],
)
def test_a_comma_before_three_digits_is_refused_where_it_can_be_read_in_two_ways(
    case: Case,  # noqa: F811
    other_cell: bytes,
    refused: str,
) -> None:
    body = (
        SHEET.replace(b",", b";")
        .replace(b";4.0;1.5;19", b";1,234;1.5;19", 1)
        .replace(b";4.9;", b";" + other_cell + b";")
    )
    imported = apply_mapping(read_grid(body, "commas.csv"), case.mapping, case.forms)
    told = [problem for problem in imported.problems if "can be read in two ways" in problem.message]
    assert [refused in problem.message for problem in told] == ([True] if refused else [])
    if refused:
        assert told[0].level == "error"
        assert "mean_active" not in imported.results[0].answers
        assert not imported.results[0].can_be_final
    else:
        assert imported.results[0].answers["mean_active"] == 1234


def test_a_comma_before_three_digits_parts_thousands_among_whole_numbers(case: Case) -> None:  # noqa: F811
    body = SHEET.replace(b",", b";").replace(b";4.0;1.5;19", b";1,234;1.5;19", 1)
    for number in (b";4.9;", b";3.0;"):
        body = body.replace(number, b";4;")
    imported = apply_mapping(read_grid(body, "commas.csv"), case.mapping, case.forms)
    assert imported.results[0].answers["mean_active"] == 1234
    assert [problem.level for problem in imported.problems if "between thousands" in problem.message] == ["note"]


@pytest.mark.parametrize(
    ("text", "number"), [("1.234,5", 1234.5), ("1.234.567,25", 1234567.25), ("1,234.5", 1234.5), ("4,4", 4.4)]
)
def test_points_and_commas_together_leave_no_doubt(text: str, number: float) -> None:
    assert as_number(text) == number
