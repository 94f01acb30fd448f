"""The counted flow: two columns of identification and what they come to, with the identities that must hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from workbench.prisma.facts import Kind, PrismaError


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One sum of the diagram: a count, and what it must come to: the first term with the others added or taken away."""

    name: str  # "screened = identified - removed - not screened"
    total: int
    terms: tuple[int, ...]
    minus: bool = False  # the terms after the first are taken away

    @property
    def holds(self) -> bool:
        """Whether the sum is right."""
        first, *others = self.terms
        return self.total == (first - sum(others) if self.minus else first + sum(others))

    @property
    def numbers(self) -> str:
        """The sum in figures: "183 = 200 − 17"."""
        first, *others = self.terms
        return f"{self.total} = {first}" + "".join(f" {'−' if self.minus else '+'} {n}" for n in others)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedStop:
    """Who signed that records are not going to be screened, when, and for how many of this flow's."""

    signed: str
    at: datetime
    records: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One column of identification, from records to included reports."""

    results: Mapping[str, int]  # records identified, by source
    duplicates: int
    excluded_automatic: int
    excluded_other: int
    not_screened: int = 0  # screening was stopped before anybody read them
    stops: tuple[SignedStop, ...] = ()  # who signed for those
    screened: int
    excluded: int
    undecided: int  # screening: votes are missing, or in conflict
    elsewhere: int = 0  # title and abstract let them through, for other indications than this flow's
    sought: int
    not_retrieved: int
    undecided_full_text: int
    assessed: int
    excluded_reports: Mapping[str, int]  # by reason, the review's order; NO_REASON last
    elsewhere_full_text: int = 0  # the full text belongs to other indications than this flow's
    included: int

    @property
    def identified(self) -> int:
        """All records of this column."""
        return sum(self.results.values())

    @property
    def identities(self) -> tuple[Identity, ...]:
        """The sums that must hold."""
        removed = self.duplicates + self.excluded_automatic + self.excluded_other
        excluded = sum(self.excluded_reports.values())
        return (
            Identity(
                name="screened = identified - removed - not screened",
                total=self.screened,
                terms=(self.identified, removed, self.not_screened),
                minus=True,
            ),
            Identity(
                name="sought = screened - excluded - undecided - of another indication",
                total=self.sought,
                terms=(self.screened, self.excluded, self.undecided, self.elsewhere),
                minus=True,
            ),
            Identity(
                name="assessed = sought - not retrieved - undecided",
                total=self.assessed,
                terms=(self.sought, self.not_retrieved, self.undecided_full_text),
                minus=True,
            ),
            Identity(
                name="included = assessed - excluded - of another indication",
                total=self.included,
                terms=(self.assessed, excluded, self.elsewhere_full_text),
                minus=True,
            ),
        )

    def __post_init__(self) -> None:
        broken = [f"{sum_.name} ({sum_.numbers})" for sum_ in self.identities if not sum_.holds]
        broken += [f"{name} is below 0" for name, n in _numbers(self) if n < 0]
        if broken:
            raise PrismaError(f"the flow does not add up: {'; '.join(broken)}")


def _numbers(flow: Flow) -> Iterator[tuple[str, int]]:
    names = ("duplicates", "not_screened", "screened", "sought", "assessed", "included")
    yield from ((name, getattr(flow, name)) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prisma:
    """The whole diagram: databases and registers, other methods, earlier versions of the review, and totals.

    indication: None for the whole review. since: of the flow of an update, the day from which records are new.
    """

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
    indication: str | None = None
    since: date | None = None
    previous_undecided: int = 0  # reports that came before `since` and are still undecided
    new_reports_of_previous_studies: int = 0  # among the new reports
    undecided_outside: int = 0  # reports outside an indication's flow that may yet be tagged with it
    without_indication: int = 0  # of reports outside it, those that no indication's strategy found and nobody tagged

    @property
    def identities(self) -> tuple[Identity, ...]:
        """The sums over both columns and earlier versions."""
        return (
            Identity(
                name="new reports = included by databases and registers + by other methods",
                total=self.new_reports,
                terms=(self.databases.included, self.other.included),
            ),
            Identity(
                name="total studies = previous + new",
                total=self.total_studies,
                terms=(self.previous_studies, self.new_studies),
            ),
            Identity(
                name="total reports = previous + new",
                total=self.total_reports,
                terms=(self.previous_reports, self.new_reports),
            ),
        )

    def __post_init__(self) -> None:
        broken = [f"{sum_.name} ({sum_.numbers})" for sum_ in self.identities if not sum_.holds]
        if self.new_reports_of_previous_studies + self.reports_without_study > self.total_reports:
            broken.append("more reports of studies included before, or of none, than reports")
        if self.indication is None and self._elsewhere:
            broken.append("reports of another indication in the flow of the whole review")
        if broken:
            raise PrismaError(f"the flow does not add up: {'; '.join(broken)}")

    @property
    def _elsewhere(self) -> int:
        return sum(flow.elsewhere + flow.elsewhere_full_text for flow in (self.databases, self.other))

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
        return self.previous_undecided + sum(flow.undecided + flow.undecided_full_text for flow in flows)

    @property
    def in_progress(self) -> bool:
        """Whether the diagram may still change without a new search."""
        return self.undecided > 0 or self.reports_without_study > 0

    @property
    def has_other(self) -> bool:
        """Whether other methods than databases and registers found anything."""
        return self.other.identified > 0

    @property
    def has_previous(self) -> bool:
        """Whether there is a column of earlier versions."""
        return self.since is not None or self.previous_studies > 0 or self.previous_reports > 0

    @property
    def stops(self) -> tuple[SignedStop, ...]:
        """The stops behind the records that were not screened, over both columns, in the order signed."""
        merged: dict[tuple[datetime, str, str], int] = {}
        for stop in (*self.databases.stops, *self.other.stops):
            key = (stop.at, stop.signed, stop.reason)
            merged[key] = merged.get(key, 0) + stop.records
        return tuple(
            SignedStop(signed=signed, at=at, records=n, reason=reason)
            for (at, signed, reason), n in sorted(merged.items())
        )

    @property
    def by_kind(self) -> Mapping[Kind, int]:
        """The records of other methods, by what they are."""
        kinds: Counter[Kind] = Counter()
        for name, n in self.other.results.items():
            kinds[self.kinds[name]] += n
        return kinds

    @property
    def database_results(self) -> Mapping[str, int]:
        """Records by database."""
        return {name: n for name, n in self.databases.results.items() if name not in self.registers}

    @property
    def register_results(self) -> Mapping[str, int]:
        """Records by register."""
        return {name: n for name, n in self.databases.results.items() if name in self.registers}

    def as_dict(self) -> dict[str, Any]:
        """The counts under the names of the PRISMA2020 package's table, ours beside them, and what is still open."""
        main, other, by_kind = self.databases, self.other, self.by_kind
        return {
            "status": "in progress" if self.in_progress else "complete",
            "indication": self.indication,
            "since": None if self.since is None else self.since.isoformat(),
            "undecided": self.undecided,
            "undecided_screening": main.undecided + other.undecided,
            "undecided_full_text": main.undecided_full_text + other.undecided_full_text,
            "undecided_previous": self.previous_undecided,
            "conflicts": self.conflicts,
            "reports_without_study": self.reports_without_study,
            "previous_studies": self.previous_studies,
            "previous_reports": self.previous_reports,
            "database_results": sum(self.database_results.values()),
            "database_specific_results": dict(self.database_results),
            "register_results": sum(self.register_results.values()),
            "register_specific_results": dict(self.register_results),
            "website_results": by_kind.get("website", 0),
            "organisation_results": by_kind.get("organisation", 0),
            "citations_results": by_kind.get("citations", 0),
            "other_results": by_kind.get("other", 0),  # ours: a list or a file of which nobody said more
            "other_specific_results": dict(other.results),
            "duplicates": main.duplicates,
            "excluded_automatic": main.excluded_automatic,
            "excluded_other": main.excluded_other,
            "records_not_screened": main.not_screened,
            "records_screened": main.screened,
            "records_excluded": main.excluded,
            "records_undecided": main.undecided,
            "records_of_other_indications": main.elsewhere,
            "dbr_sought_reports": main.sought,
            "dbr_notretrieved_reports": main.not_retrieved,
            "dbr_undecided_reports": main.undecided_full_text,
            "dbr_assessed": main.assessed,
            "dbr_excluded": dict(main.excluded_reports),
            "dbr_of_other_indications": main.elsewhere_full_text,
            "dbr_included": main.included,
            "other_duplicates": other.duplicates,
            "other_excluded_automatic": other.excluded_automatic,
            "other_excluded_other": other.excluded_other,
            "other_records_not_screened": other.not_screened,
            "other_records_screened": other.screened,
            "other_records_excluded": other.excluded,
            "other_records_undecided": other.undecided,
            "other_records_of_other_indications": other.elsewhere,
            "other_sought_reports": other.sought,
            "other_notretrieved_reports": other.not_retrieved,
            "other_undecided_reports": other.undecided_full_text,
            "other_assessed": other.assessed,
            "other_excluded": dict(other.excluded_reports),
            "other_of_other_indications": other.elsewhere_full_text,
            "other_included": other.included,
            "new_studies": self.new_studies,
            "new_reports": self.new_reports,
            "new_reports_of_previous_studies": self.new_reports_of_previous_studies,
            "total_studies": self.total_studies,
            "total_reports": self.total_reports,
            "total_studies_ma": self.studies_in_synthesis,
            "stops": [
                {"signed": stop.signed, "at": stop.at.isoformat(), "records": stop.records, "reason": stop.reason}
                for stop in self.stops
            ],
            "undecided_outside": self.undecided_outside,
            "without_indication": self.without_indication,
        }
