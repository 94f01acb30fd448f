"""PubMed's XML, from efetch, the web site's export, the yearly baseline or its daily updates, as records.

Any DTD version will do, or none; an element that this version does not know is passed over and noted. How the document
becomes entries, fast and within limits, is in `pubmed_stream`; how an entry becomes a record, in `pubmed_entry`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO
from xml.etree.ElementTree import Element, tostring

from ingest.byte_steps import byte_steps
from ingest.formats.pubmed_entry import NotReadable, record_of
from ingest.formats.pubmed_stream import MAX_ENTRY, Oversized, entries, refuse_depth
from ingest.identifiers import normalise_pmid
from ingest.record import RAW_KEPT, BrokenFile, Record, Unreadable

__all__ = ["Deleted", "raw_entry", "read_pubmed_document", "read_pubmed_xml"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """PMIDs that PubMed withdrew (DeleteCitation): an instruction of update files, not an entry."""

    pmids: tuple[str, ...]


def read_pubmed_xml(file: BinaryIO) -> Iterator[Record | Unreadable]:
    """Yield one item for each PubmedArticle and PubmedBookArticle, in file order; nothing is skipped.

    file: the document, plain or gzipped, from its start. It is read in steps and held in memory a few entries at a
    time. Raises `TruncatedFile` if the document ends too early, `BrokenFile` if it is not well-formed, `UnsafeFile` if
    it declares entities or outgrows the limits, `UnknownFormat` if it is something else; each after the entries that
    were complete. Records have their `position`; `raw` stays empty (`raw_entry` cuts an entry out of the document).
    """
    for item in read_pubmed_document(file):
        if not isinstance(item, Deleted):
            yield item


def read_pubmed_document(file: BinaryIO) -> Iterator[Record | Unreadable | Deleted]:
    """Like `read_pubmed_xml`, with the PMIDs that the document says are withdrawn, where it says so.

    An update file may hold several versions of one PMID: each is an item (`Record.version`), in the file's order.
    """
    position, last = 0, ""
    try:
        for element in entries(file):
            if not isinstance(element, Oversized) and element.tag == "DeleteCitation":
                yield _deleted(element)
                continue
            position += 1
            item = _item(element, position)
            last = f"PMID {item.pmid}" if isinstance(item, Record) else "not readable"
            yield item
    except BrokenFile as error:
        where = f"The last complete entry is number {position} ({last})." if position else _NONE_COMPLETE
        raise type(error)(f"{error} {where}", entries=position) from error


_NONE_COMPLETE = "No complete entry came before that."


def _item(element: Element | Oversized, position: int) -> Record | Unreadable:
    if isinstance(element, Oversized):
        return Unreadable(position=position, reason=f"The entry is larger than {MAX_ENTRY:,} characters.")
    try:
        return record_of(element, position)
    except NotReadable as reason:
        refuse_depth(element)
        raw = tostring(element, encoding="unicode")[:RAW_KEPT]
        return Unreadable(position=position, reason=str(reason), raw=raw)


def _deleted(element: Element) -> Deleted:
    pmids = (normalise_pmid(pmid.text) for pmid in element.iter("PMID"))
    return Deleted(pmids=tuple(pmid for pmid in pmids if pmid))


# ------------------------------------------------------------------------------------------------- the entry as it is

_ENTRY = re.compile(rb"<(PubmedArticle|PubmedBookArticle)(?=[\s>]).*?</\1\s*>", re.DOTALL)
_OWN_PMID = re.compile(rb"<(?:MedlineCitation|BookDocument)\b[^>]*>\s*<PMID\b[^>]*>\s*0*(\d+)\s*</PMID>")


def raw_entry(document: bytes, pmid: str) -> bytes | None:
    """The entry of `pmid` as the document has it, in UTF-8; None if it has none such.

    For looking at only: what the entry says is what the reader makes of it. Of several versions of a PMID, the last.
    document: as fetched or imported, plain or gzipped; one that the reader could read.
    """
    content = _as_utf8(b"".join(byte_steps(BytesIO(document))))
    found = None
    for entry in _ENTRY.finditer(content):
        own = _OWN_PMID.search(entry.group())
        if own is not None and own.group(1).decode() == pmid:
            found = entry.group()
    return found


_ENCODING = re.compile(rb"<\?xml[^>]*?encoding=[\"']([A-Za-z0-9._-]+)")


def _as_utf8(content: bytes) -> bytes:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace").encode()
    declared = _ENCODING.match(content[:200].lstrip())
    name = declared.group(1).decode() if declared else "utf-8"
    if name.lower() in ("utf-8", "us-ascii"):
        return content
    try:
        return content.decode(name, errors="replace").encode()
    except LookupError:
        return content
