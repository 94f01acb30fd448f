"""XLSX files: the values of every sheet as they were last computed. Formulas and macros are never executed."""

from __future__ import annotations

import io
import re
import warnings
from datetime import date, datetime, time, timedelta
from typing import Any

from workbench.extraction_sheets.cell_text import MOST_CHARACTERS, kept_text, number_text
from workbench.extraction_sheets.errors import UnreadableSheet
from workbench.extraction_sheets.grid import Cell, CellValue, Grid, GridSheet, address
from workbench.extraction_sheets.package_check import Extent, check_package, extent, worksheets


def read_workbook(body: bytes, name: str) -> Grid:
    """Every sheet of an XLSX file; UnreadableSheet tells why one cannot be read."""
    archive = check_package(body, name)
    named = worksheets(archive, name)
    if not named:
        raise UnreadableSheet(f"{name} has no sheet with cells.")
    extents: dict[str, Extent] = {}
    notes, refused = [], []
    for sheet in named:
        try:
            extents[sheet.name] = extent(archive, sheet, name)
        except UnreadableSheet as error:  # one sheet of raw data does not make the others unreadable
            refused.append(error)
            notes.append(f"A sheet was not read: {error}")
    if not extents:
        raise refused[0]
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of extensions it does not know
            workbook = load_workbook(io.BytesIO(body), read_only=True, data_only=True, keep_links=False)
            try:
                sheets = tuple(
                    _sheet(workbook[sheet.name], sheet.name, held, hidden=sheet.hidden)
                    for sheet in named
                    if (held := extents.get(sheet.name)) is not None
                )
            finally:
                workbook.close()
    except UnreadableSheet:
        raise
    except Exception as error:  # whatever a library meets in a file from outside
        raise UnreadableSheet(f"{name} cannot be read as XLSX ({type(error).__name__}: {error}).") from error
    if any(part.filename.endswith("vbaProject.bin") for part in archive.infolist()):
        notes.append("The file holds macros; they were not run.")
    return Grid(name=name, kind="XLSX", sheets=sheets, notes=tuple(notes))


def _sheet(worksheet: Any, name: str, held: Extent, *, hidden: bool) -> GridSheet:
    cells: dict[tuple[int, int], Cell] = {}
    if held.cells:
        worksheet.reset_dimensions()  # what the file says of its size is not to be trusted
        rows = worksheet.iter_rows(max_row=held.rows, max_col=held.columns)
        for row, values in enumerate(rows, start=1):
            for column, shown in enumerate(values, start=1):
                value = shown.value
                formula = held.formulas.get((row, column), "")
                if value is None and not formula:
                    continue
                cell = _cell(value, formula, percent=_is_percent(value, shown))
                if cell is not None:
                    cells[row, column] = cell
    notes = []
    filled = _fill_merged(cells, held)
    if filled:
        notes.append(f"{len(held.merged)} merged ranges: their value counts for each of their cells.")
    if held.formulas:
        count = len(held.formulas)
        notes.append(f"{count} cells hold formulas: the values that were computed when the file was saved are taken.")
    if held.empty_rows > 1000:
        notes.append(f"{held.empty_rows:,} rows without content were passed over.")
    return GridSheet(name=name, cells=cells, hidden=hidden, notes=tuple(notes))


def _is_percent(value: Any, shown: Any) -> bool:
    """Whether a number is shown as a percentage. A "%" in quotes or after a backslash is only a letter."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    style = re.sub(r'"[^"]*"|\\.', "", str(shown.number_format or ""))
    return "%" in style


def _cell(value: Any, formula: str, *, percent: bool = False) -> Cell | None:
    if percent:  # as people see it: 0.45 is 45%
        text = f"{number_text(float(f'{value * 100:.12g}'))}%"
        return Cell(value=text, text=text, formula=formula, percent=True)
    if isinstance(value, str):
        if not value.strip() and not formula:
            return None
        kept = kept_text(value)
        return Cell(value=kept, text=kept, formula=formula, cut=len(value) > MOST_CHARACTERS)
    if value is None:
        return Cell(value=None, text=f"={formula}", formula=formula)
    known: CellValue
    if isinstance(value, bool | int | float | datetime | date | time):
        known = value
    elif isinstance(value, timedelta):
        known = str(value)
    else:
        known = kept_text(str(value))
    return Cell(value=known, text=_text(known), formula=formula)


def _text(value: CellValue) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, datetime | date | time) else value


def _fill_merged(cells: dict[tuple[int, int], Cell], held: Extent) -> int:
    """Put a merged range's value into its other cells; gives how many were filled."""
    filled = 0
    for top, left, bottom, right in held.merged:
        source = cells.get((top, left))
        if source is None:
            continue
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                if (row, column) not in cells:
                    cells[row, column] = Cell(
                        value=source.value,
                        text=source.text,
                        formula=source.formula,
                        merged_from=address(top, left),
                        cut=source.cut,
                    )
                    filled += 1
    return filled
