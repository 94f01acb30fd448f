"""Forms are data: the shipped ones hold, faults name file and field, and answers are checked for sense."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.forms import (
    NOT_REPORTED,
    Form,
    FormError,
    answered,
    blank_answers,
    check_answers,
    contradictions,
    is_empty,
    is_not_reported,
    load_form,
    load_forms,
    number,
    shipped_forms,
    text,
    words,
)
from workbench.forms.model import REQUIRED_FIELDS

FORMS = load_forms(shipped_forms())


class Choices:
    """A review that offers one indication and one outcome."""

    def choices(self, source: str, *, form_kind: str) -> tuple[tuple[str, str], ...]:
        return (
            (("pain", "Pain"), ("mood", "Mood")) if source == "indications" else (("score", f"Score by {form_kind}"),)
        )


def answers(form: str, **changes: Any) -> dict[str, Any]:
    """Answers with which the form finds nothing wrong, except for the changes."""
    common: dict[str, Any] = {
        "study_label": "Trial 2020",
        "design": "parallel",
        "indications": ["pain"],
        "primary_indication": "pain",
        "active_label": "rTMS",
        "comparator_label": "sham",
        "sham_type": "sham coil",
        "outcome": "score",
        "time_label": "end of treatment",
        "days_after_treatment": 0,
        "quote": "4.3 (1.2) and 5.7 (1.1)",
        "page": "p. 4",
        "certainty": "arm data",
    }
    means = {
        "scale_low": 0,
        "scale_high": 10,
        "mean_active": 4.3,
        "spread_active": 1.2,
        "mean_comparator": 5.7,
        "spread_comparator": 1.1,
        "spread_kind": "SD",
        "direction": "lower is better",
        "statistic": "final value",
    }
    arms = [
        {"_row": "r1", "arm": "10 Hz", "role": "active", "n": 20, "mean": 4.3, "spread": 1.2},
        {"_row": "r2", "arm": "1 Hz", "role": "active", "n": 19, "mean": 5.0, "spread": 1.3},
        {"_row": "r3", "arm": "sham", "role": "comparator", "n": 20, "mean": 5.7, "spread": 1.1},
    ]
    scale = {key: means[key] for key in ("scale_low", "scale_high", "direction", "statistic", "spread_kind")}
    own = {
        "parallel_means": {**means, "n_active": 20, "n_comparator": 20},
        "crossover_means": {**means, "n_analysed": 11, "design": "crossover"},
        "arm_means": {**scale, "arms_results": arms},
        "rates": {
            "events_active": 40,
            "time_active": 20,
            "events_comparator": 60,
            "time_comparator": 20,
            "time_unit": "person-months",
            "event_is": "bad",
        },
        "one_arm": {**scale, "one_arm_statistic": "mean", "n_analysed": 20, "mean": 4.3, "spread": 1.2},
        "trial": {
            "conditions": ["fibromyalgia"],
            "arms": [
                {"_row": "r1", "label": "10 Hz M1", "role": "active", "randomised": 20, "analysed": 19},
                {"_row": "r2", "label": "sham", "role": "sham", "randomised": 20, "analysed": 20},
            ],
        },
        "reporting": {},
        "events": {
            "events_active": 19,
            "n_active": 27,
            "events_comparator": 11,
            "n_comparator": 27,
            "event_is": "good",
        },
        "estimate": {
            "estimate_measure": "MD",
            "estimate": -1.2,
            "estimate_low": -2.0,
            "estimate_high": -0.4,
            "direction": "lower is better",
            "statistic": "final value",
        },
    }[form]
    asked = {key: value for key, value in common.items() if key in FORMS[form].keys}
    return {key: value for key, value in {**asked, **own, **changes}.items() if value is not None}


def problems(form: str, **changes: Any) -> list[tuple[str, str, str]]:
    found = check_answers(FORMS[form].resolve(Choices()), answers(form, **changes))
    return [(item.field, item.level, item.message) for item in found]


# --- the shipped forms --------------------------------------------------------------------------------------------


def test_the_shipped_forms_are_one_of_each_kind_and_have_what_computing_needs():
    results = {name: form for name, form in FORMS.items() if form.scope == "result"}
    assert {form.kind: name for name, form in results.items()} == {
        name: name for name in REQUIRED_FIELDS if name != "trial"
    }
    assert [name for name, form in FORMS.items() if form.scope == "trial"] == ["reporting", "trial"]
    for form in FORMS.values():
        assert len(set(form.keys)) == len(form.keys)
        if form.kind in ("arm_means", "trial"):  # asked for each arm, in the form of the trial
            continue
        assert {f"stim_{part}" for part in ("target", "frequency_hz", "intensity_percent", "total_pulses")} <= set(
            form.keys
        )


@pytest.mark.parametrize("form", FORMS)
def test_a_sensible_extraction_gets_no_remark(form):
    assert problems(form) == []


@pytest.mark.parametrize("form", FORMS)
def test_blank_answers_are_empty_and_ask_for_every_required_field(form):
    blank = blank_answers(FORMS[form])
    assert list(blank) == [field.key for field in FORMS[form].fields if field.type != "calculated"]
    assert all(is_empty(value) for value in blank.values())
    missing = {item.field for item in check_answers(FORMS[form], blank)}
    always = {
        field.key
        for section in FORMS[form].sections
        for field in section.fields
        if field.required and not field.show_if and not section.show_if
    }
    assert missing == always


def test_indications_and_outcomes_come_from_the_review():
    form = FORMS["events"].resolve(Choices())
    assert form.field("indications").values == ("pain", "mood")
    assert form.field("outcome").options[0].label == "Score by events"
    assert FORMS["events"].field("indications").values == ()  # the form itself is not changed
    assert ("outcome", "error") in [item[:2] for item in problems("events", outcome="grip")]


# --- answers ------------------------------------------------------------------------------------------------------


def test_not_reported_is_an_answer_and_neither_empty_nor_a_value():
    assert is_not_reported(NOT_REPORTED)
    assert is_not_reported({"not_reported": True})
    for other in (None, "", [], "not reported", {"not_reported": False}, {"not_reported": True, "x": 1}, 0):
        assert not is_not_reported(other)
    assert not is_empty(NOT_REPORTED)
    assert not is_empty(0)
    given = {"a": NOT_REPORTED, "b": 0, "c": " x ", "d": ["p"], "e": True}
    assert [answered(given, key) for key in "abcdz"] == [False, True, True, True, False]
    assert (number(given, "a"), number(given, "b"), number(given, "c"), number(given, "e")) == (None, 0.0, None, None)
    assert (text(given, "c"), text(given, "a"), words(given, "d"), words(given, "a")) == ("x", "", ("p",), ())
    assert problems("parallel_means", days_after_treatment=NOT_REPORTED) == []


@pytest.mark.parametrize(
    ("form", "changes", "field", "level", "said"),
    [
        ("parallel_means", {"n_active": 2.5}, "n_active", "error", "whole number"),
        ("parallel_means", {"n_active": -3}, "n_active", "error", "zero or more"),
        ("parallel_means", {"mean_active": "4,3"}, "mean_active", "error", "must be a number"),
        ("parallel_means", {"mean_active": True}, "mean_active", "error", "must be a number"),
        ("parallel_means", {"mean_active": float("nan")}, "mean_active", "error", "must be a number"),
        ("parallel_means", {"spread_active": 0}, "spread_active", "error", "above zero"),
        ("parallel_means", {"mean_active": 11}, "mean_active", "warning", "impossible as a mean on a scale from 0 to"),
        ("parallel_means", {"spread_active": 7}, "spread_active", "warning", "hardly possible"),
        ("parallel_means", {"scale_high": -1}, "scale_high", "error", "end above its start"),
        ("parallel_means", {"n_randomised": 30}, "n_active", "error", "more than the 30 randomised"),
        ("parallel_means", {"design": "cohort"}, "design", "error", "not one of its options"),
        ("parallel_means", {"indications": ["pain", "gout"]}, "indications", "error", "not one of its options"),
        ("parallel_means", {"indications": ["pain", "pain"]}, "indications", "error", "chosen twice"),
        ("parallel_means", {"primary_indication": "mood"}, "primary_indication", "error", "not among the indications"),
        ("parallel_means", {"quote": None}, "quote", "error", "needs an answer"),
        ("parallel_means", {"colour": "red"}, "colour", "error", "is not a field of this form"),
        ("parallel_means", {"comparator_split": "whole"}, "comparator_split", "warning", "does not apply"),
        ("parallel_means", {"study_label": "x" * 200}, "study_label", "error", "longer than 120"),
        ("parallel_means", {"n_active": 1}, "n_active", "error", "one person has no standard deviation"),
        ("crossover_means", {"n_randomised": 10}, "n_analysed", "error", "more than the 10 randomised"),
        ("crossover_means", {"correlation": 1.2}, "correlation", "error", "cannot be above 1"),
        ("crossover_means", {"correlation": -0.3}, "correlation", "warning", "unusually low"),
        ("events", {"events_active": 28}, "events_active", "error", "more than the 27 analysed"),
        ("estimate", {"estimate": 1.2}, "estimate", "warning", "outside its own interval"),
        ("estimate", {"estimate_low": 2.0}, "estimate_high", "error", "wrong order"),
        ("estimate", {"estimate": -1.9}, "estimate", "warning", "not centred"),
        ("estimate", {"estimate_p": 0.3}, "estimate_p", "warning", "does not hold 0"),
        ("estimate", {"estimate_p": 0.04}, "estimate_p", "warning", "give about 0.0033"),
        ("estimate", {"estimate_p": 1.5}, "estimate_p", "error", "cannot be above 1"),
        ("estimate", {"estimate_low": None, "estimate_high": None}, "estimate", "warning", "cannot be weighed"),
        ("estimate", {"estimate": NOT_REPORTED, "estimate_p": 0.03}, "estimate", "warning", "favoured arm"),
    ],
)
def test_an_answer_that_cannot_be_or_is_doubtful_is_named_at_its_field(form, changes, field, level, said):
    found = [item for item in problems(form, **changes) if item[0] == field and item[1] == level]
    assert any(said in message for _, _, message in found), problems(form, **changes)


def test_a_change_may_be_negative_and_a_percentage_beyond_the_scale():
    assert problems("parallel_means", statistic="change from baseline", mean_active=-3.0, mean_comparator=-1.1) == []
    # Malavera 2016: changes of -53 and -23 percent on a 0-10 scale
    percent = {"mean_active": -53.38, "spread_active": 53.12, "mean_comparator": -22.93, "spread_comparator": 57.16}
    assert problems("parallel_means", statistic="percent change", **percent) == []


def test_in_a_crossover_the_same_people_stand_in_both_arms():
    shared = {"design": "crossover", "n_randomised": 36, "n_active": 36, "n_comparator": 36}
    assert problems("estimate", estimate_measure="MD", **shared) == []


# --- stimulation ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stimulation", "field"),
    [
        # pulses = Hz x seconds x trains, as in the trials' tables: 10 x 10 x 20 = 2000 and 1 x 60 x 20 = 1200
        ({"frequency_hz": 10, "train_seconds": 10, "trains": 20, "pulses_session": 2000}, None),
        ({"frequency_hz": 1, "train_seconds": 60, "trains": 20, "pulses_session": 1200}, None),
        # Rollnik 2002: 20 trains of 2 s at 20 Hz, 800 pulses; Fitzgibbon 2018: 75 trains of 4 s at 10 Hz, 3000
        ({"frequency_hz": 20, "train_seconds": 2, "trains": 20, "pulses_session": 800}, None),
        ({"frequency_hz": 10, "train_seconds": 4, "trains": 75, "pulses_session": 3000}, None),
        ({"frequency_hz": 10, "train_seconds": 4, "trains": 75, "pulses_session": 300}, "stim_pulses_session"),
        ({"pulses_session": 2000, "sessions": 5, "total_pulses": 10000}, None),
        ({"pulses_session": 2000, "sessions": 5, "total_pulses": 1000}, "stim_total_pulses"),
        ({"sessions": 24, "sessions_week": 6, "weeks": 4}, None),
        ({"sessions": 12, "sessions_week": 5, "weeks": 3}, None),
        ({"sessions": 10, "sessions_week": 5, "weeks": 4}, "stim_sessions"),
        ({"sessions": 10, "sessions_week": 5, "weeks": 4, "maintenance": "yes"}, None),
        ({"intensity_percent": 80, "threshold_type": "RMT"}, None),
        ({"intensity_percent": 55, "threshold_type": "RMT"}, "stim_intensity_percent"),
        ({"intensity_percent": 55, "threshold_type": "other"}, None),
        ({"pattern": "iTBS", "pulses_session": 600}, None),
        ({"pattern": "iTBS", "pulses_session": 1200}, "stim_pulses_session"),
        # a theta burst's pulses are not frequency x seconds x trains
        ({"pattern": "iTBS", "frequency_hz": 5, "train_seconds": 2, "trains": 20, "pulses_session": 600}, None),
    ],
)
def test_the_arithmetic_of_stimulation_is_checked(stimulation, field):
    found = problems("events", **{f"stim_{key}": value for key, value in stimulation.items()})
    assert [item[0] for item in found] == ([] if field is None else [field])
    assert all(item[1] == "warning" for item in found)


@given(
    hertz=st.integers(1, 20),
    seconds=st.integers(1, 30),
    trains=st.integers(1, 60),
    factor=st.sampled_from([0.1, 0.5, 2, 10]),
)
def test_pulses_that_are_a_multiple_off_are_always_noticed(hertz, seconds, trains, factor):
    pulses = hertz * seconds * trains
    given_answers = {"stim_frequency_hz": hertz, "stim_train_seconds": seconds, "stim_trains": trains}
    said = [item.message for item in check_answers(FORMS["events"], {**given_answers, "stim_pulses_session": pulses})]
    assert not any("make" in message for message in said)
    wrong = check_answers(FORMS["events"], {**given_answers, "stim_pulses_session": round(pulses * factor)})
    if abs(round(pulses * factor) - pulses) > 1:
        assert any(item.field == "stim_pulses_session" and "make" in item.message for item in wrong)


# --- printed estimates that contradict themselves ------------------------------------------------------------------


def test_a_lost_sign_and_a_p_that_does_not_fit_are_contradictions():
    # Quesada 2020 prints -19.34 with an interval of 14.31 to 25.27
    lost = {"estimate_measure": "MD", "estimate": -19.34, "estimate_low": 14.31, "estimate_high": 25.27}
    assert "a sign or a digit lost" in contradictions(lost)[0]
    # Zhao 2021: d 0.86, 0.771 and 0.55 at 20 and 20 with p of .001, .003 and .027; t(38) gives .0098, .020 and .090
    sizes = {"estimate_measure": "SMD", "n_active": 20, "n_comparator": 20}
    for d, printed, recomputed in ((0.86, 0.001, "0.0098"), (0.771, 0.003, "0.02"), (0.55, 0.027, "0.09")):
        (message,) = contradictions({**sizes, "estimate": d, "estimate_p": printed})
        assert f"gives p = {recomputed}" in message
    assert contradictions({**sizes, "estimate": 0.55, "estimate_p": 0.09}) == ()


def test_ratios_are_compared_on_their_logarithms():
    # the odds ratio of 3.04 (1.26 to 8.06) that one trial prints with p = .028
    ratio = {"estimate_measure": "OR", "estimate": 3.04, "estimate_low": 1.26, "estimate_high": 8.06}
    assert contradictions({**ratio, "estimate_p": 0.028}) == ()
    assert "holds 1" not in " ".join(contradictions(ratio))
    assert problems("estimate", **ratio, direction=None, statistic=None, event_is="good") == []
    logged = problems("estimate", **{**ratio, "estimate_low": -0.2}, direction=None, statistic=None, event_is="good")
    assert [item[:2] for item in logged] == [("estimate_low", "error")]


def test_direction_is_asked_of_differences_and_not_of_ratios():
    form = FORMS["estimate"]
    asked = {field.key for field in form.asked({"estimate_measure": "OR"})}
    assert "direction" not in asked
    assert "event_is" in asked
    assert "direction" in {field.key for field in form.asked({"estimate_measure": "SMD"})}
    assert "direction" not in {field.key for field in form.asked({"estimate_measure": NOT_REPORTED})}


# --- forms with faults ------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "extraction_forms"
    shutil.copytree(shipped_forms(), target)
    return target


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "events.yaml",
            "type: count, key: events_active",
            "type: text, key: events_active",
            "'events_active' must be a count",
        ),
        ("events.yaml", "key: events_active", "key: event_active", "needs the field 'events_active'"),
        ("events.yaml", "key: events_active", "key: Events", "sections[5].fields[0].key"),
        ("events.yaml", "key: events_active", "key: n_active", "the field 'n_active' is there twice"),
        (
            "events.yaml",
            "type: count, key: events_active",
            "type: counter, key: events_active",
            "sections[5].fields[0]",
        ),
        ("events.yaml", "include: sham", "include: shame", "there is no block 'shame'"),
        ("events.yaml", "include: sham", "include: ../events", "must be the name of a block"),
        ("events.yaml", "direction, statistic]", "direction, statistics]", "the block has no field 'statistics'"),
        ("events.yaml", "version: 2", "version: 0", "version"),
        ("events.yaml", "kind: events", "kind: survival", "kind"),
        ("events.yaml", "form: events", "form: counts", "must be the file's name, 'events'"),
        ("events.yaml", "maximum: 1000}", "maximum: 1}", "minimum and maximum are in the wrong order"),
        ("blocks/contrast.yaml", 'comparator_shared: ["yes"]', 'comparator_shard: ["yes"]', "names 'comparator_shard'"),
        (
            "blocks/contrast.yaml",
            'comparator_shared: ["yes"]',
            'comparator_shared: ["maybe"]',
            "= 'maybe', which is not",
        ),
        ("blocks/contrast.yaml", "comparator_shared: [", "active_label: [", "can only look at a choice"),
        (
            "blocks/source.yaml",
            "value: sensitivity only",
            "value: doubtful",
            "'doubtful' is not one that can be computed",
        ),
        ("blocks/sham.yaml", "value: tilted coil", "value: sham coil", "gives the option 'sham coil' twice"),
    ],
)
def test_a_fault_of_a_form_names_its_file_and_field(folder, file, old, new, said):
    path = folder / file
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new, 1))
    with pytest.raises(FormError) as caught:
        load_forms(folder)
    found = [str(fault) for fault in caught.value.faults]
    assert any(message.startswith(f"extraction_forms/{file} (line ") and said in message for message in found), found


def test_all_faults_of_all_forms_come_at_once_and_a_shared_block_once(folder):
    (folder / "blocks/source.yaml").write_text(
        (folder / "blocks/source.yaml").read_text().replace("type: text", "type: txt")
    )
    for name in ("events", "estimate"):
        path = folder / f"{name}.yaml"
        path.write_text(path.read_text().replace("version: 2", "version: x"))
    with pytest.raises(FormError) as caught:
        load_forms(folder)
    files = [fault.file for fault in caught.value.faults]
    assert files.count("extraction_forms/events.yaml") == 1
    assert files.count("extraction_forms/estimate.yaml") == 1
    assert files.count("extraction_forms/blocks/source.yaml") == 2  # two text fields, though four forms include it


def test_a_folder_without_forms_says_so(tmp_path):
    with pytest.raises(FormError, match="holds no extraction form"):
        load_forms(tmp_path)


def test_a_loaded_form_survives_being_written_and_read_again():
    form = load_form(shipped_forms() / "estimate.yaml")
    assert Form.model_validate(form.model_dump(mode="json")) == form
    assert Form.model_validate_json(form.model_dump_json()) == form
    with pytest.raises(KeyError, match="no field 'colour'"):
        form.field("colour")


_values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text()), st.just(NOT_REPORTED)
)


@given(st.dictionaries(st.sampled_from([*FORMS["estimate"].keys, "colour"]), _values))
def test_any_answers_at_all_are_checked_without_an_exception(given_answers):
    found = check_answers(FORMS["estimate"], given_answers)
    order = [*FORMS["estimate"].keys, "colour"]
    assert [order.index(item.field) for item in found] == sorted(order.index(item.field) for item in found)
