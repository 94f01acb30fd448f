"""What was extracted, by whom, and where a result stands."""

from __future__ import annotations

from collections.abc import Mapping
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
    revision: int = 1  # 1, 2, ... for this result and extractor; of a consensus: for this result, whoever works on it

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
    changed_after_consensus: bool = False  # final answers stand that the consensus was not made from: look again
    changed_after_seeing: tuple[str, ...] = ()  # extractors whose standing answers are not those they gave blind

    @property
    def usable(self) -> bool:
        """Whether the answers may enter an analysis."""
        return self.state in (ResultState.AGREED, ResultState.SETTLED)
