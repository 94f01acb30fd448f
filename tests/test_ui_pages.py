"""Each page, empty and with work in it: what is pressed is recorded, and text from outside stays text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.ui_review import (
    ANSWERS,
    HOSTILE_ABSTRACT,
    HOSTILE_TITLE,
    NEUROPATHIC,
    add_records,
    add_result,
    add_study,
    extract,
    include,
    make_review,
    settled_studies,
    vote,
)
from workbench.extraction import ResultState, settle
from workbench.forms import NOT_REPORTED
from workbench.screening import Stage, State, Verdict, consensus, standing_votes
from workbench.store import Store, StoreError
from workbench.ui import context
from workbench.ui.desk import deciding

PAGES = ("overview", "records", "screening", "studies", "results")
Opener = Callable[..., Store]


@pytest.fixture(autouse=True)
def no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests press at once."""
    monkeypatch.setattr(deciding, "SHORTEST_LOOK", 0.0)


def page(name: str, reviewer: str = "ada") -> AppTest:
    at = AppTest.from_string(
        f"from workbench.ui import faults\nfrom workbench.ui.pages import {name}\nfaults.guarded({name}.page)()",
        default_timeout=30,
    )
    at.query_params["reviewer"] = reviewer
    return at


def shown(at: AppTest) -> str:
    """All of our own markup on the page, the script of the desk apart: nothing of a record is ever put into it."""
    return "\n".join(str(element.proto.body) for element in at.get("html") if not element.proto.unsafe_allow_javascript)


def drawn(at: AppTest) -> list[str]:
    """The alternative texts of the figures on the page."""
    return [image.alt for element in at.get("image") for image in element.proto.imgs]


def press(at: AppTest, label: str) -> AppTest:
    """Press the first button of this label."""
    return one_of(at.button, label).click().run()


def one_of(elements: Any, label: str) -> Any:
    """The first element of this label."""
    found = [element for element in elements if element.label == label]
    assert found, f"no {label!r} among {[element.label for element in elements]}"
    return found[0]


def assert_no_fault(at: AppTest) -> None:
    assert not at.exception
    assert not at.error, [element.value for element in at.error]


# --- every page -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_an_empty_review_says_what_to_do_next(name: str, review: Opener) -> None:
    review()
    at = page(name).run()
    assert_no_fault(at)
    assert "wb-empty" in shown(at)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_a_review_in_work_renders(name: str, review: Opener) -> None:
    settled_studies(review())
    at = page(name).run()
    assert_no_fault(at)
    assert at.title[0].value


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_an_example_says_that_it_is_not_to_be_cited(name: str, review: Opener) -> None:
    review(example=True)
    assert "not to be cited" in shown(page(name).run())


@pytest.mark.parametrize("name", PAGES)
def test_no_page_says_example_of_a_real_review(name: str, review: Opener) -> None:
    review()
    assert "not to be cited" not in shown(page(name).run())


@pytest.mark.parametrize("name", ["overview", "screening", "studies"])
def test_a_page_that_records_something_asks_first_who_is_working(name: str, review: Opener) -> None:
    add_records(review(), range(1, 4))
    at = page(name, reviewer="nobody").run()
    assert not at.exception
    assert "Choose who is working" in at.error[0].value


@pytest.mark.parametrize("name", ["records", "screening", "studies"])
def test_markup_in_titles_and_abstracts_is_shown_as_its_characters(name: str, review: Opener) -> None:
    store = review()
    add_records(store, (1,), title=HOSTILE_TITLE, abstract=HOSTILE_ABSTRACT)
    if name == "studies":
        include(store, 1, "ada", "ben")
    at = page(name).run()
    if name == "studies":
        at.segmented_control(key="studies:view").set_value("Reports").run()
    if name == "records":
        one_of(at.selectbox, "Look at one record").set_value("pubmed:1").run()
    assert_no_fault(at)
    body = shown(at)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; **bold** $x^2$ :red[red]" in body
    for tag in ("<script", "<img", "<iframe", "<b>b</b>", 'href="javascript'):
        assert tag not in body
    for element in (*at.markdown, *at.caption, *at.header, *at.subheader, *at.title):
        assert "alert(1)" not in element.value, "text from outside went through Markdown"


def test_a_fault_of_ours_shows_a_reference_and_no_traceback(
    review: Opener, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    review()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(Store, "counts", broken)
    at = page("overview").run()
    assert not at.exception
    assert "reference" in at.error[0].value
    assert "secret detail" not in at.error[0].value
    assert "secret detail" in capsys.readouterr().err


def test_a_refusal_of_the_store_is_shown_in_its_own_words(review: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    review()

    def refuse(*_: object, **__: object) -> None:
        raise StoreError("the disk is full: make room")

    monkeypatch.setattr(Store, "counts", refuse)
    assert "the disk is full: make room" in page("overview").run().error[0].value


# --- overview ---------------------------------------------------------------------------------------------------------


def test_the_overview_counts_what_waits_and_shows_the_pooled_estimate(review: Opener) -> None:
    store = review()
    settled_studies(store)
    add_records(store, range(10, 15))
    body = shown(page("overview").run())
    assert ">5</th><td>records to screen" in body
    assert "SMD" in body
    assert "k = 3" in body
    assert "2026-03-01" in body, "how current the search is"


# --- records and searches ---------------------------------------------------------------------------------------------


def test_records_come_fifty_a_page_without_abstracts_and_can_be_searched(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 71))
    at = page("records").run()
    assert "Records 1 to 50 of 70" in shown(at)
    assert "Ten hertz" not in shown(at)
    at.text_input(key="records:words").set_value("trial 66").run()
    assert "Records 1 to 1 of 1" in shown(at)


def test_the_ledger_shows_query_translation_and_failure(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    run = store.begin_search("migraine", "migraine AND rTMS", indication="migraine")
    store.finish_search(run, status="failed", error="PubMed did not answer")
    at = page("records").run()
    at.segmented_control(key="records:view").set_value("Searches").run()
    body = shown(at)
    assert_no_fault(at)
    assert "PubMed did not answer" in body
    assert "migraine AND rTMS" in body


# --- screening --------------------------------------------------------------------------------------------------------


def state(store: Store, number: int) -> State:
    return consensus(store.decisions(Stage.TITLE_ABSTRACT, f"pubmed:{number}"), reviewers=2)


def test_a_decision_is_recorded_and_the_next_record_shows(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 4))
    at = page("screening").run()
    assert "trial 1<" in shown(at)
    press(at, "Include")
    assert_no_fault(at)
    assert "trial 2<" in shown(at)
    (decision,) = store.decisions()
    assert (decision.report, decision.reviewer, decision.verdict) == ("pubmed:1", "ada", Verdict.INCLUDE)
    assert decision.indications == (NEUROPATHIC,)


def test_a_reason_excludes_for_that_reason(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 3))
    press(page("screening").run(), "Not a randomised trial")
    (decision,) = store.decisions()
    assert (decision.verdict, decision.reason) == (Verdict.EXCLUDE, "wrong_design")


def test_keys_stand_on_the_buttons_and_can_be_turned_off_for_good(review: Opener) -> None:
    add_records(review(), (1,))
    at = page("screening").run()
    keys = {button.label: button.proto.shortcut for button in at.button}
    assert {keys[label] for label in ("Include", "Exclude", "Maybe", "Undo", "Note")} == {"i", "e", "m", "u", "n"}
    assert keys["Wrong population"] == "1"
    at.toggle(key="desk:single_keys:ada").set_value(False).run()
    again = page("screening").run()
    assert not any(button.proto.shortcut for button in again.button)


def test_undo_withdraws_the_last_decision_and_shows_its_record_again(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 4))
    at = page("screening").run()
    press(at, "Exclude")
    press(at, "Undo")
    assert_no_fault(at)
    assert "trial 1<" in shown(at)
    assert standing_votes(store.decisions(Stage.TITLE_ABSTRACT, "pubmed:1")) == {}


def test_two_windows_that_press_the_same_record_it_once(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 4))
    one, other = page("screening").run(), page("screening").run()
    press(one, "Include")
    press(other, "Include")
    assert_no_fault(other)
    assert len(store.decisions()) == 1
    assert "trial 2<" in shown(other)


def test_what_is_pressed_before_a_record_could_be_read_decides_nothing(
    review: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = review()
    add_records(store, range(1, 4))
    monkeypatch.setattr(deciding, "SHORTEST_LOOK", 60.0)
    at = page("screening").run()
    press(at, "Include")
    assert not store.decisions()
    assert "trial 1<" in shown(at)


def test_a_changed_mind_in_another_window_is_told_first_and_then_a_second_decision(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 4))
    one, other = page("screening").run(), page("screening").run()
    press(one, "Include")
    press(other, "Exclude")
    assert [decision.verdict for decision in store.decisions()] == [Verdict.INCLUDE]
    assert "trial 1<" in shown(other)
    assert "in another window you decided “Include”" in shown(other)
    press(other, "Exclude")
    assert [decision.verdict for decision in store.decisions()] == [Verdict.INCLUDE, Verdict.EXCLUDE]
    assert "trial 2<" in shown(other)


def test_a_reload_comes_back_to_the_record_the_note_and_the_tags(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 4))
    at = page("screening").run()
    press(at, "Next")
    press(at, "Note")
    at.text_area(key="desk:note:title_abstract:ada:pubmed:2").set_value("dose unclear").run()
    again = page("screening").run()
    assert "trial 2<" in shown(again)
    assert again.text_area(key="desk:note:title_abstract:ada:pubmed:2").value == "dose unclear"
    press(again, "Maybe")
    (decision,) = store.decisions()
    assert decision.note == "dose unclear"


def test_nobody_sees_another_vote_before_their_own(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    vote(store, 1, "ben", Verdict.EXCLUDE, note="ben-was-here", reason="wrong_design")
    at = page("screening").run()
    body = shown(at)
    assert "ben-was-here" not in body
    assert "Ben Example" not in body
    assert "You decided:" not in body


def test_a_conflict_shows_both_votes_and_is_settled(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    vote(store, 1, "ada", Verdict.INCLUDE, note="looks right")
    vote(store, 1, "ben", Verdict.EXCLUDE, later=1, note="<i>open label</i>", reason="wrong_design")
    at = page("screening", "cleo").run()
    at.segmented_control(key="screening:view").set_value("Conflicts").run()
    assert "looks right" in shown(at)
    assert "&lt;i&gt;open label&lt;/i&gt;" in shown(at)
    at.radio(key="resolve:verdict:pubmed:1").set_value(Verdict.EXCLUDE)
    at.text_area(key="resolve:note:pubmed:1").set_value("no sham")
    press(at, "Record the decision")
    assert_no_fault(at)
    assert state(store, 1) is State.EXCLUDED
    assert store.decisions()[-1].resolution


def test_a_queue_that_is_done_says_so(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    at = page("screening").run()
    press(at, "Include")
    assert_no_fault(at)
    assert "everything" in at.success[0].value


def test_the_queue_can_be_limited_to_an_indication_and_stays_so(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    add_records(store, (2,), indication="migraine")
    at = page("screening").run()
    at.selectbox(key="filter:title_abstract:ada:indication").set_value("migraine").run()
    assert "trial 2<" in shown(at)
    assert "trial 2<" in shown(page("screening").run())


# --- studies and extraction -------------------------------------------------------------------------------------------


def fill(at: AppTest, prefix: str, answers: dict[str, Any]) -> None:
    """Type answers into the widgets on screen."""
    for key, answer in answers.items():
        widget_key = f"{prefix}:{key}"
        widget = next(
            element
            for kind in (at.text_input, at.text_area, at.selectbox, at.multiselect)
            for element in kind
            if element.key == widget_key
        )
        typed = isinstance(answer, int | float) and not isinstance(answer, bool)
        widget.set_value(f"{answer:.12g}" if typed else answer)


def test_an_included_report_becomes_a_study_once(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2))
    include(store, 1, "ada", "ben")
    at = page("studies").run()
    at.segmented_control(key="studies:view").set_value("Reports").run()
    press(at, "Make a study")
    assert_no_fault(at)
    (study,) = store.studies()
    assert (study.label, study.reports) == ("Doe 2020", ("pubmed:1",))
    assert "no results yet" in at.selectbox(key="studies:study:ada").options[0]


def test_another_report_is_added_to_a_study(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2))
    add_study(store, 1, "Doe 2020")
    include(store, 2, "ada", "ben")
    at = page("studies").run()
    at.segmented_control(key="studies:view").set_value("Reports").run()
    at.selectbox(key="studies:attach:pubmed:2").set_value("study-1").run()
    press(at, "Add to this study")
    assert_no_fault(at)
    assert store.studies()[0].reports == ("pubmed:1", "pubmed:2")


def test_a_study_gets_another_label_and_loses_a_report_that_is_not_its_own(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    study = add_study(store, 1, "Doe 2020")
    store.set_preference("ada", "studies:study", study)
    at = page("studies").run()
    at.text_input(key=f"studies:rename:{study}").set_value("Doe 2020b").run()
    press(at, "Change the label")
    at.selectbox(key=f"studies:unlink:{study}").set_value("pubmed:1").run()
    press(at, "Take it out of the study")
    assert_no_fault(at)
    assert (store.study(study).label, store.study(study).reports) == ("Doe 2020b", ())


def open_form(store: Store, reviewer: str = "ada") -> tuple[AppTest, str, str]:
    """A study with one empty result, chosen on the page."""
    add_records(store, (1,))
    study = add_study(store, 1, "Doe 2020")
    result = add_result(store, study)
    store.set_preference(reviewer, "studies:study", study)
    store.set_preference(reviewer, "studies:result", result)
    return page("studies", reviewer).run(), study, result


def test_a_form_is_filled_in_saved_as_typed_and_finished(review: Opener) -> None:
    store = review(extractors=1)
    at, _, result = open_form(store)
    prefix = f"extractor:{result}:ada"
    assert_no_fault(at)
    fill(at, prefix, ANSWERS)
    at.run()
    assert_no_fault(at)
    drafts = store.extractions(result=result)
    assert drafts[-1].state == "draft"
    assert dict(drafts[-1].answers) == ANSWERS
    assert "SMD −0.9" in shown(at), "the effect that the numbers give"
    press(at, "Finish this extraction")
    assert_no_fault(at)
    settled = settle(store.extractions(result=result), extractors=1)
    assert settled.state is ResultState.AGREED
    assert dict(settled.answers) == ANSWERS
    assert store.forms_kept()[0].form == "parallel_means"


def test_a_reload_in_the_middle_of_a_form_loses_nothing(review: Opener) -> None:
    store = review()
    at, _, result = open_form(store)
    prefix = f"extractor:{result}:ada"
    fill(at, prefix, {"mean_active": 4.25, "quote": "4.25 (1.5)"})
    at.run()
    again = page("studies").run()
    assert again.text_input(key=f"{prefix}:mean_active").value == "4.25"
    assert again.text_area(key=f"{prefix}:quote").value == "4.25 (1.5)"


def test_not_reported_is_kept_apart_from_empty(review: Opener) -> None:
    store = review()
    at, _, result = open_form(store)
    at.checkbox(key=f"extractor:{result}:ada:country:not_reported").check().run()
    answers = store.extractions(result=result)[-1].answers
    assert answers["country"] == NOT_REPORTED
    assert "funding" not in answers


def test_an_implausible_number_is_questioned_at_its_field(review: Opener) -> None:
    at, _, result = open_form(review())
    at.text_input(key=f"extractor:{result}:ada:stim_intensity_percent").set_value("900").run()
    assert "wb-problem" in shown(at)
    assert "900" in shown(at)


def test_an_unfinished_extraction_cannot_be_finished(review: Opener) -> None:
    at, _, result = open_form(review())
    at.text_input(key=f"extractor:{result}:ada:mean_active").set_value("4").run()
    assert one_of(at.button, "Finish this extraction").disabled


def test_a_newer_revision_from_another_window_is_never_overwritten(review: Opener) -> None:
    store = review()
    one, _, result = open_form(store)
    other = page("studies").run()
    key = f"extractor:{result}:ada:mean_active"
    one.text_input(key=key).set_value("4").run()
    other.text_input(key=key).set_value("9").run()
    assert store.extractions(result=result)[-1].answers["mean_active"] == 4.0
    assert "not saved" in other.warning[0].value
    press(other, "Show the newer answers here")
    assert other.text_input(key=key).value == "4"
    other.text_input(key=key).set_value("9").run()
    assert store.extractions(result=result)[-1].answers["mean_active"] == 9.0


def test_the_second_result_of_a_study_takes_over_the_trial_and_the_stimulation(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    study = add_study(store, 1, "Doe 2020")
    extract(store, study, add_result(store, study), "ada")
    slot = store.add_result(study, "parallel_means", NEUROPATHIC, by="ada", id="second").id
    store.set_preference("ada", "studies:study", study)
    store.set_preference("ada", "studies:result", slot)
    at = page("studies").run()
    prefix = "extractor:second:ada"
    assert at.text_input(key=f"{prefix}:stim_frequency_hz").value == "10"
    assert at.selectbox(key=f"{prefix}:design").value == "parallel"
    assert at.text_input(key=f"{prefix}:mean_active").value == ""


def test_extractors_do_not_see_each_other_until_both_are_done(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    study = add_study(store, 1, "Doe 2020")
    result = add_result(store, study)
    extract(store, study, result, "ben", quote="only Ben typed this", mean_active=3.14159)
    store.set_preference("ada", "studies:study", study)
    at = page("studies").run()
    everything = shown(at) + "".join(str(box.value) for box in (*at.text_area, *at.text_input))
    assert "only Ben typed this" not in everything
    assert "3.14159" not in everything
    mine = page("studies", "cleo").run()
    assert "only Ben typed this" not in shown(mine)


def test_two_extractions_are_compared_and_settled_by_a_consensus(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    study = add_study(store, 1, "Doe 2020")
    result = add_result(store, study)
    a = extract(store, study, result, "ada", mean_active=4.0, spread_active=1.5)
    extract(store, study, result, "ben", mean_active=4.4, spread_active=1.2)
    at = page("studies").run()
    at.selectbox(key="studies:study:ada").set_value(study).run()
    assert_no_fault(at)
    radios = [radio.key for radio in at.radio]
    assert sorted(key.split(":")[-1] for key in radios) == ["mean_active#choice", "spread_active#choice"]
    assert one_of(at.button, "Record the consensus").disabled
    prefix = f"consensus:{result}:ada"
    at.radio(key=f"{prefix}:mean_active#choice").set_value(a.id).run()
    at.radio(key=f"{prefix}:spread_active#choice").set_value("another value").run()
    at.text_input(key=f"{prefix}:spread_active#other").set_value("1.35").run()
    again = page("studies").run()
    assert again.radio(key=f"{prefix}:mean_active#choice").value == a.id, "a consensus in work survives a reload"
    assert again.text_input(key=f"{prefix}:spread_active#other").value == "1.35"
    again.text_area(key=f"{prefix}#why").set_value("the table's footnote").run()
    press(again, "Record the consensus")
    assert_no_fault(again)
    settled = settle(store.extractions(result=result), extractors=2)
    assert settled.state is ResultState.SETTLED
    assert (settled.answers["mean_active"], settled.answers["spread_active"]) == (4.0, 1.35)
    assert settled.answers["quote"] == ANSWERS["quote"]
    assert store.extractions(result=result)[-1].note == "the table's footnote"


def test_final_answers_can_be_taken_up_again(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    study = add_study(store, 1, "Doe 2020")
    result = add_result(store, study)
    extract(store, study, result, "ada")
    at = page("studies").run()
    at.selectbox(key="studies:study:ada").set_value(study).run()
    press(at, "Change my own answers")
    assert_no_fault(at)
    assert store.extractions(result=result)[-1].state == "draft"
    assert at.text_input(key=f"extractor:{result}:ada:mean_active").value == "4"


# --- results ----------------------------------------------------------------------------------------------------------


def test_results_show_the_figure_the_table_and_the_second_engine(review: Opener) -> None:
    settled_studies(review())
    at = page("results").run()
    assert_no_fault(at)
    body = shown(at)
    assert "the figure as a table" in body
    for label in ("Doe 2020", "Roe 2021", "Poe 2022", "Pooled", "Prediction interval"):
        assert label in body
    assert "Second engine agrees" in body
    assert "REML" in body
    assert drawn(at)


def test_another_model_changes_the_pool_and_says_so(review: Opener) -> None:
    settled_studies(review())
    at = page("results").run()
    at.selectbox(key="results:engine").set_value("pythonmeta").run()
    at.selectbox(key="results:tau2:pythonmeta").set_value("CE").run()
    assert_no_fault(at)
    assert "Computed with PythonMeta" in shown(at)


def test_every_number_of_a_row_leads_back_to_the_quote_and_the_search(review: Opener) -> None:
    settled_studies(review())
    at = page("results").run()
    one_of(at.selectbox, "Row of the figure").set_value(1).run()
    assert_no_fault(at)
    body = shown(at)
    assert ANSWERS["quote"] in body
    assert "Table 2" in body
    assert "Ada Example" in body
    assert "parallel_means, version 1" in body
    assert f"{NEUROPATHIC}, run 1" in body
    assert "https://pubmed.ncbi.nlm.nih.gov/2/" in body


def test_quotes_of_single_answers_are_listed_with_the_row_and_lead_to_their_report(review: Opener) -> None:
    store = review()
    settled_studies(store)
    quotes = {"mean_active": {"quote": "Pain was <b>4.25</b>", "page": "p. 7", "full_text": "", "found": "no"}}
    for who in ("ada", "ben"):
        extract(store, "study-1", "result-of-study-1", who, hours=6, study_label="Doe 2020", _quotes=quotes)
    at = page("results").run()
    next(box for box in at.selectbox if str(box.key).startswith("results:row")).set_value(0).run()
    assert_no_fault(at)
    assert "“Pain was &lt;b&gt;4.25&lt;/b&gt;”" in shown(at)
    assert "not found in the text" in shown(at)
    (button,) = [item for item in at.button if item.label == "Show it in the report"]
    button.click().run()
    assert at.session_state["sources:study-1:request"]["quote"] == "Pain was <b>4.25</b>"


def test_an_indication_without_results_says_so_instead_of_a_figure(review: Opener) -> None:
    settled_studies(review())
    at = page("results").run()
    at.selectbox(key="results:indication").set_value("migraine").run()
    assert_no_fault(at)
    assert "nothing to draw" in shown(at)
    assert not drawn(at)


def test_a_result_in_conflict_is_not_pooled(review: Opener) -> None:
    store = review()
    settled_studies(store)
    extract(store, "study-1", "result-of-study-1", "ben", hours=5, mean_active=9.0, study_label="Doe 2020")
    at = page("results").run()
    body = shown(at)
    assert "Roe 2021" in body
    # it is listed as waiting, behind everything that is pooled, and nothing that either extractor read is told
    assert body.rindex("Roe 2021") < body.index("Doe 2020")
    assert "not settled yet: the extractors differ" in body.partition("Doe 2020")[2]
    assert ANSWERS["quote"] not in body.partition("Doe 2020")[2]


def test_all_indications_are_shown_side_by_side(review: Opener) -> None:
    settled_studies(review())
    at = page("results").run()
    at.segmented_control(key="results:view").set_value("All indications").run()
    assert_no_fault(at)
    assert "Every analysis that the review makes by itself" in shown(at)


# --- the app ----------------------------------------------------------------------------------------------------------


def app() -> AppTest:
    return AppTest.from_file(str(Path(__file__).resolve().parents[1] / "streamlit_app.py"), default_timeout=30)


def test_the_app_asks_who_is_working_and_keeps_the_answer_in_the_address(review: Opener) -> None:
    review()
    at = app().run()
    assert not at.exception
    press(at, "Ben Example")
    assert at.query_params["reviewer"] == "ben"
    assert "Working as Ben Example" in shown(at)


def test_the_first_person_added_leads_the_review(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_review(tmp_path / "review")
    monkeypatch.setenv("WORKBENCH_REVIEW", str(folder))
    at = app().run()
    at.text_input[0].set_value("dee")
    at.text_input[1].set_value("Dee Example")
    press(at, "Add")
    assert not at.exception
    with Store.open(folder) as store:
        assert [(person.name, person.role) for person in store.reviewers()] == [("dee", "lead")]
    context.store().close()
    st.cache_resource.clear()


def test_settings_that_cannot_be_read_are_named_in_the_browser(review: Opener, tmp_path: Path) -> None:
    review()
    file = tmp_path / "review" / "outcomes.yaml"
    file.write_text("outcomes: [", encoding="utf-8")
    at = app().run()
    assert not at.exception
    assert "outcomes.yaml" in at.error[0].value


def test_a_folder_that_holds_no_review_is_said_and_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_REVIEW", str(tmp_path))
    at = page("overview").run()
    assert "There is no review in" in at.error[0].value
    assert not list(tmp_path.iterdir())
