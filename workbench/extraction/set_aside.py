"""A draft that its extractor abandoned, set aside by a lead so that somebody else can extract the result.

It is a withdrawn revision of the extractor's own with all its answers; its note says who set it aside and why. Any
later draft of theirs takes it up again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.extraction.values import Extraction, ExtractionError

_NOTE = re.compile(r"Set aside by (?P<by>.+?): (?P<reason>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Who set a draft aside, and why."""

    by: str
    reason: str


def set_aside_note(by: str, reason: str) -> str:
    """The note of the revision that sets a draft aside."""
    if not reason.strip():
        raise ExtractionError("say why this draft is set aside")
    return f"Set aside by {by}: {reason.strip()}"


def set_aside(extraction: Extraction) -> SetAside | None:
    """Who set this draft aside and why; None for every other revision."""
    return said_aside(extraction.role, extraction.state, extraction.note)


def said_aside(role: str, state: str, note: str) -> SetAside | None:
    """As `set_aside`, of the parts of a revision."""
    found = _NOTE.fullmatch(note) if role == "extractor" and state == "withdrawn" else None
    return None if found is None else SetAside(by=found["by"], reason=found["reason"])
