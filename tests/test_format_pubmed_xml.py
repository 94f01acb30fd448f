"""PubMed XML: every entry comes out, every odd case is read as stated, and no document can harm its reader."""

from __future__ import annotations

import csv
import gzip
import io
import re
import time
import tracemalloc
from collections import Counter
from typing import BinaryIO, cast
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.changes import canonical_hash, differences
from ingest.formats.pubmed_stream import MAX_ENTRY
from ingest.formats.pubmed_xml import Deleted, raw_entry, read_pubmed_document, read_pubmed_xml
from ingest.record import BrokenFile, Link, Record, TruncatedFile, UnknownFormat, Unreadable, UnsafeFile
from tests.shared_data import shared

SAMPLES = "data/pubmed_xml_samples"


def read(document: str | bytes) -> list[Record | Unreadable]:
    return list(read_pubmed_xml(io.BytesIO(document.encode() if isinstance(document, str) else document)))


def read_until_error(file: BinaryIO) -> tuple[list[Record | Unreadable], BrokenFile | None]:
    items: list[Record | Unreadable] = []
    try:
        for item in read_pubmed_xml(file):
            items.append(item)
    except BrokenFile as error:
        return items, error
    return items, None


def one(article: str, *, pubmed_data: str = "", before: str = "") -> Record:
    """The record of one article with PMID 1 whose Article (and what stands after it) is given."""
    (record,) = read(before + f"<PubmedArticleSet>{entry(article, pubmed_data=pubmed_data)}</PubmedArticleSet>")
    assert isinstance(record, Record)
    return record


def entry(article: str, *, pmid: str = "1", pubmed_data: str = "") -> str:
    if "<Article" not in article.replace("<ArticleTitle", "").replace("<ArticleDate", ""):
        article = f"<Article>{article}</Article>"
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="1">{pmid}</PMID>{article}</MedlineCitation>'
        f"<PubmedData>{pubmed_data}</PubmedData></PubmedArticle>"
    )


def sample(name: str) -> dict[str, Record]:
    with shared(f"{SAMPLES}/{name}").open("rb") as file:
        return {item.source_id: item for item in read_pubmed_xml(file) if isinstance(item, Record)}


# -------------------------------------------------------------------------------------------- real files, all of them


def test_every_entry_of_the_real_files_comes_out_as_a_record() -> None:
    with shared("data/pubmed_xml/index.csv").open(encoding="utf-8", newline="") as file:
        index = list(csv.DictReader(file))
    assert len(index) == 112
    seen: set[str] = set()
    total = 0
    for row in index:
        with shared(f"data/pubmed_xml/files/{row['file']}").open("rb") as file:
            items = list(read_pubmed_xml(file))
        expected = int(row["articles"]) + int(row["books"])
        assert [type(item) for item in items] == [Record] * expected, row["file"]
        total += expected
        seen |= {item.source_id for item in items if isinstance(item, Record)}
    assert total == 501  # 497 articles and 4 books
    # 483 distinct PMIDs of articles (README), and the books' own
    assert len(seen) >= 483


def test_what_the_index_of_the_real_files_counts_is_found_in_the_records() -> None:
    """index.csv counts features by looking for elements; the records must agree file by file."""
    with shared("data/pubmed_xml/index.csv").open(encoding="utf-8", newline="") as file:
        index = list(csv.DictReader(file))
    for row in index:
        if int(row["books"]):
            continue
        features = Counter({name: int(n) for name, n in re.findall(r"([^;]+?) (\d+)(?:; |$)", row["features"])})
        with shared(f"data/pubmed_xml/files/{row['file']}").open("rb") as file:
            records = [item for item in read_pubmed_xml(file) if isinstance(item, Record)]
        stand_in = "the abstract is an OtherAbstract"
        found = {
            "no DOI": sum(r.doi is None for r in records),
            "PMCID": sum(r.pmcid is not None for r in records),
            "no authors": sum(not r.authors for r in records),
            "no abstract": sum(not r.abstract or any(stand_in in note for note in r.notes) for r in records),
            "VernacularTitle": sum(bool(r.original_title) for r in records),
            "non-English": sum(any(language != "eng" for language in r.language) for r in records),
            "CC:RetractionIn": sum(any(link.type == "RetractionIn" for link in r.links) for r in records),
            "CC:UpdateOf": sum(any(link.type == "UpdateOf" for link in r.links) for r in records),
            "PT Randomized Controlled Trial": sum(
                "Randomized Controlled Trial" in r.publication_types for r in records
            ),
        }
        expected = {name: features[name] for name in found}
        if row["file"] == "jabref__MedlineImporterTestArticleNoISSN.xml":
            expected["no abstract"] = 1  # its AbstractText is there, and empty
        assert found == expected, row["file"]
        assert all(r.year is not None and 1800 < r.year < 2030 for r in records), row["file"]


def test_every_sample_file_is_read_or_refused_by_name() -> None:
    files = [path for path in sorted(shared(SAMPLES).iterdir()) if path.suffix in (".xml", ".gz", ".html")]
    assert len(files) > 40
    for path in files:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        if path.suffix == ".html":
            with pytest.raises(UnknownFormat, match="web page"):
                read(data)
            continue
        entries = len(re.findall(rb"<PubmedArticle>|<PubmedArticle |<PubmedBookArticle>", data))
        items = read(data)
        assert len(items) == entries, path.name
        assert not [item for item in items if isinstance(item, Unreadable)], path.name


def test_the_joined_efetch_answer_has_77_records_with_and_without_gzip() -> None:
    path = shared(f"{SAMPLES}/efetch_2025_set.xml.gz")
    with path.open("rb") as packed:
        records = list(read_pubmed_xml(packed))
    assert len(records) == 77
    assert records == read(gzip.decompress(path.read_bytes()))


# ------------------------------------------------------------------------------------ facts of single real records


def test_facts_of_real_records_with_odd_places_for_common_things() -> None:
    mathml = sample("edge_mathml_29869639.xml")["29869639"]
    assert "PO_4^-3" in mathml.abstract  # phosphate: not PO4-3
    assert mathml.pages == "630"  # no Pagination: ELocationID pii... or MedlinePgn
    multilingual = sample("edge_multilang_11525160.xml")["11525160"]
    assert multilingual.language == ("eng", "fre", "ger")
    assert multilingual.authors == ()
    dated = sample("edge_medlinedate_21007460.xml")["21007460"]
    assert dated.year is not None
    assert str(dated.year) in dated.published
    book = sample("whole_book_2025_20301577.xml")["20301577"]
    assert book.journal.startswith("GeneReviews")
    assert book.title != book.journal
    assert book.authors
    whole_book = sample("whole_book_2013_20301295.xml")["20301295"]
    assert whole_book.title.startswith("GeneReviews")
    assert whole_book.authors[0] == "Pagon Roberta A"  # editors, as nobody else is named
    assert whole_book.year == 1993


def test_a_pmid_is_never_taken_from_a_link_or_a_reference() -> None:
    notice = sample("edge_cc_retractionof_11600210.xml")["11600210"]
    assert {link.type for link in notice.links} == {"RetractionOf"}
    assert notice.retraction_notice
    assert not notice.retracted
    original = sample("edge_cc_retractionin_8655018.xml")["8655018"]
    assert original.retracted
    assert not original.retraction_notice
    assert original.title.startswith("[")
    assert original.original_title
    assert original.language == ("pol",)


def test_the_doi_is_never_a_cited_paper_s() -> None:
    """All 77 records of the joined answer: a record's DOI stands outside its reference list."""
    document = gzip.decompress(shared(f"{SAMPLES}/efetch_2025_set.xml.gz").read_bytes()).decode()
    with_references = 0
    for text, record in zip(
        re.findall(r"(?s)<PubmedArticle>.*?</PubmedArticle>", document), read(document), strict=True
    ):
        with_references += "<ReferenceList>" in text
        own = re.sub(r"(?s)<ReferenceList>.*</ReferenceList>", "", text).lower()
        assert isinstance(record, Record)
        assert record.doi is None or escape(record.doi) in own
        assert record.doi is not None or 'idtype="doi"' not in own
    assert with_references >= 30


def test_trial_registrations_come_from_the_databank_list_and_the_abstract() -> None:
    assert sample("whole_rct_databank_29768149.xml")["29768149"].registry_ids[0].startswith("NCT")
    assert any(one.startswith("ISRCTN") for one in sample("edge_db_isrctn_18719013.xml")["18719013"].registry_ids)
    assert sample("edge_db_genbank_10540283.xml")["10540283"].registry_ids == ()  # sequences are no trials


def test_a_superseded_spelling_is_not_an_author_and_a_suffix_is_kept() -> None:
    assert any(
        name.endswith((" Jr", " 2nd", " 3rd")) for name in sample("edge_suffix_31789841.xml")["31789841"].authors
    )


def test_the_invented_edge_cases_are_read_as_stated() -> None:
    with shared(f"{SAMPLES}/synthetic_2025_edge_cases.xml").open("rb") as file:
        *records, deleted = read_pubmed_document(file)
    assert deleted == Deleted(pmids=("99990009",))
    first, concern, translated = records
    assert isinstance(first, Record)
    assert isinstance(concern, Record)
    assert isinstance(translated, Record)
    assert first.doi == "10.99999/syn.99990001"  # printed in capitals in one of the two places: no conflict
    assert first.notes == ()
    assert first.keywords == ("rTMS", "A_2A receptor")
    assert first.mesh == ("Transcranial Magnetic Stimulation/*methods", "*Neuralgia/therapy")
    assert first.registry_ids == ("NCT99990001",)
    assert first.abstract.splitlines()[0] == "BACKGROUND & AIMS: Pain^1 and NRS < 4."
    assert "CaCl_2" in first.abstract
    assert "\u202f" in first.title  # the narrow no-break space of "10 Hz" stays
    assert concern.doi == "10.99999/syn.99990002"  # the other one is marked invalid
    assert concern.pages == "e99"
    assert concern.authors == ()
    assert not concern.retracted
    assert translated.year == 2024
    assert translated.published == "2024 Dec-2025 Jan"
    assert translated.authors[-1] == "The SYNTH Study Group"
    assert "Muster Jörg 3rd" in translated.authors
    assert translated.retracted
    assert Link(type="RetractionIn", citation="Synth J Test Rec. 2025 Aug;8(3):200.") in translated.links


# ------------------------------------------------------------------------------------------------- rules, one by one


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("10<sup>2</sup> cells", "10^2 cells"),
        ("H<sub>2</sub>O", "H_2O"),
        ("<i>in <b>vivo</b></i> study", "in vivo study"),
        ("(<sup>18</sup>F)FDG", "(^18F)FDG"),
        ("p &lt; 0.05", "p < 0.05"),
        ("a<sup> </sup>b", "a b"),
        ("two\n      lines", "two lines"),
        ("10\u202fHz", "10\u202fHz"),
        ("<mml:math><mml:msup><mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msup></mml:math>", "x^2"),
        ("<math><mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo><mn>1</mn></mrow></mfrac></math>", "a/(b+1)"),
        ("<math><msubsup><mi>R</mi><mn>1</mn><mn>2</mn></msubsup></math>", "R_1^2"),
        ("<math><semantics><mi>x</mi><annotation>\\x</annotation></semantics></math>", "x"),
        ("<DispFormula>E=mc<sup>2</sup></DispFormula>", "E=mc^2"),
        ("a &nbsp; b", "a \u00a0 b"),
        ("a &unknown; b", "a &unknown; b"),
    ],
)
def test_inline_markup_is_joined_without_losing_what_a_figure_means(markup: str, text: str) -> None:
    # The DOCTYPE names a DTD that is not loaded: with it, an unknown entity is a reference, not an error.
    doctype = '<!DOCTYPE PubmedArticleSet SYSTEM "http://dtd.nlm.nih.gov/x.dtd">'
    assert one(f"<ArticleTitle>{markup}</ArticleTitle>", before=doctype).title == text


def test_labels_of_an_abstract_become_paragraphs() -> None:
    abstract = one(
        '<Abstract><AbstractText Label="UNLABELLED">First.</AbstractText><AbstractText Label="METHODS:">Second.'
        '</AbstractText><AbstractText NlmCategory="RESULTS">Third.</AbstractText><AbstractText Label="EMPTY"/>'
        "<CopyrightInformation>Owner</CopyrightInformation></Abstract>"
    ).abstract
    assert abstract == "First.\nMETHODS: Second.\nThird."


@pytest.mark.parametrize(
    ("others", "abstract"),
    [
        ('<OtherAbstract Type="Publisher" Language="ger"><AbstractText>Deutsch.</AbstractText></OtherAbstract>', ""),
        (
            '<OtherAbstract Type="plain-language-summary"><AbstractText>Plain.</AbstractText></OtherAbstract>'
            '<OtherAbstract Type="AIDS"><AbstractText>Scholarly.</AbstractText></OtherAbstract>',
            "Scholarly.",
        ),
        (
            '<OtherAbstract Type="Publisher"><AbstractText>Abstract available from the publisher.</AbstractText>'
            "</OtherAbstract>",
            "",
        ),
    ],
)
def test_an_other_abstract_stands_in_only_in_english_and_says_so(others: str, abstract: str) -> None:
    record = one(f"<Article><ArticleTitle>T</ArticleTitle></Article>{others}")
    assert record.abstract == abstract
    assert bool(record.notes) is bool(abstract)


def test_an_own_abstract_is_never_replaced() -> None:
    record = one(
        "<Article><Abstract><AbstractText>Own.</AbstractText></Abstract></Article>"
        '<OtherAbstract Type="PIP"><AbstractText>Other.</AbstractText></OtherAbstract>'
    )
    assert record.abstract == "Own."


@pytest.mark.parametrize(
    ("date", "year", "printed"),
    [
        ("<PubDate><Year>2001</Year><Month>Mar</Month><Day>05</Day></PubDate>", 2001, "2001 Mar 05"),
        ("<PubDate><Year>2001</Year><Season>Spring</Season></PubDate>", 2001, "2001 Spring"),
        ("<PubDate><MedlineDate>1998 Dec-1999 Jan</MedlineDate></PubDate>", 1998, "1998 Dec-1999 Jan"),
        ("<PubDate><MedlineDate>Summer 1947-1948</MedlineDate></PubDate>", 1947, "Summer 1947-1948"),
        ("<PubDate><MedlineDate>no year</MedlineDate></PubDate>", None, "no year"),
    ],
)
def test_the_year_is_the_first_of_the_publication_date(date: str, year: int | None, printed: str) -> None:
    record = one(
        "<DateCompleted><Year>2020</Year></DateCompleted>"
        f"<Article><Journal><JournalIssue>{date}</JournalIssue></Journal></Article>"
    )
    assert (record.year, record.published) == (year, printed)


def test_the_doi_comes_from_the_valid_place_and_a_conflict_is_noted() -> None:
    valid = '<ELocationID EIdType="doi" ValidYN="Y">10.1000/AbC</ELocationID>'
    wrong = '<ELocationID EIdType="doi" ValidYN="N">10.1000/wrong</ELocationID>'
    listed = '<ArticleIdList><ArticleId IdType="doi">https://doi.org/10.1000/other</ArticleId></ArticleIdList>'
    references = (
        "<ReferenceList><Reference><ArticleIdList><ArticleId IdType='doi'>10.1/cited</ArticleId></ArticleIdList>"
        "</Reference></ReferenceList>"
    )
    assert one(valid + wrong).doi == "10.1000/abc"
    assert one("", pubmed_data=references).doi is None
    only_wrong = one(wrong, pubmed_data=references)
    assert only_wrong.doi is None
    assert "invalid" in only_wrong.notes[0]
    conflict = one(valid, pubmed_data=listed)
    assert conflict.doi == "10.1000/other"
    assert "10.1000/abc" in conflict.notes[0]


def test_pages_fall_back_to_start_and_end_then_to_the_article_number() -> None:
    pages = "<Pagination><StartPage>11</StartPage><EndPage>19</EndPage>{}</Pagination>"
    pii = '<ELocationID EIdType="pii" ValidYN="Y">e99</ELocationID>'
    assert one(pages.format("<MedlinePgn>11-9</MedlinePgn>") + pii).pages == "11-9"
    assert one(pages.format("") + pii).pages == "11-19"
    assert one(pii).pages == "e99"


def test_authors_are_people_and_groups_in_order_without_superseded_spellings() -> None:
    authors = one(
        "<AuthorList><Author><LastName>Curie</LastName><ForeName>Marie</ForeName><Initials>M</Initials></Author>"
        '<Author ValidYN="N"><LastName>Curry</LastName></Author>'
        "<Author><LastName>Doe</LastName><Initials>J</Initials><Suffix>Jr</Suffix></Author>"
        "<Author><CollectiveName>The TMS<sub>2</sub> Group</CollectiveName></Author></AuthorList>"
    ).authors
    assert authors == ("Curie Marie", "Doe J Jr", "The TMS_2 Group")


def test_a_title_not_available_gives_way_to_the_original() -> None:
    record = one("<ArticleTitle>[Not Available].</ArticleTitle><VernacularTitle>Schmerz.</VernacularTitle>")
    assert (record.title, record.original_title) == ("Schmerz.", "Schmerz.")


@pytest.mark.parametrize(
    ("parts", "retracted", "notice"),
    [
        ('<PublicationType UI="D016441">Whatever</PublicationType>', True, False),
        ('<PublicationType UI="">RETRACTED PUBLICATION</PublicationType>', True, False),
        ('<PublicationType UI="D016440">Retraction Notice</PublicationType>', False, True),
        ('<PublicationType UI="">Retraction of Publication</PublicationType>', False, True),
        ('<PublicationType UI="">Not a retraction</PublicationType>', False, False),
    ],
)
def test_retraction_is_known_by_ui_or_exact_name(parts: str, retracted: bool, notice: bool) -> None:
    record = one(
        f"<ArticleTitle>Retraction of the soft palate</ArticleTitle><PublicationTypeList>{parts}</PublicationTypeList>"
    )
    assert (record.retracted, record.retraction_notice) == (retracted, notice)


def test_unknown_elements_are_passed_over_and_noted() -> None:
    record = one("<Article><ArticleTitle>T</ArticleTitle><NewThing><X/></NewThing></Article><Fresh>1</Fresh>")
    assert record.title == "T"
    assert [re.findall(r"<\w+>", note)[0] for note in record.notes] == ["<Fresh>", "<NewThing>"]


def test_an_entry_without_a_pmid_is_counted_as_unreadable_and_the_rest_is_read() -> None:
    broken = "<PubmedArticle><MedlineCitation><Article/></MedlineCitation></PubmedArticle>"
    stolen = broken.replace(
        "<Article/>",
        "<Article/><CommentsCorrectionsList><CommentsCorrections><PMID>5</PMID></CommentsCorrections>"
        "</CommentsCorrectionsList>",
    )
    entries = broken + entry("", pmid="7") + stolen + "<PubmedArticle/><PubmedBookArticle/>"
    items = read(f"<PubmedArticleSet>{entries}</PubmedArticleSet>")
    assert [item.position if isinstance(item, Unreadable) else item.source_id for item in items] == [1, "7", 3, 4, 5]
    assert all(item.reason for item in items if isinstance(item, Unreadable))


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252", "utf-16"])
def test_the_declared_encoding_is_honoured(encoding: str) -> None:
    article = entry("<ArticleTitle>Müller’s é</ArticleTitle>")
    document = f'<?xml version="1.0" encoding="{encoding}"?><PubmedArticleSet>{article}</PubmedArticleSet>'
    if encoding == "iso-8859-1":
        document = document.replace("’", "&#8217;")
    (record,) = read(document.encode(encoding))
    assert isinstance(record, Record)
    assert record.title == "Müller’s é"


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "\n  ",
        "\ufeff",
        '<?xml version="1.0"?>\n',
        '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD" "http://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_990101.dtd">',
        "<!-- a comment --><?pi?>",
    ],
)
def test_any_or_no_doctype_will_do(prefix: str) -> None:
    assert len(read(f"{prefix}<PubmedArticleSet>{entry('')}</PubmedArticleSet>")) == 1
    assert len(read(f"{prefix}{entry('')}")) == 1  # a single article as the whole document


def test_an_empty_set_is_no_records_and_no_error() -> None:
    assert read("<PubmedArticleSet></PubmedArticleSet>") == []


# ------------------------------------------------------------------------------------------- damaged and hostile files


@pytest.fixture(scope="module")
def many() -> bytes:
    return (
        "<PubmedArticleSet>"
        + "".join(entry(f"<ArticleTitle>Title {n}</ArticleTitle>", pmid=str(n)) for n in range(1, 201))
        + "</PubmedArticleSet>"
    ).encode()


@pytest.mark.parametrize("share", [0.10, 0.50, 0.99, 0.9999])
@pytest.mark.parametrize("packed", [False, True])
def test_a_cut_document_gives_its_whole_entries_and_then_says_where_it_stopped(
    many: bytes, share: float, packed: bool
) -> None:
    whole = gzip.compress(many) if packed else many
    items, error = read_until_error(io.BytesIO(whole[: int(len(whole) * share)]))
    assert isinstance(error, TruncatedFile)
    assert [item.source_id for item in items if isinstance(item, Record)] == [str(n) for n in range(1, len(items) + 1)]
    assert error.entries == len(items)
    if items:
        assert f"number {len(items)} (PMID {len(items)})" in str(error)
    if not packed:
        assert len(items) >= int(200 * share) - 1


@given(cut=st.integers(min_value=0, max_value=2000))
@settings(max_examples=60, deadline=None)
def test_no_cut_ends_quietly(cut: int) -> None:
    document = f"<PubmedArticleSet>{entry('<ArticleTitle>é</ArticleTitle>') * 3}</PubmedArticleSet>".encode()
    if cut >= len(document):
        assert len(read(document)) == 3
        return
    with pytest.raises(TruncatedFile):
        read(document[:cut])


def test_a_damaged_document_says_in_which_line_and_after_which_entry(many: bytes) -> None:
    broken = many.replace(b"<ArticleTitle>Title 50<", b"\n<ArticleTitle & Title 50<")
    with pytest.raises(BrokenFile, match=r"line 2 .*number 49 \(PMID 49\)") as caught:
        read(broken)
    assert not isinstance(caught.value, TruncatedFile)


def test_two_documents_in_one_file_are_named_as_such(many: bytes) -> None:
    with pytest.raises(BrokenFile, match="joined into one file"):
        read(many + b'<?xml version="1.0"?>' + many)


@pytest.mark.parametrize(
    "subset",
    [
        '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">',
        '<!ENTITY file SYSTEM "file:///etc/passwd">',
        '<!ENTITY % remote SYSTEM "http://127.0.0.1:9/x.dtd"> %remote;',
    ],
)
def test_a_document_that_declares_entities_is_refused(subset: str) -> None:
    article = entry("<ArticleTitle>&c;&file;</ArticleTitle>")
    document = f"<!DOCTYPE PubmedArticleSet [{subset}]><PubmedArticleSet>{article}</PubmedArticleSet>"
    with pytest.raises(UnsafeFile, match="declares an entity"):
        read(document)


def test_attribute_defaults_of_an_internal_subset_are_not_used() -> None:
    subset = "<!DOCTYPE PubmedArticleSet [<!ATTLIST Author ValidYN CDATA 'N'>]>"
    author = "<AuthorList><Author><LastName>Curie</LastName></Author></AuthorList>"
    assert one(author, before=subset).authors == ("Curie",)


@pytest.mark.parametrize(
    "inside", ["<ArticleTitle>{}</ArticleTitle>", "{}", "<Abstract><AbstractText>{}</AbstractText></Abstract>"]
)
def test_bottomless_nesting_is_refused(inside: str) -> None:
    deep = "<b>" * 100_000
    with pytest.raises(UnsafeFile, match="deep"):
        read(f"<PubmedArticleSet>{entry(inside.format(deep))}")


def test_an_oversized_entry_is_counted_and_the_next_is_read() -> None:
    large = entry(f"<ArticleTitle>{'x' * (MAX_ENTRY + 10)}</ArticleTitle>", pmid="1")
    first, second = read(f"<PubmedArticleSet>{large}{entry('', pmid='2')}</PubmedArticleSet>")
    assert isinstance(first, Unreadable)
    assert "larger than" in first.reason
    assert isinstance(second, Record)
    assert second.source_id == "2"


def endless(start: bytes, part: bytes, times: int) -> io.BufferedReader:
    """A file that is never in memory: `start`, then `part` again and again."""

    class Endless(io.RawIOBase):
        def __init__(self) -> None:
            self.left = times
            self.rest = start

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            if not self.rest and self.left:
                self.left -= 1
                self.rest = part
            taken = min(len(buffer), len(self.rest))
            buffer[:taken] = self.rest[:taken]
            self.rest = self.rest[taken:]
            return taken

    return io.BufferedReader(Endless())


@pytest.mark.parametrize(
    ("start", "part"),
    [
        (b"<PubmedArticleSet>", b" " * 65536),
        (b"<PubmedArticleSet><Other>", b"<x>text</x>" * 6000),
        (b"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID>", b"<x>text</x>" * 6000),
        (b'<PubmedArticleSet><PubmedArticle Status="', b"x" * 65536),
        (b"<PubmedArticleSet><!--", b"x" * 65536),
    ],
)
def test_endless_content_without_an_entry_is_refused_within_seconds(start: bytes, part: bytes) -> None:
    begun = time.perf_counter()
    with pytest.raises(UnsafeFile):
        list(read_pubmed_xml(endless(start, part, 1_000_000)))
    assert time.perf_counter() - begun < 20  # about one second alone on a core; generous for a busy machine


def test_a_gzip_bomb_is_refused() -> None:
    bomb = gzip.compress(b"<PubmedArticleSet>" + b" " * (1 << 27), compresslevel=9)
    assert len(bomb) < 200_000
    with pytest.raises(UnsafeFile):
        read(bomb)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"<!DOCTYPE html><html><body>Error 502</body></html>", "web page"),
        (b"<!doctype HTML>\n<p>Error", "web page"),
        (b'{"error":"API rate limit exceeded"}', "JSON"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not XML"),
        (b"PMID- 1\nTI  - Title", "not XML"),
        (b"<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>", "E-utilities"),
        (b"<article><front/></article>", "begins with <article>"),
    ],
)
def test_something_else_is_refused_by_name(content: bytes, what: str) -> None:
    with pytest.raises(UnknownFormat, match=re.escape(what)):
        read(content)


@pytest.mark.parametrize("content", [b"", b"   \n"])
def test_an_empty_file_is_not_an_empty_search(content: bytes) -> None:
    with pytest.raises(TruncatedFile):
        read(content)


def test_a_damaged_gzip_file_is_refused(many: bytes) -> None:
    packed = bytearray(gzip.compress(many))
    packed[len(packed) // 2] ^= 0xFF
    with pytest.raises(BrokenFile):
        read(bytes(packed))


def test_gzip_members_are_read_one_after_the_other(many: bytes) -> None:
    half = len(many) // 2
    assert len(read(gzip.compress(many[:half]) + gzip.compress(many[half:]) + b"\0" * 512)) == 200


def test_memory_does_not_grow_with_the_document() -> None:
    """Ten times the document, 30 MB, takes no more memory (about 1 MB measured; a tree would take over 100 MB)."""
    article = entry(f"<ArticleTitle>T</ArticleTitle><Abstract><AbstractText>{'word ' * 2000}</AbstractText></Abstract>")
    peaks = []
    for times in (30, 300):
        stream = endless(b"<PubmedArticleSet>", (article * 10).encode(), times)
        tracemalloc.start()
        try:
            count = 0
            reader = read_pubmed_xml(cast(BinaryIO, stream))
            while next(reader, None) is not None:
                count += 1
                if count == times * 10:
                    break
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
        assert count == times * 10
    assert peaks[1] < 1.2 * peaks[0] < 4_000_000


# ------------------------------------------------------------------------------------------------ write, read, compare

_TEXT = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn")), min_size=1, max_size=40
).map(lambda text: " ".join(text.split(" ")).strip(" "))
_WORD = _TEXT.filter(lambda text: bool(text.strip("[]. ")) and "available" not in text)
_RECORDS = st.builds(
    Record,
    source=st.just("pubmed"),
    source_id=st.integers(min_value=1, max_value=99_999_999).map(str),
    title=_WORD,
    abstract=st.lists(_WORD, max_size=3).map("\n".join),
    authors=st.lists(_WORD, max_size=4).map(tuple),
    journal=_WORD,
    year=st.integers(min_value=1800, max_value=2030),
    volume=_WORD,
    issue=_WORD,
    pages=_WORD,
    language=st.lists(st.sampled_from(["eng", "ger", "und"]), max_size=2).map(tuple),
    publication_types=st.lists(_WORD, max_size=2, unique=True).map(tuple),
    mesh=st.lists(_WORD, max_size=3).map(tuple),
    keywords=st.lists(_WORD, max_size=3, unique=True).map(tuple),
    links=st.lists(
        st.builds(Link, type=st.just("CommentIn"), pmid=st.none() | st.just("12"), citation=_WORD), max_size=2
    ).map(tuple),
)


def squeezed(text: str) -> str:
    return re.sub(r" +", " ", text)


def as_xml(record: Record) -> str:
    def tags(name: str, values: tuple[str, ...]) -> str:
        return "".join(f"<{name}>{escape(value)}</{name}>" for value in values)

    links = "".join(
        f"<CommentsCorrections RefType={quoteattr(link.type)}><RefSource>{escape(link.citation)}</RefSource>"
        f"{tags('PMID', (link.pmid,) if link.pmid else ())}</CommentsCorrections>"
        for link in record.links
    )
    authors = "".join(f"<Author>{tags('CollectiveName', (name,))}</Author>" for name in record.authors)
    mesh = "".join(f"<MeshHeading>{tags('DescriptorName', (name,))}</MeshHeading>" for name in record.mesh)
    article = (
        f"<Article><Journal><JournalIssue>{tags('Volume', (record.volume,))}{tags('Issue', (record.issue,))}"
        f"<PubDate><Year>{record.year}</Year></PubDate></JournalIssue>{tags('Title', (record.journal,))}</Journal>"
        f"{tags('ArticleTitle', (record.title,))}<Pagination>{tags('MedlinePgn', (record.pages,))}</Pagination>"
        f"<Abstract>{tags('AbstractText', tuple(filter(None, record.abstract.split(chr(10)))))}</Abstract>"
        f"<AuthorList>{authors}</AuthorList>{tags('Language', record.language)}"
        f"<PublicationTypeList>{tags('PublicationType', record.publication_types)}</PublicationTypeList></Article>"
        f"<CommentsCorrectionsList>{links}</CommentsCorrectionsList><MeshHeadingList>{mesh}</MeshHeadingList>"
        f"<KeywordList>{tags('Keyword', record.keywords)}</KeywordList>"
    )
    return f"<PubmedArticleSet>{entry(article, pmid=record.source_id)}</PubmedArticleSet>"


@given(record=_RECORDS)
@settings(max_examples=100, deadline=None)
def test_what_is_written_as_pubmed_xml_is_read_back(record: Record) -> None:
    (found,) = read(as_xml(record))
    assert isinstance(found, Record)
    for field in ("source_id", "year", "language"):
        assert getattr(found, field) == getattr(record, field)
    for field in ("title", "abstract", "journal", "volume", "issue", "pages"):
        assert getattr(found, field) == squeezed(getattr(record, field)), field
    for field in ("authors", "mesh"):
        assert getattr(found, field) == tuple(map(squeezed, getattr(record, field))), field
    for field in ("keywords", "publication_types"):
        assert getattr(found, field) == tuple(dict.fromkeys(map(squeezed, getattr(record, field)))), field
    assert [(link.type, link.pmid) for link in found.links] == [(link.type, link.pmid) for link in record.links]


@given(record=_RECORDS)
@settings(max_examples=50, deadline=None)
def test_a_record_survives_being_kept_as_plain_data(record: Record) -> None:
    assert Record.from_dict({**record.as_dict(), "a later version's field": 1}) == record
    assert canonical_hash(Record.from_dict(record.as_dict())) == canonical_hash(record)


def test_the_hash_ignores_keyword_order_and_the_reader_s_notes_and_nothing_else() -> None:
    record = Record(source="pubmed", source_id="1", title="Café", keywords=("b", "a"), authors=("A B", "C D"))
    same = Record.from_dict(
        {**record.as_dict(), "keywords": ["a", "b"], "notes": ["x"], "title": "Cafe\u0301"}
    )  # composed and combining accent
    assert canonical_hash(same) == canonical_hash(record)
    assert differences(record, same) == ()
    changed = Record.from_dict({**record.as_dict(), "retracted": True, "authors": ["C D", "A B"]})
    assert canonical_hash(changed) != canonical_hash(record)
    assert differences(record, changed) == ("authors", "retracted")
    # pinned: a stored hash must mean the same in the next version of this program
    assert canonical_hash(Record(source="pubmed", source_id="1", title="T")) == (
        "85bfa9e13355be60e0cdc5278565ab97ff11fe66f62360fc423471658328710b"
    )


# ---------------------------------------------------------------------------- two ways through a document, one result


def by_events(document: str) -> list[Record | Unreadable]:
    """The slow way: a DTD within the document makes every byte of it go event by event."""
    subset = "<!DOCTYPE PubmedArticleSet [<!ATTLIST Author ValidYN CDATA 'N'>]>"
    return read(subset + document)


_NAMES = ["b", "sup", "History", "ReferenceList", "AbstractText", "CoiStatement", "PMID", "Author", "LastName", "X"]
_CONTENT = st.recursive(
    st.sampled_from(
        ["text ", "\n  ", "é", "&amp;", "&#946;", "&nbsp;", "<!-- c -->", "<![CDATA[<b>]]>", "<?pi?>", "<b"]
    ),
    lambda inner: st.builds(
        lambda name, parts: f"<{name}>{''.join(parts)}</{name}>", st.sampled_from(_NAMES), st.lists(inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    contents=st.lists(
        st.tuples(st.sampled_from(["Article", "Abstract", "ArticleTitle", "AuthorList", "PubmedData"]), _CONTENT),
        min_size=1,
        max_size=4,
    ),
    damage=st.sampled_from(["", "</b>", "<History>", "</ReferenceList>", "</PubmedArticle>", "<DeleteCitation/>"]),
)
@settings(max_examples=200, deadline=None)
def test_whole_entries_and_single_events_give_the_same(contents: list[tuple[str, str]], damage: str) -> None:
    entries = "".join(
        entry(f"<Article><{tag}>{content}</{tag}><ArticleTitle>T</ArticleTitle></Article>", pmid=str(number))
        for number, (tag, content) in enumerate(contents, start=1)
    )
    document = f"<PubmedArticleSet>{entries}{damage}</PubmedArticleSet>"
    outcomes = []
    for way in (read, by_events):
        try:
            outcomes.append((way(document), ""))
        except BrokenFile as error:
            outcomes.append(([], re.sub(r"Several .* one\.", "", str(error))))
    assert outcomes[0] == outcomes[1]


def test_real_files_are_read_alike_both_ways() -> None:
    count = 0
    for path in sorted(shared("data/pubmed_xml/files").iterdir()):
        content = path.read_bytes()
        document = (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode(errors="replace")
        start = document.find("<PubmedArticleSet")
        if start < 0 or "</PubmedArticleSet>" not in document:
            continue
        document = document[start:]
        if document.count("<PubmedArticleSet") > 1:
            continue
        quick = read(document)
        assert quick == by_events(document), path.name
        count += len(quick)
    assert count > 400


@pytest.mark.parametrize("tag", ["History", "ReferenceList", "AffiliationInfo"])
@pytest.mark.parametrize(
    "inside", ["<a><b></a></b>", "<a>", "</a>", "<a b=1/>", "<a b='x' b='y'/>", "&unknown", "\x01"]
)
def test_wrong_nesting_within_what_is_passed_over_is_noticed(tag: str, inside: str) -> None:
    damaged = entry("", pubmed_data=f"<{tag}>{inside}</{tag}>")
    with pytest.raises(BrokenFile, match="damaged in line 3"):
        read(f"<PubmedArticleSet>{entry('')}\n{entry('')}\n{damaged}{entry('')}</PubmedArticleSet>")


@pytest.mark.parametrize("tag", ["History", "ReferenceList"])
def test_two_parts_that_are_broken_alone_do_not_mend_each_other(tag: str) -> None:
    first, second = (entry("", pubmed_data=f"<{tag}>{part}</{tag}>") for part in ("<a>", "</a>"))
    with pytest.raises(BrokenFile, match="mismatched"):
        read(f"<PubmedArticleSet>{first}{second}</PubmedArticleSet>")


@pytest.mark.parametrize("hidden", ["<!-- {} -->", "<Other><![CDATA[{}]]></Other>", "<!-- <History> {} </History> -->"])
def test_an_entry_within_a_comment_is_none(hidden: str) -> None:
    document = entry("", pmid="1") + hidden.format(entry("", pmid="2")) + entry("", pmid="3")
    items = read(f"<PubmedArticleSet>{document}</PubmedArticleSet>")
    assert [item.source_id for item in items if isinstance(item, Record)] == ["1", "3"]


def test_nesting_is_limited_in_an_entry_that_is_complete_too() -> None:
    for depth, refused in ((80, False), (120, True), (3000, True)):
        nested = f"<ArticleTitle>{'<b>' * depth}x{'</b>' * depth}</ArticleTitle>"
        document = f"<PubmedArticleSet>{entry(nested)}</PubmedArticleSet>"
        if refused:
            with pytest.raises(UnsafeFile, match="deep"):
                read(document)
        else:
            assert [item.title for item in read(document) if isinstance(item, Record)] == ["x"]


@pytest.mark.parametrize("around", ["<PubmedArticle>{}</PubmedArticle>", "{}", entry("<Fresh>{}</Fresh>")])
def test_bottomless_nesting_that_is_closed_again_is_refused_too(around: str) -> None:
    for depth in (200, 20_000):
        with pytest.raises(UnsafeFile, match="deep"):
            read(f"<PubmedArticleSet>{around.format('<b>' * depth + '</b>' * depth)}{entry('')}</PubmedArticleSet>")


def test_a_part_that_is_passed_over_may_nest_without_end_and_costs_nothing() -> None:
    deep = f"<History>{'<b>' * 30_000}{'</b>' * 30_000}</History>"
    (record,) = read(
        f"<PubmedArticleSet>{entry('<ArticleTitle>T</ArticleTitle>', pubmed_data=deep)}</PubmedArticleSet>"
    )
    assert isinstance(record, Record)
    assert record.title == "T"


def test_a_large_entry_between_small_ones_is_read_and_so_are_those_after_it() -> None:
    large = entry(f"<Abstract><AbstractText>{'word ' * 200_000}</AbstractText></Abstract>", pmid="2")
    small = "".join(entry("", pmid=str(number)) for number in range(3, 2003))
    items = read(f"<PubmedArticleSet>{entry('', pmid='1')}\n{large}\n{small}</PubmedArticleSet>")
    assert [item.source_id for item in items if isinstance(item, Record)] == [str(n) for n in range(1, 2003)]


def test_a_file_of_nothing_but_blanks_does_not_keep_its_reader_for_ever() -> None:
    with pytest.raises(UnknownFormat, match="blanks"):
        list(read_pubmed_xml(endless(b"", b" " * 65536, 1_000_000)))


# ------------------------------------------------------------------------- what PubMed may change, and its update files


@pytest.mark.parametrize(
    "doctype",
    [
        "",
        '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2031//EN"'
        ' "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_310101.dtd">',
        '<!DOCTYPE PubmedArticleSet SYSTEM "http://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_190101.dtd">',
        "<!DOCTYPE SomethingElse>",
    ],
)
def test_a_new_dtd_a_new_element_and_a_new_attribute_do_no_harm(doctype: str) -> None:
    article = (
        '<Article Fresh="yes"><ArticleTitle Fresh="1">A title</ArticleTitle><Fresh Kind="x"><Sub>y</Sub></Fresh>'
        '<Abstract><AbstractText Label="AIM" Fresh="z">An abstract.</AbstractText></Abstract></Article>'
    )
    items = read(
        f'<?xml version="1.1"?>{doctype}<PubmedArticleSet>{entry(article)}</PubmedArticleSet>'.replace("1.1", "1.0")
    )
    (record,) = items
    assert isinstance(record, Record)
    assert (record.title, record.abstract) == ("A title", "AIM: An abstract.")
    assert record.notes == ("element <Fresh> is not known to this version and was not read",)


def test_an_update_file_gives_versions_and_withdrawals_in_its_order() -> None:
    def version(number: int, title: str) -> str:
        return entry(f"<ArticleTitle>{title}</ArticleTitle>", pmid="20029614").replace(
            'Version="1"', f'Version="{number}"'
        )

    document = (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet SYSTEM '
        '"http://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n<PubmedArticleSet>'
        f"{version(1, 'First')}\n{version(2, 'Second')}\n{entry('', pmid='5')}\n"
        "<DeleteCitation>\n<PMID Version='1'>7</PMID>\n<PMID>8</PMID></DeleteCitation>\n</PubmedArticleSet>\n"
    )
    items = list(read_pubmed_document(io.BytesIO(gzip.compress(document.encode()))))
    *records, deleted = items
    assert [(r.source_id, r.version, r.title, r.position) for r in records if isinstance(r, Record)] == [
        ("20029614", 1, "First", 1),
        ("20029614", 2, "Second", 2),
        ("5", 1, "", 3),
    ]
    assert deleted == Deleted(pmids=("7", "8"))


def test_positions_count_every_entry_and_an_unreadable_one_keeps_its_text() -> None:
    broken = "<PubmedArticle><MedlineCitation><Article><X>seen</X></Article></MedlineCitation></PubmedArticle>"
    first, second, third = read(f"<PubmedArticleSet>{entry('')}{broken}{entry('', pmid='3')}</PubmedArticleSet>")
    assert [item.position for item in (first, second, third)] == [1, 2, 3]
    assert isinstance(second, Unreadable)
    assert "<X>seen</X>" in second.raw


def test_the_raw_entry_is_cut_out_of_its_document() -> None:
    linked = entry(
        "<CommentsCorrectionsList><CommentsCorrections><PMID>2</PMID></CommentsCorrections></CommentsCorrectionsList>"
    )
    wanted = entry("<ArticleTitle>é</ArticleTitle>", pmid="2")
    book = "<PubmedBookArticle><BookDocument>\n<PMID Version='1'>3</PMID></BookDocument></PubmedBookArticle>"
    document = f"<PubmedArticleSet>{linked}\n{wanted}\n{book}</PubmedArticleSet>".encode()
    assert raw_entry(document, "2") == wanted.encode()
    assert raw_entry(gzip.compress(document), "3") == book.encode()
    assert raw_entry(document, "4") is None


def test_every_real_entry_can_be_cut_out_again() -> None:
    for path in sorted(shared("data/pubmed_xml/files").iterdir())[:40]:
        document = path.read_bytes()
        try:
            records = [item for item in read_pubmed_xml(io.BytesIO(document)) if isinstance(item, Record)]
        except BrokenFile:
            continue
        for record in records:
            raw = raw_entry(document, record.source_id)
            assert raw is not None, (path.name, record.source_id)
            (again,) = read(b"<PubmedArticleSet>" + raw + b"</PubmedArticleSet>")
            assert isinstance(again, Record)
            assert again.source_id == record.source_id
