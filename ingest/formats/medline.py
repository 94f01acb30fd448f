"""PubMed's text format ("MEDLINE display", .nbib, `efetch rettype=medline`).

`ingest.formats.tagged` tells entries apart, and says why no library does (Bio.Medline joins repeated titles, forgets
blank-line entries without a PMID, and gives no places). An entry with a PMID is the record that efetch brings as XML:
`source` "pubmed", `source_id` the PMID, and the fields as `ingest.formats.pubmed_xml` reads them, as far as this format
has them. It lacks the version of the PMID, and prints markup away (10^6 is printed "10(6)"). An entry without one has
`source` "medline" and a hash for an identifier.

- title: TI, for a book BTI; "[Not Available]." gives way to TT, which is kept in `original_title`.
- abstract: AB, a paragraph for each label; else an English OAB, with a note.
- authors: FAU, AU where an author has no FAU, CN, in their order; editors (FED, ED) only if there is no one else.
- year, date: DP, else DEP. Pages: PG, else LID or AID [pii]. DOI: AID [doi], else LID [doi].
- mesh: MH as printed. Keywords: OT without the star. Registrations: SI except data banks, then title and abstract.
- links: CON, CIN, EIN, EFR, CRI, CRF, PRIN, PROF, RPI, RPF, RIN, ROF, RRI, RRF, UIN, UOF, SPIN, ORI, ECI, ECF, under
  PubMed's RefType, with the PMID at the end of the citation.
- retracted, retraction_notice: by publication type or link, never by a word in the title.
- XWB is the tag of this program's own export (see `ingest.exports.medline`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from ingest.formats.drafts import Draft, NotReadable, read_tagged, take_exact
from ingest.formats.printed import Values, abstract_of, doi_of, plain, text_of, texts_of, year_of
from ingest.formats.tagged import Dialect, Entry
from ingest.identifiers import NOT_REGISTRIES, normalise_pmcid, normalise_pmid, registry_ids
from ingest.record import Link, Record, Unreadable

OWN_TAG = "XWB"

# PubMed's tag -> RefType of the XML (NLM, MEDLINE/PubMed Data Element Descriptions, "Comments/Corrections").
LINK_TYPES = {
    "CIN": "CommentIn",
    "CON": "CommentOn",
    "EIN": "ErratumIn",
    "EFR": "ErratumFor",
    "CRI": "CorrectedandRepublishedIn",
    "CRF": "CorrectedandRepublishedFrom",
    "DDIN": "DatasetDescribedIn",
    "DRIN": "DatasetUseReportedIn",
    "ECI": "ExpressionOfConcernIn",
    "ECF": "ExpressionOfConcernFor",
    "ORI": "OriginalReportIn",
    "PRIN": "PartialRetractionIn",
    "PROF": "PartialRetractionOf",
    "RPI": "RepublishedIn",
    "RPF": "RepublishedFrom",
    "RIN": "RetractionIn",
    "ROF": "RetractionOf",
    "RRI": "RetractedandRepublishedIn",
    "RRF": "RetractedandRepublishedFrom",
    "SPIN": "SummaryForPatientsIn",
    "UIN": "UpdateIn",
    "UOF": "UpdateOf",
}


def looks_like_medline(start: str) -> bool:
    """Whether text that begins so is PubMed's text format: a line PMID, or several of its four-column tags."""
    first = _PMID_LINE.search(start)
    if first is not None:
        return not _RIS_LINE.search(start, 0, first.start())  # RIS may quote such a line in a note
    return len(set(_OWN_TAGS.findall(start))) > 2


def read_medline(file: BinaryIO) -> Iterator[Record | Unreadable]:
    """Yield one item for each entry, in file order. file: plain or gzipped, from its start, in any encoding."""
    yield from read_tagged(file, DIALECT, _draft)


# ----------------------------------------------------------------------------------------------------------- lines

_PMID_LINE = re.compile(r"(?:\A|[\r\n])[ \t\ufeff]{0,8}PMID ?-")
_RIS_LINE = re.compile(r"(?:\A|[\r\n])\ufeff?TY  ?- ")
_OWN_TAGS = re.compile(r"(?:\A|[\r\n])((?:FAU|OWN|STAT|DCOM|EDAT|CRDT|PHST|PST|JID|MHDA|AID|LID|OTO) {0,2}-) ")
_LINE = re.compile(r"([A-Z][A-Z0-9]{1,3}) {0,2}-(?: (.*)|([^ -].*)|\s*)", re.DOTALL)
_TAGS = (
    "PMID PMC PMCR TI BTI CTI VTI TT AB OAB OABL OCI CI AD AU FAU AUID CN ED FED IR FIR IRAD LA GR PT PL TA JT "
    "JID IS VI IP PG LID AID DP DEP SB MH OT OTO RN NM SI SO PST PHST EDAT MHDA CRDT DA DCOM LR STAT OWN PUBM "
    "COIS EN ISBN MID"
)
_KNOWN = frozenset(_TAGS.split())
_COLUMN = 4  # characters before the hyphen


def _tag(line: str, lenient: bool) -> tuple[str, str] | None:
    """A tag in the first columns; one without the blanks, or indented, only as carelessly as its entry begins."""
    found = _LINE.fullmatch(line)
    if found is None:
        stripped = line.lstrip(" \t\ufeff")
        if stripped.startswith(("PMID-", "PMID -")) or (lenient and stripped is not line):
            found = _LINE.fullmatch(stripped)
        if found is None:
            return None
    tag, value, close = found.groups()
    known = tag in _KNOWN
    if close is not None and not (tag in ("PMID", "PMC") or (known and lenient)):
        return None  # "IL-6" in an abstract whose lines lost their indentation
    if not known and line[len(tag) :].find("-") != _COLUMN - len(tag):
        return None
    return tag, value or close or ""


DIALECT = Dialect(
    tag=_tag,
    starts=lambda tag, _: tag == "PMID",
    lenient=lambda line: not line.startswith("PMID- "),
    last="SO",
    once=frozenset(
        {"TI", "DP", "JT", "TA", "JID", "VI", "IP", "PG", "DCOM", "SO", "STAT", "OWN", "PMC", "PMCR", "BTI", "PST"}
    ),
    making=frozenset({"TI", "BTI", "AU", "FAU", "AB", "JT", "TA", "DP", "AID", "LID", "PT"}),
    indented=True,
)

# ---------------------------------------------------------------------------------------------------------- fields

_NONE: Values = ()
_RETRACTED = "retracted publication"
_NOTICES = frozenset({"retraction of publication", "retraction notice"})
_NO_LABEL = re.compile(r"UNLABEL?LED: ")
_LINK_PMID = re.compile(r"\s*(?:\[?PMID|PubMed):?\s*(\d{1,9})\]?\.?\s*$", re.IGNORECASE)
_MARKED = re.compile(r"(.*?)\s*\[([a-z]+)\]", re.DOTALL)
_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)")
_OTHER_ABSTRACT = re.compile(r"([A-Za-z][\w -]{0,40}): ")
_NO_TEXT = frozenset({"abstract available from the publisher", "abstract not available", ""})


def _draft(entry: Entry) -> Draft:
    values = entry.values()
    draft = Draft()

    def text(*tags: str) -> str:
        return next((found for tag in tags if tag in values and (found := text_of(values[tag]))), "")

    def joined(tag: str) -> str:
        return " ".join(texts_of(values.get(tag, _NONE)))

    pmid = normalise_pmid(text("PMID"))
    printed, original, book = joined("TI"), text("TT"), text("BTI")
    title = printed or book
    if original and printed.strip("[]. ").lower() in ("", "not available"):
        title = original
    abstract = _NO_LABEL.sub("", abstract_of(values.get("AB", _NONE)))
    if not abstract:
        abstract = _other_abstract(values, draft)
    kinds = texts_of(values.get("PT", _NONE))
    lowered = {kind.lower() for kind in kinds}
    links = tuple(_link(tag, value) for tag, value in entry.fields if tag in LINK_TYPES and "".join(value).strip())
    year, published = _date(text("DP"), text("DEP"))
    draft.own_id = pmid is not None
    draft.values = {
        "source": "pubmed" if pmid else "medline",
        "source_id": pmid or "",
        "title": title,
        "original_title": original,
        "abstract": abstract,
        "authors": _authors(entry),
        "journal": text("JT", "TA") or book,
        "year": year,
        "published": published,
        "volume": text("VI"),
        "issue": text("IP"),
        "pages": text("PG") or _marked(values, "pii"),
        "language": texts_of(values.get("LA", _NONE)),
        "publication_types": kinds,
        "mesh": texts_of(values.get("MH", _NONE)),
        "keywords": tuple(dict.fromkeys(word.lstrip("*") for word in texts_of(values.get("OT", _NONE)))),
        "pmid": pmid,
        "doi": _doi(values, draft),
        "pmcid": normalise_pmcid(text("PMC")),
        "registry_ids": registry_ids(_deposited(values), f"{title}\n{abstract}"),
        "retracted": _RETRACTED in lowered or any(link.type == "RetractionIn" for link in links),
        "retraction_notice": bool(lowered & _NOTICES) or any(link.type == "RetractionOf" for link in links),
        "links": links,
    }
    if OWN_TAG in values:
        take_exact(draft, values[OWN_TAG])
    if not draft.exact:
        _look_over(entry, draft, text)
    return draft


def _look_over(entry: Entry, draft: Draft, text: Callable[..., str]) -> None:
    values = draft.values
    if not any(values[name] for name in ("title", "abstract", "authors", "journal", "doi", "pmid", "pmcid")):
        tags = ", ".join(sorted(entry.tags)[:8])
        raise NotReadable(f"The entry has neither PMID, title, abstract, authors, journal nor identifier, only {tags}.")
    if not values["title"]:
        draft.notes.append("the entry has no title")
    if not values["pmid"]:
        wrong = text("PMID")
        draft.notes.append(f"its PMID is not a number: {wrong[:40]!r}" if wrong else "the entry has no PMID")


def _authors(entry: Entry) -> tuple[str, ...]:
    """FAU is "Family, Given Suffix": the comma goes. CN is as the group is called."""
    names: list[str] = []
    editors: list[str] = []
    full = full_editor = False  # whether the name in short is one that was just given in full
    for tag, value in entry.fields:
        if tag == "CN":
            names.append(plain(" ".join(value)))
        elif tag == "FAU" or (tag == "AU" and not full):
            names.append(plain(" ".join(value)).replace(", ", " ", 1))
        elif tag == "FED" or (tag == "ED" and not full_editor):
            editors.append(plain(" ".join(value)).replace(", ", " ", 1))
        if tag in ("FAU", "AU"):
            full = tag == "FAU"
        elif tag in ("FED", "ED"):
            full_editor = tag == "FED"
    return tuple(filter(None, names)) or tuple(filter(None, editors))


def _link(tag: str, value: list[str]) -> Link:
    citation = plain(" ".join(value))
    found = _LINK_PMID.search(citation[-40:])
    if found:
        citation = citation[: len(citation) - len(found.group())].rstrip()
        if "doi:" not in citation:  # the full stop before "PMID:" is not the source's
            citation = citation.removesuffix(".")
    return Link(type=LINK_TYPES[tag], pmid=normalise_pmid(found.group(1)) if found else None, citation=citation)


def _date(printed: str, electronic: str) -> tuple[int | None, str]:
    year = year_of(printed)
    day = _DAY.match(electronic)
    if year is None and day is not None:
        return int(day.group(1)), printed or " ".join(day.groups())
    return year, printed


def _marked(values: dict[str, list[list[str]]], mark: str) -> str:
    return next(iter(_all_marked(values, mark)), "")


def _all_marked(values: dict[str, list[list[str]]], mark: str) -> list[str]:
    """What AID and LID give under a mark: "ABR-5-67 [pii]"."""
    tags = ("AID", "LID") if mark == "doi" else ("LID", "AID")
    found = []
    for tag in tags:
        for value in values.get(tag, ()):
            parts = _MARKED.fullmatch(plain(" ".join(value))[:500])
            if parts is not None and parts.group(2) == mark:
                found.append(parts.group(1))
    return found


def _doi(values: dict[str, list[list[str]]], draft: Draft) -> str | None:
    found = [doi_of(one) for one in _all_marked(values, "doi")]
    if not any(found):
        printed = (plain(" ".join(value)) for tag in ("AID", "LID", "DO") for value in values.get(tag, ()))
        found = [doi_of(one[:500]) for one in printed if one[:4].lower() in ("doi:", "10.1", "http")]
    dois = [doi for doi in dict.fromkeys(found) if doi]
    if len(dois) > 1:
        draft.notes.append(f"the entry gives different DOIs: {', '.join(dois)}; the first is used")
    return dois[0] if dois else None


def _deposited(values: dict[str, list[list[str]]]) -> list[str]:
    numbers = []
    for one in texts_of(values.get("SI", _NONE)):
        bank, slash, number = one.partition("/")
        if slash and bank.lower() not in NOT_REGISTRIES:
            numbers.append(number)
    return numbers


def _other_abstract(values: dict[str, list[list[str]]], draft: Draft) -> str:
    """An English abstract by somebody else, with a note whose it is."""
    languages = texts_of(values.get("OABL", _NONE))
    if languages and not any(language.startswith("eng") for language in languages):
        return ""
    for value in values.get("OAB", ()):
        text = abstract_of([value])
        kind = _OTHER_ABSTRACT.match(text)
        text = text[kind.end() :] if kind else text
        if text.strip("[]. ").lower() not in _NO_TEXT:
            draft.notes.append(f"the abstract is an OtherAbstract ({kind.group(1) if kind else 'type not stated'})")
            return text
    return ""
