"""Which pairs are worth a comparison: those that share a key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from ingest.duplicates.sketch import Sketch

_BLOCK = 40  # records under one key that are compared each with each; of a larger block, neighbours in order


def candidates(sketches: Sequence[Sketch]) -> set[tuple[int, int]]:
    """Pairs worth a comparison: those that share a key."""
    blocks: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, sketch in enumerate(sketches):
        for key in _keys(sketch):
            blocks[key].append(index)
    pairs: set[tuple[int, int]] = set()
    for block in blocks.values():
        if len(block) <= _BLOCK:
            pairs.update(combinations(block, 2))
            continue
        ordered = sorted(block, key=lambda index: _order(sketches[index]))
        for offset in range(1, 16):
            pairs.update((min(pair), max(pair)) for pair in zip(ordered, ordered[offset:], strict=False))
    return pairs


def _keys(sketch: Sketch) -> Iterator[tuple[str, ...]]:
    if sketch.doi:
        yield "doi", sketch.doi
    if sketch.pmid:
        yield "pmid", sketch.pmid
    key = sketch.title.replace(" ", "")
    if key:
        yield "title", key
        yield "title begins", key[:24]
        yield "title ends", key[-24:]
    year = str(sketch.year or "")
    if sketch.pages.first and sketch.volume:
        yield "volume and page", sketch.volume, sketch.pages.first.lstrip("es"), year
    for name in sketch.first_author:
        if sketch.pages.first:
            yield "author and page", name, sketch.pages.first.lstrip("es"), year
        yield "author and title", name, key[:8]


def _order(sketch: Sketch) -> tuple[str, ...]:
    return (sketch.title, sketch.doi or "", sketch.volume, sketch.pages.first, str(sketch.year or ""))
