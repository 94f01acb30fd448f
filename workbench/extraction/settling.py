"""From the extractors' revisions of one result to what stands for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from workbench.extraction.basis import finals_named, without_basis
from workbench.extraction.differences import common_path, differences, is_row, own_path
from workbench.extraction.places import with_place
from workbench.extraction.rows import comparable
from workbench.extraction.seeing import changed_after_seeing
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
    """Keep what stands, in order of recording: the newest revision of each extractor, withdrawn ones left out.

    Of consensuses: the one recorded last, whoever recorded it, unless it was opened again; and drafts of another.
    """
    known = list(extractions)
    newest: dict[tuple[str, str], Extraction] = {}
    for extraction in known:
        author = (extraction.role, extraction.extractor)
        if author not in newest or extraction.revision > newest[author].revision:
            newest[author] = extraction
    word = last_word(known)
    standing = [item for item in newest.values() if item.role == "extractor" and item.state != "withdrawn"]
    standing += [word] if word is not None and word.state == "final" else []
    for item in newest.values():
        if item.role == "consensus" and item.state == "draft":
            overtaken = word is not None and word.state == "final" and _counted(item) < _counted(word)
            standing += [] if overtaken else [item]
    return tuple(sorted(standing, key=lambda extraction: (extraction.recorded_at, extraction.extractor)))


def last_word(extractions: Iterable[Extraction]) -> Extraction | None:
    """The consensus that was recorded last, or the withdrawn revision that opened it again; None where there is none.

    Revisions of a consensus count over everybody who works on it; drafts settle nothing.
    """
    said = [item for item in extractions if item.role == "consensus" and item.state != "draft"]
    return max(said, key=_counted, default=None)


def _counted(item: Extraction) -> tuple[int, datetime]:
    return item.revision, item.recorded_at


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
    late = changed_after_seeing(votes, known, extractors=extractors)
    if verdicts:
        verdict = verdicts[-1]
        return replace(
            _settled([verdict], without_basis(verdict.answers), ResultState.SETTLED, differing=differing),
            changed_after_consensus=_changed_since(verdict, votes, known),
            changed_after_seeing=late,
        )
    if not votes:
        state = ResultState.DRAFT if standing else ResultState.EMPTY
        return _settled(list(standing) or known[-1:], {}, state)
    if differing:
        settled = _settled(votes, without(votes[0].answers, differing), ResultState.CONFLICT, differing=differing)
    else:
        state = ResultState.AGREED if len(votes) >= max(1, extractors) else ResultState.WAITING
        settled = _settled(votes, merged(votes), state)
    return replace(settled, changed_after_seeing=late)


def _changed_since(verdict: Extraction, votes: Sequence[Extraction], known: Sequence[Extraction]) -> bool:
    """Whether final answers stand that say something else than those the consensus was made from.

    A consensus that names none of them (an imported one) is taken to rest on all that were recorded before it.
    """
    named = finals_named(verdict.answers)
    if named is None:
        return any(vote.recorded_at > verdict.recorded_at for vote in votes)
    of = {item.extractor: item for item in known if item.id in named}
    return any(
        vote.id not in named and (vote.extractor not in of or bool(_all_differences([of[vote.extractor], vote])))
        for vote in votes
    )


def _settled(
    basis: list[Extraction],
    answers: dict[str, Any],
    state: ResultState,
    *,
    differing: tuple[str, ...] = (),
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
    )


def _all_differences(votes: Sequence[Extraction]) -> tuple[str, ...]:
    """Compare every extraction with the first: two differ from each other only if one differs from the first."""
    found: set[str] = set()
    for other in votes[1:]:
        found.update(differences(votes[0].answers, other.answers))
        if other.form != votes[0].form:
            found.add(FORM)
    return tuple(sorted(found))


def without(answers: Mapping[str, Any], differing: Iterable[str]) -> dict[str, Any]:
    """The answers without the values, and the rows, at these common paths; a table keeps its other rows."""
    left = dict(answers)
    for path in differing:
        own = own_path(answers, path)
        if own:
            left = with_value(left, own, {} if is_row(path) else None)
    return left


def merged(votes: Sequence[Extraction]) -> dict[str, Any]:
    """Take the first extractor's answers; where a remark or the quote of a value is missing there, the next one's.

    The result's own quote and its page are one piece, and come from one extractor.
    """
    merged = dict(votes[0].answers)
    for other in votes[1:]:
        for key in FREE_TEXT:
            if comparable(merged.get(key)) is None and key in other.answers:
                merged[key] = other.answers[key]
        quotes = dict(merged.get(QUOTES) or {})
        for path, quote in (other.answers.get(QUOTES) or {}).items():
            own = own_path(merged, common_path(other.answers, path, merged)) if path else ""
            if own:
                quotes.setdefault(own, quote)
        if quotes:
            merged[QUOTES] = quotes
    return with_place(merged, votes)
