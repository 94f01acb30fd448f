"""Which study a report tells of: proposals with their reasons; a person links.

Several reports of one trial must not be counted as several trials (Cochrane Handbook 4.6.2). What speaks for one study,
the most telling first: a trial registration that both name; a link between the two that PubMed gives (an erratum, an
update, a republication); the same people writing within a few years under a like title.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from ingest.record import Record
from workbench.extraction import Study
from workbench.full_texts.words import plain_words

COMPANIONS = {
    "ErratumIn": "an erratum",
    "ErratumFor": "an erratum",
    "CorrectedandRepublishedIn": "a corrected republication",
    "CorrectedandRepublishedFrom": "a corrected republication",
    "RepublishedIn": "a republication",
    "RepublishedFrom": "a republication",
    "RetractedandRepublishedIn": "a republication",
    "RetractedandRepublishedFrom": "a republication",
    "RetractionIn": "a retraction",
    "RetractionOf": "a retraction",
    "UpdateIn": "an update",
    "UpdateOf": "an update",
    "OriginalReportIn": "the original report",
    "PartialRetractionIn": "a retraction of parts",
    "PartialRetractionOf": "a retraction of parts",
    "ExpressionOfConcernIn": "an expression of concern",
    "ExpressionOfConcernFor": "an expression of concern",
}
"""PubMed's types of links between reports of one study; comments and the like are of others."""
YEARS_APART = 6
LIKE = 60  # of 100: below, two titles have little in common
WORTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A study that a report may tell of."""

    study: str
    score: int  # 0 to 100
    reasons: tuple[str, ...]


def propose_studies(
    report: Sequence[Record], studies: Iterable[tuple[Study, Sequence[Record]]], *, most: int = 5
) -> tuple[Proposal, ...]:
    """The studies that a report may tell of, the likeliest first.

    report: its records. studies: each with the records of its reports.
    """
    found = []
    for study, records in studies:
        reasons = _reasons(report, records)
        if reasons and reasons[0][0] >= WORTH:
            score = min(100, reasons[0][0] + 2 * (len(reasons) - 1))
            found.append(Proposal(study=study.id, score=score, reasons=tuple(why for _, why in reasons)))
    return tuple(sorted(found, key=lambda each: -each.score)[:most])


def _reasons(ours: Sequence[Record], theirs: Sequence[Record]) -> list[tuple[int, str]]:
    reasons: list[tuple[int, str]] = []
    shared = _registrations(ours) & _registrations(theirs)
    if shared:
        reasons.append((95, f"both name the registration {', '.join(sorted(shared))}"))
    kinds = {*_links(ours, theirs), *_links(theirs, ours)}
    if kinds:
        reasons.append((92, f"PubMed links the two: {', '.join(sorted(kinds))}"))
    alike = [_alike(one, other) for one in ours for other in theirs]
    if alike:
        likest: list[tuple[int, str]] = max(alike, key=_weight)
        reasons += likest
    return sorted(reasons, key=lambda reason: -reason[0])


def _weight(reasons: list[tuple[int, str]]) -> int:
    return reasons[0][0] if reasons else 0


def _registrations(records: Sequence[Record]) -> set[str]:
    return {number.upper() for record in records for number in record.registry_ids}


def _links(ours: Sequence[Record], theirs: Sequence[Record]) -> set[str]:
    """What kind of link leads from one of our records to one of theirs."""
    pmids = {record.pmid for record in theirs if record.pmid}
    dois = [record.doi for record in theirs if record.doi]
    return {
        COMPANIONS[link.type]
        for record in ours
        for link in record.links
        if link.type in COMPANIONS
        and (link.pmid in pmids or (not link.pmid and any(_names(link.citation, doi) for doi in dois)))
    }


def _names(citation: str, doi: str) -> bool:
    return re.search(re.escape(doi) + r"(?![\w/-])", citation, re.IGNORECASE) is not None


def _alike(one: Record, other: Record) -> list[tuple[int, str]]:
    """People, year and title taken together: none of them says much alone."""
    ours, theirs = _people(one), _people(other)
    shared = ours & theirs
    apart = abs(one.year - other.year) if one.year and other.year else None
    if not shared or (apart is not None and apart > YEARS_APART):
        return []
    likeness = fuzz.token_set_ratio(plain_words(one.title), plain_words(other.title))
    first = bool(one.authors and other.authors and _person(one.authors[0]) == _person(other.authors[0]))
    share = len(shared) / min(len(ours), len(theirs))
    if likeness < LIKE and share < 0.5:
        return []
    score = 30 * share + (10 if first else 0) + 0.4 * likeness + (5 if apart is not None and apart <= 2 else 0)
    people = f"{len(shared)} author{'s' if len(shared) > 1 else ''} in common" + (
        ", the first one too" if first else ""
    )
    years = (
        "" if apart is None else ", the same year" if apart == 0 else f", {apart} year{'s' if apart > 1 else ''} apart"
    )
    return [(round(score), f"{people}{years}, titles {likeness:.0f} % alike")]


def _people(record: Record) -> set[str]:
    return {person for author in record.authors if (person := _person(author))}


def _person(author: str) -> str:
    """Family name and first initial, as most sources agree on them."""
    words = plain_words(author).split()
    if len(words) < 2:
        return words[0] if words else ""
    return f"{' '.join(words[:-1])} {words[-1][0]}" if len(words) == 2 else f"{words[0]} {words[1][0]}"
