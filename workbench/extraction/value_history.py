"""The history of one value: who typed what, when, and what stood there before; and what of it can be taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from workbench.extraction.differences import flat, is_table, own_path
from workbench.extraction.rows import comparable
from workbench.extraction.values import Extraction
from workbench.forms.answers import ROW, at, path_of, row_id, rows, split_path, with_value

TAKEN_BACK = "Took the latest change back: "
"""Begins the note of a revision that takes a change back; what follows is the value's path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one value by one person."""

    path: str  # common path, with what its row was called last
    before: Any  # None: empty
    after: Any
    by: str
    at: datetime
    role: Literal["extractor", "consensus"]
    revision: int
    extraction: str  # id of the revision that has the new value
    note: str = ""
    own: str = ""  # path with the row's id, in this person's answers
    taken_back: bool = False  # the change takes an earlier one back


def changes(extractions: Iterable[Extraction], path: str | None = None) -> tuple[Change, ...]:
    """Every change of a value over the revisions of one result, oldest first; of one path only, if given.

    Each person's revisions are compared with their own earlier ones: what a colleague typed is no change of mine. Rows
    are followed by their id, so that one that is called otherwise from now on has one change, that of its name.
    Withdrawing changes no value.
    """
    known = [item for item in extractions if item.state != "withdrawn"]
    ordered = sorted(known, key=lambda item: (item.recorded_at, item.revision))
    called: dict[tuple[str, str], dict[str, str]] = {}  # a person's own paths -> common paths, the latest names
    for item in ordered:
        called.setdefault((item.role, item.extractor), {}).update(_names(item.answers))
    found: list[Change] = []
    before: dict[tuple[str, str], dict[str, Any]] = {}
    for item in ordered:
        author = (item.role, item.extractor)
        was, now = before.get(author, {}), _own_values(item.answers)
        before[author] = now
        for key in dict.fromkeys((*was, *now)):
            common = called[author].get(key, key)
            if path not in (None, common) or comparable(was.get(key)) == comparable(now.get(key)):
                continue
            found.append(
                Change(
                    path=common,
                    before=was.get(key),
                    after=now.get(key),
                    by=item.extractor,
                    at=item.recorded_at,
                    role=item.role,
                    revision=item.revision,
                    extraction=item.id,
                    note=item.note,
                    own=key,
                    taken_back=item.note.startswith(TAKEN_BACK),
                )
            )
    return tuple(found)


def _own_values(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Every value by the path with its row's id."""
    return {own_path(answers, path): value for path, value in flat(answers).items()}


def _names(answers: Mapping[str, Any]) -> dict[str, str]:
    return {own_path(answers, path): path for path in flat(answers)}


def latest_change(found: Sequence[Change], path: str, by: str) -> Change | None:
    """The extractor's latest change of a value that still stands: one that was taken back is passed over."""
    left: list[Change] = []
    for change in found:
        if (change.path, change.by, change.role) != (path, by, "extractor"):
            continue
        if change.taken_back and left:
            left.pop()
        else:
            left.append(change)
    return left[-1] if left else None


def with_change_taken_back(revisions: Sequence[Extraction], change: Change) -> dict[str, Any] | None:
    """The newest answers with what stood before this change; a row that was removed comes back whole.

    revisions: of one extractor on one result, in order. None where something else stands there by now.
    """
    mine = [item for item in revisions if (item.extractor, item.role) == (change.by, change.role)]
    newest = mine[-1].answers
    if comparable(at(newest, change.own)) != comparable(change.after):
        return None
    place = split_path(change.own)
    if not place.row or _row(newest, place.field, place.row) is not None:
        return with_value(newest, change.own, change.before)
    earlier = [item for item in mine if item.revision < change.revision]
    row = next(
        (row for item in reversed(earlier) if (row := _row(item.answers, place.field, place.row)) is not None), None
    )
    if row is None:
        return with_value(newest, path_of(place.field, place.row, place.column), change.before)
    order = [row_id(item) for item in rows(_latest_with(earlier, place.field, place.row), place.field)]
    held = newest.get(place.field)
    table = [dict(item) for item in rows(newest, place.field)] if is_table(held) else []
    behind = order[order.index(place.row) + 1 :]
    spot = next((number for number, item in enumerate(table) if row_id(item) in behind), len(table))
    table.insert(spot, dict(row))
    return {**newest, place.field: table}


def _row(answers: Mapping[str, Any], table: str, identity: str) -> Mapping[str, Any] | None:
    return next((row for row in rows(answers, table) if row.get(ROW) == identity), None)


def _latest_with(earlier: Sequence[Extraction], table: str, identity: str) -> Mapping[str, Any]:
    return next(item.answers for item in reversed(earlier) if _row(item.answers, table, identity) is not None)
