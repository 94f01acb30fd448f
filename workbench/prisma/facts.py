"""What the flow is counted from: one value a report, one a stop that was signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workbench.screening import State

Kind = Literal["database", "register", "website", "organisation", "citations", "other"]
NOT_RETRIEVED = "not_retrieved"
"""The exclusion reason that means: the full text could not be had."""
NO_REASON = ""
"""Stands among the reasons for exclusions to which nobody gave one."""


class PrismaError(ValueError):
    """The counts do not add up, or cannot be made; the message names the identity that fails, or what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFact:
    """What stands for one report."""

    key: str
    records: tuple[str, ...]  # keys of all its records; the key itself among them
    sources: tuple[str, ...]  # the source of each record
    title_abstract: State
    full_text: State = State.PENDING
    full_text_reason: str | None = None  # key of the review's exclusion reason
    removed: Literal["", "automatic", "other"] = ""  # taken out before screening: by a machine, or for another reason
    not_screened: bool = False  # nobody read it, and somebody signed that nobody is going to
    not_retrieved: bool = False  # its full text was sought and could not be had
    found_for: frozenset[str] = frozenset()  # indications whose strategies found any of its records
    tagged: tuple[str, ...] = ()  # indications it belongs to by the decisions of its latest stage; (): nobody said
    tagged_at_screening: tuple[str, ...] | None = None  # by those at title and abstract; None: not told apart
    first_seen: tuple[datetime, ...] = ()  # when each record came into the review, as in `records`


@dataclass(frozen=True, slots=True, kw_only=True)
class StopFact:
    """A stop of screening that stands: who signed it, and which reports it is about."""

    signed: str  # the name under it
    at: datetime
    reports: frozenset[str]  # keys of records
    reason: str = ""
