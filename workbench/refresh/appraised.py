"""The reports that the review relies on, fetched again by every refresh, whatever the strategies find.

A retraction need not touch any date, and a record can stop matching its strategy. So each run compares the retractions,
expressions of concern, errata, republications and updates of the reports that are included, under appraisal at full
text, or linked to a study.
"""

from __future__ import annotations

from ingest.eutils import PubMed
from workbench.refresh.ledger import Entry, Work, named, write_entry
from workbench.refresh.vanished import confirm_gone
from workbench.review import ReviewDefinition
from workbench.screening import Stage, State
from workbench.store import SearchRun, Store

STRATEGY = "included studies"
QUERY = "PubMed's records of the reports that are included, under appraisal at full text, or linked to a study"


def appraised_reports(store: Store, reviewers_needed: int, *, decided: bool = False) -> frozenset[str]:
    """Keys of the records of these reports. decided: without those that are only under appraisal."""
    states = store.states(Stage.FULL_TEXT, reviewers_needed=reviewers_needed)
    out = {State.EXCLUDED} if not decided else {State.EXCLUDED, State.PENDING, State.CONFLICT}
    wanted = {report for report, state in states.items() if state not in out}
    members = {key: report for report in store.reports() for key in report.record_keys}
    wanted |= {members[key].key for study in store.studies() for key in study.reports if key in members}
    return frozenset(key for key, report in members.items() if report.key in wanted)


def fetch_appraised(work: Work, review: ReviewDefinition, pubmed: PubMed) -> SearchRun | None:
    """Fetch the PubMed records of these reports and store what changed; None if there are none."""
    store = work.store
    keys = appraised_reports(store, review.screening.reviewers_needed)
    named_in_them = {record.pmid for record in store.records_of(sorted(keys)) if record.pmid}
    unwatched = named_in_them - store.known_pmids()
    watched = {key.removeprefix("pubmed:") for key in keys if key.startswith("pubmed:")} | named_in_them - unwatched
    pmids = sorted(watched, key=int)
    if not pmids:
        return None

    def steps(entry: Entry) -> None:
        entry.count = len(pmids)
        left = [pmid for pmid in pmids if pmid not in work.looked_at]
        if len(left) < len(pmids):
            entry.remark(f"{len(pmids) - len(left)} of them were fetched by the strategies of this refresh")
        if unwatched:
            entry.remark(
                f"their PubMed records are not in the review, and are not watched: {named(unwatched)} "
                "(`workbench fetch-pmids` brings them in)"
            )
        confirm_gone(entry, pubmed, entry.fetch(pubmed, left, "records", found=False, known=True))

    work.tell("Included studies: fetching their records again")
    return write_entry(work, STRATEGY, QUERY, steps, label="Included studies", pubmed=pubmed)
