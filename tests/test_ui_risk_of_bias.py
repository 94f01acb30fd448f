"""The page about risk of bias: appraising blind, settling, figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from tests.ui_review import THEN, add_records, add_result, add_study
from workbench.extraction import ResultState
from workbench.risk_of_bias import Appraisal, Assessment, Quote, Risk, as_json
from workbench.store import Store

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
    store: Store, who: str, minutes: int = 0, *, state: str = "final", answers: dict[str, str] | None = None
) -> Appraisal:
    said = Assessment(
        variant="parallel-assignment", answers=LOW | (answers or {}), quotes={"1.2": Quote(quote=HOSTILE, page="3")}
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
    from workbench.extraction import Extraction

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
