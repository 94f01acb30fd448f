"""Which review a database holds: a random id that the database and the review's folder both keep.

Two reviews from one template look alike; the id tells them apart. The file `review.id` in the folder also says that the
review has had a database: where that is gone, it is missed and not silently made anew.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import uuid
from pathlib import Path

import sqlalchemy as sa

from workbench.store.base import utc_now
from workbench.store.connection import Database
from workbench.store.errors import MissingDatabase, StoreError
from workbench.store.tables import review_id
from workbench.store.values import SYSTEM

ID_FILE = "review.id"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def expect_database(folder: Path, file: Path) -> None:
    """Refuse to make a database in a folder that has had one."""
    if not file.exists() and (folder / ID_FILE).exists():
        raise MissingDatabase(
            f"{file} is missing, though this review has had a database ({ID_FILE} says so). Put back a copy of it; if "
            "the review lives on a server, set WORKBENCH_DATABASE_URL; to begin anew with an empty database, delete "
            f"{folder / ID_FILE}. Nothing was made."
        )


def bind_folder(database: Database, folder: Path, *, in_folder: bool) -> None:
    """See that database and folder belong together; give both an id where they have none yet.

    in_folder: the database is the folder's own file, which needs no proof. A database elsewhere that has an id is
    refused to a folder that has another one, or none. A folder that may not be written stays without an id.
    """
    known, held = _read(folder), _held(database)
    if held is None and known is None and not in_folder:
        known = _write(folder, str(uuid.uuid4()))  # first the file: a database with an id wants to see it
        if known is None:
            return
    if held is None:
        held = _claim(database, known or str(uuid.uuid4()))
    if known is None and in_folder:
        known = _write(folder, held) or held
    if known is None:
        raise StoreError(
            f"{database.name} holds a review already (id {held}), and nothing says that it is the one in {folder}. "
            f"If it is, copy the file {ID_FILE} from the folder it was begun in to this one, or write that id into "
            f"{folder / ID_FILE}. If it is not, give this review a database of its own."
        )
    if known != held:
        raise StoreError(
            f"{database.name} holds another review (id {held}) than the folder {folder} (id {known}): "
            "give each review a database of its own"
        )


def _held(database: Database) -> str | None:
    with database.reading() as connection:
        found = connection.scalar(sa.select(review_id.c.id).order_by(review_id.c.seq).limit(1))
    return None if found is None else str(found)


def _claim(database: Database, wanted: str) -> str:
    """Give the database its id; the one that somebody else gave it in the meantime stands."""
    with database.writing() as connection:
        held = connection.scalar(sa.select(review_id.c.id).order_by(review_id.c.seq).limit(1))
        if held is None:
            connection.execute(sa.insert(review_id).values(id=wanted, by=SYSTEM, at=utc_now()))
        return wanted if held is None else str(held)


def _read(folder: Path) -> str | None:
    file = folder / ID_FILE
    try:
        with file.open("rb") as opened:
            text = opened.read(200).decode("ascii", "replace").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{file} cannot be read ({error.strerror or error})") from error
    if not _ID.fullmatch(text):
        raise StoreError(f"{file} does not hold a review's id (36 characters): put back the file as it was")
    return text


def _write(folder: Path, text: str) -> str | None:
    """Lay the file down whole, never over another one; gives the id that stands, None where nothing can be written."""
    file = folder / ID_FILE
    part: str | None = None
    try:
        handle, part = tempfile.mkstemp(prefix=f".{ID_FILE}-", dir=folder)
        with os.fdopen(handle, "w", encoding="ascii") as opened:
            opened.write(text + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        Path(part).chmod(0o644)
        with contextlib.suppress(FileExistsError):
            _link(Path(part), file)
    except OSError:
        return _read(folder)
    finally:
        if part is not None:
            Path(part).unlink(missing_ok=True)
    return _read(folder)


def _link(part: Path, file: Path) -> None:
    try:
        os.link(part, file)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        with file.open("x", encoding="ascii") as opened:
            opened.write(part.read_text(encoding="ascii"))
