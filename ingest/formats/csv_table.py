"""Tables of records: CSV and TSV exports of reference managers, databases and labelled sets.

A row names the columns; `ingest.formats.csv_mapping` guesses which is which, and a caller may say otherwise. Every row
below is one item: a Record, or an Unreadable that says which row it is. `source` is "csv"; `source_id` is the row's own
identifier where the table has one, its PMID in PubMed's own CSV, else a hash of the row. A table that was written here
(`ingest.formats.exact_cells`) gives exactly the records that were written, with their own source and identifier.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import BinaryIO

from ingest.byte_steps import byte_steps
from ingest.formats.author_cells import names_of
from ingest.formats.csv_mapping import Mapping, guess_mapping, is_table, labels_of
from ingest.formats.exact_cells import record_of
from ingest.formats.table_rows import Row, Spoilt, TableRows
from ingest.identifiers import normalise_doi, normalise_pmcid, normalise_pmid, registry_ids
from ingest.record import RAW_KEPT, BrokenFile, Record, UnknownFormat, Unreadable
from ingest.text_encoding import decode, text_file

__all__ = ["Mapping", "guess_mapping", "is_table", "read_csv"]

_PUBMED = frozenset({"PMID", "Title", "Authors", "Citation", "First Author", "Create Date"})  # its own CSV has these


def read_csv(file: BinaryIO, mapping: Mapping | None = None) -> Iterator[Record | Unreadable]:
    """Yield one item for each row below the header, in file order; wholly empty lines are not rows.

    file: from its start, plain or packed. mapping: how to read it; `guess_mapping` says where it is None. A row with
    fewer cells than the header has the last ones empty, and a note; one with more (a separator inside a cell that
    nobody quoted) is Unreadable, and so is one whose quotation marks do not pair: the rows after it are read.
    Raises `UnknownFormat` if the table has no title column or lacks one that the mapping names, `TruncatedFile` if it
    ends within a quoted cell, `BrokenFile` or `UnsafeFile` for what `TableRows` gives up on.
    """
    mapping, head, steps = _opened(file, mapping)
    if not mapping.usable:
        raise UnknownFormat(
            "This table has no column that is called title. Its first row must name the columns (title, abstract, "
            "authors, journal, year, volume, number, pages, doi, pmid, record_id: those it has), or you say which "
            f"column is which. Found: {', '.join(mapping.header[:20]) or 'nothing'}."
        )
    rows = TableRows(text_file(head, steps, mapping.encoding), mapping.separator)
    position = 0
    try:
        above = [row for row in islice(rows, mapping.rows_before + 1) if isinstance(row, Row)]
        reader = _RowReader(mapping, labels_of(above[-1].cells) if above else ())
        rows.width = reader.width
        for row in rows:
            position += 1
            yield reader.item(row, position)
    except BrokenFile as error:
        raise type(error)(f"{error} {position} rows came before that.", entries=position) from error


def _opened(file: BinaryIO, mapping: Mapping | None) -> tuple[Mapping, bytes, Iterator[bytes]]:
    if mapping is None and file.seekable():
        mapping = guess_mapping(file)
    steps = byte_steps(file)
    head = next(steps, b"")
    return mapping or guess_mapping(decode(head)), head, steps


# ------------------------------------------------------------------------------------------------------------ one row

_BLANKS = re.compile(r"[ \t\r\n\v\f\x85\u2028\u2029]+")
_YEAR = re.compile(r"(?<!\d)((?:1[5-9]|20)\d\d)(?:[01]\d[0-3]\d)?(?!\d)")  # also of "20200305"
_NOTHING = frozenset({"na", "n/a", "nan", "null", "none"})  # what R, pandas and databases write for an empty cell
_COMMA = re.compile(r",(?![^()]*\))")  # not within "cyst (diagnosis, surgery)"
# Embase's column Source: "Pain (2004) 102:4 (253-258). Date of Publication: 25 Aug 2004"
_EMBASE_SOURCE = re.compile(
    r"(?P<journal>.+?) \((?P<year>\d{4})\)(?: (?P<volume>[^\s:()]+(?: SUPPL\.? ?\d*)?))?(?::(?P<issue>[^(]*?))?"
    r"(?: \((?P<pages>[^()]*)\))?(?: Article Number: \S+)?\.?(?: Date of Publication: (?P<date>[^.]*)\.?.*)?",
    re.IGNORECASE,
)
_PYTHON_ITEM = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_EXTRA = re.compile(r"^\s*(PMID|PMCID)\s*:\s*(\S+)", re.MULTILINE | re.IGNORECASE)


class _RowReader:
    """Makes items of the rows of one table."""

    def __init__(self, mapping: Mapping, header: tuple[str, ...]) -> None:
        absent = [name for names in mapping.columns.values() for name in names if name not in header]
        if absent and not mapping.own:
            raise UnknownFormat(f"This table has no column {absent[0]!r}, which the mapping names.")
        self.width = len(header)
        self._header = header
        self._own = mapping.own
        self._authors = mapping.author_separator
        self._pubmed = set(header) >= _PUBMED
        self._places = {
            field: tuple(header.index(name) for name in names) for field, names in mapping.columns.items() if names
        }
        self._seen: set[str] = set()

    def item(self, row: Row | Spoilt, position: int) -> Record | Unreadable:
        """The record of a row, or why there is none."""
        if isinstance(row, Spoilt):
            reason = f"The row in line {row.line} cannot be read: {row.reason}."
            return Unreadable(position=position, reason=reason, line=row.line, raw=row.raw)
        reason = ""
        cells = row.cells
        if len(cells) > self.width and any(cells[self.width :]):
            reason = f"The row in line {row.line} has {len(cells)} cells under {self.width} column names."
        elif self._own:
            try:
                return _with_place(record_of(dict(zip(self._header, cells, strict=False))), row, position)
            except ValueError as error:
                reason = f"The row in line {row.line} was written here and changed since: {error}."
        if reason:
            return Unreadable(position=position, reason=reason, line=row.line, raw=row.raw[:RAW_KEPT])
        return self._record(row, position)

    def _record(self, row: Row, position: int) -> Record:
        values: dict[str, list[str]] = {}
        for field, places in self._places.items():
            cells = [row.cells[place].replace("\0", "").strip() for place in places if place < len(row.cells)]
            values[field] = [cell for cell in cells if not _is_nothing(field, cell)]

        def first(field: str) -> str:
            return next(iter(values.get(field, ())), "")

        def line(field: str) -> str:
            return _BLANKS.sub(" ", first(field))

        def items(field: str) -> tuple[str, ...]:
            return tuple(dict.fromkeys(part for cell in values.get(field, ()) for part in _list(cell)))

        title, abstract = line("title"), first("abstract").replace("\r\n", "\n").replace("\r", "\n")
        printed = line("published") or line("year")
        year = _YEAR.search(line("year")) or _YEAR.search(printed)
        ends = tuple(dict.fromkeys(_whole(end) for end in (line("first page"), line("last page")) if end))
        extra = {name.upper(): value for name, value in _EXTRA.findall(first("extra"))}
        pmid = normalise_pmid(line("pmid")) or normalise_pmid(extra.get("PMID"))
        journal, volume, issue, pages = line("journal"), line("volume"), line("issue"), line("pages")
        if len(journal) < 1000 and not (volume or pages or year) and (cited := _EMBASE_SOURCE.fullmatch(journal)):
            journal, volume, issue, pages = (cited[name] or "" for name in ("journal", "volume", "issue", "pages"))
            year, printed = _YEAR.search(cited["year"]), (cited["date"] or cited["year"]).strip()
        few = len(row.cells) < self.width
        return _with_place(
            Record(
                source="csv",
                source_id=self._identifier(line("source_id") or (pmid if self._pubmed else None), values, position),
                title=title,
                original_title=line("original_title"),
                abstract=abstract,
                authors=names_of(first("authors"), self._authors),
                journal=journal,
                year=int(year.group(1)) if year else None,
                published="" if re.fullmatch(r"\d{4}(\.0)?", printed) else printed,
                volume=_whole(volume),
                issue=_whole(issue),
                pages=_whole(pages) or "-".join(ends),
                language=items("language"),
                publication_types=items("publication_types"),
                mesh=items("mesh"),
                keywords=items("keywords"),
                pmid=pmid,
                doi=normalise_doi(line("doi")),
                pmcid=normalise_pmcid(line("pmcid")) or normalise_pmcid(extra.get("PMCID")),
                registry_ids=registry_ids(items("registry_ids"), f"{title}\n{abstract}"),
                notes=(f"the row has {len(row.cells)} cells under {self.width} column names",) if few else (),
            ),
            row,
            position,
        )

    def _identifier(self, own: str | None, values: dict[str, list[str]], position: int) -> str:
        """The row's own, or a hash that the same row gets in whatever file it stands; never one for two rows."""
        identifier = own or hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()[:16]
        if identifier in self._seen:
            identifier = f"{identifier} (entry {position})"
        self._seen.add(identifier)
        return identifier


def _with_place(record: Record, row: Row, position: int) -> Record:
    return replace(record, position=position, raw=row.raw)


def _is_nothing(field: str, cell: str) -> bool:
    return not cell or (field not in ("title", "authors") and cell.lower() in _NOTHING)


def _whole(number: str) -> str:
    """A volume that a spreadsheet turned into "12.0" is 12."""
    return number.removesuffix(".0") if number[:-2].isdecimal() else number


def _list(cell: str) -> tuple[str, ...]:
    if cell.startswith(("['", '["')) and cell.endswith("]"):  # a list as Python prints it
        return tuple(_BLANKS.sub(" ", one or two).strip() for one, two in _PYTHON_ITEM.findall(cell) if one or two)
    separator = next((mark for mark in (";", "|", "\n") if mark in cell), ",")
    parts = _COMMA.split(cell) if separator == "," else cell.split(separator)
    return tuple(part for each in parts if (part := _BLANKS.sub(" ", each).strip()))
