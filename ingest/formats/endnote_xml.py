"""EndNote's XML export ("RSXML"), also written by Zotero, Covidence, EPPI-Reviewer, Rayyan and others.

The text is cut at <record> and </record>, and every entry is parsed by itself: one that is damaged is Unreadable and
takes no other along, and nothing that the document declares (a DTD with entities is refused) reaches an entry.
Characters that XML forbids and databases deliver all the same (control characters, a bare &) are put right first.

`source` is "endnote"; `source_id` is the accession number where the entry has one, else a hash of what it says: record
numbers are those of one library.
"""

from __future__ import annotations

import codecs
import hashlib
import html
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import TextIOWrapper
from typing import BinaryIO
from xml.parsers import expat

from ingest.byte_steps import byte_steps
from ingest.formats.drafts import SAYS_NOTHING, says_nothing
from ingest.formats.printed import (
    abstract_of,
    address_pmids,
    authors_of,
    date_of,
    doi_address,
    items_of,
    marked_pmid,
    pages_of,
    pmcid_in,
    text_of,
    texts_of,
)
from ingest.formats.ris import retraction_of
from ingest.identifiers import normalise_doi, normalise_pmcid, normalise_pmid, registry_ids
from ingest.record import RAW_KEPT, BrokenFile, Record, TruncatedFile, Unreadable, UnsafeFile
from ingest.text_encoding import find_encoding, text_file

MAX_ENTRY = 1 << 22  # characters
MAX_DEPTH = 50
_STEP = 1 << 16  # characters

_LOOKS = re.compile(
    r"(?s)\s*(?:<\?xml.{0,300}?\?>\s*)?(?:<!--.{0,2000}?-->\s*)?(?:<!DOCTYPE[^>\[]{0,500}(?:\[.{0,20000}?\]\s*)?>\s*)?"
    r"<(?:xml|records)\b"
)
_INNER = re.compile(r"<records?[\s/>]")
_START = re.compile(r"<record[\s>]")
_EDGE = re.compile(r"</record\s*>|<record[\s>]")
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z][\w.-]{0,40})")


def looks_like_endnote_xml(start: str) -> bool:
    """Whether a file that begins with this text is EndNote XML: <xml><records><record>."""
    found = _LOOKS.match(start)
    return found is not None and _INNER.search(start, found.start()) is not None


def read_endnote_xml(file: BinaryIO) -> Iterator[Record | Unreadable]:
    """Yield one item for each <record>, in file order.

    file: from its start, plain or packed. Raises `UnsafeFile` if the document declares entities, `TruncatedFile` if it
    ends before it is complete (an entry that was begun is an Unreadable before that), `BrokenFile` for a damaged packed
    file; each after what came before.
    """
    position = 0
    seen: set[str] = set()
    try:
        for cut in _entries(file):
            position += 1
            yield _item(cut, position, seen)
    except BrokenFile as error:
        raise type(error)(f"{error} {position} entries came before that.", entries=position) from error


# ------------------------------------------------------------------------------------------------------------ entries


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """The text of one entry."""

    line: int
    raw: str
    problem: str = ""


def _entries(file: BinaryIO) -> Iterator[_Cut]:
    text = _text(file)
    buffer, line, place = "", 1, 0
    over = ended = begun = False
    while True:
        # Before an entry.
        start = _START.search(buffer)
        if start is None:
            ended = ended or "</records" in buffer
            if not begun:
                _refuse_declarations(buffer)
            if over:
                if not ended:
                    raise TruncatedFile("The XML ends before it is complete.")
                return
            keep = max(0, len(buffer) - 20) if begun else 0
            if not begun and len(buffer) > MAX_ENTRY:
                raise BrokenFile(f"This XML has no <record> in its first {MAX_ENTRY:,} characters.")
            line += buffer.count("\n", 0, keep)
            step = text.read(_STEP)
            buffer, over = buffer[keep:] + step, not step
            continue
        if not begun:
            _refuse_declarations(buffer[: start.start()])
        begun, ended = True, False
        line += buffer.count("\n", 0, start.start())
        buffer, place = buffer[start.start() :], 1
        # Within it.
        while (edge := _EDGE.search(buffer, place)) is None:
            place = max(1, len(buffer) - 20)
            step = "" if len(buffer) > MAX_ENTRY else text.read(_STEP)
            if not step:
                break
            buffer += step
        if edge is None:
            if len(buffer) > MAX_ENTRY:
                yield _Cut(line=line, raw=buffer, problem=f"It is larger than {MAX_ENTRY:,} characters.")
                line += buffer.count("\n")
                buffer = ""
                continue
            yield _Cut(line=line, raw=buffer, problem="The file ends within it.")
            raise TruncatedFile("The XML ends before it is complete.")
        closed = edge.group().startswith("</")
        raw = buffer[: edge.end() if closed else edge.start()]
        yield _Cut(line=line, raw=raw, problem="" if closed else "It is not closed before the next one begins.")
        line += raw.count("\n")
        buffer = buffer[len(raw) :]


def _text(file: BinaryIO) -> TextIOWrapper:
    steps = byte_steps(file)
    head = next(steps, b"")
    encoding = find_encoding((head,)).codec
    declared = _DECLARED.search(head)
    # What the bytes show counts more: files that say UTF-16 and are not come about when a program saves them again.
    if declared is not None and (head.isascii() or not encoding.startswith("utf-")):
        try:
            named = codecs.lookup(declared.group(1).decode()).name
            encoding = encoding if named.startswith("utf-") else named
        except LookupError as error:
            raise BrokenFile("The XML declares an encoding that is not known; save it as UTF-8.") from error
    return text_file(head, steps, encoding)


def _refuse_declarations(before: str) -> None:
    if "<!ENTITY" in before or re.search(r"<!DOCTYPE[^>]*\[", before):
        raise UnsafeFile("This XML declares entities or a grammar of its own, which EndNote's never does. Not read.")


# ------------------------------------------------------------------------------------------------------------- fields

_FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
    r"|&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));"
)
_NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)(?:([A-Za-z][A-Za-z0-9]{1,30});)?")


class _Fields:
    """The texts of an entry by "parent/name", from expat's events."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = defaultdict(list)
        self.attributes: dict[str, str] = {}
        self._open: list[tuple[str, list[str]]] = []
        self._depth = 0

    def parse(self, raw: str) -> None:
        """Take the entry in. Raises expat.ExpatError or ValueError for what is no XML."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(_NAMED.sub(_named, _FORBIDDEN.sub(" ", raw)), True)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ValueError(f"it nests its elements more than {MAX_DEPTH} deep")
        if tag == "style":
            face = attributes.get("face", "")
            self._characters("^" if "superscript" in face else "_" if "subscript" in face else "")
            return
        for name in ("name", "type"):
            if name in attributes:
                self.attributes.setdefault(f"{tag}@{name}", attributes[name])
        self._open.append((tag, []))

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if tag == "style":
            return
        name, parts = self._open.pop()
        text = "".join(parts)
        if text.strip():
            parent = self._open[-1][0] if self._open else ""
            self.texts[name if parent == "record" else f"{parent}/{name}"].append(text)

    def _characters(self, text: str) -> None:
        if self._open:
            self._open[-1][1].append(text)


def _named(found: re.Match[str]) -> str:
    """A character by a name that only HTML knows, or an ampersand that is one."""
    character = html.unescape(found.group()) if found.group(1) else ""
    return character if len(character) in (1, 2) and character[0] != "&" else f"&amp;{found.group()[1:]}"


def _item(cut: _Cut, position: int, seen: set[str]) -> Record | Unreadable:
    problem = cut.problem
    fields = _Fields()
    if not problem:
        try:
            fields.parse(cut.raw)
        except (expat.ExpatError, ValueError) as error:
            problem = f"Its XML is damaged ({str(error).partition(':')[0]})."
    record = None if problem else _record(fields)
    if record is not None and says_nothing(record):
        problem = SAYS_NOTHING
    if record is None or problem:
        reason = f"The entry that begins in line {cut.line} cannot be read. {problem}"
        return Unreadable(position=position, line=cut.line, reason=reason, raw=cut.raw[:RAW_KEPT])
    source_id = record.source_id or _hash_of(fields)
    if source_id in seen:
        source_id = f"{source_id} (entry {position})"
    seen.add(source_id)
    return replace(record, source_id=source_id, position=position, raw=cut.raw)


# What differs between two exports of one entry, or between libraries.
_VOLATILE = re.compile(
    r"database|source-app|rec-number|foreign-keys/|urls/|(?:related|pdf|text|image)-urls/|access-date|modified-date|label"
    r"|caption|notes|research-notes|abstract|keywords/|custom|isbn|auth-address|remote-database|call-num|added-date"
)


def _hash_of(fields: _Fields) -> str:
    said = {name: [" ".join(text.split()) for text in texts] for name, texts in fields.texts.items()}
    content = [each for each in said.items() if not _VOLATILE.match(each[0])] or list(said.items())
    return hashlib.sha256(repr(sorted(content)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


_TYPES = {
    "book section": "Book Chapter",
    "electronic book section": "Book Chapter",
    "edited book": "Book",
    "electronic book": "Book",
    "conference proceedings": "Conference Paper",
    "unpublished work": "Unpublished Work",
}
_PLAIN_TYPES = frozenset({"journal article", "generic", "electronic article", "article", ""})
_PUBMED = re.compile(r"(?:pubmed|medline|nlm)\b", re.IGNORECASE)
_BREAK = re.compile(r"\r\n|[\r\n\u2028\u2029]")
_WITHOUT_AUTHORS = frozenset({"book", "edited book", "conference proceedings"})


def _lines(text: str, name: str) -> list[str]:
    """EndNote breaks lines by &#xD;. A line end of the file is a blank, but in an abstract that nobody indented."""
    indented = r"[ \t]*\n[ \t]{2,}" if name == "abstract" else r"\s*\n\s*"
    return _BREAK.split(re.sub(indented, " ", text.strip()))


def _record(fields: _Fields) -> Record:
    notes: list[str] = []

    def values(*names: str) -> list[list[str]]:
        return [_lines(text, name) for name in names for text in fields.texts.get(name, ())]

    def text(*names: str) -> str:
        return text_of(values(*names))

    title = text("titles/title")
    abstract = abstract_of(values("abstract"))
    about = " ".join(texts_of(values("notes", "research-notes")))
    kind = fields.attributes.get("ref-type@name", "").strip()
    authors = authors_of(_names(values("authors/author")))
    if not authors and kind.lower() in _WITHOUT_AUTHORS:
        authors = authors_of(_names(values("secondary-authors/author")))
    year, published = date_of(texts_of(values("dates/year")), texts_of(values("pub-dates/date")))
    types = items_of(values("work-type"), r"[;|]")
    if kind.lower() not in _PLAIN_TYPES and (named := _TYPES.get(kind.lower(), kind)) not in types:
        types = (*types, named)
    retracted, notice = retraction_of(title, types)
    addresses = texts_of(values("related-urls/url", "urls/url", "web-urls/url", "urls/web-urls", "pdf-urls/url"))
    accession, database = text("accession-num"), text("remote-database-name")
    return Record(
        source="endnote",
        source_id=accession,
        title=title,
        original_title=text("titles/translated-title", "orig-pub"),
        abstract=abstract,
        authors=authors,
        journal=text(
            *("periodical/full-title", "titles/secondary-title", "periodical/abbr-1", "alt-periodical/full-title"),
            *("titles/alt-title", "titles/tertiary-title"),
        ),
        year=year,
        published="" if re.fullmatch(r"\d{4}", published) else published,
        volume=text("volume"),
        issue=text("number", "issue"),
        pages=pages_of(text("pages"), "", text("electronic-location", "article-number")),
        language=items_of(values("language"), r"[;,|]"),
        publication_types=types,
        keywords=items_of(values("keywords/keyword"), r"[;|]"),
        pmid=_pmid(fields, accession, database, about, addresses),
        doi=_doi(text("electronic-resource-num", "doi"), addresses, about, notes),
        pmcid=_pmcid(text("custom2", "pmcid"), addresses, about),
        registry_ids=registry_ids((), f"{title}\n{abstract}"),
        retracted=retracted,
        retraction_notice=notice,
        notes=tuple(notes),
    )


_GROUP = r"(Groups?|Team|Investigators|Consortium|Collaboration|Network|Committee|Trialists)"
_GROUP_LAST = re.compile(rf"^(.{{3,500}}), {_GROUP}$")
_GROUP_FIRST = re.compile(rf"^{_GROUP}, ([^,]{{2,500}})$")


def _names(values: list[list[str]]) -> list[list[str]]:
    """EndNote takes "Sepsis Trial Group" for a person: it gives "Sepsis Trial, Group" or "Group, Sepsis Trial"."""
    return [[_GROUP_FIRST.sub(r"\2 \1", _GROUP_LAST.sub(r"\1 \2", line)) for line in lines] for lines in values]


def _doi(number: str, addresses: tuple[str, ...], about: str, notes: list[str]) -> str | None:
    found = [normalise_doi(part) for part in re.split(r"\s+", number)]
    if not any(found):
        found = [normalise_doi(doi_address(one)) for one in addresses]
    if not any(found) and about[:300].lower().startswith("doi"):
        found = [normalise_doi(about[:300])]
    dois = [doi for doi in dict.fromkeys(found) if doi]
    if len(dois) > 1:
        notes.append(f"the entry gives different DOIs: {', '.join(dois)}; the first is used")
    return dois[0] if dois else None


def _pmid(fields: _Fields, accession: str, database: str, about: str, addresses: tuple[str, ...]) -> str | None:
    provider = " ".join(fields.texts.get("remote-database-provider", ()))
    from_pubmed = _PUBMED.search(database) or _PUBMED.match(provider)
    if from_pubmed and (pmid := normalise_pmid(accession)):
        return pmid
    for name in ("pmid", "pubmed-id"):
        if pmid := normalise_pmid("".join(fields.texts.get(name, ())[:1])):
            return pmid
    if pmid := marked_pmid(accession):
        return pmid
    if "PMID" in about and (pmid := marked_pmid(about)):
        return pmid
    found = address_pmids(addresses)
    return found.pop() if len(found) == 1 else None


def _pmcid(custom: str, addresses: tuple[str, ...], about: str) -> str | None:
    if custom.upper().startswith("PMC") and (pmcid := normalise_pmcid(custom)):
        return pmcid
    if "PMCID" in about and (pmcid := pmcid_in(about[about.index("PMCID") :])):
        return pmcid
    found = {pmcid_in(one) for one in addresses if "ncbi.nlm.nih.gov" in one} - {None}
    return found.pop() if len(found) == 1 else None
