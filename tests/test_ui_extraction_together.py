"""Several people and several windows at one result: stale answers, two settlers, a third person, abandoned drafts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.test_ui_pages import Opener, assert_no_fault, one_of, page, press, shown
from tests.ui_review import ANSWERS, THEN, add_records, add_result, add_study, extract
from workbench.extraction import Extraction, ResultState, SettledResult, settle
from workbench.forms import NOT_REPORTED, QUOTES
from workbench.store import Store

STUDY, RESULT = "study-1", "result-of-study-1"


@pytest.fixture
def store(review: Opener) -> Store:
    """One result of one study, before everybody."""
    store = review()
    add_records(store, (1,))
    study = add_study(store, 1, "Doe 2020")
    result = add_result(store, study)
    assert (study, result) == (STUDY, RESULT)
    for person in ("ada", "ben", "cleo"):
        store.set_preference(person, "studies:study", study)
        store.set_preference(person, "studies:result", result)
    return store


def opened(person: str) -> AppTest:
    at = page("studies", person).run()
    assert not at.exception
    return at


def given(store: Store, who: str, hours: int, **answers: Any) -> Extraction:
    return extract(store, STUDY, RESULT, who, hours=hours, **answers)


def now_stands(store: Store) -> SettledResult:
    return settle(store.extractions(result=RESULT), extractors=2)


def choice(who: str, path: str) -> str:
    return f"consensus:{RESULT}:{who}:{path}#choice"


def said(at: AppTest) -> str:
    return "\n".join(str(box.value) for box in (*at.warning, *at.error, *at.info))


def everything(at: AppTest) -> str:
    boxes = (*at.text_area, *at.text_input)
    return shown(at) + said(at) + " ".join(str(box.value) for box in boxes)


# --- consensus --------------------------------------------------------------------------------------------------------


def test_a_consensus_on_answers_that_changed_meanwhile_is_refused_told_and_asked_again(store: Store) -> None:
    a = given(store, "ada", 2, mean_active=4.0, spread_active=1.5)
    b = given(store, "ben", 3, mean_active=4.4, spread_active=1.2)
    at = opened("cleo")
    at.radio(key=choice("cleo", "mean_active")).set_value(a.id).run()
    at.radio(key=choice("cleo", "spread_active")).set_value(b.id).run()
    at.text_area(key=f"consensus:{RESULT}:cleo#why").set_value("see the table").run()
    new = given(store, "ada", 9, mean_active=4.9, spread_active=1.5, n_active=33)
    press(at, "Record the consensus")
    assert now_stands(store).state is ResultState.CONFLICT
    assert "finished their answers again" in said(at)
    assert "Ada Example changed this answer after it was chosen" in said(at)
    assert at.radio(key=choice("cleo", "mean_active")).value is None
    assert at.radio(key=choice("cleo", "spread_active")).value == b.id
    assert at.text_area(key=f"consensus:{RESULT}:cleo#why").value == "see the table"
    assert one_of(at.button, "Record the consensus").disabled
    for path in ("mean_active", "n_active"):
        at.radio(key=choice("cleo", path)).set_value(new.id).run()
    press(at, "Record the consensus")
    assert_no_fault(at)
    settled = now_stands(store)
    assert settled.state is ResultState.SETTLED
    assert (settled.answers["mean_active"], settled.answers["spread_active"]) == (4.9, 1.2)
    assert (settled.answers["n_active"], settled.changed_after_consensus) == (33, False)
    assert not [key for key in settled.answers if key.startswith("_")]


def test_the_second_of_two_settlers_is_told_and_overrides_nothing(store: Store) -> None:
    a, b = given(store, "ada", 2, mean_active=4.0), given(store, "ben", 3, mean_active=4.4)
    one, two = opened("ada"), opened("ben")
    one.radio(key=choice("ada", "mean_active")).set_value(a.id).run()
    two.radio(key=choice("ben", "mean_active")).set_value(b.id).run()
    press(one, "Record the consensus")
    assert_no_fault(one)
    press(two, "Record the consensus")
    assert now_stands(store).answers["mean_active"] == 4.0
    assert "ada recorded a consensus on this result" in said(two)
    assert "What you chose is kept" in said(two)


def test_an_optional_choice_outlives_a_new_revision_of_the_one_chosen(store: Store) -> None:
    a = given(store, "ada", 2, mean_active=4.0, country="Italy")
    given(store, "ben", 3, mean_active=4.4, country="Spain")
    at = opened("cleo")
    at.radio(key=choice("cleo", "country")).set_value(a.id).run()
    at.radio(key=choice("cleo", "mean_active")).set_value("another value").run()
    at.text_input(key=f"consensus:{RESULT}:cleo:mean_active#other").set_value("4.2").run()
    at.text_area(key=f"consensus:{RESULT}:cleo#why").set_value("table 2").run()
    new = given(store, "ada", 9, mean_active=4.0, country="Italy", n_comparator=18)
    again = opened("cleo")
    assert again.radio(key=choice("cleo", "country")).value == new.id
    assert again.text_input(key=f"consensus:{RESULT}:cleo:mean_active#other").value == "4.2"
    again.radio(key=choice("cleo", "n_comparator")).set_value(new.id).run()
    press(again, "Record the consensus")
    assert_no_fault(again)
    assert now_stands(store).answers["country"] == "Italy"
    changed = now_stands(store)
    assert (changed.state, changed.answers["mean_active"]) == (ResultState.SETTLED, 4.2)


def test_a_choice_of_an_answer_that_changed_is_no_choice_after_a_reload(store: Store) -> None:
    a = given(store, "ada", 2, mean_active=4.0, country="Italy")
    given(store, "ben", 3, mean_active=4.0, country="Spain")
    opened("cleo").radio(key=choice("cleo", "country")).set_value(a.id).run()
    given(store, "ada", 9, mean_active=4.0, country="Chile")
    again = opened("cleo")
    assert again.radio(key=choice("cleo", "country")).value is None
    assert one_of(again.button, "Record the consensus").disabled


def settle_it(store: Store, who: str, chosen: Extraction) -> AppTest:
    at = opened(who)
    at.radio(key=choice(who, "mean_active")).set_value(chosen.id).run()
    press(at, "Record the consensus")
    assert_no_fault(at)
    return at


@pytest.mark.parametrize("who", ["ada", "cleo"])  # a lead, and who settled it
def test_a_consensus_is_opened_again_with_a_reason_and_corrected(store: Store, who: str) -> None:
    a, b = given(store, "ada", 2, mean_active=4.0), given(store, "ben", 3, mean_active=4.4)
    settle_it(store, "cleo", a)
    other = opened("ben")
    assert not [button for button in other.button if button.label == "Open it again"]
    assert "can open it again" in everything(other)
    at = opened(who)
    assert one_of(at.button, "Open it again").disabled
    at.text_input(key=f"consensus:reopen:{RESULT}").set_value("read the wrong column").run()
    press(at, "Open it again")
    assert_no_fault(at)
    assert now_stands(store).state is ResultState.CONFLICT
    assert "read the wrong column" in shown(at)
    assert "consensus opened again" in shown(at)
    assert at.radio(key=choice(who, "mean_active")).value == a.id
    at.radio(key=choice(who, "mean_active")).set_value(b.id).run()
    press(at, "Record the consensus")
    assert_no_fault(at)
    assert (now_stands(store).state, now_stands(store).answers["mean_active"]) == (ResultState.SETTLED, 4.4)


def test_who_was_late_settles_from_their_own_choices_once_it_is_opened_again(store: Store) -> None:
    a, b = given(store, "ada", 2, mean_active=4.0), given(store, "ben", 3, mean_active=4.4)
    late = opened("ben")
    late.radio(key=choice("ben", "mean_active")).set_value(b.id).run()
    settle_it(store, "ada", a)
    press(late, "Record the consensus")
    at = opened("ada")
    at.text_input(key=f"consensus:reopen:{RESULT}").set_value("talked it over").run()
    press(at, "Open it again")
    again = opened("ben")
    assert again.radio(key=choice("ben", "mean_active")).value == b.id
    press(again, "Record the consensus")
    assert_no_fault(again)
    assert now_stands(store).answers["mean_active"] == 4.4


def test_a_stale_window_opens_no_answers_under_a_consensus(store: Store) -> None:
    a = given(store, "ada", 2, mean_active=4.0)
    given(store, "ben", 3, mean_active=4.4)
    stale = opened("ben")
    settle_it(store, "cleo", a)
    press(stale, "Change my own answers")
    assert "Cleo Example recorded a consensus" in said(stale)
    assert store.extractions(result=RESULT)[-1].role == "consensus"


def test_answers_opened_before_a_consensus_can_be_put_back(store: Store) -> None:
    a = given(store, "ada", 2, mean_active=4.0)
    given(store, "ben", 3, mean_active=4.4)
    settle_it(store, "cleo", a)
    given(store, "ben", 9, state="draft", mean_active=4.4)
    at = opened("ben")
    press(at, "Put my final answers back")
    assert_no_fault(at)
    assert store.extractions(result=RESULT)[-1].state == "final"
    assert not now_stands(store).changed_after_consensus
    assert "What stands, by Cleo Example" in shown(at)


def test_quote_and_page_follow_the_numbers_and_can_be_chosen_and_typed(store: Store) -> None:
    given(store, "ada", 2, mean_active=4.0, quote="A says 4.0", page="3")
    b = given(store, "ben", 3, mean_active=4.4, quote="B says 4.4", page="9")
    at = opened("cleo")
    at.radio(key=choice("cleo", "mean_active")).set_value(b.id).run()
    assert "those of Ben Example" in shown(at)
    draft = store.extractions(result=RESULT)[-1].answers
    assert (draft["mean_active"], draft["quote"], draft["page"]) == (4.4, "B says 4.4", "9")
    at.radio(key=choice("cleo", "quote")).set_value("another value").run()
    at.text_input(key=f"consensus:{RESULT}:cleo:quote#other:quote").set_value("Both say so").run()
    at.text_input(key=f"consensus:{RESULT}:cleo:quote#other:page").set_value("12").run()
    at.radio(key=choice("cleo", "mean_active")).set_value("another value").run()
    at.text_input(key=f"consensus:{RESULT}:cleo:mean_active#other").set_value("4.2").run()
    at.text_input(key=f"consensus:{RESULT}:cleo:mean_active#other:quote").set_value("mean 4.2").run()
    at.text_area(key=f"consensus:{RESULT}:cleo#why").set_value("the erratum").run()
    again = opened("cleo")
    press(again, "Record the consensus")
    assert_no_fault(again)
    answers = now_stands(store).answers
    assert (answers["mean_active"], answers["quote"], answers["page"]) == (4.2, "Both say so", "12")
    assert answers[QUOTES]["mean_active"]["quote"] == "mean 4.2"


def test_with_equal_numbers_whose_quote_stands_is_a_choice(store: Store) -> None:
    given(store, "ada", 2, country="Italy", quote="A", page="3")
    b = given(store, "ben", 3, country="Spain", quote="B", page="9")
    at = opened("cleo")
    at.radio(key=choice("cleo", "country")).set_value(b.id).run()
    at.radio(key=choice("cleo", "quote")).set_value(f"{RESULT}-ada-2").run()
    press(at, "Record the consensus")
    assert_no_fault(at)
    answers = now_stands(store).answers
    assert (answers["country"], answers["quote"], answers["page"]) == ("Spain", "A", "3")


def test_a_row_that_one_extractor_lacks_is_taken_or_left_as_a_whole(store: Store) -> None:
    slot = store.add_result(STUDY, "trial", None, by="ada", id="the-trial", now=THEN).id
    active = {"_row": "r1", "label": "10 Hz", "role": "active", "randomised": 20}
    sham = {"_row": "r2", "label": "Sham", "role": "sham", "randomised": 19}
    trial = {key: ANSWERS[key] for key in ("study_label", "design", "indications", "primary_indication", "sham_type")}
    for who, arms in (("ada", [active]), ("ben", [active, sham])):
        extraction = replace(
            given(store, who, 2),
            id=f"trial-{who}",
            result=slot,
            form="trial",
            answers=trial | {"conditions": dict(NOT_REPORTED), "arms": arms},
        )
        store.add_extraction(extraction)
    store.set_preference("cleo", "studies:result", slot)
    at = opened("cleo")
    radio = at.radio(key=f"consensus:{slot}:cleo:arms[sham]#choice")
    assert radio.options == ["Ada Example", "Ben Example"]
    assert "no such row" in shown(at)
    radio.set_value("trial-ben").run()
    draft = store.extractions(result=slot)[-1].answers
    assert [(row["label"], row["randomised"]) for row in draft["arms"]] == [("10 Hz", 20), ("Sham", 19)]


# --- a third person, and drafts --------------------------------------------------------------------------------------


def test_a_third_person_with_a_draft_sees_nothing_of_a_conflict_until_they_leave_it(store: Store) -> None:
    given(store, "cleo", 1, state="draft", mean_active=7.0)
    given(store, "ada", 2)
    given(store, "ben", 3, quote="only Ben typed this", mean_active=4.123)
    at = opened("cleo")
    assert "4.123" not in everything(at)
    assert "only Ben typed this" not in everything(at)
    assert at.text_input(key=f"extractor:{RESULT}:cleo:mean_active").value == "7"
    assert not [box for box in at.selectbox if box.key == f"history:path:{RESULT}" and len(box.options) > 60]
    press(at, "Leave it to the others")
    assert_no_fault(at)
    assert "4.123" in everything(at)
    assert store.extractions(result=RESULT)[-1].state == "withdrawn"


def test_why_a_consensus_was_opened_again_is_not_told_to_who_is_still_to_answer(store: Store) -> None:
    given(store, "cleo", 1, state="draft")
    a, b = given(store, "ada", 2, mean_active=4.0), given(store, "ben", 3, mean_active=4.4)
    for state, note in (("final", ""), ("withdrawn", "the mean is 4.4, not 4.0")):
        said = replace(a, id=state, state=state, role="consensus", note=note, recorded_at=b.recorded_at)
        store.add_extraction(said)
    assert "the mean is 4.4" in shown(opened("ben"))
    assert "the mean is 4.4" not in everything(opened("cleo"))


def test_two_abandoned_drafts_no_longer_block_a_result_once_a_lead_sets_one_aside(store: Store) -> None:
    given(store, "ben", 2, state="draft", mean_active=7.77)
    given(store, "cleo", 3, state="draft")
    at = opened("ada")
    assert "with other extractors" in shown(at)
    assert "7.77" not in everything(at)
    assert not [button for button in opened("cleo").button if button.label == "Set this draft aside"]
    at.text_input(key=f"abandoned:{RESULT}:ben:why").set_value("left the team").run()
    at.button(key=f"abandoned:{RESULT}:ben:now").click().run()
    assert_no_fault(at)
    assert one_of(at.button, "Finish this extraction")
    assert "draft set aside" in shown(at)
    assert "7.77" not in everything(at)
    back = opened("ben")
    assert "Ada Example set your draft aside" in said(back)
    assert "left the team" in said(back)
    press(back, "Take my draft up again")
    assert_no_fault(back)
    latest = store.extractions(result=RESULT)[-1]
    assert (latest.extractor, latest.state, latest.answers["mean_active"], latest.note) == ("ben", "draft", 7.77, "")
    assert back.text_input(key=f"extractor:{RESULT}:ben:mean_active").value == "7.77"


def test_answers_changed_after_seeing_the_others_are_marked_on_the_page(store: Store) -> None:
    given(store, "ada", 2, mean_active=4.0)
    given(store, "ben", 3, mean_active=9.0)
    at = opened("ben")
    press(at, "Change my own answers")
    at.text_input(key=f"extractor:{RESULT}:ben:mean_active").set_value("4").run()
    press(at, "Finish this extraction")
    assert now_stands(store).state is ResultState.AGREED
    assert "Ben Example answered, or changed answers, after those of the others could be seen" in said(opened("ada"))


def test_a_result_taken_out_meanwhile_takes_no_more_answers_and_says_so(store: Store) -> None:
    given(store, "ada", 2, state="draft")
    at = opened("ada")
    store.end_result(RESULT, reason="opened twice", by="ben")
    at.text_input(key=f"extractor:{RESULT}:ada:mean_active").set_value("5.5").run()
    assert "taken out of the review" in said(at)
    assert len(store.extractions(result=RESULT)) == 1


def test_agreement_counts_no_ended_result_and_none_that_somebody_is_at_work_on(store: Store) -> None:
    given(store, "ada", 2)
    given(store, "ben", 3, mean_active=9.0)
    assert "answers were the same" in agreement(store)
    given(store, "cleo", 4, state="draft")
    assert "No result was extracted by two people yet." in agreement(store)
    store.set_draft_aside(RESULT, "cleo", reason="not needed", by="ada")
    store.end_result(RESULT, reason="opened twice", by="ben")
    assert "No result was extracted by two people yet." in agreement(store)


def agreement(store: Store) -> str:
    assert store is not None
    at = opened("ada").segmented_control(key="studies:view").set_value("Agreement").run()
    assert_no_fault(at)
    return shown(at)


def test_one_result_is_opened_by_the_same_choices_in_two_windows(store: Store) -> None:
    before = len(store.results(STUDY))
    windows = [opened("ada"), opened("ada")]
    for at in windows:
        next(box for box in at.selectbox if str(box.key).startswith("add:indication")).set_value(
            ANSWERS["primary_indication"]
        ).run()
        next(box for box in at.selectbox if str(box.key).startswith("add:form")).set_value("parallel_means").run()
    for at in windows:
        press(at, "Add the result")
        assert_no_fault(at)
    assert len(store.results(STUDY)) == before + 1


# --- two windows of one person --------------------------------------------------------------------------------------


def typed(at: AppTest, **values: float) -> AppTest:
    for key, value in values.items():
        at.text_input(key=f"extractor:{RESULT}:ada:{key}").set_value(f"{value:.12g}").run()
    return at


def bring(at: AppTest, path: str) -> Any:
    return at.radio(key=f"extractor:{RESULT}:ada#bring:{path}")


def test_what_a_stale_window_typed_is_brought_into_the_newer_revision_field_by_field(store: Store) -> None:
    one = typed(opened("ada"), mean_active=4.0)
    typed(opened("ada"), spread_active=1.0, mean_comparator=5.0)
    typed(one, n_active=20, mean_comparator=7.0)
    assert "not saved" in said(one)
    assert (bring(one, "spread_active").value, bring(one, "n_active").value) == ("newer", "mine")
    assert bring(one, "mean_comparator").value is None
    assert one_of(one.button, "Bring them together").disabled
    bring(one, "mean_comparator").set_value("mine").run()
    press(one, "Bring them together")
    assert_no_fault(one)
    assert not one.warning
    saved = store.extractions(result=RESULT)[-1].answers
    numbers = {key: saved.get(key) for key in ("mean_active", "spread_active", "n_active", "mean_comparator")}
    assert numbers == {"mean_active": 4.0, "spread_active": 1.0, "n_active": 20, "mean_comparator": 7.0}
    assert one.text_input(key=f"extractor:{RESULT}:ada:spread_active").value == "1"
    typed(one, n_comparator=19)
    assert store.extractions(result=RESULT)[-1].answers["n_comparator"] == 19


def test_what_was_typed_is_not_lost_where_the_other_window_finished(store: Store) -> None:
    given(store, "ada", 2, state="draft")
    one = opened("ada")
    press(opened("ada"), "Finish this extraction")
    typed(one, mean_active=4.5)
    assert "Bring them together" in [button.label for button in one.button]
    assert "4.5" in shown(one)
    press(one, "Bring them together")
    assert_no_fault(one)
    latest = store.extractions(result=RESULT)[-1]
    assert (latest.state, latest.answers["mean_active"]) == ("draft", 4.5)
    assert one.text_input(key=f"extractor:{RESULT}:ada:mean_active").value == "4.5"


def test_undo_goes_back_through_all_values_and_not_to_and_fro(store: Store) -> None:
    for number in (1, 2, 3):
        given(store, "ada", number, state="draft", mean_active=float(number))
    at = opened("ada")
    stood = []
    for _ in range(3):
        at.selectbox(key=f"history:path:{RESULT}").set_value("mean_active").run()
        press(at, "Undo my latest change of this value")
        assert_no_fault(at)
        stood.append(store.extractions(result=RESULT)[-1].answers.get("mean_active"))
    assert stood == [2.0, 1.0, None]
    assert "Undo my latest change of this value" not in [button.label for button in at.button]


def test_quotes_keep_up_with_what_is_typed(store: Store) -> None:
    old = {"quote": "old", "page": "Table 2", "full_text": "ft", "found": "yes"}
    given(store, "ada", 2, state="draft", quote="old", **{QUOTES: {"": old, "mean_active": old}})
    at = opened("ada")
    at.text_area(key=f"extractor:{RESULT}:ada:quote").set_value("another sentence").run()
    at.text_input(key=f"extractor:{RESULT}:ada:mean_active").set_value("").run()
    quotes = store.extractions(result=RESULT)[-1].answers[QUOTES]
    assert (quotes[""]["quote"], quotes[""]["full_text"], quotes[""]["found"]) == ("another sentence", "", "unchecked")
    assert quotes["mean_active"]["found"] == "unchecked"
