"""Every PubMed record of the review, fetched again once a month: changes that no date tells are seen here.

Interrupted anywhere, it goes on later: what was fetched since the last complete round is known from the answers kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ingest.eutils import PubMed
from ingest.eutils.pubmed import pmids_of
from workbench.refresh.ledger import PUBMED, Entry, Work, write_entry
from workbench.refresh.vanished import confirm_gone
from workbench.store import SearchRun, Store

STRATEGY = "all records"
QUERY = "every PubMed record of the review"
EVERY = timedelta(days=30)


def fetch_whole_store(work: Work, pubmed: PubMed, wanted: bool | None) -> SearchRun | None:
    """Fetch every PubMed record again if that is wanted (True), or if it is due (None); None if it is not done."""
    store = work.store
    if wanted is False or (wanted is None and not due(store, work.now())):
        return None
    pmids = sorted(store.known_pmids(), key=int)
    if not pmids:
        return None
    done = _done(store, work.now())

    def steps(entry: Entry) -> None:
        entry.count = len(pmids)
        left = [pmid for pmid in pmids if pmid not in done and pmid not in work.looked_at]
        if done:
            entry.remark(f"went on where an interrupted run had ended: {len(done)} records had been fetched")
        missing = entry.fetch(pubmed, left, "records", found=False, known=True)
        gone = {key.removeprefix("pubmed:") for key in store.withdrawn()}
        confirm_gone(entry, pubmed, [pmid for pmid in missing if pmid not in gone])

    work.tell(f"All records: fetching {len(pmids)} again")
    return write_entry(work, STRATEGY, QUERY, steps, label="All records", pubmed=pubmed)


def due(store: Store, now: datetime) -> bool:
    """Whether a month has passed since the last complete round (or since PubMed was first searched), or one is open."""
    rounds = store.searches(STRATEGY)
    if rounds and rounds[-1].status != "complete":
        return True
    complete = [run.started for run in rounds if run.status == "complete" and run.started <= now]
    begun = [run.started for run in store.searches() if run.source == PUBMED]
    if not complete and any(started > now for started in begun):
        return True  # dated by a clock that has been put right since: it may have been long ago
    since = complete[-1] if complete else min(begun, default=None)
    return since is not None and now - since >= EVERY


def _done(store: Store, now: datetime) -> frozenset[str]:
    """What the round that was interrupted has fetched; a round older than a month is begun anew."""
    found: set[str] = set()
    for run in reversed(store.searches(STRATEGY)):
        if run.status == "complete" or not now - EVERY <= run.started <= now:
            break
        found.update(_fetched(store, run))
    return frozenset(found)


def _fetched(store: Store, run: SearchRun) -> Sequence[str]:
    """What came, not what was asked for: a record that PubMed left out has not been dealt with yet."""
    answers = [answer for answer in store.raw_answers(run.id) if answer.kind == "efetch"]
    return [pmid for answer in answers for pmid in pmids_of(store.raw_body(answer.sha256))]
