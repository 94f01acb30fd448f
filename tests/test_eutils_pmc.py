"""Full texts of PubMed Central: what is given out, what is not, and answers that are cut or of another article."""

from __future__ import annotations

import gzip
import math

import pytest

from ingest.eutils import EutilsError, LocalServer, OpenText, PubMedCentral, ServiceFailure, Transport, faults
from ingest.eutils.faults import Fault
from tests.pubmed_documents import articles
from tests.shared_data import shared
from workbench.full_texts import kind_of
from workbench.full_texts.files import JATS
from workbench.sources import read_source


def article(number: int, *, body: bool = True, kind: str = "pmc") -> bytes:
    """An article of PubMed Central, with its text or with the front matter only."""
    text = "<body><sec><title>Results</title><p>Pain fell by 1.5 points.</p></sec></body>" if body else ""
    return (
        f'<article><front><article-meta><article-id pub-id-type="{kind}">{number}</article-id>'
        f"<title-group><article-title>Made up</article-title></title-group></article-meta></front>{text}"
        f'<back><ref-list><ref><article-id pub-id-type="pmc">999</article-id></ref></ref-list></back></article>'
    ).encode()


HELD = {"11": article(11), "12": article(12, body=False), "13": article(14), "15": article(15, kind="doi")}


def ask(pmcid: str, *happening: Fault, held: dict[str, bytes] | None = None) -> OpenText:
    with LocalServer(articles(1), articles=HELD if held is None else held, faults=happening) as server:
        transport = Transport(base_url=server.base_url, rate=math.inf, sleep=lambda _: None, max_tries=3)
        answer = PubMedCentral(transport).full_text(pmcid)
        assert [dict(one.parameters)["db"] for one in answer.requests] == ["pmc"] * len(answer.requests)
        return answer


@pytest.mark.parametrize("pmcid", ["PMC11", "11", "pmc11", "PMC11.2"])
def test_a_text_that_is_given_out_comes_as_it_was_sent_and_can_be_read(pmcid: str) -> None:
    answer = ask(pmcid)
    assert (answer.pmcid, answer.why_not) == ("PMC11", "")
    assert answer.document is not None
    assert article(11) in answer.document
    assert kind_of(answer.document) is JATS
    [*pages] = read_source(answer.document, JATS.media_type).pages
    assert "Pain fell by 1.5 points." in "".join(one.text for one in pages)


def test_an_article_without_its_text_is_no_full_text() -> None:
    answer = ask("PMC12")
    assert answer.document is None
    assert "not be downloaded" in answer.why_not


def test_an_article_that_is_not_there_is_no_full_text() -> None:
    answer = ask("PMC77")
    assert answer.document is None
    assert "no such article" in answer.why_not


def test_another_article_is_never_taken() -> None:
    with pytest.raises(ServiceFailure, match="another article came than PMC13"):
        ask("PMC13")


def test_an_article_that_does_not_say_its_number_is_taken_as_the_one_asked_for() -> None:
    assert ask("PMC15").document is not None


@pytest.mark.parametrize("change", [faults.cut(0.6), faults.too_many_requests(), faults.html(), faults.empty()])
def test_an_answer_that_is_cut_or_no_answer_is_asked_for_again(change: faults.Change) -> None:
    answer = ask("PMC11", Fault("efetch", 1, change))
    assert len(answer.requests) == 2
    assert answer.document is not None
    assert article(11) in answer.document


def test_a_service_that_stays_down_is_an_error_and_not_a_missing_text() -> None:
    with pytest.raises(ServiceFailure, match="tried 3 times"):
        ask("PMC11", Fault("efetch", 1, faults.status(502), None))


@pytest.mark.parametrize("wrong", ["", "PMC", "10.1000/x", "PMC11&db=pubmed", "11,12"])
def test_what_is_no_number_of_pubmed_central_is_not_sent(wrong: str) -> None:
    with pytest.raises(EutilsError, match="is no PMCID"):
        ask(wrong)


def test_real_articles_are_told_from_others_by_their_own_number() -> None:
    folder = shared("data/pain_rct_fulltext/nxml")
    held = {}
    for path in sorted(folder.glob("*.gz"))[:6]:
        document = gzip.decompress(path.read_bytes())
        held[path.name.removeprefix("PMC").partition(".")[0]] = document[document.index(b"<article") :]
    for number in held:
        answer = ask(number, held=held)
        assert answer.document is not None
        assert kind_of(answer.document) is JATS
    [first, second, *_] = held
    with pytest.raises(ServiceFailure, match="another article"):
        ask(first, held={first: held[second]})
