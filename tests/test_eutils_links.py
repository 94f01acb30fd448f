"""Links between records, summaries, and looking a record up by DOI or title, against the local server."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.eutils import (
    CITED_BY,
    REFERENCES,
    SIMILAR,
    BadStrategy,
    EutilsError,
    LocalServer,
    PubMed,
    RequestRefused,
    ServiceFailure,
    Transport,
    faults,
    replies,
)
from ingest.eutils.answers import scan
from ingest.eutils.elements import unfamiliar
from ingest.eutils.faults import Fault
from ingest.eutils.linking import read_links
from ingest.eutils.lookup import doi_query, title_query
from ingest.eutils.query import Binary, Term, chain, parse
from ingest.eutils.strategy import strategy_faults
from tests.pubmed_documents import article, article_set, articles
from tests.shared_data import shared
from tests.test_eutils_server import ask

RECORDS = article_set(
    [
        article(101, title="Motor cortex stimulation for pain", cites=[102, 103, 9_999_999]),
        article(102, title="Sham stimulation of the motor cortex"),
        article(103, title="Depression and pain, a trial", cites=[102]),
        article(104, title="An old record").replace(
            "RefType='CommentOn'><RefSource>s</RefSource><PMID Version=\"1\">99<",
            "RefType='Cites'><RefSource>s</RefSource><PMID Version=\"1\">101<",
        ),
    ]
)
NEIGHBOURS = {SIMILAR: {"101": ["101", "55555", "102"], "102": ["102"]}}


def client(server: LocalServer, **settings: object) -> PubMed:
    defaults: dict[str, object] = {"rate": math.inf, "sleep": lambda _: None}
    return PubMed(Transport(base_url=server.base_url, **(defaults | settings)))  # type: ignore[arg-type]


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer(RECORDS, links=NEIGHBOURS) as running:
        yield running
        assert running.failures == []
        assert running.dtd_requests == ()


# Links


def test_every_record_gets_the_links_of_its_own_kind(server: LocalServer) -> None:
    pubmed = client(server)
    references = pubmed.links(["101", "102", "104"], REFERENCES)
    assert references.by_pmid == {"101": ("102", "103"), "102": (), "104": ("101",)}
    assert pubmed.links(["102", "101"], CITED_BY).by_pmid == {"102": ("101", "103"), "101": ("104",)}
    similar = pubmed.links(["101", "102"], SIMILAR)
    assert similar.by_pmid == {"101": ("55555", "102"), "102": ()}  # a record is not similar to itself
    assert similar.linkname == SIMILAR
    assert [log.outcome for log in similar.requests] == ["data"]
    assert len(similar.raw) == len(similar.sha256) == 1


def test_one_id_is_sent_for_each_record_and_the_record_of_the_request_names_them_all(server: LocalServer) -> None:
    links = client(server).links(["101", "102", "101"], SIMILAR)
    (request,) = server.requests
    assert request.parameters["id"] == ("101", "102")
    assert (request.parameters["cmd"], request.parameters["linkname"]) == (("neighbor",), (SIMILAR,))
    logged = links.requests[0].as_dict()
    assert logged["parameters"]["id"] == ["101", "102"]
    json.dumps(logged)


def test_a_record_without_links_and_an_unknown_one_have_none(server: LocalServer) -> None:
    assert client(server).links(["102", "99999999"], REFERENCES).by_pmid == {"102": (), "99999999": ()}


def test_nothing_is_asked_for_no_records_and_an_unknown_kind_of_link_is_refused(server: LocalServer) -> None:
    assert client(server).links([], SIMILAR).by_pmid == {}
    with pytest.raises(EutilsError, match="pubmed_pmc"):
        client(server).links(["101"], "pubmed_pmc")
    with pytest.raises(EutilsError, match="not a PMID"):
        client(server).links(["101&linkname=x"], SIMILAR)
    assert server.requests == ()


def test_many_records_take_several_requests_and_keep_their_order() -> None:
    numbers = [str(n) for n in range(1001, 1121)]
    given_links = {SIMILAR: {number: [str(int(number) + 5000)] for number in numbers}}
    with LocalServer(articles(120), links=given_links) as server:
        links = client(server).links(numbers, SIMILAR)
        assert [len(request.parameters["id"]) for request in server.requests] == [50, 50, 20]
    assert list(links.by_pmid) == numbers
    assert all(links.by_pmid[number] == (str(int(number) + 5000),) for number in numbers)
    assert len(links.requests) == len(links.raw) == 3


PASSING = {
    "prolog only": faults.prolog_only(),
    "TXCLIENT text": faults.answer(b"TXCLIENT(CException::eUnknown) readAll() --- Read failed: EOF"),
    "TXCLIENT in ERROR": faults.error(
        "NCBI C++ Exception: TXCLIENT(CException::eUnknown) CTxRawClientImpl::readAll() --- Read failed: EOF",
        root="eLinkResult",
    ),
    "ERROR member": faults.answer(b'{"linksets":[],"ERROR":"Read failed: EOF\n"}', content_type=replies.JSON),
    "ERROR in one set": faults.replaced(b"</LinkSet>", b"<ERROR>Couldn't resolve #exLinkSrv2</ERROR></LinkSet>"),
    "a set is missing": lambda reply: replies.Reply(
        body=replies.document("eLinkResult", "<LinkSet><DbFrom>pubmed</DbFrom><IdList><Id>101</Id></IdList></LinkSet>")
    ),
    "one set for all": lambda reply: replies.Reply(
        body=replies.document(
            "eLinkResult", "<LinkSet><DbFrom>pubmed</DbFrom><IdList><Id>101</Id><Id>102</Id></IdList></LinkSet>"
        )
    ),
    "a set for another record": faults.replaced(b"<IdList><Id>102", b"<IdList><Id>777"),
    "no set at all": faults.answer(replies.document("eLinkResult", "")),
    "a link that is no PMID": faults.replaced(b"<Id>55555<", b"<Id>5'; drop<"),
    "a search's answer": faults.answer(replies.document("eSearchResult", "<Count>0</Count>")),
    "web page": faults.html(),
    "cut": faults.cut(0.8),
    "empty": faults.empty(),
    "status 502": faults.status(502),
}


@pytest.mark.parametrize("name", PASSING)
def test_a_failing_link_service_is_asked_again_and_never_taken_for_no_links(name: str) -> None:
    with LocalServer(RECORDS, links=NEIGHBOURS, faults=[Fault("elink", 1, PASSING[name])]) as server:
        links = client(server).links(["101", "102"], SIMILAR)
        assert links.by_pmid["101"] == ("55555", "102")
        assert len(server.requests) == len(links.requests) == 2
    always = Fault("elink", 1, PASSING[name], times=None)
    with (
        LocalServer(RECORDS, links=NEIGHBOURS, faults=[always]) as server,
        pytest.raises(ServiceFailure, match="elink failed, tried 5 times"),
    ):
        client(server).links(["101", "102"], SIMILAR)


def test_a_failure_after_some_answers_names_all_requests() -> None:
    numbers = [str(n) for n in range(1001, 1101)]
    with LocalServer(articles(100), faults=[Fault("elink", 2, faults.status(500), times=None)]) as server:
        with pytest.raises(ServiceFailure) as caught:
            client(server).links(numbers, SIMILAR)
        assert len(caught.value.requests) == len(server.requests) == 6


@pytest.mark.parametrize("name", ["biopython_elink1.xml", "biopython_elink4.xml"])
def test_real_link_answers_are_read(name: str) -> None:
    body = shared(f"data/pubmed_xml_samples/wire/{name}").read_bytes()
    pmid = scan(body) and body.split(b"<Id>", 1)[1].split(b"<", 1)[0].decode()
    (links,) = read_links(body, [pmid], SIMILAR).values()
    assert len(links) > 50
    assert pmid not in links


# The local server's links


def test_the_server_answers_links_in_each_form(server: LocalServer) -> None:
    scored = ask(server, "elink", dbfrom="pubmed", id="101", cmd="neighbor_score", linkname=SIMILAR)
    assert [float(e.text or "") for e in scored.xml.iter("Score")] == sorted(
        (float(e.text or "") for e in scored.xml.iter("Score")), reverse=True
    )
    kept = ask(server, "elink", dbfrom="pubmed", id="101", cmd="neighbor_history", linkname=REFERENCES)
    assert kept.xml.find("LinkSet/LinkSetDb") is None
    environment, key = kept.text("LinkSet/WebEnv"), kept.text("LinkSet/LinkSetDbHistory/QueryKey")
    fetched = ask(server, "efetch", WebEnv=environment, query_key=key)
    assert fetched.body.count(b"<PubmedArticle>") == 2
    as_json = json.loads(ask(server, "elink", dbfrom="pubmed", id="101", linkname=SIMILAR, retmode="json").body)
    assert as_json["linksets"] == [
        {"dbfrom": "pubmed", "ids": ["101"],
         "linksetdbs": [{"dbto": "pubmed", "linkname": SIMILAR, "links": ["101", "55555", "102"]}]}
    ]  # fmt: skip
    nothing = json.loads(ask(server, "elink", dbfrom="pubmed", id="99999999", retmode="json").body)
    assert nothing["linksets"] == [{"dbfrom": "pubmed", "ids": ["99999999"]}]
    assert "ERROR" in json.loads(ask(server, "elink", dbfrom="pubmed", retmode="json").body)
    assert ask(server, "elink", dbfrom="fleegle", id="1").text("ERROR") == "Invalid db name specified: fleegle"
    assert "does not evaluate cmd=prlinks" in (
        ask(server, "elink", dbfrom="pubmed", id="1", cmd="prlinks").text("ERROR") or ""
    )


def test_the_server_narrows_links_by_term_and_date_and_takes_posted_sets(server: LocalServer) -> None:
    narrowed = ask(server, "elink", dbfrom="pubmed", id="101", linkname=REFERENCES, term="sham[tiab]")
    assert narrowed.ids("LinkSet/LinkSetDb/Link/Id") == ["102"]
    dated = ask(
        server, "elink", dbfrom="pubmed", id="101", linkname=REFERENCES, datetype="crdt", mindate="2030", maxdate="2031"
    )
    assert dated.xml.find("LinkSet/LinkSetDb") is None
    posted = ask(server, "epost", id="101,103")
    by_set = ask(
        server, "elink", dbfrom="pubmed", WebEnv=posted.text("WebEnv"), query_key=posted.text("QueryKey"),
        linkname=REFERENCES,
    )  # fmt: skip
    assert by_set.ids("LinkSet/IdList/Id") == ["101", "103"]
    assert by_set.ids("LinkSet/LinkSetDb/Link/Id") == ["102", "103"]
    gone = ask(server, "elink", dbfrom="pubmed", WebEnv="MCID_x", query_key=1)
    assert gone.text("ERROR") == "Unable to obtain query #1"


def test_links_may_be_changed_while_the_server_runs(server: LocalServer) -> None:
    server.link({CITED_BY: {"103": ["104"]}})
    assert client(server).links(["103", "101"], CITED_BY).by_pmid == {"103": ("104", "101"), "101": ("104",)}
    assert client(server).links(["101"], SIMILAR).by_pmid == {"101": ()}


# Summaries


def test_summaries_tell_what_is_gone_and_what_was_asked(server: LocalServer) -> None:
    answer = client(server).summaries(["101", "99999999", "102", "88888888"])
    assert answer.missing == ("99999999", "88888888")
    assert [log.utility for log in answer.requests] == ["esummary"]
    assert len(answer.raw) == len(answer.sha256) == 1
    assert client(server).summary_missing(["101", "88888888"]) == ("88888888",)
    assert client(server).summaries([]).requests == ()


def test_many_summaries_take_several_requests_and_a_failure_names_them_all(server: LocalServer) -> None:
    numbers = [str(n) for n in range(5001, 5451)]
    answer = client(server).summaries(numbers)
    assert answer.missing == tuple(numbers)
    assert len(answer.requests) == 3
    before = len(server.requests)
    server.faults.append(Fault("esummary", before + 2, faults.status(500), times=None))
    with pytest.raises(ServiceFailure) as caught:
        client(server).summaries(numbers)
    assert len(caught.value.requests) == len(server.requests) - before == 6


# Looking a record up


def test_a_record_is_found_by_its_doi_and_by_its_title(server: LocalServer) -> None:
    pubmed = client(server)
    assert pubmed.find_by_doi("https://doi.org/10.1000/I102.") == ("102",)
    assert pubmed.find_by_doi("10.1000/none") == ()
    assert pubmed.find_by_title("Sham stimulation of the motor cortex.") == ("102",)
    assert pubmed.find_by_title("Motor Cortex STIMULATION for Pain!") == ("101",)
    assert pubmed.find_by_title("A title that nobody has given to anything") == ()


def test_what_identifies_nothing_is_not_asked_for(server: LocalServer) -> None:
    pubmed = client(server)
    for doi in ("", "no doi", '10.1000/a"[all] OR "b', "10.1000/*", "10.1000/" + "x" * 400, "10.1000/a\x00b"):
        assert pubmed.find_by_doi(doi) == ()
    for title in ("", "Pain", "[Not Available].", "The of and", "   ", "\x00", '"" OR []'):
        assert pubmed.find_by_title(title) == ()
    assert server.requests == ()


def test_a_word_that_pubmed_does_not_know_finds_nothing_and_what_was_sent_is_told() -> None:
    with LocalServer(RECORDS, unknown=["zzqxv", "10.1000/i777"]) as server:
        found = client(server).find(title_query("Motor cortex zzqxv"))
        assert (found.pmids, len(found.requests)) == ((), 1)
        assert client(server).find_by_doi("10.1000/i777") == ()
        with pytest.raises(BadStrategy):
            client(server).search("zzqxv[ti]")


def test_a_failure_of_the_service_is_not_taken_for_nothing_found() -> None:
    with (
        LocalServer(
            RECORDS, faults=[Fault("esearch", 1, faults.error("Search Backend failed: x"), times=None)]
        ) as server,
        pytest.raises(ServiceFailure),
    ):
        client(server).find_by_doi("10.1000/i102")


def terms(query: str) -> list[Term]:
    """The terms of a search that may hold nothing but terms joined by AND."""
    first, rest = chain(parse(query))
    assert {operator for operator, _ in rest} <= {"AND"}
    found = [first, *(right for _, right in rest)]
    assert not any(isinstance(term, Binary) for term in found)
    return [term for term in found if isinstance(term, Term)]


HOSTILE = st.text(alphabet=st.sampled_from(list('ab OR AND NOT ti"[]()*:#~/\\&;%\n\t\0“’é漢١{}<>|+-_,.')), max_size=80)


@settings(max_examples=300, deadline=None)
@given(st.one_of(HOSTILE, st.text(max_size=80)))
def test_no_title_becomes_search_syntax(title: str) -> None:
    query = title_query(title)
    if query is None:
        return
    assert strategy_faults(query) == ()
    found = terms(query)
    assert 3 <= len(found) <= 12
    for term in found:
        assert term.text.isalnum()
        assert term.text.lower() in title.lower()
        assert (term.field, term.tagged, term.quoted) == ("ti", True, False)


@settings(max_examples=300, deadline=None)
@given(st.one_of(HOSTILE, st.text(max_size=40)).map(lambda tail: f"10.1000/{tail}"))
def test_no_doi_becomes_search_syntax(doi: str) -> None:
    query = doi_query(doi)
    if query is None:
        return
    (term,) = terms(query)
    assert (term.field, term.tagged, term.quoted) == ("aid", True, True)
    assert term.text.startswith("10.1000/")


# Elements that are new


def test_real_records_hold_no_element_that_is_called_new() -> None:
    documents = {
        path.name: path.read_bytes()
        for path in shared("data/pubmed_xml_samples").rglob("*.xml")
        if not path.name.startswith("contrived")
    }
    records = {name: body for name, body in documents.items() if b"<PubmedArticleSet" in body[:2000]}
    assert len(records) > 20
    assert {name: found for name, body in records.items() if (found := unfamiliar(scan(body).tags))} == {}


def test_new_elements_are_named_and_the_records_are_handed_out() -> None:
    grown = faults.replaced(b"<Language>", b"<PlainSummary kind='new'>x</PlainSummary><Language>")
    with LocalServer(RECORDS, faults=[Fault("efetch", 1, grown)]) as server:
        (batch,) = client(server).fetch(["101", "102"])
        (second,) = client(server).fetch(["101"])
    assert batch.returned == ("101", "102")
    assert batch.warnings == ("PubMed's records hold new elements: PlainSummary",)
    assert second.warnings == ()


def test_a_request_that_is_wrong_is_refused_at_once(server: LocalServer) -> None:
    server.faults.append(Fault("elink", 1, faults.error("Invalid db name specified: x", root="eLinkResult")))
    with pytest.raises(RequestRefused):
        client(server).links(["101"], SIMILAR)
    assert len(server.requests) == 1
