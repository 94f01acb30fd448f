"""What stands for a result once its extractors are compared."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.extraction import (
    Extraction,
    ExtractionError,
    ResultState,
    differences,
    latest_revisions,
    settle,
    with_basis,
)

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
NOT_REPORTED = {"not_reported": True}
ANSWERS = {"n_active": 20, "mean_active": 4.1, "instrument": "NRS", "quote": "mean pain fell", "page": "4"}


def extraction(
    minute: int,
    extractor: str,
    answers: dict[str, Any],
    *,
    state: Literal["draft", "final", "withdrawn"] = "final",
    role: Literal["extractor", "consensus"] = "extractor",
    revision: int = 1,
    result: str = "slot",
    form: str = "parallel_means",
) -> Extraction:
    return Extraction(
        id=str(uuid.uuid4()),
        study="study",
        result=result,
        form=form,
        form_version=1,
        extractor=extractor,
        answers=answers,
        state=state,
        role=role,
        revision=revision,
        recorded_at=START + timedelta(minutes=minute),
    )


def test_numbers_that_differ_are_named() -> None:
    assert differences(ANSWERS, ANSWERS | {"mean_active": 4.2, "n_active": 21}) == ("mean_active", "n_active")


def test_where_it_was_read_is_no_disagreement() -> None:
    other = {"quote": "pain was lower", "page": "5", "notes": "x", "source_address": "doi", "certainty_note": "y"}
    assert differences(ANSWERS, ANSWERS | other) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [(5, 5.0), ("NRS 0-10", " nrs  0-10 "), (["a", "b"], ["b", "a"]), ("", None), ([], None)],
)
def test_answers_that_say_the_same(one: object, other: object) -> None:
    assert differences({"field": one}, {"field": other}) == ()


def test_an_absent_answer_is_an_empty_one_but_not_not_reported() -> None:
    assert differences({"field": ""}, {}) == ()
    assert differences({"field": NOT_REPORTED}, {}) == ("field",)
    assert differences({"field": NOT_REPORTED}, {"field": 0}) == ("field",)
    assert differences({"field": 0}, {}) == ("field",)


answers = st.dictionaries(
    st.sampled_from(["a", "b", "c", "quote"]),
    st.one_of(st.integers(-3, 3), st.floats(-2, 2), st.sampled_from(["", "x", "X "]), st.just(NOT_REPORTED)),
)


@given(a=answers, b=answers)
def test_differing_has_no_direction(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert differences(a, b) == differences(b, a)
    assert differences(a, a) == ()


def test_two_extractors_who_agree() -> None:
    first = extraction(1, "ana", ANSWERS | {"quote": ""})
    second = extraction(2, "ben", ANSWERS | {"page": "12", "notes": "a remark"})
    settled = settle([first, second], extractors=2)
    assert settled.state is ResultState.AGREED
    assert settled.usable
    assert settled.extraction_ids == (first.id, second.id)
    assert settled.extractors == ("ana", "ben")
    # the first extractor's answers; a quote that is missing there comes from the second, with the page it stands on
    assert settled.answers == ANSWERS | {"page": "12", "notes": "a remark"}


def test_one_extractor_where_two_are_asked_for_waits() -> None:
    settled = settle([extraction(1, "ana", ANSWERS)], extractors=2)
    assert settled.state is ResultState.WAITING
    assert not settled.usable
    assert settle([extraction(1, "ana", ANSWERS)], extractors=1).state is ResultState.AGREED


def test_a_draft_does_not_count() -> None:
    ana, draft = extraction(1, "ana", ANSWERS), extraction(2, "ben", {"n_active": 3}, state="draft")
    assert settle([draft], extractors=1).state is ResultState.DRAFT
    assert settle([ana, draft], extractors=2).state is ResultState.WAITING


def test_a_final_extraction_that_goes_back_to_draft_no_longer_counts() -> None:
    final, draft = extraction(1, "ana", ANSWERS), extraction(2, "ana", ANSWERS, state="draft", revision=2)
    assert settle([final, draft], extractors=1).state is ResultState.DRAFT


def test_everything_withdrawn_is_empty() -> None:
    revisions = [extraction(1, "ana", ANSWERS), extraction(2, "ana", ANSWERS, state="withdrawn", revision=2)]
    assert settle(revisions, extractors=1).state is ResultState.EMPTY


def test_a_conflict_keeps_what_is_agreed_for_a_consensus_to_start_from() -> None:
    settled = settle([extraction(1, "ana", ANSWERS), extraction(2, "ben", ANSWERS | {"mean_active": 14})], extractors=2)
    assert settled.state is ResultState.CONFLICT
    assert settled.differences == ("mean_active",)
    assert "mean_active" not in settled.answers
    assert settled.answers["n_active"] == 20
    assert not settled.usable


def test_different_forms_are_a_conflict() -> None:
    settled = settle([extraction(1, "ana", ANSWERS), extraction(2, "ben", ANSWERS, form="events")], extractors=2)
    assert settled.state is ResultState.CONFLICT
    assert settled.differences == ("form",)


def test_a_consensus_settles_and_says_when_somebody_wrote_later() -> None:
    ana, ben = extraction(1, "ana", ANSWERS), extraction(2, "ben", ANSWERS | {"mean_active": 14})
    verdict = extraction(3, "cem", ANSWERS, role="consensus")
    settled = settle([ana, ben, verdict], extractors=2)
    assert settled.state is ResultState.SETTLED
    assert settled.extraction_ids == (verdict.id,)
    assert settled.differences == ("mean_active",)
    assert not settled.changed_after_consensus
    later = extraction(4, "ben", ANSWERS | {"mean_active": 15}, revision=2)
    assert settle([ana, ben, verdict, later], extractors=2).changed_after_consensus


def test_a_consensus_that_names_its_finals_is_outdated_by_others_and_by_no_clock() -> None:
    ana, ben = extraction(1, "ana", ANSWERS), extraction(2, "ben", ANSWERS | {"mean_active": 14})
    verdict = extraction(3, "cem", with_basis(ANSWERS, [ana, ben]), role="consensus")
    settled = settle([ana, ben, verdict], extractors=2)
    assert (settled.changed_after_consensus, settled.answers) == (False, ANSWERS)
    early = extraction(0, "ben", ANSWERS | {"mean_active": 15}, revision=2)  # a clock that goes wrong
    assert settle([ana, ben, verdict, early], extractors=2).changed_after_consensus
    again = extraction(9, "ben", dict(ben.answers), revision=2)
    assert not settle([ana, ben, verdict, again], extractors=2).changed_after_consensus


def test_a_consensus_that_was_opened_again_settles_nothing_until_the_next() -> None:
    ana, ben = extraction(1, "ana", ANSWERS), extraction(2, "ben", ANSWERS | {"mean_active": 14})
    verdict = extraction(3, "cem", ANSWERS, role="consensus", revision=2)
    opened = extraction(4, "ana", ANSWERS, role="consensus", state="withdrawn", revision=3)
    assert settle([ana, ben, verdict, opened], extractors=2).state is ResultState.CONFLICT
    draft = extraction(5, "ben", ANSWERS, role="consensus", state="draft", revision=4)
    assert settle([ana, ben, verdict, opened, draft], extractors=2).state is ResultState.CONFLICT
    last = extraction(6, "ben", ANSWERS | {"mean_active": 9}, role="consensus", revision=5)
    settled = settle([ana, ben, verdict, opened, draft, last], extractors=2)
    assert (settled.state, settled.extraction_ids) == (ResultState.SETTLED, (last.id,))
    assert [item.id for item in latest_revisions([ana, ben, verdict, opened, last])] == [ana.id, ben.id, last.id]


def test_a_draft_of_a_consensus_takes_none_back() -> None:
    ana, ben = extraction(1, "ana", ANSWERS), extraction(2, "ben", ANSWERS | {"mean_active": 14})
    verdict = extraction(3, "cem", ANSWERS, role="consensus", revision=1)
    draft = extraction(4, "cem", ANSWERS, role="consensus", state="draft", revision=2)
    assert settle([ana, ben, verdict, draft], extractors=2).state is ResultState.SETTLED


def test_the_newest_revision_counts_whatever_the_clock_says() -> None:
    old, new = extraction(9, "ana", {"n_active": 1}), extraction(3, "ana", {"n_active": 2}, revision=2)
    assert settle([new, old], extractors=1).answers == {"n_active": 2}


def test_results_are_settled_one_at_a_time() -> None:
    with pytest.raises(ExtractionError, match="exactly one result"):
        settle([extraction(1, "ana", ANSWERS), extraction(1, "ana", ANSWERS, result="other")], extractors=1)
    with pytest.raises(ExtractionError, match="exactly one result"):
        settle([], extractors=1)
