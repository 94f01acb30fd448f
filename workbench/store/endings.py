"""Studies and results that were made in error: they end with a reason, can come back, and nothing of them is lost."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workbench.store import tables
from workbench.store.base import Part, utc_now
from workbench.store.errors import NotThere, StoreError


class Endings(Part):
    """An ended study or result is in no list, no analysis and no count; its facts stay, and `ended=True` shows it."""

    def end_study(self, study: str, *, reason: str, by: str, now: datetime | None = None) -> bool:
        """Record that a study was made in error, with all its results; False if that is said already."""
        return self._end(tables.study_end, tables.study, study, ended=True, reason=reason, by=by, now=now)

    def restore_study(self, study: str, *, reason: str = "", by: str, now: datetime | None = None) -> bool:
        """Record that an ended study counts again; False if it does already."""
        return self._end(tables.study_end, tables.study, study, ended=False, reason=reason, by=by, now=now)

    def end_result(self, result: str, *, reason: str, by: str, now: datetime | None = None) -> bool:
        """Record that a result was opened in error; False if that is said already."""
        return self._end(tables.result_end, tables.result, result, ended=True, reason=reason, by=by, now=now)

    def restore_result(self, result: str, *, reason: str = "", by: str, now: datetime | None = None) -> bool:
        """Record that an ended result counts again; False if it does already."""
        return self._end(tables.result_end, tables.result, result, ended=False, reason=reason, by=by, now=now)

    def _end(
        self, ends: sa.Table, things: sa.Table, key: str, *, ended: bool, reason: str, by: str, now: datetime | None
    ) -> bool:
        if ended and not reason.strip():
            raise StoreError(f"say why this {things.name} is taken out of the review")
        with self._database.writing() as connection:
            if connection.scalar(sa.select(sa.func.count()).where(things.c.id == key)) == 0:
                raise NotThere(f"there is no {things.name} {key}")
            if (key in ended_keys(connection, ends)) == ended:
                return False
            connection.execute(
                sa.insert(ends).values(
                    {things.name: key, "ended": ended, "reason": reason.strip(), "by": by, "at": now or utc_now()}
                )
            )
        return True


def ended_keys(connection: Connection, ends: sa.Table) -> frozenset[str]:
    """The studies or results whose latest word is that they ended."""
    subject = ends.c.study if ends is tables.study_end else ends.c.result
    latest: dict[str, bool] = {}
    for key, ended in connection.execute(sa.select(subject, ends.c.ended).order_by(ends.c.seq)):
        latest[key] = ended
    return frozenset(key for key, ended in latest.items() if ended)


def ended_results(connection: Connection) -> frozenset[str]:
    """Every result that counts no more: ended itself, or with its study."""
    studies = ended_keys(connection, tables.study_end)
    held = tables.result
    of_studies = connection.scalars(sa.select(held.c.id).where(held.c.study.in_(sorted(studies)))) if studies else ()
    return ended_keys(connection, tables.result_end) | frozenset(of_studies)
