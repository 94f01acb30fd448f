"""One fit of the ranking to the votes there are, and why a document stands where it does."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from workbench.ranking.documents import is_telling, spellings
from workbench.ranking.index import Index

C = 0.11
RATIO = 9.8
"""Strength of the regularisation, and how much the relevant weigh in all beside the others (ASReview's ELAS u4)."""


class RankingError(ValueError):
    """Base of what this package raises; its message is written for a reviewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A term of a document, and how far it moves the document up (positive) or down."""

    view: str  # "title", "text", "index terms"
    term: str  # as a reader knows it
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What was learned. Scores have no unit: only their order means anything."""

    index: Index
    relevant: int  # documents learned from
    irrelevant: int
    basis: str  # "votes", or "question" where votes of both kinds are still missing
    _weights: np.ndarray  # one a column of the index's matrix
    _offset: float

    @property
    def blank(self) -> bool:
        """Whether nothing was learned that could order anything."""
        return not np.any(self._weights)

    def scores(self) -> np.ndarray:
        """One score a document of the index, in its order; documents added after the fit are scored too."""
        matrix = self.index.matrix()
        if matrix.shape[1] != len(self._weights):
            raise RankingError("documents with new words were added since: train again")
        return np.asarray(matrix @ self._weights).ravel() + self._offset

    def ranking(self, keys: Sequence[str] | None = None) -> list[str]:
        """Keys of the documents (of all, or of `keys`), the likeliest first; equal scores in the order of adding."""
        scores = self.scores()
        rows = self.index.rows() if keys is None else np.array([self.index.row(key) for key in keys], dtype=int)
        order = rows[np.lexsort((rows, -scores[rows]))] if len(rows) else rows
        return [self.index.documents[row].key for row in order]

    def reasons(self, key: str, most: int = 8) -> tuple[Reason, ...]:
        """The terms of a document that move it most, strongest first.

        A word may stand in several views (title, text, index terms): it is told once, with its weights together.
        Words that tell a reader nothing ("for", "18") are learned from but told only where there are no others.
        """
        row = self.index.matrix()[self.index.row(key)]
        moves = row.data * self._weights[row.indices]
        moving = np.argsort(-np.abs(moves), kind="stable")[: 10 * most]
        moving = moving[moves[moving] != 0]
        names = self.index.names(row.indices[moving])
        stems = {part for view, term in names if view != "index terms" for part in term.split()}
        known = spellings((self.index.documents[self.index.row(key)],), stems)
        told: dict[str, Reason] = {}
        silent: dict[str, Reason] = {}
        for place, (view, term) in zip(moving, names, strict=True):
            shown, among = term, told
            if view != "index terms":
                shown = " ".join(known.get(part, part) for part in term.split())
                among = told if is_telling(term) else silent
            before = among.get(shown)
            weight = float(moves[place]) + (before.weight if before else 0.0)
            among[shown] = Reason(view=before.view if before else view, term=shown, weight=weight)
        return tuple(sorted((told or silent).values(), key=lambda reason: -abs(reason.weight))[:most])


def train(index: Index, votes: Mapping[str, bool], question: str = "") -> Model:
    """Learn from votes (key -> relevant or not).

    question: the review's question and criteria in words; it stands in for votes as long as there are not both kinds,
    and for one relevant document of falling weight afterwards. Votes on documents that the index lacks are an error.
    """
    missing = [key for key in votes if key not in index]
    if missing:
        raise RankingError(f"the index holds no document {missing[0]!r}")
    matrix = index.matrix()
    rows = np.array([index.row(key) for key in votes], dtype=int)
    labels = np.fromiter(votes.values(), dtype=bool, count=len(votes))
    relevant, irrelevant = int(labels.sum()), int((~labels).sum())
    asked = index.row_of_text(question) if question.strip() else None
    if not relevant or not irrelevant:
        weights = np.zeros(matrix.shape[1])
        if asked is not None and asked.shape[1] == len(weights):
            weights += np.asarray(asked.todense()).ravel()
        if len(rows):  # towards the one kind there is, or away from it
            centre = np.asarray(matrix[rows].mean(axis=0)).ravel()
            weights += centre if relevant else -centre
        basis, offset = "question", 0.0
    else:
        examples = matrix[rows]
        sample_weights = np.where(labels, 1.0, relevant / (RATIO * irrelevant))
        sample_weights *= len(rows) / sample_weights.sum()
        learner = LinearSVC(C=C, random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # an order is wanted, not the last digit
            learner.fit(examples, labels, sample_weight=sample_weights)
        weights, offset = np.asarray(learner.coef_).ravel(), float(learner.intercept_[0])
        basis = "votes"
        if asked is not None and asked.shape[1] == len(weights):
            weights = weights + np.asarray(asked.todense()).ravel() * (np.linalg.norm(weights) / (2 + relevant))
    return Model(index=index, relevant=relevant, irrelevant=irrelevant, basis=basis, _weights=weights, _offset=offset)
