"""The numbers of the PRISMA 2020 flow."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.extraction import Study
from workbench.prisma import PrismaError, ReportFact, StopFact, count, flow_boxes
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


# --- records that were not screened because of a stop -----------------------------------------------------------------


def stopped(number: int, **more: object) -> ReportFact:
    return replace(report(number, OPEN), not_screened=True, **more)  # type: ignore[arg-type]


def test_a_stop_is_a_box_of_its_own_with_who_signed_it() -> None:
    signed = StopFact(signed="Ada Example", at=NOW, reports=frozenset({"pubmed:20-0", "pubmed:21-0"}))
    flow = count([*FINISHED, stopped(20), stopped(21)], stops=[signed])
    counted = flow.as_dict()
    assert (counted["records_not_screened"], counted["records_screened"], counted["records_excluded"]) == (2, 7, 2)
    assert counted["undecided"] == 0
    assert [(stop["signed"], stop["records"]) for stop in counted["stops"]] == [("Ada Example", 2)]
    (box,) = [box for box in flow_boxes(flow) if box.key == "records_not_screened"]
    assert box.counts[0].label == "Records not screened: screening was stopped"
    assert box.notes == ("Signed: Ada Example, 2026-03-01",)


def test_a_vote_after_a_stop_counts_and_the_stop_does_not() -> None:
    counted = count([replace(stopped(20), title_abstract=OUT), replace(stopped(21), title_abstract=SPLIT)]).as_dict()
    assert (counted["records_not_screened"], counted["records_excluded"], counted["records_undecided"]) == (0, 1, 1)


def test_a_report_that_two_stops_name_counts_with_the_first() -> None:
    later = StopFact(signed="Ben", at=NOW + timedelta(days=1), reports=frozenset({"pubmed:20-0", "pubmed:21-0"}))
    first = StopFact(signed="Ada", at=NOW, reports=frozenset({"pubmed:20-0"}))
    flow = count([stopped(20), stopped(21)], stops=[later, first])
    assert [(stop.signed, stop.records) for stop in flow.stops] == [("Ada", 1), ("Ben", 1)]


def test_a_stop_over_both_columns_tells_each_column_its_own_number() -> None:
    stop = StopFact(signed="Ada", at=NOW, reports=frozenset({"pubmed:20-0", "refs:21-0", "refs:22-0"}))
    facts = [stopped(20), *(replace(report(n, OPEN, sources=("refs",)), not_screened=True) for n in (21, 22))]
    flow = count(facts, kinds={"refs": "citations"}, stops=[stop])
    assert [stop.records for column in (flow.databases, flow.other) for stop in column.stops] == [1, 2]
    assert [stop.records for stop in flow.stops] == [3]


def test_a_text_that_was_sought_in_vain_is_not_retrieved_until_somebody_reads_it() -> None:
    in_vain = [replace(report(n, IN, state), not_retrieved=True) for n, state in enumerate((OPEN, IN, SPLIT))]
    counted = count(in_vain).as_dict()
    assert (counted["dbr_notretrieved_reports"], counted["dbr_included"], counted["dbr_undecided_reports"]) == (1, 1, 1)


# --- other methods ----------------------------------------------------------------------------------------------------


def test_the_other_column_has_its_own_line_of_everything() -> None:
    sources = ("refs",)
    facts = [
        report(1, OUT, sources=("refs", "refs")),
        report(2, OPEN, sources=sources),
        report(3, IN, OPEN, sources=sources),
        report(4, IN, IN, sources=("pubmed", "refs")),  # its copy is a duplicate of what a database holds
    ]
    counted = count(facts, kinds={"refs": "citations"}).as_dict()
    assert counted["other_duplicates"] == 2
    assert (counted["other_records_screened"], counted["other_records_excluded"]) == (3, 1)
    assert (counted["other_records_undecided"], counted["other_undecided_reports"]) == (1, 1)
    assert counted["other_included"] == 0
    assert counted["other_specific_results"] == {"refs": 5}


# --- one indication ---------------------------------------------------------------------------------------------------


def of(fact: ReportFact, found: str, tags: str = "", at_screening: str | None = None) -> ReportFact:
    """A report found for some indications and tagged with some, each by a letter."""
    return replace(
        fact,
        found_for=frozenset(found),
        tagged=tuple(tags),
        tagged_at_screening=tuple(tags if at_screening is None else at_screening),
    )


def test_a_report_is_in_the_flow_it_was_found_for_or_tagged_with() -> None:
    facts = [
        of(report(1, OUT), "a"),
        of(report(2, IN, IN), "ab"),
        of(report(3, IN, IN), "b", "a"),  # found for another, and tagged with this one
        of(report(4, OUT), "b"),
        of(report(5, OPEN), ""),
    ]
    counted = count(facts, indication="a").as_dict()
    assert (counted["records_screened"], counted["records_excluded"], counted["dbr_included"]) == (3, 1, 2)
    assert counted["without_indication"] == 1
    assert counted["undecided_outside"] == 1
    assert count(facts, indication="b").as_dict()["records_screened"] == 3


def test_a_report_of_another_indication_leaves_visibly_at_its_stage() -> None:
    facts = [
        of(report(1, IN, IN), "a", "b"),  # the titles said so
        of(report(2, IN, IN), "a", "b", at_screening="a"),  # the full text said so
        of(report(3, IN, IN), "a", "b", at_screening=""),
        of(report(4, IN, OUT, "no_sham"), "a", "b"),
        of(report(5, IN, IN), "a", "ab"),
    ]
    counted = count(facts, indication="a").as_dict()
    assert counted["records_of_other_indications"] == 2
    assert counted["dbr_sought_reports"] == 3
    assert counted["dbr_of_other_indications"] == 2
    assert (counted["dbr_included"], counted["dbr_excluded"]) == (1, {})
    there = count(facts, indication="b").as_dict()
    assert (there["dbr_included"], there["dbr_excluded"]) == (4, {"no_sham": 1})


def test_the_last_word_on_an_indication_stands() -> None:
    facts = [of(report(1, IN, IN), "a", "a", at_screening="b")]
    assert count(facts, indication="a").as_dict()["dbr_included"] == 1


def test_tags_of_a_stage_that_is_not_settled_move_nothing() -> None:
    """One of two votes is one reviewer's word; others must not see it in the counts."""
    facts = [of(report(1, OPEN), "a", "b"), of(report(2, SPLIT), "a", "b"), of(report(3, OPEN), "b", "a")]
    counted = count(facts, indication="a").as_dict()
    assert (counted["records_undecided"], counted["records_of_other_indications"]) == (2, 0)
    assert counted["undecided_outside"] == 1


def test_results_of_a_study_say_its_indication_where_reviewers_did_not() -> None:
    facts = [of(report(1, IN, IN), "a"), of(report(2, IN, IN), "a"), of(report(3, IN, IN), "b", "b")]
    studies = [study("One", "pubmed:1-0"), study("Two", "pubmed:2-0"), study("Three", "pubmed:3-0")]
    results = {"One": {"b"}, "Three": {"a"}}
    flow = count(facts, studies, indication="a", study_indications=results)
    assert (flow.new_reports, flow.new_studies, flow.reports_without_study) == (2, 2, 0)
    assert flow.databases.elsewhere_full_text == 1
    there = count(facts, studies, indication="b", study_indications=results)
    assert (there.new_reports, there.new_studies) == (2, 2)


def test_nothing_of_another_indication_is_in_the_flow_of_the_whole_review() -> None:
    flow = count([of(report(1, IN, IN), "a", "b")])
    assert flow.databases.included == 1
    with pytest.raises(PrismaError, match="another indication"):
        replace(flow, databases=replace(flow.databases, included=0, elsewhere_full_text=1), new_reports=0)


# --- an update --------------------------------------------------------------------------------------------------------

BEFORE, SINCE, AFTER = NOW - timedelta(days=400), (NOW - timedelta(days=30)).date(), NOW


def seen(fact: ReportFact, *moments: datetime) -> ReportFact:
    return replace(fact, first_seen=moments)


def test_an_update_tells_what_is_new_from_what_was_included_before() -> None:
    facts = [
        seen(report(1, IN, IN), BEFORE),
        seen(report(2, IN, IN, sources=("pubmed", "embase")), BEFORE, AFTER),  # a copy came: a duplicate
        seen(report(3, IN, IN), AFTER),
        seen(report(4, IN, IN), AFTER),
        seen(report(5, OUT), BEFORE),
        seen(report(6, OUT), AFTER),
        seen(report(7, OPEN), BEFORE),
    ]
    studies = [study("Old", "pubmed:1-0", "pubmed:3-0"), study("Older", "pubmed:2-0"), study("New", "pubmed:4-0")]
    flow = count(facts, studies, since=SINCE, previous_studies=10, previous_reports=12)
    assert (flow.previous_studies, flow.previous_reports) == (12, 14)
    assert (flow.new_studies, flow.new_reports, flow.new_reports_of_previous_studies) == (1, 2, 1)
    assert (flow.total_studies, flow.total_reports) == (13, 16)
    counted = flow.as_dict()
    assert counted["database_specific_results"] == {"embase": 1, "pubmed": 3}
    assert (counted["duplicates"], counted["records_screened"], counted["records_excluded"]) == (1, 3, 1)
    assert counted["undecided_previous"] == 1
    assert flow.in_progress
    assert counted["since"] == SINCE.isoformat()


def test_a_record_of_the_day_itself_is_new_in_utc() -> None:
    midnight = datetime(2026, 2, 1, tzinfo=UTC)
    facts = [seen(report(1, OUT), midnight), seen(report(2, OUT), midnight - timedelta(seconds=1))]
    assert count(facts, since=midnight.date()).databases.screened == 1


def test_an_update_without_the_days_on_which_records_came_is_refused() -> None:
    with pytest.raises(PrismaError, match="pubmed:1-0 does not tell"):
        count([report(1, IN, IN)], since=SINCE)


tagged_facts = st.lists(
    st.builds(
        lambda number, title, text, reason, sources, found, tags, early, days, lost, gone: replace(
            of(report(number, title, text, reason, sources=sources), found, tags, early),
            first_seen=tuple(NOW - timedelta(days=days + copy) for copy in range(len(sources))),
            not_retrieved=lost,
            not_screened=gone,
        ),
        st.integers(0, 10**6),
        st.sampled_from(State),
        st.sampled_from(State),
        st.sampled_from([None, "no_sham", "not_retrieved"]),
        st.lists(st.sampled_from(["pubmed", "ctgov", "refs"]), min_size=1, max_size=3).map(tuple),
        st.sampled_from(["", "a", "b", "ab"]),
        st.sampled_from(["", "a", "b", "ab"]),
        st.sampled_from(["", "a", "b", None]),
        st.integers(25, 35),
        st.booleans(),
        st.booleans(),
    ),
    max_size=30,
    unique_by=lambda fact: fact.key.partition(":")[2],
)


@given(facts=tagged_facts, indication=st.sampled_from([None, "a", "b"]), since=st.sampled_from([None, SINCE]))
def test_every_flow_adds_up_and_old_and_new_make_the_whole(
    facts: list[ReportFact], indication: str | None, since: date | None
) -> None:
    kinds = {"ctgov": "register", "refs": "citations"}
    studies = [study(f"of {fact.key}", fact.key) for fact in facts[::2]]
    whole = count(facts, studies, kinds=kinds, indication=indication)  # type: ignore[arg-type]
    flow = count(facts, studies, kinds=kinds, indication=indication, since=since)  # type: ignore[arg-type]
    assert all(sum_.holds for part in (flow.databases, flow.other, flow) for sum_ in part.identities)
    assert (flow.total_reports, flow.total_studies) == (whole.new_reports, whole.new_studies)
    assert flow.undecided == whole.undecided
    assert flow.reports_without_study == whole.reports_without_study


@given(facts=tagged_facts)
def test_every_included_report_of_an_indication_is_one_of_the_review(facts: list[ReportFact]) -> None:
    whole = count(facts)
    parts = {key: count(facts, indication=key) for key in "ab"}
    assert max((part.new_reports for part in parts.values()), default=0) <= whole.new_reports
    unnamed = sum(
        fact.full_text is IN and fact.title_abstract is IN and not fact.found_for and not fact.tagged for fact in facts
    )
    assert sum(part.new_reports for part in parts.values()) >= whole.new_reports - unnamed


# --- boxes ------------------------------------------------------------------------------------------------------------


def test_boxes_and_counts_say_the_same_under_the_same_names() -> None:
    facts = [*FINISHED, report(8, OPEN, sources=("refs",)), report(9, IN, OPEN)]
    flow = count(facts, [study("Ana", "pubmed:1-0")], kinds={"refs": "other"}, previous_studies=1, previous_reports=2)
    counted = flow.as_dict()
    for box in flow_boxes(flow):
        for line in box.counts:
            named = counted[line.key]
            assert line.n == (sum(named.values()) if isinstance(named, dict) else named), line.key


def test_a_box_that_the_template_does_not_have_stands_there_only_when_needed() -> None:
    keys = {box.key for box in flow_boxes(count(FINISHED))}
    assert not {key for key in keys if "undecided" in key or "not_screened" in key or "indications" in key}
    assert not {key for key in keys if key.startswith(("other", "previous", "total"))}


def test_reasons_are_listed_in_the_reviews_order_by_their_labels() -> None:
    flow = count([*FINISHED, report(9, IN, OUT)], reason_order=("not_rtms", "no_sham"))
    (box,) = [box for box in flow_boxes(flow, reasons={"not_rtms": "Not rTMS"}) if box.key == "dbr_excluded"]
    assert box.counts[0].parts == (("Not rTMS", 1), ("no_sham", 1), ("No reason given", 1))
