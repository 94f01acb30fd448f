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
    """The quote for cells of a table: a line for each row, which begins with the row's name; None without cells."""
    grid = table.grid()
    chosen: dict[int, set[int]] = {}
    for row, column in places:
        if 0 <= row < table.rows and 0 <= column < table.columns:
            chosen.setdefault(row, set()).add(column)
    lines = []
    for row in sorted(chosen):
        columns = sorted(chosen[row] | {next((at for at, cell in enumerate(grid[row]) if cell), 0)})
        pieces: list[str] = []
        for before, column in zip([-1, *columns], columns, strict=False):
            between = {grid[row][at] for at in range(max(before, 0), column)} - {"", grid[row][max(before, 0)]}
            if between:
                pieces.append("…")
            if grid[row][column] and (before < 0 or grid[row][column] != grid[row][before] or between):
                pieces.append(grid[row][column])
        if pieces:
            lines.append(" | ".join(pieces))
    if not lines:
        return None
    place = f"{table.page}, {table.label}" if document.is_pdf and table.page not in table.label else table.label
    return AttachedQuote(quote="\n".join(lines)[:LONGEST], page=place, full_text=document.kept_id, found="yes")
