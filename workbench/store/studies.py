"""Studies, their reports, their results, and what was extracted for each result with which form."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workbench.extraction import (
    CurrentForms,
    Extraction,
    ResultState,
    SettledResult,
    Study,
    set_aside_note,
    settle,
)
from workbench.store import tables
from workbench.store.base import Part, utc_now
from workbench.store.endings import ended_keys, ended_results
from workbench.store.errors import NotThere, StoreError
from workbench.store.revisions import next_revision
from workbench.store.tables import storable
from workbench.store.values import SYSTEM, FormText, ResultSlot


class Studies(Part):
    """A study has reports and results; a result has extractions; all of them facts."""

    def add_study(self, study: Study) -> bool:
        """Record a study and its reports; False if it was recorded already. An id used for another one is refused."""
        if not study.label.strip():
            raise StoreError("a study needs a label, such as the first author and the year")
        stamp: dict[str, Any] = {"by": study.created_by, "at": study.created_at}
        with self._database.writing() as connection:
            self._need_records(connection, study.reports)
            held = connection.execute(sa.select(tables.study).where(tables.study.c.id == study.id)).first()
            if held is not None:
                if (held.label, held.by, held.at) != (study.label, study.created_by, study.created_at):
                    raise StoreError(f"the id {study.id} belongs to another study ({held.label})")
                return False
            connection.execute(sa.insert(tables.study).values(id=study.id, label=study.label, **stamp))
            rows = [{"study": study.id, "record": key, "linked": True, **stamp} for key in dict.fromkeys(study.reports)]
            if rows:
                connection.execute(sa.insert(tables.study_report), rows)
        return True

    def rename_study(self, study: str, label: str, *, by: str, now: datetime | None = None) -> None:
        """Record another label for a study; the earlier one stays in its history."""
        if not label.strip():
            raise StoreError("a study needs a label, such as the first author and the year")
        with self._database.writing() as connection:
            if _need_study(connection, study).label != label:
                connection.execute(
                    sa.insert(tables.study_label).values(study=study, label=label, by=by, at=now or utc_now())
                )

    def link_report(self, study: str, report: str, *, by: str, now: datetime | None = None) -> None:
        """Record that a report (by the key of any of its records) tells of a study."""
        self._link(study, report, linked=True, by=by, now=now)

    def unlink_report(self, study: str, report: str, *, by: str, now: datetime | None = None) -> None:
        """Record that a report does not tell of a study after all."""
        self._link(study, report, linked=False, by=by, now=now)

    def _link(self, study: str, report: str, *, linked: bool, by: str, now: datetime | None) -> None:
        with self._database.writing() as connection:
            self._need_records(connection, (report,))
            if (report in _need_study(connection, study).reports) != linked:
                connection.execute(
                    sa.insert(tables.study_report).values(
                        study=study, record=report, linked=linked, by=by, at=now or utc_now()
                    )
                )

    def studies(self, *, ended: bool = False) -> tuple[Study, ...]:
        """All studies in the order they were added, each with its latest label and its reports.

        ended: those that were made in error instead (`Endings.end_study`).
        """
        with self._database.reading() as connection:
            gone = ended_keys(connection, tables.study_end)
            return tuple(study for study in _studies(connection) if (study.id in gone) == ended)

    def study(self, study: str) -> Study:
        """One study."""
        with self._database.reading() as connection:
            return _need_study(connection, study)

    def studies_of(self, report: str) -> tuple[Study, ...]:
        """The studies that a report, by any of its records, tells of."""
        with self._database.reading() as connection:
            with self._current(connection) as standing:
                members = set(standing.members(report))
            gone = ended_keys(connection, tables.study_end)
            return tuple(
                study for study in _studies(connection) if study.id not in gone and members & set(study.reports)
            )

    def add_result(
        self,
        study: str,
        form: str,
        indication: str | None = None,
        *,
        label: str = "",
        by: str,
        id: str | None = None,
        now: datetime | None = None,
    ) -> ResultSlot:
        """Open a place for one result of a study, extracted with a form. With an id, repeating it adds nothing."""
        slot = ResultSlot(
            id=id or str(uuid.uuid4()),
            study=study,
            form=form,
            indication=indication,
            label=label,
            created_by=by,
            created_at=now or utc_now(),
        )
        with self._database.writing() as connection:
            _need_study(connection, study)
            held = _slots(connection, tables.result.c.id == slot.id)
            if held:
                if (held[0].study, held[0].form, held[0].indication) != (study, form, indication):
                    raise StoreError(f"the id {slot.id} belongs to another result")
                return held[0]
            connection.execute(
                sa.insert(tables.result).values(
                    id=slot.id,
                    study=study,
                    form=form,
                    indication=indication,
                    label=label,
                    by=by,
                    at=slot.created_at,
                )
            )
        return slot

    def results(self, study: str | None = None, *, ended: bool = False) -> tuple[ResultSlot, ...]:
        """The results of one study, or of all, in the order they were opened.

        ended: those that were opened in error, or whose study was, instead (`Endings.end_result`).
        """
        with self._database.reading() as connection:
            gone = ended_results(connection)
            slots = _slots(connection, sa.true() if study is None else tables.result.c.study == study)
            return tuple(slot for slot in slots if (slot.id in gone) == ended)

    def add_form(self, form: str, version: int, content: str, *, by: str = SYSTEM, now: datetime | None = None) -> bool:
        """Keep a form as it is filled in; False if it is kept already. Changed content needs a new version."""
        table = tables.form
        with self._database.writing() as connection:
            held = connection.scalar(sa.select(table.c.content).where(table.c.form == form, table.c.version == version))
            if held is not None:
                if held != storable(content):
                    raise StoreError(
                        f"version {version} of the form {form!r} was used with other content; raise its version"
                    )
                return False
            connection.execute(
                sa.insert(table).values(form=form, version=version, content=content, by=by, at=now or utc_now())
            )
        return True

    def forms_kept(self) -> tuple[FormText, ...]:
        """Every version of every form that was kept, by name and version."""
        table = tables.form
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.form, table.c.version)).all()
        return tuple(FormText(form=row.form, version=row.version, content=row.content, at=row.at) for row in rows)

    def add_extraction(self, extraction: Extraction, expected_revision: int | None = None) -> Extraction:
        """Record answers as the extractor's next revision on this result; gives them with the revision they got.

        expected_revision: the revision the extractor began from (0: none); `StaleRevision` if a newer one was saved
        meanwhile. None: save whatever happened. Sending the same id again records nothing and gives what is recorded.
        Revisions of a consensus count over all who work on it: what another recorded meanwhile is newer, too, their
        drafts are not. `StaleFinals` for a consensus that names other final extractions than those that stand. A result
        that was taken out of the review takes nothing more, but what is withdrawn.
        """
        table = tables.extraction
        with self._database.writing() as connection:
            known = _extractions(connection, table.c.id == extraction.id)
            if known:
                if (known[0].result, known[0].extractor) != (extraction.result, extraction.extractor):
                    raise StoreError(f"the id {extraction.id} belongs to another extraction")
                return known[0]
            slots = _slots(connection, tables.result.c.id == extraction.result)
            if not slots or slots[0].study != extraction.study:
                raise NotThere(f"study {extraction.study} has no result {extraction.result}")
            if extraction.state != "withdrawn" and extraction.result in ended_results(connection):
                raise StoreError("this result was taken out of the review: nothing more is extracted for it")
            about = _extractions(connection, table.c.result == extraction.result)
            _insert(connection, replace(extraction, revision=next_revision(about, extraction, expected_revision)))
            return _extractions(connection, table.c.id == extraction.id)[0]

    def set_draft_aside(
        self, result: str, extractor: str, *, reason: str, by: str, now: datetime | None = None
    ) -> Extraction:
        """Record that an extractor's draft is set aside, so that another can take their place; gives that revision.

        It keeps the draft's answers, and any later draft of the extractor's takes them up again. Only a lead, or the
        extractor, should ask. Final answers are never set aside.
        """
        if not reason.strip():
            raise StoreError("say why this draft is set aside")
        with self._database.writing() as connection:
            about = _extractions(connection, tables.extraction.c.result == result)
            mine = [item for item in about if item.extractor == extractor and item.role == "extractor"]
            if not mine or mine[-1].state != "draft":
                raise StoreError(f"{extractor} has no draft of this result to set aside")
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

    def extractions(self, study: str | None = None, result: str | None = None) -> tuple[Extraction, ...]:
        """All revisions in the order of recording: of one study or result, or of all."""
        table = tables.extraction
        conditions: list[sa.ColumnElement[bool]] = [sa.true()]
        if study is not None:
            conditions.append(table.c.study == study)
        if result is not None:
            conditions.append(table.c.result == result)
        with self._database.reading() as connection:
            return _extractions(connection, *conditions)

    def settled_results(
        self, *, extractors_needed: int = 2, current: CurrentForms | None = None
    ) -> tuple[SettledResult, ...]:
        """What stands for every result, in the order they were opened; a result nobody began is EMPTY.

        current: answers given under older versions of these forms are read as the forms ask today.
        """
        bring = (current or CurrentForms()).bring
        with self._database.reading() as connection:
            gone = ended_results(connection)
            slots = tuple(slot for slot in _slots(connection, sa.true()) if slot.id not in gone)
            by_result: dict[str, list[Extraction]] = {slot.id: [] for slot in slots}
            for extraction in _extractions(connection):
                if extraction.result in by_result:
                    by_result[extraction.result].append(bring(extraction))
        return tuple(
            settle(by_result[slot.id], extractors=extractors_needed) if by_result[slot.id] else _not_begun(slot)
            for slot in slots
        )


def _not_begun(slot: ResultSlot) -> SettledResult:
    return SettledResult(
        study=slot.study,
        result=slot.id,
        form=slot.form,
        form_version=0,
        answers={},
        state=ResultState.EMPTY,
        extraction_ids=(),
    )


def _studies(connection: Connection) -> tuple[Study, ...]:
    labels: dict[str, str] = {}
    for row in connection.execute(sa.select(tables.study_label).order_by(tables.study_label.c.seq)):
        labels[row.study] = row.label
    reports: dict[str, dict[str, None]] = {}
    for row in connection.execute(sa.select(tables.study_report).order_by(tables.study_report.c.seq)):
        linked = reports.setdefault(row.study, {})
        if row.linked:
            linked[row.record] = None
        else:
            linked.pop(row.record, None)
    return tuple(
        Study(
            id=row.id,
            label=labels.get(row.id, row.label),
            reports=tuple(reports.get(row.id, ())),
            created_by=row.by,
            created_at=row.at,
        )
        for row in connection.execute(sa.select(tables.study).order_by(tables.study.c.seq))
    )


def _need_study(connection: Connection, study: str) -> Study:
    for found in _studies(connection):
        if found.id == study:
            return found
    raise NotThere(f"there is no study {study}")


def _slots(connection: Connection, condition: sa.ColumnElement[bool]) -> tuple[ResultSlot, ...]:
    table = tables.result
    return tuple(
        ResultSlot(
            id=row.id,
            study=row.study,
            form=row.form,
            indication=row.indication,
            label=row.label,
            created_by=row.by,
            created_at=row.at,
        )
        for row in connection.execute(sa.select(table).where(condition).order_by(table.c.seq))
    )


def _insert(connection: Connection, extraction: Extraction) -> None:
    connection.execute(
        sa.insert(tables.extraction).values(
            id=extraction.id,
            study=extraction.study,
            result=extraction.result,
            form=extraction.form,
            form_version=extraction.form_version,
            extractor=extraction.extractor,
            answers=dict(extraction.answers),
            state=extraction.state,
            role=extraction.role,
            note=extraction.note,
            revision=extraction.revision,
            recorded_at=extraction.recorded_at,
        )
    )


def _extractions(connection: Connection, *conditions: sa.ColumnElement[bool]) -> tuple[Extraction, ...]:
    table = tables.extraction
    return tuple(
        Extraction(
            id=row.id,
            study=row.study,
            result=row.result,
            form=row.form,
            form_version=row.form_version,
            extractor=row.extractor,
            answers=row.answers,
            state=row.state,
            role=row.role,
            recorded_at=row.recorded_at,
            note=row.note,
            revision=row.revision,
        )
        for row in connection.execute(sa.select(table).where(*conditions).order_by(table.c.seq))
    )
