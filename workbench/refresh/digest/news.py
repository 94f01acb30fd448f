"""What one refresh brought, read back from the facts it left, and what was published about reports in use.

A record that is new and was changed in the same refresh is new. An alert is a notice that a report under appraisal or
included did not have before, or a new record that is such a notice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ingest.notices import NoticeKind, notices
from ingest.record import Record
from workbench.prisma import ReportFact
from workbench.review import ReviewDefinition
from workbench.screening import State
from workbench.store import SearchRun, Store

GRAVE = (NoticeKind.RETRACTED, NoticeKind.CONCERN)
_NOTICE_OF = {
    "RetractionOf": NoticeKind.RETRACTED,
    "ExpressionOfConcernFor": NoticeKind.CONCERN,
    "ErratumFor": NoticeKind.CORRECTED,
    "CorrectedandRepublishedFrom": NoticeKind.REPUBLISHED,
    "RetractedandRepublishedFrom": NoticeKind.RETRACTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something was published about a report that the review uses or is judging."""

    record: str  # key of the record it is about
    kind: NoticeKind
    pmid: str | None  # of the notice
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A record that its source changed: each field with what it said before the refresh and after it."""

    record: str
    fields: tuple[tuple[str, Any, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What the runs of one refresh brought, in the order in which it came."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    withdrawn: tuple[str, ...]
    alerts: tuple[Alert, ...]  # gravest first
    earlier: tuple[Alert, ...]  # grave ones that were known before
    uses: Mapping[str, str]  # record -> "included (Doe 2020)", "under appraisal"; those of neither are left out
    found_by: Mapping[str, tuple[str, ...]]  # record -> strategies

    @property
    def any(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.new or self.changed or self.withdrawn or self.alerts)


def news_of(store: Store, review: ReviewDefinition, runs: Sequence[SearchRun], facts: Sequence[ReportFact]) -> News:
    """Read what the runs brought."""
    ids = {run.id for run in runs}
    brought = [item for run in runs for item in store.brought(run.id)]
    new = tuple(dict.fromkeys(item.record for item in brought if item.number == 1))
    fresh = frozenset(new)
    versions = Counter(item.record for item in brought if item.record not in fresh)
    changed = tuple(  # what was changed and changed back in one refresh is as it was
        key for key, number in versions.items() if number == 1 or change_of(store, key, ids).fields
    )
    uses = _uses(store, facts)
    alerts = _alerts(store, uses, ids, new, changed)
    return News(
        new=new,
        changed=changed,
        withdrawn=tuple(item.record for item in store.withdrawals() if item.run in ids),
        alerts=alerts,
        earlier=_earlier(store, uses, alerts),
        uses=uses,
        found_by=_found_by(store, review),
    )


def change_of(store: Store, key: str, ids: Collection[int]) -> Change:
    """From what stood before the refresh to what stands after it, over all versions it brought."""
    fields: dict[str, tuple[Any, Any]] = {}
    for change in store.record_changes(key):
        if change.run in ids:
            for name, before, after in change.fields:
                fields[name] = (fields[name][0] if name in fields else before, after)
    return Change(
        record=key, fields=tuple((name, *values) for name, values in fields.items() if values[0] != values[1])
    )


def _uses(store: Store, facts: Sequence[ReportFact]) -> dict[str, str]:
    members = {key: fact.records for fact in facts for key in fact.records}
    uses: dict[str, str] = {}
    for fact in facts:
        if fact.title_abstract is State.INCLUDED and fact.full_text is not State.EXCLUDED:
            use = "included" if fact.full_text is State.INCLUDED else "under appraisal"
            uses.update(dict.fromkeys(fact.records, use))
    for study in store.studies():
        for report in study.reports:
            uses.update(dict.fromkeys(members.get(report, (report,)), f"included ({study.label})"))
    return uses


def _alerts(
    store: Store, uses: Mapping[str, str], ids: Collection[int], new: Iterable[str], changed: Iterable[str]
) -> tuple[Alert, ...]:
    if not uses:
        return ()
    found: list[Alert] = []
    for now in store.records_of([key for key in changed if key in uses]):
        known = set(notices(_before(now, change_of(store, now.key, ids))))
        found += [
            Alert(record=now.key, kind=notice.kind, pmid=notice.pmid, citation=notice.citation)
            for notice in notices(now)
            if notice not in known
        ]
    brought = store.records_of(list(new))
    found += [  # a report that was retracted before it was found can be included only by its other records
        Alert(record=record.key, kind=notice.kind, pmid=notice.pmid, citation=notice.citation)
        for record in brought
        if record.key in uses
        for notice in notices(record)
    ]
    told = {(alert.record, alert.kind, alert.pmid) for alert in found}
    for record in brought:
        for link in record.links:
            kind, key = _NOTICE_OF.get(link.type), f"pubmed:{link.pmid}"
            if kind is not None and key in uses and (key, kind, record.pmid) not in told:
                told.add((key, kind, record.pmid))
                place = ". ".join(part for part in (record.journal, str(record.year or "")) if part)
                found.append(Alert(record=key, kind=kind, pmid=record.pmid, citation=place))
    return tuple(sorted(found, key=lambda alert: list(NoticeKind).index(alert.kind)))


def _before(record: Record, change: Change) -> Record:
    """The record as it was before it changed."""
    return replace(record, **{name: before for name, before, _ in change.fields})


def _earlier(store: Store, uses: Mapping[str, str], alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    told = {(alert.record, alert.kind) for alert in alerts}
    included = [key for key, use in uses.items() if use.startswith("included")]
    return tuple(
        Alert(record=record.key, kind=notice.kind, pmid=notice.pmid, citation=notice.citation)
        for record in store.records_of(included)
        for notice in notices(record)
        if notice.kind in GRAVE and (record.key, notice.kind) not in told
    )


def _found_by(store: Store, review: ReviewDefinition) -> dict[str, tuple[str, ...]]:
    order = {indication.key: place for place, indication in enumerate(review.indications)}
    return {
        key: tuple(sorted({origin.strategy for origin in origins}, key=lambda name: (order.get(name, 999), name)))
        for key, origins in store.origins().items()
    }
