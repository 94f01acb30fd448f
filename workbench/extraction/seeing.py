"""Who could see the others' answers before giving their own, told from the order in which everything was recorded.

Once as many final extractions stand as the review asks for, everybody who holds no draft of the result is shown them.
Answers that are given or changed after that are no independent second reading, even where nobody disagrees any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from workbench.extraction.differences import differences
from workbench.extraction.values import Extraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The first moment at which one person could see the others' answers about a result."""

    at: datetime
    own: Extraction | None  # their own final answers at that time


def sights(extractions: Iterable[Extraction], *, extractors: int = 2) -> dict[str, Sight]:
    """By extractor; who never could is not among them. extractions: all revisions of one result."""
    known = [item for item in extractions if item.role == "extractor"]
    everybody = dict.fromkeys(item.extractor for item in known)
    shown_from = min(max(1, extractors), 2)
    newest: dict[str, Extraction] = {}
    found: dict[str, Sight] = {}
    for item in sorted(known, key=lambda item: (item.recorded_at, item.revision)):
        newest[item.extractor] = item
        finals = {name: held for name, held in newest.items() if held.state == "final"}
        if len(finals) < shown_from:
            continue
        for name in everybody:
            if name not in found and (name not in newest or newest[name].state != "draft"):
                found[name] = Sight(at=item.recorded_at, own=finals.get(name))
    return found


def blind(item: Extraction, seen: dict[str, Sight]) -> bool:
    """Whether these answers were recorded before their extractor could see the others'."""
    sight = seen.get(item.extractor)
    return sight is None or item.recorded_at <= sight.at


def changed_after_seeing(
    votes: Sequence[Extraction], known: Iterable[Extraction], *, extractors: int
) -> tuple[str, ...]:
    """Whose standing answers are others than those they gave blind; who gave none blind is among them.

    votes: the standing final extractions of one result. known: all its revisions.
    """
    seen = sights(known, extractors=extractors)
    return tuple(vote.extractor for vote in votes if not blind(vote, seen) and _others(vote, seen[vote.extractor].own))


def _others(vote: Extraction, own: Extraction | None) -> bool:
    return own is None or own.form != vote.form or bool(differences(own.answers, vote.answers))
