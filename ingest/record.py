"""What a source gave us: records, and entries that could not be read.

A *record* is one source's bibliographic entry (PRISMA 2020); two records of one document are duplicates of the
same *report*. Records are never edited after import: a correction, a new version or a duplicate link is a new fact.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
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
    abstract: str = ""  # labelled sections as "LABEL: text" paragraphs separated by "\n"
    authors: tuple[str, ...] = ()  # "Family Given" or the group's name
    journal: str = ""
    year: int | None = None
    volume: str = ""
    issue: str = ""
    pages: str = ""
    language: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()
    mesh: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    pmid: str | None = None
    doi: str | None = None  # lower case, without a resolver prefix
    pmcid: str | None = None
    registry_ids: tuple[str, ...] = ()
    retracted: bool = False  # this report has been retracted
    retraction_notice: bool = False  # this entry is the notice of somebody's retraction
    links: tuple[Link, ...] = ()

    @property
    def key(self) -> str:
        """Who this is everywhere: importing one search twice gives the same keys."""
        return f"{self.source}:{self.source_id}"

    def as_dict(self) -> dict[str, Any]:
        """Plain lists, dicts, strings and numbers, as `workbench records --json` prints and the store keeps them."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in dataclasses.asdict(self).items()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Record:
        """Read back what `as_dict` wrote; keys that this version does not know are ignored."""
        names = {field.name for field in dataclasses.fields(cls)}
        known = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items() if name in names}
        known["links"] = tuple(Link(**link) for link in data.get("links", ()))
        return cls(**known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """An entry of a file that could not be read; counted and shown, never dropped."""

    position: int  # 1-based, among the entries of its file
    reason: str
    file: str = ""


class IngestError(Exception):
    """Base of everything this package raises; its message is written for a reviewer."""
