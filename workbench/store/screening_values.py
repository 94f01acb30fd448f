"""What the store gives back about screening: frozen values, times always in UTC with their time zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from workbench.screening import Decision, ScreeningPlan, Stage, State
from workbench.store.values import Progress, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What one reviewer works through at one stage, and in which order."""

    reviewer: str
    stage: Stage
    plan: ScreeningPlan
    order: Sequence[str] = ()  # keys of reports in the order of the ranking; others follow in the order they were seen
    only: frozenset[str] | None = None  # keys of the reports that the reviewer's filters let through; None: all
    skipped: tuple[str, ...] = ()  # passed over without a vote, the latest last: they come when nothing else waits
    held: str | None = None  # a report that was put before them on purpose: it stays, asked for or not


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """What one reviewer has before them."""

    report: Report | None  # None: nothing is waiting that this reviewer can be given now
    state: State | None  # of the report, but None while the reviewer is asked for a vote on it
    words: tuple[Decision, ...]  # the reviewer's own on it in order, undone ones included, resolutions not
    found_for: frozenset[str]  # indications whose strategies found it
    waiting: bool  # whether the reviewer is still asked for a vote on it
    progress: Progress  # of the whole stage
    filtered: Progress  # of what the filters let through
    last: Decision | None  # what an undo would take back
    elsewhere: int  # reports that wait for this reviewer but lie before others now
    sample: Sample | None  # the open sample the report is part of
    round: Round | None  # the calibration round that is open for this reviewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Voted:
    """What became of a vote.

    recorded: it stands now. known: this very vote had been recorded already (a double click). stale: the reviewer had
    said more on the report meanwhile, in another window; nothing was recorded.
    """

    outcome: Literal["recorded", "known", "stale"]
    seat: Seat


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Many reports that one reviewer decided at once."""

    id: str
    reviewer: str
    stage: Stage
    decided: int
    standing: int  # of them, those whose vote is still the one given then
    note: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Reports that were drawn at random from those that nobody had read."""

    id: str
    purpose: Literal["calibration", "audit"]
    stage: Stage
    reports: tuple[str, ...]  # keys, in the order drawn
    unread: int  # reports it was drawn from
    found: int  # relevant reports known before
    seed: int
    reviewers: tuple[str, ...]  # of a calibration round: who screens all of it
    note: str
    by: str
    at: datetime
    ended: datetime | None = None
    ended_by: str = ""
    withdrawn: bool = False  # as if it had never been drawn
    end_reason: str = ""

    @property
    def open(self) -> bool:
        """Whether it is still put before everything else."""
        return self.ended is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A calibration round that is open, and how far each of its reviewers is."""

    sample: Sample
    total: int  # its reports; fewer than were drawn if some turned out to be one
    done: Mapping[str, int]  # reviewer -> reports of it they voted on

    @property
    def finished(self) -> bool:
        """Whether everybody voted on all of it."""
        return all(count >= self.total for count in self.done.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Somebody signed that reports which nobody had read are not going to be read."""

    id: str
    stage: Stage
    indication: str | None  # None: whatever they were found for
    reports: tuple[str, ...]  # keys; one on which somebody votes later is screened all the same
    signed: str  # the name as it was typed under the statement
    reason: str
    evidence: Mapping[str, Any]  # the figures that stood on the page when it was signed
    by: str
    at: datetime
    lifted: datetime | None = None
    lifted_by: str = ""
    lift_reason: str = ""

    @property
    def stands(self) -> bool:
        """Whether it holds."""
        return self.lifted is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What somebody said of a report in the discussion of its votes."""

    id: str
    report: str
    stage: Stage
    text: str
    by: str
    at: datetime


RetrievalStatus = Literal["requested", "retrieved", "not_retrieved", "open"]
"""open: taken back, as if nobody had said anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieval:
    """The latest word on whether a report's full text could be had."""

    report: str
    status: RetrievalStatus
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FullText:
    """A file with the full text of a report."""

    id: str
    report: str
    name: str  # as it was uploaded; never a path
    media_type: str
    sha256: str
    size: int  # bytes
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFilter:
    """Which reports of a stage a list shows. Every condition given must hold.

    standing: as the reviewer may see it: "waiting" (for this reviewer's vote), "voted" (by this reviewer), "pending"
    (votes are missing, whoever gave some), "included", "excluded", "conflict", "not screened" (because of a stop).
    """

    text: str = ""  # every word, in title, authors, journal, year, identifiers or abstract
    indication: str | None = None  # found for it
    tag: str | None = None  # given this indication by the reviewer
    year_from: int | None = None
    year_to: int | None = None
    standing: Literal["", "waiting", "voted", "pending", "included", "excluded", "conflict", "not screened"] = ""
    verdict: Literal["", "include", "maybe", "exclude"] = ""  # the reviewer's own standing vote
    label: str | None = None  # the reviewer's own

    @property
    def empty(self) -> bool:
        """Whether it lets everything through."""
        return self == ListFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLine:
    """One report of a list, as one reviewer may see it."""

    report: str
    title: str
    year: int | None
    journal: str
    mine: Decision | None  # the reviewer's own standing vote
    standing: Literal["waiting", "pending", "included", "excluded", "conflict", "not screened"]
    labels: tuple[str, ...]
    found_for: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of a list."""

    total: int  # reports in all
    lines: tuple[ListLine, ...]
