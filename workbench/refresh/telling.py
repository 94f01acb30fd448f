"""After a refresh: the digest of everything that was not told yet, kept and mailed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from workbench.refresh.digest import Kept, MailState, Opinion, keep_digest, kept_digests, make_digest
from workbench.refresh.ledger import PUBMED
from workbench.refresh.mail import is_wanted, mail_waiting
from workbench.refresh.progress import Tell, quiet
from workbench.review import ReviewDefinition
from workbench.store import SYSTEM, SearchRun, Store, StoreError


def tell_people(
    store: Store,
    review: ReviewDefinition,
    review_folder: Path,
    runs: Sequence[SearchRun],
    *,
    now: datetime,
    by: str = SYSTEM,
    opinion: Opinion | None = None,
    tell: Tell = quiet,
) -> Kept:
    """Write the digest of a refresh and mail what waits. Raises DigestError if it cannot be written.

    What an interrupted refresh brought was told to nobody, and what was fetched by hand since was told to one person:
    the digest covers every ended entry of PubMed since the last digest. A mail that fails is told, and never raised.
    """
    digest = make_digest(store, review, since_last_told(store, review_folder, runs), now=now, opinion=opinion)
    wanted = is_wanted(review.refresh.mail, news=digest.news, failed=digest.failed)
    kept = keep_digest(review_folder, digest, MailState(status="waiting" if wanted else "none"))
    tell(f"Digest: {kept.html_file}")
    sent = {each.name: each for each in mail_waiting(store, review, review_folder, now=now, by=by, tell=tell)}
    return sent.get(kept.name, kept)


def since_last_told(store: Store, review_folder: Path, runs: Iterable[SearchRun]) -> tuple[SearchRun, ...]:
    """The runs given, and those before them that no digest has told of; without any digest only those given."""
    given = {run.id: run for run in runs}
    told = [run for kept in kept_digests(review_folder) for run in kept.runs]
    if told and given:
        for run in store.searches():
            if run.source == PUBMED and run.status != "running" and max(told) < run.id < max(given):
                given[run.id] = run
    return tuple(given[number] for number in sorted(given))


def runs_of_refresh(store: Store, review_folder: Path, number: int | None) -> tuple[SearchRun, ...]:
    """The runs that one digest told of: the one with this number in it, or the last one.

    Without such a digest: this run alone, or each strategy's last run. Raises StoreError if there is none.
    """
    ledger = {run.id: run for run in store.searches()}
    if number is not None and number not in ledger:
        raise StoreError(f"there is no run {number} in the ledger")
    for kept in kept_digests(review_folder):
        if number is None or number in kept.runs:
            found = tuple(ledger[run] for run in kept.runs if run in ledger)
            if found:
                return found
    if number is not None:
        return (ledger[number],)
    last = {run.strategy: run for run in ledger.values() if run.source == PUBMED and run.status != "running"}
    if not last:
        raise StoreError("no search was run yet: run `workbench refresh` first")
    return tuple(sorted(last.values(), key=lambda run: run.id))
