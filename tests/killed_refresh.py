"""A refresh in a process of its own that is killed just before the nth of its calls that write to the database."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingest.eutils import PubMed, Transport
from ingest.eutils.seam import entrez
from workbench.refresh import run_refresh
from workbench.review import ReviewDefinition
from workbench.store import Store

WRITING = ("try_lock", "begin_search", "add_raw_answer", "add_records", "add_found", "add_unsure_pairs",
           "mark_withdrawn", "finish_search", "release_lock")  # fmt: skip


def killed_refresh(folder: Path, review: ReviewDefinition, address: str, when: int) -> tuple[int | None, list[str]]:
    """Run it; gives the process's exit code and the names of the calls made. when: 0 for never."""
    context = multiprocessing.get_context("forkserver")  # one process imports everything, the others are its copies
    context.set_forkserver_preload(["__main__", __name__])
    calls = folder.with_suffix(".calls")
    calls.touch()
    process = context.Process(target=_run, args=(folder, review, address, when, calls))
    process.start()
    process.join(60)
    if process.exitcode is None:
        process.kill()
        process.join()
    return process.exitcode, calls.read_text().split()


def _run(folder: Path, review: ReviewDefinition, address: str, when: int, calls: Path) -> None:
    made = 0

    def counted(name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal made
            made += 1
            with calls.open("a") as file:
                file.write(f"{name}\n")
            if made == when:
                os.kill(os.getpid(), signal.SIGKILL)
            return plain(*arguments, **options)

        return call

    for name in WRITING:
        setattr(Store, name, counted(name, getattr(Store, name)))
    pubmed = PubMed(Transport(base_url=address, rate=1000))
    whole = pubmed.fetch
    pubmed.fetch = lambda pmids, *, batch=2: whole(pmids, batch=batch)  # type: ignore[method-assign]
    with Store.open(folder) as store:
        run_refresh(store, review, pubmed, only=["fibromyalgia"])


with entrez():
    """Biopython is imported here, once for all copies."""
