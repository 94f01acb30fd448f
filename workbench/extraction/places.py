"""Where a result's numbers stand: its own quote, the page and the quote's document are one piece, of one extractor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.extraction.rows import comparable
from workbench.extraction.values import Extraction
from workbench.forms.answers import QUOTES, is_empty, is_not_reported

QUOTE, PAGE, ADDRESS = "quote", "page", "source_address"
PIECE = (QUOTE, PAGE, ADDRESS)
"""The fields of the piece; with them goes the entry "" of `QUOTES`."""


def place_of(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The piece of one extractor's answers, its entry of `QUOTES` under "". Only what is not empty."""
    held = {key: answers[key] for key in PIECE if not is_empty(answers.get(key)) and not _is_own(answers[key])}
    entry = (answers.get(QUOTES) or {}).get("")
    return held | ({"": entry} if isinstance(entry, Mapping) else {})


def differing_places(votes: Sequence[Extraction]) -> bool:
    """Whether the extractors quote different words or pages."""
    said = {repr([comparable(place_of(vote.answers).get(key)) for key in (QUOTE, PAGE)]) for vote in votes}
    return len(said) > 1


def with_place(answers: Mapping[str, Any], votes: Sequence[Extraction]) -> dict[str, Any]:
    """The answers with the piece of the first of these extractions that has a quote, or else any part of it."""
    pieces = [place_of(vote.answers) for vote in votes]
    found = next((piece for piece in pieces if QUOTE in piece), next((piece for piece in pieces if piece), {}))
    return placed(answers, found)


def placed(answers: Mapping[str, Any], piece: Mapping[str, Any]) -> dict[str, Any]:
    """The answers with this piece in place of theirs."""
    kept = {key: value for key, value in answers.items() if key not in (*PIECE, QUOTES) or _is_own(value)}
    kept |= {key: value for key, value in piece.items() if key}
    quotes = {path: entry for path, entry in (answers.get(QUOTES) or {}).items() if path}
    quotes |= {"": piece[""]} if "" in piece else {}
    return kept | ({QUOTES: quotes} if quotes else {})


def _is_own(value: object) -> bool:
    """A field of type quote, which has its page with it, or one of another kind of form."""
    return isinstance(value, Mapping) and not is_not_reported(value)
