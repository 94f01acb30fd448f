"""From the extractors' revisions of one result to what stands for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from workbench.extraction.differences import common_path, comparable, differences, own_path
from workbench.extraction.values import (
    FORM,
    FREE_TEXT,
    Extraction,
    ExtractionError,
    ResultState,
    SettledResult,
)
from workbench.forms.answers import QUOTES, with_value


def latest_revisions(extractions: Iterable[Extraction]) -> tuple[Extraction, ...]:
    """Keep the newest revision of each extractor and role, withdrawn ones left out, in order of recording."""
    newest: dict[tuple[str, str], Extraction] = {}
    for extraction in extractions:
        author = (extraction.role, extraction.extractor)
        if author not in newest or extraction.revision > newest[author].revision:
            newest[author] = extraction
    standing = (extraction for extraction in newest.values() if extraction.state != "withdrawn")
    return tuple(sorted(standing, key=lambda extraction: (extraction.recorded_at, extraction.extractor)))


def settle(extractions: Iterable[Extraction], *, extractors: int) -> SettledResult:
    """Compare what the extractors of one result saved and give what stands.

    extractions: all revisions on one result of one study, at least one. extractors: how many independent final
    extractions the review asks for (1 or 2). A final consensus wins over everything; the latest, should there be two.
    """
    known = list(extractions)
    subjects = {(extraction.study, extraction.result) for extraction in known}
    if len(subjects) != 1:
        raise ExtractionError(f"settle needs the extractions of exactly one result, not of {len(subjects)}")
    standing = latest_revisions(known)
    finals = [extraction for extraction in standing if extraction.state == "final"]
    votes = [extraction for extraction in finals if extraction.role == "extractor"]
    verdicts = [extraction for extraction in finals if extraction.role == "consensus"]
    differing = _all_differences(votes)
    if verdicts:
        verdict = verdicts[-1]
        later = any(vote.recorded_at > verdict.recorded_at for vote in votes)
        return _settled(
            [verdict], dict(verdict.answers), ResultState.SETTLED, differing=differing, changed_after_consensus=later
        )
    if not votes:
        state = ResultState.DRAFT if standing else ResultState.EMPTY
        return _settled(list(standing) or known[-1:], {}, state)
    if differing:
        return _settled(votes, without(votes[0].answers, differing), ResultState.CONFLICT, differing=differing)
    state = ResultState.AGREED if len(votes) >= max(1, extractors) else ResultState.WAITING
    return _settled(votes, merged(votes), state)


def _settled(
    basis: list[Extraction],
    answers: dict[str, Any],
    state: ResultState,
    *,
    differing: tuple[str, ...] = (),
    changed_after_consensus: bool = False,
) -> SettledResult:
    return SettledResult(
        study=basis[0].study,
        result=basis[0].result,
        form=basis[0].form,
        form_version=basis[0].form_version,
        answers=answers,
        state=state,
        extraction_ids=tuple(extraction.id for extraction in basis),
        differences=differing,
        extractors=tuple(dict.fromkeys(extraction.extractor for extraction in basis)),
        changed_after_consensus=changed_after_consensus,
    )


def _all_differences(votes: list[Extraction]) -> tuple[str, ...]:
    """Compare every extraction with the first: two differ from each other only if one differs from the first."""
    found: set[str] = set()
    for other in votes[1:]:
        found.update(differences(votes[0].answers, other.answers))
        if other.form != votes[0].form:
            found.add(FORM)
    return tuple(sorted(found))


def without(answers: Mapping[str, Any], differing: Iterable[str]) -> dict[str, Any]:
    """The answers without the values at these common paths; a table keeps its rows."""
    left = dict(answers)
    for path in differing:
        own = own_path(answers, path)
        left = with_value(left, own, None) if own else left
    return left


def merged(votes: Sequence[Extraction]) -> dict[str, Any]:
    """Take the first extractor's answers; where a quote, page or note is missing there, the next one's."""
    merged = dict(votes[0].answers)
    for other in votes[1:]:
        for key in FREE_TEXT:
            if comparable(merged.get(key)) is None and key in other.answers:
                merged[key] = other.answers[key]
        quotes = dict(merged.get(QUOTES) or {})
        for path, quote in (other.answers.get(QUOTES) or {}).items():
            own = own_path(merged, common_path(other.answers, path, merged))
            quotes.setdefault(own or path, quote)
        if quotes:
            merged[QUOTES] = quotes
    return merged
