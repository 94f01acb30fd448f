"""One extractor's answers typed in two windows, brought together: field by field, cell by cell, nothing lost.

Three sets are compared: what both windows began from, what was saved since, and what this window has typed. Where only
one of the two changed a value, that one is proposed; where both did, the extractor says which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from workbench.extraction.differences import is_table
from workbench.forms.answers import (
    QUOTES,
    RESERVED,
    ROW,
    is_empty,
    is_empty_row,
    new_row_id,
    path_of,
    row_id,
    rows,
    split_path,
    with_value,
)

Kept = Literal["newer", "mine", "both"]
NEWER: Kept = "newer"
MINE: Kept = "mine"
BOTH: Kept = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """One value, or row of a table, in which the two windows differ."""

    path: str  # with the row's id
    newer: Any  # None: empty, or no such row
    mine: Any
    proposed: Kept | None  # None: both changed it
    can_keep_both: bool = False  # two rows that were added under the same id


def clashes(base: Mapping[str, Any], newer: Mapping[str, Any], mine: Mapping[str, Any]) -> tuple[Clash, ...]:
    """Where `newer` and `mine` differ, in the order of the answers. base: what both began from."""
    found: list[Clash] = []
    for key in dict.fromkeys((*newer, *mine)):
        if key in RESERVED:
            continue
        was, theirs, own = base.get(key), newer.get(key), mine.get(key)
        if all(is_table(value) or is_empty(value) for value in (theirs, own)) and (is_table(theirs) or is_table(own)):
            found += _of_rows(key, base, newer, mine)
        elif not _same(theirs, own):
            found.append(_clash(key, was, theirs, own))
    return tuple(found)


def _of_rows(key: str, base: Mapping[str, Any], newer: Mapping[str, Any], mine: Mapping[str, Any]) -> Iterator[Clash]:
    was, theirs, own = (_rows(answers, key) for answers in (base, newer, mine))
    for row in dict.fromkeys((*theirs, *own)):
        path = path_of(key, row)
        if row not in was or row not in theirs or row not in own:
            a, b = theirs.get(row), own.get(row)
            if a != b:
                yield _clash(path, was.get(row), a, b, can_keep_both=a is not None and b is not None)
            continue
        for column in dict.fromkeys((*theirs[row], *own[row])):
            cells = [lot[row].get(column) for lot in (was, theirs, own)]
            if not column.startswith("_") and not _same(cells[1], cells[2]):
                yield _clash(path_of(key, row, column), *cells)


def _rows(answers: Mapping[str, Any], key: str) -> dict[str, dict[str, Any]]:
    return {row_id(row): dict(row) for row in rows(answers, key) if row_id(row) and not is_empty_row(row)}


def _clash(path: str, was: Any, theirs: Any, own: Any, *, can_keep_both: bool = False) -> Clash:
    proposed = NEWER if _same(was, own) else MINE if _same(was, theirs) else None
    return Clash(path=path, newer=theirs, mine=own, proposed=proposed, can_keep_both=can_keep_both)


def _same(a: Any, b: Any) -> bool:
    return bool(a == b) or (is_empty(a) and is_empty(b))


def brought_together(
    base: Mapping[str, Any], newer: Mapping[str, Any], mine: Mapping[str, Any], kept: Mapping[str, Kept]
) -> dict[str, Any]:
    """The newer answers with those of mine that are kept; each quote goes with its value."""
    answers = dict(newer)
    renamed: dict[str, str] = {}
    found = clashes(base, newer, mine)
    for clash in found:
        choice = kept.get(clash.path, clash.proposed or NEWER)
        place = split_path(clash.path)
        whole = bool(place.row) and not place.column
        if choice == MINE:
            answers = with_value(
                answers, clash.path, ({} if clash.mine is None else clash.mine) if whole else clash.mine
            )
        elif choice == BOTH and clash.can_keep_both:
            held = [row_id(row) for lot in (answers, mine) for row in rows(lot, place.field)]
            renamed[clash.path] = new_row_id(held)
            row = {**clash.mine, ROW: renamed[clash.path]}
            answers = {**answers, place.field: [*rows(answers, place.field), row]}
    quotes = _quotes(base, newer, mine, {clash.path: kept.get(clash.path, clash.proposed or NEWER) for clash in found})
    for path, quote in (mine.get(QUOTES) or {}).items():
        place = split_path(path)
        added = renamed.get(path_of(place.field, place.row))
        if added is not None:
            quotes[path_of(place.field, added, place.column)] = quote
    answers.pop(QUOTES, None)
    return answers | ({QUOTES: quotes} if quotes else {})


def _quotes(
    base: Mapping[str, Any], newer: Mapping[str, Any], mine: Mapping[str, Any], kept: Mapping[str, Kept]
) -> dict[str, Any]:
    was, theirs, own = (dict(answers.get(QUOTES) or {}) for answers in (base, newer, mine))
    found: dict[str, Any] = {}
    for path in dict.fromkeys((*theirs, *own)):
        place = split_path(path)
        of = path if path else "quote"
        choice = kept.get(of, kept.get(path_of(place.field, place.row) if place.row else of))
        if choice is None:
            choice = NEWER if was.get(path) == own.get(path) else MINE
        quote = own.get(path) if choice == MINE else theirs.get(path)
        if quote is not None:
            found[path] = quote
    return found
