"""What a rule is given, and what it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.review import FlagCode, ReviewDefinition
from workbench.synthesis.values import Contrast


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One contrast as a rule sees it: among all of the review's, itself included."""

    contrast: Contrast
    peers: Sequence[Contrast]
    review: ReviewDefinition
    kin: Sequence[Contrast] = ()  # those of its study, itself included


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One flag: when it is raised (a message, or "")."""

    code: FlagCode
    label: str  # a phrase for lists: "results whose SD looks like a standard error"
    level: Literal["warning", "info"]
    says: Callable[[Look], str]


def sentences(*remarks: str) -> str:
    """Remarks as sentences, each once: a capital in front, a full stop behind."""
    return " ".join(dict.fromkeys(_sentence(remark) for remark in remarks if remark))


def _sentence(remark: str) -> str:
    first = remark[:1] if remark.startswith(("p ", "t(")) else remark[:1].upper()  # names of tests stay as they are
    return first + remark[1:] + ("" if remark.endswith((".", "?")) else ".")
