"""Any file of records: told by its content, never by its name, and read by the reader of its format."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from ingest.byte_steps import byte_steps
from ingest.formats.csv_table import is_table, read_csv
from ingest.formats.pubmed_xml import read_pubmed_xml
from ingest.record import BrokenFile, IngestError, Record, UnknownFormat, Unreadable
from ingest.text_encoding import decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A kind of file that can be read."""

    name: str
    recognises: Callable[[str], bool]  # of the beginning of the content, as text
    read: Callable[[BinaryIO], Iterator[Record | Unreadable]]


_XML_START = re.compile(r"\s*<(?:\?xml|!DOCTYPE\s+(?:Pubmed|Medline)|Pubmed)", re.IGNORECASE)
_PUBMED_TAG = re.compile(r"<(?:!DOCTYPE\s+)?Pubmed(?:Book)?Article(?:Set)?[\s>/]")

FORMATS: tuple[Format, ...] = (
    Format(
        name="PubMed XML",
        recognises=lambda start: bool(_XML_START.match(start) and _PUBMED_TAG.search(start)),
        read=read_pubmed_xml,
    ),
    Format(name="CSV or TSV table", recognises=is_table, read=read_csv),
)

# What else a reviewer may have at hand, so that a refusal can name it. First match wins.
_OTHERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a PDF document", re.compile(r"%PDF-")),
    ("a ZIP archive (a spreadsheet or text document is one too)", re.compile(r"PK\x03\x04")),
    ("an old Office document", re.compile(r"Ð\xcf\x11à|Ð\u00cf\x11à")),
    ("an SQLite database", re.compile(r"SQLite format 3")),
    ("an EndNote XML export", re.compile(r"(?s)\s*<(?:\?xml.{0,200}?)?.{0,400}?<records>\s*<record>")),
    ("a web page", re.compile(r"(?is)\s*(?:<\?xml.{0,200}?\?>\s*)?<(?:!doctype\s+html|html|head|body)\b")),
    ("an answer of NCBI's E-utilities without records", re.compile(r"(?s)\s*<(?:.{0,400}?<)?e[A-Z]\w+Result\b")),
    ("an XML document of another kind", re.compile(r"\s*<\?xml|\s*<!DOCTYPE|\s*<\w+[^<]*>")),
    ("a RIS export", re.compile(r"(?s).{0,500}?(?:^|[\r\n])TY  ?- ?")),
    ("a PubMed or MEDLINE text export (nbib)", re.compile(r"(?s).{0,500}?(?:^|[\r\n])PMID ?- ")),
    ("an Ovid, Embase or PsycINFO tagged export", re.compile(r"(?s)(?:\s*<1>|.{0,500}?[\r\n]VN  ?- )")),
    ("a Web of Science export", re.compile(r"(?s)\s*FN (?:Clarivate|Thomson|ISI)")),
    ("an EndNote or refer export", re.compile(r"\s*%0 ")),
    ("a BibTeX file", re.compile(r"(?s).{0,2000}?(?:^|[\r\n])\s*@\w+\s*[{(]")),
    ("a JSON file", re.compile(r"\s*[\[{]")),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def read_records(path: str | os.PathLike[str]) -> Iterator[Record | Unreadable]:
    """Yield one item for each entry of the file, in file order; what could not be read is an item too.

    Reads PubMed XML and CSV or TSV tables, each plain or gzipped, recognised by content. The file is opened and
    recognised at once, and read while the result is iterated. Raises `IngestError`, its message beginning with the
    file's name: `UnknownFormat` for another kind of file, `TruncatedFile`, `BrokenFile` or `UnsafeFile` as reading
    goes on.
    """
    path = Path(path)
    name = path.name
    try:
        with path.open("rb") as file:
            head = next(byte_steps(file), b"")
        found = _recognised(head)
    except OSError as error:
        raise IngestError(f"{name}: cannot be opened ({error.strerror or error}).") from error
    except IngestError as error:
        raise _named(error, name) from error
    return _read(path, found, name)


def _read(path: Path, found: Format, name: str) -> Iterator[Record | Unreadable]:
    try:
        with path.open("rb") as file:
            for item in found.read(file):
                yield replace(item, file=name) if isinstance(item, Unreadable) else item
    except OSError as error:
        raise IngestError(f"{name}: reading failed ({error.strerror or error}).") from error
    except IngestError as error:
        raise _named(error, name) from error


def _named(error: IngestError, name: str) -> IngestError:
    message = f"{name}: {error}"
    return type(error)(message, entries=error.entries) if isinstance(error, BrokenFile) else type(error)(message)


def _recognised(head: bytes) -> Format:
    start = decode(head)
    for known in FORMATS:
        if known.recognises(start):
            return known
    readable = " and ".join(known.name for known in FORMATS)
    if not start.strip():
        raise UnknownFormat("The file is empty.")
    looks = next((what for what, sign in _OTHERS if sign.match(start)), None)
    if looks is None:
        looks = "a binary file" if len(_CONTROL.findall(start[:4000])) > 3 else None
    if looks is None:
        raise UnknownFormat(
            f"The format of this file is not known. {readable} can be read; a table needs a first row that names its "
            "columns, title among them."
        )
    raise UnknownFormat(f"This looks like {looks}. {readable} can be read.")
