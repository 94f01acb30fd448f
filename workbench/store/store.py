"""The store as the rest of the workbench sees it."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import URL

from workbench.store.alerts_seen import AlertsSeen
from workbench.store.appraisals import Appraisals
from workbench.store.connection import Database, database_url, file_url
from workbench.store.desk import Desk
from workbench.store.duplicates import Duplicates
from workbench.store.endings import Endings
from workbench.store.errors import StoreError
from workbench.store.full_texts import FullTexts
from workbench.store.history import History
from workbench.store.identity import bind_folder, expect_database
from workbench.store.lists import Lists
from workbench.store.locks import Locks
from workbench.store.people import People
from workbench.store.provenance import Provenance
from workbench.store.records import Records
from workbench.store.remarks import Remarks
from workbench.store.resolutions import Resolutions
from workbench.store.samples import Samples
from workbench.store.schema import migrate
from workbench.store.searches import Searches
from workbench.store.sheets import Sheets
from workbench.store.studies import Studies

DATABASE_URL = "WORKBENCH_DATABASE_URL"
FILE_NAME = "review.db"


class Store(
    Sheets,  # before the parts it uses
    People,
    Searches,
    Records,
    Provenance,
    Duplicates,
    Desk,
    Lists,
    Remarks,
    Resolutions,
    FullTexts,
    Studies,
    Appraisals,
    Endings,
    AlertsSeen,
    Locks,
    History,
    Samples,
):
    """One review's facts, in one database of its own.

    Safe to share between threads; open one a process. Every method is one transaction: what it recorded is on the disk
    when it returns, and nothing of it is there if it raised. Times come back in UTC, with their time zone.
    """

    backup: Path | None = None  # the copy that was made because this opening migrated an older file

    @classmethod
    def open(cls, review_folder: Path) -> Store:
        """Open a review's database: the one WORKBENCH_DATABASE_URL names, else the file review.db in its folder.

        An older schema is brought up to date first (an SQLite file after a copy was made beside it); a newer one is
        refused. The database is made if the review never had one (`workbench.store.identity`); one that is missing is
        missed with `MissingDatabase`, and one that is another review's is refused.
        """
        folder = Path(review_folder)
        if not folder.is_dir():
            raise StoreError(f"there is no review folder {folder}; `workbench init` makes one")
        if address := os.environ.get(DATABASE_URL, "").strip():
            store = cls.at(address)
        else:
            expect_database(folder, folder / FILE_NAME)
            store = cls._at(file_url(folder / FILE_NAME))
        try:
            bind_folder(store._database, folder, in_folder=not address)
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def at(cls, url: str) -> Store:
        """Open the database at an address: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST:PORT/NAME`."""
        return cls._at(database_url(url))

    @classmethod
    def _at(cls, url: URL, *, now: datetime | None = None) -> Store:
        database = Database(url)
        store = cls(database)
        try:
            store.backup = migrate(database, now=now)
        except BaseException:
            database.close()
            raise
        return store

    @property
    def name(self) -> str:
        """What to call the database in a message; never with credentials."""
        return self._database.name

    def close(self) -> None:
        """Give the connections back; the store must not be used afterwards."""
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Store of {self.name}>"
