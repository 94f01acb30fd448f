"""How much reading the ranking would have saved on a set whose labels are known."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from workbench.ranking.documents import Document
from workbench.ranking.index import Index
from workbench.ranking.model import RankingError, train


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """Means over the seeds; shares between 0 and 1. Definitions as in asreview-insights 1.x; the two records that a
    simulation starts with are not counted.

    wss95: work saved over sampling at a recall of 95 % (Cohen 2006, in whole records as asreview-insights counts them).
    read95, read100: share of the set that is read when 95 % and all of the relevant records are found.
    recall10: share of the relevant records among the first tenth. atd: mean share read when each relevant is found.
    """

    n: int
    relevant: int
    wss95: float
    read95: float
    read100: float
    recall10: float
    atd: float
    seconds: float


def simulate(
    documents: Sequence[Document], labels: Sequence[bool], *, seeds: Sequence[int] = (0, 1, 2), question: str = ""
) -> Simulated:
    """Screen a labelled set in the order that the ranking gives, from one relevant and one irrelevant record on.

    The ranking is trained again after each record at first, and after each 1 % of those read later.
    Raises RankingError where there are not two of each kind.
    """
    truth = np.asarray(labels, dtype=bool)
    if len(documents) != len(truth):
        raise RankingError(f"{len(documents)} records have {len(truth)} labels")
    if truth.sum() < 2 or (~truth).sum() < 2:
        raise RankingError(
            f"a simulation needs two relevant and two irrelevant records; there are {truth.sum()} and {(~truth).sum()}"
        )
    started = time.perf_counter()
    index = Index(documents)
    runs = [measures(screened(index, truth, start(truth, seed), question)) for seed in seeds]
    means = np.mean([list(run.values()) for run in runs], axis=0)
    return Simulated(
        n=len(documents),
        relevant=int(truth.sum()),
        **dict(zip(runs[0], map(float, means), strict=True)),
        seconds=time.perf_counter() - started,
    )


def start(truth: np.ndarray, seed: int) -> tuple[int, int]:
    """One relevant and one irrelevant record, drawn with a seed."""
    chance = np.random.default_rng(seed)
    return int(chance.choice(np.flatnonzero(truth))), int(chance.choice(np.flatnonzero(~truth)))


def screened(
    index: Index, truth: np.ndarray, first: Iterable[int], question: str = "", *, left_out: Iterable[int] = ()
) -> np.ndarray:
    """The labels in the order in which they are read, without the first ones (and those left out of it all)."""
    keys, first = [document.key for document in index.documents], [int(row) for row in first]
    votes = {keys[row]: bool(truth[row]) for row in first}
    unread = np.ones(len(keys), dtype=bool)
    unread[[*first, *left_out]] = False
    order: list[bool] = []
    waiting = int(truth[unread].sum())
    while waiting:
        scores = train(index, votes, question).scores()
        rows = np.flatnonzero(unread)
        batch = max(1, len(votes) // 100)
        for row in rows[np.argsort(-scores[rows], kind="stable")[:batch]]:
            order.append(bool(truth[row]))
            votes[keys[row]] = bool(truth[row])
            unread[row] = False
            waiting -= int(truth[row])
    return np.array(order + [False] * int(unread.sum()), dtype=bool)


def measures(order: np.ndarray) -> dict[str, float]:
    """The measures of `Simulated` of one order of reading (True: relevant)."""
    n, relevant = len(order), int(order.sum())
    wanted = np.arange(1, relevant + 1)
    found_at = np.searchsorted(np.cumsum(order), wanted)
    by_chance = np.searchsorted(np.round(np.linspace(0, relevant, n)), wanted)
    at95 = np.searchsorted(wanted / relevant, 0.95, side="right") - 1
    tenth = np.searchsorted(np.arange(1, n + 1) / n, 0.1, side="right")
    enough = int(np.ceil(0.95 * relevant)) - 1
    return {
        "wss95": float((by_chance - found_at)[at95] / n) if at95 >= 0 else 0.0,
        "read95": float((found_at[enough] + 1) / n),
        "read100": float((found_at[-1] + 1) / n),
        "recall10": float(order[:tenth].sum() / relevant),
        "atd": float(np.mean(found_at + 1) / n),
    }
