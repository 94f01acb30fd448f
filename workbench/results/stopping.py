"""The evidence for stopping to screen titles and abstracts, gathered from the store; for the page and the command.

It stops nothing and recommends nothing: whoever leads the review looks at it and signs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from workbench import __version__
from workbench.results.agreeing import still_screened
from workbench.review import ReviewDefinition
from workbench.screening import ScreeningError, Stage, State
from workbench.screening.evidence import Reading, SampleReading, Screened, reading, sample_reading
from workbench.screening.key_papers import read_key_papers
from workbench.screening.stopping import (
    AuditEstimate,
    MissedTest,
    Tick,
    audit_recall,
    missed_test,
    p_over_reading,
    places_to_look,
    safe_ticks,
)
from workbench.store import Sample, Stop, Store

STAGE = Stage.TITLE_ABSTRACT
KEY_PAPERS, CONFIRMED, AUDIT_SCOPE = "stopping.key_papers", "stopping.confirmed.", "stopping.audit."
"""Settings: the key papers' identifiers; with a tick's key behind it {"note"}; with a sample's id {"indication"}."""
BY_PERSON = ("other_model", "quality")
"""Ticks that no count can tell."""
CURVE_POINTS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPaper:
    """A key paper, and what became of it. report: None where the review does not hold it."""

    name: str  # PMID or DOI
    report: str | None
    standing: str  # "not in the review", else the state of its report, or "not screened"

    @property
    def found(self) -> bool:
        """Whether it is in the review and was included."""
        return self.standing == "included"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """Somebody's word that a condition is met."""

    tick: str
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """An audit sample, how far it was read, and what it tells once it was read whole (before that: None)."""

    sample: Sample
    indication: str | None
    progress: SampleReading
    estimate: AuditEstimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopStanding:
    """A stop, and what holds of it now."""

    stop: Stop
    still: int  # of its reports, those that nobody has read
    read_since: int  # of its reports, those on which somebody voted since
    arrived_since: int  # reports of its scope that came after it and that it does not cover


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppingEvidence:
    """Everything that the page shows, for one scope. indication: None for all reports."""

    made: datetime
    version: str
    indication: str | None
    target: float
    level: float
    reading: Reading
    test: MissedTest
    p_curve: tuple[tuple[int, float], ...]  # (reports read, p)
    found_curve: tuple[tuple[int, int], ...]  # (reports read, relevant ones among them), from (0, 0) on
    audits: tuple[Audit, ...]  # of this scope, in the order drawn; those withdrawn are left out
    withdrawn: tuple[Sample, ...]  # audit samples of this scope that were drawn and taken back
    papers: tuple[NamedPaper, ...]
    ticks: tuple[Tick, ...]
    confirmed: Mapping[str, Confirmation]
    elsewhere: int  # unread reports of the scope that were also found for another indication; 0 without a scope


def screened_reports(store: Store, review: ReviewDefinition) -> dict[str, Screened]:
    """Every report with its decisions, in the order first seen; pending while a calibration round asks for a vote."""
    missing_votes = still_screened(store, review, STAGE)
    return {
        item.key: replace(item, state=State.PENDING) if item.key in missing_votes else item
        for item in store.screened(reviewers_needed=review.screening.reviewers_needed)
    }


def stopping_evidence(
    store: Store,
    review: ReviewDefinition,
    *,
    indication: str | None = None,
    target: float = 0.95,
    screened: Mapping[str, Screened] | None = None,
    now: datetime | None = None,
) -> StoppingEvidence:
    """Gather the evidence on all reports, or on those that one indication's strategies found.

    target: the recall that the test asks for, 0 to 1. screened: the reports (`screened_reports`), where they were asked
    for already. Intervals are at the level of the review's model.
    """
    if indication is not None and indication not in {item.key for item in review.indications}:
        raise ScreeningError(f"the review has no indication {indication!r}")
    everything = screened_reports(store, review) if screened is None else screened
    scope = {key: item for key, item in everything.items() if indication is None or indication in item.found_for}
    read = reading(scope.values())
    papers = _papers(store, everything)
    settings = store.review_settings()
    drawn = [
        sample
        for sample in store.samples("audit")
        if sample.stage is STAGE and _scope_of(settings, sample) == indication
    ]
    audits = (
        _audit(store, sample, scope, indication, level=review.model.level) for sample in drawn if not sample.withdrawn
    )
    return StoppingEvidence(
        made=now or datetime.now(UTC),
        version=__version__,
        indication=indication,
        target=target,
        level=review.model.level,
        reading=read,
        test=missed_test(read.order, total=read.tested, target=target),
        p_curve=p_over_reading(read.order, total=read.tested, target=target, points=CURVE_POINTS),
        found_curve=_found_curve(read.order),
        audits=tuple(audits),
        withdrawn=tuple(sample for sample in drawn if sample.withdrawn),
        papers=papers,
        ticks=_ticks(store, read, scope, papers, indication),
        confirmed=_confirmed(store),
        elsewhere=0 if indication is None else sum(bool(scope[key].found_for - {indication}) for key in read.unread),
    )


def stops_standing(
    store: Store, review: ReviewDefinition, *, screened: Mapping[str, Screened] | None = None
) -> tuple[StopStanding, ...]:
    """Every stop at title and abstract, lifted ones too, the latest first. screened: as in `stopping_evidence`."""
    stops = [stop for stop in store.stops() if stop.stage is STAGE]
    if not stops:
        return ()
    everything = screened_reports(store, review) if screened is None else screened
    found = []
    for stop in reversed(stops):
        covered = set(store.report_keys(stop.reports).values())
        read = sum(everything[key].voted for key in covered)
        arrived = sum(
            item.first_seen > stop.at
            and key not in covered
            and (stop.indication is None or stop.indication in item.found_for)
            for key, item in everything.items()
        )
        found.append(StopStanding(stop=stop, still=len(covered) - read, read_since=read, arrived_since=arrived))
    return tuple(found)


def _scope_of(settings: Mapping[str, Any], sample: Sample) -> str | None:
    kept = settings.get(AUDIT_SCOPE + sample.id)
    return kept.get("indication") if isinstance(kept, dict) else None


def _sample_reading(store: Store, sample: Sample, scope: Mapping[str, Screened], unread: int | None) -> SampleReading:
    now = store.report_keys(sample.reports)
    stopped_then = frozenset(
        store.report_keys(
            key
            for stop in store.stops()
            if stop.stage is STAGE and stop.at <= sample.at and (stop.lifted is None or stop.lifted > sample.at)
            for key in stop.reports
        ).values()
    )
    drawn = [now[key] for key in sample.reports if key in now and now[key] in scope]
    if unread is None:
        unread = sum(item.unread_at(sample.at) and key not in stopped_then for key, item in scope.items())
    return sample_reading(drawn, at=sample.at, unread=max(unread, len(drawn)), reports=scope, stopped_then=stopped_then)


def _audit(
    store: Store, sample: Sample, scope: Mapping[str, Screened], indication: str | None, *, level: float
) -> Audit:
    progress = _sample_reading(store, sample, scope, sample.unread)
    estimate = None
    if progress.whole:
        estimate = audit_recall(
            found_before=progress.found_before,
            unread=progress.unread,
            sampled=progress.size,
            relevant=progress.relevant,
            read_since=progress.read_since,
            relevant_since=progress.relevant_since,
            level=level,
        )
    return Audit(sample=sample, indication=indication, progress=progress, estimate=estimate)


def _found_curve(order: tuple[bool, ...]) -> tuple[tuple[int, int], ...]:
    points, found, at = [(0, 0)], 0, 0
    for place in places_to_look(len(order), 4 * CURVE_POINTS):
        found += sum(order[at:place])
        at = place
        points.append((place, found))
    return tuple(points)


def _papers(store: Store, everything: Mapping[str, Screened]) -> tuple[NamedPaper, ...]:
    kept = store.review_settings().get(KEY_PAPERS) or []
    papers = read_key_papers("\n".join(kept))
    held = store.identified(
        [paper.pmid for paper in papers if paper.pmid], [paper.doi for paper in papers if paper.doi]
    )
    found = []
    for paper in papers:
        report = everything.get(held.get(paper.name, ""))
        standing = "not in the review"
        if report is not None:
            standing = "not screened" if report.aside else str(report.state.value)
        found.append(NamedPaper(name=paper.name, report=report.key if report else None, standing=standing))
    return tuple(found)


def _ticks(
    store: Store,
    read: Reading,
    scope: Mapping[str, Screened],
    papers: tuple[NamedPaper, ...],
    indication: str | None,
) -> tuple[Tick, ...]:
    """SAFE's random sample is the first calibration round: everybody screens it before the ranking is followed."""
    rounds = [item for item in store.samples("calibration") if not item.withdrawn and item.stage is STAGE]
    sample = None
    if rounds:
        sample = _sample_reading(store, rounds[0], scope, rounds[0].unread if indication is None else None)
    return safe_ticks(
        read.order,
        total=read.tested,
        random_sample=sample.size - len(sample.left) if sample else 0,
        random_relevant=0 if sample is None else sample.relevant if sample.whole else None,
        drawn_from=sample.unread if sample else None,
        found_when_drawn=sample.found_before if sample else 0,
        key_papers=len(papers),
        key_papers_found=sum(paper.found for paper in papers),
    )


def _confirmed(store: Store) -> dict[str, Confirmation]:
    standing = store.review_settings()
    found: dict[str, Confirmation] = {}
    for key, value, by, at in store.setting_history():  # the latest first
        tick = key.removeprefix(CONFIRMED)
        if key.startswith(CONFIRMED) and key in standing and tick not in found and isinstance(value, dict):
            found[tick] = Confirmation(tick=tick, note=str(value.get("note", "")), by=by, at=at)
    return found


def evidence_as_dict(found: StoppingEvidence) -> dict[str, Any]:
    """Plain data: what is kept with a stop, and what the command prints."""
    read = found.reading
    return {
        "made": found.made.isoformat(),
        "version": found.version,
        "stage": STAGE.value,
        "indication": found.indication,
        "counts": {
            "total": read.total,
            "read": len(read.order),
            "relevant": read.relevant,
            "settled_together": len(read.together),
            "relevant_together": read.together_relevant,
            "half_voted": len(read.half_voted),
            "conflicts": len(read.conflicts),
            "unread": len(read.unread),
            "unread_found_for_another": found.elsewhere,
            "stopped": len(read.stopped),
        },
        "half_voted": list(read.half_voted),
        "conflicts": list(read.conflicts),
        "audits": [_audit_as_dict(audit) for audit in found.audits],
        "audits_withdrawn": [
            {"sample": sample.id, "drawn": sample.at.isoformat(), "seed": sample.seed, "reason": sample.end_reason}
            for sample in found.withdrawn
        ],
        "test": asdict(found.test) | {"curve": [list(point) for point in found.p_curve]},
        "safe": [
            asdict(tick)
            | {
                "confirmed": None
                if (word := found.confirmed.get(tick.key)) is None
                else {"by": word.by, "at": word.at.isoformat(), "note": word.note}
            }
            for tick in found.ticks
        ],
        "key_papers": [asdict(paper) for paper in found.papers],
        "found": [list(point) for point in found.found_curve],
    }


def stop_as_dict(item: StopStanding) -> dict[str, Any]:
    """Plain data: a stop as it was signed, and what holds of it now."""
    stop = item.stop
    return {
        "id": stop.id,
        "indication": stop.indication,
        "signed": stop.signed,
        "by": stop.by,
        "at": stop.at.isoformat(),
        "reason": stop.reason,
        "reports": len(stop.reports),
        "stands": stop.stands,
        "lifted": stop.lifted.isoformat() if stop.lifted else None,
        "lifted_by": stop.lifted_by,
        "lift_reason": stop.lift_reason,
        "still_unread": item.still,
        "read_since": item.read_since,
        "arrived_since": item.arrived_since,
        "evidence": dict(stop.evidence),
    }


def _audit_as_dict(audit: Audit) -> dict[str, Any]:
    sample, progress = audit.sample, audit.progress
    return {
        "sample": sample.id,
        "drawn": sample.at.isoformat(),
        "by": sample.by,
        "seed": sample.seed,
        "ended": sample.ended.isoformat() if sample.ended else None,
        "end_reason": sample.end_reason,
        "reports": progress.size,
        "dropped": progress.dropped,
        "unread": progress.unread,
        "left": len(progress.left),
        "arrived_since": progress.arrived_since,
        "estimate": None if audit.estimate is None else asdict(audit.estimate),
    }
