# ruff: noqa: E501  (documents are one line in the files)
"""EndNote XML: every entry comes out, marked-up text is text, and damage stays in its own entry."""

from __future__ import annotations

import io
import time
from collections import Counter
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.formats.endnote_xml import MAX_ENTRY, looks_like_endnote_xml, read_endnote_xml
from ingest.readers import look_at, read_records
from ingest.record import IngestError, Record, TruncatedFile, Unreadable, UnsafeFile
from tests.shared_data import shared

HEAD = '<?xml version="1.0" encoding="UTF-8" ?><xml><records>'
TAIL = "</records></xml>"


def read(document: str | bytes) -> list[Record | Unreadable]:
    return list(read_endnote_xml(io.BytesIO(document.encode() if isinstance(document, str) else document)))


def one(inside: str) -> Record:
    (item,) = read(f"{HEAD}<record>{inside}</record>{TAIL}")
    assert isinstance(item, Record), item
    return item


def good(number: int) -> str:
    return f"<record><titles><title>Good {number}</title></titles></record>"


FULL = """
<database name="My.enl" path="">My.enl</database><source-app name="EndNote" version="20.6">EndNote</source-app>
<rec-number>7</rec-number><foreign-keys><key app="EN" db-id="x">7</key></foreign-keys>
<ref-type name="Journal Article">17</ref-type>
<contributors><authors><author><style face="normal" font="default" size="100%">Smith, Jane A.</style></author>
<author>Pain Trial, Group</author><author>World Health Organization,</author></authors></contributors>
<auth-address>Not an author</auth-address>
<titles><title><style face="normal">Effects of </style><style face="italic">x</style><style face="normal"> on CO</style
><style face="subscript">2</style><style face="normal"> &lt;5 kPa</style></title><secondary-title>J Pain</secondary-title
><alt-title>The journal of pain</alt-title><translated-title>Wirkungen</translated-title></titles>
<periodical><full-title>The Journal of Pain</full-title><abbr-1>J Pain</abbr-1></periodical>
<pages>100-110</pages><volume>21</volume><number>3</number>
<keywords><keyword>rTMS</keyword><keyword>pain</keyword></keywords>
<dates><year>2020</year><pub-dates><date>Mar 5</date></pub-dates></dates>
<isbn>1526-5900</isbn><accession-num>12345678</accession-num>
<electronic-resource-num>10.1000/X</electronic-resource-num>
<abstract>BACKGROUND: One.&#xD;METHODS: Two NCT01234567.</abstract>
<notes>Smith, J&#xD;doi: 10.1000/y</notes><custom2>PMC7654321</custom2>
<urls><related-urls><url>https://pubmed.ncbi.nlm.nih.gov/99</url></related-urls></urls>
<remote-database-name>Medline</remote-database-name><remote-database-provider>NLM</remote-database-provider>
<language>eng</language>
"""


def test_a_full_entry() -> None:
    record = one(FULL)
    assert record.title == "Effects of x on CO_2 <5 kPa"
    assert record.authors == ("Smith Jane A.", "Pain Trial Group", "World Health Organization")
    assert (record.journal, record.year, record.published) == ("The Journal of Pain", 2020, "2020 Mar 5")
    assert (record.volume, record.issue, record.pages) == ("21", "3", "100-110")
    assert (record.doi, record.pmid, record.pmcid) == ("10.1000/x", "12345678", "PMC7654321")
    assert record.abstract == "BACKGROUND: One.\nMETHODS: Two NCT01234567."
    assert (record.keywords, record.language) == (("rTMS", "pain"), ("eng",))
    assert (record.source, record.source_id, record.position) == ("endnote", "12345678", 1)
    assert record.original_title == "Wirkungen"
    assert record.registry_ids == ("NCT01234567",)
    assert record.raw.startswith("<record>")
    assert record.raw.endswith("</record>")


def test_a_document_that_a_program_indented_says_the_same() -> None:
    plain = one(FULL)
    record = one(
        FULL.replace("Smith, Jane A.", "\n      Smith,\n      Jane\n      A.\n    ")
        .replace("J Pain", "\n J\n Pain\n")
        .replace("One.", "\n      One.\n   ")
    )
    assert record.authors == plain.authors
    assert (record.title, record.journal, record.abstract) == (plain.title, plain.journal, plain.abstract)
    assert (
        one("<titles><title>T</title></titles><abstract>AIM: One.\nMETHODS: Two.</abstract>").abstract
        == "AIM: One.\nMETHODS: Two."
    )


def test_an_accession_number_of_another_database_is_no_pmid() -> None:
    record = one("<titles><title>T</title></titles><accession-num>12345678</accession-num>")
    assert (record.pmid, record.source_id) == (None, "12345678")
    assert one("<titles><title>T</title></titles><accession-num>PMID: 12345678</accession-num>").pmid == "12345678"


def test_a_book_s_editors_and_kinds_of_entries() -> None:
    editors = "<contributors><secondary-authors><author>Ed, A.</author></secondary-authors></contributors>"
    book = one(f'<ref-type name="Edited Book">28</ref-type>{editors}<titles><title>T</title></titles>')
    assert (book.authors, book.publication_types) == (("Ed A.",), ("Book",))
    paper = one(f'<ref-type name="Conference Paper">47</ref-type>{editors}<titles><title>T</title></titles>')
    assert (paper.authors, paper.publication_types) == ((), ("Conference Paper",))


def test_every_entry_of_the_respiratory_set_agrees_with_its_table() -> None:
    """The XML has no abstracts. The table was made from it elsewhere, and agrees but for groups taken for persons."""
    path = shared("data/dedupe/respiratory/respiratory.endnote.xml.gz")
    entries, rows = list(read_records(path)), list(read_records(shared("data/dedupe/respiratory/records.csv.gz")))
    assert len(entries) == len(rows) == 1988
    assert look_at(path)[0].format == "EndNote XML"
    different: Counter[str] = Counter()
    for entry, row in zip(entries, rows, strict=True):
        assert isinstance(entry, Record)
        assert isinstance(row, Record)
        for name in ("title", "authors", "journal", "year", "volume", "issue", "pages"):
            different[name] += getattr(entry, name) != getattr(row, name)
        words = [sorted(" ".join(item.authors).replace(",", " ").split()) for item in (entry, row)]
        assert words[0] == words[1]
    assert {name: count for name, count in different.items() if count} == {"authors": 9}
    assert len({entry.key for entry in entries if isinstance(entry, Record)}) == 1988


# ------------------------------------------------------------------------------------------------------------- damage


@pytest.mark.parametrize(
    "damaged",
    [
        "<record><titles><title>Bad</titles></record>",
        "<record><titles><title>Bad <b</title></titles></record>",
        "<record><titles><title>Never closed</title></titles>",
        "<record><![CDATA[ open </record>",
        "<record " + 'a="1" a="2"' + "></record>",
        "<record>" + "<a>" * 60 + "</a>" * 60 + "</record>",
    ],
)
def test_damage_stays_in_its_entry(damaged: str) -> None:
    items = read(f"{HEAD}\n{good(1)}\n{damaged}\n{good(3)}{good(4)}{TAIL}")
    assert [type(item) for item in items] == [Record, Unreadable, Record, Record]
    bad = items[1]
    assert isinstance(bad, Unreadable)
    assert (bad.position, bad.line, bad.raw.strip()) == (2, 3, damaged)


def test_characters_that_xml_forbids_do_not_cost_the_entry() -> None:
    record = one("<titles><title>A\x0b B&#x1F;C & D &nbsp;&alpha; &unknown; R&D</title></titles>")
    assert record.title == "A B C & D \xa0α &unknown; R&D"


def test_a_document_that_ends_early_says_so_after_what_it_has() -> None:
    document = f"{HEAD}{good(1)}{good(2)}{TAIL}"
    for end in (len(document) - len(TAIL), len(document) - len(TAIL) - 20):
        items: list[Record | Unreadable] = []
        with pytest.raises(TruncatedFile, match="2 entries came before"):
            items.extend(read_endnote_xml(io.BytesIO(document[:end].encode())))
        assert len(items) == 2
        assert isinstance(items[0], Record)


@pytest.mark.parametrize(
    "start",
    [
        '<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "b">]><xml><records>',
        '<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml><records>',
        '<!DOCTYPE xml SYSTEM "http://example.org/x.dtd" [ ]><xml><records>',
    ],
)
def test_declarations_are_refused(start: str) -> None:
    with pytest.raises(UnsafeFile, match="entities"):
        read(f"{start}<record><titles><title>&a;&x;</title></titles></record>{TAIL}")


def test_an_entry_without_end_is_dropped_within_bounds() -> None:
    begun = time.monotonic()
    items = read(f"{HEAD}{good(1)}<record><title>{'x' * (2 * MAX_ENTRY)}</title></record>{good(3)}{TAIL}")
    assert [type(item) for item in items] == [Record, Unreadable, Record]
    assert time.monotonic() - begun < 60  # a guard against hanging, not a measurement


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "iso-8859-1", "windows-1251"])
def test_the_declared_encoding_is_used(encoding: str) -> None:
    word = "боль" if encoding == "windows-1251" else "Schmerz für Ärzte"
    declared = encoding.removesuffix("-sig").removesuffix("-le")
    text = f'<?xml version="1.0" encoding="{declared}"?><xml><records><record><titles><title>{word}</title></titles></record>{TAIL}'
    (item,) = read(text.encode(encoding))
    assert isinstance(item, Record)
    assert item.title == word


def test_an_encoding_that_nobody_knows_is_refused() -> None:
    with pytest.raises(IngestError, match="encoding that is not known"):
        read(
            f'<?xml version="1.0" encoding="klingon"?><xml><records>{good(1)}{TAIL}'.replace(
                "Good", "G\xf6\xf6d"
            ).encode("latin-1")
        )


@pytest.mark.parametrize(
    ("text", "is_endnote"),
    [
        (f"{HEAD}{good(1)}", True),
        ('<?xml version="1.0"?>\n<!-- made by us -->\n<records><record>', True),
        ("<xml><records>\n<record>", True),
        ('<?xml version="1.0"?><PubmedArticleSet>', False),
        ('<?xml version="1.0"?><rss><channel>', False),
        ("<xml><data/></xml>", False),
        ("records", False),
    ],
)
def test_it_is_known_by_its_first_elements(text: str, is_endnote: bool) -> None:
    assert looks_like_endnote_xml(text) is is_endnote


_TEXT = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn", "Zl", "Zp")), max_size=40)


@given(titles=st.lists(_TEXT.map(str.strip).filter(bool), max_size=6), pieces=st.integers(1, 50))
@settings(max_examples=100, deadline=None)
def test_every_title_comes_out_however_the_text_arrives(titles: list[str], pieces: int) -> None:
    inside = "".join(f"<record><titles><title>{escape(title)}</title></titles></record>\n" for title in titles)
    found = read(f"{HEAD}{inside}{TAIL}")
    assert len(found) == len(titles)
    for title, item in zip(titles, found, strict=True):
        assert isinstance(item, Record)
        if "&" not in title and "<" not in title:
            assert item.title.split() == title.split()


@given(text=st.text(max_size=200) | st.text(alphabet="<>/record xml&;!-[]'\"", max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        items = read(f"{HEAD}{good(1)}{text}{good(2)}{TAIL}")
    except IngestError:
        return
    assert len(items) >= 2


def test_an_entry_that_names_no_report_is_unreadable() -> None:
    nothing, other = read(
        "<xml><records><record><rec-number>1</rec-number></record>"
        "<record><titles><title>A title</title></titles></record></records></xml>"
    )
    assert isinstance(nothing, Unreadable)
    assert "neither title" in nothing.reason
    assert isinstance(other, Record)
