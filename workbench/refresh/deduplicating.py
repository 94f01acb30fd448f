"""The duplicates among the records of a review: sure ones linked, unsure ones listed for a person."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.duplicates import find_duplicates
from workbench.store import SYSTEM, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduplicated:
    """What the search for duplicates came to. Counts are of what stands after it."""

    groups: int  # reports with more than one record
    unsure: int  # pairs that wait for a person
    linked: int  # links made now
    refused: tuple[tuple[str, str], ...]  # pairs that a person keeps apart


def deduplicate(store: Store, *, by: str = SYSTEM) -> Deduplicated:
    """Find duplicates among all records: the sure ones are linked, the unsure ones are listed for a person."""
    records = list(store.all_records())
    found = find_duplicates(records)
    keys = [record.key for record in records]
    linked = store.link_duplicates(
        [[keys[i] for i in group] for group in found.groups], by, ("found to be the same by the duplicate rules",)
    )
    store.add_unsure_pairs([(keys[pair.pair[0]], keys[pair.pair[1]], pair.reasons) for pair in found.unsure], by)
    return Deduplicated(
        groups=sum(len(report.record_keys) > 1 for report in store.reports()),
        unsure=len(store.unsure_pairs()),
        linked=linked.links,
        refused=linked.refused,
    )
