"""Web of Science's tagged text ("ISI", .ciw, "Plain text file").

`ingest.formats.tagged` tells entries apart. `source` is "isi"; `source_id` is UT, else AN, else a hash of the entry.

- title: TI. Original title: FT ("foreign title"). Abstract: AB, paragraphs as `printed.abstract_of` says.
- authors: AF, the full names, else AU; then CA, the groups. Without either, editors (BE, ED) and a book's groups (GP).
- journal: SO, else JI, J9. Year: PY, else EY (early access). Date: PD. Volume, issue: VL, IS, else the supplement (SU).
- pages: BP and EP, else PS, else the article number (AR).
- DOI: DI, else D2 (of the book). PMID: PM, or UT of the MEDLINE database.
- keywords: DE and ID, between semicolons (not INSPEC's ID, which has other numbers). Publication types: DT.
- retracted, retraction_notice: as for RIS (`ingest.formats.ris`).

EF, the file's last line, is looked for: without it a note on the last record says that entries may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from ingest.formats.drafts import Draft, NotReadable, read_tagged
from ingest.formats.printed import (
    Values,
    abstract_of,
    authors_of,
    date_of,
    doi_of,
    items_of,
    pages_of,
    plain,
    text_of,
    texts_of,
)
from ingest.formats.ris import retraction_of
from ingest.formats.tagged import Dialect, Entry
from ingest.identifiers import normalise_pmid, registry_ids
from ingest.record import Record, Unreadable


def looks_like_isi(start: str) -> bool:
    """Whether text that begins so is a Web of Science export: its FN line, or an entry's first lines."""
    return bool(_FILE_LINE.match(start) or _FIRST_LINES.search(start))


def read_isi(file: BinaryIO) -> Iterator[Record | Unreadable]:
    """Yield one item for each entry, in file order. file: plain or gzipped, from its start, in any encoding."""
    yield from read_tagged(file, DIALECT, _draft)


# ----------------------------------------------------------------------------------------------------------- lines

_FILE_LINE = re.compile(r"\s*\ufeff?FN (?:Clarivate|Thomson|ISI|Web of)")
_FIRST_LINES = re.compile(r"(?:\A|[\r\n])\ufeff?PT [A-Z][ \t]*\r?\n(?:[A-Z][A-Z0-9] |   )")
_LINE = re.compile(r"([A-Z][A-Z0-9])(?: (.*)|[ \t]*)", re.DOTALL)
_KIND = re.compile(r"[A-Z]\s*")


def _tag(line: str, _: bool) -> tuple[str, str] | None:
    found = _LINE.fullmatch(line)
    return (found.group(1), found.group(2) or "") if found is not None else None


DIALECT = Dialect(
    tag=_tag,
    starts=lambda tag, value: tag == "PT" and bool(_KIND.fullmatch(value) or not value),
    end="ER",
    closing="EF",
    once=frozenset({"TI", "UT", "SO", "VL", "IS", "PY"}),
    making=frozenset({"TI", "AU", "AF", "AB", "SO", "DI", "UT"}),
    outside=frozenset({"FN", "VR", "EF"}),
    indented=True,
)

# ---------------------------------------------------------------------------------------------------------- fields

_NONE: Values = ()
_MEDLINE_NUMBER = re.compile(r"MEDLINE:(\d{1,9})")


def _draft(entry: Entry) -> Draft:
    values = entry.values()
    draft = Draft()

    def all_of(*tags: str) -> list[list[str]]:
        return [value for tag in tags for value in values.get(tag, ())]

    def text(*tags: str) -> str:
        return next((found for tag in tags if tag in values and (found := text_of(values[tag]))), "")

    title, abstract = text("TI"), abstract_of(values.get("AB", _NONE))
    number = text("UT") or text("AN")
    kinds = tuple(kind for kind in items_of(all_of("DT"), ";") if kind != "-")
    year, published = date_of(_plains(all_of("PY")), _plains(all_of("PD")))
    if year is None:
        year, published = date_of(_plains(all_of("EY")), _plains(all_of("EA")))
    retracted, notice = retraction_of(title, kinds)
    medline = _MEDLINE_NUMBER.fullmatch(number)
    draft.values = {
        "source": "isi",
        "source_id": number,
        "title": title,
        "original_title": text("FT"),
        "abstract": abstract,
        "authors": _authors(values),
        "journal": text("SO", "JI", "J9"),
        "year": year,
        "published": published,
        "volume": text("VL"),
        "issue": text("IS") or (f"Suppl. {text('SU')}" if text("SU") else ""),
        "pages": pages_of(text("BP"), text("EP")) or text("PS", "AR"),
        "language": items_of(all_of("LA"), "[;,]"),
        "publication_types": kinds,
        "keywords": _keywords(values, number),
        "pmid": normalise_pmid(text("PM")) or (normalise_pmid(medline.group(1)) if medline else None),
        "doi": doi_of(text("DI")) or doi_of(text("D2")),
        "registry_ids": registry_ids((), f"{title}\n{abstract}"),
        "retracted": retracted,
        "retraction_notice": notice,
    }
    if not any(draft.values[name] for name in ("title", "abstract", "authors", "journal", "doi", "pmid")):
        tags = ", ".join(sorted(entry.tags - {"PT"})[:8])
        only = f"it has only {tags}" if tags else "it has no fields at all"
        raise NotReadable(f"The entry has neither title, abstract, authors, journal nor identifier; {only}.")
    if not title:
        draft.notes.append("the entry has no title")
    if not entry.begun:
        draft.notes.append("the entry has no PT line")
    elif not entry.ended and not any("ER" in note for note in entry.notes):
        draft.notes.append("the entry has no ER line; it was taken to end where the next one begins")
    return draft


def _plains(values: Values) -> list[str]:
    return [plain(" ".join(value)) for value in values]


def _authors(values: dict[str, list[list[str]]]) -> tuple[str, ...]:
    """Full names if all authors have one; the groups after the people."""
    full, short = authors_of(values.get("AF", _NONE)), authors_of(values.get("AU", _NONE))
    people = full if len(full) >= len(short) else short
    groups = texts_of([[line] for value in values.get("CA", ()) for line in ";".join(value).split(";")])
    return (*people, *groups) or (
        authors_of([*values.get("BE", ()), *values.get("ED", ())]) or authors_of(values.get("GP", _NONE))
    )


def _keywords(values: dict[str, list[list[str]]], number: str) -> tuple[str, ...]:
    tags = ("DE",) if number.startswith("INSPEC") else ("DE", "ID")
    joined = [[" ".join(line.strip() for line in value)] for tag in tags for value in values.get(tag, ())]
    return items_of(joined, ";")
