"""What is extracted as files: complete, readable again, harmless in a spreadsheet, without what is still unseen."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.ui_review import ANSWERS, add_records, add_result, add_study, extract, settled_studies
from workbench.cli import main
from workbench.extraction import CurrentForms, Extraction
from workbench.extraction_sheets import UnreadableSheet, metapsy, tidy, wide
from workbench.extraction_sheets.export_facts import ExportFacts, visible_to
from workbench.extraction_sheets.export_json import export_bytes, facts_from
from workbench.extraction_sheets.exporting import KINDS, export_files, standing
from workbench.extraction_sheets.writing import csv2_table, csv_table, xlsx_tables
from workbench.forms import NOT_REPORTED, Form, load_forms, shipped_forms
from workbench.reports import spreadsheet_text
from workbench.review import ReviewDefinition, init_review, load_review
from workbench.store import Store

NOW = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
HOSTILE = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1", " =1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sheets") / "review"
    init_review(made)
    return made


@pytest.fixture(scope="module")
def definition(folder: Path) -> ReviewDefinition:
    return load_review(folder)


@pytest.fixture(scope="module")
def forms(definition: ReviewDefinition) -> dict[str, Form]:
    return {name: form.resolve(definition) for name, form in load_forms(shipped_forms()).items()}


@pytest.fixture
def sqlite(tmp_path: Path) -> Any:
    with Store.at(f"sqlite:///{tmp_path / 'review.db'}") as opened:
        yield opened


def keep_form(store: Store) -> None:
    form = load_forms(shipped_forms())["parallel_means"]
    store.add_form(form.form, form.version, form.model_dump_json(indent=1), by="ada")


def facts_of(store: Store, viewer: str | None = None) -> ExportFacts:
    return visible_to(store.extraction_facts(extractors_needed=2, current=CurrentForms()), viewer, needed=2)


def table(body: bytes, separator: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=separator))


# ---------------------------------------------------------------------------------------------------------- the tables


def test_the_tidy_table_has_a_row_for_every_value_of_every_extractor(sqlite: Store) -> None:
    settled_studies(sqlite, ("Doe 2020",))
    keep_form(sqlite)
    rows = list(tidy.tidy_rows(facts_of(sqlite)))
    assert {(row["values_of"], row["extractor"]) for row in rows} == {
        ("extractor", "ada"),
        ("extractor", "ben"),
        ("settled", "ada; ben"),
    }
    assert len(rows) == 3 * len(ANSWERS)
    assert all(set(row) == set(tidy.COLUMNS) for row in rows)
    n = next(row for row in rows if row["field"] == "n_active" and row["extractor"] == "ben")
    assert (n["answer"], n["arm"], n["state"], n["study"]) == (20, "active", "final", "Doe 2020")


def test_who_answered_after_seeing_the_others_is_marked_in_the_tables(sqlite: Store) -> None:
    add_records(sqlite, (1,))
    study = add_study(sqlite, 1, "Doe 2020")
    result = add_result(sqlite, study)
    extract(sqlite, study, result, "ada", hours=1)
    extract(sqlite, study, result, "ben", hours=2, n_active=24)
    extract(sqlite, study, result, "ben", hours=3)  # both could be seen by now
    facts = facts_of(sqlite)
    marks = {(row["values_of"], row["extractor"]): row["changed_after_seeing"] for row in tidy.tidy_rows(facts)}
    assert marks == {("extractor", "ada"): "no", ("extractor", "ben"): "yes", ("settled", "ada; ben"): "yes"}
    [settled] = json.loads(export_bytes(facts, needed=2))["settled"]
    assert settled["changed_after_seeing"] == ["ben"]


def test_not_reported_is_an_answer_of_its_own_and_quotes_stand_beside_theirs(sqlite: Store) -> None:
    add_records(sqlite, (1,))
    study = add_study(sqlite, 1, "Doe 2020")
    quotes = {"n_active": {"quote": "20 patients", "page": "p. 4", "full_text": "", "found": "yes"}}
    extract(sqlite, study, add_result(sqlite, study), "ada", registry_id=NOT_REPORTED, _quotes=quotes)
    rows = {row["field"]: row for row in tidy.tidy_rows(facts_of(sqlite)) if row["values_of"] == "extractor"}
    assert (rows["registry_id"]["answer"], rows["registry_id"]["not_reported"]) == ("", "yes")
    assert (rows["n_active"]["quote"], rows["n_active"]["page"], rows["n_active"]["quote_found"]) == (
        "20 patients",
        "p. 4",
        "yes",
    )
    assert "_quotes" not in rows
    assert rows["indications"]["answer"] == "neuropathic_pain"


def test_the_wide_table_has_the_effects_that_are_analysed(
    sqlite: Store, definition: ReviewDefinition, forms: dict[str, Form]
) -> None:
    settled_studies(sqlite, ("Doe 2020",))
    (row,) = wide.wide_rows(standing(facts_of(sqlite), definition, forms), definition)
    assert set(row) == set(wide.COLUMNS)
    # R metafor 3.8-1: escalc("SMD", m1i=4.25, sd1i=1.5, n1i=20, m2i=5.5, sd2i=1.6, n2i=19)
    d = (4.25 - 5.5) / ((19 * 1.5**2 + 18 * 1.6**2) / 37) ** 0.5
    assert row["yi"] == pytest.approx(d * (1 - 3 / (4 * 37 - 1)), rel=1e-3)
    assert (row["measure"], row["why_not"], row["n_active"]) == ("SMD", "", 20)
    assert "Hedges" in row["how_computed"]


# ----------------------------------------------------------------------------------------------------------- blindness


def test_nobody_finds_anothers_answers_in_an_export_before_their_own_are_final(sqlite: Store) -> None:
    add_records(sqlite, (1,))
    study = add_study(sqlite, 1, "Doe 2020")
    result = add_result(sqlite, study)
    extract(sqlite, study, result, "ben", mean_active=3.25)

    def seen(viewer: str | None) -> bool:
        facts = facts_of(sqlite, viewer)
        return b"3.25" in export_bytes(facts, needed=2) + csv_table(
            tidy.COLUMNS, tidy.tidy_rows(facts), spreadsheet_text
        )

    assert seen("ben")  # one's own
    assert not seen("ada")  # may still extract it
    assert not seen("cleo")
    assert seen(None)
    assert facts_of(sqlite, "ada").hidden == 1
    extract(sqlite, study, result, "ada", state="draft", hours=3)
    assert not seen("ada")
    extract(sqlite, study, result, "ada", hours=4)
    assert seen("ada")
    assert seen("cleo")  # both are final: nobody is to extract it any more
    assert facts_of(sqlite, "cleo").hidden == 0


def test_a_draft_is_in_nobody_elses_export_whatever_the_others_have_finished(sqlite: Store) -> None:
    add_records(sqlite, (1,))
    study = add_study(sqlite, 1, "Doe 2020")
    result = add_result(sqlite, study)
    extract(sqlite, study, result, "ada")
    extract(sqlite, study, result, "ben", state="draft", hours=3, mean_active=3.25)

    def seen(viewer: str) -> bool:
        return b"3.25" in export_bytes(facts_of(sqlite, viewer), needed=2)

    assert seen("ben")
    assert not seen("ada")  # who could still change her answers
    assert facts_of(sqlite, "ada").hidden == 1
    extract(sqlite, study, result, "ben", hours=4)
    extract(sqlite, study, result, "cleo", state="draft", hours=5, mean_active=7.75)
    assert b"7.75" not in export_bytes(facts_of(sqlite, "ada"), needed=2)


# --------------------------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_file_is_ever_a_formula(text: str) -> None:
    rows: list[dict[str, Any]] = [{"a": text, "b": -1.5}]
    (line,) = table(csv_table(("a", "b"), rows, spreadsheet_text))
    assert line["a"].startswith("'")
    assert line["b"] == "-1.5"  # numbers stay numbers
    book = openpyxl.load_workbook(io.BytesIO(xlsx_tables({"x": (("a", "b"), rows)}, spreadsheet_text)))
    cell = book["x"]["A2"]
    assert cell.data_type != "f"
    assert str(cell.value).startswith("'")
    assert book["x"]["B2"].value == -1.5
    cells = list(
        csv.reader(io.StringIO(csv2_table(("a", "b"), rows, spreadsheet_text).decode(), newline=""), delimiter=";")
    )[1]
    assert cells[0].startswith("'")
    assert cells[1] == "-1,5"


def test_an_xlsx_file_takes_any_text_and_any_length() -> None:
    rows: list[dict[str, Any]] = [{"a": "\x00\x07\ud800 ok"}, {"a": "x" * 100_000}, {"a": None}, {"a": True}]
    book = openpyxl.load_workbook(io.BytesIO(xlsx_tables({"a/b:c*[1]" * 9: (("a",), rows)}, spreadsheet_text)))
    sheet = book.worksheets[0]
    assert sheet["A2"].value == "\ufffd\ufffd\ufffd ok"
    assert len(str(sheet["A3"].value)) == 32_000


def test_the_json_export_can_be_read_again(sqlite: Store, definition: ReviewDefinition, forms: dict[str, Form]) -> None:
    settled_studies(sqlite)
    keep_form(sqlite)
    facts = facts_of(sqlite)
    back = facts_from(export_bytes(facts, needed=2))
    assert back == facts
    assert list(wide.wide_rows(standing(back, definition, forms), definition)) == list(
        wide.wide_rows(standing(facts, definition, forms), definition)
    )


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"format": "rtms-pain-workbench extractions", "version": 9}'])
def test_what_is_no_export_is_not_read(body: bytes) -> None:
    with pytest.raises(UnreadableSheet):
        facts_from(body)


def test_every_kind_of_file_is_made(sqlite: Store, definition: ReviewDefinition, forms: dict[str, Form]) -> None:
    settled_studies(sqlite)
    files = export_files(facts_of(sqlite), definition, forms, guard=spreadsheet_text)
    assert len(files) == len(KINDS) + 1
    book = openpyxl.load_workbook(io.BytesIO(files["extractions.xlsx"]))
    assert book.sheetnames == ["values", "comparisons", "columns"]
    explained = {(row[0].value, row[1].value) for row in book["columns"].iter_rows(min_row=2)}
    assert {("values", name) for name in tidy.COLUMNS} | {("comparisons", name) for name in wide.COLUMNS} == explained
    assert len(table(files["comparisons.csv"])) == 3
    with pytest.raises(ValueError, match="no export 'pdf'"):
        export_files(facts_of(sqlite), definition, forms, guard=spreadsheet_text, what=("pdf",))


# -------------------------------------------------------------------------------------------------------------- Metapsy

# docs.metapsy.org/data-preparation/format, "Standard Variables"
STANDARD = (
    *("study", "condition_arm1", "condition_arm2", "multi_arm1", "multi_arm2"),
    *("outcome_type", "instrument", "time", "time_weeks", "rating"),
    *("mean_arm1", "mean_arm2", "sd_arm1", "sd_arm2", "n_arm1"),
    *("n_arm2", "mean_change_arm1", "mean_change_arm2", "sd_change_arm1", "sd_change_arm2"),
    *("n_change_arm1", "n_change_arm2", "event_arm1", "event_arm2", "totaln_arm1"),
    *("totaln_arm2", "precalc_g", "precalc_g_se", "precalc_log_rr", "precalc_log_rr_se"),
    *(".id", ".g", ".g_se", ".log_rr", ".log_rr_se"),
    *(".event_arm1", ".event_arm2", ".totaln_arm1", ".totaln_arm2"),
)


def several(store: Store) -> None:
    """A result of every kind that the standard has a group of variables for."""
    add_records(store, range(1, 6))
    kinds: list[tuple[str, str, dict[str, Any]]] = [
        ("Doe 2020", "parallel_means", {"spread_kind": "SE", "stim_weeks": 2}),
        ("Roe, 2021", "parallel_means", {"statistic": "change from baseline", "days_after_treatment": 30}),
        (
            "Poe 2022",
            "events",
            {"outcome": "responders_50", "events_active": 10, "events_comparator": 4, "event_is": "good"},
        ),
        ("Moe 2023", "estimate", {"estimate_measure": "SMD", "estimate": -0.5, "instrument": "HDRS-17"}),
    ]
    for number, (label, form, extra) in enumerate(kinds, start=1):
        study = add_study(store, number, label)
        result = add_result(store, study, form)
        answers = ANSWERS | extra | {"study_label": label}
        for extractor in ("ada", "ben"):
            store.add_extraction(
                Extraction(
                    id=f"{result}-{extractor}",
                    study=study,
                    result=result,
                    form=form,
                    form_version=1,
                    extractor=extractor,
                    answers=answers,
                    state="final",
                    recorded_at=NOW + timedelta(hours=number),
                )
            )


def test_the_metapsy_export_follows_the_standard(
    sqlite: Store, definition: ReviewDefinition, forms: dict[str, Form]
) -> None:
    several(sqlite)
    files = export_files(facts_of(sqlite), definition, forms, guard=spreadsheet_text, what=("metapsy",))
    rows = table(files["metapsy.csv"], ";")
    assert [name for name in STANDARD if name not in rows[0]] == []
    assert (
        metapsy.faults_of(
            metapsy.COLUMNS, list(metapsy.metapsy_rows(standing(facts_of(sqlite), definition, forms), definition))
        )
        == ()
    )
    first, change, events, given = rows
    assert (first["study"], first["condition_arm1"], first["condition_arm2"]) == ("Doe, 2020", "rtms", "sham")
    assert first["mean_arm1"] == "4"
    assert float(first["sd_arm1"].replace(",", ".")) == pytest.approx(1.5 * 20**0.5)  # from the standard error
    assert (first["time"], first["time_weeks"], first["rating"]) == ("post", "2", "self-report")
    assert first["mean_change_arm1"] == first["event_arm1"] == first["multi_arm1"] == "NA"
    assert (change["mean_change_arm1"], change["mean_arm1"], change["time"]) == ("4", "NA", "follow-up")
    assert (events["event_arm1"], events["totaln_arm2"], events["outcome_type"]) == ("10", "19", "response")
    assert events[".event_arm1"] == "10"
    assert (given["precalc_g"], given["rating"]) == (given[".g"], "clinician")
    assert all(row["mean_arm1"] == "NA" for row in (events, given))
    variables = {row["variable"]: row["meaning"] for row in table(files["metapsy_dictionary.csv"])}
    assert set(variables) == set(rows[0])
    assert [name for name, meaning in variables.items() if not meaning] == []


def test_the_check_of_the_standard_finds_what_is_not_as_it_should_be(
    sqlite: Store, definition: ReviewDefinition, forms: dict[str, Form]
) -> None:
    several(sqlite)
    rows = list(metapsy.metapsy_rows(standing(facts_of(sqlite), definition, forms), definition))
    spoilt = [{**rows[0], "mean_arm1": "4"}, {**rows[1], "study": "a; b"}, {**rows[2], "study": None}, rows[3], rows[3]]
    faults = metapsy.faults_of([*metapsy.COLUMNS[1:], "Größe"], spoilt)
    assert [fault for fault in faults if "study is missing" in fault]
    assert [fault for fault in faults if "'Größe' is no allowed name" in fault]
    assert [fault for fault in faults if fault == "row 1: mean_arm1 must be a number"]
    assert [fault for fault in faults if fault.startswith("row 2: study holds a semicolon")]
    assert [fault for fault in faults if fault == "row 3: study must not be missing"]
    assert [fault for fault in faults if fault == "row 5: .id is there twice"]


# ------------------------------------------------------------------------------------------------------------ commands

SHEET = (
    "study,year,intervention,control,target,outcome,time,nEXP,meanEXP,sdEXP,nCON,meanCON,sdCON\n"
    "Lind,2020,10 Hz rTMS,sham coil,left M1,pain NRS,end of treatment,20,4.0,1.5,19,5.5,1.6\n"
)


def test_a_sheet_goes_in_and_comes_out_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, sheet, mapping, out = tmp_path / "r", tmp_path / "s.csv", tmp_path / "m.json", tmp_path / "out"
    sheet.write_text(SHEET)
    assert main(["init", str(folder)]) == 0
    common = ["--review", str(folder), "--json"]
    capsys.readouterr()
    assert main(["extraction", "import", str(sheet), "--preview", "--write-mapping", str(mapping), *common]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["mapping"], shown["rows"], "import" in shown) == ("proposed", 1, False)
    document = json.loads(mapping.read_text())
    document["constants"] |= {
        "indications": ["neuropathic_pain"],
        "primary_indication": "neuropathic_pain",
        "direction": "lower is better",
    }
    mapping.write_text(json.dumps(document))
    arguments = ["extraction", "import", str(sheet), "--mapping", str(mapping), "--final", "--by", "ada", *common]
    assert main(arguments) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["import"]["final"], done["import"]["trials"]) == (1, 1)
    assert done["trials"][0]["study"] == "Lind 2020"
    assert "conditions" in done["trials"][0]["missing"]
    assert done["results"][0]["yi"] < 0
    assert main(["extraction", "import", str(sheet), "--final", "--by", "ada", *common]) == 0
    again = json.loads(capsys.readouterr().out)
    assert (again["mapping"], again["import"]["unchanged"]) == ("remembered", 1)
    assert main(["extraction", "export", str(out), *common]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["kept_back"] == 2  # a second extractor has yet to read the result and the trial
    assert b"19" not in (out / "extractions.csv").read_bytes().split(b"\r\n", 1)[1]
    assert main(["extraction", "export", str(out), "--unfinished", "--what", "tidy", *common]) == 0
    assert len(table((out / "extractions.csv").read_bytes())) > 20
    capsys.readouterr()
    assert main(["extraction", "undo", *common]) == 0
    (listed,) = json.loads(capsys.readouterr().out)["imports"]
    assert main(["extraction", "undo", listed["id"], "--reason", "a test", *common]) == 0
    assert json.loads(capsys.readouterr().out)["withdrawn"] == 1


def test_a_mapping_or_a_sheet_that_cannot_be_read_ends_with_a_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, sheet, mapping = tmp_path / "r", tmp_path / "s.csv", tmp_path / "m.json"
    sheet.write_text(SHEET)
    mapping.write_text('{"sheets": 1}')
    assert main(["init", str(folder)]) == 0
    common = ["--review", str(folder)]
    assert main(["extraction", "import", str(sheet), "--mapping", str(mapping), *common]) == 1
    assert "unknown key 'sheets'" in capsys.readouterr().err
    assert main(["extraction", "import", str(sheet), "--mapping", "remembered", *common]) == 1
    assert "no mapping is remembered" in capsys.readouterr().err
    assert main(["extraction", "import", str(sheet), "--sheet", "none", *common]) == 1
    capsys.readouterr()
    assert main(["extraction", "import", str(tmp_path / "none.csv"), *common]) == 1
    assert "give the path of a CSV or XLSX file" in capsys.readouterr().err
    assert main(["extraction", "import", str(sheet), "--mapping", str(tmp_path / "none.json"), *common]) == 1
    assert "none.json cannot be read" in capsys.readouterr().err
    nowhere = str(tmp_path / "nowhere" / "m.json")
    assert main(["extraction", "import", str(sheet), "--preview", "--write-mapping", nowhere, *common]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_sheet_of_trials_says_on_the_command_line_how_many_came_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, sheet = tmp_path / "r", tmp_path / "trials.csv"
    sheet.write_text("study,year,country,funding\nLind,2020,Norway,public\nRoe,2021,Peru,industry\n")
    assert main(["init", str(folder)]) == 0
    capsys.readouterr()
    assert main(["extraction", "import", str(sheet), "--by", "ada", "--review", str(folder)]) == 0
    heads, counts = capsys.readouterr().out.splitlines()[:2]
    assert heads.split()[-1] == "trials"
    assert counts.split()[-1] == "2"
