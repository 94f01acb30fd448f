"""Where records were identified, for the PRISMA 2020 flow: databases, registers, citation searching, other ways."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.review_facts import NOW, entry, key
from workbench.extraction import Study
from workbench.prisma import PrismaError
from workbench.results import flow_csv, prisma_counts, review_flow
from workbench.results.flow import identified_by, report_facts
from workbench.results.flow_table import CSV_COLUMNS
from workbench.review import ReviewDefinition, init_review, load_review
from workbench.review.definition import EarlierVersion
from workbench.screening import Stage, Verdict, decide
from workbench.store import SearchKind, Store


def find(store: Store, strategy: str, kind: SearchKind, *numbers: int, source: str = "PubMed") -> None:
    run = store.begin_search(strategy, "rTMS", kind=kind, source=source)
    store.add_records(run, strategy, [(entry(number), None) for number in numbers])
    store.finish_search(run)


def test_each_record_counts_where_it_was_identified_databases_first(store: Store, tmp_path: Path) -> None:
    review = load_review(init_review(tmp_path / "review", "rtms-pain"))
    find(store, "citation searching: similar", "citation searching", 1, 2, 3)
    find(store, "fibromyalgia", "database", 1, 4)
    find(store, "file: trials", "register", 3, 5, source="trials")
    find(store, "PMID list: a colleague", "other", 6, 1)
    find(store, "PMID list: Embase", "database", 7)
    counted = prisma_counts(store, review)
    assert counted["database_specific_results"] == {"Embase": 1, "pubmed": 2}
    assert counted["register_specific_results"] == {"trials": 2}
    assert (counted["citations_results"], counted["other_results"]) == (1, 1)
    assert [fact.sources for fact in report_facts(store, review)][:3] == [
        ("pubmed",),
        ("citation searching: similar",),
        ("trials",),
    ]


def test_a_name_that_stands_for_two_kinds_of_source_says_which(store: Store) -> None:
    find(store, "file: one", "database", 1, source="one")
    find(store, "PMID list: pubmed", "other", 2)
    names, kinds = identified_by(store)
    assert (names[key(1)], names[key(2)]) == ("pubmed", "pubmed (other)")
    assert (kinds["pubmed"], kinds["pubmed (other)"]) == ("database", "other")


# --- what the store says of stops, retrieval, indications and days ----------------------------------------------------

PAIN, MIGRAINE = "neuropathic_pain", "migraine"
EARLIER = NOW - timedelta(days=100)


def search(store: Store, indication: str, *numbers: int, day: datetime = NOW) -> None:
    run = store.begin_search(indication, "rTMS", day, indication=indication)
    store.add_records(run, indication, [(entry(number), None) for number in numbers], now=day)
    store.finish_search(run, now=day)


def say(store: Store, number: int, verdict: Verdict, *tags: str, full_text: bool = False, reason: str = "") -> None:
    stage = Stage.FULL_TEXT if full_text else Stage.TITLE_ABSTRACT
    for reviewer in ("ana", "ben"):
        store.add_decision(
            decide(key(number), reviewer, verdict, stage=stage, indications=tags, reason=reason or None, now=NOW)
        )


@pytest.fixture
def review(tmp_path: Path) -> ReviewDefinition:
    return load_review(init_review(tmp_path / "review", "rtms-pain"))


def test_a_signed_stop_stands_in_the_flow_until_it_is_lifted(store: Store, review: ReviewDefinition) -> None:
    search(store, PAIN, 1, 2, 3)
    say(store, 1, Verdict.EXCLUDE)
    store.sign_stop(
        "stop",
        Stage.TITLE_ABSTRACT,
        [key(2), key(3)],
        indication=None,
        signed="Ana Example",
        reason="recall is enough",
        evidence={},
        by="ana",
        now=NOW,
    )
    counted = prisma_counts(store, review)
    assert (counted["records_not_screened"], counted["records_screened"], counted["status"]) == (2, 1, "complete")
    assert counted["stops"] == [
        {"signed": "Ana Example", "at": NOW.isoformat(), "records": 2, "reason": "recall is enough"}
    ]
    say(store, 2, Verdict.EXCLUDE)
    assert prisma_counts(store, review)["records_not_screened"] == 1
    store.lift_stop("stop", reason="a new search", by="ana", now=NOW)
    counted = prisma_counts(store, review)
    assert (counted["records_not_screened"], counted["undecided"], counted["stops"]) == (0, 1, [])


def test_a_text_that_could_not_be_had_is_not_retrieved(store: Store, review: ReviewDefinition) -> None:
    search(store, PAIN, 1, 2)
    say(store, 1, Verdict.INCLUDE)
    say(store, 2, Verdict.INCLUDE)
    store.set_retrieval(key(1), "not_retrieved", "asked the authors twice", by="ana", now=NOW)
    say(store, 2, Verdict.EXCLUDE, full_text=True, reason="not_retrieved")
    counted = prisma_counts(store, review)
    assert (counted["dbr_sought_reports"], counted["dbr_notretrieved_reports"], counted["dbr_assessed"]) == (2, 2, 0)
    assert counted["dbr_excluded"] == {}


def test_indications_come_from_searches_tags_and_results(store: Store, review: ReviewDefinition) -> None:
    search(store, PAIN, 1, 2, 3)
    search(store, MIGRAINE, 4)
    for number, tag in ((1, PAIN), (2, MIGRAINE)):
        say(store, number, Verdict.INCLUDE, tag)
        say(store, number, Verdict.INCLUDE, tag, full_text=True)
    say(store, 3, Verdict.INCLUDE)  # nobody said what it belongs to
    say(store, 3, Verdict.INCLUDE, full_text=True)
    for number in (1, 2, 3):
        store.add_study(
            Study(id=f"s{number}", label=f"S{number}", reports=(key(number),), created_by="ana", created_at=NOW)
        )
    before = prisma_counts(store, review, indication=PAIN)
    assert (before["new_reports"], before["new_studies"], before["records_of_other_indications"]) == (2, 2, 1)
    store.add_result("s3", "parallel_means", MIGRAINE, by="ana", id="r3", now=NOW)
    after = prisma_counts(store, review, indication=PAIN)
    assert (after["new_reports"], after["dbr_of_other_indications"]) == (1, 1)
    migraine = prisma_counts(store, review, indication=MIGRAINE)
    assert (migraine["new_reports"], migraine["new_studies"], migraine["records_screened"]) == (2, 2, 3)
    with pytest.raises(PrismaError, match="no indication 'tinnitus'"):
        prisma_counts(store, review, indication="tinnitus")


def test_an_update_counts_from_the_day_on_which_records_came(store: Store, review: ReviewDefinition) -> None:
    search(store, PAIN, 1, 2, day=EARLIER)
    search(store, PAIN, 1, 2, 3)  # finding a record again brings nothing
    for number in (1, 3):
        say(store, number, Verdict.INCLUDE)
        say(store, number, Verdict.INCLUDE, full_text=True)
    counted = prisma_counts(store, review, since=NOW.date())
    assert (counted["records_screened"], counted["new_reports"]) == (1, 1)
    assert (counted["previous_reports"], counted["undecided_previous"], counted["total_reports"]) == (1, 1, 2)


def test_what_an_earlier_version_had_found_is_in_the_flow_of_the_whole_review(
    store: Store, review: ReviewDefinition
) -> None:
    known = review.model_copy(update={"earlier": EarlierVersion(studies=27, reports=31)})
    search(store, PAIN, 1)
    counted = prisma_counts(store, known)
    assert (counted["previous_studies"], counted["previous_reports"], counted["total_studies"]) == (27, 31, 27)
    assert prisma_counts(store, known, indication=PAIN)["previous_studies"] == 0


# --- the table --------------------------------------------------------------------------------------------------------


def test_the_csv_table_is_one_that_the_r_package_finds_its_rows_in(store: Store, review: ReviewDefinition) -> None:
    """The package takes the rows in whose first column a name occurs, even as a part: each must occur once."""
    search(store, PAIN, 1, 2, 3)
    find(store, "PMID list: =2+3", "other", 4)
    for number, reason in ((1, "wrong_design"), (2, "wrong_outcome")):
        say(store, number, Verdict.INCLUDE)
        say(store, number, Verdict.EXCLUDE, full_text=True, reason=reason)
    flow = review_flow(store, review)
    body = flow_csv(flow, review)
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    assert tuple(rows[0]) == CSV_COLUMNS
    counted = flow.as_dict()
    for name in [row["data"] for row in rows if row["data"] in counted]:
        (found,) = [row for row in rows if name in row["data"]]
        if name not in ("dbr_excluded", "other_excluded"):
            assert found["n"] == str(counted[name]), name
    (excluded,) = [row["n"] for row in rows if row["data"] == "dbr_excluded"]
    assert excluded == "No outcome of interest, 1; Not a randomised trial, 1"
    assert {row["workbench"] for row in rows} >= {"other_duplicates", "status", "records_undecided"}
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
