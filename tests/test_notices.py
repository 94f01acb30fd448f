"""Retractions, expressions of concern and corrections of reports, from the record to the pool."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.notices import Notice, NoticeKind, notices
from ingest.record import Link, Record
from tests.trial_answers import Bench, row_range
from workbench.extraction import Study
from workbench.results.notices import study_notices
from workbench.store import Store
from workbench.synthesis import Analysis, AnalysisResult, Contrast, analyse
from workbench.synthesis.flags import flagged

MAIN = Analysis(indication="neuropathic_pain", outcome="pain_intensity", window="short", measure="SMD")
PAPER = Record(source="pubmed", source_id="16354850", pmid="16354850", title="A trial of rTMS in pain")


@pytest.mark.parametrize(
    ("type_", "kinds"),
    [
        ("RetractionIn", [NoticeKind.RETRACTED]),
        ("ExpressionOfConcernIn", [NoticeKind.CONCERN]),
        ("ErratumIn", [NoticeKind.CORRECTED]),
        ("CorrectedandRepublishedIn", [NoticeKind.REPUBLISHED]),
        ("RetractedandRepublishedIn", [NoticeKind.RETRACTED, NoticeKind.REPUBLISHED]),
        ("UpdateIn", [NoticeKind.UPDATED]),
    ],
)
def test_each_kind_of_link_is_told_with_its_notice(type_: str, kinds: list[NoticeKind]) -> None:
    paper = replace(PAPER, links=(Link(type=type_, pmid="18842931", citation="J Pain. 2008;9:1"),))
    found = notices(paper)
    assert [notice.kind for notice in found] == kinds
    assert all("18842931" in notice.words and "J Pain. 2008;9:1" in notice.words for notice in found)


@pytest.mark.parametrize("type_", ["RetractionOf", "ErratumFor", "CommentIn", "CommentOn", "Cites", "UpdateOf"])
def test_a_link_that_tells_of_another_paper_is_no_notice_about_this_one(type_: str) -> None:
    assert notices(replace(PAPER, links=(Link(type=type_, pmid="1"),))) == ()


def test_a_retraction_told_by_type_and_by_link_is_one_notice_and_by_type_alone_is_one_too() -> None:
    link = Link(type="RetractionIn", citation="Pain. 2009;1:2")  # PubMed does not always give the notice's PMID
    (by_both,) = notices(replace(PAPER, retracted=True, links=(link,)))
    assert by_both.words == "The report pubmed:16354850 was retracted: Pain. 2009;1:2."
    (by_type,) = notices(replace(PAPER, retracted=True))
    assert by_type.words == "The report pubmed:16354850 was retracted."
    assert notices(replace(PAPER, retraction_notice=True)) == ()


@given(st.lists(st.builds(Link, type=st.sampled_from(["RetractionIn", "ErratumIn", "UpdateIn", "CommentIn"]))))
def test_the_gravest_comes_first_and_none_is_told_twice(links: list[Link]) -> None:
    found = notices(replace(PAPER, links=tuple(links)))
    assert [notice.kind for notice in found] == sorted(
        {notice.kind for notice in found}, key=lambda kind: list(NoticeKind).index(kind)
    )


def test_a_studys_notices_come_from_every_record_of_its_reports(store: Store) -> None:
    run = store.begin_search("s", "q")
    retracted = replace(PAPER, links=(Link(type="RetractionIn", pmid="18842931"),))
    copy = Record(source="export", source_id="7", title=PAPER.title)
    store.add_records(run, "s", [(copy, None), (retracted, None)])
    store.link_duplicates([[copy.key, retracted.key]])
    study = Study(
        id="t", label="Trial 2005", reports=(), created_by="anna", created_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    store.add_study(study)
    assert study_notices(store) == {}
    store.link_report(study.id, copy.key, by="anna")
    assert study_notices(store) == {
        study.id: (Notice(record=retracted.key, kind=NoticeKind.RETRACTED, pmid="18842931"),)
    }


@pytest.fixture(scope="session")
def review_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("notices") / "review"


def _trials(folder) -> Bench:
    bench = Bench(folder)
    bench.rows(row_range(46, 52), days_after_treatment=0)
    return bench


def _with_notice(bench: Bench, kind: NoticeKind) -> tuple[tuple[Contrast, ...], str]:
    """The contrasts, one trial of the main pool having got a notice, and that trial's name."""
    plain = bench.contrasts()
    study = analyse(plain, MAIN, bench.review).rows[0].contrast.study
    told = tuple(
        replace(item, notices=(Notice(record="pubmed:1", kind=kind, pmid="2"),)) if item.study == study else item
        for item in plain
    )
    return flagged(told, bench.review), study


def _made(bench: Bench, contrasts: tuple[Contrast, ...], *exclude: str) -> AnalysisResult:
    return analyse(contrasts, replace(MAIN, exclude_flags=exclude), bench.review)


def test_a_retracted_trial_leaves_the_pool_with_its_reason_and_the_pool_with_it_is_shown(review_folder) -> None:
    bench = _trials(review_folder)
    before = analyse(bench.contrasts(), MAIN, bench.review)
    contrasts, study = _with_notice(bench, NoticeKind.RETRACTED)
    result = _made(bench, contrasts, "not_sham_controlled", "retracted")
    assert study not in result.studies
    (why,) = {item.reason for item in result.excluded if item.contrast.study == study and item.code == "flag"}
    assert why.startswith("The report pubmed:1 was retracted: PMID 2.")
    run = next(run for run in result.sensitivity if run.name == "With results from a retracted report")
    assert run.pool is not None
    assert before.pool is not None
    assert run.pool.estimate == before.pool.estimate
    assert result.pool is not None
    assert result.pool.estimate != before.pool.estimate


def test_where_a_review_keeps_retracted_trials_the_pool_without_them_is_shown(review_folder) -> None:
    bench = _trials(review_folder)
    contrasts, study = _with_notice(bench, NoticeKind.RETRACTED)
    kept = _made(bench, contrasts, "not_sham_controlled")
    left_out = _made(bench, contrasts, "not_sham_controlled", "retracted")
    assert study in kept.studies
    run = next(run for run in kept.sensitivity if run.name == "Without results from a retracted report")
    assert run.pool is not None
    assert left_out.pool is not None
    assert run.pool.estimate == left_out.pool.estimate
    assert any("Flagged results" in warning for warning in kept.warnings)


def test_a_concern_is_flagged_and_a_correction_is_mentioned(review_folder) -> None:
    bench = _trials(review_folder)
    concern, study = _with_notice(bench, NoticeKind.CONCERN)
    result = _made(bench, concern, "not_sham_controlled", "retracted")
    assert study in result.studies
    assert any(run.name == "Without results from a report with an expression of concern" for run in result.sensitivity)
    corrected, _ = _with_notice(bench, NoticeKind.CORRECTED)
    flag = next(flag for item in corrected if (flag := item.flag("corrected")))
    assert flag.level == "info"
    assert "Compare the extracted numbers" in flag.message
