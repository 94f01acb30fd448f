"""Studies and extraction beyond one result: trial forms, several arms, by indication, agreement, history, taken out."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.test_ui_pages import Opener, assert_no_fault, fill, open_form, page, press, shown
from tests.ui_review import NEUROPATHIC, THEN, add_records, add_result, add_study, extract, settled_studies
from workbench.extraction import Extraction, ResultState, settle
from workbench.forms import NOT_REPORTED, kept_earlier
from workbench.results.coverage import coverage
from workbench.review import load_review
from workbench.store import Store
from workbench.ui import context

TRIAL_FORMS = frozenset({"trial", "reporting"})


def view(at: AppTest, name: str) -> AppTest:
    at = at.segmented_control(key="studies:view").set_value(name).run()
    assert_no_fault(at)
    return at


def open_trial(store: Store, reviewer: str = "ada") -> tuple[AppTest, str, str]:
    """The trial's own form of a study, opened by its button."""
    add_records(store, (1,))
    study = add_study(store, 1, "Doe 2020")
    store.set_preference(reviewer, "studies:study", study)
    at = page("studies", reviewer).run()
    at.button(key=f"studies:trial-form:{study}:trial").click().run()
    assert_no_fault(at)
    (slot,) = store.results(study)
    return at, study, slot.id


def test_the_trials_form_is_opened_once_and_filled_in_with_its_arms(review: Opener) -> None:
    store = review()
    at, study, slot = open_trial(store)
    prefix = f"extractor:{slot}:ada"
    assert not [button for button in at.button if button.key == f"studies:trial-form:{study}:trial"]
    at.text_input(key=f"{prefix}:arms[r1].label").set_value("10 Hz, left M1").run()
    at.text_input(key=f"{prefix}:arms[r1].randomised").set_value("20").run()
    at.button(key=f"{prefix}:arms#add").click().run()
    at.text_input(key=f"{prefix}:arms[r3].label").set_value("Sham").run()
    assert_no_fault(at)
    saved = store.extractions(result=slot)[-1].answers["arms"]
    assert [(row["label"], row.get("randomised")) for row in saved if "label" in row] == [
        ("10 Hz, left M1", 20),
        ("Sham", None),
    ]
    again = page("studies").run()
    assert again.text_input(key=f"{prefix}:arms[r1].label").value == "10 Hz, left M1"
    assert (
        "The trial" in again.selectbox(key="studies:result:ada").value
        or slot in again.selectbox(key="studies:result:ada").value
    )


ARMS = [
    {"_row": "a", "label": "10 Hz, left M1", "role": "active", "randomised": 20},
    {"_row": "s", "label": "Sham", "role": "sham", "randomised": 19},
]
STIMULATION = [{"_row": "a", "stim_target": "M1", "stim_frequency_hz": 10.0, "stim_pattern": "rTMS"}]
TRIAL = {
    "study_label": "Doe 2020",
    "design": "parallel",
    "country": "Brazil",
    "arms": ARMS,
    "stimulation": STIMULATION,
    "sham_type": "sham coil",
    "indications": [NEUROPATHIC],
    "primary_indication": NEUROPATHIC,
}


def trial_form_of(store: Store, study: str, extractor: str, **changes: Any) -> str:
    """The trial's form as this extractor finished it."""
    slots = [slot for slot in store.results(study) if slot.form == "trial"]
    slot = slots[0].id if slots else store.add_result(study, "trial", None, by="ada", id="the-trial", now=THEN).id
    answers = {key: answer for key, answer in (TRIAL | changes).items() if answer is not None}
    store.add_extraction(
        Extraction(
            id=f"trial-of-{extractor}",
            study=study,
            result=slot,
            form="trial",
            form_version=1,
            extractor=extractor,
            answers=answers,
            state="final",
            recorded_at=THEN,
        )
    )
    return slot


def test_a_result_begins_with_what_the_trials_form_says_and_never_with_the_others(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    study = add_study(store, 1, "Doe 2020")
    trial_form_of(store, study, "ada")
    trial_form_of(store, study, "ben", country="Chile", sham_type="tilted coil")
    result = add_result(store, study)
    store.set_preference("ada", "studies:study", study)
    store.set_preference("ada", "studies:result", result)
    at = page("studies").run()
    assert_no_fault(at)
    prefix = f"extractor:{result}:ada"
    assert at.text_input(key=f"{prefix}:active_label").value == "10 Hz, left M1"
    assert at.text_input(key=f"{prefix}:comparator_label").value == "Sham"
    assert at.text_input(key=f"{prefix}:country").value == "Brazil"
    assert at.selectbox(key=f"{prefix}:sham_type").value == "sham coil"
    assert at.selectbox(key=f"{prefix}:stim_target").value == "M1"
    assert "come from the trial&#39;s form: check them" in shown(at)
    assert "Chile" not in shown(at)


def test_with_two_active_arms_nothing_is_guessed_and_an_earlier_results_arm_is_not_taken_over(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    study = add_study(store, 1, "Doe 2020")
    arms = [*ARMS, {"_row": "b", "label": "1 Hz, left M1", "role": "active", "randomised": 21}]
    trial_form_of(store, study, "ada", arms=arms)
    extract(store, study, add_result(store, study), "ada")
    second = store.add_result(study, "parallel_means", NEUROPATHIC, by="ada", id="second", now=THEN).id
    store.set_preference("ada", "studies:study", study)
    store.set_preference("ada", "studies:result", second)
    at = page("studies").run()
    assert_no_fault(at)
    prefix = f"extractor:{second}:ada"
    assert at.text_input(key=f"{prefix}:active_label").value == ""
    assert at.selectbox(key=f"{prefix}:stim_target").value is None
    assert at.text_input(key=f"{prefix}:comparator_label").value == "Sham"


def test_several_arms_are_previewed_arm_by_arm(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    study = add_study(store, 1, "Doe 2020")
    result = add_result(store, study, "arm_means")
    store.set_preference("ada", "studies:study", study)
    store.set_preference("ada", "studies:result", result)
    at = page("studies").run()
    prefix = f"extractor:{result}:ada"
    fill(
        at,
        prefix,
        {
            "outcome": "pain_intensity",
            "direction": "lower is better",
            "statistic": "final value",
            "spread_kind": "SD",
            "indications": [NEUROPATHIC],
            "primary_indication": NEUROPATHIC,
        },
    )
    at.run()
    at.button(key=f"{prefix}:arms_results#add").click().run()
    rows = [
        ("r1", "10 Hz", "active", 20, 4, 2),
        ("r2", "5 Hz", "active", 19, 4.5, 2),
        ("r3", "Sham", "comparator", 18, 5, 2),
    ]
    for row, arm, role, n, mean, spread in rows:
        for column, value in (("arm", arm), ("n", n), ("mean", mean), ("spread", spread)):
            box = f"{prefix}:arms_results[{row}].{column}"
            kinds = [item for kind in (at.text_input,) for item in kind if item.key == box]
            kinds[0].set_value(str(value) if kinds[0] in list(at.text_input) else value)
        at.selectbox(key=f"{prefix}:arms_results[{row}].role").set_value(role)
    at.run()
    assert_no_fault(at)
    assert "10 Hz: <strong>SMD" in shown(at)
    assert "5 Hz: <strong>SMD" in shown(at)


def coverage_now(store: Store) -> tuple[Any, ...]:
    review = load_review(context.folder())
    return coverage(store, review, current=context.current_forms(), trial_forms=TRIAL_FORMS)


def test_a_conflict_about_the_outcome_itself_is_counted(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    study = add_study(store, 1, "Doe 2020")
    result = add_result(store, study)
    extract(store, study, result, "ada")
    extract(store, study, result, "ben", outcome="interference")
    here = next(item for item in coverage_now(store) if item.indication == NEUROPATHIC)
    assert (here.disputed, here.in_work) == ((study,), ())
    assert "In conflict on what the outcome is" in shown(view(page("studies").run(), "Indications"))


def test_what_is_extracted_for_each_indication_is_counted_and_nothing_is_told_of_one_extractors_answers(
    review: Opener,
) -> None:
    store = review()
    settled_studies(store)
    add_records(store, (9,))
    late = add_study(store, 9, "Late 2024")
    extract(store, late, add_result(store, late), "ada")
    found = {item.indication: item for item in coverage_now(store)}
    here = found[NEUROPATHIC]
    pain = next(item for item in here.outcomes if item.outcome == "pain_intensity")
    assert len(pain.settled) == 3
    assert (here.in_work, pain.missing) == ((late,), (late,))
    at = view(page("studies").run(), "Indications")
    assert "4 studies; 1 with results in work" in shown(at)


def test_agreement_by_field_waits_for_both_and_shows_the_lowest_first(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    study = add_study(store, 1, "Doe 2020")
    result = add_result(store, study)
    extract(store, study, result, "ada")
    assert "No result was extracted by two people yet." in shown(view(page("studies").run(), "Agreement"))
    extract(store, study, result, "ben", mean_active=4.4)
    at = view(page("studies").run(), "Agreement")
    assert "answers were the same" in shown(at)
    assert shown(at).index("Active arm: mean") < shown(at).index("Comparator arm: mean")


def test_a_study_made_in_error_is_taken_out_and_brought_back(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    study = add_study(store, 1, "Doe 2020")
    store.set_preference("ada", "studies:study", study)
    at = page("studies").run()
    at.text_input(key=f"studies:end:{study}").set_value("the same trial as Roe 2021").run()
    press(at, "Take the study out of the review")
    assert_no_fault(at)
    assert store.studies() == ()
    at = view(at, "Taken out")
    assert "the same trial as Roe 2021" in shown(at)
    press(at, "Bring the study back")
    assert [item.id for item in store.studies()] == [study]


def test_a_result_opened_in_error_leaves_the_lists_and_comes_back_with_its_answers(review: Opener) -> None:
    store = review()
    at, study, result = open_form(store)
    extract(store, study, result, "ada")
    at = page("studies").run()
    at.text_input(key=f"studies:end-result:{result}").set_value("opened twice").run()
    press(at, "Take it out of the review")
    assert_no_fault(at)
    assert store.results(study) == ()
    press(view(at, "Taken out"), "Bring the result back")
    assert [slot.id for slot in store.results(study)] == [result]
    assert len(store.extractions(result=result)) == 1


def test_the_latest_change_of_one_value_is_taken_back(review: Opener) -> None:
    store = review()
    at, _, result = open_form(store)
    prefix = f"extractor:{result}:ada"
    at.text_input(key=f"{prefix}:mean_active").set_value("4").run()
    at.text_input(key=f"{prefix}:mean_active").set_value("40").run()
    at.text_input(key=f"{prefix}:country").set_value("Italy").run()
    at.selectbox(key=f"history:path:{result}").set_value("mean_active").run()
    press(at, "Undo my latest change of this value")
    assert_no_fault(at)
    latest = store.extractions(result=result)[-1]
    assert (latest.answers["mean_active"], latest.answers["country"]) == (4.0, "Italy")
    assert at.text_input(key=f"{prefix}:mean_active").value == "4"


def test_nobody_sees_the_history_of_anothers_values_before_both_are_done(review: Opener) -> None:
    store = review()
    at, study, result = open_form(store)
    extract(store, study, result, "ben", mean_active=7.77)
    at = page("studies").run()
    assert "7.77" not in shown(at)
    assert not [box for box in at.selectbox if box.key == f"history:path:{result}"]
    extract(store, study, result, "ada", mean_active=4.0)
    at = page("studies").run()
    at.selectbox(key=f"history:path:{result}").set_value("mean_active").run()
    assert "7.77" in shown(at)


def test_cells_of_the_trials_form_are_compared_one_by_one(review: Opener) -> None:
    store = review()
    _, study, slot = open_trial(store)
    trial: dict[str, Any] = {
        "study_label": "Doe 2020",
        "design": "parallel",
        "indications": [NEUROPATHIC],
        "primary_indication": NEUROPATHIC,
        "conditions": dict(NOT_REPORTED),
        "sham_type": "sham coil",
    }
    ada = [
        {"_row": "r1", "label": "10 Hz", "role": "active", "randomised": 20},
        {"_row": "r2", "label": "Sham", "role": "sham", "randomised": 20},
    ]
    ben = [
        {"_row": "r1", "label": "sham", "role": "sham", "randomised": 19},
        {"_row": "r2", "label": "10 Hz", "role": "active", "randomised": 20},
    ]
    for name, arms in (("ada", ada), ("ben", ben)):
        extraction = extract(store, study, slot, name)
        store.add_extraction(
            type(extraction)(
                id=f"trial-{name}",
                study=study,
                result=slot,
                form="trial",
                form_version=1,
                extractor=name,
                answers=trial | {"arms": arms},
                state="final",
                recorded_at=extraction.recorded_at,
            )
        )
    at = page("studies").run()
    assert_no_fault(at)
    assert "Arms, sham: Randomised" in shown(at)
    prefix = f"consensus:{slot}:ada"
    at.radio(key=f"{prefix}:arms[sham].randomised#choice").set_value("trial-ben").run()
    answers = store.extractions(result=slot)[-1].answers
    assert [(row["label"], row["randomised"]) for row in answers["arms"]] == [("10 Hz", 20), ("Sham", 19)]
    press(at, "Record the consensus")
    assert_no_fault(at)
    assert settle(store.extractions(result=slot), extractors=2).state is ResultState.SETTLED


@pytest.mark.parametrize("name", ["Studies", "Indications", "Reports", "Agreement", "Taken out"])
def test_every_view_of_an_empty_review_says_so(review: Opener, name: str) -> None:
    review()
    at = view(page("studies").run(), name)
    assert any(word in shown(at) for word in ("no studies yet", "Every included report", "No result", "Nothing was"))


def two_versions(store: Store) -> tuple[str, str]:
    """A result that both extractors finished under version 3 of its form; version 4 lacks one of its fields."""
    file = context.folder() / "extraction_forms" / "parallel_means.yaml"
    text = file.read_text(encoding="utf-8")
    place = text.index("    fields:\n", text.index("  - key: numbers\n")) + len("    fields:\n")
    asked = text[:place] + "      - {type: text, key: lab, label: Laboratory}\n" + text[place:]
    file.write_text(asked.replace("version: 2", "version: 3", 1), encoding="utf-8")
    add_records(store, (1,))
    study = add_study(store, 1, "Doe 2020")
    result = add_result(store, study)
    store.add_form("parallel_means", 3, context.form_text("parallel_means"), by="ada")
    for who in ("ada", "ben"):
        extract(store, study, result, who, version=3, lab="Lab <b>A</b>")
    file.write_text(text.replace("version: 2", "version: 4", 1), encoding="utf-8")
    store.set_preference("ada", "studies:study", study)
    store.set_preference("ada", "studies:result", result)
    return study, result


def test_answers_of_an_older_version_are_read_as_the_form_asks_today_and_none_is_lost(review: Opener) -> None:
    store = review()
    _, result = two_versions(store)
    at = page("studies").run()
    assert_no_fault(at)
    assert "Filled in under version 3" in "\n".join(str(box.value) for box in at.info)
    assert "What changed in the form (1)" in [box.label for box in at.expander]
    assert "Kept aside from earlier versions of the form (2)" in [box.label for box in at.expander]
    assert "Lab &lt;b&gt;A&lt;/b&gt;" in shown(at)
    assert [item.answers["lab"] for item in store.extractions(result=result)] == ["Lab <b>A</b>"] * 2
    (settled,) = store.settled_results(current=context.current_forms())
    assert (settled.state, settled.form_version) == (ResultState.AGREED, 4)
    assert "lab" not in settled.answers


def test_changing_ones_answers_saves_them_under_todays_version_with_what_was_kept_aside(review: Opener) -> None:
    store = review()
    _, result = two_versions(store)
    at = page("studies").run()
    at.button(key=f"reopen:{result}").click().run()
    assert_no_fault(at)
    latest = store.extractions(result=result)[-1]
    assert (latest.extractor, latest.state, latest.form_version) == ("ada", "draft", 4)
    assert kept_earlier(latest.answers) == {"3": {"lab": "Lab <b>A</b>"}}
    press(at, "Finish this extraction")
    latest = store.extractions(result=result)[-1]
    assert (latest.state, latest.form_version) == ("final", 4)
    assert kept_earlier(latest.answers) == {"3": {"lab": "Lab <b>A</b>"}}
    (settled,) = store.settled_results(current=context.current_forms())
    assert settled.state is ResultState.AGREED


def test_extractors_under_two_versions_differ_only_where_their_answers_do(review: Opener) -> None:
    store = review()
    study, result = two_versions(store)
    extract(store, study, result, "ben", version=4, hours=3, mean_active=4.6)
    (settled,) = store.settled_results(current=context.current_forms())
    assert (settled.state, settled.differences) == (ResultState.CONFLICT, ("mean_active",))
    at = page("studies").run()
    assert_no_fault(at)
    assert "Differences: 1" in [item.value for item in at.subheader]


def test_an_extractor_does_not_see_what_of_the_others_answers_was_kept_aside(review: Opener) -> None:
    store = review()
    study, result = two_versions(store)
    store.add_extraction(
        dataclasses.replace(store.extractions(result=result)[0], id="again", state="withdrawn", recorded_at=THEN)
    )
    at = page("studies").run()
    assert_no_fault(at)
    assert "Lab" not in shown(at)
    assert not at.info
    assert study


def test_menus_say_what_a_result_is_now_and_not_what_it_was(review: Opener) -> None:
    store = review()
    at, study, result = open_form(store)
    at.text_input(key=f"extractor:{result}:ada:mean_active").set_value("4").run()
    for key, chosen, said in (("studies:study", study, "1 waiting"), ("studies:result", result, "draft")):
        menu = at.selectbox(key=f"{key}:ada")
        assert menu.value == chosen
        assert menu.proto.set_value, "the browser keeps the words of before"
        assert said in menu.proto.raw_value


def test_the_quote_of_the_whole_result_is_not_counted_among_those_of_single_answers(review: Opener) -> None:
    store = review()
    at, _, result = open_form(store)
    quotes = {"": {"quote": "4.0 (1.5)", "page": "page 2", "full_text": "", "found": "yes"}}
    extract(store, "study-1", result, "ada", state="draft", _quotes=quotes)
    at = page("studies").run()
    assert_no_fault(at)
    assert not [box for box in at.expander if box.label.startswith("Quotes of single answers")]
    quotes["mean_active"] = quotes[""]
    extract(store, "study-1", result, "ben", state="draft", _quotes=quotes)
    at = page("studies", "ben")
    store.set_preference("ben", "studies:study", "study-1")
    assert [box.label for box in at.run().expander if box.label.startswith("Quotes of")] == [
        "Quotes of single answers (1)"
    ]


def test_what_stands_shows_its_numbers_at_once_and_names_what_is_not_answered(review: Opener) -> None:
    store = review()
    settled_studies(store, ("Doe 2020",))
    store.set_preference("ada", "studies:study", "study-1")
    at = page("studies").run()
    assert_no_fault(at)
    sections = {box.label: box.proto.expanded for box in at.expander}
    assert sections["Numbers of the two arms"]
    assert not sections["The comparison"]
    assert "Before treatment" not in sections
    assert "Nothing is answered under Adjusted numbers" in shown(at)
