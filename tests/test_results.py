"""From settled facts to figures and files, on the worked example: what is drawn is what was pooled, and leads back."""

from __future__ import annotations

import csv
import html
import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from workbench.demo.run import run_demo
from workbench.plots.figure import figure_rows
from workbench.results import (
    analyse_review,
    combined,
    forest_figure,
    in_work,
    prisma_counts,
    results_json,
    sheet_figure,
    trace,
    write_results,
)
from workbench.results.writing import EFFECT_COLUMNS, csv_bytes
from workbench.review import ReviewDefinition, load_review
from workbench.sheets import parse_sheet, pool_json
from workbench.store import Store
from workbench.synthesis import AnalysisResult, SynthesisError

pytestmark = pytest.mark.xdist_group("example")


@dataclass
class Example:
    out: Path
    store: Store
    review: ReviewDefinition
    results: tuple[AnalysisResult, ...]

    def result(self, indication: str, outcome: str, window: str) -> AnalysisResult:
        wanted = (indication, outcome, window)
        return next(r for r in self.results if (r.analysis.indication, r.analysis.outcome, r.analysis.window) == wanted)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Example]:
    out = tmp_path_factory.mktemp("example") / "out"
    run_demo(out, log=lambda _: None)
    review = load_review(out / "review")
    with Store.open(out / "review") as store:
        yield Example(out, store, review, analyse_review(out / "review", store, review))


def test_every_indication_has_a_result_or_a_plain_statement(example: Example) -> None:
    by_indication = {indication.key: [] for indication in example.review.indications}
    for result in example.results:
        by_indication[result.analysis.indication].append(result)
    for results in by_indication.values():
        assert results
        assert all(result.statement for result in results)
    for result in example.results:
        assert (forest_figure(result, example.review) is None) == (not result.rows)


def test_a_figure_shows_the_pooled_numbers_and_every_row(example: Example) -> None:
    for result in example.results:
        figure = forest_figure(result, example.review, current="1 Jan 2026")
        if figure is None:
            continue
        assert [study.label for study in figure.studies] == [row.label for row in result.rows]
        assert [study.estimate for study in figure.studies] == [row.yi for row in result.rows]
        assert figure.example_notice is not None
        assert figure.settings == result.settings
        assert figure.current_to == "1 Jan 2026"
        if result.pool is None:
            assert figure.summaries == ()
            assert all(study.weight is None for study in figure.studies)
            continue
        diamond = figure.summaries[-1]
        assert (diamond.estimate, diamond.low, diamond.high) == (
            result.pool.estimate,
            result.pool.ci_low,
            result.pool.ci_high,
        )
        # two studies say next to nothing about the spread of effects: no prediction interval is drawn
        drawn = (result.pool.pi_low, result.pool.pi_high) if result.pool.k >= 3 else (None, None)
        assert (diamond.pi_low, diamond.pi_high) == drawn
        assert sum(study.weight or 0 for study in figure.studies) == pytest.approx(100)


def test_study_intervals_are_normal_ones(example: Example) -> None:
    result = example.result("neuropathic_pain", "pain_intensity", "short")
    figure = forest_figure(result, example.review)
    assert figure is not None
    # z(.975) = 1.959963984540054
    assert figure.studies[0].low == pytest.approx(result.rows[0].yi - 1.959963984540054 * math.sqrt(result.rows[0].vi))


def test_the_favours_labels_stand_on_the_right_sides(example: Example) -> None:
    pain = forest_figure(example.result("neuropathic_pain", "pain_intensity", "short"), example.review)
    responders = forest_figure(example.result("migraine", "migraine_responders", "medium"), example.review)
    assert pain is not None
    assert responders is not None
    assert (pain.favours_left, pain.favours_right) == ("Favours rTMS", "Favours sham")  # less pain is better
    assert (responders.favours_left, responders.favours_right) == ("Favours sham", "Favours rTMS")


def test_doubtful_and_worked_out_rows_carry_their_marks(example: Example) -> None:
    figure = forest_figure(example.result("neuropathic_pain", "pain_intensity", "short"), example.review)
    assert figure is not None
    marks = {study.label: study.marks for study in figure.studies}
    pei = [found for label, found in marks.items() if label.startswith("Pei")]
    assert len(pei) == 2
    assert all({"flagged", "shared comparator"} <= set(found) for found in pei)
    assert "approximate" in next(found for label, found in marks.items() if label.startswith("Onesti"))
    without = [note for note in figure.notes if "standard error" in note]
    assert len(without) == 1
    assert "Pei 2019" in without[0]


def test_a_crossover_trial_is_marked(example: Example) -> None:
    figure = forest_figure(example.result("central_pain", "pain_intensity", "any"), example.review)
    assert figure is not None
    assert "crossover" in next(study.marks for study in figure.studies if study.label.startswith("Kang"))


def test_the_combined_figure_has_one_row_for_each_main_analysis(example: Example) -> None:
    figures = combined(example.results, example.review)
    rows = [row for figure in figures for row in figure_rows(figure) if row.kind in ("study", "summary")]
    main = {
        (r.analysis.indication, r.analysis.outcome)
        for r in example.results
        if r.rows
        and r.analysis.window == example.review.window_of(r.analysis.outcome).key
        and (r.pool or len(r.rows) == 1)
    }
    assert len([row for row in rows if row.estimate is not None]) == len(main)


def test_every_effect_leads_back_to_form_place_record_and_search(example: Example) -> None:
    for result in example.results:
        for row in result.rows:
            chain = dict(trace(example.store, row).lines())
            assert {"Effect", "Form", "Place", "Source", "Record", "Search", "Raw answer"} <= set(chain), row.label
            assert {"Extraction", "Consensus"} & set(chain)


def test_what_is_written_adds_up(example: Example, tmp_path: Path) -> None:
    files = write_results(tmp_path, example.store, example.review, example.results)
    assert all(file.exists() for file in files)
    assert not list(tmp_path.glob(".*"))
    rows = list(csv.DictReader(io.StringIO((tmp_path / "effects.csv").read_text(encoding="utf-8-sig"))))
    waiting = [row for row in rows if row["why_not"].endswith("the second extractor has not finished")]
    assert len(rows) - len(waiting) == sum(result.considered for result in example.results)
    assert [(row["study"], row["outcome"]) for row in waiting] == [("Quesada 2020", "")]
    assert tuple(rows[0]) == EFFECT_COLUMNS
    for row in rows:
        assert (row["pooled"] == "yes") != bool(row["why_not"])
    kept = json.loads((tmp_path / "results.json").read_text())
    assert kept == json.loads(json.dumps(results_json(example.results)))
    page = (tmp_path / "index.html").read_text()
    assert all(indication.label in page for indication in example.review.indications)
    assert "not to be cited" in page
    for result in example.results:
        for warning in result.warnings:
            assert html.escape(warning) in page
            if result.rows:
                assert html.escape(warning) in (tmp_path / f"{result.analysis.key}.html").read_text()
    for result in example.results:
        for ending in ("svg", "pdf", "png", "html", "csv"):
            assert (tmp_path / f"{result.analysis.key}.{ending}").exists() == bool(result.rows)


def test_unsettled_results_are_counted_and_tell_nothing(example: Example) -> None:
    waiting = [item for result in example.results for item in result.excluded if item.code == "not settled"]
    assert {item.contrast.study_label for item in waiting} == {"Farnes 2024"}  # in conflict: both have finished
    counted = in_work(example.out / "review", example.store, example.review)
    assert {label for labels in counted.values() for label in labels} == {"Quesada 2020"}
    for item in waiting:
        assert item.contrast.numbers == {}
        assert (item.contrast.quote, item.contrast.page, item.contrast.certainty_note) == ("", "", "")


def test_pythonmeta_agrees_wherever_it_offers_the_method(example: Example) -> None:
    checks = [result.cross_check for result in example.results if result.pool is not None]
    offered = [check for check in checks if check is not None and check.offered]
    assert offered
    assert all(check.agrees for check in offered)


def test_the_flow_adds_up_and_says_that_it_is_in_progress(example: Example) -> None:
    flow = prisma_counts(example.store, example.review)
    identified = flow["database_results"] + flow["citations_results"] + flow["website_results"]
    identified += flow["register_results"] + flow["organisation_results"] + flow["other_results"]
    assert identified == example.store.counts().records
    assert flow["status"] == "in progress"


def test_results_that_the_settings_no_longer_have_a_place_for_are_named(example: Example) -> None:
    from workbench.results import outside_settings

    folder = example.out / "review"
    assert outside_settings(folder, example.store, example.review) == ()
    kept = tuple(item for item in example.review.indications if item.key != "migraine")
    said = outside_settings(folder, example.store, example.review.model_copy(update={"indications": kept}))
    assert said
    assert all("migraine" in line for line in said)


def test_an_unknown_indication_is_refused_by_name(example: Example) -> None:
    with pytest.raises(SynthesisError, match="tinnitus"):
        analyse_review(example.out / "review", example.store, example.review, indication="tinnitus")


def test_subgroups_are_drawn_where_asked(example: Example) -> None:
    with pytest.raises(SynthesisError, match="phase of the moon"):
        analyse_review(example.out / "review", example.store, example.review, subgroup="phase of the moon")
    results = analyse_review(
        example.out / "review", example.store, example.review, indication="neuropathic_pain", subgroup="target"
    )
    result = next(r for r in results if len(r.subgroups) > 1)
    figure = forest_figure(result, example.review)
    assert figure is not None
    assert {study.subgroup for study in figure.studies} == {group.name for group in result.subgroups}
    drawn = [summary for summary in figure.summaries if summary.subgroup]
    assert [s.estimate for s in drawn] == [g.pool.estimate for g in result.subgroups if g.pool.k > 1]


def test_a_sheet_becomes_a_figure_with_what_was_left_out() -> None:
    sheet = parse_sheet("slab,yi,vi\nA,-1,0.2\nB,-0.4,0.1\nC,,\n", "sheet.csv")
    figure = sheet_figure(pool_json(sheet, None), title="T", favours=("Favours a", "Favours b"))
    assert [study.label for study in figure.studies] == ["A", "B"]
    assert any("C" in note for note in figure.notes)


def test_a_table_never_gives_a_spreadsheet_a_formula() -> None:
    text = csv_bytes(("a", "b"), [{"a": "=1+1", "b": -1.5}, {"a": "@SUM(A1)", "b": None}]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text)))[1:] == [["'=1+1", "-1.5"], ["'@SUM(A1)", ""]]
