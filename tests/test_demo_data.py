"""The worked example's data: every number is the one in the shared tables, and no source's text was copied."""

from __future__ import annotations

import csv
import gzip
import html
import importlib.util
import json
import re
import types
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import yaml

import ingest
from tests.shared_data import shared
from workbench import forms
from workbench.forms import NOT_REPORTED
from workbench.review import ReviewDefinition, init_review, load_review, load_review_forms

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "workbench" / "demo" / "data"
TEXTS = (*sorted(DATA.glob("*.*")), ROOT / "docs" / "worked-example.md", ROOT / "tools" / "demo_bibliography.yaml")

STUDIES: list[dict[str, Any]] = yaml.safe_load((DATA / "extractions.yaml").read_text(encoding="utf-8"))["studies"]
RESULTS: dict[str, dict[str, Any]] = {result["result"]: result for study in STUDIES for result in study["results"]}


@pytest.fixture(scope="module")
def trial_rows() -> dict[str, dict[str, str]]:
    rows: dict[str, dict[str, str]] = {}
    for name in ("trials.csv", "trials_by_indication.csv"):
        with shared(f"data/rtms_pain_trials/{name}").open(encoding="utf-8", newline="") as file:
            rows |= {row["row_id"]: row for row in csv.DictReader(file)}
    return rows


@pytest.fixture(scope="module")
def expected_effects() -> list[dict[str, str]]:
    effects = []
    for name in ("expected_effects_by_indication.csv", "expected_effects.csv"):
        with shared(f"data/rtms_pain_trials/{name}").open(encoding="utf-8", newline="") as file:
            effects += list(csv.DictReader(file))
    return effects


@pytest.fixture(scope="module")
def pubmed_records() -> dict[str, dict[str, Any]]:
    with gzip.open(shared("data/tms_pubmed_records/records.jsonl.gz"), "rt", encoding="utf-8") as file:
        return {str(entry["PMID"]): entry for entry in map(json.loads, file)}


@pytest.fixture(scope="module")
def records() -> list[ingest.Record]:
    return [
        item
        for name in ("records.xml", "other_sources.csv")
        for item in ingest.read_records(DATA / name)
        if isinstance(item, ingest.Record)
    ]


@pytest.fixture(scope="module")
def review_folder(tmp_path_factory) -> Path:
    return init_review(tmp_path_factory.mktemp("example") / "review")


@pytest.fixture(scope="module")
def review(review_folder) -> ReviewDefinition:
    return load_review(review_folder)


@pytest.fixture(scope="module")
def review_forms(review_folder) -> dict[str, forms.Form]:
    return load_review_forms(review_folder)


def builder() -> types.ModuleType:
    spec = importlib.util.spec_from_file_location("build_demo_data", ROOT / "tools" / "build_demo_data.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_shipped_files_are_what_the_build_makes_of_the_shared_tables():
    shared("data/rtms_pain_trials/trials.csv")
    for name, content in builder().build().items():
        assert (DATA / name).read_bytes() == content, f"{name} is not what tools/build_demo_data.py makes"


# ------------------------------------------------------------------------------------------------ numbers

COLUMNS = {  # answer -> column of the row it must equal
    "n_active": "n_treat",
    "n_comparator": "n_ctrl",
    "n_analysed": "n_treat",
    "mean_active": "mean_treat",
    "mean_comparator": "mean_ctrl",
    "baseline_mean_active": "mean_treat_base",
    "baseline_sd_active": "sd_treat_base",
    "baseline_mean_comparator": "mean_ctrl_base",
    "baseline_sd_comparator": "sd_ctrl_base",
    "events_active": "events_treat",
    "events_comparator": "events_ctrl",
}


@pytest.mark.parametrize("row_id", RESULTS)
def test_every_number_is_that_of_its_row(row_id, trial_rows):
    answers, row = RESULTS[row_id]["answers"], trial_rows[row_id]
    columns = dict(COLUMNS)
    if answers.get("spread_kind") == "SD":
        columns |= {"spread_active": "sd_treat", "spread_comparator": "sd_ctrl"}
    if row_id in ASSUMED_N:
        columns = {key: column for key, column in columns.items() if not key.startswith("n_")}
    for key, column in columns.items():
        if key in answers and answers[key] != NOT_REPORTED:
            assert answers[key] == float(row[column]), f"{key} of {row_id}"
        elif row[column] and key != "n_analysed" and RESULTS[row_id]["form"] == "parallel_means":
            pytest.fail(f"{row_id} leaves out {column} = {row[column]}")


# 16 people in four arms, nowhere said how many in each: an assumption, and marked as one.
ASSUMED_N = {"U010", "U011", "U012", "U016", "U017", "U018"}


def test_an_assumed_number_of_people_is_never_more_than_a_sensitivity_result(trial_rows):
    assert {row for row, result in RESULTS.items() if not trial_rows[row]["n_treat"] and "n_active" in result["answers"]
            and result["answers"]["n_active"] != NOT_REPORTED} == ASSUMED_N  # fmt: skip
    assert {RESULTS[row]["answers"]["certainty"] for row in ASSUMED_N} == {"sensitivity only"}


@pytest.mark.parametrize("row_id", ["T006", "T007"])
def test_half_widths_are_half_of_the_printed_intervals(row_id, trial_rows):
    answers = RESULTS[row_id]["answers"]
    ends = [float(end) for pair in re.findall(r"(\d+\.\d+)-(\d+\.\d+)", _spelled(trial_rows[row_id])) for end in pair]
    assert answers["spread_active"] == pytest.approx((ends[1] - ends[0]) / 2)
    assert answers["spread_comparator"] == pytest.approx((ends[3] - ends[2]) / 2)
    assert answers["spread_kind"] == "95% CI half-width"


def _spelled(row: dict[str, str]) -> str:
    return row["as_reported"].replace(" to ", "-")


ESTIMATES = [row for row, result in RESULTS.items() if result["form"] == "estimate"]


@pytest.mark.parametrize("row_id", ESTIMATES)
def test_an_estimate_is_the_printed_one_or_the_test_that_was_printed_instead(row_id, trial_rows):
    answers, row = RESULTS[row_id]["answers"], trial_rows[row_id]
    if answers["estimate"] == NOT_REPORTED:
        assert row["yi"] == ""
        assert answers["estimate_favours"] == "active"
        assert row["direction"] == "favours rTMS"
        printed_f = re.search(r"F=([\d.]+)", row["as_reported"])
        if printed_f:  # 1e-9: shipped with ten digits
            assert answers["estimate_t"] ** 2 == pytest.approx(float(printed_f[1]), rel=1e-9)
    else:
        printed = float(row["yi"] or float(row["mean_treat"]) - float(row["mean_ctrl"]))
        unsigned = "Cohen's d" in row["yi_kind"]
        assert answers["estimate"] == pytest.approx(abs(printed) if unsigned else printed, abs=1e-9)
    for key, column in (("estimate_low", "ci_low"), ("estimate_high", "ci_high"), ("estimate_p", "p_value")):
        is_value = bool(re.fullmatch(r"0?\.\d*[1-9]\d*|-?\d+(\.\d+)?", row[column])) and row[column] != "0.000"
        assert (key in answers) == is_value, f"{key} of {row_id}: {row[column]!r}"
        if is_value:
            assert answers[key] == float(row[column])


@pytest.mark.parametrize("row_id", ESTIMATES)
def test_what_was_worked_out_names_its_method_and_is_not_called_arm_data(row_id, expected_effects):
    answers = RESULTS[row_id]["answers"]
    methods = {effect["method"] for effect in expected_effects if effect["row_id"] == row_id and "method" in effect}
    assert answers["certainty"] != "arm data"
    if answers["estimate_measure"] == "SMD":
        assert any(method in answers["certainty_note"] for method in methods)


def test_certainty_is_never_better_than_the_table_of_effects_allows(expected_effects):
    order = ["arm data", "approximate", "sensitivity only"]
    best: dict[str, int] = {}
    for effect in expected_effects:
        use = effect.get("use")
        if use:
            level = order.index("sensitivity only" if use == "sensitivity" else use)
            best[effect["row_id"]] = min(level, best.get(effect["row_id"], 9))
    for row_id, result in RESULTS.items():
        if row_id in best:
            assert order.index(result["answers"]["certainty"]) >= best[row_id], row_id


@pytest.mark.parametrize("row_id", RESULTS)
def test_every_result_names_its_source_its_place_and_its_row(row_id, trial_rows):
    answers, row = RESULTS[row_id]["answers"], trial_rows[row_id]
    assert row["source"].startswith(answers["source_address"])
    assert answers["page"] == row["source_place"]
    assert row_id in answers["notes"]
    assert answers["time_label"] in (row["timepoint"], NOT_REPORTED)
    assert answers["quote"].startswith(("As reported: ", "As entered: "))


@pytest.mark.parametrize("row_id", RESULTS)
def test_every_result_answers_its_form(row_id, review_forms):
    form = review_forms[RESULTS[row_id]["form"]]
    problems = forms.check_answers(form, RESULTS[row_id]["answers"])
    assert [problem for problem in problems if problem.level == "error"] == []
    second = {**RESULTS[row_id]["answers"], **RESULTS[row_id].get("second", {})}
    assert [problem for problem in forms.check_answers(form, second) if problem.level == "error"] == []


def test_the_doubtful_rows_say_so():
    for row_id in ("T051", "T052", "T062", "T063"):
        assert "look like standard errors" in RESULTS[row_id]["answers"]["certainty_note"]
    for row_id in ("T046", "T047", "T048", "T049", "T051", "T052", "T057", "T058"):
        assert RESULTS[row_id]["answers"]["comparator_shared"] == "yes"
        assert RESULTS[row_id]["answers"]["comparator_split"] == "already divided"
    for row_id in ("U039", "U040"):
        assert RESULTS[row_id]["answers"]["comparator_split"] == "whole"
    assert "overlap" in RESULTS["U059"]["answers"]["certainty_note"]
    assert "crossover" in RESULTS["T074"]["answers"]["certainty_note"]
    assert RESULTS["T020"]["answers"]["stim_pattern"] == "single pulse"
    assert RESULTS["T021"]["answers"]["sham_type"] == "no sham: another dose"
    for row_id in ("T048", "T049", "T055", "T056"):
        assert RESULTS[row_id]["answers"]["sham_type"] == "no sham: another treatment"
    assert RESULTS["T021"]["answers"]["blinding_assessed"] == "unclear"
    note = RESULTS["T050"]["answers"]["certainty_note"]
    assert note.startswith("Contradicts")
    assert "g = -3.50" in note
    assert "p = .091" in note
    assert RESULTS["U060"]["answers"]["design"] == "other"
    for key in ("certainty_note", "notes"):
        assert "Random allocation is not stated" in RESULTS["U060"]["answers"][key]
    for row_id in ("T010", "T011"):
        assert RESULTS[row_id]["answers"]["certainty"] == "sensitivity only"
        assert RESULTS[row_id]["answers"]["certainty_note"].startswith("Likely the same patients as Sun Wei 2019")


def test_the_contradiction_named_in_a_note_is_the_one_in_the_tables(expected_effects, trial_rows):
    (g,) = {row["yi"] for row in expected_effects if row["row_id"] == "T050" and row["measure"] == "SMD"}
    assert f"{float(g):.2f}" == "-3.50"
    assert "T1 (P=.091)" in trial_rows["T035"]["as_reported"]


def test_an_effect_over_all_visits_has_no_kind_of_number_and_no_day():
    for row_id in ("U087", "U088"):
        answers = RESULTS[row_id]["answers"]
        assert answers["statistic"] == answers["days_after_treatment"] == NOT_REPORTED
        assert answers["certainty"] == "approximate"
        assert "baseline included" in answers["certainty_note"].split(". ")[0]


def test_a_treatment_that_only_the_active_arm_had_is_named_and_not_called_arm_data():
    """Wu's arm with acupuncture is not among them: it is not sham controlled and so never pooled."""
    with_more = {row for row, result in RESULTS.items() if "traditional medicine" in result["answers"]["active_label"]}
    assert with_more == {"T057", "T064", "T069"}
    for row_id in with_more:
        assert RESULTS[row_id]["answers"]["certainty"] == "approximate"
        assert RESULTS[row_id]["answers"]["certainty_note"].startswith("Confounded")
    assert {RESULTS[row]["answers"]["certainty"] for row in ("T058", "T065", "T070")} == {"arm data"}


def test_a_day_is_given_only_with_a_printed_time_or_a_note_of_what_was_assumed():
    for row_id, result in RESULTS.items():
        answers = result["answers"]
        if answers["time_label"].startswith("time point 1") if isinstance(answers["time_label"], str) else False:
            assert answers["days_after_treatment"] == 0
            assert "not named by the source" in answers["certainty_note"], row_id
        elif isinstance(answers["time_label"], str) and answers["time_label"].startswith("time point"):
            assert answers["days_after_treatment"] == NOT_REPORTED, row_id


# ------------------------------------------------------------------------------------------------ records


def record_key(record: ingest.Record) -> str:
    """The key in the example's review, where the table's records come from the source "other"."""
    return record.key.replace("csv:", "other:")


def test_every_record_is_read(records):
    unreadable = [
        item
        for name in ("records.xml", "other_sources.csv")
        for item in ingest.read_records(DATA / name)
        if isinstance(item, ingest.Unreadable)
    ]
    assert unreadable == []
    assert len({record.key for record in records}) == len(records)
    assert sum(record.source == "pubmed" for record in records) == 157
    assert all(record.title for record in records)
    assert not any(record.notes for record in records)


def test_records_hold_no_indexing_that_was_not_known(records):
    for record in records:
        assert record.mesh == ()
        assert record.publication_types == ()
    dates = ET.parse(DATA / "records.xml").getroot().iter("PubMedPubDate")
    assert list(dates) == []


def test_the_facts_of_tms_records_are_those_of_the_shared_set(records, pubmed_records):
    compared = 0
    bibliography = yaml.safe_load((ROOT / "tools" / "demo_bibliography.yaml").read_text(encoding="utf-8"))
    elsewhere = {entry["id"] for entry in bibliography}
    for record in records:
        held = pubmed_records.get(record.source_id)
        if record.source != "pubmed" or record.source_id in elsewhere:
            continue
        assert held is not None, record.key
        assert record.title == html.unescape(held["Title"])
        assert record.year == held["Year"]
        assert record.journal in (html.unescape(held["Journal"]), html.unescape(held["Jrnl"]))
        assert (record.doi or "") == (held["DOI"] or "").lower()
        assert len(record.authors) == held["Authors"]["N"]
        compared += 1
    assert compared == 119


def test_a_title_that_is_not_held_cannot_be_taken_for_one():
    bibliography = yaml.safe_load((ROOT / "tools" / "demo_bibliography.yaml").read_text(encoding="utf-8"))
    for entry in bibliography:
        assert ("title" in entry) == ("title_from" in entry), entry["id"]
        assert ("title" in entry) != ("about" in entry), entry["id"]
    xml = (DATA / "records.xml").read_text(encoding="utf-8")
    for entry in bibliography:
        if "about" in entry and entry["where"] == "pubmed":
            assert re.search(rf"\[Title not held in this example: [^\]]*{re.escape(entry['about'])}\]", xml)


def test_every_text_in_place_of_an_abstract_says_that_it_was_written_for_the_example(records):
    for record in records:
        assert not record.abstract or record.abstract.startswith("SUMMARY WRITTEN FOR THIS EXAMPLE: "), record.key


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.casefold())


def _shingles(text: str, size: int = 8) -> set[tuple[str, ...]]:
    words = _words(text)
    return {tuple(words[start : start + size]) for start in range(len(words) - size + 1)}


def test_no_eight_words_in_a_row_come_from_an_abstract(pubmed_records):
    shipped: set[tuple[str, ...]] = set()
    titles: set[tuple[str, ...]] = set()
    for path in TEXTS:
        shipped |= _shingles(path.read_text(encoding="utf-8"))
    for entry in pubmed_records.values():
        titles |= _shingles(entry["Title"])
    for pmid, entry in pubmed_records.items():
        copied = (_shingles(entry["Abstract"] or "") & shipped) - titles
        assert not copied, f"{pmid}: {[' '.join(words) for words in copied][:3]}"


def test_no_eight_words_in_a_row_come_from_the_open_full_texts():
    shipped: set[tuple[str, ...]] = set()
    for path in TEXTS:
        shipped |= _shingles(path.read_text(encoding="utf-8"))
    with gzip.open(shared("data/pain_rct_fulltext/nxml/PMC3750766.nxml.gz"), "rt", encoding="utf-8") as file:
        text = re.sub(r"<[^>]+>", " ", re.sub(r"<article-title>.*?</article-title>", " ", file.read()))
    places = set().union(*(_shingles(result["answers"]["page"]) for result in RESULTS.values()))
    assert not (_shingles(text) & shipped) - places  # the names of a table's columns say where a number stands


def test_duplicates_are_the_same_report_from_another_site_and_one_pair_needs_a_person(records):
    found = ingest.find_duplicates(records)
    keys = [record_key(record) for record in records]
    assert {tuple(keys[i] for i in group) for group in found.groups} == {
        ("pubmed:27260638", "other:X41"),
        ("pubmed:23963471", "other:X43"),
        ("pubmed:24755729", "other:X44"),
        ("pubmed:31593002", "other:X42"),  # "5 daily sessions" and "five daily sessions"
    }
    assert {tuple(keys[i] for i in pair.pair) for pair in found.unsure} == {
        ("pubmed:29542208", "other:X45"),
    }


# ------------------------------------------------------------------------------------------------ screening


@pytest.fixture(scope="module")
def decisions() -> list[dict[str, str]]:
    with (DATA / "decisions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_decisions_name_records_reasons_and_indications_that_exist(decisions, records, review):
    keys = {record_key(record) for record in records}
    reasons = {reason.key for reason in review.screening.exclusion_reasons}
    indications = {indication.key for indication in review.indications}
    for row in decisions:
        assert row["report"] in keys
        assert (row["reason"] in reasons) == (row["verdict"] == "exclude"), row
        assert set(row["indications"].split()) <= indications
        assert bool(row["indications"]) == (row["verdict"] != "exclude"), row


def test_most_conflicts_are_settled_by_a_third_person_and_some_are_left(decisions):
    votes: dict[str, set[bool]] = {}
    settled = set()
    for row in decisions:
        if row["stage"] == "title_abstract":
            if row["resolution"] == "yes":
                assert row["reviewer"] == "example-lead"
                assert row["note"]
                settled.add(row["report"])
            else:
                votes.setdefault(row["report"], set()).add(row["verdict"] == "exclude")
    conflicts = {report for report, verdicts in votes.items() if len(verdicts) == 2}
    assert len(conflicts) == 11
    assert settled < conflicts
    assert len(conflicts - settled) == 3


def test_no_reviewer_votes_twice_on_a_report(decisions):
    votes = [(row["report"], row["stage"], row["reviewer"]) for row in decisions]
    assert len(votes) == len(set(votes))


def test_some_reports_are_left_for_whoever_tries_the_example(decisions, records):
    screened = {row["report"] for row in decisions}
    left = {record_key(record) for record in records} - screened
    assert len([key for key in left if key.startswith("other:X4")]) == 5  # the duplicates go with their report
    assert len(left) >= 15


def test_studies_were_included_at_both_stages(decisions):
    included = {(row["report"], row["stage"]) for row in decisions if row["verdict"] == "include"}
    for study in STUDIES:
        for report in study["reports"]:
            assert (report, "title_abstract") in included
            assert (report, "full_text") in included


def test_two_extractors_differ_on_a_few_results_and_most_of_them_are_settled():
    differing = {row for row, result in RESULTS.items() if "second" in result}
    settled = {row for row, result in RESULTS.items() if "settled" in result}
    assert differing == {"T001", "U039", "U065", "U082"}
    assert differing - settled == {"U082"}
    assert {row for row, result in RESULTS.items() if result.get("waiting")} == {"T006"}
    assert RESULTS["U082"]["answers"]["certainty"] == "sensitivity only"


def test_rtms_against_botulinum_toxin_is_excluded_and_not_extracted(decisions, trial_rows):
    assert trial_rows["T024"]["study"] == "Shehata"
    assert "T024" not in RESULTS
    assert "U054" not in RESULTS
    (reason,) = {row["reason"] for row in decisions if row["report"] == "other:X22" and row["stage"] == "full_text"}
    assert reason == "wrong_comparator"
