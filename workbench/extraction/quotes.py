"""Quotes that keep up with the answers they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.extraction.places import PAGE, QUOTE
from workbench.forms.answers import QUOTES, at, is_empty

UNCHECKED = "unchecked"


def kept_up(answers: Mapping[str, Any], before: Mapping[str, Any], *, own_quote: bool = True) -> dict[str, Any]:
    """The answers, their quotes as they are after what was typed.

    before: the answers as they were. The result's own quote (path "") says what stands in its fields: other words have
    no document any more and are unchecked. The quote of an answer that was emptied stays, unchecked, for the answer to
    be typed again. own_quote: whether the form asks for the result's own quote.
    """
    held = answers.get(QUOTES)
    if not isinstance(held, Mapping):
        return dict(answers)
    quotes: dict[str, Any] = {}
    for path, entry in held.items():
        if not path and own_quote and isinstance(entry, Mapping):
            entry = _own(answers, entry)
        elif path and isinstance(entry, Mapping) and is_empty(at(answers, path)) and not is_empty(at(before, path)):
            entry = {**entry, "found": UNCHECKED}
        if entry is not None:
            quotes[path] = entry
    return _with(answers, quotes)


def of_answers(answers: Mapping[str, Any], *, own_quote: bool = True) -> dict[str, Any]:
    """The answers with the quotes of what is answered; those of empty answers go."""
    kept = kept_up(answers, {}, own_quote=own_quote)
    quotes = kept.get(QUOTES)
    if not isinstance(quotes, Mapping):
        return kept
    return _with(kept, {path: entry for path, entry in quotes.items() if not path or not is_empty(at(answers, path))})


def _own(answers: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any] | None:
    quote, page = (_text(answers.get(key)) for key in (QUOTE, PAGE))
    if not quote:
        return None
    if quote == _text(entry.get("quote")):
        return {**entry, "page": page or _text(entry.get("page"))}
    return {"quote": quote, "page": page, "full_text": "", "found": UNCHECKED}


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _with(answers: Mapping[str, Any], quotes: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in answers.items() if key != QUOTES}
    return kept | ({QUOTES: dict(quotes)} if quotes else {})
