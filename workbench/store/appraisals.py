"""What appraisers said about the risk of bias of results: revisions, and what stands."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workbench.extraction import ResultState
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
from workbench.store.base import Part
from workbench.store.endings import ended_results
from workbench.store.errors import NotThere, StaleRevision, StoreError


class Appraisals(Part):
    """A result has appraisals; all of them facts. Those of ended results stay and are in no list."""

    def add_appraisal(self, appraisal: Appraisal, expected_revision: int | None = None) -> Appraisal:
        """Record an appraisal as its author's next revision on this result; gives it with the revision it got.

        expected_revision: the revision the author began from (0: none); `StaleRevision` if a newer one was saved
        meanwhile. None: save whatever happened. Sending the same id again records nothing and gives what is recorded.
        One that is not complete cannot be final.
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
            if appraisal.result in ended_results(connection):
                raise StoreError("this result was taken out of the review: its risk of bias is not asked for")
            mine = _appraisals(
                connection,
                table.c.result == appraisal.result,
                table.c.tool == appraisal.tool,
                table.c.appraiser == appraisal.appraiser,
                table.c.role == appraisal.role,
            )
            held = mine[-1].revision if mine else 0
            if expected_revision is not None and held > expected_revision:
                raise StaleRevision(
                    f"{appraisal.appraiser} saved revision {held} of this appraisal at "
                    f"{mine[-1].recorded_at:%Y-%m-%d %H:%M} UTC; these answers began from revision "
                    f"{expected_revision}. They were not saved: look at the newer revision, then save again."
                )
            if expected_revision is not None and expected_revision > held:
                raise StoreError(f"there is no revision {expected_revision} of this appraisal to begin from")
            connection.execute(
                sa.insert(table).values(
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
                    revision=held + 1,
                    recorded_at=appraisal.recorded_at,
                )
            )
            return _appraisals(connection, table.c.id == appraisal.id)[0]

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
        settle a conflict; a final consensus is shown to all.
        """
        kept = standing(self.appraisals(result=result))
        mine = [one for one in kept if one.appraiser == reader and one.role == "appraiser"]
        finals = [one for one in kept if one.role == "appraiser" and one.state == "final"]
        settled = any(one.role == "consensus" and one.state == "final" for one in kept)
        opened = any(one.state == "final" for one in mine) or (not mine and len(finals) >= max(1, appraisers_needed))
        return tuple(one for one in kept if one.appraiser == reader or (one.state == "final" and (opened or settled)))

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
