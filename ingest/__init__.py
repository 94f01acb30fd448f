"""Files and answers of bibliographic sources in, records and duplicate groups out.

The names below are loaded when first used, so that `import ingest` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingest.duplicates import Duplicates, find_duplicates
    from ingest.readers import read_records
    from ingest.record import (
        BrokenFile,
        IngestError,
        Link,
        Record,
        TruncatedFile,
        UnknownFormat,
        Unreadable,
        UnsafeFile,
    )

__all__ = [
    "BrokenFile",
    "Duplicates",
    "IngestError",
    "Link",
    "Record",
    "TruncatedFile",
    "UnknownFormat",
    "Unreadable",
    "UnsafeFile",
    "find_duplicates",
    "read_records",
]

_HOMES = {"Duplicates": "duplicates", "find_duplicates": "duplicates", "read_records": "readers"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'ingest' has no attribute {name!r}")
    value = getattr(import_module(f"ingest.{_HOMES.get(name, 'record')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
