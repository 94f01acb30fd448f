"""The fault matrix: 25 things that go wrong between PubMed and the review, and what must happen in each.

The numbers are those of the E-utilities specification of this project, section 6.3 (see docs/pubmed.md). Faults 1 to 19
are met by the client, over real sockets to the local server, and by a whole refresh where they reach the review; the
others by a refresh. Time is made up where something waits.
"""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import time_machine

from ingest.eutils import (
    SIMILAR,
    BadKey,
    BadStrategy,
    EutilsError,
    LocalServer,
    PubMed,
    ServiceFailure,
    TooManyRecords,
    Transport,
    faults,
    replies,
)
from ingest.eutils.faults import Fault
from tests.killed_refresh import killed_refresh
from tests.pubmed_documents import article_set, articles, book
from tests.refresh_documents import WORDS, article, document
from tests.test_eutils_client import MadeUpTime, Watched, busiest_second
from workbench.refresh import request_log, run_refresh
from workbench.review import ReviewDefinition, init_review, load_review
from workbench.screening import Stage, Verdict, decide
from workbench.store import Busy, SearchRun, Store

FAULTS = {
    1: "500, 502, 503 once or for ever",
    2: "429 with Retry-After 2",
    3: "a storm of 429 with four worker threads",
    4: "closed without answer; reset in the middle",
    5: "a stall before the headers or in the body",
    6: "XML cut at 10, 50, 99 %, inside a tag, between records, before the last end tag",
    7: "MEDLINE text cut at a record boundary",
    8: "Content-Length larger than the body; chunks cut",
    9: "HTML with 200; XHTML error page; empty body; prolog only; JSON for XML",
    10: "Search Backend failed with 200",
    11: "the history expires between page 3 and 4",
    12: "Count changes between pages",
    13: "one requested PMID missing from a batch",
    14: "a batch with only books; DeleteCitation in efetch",
    15: "sets of 9,999, 10,000 and 10,001",
    16: "viewer time-out with 200, then with 400",
    17: "bad key",
    18: "unknown DTD version; new element; new attribute; no DOCTYPE",
    19: "ErrorList; QuotedPhraseNotFound; changed QueryTranslation",
    20: "a record changes: retraction, erratum, MeSH, title, DateRevised unchanged",
    21: "a PMID withdrawn; merged into another with the same DOI",
    22: "a late addition",
    23: "the process is killed after each stage",
    24: "two runs at once",
    25: "clock jumps, DST, 23:59 US Eastern",
}

TEN = articles(10)
PMIDS = tuple(str(n) for n in range(1001, 1011))
KEY = "0123456789abcdef0123456789abcdef0123"
ONLY = ["fibromyalgia"]
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_every_fault_of_the_matrix_has_a_test() -> None:
    found = [re.match(r"test_fault_(\d\d)_", name) for name in globals()]
    assert {int(match[1]) for match in found if match} == set(FAULTS) == set(range(1, 26))


# What the tests share


@pytest.fixture
def fake() -> MadeUpTime:
    return MadeUpTime()


def client(server: LocalServer, fake: MadeUpTime | None = None, **settings: Any) -> PubMed:
    waits: dict[str, Any] = {"backoff": 0.001} if fake is None else {"clock": fake.clock, "sleep": fake.sleep}
    return PubMed(Transport(base_url=server.base_url, **({"rate": 1000, "timeout": 5.0} | waits | settings)))


def fetched(pubmed: PubMed, pmids: tuple[str, ...] = PMIDS, **options: int) -> list[str]:
    return [pmid for batch in pubmed.fetch(pmids, **options) for pmid in batch.returned]


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> ReviewDefinition:
    return load_review(init_review(tmp_path_factory.mktemp("review") / "review", "rtms-pain"))


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    with Store.at(f"sqlite:///{tmp_path / 'review.db'}") as opened:
        yield opened


def some(*numbers: int, **facts: Any) -> list[str]:
    return [article(number, **facts) for number in numbers]


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer([document(*some(*range(1, 8)))]) as running:
        yield running
        assert running.failures == []
        assert running.dtd_requests == ()


def in_batches_of(pubmed: PubMed, size: int) -> PubMed:
    """So that a small set has many pages."""
    whole = pubmed.fetch
    pubmed.fetch = lambda pmids, *, batch=size: whole(pmids, batch=size)  # type: ignore[method-assign]
    return pubmed


def refresh(
    store: Store, review: ReviewDefinition, pubmed: PubMed, now: datetime | None = NOW, **more: Any
) -> dict[str, SearchRun]:
    clock = {} if now is None else {"now": lambda: now}
    runs = run_refresh(store, review, pubmed, only=ONLY, **clock, **more)
    return {run.strategy: run for run in runs}


def include(store: Store, *numbers: int) -> None:
    for number in numbers:
        for stage in Stage:
            for reviewer in ("anna", "ben"):
                store.add_decision(decide(f"pubmed:{number}", reviewer, Verdict.INCLUDE, stage=stage))


def windows(server: LocalServer) -> list[str]:
    """The windows of modification dates that were asked for, in order."""
    terms = [request.parameters.get("term", ("",))[0] for request in server.requests]
    return [found[1] for term in terms if (found := re.search(r'"([\d/]+)"\[mdat\]', term))]


def content(store: Store) -> dict[str, Any]:
    """What the review holds, without who brought it when."""
    numbers = sorted(store.known_pmids(), key=int)
    return {
        "versions": {n: [v.record for v in store.record_versions(f"pubmed:{n}")] for n in numbers},
        "found by": {n: sorted({f.strategy for f in store.found_by(f"pubmed:{n}")}) for n in numbers},
        "withdrawn": store.withdrawn(),
        "to judge": sorted((pair.first, pair.second) for pair in store.unsure_pairs()),
    }


# 1 to 5: the service is down, busy or silent


@pytest.mark.parametrize("code", [500, 502, 503, 504])
@pytest.mark.parametrize("utility", ["esearch", "efetch"])
def test_fault_01_a_server_error_is_retried_after_growing_jittered_pauses(
    fake: MadeUpTime, code: int, utility: str
) -> None:
    with LocalServer(TEN, faults=[Fault(utility, 1, faults.status(code), times=3)]) as server:
        pubmed = client(server, fake, rate=float("inf"), chance=iter([0.1, 0.9, 0.5]).__next__)
        assert pubmed.search("motor[tiab]").pmids == tuple(reversed(PMIDS))
        assert fetched(pubmed) == list(PMIDS)
    assert fake.slept == pytest.approx([1 * 1.05, 2 * 1.45, 4 * 1.25])


def test_fault_01_a_server_error_for_ever_fails_by_name_and_the_window_does_not_advance(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    refresh(store, review, client(server), NOW)
    for place, (utility, code) in enumerate([("esearch", 503), ("efetch", 500)], start=1):
        server.serve([document(*some(*range(1, 8 + place)))])
        sent = sum(request.utility == utility for request in server.requests)
        server.faults = [Fault(utility, sent + 1, faults.status(code), times=None)]
        run = refresh(store, review, client(server), NOW + timedelta(days=7 * place))["fibromyalgia"]
        assert (run.status, run.new) == ("failed", 0)
        assert f"PubMed's {utility} failed, tried 5 times: a web page came back (status {code})" in run.error
        assert store.current_to()["fibromyalgia"] == NOW
    server.faults = []
    run = refresh(store, review, client(server), NOW + timedelta(days=21))["fibromyalgia"]
    assert (run.status, run.new) == ("complete", 2)
    assert windows(server)[-1] == "2026/02/15"  # 14 days before the last complete run, not before the failed ones


def test_fault_02_after_a_429_nothing_starts_for_as_long_as_asked(fake: MadeUpTime) -> None:
    busy = Fault("efetch", 2, faults.too_many_requests(retry_after=2))
    with LocalServer(TEN, faults=[busy], clock=fake.clock, rate=3) as server:
        assert fetched(client(server, fake, rate=None), batch=1) == list(PMIDS)
        times = [request.time for request in server.requests]
    assert [request.status for request in server.requests] == [200, 429, *[200] * 9]
    assert times[2] - times[1] >= 2
    assert busiest_second(times) <= 3


def test_fault_03_a_storm_of_429_with_four_threads_never_exceeds_the_limit(fake: MadeUpTime) -> None:
    storm = [Fault("efetch", nth, faults.too_many_requests(retry_after=1), times=2) for nth in (1, 5, 9, 13, 20)]
    with LocalServer(TEN, faults=storm, rate=3, clock=fake.clock) as server:
        limiter = Watched(fake)
        transport = Transport(
            base_url=server.base_url, clock=fake.clock, sleep=fake.sleep, limiter=limiter, max_tries=30
        )
        with ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda pmid: fetched(PubMed(transport), (pmid,)), PMIDS * 2))
        assert sum(request.status == 429 for request in server.requests) >= 10
    assert [pmid for part in done for pmid in part] == list(PMIDS * 2)
    assert busiest_second(limiter.starts) <= 3


@pytest.mark.parametrize("utility", ["esearch", "efetch", "esummary", "elink"])
@pytest.mark.parametrize(
    "change", [faults.closed(), faults.reset(), faults.reset(0.5)], ids=["closed", "reset", "midway"]
)
def test_fault_04_a_connection_that_breaks_is_retried(fake: MadeUpTime, utility: str, change: faults.Change) -> None:
    with LocalServer(TEN, faults=[Fault(utility, 1, change)], links={SIMILAR: {"1001": ["5"]}}) as server:
        pubmed = client(server, fake)
        assert pubmed.search("motor[tiab]").count == 10
        assert fetched(pubmed) == list(PMIDS)
        assert pubmed.summary_missing(["1001", "77"]) == ("77",)
        assert pubmed.links(["1001"], SIMILAR).by_pmid == {"1001": ("5",)}
        assert len(server.requests) == 5


@pytest.mark.parametrize("at", [None, 0.0, 0.5, 0.99], ids=["before the headers", "at once", "midway", "at the end"])
@pytest.mark.parametrize("utility", ["esearch", "efetch"])
def test_fault_05_a_stall_meets_the_time_out_and_is_retried(utility: str, at: float | None) -> None:
    with LocalServer(TEN, faults=[Fault(utility, 1, faults.stall(60, at=at))]) as server:
        pubmed = client(server, timeout=0.15)
        answer = pubmed.search("motor[tiab]")
        (batch,) = pubmed.fetch(PMIDS)
        assert (answer.count, batch.returned, len(server.requests)) == (10, PMIDS, 3)
    outcomes = [log.outcome for log in (*answer.requests, *batch.requests)]
    assert sum("0.15 seconds" in outcome for outcome in outcomes) == 1


# 6 to 10: what comes is not what was asked for

CUTS = {
    "10 %": faults.cut(0.1),
    "50 %": faults.cut(0.5),
    "99 %": faults.cut(0.99),
    "inside a tag": lambda reply: faults.cut(0)(reply).__class__(body=reply.body[: reply.body.index(b"<Article>") + 5]),
    "inside the first end tag": faults.cut_before(b"tle></Journal>"),
    "between records": faults.cut_before(b"<PubmedArticle>", occurrence=4),
    "after the last record": faults.cut_before(b"</PubmedArticleSet>"),
    "before the last bracket": lambda reply: replies.Reply(body=reply.body.rstrip()[:-1]),
}


@pytest.mark.parametrize("where", CUTS)
def test_fault_06_a_cut_document_is_detected_and_nothing_of_it_is_stored(
    sqlite_store: Store, review: ReviewDefinition, server: LocalServer, where: str
) -> None:
    held: list[int] = []

    def look(reply: replies.Reply) -> replies.Reply:
        held.append(len(sqlite_store.known_pmids()))
        return reply

    server.faults = [Fault("efetch", 1, CUTS[where], times=2), Fault("efetch", 3, look)]
    run = refresh(sqlite_store, review, client(server))["fibromyalgia"]
    assert held == [0]
    assert (run.status, run.new, run.requests) == ("complete", 7, 4)
    assert all(len(sqlite_store.record_versions(f"pubmed:{n}")) == 1 for n in range(1, 8))


@pytest.mark.parametrize("where", ["50 %", "between records", "before the last bracket"])
def test_fault_06_a_document_that_stays_cut_stores_nothing_and_fails(
    sqlite_store: Store, review: ReviewDefinition, server: LocalServer, where: str
) -> None:
    server.faults = [Fault("efetch", 1, CUTS[where], times=None)]
    run = refresh(sqlite_store, review, client(server))["fibromyalgia"]
    assert (run.status, run.new) == ("failed", 0)
    assert sqlite_store.known_pmids() == set()
    assert sqlite_store.current_to() == {}


def test_fault_07_text_is_never_asked_for_and_never_taken_for_records(fake: MadeUpTime) -> None:
    """MEDLINE text has no end that could be missing, so records are asked for as XML alone."""
    text = b"\nPMID- 1001\nTI  - One\n\nPMID- 1002\nTI  - Two\n"
    with LocalServer(TEN, faults=[Fault("efetch", 1, faults.answer(text, content_type=replies.TEXT))]) as server:
        (batch,) = client(server, fake).fetch(PMIDS)
        assert all(request.parameters["retmode"] == ("xml",) for request in server.requests)
    assert (batch.returned, len(batch.requests)) == (PMIDS, 2)


def test_fault_07_a_well_formed_answer_that_is_short_is_seen_by_its_pmids(
    sqlite_store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    refresh(sqlite_store, review, client(server))
    include(sqlite_store, 3, 4)
    sent = sum(request.utility == "efetch" for request in server.requests)
    server.faults = [Fault("efetch", sent + 1, faults.without(["4"]))]
    runs = refresh(sqlite_store, review, client(server))
    assert "not sent by PubMed, which says that it has them: 4" in runs["included studies"].remarks
    assert sqlite_store.withdrawn() == set()


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
@pytest.mark.parametrize("utility", ["esearch", "efetch"])
def test_fault_08_a_body_shorter_than_announced_is_detected(
    fake: MadeUpTime, utility: str, share: float, chunked: bool
) -> None:
    with LocalServer(TEN, faults=[Fault(utility, 1, faults.broken_off(share, chunked=chunked))]) as server:
        pubmed = client(server, fake)
        answer = pubmed.search("motor[tiab]")
        (batch,) = pubmed.fetch(PMIDS)
        assert (answer.count, batch.returned, len(server.requests)) == (10, PMIDS, 3)
    assert sum("broke off" in log.outcome for log in (*answer.requests, *batch.requests)) == 1


STRANGE = {
    "HTML": faults.html(),
    "XHTML": faults.xhtml(),
    "empty": faults.empty(),
    "blank": faults.answer(b" \n\n "),
    "prolog only": faults.prolog_only(),
    "JSON": faults.answer(b'{"header": {}, "esearchresult": {"count": "0", "idlist": []}}', content_type=replies.JSON),
    "another utility's answer": faults.answer(replies.document("eInfoResult", "")),
    "text": faults.answer(b"OK", content_type=replies.TEXT),
}


@pytest.mark.parametrize(
    ("utility", "what"),
    [
        (utility, what)
        for utility in ("esearch", "efetch", "esummary", "elink")
        for what in STRANGE
        if (utility, what) != ("esummary", "prolog only")  # its answer has no document type to be left alone with
    ],
)
def test_fault_09_what_is_no_answer_is_retried_and_then_a_clear_error(
    fake: MadeUpTime, utility: str, what: str
) -> None:
    def ask(pubmed: PubMed) -> object:
        match utility:
            case "esearch":
                return pubmed.search("motor[tiab]").count
            case "efetch":
                return fetched(pubmed)
            case "esummary":
                return pubmed.summary_missing(PMIDS)
        return pubmed.links(PMIDS, SIMILAR).by_pmid

    with LocalServer(TEN) as server:
        expected = ask(client(server, fake))
        server.faults = [Fault(utility, 2, STRANGE[what])]
        assert ask(client(server, fake)) == expected
        assert len(server.requests) == 3
        server.faults = [Fault(utility, 4, STRANGE[what], times=None)]
        with pytest.raises(ServiceFailure, match=rf"PubMed's {utility} failed, tried 5 times: \w.{{5}}"):
            ask(client(server, fake))


@pytest.mark.parametrize(
    "text",
    [
        "Search Backend failed: Database is not supported: pubmed",
        "Search Backend failed: Exception: read timeout",
        "NCBI C++ Exception: EUTILSAPP(CException::eInvalid)",
        "Something that nobody has seen yet",
    ],
)
def test_fault_10_a_search_backend_that_failed_is_never_zero_results(
    sqlite_store: Store, review: ReviewDefinition, server: LocalServer, text: str
) -> None:
    refresh(sqlite_store, review, client(server))
    before = content(sqlite_store)
    for times in (1, None):
        sent = sum(request.utility == "esearch" for request in server.requests)
        server.faults = [Fault("esearch", sent + 1, faults.error(text), times=times)]
        run = refresh(sqlite_store, review, client(server))["fibromyalgia"]
        assert (run.status, run.count, run.withdrawn) == (("complete", 7, 0) if times else ("failed", None, 0))
        assert content(sqlite_store) == before
    assert text in run.error


# 11 to 15: the set is not what it was


def test_fault_11_a_history_that_expires_between_pages_loses_and_doubles_nothing(
    sqlite_store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    def expire(reply: replies.Reply) -> replies.Reply:
        server.forget_history()
        return reply

    server.faults = [Fault("efetch", 3, expire)]
    run = refresh(sqlite_store, review, in_batches_of(client(server), 1))["fibromyalgia"]
    assert (run.status, run.new) == ("complete", 7)
    assert all(len(sqlite_store.record_versions(f"pubmed:{n}")) == 1 for n in range(1, 8))
    assert not any("retstart" in request.parameters for request in server.requests)
    assert not any("WebEnv" in request.parameters for request in server.requests)


@pytest.mark.parametrize(("utility", "nth"), [("esearch", 1), ("efetch", 4)])
@pytest.mark.parametrize("status", [200, 400])
def test_fault_11_a_set_that_is_said_to_be_gone_is_asked_for_again_and_the_run_is_marked(
    sqlite_store: Store, review: ReviewDefinition, server: LocalServer, utility: str, nth: int, status: int
) -> None:
    root = {"esearch": "eSearchResult", "efetch": "eFetchResult"}[utility]
    server.faults = [Fault(utility, nth, faults.error("Unable to obtain query #1", root=root, status=status))]
    run = refresh(sqlite_store, review, in_batches_of(client(server), 1))["fibromyalgia"]
    assert (run.status, run.new) == ("complete", 7)
    assert "PubMed lost" in run.remarks
    assert all(len(sqlite_store.record_versions(f"pubmed:{n}")) == 1 for n in range(1, 8))
    outcomes = [request["outcome"] for request in request_log(sqlite_store, run.id)]
    assert len([outcome for outcome in outcomes if "Unable to obtain query" in outcome]) == 1


def test_fault_12_records_that_come_and_go_between_pages_are_completed_by_number(
    sqlite_store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    """One goes and another comes, so that the count alone would tell nothing."""

    def change(reply: replies.Reply) -> replies.Reply:
        server.serve([document(*some(*range(2, 9)))])
        return reply

    server.faults = [Fault("esearch", 1, change)]
    first = refresh(sqlite_store, review, in_batches_of(client(server), 2))["fibromyalgia"]
    assert (first.status, first.count, first.new) == ("complete", 7, 6)
    assert "listed, but not sent by PubMed: 1" in first.remarks
    second = refresh(sqlite_store, review, in_batches_of(client(server), 2))["fibromyalgia"]
    assert (second.status, second.count, second.new) == ("complete", 7, 1)
    assert sqlite_store.known_pmids() == {str(n) for n in range(2, 9)}


def test_fault_12_a_large_listing_whose_count_changes_is_counted_again(
    sqlite_store: Store, review: ReviewDefinition
) -> None:
    def dated(last: int) -> bytes:
        return document(*(article(n, created=f"{1990 + n}/3/4") for n in range(1, last)))

    with LocalServer([dated(21)], cap=5) as server:

        def grow(reply: replies.Reply) -> replies.Reply:
            server.serve([dated(24)])
            return reply

        server.faults = [Fault("esearch", 2, grow)]
        pubmed = PubMed(Transport(base_url=server.base_url, rate=1000), cap=5)
        run = refresh(sqlite_store, review, pubmed)["fibromyalgia"]
    assert (run.status, run.count, run.new) == ("complete", 23, 23)
    assert "the count changed from 20 to 23" in run.remarks


@pytest.mark.parametrize("late", [2, 3, 4, 6, 8])
def test_fault_12_a_record_that_comes_into_a_range_already_listed_is_not_passed_over(
    fake: MadeUpTime, late: int
) -> None:
    """The newest range is listed first; then the newest record of all comes in. The listing is that of one moment: when
    it began, or later; what it does not hold comes with the next.
    """

    def dated(last: int) -> bytes:
        return document(*(article(n, created=f"{1990 + n}/3/4") for n in range(1, last)))

    with LocalServer([dated(21)], cap=5) as server:

        def grow(reply: replies.Reply) -> replies.Reply:
            server.serve([dated(22)])
            return reply

        server.faults = [Fault("esearch", late, grow)]
        pubmed = PubMed(Transport(base_url=server.base_url, rate=1000, clock=fake.clock, sleep=fake.sleep), cap=5)
        answers = [pubmed.search("rTMS[tiab]", split=True) for _ in range(2)]
    for answer, possible in zip(answers, ({20, 21}, {21}), strict=True):
        assert answer.count in possible
        assert set(answer.pmids) == {str(n) for n in range(1, answer.count + 1)}


def test_fault_12_a_search_that_lists_other_than_it_counts_is_asked_again(fake: MadeUpTime) -> None:
    for old, new in ((b"<Count>10<", b"<Count>11<"), (b"<Id>1004</Id>", b""), (b"<Id>1004<", b"<Id>1005<")):
        with LocalServer(TEN, faults=[Fault("esearch", 1, faults.replaced(old, new))]) as server:
            assert sorted(client(server, fake).search("motor[tiab]").pmids) == list(PMIDS)
            assert len(server.requests) == 2


def test_fault_13_a_record_missing_from_a_batch_is_reported_and_not_asked_for_for_ever(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    server.faults = [Fault("efetch", 1, faults.without(["4"]), times=None)]
    run = refresh(store, review, client(server))["fibromyalgia"]
    assert (run.status, run.count, run.new) == ("complete", 7, 6)
    assert "listed, but not sent by PubMed: 4" in run.remarks
    assert sum(request.utility == "efetch" for request in server.requests) == 1
    assert store.withdrawn() == set()
    server.faults = []
    assert refresh(store, review, client(server))["fibromyalgia"].new == 1  # the next run brings it


def test_fault_14_books_alone_and_deleted_citations_are_no_shortfall(
    sqlite_store: Store, review: ReviewDefinition
) -> None:
    title = "Repetitive TMS: rTMS in fibromyalgia, a trial"
    books = article_set([book(n, title=title) for n in range(1, 4)])
    with LocalServer(books) as server:
        run = refresh(sqlite_store, review, client(server))["fibromyalgia"]
        assert (run.status, run.count, run.new, run.remarks) == ("complete", 3, 3, "")
        server.serve([books, document(*some(7))])
        sent = sum(request.utility == "efetch" for request in server.requests)
        server.faults = [Fault("efetch", sent + 1, faults.deleting(["555", "556"]))]
        run = refresh(sqlite_store, review, client(server))["fibromyalgia"]
    assert (run.status, run.count, run.new, run.withdrawn, run.remarks) == ("complete", 4, 1, 0, "")
    assert sqlite_store.record("pubmed:2").title.startswith("Repetitive TMS")


@pytest.fixture(scope="module")
def ten_thousand_and_one() -> Iterator[LocalServer]:
    """With PubMed's own cap; the last of them on one day, more than the others together."""
    small = (
        f"<PubmedArticle><MedlineCitation><PMID Version='1'>{n}</PMID><Article><ArticleTitle>rTMS</ArticleTitle>"
        "</Article></MedlineCitation><PubmedData><History><PubMedPubDate PubStatus='entrez'>"
        f"<Year>{1990 + min(n, 15)}</Year><Month>1</Month><Day>1</Day></PubMedPubDate></History></PubmedData>"
        "</PubmedArticle>"
        for n in range(1, 10_002)
    )
    with LocalServer(article_set(small)) as running:
        yield running


@pytest.mark.parametrize("size", [9_999, 10_000, 10_001])
def test_fault_15_sets_about_the_cap_are_listed_whole(ten_thousand_and_one: LocalServer, size: int) -> None:
    pubmed = PubMed(Transport(base_url=ten_thousand_and_one.base_url, rate=1000))
    strategy = f"rTMS[ti] AND 1:{size}[uid]"
    if size > 9_999:
        with pytest.raises(TooManyRecords, match=f"finds {size:,} records, PubMed lists the first 9,999 only"):
            pubmed.search(strategy)
    answer = pubmed.search(strategy, split=True)
    assert answer.count == len(answer.pmids) == size
    assert set(answer.pmids) == {str(n) for n in range(1, size + 1)}
    assert not any("retstart" in request.parameters for request in ten_thousand_and_one.requests)


@pytest.mark.parametrize("size", [20, 21, 22])
def test_fault_15_sets_about_the_cap_come_in_whole(sqlite_store: Store, review: ReviewDefinition, size: int) -> None:
    """As above with a cap of 20, through the whole refresh."""
    records = document(*(article(n, created=f"{1990 + n // 2}/{1 + n % 12}/4") for n in range(1, size + 1)))
    with LocalServer([records], cap=20) as server:
        pubmed = PubMed(Transport(base_url=server.base_url, rate=1000), cap=20)
        run = refresh(sqlite_store, review, pubmed)["fibromyalgia"]
        assert (run.status, run.count, run.new) == ("complete", size, size)
        again = refresh(sqlite_store, review, pubmed)["fibromyalgia"]
    assert (again.status, again.new, again.changed) == ("complete", 0, 0)
    assert sqlite_store.known_pmids() == {str(n) for n in range(1, size + 1)}


# 16 to 19: refusals, old and new documents


def test_fault_16_a_viewer_time_out_is_retried_with_either_status(fake: MadeUpTime) -> None:
    text = " Error: External viewer error: Empty Response. Bytes read: 0 Status: Timeout"
    script = [
        Fault("efetch", nth, faults.error(text, root="eFetchResult", status=s)) for nth, s in ((1, 200), (2, 400))
    ]
    with LocalServer(TEN, faults=script) as server:
        (batch,) = client(server, fake).fetch(PMIDS)
    assert batch.returned == PMIDS
    assert [log.status for log in batch.requests] == [200, 400, 200]
    assert all("External viewer error" in log.outcome for log in batch.requests[:2])


def test_fault_17_a_bad_key_is_tried_once_and_shows_nowhere(
    store: Store, review: ReviewDefinition, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    told: list[str] = []
    with LocalServer([document(*some(1))], keys=["another"]) as server:
        with pytest.raises(BadKey, match="NCBI_API_KEY") as caught:
            client(server, api_key=KEY).search("rTMS[tiab]")
        run = refresh(store, review, client(server, api_key=KEY), tell=told.append)["fibromyalgia"]
        assert len(server.requests) == 2
        assert all(request.parameters["api_key"] == (KEY,) for request in server.requests)  # it was really sent
    assert run.status == "failed"
    assert "NCBI_API_KEY" in run.error
    written = [repr(run), repr(request_log(store, run.id)), *told, caplog.text, *capfd.readouterr(), repr(caught.value)]
    written.append(repr(caught.value.requests))
    assert KEY not in "".join(written)


DOCTYPE = b"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd"
NEW_FORMS = {
    "unknown version": (faults.replaced(DOCTYPE, DOCTYPE.replace(b"250101", b"991231")), ""),
    "no document type": (lambda reply: replies.Reply(body=re.sub(rb"<!DOCTYPE[^>]*>", b"", reply.body)), ""),
    "new element": (
        faults.replaced(b"<Language>", b"<Provenance><Robot>x</Robot></Provenance><Language>"),
        "new elements: Provenance, Robot",
    ),
    "new element around": (
        faults.replaced(b"<MedlineCitation ", b"<Seal>y</Seal><MedlineCitation "),
        "new elements: Seal",
    ),
    "new attribute": (faults.replaced(b"<ArticleTitle>", b'<ArticleTitle Certainty="0.9">'), ""),
    "another encoding": (
        lambda reply: replies.Reply(
            body=reply.body.decode()
            .replace('version="1.0"', 'version="1.0" encoding="ISO-8859-1"', 1)
            .encode("latin-1")
        ),
        "",
    ),
    "comments and instructions": (faults.replaced(b"<Article>", b"<!-- x --><?robot y?><Article>"), ""),
}


@pytest.mark.parametrize("form", NEW_FORMS)
def test_fault_18_documents_of_a_new_form_are_taken_in_and_new_elements_reported(
    sqlite_store: Store, review: ReviewDefinition, server: LocalServer, form: str
) -> None:
    change, reported = NEW_FORMS[form]
    accented = article(7, abstract=f"{WORDS} Stimulationsst\u00e4rke, Mal\u00e9.")
    server.serve([document(*some(*range(1, 7)), accented)])
    server.faults = [Fault("efetch", 1, change)]
    run = refresh(sqlite_store, review, client(server))["fibromyalgia"]
    assert (run.status, run.count, run.new) == ("complete", 7, 7)
    assert "Stimulationsst\u00e4rke, Mal\u00e9." in sqlite_store.record("pubmed:7").abstract
    assert reported in run.remarks
    assert bool(run.remarks) == bool(reported)
    assert sqlite_store.record("pubmed:3").title == "Stimulation and pain, trial 3"
    assert sqlite_store.record("pubmed:3").abstract.startswith(WORDS)


@pytest.mark.parametrize(
    "name", ["ErrorList/PhraseNotFound", "ErrorList/FieldNotFound", "WarningList/QuotedPhraseNotFound"]
)
def test_fault_19_a_phrase_that_pubmed_dropped_stops_the_run_before_anything_is_stored(
    store: Store, review: ReviewDefinition, server: LocalServer, name: str
) -> None:
    refresh(store, review, client(server))
    before = content(store)
    outer, inner = name.split("/")
    said = f"<{outer}><{inner}>dTMS</{inner}></{outer}></eSearchResult>".encode()
    server.serve([document(*some(8, 9))])
    server.faults = [Fault("esearch", 1, faults.replaced(b"</eSearchResult>", said), times=None)]
    run = refresh(store, review, client(server), NOW + timedelta(days=7))["fibromyalgia"]
    assert run.status == "failed"
    assert "dTMS" in run.error
    assert content(store) == before
    assert store.current_to()["fibromyalgia"] == NOW


@pytest.mark.parametrize(
    "text", ["asthma[foo]", "(rTMS OR iTBS)[tiab]", "neuralg∗[tiab]", "“deep TMS”[tiab]", "((rTMS"]
)
def test_fault_19_what_pubmed_would_drop_in_silence_is_never_sent(
    sqlite_store: Store, review: ReviewDefinition, server: LocalServer, text: str
) -> None:
    with pytest.raises(BadStrategy, match="was not sent"):
        client(server).search(text)
    wrong = [i.model_copy(update={"strategy": text}) if i.key in ONLY else i for i in review.indications]
    run = refresh(sqlite_store, review.model_copy(update={"indications": wrong}), client(server))["fibromyalgia"]
    assert run.status == "failed"
    assert "was not sent" in run.error
    assert server.requests == ()


def test_fault_19_a_strategy_that_pubmed_reads_in_another_way_is_flagged(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    refresh(store, review, client(server))
    otherwise = faults.replaced(b"<QueryTranslation>", b'<QueryTranslation>"x"[All Fields] OR ')
    server.faults = [Fault("esearch", 1, otherwise, times=None)]
    run = refresh(store, review, client(server))["fibromyalgia"]
    assert (run.status, run.translation_changed) == ("complete", True)
    assert "PubMed reads the strategy in another way" in run.remarks


# 20 to 22: records change, go and come late

CHANGES: dict[str, tuple[dict[str, Any], Callable[[Any], bool]]] = {
    "retraction added": (
        {"links": [("RetractionIn", "77")], "types": ["Journal Article", "Retracted Publication"]},
        lambda record: record.retracted,
    ),
    "retraction link alone": ({"links": [("RetractionIn", "")]}, lambda record: record.retracted),
    "erratum added": (
        {"links": [("ErratumIn", "78")]},
        lambda record: any(x.type == "ErratumIn" for x in record.links),
    ),
    "MeSH added": ({"mesh": ["Fibromyalgia"]}, lambda record: "Fibromyalgia" in str(record.mesh)),
    "title corrected": ({"title": "Another title"}, lambda record: record.title == "Another title"),
}


@pytest.mark.parametrize("included", [True, False], ids=["included", "not included"])
@pytest.mark.parametrize("what", CHANGES)
def test_fault_20_a_change_without_a_new_date_is_noticed(
    store: Store, review: ReviewDefinition, server: LocalServer, what: str, included: bool
) -> None:
    """Of an included study by the next run; of any other record by the monthly round at the latest."""
    facts, holds = CHANGES[what]
    refresh(store, review, client(server))
    if included:
        include(store, 3)
    server.serve([document(*some(1, 2, 4, 5, 6, 7), article(3, **facts))])  # DateRevised as before
    later = NOW + timedelta(days=7 if included else 31)
    runs = refresh(store, review, client(server), later)
    assert sum(run.changed for run in runs.values()) == 1
    assert holds(store.record("pubmed:3"))
    assert not holds(store.record_versions("pubmed:3")[0].record)
    assert sum(run.retracted for run in runs.values()) == ("retraction" in what)


@pytest.mark.parametrize("what", CHANGES)
def test_fault_20_a_change_with_a_new_date_is_noticed_by_the_next_run(
    sqlite_store: Store, review: ReviewDefinition, server: LocalServer, what: str
) -> None:
    facts, holds = CHANGES[what]
    refresh(sqlite_store, review, client(server))
    server.serve([document(*some(1, 2, 4, 5, 6, 7), article(3, revised="2026/3/5", **facts))])
    run = refresh(sqlite_store, review, client(server), NOW + timedelta(days=7))["fibromyalgia"]
    assert run.changed == 1
    assert holds(sqlite_store.record("pubmed:3"))


def test_fault_21_a_withdrawn_record_is_marked_and_what_was_known_of_it_stays(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    refresh(store, review, client(server))
    server.serve([document(*some(2, 3, 4, 5, 6, 7))])
    run = refresh(store, review, client(server))["fibromyalgia"]
    assert (run.status, run.withdrawn, store.withdrawn()) == ("complete", 1, {"pubmed:1"})
    assert store.record("pubmed:1").title == "Stimulation and pain, trial 1"
    assert any(request["utility"] == "esummary" for request in request_log(store, run.id))
    assert store.unsure_pairs() == ()


def test_fault_21_a_merged_record_is_marked_and_its_survivor_proposed(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    server.serve([document(article(1, doi="10.1000/one"), *some(2, 3))])
    refresh(store, review, client(server))
    server.serve([document(article(800, title="Printed otherwise", doi="10.1000/ONE"), *some(2, 3))])
    run = refresh(store, review, client(server))["fibromyalgia"]
    assert (run.withdrawn, run.new, store.withdrawn()) == (1, 1, {"pubmed:1"})
    assert "1 may live on as 800" in run.remarks
    (pair,) = store.unsure_pairs()
    assert {pair.first, pair.second} == {"pubmed:1", "pubmed:800"}


def test_fault_22_a_record_added_late_is_found_in_spite_of_its_old_dates(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    refresh(store, review, client(server))
    late = article(8, created="1999/1/1", revised="1999/1/1")
    server.serve([document(late, *some(*range(1, 8)))])
    run = refresh(store, review, client(server), NOW + timedelta(days=7))["fibromyalgia"]
    assert (run.status, run.new) == ("complete", 1)
    assert "8" in store.known_pmids()


def test_fault_22_a_record_that_begins_to_match_is_found_though_it_is_not_new(
    sqlite_store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    server.serve([document(*some(1, 2), article(3, abstract="Nothing of the strategy."))])
    refresh(sqlite_store, review, client(server))
    server.serve([document(*some(1, 2, 3))])
    assert refresh(sqlite_store, review, client(server))["fibromyalgia"].new == 1


# 23 to 25: the process, another process, the clock


def test_fault_23_a_refresh_killed_after_any_stage_is_completed_by_the_next_run(tmp_path: Path) -> None:
    begun = init_review(tmp_path / "begun", "rtms-pain")
    review = load_review(begun)
    with LocalServer([document(article(1, doi="10.1000/one"), *some(2, 3, 4, 5))]) as server:
        with Store.open(begun) as store:
            refresh(store, review, client(server), None)
            include(store, 5)
        # Now there are new records, one that changed, one of an included study, one merged and one that went.
        server.serve(
            [document(article(801, doi="10.1000/one"), article(3, title="Another", revised="2999/1/1"), *some(4),
                      article(5, title="Corrected"), *some(6, 7, 8))]
        )  # fmt: skip
        whole = shutil.copytree(begun, tmp_path / "whole")
        code, stages = killed_refresh(whole, review, server.base_url, 0)
        assert code == 0
        assert set(stages) >= {"begin_search", "add_records", "add_found", "mark_withdrawn", "finish_search"}
        with Store.open(whole) as store:
            expected = content(store)
            assert set(expected["versions"]) == {"1", "2", "3", "4", "5", "6", "7", "8", "801"}
            assert expected["withdrawn"] == {"pubmed:1", "pubmed:2"}
            assert [len(expected["versions"][n]) for n in ("3", "5", "4")] == [2, 2, 1]

        for when in range(1, len(stages) + 1):
            folder = shutil.copytree(begun, tmp_path / f"killed at {when}")
            assert killed_refresh(folder, review, server.base_url, when) == (-9, stages[:when])
            with Store.open(folder) as store:
                runs = refresh(store, review, client(server), None)
                assert {run.status for run in runs.values()} == {"complete"}, stages[when - 1]
                assert content(store) == expected, f"killed before call {when}, {stages[when - 1]}"
                assert not any(run.status == "running" for run in store.searches())
                again = refresh(store, review, client(server), None)
                assert [(run.new, run.changed, run.withdrawn) for run in again.values()] == [(0, 0, 0)] * len(again)


def test_fault_24_of_two_runs_at_once_one_is_refused_or_waits(store_url: str, review: ReviewDefinition) -> None:
    at_work, go_on = threading.Event(), threading.Event()

    def hold(reply: replies.Reply) -> replies.Reply:
        at_work.set()
        go_on.wait(30)
        return reply

    with (
        LocalServer([document(*some(*range(1, 8)))], faults=[Fault("efetch", 1, hold)]) as server,
        Store.at(store_url) as store,
        Store.at(store_url) as other,
        ThreadPoolExecutor(2) as pool,
    ):
        first = pool.submit(refresh, store, review, client(server), by="anna")
        assert at_work.wait(30)
        try:
            with pytest.raises(Busy, match="anna"):
                refresh(other, review, client(server), by="ben")
            waiting = pool.submit(refresh, other, review, client(server), by="ben", wait=60)
            time.sleep(0.2)
            assert not waiting.done()
        finally:
            go_on.set()
        assert first.result(60)["fibromyalgia"].new == 7
        second = waiting.result(60)["fibromyalgia"]
        assert (second.status, second.new, second.changed) == ("complete", 0, 0)
        assert [(run.by, run.status) for run in store.searches()] == [("anna", "complete"), ("ben", "complete")]
        assert all(len(store.record_versions(f"pubmed:{n}")) == 1 for n in range(1, 8))


# Moments in UTC: what the calendar of the eastern United States says differs from it, or jumps.
MOMENTS = {
    "23:59 in Washington": datetime(2026, 2, 11, 4, 59, 30, tzinfo=UTC),
    "23:59 in Washington on New Year's Eve": datetime(2027, 1, 1, 4, 59, 59, tzinfo=UTC),
    "summer time begins": datetime(2026, 3, 8, 6, 59, 59, tzinfo=UTC),
    "the hour that comes twice": datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
    "summer time has ended": datetime(2026, 11, 1, 6, 0, 1, tzinfo=UTC),
    "a leap day": datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_fault_25_at_the_edges_of_days_nothing_new_or_changed_is_lost(
    sqlite_store: Store, review: ReviewDefinition, server: LocalServer, moment: str
) -> None:
    now = MOMENTS[moment]
    with time_machine.travel(now, tick=True):
        refresh(sqlite_store, review, client(server), None)
    # In the same minute, in PubMed's calendar the same day or the day before, a record changes and another comes.
    eastern = now - timedelta(hours=5)
    day = f"{eastern.year}/{eastern.month}/{eastern.day}"
    changed, late = article(3, title="Another title", revised=day), article(8, created=day, revised=day)
    server.serve([document(*some(1, 2, 4, 5, 6, 7), changed, late)])
    with time_machine.travel(now + timedelta(days=7), tick=True):
        run = refresh(sqlite_store, review, client(server), None)["fibromyalgia"]
    assert (run.status, run.new, run.changed) == ("complete", 1, 1)


@pytest.mark.parametrize("ahead", [timedelta(days=400), timedelta(days=-400), timedelta(hours=-3)], ids=str)
def test_fault_25_a_clock_that_jumps_loses_nothing(
    sqlite_store: Store, review: ReviewDefinition, server: LocalServer, ahead: timedelta
) -> None:
    """One run under a wrong clock between two under the right one, a change before and after each."""
    moments = [NOW, NOW + timedelta(days=7) + ahead, NOW + timedelta(days=14), NOW + timedelta(days=21)]
    for place, moment in enumerate(moments):
        real = NOW + timedelta(days=7 * place)
        day = f"{real.year}/{real.month}/{real.day}"
        changed = article(3, title=f"Title number {place}", revised=day)
        server.serve([document(*some(1, 2, *range(4, 8 + place)), changed)])
        with time_machine.travel(moment, tick=True):
            runs = refresh(sqlite_store, review, client(server), None, everything=False)
        assert runs["fibromyalgia"].status == "complete"
        assert sqlite_store.record("pubmed:3").title == f"Title number {place}"
        assert sqlite_store.known_pmids() == {str(n) for n in range(1, 8 + place)}
    assert len(sqlite_store.record_versions("pubmed:3")) == 4


def test_fault_25_a_listing_in_parts_reaches_beyond_today(fake: MadeUpTime) -> None:
    """A record created tomorrow (by this machine's calendar, which may be behind PubMed's) is in a part."""
    with time_machine.travel(NOW, tick=True):
        records = document(*(article(n, created=f"2026/{2 + n // 28}/{1 + n % 28}") for n in range(1, 31)))
        with LocalServer([records], cap=5) as server:  # the last two on 2 and 3 March
            pubmed = PubMed(Transport(base_url=server.base_url, rate=1000, clock=fake.clock, sleep=fake.sleep), cap=5)
            assert pubmed.search("rTMS[tiab]", split=True).count == 30


def test_the_pauses_of_a_failing_run_are_bounded(fake: MadeUpTime) -> None:
    down = Fault("*", 1, faults.status(503), times=None)
    with LocalServer(TEN, faults=[down]) as server, pytest.raises(EutilsError):
        client(server, fake, rate=float("inf"), max_tries=12).search("motor[tiab]")
    assert all(later >= earlier or later >= 60 for earlier, later in pairwise(fake.slept))
    assert max(fake.slept) <= 90
