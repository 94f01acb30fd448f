"""Records as RIS, for EndNote, Zotero, Mendeley, Rayyan, Covidence and others.

The tags are those of the RIS specification as Zotero and EndNote use it: TY, TI, TT, AU, T2 and JF, PY, DA, VL, IS, SP,
EP, AB, KW, LA, DO, UR, DB and AN, U1 (PMID, as PubMed writes it), C2 (PMCID, where EndNote keeps it), M3 (publication
types), N1 (registrations, retractions and links, for people). XW is our own: see `ingest.exports.exact`. A group's name
ends with a comma, by which EndNote knows that it is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TextIO

from ingest.exports.exact import family_first, one_line, remainder
from ingest.formats.printed import GROUP
from ingest.formats.ris import OWN_TAG, read_ris
from ingest.record import Record


def write_ris(records: Iterable[Record], file: TextIO) -> int:
    """Write one entry a record; the number of records. file: opened as UTF-8 with newline=""."""
    written = 0
    for record in records:
        file.write(entry_of(record))
        written += 1
    return written


def entry_of(record: Record) -> str:
    """The record's entry with the blank line after it."""
    lines = [f"{tag}  - {text}\r\n" for tag, value in _fields(record) if (text := one_line(value))]
    start = f"TY  - {_kind(record)}\r\n"
    own = remainder(record, "".join([start, *lines, _END]), read_ris)
    return "".join([start, *lines, f"{OWN_TAG}  - {own}\r\n", _END, "\r\n"])


_END = "ER  - \r\n"
_KINDS = (
    ("CHAP", ("chapter",)),
    ("THES", ("thesis", "dissertation")),
    ("CPAPER", ("conference", "congress", "proceedings")),
    ("INPR", ("preprint", "article in press")),
    ("BOOK", ("book", "monograph")),
    ("RPRT", ("technical report",)),
)
_DAY = re.compile(r"(\d{4}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?: (\d{1,2}))?")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PAGES = re.compile(r"(\w+)-(\w+)")


def _kind(record: Record) -> str:
    types = " ".join(record.publication_types).lower()
    return next((kind for kind, words in _KINDS if any(word in types for word in words)), "JOUR")


def _fields(record: Record) -> Iterator[tuple[str, str]]:
    yield "TI", record.title
    if record.original_title != record.title:
        yield "TT", record.original_title
    for author in record.authors:
        yield "AU", author_of(author)
    yield "T2", record.journal
    yield "JF", record.journal
    if record.year is not None:
        yield "PY", str(record.year)
    yield "DA", _date(record.published)
    yield "VL", record.volume
    yield "IS", record.issue
    pages = _PAGES.fullmatch(record.pages)
    yield "SP", pages.group(1) if pages else record.pages
    if pages:
        yield "EP", pages.group(2)
    yield "AB", record.abstract
    for word in dict.fromkeys((*record.keywords, *record.mesh)):
        yield "KW", word
    for language in record.language:
        yield "LA", language
    yield "DO", record.doi or ""
    if record.source == "pubmed":
        yield "DB", "PubMed"
    yield "AN", record.source_id
    if record.pmid is not None:
        yield "UR", f"https://pubmed.ncbi.nlm.nih.gov/{record.pmid}/"
        yield "U1", f"{record.pmid}[pmid]"
    yield "C2", record.pmcid or ""
    for kind in record.publication_types:
        yield "M3", kind
    for number in record.registry_ids:
        yield "N1", f"Registration: {number}"
    if record.retracted:
        yield "N1", "This report has been retracted."
    if record.retraction_notice:
        yield "N1", "This is a notice of retraction."
    for link in record.links:
        yield "N1", f"{link.type}: {link.citation}" + (f" (PubMed {link.pmid})" if link.pmid else "")


def _date(printed: str) -> str:
    """A date as RIS wants it, "2024/03/05/", or as printed."""
    found = _DAY.fullmatch(printed)
    if found is None:
        return printed
    year, month, day = found.groups()
    return (
        f"{year}/{_MONTHS.index(month) + 1:02d}/{int(day):02d}/" if day else f"{year}/{_MONTHS.index(month) + 1:02d}//"
    )


def author_of(name: str) -> str:
    """ "Family, Given" of a person; a group's name with a comma at its end."""
    text = one_line(name)
    if GROUP.search(text) or "," in text:
        return f"{text}," if text else ""
    family, given = family_first(text)
    return f"{family}, {given}" if given else family
