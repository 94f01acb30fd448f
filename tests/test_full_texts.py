"""Full texts: what a file is, its words, the report it belongs to, and the study a report tells of."""

from __future__ import annotations

import contextlib
import gzip
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.record import Link, Record
from tests.full_text_files import HTML, JATS, NOT_FULL_TEXTS, TEXT, locked_pdf, pdf
from tests.shared_data import shared
from workbench.extraction import Study
from workbench.full_texts import (
    LARGEST,
    FullTextError,
    asks_for_password,
    clues_of,
    kind_of,
    match,
    plain_text,
    propose_studies,
    read_pdf,
    text_parts,
)
from workbench.full_texts.matching import SURE
from workbench.full_texts.pdf_text import PdfText

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def record(number: int, **fields: Any) -> Record:
    return Record(**{"source": "pubmed", "source_id": str(number), "title": f"Trial {number}"} | fields)


# --- what a file is ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (b"%PDF-1.4\n...", ".pdf"),
        (b"\n\njunk before the mark" + b" " * 900 + b"%PDF-1.7\n", ".pdf"),
        (HTML, ".html"),
        (b"\xef\xbb\xbf\n  <HTML><p>Less pain", ".html"),
        (b"<!-- a remark --><html><p>Less pain</p></html>", ".html"),
        (b'<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', ".html"),
        (b"<html><p>How to write %PDF-1.7</p></html>", ".html"),
        (JATS, ".xml"),
        (b"<pmc-articleset><article><body><p>Less pain</p></body></article></pmc-articleset>", ".xml"),
        (b"<OAI-PMH><GetRecord><record><metadata><article/></metadata></record></GetRecord></OAI-PMH>", ".xml"),
        (TEXT, ".txt"),
        ("Schmerz, größer".encode("cp1252"), ".txt"),
        ("\ufeffLess pain".encode("utf-16"), ".txt"),
        (b"< 0.05 was taken as significant", None),
        (b"  " * 600 + b"%PDF-1.7", None),
    ],
)
def test_a_kind_is_told_from_the_bytes(content: bytes, suffix: str | None) -> None:
    if suffix is None:
        with pytest.raises(FullTextError):
            kind_of(content + bytes(3))
    else:
        assert kind_of(content).suffix == suffix


@pytest.mark.parametrize("what", NOT_FULL_TEXTS)
def test_a_refusal_says_what_to_do(what: str) -> None:
    with pytest.raises(FullTextError, match=r"Save it as PDF|is empty|looks like"):
        kind_of(NOT_FULL_TEXTS[what])


def test_a_word_document_and_too_large_a_file_are_named() -> None:
    with pytest.raises(FullTextError, match="Word document"):
        kind_of(NOT_FULL_TEXTS["a Word document"])
    with pytest.raises(FullTextError, match="at most 50 MB"):
        kind_of(b"%PDF-" + bytes(LARGEST))


@settings(deadline=None)
@given(content=st.binary(max_size=3000))
def test_no_bytes_bring_the_reader_down(content: bytes) -> None:
    for start in (b"", b"<", b"<html>", b"<article>", b"<?xml version='1.0'?><article><body>"):
        with contextlib.suppress(FullTextError):
            if kind_of(start + content).suffix != ".pdf":
                assert isinstance(plain_text(start + content), str)


# --- its words --------------------------------------------------------------------------------------------------------


def test_a_web_page_gives_its_words_and_nothing_that_acts() -> None:
    assert plain_text(HTML).splitlines() == ["A trial", "Less pain", "Ten hertz & sham,", "p < 0.05", "VAS | 4.0 |"]


def test_an_article_of_pubmed_central_gives_its_words_in_order() -> None:
    assert plain_text(JATS).splitlines() == [
        "10.1000/made.up.1",
        "Less pain α",
        "Methods",
        "Ten hertz or sham <script>alert(1)</script>.",
        "VAS | 4.0 |",
    ]


def test_plain_text_keeps_its_lines_in_any_encoding() -> None:
    assert plain_text(TEXT) == "Less pain: 4.0 ± 1.5\np < 0.05"
    assert plain_text("Schmerz, größer als zuvor".encode("cp1252")) == "Schmerz, größer als zuvor"


def test_a_web_page_in_another_encoding_is_read_as_it_says() -> None:
    page = "<html><meta charset='windows-1251'><p>Боль</p>".encode("cp1251")
    assert plain_text(page) == "Боль"
    assert plain_text(b"<html><meta charset='unicode_escape'><p>\\x41</p>") == "\\x41"


def test_entities_that_a_file_defines_are_not_followed() -> None:
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE article [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><article><p>&b;</p></article>'
    )
    away = b'<!DOCTYPE article [<!ENTITY x SYSTEM "file:///etc/passwd">]><article><p>&x;</p></article>'
    for content in (bomb, away):
        with pytest.raises(FullTextError):
            plain_text(content)


def test_what_is_built_to_take_long_does_not() -> None:
    assert plain_text(b"<html>" + b"<!--" * 200_000) == ""
    assert plain_text(b"<html>" + b"<script " * 200_000) == ""
    assert len(plain_text(b"<html>" + b"<" * 300_000)) == 300_000
    assert plain_text(b"<html>" + b" " * 1_000_000 + b"x") == "x"
    with pytest.raises(FullTextError, match="too deeply"):
        plain_text(b"<article>" + b"<sec>" * 100_000)


def test_a_broken_article_is_shown_as_far_as_it_goes() -> None:
    shown = plain_text(JATS[: JATS.index(b"</p>")])
    assert "Ten hertz or sham" in shown
    assert "cannot be read further" in shown


@given(text=st.text(alphabet="ab \n", max_size=400), size=st.integers(min_value=4, max_value=50))
def test_parts_hold_the_whole_text(text: str, size: int) -> None:
    parts = text_parts(text, size)
    assert parts
    assert all(len(part) <= size for part in parts)
    assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", text)


# --- PDF --------------------------------------------------------------------------------------------------------------


def test_a_pdf_tells_its_title_and_the_words_of_its_first_pages() -> None:
    found = read_pdf(pdf("Ten hertz for pain", "See doi:10.1000/made.up.7", "a third page", title="Less pain"))
    assert found.title == "Less pain"
    assert "Ten hertz for pain" in found.text
    assert "10.1000/made.up.7" in found.text
    assert "third" not in found.text


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n",
        b"%PDF-1.7\n" + bytes(range(256)) * 50,
        pdf("Less pain")[:2000],
        b"%PDF-1.7 xref 0 1 trailer <</Root 1 0 R>>",
    ],
    ids=["empty", "noise", "cut off", "no root"],
)
def test_a_broken_pdf_tells_nothing_and_harms_nothing(content: bytes) -> None:
    assert read_pdf(content).text == ""


def test_a_pdf_that_takes_too_long_is_given_up() -> None:
    assert read_pdf(pdf("Less pain"), seconds=0.001) == PdfText()


def test_a_pdf_that_asks_for_a_password_is_told_from_one_that_is_encrypted_and_opens() -> None:
    assert not asks_for_password(pdf("Less pain"))
    assert not asks_for_password(locked_pdf(""))
    assert "Less pain, encrypted" in read_pdf(locked_pdf("")).text
    locked = locked_pdf("secret")
    assert asks_for_password(locked)
    assert asks_for_password(locked.replace(b"/Encrypt", b"/#45ncr#79pt")), "a name may be written in other ways"
    assert asks_for_password(b"%PDF-1.7 trailer <</Encrypt 1 0 R>>"), "what cannot be read is not tried"


# --- which report a file belongs to -----------------------------------------------------------------------------------

STROKE = record(
    1,
    title="Ten hertz stimulation of the motor cortex for central pain after stroke",
    pmid="27260638",
    doi="10.1016/j.pain.2016.05.001",
    authors=("Doe Jane",),
    year=2016,
)
FIBROMYALGIA = record(
    2,
    title="Theta burst stimulation in fibromyalgia: a sham-controlled crossover trial",
    pmid="31234567",
    doi="10.1371/journal.pone.0123456",
    pmcid="PMC6543210",
    authors=("Müller Ana",),
    year=2019,
)
SHORT = record(3, title="Pain", authors=("Doe Jane",), year=2011)
WANTED = [("pubmed:1", STROKE), ("pubmed:2", FIBROMYALGIA), ("pubmed:3", SHORT)]
FIRST_PAGE = (
    "ORIGINAL ARTICLE\nTheta burst stimulation in fibro-\nmyalgia: a sham controlled crossover trial\nA. Müller"
)


@pytest.mark.parametrize(
    ("name", "text", "report"),
    [
        ("10.1016_j.pain.2016.05.001.pdf", "", "pubmed:1"),
        ("10.1016-j.pain.2016.05.001.pdf", "", "pubmed:1"),
        ("journal.pone.0123456.pdf", "", "pubmed:2"),
        ("main.pdf", "Received 2 May\nhttps://doi.org/10.1016/j.pain.2016.05.001\n", "pubmed:1"),
        ("main.pdf", "doi:10.1371/JOURNAL.PONE.0123456.", "pubmed:2"),
        ("10.1016_j.pain.2016.05.001 (2).pdf", "", "pubmed:1"),
        ("27260638.pdf", "", "pubmed:1"),
        ("PMID31234567 (1).pdf", "", "pubmed:2"),
        ("PMC6543210.pdf", "", "pubmed:2"),
        ("main.pdf", FIRST_PAGE, "pubmed:2"),
        ("Ten hertz stimulation of the motor cortex for central pain after stroke.pdf", "", "pubmed:1"),
        ("Theta_burst_stimulation_in_fibromyalgia_a_sham-controlled_cross.pdf", "", "pubmed:2"),
    ],
)
def test_a_file_is_proposed_for_its_report(name: str, text: str, report: str) -> None:
    [best, *others] = match(clues_of(name, text=text), WANTED)
    assert best.report == report
    assert best.score >= SURE
    assert best.reasons
    assert all(other.score < SURE for other in others)


def test_an_author_and_a_year_in_the_name_are_listed_and_not_proposed() -> None:
    [found] = match(
        clues_of("Mueller 2019.pdf"), [("pubmed:2", record(2, title="x", authors=("Mueller Ana",), year=2019))]
    )
    assert found.score < SURE
    assert "first author and year" in found.reasons[0]


@pytest.mark.parametrize(
    "name", ["main.pdf", "Pain.pdf", "scan0001.pdf", "2019.pdf", "10.1016_j.pain.2016.05.0019.pdf"]
)
def test_a_file_that_says_little_is_proposed_for_nothing(name: str) -> None:
    assert not [found for found in match(clues_of(name, text="Pain. A trial."), WANTED) if found.score >= SURE]


def test_two_reports_that_are_equally_likely_are_left_to_a_person() -> None:
    same = [(f"pubmed:{n}", record(n, title="Ten hertz stimulation for central pain after stroke")) for n in (1, 2)]
    found = match(clues_of("main.pdf", text="Ten hertz stimulation for central pain after stroke"), same)
    assert {each.report for each in found} == {"pubmed:1", "pubmed:2"}
    assert all(each.score < SURE for each in found)


def test_a_protocol_is_told_from_its_trial() -> None:
    trial = record(1, title="Ten hertz stimulation for central pain after stroke")
    protocol = record(2, title="Ten hertz stimulation for central pain after stroke: protocol of a randomised trial")
    both = [(each.key, each) for each in (trial, protocol)]
    for each in (trial, protocol):
        found = match(clues_of("main.pdf", text=f"{each.title}\nJane Doe, Richard Roe\nBackground"), both)
        assert [match.report for match in found if match.score >= SURE] == [each.key]


def test_a_report_of_several_records_is_one_proposal() -> None:
    twice = [WANTED[0], ("pubmed:1", record(9, doi="10.1016/j.pain.2016.05.001"))]
    assert [found.report for found in match(clues_of("10.1016_j.pain.2016.05.001.pdf"), twice)] == ["pubmed:1"]


def test_real_articles_are_told_apart_by_their_first_words() -> None:
    """84 trials of pain: each article's first page without its DOI, among all 84 titles."""
    texts, wanted = {}, []
    for path in sorted(shared("data/pain_rct_fulltext/nxml").glob("*.gz")):
        content = gzip.decompress(path.read_bytes())
        assert kind_of(content).suffix == ".xml"
        texts[path.name] = re.sub(r"10\.\d{4,9}/\S+", "", plain_text(content)[:6000])
        title = re.search(rb"<article-title[^>]*>(.*?)</article-title>", content, re.DOTALL)
        assert title
        words = " ".join(re.sub("<[^>]+>", "", title.group(1).decode()).split())
        wanted.append((path.name, record(len(wanted) + 1, title=words)))
    proposed = {
        name: found for name, text in texts.items() if (found := match(clues_of("main.pdf", text=text), wanted))
    }
    sure = {name: found[0].report for name, found in proposed.items() if found[0].score >= SURE}
    assert len(texts) == 84
    assert all(name == report for name, report in sure.items())
    assert len(sure) >= 78


# --- which study a report tells of ------------------------------------------------------------------------------------


def study(number: int, *records: Record) -> tuple[Study, tuple[Record, ...]]:
    keys = tuple(each.key for each in records)
    return Study(id=str(number), label=f"Study {number}", reports=keys, created_by="ana", created_at=NOW), records


FIRST = record(
    1,
    title="Motor cortex stimulation for central pain",
    authors=("Doe Jane", "Roe Richard", "Poe Eve"),
    year=2016,
    pmid="11",
    registry_ids=("NCT01234567",),
)
OTHER = record(
    2,
    title="Acupuncture of the ear in migraine",
    authors=("Lee Kim",),
    year=2016,
    pmid="22",
    registry_ids=("NCT07654321",),
)
STUDIES = [study(1, FIRST), study(2, OTHER)]


def test_a_shared_registration_speaks_for_one_study() -> None:
    [found] = propose_studies([record(3, title="Sleep in the same people", registry_ids=("nct01234567",))], STUDIES)
    assert found.study == "1"
    assert found.score >= 90
    assert "NCT01234567" in found.reasons[0]


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ((Link(type="ErratumFor", pmid="11"),), ()),
        ((), (Link(type="ErratumIn", pmid="33"),)),
        ((Link(type="UpdateOf", citation="Pain 2016. doi: 10.1000/first.1"),), ()),
    ],
)
def test_a_link_in_pubmed_speaks_for_one_study(mine: tuple[Link, ...], theirs: tuple[Link, ...]) -> None:
    first = record(1, title="Motor cortex stimulation", pmid="11", doi="10.1000/first.1", links=theirs)
    [found] = propose_studies([record(3, title="Erratum", pmid="33", links=mine)], [study(1, first), study(2, OTHER)])
    assert found.study == "1"
    assert "PubMed links the two" in found.reasons[0]


def test_a_comment_on_a_report_is_no_report_of_its_study() -> None:
    comment = record(3, title="Is it so?", authors=("Foe A",), links=(Link(type="CommentOn", pmid="11"),))
    assert propose_studies([comment], STUDIES) == ()


def test_the_same_people_with_a_like_title_are_proposed_with_the_reason() -> None:
    later = record(
        3,
        title="Motor cortex stimulation for central pain: one year later",
        year=2018,
        authors=("Doe J", "Roe R", "New Nina"),
    )
    [found] = propose_studies([later], STUDIES)
    assert found.study == "1"
    assert "2 authors in common, the first one too, 2 years apart" in found.reasons[0]


def test_other_people_or_another_decade_are_not_proposed() -> None:
    title = "Motor cortex stimulation for central pain"
    assert propose_studies([record(3, title=title, authors=("Foe A",), year=2016)], STUDIES) == ()
    assert propose_studies([record(3, title=title, authors=("Doe J", "Roe R"), year=2026)], STUDIES) == ()
    assert propose_studies([record(3, title="")], STUDIES) == ()
    assert propose_studies([record(3, title="x")], [study(3)]) == ()
