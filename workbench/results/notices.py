"""What was published since about the reports of the review's studies: retractions, concerns, corrections."""

from __future__ import annotations

from ingest.notices import Notice, notices
from workbench.store import Store


def study_notices(store: Store) -> dict[str, tuple[Notice, ...]]:
    """For each study (by id) that has any, the notices about its reports, whichever of their records tells of them."""
    studies = store.studies()
    members = {key: report.record_keys for report in store.reports() for key in report.record_keys}
    keys = {key for study in studies for report in study.reports for key in members.get(report, (report,))}
    told = {record.key: notices(record) for record in store.records_of(sorted(keys))}
    found: dict[str, tuple[Notice, ...]] = {}
    for study in studies:
        own = [
            notice for report in study.reports for key in members.get(report, (report,)) for notice in told.get(key, ())
        ]
        if own:
            found[study.id] = tuple(dict.fromkeys(own))
    return found
