"""The files of extraction sheets, what their columns mean, and the list of imports."""

from __future__ import annotations

import hashlib
import uuid
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workbench.extraction_sheets.mapping import SheetMapping
from workbench.store import tables
from workbench.store.base import Part, utc_now
from workbench.store.errors import NotThere, StoreError

SHEET_IDS = uuid.uuid5(uuid.NAMESPACE_URL, "rtms-pain-workbench/extraction-sheets")
IMPORT = "import of "  # begins `headers` of a row that records an import, followed by the sheet's id
UNDO = "undo of "  # the same of an undoing, followed by the import's id
NOTE = "Imported from "  # begins the note of an extraction that an import recorded
State = Literal["draft", "final"]
Progress = Callable[[int, int], None]  # results done, results in all


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSheet:
    """A sheet's file as it was brought along."""

    id: str
    name: str
    sha256: str
    size: int
    by: str
    at: datetime


def source_note(sheet: KeptSheet, worksheet: str) -> str:
    """How the notes of extractions begin that one worksheet of one file gave: two files of one name are two sources."""
    return f"{NOTE}{sheet.name} [{sheet.sha256[:8]}]" + (f", worksheet {worksheet}" if worksheet else "") + ", row "


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetImport:
    """One import of a sheet."""

    id: str
    sheet: KeptSheet
    mapping: SheetMapping
    state: State
    studies: tuple[str, ...]  # ids of the studies it made
    matched: Mapping[str, str]  # each study's name in the sheet (`study_key`) -> id of the study it was taken for
    results: tuple[str, ...]  # ids of all results it filled
    counts: Mapping[str, int]  # rows, results, studies, problems
    by: str
    at: datetime
    trials: tuple[str, ...] = ()  # ids of the slots of trials' forms that it filled
    trial_answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # of these: what it read, by slot
    made: frozenset[str] = frozenset()  # ids of the slots that were not there before
    undone_by: str = ""
    undone_at: datetime | None = None
    undone_because: str = ""

    @property
    def source(self) -> str:
        """How the notes of its extractions begin."""
        return source_note(self.sheet, self.mapping.sheet)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportDone:
    """What an import, or its undoing, came to."""

    id: str
    new_studies: int = 0
    known_studies: int = 0
    new_results: int = 0
    final: int = 0
    drafts: int = 0
    unchanged: int = 0  # results that stood there already, word for word
    kept_as_drafts: int = 0  # wanted final, but something in them is missing or cannot be
    known_results: int = 0  # results that the review had already, of another sheet or typed by hand: extracted again
    replaced: int = 0  # results of an earlier import of the same sheet that this one gives no more
    trials: int = 0  # forms of the trial that stand as the sheet says
    withdrawn: int = 0  # results and trials' forms of which the importer's answers were taken back
    restored: int = 0  # those of them that stand as another import reads them
    otherwise: tuple[str, ...] = ()  # results of which another sheet of the person said otherwise, or more
    left_alone: tuple[str, ...] = ()  # results that were worked on since, and why they were not touched


class SheetFiles(Part):
    """Files and mappings. Bytes are kept once, as those of full texts are."""

    def keep_sheet(self, name: str, content: bytes, *, by: str, now: datetime | None = None) -> KeptSheet:
        """Keep a sheet's file; the same bytes again give what is there."""
        digest = hashlib.sha256(content).hexdigest()
        compressed = zlib.compress(content, 6)
        sheet_id = str(uuid.uuid5(SHEET_IDS, f"sheet:{digest}"))
        stamp: dict[str, Any] = {"by": by, "at": now or utc_now()}
        table, body = tables.sheet, tables.raw_body
        with self._database.writing() as connection:
            held = _sheets(connection, table.c.id == sheet_id)
            if held:
                return held[0]
            if connection.scalar(sa.select(body.c.seq).where(body.c.sha256 == digest)) is None:
                connection.execute(
                    sa.insert(body).values(sha256=digest, size=len(content), compressed=compressed, **stamp)
                )
            values = {"id": sheet_id, "sha256": digest, "name": name[-200:] or "sheet", "size": len(content)}
            connection.execute(sa.insert(table).values(**values, **stamp))
            return _sheets(connection, table.c.id == sheet_id)[0]

    def sheet_bytes(self, sheet: str) -> bytes:
        """A kept file as it was uploaded, checked against its hash."""
        table, body = tables.sheet, tables.raw_body
        with self._database.reading() as connection:
            row = connection.execute(
                sa.select(body.c.sha256, body.c.compressed)
                .join(table, table.c.sha256 == body.c.sha256)
                .where(table.c.id == sheet)
            ).first()
        if row is None:
            raise NotThere(f"there is no sheet {sheet}")
        try:
            content = zlib.decompress(row.compressed)
        except zlib.error:
            content = b""
        if hashlib.sha256(content).hexdigest() != row.sha256:
            raise StoreError(f"the kept sheet {sheet} is damaged")
        return content

    def remember_sheet_mapping(
        self, headers: str, mapping: SheetMapping, *, name: str = "", by: str, now: datetime | None = None
    ) -> bool:
        """Keep what the columns of sheets with these headings mean; False if just that is kept. The latest counts."""
        if self.sheet_mapping(headers) == mapping:
            return False
        self._add_mapping(str(uuid.uuid4()), headers, name, mapping.as_dict(), by=by, now=now)
        return True

    def sheet_mapping(self, headers: str) -> SheetMapping | None:
        """What was said last about sheets with these headings; None if nothing was, or it cannot be read any more."""
        table = tables.sheet_mapping
        with self._database.reading() as connection:
            row = connection.execute(
                sa.select(table).where(table.c.headers == headers).order_by(table.c.seq.desc()).limit(1)
            ).first()
        if row is None:
            return None
        try:
            return SheetMapping.from_dict(row.mapping)
        except ValueError:  # written by a later version
            return None

    def _add_mapping(
        self, fact: str, headers: str, name: str, document: Mapping[str, Any], *, by: str, now: datetime | None
    ) -> bool:
        table = tables.sheet_mapping
        with self._database.writing() as connection:
            if connection.scalar(sa.select(table.c.seq).where(table.c.id == fact)) is not None:
                return False
            connection.execute(
                sa.insert(table).values(
                    id=fact, headers=headers, name=name, mapping=dict(document), by=by, at=now or utc_now()
                )
            )
        return True

    def sheet_imports(self) -> tuple[SheetImport, ...]:
        """Every import, in the order they were made, the undone ones too."""
        table = tables.sheet_mapping
        with self._database.reading() as connection:
            kept = {sheet.id: sheet for sheet in _sheets(connection, sa.true())}
            undone = {
                row.headers.removeprefix(UNDO): row
                for row in connection.execute(
                    sa.select(table).where(table.c.headers.startswith(UNDO, autoescape=True)).order_by(table.c.seq)
                )
            }
            rows = connection.execute(
                sa.select(table).where(table.c.headers.startswith(IMPORT, autoescape=True)).order_by(table.c.seq)
            ).all()
        return tuple(_import(row, kept[row.mapping["sheet"]], undone.get(row.id)) for row in rows)


def _sheets(connection: Connection, where: sa.ColumnElement[bool]) -> tuple[KeptSheet, ...]:
    table = tables.sheet
    return tuple(
        KeptSheet(id=row.id, name=row.name, sha256=row.sha256, size=row.size, by=row.by, at=row.at)
        for row in connection.execute(sa.select(table).where(where).order_by(table.c.seq))
    )


def _import(row: sa.Row[Any], sheet: KeptSheet, undone: sa.Row[Any] | None) -> SheetImport:
    document = row.mapping
    return SheetImport(
        id=row.id,
        sheet=sheet,
        mapping=SheetMapping.from_dict(document["mapping"]),
        state=document["state"],
        studies=tuple(document["studies"]),
        matched=dict(document["matched"]),
        results=tuple(document["results"]),
        trials=tuple(document.get("trials", ())),
        trial_answers=dict(document.get("trial_answers", {})),
        made=frozenset(document.get("made", ())),
        counts=dict(document["counts"]),
        by=row.by,
        at=row.at,
        undone_by="" if undone is None else undone.by,
        undone_at=None if undone is None else undone.at,
        undone_because="" if undone is None else str(undone.mapping["reason"]),
    )
