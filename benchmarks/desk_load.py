"""Reviewers in threads at one store: how long `seat` and `vote` take, and whether every vote is there once."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from synthetic_review import reviewer_name

from workbench.screening import Decision, ScreeningPlan, Stage, Verdict, decide
from workbench.store import Queue, Store

STAGE = Stage.TITLE_ABSTRACT


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the threads did: seconds of each call, and the decisions that were acknowledged."""

    seats: list[float]
    votes: list[float]
    said: list[Decision]
    faults: list[str]
    seconds: float


def verdict_of(draw: random.Random) -> Verdict:
    """As reviewers decide: mostly exclude."""
    return draw.choices((Verdict.EXCLUDE, Verdict.INCLUDE, Verdict.MAYBE), weights=(85, 12, 3))[0]


def work(folder: Path, *, reviewers: int, votes: int, needed: int, think: float = 0.0) -> Work:
    """Let every reviewer cast so many votes at once; think: mean seconds between two votes of one of them."""
    seats: list[float] = []
    cast: list[float] = []
    said: list[Decision] = []
    faults: list[str] = []
    plan = ScreeningPlan(needed=needed)
    together = threading.Barrier(reviewers)

    def screen(name: str) -> None:
        draw = random.Random(name)
        queue = Queue(reviewer=name, stage=STAGE, plan=plan)
        try:
            together.wait(60)
            for _ in range(votes):
                if think:
                    time.sleep(draw.uniform(0.5, 1.5) * think)
                began = time.perf_counter()
                seat = store.seat(queue)
                seats.append(time.perf_counter() - began)
                if seat.report is None:
                    return
                decision = decide(seat.report.key, name, verdict_of(draw), stage=STAGE)
                began = time.perf_counter()
                voted = store.vote(queue, decision, words_before=len(seat.words))
                cast.append(time.perf_counter() - began)
                if voted.outcome == "recorded":
                    said.append(decision)
        except BaseException as error:  # noqa: BLE001 - told at the end
            faults.append(f"{name}: {error!r}")

    with Store.open(folder) as store:
        store.seat(Queue(reviewer=reviewer_name(1), stage=STAGE, plan=plan))  # the facts are folded once a process
        threads = [threading.Thread(target=screen, args=(reviewer_name(number),)) for number in range(1, reviewers + 1)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return Work(seats=seats, votes=cast, said=said, faults=faults, seconds=time.perf_counter() - began)


def faults_by_count(store: Store, said: list[Decision], *, needed: int) -> list[str]:
    """What is wrong with the votes in the database, given those that were acknowledged: nothing, one hopes."""
    held = store.decisions(STAGE)
    times = Counter(decision.id for decision in held)
    lost = [decision.id for decision in said if not times[decision.id]]
    doubled = [id_ for id_, count in times.items() if count > 1]
    voters: dict[str, Counter[str]] = {}
    for decision in held:
        if decision.verdict is not None:
            voters.setdefault(decision.report, Counter())[decision.reviewer] += 1
    crowded = [report for report, names in voters.items() if len(names) > needed]
    found = {"lost": lost, "doubled": doubled, "given to more reviewers than votes needed": crowded}
    return [f"{len(items)} votes {what}: {items[:3]}" for what, items in found.items() if items]
