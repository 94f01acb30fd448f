"""Extraction: what was read from a study's reports, by whom, and what stands once the extractors are compared.

An extraction is one extractor's answers to a form about one *result* (one contrast, outcome and time point of a study).
Saving again appends a revision. Whether a result is agreed, in conflict or settled is computed here, never stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

FREE_TEXT = frozenset({"quote", "page", "source_address", "certainty_note", "notes"})
"""Fields in which two extractors may differ without disagreeing: where they read it, and what they remarked."""

FORM = "form"
"""Named among the differences when two extractors filled in different forms."""


class ExtractionError(ValueError):
    """Base of what this module raises; its message is written for a reviewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One trial, however many reports tell of it."""

    id: str
    label: str  # as cited: "Malavera 2016"
    reports: tuple[str, ...] = ()  # keys of records of its reports
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """One extractor's answers about one result, as saved at one time."""

    id: str  # a UUID made where it was filled in: sending it twice records it once
    study: str  # Study.id
    result: str  # the slot: one contrast, outcome and time point of the study
    form: str
    form_version: int
    extractor: str
    answers: Mapping[str, Any]  # field key -> str, int, float, list of str, or forms.NOT_REPORTED
    state: Literal["draft", "final", "withdrawn"] = "draft"
    role: Literal["extractor", "consensus"] = "extractor"
    recorded_at: datetime
    note: str = ""
    revision: int = 1  # 1, 2, ... for this result, extractor and role

    def __post_init__(self) -> None:
        if self.recorded_at.tzinfo is None:
            raise ExtractionError(f"the extraction of {self.extractor!r} needs a time with a time zone")
        if self.revision < 1:
            raise ExtractionError(f"revisions count from 1, not {self.revision}")


class ResultState(StrEnum):
    """Where one result stands; always derived."""

    EMPTY = "empty"  # nobody has begun, or everything was withdrawn
    DRAFT = "draft"  # begun, nothing final
    WAITING = "waiting"  # final, but the second extractor is missing
    CONFLICT = "conflict"
    AGREED = "agreed"
    SETTLED = "settled"  # a consensus was recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledResult:
    """What stands for one result.

    answers: AGREED, SETTLED: the answers to analyse. WAITING: those of the only final extraction. CONFLICT: the fields
    on which the extractors agree, to start a consensus from. DRAFT, EMPTY: none.
    """

    study: str
    result: str
    form: str
    form_version: int
    answers: Mapping[str, Any]
    state: ResultState
    extraction_ids: tuple[str, ...]  # those the answers rest on; the consensus alone once there is one
    differences: tuple[str, ...] = ()  # field keys on which final extractions differ; kept after a consensus
    extractors: tuple[str, ...] = ()  # who filled in the extractions named above
    changed_after_consensus: bool = False  # an extractor saved a final revision later than the consensus: look again

    @property
    def usable(self) -> bool:
        """Whether the answers may enter an analysis."""
        return self.state in (ResultState.AGREED, ResultState.SETTLED)


def differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the fields on which two sets of answers differ, in alphabetical order.

    An absent, a None and an empty answer are the same; "not reported" is another answer than empty. Numbers compare by
    value, text without regard to case and spacing, multiple choices without regard to order. FREE_TEXT never differs.
    """
    keys = (a.keys() | b.keys()) - FREE_TEXT
    return tuple(sorted(key for key in keys if _comparable(a.get(key)) != _comparable(b.get(key))))


def _comparable(answer: Any) -> Any:
    if isinstance(answer, str):
        return " ".join(answer.split()).casefold() or None
    if isinstance(answer, list | tuple):
        return sorted((_comparable(item) for item in answer), key=repr) or None
    return answer


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
        common = {key: answer for key, answer in votes[0].answers.items() if key not in differing}
        return _settled(votes, common, ResultState.CONFLICT, differing=differing)
    state = ResultState.AGREED if len(votes) >= max(1, extractors) else ResultState.WAITING
    return _settled(votes, _merged(votes), state)


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


def _merged(votes: list[Extraction]) -> dict[str, Any]:
    """Take the first extractor's answers; where a quote, page or note is missing there, the next one's."""
    merged = dict(votes[0].answers)
    for other in votes[1:]:
        for key in FREE_TEXT:
            if _comparable(merged.get(key)) is None and key in other.answers:
                merged[key] = other.answers[key]
    return merged
