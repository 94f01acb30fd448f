"""Any file of records: told by its content, never by its name, and read by the reader of its format."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from ingest.archives import members_of, open_member
from ingest.byte_steps import SteppedFile, byte_steps, packing_of
from ingest.formats.bibtex import looks_like_bibtex, read_bibtex
from ingest.formats.csv_mapping import Mapping, guess_mapping, is_table
from ingest.formats.csv_table import read_csv
from ingest.formats.endnote_xml import looks_like_endnote_xml, read_endnote_xml
from ingest.formats.isi import looks_like_isi, read_isi
from ingest.formats.medline import looks_like_medline, read_medline
from ingest.formats.ovid import looks_like_ovid, read_ovid
from ingest.formats.pubmed_xml import read_pubmed_xml
from ingest.formats.refer import looks_like_refer, read_refer
from ingest.formats.ris import looks_like_ris, read_ris
from ingest.record import BrokenFile, IngestError, Record, TruncatedFile, UnknownFormat, Unreadable
from ingest.text_encoding import Encoding, as_utf8, decode, find_encoding


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A kind of file that can be read."""

    name: str
    recognises: Callable[[str], bool]  # of the beginning of the content, as text
    read: Callable[[BinaryIO], Iterator[Record | Unreadable]]
    says_encoding: bool = False  # XML does; a text's encoding is looked for in all of it


_XML_START = re.compile(r"\s*<(?:\?xml|!DOCTYPE\s+(?:Pubmed|Medline)|Pubmed)", re.IGNORECASE)
_PUBMED_TAG = re.compile(r"<(?:!DOCTYPE\s+)?Pubmed(?:Book)?Article(?:Set)?[\s>/]")

_RIS_START = re.compile(r"TY  - ?[A-Z]")
_BIBTEX_START = re.compile(r"@(?!comment)[a-z]+\s*[{(]", re.IGNORECASE)


def _by_first_line(start: str) -> object:
    """The reader that a file's first line names beyond doubt: an abstract in it may hold lines of another format."""
    line = start.lstrip("\ufeff \t\r\n")[:4000].split("\n", 1)[0]
    if _RIS_START.match(line):
        return read_ris
    if _BIBTEX_START.match(line) and looks_like_bibtex(start):
        return read_bibtex
    return read_csv if is_table(line) else None


# The first that recognises a file reads it.
FORMATS: tuple[Format, ...] = (
    Format(
        name="PubMed XML",
        recognises=lambda start: bool(_XML_START.match(start) and _PUBMED_TAG.search(start)),
        read=read_pubmed_xml,
        says_encoding=True,
    ),
    Format(name="EndNote XML", recognises=looks_like_endnote_xml, read=read_endnote_xml, says_encoding=True),
    Format(name="Ovid's tagged text", recognises=looks_like_ovid, read=read_ovid),
    Format(name="Web of Science's tagged text (ISI, ciw)", recognises=looks_like_isi, read=read_isi),
    Format(name="PubMed's tagged text (MEDLINE, nbib)", recognises=looks_like_medline, read=read_medline),
    Format(name="RIS", recognises=looks_like_ris, read=read_ris),
    Format(name="refer (EndNote's tagged text)", recognises=looks_like_refer, read=read_refer),
    Format(name="BibTeX", recognises=looks_like_bibtex, read=read_bibtex),
    Format(name="CSV or TSV table", recognises=is_table, read=read_csv),
)

# What else a reviewer may have at hand, so that a refusal can name it. First match wins.
_OTHERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a PDF document", re.compile(r"%PDF-")),
    ("an old Office document", re.compile(r"Ð\xcf\x11à|Ð\u00cf\x11à")),
    ("an SQLite database", re.compile(r"SQLite format 3")),
    ("an EndNote library (.enl): export it as XML or RIS", re.compile(r"(?s).{0,100}?enl_refs|\x1aEndNote")),
    ("a web page", re.compile(r"(?is)\s*(?:<\?xml.{0,200}?\?>\s*)?<(?:!doctype\s+html|html|head|body)\b")),
    ("an answer of NCBI's E-utilities without records", re.compile(r"(?s)\s*<(?:.{0,400}?<)?e[A-Z]\w+Result\b")),
    ("an XML document of another kind", re.compile(r"\s*<\?xml|\s*<!DOCTYPE|\s*<\w+[^<]*>")),
    ("a JSON file", re.compile(r"\s*[\[{]")),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """One file of records: itself, or one inside a ZIP."""

    name: str  # for people: "export.ris", "exports.zip/scopus.ris"
    format: str  # the name of its `Format`; "" where it is none of them
    encoding: str = ""  # the name of its encoding; "" where the format says it
    encoding_guessed: bool = False
    problem: str = ""  # why it is not read


def read_records(path: str | os.PathLike[str], *, mapping: Mapping | None = None) -> Iterator[Record | Unreadable]:
    """Yield one item for each entry of the file, in file order; what could not be read is an item too.

    The format is told by the content. The file may be packed (gzip, bzip2, xz); of a ZIP every file inside is read in
    turn, and one that is no export is an `Unreadable` of its own. The file is opened and recognised at once, and read
    while the result is iterated. Records of a text whose encoding had to be guessed have a note, if it matters to them.
    mapping: how to read a table with the same header; also makes a table of a text that nothing else recognises.
    Raises `IngestError`, its message beginning with the file's name: `UnknownFormat` for another kind of file,
    `TruncatedFile`, `BrokenFile` or `UnsafeFile` as reading goes on (within a ZIP: after its other files are read).
    """
    path = Path(path)
    sources, zipped = _sources(path)
    if zipped:
        return _read_all([_prepared(source, mapping) for source in sources], path.name)
    (source,) = sources
    prepared = _prepared(source, mapping)
    if isinstance(prepared, IngestError):
        raise prepared
    return prepared.items()


def look_at(path: str | os.PathLike[str]) -> tuple[FoundFile, ...]:
    """What a file is, or the files inside a ZIP are, without reading the entries. Raises like `read_records`."""
    found = []
    sources, zipped = _sources(Path(path))
    for source in sources:
        prepared = _prepared(source, None)
        if isinstance(prepared, IngestError):
            if not zipped:
                raise prepared
            found.append(FoundFile(name=source.name, format="", problem=str(prepared)))
            continue
        encoding = prepared.encoding
        found.append(
            FoundFile(
                name=source.name,
                format=prepared.format.name,
                encoding=encoding.name if encoding else "",
                encoding_guessed=encoding is not None and encoding.guessed,
            )
        )
    return tuple(found)


# ------------------------------------------------------------------------------------------------------------ sources


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    name: str
    open: Callable[[], AbstractContextManager[BinaryIO]]
    packed: bool = False  # it lies in an archive


def _sources(path: Path) -> tuple[list[_Source], bool]:
    """The file, or those inside it if it is a ZIP (True)."""
    name = path.name
    try:
        with path.open("rb") as file:
            zipped = packing_of(file.read(8)) == "zip"
        if not zipped:
            return [_Source(name=name, open=lambda: path.open("rb"))], False
        members = members_of(path)
    except OSError as error:
        raise IngestError(f"{name}: cannot be opened ({error.strerror or error}).") from error
    except IngestError as error:
        raise _named(error, name) from error
    if not members:
        raise UnknownFormat(f"{name}: This ZIP holds no files.")
    return [
        _Source(name=f"{name}/{member.name}", open=partial(open_member, member), packed=True) for member in members
    ], True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """A source whose format is known."""

    source: _Source
    format: Format
    encoding: Encoding | None  # None: the format says it
    mapping: Mapping | None

    def items(self) -> Iterator[Record | Unreadable]:
        """Its entries, with the file's name where they could not be read, and in errors."""
        name = self.source.name
        note = ""
        if self.encoding is not None and self.encoding.guessed and self.mapping is None:
            note = f"the file does not say its encoding; read as {self.encoding.name}"
        try:
            with self.source.open() as file:
                for item in self._read(file):
                    if isinstance(item, Unreadable):
                        yield replace(item, file=name)
                    elif note and not item.raw.isascii():
                        yield replace(item, notes=(*item.notes, note))
                    else:
                        yield item
        except OSError as error:
            raise IngestError(f"{name}: reading failed ({error.strerror or error}).") from error
        except IngestError as error:
            raise _named(error, name) from error

    def _read(self, file: BinaryIO) -> Iterator[Record | Unreadable]:
        if self.mapping is not None:
            return read_csv(file, self.mapping)
        if self.encoding is None or self.encoding.codec == "utf-8-sig":
            return self.format.read(file)
        utf8 = SteppedFile(as_utf8(byte_steps(file), self.encoding.codec))
        return self.format.read(cast(BinaryIO, io.BufferedReader(utf8)))


def _prepared(source: _Source, mapping: Mapping | None) -> _Prepared | IngestError:
    """The source with its format, or why there is none."""
    try:
        with source.open() as file:
            head = _head(file, packed=source.packed)
            found = _recognised(head, mapping)
            if found.says_encoding:
                return _Prepared(source=source, format=found, encoding=None, mapping=None)
            file.seek(0)
            encoding = _encoding(file)
    except OSError as error:
        return IngestError(f"{source.name}: cannot be opened ({error.strerror or error}).")
    except IngestError as error:
        return _named(error, source.name)
    if mapping is not None and not (found.read is read_csv and _same_header(head, mapping)):
        mapping = None
    return _Prepared(source=source, format=found, encoding=encoding, mapping=mapping)


def _head(file: BinaryIO, *, packed: bool) -> bytes:
    if packed:
        if packing_of(file.read(8)):
            raise UnknownFormat("This is packed once more inside the ZIP. Unpack it and read it by itself.")
        file.seek(0)
    return next(byte_steps(file), b"")


def _encoding(file: BinaryIO) -> Encoding:
    """What the text is in. Damage further on is left to the reader, who says how far the file can be read."""

    def whole_part() -> Iterator[bytes]:
        with suppress(TruncatedFile, BrokenFile):
            yield from byte_steps(file)

    return find_encoding(whole_part())


def _same_header(head: bytes, mapping: Mapping) -> bool:
    return guess_mapping(decode(head, mapping.encoding)).header == mapping.header


def _read_all(prepared: list[_Prepared | IngestError], name: str) -> Iterator[Record | Unreadable]:
    """The items of every file in an archive."""
    if all(isinstance(one, IngestError) for one in prepared):
        reasons = "; ".join(str(one) for one in prepared[:5])
        raise UnknownFormat(f"{name}: None of the {len(prepared)} files in this ZIP can be read: {reasons}")
    return _items_of_all(prepared, name)


def _items_of_all(prepared: list[_Prepared | IngestError], name: str) -> Iterator[Record | Unreadable]:
    broken: list[IngestError] = []
    entries = 0
    for one in prepared:
        if isinstance(one, IngestError):
            entries += 1
            file, _, reason = str(one).partition(": ")
            yield Unreadable(position=1, reason=reason, file=file)
            continue
        try:
            for item in one.items():
                entries += 1
                yield item
        except IngestError as error:
            broken.append(error)
    if broken:
        reasons = "; ".join(map(str, broken))
        raise BrokenFile(
            f"{name}: {len(broken)} of the files inside could not be read whole. {reasons}", entries=entries
        )


def _named(error: IngestError, name: str) -> IngestError:
    message = f"{name}: {error}"
    return type(error)(message, entries=error.entries) if isinstance(error, BrokenFile) else type(error)(message)


# -------------------------------------------------------------------------------------------------------- recognition


def _recognised(head: bytes, mapping: Mapping | None = None) -> Format:
    start = decode(head)
    read = _by_first_line(start)
    for known in FORMATS:
        if known.read is read:
            return known
    for known in FORMATS:
        if known.recognises(start):
            return known
    if mapping is not None and _same_header(head, mapping):
        return FORMATS[-1]
    readable = ", ".join(known.name for known in FORMATS[:-1]) + f" and {FORMATS[-1].name}"
    if not start.strip("\0 \t\r\n\ufeff"):
        raise UnknownFormat("The file is empty.")
    looks = next((what for what, sign in _OTHERS if sign.match(start)), None)
    if looks is None:
        looks = "a binary file" if len(_CONTROL.findall(start[:4000])) > 3 else None
    table = guess_mapping(start) if looks is None else None
    if table is not None and len(table.columns) > 1 and len(table.header) > 1:
        raise UnknownFormat(
            "This looks like a table without a column of titles; say which column holds them, or name it title. Its "
            f"columns: {', '.join(name[:40] for name in table.header[:20])}."
        )
    if looks is None:
        raise UnknownFormat(
            f"The format of this file is not known. {readable} can be read; a table needs a first row that names its "
            "columns, title among them."
        )
    raise UnknownFormat(f"This looks like {looks}. {readable} can be read.")
