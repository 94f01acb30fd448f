"""Entries of tagged text as records: identifiers, what cannot be read, and the fields that only our exports have."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any, BinaryIO

from ingest.formats.tagged import Dialect, Entries, Entry, lines
from ingest.record import RAW_KEPT, BrokenFile, Link, Record, Unreadable


def says_nothing(record: Record) -> bool:
    """Whether an entry names no report: it has neither title, abstract, authors, journal nor identifier."""
    found = (record.title, record.abstract, record.authors, record.journal, record.doi, record.pmid, record.pmcid)
    return not any(found)


SAYS_NOTHING = "It has neither title, abstract, authors, journal nor identifier."


class NotReadable(Exception):
    """Why an entry cannot become a record."""


@dataclass(slots=True)
class Draft:
    """A record being put together: the arguments of Record, by name."""

    values: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    own_id: bool = False  # whether its identifier stays even if another entry has the same
    exact: bool = False  # whether the entry says of itself which record it is, notes included


def read_tagged(file: BinaryIO, dialect: Dialect, draft_of: Callable[[Entry], Draft]) -> Iterator[Record | Unreadable]:
    """Yield one item for each entry of the file, in file order.

    draft_of: makes a record's values of an entry's fields, or raises NotReadable.
    Raises `BrokenFile` or `TruncatedFile` for a damaged gzip file, after what came before the damage.
    """
    entries = Entries(dialect)
    ready = entries.ready
    seen: set[str] = set()
    try:
        for line, whole in lines(file):
            entries.take(line, whole)
            if ready:
                for entry in ready:
                    yield _item(entry, draft_of, seen)
                ready.clear()
    except BrokenFile as error:
        entries.close()
        for entry in ready:
            if entry is ready[-1]:
                entry.problem = entry.problem or "The file breaks off in this entry."
            yield _item(entry, draft_of, seen)
        message = f"{error} {entries.position} entries were found before that, the last of them incomplete."
        raise type(error)(message, entries=max(0, entries.position - 1)) from error
    entries.close()
    for entry in ready:
        yield _item(entry, draft_of, seen)


def _item(entry: Entry, draft_of: Callable[[Entry], Draft], seen: set[str]) -> Record | Unreadable:
    raw = entry.raw
    reason = entry.problem
    if not reason:
        try:
            draft = draft_of(entry)
        except NotReadable as problem:
            reason = str(problem)
    if reason:
        return Unreadable(position=entry.position, line=entry.line, reason=reason, raw=raw[:RAW_KEPT])
    values = draft.values
    own = values["source_id"] if draft.exact else values["source_id"] or _hash_of(entry)
    source_id = own
    if not draft.own_id and f"{values['source']}:{own}" in seen:
        source_id = f"{own} (entry {entry.position})"
    seen.add(f"{values['source']}:{source_id}")
    values["source_id"] = source_id
    notes = list(values.get("notes", ())) if draft.exact else list(dict.fromkeys(draft.notes))
    values["notes"] = (*notes, *entry.notes)
    return Record(**values, position=entry.position, raw=raw)


# Tags that differ between two exports of one entry: numbers in a list, dates of access, places of attached files.
_VOLATILE = frozenset({"ID", "Y2", "L1", "L2", "L3", "L4", "TY", "ER", "N1", "DB", "DP", "UR"})


def _hash_of(entry: Entry) -> str:
    """An identifier for an entry that has none: the same entry gives the same one, in whatever file it stands."""
    content = [(tag, " ".join(" ".join(value).split())) for tag, value in entry.fields]
    content = [(tag, text) for tag, text in content if tag not in _VOLATILE and text] or content
    return hashlib.sha256(repr(sorted(content)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


# ------------------------------------------------------------------------------------------- what only we write

_TEXTS = frozenset({"publication_types", "authors", "language", "mesh", "keywords", "registry_ids", "notes"})
_NUMBERS = frozenset({"year", "version"})
_FLAGS = frozenset({"retracted", "retraction_notice"})
_OPTIONAL = frozenset({"pmid", "doi", "pmcid"})
_KNOWN = frozenset(each.name for each in fields(Record) if each.compare)


def take_exact(draft: Draft, printed: list[list[str]]) -> None:
    """Set the values that an export of this program added in its own tag (see `ingest.exports.exact`).

    printed: the tag's values. One that is not what we write is noted and otherwise ignored.
    """
    for value in printed:
        try:
            exact = _exact("".join(value))
        except (ValueError, TypeError, KeyError, RecursionError):
            draft.notes.append("the workbench's own field of this entry is damaged and was not read")
            continue
        draft.values |= exact
        draft.own_id = draft.exact = "source_id" in exact


def _exact(text: str) -> dict[str, Any]:
    data = json.loads(text)
    if not isinstance(data, dict) or not data.keys() <= _KNOWN:
        raise ValueError(text)
    return {name: _checked(name, value) for name, value in data.items()}


def _checked(name: str, value: Any) -> Any:
    if name == "links":
        links = tuple(Link(type=one["type"], pmid=one["pmid"], citation=one["citation"]) for one in value)
        if not all(isinstance(text, str) for link in links for text in (link.type, link.citation, link.pmid or "")):
            raise TypeError(name)
        return links
    if name in _TEXTS:
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise TypeError(name)
        return tuple(value)
    allowed: tuple[type, ...] = (str,)
    if name in _NUMBERS:
        allowed = (int, type(None))
    elif name in _FLAGS:
        allowed = (bool,)
    elif name in _OPTIONAL:
        allowed = (str, type(None))
    if not isinstance(value, allowed) or (name in _NUMBERS and isinstance(value, bool)):
        raise TypeError(name)
    return value
