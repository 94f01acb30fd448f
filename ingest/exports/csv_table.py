"""Records as a CSV table with the columns of PubMed's own CSV and more; see `ingest.formats.exact_cells`."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TextIO

from ingest.formats.exact_cells import ORDER, cells_of, guarded
from ingest.record import Record


def write_csv(records: Iterable[Record], file: TextIO) -> int:
    """Write one row a record under a header; the number of records. file: opened with newline=""."""
    # Every cell in quotes: a program that takes another separator for the right one still finds no cell that begins
    # with a formula inside ours.
    rows = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    rows.writerow(ORDER)
    written = 0
    for record in records:
        cells = cells_of(record) | {
            "Citation": guarded(_citation(record)),
            "First Author": guarded(record.authors[0] if record.authors else None),
        }
        rows.writerow([cells.get(column, "") for column in ORDER])
        written += 1
    return written


def _citation(record: Record) -> str | None:
    """As PubMed prints it: "J Pain. 2020 Mar;21(3):100-110. doi: 10.1000/x."."""
    when = record.published or ("" if record.year is None else str(record.year))
    issue = f"({record.issue})" if record.issue else ""
    pages = f":{record.pages}" if record.pages else ""
    where = f"{record.volume}{issue}{pages}"
    text = ". ".join(filter(None, (record.journal.rstrip("."), ";".join(filter(None, (when, where))))))
    if not text:
        return None
    return f"{text}. doi: {record.doi}." if record.doi else f"{text}."
