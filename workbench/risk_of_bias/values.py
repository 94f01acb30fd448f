"""What an appraiser says about one result: answers, their sources, and the judgements that are the appraiser's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

TOOL = "rob2"
OVERALL = "overall"
"""The key of the judgement over all domains, beside the domains' codes ("D1", "D2", ...)."""


class RiskOfBiasError(ValueError):
    """Base of what this package raises; its message is written for a reviewer."""


class Risk(StrEnum):
    """A judgement."""

    LOW = "low"
    SOME = "some concerns"
    HIGH = "high"


SEVERITY = {Risk.LOW: 0, Risk.SOME: 1, Risk.HIGH: 2}

ANSWERS = {
    "Y": "yes",
    "PY": "probably yes",
    "PN": "probably no",
    "N": "no",
    "NI": "no information",
    "NA": "not applicable",
}
"""Every answer a question can have, and how it is said."""

GROUPS = {"Y": "Y", "PY": "Y", "PN": "N", "N": "N", "NI": "NI", "NA": "NA"}
"""What an answer counts as: to the rules "probably yes" is "yes", and "probably no" is "no" (BMJ 2019;366:l4898)."""

DIRECTIONS = {
    "favours_active": "favours the active stimulation",
    "favours_comparator": "favours the comparator",
    "towards_null": "towards no difference",
    "away_from_null": "away from no difference",
    "unpredictable": "cannot be foretold",
}
"""Where bias in a domain is likely to have moved the result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The source of one answer."""

    quote: str = ""
    page: str = ""
    full_text: str = ""  # id of the full text it stands in, if known

    def __bool__(self) -> bool:
        return bool(self.quote.strip() or self.page.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A judgement of the appraiser in place of the proposal."""

    risk: Risk
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One appraiser's words on one result, with one variant of the tool."""

    variant: str  # "parallel-assignment"
    answers: Mapping[str, str] = field(default_factory=dict)  # question -> a key of ANSWERS
    quotes: Mapping[str, Quote] = field(default_factory=dict)  # by question
    overrides: Mapping[str, Override] = field(default_factory=dict)  # by domain code, or OVERALL
    directions: Mapping[str, str] = field(default_factory=dict)  # domain code or OVERALL -> a key of DIRECTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraisal:
    """What one person saved about one result at one time."""

    id: str  # a UUID made where it was filled in: sending it twice records it once
    study: str
    result: str
    tool: str = TOOL
    tool_version: int = 1
    appraiser: str
    answers: Mapping[str, Any]  # `as_json` of an Assessment
    state: Literal["draft", "final", "withdrawn"] = "draft"
    role: Literal["appraiser", "consensus"] = "appraiser"
    recorded_at: datetime
    note: str = ""
    revision: int = 1  # 1, 2, ... for this result, tool, appraiser and role

    def __post_init__(self) -> None:
        if self.recorded_at.tzinfo is None:
            raise RiskOfBiasError(f"the appraisal of {self.appraiser!r} needs a time with a time zone")
        if self.revision < 1:
            raise RiskOfBiasError(f"revisions count from 1, not {self.revision}")
