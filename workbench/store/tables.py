"""The tables as SQLAlchemy Core sees them, and how values get in and out of columns.

Every table but `job_lock` and `desk` holds facts: rows are added, and triggers refuse to change or delete them. `seq`
is the order of recording; as one writer works at a time (see `connection`), it is also the order in which rows became
visible.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from workbench.store.errors import StoreError


class PlainText(TypeDecorator[str]):
    """Text that both engines can hold: a NUL or half a surrogate pair, which PostgreSQL refuses, becomes U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Make the text storable."""
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """Replace what no UTF-8 text column can hold."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        text = "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text)
    return text


class UtcDateTime(TypeDecorator[datetime]):
    """A time with its time zone: given in any, kept and given back in UTC (SQLite itself keeps no time zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn to UTC; for SQLite the zone, then known, is left out."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise StoreError(f"a time without a time zone cannot be recorded: {value.isoformat()}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give it back in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(TypeDecorator[Any]):
    """Plain data as JSON in a text column: ASCII only, so that any string at all survives on both engines."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:  # noqa: ARG002
        """Write JSON; a number that is not finite is refused, as JSON has none."""
        try:
            return json.dumps(value, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise StoreError(f"this cannot be recorded as plain data: {error}") from error

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Read JSON."""
        return None if value is None else json.loads(value)


Sequence = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER can be SQLite's own row number

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _seq() -> Column[int]:
    return Column("seq", Sequence, primary_key=True, autoincrement=True)


def _by() -> Column[str]:
    return Column("by", PlainText, nullable=False)


def _at() -> Column[datetime]:
    return Column("at", UtcDateTime, nullable=False)


def _text(name: str) -> Column[str]:
    return Column(name, PlainText, nullable=False)


def _record(name: str = "record") -> Column[str]:
    return Column(name, PlainText, ForeignKey("record.key"), nullable=False)


review = Table(
    "review", metadata, _seq(), _text("key"), _by(), _at(), UniqueConstraint("key"), sqlite_autoincrement=True
)

review_id = Table(  # tells two reviews of one template apart; the review's folder keeps the same id
    "review_id", metadata, _seq(), _text("id"), _by(), _at(), UniqueConstraint("id"), sqlite_autoincrement=True
)

reviewer = Table(
    "reviewer",
    metadata,
    _seq(),
    _text("name"),
    _text("role"),
    _text("display"),
    _by(),
    _at(),
    sqlite_autoincrement=True,
)

preference = Table(
    "preference",
    metadata,
    _seq(),
    _text("reviewer"),
    _text("key"),
    Column("value", JsonText, nullable=False),
    _by(),
    _at(),
    Index(None, "reviewer", "key"),
    sqlite_autoincrement=True,
)

search = Table(
    "search",
    metadata,
    _seq(),
    _text("strategy"),
    Column("indication", PlainText),
    _text("source"),
    _text("query"),
    Column("kind", PlainText, nullable=False, server_default=text("'database'")),  # see values.SearchKind
    _by(),
    _at(),
    Index(None, "strategy"),
    sqlite_autoincrement=True,
)

search_end = Table(
    "search_end",
    metadata,
    _seq(),
    Column("search", Sequence, ForeignKey("search.seq"), nullable=False),
    _text("status"),
    _text("translation"),
    Column("count", BigInteger),
    Column("new", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("withdrawn", Integer, nullable=False),
    Column("retracted", Integer, nullable=False),
    Column("requests", Integer, nullable=False),
    _text("error"),
    Column("remarks", PlainText, nullable=False, server_default=text("''")),
    _by(),
    _at(),
    UniqueConstraint("search"),
    sqlite_autoincrement=True,
)

raw_body = Table(
    "raw_body",
    metadata,
    _seq(),
    _text("sha256"),
    Column("size", BigInteger, nullable=False),
    Column("compressed", LargeBinary, nullable=False),  # zlib
    _by(),
    _at(),
    UniqueConstraint("sha256"),
    sqlite_autoincrement=True,
)

raw_answer = Table(
    "raw_answer",
    metadata,
    _seq(),
    Column("search", Sequence, ForeignKey("search.seq"), nullable=False),
    _text("kind"),
    Column("sha256", PlainText, ForeignKey("raw_body.sha256"), nullable=False),
    Column("requested", JsonText, nullable=False),
    _by(),
    _at(),
    Index(None, "search"),
    sqlite_autoincrement=True,
)

record = Table(
    "record",
    metadata,
    _seq(),
    _text("key"),
    _text("source"),
    _by(),
    _at(),
    UniqueConstraint("key"),
    sqlite_autoincrement=True,
)

record_version = Table(
    "record_version",
    metadata,
    _seq(),
    _record(),
    Column("number", Integer, nullable=False),
    _text("hash"),
    Column("search", Sequence, ForeignKey("search.seq")),
    Column("raw_sha256", PlainText),
    Column("pmid", PlainText),
    Column("doi", PlainText),
    Column("year", Integer),
    _text("title"),
    Column("retracted", Boolean, nullable=False),
    _text("folded"),  # title, authors, journal, identifiers and abstract in one case, for searching
    Column("content", JsonText, nullable=False),  # Record.as_dict
    _by(),
    _at(),
    UniqueConstraint("record", "number"),
    Index(None, "pmid"),
    Index(None, "doi"),
    Index(None, "year"),
    Index(None, "search"),
    sqlite_autoincrement=True,
)

found = Table(
    "found",
    metadata,
    _seq(),
    _record(),
    Column("search", Sequence, ForeignKey("search.seq"), nullable=False),
    _text("strategy"),
    Column("indication", PlainText),
    _by(),
    _at(),
    UniqueConstraint("record", "strategy"),
    Index(None, "strategy"),
    Index(None, "indication", "record"),
    sqlite_autoincrement=True,
)

presence = Table(  # the source no longer gives a record, or gives it again
    "presence",
    metadata,
    _seq(),
    _record(),
    Column("search", Sequence, ForeignKey("search.seq"), nullable=False),
    Column("present", Boolean, nullable=False),
    _by(),
    _at(),
    Index(None, "record"),
    Index(None, "search"),
    sqlite_autoincrement=True,
)

citation_lead = Table(  # which record of the review led to which other one
    "citation_lead",
    metadata,
    _seq(),
    _record(),
    _record("seed"),
    _text("link"),
    Column("search", Sequence, ForeignKey("search.seq"), nullable=False),
    _by(),
    _at(),
    UniqueConstraint("record", "seed", "link"),
    Index(None, "seed"),
    Index(None, "search"),
    sqlite_autoincrement=True,
)

alert_seen = Table(  # a person took note of what a source says about a record, or took that back
    "alert_seen",
    metadata,
    _seq(),
    _record(),
    _text("kind"),
    Column("marks", JsonText, nullable=False),  # what stood behind the alert when it was seen
    Column("seen", Boolean, nullable=False),
    _text("note"),
    _by(),
    _at(),
    Index(None, "record"),
    sqlite_autoincrement=True,
)

duplicate_link = Table(
    "duplicate_link",
    metadata,
    _seq(),
    _record("first"),
    _record("second"),
    Column("linked", Boolean, nullable=False),  # False: these two are not one report
    Column("withdrawn", Boolean, nullable=False, server_default=false()),  # no word stands: it was taken back
    Column("undoes", Sequence),  # the seq that names the act which this one undoes
    Column("reasons", JsonText, nullable=False),
    _by(),
    _at(),
    Index(None, "first"),
    Index(None, "second"),
    sqlite_autoincrement=True,
)

unsure_pair = Table(
    "unsure_pair",
    metadata,
    _seq(),
    _record("first"),
    _record("second"),
    Column("reasons", JsonText, nullable=False),
    _by(),
    _at(),
    UniqueConstraint("first", "second"),
    sqlite_autoincrement=True,
)

decision = Table(
    "decision",
    metadata,
    _seq(),
    _text("id"),
    _record(),
    _text("stage"),
    _text("reviewer"),
    Column("verdict", PlainText),
    Column("reason", PlainText),
    Column("indications", JsonText, nullable=False),
    _text("note"),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("resolution", Boolean, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("batch", PlainText),  # names the act that decided many reports at once
    UniqueConstraint("id"),
    Index(None, "record", "stage"),
    Index(None, "batch"),
    sqlite_autoincrement=True,
)

review_setting = Table(  # what the team settled in the browser; the review's files say what holds without
    "review_setting",
    metadata,
    _seq(),
    _text("key"),
    Column("value", JsonText, nullable=False),
    _by(),
    _at(),
    Index(None, "key"),
    sqlite_autoincrement=True,
)

sample = Table(  # reports drawn at random: for a calibration round, or to estimate recall
    "sample",
    metadata,
    _seq(),
    _text("id"),
    _text("purpose"),
    _text("stage"),
    Column("records", JsonText, nullable=False),
    Column("unread", BigInteger, nullable=False),  # reports it was drawn from
    Column("found", BigInteger, nullable=False),  # relevant reports known before
    Column("seed", BigInteger, nullable=False),
    Column("reviewers", JsonText, nullable=False),
    _text("note"),
    _by(),
    _at(),
    UniqueConstraint("id"),
    sqlite_autoincrement=True,
)

sample_end = Table(
    "sample_end",
    metadata,
    _seq(),
    Column("sample", PlainText, ForeignKey("sample.id"), nullable=False),
    Column("withdrawn", Boolean, nullable=False),  # True: as if it had never been drawn
    _text("reason"),
    _by(),
    _at(),
    UniqueConstraint("sample"),
    sqlite_autoincrement=True,
)

stop = Table(  # somebody signed that these reports are not going to be read
    "stop",
    metadata,
    _seq(),
    _text("id"),
    _text("stage"),
    Column("indication", PlainText),
    Column("records", JsonText, nullable=False),
    _text("signed"),
    _text("reason"),
    Column("evidence", JsonText, nullable=False),
    _by(),
    _at(),
    UniqueConstraint("id"),
    sqlite_autoincrement=True,
)

stop_lifted = Table(
    "stop_lifted",
    metadata,
    _seq(),
    Column("stop", PlainText, ForeignKey("stop.id"), nullable=False),
    _text("reason"),
    _by(),
    _at(),
    UniqueConstraint("stop"),
    sqlite_autoincrement=True,
)

label = Table(  # a word that a reviewer put on a report for themselves, or took off
    "label",
    metadata,
    _seq(),
    _record(),
    _text("label"),
    Column("given", Boolean, nullable=False),
    _by(),
    _at(),
    Index(None, "record"),
    sqlite_autoincrement=True,
)

remark = Table(  # what is said about a report on which the votes differ
    "remark",
    metadata,
    _seq(),
    _text("id"),
    _record(),
    _text("stage"),
    _text("text"),
    _by(),
    _at(),
    UniqueConstraint("id"),
    Index(None, "record"),
    sqlite_autoincrement=True,
)

retrieval = Table(  # whether the full text of a report could be had
    "retrieval",
    metadata,
    _seq(),
    _record(),
    _text("status"),
    _text("note"),
    _by(),
    _at(),
    Index(None, "record"),
    sqlite_autoincrement=True,
)

full_text = Table(  # a file with the full text of a report; its bytes are a raw_body
    "full_text",
    metadata,
    _seq(),
    _text("id"),
    _record(),
    Column("sha256", PlainText, ForeignKey("raw_body.sha256"), nullable=False),
    _text("name"),
    _text("media_type"),
    Column("size", BigInteger, nullable=False),
    _by(),
    _at(),
    UniqueConstraint("id"),
    Index(None, "record"),
    sqlite_autoincrement=True,
)

full_text_removed = Table(
    "full_text_removed",
    metadata,
    _seq(),
    Column("full_text", PlainText, ForeignKey("full_text.id"), nullable=False),
    _text("reason"),
    _by(),
    _at(),
    UniqueConstraint("full_text"),
    sqlite_autoincrement=True,
)

study = Table(
    "study",
    metadata,
    _seq(),
    _text("id"),
    _text("label"),
    _by(),
    _at(),
    UniqueConstraint("id"),
    sqlite_autoincrement=True,
)


def _study() -> Column[str]:
    return Column("study", PlainText, ForeignKey("study.id"), nullable=False)


study_label = Table(
    "study_label",
    metadata,
    _seq(),
    _study(),
    _text("label"),
    _by(),
    _at(),
    Index(None, "study"),
    sqlite_autoincrement=True,
)

study_report = Table(
    "study_report",
    metadata,
    _seq(),
    _study(),
    _record(),
    Column("linked", Boolean, nullable=False),
    _by(),
    _at(),
    Index(None, "study"),
    Index(None, "record"),
    sqlite_autoincrement=True,
)

result = Table(
    "result",
    metadata,
    _seq(),
    _text("id"),
    _study(),
    _text("form"),
    Column("indication", PlainText),
    _text("label"),
    _by(),
    _at(),
    UniqueConstraint("id"),
    Index(None, "study"),
    sqlite_autoincrement=True,
)

form = Table(
    "form",
    metadata,
    _seq(),
    _text("form"),
    Column("version", Integer, nullable=False),
    _text("content"),
    _by(),
    _at(),
    UniqueConstraint("form", "version"),
    sqlite_autoincrement=True,
)

extraction = Table(
    "extraction",
    metadata,
    _seq(),
    _text("id"),
    _study(),
    Column("result", PlainText, ForeignKey("result.id"), nullable=False),
    _text("form"),
    Column("form_version", Integer, nullable=False),
    _text("extractor"),
    Column("answers", JsonText, nullable=False),
    _text("state"),
    _text("role"),
    _text("note"),
    Column("revision", Integer, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    UniqueConstraint("id"),
    UniqueConstraint("result", "extractor", "role", "revision"),
    Index(None, "study"),
    sqlite_autoincrement=True,
)

study_end = Table(  # a study that was made in error, or its return
    "study_end",
    metadata,
    _seq(),
    _study(),
    Column("ended", Boolean, nullable=False),
    _text("reason"),
    _by(),
    _at(),
    Index(None, "study"),
    sqlite_autoincrement=True,
)

result_end = Table(  # a result that was opened in error, or its return
    "result_end",
    metadata,
    _seq(),
    Column("result", PlainText, ForeignKey("result.id"), nullable=False),
    Column("ended", Boolean, nullable=False),
    _text("reason"),
    _by(),
    _at(),
    Index(None, "result"),
    sqlite_autoincrement=True,
)

appraisal = Table(  # one person's answers to a tool (RoB 2, ...) about one result
    "appraisal",
    metadata,
    _seq(),
    _text("id"),
    _study(),
    Column("result", PlainText, ForeignKey("result.id"), nullable=False),
    _text("tool"),
    Column("tool_version", Integer, nullable=False),
    _text("appraiser"),
    Column("answers", JsonText, nullable=False),
    _text("state"),
    _text("role"),
    _text("note"),
    Column("revision", Integer, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    UniqueConstraint("id"),
    UniqueConstraint("result", "tool", "appraiser", "role", "revision"),
    Index(None, "study"),
    sqlite_autoincrement=True,
)

sheet = Table(  # an extraction sheet as it was brought along; its bytes are a raw_body
    "sheet",
    metadata,
    _seq(),
    _text("id"),
    Column("sha256", PlainText, ForeignKey("raw_body.sha256"), nullable=False),
    _text("name"),
    Column("size", BigInteger, nullable=False),
    _by(),
    _at(),
    UniqueConstraint("id"),
    sqlite_autoincrement=True,
)

sheet_mapping = Table(  # what the columns of sheets with these headers mean
    "sheet_mapping",
    metadata,
    _seq(),
    _text("id"),
    _text("headers"),
    _text("name"),
    Column("mapping", JsonText, nullable=False),
    _by(),
    _at(),
    UniqueConstraint("id"),
    Index(None, "headers"),
    sqlite_autoincrement=True,
)

job_lock = Table(  # not a fact: who is at work now
    "job_lock",
    metadata,
    Column("name", PlainText, primary_key=True),
    _text("holder"),
    _text("host"),
    Column("pid", BigInteger, nullable=False),
    _text("process"),
    _text("token"),
    Column("taken_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("doing", PlainText, nullable=False, server_default=text("''")),  # how far the job is, in words
)

desk = Table(  # not a fact: which report a reviewer has before them now
    "desk",
    metadata,
    Column("reviewer", PlainText, primary_key=True),
    Column("stage", PlainText, primary_key=True),
    Column("record", PlainText, ForeignKey("record.key")),
    Column("since", UtcDateTime, nullable=False),
)

FACTS: tuple[Table, ...] = tuple(table for table in metadata.sorted_tables if table not in (job_lock, desk))
