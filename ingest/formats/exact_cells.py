"""The cells of our own CSV export: readable in a spreadsheet, not runnable there, and exact.

Eleven columns have the names that PubMed gives them in its own CSV; those of them that a `Record` has no field for
(`INFORMATION`) are for people and for other programs, and are not read back. A file is known for our export by having
all the columns of `COLUMNS`, in any order, others beside them.

*Formulas.* A cell that a spreadsheet program would calculate (OWASP, "CSV injection": it begins with = + - @, a tab or
a line end) gets an apostrophe in front. So does a cell that begins with one, so that taking one away is always right.

*Lists.* Items are joined by "; ". A backslash stands before each ; | and \\ inside an item; "\\e" is an item
without text.

*Nothing.* An empty cell is no value (None, or no item); a single apostrophe is a value without text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ingest.record import Link, Record

# Column -> field of Record.
COLUMNS: dict[str, str] = {
    "PMID": "pmid",
    "Title": "title",
    "Authors": "authors",
    "Journal/Book": "journal",
    "Publication Year": "year",
    "PMCID": "pmcid",
    "DOI": "doi",
    "Abstract": "abstract",
    "Original Title": "original_title",
    "Publication Date": "published",
    "Volume": "volume",
    "Issue": "issue",
    "Pages": "pages",
    "Language": "language",
    "Publication Types": "publication_types",
    "MeSH Terms": "mesh",
    "Keywords": "keywords",
    "PMID Version": "version",
    "Registry Numbers": "registry_ids",
    "Retracted": "retracted",
    "Retraction Notice": "retraction_notice",
    "Links": "links",
    "Reading Notes": "notes",
    "Record Source": "source",
    "Record ID": "source_id",
}
INFORMATION = ("Citation", "First Author", "Create Date", "NIHMS ID")  # of PubMed's CSV
ORDER = (  # PubMed's columns as it orders them, then ours
    *("PMID", "Title", "Authors", "Citation", "First Author", "Journal/Book", "Publication Year", "Create Date"),
    *("PMCID", "NIHMS ID", "DOI"),
    *list(COLUMNS)[7:],
)
_OPTIONAL = frozenset({"pmid", "pmcid", "doi"})
_NUMBERS = frozenset({"year", "version"})
_FLAGS = frozenset({"retracted", "retraction_notice"})
_LISTS = frozenset({"authors", "language", "publication_types", "mesh", "keywords", "registry_ids", "notes"})
_RUNNABLE = re.compile(r"[\s\0]*[=+\-@＝＋－＠']|[\t\r\n\0]")


def is_own_header(header: tuple[str, ...]) -> bool:
    """Whether a table with these column names was written here."""
    return COLUMNS.keys() <= set(header)


def cells_of(record: Record) -> dict[str, str]:
    """Column -> cell, for the columns of `COLUMNS`."""
    return {column: guarded(_text(field, getattr(record, field))) for column, field in COLUMNS.items()}


def record_of(row: Mapping[str, str]) -> Record:
    """The record of a row (column -> cell). Raises ValueError, its message for a reviewer, where a cell was spoilt."""
    values: dict[str, Any] = {}
    for column, field in COLUMNS.items():
        values[field] = _value(field, row.get(column, ""), column)
    return Record(**values)


def guarded(text: str | None) -> str:
    """A cell that no spreadsheet program calculates."""
    if text is None:
        return ""
    return f"'{text}" if not text or _RUNNABLE.match(text) else text


def _text(field: str, value: Any) -> str | None:
    """What the cell says; None: nothing."""
    if field in _OPTIONAL:
        return None if value is None else str(value)
    if field in _FLAGS:
        return "yes" if value else None
    if field in _LISTS:
        return "; ".join(_escaped(item) for item in value) or None
    if field == "links":
        return "; ".join(_link_text(link) for link in value) or None
    if field in _NUMBERS:
        return None if value is None else str(value)
    return value if field == "source" else value or None  # something in every row: an empty line is none


def _value(field: str, cell: str, column: str) -> Any:
    text = cell.removeprefix("'")
    if field in _OPTIONAL:
        return text if cell else None
    if field in _FLAGS:
        return text.strip().lower() in ("yes", "true", "1")
    if field in _LISTS:
        return tuple(_unescaped(item) for item in _items(text))
    if field == "links":
        return tuple(_link(item) for item in _items(text))
    if field in _NUMBERS:
        found = re.fullmatch(r"\s*([+-]?\d{1,400})(?:\.0)?\s*", text)
        if text.strip() and found is None:
            raise ValueError(f'the column "{column}" holds {text[:30]!r}, which is not a whole number')
        return int(found.group(1)) if found else None
    return text


# ----------------------------------------------------------------------------------------------------------- lists


def _escaped(item: str) -> str:
    return item.replace("\\", "\\\\").replace(";", "\\;").replace("|", "\\|") or "\\e"


def _unescaped(item: str) -> str:
    return re.sub(r"\\(.)", lambda found: "" if found.group(1) == "e" else found.group(1), item, flags=re.DOTALL)


def _split(text: str, mark: str) -> list[str]:
    """The parts between marks that no backslash stands before."""
    parts, begun = [], 0
    for found in re.finditer(rf"\\.|{re.escape(mark)}", text, flags=re.DOTALL):
        if found.group() == mark:
            parts.append(text[begun : found.start()])
            begun = found.end()
    return [*parts, text[begun:]]


def _items(text: str) -> list[str]:
    if not text:
        return []
    first, *others = _split(text, ";")
    return [first, *(item.removeprefix(" ") for item in others)]


def _link_text(link: Link) -> str:
    pmid = "" if link.pmid is None else _escaped(link.pmid)
    return f"{_escaped(link.type)} | {pmid} | {_escaped(link.citation)}"


def _link(item: str) -> Link:
    first, *others = _split(item, "|")
    kind, pmid, citation = (*([first] + [part.removeprefix(" ") for part in others]), "", "")[:3]
    kind, pmid = kind.removesuffix(" ") if others else kind, pmid.removesuffix(" ") if len(others) > 1 else pmid
    return Link(type=_unescaped(kind), pmid=_unescaped(pmid) if pmid else None, citation=_unescaped(citation))
