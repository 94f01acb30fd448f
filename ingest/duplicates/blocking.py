"""Which pairs are worth a comparison: those that share a key.

Every labelled pair of three published sets shares one, and an exhaustive comparison of each set finds nothing that
the keys miss (docs/duplicates-rules.md). Work stays bounded whatever the records are: a block of many records, five
thousand editorials, is divided by volume, year, page and author, and what is still many is compared with its
neighbours in order only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from ingest.duplicates.sketch import Sketch

MANY = 40  # records under one key, up to which each is compared with each
WINDOW = 15  # neighbours on either side, in order, that a record of a larger block is compared with
MAX_NAMES = 6  # parts of a first author's name that are keys
_LETTERS = 24  # of a title's beginning and end


class Blocks:
    """Records under the keys that they share. Keys are hashes: a collision costs a comparison and nothing else."""

    def __init__(self, sketches: Sequence[Sketch]) -> None:
        self._sketches = sketches
        self._blocks = _shared((index, _keys(each)) for index, each in enumerate(sketches))
        self._large: set[int] = set()
        self._order: dict[int, tuple[list[int], dict[int, int]]] = {}
        for key in [key for key, block in self._blocks.items() if len(block) > MANY]:
            block = self._blocks.pop(key)
            self._large.add(key)
            self._put_in_order(key, block)
            for part, members in _shared((index, _parts(key, sketches[index])) for index in block).items():
                if len(members) > MANY:
                    self._put_in_order(part, members)
                else:
                    self._blocks[part] = members

    def _put_in_order(self, key: int, block: list[int]) -> None:
        ordered = sorted(block, key=lambda index: _order(self._sketches[index]))
        self._order[key] = (ordered, {index: place for place, index in enumerate(ordered)})

    def neighbours(self, index: int) -> set[int]:
        """The records that this one is to be compared with; symmetric."""
        found: set[int] = set()
        sketch = self._sketches[index]
        for key in _keys(sketch):
            found.update(self._under(key, index))
            if key in self._large:
                for part in _parts(key, sketch):
                    found.update(self._under(part, index))
        found.discard(index)
        return found

    def _under(self, key: int, index: int) -> Iterable[int]:
        if key not in self._order:
            return self._blocks.get(key, ())
        ordered, places = self._order[key]
        place = places[index]
        return ordered[max(0, place - WINDOW) : place + WINDOW + 1]


def _shared(keyed: Iterable[tuple[int, Iterable[int]]]) -> dict[int, list[int]]:
    """Records by key, without the keys that only one of them has."""
    alone: dict[int, int] = {}
    blocks: dict[int, list[int]] = defaultdict(list)
    for index, keys in keyed:
        for key in dict.fromkeys(keys):
            if key in blocks:
                blocks[key].append(index)
            elif key in alone:
                blocks[key] = [alone[key], index]
            else:
                alone[key] = index
    return dict(blocks)


def _keys(sketch: Sketch) -> Iterator[int]:
    if sketch.doi:
        yield hash(("doi", sketch.doi))
    if sketch.pmid:
        yield hash(("pmid", sketch.pmid))
    title = sketch.title.replace(" ", "")
    if title:
        yield hash(("title", title))
        yield hash(("title begins", title[:_LETTERS]))
        yield hash(("title ends", title[-_LETTERS:]))
    page = sketch.pages.first.lstrip("es")
    if page and sketch.volume:
        yield hash(("volume and page", sketch.volume, page, sketch.year))
    for name in _names(sketch):
        if page:
            yield hash(("author and page", name, page, sketch.year))
        yield hash(("author and title", name, title[:8]))


def _parts(key: int, sketch: Sketch) -> Iterator[int]:
    """Keys that divide a large block: two records of one report agree in one of these, if they say anything."""
    yield hash((key, "volume", sketch.volume))
    yield hash((key, "year", sketch.year))
    yield hash((key, "page", sketch.pages.first))
    for name in _names(sketch):
        yield hash((key, "author", name))


def _names(sketch: Sketch) -> Iterator[str]:
    return islice(sorted(sketch.first_author), MAX_NAMES)


def _order(sketch: Sketch) -> tuple[str, str, str, str, str]:
    return (sketch.title, sketch.volume, sketch.pages.first, str(sketch.year or ""), sketch.doi or "")
