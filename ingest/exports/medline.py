"""Records as PubMed's text format (.nbib), which EndNote, Zotero, Mendeley and Rayyan read under the name PubMed.

Tags and their order are PubMed's (see `ingest.formats.medline`); lines are not wrapped, which all of them read. Every
entry begins with PMID, empty for a record without one, since readers look for it. XWB is our own tag: see
`ingest.exports.exact`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TextIO

from ingest.exports.exact import family_first, initials_of, one_line, remainder
from ingest.formats.medline import LINK_TYPES, OWN_TAG, read_medline
from ingest.formats.printed import GROUP
from ingest.record import Record

_TAGS = {kind: tag for tag, kind in LINK_TYPES.items()}


def write_medline(records: Iterable[Record], file: TextIO) -> int:
    """Write one entry a record; the number of records. file: opened as UTF-8 with newline=""."""
    written = 0
    for record in records:
        file.write(("\r\n" if written else "") + entry_of(record))
        written += 1
    return written


def entry_of(record: Record) -> str:
    """The record's entry, without the blank line that parts it from the next."""
    lines = [f"{tag:4}- {text}\r\n" for tag, value in _fields(record) if (text := one_line(value))]
    start = f"PMID- {one_line(record.pmid or '')}\r\n"
    # Readers take SO for the last line of an entry.
    end = f"SO  - {one_line(_citation(record)) or '.'}\r\n"
    own = remainder(record, "".join([start, *lines, end]), read_medline)
    if own != f'{{"source":"pubmed","source_id":"{record.pmid}"}}':
        lines.append(f"{OWN_TAG:4}- {own}\r\n")
    return "".join([start, *lines, end])


def _fields(record: Record) -> Iterator[tuple[str, str]]:
    yield "VI", record.volume
    yield "IP", record.issue
    yield "DP", record.published or ("" if record.year is None else str(record.year))
    yield "TI", record.title
    yield "PG", record.pages
    yield "AB", record.abstract
    for author in record.authors:
        name = one_line(author)
        if GROUP.search(name) or "," in name:
            yield "CN", name
            continue
        family, given = family_first(name)
        yield "FAU", f"{family}, {given}" if given else family
        initials = initials_of(given)
        yield "AU", f"{family} {initials}" if initials else family
    for language in record.language:
        yield "LA", language
    for number in record.registry_ids:
        yield "SI", f"{_registry(number)}/{number}"
    for kind in record.publication_types:
        yield "PT", kind
    yield "TT", record.original_title
    yield "JT", record.journal
    for heading in record.mesh:
        yield "MH", heading
    for word in record.keywords:
        yield "OT", word
    yield "PMC", record.pmcid or ""
    for link in record.links:
        if tag := _TAGS.get(link.type):
            yield tag, f"{link.citation.removesuffix('.')}. PMID: {link.pmid}" if link.pmid else link.citation
    if record.doi is not None:
        yield "AID", f"{record.doi} [doi]"


def _registry(number: str) -> str:
    for prefix, name in (("NCT", "ClinicalTrials.gov"), ("ISRCTN", "ISRCTN"), ("ACTRN", "ANZCTR"), ("DRKS", "DRKS")):
        if number.startswith(prefix):
            return name
    return "Registry"


def _citation(record: Record) -> str:
    """As PubMed prints it: "J Pain. 2020 Mar;21(3):100-110."."""
    when = record.published or ("" if record.year is None else str(record.year))
    where = record.volume + (f"({record.issue})" if record.issue else "") + (f":{record.pages}" if record.pages else "")
    text = ". ".join(part for part in (record.journal.rstrip("."), ";".join(filter(None, (when, where)))) if part)
    return f"{text}." if text else ""
