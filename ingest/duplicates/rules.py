"""The rules that judge a pair: the first that applies gives the verdict and its name."""

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

RULES: tuple[Rule, ...] = (
    Rule(name="one is linked to the other as another publication", verdict=DIFFERENT, applies=lambda c: c.linked),
    Rule(
        name="same identifier, but one is a correction, notice, comment, reply or protocol",
        verdict=UNSURE,
        applies=lambda c: not c.kind and YES in (c.doi, c.pmid),
    ),
    Rule(name="an article and its correction, notice, comment, reply or protocol", verdict=DIFFERENT,
         applies=lambda c: not c.kind),
    Rule(
        name="same PMID, but the titles differ",
        verdict=UNSURE,
        applies=lambda c: c.pmid is YES and (c.titles not in (*_GOOD, Titles.PART) or not c.numbers),
    ),
    Rule(name="same PMID and title", verdict=SAME, applies=lambda c: c.pmid is YES),
    Rule(
        name="same DOI, but the titles differ",
        verdict=UNSURE,
        applies=lambda c: (
            c.doi is YES
            and not (c.numbers and (c.titles in _GOOD or (c.titles is Titles.PART and c.page is YES)))
        ),
    ),
    Rule(
        name="same DOI and title",
        verdict=SAME,
        applies=lambda c: (
            c.doi is YES and c.pmid is not NO and c.year is not NO and not c.abstract_mark and not c.maybe_update
            and (c.place is YES or (_people(c) and (c.page is YES or (c.page is UNKNOWN and c.place is UNKNOWN)
                                                    or (c.place is UNKNOWN and c.titles is Titles.EQUAL))))
        ),
    ),
    Rule(name="same DOI, but other details differ", verdict=UNSURE, applies=lambda c: c.doi is YES),
    Rule(
        name="different titles by the same people on the same pages of the same journal",
        verdict=UNSURE,
        applies=lambda c: c.titles is Titles.OTHER and _same_pages(c) and c.first_author is YES and c.pmid is not NO,
    ),
    Rule(name="the titles differ", verdict=DIFFERENT, applies=lambda c: c.titles is Titles.OTHER),
    Rule(
        name="titles that differ in a number, in the same place",
        verdict=UNSURE,
        applies=lambda c: not c.numbers and c.place is YES and c.page is YES and _people(c) and c.pmid is not NO,
    ),
    Rule(name="titles that differ in a number, part or phase", verdict=DIFFERENT, applies=lambda c: not c.numbers),
    Rule(
        name="everything agrees but the PMID",
        verdict=UNSURE,
        applies=lambda c: c.pmid is NO and c.titles in _GOOD and c.place is YES and _people(c),
    ),
    Rule(name="different PMIDs", verdict=DIFFERENT, applies=lambda c: c.pmid is NO),
    Rule(
        name="same title, people, journal, volume and page",
        verdict=SAME,
        applies=lambda c: (
            c.titles in _GOOD and c.place is YES and c.page is YES and c.year is not NO and _people(c)
            and c.doi is not NO and (c.long_title or c.first_author is YES) and not c.maybe_update
        ),
    ),
    Rule(
        name="same title, people, journal and volume; the pages can not be compared",
        verdict=SAME,
        applies=lambda c: (
            c.titles in _GOOD and c.place is YES and c.year is not NO and not c.abstract_mark
            and NO not in (c.doi, c.abstract, c.first_author)
            and (c.abstract is YES or (c.long_title and c.first_author is YES
                     and (c.last_page is YES or (not c.supplement and c.issue is not NO))))
        ),
    ),
    Rule(
        name="one title is part of the other; same people and pages",
        verdict=SAME,
        applies=lambda c: (
            c.titles is Titles.PART and _same_pages(c) and c.first_author is YES and c.year is YES
            and NO not in (c.doi, c.abstract) and not c.abstract_mark
        ),
    ),
    Rule(
        name="same title, people, year and journal, with no volume or page to compare",
        verdict=SAME,
        applies=lambda c: (
            c.titles is Titles.EQUAL and c.long_title and c.first_author is YES and c.years_apart == 0
            and c.year is YES and c.journal is YES and not c.abstract_mark
            and NO not in (c.volume, c.issue, c.page, c.doi, c.abstract) and not c.supplement
        ),
    ),
    Rule(
        name="same title, people and abstract",
        verdict=SAME,
        applies=lambda c: (
            c.titles in _GOOD and c.long_title and c.abstract is YES and c.first_author is YES and c.year is YES
            and not c.maybe_update and NO not in (c.journal, c.volume, c.page, c.doi) and not c.abstract_mark
        ),
    ),
    Rule(
        name="same title and place, but other details differ",
        verdict=UNSURE,
        applies=lambda c: c.titles in (*_GOOD, Titles.PART) and c.place is YES,
    ),
    Rule(
        name="similar title in the same place",
        verdict=UNSURE,
        applies=lambda c: c.titles is Titles.ALIKE and c.place is YES and c.page is YES and _people(c),
    ),
    Rule(name="similar titles of different papers", verdict=DIFFERENT,
         applies=lambda c: c.titles is Titles.ALIKE),
    Rule(name="same title in another journal, volume or page", verdict=DIFFERENT, applies=lambda c: c.place is NO),
    Rule(name="same title, but different people", verdict=DIFFERENT, applies=lambda c: not _people(c)),
    Rule(
        name="same title and people, too little else to compare",
        verdict=UNSURE,
        applies=lambda c: (
            c.year is not NO
            and (c.long_title or (c.journal is YES and c.first_author is YES and NO not in (c.volume, c.page)))
        ),
    ),
    Rule(name="little but the title in common", verdict=DIFFERENT, applies=lambda _: True),
)  # fmt: skip


def _same_pages(c: Comparison) -> bool:
    """The same range of pages in the same volume: room for one paper, where a single page may hold many abstracts."""
    return c.volume is YES and c.page is YES and c.last_page is YES and c.years_apart == 0


def _people(c: Comparison) -> bool:
    """Nothing says that they are by different people."""
    return c.first_author is not NO or c.authors is YES


def judge(a: Record, b: Record) -> tuple[Verdict, str]:
    """Whether two records describe the same report, and the name of the rule that says so."""
    rule = rule_for(compare(sketch(a), sketch(b)))
    return rule.verdict, rule.name


def rule_for(comparison: Comparison) -> Rule:
    """The first rule that applies; the last always does."""
    return next(rule for rule in RULES if rule.applies(comparison))
