"""What extraction needs: results and studies opened in error, appraisals of results, sheets that were brought along."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
NEW_FACTS = ("study_end", "result_end", "appraisal", "sheet", "sheet_mapping")


def upgrade() -> None:
    """Add the tables, and let the database refuse to change what they hold."""
    _facts(
        "study_end",
        _text("study"),
        sa.Column("ended", sa.Boolean(), nullable=False),
        _text("reason"),
        sa.ForeignKeyConstraint(["study"], ["study.id"], name="fk_study_end_study"),
        index=[("study",)],
    )
    _facts(
        "result_end",
        _text("result"),
        sa.Column("ended", sa.Boolean(), nullable=False),
        _text("reason"),
        sa.ForeignKeyConstraint(["result"], ["result.id"], name="fk_result_end_result"),
        index=[("result",)],
    )
    op.create_table(
        "appraisal",
        sa.Column("seq", SEQUENCE, autoincrement=True, nullable=False),
        _text("id"),
        _text("study"),
        _text("result"),
        _text("tool"),
        sa.Column("tool_version", sa.Integer(), nullable=False),
        _text("appraiser"),
        _text("answers"),
        _text("state"),
        _text("role"),
        _text("note"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_appraisal"),
        sa.ForeignKeyConstraint(["study"], ["study.id"], name="fk_appraisal_study"),
        sa.ForeignKeyConstraint(["result"], ["result.id"], name="fk_appraisal_result"),
        sa.UniqueConstraint("id", name="uq_appraisal_id"),
        sa.UniqueConstraint(
            "result", "tool", "appraiser", "role", "revision", name="uq_appraisal_result_tool_appraiser_role_revision"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_appraisal_study", "appraisal", ["study"])
    _facts(
        "sheet",
        _text("id"),
        _text("sha256"),
        _text("name"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("id", name="uq_sheet_id"),
        sa.ForeignKeyConstraint(["sha256"], ["raw_body.sha256"], name="fk_sheet_sha256"),
    )
    _facts(
        "sheet_mapping",
        _text("id"),
        _text("headers"),
        _text("name"),
        _text("mapping"),
        sa.UniqueConstraint("id", name="uq_sheet_mapping_id"),
        index=[("headers",)],
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
