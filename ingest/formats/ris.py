"""RIS, in the dialects of Zotero, EndNote, Web of Science, Scopus, Embase, Ovid, EBSCO, ProQuest, PubMed, Lens,
Dimensions, Citavi, Rayyan, the Cochrane Library and publishers.

`ingest.formats.tagged` tells entries apart, and says why no library does. `source` is "ris"; `source_id` is the
accession number (AN; Embase's U2; Lens' and Ovid's ID; EBSCO's in N1), else a hash of the entry. Which tag is which:

- title: TI, T1, else BT, CT, then ST. Original title: TT; for Scopus, an ST that is not the title itself.
- abstract: AB and N2 (one if they are the same), paragraphs as `printed.abstract_of` says.
- authors: AU and A1 in their order; editors and others (A2, ED, A3, A4) only if there is no author, but the
  name of a group (no comma, "network" or the like) under A2 of an article is an author.
- journal: JF, T2, JO, JA, J2, J1, BT; year and date: PY, Y1, YR, DA; pages: SP and EP, else the article number (C7).
- DOI: DO, M3, L3, an address of doi.org in UR, L2, LK, L1, and N1 if that begins with "doi:"; two that differ are
  noted.
- PMID: U1 ("23690738[pmid]"), AN if the database is PubMed or MEDLINE, C2 if it is Scopus, "PMID: 1" in N1, else the
  only address of PubMed in UR or L2. PMCID likewise.
- keywords: KW, one a value or a line; publication types: M3 that are neither a DOI nor a PsycINFO class (those are
  keywords), EBSCO's in N1, and what TY says where it is not a journal article.
- retracted, retraction_notice: by publication type, or by the headings that publishers set before a title in capitals
  ("RETRACTED:", "RETRACTED ARTICLE:") or at its beginning ("Retraction notice to"). RIS has no field for it.
- XW is the tag of this program's own export (see `ingest.exports.ris`).

An entry with neither title, abstract, authors, journal nor identifier is Unreadable: nothing could be screened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from ingest.formats.drafts import Draft, NotReadable, read_tagged, take_exact
from ingest.formats.printed import (
    Values,
    abstract_of,
    address_pmids,
    authors_of,
    date_of,
    doi_address,
    doi_of,
    items_of,
    marked_pmid,
    pages_of,
    plain,
    pmcid_in,
    text_of,
    texts_of,
)
from ingest.formats.tagged import Dialect, Entry
from ingest.identifiers import normalise_pmid, registry_ids, registry_numbers
from ingest.record import Record, Unreadable

OWN_TAG = "XW"


def looks_like_ris(start: str) -> bool:
    """Whether text that begins so is RIS: it has a TY line, or several tagged lines with a title among them."""
    if _MEDLINE_START.search(start):
        return False
    if _TYPE_LINE.search(start):
        return True
    tags = _STRICT_TAGS.findall(start)
    return len(tags) > 2 and len(set(tags)) > 1 and not {"TI", "T1"}.isdisjoint(tags)


def read_ris(file: BinaryIO) -> Iterator[Record | Unreadable]:
    """Yield one item for each entry, in file order. file: plain or gzipped, from its start, in any encoding."""
    yield from read_tagged(file, DIALECT, _draft)


# ----------------------------------------------------------------------------------------------------------- lines

_MEDLINE_START = re.compile(r"\A\s*(?:PMID ?-|<?\d+\.?\s*>?\s*VN  -)")
_TYPE_LINE = re.compile(
    r"(?:\A|[\r\n])[ \t\ufeff]{0,8}[Tt][Yy][ \t\xa0]{0,3}[-\u2013\u2014](?:[ \t\xa0]|[A-Z]|[\r\n]|\Z)"
)
_STRICT_TAGS = re.compile(r"(?:\A|[\r\n])\ufeff?([A-Z][A-Z0-9])  - ")

_TAGS = (
    "A1 A2 A3 A4 A5 AB AD AN AU AV BT C1 C2 C3 C4 C5 C6 C7 C8 CA CL CN CP CR CT CY DA DB DI DO DP DS ED EP ET FD "
    "FU FX ID IS J1 J2 J9 JA JF JI JO KW L1 L2 L3 L4 LA LB LK LL LP M1 M2 M3 M4 M5 N1 N2 NL NO NV OL OP PA PB PI "
    "PM PP PU PY RD RI RN RP RT SE SF SL SN SP SR ST SV T1 T2 T3 TA TI TS TT TY U1 U2 U3 U4 U5 UN UR VL VO WE WP "
    "WT WV XR Y1 Y2 YR ER"
)
_KNOWN = frozenset(_TAGS.split())
_STRICT = re.compile(r"([A-Z][A-Z0-9])  -(?: (.*)|\s*)", re.DOTALL)
_SPACED = re.compile(r"[ \t]{0,8}([A-Z][A-Z0-9])[ \t\xa0]{1,4}-(?:[ \t\xa0](.*)|\s*)", re.DOTALL)
_LENIENT = re.compile(r"[ \t\xa0]{0,8}([A-Za-z][A-Za-z0-9])[ \t\xa0]{0,4}[-\u2013\u2014:][ \t\xa0]?(.*)", re.DOTALL)
_TYPE = re.compile(r"[ \t\xa0]{0,8}(TY|ty|Ty)[ \t\xa0]{0,4}[-\u2013\u2014:]?[ \t\xa0]{0,4}([A-Za-z]{0,10})\s*")
_END = re.compile(r"[ \t\xa0]{0,8}(?:ER|er|Er)[ \t\xa0]{0,4}[-\u2013\u2014:]?\s*")


def _tag(line: str, lenient: bool) -> tuple[str, str] | None:
    """Tags in the standard form; in careless ones (one blank, a tab, lower case, no blanks) known tags only.

    lower case and missing blanks count only where the line that began the entry is careless itself: "IL-6" may begin a
    line of an abstract.
    """
    found = _STRICT.fullmatch(line)
    if found is not None:
        return found.group(1), found.group(2) or ""
    first = line.lstrip(" \t\xa0")[:2].upper()
    if first not in _KNOWN:
        return None
    found = _SPACED.fullmatch(line)
    if found is not None and (lenient or line[0] not in " \t"):
        return found.group(1), found.group(2) or ""
    if first == "TY" and (found := _TYPE.fullmatch(line)) is not None:
        return "TY", found.group(2)
    if first == "ER" and _END.fullmatch(line):
        return "ER", ""
    if lenient and (found := _LENIENT.fullmatch(line)) is not None:
        return found.group(1).upper(), found.group(2)
    return None


DIALECT = Dialect(
    tag=_tag,
    starts=lambda tag, _: tag == "TY",
    lenient=lambda line: not _STRICT.fullmatch(line),
    end="ER",
    once=frozenset({"TI", "T1", "ID", "AN", "JF", "JO", "T2", "VL", "IS", "SP", "DO", "PY"}),
    making=frozenset({"TI", "T1", "AU", "A1", "AB", "N2", "DO", "JF", "JO", "T2", "BT", "CT", "AN"}),
)

# ---------------------------------------------------------------------------------------------------------- fields

_TYPES = {
    "ABST": "Abstract",
    "BOOK": "Book",
    "CHAP": "Book Chapter",
    "CONF": "Conference Paper",
    "CPAPER": "Conference Paper",
    "CTLG": "Catalog",
    "DATA": "Dataset",
    "EBOOK": "Book",
    "ECHAP": "Book Chapter",
    "EDBOOK": "Book",
    "GOVDOC": "Government Document",
    "INPR": "Article in Press",
    "MGZN": "Magazine Article",
    "NEWS": "Newspaper Article",
    "PAT": "Patent",
    "PCOMM": "Personal Communication",
    "RPRT": "Report",
    "SLIDE": "Presentation",
    "STAND": "Standard",
    "THES": "Thesis",
    "UNPB": "Unpublished Work",
    "UNPD": "Unpublished Work",
    "WEB": "Web Page",
}
_NONE: Values = ()
_GROUP = re.compile(
    r"[^,;]*\b(?:groups?|team|committee|collaborat(?:ion|ive|ors)|consortium|network|investigators|trialists"
    r"|task ?force|working party|initiative)\b[^,;]*",
    re.IGNORECASE,
)
_CLASS = re.compile(r".*\[\d{4}\]")  # PsycINFO's classification: "Health Psychology & Medicine [3360]"
_EBSCO_NUMBER = re.compile(r"Accession Number:\s*([\w.-]{3,40})")
_EBSCO_TYPE = re.compile(r"(?:Publication|Document) Type:\s*([^;:]{3,80})")
_NUMBER_ONLY = re.compile(r"\d{1,5}")
_PUBMED_NAMES = re.compile(r"(?:pubmed|medline|nlm)\b", re.IGNORECASE)
_RETRACTED = re.compile(r"[\[(]?RETRACTED(?: (?:ARTICLE|PAPER|CHAPTER))?\s?[:\])]")
_NOTICE = re.compile(
    r"[\[(]?(?:retraction (?:notice|note)|notice of retraction|statement of retraction)\b", re.IGNORECASE
)
_RETRACTED_TYPES = frozenset({"retracted publication", "retracted", "retracted article"})
_NOTICE_TYPES = frozenset({"retraction of publication", "retraction notice", "retraction", "retraction note"})


def retraction_of(title: str, types: tuple[str, ...]) -> tuple[bool, bool]:
    """Whether an entry is of a retracted report, and whether it is the notice, by its types and its title's heading."""
    lowered = {kind.lower() for kind in types}
    notice = bool(lowered & _NOTICE_TYPES or _NOTICE.match(title))
    return not notice and bool(lowered & _RETRACTED_TYPES or _RETRACTED.match(title)), notice


def _draft(entry: Entry) -> Draft:
    values = entry.values()
    get = values.get
    draft = Draft()

    def all_of(*tags: str) -> list[list[str]]:
        return [value for tag in tags for value in get(tag, _NONE)]  # type: ignore[misc]

    def text(*tags: str) -> str:
        return next((found for tag in tags if tag in values and (found := text_of(values[tag]))), "")

    title = text("TI", "T1", "BT", "CT", "ST")
    database = f"{text('DB')} {text('DP')}"
    original = text("TT")
    if not original and "Scopus" in database and (short := text("ST")) and short[:20].lower() != title[:20].lower():
        original = short
    abstract = _abstract(get("AB", _NONE), get("N2", _NONE))
    authors = authors_of(get("AU", _NONE))
    if "A1" in values and authors != (first := authors_of(values["A1"])):  # some print one list under both tags
        authors = authors_of([value for tag, value in entry.fields if tag in ("AU", "A1")]) if authors else first
    if not authors:
        authors = authors_of(all_of("A2", "ED")) or authors_of(all_of("A3", "A4"))
    elif text("TY").upper() in ("JOUR", "JFULL", "ABST", "EJOUR"):  # Ovid's place for the group that signs with them
        groups = authors_of([value for value in get("A2", _NONE) if _GROUP.fullmatch(" ".join(value).strip())])
        authors = tuple(dict.fromkeys((*authors, *groups))) if groups else authors
    notes = [" ".join(value) for value in get("N1", _NONE)]
    about = "\n".join(notes)
    kinds, classes = _kinds(text("TY"), texts_of(get("M3", _NONE)), about)
    doi = _doi(values, notes, draft)
    year, published = date_of(_plains(all_of("PY", "Y1", "YR")), _plains(get("DA", _NONE)))
    retracted, notice = retraction_of(title, kinds)
    accession = _accession(about, text)
    places = [text("UR"), text("AN"), text("ID"), *texts_of(get("UR", _NONE))[1:]]
    keywords = get("KW", _NONE)
    single = len(keywords) == 1 and len(keywords[0]) == 1
    draft.values = {
        "source": "ris",
        "source_id": accession,
        "title": title,
        "original_title": original if original != title else "",
        "abstract": abstract,
        "authors": authors,
        "journal": _journal(text, title),
        "year": year,
        "published": published,
        "volume": text("VL", "VO"),
        "issue": text("IS"),
        "pages": pages_of(text("SP"), text("EP"), text("C7")),
        "language": items_of(all_of("LA"), r"[;,]"),
        "publication_types": kinds,
        "keywords": tuple(dict.fromkeys((*items_of(keywords, r";" if single else ""), *classes))),
        "pmid": _pmid(values, database, about),
        "doi": doi,
        "pmcid": _pmcid(values, about),
        "registry_ids": registry_ids(registry_numbers("\n".join(places)), f"{title}\n{abstract}"),
        "retracted": retracted,
        "retraction_notice": notice,
    }
    if OWN_TAG in values:
        take_exact(draft, values[OWN_TAG])
    if not draft.exact:
        _look_over(entry, draft)
    return draft


def _look_over(entry: Entry, draft: Draft) -> None:
    """Refuse an entry that says nothing; note what a reviewer should know of the others."""
    values = draft.values
    if not any(values[name] for name in ("title", "abstract", "authors", "journal", "doi", "pmid", "pmcid")):
        tags = ", ".join(sorted(entry.tags - {"TY", "ER"})[:8])
        only = f"it has only {tags}" if tags else "it has no fields at all"
        raise NotReadable(f"The entry has neither title, abstract, authors, journal nor identifier; {only}.")
    if not values["title"]:
        draft.notes.append("the entry has no title")
    if not entry.begun:
        draft.notes.append("the entry has no TY line")
    elif not entry.ended and not any("ER" in note for note in entry.notes):
        draft.notes.append("the entry has no ER line; it was taken to end where the next one begins")


def _plains(values: Values) -> list[str]:
    return [plain(" ".join(value)) for value in values]


def _abstract(first: Values, second: Values) -> str:
    abstract = abstract_of(first)
    other = abstract_of(second) if second else ""
    if not abstract or not other:
        return abstract or other
    one, two = (" ".join(text.lower().split()).rstrip(". ") for text in (abstract, other))
    if one in two:  # the same text, one of them cut short
        return other if len(two) > len(one) else abstract
    return abstract if two in one else f"{abstract}\n{other}"


def _journal(text: Callable[..., str], title: str) -> str:
    for tag in ("JF", "T2", "JO", "JA", "J2", "J1", "BT"):
        if (name := text(tag)) and not (tag == "BT" and name == title):
            return name
    return ""


def _kinds(kind: str, printed: tuple[str, ...], about: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Publication types, and PsycINFO's classes that stand in the same field."""
    classes = tuple(one for one in printed if _CLASS.fullmatch(one))
    types = [one for one in printed if one not in classes and not doi_of(one) and not one.isdigit()]
    if not types and "Type:" in about and (found := _EBSCO_TYPE.search(about)):
        types.append(plain(found.group(1)))
    if (named := _TYPES.get(kind.strip().upper())) and named.lower() not in {one.lower() for one in types}:
        types.append(named)
    return tuple(types), classes


def _doi(values: dict[str, list[list[str]]], notes: list[str], draft: Draft) -> str | None:
    found = [doi_of(one) for tag in ("DO", "M3", "L3", "DI") if tag in values for one in _plains(values[tag])]
    if not any(found):
        addresses = [one for tag in ("UR", "L2", "LK", "L1") if tag in values for one in _plains(values[tag])]
        found = [doi_of(doi_address(one)) for one in addresses if "doi.org" in one.lower()]
        found += [doi_of(note[:300]) for note in notes if note[:4].lower() == "doi:"]
    dois = [doi for doi in dict.fromkeys(found) if doi]
    if len(dois) > 1:
        draft.notes.append(f"the entry gives different DOIs: {', '.join(dois)}; the first is used")
    return dois[0] if dois else None


def _pmid(values: dict[str, list[list[str]]], database: str, about: str) -> str | None:
    for tag in ("U1", "U2", "M1", "C2"):
        for value in values.get(tag, ()):
            if "pmid" in (printed := " ".join(value)[:200]).lower() and (pmid := marked_pmid(printed)):
                return pmid
    for tag, said in (("AN", _PUBMED_NAMES.search(database)), ("C2", "Scopus" in database), ("PM", True)):
        if said and tag in values and (pmid := normalise_pmid(values[tag][0][0])):
            return pmid
    if "PMID" in about and (pmid := marked_pmid(about)):
        return pmid
    addresses = address_pmids(one for tag in ("UR", "L2", "LK") for one in _plains(values.get(tag, ())))
    return addresses.pop() if len(addresses) == 1 else None


def _pmcid(values: dict[str, list[list[str]]], about: str) -> str | None:
    for tag in ("U2", "U1", "C2", "AN"):
        for value in values.get(tag, ()):
            if "PMC" in (printed := " ".join(value)[:200]) and (pmcid := pmcid_in(printed)):
                return pmcid
    if "PMCID" in about and (pmcid := pmcid_in(about[about.index("PMCID") :])):
        return pmcid
    addresses = [one for tag in ("UR", "L2", "L1", "LK") for one in _plains(values.get(tag, ()))]
    found = {pmcid_in(one) for one in addresses if "ncbi.nlm.nih.gov" in one} - {None}
    return found.pop() if len(found) == 1 else None


def _accession(about: str, text: Callable[..., str]) -> str:
    if number := text("AN"):
        return number
    if (number := text("U2")) and re.fullmatch(r"L\d{5,12}", number):
        return number
    if found := _EBSCO_NUMBER.search(about):
        return found.group(1)
    number = text("ID")
    return "" if _NUMBER_ONLY.fullmatch(number) or " " in number else number
