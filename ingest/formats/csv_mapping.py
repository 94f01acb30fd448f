"""Which column of a table is which field of a record: guessed from names and contents, to be shown and changed.

A `Mapping` is a plain value. The app shows it, lets people change it, and remembers it (`as_dict`, `from_dict`) for the
next file with the same `header`. A column is called by its name in the header; a second one of the same name is
"name (2)", one without a name is "column 3".
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from itertools import islice
from typing import Any, BinaryIO

from ingest.byte_steps import byte_steps
from ingest.formats.author_cells import separator_of
from ingest.formats.exact_cells import is_own_header
from ingest.identifiers import normalise_doi
from ingest.text_encoding import decode, find_encoding

SEPARATORS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "vertical bar"}
SAMPLE_ROWS = 5
_ABOVE = 6  # rows at most that may stand above the header ("sep=;", a line about the export)
_LOOKED_AT = 200  # rows that a guess is made from

# Field -> how a page calls it. Those with several columns: the first one that has a value, or all of them for a list.
FIELDS: dict[str, str] = {
    "title": "Title",
    "abstract": "Abstract",
    "authors": "Authors",
    "journal": "Journal or book",
    "year": "Year (or date)",
    "published": "Publication date",
    "volume": "Volume",
    "issue": "Issue",
    "pages": "Pages",
    "first page": "First page",
    "last page": "Last page",
    "doi": "DOI",
    "pmid": "PubMed ID",
    "pmcid": "PubMed Central ID",
    "source_id": "Identifier of the row",
    "original_title": "Title in the original language",
    "language": "Language",
    "publication_types": "Publication type",
    "keywords": "Keywords",
    "mesh": "MeSH headings",
    "registry_ids": "Trial registry number",
    "extra": "Zotero's Extra (PMID, PMCID)",
}

# Field -> names of its column, lower case, letters and digits only, the most telling first.
_NAMES: dict[str, tuple[str, ...]] = {
    "source_id": (
        *("recordid", "id", "accessionnumber", "citationkey", "key", "eid", "uniquewosid", "utuniquewosid", "ut"),
        *("studyid", "refid", "covidence", "referenceid", "lensid", "publicationid", "paperid", "an", "itemid"),
    ),
    "title": (
        *("title", "articletitle", "primarytitle", "documenttitle", "ti", "t1", "titel", "titre", "titulo"),
        *("papertitle", "studytitle", "itemtitle"),
    ),
    "original_title": ("originaltitle", "vernaculartitle", "originalnontranslatedtitle", "translatedtitle", "tt"),
    "abstract": ("abstract", "abstractnote", "ab", "n2", "abstracttext", "zusammenfassung", "resume", "resumen"),
    "authors": (
        *("authors", "author", "authornames", "authorfullnames", "authorsfullnames", "firstauthors", "au", "af"),
        *("authorlist", "creators", "creator", "autoren", "auteurs", "autores", "firstauthor"),
    ),
    "journal": (
        *("journal", "journaltitle", "journalname", "sourcetitle", "publicationtitle", "secondarytitle"),
        *("journalbook", "containertitle", "booktitle", "so", "jt", "source", "publication", "publicationname"),
        *("zeitschrift", "revue", "revista", "journalabbreviation", "sourceabbreviation", "periodical"),
    ),
    "year": (
        *("year", "publicationyear", "pubyear", "yearpublished", "py", "date", "publicationdate", "pubdate", "dp"),
        *("jahr", "annee", "ano", "datepublished", "coverdate", "yearofpublication", "publishedyear"),
    ),
    "published": ("publicationdate", "pubdate", "datepublished", "coverdate", "date", "dp"),
    "volume": ("volume", "vol", "vl", "vi", "band"),
    "issue": ("issue", "number", "issuenumber", "no", "is", "ip", "heft"),
    "pages": (
        "pages",
        "page",
        "pagerange",
        "pagination",
        "pg",
        "pagenumbers",
        "seiten",
        "articlenumber",
        "artno",
        "ar",
    ),
    "first page": ("startpage", "pagestart", "sp", "firstpage", "beginningpage", "bp", "beginpage"),
    "last page": ("endpage", "pageend", "ep", "lastpage", "endingpage"),
    "doi": ("doi", "doinumber", "di", "articledoi", "digitalobjectidentifier", "doiurl", "doilink"),
    "pmid": ("pmid", "pubmedid", "pubmed", "pubmedidentifier", "medlinepmid", "pm"),
    "pmcid": ("pmcid", "pmc", "pubmedcentralid"),
    "language": ("language", "languages", "la", "languageoforiginaldocument", "sprache"),
    "publication_types": ("publicationtypes", "publicationtype", "documenttype", "dt", "pt", "itemtype", "type"),
    "keywords": (
        *("keywords", "keyword", "authorkeywords", "kw", "de", "indexkeywords", "keywordsplus", "manualtags"),
        *("automatictags", "emtreeterms", "embaseterms", "subjectheadings", "subject", "subjects", "tags"),
    ),
    "mesh": ("meshterms", "mesh", "meshheadings", "mh"),
    "registry_ids": ("registrynumbers", "trialregistrationnumber", "clinicaltrialnumber", "trialregistration", "nct"),
    "extra": ("extra",),
}
_SEVERAL = frozenset({"keywords", "year", "pages", "source_id"})  # all columns that are known, in this order
_BESIDE_TITLE = frozenset({"abstract", "authors", "journal", "year", "doi", "pmid", "pages", "volume"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """How a table is to be read; every part of it may be changed before `read_csv` gets it."""

    separator: str  # one character, mostly a key of SEPARATORS
    encoding: str  # as Python calls it
    header: tuple[str, ...]  # the columns' names, in order, each once
    columns: dict[str, tuple[str, ...]]  # field (a key of FIELDS) -> names of its columns
    rows_before: int = 0  # that are not empty, above the header
    author_separator: str = ""  # a key of author_cells.SEPARATORS; "": each cell is looked at
    encoding_guessed: bool = False  # nothing in the file says so
    own: bool = False  # written by our own CSV export: cells are read exactly, `columns` is not asked
    sample: tuple[tuple[str, ...], ...] = field(default=(), compare=False)  # the first rows under the header

    @property
    def unused(self) -> tuple[str, ...]:
        """Columns that no field takes."""
        used = {name for names in self.columns.values() for name in names}
        return () if self.own else tuple(name for name in self.header if name not in used)

    @property
    def usable(self) -> bool:
        """Whether records can be read with it: a record has at least a title."""
        return self.own or bool(self.columns.get("title"))

    def with_columns(self, columns: dict[str, str | tuple[str, ...]]) -> Mapping:
        """The same table with these columns; a field without a column is left out. Raises ValueError: see `check`."""
        given = {name: (those,) if isinstance(those, str) else tuple(those) for name, those in columns.items()}
        changed = replace(self, columns={name: those for name, those in given.items() if those}, own=False)
        changed.check()
        return changed

    def check(self) -> None:
        """Raise ValueError, its message for a reviewer, if it names a field or a column that there is not."""
        for name, those in self.columns.items():
            if name not in FIELDS:
                raise ValueError(f"A record has no field {name!r}.")
            for column in those:
                if column not in self.header:
                    raise ValueError(f"The table has no column {column!r}.")
        if len(self.separator) != 1 or self.separator in '\r\n"':
            raise ValueError("The separator of a table is one character.")
        try:
            "".encode(self.encoding)
        except LookupError as error:
            raise ValueError(f"There is no encoding {self.encoding!r}.") from error

    def as_dict(self) -> dict[str, Any]:
        """Plain lists, dicts and strings, to be kept as JSON. The sample is left out: it is of one file."""
        data: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "sample"}
        data["header"] = list(self.header)
        data["columns"] = {name: list(those) for name, those in self.columns.items()}
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Mapping:
        """Read back what `as_dict` wrote. Raises ValueError for what cannot be a mapping."""
        try:
            mapping = cls(
                separator=str(data["separator"]),
                encoding=str(data["encoding"]),
                header=tuple(map(str, data["header"])),
                columns={str(name): tuple(map(str, those)) for name, those in dict(data["columns"]).items()},
                rows_before=int(data.get("rows_before", 0)),
                author_separator=str(data.get("author_separator", "")),
                encoding_guessed=bool(data.get("encoding_guessed")),
                own=bool(data.get("own")),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("This is not the mapping of a table.") from error
        mapping.check()
        return mapping


def guess_mapping(file: BinaryIO | str) -> Mapping:
    """What a table seems to be: never fails on text, however little it looks like a table (then `usable` is False).

    file: from its start, plain or packed; it is read as far as its encoding asks for, and left where it was if it
    can be. Or the beginning of the table as text, whose encoding is then UTF-8.
    """
    if isinstance(file, str):
        return _mapping(file, "utf-8-sig", guessed=False)
    begun = file.tell() if file.seekable() else None
    steps = byte_steps(file)
    head = next(steps, b"")

    def content() -> Iterator[bytes]:
        yield head
        if begun is not None:
            yield from steps

    encoding = find_encoding(content())
    if begun is not None:
        file.seek(begun)
    return _mapping(decode(head, encoding.codec), encoding.codec, guessed=encoding.guessed)


def is_table(text: str) -> bool:
    """Whether `text` begins with a row that names a title and something else that records have."""
    mapping = guess_mapping(text)
    return mapping.own or ("title" in mapping.columns and bool(_BESIDE_TITLE & mapping.columns.keys()))


def labels_of(cells: list[str]) -> tuple[str, ...]:
    """What the columns under this header are called: by their names, each once."""
    labels: dict[str, None] = {}
    for place, cell in enumerate(cells, start=1):
        name = " ".join(cell.split()) or f"column {place}"
        number = 2
        label = name
        while label in labels:
            label = f"{name} ({number})"
            number += 1
        labels[label] = None
    return tuple(labels)


def _mapping(text: str, encoding: str, *, guessed: bool) -> Mapping:
    separator, rows = max(((each, _first_rows(text, each)) for each in SEPARATORS), key=lambda found: _score(found[1]))
    place = _header_row(rows)
    header, below = labels_of(rows[place] if rows else []), rows[place + 1 :]
    own = is_own_header(header)
    columns = {} if own else _columns(header, below)
    authors = [header.index(name) for name in columns.get("authors", ())[:1]]
    return Mapping(
        separator=separator,
        encoding=encoding,
        header=header,
        columns=columns,
        rows_before=place,
        author_separator=separator_of(row[each] for row in below for each in authors if each < len(row)),
        encoding_guessed=guessed,
        own=own,
        sample=tuple(tuple(cell[:500] for cell in row) for row in below[:SAMPLE_ROWS]),
    )


def _first_rows(text: str, separator: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for cells in islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), _LOOKED_AT):
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                rows.append(stripped)
    except csv.Error:
        pass  # what came before it will do
    return rows


def _header_row(rows: list[list[str]]) -> int:
    """Which row names the columns: the first, unless one of the next few is a header and the first is none."""
    for place, row in enumerate(rows[:_ABOVE]):
        found = _columns(labels_of(row), [])
        if "title" in found and _BESIDE_TITLE & found.keys():
            return place
    return 0


def _score(rows: list[list[str]]) -> tuple[int, int]:
    """How good a table these rows are: fields that the header names, and its cells."""
    if not rows:
        return (0, 0)
    header = labels_of(rows[_header_row(rows)])
    return (len(_columns(header, [])), len(header))


def _columns(header: tuple[str, ...], rows: list[list[str]]) -> dict[str, tuple[str, ...]]:
    names = [re.sub(r"[^a-z0-9]", "", label.lower()) for label in header]
    if {"ut", "pt", "au"} <= set(names) and "id" in names:  # Web of Science's tags: ID holds keywords, UT the number
        names[names.index("id")] = "keywordsplus"
    found: dict[str, tuple[str, ...]] = {}
    for name, known in _NAMES.items():
        those = [header[names.index(each)] for each in known if each in names]
        if those:
            found[name] = tuple(those) if name in _SEVERAL else (those[0],)
    taken = {label for those in found.values() for label in those}
    if "doi" not in found:
        for place, label in enumerate(header):
            cells = [row[place] for row in rows if place < len(row) and row[place]]
            if label not in taken and cells and all(len(cell) < 200 and normalise_doi(cell) for cell in cells):
                found["doi"] = (label,)
                break
    return {name: found[name] for name in FIELDS if name in found}
