"""What a file would bring, before anything is stored: its format, its first records, what cannot be read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ingest.formats.csv_mapping import Mapping
from ingest.readers import look_at, read_records
from ingest.record import IngestError, Record, Unreadable
from workbench.refresh.column_mappings import guessed_mapping, remembered_mapping
from workbench.refresh.kept_files import KEPT_AS_IT_IS, imported_before, kept_copy
from workbench.store import SearchRun, Store

FIRST = 5
UNREADABLE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One file as it would be taken in."""

    file: str
    size: int  # bytes
    format: str = ""
    encoding: str = ""  # "": the format says it
    encoding_guessed: bool = False
    inside: tuple[str, ...] = ()  # what an archive holds, and what each is
    entries: int = 0  # records and unreadable ones
    unreadable_count: int = 0
    without_title: int = 0
    retracted: int = 0
    noted: int = 0  # records with notes
    first: tuple[Record, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()  # the first UNREADABLE
    error: str = ""  # it cannot be read, or not to its end
    guessed: Mapping | None = None  # of a table: how its columns seem to be meant
    mapping: Mapping | None = None  # and how it was read
    remembered: bool = False  # `mapping` is what was said for this header before
    before: SearchRun | None = None  # this very file was imported then (looked up for files that are kept as they are)

    @property
    def records(self) -> int:
        """Entries that can be read."""
        return self.entries - self.unreadable_count

    @property
    def usable(self) -> bool:
        """Whether there is anything to take in."""
        return self.records > 0


def preview(path: Path, store: Store | None = None, *, mapping: Mapping | None = None, first: int = FIRST) -> Preview:
    """Read a file from beginning to end without keeping its records.

    store: where mappings of columns are remembered. mapping: how to read a table; what is remembered for its header,
    else what is guessed, if None.
    """
    size = path.stat().st_size
    guessed = guessed_mapping(path)
    remembered = False
    if guessed is not None and mapping is None:
        kept = None if guessed.own or store is None else remembered_mapping(store, guessed)
        mapping, remembered = kept or guessed, kept is not None
    before = imported_before(store, kept_copy(path).sha256) if store is not None and size <= KEPT_AS_IT_IS else None
    what = Preview(file=path.name, size=size, guessed=guessed, mapping=mapping, remembered=remembered, before=before)
    if mapping is not None and not mapping.usable:
        return replace(
            what,
            format="table",
            error="No column of this table is called title, or like it. Say below which column holds the titles.",
        )
    try:
        found = look_at(path)
    except IngestError as error:
        if mapping is None:
            return replace(what, error=str(error))
        return _counted(path, replace(what, format="table", encoding=mapping.encoding), first)
    if len(found) == 1:
        one = found[0]
        what = replace(what, format=one.format, encoding=one.encoding, encoding_guessed=one.encoding_guessed)
    else:
        inside = tuple(f"{one.name}: {one.format or one.problem}" for one in found)
        what = replace(what, format=f"archive of {len(found)} files", inside=inside)
    return _counted(path, what, first)


def _counted(path: Path, what: Preview, first: int) -> Preview:
    entries = unreadable_count = without_title = retracted = noted = 0
    records: list[Record] = []
    unreadable: list[Unreadable] = []
    error = ""
    try:
        for entry in read_records(path, mapping=what.mapping):
            entries += 1
            if isinstance(entry, Unreadable):
                unreadable_count += 1
                if len(unreadable) < UNREADABLE:
                    unreadable.append(entry)
                continue
            without_title += not entry.title
            retracted += entry.retracted
            noted += bool(entry.notes)
            if len(records) < first:
                records.append(entry)
    except IngestError as broken:
        error = str(broken)
    return replace(
        what,
        entries=entries,
        unreadable_count=unreadable_count,
        without_title=without_title,
        retracted=retracted,
        noted=noted,
        first=tuple(records),
        unreadable=tuple(unreadable),
        error=error,
    )
