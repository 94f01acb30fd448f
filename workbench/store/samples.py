"""Samples drawn at random, signed stops, and what the team settled in the browser."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workbench.screening import Decision, Stage, standing_resolution, standing_votes
from workbench.screening.evidence import Screened
from workbench.store import tables
from workbench.store.base import Part, utc_now
from workbench.store.errors import NotThere, StoreError
from workbench.store.screening_rows import sample_value, stop_value
from workbench.store.screening_values import Sample, Stop
from workbench.store.tables import storable

ANYTHING: Any = object()
"""A setting may hold anything before it is made anew."""


class Samples(Part):
    """Each is a fact; whether a sample is open or a stop stands is derived."""

    def draw_sample(
        self,
        sample_id: str,
        purpose: str,
        stage: Stage,
        reports: Sequence[str],
        *,
        unread: int,
        found: int,
        seed: int,
        reviewers: Sequence[str] = (),
        note: str = "",
        by: str,
        now: datetime | None = None,
    ) -> Sample:
        """Record reports (keys) that were drawn at random; under an id that is known, the sample drawn then.

        unread: reports it was drawn from. found: relevant reports known before. reviewers: who screens all of it, for a
        calibration round. A second calibration round cannot be opened beside one that is open.
        """
        if purpose not in ("calibration", "audit"):
            raise StoreError(f"a sample is drawn for calibration or for an audit, not for {purpose!r}")
        if not reports:
            raise StoreError("a sample without reports cannot be drawn")
        if purpose == "calibration" and len(set(reviewers)) < 2:
            raise StoreError("a calibration round needs two reviewers or more")
        with self._database.writing() as connection:
            self._need_records(connection, reports)
            known = _sample(connection, sample_id)
            if known is not None:
                return known
            with self._current(connection) as standing:
                if purpose == "calibration" and any(
                    sample.purpose == "calibration" for sample in standing.open_samples(stage)
                ):
                    raise StoreError("a calibration round is open already: end it before another one begins")
            connection.execute(
                sa.insert(tables.sample).values(
                    id=sample_id,
                    purpose=purpose,
                    stage=stage.value,
                    records=list(reports),
                    unread=unread,
                    found=found,
                    seed=seed,
                    reviewers=list(dict.fromkeys(reviewers)),
                    note=note,
                    by=by,
                    at=now or utc_now(),
                )
            )
            drawn = _sample(connection, sample_id)
        assert drawn is not None
        return drawn

    def samples(self, purpose: str | None = None) -> tuple[Sample, ...]:
        """All samples in the order drawn, ended and withdrawn ones too; or those of one purpose."""
        with self._view() as standing:
            return tuple(sample for sample in standing.samples.values() if purpose in (None, sample.purpose))

    def end_sample(self, sample_id: str, *, withdrawn: bool, reason: str, by: str, now: datetime | None = None) -> None:
        """End a sample: it is not put before everything else any more. withdrawn: as if it had never been drawn."""
        table = tables.sample_end
        with self._database.writing() as connection:
            if _sample(connection, sample_id) is None:
                raise NotThere(f"there is no sample {sample_id}")
            if connection.execute(sa.select(table.c.by).where(table.c.sample == sample_id)).first():
                raise StoreError("this sample was ended already")
            connection.execute(
                sa.insert(table).values(
                    sample=sample_id, withdrawn=withdrawn, reason=reason, by=by, at=now or utc_now()
                )
            )

    def screened(self, *, reviewers_needed: int = 2) -> tuple[Screened, ...]:
        """Every report at title and abstract with its decisions, in the order first seen: what evidence rests on."""
        stage = Stage.TITLE_ABSTRACT
        with self._view() as standing:
            board = standing.board(stage, reviewers_needed)
            return tuple(
                Screened(
                    key=key,
                    state=board.states[key],
                    decisions=standing.decisions(stage, key),
                    first_seen=min(standing.first_seen[member] for member in standing.members(key)),
                    aside=key in board.aside,
                    found_for=standing.report_indications(key),
                )
                for key in standing.at_stage(stage, reviewers_needed)
            )

    def sign_stop(
        self,
        stop_id: str,
        stage: Stage,
        reports: Sequence[str],
        *,
        indication: str | None,
        signed: str,
        reason: str,
        evidence: Mapping[str, Any],
        by: str,
        now: datetime | None = None,
    ) -> Stop:
        """Record that these reports are not going to be read; under an id that is known, the stop signed then.

        signed: the name as typed under the statement. evidence: plain data, the figures that were on the page. Reports
        on which somebody has a standing vote are refused: they are being read, and are to be finished.
        """
        if not signed.strip() or not reason.strip():
            raise StoreError("a stop needs the name of who signs it and a reason")
        if not reports:
            raise StoreError("there is nothing left to stop: no report is unread")
        table = tables.stop
        with self._database.writing() as connection:
            self._need_records(connection, reports)
            row = connection.execute(sa.select(table).where(table.c.id == stop_id)).first()
            if row is not None:
                return stop_value(row)
            with self._current(connection) as standing:
                read = [key for key in reports if _is_read(standing.decisions(stage, standing.report_key(key)))]
            if read:
                raise StoreError(
                    f"{len(read)} of these reports have a vote, {read[0]} for one: they are being read. "
                    "Look at the page again: it lists what is still unread"
                )
            connection.execute(
                sa.insert(table).values(
                    id=stop_id,
                    stage=stage.value,
                    indication=indication,
                    records=list(reports),
                    signed=storable(signed.strip()),
                    reason=reason,
                    evidence=dict(evidence),
                    by=by,
                    at=now or utc_now(),
                )
            )
            made = connection.execute(sa.select(table).where(table.c.id == stop_id)).one()
            return stop_value(made)

    def stops(self) -> tuple[Stop, ...]:
        """All stops in the order signed, lifted ones too."""
        with self._view() as standing:
            return tuple(standing.stops.values())

    def lift_stop(self, stop_id: str, *, reason: str, by: str, now: datetime | None = None) -> None:
        """Take a stop back: its reports wait to be read again."""
        table = tables.stop_lifted
        with self._database.writing() as connection:
            if connection.execute(sa.select(tables.stop.c.id).where(tables.stop.c.id == stop_id)).first() is None:
                raise NotThere(f"there is no stop {stop_id}")
            if connection.execute(sa.select(table.c.by).where(table.c.stop == stop_id)).first():
                raise StoreError("this stop was lifted already")
            connection.execute(sa.insert(table).values(stop=stop_id, reason=reason, by=by, at=now or utc_now()))

    def review_settings(self) -> dict[str, Any]:
        """The latest value of each setting that was made in the browser; a value of None is as if it never was."""
        table = tables.review_setting
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(table.c.key, table.c.value).order_by(table.c.seq)).all()
        latest = {row.key: row.value for row in rows}
        return {key: value for key, value in latest.items() if value is not None}

    def set_review_setting(
        self, key: str, value: Any, *, by: str, expected: Any = ANYTHING, now: datetime | None = None
    ) -> None:
        """Make a setting (plain data); None goes back to what the review's files say. What holds already is no news.

        expected: what whoever makes it saw there (None: nothing); a setting that is another by now is left alone.
        """
        table = tables.review_setting
        with self._database.writing() as connection:
            row = connection.execute(
                sa.select(table.c.value).where(table.c.key == key).order_by(table.c.seq.desc()).limit(1)
            ).first()
            held = None if row is None else row.value
            if _same(held, value):
                return
            if expected is not ANYTHING and not _same(held, expected):
                raise StoreError(
                    "somebody changed this setting meanwhile: look at what holds now, then change it again"
                )
            connection.execute(sa.insert(table).values(key=key, value=value, by=by, at=now or utc_now()))

    def setting_history(self) -> tuple[tuple[str, Any, str, datetime], ...]:
        """Every change of a setting, the latest first: (key, value, who, when)."""
        table = tables.review_setting
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.seq.desc())).all()
        return tuple((row.key, row.value, row.by, row.at) for row in rows)


def _is_read(decisions: Sequence[Decision]) -> bool:
    return bool(standing_votes(decisions)) or standing_resolution(decisions) is not None


def _same(one: Any, other: Any) -> bool:
    """Whether two settings are the same as they are kept: true is not 1, and a tuple is a list."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _sample(connection: Connection, sample_id: str) -> Sample | None:
    row = connection.execute(sa.select(tables.sample).where(tables.sample.c.id == sample_id)).first()
    return None if row is None else sample_value(row)
