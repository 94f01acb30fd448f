"""The local E-utilities server answers as PubMed does, byte forms and silences included."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from ingest.eutils import EutilsError, LocalServer, faults
from ingest.eutils.faults import Fault
from ingest.eutils.seam import read_answer
from ingest.eutils.server import main
from tests.pubmed_documents import article, article_set, articles, book
from tests.shared_data import shared

RECORDS = article_set(
    [
        article(101, title="Pain and sham", published="2020/Mar/1", authors=[("Zeta", "Z")], cites=[102, 103, 999]),
        article(102, title="Pain after stroke", published="2022/Jan/9", authors=[("Alpha", "A")], journal="B Journal"),
        article(103, title="Migraine", published="2018/Jul/2", authors=[("Mid", "M")], created="2018/7/5"),
        book(104),
    ]
)
XML_PROLOG = b'<?xml version="1.0"'


@dataclass(frozen=True)
class Got:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def xml(self) -> Element:
        return ElementTree.fromstring(self.body)

    def ids(self, path: str = "IdList/Id") -> list[str]:
        return [element.text or "" for element in self.xml.iterfind(path)]

    def text(self, path: str) -> str | None:
        return self.xml.findtext(path)


def ask(server: LocalServer, utility: str, method: str = "GET", **parameters: object) -> Got:
    """Speak HTTP to the server without the client under test."""
    address = urlsplit(server.base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    file = f"{address.path}{utility}.{'cgi' if utility == 'ecitmatch' else 'fcgi'}"
    query = urlencode(parameters, doseq=True)
    try:
        if method == "POST":
            connection.request("POST", file, query, {"Content-Type": "application/x-www-form-urlencoded"})
        else:
            connection.request("GET", f"{file}?{query}")
        response = connection.getresponse()
        return Got(response.status, response.headers, response.read())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer(RECORDS) as running:
        yield running
        assert running.failures == []


# esearch


def test_the_defaults_are_pubmed_twenty_ids_and_xml() -> None:
    with LocalServer(articles(30)) as many:
        got = ask(many, "esearch", term="motor[tiab]")
    assert got.headers["Content-Type"] == "text/xml; charset=UTF-8"
    assert (got.text("Count"), got.text("RetMax"), got.text("RetStart"), len(got.ids())) == ("30", "20", "0", 20)
    assert got.xml.find("QueryKey") is None


@pytest.mark.parametrize("term", ["pain[tiab]", "pain[tiab] OR migraine[tiab]"])
def test_get_and_post_are_the_same_and_unknown_parameters_are_ignored(server: LocalServer, term: str) -> None:
    get = ask(server, "esearch", term=term, nonsense="1")
    assert get.body == ask(server, "esearch", "POST", db="pubmed", term=term).body


def test_biopython_reads_the_answers_of_every_utility_it_has_a_definition_for(server: LocalServer) -> None:
    assert read_answer(ask(server, "esearch", term="pain[tiab]").body)["IdList"] == ["102", "101"]
    assert "pubmed" in read_answer(ask(server, "einfo").body)["DbList"]
    assert read_answer(ask(server, "einfo", db="pubmed").body)["DbInfo"][0]["Count"] == "4"
    assert read_answer(ask(server, "epost", id="101,102").body)["QueryKey"] == "1"
    assert read_answer(ask(server, "espell", term="pian").body)["Query"] == "pian"
    links = read_answer(ask(server, "elink", dbfrom="pubmed", id="101").body)
    assert links[0]["LinkSetDb"][0]["LinkName"] == "pubmed_pubmed_refs"
    assert read_answer(ask(server, "esummary", id="101").body)[0]["Title"] == "Pain and sham"


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("pub_date", ["102", "101", "103"]),
        ("", ["103", "102", "101"]),
        ("relevance", ["103", "102", "101"]),
        ("Author", ["102", "103", "101"]),
        ("JournalName", ["102", "103", "101"]),
    ],
)
def test_orders(server: LocalServer, sort: str, order: list[str]) -> None:
    assert ask(server, "esearch", term="pain[tiab] OR migraine[tiab]", sort=sort).ids() == order


def test_zero_hits_look_as_on_the_wire() -> None:
    with LocalServer(RECORDS, unknown=["zzqxv"]) as running:
        got = ask(running, "esearch", term="zzqxv")
    literal = ElementTree.fromstring(shared("data/pubmed_xml_samples/wire/literal_esearch_zero.xml").read_bytes())

    def shape(element: Element) -> object:
        return element.tag, [shape(child) for child in element]

    assert shape(got.xml) == shape(literal)
    assert got.text("ErrorList/PhraseNotFound") == literal.findtext("ErrorList/PhraseNotFound") == "zzqxv"
    assert got.text("WarningList/OutputMessage") == "No items found."


def test_unknown_phrases_are_reported_even_where_the_rest_finds_something() -> None:
    with LocalServer(RECORDS, unknown=["zzqxv", "body battery"]) as running:
        got = ask(running, "esearch", term='("body battery"[tiab] OR zzqxv[tiab]) OR pain[tiab]')
        as_json = ask(running, "esearch", term='"body battery"[tiab] OR pain[tiab]', retmode="json")
        count = ask(running, "esearch", term='"body battery"[tiab] OR pain[tiab]', rettype="count")
    assert got.ids() == ["102", "101"]
    assert got.text("WarningList/QuotedPhraseNotFound") == '"body battery"'
    assert got.text("ErrorList/PhraseNotFound") == "zzqxv"
    result = json.loads(as_json.body)["esearchresult"]
    assert result["count"] == "2"
    assert result["warninglist"]["quotedphrasesnotfound"] == ['"body battery"']
    # A count carries no diagnosis.
    assert [element.tag for element in count.xml] == ["Count"]


def test_a_stop_word_with_a_tag_finds_nothing_and_is_reported(server: LocalServer) -> None:
    got = ask(server, "esearch", term="the[tiab]")
    assert (got.text("Count"), got.text("ErrorList/PhraseNotFound")) == ("0", "the")


def test_an_entity_in_a_journals_name_finds_nothing_and_is_reported(server: LocalServer) -> None:
    got = ask(server, "esearch", term='"J &amp; B"[ta]')
    assert (got.text("Count"), got.text("WarningList/QuotedPhraseNotFound")) == ("0", '"J &amp; B"')


def test_einfo_and_a_count_come_as_json_too(server: LocalServer) -> None:
    assert "pubmed" in json.loads(ask(server, "einfo", retmode="json").body)["einforesult"]["dblist"]
    info = json.loads(ask(server, "einfo", db="pubmed", retmode="json").body)["einforesult"]["dbinfo"][0]
    assert {"name": "CRDT", "fullname": "Date - Create"} in info["fieldlist"]
    assert "ERROR" in json.loads(ask(server, "einfo", db="fleegle", retmode="json").body)["einforesult"]
    count = json.loads(ask(server, "esearch", term="pain[tiab]", rettype="count", retmode="json").body)
    assert count["esearchresult"] == {"count": "2"}
    gone = json.loads(ask(server, "esummary", WebEnv="MCID_x", query_key=1, retmode="json").body)
    assert gone == {"esummaryresult": ["Unable to obtain query #1"]}


def test_what_merely_does_not_occur_in_the_served_records_is_not_called_unknown(server: LocalServer) -> None:
    got = ask(server, "esearch", term='"theta burst"[tiab]')
    assert (got.text("Count"), got.xml.find("ErrorList")) == ("0", None)


@pytest.mark.parametrize("term", ["pain[foo]", "(pain)[tiab]", "pain[mh:~3]"])
def test_what_pubmed_drops_is_dropped_in_silence(server: LocalServer, term: str) -> None:
    got = ask(server, "esearch", term=term)
    assert got.xml.find("ErrorList") is None
    assert got.xml.find("WarningList/QuotedPhraseNotFound") is None


@pytest.mark.parametrize("term", ["((pain", '"a b"[tiab:~3]', "medline[sb]"])
def test_what_cannot_be_searched_is_an_error_with_status_200(server: LocalServer, term: str) -> None:
    got = ask(server, "esearch", term=term)
    assert got.status == 200
    assert (got.text("ERROR") or "").startswith("Search Backend failed: ")


def test_another_database_and_a_missing_term_are_errors(server: LocalServer) -> None:
    assert ask(server, "esearch", db="fleegle", term="x").text("ERROR") == "Invalid db name specified: fleegle"
    assert ask(server, "esearch").text("ERROR") == "Empty term and query_key - nothing todo"
    assert ask(server, "einfo", db="fleegle").text("ERROR") == "Can not retrieve DbInfo for db=fleegle"


def test_date_parameters_work_in_pairs_and_by_kind() -> None:
    with LocalServer(RECORDS, today=lambda: date(2018, 7, 10)) as running:

        def found(**parameters: str) -> list[str]:
            return sorted(ask(running, "esearch", term="pain OR migraine", **parameters).ids())

        assert found(mindate="2020", maxdate="2021") == ["101"]
        assert found(mindate="2020") == ["101", "102", "103"]
        assert found(datetype="crdt", mindate="2018/07/01", maxdate="2018/07/31") == ["103"]
        assert found(datetype="crdt", reldate="10") == ["101", "102", "103"]
        assert found(datetype="crdt", mindate="2024/05/17", maxdate="2024/05/17") == ["101", "102"]


def test_the_cap_clamps_the_page_keeps_the_count_and_says_so() -> None:
    with LocalServer(articles(60), cap=50) as running:
        whole = ask(running, "esearch", term="motor[tiab]", retmax=10_000)
        assert (whole.text("Count"), whole.text("RetMax"), len(whole.ids())) == ("60", "50", 50)
        assert whole.text("WarningList/OutputMessage") == "Restrictions achieved. start and count adjusted to 0, 50"
        assert len(ask(running, "esearch", term="motor[tiab]", retstart=49, retmax=10).ids()) == 1
        beyond = ask(running, "esearch", term="motor[tiab]", retstart=50)
        assert beyond.status == 200
        assert "'retstart' cannot be larger than 49" in (beyond.text("ERROR") or "")
        # The JSON form holds a raw line break inside a string: invalid, as measured.
        broken = ask(running, "esearch", term="motor[tiab]", retstart=50, retmode="json")
        with pytest.raises(json.JSONDecodeError):
            json.loads(broken.body)
        # efetch over the history has the same cap: it clamps in silence, and refuses to start beyond.
        kept = ask(running, "esearch", term="motor[tiab]", usehistory="y")
        history = {"query_key": kept.text("QueryKey"), "WebEnv": kept.text("WebEnv")}
        crossing = ask(running, "efetch", retstart=45, retmax=10, **history)
        assert (crossing.status, len(crossing.xml)) == (200, 5)
        assert ask(running, "efetch", retstart=50, retmax=10, **history).status == 400


def test_past_the_end_of_a_small_set_the_page_is_empty(server: LocalServer) -> None:
    got = ask(server, "esearch", term="pain[tiab]", retstart=10)
    assert (got.text("Count"), got.ids()) == ("2", [])


# History


def test_sets_are_numbered_combined_and_frozen() -> None:
    with LocalServer(RECORDS) as running:
        first = ask(running, "esearch", term="pain[tiab]", usehistory="y")
        environment = first.text("WebEnv")
        assert (environment or "").startswith("MCID_")
        posted = ask(running, "epost", id="103,101", WebEnv=environment)
        assert (posted.text("QueryKey"), posted.text("WebEnv")) == ("2", environment)
        both = ask(running, "esearch", term="#1 AND #2", WebEnv=environment, usehistory="y")
        assert (both.ids(), both.text("QueryKey")) == (["101"], "3")
        running.serve(article_set([article(101, title="Changed"), article(777, title="Pain")]))
        frozen = ask(running, "efetch", query_key=1, WebEnv=environment, rettype="uilist", retmode="text")
        assert frozen.body == b"103\n102\n101\n"[4:]
        assert ask(running, "esearch", term="pain[tiab]").ids() == ["777"]
        assert ask(running, "esearch", term="#1", WebEnv=environment).ids() == ["101"]


def test_a_lost_history_is_an_error_and_not_an_empty_set() -> None:
    with LocalServer(RECORDS) as running:
        kept = ask(running, "esearch", term="pain[tiab]", usehistory="y")
        history = {"query_key": kept.text("QueryKey"), "WebEnv": kept.text("WebEnv")}
        out_of_range = ask(running, "efetch", retstart=2, **history)
        assert out_of_range.status == 400
        assert "OUT OF RANGE. Parameter retstart=2 + 1 is greater than number" in (out_of_range.text("ERROR") or "")
        running.forget_history()
        got = ask(running, "efetch", **history)
        assert (got.status, got.text("ERROR")) == (400, "Unable to obtain query #1")
        assert ask(running, "esearch", term="#1", WebEnv=history["WebEnv"]).text("ERROR") == "Unable to obtain query #1"


def test_an_empty_post_is_an_error(server: LocalServer) -> None:
    assert ask(server, "epost").text("ERROR") == "Empty ID list; Nothing to store"


# efetch


def test_records_come_in_the_order_asked_for_once_each_without_unknown_ones(server: LocalServer) -> None:
    got = ask(server, "efetch", id="103,99999999,104,101,103,0103")
    assert [element.tag for element in got.xml] == ["PubmedArticle", "PubmedBookArticle", "PubmedArticle"]
    assert [e.text for path in ("*/MedlineCitation/PMID", "*/BookDocument/PMID") for e in got.xml.iterfind(path)] == [
        "103",
        "101",
        "104",
    ]
    assert got.body.startswith(XML_PROLOG)
    assert b"pubmed_250101.dtd" in got.body


def test_unknown_records_give_the_empty_set_as_on_the_wire(server: LocalServer) -> None:
    literal = shared("data/pubmed_xml_samples/wire/literal_efetch_unknown_pmid_empty_set.xml").read_bytes()
    assert ask(server, "efetch", id="99999999").body.split() == literal.split()


@pytest.mark.parametrize("ids", ["0", "00000000", "abc", ""])
def test_no_usable_id_is_a_400_as_on_the_wire(server: LocalServer, ids: str) -> None:
    got = ask(server, "efetch", id=ids)
    assert got.status == 400
    literal = shared("data/pubmed_xml_samples/wire/literal_efetch_400_bad_ids.xml").read_bytes()
    assert got.body.split() == literal.split()
    text = ask(server, "efetch", id=ids, rettype="medline", retmode="text")
    wire = shared("data/pubmed_xml_samples/wire/literal_efetch_400_bad_ids_textmode.txt").read_bytes()
    assert (text.status, text.body.strip()) == (400, wire.strip())


def test_text_forms(server: LocalServer) -> None:
    medline = ask(server, "efetch", id="101,102", rettype="medline", retmode="text")
    assert medline.headers["Content-Type"].startswith("text/plain")
    assert medline.body.decode().count("\nPMID- ") == 2
    assert b"TI  - Pain and sham\n" in medline.body
    assert ask(server, "efetch", id="102,101", rettype="uilist", retmode="text").body == b"102\n101\n"
    assert b"Pain and sham" in ask(server, "efetch", id="101", rettype="abstract").body
    # Not supported for PubMed: a bare list, and an empty body, as measured.
    assert ask(server, "efetch", id="101", retmode="json").body == b"101\n"
    assert ask(server, "efetch", id="101", rettype="full", retmode="xml").body == b""


def test_real_records_are_served_byte_for_byte() -> None:
    source = shared("data/pubmed_xml_samples/efetch_2025_set.xml.gz")
    plain = gzip.decompress(source.read_bytes())
    with LocalServer(source) as running:
        assert len(running.pmids) == 77
        got = ask(running, "efetch", "POST", id=",".join(sorted(running.pmids)))
    assert got.body.count(b"<PubmedArticle>") == 77
    for record in got.body.split(b"<PubmedArticle>")[1:]:
        assert record[: record.index(b"</PubmedArticle>")] in plain


# esummary, elink, ecitmatch


def test_summaries_and_their_missing_forms(server: LocalServer) -> None:
    second = ask(server, "esummary", id="101,999999999", version="2.0")
    assert [d.get("uid") for d in second.xml.iter("DocumentSummary")] == ["101", "999999999"]
    assert [e.text for e in second.xml.iter("error")] == ["cannot get document summary"]
    assert second.text("DocumentSummarySet/DocumentSummary/Title") == "Pain and sham"
    first = ask(server, "esummary", id="101,99999999")
    assert first.text("ERROR") == "UID=99999999: cannot get document summary"
    as_json = json.loads(ask(server, "esummary", id="999999999", retmode="json").body)
    literal = json.loads(shared("data/pubmed_xml_samples/wire/literal_esummary_missing.json").read_bytes())
    assert as_json["result"] == literal["result"]
    many = ask(server, "esummary", "POST", id=",".join(str(n) for n in range(1, 502)), retmode="json")
    over = json.loads(shared("data/pubmed_xml_samples/wire/literal_esummary_json_over_500.json").read_bytes())
    assert json.loads(many.body) == over
    assert ask(server, "esummary").text("ERROR") == "Neither query_key nor id specified"


def test_links_by_repeated_and_by_joined_ids(server: LocalServer) -> None:
    one_each = ask(server, "elink", dbfrom="pubmed", id=["101", "102"], linkname="pubmed_pubmed_refs")
    assert len(one_each.xml) == 2
    assert one_each.ids("LinkSet/LinkSetDb/Link/Id") == ["102", "103"]
    joined = ask(server, "elink", dbfrom="pubmed", id="101,102")
    assert len(joined.xml) == 1
    assert joined.ids("LinkSet/IdList/Id") == ["101", "102"]
    cited = ask(server, "elink", dbfrom="pubmed", id="103", linkname="pubmed_pubmed_citedin")
    assert cited.ids("LinkSet/LinkSetDb/Link/Id") == ["101"]
    for without in ("104", "99999999"):
        assert ask(server, "elink", dbfrom="pubmed", id=without).xml.find("LinkSet/LinkSetDb") is None


def test_citations_are_matched_line_by_line(server: LocalServer) -> None:
    lines = ["b journal|2022|7|11|alpha a|Art1|", "fake journal|2000|1|1||ref2|", "too|short", "b journal|1999|||x|r3|"]
    got = ask(server, "ecitmatch", db="pubmed", retmode="xml", bdata="\r".join(lines))
    assert got.body.decode().splitlines() == [
        "b journal|2022|7|11|alpha a|Art1|102",
        "fake journal|2000|1|1||ref2|NOT_FOUND;INVALID_JOURNAL",
        "b journal|1999|||x|r3|NOT_FOUND",
    ]


# HTTP


def test_over_the_rate_comes_429_with_the_body_and_headers_of_the_wire() -> None:
    now = 100.0
    with LocalServer(RECORDS, rate=3, clock=lambda: now) as running:
        got = [ask(running, "einfo") for _ in range(4)]
        assert [g.status for g in got] == [200, 200, 200, 429]
        assert [g.headers["X-RateLimit-Remaining"] for g in got] == ["2", "1", "0", "0"]
        assert got[3].headers["Retry-After"] == "2"
        literal = shared("data/pubmed_xml_samples/wire/literal_429_no_key.json").read_bytes()
        assert json.loads(got[3].body) == json.loads(literal)
        assert ask(running, "einfo", api_key="k").status == 200  # a key has its own allowance
        now += 1.0
        assert ask(running, "einfo").status == 200


def test_a_bad_key_is_a_400_that_repeats_it() -> None:
    with LocalServer(RECORDS, keys=["good"]) as running:
        literal = json.loads(shared("data/pubmed_xml_samples/wire/literal_400_bad_key.json").read_bytes())
        got = ask(running, "einfo", api_key=literal["api-key"])
        assert (got.status, json.loads(got.body)) == (400, literal)
        assert ask(running, "einfo", api_key="good").status == 200


@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_come_with_their_length_or_in_chunks(chunked: bool) -> None:
    with LocalServer(articles(40, padding=30_000), chunked=chunked) as running:
        got = ask(running, "efetch", "POST", id=",".join(str(1001 + n) for n in range(40)))
    assert ("Content-Length" in got.headers) is not chunked
    assert (got.headers["Transfer-Encoding"] == "chunked") is chunked
    assert len(got.xml) == 40


def test_requests_for_document_types_are_refused_and_remembered() -> None:
    with LocalServer(RECORDS) as running:
        port = urlsplit(running.base_url).port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/eutils/dtd/20060628/esearch.dtd")
        assert connection.getresponse().status == 404
        connection.close()
        assert [request.path for request in running.dtd_requests] == ["/eutils/dtd/20060628/esearch.dtd"]
        assert ask(running, "nosuch").status == 404


def test_too_long_an_address_is_a_414_and_a_post_needs_a_sane_length(server: LocalServer) -> None:
    assert ask(server, "esearch", term="x" * 9000).status == 414
    for length in (b"-5", b"99999999999", b"x"):
        with socket.create_connection(("127.0.0.1", urlsplit(server.base_url).port or 0), timeout=5) as raw:
            raw.sendall(b"POST /entrez/eutils/einfo.fcgi HTTP/1.1\r\nContent-Length: " + length + b"\r\n\r\n")
            assert raw.recv(100).startswith(b"HTTP/1.1 411")


def test_connections_are_kept_alive_between_requests(server: LocalServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(server.base_url).port, timeout=5)
    for _ in range(3):
        connection.request("GET", "/entrez/eutils/einfo.fcgi")
        assert connection.getresponse().read().startswith(XML_PROLOG)
    connection.close()


def test_every_request_is_logged_with_time_method_path_and_parameters() -> None:
    with LocalServer(RECORDS, clock=lambda: 7.0) as running:
        ask(running, "esearch", "POST", term="pain", retmax=3)
        request = running.requests[0]
    assert (request.time, request.method, request.utility, request.status) == (7.0, "POST", "esearch", 200)
    assert request.parameters == {"term": ("pain",), "retmax": ("3",)}


def test_faults_meet_the_request_they_are_meant_for() -> None:
    script = [
        Fault("efetch", 2, faults.status(502)),
        Fault("esearch", 1, faults.status(503), times=2),
        Fault("*", 6, faults.empty(), times=None),
    ]
    with LocalServer(RECORDS, faults=script) as running:
        order = ["efetch", "esearch", "efetch", "esearch", "esearch", "efetch", "einfo"]
        got = [ask(running, name, term="pain", id="101") for name in order]
    assert [g.status for g in got] == [200, 503, 502, 503, 200, 200, 200]
    assert [bool(g.body) for g in got] == [True] * 5 + [False] * 2


def test_stopping_does_not_wait_for_a_stall_or_an_idle_connection() -> None:
    with LocalServer(RECORDS, faults=[Fault("einfo", 1, faults.stall(60))]) as running:
        port = urlsplit(running.base_url).port or 0
        idle = socket.create_connection(("127.0.0.1", port))
        stalled = socket.create_connection(("127.0.0.1", port))
        stalled.sendall(b"GET /entrez/eutils/einfo.fcgi HTTP/1.1\r\nHost: x\r\n\r\n")
        while not running.requests:
            time.sleep(0.01)
        begun = time.monotonic()
    assert time.monotonic() - begun < 5
    idle.close()
    stalled.close()
    assert running.failures == []
    with pytest.raises(EutilsError, match="not running"):
        _ = running.base_url


def test_many_threads_are_served_at_once(server: LocalServer) -> None:
    answers: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: answers.append(ask(server, "esearch", term="pain[tiab]").ids()))
        for _ in range(24)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [["102", "101"]] * 24


def test_the_server_listens_on_this_machine_only(server: LocalServer) -> None:
    assert server.base_url.startswith("http://127.0.0.1:")
    with LocalServer(RECORDS) as one, pytest.raises(EutilsError, match="cannot listen on port"):
        LocalServer(RECORDS, port=urlsplit(one.base_url).port or 0).start()


def test_a_server_can_be_started_again_after_it_stopped() -> None:
    running = LocalServer(RECORDS)
    for _ in range(2):
        with running:
            assert ask(running, "esearch", term="pain[tiab]").ids() == ["102", "101"]
    running.stop()


# The command


def test_the_command_prints_its_address_and_stops_on_a_signal(tmp_path: Path) -> None:
    file = tmp_path / "records.xml"
    file.write_bytes(RECORDS)
    command = [sys.executable, "-m", "ingest.eutils", str(file), "--port", "0"]
    root = Path(__file__).resolve().parents[1]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            assert process.stdout is not None
            address = urlsplit(process.stdout.readline().strip())
            connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
            connection.request("GET", f"{address.path}esearch.fcgi?term=pain%5Btiab%5D")
            assert b"<Count>2</Count>" in connection.getresponse().read()
            connection.close()
        finally:
            process.terminate()
        _, messages = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "4 records" in messages


def test_the_command_says_what_is_wrong_with_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "cut.xml"
    file.write_bytes(RECORDS[:-30])
    assert main([str(file)]) == 1
    assert "cut.xml cannot be served: the file is not a complete XML document" in capsys.readouterr().err
    assert main([str(tmp_path / "none.xml")]) == 1
