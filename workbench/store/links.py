"""What was said of two records, and the acts by which records came together or apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workbench.store.values import SYSTEM

Pair = tuple[str, str]
"""Keys of two records, the one that was seen first first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """The word that stands on two records: one report, or not."""

    seq: int
    pair: Pair
    linked: bool  # False: known not to be one report
    reasons: tuple[str, ...]
    by: str
    at: datetime

    @property
    def by_person(self) -> bool:
        """Whether a person said it; else the duplicate rules did."""
        return self.by != SYSTEM


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedReport:
    """A report of several records, with the links that hold it together."""

    key: str
    record_keys: tuple[str, ...]
    links: tuple[Word, ...]  # oldest first

    @property
    def automatic(self) -> bool:
        """Whether the duplicate rules, and not people alone, brought its records together."""
        return any(not word.by_person for word in self.links)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody recorded at one time about records that hang together: a merge, a parting, or an undo."""

    id: int
    by: str
    at: datetime
    reasons: tuple[str, ...]
    records: tuple[str, ...]
    joined: tuple[Pair, ...]  # said to be one report
    parted: tuple[Pair, ...]  # said not to be one report
    withdrawn: tuple[Pair, ...]  # words taken back
    undoes: int | None  # the id of the act that this one undoes
    stands: bool  # it was not undone, and nothing that is still in force was said of any of its pairs since

    @property
    def what(self) -> str:
        """In words: what the act did."""
        if self.undoes is not None:
            return "undone"
        if self.joined and self.parted:
            return "taken out"
        if self.joined:
            return "merged" if self.by == SYSTEM else "said to be one report"
        return "said not to be one report"
