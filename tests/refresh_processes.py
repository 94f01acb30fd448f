"""Processes that do PubMed's work on a store and are killed in its midst; started by spawn, so importable by name.

One process is spawned, which imports everything once; it forks another one for each job. A fork has no other threads
here, unlike one of the test's own process, in which a server runs.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ingest.eutils import PubMed, Transport
from tests.store_processes import SPAWN
from workbench.refresh import chase, fetch_pmid_list, run_refresh
from workbench.review import ReviewDefinition, load_review
from workbench.store import Store
from workbench.store.connection import Database

ONLY = ("fibromyalgia",)


def client(base_url: str) -> PubMed:
    """PubMed in batches of two records, so that a few records take several."""
    pubmed = PubMed(Transport(base_url=base_url, rate=1000, backoff=0.001))
    whole = pubmed.fetch
    pubmed.fetch = lambda pmids, batch=2: whole(pmids, batch=batch)  # type: ignore[method-assign]
    return pubmed


def do(job: str, store: Store, review: ReviewDefinition, pubmed: PubMed, now: datetime) -> None:
    """One of the jobs that the tests interrupt."""
    if job == "refresh":
        run_refresh(store, review, pubmed, only=ONLY, now=lambda: now)
    elif job == "chase":
        chase(store, review, pubmed, now=lambda: now)
    else:
        fetch_pmid_list(store, pubmed, job, name="a list", now=lambda: now)


class Killed:
    """Forks jobs from one process that is spawned once."""

    def __init__(self) -> None:
        self._here, there = SPAWN.Pipe()
        self._process = SPAWN.Process(target=_serve, args=(there,), daemon=True)
        self._process.start()
        there.close()

    def run(self, job: str, url: str, folder: Path, base_url: str, now: datetime, after: int) -> tuple[list[str], int]:
        """Do a job and kill it (SIGKILL) right after its n-th transaction; gives what each was for, and the status."""
        self._here.send((job, url, folder, base_url, now, after))
        assert self._here.poll(60), "the process did not answer"
        done: tuple[list[str], int] = self._here.recv()
        return done

    def close(self) -> None:
        """End the process."""
        self._here.send(None)
        self._process.join(20)
        self._process.close()


def _serve(told: Connection) -> None:
    reviews: dict[Path, ReviewDefinition] = {}
    while (order := told.recv()) is not None:
        job, url, folder, base_url, now, after = order
        if folder not in reviews:
            reviews[folder] = load_review(folder)
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                _work(job, url, reviews[folder], base_url, now, after, write)
                status = 0
            finally:
                os._exit(status)
        os.close(write)
        with os.fdopen(read) as lines:
            stages = lines.read().split()
        told.send((stages, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))


def _work(job: str, url: str, review: ReviewDefinition, base_url: str, now: datetime, after: int, write: int) -> None:
    with Store.at(url) as store:
        _kill_after(after, write)
        do(job, store, review, client(base_url), now)


def _kill_after(number: int, told: int) -> None:
    """Tell of each transaction once it is on the disk, and die after the n-th."""
    writing, count = Database.writing, 0

    @contextmanager
    def counted(self: Database) -> Iterator[sa.Connection]:
        nonlocal count
        with writing(self) as connection:
            yield connection
        count += 1
        os.write(told, f"{_stage()} ".encode())
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    Database.writing = counted  # type: ignore[method-assign]


def _stage() -> str:
    """The method of the store that writes."""
    frame: Any = sys._getframe(1)
    while not isinstance(frame.f_locals.get("self"), Store):
        frame = frame.f_back
    return str(frame.f_code.co_name)
