"""What was published about a record after it: retraction, expression of concern, correction, republication, update.

From PubMed's publication types and CommentsCorrections (NLM, "Errata, Retractions, and Other Linked Citations in
PubMed"). The notice is another record; a retraction notice is not itself retracted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ingest.record import Record


class NoticeKind(StrEnum):
    """What was said of a report, gravest first."""

    RETRACTED = "retracted"
    CONCERN = "expression of concern"
    CORRECTED = "erratum"
    REPUBLISHED = "republished"
    UPDATED = "updated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice about one record."""

    record: str  # key of the record it is about
    kind: NoticeKind
    pmid: str | None = None  # of the notice; PubMed does not always have one
    citation: str = ""  # as the record cites it

    @property
    def words(self) -> str:
        """One sentence for a reviewer: what it is about, and where it says so."""
        where = self.citation.rstrip(". ") + (f", PMID {self.pmid}" if self.pmid else "")
        said = _SAID[self.kind].format(self.record)
        return f"{said}: {where.lstrip(', ')}." if where else f"{said}."


_SAID = {
    NoticeKind.RETRACTED: "The report {} was retracted",
    NoticeKind.CONCERN: "There is an expression of concern about the report {}",
    NoticeKind.CORRECTED: "A correction of the report {} was published",
    NoticeKind.REPUBLISHED: "The report {} was republished",
    NoticeKind.UPDATED: "The report {} was updated",
}
_KINDS_OF_LINK = {
    "RetractionIn": (NoticeKind.RETRACTED,),
    "ExpressionOfConcernIn": (NoticeKind.CONCERN,),
    "ErratumIn": (NoticeKind.CORRECTED,),
    "CorrectedandRepublishedIn": (NoticeKind.REPUBLISHED,),
    # withdrawn and published anew in one step: what stood in the first version no longer stands
    "RetractedandRepublishedIn": (NoticeKind.RETRACTED, NoticeKind.REPUBLISHED),
    "RepublishedIn": (NoticeKind.REPUBLISHED,),
    "UpdateIn": (NoticeKind.UPDATED,),
}
NOTICE_LINKS: tuple[str, ...] = tuple(_KINDS_OF_LINK)
"""PubMed's RefTypes of links that are a notice about the record that bears them."""
_ORDER = {kind: place for place, kind in enumerate(NoticeKind)}


def notices(record: Record) -> tuple[Notice, ...]:
    """Every notice that the record itself tells of, gravest first; a retraction also where only its type says so."""
    found = [
        Notice(record=record.key, kind=kind, pmid=link.pmid, citation=link.citation)
        for link in record.links
        for kind in _KINDS_OF_LINK.get(link.type, ())
    ]
    if record.retracted and not any(notice.kind is NoticeKind.RETRACTED for notice in found):
        found.append(Notice(record=record.key, kind=NoticeKind.RETRACTED))
    return tuple(sorted(dict.fromkeys(found), key=lambda notice: _ORDER[notice.kind]))
