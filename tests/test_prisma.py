"""The numbers of the PRISMA 2020 flow."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.extraction import Study
from workbench.prisma import PrismaError, ReportFact, count
from workbench.screening import State

NOW = datetime(2026, 3, 1, tzinfo=UTC)
IN, OUT, OPEN, SPLIT = State.INCLUDED, State.EXCLUDED, State.PENDING, State.CONFLICT


def report(
    number: int,
    title_abstract: State,
    full_text: State = OPEN,
    reason: str | None = None,
    *,
    sources: tuple[str, ...] = ("pubmed",),
) -> ReportFact:
    keys = tuple(f"{source}:{number}-{copy}" for copy, source in enumerate(sources))
    return ReportFact(
        key=keys[0],
        records=keys,
        sources=sources,
        title_abstract=title_abstract,
        full_text=full_text,
        full_text_reason=reason,
    )


def study(label: str, *reports: str) -> Study:
    return Study(id=label, label=label, reports=reports, created_by="ana", created_at=NOW)


FINISHED = [
    report(1, IN, IN, sources=("pubmed", "embase")),
    report(2, IN, IN),
    report(3, IN, OUT, "no_sham", sources=("embase",)),
    report(4, IN, OUT, "not_rtms"),
    report(5, IN, OUT, "not_retrieved"),
    report(6, OUT, sources=("pubmed", "embase", "ctgov")),
    report(7, OUT),
]


def test_a_finished_review_adds_up_by_hand() -> None:
    flow = count(
        FINISHED,
        [study("Ana 2020", "embase:1-1", "pubmed:2-0"), study("Ben 2021", "pubmed:7-0")],
        kinds={"ctgov": "register"},
        reason_order=("not_rtms", "no_sham"),
    )
    assert not flow.in_progress
    counted = flow.as_dict()
    assert counted["status"] == "complete"
    assert counted["database_specific_results"] == {"embase": 3, "pubmed": 6}
    assert counted["database_results"] == 9
    assert counted["register_results"] == 1
    assert counted["duplicates"] == 3  # 10 records, 7 reports
    assert counted["records_screened"] == 7
    assert counted["records_excluded"] == 2
    assert counted["dbr_sought_reports"] == 5
    assert counted["dbr_notretrieved_reports"] == 1
    assert counted["dbr_assessed"] == 4
    assert list(counted["dbr_excluded"].items()) == [("not_rtms", 1), ("no_sham", 1)]
    assert counted["new_reports"] == 2
    assert counted["new_studies"] == 1  # two reports of one trial; the other study's report was excluded


def test_what_nobody_decided_is_shown_and_not_fudged() -> None:
    flow = count([*FINISHED, report(8, OPEN), report(9, SPLIT), report(10, IN, OPEN), report(11, IN, SPLIT)])
    assert flow.in_progress
    counted = flow.as_dict()
    assert counted["status"] == "in progress"
    assert counted["undecided_screening"] == 2
    assert counted["undecided_full_text"] == 2
    assert counted["conflicts"] == 2
    assert counted["dbr_assessed"] == 4  # those still open are not among the assessed


def test_an_included_report_without_a_study_leaves_the_count_of_studies_open() -> None:
    flow = count([report(1, IN, IN)])
    assert (flow.new_reports, flow.new_studies, flow.reports_without_study) == (1, 0, 1)
    assert flow.in_progress


def test_other_methods_have_their_own_column() -> None:
    kinds = {"site": "website", "refs": "citations"}
    facts = [
        report(1, IN, IN, sources=("site",)),
        report(2, IN, OUT, "no_sham", sources=("refs", "refs")),
        report(3, IN, IN, sources=("pubmed", "refs")),  # the database found it too: it flows there
    ]
    flow = count(facts, kinds=kinds)  # type: ignore[arg-type]
    counted = flow.as_dict()
    assert (counted["website_results"], counted["citations_results"], counted["database_results"]) == (1, 3, 1)
    assert (counted["records_screened"], counted["duplicates"]) == (1, 0)
    assert (counted["other_sought_reports"], counted["other_assessed"]) == (2, 2)
    assert counted["other_excluded"] == {"no_sham": 1}
    assert counted["new_reports"] == 2


def test_machine_exclusions_are_not_reviewers_exclusions() -> None:
    removed = [replace(report(8, OPEN), removed="automatic"), replace(report(9, OUT), removed="other")]
    counted = count([*FINISHED, *removed]).as_dict()
    assert (counted["excluded_automatic"], counted["excluded_other"]) == (1, 1)
    assert (counted["records_screened"], counted["records_excluded"]) == (7, 2)
    assert counted["undecided"] == 0


def test_an_exclusion_without_a_reason_is_counted_as_such() -> None:
    assert count([report(1, IN, OUT)]).as_dict()["dbr_excluded"] == {"": 1}


def test_a_living_review_adds_its_earlier_versions() -> None:
    flow = count([report(1, IN, IN)], [study("Ana 2020", "pubmed:1-0")], previous_studies=27, previous_reports=31)
    assert (flow.total_studies, flow.total_reports) == (28, 32)


def test_numbers_that_do_not_add_up_are_refused() -> None:
    flow = count(FINISHED)
    with pytest.raises(PrismaError, match="screened = identified - removed"):
        replace(flow.databases, duplicates=0)


def test_an_empty_review_is_all_zeros() -> None:
    assert count([]).as_dict()["records_screened"] == 0


facts = st.lists(
    st.builds(
        report,
        st.integers(0, 10**6),
        st.sampled_from(State),
        st.sampled_from(State),
        st.sampled_from([None, "no_sham", "not_retrieved"]),
        sources=st.lists(st.sampled_from(["pubmed", "ctgov", "site", "refs"]), min_size=1, max_size=4).map(tuple),
    ),
    max_size=40,
    unique_by=lambda fact: fact.key.partition(":")[2],
)


@given(facts=facts)
def test_every_record_is_somewhere(facts: list[ReportFact]) -> None:
    """The identities are asserted on construction; and over both columns, records and reports are all accounted for."""
    kinds = {"ctgov": "register", "site": "website", "refs": "citations"}
    flow = count(facts, kinds=kinds)  # type: ignore[arg-type]
    columns = (flow.databases, flow.other)
    assert sum(column.identified for column in columns) == sum(len(fact.records) for fact in facts)
    assert sum(column.screened for column in columns) == len(facts)
    ends = [
        column.excluded + column.undecided + column.not_retrieved + column.undecided_full_text + column.included
        for column in columns
    ]
    reasons = sum(n for column in columns for n in column.excluded_reports.values())
    assert sum(ends) + reasons == len(facts)
