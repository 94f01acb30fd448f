"""Tables as files: CSV and XLSX in which no text is ever taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Guard = Callable[[str], str]
"""Makes a text harmless to a spreadsheet program: `workbench.reports.spreadsheet_text`."""
LONGEST = 32_000  # characters of a cell of XLSX; the format allows 32,767
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def csv_table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], guard: Guard) -> bytes:
    """A CSV file as a spreadsheet reads it: UTF-8 with a mark, numbers in full."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([guard(column) for column in columns])
    for row in rows:
        values = (row.get(column) for column in columns)
        writer.writerow([guard(value) if isinstance(value, str) else value for value in values])
    return text.getvalue().encode("utf-8-sig", "replace")


def csv2_table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], guard: Guard) -> bytes:
    """A CSV file as R's `write.csv2` makes it: semicolons, decimal commas, NA; UTF-8 without a mark."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")  # so that a lone carriage return is quoted
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_csv2_cell(row.get(column), guard) for column in columns])
    return text.getvalue().encode("utf-8", "replace")


def _csv2_cell(value: Any, guard: Guard) -> str:
    if value is None:
        return "NA"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return (str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)).replace(".", ",")
    return str(value) if isinstance(value, int) else guard(str(value))


def xlsx_tables(tables: Mapping[str, tuple[Sequence[str], Iterable[Mapping[str, Any]]]], guard: Guard) -> bytes:
    """An XLSX file with a sheet for each table: name -> (columns, rows). Texts are stored as texts, never formulas."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    for name, (columns, rows) in tables.items():
        sheet = book.create_sheet(title=re.sub(r"[\[\]:*?/\\']", " ", name)[:31] or "table")
        sheet.freeze_panes = "A2"

        def cell(value: Any, *, bold: bool = False, sheet: Any = sheet) -> Any:
            if isinstance(value, str):
                made = WriteOnlyCell(sheet, value=_ILLEGAL.sub("\ufffd", guard(value))[:LONGEST])
                made.data_type = "s"  # a text that begins with = stays one
            else:
                made = WriteOnlyCell(sheet, value=value)
            if bold:
                made.font = Font(bold=True)
            return made

        sheet.append([cell(column, bold=True) for column in columns])
        for row in rows:
            sheet.append([cell(row.get(column)) for column in columns])
    if not tables:
        book.create_sheet(title="empty")
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
