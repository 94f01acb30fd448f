"""How well a finished review's decisions order the records that came after it: what a refresh asks of the ranking."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from workbench.ranking.index import Index
from workbench.ranking.labelled import Labelled
from workbench.ranking.model import RankingError, train
from workbench.ranking.simulation import measures, screened

Split = Literal["date", "random"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitSimulated:
    """What the order of the later part was worth; the measures are those of `Simulated`, for the later part alone.

    The means of all seeds for a split at random; a split by date is always the same. `read_on_...` is the same part
    read by a ranking that goes on learning while it is read; the others learn from the first part alone.
    """

    n: int  # records of the later part
    relevant: int
    wss95: float
    read95: float
    read100: float
    recall10: float
    atd: float
    read_on_wss95: float
    read_on_recall10: float
    seconds: float
    split: Split
    split_by: str  # "year", "PMID" or "chance"
    split_share: float  # of the records, in the first part
    split_learned: int  # records of the first part
    split_learned_relevant: int
    split_undated: int  # records without a year or PMID, left out


def simulate_split(
    labelled: Labelled, split: Split, *, share: float = 0.5, seeds: Sequence[int] = (0, 1, 2)
) -> SplitSimulated:
    """Learn from the first part of a labelled set as if it were a finished review, and rank the rest.

    share: of the records in the first part, between 0 and 1. By date: by the year of publication where the table has
    it for nine records in ten, else by PMID (PubMed gives them out as records come in). Records of one year stay in the
    order of their PMIDs or of the table. Raises RankingError where either part lacks a kind, or nothing tells the date.
    """
    if not 0 < share < 1:
        raise RankingError(f"the first part is more than nothing and less than all of the records, not {share:.0%}")
    started = time.perf_counter()
    truth = np.asarray(labelled.labels, dtype=bool)
    if split == "date":
        order, by = _by_date(labelled)
        orders = [order]
    else:
        orders, by = [np.random.default_rng(seed).permutation(len(truth)) for seed in seeds], "chance"
    index = Index(labelled.documents)
    cut = round(share * len(orders[0]))
    found, read_on = [], []
    for order in orders:
        first, later = order[:cut], order[cut:]
        for part, name in ((first, "first"), (later, "later")):
            if not truth[part].any() or truth[part].all():
                raise RankingError(
                    f"the {name} part ({len(part)} records) has {int(truth[part].sum())} relevant ones: it needs "
                    "relevant and irrelevant ones; take another share"
                )
        found.append(measures(truth[_ranked(index, truth, first, later)]))
        left_out = np.setdiff1d(np.arange(len(truth)), order)
        read_on.append(measures(screened(index, truth, first, left_out=left_out)))
    counts = np.mean([[truth[order[:cut]].sum(), truth[order[cut:]].sum()] for order in orders], axis=0)
    means = {name: float(np.mean([each[name] for each in found])) for name in found[0]}
    return SplitSimulated(
        n=len(orders[0]) - cut,
        relevant=round(float(counts[1])),
        **means,
        read_on_wss95=float(np.mean([each["wss95"] for each in read_on])),
        read_on_recall10=float(np.mean([each["recall10"] for each in read_on])),
        seconds=time.perf_counter() - started,
        split=split,
        split_by=by,
        split_share=share,
        split_learned=cut,
        split_learned_relevant=round(float(counts[0])),
        split_undated=len(truth) - len(orders[0]),
    )


def _ranked(index: Index, truth: np.ndarray, first: np.ndarray, later: np.ndarray) -> np.ndarray:
    keys = [document.key for document in index.documents]
    scores = train(index, {keys[row]: bool(truth[row]) for row in first}).scores()
    return np.asarray(later[np.lexsort((later, -scores[later]))])


def _by_date(labelled: Labelled) -> tuple[np.ndarray, str]:
    """Rows in the order of publication, those without a date left out; and what told it."""
    n = len(labelled.labels)
    for dates, name in ((labelled.years, "year"), (labelled.pmids, "PMID")):
        dated = [row for row in range(n) if dates[row] is not None]
        if n and len(dated) >= 0.9 * n:
            return np.array(sorted(dated, key=lambda row: (dates[row] or 0, labelled.pmids[row] or 0, row))), name
    raise RankingError(
        "a split by date needs a column of years or of PMIDs that nine records in ten fill; this table has neither"
    )
