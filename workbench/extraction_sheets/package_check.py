"""Looks into an XLSX file before anything unpacks it: an archive of XML that came from outside.

Refused: what unpacks to far more than a sheet of extraction is (zip bombs), more cells or columns than a table for
people has, and XML with a document type (entities that grow, or that name files). What each worksheet really holds is
counted in one streaming pass: the extent of cells with content, merged ranges, formulas.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from workbench.extraction_sheets.errors import UnreadableSheet
from workbench.extraction_sheets.grid import column_number

UNPACKED = 150_000_000  # bytes that a whole file may unpack to
LARGEST_PART = 40_000_000  # bytes that any part but a worksheet may unpack to: it is held in memory
EXPANSION = 400  # times that one part may grow when it is unpacked, from 20 MB on
PARTS = 5_000
MOST_CELLS = 400_000  # of one worksheet, with content
MOST_COLUMNS = 1_000
MOST_ROWS = 100_000  # the last row with content
MOST_MERGED = 20_000  # cells inside merged ranges
_REFERENCE = re.compile(r"([A-Z]{1,4})([0-9]{1,8})")
_STEP = 1 << 18


@dataclass(slots=True, kw_only=True)
class Extent:
    """What one worksheet holds."""

    rows: int = 0  # the last row with content
    columns: int = 0
    cells: int = 0  # with content
    empty_rows: int = 0  # rows that are written down and hold nothing
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)  # first row, first column, last row, last
    merged_cells: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Worksheet:
    """One sheet that the workbook names."""

    name: str
    part: str  # its path in the archive
    hidden: bool


def check_package(body: bytes, name: str) -> zipfile.ZipFile:
    """The archive, once it is known to be an XLSX file of a size that can be read; UnreadableSheet otherwise."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise UnreadableSheet(
            f"{name} is damaged: it begins as an XLSX file and cannot be opened ({error})."
        ) from error
    parts = archive.infolist()
    if len(parts) > PARTS:
        raise UnreadableSheet(f"{name} holds {len(parts):,} parts: that is no extraction sheet. It was not opened.")
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names:
        kind = "an OpenDocument sheet (.ods)" if "mimetype" in names else "an archive"
        raise UnreadableSheet(f"{name} is {kind}, not an XLSX file: save it as .xlsx or .csv.")
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableSheet(f"{name} is locked with a password: save it without one.")
    total = sum(part.file_size for part in parts)
    if total > UNPACKED:
        raise UnreadableSheet(
            f"{name} unpacks to {total // 1_000_000:,} MB: that is no extraction sheet. It was not opened."
        )
    for part in parts:
        growth = part.file_size // max(part.compress_size, 1)
        if part.file_size > 20_000_000 and growth > EXPANSION:
            raise UnreadableSheet(
                f"{name} holds a part that unpacks to {growth:,} times its size. It "
                "was not opened. If it is a real sheet, delete empty formatted rows in it, or save it as .csv."
            )
        if part.file_size > LARGEST_PART and "worksheets/" not in part.filename and "media/" not in part.filename:
            raise UnreadableSheet(
                f"{name} holds a part of {part.file_size // 1_000_000} MB that is no sheet: not opened."
            )
    for part in parts:
        if part.filename.endswith((".xml", ".rels", ".vml")):
            _refuse_document_type(archive, part, name)
    return archive


def worksheets(archive: zipfile.ZipFile, name: str) -> tuple[Worksheet, ...]:
    """The sheets with cells, in the workbook's order."""
    workbook = _relations(archive, "_rels/.rels", name).get("officeDocument", {})
    path = next(iter(workbook.values()), "xl/workbook.xml")
    folder, file = posixpath.split(path)
    targets = _relations(archive, f"{folder}/_rels/{file}.rels", name)
    parts = {key: part for kind in ("worksheet",) for key, part in targets.get(kind, {}).items()}
    found: list[Worksheet] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if _local(tag) == "sheet":
            key = next((value for label, value in attributes.items() if _local(label) == "id" and ":" in label), "")
            if key in parts:
                hidden = attributes.get("state", "visible") != "visible"
                found.append(Worksheet(name=attributes.get("name", ""), part=parts[key], hidden=hidden))

    _parse(archive, path, name, start)
    return tuple(found)


def extent(archive: zipfile.ZipFile, sheet: Worksheet, name: str) -> Extent:
    """What a worksheet holds, in one pass that keeps nothing of it but formulas; UnreadableSheet past a limit."""
    seen = Extent()
    state = _Reading()

    def start(tag: str, attributes: dict[str, str]) -> None:
        kind = _local(tag)
        if kind == "c":
            state.column += 1
            reference = _REFERENCE.fullmatch(attributes.get("r", ""))
            if reference:
                state.column, state.row = column_number(reference[1]), int(reference[2])
            state.text = None
        elif kind == "row":
            state.row = int(attributes["r"]) if attributes.get("r", "").isdecimal() else state.row + 1
            state.column, state.filled = 0, False
        elif kind in ("v", "is", "f"):
            state.filled = True
            if (state.row, state.column) != state.last:
                state.last = (state.row, state.column)
                seen.cells += 1
                seen.rows, seen.columns = max(seen.rows, state.row), max(seen.columns, state.column)
                _within(seen, sheet, name)
            if kind == "f":
                state.text = []
        elif kind == "mergeCell":
            _merged(seen, attributes.get("ref", ""), sheet, name)

    def data(text: str) -> None:
        if state.text is not None:
            state.text.append(text)

    def end(tag: str) -> None:
        kind = _local(tag)
        if kind == "f" and state.text is not None:
            seen.formulas[state.row, state.column] = "".join(state.text)[:500] or "(shared)"
            state.text = None
        elif kind == "row" and not state.filled:
            seen.empty_rows += 1

    _parse(archive, sheet.part, name, start, data, end)
    return seen


@dataclass(slots=True)
class _Reading:
    row: int = 0
    column: int = 0
    last: tuple[int, int] = (0, 0)
    filled: bool = False
    text: list[str] | None = None


def _within(seen: Extent, sheet: Worksheet, name: str) -> None:
    for found, most, what in (
        (seen.cells, MOST_CELLS, "cells"),
        (seen.columns, MOST_COLUMNS, "columns"),
        (seen.rows, MOST_ROWS, "rows"),
    ):
        if found > most:
            raise UnreadableSheet(
                f"{name}, sheet {sheet.name!r}, has content in more than {most:,} {what}: that is no extraction sheet. "
                "Copy the table that is to be imported to a sheet of its own."
            )


def _merged(seen: Extent, reference: str, sheet: Worksheet, name: str) -> None:
    first, _, last = reference.partition(":")
    ends = [_REFERENCE.fullmatch(corner) for corner in (first, last or first)]
    if ends[0] is None or ends[1] is None:
        return
    top, left = int(ends[0][2]), column_number(ends[0][1])
    bottom, right = int(ends[1][2]), column_number(ends[1][1])
    # ranges that run to the end of the sheet are cut to where there is content
    bottom, right = min(bottom, max(seen.rows, top)), min(right, max(seen.columns, left))
    if (
        sum((d - b + 1) * (e - c + 1) for b, c, d, e in seen.merged) + (bottom - top + 1) * (right - left + 1)
        > MOST_MERGED
    ):
        raise UnreadableSheet(f"{name}, sheet {sheet.name!r}, has too many merged cells: take the merging off.")
    seen.merged.append((top, left, bottom, right))


# ----------------------------------------------------------------------------------------------------------------- XML


class _Enough(Exception):
    """The part before the first element was read."""


def _refuse_document_type(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> None:
    """A document type can only stand before the first element, so no more than that is read."""

    def first(_tag: str, _attributes: dict[str, str]) -> None:
        raise _Enough

    try:
        _parse(archive, part.filename, name, first)
    except _Enough:
        return


def _relations(archive: zipfile.ZipFile, path: str, name: str) -> dict[str, dict[str, str]]:
    """What a part points to: kind -> id -> path in the archive. Targets outside the archive are left out."""
    found: dict[str, dict[str, str]] = {}
    base = posixpath.dirname(posixpath.dirname(path))

    def start(tag: str, attributes: dict[str, str]) -> None:
        if _local(tag) == "Relationship" and attributes.get("TargetMode", "Internal") == "Internal":
            target = attributes.get("Target", "")
            inside = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(base, target))
            kind = attributes.get("Type", "").rpartition("/")[2]
            found.setdefault(kind, {})[attributes.get("Id", "")] = inside

    if path in archive.namelist():
        _parse(archive, path, name, start)
    return found


def _parse(
    archive: zipfile.ZipFile,
    path: str,
    name: str,
    start: Callable[[str, dict[str, str]], None],
    data: Callable[[str], None] | None = None,
    end: Callable[[str], None] | None = None,
) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    if data is not None:
        parser.CharacterDataHandler = data
    if end is not None:
        parser.EndElementHandler = end

    def refuse(*_: object) -> None:
        raise UnreadableSheet(
            f"{name} holds XML with a document type, as no spreadsheet program writes it. It was not opened."
        )

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        with archive.open(path) as file:
            while step := file.read(_STEP):
                parser.Parse(step, False)
            parser.Parse(b"", True)
    except KeyError as error:
        raise UnreadableSheet(f"{name} is damaged: its part {path} is missing.") from error
    except (expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise UnreadableSheet(f"{name} is damaged: its part {path} cannot be read ({error}).") from error


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]
