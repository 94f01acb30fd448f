"""What each reviewer has before them: giving out reports, recording votes, going back.

Who looks at which report stands in the table `desk`, which is no fact: it keeps a reviewer's place over a reload, and
for a while (LEASES) it keeps others from being given the same report needlessly. A vote, the choice of the next report
and the new place on the desk are one transaction, so two reviewers cannot be given one report in the same instant, and
a decision that was answered with a next record is on the disk.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Literal

import sqlalchemy as sa

from workbench.screening import Decision, Stage, State, after, standing_votes, withdrawal
from workbench.store import tables
from workbench.store.base import utc_now
from workbench.store.board import Board
from workbench.store.decisions import Decisions, add_new, add_once
from workbench.store.errors import NotThere, StoreError
from workbench.store.rounds import how_far, is_due, open_round, reports_of
from workbench.store.screening_values import Queue, Round, Seat, Voted
from workbench.store.standing import Standing
from workbench.store.values import Progress

LEASES = {Stage.TITLE_ABSTRACT: timedelta(minutes=20), Stage.FULL_TEXT: timedelta(hours=2)}
"""So long after somebody was given a report, or last looked at it, it is held for them."""
RENEW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A row of `desk`."""

    record: str | None
    since: datetime


class Desk(Decisions):
    """Each method leaves the reviewer with one report before them, or with none where nothing waits."""

    def seat(self, queue: Queue, *, now: datetime | None = None) -> Seat:
        """What the reviewer has before them: the report they had, if the queue still lets it through, else the next."""
        moment = now or utc_now()
        with self._database.reading() as connection, self._current(connection) as standing:
            places = _places(connection, queue.stage)
            kept = _kept(standing, queue, places, moment)
            if kept is not None and moment - places[queue.reviewer].since < RENEW:
                return _seat(standing, queue, kept, places, moment)
        with self._database.writing() as connection, self._current(connection) as standing:
            places = _places(connection, queue.stage)
            report = _kept(standing, queue, places, moment) or _next(standing, queue, places, moment)
            _put(connection, queue, report, moment, places)
            return _seat(standing, queue, report, places, moment)

    def vote(self, queue: Queue, decision: Decision, *, words_before: int, now: datetime | None = None) -> Voted:
        """Record a vote and give the next report.

        words_before: how many words the reviewer had said on the report when it was shown. If they said more since, in
        another window, nothing is recorded, and the report stays before them ("stale"). The same holds where they are
        fewer: a record with some of them was taken out of the report.
        """
        if (decision.reviewer, decision.stage, decision.resolution) != (queue.reviewer, queue.stage, False):
            raise StoreError("a vote is cast at one's own desk: the decision is another reviewer's or of another stage")
        moment = now or utc_now()
        outcome: Literal["recorded", "known", "stale"]
        with self._database.writing() as connection:
            places = _places(connection, queue.stage)
            with self._current(connection) as standing:  # given back before anything is written: others need it
                if decision.report not in standing.place:
                    raise NotThere(f"the review holds no record {decision.report}")
                report = standing.report_key(decision.report)
                words = _words(standing, queue, report)
                if any(word.id == decision.id for word in words):
                    outcome = "known"
                    here = _kept(standing, queue, places, moment) or _next(standing, queue, places, moment)
                elif len(words) != words_before:
                    outcome, here = "stale", report
                else:
                    outcome, here = "recorded", _next(standing, queue, places, moment, voted=report)
            if outcome == "recorded":
                add_new(connection, after(decision, words), now=moment)
            _put(connection, queue, here, moment, places)
        with self._view() as standing:
            return Voted(outcome=outcome, seat=_seat(standing, queue, here, places, moment))

    def take_back(self, queue: Queue, last: Decision, *, now: datetime | None = None) -> Seat:
        """Undo one's own decision; its report is before the reviewer again. Undoing it twice is undoing it once.

        If they decided otherwise since, in another window, that stands: nothing is recorded, and the report with its
        words is before them.
        """
        if last.reviewer != queue.reviewer or last.stage is not queue.stage:
            raise StoreError("one's own decisions of this stage can be taken back, and no others")
        moment = now or utc_now()
        with self._database.writing() as connection:
            with self._current(connection) as standing:
                report = standing.report_key(last.report)
                stands = standing_votes(_words(standing, queue, report)).get(queue.reviewer)
            if stands is not None and stands.id == last.id:
                add_once(connection, withdrawal(stands, now=moment), now=moment)
            _put(connection, queue, report, moment, {})
        with self._database.reading() as connection, self._current(connection) as standing:
            return _seat(standing, queue, report, _places(connection, queue.stage), moment)

    def move(self, queue: Queue, step: int, *, now: datetime | None = None) -> Seat:
        """Go back (-1) through what the reviewer decided, the latest first, or forward (1) to where they came from.

        Forward from a report that waits passes it over: the queue should then name it among `skipped`.
        """
        moment = now or utc_now()
        with self._database.writing() as connection, self._current(connection) as standing:
            places = _places(connection, queue.stage)
            here = _kept(standing, queue, places, moment)
            mine = [
                report
                for report in standing.board(queue.stage, queue.plan.needed).mine.get(queue.reviewer, ())
                if _passes(queue, report)
            ]
            at = mine.index(here) if here in mine else len(mine)
            target: str | None
            if step < 0:
                target = mine[at - 1] if at > 0 else here
            elif at + 1 < len(mine):
                target = mine[at + 1]
            else:
                target = _next(standing, queue, places, moment, voted=here) or here
            _put(connection, queue, target, moment, places)
            return _seat(standing, queue, target, places, moment)

    def progress_of(self, queue: Queue) -> Progress:
        """How far a queue's reviewer, and the review, are at its stage; nothing is put before anybody."""
        with self._view() as standing:
            return standing.progress(
                queue.reviewer, queue.stage, None, queue.plan.needed, shares=queue.plan.shares, among=queue.only
            )

    def rounds(self, stage: Stage, *, reviewers_needed: int = 2) -> tuple[Round, ...]:
        """Every calibration round of a stage that was not withdrawn, the latest first, and how far everybody got."""
        with self._view() as standing:
            board = standing.board(stage, reviewers_needed)
            drawn = [
                sample
                for sample in standing.samples.values()
                if sample.purpose == "calibration" and sample.stage is stage and not sample.withdrawn
            ]
            return tuple(how_far(standing, board, sample) for sample in reversed(drawn))

    def put_on_desk(self, queue: Queue, report: str, *, now: datetime | None = None) -> Seat:
        """Put a report before the reviewer, whether or not they are asked for a vote on it."""
        moment = now or utc_now()
        with self._database.writing() as connection:
            self._need_records(connection, (report,))
            with self._current(connection) as standing:
                places = _places(connection, queue.stage)
                key = standing.report_key(report)
                _put(connection, queue, key, moment, places)
                return _seat(standing, queue, key, places, moment)


def _places(connection: sa.Connection, stage: Stage) -> dict[str, _Place]:
    """Who has what before them at a stage, by reviewer."""
    table = tables.desk
    rows = connection.execute(sa.select(table).where(table.c.stage == stage.value))
    return {row.reviewer: _Place(record=row.record, since=row.since) for row in rows}


def _put(
    connection: sa.Connection, queue: Queue, report: str | None, moment: datetime, places: Mapping[str, _Place]
) -> None:
    """Lay a report on the reviewer's desk."""
    table = tables.desk
    mine = (table.c.reviewer == queue.reviewer, table.c.stage == queue.stage.value)
    values = {"record": report, "since": moment}
    if queue.reviewer in places or connection.execute(sa.select(table.c.reviewer).where(*mine)).first():
        connection.execute(sa.update(table).where(*mine).values(values))
    else:
        connection.execute(sa.insert(table).values(reviewer=queue.reviewer, stage=queue.stage.value, **values))


def _passes(queue: Queue, report: str) -> bool:
    return queue.only is None or report in queue.only


def _kept(standing: Standing, queue: Queue, places: Mapping[str, _Place], moment: datetime) -> str | None:
    """The report that lies on the reviewer's desk, if it can stay there."""
    place = places.get(queue.reviewer)
    if place is None or place.record is None or place.record not in standing.place:
        return None
    report = standing.report_key(place.record)
    board = standing.board(queue.stage, queue.plan.needed)
    current = open_round(standing, board, queue.reviewer)
    if report not in board.states or (current is None and not _passes(queue, report)):
        return None
    said = bool(_words(standing, queue, report))
    if current is not None and report not in reports_of(standing, current.sample):
        return report if said and current.done[queue.reviewer] >= current.total else None
    if not said and report != queue.held and _given_up(standing, board, queue, report):
        return None
    gone = moment - place.since > LEASES[queue.stage] and not said  # others settled it meanwhile
    if (gone or report != place.record) and not _is_asked(standing, board, queue, report):  # or it joined another one
        return None
    return report


def _given_up(standing: Standing, board: Board, queue: Queue, report: str) -> bool:
    """Whether nobody asks this reviewer any more although it is undecided: a stop was signed, or it fell to others."""
    return report in board.aside or (
        report in board.by_state[State.PENDING] and not _is_asked(standing, board, queue, report)
    )


def _next(
    standing: Standing,
    queue: Queue,
    places: Mapping[str, _Place],
    moment: datetime,
    *,
    voted: str | None = None,
) -> str | None:
    """The report to give the reviewer next; None if nothing waits that they can be given.

    voted: a report on which they have voted in this transaction, which the board does not know yet.
    """
    board = standing.board(queue.stage, queue.plan.needed)
    current = open_round(standing, board, queue.reviewer)
    if current is not None:  # filters do not cut a round short
        mine = board.mine.get(queue.reviewer, {})
        reports = reports_of(standing, current.sample)
        return next((key for key in reports if key in board.states and key not in mine and key != voted), None)
    leases = _leases(standing, queue, places, moment)
    later = set(queue.skipped)
    reserved = _reserved(standing, queue)
    pending, mine = board.by_state[State.PENDING], board.mine.get(queue.reviewer, {})

    def free(reports: Iterable[str]) -> Iterator[str]:
        for key in reports:
            if (
                key in pending
                and key not in mine
                and key != voted
                and _passes(queue, key)
                and board.waits_for(key, queue.reviewer, queue.plan.shares)
                and key not in reserved
                and _has_room(board, queue, key, leases)
            ):
                yield key

    audited = [
        key
        for sample in standing.open_samples(queue.stage)
        if sample.purpose == "audit"
        for key in reports_of(standing, sample)
    ]
    # what was passed over before a sample was drawn is part of it all the same; the latest may be passed over still
    latest = set(queue.skipped[-1:])
    again = (key for key in audited if key in later and key not in latest)
    found = next((key for key in free(audited) if key not in later), None) or next(free(again), None)
    in_order = chain(queue.order, standing.report_keys())
    found = found or next((key for key in free(in_order) if key not in later), None)
    return found or next(free(standing.report_key(key) for key in queue.skipped if key in standing.place), None)


def _has_room(board: Board, queue: Queue, report: str, leases: Mapping[str, Collection[str]]) -> bool:
    """Whether a report needs more votes than those it has and those it is being read for."""
    looking = leases.get(report, ())
    return len(board.voters[report]) + len([name for name in looking if name not in board.voters[report]]) < (
        queue.plan.needed
    )


def _leases(
    standing: Standing, queue: Queue, places: Mapping[str, _Place], moment: datetime
) -> dict[str, tuple[str, ...]]:
    """Report -> who else has it before them now."""
    found: dict[str, tuple[str, ...]] = {}
    for reviewer, place in places.items():
        if reviewer == queue.reviewer or place.record is None or moment - place.since > LEASES[queue.stage]:
            continue
        key = standing.report_key(place.record)
        found[key] = (*found.get(key, ()), reviewer)
    return found


def _reserved(standing: Standing, queue: Queue) -> frozenset[str]:
    """Reports of open calibration rounds: those who take part screen them, and nobody else."""
    return frozenset(
        key
        for sample in standing.open_samples(queue.stage)
        if sample.purpose == "calibration"
        for key in reports_of(standing, sample)
    )


def _is_asked(standing: Standing, board: Board, queue: Queue, report: str) -> bool:
    return is_due(standing, board, queue.reviewer, report, queue.plan.shares)


def _words(standing: Standing, queue: Queue, report: str) -> tuple[Decision, ...]:
    return tuple(
        decision
        for decision in standing.decisions(queue.stage, report)
        if decision.reviewer == queue.reviewer and not decision.resolution
    )


def _seat(standing: Standing, queue: Queue, report: str | None, places: Mapping[str, _Place], moment: datetime) -> Seat:
    board = standing.board(queue.stage, queue.plan.needed)
    shares = queue.plan.shares
    asked = report is not None and _is_asked(standing, board, queue, report)
    progress = standing.progress(queue.reviewer, queue.stage, None, queue.plan.needed, shares=shares)
    return Seat(
        report=None if report is None else standing.report(report),
        state=None if report is None or asked else board.states.get(report),
        words=() if report is None else _words(standing, queue, report),
        found_for=frozenset() if report is None else standing.report_indications(report),
        waiting=asked,
        progress=progress,
        filtered=progress
        if queue.only is None
        else standing.progress(queue.reviewer, queue.stage, None, queue.plan.needed, shares=shares, among=queue.only),
        last=_last(standing, board, queue),
        elsewhere=sum(
            board.waits_for(key, queue.reviewer, shares)
            and _passes(queue, key)
            and not _has_room(board, queue, key, {key: names})
            for key, names in _leases(standing, queue, places, moment).items()
            if key in board.states
        ),
        sample=next(
            (
                sample
                for sample in standing.open_samples(queue.stage)
                if report is not None and report in reports_of(standing, sample)
            ),
            None,
        ),
        round=open_round(standing, board, queue.reviewer),
    )


def _last(standing: Standing, board: Board, queue: Queue) -> Decision | None:
    """The reviewer's latest standing vote at the stage."""
    mine = board.mine.get(queue.reviewer)
    if not mine:
        return None
    report = next(reversed(mine))
    return next((word for word in reversed(_words(standing, queue, report)) if word.verdict is not None), None)
