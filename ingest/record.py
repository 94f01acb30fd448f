"""What a source gave us: records, entries that could not be read, and the ways a whole file can fail.

A *record* is one source's bibliographic entry (PRISMA 2020); two records of one document are duplicates of the
same *report*. Records are never edited after import: a correction, a new version or a duplicate link is a new fact.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A tie to another publication as the source states it (PubMed: CommentsCorrections)."""

    type: str  # PubMed's RefType: "RetractionIn", "ErratumIn", "CommentOn", ...
    pmid: str | None = None  # absent for some retraction notices: then the citation is all there is
    citation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One bibliographic entry as one source gave it."""

    source: str  # "pubmed", or the format's name for a file export
    source_id: str  # its accession number there; the PMID for PubMed
    title: str
    original_title: str = ""  # in the language of publication, where the title is a translation
    abstract: str = ""  # labelled sections as "LABEL: text" paragraphs separated by "\n"
    authors: tuple[str, ...] = ()  # "Family Given" or the group's name
    journal: str = ""
    year: int | None = None
    published: str = ""  # the date as printed: "2024 Mar 5", "1998 Dec-1999 Jan"
    volume: str = ""
    issue: str = ""
    pages: str = ""
    language: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()
    mesh: tuple[str, ...] = ()  # one heading each as MEDLINE prints it: "Pain/*drug therapy/etiology", "*Migraine"
    keywords: tuple[str, ...] = ()
    pmid: str | None = None
    version: int | None = None  # of the PMID, for the few citations that PubMed versions
    doi: str | None = None  # lower case, without a resolver prefix
    pmcid: str | None = None
    registry_ids: tuple[str, ...] = ()
    retracted: bool = False  # this report has been retracted
    retraction_notice: bool = False  # this entry is the notice of somebody's retraction
    links: tuple[Link, ...] = ()
    notes: tuple[str, ...] = ()  # what reading it brought up: two DOIs, an element this version does not know
    # Where it stood and what stood there. Not part of what the record says: two copies of one entry are equal.
    position: int | None = field(default=None, compare=False)  # 1-based, among the entries of its file
    raw: str = field(default="", compare=False, repr=False)  # the entry as its file has it ("" where not kept)

    @property
    def key(self) -> str:
        """Who this is everywhere: importing one search twice gives the same keys."""
        return f"{self.source}:{self.source_id}"

    def as_dict(self) -> dict[str, Any]:
        """Plain lists, dicts, strings and numbers, as `workbench records --json` prints and the store keeps them."""
        data = {name: getattr(self, name) for name in _RECORD_FIELDS}
        data |= {name: list(value) for name, value in data.items() if isinstance(value, tuple)}
        data["links"] = [{"type": link.type, "pmid": link.pmid, "citation": link.citation} for link in self.links]
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Record:
        """Read back what `as_dict` wrote; keys that this version does not know are ignored."""
        known: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in data.items()
            if name in _RECORD_FIELDS
        }
        known["links"] = tuple(Link(**link) for link in data.get("links", ()))
        return cls(**known)


_RECORD_FIELDS = tuple(each.name for each in fields(Record) if each.compare)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """An entry of a file that could not be read; counted and shown, never dropped."""

    position: int  # 1-based, among the entries of its file
    reason: str
    file: str = ""
    line: int | None = None  # 1-based line of a text file in which the entry begins
    raw: str = field(default="", compare=False, repr=False)  # the entry as it stands, at most RAW_KEPT characters


RAW_KEPT = 20_000  # characters of an unreadable entry that are kept with it; the file itself is kept whole


class IngestError(Exception):
    """Base of everything this package raises; its message is written for a reviewer."""


class UnknownFormat(IngestError):
    """The file is not of a kind that can be read here; the message says what it looks like."""


class UnsafeFile(IngestError):
    """The file is built to exhaust or mislead its reader (entities, bottomless nesting, compressed emptiness)."""


class BrokenFile(IngestError):
    """The file stops making sense part of the way; what came before it was complete."""

    def __init__(self, message: str, *, entries: int = 0) -> None:
        super().__init__(message)
        self.entries = entries  # how many complete entries came before the damage


class TruncatedFile(BrokenFile):
    """The file ends too early: an interrupted download or copy."""
