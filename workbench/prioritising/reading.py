"""The index of a review's reports, kept up to date with its database."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ingest.merging import merge
from workbench.ranking import Document, Index
from workbench.store import Store
from workbench.store.values import Report

BATCH = 500  # reports that are read at once


class Reading:
    """One shared index: a document for each report, as all its records together describe it.

    Records that come, records that change and reports that are merged or taken apart are read anew, nothing else.
    """

    def __init__(self) -> None:
        self.index = Index()
        self.reports: tuple[str, ...] = ()  # keys, in the order they were seen
        self._records: dict[str, tuple[str, ...]] = {}  # report -> the records its document was made of
        self._version = 0  # the newest version of a record that was read

    def catch_up(self, store: Store, say: Callable[[int, int], None] | None = None) -> bool:
        """Take in what is new; tells whether anything was. say: called with (reports read, of how many)."""
        version, touched = store.versions_since(self._version)
        reports = store.reports()
        changed = set(touched)
        stale = [
            report
            for report in reports
            if self._records.get(report.key) != report.record_keys or not changed.isdisjoint(report.record_keys)
        ]
        keys = tuple(report.key for report in reports)
        if not stale and keys == self.reports:
            self._version = version
            return False
        for start in range(0, len(stale), BATCH):
            if say is not None:
                say(start, len(stale))
            part = stale[start : start + BATCH]
            self.index.put(_documents(store, part))
            self._records.update((report.key, report.record_keys) for report in part)
        gone = self._records.keys() - set(keys)
        self.index.drop(gone)
        for key in gone:
            del self._records[key]
        self.reports, self._version = keys, version
        return True


def _documents(store: Store, reports: Sequence[Report]) -> list[Document]:
    records = {record.key: record for record in store.records_of([key for each in reports for key in each.record_keys])}
    documents = []
    for report in reports:
        found = [records[key] for key in report.record_keys if key in records]
        if found:
            documents.append(Document.of(report.key, found[0] if len(found) == 1 else merge(found).record))
    return documents
