"""A row on its way to a result: answers with the cells they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

Place = tuple[int, int]  # row, column


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One answer and the cells that gave it."""

    answer: Any
    text: str  # of the cells, as they stand
    places: tuple[Place, ...]
    columns: tuple[str, ...]

    def joined(self, other: Part) -> Part:
        """Two texts as one."""
        if str(other.answer) in str(self.answer):
            return replace(self, places=(*self.places, *other.places))
        return Part(
            answer=f"{self.answer}; {other.answer}",
            text=f"{self.text}; {other.text}",
            places=(*self.places, *other.places),
            columns=(*self.columns, *other.columns),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RowParts:
    """What a row, or the rows of two arms, say of one result."""

    rows: tuple[int, ...]
    block: str
    parts: Mapping[str, Part]  # field or target -> its answer
    refused: frozenset[str]  # fields whose cell could not be taken: no constant stands in for them
    left: tuple[tuple[str, str, Place], ...]  # column, text and cell of what no field took: kept in the notes
    constants: Mapping[str, Any]  # of the block
