"""The history of one value: who typed what, when, and what stood there before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from workbench.extraction.differences import comparable, flat
from workbench.extraction.values import Extraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one value by one person."""

    path: str
    before: Any  # None: empty
    after: Any
    by: str
    at: datetime
    role: Literal["extractor", "consensus"]
    revision: int
    extraction: str  # id of the revision that has the new value
    note: str = ""


def changes(extractions: Iterable[Extraction], path: str | None = None) -> tuple[Change, ...]:
    """Every change of a value over the revisions of one result, oldest first; of one path only, if given.

    Each person's revisions are compared with their own earlier ones: what a colleague typed is no change of mine.
    """
    found: list[Change] = []
    before: dict[tuple[str, str], dict[str, Any]] = {}
    for item in sorted(extractions, key=lambda item: (item.recorded_at, item.revision)):
        was = before.get((item.role, item.extractor), {})
        now = {} if item.state == "withdrawn" else flat(item.answers)
        before[item.role, item.extractor] = now
        for key in dict.fromkeys((*was, *now)):
            if path not in (None, key) or comparable(was.get(key)) == comparable(now.get(key)):
                continue
            found.append(
                Change(
                    path=key,
                    before=was.get(key),
                    after=now.get(key),
                    by=item.extractor,
                    at=item.recorded_at,
                    role=item.role,
                    revision=item.revision,
                    extraction=item.id,
                    note=item.note,
                )
            )
    return tuple(found)
