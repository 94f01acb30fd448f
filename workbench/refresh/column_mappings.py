"""Which column of a table is which field: what a team said once, for the next file with the same columns.

Kept as a preference of the review, not of a person: everybody's next export of that database has the same header.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ingest.formats.csv_mapping import Mapping, guess_mapping
from ingest.readers import look_at
from ingest.record import IngestError
from workbench.store import SYSTEM, Store

Mappings = Callable[[Path], Mapping | None]
"""Gives the mapping for a file; None where the file is no table, or is to be read as guessed."""
LARGEST = 1 << 20  # bytes of a file that says how to map


class BadMapping(IngestError):
    """The columns cannot be mapped as somebody said."""


def remember_mapping(store: Store, mapping: Mapping) -> None:
    """Keep a mapping for tables with the same header."""
    store.set_preference(SYSTEM, _key(mapping.header), mapping.as_dict())


def remembered_mapping(store: Store, guessed: Mapping) -> Mapping | None:
    """What was kept for a table with this header; its separator and encoding are those of the file at hand."""
    held = store.preference(SYSTEM, _key(guessed.header))
    if not isinstance(held, dict):
        return None
    try:
        kept = Mapping.from_dict(held)
    except ValueError:  # written by a later version
        return None
    if kept.header != guessed.header:
        return None
    return replace(guessed, columns=kept.columns, author_separator=kept.author_separator, own=False)


def guessed_mapping(path: Path) -> Mapping | None:
    """How a table would be read; None for a file of another kind, and for an archive (its tables are guessed)."""
    try:
        found = look_at(path)
    except IngestError:
        known = False  # a table, perhaps, whose columns have names that nobody knows
    else:
        if len(found) != 1 or found[0].name != path.name or "table" not in found[0].format:
            return None
        known = True
    try:
        with path.open("rb") as file:
            mapping = guess_mapping(file)
    except (IngestError, OSError):
        return None
    return mapping if known or _looks_like_a_table(mapping) else None


def _looks_like_a_table(mapping: Mapping) -> bool:
    """Whether a text that no reader recognises may be one: columns, and rows that have as many."""
    width = len(mapping.header)
    rows = [len(row) for row in mapping.sample]
    return width > 1 and bool(rows) and all(row == width for row in rows)


def remembered_for(store: Store) -> Mappings:
    """The mapping that was kept for a file's header; None where none was."""

    def choose(path: Path) -> Mapping | None:
        guessed = guessed_mapping(path)
        return None if guessed is None or guessed.own else remembered_mapping(store, guessed)

    return choose


def mapping_from_file(path: Path) -> Mappings:
    """A mapping that somebody wrote down: JSON with a column, or several, for each field; the others are guessed.

    {"title": "Paper", "year": "Published", "keywords": ["Tags", "Author keywords"]}; "" leaves a field out. Raises
    `BadMapping` for a file that is no such thing, and when it names a column that a table does not have.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise BadMapping(f"{path.name} is too large to be a mapping of columns.")
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadMapping(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise BadMapping(f"{path.name} cannot be read as JSON: {error}") from error
    given = data.get("columns", data) if isinstance(data, dict) else None
    if not isinstance(given, dict) or not all(_names_columns(those) for those in given.values()):
        raise BadMapping(
            f"{path.name} must name the column of each field, as in "
            '{"title": "Paper", "year": "Published", "keywords": ["Tags", "Author keywords"]}'
        )
    columns = {str(name): _as_tuple(those) for name, those in given.items()}

    def choose(file: Path) -> Mapping | None:
        guessed = guessed_mapping(file)
        if guessed is None:
            return None
        try:
            return guessed.with_columns({**guessed.columns, **columns})
        except ValueError as error:
            raise BadMapping(f"{path.name} does not fit {file.name}: {error}") from error

    return choose


def _names_columns(those: object) -> bool:
    return isinstance(those, str) or (isinstance(those, list) and all(isinstance(one, str) for one in those))


def _as_tuple(those: str | list[str]) -> tuple[str, ...]:
    return tuple(name for name in ([those] if isinstance(those, str) else those) if name)


def _key(header: Sequence[str]) -> str:
    signature = hashlib.sha256(json.dumps(list(header), ensure_ascii=False).encode("utf-8", "replace")).hexdigest()
    return f"columns:{signature[:24]}"
