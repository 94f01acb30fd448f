"""How far a long job is, for whoever shows it: a terminal, a page, a log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Tell = Callable[[str], None]
"""Gets plain lines, one a step that ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One job and how much of it is done."""

    what: str  # "Fibromyalgia: new records"
    done: int
    total: int | None  # None: not known yet


Watch = Callable[[Progress], None]
"""Gets told how far the job is, after each batch."""


def quiet(_: object) -> None:
    """Tell nobody."""
