"""Counting the flow: which reports are in it, in which column, and where each of them ends.

The rules for one indication and for an update are written down in docs/prisma.md; `_course` is the first of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import Enum

from workbench.extraction import Study
from workbench.prisma.facts import NO_REASON, NOT_RETRIEVED, Kind, PrismaError, ReportFact, StopFact
from workbench.prisma.flow import Flow, Prisma, SignedStop
from workbench.screening import State

_OTHER: frozenset[Kind] = frozenset({"website", "organisation", "citations", "other"})
_OPEN = (State.PENDING, State.CONFLICT)


class _Course(Enum):
    """How far a report goes in the flow of an indication, its own decisions apart."""

    OUTSIDE = "outside"  # it is no report of this flow
    THROUGH = "through"  # all the way
    LEFT_SCREENING = "left at title and abstract"  # it was let through, for other indications
    LEFT_FULL_TEXT = "left at full text"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """A report of the flow."""

    fact: ReportFact
    course: _Course
    new: tuple[bool, ...]  # for each record whether it came in time to be new

    @property
    def previous(self) -> bool:
        return not all(self.new)

    @property
    def sought(self) -> bool:
        at_title = not self.fact.removed and self.fact.title_abstract is State.INCLUDED
        return at_title and self.course is not _Course.LEFT_SCREENING

    @property
    def included(self) -> bool:
        return self.sought and self.fact.full_text is State.INCLUDED and self.course is _Course.THROUGH

    @property
    def stopped(self) -> bool:
        """Never screened; a report on which somebody voted after all is."""
        return not self.fact.removed and self.fact.not_screened and self.fact.title_abstract is State.PENDING

    @property
    def undecided(self) -> bool:
        """Votes at title and abstract are missing, or differ."""
        return not self.fact.removed and not self.stopped and self.fact.title_abstract in _OPEN

    def missing(self, reasons: Collection[str]) -> bool:
        """Whether its full text was sought in vain; one that was judged was had."""
        fact = self.fact
        in_vain = fact.not_retrieved and fact.full_text is State.PENDING
        return self.sought and (in_vain or (fact.full_text is State.EXCLUDED and fact.full_text_reason in reasons))

    def undecided_full_text(self, reasons: Collection[str]) -> bool:
        """Votes on the full text are missing, or differ."""
        return self.sought and self.fact.full_text in _OPEN and not self.missing(reasons)


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
    indication: str | None = None,
    study_indications: Mapping[str, Collection[str]] | None = None,
    since: date | None = None,
    stops: Sequence[StopFact] = (),
) -> Prisma:
    """Count the flow.

    kinds: what each source is; a source that is not named counts as a database. A report with a record from a database
    or register flows through that column, whatever else found it; its records count where they were identified.
    not_retrieved: the exclusion reasons that mean the full text could not be had.
    previous_studies, previous_reports: of a version published before the review came here; with `since` more of them
    are counted. indication: only its reports; study_indications: for a study (id) the indications that its results are
    about. since: only records that came on this day (UTC) or later are new. stops: what `not_screened` rests on.
    """
    facts = list(reports)
    study_list = list(studies)
    kind_of = {source: (kinds or {}).get(source, "database") for fact in facts for source in fact.sources}
    extracted = _extracted(study_list, study_indications or {}) if indication is not None else {}
    start = None if since is None else datetime.combine(since, time(), UTC)
    items: list[_Item] = []
    outside: list[_Item] = []
    for fact in facts:
        course = _Course.THROUGH
        if indication is not None:
            named = frozenset[str]().union(*(extracted.get(key, ()) for key in fact.records))
            course = _course(fact, indication, named)
        item = _Item(fact=fact, course=course, new=_new(fact, start))
        (outside if course is _Course.OUTSIDE else items).append(item)
    by_route: dict[bool, list[_Item]] = {False: [], True: []}
    records: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
    for item in items:
        if not item.previous:
            by_route[all(kind_of[source] in _OTHER for source in item.fact.sources)].append(item)
        for source, new in zip(item.fact.sources, item.new, strict=True):
            if new:
                records[kind_of[source] in _OTHER][source] += 1
    databases, other = (
        _flow(by_route[route], records[route], reason_order=reason_order, not_retrieved=not_retrieved, stops=stops)
        for route in (False, True)
    )
    known = {source for column in records.values() for source in column}
    included = [item for item in items if item.included]
    keys = {key for item in included for key in item.fact.records}
    keys_before = {key for item in included if item.previous for key in item.fact.records}
    ours = [study for study in study_list if keys & set(study.reports)]
    before = [study for study in ours if keys_before & set(study.reports)]
    named_keys = {key for study in ours for key in study.reports}
    named_before = {key for study in before for key in study.reports}
    reports_before = sum(item.previous for item in included)
    return Prisma(
        databases=databases,
        registers=frozenset(source for source in known if kind_of[source] == "register"),
        other=other,
        kinds={source: kind_of[source] for source in known if kind_of[source] in _OTHER},
        previous_studies=previous_studies + len(before),
        previous_reports=previous_reports + reports_before,
        new_studies=len(ours) - len(before),
        new_reports=len(included) - reports_before,
        reports_without_study=sum(not named_keys & set(item.fact.records) for item in included),
        conflicts=sum(_conflict(item) for item in items),
        studies_in_synthesis=studies_in_synthesis,
        indication=indication,
        since=since,
        previous_undecided=sum(
            item.previous and (item.undecided or item.undecided_full_text(not_retrieved)) for item in items
        ),
        new_reports_of_previous_studies=sum(
            not item.previous and bool(named_before & set(item.fact.records)) for item in included
        ),
        undecided_outside=sum(item.undecided or item.undecided_full_text(not_retrieved) for item in outside),
        without_indication=sum(not item.fact.found_for and not item.fact.tagged for item in outside),
    )


def _course(fact: ReportFact, indication: str, extracted: frozenset[str]) -> _Course:
    """How far a report goes in an indication's flow. extracted: indications that results of its study are about.

    Tags count once the stage at which they were given has let the report through: before that they are one reviewer's
    word. Where nobody said, a report belongs to what it was found for.
    """
    found = indication in fact.found_for
    if fact.removed or fact.title_abstract is not State.INCLUDED:
        return _Course.THROUGH if found else _Course.OUTSIDE
    final = fact.full_text is State.INCLUDED
    at_screening = frozenset(fact.tagged_at_screening or ())
    if fact.tagged_at_screening is None and not final:
        at_screening = frozenset(fact.tagged)
    named = (frozenset(fact.tagged) if final else at_screening) | extracted
    if indication in named:
        return _Course.THROUGH
    if not (found or indication in at_screening):
        return _Course.OUTSIDE
    if at_screening and indication not in at_screening:
        return _Course.LEFT_SCREENING
    return _Course.LEFT_FULL_TEXT if final and named else _Course.THROUGH


def _extracted(studies: Iterable[Study], indications: Mapping[str, Collection[str]]) -> dict[str, frozenset[str]]:
    """For each record of a study's reports the indications of the study's results."""
    found: dict[str, frozenset[str]] = defaultdict(frozenset)
    for study in studies:
        for key in study.reports:
            found[key] |= frozenset(indications.get(study.id, ()))
    return found


def _new(fact: ReportFact, start: datetime | None) -> tuple[bool, ...]:
    if start is None:
        return (True,) * len(fact.records)
    if len(fact.first_seen) != len(fact.records):
        raise PrismaError(
            f"the flow of an update needs to know when each record came, and {fact.key} does not tell it for all of its"
            f" {len(fact.records)} records"
        )
    return tuple(moment >= start for moment in fact.first_seen)


def _flow(
    items: Sequence[_Item],
    records: Mapping[str, int],
    *,
    reason_order: Sequence[str],
    not_retrieved: Collection[str],
    stops: Sequence[StopFact],
) -> Flow:
    removed = Counter(item.fact.removed for item in items)
    screened = [item for item in items if not item.fact.removed and not item.stopped]
    sought = [item for item in screened if item.sought]
    missing = sum(item.missing(not_retrieved) for item in sought)
    undecided = sum(item.undecided_full_text(not_retrieved) for item in sought)
    reasons = Counter(
        item.fact.full_text_reason or NO_REASON
        for item in sought
        if item.fact.full_text is State.EXCLUDED and not item.missing(not_retrieved)
    )
    order = [*dict.fromkeys(reason_order), *sorted(set(reasons) - set(reason_order) - {NO_REASON}), NO_REASON]
    return Flow(
        results=dict(sorted(records.items())),
        duplicates=sum(records.values()) - len(items),
        excluded_automatic=removed["automatic"],
        excluded_other=removed["other"],
        not_screened=sum(item.stopped for item in items),
        stops=_stops([item.fact for item in items if item.stopped], stops),
        screened=len(screened),
        excluded=sum(item.fact.title_abstract is State.EXCLUDED for item in screened),
        undecided=sum(item.undecided for item in screened),
        elsewhere=sum(item.course is _Course.LEFT_SCREENING for item in screened),
        sought=len(sought),
        not_retrieved=missing,
        undecided_full_text=undecided,
        assessed=len(sought) - missing - undecided,
        excluded_reports={reason: reasons[reason] for reason in order if reasons[reason]},
        elsewhere_full_text=sum(item.course is _Course.LEFT_FULL_TEXT for item in sought),
        included=sum(item.included for item in sought),
    )


def _conflict(item: _Item) -> bool:
    at_full_text = item.sought and item.fact.full_text is State.CONFLICT
    return (item.undecided and item.fact.title_abstract is State.CONFLICT) or at_full_text


def _stops(stopped: Sequence[ReportFact], stops: Sequence[StopFact]) -> tuple[SignedStop, ...]:
    """Who signed for how many; a report that two stops name counts with the first of them."""
    left = list(stopped)
    signed = []
    for stop in sorted(stops, key=lambda stop: stop.at):
        rest = [fact for fact in left if not stop.reports & set(fact.records)]
        if len(rest) < len(left):
            signed.append(SignedStop(signed=stop.signed, at=stop.at, records=len(left) - len(rest), reason=stop.reason))
        left = rest
    return tuple(signed)
