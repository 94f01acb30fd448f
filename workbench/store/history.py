"""The audit trail: everything that was recorded about a report, a study or a result, in the order of time."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ingest.changes import differences
from ingest.record import Record
from workbench.extraction import said_aside
from workbench.store import tables
from workbench.store.base import Part
from workbench.store.full_texts import full_text_events
from workbench.store.values import Event

# What was asked of a source and what a reviewer prefers change nothing that is derived from the facts.
_COUNTED = tuple(
    table for table in tables.FACTS if table not in (tables.raw_body, tables.raw_answer, tables.preference)
)
_REVISION = sa.select(*(sa.select(sa.func.max(table.c.seq)).scalar_subquery() for table in _COUNTED))


class History(Part):
    """The facts are the trail; this reads them back as one."""

    def revision(self) -> tuple[int, ...]:
        """Tells one state of the facts from every other; what was derived at a revision holds as long as it stands."""
        with self._database.reading() as connection:
            return tuple(place or 0 for place in connection.execute(_REVISION).one())

    def history(self, subject: str) -> tuple[Event, ...]:
        """What was recorded about a report (by the key of any of its records), a study or a result; oldest first."""
        with self._database.reading() as connection:
            with self._current(connection) as standing:
                keys = standing.members(subject)
            events = [
                *_of_records(connection, keys),
                *full_text_events(connection, keys),
                *_of_study(connection, subject),
                *_of_endings(connection, subject),
                *_of_extractions(connection, subject),
            ]
        return tuple(sorted(events, key=lambda event: event.at))


def _of_records(connection: Connection, keys: tuple[str, ...]) -> Iterable[Event]:
    version = tables.record_version
    before: dict[str, Record] = {}
    for row in connection.execute(sa.select(version).where(version.c.record.in_(keys)).order_by(version.c.seq)):
        action = "record added" if row.number == 1 else "record changed"
        record = Record.from_dict(row.content)
        fields = differences(before[row.record], record) if row.record in before else ()
        detail = f"version {row.number}" + (
            f": {', '.join(name.replace('_', ' ') for name in fields)}" if fields else ""
        )
        before[row.record] = record
        yield Event(at=row.at, by=row.by, action=action, subject=row.record, detail=detail, data={"fields": fields})
    found = tables.found
    for row in connection.execute(sa.select(found).where(found.c.record.in_(keys)).order_by(found.c.seq)):
        detail = f"by the strategy {row.strategy} (run {row.search})"
        yield Event(at=row.at, by=row.by, action="found", subject=row.record, detail=detail)
    presence = tables.presence
    for row in connection.execute(sa.select(presence).where(presence.c.record.in_(keys)).order_by(presence.c.seq)):
        action = "back at its source" if row.present else "withdrawn by its source"
        yield Event(at=row.at, by=row.by, action=action, subject=row.record, detail=f"seen in run {row.search}")
    lead = tables.citation_lead
    for row in connection.execute(sa.select(lead).where(lead.c.record.in_(keys)).order_by(lead.c.seq)):
        detail = f"from {row.seed} ({row.link}, run {row.search})"
        yield Event(at=row.at, by=row.by, action="found by citation searching", subject=row.record, detail=detail)
    seen = tables.alert_seen
    for row in connection.execute(sa.select(seen).where(seen.c.record.in_(keys)).order_by(seen.c.seq)):
        action = "alert seen" if row.seen else "alert no longer seen"
        detail = row.kind + (f": {row.note}" if row.note else "")
        yield Event(at=row.at, by=row.by, action=action, subject=row.record, detail=detail)
    link = tables.duplicate_link
    touched = sa.or_(link.c.first.in_(keys), link.c.second.in_(keys))
    for row in connection.execute(sa.select(link).where(touched).order_by(link.c.seq)):
        action = "linked as duplicates" if row.linked else "said not to be duplicates"
        if row.withdrawn:
            action = "word on duplicates taken back"
        yield Event(
            at=row.at,
            by=row.by,
            action=action,
            subject=row.first,
            detail=f"{row.first} and {row.second}" + (f": {', '.join(row.reasons)}" if row.reasons else ""),
            data={"first": row.first, "second": row.second, "reasons": tuple(row.reasons)},
        )
    decision = tables.decision
    for row in connection.execute(sa.select(decision).where(decision.c.record.in_(keys)).order_by(decision.c.seq)):
        words = [row.verdict or "withdrawn", f"at {row.stage.replace('_', ' ')}"]
        if row.resolution:
            words.append("as a resolution")
        if row.reason:
            words.append(f"for {row.reason}")
        yield Event(
            at=row.decided_at,
            by=row.reviewer,
            action="decision",
            subject=row.record,
            detail=" ".join(words),
            data={"id": row.id, "stage": row.stage, "verdict": row.verdict, "reason": row.reason, "note": row.note},
        )
    report = tables.study_report
    for row in connection.execute(sa.select(report).where(report.c.record.in_(keys)).order_by(report.c.seq)):
        yield _study_report(row)


def _of_study(connection: Connection, study: str) -> Iterable[Event]:
    table = tables.study
    for row in connection.execute(sa.select(table).where(table.c.id == study)):
        yield Event(at=row.at, by=row.by, action="study added", subject=study, detail=row.label)
    label = tables.study_label
    for row in connection.execute(sa.select(label).where(label.c.study == study).order_by(label.c.seq)):
        yield Event(at=row.at, by=row.by, action="study renamed", subject=study, detail=row.label)
    report = tables.study_report
    for row in connection.execute(sa.select(report).where(report.c.study == study).order_by(report.c.seq)):
        yield _study_report(row)
    result = tables.result
    opened = sa.or_(result.c.study == study, result.c.id == study)
    for row in connection.execute(sa.select(result).where(opened).order_by(result.c.seq)):
        yield Event(
            at=row.at,
            by=row.by,
            action="result opened",
            subject=row.id,
            detail=f"{row.label or row.id}, with the form {row.form}",
        )


def _of_endings(connection: Connection, subject: str) -> Iterable[Event]:
    ends = tables.study_end
    for row in connection.execute(sa.select(ends).where(ends.c.study == subject).order_by(ends.c.seq)):
        action = "study taken out of the review" if row.ended else "study brought back"
        yield Event(at=row.at, by=row.by, action=action, subject=subject, detail=row.reason)
    ends, held = tables.result_end, tables.result
    about = ends.c.result.in_(sa.select(held.c.id).where(sa.or_(held.c.id == subject, held.c.study == subject)))
    for row in connection.execute(sa.select(ends).where(about).order_by(ends.c.seq)):
        action = "result taken out of the review" if row.ended else "result brought back"
        yield Event(at=row.at, by=row.by, action=action, subject=row.result, detail=row.reason)


def _of_extractions(connection: Connection, subject: str) -> Iterable[Event]:
    table = tables.extraction
    about = sa.or_(table.c.study == subject, table.c.result == subject)
    for row in connection.execute(sa.select(table).where(about).order_by(table.c.seq)):
        aside = said_aside(row.role, row.state, row.note)
        action = "consensus" if row.role == "consensus" else "extraction"
        detail = f"revision {row.revision}, {row.state}, form {row.form} version {row.form_version}"
        if aside is not None:
            action, detail = "draft set aside", f"of {row.extractor}: {aside.reason}"
        elif row.role == "consensus" and row.state == "withdrawn":
            action, detail = "consensus opened again", row.note
        yield Event(
            at=row.recorded_at,
            by=row.extractor if aside is None else aside.by,
            action=action,
            subject=row.result,
            detail=detail,
            data={"id": row.id, "answers": row.answers, "note": row.note},
        )


def _study_report(row: sa.Row[tuple[object, ...]]) -> Event:
    data = row._mapping
    return Event(
        at=data["at"],
        by=str(data["by"]),
        action="report linked to study" if data["linked"] else "report taken from study",
        subject=str(data["study"]),
        detail=str(data["record"]),
    )
