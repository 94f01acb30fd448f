"""What a person is shown about a pair: what agrees, what differs, and which rule decided."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.duplicates.agreement import NO, UNKNOWN, YES, Agreement, Titles, Verdict
from ingest.duplicates.comparison import compare
from ingest.duplicates.rules import rule_for
from ingest.duplicates.sketch import sketch
from ingest.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One pair of records, attribute by attribute."""

    verdict: Verdict
    rule: str  # the name of the rule that decided
    # (attribute, "agree" | "differ" | "not given", as the left record has it, as the right has it), in reading order.
    # "agree" allows for spelling ("Eur J Pain", "European Journal of Pain"); "not given": at least one does not say.
    agreements: tuple[tuple[str, str, str, str], ...]


def explain(a: Record, b: Record) -> Explanation:
    """Set two records side by side as the rules see them; symmetric but for left and right.

    The rules see the pair alone here. `find_duplicates` also knows the other records, and so may leave a pair as
    unsure that alone would be the same.
    """
    left, right = sketch(a), sketch(b)
    found = compare(left, right)
    rule = rule_for(found)
    title = YES if found.titles in (Titles.EQUAL, Titles.NEAR) else NO
    if not (a.title.strip() and b.title.strip()):
        title = UNKNOWN
    rows: tuple[tuple[str, Agreement, str, str], ...] = (
        ("title", title, a.title, b.title),
        ("kind of report", YES if found.kind else NO, left.kind, right.kind),
        ("first author", found.first_author, "; ".join(a.authors[:1]), "; ".join(b.authors[:1])),
        ("authors", found.authors, "; ".join(a.authors), "; ".join(b.authors)),
        ("year", found.year, _shown(a.year), _shown(b.year)),
        ("journal", found.journal, a.journal, b.journal),
        ("volume", found.volume, a.volume, b.volume),
        ("issue", found.issue, a.issue, b.issue),
        ("pages", found.page, a.pages, b.pages),
        ("DOI", found.doi, a.doi or "", b.doi or ""),
        ("PMID", found.pmid, a.pmid or "", b.pmid or ""),
        ("abstract", found.abstract, a.abstract, b.abstract),
    )
    return Explanation(
        verdict=rule.verdict,
        rule=rule.name,
        agreements=tuple((name, _word(how, ours, theirs), ours, theirs) for name, how, ours, theirs in rows),
    )


def _shown(year: int | None) -> str:
    return "" if year is None else str(year)


def _word(how: Agreement, ours: str, theirs: str) -> str:
    if how is UNKNOWN and ours.strip() and theirs.strip():  # too short or too odd to compare by rule
        return "agree" if ours.strip() == theirs.strip() else "differ"
    return {YES: "agree", NO: "differ", UNKNOWN: "not given"}[how]
