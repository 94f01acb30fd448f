"""The rules that judge a pair: the first that applies gives the verdict and its name.

Why each is as it is, with measured figures: docs/duplicates-rules.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ingest.duplicates.agreement import DIFFERENT, NO, SAME, UNKNOWN, UNSURE, YES, Titles, Verdict
from ingest.duplicates.comparison import Comparison, compare
from ingest.duplicates.sketch import sketch
from ingest.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The first rule that applies decides."""

    name: str  # as a reviewer reads it
    verdict: Verdict
    applies: Callable[[Comparison], bool]


_GOOD = (Titles.EQUAL, Titles.NEAR)
_FAIR = (*_GOOD, Titles.PART, Titles.CLOSE)


def _same_pmid(c: Comparison) -> bool:
    if not (c.pmid is YES and c.numbers) or (c.year is NO and c.page is NO):
        return False
    return c.titles in _FAIR or (c.titles is Titles.ALIKE and _same_paper(c))


def _same_paper(c: Comparison) -> bool:
    """People and place agree in full, and the place is no supplement, where one page may hold many abstracts."""
    return c.same_people and c.place is YES and c.one_printing and not c.in_supplement and not c.abstract_mark


def _same_doi(c: Comparison) -> bool:
    """A DOI is trusted where the titles agree; of meeting abstracts, many may bear one, with titles that are alike."""
    if not (c.doi is YES and c.pmid is not NO and c.numbers and not c.abstract_mark) or c.titles is Titles.OTHER:
        return False
    if c.titles is Titles.ALIKE:
        return _same_paper(c)
    if c.titles is Titles.CLOSE:
        return c.place is YES and c.page is YES and not c.in_supplement and c.people
    if c.titles is Titles.PART:
        return c.place is not NO and c.page is not NO and c.first_author is YES and c.year is not NO
    return _printing_agrees(c) and (c.place is YES or (c.people and _not_elsewhere(c)))


def _printing_agrees(c: Comparison) -> bool:
    """The years: ahead of print and in print, but not an update of a review."""
    if c.review_number:
        return c.years_apart == 0
    return c.year is not NO or c.one_printing


def _not_elsewhere(c: Comparison) -> bool:
    if c.page is YES or (c.page is UNKNOWN and c.place is UNKNOWN):
        return True
    if c.place is UNKNOWN and c.titles is Titles.EQUAL:
        return (c.same_people or not c.in_supplement) and (not (c.supplement and c.page is NO) or c.abstract is YES)
    return False


def _same_range(c: Comparison) -> bool:
    """One paper fills a range of pages. Its title may be misspelt, cut short, corrected or translated otherwise."""
    if not (c.same_range and c.numbers and c.pmid is not NO and not c.abstract_mark):
        return False
    if c.doi is NO:  # one of the two is wrong
        return c.titles in _GOOD and c.same_people and c.journal is YES and not c.in_supplement
    if c.titles in _FAIR:
        return c.people and (c.journal is not NO or c.same_people)
    return (
        c.translated
        and c.shared_words >= 0.4
        and c.journal is not NO
        and (c.same_people or (c.first_author is UNKNOWN and c.journal is YES))
    )


def _same_page(c: Comparison) -> bool:
    return (
        c.titles in _GOOD
        and c.place is YES
        and c.page is YES
        and _printing_agrees(c)
        and c.people
        and c.doi is not NO
        and (c.long_title or c.first_author is YES)
        and not c.maybe_update
        and not (c.review_number and NO in (c.issue, c.volume))
    )


def _same_review(c: Comparison) -> bool:
    """A Cochrane review keeps its number; of one year, there is one version unless issues say otherwise."""
    return (
        c.review_number
        and c.page is YES
        and c.titles in _FAIR
        and c.numbers
        and c.same_people
        and c.year is YES
        and c.years_apart == 0
        and NO not in (c.volume, c.issue, c.doi, c.abstract)
    )


def _same_volume(c: Comparison) -> bool:
    """The pages can not be compared: one does not say, or counts otherwise."""
    if not (c.titles in _GOOD and c.place is YES and c.year is not NO and NO not in (c.doi, c.first_author)):
        return False
    if c.maybe_update:
        return False
    if c.abstract_mark:  # an abstract and its paper are rarely in one volume, and a paper has pages
        return (
            c.unmarked_without_page
            and c.titles is Titles.EQUAL
            and c.long_title
            and c.same_people
            and c.volume is YES
            and c.years_apart == 0
            and c.abstract is not NO
        )
    if c.abstract is NO or _apart(c):
        return False
    if c.abstract is YES:
        return True
    return c.long_title and c.first_author is YES and (c.last_page is YES or (not c.supplement and c.issue is not NO))


def _apart(c: Comparison) -> bool:
    """The one in a supplement, the other not, on pages that do not agree: a meeting's abstract and the paper."""
    return c.supplement and c.pages_given and c.page is not YES


def _part_of_title(c: Comparison) -> bool:
    return (
        c.titles is Titles.PART
        and c.volume is YES
        and c.page is YES
        and c.last_page is YES
        and c.years_apart == 0
        and c.first_author is YES
        and c.year is YES
        and NO not in (c.doi, c.abstract)
        and not c.abstract_mark
    )


def _same_chapter(c: Comparison) -> bool:
    """A range of pages without volume or journal: a book's chapter, or a paper in proceedings."""
    return (
        c.titles in _GOOD
        and c.long_title
        and c.range
        and c.same_people
        and c.years_apart == 0
        and c.year is YES
        and not c.abstract_mark
        and NO not in (c.journal, c.volume, c.doi, c.abstract)
    )


def _same_journal(c: Comparison) -> bool:
    """No volume or page to compare: not printed yet, or not said."""
    return (
        c.titles is Titles.EQUAL
        and c.long_title
        and c.first_author is YES
        and c.authors is not NO
        and c.years_apart == 0
        and c.year is YES
        and c.journal is YES
        and not c.abstract_mark
        and NO not in (c.volume, c.issue, c.page, c.doi, c.abstract)
        and not c.supplement
    )


def _same_abstract(c: Comparison) -> bool:
    if not (c.long_title and c.abstract is YES and c.numbers and not c.abstract_mark):
        return False
    if NO in (c.journal, c.volume, c.page, c.doi) or _apart(c):
        return False
    if c.titles is Titles.PART:
        return c.same_people and c.journal is YES and c.years_apart == 0 and c.year is YES
    return c.titles in _GOOD and c.first_author is YES and c.year is YES and not c.maybe_update


def _same_title_and_place(c: Comparison) -> bool:
    return c.titles in (*_GOOD, Titles.PART) and c.place is YES


def _but(what: str, differs: Callable[[Comparison], bool]) -> Rule:
    return Rule(
        name=f"same title and place, but {what}",
        verdict=UNSURE,
        applies=lambda c: _same_title_and_place(c) and differs(c),
    )


RULES: tuple[Rule, ...] = (
    Rule(name="one is linked to the other as another publication", verdict=DIFFERENT, applies=lambda c: c.linked),
    Rule(
        name="same identifier, but one is a correction, notice, comment, reply or protocol",
        verdict=UNSURE,
        applies=lambda c: not c.kind and YES in (c.doi, c.pmid),
    ),
    Rule(
        name="an article and its correction, notice, comment, reply or protocol",
        verdict=DIFFERENT,
        applies=lambda c: not c.kind,
    ),
    Rule(name="same PMID and title", verdict=SAME, applies=_same_pmid),
    Rule(name="same DOI and title", verdict=SAME, applies=_same_doi),
    Rule(name="same people on the same pages of the same volume", verdict=SAME, applies=_same_range),
    Rule(
        name="same PMID, but the titles differ",
        verdict=UNSURE,
        applies=lambda c: c.pmid is YES and not (c.numbers and c.titles in _FAIR),
    ),
    Rule(name="same PMID, but other details differ", verdict=UNSURE, applies=lambda c: c.pmid is YES),
    Rule(
        name="same DOI, but the titles differ",
        verdict=UNSURE,
        applies=lambda c: c.doi is YES and not (c.numbers and c.titles in (*_GOOD, Titles.PART)),
    ),
    Rule(name="same DOI, but other details differ", verdict=UNSURE, applies=lambda c: c.doi is YES),
    Rule(
        name="different titles by the same people on the same pages of the same journal",
        verdict=UNSURE,
        applies=lambda c: (
            c.titles is Titles.OTHER
            and c.volume is YES
            and c.page is YES
            and c.last_page is YES
            and c.years_apart == 0
            and c.first_author is YES
            and c.pmid is not NO
        ),
    ),
    Rule(name="the titles differ", verdict=DIFFERENT, applies=lambda c: c.titles is Titles.OTHER),
    Rule(
        name="titles that differ in a number, in the same place",
        verdict=UNSURE,
        applies=lambda c: not c.numbers and c.place is YES and c.page is YES and c.people and c.pmid is not NO,
    ),
    Rule(name="titles that differ in a number, part or phase", verdict=DIFFERENT, applies=lambda c: not c.numbers),
    Rule(
        name="everything agrees but the PMID",
        verdict=UNSURE,
        applies=lambda c: c.pmid is NO and c.titles in _GOOD and c.place is YES and c.people,
    ),
    Rule(name="different PMIDs", verdict=DIFFERENT, applies=lambda c: c.pmid is NO),
    Rule(name="same title, people, journal, volume and page", verdict=SAME, applies=_same_page),
    Rule(name="same review number, people and year", verdict=SAME, applies=_same_review),
    Rule(
        name="same title, people, journal and volume; the pages can not be compared",
        verdict=SAME,
        applies=_same_volume,
    ),
    Rule(name="one title is part of the other; same people and pages", verdict=SAME, applies=_part_of_title),
    Rule(name="same title, people, year and pages", verdict=SAME, applies=_same_chapter),
    Rule(
        name="same title, people, year and journal, with no volume or page to compare",
        verdict=SAME,
        applies=_same_journal,
    ),
    Rule(name="same title, people and abstract", verdict=SAME, applies=_same_abstract),
    _but("the years differ", lambda c: c.year is NO or c.maybe_update),
    _but("one is a meeting's abstract or in a supplement", lambda c: c.abstract_mark or c.supplement),
    _but("the DOIs differ", lambda c: c.doi is NO),
    _but("the first authors differ", lambda c: c.first_author is NO),
    _but("the issues differ", lambda c: c.issue is NO),
    _but("the abstracts differ", lambda c: c.abstract is NO),
    _but("other details differ", lambda _: True),
    Rule(
        name="similar title in the same place",
        verdict=UNSURE,
        applies=lambda c: c.titles in (Titles.CLOSE, Titles.ALIKE) and c.place is YES and c.page is YES and c.people,
    ),
    Rule(
        name="similar titles of different papers",
        verdict=DIFFERENT,
        applies=lambda c: c.titles in (Titles.CLOSE, Titles.ALIKE),
    ),
    Rule(name="same title in another journal, volume or page", verdict=DIFFERENT, applies=lambda c: c.place is NO),
    Rule(name="same title, but different people", verdict=DIFFERENT, applies=lambda c: not c.people),
    Rule(
        name="same title, but different DOIs and no names to compare",
        verdict=DIFFERENT,
        applies=lambda c: c.doi is NO and c.first_author is UNKNOWN and c.authors is UNKNOWN,
    ),
    Rule(
        name="same title and people, too little else to compare",
        verdict=UNSURE,
        applies=lambda c: (
            c.year is not NO
            and (c.long_title or (c.journal is YES and c.first_author is YES and NO not in (c.volume, c.page)))
        ),
    ),
    Rule(name="little but the title in common", verdict=DIFFERENT, applies=lambda _: True),
)


def judge(a: Record, b: Record) -> tuple[Verdict, str]:
    """Whether two records describe the same report, and the name of the rule that says so."""
    rule = rule_for(compare(sketch(a), sketch(b)))
    return rule.verdict, rule.name


def rule_for(comparison: Comparison) -> Rule:
    """The first rule that applies; the last always does."""
    return next(rule for rule in RULES if rule.applies(comparison))
