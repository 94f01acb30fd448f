"""The pages and tables of a PDF, read in a child process that has limits of memory and time (`pdf_child.py`).

pypdf and pdfplumber are pure Python as far as they are used here, so a hostile file can at worst waste time and memory.
No more than two files are read at once in a process, so that many readers do not exhaust the machine either.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.sources.errors import SourceError
from workbench.sources.grid import Grid, RawCell, lay_out
from workbench.sources.model import Page, SourceTable, SourceText, clean_line

PAGES_TIME = 45.0  # seconds for a whole document; a usual article takes two
TABLES_TIME = 30.0  # seconds for the pages asked for; a page takes about one
AT_ONCE = 2
MOST_TABLE_PAGES = 4  # asked for at a time
_CHILD = Path(__file__).with_name("pdf_child.py")
_slots = threading.BoundedSemaphore(AT_ONCE)
_LABEL = re.compile(r"\s*(?:table|tab\.)\s*([A-Za-z]?\s?\d{1,3}|[IVX]{1,5})\b[.:|–-]?\s*(.*)", re.IGNORECASE)
_LOCKED = "This PDF is locked with a password: its text cannot be read. Add an unlocked copy."
_SCANNED = (
    "This PDF holds pictures of pages, but no text: quotes cannot be compared with it. "
    "Add a copy with text (publishers have one), or one that went through text recognition."
)
_FAILED = (
    "No page of this PDF can be read: its pages are broken, or ask for more memory than a page of an article needs. "
    "Add another copy."
)
_NOT_READ = (
    "{pages} could not be read: broken, or in need of more memory than a page may have. Look at the file itself."
)
_EARLY = "The file could be read up to {page} only."


def read_pages(content: bytes, *, seconds: float = PAGES_TIME) -> SourceText:
    """The text of a PDF page by page. Raises SourceError where there is none to be had."""
    found, ended = _run(content, ["pages"], seconds)
    problem = next((str(each["problem"]) for each in found if "problem" in each), "")
    if problem == "locked":
        raise SourceError(_LOCKED)
    count = next((each["pages"] for each in found if isinstance(each.get("pages"), int)), 0)
    pages = tuple(
        Page(label=page_label(each["page"]), text=_storable(str(each.get("text", ""))))
        for each in found
        if isinstance(each.get("page"), int)
    )
    if not pages:
        raise SourceError("This PDF cannot be read: it is broken, or made in a way that takes too long to read.")
    failed = [page_label(each["page"]) for each in found if each.get("failed") and isinstance(each.get("page"), int)]
    if not any(page.text.strip() for page in pages):
        raise SourceError(_FAILED if failed else _SCANNED)
    notes = []
    if len(pages) < count or not ended:
        notes.append(_EARLY.format(page=pages[-1].label))
    if failed:
        notes.append(_NOT_READ.format(pages=_listed(failed).capitalize()))
    empty = [page.label for page in pages if not page.text.strip() and page.label not in failed]
    if empty:
        notes.append(f"No text could be read on {_listed(empty)}: perhaps a picture.")
    return SourceText(pages=pages, notes=tuple(notes), flowing=True)


def page_label(number: int) -> str:
    """What a page of a PDF is called, counted from 1 as viewers do."""
    return f"page {number}"


def page_number(label: str) -> int | None:
    """The number of a page from its label."""
    found = re.fullmatch(r"page (\d{1,5})", label)
    return int(found.group(1)) if found else None


def read_pdf_tables(
    content: bytes, numbers: Sequence[int], *, seconds: float = TABLES_TIME
) -> tuple[tuple[SourceTable, ...], str]:
    """The tables on these pages (from 1, at most four), and what to say where not all was read."""
    wanted = list(dict.fromkeys(numbers))[:MOST_TABLE_PAGES]
    found, ended = _run(content, ["tables", *map(str, wanted)], seconds)
    tables: list[SourceTable] = []
    for each in found:
        page, rows_of, captions = each.get("page"), each.get("tables"), each.get("captions")
        if not isinstance(page, int) or not isinstance(rows_of, list) or not isinstance(captions, list):
            continue
        for rows, caption in zip(rows_of, captions, strict=False):
            tables.append(_table(rows, str(caption), page, len(tables) + 1))
    failed = any(each.get("failed") for each in found)
    problem = (
        "" if ended and not failed else "Not all tables could be read: the page is broken, or takes too long to read."
    )
    return _once(tables), problem


def _table(rows: Any, caption: str, page: int, number: int) -> SourceTable:
    cells = [
        [
            RawCell(text=_storable(str(text)), rows=int(height), columns=int(width), column=int(column))
            for text, height, width, column in row
        ]
        for row in rows
    ]
    grid = lay_out(cells, header_rows=0)
    found = _LABEL.match(caption)
    return SourceTable(
        label=f"Table {clean_line(found.group(1))}" if found else f"Table {number} on {page_label(page)}",
        caption=clean_line(found.group(2) if found else caption),
        cells=grid.cells,
        rows=grid.rows,
        columns=grid.columns,
        header_rows=_header_rows(grid),
        page=page_label(page),
        note="Read from a PDF: compare the numbers with the page.",
    )


def _header_rows(grid: Grid) -> int:
    """The rows above the first one with a value beside its name; a heading between rows (one cell only) is none."""
    for row in range(grid.rows):
        cells = [cell for cell in grid.cells if cell.row <= row < cell.row + cell.rows and cell.text]
        if any(cell.column > 0 and _is_value(cell.text) for cell in cells) or (row and len(cells) < 2):
            return row
    return min(grid.rows, 1)


def _is_value(text: str) -> bool:
    """A number as a table gives it; "week 4", "10 Hz" and "n = 20" are headings."""
    letters = re.sub(r"\b(?:to|sd|se|ci|ns)\b|[a-d*†‡]$", "", text.lower())
    return not text[:1].isalpha() and any(each.isdigit() for each in text) and not any(map(str.isalpha, letters))


def _once(tables: Iterable[SourceTable]) -> tuple[SourceTable, ...]:
    used: dict[str, int] = {}
    found = []
    for table in tables:
        used[table.label] = used.get(table.label, 0) + 1
        times = used[table.label]
        found.append(table if times == 1 else replace(table, label=f"{table.label} ({times})"))
    return tuple(found)


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(labels) if len(labels) <= 5 else f"{', '.join(labels[:5])} and {len(labels) - 5} more"


def _storable(text: str) -> str:
    """Without lone surrogates and NUL, which fonts of broken files give."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _run(content: bytes, arguments: Sequence[str], seconds: float) -> tuple[list[dict[str, Any]], bool]:
    """What the child said, line by line, and whether it came to the end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("WORKBENCH_", "NCBI_"))}
    with _slots:
        try:
            done = subprocess.run(  # noqa: S603 - a fixed command, no shell
                [sys.executable, "-P", str(_CHILD), *arguments],  # -P: modules beside the child are not found by name
                input=content,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                env=environment,
                check=False,
            )
            said = done.stdout
        except subprocess.TimeoutExpired as late:
            said = late.stdout or b""
        except OSError as error:
            raise SourceError("The program that reads PDF files could not be started.") from error
    lines: list[dict[str, Any]] = []
    for line in said.split(b"\n"):
        try:
            read = json.loads(line)
        except ValueError:  # the last line of a child that was stopped
            continue
        if isinstance(read, dict):
            lines.append(read)
    return lines, any(line.get("done") is True for line in lines)
