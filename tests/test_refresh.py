"""From PubMed into the store, over real loopback sockets: nothing lost, nothing double, everything in the ledger."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.eutils import LocalServer, PubMed, Transport
from ingest.eutils.faults import Fault, cut, status, too_many_requests
from tests.test_cli import article, document
from workbench.refresh import deduplicate, import_files, request_log, run_refresh
from workbench.review import ReviewDefinition, init_review, load_review
from workbench.store import Busy, Store, StoreError

FIBROMYALGIA = [article(100 + i, f"rTMS in fibromyalgia, trial {i}", "Randomised, sham-controlled.") for i in range(7)]
MIGRAINE = [article(200 + i, f"rTMS in migraine, trial {i}", "Randomised, sham-controlled.") for i in range(3)]
BOTH = article(300, "rTMS in fibromyalgia with migraine", "A randomised trial.")
EVERYTHING = document(*FIBROMYALGIA, *MIGRAINE, BOTH, article(400, "Knee pain", "A randomised trial."))
ONLY = ("fibromyalgia", "migraine")


@pytest.fixture
def review(tmp_path: Path) -> ReviewDefinition:
    return load_review(init_review(tmp_path / "review", "rtms-pain"))


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer([EVERYTHING]) as running:
        yield running
        assert running.failures == []
        assert running.dtd_requests == ()


def client(server: LocalServer, **settings: object) -> PubMed:
    return PubMed(Transport(base_url=server.base_url, rate=1000, backoff=0.001, **settings))  # type: ignore[arg-type]


def test_each_strategy_is_one_entry_and_a_record_found_twice_is_stored_once(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    runs = run_refresh(store, review, client(server), by="anna", only=ONLY)
    assert [(run.strategy, run.status, run.count, run.new) for run in runs] == [
        ("fibromyalgia", "complete", 8, 8),
        ("migraine", "complete", 4, 3),
    ]
    assert store.known_pmids() == {str(n) for n in [*range(100, 107), *range(200, 203), 300]}
    assert {found.strategy for found in store.found_by("pubmed:300")} == set(ONLY)
    assert all(run.translation and run.requests >= 2 and run.by == "anna" for run in runs)


def test_running_it_again_adds_nothing(store: Store, review: ReviewDefinition, server: LocalServer) -> None:
    run_refresh(store, review, client(server), only=ONLY)
    before = store.counts()
    again = run_refresh(store, review, client(server), only=ONLY)
    after = store.counts()
    assert [(run.new, run.changed, run.withdrawn, run.status) for run in again] == [(0, 0, 0, "complete")] * 2
    assert (after.records, after.by_indication) == (before.records, before.by_indication)
    assert after.searches == before.searches + 2
    assert len(store.record_versions("pubmed:100")) == 1


def test_the_raw_answers_are_kept_and_every_record_names_its_own(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    (run,) = run_refresh(store, review, client(server), only=["fibromyalgia"])
    answers = {answer.kind: answer for answer in store.raw_answers(run.id)}
    assert set(answers) == {"esearch", "listing", "efetch", "requests"}
    (version,) = store.record_versions("pubmed:100")
    assert version.raw_sha256 == answers["efetch"].sha256
    assert b"<PMID Version='1'>100</PMID>" in store.raw_body(version.raw_sha256)
    log = request_log(store, run.id)
    assert [request["utility"] for request in log] == ["esearch", "efetch"]
    assert len(log) == run.requests


def test_faults_that_pass_are_survived(store: Store, review: ReviewDefinition) -> None:
    faults = [
        Fault("esearch", 1, status(502)),
        Fault("esearch", 2, too_many_requests(retry_after=0)),
        Fault("efetch", 1, cut(0.5)),
        Fault("efetch", 2, cut(0.99)),
    ]
    with LocalServer([EVERYTHING], faults=faults) as server:
        (run,) = run_refresh(store, review, client(server), only=["fibromyalgia"])
    assert (run.status, run.new, run.requests) == ("complete", 8, 6)
    assert len([answer for answer in store.raw_answers(run.id) if answer.kind == "efetch"]) == 1


def test_a_strategy_that_fails_is_recorded_and_the_others_are_run(store: Store, review: ReviewDefinition) -> None:
    with LocalServer([EVERYTHING], faults=[Fault("esearch", 1, status(500), times=2)]) as server:
        runs = run_refresh(store, review, client(server, max_tries=2), only=ONLY)
    assert [run.status for run in runs] == ["failed", "complete"]
    assert "500" in runs[0].error
    assert set(store.current_to()) == {"migraine"}
    assert store.counts().records == 4


def test_a_cut_answer_that_stays_cut_stores_nothing_of_its_batch(store: Store, review: ReviewDefinition) -> None:
    with LocalServer([EVERYTHING], faults=[Fault("efetch", 1, cut(0.9), times=None)]) as server:
        (run,) = run_refresh(store, review, client(server, max_tries=2), only=["fibromyalgia"])
    assert run.status == "failed"
    assert store.counts().records == 0


def test_parts_of_a_large_search_that_do_not_add_up_fail_and_say_so(store: Store, review: ReviewDefinition) -> None:
    with LocalServer([EVERYTHING], cap=5) as server:  # whose records have no create date to divide them by
        pubmed = PubMed(Transport(base_url=server.base_url, rate=1000), cap=5)
        (run,) = run_refresh(store, review, pubmed, only=["fibromyalgia"])
    assert run.status == "failed"
    assert "8" in run.error
    assert store.counts().records == 0


def changed(pmid: int, title: str) -> str:
    revised = "<DateRevised><Year>2999</Year><Month>01</Month><Day>01</Day></DateRevised>"
    return article(pmid, title, "Randomised, sham-controlled.").replace("<Article>", f"{revised}<Article>", 1)


def test_a_changed_record_gets_a_version_and_keeps_the_old_one(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    run_refresh(store, review, client(server), only=["fibromyalgia"])
    server.serve([document(changed(100, "rTMS in fibromyalgia, a corrected title"), *FIBROMYALGIA[1:], BOTH)])
    (run,) = run_refresh(store, review, client(server), only=["fibromyalgia"])
    assert (run.new, run.changed) == (0, 1)
    assert [v.record.title for v in store.record_versions("pubmed:100")] == [
        "rTMS in fibromyalgia, trial 0",
        "rTMS in fibromyalgia, a corrected title",
    ]


def test_a_record_that_vanished_is_withdrawn_only_if_pubmed_no_longer_has_it(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    run_refresh(store, review, client(server), only=["fibromyalgia"])
    server.serve([document(article(100, "Renamed: nothing of the strategy in it"), *FIBROMYALGIA[2:], BOTH)])
    (run,) = run_refresh(store, review, client(server), only=["fibromyalgia"])
    assert run.withdrawn == 1
    assert store.withdrawn() == {"pubmed:101"}
    assert store.record("pubmed:101").title == "rTMS in fibromyalgia, trial 1"  # what was known of it stays
    assert "still on PubMed: 100" in run.remarks
    (third,) = run_refresh(store, review, client(server), only=["fibromyalgia"])
    assert third.withdrawn == 0


def test_an_unknown_indication_and_a_second_refresh_are_refused(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    with pytest.raises(StoreError, match="no indication tinnitus"):
        run_refresh(store, review, client(server), only=["tinnitus"])
    with store.locked("refresh", "ben"), pytest.raises(Busy, match="ben"):
        run_refresh(store, review, client(server), only=["migraine"])
    assert store.searches() == ()


def _refresh_in_a_process(folder: Path, base_url: str) -> None:
    with Store.open(folder) as store:
        pubmed = PubMed(Transport(base_url=base_url, rate=1000))
        review = load_review(folder)
        small = pubmed.fetch
        pubmed.fetch = lambda pmids, batch=2: small(pmids, batch=2)  # type: ignore[method-assign]
        run_refresh(store, review, pubmed, only=["fibromyalgia"])


def test_a_killed_refresh_is_completed_by_the_next_one_without_loss_or_double(tmp_path: Path) -> None:
    folder = init_review(tmp_path / "killed", "rtms-pain")
    from ingest.eutils.faults import stall

    with LocalServer([EVERYTHING], faults=[Fault("efetch", 3, stall(60))]) as server:
        process = multiprocessing.get_context("spawn").Process(
            target=_refresh_in_a_process, args=(folder, server.base_url)
        )
        process.start()
        deadline = time.monotonic() + 60
        while sum(r.utility == "efetch" for r in server.requests) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.5)  # the second batch is stored, the third one hangs
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join(20)
    with LocalServer([EVERYTHING]) as server, Store.open(folder) as store:
        left = store.known_pmids()
        assert 0 < len(left) < 8
        (run,) = run_refresh(store, load_review(folder), client(server), only=["fibromyalgia"])
        assert run.status == "complete"
        assert run.new == 8 - len(left)
        assert len(store.known_pmids()) == 8
        assert [(r.status, "interrupted" in r.error) for r in store.searches()] == [
            ("failed", True),
            ("complete", False),
        ]
        assert all(len(store.record_versions(f"pubmed:{pmid}")) == 1 for pmid in store.known_pmids())


def test_a_file_is_imported_once_and_its_copy_is_kept(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "other sources.csv"
    file.write_text("ID,title,authors,year\nA1,rTMS in central pain,Lind A,2020\nA2,,,\n", encoding="utf-8")
    (first,) = import_files(store, [file], by="anna")
    assert first.read + len(first.unreadable) == 2
    assert first.new == first.read
    (again,) = import_files(store, [file], by="anna")
    assert (again.new, again.known) == (0, first.read)
    assert store.record("other-sources:A1").title == "rTMS in central pain"
    assert store.raw_body(store.raw_answers(first.run)[0].sha256) == file.read_bytes()


def test_a_broken_file_gives_what_came_before_and_says_where_it_broke(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "cut.xml"
    file.write_bytes(EVERYTHING[: len(EVERYTHING) // 2])
    (done,) = import_files(store, [file])
    assert done.error
    assert 0 < done.new == store.counts().records
    assert store.searches()[-1].status == "failed"


def test_duplicates_from_two_sources_become_one_report_once(
    store: Store, review: ReviewDefinition, server: LocalServer, tmp_path: Path
) -> None:
    run_refresh(store, review, client(server), only=["fibromyalgia"])
    file = tmp_path / "list.csv"
    file.write_text('ID,title,year,pmid\n1,"rTMS in fibromyalgia, trial 3",2024,103\n', encoding="utf-8")
    import_files(store, [file])
    first = deduplicate(store, by="anna")
    assert (first.groups, first.linked) == (1, 1)
    assert store.report_of("list:1").record_keys == ("pubmed:103", "list:1")
    again = deduplicate(store)
    assert (again.groups, again.linked) == (1, 0)


def test_two_files_that_number_their_rows_alike_do_not_overwrite_each_other(store: Store, tmp_path: Path) -> None:
    for folder, titles in (("a", ("First of A", "Second of A")), ("b", ("Another one", "Quite another"))):
        (tmp_path / folder).mkdir()
        rows = "".join(f"{number},{title},2020\n" for number, title in enumerate(titles, start=1))
        (tmp_path / folder / "export.csv").write_text(f"ID,title,year\n{rows}")
        (done,) = import_files(store, [tmp_path / folder / "export.csv"])
        assert (done.new, done.changed) == (2, 0)
    (again,) = import_files(store, [tmp_path / "b" / "export.csv"])
    assert (again.new, again.changed, again.known) == (0, 0, 2)
    assert store.counts().records == 4


def test_a_strategy_that_finds_nothing_at_all_is_remarked_on(store: Store, review: ReviewDefinition) -> None:
    with LocalServer([document(article(400, "Knee pain", "A randomised trial."))]) as server:
        (run,) = run_refresh(store, review, client(server), only=["migraine"])
    assert (run.status, run.count) == ("complete", 0)
    assert "finds no record at all" in run.remarks
