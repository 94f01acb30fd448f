"""Labels, the discussion of votes, and resolutions of conflicts, on each database engine."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.review_facts import NOW, fill, key
from tests.test_store_desk import put_sample
from workbench.screening import Decision, ScreeningPlan, Stage, State, Verdict, decide, withdrawal
from workbench.store import ListFilter, NotThere, Store, StoreError
from workbench.store.remarks import LONGEST_LABEL, LONGEST_REMARK

TITLES, TEXTS = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT
INCLUDE, EXCLUDE = Verdict.INCLUDE, Verdict.EXCLUDE


def linked(store: Store, *numbers: int) -> None:
    store.link_duplicates([[key(number) for number in numbers]], by="ana")


def conflict(store: Store, number: int) -> None:
    store.add_decision(decide(key(number), "ana", INCLUDE, now=NOW))
    store.add_decision(decide(key(number), "ben", EXCLUDE, now=NOW))


def resolve(store: Store, number: int, reviewer: str, verdict: Verdict, *, minutes: int = 0) -> Decision:
    resolution = decide(key(number), reviewer, verdict, resolution=True, now=NOW + timedelta(minutes=minutes))
    assert store.settle(resolution, words_before=len(store.decisions(TITLES, key(number)))) == "recorded"
    return resolution


def state(store: Store, number: int) -> State:
    return store.states(TITLES)[key(number)]


# --- labels -----------------------------------------------------------------------------------------------------------


def test_a_label_is_put_on_taken_off_and_put_on_again(store: Store) -> None:
    fill(store, [1, 2])
    store.set_label(key(1), "ask Ben", True, by="ana")
    store.set_label(key(1), "sham?", True, by="ana")
    store.set_label(key(2), "sham?", True, by="ana")
    assert store.labels_of("ana") == {key(1): ("ask Ben", "sham?"), key(2): ("sham?",)}
    store.set_label(key(1), "ask Ben", False, by="ana")
    store.set_label(key(2), "sham?", False, by="ana")
    assert store.labels_of("ana") == {key(1): ("sham?",)}
    store.set_label(key(1), "ask Ben", True, by="ana")
    assert store.labels_of("ana") == {key(1): ("sham?", "ask Ben")}


def test_labels_are_seen_by_whoever_gave_them_alone(store: Store) -> None:
    fill(store, [1])
    store.set_label(key(1), "include for sure", True, by="ana")
    assert store.labels_of("ben") == {}
    plan = ScreeningPlan(needed=2)
    assert store.listing("ben", TITLES, plan, ListFilter()).lines[0].labels == ()
    assert store.listed("ben", TITLES, plan, ListFilter(label="include for sure")) == ()
    assert store.listed("ana", TITLES, plan, ListFilter(label="include for sure")) == (key(1),)
    store.set_label(key(1), "include for sure", False, by="ben")
    assert store.labels_of("ana") == {key(1): ("include for sure",)}


def test_a_label_goes_with_its_report_through_a_merge_and_is_taken_off_all_of_it(store: Store) -> None:
    fill(store, [1, 2, 3])
    store.set_label(key(2), "sham?", True, by="ana")
    linked(store, 1, 2)
    assert store.labels_of("ana") == {key(1): ("sham?",)}
    store.set_label(key(1), "sham?", False, by="ana")
    assert store.labels_of("ana") == {}
    store.unlink_duplicate(key(2), "ana")
    assert store.labels_of("ana") == {}


@pytest.mark.parametrize("label", ["", "  \n ", "x" * (LONGEST_LABEL + 1)])
def test_what_is_no_short_word_is_no_label(store: Store, label: str) -> None:
    fill(store, [1])
    with pytest.raises(StoreError, match="label"):
        store.set_label(key(1), label, True, by="ana")
    with pytest.raises(StoreError, match="name"):
        store.set_label(key(1), "fine", True, by=" ")
    with pytest.raises(NotThere, match="pubmed:9"):
        store.set_label(key(9), "fine", True, by="ana")
    assert store.labels_of("ana") == {}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["a", "b", "ä\0"]), st.booleans()), max_size=8))
def test_the_last_word_on_each_label_stands(store: Store, acts: list[tuple[str, bool]]) -> None:
    if not store.counts().records:
        fill(store, [1])
    for label in ("a", "b", "ä\0"):
        store.set_label(key(1), label, False, by="ana")
    for label, put in acts:
        store.set_label(key(1), label, put, by="ana")
    last = dict(acts)
    expected = {label.replace("\0", "\ufffd") for label, put in last.items() if put}
    assert set(store.labels_of("ana").get(key(1), ())) == expected


# --- discussion -------------------------------------------------------------------------------------------------------


def test_remarks_come_in_order_with_who_and_when_and_each_once(store: Store) -> None:
    fill(store, [1, 2])
    assert store.add_remark("r1", key(1), TITLES, " Sham coil is named on page 3. ", by="ana", now=NOW)
    assert store.add_remark("r2", key(1), TITLES, "Then in.", by="ben", now=NOW)
    assert not store.add_remark("r1", key(1), TITLES, "Sham coil is named on page 3.", by="ana")
    assert store.add_remark("r3", key(1), TEXTS, "Of the full text.", by="ana")
    said = store.remarks(key(1), TITLES)
    assert [(item.text, item.by, item.at) for item in said] == [
        ("Sham coil is named on page 3.", "ana", NOW),
        ("Then in.", "ben", NOW),
    ]
    assert [item.text for item in store.remarks(key(1), TEXTS)] == ["Of the full text."]
    assert store.remarks(key(2), TITLES) == ()


def test_a_remark_is_not_replaced_by_another_under_its_id(store: Store) -> None:
    fill(store, [1, 2])
    store.add_remark("r1", key(1), TITLES, "In.", by="ana")
    for report, stage, text, by in (
        (key(1), TITLES, "Out.", "ana"),
        (key(1), TITLES, "In.", "ben"),
        (key(2), TITLES, "In.", "ana"),
        (key(1), TEXTS, "In.", "ana"),
    ):
        with pytest.raises(StoreError, match="another remark"):
            store.add_remark("r1", report, stage, text, by=by)
    assert [item.text for item in store.remarks(key(1), TITLES)] == ["In."]


def test_remarks_on_duplicates_are_one_discussion(store: Store) -> None:
    fill(store, [1, 2])
    store.add_remark("r1", key(2), TITLES, "First.", by="ana")
    store.add_remark("r2", key(1), TITLES, "Second.", by="ben")
    linked(store, 1, 2)
    assert [(item.report, item.text) for item in store.remarks(key(2), TITLES)] == [
        (key(1), "First."),
        (key(1), "Second."),
    ]
    assert not store.add_remark("r1", key(1), TITLES, "First.", by="ana")
    assert store.remarks_by_report(TITLES) == {key(1): store.remarks(key(1), TITLES)}
    assert store.remarks_by_report(TEXTS) == {}


def test_a_remark_needs_words_a_name_and_a_record(store: Store) -> None:
    fill(store, [1])
    for text, by in (("  ", "ana"), ("In.", " ")):
        with pytest.raises(StoreError, match="needs"):
            store.add_remark("r1", key(1), TITLES, text, by=by)
    with pytest.raises(StoreError, match="at most"):
        store.add_remark("r1", key(1), TITLES, "x" * (LONGEST_REMARK + 1), by="ana")
    with pytest.raises(NotThere):
        store.add_remark("r1", key(9), TITLES, "In.", by="ana")
    assert store.remarks(key(1), TITLES) == ()


# --- resolutions ------------------------------------------------------------------------------------------------------


def test_a_resolution_settles_is_recorded_once_and_can_be_taken_back(store: Store) -> None:
    fill(store, [1])
    conflict(store, 1)
    resolution = decide(key(1), "cem", EXCLUDE, reason="no_sham", note="no sham", resolution=True, now=NOW)
    assert store.settle(resolution, words_before=2) == "recorded"
    assert store.settle(resolution, words_before=2) == "known"
    assert state(store, 1) is State.EXCLUDED
    assert store.resolutions(TITLES, reviewer="ana") == {key(1): resolution}
    back = withdrawal(resolution)
    assert store.settle(back, words_before=3) == "recorded"
    assert store.settle(withdrawal(resolution), words_before=3) == "known"
    assert state(store, 1) is State.CONFLICT
    assert store.resolutions(TITLES, reviewer="ana") == {}
    assert len(store.decisions(TITLES, key(1))) == 4


def test_a_conflict_about_which_somebody_said_more_meanwhile_is_not_settled_blindly(store: Store) -> None:
    fill(store, [1])
    conflict(store, 1)
    store.add_decision(decide(key(1), "ben", INCLUDE, note="you are right"))
    assert store.settle(decide(key(1), "cem", EXCLUDE, resolution=True), words_before=2) == "stale"
    assert state(store, 1) is State.INCLUDED
    assert len(store.decisions(TITLES, key(1))) == 3


def test_a_conflict_whose_records_were_taken_apart_meanwhile_is_not_settled(store: Store) -> None:
    fill(store, [1, 2])
    store.add_decision(decide(key(1), "ana", INCLUDE))
    store.add_decision(decide(key(2), "ben", EXCLUDE))
    store.link_duplicates([(key(1), key(2))], "ana", ("same",))
    assert state(store, 1) is State.CONFLICT
    store.undo_act(store.acts(key(1))[-1].id, "ana")
    assert store.settle(decide(key(1), "cem", EXCLUDE, resolution=True), words_before=2) == "stale"
    assert state(store, 1) is State.PENDING


def test_a_resolution_counts_though_the_clock_went_backwards(store: Store) -> None:
    fill(store, [1])
    conflict(store, 1)
    store.settle(decide(key(1), "cem", EXCLUDE, resolution=True, now=NOW), words_before=2)
    earlier = decide(key(1), "dan", INCLUDE, resolution=True, now=NOW - timedelta(seconds=3))
    assert store.settle(earlier, words_before=3) == "recorded"
    assert state(store, 1) is State.INCLUDED


def test_a_vote_does_not_pass_for_a_resolution(store: Store) -> None:
    fill(store, [1])
    with pytest.raises(StoreError, match="resolution"):
        store.settle(decide(key(1), "cem", EXCLUDE), words_before=0)
    with pytest.raises(NotThere):
        store.settle(decide(key(9), "cem", EXCLUDE, resolution=True), words_before=0)


def test_the_latest_resolution_stands_and_the_list_shows_the_latest_first(store: Store) -> None:
    fill(store, [1, 2, 3, 4])
    for number in (1, 2, 3):
        conflict(store, number)
    resolve(store, 1, "ana", INCLUDE)
    second = resolve(store, 2, "cem", EXCLUDE, minutes=1)
    anew = resolve(store, 1, "cem", EXCLUDE, minutes=2)
    assert list(store.resolutions(TITLES, reviewer="dan").items()) == [(key(1), anew), (key(2), second)]
    assert store.resolutions(TEXTS, reviewer="dan") == {}


def test_resolutions_follow_their_report_through_a_merge(store: Store) -> None:
    fill(store, [1, 2])
    conflict(store, 2)
    resolution = resolve(store, 2, "cem", INCLUDE)
    linked(store, 1, 2)
    assert store.resolutions(TITLES, reviewer="ana") == {key(1): resolution}
    assert state(store, 1) is State.INCLUDED


def test_whoever_is_still_asked_for_a_vote_is_not_told_how_it_was_settled(store: Store) -> None:
    fill(store, [1, 2])
    put_sample(store, "round", "calibration", [key(1)], reviewers=["ana", "ben", "cem"])
    conflict(store, 1)
    resolution = resolve(store, 1, "dan", INCLUDE)
    assert store.resolutions(TITLES, reviewer="cem") == {}
    assert store.resolutions(TITLES, reviewer="ana") == {key(1): resolution}
    store.add_decision(decide(key(1), "cem", EXCLUDE))
    assert store.resolutions(TITLES, reviewer="cem") == {key(1): resolution}
