"""Documents as rows of a sparse matrix, to which further documents can be added at any time.

A review may hold 50,000 reports and 20 people may have a model each, so counts are kept in small numbers: a term is a
number, a pair of neighbouring words is the two numbers of its words in one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from workbench.ranking.documents import VIEWS, Document, index_terms_in, terms

WEIGHTS = {"title": 0.6, "text": 1.0, "index terms": 0.5}
"""What each view counts for beside the others."""
COMMON = 0.95  # a term in more than this share of the documents tells nothing
BATCH = 500  # documents that are counted at once
_SHIFT = 32


class Index:
    """Counts of terms by document; weights are worked out when the matrix is asked for.

    A term's weight is (1 + ln count) * (1 + ln((1 + n) / (1 + documents with it))); each view's row is brought to
    length one, then the three are put side by side with their WEIGHTS and the whole row is brought to length one.
    Documents that are added later change the second factor only, so nothing needs to be read again.
    """

    def __init__(self, documents: Iterable[Document] = ()) -> None:
        self.documents: list[Document] = []  # by row; those replaced or dropped are there without their words
        self._rows: dict[str, int] = {}
        self._live: list[bool] = []
        self._words = _Numbers()
        self._index_terms = _Numbers()
        self._pairs = _Pairs()
        self._parts = (
            _Part(view="title", pairs=False, counts=_Counts()),
            _Part(view="title", pairs=True, counts=_Counts()),
            _Part(view="text", pairs=False, counts=_Counts()),
            _Part(view="text", pairs=True, counts=_Counts()),
            _Part(view="index terms", pairs=False, counts=_Counts()),
        )
        self._weighted: _Weighted | None = None
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
        self.put(_new_only(documents, self._rows))
        return len(self._rows) - before

    def put(self, documents: Iterable[Document]) -> None:
        """Add documents; one whose key is known takes the place of the one before."""
        batch: list[Document] = []
        for document in documents:
            self.drop((document.key,))
            self._rows[document.key] = len(self.documents)
            self.documents.append(document)
            self._live.append(True)
            batch.append(document)
            if len(batch) == BATCH:
                self._count(batch)
                batch = []
        if batch:
            self._count(batch)

    def drop(self, keys: Iterable[str]) -> None:
        """Forget documents; keys that are not there are passed over."""
        for key in keys:
            row = self._rows.pop(key, None)
            if row is not None:
                self._live[row] = False
                self.documents[row] = Document(key=key)
                self._weighted = None

    def _count(self, batch: Sequence[Document]) -> None:
        found = [terms(document) for document in batch]
        for part in self._parts:
            place = VIEWS.index(part.view)
            numbers = self._index_terms if part.view == "index terms" else self._words
            tokens = [numbers.of(each[place]) for each in found]
            rows = np.repeat(np.arange(len(batch)), [len(each) for each in tokens])
            joined = np.fromiter((token for each in tokens for token in each), dtype=np.int64, count=len(rows))
            if part.pairs:
                rows, joined = _neighbours(rows, joined)
                joined = self._pairs.of(joined)
            part.counts.add(len(batch), rows, joined)
        self._weighted = None

    def matrix(self) -> sparse.csr_matrix:
        """One row a document, in the order in which they were added; its rows have length one (or none, if empty)."""
        return self._weights().matrix

    def _weights(self) -> _Weighted:
        if self._weighted is None:
            self._weighted = _weigh(self._parts, np.array(self._live, dtype=bool))
        return self._weighted

    def row_of_text(self, text: str) -> sparse.csr_matrix:
        """A text that is no document (the question, the criteria) as one row in the same columns."""
        weighted = self._weights()
        said = terms(Document(key="", title=text))[0]
        words = np.array(self._words.known(said), dtype=np.int64)
        pairs = self._pairs.known(_neighbours(np.zeros(len(words), dtype=np.int64), words)[1])
        index_terms = np.array(self._index_terms.known(index_terms_in(text)), dtype=np.int64)
        blocks = []
        for part, columns in zip(self._parts, weighted.columns, strict=True):
            counts = _Counts()
            there = index_terms if part.view == "index terms" else pairs if part.pairs else words
            counts.add(1, np.zeros(len(there), dtype=np.int64), there)
            blocks.append(_block(counts, columns, np.ones(1, dtype=bool)))
        return _side_by_side(self._parts, blocks)

    def names(self, columns: Sequence[int]) -> list[tuple[str, str]]:
        """(view, term) of columns of the matrix."""
        weighted = self._weights()
        ends = np.cumsum([len(each.kept) for each in weighted.columns])
        found = []
        for column in columns:
            place = int(np.searchsorted(ends, column, side="right"))
            part = self._parts[place]
            number = int(weighted.columns[place].kept[column - (ends[place - 1] if place else 0)])
            if part.view == "index terms":
                name = self._index_terms.name(number)
            elif part.pairs:
                name = " ".join(self._words.name(word) for word in self._pairs.words(number))
            else:
                name = self._words.name(number)
            found.append((part.view, name))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One kind of term of one view."""

    view: str
    pairs: bool
    counts: _Counts

    @property
    def fewest(self) -> int:
        """In how many documents a term must stand to get a column: a pair seen once joins nothing with anything."""
        return 2 if self.pairs else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """Which terms of a part have a column, and what they weigh."""

    kept: np.ndarray  # numbers of terms, in the order of their columns
    place: np.ndarray  # number of a term -> its column, -1 without one
    idf: np.ndarray  # by number of a term


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighted:
    matrix: sparse.csr_matrix
    columns: tuple[_Columns, ...]  # of each part


def _new_only(documents: Iterable[Document], known: dict[str, int]) -> Iterator[Document]:
    return (document for document in documents if document.key not in known)


class _Numbers:
    """A number for each term, in the order in which they come."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []

    def of(self, found: Sequence[str]) -> list[int]:
        numbers = self._numbers
        return [numbers.setdefault(term, len(numbers)) for term in found]

    def known(self, found: Sequence[str]) -> list[int]:
        return [self._numbers[term] for term in found if term in self._numbers]

    def name(self, number: int) -> str:
        if len(self._names) != len(self._numbers):
            self._names = list(self._numbers)
        return self._names[number]


class _Pairs:
    """A number for each pair of words, in the order in which they come."""

    def __init__(self) -> None:
        self._sorted = np.empty(0, dtype=np.int64)
        self._numbers = np.empty(0, dtype=np.int32)  # of the sorted ones
        self._by_number = np.empty(0, dtype=np.int64)  # the same pairs by their number; made when asked for

    def of(self, found: np.ndarray) -> np.ndarray:
        distinct, inverse = np.unique(found, return_inverse=True)
        place = np.searchsorted(self._sorted, distinct)
        new = ~self._are_at(place, distinct)
        if new.any():
            numbers = np.arange(len(self._sorted), len(self._sorted) + int(new.sum()), dtype=np.int32)
            self._numbers = np.insert(self._numbers, place[new], numbers)
            self._sorted = np.insert(self._sorted, place[new], distinct[new])
            place = np.searchsorted(self._sorted, distinct)
        return np.asarray(self._numbers[place][inverse], dtype=np.int64)

    def known(self, found: np.ndarray) -> np.ndarray:
        place = np.searchsorted(self._sorted, found)
        there = self._are_at(place, found)
        return np.asarray(self._numbers[place[there]], dtype=np.int64)

    def _are_at(self, place: np.ndarray, found: np.ndarray) -> np.ndarray:
        there = place < len(self._sorted)
        there[there] = self._sorted[place[there]] == found[there]
        return np.asarray(there)

    def words(self, number: int) -> tuple[int, int]:
        if len(self._by_number) != len(self._sorted):
            self._by_number = np.empty_like(self._sorted)
            self._by_number[self._numbers] = self._sorted
        joined = int(self._by_number[number])
        return joined >> _SHIFT, joined & ((1 << _SHIFT) - 1)


def _neighbours(rows: np.ndarray, words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    together = rows[:-1] == rows[1:]
    return rows[:-1][together], ((words[:-1] << _SHIFT) | words[1:])[together]


class _Counts:
    """How often each term stands in each document, in batches of documents."""

    def __init__(self) -> None:
        self._columns: list[np.ndarray] = []
        self._counts: list[np.ndarray] = []
        self._lengths: list[np.ndarray] = []  # distinct terms of each document

    def add(self, documents: int, rows: np.ndarray, terms: np.ndarray) -> None:
        """rows: for each term the document of this batch it stands in, in rising order."""
        joined, counts = np.unique((rows << _SHIFT) | terms, return_counts=True)
        self._columns.append((joined & ((1 << _SHIFT) - 1)).astype(np.int32))
        self._counts.append(np.minimum(counts, 65_535).astype(np.uint16))
        self._lengths.append(np.bincount(joined >> _SHIFT, minlength=documents).astype(np.int32))

    def all(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(term of each entry, count of each entry, entries of each document)."""
        if len(self._columns) > 1:
            self._columns = [np.concatenate(self._columns)]
            self._counts = [np.concatenate(self._counts)]
            self._lengths = [np.concatenate(self._lengths)]
        if not self._columns:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.uint16), np.empty(0, dtype=np.int32)
        return self._columns[0], self._counts[0], self._lengths[0]


def _weigh(parts: Sequence[_Part], live: np.ndarray) -> _Weighted:
    n = int(live.sum())
    columns = []
    for part in parts:
        terms_, _, lengths = part.counts.all()
        held = np.bincount(terms_[np.repeat(live, lengths)]) if len(terms_) else np.empty(0, dtype=np.int64)
        idf = 1 + np.log((1 + n) / (1 + held))
        idf[held > COMMON * n] = 0.0 if n > 1 else 1.0
        kept = np.flatnonzero(held >= min(part.fewest, max(n, 1)))
        place = np.full(len(held), -1, dtype=np.int32)
        place[kept] = np.arange(len(kept), dtype=np.int32)
        columns.append(_Columns(kept=kept, place=place, idf=idf))
    blocks = [_block(part.counts, each, live) for part, each in zip(parts, columns, strict=True)]
    return _Weighted(matrix=_side_by_side(parts, blocks), columns=tuple(columns))


@dataclass(slots=True, kw_only=True)
class _Block:
    """The weights of one part, row after row."""

    data: np.ndarray
    columns: np.ndarray
    lengths: np.ndarray  # entries of each row
    width: int

    def squares(self) -> np.ndarray:
        """The squared length of each row."""
        rows = np.repeat(np.arange(len(self.lengths), dtype=np.int32), self.lengths)
        return np.bincount(rows, np.square(self.data), len(self.lengths))

    def scale(self, factors: np.ndarray) -> None:
        self.data *= np.repeat(factors.astype(np.float32), self.lengths)


def _block(counts: _Counts, columns: _Columns, live: np.ndarray) -> _Block:
    terms_, times, lengths = counts.all()
    rows = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    known = live[rows] & (terms_ < len(columns.place))
    known[known] = columns.place[terms_[known]] >= 0
    rows, terms_ = rows[known], terms_[known]
    data = 1 + np.log(times[known].astype(np.float32))
    data *= columns.idf[terms_].astype(np.float32)
    return _Block(
        data=data,
        columns=columns.place[terms_],
        lengths=np.bincount(rows, minlength=len(lengths)),
        width=len(columns.kept),
    )


def _side_by_side(parts: Sequence[_Part], blocks: list[_Block]) -> sparse.csr_matrix:
    """One matrix of all parts; `blocks` is used up, so that the largest things are held twice and not four times."""
    rows = len(blocks[0].lengths)
    whole = np.zeros(rows)
    for view in VIEWS:
        mine = [block for part, block in zip(parts, blocks, strict=True) if part.view == view]
        squares = np.sum([block.squares() for block in mine], axis=0)
        for block in mine:
            block.scale(_to_length(WEIGHTS[view], squares))
        whole += np.where(squares > 0, WEIGHTS[view] ** 2, 0.0)
    ends = np.concatenate(([0], np.cumsum(np.sum([block.lengths for block in blocks], axis=0))))
    width = sum(block.width for block in blocks)
    data, columns = np.empty(ends[-1], dtype=np.float32), np.empty(ends[-1], dtype=np.int32)
    begins, left = ends[:-1].copy(), 0
    blocks.reverse()
    while blocks:
        block = blocks.pop()
        block.scale(_to_length(1.0, whole))
        own = np.cumsum(block.lengths) - block.lengths
        places = np.arange(len(block.data)) + np.repeat(begins - own, block.lengths)
        data[places], columns[places] = block.data, block.columns + left
        begins += block.lengths
        left += block.width
    return sparse.csr_matrix((data, columns, ends), shape=(rows, width))


def _to_length(length: float, squares: np.ndarray) -> np.ndarray:
    return np.asarray(np.divide(length, np.sqrt(squares), out=np.zeros(len(squares)), where=squares > 0))
