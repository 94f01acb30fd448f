"""Studies and results that were made in error."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from workbench.extraction import Extraction, Study
from workbench.store import NotThere, Store, StoreError

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def filled(store: Store) -> Store:
    for name in ("a", "b"):
        store.add_study(Study(id=name, label=f"Trial {name}", created_by="ada", created_at=NOW))
        store.add_result(name, "parallel_means", "fibromyalgia", by="ada", id=f"{name}-pain")
    store.add_extraction(
        Extraction(
            id="x1",
            study="a",
            result="a-pain",
            form="parallel_means",
            form_version=1,
            extractor="ada",
            answers={"n_active": 20},
            state="final",
            recorded_at=NOW,
        )
    )
    return store


def test_an_ended_result_is_in_no_list_and_comes_back_with_everything(filled: Store) -> None:
    assert filled.end_result("a-pain", reason="opened twice", by="ben", now=NOW)
    assert not filled.end_result("a-pain", reason="again", by="ben", now=NOW)
    assert [slot.id for slot in filled.results()] == ["b-pain"]
    assert [slot.id for slot in filled.results(ended=True)] == ["a-pain"]
    assert [item.result for item in filled.settled_results()] == ["b-pain"]
    assert len(filled.extractions(result="a-pain")) == 1  # nothing is lost
    assert filled.restore_result("a-pain", by="ada", now=NOW)
    assert {item.result for item in filled.settled_results()} == {"a-pain", "b-pain"}
    said = [event.action for event in filled.history("a-pain")]
    assert said.count("result taken out of the review") == 1
    assert said.count("result brought back") == 1


def test_an_ended_study_takes_its_results_along(filled: Store) -> None:
    filled.end_study("a", reason="the same trial as b", by="ada", now=NOW)
    assert [study.id for study in filled.studies()] == ["b"]
    assert [study.id for study in filled.studies(ended=True)] == ["a"]
    assert [slot.id for slot in filled.results()] == ["b-pain"]
    assert filled.results("a") == ()
    filled.restore_study("a", by="ada", now=NOW)
    assert len(filled.results()) == 2
    assert [e.detail for e in filled.history("a") if e.action == "study taken out of the review"] == [
        "the same trial as b"
    ]


def test_a_result_ended_by_itself_stays_ended_when_its_study_comes_back(filled: Store) -> None:
    filled.end_result("a-pain", reason="opened twice", by="ada", now=NOW)
    filled.end_study("a", reason="wrong", by="ada", now=NOW)
    filled.restore_study("a", by="ada", now=NOW)
    assert [slot.id for slot in filled.results()] == ["b-pain"]


def test_nothing_more_is_extracted_for_a_result_that_was_taken_out_but_it_can_be_withdrawn(filled: Store) -> None:
    (held,) = filled.extractions(result="a-pain")
    filled.end_study("a", reason="the same trial as b", by="ben", now=NOW)
    for state in ("draft", "final"):
        with pytest.raises(StoreError, match="taken out of the review"):
            filled.add_extraction(dataclasses.replace(held, id=f"late {state}", state=state))
    assert filled.add_extraction(held) == held  # what was recorded before is known
    assert filled.add_extraction(dataclasses.replace(held, id="back", state="withdrawn")).revision == 2
    filled.restore_study("a", by="ben", now=NOW)
    assert filled.add_extraction(dataclasses.replace(held, id="on")).revision == 3


def test_an_ending_needs_a_reason_and_something_to_end(filled: Store) -> None:
    with pytest.raises(StoreError, match="say why this result"):
        filled.end_result("a-pain", reason=" ", by="ada")
    with pytest.raises(NotThere, match="there is no study nothing"):
        filled.end_study("nothing", reason="x", by="ada")
    assert len(filled.results()) == 2
