"""What a document says, as the extractor needs it: its text by pages, and its tables as grids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

BETWEEN = " | "  # cells of a line


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a PDF, a section of an article, or a part of a text."""

    label: str  # "page 3", "Methods › Participants"; what an extractor writes down as the place
    text: str  # a paragraph a line


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCell:
    """A cell as it is printed, at the upper left of the slots it covers."""

    text: str
    row: int  # from 0
    column: int
    rows: int = 1  # how many it covers
    columns: int = 1
    header: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTable:
    """A table of a document; every span of its cells lies within its rows and columns."""

    label: str  # "Table 2"
    caption: str
    cells: tuple[TableCell, ...]  # in reading order
    rows: int
    columns: int
    header_rows: int = 0
    footnotes: tuple[str, ...] = ()
    page: str = ""  # label of the page it stands on
    note: str = ""  # what to know about the reading, such as: only a picture

    def grid(self) -> tuple[tuple[str, ...], ...]:
        """All slots; a cell that covers several stands in each of them."""
        slots = [[""] * self.columns for _ in range(self.rows)]
        for cell in self.cells:
            for row in range(cell.row, cell.row + cell.rows):
                slots[row][cell.column : cell.column + cell.columns] = [cell.text] * cell.columns
        return tuple(tuple(row) for row in slots)

    @property
    def header(self) -> tuple[tuple[str, ...], ...]:
        """The header rows of the grid."""
        return self.grid()[: self.header_rows]

    def names(self) -> tuple[str, ...]:
        """What each column is called: its header cells from above downwards."""
        head = self.header
        return tuple(
            " – ".join(dict.fromkeys(filter(None, (row[column] for row in head)))) for column in range(self.columns)
        )

    def lines(self) -> tuple[str, ...]:
        """The rows as text, each cell once, with a bar between them."""
        found: list[list[str]] = [[] for _ in range(self.rows)]
        for cell in self.cells:
            found[cell.row].append(cell.text)
        return tuple(BETWEEN.join(texts) for texts in found)

    @property
    def text(self) -> str:
        """Everything that is printed: label and caption, rows, footnotes; a line each."""
        return "\n".join((self.heading, *self.lines(), *self.footnotes))

    @property
    def heading(self) -> str:
        """Label and caption: the first line of the text."""
        return " ".join(filter(None, (self.label, self.caption)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """What a document says. Read once and kept: equal documents are one to caches."""

    pages: tuple[Page, ...]
    tables: tuple[SourceTable, ...] = ()
    notes: tuple[str, ...] = ()  # what could not be read, for the reviewer
    flowing: bool = False  # a sentence may go on from one page to the next, as in a PDF

    def places(self) -> Iterator[Page]:
        """All pages, then each table as one more place."""
        yield from self.pages
        for table in self.tables:
            yield Page(label=table.label, text=table.text)

    @property
    def characters(self) -> int:
        """How much text there is."""
        return sum(len(place.text) for place in self.places())


def clean_line(text: str) -> str:
    """One line with single spaces."""
    return " ".join(text.split())
