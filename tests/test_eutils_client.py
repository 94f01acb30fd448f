"""The E-utilities client against the local server, over real loopback sockets; where it waits, time is made up."""

from __future__ import annotations

import hashlib
import itertools
import logging
import math
import os
import pickle
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.eutils import (
    NCBI,
    AddressRefused,
    BadKey,
    BadStrategy,
    EutilsError,
    HistoryLost,
    LocalServer,
    PubMed,
    RequestLog,
    RequestRefused,
    ServiceFailure,
    TooManyRecords,
    Transport,
    faults,
    replies,
)
from ingest.eutils.answers import NotReadable, Verdict, judge, scan
from ingest.eutils.faults import Fault
from ingest.eutils.pacing import RateLimiter
from ingest.eutils.pubmed import pmids_of
from ingest.eutils.seam import entrez
from ingest.eutils.transport import ROOTS
from tests.pubmed_documents import article, article_set, articles, book
from tests.shared_data import shared

KEY = "dummy0key0that0must0never0show"
MAIL = "someone+trials@example.org"
TEN = articles(10)
PMIDS = tuple(str(n) for n in range(1001, 1011))


class MadeUpTime:
    """A clock that only moves when somebody sleeps; safe for threads."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def clock(self) -> float:
        with self._lock:
            return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.now += seconds


@pytest.fixture
def fake() -> MadeUpTime:
    return MadeUpTime()


@pytest.fixture
def connect(fake: MadeUpTime) -> Callable[..., PubMed]:
    """A client of a server that neither waits nor paces, unless a test asks for it."""

    def make(server: LocalServer, *, cap: int = 9_999, **settings: object) -> PubMed:
        defaults: dict[str, object] = {"rate": math.inf, "clock": fake.clock, "sleep": fake.sleep, "timeout": 5.0}
        return PubMed(Transport(base_url=server.base_url, **(defaults | settings)), cap=cap)  # type: ignore[arg-type]

    return make


Connect = Callable[..., PubMed]


def fetched(pubmed: PubMed, pmids: Sequence[str] = PMIDS, **options: int) -> list[str]:
    return [pmid for batch in pubmed.fetch(pmids, **options) for pmid in batch.returned]


def busiest_second(times: Sequence[float]) -> int:
    return max(sum(1 for t in times if start <= t < start + 1) for start in times)


@pytest.fixture(autouse=True)
def nobody_asks_for_a_document_type(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every server of every test: no DTD traffic, and no fault of its own."""
    servers: list[LocalServer] = []
    start = LocalServer.start

    def remember(server: LocalServer) -> LocalServer:
        servers.append(server)
        return start(server)

    monkeypatch.setattr(LocalServer, "start", remember)
    yield
    assert [request for server in servers for request in server.dtd_requests] == []
    assert [failure for server in servers for failure in server.failures] == []


# Searching


def test_a_search_lists_everything_in_one_request(connect: Connect) -> None:
    with LocalServer(articles(300, title="Motor cortex and pain")) as server:
        answer = connect(server).search("pain[tiab]")
    assert answer.count == 300
    assert set(answer.pmids) == {str(n) for n in range(1001, 1301)}
    assert answer.translation == '"pain"[Title/Abstract]'
    assert len(answer.requests) == len(server.requests) == 1
    sent = server.requests[0].parameters
    assert {name: sent[name][0] for name in ("db", "retmax", "sort", "usehistory")} == {
        "db": "pubmed",
        "retmax": "9999",
        "sort": "pub_date",
        "usehistory": "y",
    }
    assert answer.sha256 == (hashlib.sha256(answer.raw[0]).hexdigest(),) == (answer.requests[0].sha256,)


def test_a_search_that_finds_nothing_is_an_empty_answer_without_warnings(connect: Connect) -> None:
    with LocalServer(TEN) as server:
        answer = connect(server).search("nowhere[tiab]")
    assert (answer.count, answer.pmids, answer.warnings) == (0, (), ())


def test_a_long_strategy_is_posted(connect: Connect) -> None:
    strategy = " OR ".join(f"term{n}[tiab]" for n in range(200)) + " OR motor[tiab]"
    with LocalServer(TEN) as server:
        assert connect(server).search(strategy).count == 10
    assert server.requests[0].method == "POST"


@pytest.mark.parametrize(
    ("strategy", "named"),
    [
        ("zzqxv OR motor[tiab]", "zzqxv"),
        ('"body battery"[tiab] OR motor[tiab]', "body battery"),
    ],
)
def test_a_phrase_that_pubmed_does_not_know_stops_the_search_and_is_named(
    connect: Connect, strategy: str, named: str
) -> None:
    with LocalServer(TEN, unknown=["zzqxv", "body battery"]) as server, pytest.raises(BadStrategy) as caught:
        connect(server).search(strategy)
    assert named in str(caught.value)
    assert any(named in fault for fault in caught.value.faults)
    assert len(caught.value.requests) == 1


def test_a_strategy_with_faults_that_pubmed_hides_is_not_sent(connect: Connect) -> None:
    with LocalServer(TEN) as server, pytest.raises(BadStrategy, match="tiabb"):
        connect(server).search("motor[tiabb]")
    assert server.requests == ()


def test_an_answer_cannot_have_fewer_pmids_than_it_counts(connect: Connect) -> None:
    short = faults.replaced(b"<Id>1005</Id>", b"")
    with LocalServer(TEN, faults=[Fault("esearch", 1, short)]) as server:
        assert connect(server).search("motor[tiab]").count == 10
        assert len(server.requests) == 2
    with (
        LocalServer(TEN, faults=[Fault("esearch", 1, short, times=None)]) as server,
        pytest.raises(ServiceFailure, match="counts 10 records but lists 9"),
    ):
        connect(server).search("motor[tiab]")


@pytest.mark.parametrize("how_many", [49, 50])
def test_a_search_within_the_cap_is_listed(connect: Connect, how_many: int) -> None:
    with LocalServer(articles(how_many), cap=50) as server:
        assert len(connect(server, cap=50).search("motor[tiab]").pmids) == how_many


def test_a_search_beyond_the_cap_says_how_many_and_asks_to_narrow(connect: Connect) -> None:
    with LocalServer(articles(51), cap=50) as server:
        with pytest.raises(TooManyRecords, match=r"finds 51 records.*first 50 only: narrow") as caught:
            connect(server, cap=50).search("motor[tiab]")
        assert (caught.value.count, caught.value.cap) == (51, 50)
        # A client that believes in a higher cap notices the shortened list.
        with pytest.raises(TooManyRecords):
            connect(server).search("motor[tiab]")


@pytest.mark.parametrize("how_many", [50, 51, 137])
def test_a_search_beyond_the_cap_can_be_listed_in_parts_without_loss_or_double(connect: Connect, how_many: int) -> None:
    records = article_set(
        article(1001 + n, created=f"{1990 + n % 30}/{1 + n % 12}/{1 + n % 28}") for n in range(how_many)
    )
    with LocalServer(records, cap=50) as server:
        answer = connect(server, cap=50).search("motor[tiab]", split=True)
    assert answer.count == how_many
    assert sorted(answer.pmids) == [str(1001 + n) for n in range(how_many)]
    assert answer.translation == '"motor"[Title/Abstract]'
    assert len(answer.requests) == len(server.requests)


def test_records_that_no_part_holds_make_a_split_listing_fail(connect: Connect) -> None:
    undated = article(5000).replace('PubStatus="entrez"', 'PubStatus="other"')
    records = article_set([*(article(1001 + n, created=f"{1990 + n}/1/1") for n in range(30)), undated])
    with LocalServer(records, cap=20) as server, pytest.raises(EutilsError, match=r"31 records.*hold 30"):
        connect(server, cap=20).search("motor[tiab]", split=True)


def test_more_records_in_one_day_than_pubmed_lists_are_divided_by_number(connect: Connect) -> None:
    records = article_set([*(article(1001 + n) for n in range(70)), article(7, created="1999/1/1")])
    with LocalServer(records, cap=20) as server:
        answer = connect(server, cap=20).search("motor[tiab]", split=True)
        assert not any("retstart" in request.parameters for request in server.requests)
    assert answer.count == 71
    assert sorted(map(int, answer.pmids)) == [7, *range(1001, 1071)]
    assert len(answer.requests) == len(server.requests)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(st.dates(date(1780, 1, 1), date(2026, 11, 1)) | st.just(date(2000, 1, 1)), min_size=1, max_size=40),
    cap=st.integers(1, 12),
)
def test_a_search_of_any_size_and_dates_is_listed_exactly(connect: Connect, days: list[date], cap: int) -> None:
    records = article_set(
        article(1001 + 7 * n, created=f"{day.year}/{day.month}/{day.day}") for n, day in enumerate(days)
    )
    with LocalServer(records, cap=cap) as server:
        answer = connect(server, cap=cap).search("motor[tiab]", split=True)
        assert answer.count == len(answer.pmids) == len(days)
        assert set(answer.pmids) == server.pmids
        assert len(answer.requests) == len(server.requests)


def test_a_search_that_cannot_be_divided_any_further_says_so(connect: Connect) -> None:
    endless = replies.document("eSearchResult", "<Count>99</Count><IdList><Id>1</Id></IdList><TranslationSet/>")
    with LocalServer(TEN, faults=[Fault("esearch", 1, faults.answer(endless), times=None)]) as server:
        with pytest.raises(TooManyRecords, match="divided further") as caught:
            connect(server, cap=20).search("motor[tiab]", split=True)
        assert len(caught.value.requests) == len(server.requests) < 60


def test_records_that_come_while_a_large_search_is_listed_are_listed_too(connect: Connect) -> None:
    def dated(numbers: range) -> bytes:
        return article_set(article(n, created=f"{1990 + n % 30}/1/1") for n in numbers)

    server = LocalServer(dated(range(1001, 1061)), cap=20)

    def grow(reply: replies.Reply) -> replies.Reply:
        server.serve(dated(range(1001, 1064)))  # three more, after the whole was counted
        return reply

    server.faults.append(Fault("esearch", 2, grow))
    with server:
        answer = connect(server, cap=20).search("motor[tiab]", split=True)
    assert answer.count == len(answer.pmids) == 63
    assert "the count changed from 60 to 63 while the records were listed" in answer.warnings
    assert len(answer.requests) == len(server.requests)


def test_a_failure_among_the_parts_of_a_search_names_every_request_before_it(connect: Connect) -> None:
    records = article_set(article(1001 + n, created=f"{1990 + n}/1/1") for n in range(30))
    with LocalServer(records, cap=20, faults=[Fault("esearch", 4, faults.status(500), times=None)]) as server:
        with pytest.raises(ServiceFailure) as caught:
            connect(server, cap=20).search("motor[tiab]", split=True)
        assert len(caught.value.requests) == len(server.requests) == 3 + 5


def test_a_search_whose_set_pubmed_loses_is_repeated_and_says_so(connect: Connect) -> None:
    lost = faults.error("Unable to obtain query #1")
    with LocalServer(TEN, faults=[Fault("esearch", 1, lost)]) as server:
        answer = connect(server).search("motor[tiab]")
        assert (answer.count, len(answer.requests), len(server.requests)) == (10, 2, 2)
    assert "PubMed lost the search's set, and the search was repeated" in answer.warnings
    with LocalServer(TEN, faults=[Fault("esearch", 1, lost, times=None)]) as server:
        with pytest.raises(HistoryLost, match="search again") as caught:
            connect(server).search("motor[tiab]")
        assert len(caught.value.requests) == len(server.requests) == 3


def test_line_breaks_between_terms_are_sent_as_blanks(connect: Connect) -> None:
    strategy = "motor[tiab]\n  AND\r\n\tcortex[tiab]\n"
    with LocalServer(TEN) as server:
        answer = connect(server).search(strategy)
        assert server.requests[0].parameters["term"] == ("motor[tiab] AND cortex[tiab]",)
    assert (answer.count, answer.query) == (10, strategy)


# Fetching


def test_records_come_in_batches_with_the_bytes_as_they_came(connect: Connect) -> None:
    with LocalServer(TEN) as server:
        batches = list(connect(server).fetch(PMIDS, batch=4))
    assert [batch.requested for batch in batches] == [PMIDS[:4], PMIDS[4:8], PMIDS[8:]]
    for batch in batches:
        assert batch.returned == batch.requested
        assert batch.missing == ()
        assert hashlib.sha256(batch.raw).hexdigest() == batch.sha256
        assert pmids_of(batch.raw) == batch.returned
    # What is handed out holds the record's own bytes.
    assert article(1001).encode() in batches[0].raw


def test_an_interrupted_fetch_goes_on_with_the_pmids_that_are_left(connect: Connect) -> None:
    with LocalServer(TEN) as server:
        pubmed = connect(server)
        first = next(iter(pubmed.fetch(PMIDS, batch=4)))
        rest = [pmid for pmid in PMIDS if pmid not in first.returned]
        assert [*first.returned, *fetched(pubmed, rest, batch=4)] == list(PMIDS)
        assert len(server.requests) == 3


def test_nothing_is_requested_before_the_first_batch_is_wanted_or_for_no_pmids(connect: Connect) -> None:
    with LocalServer(TEN) as server:
        connect(server).fetch(PMIDS)
        assert list(connect(server).fetch([])) == []
        assert server.requests == ()


@pytest.mark.parametrize("wrong", ["0", "00000000", "12a", "", "1,2", "-4", "１２"])
def test_what_is_not_a_pmid_is_refused_before_it_is_sent(connect: Connect, wrong: str) -> None:
    with LocalServer(TEN) as server:
        with pytest.raises(EutilsError, match="not a PMID"):
            connect(server).fetch(["1001", wrong])
        assert server.requests == ()


def test_a_missing_record_is_named_and_not_asked_for_again(connect: Connect) -> None:
    with LocalServer(TEN, faults=[Fault("efetch", 1, faults.without({"1004"}))]) as server:
        batch = next(iter(connect(server).fetch(["1001", "99999999", "1004"])))
        assert batch.returned == ("1001",)
        assert batch.missing == ("99999999", "1004")
        assert len(server.requests) == 1


def test_only_unknown_records_give_an_empty_batch_and_no_error(connect: Connect) -> None:
    with LocalServer(TEN) as server:
        batch = next(iter(connect(server).fetch(["99999998", "99999999"])))
    assert (batch.returned, batch.missing) == ((), ("99999998", "99999999"))


def test_books_and_withdrawn_records_in_an_answer_are_no_shortfall(connect: Connect) -> None:
    source = article_set([article(1001), book(2001), article(1002)])
    deleting = Fault("efetch", 1, faults.deleting({"7777", "1001"}), times=None)
    with LocalServer(source, faults=[deleting]) as server:
        pubmed = connect(server)
        assert next(iter(pubmed.fetch(["1002", "2001", "1001"]))).returned == ("1002", "2001", "1001")
        only_books = next(iter(pubmed.fetch(["2001"])))
        assert (only_books.returned, only_books.missing) == (("2001",), ())
        assert len(server.requests) == 2


def test_records_that_were_not_asked_for_are_never_handed_out(connect: Connect) -> None:
    swapped = faults.replaced(b'<PMID Version="1">1003</PMID>', b'<PMID Version="1">1009</PMID>')
    with (
        LocalServer(TEN, faults=[Fault("efetch", 1, swapped, times=None)]) as server,
        pytest.raises(ServiceFailure, match="1009"),
    ):
        fetched(connect(server), PMIDS[:5])


def test_summaries_tell_which_records_are_gone(connect: Connect) -> None:
    with LocalServer(TEN) as server:
        pubmed = connect(server)
        assert pubmed.summary_missing(["1001", "99999999", "1002", "88888888"]) == ("99999999", "88888888")
        assert pubmed.summary_missing([]) == ()


def test_silence_about_a_record_is_not_taken_for_its_withdrawal(connect: Connect) -> None:
    silent = faults.replaced(b'uid="99999999"', b'uid="1"')
    with (
        LocalServer(TEN, faults=[Fault("esummary", 1, silent, times=None)]) as server,
        pytest.raises(ServiceFailure, match="nothing was said about 1 records"),
    ):
        connect(server).summary_missing(["99999999"])


# Faults that pass are retried; until then nothing is handed out

PASSING = {
    "status 500": faults.status(500),
    "status 502": faults.status(502),
    "status 503": faults.status(503),
    "status 504": faults.status(504),
    "unroutable": faults.answer(
        b"Unable to route request!\n\nservice name: /http/service/ratecontrol", status=500, content_type=replies.TEXT
    ),
    "closed without answer": faults.closed(),
    "reset before the answer": faults.reset(),
    "reset in the middle": faults.reset(0.5),
    "cut at 10 %": faults.cut(0.1),
    "cut at 50 %": faults.cut(0.5),
    "cut at 99 %": faults.cut(0.99),
    "cut inside a tag": faults.cut(0.7),
    "cut between records": faults.cut_before(b"<PubmedArticle>", occurrence=3),
    "cut before the last end tag": faults.cut_before(b"</PubmedArticleSet>"),
    "shorter than announced": faults.broken_off(0.6),
    "chunks end early": faults.broken_off(0.6, chunked=True),
    "web page": faults.html(),
    "XHTML page": faults.xhtml(),
    "empty": faults.empty(),
    "prolog only": faults.prolog_only(),
    "JSON for XML": faults.answer(b'{"result": {}}', content_type=replies.JSON),
    "viewer time-out with 200": faults.error(
        " Error: External viewer error: Empty Response. Bytes read: 0 Status: Timeout", root="eFetchResult"
    ),
    "viewer time-out with 400": faults.error(
        " Error: External viewer error: Empty Response. Bytes read: 0 Status: Timeout", root="eFetchResult", status=400
    ),
    "relayed backend fault": faults.error(
        "proxy_stream(): Failed to connect to PubOne service", root="eFetchResult", status=400
    ),
    "C++ exception": faults.error("NCBI C++ Exception: ... EUTILSAPP(CException::eInvalid)", root="eFetchResult"),
    "another PMID": faults.replaced(b">1003</PMID>", b">1999</PMID>"),
    "a byte gone bad": faults.replaced(b"<AbstractText>", b"<Abstr\x01ctText>"),
    "entities of its own": faults.replaced(
        b'"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">',
        b'"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd" [<!ENTITY a "b">]>',
    ),
}


@pytest.mark.parametrize("name", PASSING)
def test_a_passing_fault_is_retried_and_the_whole_batch_comes(connect: Connect, name: str) -> None:
    with LocalServer(TEN, faults=[Fault("efetch", 1, PASSING[name])]) as server:
        batches = list(connect(server).fetch(PMIDS, batch=5))
    assert [batch.returned for batch in batches] == [PMIDS[:5], PMIDS[5:]]
    assert [len(batch.requests) for batch in batches] == [2, 1]
    assert all(batch.requests[-1].outcome == "data" for batch in batches)


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_stays_ends_in_a_named_error_after_five_tries(connect: Connect, name: str) -> None:
    with LocalServer(TEN, faults=[Fault("efetch", 1, PASSING[name], times=None)]) as server:
        with pytest.raises(ServiceFailure, match=r"efetch failed, tried 5 times: .{8}") as caught:
            fetched(connect(server), PMIDS[:5])
        assert len(server.requests) == len(caught.value.requests) == 5
    assert all(log.outcome != "data" for log in caught.value.requests)


def test_pauses_between_tries_grow_and_are_jittered(connect: Connect, fake: MadeUpTime) -> None:
    with LocalServer(TEN, faults=[Fault("efetch", 1, faults.status(503), times=None)]) as server:
        for chance in (lambda: 0.0, lambda: 0.9):
            with pytest.raises(ServiceFailure):
                fetched(connect(server, chance=chance))
    assert fake.slept[:4] == [1, 2, 4, 8]
    assert fake.slept[4:] == pytest.approx([1.45, 2.9, 5.8, 11.6])


@pytest.mark.parametrize("at", [None, 0.0, 0.5])
def test_a_stall_meets_the_time_out_and_is_retried(connect: Connect, at: float | None) -> None:
    with LocalServer(TEN, faults=[Fault("efetch", 1, faults.stall(30, at=at))]) as server:
        begun = time.monotonic()
        batch = next(iter(connect(server, timeout=0.2).fetch(PMIDS)))
        assert time.monotonic() - begun < 5  # far below the stall
    assert batch.returned == PMIDS
    assert len(batch.requests) == 2
    assert batch.requests[0].outcome in ("no answer within 0.2 seconds", "the answer stalled for 0.2 seconds")


def test_a_slow_answer_meets_the_deadline(connect: Connect, fake: MadeUpTime) -> None:
    def clock() -> float:
        fake.now += 10  # every look at the clock is ten seconds later
        return fake.now

    with LocalServer(TEN) as server, pytest.raises(ServiceFailure, match="took longer than 5 seconds"):
        fetched(connect(server, deadline=5.0, clock=clock))


def test_an_answer_beyond_the_size_cap_is_refused_without_retry(connect: Connect) -> None:
    with LocalServer(articles(10, padding=20_000)) as server:
        with pytest.raises(RequestRefused, match="larger than 100000 bytes"):
            fetched(connect(server, size_cap=100_000))
        assert len(server.requests) == 1


def test_nobody_listening_is_a_named_error(fake: MadeUpTime) -> None:
    with LocalServer(TEN) as server:
        address = server.base_url
    pubmed = PubMed(Transport(base_url=address, clock=fake.clock, sleep=fake.sleep))
    with pytest.raises(ServiceFailure, match=r"tried 5 times: the connection failed \(ConnectionRefusedError"):
        pubmed.search("pain[tiab]")


@pytest.mark.parametrize("chunked", [False, True])
def test_large_answers_arrive_whole_with_and_without_chunks(connect: Connect, chunked: bool) -> None:
    with LocalServer(articles(20, padding=500_000), chunked=chunked) as server:
        batch = next(iter(connect(server).fetch([str(1001 + n) for n in range(20)])))
    assert len(batch.raw) > 10_000_000
    assert len(batch.returned) == 20


@pytest.mark.parametrize("times", [1, 3, None])
def test_a_search_backend_failure_is_never_zero_results(connect: Connect, times: int | None) -> None:
    failed = faults.error("Search Backend failed: Database is not supported: pubmed")
    with LocalServer(TEN, faults=[Fault("esearch", 1, failed, times=times)]) as server:
        if times is None:
            with pytest.raises(ServiceFailure, match="Search Backend failed: Database is not supported"):
                connect(server).search("motor[tiab]")
        else:
            assert connect(server).search("motor[tiab]").count == 10


SEARCH_FAULTS = {
    name: fault
    for name, fault in PASSING.items()
    if not name.startswith(("cut between", "cut before", "another", "a byte", "entities"))
}


@pytest.mark.parametrize("name", SEARCH_FAULTS)
def test_no_fault_of_a_search_becomes_an_empty_listing(connect: Connect, name: str) -> None:
    with LocalServer(TEN, faults=[Fault("esearch", 1, SEARCH_FAULTS[name], times=None)]) as server:
        with pytest.raises(ServiceFailure):
            connect(server).search("motor[tiab]")
        server.faults.clear()
        assert connect(server).search("motor[tiab]").count == 10


# Refusals are not retried


@pytest.mark.parametrize(
    ("text", "status", "error"),
    [
        ("Invalid db name specified: fleegle", 200, RequestRefused),
        ("ID list is empty! Possibly it has no correct IDs.", 400, RequestRefused),
        ("Cannot retrieve history data: OUT OF RANGE. Parameter retstart=1 + 1 is greater", 400, RequestRefused),
        ("Search Backend failed: Exception:\n'retstart' cannot be larger than 9998.", 400, TooManyRecords),
    ],
)
def test_a_refusal_is_said_at_once(connect: Connect, text: str, status: int, error: type[EutilsError]) -> None:
    refusal = faults.error(text, root="eFetchResult", status=status)
    with LocalServer(TEN, faults=[Fault("efetch", 1, refusal, times=None)]) as server:
        with pytest.raises(error):
            fetched(connect(server))
        assert len(server.requests) == 1


@pytest.mark.parametrize("status", [302, 403, 404, 414])
def test_other_statuses_are_not_retried_and_redirections_not_followed(connect: Connect, status: int) -> None:
    def elsewhere(_: replies.Reply) -> replies.Reply:
        return replies.Reply(
            body=b"<html>moved</html>",
            status=status,
            content_type=replies.HTML,
            headers=(("Location", "http://192.0.2.1/entrez/eutils/efetch.fcgi"),),
        )

    with LocalServer(TEN, faults=[Fault("efetch", 1, elsewhere, times=None)]) as server:
        with pytest.raises(RequestRefused, match=str(status)):
            fetched(connect(server))
        assert len(server.requests) == 1


# Every literal answer of the wire samples, and what it asks for.
WIRE = {
    "literal_429_no_key.json": ("efetch", 429, Verdict.RETRY),
    "literal_400_bad_key.json": ("efetch", 400, Verdict.BAD_KEY),
    "literal_efetch_400_bad_ids.xml": ("efetch", 400, Verdict.FAIL),
    "literal_efetch_400_bad_ids_textmode.txt": ("efetch", 400, Verdict.FAIL),
    "literal_efetch_400_out_of_range.xml": ("efetch", 400, Verdict.FAIL),
    "literal_efetch_expired_webenv.xml": ("efetch", 200, Verdict.RESTART),
    "literal_efetch_unknown_pmid_empty_set.xml": ("efetch", 200, Verdict.DATA),
    "literal_efetch_viewer_timeout.xml": ("efetch", 200, Verdict.RETRY),
    "literal_elink_prolog_only.xml": ("elink", 200, Verdict.RETRY),
    "literal_esearch_backend_failed.xml": ("esearch", 200, Verdict.RETRY),
    "literal_esearch_expired_webenv.xml": ("esearch", 200, Verdict.RESTART),
    "literal_esearch_restrictions_achieved.xml": ("esearch", 200, Verdict.DATA),
    "literal_esearch_retstart_over_cap.xml": ("esearch", 200, Verdict.TOO_MANY),
    "literal_esearch_retstart_over_cap_INVALID.json": ("esearch", 200, Verdict.TOO_MANY),
    "literal_esearch_zero.xml": ("esearch", 200, Verdict.DATA),
    "literal_esummary_json_over_500.json": ("esummary", 200, Verdict.FAIL),
    "literal_esummary_v2_missing.xml": ("esummary", 200, Verdict.DATA),
    "literal_proxy_unroutable.txt": ("efetch", 500, Verdict.RETRY),
    "biopython_einfo2.xml": ("einfo", 200, Verdict.DATA),
    "biopython_einfo4.xml": ("einfo", 200, Verdict.RETRY),
    "biopython_elink1.xml": ("elink", 200, Verdict.DATA),
    "biopython_epost1.xml": ("epost", 200, Verdict.DATA),
    "biopython_epost2.xml": ("epost", 200, Verdict.FAIL),
    "biopython_epost3.xml": ("epost", 200, Verdict.FAIL),
    "biopython_esearch1.xml": ("esearch", 200, Verdict.DATA),
    "biopython_espell.xml": ("espell", 200, Verdict.DATA),
    "biopython_esummary1.xml": ("esummary", 200, Verdict.DATA),
}


@pytest.mark.parametrize("name", WIRE)
def test_answers_as_seen_on_the_wire_are_judged_rightly(name: str) -> None:
    utility, status, verdict = WIRE[name]
    body = shared(f"data/pubmed_xml_samples/wire/{name}").read_bytes()
    assert judge(status=status, body=body, roots=ROOTS[utility]).verdict is verdict


def test_a_scan_names_articles_and_books_but_not_what_they_cite() -> None:
    found = scan(article_set([article(11, cites=[5, 6]), book(12)], deleted=[13]))
    assert (found.root, found.pmids, found.deleted, found.entries) == ("PubmedArticleSet", ("11", "12"), ("13",), 2)
    with pytest.raises(NotReadable):
        scan(b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    with pytest.raises(NotReadable):
        scan(b"")


# The pace


class Watched(RateLimiter):
    """A limiter on made-up time that notes each start as it was granted.

    With made-up time a request arrives late by whatever the other threads slept meanwhile: the server cannot be asked.
    """

    def __init__(self, fake: MadeUpTime) -> None:
        self._mine = threading.local()
        self._fake = fake
        self.starts: list[float] = []
        super().__init__(self._look, fake.sleep)

    def _look(self) -> float:
        self._mine.now = self._fake.clock()
        return float(self._mine.now)

    def wait_for_turn(self, interval: float) -> None:
        super().wait_for_turn(interval)
        self.starts.append(self._mine.now)


@pytest.mark.parametrize(("key", "limit"), [(None, 3), (KEY, 10)])
def test_the_default_pace_keeps_below_ncbis_limit_in_every_second_with_four_threads(
    fake: MadeUpTime, key: str | None, limit: int
) -> None:
    with LocalServer(TEN) as server:
        limiter = Watched(fake)
        transport = Transport(
            base_url=server.base_url, api_key=key, clock=fake.clock, sleep=fake.sleep, limiter=limiter
        )
        with ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda pmid: fetched(PubMed(transport), [pmid]), PMIDS * 4))
    assert [pmid for part in done for pmid in part] == list(PMIDS * 4)
    assert len(limiter.starts) == 40
    assert busiest_second(limiter.starts) <= limit


def test_one_client_at_its_default_pace_never_meets_a_server_with_ncbis_limit(fake: MadeUpTime) -> None:
    with LocalServer(TEN, rate=3, clock=fake.clock) as server:
        transport = Transport(base_url=server.base_url, clock=fake.clock, sleep=fake.sleep)
        assert fetched(PubMed(transport), batch=1) == list(PMIDS)
        assert {request.status for request in server.requests} == {200}
        assert busiest_second([request.time for request in server.requests]) <= 3


def test_four_threads_in_real_time_never_start_more_than_the_limit() -> None:
    # 50 a second asked for; a start is stamped here and arrives a little later there, by more on a busy machine.
    with LocalServer(TEN) as server:
        transport = Transport(base_url=server.base_url, rate=50)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda pmid: fetched(PubMed(transport), [pmid]), PMIDS * 8))
        times = sorted(request.time for request in server.requests)
    assert len(times) == 80
    assert busiest_second(times) <= 70
    assert times[-1] - times[0] >= 79 / 50 - 0.1


def test_every_transport_of_the_process_shares_one_pace() -> None:
    with LocalServer(TEN) as server:
        for _ in range(6):
            fetched(PubMed(Transport(base_url=server.base_url, rate=20)), ["1001"])
        times = [request.time for request in server.requests]
    # Five intervals of 1/20 s; an arrival may come a little late, but six unpaced requests take a tenth of this.
    assert times[-1] - times[0] > 0.2


def test_retries_keep_the_pace_too(fake: MadeUpTime) -> None:
    storm = Fault("efetch", 1, faults.status(503), times=4)
    with LocalServer(TEN, faults=[storm], clock=fake.clock) as server:
        transport = Transport(base_url=server.base_url, clock=fake.clock, sleep=fake.sleep, backoff=0.0)
        fetched(PubMed(transport))
        times = [request.time for request in server.requests]
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 0.4 - 1e-9


def test_after_429_the_next_request_waits_as_long_as_asked(connect: Connect, fake: MadeUpTime) -> None:
    busy = Fault("efetch", 1, faults.too_many_requests(retry_after=7))
    with LocalServer(TEN, faults=[busy], clock=fake.clock) as server:
        assert fetched(connect(server)) == list(PMIDS)
        first, second = (request.time for request in server.requests)
    assert second - first >= 7


def test_a_retry_after_holds_back_every_thread_of_the_process(fake: MadeUpTime) -> None:
    limiter = RateLimiter(fake.clock, fake.sleep)
    limiter.wait_for_turn(0.4)
    limiter.hold(5)
    limiter.wait_for_turn(0.4)
    assert fake.now == 1005


def test_retry_after_may_be_a_date(connect: Connect, fake: MadeUpTime) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    busy = Fault("efetch", 1, faults.too_many_requests(retry_after=moment))
    with LocalServer(TEN, faults=[busy], clock=fake.clock) as server:
        assert fetched(connect(server)) == list(PMIDS)
        first, second = (request.time for request in server.requests)
    assert 25 <= second - first <= 40


def test_a_service_that_asks_for_hours_is_not_waited_for(connect: Connect, fake: MadeUpTime) -> None:
    busy = Fault("efetch", 1, faults.too_many_requests(retry_after=7200), times=None)
    with (
        LocalServer(TEN, faults=[busy]) as server,
        pytest.raises(ServiceFailure, match=r"tried once: .*come back in 7200 seconds"),
    ):
        fetched(connect(server))
    assert fake.slept == []


def test_a_storm_of_429_with_four_threads_ends_with_every_record(fake: MadeUpTime) -> None:
    # The server allows fewer than the client believes: each refusal is waited out.
    with LocalServer(TEN, rate=2, clock=fake.clock) as server:
        limiter = Watched(fake)
        transport = Transport(
            base_url=server.base_url, rate=8, clock=fake.clock, sleep=fake.sleep, limiter=limiter, max_tries=50
        )
        with ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda pmid: fetched(PubMed(transport), [pmid]), PMIDS * 2))
        assert 429 in {request.status for request in server.requests}
    assert [pmid for part in done for pmid in part] == list(PMIDS * 2)
    assert busiest_second(limiter.starts) <= 8


# Where requests may go


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/entrez/eutils/",
        "https://example.org/",
        "http://eutils.ncbi.nlm.nih.gov/entrez/eutils/",  # not over https
        "https://eutils.ncbi.nlm.nih.gov:8443/entrez/eutils/",
        "https://eutils.ncbi.nlm.nih.gov.example.org/",
        "http://127.0.0.1.example.org/",
        "http://127.0.0.1@example.org/",
        "http://example.org\\@127.0.0.1/",
        "http://user:secret@127.0.0.1:8000/",
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "http://0.0.0.0:8000/",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706433/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://127.0.0.1/?x=",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1/\r\nX: y",
        "127.0.0.1:8000",
        "",
    ],
)
def test_a_base_address_elsewhere_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused, match="WORKBENCH_EUTILS_URL") as caught:
        Transport(base_url=address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "local"),
    [
        (NCBI, False),
        ("https://eutils.ncbi.nlm.nih.gov/entrez/eutils", False),
        ("http://127.0.0.1:8000/entrez/eutils", True),
        ("http://127.9.9.9/", True),
        ("http://[::1]:8000/x/", True),
        ("http://localhost:8000", True),
    ],
)
def test_ncbi_and_this_machine_are_accepted(address: str, local: bool) -> None:
    transport = Transport(base_url=address)
    assert transport.local is local
    assert transport.base_url.endswith("/")


def test_ncbi_never_gets_more_than_it_allows() -> None:
    for wrong in ({"rate": 3.1}, {"rate": 8.5, "api_key": KEY}, {"rate": 0.0}, {"rate": math.nan}):
        with pytest.raises(EutilsError, match="requests a second"):
            Transport(**wrong)  # type: ignore[arg-type]


def test_the_environment_sets_address_key_and_mail() -> None:
    with LocalServer(TEN) as server:
        transport = Transport.from_environment(
            {"WORKBENCH_EUTILS_URL": server.base_url, "NCBI_API_KEY": f" {KEY} ", "NCBI_EMAIL": MAIL}
        )
        PubMed(transport).search("motor[tiab]")
        sent = server.requests[0].parameters
    assert transport.has_email
    assert (sent["api_key"], sent["email"], sent["tool"]) == ((KEY,), (MAIL,), ("rtms-pain-workbench",))
    plain = Transport.from_environment({})
    assert (plain.base_url, plain.local, plain.has_email) == (NCBI, False, False)
    with pytest.raises(EutilsError, match="NCBI_API_KEY"):
        Transport.from_environment({"NCBI_API_KEY": "no key has\nthis"})


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")  # the discard port: nobody answers
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with LocalServer(TEN) as server:
        assert fetched(connect(server)) == list(PMIDS)


# Secrets


def test_the_key_and_the_mail_address_show_nowhere(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logs: list[RequestLog] = []
    seen = ""
    echo = f"your request api_key={KEY} from {MAIL} / someone%2Btrials%40example.org failed " * 3

    def failing(change: faults.Change) -> str:
        with LocalServer(TEN, keys=["another"], faults=[Fault("*", 1, change, times=None)]) as server:
            pubmed = connect(server, api_key=KEY, email=MAIL, on_request=logs.append)
            with pytest.raises(EutilsError) as caught:
                pubmed.search("motor[tiab]")
            with pytest.raises(EutilsError) as posted:
                fetched(pubmed, [str(n) for n in range(10_000_001, 10_000_301)], batch=300)
            # It was really sent.
            assert all(request.parameters["api_key"] == (KEY,) for request in server.requests)
            assert {request.method for request in server.requests} == {"GET", "POST"}
            text = repr(pubmed.transport) + repr(vars(pubmed)) + str(pubmed.transport)
        for error in (caught.value, posted.value):
            text += "".join(traceback.format_exception(error)) + repr(error) + repr(error.requests) + repr(vars(error))
            text += repr((error.__context__, error.__cause__))
        return text

    for change in (
        lambda reply: reply,  # the server's own answer to a bad key, which repeats the key
        faults.answer(echo.encode(), content_type=replies.TEXT),
        faults.answer(echo.encode(), status=500, content_type=replies.TEXT),
        faults.error(echo),
        faults.answer(f'{{"error": "{echo}"}}'.encode(), status=400, content_type=replies.JSON),
        faults.closed(),
    ):
        seen += failing(change)
    seen += repr(logs) + "".join(str(log.as_dict()) for log in logs)
    seen += "".join(record.getMessage() for record in caplog.records) + caplog.text
    assert "[redacted]" in seen
    for secret in (KEY, KEY[:12], KEY[-12:], MAIL, "someone", "%2Btrials"):
        assert secret not in seen.replace(str(Path(__file__)), "")


def test_a_bad_key_is_tried_once_and_named(connect: Connect) -> None:
    with LocalServer(TEN, keys=["another"]) as server:
        with pytest.raises(BadKey, match="NCBI_API_KEY"):
            connect(server, api_key=KEY).search("motor[tiab]")
        assert len(server.requests) == 1


def test_a_transport_is_not_pickled_with_its_credentials() -> None:
    with pytest.raises(TypeError, match="credentials"):
        pickle.dumps(Transport(api_key=KEY))


# Biopython


def test_biopython_is_as_before_once_the_client_is_done(connect: Connect) -> None:
    from Bio import Entrez
    from Bio.Entrez import Parser

    before = (Entrez.urlopen, Entrez.time, Entrez.max_tries, Entrez.local_cache, Parser.urlopen)
    with LocalServer(TEN) as server:
        connect(server).search("motor[tiab]")
        with entrez() as inner, pytest.raises(EutilsError, match="not downloaded"):
            Parser.urlopen("https://eutils.ncbi.nlm.nih.gov/eutils/dtd/x.dtd")
        assert inner is Entrez
    assert before == (Entrez.urlopen, Entrez.time, Entrez.max_tries, Entrez.local_cache, Parser.urlopen)
    assert Entrez.api_key is None
    assert Entrez.email is None


def test_nothing_is_written_in_the_home_folder_and_biopython_is_imported_late(tmp_path: Path) -> None:
    program = f"""
import sys
import ingest, ingest.eutils
assert not [name for name in sys.modules if name.split(".")[0] == "Bio"], "imported too early"
from ingest.eutils import LocalServer, PubMed, Transport
with LocalServer({TEN!r}) as server:
    pubmed = PubMed(Transport(base_url=server.base_url, rate=1000))
    assert pubmed.search("motor[tiab]").count == 10
    assert len(list(pubmed.fetch(["1001"]))) == 1
    assert server.dtd_requests == ()
assert "Bio.Entrez.Parser" in sys.modules
"""
    home = tmp_path / "home"
    home.mkdir()
    work = tmp_path / "work"
    work.mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("XDG_")},
        "HOME": str(home),
        "TMPDIR": str(work),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
    }
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, env=environment, cwd=work)
    assert list(home.rglob("*")) == []
    assert list(work.rglob("*")) == []


def test_error_documents_are_read_with_the_shipped_definition() -> None:
    """Biopython does not bundle efetch.dtd; without ours it would try to download it and hide NCBI's message."""
    import io

    body = replies.error("eFetchResult", "Unable to obtain query #1").body
    with entrez() as module, pytest.raises(RuntimeError, match="Unable to obtain query #1"):
        module.read(io.BytesIO(body))


# The record of requests


def test_every_request_is_recorded_with_how_it_ended(connect: Connect) -> None:
    seen: list[RequestLog] = []
    with LocalServer(TEN, faults=[Fault("efetch", 1, faults.status(502))]) as server:
        batch = next(iter(connect(server, on_request=seen.append).fetch(["1001", "1002"])))
    assert tuple(seen) == batch.requests
    assert [(log.method, log.utility, log.status) for log in seen] == [("GET", "efetch", 502), ("GET", "efetch", 200)]
    assert seen[0].outcome == "a web page came back (status 502)"
    assert dict(seen[1].parameters)["id"] == "1001,1002"
    assert seen[1].sha256 == batch.sha256
    assert seen[1].as_dict()["outcome"] == "data"
    assert seen[1].started.tzinfo is UTC
