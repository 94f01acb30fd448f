"""PubMed's daily update files, for those who keep a copy of PubMed: what they say of the records the review holds.

The files are numbered through the year and are applied in that order. NLM's .md5 file is checked where it lies beside.
Records that the review does not hold are passed over: finding new ones is the strategies' work. The newest version
wins: an entry that PubMed revised before the version the review holds (DateRevised in both) is passed over as older.
Much changes without that date, retractions among it. So where it does not decide, what PubMed itself sent (or said that
it no longer has) after the file was issued stands: a file applied late takes no retraction back.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ingest.byte_steps import byte_steps
from ingest.formats.pubmed_xml import Deleted, read_pubmed_document
from ingest.record import BrokenFile, IngestError, Record, Unreadable
from workbench.refresh.ledger import Entry, Work, at_work, named, write_entry
from workbench.refresh.progress import Progress, Tell, Watch, quiet
from workbench.store import SYSTEM, NewAnswer, SearchRun, Store
from workbench.store.base import utc_now

BATCH = 200
STEP = 5_000  # entries between two signs of life
STRATEGY = "PubMed update file: "
REVISED = "revised"  # the kind of kept answer that says when PubMed revised what a file brought
_NAME = re.compile(r"pubmed(\d\d)n(\d{4,})\.xml(?:\.gz)?", re.IGNORECASE)
_MD5 = re.compile(r"\b[0-9a-fA-F]{32}\b")
_DATED = re.compile(
    rb"<MedlineCitation\b[^>]*>\s*<PMID\b[^>]*>\s*(\d+)\s*</PMID>"
    rb"(?:\s*<DateCompleted>[^!]{0,400}?</DateCompleted>)?"
    rb"\s*<DateRevised>\s*<Year>(\d+)</Year>\s*<Month>(\d+)</Month>\s*<Day>(\d+)</Day>"
)
_WINDOW = 4_096  # bytes: longer than what `_DATED` finds


class NotAnUpdateFile(IngestError):
    """The file is not one of PubMed's numbered files, or is not there."""


def apply_update_files(
    store: Store,
    paths: Iterable[Path],
    *,
    by: str = SYSTEM,
    wait: float = 0.0,
    tell: Tell = quiet,
    progress: Watch | None = None,
    now: Callable[[], datetime] = utc_now,
) -> tuple[SearchRun, ...]:
    """Apply files in the order of their numbers, one ledger entry each; a file applied before is skipped.

    A file that fails ends the work, as the ones after it build on it. Raises `NotAnUpdateFile` before anything is done,
    `Busy` as `run_refresh` does.
    """
    ordered = sorted({path.resolve() for path in paths}, key=_number)
    runs: list[SearchRun] = []
    with at_work(store, by, tell=tell, progress=progress, wait=wait, now=now) as work:
        for path in ordered:
            sha256, md5 = _hashes(path)
            query = f"{path.name} SHA-256 {sha256}"
            strategy = f"{STRATEGY}{path.name}"
            if any(run.status == "complete" and run.query == query for run in store.searches(strategy)):
                tell(f"{path.name}: applied before")
                continue
            applied = _File(work, path, md5)
            runs.append(write_entry(work, strategy, query, applied.apply, label=path.name))
            if runs[-1].status == "failed":
                break
    return tuple(runs)


@dataclass(slots=True)
class _File:
    """One file while it is applied."""

    work: Work
    path: Path
    md5: str
    seen: int = 0
    ours: int = 0
    older: int = 0
    unreadable: int = 0
    deleted: set[str] = field(default_factory=set)
    issued: str | None = None  # the last day, "YYYY-MM-DD", on which PubMed revised anything in it
    gone_since: set[str] = field(default_factory=set)  # records that PubMed said, after that day, it no longer has

    def apply(self, entry: Entry) -> None:
        """Check it, take in what is news of the review's records, mark what PubMed deleted."""
        self._check()
        held = self.work.store.known_pmids()
        with _opened(self.path) as steps:
            revised = revision_dates(steps)
        self.issued = max(revised.values(), default=None)
        self.gone_since = self._gone_since()
        try:
            self._take_in(entry, held, revised)
        finally:
            entry.count = self.seen
            entry.remark(
                f"looked at {self.seen} entries, {self.ours} of them records of the review"
                + (f", {self.older} of these older than what it holds" if self.older else "")
                + (f"; {self.unreadable} entries could not be read" if self.unreadable else "")
                + (f"; {len(self.deleted)} deletions" if self.deleted else "")
            )
        gone = sorted(self.deleted & held, key=int)
        if gone:
            self.work.store.mark_withdrawn(entry.run, [f"pubmed:{pmid}" for pmid in gone], by=self.work.by)
            entry.remark(f"withdrawn from PubMed: {named(gone)}")

    def _check(self) -> None:
        beside = self.path.with_name(self.path.name + ".md5")
        if not beside.exists():
            return
        told = _MD5.search(beside.read_text(encoding="ascii", errors="replace")[:1000])
        if told is None:
            raise BrokenFile(f"{beside.name} holds no MD5 sum: download both files again, or delete it")
        if told.group().lower() != self.md5:
            raise BrokenFile(f"{self.path.name} is not what {beside.name} says: download it again")

    def _take_in(self, entry: Entry, held: set[str], revised: dict[str, str]) -> None:
        batch: dict[str, Record] = {}
        with self.path.open("rb") as file:
            for item in read_pubmed_document(file):
                if isinstance(item, Deleted):
                    self.deleted.update(item.pmids)
                    continue
                self.seen += 1
                if self.seen % STEP == 0:
                    self.work.keep_alive(f"{self.path.name}: {self.seen} entries")
                    self.work.watch(Progress(what=self.path.name, done=self.seen, total=None))
                if isinstance(item, Unreadable):
                    self.unreadable += 1
                elif item.pmid in held:
                    self.ours += 1
                    other = batch.get(item.key)
                    if other is None or (item.version or 1) >= (other.version or 1):
                        batch[item.key] = item  # the last one of a file stands
                    if len(batch) >= BATCH:
                        self._store(entry, batch, revised)
        self._store(entry, batch, revised)

    def _store(self, entry: Entry, batch: dict[str, Record], revised: dict[str, str]) -> None:
        fresh = [record for record in batch.values() if not self._is_older(record, revised)]
        self.older += len(batch) - len(fresh)
        dates = {record.pmid: revised[record.pmid] for record in fresh if record.pmid in revised}
        answers = (NewAnswer(kind=REVISED, body=json.dumps(dates).encode(), requested=()),) if dates else ()
        entry.take_in([(record, None) for record in fresh], found=False, answers=answers)
        batch.clear()

    def _is_older(self, record: Record, revised: dict[str, str]) -> bool:
        """Whether the review holds a version of the record that PubMed revised later than the file's."""
        latest = self.work.store.record_versions(record.key)[-1]
        if record.key in self.gone_since:
            return True
        if record.pmid is None or latest.record == record:
            return False
        if (record.version or 1) != (latest.record.version or 1):
            return (record.version or 1) < (latest.record.version or 1)
        here = revised.get(record.pmid)
        there = self._revised_in_store(record.pmid, latest.run, latest.raw_sha256)
        if here is None or there is None or here == there:
            return latest.raw_sha256 is not None and self._is_after(latest.at)
        return here < there

    def _is_after(self, at: datetime) -> bool:
        """Whether a time lies on a later day than the file."""
        return self.issued is not None and f"{at:%Y-%m-%d}" > self.issued

    def _gone_since(self) -> set[str]:
        store = self.work.store
        from_files = {run.id for run in store.searches() if run.strategy.startswith(STRATEGY)}
        return {gone.record for gone in store.withdrawals() if gone.run not in from_files and self._is_after(gone.at)}

    def _revised_in_store(self, pmid: str, run: int | None, raw_sha256: str | None) -> str | None:
        store = self.work.store
        if raw_sha256 is not None:
            return revision_dates((store.raw_body(raw_sha256),)).get(pmid)
        kept = [answer for answer in store.raw_answers(run) if answer.kind == REVISED] if run is not None else []
        for answer in reversed(kept):
            found = json.loads(store.raw_body(answer.sha256)).get(pmid)
            if found is not None:
                return str(found)
        return None


def revision_dates(steps: Iterable[bytes]) -> dict[str, str]:
    """When PubMed revised records, as "YYYY-MM-DD" by PMID, read from the XML as text; the latest date counts."""
    found: dict[str, str] = {}
    rest = b""
    for step in steps:
        window = rest + step
        for match in _DATED.finditer(window):
            pmid, year, month, day = (part.decode() for part in match.groups())
            found[pmid] = max(found.get(pmid, ""), f"{int(year):04d}-{int(month):02d}-{int(day):02d}")
        rest = window[-_WINDOW:]
    return found


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[bytes]]:
    with path.open("rb") as file:
        yield byte_steps(file)


def _number(path: Path) -> tuple[int, int]:
    found = _NAME.fullmatch(path.name)
    if found is None:
        raise NotAnUpdateFile(
            f"{path.name} is not named as PubMed's files are (pubmed26n1335.xml.gz): its place in their order is not "
            "known. Other files of records are taken in with `workbench import`."
        )
    if not path.is_file():
        raise NotAnUpdateFile(f"there is no file {path}")
    return int(found.group(1)), int(found.group(2))


def _hashes(path: Path) -> Sequence[str]:
    """SHA-256 and MD5 (NLM publishes no other) of a file, in hexadecimal."""
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while step := file.read(1 << 20):
            sha256.update(step)
            md5.update(step)
    return sha256.hexdigest(), md5.hexdigest()
