"""The numbers of a PRISMA 2020 flow diagram, counted from what stands and never typed in.

Records are counted up to screening, reports from there on, studies at the end. What nobody has decided yet is counted
as undecided and makes the diagram "in progress": it is never fudged into a box. Key names follow the PRISMA2020
package's table (github prisma-flowdiagram/PRISMA2020, 620aaf9); Page et al. 2021, BMJ 372:n71.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from workbench.extraction import Study
from workbench.screening import State

Kind = Literal["database", "register", "website", "organisation", "citations", "other"]
NOT_RETRIEVED = "not_retrieved"
"""The exclusion reason that means: the full text could not be had."""
NO_REASON = ""
"""Stands among the reasons for exclusions to which nobody gave one."""
_OTHER: frozenset[Kind] = frozenset({"website", "organisation", "citations", "other"})


class PrismaError(ValueError):
    """The counts do not add up; the message names the identity that fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFact:
    """What stands for one report."""

    key: str
    records: tuple[str, ...]  # keys of all its records; the key itself among them
    sources: tuple[str, ...]  # the source of each record
    title_abstract: State
    full_text: State = State.PENDING
    full_text_reason: str | None = None  # key of the review's exclusion reason
    removed: Literal["", "automatic", "other"] = ""  # taken out before screening: by a machine, or for another reason
    not_screened: bool = False  # nobody read it, and somebody signed that nobody is going to
    not_retrieved: bool = False  # its full text was sought and could not be had
    found_for: frozenset[str] = frozenset()  # indications whose strategies found any of its records
    tagged: tuple[str, ...] = ()  # indications it belongs to by the decisions of its latest stage; (): nobody said
    first_seen: tuple[datetime, ...] = ()  # when each record came into the review, as in `records`


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One column of identification, from records to included reports."""

    results: Mapping[str, int]  # records identified, by source
    duplicates: int
    excluded_automatic: int
    excluded_other: int
    screened: int
    excluded: int
    undecided: int  # screening: votes are missing, or in conflict
    sought: int
    not_retrieved: int
    undecided_full_text: int
    assessed: int
    excluded_reports: Mapping[str, int]  # by reason, the review's order; NO_REASON last
    included: int

    @property
    def identified(self) -> int:
        """All records of this column."""
        return sum(self.results.values())

    def __post_init__(self) -> None:
        removed = self.duplicates + self.excluded_automatic + self.excluded_other
        identities = {
            "screened = identified - removed": self.screened == self.identified - removed,
            "sought = screened - excluded - undecided": self.sought == self.screened - self.excluded - self.undecided,
            "assessed = sought - not retrieved - undecided": self.assessed
            == self.sought - self.not_retrieved - self.undecided_full_text,
            "included = assessed - excluded": self.included == self.assessed - sum(self.excluded_reports.values()),
        }
        broken = [name for name, holds in identities.items() if not holds]
        if broken:
            raise PrismaError(f"the flow does not add up: {'; '.join(broken)} ({self})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prisma:
    """The whole diagram: databases and registers, other methods, earlier versions of the review, and totals."""

    databases: Flow
    registers: frozenset[str]  # those of `databases.results` that are registers
    other: Flow
    kinds: Mapping[str, Kind]  # of the sources of `other`
    previous_studies: int
    previous_reports: int
    new_studies: int
    new_reports: int
    reports_without_study: int  # included, but no study names them yet
    conflicts: int  # among the undecided, at either stage
    studies_in_synthesis: int | None = None

    def __post_init__(self) -> None:
        if self.new_reports != self.databases.included + self.other.included:
            raise PrismaError("the flow does not add up: new reports = included by databases + by other methods")

    @property
    def total_studies(self) -> int:
        """Studies of earlier versions and new ones."""
        return self.previous_studies + self.new_studies

    @property
    def total_reports(self) -> int:
        """Reports of earlier versions and new ones."""
        return self.previous_reports + self.new_reports

    @property
    def undecided(self) -> int:
        """Records and reports on which the review has yet to decide."""
        flows = (self.databases, self.other)
        return sum(flow.undecided + flow.undecided_full_text for flow in flows)

    @property
    def in_progress(self) -> bool:
        """Whether the diagram may still change without a new search."""
        return self.undecided > 0 or self.reports_without_study > 0

    def as_dict(self) -> dict[str, Any]:
        """The counts under the names of the PRISMA2020 package's table, and what is still open."""
        main, other = self.databases, self.other
        registers = {name: n for name, n in main.results.items() if name in self.registers}
        databases = {name: n for name, n in main.results.items() if name not in self.registers}
        by_kind: Counter[Kind] = Counter()
        for name, n in other.results.items():
            by_kind[self.kinds[name]] += n
        return {
            "status": "in progress" if self.in_progress else "complete",
            "undecided": self.undecided,
            "undecided_screening": main.undecided + other.undecided,
            "undecided_full_text": main.undecided_full_text + other.undecided_full_text,
            "conflicts": self.conflicts,
            "reports_without_study": self.reports_without_study,
            "previous_studies": self.previous_studies,
            "previous_reports": self.previous_reports,
            "database_results": sum(databases.values()),
            "database_specific_results": databases,
            "register_results": sum(registers.values()),
            "register_specific_results": registers,
            "website_results": by_kind["website"],
            "organisation_results": by_kind["organisation"],
            "citations_results": by_kind["citations"],
            "other_results": by_kind["other"],  # ours: a list or a file of which nobody said more
            "duplicates": main.duplicates,
            "excluded_automatic": main.excluded_automatic,
            "excluded_other": main.excluded_other,
            "records_screened": main.screened,
            "records_excluded": main.excluded,
            "dbr_sought_reports": main.sought,
            "dbr_notretrieved_reports": main.not_retrieved,
            "dbr_assessed": main.assessed,
            "dbr_excluded": dict(main.excluded_reports),
            "other_sought_reports": other.sought,
            "other_notretrieved_reports": other.not_retrieved,
            "other_assessed": other.assessed,
            "other_excluded": dict(other.excluded_reports),
            "new_studies": self.new_studies,
            "new_reports": self.new_reports,
            "total_studies": self.total_studies,
            "total_reports": self.total_reports,
            "total_studies_ma": self.studies_in_synthesis,
        }


def count(
    reports: Iterable[ReportFact],
    studies: Iterable[Study] = (),
    *,
    kinds: Mapping[str, Kind] | None = None,
    reason_order: Sequence[str] = (),
    not_retrieved: Collection[str] = (NOT_RETRIEVED,),
    previous_studies: int = 0,
    previous_reports: int = 0,
    studies_in_synthesis: int | None = None,
) -> Prisma:
    """Count the flow.

    kinds: what each source is; a source that is not named counts as a database. A report with a record from a database
    or register flows through that column, whatever else found it; its records count where they were identified.
    not_retrieved: the exclusion reasons that mean the full text could not be had.
    """
    facts = list(reports)
    kind_of = {source: (kinds or {}).get(source, "database") for fact in facts for source in fact.sources}
    is_other = {source: kind in _OTHER for source, kind in kind_of.items()}
    by_route: dict[bool, list[ReportFact]] = {False: [], True: []}
    records: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
    for fact in facts:
        by_route[all(is_other[source] for source in fact.sources)].append(fact)
        for source in fact.sources:
            records[is_other[source]][source] += 1
    databases, other = (
        _flow(by_route[route], records[route], reason_order=reason_order, not_retrieved=not_retrieved)
        for route in (False, True)
    )
    included = {key for fact in facts if _included(fact) for key in fact.records}
    new = [study for study in studies if included & set(study.reports)]
    named = {key for study in new for key in study.reports}
    return Prisma(
        databases=databases,
        registers=frozenset(source for source, kind in kind_of.items() if kind == "register"),
        other=other,
        kinds={source: kind for source, kind in kind_of.items() if kind in _OTHER},
        previous_studies=previous_studies,
        previous_reports=previous_reports,
        new_studies=len(new),
        new_reports=databases.included + other.included,
        reports_without_study=sum(_included(fact) and not named & set(fact.records) for fact in facts),
        conflicts=sum(_conflict(fact) for fact in facts),
        studies_in_synthesis=studies_in_synthesis,
    )


def _flow(
    reports: Sequence[ReportFact],
    records: Mapping[str, int],
    *,
    reason_order: Sequence[str],
    not_retrieved: Collection[str],
) -> Flow:
    removed = Counter(fact.removed for fact in reports)
    screened = [fact for fact in reports if not fact.removed]
    states = Counter(fact.title_abstract for fact in screened)
    sought = [fact for fact in screened if fact.title_abstract is State.INCLUDED]
    full_texts = Counter(fact.full_text for fact in sought)
    reasons = Counter(fact.full_text_reason or NO_REASON for fact in sought if fact.full_text is State.EXCLUDED)
    missing = sum(n for reason, n in reasons.items() if reason in not_retrieved)
    undecided = full_texts[State.PENDING] + full_texts[State.CONFLICT]
    order = [*reason_order, *sorted(set(reasons) - set(reason_order) - {NO_REASON}), NO_REASON]
    return Flow(
        results=dict(sorted(records.items())),
        duplicates=sum(records.values()) - len(reports),
        excluded_automatic=removed["automatic"],
        excluded_other=removed["other"],
        screened=len(screened),
        excluded=states[State.EXCLUDED],
        undecided=states[State.PENDING] + states[State.CONFLICT],
        sought=len(sought),
        not_retrieved=missing,
        undecided_full_text=undecided,
        assessed=len(sought) - missing - undecided,
        excluded_reports={
            reason: reasons[reason] for reason in order if reasons[reason] and reason not in not_retrieved
        },
        included=full_texts[State.INCLUDED],
    )


def _included(fact: ReportFact) -> bool:
    return not fact.removed and fact.title_abstract is State.INCLUDED and fact.full_text is State.INCLUDED


def _conflict(fact: ReportFact) -> bool:
    at_full_text = fact.title_abstract is State.INCLUDED and fact.full_text is State.CONFLICT
    return not fact.removed and (fact.title_abstract is State.CONFLICT or at_full_text)
