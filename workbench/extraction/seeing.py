"""Who could see the others' answers before giving their own, told from the order in which everything was recorded.

Once as many final extractions stand as the review asks for, everybody who holds no draft of the result is shown them.
Answers that are given or changed after that are no independent second reading, even where nobody disagrees any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from workbench.extraction.differences import differences
from workbench.extraction.values import Extraction


class Recorded(Protocol):
    """A revision of somebody's own answers: an extraction, or an appraisal of the risk of bias."""

    @property
    def state(self) -> str: ...
    @property
    def revision(self) -> int: ...
    @property
    def recorded_at(self) -> datetime: ...


Item = TypeVar("Item", bound=Recorded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight(Generic[Item]):
    """The first moment at which one person could see the others' answers about a result."""

    at: datetime
    own: Item | None  # their own final answers at that time


def sights(extractions: Iterable[Extraction], *, extractors: int = 2) -> dict[str, Sight[Extraction]]:
    """By extractor; who never could is not among them. extractions: all revisions of one result."""
    own = [item for item in extractions if item.role == "extractor"]
    return sights_of(own, lambda item: item.extractor, needed=extractors)


def sights_of(own: Sequence[Item], who: Callable[[Item], str], *, needed: int = 2) -> dict[str, Sight[Item]]:
    """By person; who never could is not among them. own: all revisions of one result, consensuses left out."""
    everybody = dict.fromkeys(map(who, own))
    shown_from = min(max(1, needed), 2)
    newest: dict[str, Item] = {}
    found: dict[str, Sight[Item]] = {}
    for item in sorted(own, key=lambda item: (item.recorded_at, item.revision)):
        newest[who(item)] = item
        finals = {name: held for name, held in newest.items() if held.state == "final"}
        if len(finals) < shown_from:
            continue
        for name in everybody:
            if name not in found and (name not in newest or newest[name].state != "draft"):
                found[name] = Sight(at=item.recorded_at, own=finals.get(name))
    return found


def blind(item: Extraction, seen: dict[str, Sight[Extraction]]) -> bool:
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
