"""What a team settled on for its screening: the review's files say it first, a lead may say it anew in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from pydantic import ValidationError

from workbench.review import ReviewDefinition
from workbench.review.definition import HiddenField, Highlights
from workbench.screening.decisions import ScreeningError, Stage

HIDE, HIGHLIGHT, RANKING, SHARES = "screening.hide", "screening.highlight", "screening.ranking", "screening.shares"
"""The keys of the settings that can be made in the browser."""
HIDDEN_FIELDS: tuple[HiddenField, ...] = get_args(HiddenField)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningPlan:
    """The settings that hold now."""

    needed: int  # votes a report needs at each stage
    hidden: frozenset[HiddenField] = frozenset()
    highlights: Highlights = field(default_factory=Highlights)
    ranking: bool = True
    shares: Mapping[str, float] = field(default_factory=dict)  # reviewer -> weight; empty: one open queue for all

    def hides(self, name: HiddenField, stage: Stage) -> bool:
        """Whether a field of the record is kept from reviewers; a full text shows its authors anyway."""
        return stage is Stage.TITLE_ABSTRACT and name in self.hidden


def screening_plan(review: ReviewDefinition, settings: Mapping[str, Any]) -> ScreeningPlan:
    """Put together what holds. settings: the latest value of each key that was set in the browser.

    Raises ScreeningError where a kept setting cannot be read.
    """
    policy = review.screening
    hidden = settings.get(HIDE, policy.hide)
    ranking = settings.get(RANKING, policy.ranking)
    shares = settings.get(SHARES) or {}
    if not isinstance(hidden, list | tuple) or not set(hidden) <= set(HIDDEN_FIELDS):
        raise ScreeningError(f"fields to hide are {', '.join(HIDDEN_FIELDS)}, not {hidden!r}")
    if not isinstance(ranking, bool):
        raise ScreeningError(f"ranking is on or off (true or false), not {ranking!r}")
    if not isinstance(shares, dict) or not all(
        isinstance(weight, int | float) and 0 <= weight < float("inf") for weight in shares.values()
    ):
        raise ScreeningError(f"shares are a weight for each reviewer, not {shares!r}")
    return ScreeningPlan(
        needed=policy.reviewers_needed,
        hidden=frozenset(hidden),
        highlights=_highlights(settings[HIGHLIGHT]) if HIGHLIGHT in settings else policy.highlight,
        ranking=ranking,
        shares={name: float(weight) for name, weight in shares.items() if weight > 0},
    )


def _highlights(value: Any) -> Highlights:
    try:
        return Highlights.model_validate(value)
    except ValidationError as error:
        fault = error.errors()[0]
        place = " ".join(str(part) for part in fault["loc"])
        raise ScreeningError(f"the words to mark cannot be used: {place}: {fault['msg']}") from error
