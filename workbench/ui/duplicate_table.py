"""Everything that was said of pairs of records, as a table for a spreadsheet: one line a link or a pair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from workbench.results.writing import csv_bytes
from workbench.store import Store

COLUMNS = (
    *("state", "report", "records in report", "record 1", "record 2", "title 1", "title 2", "year 1", "year 2"),
    *("DOI 1", "DOI 2", "PMID 1", "PMID 2", "reasons", "by", "at"),
)


def duplicates_csv(store: Store) -> bytes:
    """Links that hold reports together, words that keep records apart, pairs that wait; with reasons, who and when."""
    said = list(_said(store))
    records = {
        r.key: r for r in store.records_of([key for line in said for key in (line["record 1"], line["record 2"])])
    }
    return csv_bytes(COLUMNS, (line | _described(line, records) for line in said))


def _said(store: Store) -> Iterator[dict[str, Any]]:
    for report in store.linked_reports():
        for word in report.links:
            yield {
                "state": "merged by a person" if word.by_person else "merged automatically",
                "report": report.key,
                "records in report": len(report.record_keys),
                **_line(word.pair, word.reasons, word.by, word.at.isoformat()),
            }
    for word in store.words_of_people():
        if not word.linked:
            yield {"state": "kept apart", **_line(word.pair, word.reasons, word.by, word.at.isoformat())}
    for pair in store.unsure_pairs():
        line = _line((pair.first, pair.second), pair.reasons, pair.by, pair.at.isoformat())
        yield {"state": "waits for a person", **line}


def _line(pair: tuple[str, str], reasons: Iterable[str], by: str, at: str) -> dict[str, Any]:
    return {"record 1": pair[0], "record 2": pair[1], "reasons": "; ".join(reasons), "by": by, "at": at}


def _described(line: dict[str, Any], records: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for number in (1, 2):
        record = records[line[f"record {number}"]]
        told |= {
            f"title {number}": record.title,
            f"year {number}": record.year,
            f"DOI {number}": record.doi,
            f"PMID {number}": record.pmid,
        }
    return told
