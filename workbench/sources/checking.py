"""The quotes of an extraction against the documents they were taken from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from workbench.forms.answers import QUOTES
from workbench.sources.model import SourceText
from workbench.sources.places import QuoteMatch
from workbench.sources.quotes import find_quote

OWN_QUOTE, OWN_PAGE = "quote", "page"  # the fields of a result's own quote
SourceOf = Callable[[str], SourceText | None]
"""From a full text's id ("" for "whichever of the study's documents") to what it says; None where it cannot be read."""


def check_quotes(source_of: SourceOf, answers: Mapping[str, Any]) -> dict[str, QuoteMatch]:
    """What became of each quote, by its path in the answers; the result's own `quote` field is there as "quote".

    A quote whose document cannot be read is left out: it is unchecked, not missing.
    """
    found: dict[str, QuoteMatch] = {}
    own = answers.get(OWN_QUOTE)
    if isinstance(own, str) and own.strip():
        _check(source_of, found, OWN_QUOTE, own, answers.get(OWN_PAGE), "")
    quotes = answers.get(QUOTES)
    if isinstance(quotes, Mapping):
        for path, entry in quotes.items():
            if isinstance(entry, Mapping) and isinstance(entry.get("quote"), str) and entry["quote"].strip():
                full_text = entry.get("full_text")
                _check(
                    source_of,
                    found,
                    str(path),
                    entry["quote"],
                    entry.get("page"),
                    full_text if isinstance(full_text, str) else "",
                )
    return found


def _check(source_of: SourceOf, found: dict[str, QuoteMatch], path: str, quote: str, page: Any, full_text: str) -> None:
    source = source_of(full_text)
    if source is not None:
        found[path] = find_quote(source, quote, page=page if isinstance(page, str) else "")


def as_kept(match: QuoteMatch | None) -> Literal["yes", "no", "unchecked"]:
    """What is kept with an answer: a quote that is nearly found has all its numbers, and counts as found."""
    if match is None:
        return "unchecked"
    return "no" if match.found == "no" else "yes"


def together(sources: Sequence[tuple[str, SourceText]]) -> SourceText | None:
    """Several documents as one, each page and table named after its document; None where there is none."""
    if not sources:
        return None
    if len(sources) == 1:
        return sources[0][1]
    pages = tuple(replace(page, label=f"{name}, {page.label}") for name, source in sources for page in source.pages)
    tables = tuple(
        replace(table, label=f"{name}, {table.label}") for name, source in sources for table in source.tables
    )
    return SourceText(pages=pages, tables=tables, flowing=any(source.flowing for _, source in sources))
