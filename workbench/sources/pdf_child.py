"""The child process in which a PDF from outside is read to the end: bytes on standard input, a line of JSON a page.

Run as a file by `workbench.sources.pdf`; standard library, pypdf and pdfplumber only. A file made to exhaust its reader
meets the limits set here, and takes nothing with it but this process; the pages that were read before are kept.

`pdf_child.py pages`: first {"pages": n}, then {"page": 1, "text": str} and so on, {"problem": str} where it ends early.
`pdf_child.py tables 3 4`: {"page": 3, "tables": [[[cell, ...], ...], ...], "captions": [str, ...]} for each page named;
a cell is [text, rows, columns, column]. {"failed": true} with a page that could not be read.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import statistics
import sys
from collections.abc import Iterator
from typing import Any

MOST_PAGES = 600
CHARACTERS = 40_000  # of a page
ALL = 4_000_000  # of a document
MEMORY = 1 << 30  # bytes
SECONDS = {"pages": 40, "tables": 25}  # of work
CELL = 500  # characters
EDGE = 0.5  # points within which two rules are one
Cell = tuple[str, int, int, int]  # text, rows and columns covered, column
_CAPTION = re.compile(r"^\s*(Table|TABLE|Tab\.)\s*([A-Za-z]?\s?\d{1,3}|[IVX]{1,5})\b")


def limit(seconds: int) -> None:
    """Take no more memory and time than a long article needs; where the system can be told."""
    try:
        import resource
    except ImportError:  # Windows: the parent's clock is the only limit
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def pages(content: bytes) -> Iterator[dict[str, Any]]:
    """The text of every page; a page that cannot be read is empty and says so."""
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(content), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        yield {"problem": "locked"}
        return
    count = len(reader.pages)
    yield {"pages": count}
    written = 0
    for number in range(min(count, MOST_PAGES)):
        try:
            text = reader.pages[number].extract_text()[:CHARACTERS]
        except Exception:  # noqa: BLE001 - whatever a broken page raises, memory too: the next one may be whole
            yield {"page": number + 1, "text": "", "failed": True}
            continue
        written += len(text)
        yield {"page": number + 1, "text": text}
        if written > ALL:
            yield {"problem": "long"}
            return
    if count > MOST_PAGES:
        yield {"problem": "long"}


def tables(content: bytes, numbers: list[int]) -> Iterator[dict[str, Any]]:
    """The tables of the pages named (from 1): ruled ones, and those with rules above and below only."""
    import pdfplumber

    with pdfplumber.open(io.BytesIO(content)) as document:
        for number in numbers:
            if not 1 <= number <= len(document.pages):
                continue
            page = document.pages[number - 1]
            try:
                found = sorted(_tables(page), key=lambda each: each[0])
                lines = page.extract_text_lines(return_chars=False)
            except Exception:  # noqa: BLE001 - as above
                yield {"page": number, "failed": True}
                continue
            top_lines = [(line["top"], line["text"]) for line in lines if _CAPTION.match(line["text"])]
            yield {
                "page": number,
                "tables": [rows for _, rows in found],
                "captions": [_caption(top_lines, top) for top, _ in found],
            }
            page.close()


def _caption(lines: list[tuple[float, str]], top: float) -> str:
    """The line "Table 2 ..." that stands next above a table, or right at its top."""
    above = [(at, text) for at, text in lines if at <= top + 15]
    return max(above)[1][:300] if above else ""


def _tables(page: Any) -> Iterator[tuple[float, list[list[Cell]]]]:
    """Each table's upper edge and its rows."""
    boxes = []
    for table in page.find_tables():
        rows = _ruled(table)
        if len(rows) >= 2 and len({cell[3] for row in rows for cell in row}) >= 2:
            boxes.append(table.bbox)
            yield table.bbox[1], rows
    for left, top, right, bottom in _between_rules(page):
        if any(_overlap(box, (left, top, right, bottom)) for box in boxes):
            continue
        lines = _rows_by_gaps(page.crop((left, top, right, bottom), strict=False))
        if len(lines) >= 2 and max(map(len, lines)) >= 2:
            boxes.append((left, top, right, bottom))
            yield top, [[(text, 1, 1, column) for column, text in enumerate(line)] for line in lines]


def _ruled(table: Any) -> list[list[Cell]]:
    """The cells between rules, with the rows and columns that each covers; rows without any text are left out."""
    lefts = sorted({cell[0] for cell in table.cells})
    texts = [[_cell(text) for text in row] for row in table.extract()]
    lines = list(zip(table.rows, texts, strict=True))
    kept = [top for top, (_, row) in zip(sorted({cell[1] for cell in table.cells}), lines, strict=True) if any(row)]
    return [
        [
            (
                text,
                max(sum(box[1] <= top < box[3] - EDGE for top in kept), 1),
                max(sum(box[0] <= left < box[2] - EDGE for left in lefts), 1),
                column,
            )
            for column, (box, text) in enumerate(zip(row.cells, row_texts, strict=True))
            if box is not None  # None: covered by a cell beside or above it
        ]
        for row, row_texts in lines
        if any(row_texts)
    ]


def _cell(text: str | None) -> str:
    return " ".join((text or "").split())[:CELL]


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _between_rules(page: Any) -> list[tuple[float, float, float, float]]:
    """Boxes between horizontal rules of one width, as most journals print tables."""
    rules = sorted(
        (edge["top"], edge["x0"], edge["x1"])
        for edge in page.edges
        if edge["orientation"] == "h" and edge["x1"] - edge["x0"] > 90 and 5 < edge["top"] < float(page.height) - 5
    )[:2000]
    groups: list[list[tuple[float, float, float]]] = []
    for rule in rules:
        for group in groups:
            if abs(group[0][1] - rule[1]) < 4 and abs(group[0][2] - rule[2]) < 4:
                if rule[0] - group[-1][0] > 2:
                    group.append(rule)
                break
        else:
            groups.append([rule])
    boxes = []
    for group in groups:
        if len(group) < 2:
            continue
        start = 0
        for place in range(1, len(group) + 1):  # two tables may stand in one column, with text between them
            if place == len(group) or (place - start >= 3 and group[place][0] - group[place - 1][0] > 250):
                if place - start >= 2:
                    boxes.append((group[start][1] - 2, group[start][0], group[start][2] + 2, group[place - 1][0]))
                start = place
    return sorted(boxes, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))


def _rows_by_gaps(region: Any) -> list[list[str]]:
    """Rows of a region without vertical rules: words on one line, cut where the gap is wider than a space."""
    words = region.extract_words(keep_blank_chars=False, use_text_flow=False)
    if not words:
        return []
    words.sort(key=lambda word: (word["top"], word["x0"]))
    lines: list[list[dict[str, Any]]] = []
    for word in words:
        middle = (word["top"] + word["bottom"]) / 2
        if lines and lines[-1][0]["top"] <= middle <= lines[-1][0]["bottom"]:
            lines[-1].append(word)
        else:
            lines.append([word])
    height = statistics.median(word["bottom"] - word["top"] for word in words)
    cut = [_chunks(sorted(line, key=lambda word: word["x0"]), 0.75 * height) for line in lines]
    columns = _columns(cut)
    rows = []
    for chunks in cut:
        row = [""] * len(columns)
        for left, right, text in chunks:
            shared = [min(right, end) - max(left, start) for start, end in columns]
            place = shared.index(max(shared))
            row[place] = f"{row[place]} {text}".strip()[:CELL]
        rows.append(row)
    return rows


def _chunks(line: list[dict[str, Any]], gap: float) -> list[tuple[float, float, str]]:
    found: list[tuple[float, float, str]] = []
    for word in line:
        if found and word["x0"] - found[-1][1] <= gap:
            left, _, text = found[-1]
            found[-1] = (left, word["x1"], f"{text} {word['text']}")
        else:
            found.append((word["x0"], word["x1"], word["text"]))
    return found


def _columns(rows: list[list[tuple[float, float, str]]]) -> list[tuple[float, float]]:
    """The columns, from the rows that are cut into about as many pieces as the fullest ones."""
    most = max(len(row) for row in rows)
    intervals = sorted((left, right) for row in rows if len(row) >= max(2, most - 1) for left, right, _ in row)
    if not intervals:
        intervals = sorted((left, right) for row in rows for left, right, _ in row)
    columns: list[tuple[float, float]] = []
    for left, right in intervals:
        if columns and left < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], right))
        else:
            columns.append((left, right))
    return columns


def main(arguments: list[str]) -> int:
    """Read one file."""
    mode = arguments[0]
    limit(SECONDS[mode])
    logging.disable(logging.CRITICAL)
    content = sys.stdin.buffer.read()
    try:
        found = pages(content) if mode == "pages" else tables(content, [int(each) for each in arguments[1:]])
        for line in found:
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
    except Exception:  # noqa: BLE001 - what was read before is there; the parent says that it ends early
        sys.stdout.write(json.dumps({"problem": "broken"}) + "\n")
        return 0
    sys.stdout.write(json.dumps({"done": True}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
