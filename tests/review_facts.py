"""Small made-up records for the tests of the store."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from ingest.record import Record
from workbench.store import AddedRecords, Store

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def entry(number: int, **fields: Any) -> Record:
    """A record as PubMed would give it."""
    return Record(
        **{
            "source": "pubmed",
            "source_id": str(number),
            "pmid": str(number),
            "title": f"Motor cortex stimulation, trial {number}",
            "year": 2000 + number % 25,
            **fields,
        }
    )


def key(number: int) -> str:
    """Its key."""
    return f"pubmed:{number}"


def fill(
    store: Store, numbers: Iterable[int], *, strategy: str = "pain", indication: str | None = None
) -> tuple[int, AddedRecords]:
    """Add records by a search of their own; gives its run."""
    run = store.begin_search(strategy, "rTMS AND pain", NOW, indication=indication)
    added = store.add_records(run, strategy, [(entry(number), None) for number in numbers], now=NOW)
    store.finish_search(run, count=added.new + added.known + added.changed, now=NOW)
    return run, added
