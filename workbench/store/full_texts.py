"""Full texts: whether they could be had, and the files.

The latest word on a report is what stands. A file speaks for itself: while one is there the report is to be had,
whatever was said before. The bytes of a file are kept once, however many reports it belongs to.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workbench.full_texts import FullTextError, kind_of, tidy_name
from workbench.prisma import NOT_RETRIEVED
from workbench.screening import Stage, State, exclusion_reason
from workbench.store import tables
from workbench.store.base import Part, chunks, utc_now
from workbench.store.errors import NotThere, StoreError
from workbench.store.records import LATEST
from workbench.store.screening_values import FullText, Retrieval, RetrievalStatus
from workbench.store.standing import Standing
from workbench.store.tables import storable
from workbench.store.values import Event

SoughtState = Literal["waiting", "requested", "retrieved", "not retrieved"]
SOUGHT_STATES: tuple[SoughtState, ...] = get_args(SoughtState)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """One report whose full text is sought, and where that stands; every one is in one of the four states."""

    report: str
    state: SoughtState
    word: Retrieval | None  # the latest, if anybody said one
    files: tuple[FullText, ...]
    settled: bool  # the review has decided on the full text


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedText:
    """A file that was taken away: by whom, when and why. Its bytes are kept."""

    text: FullText
    reason: str
    by: str
    at: datetime


class FullTexts(Part):
    """Files and words name a record; they count for the report the record belongs to, also after a later merge."""

    # --- files ----------------------------------------------------------------------------------------------------

    def add_full_text(
        self,
        text_id: str,
        report: str,
        name: str,
        media_type: str,
        content: bytes,
        *,
        by: str,
        now: datetime | None = None,
    ) -> FullText:
        """Keep a file as a full text of a report; the same file again for one report gives the one that is there.

        name: as it was uploaded. A word that the full text could not be had is taken back. Refused (StoreError): what
        is no full text, a media type that is not what the bytes tell, an id that was used for another file.
        """
        try:
            kind = kind_of(content)
        except FullTextError as error:
            raise StoreError(f"{tidy_name(name)} was not taken. {error}") from error
        if media_type != kind.media_type:
            raise StoreError(f"{tidy_name(name)} was not taken. It is no {media_type}, but looks like {kind.name}.")
        digest, compressed = hashlib.sha256(content).hexdigest(), zlib.compress(content, 6)  # before anybody waits
        stamp: dict[str, Any] = {"by": by, "at": now or utc_now()}
        table, body = tables.full_text, tables.raw_body
        with self._database.writing() as connection:
            self._need_records(connection, (report,))
            with self._current(connection) as standing:
                key, members = standing.report_key(report), standing.members(report)
            held = [text for text in _texts(connection, table.c.record.in_(members)) if text.sha256 == digest]
            if held:
                return _under(held[0], key)
            if connection.scalar(sa.select(table.c.seq).where(table.c.id == text_id)) is not None:
                raise StoreError(f"the id {text_id} belongs to another file, or to one that was removed")
            if connection.scalar(sa.select(body.c.seq).where(body.c.sha256 == digest)) is None:
                connection.execute(
                    sa.insert(body).values(sha256=digest, size=len(content), compressed=compressed, **stamp)
                )
            values = {"id": text_id, "name": tidy_name(name), "media_type": media_type, "size": len(content)}
            connection.execute(sa.insert(table).values(record=report, sha256=digest, **values, **stamp))
            word = _latest_word(connection, members)
            if word is not None and word.status == "not_retrieved":
                note = f"a file arrived: {tidy_name(name)}"
                connection.execute(sa.insert(tables.retrieval).values(record=report, status="open", note=note, **stamp))
            return _under(_texts(connection, table.c.id == text_id)[0], key)

    def full_texts(self, report: str | None = None) -> tuple[FullText, ...]:
        """The files of one report (by any of its records) or of all, in the order they came; not the removed ones."""
        with self._database.reading() as connection, self._current(connection) as standing:
            where = sa.true() if report is None else tables.full_text.c.record.in_(standing.members(report))
            return tuple(_under(text, standing.report_key(text.report)) for text in _texts(connection, where))

    def full_text(self, text_id: str) -> FullText:
        """One file, also a removed one."""
        with self._database.reading() as connection, self._current(connection) as standing:
            found = _texts(connection, tables.full_text.c.id == text_id, removed=True)
            if not found:
                raise NotThere(f"there is no full text {text_id}")
            return _under(found[0], standing.report_key(found[0].report))

    def full_text_bytes(self, text_id: str) -> bytes:
        """The file as it was uploaded, checked against its hash; also of a removed one."""
        table, body = tables.full_text, tables.raw_body
        with self._database.reading() as connection:
            row = connection.execute(
                sa.select(body.c.sha256, body.c.compressed)
                .join(table, table.c.sha256 == body.c.sha256)
                .where(table.c.id == text_id)
            ).first()
        if row is None:
            raise NotThere(f"there is no full text {text_id}")
        try:
            content = zlib.decompress(row.compressed)
        except zlib.error:
            content = b""
        if hashlib.sha256(content).hexdigest() != row.sha256:
            raise StoreError(f"the kept full text {text_id} is damaged")
        return content

    def remove_full_text(self, text_id: str, *, reason: str, by: str, now: datetime | None = None) -> bool:
        """Record that a file is no full text of its report; False if that was recorded before. Add it again to undo."""
        if not reason.strip():
            raise StoreError("say why the file is taken away, such as: the supplement, not the article")
        table, removed = tables.full_text, tables.full_text_removed
        with self._database.writing() as connection:
            if connection.scalar(sa.select(table.c.seq).where(table.c.id == text_id)) is None:
                raise NotThere(f"there is no full text {text_id}")
            if connection.scalar(sa.select(removed.c.seq).where(removed.c.full_text == text_id)) is not None:
                return False
            connection.execute(
                sa.insert(removed).values(full_text=text_id, reason=reason.strip(), by=by, at=now or utc_now())
            )
        return True

    def removed_full_texts(self, report: str) -> tuple[RemovedText, ...]:
        """The files of a report that were taken away, oldest first."""
        removed = tables.full_text_removed
        with self._database.reading() as connection, self._current(connection) as standing:
            members = standing.members(report)
            texts = {text.id: text for text in _texts(connection, tables.full_text.c.record.in_(members), removed=True)}
            rows = connection.execute(
                sa.select(removed).where(removed.c.full_text.in_(list(texts))).order_by(removed.c.seq)
            )
            key = standing.report_key(report)
            return tuple(
                RemovedText(text=_under(texts[row.full_text], key), reason=row.reason, by=row.by, at=row.at)
                for row in rows
            )

    # --- words ----------------------------------------------------------------------------------------------------

    def set_retrieval(
        self, report: str, status: RetrievalStatus, note: str = "", *, by: str, now: datetime | None = None
    ) -> bool:
        """Record whether a full text could be had; False where just that stands already."""
        return self.set_retrievals((report,), status, note, by=by, now=now) == 1

    def set_retrievals(
        self, reports: Sequence[str], status: RetrievalStatus, note: str = "", *, by: str, now: datetime | None = None
    ) -> int:
        """Record one word on many reports, all or none; gives for how many it was news.

        not_retrieved: the note says what was tried, and must. A report with a file is to be had: it is refused.
        """
        if status not in get_args(RetrievalStatus):
            raise StoreError(f"a full text is {', '.join(get_args(RetrievalStatus))}, not {status!r}")
        note = storable(note.strip())
        if status == "not_retrieved" and not note:
            raise StoreError("say what was tried before a full text counts as not to be had")
        stamp: dict[str, Any] = {"by": by, "at": now or utc_now()}
        with self._database.writing() as connection:
            self._need_records(connection, reports)
            with self._current(connection) as standing:
                keys = {standing.report_key(report): standing.members(report) for report in reports}
                words = _words(connection, standing, keys)
                texts = _texts_by_report(connection, standing, keys) if status == "not_retrieved" else {}
            with_file = [key for key in keys if texts.get(key)]
            if with_file:
                raise StoreError(
                    f"there is a file with the full text of {', '.join(with_file[:5])}: it is to be had. "
                    "Take the file away first if it is not the full text."
                )
            news = [key for key in keys if _is_news(words.get(key), status, note)]
            rows = [{"record": key, "status": status, "note": note, **stamp} for key in news]
            if rows:
                connection.execute(sa.insert(tables.retrieval), rows)
        return len(news)

    def retrievals(self) -> dict[str, Retrieval]:
        """The latest word on each report's full text; reports about which nobody said one are left out."""
        with self._database.reading() as connection, self._current(connection) as standing:
            return _words(connection, standing, None)

    def retrieval_words(self, report: str) -> tuple[Retrieval, ...]:
        """All that was said on whether a report's full text could be had, oldest first."""
        with self._database.reading() as connection, self._current(connection) as standing:
            members, key = standing.members(report), standing.report_key(report)
            table = tables.retrieval
            rows = connection.execute(sa.select(table).where(table.c.record.in_(members)).order_by(table.c.seq))
            return tuple(_word(row, key) for row in rows)

    # --- what is sought -------------------------------------------------------------------------------------------

    def sought(self, *, reviewers_needed: int = 2, reason_order: Sequence[str] = ()) -> dict[str, Sought]:
        """Every report whose full text is sought, in the order they were seen, each in one state.

        Sought: titles and abstracts let it through. Retrieved: a file is there, somebody said so, or it has all
        its votes. Not retrieved: somebody said so and nobody judged it, or it was excluded for that reason. The flow
        counts alike.
        """
        with self._database.reading() as connection, self._current(connection) as standing:
            words = _words(connection, standing, None)
            texts = _texts_by_report(connection, standing, None)
            found = {}
            lost = standing.board(Stage.FULL_TEXT, reviewers_needed).aside & standing.not_retrieved()
            for key in standing.at_stage(Stage.FULL_TEXT, reviewers_needed):
                state = standing.state(Stage.FULL_TEXT, key, reviewers_needed)
                lacking = (
                    state is State.EXCLUDED
                    and exclusion_reason(standing.decisions(Stage.FULL_TEXT, key), order=reason_order) == NOT_RETRIEVED
                ) or key in lost
                settled = state is not State.PENDING and not lacking  # all votes are in, whether or not they agree
                word, files = words.get(key), texts.get(key, ())
                found[key] = Sought(
                    report=key,
                    state=_sought_state(word, files, settled=settled, lacking=lacking),
                    word=word,
                    files=files,
                    settled=settled,
                )
        return found

    def reports_matching(self, reports: Iterable[str], text: str) -> tuple[str, ...]:
        """Those of these reports of which a record holds every word of `text`, in any case; in the order given."""
        words = storable(text).casefold().split()
        wanted = list(dict.fromkeys(reports))
        if not words:
            return tuple(wanted)
        version = tables.record_version
        hits: set[str] = set()
        with self._database.reading() as connection, self._current(connection) as standing:
            members = [member for key in wanted for member in standing.members(key)]
            for part in chunks(members):
                query = sa.select(version.c.record).where(version.c.record.in_(part), LATEST)
                for word in words:
                    query = query.where(version.c.folded.contains(word, autoescape=True))
                hits.update(standing.report_key(key) for key in connection.scalars(query))
        return tuple(key for key in wanted if key in hits)


def full_text_events(connection: Connection, keys: Sequence[str]) -> Iterable[Event]:
    """What was recorded about the full texts of these records, for the audit trail."""
    word, table, removed = tables.retrieval, tables.full_text, tables.full_text_removed
    for row in connection.execute(sa.select(word).where(word.c.record.in_(keys)).order_by(word.c.seq)):
        action = f"full text {row.status.replace('_', ' ')}" if row.status != "open" else "word on full text taken back"
        yield Event(at=row.at, by=row.by, action=action, subject=row.record, detail=row.note)
    for row in connection.execute(sa.select(table).where(table.c.record.in_(keys)).order_by(table.c.seq)):
        data = {"id": row.id, "sha256": row.sha256}
        yield Event(at=row.at, by=row.by, action="full text added", subject=row.record, detail=row.name, data=data)
    query = (
        sa.select(removed, table.c.record, table.c.name)
        .join(table, table.c.id == removed.c.full_text)
        .where(table.c.record.in_(keys))
        .order_by(removed.c.seq)
    )
    for row in connection.execute(query):
        detail = f"{row.name}: {row.reason}"
        yield Event(at=row.at, by=row.by, action="full text removed", subject=row.record, detail=detail)


def _sought_state(word: Retrieval | None, files: Sequence[FullText], *, settled: bool, lacking: bool) -> SoughtState:
    if files or settled:
        return "retrieved"
    if lacking:
        return "not retrieved"
    if word is None or word.status == "open":
        return "waiting"
    return "requested" if word.status == "requested" else "retrieved"


def _is_news(word: Retrieval | None, status: str, note: str) -> bool:
    if word is None:
        return status != "open"
    return (word.status, word.note) != (status, note) and not (status == word.status == "open")


def _word(row: sa.Row[Any], report: str) -> Retrieval:
    return Retrieval(report=report, status=row.status, note=row.note, by=row.by, at=row.at)


def _words(
    connection: Connection, standing: Standing, keys: Mapping[str, Sequence[str]] | None
) -> dict[str, Retrieval]:
    """The latest word on each report: of those named with their records, or of all."""
    table = tables.retrieval
    found: dict[str, tuple[int, Retrieval]] = {}
    for part in _parts(keys):
        query = sa.select(table) if part is None else sa.select(table).where(table.c.record.in_(part))
        for row in connection.execute(query.order_by(table.c.seq)):
            report = standing.report_key(row.record)
            if report not in found or found[report][0] < row.seq:
                found[report] = (row.seq, _word(row, report))
    return {report: word for report, (_, word) in found.items()}


def _latest_word(connection: Connection, members: Sequence[str]) -> Retrieval | None:
    table = tables.retrieval
    query = sa.select(table).where(table.c.record.in_(members)).order_by(table.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else _word(row, row.record)


def _texts_by_report(
    connection: Connection, standing: Standing, keys: Mapping[str, Sequence[str]] | None
) -> dict[str, tuple[FullText, ...]]:
    found: dict[str, list[FullText]] = {}
    for part in _parts(keys):
        where = sa.true() if part is None else tables.full_text.c.record.in_(part)
        for text in _texts(connection, where):
            report = standing.report_key(text.report)
            found.setdefault(report, []).append(_under(text, report))
    return {report: tuple(texts) for report, texts in found.items()}


def _parts(keys: Mapping[str, Sequence[str]] | None) -> Iterable[list[str] | None]:
    return (None,) if keys is None else chunks(member for members in keys.values() for member in members)


def _texts(connection: Connection, where: sa.ColumnElement[bool], *, removed: bool = False) -> tuple[FullText, ...]:
    """Files as they name their records, in the order they came; with or without the removed ones."""
    table, gone = tables.full_text, tables.full_text_removed
    query = sa.select(table).where(where).order_by(table.c.seq)
    if not removed:
        query = query.where(~sa.exists().where(gone.c.full_text == table.c.id))
    return tuple(
        FullText(
            id=row.id,
            report=row.record,
            name=row.name,
            media_type=row.media_type,
            sha256=row.sha256,
            size=row.size,
            by=row.by,
            at=row.at,
        )
        for row in connection.execute(query)
    )


def _under(text: FullText, report: str) -> FullText:
    """The file as one of its report, by the report's key."""
    return replace(text, report=report)
