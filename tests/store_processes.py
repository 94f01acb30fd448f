"""What other processes do to a store in the tests; started by `multiprocessing` (spawn), so importable by name."""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from tests.review_facts import entry, key
from workbench.screening import Verdict, decide
from workbench.store import Store, StoreError
from workbench.store.connection import Database, database_url
from workbench.store.schema import migrate

SPAWN = multiprocessing.get_context("spawn")


def start(target: Any, *args: Any) -> BaseProcess:
    """Start a process of its own."""
    process = SPAWN.Process(target=target, args=args, daemon=True)
    process.start()
    return process


def finish(process: BaseProcess, seconds: float = 120) -> None:
    """Wait for a process and insist that it ended well."""
    process.join(seconds)
    assert process.exitcode == 0, f"the process ended with {process.exitcode}"
    process.close()


def decide_on_all(url: str, reviewer: str, numbers: range, together: Barrier) -> None:
    """Record a decision on every record, beginning at the same moment as the other processes."""
    with Store.at(url) as store:
        together.wait(60)
        for number in numbers:
            store.add_decision(decide(key(number), reviewer, Verdict.INCLUDE))


def decide_until_killed(url: str, number: int, told: Connection) -> None:
    """Record decisions on one record for ever, and tell the id of each once it is recorded."""
    with Store.at(url) as store:
        while True:
            decision = decide(key(number), "ana", Verdict.MAYBE, note="x" * 2000)
            store.add_decision(decision)
            told.send_bytes(decision.id.encode())


def open_at_once(url: str, together: Barrier) -> None:
    """Open a database at the same moment as the other processes, and use it."""
    together.wait(60)
    with Store.at(url) as store:
        store.begin_search("pain", "rTMS")


def migrate_at_once(url: str, scripts: Path, together: Barrier) -> None:
    """Migrate a database at the same moment as the other processes."""
    database = Database(database_url(url))
    together.wait(60)
    migrate(database, scripts=scripts)
    database.close()


def fill_up_to(url: str, limit: int, told: Connection) -> None:
    """Add records until no file of this process may grow any further; tell what was recorded, and what was said."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    with Store.at(url) as store:
        run = store.begin_search("pain", "rTMS")
        recorded = []
        try:
            for number in range(1, 10_000):
                store.add_records(run, "pain", [(entry(number, abstract="x" * 20_000), None)])
                recorded.append(key(number))
        except StoreError as error:
            told.send((recorded, type(error).__name__, str(error), store.counts().records))
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        store.add_records(run, "pain", [(entry(20_000), None)])  # the same process goes on once there is room
        told.send(store.counts().records)


def hold_lock(url: str, name: str, told: Connection) -> None:
    """Take a lock and keep it until killed."""
    with Store.at(url) as store:
        told.send(store.try_lock(name, "cron") is not None)
        time.sleep(120)


def take_lock_and_leave(url: str, name: str) -> None:
    """Take a lock and end without giving it back."""
    Store.at(url).try_lock(name, "cron")
    os._exit(0)
