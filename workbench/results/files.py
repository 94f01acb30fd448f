"""How results become files: tables as a spreadsheet reads them, files that appear whole or not at all."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.reports import spreadsheet_text


def csv_bytes(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """A table as a spreadsheet reads it: UTF-8 with a mark, text never taken for a formula, numbers in full."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        values = (row.get(column) for column in columns)
        writer.writerow([spreadsheet_text(value) if isinstance(value, str) else value for value in values])
    return text.getvalue().encode("utf-8-sig")


def write_file(path: Path, body: bytes) -> Path:
    """Whole or not at all: beside its place first."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.stem}.", delete=False) as file:
        file.write(body)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)
    return path
