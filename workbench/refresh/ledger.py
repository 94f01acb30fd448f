"""One entry of the ledger while it is being written: answers, records, requests and remarks go in as they come.

Every batch is one transaction: the answer as it arrived, the requests it took, the records read from it. So an entry
that is interrupted anywhere leaves whole batches and a log of what was asked, and the next run goes on from there.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any

from ingest.eutils import PubMed, RequestLog
from ingest.formats.pubmed_xml import read_pubmed_xml
from ingest.notices import notices
from ingest.record import IngestError, Record, Unreadable
from workbench.refresh.progress import Progress, Tell, Watch, quiet
from workbench.refresh.waiting import alone
from workbench.store import Busy, JobLock, NewAnswer, SearchKind, SearchRun, Store, StoreError
from workbench.store.base import utc_now

JOB = "refresh"
PUBMED = "PubMed"
INTERRUPTED = "interrupted; the next run went on from here"
NAMED = 20  # PMIDs that a remark names before it only counts


@dataclass(slots=True)
class Work:
    """What the steps of one job share, from the moment it has the lock."""

    store: Store
    by: str
    tell: Tell
    watch: Watch
    lock: JobLock
    now: Callable[[], datetime]
    looked_at: set[str] = field(default_factory=set)  # PMIDs whose records this job has fetched already

    def keep_alive(self, doing: str) -> None:
        """Hold the lock for another while and say how far the job is; `Busy` if somebody else took it over."""
        if not self.store.renew_lock(self.lock, doing=doing):
            raise Busy(f"another process took over {JOB} meanwhile (was this machine asleep?); this one stops here")


@contextmanager
def at_work(
    store: Store,
    by: str,
    *,
    tell: Tell = quiet,
    progress: Watch | None = None,
    wait: float = 0.0,
    now: Callable[[], datetime] = utc_now,
) -> Iterator[Work]:
    """Be the one job that brings records from PubMed: the lock, and the entries of dead processes closed.

    wait: seconds to wait for another one to end. Raises `workbench.store.Busy`, naming who is at work and since when.
    """
    with alone(store, JOB, by, wait, tell) as lock:
        for run in store.searches():
            # Whoever holds the lock may say of an entry still open that its process ended.
            if run.status == "running" and run.source == PUBMED and not run.strategy.startswith("file: "):
                sent = len(request_log(store, run.id))
                store.finish_search(run.id, status="failed", error=INTERRUPTED, requests=sent, by=by)
        yield Work(store=store, by=by, tell=tell, watch=progress or quiet, lock=lock, now=now)


@dataclass(slots=True)
class Entry:
    """An entry under way. `label` is what people call it, `strategy` what the ledger does."""

    work: Work
    strategy: str
    label: str
    run: int
    count: int | None = None
    translation: str = ""
    remarks: list[str] = field(default_factory=list)
    changed_keys: list[str] = field(default_factory=list)
    _sent: list[RequestLog] = field(default_factory=list)  # not on record yet
    _requests: int = 0

    def hear(self, request: RequestLog) -> None:
        """Take note of a request; called by the transport for every one, retries included."""
        self._sent.append(request)
        self._requests += 1

    def remark(self, text: str) -> None:
        """Add what is worth knowing, once."""
        if text not in self.remarks:
            self.remarks.append(text)

    def keep(self, kind: str, body: bytes, requested: Sequence[str] = ()) -> None:
        """Keep an answer, or a list of ours, with the requests sent so far."""
        self.keep_all(kind, (body,), requested)

    def keep_all(self, kind: str, bodies: Iterable[bytes], requested: Sequence[str] = ()) -> None:
        """Keep several answers of one kind, in one transaction."""
        self._keep(*(NewAnswer(kind=kind, body=body, requested=tuple(requested)) for body in bodies))

    def fetch(
        self, pubmed: PubMed, pmids: Sequence[str], what: str, *, found: bool = True, known: bool = False
    ) -> tuple[str, ...]:
        """Fetch records and store them batch by batch; gives the PMIDs that PubMed did not send.

        found: whether the entry's strategy found them. known: the review holds them, and a lack is dealt with later.
        """
        if not pmids:
            return ()
        missing: list[str] = []
        done = 0
        self._say(what, 0, len(pmids))
        for batch in pubmed.fetch(pmids):
            for warning in batch.warnings:
                self.remark(warning)
            records, unreadable = _read(batch.raw)
            for entry in unreadable:
                self.remark(f"entry {entry.position} of the answer {batch.sha256[:12]} cannot be read: {entry.reason}")
            answer = NewAnswer(kind="efetch", body=batch.raw, requested=batch.requested)
            self.take_in([(record, batch.sha256) for record in records], found=found, answers=(answer,))
            missing += batch.missing
            done += len(batch.requested)
            self.work.looked_at.update(batch.returned)
            self._say(what, done, len(pmids))
        if missing and not known:
            self.remark(f"listed, but not sent by PubMed: {named(missing)}")
        came = f"{done - len(missing)} of {done}" if missing else f"{done}"
        self.work.tell(f"{self.label}: {came} {what} fetched")
        return tuple(missing)

    def take_in(
        self, records: Sequence[tuple[Record, str | None]], *, found: bool, answers: Sequence[NewAnswer] = ()
    ) -> None:
        """Store records and take note of what their sources say now that they did not say before."""
        store, keys = self.work.store, [record.key for record, _ in records]
        before = {record.key: set(notices(record)) for record in store.records_of(keys)}
        added = store.add_records(
            self.run, self.strategy, records, found=found, answers=(*answers, *self._log()), by=self.work.by
        )
        self._sent.clear()
        self.changed_keys += added.changed_keys
        changed = set(added.changed_keys)
        for record, _ in records:
            if record.key in changed:
                for notice in notices(record):
                    if notice not in before.get(record.key, ()):
                        self.remark(notice.words)
                        self.work.tell(f"{self.label}: {notice.words}")

    def finish(self, error: str = "") -> SearchRun:
        """Close the entry: complete, or failed for the reason given."""
        self._keep()
        run = self.work.store.finish_search(
            self.run,
            status="failed" if error else "complete",
            count=self.count,
            translation=self.translation,
            requests=self._requests,
            error=error,
            remarks="; ".join(self.remarks),
            by=self.work.by,
            now=self.work.now(),
        )
        counted = f"{run.count} listed, " if run.count is not None else ""
        told = f"{counted}{run.new} new, {run.changed} changed, {run.withdrawn} withdrawn"
        self.work.tell(f"{self.label}: " + (f"failed: {error}" if error else told))
        return run

    def _log(self) -> tuple[NewAnswer, ...]:
        """The requests that are not on record yet; whoever stores them clears `_sent` once they are."""
        if not self._sent:
            return ()
        body = json.dumps([request.as_dict() for request in self._sent], ensure_ascii=False, indent=1).encode()
        return (NewAnswer(kind="requests", body=body),)

    def _keep(self, *answers: NewAnswer) -> None:
        kept = (*answers, *self._log())
        if kept:
            self.work.store.add_records(self.run, self.strategy, [], found=False, answers=kept, by=self.work.by)
            self._sent.clear()

    def _say(self, what: str, done: int, total: int) -> None:
        self.work.keep_alive(f"{self.label}: {done} of {total} {what}")
        self.work.watch(Progress(what=f"{self.label}: {what}", done=done, total=total))


def write_entry(
    work: Work,
    strategy: str,
    query: str,
    steps: Callable[[Entry], None],
    *,
    label: str = "",
    indication: str | None = None,
    kind: SearchKind = "database",
    source: str = PUBMED,
    pubmed: PubMed | None = None,
) -> SearchRun:
    """Begin an entry, do its steps, close it. A fault of PubMed or of a file ends it as failed, and is not raised.

    Anything else that ends the steps (Ctrl-C, a full disk) closes the entry as far as possible and goes on upwards.
    """
    run = work.store.begin_search(
        strategy, query, work.now(), indication=indication, source=source, kind=kind, by=work.by
    )
    entry = Entry(work=work, strategy=strategy, label=label or strategy, run=run)
    with pubmed.transport.listening(entry.hear) if pubmed else contextlib.nullcontext():
        try:
            steps(entry)
        except IngestError as error:
            return entry.finish(str(error) or type(error).__name__)
        except BaseException as error:
            with contextlib.suppress(StoreError):
                entry.finish(str(error) if isinstance(error, StoreError) else f"stopped ({type(error).__name__})")
            raise
    return entry.finish()


def request_log(store: Store, run: int) -> tuple[dict[str, Any], ...]:
    """Every request that a run sent, in order, retries included; without key and e-mail address."""
    logs = (store.raw_body(answer.sha256) for answer in store.raw_answers(run) if answer.kind == "requests")
    return tuple(request for log in logs for request in json.loads(log))


def ledger_entry(run: SearchRun) -> dict[str, Any]:
    """A run as `workbench refresh --json` prints it."""
    return {
        "strategy": run.strategy,
        "indication": run.indication,
        "source": run.source,
        "kind": run.kind,
        "query": run.query,
        "query_changed": run.query_changed,
        "translation": run.translation,
        "translation_changed": run.translation_changed,
        "count": run.count,
        "new": run.new,
        "changed": run.changed,
        "withdrawn": run.withdrawn,
        "retracted": run.retracted,
        "requests": run.requests,
        "status": run.status,
        "error": run.error,
        "remarks": run.remarks,
        "started": run.started.isoformat(),
        "finished": run.finished.isoformat() if run.finished else None,
    }


def named(pmids: Iterable[str]) -> str:
    """The PMIDs in words: the first of them, and how many more."""
    listed = sorted(pmids, key=int)
    more = f" and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
    return ", ".join(listed[:NAMED]) + more


def _read(raw: bytes) -> tuple[list[Record], list[Unreadable]]:
    records: list[Record] = []
    unreadable: list[Unreadable] = []
    for entry in read_pubmed_xml(BytesIO(raw)):
        if isinstance(entry, Unreadable):
            unreadable.append(entry)
        else:
            records.append(entry)
    return records, unreadable
