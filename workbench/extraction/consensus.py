"""From two extractors' answers and the choices made between them to the answers of a consensus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.extraction.differences import common_path, differing_paths, flat, is_table, own_path, row_names
from workbench.extraction.settling import merged, without
from workbench.extraction.values import Extraction, ExtractionError
from workbench.forms.answers import (
    NAME,
    QUOTES,
    ROW,
    at,
    is_empty,
    is_empty_row,
    new_row_id,
    path_of,
    row_id,
    rows,
    split_path,
    with_value,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is taken for one value: that of one extraction, or another one."""

    extraction: str = ""  # id; "" for another value
    value: Any = None  # the other value; None leaves it empty


def answers_of(vote: Extraction, path: str, like: Extraction | None = None) -> Any:
    """One extractor's answer at a common path (of `like`'s rows, if given); None where it is empty."""
    return flat(vote.answers, None if like is None else like.answers).get(path)


def all_differences(votes: Sequence[Extraction]) -> tuple[str, ...]:
    """The common paths on which any of the extractions differs from the first, in the order of the answers."""
    found: dict[str, None] = {}
    for other in votes[1:]:
        found |= dict.fromkeys(differing_paths(votes[0].answers, other.answers))
    return tuple(found)


def combined(votes: Sequence[Extraction], choices: Mapping[str, Chosen]) -> dict[str, Any]:
    """What all agree on, with the choices made so far; a difference without a choice stays empty.

    votes: final extractions of one result under one form; the rows of tables are those of the first, and those that
    only another has are added. choices: by common path. The quote of a value is that of the extraction it was taken
    from. Raises ExtractionError for a choice of an extraction that is not among the votes.
    """
    by_id = {vote.id: vote for vote in votes}
    differing = all_differences(votes)
    answers = without(merged(votes), differing)
    added: dict[tuple[str, str], str] = {}  # table and name of a row that only another has -> its id here
    quotes: dict[str, Any] = dict(answers.pop(QUOTES, None) or {})
    for path in differing:
        choice = choices.get(path)
        if choice is None:
            continue
        if choice.extraction and choice.extraction not in by_id:
            raise ExtractionError(f"the extraction {choice.extraction} is none of those that are compared")
        vote = by_id.get(choice.extraction)
        value = choice.value if vote is None else answers_of(vote, path, votes[0])
        own = own_path(votes[0].answers, path)
        if not own:
            answers, own = _with_row(answers, path, votes, added)
        quotes.pop(own, None)
        if is_empty(value):
            continue
        answers = with_value(answers, own, value)
        for place, quote in ((vote.answers.get(QUOTES) or {}) if vote is not None else {}).items():
            if vote is not None and common_path(vote.answers, place, votes[0].answers) == path:
                quotes[own] = quote
    answers = _without_empty_rows(answers)
    kept = {path: quote for path, quote in quotes.items() if path == "" or not is_empty(at(answers, path))}
    return answers | ({QUOTES: kept} if kept else {})


def _with_row(
    answers: dict[str, Any], path: str, votes: Sequence[Extraction], added: dict[tuple[str, str], str]
) -> tuple[dict[str, Any], str]:
    """The answers with a row that the first extractor has not, and the path in them."""
    place = split_path(path)
    key = (place.field, place.row)
    if key not in added:
        row = next(
            row
            for vote in votes[1:]
            for row, name in zip(
                rows(vote.answers, place.field), row_names(vote.answers, place.field, votes[0].answers), strict=True
            )
            if name == place.row
        )
        held = [row_id(item) for item in rows(answers, place.field)]
        added[key] = row_id(row) if row_id(row) and row_id(row) not in held else new_row_id(held)
        fresh = {ROW: added[key]} | ({NAME: row[NAME]} if NAME in row else {})
        table = [*(dict(item) for item in rows(answers, place.field)), fresh]
        answers = {**answers, place.field: table}
    return answers, path_of(place.field, added[key], place.column)


def _without_empty_rows(answers: dict[str, Any]) -> dict[str, Any]:
    """Rows of which nothing was taken go."""
    return {
        key: [row for row in value if not is_empty_row(row)] if is_table(value) else value
        for key, value in answers.items()
    }
