"""How much each reviewer has read, and how fast: figures for planning, not for judging anybody."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from workbench.screening.decisions import Decision, Verdict, first_votes, standing_votes

LONGEST_LOOK = 600.0
"""Seconds between two decisions above which the reviewer was away, and not reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What one reviewer has done at one stage. Counts are of reports with a standing vote."""

    reviewer: str
    included: int
    maybe: int
    excluded: int
    together: int  # of them, those decided many at once
    changed: int  # reports on which they changed their mind
    first: datetime | None  # first and latest decision read one by one
    latest: datetime | None
    days: int  # days (UTC) with such a decision
    seconds: float | None  # median between two of them, pauses of more than LONGEST_LOOK left out; None under three

    @property
    def decided(self) -> int:
        """Reports with a standing vote."""
        return self.included + self.maybe + self.excluded


def workloads(by_report: Mapping[str, Iterable[Decision]], reviewers: Iterable[str]) -> tuple[Workload, ...]:
    """One value a reviewer, in the order of `reviewers`, then of those who are not named, by their names.

    by_report: for each report its decisions at one stage, in the order of recording. Resolutions are no votes.
    """
    votes: dict[str, list[Decision]] = defaultdict(list)
    moments: dict[str, list[datetime]] = defaultdict(list)
    changed: dict[str, int] = defaultdict(int)
    for decisions in by_report.values():
        known = [decision for decision in decisions if not decision.resolution]
        first = first_votes(known)
        for name, vote in standing_votes(known).items():
            votes[name].append(vote)
            changed[name] += name in first and first[name].verdict is not vote.verdict
        for decision in known:
            if decision.verdict is not None and decision.batch is None:
                moments[decision.reviewer].append(decision.decided_at.astimezone(UTC))
    order = dict.fromkeys([*reviewers, *sorted(votes), *sorted(moments)])
    return tuple(_of(name, votes[name], sorted(moments[name]), changed[name]) for name in order)


def _of(name: str, votes: list[Decision], moments: list[datetime], changed: int) -> Workload:
    looks = [(after - before).total_seconds() for before, after in pairwise(moments)]
    looks = [seconds for seconds in looks if seconds <= LONGEST_LOOK]
    return Workload(
        reviewer=name,
        included=sum(vote.verdict is Verdict.INCLUDE for vote in votes),
        maybe=sum(vote.verdict is Verdict.MAYBE for vote in votes),
        excluded=sum(vote.verdict is Verdict.EXCLUDE for vote in votes),
        together=sum(vote.batch is not None for vote in votes),
        changed=changed,
        first=moments[0] if moments else None,
        latest=moments[-1] if moments else None,
        days=len({moment.date() for moment in moments}),
        seconds=statistics.median(looks) if len(looks) >= 2 else None,
    )
