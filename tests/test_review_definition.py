"""A review is data: templates load, another review needs no code, and every fault of its files is named at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from workbench.forms import FormError
from workbench.forms.yaml_file import MAX_BYTES, parse_yaml, read_yaml
from workbench.review import (
    ANY_TIME,
    ReviewDefinition,
    ReviewError,
    init_review,
    list_templates,
    load_review,
    load_review_forms,
    settings_files,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return init_review(tmp_path / "review")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path.name}: the test looks at nothing"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def faults(folder: Path) -> list[str]:
    with pytest.raises(ReviewError) as caught:
        load_review(folder)
    return [str(fault) for fault in caught.value.faults]


# --- the shipped templates ---------------------------------------------------------------------------------------


def test_every_template_makes_a_review_that_loads_with_its_forms(tmp_path):
    assert set(list_templates()) == {"blank", "rtms-pain"}
    for name in list_templates():
        made = init_review(tmp_path / name, name)
        review = load_review(made)
        assert not review.example
        assert load_review_forms(made)
        assert made / "review.yaml" in settings_files(made)


def test_the_rtms_pain_review_has_its_five_indications_in_order(folder):
    review = load_review(folder)
    assert [item.key for item in review.indications] == [
        *("neuropathic_pain", "fibromyalgia", "migraine", "central_pain", "pain_depression")
    ]
    depression = review.indication("pain_depression")
    assert {"pain_intensity", "depression"} <= set(depression.outcomes)  # pain and mood both


def test_strategies_are_expanded_from_their_blocks(folder):
    strategy = load_review(folder).indication("migraine").strategy
    assert strategy.startswith('("Transcranial Magnetic Stimulation"[mh] OR ')
    assert ' AND ("Migraine Disorders"[mh] OR migrain*[tiab]) AND ((randomized controlled trial[pt] OR ' in strategy
    assert strategy.endswith("NOT (animals[mh] NOT humans[mh]))")
    assert "{" not in strategy
    assert "  " not in strategy
    assert load_review(folder).indication("migraine").strategy_template == "{TMS} AND {MIGRAINE} AND {RCT}"


def test_a_block_without_parentheses_gets_them_and_one_with_two_groups_too(folder):
    (folder / "search_blocks.yaml").write_text("A: x[ti] OR y[ti]\nB: (x[ti]) OR (y[ti])\nC: '(\"a)b\"[ti])'\n")
    for path in (folder / "indications").glob("*.yaml"):
        text = path.read_text()
        start = text.index('strategy: "')
        end = text.index("\n", start)
        path.write_text(text[:start] + 'strategy: "{A} AND {B} AND {C}"' + text[end:])
    expected = '(x[ti] OR y[ti]) AND ((x[ti]) OR (y[ti])) AND ("a)b"[ti])'
    assert load_review(folder).indication("migraine").strategy == expected


def test_time_windows_are_inclusive_below_and_exclusive_above(folder):
    review = load_review(folder)
    at = {days: window.key if (window := review.window_at(days)) else None for days in (0, 6.9, 7, 41, 42, 900)}
    assert at == {0: "short", 6.9: "short", 7: "medium", 41: "medium", 42: "long", 900: "long"}
    assert review.window_at(None) is None
    assert review.window(ANY_TIME).holds(10_000)
    assert review.window_of("migraine_days").key == "medium"
    assert review.window_of("pain_intensity").key == "short"


def test_thresholds_say_whether_they_are_a_persons_or_a_groups(folder):
    review = load_review(folder)
    hit6 = {item.kind: item.value for item in review.outcome("headache_impact").thresholds}
    assert hit6 == {"between-group": 1.5, "within-person": 2.5}  # 10.1177/0333102413497599
    for outcome in review.outcomes:
        for threshold in outcome.thresholds:
            assert threshold.source
    fibromyalgia = review.outcome("fibromyalgia_impact").thresholds
    assert [item.instrument for item in fibromyalgia] == ["FIQ"]  # none is borrowed for FIQR


def test_instruments_are_known_by_their_other_names(folder):
    pain = load_review(folder).outcome("pain_intensity")
    assert pain.instrument("  Visual  Analogue Scale ").name == "VAS 0-10"  # type: ignore[union-attr]
    assert pain.instrument("") is None
    assert pain.instrument("grip strength") is None


def test_looking_up_what_is_not_there_names_it(folder):
    review = load_review(folder)
    for look_up, key in ((review.indication, "gout"), (review.outcome, "gout"), (review.window, "gout")):
        with pytest.raises(KeyError, match="gout"):
            look_up(key)


# --- another review, without a line of code -----------------------------------------------------------------------

TINNITUS = {
    "review.yaml": """
key: tdcs_tinnitus
title: Transcranial direct current stimulation for tinnitus
question:
  population: Adults with tinnitus for six months
  intervention: tDCS
  comparator: Sham tDCS
  outcomes: Loudness
  designs: Randomised trials
  intervention_short: tDCS
  comparator_short: sham
indications: [unilateral, bilateral]
screening: {reviewers_needed: 1, exclusion_reasons: [{key: other, label: Other}]}
extraction: {extractors_needed: 1, crossover_r: 0.6}
model: {tau2: PM, interval: wald, level: 90}
""",
    "outcomes.yaml": """
default_window: early
windows: [{key: early, label: Early, from_day: 0, to_day: 30}]
outcomes:
  - {key: loudness, label: Loudness, domain: Tinnitus, kind: continuous, benefit: lower, measure: MD, unit: dB}
""",
}
UNILATERAL = """
key: unilateral
label: Tinnitus of one ear
short: One ear
strategy: tinnitus[tiab] AND tDCS[tiab]
forms: [loudness_means]
outcomes: [loudness]
"""


def test_a_review_of_something_else_needs_no_code(tmp_path, folder):
    other = tmp_path / "tinnitus"
    (other / "indications").mkdir(parents=True)
    for name, text in TINNITUS.items():
        (other / name).write_text(text)
    for key in ("unilateral", "bilateral"):
        (other / "indications" / f"{key}.yaml").write_text(UNILATERAL.replace("unilateral", key))
    # its own form, without any stimulation block
    shutil.copytree(folder / "extraction_forms" / "blocks", other / "extraction_forms" / "blocks")
    form = (folder / "extraction_forms" / "parallel_means.yaml").read_text()
    form = form.replace("form: parallel_means", "form: loudness_means").replace("  - include: stimulation\n", "")
    (other / "extraction_forms" / "loudness_means.yaml").write_text(form)

    review = load_review(other)
    assert review.key == "tdcs_tinnitus"
    assert (review.screening.reviewers_needed, review.extraction.crossover_r, review.model.tau2) == (1, 0.6, "PM")
    assert review.indication("unilateral").primary_outcome == "loudness"  # the first where none is named
    field = load_review_forms(other)["loudness_means"].field("indications")
    assert field.values == ("unilateral", "bilateral")  # type: ignore[union-attr]


# --- faults -------------------------------------------------------------------------------------------------------


def test_every_fault_of_every_file_is_reported_at_once_with_file_line_and_key(folder):
    change(folder / "review.yaml", "reviewers_needed: 2", "reviewers_needed: 3")
    change(folder / "review.yaml", "title: Repet", "titel: Repet")
    change(folder / "indications/migraine.yaml", "migraine_days, migraine_attacks", "mgraine_days, migraine_attacks")
    change(folder / "indications/fibromyalgia.yaml", "{FIBROMYALGIA}", "{FIBROMIALGIA}")
    change(folder / "indications/central_pain.yaml", "[parallel_means, cross", "[parallel_meens, cross")
    change(folder / "extraction_forms/events.yaml", "options: [good, bad]", "options: [good, wicked]")
    found = "\n".join(faults(folder))
    assert "review.yaml (line" in found
    assert "screening.reviewers_needed" in found
    assert "titel: is not a setting that is known here" in found
    assert "is 'title' meant?" in found  # one slip, one message: not also "title: is missing"
    assert 'indications/migraine.yaml (line 9): outcomes[0]: "mgraine_days" is not an outcome in outcomes.yaml' in found
    assert 'there is no block "FIBROMIALGIA" in search_blocks.yaml' in found
    assert "extraction_forms/events.yaml" in found
    assert "'wicked'" in found


def test_a_form_that_is_not_there_is_named(folder):
    change(folder / "indications/central_pain.yaml", "[parallel_means, cross", "[parallel_meens, cross")
    (message,) = faults(folder)
    assert message.startswith('indications/central_pain.yaml (line 8): forms[0]: there is no form "parallel_meens"')


def test_the_line_named_is_the_line_of_the_key(folder):
    path = folder / "outcomes.yaml"
    change(path, "benefit: lower", "benefit: sideways")
    line = path.read_text().splitlines().index("    benefit: sideways") + 1
    (message,) = faults(folder)
    assert message.startswith(f"outcomes.yaml (line {line}): outcomes[0].benefit:")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("outcomes.yaml", "to_day: 7\n", "to_day: 9\n", 'begins before "short" ends'),
        ("outcomes.yaml", "from_day: 7\n    to_day: 42", "from_day: 42\n    to_day: 7", "must be after from_day"),
        ("outcomes.yaml", "default_window: short", "default_window: shirt", '"shirt" is not one of the windows'),
        ("outcomes.yaml", "- key: medium", "- key: any", "is built in"),
        ("outcomes.yaml", "key: responders_50", "key: responders_30", "another outcome has this key"),
        ("outcomes.yaml", "measure: SMD", "measure: RR", "measure RR does not fit a continuous outcome"),
        ("outcomes.yaml", "instrument: FIQ,", "instrument: FIX,", '"FIX" is not an instrument of this outcome'),
        ("outcomes.yaml", "high: 10\n", "high: -1\n", "must end above its start"),
        ("outcomes.yaml", "window: medium #", "window: later #", '"later" is not one of the windows'),
        (
            "review.yaml",
            "[neuropathic_pain, fibro",
            "[neuropathic_pian, fibro",
            "there is no file indications/neuropathic_pian",
        ),
        ("review.yaml", "[neuropathic_pain, fibromyalgia,", "[neuropathic_pain,", 'but "fibromyalgia" is not listed'),
        ("review.yaml", "key: wrong_design", "key: wrong_outcome", "another reason has this key"),
        ("review.yaml", "[not_sham_controlled, retracted]", "[not_nice]", "synthesis.exclude_flags[0]"),
        ("review.yaml", "crossover_r: 0.5", "crossover_r: 1.5", "extraction.crossover_r"),
        ("review.yaml", "tau2: REML", "tau2: EB", "model.tau2"),
        (
            "indications/migraine.yaml",
            "primary_outcome: migraine_days",
            "primary_outcome: depth",
            '"depth" is not among',
        ),
        ("indications/migraine.yaml", "key: migraine\n", "key: megrim\n", "must be the file's name, 'migraine'"),
        (
            "indications/migraine.yaml",
            "[parallel_means, crossover_means, arm_means, events, rates, estimate]",
            "[events]",
            "can record",
        ),
        ("indications/migraine.yaml", "{TMS} AND", "{TMS AND", "has a brace without its partner"),
        ("indications/migraine.yaml", "{TMS} AND", "({TMS} AND", "opens a parenthesis that is not closed"),
        ("search_blocks.yaml", "migrain*[tiab])", "migrain*[tiab]))", "closes a parenthesis that was not opened"),
        ("search_blocks.yaml", '"Migraine Disorders"[mh]', '"Migraine Disorders[mh]', "quotation mark without"),
        ("search_blocks.yaml", "MIGRAINE: >-", "migraine: >-", "written in capitals"),
        ("search_blocks.yaml", "migrain*[tiab]", "migrain*[tiab] OR {TMS}", "a block cannot use other blocks"),
    ],
)
def test_what_contradicts_itself_is_named(folder, file, old, new, said):
    change(folder / file, old, new)
    found = faults(folder)
    assert any(said in message and message.startswith((file, "indications")) for message in found), found


def test_a_folder_without_a_review_says_how_to_make_one(tmp_path):
    assert "workbench init" in faults(tmp_path)[0]


def test_a_missing_file_of_settings_is_named(folder):
    (folder / "outcomes.yaml").unlink()
    assert "outcomes.yaml: is missing" in faults(folder)


# --- files that are not what they should be -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x [1]\nb: *x\n", "(line 1): anchors and aliases"),
        ("a: 1\nb: 2\na: 3\n", "(line 3): a: is given twice (first in line 1)"),
        ("a: {b: 1, b: 2}\n", "a.b: is given twice"),
        ("a: !!python/object/apply:os.system ['true']\n", "is not allowed here"),
        ("a: !!binary aGk=\n", "is not allowed here"),
        ("a: [1\n", "(line 2): is not valid YAML"),
        ("? [a]\n: 1\n", "a key must be a plain word"),
        ("a: 1\n---\nb: 2\n", "more than one document"),
        ("[" * 5000, "nested too deeply"),
        ("- a\n" * 60_000, "too long"),
        ("", "is empty"),
        ("a: \x07\n", "is not valid YAML"),
    ],
)
def test_unsafe_or_broken_yaml_is_refused_with_its_line(text, said):
    file, wrong = parse_yaml(text, "x.yaml")
    assert file is None
    assert said in str(wrong[0])


def test_a_file_that_is_too_large_or_no_text_is_refused(tmp_path):
    path = tmp_path / "big.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    assert "is larger than" in str(read_yaml(path)[1][0])
    path.write_bytes(b"a: \xff\n")
    assert "is not UTF-8" in str(read_yaml(path)[1][0])
    path.write_bytes("\ufeffa: ä\n".encode())  # a byte-order mark, as some editors write it
    file, _ = read_yaml(path)
    assert file is not None
    assert file.data == {"a": "ä"}


def test_yes_no_and_dates_stay_texts_and_numbers_are_numbers():
    file, _ = parse_yaml("[yes, no, on, 2024-01-31, 1:30, 010, true, null, 1.5, -2, 1e3, 'true']", "x.yaml")
    assert file is not None
    assert file.data == ["yes", "no", "on", "2024-01-31", "1:30", 10, True, None, 1.5, -2, 1000.0, "true"]


# --- making a review ----------------------------------------------------------------------------------------------


def test_a_review_is_never_overwritten(folder):
    (folder / "review.yaml").write_text("mine")
    with pytest.raises(ReviewError, match="already holds a review"):
        init_review(folder)
    assert (folder / "review.yaml").read_text() == "mine"


def test_other_files_of_a_folder_are_left_alone(tmp_path):
    (tmp_path / "README.md").write_text("our review")
    init_review(tmp_path)
    assert (tmp_path / "README.md").read_text() == "our review"
    assert isinstance(load_review(tmp_path), ReviewDefinition)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_failure_half_way_leaves_nothing_behind(tmp_path, monkeypatch):
    target = tmp_path / "new" / "deep"
    moved = []
    rename = Path.rename

    def fail_at_the_third(self, to):
        if len(moved) == 2:
            raise OSError(28, "No space left on device")
        moved.append(to)
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", fail_at_the_third)
    with pytest.raises(ReviewError, match="No space left on device"):
        init_review(target)
    assert len(moved) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_and_an_unknown_template_are_refused(tmp_path):
    (tmp_path / "x").write_text("a file")
    with pytest.raises(ReviewError, match="is a file"):
        init_review(tmp_path / "x")
    with pytest.raises(ReviewError, match=r"no template '\.\./rtms-pain'"):
        init_review(tmp_path / "y", "../rtms-pain")
    assert not (tmp_path / "y").exists()


def test_a_faulty_form_in_a_review_is_a_fault_of_the_review(folder):
    change(folder / "extraction_forms" / "events.yaml", "version: 2", "version: one")
    with pytest.raises(ReviewError, match=r"extraction_forms/events\.yaml \(line \d+\): version"):
        load_review_forms(folder)
    assert not issubclass(ReviewError, FormError)
