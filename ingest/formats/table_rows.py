"""The rows of a CSV file, each with its line and its text; one that is spoilt takes no others along.

Python's csv module splits the rows. It has no notion of damage: a cell that begins with a quotation mark goes on to the
next one, through any number of lines. A row that swallowed others that way is given back as `Spoilt`, its first line
only, and the lines after it are read again.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from ingest.record import RAW_KEPT, BrokenFile, TruncatedFile, UnsafeFile

MAX_LINE = 1 << 22  # characters between two line ends
MAX_CELL = 1 << 20  # characters
MAX_SPOILT = 200  # rows that are given back; a file with more of them is not a table
RAW_ROW = 1 << 20  # characters of a row's text that are kept with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row that has something in it."""

    line: int  # 1-based, where it begins
    cells: list[str]
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """A row that cannot be read."""

    line: int
    reason: str
    raw: str


class TableRows:
    """Iterates over the rows of `text`; `width` may be set once the header is known, and makes damage visible."""

    def __init__(self, text: TextIO, separator: str) -> None:
        # Process-wide, and upwards only: 131,072 characters is less than some abstracts with their appendices.
        csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL))
        self.width = 0
        self._text = text
        self._separator = separator
        self._again: deque[str] = deque()  # lines to be read again
        self._taken: list[str] = []  # lines of the present row
        self._over = False
        self._line = 1
        self._spoilt = 0
        self._reader = csv.reader(self._lines(), delimiter=separator)

    def __iter__(self) -> Iterator[Row | Spoilt]:
        while True:
            self._taken.clear()
            reason = ""
            cells: list[str] = []
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                reason = f"it cannot be split into cells ({error}): a quotation mark may be missing"
            line, taken = self._line, list(self._taken)
            if not reason and self._over:  # the end of the file ended the row, not the end of a line
                if not self._rows_inside(taken):
                    raise TruncatedFile(
                        f"A quotation mark in the row that begins in line {line} is never closed; the file may be cut."
                    )
                reason = "a quotation mark in it is never closed"
            elif not reason and self._swallowed(cells, taken):
                reason = "a quotation mark in it is not closed before the next rows"
            if reason:
                yield self._give_back(line, taken, reason)
                continue
            self._line += len(taken)
            if any(cell and not cell.isspace() for cell in cells):
                yield Row(line=line, cells=cells, raw="".join(taken)[:RAW_ROW].rstrip("\r\n"))

    def _lines(self) -> Iterator[str]:
        size = 0
        while True:
            line = self._again.popleft() if self._again else self._text.readline(MAX_LINE)
            if not line:
                self._over = True
                return
            if len(line) >= MAX_LINE:
                raise UnsafeFile(f"This table has a line of more than {MAX_LINE:,} characters; not read.")
            size = len(line) if not self._taken else size + len(line)
            if size > 4 * MAX_LINE:
                raise UnsafeFile(f"This table has a row of more than {4 * MAX_LINE:,} characters; not read.")
            self._taken.append(line)
            yield line

    def _give_back(self, line: int, taken: list[str], reason: str) -> Spoilt:
        self._spoilt += 1
        if self._spoilt > MAX_SPOILT:
            raise BrokenFile(
                f"More than {MAX_SPOILT} rows of this table cannot be read; the last begins in line {line}."
            )
        self._again.extendleft(reversed(taken[1:]))
        if self._over:  # the csv module does not ask again for lines that it was told there are none of
            self._over = False
            self._reader = csv.reader(self._lines(), delimiter=self._separator)
        self._line += 1
        return Spoilt(line=line, reason=reason, raw=taken[0][:RAW_KEPT].rstrip("\r\n"))

    def _swallowed(self, cells: list[str], taken: list[str]) -> bool:
        """Whether lines of this row are rows themselves.

        The last line of a row with a line break in a cell closes a quotation mark that an earlier one opened: alone, it
        has an odd number of them.
        """
        if len(taken) < 2 or self.width < 2:
            return False
        if self._alone(taken[-1]) == self.width:
            return True
        # A mark closed by the next row's stray one: text follows it at once, and each line has a row's separators.
        if all(line.count(self._separator) >= self.width - 1 for line in taken if not line.isspace()):
            try:
                next(csv.reader(taken, delimiter=self._separator, strict=True))
            except csv.Error:
                return True
        return len(cells) > self.width and self._rows_inside(taken)

    def _rows_inside(self, taken: list[str]) -> bool:
        """Whether at least half of the lines after the first are rows by themselves."""
        after = [line for line in taken[1:] if not line.isspace()]
        if self.width < 2 or not after:
            return False
        return 2 * sum(self._alone(line) == self.width for line in after) >= len(after)

    def _alone(self, line: str) -> int:
        """How many cells a line has by itself; 0 if its quotation marks do not pair."""
        if line.count('"') % 2:
            return 0
        try:
            return len(next(csv.reader([line], delimiter=self._separator), []))
        except csv.Error:
            return 0
