"""Records out as files that other programs read, and that read back equal here.

Every writer takes any records, whatever is in them: what a format has no field for goes into fields of our own, named
in the writer's module and in docs/formats.md. Reading the file back gives records that are equal (`==`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ingest.exports.bibtex import write_bibtex
from ingest.exports.csv_table import write_csv
from ingest.exports.medline import write_medline
from ingest.exports.ris import write_ris
from ingest.record import IngestError, Record

__all__ = ["EXPORTS", "Export", "write_file", "write_records"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A kind of file that can be written."""

    name: str  # for people
    suffix: str  # of a file's name
    mime: str
    write: Callable[[Iterable[Record], TextIO], int]  # gives the number of records written
    encoding: str = "utf-8"  # to open the file with, newline="" always


EXPORTS: dict[str, Export] = {
    "ris": Export(name="RIS", suffix=".ris", mime="application/x-research-info-systems", write=write_ris),
    "nbib": Export(name="PubMed (nbib)", suffix=".nbib", mime="application/nbib", write=write_medline),
    # With a byte order mark: a spreadsheet program takes the file for the system's code page without it.
    "csv": Export(name="CSV table", suffix=".csv", mime="text/csv", write=write_csv, encoding="utf-8-sig"),
    "bibtex": Export(name="BibTeX", suffix=".bib", mime="application/x-bibtex", write=write_bibtex),
}


def write_records(records: Iterable[Record], file: TextIO, format: str) -> int:
    """Write `records` to `file`, opened with the export's encoding and newline=""; the number written.

    format: a key of `EXPORTS`. Raises `IngestError` for any other.
    """
    return _export(format).write(records, file)


def write_file(records: Iterable[Record], path: str | os.PathLike[str], format: str) -> int:
    """Write `records` to a file at `path`, which appears only once it is complete; the number written.

    Raises `IngestError` for a format that is not in `EXPORTS` or a file that cannot be written.
    """
    export, path = _export(format), Path(path)
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding=export.encoding, newline="") as file:
            written = export.write(records, file)
        part.replace(path)
    except OSError as error:
        raise IngestError(f"{path}: cannot be written ({error.strerror or error}).") from error
    finally:
        part.unlink(missing_ok=True)
    return written


def _export(format: str) -> Export:
    if format not in EXPORTS:
        raise IngestError(f"Records cannot be written as {format!r}; known are {', '.join(EXPORTS)}.")
    return EXPORTS[format]
