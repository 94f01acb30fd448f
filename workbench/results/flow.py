"""The PRISMA 2020 flow of a review, counted from its decisions and studies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workbench.extraction import CurrentForms, ResultState
from workbench.prisma import Kind, Prisma, PrismaError, ReportFact, StopFact, count
from workbench.results.analysis import review_contrasts
from workbench.results.figures import day
from workbench.review import ReviewDefinition
from workbench.screening import Stage
from workbench.store import Origin, SearchKind, Store
from workbench.synthesis import analyse_many, default_analyses

KINDS: Mapping[SearchKind, Kind] = MappingProxyType(
    {"database": "database", "register": "register", "citation searching": "citations", "other": "other"}
)
"""What the ledger calls a kind of search -> what PRISMA 2020 does. The first of them that found a record counts."""
_ORDER = {kind: place for place, kind in enumerate(KINDS)}
_LISTS = ("PMID list: ", "file: ")


def report_facts(store: Store, review: ReviewDefinition) -> tuple[ReportFact, ...]:
    """What stands for every report, by the review's own rules; the sources of its records as PRISMA names them."""
    return _named(store, review, identified_by(store)[0])


def _named(store: Store, review: ReviewDefinition, names: Mapping[str, str]) -> tuple[ReportFact, ...]:
    facts = store.report_facts(
        reviewers_needed=review.screening.reviewers_needed,
        reason_order=[reason.key for reason in review.screening.exclusion_reasons],
    )
    return tuple(
        replace(
            fact, sources=tuple(names.get(key, given) for key, given in zip(fact.records, fact.sources, strict=True))
        )
        for fact in facts
    )


def identified_by(store: Store) -> tuple[dict[str, str], dict[str, Kind]]:
    """Where each record (by key) was identified, and what kind of source each of those names is.

    A record that a search of a database found was identified there, whatever else found it too; then come registers,
    citation searching, and other ways. A name that would stand for two kinds of source says which it is.
    """
    names: dict[str, str] = {}
    kinds: dict[str, Kind] = {}
    for key, origins in store.origins().items():
        origin = min(origins, key=lambda one: _ORDER[one.kind])
        kind, name = KINDS[origin.kind], _name(key, origin)
        if kinds.setdefault(name, kind) != kind:
            name = f"{name} ({origin.kind})"
            kinds[name] = kind
        names[key] = name
    return names, kinds


def _name(key: str, origin: Origin) -> str:
    """A file of PubMed's records is PubMed; other files and lists go by their names, links by their strategies'."""
    for prefix in _LISTS:
        if origin.strategy.startswith(prefix) and (prefix == "PMID list: " or origin.kind != "database"):
            return origin.strategy.removeprefix(prefix)
    return origin.strategy if origin.kind == "citation searching" else key.partition(":")[0]


def review_flow(
    store: Store,
    review: ReviewDefinition,
    *,
    indication: str | None = None,
    since: date | None = None,
    pooled: Iterable[str] | None = None,
    current: CurrentForms | None = None,
) -> Prisma:
    """Count the flow of the whole review or of one indication, and of an update where `since` is given.

    pooled: ids of the studies that are in some pool. current: the forms as they ask today.
    Raises PrismaError for an unknown indication. What an earlier version had found is not known by indication, so it
    stands in the flow of the whole review only.
    """
    if indication is not None and indication not in {item.key for item in review.indications}:
        known = ", ".join(item.key for item in review.indications)
        raise PrismaError(f"the review has no indication {indication!r}; it has {known}")
    earlier = review.earlier if indication is None else None
    names, kinds = identified_by(store)
    return count(
        _named(store, review, names),
        store.studies(),
        kinds=kinds,
        reason_order=[reason.key for reason in review.screening.exclusion_reasons],
        previous_studies=0 if earlier is None else earlier.studies,
        previous_reports=0 if earlier is None else earlier.reports,
        studies_in_synthesis=None if pooled is None else len(set(pooled)),
        indication=indication,
        study_indications=None if indication is None else _study_indications(store, review, current),
        since=since,
        stops=_stops(store),
    )


def prisma_counts(
    store: Store,
    review: ReviewDefinition,
    *,
    indication: str | None = None,
    since: date | None = None,
    pooled: Iterable[str] | None = None,
) -> dict[str, Any]:
    """The counts of `review_flow` under the PRISMA2020 package's names."""
    return review_flow(store, review, indication=indication, since=since, pooled=pooled).as_dict()


def pooled_studies(
    folder: Path, store: Store, review: ReviewDefinition, indication: str | None = None
) -> frozenset[str]:
    """The ids of the studies that are in some pool of the review's own analyses, of one indication or of all."""
    given = review_contrasts(folder, store, review)
    wanted = [one for one in default_analyses(review, given) if indication in (None, one.indication)]
    results = analyse_many(given, wanted, review, cross_check=False)
    return frozenset(study for result in results if result.pool is not None for study in result.studies)


def searches_current_to(store: Store, review: ReviewDefinition, indication: str | None = None) -> str:
    """The day up to which the searches behind a flow are complete, as a figure prints it; the oldest of several."""
    dates = store.current_to()
    wanted = [item.key for item in review.indications] if indication is None else [indication]
    return day(min((dates[key] for key in wanted if key in dates), default=None))


def _study_indications(store: Store, review: ReviewDefinition, current: CurrentForms | None) -> dict[str, set[str]]:
    """For each study the indications that its results were opened for, or that agreed answers name as the main one."""
    found: dict[str, set[str]] = {}
    open_for = {slot.id: slot for slot in store.results()}
    for slot in open_for.values():
        if slot.indication is not None:
            found.setdefault(slot.study, set()).add(slot.indication)
    needed = review.extraction.extractors_needed
    for result in store.settled_results(extractors_needed=needed, current=current):
        named = result.answers.get("primary_indication")
        settled = result.state in (ResultState.AGREED, ResultState.SETTLED)
        if settled and isinstance(named, str) and open_for[result.result].indication is None:
            found.setdefault(result.study, set()).add(named)
    return found


def _stops(store: Store) -> tuple[StopFact, ...]:
    """The stops of title and abstract screening that stand."""
    return tuple(
        StopFact(signed=stop.signed, at=stop.at, reports=frozenset(stop.reports), reason=stop.reason)
        for stop in store.stops()
        if stop.stands and stop.stage is Stage.TITLE_ABSTRACT
    )
