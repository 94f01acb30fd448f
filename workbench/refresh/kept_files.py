"""The files that were imported, as they are kept, and what stands in them: a record's entry, what could not be read.

A file is kept byte for byte; one that is large and not packed is packed with gzip first, so that memory holds neither
the file nor its records whole.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingest.byte_steps import packing_of
from ingest.formats.csv_mapping import Mapping
from ingest.formats.pubmed_xml import raw_entry
from ingest.readers import read_records
from ingest.record import IngestError, Record, Unreadable
from workbench.store import SearchRun, Store, StoreError
from workbench.store.values import RecordVersion

FILE, MAPPING = "file", "mapping"  # kinds of kept answers
KEPT_AS_IT_IS = 1 << 25  # bytes: a larger file is packed, unless it is packed already
LARGEST = 1 << 28  # bytes of what is kept of one file
_STEP = 1 << 20


class TooLarge(IngestError):
    """The file is larger than the review can keep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """What is kept of a file."""

    body: bytes
    sha256: str  # of `body`
    size: int  # bytes of the file
    packed: bool  # with gzip, by us


def kept_copy(path: Path) -> KeptFile:
    """The bytes to keep. Raises `TooLarge` if they are more than LARGEST, `IngestError` if the file cannot be read."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            packed = size > KEPT_AS_IT_IS and not packing_of(file.read(8))
            file.seek(0)
            body = _packed(file, path.name) if packed else _whole(file, path.name)
    except OSError as error:
        raise IngestError(f"{path.name}: cannot be read ({error.strerror or error}).") from error
    return KeptFile(body=body, sha256=hashlib.sha256(body).hexdigest(), size=size, packed=packed)


def _whole(file: io.BufferedReader, name: str) -> bytes:
    body = file.read(LARGEST + 1)
    _check(len(body), name)
    return body


def _packed(file: io.BufferedReader, name: str) -> bytes:
    kept = io.BytesIO()
    with gzip.GzipFile(fileobj=kept, mode="wb", compresslevel=6, mtime=0) as packing:
        while step := file.read(_STEP):
            packing.write(step)
            _check(kept.tell(), name)
    return kept.getvalue()


def _check(size: int, name: str) -> None:
    if size > LARGEST:
        raise TooLarge(
            f"{name}: A review keeps a copy of every file, of at most {LARGEST >> 20} MB (packed). Split the file and "
            "import the parts."
        )


def imports(store: Store) -> tuple[SearchRun, ...]:
    """The ledger's entries of files, oldest first."""
    return tuple(run for run in store.searches() if run.strategy.startswith("file: "))


def imported_before(store: Store, sha256: str) -> SearchRun | None:
    """The first complete import of the very same file."""
    for run in imports(store):
        if run.status == "complete" and any(
            answer.kind == FILE and answer.sha256 == sha256 for answer in store.raw_answers(run.id)
        ):
            return run
    return None


def entries_again(store: Store, run: int) -> Iterator[Record | Unreadable]:
    """The entries of an imported file, read again from the kept copy as they were read then; () if none is kept."""
    with _kept(store, run) as kept:
        if kept is not None:
            yield from read_records(kept[0], mapping=kept[1])


def unreadable_again(store: Store, run: int, most: int = 1000) -> tuple[Unreadable, ...]:
    """What could not be read in an imported file, with its text as it stands there: the first `most`."""
    found: list[Unreadable] = []
    try:
        for entry in entries_again(store, run):
            if isinstance(entry, Unreadable):
                found.append(entry)
            if len(found) == most:
                break
    except IngestError:
        pass  # how far the file can be read is in the ledger
    return tuple(found)


def entry_as_it_stands(store: Store, version: RecordVersion) -> str | None:
    """The entry that a version of a record was read from, as its file or PubMed's answer has it; None if none is kept.

    It is for looking at: text from outside, never to be run or drawn as markup.
    """
    if version.raw_sha256 is None:
        return None
    record = version.record
    try:
        if record.source == "pubmed" and record.pmid is not None:
            found = raw_entry(store.raw_body(version.raw_sha256), record.pmid)
            if found is not None:
                return found.decode("utf-8", "replace")
        if version.run is None:
            return None
        for entry in entries_again(store, version.run):
            if isinstance(entry, Record) and entry.source_id == record.source_id and entry.title == record.title:
                return entry.raw or None
    except (IngestError, StoreError):
        return None
    return None


@contextmanager
def _kept(store: Store, run: int) -> Iterator[tuple[Path, Mapping | None] | None]:
    answers = {answer.kind: answer.sha256 for answer in store.raw_answers(run)}
    if FILE not in answers:
        yield None
        return
    mapping = None
    if MAPPING in answers:
        mapping = Mapping.from_dict(json.loads(store.raw_body(answers[MAPPING])))
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        path = Path(folder) / "kept"
        path.write_bytes(store.raw_body(answers[FILE]))
        yield path, mapping
