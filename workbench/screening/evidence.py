"""What the decisions tell about stopping: the order of reading, what is unread, how far an audit sample was read.

Pure: the store's facts go in as values. "Read" means that somebody looked at the report itself: a vote or a resolution
that was not given to many reports at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from workbench.screening.decisions import (
    Decision,
    State,
    first_votes,
    standing_resolution,
    standing_votes,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """One report at title and abstract, as far as its facts tell."""

    key: str
    state: State
    decisions: tuple[Decision, ...] = ()  # in the order of recording
    first_seen: datetime
    aside: bool = False  # a standing stop covers it, and nobody voted on it
    found_for: frozenset[str] = frozenset()  # indications whose strategies found it

    @property
    def settled(self) -> bool:
        """Whether it is included or excluded."""
        return self.state in (State.INCLUDED, State.EXCLUDED)

    @property
    def relevant(self) -> bool:
        """Whether it goes on to the full texts."""
        return self.state is State.INCLUDED

    @property
    def voted(self) -> bool:
        """Whether somebody's word on it stands."""
        return bool(standing_votes(self.decisions)) or standing_resolution(self.decisions) is not None

    def unread_at(self, moment: datetime) -> bool:
        """Whether it was in the review at a moment and nobody's word on it stood then."""
        by_then = [decision for decision in self.decisions if decision.decided_at <= moment]
        return self.first_seen <= moment and not standing_votes(by_then) and standing_resolution(by_then) is None

    def looked_at(self) -> datetime | None:
        """When its first vote was given that still counts and was not one of many; None if nobody read it itself."""
        alone = [decision for decision in self.decisions if decision.batch is None]
        times = [vote.decided_at for vote in first_votes(alone).values()]
        if not times and (resolution := standing_resolution(alone)) is not None:
            times = [resolution.decided_at]
        return min(times, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Where the reading of some reports stands. Each report is in exactly one of the groups.

    reports, order: read and settled, in the order of their first vote, and whether each is relevant. together: settled
    by votes on many at once, read by nobody. half_voted: a vote stands, others are missing. stopped: covered by a stop.
    """

    reports: tuple[str, ...]
    order: tuple[bool, ...]
    together: tuple[str, ...]
    together_relevant: int
    half_voted: tuple[str, ...]
    conflicts: tuple[str, ...]
    unread: tuple[str, ...]
    stopped: tuple[str, ...]

    @property
    def total(self) -> int:
        """All reports."""
        groups = (self.reports, self.together, self.half_voted, self.conflicts, self.unread, self.stopped)
        return sum(len(group) for group in groups)

    @property
    def tested(self) -> int:
        """Reports that the test is about: all but those settled together; what is not settled counts as unread."""
        return self.total - len(self.together)

    @property
    def relevant(self) -> int:
        """Relevant reports among those read."""
        return sum(self.order)

    @property
    def found(self) -> int:
        """Relevant reports known, however they were settled."""
        return self.relevant + self.together_relevant


def reading(reports: Iterable[Screened]) -> Reading:
    """Sort reports into what was read, in the order it was read, and what was not. reports: in the order first seen."""
    read: list[tuple[datetime, Screened]] = []
    together: list[Screened] = []
    rest: dict[str, list[str]] = {"half": [], "conflicts": [], "unread": [], "stopped": []}
    for report in reports:
        if report.settled:
            looked = report.looked_at()
            if looked is None:
                together.append(report)
            else:
                read.append((looked, report))
        elif report.state is State.CONFLICT:
            rest["conflicts"].append(report.key)
        elif report.voted:
            rest["half"].append(report.key)
        else:
            rest["stopped" if report.aside else "unread"].append(report.key)
    read.sort(key=lambda item: item[0])
    return Reading(
        reports=tuple(report.key for _, report in read),
        order=tuple(report.relevant for _, report in read),
        together=tuple(report.key for report in together),
        together_relevant=sum(report.relevant for report in together),
        half_voted=tuple(rest["half"]),
        conflicts=tuple(rest["conflicts"]),
        unread=tuple(rest["unread"]),
        stopped=tuple(rest["stopped"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleReading:
    """How far a random sample of the unread reports was read, and what became of the others it was drawn from.

    size: its reports, without those that turned out to be another of them, or to have been read already: `dropped`.
    unread: reports it was drawn from, without those. left: of the sample, not settled yet, or settled with many others.
    """

    size: int
    dropped: int
    unread: int
    left: tuple[str, ...]
    relevant: int  # in the sample
    read_since: int  # of the others it was drawn from
    relevant_since: int
    found_before: int  # relevant reports among those that were no part of what it was drawn from
    arrived_since: int  # reports that came after the draw: the sample tells nothing of them

    @property
    def whole(self) -> bool:
        """Whether all of it was read."""
        return self.size > 0 and not self.left


def sample_reading(
    drawn: Sequence[str],
    *,
    at: datetime,
    unread: int,
    reports: Mapping[str, Screened],
    stopped_then: frozenset[str] = frozenset(),
) -> SampleReading:
    """Look at a sample with what is known now.

    drawn: the keys its reports have now, one for each that was drawn. at, unread: when it was drawn, and from how many.
    reports: every report that the sample is to tell about, by present key. stopped_then: reports that a stop covered
    when it was drawn.
    """
    members = [reports[key] for key in dict.fromkeys(drawn) if key in reports]
    sample = {report.key for report in members if report.unread_at(at)}
    left = tuple(report.key for report in members if report.key in sample and not _is_read(report))
    read_since = relevant_since = found_before = arrived = 0
    for report in reports.values():
        if report.key in sample:
            continue
        if report.first_seen > at:
            arrived += 1
        elif report.key in stopped_then or not report.unread_at(at):
            found_before += report.relevant
        elif _is_read(report) or report.relevant:  # excluded with many at once: nobody read it
            read_since += 1
            relevant_since += report.relevant
    others = max(unread - len(drawn), read_since)
    return SampleReading(
        size=len(sample),
        dropped=len(drawn) - len(sample),
        unread=others + len(sample),
        left=left,
        relevant=sum(reports[key].relevant for key in sample if key not in left),
        read_since=read_since,
        relevant_since=relevant_since,
        found_before=found_before,
        arrived_since=arrived,
    )


def _is_read(report: Screened) -> bool:
    return report.settled and report.looked_at() is not None
