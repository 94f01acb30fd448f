"""From two extractors' answers and the choices made between them to the answers of a consensus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from workbench.extraction.basis import Chosen, without_basis
from workbench.extraction.differences import (
    LABEL,
    common_path,
    differing_paths,
    differs,
    flat,
    is_row,
    is_table,
    own_path,
    row_names,
    source_of,
)
from workbench.extraction.places import PAGE, QUOTE, place_of, placed
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

PLACE = QUOTE
"""The path under which the choice of the result's own quote and page stands; never one of the differences."""


def answers_of(vote: Extraction, path: str, like: Extraction | None = None) -> Any:
    """One extractor's answer, or row, at a common path (of `like`'s rows, if given); None where it is empty."""
    reference = None if like is None else like.answers
    if not is_row(path):
        return flat(vote.answers, reference).get(path)
    place = split_path(path)
    named = zip(rows(vote.answers, place.field), row_names(vote.answers, place.field, reference), strict=True)
    return next((dict(row) for row, name in named if name == place.row), None)


def all_differences(votes: Sequence[Extraction]) -> tuple[str, ...]:
    """The common paths on which any of the extractions differs from the first, in the order of the answers.

    A row that any of them lacks is chosen as a whole; its cells are then no differences of their own.
    """
    found: dict[str, None] = {}
    for other in votes[1:]:
        found |= dict.fromkeys(differing_paths(votes[0].answers, other.answers))
    whole = {path for path in found if is_row(path)}
    return tuple(path for path in found if path in whole or not differs(path, whole))


def taken_from(votes: Sequence[Extraction], choices: Mapping[str, Chosen]) -> Extraction:
    """Whose quote and page go with the numbers, where that is not chosen itself: whose numbers were taken.

    The extraction of which most numbers were taken, then most other answers; where none was, the first with a quote.
    """
    by_id = {vote.id: vote for vote in votes}
    counted: Counter[str] = Counter()
    for path, choice in choices.items():
        if path != PLACE and choice.extraction in by_id:
            answer = answers_of(by_id[choice.extraction], path, votes[0])
            counted[choice.extraction] += 1000 if _has_number(answer) else 0 if is_empty(answer) else 1
    if counted:
        most = max(counted.values())
        return next(vote for vote in votes if counted[vote.id] == most and vote.id in counted)
    return next((vote for vote in votes if QUOTE in place_of(vote.answers)), votes[0])


def _has_number(answer: Any) -> bool:
    if isinstance(answer, Mapping):
        return any(_has_number(cell) for key, cell in answer.items() if not key.startswith("_"))
    return isinstance(answer, int | float) and not isinstance(answer, bool)


def combined(votes: Sequence[Extraction], choices: Mapping[str, Chosen]) -> dict[str, Any]:
    """What all agree on, with the choices made so far; a difference without a choice stays empty.

    votes: final extractions of one result under one form; the rows of tables are those of the first, and those that
    only another has are added. choices: by common path; under `PLACE` that of the result's quote and page, which
    otherwise come with the numbers (`taken_from`). The quote of a value is that of the extraction it was taken from, or
    the one given with another value. Raises ExtractionError for a choice of an extraction that is not among the votes.
    """
    by_id = {vote.id: vote for vote in votes}
    for named in {item.extraction for item in choices.values()} - {"", *by_id}:
        raise ExtractionError(f"the extraction {named} is none of those that are compared")
    first = votes[0]
    differing = all_differences(votes)
    answers = without_basis(without(merged(votes), differing))
    quotes: dict[str, Any] = dict(answers.pop(QUOTES, None) or {})
    identities = {vote.id: _identities(vote, votes) for vote in votes}
    for path in differing:
        choice = choices.get(path)
        if choice is None:
            continue
        vote = by_id.get(choice.extraction)
        if is_row(path):
            if vote is not None:
                answers = _with_row(answers, vote, path, first, quotes, identities[vote.id])
            continue
        own = own_path(first.answers, path)
        quotes.pop(own, None)
        value = choice.value if vote is None else answers_of(vote, path, first)
        if is_empty(value):
            continue
        answers = with_value(answers, own, value)
        if vote is not None:
            for place, quote in _quotes(vote):
                if common_path(vote.answers, place, first.answers) == path:
                    quotes[own] = quote
        elif choice.quote.strip() or choice.page.strip():
            quotes[own] = _typed(choice.quote, choice.page)
    answers = _in_order(_with_their_arms(answers, votes), first)
    kept = {path: quote for path, quote in quotes.items() if path and not is_empty(at(answers, path))}
    return placed(answers | ({QUOTES: kept} if kept else {}), _piece(votes, choices))


def _piece(votes: Sequence[Extraction], choices: Mapping[str, Chosen]) -> dict[str, Any]:
    choice = choices.get(PLACE)
    if choice is None:
        return place_of(taken_from(votes, choices).answers)
    if choice.extraction:
        return place_of(next(vote for vote in votes if vote.id == choice.extraction).answers)
    return {key: text.strip() for key, text in ((QUOTE, choice.quote), (PAGE, choice.page)) if text.strip()}


def _typed(quote: str, page: str) -> dict[str, str]:
    return {"quote": quote.strip(), "page": page.strip(), "full_text": "", "found": "unchecked"}


def _quotes(vote: Extraction) -> Iterator[tuple[str, Any]]:
    yield from ((path, quote) for path, quote in (vote.answers.get(QUOTES) or {}).items() if path)


_Identities = Mapping[tuple[str, str], str]
"""(table, row id in one extraction) -> the row's id in the consensus."""


def _identities(vote: Extraction, votes: Sequence[Extraction]) -> _Identities:
    """The ids of one extraction's rows in the consensus, in tables that have rows of their own.

    A row that the first extraction has, too, has its id; any other one an id that no row of another extraction gets.
    """
    first = votes[0]
    found: dict[tuple[str, str], str] = {}
    for table in (key for key, value in vote.answers.items() if is_table(value) and not source_of(vote.answers, key)):
        known = dict(zip(row_names(first.answers, table), map(row_id, rows(first.answers, table)), strict=True))
        taken = {row_id(row) for row in rows(first.answers, table)}
        for other in votes[1 : votes.index(vote)]:
            taken |= {identity for (held, _), identity in _identities(other, votes).items() if held == table}
        named = zip(rows(vote.answers, table), row_names(vote.answers, table, first.answers), strict=True)
        for row, name in named:
            mine = row_id(row)
            identity = known.get(name) or (mine if mine not in taken else new_row_id(taken))
            found[table, mine] = identity
            taken.add(identity)
    return found


def _with_row(
    answers: dict[str, Any],
    vote: Extraction,
    path: str,
    first: Extraction,
    quotes: dict[str, Any],
    identities: _Identities,
) -> dict[str, Any]:
    """The answers with the whole row as this extraction has it, if it has it; its quotes go into `quotes`."""
    row = answers_of(vote, path, first)
    if row is None:
        return answers
    table, mine = split_path(path).field, row_id(row)
    identity = identities.get((source_of(vote.answers, table) or table, mine), mine)
    for place, quote in _quotes(vote):
        where = split_path(place)
        if (where.field, where.row) == (table, mine):
            quotes[path_of(table, identity, where.column)] = quote
    return {**answers, table: [*(dict(item) for item in rows(answers, table)), {**row, ROW: identity}]}


def _with_their_arms(answers: dict[str, Any], votes: Sequence[Extraction]) -> dict[str, Any]:
    """Rows that are another table's, under what that row is called now; those of a row that was left out go with it."""
    found = dict(answers)
    for table in (key for key, value in answers.items() if is_table(value)):
        source = next(filter(None, (source_of(vote.answers, table) for vote in votes)), "")
        called = {row_id(row): row.get(LABEL) for row in rows(answers, source)} if source else {}
        if called and all(isinstance(name, str) for name in called.values()):
            kept = (row for row in rows(answers, table) if row_id(row) in called)
            found[table] = [{**row, NAME: called[row_id(row)]} for row in kept]
    return found


def _in_order(answers: dict[str, Any], first: Extraction) -> dict[str, Any]:
    """The rows in the order of the first extraction, others after them; rows of which nothing was taken go."""
    found = dict(answers)
    for key, value in answers.items():
        if is_table(value):
            order = {row_id(row): place for place, row in enumerate(rows(first.answers, key))}
            kept = [row for row in value if not is_empty_row(row)]
            found[key] = sorted(kept, key=lambda row, order=order: order.get(row_id(row), len(order)))  # type: ignore[misc]
    return found
