"""The schema's versions: a database made by an older workbench is brought up to date when it is opened.

One process migrates at a time, in one transaction; the others wait for it and find the work done. Before an SQLite
file that holds a review is migrated, a copy is laid beside it. PostgreSQL databases are backed up by whoever runs the
server.
"""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from workbench.store.connection import Database
from workbench.store.errors import DiskFull, NewerSchema, StoreError

MIGRATIONS = Path(__file__).parent / "migrations"


def config(scripts: Path = MIGRATIONS) -> Config:
    """Point Alembic at the migrations that came with the package."""
    found = Config()
    found.set_main_option("script_location", str(scripts).replace("%", "%%"))
    found.set_main_option("path_separator", "os")
    return found


def current_revision(connection: Connection) -> str | None:
    """The schema version of a database; None if it holds no review yet."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return MigrationContext.configure(connection).get_current_revision()


def migrate(database: Database, *, scripts: Path = MIGRATIONS, now: datetime | None = None) -> Path | None:
    """Bring a database to this version's schema; give the path of the copy that was laid beside an older file.

    A schema that this version does not know is refused with `NewerSchema`, and nothing is touched.
    """
    settings = config(scripts)
    directory = ScriptDirectory.from_config(settings)
    head = directory.get_current_head()
    known = {script.revision for script in directory.walk_revisions()}
    with database.reading() as connection:
        if _checked(current_revision(connection), known, database) == head:
            return None
    backup = None
    with database.writing() as connection:
        revision = _checked(current_revision(connection), known, database)  # another process may have been quicker
        if revision == head:
            return None
        if revision is not None and database.is_sqlite:
            backup = _copy(Path(str(database.url.database)), revision, now or datetime.now(UTC))
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
    return backup


def _checked(revision: str | None, known: set[str], database: Database) -> str | None:
    if revision is not None and revision not in known:
        raise NewerSchema(
            f"{database.name} was made by a newer version of the workbench (schema {revision}); "
            "install that version to work on this review. Nothing was changed."
        )
    return revision


def _copy(file: Path, revision: str, now: datetime) -> Path:
    """Copy an SQLite file, with what is still in its write-ahead log, and check the copy."""
    stem = f"{file.stem}-before-migration-from-{revision}-{now:%Y%m%dT%H%M%SZ}"
    target = file.with_name(f"{stem}{file.suffix}")
    number = 1
    while target.exists():
        number += 1
        target = file.with_name(f"{stem}-{number}{file.suffix}")
    part = target.with_name(target.name + ".part")
    try:
        source, copy = sqlite3.connect(file), sqlite3.connect(part)
        try:
            source.backup(copy)
            fault = copy.execute("PRAGMA quick_check").fetchone()[0]
        finally:
            copy.close()
            source.close()
        if fault != "ok":
            raise StoreError(f"the copy of {file} is not sound ({fault}); nothing was migrated")
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        part.replace(target)
    except (sqlite3.Error, OSError) as error:
        raise DiskFull(
            f"{file} is from an older version and is backed up before it is migrated, but the copy failed ({error}). "
            "Nothing was changed; make room beside it and open the review again."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return target
