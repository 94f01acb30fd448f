"""Records that PubMed no longer lists or no longer sends: still there, withdrawn, or living on under another number.

A record that no longer matches a strategy is kept, with a note why. One that PubMed itself says it does not have is
marked as withdrawn; what was known of it stays. PubMed gives no pointer from a merged record to the one that stands
now: it is looked for by DOI, then by title, and proposed to a person as a pair to judge. Nothing is merged here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ingest.changes import differences
from ingest.eutils import PubMed
from ingest.record import Record
from workbench.refresh.ledger import Entry, named

SAME_DOI = "withdrawn from PubMed; this record has the same DOI"
SAME_TITLE = "withdrawn from PubMed; this record has the same title"
CANDIDATES = 5  # records looked at for one that vanished


def look_for(entry: Entry, pubmed: PubMed, vanished: Collection[str]) -> None:
    """Look for the PMIDs by number, and say on the entry what became of them."""
    store = entry.work.store
    held = store.known_pmids()
    wanted = sorted(set(vanished) & held, key=int)
    if not wanted:
        return
    entry.work.tell(f"{entry.label}: looking for {len(wanted)} records that are no longer listed")
    missing = entry.fetch(pubmed, wanted, "records that are no longer listed", found=False, known=True)
    still = [pmid for pmid in wanted if pmid not in missing]
    if still:
        changed = set(entry.changed_keys)
        words = [_with_changes(entry, pmid) if f"pubmed:{pmid}" in changed else pmid for pmid in still[:20]]
        more = f" and {len(still) - 20} more" if len(still) > 20 else ""
        entry.remark(f"no longer found by the strategy, still on PubMed: {', '.join(words)}{more}")
    confirm_gone(entry, pubmed, missing)


def confirm_gone(entry: Entry, pubmed: PubMed, missing: Sequence[str]) -> None:
    """Ask PubMed whether it has no such records; mark those as withdrawn, propose what may have taken their place."""
    store = entry.work.store
    if not missing:
        return
    gone = pubmed.summary_missing(missing)
    silent = [pmid for pmid in missing if pmid not in gone]
    if silent:
        entry.remark(f"not sent by PubMed, which says that it has them: {named(silent)}")
    already = store.withdrawn()
    # First what may have taken their place: a run that ends between the two finds them once more.
    for pmid in gone:
        if f"pubmed:{pmid}" not in already:
            _propose_survivor(entry, pubmed, pmid)
    store.mark_withdrawn(entry.run, [f"pubmed:{pmid}" for pmid in gone], by=entry.work.by)
    news = [pmid for pmid in gone if f"pubmed:{pmid}" not in already]
    if news:
        entry.remark(f"withdrawn from PubMed: {named(news)}")
        entry.work.tell(f"{entry.label}: withdrawn from PubMed: {named(news)}")


def _with_changes(entry: Entry, pmid: str) -> str:
    before, after = entry.work.store.record_versions(f"pubmed:{pmid}")[-2:]
    fields = ", ".join(name.replace("_", " ") for name in differences(before.record, after.record))
    return f"{pmid} (changed: {fields})"


def _propose_survivor(entry: Entry, pubmed: PubMed, pmid: str) -> None:
    """List the withdrawn record with each record that carries its DOI, else its title, for a person to judge."""
    gone = entry.work.store.record(f"pubmed:{pmid}")
    pairs = []
    for reason, others in ((SAME_DOI, _by_doi(pubmed, gone)), (SAME_TITLE, _by_title(pubmed, gone))):
        fitting = [other for other in _held(entry, pubmed, others) if _fits(gone, other, reason)]
        pairs = [(gone.key, other.key, (reason,)) for other in fitting]
        if pairs:
            break
    if pairs:
        entry.work.store.add_unsure_pairs(pairs, entry.work.by)
        found = ", ".join(other.removeprefix("pubmed:") for _, other, _ in pairs)
        entry.remark(f"{pmid} may live on as {found}: a person must say")


def _by_doi(pubmed: PubMed, gone: Record) -> Sequence[str]:
    return pubmed.find_by_doi(gone.doi) if gone.doi else ()


def _by_title(pubmed: PubMed, gone: Record) -> Sequence[str]:
    return pubmed.find_by_title(gone.title)


def _held(entry: Entry, pubmed: PubMed, pmids: Sequence[str]) -> tuple[Record, ...]:
    """The records of the PMIDs, fetched where the review does not hold them: it found the record they took over."""
    store, some = entry.work.store, list(pmids)[:CANDIDATES]
    held = store.known_pmids()
    entry.fetch(pubmed, [pmid for pmid in some if pmid not in held], "records that may have taken another's place")
    return store.records_of([f"pubmed:{pmid}" for pmid in some])


def _fits(gone: Record, other: Record, reason: str) -> bool:
    if other.key == gone.key:
        return False
    if reason == SAME_DOI:
        return gone.doi is not None and gone.doi == other.doi
    return bool(_plain(gone.title)) and _plain(gone.title) == _plain(other.title)


def _plain(title: str) -> str:
    return "".join(letter for letter in title.casefold() if letter.isalnum())
