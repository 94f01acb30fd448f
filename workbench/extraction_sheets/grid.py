"""A sheet as it was read: cells with their addresses, nothing interpreted yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from workbench.extraction_sheets.cell_text import has_decimal_comma

CellValue = str | int | float | bool | datetime | date | time
"""What a cell holds. A number that is stored as text is a str, as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell that holds something."""

    value: CellValue | None  # None: a formula without a computed value
    text: str  # as it stands, for quotes and messages
    formula: str = ""  # what computes it, never executed here
    merged_from: str = ""  # the address that a merged range's value stands at, for its other cells
    cut: bool = False  # the text was longer than is kept
    percent: bool = False  # a number that the spreadsheet shows as a percentage: 0.45 as 45%


@dataclass(frozen=True, slots=True, kw_only=True)
class GridSheet:
    """One sheet of a file. Rows and columns count from 1, as spreadsheet programs do."""

    name: str
    cells: Mapping[tuple[int, int], Cell]  # (row, column) -> cell; empty cells are absent
    hidden: bool = False
    notes: tuple[str, ...] = ()  # what a reader of the numbers should know
    decimal_comma: bool = field(init=False)  # some number in it can only be read with a decimal comma: "4,4"
    rows: int = field(init=False)  # the last row with something in it; 0 without any
    columns: int = field(init=False)

    def __post_init__(self) -> None:
        texts = (cell.text for cell in self.cells.values() if isinstance(cell.value, str) and "," in cell.text)
        object.__setattr__(self, "decimal_comma", any(has_decimal_comma(text) for text in texts))
        object.__setattr__(self, "rows", max((row for row, _ in self.cells), default=0))
        object.__setattr__(self, "columns", max((column for _, column in self.cells), default=0))

    def row(self, row: int) -> dict[int, Cell]:
        """The filled cells of a row by their column, from the left."""
        found = ((column, self.cells.get((row, column))) for column in range(1, self.columns + 1))
        return {column: cell for column, cell in found if cell is not None}

    def filled_rows(self) -> Iterator[int]:
        """The rows that have something in them, from the top."""
        yield from sorted({row for row, _ in self.cells})

    def text(self, row: int, column: int) -> str:
        """What stands in a cell; "" for an empty one."""
        cell = self.cells.get((row, column))
        return "" if cell is None else cell.text

    def place(self, row: int, column: int) -> str:
        """The cell's address with its sheet: "Sheet1!D5"."""
        return f"{self.name}!{address(row, column)}" if self.name else address(row, column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A file as it was read."""

    name: str  # of the file, for messages and places
    kind: str  # "CSV" or "XLSX"
    sheets: tuple[GridSheet, ...]
    encoding: str = ""  # of a text file, in words
    separator: str = ""  # of a text file
    notes: tuple[str, ...] = ()

    def sheet(self, name: str) -> GridSheet:
        """The sheet of this name; KeyError where there is none."""
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        raise KeyError(f"{self.name} has no sheet {name!r}")


def column_letters(column: int) -> str:
    """1 -> "A", 27 -> "AA"."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """ "A" -> 1, "AA" -> 27; 0 for what is no column."""
    number = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z":
            return 0
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def address(row: int, column: int) -> str:
    """(5, 4) -> "D5"."""
    return f"{column_letters(column)}{row}"
