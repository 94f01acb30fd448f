"""Tables of records: CSV and TSV exports of reference managers, databases and labelled sets.

The first row names the columns. A column is known by its name in any spelling of case, blanks and punctuation (see
`_COLUMNS`); what is not known is not read. Every row below is one item: a Record, or an Unreadable that says which row
it is. `source` is "csv"; `source_id` is the row's own identifier where the table has one, else a hash of the row.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from ingest.byte_steps import byte_steps
from ingest.identifiers import normalise_doi, normalise_pmcid, normalise_pmid, registry_ids
from ingest.record import BrokenFile, Record, TruncatedFile, UnknownFormat, Unreadable, UnsafeFile
from ingest.text_encoding import decode, text_file

MAX_LINE = 1 << 22  # characters between two line ends

# Field of Record -> names of its column, lower case, letters and digits only; the first that the table has is used.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "source_id": ("recordid", "id", "accessionnumber", "citationkey", "key", "eid"),
    "title": ("title", "articletitle", "primarytitle", "documenttitle", "ti", "t1"),
    "original_title": ("originaltitle", "vernaculartitle"),
    "abstract": ("abstract", "abstractnote", "ab", "n2"),
    "authors": ("authors", "author", "authornames", "authorfullnames", "firstauthors", "au"),
    "journal": (
        *("journal", "journaltitle", "journalname", "sourcetitle", "publicationtitle", "secondarytitle"),
        *("journalbook", "containertitle", "booktitle", "so", "source"),
    ),
    "year": ("year", "publicationyear", "pubyear", "yearpublished", "py", "date", "publicationdate"),
    "volume": ("volume", "vol", "vl"),
    "issue": ("issue", "number", "issuenumber"),
    "pages": ("pages", "page", "pagerange", "pagination", "pg"),
    "first page": ("startpage", "pagestart", "sp"),
    "last page": ("endpage", "pageend", "ep"),
    "doi": ("doi", "doinumber", "di"),
    "pmid": ("pmid", "pubmedid"),
    "pmcid": ("pmcid", "pmc"),
    "language": ("language", "languages", "la"),
    "publication types": ("publicationtypes", "publicationtype", "documenttype", "pt"),
    "keywords": ("keywords", "keyword", "authorkeywords", "kw"),
}
_BESIDE_TITLE = frozenset({"abstract", "authors", "journal", "year", "doi", "pmid", "pages", "volume"})
_SEPARATORS = (",", "\t", ";", "|")
_END = "\ue000 end of table \ue000"  # handed to the csv module after the last line: an unclosed quote swallows it


def table_columns(text: str) -> tuple[str, ...]:
    """Which fields the table that begins with `text` has columns for; () if it is not a table of records."""
    _, columns = _header(text)
    return tuple(columns) if "title" in columns and _BESIDE_TITLE & columns.keys() else ()


def read_csv(file: BinaryIO) -> Iterator[Record | Unreadable]:
    """Yield one item for each row below the header, in file order; wholly empty lines are not rows.

    file: from its start, plain or gzipped. Encoding: `decode` says. A row with fewer cells than the header has the
    last ones empty, and a note; one with more (a separator inside a cell that nobody quoted) is Unreadable.
    Raises `UnknownFormat` if the table has no title column, `TruncatedFile` if a quotation mark is never closed,
    `BrokenFile` if a cell is longer than the csv module takes (131,072 characters: a lost quotation mark).
    """
    steps = byte_steps(file)
    head = next(steps, b"")
    separator, columns = _header(decode(head))
    if "title" not in columns:
        raise UnknownFormat(
            "This table has no column named title. Its first row must name the columns: title, abstract, authors, "
            "journal, year, volume, number, pages, doi, pmid, record_id (those it has)."
        )
    text = text_file(head, steps)
    position = 0
    seen: set[str] = set()
    try:
        rows = _rows(text, separator)
        width = len(next(rows)[1])
        for line, cells in rows:
            position += 1
            if len(cells) > width and any(cells[width:]):
                reason = f"The row in line {line} has {len(cells)} cells under {width} column names."
                yield Unreadable(position=position, reason=reason)
                continue
            notes = () if len(cells) >= width else (f"the row has {len(cells)} cells under {width} column names",)
            yield _record(
                {field: cells[index] for field, index in columns.items() if index < len(cells)}, position, seen, notes
            )
    except BrokenFile as error:
        raise type(error)(f"{error} {position} rows came before that.", entries=position) from error


# ------------------------------------------------------------------------------------------------------------- rows


def _rows(text: io.TextIOWrapper, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The number of its first line, and its cells, for each row that is not empty."""
    reader = csv.reader(_lines(text), delimiter=separator)
    line = 1
    try:
        for cells in reader:
            if cells == [_END]:
                return
            if cells and _END in cells[-1]:
                raise TruncatedFile(
                    f"A quotation mark in the row that begins in line {line} is never closed; the file may be cut."
                )
            cells = [cell.strip() for cell in cells]
            if any(cells) and not (line == 1 and _is_separator_line(cells)):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise BrokenFile(
            f"The row that begins in line {line} cannot be read ({error}); a quotation mark may be missing."
        ) from error


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise UnsafeFile(f"This table has a line of more than {MAX_LINE:,} characters; not read.")
        yield line
    yield _END


def _is_separator_line(cells: list[str]) -> bool:
    """Spreadsheet programs may write "sep=;" above the header."""
    return cells[0].lower().startswith("sep=") and not any(cells[1:])


def _header(text: str) -> tuple[str, dict[str, int]]:
    """The separator under which the first row names most fields, and where those are."""
    best: tuple[str, dict[str, int]] = (",", {})
    for separator in _SEPARATORS:
        try:
            for cells in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
                if any(cells) and not _is_separator_line(cells):
                    columns = _fields(cells)
                    if len(columns) > len(best[1]):
                        best = (separator, columns)
                    break
        except csv.Error:
            continue
    return best


def _fields(header: list[str]) -> dict[str, int]:
    names = [re.sub(r"[^a-z0-9]", "", cell.lower()) for cell in header]
    found: dict[str, int] = {}
    for field, known in _COLUMNS.items():
        for name in known:
            if name in names:
                found[field] = names.index(name)
                break
    return found


# ----------------------------------------------------------------------------------------------------------- fields

_BLANKS = re.compile(r"[ \t\r\n]+")
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_NOTHING = frozenset({"na", "n/a", "nan", "null", "none"})  # what R, pandas and databases write for an empty cell


def _record(row: dict[str, str], position: int, seen: set[str], notes: tuple[str, ...]) -> Record:
    def cell(field: str) -> str:
        text = _BLANKS.sub(" ", row.get(field, ""))
        return "" if text.lower() in _NOTHING and field not in ("title", "authors") else text

    title, abstract, printed = cell("title"), row.get("abstract", ""), cell("year")
    year = _YEAR.search(printed)
    ends = tuple(dict.fromkeys(filter(None, (cell("first page"), cell("last page")))))
    source_id = cell("source_id") or _hash_of(row)
    if source_id in seen:
        source_id = f"{source_id} (row {position})"
    seen.add(source_id)
    return Record(
        source="csv",
        source_id=source_id,
        title=title,
        original_title=cell("original_title"),
        abstract="" if abstract.lower() in _NOTHING else abstract.replace("\r\n", "\n").replace("\r", "\n"),
        authors=_authors(row.get("authors", "")),
        journal=cell("journal"),
        year=int(year.group()) if year else None,
        published="" if re.fullmatch(r"\d{4}(\.0)?", printed) else printed,
        volume=_whole(cell("volume")),
        issue=_whole(cell("issue")),
        pages=_whole(cell("pages")) or "-".join(ends),
        language=_list(cell("language")),
        publication_types=_list(cell("publication types")),
        keywords=_list(cell("keywords")),
        pmid=normalise_pmid(cell("pmid")),
        doi=normalise_doi(cell("doi")),
        pmcid=normalise_pmcid(cell("pmcid")),
        registry_ids=registry_ids((), f"{title}\n{abstract}"),
        notes=notes,
    )


def _hash_of(row: dict[str, str]) -> str:
    """An identifier for a row that has none: the same row gives the same one, in whatever file it stands."""
    return hashlib.sha256(repr(sorted(row.items())).encode()).hexdigest()[:16]


def _whole(number: str) -> str:
    """A volume that a spreadsheet turned into "12.0" is 12."""
    return number.removesuffix(".0") if number[:-2].isdecimal() else number


def _list(cell: str) -> tuple[str, ...]:
    separator = next((mark for mark in (";", "|") if mark in cell), ",")
    return tuple(dict.fromkeys(part.strip() for part in cell.split(separator) if part.strip()))


# "Smith JA, van der Berg P" lists people; "Smith, John A" is one.
_FAMILY_INITIALS = re.compile(r"\D*[^\W\d_]{2,}\D* (?:[A-Z][. -]?){1,4}(?:Jr|Sr|II|III|2nd|3rd)?\.?")


def _authors(cell: str) -> tuple[str, ...]:
    """Names as "Family Given", from the ways in which exports join them: " and ", ";", "|", lines, or commas."""
    text = cell.strip()
    if text.startswith(("['", '["')):  # a list as Python prints it
        text = "\n".join(single or double for single, double in re.findall(r"'([^']*)'|\"([^\"]*)\"", text))
    for separator in (r"\s+and\s+(?=[^,;]+,)", r"\s*;\s*", r"\s*\|+\s*", r"\s*[\r\n]+\s*", r"\s+and\s+"):
        parts = [part for part in re.split(separator, text) if part]
        if len(parts) > 1:
            break
    else:
        parts = re.split(r"\s*,\s*", text)
        if not all(_FAMILY_INITIALS.fullmatch(part) for part in parts):
            parts = [text]
    return tuple(_BLANKS.sub(" ", part.replace(",", " ")).strip(" ,") for part in parts if part.strip(" ,"))
