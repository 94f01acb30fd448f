"""What people said of alerts: seen, with a note, or not seen after all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from workbench.store import tables
from workbench.store.base import Part, utc_now
from workbench.store.errors import StoreError
from workbench.store.values import Seen


class AlertsSeen(Part):
    """The alerts themselves are derived from records (`workbench.refresh.alerts`); only what people say is kept."""

    def add_alert_seen(
        self,
        record: str,
        kind: str,
        marks: Sequence[str],
        *,
        seen: bool,
        by: str,
        note: str = "",
        now: datetime | None = None,
    ) -> None:
        """Record that somebody took note of an alert about a record, or (seen=False) takes that back.

        marks: what stands behind the alert now. Should more come to stand behind it, it has not been seen.
        """
        if not by.strip():
            raise StoreError("somebody has to take note of an alert: give a name")
        with self._database.writing() as connection:
            self._need_records(connection, (record,))
            connection.execute(
                sa.insert(tables.alert_seen).values(
                    record=record, kind=kind, marks=list(marks), seen=seen, note=note, by=by, at=now or utc_now()
                )
            )

    def alerts_seen(self) -> dict[tuple[str, str], Seen]:
        """The latest word on each alert, by (key of the record, kind)."""
        table = tables.alert_seen
        with self._database.reading() as connection:
            return {
                (row.record, row.kind): Seen(
                    record=row.record,
                    kind=row.kind,
                    marks=tuple(row.marks),
                    seen=row.seen,
                    note=row.note,
                    by=row.by,
                    at=row.at,
                )
                for row in connection.execute(sa.select(table).order_by(table.c.seq))
            }
