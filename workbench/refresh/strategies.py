"""The review's strategies on PubMed, one ledger entry each; then the reports that matter most; then, monthly, all.

A refresh lists everything that a strategy finds, compares the list with what the store holds, and fetches the
difference (E-utilities specification, "recommended refresh"):

1. new: listed and never fetched -> fetched in batches; a batch is stored in one transaction, with its raw answer;
2. known: listed and fetched -> recorded as found by this strategy; those that PubMed modified or indexed since the last
   complete run (less 14 days, against late changes and other calendars) are fetched again, and a version is stored only
   where the content differs;
3. vanished: listed by the last complete run and not now -> looked for by number (`vanished`).

Whatever the strategies find, the reports that the review relies on are fetched again each time (`appraised`), and once
a month every record (`whole_store`). One refresh at a time, by a lock in the database. The point that a strategy is
"current to" moves with complete runs only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from ingest.eutils import PubMed
from workbench.refresh.appraised import fetch_appraised
from workbench.refresh.ledger import Entry, Work, at_work, write_entry
from workbench.refresh.progress import Tell, Watch, quiet
from workbench.refresh.vanished import confirm_gone, look_for
from workbench.refresh.whole_store import fetch_whole_store
from workbench.review import Indication, ReviewDefinition
from workbench.store import SYSTEM, SearchRun, Store, StoreError
from workbench.store.base import utc_now

OVERLAP = timedelta(days=14)
LISTING = "listing"
EVER = datetime(1900, 1, 31, tzinfo=UTC)


def run_refresh(
    store: Store,
    review: ReviewDefinition,
    pubmed: PubMed,
    *,
    by: str = SYSTEM,
    only: Sequence[str] = (),
    everything: bool | None = None,
    wait: float = 0.0,
    tell: Tell = quiet,
    progress: Watch | None = None,
    now: Callable[[], datetime] = utc_now,
) -> tuple[SearchRun, ...]:
    """Run the strategies of the review's indications (of those in `only`, if given), one ledger entry each.

    everything: fetch every record of the review again (True), do not (False), or do so once a month (None). wait:
    seconds to wait for another refresh to end. A strategy that fails is recorded as failed, and the next one is run.
    Raises `workbench.store.Busy` if another refresh is at work, `StoreError` for an unknown indication or a database
    that fails.
    """
    unknown = sorted(set(only) - {indication.key for indication in review.indications})
    if unknown:
        known = ", ".join(indication.key for indication in review.indications)
        raise StoreError(f"the review has no indication {', '.join(unknown)}; it has {known}")
    wanted = [indication for indication in review.indications if not only or indication.key in only]
    with at_work(store, by, tell=tell, progress=progress, wait=wait, now=now) as work:
        runs = [_run_strategy(work, pubmed, indication) for indication in wanted]
        for run in (fetch_appraised(work, review, pubmed), fetch_whole_store(work, pubmed, everything)):
            if run is not None:
                runs.append(run)
    return tuple(runs)


def _run_strategy(work: Work, pubmed: PubMed, indication: Indication) -> SearchRun:
    """Search, fetch, record; a failure of the service ends the run as failed."""
    earlier = work.store.searches(indication.key)

    def steps(entry: Entry) -> None:
        _Strategy(work, pubmed, indication, entry, earlier).complete()

    work.tell(f"{indication.label}: searching PubMed")
    return write_entry(
        work,
        indication.key,
        indication.strategy,
        steps,
        label=indication.label,
        indication=indication.key,
        pubmed=pubmed,
    )


class _Strategy:
    """One strategy, once. earlier: its runs before this one."""

    def __init__(
        self, work: Work, pubmed: PubMed, indication: Indication, entry: Entry, earlier: Sequence[SearchRun]
    ) -> None:
        self.work, self.pubmed, self.indication, self.entry = work, pubmed, indication, entry
        complete = [run for run in earlier if run.status == "complete"]
        self.last = complete[-1] if complete else None
        self.since = self._since(complete)

    def _since(self, complete: Sequence[SearchRun]) -> datetime:
        """From when on PubMed may have changed records that we know.

        A run that lies in the future was made by a clock that has been put right since: an earlier one is believed, and
        without one it may have been any time. A strategy without a complete run knows records by its interrupted runs
        or by other strategies' runs.
        """
        now = self.work.now()
        past = [run.started for run in complete if run.started <= now]
        if past:
            return past[-1]
        others = [run for run in self.work.store.searches() if run.id != self.entry.run]
        if any(run.started > now for run in others):
            return EVER
        return min((run.started for run in others), default=EVER)

    def complete(self) -> None:
        """Do every step; each leaves what it did on record."""
        entry, store = self.entry, self.work.store
        answer = self.pubmed.search(self.indication.strategy, split=True)
        entry.count, entry.translation = answer.count, answer.translation
        for warning in answer.warnings:
            entry.remark(warning)
        if answer.count == 0:
            entry.remark("PubMed finds no record at all: check the strategy's text")
        self._compare()
        entry.keep_all("esearch", answer.raw)
        entry.keep(LISTING, json.dumps(answer.pmids).encode())
        fetched = store.fetched_pmids()
        kept = [pmid for pmid in answer.pmids if pmid in fetched]
        if kept:
            store.add_found(entry.run, entry.strategy, [f"pubmed:{pmid}" for pmid in kept], by=self.work.by)
        entry.fetch(self.pubmed, [pmid for pmid in answer.pmids if pmid not in fetched], "new records")
        gone = {key.removeprefix("pubmed:") for key in store.withdrawn()}
        back = [pmid for pmid in kept if pmid in gone and pmid not in self.work.looked_at]
        confirm_gone(entry, self.pubmed, entry.fetch(self.pubmed, back, "records that are listed again", known=True))
        confirm_gone(entry, self.pubmed, self._fetch_modified(kept))
        look_for(entry, self.pubmed, self._listed_before() - set(answer.pmids))

    def _compare(self) -> None:
        """Say where this run is not like the last complete one."""
        before, entry = self.last, self.entry
        if before is None:
            return
        on = f"{before.started:%Y-%m-%d}"
        if before.query != self.indication.strategy:
            entry.remark(f"the strategy's text is not that of the last complete run ({on})")
        elif before.translation and before.translation != entry.translation:
            entry.remark(
                f"PubMed reads the strategy in another way than in the last complete run ({on}): compare the two"
            )
            self.work.tell(f"{entry.label}: PubMed reads the strategy in another way than on {on}")

    def _fetch_modified(self, kept: Sequence[str]) -> tuple[str, ...]:
        """Fetch again what PubMed modified or indexed since the last complete run; gives what it did not send."""
        if not kept:
            return ()
        start = (self.since - OVERLAP).strftime("%Y/%m/%d")
        window = f'("{start}"[mdat] : "3000"[mdat]) OR ("{start}"[mhda] : "3000"[mhda])'
        answer = self.pubmed.search(f"({self.indication.strategy}) AND ({window})", split=True)
        self.entry.keep_all("esearch", answer.raw)
        modified = set(answer.pmids) - self.work.looked_at
        return self.entry.fetch(self.pubmed, [p for p in kept if p in modified], "modified records", known=True)

    def _listed_before(self) -> set[str]:
        """What the last complete run listed; for runs of the first release, which kept no list, all that was found."""
        store = self.work.store
        if self.last is None:
            return set()
        listings = [answer for answer in store.raw_answers(self.last.id) if answer.kind == LISTING]
        if listings:
            return set(json.loads(store.raw_body(listings[-1].sha256)))
        gone = {key.removeprefix("pubmed:") for key in store.withdrawn()}
        return store.pmids_found(self.entry.strategy) - gone
