"""What refreshes that can be trusted need: kinds of searches, remarks, citation leads, seen alerts, a review's own id.
And for duplicates: words on a pair that were taken back.

Rows of earlier versions stay as they are: a search without a kind was one of a database, an entry without remarks
has none (what such an entry of a complete run says under `error` is read as its remarks), and no word was taken back.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
NEW_FACTS = ("citation_lead", "alert_seen", "review_id")


def upgrade() -> None:
    """Add the columns and the tables, and let the database refuse to change what the new tables hold."""
    op.add_column("search", _text("kind", default="database"))
    op.add_column("search_end", _text("remarks", default=""))
    op.add_column("job_lock", _text("doing", default=""))
    op.add_column("duplicate_link", sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("duplicate_link", sa.Column("undoes", SEQUENCE, nullable=True))
    _facts(
        "citation_lead",
        _text("record"),
        _text("seed"),
        _text("link"),
        sa.Column("search", SEQUENCE, nullable=False),
        sa.UniqueConstraint("record", "seed", "link", name="uq_citation_lead_record_seed_link"),
        sa.ForeignKeyConstraint(["record"], ["record.key"], name="fk_citation_lead_record"),
        sa.ForeignKeyConstraint(["seed"], ["record.key"], name="fk_citation_lead_seed"),
        sa.ForeignKeyConstraint(["search"], ["search.seq"], name="fk_citation_lead_search"),
        index=[("seed",), ("search",)],
    )
    _facts(
        "alert_seen",
        _text("record"),
        _text("kind"),
        _text("marks"),
        sa.Column("seen", sa.Boolean(), nullable=False),
        _text("note"),
        sa.ForeignKeyConstraint(["record"], ["record.key"], name="fk_alert_seen_record"),
        index=[("record",)],
    )
    _facts("review_id", _text("id"), sa.UniqueConstraint("id", name="uq_review_id_id"))
    _keep_facts()


def _text(name: str, *, default: str | None = None) -> sa.Column[str]:
    given = None if default is None else sa.text(f"'{default}'")
    return sa.Column(name, sa.Text(), nullable=False, server_default=given)


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
