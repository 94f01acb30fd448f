"""From sources into the store: PubMed strategies, files of records, and the duplicates among what came.

A refresh lists everything that a strategy finds (one request), compares the list with what the store holds, and fetches
the difference (specs: E-utilities, "recommended refresh"):

1. new: listed and not stored -> fetched in batches. A batch is stored in one transaction, with its raw answer's hash,
   so a run that is interrupted anywhere leaves whole batches, and the next run fetches what is still missing;
2. known: listed and stored -> recorded as found by this strategy; those that PubMed modified or indexed since the last
   complete run (less 14 days, against late changes and other calendars) are fetched again, and a version is stored only
   where the content differs;
3. vanished: found earlier and not listed now -> fetched by number. There still: it no longer matches, nothing is lost.
   Gone, and PubMed's summary says so too: recorded as withdrawn; what was known of it stays.

One refresh at a time, by a lock in the database. Every run of every strategy is one entry of the ledger, failed ones
with their reason; the point that a strategy is "current to" moves with complete runs only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from ingest.eutils import PubMed
from ingest.formats.pubmed_xml import read_pubmed_xml
from ingest.record import IngestError, Record, Unreadable
from workbench.review import Indication, ReviewDefinition
from workbench.store import SYSTEM, SearchRun, Store, StoreError

Tell = Callable[[str], None]
OVERLAP = timedelta(days=14)
JOB = "refresh"


def run_refresh(
    store: Store,
    review: ReviewDefinition,
    pubmed: PubMed,
    *,
    by: str = SYSTEM,
    only: Sequence[str] = (),
    tell: Tell = lambda _: None,
) -> tuple[SearchRun, ...]:
    """Run the strategies of the review's indications (of those in `only`, if given), one ledger entry each.

    A strategy that fails is recorded as failed, and the next one is run. Raises `workbench.store.Busy` if another
    refresh is at work, `StoreError` for an unknown indication or a database that fails.
    """
    unknown = sorted(set(only) - {indication.key for indication in review.indications})
    if unknown:
        known = ", ".join(indication.key for indication in review.indications)
        raise StoreError(f"the review has no indication {', '.join(unknown)}; it has {known}")
    wanted = [indication for indication in review.indications if not only or indication.key in only]
    with store.locked(JOB, by) as lock:
        _close_interrupted(store, by)
        runs = []
        for indication in wanted:
            tell(f"{indication.label}: searching PubMed")
            runs.append(_Run(store, pubmed, indication, by, tell, lambda: store.renew_lock(lock)).complete())
    return tuple(runs)


def ledger_entry(run: SearchRun) -> dict[str, Any]:
    """A run as `workbench refresh --json` prints it."""
    return {
        "strategy": run.strategy,
        "indication": run.indication,
        "source": run.source,
        "query": run.query,
        "translation": run.translation,
        "count": run.count,
        "new": run.new,
        "changed": run.changed,
        "withdrawn": run.withdrawn,
        "retracted": run.retracted,
        "requests": run.requests,
        "status": run.status,
        "error": run.error,
        "started": run.started.isoformat(),
        "finished": run.finished.isoformat() if run.finished else None,
    }


def _close_interrupted(store: Store, by: str) -> None:
    """Whoever holds the lock may say of an entry still open that its process ended."""
    for run in store.searches():
        if run.status == "running" and run.source == "PubMed":
            store.finish_search(run.id, status="failed", error="interrupted; the next run went on from here", by=by)


@dataclass(slots=True)
class _Run:
    """One strategy, once."""

    store: Store
    pubmed: PubMed
    indication: Indication
    by: str
    tell: Tell
    keep_lock: Callable[[], bool]
    run: int = 0
    retracted: int = 0
    withdrawn: int = 0
    requests: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def complete(self) -> SearchRun:
        """Search, fetch, record; a failure of the service ends the run as failed."""
        key, query = self.indication.key, self.indication.strategy
        # Read before this run begins: afterwards the newest run is this one.
        since = self.store.current_to().get(key)
        self.run = self.store.begin_search(key, query, indication=key, by=self.by)
        count, translation = None, ""
        try:
            answer = self.pubmed.search(query)
            count, translation = answer.count, answer.translation
            self._sent(answer.requests)
            self.remarks += answer.warnings
            for raw, sha256 in zip(answer.raw, answer.sha256, strict=True):
                self.store.add_raw_answer(self.run, "esearch", sha256, raw, by=self.by)
            self._take_in(answer.pmids, since)
        except IngestError as error:
            self._sent(getattr(error, "requests", ()))
            self.tell(f"{self.indication.label}: failed: {error}")
            return self._finish("failed", count, translation, str(error))
        finished = self._finish("complete", count, translation, "; ".join(self.remarks))
        self.tell(
            f"{self.indication.label}: {finished.count} listed, {finished.new} new, {finished.changed} changed, "
            f"{finished.withdrawn} withdrawn"
        )
        return finished

    def _take_in(self, listed: Sequence[str], since: datetime | None) -> None:
        stored, earlier = self.store.known_pmids(), self.store.pmids_found(self.indication.key)
        kept = [pmid for pmid in listed if pmid in stored]
        if kept:
            self.store.add_found(self.run, self.indication.key, [f"pubmed:{pmid}" for pmid in kept], by=self.by)
        self._fetch([pmid for pmid in listed if pmid not in stored], "new")
        if kept and since is not None:
            modified = set(self._modified(since))
            self._fetch([pmid for pmid in kept if pmid in modified], "modified")
        gone_already = {key.removeprefix("pubmed:") for key in self.store.withdrawn()}
        self._look_for(sorted(earlier - set(listed) - gone_already, key=int))

    def _modified(self, since: datetime) -> tuple[str, ...]:
        start = (since - OVERLAP).strftime("%Y/%m/%d")
        window = f'("{start}"[mdat] : "3000"[mdat]) OR ("{start}"[mhda] : "3000"[mhda])'
        answer = self.pubmed.search(f"({self.indication.strategy}) AND ({window})")
        self._sent(answer.requests)
        for raw, sha256 in zip(answer.raw, answer.sha256, strict=True):
            self.store.add_raw_answer(self.run, "esearch", sha256, raw, by=self.by)
        return answer.pmids

    def _fetch(self, pmids: Sequence[str], what: str) -> tuple[str, ...]:
        """Fetch and store; gives the PMIDs that PubMed did not send."""
        missing: list[str] = []
        done = 0
        for batch in self.pubmed.fetch(pmids):
            self._sent(batch.requests)
            self.store.add_raw_answer(self.run, "efetch", batch.sha256, batch.raw, batch.requested, by=self.by)
            records: list[tuple[Record, str | None]] = []
            for entry in read_pubmed_xml(BytesIO(batch.raw)):
                if isinstance(entry, Unreadable):
                    self.remarks.append(f"entry {entry.position} of answer {batch.sha256[:12]}: {entry.reason}")
                else:
                    records.append((entry, batch.sha256))
            added = self.store.add_records(self.run, self.indication.key, records, by=self.by)
            self.retracted += added.retracted
            missing += batch.missing
            done += len(batch.requested)
            self.keep_lock()
            self.tell(f"{self.indication.label}: {done} of {len(pmids)} {what} records fetched")
        if missing:
            self.remarks.append(f"listed but not sent by PubMed: {', '.join(missing)}")
        return tuple(missing)

    def _look_for(self, vanished: Sequence[str]) -> None:
        """Those that the strategy no longer finds: still there, or withdrawn?"""
        if not vanished:
            return
        before = len(self.remarks)
        missing = self._fetch(vanished, "no longer found")
        del self.remarks[before:]
        still = sorted(set(vanished) - set(missing), key=int)
        if still:
            self.remarks.append(f"no longer found by the strategy, still on PubMed: {', '.join(still)}")
        if missing:
            gone = self.pubmed.summary_missing(missing)
            self.requests.append({"utility": "esummary", "parameters": {"id": ",".join(missing)}})
            news = self.store.mark_withdrawn(self.run, [f"pubmed:{pmid}" for pmid in gone], by=self.by)
            self.withdrawn += len(news)
            if gone:
                self.remarks.append(f"withdrawn from PubMed: {', '.join(gone)}")

    def _sent(self, requests: Iterable[Any]) -> None:
        self.requests += [request.as_dict() for request in requests]

    def _finish(self, status: Any, count: int | None, translation: str, error: str) -> SearchRun:
        log = json.dumps(self.requests, ensure_ascii=False, indent=1).encode()
        self.store.add_raw_answer(self.run, "requests", hashlib.sha256(log).hexdigest(), log, by=self.by)
        return self.store.finish_search(
            self.run,
            status=status,
            count=count,
            translation=translation,
            retracted=self.retracted,
            requests=len(self.requests),
            error=error,
            by=self.by,
        )
