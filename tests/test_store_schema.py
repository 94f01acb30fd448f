"""Opening a review's database: addresses, migrations, copies, and what is refused."""

from __future__ import annotations

import re
import shutil
import sqlite3
import traceback
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from tests import store_processes as processes
from tests.postgres_cluster import Cluster
from tests.review_facts import NOW, fill, key
from workbench.store import DiskFull, MissingDatabase, NewerSchema, Store, StoreError
from workbench.store.connection import Database, database_url, explain
from workbench.store.schema import MIGRATIONS, config, current_revision, migrate
from workbench.store.tables import FACTS, alert_seen, citation_lead, metadata, review_id

LATER = '''
"""A later version, for the tests."""

import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "0004"


def upgrade():
    op.create_table("later", sa.Column("seq", sa.Integer, primary_key=True))
    {more}
'''


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """Migrations of a workbench that is one version ahead."""
    return _scripts(tmp_path / "later", "pass")


def _scripts(folder: Path, more: str) -> Path:
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "v9001_later.py").write_text(LATER.format(more=more), encoding="utf-8")
    return folder


def _revision(url: str) -> str | None:
    database = Database(database_url(url))
    try:
        with database.reading() as connection:
            return current_revision(connection)
    finally:
        database.close()


def test_the_migrations_make_the_tables_the_code_works_with(store: Store) -> None:
    with store._database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_opening_again_changes_nothing(empty_url: str) -> None:
    with Store.at(empty_url) as store:
        fill(store, [1])
        assert store.backup is None
    with Store.at(empty_url) as store:
        assert store.counts().records == 1
        assert store.backup is None


def test_several_processes_may_open_a_new_database_at_once(empty_url: str) -> None:
    together = processes.SPAWN.Barrier(3)
    for process in [processes.start(processes.open_at_once, empty_url, together) for _ in range(3)]:
        processes.finish(process)
    with Store.at(empty_url) as store:
        assert len(store.searches()) == 3


def test_an_older_database_is_migrated_and_an_older_program_then_refuses_it(empty_url: str, later: Path) -> None:
    with Store.at(empty_url) as store:
        fill(store, [1, 2])
    database = Database(database_url(empty_url))
    copy = migrate(database, scripts=later)
    database.close()
    assert _revision(empty_url) == "9001"
    if database.is_sqlite:
        assert copy is not None
        assert copy.name.startswith("review-before-migration-from-0004-")
        with Store.at(f"sqlite:///{copy}") as before:
            assert before.counts().records == 2
    else:
        assert copy is None
    with pytest.raises(NewerSchema, match=r"newer version of the workbench \(schema 9001\).*Nothing was changed"):
        Store.at(empty_url)


def test_processes_that_migrate_at_once_do_it_once(empty_url: str, later: Path, tmp_path: Path) -> None:
    with Store.at(empty_url) as store:
        fill(store, range(1, 50))
    together = processes.SPAWN.Barrier(3)
    for process in [processes.start(processes.migrate_at_once, empty_url, later, together) for _ in range(3)]:
        processes.finish(process)
    assert _revision(empty_url) == "9001"
    copies = list(tmp_path.glob("review-before-migration-*"))
    assert len(copies) == (1 if empty_url.startswith("sqlite") else 0)


def test_a_migration_that_fails_leaves_the_database_as_it_was(empty_url: str, tmp_path: Path) -> None:
    with Store.at(empty_url) as store:
        fill(store, [1, 2])
    database = Database(database_url(empty_url))
    with pytest.raises(StoreError):
        migrate(database, scripts=_scripts(tmp_path / "faulty", 'op.execute("SELECT nonsense FROM nowhere")'))
    with database.reading() as connection:
        assert not sa.inspect(connection).has_table("later")
    database.close()
    with Store.at(empty_url) as store:
        assert store.counts().records == 2


def test_without_room_for_a_copy_nothing_is_migrated(
    tmp_path: Path, later: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'review.db'}"
    Store.at(url).close()
    connect = sqlite3.connect

    def full(path: Path, *args: object, **kwargs: object) -> sqlite3.Connection:
        if str(path).endswith(".part"):
            raise sqlite3.OperationalError("database or disk is full")
        return connect(path, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr("workbench.store.schema.sqlite3.connect", full)
    database = Database(database_url(url))
    with pytest.raises(DiskFull, match=r"copy failed.*Nothing was changed"):
        migrate(database, scripts=later)
    database.close()
    monkeypatch.undo()
    assert _revision(url) == "0004"
    assert not list(tmp_path.glob("*.part"))


def test_the_copy_holds_what_is_still_in_the_write_ahead_log(tmp_path: Path, later: Path) -> None:
    with Store.open(tmp_path) as store:
        fill(store, range(1, 30))
        assert (tmp_path / "review.db-wal").stat().st_size > 0  # not yet in the main file
        copy = migrate(store._database, scripts=later)
    assert copy is not None
    connection = sqlite3.connect(copy)
    assert connection.execute("SELECT count(*) FROM record").fetchone() == (29,)
    connection.close()


def test_a_review_is_a_file_in_its_folder(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        fill(store, [1])
    assert (tmp_path / "review.db").is_file()
    with pytest.raises(StoreError, match="no review folder"):
        Store.open(tmp_path / "missing")


def test_a_path_may_hold_any_character(tmp_path: Path) -> None:
    folder = tmp_path / "Ağrı 100% ?x=1#y & 'z'"
    folder.mkdir()
    with Store.open(folder) as store:
        fill(store, [1])
    assert sorted(path.name for path in folder.iterdir()) == ["review.db", "review.id"]


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "review.db").write_text("These are my notes. " * 200, encoding="utf-8")
    with pytest.raises(StoreError, match="damaged or no database"):
        Store.open(tmp_path)
    assert (tmp_path / "review.db").read_text(encoding="utf-8").startswith("These are my notes.")


@pytest.mark.postgres
def test_the_environment_moves_a_review_to_postgresql(
    empty_postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_DATABASE_URL", empty_postgres_url.replace("postgresql://", "postgres://"))
    with Store.open(tmp_path) as store:
        fill(store, [1])
        assert store.counts().records == 1
    assert [path.name for path in tmp_path.iterdir()] == ["review.id"]


def _all_that_is_said(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("part", "instead", "message"),
    [
        (r"//workbench_test:", "//workbench_test:wrong-", "password authentication failed"),
        (r"/empty_", "/missing_", "does not exist"),
        (r":\d+/", ":1/", "cannot be reached"),
    ],
)
def test_a_password_is_never_said(
    empty_postgres_url: str, postgres_cluster: Cluster, part: str, instead: str, message: str
) -> None:
    url = re.sub(part, instead, empty_postgres_url)
    with pytest.raises(StoreError, match=message) as caught:
        Store.at(url)
    assert postgres_cluster.password not in _all_that_is_said(caught.value)


@pytest.mark.postgres
def test_a_store_does_not_show_its_password(empty_postgres_url: str, postgres_cluster: Cluster) -> None:
    with Store.at(empty_postgres_url) as store:
        for shown in (repr(store), store.name, repr(store._database.engine)):
            assert postgres_cluster.password not in shown


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("my secret address", "cannot be read"),
        ("mysql://ana:secret@host/db", "begins with 'mysql'"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("postgresql://ana:secret@host:port/db", "cannot be read"),
    ],
)
def test_an_address_that_does_not_work_is_refused_without_being_repeated(address: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        Store.at(address)
    assert "secret" not in _all_that_is_said(caught.value).replace("my secret address", "")


@pytest.mark.parametrize(
    ("state", "kind", "message"),
    [
        ("53100", DiskFull, "no room left"),
        ("55P03", StoreError, "kept busy"),
        ("57P01", StoreError, "cannot be reached"),
        ("42P01", StoreError, "refused"),
    ],
)
def test_what_postgresql_says_is_explained(state: str, kind: type[StoreError], message: str) -> None:
    cause = psycopg.errors.lookup(state)()
    error = sa.exc.DBAPIError.instance("SELECT 1", {}, cause, psycopg.Error)
    assert isinstance(error, sa.exc.SQLAlchemyError)
    explained = explain(error, "the database")
    assert type(explained) is kind
    assert message in str(explained)
    assert "SELECT" not in str(explained)


EARLIER = {
    "review": [{"key": "rtms-pain"}],
    "search": [
        {"strategy": "fibromyalgia", "indication": "fibromyalgia", "source": "PubMed", "query": "rTMS"},
        {"strategy": "fibromyalgia", "indication": "fibromyalgia", "source": "PubMed", "query": "rTMS"},
    ],
    "record": [{"key": "pubmed:1", "source": "pubmed"}],
    "found": [{"record": "pubmed:1", "search": 1, "strategy": "fibromyalgia", "indication": "fibromyalgia"}],
}
ENDS = [("complete", "no longer found by the strategy: 7"), ("failed", "PubMed failed")]


def _first_release(url: str) -> None:
    """A database as the first release left it, with data in it."""
    database = Database(database_url(url))
    stamp = {"by": "anna", "at": NOW.replace(tzinfo=None) if database.is_sqlite else NOW}
    with database.writing() as connection:
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0001")

        def insert(name: str, row: dict[str, object]) -> None:
            row = row | stamp
            columns, places = ", ".join(f'"{c}"' for c in row), ", ".join(f":{c}" for c in row)
            connection.execute(sa.text(f'INSERT INTO "{name}" ({columns}) VALUES ({places})'), row)

        for name, rows in EARLIER.items():
            for row in rows:
                insert(name, row)
        for number, (status, error) in enumerate(ENDS, start=1):
            counts = dict.fromkeys(("count", "new", "changed", "withdrawn", "retracted", "requests"), 1)
            ended = {"search": number, "status": status, "translation": "rTMS[All Fields]", "error": error}
            insert("search_end", ended | counts)
        held = {"name": "refresh", "holder": "cron", "host": "elsewhere", "pid": 1, "process": "", "token": "t"}
        columns = [*held, "taken_at", "expires_at"]
        connection.execute(
            sa.text(f"INSERT INTO job_lock ({', '.join(columns)}) VALUES ({', '.join(f':{c}' for c in columns)})"),
            held | {"taken_at": stamp["at"], "expires_at": stamp["at"]},
        )
    database.close()


def test_a_database_of_the_first_release_is_brought_up_to_date_with_its_data(empty_url: str) -> None:
    _first_release(empty_url)
    with Store.at(empty_url) as store:
        assert (store.backup is not None) == empty_url.startswith("sqlite")
        complete, failed = store.searches()
        assert (complete.kind, complete.remarks, complete.error) == ("database", ENDS[0][1], "")
        assert (failed.kind, failed.remarks, failed.error) == ("database", "", ENDS[1][1])
        assert [found.strategy for found in store.found_by("pubmed:1")] == ["fibromyalgia"]
        holder = store.lock_holder("refresh")
        assert holder is not None
        assert (holder.holder, holder.doing) == ("cron", "")
        store.bind_review("rtms-pain")
        run = store.begin_search("citation searching: similar", "1", kind="citation searching")
        assert store.finish_search(run, remarks="12 left out").remarks == "12 left out"
        with store._database.engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        for table in FACTS:  # no table was left without its triggers
            with store._database.engine.connect() as connection, connection.begin():
                if connection.scalar(sa.select(sa.func.count()).select_from(table)):
                    with pytest.raises(sa.exc.DBAPIError, match="never changed"):
                        connection.execute(sa.delete(table))


def test_the_new_tables_refuse_changes_too(store: Store) -> None:
    run, _ = fill(store, [1, 2])
    stamp = {"by": "anna", "at": NOW}
    with store._database.writing() as connection:
        connection.execute(
            sa.insert(citation_lead).values(record=key(2), seed=key(1), link="similar", search=run, **stamp)
        )
        connection.execute(
            sa.insert(alert_seen).values(record=key(1), kind="retracted", marks=[], seen=True, note="", **stamp)
        )
        connection.execute(sa.insert(review_id).values(id="x", **stamp))
    for table in (citation_lead, alert_seen, review_id):
        for statement in (sa.delete(table), sa.update(table).values(by="ben")):
            with pytest.raises(StoreError), store._database.writing() as connection:
                connection.execute(statement)


def test_a_search_of_an_unknown_kind_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="database, register, citation searching, other"):
        store.begin_search("x", "y", kind="website")  # type: ignore[arg-type]


def test_a_database_that_went_missing_is_missed_and_not_made_anew(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        fill(store, [1])
    kept = (tmp_path / "review.db").rename(tmp_path / "elsewhere.db")
    with pytest.raises(MissingDatabase, match=r"review\.db is missing.*WORKBENCH_DATABASE_URL.*review\.id"):
        Store.open(tmp_path)
    assert not (tmp_path / "review.db").exists()
    kept.rename(tmp_path / "review.db")
    with Store.open(tmp_path) as store:
        assert store.counts().records == 1
    (tmp_path / "review.db").unlink()
    (tmp_path / "review.id").unlink()
    with Store.open(tmp_path) as store:
        assert store.counts().records == 0


def test_a_folder_of_the_first_release_gets_the_id_of_its_database(tmp_path: Path) -> None:
    _first_release(f"sqlite:///{tmp_path / 'review.db'}")
    Store.open(tmp_path).close()
    first = (tmp_path / "review.id").read_text()
    (tmp_path / "review.id").unlink()  # the process was killed before it was written
    Store.open(tmp_path).close()
    assert (tmp_path / "review.id").read_text() == first
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_copy_of_a_folder_is_the_same_review_and_a_foreign_file_is_not(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        Store.open(tmp_path / name).close()
    shutil.copytree(tmp_path / "one", tmp_path / "copy")
    Store.open(tmp_path / "copy").close()
    shutil.copy(tmp_path / "two" / "review.db", tmp_path / "copy" / "review.db")
    with pytest.raises(StoreError, match="holds another review"):
        Store.open(tmp_path / "copy")
    (tmp_path / "copy" / "review.id").write_text("what was it?")
    with pytest.raises(StoreError, match="does not hold a review's id"):
        Store.open(tmp_path / "copy")


@pytest.mark.postgres
def test_two_reviews_of_one_template_cannot_share_a_server_database(
    empty_postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    _first_release(empty_postgres_url)
    monkeypatch.setenv("WORKBENCH_DATABASE_URL", empty_postgres_url)
    for _ in range(2):
        Store.open(one).close()
    with pytest.raises(StoreError, match=r"nothing says that it is the one in .*two.*review\.id"):
        Store.open(two)
    assert not (two / "review.id").exists()
    (two / "review.id").write_text("11111111-2222-3333-4444-555555555555\n")
    with pytest.raises(StoreError, match="holds another review"):
        Store.open(two)
    shutil.copy(one / "review.id", two / "review.id")
    Store.open(two).close()
    monkeypatch.delenv("WORKBENCH_DATABASE_URL")  # forgotten, on the next day
    with pytest.raises(MissingDatabase, match="lives on a server"):
        Store.open(one)
