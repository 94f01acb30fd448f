"""What appraisers said about the risk of bias of results: revisions, and what stands."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workbench.extraction import ResultState, set_aside_note
from workbench.risk_of_bias import (
    TOOL,
    Appraisal,
    RiskOfBiasError,
    SettledAppraisal,
    assessment_of,
    missing,
    settle,
    standing,
)
from workbench.store import tables
from workbench.store.appraisal_revisions import next_revision
from workbench.store.base import Part, utc_now
from workbench.store.endings import ended_results
from workbench.store.errors import NotThere, StoreError


class Appraisals(Part):
    """A result has appraisals; all of them facts. Those of ended results stay and are in no list."""

    def add_appraisal(self, appraisal: Appraisal, expected_revision: int | None = None) -> Appraisal:
        """Record an appraisal as its author's next revision on this result; gives it with the revision it got.

        expected_revision: the revision the author began from (0: none); `StaleRevision` if a newer one was saved
        meanwhile. None: save whatever happened. Sending the same id again records nothing and gives what is recorded.
        Revisions of a consensus count over all who work on it: what another recorded meanwhile is newer, too, their
        drafts are not. `StaleFinals` for a consensus that names other final appraisals than those that stand. One that
        is not complete cannot be final.
        """
        _check(appraisal)
        table = tables.appraisal
        with self._database.writing() as connection:
            known = _appraisals(connection, table.c.id == appraisal.id)
            if known:
                if (known[0].result, known[0].appraiser) != (appraisal.result, appraisal.appraiser):
                    raise StoreError(f"the id {appraisal.id} belongs to another appraisal")
                return known[0]
            study = connection.scalar(sa.select(tables.result.c.study).where(tables.result.c.id == appraisal.result))
            if study is None or study != appraisal.study:
                raise NotThere(f"study {appraisal.study} has no result {appraisal.result}")
            if appraisal.state != "withdrawn" and appraisal.result in ended_results(connection):
                raise StoreError("this result was taken out of the review: its risk of bias is not asked for")
            about = _appraisals(connection, table.c.result == appraisal.result, table.c.tool == appraisal.tool)
            _insert(connection, replace(appraisal, revision=next_revision(about, appraisal, expected_revision)))
            return _appraisals(connection, table.c.id == appraisal.id)[0]

    def set_appraisal_aside(
        self, result: str, appraiser: str, *, reason: str, by: str, tool: str = TOOL, now: datetime | None = None
    ) -> Appraisal:
        """Record that an appraiser's draft is set aside, so that another can take their place; gives that revision.

        It keeps the draft's answers, and any later draft of the appraiser's takes them up again. Only a lead, or the
        appraiser, should ask. Final appraisals are never set aside.
        """
        if not reason.strip():
            raise StoreError("say why this draft is set aside")
        table = tables.appraisal
        with self._database.writing() as connection:
            about = _appraisals(connection, table.c.result == result, table.c.tool == tool)
            mine = [one for one in about if one.appraiser == appraiser and one.role == "appraiser"]
            if not mine or mine[-1].state != "draft":
                raise StoreError(f"{appraiser} has no draft of this appraisal to set aside")
            revision = replace(
                mine[-1],
                id=str(uuid.uuid4()),
                state="withdrawn",
                note=set_aside_note(by, reason),
                revision=mine[-1].revision + 1,
                recorded_at=now or utc_now(),
            )
            _insert(connection, revision)
        return revision

    def appraisals(self, study: str | None = None, result: str | None = None) -> tuple[Appraisal, ...]:
        """All revisions in the order of recording: of one study or result, or of all. Not blind: see `visible`."""
        table = tables.appraisal
        conditions: list[sa.ColumnElement[bool]] = [sa.true()]
        if study is not None:
            conditions.append(table.c.study == study)
        if result is not None:
            conditions.append(table.c.result == result)
        with self._database.reading() as connection:
            return _appraisals(connection, *conditions)

    def visible_appraisals(self, result: str, reader: str, *, appraisers_needed: int = 2) -> tuple[Appraisal, ...]:
        """The standing appraisals of a result that this person may see: nobody else's before their own is final.

        Others' drafts are never shown. Who has not begun sees the final ones once as many as are needed are there, to
        settle a conflict, or once a consensus is. Who holds a draft sees their own alone, whatever the others did.
        """
        kept = standing(self.appraisals(result=result))
        mine = [one for one in kept if one.appraiser == reader and one.role == "appraiser"]
        finals = [one for one in kept if one.role == "appraiser" and one.state == "final"]
        settled = any(one.role == "consensus" and one.state == "final" for one in kept)
        enough = settled or len(finals) >= max(1, appraisers_needed)
        opened = any(one.state == "final" for one in mine) or (not mine and enough)
        return tuple(one for one in kept if one.appraiser == reader or (one.state == "final" and opened))

    def settled_appraisals(self, *, appraisers_needed: int = 2, tool: str = TOOL) -> tuple[SettledAppraisal, ...]:
        """What stands for every result that is in the review, in the order they were opened."""
        with self._database.reading() as connection:
            gone = ended_results(connection)
            slots = connection.execute(
                sa.select(tables.result.c.id, tables.result.c.study).order_by(tables.result.c.seq)
            ).all()
            by_result: dict[str, list[Appraisal]] = {row.id: [] for row in slots if row.id not in gone}
            for one in _appraisals(connection, tables.appraisal.c.tool == tool):
                if one.result in by_result:
                    by_result[one.result].append(one)
        return tuple(
            settle(by_result[row.id], appraisers=appraisers_needed)
            if by_result[row.id]
            else SettledAppraisal(study=row.study, result=row.id, state=ResultState.EMPTY)
            for row in slots
            if row.id in by_result
        )


def _check(appraisal: Appraisal) -> None:
    if appraisal.tool != TOOL:
        raise StoreError(f"there is no tool {appraisal.tool!r}; appraisals are made with {TOOL}")
    try:
        unsaid = missing(assessment_of(appraisal), appraisal.tool_version)
    except RiskOfBiasError as error:
        raise StoreError(f"this appraisal cannot be saved: {error}") from error
    if appraisal.state == "final" and unsaid:
        raise StoreError(f"this appraisal cannot be final yet: {'; '.join(unsaid)}")


def _insert(connection: Connection, appraisal: Appraisal) -> None:
    connection.execute(
        sa.insert(tables.appraisal).values(
            id=appraisal.id,
            study=appraisal.study,
            result=appraisal.result,
            tool=appraisal.tool,
            tool_version=appraisal.tool_version,
            appraiser=appraisal.appraiser,
            answers=dict(appraisal.answers),
            state=appraisal.state,
            role=appraisal.role,
            note=appraisal.note,
            revision=appraisal.revision,
            recorded_at=appraisal.recorded_at,
        )
    )


def _appraisals(connection: Connection, *conditions: sa.ColumnElement[bool]) -> tuple[Appraisal, ...]:
    table = tables.appraisal
    return tuple(
        Appraisal(
            id=row.id,
            study=row.study,
            result=row.result,
            tool=row.tool,
            tool_version=row.tool_version,
            appraiser=row.appraiser,
            answers=row.answers,
            state=row.state,
            role=row.role,
            note=row.note,
            revision=row.revision,
            recorded_at=row.recorded_at,
        )
        for row in connection.execute(sa.select(table).where(*conditions).order_by(table.c.seq))
    )
