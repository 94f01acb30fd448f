"""Quotes of cells: `VAS, week 4 | … | 5.9 ± 1.4`, a line for each row, with "…" for cells that were left out.

The cells of a line stand in one row, side by side unless there is an ellipsis between them; those of several lines
stand under each other. So no number comes to stand beside another row's name or under another column's.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from workbench.sources.model import Page
from workbench.sources.normal import normal
from workbench.sources.places import Block, QuoteMatch, Slot, block_of, match_at, raw_match, whole

ELLIPSIS = re.compile(r"\s*(?:\[\s*(?:…|\.{3,})\s*\]|\(\s*(?:…|\.{3,})\s*\)|…|\.{3,})\s*")
FAR = 6000  # characters between two lines of one quote
MOST = 200  # ways to read a line in one row
ROWS_APART = "Its rows stand there, but running text does not tell the columns: quote one row at a time."
_BREAKS = re.compile(r"[|\n]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A cell of a quote's line. gap: cells may be left out before it."""

    text: str
    gap: bool = False


def as_rows(block: Block, wanted: str) -> Iterator[QuoteMatch]:
    """Cells of a table by its rows; a cell that covers several rows or columns belongs to each of them."""
    lines = [asked for line in wanted.split("\n") if (asked := _asked(line))]
    if "|" not in wanted or not block.rows or not lines:
        return
    for first in range(len(block.rows)):
        for reading in _readings(lines[0], block.rows[first]):
            places = [first]
            held: list[Sequence[tuple[Slot, bool]]] = [reading]
            for line in lines[1:]:
                found = _next_row(line, block.rows, places[-1] + 1, held)
                if found is None:
                    break
                places.append(found[0])
                held.append(found[1])
            else:
                yield _rows_match(block, places[0], places[-1])
                return


def _asked(line: str) -> list[_Asked]:
    asked: list[_Asked] = []
    gap = False
    for part in line.split("|"):
        for number, piece in enumerate(ELLIPSIS.split(part)):
            gap = gap or number > 0
            if plain := normal(piece).text:
                asked.append(_Asked(text=plain, gap=gap))
                gap = False
    return asked


def _readings(asked: Sequence[_Asked], row: Sequence[Slot]) -> Iterator[tuple[tuple[Slot, bool], ...]]:
    """The ways in which the cells stand in this row; each cell with whether it is the row's first one."""
    cells = [slot for slot in row if slot.text]
    name = cells[0] if cells else None

    def after(number: int, before: int) -> Iterator[tuple[Slot, ...]]:
        if number == len(asked):
            yield ()
            return
        free = number == 0 or asked[number].gap
        for at in range(before + 1, len(cells) if free else min(before + 2, len(cells))):
            if cells[at].text == asked[number].text:
                for rest in after(number + 1, at):
                    yield (cells[at], *rest)

    for reading in itertools.islice(after(0, -1), MOST):
        yield tuple((slot, slot is name) for slot in reading)


def _next_row(
    line: Sequence[_Asked], rows: Sequence[Sequence[Slot]], start: int, held: Sequence[Sequence[tuple[Slot, bool]]]
) -> tuple[int, tuple[tuple[Slot, bool], ...]] | None:
    """The next row in which the line stands under those before it."""
    for number in range(start, len(rows)):
        for reading in _readings(line, rows[number]):
            if all(_under(reading, above) for above in held):
                return number, reading
    return None


def _under(one: Sequence[tuple[Slot, bool]], other: Sequence[tuple[Slot, bool]]) -> bool:
    """Whether two lines stand in the same columns; names of rows may be indented."""
    if len(one) == len(other):
        return all(
            (number == 0 and first and second) or (cell.first <= above.last and above.first <= cell.last)
            for number, ((cell, first), (above, second)) in enumerate(zip(one, other, strict=True))
        )
    return _run(one) == _run(other) is not None


def _run(reading: Sequence[tuple[Slot, bool]]) -> tuple[int, int] | None:
    """From where to where cells stand side by side; None where some are left out between them."""
    slots = [slot for slot, _ in reading]
    if any(after.first != before.last + 1 for before, after in itertools.pairwise(slots)):
        return None
    return slots[0].first, slots[-1].last


def _rows_match(block: Block, first: int, last: int) -> QuoteMatch:
    lines = block.text.split("\n")  # the first is the table's heading
    start = sum(len(line) + 1 for line in lines[: first + 1])
    end = sum(len(line) + 1 for line in lines[: last + 2]) - 1
    return raw_match(block, start, end)


def same_bars(printed: str, wanted: str) -> bool:
    """Whether the cells of a table and of a quote that reads alike begin and end at the same places."""
    theirs, ours = _bars(printed), _bars(wanted)
    return all(at in theirs for at in ours) and all(
        ours.get(at, (0, 0))[0] >= bars or (ends and at in ours) for at, (bars, ends) in theirs.items() if bars
    )


def _bars(text: str) -> dict[int, tuple[int, int]]:
    """How many bars and line ends stand at each place within the compared text."""
    found: dict[int, tuple[int, int]] = {}
    length = last = 0
    for each in _BREAKS.finditer(text):
        length += len(normal(text[last : each.start()]).text)
        last = each.end()
        bars, ends = found.get(length, (0, 0))
        found[length] = (bars + (each.group() == "|"), ends + (each.group() == "\n"))
    inner = length + len(normal(text[last:]).text)
    return {at: counts for at, counts in found.items() if 0 < at < inner}


def begins_cell(block: Block, place: int) -> bool:
    """Whether a cell begins at this place of the text as it is: "Improved" is not taken out of "Not improved".

    In running text nothing parts the cells: there at least no word may stand before a name on the same line.
    """
    if not block.table and not block.text[place : place + 1].isalpha():
        return True
    before = block.text[max(0, place - 200) : place].rstrip(" \t\"'“”‘’")
    return before[-1:] in ("", "|", "\n") or (not block.table and not before[-1].isalpha())


def in_lines(block: Block, wanted: str) -> Iterator[QuoteMatch]:
    """Cells in running text, where no bars stand between them: each line of the quote within a line of the text.

    What is left out has its ellipsis. Several lines must be whole ones, as running text does not tell the columns; else
    the match says no, and why.
    """
    if "|" not in wanted or block.table:
        return
    lines = [chunks for line in wanted.split("\n") if (chunks := _chunks(line))]
    if not lines:
        return
    start, end = next(_line_places(block, lines[0], 0), (-1, -1))
    if start < 0:
        return
    first, complete = start, _complete(block, start, end)
    for line in lines[1:]:
        begin, stop = next(_line_places(block, line, end), (-1, -1))
        if begin < 0 or begin - end > FAR:
            return
        complete = complete and _complete(block, begin, stop)
        end = stop
    match = match_at(block, first, end)
    if len(lines) > 1 and not (complete and all(len(line) == 1 for line in lines)):
        yield replace(match, found="no", note=ROWS_APART)
    else:
        yield replace(match, found="nearly", note="Its cells stand there in this order, with other text between.")


def _chunks(line: str) -> list[str]:
    return [plain for part in ELLIPSIS.split(line) if (plain := normal(part).text)]


def _line_places(block: Block, chunks: Sequence[str], start: int, *, cells: bool = True) -> Iterator[tuple[int, int]]:
    """Where the parts stand one after the other with no line's end between them."""
    for first in itertools.islice(whole(block, chunks[0], start), MOST):
        if cells and not begins_cell(block, block.normal.start(first)):
            continue
        end = first + len(chunks[0])
        for chunk in chunks[1:]:
            after = next(whole(block, chunk, end), None)
            if after is None:
                return
            if "\n" in block.text[block.normal.end(end) : block.normal.start(after)][:FAR]:
                break
            end = after + len(chunk)
        else:
            yield first, end


def _complete(block: Block, start: int, end: int) -> bool:
    """Whether a place is one or more whole lines."""
    first, last = block.normal.start(start), block.normal.end(end)
    before, after = block.text[:first].rpartition("\n")[2], block.text[last:].partition("\n")[0]
    return not before.strip() and not after.strip(" .")


def parts_of_a_line(block: Block, wanted: str) -> Iterator[QuoteMatch]:
    """A quote without bars that leaves words out of one row, the heading or a note of a table."""
    pieces = [plain for part in ELLIPSIS.split(wanted) if (plain := normal(part).text)]
    if len(pieces) < 2 or "|" in wanted or "\n" in wanted.strip():
        return
    offset = 0
    for line in block.text.split("\n"):
        own = block_of((Page(label=block.places[0].label, text=line),))
        at = next(_line_places(own, pieces, 0, cells=offset > 0), None)
        if at is not None:
            yield raw_match(block, offset + own.normal.start(at[0]), offset + own.normal.end(at[1]))
            return
        offset += len(line) + 1
