"""How fast requests may start: one limiter for the whole process, shared by every thread and retry."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

Clock = Callable[[], float]
Sleep = Callable[[float], None]

# NCBI allows 3 starts a second for an address and 10 for a key; what is left covers the time a request needs to
# arrive, which moves two starts closer together at NCBI's end than they were at ours.
RATE_WITHOUT_KEY = 2.5
RATE_WITH_KEY = 8.0


class RateLimiter:
    """Lets callers through one by one, no two closer than the interval they ask for.

    The lock is kept while waiting, so that a start is stamped when it really happens and threads queue up.
    """

    def __init__(self, clock: Clock = time.monotonic, sleep: Sleep = time.sleep) -> None:
        self._clock = clock
        self._sleep = sleep
        self._turn = threading.Lock()
        self._state = threading.Lock()
        self._free_at = float("-inf")

    def wait_for_turn(self, interval: float) -> None:
        """Return when the next request may start; the one after it has to keep `interval` seconds' distance."""
        with self._turn:
            while True:
                with self._state:
                    now = self._clock()
                    pause = self._free_at - now
                    if pause <= 0:
                        self._free_at = now + interval
                        return
                self._sleep(pause)

    def hold(self, seconds: float) -> None:
        """Let nobody start before `seconds` from now (a Retry-After speaks to the whole process)."""
        with self._state:
            self._free_at = max(self._free_at, self._clock() + seconds)


_shared: dict[tuple[str, str | None], RateLimiter] = {}
_shared_lock = threading.Lock()


def shared_limiter(server: str, api_key: str | None) -> RateLimiter:
    """Give the process's limiter for one server as NCBI counts: per key, else per address."""
    with _shared_lock:
        return _shared.setdefault((server, api_key), RateLimiter())
