"""One thing wrong with a form whose parts are each sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Spot = tuple[str | int, ...]

Found = Iterator[tuple[Spot, str]]
"""Places inside a field, each with what is wrong there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoherence:
    """One thing wrong; `field` is the key of the field (or "" for the form), `at` the place inside it."""

    message: str
    field: str = ""
    section: str = ""  # the key of a section whose own conditions are wrong
    at: Spot = ()
