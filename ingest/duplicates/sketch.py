"""What of a record is compared, in comparable form."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.duplicates.journals import journal_names
from ingest.duplicates.kinds import form_of, kind_of, plain_title, translated
from ingest.duplicates.names import MAX_AUTHORS, names_of, nobody
from ingest.duplicates.pages import Pages, first_number, in_supplement, pages_of
from ingest.duplicates.words import DIGITS, with_digits, words
from ingest.record import Record

MAX_TITLE = 1000  # characters that are compared; no title of a report is as long
MAX_ABSTRACT = 1000  # letters that are compared


@dataclass(frozen=True, slots=True)
class Sketch:
    """What of a record is compared, in comparable form."""

    kind: str
    abstract_mark: bool  # the title says that it is a meeting's abstract
    form: str  # a meeting's abstract or a preprint, by its publication type
    title: str  # words of letters and digits, separated by one blank
    numbers: str  # the digits of the title
    translated: bool
    pmid: str | None
    doi: str | None
    linked_pmids: frozenset[str]
    first_author: frozenset[str]  # the parts of the name
    authors: frozenset[str]  # the parts of all names
    year: int | None
    journal: tuple[str, ...]  # its names, in words
    volume: str
    issue: str
    pages: Pages
    supplement: bool
    abstract: str  # its beginning, letters and digits only


def sketch(record: Record) -> Sketch:
    """Read a record once, so that it can be compared many times."""
    printed, abstract_mark = plain_title(record.title[:MAX_TITLE])
    title = with_digits(words(printed))
    volume = first_number(record.volume)
    return Sketch(
        kind=kind_of(record, title),
        abstract_mark=abstract_mark,
        form=form_of(record),
        title=title,
        numbers="".join(DIGITS.findall(title)),
        translated=translated(record.title[:MAX_TITLE]),
        pmid=record.pmid,
        doi=record.doi,
        linked_pmids=frozenset(link.pmid for link in record.links if link.pmid and link.type != "Cites"),
        first_author=frozenset()
        if nobody(record.authors)
        else frozenset(names_of(record.authors[:1], first_only=True)),
        authors=frozenset(names_of(record.authors[:MAX_AUTHORS], first_only=False)),
        year=record.year,
        journal=journal_names(record.journal),
        volume=volume,
        issue=first_number(record.issue),
        pages=pages_of(record.pages),
        supplement=in_supplement(record.volume, record.issue, record.pages),
        abstract=words(record.abstract[: MAX_ABSTRACT * 2]).replace(" ", "")[:MAX_ABSTRACT],
    )
