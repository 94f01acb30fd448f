"""A document ready to be searched: its text as it is compared, and what a place in it is as it stands."""

from __future__ import annotations

import re
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from workbench.sources.model import Page, SourceText
from workbench.sources.normal import FRACTIONS, Normal, normal
from workbench.sources.printed_numbers import signed

Found = Literal["yes", "no", "nearly"]
HELD = 24  # documents that are kept ready
_PERCENT_AFTER = re.compile(r"\s?[%٪％]")
_FIGURES = re.compile(r"[.·]?[0-9]+(?:[.,·][0-9]+)*")
_UNIT_BEFORE = re.compile(r"[0-9]\s?[^\W\d_]{1,3}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteMatch:
    """What became of a quote. Places count characters of the text of `page`."""

    found: Found
    page: str = ""  # label of the page or table where it begins; with "no" of the nearest place, if there is any
    start: int = 0
    end: int = 0  # the end of the page's text where it goes on to another page
    last_page: str = ""  # where it ends, if not on `page`
    similarity: float = 0.0  # 0 to 100
    text: str = ""  # as it stands in the document
    missing: tuple[str, ...] = ()  # numbers of the quote that do not stand there
    instead: tuple[str, ...] = ()  # numbers that stand there and not in the quote
    note: str = ""  # for the reviewer

    @property
    def place(self) -> str:
        """What to write down as the place."""
        return f"{self.page} to {self.last_page}" if self.last_page else self.page


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A cell as it is compared, with the columns that it covers."""

    text: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Text in which a quote may run on: a section, a table, or all pages of a PDF."""

    places: tuple[Page, ...]
    offsets: tuple[int, ...]  # where each place begins in the text
    text: str
    normal: Normal
    rows: tuple[tuple[Slot, ...], ...] = ()  # of a table: each row, with the cells that reach into it from above
    table: bool = False


class _Ready:
    """The documents that were asked for last, in the form in which they are compared."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocks: OrderedDict[int, tuple[SourceText, tuple[Block, ...]]] = OrderedDict()

    def blocks(self, source: SourceText) -> tuple[Block, ...]:
        with self._lock:
            held = self._blocks.get(id(source))
            if held is not None:
                self._blocks.move_to_end(id(source))
                return held[1]
        made = tuple(_blocks(source))
        with self._lock:
            self._blocks[id(source)] = (source, made)  # holding the document keeps its id from another one
            while len(self._blocks) > HELD:
                self._blocks.popitem(last=False)
        return made


_ready = _Ready()


def blocks_of(source: SourceText) -> tuple[Block, ...]:
    """The document's blocks; made once and kept for a while."""
    return _ready.blocks(source)


def _blocks(source: SourceText) -> Iterator[Block]:
    for group in [source.pages] if source.flowing else [(page,) for page in source.pages]:
        yield block_of(group)
    for table in source.tables:
        rows: list[list[Slot]] = [[] for _ in range(table.rows)]
        for cell in table.cells:
            slot = Slot(text=normal(cell.text).text, first=cell.column, last=cell.column + cell.columns - 1)
            for row in range(cell.row, cell.row + cell.rows):
                rows[row].append(slot)
        ordered = tuple(tuple(sorted(row, key=lambda slot: slot.first)) for row in rows)
        yield block_of((Page(label=table.label, text=table.text),), rows=ordered, table=True)


def block_of(places: tuple[Page, ...], *, rows: tuple[tuple[Slot, ...], ...] = (), table: bool = False) -> Block:
    """Pages that run on, or one table."""
    offsets, at = [], 0
    for place in places:
        offsets.append(at)
        at += len(place.text) + 1
    text = "\n".join(place.text for place in places)
    return Block(places=places, offsets=tuple(offsets), text=text, normal=normal(text), rows=rows, table=table)


def match_at(block: Block, start: int, end: int) -> QuoteMatch:
    """The match of a part of the compared text, as it stands."""
    return raw_match(block, block.normal.start(start), block.normal.end(end))


def raw_match(block: Block, start: int, end: int) -> QuoteMatch:
    """The match of a part of the text as it is."""
    first, last = bisect_right(block.offsets, start) - 1, bisect_right(block.offsets, max(start, end - 1)) - 1
    place, offset = block.places[first], block.offsets[first]
    return QuoteMatch(
        found="yes",
        page=place.label,
        start=start - offset,
        end=min(end - offset, len(place.text)),
        last_page=block.places[last].label if last != first else "",
        similarity=100.0,
        text=block.text[start:end],
    )


def whole(block: Block, plain: str, start: int = 0) -> Iterator[int]:
    """Where `plain` stands in the compared text and leaves nothing of a number behind."""
    text = block.normal.text
    at = text.find(plain, start)
    while at >= 0:
        if not _cuts_number(block, at, at + len(plain)):
            yield at
        at = text.find(plain, at + 1)


def _cuts_number(block: Block, start: int, end: int) -> bool:
    """Whether figures, a sign, a comparison, a power, a per cent or half a unit stand outside, next to a number."""
    text = block.normal.text
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if text[start].isdigit() or (text[start] in ".·" and text[start + 1 : start + 2].isdigit()):
        if before[-1:].isdigit() or (before[-1:] in (".", ",", "·") and before[:1].isdigit() and len(before) == 2):
            return True
        if before[-1:] == "^" or before == "^-" or block.normal.within(start):
            return True
        place = block.normal.start(start)
        stands = block.text[max(0, place - 4) : place]
        figures = _FIGURES.match(text, start)
        if signed(stands, figures=figures.group() if figures else ""):
            return True
        if stands.rstrip()[-1:] in ("<", ">", "≤", "≥", "⩽", "⩾"):
            return True
    if text[end - 1].isdigit():
        if after[:1].isdigit() or (after[:1] in (".", ",", "·") and after[1:2].isdigit()) or after == "^-":
            return True
        if block.normal.within(end):
            return True
        place = block.normal.end(end)
        following = block.text[place : place + 3]
        return bool(_PERCENT_AFTER.match(following)) or following[:1] in FRACTIONS
    if text[end - 1].isalpha() and after[:1].isalpha():
        place = block.normal.end(end)
        cut = block.text[place : place + 1].isalpha()
        return cut and _UNIT_BEFORE.search(block.text[max(0, place - 6) : place]) is not None
    return False
