"""The page about risk of bias: appraising blind, settling, figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.ui_review import THEN, add_records, add_result, add_study
from workbench.extraction import Extraction, ResultState
from workbench.results.risk_of_bias import appraised_results, risk_rows
from workbench.risk_of_bias import Appraisal, Assessment, Override, Quote, Risk, as_json
from workbench.store import Store
from workbench.ui import context

Opener = Callable[..., Store]
RESULT = "result-of-study-1"
HOSTILE = "Sealed <script>alert(1)</script> **envelopes** $x$"
LOW = {
    "1.1": "Y", "1.2": "Y", "1.3": "N", "2.1": "N", "2.2": "PN", "2.6": "Y", "3.1": "PY",
    "4.1": "N", "4.2": "N", "4.3": "N", "5.1": "Y", "5.2": "N", "5.3": "PN",
}  # fmt: skip


def page(reviewer: str = "ada") -> AppTest:
    at = AppTest.from_string(
        "from workbench.ui import faults\nfrom workbench.ui.pages import risk_of_bias\n"
        "faults.guarded(risk_of_bias.page)()",
        default_timeout=30,
    )
    at.query_params["reviewer"] = reviewer
    return at


def shown(at: AppTest) -> str:
    assert not at.exception
    assert not at.error, [element.value for element in at.error]
    return "\n".join(str(element.proto.body) for element in at.get("html"))


def key(reviewer: str, *parts: str, role: str = "appraiser", result: str = RESULT) -> str:
    return ":".join((f"rob:{role}:{result}:{reviewer}", *parts))


def open_result(reviewer: str = "ada", result: str = RESULT) -> AppTest:
    return page(reviewer).run().selectbox(key="rob:chosen").set_value(result).run()


def appraise(
    store: Store,
    who: str,
    minutes: int = 0,
    *,
    state: str = "final",
    answers: dict[str, str] | None = None,
    overall: Risk | None = None,
) -> Appraisal:
    said = Assessment(
        variant="parallel-assignment",
        answers=LOW | (answers or {}),
        quotes={"1.2": Quote(quote=HOSTILE, page="3")},
        overrides={} if overall is None else {"overall": Override(risk=overall, reason="Taken together.")},
    )
    return store.add_appraisal(
        Appraisal(
            id=f"{who}{minutes}", study="study-1", result=RESULT, appraiser=who, answers=as_json(said),
            state=state,  # type: ignore[arg-type]
            recorded_at=THEN + timedelta(minutes=minutes),
        )
    )  # fmt: skip


def answer(at: AppTest, reviewer: str, question: str, code: str) -> AppTest:
    return at.radio(key=key(reviewer, "parallel-assignment", question, "answer")).set_value(code).run()


@pytest.fixture
def store(review: Opener) -> Store:
    opened = review()
    add_records(opened, (1, 2))
    add_result(opened, add_study(opened, 1, "Aster <b>2019</b>"))
    return opened


def test_without_results_it_says_where_they_come_from(review: Opener) -> None:
    review()
    assert "There is no result to appraise yet." in shown(page().run())


def test_answers_are_saved_as_chosen_and_the_proposal_is_shown_with_its_reason(store: Store) -> None:
    at = open_result()
    at.selectbox(key=key("ada", "variant")).set_value("parallel-assignment").run()
    assert "No proposal yet; still to answer: 1.1, 1.2, 1.3." in shown(at)
    answer(at, "ada", "1.1", "Y")
    answer(at, "ada", "1.2", "N")
    assert store.appraisals()[-1].state == "draft"
    assert dict(store.appraisals()[-1].answers["answers"]) == {"1.1": "Y", "1.2": "N"}
    answer(at, "ada", "1.3", "NI")
    html = shown(at)
    assert "Proposed:" in html
    assert "1.2 no: the next assignment could be foreseen" in html
    again = open_result()  # a reload shows what was saved
    assert again.radio(key=key("ada", "parallel-assignment", "1.2", "answer")).value == "N"


def test_a_question_appears_when_an_earlier_answer_asks_for_it(store: Store) -> None:
    at = open_result()
    at.selectbox(key=key("ada", "variant")).set_value("parallel-assignment").run()
    at.button(key=key("ada", "next", "D1")).click().run()
    keys = {box.key for box in at.radio}
    assert key("ada", "parallel-assignment", "2.1", "answer") in keys
    assert key("ada", "parallel-assignment", "2.3", "answer") not in keys
    answer(at, "ada", "2.1", "NI")
    assert key("ada", "parallel-assignment", "2.3", "answer") in {box.key for box in at.radio}
    answer(at, "ada", "2.1", "N")
    answer(at, "ada", "2.2", "N")
    assert "Not asked after these answers: 2.3, 2.4, 2.5." in shown(at)


def test_a_source_and_an_own_judgement_with_its_reason_are_kept(store: Store) -> None:
    appraise(store, "ada", state="draft")
    at = open_result()
    variant = "parallel-assignment"
    at.text_input(key=key("ada", variant, "1.1", "page")).set_value("p. 4").run()
    at.text_area(key=key("ada", variant, "1.1", "quote")).set_value(HOSTILE).run()
    at.selectbox(key=key("ada", variant, "D1", "risk")).set_value("high").run()
    assert "Your judgement counts once you say why." in shown(at)
    assert at.button(key=key("ada", "finish")).disabled
    at.text_area(key=key("ada", variant, "D1", "reason")).set_value("Envelopes were held to the light.").run()
    at.selectbox(key=key("ada", variant, "D1", "direction")).set_value("favours_active").run()
    said = store.appraisals()[-1].answers
    assert said["quotes"]["1.1"] == {"quote": HOSTILE, "page": "p. 4", "full_text": ""}
    assert said["overrides"]["D1"] == {"risk": "high", "reason": "Envelopes were held to the light."}
    assert said["directions"] == {"D1": "favours_active"}
    at.button(key=key("ada", "finish")).click().run()
    assert store.appraisals()[-1].state == "final"
    assert "Envelopes were held to the light. (own judgement)" in shown(at)


def test_several_domains_with_some_concerns_must_be_decided(store: Store) -> None:
    appraise(store, "ada", state="draft", answers={"1.1": "N", "5.1": "N"})
    at = open_result()
    domain = key("ada", "parallel-assignment", "domain")
    at.radio(key=domain).set_value("overall").run()
    assert "decide whether together they lower confidence" in shown(at)
    assert at.button(key=key("ada", "finish")).disabled
    at.selectbox(key=key("ada", "parallel-assignment", "overall", "risk")).set_value("some concerns").run()
    at.text_area(key=key("ada", "parallel-assignment", "overall", "reason")).set_value("Both are small.").run()
    at.button(key=key("ada", "finish")).click().run()
    assert store.settled_appraisals()[0].judgements[-1].risk is Risk.SOME


def test_nobody_sees_anothers_answers_before_their_own_are_final(store: Store) -> None:
    appraise(store, "ben", answers={"1.2": "N"})
    at = open_result("ada")
    assert "foreseen" not in shown(at)
    assert "Sealed" not in shown(at)
    appraise(store, "ada", 1, state="draft")
    at = open_result("ada")
    assert "foreseen" not in shown(at)
    at.button(key=key("ada", "finish")).click().run()
    html = shown(at)
    assert "foreseen" in html
    assert "Judged differently" in str(at.subheader[0].value)
    assert "<script>" not in html
    at.button(key=key("ada", "reopen")).click().run()  # and closed again
    assert "foreseen" not in shown(at)


def test_a_judgement_copied_from_the_other_is_marked_on_the_page_and_in_the_file(store: Store) -> None:
    appraise(store, "ada")
    appraise(store, "ben", 1, answers={"1.2": "N"})
    appraise(store, "ada", 2, state="draft", answers={"1.2": "N"})
    appraise(store, "ada", 3, answers={"1.2": "N"})
    html = shown(open_result("ben")) + " ".join(str(one.value) for one in open_result("ben").info)
    assert "Ada Example answered, or changed answers, after those of the others could be seen" in html
    [one] = appraised_results(store, context.review(), {})
    [row] = risk_rows([one])[1]
    assert row["judged after seeing the others'"] == "ada"


def test_a_conflict_is_settled_with_a_reason(store: Store) -> None:
    appraise(store, "ada")
    appraise(store, "ben", 1, answers={"1.2": "N", "1.3": "NI"})
    at = open_result("cleo")
    assert "Answered differently: 2" in shown(at)
    record = key("cleo", "record", role="consensus")
    assert at.button(key=record).disabled
    at.radio(key=key("cleo", "D1", "take", role="consensus")).set_value("ben1").run()
    assert at.button(key=record).disabled  # no reason yet
    at.text_area(key=key("cleo", "why", role="consensus")).set_value("The protocol says so.").run()
    at.button(key=record).click().run()
    settled = store.settled_appraisals()[0]
    assert settled.state is ResultState.SETTLED
    assert [one.risk for one in settled.judgements][::5] == [Risk.HIGH, Risk.HIGH]
    assert store.appraisals()[-1].note == "The protocol says so."
    assert "What stands" in shown(open_result("ada"))


def test_a_consensus_may_judge_otherwise_than_both(store: Store) -> None:
    appraise(store, "ada")
    appraise(store, "ben", 1, answers={"1.2": "N"})
    at = open_result("ada")
    at.radio(key=key("ada", "D1", "take", role="consensus")).set_value("another judgement").run()
    at.selectbox(key=key("ada", "D1", "own", role="consensus")).set_value("some concerns").run()
    at.text_area(key=key("ada", "why", role="consensus")).set_value("Not clear either way.").run()
    at.button(key=key("ada", "record", role="consensus")).click().run()
    judged = store.settled_appraisals()[0].judgements
    assert (judged[0].risk, judged[0].reason, judged[-1].risk) == (Risk.SOME, "Not clear either way.", Risk.SOME)


def test_answers_saved_in_another_window_are_not_written_over(store: Store) -> None:
    appraise(store, "ada", state="draft")
    at = open_result()
    appraise(store, "ada", 1, state="draft", answers={"1.1": "NI"})
    at.radio(key=key("ada", "parallel-assignment", "1.2", "answer")).set_value("N").run()
    assert "saved revision 2" in at.error[0].value
    assert store.appraisals()[-1].answers["answers"]["1.2"] == "Y"
    at.button(key=key("ada", "load")).click().run()
    assert at.radio(key=key("ada", "parallel-assignment", "1.1", "answer")).value == "NI"
    answer(at, "ada", "1.2", "PN")
    assert store.appraisals()[-1].answers["answers"]["1.2"] == "PN"


def test_my_answers_about_another_result_are_a_start(store: Store) -> None:
    store.add_result("study-1", "parallel_means", label="Pain, month 1", by="ada", id="second", now=THEN)
    appraise(store, "ada")
    appraise(store, "ben", 1)
    at = open_result("ada", "second")
    copy = at.selectbox(key=key("ada", "copy", result="second"))
    assert len(copy.options) == 1
    copy.set_value(RESULT).run()
    at.button(key=key("ada", "copy-now", result="second")).click().run()
    mine = store.appraisals(result="second")
    assert [(one.state, one.answers["answers"]) for one in mine] == [("draft", LOW)]


def test_changing_the_variant_keeps_what_both_ask_alike(store: Store) -> None:
    appraise(store, "ada", state="draft")
    at = open_result()
    at.selectbox(key=key("ada", "variant")).set_value("crossover").run()
    assert "Provisional" in at.warning[0].value
    kept = store.appraisals()[-1].answers
    assert kept["variant"] == "crossover"
    assert kept["answers"] == LOW
    at.selectbox(key=key("ada", "variant")).set_value("parallel-adhering").run()
    assert "2.6" not in store.appraisals()[-1].answers["answers"]  # asks something else there
    assert store.appraisals()[-1].answers["answers"]["2.1"] == "N"


def test_the_worklist_counts_and_the_figures_wait_for_agreement(store: Store) -> None:
    add_result(store, add_study(store, 2, "Birch 2020"))
    at = page().run()
    assert at.radio(key="rob:group").options == [
        "To do by me (2)", "Waiting for others (0)", "In conflict (0)", "Agreed or settled (0)", "All (2)",
    ]  # fmt: skip
    at.segmented_control[0].set_value("Figures").run()
    assert "There is no figure yet" in shown(at)
    appraise(store, "ada")
    appraise(store, "ben", 1)
    at = page().run()
    assert at.radio(key="rob:group").options[0] == "To do by me (1)"
    assert at.radio(key="rob:group").options[3] == "Agreed or settled (1)"
    at.segmented_control[0].set_value("Figures").run()
    html = shown(at)
    assert "1 of 2 results are agreed or settled" in html
    assert "<b>2019" not in html
    assert len(at.get("download_button")) == 8


def test_the_notes_beside_the_tool_come_from_the_trial_and_not_from_others(store: Store) -> None:
    store.add_result("study-1", "trial", by="ada", id="trial", now=THEN)
    arms = [
        {"_row": "r1", "label": "10 Hz", "role": "active", "randomised": 20},
        {"_row": "r2", "label": "sham", "role": "sham", "randomised": 20},
    ]
    store.add_extraction(
        Extraction(
            id="t", study="study-1", result="trial", form="trial", form_version=1, extractor="ada",
            answers={"arms": arms}, state="final", recorded_at=THEN,
        )
    )  # fmt: skip
    assert "20 participants in the smallest arm" in shown(open_result("ada"))
    assert "20 participants in the smallest arm" not in shown(open_result("ben"))
    assert len(page().run().selectbox(key="rob:chosen").options) == 1  # the trial's own form has no risk of bias
    for name in ("ben", "cleo"):
        state = "final" if name == "ben" else "draft"
        store.add_extraction(
            Extraction(
                id=f"t-{name}", study="study-1", result="trial", form="trial", form_version=1, extractor=name,
                answers={"arms": arms} if name == "ben" else {}, state=state, recorded_at=THEN + timedelta(hours=1),
            )
        )  # fmt: skip
    assert "20 participants in the smallest arm" in shown(open_result("ben"))
    assert "20 participants in the smallest arm" not in shown(open_result("cleo"))  # who still holds a draft


def take(at: AppTest, who: str, code: str, choice: str) -> AppTest:
    return at.radio(key=key(who, code, "take", role="consensus")).set_value(choice).run()


def why(at: AppTest, who: str, reason: str) -> AppTest:
    return at.text_area(key=key(who, "why", role="consensus")).set_value(reason).run()


def record(at: AppTest, who: str) -> AppTest:
    return at.button(key=key(who, "record", role="consensus")).click().run()


def test_a_consensus_on_an_appraisal_that_changed_since_is_refused_and_what_was_chosen_stays(store: Store) -> None:
    appraise(store, "ada")
    appraise(store, "ben", 1, answers={"1.2": "N"})
    at = why(take(open_result("cleo"), "cleo", "D1", "ben1"), "cleo", "The protocol says so.")
    appraise(store, "ada", 2, answers={"3.1": "N", "3.2": "N", "3.3": "Y", "3.4": "Y"})  # now high in D3
    record(at, "cleo")
    assert "ada finished their appraisal again after this consensus was begun" in at.warning[0].value
    assert store.settled_appraisals()[0].state is ResultState.CONFLICT
    assert at.radio(key=key("cleo", "D1", "take", role="consensus")).value == "ben1"
    assert at.text_area(key=key("cleo", "why", role="consensus")).value == "The protocol says so."
    assert "Still to choose: D3." in shown(at)
    record(take(at, "cleo", "D3", "ada2"), "cleo")
    assert not at.warning
    settled = store.settled_appraisals()[0]
    assert (settled.state, settled.changed_after_consensus) == (ResultState.SETTLED, False)
    assert {one.domain: one.risk for one in settled.judgements}["D3"] is Risk.HIGH


def test_a_choice_for_an_appraiser_who_changed_that_domain_is_asked_for_again(store: Store) -> None:
    appraise(store, "ada")
    appraise(store, "ben", 1, answers={"1.2": "N"})
    at = take(open_result("cleo"), "cleo", "D1", "ben1")
    appraise(store, "ben", 2, answers={"1.2": "NI"})
    at.run()
    assert at.radio(key=key("cleo", "D1", "take", role="consensus")).value is None
    assert "Ben Example changed this domain after it was chosen" in " ".join(one.value for one in at.info)
    take(at, "cleo", "D1", "ben2")
    assert "changed this domain" not in " ".join(one.value for one in at.info)


def test_of_two_who_settle_the_second_is_told_and_overrides_nothing(store: Store) -> None:
    appraise(store, "ada")
    appraise(store, "ben", 1, answers={"1.2": "N"})
    first = why(take(open_result("ada"), "ada", "D1", "ada0"), "ada", "Seen in the registry.")
    second = why(take(open_result("ben"), "ben", "D1", "ben1"), "ben", "No.")
    record(first, "ada")
    record(second, "ben")
    assert "ada recorded a consensus on this result" in second.warning[0].value
    assert store.settled_appraisals()[0].appraisers == ("ada",)
    assert [one.appraiser for one in store.appraisals() if one.role == "consensus" and one.state == "final"] == ["ada"]


def test_what_is_chosen_for_a_consensus_survives_a_reload(store: Store) -> None:
    appraise(store, "ada", answers={"5.1": "N"})
    appraise(store, "ben", 1, answers={"1.2": "N"})
    at = take(open_result("cleo"), "cleo", "D1", "another judgement")
    at.selectbox(key=key("cleo", "D1", "own", role="consensus")).set_value("some concerns").run()
    take(at, "cleo", "D5", "ada0")
    at.selectbox(key=key("cleo", "overall", role="consensus")).set_value("high").run()
    why(at, "cleo", "Half of it is told.")
    at = open_result("cleo")
    assert at.radio(key=key("cleo", "D1", "take", role="consensus")).value == "another judgement"
    assert at.selectbox(key=key("cleo", "D1", "own", role="consensus")).value == "some concerns"
    assert at.selectbox(key=key("cleo", "overall", role="consensus")).value == "high"
    assert at.text_area(key=key("cleo", "why", role="consensus")).value == "Half of it is told."
    assert store.settled_appraisals()[0].state is ResultState.CONFLICT  # a draft settles nothing
    record(at, "cleo")
    assert [one.risk for one in store.settled_appraisals()[0].judgements][::5] == [Risk.SOME, Risk.HIGH]


def test_an_overall_judgement_that_is_no_longer_asked_for_is_not_recorded(store: Store) -> None:
    appraise(store, "ada", answers={"1.2": "NI", "5.1": "N"}, overall=Risk.HIGH)
    appraise(store, "ben", 1, answers={"1.2": "NI", "5.1": "NI"}, overall=Risk.HIGH)
    appraise(store, "ben", 2, overall=Risk.HIGH)
    at = take(take(open_result("cleo"), "cleo", "D1", "ada0"), "cleo", "D5", "ada0")
    at.selectbox(key=key("cleo", "overall", role="consensus")).set_value("some concerns").run()
    take(why(at, "cleo", "Said."), "cleo", "D1", "ben2")
    take(at, "cleo", "D5", "ben2")
    said = shown(at).rpartition("The consensus as it would be")[2]
    record(at, "cleo")
    assert store.settled_appraisals()[0].judgements[-1].risk is Risk.HIGH  # as both appraisers decided
    assert "high risk" in said


def test_a_consensus_is_opened_again_with_a_reason_and_shows_what_was_chosen(store: Store) -> None:
    appraise(store, "ada")
    appraise(store, "ben", 1, answers={"1.2": "N"})
    record(why(take(open_result("cleo"), "cleo", "D1", "ben1"), "cleo", "First."), "cleo")
    at = open_result("ben")
    assert "Cleo Example, Ada Example can open it again." in shown(at)
    assert f"rob:reopen-now:{RESULT}" not in {button.key for button in at.button}
    at = open_result("ada")  # a lead
    assert at.button(key=f"rob:reopen-now:{RESULT}").disabled
    at.text_input(key=f"rob:reopen:{RESULT}").set_value("1.2 was <b>misread</b>").run()
    at.button(key=f"rob:reopen-now:{RESULT}").click().run()
    assert store.settled_appraisals()[0].state is ResultState.CONFLICT
    at = open_result("ada")
    assert "Ada Example opened the consensus again" in at.info[0].value
    assert at.radio(key=key("ada", "D1", "take", role="consensus")).value == "ben1"
    record(why(take(at, "ada", "D1", "ada0"), "ada", "Read again."), "ada")
    assert store.settled_appraisals()[0].judgements[0].risk is Risk.LOW


def test_an_appraisal_is_not_taken_back_from_a_stale_page_once_a_consensus_stands(store: Store) -> None:
    appraise(store, "ada")
    appraise(store, "ben", 1, answers={"1.2": "N"})
    stale = open_result("ben")
    record(why(take(open_result("cleo"), "cleo", "D1", "ben1"), "cleo", "First."), "cleo")
    stale.button(key=key("ben", "reopen")).click().run()
    assert "Cleo Example recorded a consensus on this result" in stale.error[0].value
    assert [one.state for one in store.appraisals() if one.appraiser == "ben"] == ["final"]


def test_abandoned_drafts_are_set_aside_by_a_lead_and_free_the_result(store: Store) -> None:
    appraise(store, "ben", state="draft")
    appraise(store, "dora", 1, state="draft")
    variant = key("cleo", "variant")
    at = open_result("cleo")
    assert variant not in {box.key for box in at.selectbox}
    assert "Set this draft aside" not in {button.label for button in at.button}  # no lead
    at = open_result("ada")
    assert "foreseen" not in shown(at)
    at.text_input(key=f"rob:abandoned:{RESULT}:ben:why").set_value("on leave").run()
    at.button(key=f"rob:abandoned:{RESULT}:ben:now").click().run()
    assert store.appraisals()[-1].state == "withdrawn"
    assert variant in {box.key for box in open_result("cleo").selectbox}
    at = open_result("ben")
    assert "Ada Example set your draft aside" in at.info[0].value
    assert "on leave. Nothing is lost." in at.info[0].value
    at.button(key=key("ben", "take-up")).click().run()
    assert [(one.state, one.answers["answers"]) for one in store.appraisals()][-1] == ("draft", LOW)


def test_who_holds_a_draft_is_shown_nobody_elses_appraisal_in_a_conflict_or_after(store: Store) -> None:
    appraise(store, "cleo", state="draft", answers={"1.2": "NI"})
    appraise(store, "ada", 1)
    appraise(store, "ben", 2, answers={"1.2": "N"})
    at = open_result("cleo")
    assert store.settled_appraisals()[0].state is ResultState.CONFLICT
    assert "foreseen" not in shown(at)
    assert not any(":take" in (box.key or "") for box in at.radio)
    record(why(take(open_result("ada"), "ada", "D1", "ben2"), "ada", "Agreed."), "ada")
    at = open_result("cleo")
    assert "foreseen" not in shown(at)
    assert "What stands" not in shown(at)
    assert "theirs is not shown to you" in at.info[0].value
    figures = page("cleo").run()
    figures.segmented_control[0].set_value("Figures").run()
    assert "foreseen" not in shown(figures)
    at.button(key=key("cleo", "leave")).click().run()
    assert "foreseen" in shown(at)


def test_a_domain_judged_alike_from_other_answers_can_be_taken_from_either(store: Store) -> None:
    appraise(store, "ada")
    appraise(store, "ben", 1, answers={"1.2": "N", "2.1": "Y", "2.3": "N"})
    at = open_result("cleo")
    assert at.radio(key=key("cleo", "D2", "take", role="consensus")).value == "ada0"
    take(take(at, "cleo", "D1", "ben1"), "cleo", "D2", "ben1")
    record(why(at, "cleo", "Told."), "cleo")
    assert store.appraisals()[-1].answers["answers"]["2.1"] == "Y"


REPORT = (
    b"<html><body><h2>Methods</h2><p>The sequence was made by a computer. Envelopes were sealed and opaque. "
    b"Outcomes were rated by an assessor unaware of the arm.</p></body></html>"
)


def beside(store: Store) -> None:
    """The report is kept open beside the questions, and has a full text."""
    store.add_full_text("report", "pubmed:1", "aster.html", "text/html", REPORT, by="ben")
    store.set_preference("ada", "extraction:beside", True)


def labelled(elements: Any, label: str) -> Any:
    return next(element for element in elements if element.label == label)


def test_a_passage_of_the_report_becomes_the_source_of_the_question_in_focus(store: Store) -> None:
    beside(store)
    appraise(store, "ada", state="draft")
    at = open_result()
    answer(at, "ada", "1.2", "PY")
    assert labelled(at.selectbox, "A quote is for").value == "1.2"
    labelled(at.text_area, "Words of the quote").set_value("Envelopes were SEALED and opaque").run()
    labelled(at.button, "Find its place").click().run()
    labelled(at.button, "Attach this place as quote").click().run()
    kept = store.appraisals()[-1].answers["quotes"]["1.2"]
    assert kept["quote"] == "Envelopes were sealed and opaque"
    assert (kept["page"], kept["full_text"]) == ("Methods", "report")
    variant = "parallel-assignment"
    assert at.text_area(key=key("ada", variant, "1.2", "quote")).value == "Envelopes were sealed and opaque"
    at.text_input(key=key("ada", variant, "1.2", "page")).set_value("p. 2").run()  # typing a page keeps the document
    assert store.appraisals()[-1].answers["quotes"]["1.2"] == {
        "quote": "Envelopes were sealed and opaque",
        "page": "p. 2",
        "full_text": "report",
    }
    at.text_area(key=key("ada", variant, "1.2", "quote")).set_value("Quite other words").run()
    assert store.appraisals()[-1].answers["quotes"]["1.2"]["full_text"] == ""  # they may be from another document


def test_a_quote_that_is_not_in_the_report_is_flagged_at_its_question(store: Store) -> None:
    store.add_full_text("report", "pubmed:1", "aster.html", "text/html", REPORT, by="ben")
    at = open_result()
    at.selectbox(key=key("ada", "variant")).set_value("parallel-assignment").run()
    quote = key("ada", "parallel-assignment", "1.1", "quote")
    at.text_area(key=quote).set_value("The sequence was drawn from a hat by the chief nurse").run()
    assert "Not found" in shown(at)
    at.text_area(key=quote).set_value("The sequence was made by a computer").run()
    assert "Not found" not in shown(at)
    assert "Found" in shown(at)
    at.button(key=key("ada", "parallel-assignment", "1.1", "show")).click().run()
    assert "A quote is for" in {box.label for box in at.selectbox}  # the report has opened beside the questions


def test_the_recorded_design_is_told_beside_the_variant_once_it_is_agreed(store: Store) -> None:
    store.add_result("study-1", "trial", by="ada", id="trial", now=THEN)

    def says(who: str) -> None:
        store.add_extraction(
            Extraction(
                id=f"t-{who}", study="study-1", result="trial", form="trial", form_version=1, extractor=who,
                answers={"design": "crossover"}, state="final", recorded_at=THEN,
            )
        )  # fmt: skip

    says("ada")
    assert "Recorded design" not in shown(open_result("ada"))
    says("ben")
    at = open_result("ada")
    assert "Recorded design of this trial: crossover." in shown(at)
    assert at.selectbox(key=key("ada", "variant")).value is None
