"""What a check says about one answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One remark on one field. An error keeps an extraction from being final; a warning asks to look again.

    field: a field's key, or the path of a table's cell (`arms[r1].n`; see `answers.paths`).
    """

    field: str
    message: str
    level: Literal["error", "warning"]


def warn(field: str, message: str) -> Problem:
    """A warning."""
    return Problem(field=field, message=message, level="warning")


def error(field: str, message: str) -> Problem:
    """An error."""
    return Problem(field=field, message=message, level="error")
