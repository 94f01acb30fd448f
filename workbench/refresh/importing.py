"""Files of records into the store: one ledger entry and one kept copy a file.

A file that cannot be read does not stop the others, and leaves no entry; one that breaks part of the way leaves what
came before. What PubMed itself sent stands: an export of a record that was fetched adds no version of it, unless it
says that the report is retracted and the fetched record does not.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from ingest.formats.csv_mapping import Mapping
from ingest.readers import FoundFile, look_at, read_records
from ingest.record import IngestError, Record, Unreadable
from workbench.refresh.column_mappings import Mappings
from workbench.refresh.kept_files import FILE, MAPPING, imported_before, imports, kept_copy
from workbench.refresh.progress import Progress, Tell, Watch, quiet
from workbench.refresh.waiting import alone
from workbench.store import SYSTEM, Busy, JobLock, NewAnswer, SearchKind, SearchRun, Store, StoreError
from workbench.store.base import utc_now

BATCH = 200
JOB = "import"
NAMED = 50  # unreadable entries that the ledger names before it only counts; the kept file has them all
WITH_TEXT = 1000  # unreadable entries of a file whose text is held in memory
# What readers call records by the format alone: here they get the name of the file, or of the source that was told.
_BY_FORMAT = frozenset({"csv", "ris", "medline", "isi", "bibtex", "endnote", "refer", "ovid"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of one file: read = new + changed + known."""

    file: str
    read: int = 0
    new: int = 0
    changed: int = 0
    known: int = 0
    unreadable: tuple[Unreadable, ...] = ()
    run: int | None = None  # its ledger entry; None: the file was refused
    format: str = ""
    encoding: str = ""
    encoding_guessed: bool = False
    error: str = ""  # refused, or it ended early or broke: what came before was taken in
    before: SearchRun | None = None  # the very same file was imported then

    @property
    def refused(self) -> bool:
        """Whether nothing was taken in and the ledger has no entry."""
        return self.run is None


def import_files(
    store: Store,
    files: Iterable[Path],
    *,
    source: str = "",
    kind: SearchKind = "database",
    query: str = "",
    searched: date | None = None,
    mapping: Mapping | Mappings | None = None,
    by: str = SYSTEM,
    tell: Tell = quiet,
    progress: Watch | None = None,
    wait: float = 60.0,
) -> tuple[Imported, ...]:
    """Take in the records of files. Importing a file again adds nothing, whatever it is called now.

    source: what the ledger and the keys of records call it; the file's name without its ending if empty. kind: where
    PRISMA counts what it brings. query, searched: the search that the file is the result of, as it was run there, and
    on what day. mapping: how to read tables; one is used for those with its header. wait: seconds to wait for another
    import to end. Raises `Busy` if it does not, and what the database raises; a fault of a file is in its `Imported`.
    """
    done = []
    with alone(store, JOB, by, wait, tell) as lock:
        _close_interrupted(store, by)
        for path in files:
            file = _File(store, path, lock, source, kind, query, searched, mapping, by, tell, progress or quiet)
            done.append(file.take_in())
            tell(_told(done[-1]))
    return tuple(done)


def _close_interrupted(store: Store, by: str) -> None:
    """Whoever holds the lock may say of an import still open that its process ended."""
    for run in imports(store):
        if run.status == "running":
            store.finish_search(run.id, status="failed", error="interrupted; import the file again", by=by)


def _told(done: Imported) -> str:
    if done.refused:
        return f"{done.error}"
    unreadable = f", {len(done.unreadable):,} unreadable" if done.unreadable else ""
    said = f"{done.file}: {done.read:,} records read, {done.new:,} new, {done.changed:,} changed{unreadable}"
    if done.before is not None:
        said += f"; this very file was imported on {done.before.started:%Y-%m-%d} as {done.before.source}"
    return said


@dataclass(slots=True)
class _File:
    """One file on its way in."""

    store: Store
    path: Path
    lock: JobLock
    source: str
    kind: SearchKind
    query: str
    searched: date | None
    mapping: Mapping | Mappings | None
    by: str
    tell: Tell
    watch: Watch
    run: int = 0
    strategy: str = ""
    prefix: str = ""  # of the keys
    sha256: str = ""
    new: int = 0
    changed: int = 0
    known: int = 0
    retracted: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)
    fetched: set[str] = field(default_factory=set)

    def take_in(self) -> Imported:
        """Read the file and store its records; a file that is refused leaves nothing."""
        try:
            mapping = self.mapping(self.path) if callable(self.mapping) else self.mapping
            kept = kept_copy(self.path)
            found = _looked_at(self.path, mapping)
            entries = iter(read_records(self.path, mapping=mapping))
            first = next(entries, None)  # a refused file leaves no entry in the ledger
        except IngestError as refused:
            return Imported(file=self.path.name, error=_with_name(str(refused), self.path.name))
        before = imported_before(self.store, kept.sha256)
        name = self.source.strip() or (before.source if before else _plain(self.path.stem))
        self.prefix = before.source if before else name
        self.strategy, self.sha256, self.fetched = f"file: {name}", kept.sha256, self.store.fetched_pmids()
        self.run = self.store.begin_search(
            self.strategy, self.query.strip() or self.path.name, source=name, kind=self.kind, by=self.by
        )
        answers = [NewAnswer(kind=FILE, body=kept.body)]
        if mapping is not None:
            answers.append(NewAnswer(kind=MAPPING, body=json.dumps(mapping.as_dict(), ensure_ascii=False).encode()))
        remarks = [_described(self.path, found, kept.size, packed=kept.packed, told=bool(self.query.strip()))]
        if self.searched is not None:
            remarks.append(f"searched on {self.searched.isoformat()}")
        if before is not None:
            remarks.append(f"the same file as run {before.id} ({before.started:%Y-%m-%d})")
        error = ""
        try:
            self.store.add_records(self.run, self.strategy, [], found=False, answers=answers, by=self.by)
            del answers, kept
            try:
                self._read(first, entries)
            except IngestError as broken:
                error = _with_name(str(broken), self.path.name)
            self._finish(error, remarks)
        except BaseException as stopped:  # Ctrl-C, a full disk: close the entry as far as possible, and go on upwards
            with contextlib.suppress(StoreError):
                self._finish(str(stopped) if isinstance(stopped, StoreError) else "stopped", remarks)
            raise
        return Imported(
            file=self.path.name,
            read=self.new + self.changed + self.known,
            new=self.new,
            changed=self.changed,
            known=self.known,
            unreadable=tuple(self.unreadable),
            run=self.run,
            format=found[0].format if len(found) == 1 else f"{len(found)} files in an archive",
            encoding=found[0].encoding if len(found) == 1 else "",
            encoding_guessed=len(found) == 1 and found[0].encoding_guessed,
            error=error,
            before=before,
        )

    def _read(self, first: Record | Unreadable | None, rest: Iterator[Record | Unreadable]) -> None:
        batch: list[Record] = []
        try:
            for entry in () if first is None else _chained(first, rest):
                if isinstance(entry, Unreadable):
                    self._note(entry)
                    continue
                batch.append(replace(entry, source=self.prefix) if entry.source in _BY_FORMAT else entry)
                if len(batch) >= BATCH:
                    self._store(batch)
        finally:
            self._store(batch)  # what came before the damage

    def _note(self, entry: Unreadable) -> None:
        if len(self.unreadable) >= WITH_TEXT:
            entry = replace(entry, raw="")
        self.unreadable.append(entry if entry.file else replace(entry, file=self.path.name))

    def _store(self, batch: list[Record]) -> None:
        if not batch:
            return
        held = {record.key: record for record in self.store.records_of([record.key for record in batch])}
        stands = [record for record in batch if self._stands(held.get(record.key), record)]
        keys = {record.key for record in stands}
        rest = [_kept_apart(record, held.get(record.key), self.sha256) for record in batch if record.key not in keys]
        if stands:
            self.store.add_found(self.run, self.strategy, [record.key for record in stands], by=self.by)
            self.known += len(stands)
        try:
            self._add(rest)
        except StoreError:  # one of them cannot be kept: the others can
            for record in rest:
                try:
                    self._add([record])
                except StoreError as error:
                    self._note(
                        Unreadable(
                            position=record.position or 0, reason=str(error), raw=record.raw, file=self.path.name
                        )
                    )
        batch.clear()
        done = self.new + self.changed + self.known
        if not self.store.renew_lock(self.lock, doing=f"{self.path.name}: {done} records"):
            raise Busy("another process took over the import meanwhile (was this machine asleep?); this one stops here")
        self.watch(Progress(what=self.path.name, done=done, total=None))

    def _add(self, records: list[Record]) -> None:
        pairs = [(record, self.sha256) for record in records]
        added = self.store.add_records(self.run, self.strategy, pairs, by=self.by)
        self.new += added.new
        self.changed += added.changed
        self.known += added.known
        self.retracted += added.retracted

    def _stands(self, held: Record | None, record: Record) -> bool:
        """Whether what the review holds stands against the file's copy.

        It does where PubMed itself sent it, unless the copy alone says retracted; and where the copy is one of the
        record's earlier versions: the file is older than what came since.
        """
        if held is None or held == record or (record.retracted and not held.retracted):
            return False
        if record.source == "pubmed" and record.source_id in self.fetched:
            return True
        return any(version.record == record for version in self.store.record_versions(record.key)[:-1])

    def _finish(self, error: str, remarks: list[str]) -> None:
        some = [_named(item) for item in self.unreadable[:NAMED]]
        if len(self.unreadable) > NAMED:
            some.append(f"and {len(self.unreadable) - NAMED} more entries that could not be read")
        self.store.finish_search(
            self.run,
            status="failed" if error else "complete",
            count=self.new + self.changed + self.known + len(self.unreadable),
            retracted=self.retracted,
            error=error,
            remarks="; ".join([*remarks, *some]),
            by=self.by,
            now=utc_now(),
        )


def _looked_at(path: Path, mapping: Mapping | None) -> tuple[FoundFile, ...]:
    try:
        return look_at(path)
    except IngestError:
        if mapping is None:
            raise
        return (FoundFile(name=path.name, format="table, columns as told", encoding=mapping.encoding),)


def _chained(first: Record | Unreadable, rest: Iterator[Record | Unreadable]) -> Iterator[Record | Unreadable]:
    yield first
    yield from rest


def _described(path: Path, found: tuple[FoundFile, ...], size: int, *, packed: bool, told: bool) -> str:
    what = found[0].format if len(found) == 1 else f"{len(found)} files in an archive"
    encoding = f", {found[0].encoding}" if len(found) == 1 and found[0].encoding else ""
    name = f"{path.name}: " if told else ""
    return f"{name}{what}{encoding}, {size:,} bytes" + (", kept packed with gzip" if packed else "")


def _named(item: Unreadable) -> str:
    line = f" (line {item.line})" if item.line else ""
    return f"entry {item.position}{line}: {item.reason}"


def _with_name(message: str, name: str) -> str:
    return message if message.startswith(name) else f"{name}: {message}"


def _kept_apart(record: Record, held: Record | None, sha256: str) -> Record:
    """A record that shares another file's numbering, but not its title, gets a key of its own.

    Spreadsheets number their rows from 1: row 1 of a second "export.csv" is another record, not a new version.
    """
    if held is None or record.source == "pubmed":
        return record
    same_doi = held.doi is not None and held.doi == record.doi
    if same_doi or held.title.casefold().split() == record.title.casefold().split():
        return record
    return replace(record, source=f"{record.source}-{sha256[:8]}")


def _plain(name: str) -> str:
    kept = "".join(letter if letter.isalnum() or letter in "-_. " else "-" for letter in name).strip()
    return "-".join(kept.split()) or "file"
