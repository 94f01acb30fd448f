"""What a library needs to find an article."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ingest.record import Record


def for_the_library(records: Iterable[Record]) -> Iterator[Record]:
    """The records without their abstracts and headings, which no library asks for and many lists have no room for."""
    for record in records:
        yield replace(record, abstract="", mesh=(), keywords=(), raw="")
