"""Reading sheets as they really are, proposing what they mean, and accounting for every cell."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.extraction_sheets import (
    BadSheetMapping,
    Grid,
    Imported,
    SheetMapping,
    UnreadableSheet,
    Use,
    apply_mapping,
    find_table,
    propose_mapping,
    read_grid,
)
from workbench.extraction_sheets.cell_text import as_number, part_of
from workbench.extraction_sheets.effects import effect_of
from workbench.extraction_sheets.heading_words import read_heading
from workbench.forms import NOT_REPORTED, Form, load_forms, shipped_forms
from workbench.review import ReviewDefinition, init_review, load_review
from workbench.synthesis import EffectRow


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> ReviewDefinition:
    folder = tmp_path_factory.mktemp("sheets") / "review"
    init_review(folder)
    return load_review(folder)


@pytest.fixture(scope="module")
def forms(review: ReviewDefinition) -> dict[str, Form]:
    return {name: form.resolve(review) for name, form in load_forms(shipped_forms()).items()}


def workbook(fill: Callable[[Any], None]) -> bytes:
    book = openpyxl.Workbook()
    fill(book.active)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def rows_of(*rows: list[Any]) -> bytes:
    def fill(sheet: Any) -> None:
        for row in rows:
            sheet.append(row)

    return workbook(fill)


def with_part(body: bytes, part: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            new.writestr(item.filename, content if item.filename == part else old.read(item))
    return target.getvalue()


def accounted(grid: Grid, imported: Imported) -> bool:
    return sum(imported.counts.values()) == len(grid.sheet(imported.sheet).cells)


HEAD = ["study", "year", "nEXP", "meanEXP", "sdEXP", "nCON", "meanCON", "sdCON"]
ROW = ["Lind", 2020, 20, 4.0, 1.5, 19, 5.5, 1.6]
SHEET1 = "xl/worksheets/sheet1.xml"


# ------------------------------------------------------------------------------------------------------------ reading


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_text_is_read_in_any_usual_encoding_and_with_any_separator(encoding: str, separator: str) -> None:
    lines = [["study", "n", "place"], ["Müller", "12", "São Paulo"], ["Çelik", "14", "Köln, Süd"]]
    quoted = '"{}"'.format
    text = "\r\n".join(separator.join(quoted(cell) for cell in line) for line in lines)
    grid = read_grid(text.encode(encoding), "sheet.csv")
    sheet = grid.sheets[0]
    assert grid.separator == separator
    assert sheet.text(2, 1) == "Müller"
    assert sheet.text(3, 3) == "Köln, Süd"


def test_cells_keep_the_row_that_a_spreadsheet_program_shows() -> None:
    body = 'study,n\n\n"Lind\nand Roe",12\n\nPoe,13\n'
    sheet = read_grid(body.encode(), "sheet.csv").sheets[0]
    assert sheet.text(3, 1) == "Lind\nand Roe"  # rows 1, (2 empty), 3, (4 empty), 5: as Excel counts them
    assert sheet.text(5, 1) == "Poe"


def test_an_unclosed_quotation_mark_takes_no_other_rows_along() -> None:
    body = 'study,n\n"Lind,12\nRoe,13\nPoe,14\n'
    grid = read_grid(body.encode(), "sheet.csv")
    assert [grid.sheets[0].text(row, 1) for row in (3, 4)] == ["Roe", "Poe"]
    assert "was not read" in grid.sheets[0].notes[0]


def test_a_workbook_gives_values_dates_and_merged_cells() -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["study", "day", "yes"])
        sheet.append(["Lind", date(2020, 3, 1), True])
        sheet.append([None, 0.25, None])
        sheet.merge_cells("A2:A3")

    grid = read_grid(workbook(fill), "book.xlsx")
    sheet = grid.sheets[0]
    assert sheet.text(2, 2) == "2020-03-01"
    assert sheet.text(2, 3) == "TRUE"
    assert sheet.cells[3, 2].value == 0.25
    assert sheet.cells[3, 1].merged_from == "A2"
    assert sheet.text(3, 1) == "Lind"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "is empty"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "old Excel file"),
        (b"%PDF-1.7", "is a PDF"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"<!DOCTYPE html><html>", "is a web page"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><x/>", "is a web page or XML"),
        (b"PK\x03\x04nothing", "is damaged"),
        (bytes(range(1, 32)) * 100, "no table of text"),
        (b"a" * 20_000_001, "larger than 20 MB"),
    ],
)
def test_what_is_no_sheet_is_refused_and_says_why(body: bytes, message: str) -> None:
    with pytest.raises(UnreadableSheet, match=message):
        read_grid(body, "file.csv")


def test_an_archive_that_is_no_workbook_is_named() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(UnreadableSheet, match=r"OpenDocument sheet \(\.ods\)"):
        read_grid(target.getvalue(), "sheet.xlsx")


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = with_part(rows_of(HEAD, ROW), "xl/styles.xml", b" " * 60_000_000)
    with pytest.raises(UnreadableSheet, match="times its size"):
        read_grid(bomb, "bomb.xlsx")
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(5_002):
            archive.writestr(f"part{number}", b"")
    with pytest.raises(UnreadableSheet, match="5,002 parts"):
        read_grid(many.getvalue(), "many.xlsx")


@pytest.mark.parametrize("part", [SHEET1, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_with_a_document_type_is_refused_in_any_encoding(part: str, encoding: str) -> None:
    laughs = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    with pytest.raises(UnreadableSheet, match="document type"):
        read_grid(with_part(rows_of(HEAD, ROW), part, laughs.encode(encoding)), "laughs.xlsx")


def test_a_size_that_the_file_only_claims_is_not_believed() -> None:
    body = rows_of(HEAD, ROW)
    old = zipfile.ZipFile(io.BytesIO(body)).read(SHEET1)
    lies = old.replace(b'<dimension ref="A1:H2"', b'<dimension ref="A1:XFD1048576"')
    assert lies != old
    sheet = read_grid(with_part(body, SHEET1, lies), "lies.xlsx").sheets[0]
    assert (sheet.rows, sheet.columns) == (2, 8)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ('<c r="XFD1"><v>1</v></c>', "1,000 columns"),
        ('</row><row r="1048576"><c r="A1048576"><v>1</v></c>', "100,000 rows"),
    ],
)
def test_content_far_outside_a_table_for_people_is_refused(cell: str, message: str) -> None:
    content = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        f"{cell}</row></sheetData></worksheet>"
    )
    with pytest.raises(UnreadableSheet, match=message):
        read_grid(with_part(rows_of(HEAD, ROW), SHEET1, content.encode()), "far.xlsx")


def test_one_sheet_of_raw_data_does_not_make_the_others_unreadable() -> None:
    book = openpyxl.Workbook()
    book.active.append(HEAD)  # type: ignore[union-attr]
    book.active.append(ROW)  # type: ignore[union-attr]
    book.create_sheet("raw")["XFD1"] = 1
    target = io.BytesIO()
    book.save(target)
    grid = read_grid(target.getvalue(), "book.xlsx")
    assert [sheet.name for sheet in grid.sheets] == ["Sheet"]
    assert "sheet 'raw', has content in more than 1,000 columns" in grid.notes[0]


def test_a_formula_is_not_run_its_kept_value_is_taken_and_said() -> None:
    body = rows_of(HEAD, ["Lind", 2020, 20, "=2*2", 1.5, 19, 5.5, 1.6])
    kept = zipfile.ZipFile(io.BytesIO(body)).read(SHEET1).replace(b"<f>2*2</f><v />", b"<f>2*2</f><v>4.25</v>")
    kept = kept.replace(b"<f>2*2</f><v></v>", b"<f>2*2</f><v>4.25</v>")
    cell = read_grid(with_part(body, SHEET1, kept), "kept.xlsx").sheets[0].cells[2, 4]
    assert (cell.value, cell.formula) == (4.25, "2*2")
    never = read_grid(body, "never.xlsx").sheets[0].cells[2, 4]
    assert (never.value, never.text) == (None, "=2*2")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_bring_the_reader_down(body: bytes) -> None:
    try:
        grid = read_grid(body, "any")
    except UnreadableSheet:
        pass
    else:
        for sheet in grid.sheets:
            table = find_table(sheet)
            assert len(table.rows) + len(table.left_out) + len(table.header_rows) == len(list(sheet.filled_rows()))


# ------------------------------------------------------------------------------------------------------ the table


def test_two_rows_of_headings_are_put_together() -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["Results of our review", None, None, None, None, None, None])
        sheet.append(["Study", "Active", None, None, "Sham", None, None])
        sheet.append([None, "n", "mean", "SD", "n", "mean", "SD"])
        sheet.append(["Lind 2020", 20, 4.0, 1.5, 19, 5.5, 1.6])
        sheet.append(["Roe 2021", 12, 3.0, 1.0, 12, 4.0, 1.1])
        sheet.merge_cells("B2:D2")
        sheet.merge_cells("E2:G2")

    table = find_table(read_grid(workbook(fill), "two.xlsx").sheets[0])
    assert table.header_rows == (2, 3)
    assert [column.label for column in table.columns][:5] == ["Study", "Active n", "Active mean", "Active SD", "Sham n"]
    assert [(row.row, row.reason) for row in table.left_out] == [(1, "above the headings")]


def test_headings_twice_totals_and_notes_are_left_out_and_named() -> None:
    body = rows_of(
        HEAD,
        ROW,
        [None] * 8,
        ["Fibromyalgia"],
        HEAD,
        ["Roe", 2021, 12, 3.0, 1.0, 12, 4.0, 1.1],
        ["Total", None, 32, None, None, 31, None, None],
        [],
        ["* SD worked out from the standard error"],
        ["Source: our reading"],
    )
    table = find_table(read_grid(body, "untidy.xlsx").sheets[0])
    assert table.rows == (2, 6)
    assert {row.row: row.reason for row in table.left_out} == {
        4: "a heading within the table",
        5: "the headings once more",
        7: "a row of totals",
        9: "a note under the table",
        10: "a note under the table",
    }


def test_columns_without_a_name_or_with_the_same_one_are_told_apart() -> None:
    table = find_table(read_grid(b"study,n,n,,mean\nLind,1,2,x,3\nRoe,4,5,y,6\n", "s.csv").sheets[0])
    assert [(column.letters, column.label, column.named) for column in table.columns] == [
        ("A", "study", True),
        ("B", "n", True),
        ("C", "n (2)", True),
        ("D", "column D", False),
        ("E", "mean", True),
    ]


# --------------------------------------------------------------------------------------------------------- proposals


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("sdEXPOST", ("sd", "active", "post")),
        ("meanCONPRE", ("mean", "comparator", "pre")),
        ("mean_treat_base", ("mean", "active", "pre")),
        ("Mean (SD) change, sham", ("mean", "comparator", "change")),
        ("m1i", ("mean", "active", "")),
        ("sd2i", ("sd", "comparator", "")),
        ("ci", ("events", "comparator", "")),
        ("Responders active", ("events", "active", "")),
        ("% responders sham", ("percent", "comparator", "")),
        ("Control Total", ("n", "comparator", "")),
        ("SEM placebo baseline", ("se", "comparator", "pre")),
        ("Mean_trt2", ("mean", "comparator", "")),
        ("Country", None),
        ("NEUROPATHYDIAGNOSE", None),
    ],
)
def test_headings_are_read_as_statistic_arm_and_time(heading: str, expected: tuple[str, str, str] | None) -> None:
    found = read_heading(heading)
    assert (None if found is None else (found.statistic, found.arm, found.time)) == expected


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7.2", 7.2),
        ("7,2", 7.2),
        ("1,200", 1200.0),
        ("−3.5", -3.5),
        ("n = 20", 20.0),
        ("45 %", 45.0),
        ("1 200", 1200.0),
        (".03", 0.03),
        ("<0.001", None),
        ("3 vs 1", None),
        ("1e400", None),
        ("nan", None),
        ("", None),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, number: float | None) -> None:
    assert as_number(text) == number


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        ("Wang (2023) rTMS M1", "author and year", "Wang 2023"),
        ("Wang (2023) rTMS M1", "after the year", "rTMS M1"),
        ("Xin (printed Chen Xin) [rTMS M1]", "before brackets", "Xin"),
        ("Xin (printed Chen Xin) [rTMS M1]", "in square brackets", "rTMS M1"),
        ("7,2 ± 0,8", "second number", "0.8"),
        ("7.2 (-0.8)", "second number", "-0.8"),
        ("-4.1 to -1.7", "second number", "-1.7"),
        ("3-5", "second number", "5"),
        ("15 days after treatment", "days after treatment", "15"),
        ("1 month", "days after treatment", ""),  # after what, it does not say
        ("end of treatment", "days after treatment", "0"),
    ],
)
def test_parts_of_cells_are_taken(text: str, part: str, expected: str) -> None:
    assert part_of(text, part) == expected


def test_cells_with_mean_and_sd_in_one_are_taken_apart(forms: dict[str, Form], review: ReviewDefinition) -> None:
    body = (
        "Study;Active n;Active mean (SD);Sham n;Sham mean (SD)\n"
        "Lind 2020;20;4,0 (1,5);19;5,5 (1,6)\n"
        "Roe 2021;12;3,0 (1,0);12;4,0 (1,1)\n"
    )
    grid = read_grid(body.encode(), "compound.csv")
    mapping = propose_mapping(grid, forms, review)
    answers = apply_mapping(grid, mapping, forms).results[0].answers
    wanted = ("n_active", "mean_active", "spread_active", "n_comparator", "mean_comparator", "spread_comparator")
    assert [answers[key] for key in wanted] == [20, 4, 1.5, 19, 5.5, 1.6]


def test_one_arm_a_row_becomes_one_result_for_each_active_arm(forms: dict[str, Form], review: ReviewDefinition) -> None:
    body = (
        "study,year,arm,target,outcome,time,n,mean,sd\n"
        "Lind,2020,10 Hz rTMS,M1,pain NRS,end of treatment,20,4.0,1.5\n"
        "Lind,2020,1 Hz rTMS,M1,pain NRS,end of treatment,18,4.5,1.4\n"
        "Lind,2020,sham coil,,pain NRS,end of treatment,19,5.5,1.6\n"
        "Roe,2021,10 Hz rTMS,M1,pain NRS,end of treatment,12,3.0,1.0\n"
    )
    grid = read_grid(body.encode(), "arms.csv")
    mapping = propose_mapping(grid, forms, review)
    assert mapping.row_is == "arm"
    imported = apply_mapping(grid, mapping, forms)
    assert [result.answers["active_label"] for result in imported.results] == ["10 Hz rTMS", "1 Hz rTMS"]
    first = imported.results[0]
    assert (first.rows, first.answers["n_comparator"], first.answers["comparator_label"]) == ((2, 4), 19, "sham coil")
    assert (first.answers["comparator_shared"], first.answers["comparator_split"]) == ("yes", "whole")
    assert first.cells["mean_comparator"] == "H4"
    (barren,) = imported.rows_without_result
    assert (barren.row, barren.reason) == (5, "no comparator arm among the rows of this study, outcome and time")
    assert accounted(grid, imported)


def test_outcomes_side_by_side_become_results_of_their_own(forms: dict[str, Form], review: ReviewDefinition) -> None:
    body = (
        "study,nEXP,nCON,NRS mean exp,NRS sd exp,NRS mean con,NRS sd con,"
        "HDRS mean exp,HDRS sd exp,HDRS mean con,HDRS sd con\n"
        "Lind 2020,20,19,4.0,1.5,5.5,1.6,10,4,12,5\n"
        "Roe 2021,12,12,3.0,1.0,4.0,1.1,,,,\n"
    )
    grid = read_grid(body.encode(), "wide.csv")
    mapping = propose_mapping(grid, forms, review)
    assert [block.key for block in mapping.blocks] == ["nrs", "hdrs"]
    imported = apply_mapping(grid, mapping, forms)
    found = [(r.study, r.answers["outcome"], r.answers["mean_active"], r.answers["n_active"]) for r in imported.results]
    assert found == [
        ("Lind 2020", "pain_intensity", 4, 20),
        ("Lind 2020", "depression", 10, 20),
        ("Roe 2021", "pain_intensity", 3, 12),  # no second result of empty cells
    ]
    assert accounted(grid, imported)


def test_times_side_by_side_share_the_baseline(forms: dict[str, Form], review: ReviewDefinition) -> None:
    body = (
        "study,n exp,n con,mean exp baseline,mean con baseline,mean exp 4 weeks,sd exp 4 weeks,mean con 4 weeks,"
        "sd con 4 weeks,mean exp 8 weeks,sd exp 8 weeks,mean con 8 weeks,sd con 8 weeks\n"
        "Lind 2020,20,19,7,7.1,4.0,1.5,5.5,1.6,3.5,1.4,5.2,1.5\n"
    )
    grid = read_grid(body.encode(), "times.csv")
    imported = apply_mapping(grid, propose_mapping(grid, forms, review), forms)
    assert [result.answers["time_label"] for result in imported.results] == ["4 weeks", "8 weeks"]
    assert [result.answers["baseline_mean_active"] for result in imported.results] == [7, 7]


# ----------------------------------------------------------------------------------------------------------- reading in


def read_in(body: bytes, forms: dict[str, Form], review: ReviewDefinition, **changes: Any) -> Imported:
    grid = read_grid(body, "sheet.xlsx")
    imported = apply_mapping(grid, replace(propose_mapping(grid, forms, review), **changes), forms)
    assert accounted(grid, imported)
    return imported


@pytest.mark.parametrize(
    ("value", "message", "level"),
    [
        ("twelve", "is not a number", "error"),
        (date(2020, 1, 2), "is a date where a number should be", "error"),
        (True, "says TRUE or FALSE", "error"),
        (7.5, "7.5 is not a whole number", "error"),
        ("#DIV/0!", "holds an error of a formula", "error"),
        ("12", "is a number stored as text", "note"),
        ("12,0", "is read with a decimal comma", "note"),
        (-3, "zero or more", "warning"),
    ],
)
def test_what_is_odd_about_a_cell_is_said_with_its_address(
    value: Any, message: str, level: str, forms: dict[str, Form], review: ReviewDefinition
) -> None:
    imported = read_in(rows_of(HEAD, ROW, ["Roe", 2021, value, 3.0, 1.0, 12, 4.0, 1.1]), forms, review)
    found = [problem for problem in imported.problems if problem.cell == "C3" and message in problem.message]
    assert found, [problem.message for problem in imported.problems if problem.cell == "C3"]
    assert found[0].level == level
    assert found[0].mend


def test_empty_and_not_reported_are_not_the_same(forms: dict[str, Form], review: ReviewDefinition) -> None:
    imported = read_in(rows_of(HEAD, ["Lind", 2020, "n/a", 4.0, "not reported", 19, 0, 1.6]), forms, review)
    answers = imported.results[0].answers
    assert "n_active" not in answers
    assert answers["spread_active"] == NOT_REPORTED
    assert answers["mean_comparator"] == 0


def test_a_constant_fills_what_is_empty_and_never_what_was_refused(
    forms: dict[str, Form], review: ReviewDefinition
) -> None:
    imported = read_in(
        rows_of([*HEAD, "design"], [*ROW, "crossover trial"], [*ROW, None], [*ROW, "who knows"]), forms, review
    )
    designs = [result.answers.get("design") for result in imported.results]
    assert designs == ["crossover", "parallel", None]
    assert [problem.cell for problem in imported.problems_of("error")] == ["I4"]


def test_the_name_of_a_study_may_stand_in_the_first_of_its_rows_only(
    forms: dict[str, Form], review: ReviewDefinition
) -> None:
    body = rows_of(HEAD, ROW, [None, None, 18, 4.2, 1.4, 19, 5.5, 1.6], ["Roe", 2021, 12, 3.0, 1.0, 12, 4.0, 1.1])
    imported = read_in(body, forms, review)
    assert [result.study for result in imported.results] == ["Lind 2020", "Lind 2020", "Roe 2021"]


def test_percentages_and_intervals_are_worked_out_and_the_working_is_kept(
    forms: dict[str, Form], review: ReviewDefinition
) -> None:
    head = ["study", "outcome", "n exp", "percent responders exp", "n con", "percent responders con"]
    imported = read_in(rows_of(head, ["Lind 2020", "responders >50%", 27, 70.3, 27, 40.7]), forms, review)
    answers = imported.results[0].answers
    assert (answers["events_active"], answers["events_comparator"]) == (19, 11)
    assert "70.3% of 27 = 18.981, taken as 19" in answers["certainty_note"]
    assert answers["_quotes"]["events_active"]["page"] == "sheet.xlsx, Sheet!D2, Sheet!C2"
    head = ["study", "n exp", "mean exp", "lower exp", "upper exp", "n con", "mean con", "lower con", "upper con"]
    imported = read_in(rows_of(head, ["Lind 2020", 36, 33.8, 23.88, 43.74, 36, 13.02, 6.64, 19.76]), forms, review)
    answers = imported.results[0].answers
    assert answers["spread_kind"] == "95% CI half-width"
    assert answers["spread_active"] == pytest.approx((43.74 - 23.88) / 2)


def test_a_test_without_an_estimate_gives_a_standardised_difference(
    forms: dict[str, Form], review: ReviewDefinition
) -> None:
    body = rows_of(
        ["study", "outcome", "p value", "n exp", "n con", "better"], ["Lind 2020", "pain NRS", 0.027, 20, 20, None]
    )
    mapping_changes = {"constants": {"estimate_favours": "active", "direction": "lower is better"}}
    imported = read_in(body, forms, review, **mapping_changes)
    result = imported.results[0]
    assert result.form == "estimate"
    assert result.answers["estimate"] == NOT_REPORTED
    effect = effect_of(result, forms["estimate"], review)
    assert isinstance(effect, EffectRow)
    assert effect.yi < 0


# ----------------------------------------------------------------------------------------------------------- mappings


def test_a_mapping_is_plain_data_and_comes_back(forms: dict[str, Form], review: ReviewDefinition) -> None:
    import json

    grid = read_grid(rows_of(HEAD, ROW), "sheet.xlsx")
    mapping = propose_mapping(grid, forms, review)
    back = SheetMapping.from_dict(json.loads(json.dumps(mapping.as_dict())))
    assert apply_mapping(grid, back, forms) == apply_mapping(grid, mapping, forms)
    assert SheetMapping.from_dict(back.as_dict()) == back


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"oops": 1}, "unknown key 'oops'"),
        ({"row_is": "study"}, "row_is must be one of"),
        ({"uses": [{"column": "study"}]}, "cannot be read"),
        ({"uses": [{"column": "study", "field": "study_label", "part": "first word"}]}, "no part 'first word'"),
        ({"uses": [{"column": "study", "field": "study_label", "block": "x"}]}, "block 'x'"),
        ({"uses": [{"column": "study", "field": "study_label", "words": {"a": {"b": 1}}}]}, "words: 'a'"),
        ({"change_scores": {"correlation": 2}}, "between -1 and 1"),
        ({"left_out_rows": ["2"]}, "row numbers"),
        ({"forms": ["nothing"]}, "no form 'nothing'"),
        ({"forms": []}, "names no form"),
        ({"sheet": "other"}, "has no sheet 'other'"),
        ({"uses": [{"column": "nowhere", "field": "study_label"}]}, "has no column 'nowhere'"),
        ({"uses": [{"column": "study", "field": "nonsense"}]}, "has a field 'nonsense'"),
        ({"row_is": "arm"}, "a column must say which arm"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_in_words(
    change: dict[str, Any], message: str, forms: dict[str, Form], review: ReviewDefinition
) -> None:
    grid = read_grid(rows_of(HEAD, ROW), "sheet.xlsx")
    document = propose_mapping(grid, forms, review).as_dict() | change
    with pytest.raises(BadSheetMapping, match=message):
        apply_mapping(grid, SheetMapping.from_dict(document), forms)


def test_the_example_of_the_docs_is_read_as_they_say(forms: dict[str, Form], review: ReviewDefinition) -> None:
    docs = (Path(__file__).resolve().parents[1] / "docs" / "extraction-sheets.md").read_text(encoding="utf-8")
    lines = [line for line in docs.split("## Bring a sheet in")[1].splitlines() if line.startswith("|")][:5]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "---" not in line]
    grid = read_grid("\n".join(";".join(row) for row in table).encode(), "example.csv")
    mapping = propose_mapping(grid, forms, review)
    fields = {column: [use.field for use in mapping.uses_of(column)] for column in mapping.columns}
    assert fields["sdEXPOST"] == ["spread_active"]
    assert {"study_label", "active_label"} <= set(fields["Authoryear"])
    assert fields["RoB"] == []
    imported = apply_mapping(grid, mapping, forms)
    said = {
        problem.cell: (problem.level, problem.message) for problem in imported.problems if problem.field != "outcome"
    }
    assert said["D3"] == ("note", "“4,4” is read with a decimal comma: 4.4")
    assert said["F4"][0] == "error"
    assert "herbal tea" in said["F4"][1]
    mended = mapping.with_words("CONTROL", "sham_type", {"herbal tea": "no sham: another treatment"})
    assert not apply_mapping(grid, mended, forms).problems_of("error")


CELLS = st.one_of(
    st.none(),
    st.integers(-5, 500),
    st.floats(-100, 100, allow_nan=False),
    st.sampled_from(
        ["", "NR", "n/a", "7,2", "4.0 (1.5)", "sham", "rTMS M1", "<0.05", "Total", "* note", "=1+1", "2020"]
    ),
    st.text(max_size=12),
)


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=9), min_size=1, max_size=9),
    head=st.lists(
        st.sampled_from([*HEAD, "rob", "", "outcome", "time", "arm", "n", "mean", "sd"]), min_size=1, max_size=9
    ),
)
def test_every_cell_of_any_sheet_is_counted_exactly_once(
    rows: list[list[Any]], head: list[str], forms: dict[str, Form], review: ReviewDefinition
) -> None:
    import csv

    text = io.StringIO()
    csv.writer(text).writerows([head, *[["" if cell is None else cell for cell in row] for row in rows]])
    try:
        grid = read_grid(text.getvalue().encode("utf-8", "replace"), "any.csv")
    except UnreadableSheet:
        return
    imported = apply_mapping(grid, propose_mapping(grid, forms, review), forms)
    assert accounted(grid, imported)
    given_rows = {row for result in imported.results for row in result.rows}
    given_rows |= {row for trial in imported.trials for row in trial.rows}
    barren = {row.row for row in imported.rows_without_result}
    assert given_rows | barren == set(find_table(grid.sheets[0]).rows)
    assert not given_rows & barren
    for result in imported.results:
        assert set(result.cells) == set(result.answers["_quotes"])
        assert set(result.cells) <= set(result.answers)


def test_a_use_says_what_a_word_stands_for_whatever_its_case() -> None:
    use = Use(column="x", field="direction", words={"Lower  = better": "lower is better", "none": None})
    assert use.stands_for("lower = BETTER") == (True, "lower is better")
    assert use.stands_for("None") == (True, None)
    assert use.stands_for("other") == (False, None)
