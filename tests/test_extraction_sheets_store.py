"""Sheets in the store: kept, imported, imported again, taken back; on SQLite and PostgreSQL."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.ui_review import add_records, add_study
from workbench.extraction import ResultState
from workbench.extraction_sheets import Imported, SheetMapping, apply_mapping, find_table, propose_mapping, read_grid
from workbench.forms import Form, load_forms, shipped_forms
from workbench.review import ReviewDefinition, init_review, load_review
from workbench.store import NotThere, Store, StoreError
from workbench.store.sheet_files import KeptSheet

NOW = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
SHEET = (
    b"study,year,pmid,intervention,control,target,outcome,time,nEXP,meanEXP,sdEXP,nCON,meanCON,sdCON,comment\n"
    b"Lind,2020,1,10 Hz rTMS,sham coil,left M1,pain NRS,end of treatment,20,4.0,1.5,19,5.5,1.6,author wrote back\n"
    b"Lind,2020,1,1 Hz rTMS,sham coil,left M1,pain NRS,end of treatment,18,4.9,1.4,19,5.5,1.6,\n"
    b"Roe,2021,,10 Hz rTMS,sham coil,left DLPFC,pain NRS,end of treatment,12,3.0,,12,4.0,1.1,no SD\n"
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
    """The sheet, kept in a store and read with its mapping."""

    def __init__(self, store: Store, definition: ReviewDefinition, written: dict[str, Form]) -> None:
        self.store, self.definition, self.written = store, definition, written
        self.forms = {name: form.resolve(definition) for name, form in written.items()}
        self.grid = read_grid(SHEET, "old sheet.csv")
        self.mapping: SheetMapping = propose_mapping(self.grid, self.forms, definition)
        self.mapping = self.mapping.with_constant("indications", ["neuropathic_pain"])
        self.mapping = self.mapping.with_constant("primary_indication", "neuropathic_pain")
        self.mapping = self.mapping.with_constant("direction", "lower is better")
        self.mapping = replace(self.mapping, trial_forms=())  # see test_extraction_sheets_trials_store
        self.imported: Imported = apply_mapping(self.grid, self.mapping, self.forms)
        self.sheet: KeptSheet = store.keep_sheet("old sheet.csv", SHEET, by="ada", now=NOW)

    def record(self, **options: object):  # type: ignore[no-untyped-def]
        given = {"by": "ada", "now": NOW} | options
        imported = given.pop("imported", self.imported)
        return self.store.record_sheet_import(self.sheet, self.mapping, imported, self.written, **given)  # type: ignore[arg-type]


@pytest.fixture
def case(store: Store, definition: ReviewDefinition, written: dict[str, Form]) -> Case:
    return Case(store, definition, written)


def test_a_sheet_is_kept_once_and_comes_back_as_it_was(store: Store) -> None:
    first = store.keep_sheet("a.csv", SHEET, by="ada", now=NOW)
    assert store.keep_sheet("b.csv", SHEET, by="ben") == first
    assert (first.name, first.by, first.at, first.size) == ("a.csv", "ada", NOW, len(SHEET))
    assert store.sheet_bytes(first.id) == SHEET
    with pytest.raises(NotThere, match="no sheet"):
        store.sheet_bytes("unknown")


def test_a_mapping_is_remembered_for_sheets_with_the_same_headings(case: Case) -> None:
    headers = find_table(case.grid.sheets[0]).headers
    assert case.store.sheet_mapping(headers) is None
    assert case.store.remember_sheet_mapping(headers, case.mapping, by="ada", now=NOW)
    assert not case.store.remember_sheet_mapping(headers, case.mapping, by="ben")
    later = case.mapping.with_constant("design", "crossover")
    assert case.store.remember_sheet_mapping(headers, later, by="ben")
    assert case.store.sheet_mapping(headers) == later  # the latest counts
    assert case.store.sheet_mapping("other headings") is None


def test_an_import_makes_studies_results_and_the_importers_extractions(case: Case) -> None:
    add_records(case.store, (1,))
    done = case.record(state="final")
    assert (done.new_studies, done.known_studies, done.new_results) == (2, 0, 3)
    assert (done.final, done.drafts, done.kept_as_drafts) == (2, 1, 1)  # Roe's SD is missing: it stays a draft
    studies = {study.label: study for study in case.store.studies()}
    assert set(studies) == {"Lind 2020", "Roe 2021"}
    assert studies["Lind 2020"].reports == ("pubmed:1",)  # by its PMID
    found = [item for item in case.store.extractions() if item.state == "final"]
    assert {item.extractor for item in found} == {"ada"}
    code = hashlib.sha256(SHEET).hexdigest()[:8]
    assert found[0].note == f"Imported from old sheet.csv [{code}], row 2"
    assert found[0].answers["_quotes"]["mean_active"]["page"] == "old sheet.csv, J2"
    assert found[0].answers["comparator_shared"] == "yes"
    states = [item.state for item in case.store.settled_results(extractors_needed=2)]
    assert states == [ResultState.WAITING, ResultState.WAITING, ResultState.DRAFT]
    (listed,) = case.store.sheet_imports()
    assert listed.counts["rows"] == 3
    assert len(listed.results) == 3
    assert listed.mapping == case.mapping


def test_the_same_import_again_adds_nothing(case: Case) -> None:
    case.record(state="final")
    before = (case.store.studies(), case.store.results(), case.store.extractions(), case.store.sheet_imports())
    again = case.record(state="final", now=NOW + timedelta(days=1))
    assert again.unchanged == 3
    assert (again.new_studies, again.new_results, again.final, again.drafts) == (0, 0, 0, 0)
    assert (case.store.studies(), case.store.results(), case.store.extractions(), case.store.sheet_imports()) == before


def test_the_same_import_again_adds_nothing_whatever_its_studies_share(
    store: Store, definition: ReviewDefinition, written: dict[str, Form]
) -> None:
    """Two names under one PMID, one of them said to be another study: decided once, and kept."""
    case = Case(store, definition, written)
    add_records(store, (1, 2))
    case.grid = read_grid(SHEET.replace(b"Roe,2021,,", b"Roe,2021,1,"), "shared.csv")
    case.imported = apply_mapping(case.grid, case.mapping, case.forms)
    doubts = {match.label: match.doubt for match in store.match_sheet_studies(case.imported)}
    assert "the same report stands under “Roe 2021”" in doubts["Lind 2020"]
    other = add_study(store, 2, "Somebody 2021")
    case.record(studies={"Lind 2020": other, "Roe 2021": ""})
    before = (store.studies(), store.results(), store.extractions())
    again = case.record(now=NOW + timedelta(days=1))
    assert (again.unchanged, again.new_results, again.replaced, again.new_studies) == (3, 0, 0, 0)
    assert (store.studies(), store.results(), store.extractions()) == before
    done = case.record(state="final")
    store.undo_sheet_import(done.id, reason="a test", by="ada")
    assert [study.label for study in store.studies()] == ["Somebody 2021"]


def test_a_corrected_mapping_changes_the_same_results(case: Case, definition: ReviewDefinition) -> None:
    case.record()
    case.mapping = case.mapping.with_constant("spread_kind", "SE")
    done = case.record(imported=apply_mapping(case.grid, case.mapping, case.forms))
    assert (done.new_studies, done.new_results, done.drafts) == (0, 0, 3)
    assert len(case.store.results()) == 3
    latest = {item.result: item for item in case.store.extractions()}
    assert {item.answers["spread_kind"] for item in latest.values()} == {"SE"}
    assert {item.revision for item in latest.values()} == {2}
    _, second = case.store.sheet_imports()
    case.store.undo_sheet_import(second.id, reason="a test", by="ada")
    assert all(item.undone_at is not None for item in case.store.sheet_imports())  # they gave the same results


def test_a_row_read_as_another_kind_of_result_takes_the_earlier_one_back(case: Case) -> None:
    case.record()
    before = {slot.id for slot in case.store.results()}
    case.mapping = replace(case.mapping, forms=("estimate",), left_out_rows=(4,))
    case.mapping = replace(
        case.mapping,
        uses=tuple(use for use in case.mapping.uses if use.field in case.forms["estimate"].keys),
        constants={key: value for key, value in case.mapping.constants.items() if key in case.forms["estimate"].keys},
    )
    done = case.record(imported=apply_mapping(case.grid, case.mapping, case.forms))
    assert (done.new_results, done.replaced) == (2, 3)
    assert {slot.form for slot in case.store.results()} == {"estimate"}
    assert {slot.id for slot in case.store.results(ended=True)} == before
    assert len(case.store.sheet_imports()) == 2
    latest = case.store.sheet_imports()[-1]
    assert case.store.undo_sheet_import(latest.id, reason="a test", by="ada").withdrawn == 2


def test_two_people_cannot_import_one_file_as_if_they_had_extracted_it_twice(case: Case) -> None:
    done = case.record(state="final")
    with pytest.raises(StoreError, match="ada imported this very file"):
        case.record(by="ben", state="final")
    assert {item.extractor for item in case.store.extractions()} == {"ada"}
    case.store.undo_sheet_import(done.id, reason="ben does it", by="ada")
    assert case.record(by="ben", state="final").final == 2


def test_a_study_that_the_review_has_is_found_by_its_report_or_chosen_by_a_person(case: Case) -> None:
    add_records(case.store, (1, 2))
    held = add_study(case.store, 1, "Lindqvist et al.")
    matches = {match.label: match for match in case.store.match_sheet_studies(case.imported)}
    assert matches["Lind 2020"].study == held
    assert matches["Lind 2020"].reason == "PMID 1 of Lindqvist et al."
    assert matches["Roe 2021"].study == ""
    other = add_study(case.store, 2, "Somebody 2021")
    done = case.record(studies={"Roe 2021": other})
    assert (done.new_studies, done.known_studies) == (0, 2)
    assert {slot.study for slot in case.store.results()} == {held, other}
    with pytest.raises(NotThere, match="no study nobody"):
        case.record(studies={"Roe 2021": "nobody"})


def test_an_import_can_be_taken_back_as_a_whole_and_made_again(case: Case) -> None:
    done = case.record(state="final")
    undone = case.store.undo_sheet_import(done.id, reason="wrong file", by="ada", now=NOW + timedelta(hours=1))
    assert (undone.withdrawn, undone.left_alone) == (3, ())
    assert not case.store.studies()
    assert not case.store.results()
    assert len(case.store.results(ended=True)) == 3  # nothing is lost
    assert {item.state for item in case.store.extractions()} == {"draft", "final", "withdrawn"}
    (listed,) = case.store.sheet_imports()
    assert (listed.undone_by, listed.undone_because) == ("ada", "wrong file")
    again = case.record(state="final", now=NOW + timedelta(hours=2))
    assert (again.final, again.drafts) == (2, 1)
    assert len(case.store.results()) == 3
    assert len(case.store.studies()) == 2
    assert [item.undone_at is None for item in case.store.sheet_imports()] == [False, True]


def test_undoing_leaves_alone_what_was_worked_on_since(case: Case) -> None:
    done = case.record(state="final")
    first, second, third = case.store.results()
    mine = case.store.extractions(result=first.id)[0]
    case.store.add_extraction(replace(mine, id="bens", extractor="ben", note="", revision=1))
    own = case.store.extractions(result=second.id)[0]
    case.store.add_extraction(replace(own, id="changed", note="mended", answers={**own.answers, "n_active": 17}))
    undone = case.store.undo_sheet_import(done.id, reason="wrong file", by="ada")
    assert undone.withdrawn == 2
    assert undone.left_alone == (f"Lind 2020, {second.label}: ada changed the answers after the import",)
    assert {item.extractor: item.state for item in case.store.extractions(result=first.id)} == {
        "ada": "withdrawn",
        "ben": "final",
    }
    assert {slot.id for slot in case.store.results()} == {first.id, second.id}
    assert {study.label for study in case.store.studies()} == {"Lind 2020"}
    assert third.id in {slot.id for slot in case.store.results(ended=True)}


def test_undoing_needs_a_reason_and_an_import(case: Case) -> None:
    done = case.record()
    with pytest.raises(StoreError, match="say why"):
        case.store.undo_sheet_import(done.id, reason=" ", by="ada")
    with pytest.raises(NotThere, match="no import"):
        case.store.undo_sheet_import("unknown", reason="x", by="ada")


def test_an_import_that_was_broken_off_is_completed_by_doing_it_again(
    case: Case, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stop(done: int, _total: int) -> None:
        if done == 1:
            raise RuntimeError("the lights went out")

    with pytest.raises(RuntimeError):
        case.record(progress=stop)
    assert len(case.store.results()) == 1
    done = case.record()
    assert (done.unchanged, done.new_results) == (1, 2)
    (listed,) = case.store.sheet_imports()
    assert case.store.undo_sheet_import(listed.id, reason="a test", by="ada").withdrawn == 3
