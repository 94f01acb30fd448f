"""Bytes of a sheet in, a grid of cells out. What a file is, is told by its content, never by its name."""

from __future__ import annotations

import csv
import io
import re

from ingest.formats.table_rows import Spoilt, TableRows
from ingest.record import IngestError
from ingest.text_encoding import Encoding, find_encoding
from workbench.extraction_sheets.cell_text import MOST_CHARACTERS, kept_text
from workbench.extraction_sheets.errors import UnreadableSheet
from workbench.extraction_sheets.grid import Cell, Grid, GridSheet
from workbench.extraction_sheets.package_check import MOST_CELLS, MOST_COLUMNS, MOST_ROWS

LARGEST = 20_000_000  # bytes of a file
SEPARATORS = (",", ";", "\t", "|")
_LINE_END = re.compile(r"\r\n|\r|\n")
_MARKUP = re.compile(rb"^\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|table|\?xml|xml|script)", re.IGNORECASE)
_OTHERS = (
    (
        b"\xd0\xcf\x11\xe0",
        "is an old Excel file (.xls), or one that is locked: save it as .xlsx without a password",
    ),
    (b"%PDF", "is a PDF: copy its table into a spreadsheet and save that as .xlsx or .csv"),
    (b"\x1f\x8b", "is packed with gzip: unpack it first"),
    (b"Rar!", "is an archive: unpack it first"),
    (b"7z\xbc\xaf", "is an archive: unpack it first"),
    (b"\x89PNG", "is a picture"),
    (b"\xff\xd8\xff", "is a picture"),
    (b"{\\rtf", "is a text document: copy its table into a spreadsheet and save that as .xlsx or .csv"),
)


def read_grid(body: bytes, name: str) -> Grid:
    """Read a sheet: a CSV file in any usual encoding and with any usual separator, or every sheet of an XLSX file.

    Values only: formulas are never executed, their last computed value is taken. UnreadableSheet says why a file is
    refused: too large, another kind of file than its name says, damaged, or built to harm.
    """
    if not body.strip():
        raise UnreadableSheet(f"{name} is empty.")
    if len(body) > LARGEST:
        raise UnreadableSheet(f"{name} is larger than {LARGEST // 1_000_000} MB: that is no extraction sheet.")
    if body.startswith(b"PK"):
        from workbench.extraction_sheets.workbook import read_workbook

        return read_workbook(body, name)
    for mark, words in _OTHERS:
        if body.startswith(mark):
            raise UnreadableSheet(f"{name} {words}.")
    if _MARKUP.match(body[:1000]):
        raise UnreadableSheet(
            f"{name} is a web page or XML, not a table of text, whatever its name says: open it in a spreadsheet "
            "program and save it as .xlsx or .csv."
        )
    return _read_text(body, name)


def _read_text(body: bytes, name: str) -> Grid:
    encoding = find_encoding((body,))
    text = _decoded(body, encoding)
    if text.count("\x00") > 0 or _looks_binary(text):
        raise UnreadableSheet(f"{name} is no table of text: save the sheet as .xlsx or .csv.")
    separator = _separator(text)
    cells, notes = _cells(text, separator, name)
    if not cells:
        raise UnreadableSheet(f"{name} has no cell with anything in it.")
    if encoding.guessed:
        notes.append(f"The file does not say its encoding; it was read as {encoding.name}. Look at names with accents.")
    return Grid(
        name=name,
        kind="CSV",
        sheets=(GridSheet(name="", cells=cells, notes=tuple(notes)),),
        encoding=encoding.name,
        separator=separator,
    )


def _decoded(body: bytes, encoding: Encoding) -> str:
    import ingest.text_encoding as reading

    with reading.text_file(body, iter(()), encoding.codec) as file:
        return file.read()


def _looks_binary(text: str) -> bool:
    start = text[:4000]
    odd = sum(1 for character in start if character < " " and character not in "\t\r\n\x0b\x0c\x1a")
    return odd > max(8, len(start) // 20)


def _separator(text: str) -> str:
    """The separator under which the first rows have the most cells, and as many in each."""
    head = "\n".join(_LINE_END.split(text[:200_000])[:60])

    def score(separator: str) -> tuple[float, int]:
        try:
            rows = [
                row for row in csv.reader(io.StringIO(head), delimiter=separator) if any(cell.strip() for cell in row)
            ]
        except csv.Error:
            return (0.0, 0)
        widths = [len(row) for row in rows]
        if not widths or max(widths) < 2:
            return (0.0, 0)
        usual = max(set(widths), key=widths.count)
        return (usual if usual > 1 else 0) * widths.count(usual) / len(widths), max(widths)

    return max(SEPARATORS, key=score)


def _cells(text: str, separator: str, name: str) -> tuple[dict[tuple[int, int], Cell], list[str]]:
    cells: dict[tuple[int, int], Cell] = {}
    notes: list[str] = []
    rows = TableRows(io.StringIO(text, newline=""), separator)
    number, next_line = 0, 1
    try:
        for row in rows:
            number += 1 + max(0, row.line - next_line)  # empty lines are rows of a spreadsheet, too
            next_line = row.line + len(_LINE_END.findall(row.raw)) + 1
            if isinstance(row, Spoilt):
                notes.append(f"Row {number} (line {row.line}) was not read: {row.reason}.")
                continue
            if len(row.cells) > MOST_COLUMNS or number > MOST_ROWS or len(cells) > MOST_CELLS:
                raise UnreadableSheet(
                    f"{name} has more than {MOST_COLUMNS:,} columns, {MOST_ROWS:,} rows or {MOST_CELLS:,} cells: that "
                    "is no extraction sheet."
                )
            rows.width = rows.width or len(row.cells)
            for column, cell in enumerate(row.cells, start=1):
                if cell.strip():
                    kept = kept_text(cell)
                    cells[number, column] = Cell(value=kept, text=kept, cut=len(cell) > MOST_CHARACTERS)
    except IngestError as error:
        raise UnreadableSheet(f"{name} cannot be read as a table: {error}") from error
    return cells, notes
