"""Screening: what reviewers decide about records and reports, and what follows from it.

`decisions` holds a decision and what follows from all on one report; `plan` what a team settled on (what is hidden,
highlighted, who gets which records); `shares` who a record falls to; `agreement` and `stopping` the figures.
"""

from workbench.screening.decisions import (
    Decision,
    ScreeningError,
    Stage,
    State,
    Verdict,
    after,
    consensus,
    decide,
    exclusion_reason,
    first_votes,
    in_order,
    indications_of,
    standing_resolution,
    standing_votes,
    withdrawal,
)
from workbench.screening.plan import ScreeningPlan, screening_plan

__all__ = [
    "Decision",
    "ScreeningError",
    "ScreeningPlan",
    "Stage",
    "State",
    "Verdict",
    "after",
    "consensus",
    "decide",
    "exclusion_reason",
    "first_votes",
    "in_order",
    "indications_of",
    "screening_plan",
    "standing_resolution",
    "standing_votes",
    "withdrawal",
]
