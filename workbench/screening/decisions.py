"""Screening: what a reviewer decided, and what follows from all decisions on one report.

Decisions are facts. A changed mind is a second decision, an undo is a decision without a verdict, and whether a
report is included, excluded, pending or in conflict is computed here and stored nowhere.

Records are screened at title and abstract, reports at full text (PRISMA 2020). A decision names its report by the key
of any of its records; the store brings the decisions on duplicates together.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class ScreeningError(ValueError):
    """Base of what this module raises; its message is written for a reviewer."""


class Stage(StrEnum):
    """Where in the flow a decision belongs."""

    TITLE_ABSTRACT = "title_abstract"
    FULL_TEXT = "full_text"


class Verdict(StrEnum):
    """What one reviewer says of one report at one stage."""

    INCLUDE = "include"
    EXCLUDE = "exclude"
    MAYBE = "maybe"


class State(StrEnum):
    """What follows for one report at one stage; always derived, never stored."""

    PENDING = "pending"  # votes are missing
    INCLUDED = "included"
    EXCLUDED = "excluded"
    CONFLICT = "conflict"  # the votes are there and do not agree: a resolution is needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One reviewer's word on one report at one stage; never edited, only followed by another."""

    id: str  # a UUID made where the decision was made: sending it twice records it once
    report: str  # key of a record of the report, such as "pubmed:27260638"
    stage: Stage
    reviewer: str
    verdict: Verdict | None  # None: the reviewer's earlier word is withdrawn (undo)
    reason: str | None = None  # key of an exclusion reason of the review
    indications: tuple[str, ...] = ()  # keys of the review's indications this report would belong to
    note: str = ""
    decided_at: datetime
    resolution: bool = False  # True: settles a conflict (a third person, or a discussion)
    batch: str | None = None  # id of the act that decided many reports at once; None: this one was looked at

    def __post_init__(self) -> None:
        if self.decided_at.tzinfo is None:
            raise ScreeningError(f"the decision of {self.reviewer!r} on {self.report!r} needs a time with a time zone")
        if not self.report or not self.reviewer or not self.id:
            raise ScreeningError("a decision needs an id, a report and a reviewer")


def decide(
    report: str,
    reviewer: str,
    verdict: Verdict | None,
    *,
    stage: Stage = Stage.TITLE_ABSTRACT,
    reason: str | None = None,
    indications: Sequence[str] = (),
    note: str = "",
    resolution: bool = False,
    batch: str | None = None,
    now: datetime | None = None,
) -> Decision:
    """Make a decision with a fresh id, taken now (UTC) unless `now` says otherwise."""
    return Decision(
        id=str(uuid.uuid4()),
        report=report,
        stage=stage,
        reviewer=reviewer,
        verdict=verdict,
        reason=reason,
        indications=tuple(indications),
        note=note,
        decided_at=now if now is not None else datetime.now(UTC),
        resolution=resolution,
        batch=batch,
    )


_WITHDRAWALS = uuid.UUID("7a1c9f0e-58a4-4d3c-9a53-b6c1d5f4a2e7")  # names the ids below; never change it


def withdrawal(last: Decision, *, now: datetime | None = None) -> Decision:
    """Take a decision back: the word without a verdict that undoes it. Taking back the same one twice is one fact.

    It is never earlier than what it takes back, whatever this machine's clock says: else it would undo nothing.
    """
    moment = now if now is not None else datetime.now(UTC)
    return Decision(
        id=str(uuid.uuid5(_WITHDRAWALS, f"undo {last.id}")),
        report=last.report,
        stage=last.stage,
        reviewer=last.reviewer,
        verdict=None,
        decided_at=max(moment, last.decided_at),
        resolution=last.resolution,
    )


def after(decision: Decision, words: Iterable[Decision]) -> Decision:
    """The decision as one that follows words said before it, also where another machine's clock is ahead of ours."""
    latest = max((word.decided_at for word in words), default=decision.decided_at)
    return decision if latest <= decision.decided_at else replace(decision, decided_at=latest)


def in_order(decisions: Iterable[Decision]) -> list[Decision]:
    """Sort by time; decisions of the same instant stay in the order they were given (the order of recording)."""
    return sorted(decisions, key=lambda decision: decision.decided_at)


def standing_votes(decisions: Iterable[Decision]) -> dict[str, Decision]:
    """Give each reviewer's latest word, resolutions apart; a withdrawn word is no vote."""
    latest = {decision.reviewer: decision for decision in in_order(decisions) if not decision.resolution}
    return {reviewer: decision for reviewer, decision in latest.items() if decision.verdict is not None}


def standing_resolution(decisions: Iterable[Decision]) -> Decision | None:
    """Give the latest resolution that its author has not withdrawn; None if there is none."""
    latest: dict[str, Decision] = {}
    for decision in in_order(decisions):
        if decision.resolution:
            latest.pop(decision.reviewer, None)  # so that the dict stays in order of time
            latest[decision.reviewer] = decision
    standing = [decision for decision in latest.values() if decision.verdict is not None]
    return standing[-1] if standing else None


def consensus(decisions: Iterable[Decision], *, reviewers: int) -> State:
    """Settle one report at one stage from the latest word of each reviewer.

    decisions: all on one report at one stage, in the order of recording; mixing stages is an error.
    reviewers: how many independent votes the review asks for (1 or 2).

    A standing resolution wins. At title and abstract MAYBE counts as INCLUDE, as the full text will tell; at full text
    there is no later stage, so a MAYBE with all votes in is a conflict to be talked over.
    """
    known = list(decisions)
    stages = {decision.stage for decision in known}
    if len(stages) > 1:
        raise ScreeningError("consensus is about one stage, but these decisions belong to several")
    resolution = standing_resolution(known)
    if resolution is not None:
        return _state({_counted(resolution)})
    votes = standing_votes(known)
    if len(votes) < max(1, reviewers):
        return State.PENDING
    return _state({_counted(vote) for vote in votes.values()})


def _counted(decision: Decision) -> Verdict | None:
    if decision.verdict is Verdict.MAYBE and decision.stage is Stage.TITLE_ABSTRACT:
        return Verdict.INCLUDE
    return decision.verdict


def _state(verdicts: set[Verdict | None]) -> State:
    if verdicts == {Verdict.INCLUDE}:
        return State.INCLUDED
    if verdicts == {Verdict.EXCLUDE}:
        return State.EXCLUDED
    return State.CONFLICT


def exclusion_reason(decisions: Iterable[Decision], *, order: Sequence[str] = ()) -> str | None:
    """Name the one reason under which an excluded report is counted; None if nobody gave one.

    A resolution's reason comes first. Reviewers who agree to exclude but for different reasons do not make a conflict:
    the reason that stands first in `order` (the review's own list) is used, as PRISMA counts each report once.
    """
    known = list(decisions)
    resolution = standing_resolution(known)
    if resolution is not None and resolution.reason:
        return resolution.reason
    given = [vote.reason for vote in standing_votes(known).values() if vote.verdict is Verdict.EXCLUDE and vote.reason]
    if not given:
        return None
    place = {reason: position for position, reason in enumerate(order)}
    return min(given, key=lambda reason: place.get(reason, len(place)))


def indications_of(decisions: Iterable[Decision]) -> tuple[str, ...]:
    """Give the indications a report would belong to: the resolution's, else all that a voter for inclusion named."""
    known = list(decisions)
    resolution = standing_resolution(known)
    if resolution is not None and resolution.indications:
        return resolution.indications
    votes = [vote for vote in standing_votes(known).values() if vote.verdict is not Verdict.EXCLUDE]
    return tuple(dict.fromkeys(indication for vote in votes for indication in vote.indications))


SLIP = timedelta(minutes=1)
"""A vote that is taken back within this time was a slip of the hand, whoever else had voted before."""


def first_votes(decisions: Iterable[Decision]) -> dict[str, Decision]:
    """Give each reviewer's first word on one report, resolutions apart.

    Agreement is a statement about independent votes, and a mind changed after talking is not one. A vote that was taken
    back counts as not given if nobody else had voted on the report by then, or if it was a slip (`SLIP`). Later it
    could be seen how the others voted, and what is voted anew is no first word: the first vote stays.
    """
    first: dict[str, Decision] = {}
    for decision in in_order(decisions):
        if decision.resolution:
            continue
        held = first.get(decision.reviewer)
        if decision.verdict is not None:
            first.setdefault(decision.reviewer, decision)
        elif held is not None and (len(first) == 1 or decision.decided_at - held.decided_at <= SLIP):
            del first[decision.reviewer]
    return first
