"""A quote on its way from a document to the form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from workbench.sources import QuoteMatch, SourceTable
from workbench.ui.sources.documents import Document

LONGEST = 4000  # characters
RERUN = "sources:draw-the-page-again"
COUNT = "sources:attached"
_BROKEN = re.compile(r"(?<=[a-zß-ÿ])[-\u00ad]\s*\n\s*(?=[a-zß-ÿ])")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedQuote:
    """What `on_quote` is given."""

    quote: str
    page: str  # the place as it is written down: "page 3", "Methods › Participants", "Table 2"
    full_text: str  # id of the full text; "" for an abstract
    found: Literal["yes", "no", "unchecked"]


OnQuote = Callable[[AttachedQuote], None]


def attach(on_quote: OnQuote, quote: AttachedQuote) -> None:
    """Hand a quote over, in a callback; the whole page is drawn again, as the form has changed."""
    on_quote(quote)
    st.session_state[RERUN] = True
    st.session_state[COUNT] = attached() + 1


def attached() -> int:
    """How many quotes were attached in this session: the browser says so when it grows."""
    count = st.session_state.get(COUNT)
    return count if isinstance(count, int) else 0


def as_quote(text: str) -> str:
    """A piece of a document as a quote: words broken at a line's end are one, and lines run on."""
    return " ".join(_BROKEN.sub("", text).split())[:LONGEST]


def of_match(match: QuoteMatch, document: Document) -> AttachedQuote:
    """The quote for a place that was found, as it stands there."""
    return AttachedQuote(quote=as_quote(match.text), page=match.place, full_text=document.kept_id, found="yes")


def of_cells(table: SourceTable, places: Iterable[tuple[int, int]], document: Document) -> AttachedQuote | None:
    """The quote for cells of a table: a line for each row, which begins with the row's name; None without cells.

    Every line has all the columns that were chosen in any row, so that the cells of the lines stand under each other.
    """
    grid = table.grid()
    rows, columns = set[int](), set[int]()
    for row, column in places:
        if 0 <= row < table.rows and 0 <= column < table.columns:
            rows.add(row)
            columns.add(column)
    cell_at = {
        (row, column): number
        for number, cell in enumerate(table.cells)
        for row in range(cell.row, cell.row + cell.rows)
        for column in range(cell.column, cell.column + cell.columns)
    }
    lines = []
    for row in sorted(rows):
        shown = sorted(columns | {next((at for at, cell in enumerate(grid[row]) if cell), 0)})
        cells = [cell_at.get((row, column), -1) for column in range(table.columns)]  # one that covers several: once
        pieces: list[str] = []
        for before, column in zip([-1, *shown], shown, strict=False):
            ends = {cells[column], cells[before] if before >= 0 else -1}
            gap = any(grid[row][at] and cells[at] not in ends for at in range(before + 1, column))
            if gap:
                pieces.append("…")
            if grid[row][column] and (before < 0 or cells[column] != cells[before]):
                pieces.append(grid[row][column])
        if pieces:
            lines.append(" | ".join(pieces))
    if not lines:
        return None
    place = f"{table.page}, {table.label}" if document.is_pdf and table.page not in table.label else table.label
    return AttachedQuote(quote="\n".join(lines)[:LONGEST], page=place, full_text=document.kept_id, found="yes")
