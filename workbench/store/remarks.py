"""Labels that a reviewer puts on reports for themselves, and what is said about reports on which the votes differ."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workbench.screening import Stage
from workbench.store import tables
from workbench.store.base import Part, utc_now
from workbench.store.errors import StoreError
from workbench.store.screening_values import Remark
from workbench.store.standing import Standing
from workbench.store.tables import storable

LONGEST_LABEL = 40
LONGEST_REMARK = 5000
"""Characters."""


class Remarks(Part):
    """Both name a record; they belong to the report that the record belongs to, also after a later merge."""

    def set_label(self, report: str, label: str, given: bool, *, by: str, now: datetime | None = None) -> None:
        """Put a label of one's own on a report, or (given=False) take it off. What stands already is not said again."""
        word = label_text(label)
        if not by.strip():
            raise StoreError("somebody has to give a label: give a name")
        with self._database.writing() as connection:
            self._need_records(connection, (report,))
            with self._current(connection) as standing:
                held = own_labels(connection, standing, by).get(standing.report_key(report), ())
                members = standing.members(report)
            if (word in held) is given:
                return
            connection.execute(
                sa.insert(tables.label),
                # A label that was given to another record of the report, before the two were merged, goes with it.
                [
                    {"record": key, "label": word, "given": given, "by": by, "at": now or utc_now()}
                    for key in ((report,) if given else members)
                ],
            )

    def labels_of(self, reviewer: str) -> dict[str, tuple[str, ...]]:
        """A reviewer's own labels: report -> labels in the order given. Reports without any are left out."""
        with self._database.reading() as connection, self._current(connection) as standing:
            return own_labels(connection, standing, reviewer)

    def add_remark(
        self, remark_id: str, report: str, stage: Stage, text: str, *, by: str, now: datetime | None = None
    ) -> bool:
        """Say something of a report in the discussion of its votes; False if this was said already.

        Remarks are never edited. Refused (StoreError): an empty one, one of more than LONGEST_REMARK characters, and an
        id under which something else was said.
        """
        said = storable(text).strip()
        if not said or not by.strip() or not remark_id:
            raise StoreError("a remark needs some words, an id and the name of who says it")
        if len(said) > LONGEST_REMARK:
            raise StoreError(f"a remark has at most {LONGEST_REMARK} characters, not {len(said)}: say it in two")
        table = tables.remark
        with self._database.writing() as connection:
            self._need_records(connection, (report,))
            held = connection.execute(sa.select(table).where(table.c.id == remark_id)).first()
            if held is None:
                connection.execute(
                    sa.insert(table).values(
                        id=remark_id, record=report, stage=stage.value, text=said, by=by, at=now or utc_now()
                    )
                )
                return True
            with self._current(connection) as standing:
                same = standing.report_key(held.record) == standing.report_key(report)
        if not same or (held.stage, held.text, held.by) != (stage.value, said, by):
            raise StoreError(f"the id {remark_id} belongs to another remark")
        return False

    def remarks(self, report: str, stage: Stage) -> tuple[Remark, ...]:
        """What was said of a report at one stage, in the order of recording."""
        table = tables.remark
        with self._database.reading() as connection:
            with self._current(connection) as standing:
                members, key = standing.members(report), standing.report_key(report)
            query = sa.select(table).where(table.c.record.in_(members), table.c.stage == stage.value)
            return tuple(_value(row, key) for row in connection.execute(query.order_by(table.c.seq)))

    def remarks_by_report(self, stage: Stage) -> dict[str, tuple[Remark, ...]]:
        """What was said at one stage, for every report of which anything was said."""
        table = tables.remark
        found: dict[str, list[Remark]] = defaultdict(list)
        with self._database.reading() as connection, self._current(connection) as standing:
            query = sa.select(table).where(table.c.stage == stage.value).order_by(table.c.seq)
            for row in connection.execute(query):
                key = standing.report_key(row.record)
                found[key].append(_value(row, key))
        return {report: tuple(said) for report, said in found.items()}


def label_text(label: str) -> str:
    """A label as it is kept: on one line. Refused (StoreError): an empty one, and one that is too long for a label."""
    word = " ".join(storable(label).split())
    if not word:
        raise StoreError("a label needs a word")
    if len(word) > LONGEST_LABEL:
        raise StoreError(f"a label is a short word of at most {LONGEST_LABEL} characters, not {len(word)}")
    return word


def own_labels(connection: Connection, standing: Standing, reviewer: str) -> dict[str, tuple[str, ...]]:
    """A reviewer's own labels inside a transaction: report -> labels in the order given."""
    table = tables.label
    found: dict[str, dict[str, None]] = defaultdict(dict)
    query = sa.select(table.c.record, table.c.label, table.c.given).where(table.c.by == reviewer)
    for row in connection.execute(query.order_by(table.c.seq)):
        labels = found[standing.report_key(row.record)]
        labels.pop(row.label, None)
        if row.given:
            labels[row.label] = None
    return {report: tuple(labels) for report, labels in found.items() if labels}


def _value(row: sa.Row[Any], report: str) -> Remark:
    return Remark(id=row.id, report=report, stage=Stage(row.stage), text=row.text, by=row.by, at=row.at)
