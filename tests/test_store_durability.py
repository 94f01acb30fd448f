"""Two writers at once, a killed process, a full disk: no committed fact is lost."""

from __future__ import annotations

import os
import sqlite3
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from tests import store_processes as processes
from tests.postgres_cluster import Cluster
from tests.review_facts import NOW, entry, fill, key
from workbench.extraction import Extraction, Study
from workbench.screening import Stage, Verdict, decide
from workbench.store import Busy, DiskFull, StaleRevision, Store, StoreError
from workbench.store import connection as database
from workbench.store.tables import FACTS


def test_two_processes_that_write_at_once_lose_nothing(store: Store, store_url: str) -> None:
    numbers = range(1, 61)
    fill(store, numbers)
    together = processes.SPAWN.Barrier(2)
    for writer in [
        processes.start(processes.decide_on_all, store_url, who, numbers, together) for who in ("ana", "ben")
    ]:
        processes.finish(writer)
    decisions = store.decisions(Stage.TITLE_ABSTRACT)
    assert len(decisions) == 120
    expected = {(who, key(number)) for who in ("ana", "ben") for number in numbers}
    assert {(decision.reviewer, decision.report) for decision in decisions} == expected
    assert store.screening_progress("ana").included == 60


def test_what_a_killed_process_had_recorded_is_there(store: Store, store_url: str) -> None:
    fill(store, [1])
    hear, tell = processes.SPAWN.Pipe(duplex=False)
    writer = processes.start(processes.decide_until_killed, store_url, 1, tell)
    tell.close()
    recorded = [_next(hear).decode() for _ in range(25)]
    writer.kill()  # SIGKILL: it has no chance to tidy up
    writer.join(30)
    while True:  # what it had said before it died
        try:
            recorded.append(hear.recv_bytes().decode())
        except EOFError:
            break
    kept = [decision.id for decision in store.decisions()]
    assert set(recorded) <= set(kept)
    assert len(kept) - len(recorded) <= 1  # the one it died over may have been recorded without being told
    store.add_decision(decide(key(1), "ben", Verdict.INCLUDE))  # and nothing it left behind is in the way


def _next(hear: Connection) -> bytes:
    assert hear.poll(60), "the writer says nothing"
    return hear.recv_bytes()


def test_threads_share_one_store(store: Store) -> None:
    numbers = range(1, 16)
    fill(store, numbers)
    faults: list[BaseException] = []

    def work(reviewer: str) -> None:
        try:
            while (report := store.next_to_screen(reviewer, reviewers_needed=4)) is not None:
                store.add_decision(decide(report.key, reviewer, Verdict.EXCLUDE))
                store.records("trial", limit=5)
        except BaseException as error:  # noqa: BLE001 - shown by the test
            faults.append(error)

    _at_once([lambda who=who: work(who) for who in ("ana", "ben", "cem", "dia")])  # type: ignore[misc]
    assert faults == []
    assert len(store.decisions()) == 60
    assert store.screening_progress("ana", reviewers_needed=4).excluded == 15


def _at_once(jobs: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()


def test_of_two_windows_that_save_at_once_one_is_told(store: Store) -> None:
    study = Study(id="s", label="Ana 2020", created_by="ana", created_at=NOW)
    store.add_study(study)
    slot = store.add_result("s", "events", by="ana")
    outcomes: list[str] = []

    def save() -> None:
        extraction = Extraction(
            id=str(uuid.uuid4()),
            study="s",
            result=slot.id,
            form="events",
            form_version=1,
            extractor="ana",
            answers={},
            recorded_at=NOW,
        )
        try:
            outcomes.append(f"revision {store.add_extraction(extraction, 0).revision}")
        except StaleRevision:
            outcomes.append("stale")

    _at_once([save] * 4)
    assert sorted(outcomes) == ["revision 1", "stale", "stale", "stale"]


def test_a_full_disk_loses_nothing_and_work_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        fill(store, range(1, 21))
        engine = store._database.engine
        with engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

        def no_room(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages + 1}")

        event.listen(engine, "connect", no_room)
        engine.dispose()
        run = store.begin_search("pain", "rTMS")
        with pytest.raises(DiskFull, match=r"disk or quota is full.*not saved.*[Mm]ake room"):
            store.add_records(run, "pain", [(entry(number, abstract="x" * 50_000), None) for number in range(21, 31)])
        assert store.counts().records == 20  # all ten or none
        event.remove(engine, "connect", no_room)
        engine.dispose()
        store.add_records(run, "pain", [(entry(number, abstract="x" * 50_000), None) for number in range(21, 31)])
        assert store.counts().records == 30
    assert _sound(tmp_path / "review.db")


def test_a_file_that_may_not_grow_keeps_what_was_recorded(tmp_path: Path) -> None:
    """The operating system itself refuses to write (RLIMIT_FSIZE), in a process of its own."""
    url = f"sqlite:///{tmp_path / 'review.db'}"
    Store.at(url).close()
    hear, tell = processes.SPAWN.Pipe(duplex=False)
    writer = processes.start(processes.fill_up_to, url, 3_000_000, tell)
    assert hear.poll(120)
    recorded, kind, message, counted = hear.recv()
    assert (kind, counted) == ("DiskFull", len(recorded))
    assert "everything saved before is intact" in message
    assert len(recorded) > 10
    assert hear.recv() == len(recorded) + 1
    processes.finish(writer)
    with Store.at(url) as store:
        assert {record.key for record in store.all_records()} == {*recorded, key(20_000)}
    assert _sound(tmp_path / "review.db")


def _sound(path: Path) -> bool:
    connection = sqlite3.connect(path)
    try:
        return [row[0] for row in connection.execute("PRAGMA integrity_check")] == ["ok"]
    finally:
        connection.close()


def test_a_step_that_fails_half_way_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run, _ = fill(store, [1])

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("workbench.store.records._add_found", stop)
    with pytest.raises(KeyboardInterrupt):
        store.add_records(run, "pain", [(entry(2), None), (entry(1, title="new"), None)])
    monkeypatch.undo()
    assert store.count_records() == 1
    assert len(store.record_versions(key(1))) == 1
    assert store.add_records(run, "pain", [(entry(2), None)]).new == 1


def test_sqlite_keeps_its_promises(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store, store._database.engine.connect() as connection:
        told = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    # synchronous 2 is FULL: a commit is on the disk when it returns
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


@pytest.mark.parametrize("statement", ["UPDATE {} SET seq = seq", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_a_fact(store: Store, statement: str) -> None:
    run, _ = fill(store, [1, 2], indication="migraine")
    store.mark_withdrawn(run, [key(1)])
    store.link_duplicates([[key(1), key(2)]])
    store.add_decision(decide(key(1), "ana", Verdict.INCLUDE))
    store.set_preference("ana", "x", 1)
    store.add_form("events", 1, "")
    filled = ("search", "search_end", "record_version", "found", "presence", "duplicate_link", "decision", "preference")
    for table in filled:
        with (
            store._database.engine.connect() as connection,
            pytest.raises(sa.exc.DBAPIError, match=f"facts are added, never changed: {table}"),
        ):
            connection.execute(sa.text(statement.format(f'"{table}"')))


def test_every_table_of_facts_is_guarded(store: Store) -> None:
    query = (
        "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'"
        if store._database.is_sqlite
        else "SELECT DISTINCT event_object_table FROM information_schema.triggers"
    )
    with store._database.engine.connect() as connection:
        guarded = set(connection.execute(sa.text(query)).scalars())
    assert guarded == {table.name for table in FACTS}


def test_a_fact_about_nothing_is_refused_by_the_database_too(store: Store) -> None:
    with (
        store._database.engine.connect() as connection,
        pytest.raises(sa.exc.IntegrityError),
        connection.begin(),
    ):
        connection.execute(
            sa.text(
                "INSERT INTO study_report (study, record, linked, by, at) "
                "VALUES ('x', 'y', true, 'z', '2026-01-01 00:00:00')"
            )
        )


@pytest.mark.postgres
def test_postgresql_connections_that_were_cut_are_made_anew(
    empty_postgres_url: str, postgres_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "RESTED", 0.0)  # as if they had lain idle
    with Store.at(empty_postgres_url) as store:
        fill(store, [1, 2])
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> {}"
        with Store.at(empty_postgres_url) as other, other._database.engine.connect() as connection:
            own = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
            connection.execute(sa.text(cut.format(own)))
        assert store.counts().records == 2
        with pytest.raises(StoreError, match="cannot be reached"), store._database.writing() as connection:
            connection.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
        assert fill(store, [3])[1].new == 1


def test_a_job_is_done_by_one_at_a_time(store: Store) -> None:
    lock = store.try_lock("refresh", "ana")
    assert lock is not None
    assert store.try_lock("refresh", "ben") is None
    assert store.try_lock("refresh", "ana") is None  # not even by another part of the same process
    assert store.try_lock("dedupe", "ben") is not None
    held = store.lock_holder("refresh")
    assert held == lock
    assert store.release_lock(lock)
    assert store.lock_holder("refresh") is None
    assert not store.release_lock(lock)


def test_an_expired_lock_is_taken_over_and_its_old_holder_cannot_release_it(store: Store) -> None:
    old = store.try_lock("refresh", "ana", timedelta(minutes=5), now=NOW)
    assert old is not None
    assert store.try_lock("refresh", "ben", now=NOW + timedelta(minutes=4)) is None
    new = store.try_lock("refresh", "ben", now=NOW + timedelta(minutes=6))
    assert new is not None
    assert not store.renew_lock(old)
    assert not store.release_lock(old)
    assert store.lock_holder("refresh") == new


def test_a_lock_can_be_held_for_longer(store: Store) -> None:
    lock = store.try_lock("refresh", "ana", timedelta(minutes=5), now=NOW)
    assert lock is not None
    assert store.renew_lock(lock, timedelta(minutes=5), now=NOW + timedelta(minutes=4))
    assert store.try_lock("refresh", "ben", now=NOW + timedelta(minutes=8)) is None
    assert store.release_lock(lock)


def test_a_dead_process_does_not_keep_a_lock(store: Store, store_url: str) -> None:
    processes.finish(processes.start(processes.take_lock_and_leave, store_url, "refresh"))
    held = store.lock_holder("refresh")
    assert held is not None
    assert held.pid != os.getpid()
    assert store.try_lock("refresh", "ana") is not None


def test_a_living_process_keeps_its_lock_until_it_is_killed(store: Store, store_url: str) -> None:
    hear, tell = processes.SPAWN.Pipe(duplex=False)
    holder = processes.start(processes.hold_lock, store_url, "refresh", tell)
    assert hear.poll(60)
    assert hear.recv() is True
    assert store.try_lock("refresh", "ana") is None
    with pytest.raises(Busy, match="refresh is being done already by cron"), store.locked("refresh", "ana"):
        pass
    holder.kill()
    holder.join(30)
    with store.locked("refresh", "ana") as lock:
        assert lock.holder == "ana"
    assert store.lock_holder("refresh") is None


def test_a_pid_that_was_given_to_another_process_is_not_mistaken_for_the_holder(store: Store) -> None:
    lock = store.try_lock("refresh", "ana")
    assert lock is not None
    if not lock.process:
        pytest.skip("this system does not tell when a process started")
    with store._database.engine.begin() as connection:
        connection.execute(sa.text("UPDATE job_lock SET process = '1'"))
    assert store.try_lock("refresh", "ben") is not None


def test_of_many_who_want_a_lock_at_once_one_gets_it(store: Store) -> None:
    taken: list[bool] = []
    _at_once([lambda: taken.append(store.try_lock("refresh", "ana") is not None)] * 6)
    assert sorted(taken) == [False] * 5 + [True]
