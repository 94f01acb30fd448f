"""What two records have in common, attribute by attribute."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz

from ingest.duplicates.agreement import NO, UNKNOWN, YES, Agreement, Titles
from ingest.duplicates.journals import compare_journals
from ingest.duplicates.names import compare_lists, compare_names, nearly_all
from ingest.duplicates.pages import Pages, compare_ends, compare_pages
from ingest.duplicates.sketch import Sketch
from ingest.duplicates.titles import compare_titles, shared_words

_LONG_TITLE = 40  # letters and blanks


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two records have in common."""

    titles: Titles
    shared_words: float  # of the shorter title's telling words, 0 to 1
    long_title: bool  # five words or many letters: "Editorial" or "Reply" says little
    translated: bool  # one title or both are translations, which differ from source to source
    supplement: bool  # one is in a supplement (of meeting abstracts, perhaps), and the other does not say so
    in_supplement: bool  # one is in a supplement, or both
    abstract_mark: bool  # one says that it is a meeting's abstract (or, by type, a preprint), and the other does not
    unmarked_without_page: bool  # and that other gives no page
    numbers: bool  # the same figures, parts, phases in both titles
    kind: bool  # both articles, or both errata, replies, ...
    linked: bool  # one says that it comments on, corrects or updates the other
    pmid: Agreement
    doi: Agreement
    first_author: Agreement
    authors: Agreement  # most of the shorter list is in the longer
    all_authors: bool  # nearly all of it is, and neither list is empty
    year: Agreement
    years_apart: int
    journal: Agreement
    volume: Agreement
    issue: Agreement
    pages_given: bool  # by both
    page: Agreement
    last_page: Agreement
    range: bool  # both give the same three pages or more, or one gives the first of them
    review_number: bool  # one has the Cochrane Library's number of a review for its page, or both
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
    def one_printing(self) -> bool:
        """The same volume and page: an article cannot have been printed there twice, whatever the years say."""
        return self.volume is YES and self.page is YES and self.last_page is not NO and not self.review_number

    @property
    def maybe_update(self) -> bool:
        """Another year, and no volume that says it is one printing: updates of reviews keep their title and number."""
        return self.years_apart > 0 and (self.volume is not YES or self.review_number)

    @property
    def people(self) -> bool:
        """Nothing says that they are by different people."""
        return self.first_author is not NO or self.authors is YES

    @property
    def same_people(self) -> bool:
        """The same first author, and nearly all others."""
        return self.first_author is YES and self.all_authors

    @property
    def same_range(self) -> bool:
        """One range of pages in one volume: room for one paper, where a single page may hold many abstracts."""
        return self.range and self.volume is YES and self.years_apart <= 1 and not self.review_number


def compare(a: Sketch, b: Sketch) -> Comparison:
    """Set out what two records have in common."""
    apart = abs(a.year - b.year) if a.year is not None and b.year is not None else 0
    page = compare_pages(a.pages, b.pages)
    doi, pmid = _equal(a.doi, b.doi), _equal(a.pmid, b.pmid)
    # A type is a weak sign, since databases differ in it: it counts where neither page nor identifier agrees.
    by_type = a.form != b.form and YES not in (page, doi, pmid)
    unmarked = b if a.abstract_mark else a
    return Comparison(
        titles=compare_titles(a.title, b.title),
        shared_words=shared_words(a.title, b.title),
        long_title=min(a.title.count(" "), b.title.count(" ")) >= 4 or min(len(a.title), len(b.title)) >= _LONG_TITLE,
        translated=a.translated or b.translated,
        supplement=a.supplement != b.supplement,
        in_supplement=a.supplement or b.supplement,
        abstract_mark=a.abstract_mark != b.abstract_mark or by_type,
        unmarked_without_page=a.abstract_mark != b.abstract_mark and not unmarked.pages.first,
        numbers=a.numbers == b.numbers,
        kind=a.kind == b.kind,
        linked=(a.pmid in b.linked_pmids or b.pmid in a.linked_pmids) and a.pmid != b.pmid,
        pmid=pmid,
        doi=doi,
        first_author=compare_names(a.first_author, b.first_author),
        authors=compare_lists(a.authors, b.authors),
        all_authors=nearly_all(a.authors, b.authors),
        year=UNKNOWN if a.year is None or b.year is None else (YES if apart <= 1 else NO),
        years_apart=apart,
        journal=compare_journals(a.journal, b.journal),
        volume=_compare_volumes(a, b),
        issue=_equal(a.issue, b.issue),
        pages_given=bool(a.pages.first and b.pages.first),
        page=page,
        last_page=compare_ends(a.pages.last, b.pages.last),
        range=page is YES and _one_range(a.pages, b.pages),
        review_number=a.pages.review_number or b.pages.review_number,
        abstract=_compare_abstracts(a.abstract, b.abstract),
    )


def _one_range(a: Pages, b: Pages) -> bool:
    if a.range and b.range:
        return a.end == b.end
    return (a.range and not b.last) or (b.range and not a.last)


def _equal(a: str | None, b: str | None) -> Agreement:
    if not a or not b:
        return UNKNOWN
    return YES if a == b else NO


def _compare_volumes(a: Sketch, b: Sketch) -> Agreement:
    """A year that stands for the volume in one source contradicts no number of the volume in another."""
    if a.volume != b.volume and str(a.year) in (a.volume, b.volume):
        return UNKNOWN
    return _equal(a.volume, b.volume)


def _compare_abstracts(a: str, b: str) -> Agreement:
    """By as much as both have: sources cut abstracts off."""
    length = min(len(a), len(b))
    if length < 100:
        return UNKNOWN
    return YES if fuzz.ratio(a[:length], b[:length], score_cutoff=90) >= 90 else NO
