"""Rows of one table that two extractors called differently: which of them are the same row, by what stands in them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from workbench.forms.answers import NAME, is_empty

ROLE = "role"
"""The cell that says what an arm is; rows of different roles are never the same row."""

Row = Mapping[str, Any]


def alike(left: Mapping[str, Row], free: Mapping[str, Row]) -> dict[str, str]:
    """For rows of the one lot, the row of the other that each is, both by their names.

    Two rows are the same where at least half of the cells that both answered are equal (what they are called apart), at
    least one, and no other row of either lot fits as well. What is left unmatched stays alone; it is never guessed.
    """
    fits = {
        (mine, theirs): fit for mine in left for theirs in free if (fit := _fit(left[mine], free[theirs])) is not None
    }
    found: dict[str, str] = {}
    while True:
        best = [
            (mine, theirs)
            for (mine, theirs), fit in fits.items()
            if all(
                other < fit for (a, b), other in fits.items() if (a, b) != (mine, theirs) and (a == mine or b == theirs)
            )
        ]
        if not best:
            return found
        found |= dict(best)
        gone = set(found.values())
        fits = {(mine, theirs): fit for (mine, theirs), fit in fits.items() if mine not in found and theirs not in gone}


def _fit(a: Row, b: Row) -> tuple[Fraction, int] | None:
    """How well two rows fit: the share of equal cells and their number; None where they are not the same row."""
    mine, theirs = _cells(a), _cells(b)
    if mine.get(ROLE, theirs.get(ROLE)) != theirs.get(ROLE, mine.get(ROLE)):
        return None
    both = [column for column in mine.keys() & theirs.keys() if column != ROLE]
    equal = sum(mine[column] == theirs[column] for column in both)
    if not equal or 2 * equal < len(both):
        return None
    return Fraction(equal, len(both)), equal


def _cells(row: Row) -> dict[str, Any]:
    """The cells that are answered, as they are compared; what the row is called apart."""
    name = comparable(row.get(NAME) or row.get("label"))
    return {
        column: cell
        for column, value in row.items()
        if not column.startswith("_")
        and column != "label"
        and not is_empty(value)
        and (cell := comparable(value)) != name
    }


def comparable(answer: Any) -> Any:
    """An answer as it is compared: numbers by value, text without case and spacing, lists without order."""
    if isinstance(answer, str):
        return " ".join(answer.split()).casefold() or None
    if isinstance(answer, list | tuple):
        return sorted((comparable(item) for item in answer), key=repr) or None
    return answer
