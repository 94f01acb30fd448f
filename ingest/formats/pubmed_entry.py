"""One PubMed entry, an article or a book, as a record.

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

A refresh reads ten thousands of entries: children are walked through once and looked up by name, paths are avoided.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from ingest.formats.pubmed_stream import NOT_READ, refuse_depth
from ingest.identifiers import NOT_REGISTRIES, normalise_doi, normalise_pmcid, normalise_pmid, registry_ids
from ingest.record import Link, Record


class NotReadable(Exception):
    """Why an entry cannot become a record."""


def record_of(entry: Element, position: int) -> Record:
    """The record of a PubmedArticle or PubmedBookArticle, `position` among its file's entries; raises NotReadable."""
    return _article(entry, position) if entry.tag == "PubmedArticle" else _book(entry, position)


# PubMed's elements as of pubmed_250101.dtd. Another one is passed over and noted.
_CITATION = NOT_READ | {
    *("PMID", "DateCreated", "DateCompleted", "DateRevised", "Article", "MedlineJournalInfo", "ChemicalList"),
    *("SupplMeshList", "CitationSubset", "CommentsCorrectionsList", "GeneSymbolList", "MeshHeadingList"),
    *("NumberOfReferences", "PersonalNameSubjectList", "OtherID", "OtherAbstract", "KeywordList"),
    *("CoiStatement", "SpaceFlightMission", "InvestigatorList", "GeneralNote"),
}
_ARTICLE = NOT_READ | {
    *("Journal", "ArticleTitle", "Pagination", "ELocationID", "Abstract", "AuthorList", "Language"),
    *("DataBankList", "GrantList", "PublicationTypeList", "VernacularTitle", "ArticleDate", "Affiliation"),
}
_PUBMED_DATA = NOT_READ | {"History", "PublicationStatus", "ArticleIdList", "ObjectList", "ReferenceList"}

_NOTHING = Element("nothing")


def _article(entry: Element, position: int) -> Record:
    citation = entry.find("MedlineCitation")
    if citation is None:
        raise NotReadable("The entry has no MedlineCitation.")
    in_citation = _first_of_each(citation)
    pmid, version = _pmid(in_citation)
    article = in_citation.get("Article")
    if article is None:
        raise NotReadable(f"The entry (PMID {pmid}) has no Article: no title, journal or authors.")
    in_article = _first_of_each(article)
    pubmed_data = entry.find("PubmedData")
    in_data = {} if pubmed_data is None else _first_of_each(pubmed_data)
    notes: list[str] = []
    for children, known in ((in_citation, _CITATION), (in_article, _ARTICLE), (in_data, _PUBMED_DATA)):
        if not children.keys() <= known:
            for tag in (tag for tag in children if tag not in known):
                refuse_depth(children[tag])
                notes.append(f"element <{tag}> is not known to this version and was not read")
    identifiers = _all(in_data, "ArticleIdList", "ArticleId")
    locations = article.findall("ELocationID") if "ELocationID" in in_article else []
    title, original_title = _title(in_article)
    abstract = _abstract(in_article.get("Abstract"))
    if not abstract and "OtherAbstract" in in_citation:
        abstract, note = _other_abstract(citation)
        notes += note
    journal = in_article.get("Journal", _NOTHING)
    issue = journal.find("JournalIssue")
    issue = _NOTHING if issue is None else issue
    year, published = _published(issue.find("PubDate"), in_article.get("ArticleDate"))
    types = _all(in_article, "PublicationTypeList", "PublicationType")
    links = _links(in_citation)
    doi, note = _doi(identifiers, locations)
    notes += note
    return Record(
        source="pubmed",
        source_id=pmid,
        title=title,
        original_title=original_title,
        abstract=abstract,
        authors=_authors(_all(in_article, "AuthorList", "Author")),
        journal=_journal(journal, in_citation),
        year=year,
        published=published,
        volume=_plain(issue.findtext("Volume")),
        issue=_plain(issue.findtext("Issue")),
        pages=_pages(in_article.get("Pagination"), locations),
        language=tuple(language for each in article.findall("Language") if (language := _markup(each))),
        publication_types=_texts(types),
        mesh=tuple(_headings(_all(in_citation, "MeshHeadingList", "MeshHeading"))),
        keywords=_keywords(citation) if "KeywordList" in in_citation else (),
        pmid=pmid,
        version=version,
        doi=doi,
        pmcid=_pmcid(identifiers),
        registry_ids=registry_ids(_deposited(in_article), f"{title}\n{abstract}"),
        retracted=_is(types, _RETRACTED) or any(link.type == "RetractionIn" for link in links),
        retraction_notice=_is(types, _NOTICE) or any(link.type == "RetractionOf" for link in links),
        links=links,
        notes=tuple(dict.fromkeys(notes)),
        position=position,
    )


def _book(entry: Element, position: int) -> Record:
    document = entry.find("BookDocument")
    if document is None:
        raise NotReadable("The book entry has no BookDocument.")
    in_document = _first_of_each(document)
    pmid, version = _pmid(in_document)
    book = in_document.get("Book", _NOTHING)
    in_book = _first_of_each(book)
    book_title = _markup(in_book.get("BookTitle"))
    title, original_title = _title(in_document)
    identifiers = [
        *document.findall("ArticleIdList/ArticleId"),
        *entry.findall("PubmedBookData/ArticleIdList/ArticleId"),
    ]
    doi, notes = _doi(identifiers, book.findall("ELocationID"))
    abstract = _abstract(in_document.get("Abstract"))
    types = document.findall("PublicationType")
    lists = [*document.findall("AuthorList"), *book.findall("AuthorList")]
    writers = [one for one in lists if one.get("Type") != "editors"]
    year, published = _date(in_book.get("PubDate"))
    return Record(
        source="pubmed",
        source_id=pmid,
        title=title or book_title,
        original_title=original_title,
        abstract=abstract,
        authors=_authors(author for one in writers or lists for author in one.findall("Author")),
        journal=book_title,
        year=year,
        published=published,
        volume=_plain(book.findtext("Volume")),
        pages=_pages(in_document.get("Pagination"), []),
        language=tuple(language for each in document.findall("Language") if (language := _markup(each))),
        publication_types=_texts(types),
        keywords=_keywords(document),
        pmid=pmid,
        version=version,
        doi=doi,
        pmcid=_pmcid(identifiers),
        registry_ids=registry_ids((), f"{title}\n{abstract}"),
        retracted=_is(types, _RETRACTED),
        retraction_notice=_is(types, _NOTICE),
        notes=tuple(notes),
        position=position,
    )


# ----------------------------------------------------------------------------------------------------------- fields

_RETRACTED = frozenset({"D016441", "retracted publication"})
_NOTICE = frozenset({"D016440", "retraction of publication", "retraction notice"})  # the name changed in 2024


def _first_of_each(parent: Element) -> dict[str, Element]:
    """The parent's children by name; of several with one name, the first."""
    return {child.tag: child for child in parent[::-1]}


def _all(children: dict[str, Element], parent: str, tag: str) -> list[Element]:
    """What stands in the list element `parent`; [] where there is no such list."""
    return children[parent].findall(tag) if parent in children else []


def _is(types: list[Element], names: frozenset[str]) -> bool:
    return any(one.get("UI") in names or _markup(one).lower() in names for one in types)


def _pmid(children: dict[str, Element]) -> tuple[str, int | None]:
    """The entry's own PMID: a child, never the first in the document (links and references hold PMIDs too)."""
    element = children.get("PMID")
    pmid = normalise_pmid(element.text) if element is not None else None
    if element is None or pmid is None:
        raise NotReadable("The entry has no PMID of its own.")
    version = element.get("Version", "")
    return pmid, int(version) if version.isdecimal() and len(version) < 5 else None


def _title(children: dict[str, Element]) -> tuple[str, str]:
    printed = _markup(children.get("ArticleTitle"))
    if "VernacularTitle" not in children:
        return printed, ""
    original = _markup(children["VernacularTitle"])
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


def _authors(authors: Iterable[Element]) -> tuple[str, ...]:
    names = []
    for author in authors:
        if author.get("ValidYN") == "N":
            continue
        name = _within(author, "LastName")
        if given := _within(author, "ForeName") or _within(author, "Initials"):
            name = f"{name} {given}" if name else given
        if suffix := _within(author, "Suffix"):
            name = f"{name} {suffix}" if name else suffix
        if name := name or _within(author, "CollectiveName"):
            names.append(name)
    return tuple(names)


def _journal(journal: Element, in_citation: dict[str, Element]) -> str:
    name = _within(journal, "Title") or _within(journal, "ISOAbbreviation")
    if name or "MedlineJournalInfo" not in in_citation:
        return name
    return _within(in_citation["MedlineJournalInfo"], "MedlineTA")


_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")


def _published(issue_date: Element | None, article_date: Element | None) -> tuple[int | None, str]:
    year, printed = _date(issue_date)
    if year is None:
        electronic, electronic_printed = _date(article_date)
        return electronic, printed or electronic_printed
    return year, printed


def _date(date: Element | None) -> tuple[int | None, str]:
    """The year, and the date as printed; month and day are never made up."""
    if date is None:
        return None, ""
    parts = [_plain(date.findtext(name)) for name in ("Year", "Month", "Season", "Day")]
    printed = " ".join(filter(None, parts)) or _plain(date.findtext("MedlineDate"))
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


def _deposited(in_article: dict[str, Element]) -> list[str]:
    return [
        _markup(number)
        for bank in _all(in_article, "DataBankList", "DataBank")
        if _markup(bank.find("DataBankName")).lower() not in NOT_REGISTRIES
        for number in bank.findall("AccessionNumberList/AccessionNumber")
    ]


def _links(in_citation: dict[str, Element]) -> tuple[Link, ...]:
    return tuple(
        Link(
            type=_plain(one.get("RefType")),
            pmid=normalise_pmid(one.findtext("PMID")),
            citation=_markup(one.find("RefSource")),
        )
        for one in _all(in_citation, "CommentsCorrectionsList", "CommentsCorrections")
    )


def _headings(headings: Iterable[Element]) -> list[str]:
    return [
        "/".join(
            [
                ("*" if part.get("MajorTopicYN") == "Y" else "") + _plain(_joined(part) if len(part) else part.text)
                for part in heading
                if part.tag not in NOT_READ
            ]
        )
        for heading in headings
    ]


def _keywords(parent: Element) -> tuple[str, ...]:
    return _texts([keyword for one in parent.findall("KeywordList") for keyword in one.findall("Keyword")])


def _texts(elements: Sequence[Element]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for element in elements if (text := _markup(element))))


# ------------------------------------------------------------------------------------------------------------- text

_BLANKS = re.compile(r"[ \t\r\n]{2,}|[\t\r\n]")  # not the thin and no-break spaces, which carry meaning in "p = 0.03"


def _plain(text: str | None) -> str:
    if not text:
        return ""
    if "\n" in text or "  " in text or "\t" in text or "\r" in text:  # few have any: looking is cheaper than replacing
        text = _BLANKS.sub(" ", text)
    return text.strip(" ")


def _markup(element: Element | None) -> str:
    """The element's text in document order; super- and subscripts as "^" and "_"."""
    if element is None:
        return ""
    return _plain(_joined(element) if len(element) else element.text)


def _within(parent: Element, tag: str) -> str:
    """`_markup` of the parent's first child of this name; "" if it has none."""
    element = parent.find(tag)
    return "" if element is None else _plain(_joined(element) if len(element) else element.text)


def _joined(element: Element) -> str:
    refuse_depth(element)
    return _joined_in_order(element)


def _joined_in_order(element: Element) -> str:
    parts = [element.text or ""]
    for child in element:
        local = _local_name(child)
        if local == "math":
            parts.append(_math(child))
        elif child.tag not in NOT_READ:
            inner = _joined_in_order(child)
            parts.append(_SCRIPTS.get(local, "") + inner if inner.strip() else inner)
        parts.append(child.tail or "")
    return "".join(parts)


_SCRIPTS = {"sup": "^", "sub": "_"}


def _local_name(element: Element) -> str:
    return element.tag.rpartition(":")[2]


def _math(element: Element) -> str:
    """MathML on one line: "x^2", "a_i", "(a+b)/2", "sqrt(n)"."""
    local = _local_name(element)
    if len(element) == 0:
        return (element.text or "") if local == "mtext" else (element.text or "").strip()
    parts = [_math(child) for child in element if not _local_name(child).startswith("annotation")]
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
