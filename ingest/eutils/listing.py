"""What an esearch answer lists, and what PubMed says beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ingest.eutils.errors import EutilsError
from ingest.eutils.seam import read_answer

_PAGING = "restrictions achieved"  # PubMed's notice that a page touches the end of what it lists
_NOTHING = "no items found."


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One esearch answer as read.

    not_found: phrases and fields that PubMed dropped from the search. messages: what else it said.
    """

    count: int
    pmids: tuple[str, ...]
    translation: str
    messages: tuple[str, ...]
    not_found: tuple[str, ...]

    @property
    def clamped(self) -> bool:
        """Whether PubMed lists fewer records than it counts, and says so."""
        return len(self.pmids) < self.count and any(_PAGING in m.lower() for m in self.messages)

    @property
    def remarks(self) -> tuple[str, ...]:
        """The messages that a reviewer should see: not those on paging, nor that nothing was found."""
        return tuple(m for m in self.messages if _PAGING not in m.lower() and m.lower() != _NOTHING)


def read_listing(body: bytes) -> Listing:
    """Read an esearch answer; EutilsError if it lacks what every such answer has."""
    answer = read_answer(body)
    try:
        errors, remarks = answer.get("ErrorList") or {}, answer.get("WarningList") or {}
        return Listing(
            count=int(answer["Count"]),
            pmids=tuple(str(pmid) for pmid in answer["IdList"]),
            translation=str(answer.get("QueryTranslation", "")),
            messages=_texts(remarks, "OutputMessage") + _texts(remarks, "PhraseIgnored"),
            not_found=(
                _texts(errors, "PhraseNotFound")
                + _texts(errors, "FieldNotFound")
                + _texts(remarks, "QuotedPhraseNotFound")
            ),
        )
    except (AttributeError, KeyError, ValueError, TypeError):
        fault = "the search's answer lacks its count or its list"
    raise EutilsError(fault)


def _texts(part: Any, name: str) -> tuple[str, ...]:
    found = part.get(name, ()) if hasattr(part, "get") else ()
    return tuple(str(text).strip() for text in ((found,) if isinstance(found, str) else found))
