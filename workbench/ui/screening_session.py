"""What screening pages share: the plan that holds, the ranking, and the queue of whoever is working."""

from __future__ import annotations

import os
from collections.abc import Sequence

from workbench.prioritising import Prioritiser, shared_prioritiser
from workbench.screening import ScreeningPlan, Stage, screening_plan
from workbench.store import DATABASE_URL, Queue
from workbench.ui import context


def plan() -> ScreeningPlan:
    """The team's screening settings as they are now."""
    return screening_plan(context.review(), context.store().review_settings())


def prioritiser() -> Prioritiser:
    """The ranking of this review; one for all sessions of the process."""
    return shared_prioritiser(context.folder(), os.environ.get(DATABASE_URL, ""))


def queue(
    stage: Stage,
    reviewer: str,
    plan: ScreeningPlan,
    *,
    only: frozenset[str] | None = None,
    order: Sequence[str] = (),
    skipped: Sequence[str] = (),
    held: str | None = None,
) -> Queue:
    """What a reviewer works through at a stage."""
    return Queue(reviewer=reviewer, stage=stage, plan=plan, only=only, order=order, skipped=tuple(skipped), held=held)
