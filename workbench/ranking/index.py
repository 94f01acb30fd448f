"""Documents as rows of a sparse matrix, to which further documents can be added at any time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from scipy import sparse
from sklearn.preprocessing import normalize

from workbench.ranking.documents import VIEWS, Document, terms

WEIGHTS = {"title": 0.6, "text": 1.0, "index terms": 0.5}
"""What each view counts for beside the others."""
COMMON = 0.95  # a term in more than this share of the documents tells nothing


class Index:
    """Counts of terms by document; weights are worked out when the matrix is asked for.

    A term's weight is (1 + ln count) * (1 + ln((1 + n) / (1 + documents with it))); each view's row is brought to
    length one, then the three are put side by side with their WEIGHTS and the whole row is brought to length one.
    Documents that are added later change the second factor only, so nothing needs to be read again.
    """

    def __init__(self, documents: Iterable[Document] = ()) -> None:
        self.documents: list[Document] = []
        self._rows: dict[str, int] = {}
        self._views = [_View() for _ in VIEWS]
        self._matrix: sparse.csr_matrix | None = None
        self.add(documents)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def rows(self) -> np.ndarray:
        """The rows of the documents that are held, in the order in which they were added."""
        return np.sort(np.fromiter(self._rows.values(), dtype=np.int64, count=len(self._rows)))

    def row(self, key: str) -> int:
        """The row of a document; KeyError if it is not there."""
        return self._rows[key]

    def add(self, documents: Iterable[Document]) -> int:
        """Add documents whose keys are new; gives how many were."""
        before = len(self._rows)
        self.put(document for document in documents if document.key not in self._rows)
        return len(self._rows) - before

    def put(self, documents: Iterable[Document]) -> None:
        """Add documents; one whose key is known takes the place of the one before."""
        for document in documents:
            self._rows[document.key] = len(self.documents)
            self.documents.append(document)
            for view, found in zip(self._views, terms(document), strict=True):
                view.add(found)
            self._matrix = None

    def drop(self, keys: Iterable[str]) -> None:
        """Forget documents; keys that are not there are passed over."""
        for key in keys:
            self._rows.pop(key, None)

    def matrix(self) -> sparse.csr_matrix:
        """One row a document, in the order in which they were added; its rows have length one (or none, if empty)."""
        if self._matrix is None:
            n = len(self.documents)
            blocks = [
                view.matrix(n) * WEIGHTS[name] for name, view in zip(VIEWS, self._views, strict=True) if view.vocabulary
            ]
            self._matrix = (
                normalize(sparse.hstack(blocks, format="csr"), copy=False) if blocks else sparse.csr_matrix((n, 1))
            )
        return self._matrix

    def row_of_text(self, text: str) -> sparse.csr_matrix:
        """A text that is no document (the question, the criteria) as one row in the same columns."""
        found = terms(Document(key="", title=text))
        n = len(self.documents)
        blocks = [
            view.row(found_there, n) * WEIGHTS[name]
            for name, view, found_there in zip(VIEWS, self._views, found, strict=True)
            if view.vocabulary
        ]
        return normalize(sparse.hstack(blocks, format="csr")) if blocks else sparse.csr_matrix((1, 1))

    def names(self, columns: Sequence[int]) -> list[tuple[str, str]]:
        """(view, term) of columns of the matrix."""
        starts, start = [], 0
        for name, view in zip(VIEWS, self._views, strict=True):
            if view.vocabulary:
                starts.append((start, name, view.terms()))
                start += len(view.vocabulary)
        found = []
        for column in columns:
            first, name, known = max((item for item in starts if item[0] <= column), key=lambda item: item[0])
            found.append((name, known[column - first]))
        return found


class _View:
    """The counts of one view."""

    def __init__(self) -> None:
        self.vocabulary: dict[str, int] = {}
        self._columns: list[int] = []
        self._counts: list[int] = []
        self._ends: list[int] = [0]
        self._names: list[str] = []

    def add(self, found: Sequence[str]) -> None:
        vocabulary = self.vocabulary
        for term, count in Counter(found).items():
            self._columns.append(vocabulary.setdefault(term, len(vocabulary)))
            self._counts.append(count)
        self._ends.append(len(self._columns))

    def terms(self) -> list[str]:
        if len(self._names) != len(self.vocabulary):
            self._names = list(self.vocabulary)
        return self._names

    def matrix(self, n: int) -> sparse.csr_matrix:
        counts = np.asarray(self._counts, dtype=np.float64)
        columns = np.asarray(self._columns, dtype=np.int32)
        weights = (1 + np.log(counts)) * self._idf(n)[columns]
        shape = (n, len(self.vocabulary))
        return normalize(sparse.csr_matrix((weights, columns, np.asarray(self._ends)), shape=shape), copy=False)

    def row(self, found: Sequence[str], n: int) -> sparse.csr_matrix:
        known = {self.vocabulary[term]: count for term, count in Counter(found).items() if term in self.vocabulary}
        columns = np.fromiter(known, dtype=np.int32, count=len(known))
        counts = np.fromiter(known.values(), dtype=np.float64, count=len(known))
        weights = (1 + np.log(counts)) * self._idf(n)[columns]
        return normalize(sparse.csr_matrix((weights, columns, [0, len(columns)]), shape=(1, len(self.vocabulary))))

    def _idf(self, n: int) -> np.ndarray:
        with_term = np.bincount(np.asarray(self._columns, dtype=np.int32), minlength=len(self.vocabulary))
        idf = 1 + np.log((1 + n) / (1 + with_term))
        idf[with_term > COMMON * n] = 0.0 if n > 1 else 1.0
        return np.asarray(idf)
