"""PubMed's XML, from efetch, the web site's export or the yearly baseline, as records.

The document is read as a stream with expat and one small ElementTree an entry. Both come with Python. Expat is the
faster of the parsers measured (ElementTree on expat 2,874 records/s, lxml 1,902, pubmed_parser 1,292, Bio.Entrez 799
on 2,768 real records), and driving it directly gives what ElementTree's own parser hides: a document that declares an
entity is refused at the declaration, depth and size are limited as they grow, and reference lists (two fifths of the
text) are never built. Nothing is fetched: no DTD, no external entity, no address. Any DTD version will do, or none.

How an entry becomes a Record:

- text: inline markup is joined in document order without adding spaces. Superscripts are written "10^2", subscripts
  "H_2O", fractions "a/b", so that figures stay what they were. Runs of blanks and line ends become one space; thin and
  no-break spaces stay.
- title: ArticleTitle (a book's: ArticleTitle, else BookTitle). Empty or "[Not Available]." gives way to
  VernacularTitle, which is kept in `original_title` in any case.
- abstract: each AbstractText is a paragraph, "LABEL: text" where it has a label other than UNLABELLED. Only where an
  entry has no abstract, the first English OtherAbstract stands in, a plain-language summary last; a note says so.
- authors: "Family Given Suffix" (initials where no given name is printed) or the group's name, in order; superseded
  spellings (ValidYN="N") and investigators are not authors. Of a book's lists, authors; editors only if no one else.
- year: PubDate's Year, else the first four-digit year of MedlineDate, else of ArticleDate; never a record date.
- doi: PubMed's own identifier list, else ELocationID; one marked invalid is not used, and two that differ are noted.
- pages: MedlinePgn, else StartPage-EndPage, else the electronic article number (ELocationID pii).
- mesh: one entry a heading, as MEDLINE prints it; "*" marks what is major, descriptor or qualifier.
- retracted, retraction_notice: by PublicationType UI or exact name, or by RefType; never by a word in the title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5
from typing import BinaryIO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from ingest.byte_steps import byte_steps
from ingest.identifiers import normalise_doi, normalise_pmcid, normalise_pmid, registry_ids
from ingest.record import (
    BrokenFile,
    IngestError,
    Link,
    Record,
    TruncatedFile,
    UnknownFormat,
    Unreadable,
    UnsafeFile,
)

__all__ = [
    "BrokenFile",
    "Deleted",
    "IngestError",
    "TruncatedFile",
    "UnknownFormat",
    "UnsafeFile",
    "read_pubmed_document",
    "read_pubmed_xml",
]

MAX_DEPTH = 100  # PubMed nests about 12 deep, MathML about 20
MAX_ENTRY = 1 << 24  # characters of one entry; the longest seen, with 3,000 authors, has under two million
MAX_TOKEN = 1 << 21  # bytes of one tag or comment, which expat holds in memory whole
MAX_SILENCE = 1 << 26  # bytes without an entry coming to its end

_ENTRIES = frozenset({"PubmedArticle", "PubmedBookArticle"})
_ROOTS = frozenset({"PubmedArticleSet", "PubmedBookArticleSet", *_ENTRIES})
# Never read, and most of a document's size. Leaving out ReferenceList also keeps cited papers' identifiers away.
_NOT_BUILT = frozenset(
    {
        *("ReferenceList", "History", "AffiliationInfo", "Affiliation", "Identifier", "GrantList", "ChemicalList"),
        *("InvestigatorList", "PersonalNameSubjectList", "Sections", "ObjectList", "CoiStatement"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """PMIDs that PubMed withdrew (DeleteCitation): an instruction of update files, not an entry."""

    pmids: tuple[str, ...]


def read_pubmed_xml(file: BinaryIO) -> Iterator[Record | Unreadable]:
    """Yield one item for each PubmedArticle and PubmedBookArticle, in file order; nothing is skipped.

    file: the document, plain or gzipped, from its start. It is read in steps and held in memory an entry at a time.
    Raises `TruncatedFile` if the document ends too early, `BrokenFile` if it is not well-formed, `UnsafeFile` if it
    declares entities or outgrows the limits above, `UnknownFormat` if it is something else; each after the entries
    that were complete.
    """
    for item in read_pubmed_document(file):
        if not isinstance(item, Deleted):
            yield item


def read_pubmed_document(file: BinaryIO) -> Iterator[Record | Unreadable | Deleted]:
    """Like `read_pubmed_xml`, with the PMIDs that the document says are withdrawn, where it says so."""
    document = _Document()
    try:
        for chunk in byte_steps(file):
            yield from document.feed(chunk)
        yield from document.close()
    except BrokenFile as error:
        raise type(error)(f"{error} {document.progress()}", entries=document.position) from error


class _Document:
    """Expat's events turned into entries as they end."""

    def __init__(self) -> None:
        self.position = 0  # entries that ended
        self._items: list[Record | Unreadable | Deleted] = []
        self._last_key = ""
        self._depth = 0
        self._skipping = 0  # depth of the element whose content is passed over; 0: none
        self._builder: TreeBuilder | None = None
        self._entry_depth = 0
        self._size = 0
        self._overfull = False
        self._fed = 0
        self._fed_at_last_item = 0
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.specified_attributes = True  # no attribute values out of an internal DTD subset
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._refuse_entity
        parser.SkippedEntityHandler = self._named_character

    def progress(self) -> str:
        """Where reading got to, as a sentence."""
        if not self.position:
            return "No complete entry came before that."
        return f"The last complete entry is number {self.position} ({self._last_key})."

    def feed(self, chunk: bytes) -> Iterator[Record | Unreadable | Deleted]:
        """Take the next bytes of the document and yield what they completed."""
        if not self._fed:
            # A blank line before the XML declaration is common, and an error to expat.
            chunk = chunk.removeprefix(_UTF8_MARK).lstrip()
            _refuse_other_formats(chunk)
        self._fed += len(chunk)
        yield from self._parse(chunk, final=False)
        if self._fed - self._parser.CurrentByteIndex > MAX_TOKEN:
            raise UnsafeFile(f"A single tag or comment of this XML is larger than {MAX_TOKEN:,} bytes; not read.")
        if self._fed - self._fed_at_last_item > MAX_SILENCE:
            raise UnsafeFile(f"This XML goes on for {MAX_SILENCE:,} bytes without completing an entry; not read.")

    def close(self) -> Iterator[Record | Unreadable | Deleted]:
        """Say that the document is over."""
        if not self._fed:
            raise TruncatedFile("The file is empty.")
        yield from self._parse(b"", final=True)

    def _parse(self, chunk: bytes, *, final: bool) -> Iterator[Record | Unreadable | Deleted]:
        failure: Exception | None = None
        try:
            self._parser.Parse(chunk, final)
        except expat.ExpatError as error:
            failure = TruncatedFile("The XML ends before it is complete.") if final else _broken(error)
        except (LookupError, ValueError):  # an encoding that expat or Python does not read
            failure = BrokenFile("The XML declares an encoding that cannot be read; save it as UTF-8.")
        except IngestError as error:
            failure = error
        items, self._items = self._items, []
        if items:
            self._fed_at_last_item = self._fed
        yield from items
        if failure is not None:
            raise failure

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise UnsafeFile(f"This XML nests its elements more than {MAX_DEPTH} deep; PubMed's does not. Not read.")
        if self._skipping:
            return
        if self._builder is None:
            if self._depth == 1 and tag not in _ROOTS:
                raise UnknownFormat(_not_pubmed(tag))
            if tag in _ENTRIES or tag == "DeleteCitation":
                self._builder = TreeBuilder()
                self._entry_depth = self._depth
                self._size = 0
            elif self._depth > 1:
                self._skipping = self._depth
                return
            else:
                return
        elif tag in _NOT_BUILT:
            self._skipping = self._depth
            return
        self._grow(100 + sum(map(len, attributes.values())))
        if self._builder is not None:
            self._builder.start(tag, attributes)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if self._skipping:
            if self._depth >= self._skipping:
                return
            self._skipping = 0
            if not self._overfull:
                return
            self._overfull = False
            self.position += 1
            self._last_key = "not readable"
            reason = f"The entry is larger than {MAX_ENTRY:,} characters."
            self._items.append(Unreadable(position=self.position, reason=reason))
        elif self._builder is not None:
            self._builder.end(tag)
            if self._depth < self._entry_depth:
                element = self._builder.close()
                self._builder = None
                self._finish(element)

    def _text(self, text: str) -> None:
        if self._builder is not None and not self._skipping:
            self._grow(len(text))
            if self._builder is not None:
                self._builder.data(text)

    def _grow(self, amount: int) -> None:
        self._size += amount
        if self._size > MAX_ENTRY:
            self._builder = None
            self._overfull = True
            self._skipping = self._entry_depth

    def _finish(self, element: Element) -> None:
        if element.tag == "DeleteCitation":
            pmids = (normalise_pmid(pmid.text) for pmid in element.iter("PMID"))
            self._items.append(Deleted(pmids=tuple(pmid for pmid in pmids if pmid)))
            return
        self.position += 1
        item = _entry(element, self.position)
        self._last_key = f"PMID {item.pmid}" if isinstance(item, Record) else "not readable"
        self._items.append(item)

    def _refuse_entity(self, name: str, *_: object) -> None:
        raise UnsafeFile(
            f"This XML declares an entity of its own ({name[:40]!r}), which PubMed's files never do and harmful ones "
            "do. Not read."
        )

    def _named_character(self, name: str, is_parameter_entity: int) -> None:
        # A reference into a DTD that we do not load. Characters that have a name everywhere are known without it.
        if not is_parameter_entity:
            self._text(html5.get(f"{name};", f"&{name};"))


_UTF8_MARK = b"\xef\xbb\xbf"


def _refuse_other_formats(start: bytes) -> None:
    if start and not start.startswith((b"<", b"\xff\xfe", b"\xfe\xff", b"\0<")):
        what = "It looks like JSON." if start.startswith((b"{", b"[")) else "It does not begin with a tag."
        raise UnknownFormat(f"This is not XML. {what}")
    if start[:9].lower() == b"<!doctype" and start[9:30].strip().lower().startswith(b"html"):
        raise UnknownFormat(_not_pubmed("html"))


def _broken(error: expat.ExpatError) -> BrokenFile:
    what = expat.errors.messages.get(error.code, "not well-formed")
    hint = ""
    if what in (expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT, expat.errors.XML_ERROR_MISPLACED_XML_PI):
        hint = " Several XML documents seem to have been joined into one file; read them one by one."
    return BrokenFile(f"The XML is damaged in line {error.lineno} ({what}).{hint}")


def _not_pubmed(tag: str) -> str:
    if tag.lower() == "html":
        return "This is a web page, not PubMed XML; the download probably failed with an error page."
    if tag.startswith("e") and tag.endswith("Result"):
        return f"This is an E-utilities answer without records (<{tag[:40]}>), not a set of PubMed records."
    return f"This XML is not a set of PubMed records: it begins with <{tag[:40]}>, not <PubmedArticleSet>."


# ---------------------------------------------------------------------------------------------------------- entries


class _NotReadable(Exception):
    """Why an entry cannot become a record."""


def _entry(element: Element, position: int) -> Record | Unreadable:
    try:
        return _article(element) if element.tag == "PubmedArticle" else _book(element)
    except _NotReadable as reason:
        return Unreadable(position=position, reason=str(reason))


# PubMed's elements as of pubmed_250101.dtd. Another one is passed over and noted.
_KNOWN = {
    "MedlineCitation": frozenset(
        {
            *("PMID", "DateCreated", "DateCompleted", "DateRevised", "Article", "MedlineJournalInfo", "ChemicalList"),
            *("SupplMeshList", "CitationSubset", "CommentsCorrectionsList", "GeneSymbolList", "MeshHeadingList"),
            *("NumberOfReferences", "PersonalNameSubjectList", "OtherID", "OtherAbstract", "KeywordList"),
            *("CoiStatement", "SpaceFlightMission", "InvestigatorList", "GeneralNote"),
        }
    ),
    "Article": frozenset(
        {
            *("Journal", "ArticleTitle", "Pagination", "ELocationID", "Abstract", "AuthorList", "Language"),
            *("DataBankList", "GrantList", "PublicationTypeList", "VernacularTitle", "ArticleDate", "Affiliation"),
        }
    ),
    "PubmedData": frozenset({"History", "PublicationStatus", "ArticleIdList", "ObjectList", "ReferenceList"}),
}


def _article(entry: Element) -> Record:
    citation = entry.find("MedlineCitation")
    if citation is None:
        raise _NotReadable("The entry has no MedlineCitation.")
    pmid, version = _pmid(citation)
    article = citation.find("Article")
    if article is None:
        raise _NotReadable(f"The entry (PMID {pmid}) has no Article: no title, journal or authors.")
    pubmed_data = entry.find("PubmedData")
    notes = [
        f"element <{child.tag}> is not known to this version and was not read"
        for parent in (citation, article, pubmed_data)
        if parent is not None
        for child in parent
        if child.tag not in _KNOWN[parent.tag] and child.tag not in _NOT_BUILT
    ]
    identifiers = [] if pubmed_data is None else pubmed_data.findall("ArticleIdList/ArticleId")
    locations = article.findall("ELocationID")
    title, original_title = _title(article.find("ArticleTitle"), article.find("VernacularTitle"))
    abstract = _abstract(article.find("Abstract"))
    if not abstract:
        abstract, note = _other_abstract(citation)
        notes += note
    year, published = _published(article)
    types = article.findall("PublicationTypeList/PublicationType")
    links = _links(citation)
    doi, note = _doi(identifiers, locations)
    notes += note
    return Record(
        source="pubmed",
        source_id=pmid,
        title=title,
        original_title=original_title,
        abstract=abstract,
        authors=_authors(article.findall("AuthorList/Author")),
        journal=_journal(article, citation),
        year=year,
        published=published,
        volume=_plain(article.findtext("Journal/JournalIssue/Volume")),
        issue=_plain(article.findtext("Journal/JournalIssue/Issue")),
        pages=_pages(article.find("Pagination"), locations),
        language=tuple(language for element in article.findall("Language") if (language := _markup(element))),
        publication_types=_texts(types),
        mesh=tuple(_heading(heading) for heading in citation.findall("MeshHeadingList/MeshHeading")),
        keywords=_texts(citation.findall("KeywordList/Keyword")),
        pmid=pmid,
        version=version,
        doi=doi,
        pmcid=_pmcid(identifiers),
        registry_ids=registry_ids(_deposited(article), f"{title}\n{abstract}"),
        retracted=_is(types, _RETRACTED) or any(link.type == "RetractionIn" for link in links),
        retraction_notice=_is(types, _NOTICE) or any(link.type == "RetractionOf" for link in links),
        links=links,
        notes=tuple(dict.fromkeys(notes)),
    )


def _book(entry: Element) -> Record:
    document = entry.find("BookDocument")
    if document is None:
        raise _NotReadable("The book entry has no BookDocument.")
    pmid, version = _pmid(document)
    book = document.find("Book")
    if book is None:
        book = Element("Book")
    book_title = _markup(book.find("BookTitle"))
    title, original_title = _title(document.find("ArticleTitle"), document.find("VernacularTitle"))
    identifiers = [
        *document.findall("ArticleIdList/ArticleId"),
        *entry.findall("PubmedBookData/ArticleIdList/ArticleId"),
    ]
    doi, notes = _doi(identifiers, book.findall("ELocationID"))
    abstract = _abstract(document.find("Abstract"))
    types = document.findall("PublicationType")
    lists = [*document.findall("AuthorList"), *book.findall("AuthorList")]
    writers = [one for one in lists if one.get("Type") != "editors"]
    year, published = _date(book.find("PubDate"))
    return Record(
        source="pubmed",
        source_id=pmid,
        title=title or book_title,
        original_title=original_title,
        abstract=abstract,
        authors=_authors([author for one in writers or lists for author in one.findall("Author")]),
        journal=book_title,
        year=year,
        published=published,
        volume=_plain(book.findtext("Volume")),
        pages=_pages(document.find("Pagination"), []),
        language=tuple(language for element in document.findall("Language") if (language := _markup(element))),
        publication_types=_texts(types),
        keywords=_texts(document.findall("KeywordList/Keyword")),
        pmid=pmid,
        version=version,
        doi=doi,
        pmcid=_pmcid(identifiers),
        registry_ids=registry_ids((), f"{title}\n{abstract}"),
        retracted=_is(types, _RETRACTED),
        retraction_notice=_is(types, _NOTICE),
        notes=tuple(notes),
    )


# ----------------------------------------------------------------------------------------------------------- fields

_RETRACTED = frozenset({"D016441", "retracted publication"})
_NOTICE = frozenset({"D016440", "retraction of publication", "retraction notice"})  # the name changed in 2024


def _is(types: list[Element], names: frozenset[str]) -> bool:
    return any(one.get("UI") in names or _markup(one).lower() in names for one in types)


def _pmid(parent: Element) -> tuple[str, int | None]:
    """The entry's own PMID: a child, never the first in the document (links and references hold PMIDs too)."""
    element = parent.find("PMID")
    pmid = normalise_pmid(element.text) if element is not None else None
    if element is None or pmid is None:
        raise _NotReadable("The entry has no PMID of its own.")
    version = element.get("Version", "")
    return pmid, int(version) if version.isdecimal() and len(version) < 5 else None


def _title(title: Element | None, vernacular: Element | None) -> tuple[str, str]:
    printed, original = _markup(title), _markup(vernacular)
    if original and printed.strip("[]. ").lower() in ("", "not available"):
        return original, original
    return printed, original


def _abstract(abstract: Element | None) -> str:
    if abstract is None:
        return ""
    paragraphs = []
    for part in abstract.findall("AbstractText"):
        text, label = _markup(part), _plain(part.get("Label")).rstrip(": ")
        if text:
            paragraphs.append(f"{label}: {text}" if label and label.upper() not in _NO_LABEL else text)
    return "\n".join(paragraphs)


_NO_LABEL = frozenset({"UNLABELLED", "UNLABELED"})
_NO_TEXT = frozenset({"abstract available from the publisher", "abstract not available", ""})


def _other_abstract(citation: Element) -> tuple[str, list[str]]:
    """An English abstract by somebody else, with a note whose it is; ("", []) if there is none."""
    others = [one for one in citation.findall("OtherAbstract") if one.get("Language", "eng") == "eng"]
    for other in sorted(others, key=lambda one: one.get("Type") == "plain-language-summary"):
        text = _abstract(other)
        if text.strip("[]. ").lower() not in _NO_TEXT:
            return text, [f"the abstract is an OtherAbstract ({_plain(other.get('Type')) or 'type not stated'})"]
    return "", []


def _authors(authors: list[Element]) -> tuple[str, ...]:
    names = []
    for author in authors:
        if author.get("ValidYN") == "N":
            continue
        parts = [_markup(author.find("LastName"))]
        parts.append(_markup(author.find("ForeName")) or _markup(author.find("Initials")))
        parts.append(_markup(author.find("Suffix")))
        name = " ".join(part for part in parts if part) or _markup(author.find("CollectiveName"))
        if name:
            names.append(name)
    return tuple(names)


def _journal(article: Element, citation: Element) -> str:
    for parent, path in (
        (article, "Journal/Title"),
        (article, "Journal/ISOAbbreviation"),
        (citation, "MedlineJournalInfo/MedlineTA"),
    ):
        if name := _markup(parent.find(path)):
            return name
    return ""


_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")


def _published(article: Element) -> tuple[int | None, str]:
    year, printed = _date(article.find("Journal/JournalIssue/PubDate"))
    if year is None:
        electronic, electronic_printed = _date(article.find("ArticleDate"))
        return electronic, printed or electronic_printed
    return year, printed


def _date(date: Element | None) -> tuple[int | None, str]:
    """The year, and the date as printed; month and day are never made up."""
    if date is None:
        return None, ""
    printed = " ".join(filter(None, (_plain(date.findtext(part)) for part in ("Year", "Month", "Season", "Day"))))
    printed = printed or _plain(date.findtext("MedlineDate"))
    found = _YEAR.search(printed)
    return int(found.group()) if found else None, printed


def _pages(pagination: Element | None, locations: list[Element]) -> str:
    if pagination is not None:
        if pages := _plain(pagination.findtext("MedlinePgn")):
            return pages
        ends = (_plain(pagination.findtext("StartPage")), _plain(pagination.findtext("EndPage")))
        if pages := "-".join(dict.fromkeys(filter(None, ends))):
            return pages
    numbers = (_markup(one) for one in locations if one.get("EIdType") == "pii" and one.get("ValidYN") != "N")
    return next(numbers, "")


def _doi(identifiers: list[Element], locations: list[Element]) -> tuple[str | None, list[str]]:
    """The entry's DOI and what is odd about it."""
    located = [(normalise_doi(_markup(one)), one.get("ValidYN")) for one in locations if one.get("EIdType") == "doi"]
    wrong = {doi for doi, valid in located if valid == "N"}
    found = [normalise_doi(_markup(one)) for one in identifiers if one.get("IdType") == "doi"]
    found += [doi for doi, _ in located]
    dois = list(dict.fromkeys(doi for doi in found if doi is not None and doi not in wrong))
    if len(dois) > 1:
        return dois[0], [f"the entry gives different DOIs: {', '.join(dois)}; the first is used"]
    if not dois and any(wrong):
        return None, ["the entry's only DOI is marked as invalid and is not used"]
    return (dois[0] if dois else None), []


def _pmcid(identifiers: list[Element]) -> str | None:
    for identifier in identifiers:
        if identifier.get("IdType") == "pmc" and (pmcid := normalise_pmcid(identifier.text)):
            return pmcid
    return None


# Deposits of sequences and data are not registrations of a trial.
_NOT_REGISTRIES = frozenset(
    {
        *(
            "genbank",
            "pdb",
            "geo",
            "swissprot",
            "pir",
            "omim",
            "gdb",
            "refseq",
            "uniprotkb",
            "uniprot",
            "sra",
            "unimes",
        ),
        *("pubchem-substance", "pubchem-compound", "pubchem-bioassay", "dbgap", "dbsnp", "dbvar", "unite"),
        *("bioproject", "biosample", "figshare", "dryad", "mendeley", "zenodo"),
    }
)


def _deposited(article: Element) -> list[str]:
    return [
        _markup(number)
        for bank in article.findall("DataBankList/DataBank")
        if _markup(bank.find("DataBankName")).lower() not in _NOT_REGISTRIES
        for number in bank.findall("AccessionNumberList/AccessionNumber")
    ]


def _links(citation: Element) -> tuple[Link, ...]:
    return tuple(
        Link(
            type=_plain(one.get("RefType")),
            pmid=normalise_pmid(one.findtext("PMID")),
            citation=_markup(one.find("RefSource")),
        )
        for one in citation.findall("CommentsCorrectionsList/CommentsCorrections")
    )


def _heading(heading: Element) -> str:
    return "/".join(("*" if one.get("MajorTopicYN") == "Y" else "") + _markup(one) for one in heading)


def _texts(elements: list[Element]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for element in elements if (text := _markup(element))))


# ------------------------------------------------------------------------------------------------------------- text

_BLANKS = re.compile(r"[ \t\r\n]{2,}|[\t\r\n]")  # not the thin and no-break spaces, which carry meaning in "p = 0.03"


def _plain(text: str | None) -> str:
    return _BLANKS.sub(" ", text).strip(" ") if text else ""


def _markup(element: Element | None) -> str:
    """The element's text in document order; super- and subscripts as "^" and "_"."""
    if element is None:
        return ""
    return _plain(_joined(element) if len(element) else element.text)


def _joined(element: Element) -> str:
    parts = [element.text or ""]
    for child in element:
        local = child.tag.rpartition(":")[2]
        if local == "math":
            parts.append(_math(child))
        else:
            inner = _joined(child)
            parts.append(_SCRIPTS.get(local, "") + inner if inner.strip() else inner)
        parts.append(child.tail or "")
    return "".join(parts)


_SCRIPTS = {"sup": "^", "sub": "_"}


def _math(element: Element) -> str:
    """MathML on one line: "x^2", "a_i", "(a+b)/2", "sqrt(n)"."""
    local = element.tag.rpartition(":")[2]
    if len(element) == 0:
        return (element.text or "") if local == "mtext" else (element.text or "").strip()
    parts = [_math(child) for child in element if not child.tag.rpartition(":")[2].startswith("annotation")]
    match local, parts:
        case (("msup" | "mover"), [base, script]):
            return f"{base}^{_grouped(script)}"
        case (("msub" | "munder"), [base, script]):
            return f"{base}_{_grouped(script)}"
        case (("msubsup" | "munderover"), [base, lower, upper]):
            return f"{base}_{_grouped(lower)}^{_grouped(upper)}"
        case "mfrac", [above, below]:
            return f"{_grouped(above)}/{_grouped(below)}"
        case "msqrt", _:
            return f"sqrt({''.join(parts)})"
        case "mroot", [base, degree]:
            return f"root({base},{degree})"
        case "mtable", _:
            return "; ".join(parts)
        case "mtr", _:
            return ", ".join(parts)
        case "mfenced", _:
            return element.get("open", "(") + ",".join(parts) + element.get("close", ")")
        case _:
            return "".join(parts)


def _grouped(text: str) -> str:
    return text if len(text) < 2 or text.lstrip("-−").replace(".", "", 1).isalnum() else f"({text})"
