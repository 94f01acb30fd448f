"""Where the table stands on a sheet: its headings, its rows, and what is left out of it and why."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.extraction_sheets.cell_text import as_number, folded, is_missing, is_not_reported_text, squeezed
from workbench.extraction_sheets.errors import BadSheetMapping
from workbench.extraction_sheets.grid import Cell, GridSheet, column_letters

LOOKED_AT = 25  # filled rows from the top among which the headings are sought
LONGEST_HEADING = 120
SAMPLES = 4
_TOTAL = re.compile(r"(sub|grand )?totals?|sum|overall|pooled( effect)?|summary|averages?|mean|median", re.IGNORECASE)
_NOTE = re.compile(r"[*†‡§¶#]|notes?\b|source|abbreviation|legend|footnote|values? (are|is)\b", re.IGNORECASE)
_STATISTIC = re.compile(
    r"(m|mean|sd|se|sem|n|events?|total|pre|post|baseline|follow-?up|ci|lower|upper|%)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutRow:
    """A row with something in it that is no row of the table."""

    row: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the table."""

    number: int
    label: str  # its heading, each once; "column Q" without one
    named: bool
    filled: int  # rows of the table with something in it
    numbers: int  # of these, with a number
    words: int  # of these, with something that is neither a number nor stands for a missing one
    samples: tuple[str, ...]  # the first different texts

    @property
    def letters(self) -> str:
        """The column's letters: "D"."""
        return column_letters(self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The table of a sheet."""

    sheet: GridSheet
    header_rows: tuple[int, ...]  # one or two; () where nothing names the columns
    rows: tuple[int, ...]
    columns: tuple[Column, ...]
    left_out: tuple[LeftOutRow, ...]

    def column(self, label: str) -> Column | None:
        """The column of this label, or None."""
        return next((column for column in self.columns if column.label == label), None)

    @property
    def headers(self) -> str:
        """The headings' fingerprint: two sheets with the same one can be read with the same mapping.

        In whatever order the columns stand, unless two of them have the same heading and only their order tells them.
        """
        names = [column.label for column in self.columns if column.named]
        if not any(name.endswith(" (2)") and name.removesuffix(" (2)") in names for name in names):
            names.sort()
        return hashlib.sha256(json.dumps(names, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()[:32]

    def texts(self, column: Column) -> dict[str, int]:
        """The different texts of a column and how often each stands there, in the order of the rows."""
        found: dict[str, int] = {}
        for row in self.rows:
            text = squeezed(self.sheet.text(row, column.number))
            if text:
                found[text] = found.get(text, 0) + 1
        return found


def find_table(sheet: GridSheet, header_rows: Sequence[int] | None = None, left_out: Sequence[int] = ()) -> Table:
    """The sheet's table. header_rows: where the headings are, if somebody said so; left_out: rows not to be read."""
    filled = list(sheet.filled_rows())
    if not filled:
        return Table(sheet=sheet, header_rows=(), rows=(), columns=(), left_out=())
    heads = tuple(sorted(header_rows)) if header_rows is not None else _header_rows(sheet, filled)
    if len(heads) > 2 or any(row not in filled for row in heads):
        raise BadSheetMapping(f"the sheet {sheet.name!r} has no headings in row {', '.join(map(str, heads))}")
    labels, named = _labels(sheet, heads)
    rows: list[int] = []
    out: list[LeftOutRow] = []
    body = [row for row in filled if not heads or row > heads[-1]]
    for row in filled:
        if heads and row < heads[0]:
            out.append(_left_out(sheet, row, "above the headings"))
    last = max((row for row in body if len(_own(sheet, row)) > 1), default=0)
    for row in body:
        reason = "left out by hand" if row in left_out else _why_not(sheet, row, heads, last, width=sum(named))
        if reason:
            out.append(_left_out(sheet, row, reason))
        else:
            rows.append(row)
    columns = tuple(
        _column(sheet, number, label, named[number - 1], rows) for number, label in enumerate(labels, start=1)
    )
    return Table(sheet=sheet, header_rows=heads, rows=tuple(rows), columns=columns, left_out=tuple(out))


def _own(sheet: GridSheet, row: int) -> dict[int, Cell]:
    """The row's cells without those that only repeat a merged range's value."""
    return {column: cell for column, cell in sheet.row(row).items() if not cell.merged_from}


def _is_number(cell: Cell) -> bool:
    return (isinstance(cell.value, int | float) and not isinstance(cell.value, bool)) or as_number(
        cell.text
    ) is not None


def _header_rows(sheet: GridSheet, filled: list[int]) -> tuple[int, ...]:
    best, best_score = 0, 0
    for row in filled[:LOOKED_AT]:
        cells = sheet.row(row).values()
        texts = {folded(cell.text) for cell in cells if not _is_number(cell) and len(cell.text) <= LONGEST_HEADING}
        score = len(texts) - 2 * sum(_is_number(cell) for cell in cells)
        if score > best_score:
            best, best_score = row, score
    if not best:
        return ()
    place = filled.index(best)
    here = [folded(cell.text) for cell in sheet.row(best).values()]
    above = filled[place - 1] if place else 0
    if above and len(set(here)) < len(here) and _is_heading_row(sheet, above):
        return (above, best)
    if place + 2 < len(filled) and _is_second_heading_row(sheet, filled[place + 1], filled[place + 2]):
        return (best, filled[place + 1])
    return (best,)


def _is_heading_row(sheet: GridSheet, row: int) -> bool:
    """A row above the headings that groups them: several short texts, no numbers."""
    cells = sheet.row(row).values()
    distinct = {folded(cell.text) for cell in cells}
    return len(distinct) >= 2 and all(not _is_number(cell) and len(cell.text) <= LONGEST_HEADING for cell in cells)


def _is_second_heading_row(sheet: GridSheet, row: int, below: int) -> bool:
    cells, under = sheet.row(row), sheet.row(below)
    texts = [cell.text for cell in cells.values()]
    if not texts or any(_is_number(cell) for cell in cells.values()):
        return False
    statistics = sum(bool(_STATISTIC.match(squeezed(text))) for text in texts)
    return 2 * statistics > len(texts) and any(_is_number(cell) for cell in under.values())


def _labels(sheet: GridSheet, heads: tuple[int, ...]) -> tuple[list[str], list[bool]]:
    names: list[str] = []
    named: list[bool] = []
    taken: set[str] = set()
    group = ""
    for column in range(1, sheet.columns + 1):
        texts = [squeezed(sheet.text(row, column)) for row in heads]
        if len(texts) == 2:
            group = texts[0] or group
            top = group if texts[1] else texts[0]
            texts = [top, texts[1]] if top != texts[1] else [top]
        name = " ".join(text for text in texts if text)[:LONGEST_HEADING]
        named.append(bool(name))
        name = name or f"column {column_letters(column)}"
        label, number = name, 2
        while label in taken:
            label, number = f"{name} ({number})", number + 1
        taken.add(label)
        names.append(label)
    return names, named


def _why_not(sheet: GridSheet, row: int, heads: tuple[int, ...], last: int, *, width: int) -> str:
    cells = sheet.row(row)
    own = _own(sheet, row)
    if heads and [folded(cell.text) for cell in cells.values()] == [
        folded(cell.text) for cell in sheet.row(heads[-1]).values()
    ]:
        return "the headings once more"
    texts = [squeezed(cell.text) for cell in own.values()]
    if not texts:
        return "nothing but the value of a merged range"
    if width >= 3 and len(texts) == 1 and not _is_number(next(iter(own.values()))):
        if row > last or _NOTE.match(texts[0]) or len(texts[0]) > 200:
            return "a note under the table" if row > last else "a note within the table"
        return "a heading within the table"
    if width >= 3 and row > last and _NOTE.match(texts[0]):
        return "a note under the table"
    if _TOTAL.fullmatch(texts[0].rstrip(":")) and next(iter(own)) <= 2:
        return "a row of totals"
    return ""


def _left_out(sheet: GridSheet, row: int, reason: str) -> LeftOutRow:
    texts = [squeezed(cell.text) for cell in _own(sheet, row).values()]
    return LeftOutRow(row=row, reason=reason, text="; ".join(texts)[:300])


def _column(sheet: GridSheet, number: int, label: str, named: bool, rows: list[int]) -> Column:
    cells = [cell for row in rows if (cell := sheet.cells.get((row, number))) is not None]
    full = [cell for cell in cells if not is_missing(cell.text)]
    numbers = sum(_is_number(cell) for cell in full)
    silent = sum(is_not_reported_text(cell.text) for cell in full)
    samples = tuple(dict.fromkeys(squeezed(cell.text)[:80] for cell in full))[:SAMPLES]
    return Column(
        number=number,
        label=label,
        named=named,
        filled=len(cells),
        numbers=numbers,
        words=len(full) - numbers - silent,
        samples=samples,
    )
