"""The history server of the local E-utilities: sets that searches and posts leave behind."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

_ENVIRONMENTS = 1_000  # web environments kept; the oldest goes first


@dataclass(slots=True)
class History:
    """The sets that searches and posts have left, frozen as they were; by web environment, numbered from 1."""

    environments: OrderedDict[str, list[tuple[str, ...]]] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, environment: str | None, pmids: tuple[str, ...]) -> tuple[str, int]:
        """Keep a set; gives its web environment (a new one unless it exists) and query key."""
        with self.lock:
            if environment is None or environment not in self.environments:
                environment = f"MCID_{secrets.token_hex(12)}"
                self.environments[environment] = []
                while len(self.environments) > _ENVIRONMENTS:
                    self.environments.popitem(last=False)
            sets = self.environments[environment]
            sets.append(pmids)
            return environment, len(sets)

    def get(self, environment: str | None, key: int) -> tuple[str, ...] | None:
        """A set, or None if it is gone."""
        with self.lock:
            sets = self.environments.get(environment or "", [])
            return sets[key - 1] if 1 <= key <= len(sets) else None

    def forget(self) -> None:
        """Lose every set, as NCBI does after some hours."""
        with self.lock:
            self.environments.clear()
