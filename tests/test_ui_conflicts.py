"""Conflicts in the browser: both votes side by side, the discussion, and how each was settled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.test_store_desk import put_sample
from tests.test_ui_pages import assert_no_fault, one_of, press, shown
from tests.ui_review import add_records, include, vote
from workbench.screening import Stage, State, Verdict, decide, withdrawal
from workbench.store import Store
from workbench.ui import context
from workbench.ui.desk.discussion import HANDED_OVER

Opener = Callable[..., Store]
INCLUDE, EXCLUDE, MAYBE = Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.MAYBE
TITLES, TEXTS = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT


def page(reviewer: str = "ada", stage: Stage = TITLES) -> AppTest:
    at = AppTest.from_string(
        "from workbench.screening import Stage\nfrom workbench.ui import faults\n"
        "from workbench.ui.desk import conflicts\n"
        f"faults.guarded(lambda: conflicts.show(Stage({stage.value!r})))()",
        default_timeout=30,
    )
    at.query_params["reviewer"] = reviewer
    at.run()
    assert_no_fault(at)
    return at


def conflict(store: Store, *numbers: int, stage: Stage = TITLES) -> None:
    """Ada includes, Ben excludes."""
    for number in numbers:
        vote(store, number, "ada", INCLUDE, note=f"ada on {number}", stage=stage)
        vote(store, number, "ben", EXCLUDE, later=1, reason="wrong_design", note=f"ben on {number}", stage=stage)


def settle(at: AppTest, number: int, verdict: Verdict, *, why: str = "as the abstract says", **more: Any) -> AppTest:
    report = f"pubmed:{number}"
    at.radio(key=f"resolve:verdict:{report}").set_value(verdict)
    at.text_area(key=f"resolve:note:{report}").set_value(why)
    if more.get("agreed"):
        at.checkbox(key=f"resolve:agreed:{report}").check()
    if more.get("reason"):
        at.selectbox(key=f"resolve:reason:{report}").set_value(more["reason"])
    return press(at, "Record the decision")


def state(store: Store, number: int, stage: Stage = TITLES) -> State:
    return store.states(stage)[f"pubmed:{number}"]


def on_screen(at: AppTest) -> str:
    """Which conflict is looked at."""
    menu = next(box for box in at.selectbox if box.label.startswith("Conflict "))
    return str(menu.value)


# --- what is shown ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", list(Stage))
def test_without_conflicts_the_view_says_when_there_will_be_some(review: Opener, stage: Stage) -> None:
    add_records(review(), range(1, 4))
    at = page(stage=stage)
    assert "No conflicts." in shown(at)
    at.segmented_control[0].set_value("Settled").run()
    assert_no_fault(at)
    assert "No conflict was settled yet." in shown(at)


def test_both_votes_stand_side_by_side_with_reasons_tags_and_notes(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    conflict(store, 1)
    body = shown(page("cleo"))
    for words in ("Ada Example: Include", "Ben Example: Exclude", "ada on 1", "ben on 1", "Neuropathic"):
        assert words in body, words
    reason = next(item.label for item in context.review().screening.exclusion_reasons if item.key == "wrong_design")
    assert reason in body


def test_any_number_of_voters_is_shown(review: Opener) -> None:
    store = review()
    for name in ("dan", "eve"):
        store.add_reviewer(type(store.reviewers()[0])(name=name))
    add_records(store, (1,))
    conflict(store, 1)
    for name in ("dan", "eve"):
        vote(store, 1, name, MAYBE, note=f"{name} cannot tell", later=2)
    body = shown(page("cleo"))
    for words in ("ada on 1", "ben on 1", "dan cannot tell", "eve cannot tell"):
        assert words in body


def test_a_note_and_a_remark_are_characters_and_no_markup(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    vote(store, 1, "ada", INCLUDE, note="<i>open label</i>")
    vote(store, 1, "ben", EXCLUDE)
    store.add_remark("r", "pubmed:1", TITLES, "<script>alert(1)</script>", by="ben")
    body = shown(page())
    assert "&lt;i&gt;open label" in body
    assert "<script>" not in body
    assert "&lt;script&gt;" in body


def test_whoever_is_asked_for_a_vote_in_a_calibration_round_sees_neither_conflict_nor_resolution(
    review: Opener,
) -> None:
    store = review()
    add_records(store, (1, 2))
    put_sample(store, "round", "calibration", ["pubmed:1", "pubmed:2"], reviewers=["ada", "ben", "cleo"])
    conflict(store, 1, 2)
    store.settle(decide("pubmed:2", "ada", EXCLUDE, note="settled early", resolution=True), words_before=2)
    at = page("cleo")
    assert "No conflicts." in shown(at)
    at.segmented_control[0].set_value("Settled").run()
    assert "settled early" not in shown(at)
    assert "No conflict was settled yet." in shown(at)
    vote(store, 1, "cleo", INCLUDE)
    assert "ben on 1" in shown(page("cleo"))


def test_previous_next_and_the_menu_go_from_conflict_to_conflict(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 41))
    conflict(store, *range(1, 41))
    at = page("cleo")
    assert on_screen(at) == "pubmed:1"
    assert one_of(at.button, "Previous").disabled
    for _ in range(25):  # into the next group of the menu
        press(at, "Next")
    assert_no_fault(at)
    assert on_screen(at) == "pubmed:26"
    assert "ben on 26" in shown(at)
    press(at, "Previous")
    assert on_screen(at) == "pubmed:25"
    menu = next(box for box in at.selectbox if box.label.startswith("Conflict "))
    menu.set_value("pubmed:3").run()
    assert "ben on 3" in shown(at)
    assert len(menu.options) == 25


def test_what_the_team_hides_while_screening_is_hidden_here_too_but_not_at_full_text(review: Opener) -> None:
    store = review()
    add_records(store, (1,), authors=("Secret Name",), journal="Secret journal")
    store.set_review_setting("screening.hide", ["authors", "journal"], by="ada")
    conflict(store, 1)
    assert "Secret" not in shown(page("cleo"))
    store.settle(decide("pubmed:1", "cleo", INCLUDE, note="in", resolution=True), words_before=2)
    conflict(store, 1, stage=TEXTS)
    assert "Secret Name" in shown(page("cleo", TEXTS))


# --- settling ---------------------------------------------------------------------------------------------------------


def test_a_third_person_settles_it_and_the_next_conflict_comes(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2))
    conflict(store, 1, 2)
    at = settle(page("cleo"), 1, EXCLUDE, reason="wrong_design", why="no sham")
    assert_no_fault(at)
    assert state(store, 1) is State.EXCLUDED
    resolution = store.resolutions(TITLES, reviewer="ada")["pubmed:1"]
    assert (resolution.reviewer, resolution.reason, resolution.note) == (
        "cleo",
        "wrong_design",
        "By a third person. no sham",
    )
    assert on_screen(at) == "pubmed:2"
    assert "is settled: exclude" in shown(at)
    press(at, "Undo this resolution")
    assert_no_fault(at)
    assert state(store, 1) is State.CONFLICT
    assert on_screen(at) == "pubmed:1"
    assert "Taken back" in shown(at)


def test_a_voter_who_goes_against_the_others_vote_says_that_they_agreed(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    conflict(store, 1)
    at = settle(page("ada"), 1, INCLUDE)
    assert "Ben Example (Exclude)" in at.warning[0].value
    assert state(store, 1) is State.CONFLICT
    settle(at, 1, INCLUDE, agreed=True)
    assert_no_fault(at)
    assert state(store, 1) is State.INCLUDED
    assert store.resolutions(TITLES, reviewer="ada")["pubmed:1"].note == "By discussion. as the abstract says"


def test_a_voter_can_give_in_without_asking_anybody(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    conflict(store, 1)
    settle(page("ada"), 1, EXCLUDE)
    assert state(store, 1) is State.EXCLUDED


@pytest.mark.parametrize("why", ["", "   "])
def test_nothing_is_settled_without_a_decision_and_a_why(review: Opener, why: str) -> None:
    store = review()
    add_records(store, (1,))
    conflict(store, 1)
    at = press(page("cleo"), "Record the decision")
    assert "Choose include or exclude" in at.warning[0].value
    settle(at, 1, INCLUDE, why=why)
    assert "Say why" in at.warning[0].value
    assert state(store, 1) is State.CONFLICT


def test_at_full_text_excluding_needs_a_reason(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    include(store, 1, "ada", "ben")
    conflict(store, 1, stage=TEXTS)
    at = settle(page("cleo", TEXTS), 1, EXCLUDE)
    assert "needs a reason" in at.warning[0].value
    assert state(store, 1, TEXTS) is State.CONFLICT
    settle(at, 1, EXCLUDE, reason="wrong_design")
    assert_no_fault(at)
    assert state(store, 1, TEXTS) is State.EXCLUDED
    assert state(store, 1) is State.INCLUDED


def test_a_resolution_from_a_view_that_is_out_of_date_is_not_recorded(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    conflict(store, 1)
    at = page("cleo")
    store.settle(decide("pubmed:1", "ada", EXCLUDE, note="first", resolution=True), words_before=2)
    settle(at, 1, INCLUDE)
    assert state(store, 1) is State.EXCLUDED
    assert len(store.decisions()) == 3


def test_two_windows_that_settle_alike_settle_once(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    conflict(store, 1)
    one, other = page("cleo"), page("cleo")
    settle(one, 1, INCLUDE)
    settle(other, 1, INCLUDE)
    assert len(store.decisions()) == 3


# --- discussion -------------------------------------------------------------------------------------------------------


def test_remarks_are_kept_with_name_and_time_and_are_seen_by_the_other(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    conflict(store, 1)
    at = page("ada")
    at.text_area(key="remark:title_abstract:pubmed:1:ada:0").set_value("The sham is on page 3.\nLook there.")
    press(at, "Add the remark")
    assert_no_fault(at)
    press(at, "Add the remark")  # nothing typed: nothing said
    (remark,) = store.remarks("pubmed:1", TITLES)
    assert (remark.text, remark.by) == ("The sham is on page 3.\nLook there.", "ada")
    body = shown(page("ben"))
    assert "The sham is on page 3." in body
    assert "Ada Example" in body


def test_a_voter_asks_a_third_person_and_third_persons_can_pick_those_out(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2))
    conflict(store, 1, 2)
    at = page("ada")
    press(at, "Next")
    at.text_area(key="remark:title_abstract:pubmed:2:ada:0").set_value("We cannot agree.")
    press(at, "Ask a third person")
    assert_no_fault(at)
    assert store.remarks("pubmed:2", TITLES)[0].text == f"{HANDED_OVER} We cannot agree."
    assert "Ask a third person" not in [button.label for button in at.button]  # once is enough
    third = page("cleo")
    assert "Ask a third person" not in [button.label for button in third.button]
    third.toggle[0].set_value(True).run()
    assert_no_fault(third)
    assert on_screen(third) == "pubmed:2"
    settle(third, 2, INCLUDE)
    assert_no_fault(third)
    assert state(store, 2) is State.INCLUDED


# --- settled ----------------------------------------------------------------------------------------------------------


def test_what_was_settled_is_listed_with_who_and_why_and_its_author_can_take_it_back(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2))
    conflict(store, 1, 2)
    store.add_remark("r", "pubmed:1", TITLES, "as we said", by="ada")
    settle(page("cleo"), 1, EXCLUDE, why="no sham")
    for reviewer, may in (("ada", False), ("cleo", True)):
        at = page(reviewer)
        at.segmented_control[0].set_value("Settled").run()
        assert "Cleo Example, as a third person" in shown(at)
        assert "no sham" in shown(at)
        at.selectbox(key="conflicts:settled:title_abstract:1").set_value("pubmed:1").run()
        assert_no_fault(at)
        assert "ben on 1" in shown(at)
        assert "as we said" in shown(at)
        assert ("Undo this resolution" in [button.label for button in at.button]) is may
    press(at, "Undo this resolution")
    assert_no_fault(at)
    assert state(store, 1) is State.CONFLICT
    at.segmented_control[0].set_value("To settle").run()
    assert on_screen(at) == "pubmed:1"


def test_somebody_else_can_settle_anew_and_the_first_word_stays_on_record(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    conflict(store, 1)
    settle(page("cleo"), 1, EXCLUDE, why="no sham")
    at = page("ada")
    at.segmented_control[0].set_value("Settled").run()
    at.selectbox(key="conflicts:settled:title_abstract:1").set_value("pubmed:1").run()
    settle(at, 1, INCLUDE, agreed=True, why="the full text names a sham")
    assert_no_fault(at)
    assert state(store, 1) is State.INCLUDED
    assert [item.reviewer for item in store.decisions() if item.resolution] == ["cleo", "ada"]


def test_an_undone_resolution_is_no_longer_in_the_list(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    conflict(store, 1)
    settle(page("cleo"), 1, EXCLUDE)
    resolution = store.resolutions(TITLES, reviewer="ada")["pubmed:1"]
    store.settle(withdrawal(resolution), words_before=3)
    at = page("ada")
    assert on_screen(at) == "pubmed:1"
    at.segmented_control[0].set_value("Settled").run()
    assert "No conflict was settled yet." in shown(at)


def test_who_settled_it_meanwhile_is_told_and_what_was_typed_is_not_lost(review: Opener) -> None:
    """Of the only conflict: its form is gone when the page is drawn again."""
    store = review()
    add_records(store, (1,))
    conflict(store, 1)
    at = page("cleo")
    settle(page("ada"), 1, INCLUDE, agreed=True, why="we talked")
    settle(at, 1, EXCLUDE, why="a letter, not a trial")
    assert_no_fault(at)
    told = " ".join(warning.value for warning in at.warning)
    assert "Ada Example settled it: include" in told
    assert "You had chosen: exclude" in told
    assert "a letter, not a trial" in told
    assert state(store, 1) is State.INCLUDED
    assert sum(word.resolution for word in store.decisions(TITLES)) == 1
