"""Studies, results and extractions in the store, on each database engine."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import timedelta
from typing import Any

import pytest

from tests.review_facts import NOW, fill, key
from workbench.extraction import (
    Extraction,
    ResultState,
    SetAside,
    Study,
    latest_revisions,
    set_aside,
    settle,
    with_basis,
)
from workbench.store import NotThere, ResultSlot, StaleFinals, StaleRevision, Store, StoreError

ANSWERS: dict[str, Any] = {
    "study_label": "Malavera 2016",
    "n_active": 27,
    "mean_active": 2.5,
    "indications": ["neuropathic"],
    "sham_type": {"not_reported": True},
    "quote": "Schmerz = 3; =HYPERLINK() \0 \ud83e",
}


def a_study(store: Store, label: str = "Malavera 2016", *reports: int) -> Study:
    study = Study(
        id=str(uuid.uuid4()),
        label=label,
        reports=tuple(key(number) for number in reports),
        created_by="ana",
        created_at=NOW,
    )
    store.add_study(study)
    return study


def filled_in(slot: ResultSlot, extractor: str = "ana", minute: int = 0, **more: Any) -> Extraction:
    return Extraction(
        **{
            "id": str(uuid.uuid4()),
            "study": slot.study,
            "result": slot.id,
            "form": slot.form,
            "form_version": 1,
            "extractor": extractor,
            "answers": ANSWERS,
            "recorded_at": NOW + timedelta(minutes=minute),
            **more,
        }
    )


def test_a_study_comes_back_with_its_reports(store: Store) -> None:
    fill(store, [1, 2])
    study = a_study(store, "Malavera 2016", 1, 2)
    assert store.studies() == (study,)
    assert store.study(study.id) == study
    assert not store.add_study(study)
    with pytest.raises(StoreError, match="another study"):
        store.add_study(dataclasses.replace(study, label="Ana 2020"))
    with pytest.raises(NotThere):
        a_study(store, "Ben 2021", 9)
    assert store.studies() == (study,)


def test_reports_and_labels_of_a_study_can_change_and_the_trail_stays(store: Store) -> None:
    fill(store, [1, 2])
    study = a_study(store)
    store.link_report(study.id, key(2), by="ben", now=NOW + timedelta(minutes=1))
    store.link_report(study.id, key(1), by="ben", now=NOW + timedelta(minutes=2))
    store.link_report(study.id, key(1), by="ben")
    store.unlink_report(study.id, key(2), by="ana", now=NOW + timedelta(minutes=3))
    store.rename_study(study.id, "Malavera 2016a", by="ana", now=NOW + timedelta(minutes=4))
    found = store.study(study.id)
    assert (found.label, found.reports) == ("Malavera 2016a", (key(1),))
    assert (found.created_by, found.created_at) == ("ana", NOW)
    assert [(event.by, event.action) for event in store.history(study.id)] == [
        ("ana", "study added"),
        ("ben", "report linked to study"),
        ("ben", "report linked to study"),
        ("ana", "report taken from study"),
        ("ana", "study renamed"),
    ]


def test_a_study_is_found_by_any_record_of_its_report(store: Store) -> None:
    fill(store, [1, 2, 3])
    study = a_study(store, "Malavera 2016", 2)
    store.link_duplicates([[key(1), key(2)]])
    assert store.studies_of(key(1)) == (study,)
    assert store.studies_of(key(3)) == ()


def test_results_are_places_to_extract_into(store: Store) -> None:
    study = a_study(store)
    slot = store.add_result(study.id, "parallel_means", "neuropathic", label="pain, end", by="ana", now=NOW)
    assert store.results(study.id) == (slot,)
    again = store.add_result(study.id, "parallel_means", "neuropathic", by="ben", id=slot.id)
    assert again == slot
    other = store.add_result(study.id, "events", by="ben")
    assert store.results() == (slot, other)
    with pytest.raises(NotThere, match="no study"):
        store.add_result("nowhere", "events", by="ana")
    with pytest.raises(StoreError, match="another result"):
        store.add_result(study.id, "events", by="ana", id=slot.id)


def test_an_extraction_comes_back_as_it_went_in(store: Store) -> None:
    slot = store.add_result(a_study(store).id, "parallel_means", by="ana")
    extraction = filled_in(slot, note="from table 2", state="final", form_version=3)
    assert store.add_extraction(extraction) == extraction
    assert store.extractions(result=slot.id) == (extraction,)
    assert isinstance(store.extractions()[0].answers["n_active"], int)


def test_saving_again_appends_a_revision(store: Store) -> None:
    slot = store.add_result(a_study(store).id, "parallel_means", by="ana")
    assert store.add_extraction(filled_in(slot), 0).revision == 1
    assert store.add_extraction(filled_in(slot, minute=1, state="final"), 1).revision == 2
    # another extractor, and the same one's consensus, count their own revisions
    assert store.add_extraction(filled_in(slot, "ben"), 0).revision == 1
    assert store.add_extraction(filled_in(slot, role="consensus"), 0).revision == 1
    assert len(store.extractions(study=slot.study)) == 4
    assert settle(store.extractions(result=slot.id), extractors=1).state is ResultState.AGREED


def test_sending_an_extraction_twice_records_it_once(store: Store) -> None:
    slot = store.add_result(a_study(store).id, "parallel_means", by="ana")
    extraction = filled_in(slot)
    first = store.add_extraction(extraction, 0)
    assert store.add_extraction(extraction, 0) == first
    assert store.extractions() == (first,)


def test_a_second_window_does_not_overwrite_what_the_first_saved(store: Store) -> None:
    slot = store.add_result(a_study(store).id, "parallel_means", by="ana")
    store.add_extraction(filled_in(slot), 0)
    store.add_extraction(filled_in(slot, minute=7, answers={"n_active": 28}), 1)
    with pytest.raises(StaleRevision, match="ana saved revision 2 of this result at 2026-03-01 12:07 UTC"):
        store.add_extraction(filled_in(slot, minute=9, answers={"n_active": 29}), 1)
    assert [extraction.answers.get("n_active") for extraction in store.extractions()] == [27, 28]
    with pytest.raises(StoreError, match="no revision 5"):
        store.add_extraction(filled_in(slot), 5)


def test_revisions_of_a_consensus_count_over_all_who_work_on_it(store: Store) -> None:
    slot = store.add_result(a_study(store).id, "parallel_means", by="ana")
    cem = {"role": "consensus", "extractor": "cem"}
    assert store.add_extraction(filled_in(slot, **cem), 0).revision == 1
    assert store.add_extraction(filled_in(slot, role="consensus"), 0).revision == 2  # another's draft is in no way
    assert store.add_extraction(filled_in(slot, state="final", **cem), 1).revision == 3
    for state in ("draft", "final"):
        with pytest.raises(StaleRevision, match=r"cem recorded a consensus on this result at .* after yours was begun"):
            store.add_extraction(filled_in(slot, role="consensus", state=state), 2)
    opened = filled_in(slot, role="consensus", state="withdrawn", note="a slip in the mean", minute=5)
    assert store.add_extraction(opened, 3).revision == 4
    with pytest.raises(StaleRevision, match="ana opened again the consensus"):
        store.add_extraction(filled_in(slot, state="final", **cem), 3)
    said = [(event.by, event.action, event.detail) for event in store.history(slot.id)]
    assert ("ana", "consensus opened again", "a slip in the mean") in said


def test_a_consensus_is_refused_once_other_final_answers_stand_than_it_names(store: Store) -> None:
    slot = store.add_result(a_study(store).id, "parallel_means", by="ana")
    finals = [store.add_extraction(filled_in(slot, who, state="final")) for who in ("ana", "ben")]
    answers = with_basis(ANSWERS, finals)
    store.add_extraction(filled_in(slot, minute=2, state="final", answers=ANSWERS | {"n_active": 29}))
    with pytest.raises(StaleFinals, match="ana finished their answers again after this consensus was begun"):
        store.add_extraction(filled_in(slot, "cem", role="consensus", state="final", answers=answers))
    store.add_extraction(filled_in(slot, "ben", minute=3))
    with pytest.raises(StaleFinals, match="ana finished their answers again and ben took their answers back"):
        store.add_extraction(filled_in(slot, "cem", role="consensus", state="final", answers=answers))
    store.add_extraction(filled_in(slot, "cem", role="consensus", answers=answers))  # a draft may be behind
    assert settle(store.extractions(result=slot.id), extractors=2).state is ResultState.WAITING


def test_a_draft_set_aside_frees_its_place_and_its_author_can_take_it_up_again(store: Store) -> None:
    slot = store.add_result(a_study(store).id, "parallel_means", by="ana")
    store.add_extraction(filled_in(slot, "ben"))
    with pytest.raises(StoreError, match="say why"):
        store.set_draft_aside(slot.id, "ben", reason=" ", by="ana")
    aside = store.set_draft_aside(slot.id, "ben", reason="left the team", by="ana", now=NOW + timedelta(hours=1))
    assert (aside.extractor, aside.state, aside.revision, aside.answers) == ("ben", "withdrawn", 2, ANSWERS)
    assert store.extractions(result=slot.id)[-1] == aside
    assert set_aside(aside) == SetAside(by="ana", reason="left the team")
    assert latest_revisions(store.extractions(result=slot.id)) == ()
    assert ("ana", "draft set aside", "of ben: left the team") in [
        (event.by, event.action, event.detail) for event in store.history(slot.id)
    ]
    with pytest.raises(StoreError, match="ben has no draft"):
        store.set_draft_aside(slot.id, "ben", reason="again", by="ana")
    with pytest.raises(StaleRevision):
        store.add_extraction(filled_in(slot, "ben"), 1)
    assert store.add_extraction(filled_in(slot, "ben"), 2).revision == 3
    store.add_extraction(filled_in(slot, "cem", state="final"))
    with pytest.raises(StoreError, match="cem has no draft"):
        store.set_draft_aside(slot.id, "cem", reason="final answers stay", by="ana")


def test_an_extraction_belongs_to_a_result_of_its_study(store: Store) -> None:
    slot = store.add_result(a_study(store).id, "parallel_means", by="ana")
    other = a_study(store, "Ben 2021")
    with pytest.raises(NotThere, match="has no result"):
        store.add_extraction(filled_in(slot, study=other.id))
    with pytest.raises(StoreError, match="plain data"):
        store.add_extraction(filled_in(slot, answers={"mean_active": float("inf")}))
    assert store.extractions() == ()


def test_every_result_is_settled_and_an_empty_one_is_not_forgotten(store: Store) -> None:
    study = a_study(store)
    slots = [store.add_result(study.id, "parallel_means", by="ana") for _ in range(3)]
    store.add_extraction(filled_in(slots[0], state="final"))
    store.add_extraction(filled_in(slots[0], "ben", state="final"))
    store.add_extraction(filled_in(slots[2], state="final"))
    settled = store.settled_results(extractors_needed=2)
    assert [(result.result, result.state) for result in settled] == [
        (slots[0].id, ResultState.AGREED),
        (slots[1].id, ResultState.EMPTY),
        (slots[2].id, ResultState.WAITING),
    ]


def test_the_form_is_kept_as_it_was_filled_in(store: Store) -> None:
    assert store.add_form("events", 1, "form: events\n")
    assert not store.add_form("events", 1, "form: events\n")
    with pytest.raises(StoreError, match="raise its version"):
        store.add_form("events", 1, "form: events # changed\n")
    assert store.add_form("events", 2, "form: events # changed\n")
    assert [(kept.form, kept.version) for kept in store.forms_kept()] == [("events", 1), ("events", 2)]


def test_the_history_of_a_result_holds_every_revision(store: Store) -> None:
    slot = store.add_result(a_study(store).id, "parallel_means", label="pain, end", by="ana", now=NOW)
    store.add_extraction(filled_in(slot, minute=1))
    store.add_extraction(filled_in(slot, minute=2, state="final"))
    store.add_extraction(filled_in(slot, "cem", minute=3, role="consensus", state="final"))
    assert [(event.by, event.action, event.detail) for event in store.history(slot.id)] == [
        ("ana", "result opened", "pain, end, with the form parallel_means"),
        ("ana", "extraction", "revision 1, draft, form parallel_means version 1"),
        ("ana", "extraction", "revision 2, final, form parallel_means version 1"),
        ("cem", "consensus", "revision 1, final, form parallel_means version 1"),
    ]
