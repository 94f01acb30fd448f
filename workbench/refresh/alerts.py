"""What a reviewer must know about a report, derived from what its sources say now: retracted, doubted, corrected, gone.

An alert is a fact's consequence and stored nowhere; that a person took note of it is a fact. Where more comes to stand
behind an alert that was seen (a second erratum), it is unseen again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from ingest.notices import NOTICE_LINKS, Notice, NoticeKind, notices
from ingest.record import Link, Record
from workbench.screening import Stage, State
from workbench.store import RecordVersion, Seen, Store, Withdrawal

AlertKind = Literal["retracted", "expression of concern", "erratum", "republished", "updated", "withdrawn"]
_ORDER = {kind: place for place, kind in enumerate(get_args(AlertKind))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing that is said of one record."""

    report: str  # key of the report that the record belongs to
    record: str
    kind: AlertKind
    since: datetime  # when the review first saw all that stands behind it
    run: int | None  # the search that brought it
    links: tuple[Link, ...]  # the notices; none where only a publication type says so, or where the record is gone
    studies: tuple[str, ...]  # ids of the studies that the report is linked to
    included: bool  # the report is included at full text, or linked to a study
    citation: str  # of the record, in one line
    marks: tuple[str, ...]  # what stands behind it, in words that tell one notice from another
    seen: Seen | None  # the word of the person who took note of all of it

    @property
    def words(self) -> str:
        """One sentence for a reviewer."""
        if self.kind == "withdrawn":
            return f"PubMed no longer has the record {self.record}; what it said is kept."
        told = [
            Notice(record=self.record, kind=NoticeKind(self.kind), pmid=link.pmid, citation=link.citation)
            for link in self.links
        ] or [Notice(record=self.record, kind=NoticeKind(self.kind))]
        return " ".join(notice.words for notice in told)


def alerts(store: Store, *, reviewers_needed: int = 2) -> tuple[Alert, ...]:
    """Every alert, those of included reports first, then the gravest, then the newest."""
    noticed = store.noticed_records(NOTICE_LINKS)
    withdrawals = store.withdrawals()
    if not noticed and not withdrawals:
        return ()
    gone = {record.key: record for record in store.records_of([withdrawal.record for withdrawal in withdrawals])}
    context = _Context(store, [*(record.key for record in noticed), *gone], reviewers_needed)
    versions = store.versions_of([record.key for record in noticed])
    found = [alert for record in noticed for alert in context.of_notices(record, versions[record.key])]
    found += [context.of_withdrawal(gone[withdrawal.record], withdrawal) for withdrawal in withdrawals]
    return tuple(sorted(found, key=lambda a: (not a.included, _ORDER[a.kind], -a.since.timestamp(), a.record)))


def acknowledge(store: Store, alert: Alert, *, by: str, note: str = "") -> None:
    """Record that a person took note of an alert."""
    store.add_alert_seen(alert.record, alert.kind, alert.marks, seen=True, by=by, note=note)


def take_back(store: Store, alert: Alert, *, by: str, note: str = "") -> None:
    """Record that an alert is not to count as seen after all."""
    store.add_alert_seen(alert.record, alert.kind, alert.marks, seen=False, by=by, note=note)


class _Context:
    """What is known beside the records themselves, read once."""

    def __init__(self, store: Store, keys: Sequence[str], reviewers_needed: int) -> None:
        studies = store.studies()
        self.reports = store.report_keys([*keys, *(key for study in studies for key in study.reports)])
        self.studies: dict[str, list[str]] = {}
        for study in studies:
            for key in study.reports:
                self.studies.setdefault(self.reports.get(key, key), []).append(study.id)
        states = store.states(Stage.FULL_TEXT, reviewers_needed=reviewers_needed)
        self.included = {report for report, state in states.items() if state is State.INCLUDED} | set(self.studies)
        self.seen = store.alerts_seen()

    def of_notices(self, record: Record, versions: Sequence[RecordVersion]) -> list[Alert]:
        told = notices(record)
        found = []
        for kind in dict.fromkeys(notice.kind for notice in told):
            same = [notice for notice in told if notice.kind is kind]
            first = _first_with(versions, same)
            links = tuple(link for link in record.links if any(_is(notice, link) for notice in same))
            marks = tuple(sorted(f"{notice.pmid or ''} {notice.citation}".strip() for notice in same))
            found.append(self._alert(record, _kind(kind), first.at, first.run, links, marks))
        return found

    def of_withdrawal(self, record: Record, gone: Withdrawal) -> Alert:
        return self._alert(record, "withdrawn", gone.at, gone.run, (), (gone.at.isoformat(),))

    def _alert(
        self,
        record: Record,
        kind: AlertKind,
        since: datetime,
        run: int | None,
        links: tuple[Link, ...],
        marks: tuple[str, ...],
    ) -> Alert:
        report = self.reports.get(record.key, record.key)
        seen = self.seen.get((record.key, kind))
        stands = seen is not None and seen.seen and set(marks) <= set(seen.marks)
        return Alert(
            report=report,
            record=record.key,
            kind=kind,
            since=since,
            run=run,
            links=links,
            studies=tuple(dict.fromkeys(self.studies.get(report, ()))),
            included=report in self.included,
            citation=citation(record),
            marks=marks,
            seen=seen if stands else None,
        )


def citation(record: Record) -> str:
    """A record in one line: "Lind A et al. Title. Journal 2020"."""
    names = (record.authors[0] + (" et al." if len(record.authors) > 1 else ".")) if record.authors else ""
    where = " ".join(part for part in (record.journal, str(record.year or "")) if part)
    return " ".join(part for part in (names, f"{record.title.rstrip('. ')}.", where) if part)


def _first_with(versions: Sequence[RecordVersion], wanted: Sequence[Notice]) -> RecordVersion:
    """The version since which everything wanted has been said without a break."""
    first = versions[-1]
    for version in reversed(versions):
        if not set(wanted) <= set(notices(version.record)):
            break
        first = version
    return first


def _is(notice: Notice, link: Link) -> bool:
    return (notice.pmid, notice.citation) == (link.pmid, link.citation)


def _kind(kind: NoticeKind) -> AlertKind:
    return kind.value
