"""An import at work beside the page: it goes on when the page is reloaded or closed, and its outcome waits for it.

One import for each reviewer; the database lets one at a time write in any case. What is uploaded lies in a folder of
its own until the import is over, under names of our own: a name from outside never becomes a path.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ingest.formats.csv_mapping import Mapping
from workbench.refresh import Imported, import_files
from workbench.refresh.column_mappings import remember_mapping
from workbench.refresh.progress import Progress
from workbench.store import SearchKind, Store
from workbench.ui import faults


class Uploads:
    """A folder for what one session uploaded; gone with the session."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="workbench-import-"))
        self._count = 0

    def add(self, name: str, content: memoryview | bytes) -> Path:
        """Keep an uploaded file; its path, whose last part is like the name that was given."""
        self._count += 1
        folder = self.path / str(self._count)
        folder.mkdir()
        path = folder / safe_name(name)
        path.write_bytes(content)
        return path

    def remove(self) -> None:
        """Delete the folder and what is in it."""
        shutil.rmtree(self.path, ignore_errors=True)

    def __del__(self) -> None:
        self.remove()


def safe_name(name: str) -> str:
    """The name of an uploaded file as one harmless part of a path."""
    kept = "".join(letter if letter.isalnum() or letter in "-_. ()" else "_" for letter in name)
    return kept.strip(". ")[-100:] or "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to import, and what to say of it in the ledger."""

    files: tuple[Path, ...]
    mappings: dict[Path, Mapping]
    remember: tuple[Mapping, ...]
    source: str
    kind: SearchKind
    query: str
    searched: date | None


@dataclass(slots=True)
class Work:
    """An import under way, or over."""

    wanted: Wanted
    uploads: Uploads  # held until the import is over
    at: str = ""  # the file and how many of its records are in
    number: int = 0  # files that are done
    done: tuple[Imported, ...] = ()
    error: str = ""
    thread: threading.Thread | None = field(default=None, repr=False)

    @property
    def over(self) -> bool:
        """Whether it has ended, well or badly."""
        return self.thread is not None and not self.thread.is_alive()


_works: dict[tuple[str, str], Work] = {}
_guard = threading.Lock()


def current(store: Store, reviewer: str) -> Work | None:
    """The reviewer's import that is at work, or whose outcome nobody has put away."""
    with _guard:
        return _works.get((store.name, reviewer))


def put_away(store: Store, reviewer: str) -> None:
    """The outcome was seen."""
    with _guard:
        work = _works.get((store.name, reviewer))
        if work is not None and work.over:
            del _works[store.name, reviewer]


def start(store: Store, reviewer: str, wanted: Wanted, uploads: Uploads) -> Work:
    """Begin; one that this reviewer has under way is given instead of a second one."""
    with _guard:
        held = _works.get((store.name, reviewer))
        if held is not None and not held.over:
            return held
        work = Work(wanted=wanted, uploads=uploads)
        work.thread = threading.Thread(target=_run, args=(work, store, reviewer), name="import", daemon=True)
        _works[store.name, reviewer] = work
        work.thread.start()
        return work


def _run(work: Work, store: Store, reviewer: str) -> None:
    wanted = work.wanted

    def watch(progress: Progress) -> None:
        work.at = f"{progress.what}: {progress.done:,} records"

    try:
        for mapping in wanted.remember:
            remember_mapping(store, mapping)
        done: list[Imported] = []
        for part in _one_by_one(wanted.files):
            done += import_files(
                store,
                part,
                source=wanted.source,
                kind=wanted.kind,
                query=wanted.query,
                searched=wanted.searched,
                mapping=_chosen(wanted.mappings),
                by=reviewer,
                progress=watch,
            )
            work.number += 1
            work.done = tuple(done)
    except Exception as error:  # noqa: BLE001 - the page shows it; there is nobody above this thread
        work.error = faults.message_of(error)
    finally:
        work.uploads.remove()


def _one_by_one(files: Sequence[Path]) -> list[tuple[Path]]:
    return [(file,) for file in files]


def _chosen(mappings: dict[Path, Mapping]) -> Callable[[Path], Mapping | None]:
    return mappings.get
