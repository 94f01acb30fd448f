"""One job at a time, with patience: the job's lock, or a wait for whoever holds it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from time import monotonic, sleep

from workbench.refresh.progress import Tell
from workbench.store import Busy, JobLock, Store


@contextmanager
def alone(store: Store, job: str, by: str, wait: float, tell: Tell) -> Iterator[JobLock]:
    """Hold the lock of `job`; wait up to `wait` seconds for another holder, then raise `Busy`, which names them."""
    until, told = monotonic() + wait, False
    while True:
        with ExitStack() as stack:
            try:
                lock = stack.enter_context(store.locked(job, by, timedelta(hours=1)))
            except Busy as busy:
                if monotonic() >= until:
                    raise
                if not told:
                    tell(f"{busy}; waiting up to {wait:.0f} seconds")
                told = True
            else:
                yield lock
                return
        sleep(min(0.5, max(0.0, until - monotonic())))
