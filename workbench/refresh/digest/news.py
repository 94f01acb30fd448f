"""What one refresh brought, read back from the facts it left, and what was published about reports in use.

A record that is new and was changed in the same refresh is new. An alert is a notice that a report under appraisal or
included did not have before, or a new record that is such a notice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from workbench.prisma import ReportFact
from workbench.refresh.alerts import AlertKind, alerts
from workbench.review import ReviewDefinition
from workbench.screening import State
from workbench.store import SearchRun, Store

GRAVE: tuple[AlertKind, ...] = ("retracted", "expression of concern")
_NOTICE_OF: dict[str, AlertKind] = {
    "RetractionOf": "retracted",
    "ExpressionOfConcernFor": "expression of concern",
    "ErratumFor": "erratum",
    "CorrectedandRepublishedFrom": "republished",
    "RetractedandRepublishedFrom": "retracted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something was published about a report that the review uses or is judging."""

    record: str  # key of the record it is about
    kind: AlertKind
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
    alerts_now, earlier = _alerts(store, review, uses, ids, new)
    return News(
        new=new,
        changed=changed,
        withdrawn=tuple(item.record for item in store.withdrawals() if item.run in ids),
        alerts=alerts_now,
        earlier=earlier,
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
    store: Store, review: ReviewDefinition, uses: Mapping[str, str], ids: Collection[int], new: Sequence[str]
) -> tuple[tuple[Alert, ...], tuple[Alert, ...]]:
    """What is news about reports in use, and what grave things were known of included ones before."""
    if not uses:
        return (), ()
    news: list[Alert] = []
    earlier: list[Alert] = []
    for alert in alerts(store, reviewers_needed=review.screening.reviewers_needed):
        said = [
            Alert(record=alert.record, kind=alert.kind, pmid=link.pmid, citation=link.citation) for link in alert.links
        ] or [Alert(record=alert.record, kind=alert.kind, pmid=None, citation="")]
        if alert.record in uses and alert.run in ids:
            news += said
        elif alert.included and alert.kind in GRAVE:
            earlier += said
    told = {(alert.record, alert.kind, alert.pmid) for alert in news}
    for record in store.records_of(new):
        for link in record.links:
            kind, key = _NOTICE_OF.get(link.type), f"pubmed:{link.pmid}"
            if kind is not None and key in uses and (key, kind, record.pmid) not in told:
                told.add((key, kind, record.pmid))
                place = ". ".join(part for part in (record.journal, str(record.year or "")) if part)
                news.append(Alert(record=key, kind=kind, pmid=record.pmid, citation=place))
    order = get_args(AlertKind)
    return tuple(sorted(news, key=lambda alert: order.index(alert.kind))), tuple(earlier)


def _found_by(store: Store, review: ReviewDefinition) -> dict[str, tuple[str, ...]]:
    order = {indication.key: place for place, indication in enumerate(review.indications)}
    return {
        key: tuple(sorted({origin.strategy for origin in origins}, key=lambda name: (order.get(name, 999), name)))
        for key, origins in store.origins().items()
    }
