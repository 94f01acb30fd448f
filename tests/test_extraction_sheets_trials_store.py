"""What a sheet says of its trials, in the store: once for each study, the importer's own, back with the import."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from workbench.extraction import Extraction, Study
from workbench.extraction_sheets import apply_mapping, propose_mapping, read_grid
from workbench.forms import Form, load_forms, rows, shipped_forms
from workbench.review import ReviewDefinition, init_review, load_review
from workbench.store import LooksCopied, Store
from workbench.store.sheet_files import ImportDone

NOW = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
SHEET = (
    "study,year,country,intervention,control,target,frequency_hz,outcome,time,nEXP,meanEXP,sdEXP,nCON,meanCON,sdCON\n"
    "Lind,2020,Norway,10 Hz rTMS,sham coil,M1,10,pain NRS,week 1,20,4.0,1.5,19,5.5,1.6\n"
    "Lind,2020,Norway,10 Hz rTMS,sham coil,M1,10,pain NRS,week 4,20,4.4,1.4,19,5.6,1.5\n"
    "Roe,2021,Peru,10 Hz rTMS,sham coil,left DLPFC,10,pain NRS,week 1,12,3.0,1.1,12,4.0,1.1\n"
)


@pytest.fixture(scope="module")
def definition(tmp_path_factory: pytest.TempPathFactory) -> ReviewDefinition:
    folder = tmp_path_factory.mktemp("sheets") / "review"
    init_review(folder)
    return load_review(folder)


@pytest.fixture(scope="module")
def written() -> dict[str, Form]:
    return load_forms(shipped_forms())


class Case:
    """Imports of sheets into one store."""

    def __init__(self, store: Store, definition: ReviewDefinition, written: dict[str, Form]) -> None:
        self.store, self.definition, self.written = store, definition, written
        self.forms = {name: form.resolve(definition) for name, form in written.items()}

    def take_in(self, text: str = SHEET, *, name: str = "ours.csv", by: str = "ada", **options: Any) -> ImportDone:
        return self.take_in_file(text.encode(), name, by=by, **options)

    def take_in_file(
        self, body: bytes, name: str, *, worksheet: str | None = None, by: str = "ada", **options: Any
    ) -> ImportDone:
        trials = options.pop("trials", True)
        grid = read_grid(body, name)
        mapping = propose_mapping(grid, self.forms, self.definition, sheet=worksheet)
        mapping = mapping.with_constant("indications", ["neuropathic_pain"])
        mapping = mapping.with_constant("primary_indication", "neuropathic_pain")
        mapping = mapping.with_constant("direction", "lower is better")
        if not trials:
            mapping = type(mapping).from_dict(mapping.as_dict() | {"trial_forms": []})
        sheet = self.store.keep_sheet(name, body, by=by, now=NOW)
        imported = apply_mapping(grid, mapping, self.forms)
        return self.store.record_sheet_import(
            sheet, mapping, imported, self.written, by=by, now=NOW, **({"state": "final"} | options)
        )

    def trials(self, *, by: str = "ada") -> dict[str, Extraction]:
        """The latest standing extraction of the trial's form of each study, by its name."""
        found: dict[str, Extraction] = {}
        standing = {slot.id for slot in self.store.results() if slot.form == "trial"}
        for item in self.store.extractions():
            if item.extractor == by and item.result in standing:
                found[str(item.answers["study_label"])] = item
        return {name: item for name, item in found.items() if item.state != "withdrawn"}


@pytest.fixture
def case(store: Store, definition: ReviewDefinition, written: dict[str, Form]) -> Case:
    return Case(store, definition, written)


def test_an_import_fills_in_the_trials_form_once_for_each_study(case: Case) -> None:
    done = case.take_in()
    assert (done.new_studies, done.new_results, done.trials) == (2, 3, 2)
    found = case.trials()
    assert {name: item.answers["country"] for name, item in found.items()} == {
        "Lind 2020": "Norway",
        "Roe 2021": "Peru",
    }
    lind = found["Lind 2020"]
    assert rows(lind.answers, "stimulation")[0]["stim_frequency_hz"] == 10
    assert lind.state == "draft"  # conditions and the randomised are missing, whatever was asked for
    assert lind.extractor == "ada"
    code = hashlib.sha256(SHEET.encode()).hexdigest()[:8]
    assert lind.note == f"Imported from ours.csv [{code}], row 2, 3"
    assert [slot.form for slot in case.store.results(lind.study)].count("trial") == 1


def test_the_same_import_again_adds_nothing_to_the_trials(case: Case) -> None:
    case.take_in()
    before = case.store.extractions()
    done = case.take_in()
    assert case.store.extractions() == before
    assert done.left_alone == ()
    assert done.unchanged == 3


def test_a_corrected_sheet_revises_its_trials(case: Case) -> None:
    case.take_in()
    done = case.take_in(SHEET.replace("Norway", "Sweden"))
    lind = case.trials()["Lind 2020"]
    assert (lind.answers["country"], lind.revision) == ("Sweden", 2)
    assert done.left_alone == ()
    assert len([slot for slot in case.store.results() if slot.form == "trial"]) == 2


def test_a_trials_form_that_somebody_filled_in_by_hand_is_left_alone_and_named(case: Case) -> None:
    case.store.add_study(Study(id="lind", label="Lind 2020", created_by="ada", created_at=NOW))
    slot = case.store.add_result("lind", "trial", None, label="The trial", by="ada", now=NOW)
    case.store.add_form("trial", 1, case.written["trial"].model_dump_json(indent=1), by="ada", now=NOW)
    case.store.add_extraction(
        Extraction(
            id="by-hand",
            study="lind",
            result=slot.id,
            form="trial",
            form_version=1,
            extractor="ada",
            answers={"study_label": "Lind 2020", "country": "Denmark"},
            recorded_at=NOW,
        ),
        expected_revision=0,
    )
    done = case.take_in()
    assert case.trials()["Lind 2020"].answers == {"study_label": "Lind 2020", "country": "Denmark"}
    assert done.left_alone == ("Lind 2020, The trial: ada filled it in by hand; the sheet's answers were not taken",)
    assert done.trials == 1
    other = case.take_in(SHEET.replace("4.0,1.5", "4.1,1.5"), by="ben", name="bens.csv", independent=True)
    assert other.trials == 2  # a second extractor's own, in the slot that is there
    assert {item.result for item in (case.trials()["Lind 2020"], case.trials(by="ben")["Lind 2020"])} == {slot.id}


def test_two_names_that_are_one_study_fill_in_one_form(case: Case) -> None:
    case.store.add_study(Study(id="lind", label="Lind 2020", created_by="ada", created_at=NOW))
    text = SHEET.replace("Roe,2021,Peru", "Lind B,2020,Peru")
    done = case.take_in(text, studies={"Lind B 2020": "lind"})
    assert done.trials == 1
    (trial,) = case.trials().values()
    assert trial.study == "lind"
    assert "country" not in trial.answers  # Norway and Peru: two rows of what is one study disagree


def test_an_import_that_is_taken_back_takes_its_trials_along(case: Case) -> None:
    done = case.take_in()
    back = case.store.undo_sheet_import(done.id, reason="the wrong sheet", by="ada", now=NOW)
    assert back.left_alone == ()
    assert case.trials() == {}
    assert case.store.results() == ()
    assert case.store.studies() == ()
    case.take_in()
    assert set(case.trials()) == {"Lind 2020", "Roe 2021"}


def test_a_trial_that_was_changed_since_stays_when_its_import_is_taken_back(case: Case) -> None:
    done = case.take_in()
    lind = case.trials()["Lind 2020"]
    case.store.add_extraction(
        Extraction(
            id="changed",
            study=lind.study,
            result=lind.result,
            form="trial",
            form_version=1,
            extractor="ada",
            answers={**lind.answers, "country": "Iceland"},
            recorded_at=NOW,
        ),
        expected_revision=lind.revision,
    )
    back = case.store.undo_sheet_import(done.id, reason="the wrong sheet", by="ada", now=NOW)
    assert back.left_alone == ("Lind 2020, The trial: ada changed the trial's form after the import",)
    assert case.trials()["Lind 2020"].answers["country"] == "Iceland"
    assert [study.label for study in case.store.studies()] == ["Lind 2020"]


def test_reading_the_sheet_without_the_trials_form_takes_the_trials_back(case: Case) -> None:
    case.take_in()
    done = case.take_in(trials=False)
    assert done.trials == 0
    assert case.trials() == {}
    assert len(case.store.results()) == 3


def test_a_second_sheet_does_not_write_over_what_the_first_said_of_a_trial(case: Case) -> None:
    case.take_in()
    text = "study,year,country,design,site,sessions\nLind,2020,Finland,parallel,M1,15\nPoe,2022,Chile,crossover,M1,5\n"
    done = case.take_in(text, name="characteristics.csv")
    assert (done.new_results, done.new_studies, done.trials) == (0, 1, 2)
    assert case.trials()["Lind 2020"].answers["country"] == "Norway"
    assert "ours.csv says otherwise on “Country”" in done.left_alone[0]
    assert case.trials()["Poe 2022"].answers["design"] == "crossover"


# --- several worksheets, several files --------------------------------------------------------------------------------

ABOUT_TRIALS = (
    "study,year,country,funding,registration\nLind,2020,Norway,public,NCT01111111\nRoe,2021,Peru,industry,NCT02222222\n"
)


def book(**worksheets: str) -> bytes:
    made = Workbook()
    made.remove(made.active)
    for name, text in worksheets.items():
        held = made.create_sheet(name)
        for line in csv.reader(io.StringIO(text)):
            held.append([float(cell) if cell.replace(".", "", 1).isdigit() else cell for cell in line])
    body = io.BytesIO()
    made.save(body)
    return body.getvalue()


def test_a_second_worksheet_keeps_what_the_first_said_of_the_trials(case: Case) -> None:
    body = book(Trials=ABOUT_TRIALS, Results=SHEET)
    case.take_in_file(body, "book.xlsx", worksheet="Trials")
    done = case.take_in_file(body, "book.xlsx", worksheet="Results")
    lind = case.trials()["Lind 2020"].answers
    assert (lind["registry_id"], lind["country"], lind["funding"]) == ("NCT01111111", "Norway", "public")
    assert rows(lind, "stimulation")[0]["stim_frequency_hz"] == 10
    assert done.left_alone == ()


def test_two_files_of_one_name_are_two_sources(case: Case) -> None:
    case.take_in(ABOUT_TRIALS, name="data.csv")
    case.take_in(SHEET.replace("Norway", "Sweden"), name="data.csv")
    lind = case.trials()["Lind 2020"].answers
    assert (lind["registry_id"], lind["country"]) == ("NCT01111111", "Norway")


def test_taking_one_worksheet_back_leaves_the_other(case: Case) -> None:
    body = book(Trials=ABOUT_TRIALS, Results=SHEET)
    first = case.take_in_file(body, "book.xlsx", worksheet="Trials")
    second = case.take_in_file(body, "book.xlsx", worksheet="Results")
    back = case.store.undo_sheet_import(first.id, reason="the wrong sheet", by="ada", now=NOW)
    assert back.left_alone == ()
    assert [item.undone_at is None for item in case.store.sheet_imports()] == [False, True]
    assert len([slot for slot in case.store.results() if slot.form != "trial"]) == 3
    lind = case.trials()["Lind 2020"].answers
    assert "registry_id" not in lind  # only the other worksheet's words stand
    assert lind["country"] == "Norway"
    case.store.undo_sheet_import(second.id, reason="all of it", by="ada", now=NOW)
    assert case.trials() == {}
    assert case.store.results() == ()
    assert case.store.studies() == ()


def test_taking_the_results_back_leaves_what_another_worksheet_says_of_the_trials(case: Case) -> None:
    body = book(Trials=ABOUT_TRIALS, Results=SHEET)
    case.take_in_file(body, "book.xlsx", worksheet="Trials")
    before = case.trials()["Lind 2020"].answers
    second = case.take_in_file(body, "book.xlsx", worksheet="Results")
    case.store.undo_sheet_import(second.id, reason="the wrong sheet", by="ada", now=NOW)
    assert [slot.form for slot in case.store.results()] == ["trial", "trial"]
    assert dict(case.trials()["Lind 2020"].answers) == dict(before)


def test_two_worksheets_of_results_are_taken_back_one_by_one(case: Case) -> None:
    body = book(Pain=SHEET, Depression=SHEET.replace("pain NRS", "HDRS").replace("Norway", "Sweden"))
    pain = case.take_in_file(body, "book.xlsx", worksheet="Pain")
    depression = case.take_in_file(body, "book.xlsx", worksheet="Depression")
    assert (depression.new_results, depression.otherwise) == (3, ())
    assert depression.left_alone == (
        "Lind 2020, The trial: book.xlsx, worksheet Pain says otherwise on “Country”, and stands there; take that "
        "import back, or change the answer by hand",
    )
    back = case.store.undo_sheet_import(depression.id, reason="the wrong outcome", by="ada", now=NOW)
    assert (back.withdrawn, back.left_alone) == (3, ())
    assert [item.undone_at is None for item in case.store.sheet_imports()] == [True, False]
    assert {slot.label.split(", ")[1] for slot in case.store.results() if slot.form != "trial"} == {"pain NRS"}
    assert case.trials()["Lind 2020"].answers["country"] == "Norway"
    assert case.store.undo_sheet_import(pain.id, reason="all of it", by="ada", now=NOW).withdrawn == 3
    assert case.store.results() == ()
    assert case.store.studies() == ()


def test_the_first_of_two_readings_is_taken_back_and_its_correction_stands(case: Case) -> None:
    first = case.take_in()
    corrected = case.take_in(SHEET.replace("20,4.0,", "20,4.1,").replace("Norway", "Sweden"))
    back = case.store.undo_sheet_import(first.id, reason="only the correction counts", by="ada", now=NOW)
    assert (back.withdrawn, back.left_alone) == (0, ())
    standing = {item.result: item for item in case.store.extractions()}
    assert sorted(item.answers["mean_active"] for item in standing.values() if item.form != "trial") == [3.0, 4.1, 4.4]
    assert case.trials()["Lind 2020"].answers["country"] == "Sweden"
    case.store.undo_sheet_import(corrected.id, reason="all of it", by="ada", now=NOW)
    assert case.store.results() == ()
    assert case.store.studies() == ()


def test_a_copied_sheet_of_trials_is_refused(case: Case) -> None:
    case.take_in(ABOUT_TRIALS)
    with pytest.raises(LooksCopied, match="the very answers of another person"):
        case.take_in(ABOUT_TRIALS + "\n", name="copy.csv", by="ben")
    with pytest.raises(LooksCopied, match="the very answers of another person"):
        case.take_in(ABOUT_TRIALS.replace("Peru", "Chile"), name="copy.csv", by="ben")
    assert {item.extractor for item in case.store.extractions()} == {"ada"}


def test_trials_that_two_people_name_alike_are_no_copy(case: Case) -> None:
    text = "study,year,intervention,control,outcome,time,nEXP,meanEXP,sdEXP,nCON,meanCON,sdCON\n"
    case.take_in(text + "Lind,2020,10 Hz rTMS,sham coil,pain NRS,week 1,20,4.0,1.5,19,5.5,1.6\n")
    done = case.take_in(text + "Lind,2020,10 Hz rTMS,sham coil,pain NRS,week 1,20,4.0,1.5,18,5.5,1.6\n", by="ben")
    assert (done.known_results, done.trials) == (1, 1)
