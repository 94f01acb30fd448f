"""What differs between two sets of answers, value by value: a cell of a table is a value, a quote is none.

A *common path* names one value in both: `n_active`, or `arms[active rtms].n` for a cell. The rows of two extractors are
matched by what they are called (`_name`, which is written when answers are saved, or a cell "label"), without regard to
case and spacing; rows without a name by their id. Two rows of one table that are called the same are told apart by
their order. Rows left over on both sides are matched by what stands in them, where no other row fits as well
(`rows.alike`): then their names differ, as one value does. A row that only one of them has differs as a whole, by the
path of the row (`arms[sham]`): its cells are never mixed into another row.

A table that takes its rows from another one (stimulation of each arm) has that table's rows by their ids. So its rows
are matched as those of the other table are, whatever stands in them and in whichever order each extractor has the arms.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from workbench.extraction.rows import alike, comparable
from workbench.extraction.values import FREE_TEXT
from workbench.forms.answers import NAME, RESERVED, is_empty, is_not_reported, path_of, row_id, rows, split_path

LABEL = "label"
"""The cell that names a row where the row has no `_name`."""


def flat(answers: Mapping[str, Any], like: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Every value that is not empty by its common path; quotes, pages, remarks and reserved keys left out.

    like: the answers whose rows the rows of these are matched with, so that the paths are those of that set.
    """
    found: dict[str, Any] = {}
    for key, value in answers.items():
        if key in RESERVED or key in FREE_TEXT or is_empty(value) or _is_quote(value):
            continue
        if not is_table(value):
            found[key] = value
            continue
        for row, name in zip(rows(answers, key), row_names(answers, key, like), strict=True):
            for column, cell in row.items():
                if not column.startswith("_") and column not in FREE_TEXT and not is_empty(cell):
                    found[path_of(key, name, column)] = cell
    return found


def row_names(answers: Mapping[str, Any], table: str, like: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """What each row of a table is matched by, in their order, each once; with `like`, by that set's names."""
    mine = _own_names(answers, table)
    source = source_of(answers, table)
    if source:
        called = dict(zip(map(row_id, rows(answers, source)), row_names(answers, source, like), strict=True))
        return _each_once(called.get(row_id(row), name) for row, name in zip(rows(answers, table), mine, strict=True))
    if like is None:
        return mine
    theirs = _own_names(like, table)
    left = {name: row for name, row in zip(mine, rows(answers, table), strict=True) if name not in theirs}
    free = {name: row for name, row in zip(theirs, rows(like, table), strict=True) if name not in mine}
    taken = alike(left, free)
    return tuple(taken.get(name, name) for name in mine)


def source_of(answers: Mapping[str, Any], table: str) -> str:
    """The table of these answers that another one takes its rows from; "" where it has rows of its own.

    Rows that are another table's carry its rows' ids and, as `_name`, what they are called there.
    """
    named = [(row_id(row), comparable(row[NAME])) for row in rows(answers, table) if row.get(NAME)]
    fitting = {}
    for other, value in answers.items() if named else ():
        if other != table and is_table(value) and not any(row.get(NAME) for row in rows(answers, other)):
            held = {row_id(row): [comparable(cell) for cell in row.values()] for row in rows(answers, other)}
            fitting[other] = sum(name in held.get(identity, ()) for identity, name in named)
    best = max(fitting, key=lambda other: fitting[other], default="")
    return best if best and fitting[best] else ""


def _each_once(names: Iterable[str]) -> tuple[str, ...]:
    found: list[str] = []
    for name in names:
        again = sum(held == name or held.startswith(f"{name} #") for held in found)
        found.append(f"{name} #{again + 1}" if again else name)
    return tuple(found)


def _own_names(answers: Mapping[str, Any], table: str) -> tuple[str, ...]:
    return _each_once(_own_name(row) for row in rows(answers, table))


def _own_name(row: Mapping[str, Any]) -> str:
    called = row.get(NAME) or row.get(LABEL)
    name = " ".join(called.split()).casefold() if isinstance(called, str) else ""
    return name.replace("[", "(").replace("]", ")") or row_id(row)


def own_path(answers: Mapping[str, Any], path: str, like: Mapping[str, Any] | None = None) -> str:
    """The path in these answers (with their row's id) that a common path means; "" where they have no such row."""
    place = split_path(path)
    if not place.row:
        return path
    for row, name in zip(rows(answers, place.field), row_names(answers, place.field, like), strict=True):
        if name == place.row:
            return path_of(place.field, row_id(row), place.column)
    return ""


def common_path(answers: Mapping[str, Any], path: str, like: Mapping[str, Any] | None = None) -> str:
    """The common path of a path in these answers (with their row's id)."""
    place = split_path(path)
    for row, name in zip(rows(answers, place.field), row_names(answers, place.field, like), strict=True):
        if place.row and row_id(row) == place.row:
            return path_of(place.field, name, place.column)
    return path


def field_of(path: str) -> str:
    """A path without its row: `arms.n` for `arms[r1].n`."""
    place = split_path(path)
    return path_of(place.field, "", place.column)


def differing_paths(a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[str, ...]:
    """The common paths on which two sets of answers differ, in the order they stand in `a`, then in `b`.

    A row that only one of them has is one path, its own. An absent, a None and an empty answer are the same; "not
    reported" is another answer than empty. Numbers compare by value, text without regard to case and spacing, multiple
    choices without regard to order.
    """
    mine, theirs = flat(a), flat(b, a)
    found: dict[str, None] = {}
    places = {path: split_path(path) for path in (*mine, *theirs)}
    held = {
        table: (frozenset(row_names(a, table)), frozenset(row_names(b, table, a)))
        for table in {place.field for place in places.values() if place.row}
    }
    for path, place in places.items():
        if place.row and (place.row in held[place.field][0]) != (place.row in held[place.field][1]):
            found[path_of(place.field, place.row)] = None
        elif comparable(mine.get(path)) != comparable(theirs.get(path)):
            found[path] = None
    return tuple(found)


def is_row(path: str) -> bool:
    """Whether a path means a row as a whole."""
    place = split_path(path)
    return bool(place.row) and not place.column


def differs(path: str, differing: Container[str]) -> bool:
    """Whether a value is among the differences: itself, or with the row that only one of them has."""
    place = split_path(path)
    return path in differing or (bool(place.row) and path_of(place.field, place.row) in differing)


def differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[str, ...]:
    """As `differing_paths`, in alphabetical order."""
    return tuple(sorted(differing_paths(a, b)))


def is_table(value: object) -> bool:
    """Whether an answer is a table: a list of rows."""
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _is_quote(value: object) -> bool:
    return isinstance(value, Mapping) and not is_not_reported(value)
