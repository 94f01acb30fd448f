"""What a plausibility rule says: a finding with its reason in words and the numbers it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Level = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is odd about numbers as they are printed or typed.

    level: "error" cannot be, whatever the report says; "warning" may make the result wrong and asks for a second look;
    "info" explains or reminds. message: what is odd, the numbers, what to look at; for a reviewer, without a full stop
    at the end. fields: the names the caller gave to the numbers, the one to look at first in front. numbers: what was
    compared, by a plain name.
    """

    code: str
    level: Level
    message: str
    fields: tuple[str, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
