"""What two records have in common, attribute by attribute."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz

from ingest.duplicates.agreement import NO, UNKNOWN, YES, Agreement, Titles
from ingest.duplicates.journals import compare_journals
from ingest.duplicates.names import compare_lists, compare_names
from ingest.duplicates.pages import compare_ends, compare_pages
from ingest.duplicates.sketch import Sketch
from ingest.duplicates.titles import compare_titles


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two records have in common."""

    titles: Titles
    long_title: bool  # five words or more: "Editorial" or "Reply" says little
    supplement: bool  # one is in a supplement (of meeting abstracts, perhaps), and the other does not say so
    abstract_mark: bool  # one title says that it is a meeting's abstract, and the other does not
    numbers: bool  # the same figures, parts, phases in both titles
    kind: bool  # both articles, or both errata, replies, ...
    linked: bool  # one says that it comments on, corrects or updates the other
    pmid: Agreement
    doi: Agreement
    first_author: Agreement
    authors: Agreement  # most of the shorter list is in the longer
    year: Agreement
    years_apart: int
    journal: Agreement
    volume: Agreement
    issue: Agreement
    page: Agreement
    last_page: Agreement
    abstract: Agreement

    @property
    def place(self) -> Agreement:
        """Where it was published: YES where two marks of place agree and none contradicts."""
        marks = (self.journal, self.volume, self.page)
        if marks.count(YES) >= 2 and NO not in (self.volume, self.page):
            return YES
        if self.page is YES and self.journal is YES:
            return YES  # a volume given as "65 Suppl. 2" here and "2" there
        if marks.count(NO) >= 2 or (self.page is NO and self.journal is not YES):
            return NO
        return UNKNOWN

    @property
    def maybe_update(self) -> bool:
        """Another year, and no volume that says it is one printing: updates of reviews keep their title and number."""
        return self.years_apart > 0 and self.volume is not YES


def compare(a: Sketch, b: Sketch) -> Comparison:
    """Set out what two records have in common."""
    titles = compare_titles(a, b)
    apart = abs(a.year - b.year) if a.year is not None and b.year is not None else 0
    return Comparison(
        titles=titles,
        long_title=min(a.title.count(" "), b.title.count(" ")) >= 4,
        supplement=a.supplement != b.supplement,
        abstract_mark=a.abstract_mark != b.abstract_mark,
        numbers=a.numbers == b.numbers,
        kind=a.kind == b.kind,
        linked=(a.pmid in b.linked_pmids or b.pmid in a.linked_pmids) and a.pmid != b.pmid,
        pmid=_equal(a.pmid, b.pmid),
        doi=_equal(a.doi, b.doi),
        first_author=compare_names(a.first_author, b.first_author),
        authors=compare_lists(a.authors, b.authors),
        year=UNKNOWN if a.year is None or b.year is None else (YES if apart <= 1 else NO),
        years_apart=apart,
        journal=compare_journals(a.journal, b.journal),
        volume=_equal(a.volume, b.volume),
        issue=_equal(a.issue, b.issue),
        page=compare_pages(a.pages, b.pages),
        last_page=compare_ends(a.pages.last, b.pages.last),
        abstract=_compare_abstracts(a.abstract, b.abstract),
    )


def _equal(a: str | None, b: str | None) -> Agreement:
    if not a or not b:
        return UNKNOWN
    return YES if a == b else NO


def _compare_abstracts(a: str, b: str) -> Agreement:
    if len(a) < 100 or len(b) < 100:
        return UNKNOWN
    return YES if fuzz.ratio(a, b) >= 90 else NO
