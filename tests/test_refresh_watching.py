"""What a refresh sees beside new records: changes, notices, records that are gone, strategies read in another way."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.eutils import LocalServer, PubMed, Transport
from ingest.eutils.faults import Fault, status
from ingest.record import Record
from tests.refresh_documents import WORDS, article, document
from workbench.extraction import Study
from workbench.refresh import Progress, import_files, ledger_entry, request_log, run_refresh, whole_store
from workbench.refresh.alerts import Alert, acknowledge, alerts, take_back
from workbench.review import ReviewDefinition, init_review, load_review
from workbench.screening import Stage, Verdict, decide
from workbench.store import AddedRecords, Busy, DiskFull, NewAnswer, SearchRun, Store, StoreError

ONLY = ["fibromyalgia"]
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


BOTH = pytest.mark.parametrize(
    "engine_name", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)  # for what asks the database in a way of its own


@pytest.fixture
def engine_name() -> str:
    """What follows from the facts is the same on every engine: most tests run on one."""
    return "sqlite"


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> ReviewDefinition:
    return load_review(init_review(tmp_path_factory.mktemp("review") / "review", "rtms-pain"))


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer([document(*(article(pmid) for pmid in range(1, 6)))]) as running:
        yield running
        assert running.failures == []


def client(server: LocalServer, **settings: Any) -> PubMed:
    return PubMed(Transport(base_url=server.base_url, rate=1000, backoff=0.001, **settings))


def refresh(
    store: Store, review: ReviewDefinition, server: LocalServer, now: datetime = NOW, **more: Any
) -> dict[str, SearchRun]:
    runs = run_refresh(store, review, client(server), only=ONLY, now=lambda: now, **more)
    return {run.strategy: run for run in runs}


def include(store: Store, *numbers: int) -> None:
    for number in numbers:
        for stage in Stage:
            for reviewer in ("anna", "ben"):
                store.add_decision(decide(f"pubmed:{number}", reviewer, Verdict.INCLUDE, stage=stage))


def into_a_study(store: Store, number: int) -> None:
    store.add_study(
        Study(id=f"s{number}", label=f"Lind {number}", reports=(f"pubmed:{number}",), created_by="anna", created_at=NOW)
    )


# ------------------------------------------------------------------------------------------------ the included studies


def test_without_included_reports_there_is_no_entry_for_them(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    assert set(refresh(store, review, server)) == {"fibromyalgia"}


@pytest.mark.parametrize(
    ("link", "kind", "retracted"),
    [
        ("RetractionIn", "retracted", 1),
        ("ExpressionOfConcernIn", "expression of concern", 0),
        ("ErratumIn", "erratum", 0),
        ("CorrectedandRepublishedIn", "republished", 0),
        ("UpdateIn", "updated", 0),
    ],
)
def test_a_notice_about_an_included_report_is_seen_though_no_date_and_no_strategy_tells_of_it(
    store: Store, review: ReviewDefinition, server: LocalServer, link: str, kind: str, retracted: int
) -> None:
    refresh(store, review, server)
    include(store, 1)
    # Neither DateRevised moves, nor does the record match its strategy any longer.
    renamed = article(1, "Renamed", abstract="Nothing.", links=[(link, "77")])
    server.serve([document(renamed, *(article(pmid) for pmid in range(2, 6)))])
    refresh(store, review, server)  # looks for what is no longer listed
    server.serve([document(renamed.replace("7:77", "7:77; and more"), *(article(pmid) for pmid in range(2, 6)))])
    runs = refresh(store, review, server)
    assert set(runs) == {"fibromyalgia", "included studies"}
    assert (runs["included studies"].count, runs["included studies"].changed) == (1, 1)
    (alert,) = alerts(store)
    assert (alert.record, alert.kind, alert.included) == ("pubmed:1", kind, True)
    assert alert.run == runs["included studies"].id
    assert [found.pmid for found in alert.links] == ["77"]
    assert alert.citation.startswith("Lind A")
    assert sum(run.retracted for run in store.searches()) == retracted


def test_a_retraction_by_link_alone_shows_in_the_ledger_and_in_the_remarks(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    refresh(store, review, server)
    include(store, 1)
    told: list[str] = []
    server.serve([document(article(1, links=[("RetractionIn", "")]), *(article(pmid) for pmid in range(2, 6)))])
    run = refresh(store, review, server, tell=told.append)["included studies"]
    assert (run.status, run.changed, run.retracted) == ("complete", 1, 1)
    assert "The report pubmed:1 was retracted" in run.remarks
    assert run.error == ""
    assert any("The report pubmed:1 was retracted" in line for line in told)
    assert [change.fields[0][0] for change in store.record_changes("pubmed:1")] == ["retracted"]


@BOTH
def test_reports_under_appraisal_and_of_studies_are_watched_and_excluded_ones_are_not(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    refresh(store, review, server)
    for number in (1, 2, 3):
        for reviewer in ("anna", "ben"):
            store.add_decision(decide(f"pubmed:{number}", reviewer, Verdict.INCLUDE))
    for reviewer in ("anna", "ben"):
        store.add_decision(
            decide("pubmed:2", reviewer, Verdict.EXCLUDE, stage=Stage.FULL_TEXT, reason="wrong_population")
        )
    into_a_study(store, 5)
    run = refresh(store, review, server)["included studies"]
    (asked,) = [answer.requested for answer in store.raw_answers(run.id) if answer.kind == "efetch"]
    assert set(asked) == {"1", "3", "5"}


@BOTH
def test_an_included_record_that_pubmed_withdrew_is_an_alert(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    refresh(store, review, server)
    include(store, 1)
    server.serve([document(*(article(pmid) for pmid in range(2, 6)))])
    runs = refresh(store, review, server)
    assert sum(run.withdrawn for run in runs.values()) == 1
    (alert,) = alerts(store)
    assert (alert.kind, alert.included, alert.words) == (
        "withdrawn",
        True,
        "PubMed no longer has the record pubmed:1; what it said is kept.",
    )
    assert store.record("pubmed:1").title == "Stimulation and pain, trial 1"
    again = refresh(store, review, server)
    assert sum(run.withdrawn for run in again.values()) == 0
    server.serve([document(*(article(pmid) for pmid in range(1, 6)))])
    refresh(store, review, server)
    assert alerts(store) == ()
    assert store.withdrawn() == frozenset()


@BOTH
def test_an_alert_is_seen_by_a_person_until_more_stands_behind_it_or_they_take_it_back(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    refresh(store, review, server)
    into_a_study(store, 1)

    def only() -> Alert:
        (alert,) = alerts(store)
        return alert

    def serve(*links: tuple[str, str]) -> None:
        server.serve([document(article(1, links=links), *(article(pmid) for pmid in range(2, 6)))])
        refresh(store, review, server)

    serve(("ErratumIn", "71"))
    assert (only().studies, only().seen) == (("s1",), None)
    acknowledge(store, only(), by="anna", note="a figure's legend")
    seen = only().seen
    assert seen is not None
    assert (seen.by, seen.note) == ("anna", "a figure's legend")
    take_back(store, only(), by="ben")
    assert only().seen is None
    acknowledge(store, only(), by="ben")
    first = only().since
    serve(("ErratumIn", "71"), ("ErratumIn", "72"))
    assert only().seen is None
    assert only().since > first
    serve(("ErratumIn", "72"))  # PubMed took one back: what stands was seen with it, and then not
    acknowledge(store, only(), by="anna")
    assert only().seen is not None
    assert [event.action for event in store.history("pubmed:1") if "alert" in event.action] == [
        "alert seen",
        "alert no longer seen",
        "alert seen",
        "alert seen",
    ]
    with pytest.raises(StoreError, match="give a name"):
        acknowledge(store, only(), by=" ")


def test_alerts_come_gravest_first_and_those_of_included_reports_before_all(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    noticed = {1: ("ErratumIn",), 2: ("RetractionIn",), 3: ("RetractionIn", "ErratumIn"), 4: ("CommentIn",), 5: ()}
    server.serve([document(*(article(n, links=[(link, "70") for link in links]) for n, links in noticed.items()))])
    refresh(store, review, server)
    include(store, 1, 3)
    assert [(alert.record, alert.kind, alert.included) for alert in alerts(store)] == [
        ("pubmed:3", "retracted", True),
        ("pubmed:1", "erratum", True),
        ("pubmed:3", "erratum", True),
        ("pubmed:2", "retracted", False),
    ]


# --------------------------------------------------------------------------------------------------- the whole store


@BOTH
def test_every_record_is_fetched_again_once_a_month(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    day = timedelta(days=1)
    assert "all records" not in refresh(store, review, server, NOW)
    assert "all records" not in refresh(store, review, server, NOW + 29 * day)
    # A change that touches no date: only the monthly round can see it.
    server.serve([document(article(1, "Stimulation and pain, a corrected title"), *map(article, range(2, 6)))])
    assert refresh(store, review, server, NOW + 29 * day)["fibromyalgia"].changed == 0
    run = refresh(store, review, server, NOW + 31 * day)["all records"]
    assert (run.status, run.count, run.new, run.changed) == ("complete", 5, 0, 1)
    assert [found.strategy for found in store.found_by("pubmed:1")] == ["fibromyalgia"]  # looking again is not finding
    assert "all records" not in refresh(store, review, server, NOW + 60 * day)
    assert "all records" in refresh(store, review, server, NOW + 60 * day, everything=True)
    assert "all records" not in refresh(store, review, server, NOW + 99 * day, everything=False)
    assert "all records" in refresh(store, review, server, NOW + 99 * day)


def test_a_round_that_was_interrupted_goes_on_where_it_ended(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    refresh(store, review, server)
    pubmed = client(server, max_tries=1)
    whole = pubmed.fetch
    pubmed.fetch = lambda pmids, batch=2: whole(pmids, batch=batch)  # type: ignore[method-assign]

    def once(days: int) -> dict[str, SearchRun]:
        runs = run_refresh(store, review, pubmed, only=ONLY, everything=None, now=lambda: NOW + timedelta(days=days))
        return {run.strategy: run for run in runs}

    server.faults.append(Fault("efetch", len([r for r in server.requests if r.utility == "efetch"]) + 2, status(500)))
    assert once(31)["all records"].status == "failed"
    run = once(32)["all records"]
    assert run.status == "complete"
    assert "2 records had been fetched" in run.remarks
    asked = [answer.requested for answer in store.raw_answers(run.id) if answer.kind == "efetch"]
    assert asked == [("3", "4"), ("5",)]
    assert "all records" not in once(33)


# ------------------------------------------------------------------------------------------ strategies, their windows


def test_a_strategy_that_is_read_in_another_way_is_flagged_and_a_changed_text_is_noted(
    store: Store, review: ReviewDefinition, server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = refresh(store, review, server)["fibromyalgia"]
    again = refresh(store, review, server)["fibromyalgia"]
    assert (first.translation_changed, again.translation_changed, again.query_changed) == (False, False, False)
    pubmed = client(server)
    search = pubmed.search

    def otherwise(query: str, *, split: bool = False) -> Any:
        answer = search(query, split=split)
        return dataclasses.replace(answer, translation=answer.translation + " OR something[All Fields]")

    pubmed.search = otherwise  # type: ignore[method-assign]
    (run,) = run_refresh(store, review, pubmed, only=ONLY, now=lambda: NOW)
    assert (run.status, run.translation_changed, run.query_changed) == ("complete", True, False)
    assert "PubMed reads the strategy in another way" in run.remarks
    assert run.error == ""
    assert ledger_entry(run)["translation_changed"] is True
    # Once it has been flagged, that reading is the known one; a new text is another matter.
    (run,) = run_refresh(store, review, pubmed, only=ONLY, now=lambda: NOW)
    assert not run.translation_changed
    place = [indication.key for indication in review.indications].index("fibromyalgia")
    indication = review.indications[place].model_copy(update={"strategy": "rTMS[tiab] AND fibromyalgia[tiab]"})
    changed = review.model_copy(
        update={"indications": [*review.indications[:place], indication, *review.indications[place + 1 :]]}
    )
    run = refresh(store, changed, server)["fibromyalgia"]
    assert (run.query_changed, run.translation_changed) == (True, False)
    assert "the strategy's text is not that of the last complete run" in run.remarks


def test_a_strategy_beyond_what_pubmed_lists_is_split_and_all_of_it_comes_in(
    store: Store, review: ReviewDefinition
) -> None:
    many = document(*(article(pmid, created=f"{2000 + pmid}/3/4") for pmid in range(1, 24)))
    with LocalServer([many], cap=5) as server:
        pubmed = PubMed(Transport(base_url=server.base_url, rate=1000), cap=5)
        (run,) = run_refresh(store, review, pubmed, only=ONLY)
        assert (run.status, run.count, run.new) == ("complete", 23, 23)
        assert "ranges of create date" in run.remarks
        (run,) = run_refresh(store, review, pubmed, only=ONLY)
        assert (run.status, run.new, run.changed) == ("complete", 0, 0)


def test_the_window_moves_with_complete_runs_only_and_lies_over_clocks_and_calendars(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    def window() -> str:
        queries = [request.parameters.get("term", ("",))[0] for request in server.requests]
        return next(query for query in reversed(queries) if "[mdat]" in query)

    refresh(store, review, server, NOW)
    server.faults.append(Fault("esearch", 2, status(400)))
    failed = refresh(store, review, server, NOW + timedelta(days=7))["fibromyalgia"]
    assert failed.status == "failed"
    assert store.current_to()["fibromyalgia"] == NOW
    refresh(store, review, server, NOW + timedelta(days=14))
    assert '"2026/02/15"[mdat]' in window()  # 14 days before the last complete run, not before the failed one
    # 23:59 in Washington on the last day of summer time is the next day in UTC.
    eastern = datetime(2026, 11, 1, 4, 59, tzinfo=UTC)
    refresh(store, review, server, eastern)
    # A clock that ran ahead by years is put right: the run it dated is not believed.
    refresh(store, review, server, datetime(2031, 1, 1, tzinfo=UTC))
    refresh(store, review, server, eastern + timedelta(days=7))
    assert '"2026/10/18"[mdat]' in window()


def test_where_only_a_wrong_clock_dated_the_past_every_change_since_is_looked_for(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    """The first run was really made on 1 March; its clock was a year ahead."""
    refresh(store, review, server, NOW + timedelta(days=365))
    server.serve([document(article(1, "Another title", revised="2026/3/5"), *(article(n) for n in range(2, 6)))])
    later = NOW + timedelta(days=60)
    assert whole_store.due(store, later)
    assert refresh(store, review, server, later, everything=False)["fibromyalgia"].changed == 1
    assert refresh(store, review, server, later)["all records"].status == "complete"
    assert not whole_store.due(store, later)


def test_a_record_added_late_is_found_though_its_entry_date_is_old(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    refresh(store, review, server)
    late = article(6, created="1999/1/1", revised="1999/1/1")
    server.serve([document(late, *(article(pmid) for pmid in range(1, 6)))])
    assert refresh(store, review, server)["fibromyalgia"].new == 1


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"links": [("ErratumIn", "70")]}, ("links",)),
        ({"mesh": ["Fibromyalgia"]}, ("mesh",)),
        ({"title": "Another title"}, ("title",)),
        ({"doi": "10.1000/x"}, ("doi",)),
    ],
)
def test_what_changed_is_kept_field_by_field_and_a_date_alone_is_no_change(
    store: Store, review: ReviewDefinition, server: LocalServer, change: dict[str, Any], fields: tuple[str, ...]
) -> None:
    refresh(store, review, server)
    rest = [article(pmid) for pmid in range(2, 6)]
    server.serve([document(article(1, revised="2999/1/1"), *rest)])
    assert refresh(store, review, server)["fibromyalgia"].changed == 0
    server.serve([document(article(1, revised="2999/1/1", **change), *rest)])
    run = refresh(store, review, server)["fibromyalgia"]
    assert run.changed == 1
    (changed,) = store.record_changes("pubmed:1")
    assert (changed.number, changed.run) == (2, run.id)
    assert tuple(name for name, _, _ in changed.fields) == fields
    assert all(before != after for _, before, after in changed.fields)
    assert [(brought.record, brought.number) for brought in store.brought(run.id)] == [("pubmed:1", 2)]


# ------------------------------------------------------------------------------------------------- vanished and merged


def test_a_withdrawn_record_that_is_listed_again_is_no_longer_withdrawn(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    refresh(store, review, server)
    server.serve([document(*(article(pmid) for pmid in range(2, 6)))])
    refresh(store, review, server, NOW + timedelta(days=7))
    assert store.withdrawn() == {"pubmed:1"}
    server.serve([document(*(article(pmid) for pmid in range(1, 6)))])
    run = refresh(store, review, server, NOW + timedelta(days=14))["fibromyalgia"]
    assert (run.status, run.new, run.changed, run.withdrawn) == ("complete", 0, 0, 0)
    assert store.withdrawn() == frozenset()


def test_a_record_that_no_longer_matches_is_kept_with_the_reason_and_looked_for_once(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    refresh(store, review, server)
    server.serve([document(article(1, "Renamed", abstract="Nothing."), *(article(pmid) for pmid in range(2, 6)))])
    run = refresh(store, review, server)["fibromyalgia"]
    assert "still on PubMed: 1 (changed: title, abstract)" in run.remarks
    assert (run.withdrawn, run.changed) == (0, 1)
    again = refresh(store, review, server)["fibromyalgia"]
    assert again.remarks == ""


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ({"doi": "10.1000/same"}, {"doi": "10.1000/SAME", "title": "Written otherwise"}, "has the same DOI"),
        ({"title": "Motor cortex stimulation relieves pain"}, {"title": "Motor cortex stimulation relieves pain."},
         "has the same title"),
    ],
)  # fmt: skip
def test_a_merged_record_is_withdrawn_and_its_survivor_proposed_to_a_person(
    store: Store,
    review: ReviewDefinition,
    server: LocalServer,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str,
    held: bool,
) -> None:
    rest = [article(pmid) for pmid in range(2, 6)]
    survivor = article(900, **after, abstract=WORDS if held else "Out of the strategy.")
    server.serve([document(article(1, **before), *rest, *([survivor] if held else []))])
    refresh(store, review, server)
    server.serve([document(survivor, *rest)])
    run = refresh(store, review, server)["fibromyalgia"]
    assert run.withdrawn == 1
    assert store.withdrawn() == {"pubmed:1"}
    (pair,) = store.unsure_pairs()
    assert {pair.first, pair.second} == {"pubmed:1", "pubmed:900"}
    assert pair.reasons == (f"withdrawn from PubMed; this record {reason}",)
    assert "1 may live on as 900" in run.remarks
    assert len(store.reports()) == store.counts().records  # nothing was merged
    assert refresh(store, review, server)["fibromyalgia"].withdrawn == 0
    assert len(store.unsure_pairs()) == 1


def test_a_withdrawn_record_without_a_survivor_is_paired_with_nobody(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    server.serve([document(article(1, "rTMS", doi='10.1000/"x" OR y'), *(article(pmid) for pmid in range(2, 6)))])
    refresh(store, review, server)
    server.serve([document(*(article(pmid) for pmid in range(2, 6)))])
    assert refresh(store, review, server)["fibromyalgia"].withdrawn == 1
    assert store.unsure_pairs() == ()


# ----------------------------------------------------------------------------------------------- the ledger, the lock


@BOTH
def test_every_request_is_in_the_ledger_with_its_retries_and_without_the_key(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    key, mail = "0123456789abcdef0123456789abcdef0123", "anna@example.org"
    server.faults.append(Fault("esearch", 1, status(502)))
    pubmed = client(server, api_key=key, email=mail)
    (run,) = run_refresh(store, review, pubmed, only=ONLY)
    log = request_log(store, run.id)
    assert [(entry["utility"], entry["status"]) for entry in log] == [
        ("esearch", 502),
        ("esearch", 200),
        ("efetch", 200),
    ]
    assert run.requests == 3
    kept = b"".join(store.raw_body(answer.sha256) for answer in store.raw_answers(run.id))
    for secret in (key, mail):
        assert secret.encode() not in kept
        assert secret not in repr(store.searches())


def test_a_failing_service_leaves_the_requests_and_the_reason(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    server.faults.append(Fault("esearch", 1, status(500), times=None))
    run = run_refresh(store, review, client(server, max_tries=3), only=ONLY)[0]
    assert (run.status, run.requests, len(request_log(store, run.id))) == ("failed", 3, 3)
    assert "500" in run.error


def test_progress_and_lines_tell_how_far_it_is(store: Store, review: ReviewDefinition, server: LocalServer) -> None:
    seen: list[Progress] = []
    lines: list[str] = []
    doing: list[str] = []

    def watch(progress: Progress) -> None:
        seen.append(progress)
        holder = store.lock_holder("refresh")
        assert holder is not None
        doing.append(holder.doing)

    refresh(store, review, server, tell=lines.append, progress=watch)
    assert [(step.what, step.done, step.total) for step in seen] == [
        ("Fibromyalgia: new records", 0, 5),
        ("Fibromyalgia: new records", 5, 5),
    ]
    assert doing[-1] == "Fibromyalgia: 5 of 5 new records"
    assert lines[-1] == "Fibromyalgia: 5 listed, 5 new, 0 changed, 0 withdrawn"
    assert all("\n" not in line and "\r" not in line for line in lines)


@BOTH
def test_two_at_once_the_second_is_told_who_is_at_work_or_waits(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    with store.locked("refresh", "ben"), pytest.raises(Busy, match=r"ben on .* since 20\d\d-\d\d-\d\d \d\d:\d\d UTC"):
        refresh(store, review, server)
    lock = store.try_lock("refresh", "ben")
    assert lock is not None
    lines: list[str] = []
    release = threading.Timer(0.3, store.release_lock, (lock,))
    release.start()
    assert refresh(store, review, server, wait=30, tell=lines.append)["fibromyalgia"].status == "complete"
    release.join()
    assert lines[0].endswith("waiting up to 30 seconds")
    assert "ben" in lines[0]
    held = store.try_lock("refresh", "ben")
    with pytest.raises(Busy):
        refresh(store, review, server, wait=0.2)
    assert held is not None
    assert store.release_lock(held)


@BOTH
def test_a_refresh_whose_lock_was_taken_over_stops_and_leaves_the_other_one_alone(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    def asleep(_: Progress) -> None:
        """The machine sleeps for two hours; another one takes the lock over and closes the entry."""
        taken = store.try_lock("refresh", "ben", now=datetime.now(UTC) + timedelta(hours=2))
        assert taken is not None
        store.fail_running("interrupted")

    with pytest.raises(Busy, match="took over"):
        refresh(store, review, server, progress=asleep)
    holder = store.lock_holder("refresh")
    assert holder is not None
    assert holder.holder == "ben"
    assert [run.status for run in store.searches()] == ["failed"]


def test_ctrl_c_closes_the_entry_and_the_next_run_goes_on(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    def stop(progress: Progress) -> None:
        if progress.done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refresh(store, review, server, progress=stop)
    (run,) = store.searches()
    assert (run.status, run.error, run.new) == ("failed", "stopped (KeyboardInterrupt)", 5)
    assert store.current_to() == {}
    assert refresh(store, review, server)["fibromyalgia"].status == "complete"


def test_an_entry_of_a_dead_process_counts_what_it_had_brought(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    run = store.begin_search("fibromyalgia", "rTMS", indication="fibromyalgia")
    came = [
        Record(source="pubmed", source_id=str(n), pmid=str(n), title=f"Trial {n}", retracted=n > 91)
        for n in (91, 92, 93)
    ]
    store.add_records(run, "fibromyalgia", [(record, None) for record in came])
    refresh(store, review, server)
    (closed, _, *_) = store.searches("fibromyalgia")
    assert (closed.status, closed.new, closed.changed, closed.retracted) == ("failed", 3, 0, 2)


def test_requests_that_could_not_be_stored_are_stored_with_what_comes_next(
    store: Store, review: ReviewDefinition, server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, failed = store.add_records, list[int]()

    def full_once(run: int, *arguments: Any, answers: Sequence[NewAnswer] = (), **options: Any) -> AddedRecords:
        if not failed and any(answer.kind == "efetch" for answer in answers):
            failed.append(run)
            raise DiskFull("the disk is full")
        return plain(run, *arguments, answers=answers, **options)

    monkeypatch.setattr(store, "add_records", full_once)
    with pytest.raises(DiskFull):
        refresh(store, review, server)
    (run,) = store.searches()
    assert (run.status, run.error, run.requests) == ("failed", "the disk is full", 2)
    assert [request["utility"] for request in request_log(store, run.id)] == ["esearch", "efetch"]


def test_a_record_that_came_from_a_file_is_fetched_when_a_strategy_finds_it(
    store: Store, review: ReviewDefinition, server: LocalServer, tmp_path: Path
) -> None:
    file = tmp_path / "old.xml"
    file.write_bytes(document(article(1, "As it was printed years ago")))
    import_files(store, [file])
    run = refresh(store, review, server)["fibromyalgia"]
    assert (run.count, run.new, run.changed) == (5, 4, 1)
    assert store.record("pubmed:1").title == "Stimulation and pain, trial 1"
