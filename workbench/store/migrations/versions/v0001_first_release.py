"""The tables of the first release, and the triggers that keep facts as they were recorded."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
FACTS = (
    *("review", "reviewer", "preference", "search", "search_end", "raw_body", "raw_answer"),
    *("record", "record_version", "found", "presence", "duplicate_link", "unsure_pair", "decision"),
    *("study", "study_label", "study_report", "result", "form", "extraction"),
)


def upgrade() -> None:
    """Make every table, then forbid changing and deleting facts."""
    _facts("review", _text("key"), sa.UniqueConstraint("key", name="uq_review_key"))
    _facts("reviewer", _text("name"), _text("role"), _text("display"))
    _facts("preference", _text("reviewer"), _text("key"), _text("value"), index=[("reviewer", "key")])
    _searches()
    _records()
    _duplicates()
    _facts(
        "decision",
        _text("id"),
        _record(),
        _text("stage"),
        _text("reviewer"),
        _text("verdict", nullable=True),
        _text("reason", nullable=True),
        _text("indications"),
        _text("note"),
        sa.Column("decided_at", TIME, nullable=False),
        sa.Column("resolution", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.UniqueConstraint("id", name="uq_decision_id"),
        _to_record("decision"),
        who_and_when=False,
        index=[("record", "stage")],
    )
    _studies()
    op.create_table(
        "job_lock",
        _text("name"),
        _text("holder"),
        _text("host"),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        _text("process"),
        _text("token"),
        sa.Column("taken_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_job_lock"),
    )
    _keep_facts()


def _searches() -> None:
    _facts(
        "search",
        _text("strategy"),
        _text("indication", nullable=True),
        _text("source"),
        _text("query"),
        index=[("strategy",)],
    )
    _facts(
        "search_end",
        sa.Column("search", SEQUENCE, nullable=False),
        _text("status"),
        _text("translation"),
        sa.Column("count", sa.BigInteger()),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("new", "changed", "withdrawn", "retracted")),
        sa.Column("requests", sa.Integer(), nullable=False),
        _text("error"),
        sa.UniqueConstraint("search", name="uq_search_end_search"),
        _to_search("search_end"),
    )
    _facts(
        "raw_body",
        _text("sha256"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("compressed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("sha256", name="uq_raw_body_sha256"),
    )
    _facts(
        "raw_answer",
        sa.Column("search", SEQUENCE, nullable=False),
        _text("kind"),
        _text("sha256"),
        _text("requested"),
        _to_search("raw_answer"),
        sa.ForeignKeyConstraint(["sha256"], ["raw_body.sha256"], name="fk_raw_answer_sha256"),
        index=[("search",)],
    )


def _records() -> None:
    _facts("record", _text("key"), _text("source"), sa.UniqueConstraint("key", name="uq_record_key"))
    _facts(
        "record_version",
        _record(),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("hash"),
        sa.Column("search", SEQUENCE),
        _text("raw_sha256", nullable=True),
        _text("pmid", nullable=True),
        _text("doi", nullable=True),
        sa.Column("year", sa.Integer()),
        _text("title"),
        sa.Column("retracted", sa.Boolean(), nullable=False),
        _text("folded"),
        _text("content"),
        sa.UniqueConstraint("record", "number", name="uq_record_version_record_number"),
        _to_record("record_version"),
        _to_search("record_version"),
        index=[("pmid",), ("doi",), ("year",), ("search",)],
    )
    _facts(
        "found",
        _record(),
        sa.Column("search", SEQUENCE, nullable=False),
        _text("strategy"),
        _text("indication", nullable=True),
        sa.UniqueConstraint("record", "strategy", name="uq_found_record_strategy"),
        _to_record("found"),
        _to_search("found"),
        index=[("strategy",), ("indication", "record")],
    )
    _facts(
        "presence",
        _record(),
        sa.Column("search", SEQUENCE, nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        _to_record("presence"),
        _to_search("presence"),
        index=[("record",), ("search",)],
    )


def _duplicates() -> None:
    _facts(
        "duplicate_link",
        _record("first"),
        _record("second"),
        sa.Column("linked", sa.Boolean(), nullable=False),
        _text("reasons"),
        _to_record("duplicate_link", "first"),
        _to_record("duplicate_link", "second"),
        index=[("first",), ("second",)],
    )
    _facts(
        "unsure_pair",
        _record("first"),
        _record("second"),
        _text("reasons"),
        sa.UniqueConstraint("first", "second", name="uq_unsure_pair_first_second"),
        _to_record("unsure_pair", "first"),
        _to_record("unsure_pair", "second"),
    )


def _studies() -> None:
    _facts("study", _text("id"), _text("label"), sa.UniqueConstraint("id", name="uq_study_id"))
    _facts("study_label", _text("study"), _text("label"), _to_study("study_label"), index=[("study",)])
    _facts(
        "study_report",
        _text("study"),
        _record(),
        sa.Column("linked", sa.Boolean(), nullable=False),
        _to_study("study_report"),
        _to_record("study_report"),
        index=[("study",), ("record",)],
    )
    _facts(
        "result",
        _text("id"),
        _text("study"),
        _text("form"),
        _text("indication", nullable=True),
        _text("label"),
        sa.UniqueConstraint("id", name="uq_result_id"),
        _to_study("result"),
        index=[("study",)],
    )
    _facts(
        "form",
        _text("form"),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("content"),
        sa.UniqueConstraint("form", "version", name="uq_form_form_version"),
    )
    _facts(
        "extraction",
        _text("id"),
        _text("study"),
        _text("result"),
        _text("form"),
        sa.Column("form_version", sa.Integer(), nullable=False),
        _text("extractor"),
        _text("answers"),
        _text("state"),
        _text("role"),
        _text("note"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.UniqueConstraint("id", name="uq_extraction_id"),
        sa.UniqueConstraint(
            "result", "extractor", "role", "revision", name="uq_extraction_result_extractor_role_revision"
        ),
        _to_study("extraction"),
        sa.ForeignKeyConstraint(["result"], ["result.id"], name="fk_extraction_result"),
        who_and_when=False,
        index=[("study",)],
    )


def _facts(
    table: str,
    *parts: sa.Column[Any] | sa.Constraint,
    who_and_when: bool = True,
    index: list[tuple[str, ...]] | None = None,
) -> None:
    """Make a table whose rows are numbered in the order of recording and never change."""
    stamps: list[sa.Column[Any]] = [_text("by"), sa.Column("at", TIME, nullable=False)] if who_and_when else []
    op.create_table(
        table,
        sa.Column("seq", SEQUENCE, autoincrement=True, nullable=False),
        *(part for part in parts if isinstance(part, sa.Column)),
        *stamps,
        sa.PrimaryKeyConstraint("seq", name=f"pk_{table}"),
        *(part for part in parts if isinstance(part, sa.Constraint)),
        sqlite_autoincrement=True,
    )
    for columns in index or []:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _keep_facts() -> None:
    """Let the database itself refuse to change or delete a fact."""
    if op.get_bind().dialect.name == "sqlite":
        for table in FACTS:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f'CREATE TRIGGER keep_{table}_{verb.lower()} BEFORE {verb} ON "{table}" '
                    f"BEGIN SELECT RAISE(ABORT, 'facts are added, never changed: {table}'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION workbench_keep_facts() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'facts are added, never changed: %', TG_TABLE_NAME; END $$"
    )
    for table in FACTS:
        op.execute(
            f'CREATE TRIGGER keep_{table} BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION workbench_keep_facts()"
        )


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _record(name: str = "record") -> sa.Column[str]:
    return _text(name)


def _to_record(table: str, column: str = "record") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["record.key"], name=f"fk_{table}_{column}")


def _to_search(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["search"], ["search.seq"], name=f"fk_{table}_search")


def _to_study(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["study"], ["study.id"], name=f"fk_{table}_study")
