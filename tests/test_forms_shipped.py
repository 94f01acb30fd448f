"""The shipped forms ask for all of the extraction record of an rTMS trial, and say what is wrong with a copy."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from workbench.forms import (
    ChoiceField,
    CountField,
    Form,
    FormError,
    FormField,
    NumberField,
    TableField,
    check_answers,
    load_forms,
    read_form_text,
    shipped_forms,
)
from workbench.review import load_review
from workbench.review.starting import init_review

FORMS = load_forms(shipped_forms())
TRIAL = FORMS["trial"]


def table(key: str, form: Form = TRIAL) -> TableField:
    field = form.field(key)
    assert isinstance(field, TableField)
    return field


# --- what is asked ---------------------------------------------------------------------------------------------------

STUDY = "registry_id country year_begun year_ended design sequences washout_days clusters icc funding conflicts"
POPULATION = (
    "indications primary_indication conditions main_condition criteria age_mean age_sd n_women pain_years "
    "baseline_pain_mean baseline_pain_sd medication_stable depression_diagnosis previous_treatment n_randomised"
)
ARMS = "label role randomised analysed drop_outs drop_out_reasons"
STIMULATION = (
    "stimulator coil coil_size target target_side target_part targeting coil_orientation current_direction pulse_shape "
    "threshold_type threshold_method intensity_percent frequency_hz pattern trains train_seconds iti_seconds "
    "pulses_session sessions sessions_week weeks maintenance total_pulses session_minutes"
)
SHAM = "sham_type sham_angle sham_sound sham_sensation_matched blinding_assessed guesses"
SAFETY = "exposed any_event serious_event seizure withdrawn headache"


def test_the_trials_form_asks_for_everything_of_the_extraction_record() -> None:
    assert set(f"{STUDY} {POPULATION} {SHAM} arms stimulation safety".split()) <= set(TRIAL.keys)
    assert set(ARMS.split()) <= {column.key for column in table("arms").columns}
    assert {f"stim_{key}" for key in STIMULATION.split()} <= {column.key for column in table("stimulation").columns}
    assert set(SAFETY.split()) <= {column.key for column in table("safety").columns}
    assert {"guessed_active", "guessed_sham", "guessed_unknown"} <= {column.key for column in table("guesses").columns}
    assert {table(key).rows_from for key in ("stimulation", "guesses", "safety")} == {"arms"}
    assert (table("arms").naming, table("stimulation").layout) == ("label", "cards")
    design = TRIAL.field("design")
    assert isinstance(design, ChoiceField)
    assert design.values == ("parallel", "crossover", "multi-arm", "cluster", "other")


def test_the_stimulation_of_an_arm_and_of_a_result_are_asked_in_the_same_way() -> None:
    """Moderators and checks read the same keys, options and units wherever they stand."""
    columns = {column.key: column for column in table("stimulation").columns}
    block = next(section for section in FORMS["parallel_means"].sections if section.key == "stimulation")
    for field in block.fields:
        column = columns[field.key]
        assert column.type == field.type, field.key
        if isinstance(field, ChoiceField) and isinstance(column, ChoiceField):
            assert column.options == field.options, field.key
        if isinstance(field, NumberField | CountField) and isinstance(column, NumberField | CountField):
            limits = [
                (item.unit, item.minimum, item.maximum, getattr(item, "at_least", 0), getattr(item, "at_most", 0))
                for item in (field, column)
            ]
            assert limits[0] == limits[1], field.key


def test_reporting_items_are_those_that_apply_and_the_help_says_which_do_not() -> None:
    form = FORMS["reporting"]
    chipchase = [int(row.key.removeprefix("c")) for row in table("chipchase", form).rows]
    left_out = set(range(1, 31)) - set(chipchase)
    assert left_out == {8, 11, 12, 25, 26, 27, 28, 29, 30}
    said = next(section.help for section in form.sections if section.key == "chipchase")
    for number in (8, 11, 12, 25, 26, 28, 29, 30):
        assert re.search(rf"\b{number}\b", said), number
    assert f"the {len(chipchase)} that" in said
    assert all(row.label.startswith(f"{int(row.key[1:])} ") for row in table("chipchase", form).rows)
    assert len(table("tidier", form).rows) == 12
    assert [column.key for column in table("chipchase", form).columns[:2]] == ["reported", "controlled"]


def test_every_outcome_of_the_review_can_be_recorded_by_a_form_of_its_indications(tmp_path: Path) -> None:
    review = load_review(init_review(tmp_path / "review"))
    keys = {outcome.key for outcome in review.outcomes}
    wanted = (
        "pain_intensity responders_30 responders_50 interference fibromyalgia_impact migraine_days migraine_responders "
        "depression quality_of_life global_improvement global_impression adverse_events serious_adverse_events seizures"
    )
    assert set(wanted.split()) <= keys
    named = {key for indication in review.indications for key in indication.outcomes}
    assert keys <= named
    for outcome in review.outcomes:
        for threshold in outcome.thresholds:
            assert threshold.source
            assert threshold.kind in ("within-person", "between-group")
            known = {instrument.name for instrument in outcome.instruments}
            assert not threshold.instrument or threshold.instrument in known, (outcome.key, threshold.instrument)
    fiqr = [item for item in review.outcome("fibromyalgia_impact").thresholds if item.instrument == "FIQR"]
    assert fiqr == []  # no accepted value was found, and the FIQ's must not be borrowed


def test_medians_are_asked_in_place_of_means_and_a_mean_is_asked_while_nothing_is_said() -> None:
    form = FORMS["parallel_means"]
    by_default = {field.key for field in form.asked({})}
    medians = {field.key for field in form.asked({"centre_kind": "median"})}
    assert {"mean_active", "spread_active", "spread_kind"} <= by_default - medians
    assert {"median_active", "q1_comparator", "max_active"} <= medians - by_default
    arms = table("arms_results", FORMS["arm_means"])
    assert "mean" in {column.key for column in arms.asked({}, {})}
    assert "median" in {column.key for column in arms.asked({"centre_kind": "median"}, {})}


def test_the_first_period_of_a_crossover_is_asked_as_two_groups() -> None:
    form = FORMS["crossover_means"]
    first = {field.key for field in form.asked({"periods": "first"})}
    both = {field.key for field in form.asked({})}
    assert {"n_active", "n_comparator"} <= first - both
    assert {"n_analysed", "correlation", "difference_mean", "paired_p"} <= both - first


def test_clusters_are_asked_of_cluster_trials_only() -> None:
    for name in ("parallel_means", "crossover_means", "events", "estimate", "arm_means", "rates"):
        asked = {field.key for field in FORMS[name].asked({"design": "cluster"})}
        assert {"cluster_adjusted", "cluster_mean_size", "icc"} <= asked
        assert "icc" not in {field.key for field in FORMS[name].asked({"design": "parallel"})}


def test_a_trial_with_three_arms_is_filled_in_and_a_missing_number_of_an_arm_is_named() -> None:
    arms = [
        {"_row": "r1", "label": "10 Hz M1", "role": "active", "randomised": 20, "analysed": 20},
        {"_row": "r2", "label": "10 Hz DLPFC", "role": "active", "randomised": 21},
        {"_row": "r3", "label": "Sham", "role": "sham"},
    ]
    answers = {"study_label": "Doe 2020", "design": "multi-arm", "arms": arms}
    found = [item.message for item in check_answers(TRIAL, answers) if item.field.startswith("arms[")]
    assert found == ["Arms, Sham: Randomised: needs an answer, or “not reported”"]


# --- faults of a copy ------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "extraction_forms"
    shutil.copytree(shipped_forms(), target)
    return target


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("trial.yaml", "rows_from: arms", "rows_from: arm", "rows_from names 'arm', which is no table of this form"),
        ("trial.yaml", "rows_from: arms", "rows_from: design", "rows_from names 'design', which is no other table"),
        ("trial.yaml", "rows_from: arms", "rows_from: guesses", "which itself takes its rows from a table"),
        ("trial.yaml", "required: true, names_row: true", "required: true", "in which no column says names_row"),
        ("trial.yaml", "kind: trial\n", "kind: events\n", "has both kind: trial and scope: trial"),
        (
            "trial.yaml",
            "expression: sum(arms.drop_outs)",
            "expression: sum(arms.lost)",
            "names 'arms.lost', which is no",
        ),
        ("trial.yaml", "expression: sum(arms.drop_outs)", "expression: sum(arms.lost", "stops too early"),
        ("trial.yaml", "key: randomised_all_arms", "key: arms", "the field 'arms' is there twice"),
        ("trial.yaml", "key: role\n", "key: label\n", "gives the column 'label' twice"),
        (
            "trial.yaml",
            "key: drop_outs, label",
            "key: drop outs, label",
            "must be one word of small letters, digits and _, with a letter first; write drop_outs",
        ),
        (
            "trial.yaml",
            "show_if: {stim_target: [M1]}",
            "show_if: {stim_target: [M2]}",
            "stim_target = 'M2', which is not",
        ),
        ("trial.yaml", "show_if: {stim_target: [M1]}", "show_if: {stim_trains: [M1]}", "can only look at a choice"),
        ("trial.yaml", "min_rows: 2", "min_rows: 9", "min_rows and max_rows are in the wrong order (9 > 8)"),
        ("trial.yaml", "layout: cards", "layout: heap", "'grid' or 'cards'"),
        ("trial.yaml", "type: quote, key: arms_quote", "type: quotation, key: arms_quote", "quotation"),
        ("reporting.yaml", "{key: c02,", "{key: c01,", "gives the row 'c01' twice"),
        ("arm_means.yaml", "key: role\n", "key: part\n", "needs the column 'role' (choice)"),
        (
            "arm_means.yaml",
            "{type: number, key: mean,",
            "{type: date, key: mean,",
            "arms_results.mean must be a number",
        ),
        ("arm_means.yaml", "value: comparator, label", "value: sham, label", "'sham' is not one that can be computed"),
        ("arm_means.yaml", "key: arms_results", "key: results", "needs the field 'arms_results' (table)"),
        (
            "blocks/clusters.yaml",
            "design: [cluster]",
            "design: [clusters]",
            "the section 'clusters': show_if waits for",
        ),
        ("blocks/clusters.yaml", "design: [cluster]", "icc_source: [a]", "which stands in the section itself"),
        ("one_arm.yaml", "scope", "scope", ""),
    ],
)
def test_a_fault_of_a_table_names_its_file_and_line(folder: Path, file: str, old: str, new: str, said: str) -> None:
    path = folder / file
    content = path.read_text()
    if not said:  # the copy as it is has none
        assert load_forms(folder) == FORMS
        return
    assert old in content
    path.write_text(content.replace(old, new, 1))
    with pytest.raises(FormError) as caught:
        load_forms(folder)
    found = [str(fault) for fault in caught.value.faults]
    assert any(message.startswith(f"extraction_forms/{file} (line ") and said in message for message in found), found


BODY = """form: made
version: 1
title: Made
kind: trial
scope: trial
sections:
  - key: all
    title: All
    fields:
"""


def table_of(column: str, *more: str) -> list[str]:
    return ["- type: table", "  key: t", "  label: T", *more, "  columns:", f"    - {{{column}, key: a, label: A}}"]


A = "- {type: text, key: a, label: A"
YES = "- {type: yes_no_unclear, key: a, label: A}"
B = "- {type: text, key: b, label: B"


@pytest.mark.parametrize(
    ("lines", "line", "said"),
    [
        ([A + ", names_row: true}"], 10, "the field 'a': names_row is for a column of a table"),
        (table_of("type: text, names_row: true", "  rows: [x]"), 10, "the field 't': names_row is for rows that"),
        (table_of("type: count, names_row: true"), 10, "names_row needs a text or a choice, and 'a' is a count"),
        (table_of("type: table"), 14, "the field 't': the column 'a': a column of a table cannot be a table"),
        (table_of("type: count, colour: red"), 14, "the field 't': the column 'a': is not a setting"),
        ([A + ", formerly: [b]}", B + "}"], 10, "a field of this form still"),
        ([A + ", formerly: [c]}", B + ", formerly: [c]}"], 11, "and so does 'a'"),
        ([YES, B + ", hide_if: {a: [maybe]}}"], 11, "hide_if waits for a = 'maybe'"),
        ([YES, B + ", show_if: {a: []}}"], 11, "without any of its options"),
        (["- {type: text, key: a, label: Why?, help: x}"], 10, "a comma, colon or question mark needs quotes"),
        ([A + ", colour: red}"], 10, "the field 'a': is not a setting that is known here"),
    ],
)
def test_what_is_wrong_with_a_form_is_said_at_its_line(lines: list[str], line: int, said: str) -> None:
    text = BODY + "".join(f"      {item}\n" for item in lines)
    form, faults = read_form_text(text, Path("forms/made.yaml"))
    assert form is None
    assert any(fault.line == line and said in fault.message for fault in faults), [str(fault) for fault in faults]


# --- the documentation -----------------------------------------------------------------------------------------------

DOCS = Path(__file__).resolve().parents[1] / "docs" / "forms.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_of_the_documentation_is_a_form_without_faults(example: str) -> None:
    whole = example.startswith("form:")
    text = example if whole else BODY + "".join(f"      {line}\n" for line in example.splitlines())
    name = "pain_diary" if whole else "made"
    form, faults = read_form_text(text, Path(f"extraction_forms/{name}.yaml"))
    assert [str(fault) for fault in faults] == []
    assert form is not None


def test_the_documentation_shows_every_type_of_field() -> None:
    types = {item.model_fields["type"].annotation.__args__[0] for item in FormField.__origin__.__args__}
    assert types == set(re.findall(r"type: (\w+)", "\n".join(EXAMPLES)))
