"""Files of records into the store: one ledger entry and one kept copy a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.readers import read_records
from ingest.record import IngestError, Record, Unreadable
from workbench.store import SYSTEM, Store

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of one file: read = new + changed + known."""

    file: str
    read: int
    new: int
    changed: int
    known: int
    unreadable: tuple[Unreadable, ...]
    run: int
    error: str = ""  # the file ended early or broke: what came before was taken in


BATCH = 200


def import_files(
    store: Store, files: Iterable[Path], *, source: str = "", by: str = SYSTEM, tell: Tell = lambda _: None
) -> tuple[Imported, ...]:
    """Take in the records of files, one ledger entry and one kept copy a file. Importing a file again adds nothing.

    source: what the ledger and the keys of records without a PMID call it; the file's name without its ending if empty.
    Raises `IngestError` for a file that is of no known format; one that breaks later gives what came before, and why.
    """
    done = []
    for path in files:
        name = source or _plain(path.stem)
        kept = path.read_bytes()
        entries = iter(read_records(path))
        first = next(entries, None)  # a refused file leaves no entry in the ledger
        run = store.begin_search(f"file: {name}", path.name, source=name, by=by)
        sha256 = hashlib.sha256(kept).hexdigest()
        store.add_raw_answer(run, "file", sha256, kept, by=by)
        done.append(_import_one(store, run, name, path, sha256, first, entries, by))
        tell(f"{path.name}: {done[-1].read} records read, {done[-1].new} new")
    return tuple(done)


def _import_one(
    store: Store,
    run: int,
    name: str,
    path: Path,
    sha256: str,
    first: Record | Unreadable | None,
    rest: Iterable[Record | Unreadable],
    by: str,
) -> Imported:
    new = changed = known = retracted = 0
    unreadable: list[Unreadable] = []
    batch: list[tuple[Record, str | None]] = []
    error = ""

    def store_batch() -> None:
        nonlocal new, changed, known, retracted
        _keep_apart(store, name, sha256, batch)
        added = store.add_records(run, f"file: {name}", batch, by=by)
        new, changed, known = new + added.new, changed + added.changed, known + added.known
        retracted += added.retracted
        batch.clear()

    def entries() -> Iterable[Record | Unreadable]:
        if first is not None:
            yield first
            yield from rest

    try:
        for entry in entries():
            if isinstance(entry, Unreadable):
                unreadable.append(replace(entry, file=path.name))
                continue
            # Row 7 of two spreadsheets is not one record: the source's name keeps their keys apart.
            batch.append((entry if entry.source == "pubmed" else replace(entry, source=name), sha256))
            if len(batch) >= BATCH:
                store_batch()
    except IngestError as broken:
        error = str(broken)
    store_batch()
    remarks = [*(f"entry {item.position}: {item.reason}" for item in unreadable), *([error] if error else [])]
    store.finish_search(
        run,
        status="failed" if error else "complete",
        count=new + changed + known + len(unreadable),
        retracted=retracted,
        error="; ".join(remarks),
        by=by,
    )
    return Imported(
        file=path.name,
        read=new + changed + known,
        new=new,
        changed=changed,
        known=known,
        unreadable=tuple(unreadable),
        run=run,
        error=error,
    )


def _keep_apart(store: Store, name: str, sha256: str, batch: list[tuple[Record, str | None]]) -> None:
    """Give records that share another file's numbering, but not its title, keys of their own.

    Spreadsheets number their rows from 1: row 1 of a second "export.csv" is another record, not a new version.
    """
    held = {record.key: record for record in store.records_of([record.key for record, _ in batch])}
    for place, (record, raw) in enumerate(batch):
        before = held.get(record.key)
        if record.source != name or before is None:
            continue
        same_doi = before.doi is not None and before.doi == record.doi
        if not same_doi and before.title.casefold().split() != record.title.casefold().split():
            batch[place] = (replace(record, source=f"{name}-{sha256[:8]}"), raw)


def _plain(name: str) -> str:
    kept = "".join(letter if letter.isalnum() or letter in "-_. " else "-" for letter in name).strip()
    return "-".join(kept.split()) or "file"
