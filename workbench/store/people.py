"""Who works on the review, and where each of them left off."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from workbench.store import tables
from workbench.store.base import Part, utc_now
from workbench.store.errors import StoreError
from workbench.store.values import SYSTEM, Reviewer


class People(Part):
    """Reviewers and their preferences; the latest word stands."""

    def add_reviewer(self, reviewer: Reviewer, *, by: str = SYSTEM, now: datetime | None = None) -> None:
        """Record a reviewer, or a change of their role or display name."""
        if not reviewer.name.strip():
            raise StoreError("a reviewer needs a name")
        with self._database.writing() as connection:
            if reviewer in known_reviewers(connection):
                return
            connection.execute(
                sa.insert(tables.reviewer).values(
                    name=reviewer.name, role=reviewer.role, display=reviewer.display, by=by, at=now or utc_now()
                )
            )

    def reviewers(self) -> tuple[Reviewer, ...]:
        """All reviewers, in the order they joined."""
        with self._database.reading() as connection:
            return known_reviewers(connection)

    def set_preference(self, reviewer: str, key: str, value: Any, *, now: datetime | None = None) -> None:
        """Keep a setting or a cursor of one reviewer (plain data), so that it survives a reload of the browser."""
        table = tables.preference
        with self._database.writing() as connection:
            connection.execute(
                sa.insert(table).values(reviewer=reviewer, key=key, value=value, by=reviewer, at=now or utc_now())
            )

    def preference(self, reviewer: str, key: str, default: Any = None) -> Any:
        """The latest value of a reviewer's setting; `default` if none was ever kept."""
        table = tables.preference
        with self._database.reading() as connection:
            row = connection.execute(
                sa.select(table.c.value)
                .where(table.c.reviewer == reviewer, table.c.key == key)
                .order_by(table.c.seq.desc())
                .limit(1)
            ).first()
        return default if row is None else row.value

    def bind_review(self, key: str, *, by: str = SYSTEM, now: datetime | None = None) -> None:
        """Say which review this database holds; refused if it is another one's (a database holds one review)."""
        table = tables.review
        with self._database.writing() as connection:
            held = connection.scalar(sa.select(table.c.key).order_by(table.c.seq).limit(1))
            if held is None:
                connection.execute(sa.insert(table).values(key=key, by=by, at=now or utc_now()))
            elif held != key:
                raise StoreError(
                    f"{self._database.name} holds the review {held!r}, not {key!r}: "
                    "give each review a database of its own"
                )


def known_reviewers(connection: sa.Connection) -> tuple[Reviewer, ...]:
    table = tables.reviewer
    found: dict[str, Reviewer] = {}
    for row in connection.execute(sa.select(table).order_by(table.c.seq)):
        found[row.name] = Reviewer(name=row.name, role=row.role, display=row.display)
    return tuple(found.values())
