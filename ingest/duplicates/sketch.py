"""What of a record is compared, in comparable form."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.duplicates.journals import journal_names
from ingest.duplicates.kinds import ABSTRACT_MARK, MARKUP, PREFIX, REMARK, kind_of
from ingest.duplicates.names import MAX_AUTHORS, names_of, nobody
from ingest.duplicates.pages import Pages, first_number, in_supplement, pages_of
from ingest.duplicates.words import DIGITS, with_digits, words
from ingest.record import Record

MAX_TITLE = 1000  # characters that are compared; no title of a report is as long


@dataclass(frozen=True, slots=True)
class Sketch:
    """What of a record is compared, in comparable form."""

    kind: str
    abstract_mark: bool
    title: str  # words of letters and digits, separated by one blank
    title_key: str  # the same without blanks
    numbers: str
    pmid: str | None
    doi: str | None
    linked_pmids: frozenset[str]
    first_author: frozenset[str]
    authors: frozenset[str]
    year: int | None
    journal: tuple[str, ...]  # its names, in words
    volume: str
    issue: str
    pages: Pages
    supplement: bool
    abstract: str  # its beginning, without blanks


def sketch(record: Record) -> Sketch:
    """Read a record once, so that it can be compared many times."""
    printed = MARKUP.sub("", record.title[:MAX_TITLE]).replace("^", "").replace("_", "")
    printed = PREFIX.sub("", printed)
    unmarked = ABSTRACT_MARK.sub("", printed)
    abstract_mark, printed = unmarked != printed, unmarked
    while (shorter := REMARK.sub("", printed)) != printed and shorter.strip():
        printed = shorter
    title = with_digits(words(printed))
    return Sketch(
        kind=kind_of(record, title),
        abstract_mark=abstract_mark,
        title=title,
        title_key=title.replace(" ", ""),
        numbers="".join(DIGITS.findall(title)),
        pmid=record.pmid,
        doi=record.doi,
        linked_pmids=frozenset(link.pmid for link in record.links if link.pmid and link.type != "Cites"),
        first_author=frozenset()
        if nobody(record.authors)
        else frozenset(names_of(record.authors[:1], first_only=True)),
        authors=frozenset(names_of(record.authors[:MAX_AUTHORS], first_only=False)),
        year=record.year,
        journal=tuple(dict.fromkeys(filter(None, map(words, journal_names(record.journal[:300]))))),
        volume=first_number(record.volume),
        issue=first_number(record.issue),
        pages=pages_of(record.pages),
        supplement=in_supplement(record.volume, record.issue, record.pages),
        abstract=words(record.abstract[:700]).replace(" ", "")[:400],
    )
