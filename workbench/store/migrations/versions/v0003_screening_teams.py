"""What screening in a team needs: settings made in the browser, samples, signed stops, labels, discussion, full texts.

And who looks at which report at this moment (`desk`, which is no fact). Rows of earlier versions stay as they are: no
earlier decision was one of many at once.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
NEW_FACTS = (
    "review_setting",
    "sample",
    "sample_end",
    "stop",
    "stop_lifted",
    "label",
    "remark",
    "retrieval",
    "full_text",
    "full_text_removed",
)


def upgrade() -> None:
    """Add the column and the tables, and let the database refuse to change what the new tables hold."""
    op.add_column("decision", sa.Column("batch", sa.Text(), nullable=True))
    op.create_index("ix_decision_batch", "decision", ["batch"])
    _facts("review_setting", _text("key"), _text("value"), index=[("key",)])
    _facts(
        "sample",
        _text("id"),
        _text("purpose"),
        _text("stage"),
        _text("records"),
        sa.Column("unread", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        _text("reviewers"),
        _text("note"),
        sa.UniqueConstraint("id", name="uq_sample_id"),
    )
    _facts(
        "sample_end",
        _text("sample"),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        _text("reason"),
        sa.UniqueConstraint("sample", name="uq_sample_end_sample"),
        sa.ForeignKeyConstraint(["sample"], ["sample.id"], name="fk_sample_end_sample"),
    )
    _facts(
        "stop",
        _text("id"),
        _text("stage"),
        sa.Column("indication", sa.Text(), nullable=True),
        _text("records"),
        _text("signed"),
        _text("reason"),
        _text("evidence"),
        sa.UniqueConstraint("id", name="uq_stop_id"),
    )
    _facts(
        "stop_lifted",
        _text("stop"),
        _text("reason"),
        sa.UniqueConstraint("stop", name="uq_stop_lifted_stop"),
        sa.ForeignKeyConstraint(["stop"], ["stop.id"], name="fk_stop_lifted_stop"),
    )
    _facts(
        "label",
        _text("record"),
        _text("label"),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["record"], ["record.key"], name="fk_label_record"),
        index=[("record",)],
    )
    _facts(
        "remark",
        _text("id"),
        _text("record"),
        _text("stage"),
        _text("text"),
        sa.UniqueConstraint("id", name="uq_remark_id"),
        sa.ForeignKeyConstraint(["record"], ["record.key"], name="fk_remark_record"),
        index=[("record",)],
    )
    _facts(
        "retrieval",
        _text("record"),
        _text("status"),
        _text("note"),
        sa.ForeignKeyConstraint(["record"], ["record.key"], name="fk_retrieval_record"),
        index=[("record",)],
    )
    _facts(
        "full_text",
        _text("id"),
        _text("record"),
        _text("sha256"),
        _text("name"),
        _text("media_type"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("id", name="uq_full_text_id"),
        sa.ForeignKeyConstraint(["record"], ["record.key"], name="fk_full_text_record"),
        sa.ForeignKeyConstraint(["sha256"], ["raw_body.sha256"], name="fk_full_text_sha256"),
        index=[("record",)],
    )
    _facts(
        "full_text_removed",
        _text("full_text"),
        _text("reason"),
        sa.UniqueConstraint("full_text", name="uq_full_text_removed_full_text"),
        sa.ForeignKeyConstraint(["full_text"], ["full_text.id"], name="fk_full_text_removed_full_text"),
    )
    op.create_table(
        "desk",
        _text("reviewer"),
        _text("stage"),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("since", TIME, nullable=False),
        sa.PrimaryKeyConstraint("reviewer", "stage", name="pk_desk"),
        sa.ForeignKeyConstraint(["record"], ["record.key"], name="fk_desk_record"),
    )
    _keep_facts()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _facts(table: str, *parts: sa.Column[Any] | sa.Constraint, index: list[tuple[str, ...]] | None = None) -> None:
    op.create_table(
        table,
        sa.Column("seq", SEQUENCE, autoincrement=True, nullable=False),
        *(part for part in parts if isinstance(part, sa.Column)),
        _text("by"),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=f"pk_{table}"),
        *(part for part in parts if isinstance(part, sa.Constraint)),
        sqlite_autoincrement=True,
    )
    for columns in index or []:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _keep_facts() -> None:
    for table in NEW_FACTS:
        if op.get_bind().dialect.name == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f'CREATE TRIGGER keep_{table}_{verb.lower()} BEFORE {verb} ON "{table}" '
                    f"BEGIN SELECT RAISE(ABORT, 'facts are added, never changed: {table}'); END"
                )
        else:
            op.execute(
                f'CREATE TRIGGER keep_{table} BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" '
                "FOR EACH STATEMENT EXECUTE FUNCTION workbench_keep_facts()"
            )
