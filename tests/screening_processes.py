"""Reviewers at their desks: a loop that screens until nothing is left, in threads, or in another process."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

from workbench.screening import Decision, ScreeningPlan, Stage, Verdict, decide
from workbench.store import Queue, Store

STAGE = Stage.TITLE_ABSTRACT


def queue(reviewer: str, needed: int = 2, only: frozenset[str] | None = None) -> Queue:
    """What a reviewer works through."""
    return Queue(reviewer=reviewer, stage=STAGE, plan=ScreeningPlan(needed=needed), only=only)


def screen_all(store: Store, reviewer: str, needed: int) -> list[Decision]:
    """Vote on whatever one is given until nothing waits; gives the votes that were acknowledged."""
    said: list[Decision] = []
    mine = queue(reviewer, needed)
    seat = store.seat(mine)
    while seat.report is not None:
        vote = decide(seat.report.key, reviewer, Verdict.EXCLUDE if len(said) % 3 else Verdict.INCLUDE, stage=STAGE)
        voted = store.vote(mine, vote, words_before=len(seat.words))
        if voted.outcome == "recorded":
            said.append(vote)
        seat = voted.seat
    return said


def screen_together(store: Store, reviewers: Sequence[str], needed: int, start: Barrier | None = None) -> list[str]:
    """Let several reviewers screen at the same moment, each in a thread; gives the ids of what they said."""
    said: list[str] = []
    faults: list[BaseException] = []

    def work(reviewer: str) -> None:
        try:
            said.extend(vote.id for vote in screen_all(store, reviewer, needed))
        except BaseException as error:  # noqa: BLE001 - raised below, in the thread that waits
            faults.append(error)

    threads = [threading.Thread(target=work, args=(reviewer,)) for reviewer in reviewers]
    if start is not None:
        start.wait(60)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    if faults:
        raise faults[0]
    return said


def screen_in_a_process(url: str, reviewers: Sequence[str], needed: int, start: Barrier, told: Connection) -> None:
    """The same in a process of its own; tells the ids at the end."""
    with Store.at(url) as store:
        told.send(screen_together(store, reviewers, needed, start))


def screen_until_killed(url: str, reviewer: str, told: Connection) -> None:
    """Vote on one report after another, and tell each as soon as it is recorded, with what came next."""
    mine = queue(reviewer, 1)
    with Store.at(url) as store:
        seat = store.seat(mine)
        while seat.report is not None:
            vote = decide(seat.report.key, reviewer, Verdict.MAYBE, stage=STAGE, note="x" * 2000)
            seat = store.vote(mine, vote, words_before=len(seat.words)).seat
            told.send((vote.id, seat.report and seat.report.key))
