"""From rows of cells with spans to a grid, as browsers lay tables out (HTML, 4.9.12, "forming a table").

A span that leaves the table is cut off; a table may not claim more slots than any printed one has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.sources.model import TableCell, clean_line

WIDEST = 200  # columns
LONGEST = 5000  # rows
SLOTS = 100_000
CELL = 5000  # characters that are kept of one cell
_NUMBER = re.compile(r"\s*(\d{1,6})")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawCell:
    """A cell as it is written down in a file."""

    text: str
    header: bool = False
    rows: int = 1  # 0: to the end of its group of rows
    columns: int = 1
    column: int | None = None  # where the file says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Cells with their places."""

    cells: tuple[TableCell, ...]
    rows: int
    columns: int
    header_rows: int
    cut: bool = False  # there was more than a table may have


def span(value: str | None) -> int:
    """A span as a file gives it, 1 where it makes no sense."""
    found = _NUMBER.match(value or "")
    return int(found.group(1)) if found else 1


def lay_out(rows: Sequence[Sequence[RawCell]], *, header_rows: int | None = None) -> Grid:
    """Give every cell its place. header_rows: known from the file; else the leading rows of header cells only."""
    cut = len(rows) > LONGEST
    rows = rows[:LONGEST]
    taken: list[int] = []  # for each column: up to which row (exclusive) a cell from above covers it
    placed: list[TableCell] = []
    slots = 0
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            if cell.column is not None and cell.column >= column:
                column = cell.column
            while column < len(taken) and taken[column] > number:
                column += 1
            height = len(rows) - number if cell.rows == 0 else min(max(cell.rows, 1), len(rows) - number)
            width = _free(taken, column, number, min(max(cell.columns, 1), WIDEST))
            if column + width > WIDEST or slots + height * width > SLOTS:
                cut = True
                break
            slots += height * width
            taken.extend([0] * (column + width - len(taken)))
            taken[column : column + width] = [number + height] * width
            text = clean_line(cell.text)[:CELL]
            placed.append(
                TableCell(text=text, row=number, column=column, rows=height, columns=width, header=cell.header)
            )
            column += width
    if header_rows is None:
        header_rows = 0
        while header_rows < len(rows) and rows[header_rows] and all(cell.header for cell in rows[header_rows]):
            header_rows += 1
        header_rows = header_rows if header_rows < len(rows) else 0
    return Grid(
        cells=tuple(placed), rows=len(rows), columns=len(taken), header_rows=min(header_rows, len(rows)), cut=cut
    )


def _free(taken: Sequence[int], column: int, row: int, width: int) -> int:
    """How many of the columns wanted are free: cells never lie over each other."""
    for offset in range(width):
        if column + offset < len(taken) and taken[column + offset] > row:
            return max(offset, 1)
    return width
